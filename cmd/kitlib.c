/* cmd/kitlib.c: see kitlib.h. */
#include "cmd/kitlib.h"

#include "base/io.h"
#include "base/num.h"
#include "cmd/out.h"
#include "crypto/passgen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define GENERATED_WORDS 6u

void
session_date(const struct session *s, char out[11])
{
	time_t t = (time_t)(s->now_ms / 1000);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || strftime(out, 11, "%Y-%m-%d", &tm) != 10)
		memcpy(out, "0000-00-00", 11);
}

static void
sheet_of(struct session *s, struct kit_sheet *sheet, const struct kit *k, const unsigned char vault_id[16], unsigned i)
{
	memset(sheet, 0, sizeof *sheet);
	sheet->share = &k->share[i];
	sheet->sheet = i + 1;
	sheet->sheets = k->n;
	sheet->needed = k->k;
	(void)snprintf(sheet->fingerprint, sizeof sheet->fingerprint, "%s", k->fingerprint);
	hex_put(sheet->store, vault_id, 4);
	session_date(s, sheet->date);
}

/* The words go straight from locked memory to the file. */
static enum rc
write_kit(int fd, struct session *s, const struct kit *k, const unsigned char vault_id[16], struct err *e)
{
	struct kit_sheet sheet;
	char head[512];
	SECRET words = { 0 };
	enum rc rc;
	int n;

	sheet_of(s, &sheet, k, vault_id, 0);
	n = snprintf(head, sizeof head,
	    "# purser recovery kit, store %s, %s: the only way back after a freeze. Keep it away from the computer.\n"
	    "fingerprint %s\n",
	    sheet.store, sheet.date, sheet.fingerprint);
	if ((rc = io_write(fd, head, (size_t)n, e)) != OK)
		return rc;
	for (unsigned i = 0; i < k->n; i++) {
		if ((rc = slip39_text(&words, &k->share[i], e)) != OK ||
		    (rc = io_write(fd, words.bytes, words.len, e)) != OK || (rc = io_write(fd, "\n", 1, e)) != OK)
			return rc;
		secret_wipe(&words);
	}
	return io_fsync(fd, e);
}

static enum rc
kit_to_file(struct session *s, const char *path, const struct kit *k, const unsigned char vault_id[16], struct err *e)
{
	AUTO(auto_close) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum rc rc;

	if (fd < 0 && errno == EEXIST)
		return err_set(e, E_EXISTS,
		    N_("%s is there already; a kit file is never overwritten. Nothing was changed."), path);
	if (fd < 0)
		return err_sys(e, E_SYS, N_("cannot create %s"), path);
	if ((rc = write_kit(fd, s, k, vault_id, e)) != OK)
		(void)unlink(path);
	return rc;
}

enum rc
kit_ritual(struct session *s, const struct args *a, const struct kit *k, const unsigned char vault_id[16],
    enum kit_state *state, struct err *e)
{
	const char *file = arg_str(a, "kit-file");
	bool unverified = arg_has(a, "unverified-kit"), written = false;
	struct kit_sheet sheet;
	enum rc rc = OK;

	if (!can_ask(s) && !unverified) {
		(void)err_set(e, E_USAGE, N_("nobody can type the kit back. Nothing was changed."));
		err_next(e, N_("Add --kit-file FILE --unverified-kit, or run it at a terminal"));
		return E_USAGE;
	}
	if (!can_ask(s) && file == NULL)
		return err_set(e, E_USAGE,
		    N_("--unverified-kit without a terminal needs --kit-file FILE. Nothing was changed."));
	if (file != NULL) {
		if ((rc = kit_to_file(s, file, k, vault_id, e)) != OK)
			return rc;
		written = true;
		note(s, N_("Kit written to %s. Print it, keep it away from this computer, delete the file."), file);
	}
	for (unsigned i = 0; i < k->n && rc == OK && can_ask(s); i++) {
		struct slip39_share typed;

		sheet_of(s, &sheet, k, vault_id, i);
		if (file == NULL)
			rc = kit_show(s, &sheet, e);
		if (rc == OK && !unverified) {
			rc = kit_type(s, &k->share[i], &typed, e);
			slip39_wipe(&typed, 1);
		}
	}
	if (rc != OK) {
		if (written)
			(void)unlink(file);
		return rc;
	}
	*state = unverified ? KIT_UNVERIFIED : KIT_VERIFIED;
	return OK;
}

void
kit_file_drop(const struct args *a, const struct home *h, const struct kit *k)
{
	const char *file = arg_str(a, "kit-file");
	struct err ignored = { 0 };
	struct vault_status st;

	/* In doubt it stays: a kit too many misleads, a kit that is missing loses everything. */
	if (file != NULL && vault_status(h, &st, &ignored) == OK && !st.change_pending &&
	    strcmp(st.fingerprint, k->fingerprint) != 0)
		(void)unlink(file);
}

#define FINGERPRINT_TRIES 3u

static enum rc
type_fingerprint(struct session *s, const char *expect, char fingerprint[20], struct err *e)
{
	enum rc rc;

	for (unsigned i = 1; (rc = kit_type_fingerprint(s, fingerprint, e)) == OK; i++) {
		if (fingerprint[0] == '\0' || kit_fingerprint_matches(fingerprint, expect) || i == FINGERPRINT_TRIES)
			return OK;
		if ((rc = tell(s, e,
			 N_("     That is not the fingerprint of this store. Look at the paper once more."))) != OK)
			return rc;
	}
	return rc;
}

enum rc
kit_in_hand(struct session *s, const char *expect, struct secret *out, char fingerprint[20], struct err *e)
{
	KIT_LINES k = { 0 };
	enum rc rc;

	fingerprint[0] = '\0';
	if (s->kit_fd != FD_NONE) {
		if ((rc = kit_read_fd(s->kit_fd, &k, e)) != OK)
			return rc;
		memcpy(fingerprint, k.fingerprint, sizeof k.fingerprint);
		if (fingerprint[0] == '\0')
			warn(s, N_("fingerprint not compared"));
	} else {
		if (!can_ask(s))
			return err_set(e, E_USAGE,
			    N_("the kit is needed and nobody can be asked. Nothing was changed. Add --kit-fd N"));
		do {
			if ((rc = kit_type(s, NULL, &k.share[k.n], e)) != OK)
				return rc;
			k.n++;
		} while (k.n < k.share[0].member_threshold && k.n < COUNTOF(k.share));
		if ((rc = type_fingerprint(s, expect, fingerprint, e)) != OK)
			return rc;
		if (fingerprint[0] == '\0')
			warn(s, N_("fingerprint not compared"));
	}
	if (k.n == 0)
		return err_set(e, E_USAGE, N_("--kit-fd gave no share. Nothing was changed."));
	rc = slip39_combine(out, k.share, k.n, "", e);
	return rc == E_INPUT ? E_AUTH : rc;
}

enum rc
new_password(struct session *s, bool password_serves, struct secret *out, struct err *e)
{
	enum rc rc;

	if (password_serves && s->new_password_fd == FD_NONE && (s->password_fd != FD_NONE || s->password_file != NULL))
		rc = ask_password(s, out, e);
	else
		rc = ask_new_password(s, out, e);
	if (rc != OK || out->len > 0)
		return rc;
	if (!can_ask(s))
		return err_set(e, E_USAGE,
		    N_("an empty password means six generated words, and there is no terminal to show them at"));
	if ((rc = passphrase(out, GENERATED_WORDS, e)) != OK ||
	    (rc = tell(s, e, N_("Your password, %u bits. Write it down for the first week:"), GENERATED_WORDS * 10)) !=
		OK ||
	    (rc = tell_secret(s, out, e)) != OK || (rc = ask_again(s, N_("Type it: "), out, e)) != OK)
		secret_wipe(out);
	return rc;
}
