/* store/db_copy.c: stores made or read page by page: creation, re-encryption, verification. See db.h. */
#include "base/io.h"
#include "store/db_int.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK 64u                           /* pages a write */
#define WAIT_MS 2000

/* Page pgno as plaintext (4096 bytes). */
typedef enum rc page_source(void *arg, uint32_t pgno, unsigned char *m, struct err *e);

/* All pages, sealed anew; *sum is their set hash. m: a page of plaintext, buf: CHUNK pages of ciphertext. */
static enum rc
write_pages(int fd, struct dbkeys *k, uint32_t pages, page_source *next, void *arg, unsigned char *m,
    unsigned char *buf, struct sethash *sum, struct err *e)
{
	uint32_t have = 0;
	enum rc rc;

	for (uint32_t n = 1; n <= pages; n++) {
		unsigned char *to = buf + (size_t)have * DB_PAGE;

		if ((rc = next(arg, n, m, e)) != OK)
			return rc;
		dbpage_seal(to, m, n, k);
		sethash_add(sum, k, n, to + DB_USABLE);
		if (++have < CHUNK && n < pages)
			continue;
		if ((rc = io_pwrite(fd, buf, (size_t)have * DB_PAGE, dbpage_at(n - have + 1), e)) != OK)
			return rc;
		have = 0;
	}
	return OK;
}

static enum rc
write_headers(int fd, struct dbkeys *k, const struct dbhdr *h, struct err *e)
{
	unsigned char both[DB_IMAGE];

	memset(both, 0, sizeof both);
	dbhdr_build(both + SLOT_AT(0), h, k, false);
	dbhdr_build(both + SLOT_AT(1), h, k, true);
	return io_pwrite(fd, both, sizeof both, 0, e);
}

static enum rc
write_file(int fd, const unsigned char lk[32], struct dbhdr *h, page_source *next, void *arg, bool loose,
    struct err *e)
{
	AUTO(auto_free) unsigned char *buf = malloc((size_t)CHUNK * DB_PAGE);
	SECRET m = { 0 };
	unsigned char file_id[16];
	struct dbkeys k;
	enum rc rc;

	if (buf == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	random_bytes(file_id, sizeof file_id);
	if ((rc = secret_alloc(&m, DB_PAGE, e)) != OK || (rc = dbkeys_new(&k, lk, file_id, e)) != OK)
		return rc;
	memset(&h->sum, 0, sizeof h->sum);
	if ((rc = write_pages(fd, &k, h->pages, next, arg, m.bytes, buf, &h->sum, e)) == OK &&
	    (rc = write_headers(fd, &k, h, e)) == OK && !loose)
		rc = io_fsync(fd, e);
	dbkeys_free(&k);
	return rc;
}

/* A new file NAME, complete and (unless loose) on disk; nothing of that name stays after a failure. */
static enum rc
make_file(int dirfd, const char *name, const unsigned char lk[32], struct dbhdr *h, page_source *next, void *arg,
    bool loose, struct err *e)
{
	AUTO(auto_close) int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	AUTO(auto_close) int dir = -1;
	enum rc rc;

	if (fd < 0)
		return err_sys(e, errno == EEXIST ? E_EXISTS : E_SYS, N_("cannot create %s"), name);
	rc = write_file(fd, lk, h, next, arg, loose, e);
	/* dirfd may be O_PATH, which cannot be synced. */
	if (rc == OK && !loose && (dir = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		rc = err_sys(e, E_SYS, N_("cannot create %s"), name);
	if (rc == OK && !loose)
		rc = io_fsync_dir(dir, e);
	if (rc != OK)
		(void)unlinkat(dirfd, name, 0);         /* the failure before is the one to report */
	return rc;
}

static enum rc
first_page(void *arg, uint32_t pgno, unsigned char *m, struct err *e)
{
	(void)arg;
	(void)pgno;
	(void)e;
	dbpage_first(m);
	return OK;
}

enum rc
db_create(int dirfd, const char *name, const unsigned char lk[32], uint64_t epoch, unsigned flags,
    struct err *e)
{
	struct dbhdr h = { .epoch = epoch, .seq = 1, .pages = 1 };
	enum rc rc = crypto_start(e);

	return rc != OK ? rc : make_file(dirfd, name, lk, &h, first_page, NULL, (flags & DB_LOOSE) != 0, e);
}

/* ---- re-encryption ---- */

struct old { struct db *d; struct sethash sum; };

static enum rc
old_page(void *arg, uint32_t pgno, unsigned char *m, struct err *e)
{
	struct old *o = arg;
	enum rc rc = db_err(o->d, vfs_read_page(&o->d->v, pgno, m), e);

	if (rc == OK)
		sethash_add(&o->sum, &o->d->v.keys, pgno, o->d->v.ct + DB_USABLE);
	return rc;
}

static enum rc
quick_check(struct db *d, struct err *e)
{
	sqlite3_stmt *q = NULL;
	int rc;
	const char *said;
	enum rc out;

	d->v.io_errno = 0;
	rc = sqlite3_prepare_v2(d->sql, "PRAGMA quick_check(1)", -1, &q, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(q);
	said = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(q, 0) : NULL;
	if (rc == SQLITE_ROW && said != NULL && strcmp(said, "ok") == 0)
		out = OK;
	else if (rc == SQLITE_ROW && d->v.io_errno != 0)
		out = (errno = d->v.io_errno, err_sys(e, E_SYS, N_("cannot read %s"), d->name));
	else if (rc == SQLITE_ROW && !d->v.poisoned)
		out = err_set(e, E_DAMAGED, N_("%s is damaged: %s"), d->name, said != NULL ? said : "?");
	else
		out = db_err(d, rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, e);
	(void)sqlite3_finalize(q);
	return out;
}

/* The new file read back with the new key: every page, the set hash, the structure. */
static enum rc
check_copy(struct db *d, const char *next, const unsigned char new_lk[32], struct err *e)
{
	AUTO(db_close) struct db *n = NULL;
	enum rc rc = db_open(d->dir, next, new_lk, DB_READ | DB_QUIET, &n, e);

	return rc == OK ? db_verify(n, NULL, NULL, e) : rc;
}

static enum rc
copy_all(struct db *d, const char *next, const unsigned char new_lk[32], uint64_t new_epoch, bool loose, struct err *e)
{
	struct old o = { .d = d };
	struct dbhdr h;
	bool odd;
	enum rc rc;

	if ((rc = db_err(d, vfs_read_slots(&d->v), e)) != OK)
		return rc;
	h = d->v.slots.h;
	if (h.running)
		return err_set(e, E_BUSY, N_("another purser is using the store"));
	if ((rc = db_err(d, vfs_file_pages(&d->v, &h.pages, &odd), e)) != OK)
		return rc;
	h.epoch = new_epoch;
	h.seq++;
	if ((rc = make_file(d->dir, next, new_lk, &h, old_page, &o, loose, e)) != OK)
		return rc;
	/* Pages of another time must not be carried over into a file that looks whole. */
	if (!sethash_same(&o.sum, &d->v.slots.h.sum)) {
		d->v.bad_sum = true;
		rc = db_err(d, vfs_damaged(&d->v, 0, 0, NULL, 0), e);
	} else {
		rc = check_copy(d, next, new_lk, e);
	}
	if (rc != OK)
		(void)unlinkat(d->dir, next, 0);
	return rc;
}

enum rc
db_reencrypt(struct db *d, const char *next, const unsigned char new_lk[32], uint64_t new_epoch, unsigned flags,
    struct err *e)
{
	enum rc rc;
	int r;

	if ((rc = db_checkpoint(d, true, WAIT_MS, e)) != OK)
		return rc;
	if ((r = vfs_lock_ckpt(&d->v, true)) != SQLITE_OK)
		return db_err(d, r, e);
	rc = copy_all(d, next, new_lk, new_epoch, (flags & DB_LOOSE) != 0, e);
	vfs_unlock_ckpt(&d->v, true);
	return rc;
}

/* ---- verification ---- */

static enum rc
all_pages(struct db *d, bool (*progress)(void *, uint32_t, uint32_t), void *arg, struct err *e)
{
	SECRET m = { 0 };
	uint32_t pages;
	bool odd;
	enum rc rc;

	if ((rc = secret_alloc(&m, DB_PAGE, e)) != OK || (rc = db_err(d, vfs_file_pages(&d->v, &pages, &odd), e)) != OK)
		return rc;
	for (uint32_t n = 1; n <= pages; n++) {
		if ((rc = db_err(d, vfs_read_page(&d->v, n, m.bytes), e)) != OK)
			return rc;
		if (progress != NULL && n % CHUNK == 0 && !progress(arg, n, pages))
			return err_set(e, E_INTERRUPTED, N_("interrupted"));
	}
	return OK;
}

enum rc
db_verify(struct db *d, bool (*progress)(void *, uint32_t, uint32_t), void *arg, struct err *e)
{
	enum rc rc = OK;
	int r = SQLITE_OK;

	/* What a checkpoint left half done has no set hash: finish it, as far as readers allow. */
	if (!d->v.immutable && d->v.slots.h.running)
		rc = db_checkpoint(d, false, 0, e);
	if (rc == OK)
		rc = db_fresh(d, e);
	if (rc != OK)
		return rc;
	if (!d->v.immutable && (r = vfs_lock_ckpt(&d->v, false)) != SQLITE_OK)
		return db_err(d, r, e);
	rc = all_pages(d, progress, arg, e);
	if (!d->v.immutable)
		vfs_unlock_ckpt(&d->v, false);
	return rc == OK ? quick_check(d, e) : rc;
}

enum rc
db_bad_pages(struct db *d, bool (*progress)(void *, uint32_t, uint32_t), void *arg, uint32_t *bad, size_t max, uint32_t *n,
    uint32_t *pages, struct err *e)
{
	SECRET m = { 0 };
	uint32_t found = 0;
	bool odd;
	enum rc rc;
	int r;

	if ((rc = secret_alloc(&m, DB_PAGE, e)) != OK || (rc = db_err(d, vfs_file_pages(&d->v, pages, &odd), e)) != OK)
		return rc;
	for (uint32_t p = 1; p <= *pages; p++) {
		if ((r = vfs_read_page(&d->v, p, m.bytes)) == SQLITE_IOERR_DATA) {
			if (found < max)
				bad[found] = p;
			found++;
		} else if (r != SQLITE_OK) {
			return db_err(d, r, e);
		}
		if (progress != NULL && p % CHUNK == 0 && !progress(arg, p, *pages))
			return err_set(e, E_INTERRUPTED, N_("interrupted"));
	}
	*n = found;
	return OK;
}
