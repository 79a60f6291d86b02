/* tests/unit/db_test.c: the store does what it says: files, opening, refusals, epoch, re-encryption, memory, other
 * processes. */
#include "base/le.h"
#include "store/db_int.h"
#include "store/mem.h"
#include "tests/unit/dbtest.h"

#include <errno.h>
#include <sys/resource.h>

static void
test_create(const struct home *h)
{
	struct db_info a = { .epoch = 0 }, b = { .epoch = 0 };
	struct err e = { 0 };
	struct stat st;
	unsigned char other[32] = { 1 };
	struct db *d;

	ok(db_create(h->fd, NAME, LK, 7, 0, &e) == OK, "a store is created");
	ok(fstatat(h->fd, NAME, &st, 0) == 0 && st.st_size == 8192 + 4096 && (st.st_mode & 0777) == 0600,
	    "it is two headers and one page, for its owner only");
	ok(db_create(h->fd, NAME, LK, 7, 0, &e) == E_EXISTS, "not over another one");
	ok(db_peek(h->fd, NAME, LK, &a, &e) == OK && a.epoch == 7 && a.seq == 1 && a.pages == 1 && !a.running,
	    "its header can be read");
	ok(db_peek(h->fd, NAME, other, &a, &e) == E_KEY, "but not with another key");
	ok(db_peek(h->fd, "none", LK, &b, &e) == E_NOTFOUND, "a missing one is not found");
	d = must_open(h, 0);
	ok(db_info(d, &b, &e) == OK && memcmp(a.file_id, b.file_id, 16) == 0 && db_same_file(d),
	    "it opens and is the same file");
	ok(sql_exec(d, "CREATE TABLE t(a TEXT) STRICT; INSERT INTO t VALUES('x')", &e) == OK, "it takes a table");
	ok(faccessat(h->fd, NAME "-journal", F_OK, 0) < 0 && faccessat(h->fd, WAL, F_OK, 0) == 0,
	    "through the log, never a journal");
	db_close(&d);
	ok(d == NULL && faccessat(h->fd, WAL, F_OK, 0) < 0 && faccessat(h->fd, NAME "-shm", F_OK, 0) < 0,
	    "closing leaves one file");
	ok(db_peek(h->fd, NAME, LK, &b, &e) == OK && b.seq > 1 && b.pages > 1 && !b.running,
	    "and a header that has moved on");
}

static void
test_refused_files(const struct home *h)
{
	static const char text[] = "SQLite format 3";
	unsigned char other[32] = { 9 };
	struct db *d = NULL;
	struct err e = { 0 };
	BUF b = { 0 };

	make_store(h, 50, 100);
	ok(db_open(h->fd, NAME, other, 0, &d, &e) == E_KEY && d == NULL, "a wrong key is a wrong key");
	ok(db_open(h->fd, "no.db", LK, 0, &d, &e) == E_NOTFOUND, "no file is not found");
	ok(faccessat(h->fd, "no.db", F_OK, 0) < 0, "and not made");
	ok(db_open(h->fd, "a/b", LK, 0, &d, &e) == E_RANGE, "a name is not a path");
	file_put(h, "plain.db", text, sizeof text);
	ok(db_open(h->fd, "plain.db", LK, 0, &d, &e) == E_DAMAGED, "something else is refused");
	file_put(h, "empty.db", "", 0);
	ok(db_open(h->fd, "empty.db", LK, 0, &d, &e) == E_DAMAGED, "an empty file is refused");
	(void)mkdirat(h->fd, "dir.db", 0700);
	ok(db_open(h->fd, "dir.db", LK, 0, &d, &e) == E_DAMAGED, "a directory is refused");
	(void)unlinkat(h->fd, "dir.db", AT_REMOVEDIR);
	ok(symlinkat(NAME, h->fd, "link.db") == 0 && db_open(h->fd, "link.db", LK, 0, &d, &e) == E_DAMAGED,
	    "a link is refused");
	b = file_get(h, NAME);
	b.p[8] = 2;
	b.p[4096 + 8] = 2;
	file_put(h, "new.db", b.p, b.len);
	ok(db_open(h->fd, "new.db", LK, 0, &d, &e) == E_DAMAGED && strstr(e.what, "newer") != NULL,
	    "a newer format is called that");
}

static void
test_refused_sql(const struct home *h)
{
	static const char *const bad[] = {
		"ATTACH 'other.db' AS o",
		"ATTACH 'file:other.db?vfs=unix' AS o",
		"ATTACH ':memory:' AS o",
		"VACUUM INTO 'out.db'",
		"VACUUM INTO 'file:out.db?vfs=unix'",
		"PRAGMA journal_mode = DELETE",
		"PRAGMA locking_mode = EXCLUSIVE",
		"PRAGMA temp_store = FILE",
		"PRAGMA temp_store_directory = '.'",
		"PRAGMA synchronous = OFF",
		"PRAGMA page_size = 8192",
		"PRAGMA writable_schema = ON",
		"PRAGMA mmap_size = 100000",
		"PRAGMA key = 'x'",
		"PRAGMA trusted_schema = ON",
		"PRAGMA foreign_keys = OFF",
		"PRAGMA wal_checkpoint",
		"SELECT load_extension('x')",
		"SELECT fts3_tokenizer('simple')",
		"CREATE VIRTUAL TABLE v USING fts4(a)",
		"UPDATE sqlite_schema SET sql = '' WHERE name = 't'",
		"DETACH main",
	};
	struct err e = { 0 };
	struct db *d;
	int64_t n = 0;

	make_store(h, 50, 100);
	d = must_open(h, 0);
	for (size_t i = 0; i < COUNTOF(bad); i++)
		ok(sql_exec(d, bad[i], &e) != OK, "refused: %s", bad[i]);
	ok(faccessat(h->fd, "out.db", F_OK, 0) < 0 && faccessat(h->fd, "other.db", F_OK, 0) < 0 &&
		access("out.db", F_OK) < 0 && access("other.db", F_OK) < 0,
	    "no other file came of it");
	ok(sql_get_int(d, "PRAGMA secure_delete", &n, &e) != OK, "nor is a pragma that is not listed answered");
	ok(sql_exec(d, "VACUUM", &e) == OK && db_verify(d, NULL, NULL, &e) == OK, "VACUUM itself works");
	ok(sql_get_int(d, "PRAGMA page_size", &n, &e) == OK && n == 4096, "and keeps the page size");
	ok(sql_exec(d, "CREATE TABLE c(id INTEGER REFERENCES t(id)) STRICT", &e) == OK &&
	    sql_exec(d, "INSERT INTO c VALUES(999)", &e) == E_FAILED, "foreign keys are on");
	ok(sql_exec(d, "INSERT INTO t VALUES(1, 'x')", &e) == E_EXISTS, "a row that is there is E_EXISTS");
	ok(sql_exec(d, "CREATE VIRTUAL TABLE f USING fts5(v)", &e) == OK, "FTS5 is there");
	db_close(&d);
}

/* No file but the two of the store is ever opened, whatever is asked. */
static void
test_refused_opens(const struct home *h)
{
	static const int kinds[] = { SQLITE_OPEN_MAIN_JOURNAL, SQLITE_OPEN_TEMP_DB, SQLITE_OPEN_TRANSIENT_DB,
		SQLITE_OPEN_TEMP_JOURNAL, SQLITE_OPEN_SUBJOURNAL, SQLITE_OPEN_SUPER_JOURNAL,
		SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL, SQLITE_OPEN_WAL };
	struct err e = { 0 };
	struct db *d;
	char name[100];
	int none = 0;
	int64_t n = 0;
	sqlite3_vfs *v;
	sqlite3_file *f;

	make_store(h, 4000, 60);
	d = must_open(h, 0);
	v = &d->v.vfs;
	f = calloc(1, (size_t)v->szOsFile);
	(void)snprintf(name, sizeof name, "%s/other", h->path);
	for (size_t i = 0; f != NULL && i < COUNTOF(kinds); i++) {
		none += v->xOpen(v, name, f, kinds[i] | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ==
			SQLITE_CANTOPEN;
		none += v->xOpen(v, NULL, f, kinds[i] | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ==
			SQLITE_CANTOPEN;
	}
	free(f);
	ok(none == 2 * (int)COUNTOF(kinds) && faccessat(h->fd, "other", F_OK, 0) < 0,
	    "the VFS opens no other kind of file");
	ok(sqlite3_vfs_find("unix") == NULL && sqlite3_vfs_find(NULL) == v, "no other VFS can be found");
	ok(sql_get_int(d,
	       "SELECT count(*) FROM (SELECT a.v || b.v AS x FROM t a JOIN t b ON a.id < b.id AND b.id < a.id + 30 "
	       "ORDER BY x)",
	       &n, &e) == OK &&
		n > 100000,
	    "a large sort stays in memory");
	ok(sql_exec(d,
	       "CREATE TEMP TABLE x AS SELECT * FROM t; SAVEPOINT a; UPDATE t SET v = v || 'z'; SAVEPOINT b; DELETE "
	       "FROM t;"
	       "ROLLBACK TO b; RELEASE b; RELEASE a; DROP TABLE temp.x",
	       &e) == OK,
	    "so do temporary tables and savepoints");
	ok(sql_exec(d, "UPDATE t SET id = id + 1", &e) == E_EXISTS, "and a statement that is taken back");
	db_close(&d);
}

/* Is s anywhere in a file of the home? */
static bool
marker_in_files(const struct home *h, const char *s, int *files)
{
	DIR *dir = opendir(h->path);
	struct dirent *x;
	bool found = false;

	*files = 0;
	while (dir != NULL && (x = readdir(dir)) != NULL) {
		struct buf b = file_get(h, x->d_name);

		*files += b.len > 0;
		found |= b.len > 0 && memmem(b.p, b.len, s, strlen(s)) != NULL;
		buf_free(&b);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return found;
}

/* Pages may come to lie behind ones that were never written (SQLite's page of lock bytes at 1 GB is always one); these
 * are sealed zeros. Written as a checkpoint would, since 1 GB is much for a test. */
static void
test_gaps(const struct home *h)
{
	unsigned char m[4096] = "page of a checkpoint", zero[4096] = { 0 };
	struct err e = { 0 };
	uint32_t pages = 0, read = 0, empty = 0;
	sqlite3_file *f;
	struct db *d;
	bool odd;

	make_store(h, 5, 50);
	d = must_open(h, 0);
	must_exec(d, "UPDATE t SET v = v || 'x'");
	f = &d->v.db->base;
	if (vfs_lock_ckpt(&d->v, true) != SQLITE_OK || vfs_file_pages(&d->v, &pages, &odd) != SQLITE_OK)
		abort();
	ok(f->pMethods->xWrite(f, m, 4096, ((int64_t)pages + 4) * 4096) != SQLITE_OK,
	    "nothing is written outside a checkpoint");
	ckpt_start(&d->v);
	ok(f->pMethods->xWrite(f, m, 4000, 0) != SQLITE_OK, "nor a part of a page");
	ok(f->pMethods->xWrite(f, m, 4096, ((int64_t)pages + 4) * 4096) == SQLITE_OK &&
		f->pMethods->xTruncate(f, ((int64_t)pages + 8) * 4096) == SQLITE_OK &&
		f->pMethods->xSync(f, SQLITE_SYNC_NORMAL) == SQLITE_OK,
	    "a page far behind the end is written, and the file made longer still");
	vfs_unlock_ckpt(&d->v, true);
	for (uint32_t n = 1; n <= pages + 8; n++) {
		read += vfs_read_page(&d->v, n, m) == SQLITE_OK;
		empty += memcmp(m, zero, 4096) == 0;
	}
	ok(read == pages + 8 && empty == 7, "all pages in between are authentic zeros (%u read, %u empty)", read,
	    empty);
	ok(db_fresh(d, &e) == OK, "and in the set hash (%s)", e.what);
	db_close(&d);
	d = must_open(h, 0);
	ok(db_verify(d, NULL, NULL, &e) == OK && vfs_file_pages(&d->v, &read, &odd) == SQLITE_OK && read == pages,
	    "SQLite cuts them off again");
	db_close(&d);
}

/* Frame headers hold page numbers and a checksum of the plaintext. */
static int
plain_frames(const struct home *h)
{
	BUF b = file_get(h, WAL);
	int n = 0;

	for (size_t at = 32; at + 4120 <= b.len; at += 4120)
		n += be32_get((unsigned char *)b.p + at) < 100000;
	return b.len < 32 + 4120 ? -1 : n;
}

static void
test_no_plaintext(const struct home *h)
{
	struct db *d;
	int files;

	make_store(h, 300, 200);
	d = must_open(h, 0);
	must_exec(d, "BEGIN; UPDATE t SET v = 'MARKER-two' || id || v; UPDATE t SET v = v || 'x'; COMMIT");
	ok(!marker_in_files(h, "MARKER", &files) && files == 3, "no plaintext in store.db, -wal and -shm while open");
	ok(!marker_in_files(h, "SQLite format", &files) && !marker_in_files(h, "CREATE TABLE", &files) &&
		!marker_in_files(h, "\x37\x7f\x06\x82", &files) && !marker_in_files(h, "\x37\x7f\x06\x83", &files),
	    "nor SQLite's own words");
	ok(plain_frames(h) == 0, "nor page numbers in the log");
	db_close(&d);
	ok(!marker_in_files(h, "MARKER", &files) && files == 1, "nor afterwards");
}

static bool
count_progress(void *arg, uint32_t done, uint32_t pages)
{
	*(uint32_t *)arg = done;
	return done < pages / 2;
}

static void
test_verify_large(const struct home *h)
{
	struct err e = { 0 };
	uint32_t seen = 0;
	struct db *d;
	BUF b = { 0 };

	make_store(h, 20, 50);
	d = must_open(h, DB_AGENT);
	must_exec(d, "CREATE TABLE big(v BLOB NOT NULL) STRICT;"
		     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO big "
		     "SELECT randomblob(90000) FROM n");
	ok(db_checkpoint(d, true, 0, &e) == OK, "18 MB");
	ok(db_verify(d, count_progress, &seen, &e) == E_INTERRUPTED && seen > 2000,
	    "verification tells how far it is and can be stopped");
	db_close(&d);
	b = file_get(h, NAME);
	must_exec(d = must_open(h, 0), "UPDATE big SET v = randomblob(90000) WHERE rowid = 77");
	db_close(&d);
	{
		BUF now = file_get(h, NAME);
		size_t at = b.len - 4096;

		while (at > 8192 && memcmp(b.p + at, now.p + at, 4096) == 0)
			at -= 4096;
		file_patch(h, NAME, at, b.p + at, 4096);
	}
	d = must_open(h, 0);
	ok(db_fresh(d, &e) == E_DAMAGED, "a page of another time in a large store: the set hash says so when asked");
	ok(db_poisoned(d, NULL, NULL) && sql_exec(d, "DELETE FROM big", &e) == E_DAMAGED,
	    "and nothing is written then");
	db_close(&d);
}

static void
test_epoch(const struct home *h)
{
	struct db_info a, b;
	struct err e = { 0 };
	struct db *d;

	make_store(h, 20, 50);
	d = must_open(h, 0);
	must_exec(d, "UPDATE t SET v = 'x' || v");
	ok(db_info(d, &a, &e) == OK && a.epoch == 1, "the epoch is as made");
	ok(db_set_epoch(d, 5, &e) == OK && db_info(d, &b, &e) == OK && b.epoch == 5 && b.seq > a.seq, "raised");
	ok(db_set_epoch(d, 4, &e) == OK && db_info(d, &a, &e) == OK && a.epoch == 5 && a.seq == b.seq, "never lowered");
	db_close(&d);
	ok(db_peek(h->fd, NAME, LK, &b, &e) == OK && b.epoch == 5, "and stays");
	d = must_open(h, 0);
	ok(db_verify(d, NULL, NULL, &e) == OK, "in a store that is whole");
	db_close(&d);
}

static void
test_reencrypt(const struct home *h)
{
	static const unsigned char NEW[32] = "another ledger key, after a thaw";
	struct db_info a = { .epoch = 0 }, b = { .epoch = 0 };
	struct err e = { 0 };
	struct db *d, *n = NULL;
	uint64_t before, after;
	SQL q = { 0 };
	bool row;

	make_store(h, 700, 300);
	d = must_open(h, 0);
	must_exec(d, "DELETE FROM t WHERE id % 7 = 0");
	before = digest(d, &e);
	ok(db_reencrypt(d, NAME ".next", NEW, 2, 0, &e) == OK, "a store is re-encrypted (%s)", e.what);
	ok(db_reencrypt(d, NAME ".next", NEW, 2, 0, &e) == E_EXISTS, "not over another file");
	ok(db_info(d, &a, &e) == OK && db_peek(h->fd, NAME ".next", NEW, &b, &e) == OK && b.epoch == 2 &&
		b.seq > a.seq && b.pages == a.pages && memcmp(a.file_id, b.file_id, 16) != 0,
	    "new file_id and epoch, seq goes on");
	ok(faccessat(h->fd, NAME ".next-wal", F_OK, 0) < 0 && faccessat(h->fd, NAME ".next-shm", F_OK, 0) < 0,
	    "with nothing beside it");
	ok(db_open(h->fd, NAME ".next", LK, 0, &n, &e) == E_KEY, "the old key does not open it");
	ok(renameat(h->fd, NAME ".next", h->fd, NAME) == 0 && !db_same_file(d),
	    "the handle notices that the file was replaced");
	db_close(&d);
	ok(db_open(h->fd, NAME, NEW, 0, &n, &e) == OK && (after = digest(n, &e)) == before && before != 0,
	    "the new key does, with all rows");
	db_close(&n);
	make_store(h, 50, 300);
	d = must_open(h, 0);
	n = must_open(h, DB_READ);
	ok(sql_prepare(n, "SELECT id FROM t", &q, &e) == OK && sql_step(&q, &row, &e) == OK && row, "a reader reads");
	must_exec(d, "DELETE FROM t WHERE id = 3");
	ok(db_reencrypt(d, NAME ".next", NEW, 2, 0, &e) == E_BUSY && faccessat(h->fd, NAME ".next", F_OK, 0) < 0,
	    "a reader in its transaction: busy, and nothing is left");
	sql_end(&q);
	db_close(&n);
	db_close(&d);
}

/* A wrong answer of the child is its exit status. */
static int
read_only_child(const struct home *h)
{
	struct err e = { 0 };
	enum rc rc;
	struct db *d = NULL;

	if (geteuid() == 0 && (fchmod(h->fd, 0755) < 0 || fchmodat(h->fd, NAME, 0644, 0) < 0 || seteuid(65534) < 0))
		return 1;
	if (geteuid() != 65534 && fchmod(h->fd, 0500) < 0)
		return 2;
	if ((rc = db_open(h->fd, NAME, LK, 0, &d, &e)) != E_SYS)
		return 3;
	if ((d = reopen(h, DB_READ, &rc, &e)) == NULL || digest(d, &e) == 0)
		return 4;
	if (sql_exec(d, "DELETE FROM t", &e) != E_SYS || db_verify(d, NULL, NULL, &e) != OK ||
	    db_set_epoch(d, 9, &e) != E_SYS)
		return 5;
	db_close(&d);
	return 0;
}

static void
test_read_only(const struct home *h)
{
	struct err e = { 0 };
	struct db *d;
	pid_t pid;
	int s;

	make_store(h, 50, 100);
	d = must_open(h, DB_READ);
	ok(digest(d, &e) != 0 && sql_exec(d, "DELETE FROM t", &e) == E_SYS &&
		sql_exec(d, "CREATE TABLE x(a)", &e) == E_SYS,
	    "DB_READ reads and does not write");
	db_close(&d);
	(void)fflush(stdout);
	if ((pid = fork()) == 0)
		_exit(read_only_child(h));
	s = child_status(pid);
	ok(s == 0, "a directory that cannot be written: reading works, writing says so (%d)", s);
	(void)fchmod(h->fd, 0700);
}

static void
test_fork(const struct home *h)
{
	struct err e = { 0 };
	struct db *d, *x = NULL;
	pid_t pid;

	make_store(h, 50, 100);
	d = must_open(h, 0);
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		bool refused = sql_exec(d, "SELECT * FROM t", &e) != OK &&
			       db_open(h->fd, NAME, LK, 0, &x, &e) == E_FAILED && !mem_mine();

		_exit(refused ? 0 : 1);
	}
	ok(child_status(pid) == 0, "a child cannot use the handle of its parent");
	ok(digest(d, &e) != 0, "the parent can go on");
	db_close(&d);
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		x = reopen(h, 0, &e.rc, &e);
		_exit(x != NULL && digest(x, &e) != 0 ? 0 : 1);
	}
	ok(child_status(pid) == 0, "a child of a process without an open store starts anew");
}

static void
test_memory(const struct home *h)
{
	const sqlite3_mem_methods *m = mem_methods();
	unsigned char *p[200] = { 0 };
	size_t before, used;
	uint64_t r = 1;
	bool dirty = false, kept = true;
	struct err e = { 0 };
	struct db *d;
	int64_t n;

	before = mem_used();
	for (int i = 0; i < 40000; i++) {
		size_t k = (size_t)((r = r * 6364136223846793005u + 1442695040888963407u) >> 33) % COUNTOF(p);
		int size = (int)((r >> 20) % (r & 64 ? 9000 : 200)) + 1;

		if (p[k] == NULL) {
			p[k] = m->xMalloc(size);
			for (int j = 0; j < m->xSize(p[k]); j++)
				dirty |= p[k][j] != 0;
			memset(p[k], (int)k + 1, (size_t)m->xSize(p[k]));
		} else if (r & 128) {
			int old = m->xSize(p[k]);

			p[k] = m->xRealloc(p[k], m->xRoundup(size));
			for (int j = 0; j < old && j < size; j++)
				kept &= p[k][j] == (unsigned char)(k + 1);
			memset(p[k], (int)k + 1, (size_t)m->xSize(p[k]));
		} else {
			m->xFree(p[k]);
			p[k] = NULL;
		}
	}
	used = mem_used();
	for (size_t i = 0; i < COUNTOF(p); i++)
		m->xFree(p[i]);
	ok(!dirty, "memory that comes back is wiped");
	ok(kept, "what was written stays through reallocation");
	ok(used > before && mem_used() == before, "all of it is given back");
	ok(m->xMalloc(INT32_MAX - 100) == NULL, "more than there is: no memory");
	make_store(h, 50, 100);
	d = must_open(h, 0);
	ok(sql_get_int(d, "SELECT length(replace(hex(zeroblob(400000000)), '0', '0123456789'))", &n, &e) != OK,
	    "a statement that wants too much");
	ok(e.rc == E_NOMEM || e.rc == E_RANGE, "gets an error (%d)", (int)e.rc);
	ok(digest(d, &e) != 0, "and the handle lives on");
	db_close(&d);
}

int
main(void)
{
	struct home h = home_new();
	struct err e = { 0 };

	ok(db_init(&e) == OK && db_init(&e) == OK, "SQLite starts, once");
	test_create(&h);
	test_refused_files(&h);
	test_refused_sql(&h);
	test_refused_opens(&h);
	test_gaps(&h);
	test_no_plaintext(&h);
	test_verify_large(&h);
	test_epoch(&h);
	test_reencrypt(&h);
	test_read_only(&h);
	test_fork(&h);
	test_memory(&h);
	home_free(&h);
	return tap_done();
}
