/* agent/server.c: the agent's process: one vault, one thread, a loop over at most AGENT_CLIENTS connections. */
#include "agent/server.h"

#include "agent/confine.h"
#include "agent/suspend.h"

#include "base/io.h"
#include "base/le.h"
#include "base/num.h"
#include "store/db.h"
#include "store/fuse.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#define LISTEN_FD 3
#define LINGER_MS 60000                 /* an agent without keys ends after this */
#define TICK_MS 5000                    /* how late a limit or a suspend may be noticed */
#define CHECKPOINT_MS 2000              /* quiet time before the WAL is copied back */

/* The tests do not wait a minute. */
static int64_t
time_of(const char *hook, int64_t ms)
{
#ifdef PURSER_TEST_KDF
	const char *v = getenv(hook);
	int64_t less;

	if (v != NULL && num_i64(v, 0, ms, &less))
		return less;
#else
	(void)hook;
#endif
	return ms;
}

static int64_t linger_ms(void) { return time_of("PURSER_TEST_LINGER_MS", LINGER_MS); }
static int64_t read_ms(void) { return time_of("PURSER_TEST_READ_MS", AGENT_READ_MS); }

int64_t
ms_of(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
slept(void)
{
	return ms_of(CLOCK_BOOTTIME) - ms_of(CLOCK_MONOTONIC);
}

void
drop_held(struct agent *a)
{
	for (size_t i = 0; i < a->nheld; i++)
		secret_wipe(&a->held[i].plain);
	a->nheld = 0;
}

void
lock_now(struct agent *a)
{
	if (a->vault != NULL) {
		vault_show_keys(a->vault);
		vault_close(&a->vault);
	}
	drop_held(a);
	a->idle_from = ms_of(CLOCK_BOOTTIME);
}

/* When the agent will lock by itself, on CLOCK_BOOTTIME. */
int64_t
locks_at(const struct agent *a)
{
	int64_t idle = a->active + (int64_t)a->limits.idle_s * 1000, full = a->since + (int64_t)a->limits.for_s * 1000;

	return idle < full ? idle : full;
}

/* Limits and suspend, looked at before every request and on every tick. */
static void
enforce(struct agent *a)
{
	int64_t now = ms_of(CLOCK_BOOTTIME);

	if (a->vault != NULL && (now >= locks_at(a) || slept() - a->asleep > 2000))
		lock_now(a);
	/* A freeze that nobody told: a guard that counts wrong passwords, a message that was lost. */
	if (a->vault != NULL && vault_sk(a->vault) != NULL && !fuse_any(a->home)) {
		drop_held(a);
		vault_drop_sk(a->vault);
	}
	for (size_t i = 0; i < a->nheld;) {
		if (now < a->held[i].until) {
			i++;
			continue;
		}
		secret_wipe(&a->held[i].plain);
		a->held[i] = a->held[--a->nheld];
	}
}

static enum rc
fail(struct frame *reply, enum rc rc, const struct err *why)
{
	struct err ignored = { 0 };

	if (frame_start(reply, (uint8_t)rc, sizeof why->what + sizeof why->next, &ignored) != OK)
		return E_NOMEM;
	frame_bytes(reply, why->what, strlen(why->what) + 1);
	frame_bytes(reply, why->next, strlen(why->next) + 1);
	return OK;
}

/* ---- connections ---- */

static void
hang_up(struct agent *a, size_t i)
{
	(void)close(a->client[i].fd);
	frame_wipe(&a->client[i].frame);
	a->client[i] = a->client[--a->nclients];
}

/* false: hang up. */
static bool
answer(struct agent *a, struct client *c)
{
	FRAME reply = { 0 };
	struct err e = { 0 };
	enum agent_op op = (enum agent_op)c->frame.mem.bytes[4];
	enum rc rc;
	bool sent;

	enforce(a);
	if (a->vault != NULL)
		vault_show_keys(a->vault);
	rc = serve(a, &c->frame, &reply, &e);
	if (rc != OK && (op < AGENT_HELLO || op > AGENT_FIND)) {
		if (a->vault != NULL)
			vault_hide_keys(a->vault);
		return false;
	}
	if (rc != OK)
		rc = fail(&reply, rc, &e);
	else if (reply.len == 0)
		rc = frame_start(&reply, OK, 0, &e);
	if (a->vault != NULL)
		vault_hide_keys(a->vault);
	sent = rc == OK && frame_send(c->fd, &reply, 500, &e) == OK;
	frame_wipe(&c->frame);
	c->got = 0;
	c->deadline = ms_of(CLOCK_MONOTONIC) + read_ms();
	return sent;
}

/* Read what is there; answer when a request is whole. false: hang up. */
static bool
feed(struct agent *a, struct client *c)
{
	unsigned char *p = c->got < 4 ? c->head + c->got : c->frame.mem.bytes + c->got;
	size_t want = c->got < 4 ? 4 - c->got : c->frame.len - c->got;
	ssize_t k = recv(c->fd, p, want, MSG_DONTWAIT);
	uint32_t n;

	if (k < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
	if (k == 0)
		return false;
	c->got += (size_t)k;
	if (c->got < 4)
		return true;
	if (c->got == 4 && c->frame.len == 0) {
		n = le32_get(c->head);
		if (n < 1 || n > AGENT_FRAME_MAX || secret_alloc(&c->frame.mem, 4 + (size_t)n, NULL) != OK)
			return false;
		memcpy(c->frame.mem.bytes, c->head, 4);
		c->frame.len = 4 + (size_t)n;
		c->frame.at = 4;
		return true;
	}
	return c->got < c->frame.len || answer(a, c);
}

/* One client's turn. A byte now and then buys no more time; what others had to wait for it is not counted against
 * them. false: hang up. */
static bool
turn(struct agent *a, struct client *c, bool ready)
{
	int64_t from = ms_of(CLOCK_MONOTONIC), spent;
	bool stays;

	if (from > c->deadline)
		return false;
	stays = !ready || feed(a, c);
	spent = ms_of(CLOCK_MONOTONIC) - from;
	for (size_t i = 0; i < a->nclients; i++)
		a->client[i].deadline += spent;
	return stays;
}

static void
welcome(struct agent *a)
{
	struct client *c = &a->client[a->nclients];
	int fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (!wire_peer_ok(fd)) {
		(void)close(fd);
		return;
	}
	memset(c, 0, sizeof *c);
	c->fd = fd;
	c->deadline = ms_of(CLOCK_MONOTONIC) + read_ms();
	a->nclients++;
}

/* true: a signal to end. HUP only locks. */
static bool
signalled(struct agent *a)
{
	struct signalfd_siginfo si;

	if (read(a->signals, &si, sizeof si) != (ssize_t)sizeof si)
		return false;
	lock_now(a);
	return si.ssi_signo != SIGHUP;
}

static void
idle_work(struct agent *a)
{
	int64_t now = ms_of(CLOCK_BOOTTIME);
	struct err e = { 0 };

	if (a->vault == NULL || !a->dirty || now - a->active < CHECKPOINT_MS)
		return;
	vault_show_keys(a->vault);
	/* housekeeping: what fails now is tried later */
	a->dirty = db_checkpoint(vault_db(a->vault), false, 0, &e) != OK;
	vault_hide_keys(a->vault);
}

/* How long nothing has to be done unless somebody asks. */
static int
nap_ms(const struct agent *a)
{
	int64_t now = ms_of(CLOCK_BOOTTIME);
	int64_t nap = a->nclients > 0 ? 1000 : a->dirty && a->vault != NULL ? CHECKPOINT_MS : TICK_MS;
	int64_t due = a->vault != NULL ? locks_at(a) : a->idle_from + linger_ms();

	if ((a->vault != NULL || a->nclients == 0) && due - now < nap)
		nap = due - now;
	return nap < 0 ? 0 : (int)nap;
}

static void
loop(struct agent *a)
{
	struct pollfd p[AGENT_CLIENTS + 3];
	struct stat st;
	size_t n;

	for (;;) {
		enforce(a);
		if (a->vault == NULL && a->nclients == 0 && ms_of(CLOCK_BOOTTIME) - a->idle_from >= linger_ms())
			return;
		if (fstat(a->home->device, &st) < 0 || st.st_nlink == 0)
			return;                 /* the store was removed under us */
		n = a->nclients;
		for (size_t i = 0; i < n; i++)
			p[i] = (struct pollfd){ .fd = a->client[i].fd, .events = POLLIN };
		p[n] = (struct pollfd){ .fd = a->signals, .events = POLLIN };
		p[n + 1] = (struct pollfd){ .fd = n < AGENT_CLIENTS ? LISTEN_FD : -1, .events = POLLIN };
		p[n + 2] = (struct pollfd){ .fd = a->sleeps, .events = POLLIN };
		if (poll(p, n + 3, nap_ms(a)) < 0 && errno != EINTR)
			return;
		if ((p[n].revents & POLLIN) && signalled(a))
			return;
		if (p[n + 2].revents != 0 && suspend_heard(&a->sleeps)) {
			lock_now(a);
			suspend_done(a->sleeps);
		}
		for (size_t i = n; i-- > 0;)
			if (!turn(a, &a->client[i], p[i].revents != 0))
				hang_up(a, i);
		if (p[n + 1].revents & POLLIN)
			welcome(a);
		idle_work(a);
	}
}

enum rc
agent_run(const char *vault_path, const char *device_path, struct err *e)
{
	struct agent a = { .limits = { AGENT_IDLE_S, AGENT_FOR_S, AGENT_REVEALS }, .signals = -1, .sleeps = -1 };
	sigset_t set;
	enum rc rc;

	if ((rc = crypto_start(e)) != OK || (rc = home_open(&a.home, vault_path, device_path, e)) != OK)
		return rc;
	(void)prctl(PR_SET_NAME, AGENT_COMM, 0L, 0L, 0L);
#ifndef PURSER_TEST_KDF
	(void)clearenv();                       /* systemd's, which nobody needs and others could read */
#endif
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	/* Listening once more makes this process the peer that clients see, not the one that started it. */
	if (a.home->device < 0 || listen(LISTEN_FD, AGENT_BACKLOG) < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    (a.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0) {
		home_close(&a.home);
		return err_sys(e, E_SYS, N_("cannot start the agent"));
	}
	a.idle_from = ms_of(CLOCK_BOOTTIME);
	a.sleeps = suspend_start();
	if ((rc = agent_confine(a.home, e)) == OK)
		loop(&a);
	while (a.nclients > 0)
		hang_up(&a, a.nclients - 1);
	lock_now(&a);
	if (a.sleeps >= 0)
		(void)close(a.sleeps);
	(void)close(a.signals);
	home_close(&a.home);
	return rc;
}
