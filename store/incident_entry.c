/* store/incident_entry.c: notes, notices and attachments of an incident; see incident.h. */
#include "store/incident.h"

#include "base/io.h"
#include "crypto/kdf.h"
#include "store/cases.h"
#include "store/schema.h"
#include "store/sql.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PIECE 262144u                   /* bytes of one row of attachment_bytes */

static const char *const kinds[] = { [ENTRY_NOTE] = "note", [ENTRY_NOTICE] = "notice", [ENTRY_ATTACH] = "attach" };

const char *
entry_kind_name(enum entry_kind k)
{
	return kinds[k];
}

static enum rc
kind_of(const char *name, enum entry_kind *out, struct err *e)
{
	for (size_t i = 0; i < COUNTOF(kinds); i++)
		if (strcmp(kinds[i], name) == 0) {
			*out = (enum entry_kind)i;
			return OK;
		}
	return err_set(e, E_DAMAGED, N_("an entry of an incident has a kind that is not known"));
}

static enum rc
entry_get(struct sql *q, struct incident_entry *en, struct err *e)
{
	const void *uid, *sum;
	size_t n, sums;
	enum rc rc;

	memset(en, 0, sizeof *en);
	uid = sql_blob(q, 1, &n);
	if (uid == NULL || n != ID_LEN)
		return err_set(e, E_DAMAGED, N_("a row has the wrong size"));
	en->id = sql_int(q, 0);
	memcpy(en->uid, uid, ID_LEN);
	en->n = (unsigned)sql_int(q, 2);
	if ((rc = kind_of(sql_text(q, 3), &en->kind, e)) != OK)
		return rc;
	en->at_ms = sql_int(q, 4);
	en->made_ms = sql_int(q, 5);
	en->sealed = sql_int(q, 6) != 0;
	en->who = sql_text(q, 7);
	en->account = sql_int(q, 8);
	en->by = sql_text(q, 9);
	en->ref = sql_text(q, 10);
	en->has_answer_by = !sql_null(q, 11);
	en->answer_by = sql_int(q, 11);
	en->text = sql_text(q, 12);
	en->retracted_ms = sql_int(q, 13);
	en->why = sql_text(q, 14);
	en->name = sql_null(q, 15) ? "" : sql_text(q, 15);
	en->size = (uint64_t)sql_int(q, 17);
	sum = sql_blob(q, 16, &sums);
	if (en->kind == ENTRY_ATTACH && (sum == NULL || sums != sizeof en->sha256))
		return err_set(e, E_DAMAGED, N_("an attachment has no hash"));
	if (sum != NULL && sums == sizeof en->sha256)
		memcpy(en->sha256, sum, sums);
	return OK;
}

enum rc
incident_entries(struct db *db, int64_t id, incident_entry_fn fn, void *ctx, struct err *e)
{
	struct incident_entry en;
	SQL q = { 0 };
	bool row, there;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &there, e)) != OK || !there)
		return rc;
	if ((rc = sql_prepare(db, "SELECT e.id, e.uid, e.n, e.kind, e.at, e.made, e.sealed, e.who, coalesce(e.account, 0), e.by,"
	    " e.ref, e.answer_by, e.text, e.retracted, e.why, a.name, a.sha256, coalesce(a.size, 0)"
	    " FROM incident_entry e LEFT JOIN attachment a ON a.entry = e.id WHERE e.incident = ?1 ORDER BY e.at, e.n",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	while ((rc = sql_step(&q, &row, e)) == OK && row)
		if ((rc = entry_get(&q, &en, e)) != OK || (rc = fn(ctx, &en, e)) != OK)
			return rc;
	return rc;
}

/* 0: there is none of that uid. */
static enum rc
number_of(struct db *db, const unsigned char uid[ID_LEN], unsigned *n, struct err *e)
{
	SQL q = { 0 };
	bool row = false;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT n FROM incident_entry WHERE uid = ?1", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, uid, ID_LEN);
	if ((rc = sql_step(&q, &row, e)) == OK)
		*n = row ? (unsigned)sql_int(&q, 0) : 0;
	return rc;
}

static enum rc
entry_texts(const struct incident_entry *en, struct err *e)
{
	enum rc rc;

	if ((rc = text_check("who", en->who, 256, e)) != OK || (rc = text_check("ref", en->ref, 256, e)) != OK)
		return rc;
	if (en->by[0] != '\0' && !told_by_ok(en->by))
		return err_set(e, E_USAGE, N_("--by: \"%s\" is none of %s"), en->by, TOLD_BY);
	return text_check("text", en->text, INCIDENT_TEXT_MAX, e);
}

static enum rc
insert(struct db *db, int64_t id, const struct incident_entry *en, int64_t *row, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT INTO incident_entry(uid, incident, n, kind, at, made, sealed, who, account, by, ref,"
	    " answer_by, text, retracted, why) SELECT ?1, ?2, coalesce(max(n), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
	    " ?12, 0, '' FROM incident_entry WHERE incident = ?2", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, en->uid, ID_LEN);
	sql_bind_int(&q, 2, id);
	sql_bind_text(&q, 3, kinds[en->kind]);
	sql_bind_int(&q, 4, en->at_ms);
	sql_bind_int(&q, 5, en->made_ms);
	sql_bind_int(&q, 6, en->sealed);
	sql_bind_text(&q, 7, en->who);
	if (en->account != 0)
		sql_bind_int(&q, 8, en->account);
	else
		sql_bind_null(&q, 8);
	sql_bind_text(&q, 9, en->by);
	sql_bind_text(&q, 10, en->ref);
	if (en->has_answer_by)
		sql_bind_int(&q, 11, en->answer_by);
	else
		sql_bind_null(&q, 11);
	sql_bind_text(&q, 12, en->text);
	if ((rc = sql_run(&q, e)) == OK)
		*row = sql_last_id(db);
	return rc;
}

static enum rc
add(struct db *db, int64_t id, struct incident_entry en, int64_t *row, unsigned *n, struct err *e)
{
	static const unsigned char none[ID_LEN];
	enum rc rc;

	if ((rc = entry_texts(&en, e)) != OK)
		return rc;
	if (memcmp(en.uid, none, ID_LEN) == 0)
		random_bytes(en.uid, ID_LEN);
	*row = 0;
	if ((rc = number_of(db, en.uid, n, e)) != OK || *n != 0)
		return rc;
	if ((rc = insert(db, id, &en, row, e)) != OK)
		return rc;
	return number_of(db, en.uid, n, e);
}

enum rc
incident_entry_add(struct db *db, int64_t id, const struct incident_entry *en, unsigned *n, struct err *e)
{
	int64_t row;

	return add(db, id, *en, &row, n, e);
}

enum rc
incident_retract(struct db *db, int64_t id, unsigned n, int64_t at_ms, const char *why, struct err *e)
{
	SQL find = { 0 }, put = { 0 };
	bool row = false;
	enum rc rc;

	if ((rc = text_check("why", why, INCIDENT_TEXT_MAX, e)) != OK ||
	    (rc = sql_prepare(db, "SELECT retracted FROM incident_entry WHERE incident = ?1 AND n = ?2", &find, e)) != OK)
		return rc;
	sql_bind_int(&find, 1, id);
	sql_bind_int(&find, 2, n);
	if ((rc = sql_step(&find, &row, e)) != OK)
		return rc;
	if (!row)
		return err_set(e, E_NOTFOUND, N_("incident I%lld has no entry %u"), (long long)id, n);
	if (sql_int(&find, 0) != 0)
		return err_set(e, E_EXISTS, N_("entry %u was taken back already"), n);
	sql_reset(&find);
	if ((rc = sql_prepare(db, "UPDATE incident_entry SET retracted = ?3, why = ?4 WHERE incident = ?1 AND n = ?2", &put,
		 e)) != OK)
		return rc;
	sql_bind_int(&put, 1, id);
	sql_bind_int(&put, 2, n);
	sql_bind_int(&put, 3, at_ms);
	sql_bind_text(&put, 4, why);
	return sql_run(&put, e);
}

enum rc
incident_notice_case(struct db *db, int64_t id, const struct incident_entry *en, int64_t *case_id, struct err *e)
{
	struct case_notice n = { .incident = id, .account = en->account, .who = en->who, .by = en->by, .ref = en->ref,
		.text = en->text, .at_ms = en->at_ms, .made_ms = en->made_ms, .has_answer_by = en->has_answer_by,
		.answer_by = en->answer_by };
	bool opened;

	return case_of_notice(db, &n, case_id, &opened, e);
}

/* ---- attachments ---- */

static enum rc
put_piece(struct db *db, int64_t entry, int64_t n, const void *p, size_t len, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT INTO attachment_bytes VALUES(?1, ?2, ?3)", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, entry);
	sql_bind_int(&q, 2, n);
	sql_bind_blob(&q, 3, p, len);
	return sql_run(&q, e);
}

static enum rc
put_head(struct db *db, int64_t entry, const struct incident_entry *en, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT INTO attachment VALUES(?1, ?2, ?3, ?4)", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, entry);
	sql_bind_text(&q, 2, en->name);
	sql_bind_blob(&q, 3, en->sha256, sizeof en->sha256);
	sql_bind_int(&q, 4, (int64_t)en->size);
	return sql_run(&q, e);
}

static enum rc
check_file(int fd, const struct incident_entry *en, struct err *e)
{
	struct stat st;
	enum rc rc;

	if ((rc = text_check("name", en->name, 255, e)) != OK)
		return rc;
	if (en->name[0] == '\0' || strchr(en->name, '/') != NULL)
		return err_set(e, E_INPUT, N_("the attachment has no name"));
	if (fstat(fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot read %s"), en->name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, E_INPUT, N_("%s is no file that could be kept"), en->name);
	return OK;
}

static void
sum_of(unsigned char out[32], const struct buf *b)
{
	struct sha256 h;

	sha256_init(&h);
	sha256_add(&h, b->p, b->len);
	sha256_end(&h, out);
}

/* The size may change while it is read: what was read counts. */
static enum rc
read_file(int fd, const char *name, struct buf *out, struct err *e)
{
	char piece[65536];
	size_t got = 0;
	enum rc rc;

	do {
		if ((rc = io_read(fd, piece, sizeof piece, &got, e)) != OK)
			return rc;
		buf_add(out, piece, got);
	} while (got > 0 && out->len <= ATTACHMENT_MAX);
	if (out->len > ATTACHMENT_MAX)
		return err_set(e, E_INPUT, N_("%s is larger than %u MiB. Nothing of it was kept"), name, ATTACHMENT_MAX >> 20);
	return buf_check(out, e);
}

enum rc
incident_attach(struct db *db, int64_t id, int fd, struct incident_entry *en, unsigned *n, struct err *e)
{
	BUF bytes = { .max = (size_t)ATTACHMENT_MAX + PIECE };
	int64_t row = 0;
	enum rc rc;

	if ((rc = check_file(fd, en, e)) != OK || (rc = read_file(fd, en->name, &bytes, e)) != OK)
		return rc;
	en->kind = ENTRY_ATTACH;
	en->size = bytes.len;
	sum_of(en->sha256, &bytes);
	if ((rc = add(db, id, *en, &row, n, e)) != OK || row == 0 || (rc = put_head(db, row, en, e)) != OK)
		return rc;
	for (size_t at = 0, k = 0; at < bytes.len && rc == OK; at += PIECE, k++)
		rc = put_piece(db, row, (int64_t)k, bytes.p + at, bytes.len - at < PIECE ? bytes.len - at : PIECE, e);
	return rc;
}

struct wanted { int64_t row; unsigned n; struct incident_entry en; };

static enum rc
want(void *ctx, const struct incident_entry *en, struct err *e)
{
	struct wanted *w = ctx;

	(void)e;
	if (en->n == w->n && en->kind == ENTRY_ATTACH) {
		w->row = en->id;
		w->en = *en;
		w->en.name = w->en.who = w->en.by = w->en.ref = w->en.text = w->en.why = "";
	}
	return OK;
}

enum rc
incident_attachment(struct db *db, int64_t id, unsigned n, bytes_fn fn, void *ctx, struct err *e)
{
	struct wanted w = { .n = n };
	BUF bytes = { .max = (size_t)ATTACHMENT_MAX + 1 };
	unsigned char sum[32];
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = incident_entries(db, id, want, &w, e)) != OK)
		return rc;
	if (w.row == 0)
		return err_set(e, E_NOTFOUND, N_("incident I%lld has no attachment %u"), (long long)id, n);
	if ((rc = sql_prepare(db, "SELECT bytes FROM attachment_bytes WHERE entry = ?1 ORDER BY n", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, w.row);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		size_t len;
		const void *p = sql_blob(&q, 0, &len);

		buf_add(&bytes, p, len);
	}
	if (rc != OK || (rc = buf_check(&bytes, e)) != OK)
		return rc;
	sum_of(sum, &bytes);
	if (bytes.len != w.en.size || memcmp(sum, w.en.sha256, sizeof sum) != 0)
		return err_set(e, E_DAMAGED, N_("attachment %u is not what was kept"), n);
	return fn(ctx, bytes.p, bytes.len, e);
}
