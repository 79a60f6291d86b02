/* cmd/import.c: `purser import`: statements into the ledger. */
#include "cmd/import.h"

#include "base/io.h"
#include "cmd/card.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/term.h"
#include "crypto/kdf.h"
#include "store/import.h"
#include "store/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define MAX_BYTES ((size_t)256 << 20)
#define PASSWORD_TRIES 3u
#define BAD_SHOWN 10u
#define PIPE_MS 1000

/* ---- the file: one sealed copy in memory is what is parsed, hashed and kept ---- */

struct source { const char *name; int fd; void *bytes; size_t size; unsigned char sha256[32]; };

static void
source_close(struct source *f)
{
	if (f->bytes != NULL)
		(void)munmap(f->bytes, f->size);
	if (f->fd >= 0)
		(void)close(f->fd);
}

static enum rc
copy_in(struct source *f, int from, struct err *e)
{
	AUTO(auto_free) char *chunk = malloc((size_t)1 << 18);
	struct sha256 h;
	size_t got;
	enum rc rc;

	if (chunk == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	sha256_init(&h);
	do {
		if ((rc = io_read(from, chunk, (size_t)1 << 18, &got, e)) != OK)
			return err_set(e, E_INPUT, N_("%s cannot be read: %s"), f->name, strerror(errno));
		f->size += got;
		if (f->size > MAX_BYTES)
			return err_set(e, E_INPUT, N_("%s is larger than 256 MiB: no statement is"), f->name);
		sha256_add(&h, chunk, got);
		if ((rc = io_write(f->fd, chunk, got, e)) != OK)
			return rc;
	} while (got == (size_t)1 << 18);
	sha256_end(&h, f->sha256);
	return OK;
}

/* A pipe that somebody writes into is as good as a file; one that nobody has open for writing would never end. */
static bool
pipe_ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	(void)poll(&p, 1, PIPE_MS);
	return fcntl(fd, F_SETFL, 0) == 0;      /* from here on a read waits for the writer, and ends at once without one */
}

static enum rc
source_open(struct source *f, struct err *e)
{
	AUTO(auto_close) int from = open(f->name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	enum rc rc;

	if (from < 0 || fstat(from, &st) < 0)
		return err_set(e, E_INPUT, N_("%s cannot be read: %s"), f->name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(e, E_INPUT, N_("%s is a directory"), f->name);
	if (!S_ISREG(st.st_mode) && !(S_ISFIFO(st.st_mode) && pipe_ready(from)))
		return err_set(e, E_INPUT, N_("%s is no file"), f->name);
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > MAX_BYTES)
		return err_set(e, E_INPUT, N_("%s is larger than 256 MiB: no statement is"), f->name);
	if ((f->fd = memfd_create("statement", MFD_CLOEXEC | MFD_ALLOW_SEALING)) < 0)
		return err_sys(e, E_SYS, N_("cannot hold the file in memory"));
	if ((rc = copy_in(f, from, e)) != OK)
		return rc;
	if (fcntl(f->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		return err_sys(e, E_SYS, N_("cannot hold the file in memory"));
	if (f->size == 0)
		return OK;
	if ((f->bytes = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, f->fd, 0)) == MAP_FAILED) {
		f->bytes = NULL;
		return err_sys(e, E_SYS, N_("cannot hold the file in memory"));
	}
	return OK;
}

/* ---- reading, with what only a person can say ---- */

static enum rc
ask_zip(struct session *s, const struct args *a, unsigned tries, const char *file, struct secret *out, struct err *e)
{
	BUF prompt = { 0 };
	uint64_t fd = 0;
	bool none;
	enum rc rc;

	secret_wipe(out);
	if (arg_has(a, "zip-password-fd")) {
		if (tries > 0)
			return err_set(e, E_INPUT,
			    N_("%s: that is not the password of the archive. Nothing of this file was imported"), file);
		if ((rc = arg_u64(a, "zip-password-fd", 0, INT32_MAX, &fd, e)) != OK ||
		    (rc = read_line_fd((int)fd, ASK_MAX, out, &none, e)) != OK)
			return rc;
		return none ? err_set(e, E_USAGE, N_("--zip-password-fd: no line could be read there")) : OK;
	}
	if (!can_ask(s) || tries >= PASSWORD_TRIES) {
		(void)err_set(e, tries > 0 ? E_INPUT : E_USAGE, tries > 0 ?
		    N_("%s: that is not the password of the archive. Nothing of this file was imported") :
		    N_("%s is encrypted and its password was not given. Nothing of this file was imported"), file);
		err_next(e, "--zip-password-fd N");
		return e->rc;
	}
	buf_addf(&prompt, _(tries > 0 ? N_("Wrong; once more (not purser's own password): ") :
	    N_("%s is encrypted. Password of the archive (its sender gave it to you): ")), file);
	return ask_secret(s, buf_str(&prompt), "--zip-password-fd", out, e);
}

/* The reader cannot settle something. Which of the two it is shows by answering one of them. */
static enum rc
settle(struct session *s, const struct source *f, struct read_options *o, const struct secret *password, struct err *e)
{
	struct read_options probe = *o;
	struct statements got = { 0 };
	struct err none = { 0 };
	bool dates;
	char key = 0;
	enum rc rc;

	probe.date_order = 'd';
	dates = o->date_order == 0 && statement_read(&got, f->fd, f->name, &probe, password, &none) != E_USAGE;
	statements_free(&got);
	if (!can_ask(s)) {
		err_next(e, dates ? N_("say it: --date-order day, or --date-order month") :
		    N_("say it: --decimal-mark point, or --decimal-mark comma"));
		return E_USAGE;
	}
	if (dates) {
		if ((rc = ask_key(s, "dm", false, "--date-order", &key, e, N_("%s\nDay first or month first? [d/m]"),
			 e->what)) == OK)
			o->date_order = key;
		return rc;
	}
	if ((rc = ask_key(
		 s, ".,", false, "--decimal-mark", &key, e, N_("%s\nWhich is the decimal mark? [./,]"), e->what)) == OK)
		o->decimal_mark = key;
	return rc;
}

static enum rc
read_file(struct session *s, const struct args *a, const struct source *f, struct statements *out, struct err *e)
{
	const char *order = arg_str(a, "date-order"), *mark = arg_str(a, "decimal-mark");
	struct read_options o = {
		.format = arg_str(a, "format"), .date_order = order ? order[0] : '\0', .max_bytes = MAX_BYTES,
		.decimal_mark = mark == NULL ? '\0' : strcmp(mark, "comma") == 0 ? ',' : '.'
	};
	SECRET password = { 0 };
	unsigned tries = 0, asked = 0;
	enum rc rc;

	for (;;) {
		rc = statement_read(out, f->fd, f->name, &o, password.len > 0 ? &password : NULL, e);
		if (rc == E_LOCKED || rc == E_AUTH)
			rc = ask_zip(s, a, tries++, f->name, &password, e);
		else if (rc == E_USAGE && asked++ < 2)
			rc = settle(s, f, &o, &password, e);
		else
			return rc;
		if (rc != OK)
			return rc;
	}
}

/* ---- telling ---- */

static void
sums_text(struct buf *out, const char *word, const struct currency_sum *sum, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_addf(out, i == 0 ? "    %s " : ", ", word);
		money_human(out, &sum[i].amount);
	}
}

static void
sums_json(struct json *j, const char *key, const struct currency_sum *sum, size_t n)
{
	j_obj(j, key);
	for (size_t i = 0; i < n; i++) {
		BUF b = { 0 };

		money_plain(&b, &sum[i].amount);
		j_str(j, sum[i].cur[0] != '\0' ? sum[i].cur : "?", buf_str(&b));
	}
	j_end(j);
}

struct outcome { const char *file, *format, *account; struct import_result r; };

static enum rc
tell_json(struct session *s, const struct outcome *o, bool dry, struct err *e)
{
	const struct import_result *r = &o->r;
	JSON j = { 0 };

	j_open(&j, "import");
	j_str(&j, "file", o->file);
	j_str(&j, "format", o->format);
	j_str(&j, "account", o->account);
	j_str(&j, "statement", dry && !r->again ? NULL : r->statement);
	j_int(&j, "rows", (int64_t)r->rows);
	j_int(&j, "added", (int64_t)r->added);
	j_int(&j, "updated", (int64_t)r->updated);
	j_int(&j, "duplicates", (int64_t)r->duplicates);
	j_int(&j, "ignored", (int64_t)r->ignored);
	j_int(&j, "rejected", (int64_t)r->rejected);
	j_str(&j, "first", r->first[0] != '\0' ? r->first : NULL);
	j_str(&j, "last", r->last[0] != '\0' ? r->last : NULL);
	sums_json(&j, "in", r->in, r->ins);
	sums_json(&j, "out", r->out, r->outs);
	j_int(&j, "breaks", (int64_t)r->breaks);
	j_bool(&j, "again", r->again);
	j_bool(&j, "dry_run", dry);
	return out_json(s, &j, e);
}

static enum rc
tell_result(struct session *s, const struct outcome *o, const struct statement *st, bool dry, struct err *e)
{
	const struct import_result *r = &o->r;
	BUF sums = { 0 };

	for (size_t i = 0; i < st->warnings && i < BAD_SHOWN; i++) {
		BUF text = { 0 };

		note_say(&text, st->warning[i]);
		warn(s, "%s: %s", o->file, buf_str(&text));
	}
	if (s->json)
		return tell_json(s, o, dry, e);
	sums_text(&sums, _("in"), r->in, r->ins);
	sums_text(&sums, _("out"), r->out, r->outs);
	say(s, N_("%s  %s  %llu added, %llu updated, %llu known, %llu ignored, %llu refused%s"),
	    dry && !r->again ? "--" : r->statement, o->account, (unsigned long long)r->added,
	    (unsigned long long)r->updated, (unsigned long long)r->duplicates, (unsigned long long)r->ignored,
	    (unsigned long long)r->rejected, buf_str(&sums));
	if (r->breaks > 0 && !r->again)
		warn(s, N_("The balance column breaks in %llu places: this file lacks rows.  purser statement show %s"),
		    (unsigned long long)r->breaks, r->statement);
	if (r->rejected > 0)
		warn(s, N_("%llu rows were left out.  purser statement show %s"), (unsigned long long)r->rejected,
		    r->statement);
	if (dry)
		note(s, N_("Dry run: nothing was changed."));
	else if (r->added > 0)
		note(s, N_("Wrong file or account?  purser statement remove %s"), r->statement);
	return OK;
}

static void
tell_bad(struct session *s, const char *file, const struct statement *st)
{
	for (size_t i = 0; i < st->bads && i < BAD_SHOWN; i++) {
		BUF text = { 0 };

		note_say(&text, st->bad[i].reason);
		warn(s, "%s:%u: %s", file, st->bad[i].row, buf_str(&text));
	}
}

/* ---- one file, one transaction ---- */

struct imports { size_t n; struct account *account; struct outcome *o; };

static void
imports_free(struct imports *w)
{
	for (size_t i = 0; i < w->n; i++) {
		account_free(&w->account[i]);
		import_result_free(&w->o[i].r);
	}
	free(w->account);
	free(w->o);
}

/* Said, not refused: an account may collect what several providers send. */
static void
tell_mismatch(struct session *s, const char *file, const struct statement *st, const struct account *a)
{
	if (a->provider[0] != '\0' && strcmp(a->provider, st->provider) != 0)
		warn(s, N_("%s is a statement of %s, the account %s is kept as one of %s"), file, provider_title(st->provider), a->name,
		    provider_title(a->provider));
}

/* Everything that may ask comes before the transaction. */
static enum rc
find_accounts(struct session *s, const struct args *a, const struct source *f, const struct statements *all,
    struct imports *w, struct err *e)
{
	enum rc rc;

	w->account = calloc(all->n + 1, sizeof *w->account);
	w->o = calloc(all->n + 1, sizeof *w->o);
	if (w->account == NULL || w->o == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < all->n; i++) {
		account_init(&w->account[i]);
		w->n++;
		if (all->s[i].bads > 1 && !arg_has(a, "skip-bad"))
			tell_bad(s, f->name, &all->s[i]);
		if ((rc = import_account(s, a, &all->s[i], f->name, f->sha256, &w->account[i], e)) != OK)
			return rc;
		tell_mismatch(s, f->name, &all->s[i], &w->account[i]);
	}
	return OK;
}

/* The account is made once, also when two statements of the file go into it. */
static enum rc
make_account(struct session *s, struct vault_txn *t, struct imports *w, size_t i, struct err *e)
{
	if (w->account[i].id != 0)
		return OK;
	for (size_t k = 0; k < i; k++) {
		if (strcmp(w->account[k].name, w->account[i].name) == 0) {
			w->account[i].id = w->account[k].id;
			return OK;
		}
	}
	return account_make(s, t, &w->account[i], e);
}

static enum rc
log_import(struct vault_txn *t, const struct import_result *r, struct err *e)
{
	BUF text = { 0 };
	enum rc rc;

	if (r->again)
		return OK;
	log_text_begin(&text, NULL, "import");
	log_text_add(&text, "statement", r->statement);
	log_text_u64(&text, "rows", r->rows);
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	return vault_txn_event(t, &text, e);
}

static enum rc
write_file(struct session *s, const struct args *a, const struct source *f, const struct statements *all,
    struct imports *w, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct import_options o = { .skip_bad = arg_has(a, "skip-bad"), .now_ms = s->now_ms };
	struct import_file file = { .name = f->name, .bytes = f->bytes, .size = f->size };
	enum rc rc;

	memcpy(file.sha256, f->sha256, sizeof file.sha256);
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK)
		return rc;
	for (size_t i = 0; i < all->n; i++) {
		w->o[i].file = f->name;
		w->o[i].format = all->s[i].format;
		w->o[i].account = w->account[i].name;
		if ((rc = make_account(s, t, w, i, e)) != OK ||
		    (rc = import_apply(session_db(s), w->account[i].id, &file, &all->s[i], &o, &w->o[i].r, e)) != OK ||
		    (rc = log_import(t, &w->o[i].r, e)) != OK)
			return rc;
	}
	return arg_has(a, "dry-run") ? OK : vault_txn_commit(&t, e);
}

static enum rc
import_file(struct session *s, const struct args *a, const char *name, struct err *e)
{
	AUTO(source_close) struct source f = { .name = name, .fd = -1 };
	AUTO(statements_free) struct statements all = { 0 };
	AUTO(imports_free) struct imports w = { 0 };
	bool made = false;
	enum rc rc;

	if ((rc = source_open(&f, e)) != OK || (rc = read_file(s, a, &f, &all, e)) != OK ||
	    (rc = find_accounts(s, a, &f, &all, &w, e)) != OK)
		return rc;
	for (size_t i = 0; i < all.n; i++)
		made = made || w.account[i].id == 0;
	if ((rc = write_file(s, a, &f, &all, &w, e)) != OK)
		return rc;
	if (made && !arg_has(a, "dry-run"))
		card_keep(s, session_home(s), session_db(s));
	for (size_t i = 0; i < all.n; i++) {
		if ((rc = tell_result(s, &w.o[i], &all.s[i], arg_has(a, "dry-run"), e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
import_run(struct session *s, const struct args *a, struct err *e)
{
	enum rc rc, worst = E_USAGE;
	unsigned refused = 0;

	for (unsigned i = 0; i < a->n; i++) {
		rc = import_file(s, a, a->v[i], e);
		if (rc == OK)
			continue;
		if ((rc_exit(rc) != E_INPUT && rc != E_USAGE) || a->n == 1)
			return rc;
		refused++;              /* nothing of that file; the others go on */
		worst = rc == E_USAGE ? worst : E_INPUT;
		warn(s, e->next[0] != '\0' ? "%s: %s" : "%s", e->what, e->next);
		err_clear(e);
	}
	if (refused == 0)
		return OK;
	return err_set(
	    e, worst, N_("%u of %u files were refused; nothing of them was imported, the others are"), refused, a->n);
}

static const struct option import_options[] = { { "account", 'a', "NAME",
						    N_("the account that the statements belong to"), NULL, 0 },
	{ "create", 0, "NAME", N_("make the account if it is not there (by default called as its provider)"), NULL,
	    OPT_OPTIONAL },
	{ "format", 0, "WORD", N_("read it as this provider or layout instead of looking at the content"), NULL, 0 },
	{ "date-order", 0, "ORDER", N_("where nothing in the file settles it"), "day|month", 0 },
	{ "decimal-mark", 0, "MARK", N_("where nothing in the file settles it"), "point|comma", 0 },
	{ "zip-password-fd", 0, "N", N_("password of an encrypted archive, one line a file"), NULL, 0 },
	{ "skip-bad", 0, NULL, N_("leave out rows that cannot be read, and record them"), NULL, 0 },
	{ "dry-run", 0, NULL, N_("read and count, change nothing"), NULL, 0 }, { 0 } };

static const struct example import_examples[] = {
	{ "purser import ~/Downloads/Download.CSV",
	    N_("PayPal, Alipay, WeChat Pay, Apple Card: by content, not by name") },
	{ "purser import *.zip --account 支付宝", N_("asks for the password of the archive") },
	{ "purser import may.csv --dry-run", N_("what would it add?") },
	{ "purser import *.csv --create --json", N_("for scripts") },
	{ 0 },
};

const struct command cmd_import = {
	.name = "import",
	.group = GROUP_DAILY,
	.usage = "FILE...",
	.summary = N_("statements into the ledger"),
	.description = N_("Reads statements as providers export them, in a process of its own that can do nothing "
			  "else. Each file is one "
			  "transaction: all of it or nothing. Rows that are there already are not added again, also "
			  "when exports overlap; a known "
			  "row with a new status or amount is updated and what it said before stays visible.\n\nThe "
			  "account is the one of "
			  "--account, else what the file says, else the only account of that provider, else you are "
			  "asked.\n\nA row is bad when "
			  "the amount of a row that moves cannot be read or its cells cannot be placed; one bad row "
			  "refuses its file (exit 7) "
			  "unless --skip-bad is given. Of several files the others are still imported.\n\nThe bytes of "
			  "the file are kept with "
			  "the statement, as evidence. Works while frozen."),
	.examples = import_examples,
	.options = import_options,
	.min_args = 1,
	.max_args = MANY,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = import_run,
};
