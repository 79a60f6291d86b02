/* cmd/kit.c: `purser kit new|check|status`: the recovery kit. */
#include "cmd/kitlib.h"
#include "cmd/open.h"
#include "cmd/out.h"

#include <stdio.h>
#include <string.h>

static void
count_up(void *arg, unsigned done, unsigned of)
{
	progress(arg, N_("Sealing %u of %u"), done, of);
}

static enum rc
kit_new_run(struct session *s, const struct args *a, struct err *e)
{
	struct unlock_how old = { .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	struct new_keys how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms, .progress = count_up, .arg = s };
	struct home *h = session_home(s);
	unsigned char pk0[32], id[16];
	FACTORS with = { .codes = 0 };
	struct vault_status st;
	struct vault *v = NULL;
	SECRET password = { 0 }, stretched = { 0 };
	KIT kit = { 0 };
	enum rc rc;

	if ((rc = vault_status(h, &st, e)) != OK)
		return rc;
	if (st.state == VAULT_FROZEN)
		return err_set(e, E_FROZEN, N_("frozen: the kit is renewed by purser thaw. Nothing was changed."));
	if ((rc = vault_unlock_ready(h, e)) != OK || (rc = session_ask(s, h, &password, &with, e)) != OK)
		return rc;
	old.password = &password;
	old.with = &with;
	if ((rc = vault_try(h, &old, &stretched, e)) != OK)
		return rc;
	old.a = &stretched;
	if ((rc = vault_unlock(h, &old, &v, e)) != OK)
		return rc;
	memcpy(pk0, vault_pk0(v), sizeof pk0);
	memcpy(id, vault_id(v), sizeof id);
	vault_close(&v);
	if ((rc = kit_make(&kit, id, pk0, 1, 1, e)) != OK || (rc = kit_ritual(s, a, &kit, id, &how.kit_state, e)) != OK)
		return rc;
	how.kit = &kit;
	how.password = &password;
	if ((rc = session_lock_agent(s, h, e)) == OK)
		rc = vault_kit_new(h, &old, &how, e);
	progress_end(s);
	if (rc != OK) {
		kit_file_drop(a, h, &kit);
		return rc;
	}
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "kit");
		j_str(&j, "state", kit_state_name(how.kit_state));
		j_str(&j, "fingerprint", kit.fingerprint);
		return out_json(s, &j, e);
	}
	say(s, N_("Complete. Kit %s is the valid one from now on."), kit.fingerprint);
	if (st.kit != KIT_NONE)
		say(s, N_("The old paper opens old copies of the vault still: destroy it. The agent was locked."));
	return OK;
}

static enum rc
kit_check_run(struct session *s, const struct args *a, struct err *e)
{
	struct slip39_share share;
	KIT_LINES lines = { 0 };
	enum rc rc;

	(void)a;
	if (vault_kit_state(session_vault(s)) == KIT_NONE) {
		(void)err_set(e, E_FAILED, N_("this store has no kit"));
		err_next(e, N_("purser kit new"));
		return E_FAILED;
	}
	if (s->kit_fd != FD_NONE) {
		if ((rc = kit_read_fd(s->kit_fd, &lines, e)) != OK)
			return rc;
		if (lines.n != 1)
			return err_set(e, E_USAGE, N_("kit check takes one sheet"));
		share = lines.share[0];
	} else if (!can_ask(s)) {
		return err_set(e, E_USAGE,
		    N_("the kit is needed and nobody can be asked. Nothing was changed. Add --kit-fd N"));
	} else if ((rc = kit_type(s, NULL, &share, e)) != OK) {
		return rc;
	}
	rc = vault_kit_check(session_vault(s), &share, s->now_ms, s->wait_ms, e);
	slip39_wipe(&share, 1);
	if (rc != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };
		char fp[20];

		vault_fingerprint(session_vault(s), fp);
		j_open(&j, "kit");
		j_str(&j, "state", "verified");
		j_str(&j, "fingerprint", fp);
		return out_json(s, &j, e);
	}
	say(s, N_("Kit verified."));
	return OK;
}

static enum rc
kit_status_run(struct session *s, const struct args *a, struct err *e)
{
	struct vault_status st;
	enum rc rc;

	(void)a;
	if ((rc = vault_status(session_home(s), &st, e)) != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "kit");
		j_str(&j, "state", kit_state_name(st.kit));
		j_str(&j, "fingerprint", st.fingerprint[0] ? st.fingerprint : NULL);
		return out_json(s, &j, e);
	}
	if (st.kit == KIT_NONE)
		say(s, N_("No recovery kit: no secret can be stored. purser kit new"));
	else if (st.kit == KIT_VERIFIED)
		say(s, N_("Kit %s, verified."), st.fingerprint);
	else
		say(s, N_("Kit %s, NOT verified: purser kit check, with the paper in hand."), st.fingerprint);
	return OK;
}

static const struct option kit_new_options[] = {
	KIT_MAKE_OPTIONS,
	{ 0 },
};

static const struct example kit_new_examples[] = {
	{ "purser kit new", N_("twenty words to write on paper, typed back") },
	{ 0 },
};

static const struct command kit_new_command = {
	.name = "new",
	.summary = N_("make or renew the recovery kit (needs the password)"),
	.description =
	    N_("Makes a new kit and seals every secret to it. The new kit is typed back before anything changes: until "
	       "\"Complete\" is printed the old paper is the valid one. The words are never shown again."),
	.examples = kit_new_examples,
	.options = kit_new_options,
	.flags = CMD_STORE,
	.run = kit_new_run,
};

static const struct command kit_check_command = {
	.name = "check", .summary = N_("type the kit back from paper; right: it counts as verified"),
	.flags = CMD_UNLOCK | CMD_WRITE, .run = kit_check_run,
};

static const struct command kit_status_command = {
	.name = "status", .summary = N_("fingerprint and state of the kit"), .flags = CMD_STORE, .run = kit_status_run,
};

static const struct command *const kit_subs[] = { &kit_new_command, &kit_check_command, &kit_status_command, NULL };

static const struct example kit_examples[] = {
	{ "purser kit new", NULL },
	{ "purser kit check", NULL },
	{ 0 },
};

const struct command cmd_kit = {
	.name = "kit",
	.group = GROUP_STORE,
	.summary = N_("the recovery kit: the only way back after a freeze or a loss"),
	.description = N_("The kit is twenty words on paper (SLIP-39). With a copy of the vault it opens everything: "
			  "keep it away from the "
			  "computer. Its fingerprint tells which kit a store or a backup opens with."),
	.examples = kit_examples,
	.subs = kit_subs,
};
