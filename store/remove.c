/* store/remove.c: an import is taken back. See import.h. */
#include "store/import.h"

#include "store/provisional.h"
#include "store/txn_row.h"
#include "wallet/entry.h"

#include <string.h>

struct removal {
	struct db *db;
	int64_t statement;
	struct remove_result *r;
	enum rc (*fn)(void *ctx, const char *txn_id, struct err *e);
	void *ctx;
};

/* One row of the statement, as far as its removal needs it. */
struct gone {
	int64_t source, txn;            /* ids of txn_source and txn */
	uint64_t uid;
	int64_t account, current;       /* current: txn.source */
	bool is_protected, shared;      /* has a verdict or is in an incident; other statements have it too */
	struct buf ref;                 /* provider's related id */
};

static enum rc
next_row(struct removal *m, int64_t after, struct gone *g, bool *found, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(m->db,
		 "SELECT s.id, t.id, t.uid, t.account, t.source, t.ref,"
		 " t.review <> 0 OR EXISTS (SELECT 1 FROM incident_txn i WHERE i.txn = t.id),"
		 " EXISTS (SELECT 1 FROM txn_source o WHERE o.txn = t.id AND (o.id >> 32) <> ?3)"
		 " FROM txn_source s JOIN txn t ON t.id = s.txn WHERE s.id > ?1 AND s.id < ?2 ORDER BY s.id LIMIT 1",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, after);
	sql_bind_int(&q, 2, SOURCE_ID(m->statement + 1, 0));
	sql_bind_int(&q, 3, m->statement);
	if ((rc = sql_step(&q, found, e)) != OK || !*found)
		return rc;
	g->source = sql_int(&q, 0);
	g->txn = sql_int(&q, 1);
	g->uid = (uint64_t)sql_int(&q, 2);
	g->account = sql_int(&q, 3);
	g->current = sql_int(&q, 4);
	buf_reset(&g->ref);
	buf_adds(&g->ref, sql_text(&q, 5));
	g->is_protected = sql_int(&q, 6) != 0;
	g->shared = sql_int(&q, 7) != 0;
	return buf_check(&g->ref, e);
}

static enum rc
run1(struct db *db, const char *text, int64_t id, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, text, &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	return sql_run(&q, e);
}

/* The source whose view holds, of those that are left: the last that replaced the one before. */
static enum rc
winner(struct db *db, int64_t txn, int64_t *source, struct err *e)
{
	struct view_key now = { .status = TXN_UNKNOWN }, later;
	SQL q = { 0 };
	bool row;
	enum rc rc;

	*source = 0;
	if ((rc = sql_prepare(db, "SELECT id, " VIEW " FROM txn_source WHERE txn = ?1 ORDER BY id", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, txn);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		view_key_read(&q, 1, &later);
		if (*source == 0 || view_replaces(&now, &later)) {
			now = later;
			*source = sql_int(&q, 0);
		}
	}
	return rc;
}

/* The row stays because others brought it: what they say counts again. */
static enum rc
fall_back(struct removal *m, const struct gone *g, struct err *e)
{
	struct view_key before, after;
	int64_t source;
	SQL was = { 0 }, q = { 0 }, is = { 0 };
	bool row;
	enum rc rc;

	m->r->shared++;
	if (SOURCE_STATEMENT(g->current) != m->statement)
		return OK;
	if ((rc = winner(m->db, g->txn, &source, e)) != OK ||
	    (rc = sql_prepare(m->db, "SELECT " VIEW " FROM txn WHERE id = ?1", &was, e)) != OK)
		return rc;
	sql_bind_int(&was, 1, g->txn);
	if ((rc = sql_step(&was, &row, e)) != OK || !row)
		return rc;
	view_key_read(&was, 0, &before);
	sql_reset(&was);
	/* counted: as in import.c; rows that need their twin are settled below. */
	if ((rc = sql_prepare(m->db,
		 "UPDATE txn SET source = ?2, (" VIEW ") = (SELECT " VIEW " FROM txn_source WHERE id = ?2),"
		 " counted = (SELECT (moves = 1 AND amount IS NOT NULL) OR (moves = 3 AND fee IS NOT NULL) FROM "
		 "txn_source"
		 " WHERE id = ?2) WHERE id = ?1",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, g->txn);
	sql_bind_int(&q, 2, source);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	if ((rc = sql_prepare(m->db, "SELECT " VIEW ", pid FROM txn WHERE id = ?1", &is, e)) != OK)
		return rc;
	sql_bind_int(&is, 1, g->txn);
	if ((rc = sql_step(&is, &row, e)) != OK || !row)
		return rc;
	view_key_read(&is, 0, &after);
	m->r->reverted +=
	    before.status != after.status || before.amount != after.amount || strcmp(before.cur, after.cur) != 0;
	return twins_refresh(m->db, g->account, sql_text(&is, 13), e);
}

static enum rc
remove_row(struct removal *m, const struct gone *g, struct err *e)
{
	static const char *const text[] = {
		"DELETE FROM txn_text WHERE txn = ?1",
		"DELETE FROM review_mark WHERE txn = ?1",
		"DELETE FROM txn WHERE id = ?1"
	};
	bool noted = false;
	enum rc rc;

	m->r->removed++;
	if ((rc = provisional_restore(m->db, g->txn, &noted, e)) != OK)
		return rc;
	if (noted)
		return twins_refresh(m->db, g->account, buf_str(&g->ref), e);
	if ((rc = unlink_row(m->db, g->txn, e)) != OK)
		return rc;
	for (size_t i = 0; i < COUNTOF(text); i++) {
		if ((rc = run1(m->db, text[i], g->txn, e)) != OK)
			return rc;
	}
	return twins_refresh(m->db, g->account, buf_str(&g->ref), e);
}

static enum rc
one_row(struct removal *m, const struct gone *g, struct err *e)
{
	char id[TXN_ID_LEN + 1];
	enum rc rc;

	if (!g->shared && g->is_protected) {
		m->r->kept++;
		txn_id_put(id, g->uid);
		return m->fn != NULL ? m->fn(m->ctx, id, e) : OK;
	}
	if ((rc = run1(m->db, "DELETE FROM txn_source WHERE id = ?1", g->source, e)) != OK)
		return rc;
	return g->shared ? fall_back(m, g, e) : remove_row(m, g, e);
}

/* The statement itself: gone, or what is left of it when rows had to stay. */
static enum rc
finish(struct removal *m, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if (m->r->kept == 0) {
		if ((rc = run1(m->db, "DELETE FROM statement WHERE id = ?1", m->statement, e)) != OK)
			return rc;
		return statement_sweep(m->db, e);
	}
	if ((rc = sql_prepare(
		 m->db, "UPDATE statement SET added = ?2, updated = 0, duplicates = 0 WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, m->statement);
	sql_bind_int(&q, 2, (int64_t)m->r->kept);
	return sql_run(&q, e);
}

enum rc
statement_remove(struct db *db, int64_t id, struct remove_result *out,
    enum rc (*fn)(void *ctx, const char *txn_id, struct err *e), void *ctx, struct err *e)
{
	struct remove_result r = { 0 };
	struct removal m = { .db = db, .statement = id, .r = &r, .fn = fn, .ctx = ctx };
	struct gone g = { .source = SOURCE_ID(id, 0) };
	bool found = true;
	enum rc rc;

	while ((rc = next_row(&m, g.source, &g, &found, e)) == OK && found) {
		if ((rc = one_row(&m, &g, e)) != OK)
			break;
	}
	buf_free(&g.ref);
	if (rc != OK || (rc = finish(&m, e)) != OK)
		return rc;
	*out = r;
	return OK;
}

enum rc
statement_sweep(struct db *db, struct err *e)
{
	enum rc rc;

	if ((rc = sql_exec(db, "DELETE FROM statement_file WHERE sha256 NOT IN (SELECT sha256 FROM statement)", e)) !=
	    OK)
		return rc;
	/* One scan; an index would have to be kept at every import for the sake of this. */
	return sql_exec(db, "DELETE FROM counterparty WHERE id NOT IN"
	    " (SELECT counterparty FROM txn WHERE counterparty IS NOT NULL)", e);
}
