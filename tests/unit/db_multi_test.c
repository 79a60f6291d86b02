/* tests/unit/db_multi_test.c: several processes on one store: writers, readers, checkpoints, closing and opening all
 * the time. */
#include "store/db_int.h"
#include "tests/unit/dbtest.h"

#include <time.h>

#define WRITERS 2
#define STEPS 500

static void
nap(long us)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
}

static struct db *
open_patiently(const struct home *h, unsigned flags)
{
	struct err e;
	enum rc rc;

	for (int i = 0; i < 400; i++) {
		struct db *d = reopen(h, flags, &rc, &e);

		if (d != NULL)
			return d;
		if (rc != E_BUSY) {
			printf("# open: %d %s\n", (int)rc, e.what);
			return NULL;
		}
		nap(2000);
	}
	return NULL;
}

/* Moves one from account a to b; the sum stays. */
static enum rc
move(struct db *d, int step, struct err *e)
{
	SQL_TXN t = { 0 };
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_begin(d, true, &t, e)) != OK ||
	    (rc = sql_prepare(d, "UPDATE acc SET n = n + ?2, pad = hex(randomblob(600)) WHERE id = ?1", &q, e)) != OK)
		return rc;
	for (int i = 0; i < 2; i++) {
		sql_bind_int(&q, 1, (step * (i == 0 ? 7 : 13)) % 40);
		sql_bind_int(&q, 2, i == 0 ? 1 : -1);
		if ((rc = sql_run(&q, e)) != OK)
			return rc;
	}
	if ((rc = sql_exec(d, "UPDATE acc SET n = n + 1 WHERE id = 1000", e)) != OK)
		return rc;
	sql_end(&q);
	return sql_commit(&t, e);
}

static int
writer(const struct home *h, int me)
{
	struct err e = { 0 };
	struct db *d = NULL;
	enum rc rc;
	int done = 0;

	for (int i = 0; done < STEPS && i < STEPS * 50; i++) {
		if (d == NULL && (d = open_patiently(h, 0)) == NULL)
			return 1;
		(void)sqlite3_wal_autocheckpoint(db_sql(d), 15);
		if ((rc = move(d, i * 2 + me, &e)) == OK)
			done++;
		else if (rc != E_BUSY) {
			printf("# write: %d %s\n", (int)rc, e.what);
			return 2;
		}
		if (i % 25 == 24)
			db_close(&d);
	}
	db_close(&d);
	return done == STEPS ? 0 : 3;
}

static int
reader(const struct home *h, int me)
{
	struct err e = { 0 };
	struct db *d = NULL;
	int64_t sum, count, last = 0;
	enum rc rc = OK;

	for (int i = 0; last < WRITERS * STEPS && i < 20000; i++) {
		if (d == NULL && (d = open_patiently(h, DB_READ | (me == 1 ? (unsigned)DB_TRUST : 0u))) == NULL)
			return 1;
		if ((rc = sql_exec(d, "BEGIN", &e)) == OK &&
		    (rc = sql_get_int(d, "SELECT sum(n) FROM acc WHERE id < 1000", &sum, &e)) == OK)
			rc = sql_get_int(d, "SELECT n FROM acc WHERE id = 1000", &count, &e);
		if (rc == OK)
			rc = sql_exec(d, "COMMIT", &e);
		else
			(void)(sql_exec(d, "ROLLBACK", NULL) == OK);
		if (rc != OK && rc != E_BUSY) {
			printf("# read: %d %s\n", (int)rc, e.what);
			return 2;
		}
		if (rc == OK && (sum != 4000 || count < last))
			return 4;
		last = rc == OK ? count : last;
		if (i % 40 == 39)
			db_close(&d);
		nap(me == 1 ? 500 : 1500);
	}
	db_close(&d);
	return last == WRITERS * STEPS ? 0 : 3;
}

static void
test_many(const struct home *h)
{
	pid_t pid[WRITERS + 2];
	struct err e = { 0 };
	struct db *d;
	int64_t n = 0;

	home_clear(h);
	ok(db_create(h->fd, NAME, LK, 1, 0, &e) == OK, "a store of accounts");
	d = must_open(h, 0);
	must_exec(d, "CREATE TABLE acc(id INTEGER PRIMARY KEY, n INTEGER NOT NULL, pad TEXT) STRICT;"
		     "WITH RECURSIVE x(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM x WHERE i < 39) INSERT INTO acc "
		     "SELECT i, 100, '' FROM x;"
		     "INSERT INTO acc VALUES(1000, 0, '')");
	db_close(&d);
	(void)fflush(stdout);
	for (int i = 0; i < (int)COUNTOF(pid); i++)
		if ((pid[i] = fork()) == 0)
			_exit(i < WRITERS ? writer(h, i) : reader(h, i - WRITERS));
	for (int i = 0; i < (int)COUNTOF(pid); i++) {
		int s = child_status(pid[i]);

		ok(s == 0, "%s %d ends well (%d)", i < WRITERS ? "writer" : "reader", i, s);
	}
	d = must_open(h, 0);
	ok(db_verify(d, NULL, NULL, &e) == OK, "every page and the set hash are right (%s)", e.what);
	ok(sql_get_int(d, "SELECT n FROM acc WHERE id = 1000", &n, &e) == OK && n == WRITERS * STEPS,
	    "no transaction is lost");
	db_close(&d);
}

/* The other process writes a byte when it holds the lock and goes when it reads one. */
static void
test_busy(const struct home *h)
{
	int to[2], from[2];
	struct err e = { 0 };
	struct db *d;
	char c;
	pid_t pid;

	make_store(h, 20, 50);
	(void)fflush(stdout);
	if (pipe(to) < 0 || pipe(from) < 0)
		abort();
	if ((pid = fork()) == 0) {
		d = open_patiently(h, 0);
		if (d == NULL || sql_exec(d, "BEGIN IMMEDIATE; DELETE FROM t WHERE id = 1", &e) != OK)
			_exit(1);
		if (write(from[1], "x", 1) != 1 || read(to[0], &c, 1) != 1 || sql_exec(d, "COMMIT", &e) != OK)
			_exit(2);
		db_close(&d);
		_exit(0);
	}
	ok(read(from[0], &c, 1) == 1, "another process writes");
	d = must_open(h, 0);
	(void)sqlite3_busy_timeout(db_sql(d), 20);
	ok(sql_exec(d, "DELETE FROM t", &e) == E_BUSY && strstr(e.what, "another purser") != NULL,
	    "then writing is busy (%s)", e.what);
	ok(digest(d, &e) != 0, "reading is not");
	ok(db_checkpoint(d, false, 0, &e) == OK, "nor is a checkpoint that takes what it can");
	ok(db_checkpoint(d, true, 30, &e) == E_BUSY, "one that must take all is");
	ok(write(to[1], "y", 1) == 1 && child_status(pid) == 0, "the other one commits");
	ok(db_checkpoint(d, true, 1000, &e) == OK && sql_exec(d, "DELETE FROM t", &e) == OK, "now it goes");
	db_close(&d);
	for (int i = 0; i < 2; i++) {
		(void)close(to[i]);
		(void)close(from[i]);
	}
}

/* A process that is killed leaves its log; the next one finds every commit, the ones after it too. */
static void
test_killed(const struct home *h)
{
	struct err e = { 0 };
	struct db *d;
	int64_t n = 0;
	bool good = true;

	make_store(h, 20, 50);
	must_exec(d = must_open(h, 0), "CREATE TABLE k(i INTEGER) STRICT");
	db_close(&d);
	(void)fflush(stdout);
	for (int i = 1; i <= 12; i++) {
		pid_t pid = fork();
		char text[100];

		if (pid == 0) {
			d = open_patiently(h, 0);
			(void)snprintf(text, sizeof text, "INSERT INTO k VALUES(%d)", i);
			if (d == NULL || sql_exec(d, text, &e) != OK ||
			    (i % 3 == 0 && db_checkpoint(d, false, 0, &e) != OK))
				_exit(1);
			must_exec(d, "BEGIN IMMEDIATE; DELETE FROM k");
			_exit(0);                       /* as if killed: nothing is closed, a transaction is open */
		}
		good = good && child_status(pid) == 0;
	}
	d = must_open(h, 0);
	ok(good && sql_get_int(d, "SELECT count(*) FROM k", &n, &e) == OK && n == 12,
	    "what killed processes committed is there");
	ok(db_verify(d, NULL, NULL, &e) == OK, "and the store is whole");
	db_close(&d);
}

int
main(void)
{
	struct home h = home_new();

	test_many(&h);
	test_busy(&h);
	test_killed(&h);
	home_free(&h);
	return tap_done();
}
