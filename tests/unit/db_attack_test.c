/*
 * tests/unit/db_attack_test.c: someone without the key has written to the files. Every result is a clean error or the
 * unharmed content, never another value.
 */
#include "store/db_int.h"
#include "tests/unit/dbtest.h"

#define PAGE_AT(n) (8192 + ((size_t)(n) - 1) * 4096)

static bool
clean_error(enum rc rc)
{
	return rc == E_DAMAGED || rc == E_KEY;
}

/* ---- one byte ---- */

/* A store with a log that was not emptied, as a power failure leaves it: both files as bytes. */
struct image { struct buf db, wal; };

static void
image_put(const struct home *h, const struct image *m)
{
	home_clear(h);
	file_put(h, NAME, m->db.p, m->db.len);
	if (m->wal.len > 0)
		file_put(h, WAL, m->wal.p, m->wal.len);
}

static struct image
image_get(const struct home *h)
{
	return (struct image){ file_get(h, NAME), file_get(h, WAL) };
}

static void
image_free(struct image *m)
{
	buf_free(&m->db);
	buf_free(&m->wal);
}

/* Flip one bit of every byte (of the unused rest of the headers: of every 61st) and read everything. */
static void
flips(const struct home *h, unsigned flags, uint64_t right, size_t every, const char *what)
{
	BUF b = file_get(h, NAME);
	int errors = 0, same = 0, wrong = 0, other = 0;
	unsigned luck = 7;
	struct err e;
	enum rc rc;

	for (size_t i = 0; i < b.len; i++) {
		unsigned char x;
		uint64_t got;

		if (i % every != 0 || (i < 8192 && i % 4096 >= 200 && i % 61 != 0))
			continue;
		luck = luck * 1103515245u + 12345u;
		x = (unsigned char)((unsigned char)b.p[i] ^ (1u << (luck >> 16 & 7)));
		file_patch(h, NAME, i, &x, 1);
		got = digest_closed(h, flags | DB_READ, &rc, &e);
		if (got == 0 && clean_error(rc))
			errors++;
		else if (got == 0)
			other++;
		else if (got == right)
			same++;
		else
			wrong++;
		if (got == 0 && !clean_error(rc) && other < 4)
			printf("# byte %zu: %d %s\n", i, (int)rc, e.what);
		file_patch(h, NAME, i, b.p + i, 1);
	}
	ok(wrong == 0 && other == 0 && errors > 0, "%s: %d clean errors, %d unharmed, %d wrong values, %d other errors",
	    what, errors, same, wrong, other);
}

static void
test_flips(const struct home *h)
{
	struct err e;
	enum rc rc;
	uint64_t right;

	make_store(h, 12, 100);
	right = digest_closed(h, 0, &rc, &e);
	flips(h, 0, right, 1, "every byte of a store");
	flips(h, DB_TRUST, right, 7, "every seventh, without the set hash check at open");
	ok(digest_closed(h, 0, &rc, &e) == right, "all put back: it is whole");
}

/* As digest_closed(), and the log stays as it is. */
static uint64_t
digest_kept(const struct home *h, enum rc *rc, struct err *e)
{
	struct db *d = reopen(h, DB_READ, rc, e);
	uint64_t x = 0;

	if (d != NULL) {
		(void)sqlite3_db_config(db_sql(d), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		if ((x = digest(d, e)) == 0)
			*rc = e->rc;
	}
	db_close(&d);
	return x;
}

static void
test_wal_flips(const struct home *h)
{
	uint64_t right[3];
	int errors = 0, known = 0, wrong = 0;
	struct err e = { 0 };
	struct image m;
	struct db *d;
	enum rc rc;

	make_store(h, 12, 100);
	d = must_open(h, 0);
	right[0] = digest(d, &e);
	must_exec(d, "UPDATE t SET v = 'one ' || v WHERE id < 4");
	right[1] = digest(d, &e);
	must_exec(d, "UPDATE t SET v = 'two ' || v WHERE id < 6");
	right[2] = digest(d, &e);
	/* Copied while it is open, through descriptors that stay open: closing one would drop the locks of this
	 * process. */
	m = image_get(h);
	db_close(&d);
	image_put(h, &m);
	ok(digest_closed(h, 0, &rc, &e) == right[2], "a log left behind is read");
	image_put(h, &m);
	for (size_t i = 0; i < m.wal.len; i++) {
		char x = (char)(m.wal.p[i] ^ (1 << (i * 5 % 8)));
		uint64_t got;

		file_patch(h, WAL, i, &x, 1);
		got = digest_kept(h, &rc, &e);
		file_patch(h, WAL, i, m.wal.p + i, 1);
		if (got == 0)
			errors += clean_error(rc) ? 1 : 1000;
		else if (got == right[0] || got == right[1] || got == right[2])
			known++;
		else
			wrong++;
	}
	ok(digest_kept(h, &rc, &e) == right[2], "all put back: it is read as before");
	ok(wrong == 0 && errors < 1000 && known > 0,
	    "every byte of a log: %d errors, %d times one of the commits, %d wrong", errors, known, wrong);
	image_free(&m);
}

/* ---- pages ---- */

static void
expect_damaged(const struct home *h, const char *what)
{
	struct err e;
	enum rc rc;
	uint64_t got = digest_closed(h, 0, &rc, &e);

	if (!ok(got == 0 && rc == E_DAMAGED, "%s is damage", what))
		printf("# got %d: %s\n", (int)rc, e.what);
}

static void
test_pages(const struct home *h)
{
	static const char zeros[4096];
	struct err e;
	struct image whole;
	struct db *d;
	enum rc rc;
	uint64_t right, got;

	make_store(h, 40, 400);
	right = digest_closed(h, 0, &rc, &e);
	whole = image_get(h);
	file_patch(h, NAME, PAGE_AT(3), whole.db.p + PAGE_AT(4), 4096);
	expect_damaged(h, "a page copied over another");
	file_patch(h, NAME, PAGE_AT(4), whole.db.p + PAGE_AT(3), 4096);
	expect_damaged(h, "two pages swapped");
	got = digest_closed(h, DB_TRUST, &rc, &e);
	ok(got == 0 && rc == E_DAMAGED && strstr(e.what, "page") != NULL, "and without the set hash too (%s)", e.what);
	image_put(h, &whole);
	file_patch(h, NAME, PAGE_AT(2), zeros, 4096);
	expect_damaged(h, "a page of zeros");
	got = digest_closed(h, DB_TRUST, &rc, &e);
	ok(got == 0 && rc == E_DAMAGED && strstr(e.what, "page 2") != NULL, "named by its number (%s)", e.what);
	image_put(h, &whole);
	for (size_t cut = 1; cut < whole.db.len; cut = cut * 3 + 4000) {
		file_put(h, NAME, whole.db.p, whole.db.len - cut);
		got = digest_closed(h, 0, &rc, &e);
		ok(got == 0 && clean_error(rc), "cut by %zu bytes: %s", cut, e.what);
		image_put(h, &whole);
	}
	file_put(h, NAME, whole.db.p, whole.db.len);
	{
		int fd = openat(h->fd, NAME, O_WRONLY | O_APPEND | O_CLOEXEC);

		(void)(io_write(fd, zeros, sizeof zeros, &e) == OK);
		(void)close(fd);
	}
	expect_damaged(h, "a page too many");
	image_put(h, &whole);
	d = must_open(h, 0);
	ok(digest(d, &e) == right, "put back, it is whole");
	db_close(&d);
	image_free(&whole);
}

static void
test_other_file(const struct home *h)
{
	struct image a, b;
	struct err e;
	enum rc rc;

	make_store(h, 40, 400);
	a = image_get(h);
	make_store(h, 40, 400);
	b = image_get(h);
	file_patch(h, NAME, PAGE_AT(3), a.db.p + PAGE_AT(3), 4096);
	expect_damaged(h, "a page of another store under the same key");
	ok(digest_closed(h, DB_TRUST, &rc, &e) == 0 && rc == E_DAMAGED && strstr(e.what, "page 3") != NULL,
	    "and without the set hash too");
	image_put(h, &b);
	file_patch(h, NAME, 0, a.db.p, 8192);
	expect_damaged(h, "the headers of another store");
	image_put(h, &b);
	{
		BUF c = { 0 };

		buf_add(&c, a.db.p, a.db.len);
		for (size_t i = 0; i < 2; i++)
			memcpy(c.p + 4096 * i + 16, b.db.p + 16, 16);
		file_put(h, NAME, c.p, c.len);
	}
	ok(digest_closed(h, 0, &rc, &e) == 0 && rc == E_KEY, "headers with another file_id do not verify");
	image_free(&a);
	image_free(&b);
}

/* With the other header gone, every byte of a header counts. */
static void
test_header_bytes(const struct home *h)
{
	struct image whole;
	struct db_info info;
	struct err e;
	enum rc rc;
	int taken = 0;

	make_store(h, 12, 100);
	whole = image_get(h);
	for (int slot = 0; slot < 2; slot++) {
		size_t at = (size_t)slot * 4096;

		file_patch(h, NAME, 4096 - at, "gone", 4);
		ok(digest_closed(h, 0, &rc, &e) != 0, "one header is enough");
		image_put(h, &whole);
		file_patch(h, NAME, 4096 - at, "gone", 4);
		for (size_t i = 0; i < 200; i++) {
			char x = (char)(whole.db.p[at + i] ^ 4);

			file_patch(h, NAME, at + i, &x, 1);
			taken += db_peek(h->fd, NAME, LK, &info, &e) == OK;
			file_patch(h, NAME, at + i, whole.db.p + at + i, 1);
		}
		image_put(h, &whole);
	}
	ok(taken == 0, "and no byte of it can be changed (%d)", taken);
	image_free(&whole);
}

/* Cut while it is open: what was a page is not zeros now. */
static void
test_cut_open(const struct home *h)
{
	struct err e = { 0 };
	struct db *d;
	int fd;

	make_store(h, 200, 400);
	d = must_open(h, 0);
	/* With something in the log SQLite knows the number of pages from there and does not look at the file's
	 * length. */
	must_exec(d, "UPDATE t SET v = v || 'x' WHERE id = 1");
	fd = openat(h->fd, NAME, O_RDWR | O_CLOEXEC);
	ok(ftruncate(fd, (off_t)PAGE_AT(6)) == 0 && digest(d, &e) == 0 && e.rc == E_DAMAGED &&
		strstr(e.what, "page") != NULL,
	    "cut while it is open: damage, not zeros (%s)", e.what);
	db_close(&d);
	(void)close(fd);
}

/* A page that is written twice in one transaction is written in place, and all frames after it get new checksums:
 * SQLite reads them back for that. */
static void
test_rewritten_frames(const struct home *h)
{
	struct err e = { 0 };
	struct db *d;
	char was[100], bad[100] = { 0 };
	size_t got;
	int fd;

	for (int tamper = 0; tamper < 2; tamper++) {
		make_store(h, 60, 400);
		d = must_open(h, 0);
		must_exec(d, "BEGIN; UPDATE t SET v = 'first ' || v");
		if (sqlite3_db_cacheflush(db_sql(d)) != SQLITE_OK)
			abort();
		fd = openat(h->fd, WAL, O_RDWR | O_CLOEXEC);
		if (io_pread(fd, was, sizeof was, 32 + 5 * 4120 + 500, &got, &e) != OK || got != sizeof was ||
		    (tamper && io_pwrite(fd, bad, sizeof bad, 32 + 5 * 4120 + 500, &e) != OK))
			abort();
		must_exec(d, "UPDATE t SET v = 'second ' || v WHERE id < 9");
		(void)sqlite3_db_cacheflush(db_sql(d));
		if (tamper) {
			ok(sql_exec(d, "COMMIT", &e) == E_DAMAGED,
			    "a frame altered in the middle of a transaction is not summed up anew (%s)", e.what);
		} else {
			struct image m;
			uint64_t right = 0;
			enum rc rc;

			ok(sql_exec(d, "COMMIT", &e) == OK && (right = digest(d, &e)) != 0,
			    "pages written twice in one transaction (%s)", e.what);
			m = image_get(h);
			db_close(&d);
			image_put(h, &m);
			ok(digest_closed(h, 0, &rc, &e) == right, "and recovered from the log");
			image_free(&m);
		}
		db_close(&d);
		(void)close(fd);
	}
}

/* Older versions of pages are authentic; only the set hash knows better. */
static void
test_rollback(const struct home *h)
{
	struct image old, now;
	struct err e;
	enum rc rc;
	struct db *d;
	size_t tried = 0, caught = 0;
	uint32_t some = 0;

	make_store(h, 200, 400);
	old = image_get(h);
	must_exec(d = must_open(h, 0), "UPDATE t SET v = 'new ' || v");
	db_close(&d);
	now = image_get(h);
	ok(old.db.len > PAGE_AT(9) && now.db.len >= old.db.len, "two times of one store");
	for (uint32_t n = 1; PAGE_AT(n) < old.db.len; n++) {
		if (memcmp(old.db.p + PAGE_AT(n), now.db.p + PAGE_AT(n), 4096) == 0)
			continue;
		file_patch(h, NAME, PAGE_AT(n), old.db.p + PAGE_AT(n), 4096);
		tried++;
		some = n;
		caught += digest_closed(h, 0, &rc, &e) == 0 && rc == E_DAMAGED;
		file_patch(h, NAME, PAGE_AT(n), now.db.p + PAGE_AT(n), 4096);
	}
	ok(tried > 5 && caught == tried, "an older page put back: %zu of %zu caught", caught, tried);
	file_patch(h, NAME, PAGE_AT(some), old.db.p + PAGE_AT(some), 4096);
	d = must_open(h, DB_TRUST);
	ok(db_reencrypt(d, NAME ".next", LK, 2, 0, &e) == E_DAMAGED && faccessat(h->fd, NAME ".next", F_OK, 0) < 0,
	    "nor is it carried over into a new file");
	db_close(&d);
	image_put(h, &now);
	file_patch(h, NAME, PAGE_AT(1), old.db.p + PAGE_AT(1), old.db.len - PAGE_AT(1));
	expect_damaged(h, "all pages of another time");
	image_put(h, &now);
	for (int slot = 0; slot < 2; slot++) {
		file_patch(h, NAME, (size_t)slot * 4096 + 50, "spoilt", 6);
		ok(digest_closed(h, 0, &rc, &e) != 0, "one spoilt header: the other one counts");
		image_put(h, &now);
		file_patch(h, NAME, (size_t)slot * 4096 + 50, "spoilt", 6);
		file_patch(h, NAME, PAGE_AT(some), old.db.p + PAGE_AT(some), 4096);
		expect_damaged(h, "an older page beside a spoilt header");
		image_put(h, &now);
		file_patch(h, NAME, (size_t)slot * 4096 + 50, "spoilt", 6);
		must_exec(d = must_open(h, 0), "UPDATE t SET v = 'y' || v WHERE id = 1");
		db_close(&d);
		file_patch(h, NAME, (size_t)(1 - slot) * 4096 + 50, "spoilt", 6);
		ok(digest_closed(h, 0, &rc, &e) != 0, "and it is repaired by the next checkpoint");
		image_put(h, &now);
	}
	file_patch(h, NAME, 50, "spoilt", 6);
	file_patch(h, NAME, 4096 + 50, "spoilt", 6);
	ok(digest_closed(h, 0, &rc, &e) == 0 && rc == E_KEY, "both spoilt: refused");
	image_free(&old);
	image_free(&now);
}

/* ---- the log ---- */

/* Take the power at a moment when a checkpoint was begun and could not finish. */
static struct image
half_checkpointed(const struct home *h, uint64_t *first, uint64_t *right, struct image *older)
{
	struct err e = { 0 };
	struct db *d, *reader;
	struct image m;

	make_store(h, 60, 400);
	d = must_open(h, 0);
	must_exec(d, "UPDATE t SET v = 'log of before ' || v");
	*older = image_get(h);
	if (db_checkpoint(d, true, 0, &e) != OK)
		abort();
	must_exec(d, "UPDATE t SET v = '1' || v WHERE id < 30");
	*first = digest(d, &e);
	reader = must_open(h, DB_READ);
	must_exec(reader, "BEGIN; SELECT count(*) FROM t");
	must_exec(d, "UPDATE t SET v = '2' || v WHERE id > 20");
	if (db_checkpoint(d, false, 0, &e) != OK)
		abort();
	*right = digest(d, &e);
	m = image_get(h);
	db_close(&reader);
	db_close(&d);
	return m;
}

static void
test_flagged(const struct home *h)
{
	struct image m, older;
	struct db_info info = { .running = false };
	uint64_t first, right, got;
	struct err e;
	enum rc rc;
	struct db *d;
	size_t frames, refused = 0, accepted = 0;

	m = half_checkpointed(h, &first, &right, &older);
	image_put(h, &m);
	ok(db_peek(h->fd, NAME, LK, &info, &e) == OK && info.running, "a checkpoint is under way when the power fails");
	ok(digest_closed(h, 0, &rc, &e) == right, "it is taken up again (%s)", e.what);
	ok(db_peek(h->fd, NAME, LK, &info, &e) == OK && !info.running, "and finished");
	d = must_open(h, 0);
	ok(db_verify(d, NULL, NULL, &e) == OK, "with the right set hash");
	db_close(&d);
	image_put(h, &m);
	(void)unlinkat(h->fd, WAL, 0);
	expect_damaged(h, "a log that is missing while the checkpoint needs it");
	ok(faccessat(h->fd, WAL, F_OK, 0) < 0, "and nothing was made in its place");
	file_put(h, WAL, "", 0);
	expect_damaged(h, "an empty one");
	file_put(h, WAL, older.wal.p, older.wal.len);
	expect_damaged(h, "the log of an earlier time");
	frames = (m.wal.len - 32) / 4120;
	for (size_t keep = 0; keep < frames; keep++) {
		image_put(h, &m);
		file_put(h, WAL, m.wal.p, 32 + keep * 4120);
		got = digest_closed(h, 0, &rc, &e);
		refused += got == 0 && rc == E_DAMAGED;
		accepted += got == first || got == right;
	}
	ok(refused > 0 && accepted > 0 && refused + accepted == frames,
	    "cut short: refused for %zu of %zu lengths, an older commit for %zu", refused, frames, accepted);
	image_free(&m);
	image_free(&older);
}

/* A frame of an earlier log, put back at its own place while readers are there, and checkpointed by them. */
static void
test_old_frame(const struct home *h)
{
	struct err e = { 0 };
	struct db *d, *r;
	struct image was;
	enum rc rc;
	uint64_t right, seen;
	int fd, caught = 0, tried = 0, harmless = 0;

	make_store(h, 60, 400);
	d = must_open(h, 0);
	must_exec(d, "UPDATE t SET v = 'aaa ' || v");
	was = image_get(h);
	if (db_checkpoint(d, true, 0, &e) != OK)
		abort();
	must_exec(d, "UPDATE t SET v = 'bbb ' || v");
	right = digest(d, &e);
	/* Never closed: that would drop this process's locks. */
	fd = openat(h->fd, WAL, O_RDWR | O_CLOEXEC);
	for (size_t n = 0; 32 + (n + 1) * 4120 <= was.wal.len && n < 12; n++) {
		off_t at = (off_t)(32 + n * 4120 + 24);
		char now[4096];
		size_t got;

		if (io_pread(fd, now, sizeof now, at, &got, &e) != OK || got < sizeof now)
			break;
		if (io_pwrite(fd, was.wal.p + at, 4096, at, &e) != OK)
			abort();
		tried++;
		r = reopen(h, DB_READ, &rc, &e);
		seen = r != NULL ? digest(r, &e) : 0;
		caught += seen == 0 && (r == NULL ? rc : e.rc) == E_DAMAGED;
		harmless += seen == right;              /* of a free page, which nobody reads */
		db_close(&r);
		if (io_pwrite(fd, now, sizeof now, at, &e) != OK)
			abort();
	}
	ok(tried > 5 && caught > tried / 2 && caught + harmless == tried,
	    "an older frame at its own place: %d of %d caught, %d not read", caught, tried, harmless);
	if (io_pwrite(fd, was.wal.p + 32 + 24, 4096, 32 + 24, &e) != OK)
		abort();
	ok(db_checkpoint(d, true, 0, &e) == E_DAMAGED && strstr(e.what, "frame 1") != NULL,
	    "a checkpoint does not take it either (%s)", e.what);
	db_close(&d);
	(void)close(fd);
	image_free(&was);
}

/* A journal that someone else wrote must not be rolled back into the store, nor keep it from opening. */
static void
test_planted(const struct home *h)
{
	struct err e;
	enum rc rc;
	uint64_t right;
	BUF b = { 0 };

	make_store(h, 40, 100);
	right = digest_closed(h, 0, &rc, &e);
	buf_add(&b, "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7\0\0\0\1", 12);
	for (int i = 0; i < 5000; i++)
		buf_addc(&b, 'x');
	file_put(h, NAME "-journal", b.p, b.len);
	ok(digest_closed(h, 0, &rc, &e) == right, "a planted rollback journal is not looked at");
	(void)unlinkat(h->fd, NAME "-journal", 0);
	file_put(h, WAL, b.p, b.len);
	ok(digest_closed(h, 0, &rc, &e) == right, "a planted log holds nothing");
	if (symlinkat("/etc/passwd", h->fd, WAL) == 0 || unlinkat(h->fd, WAL, 0) == 0) {
		(void)(symlinkat("target", h->fd, WAL) == 0);
		ok(digest_closed(h, 0, &rc, &e) == 0 && faccessat(h->fd, "target", F_OK, 0) < 0,
		    "a link in its place is not followed");
	}
}

int
main(void)
{
	struct home h = home_new();

	test_flips(&h);
	test_wal_flips(&h);
	test_pages(&h);
	test_other_file(&h);
	test_header_bytes(&h);
	test_cut_open(&h);
	test_rollback(&h);
	test_flagged(&h);
	test_old_frame(&h);
	test_rewritten_frames(&h);
	test_planted(&h);
	home_free(&h);
	return tap_done();
}
