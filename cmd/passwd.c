/* cmd/passwd.c: `purser passwd`: a new password; keys of this device are renewed with it. The duress password, and the
 * guard that freezes after wrong ones. */
#include "base/num.h"
#include "cmd/kitlib.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/log.h"
#include "store/policy.h"

#include <string.h>

/* Password and factors as they are now, tried: *old is ready for what renews the keys. */
struct present { struct secret password, stretched; struct factors with; struct unlock_how how; };

static void
present_wipe(struct present *p)
{
	secret_wipe(&p->password);
	secret_wipe(&p->stretched);
	factors_wipe(&p->with);
}
#define PRESENT AUTO(present_wipe) struct present

static enum rc
present_ask(struct session *s, const struct home *h, struct present *p, struct err *e)
{
	enum rc rc;

	p->how = (struct unlock_how){ .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	if ((rc = vault_unlock_ready(h, e)) != OK || (rc = session_ask(s, h, &p->password, &p->with, e)) != OK)
		return rc;
	p->how.password = &p->password;
	p->how.with = &p->with;
	if ((rc = vault_try(h, &p->how, &p->stretched, e)) != OK)
		return rc;
	p->how.a = &p->stretched;
	return OK;
}

static enum rc
not_frozen(const struct home *h, struct err *e)
{
	struct vault_status st;
	enum rc rc = vault_status(h, &st, e);

	if (rc != OK || st.state != VAULT_FROZEN)
		return rc;
	return err_set(e, E_FROZEN, N_("frozen: the password changes with the thaw. Nothing was changed."));
}

/* ---- a new password ---- */

static enum rc
change(struct session *s, struct err *e)
{
	struct new_keys how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	struct home *h = session_home(s);
	PRESENT p = { .password = { 0 } };
	SECRET now = { 0 };
	enum rc rc;

	if ((rc = not_frozen(h, e)) != OK || (rc = present_ask(s, h, &p, e)) != OK || (rc = not_frozen(h, e)) != OK ||
	    (rc = new_password(s, false, &now, e)) != OK)
		return rc;
	how.password = &now;
	if ((rc = session_lock_agent(s, h, e)) != OK || (rc = vault_passwd(h, &p.how, &how, e)) != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "passwd");
		j_bool(&j, "changed", true);
		return out_json(s, &j, e);
	}
	note(s, N_("Password changed; the keys of this computer were renewed. The agent was locked."));
	session_tell_duress(s);
	return OK;
}

/* ---- duress ---- */

static enum rc
duress_told(struct session *s, bool set, struct err *e)
{
	JSON j = { 0 };

	if (s->json) {
		j_open(&j, "passwd");
		j_bool(&j, "changed", false);
		j_bool(&j, "duress", set);
		return out_json(s, &j, e);
	}
	if (!set) {
		note(s, N_("No duress password opens this store now. The agent was locked."));
		return OK;
	}
	note(s, N_("Duress password set; the password stays. Whoever unlocks with it freezes the store, and sees a "
		   "frozen store "
		   "and its history. The agent was locked."));
	note(s, N_("It helps only where this program is run on the only copy. A frozen store says since when. It is "
		   "gone with "
		   "the next passwd, 2fa, kit new or thaw: set it again then."));
	return OK;
}

/* The same password, other keys, and a slot more (or none): nothing in the files tells which. */
static enum rc
duress(struct session *s, bool set, struct err *e)
{
	struct new_keys how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	struct home *h = session_home(s);
	PRESENT p = { .password = { 0 } };
	SECRET other = { 0 };
	enum rc rc;

	if ((rc = not_frozen(h, e)) != OK || (rc = present_ask(s, h, &p, e)) != OK || (rc = not_frozen(h, e)) != OK)
		return rc;
	if (set && can_ask(s) && s->new_password_fd == FD_NONE)
		note(s, N_("The duress password: another one than the password, one that you can give away."));
	if (set && (rc = new_password(s, false, &other, e)) != OK)
		return rc;
	if (set && secret_equal(&other, &p.password))
		return err_set(e, E_USAGE,
		    N_("the duress password must be another one than the password. Nothing was changed"));
	how.password = &p.password;
	how.duress = set ? &other : NULL;
	if ((rc = session_lock_agent(s, h, e)) != OK || (rc = vault_passwd(h, &p.how, &how, e)) != OK)
		return rc;
	return duress_told(s, set, e);
}

/* ---- the guard ---- */

static enum rc
guard_told(struct session *s, const struct vault_status *st, uint32_t n, struct err *e)
{
	JSON j = { 0 };

	if (s->json) {
		j_open(&j, "passwd");
		j_bool(&j, "changed", false);
		if (n > 0)
			j_int(&j, "freeze_after", (int64_t)n);
		else
			j_null(&j, "freeze_after");
		return out_json(s, &j, e);
	}
	if (n == 0) {
		note(s, N_("Wrong passwords do not freeze the store."));
		return OK;
	}
	note(s,
	    N_("After %u wrong passwords in a row the store freezes by itself. A policy of this program: it does "
	       "nothing "
	       "against someone who guesses on a copy, and anyone who can type here can freeze your store with it."),
	    n);
	if (st->kit != KIT_VERIFIED)
		warn(s, N_("The kit was never verified: until then it only warns. purser kit check"));
	return OK;
}

static enum rc
guard(struct session *s, const char *value, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	struct home *h = session_home(s);
	PRESENT p = { .password = { 0 } };
	struct vault_status st;
	BUF text = { 0 };
	uint64_t n = 0;
	enum rc rc;

	if (strcmp(value, "off") != 0 && !num_u64(value, FREEZE_AFTER_MIN, 1000000, &n))
		return err_set(e, E_USAGE, N_("--freeze-after: \"%s\" is neither off nor a number of %u or more"),
		    value, FREEZE_AFTER_MIN);
	if ((rc = vault_status(h, &st, e)) != OK || (rc = present_ask(s, h, &p, e)) != OK ||
	    (rc = vault_unlock(h, &p.how, &v, e)) != OK)
		return rc;
	log_text_begin(&text, NULL, "policy");
	log_text_add(&text, "what", "freeze-after");
	log_text_add(&text, "value", value);
	if ((rc = vault_event(v, &text, s->now_ms, e)) != OK || (rc = policy_set(h, (uint32_t)n, e)) != OK)
		return rc;
	return guard_told(s, &st, (uint32_t)n, e);
}

/* ---- table ---- */

static enum rc
passwd_run(struct session *s, const struct args *a, struct err *e)
{
	enum rc rc;

	if ((rc = arg_exclusive(a, "duress", "no-duress", e)) != OK ||
	    (rc = arg_exclusive(a, "duress", "freeze-after", e)) != OK ||
	    (rc = arg_exclusive(a, "no-duress", "freeze-after", e)) != OK)
		return rc;
	if (arg_has(a, "freeze-after"))
		return guard(s, arg_str(a, "freeze-after"), e);
	if (arg_has(a, "duress") || arg_has(a, "no-duress"))
		return duress(s, arg_has(a, "duress"), e);
	return change(s, e);
}

static const struct option passwd_options[] = {
	{ "duress", 0, NULL, N_("set the duress password instead: whoever unlocks with it freezes the store"), NULL,
	    0 },
	{ "no-duress", 0, NULL, N_("no duress password opens the store any more"), NULL, 0 },
	{ "freeze-after", 0, "N|off",
	    N_("freeze after so many wrong passwords in a row (10 or more); off is the default"), NULL, 0 },
	{ 0 },
};

static const struct example passwd_examples[] = {
	{ "purser passwd", NULL },
	{ "purser passwd --password-fd 3 --new-password-fd 4 3<old 4<new", NULL },
	{ "purser passwd --duress", N_("asks for the password, then for the duress password") },
	{ "purser passwd --freeze-after 20", NULL },
	{ 0 },
};

const struct command cmd_passwd = {
	.name = "passwd",
	.group = GROUP_STORE,
	.summary = N_("change the password of the store"),
	.description = N_(
	    "Asks for the old password and the new one, and renews every key that the password protects "
	    "on this computer: an old "
	    "copy of the key files with the old password opens nothing that is stored afterwards.\n\n"
	    "The duress password (--duress) opens the ledger and no secret: unlocking with it freezes the store "
	    "without "
	    "a word and then shows what any frozen store shows. The files do not tell whether there is one. It helps "
	    "only where this program is run on the only copy, and status and log say that the freeze was just now. A "
	    "thaw does not take it. passwd, 2fa, kit new and thaw make every slot anew: set it again afterwards.\n\n"
	    "--freeze-after N counts wrong passwords since the last right one, and freezes at the Nth (while the kit "
	    "is "
	    "not verified it only warns). It is a policy, kept in a file outside the ledger, and a gift to anyone who "
	    "wants to annoy you: whoever can type here can freeze your store. It does nothing against guessing on a "
	    "copy."),
	.examples = passwd_examples,
	.options = passwd_options,
	.flags = CMD_STORE,
	.run = passwd_run,
};
