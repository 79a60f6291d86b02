/* store/sql.c: see sql.h. */
#include "store/sql.h"

#include "store/db_int.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum rc
sql_exec(struct db *d, const char *text, struct err *e)
{
	return db_err(d, sqlite3_exec(d->sql, text, NULL, NULL, NULL), e);
}

/* A free place for a new statement: an empty one, or that of one that is not in use. */
static struct db_stmt *
place(struct db *d, size_t start)
{
	struct db_stmt *idle = NULL;

	for (size_t i = 0; i < 8; i++) {
		struct db_stmt *s = &d->stmt[(start + i) % DB_STATEMENTS];

		if (s->st == NULL)
			return s;
		if (!s->busy && idle == NULL)
			idle = s;
	}
	if (idle != NULL) {
		(void)sqlite3_finalize(idle->st);
		idle->st = NULL;
	}
	return idle;
}

enum rc
sql_prepare(struct db *d, const char *text, struct sql *q, struct err *e)
{
	size_t start = ((uintptr_t)text >> 3) % DB_STATEMENTS;
	struct db_stmt *s;
	sqlite3_stmt *st;
	int rc;

	for (size_t i = 0; i < 8; i++) {
		s = &d->stmt[(start + i) % DB_STATEMENTS];
		/* A text that was built may come at the address of another that is gone. */
		if (s->st != NULL && !s->busy && s->text == text && strcmp(sqlite3_sql(s->st), text) == 0) {
			s->busy = true;
			*q = (struct sql){ .d = d, .st = s->st };
			return OK;
		}
	}
	if ((rc = sqlite3_prepare_v3(d->sql, text, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL)) != SQLITE_OK)
		return db_err(d, rc, e);
	if ((s = place(d, start)) != NULL)
		*s = (struct db_stmt){ .text = text, .st = st, .busy = true };
	*q = (struct sql){ .d = d, .st = st };
	return OK;
}

void
sql_end(struct sql *q)
{
	if (q->st == NULL)
		return;
	for (size_t i = 0; i < DB_STATEMENTS; i++) {
		if (q->d->stmt[i].st != q->st)
			continue;
		(void)sqlite3_reset(q->st);             /* its error was reported by the step */
		(void)sqlite3_clear_bindings(q->st);
		q->d->stmt[i].busy = false;
		q->st = NULL;
		return;
	}
	(void)sqlite3_finalize(q->st);
	q->st = NULL;
}

static void
bound(struct sql *q, int rc)
{
	if (q->bad == SQLITE_OK)
		q->bad = rc;
}

void
sql_bind_int(struct sql *q, int i, int64_t v)
{
	bound(q, sqlite3_bind_int64(q->st, i, v));
}

void
sql_bind_text(struct sql *q, int i, const char *s)
{
	bound(q, sqlite3_bind_text(q->st, i, s, -1, SQLITE_TRANSIENT));
}

void
sql_bind_textn(struct sql *q, int i, const char *s, size_t n)
{
	bound(q, sqlite3_bind_text64(q->st, i, s, n, SQLITE_TRANSIENT, SQLITE_UTF8));
}

void
sql_bind_blob(struct sql *q, int i, const void *p, size_t n)
{
	bound(q, p != NULL && n == 0 ? sqlite3_bind_zeroblob(q->st, i, 0)
				     : sqlite3_bind_blob64(q->st, i, p, n, SQLITE_TRANSIENT));
}

void
sql_bind_null(struct sql *q, int i)
{
	bound(q, sqlite3_bind_null(q->st, i));
}

enum rc
sql_step(struct sql *q, bool *row, struct err *e)
{
	int rc = q->bad;
	enum rc out;

	*row = false;
	if (rc == SQLITE_OK)
		rc = sqlite3_step(q->st);
	if (rc == SQLITE_ROW) {
		*row = true;
		return OK;
	}
	out = db_err(q->d, rc, e);              /* before the reset changes what SQLite says of it */
	(void)sqlite3_reset(q->st);
	q->bad = SQLITE_OK;
	return out;
}

enum rc
sql_run(struct sql *q, struct err *e)
{
	enum rc rc;
	bool row;

	do
		rc = sql_step(q, &row, e);
	while (rc == OK && row);
	return rc;
}

void
sql_reset(struct sql *q)
{
	(void)sqlite3_reset(q->st);
	q->bad = SQLITE_OK;
}

int64_t
sql_int(struct sql *q, int i)
{
	return sqlite3_column_int64(q->st, i);
}

const char *
sql_text(struct sql *q, int i)
{
	return (const char *)sqlite3_column_text(q->st, i);
}

const void *
sql_blob(struct sql *q, int i, size_t *n)
{
	const void *p = sqlite3_column_blob(q->st, i);

	*n = p == NULL ? 0 : (size_t)sqlite3_column_bytes(q->st, i);
	return p;
}

bool
sql_null(struct sql *q, int i)
{
	return sqlite3_column_type(q->st, i) == SQLITE_NULL;
}

enum rc
sql_get_int(struct db *d, const char *text, int64_t *out, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;
	bool row;

	if ((rc = sql_prepare(d, text, &q, e)) != OK || (rc = sql_step(&q, &row, e)) != OK)
		return rc;
	if (!row || sql_null(&q, 0))
		return E_NOTFOUND;
	*out = sql_int(&q, 0);
	return OK;
}

int64_t
sql_changes(struct db *d)
{
	return sqlite3_changes64(d->sql);
}

int64_t
sql_last_id(struct db *d)
{
	return sqlite3_last_insert_rowid(d->sql);
}

void
sql_ints_free(struct sql_ints *all)
{
	free(all->v);
	*all = (struct sql_ints){ .n = 0 };
}

enum rc
sql_ints_get(struct sql *q, struct sql_ints *out, struct err *e)
{
	bool row;
	enum rc rc;

	while ((rc = sql_step(q, &row, e)) == OK && row) {
		if (out->n == out->cap) {
			size_t cap = out->cap * 2 + 32;
			int64_t *more = realloc(out->v, cap * sizeof *more);

			if (more == NULL)
				return err_set(e, E_NOMEM, N_("out of memory"));
			out->v = more;
			out->cap = cap;
		}
		out->v[out->n++] = sql_int(q, 0);
	}
	return rc;
}

enum rc
sql_begin(struct db *d, bool write, struct sql_txn *t, struct err *e)
{
	enum rc rc = sql_exec(d, write ? "BEGIN IMMEDIATE" : "BEGIN", e);

	if (rc == OK)
		t->d = d;
	return rc;
}

enum rc
sql_commit(struct sql_txn *t, struct err *e)
{
	enum rc rc = sql_exec(t->d, "COMMIT", e);

	if (rc == OK)
		t->d = NULL;
	else
		sql_rollback(t);
	return rc;
}

void
sql_rollback(struct sql_txn *t)
{
	if (t->d != NULL && !sqlite3_get_autocommit(t->d->sql))
		(void)sqlite3_exec(t->d->sql, "ROLLBACK", NULL, NULL, NULL);
	t->d = NULL;
}
