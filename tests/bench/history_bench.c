/*
 * tests/bench/history_bench.c: history over a store of many rows beside plain SQLite on the same rows, tables and
 * indexes: open, query, close in a process of its own, both kinds in turn; medians of processor time.
 *	history_bench [ROWS [RUNS [DIRECTORY]]]       default 1000000 rows, 9 runs, /dev/shm
 *
 * Rows come in by import_apply(), as statements of 50,000. The plain database is a copy made row by row. Plain SQL
 * for --search is LIKE over the same folded texts.
 */
#include "crypto/kdf.h"
#include "store/import.h"
#include "store/query.h"
#include "store/schema.h"
#include "store/sql.h"
#include "tests/args.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 99
#define PER_STATEMENT 50000
static const unsigned char LK[32] = "nothing to hide in a benchmark..";

struct bench { uint64_t rows; int runs; char dir[200]; };

static int64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
need(enum rc rc, const struct err *e, const char *what)
{
	if (rc == OK)
		return;
	(void)fprintf(stderr, "%s: %s\n", what, e->what);
	exit(1);
}

/* ---- rows that nobody ever had ---- */

static uint64_t seed = 88172645463325252U;

static uint32_t
rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static const char *
words(char *out, size_t size, unsigned n)
{
	static const char *const part[] = { "lan", "tern", "mos", "aic", "har", "bour", "otter", "cab", "in", "vel",
		"vet", "咖啡", "超市", "车票", "早餐", "drum", "paper", "north", "light", "街" };
	size_t at = 0;

	for (unsigned i = 0; i < n && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s", i % 3 == 2 ? " " : "", part[rnd(COUNTOF(part))]);
	return out;
}

static void
set(char **field, const char *s)
{
	struct err e = { 0 };

	need(txn_put(field, s, strlen(s), &e), &e, "txn_put");
}

static void
make_row(struct txn *t, uint64_t i)
{
	static const char *const type[] = { "Express Checkout Payment", "Mobile Payment", "General Withdrawal",
		"Refund" };
	char text[160], id[24];

	txn_init(t);
	t->row = (uint32_t)(i % PER_STATEMENT) + 2;
	t->when = (struct when){
		.has_date = true, .has_time = true, .known = ZONE_IN_FILE, .has_utc = true, .offset_s = 3600
	};
	t->when.utc_us = (INT64_C(1400000000) + (int64_t)i * 300 + rnd(300)) * 1000000;
	t->when.local = civil_from_unix(t->when.utc_us / 1000000 + 3600);
	memcpy(t->when.zone, "CET", 4);
	t->status = rnd(1000) == 0 ? TXN_FAILED : rnd(50) == 0 ? TXN_PENDING : TXN_SETTLED;
	t->moved = t->status == TXN_SETTLED ? TXN_MOVED : TXN_STAYED;
	t->has_amount = t->has_balance = true;
	t->amount = (struct money){ (int64_t)rnd(100000) - 80000, 2, "EUR" };
	t->balance = (struct money){ (int64_t)rnd(1000000), 2, "EUR" };
	(void)snprintf(id, sizeof id, "%08X%09X", rnd(UINT32_MAX), (unsigned)i);
	set(&t->id, id);
	set(&t->type, type[rnd(4)]);
	set(&t->status_text, "Completed");
	/* Some 20,000 counterparties, most descriptions by themselves. */
	(void)snprintf(text, sizeof text, "Shop %u", rnd(20000));
	set(&t->counterparty, text);
	set(&t->description, words(text, sizeof text, 4 + rnd(8)));
	t->cells = 1;
	t->cell = calloc(2, sizeof *t->cell);
	t->cell[0] = t->id;
}

static void
make_statement(struct statement *s, uint64_t from, uint64_t n)
{
	static char none[] = "", format[] = "paypal-activity", provider[] = "paypal";

	*s = (struct statement){ .format = format,
		.provider = provider,
		.entry = none,
		.account_hint = none,
		.language = none,
		.encoding = none,
		.rows = n,
		.row = calloc(n, sizeof *s->row) };
	for (uint64_t i = 0; i < n; i++)
		make_row(&s->row[i], from + i);
}

static void
drop_statement(struct statement *s)
{
	for (size_t i = 0; i < s->rows; i++) {
		s->row[i].cells = 0;
		txn_free(&s->row[i]);
	}
	free(s->row);
}

/* ---- building both ---- */

static struct db *
open_ours(const struct bench *b, bool create)
{
	struct err e = { 0 };
	struct db *db;
	int dir = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	need(crypto_start(&e), &e, "crypto");
	need(db_init(&e), &e, "db_init");
	if (create)
		need(db_create(dir, "history.db", LK, 1, 0, &e), &e, "create");
	need(db_open(dir, "history.db", LK, 0, &db, &e), &e, "open");
	(void)close(dir);
	return db;
}

static void
build_ours(const struct bench *b)
{
	struct db *db = open_ours(b, true);
	int64_t acct[4], start, spent = 0;
	struct err e = { 0 };

	need(schema_migrate(db, NULL, &e), &e, "migrate");
	for (unsigned i = 0; i < COUNTOF(acct); i++) {
		SQL_TXN t = { 0 };
		struct account a;
		char name[16];

		account_init(&a);
		(void)snprintf(name, sizeof name, "account %u", i);
		need(text_set(&a.name, name, &e), &e, "name");
		need(sql_begin(db, true, &t, &e), &e, "begin");
		need(account_add(db, &a, 0, &e), &e, "add");
		need(sql_commit(&t, &e), &e, "commit");
		acct[i] = a.id;
		account_free(&a);
	}
	for (uint64_t from = 0; from < b->rows; from += PER_STATEMENT) {
		AUTO(import_result_free) struct import_result r = { 0 };
		struct import_file f = { .name = "made-up.csv" };
		struct import_options o = { .now_ms = 1 };
		struct statement s;
		SQL_TXN t = { 0 };

		make_statement(&s, from, b->rows - from < PER_STATEMENT ? b->rows - from : PER_STATEMENT);
		memcpy(f.sha256, &from, sizeof from);
		start = now_ns();
		need(sql_begin(db, true, &t, &e), &e, "begin");
		need(import_apply(db, acct[from / PER_STATEMENT % COUNTOF(acct)], &f, &s, &o, &r, &e), &e, "import");
		need(sql_commit(&t, &e), &e, "commit");
		spent += now_ns() - start;
		drop_statement(&s);
	}
	need(db_checkpoint(db, true, 0, &e), &e, "checkpoint");
	db_close(&db);
	(void)printf("import_apply: %.1f s of processor time, %.1f us a row\n", (double)spent / 1e9,
	    (double)spent / 1e3 / (double)b->rows);
}

/* Row by row through a pipe: this process has our VFS only, the child plain SQLite only. */
static void
put(FILE *to, const void *p, size_t n)
{
	if (fwrite(p, 1, n, to) != n)
		exit(1);
}

static void
send_rows(sqlite3 *s, const char *table, FILE *to)
{
	sqlite3_stmt *st;
	char text[200];

	(void)snprintf(text, sizeof text, "SELECT * FROM \"%s\"", table);
	if (sqlite3_prepare_v2(s, text, -1, &st, NULL) != SQLITE_OK)
		exit(1);
	while (sqlite3_step(st) == SQLITE_ROW) {
		int n = sqlite3_column_count(st);

		put(to, "R", 1);
		put(to, &n, sizeof n);
		for (int i = 0; i < n; i++) {
			int kind = sqlite3_column_type(st, i),
			    len = kind == SQLITE_NULL || kind == SQLITE_INTEGER ? 0 : sqlite3_column_bytes(st, i);
			sqlite3_int64 v = sqlite3_column_int64(st, i);

			put(to, &kind, sizeof kind);
			put(to, &v, sizeof v);
			put(to, &len, sizeof len);
			if (len > 0)
				put(to, sqlite3_column_blob(st, i), (size_t)len);
		}
	}
	(void)sqlite3_finalize(st);
}

static void
send_text(FILE *to, char what, const char *text)
{
	int len = (int)strlen(text) + 1;

	put(to, &what, 1);
	put(to, &len, sizeof len);
	put(to, text, (size_t)len);
}

static void
send_all(const struct bench *b, int fd)
{
	struct db *db = open_ours(b, false);
	FILE *to = fdopen(fd, "w");
	sqlite3_stmt *st;

	for (unsigned pass = 0; pass < 2; pass++) {     /* tables and rows, then indexes */
		if (sqlite3_prepare_v2(db_sql(db),
			pass ? "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
			     : "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
			-1, &st, NULL) != SQLITE_OK)
			exit(1);
		while (sqlite3_step(st) == SQLITE_ROW) {
			const char *name = (const char *)sqlite3_column_text(st, 0);

			send_text(to, 'S', (const char *)sqlite3_column_text(st, 1));
			if (pass == 0) {
				send_text(to, 'T', name);
				send_rows(db_sql(db), name, to);
			}
		}
		(void)sqlite3_finalize(st);
	}
	(void)fclose(to);
	db_close(&db);
}

static void
get(FILE *from, void *p, size_t n)
{
	if (fread(p, 1, n, from) != n)
		exit(1);
}

static void
plain_run(sqlite3 *s, const char *text)
{
	if (sqlite3_exec(s, text, NULL, NULL, NULL) == SQLITE_OK)
		return;
	(void)fprintf(stderr, "%s: %s\n", text, sqlite3_errmsg(s));
	exit(1);
}

static void
bind_one(sqlite3_stmt *st, int i, FILE *from)
{
	sqlite3_int64 v;
	int kind, len;
	char *p;

	get(from, &kind, sizeof kind);
	get(from, &v, sizeof v);
	get(from, &len, sizeof len);
	p = malloc((size_t)len + 1);
	get(from, p, (size_t)len);
	if (kind == SQLITE_INTEGER)
		(void)sqlite3_bind_int64(st, i, v);
	else if (kind == SQLITE_TEXT)
		(void)sqlite3_bind_text(st, i, p, len, SQLITE_TRANSIENT);
	else if (kind == SQLITE_BLOB)
		(void)sqlite3_bind_blob(st, i, p, len, SQLITE_TRANSIENT);
	else
		(void)sqlite3_bind_null(st, i);
	free(p);
}

static void
receive_all(const struct bench *b, int fd)
{
	FILE *from = fdopen(fd, "r");
	sqlite3_stmt *st = NULL;
	char path[300], table[100] = "", text[1000], sql[8000], what;
	sqlite3 *s;
	int n;

	(void)snprintf(path, sizeof path, "%s/plain.db", b->dir);
	if (sqlite3_open(path, &s) != SQLITE_OK)
		exit(1);
	plain_run(s, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; BEGIN");
	while (fread(&what, 1, 1, from) == 1) {
		get(from, &n, sizeof n);
		if (what != 'R') {
			get(from, sql, (size_t)n);
			(void)sqlite3_finalize(st);
			st = NULL;
			if (what == 'S')
				plain_run(s, sql);
			else
				(void)snprintf(table, sizeof table, "%.90s", sql);
			continue;
		}
		if (st == NULL) {
			int at = snprintf(text, sizeof text, "INSERT INTO \"%s\" VALUES(?", table);

			for (int i = 1; i < n; i++)
				at += snprintf(text + at, sizeof text - (size_t)at, ",?");
			(void)snprintf(text + at, sizeof text - (size_t)at, ")");
			if (sqlite3_prepare_v2(s, text, -1, &st, NULL) != SQLITE_OK)
				exit(1);
		}
		for (int i = 1; i <= n; i++)
			bind_one(st, i, from);
		if (sqlite3_step(st) != SQLITE_DONE)
			exit(1);
		(void)sqlite3_reset(st);
	}
	(void)sqlite3_finalize(st);
	plain_run(s, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
	(void)sqlite3_close(s);
	(void)fclose(from);
}

/* ---- measuring ---- */

struct query { const char *what; struct filter f; const char *plain; };

#define COLUMNS                                                                                                        \
	"SELECT t.uid, t.account, t.local_us, t.has_time, t.utc_us, t.offset_s, t.zone, t.type, t.status, "            \
	"t.status_text, t.moves, t.flags,"                                                                             \
	" t.cur, t.exp, t.amount, t.fee, t.balance, t.description, t.method, t.pid, t.review, c.name, s.row, a.name "  \
	"FROM txn t"                                                                                                   \
	" JOIN account a ON a.id = t.account LEFT JOIN counterparty c ON c.id = t.counterparty"                        \
	" LEFT JOIN txn_source s ON s.id = t.source LEFT JOIN verdict v ON v.txn = t.id"

static enum rc
count(void *ctx, const struct entry *en, struct err *e)
{
	(void)e;
	*(uint64_t *)ctx += en->id[0] != '\0';
	return OK;
}

static int64_t
ours(const struct bench *b, const struct query *q, uint64_t *rows)
{
	struct err e = { 0 };
	int64_t start = now_ns();
	struct db *db = open_ours(b, false);

	need(query_each(db, &q->f, count, rows, &e), &e, q->what);
	db_close(&db);
	return now_ns() - start;
}

static int64_t
plain(const struct bench *b, const struct query *q, uint64_t *rows)
{
	char path[300];
	sqlite3_stmt *st;
	sqlite3 *s;
	int64_t start = now_ns();

	(void)snprintf(path, sizeof path, "%s/plain.db", b->dir);
	if (sqlite3_open(path, &s) != SQLITE_OK ||
	    sqlite3_exec(s, "PRAGMA cache_size = -16000", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(s, q->plain, -1, &st, NULL) != SQLITE_OK)
		return -1;
	while (sqlite3_step(st) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(st); i++)
			(void)sqlite3_column_text(st, i);
		++*rows;
	}
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(s);
	return now_ns() - start;
}

struct result { int64_t ns; uint64_t rows; };

static struct result
in_child(const struct bench *b, const struct query *q, bool is_plain)
{
	struct result r = { -1, 0 };
	int p[2], status;
	pid_t pid;

	if (pipe(p) < 0 || (pid = fork()) < 0)
		exit(1);
	if (pid == 0) {
		r.ns = is_plain ? plain(b, q, &r.rows) : ours(b, q, &r.rows);
		_exit(write(p[1], &r, sizeof r) == sizeof r ? 0 : 1);
	}
	(void)close(p[1]);
	if (read(p[0], &r, sizeof r) != sizeof r)
		r.ns = -1;
	(void)close(p[0]);
	(void)waitpid(pid, &status, 0);
	return r;
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static bool
compare(const struct bench *b, const struct query *q)
{
	int64_t t[2][RUNS_MAX];
	struct result r[2] = { { 0, 0 }, { 0, 0 } };

	for (int i = 0; i < b->runs; i++) {
		for (unsigned k = 0; k < 2; k++) {
			r[k] = in_child(b, q, k == 1);
			t[k][i] = r[k].ns;
		}
	}
	for (unsigned k = 0; k < 2; k++)
		qsort(t[k], (size_t)b->runs, sizeof t[k][0], by_value);
	(void)printf("%-40s %9.2f ms %9.2f ms  %5.2f  %llu rows\n", q->what, (double)t[1][b->runs / 2] / 1e6,
	    (double)t[0][b->runs / 2] / 1e6, (double)t[0][b->runs / 2] / (double)t[1][b->runs / 2],
	    (unsigned long long)r[0].rows);
	if (r[0].rows != r[1].rows)
		(void)printf("  the two do not agree: %llu and %llu rows\n", (unsigned long long)r[0].rows,
		    (unsigned long long)r[1].rows);
	return r[0].rows == r[1].rows;
}

static void
in_process(const struct bench *b, void (*build)(const struct bench *))
{
	int status = 0;
	pid_t pid;

	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		build(b);
		(void)fflush(stdout);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		exit(1);
}

static void
build_plain(const struct bench *b)
{
	int p[2];
	pid_t pid;

	if (pipe(p) < 0 || (pid = fork()) < 0)
		exit(1);
	if (pid == 0) {
		(void)close(p[0]);
		send_all(b, p[1]);
		_exit(0);
	}
	(void)close(p[1]);
	receive_all(b, p[0]);
	(void)waitpid(pid, NULL, 0);
}

static void
clean(const struct bench *b)
{
	static const char *const name[] = { "history.db", "history.db-wal", "history.db-shm", "plain.db",
		"plain.db-wal", "plain.db-shm" };
	char path[300];

	for (size_t i = 0; i < COUNTOF(name); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", b->dir, name[i]);
		(void)unlink(path);
	}
	(void)rmdir(b->dir);
}

static void
sizes(const struct bench *b)
{
	struct stat x, y;
	char path[300];

	(void)snprintf(path, sizeof path, "%s/history.db", b->dir);
	if (stat(path, &x) != 0)
		return;
	(void)snprintf(path, sizeof path, "%s/plain.db", b->dir);
	if (stat(path, &y) == 0)
		(void)printf("store.db %.1f MB, plain %.1f MB\n", (double)x.st_size / 1e6, (double)y.st_size / 1e6);
}

int
main(int argc, char **argv)
{
	static const struct query query[] = {
		{ "newest 20", { .limit = 20 }, COLUMNS " ORDER BY t.sort_us DESC, t.id DESC LIMIT 20" },
		{ "newest 20 of one account", { .limit = 20, .accounts = 1, .account = { 2 } },
		    COLUMNS " WHERE t.account = 2 ORDER BY t.sort_us DESC, t.id DESC LIMIT 20" },
		{ "newest 20 with status failed (1 in 1000)", { .limit = 20, .status = 1U << TXN_FAILED },
		    COLUMNS " WHERE t.status = 3 ORDER BY t.sort_us DESC, t.id DESC LIMIT 20" },
		{ "20 largest amounts", { .limit = 20, .sort = SORT_AMOUNT_DESC },
		    COLUMNS " ORDER BY t.amount DESC, t.sort_us DESC LIMIT 20" },
		{ "--search, found often, 20", { .limit = 20, .search = "lantern" },
		    COLUMNS " WHERE t.id IN (SELECT txn FROM txn_text WHERE folded LIKE '%lantern%') ORDER BY "
			    "t.sort_us DESC, t.id DESC LIMIT 20" },
		{ "--search, two Chinese characters, 20", { .limit = 20, .search = "早餐" },
		    COLUMNS " WHERE t.id IN (SELECT txn FROM txn_text WHERE folded LIKE '%早餐%') ORDER BY t.sort_us "
			    "DESC, t.id DESC LIMIT 20" },
		{ "--search, found nowhere", { .limit = 20, .search = "zzzqqq" },
		    COLUMNS " WHERE t.id IN (SELECT txn FROM txn_text WHERE folded LIKE '%zzzqqq%') ORDER BY t.sort_us "
			    "DESC, t.id DESC LIMIT 20" },
	};
	struct bench b = { .rows = (uint64_t)arg_number(argc, argv, 1, 1, 100000000, 1000000),
		.runs = (int)arg_number(argc, argv, 2, 1, RUNS_MAX, 9) };
	bool good = true;

	(void)snprintf(b.dir, sizeof b.dir, "%s/purser-history-XXXXXX", argc > 3 ? argv[3] : "/dev/shm");
	if (mkdtemp(b.dir) == NULL)
		return 1;
	(void)printf("history, %llu rows, %d runs each, %s; SQLite %s\n", (unsigned long long)b.rows, b.runs, b.dir,
	    sqlite3_libversion());
	in_process(&b, build_ours);
	in_process(&b, build_plain);
	sizes(&b);
	(void)printf("%-40s %12s %12s  %5s\n", "open, query, close; processor time", "plain", "purser", "ratio");
	for (size_t i = 0; i < COUNTOF(query); i++)
		good &= compare(&b, &query[i]);
	clean(&b);
	return !good;
}
