/*
 * cmd/thaw.c: `purser thaw` and `purser recover`: the kit brings everything back under new keys. Each goes on as the other where the
 * state asks for it.
 */
#include "base/num.h"
#include "cmd/exposed.h"
#include "cmd/kitlib.h"
#include "cmd/open.h"
#include "cmd/out.h"

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

	note(s, N_("Log: %llu entries, unbroken. %zu secrets open."), (unsigned long long)f->log_entries, f->records);
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
next_kit(struct session *s, const struct args *a, const struct thaw_facts *f, struct kit *kit, struct new_keys *how, struct err *e)
{
	enum rc rc;

	if (!f->by_kit && !arg_has(a, "kit-file") && !arg_has(a, "unverified-kit"))
		return OK;                              /* a store without a kit stays one */
	if (arg_has(a, "keep-kit")) {
		if (f->new_chain)
			return err_set(e, E_USAGE, N_("--keep-kit is not possible: the log begins a new chain and the kit's fingerprint with it. "
			    "Nothing was changed."));
		return OK;
	}
	if (!can_ask(s) && !arg_has(a, "kit-file")) {
		(void)err_set(e, E_USAGE, N_("a new kit comes with the thaw, and nobody can write it down. Nothing was changed."));
		err_next(e, N_("Add --keep-kit, or --kit-file FILE --unverified-kit"));
		return E_USAGE;
	}
	if ((rc = kit_make(kit, f->vault_id, f->pk0, 1, 1, e)) != OK ||
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
			say(s, N_("The kit %s is the valid one now; the old paper opens old copies still: destroy it."), kit->fingerprint);
	}
	return exposed_print(s, v, e);
}

/* Every precondition is looked at before the first question. */
static enum rc
check_before(const struct args *a, const struct home *h, struct vault_status *st, struct err *e)
{
	enum rc rc;

	if ((rc = vault_status(h, st, e)) != OK || (rc = arg_exclusive(a, "keep-kit", "kit-file", e)) != OK ||
	    (rc = arg_exclusive(a, "keep-kit", "unverified-kit", e)) != OK)
		return rc;
	if (st->state == VAULT_RESTORED)
		return err_set(e, E_FROZEN, N_("this vault belongs to another computer, or its device directory is gone: purser does not "
		    "recover on another computer in this version. Nothing was changed."));
	return OK;
}

static enum rc
thaw_or_recover(struct session *s, const struct args *a, bool recover, struct err *e)
{
	struct thaw_how begin = { .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	struct new_keys how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms, .progress = count_up, .arg = s };
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(thaw_free) struct thaw *t = NULL;
	struct home *h = session_home(s);
	SECRET kit_secret = { 0 }, password = { 0 }, now = { 0 };
	const struct thaw_facts *f;
	struct vault_status st;
	char fingerprint[20] = "";
	bool frozen;
	KIT kit = { 0 };
	enum rc rc;

	if ((rc = check_before(a, h, &st, e)) != OK)
		return rc;
	frozen = st.state == VAULT_FROZEN || st.state == VAULT_THAWING;
	if (!recover && st.state == VAULT_OPEN && !st.fuse_damaged && !st.device_missing)
		return err_set(e, E_FAILED, N_("this store is not frozen. Nothing was changed."));
	if ((rc = ask_confirm(s, "store", e, frozen ?
	    N_("Thaw gives every secret back to this computer. Do it on a clean one. You need: the kit, a new password.") :
	    N_("Recover makes all keys new with the kit alone. You need: the kit, a new password."))) != OK)
		return rc;
	if (st.kit != KIT_NONE) {
		if ((rc = kit_in_hand(s, &kit_secret, fingerprint, e)) != OK)
			return rc;
		begin.kit = &kit_secret;
		begin.fingerprint = fingerprint[0] ? fingerprint : NULL;
	}
	/* The password: policy at a thaw (the kit is what counts); a recover is for when it is forgotten. */
	if (st.kit == KIT_NONE || (!recover && !st.device_missing && (can_ask(s) || s->password_fd != FD_NONE || s->password_file))) {
		if ((rc = ask_password(s, &password, e)) != OK)
			return rc;
		begin.password = &password;
	}
	if ((rc = session_lock_agent(s, h, e)) != OK || (rc = thaw_begin(h, &begin, &t, e)) != OK)
		return rc;
	f = thaw_facts(t);
	tell_facts(s, f);
	if ((rc = new_password(s, false, &now, e)) != OK || (rc = next_kit(s, a, f, &kit, &how, e)) != OK)
		return rc;
	how.password = &now;
	rc = thaw_commit(t, &how, &v, e);
	progress_end(s);
	if (rc != OK) {
		if (arg_str(a, "kit-file") != NULL)
			(void)unlink(arg_str(a, "kit-file"));
		return rc;
	}
	return done(s, v, frozen, &kit, &how, e);
}

static enum rc
thaw_run(struct session *s, const struct args *a, struct err *e)
{
	return thaw_or_recover(s, a, false, e);
}

static enum rc
recover_run(struct session *s, const struct args *a, struct err *e)
{
	return thaw_or_recover(s, a, true, e);
}

static const struct option thaw_options[] = {
	{ "keep-kit", 0, NULL, N_("the kit in hand stays the valid one"), NULL, 0 },
	KIT_MAKE_OPTIONS,
	{ 0 },
};

static const struct example thaw_examples[] = {
	{ "purser thaw", N_("asks for the kit, the password and a new one") },
	{ "purser thaw --confirm store --kit-fd 3 --password-fd 4 --new-password-fd 5 --keep-kit 3<kit 4<old 5<new",
	  N_("without a terminal") },
	{ 0 },
};

const struct command cmd_thaw = {
	.name = "thaw", .group = GROUP_AFTER, .summary = N_("come back from a freeze, with the recovery kit"),
	.description = N_("Checks the kit, its fingerprint, the whole log and every secret, then makes everything new: password, keys of this "
	    "computer, ledger key, the key of every secret and, unless --keep-kit, the kit, because it has been typed into a "
	    "computer.\n\n"
	    "Ends with the exposure list: every secret that existed before the freeze, to be changed at its provider."),
	.examples = thaw_examples, .options = thaw_options, .flags = CMD_STORE, .run = thaw_run,
};

static const struct example recover_examples[] = {
	{ "purser recover", N_("the password is forgotten, or device.key or the log's state is lost") },
	{ 0 },
};

const struct command cmd_recover = {
	.name = "recover", .group = GROUP_STORE, .summary = N_("password forgotten or a device file lost: start anew with the kit"),
	.description = N_("As thaw, for a store whose password is forgotten or whose device.key, fuse or log state was lost or damaged on this "
	    "computer. Asks for the kit and a new password only."),
	.examples = recover_examples, .options = thaw_options, .flags = CMD_STORE, .run = recover_run,
};
