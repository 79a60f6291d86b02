/* cmd/backup.c: `purser backup` and `purser restore`: the vault directory as one file, and back. */
#include "base/num.h"
#include "cmd/kitlib.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/backup.h"

#include <stdio.h>
#include <string.h>

static void
copied(void *arg, uint64_t done, uint64_t of)
{
	progress(arg, N_("%llu of %llu MiB"), (unsigned long long)(done >> 20), (unsigned long long)(of >> 20));
}

/* "1.2 MB", "37 kB" */
static void
size_text(char out[32], uint64_t n)
{
	if (n >= 999950)
		(void)snprintf(out, 32, "%llu.%llu MB", (unsigned long long)((n + 50000) / 1000000),
		    (unsigned long long)((n + 50000) / 100000 % 10));
	else
		(void)snprintf(out, 32, "%llu kB", (unsigned long long)((n + 500) / 1000));
}

static void
kit_json(struct json *j, const struct backup_facts *f)
{
	char store[9];

	hex_put(store, f->vault_id, 4);
	j_str(j, "store", store);
	j_time(j, "made", f->made_ms);
	j_int(j, "size", (int64_t)f->size);
	j_int(j, "epoch", (int64_t)f->epoch);
	j_str(j, "kit", kit_state_name(f->kit));
	j_str(j, "fingerprint", f->fingerprint[0] ? f->fingerprint : NULL);
	if (f->kit_sheets != 0) {
		j_int(j, "needed", f->kit_needed);
		j_int(j, "sheets", f->kit_sheets);
	} else {
		j_null(j, "needed");
		j_null(j, "sheets");
	}
}

/* ---- backup ---- */

static enum rc
backup_run(struct session *s, const struct args *a, struct err *e)
{
	struct backup_how how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms, .progress = copied, .arg = s };
	struct backup_facts f;
	char size[32];
	enum rc rc = backup_write(session_home(s), a->v[0], &how, &f, e);

	progress_end(s);
	if (rc != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "backup");
		j_str(&j, "file", a->v[0]);
		kit_json(&j, &f);
		return out_json(s, &j, e);
	}
	size_text(size, f.size);
	if (f.kit == KIT_NONE) {
		say(s, N_("Written and read back, %s. There is no kit yet: on any other computer NOTHING opens it."), size);
		say(s, N_("Make one, then a backup again: purser kit new"));
		return OK;
	}
	if (f.kit_password)
		say(s, N_("Written and read back, %s. Opens ONLY with kit %s and your password together."), size, f.fingerprint);
	else
		say(s, N_("Written and read back, %s. Opens ONLY with kit %s, not with your password."), size, f.fingerprint);
	if (f.kit == KIT_UNVERIFIED)
		warn(s, N_("That kit was never typed back: purser kit check, with the paper in hand."));
	return OK;
}

static const struct example backup_examples[] = {
	{ "purser backup /media/usb/purser.bak", N_("no password is needed; works locked and frozen") },
	{ 0 },
};

const struct command cmd_backup = {
	.name = "backup",
	.group = GROUP_STORE,
	.usage = "FILE",
	.summary = N_("the store as one file, for a stick or another place"),
	.description =
	    N_("Writes one new file with everything of the vault, read back after writing. Needs no password, works "
	       "locked and frozen, "
	       "and while other commands read and write. An existing FILE is never overwritten.\n\n"
	       "Cryptographic: the file opens with the recovery kit only. Neither the password nor this computer's "
	       "device directory is "
	       "in it or of any use for it without the kit. So it may lie anywhere; the kit may not lie beside it."),
	.examples = backup_examples,
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_STORE | CMD_ARG_WRITES,
	.run = backup_run,
};

/* ---- restore ---- */

static enum rc
tell_backup(struct session *s, const struct backup_facts *f)
{
	BUF made = { 0 }, kit_made = { 0 };
	char store[9], size[32];

	hex_put(store, f->vault_id, 4);
	size_text(size, f->size);
	add_time(&made, f->made_ms, false);
	note(s, N_("Backup of %s, store %s, %s, file whole."), buf_str(&made), store, size);
	if (f->kit == KIT_NONE) {
		note(s, N_("It was made before there was a kit."));
		return OK;
	}
	note(s, N_("It opens with the kit that says %s"), f->fingerprint);
	if (f->kit_password)
		note(s, N_("  and with the password it had: both are needed"));
	if (f->kit_made != 0)
		add_time(&kit_made, f->kit_made, false);
	if (f->kit_sheets > 0 && f->kit_made != 0)
		note(s, N_("  %u of %u sheets, made %s"), f->kit_needed, f->kit_sheets, buf_str(&kit_made));
	return OK;
}

/* What recover will ask, as far as nobody could answer: said before anything is written. */
static enum rc
can_go_on(struct session *s, const struct args *a, const struct backup_facts *f, struct err *e)
{
	if (arg_has(a, "keep-kit"))
		return err_set(e, E_USAGE,
		    N_("--keep-kit is not possible: the log begins a new chain and the kit's fingerprint with it. Nothing was "
		       "changed."));
	if (can_ask(s) || f->kit == KIT_NONE)
		return OK;
	if (s->kit_fd == FD_NONE)
		return err_set(e, E_USAGE, N_("the kit is needed and nobody can be asked. Nothing was changed. Add --kit-fd N, or "
					      "--no-recover"));
	if (!arg_has(a, "kit-file") && !arg_has(a, "sheet")) {
		(void)err_set(e, E_USAGE,
		    N_("a new kit comes with the recovery, and nobody can write it down. Nothing was changed."));
		err_next(e, N_("Add --kit-file FILE --unverified-kit, or --no-recover"));
		return E_USAGE;
	}
	if (f->kit_password && s->password_fd == FD_NONE && s->password_file == NULL)
		return err_set(e, E_USAGE, N_("this store opens with kit and password together, and nobody can be asked. Nothing "
					      "was changed. Add --password-fd N, or --no-recover"));
	return s->new_password_fd != FD_NONE ? OK
					     : err_set(e, E_USAGE,
						   N_("a new password is needed and nobody can be asked. Nothing was "
						      "changed. Add --new-password-fd N, or --no-recover"));
}

/* Whatever is in the way, readable or not, is somebody's store. */
static enum rc
may_replace(struct session *s, const struct home *h, const struct backup_facts *f, struct err *e)
{
	struct vault_status st;
	struct err why = { 0 };
	bool damaged = vault_status(h, &st, &why) != OK;
	char here[9];

	if (!damaged && st.state == VAULT_NONE)
		return OK;
	if (damaged)
		return ask_confirm(s, "store", e,
		    N_("There is a store here already, damaged: %s. The backup takes its place."), why.what);
	hex_put(here, st.vault_id, 4);
	if (memcmp(st.vault_id, f->vault_id, sizeof st.vault_id) != 0)
		return ask_confirm(s, "store", e,
		    N_("There is ANOTHER store here already: %s. The backup takes its place, and it is gone for good."), here);
	return ask_confirm(s, "store", e,
	    N_("The store is here already. The backup takes its place: what came after it is gone, and you need the kit."));
}

static enum rc
done(struct session *s, const struct backup_facts *f, bool goes_on, struct err *e)
{
	JSON j = { 0 };

	if (s->json) {
		j_open(&j, "restore");
		kit_json(&j, f);
		return out_json(s, &j, e);
	}
	if (goes_on)
		return OK;
	say(s, N_("Restored. Nothing of it can be opened yet. Next: purser recover"));
	return OK;
}

static enum rc
restore_run(struct session *s, const struct args *a, struct err *e)
{
	struct backup_how how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms, .progress = copied, .arg = s };
	AUTO(backup_close) struct backup *b = NULL;
	AUTO(home_close) struct home *h = NULL;
	bool goes_on = !arg_has(a, "no-recover");
	const struct backup_facts *f;
	enum rc rc;

	if ((rc = kit_shape_check(a, "kit-shares", e)) != OK)
		return rc;
	rc = backup_open(&b, a->v[0], &how, e);
	progress_end(s);
	if (rc != OK)
		return rc;
	f = backup_facts(b);
	if ((rc = session_home_open(s, &h, e)) != OK || (rc = tell_backup(s, f)) != OK ||
	    (goes_on && (rc = can_go_on(s, a, f, e)) != OK) || (rc = may_replace(s, h, f, e)) != OK ||
	    (rc = session_lock_agent(s, h, e)) != OK || (rc = backup_restore(h, b, s->wait_ms, e)) != OK)
		return rc;
	/* Written: it is no matter of the file any more. */
	if (goes_on && can_ask(s) && s->kit_fd == FD_NONE &&
	    (rc = ask_yes(s, true, &goes_on, e, N_("Continue with the sheets now? [Y/n] "))) != OK)
		return rc;
	if ((rc = done(s, f, goes_on, e)) != OK || !goes_on)
		return rc;
	home_close(&h);
	return (rc = session_home_open(s, &h, e)) != OK ? rc : recover_restored(s, a, h, e);
}

static const struct option restore_options[] = {
	{ "no-recover", 0, NULL, N_("only put the files in place; purser recover opens them later"), NULL, 0 },
	{ "keep-kit", 0, NULL, N_("the kit in hand stays the valid one"), NULL, OPT_HIDDEN },   /* refused, with the reason */
	KIT_SHARES_OPTION("kit-shares"),
	KIT_MAKE_OPTIONS,
	{ 0 },
};

static const struct example restore_examples[] = {
	{ "purser restore /media/usb/purser.bak", N_("laptop lost; backup and kit in hand") },
	{ "purser restore purser.bak --kit-fd 3 --new-password-fd 4 --kit-file kit.txt --unverified-kit 3<kit 4<new",
	  N_("without a terminal") },
	{ 0 },
};

const struct command cmd_restore = {
	.name = "restore",
	.group = GROUP_STORE,
	.usage = "FILE",
	.summary = N_("put a backup in place, then recover with the kit"),
	.description = N_("Checks the whole file, shows its date and the fingerprint of the kit that opens it, puts it "
			  "in place and goes on as "
			  "purser recover. A store that is here already is replaced only with --confirm store, or "
			  "after typing that at a "
			  "terminal.\n\n"
			  "7 when FILE is no backup of purser, 6 when it is damaged; nothing is written then. A "
			  "restore that is cut short leaves "
			  "the old state or the new one."),
	.examples = restore_examples,
	.options = restore_options,
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_MAKES_HOME,
	.run = restore_run,
};
