/* store/verdict.c: verdicts of review, with undo. See query.h. */
#include "store/query.h"

#include "store/sql.h"

#include <string.h>

/* What holds for a row from now on. */
static enum rc
set_verdict(struct db *db, int64_t row, enum review verdict, const char *note, int64_t at_ms, struct err *e)
{
	SQL gone = { 0 }, put = { 0 }, mark = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "DELETE FROM verdict WHERE txn = ?1", &gone, e)) != OK)
		return rc;
	sql_bind_int(&gone, 1, row);
	if ((rc = sql_run(&gone, e)) != OK)
		return rc;
	if (verdict != REVIEW_NEW) {
		if ((rc = sql_prepare(db, "INSERT INTO verdict VALUES(?1, ?2, ?3, ?4)", &put, e)) != OK)
			return rc;
		sql_bind_int(&put, 1, row);
		sql_bind_int(&put, 2, verdict);
		sql_bind_text(&put, 3, note);
		sql_bind_int(&put, 4, at_ms);
		if ((rc = sql_run(&put, e)) != OK)
			return rc;
	}
	if ((rc = sql_prepare(db, "UPDATE txn SET review = ?2 WHERE id = ?1", &mark, e)) != OK)
		return rc;
	sql_bind_int(&mark, 1, row);
	sql_bind_int(&mark, 2, verdict);
	return sql_run(&mark, e);
}

/* Keep what held before, for undo; the first time in a step counts. */
static enum rc
remember(struct db *db, int64_t step, int64_t row, enum review verdict, const char *note, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT OR IGNORE INTO review_mark SELECT ?1, t.id, t.review, coalesce(v.note, ''),"
	    " coalesce(v.at, 0), ?3, ?4 FROM txn t LEFT JOIN verdict v ON v.txn = t.id WHERE t.id = ?2", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, step);
	sql_bind_int(&q, 2, row);
	sql_bind_int(&q, 3, verdict);
	sql_bind_text(&q, 4, note);
	return sql_run(&q, e);
}

enum rc
review_mark(
    struct db *db, const int64_t *row, size_t n, enum review verdict, const char *note, int64_t now_ms, struct err *e)
{
	SQL q = { 0 };
	int64_t step;
	enum rc rc;

	if (note == NULL)
		note = "";
	if ((rc = sql_prepare(db, "INSERT INTO review_step(at, undone) VALUES(?1, 0)", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, now_ms);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	step = sql_last_id(db);
	for (size_t i = 0; i < n; i++) {
		if ((rc = remember(db, step, row[i], verdict, note, e)) != OK ||
		    (rc = set_verdict(db, row[i], verdict, note, now_ms, e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
restore(struct db *db, int64_t step, enum rc (*fn)(void *ctx, const char *id, enum review now, struct err *e),
    void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT m.txn, t.uid, m.old_verdict, m.old_note, m.old_at FROM review_mark m"
	    " JOIN txn t ON t.id = m.txn WHERE m.step = ?1 ORDER BY m.txn", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, step);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		enum review old = (enum review)sql_int(&q, 2);
		char id[TXN_ID_LEN + 1];

		txn_id_put(id, (uint64_t)sql_int(&q, 1));
		if ((rc = set_verdict(db, sql_int(&q, 0), old, sql_text(&q, 3), sql_int(&q, 4), e)) != OK ||
		    (rc = fn(ctx, id, old, e)) != OK)
			return rc;
	}
	return rc;
}

enum rc
review_undo(struct db *db, enum rc (*fn)(void *ctx, const char *id, enum review now, struct err *e), void *ctx,
    int64_t now_ms, struct err *e)
{
	int64_t step;
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_get_int(db, "SELECT max(id) FROM review_step WHERE undone = 0", &step, e)) == E_NOTFOUND)
		return err_set(e, E_NOTFOUND, N_("there is no verdict to take back"));
	if (rc != OK || (rc = restore(db, step, fn, ctx, e)) != OK)
		return rc;
	if ((rc = sql_prepare(db, "UPDATE review_step SET undone = ?2 WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, step);
	sql_bind_int(&q, 2, now_ms);
	return sql_run(&q, e);
}
