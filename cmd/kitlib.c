/* cmd/kitlib.c: see kitlib.h. */
#include "cmd/kitlib.h"

#include "base/io.h"
#include "base/num.h"
#include "cmd/out.h"
#include "cmd/sheet.h"
#include "crypto/passgen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define GENERATED_WORDS 6u

enum recovery
recovery_asked(const struct args *a)
{
	const char *r = arg_str(a, "recovery");

	return r == NULL ? RECOVERY_SAME : strcmp(r, "kit") == 0 ? RECOVERY_KIT : RECOVERY_KIT_PASSWORD;
}

void
session_date(const struct session *s, char out[11])
{
	time_t t = (time_t)(s->now_ms / 1000);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || strftime(out, 11, "%Y-%m-%d", &tm) != 10)
		memcpy(out, "0000-00-00", 11);
}

/* ---- how many sheets ---- */

static bool
shape_read(const char *text, unsigned *k, unsigned *n)
{
	char slash = '\0', more = '\0';
	unsigned a = 0, b = 0;
	int got;

	if (strspn(text, "0123456789/") != strlen(text) || strlen(text) > 3)
		return false;
	got = sscanf(text, "%1u%c%1u%c", &a, &slash, &b, &more);
	if (got == 1 && a == 1)
		b = 1;
	else if (got != 3 || slash != '/')
		return false;
	if (b < 1 || b > KIT_SHARES_MAX || a < 1 || a > b || (a == 1) != (b == 1))
		return false;
	*k = a;
	*n = b;
	return true;
}

static bool
to_file(const struct args *a)
{
	return arg_has(a, "kit-file") || arg_has(a, "sheet");
}

static enum rc
shape_given(const struct args *a, const char *option, unsigned *k, unsigned *n, struct err *e)
{
	const char *given = arg_str(a, option);

	if (given == NULL || shape_read(given, k, n))
		return OK;
	return err_set(e, E_USAGE, N_("--%s takes K/N with 2 <= K <= N <= 7, or 1: not \"%s\". Nothing was changed."), option,
	    given);
}

enum rc
kit_shape_check(const struct args *a, const char *option, struct err *e)
{
	unsigned k, n;

	return shape_given(a, option, &k, &n, e);
}

enum rc
kit_shape(const struct args *a, const char *option, unsigned *k, unsigned *n, struct err *e)
{
	return arg_has(a, option) ? shape_given(a, option, k, n, e) : OK;
}

enum rc
kit_shape_ask(struct session *s, const struct args *a, const char *option, unsigned *k, unsigned *n, struct err *e)
{
	BUF typed = { .max = 64 };
	enum rc rc;

	if (arg_has(a, option) || to_file(a) || arg_has(a, "unverified-kit") || !can_ask(s))
		return kit_shape(a, option, k, n, e);
	for (;;) {
		if ((rc = ask_text(s, N_("Sheets: 1, or several that work together, such as 2/3? [1] "), NULL, &typed, e)) != OK)
			return rc;
		if (typed.len == 0 || shape_read(buf_str(&typed), k, n))
			return OK;
		if ((rc = tell(s, e, N_("     K/N: N sheets, of which any K open the store: 2 <= K <= N <= 7."))) != OK)
			return rc;
	}
}

/* ---- showing and writing ---- */

void
kit_sheet_fill(
    struct session *s, struct kit_sheet *sheet, const struct kit *k, const unsigned char vault_id[16], unsigned i)
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

	kit_sheet_fill(s, &sheet, k, vault_id, 0);
	n = snprintf(head, sizeof head,
	    "# purser recovery kit, store %s, %s: the only way back after a freeze. Keep it away from the computer.\n"
	    "fingerprint %s\n",
	    sheet.store, sheet.date, sheet.fingerprint);
	if ((rc = io_write(fd, head, (size_t)n, e)) != OK)
		return rc;
	if (k->n > 1) {
		n = snprintf(head, sizeof head,
		    "# %u sheets, one a line; any %u of them open the store: give each to somebody else.\n", k->n, k->k);
		if ((rc = io_write(fd, head, (size_t)n, e)) != OK)
			return rc;
	}
	for (unsigned i = 0; i < k->n; i++) {
		if ((rc = slip39_text(&words, &k->share[i], e)) != OK ||
		    (rc = io_write(fd, words.bytes, words.len, e)) != OK || (rc = io_write(fd, "\n", 1, e)) != OK)
			return rc;
		secret_wipe(&words);
	}
	return OK;
}

enum rc
kit_file_new(const char *path, int *fd, struct err *e)
{
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0 && errno == EEXIST)
		return err_set(e, E_EXISTS,
		    N_("%s is there already; a kit file is never overwritten. Nothing was changed."), path);
	return *fd < 0 ? err_sys(e, E_SYS, N_("cannot create %s"), path) : OK;
}

static enum rc
kit_to_file(struct session *s, const char *path, const struct kit *k, const unsigned char vault_id[16], struct err *e)
{
	AUTO(auto_close) int fd = -1;
	enum rc rc;

	if ((rc = kit_file_new(path, &fd, e)) != OK)
		return rc;
	if ((rc = write_kit(fd, s, k, vault_id, e)) != OK || (rc = io_fsync_made(fd, path, e)) != OK)
		(void)unlink(path);
	return rc;
}

static enum rc
ritual_possible(struct session *s, const struct args *a, struct err *e)
{
	if (!can_ask(s) && !arg_has(a, "unverified-kit")) {
		(void)err_set(e, E_USAGE, N_("nobody can type the kit back. Nothing was changed."));
		err_next(e, N_("Add --kit-file FILE --unverified-kit, or run it at a terminal"));
		return E_USAGE;
	}
	if (!can_ask(s) && !to_file(a))
		return err_set(e, E_USAGE,
		    N_("--unverified-kit without a terminal needs --kit-file FILE or --sheet FILE. Nothing was changed."));
	return OK;
}

static enum rc
write_files(
    struct session *s, const struct args *a, const struct kit *k, const unsigned char vault_id[16], struct err *e)
{
	const char *file = arg_str(a, "kit-file"), *sheet = arg_str(a, "sheet");
	enum rc rc;

	if (file != NULL && (rc = kit_to_file(s, file, k, vault_id, e)) != OK)
		return rc;
	if (sheet != NULL && (rc = sheet_make(s, sheet, k, vault_id, e)) != OK) {
		if (file != NULL)
			(void)unlink(file);
		return rc;
	}
	if (file != NULL)
		note(s, N_("Kit written to %s. Print it, keep it away from this computer, delete the file."), file);
	if (sheet != NULL)
		note(s, N_("Sheets written to %s. Print it (a browser opens it), then delete the file."), sheet);
	return OK;
}

/* Shown and typed back, as far as it is to be. */
static enum rc
show_and_type(
    struct session *s, const struct args *a, const struct kit *k, const unsigned char vault_id[16], struct err *e)
{
	struct slip39_share typed = { 0 };
	struct kit_sheet sheet;
	enum rc rc = OK;

	if (k->n > 1 && (rc = tell(s, e,
			     N_("Give each sheet to somebody else. Any %u of them together, with a copy of the store, "
				"can open it."),
			     k->k)) != OK)
		return rc;
	for (unsigned i = 0; i < k->n && rc == OK && !to_file(a); i++) {
		kit_sheet_fill(s, &sheet, k, vault_id, i);
		rc = kit_show(s, &sheet, e);
	}
	if (rc != OK || arg_has(a, "unverified-kit"))
		return rc;
	if (k->n > 1 && (rc = tell(s, e, N_("Type one of the sheets back, whichever you like:"))) != OK)
		return rc;
	rc = kit_type(s, k->share, k->n, &typed, e);
	slip39_wipe(&typed, 1);
	return rc;
}

static void
drop_files(const struct args *a)
{
	if (arg_has(a, "kit-file"))
		(void)unlink(arg_str(a, "kit-file"));
	if (arg_has(a, "sheet"))
		(void)unlink(arg_str(a, "sheet"));
}

enum rc
kit_ritual(struct session *s, const struct args *a, const struct kit *k, const unsigned char vault_id[16],
    enum kit_state *state, struct err *e)
{
	enum rc rc;

	if ((rc = ritual_possible(s, a, e)) != OK || (rc = write_files(s, a, k, vault_id, e)) != OK)
		return rc;
	if (can_ask(s) && (rc = show_and_type(s, a, k, vault_id, e)) != OK) {
		drop_files(a);
		return rc;
	}
	*state = arg_has(a, "unverified-kit") ? KIT_UNVERIFIED : KIT_VERIFIED;
	return OK;
}

void
kit_file_drop(const struct args *a, const struct home *h, const struct kit *k)
{
	struct err ignored = { 0 };
	struct vault_status st;

	/* In doubt it stays: a kit too many misleads, a kit that is missing loses everything. */
	if (to_file(a) && vault_status(h, &st, &ignored) == OK && !st.change_pending &&
	    strcmp(st.fingerprint, k->fingerprint) != 0)
		drop_files(a);
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

/* Does the sheet go with those before it? Said at once: the next one would be typed in vain. */
static enum rc
goes_with(struct session *s, const struct kit_lines *k, bool *good, struct err *e)
{
	const struct slip39_share *first = &k->share[0], *now = &k->share[k->n];

	*good = true;
	for (unsigned i = 0; i < k->n && *good; i++) {
		if (k->share[i].member_index != now->member_index || k->share[i].id != now->id)
			continue;
		*good = false;
		return tell(s, e, N_("     Sheet %u was typed already: another one, please."), now->member_index + 1U);
	}
	*good = k->n == 0 || (first->id == now->id && first->member_threshold == now->member_threshold &&
	    first->ext == now->ext && first->iteration_exp == now->iteration_exp && first->group_index == now->group_index);
	return *good ? OK : tell(s, e, N_("     This sheet is of another kit than the first one."));
}

static enum rc
type_sheets(struct session *s, struct kit_lines *k, struct err *e)
{
	bool good;
	enum rc rc;

	do {
		struct slip39_share *now = &k->share[k->n];

		if ((rc = kit_type(s, NULL, 0, now, e)) != OK || (rc = goes_with(s, k, &good, e)) != OK)
			return rc;
		if (!good)
			continue;
		k->n++;
		if (now->member_threshold > 1 && (rc = tell(s, e, N_("     Sheet %u is good: %u of %u typed."),
		    now->member_index + 1U, k->n, (unsigned)now->member_threshold)) != OK)
			return rc;
	} while (k->n < k->share[0].member_threshold && k->n < COUNTOF(k->share));
	return OK;
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
	} else {
		if (!can_ask(s))
			return err_set(e, E_USAGE,
			    N_("the kit is needed and nobody can be asked. Nothing was changed. Add --kit-fd N"));
		if ((rc = type_sheets(s, &k, e)) != OK || (rc = type_fingerprint(s, expect, fingerprint, e)) != OK)
			return rc;
	}
	if (fingerprint[0] == '\0')
		warn(s, N_("fingerprint not compared"));
	rc = slip39_combine(out, k.share, k.n, "", e);
	return rc == E_INPUT ? (e != NULL ? (e->rc = E_AUTH) : E_AUTH) : rc;
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
