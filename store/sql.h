/*
 * store/sql.h: statements over a struct db. Text is always a literal of ours with ?1, ?2 ... for values: prepared once
 * per handle and text, then kept. Only store/ includes this.
 *
 *	SQL q = { 0 };
 *	bool row;
 *
 *	if ((rc = sql_prepare(d, "SELECT name FROM account WHERE acct_id = ?1", &q, e)) != OK)
 *		return rc;
 *	sql_bind_blob(&q, 1, id, 16);
 *	while ((rc = sql_step(&q, &row, e)) == OK && row)
 *		use(sql_text(&q, 0));
 *
 * Errors: E_BUSY, E_FULL, E_DAMAGED (the message names the page), E_EXISTS (UNIQUE, PRIMARY KEY), E_NOMEM, E_SYS,
 * E_INTERRUPTED, E_FAILED (anything else, with SQLite's words).
 */
#ifndef PURSER_STORE_SQL_H
#define PURSER_STORE_SQL_H

#include "store/db.h"

struct sqlite3_stmt;

struct sql {
	struct db *d;
	struct sqlite3_stmt *st;
	int bad;            /* first error of a bind: sql_step() reports it */
	bool stepped;
};
#define SQL AUTO(sql_end) struct sql

/* One or more statements without values or rows. */
enum rc sql_exec(struct db *d, const char *text, struct err *e) MUST_CHECK;

/* q is empty ({ 0 }) or ended. text must live as long as the handle (a literal). */
enum rc sql_prepare(struct db *d, const char *text, struct sql *q, struct err *e) MUST_CHECK;
void sql_end(struct sql *q);                           /* hands the statement back; safe twice and when empty */
/* i from 1. Texts and blobs are copied. NULL binds NULL. */
void sql_bind_int(struct sql *q, int i, int64_t v);
void sql_bind_text(struct sql *q, int i, const char *s);
void sql_bind_textn(struct sql *q, int i, const char *s, size_t n);
void sql_bind_blob(struct sql *q, int i, const void *p, size_t n);
void sql_bind_null(struct sql *q, int i);
/* *row false: done (the statement is reset and may be bound and stepped again, old values stay bound). */
enum rc sql_step(struct sql *q, bool *row, struct err *e) MUST_CHECK;
/* Step to the end, ignoring rows: INSERT, UPDATE, DELETE in a loop. */
enum rc sql_run(struct sql *q, struct err *e) MUST_CHECK;
void sql_reset(struct sql *q);                         /* before all rows were taken; values stay bound */

/* Columns from 0; valid until the next step. */
int64_t sql_int(struct sql *q, int i);
const char *sql_text(struct sql *q, int i);            /* NULL for NULL */
const void *sql_blob(struct sql *q, int i, size_t *n); /* NULL and 0 for NULL and for no bytes */
bool sql_null(struct sql *q, int i);

/* The first column of the first row. E_NOTFOUND without message: no row, or NULL. */
enum rc sql_get_int(struct db *d, const char *text, int64_t *out, struct err *e) MUST_CHECK;
/* The first column of every row, taken before any is looked at: whoever looks may prepare statements of his own. out is added
 * to. */
struct sql_ints { size_t n, cap; int64_t *v; };
#define SQL_INTS AUTO(sql_ints_free) struct sql_ints
void sql_ints_free(struct sql_ints *all);
enum rc sql_ints_get(struct sql *q, struct sql_ints *out, struct err *e) MUST_CHECK;
int64_t sql_changes(struct db *d);                     /* rows of the last INSERT, UPDATE, DELETE */
int64_t sql_last_id(struct db *d);

/* A transaction that is rolled back at the end of the scope unless committed:
 *	SQL_TXN t = { 0 };  ... sql_begin(d, true, &t, e) ... sql_commit(&t, e)
 * write: BEGIN IMMEDIATE, E_BUSY when another process keeps writing for 2 s; else a snapshot to read. No nesting. */
struct sql_txn { struct db *d; };
#define SQL_TXN AUTO(sql_rollback) struct sql_txn
enum rc sql_begin(struct db *d, bool write, struct sql_txn *t, struct err *e) MUST_CHECK;
enum rc sql_commit(struct sql_txn *t, struct err *e) MUST_CHECK;
void sql_rollback(struct sql_txn *t);                  /* safe twice, when empty, and after sql_commit() */

#endif
