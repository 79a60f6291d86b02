/* cmd/passwd.c: `purser passwd`: a new password; keys of this device are renewed with it. */
#include "cmd/kitlib.h"
#include "cmd/open.h"
#include "cmd/out.h"

static enum rc
passwd_run(struct session *s, const struct args *a, struct err *e)
{
	struct unlock_how old = { .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	struct new_keys how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	struct home *h = session_home(s);
	struct vault_status st;
	SECRET was = { 0 }, now = { 0 }, stretched = { 0 };
	FACTORS with = { .codes = 0 };
	enum rc rc;

	(void)a;
	if ((rc = vault_status(h, &st, e)) != OK)
		return rc;
	if (st.state == VAULT_FROZEN)
		return err_set(e, E_FROZEN, N_("frozen: the password changes with the thaw. Nothing was changed."));
	if ((rc = vault_unlock_ready(h, e)) != OK || (rc = session_ask(s, h, &was, &with, e)) != OK)
		return rc;
	old.password = &was;
	old.with = &with;
	how.password = &now;
	if ((rc = vault_try(h, &old, &stretched, e)) != OK || (rc = new_password(s, false, &now, e)) != OK)
		return rc;
	old.a = &stretched;
	if ((rc = session_lock_agent(s, h, e)) != OK || (rc = vault_passwd(h, &old, &how, e)) != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "passwd");
		j_bool(&j, "changed", true);
		return out_json(s, &j, e);
	}
	note(s, N_("Password changed; the keys of this computer were renewed. The agent was locked."));
	return OK;
}

static const struct example passwd_examples[] = {
	{ "purser passwd", NULL },
	{ "purser passwd --password-fd 3 --new-password-fd 4 3<old 4<new", NULL },
	{ 0 },
};

const struct command cmd_passwd = {
	.name = "passwd",
	.group = GROUP_STORE,
	.summary = N_("change the password of the store"),
	.description = N_("Asks for the old password and the new one, and renews every key that the password protects "
			  "on this computer: an old "
			  "copy of the key files with the old password opens nothing that is stored afterwards."),
	.examples = passwd_examples,
	.flags = CMD_STORE,
	.run = passwd_run,
};
