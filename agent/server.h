/* agent/server.h: the agent itself, in two files: its process and connections (server.c), the requests (serve.c).
 * For agent/ only. */
#ifndef PURSER_AGENT_SERVER_H
#define PURSER_AGENT_SERVER_H

#include "agent/wire.h"

#include <time.h>

#define HELD_MAX 64u

struct client { int fd; size_t got; unsigned char head[4]; struct frame frame; int64_t deadline; };
struct held { struct record_id id; struct secret plain; int64_t until; };

struct agent {
	struct home *home;
	struct vault *vault;            /* NULL: locked */
	struct agent_limits limits;
	int64_t since, active;          /* CLOCK_BOOTTIME ms: unlocked, last request that counts */
	int64_t asleep;                 /* BOOTTIME - MONOTONIC when unlocked */
	int64_t idle_from;              /* locked since; for LINGER_MS */
	int64_t window;                 /* start of the minute that reveals are counted in */
	uint32_t reveals;
	bool dirty;                     /* requests since the last checkpoint */
	struct held held[HELD_MAX];
	size_t nheld;
	struct client client[AGENT_CLIENTS];
	size_t nclients;
	int signals;
	int sleeps;                     /* suspend.h; -1: nobody tells */
};

int64_t ms_of(clockid_t id);
int64_t slept(void);                            /* CLOCK_BOOTTIME - CLOCK_MONOTONIC, ms */
int64_t locks_at(const struct agent *a);        /* by itself, on CLOCK_BOOTTIME */
void lock_now(struct agent *a);
void drop_held(struct agent *a);
/* One request: q is read to its end, r is the reply (empty: OK alone). An op that is not known: E_FAILED without a
 * message. */
enum rc serve(struct agent *a, struct frame *q, struct frame *r, struct err *e) MUST_CHECK;

#endif
