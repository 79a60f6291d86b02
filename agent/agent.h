/*
 * agent/agent.h: the session agent (keys.md section 10) and its client. The agent is this program re-executed; it
 * holds LK and SK of one vault, opens one secret at a time, logs before it does, and forgets everything on lock,
 * idle, the absolute limit, SIGTERM, SIGHUP and after a suspend. SK never leaves it.
 *
 * Socket: RUNTIME/purser/HEX.sock, else RUNTIME/purser/agent.sock (systemd's, see purser-agent.socket; HELLO says whose
 * agent that is), RUNTIME = $XDG_RUNTIME_DIR, else /run/user/UID when that is the user's and 0700;
 * root without either: /run/purser itself. HEX: BLAKE2b of device and inode number of the device directory, so that
 * freeze finds the agent of a store whose `keys` is unreadable. Both ends check the peer's uid.
 *
 * Frame: u32 length of what follows (LE, 1..65536) | u8 op or reply | body. Every request gets one reply; a reply's
 * first byte is the enum rc, and the body of a failure is "what" NUL "next" NUL.
 */
#ifndef PURSER_AGENT_AGENT_H
#define PURSER_AGENT_AGENT_H

#include "store/vault.h"

#define AGENT_FRAME_MAX 65536u
#define AGENT_CLIENTS 16
#define AGENT_BACKLOG 1024
#define AGENT_READ_MS 5000
#define AGENT_HELD_MS (15 * 60 * 1000)      /* a value generated while frozen can be copied this long */
#define AGENT_IDLE_S 600u
#define AGENT_FOR_S (8u * 3600u)
#define AGENT_REVEALS 10u                    /* a minute; 0: no limit */

enum agent_op {
	AGENT_HELLO = 1, /* -> device and inode number of the device directory, u64 each */
	AGENT_UNLOCK,
	AGENT_LOCK,
	AGENT_STATUS,
	AGENT_LEDGERKEY,
	AGENT_OPENREC,
	AGENT_SEALREC,
	AGENT_FREEZE,
	AGENT_HOLD,
	AGENT_HELD,
	AGENT_FIND /* the secret of an account by its name; of kind otp the code: the seed stays here */
};

struct agent_limits { uint32_t idle_s, for_s, reveals; };     /* idle_s 0: those it has (all three) */

struct agent_status {
	bool running, unlocked, secrets;     /* secrets: SK is held */
	int64_t locks_at_ms;                 /* wall clock; 0 when locked */
	uint32_t reveals_left;               /* this minute; UINT32_MAX: no limit */
	uint64_t epoch;
	int32_t pid;
	int64_t since_ms;                    /* wall clock; 0 when locked */
	struct agent_limits limits;          /* those that hold */
	bool warned;                         /* logind will tell it before the computer sleeps */
};

/* -- for cmd/ -- */

/* Is there a place for a socket? E_FAILED with the reason where there is none. */
enum rc agent_place(struct err *e) MUST_CHECK;
/* ... opened, made where it is missing; -1: none. */
int agent_place_open(void);
/* Start an agent if none runs, and unlock it. The password is the caller's; with may be NULL. E_AUTH, E_DAMAGED ... as
 * vault_unlock(); an unlocked agent stays so then. *notices may be NULL. */
enum rc agent_unlock(const struct home *h, const struct secret *password, const struct factors *with,
    const struct agent_limits *limits, struct vault_notices *notices, struct err *e) MUST_CHECK;
/* Wipe and lock; *was: whether it held keys. No agent is OK; one that does not answer is killed. */
enum rc agent_lock(const struct home *h, bool *was, struct err *e) MUST_CHECK;
/* Never fails for want of an agent: running is false then. Does not count as activity. */
void agent_status(const struct home *h, struct agent_status *out);
/* One secret by the name of its account, without opening the ledger here: what a script asks for a thousand times.
 * Logged and limited as any reveal. kind KIND_OTP and event "otp": value is the code of unix_s, unless it counts
 * (hotp): then value is the record as it is kept. Any error means: do it through access.h, which says what is wrong. */
struct agent_want { const char *account, *event; uint8_t kind; bool pending; int64_t unix_s; };
struct agent_found {
	char account[128];               /* as it is written in the ledger */
	uint64_t version, seconds_left;
	int64_t created_ms;
	bool hotp;
	struct secret value;             /* owned */
};
void agent_found_wipe(struct agent_found *f);           /* AUTO(agent_found_wipe) */
enum rc agent_find(const struct home *h, const struct agent_want *want, struct agent_found *out,
    struct err *e) MUST_CHECK;
/* Wait until the agent has finished what it was doing: nothing that it read before goes out after this. *running. */
void agent_settled(const struct home *h, bool *running);
/* For vault_freeze(): arg is const struct home *. */
enum freeze_agent agent_freeze(void *home);

/* The agent itself: argv of the hidden command is HOME's two paths (none: systemd starts it, for the default store);
 * the listening socket is descriptor 3. Returns when it has been locked for a minute or the store is gone. Its environment
 * is empty and its messages are English: the client translates. */
enum rc agent_run(const char *vault_path, const char *device_path, struct err *e) MUST_CHECK;
/* argv[1] of the re-executed program. */
#define AGENT_COMMAND "agent-process"

#endif
