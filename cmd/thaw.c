/*
 * cmd/thaw.c: `purser thaw` and `purser recover`: the kit brings everything back under new keys. Each goes on as the
 * other where the state asks for it.
 */
#include "base/num.h"
#include "cmd/card.h"
#include "cmd/exposed.h"
#include "cmd/kitlib.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/thaw_account.h"

#include <string.h>

static void
count_up(void *arg, unsigned done, unsigned of)
{
	progress(arg, N_("Renewing %u of %u"), done, of);
}

static void
tell_facts(struct session *s, const struct thaw_facts *f)
{
	BUF since = { 0 };

	if (f->log_bad == 0 && f->new_chain)
		note(s, N_("Log: %llu entries, unbroken; nothing here proves that they are the newest, so a new one begins. %zu secrets "
			   "open."),
		    (unsigned long long)f->log_entries, f->records);
	else if (f->log_bad == 0)
		note(s, N_("Log: %llu entries, unbroken. %zu secrets open."), (unsigned long long)f->log_entries,
		    f->records);
	else
		warn(s, N_("Log: %llu entries, %llu findings; it is kept beside a new one. %zu secrets open."),
		    (unsigned long long)f->log_entries, (unsigned long long)f->log_bad, f->records);
	if (f->manifest_bad)
		warn(s, N_("Secrets were deleted from the store file, or older ones put back: which, is not known."));
	if (f->frozen_since != 0) {
		add_time(&since, f->frozen_since, false);
		note(s, N_("Since the freeze (%s): %llu log entries, %llu secrets added or changed."), buf_str(&since),
		    (unsigned long long)f->log_since, (unsigned long long)f->records_since);
	}
	for (size_t i = 0; i < f->quarantined; i++) {
		char rec[2 * ID_LEN + 1];

		hex_put(rec, f->quarantine[i].rec, ID_LEN);
		warn(s, N_("A secret does not authenticate and is put aside: record %.8s, version %llu"), rec,
		    (unsigned long long)f->quarantine[i].version);
	}
}

/* What comes after: a new kit unless --keep-kit. */
static enum rc
next_kit(struct session *s, const struct args *a, const struct thaw_facts *f, struct kit *kit, struct new_keys *how,
    struct err *e)
{
	unsigned k = f->kit_needed, n = f->kit_sheets;
	enum rc rc;

	if (!f->by_kit && !arg_has(a, "kit-file") && !arg_has(a, "sheet") && !arg_has(a, "unverified-kit"))
		return OK;                              /* a store without a kit stays one */
	if (arg_has(a, "keep-kit")) {
		if (f->new_chain)
			return err_set(e, E_USAGE,
			    N_("--keep-kit is not possible: the log begins a new chain and the kit's fingerprint with "
			       "it. "
			       "Nothing was changed."));
		return OK;
	}
	if (!can_ask(s) && !arg_has(a, "kit-file") && !arg_has(a, "sheet")) {
		(void)err_set(e, E_USAGE,
		    N_("a new kit comes with the thaw, and nobody can write it down. Nothing was changed."));
		err_next(e, N_("Add --keep-kit, or --kit-file FILE --unverified-kit"));
		return E_USAGE;
	}
	if ((rc = kit_shape(a, "kit-shares", &k, &n, e)) != OK || (rc = kit_make(kit, f->vault_id, f->pk0, k, n, e)) != OK ||
	    (rc = kit_ritual(s, a, kit, f->vault_id, &how->kit_state, e)) != OK)
		return rc;
	how->kit = kit;
	return OK;
}

static enum rc
done(struct session *s, struct vault *v, bool frozen, const struct kit *kit, const struct new_keys *how, struct err *e)
{
	char fp[20];

	vault_fingerprint(v, fp);
	if (s->json) {
		JSON j = { 0 };
		enum rc rc;

		j_open(&j, frozen ? "thaw" : "recover");
		j_str(&j, "state", vault_state_name(vault_state(v)));
		j_int(&j, "epoch", (int64_t)vault_epoch(v));
		j_str(&j, "kit", kit_state_name(vault_kit_state(v)));
		j_str(&j, "fingerprint", vault_kit_state(v) == KIT_NONE ? NULL : fp);
		if ((rc = out_json(s, &j, e)) != OK)
			return rc;
	} else {
		say_tone(s, TONE_BOLD, frozen ? N_("THAWED. Every key is new.") : N_("RECOVERED. Every key is new."));
		if (how->kit != NULL)
			say(s, N_("The kit %s is the valid one now; the old paper opens old copies still: destroy it."),
			    kit->fingerprint);
	}
	session_tell_duress(s);
	return exposed_print(s, v, e);
}

/* Accounts of an open store: the kit stays what it is. */
static bool
of_open_store(const struct args *a, const struct vault_status *st)
{
	return a->n > 0 && st->state == VAULT_OPEN && !st->fuse_damaged && !st->device_missing;
}

/* What was lost or seen is not carried over. */
static void
tell_factors(struct session *s, unsigned before)
{
	if (before & (KEYS_TOTP_MASK | KEYS_KEYFILE | KEYS_FIDO2))
		warn(s, N_("The second factor is off: the password alone opens the store. purser 2fa enable"));
}

/* Every precondition is looked at before the first question. */
static enum rc
check_before(struct session *s, const struct args *a, const struct home *h, struct vault_status *st, struct err *e)
{
	enum rc rc;

	if ((rc = vault_status(h, st, e)) != OK || (rc = kit_shape_check(a, "kit-shares", e)) != OK ||
	    (rc = arg_exclusive(a, "keep-kit", "kit-file", e)) != OK ||
	    (rc = arg_exclusive(a, "keep-kit", "unverified-kit", e)) != OK ||
	    (rc = arg_exclusive(a, "keep-kit", "sheet", e)) != OK || (rc = arg_exclusive(a, "keep-kit", "kit-shares", e)) != OK)
		return rc;
	if (st->state == VAULT_RESTORED && st->kit == KIT_NONE)
		return err_set(e, E_FROZEN,
		    N_("this vault was made before it had a kit, and the keys of its device are not here: nothing opens it. "
		       "Nothing was changed."));
	if (st->state == VAULT_RESTORED && arg_has(a, "keep-kit"))
		return err_set(e, E_USAGE,
		    N_("--keep-kit is not possible: the log begins a new chain and the kit's fingerprint with it. Nothing was "
		       "changed."));
	if (of_open_store(a, st))
		return OK;
	if (st->kit != KIT_NONE && !can_ask(s) && !arg_has(a, "keep-kit") && !arg_has(a, "kit-file") &&
	    !arg_has(a, "sheet")) {
		(void)err_set(e, E_USAGE,
		    N_("a new kit comes with the thaw, and nobody can write it down. Nothing was changed."));
		err_next(e, N_("Add --keep-kit, or --kit-file FILE --unverified-kit"));
		return E_USAGE;
	}
	return OK;
}

/* The password first: whoever mistypes it has not typed twenty words yet. */
static enum rc
old_password(struct session *s, const struct home *h, struct secret *password, struct secret *stretched, struct err *e)
{
	struct unlock_how how = { .password = password, .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	FACTORS with = { .codes = 0 };
	enum rc rc;

	if ((rc = session_ask(s, h, password, &with, e)) != OK)
		return rc;
	how.with = &with;
	if ((rc = vault_try(h, &how, stretched, e)) == E_AUTH)
		err_next(e, N_("Forgotten? purser recover needs the kit only"));
	return rc;
}

/* What is asked for before anything is looked at with it. */
static enum rc
gather(struct session *s, const struct home *h, const struct vault_status *st, bool by_password, struct secret *kit,
    char fingerprint[20], struct secret *password, struct secret *stretched, struct err *e)
{
	enum rc rc;

	/* Under kit+password the kit holds the other factors, and only both together can be tried. */
	if (by_password && (st->flags & KEYS_KIT_PASSWORD) && st->kit != KIT_NONE)
		rc = ask_password(s, password, e);
	else
		rc = by_password ? old_password(s, h, password, stretched, e) : OK;
	if (rc != OK)
		return rc;
	return st->kit != KIT_NONE ? kit_in_hand(s, st->fingerprint, kit, fingerprint, e) : OK;
}

static enum rc
confirm(struct session *s, const struct vault_status *st, const char *word, bool frozen, bool by_password, struct err *e)
{
	if (st->kit == KIT_NONE)
		return ask_confirm(s, word, e,
		    N_("No secret was ever stored here: you need the password, and a new one."));
	if (by_password && strcmp(word, "store") != 0)
		return ask_confirm(s, word, e,
		    N_("Thaw makes every key new and gives the secrets of these accounts back to this computer: %s. Do it "
		       "on a clean one. The others stay frozen.\nYou need: the kit %s, the password, a new password, paper "
		       "for a new kit."),
		    word, st->fingerprint);
	if (by_password)
		return ask_confirm(s, word, e,
		    N_("Thaw gives every secret back to this computer. Do it on a clean one.\nYou need: the kit %s, "
		       "the password, a new password, paper for a new kit."),
		    st->fingerprint);
	if (frozen)
		return ask_confirm(s, word, e,
		    N_("Recover gives every secret back to this computer. Do it on a clean one.\nYou need: the kit "
		       "%s, a new password, paper for a new kit."),
		    st->fingerprint);
	return ask_confirm(s, word, e,
	    N_("Recover makes all keys new.\nYou need: the kit %s, a new password, paper for a new kit."),
	    st->fingerprint);
}

/* From the facts on, which are told before anything changes. */
static enum rc
renew(struct session *s, const struct args *a, const struct home *h, struct thaw *t, bool frozen, struct err *e)
{
	struct new_keys how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms, .progress = count_up, .arg = s };
	const struct thaw_facts *f = thaw_facts(t);
	AUTO(vault_close) struct vault *v = NULL;
	SECRET now = { 0 };
	KIT kit = { 0 };
	enum rc rc;

	tell_facts(s, f);
	if ((rc = new_password(s, false, &now, e)) != OK || (rc = next_kit(s, a, f, &kit, &how, e)) != OK)
		return rc;
	how.password = &now;
	if ((rc = session_lock_agent(s, h, e)) == OK)
		rc = thaw_commit(t, &how, &v, e);
	progress_end(s);
	if (rc != OK) {
		kit_file_drop(a, h, &kit);
		return rc;
	}
	card_keep(s, h, vault_db(v));
	return done(s, v, frozen, &kit, &how, e);
}

/* agreed: the person has said yes to it already (restore). */
static enum rc
thaw_or_recover(struct session *s, const struct args *a, struct home *h, bool recover, bool agreed, struct err *e)
{
	struct thaw_how begin = { .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	AUTO(thaw_free) struct thaw *t = NULL;
	SECRET kit = { 0 }, password = { 0 }, stretched = { 0 };
	struct vault_status st;
	char fingerprint[20] = "";
	bool frozen, by_password;
	BUF word = { 0 };
	enum rc rc;

	if ((rc = check_before(s, a, h, &st, e)) != OK)
		return rc;
	if (of_open_store(a, &st))
		return thaw_accounts(s, a, &st, e);
	frozen = st.state == VAULT_FROZEN || st.state == VAULT_THAWING;
	if (!recover && st.state == VAULT_OPEN && !st.fuse_damaged && !st.device_missing && vault_log_fits(h)) {
		(void)err_set(e, E_FAILED, N_("this store is not frozen. Nothing was changed."));
		err_next(e, N_("one account: purser thaw NAME; password forgotten or a file lost: purser recover"));
		return E_FAILED;
	}
	/* A recover is for a forgotten password; without device.key none can be tried. */
	by_password = st.kit == KIT_NONE || (st.flags & KEYS_KIT_PASSWORD) || (!recover && !st.device_missing);
	if ((rc = thaw_word(a, &word, e)) != OK ||
	    (!agreed && (rc = confirm(s, &st, buf_str(&word), frozen, by_password, e)) != OK) ||
	    (rc = gather(s, h, &st, by_password, &kit, fingerprint, &password, &stretched, e)) != OK)
		return rc;
	begin.kit = st.kit != KIT_NONE ? &kit : NULL;
	begin.fingerprint = fingerprint[0] ? fingerprint : NULL;
	begin.password = by_password ? &password : NULL;
	begin.a = stretched.bytes != NULL ? &stretched : NULL;
	if ((rc = session_lock_agent(s, h, e)) != OK || (rc = thaw_begin(h, &begin, &t, e)) != OK ||
	    (rc = thaw_only(t, (const char *const *)(uintptr_t)a->v, a->n, e)) != OK)
		return rc;
	if ((rc = renew(s, a, h, t, frozen, e)) == OK || rc == E_FINDINGS)
		tell_factors(s, st.flags);
	return rc;
}

static enum rc
thaw_run(struct session *s, const struct args *a, struct err *e)
{
	return thaw_or_recover(s, a, session_home(s), false, false, e);
}

static enum rc
recover_run(struct session *s, const struct args *a, struct err *e)
{
	return thaw_or_recover(s, a, session_home(s), true, false, e);
}

enum rc
recover_restored(struct session *s, const struct args *a, struct home *h, struct err *e)
{
	struct args options = *a;

	options.n = 0;                  /* the argument was the backup, no account */
	return thaw_or_recover(s, &options, h, true, true, e);
}

static const struct option thaw_options[] = {
	RECOVER_OPTIONS,
	{ 0 },
};

static const struct example thaw_examples[] = {
	{ "purser thaw", N_("asks for the kit, the password and a new one") },
	{ "purser thaw paypal", N_("one account back; of a frozen store: the others stay frozen") },
	{ "purser thaw --confirm store --kit-fd 3 --password-fd 4 --new-password-fd 5 --keep-kit 3<kit 4<old 5<new",
	  N_("without a terminal") },
	{ 0 },
};

const struct command cmd_thaw = {
	.name = "thaw",
	.group = GROUP_AFTER,
	.usage = "[NAME...]",
	.summary = N_("come back from a freeze, with the recovery kit"),
	.description = N_(
	    "Checks the kit, its fingerprint, the whole log and every secret, then makes everything new: password, "
	    "keys of this "
	    "computer, ledger key, the key of every secret and, unless --keep-kit, the kit, because it has been typed "
	    "into a "
	    "computer.\n\n"
	    "Ends with the exposure list: every secret that existed before the freeze, to be changed at its provider.\n\n"
	    "With names: of an open store, the kit and the unlocked ledger give these frozen accounts back, under a new key "
	    "for each of their secrets; the kit stays the one it is. Of a frozen store, everything is made anew as above, "
	    "and the other accounts stay frozen. --confirm then takes the names, with blanks between."),
	.examples = thaw_examples,
	.options = thaw_options,
	.max_args = MANY,
	.flags = CMD_STORE | CMD_MAKES_HOME,
	.run = thaw_run,
};

static const struct example recover_examples[] = {
	{ "purser recover", N_("the password is forgotten, or device.key or the log's state is lost; or after purser restore") },
	{ 0 },
};

const struct command cmd_recover = {
	.name = "recover",
	.group = GROUP_STORE,
	.summary = N_("password forgotten, a device file lost, a backup restored: start anew with the kit"),
	.description = N_("As thaw, for a store whose password is forgotten or whose device.key, fuse or log state was "
			  "lost or damaged on this "
			  "computer, and for a backup restored on another computer. Asks for the kit and a new password only.\n\n"
			  "Ends with the exposure list: a lost or stolen computer still opens its own copy of every secret."),
	.examples = recover_examples,
	.options = thaw_options,
	.flags = CMD_STORE | CMD_MAKES_HOME,
	.run = recover_run,
};
