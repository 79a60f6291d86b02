/* cmd/rekey.c: `purser rekey`: a new fuse under the same password. */
#include "cmd/open.h"
#include "cmd/out.h"

static enum rc
rekey_run(struct session *s, const struct args *a, struct err *e)
{
	struct unlock_how how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	struct home *h = session_home(s);
	SECRET password = { 0 };
	FACTORS with = { .codes = 0 };
	struct vault_status st;
	enum rc rc;

	(void)a;
	if ((rc = vault_secrets_ready(h, e)) != OK || (rc = vault_unlock_ready(h, e)) != OK ||
	    (rc = session_ask(s, h, &password, &with, e)) != OK)
		return rc;
	how.password = &password;
	how.with = &with;
	if ((rc = session_lock_agent(s, h, e)) != OK || (rc = vault_rekey(h, &how, e)) != OK ||
	    (rc = vault_status(h, &st, e)) != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "rekey");
		j_int(&j, "entries", st.fuse_entries);
		j_time(&j, "made", st.fuse_made);
		return out_json(s, &j, e);
	}
	note(s, N_("The fuse is new: %u secrets. The agent was locked."), st.fuse_entries);
	return OK;
}

static const struct example rekey_examples[] = {
	{ "purser rekey", NULL },
	{ 0 },
};

const struct command cmd_rekey = {
	.name = "rekey",
	.group = GROUP_QUIET,
	.summary = N_("renew the fuse: the key that secrets are opened with on this computer"),
	.description = N_("Makes a new key for the fuse, wraps the key of every secret anew and overwrites the old file. Done by "
			  "itself at an unlock when the fuse is older than seven days. The password stays."),
	.examples = rekey_examples,
	.flags = CMD_STORE,
	.run = rekey_run,
};
