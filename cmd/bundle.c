/* cmd/bundle.c: see bundle.h. What happened in words is bundle_story.c. */
#include "cmd/bundle.h"

#include "base/io.h"
#include "base/ustar.h"
#include "base/utf8.h"
#include "cmd/evidence.h"
#include "cmd/facts.h"
#include "cmd/open.h"
#include "crypto/minisig.h"
#include "crypto/seal.h"
#include "crypto/tsa.h"
#include "store/cases.h"
#include "wallet/bundle.h"

#include <stdlib.h>
#include <string.h>

#define VERIFY_MAX ((size_t)1 << 20)

void
bundle_free(struct bundle *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->file[i].path);
		free(b->file[i].what);
		buf_free(&b->file[i].text);
	}
	free(b->file);
	free(b->title);
	free(b->review);
	accounts_free(&b->accounts);
	evidence_log_free(&b->log);
	*b = (struct bundle){ .n = 0 };
}

static enum rc
no_memory(struct err *e)
{
	return err_set(e, E_NOMEM, N_("out of memory"));
}

static enum rc
file_new(struct bundle *b, const char *path, enum bundle_from from, struct bundle_file **out, struct err *e)
{
	if (b->n == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 32;
		void *grown = reallocarray(b->file, cap, sizeof *b->file);

		if (grown == NULL)
			return no_memory(e);
		b->file = grown;
		b->cap = cap;
	}
	b->file[b->n] = (struct bundle_file){ .path = strdup(path), .from = from };
	if (b->file[b->n].path == NULL)
		return no_memory(e);
	*out = &b->file[b->n++];
	return OK;
}

enum rc
bundle_add(struct bundle *b, const char *path, struct buf *text, struct err *e)
{
	struct bundle_file *f;
	struct sha256 h;
	enum rc rc;

	if ((rc = buf_check(text, e)) != OK || (rc = file_new(b, path, FROM_TEXT, &f, e)) != OK)
		return rc;
	f->text = *text;
	*text = (struct buf){ .len = 0 };
	f->size = f->text.len;
	sha256_init(&h);
	if (f->text.len > 0)
		sha256_add(&h, f->text.p, f->text.len);
	sha256_end(&h, f->sha256);
	return OK;
}

const struct bundle_file *
bundle_find(const struct bundle *b, const char *path)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->file[i].path, path) == 0)
			return &b->file[i];
	return NULL;
}

/* ---- what is copied ---- */

struct gather { struct bundle *b; int64_t *statement; size_t statements; };

static void
gather_end(struct gather *g)
{
	free(g->statement);
}

static void
changed(struct bundle *b, int64_t ms)
{
	if (ms > b->as_of_ms)
		b->as_of_ms = ms;
}

static enum rc
take_incident(void *ctx, const struct incident *i, struct err *e)
{
	struct bundle *b = ctx;

	b->i = *i;
	if ((b->title = strdup(i->title)) == NULL || (b->review = strdup(i->review)) == NULL)
		return no_memory(e);
	b->i.title = b->title;
	b->i.review = b->review;
	changed(b, i->opened_ms);
	changed(b, i->frozen_ms);
	changed(b, i->closed_ms);
	return OK;
}

static bool
have_bytes(const struct bundle *b, const unsigned char sha256[32])
{
	for (size_t i = 0; i < b->n; i++)
		if (b->file[i].from == FROM_STATEMENT_FILE && memcmp(b->file[i].sha256, sha256, 32) == 0)
			return true;
	return false;
}

/* The same bytes once, although they may have been imported into two accounts. */
static enum rc
take_statement(void *ctx, const struct statement_row *st, struct err *e)
{
	struct gather *g = ctx;
	BUF path = { .max = 1024 };
	struct bundle_file *f;
	char prefix[32];
	int64_t *grown = reallocarray(g->statement, g->statements + 1, sizeof *grown);
	enum rc rc;

	if (grown == NULL)
		return no_memory(e);
	g->statement = grown;
	g->statement[g->statements++] = st->id;
	changed(g->b, st->imported_ms);
	if (!st->file_kept) {
		g->b->unkept++;
		return OK;
	}
	if (have_bytes(g->b, st->sha256))
		return OK;
	(void)snprintf(prefix, sizeof prefix, "s%lld", (long long)st->id);
	buf_adds(&path, "statements/");
	bundle_name(&path, prefix, st->name);
	if ((rc = buf_check(&path, e)) != OK || (rc = file_new(g->b, buf_str(&path), FROM_STATEMENT_FILE, &f, e)) != OK)
		return rc;
	f->id = st->id;
	f->size = st->size;
	memcpy(f->sha256, st->sha256, sizeof f->sha256);
	return asprintf(&f->what, "s%lld \u00b7 %s \u00b7 %s", (long long)st->id, st->account, st->name) < 0 ? no_memory(e) : OK;
}

static enum rc
take_entry(void *ctx, const struct incident_entry *en, struct err *e)
{
	struct gather *g = ctx;
	BUF path = { .max = 1024 };
	struct bundle_file *f;
	char prefix[32];
	enum rc rc;

	changed(g->b, en->made_ms);
	changed(g->b, en->retracted_ms);
	if (en->kind != ENTRY_ATTACH)
		return OK;
	(void)snprintf(prefix, sizeof prefix, "n%u", en->n);
	buf_adds(&path, "attachments/");
	bundle_name(&path, prefix, en->name);
	if ((rc = buf_check(&path, e)) != OK || (rc = file_new(g->b, buf_str(&path), FROM_ATTACHMENT, &f, e)) != OK)
		return rc;
	f->id = en->n;
	f->size = en->size;
	memcpy(f->sha256, en->sha256, sizeof f->sha256);
	return asprintf(&f->what, "n%u \u00b7 %s", en->n, en->name) < 0 ? no_memory(e) : OK;
}

static enum rc
take_step(void *ctx, const struct incident_step *st, struct err *e)
{
	struct gather *g = ctx;

	(void)e;
	changed(g->b, st->done_ms);
	return OK;
}

static enum rc
take_event(void *ctx, const struct case_event *ev, struct err *e)
{
	struct gather *g = ctx;

	(void)e;
	changed(g->b, ev->made_ms);
	return OK;
}

static enum rc
take_case(void *ctx, const struct support_case *c, struct err *e)
{
	struct gather *g = ctx;

	return case_events(session_db(g->b->s), c->id, take_event, g, e);
}

/* From the freeze, or from when it was opened, whichever was first. */
static enum rc
take_log(struct gather *g, const struct bundle_how *how, struct err *e)
{
	struct bundle *b = g->b;
	const struct incident *i = &b->i;
	AUTO(auto_free) const char **name = calloc(b->accounts.n + 1, sizeof *name);
	struct evidence_pick pick = { .incident = i->id, .to_ms = i->closed_ms, .statement = g->statement,
		.statements = g->statements, .account = name, .accounts = b->accounts.n, .extra = how->entry,
		.extras = how->entries, .whole = how->whole_log,
		.from_ms = i->frozen_ms != 0 && i->frozen_ms < i->opened_ms ? i->frozen_ms : i->opened_ms };
	enum rc rc;

	if (name == NULL)
		return no_memory(e);
	for (size_t k = 0; k < b->accounts.n; k++)
		name[k] = b->accounts.a[k].name;
	if ((rc = evidence_log(session_vault(b->s), &pick, &b->log, e)) != OK)
		return rc;
	for (size_t k = 0; k < b->log.n; k++)
		changed(b, b->log.entry[k].time_ms);
	return OK;
}

enum rc
bundle_gather(struct session *s, int64_t id, const unsigned char pk[32], const struct bundle_how *how, struct bundle *b,
    struct err *e)
{
	AUTO(gather_end) struct gather g = { .b = b };
	struct case_filter cases = { .incident = id };
	struct db *db = session_db(s);
	BUF key = { .max = 128 };
	enum rc rc;

	b->s = s;
	memcpy(b->pk, pk, sizeof b->pk);
	minisig_public(&key, pk);
	(void)snprintf(b->key, sizeof b->key, "%s", buf_str(&key));
	if (vault_kit_state(session_vault(s)) != KIT_NONE)
		vault_fingerprint(session_vault(s), b->kit);
	if ((rc = incident_one(db, id, take_incident, b, e)) != OK || (rc = incident_accounts(db, id, &b->accounts, e)) != OK ||
	    (rc = evidence_statements(db, id, take_statement, &g, e)) != OK ||
	    (rc = incident_entries(db, id, take_entry, &g, e)) != OK || (rc = incident_steps(db, id, take_step, &g, e)) != OK ||
	    (rc = case_each(db, &cases, take_case, &g, e)) != OK)
		return rc;
	return take_log(&g, how, e);
}

/* ---- texts ---- */

/* The language that messages had, to go back to. */
struct language { const struct session *s; char *list; };

static enum rc
language_keep(struct language *l, struct err *e)
{
	const char *list = getenv("LANGUAGE");

	l->list = list != NULL ? strdup(list) : NULL;
	return list != NULL && l->list == NULL ? no_memory(e) : OK;
}

static void
language_back(struct language *l)
{
	if (l->list != NULL)
		(void)setenv("LANGUAGE", l->list, 1);
	else
		(void)unsetenv("LANGUAGE");
	free(l->list);
	lang_start(l->s->lang);
}

static enum rc
page_in(struct bundle *b, const char *lang, const char *path, bool csv, struct err *e)
{
	AUTO(timeline_free) struct timeline t = { .n = 0 };
	BUF html = { 0 }, table = { 0 };
	enum rc rc;

	lang_start(lang);
	if (strcmp(lang, "zh") == 0 && !(b->chinese = lang_chinese()))
		return OK;
	if ((rc = bundle_story(b, &t, e)) != OK || (rc = bundle_report(b, &t, &html, e)) != OK ||
	    (rc = bundle_add(b, path, &html, e)) != OK)
		return rc;
	if (csv)
		timeline_csv(&table, &t);
	return csv ? bundle_add(b, "timeline.csv", &table, e) : OK;
}

static enum rc
add_pages(struct bundle *b, struct err *e)
{
	struct language own = { .s = b->s };
	enum rc rc;

	if ((rc = language_keep(&own, e)) != OK)
		return rc;
	if ((rc = page_in(b, "en", "report.html", true, e)) == OK)
		rc = page_in(b, "zh", "report.zh.html", false, e);
	language_back(&own);
	return rc;
}

static enum rc
add_log(struct bundle *b, struct err *e)
{
	BUF fixed = { 0 }, open = { 0 };
	enum rc rc;

	buf_add(&fixed, b->log.fixed.p, b->log.fixed.len);
	bundle_open(&open, 0, 0, false, NULL, NULL, 0);
	for (size_t i = 0; i < b->log.n; i++) {
		const struct evidence_entry *en = &b->log.entry[i];

		bundle_open(&open, en->seq, en->time_ms, en->authenticated, en->salt, en->text, en->n);
	}
	rc = bundle_add(b, "log.bin", &fixed, e);
	return rc != OK ? rc : bundle_add(b, "log-open.csv", &open, e);
}

static enum rc
add_keys(struct bundle *b, struct err *e)
{
	BUF keys = { 0 }, pem = { 0 }, pub = { 0 };
	enum rc rc;

	bundle_keys(&keys, b->key, b->pk, vault_pk0(session_vault(b->s)), b->kit);
	evidence_pem(&pem, b->pk);
	evidence_pub(&pub, b->key);
	if ((rc = bundle_add(b, "keys.txt", &keys, e)) != OK || (rc = bundle_add(b, "ek.pem", &pem, e)) != OK)
		return rc;
	return bundle_add(b, "ek.pub", &pub, e);
}

/* It is signed and handed on: what is cut off or garbled must not be. Its last line is that of verify_end. */
static enum rc
verify_whole(const struct buf *raw, struct err *e)
{
	static const char verify_end[] = "\n# end of VERIFY.txt\n";
	const char *p = buf_str(raw);
	size_t n = strlen(p), last = sizeof verify_end - 1;
	unsigned line = 1;

	for (size_t i = 0, len; i < raw->len; i += len) {
		uint32_t cp = 0;

		len = utf8_next(p + i, raw->len - i, &cp);
		if (len == 0 || (cp != '\n' && cp != '\t' && utf8_steers(cp)))
			return err_set(e, E_INPUT, N_("verify.txt:%u: control character"), line);
		line += cp == '\n';
	}
	if (n < last || strcmp(p + n - last, verify_end) != 0 || strstr(p, "@key@") == NULL)
		return err_set(e, E_INPUT, N_("verify.txt:%u: this is not all of it"), line);
	return OK;
}

static enum rc
add_verify(struct bundle *b, struct err *e)
{
	AUTO(auto_close) int dir = -1;
	BUF raw = { .max = VERIFY_MAX }, text = { 0 };
	enum rc rc;

	if ((rc = data_open(&dir, e)) != OK || (rc = io_read_file(dir, "verify.txt", VERIFY_MAX - 1, &raw, e)) != OK ||
	    (rc = verify_whole(&raw, e)) != OK)
		return rc;
	bundle_verify(&text, buf_str(&raw), b->key);
	return bundle_add(b, "VERIFY.txt", &text, e);
}

enum rc
bundle_texts(struct bundle *b, struct err *e)
{
	enum rc rc;

	if ((rc = add_pages(b, e)) != OK || (rc = add_log(b, e)) != OK || (rc = add_keys(b, e)) != OK)
		return rc;
	return add_verify(b, e);
}

/* ---- signature ---- */

static int
by_path(const void *a, const void *b)
{
	const struct bundle_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void
sort_files(struct bundle *b)
{
	qsort(b->file, b->n, sizeof *b->file, by_path);
}

static enum rc
add_beside(struct bundle *b, const char *path, struct buf *text, struct err *e)
{
	enum rc rc = bundle_add(b, path, text, e);

	if (rc == OK)
		b->file[b->n - 1].beside = true;
	return rc;
}

enum rc
bundle_sign(struct bundle *b, const unsigned char seed[32], struct err *e)
{
	unsigned char sig[64], pk[32], sk[64], nonce[8], digest[32];
	BUF manifest = { 0 }, lines = { 0 }, raw = { 0 }, query = { 0 }, trusted = { .max = 128 };
	enum rc rc;

	sort_files(b);
	for (size_t i = 0; i < b->n; i++)
		bundle_sum(&manifest, b->file[i].path, b->file[i].sha256);
	/* The time is that of the last change: the same bundle has the same signature. */
	buf_addf(&trusted, "timestamp:%lld file:manifest.txt", (long long)(b->as_of_ms / 1000));
	if ((rc = buf_check(&manifest, e)) != OK ||
	    (rc = minisig_make(&lines, seed, manifest.p, manifest.len, buf_str(&trusted), e)) != OK)
		return rc;
	sign_keypair(pk, sk, seed);
	sign_bytes(sig, sk, manifest.p, manifest.len);
	wipe(sk, sizeof sk);
	buf_add(&raw, sig, sizeof sig);
	if ((rc = add_beside(b, "manifest.txt", &manifest, e)) != OK)
		return rc;
	memcpy(digest, b->file[b->n - 1].sha256, sizeof digest);
	tsa_nonce(nonce, sig);
	tsa_request(&query, digest, nonce);
	if ((rc = add_beside(b, "manifest.txt.minisig", &lines, e)) != OK || (rc = add_beside(b, "manifest.sig", &raw, e)) != OK ||
	    (rc = add_beside(b, "manifest.txt.tsq", &query, e)) != OK)
		return rc;
	sort_files(b);
	return OK;
}

/* ---- files ---- */

/* One file's bytes on their way to where they belong; they must be those of the manifest. */
struct pour { bytes_fn fn; void *ctx; struct sha256 h; uint64_t n; };

static enum rc
pour(void *ctx, const void *p, size_t n, struct err *e)
{
	struct pour *w = ctx;

	if (n == 0)
		return OK;
	sha256_add(&w->h, p, n);
	w->n += n;
	return w->fn(w->ctx, p, n, e);
}

static enum rc
bytes_of(struct bundle *b, const struct bundle_file *f, bytes_fn fn, void *ctx, struct err *e)
{
	struct pour w = { .fn = fn, .ctx = ctx };
	struct db *db = session_db(b->s);
	unsigned char got[32];
	BUF whole = { 0 };
	enum rc rc = OK;

	sha256_init(&w.h);
	switch (f->from) {
	case FROM_TEXT:
		rc = pour(&w, f->text.p, f->text.len, e);
		break;
	case FROM_STATEMENT_FILE:
		if ((rc = statement_file(db, f->id, &whole, e)) == OK)
			rc = pour(&w, whole.p, whole.len, e);
		break;
	case FROM_ATTACHMENT:
		rc = incident_attachment(db, b->i.id, (unsigned)f->id, pour, &w, e);
		break;
	}
	if (rc != OK)
		return rc;
	sha256_end(&w.h, got);
	if (w.n != f->size || memcmp(got, f->sha256, sizeof got) != 0)
		return err_set(e, E_DAMAGED, N_("the bytes of %s are not those that were kept. Nothing was written"), f->path);
	return OK;
}

static enum rc
to_file(void *ctx, const void *p, size_t n, struct err *e)
{
	return io_write(*(const int *)ctx, p, n, e);
}

static enum rc
to_tar(void *ctx, const void *p, size_t n, struct err *e)
{
	return ustar_bytes(ctx, p, n, e);
}

static enum rc
write_one(struct bundle *b, const struct bundle_file *f, struct outdir *o, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	enum rc rc;

	if ((rc = outdir_new(o, f->path, &fd, e)) != OK || (rc = bytes_of(b, f, to_file, &fd, e)) != OK)
		return rc;
	return io_fsync(fd, e);
}

static enum rc
write_tar(struct bundle *b, struct outdir *o, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	struct ustar u;
	enum rc rc;

	if ((rc = outdir_new(o, "evidence.tar", &fd, e)) != OK)
		return rc;
	ustar_begin(&u, fd, b->as_of_ms / 1000);
	for (size_t i = 0; i < b->n; i++) {
		if ((rc = ustar_member(&u, b->file[i].path, b->file[i].size, e)) != OK ||
		    (rc = bytes_of(b, &b->file[i], to_tar, &u, e)) != OK)
			return rc;
	}
	return (rc = ustar_end(&u, e)) != OK ? rc : io_fsync(fd, e);
}

enum rc
bundle_write(struct bundle *b, struct outdir *o, struct err *e)
{
	enum rc rc;

	for (size_t i = 0; i < b->n; i++)
		if ((rc = write_one(b, &b->file[i], o, e)) != OK)
			return rc;
	return write_tar(b, o, e);
}
