/*
 * helper/prog_suspend.c: the program purser-suspend. It waits for logind to say that the computer goes to sleep, tells
 * the agent, and holds sleep back (a delay lock, org.freedesktop.login1) until the agent has forgotten its keys. It has
 * no keys itself, and its end is no harm: the agent's clock notices a sleep afterwards.
 *
 * Descriptor 3: a socket of the agent's. 'S' goes there before sleep; the answer is one byte when the keys are gone.
 * End of file there: the agent is gone, and so is this.
 */
#include "base/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define AGENT 3
#define ANSWER_MS 3000                  /* logind waits 5 s by default */

struct state { sd_bus *bus; int lock; };

static void
take_lock(struct state *s)
{
	sd_bus_message *reply = NULL;
	int fd;

	if (s->lock < 0 && sd_bus_call_method(s->bus, "org.freedesktop.login1", "/org/freedesktop/login1",
		"org.freedesktop.login1.Manager", "Inhibit", NULL, &reply, "ssss", "sleep", "purser",
		"The agent forgets its keys first", "delay") >= 0 &&
	    sd_bus_message_read(reply, "h", &fd) >= 0)
		s->lock = dup(fd);              /* the message closes its own */
	(void)sd_bus_message_unref(reply);
}

/* Tell the agent and wait for its word. */
static void
warn_agent(void)
{
	struct pollfd p = { .fd = AGENT, .events = POLLIN };
	char answer;

	if (send(AGENT, "S", 1, MSG_NOSIGNAL) == 1 && poll(&p, 1, ANSWER_MS) == 1)
		(void)(recv(AGENT, &answer, 1, MSG_DONTWAIT) == 1);
}

static int
on_prepare(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	struct state *s = arg;
	int sleeps = 0;

	(void)error;
	if (sd_bus_message_read(m, "b", &sleeps) < 0)
		return 0;
	if (!sleeps) {
		take_lock(s);                   /* for the next time */
		return 0;
	}
	warn_agent();
	if (s->lock >= 0)
		(void)close(s->lock);           /* now it may sleep */
	s->lock = -1;
	return 0;
}

static int
wait_ms(uint64_t until_us)
{
	return until_us == UINT64_MAX ? -1 : 1000;
}

/* Until either side is gone. */
static void
loop(struct state *s)
{
	for (;;) {
		struct pollfd p[2] = { { .fd = AGENT, .events = POLLIN }, { .fd = sd_bus_get_fd(s->bus) } };
		uint64_t until = UINT64_MAX;
		int r;

		while ((r = sd_bus_process(s->bus, NULL)) > 0)
			;
		if (r < 0 || (r = sd_bus_get_events(s->bus)) < 0 || sd_bus_get_timeout(s->bus, &until) < 0)
			return;
		p[1].events = (short)r;
		if (poll(p, 2, wait_ms(until)) < 0 && errno != EINTR)
			return;
		if (p[0].revents != 0)
			return;                 /* nothing is ever said there unasked */
	}
}

int
main(void)
{
	struct state s = { .bus = NULL, .lock = -1 };
	struct landlock l;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0 || prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) != 0)
		return 3;
	if (sd_bus_open_system(&s.bus) < 0)
		return 1;                       /* no bus here */
	/* Connected: no file, no program, no other socket any more. */
	if (landlock_begin(&l, false, NULL) != OK || landlock_close(&l, NULL) != OK || !calls_close_command())
		return 3;
	if (sd_bus_match_signal(s.bus, NULL, "org.freedesktop.login1", "/org/freedesktop/login1",
		"org.freedesktop.login1.Manager", "PrepareForSleep", on_prepare, &s) < 0)
		return 1;
	take_lock(&s);
	loop(&s);
	(void)sd_bus_flush_close_unref(s.bus);
	return 0;
}
