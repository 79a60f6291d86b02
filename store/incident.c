/* store/incident.c: incidents, their rows, accounts and steps; see incident.h. What was written down: incident_entry.c. */
#include "store/incident.h"

#include "store/schema.h"
#include "store/sql.h"

#include <stdlib.h>
#include <string.h>

/* ---- incidents ---- */

#define COLUMNS "id, kind, severity, opened, discovered, frozen, closed, title, review"

static enum rc
row_get(struct sql *q, struct incident *i, struct err *e)
{
	int64_t severity = sql_int(q, 2);

	i->id = sql_int(q, 0);
	if (!incident_kind_from(sql_text(q, 1), &i->kind) || severity < 0 || severity >= SEVERITY_COUNT)
		return err_set(e, E_DAMAGED, N_("incident I%lld has a kind that is not known"), (long long)i->id);
	i->severity = (enum severity)severity;
	i->opened_ms = sql_int(q, 3);
	i->discovered_ms = sql_int(q, 4);
	i->frozen_ms = sql_int(q, 5);
	i->closed_ms = sql_int(q, 6);
	i->title = sql_text(q, 7);
	i->review = sql_text(q, 8);
	return OK;
}

enum rc
incident_each(struct db *db, bool open_only, incident_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	struct incident i;
	bool row, there;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &there, e)) != OK || !there)
		return rc;
	if ((rc = sql_prepare(db, "SELECT " COLUMNS " FROM incident WHERE ?1 = 0 OR closed = 0 ORDER BY id", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, open_only);
	while ((rc = sql_step(&q, &row, e)) == OK && row)
		if ((rc = row_get(&q, &i, e)) != OK || (rc = fn(ctx, &i, e)) != OK)
			return rc;
	return rc;
}

static enum rc
no_such(int64_t id, struct err *e)
{
	enum rc rc = err_set(e, E_NOTFOUND, N_("no incident I%lld"), (long long)id);

	err_next(e, "purser incident list");
	return rc;
}

enum rc
incident_one(struct db *db, int64_t id, incident_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	struct incident i;
	bool row = false, there;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &there, e)) != OK)
		return rc;
	if (!there)
		return no_such(id, e);
	if ((rc = sql_prepare(db, "SELECT " COLUMNS " FROM incident WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	if ((rc = sql_step(&q, &row, e)) != OK)
		return rc;
	if (!row)
		return no_such(id, e);
	return (rc = row_get(&q, &i, e)) != OK ? rc : fn(ctx, &i, e);
}

struct only { int64_t id; unsigned n; struct buf names; };

static enum rc
count_one(void *ctx, const struct incident *i, struct err *e)
{
	struct only *o = ctx;

	(void)e;
	o->id = i->id;
	if (o->n++ < 6)
		buf_addf(&o->names, "%sI%lld", o->n > 1 ? ", " : "", (long long)i->id);
	return OK;
}

static void
only_end(struct only *o)
{
	buf_free(&o->names);
}

enum rc
incident_only(struct db *db, int64_t *id, struct err *e)
{
	AUTO(only_end) struct only o = { .n = 0 };
	enum rc rc;

	if ((rc = incident_each(db, true, count_one, &o, e)) != OK)
		return rc;
	if (o.n == 0) {
		rc = err_set(e, E_NOTFOUND, N_("no incident is open"));
		err_next(e, "purser incident open");
		return rc;
	}
	if (o.n > 1)
		return err_set(e, E_USAGE, N_("%u incidents are open, say which: %s"), o.n, buf_str(&o.names));
	*id = o.id;
	return OK;
}

static enum rc
text_ok(const struct incident *i, struct err *e)
{
	enum rc rc = text_check("title", i->title, INCIDENT_TEXT_MAX, e);

	return rc != OK ? rc : text_check("review", i->review, INCIDENT_TEXT_MAX, e);
}

enum rc
incident_add(struct db *db, const struct incident *i, int64_t *id, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = text_ok(i, e)) != OK ||
	    (rc = sql_prepare(db, "INSERT INTO incident(kind, severity, opened, discovered, frozen, closed, title, review)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", &q, e)) != OK)
		return rc;
	sql_bind_text(&q, 1, incident_kind_name(i->kind));
	sql_bind_int(&q, 2, i->severity);
	sql_bind_int(&q, 3, i->opened_ms);
	sql_bind_int(&q, 4, i->discovered_ms);
	sql_bind_int(&q, 5, i->frozen_ms);
	sql_bind_int(&q, 6, i->closed_ms);
	sql_bind_text(&q, 7, i->title);
	sql_bind_text(&q, 8, i->review);
	if ((rc = sql_run(&q, e)) == OK)
		*id = sql_last_id(db);
	return rc;
}

enum rc
incident_set(struct db *db, const struct incident *i, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = text_ok(i, e)) != OK ||
	    (rc = sql_prepare(db, "UPDATE incident SET kind = ?2, severity = ?3, discovered = ?4, closed = ?5, title = ?6,"
	    " review = ?7 WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, i->id);
	sql_bind_text(&q, 2, incident_kind_name(i->kind));
	sql_bind_int(&q, 3, i->severity);
	sql_bind_int(&q, 4, i->discovered_ms);
	sql_bind_int(&q, 5, i->closed_ms);
	sql_bind_text(&q, 6, i->title);
	sql_bind_text(&q, 7, i->review);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	return sql_changes(db) == 1 ? OK : no_such(i->id, e);
}

/* ---- rows and accounts ---- */

static enum rc
pair_add(struct db *db, const char *text, int64_t id, int64_t other, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, text, &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	sql_bind_int(&q, 2, other);
	return sql_run(&q, e);
}

enum rc
incident_row_add(struct db *db, int64_t id, int64_t txn, struct err *e)
{
	return pair_add(db, "INSERT OR IGNORE INTO incident_txn VALUES(?1, ?2)", id, txn, e);
}

enum rc
incident_account_add(struct db *db, int64_t id, int64_t account, struct err *e)
{
	return pair_add(db, "INSERT OR IGNORE INTO incident_account VALUES(?1, ?2)", id, account, e);
}

enum rc
incident_of_row(struct db *db, int64_t txn, int64_t *id, struct err *e)
{
	SQL q = { 0 };
	bool row = false;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT i.id FROM incident_txn t JOIN incident i ON i.id = t.incident"
	    " WHERE t.txn = ?1 AND i.closed = 0 ORDER BY i.id DESC LIMIT 1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, txn);
	if ((rc = sql_step(&q, &row, e)) == OK)
		*id = row ? sql_int(&q, 0) : 0;
	return rc;
}

static enum rc
numbers(struct db *db, const char *text, int64_t id, struct sql_ints *out, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, text, &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	return sql_ints_get(&q, out, e);
}

enum rc
incident_rows(struct db *db, int64_t id, entry_fn fn, void *ctx, struct err *e)
{
	SQL_INTS row = { .n = 0 };
	enum rc rc;

	rc = numbers(db, "SELECT t.id FROM incident_txn i JOIN txn t ON t.id = i.txn WHERE i.incident = ?1"
	    " ORDER BY t.sort_us, t.id", id, &row, e);
	for (size_t i = 0; i < row.n && rc == OK; i++)
		rc = query_one(db, row.v[i], fn, ctx, e);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct account *)a)->name, ((const struct account *)b)->name);
}

enum rc
incident_accounts(struct db *db, int64_t id, struct accounts *out, struct err *e)
{
	AUTO(accounts_free) struct accounts all = { 0 };
	SQL_INTS list = { .n = 0 };
	enum rc rc;

	if ((rc = numbers(db, "SELECT account FROM incident_account WHERE incident = ?1 UNION SELECT t.account FROM"
	    " incident_txn i JOIN txn t ON t.id = i.txn WHERE i.incident = ?1", id, &list, e)) != OK)
		return rc;
	if ((all.a = calloc(list.n + 1, sizeof *all.a)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < list.n; i++) {
		account_init(&all.a[all.n]);
		all.n++;
		if ((rc = account_by_id(db, list.v[i], &all.a[i], e)) != OK)
			return rc;
	}
	qsort(all.a, all.n, sizeof *all.a, by_name);
	*out = all;
	all = (struct accounts){ 0 };
	return OK;
}

/* ---- steps ---- */

enum rc
incident_step_add(struct db *db, int64_t id, const char *key, int64_t account, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT OR IGNORE INTO incident_step SELECT ?1, coalesce(max(n), 0) + 1, ?2, ?3, 0, '', ''"
	    " FROM incident_step WHERE incident = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	sql_bind_text(&q, 2, key);
	sql_bind_int(&q, 3, account);
	return sql_run(&q, e);
}

enum rc
incident_steps(struct db *db, int64_t id, step_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT n, key, account, done, ref, note FROM incident_step WHERE incident = ?1 ORDER BY n",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		struct incident_step s = { .n = (unsigned)sql_int(&q, 0), .key = sql_text(&q, 1), .account = sql_int(&q, 2),
			.done_ms = sql_int(&q, 3), .ref = sql_text(&q, 4), .note = sql_text(&q, 5) };

		if ((rc = fn(ctx, &s, e)) != OK)
			return rc;
	}
	return rc;
}

enum rc
incident_step_done(
    struct db *db, int64_t id, unsigned n, int64_t done_ms, const char *ref, const char *remark, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = text_check("ref", ref, 256, e)) != OK || (rc = text_check("note", remark, INCIDENT_TEXT_MAX, e)) != OK ||
	    (rc = sql_prepare(db, "UPDATE incident_step SET done = ?3, ref = ?4, note = ?5 WHERE incident = ?1 AND n = ?2",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	sql_bind_int(&q, 2, n);
	sql_bind_int(&q, 3, done_ms);
	sql_bind_text(&q, 4, ref);
	sql_bind_text(&q, 5, remark);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	return sql_changes(db) == 1 ? OK : err_set(e, E_NOTFOUND, N_("incident I%lld has no step %u"), (long long)id, n);
}
