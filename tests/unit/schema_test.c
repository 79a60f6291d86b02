/* Schema: version, STRICT tables, damage by a newer version, and the kept stores of earlier releases. */
#include "tests/unit/rows.h"

#include "base/io.h"

#include <dirent.h>
#include <sys/stat.h>

static void
test_new(void)
{
	struct scratch s;
	struct err e = { 0 };
	bool changed = true;
	int64_t v = 0;

	scratch_open(&s);
	ok(schema_version(s.db, &v, &e) == OK && v == SCHEMA_VERSION, "a new store has the version of this program");
	ok(schema_migrate(s.db, &changed, &e) == OK && !changed, "nothing to do a second time");
	ok(number(&s, "SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND NOT strict"
	    " AND name NOT LIKE 'sqlite_%'") == 0, "every table is STRICT");
	ok(sql_exec(s.db, "INSERT INTO meta VALUES('x', 'text')", &e) != OK,
	    "and says no to a text where a blob belongs");
	must(sql_exec(s.db, "PRAGMA user_version = 99", &e), &e, "version");
	ok(schema_migrate(s.db, &changed, &e) == E_DAMAGED && strstr(e.what, "newer") != NULL,
	    "a newer store is refused: %s", e.what);
	scratch_close(&s);
}

/* A step that fails leaves the store as it was. */
static void
test_one_transaction(void)
{
	struct scratch s;
	struct err e = { 0 };
	int64_t v = -1;

	scratch_open(&s);
	db_close(&s.db);
	(void)unlinkat(s.fd, "store.db", 0);
	must(db_create(s.fd, "store.db", s.lk, 1, 0, &e), &e, "create");
	must(db_open(s.fd, "store.db", s.lk, 0, &s.db, &e), &e, "open");
	must(sql_exec(s.db, "CREATE TABLE incident(x TEXT) STRICT", &e), &e, "a table in the way");
	ok(schema_migrate(s.db, NULL, &e) != OK, "a table in the way stops the migration");
	ok(schema_version(s.db, &v, &e) == OK && v == 0 &&
		number(&s, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'") == 1,
	    "and nothing of it was done");
	scratch_close(&s);
}

/* tests/vectors/stores/VERSION/store.db with lk = 32 bytes of 0x07 and counts in VERSION/expect: "SQL = number"
 * lines. */
static bool
kept_expectations(struct scratch *s, const char *path)
{
	char line[1024], *eq;
	FILE *f = fopen(path, "r");
	bool good = f != NULL;

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (line[0] == '#' || (eq = strstr(line, " == ")) == NULL)
			continue;
		*eq = '\0';
		if (number(s, line) != strtoll(eq + 4, NULL, 10)) {
			printf("# %s: not %s", line, eq + 4);
			good = false;
		}
	}
	if (f != NULL)
		(void)fclose(f);
	return good;
}

static bool
copy_store(const char *from, int to)
{
	AUTO(buf_free) struct buf b = { 0 };
	struct err e = { 0 };

	return io_read_file(AT_FDCWD, from, 64U << 20, &b, &e) == OK &&
	       io_create(to, "store.db", 0600, b.p, b.len, &e) == OK;
}

static void
test_kept(const char *dir, const char *version)
{
	char path[512];
	struct scratch s;
	struct err e = { 0 };
	int64_t v = 0;

	scratch_open(&s);
	db_close(&s.db);
	(void)unlinkat(s.fd, "store.db", 0);
	(void)snprintf(path, sizeof path, "%s/%s/store.db", dir, version);
	if (!ok(copy_store(path, s.fd), "kept store of %s is there", version))
		return;
	ok(db_open(s.fd, "store.db", s.lk, 0, &s.db, &e) == OK && schema_migrate(s.db, NULL, &e) == OK &&
		schema_version(s.db, &v, &e) == OK && v == SCHEMA_VERSION,
	    "%s opens and is brought up to date %s", version, e.what);
	(void)snprintf(path, sizeof path, "%s/%s/expect", dir, version);
	ok(s.db != NULL && kept_expectations(&s, path), "%s holds what it held", version);
	scratch_close(&s);
}

static void
test_all_kept(void)
{
	static const char dir[] = "tests/vectors/stores";
	struct dirent *d;
	DIR *all = opendir(dir);
	unsigned n = 0;

	while (all != NULL && (d = readdir(all)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		test_kept(dir, d->d_name);
		n++;
	}
	if (all != NULL)
		(void)closedir(all);
	if (n == 0)
		tap_skip("no version was released yet: tests/vectors/stores has no store");
}

/* A made-up store for tests/vectors/stores, with what it is expected to hold. */
static int
keep_store(const char *dir)
{
	static const struct made rows[] = {
		{ "2024-05-01 09:00:00", "-12.34", "EUR", "Bakery", "bread", "A1", "", TXN_SETTLED, TXN_MOVED, "CEST",
		    0, "-0.30", "87.66" },
		{ "2024-05-02 10:00:00", "-1200", "JPY", "宿", "", "A2", "", TXN_PENDING, TXN_STAYED, 0, 0, 0, 0 },
	};
	AUTO(import_result_free) struct import_result r = { 0 };
	AUTO(buf_free) struct buf b = { 0 };
	struct scratch s;
	struct err e = { 0 };
	int fd;

	scratch_open(&s);
	made_import(&s, made_account(&s, "paypal", "paypal"), "made-up.csv", "paypal", rows, COUNTOF(rows), &r);
	db_close(&s.db);
	must(io_mkdirs(dir, 0755, &e), &e, dir);
	must(io_read_file(s.fd, "store.db", 64U << 20, &b, &e), &e, "read");
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY)) < 0)
		return 1;
	must(io_create(fd, "store.db", 0644, b.p, b.len, &e), &e, "store.db");
	b.len = 0;
	buf_adds(&b, "SELECT count(*) FROM account == 1\nSELECT count(*) FROM txn == 2\n"
	    "SELECT sum(amount) FROM txn WHERE cur = 'EUR' == -1234\nSELECT balance FROM txn WHERE pid = 'A1' == 8766\n"
	    "SELECT count(*) FROM statement_bytes == 1\nSELECT count(*) FROM txn_source == 2\n");
	must(io_create(fd, "expect", 0644, b.p, b.len, &e), &e, "expect");
	scratch_close(&s);
	return 0;
}

int
main(int argc, char **argv)
{
	/* For a release: schema_test --keep DIR writes what test_all_kept() opens ever after. */
	if (argc == 3 && strcmp(argv[1], "--keep") == 0)
		return keep_store(argv[2]);
	test_new();
	test_one_transaction();
	test_all_kept();
	return tap_done();
}
