/*
 * tests/bench/store_bench.c: the encrypted store beside plain SQLite: the same library, page size, cache, rows and
 * statements, each measurement in a process of its own, both kinds in turn; medians.
 *	store_bench [ROWS [RUNS [DIRECTORY]]]       default 1000000 rows, 9 runs, /dev/shm
 */
#include "store/db.h"
#include "store/sql.h"
#include "tests/args.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 99
static const unsigned char LK[32] = "nothing to hide in a benchmark..";

struct bench { int64_t rows; int runs; char dir[200]; };
/* One measurement: open, work, close; returns nanoseconds of the part that counts, or -1. */
struct store { struct db *d; sqlite3 *s; };
typedef int64_t measure(const struct bench *b, bool plain);

static int64_t
now(clockid_t c)
{
	struct timespec t;

	(void)clock_gettime(c, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool
run(sqlite3 *s, const char *text)
{
	if (sqlite3_exec(s, text, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	fprintf(stderr, "%s: %s\n", text, sqlite3_errmsg(s));
	return false;
}

static bool
open_plain(const struct bench *b, const char *name, const char *journal, int cache, struct store *st)
{
	char path[300], text[300];

	(void)snprintf(path, sizeof path, "%s/%s", b->dir, name);
	(void)snprintf(text, sizeof text,
	    "PRAGMA page_size = 4096; PRAGMA journal_mode = %s; PRAGMA synchronous = FULL; PRAGMA cache_size = -%d;"
	    "PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA "
	    "journal_size_limit = 8388608",
	    journal, cache);
	st->d = NULL;
	return sqlite3_open(path, &st->s) == SQLITE_OK && run(st->s, text);
}

static bool
open_ours(const struct bench *b, const char *name, int cache, struct store *st)
{
	struct err e = { 0 };
	int dir = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool made = faccessat(dir, name, F_OK, 0) == 0 || db_create(dir, name, LK, 1, 0, &e) == OK;

	st->d = NULL;
	if (!made || db_open(dir, name, LK, cache > 16000 ? (unsigned)DB_AGENT : 0u, &st->d, &e) != OK)
		fprintf(stderr, "%s\n", e.what);
	(void)close(dir);
	st->s = st->d != NULL ? db_sql(st->d) : NULL;
	return st->d != NULL;
}

static bool
open_either(const struct bench *b, bool plain, int cache, struct store *st)
{
	return plain ? open_plain(b, "plain.db", "WAL", cache, st) : open_ours(b, "store.db", cache, st);
}

static void
close_either(struct store *st)
{
	if (st->d != NULL)
		db_close(&st->d);
	else
		(void)sqlite3_close(st->s);
}

static uint64_t
next(uint64_t *r)
{
	*r = *r * 6364136223846793005u + 1442695040888963407u;
	return *r >> 33;
}

static void
drop(const struct bench *b, const char *name)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
	char path[300];

	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof path, "%s/%s%s", b->dir, name, tails[i]);
		(void)unlink(path);
	}
}

static const char schema[] =
    "CREATE TABLE tx(id INTEGER PRIMARY KEY, acct INTEGER NOT NULL, at INTEGER NOT NULL, amount INTEGER NOT NULL,"
    "kind INTEGER NOT NULL, party TEXT NOT NULL, memo TEXT NOT NULL) STRICT;"
    "CREATE INDEX tx_at ON tx(at); CREATE INDEX tx_acct ON tx(acct, at); CREATE INDEX tx_party ON tx(party)";

static bool
insert_rows(const struct bench *b, sqlite3 *s)
{
	sqlite3_stmt *q = NULL;
	uint64_t r = 42;
	char party[40], memo[80];
	bool good =
	    sqlite3_prepare_v2(s, "INSERT INTO tx VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)", -1, &q, NULL) == SQLITE_OK;

	for (int64_t i = 1; good && i <= b->rows; i++) {
		(void)snprintf(party, sizeof party, "Counterparty %04d", (int)(next(&r) % 3000));
		(void)snprintf(memo, sizeof memo, "Order %012" PRIu64 " paid by card", next(&r) * 977);
		(void)sqlite3_bind_int64(q, 1, i);
		(void)sqlite3_bind_int64(q, 2, (int64_t)(next(&r) % 12));
		(void)sqlite3_bind_int64(q, 3, 1500000000000000 + i * 200000000 + (int64_t)(next(&r) % 100000000));
		(void)sqlite3_bind_int64(q, 4, (int64_t)(next(&r) % 2000000) - 1000000);
		(void)sqlite3_bind_int64(q, 5, (int64_t)(next(&r) % 5));
		(void)sqlite3_bind_text(q, 6, party, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(q, 7, memo, -1, SQLITE_STATIC);
		good = sqlite3_step(q) == SQLITE_DONE;
		(void)sqlite3_reset(q);
	}
	return sqlite3_finalize(q) == SQLITE_OK && good;
}

static int64_t
m_load(const struct bench *b, bool plain)
{
	struct store st;
	int64_t t;
	bool good;

	drop(b, plain ? "plain.db" : "store.db");
	if (!open_either(b, plain, 64000, &st))
		return -1;
	t = now(CLOCK_PROCESS_CPUTIME_ID);
	good = run(st.s, "BEGIN") && run(st.s, schema) && insert_rows(b, st.s) && run(st.s, "COMMIT") &&
	    sqlite3_wal_checkpoint_v2(st.s, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK;
	t = now(CLOCK_PROCESS_CPUTIME_ID) - t;
	close_either(&st);
	return good ? t : -1;
}

static int64_t
timed_query(const struct bench *b, bool plain, int cache, const char *text)
{
	struct store st;
	int64_t t;
	bool good;

	if (!open_either(b, plain, cache, &st))
		return -1;
	t = now(CLOCK_PROCESS_CPUTIME_ID);
	good = run(st.s, text);
	t = now(CLOCK_PROCESS_CPUTIME_ID) - t;
	close_either(&st);
	return good ? t : -1;
}

static int64_t
m_scan(const struct bench *b, bool plain)
{
	return timed_query(b, plain, 16000, "SELECT count(*), sum(amount), max(length(memo)) FROM tx NOT INDEXED");
}

static int64_t
m_month(const struct bench *b, bool plain)
{
	return timed_query(b, plain, 16000,
	    "SELECT strftime('%Y-%m', at / 1000000, 'unixepoch') AS m, acct, count(*), sum(amount)"
	    " FROM tx NOT INDEXED GROUP BY m, acct");
}

static int64_t
reads(const struct bench *b, bool plain, bool warm)
{
	struct store st;
	sqlite3_stmt *q = NULL;
	uint64_t r = 7;
	int64_t t;
	bool good;

	if (!open_either(b, plain, 64000, &st))
		return -1;
	good = sqlite3_prepare_v2(st.s, "SELECT amount, memo FROM tx WHERE id = ?1", -1, &q, NULL) == SQLITE_OK &&
	       run(st.s, "BEGIN");
	t = now(CLOCK_PROCESS_CPUTIME_ID);
	for (int i = 0; good && i < (warm ? 300000 : 100000); i++) {
		if (warm && i == 200000)
			t = now(CLOCK_PROCESS_CPUTIME_ID);
		(void)sqlite3_bind_int64(q, 1, (int64_t)(next(&r) % (uint64_t)(warm ? b->rows / 4 + 1 : b->rows)) + 1);
		good = sqlite3_step(q) == SQLITE_ROW && sqlite3_column_int64(q, 0) <= 1000000;
		(void)sqlite3_reset(q);
	}
	t = now(CLOCK_PROCESS_CPUTIME_ID) - t;
	good = sqlite3_finalize(q) == SQLITE_OK && good;
	close_either(&st);
	return good ? t : -1;
}

static int64_t m_reads(const struct bench *b, bool plain) { return reads(b, plain, false); }
static int64_t m_warm(const struct bench *b, bool plain) { return reads(b, plain, true); }

/* Transactions of one row each; per transaction. */
static int64_t
commits(const struct bench *b, struct store *st)
{
	sqlite3_stmt *q = NULL;
	int64_t t, n = b->rows < 100000 ? 1000 : 5000;
	bool good = run(st->s, "CREATE TABLE c(id INTEGER PRIMARY KEY, v TEXT NOT NULL) STRICT") &&
		    sqlite3_prepare_v2(st->s, "INSERT INTO c(v) VALUES('a row of some thirty characters')", -1, &q,
		    NULL) == SQLITE_OK;

	t = now(CLOCK_PROCESS_CPUTIME_ID);
	for (int64_t i = 0; good && i < n; i++) {
		good = sqlite3_step(q) == SQLITE_DONE;
		(void)sqlite3_reset(q);
	}
	t = now(CLOCK_PROCESS_CPUTIME_ID) - t;
	good = sqlite3_finalize(q) == SQLITE_OK && good;
	close_either(st);
	return good ? t / n : -1;
}

static int64_t
m_commit_journal(const struct bench *b, bool plain)
{
	struct store st;

	drop(b, "commit.db");
	if (!(plain ? open_plain(b, "commit.db", "TRUNCATE", 16000, &st) : open_ours(b, "commit.db", 16000, &st)))
		return -1;
	return commits(b, &st);
}

static int64_t
m_commit_wal(const struct bench *b, bool plain)
{
	struct store st;

	drop(b, "commit.db");
	if (!(plain ? open_plain(b, "commit.db", "WAL", 16000, &st) : open_ours(b, "commit.db", 16000, &st)))
		return -1;
	return commits(b, &st);
}

static int64_t
m_start(const struct bench *b, bool plain)
{
	struct store st;
	int64_t t = now(CLOCK_PROCESS_CPUTIME_ID);

	if (!open_either(b, plain, 16000, &st) || !run(st.s, "SELECT amount FROM tx WHERE id = 77"))
		return -1;
	close_either(&st);
	return now(CLOCK_PROCESS_CPUTIME_ID) - t;
}

static int64_t
m_size(const struct bench *b, bool plain)
{
	char path[300];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/%s", b->dir, plain ? "plain.db" : "store.db");
	return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

static int64_t
in_child(const struct bench *b, measure *m, bool plain)
{
	int64_t t = -1;
	int p[2], status = 0;
	pid_t pid;

	if (pipe(p) < 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		t = m(b, plain);
		_exit(write(p[1], &t, sizeof t) == sizeof t ? 0 : 1);
	}
	(void)close(p[1]);
	if (read(p[0], &t, sizeof t) != sizeof t)
		t = -1;
	(void)close(p[0]);
	(void)waitpid(pid, &status, 0);
	return t;
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

struct row { const char *what; measure *m; double unit; const char *unit_name; int goal; /* of 1000; 0 none */ };

static int
compare(const struct bench *b, const struct row *r)
{
	int64_t v[2][RUNS_MAX], plain, ours;
	int missed;

	for (int i = 0; i < b->runs; i++)
		for (int k = 0; k < 2; k++)
			if ((v[(i + k) & 1][i] = in_child(b, r->m, ((i + k) & 1) == 0)) < 0)
				return fprintf(stderr, "%s: failed\n", r->what), 1;
	for (int k = 0; k < 2; k++)
		qsort(v[k], (size_t)b->runs, sizeof v[k][0], by_value);
	plain = v[0][b->runs / 2];
	ours = v[1][b->runs / 2];
	missed = r->goal > 0 && ours * 1000 > plain * r->goal;
	printf("%-46s %10.1f %10.1f %-3s %6.3f", r->what, (double)plain / r->unit, (double)ours / r->unit, r->unit_name,
	    (double)ours / (double)plain);
	if (r->goal > 0)
		printf("  goal %.3f %s", r->goal / 1000.0, missed ? "MISSED" : "met");
	(void)putchar('\n');
	(void)fflush(stdout);
	return missed;
}

int
main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "bulk load, 3 indexes, one transaction", m_load, 1e6, "ms", 1100 },
		{ "full scan", m_scan, 1e6, "ms", 1550 },
		{ "group by month and account", m_month, 1e6, "ms", 1150 },
		{ "100 000 random reads, 64 MB cache, cold", m_reads, 1e6, "ms", 1800 },
		{ "100 000 random reads, all in the cache", m_warm, 1e6, "ms", 1150 },
		{ "1-row commit: WAL against plain journal", m_commit_journal, 1e3, "us", 2000 },
		{ "1-row commit: WAL against plain WAL", m_commit_wal, 1e3, "us", 3200 },
		{ "open, one query, close", m_start, 1e3, "us", 0 },
		{ "file size", m_size, 1048576, "MB", 1012 },
	};
	struct bench b = { .rows = arg_number(argc, argv, 1, 100, 100000000, 1000000),
		.runs = (int)arg_number(argc, argv, 2, 1, RUNS_MAX, 9) };
	int missed = 0;

	(void)snprintf(b.dir, sizeof b.dir, "%s/purser-bench-XXXXXX", argc > 3 ? argv[3] : "/dev/shm");
	if (mkdtemp(b.dir) == NULL)
		return perror(b.dir), 1;
	printf("SQLite %s; %lld rows; processor time, median of %d; %s\n", sqlite3_libversion(), (long long)b.rows,
	    b.runs, b.dir);
	printf("both: page 4096, WAL unless said, synchronous FULL, temp_store MEMORY, cache 64 MB for load and reads, "
	       "else 16 MB\n");
	printf("%-46s %10s %10s %-3s %6s\n", "", "plain", "purser", "", "ratio");
	for (size_t i = 0; i < COUNTOF(rows); i++)
		missed += compare(&b, &rows[i]);
	drop(&b, "plain.db");
	drop(&b, "store.db");
	drop(&b, "commit.db");
	(void)rmdir(b.dir);
	printf(missed ? "%d goals missed\n" : "all goals met (%d missed)\n", missed);
	return 0;
}
