/* store/vaultrows.c: see vaultrows.h. */
#include "store/vaultrows.h"

#include "base/le.h"
#include "crypto/kdf.h"
#include "store/sql.h"

#include <string.h>

#define COLUMNS "rec_id, version, acct_id, kind, use, created, mtag, seal, body"

void
record_free(struct record *r)
{
	free(r->body);
	r->body = NULL;
	r->body_len = 0;
}

/* ---- secret ---- */

static void
bind_record(struct sql *q, const struct record *r, enum secret_use use)
{
	sql_bind_blob(q, 1, r->id.rec, ID_LEN);
	sql_bind_int(q, 2, (int64_t)r->id.version);
	sql_bind_blob(q, 3, r->id.acct, ID_LEN);
	sql_bind_int(q, 4, r->id.kind);
	sql_bind_int(q, 5, use);
	sql_bind_int(q, 6, r->created_ms);
	sql_bind_blob(q, 7, r->mtag, sizeof r->mtag);
	sql_bind_blob(q, 8, r->seal, sizeof r->seal);
	sql_bind_blob(q, 9, r->body, r->body_len);
}

enum rc
rows_secret_put(struct db *db, const struct record *r, enum secret_use use, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(
		 db, "INSERT INTO secret(" COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", &q, e)) != OK)
		return rc;
	bind_record(&q, r, use);
	return sql_run(&q, e);
}

static bool
blob_is(struct sql *q, int column, void *out, size_t want)
{
	size_t n = 0;
	const void *p = sql_blob(q, column, &n);

	if (n != want)
		return false;
	memcpy(out, p, want);
	return true;
}

/* body stays SQLite's: borrowed until the next step. */
static enum rc
row_borrow(struct sql *q, struct record *r, enum secret_use *use, const void **body, struct err *e)
{
	memset(r, 0, sizeof *r);
	if (!blob_is(q, 0, r->id.rec, ID_LEN) || !blob_is(q, 2, r->id.acct, ID_LEN) || !blob_is(q, 6, r->mtag, 32) ||
	    !blob_is(q, 7, r->seal, RECORD_SEAL_LEN))
		return err_set(e, E_DAMAGED, N_("a row of a secret has the wrong size"));
	r->id.version = (uint64_t)sql_int(q, 1);
	r->id.kind = (uint8_t)sql_int(q, 3);
	*use = (enum secret_use)sql_int(q, 4);
	r->created_ms = sql_int(q, 5);
	*body = sql_blob(q, 8, &r->body_len);
	return OK;
}

static enum rc
row_copy(struct sql *q, struct record *r, enum secret_use *use, struct err *e)
{
	const void *body = NULL;
	enum rc rc;

	if ((rc = row_borrow(q, r, use, &body, e)) != OK)
		return rc;
	if ((r->body = malloc(r->body_len + 1)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (r->body_len > 0)
		memcpy(r->body, body, r->body_len);
	return OK;
}

enum rc
rows_secret_get(struct db *db, const unsigned char rec[ID_LEN], uint64_t version, struct record *out,
    enum secret_use *use, struct err *e)
{
	SQL q = { 0 };
	RECORD r = { .body = NULL };
	enum secret_use u = SECRET_CURRENT;
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT " COLUMNS " FROM secret WHERE rec_id = ?1 AND (?2 = 0 OR version = ?2)"
	    " ORDER BY version DESC LIMIT 1", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, rec, ID_LEN);
	sql_bind_int(&q, 2, (int64_t)version);
	if ((rc = sql_step(&q, &row, e)) != OK)
		return rc;
	if (!row)
		return err_set(e, E_NOTFOUND, N_("no such secret"));
	if ((rc = row_copy(&q, &r, &u, e)) != OK)
		return rc;
	if (use != NULL)
		*use = u;
	*out = r;
	r.body = NULL;
	return OK;
}

static enum rc
one_changed(struct db *db, struct sql *q, struct err *e)
{
	enum rc rc;

	if ((rc = sql_run(q, e)) != OK)
		return rc;
	return sql_changes(db) == 1 ? OK : err_set(e, E_NOTFOUND, N_("no such secret"));
}

enum rc
rows_secret_set_use(
    struct db *db, const unsigned char rec[ID_LEN], uint64_t version, enum secret_use use, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "UPDATE secret SET use = ?3 WHERE rec_id = ?1 AND version = ?2", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, rec, ID_LEN);
	sql_bind_int(&q, 2, (int64_t)version);
	sql_bind_int(&q, 3, use);
	return one_changed(db, &q, e);
}

enum rc
rows_secret_delete(struct db *db, const unsigned char rec[ID_LEN], uint64_t version, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "DELETE FROM secret WHERE rec_id = ?1 AND version = ?2", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, rec, ID_LEN);
	sql_bind_int(&q, 2, (int64_t)version);
	return one_changed(db, &q, e);
}

static enum rc
each_row(struct sql *q, rows_secret_fn fn, void *ctx, struct err *e)
{
	struct record r;
	enum secret_use use;
	const void *body = NULL;
	bool row;
	enum rc rc;

	while ((rc = sql_step(q, &row, e)) == OK && row) {
		if ((rc = row_borrow(q, &r, &use, &body, e)) != OK)
			return rc;
		r.body = (unsigned char *)(uintptr_t)body;
		if ((rc = fn(ctx, &r, use, e)) != OK)
			return rc;
	}
	return rc;
}

enum rc
rows_secret_each(struct db *db, const unsigned char *acct, rows_secret_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if (acct == NULL)
		rc = sql_prepare(db, "SELECT " COLUMNS " FROM secret ORDER BY rec_id, version", &q, e);
	else
		rc = sql_prepare(
		    db, "SELECT " COLUMNS " FROM secret WHERE acct_id = ?1 ORDER BY rec_id, version", &q, e);
	if (rc != OK)
		return rc;
	if (acct != NULL)
		sql_bind_blob(&q, 1, acct, ID_LEN);
	return each_row(&q, fn, ctx, e);
}

enum rc
rows_secret_count(struct db *db, uint64_t *n, struct err *e)
{
	int64_t count = 0;
	enum rc rc;

	if ((rc = sql_get_int(db, "SELECT count(*) FROM secret", &count, e)) == OK)
		*n = (uint64_t)count;
	return rc;
}

/* ---- manifest ---- */

enum rc
rows_manifest_root(struct db *db, unsigned char root[32], struct err *e)
{
	SQL q = { 0 };
	BUF all = { 0 };
	unsigned char one[ID_LEN + 8 + 32];
	bool row;
	enum rc rc;

	/* Answered from the index alone: 10,000 versions take milliseconds. */
	if ((rc = sql_prepare(db, "SELECT rec_id, version, mtag FROM secret ORDER BY rec_id, version", &q, e)) != OK)
		return rc;
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		if (!blob_is(&q, 0, one, ID_LEN) || !blob_is(&q, 2, one + ID_LEN + 8, 32))
			return err_set(e, E_DAMAGED, N_("a row of a secret has the wrong size"));
		le64_put(one + ID_LEN, (uint64_t)sql_int(&q, 1));
		buf_add(&all, one, sizeof one);
	}
	if (rc != OK || (rc = buf_check(&all, e)) != OK)
		return rc;
	hash256(root, buf_str(&all), all.len);
	return OK;
}

enum rc
rows_manifest_update(struct db *db, struct err *e)
{
	unsigned char root[32];
	enum rc rc;

	if ((rc = rows_manifest_root(db, root, e)) != OK ||
	    (rc = rows_meta_put(db, "manifest", root, sizeof root, e)) != OK)
		return rc;
	return rows_meta_delete(db, "manifest-stale", e);
}

enum rc
rows_quarantine_put(
    struct db *db, const struct record *r, enum secret_use use, int64_t since_ms, const char *why, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT INTO quarantine(" COLUMNS ", since, why)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", &q, e)) != OK)
		return rc;
	bind_record(&q, r, use);
	sql_bind_int(&q, 10, since_ms);
	sql_bind_text(&q, 11, why);
	return sql_run(&q, e);
}

/* ---- meta ---- */

enum rc
rows_meta_put(struct db *db, const char *name, const void *value, size_t n, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT OR REPLACE INTO meta(name, value) VALUES(?1, ?2)", &q, e)) != OK)
		return rc;
	sql_bind_text(&q, 1, name);
	sql_bind_blob(&q, 2, value, n);
	return sql_run(&q, e);
}

static enum rc
meta_find(struct db *db, const char *name, struct sql *q, struct err *e)
{
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT value FROM meta WHERE name = ?1", q, e)) != OK)
		return rc;
	sql_bind_text(q, 1, name);
	if ((rc = sql_step(q, &row, e)) != OK)
		return rc;
	return row ? OK : E_NOTFOUND;
}

enum rc
rows_meta_get(struct db *db, const char *name, void *value, size_t n, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = meta_find(db, name, &q, e)) != OK)
		return rc;
	return blob_is(&q, 0, value, n) ? OK : err_set(e, E_DAMAGED, N_("the value %s has the wrong size"), name);
}

enum rc
rows_meta_all(struct db *db, const char *name, struct buf *out, struct err *e)
{
	SQL q = { 0 };
	const void *p;
	size_t n = 0;
	enum rc rc;

	if ((rc = meta_find(db, name, &q, e)) != OK)
		return rc;
	p = sql_blob(&q, 0, &n);
	buf_add(out, p, n);
	return buf_check(out, e);
}

enum rc
rows_meta_delete(struct db *db, const char *name, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "DELETE FROM meta WHERE name = ?1", &q, e)) != OK)
		return rc;
	sql_bind_text(&q, 1, name);
	return sql_run(&q, e);
}

enum rc
rows_changes(struct db *db, uint64_t *out, struct err *e)
{
	unsigned char le[8];
	enum rc rc = rows_meta_get(db, "changes", le, sizeof le, e);

	if (rc == OK)
		*out = le64_get(le);
	else if (rc == E_NOTFOUND)
		*out = 0;
	return rc == E_NOTFOUND ? OK : rc;
}

enum rc
rows_changes_bump(struct db *db, struct err *e)
{
	unsigned char le[8];
	uint64_t n = 0;
	enum rc rc;

	if ((rc = rows_changes(db, &n, e)) != OK)
		return rc;
	le64_put(le, n + 1);
	return rows_meta_put(db, "changes", le, sizeof le, e);
}

/* ---- earlier ledger keys ---- */

void
old_lks_free(struct old_lks *o)
{
	free(o->last_seq);
	o->last_seq = NULL;
	secret_wipe(&o->lk);
	o->n = 0;
}

enum rc
rows_old_lk_put(struct db *db, uint64_t last_seq, const struct secret *lk, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT OR REPLACE INTO old_lk(last_seq, lk) VALUES(?1, ?2)", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, (int64_t)last_seq);
	sql_bind_blob(&q, 2, lk->bytes, lk->len);
	return sql_run(&q, e);
}

enum rc
rows_old_lk_all(struct db *db, struct old_lks *out, struct err *e)
{
	AUTO(old_lks_free) struct old_lks o = { .n = 0 };
	SQL q = { 0 };
	int64_t count = 0;
	bool row;
	enum rc rc;

	if ((rc = sql_get_int(db, "SELECT count(*) FROM old_lk", &count, e)) != OK ||
	    (rc = secret_alloc(&o.lk, (size_t)count * KEY_LEN, e)) != OK)
		return rc;
	if ((o.last_seq = calloc((size_t)count + 1, sizeof *o.last_seq)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = sql_prepare(db, "SELECT last_seq, lk FROM old_lk ORDER BY last_seq", &q, e)) != OK)
		return rc;
	while ((rc = sql_step(&q, &row, e)) == OK && row && o.n < (size_t)count) {
		if (!blob_is(&q, 1, o.lk.bytes + o.n * KEY_LEN, KEY_LEN))
			return err_set(e, E_DAMAGED, N_("an earlier ledger key has the wrong size"));
		o.last_seq[o.n++] = (uint64_t)sql_int(&q, 0);
	}
	if (rc != OK)
		return rc;
	*out = o;
	o = (struct old_lks){ .n = 0 };
	return OK;
}
