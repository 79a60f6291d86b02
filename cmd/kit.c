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
not_frozen(const struct home *h, struct vault_status *st, struct err *e)
{
	enum rc rc = vault_status(h, st, e);

	if (rc != OK || st->state != VAULT_FROZEN)
		return rc;
	return err_set(e, E_FROZEN, N_("frozen: the kit is renewed by purser thaw. Nothing was changed."));
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
	AUTO(vault_close) struct vault *v = NULL;
	SECRET password = { 0 }, stretched = { 0 };
	KIT kit = { 0 };
	unsigned k = 1, n = 1;
	enum rc rc;

	if ((rc = kit_shape_check(a, "shares", e)) != OK || (rc = not_frozen(h, &st, e)) != OK)
		return rc;
	if ((rc = vault_unlock_ready(h, e)) != OK || (rc = session_ask(s, h, &password, &with, e)) != OK)
		return rc;
	old.password = &password;
	old.with = &with;
	if ((rc = vault_try(h, &old, &stretched, e)) != OK || (rc = not_frozen(h, &st, e)) != OK)
		return rc;
	old.a = &stretched;
	/* Nobody shall write a kit on paper that cannot become the valid one. */
	if ((rc = vault_unlock(h, &old, &v, e)) != OK || (rc = vault_kit_new_ready(v, e)) != OK)
		return rc;
	memcpy(pk0, vault_pk0(v), sizeof pk0);
	memcpy(id, vault_id(v), sizeof id);
	vault_close(&v);
	if (st.kit_sheets != 0) {
		k = st.kit_needed;
		n = st.kit_sheets;
	}
	if ((rc = kit_shape(a, "shares", &k, &n, e)) != OK || (rc = kit_make(&kit, id, pk0, k, n, e)) != OK ||
	    (rc = kit_ritual(s, a, &kit, id, &how.kit_state, e)) != OK)
		return rc;
	how.kit = &kit;
	how.password = &password;
	how.recovery = recovery_asked(a);
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
		j_int(&j, "needed", kit.k);
		j_int(&j, "sheets", kit.n);
		return out_json(s, &j, e);
	}
	say(s, N_("Complete. Kit %s is the valid one from now on."), kit.fingerprint);
	session_tell_duress(s);
	if (st.kit != KIT_NONE)
		say(s, N_("The old paper opens old copies of the vault still: destroy it. The agent was locked."));
	return OK;
}

/* ---- kit check ---- */

/* One sheet at a terminal; --kit-fd may hold several, each is looked at. */
static enum rc
sheets_in_hand(struct session *s, struct kit_lines *lines, struct err *e)
{
	enum rc rc;

	if (s->kit_fd != FD_NONE)
		return kit_read_fd(s->kit_fd, lines, e);
	if (!can_ask(s))
		return err_set(e, E_USAGE,
		    N_("the kit is needed and nobody can be asked. Nothing was changed. Add --kit-fd N"));
	if ((rc = kit_type(s, NULL, 0, &lines->share[0], e)) == OK)
		lines->n = 1;
	return rc;
}

static enum rc
tell_checked(struct session *s, unsigned sheet, struct err *e)
{
	struct kit_checks c;
	JSON j = { 0 };
	char fp[20];
	enum rc rc;

	if ((rc = vault_kit_checks(session_vault(s), &c, e)) != OK)
		return rc;
	if (!s->json) {
		if (c.sheets > 1)
			say(s, N_("Sheet %u of %u: right. Kit verified."), sheet, c.sheets);
		else
			say(s, N_("Kit verified."));
		return OK;
	}
	vault_fingerprint(session_vault(s), fp);
	j_open(&j, "kit");
	j_str(&j, "state", "verified");
	j_str(&j, "fingerprint", fp);
	j_int(&j, "sheet", sheet);
	j_int(&j, "sheets", c.sheets);
	return out_json(s, &j, e);
}

static enum rc
kit_check_run(struct session *s, const struct args *a, struct err *e)
{
	KIT_LINES lines = { 0 };
	unsigned sheet = 0;
	enum rc rc;

	(void)a;
	if (vault_kit_state(session_vault(s)) == KIT_NONE) {
		(void)err_set(e, E_FAILED, N_("this store has no kit"));
		err_next(e, N_("purser kit new"));
		return E_FAILED;
	}
	if ((rc = sheets_in_hand(s, &lines, e)) != OK)
		return rc;
	for (unsigned i = 0; i < lines.n; i++)
		if ((rc = vault_kit_check(session_vault(s), &lines.share[i], s->now_ms, s->wait_ms, &sheet, e)) != OK ||
		    (rc = tell_checked(s, sheet, e)) != OK)
			return rc;
	return OK;
}

/* ---- kit status ---- */

#define RENEWED_MS ((int64_t)30 * 86400 * 1000)

/* K of N and when it was made stand in `keys`; what the log knows of checks only where an agent is unlocked. */
struct kit_facts { struct vault_status st; bool ledger; struct kit_checks c; };

static enum rc
facts_get(struct session *s, struct kit_facts *f, struct err *e)
{
	struct access_how how = { .now_ms = s->now_ms, .wait_ms = 0 };
	AUTO(access_close) struct access *a = NULL;
	struct err none = { 0 };
	enum rc rc;

	memset(f, 0, sizeof *f);
	if ((rc = vault_status(session_home(s), &f->st, e)) != OK)
		return rc;
	if (access_open(session_home(s), &how, &a, &none) == OK)
		f->ledger = vault_kit_checks(access_vault(a), &f->c, &none) == OK;
	else if (s->password_fd != FD_NONE || s->password_file != NULL) {
		if ((rc = session_unlock(s, CMD_UNLOCK, e)) != OK || (rc = vault_kit_checks(session_vault(s), &f->c, e)) != OK)
			return rc;
		f->ledger = true;
	}
	if (f->st.kit_sheets == 0 && f->ledger && f->c.sheets == 1)
		f->st.kit_needed = f->st.kit_sheets = 1;
	if (f->st.kit_made == 0)
		f->st.kit_made = f->c.made_ms;
	return OK;
}

static void
time_or_null(struct json *j, const char *key, int64_t ms)
{
	if (ms != 0)
		j_time(j, key, ms);
	else
		j_null(j, key);
}

static void
count_or_null(struct json *j, const char *key, unsigned n)
{
	if (n != 0)
		j_int(j, key, n);
	else
		j_null(j, key);
}

static enum rc
status_json(struct session *s, const struct kit_facts *f, struct err *e)
{
	const struct vault_status *st = &f->st;
	JSON j = { 0 };

	j_open(&j, "kit");
	j_str(&j, "state", kit_state_name(st->kit));
	j_str(&j, "fingerprint", st->fingerprint[0] ? st->fingerprint : NULL);
	count_or_null(&j, "needed", st->kit_needed);
	count_or_null(&j, "sheets", st->kit_sheets);
	time_or_null(&j, "made", st->kit_made);
	if (st->kit_made != 0)
		j_bool(&j, "renewed", s->now_ms - st->kit_made < RENEWED_MS);
	else
		j_null(&j, "renewed");
	time_or_null(&j, "verified", f->c.verified_ms);
	if (f->ledger) {
		j_list(&j, "checks");
		for (unsigned i = 0; i < f->c.sheets; i++) {
			j_obj(&j, NULL);
			j_int(&j, "sheet", i + 1);
			time_or_null(&j, "checked", f->c.checked_ms[i]);
			j_end(&j);
		}
		j_end_list(&j);
	} else {
		j_null(&j, "checks");
	}
	return out_json(s, &j, e);
}

static void
say_checks(struct session *s, const struct kit_facts *f)
{
	for (unsigned i = 0; i < f->c.sheets; i++) {
		BUF when = { 0 };

		if (f->c.checked_ms[i] == 0) {
			say(s, N_("  sheet %u of %u: never checked"), i + 1, f->c.sheets);
			continue;
		}
		add_time(&when, f->c.checked_ms[i], false);
		say(s, N_("  sheet %u of %u: checked %s"), i + 1, f->c.sheets, buf_str(&when));
	}
}

static void
status_text(struct session *s, const struct kit_facts *f)
{
	const struct vault_status *st = &f->st;
	BUF made = { 0 };

	if (st->kit == KIT_NONE) {
		say(s, N_("No recovery kit: no secret can be stored. purser kit new"));
		return;
	}
	if (st->kit == KIT_VERIFIED)
		say(s, N_("Kit %s, verified."), st->fingerprint);
	else
		say(s, N_("Kit %s, NOT verified: purser kit check, with the paper in hand."), st->fingerprint);
	if (st->kit_sheets > 1)
		say(s, N_("%u sheets; any %u of them together, with a copy of the store, can open it."), st->kit_sheets,
		    st->kit_needed);
	if (st->kit_made != 0) {
		add_time(&made, st->kit_made, false);
		say(s, N_("Made %s."), buf_str(&made));
		if (s->now_ms - st->kit_made < RENEWED_MS)
			say(s, N_("That is less than 30 days ago. If it was not you, somebody else has a kit: purser kit new"));
	}
	if (f->ledger)
		say_checks(s, f);
}

static enum rc
kit_status_run(struct session *s, const struct args *a, struct err *e)
{
	struct kit_facts f;
	enum rc rc;

	(void)a;
	if ((rc = facts_get(s, &f, e)) != OK)
		return rc;
	if (s->json)
		return status_json(s, &f, e);
	status_text(s, &f);
	return OK;
}

static const struct option kit_new_options[] = {
	KIT_SHARES_OPTION("shares"),
	KIT_MAKE_OPTIONS,
	RECOVERY_OPTION,
	{ 0 },
};

static const struct example kit_new_examples[] = {
	{ "purser kit new", N_("twenty words to write on paper, typed back") },
	{ "purser kit new --shares 3/5 --sheet kit.html", N_("five sheets to print, any three of which work together") },
	{ 0 },
};

static const struct command kit_new_command = {
	.name = "new",
	.summary = N_("make or renew the recovery kit (needs the password)"),
	.description =
	    N_("Makes a new kit and seals every secret to it. The new kit is typed back before anything changes: until "
	       "\"Complete\" is printed the old paper is the valid one. The words are never shown again.\n\n"
	       "With --shares K/N the kit is N sheets for N trustees. Any K trustees together, with a copy of the vault, can "
	       "open it; fewer learn nothing. Every set of K sheets is tried in memory before they are shown, one of them is "
	       "typed back. Without the option a kit has as many sheets as the one before.\n\n"
	       "--sheet writes a page for each sheet, with the words numbered and as a QR code, to be printed by a browser. "
	       "The file holds the kit: print it and delete it."),
	.examples = kit_new_examples,
	.options = kit_new_options,
	.flags = CMD_STORE,
	.run = kit_new_run,
};

static const struct command kit_check_command = {
	.name = "check",
	.summary = N_("type a sheet back from paper; right: the kit counts as verified"),
	.description =
	    N_("For the owner and for every trustee, once a year: one sheet is typed and compared with what the store "
	       "keeps of it; the answer tells which sheet it is. Nothing is put together, so the kit is never in the "
	       "computer."),
	.flags = CMD_UNLOCK | CMD_WRITE,
	.run = kit_check_run,
};

static const struct command kit_status_command = {
	.name = "status", .summary = N_("fingerprint, sheets and state of the kit; when each sheet was checked"),
	.flags = CMD_STORE, .run = kit_status_run,
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
