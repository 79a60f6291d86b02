/* cmd/unlock.c: `purser unlock` and `purser lock`: the session agent. */
#include "cmd/card.h"
#include "base/num.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/term.h"

#include <stdlib.h>
#include <unistd.h>

static enum rc
unlock_run(struct session *s, const struct args *a, struct err *e)
{
	struct agent_limits lim = { AGENT_IDLE_S, AGENT_FOR_S, AGENT_REVEALS };
	int64_t idle = AGENT_IDLE_S, full = AGENT_FOR_S;
	uint64_t reveals = AGENT_REVEALS;
	struct vault_notices notices;
	struct agent_status st;
	SECRET password = { 0 };
	FACTORS with = { .codes = 0 };
	enum rc rc;

	if ((rc = arg_seconds(a, "idle", 1, 86400, &idle, e)) != OK ||
	    (rc = arg_seconds(a, "for", 1, 7 * 86400, &full, e)) != OK ||
	    (rc = arg_u64(a, "reveals", 0, 1000000, &reveals, e)) != OK)
		return rc;
	lim = (struct agent_limits){ (uint32_t)idle, (uint32_t)full, (uint32_t)reveals };
	if ((rc = agent_place(e)) != OK || (rc = vault_unlock_ready(session_home(s), e)) != OK ||
	    (rc = session_ask(s, session_home(s), &password, &with, e)) != OK)
		return rc;
	if ((rc = agent_unlock(session_home(s), &password, &with, &lim, &notices, e)) != OK)
		return rc;
	session_tell_notices(s, &notices);
	card_refresh(s, session_home(s));
	agent_status(session_home(s), &st);
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "unlock");
		j_bool(&j, "locked", !st.unlocked);
		j_time(&j, "locks_at", st.locks_at_ms);
		j_bool(&j, "secrets", st.secrets);
		return out_json(s, &j, e);
	} else {
		BUF until = { 0 };

		add_time(&until, st.locks_at_ms, false);
		note(s, N_("Unlocked until %s at the latest, or purser lock."), buf_str(&until));
		if (!st.secrets)
			note(s, N_("No secret can be read: the store is frozen or its fuse is damaged. purser status"));
	}
	return OK;
}

static const struct option unlock_options[] = {
	{ "idle", 0, "TIME", N_("lock after this long without a request (default 10m)"), NULL, 0 },
	{ "for", 0, "TIME", N_("lock after this long in any case (default 8h)"), NULL, 0 },
	{ "reveals", 0, "N",
	    N_("secrets and codes a minute before the password is asked again (default 10, 0: no limit)"), NULL, 0 },
	{ 0 },
};

static const struct example unlock_examples[] = {
	{ "purser unlock", N_("ask for the password once for the next commands") },
	{ "purser unlock --idle 2m --for 1h", NULL },
	{ 0 },
};

const struct command cmd_unlock = {
	.name = "unlock",
	.group = GROUP_STORE,
	.summary = N_("ask for the password once and keep the store open for a while"),
	.description = N_("Starts the session agent: a process of yours that holds the keys in locked memory and opens "
			  "one secret at a "
			  "time for other purser commands. It forgets them on purser lock, when idle, at the latest "
			  "after --for, before the computer "
			  "sleeps (where logind says so; else when it wakes), and at a freeze. purser status says what it "
			  "holds and for how long.\n\n"
			  "Every secret it opens is logged before it is given out. --reveals is a policy: it holds "
			  "while purser runs unmodified."),
	.examples = unlock_examples,
	.options = unlock_options,
	.flags = CMD_STORE | CMD_AGENT,
	.run = unlock_run,
};

static enum rc
lock_run(struct session *s, const struct args *a, struct err *e)
{
	bool was;
	enum rc rc;

	(void)a;
	if ((rc = agent_lock(session_home(s), &was, e)) != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "lock");
		j_bool(&j, "locked", true);
		return out_json(s, &j, e);
	}
	note(s, was ? N_("Locked.") : N_("Locked already: no agent held keys."));
	return OK;
}

static const struct example lock_examples[] = {
	{ "purser lock", NULL },
	{ "swayidle -w lock 'purser lock -q' timeout 300 'purser lock -q'", N_("Sway and others: swayidle") },
	{ "xss-lock -- sh -c 'purser lock -q; exec i3lock -n'", N_("X11: xss-lock") },
	{ 0 },
};

const struct command cmd_lock = {
	.name = "lock", .group = GROUP_STORE, .summary = N_("make the agent forget the keys now"),
	.description = N_("Wipes the keys from the agent's memory. Needs no password, and is no error when nothing is "
			  "unlocked: bind it to the screen locker, as in the examples; docs/screen-lockers.md has more.\n\n"
			  "Before the computer sleeps the agent locks by itself."),
	.examples = lock_examples, .flags = CMD_STORE, .run = lock_run,
};

/* The agent itself: this program re-executed by unlock, with its listening socket as descriptor 3. */
static enum rc
agent_process_run(struct session *s, const struct args *a, struct err *e)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	int64_t n = 0, self = 0;
	enum rc rc;

	if (a->n == 2)
		return agent_run(a->v[0], a->v[1], e);
	/* sd_listen_fds(3): systemd has a socket for the default store. */
	if (a->n != 0 || fds == NULL || pid == NULL || !num_i64(fds, 1, 1, &n) || !num_i64(pid, 1, INT32_MAX, &self) ||
	    self != getpid())
		return err_set(e, E_USAGE, N_("only purser unlock and systemd start the agent"));
	if ((rc = session_start(s, e)) != OK || (rc = session_check_owner(s, e)) != OK)
		return rc;
	return agent_run(s->vault, s->device, e);
}

const struct command cmd_agent_process = {
	.name = AGENT_COMMAND, .group = GROUP_QUIET, .usage = "[VAULT DEVICE]", .summary = N_("the session agent itself"),
	.max_args = 2, .flags = CMD_HIDDEN | CMD_NO_HOME | CMD_OWN_SANDBOX, .run = agent_process_run,
};
