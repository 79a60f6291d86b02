/* tests/unit/sql_test.c: statements, values and transactions. */
#include "store/db_int.h"
#include "tests/unit/dbtest.h"

static void
test_values(struct db *d)
{
	static const unsigned char blob[4] = { 0, 1, 0, 255 };
	struct err e = { 0 };
	SQL q = { 0 };
	SQL again = { 0 };
	bool row;
	size_t n;

	must_exec(d, "CREATE TABLE v(i INTEGER, s TEXT, b BLOB) STRICT");
	ok(sql_prepare(d, "INSERT INTO v VALUES(?1, ?2, ?3)", &q, &e) == OK, "a statement is prepared");
	sql_bind_int(&q, 1, INT64_MIN);
	sql_bind_text(&q, 2, "\xe6\x94\xaf\xe4\xbb\x98");
	sql_bind_blob(&q, 3, blob, sizeof blob);
	ok(sql_run(&q, &e) == OK && sql_last_id(d) == 1 && sql_changes(d) == 1, "and run");
	sql_bind_null(&q, 1);
	sql_bind_text(&q, 2, NULL);
	sql_bind_blob(&q, 3, NULL, 0);
	ok(sql_run(&q, &e) == OK, "again, with nothing");
	sql_bind_int(&q, 1, 3);
	sql_bind_textn(&q, 2, "abcdef", 3);
	sql_bind_blob(&q, 3, "", 0);
	ok(sql_run(&q, &e) == OK, "and with a part of a text and no bytes");
	sql_bind_int(&q, 9, 3);
	ok(sql_run(&q, &e) == E_FAILED, "a value too many is told by the step");
	sql_end(&q);
	sql_end(&q);
	ok(sql_prepare(d, "SELECT i, s, b FROM v ORDER BY rowid", &q, &e) == OK && sql_step(&q, &row, &e) == OK && row,
	    "a row comes back");
	ok(sql_int(&q, 0) == INT64_MIN && strcmp(sql_text(&q, 1), "\xe6\x94\xaf\xe4\xbb\x98") == 0 &&
	    memcmp(sql_blob(&q, 2, &n), blob, 4) == 0 && n == 4, "as it was");
	ok(sql_prepare(d, "SELECT i, s, b FROM v ORDER BY rowid", &again, &e) == OK && again.st != q.st &&
		sql_step(&again, &row, &e) == OK && row && sql_int(&again, 0) == INT64_MIN,
	    "the same text twice at once works");
	sql_end(&again);
	ok(sql_step(&q, &row, &e) == OK && row && sql_null(&q, 0) && sql_text(&q, 1) == NULL &&
		sql_blob(&q, 2, &n) == NULL && n == 0,
	    "NULL is NULL");
	ok(sql_step(&q, &row, &e) == OK && row && strcmp(sql_text(&q, 1), "abc") == 0 && !sql_null(&q, 2),
	    "no bytes are not NULL");
	ok(sql_step(&q, &row, &e) == OK && !row && sql_step(&q, &row, &e) == OK && row,
	    "after the end it begins again");
}

static void
test_kept(struct db *d)
{
	static const char one[] = "SELECT 1";
	char text[40] = "SELECT 10";
	struct err e = { 0 };
	SQL q = { 0 };
	void *st;
	bool row, good = true;
	int64_t n = 0;

	ok(sql_prepare(d, one, &q, &e) == OK, "a literal");
	st = q.st;
	sql_end(&q);
	ok(sql_prepare(d, one, &q, &e) == OK && q.st == st, "is prepared once");
	sql_end(&q);
	ok(sql_get_int(d, text, &n, &e) == OK && n == 10, "a text that was built");
	memcpy(text, "SELECT 20", 10);
	ok(sql_get_int(d, text, &n, &e) == OK && n == 20, "is not taken for another one at the same address");
	for (int i = 0; i < 1000; i++) {
		char *many = malloc(40);

		if (many == NULL)
			abort();
		(void)snprintf(many, 40, "SELECT %d", i);
		good &= sql_get_int(d, many, &n, &e) == OK && n == i;
		free(many);
	}
	ok(good, "a thousand texts");
	ok(sql_prepare(d, one, &q, &e) == OK && sql_step(&q, &row, &e) == OK && row && sql_int(&q, 0) == 1,
	    "and the first one still works");
	ok(sql_get_int(d, "SELECT 1 WHERE 0", &n, &e) == E_NOTFOUND &&
		sql_get_int(d, "SELECT NULL", &n, &e) == E_NOTFOUND,
	    "no row, no number");
	ok(sql_prepare(d, "SELECT a FROM nowhere", &(struct sql){ 0 }, &e) == E_FAILED &&
		strstr(e.what, "nowhere") != NULL,
	    "a mistake is told in SQLite's words");
}

static enum rc
two_rows(struct db *d, bool commit, struct err *e)
{
	SQL_TXN t = { 0 };
	enum rc rc;

	if ((rc = sql_begin(d, true, &t, e)) != OK ||
	    (rc = sql_exec(d, "INSERT INTO x VALUES(1); INSERT INTO x VALUES(2)", e)) != OK)
		return rc;
	return commit ? sql_commit(&t, e) : OK;
}

static void
test_transactions(struct db *d)
{
	struct err e = { 0 };
	SQL_TXN t = { 0 };
	int64_t n = -1;

	must_exec(d, "CREATE TABLE x(i INTEGER PRIMARY KEY) STRICT; CREATE TABLE y(i INTEGER REFERENCES x DEFERRABLE "
		     "INITIALLY DEFERRED) STRICT");
	ok(two_rows(d, false, &e) == OK && sql_get_int(d, "SELECT count(*) FROM x", &n, &e) == OK && n == 0,
	    "not committed: taken back");
	ok(two_rows(d, true, &e) == OK && sql_get_int(d, "SELECT count(*) FROM x", &n, &e) == OK && n == 2,
	    "committed: there");
	ok(two_rows(d, true, &e) == E_EXISTS && sql_get_int(d, "SELECT count(*) FROM x", &n, &e) == OK && n == 2,
	    "failed: taken back");
	ok(sql_begin(d, true, &t, &e) == OK && sql_exec(d, "INSERT INTO y VALUES(77)", &e) == OK &&
		sql_commit(&t, &e) == E_FAILED,
	    "a commit that fails");
	ok(t.d == NULL && sqlite3_get_autocommit(db_sql(d)), "leaves no transaction behind");
	ok(sql_begin(d, false, &t, &e) == OK && sql_get_int(d, "SELECT count(*) FROM y", &n, &e) == OK && n == 0,
	    "a transaction to read");
	sql_rollback(&t);
	sql_rollback(&t);
}

int
main(void)
{
	struct home h = home_new();
	struct db *d;

	make_store(&h, 5, 50);
	d = must_open(&h, 0);
	test_values(d);
	test_kept(d);
	test_transactions(d);
	db_close(&d);
	home_free(&h);
	return tap_done();
}
