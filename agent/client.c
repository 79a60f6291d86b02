/* agent/client.c: the client's side: start, unlock, lock, status, freeze. See agent.h. */
#include "agent/client.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <libintl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ASK_MS 5000                     /* all but UNLOCK, which runs Argon2 */
#define UNLOCK_MS 120000
#define STATUS_MS 1000
#define FREEZE_MS 1000                  /* freeze.request is there already: nothing is opened meanwhile */
#define KILL_MS 1000

/* The agent's own error into e. */
static enum rc
refusal(struct frame *r, enum rc rc, struct err *e)
{
	size_t n = r->len - r->at;
	const char *what = (const char *)frame_get_bytes(r, n), *next;

	if (what == NULL || n < 2 || what[n - 1] != '\0' || (next = memchr(what, '\0', n)) == NULL ||
	    next + 1 >= what + n)
		return err_set(e, rc, N_("the agent refused"));
	/* The agent speaks English; what has no figures in it is found in the catalogue. */
	(void)err_set(e, rc, "%s", gettext(what));
	if (next[1] != '\0')
		err_next(e, "%s", gettext(next + 1));
	return rc;
}

enum rc
client_ask(int fd, const struct frame *q, struct frame *r, int wait_ms, struct err *e)
{
	enum rc rc;

	if ((rc = frame_send(fd, q, ASK_MS, e)) != OK || (rc = frame_recv(fd, r, wait_ms, e)) != OK)
		return rc;
	rc = (enum rc)frame_get_u8(r);
	return rc == OK ? OK : refusal(r, rc, e);
}

/* A request without a body. */
static enum rc
ask_plain(int fd, enum agent_op op, struct frame *r, int wait_ms, struct err *e)
{
	FRAME q = { 0 };
	enum rc rc;

	if ((rc = frame_start(&q, (uint8_t)op, 0, e)) != OK)
		return rc;
	return client_ask(fd, &q, r, wait_ms, e);
}

/* systemd's socket: the agent behind it says whose it is. E_BUSY: it does not say, but *out is connected. */
static enum rc
connect_activated(const struct home *h, int dir, int *out, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	uint64_t dev, ino;
	FRAME r = { 0 };
	struct stat st;
	enum rc rc;

	if ((rc = wire_connect(dir, SOCKET_ACTIVATED, &fd, e)) != OK)
		return rc;
	if (fstat(h->device, &st) < 0)
		return E_NOTFOUND;
	if (ask_plain(fd, AGENT_HELLO, &r, STATUS_MS, e) != OK) {
		*out = fd;
		fd = -1;
		return E_BUSY;
	}
	dev = frame_get_u64(&r);
	ino = frame_get_u64(&r);
	if (!frame_done(&r) || dev != (uint64_t)st.st_dev || ino != (uint64_t)st.st_ino)
		return E_NOTFOUND;
	*out = fd;
	fd = -1;
	return OK;
}

/* E_BUSY: perhaps this store's agent, which says nothing; *fd is connected. */
static enum rc
connect_any(const struct home *h, int *fd, struct err *e)
{
	AUTO(auto_close) int dir = -1;
	char name[SOCKET_NAME_LEN];
	enum rc rc;

	if ((rc = wire_name(h, name, e)) != OK || (rc = wire_place(&dir, e)) != OK)
		return rc == E_FAILED ? E_NOTFOUND : rc;
	rc = wire_connect(dir, name, fd, e);
	return rc == E_NOTFOUND ? connect_activated(h, dir, fd, e) : rc;
}

enum rc
client_connect(const struct home *h, int *fd, struct err *e)
{
	enum rc rc = connect_any(h, fd, e);

	if (rc != E_BUSY)
		return rc;
	auto_close(fd);
	return E_NOTFOUND;
}

enum rc
agent_place(struct err *e)
{
	AUTO(auto_close) int dir = -1;

	return wire_place(&dir, e);
}

int
agent_place_open(void)
{
	struct err e = { 0 };
	int dir = -1;

	return wire_place(&dir, &e) == OK ? dir : -1;
}

/* Is that process an agent? Who listens may be systemd, on its behalf. */
static bool
is_agent(pid_t pid)
{
	char path[32], name[32] = "";
	AUTO(auto_close) int fd = -1;
	struct err e = { 0 };
	size_t got = 0;

	(void)snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && io_read(fd, name, sizeof name - 1, &got, &e) == OK && strcmp(name, AGENT_COMM "\n") == 0;
}

/* An agent that does not answer (stopped, wedged) still has keys in its memory. The socket says who listens there. */
static bool
end_it(int fd)
{
	struct ucred peer = { .pid = 0 };
	socklen_t n = sizeof peer;
	AUTO(auto_close) int pidfd = -1;
	struct pollfd p = { .events = POLLIN };
	char c;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 || n != sizeof peer || peer.pid <= 1 ||
	    peer.uid != geteuid() || (pidfd = (int)syscall(SYS_pidfd_open, peer.pid, 0)) < 0 || !is_agent(peer.pid))
		return false;
	/* Still connected: then it is still that process, and not a later one of the same number. */
	if (recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
		return false;
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0)
		return false;
	p.fd = pidfd;
	return poll(&p, 1, KILL_MS) == 1;
}

/* Nothing of the caller's environment is the agent's business, or anybody's who looks at it later. */
static char **
agent_env(void)
{
#ifdef PURSER_TEST_KDF
	return environ;                         /* PURSER_TEST_*, and what sanitizers and coverage want */
#else
	static char *none[] = { NULL };

	return none;
#endif
}

/* Bind here, so that the socket is there when this returns; the agent inherits it as descriptor 3. It must outlive
 * this process and its terminal: a child that forks once more and starts a session of its own. */
static enum rc
start(const struct home *h, struct err *e)
{
	AUTO(auto_close) int dir = -1, sock = -1, null = -1;
	char self[] = "/proc/self/exe", word[] = AGENT_COMMAND;
	char name[SOCKET_NAME_LEN];
	int status;
	enum rc rc;
	pid_t pid;

	if ((rc = wire_name(h, name, e)) != OK || (rc = wire_place(&dir, e)) != OK ||
	    (rc = wire_listen(dir, name, &sock, e)) != OK)
		return rc == E_BUSY ? OK : rc;
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0 || (pid = fork()) < 0)
		return err_sys(e, E_SYS, N_("cannot start the agent"));
	if (pid == 0) {
		char *const argv[] = { self, word, (char *)(uintptr_t)h->vault_path, (char *)(uintptr_t)h->device_path,
			NULL };

		if (setsid() < 0 || chdir("/") < 0 || (pid = fork()) < 0)
			_exit(1);
		if (pid > 0)
			_exit(0);
		/* dup2 clears close-on-exec on its copies; a source that is already in place keeps the flag. */
		if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
			_exit(1);
		if (sock == 3 ? fcntl(sock, F_SETFD, 0) < 0 : dup2(sock, 3) < 0)
			_exit(1);
		(void)execve(self, argv, agent_env());
		_exit(1);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? OK : err_set(e, E_FAILED, N_("cannot start the agent"));
}

enum rc
agent_unlock(const struct home *h, const struct secret *password, const struct factors *with,
    const struct agent_limits *limits, struct vault_notices *notices, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	FRAME q = { 0 }, r = { 0 };
	struct vault_notices n = { 0 };
	enum rc rc;

	rc = client_connect(h, &fd, e);
	if (rc == E_NOTFOUND && (rc = start(h, e)) == OK)
		rc = client_connect(h, &fd, e);
	if (rc != OK)
		return rc;
	if ((rc = frame_start(&q, AGENT_UNLOCK, password->len + 64 + FRAME_FACTORS, e)) != OK)
		return rc;
	frame_u32(&q, limits->idle_s);
	frame_u32(&q, limits->for_s);
	frame_u32(&q, limits->reveals);
	frame_factors(&q, with);
	frame_part(&q, password->bytes, password->len);
	if ((rc = client_ask(fd, &q, &r, UNLOCK_MS, e)) != OK)
		return rc;
	n.recovered = frame_get_u32(&r);
	n.old_fuse_destroyed = frame_get_u8(&r) != 0;
	n.fuse_damaged = frame_get_u8(&r) != 0;
	n.log_broken = frame_get_u8(&r) != 0;
	n.failed_attempts = frame_get_u32(&r);
	n.kit_only = frame_get_u32(&r);
	n.entries_back = frame_get_u32(&r);
	n.notes = frame_get_u32(&r);
	n.notes_problems = frame_get_u32(&r);
	n.incident = frame_get_u32(&r);
	n.notes_damaged = frame_get_u32(&r);
	n.totp_renewed = frame_get_u8(&r) != 0;
	n.totp_failed = frame_get_u8(&r) != 0;
	n.totp_days = (int32_t)frame_get_u32(&r);
	n.totp_until_ms = (int64_t)frame_get_u64(&r);
	n.rekeyed = frame_get_u8(&r) != 0;
	n.rekey_failed = frame_get_u8(&r) != 0;
	if (!frame_done(&r))
		return err_set(e, E_FAILED, N_("the agent sent what purser does not understand"));
	if (notices != NULL)
		*notices = n;
	return OK;
}

enum rc
agent_lock(const struct home *h, bool *was, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	struct agent_status st = { 0 };
	FRAME r = { 0 };
	enum rc rc;

	agent_status(h, &st);
	*was = st.unlocked;
	rc = connect_any(h, &fd, e);
	if (rc == E_BUSY) {
		*was = end_it(fd);                      /* one that does not even say whose it is may hold these keys */
		return OK;
	}
	if (rc == E_NOTFOUND)
		return OK;
	if (rc != OK || (rc = ask_plain(fd, AGENT_LOCK, &r, st.running ? ASK_MS : STATUS_MS, e)) == OK)
		return rc;
	*was = true;
	return end_it(fd) ? OK : rc;
}

void
agent_found_wipe(struct agent_found *f)
{
	secret_wipe(&f->value);
	memset(f, 0, sizeof *f);
}

enum rc
agent_find(const struct home *h, const struct agent_want *want, struct agent_found *out, struct err *e)
{
	AUTO(agent_found_wipe) struct agent_found f = { .version = 0 };
	AUTO(auto_close) int fd = -1;
	const unsigned char *name, *value;
	size_t nname, nvalue, i;
	FRAME q = { 0 }, r = { 0 };
	enum rc rc;

	for (i = 0; i < REVEALS && strcmp(reveal_words[i], want->event) != 0; i++)
		;
	if ((rc = client_connect(h, &fd, e)) != OK ||
	    (rc = frame_start(&q, AGENT_FIND, strlen(want->account) + 64, e)) != OK)
		return rc;
	frame_u8(&q, (uint8_t)i);
	frame_u8(&q, want->kind);
	frame_u8(&q, want->pending);
	frame_u64(&q, (uint64_t)want->unix_s);
	frame_part(&q, want->account, strlen(want->account));
	if ((rc = client_ask(fd, &q, &r, ASK_MS, e)) != OK)
		return rc;
	name = frame_get_part(&r, &nname);
	f.version = frame_get_u64(&r);
	f.created_ms = (int64_t)frame_get_u64(&r);
	f.hotp = frame_get_u8(&r) != 0;
	f.seconds_left = frame_get_u64(&r);
	value = frame_get_part(&r, &nvalue);
	if (!frame_done(&r) || nname >= sizeof f.account)
		return err_set(e, E_FAILED, N_("the agent sent what purser does not understand"));
	memcpy(f.account, name, nname);
	if ((rc = secret_copy(&f.value, value, nvalue, e)) != OK)
		return rc;
	*out = f;
	f.value = (struct secret){ 0 };
	return OK;
}

void
agent_status(const struct home *h, struct agent_status *out)
{
	AUTO(auto_close) int fd = -1;
	struct err e = { 0 };
	FRAME r = { 0 };

	memset(out, 0, sizeof *out);
	if (h->device < 0 || client_connect(h, &fd, &e) != OK || ask_plain(fd, AGENT_STATUS, &r, STATUS_MS, &e) != OK)
		return;
	out->running = true;
	out->unlocked = frame_get_u8(&r) != 0;
	out->secrets = frame_get_u8(&r) != 0;
	out->locks_at_ms = (int64_t)frame_get_u64(&r);
	out->reveals_left = frame_get_u32(&r);
	out->epoch = frame_get_u64(&r);
	out->pid = (int32_t)frame_get_u32(&r);
	out->since_ms = (int64_t)frame_get_u64(&r);
	out->limits.idle_s = frame_get_u32(&r);
	out->limits.for_s = frame_get_u32(&r);
	out->limits.reveals = frame_get_u32(&r);
	out->warned = frame_get_u8(&r) != 0;
}

void
agent_settled(const struct home *h, bool *running)
{
	AUTO(auto_close) int fd = -1;
	struct err e = { 0 };
	FRAME r = { 0 };

	/* It serves one request after the other. */
	*running = client_connect(h, &fd, &e) == OK;
	if (*running && ask_plain(fd, AGENT_HELLO, &r, ASK_MS, &e) != OK)
		(void)end_it(fd);
}

enum freeze_agent
agent_freeze(void *home)
{
	AUTO(auto_close) int fd = -1;
	struct err e = { 0 };
	FRAME r = { 0 };
	enum rc rc;

	/* A freeze must not hang on a wedged agent, nor fail for one that was never there. */
	rc = crypto_start(&e) == OK ? connect_any(home, &fd, &e) : E_FAILED;
	if (rc == E_NOTFOUND)
		return FREEZE_AGENT_NONE;
	if (rc == E_BUSY)
		return end_it(fd) ? FREEZE_AGENT_ENDED : FREEZE_AGENT_NONE;
	if (rc == OK && ask_plain(fd, AGENT_FREEZE, &r, FREEZE_MS, &e) == OK)
		return FREEZE_AGENT_WIPED;
	return fd >= 0 && end_it(fd) ? FREEZE_AGENT_ENDED : FREEZE_AGENT_NO_ANSWER;
}
