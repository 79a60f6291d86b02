/* store/vfs.c: see vfs.h. The VFS itself and the database file. */
#include "store/vfs.h"

#include "store/mem.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define FIRST_TRIES 6                       /* reads of page 1 while another process may be writing it */

static sqlite3_vfs *system_vfs;             /* set once by vfs_hide_all() */

struct vfile *
vfile_of(sqlite3_file *f)
{
	return (struct vfile *)(void *)f;
}

int
vfs_damaged(struct dbvfs *v, uint32_t page, uint32_t frame, void *buf, size_t n)
{
	if (!v->poisoned) {
		v->poisoned = true;
		v->bad_page = page;
		v->bad_frame = frame;
	}
	if (buf != NULL)
		memset(buf, 0, n);
	return SQLITE_IOERR_DATA;
}

enum rc
vfs_damage_err(const struct dbvfs *v, struct err *e)
{
	if (v->bad_sum)
		(void)err_set(e, E_DAMAGED,
		    N_("store.db was altered: it is not what its header says (cut off, or pages of another time)"));
	else if (v->bad_frame > 0)
		(void)err_set(e, E_DAMAGED, N_("store.db-wal is damaged at frame %u"), v->bad_frame);
	else if (v->bad_page > 0)
		(void)err_set(e, E_DAMAGED, N_("store.db is damaged at page %u"), v->bad_page);
	else
		(void)err_set(e, E_DAMAGED, N_("store.db-wal is missing or cut off, and store.db needs it"));
	err_next(e, N_("restore the vault from a backup; purser verify says more"));
	return E_DAMAGED;
}

/* ---- header and pages ---- */

int
vfs_real_read(struct dbvfs *v, struct vfile *f, void *p, int n, int64_t at)
{
	int rc = f->real->pMethods->xRead(f->real, p, n, at);

	if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
		v->io_errno = errno != 0 ? errno : EIO;
	/* SQLite makes damage of this one. A disk that cannot be read is not a store that was altered. */
	return rc == SQLITE_IOERR_CORRUPTFS ? SQLITE_IOERR_READ : rc;
}

static int
real_read(struct dbvfs *v, void *p, int n, int64_t at)
{
	return vfs_real_read(v, v->db, p, n, at);
}

int
vfs_file_pages(struct dbvfs *v, uint32_t *pages, bool *odd)
{
	sqlite3_int64 size = 0;
	int rc = v->db->real->pMethods->xFileSize(v->db->real, &size);

	if (rc != SQLITE_OK)
		return rc;
	size = size > DB_IMAGE ? size - DB_IMAGE : 0;
	*odd = size % DB_PAGE != 0;
	*pages = size / DB_PAGE > UINT32_MAX ? UINT32_MAX : (uint32_t)(size / DB_PAGE);
	return SQLITE_OK;
}

static int
read_slot_bytes(struct dbvfs *v, unsigned char slots[2][SLOT_LEN])
{
	for (int i = 0; i < 2; i++) {
		int rc = real_read(v, slots[i], (int)SLOT_LEN, SLOT_AT(i));

		if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
			return rc;
	}
	return SQLITE_OK;
}

int
vfs_read_slots(struct dbvfs *v)
{
	unsigned char slots[2][SLOT_LEN];
	int rc = read_slot_bytes(v, slots);

	if (rc != SQLITE_OK)
		return rc;
	dbslots_judge(&v->slots, (const unsigned char (*)[SLOT_LEN])slots, &v->keys);
	if (v->slots.best < 0) {
		v->bad_sum = true;
		return vfs_damaged(v, 0, 0, NULL, 0);
	}
	if (v->slots.h.seq == v->synced_seq)
		v->slots.unsure = false;
	return SQLITE_OK;
}

int
vfs_sync(struct dbvfs *v, sqlite3_file *real, int flags)
{
	return v->loose ? SQLITE_OK : real->pMethods->xSync(real, flags);
}

int
vfs_put_header(struct dbvfs *v, const struct dbhdr *h)
{
	const sqlite3_io_methods *m = v->db->real->pMethods;
	unsigned char slot[SLOT_LEN];
	int rc, first = v->slots.first;

	if (v->slots.unsure && (rc = vfs_sync(v, v->db->real, SQLITE_SYNC_NORMAL)) != SQLITE_OK)
		return rc;
	dbhdr_build(slot, h, &v->keys, false);
	if ((rc = m->xWrite(v->db->real, slot, (int)SLOT_LEN, SLOT_AT(first))) != SQLITE_OK ||
	    (rc = vfs_sync(v, v->db->real, SQLITE_SYNC_NORMAL)) != SQLITE_OK)
		return rc;
	v->slots = (struct dbslots){ .h = *h, .best = first, .first = 1 - first };
	v->synced_seq = h->seq;
	if (h->running)
		return SQLITE_OK;
	dbhdr_build(slot, h, &v->keys, true);
	/* Should it fail, the header that counts is on disk all the same. */
	(void)m->xWrite(v->db->real, slot, (int)SLOT_LEN, SLOT_AT(1 - first));
	return SQLITE_OK;
}

/* The page is not in the file. Plain SQLite would take zeros; right only where no page was at the last checkpoint. */
static int
beyond_end(struct dbvfs *v, uint32_t pgno, bool *damaged)
{
	int rc = vfs_read_slots(v);

	*damaged = rc == SQLITE_OK && !v->slots.h.running && pgno <= v->slots.h.pages;
	return rc;
}

/* SHORT_READ: the page lies behind the end, rightly; *damaged: it does so wrongly, or is there in part only. */
static int
short_page(struct dbvfs *v, uint32_t pgno, bool *damaged)
{
	uint32_t pages;
	bool odd;
	int rc = vfs_file_pages(v, &pages, &odd);

	*damaged = rc == SQLITE_OK;
	if (rc == SQLITE_OK && pgno > pages + (odd ? 1u : 0u))
		rc = beyond_end(v, pgno, damaged);
	return rc == SQLITE_OK && !*damaged ? SQLITE_IOERR_SHORT_READ : rc;
}

int
vfs_read_page(struct dbvfs *v, uint32_t pgno, unsigned char *m)
{
	unsigned char seen[16] = { 0 }, now[16];

	for (int i = 0;; i++) {
		int rc = real_read(v, v->ct, DB_PAGE, dbpage_at(pgno)), tries = 0;
		bool damaged;

		if (rc == SQLITE_OK && dbpage_open(m, v->ct, pgno, &v->keys))
			return SQLITE_OK;
		if (rc == SQLITE_IOERR_SHORT_READ) {
			rc = short_page(v, pgno, &damaged);
			tries = 2;                      /* it may just have grown */
		}
		if (rc != SQLITE_OK) {
			memset(m, 0, DB_PAGE);
			return rc;
		}
		/* Before the WAL is open, but under a lock, another process may be writing page 1 while it is read
		 * here: read until it stays the same. Nothing else is tried twice. */
		if (pgno == 1 && v->wal == NULL && v->lock != SQLITE_LOCK_NONE) {
			hash128(now, v->ct, DB_PAGE);
			tries = i == 0 || memcmp(now, seen, sizeof now) != 0 ? FIRST_TRIES : tries;
			memcpy(seen, now, sizeof seen);
		}
		if (i >= tries)
			return vfs_damaged(v, pgno, 0, m, DB_PAGE);
		(void)nanosleep(&(struct timespec){ .tv_nsec = 300000 }, NULL);
	}
}

int
vfs_scan(struct dbvfs *v, uint32_t pages, struct sethash *sum)
{
	struct sethash s = { { 0 } };

	for (uint32_t n = 1; n <= pages; n++) {
		unsigned char trailer[DB_RESERVE];
		int rc = real_read(v, trailer, DB_RESERVE, dbpage_at(n) + DB_USABLE);

		if (rc == SQLITE_IOERR_SHORT_READ)
			return vfs_damaged(v, n, 0, NULL, 0);
		if (rc != SQLITE_OK)
			return rc;
		sethash_add(&s, &v->keys, n, trailer);
	}
	*sum = s;
	return SQLITE_OK;
}

/* ---- methods of the database file ---- */

int
vfile_close(sqlite3_file *f)
{
	struct vfile *x = vfile_of(f);
	int rc = x->real->pMethods != NULL ? x->real->pMethods->xClose(x->real) : SQLITE_OK;

	if (x->v->db == x)
		x->v->db = NULL;
	if (x->v->wal == x)
		x->v->wal = NULL;
	return rc;
}

/* A part of page 1. Reading the first 100 bytes is the first thing SQLite does, without any lock: whatever is wrong
 * with the page then comes out when it is read in earnest (store.md 2). */
static int
read_first(struct dbvfs *v, void *buf, int n, sqlite3_int64 at)
{
	unsigned char *m = sqlite3_malloc(DB_PAGE);
	bool was = v->poisoned;
	int rc;

	if (m == NULL)
		return SQLITE_IOERR_NOMEM;
	rc = vfs_read_page(v, 1, m);
	if (rc == SQLITE_IOERR_DATA && v->lock == SQLITE_LOCK_NONE) {
		v->poisoned = was;
		v->bad_page = was ? v->bad_page : 0;
		dbpage_first(m);
		rc = SQLITE_OK;
	}
	if (rc == SQLITE_OK)
		memcpy(buf, m + at, (size_t)n);
	else
		memset(buf, 0, (size_t)n);
	sqlite3_free(m);
	return rc;
}

static int
db_read(sqlite3_file *f, void *buf, int n, sqlite3_int64 at)
{
	struct dbvfs *v = vfile_of(f)->v;

	if (!mem_mine())
		return SQLITE_IOERR_READ;
	if (n == DB_PAGE && at % DB_PAGE == 0)
		return vfs_read_page(v, (uint32_t)(at / DB_PAGE) + 1, buf);
	if (n >= 0 && at >= 0 && at + n <= DB_PAGE)
		return read_first(v, buf, n, at);
	return SQLITE_IOERR_READ;
}

static int
db_write(sqlite3_file *f, const void *buf, int n, sqlite3_int64 at)
{
	struct dbvfs *v = vfile_of(f)->v;

	if (!mem_mine() || v->poisoned || n != DB_PAGE || at % DB_PAGE != 0)
		return SQLITE_IOERR_WRITE;
	return ckpt_write(v, buf, (uint32_t)(at / DB_PAGE) + 1);
}

static int
db_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct dbvfs *v = vfile_of(f)->v;

	if (!mem_mine() || v->poisoned || size % DB_PAGE != 0)
		return SQLITE_IOERR_TRUNCATE;
	return ckpt_truncate(v, (uint32_t)(size / DB_PAGE));
}

static int
db_sync(sqlite3_file *f, int flags)
{
	struct dbvfs *v = vfile_of(f)->v;

	return !mem_mine() || v->poisoned ? SQLITE_IOERR_FSYNC : ckpt_sync(v, flags);
}

static int
db_size(sqlite3_file *f, sqlite3_int64 *size)
{
	int rc = vfile_of(f)->real->pMethods->xFileSize(vfile_of(f)->real, size);

	*size = *size > DB_IMAGE ? *size - DB_IMAGE : 0;
	return rc;
}

static int
db_lock(sqlite3_file *f, int level)
{
	struct vfile *x = vfile_of(f);
	int rc = x->real->pMethods->xLock(x->real, level);

	if (rc == SQLITE_OK && level > x->v->lock)
		x->v->lock = level;
	return rc;
}

static int
db_unlock(sqlite3_file *f, int level)
{
	struct vfile *x = vfile_of(f);

	x->v->lock = level;
	return x->real->pMethods->xUnlock(x->real, level);
}

static int
db_reserved(sqlite3_file *f, int *out)
{
	return vfile_of(f)->real->pMethods->xCheckReservedLock(vfile_of(f)->real, out);
}

int
vfile_control(sqlite3_file *f, int op, void *arg)
{
	struct vfile *x = vfile_of(f);

	switch (op) {
	case SQLITE_FCNTL_CKPT_START:
		ckpt_start(x->v);
		return SQLITE_OK;
	case SQLITE_FCNTL_CKPT_DONE:
	case SQLITE_FCNTL_SIZE_HINT:
	case SQLITE_FCNTL_CHUNK_SIZE:
		return SQLITE_OK;
	case SQLITE_FCNTL_MMAP_SIZE:
		*(sqlite3_int64 *)arg = 0;
		return SQLITE_OK;
	case SQLITE_FCNTL_TEMPFILENAME:
	case SQLITE_FCNTL_VFSNAME:
		return SQLITE_NOTFOUND;
	default:
		return x->real->pMethods->xFileControl(x->real, op, arg);
	}
}

int
vfile_sector(sqlite3_file *f)
{
	(void)f;
	return DB_PAGE;
}

/* Powersafe overwrite stays: without it SQLite splits WAL writes at sectors. Nothing about atomic writes does. */
int
vfile_traits(sqlite3_file *f)
{
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE | (vfile_of(f)->v->immutable ? SQLITE_IOCAP_IMMUTABLE : 0);
}

static int
db_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **out)
{
	struct vfile *x = vfile_of(f);
	int rc = x->real->pMethods->xShmMap(x->real, region, size, extend, out);

	if (region == 0)
		x->v->shm = *out;
	return rc;
}

static int
db_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	struct vfile *x = vfile_of(f);
	unsigned mask = ((1u << n) - 1) << at;
	int rc;

	if (!mem_mine())
		return SQLITE_IOERR_SHMLOCK;
	rc = x->real->pMethods->xShmLock(x->real, at, n, flags);
	if (flags & SQLITE_SHM_UNLOCK) {
		x->v->held &= ~mask;
	} else if (rc == SQLITE_OK) {
		x->v->salts_known = false;      /* the log may have been begun anew since the last lock */
		if (flags & SQLITE_SHM_EXCLUSIVE)
			x->v->held |= mask;
	}
	return rc;
}

static void
db_shm_barrier(sqlite3_file *f)
{
	vfile_of(f)->real->pMethods->xShmBarrier(vfile_of(f)->real);
}

static int
db_shm_unmap(sqlite3_file *f, int remove)
{
	vfile_of(f)->v->shm = NULL;
	return vfile_of(f)->real->pMethods->xShmUnmap(vfile_of(f)->real, remove);
}

static const sqlite3_io_methods db_methods = { 2, vfile_close, db_read, db_write, db_truncate, db_sync, db_size,
	db_lock, db_unlock, db_reserved, vfile_control, vfile_sector, vfile_traits, db_shm_map, db_shm_lock,
	db_shm_barrier, db_shm_unmap, NULL, NULL };

int
vfs_lock_ckpt(struct dbvfs *v, bool exclusive)
{
	return v->db->real->pMethods->xShmLock(v->db->real, LOCK_CKPT, 1,
	    SQLITE_SHM_LOCK | (exclusive ? SQLITE_SHM_EXCLUSIVE : SQLITE_SHM_SHARED));
}

void
vfs_unlock_ckpt(struct dbvfs *v, bool exclusive)
{
	(void)v->db->real->pMethods->xShmLock(v->db->real, LOCK_CKPT, 1,
	    SQLITE_SHM_UNLOCK | (exclusive ? SQLITE_SHM_EXCLUSIVE : SQLITE_SHM_SHARED));
}

/* ---- the VFS ---- */

static struct dbvfs *
vfs_of(sqlite3_vfs *vfs)
{
	return vfs->pAppData;
}

static bool
wal_there(struct dbvfs *v)
{
	int there = 0;

	/* unix: exists and is not empty */
	return v->real->xAccess(v->real, v->wal_path, SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK && there;
}

/* Is there what the header says must be: its number of pages, or the log? *again: the header has changed meanwhile. */
static int
open_look(struct dbvfs *v, bool *again)
{
	uint64_t seq = v->slots.h.seq;
	bool running = v->slots.h.running, odd = false, good;
	uint32_t pages = 0;
	int rc = running ? SQLITE_OK : vfs_file_pages(v, &pages, &odd);

	*again = false;
	good = running ? wal_there(v) : pages == v->slots.h.pages && !odd;
	if (rc != SQLITE_OK || good)
		return rc;
	/* Perhaps another process has begun or finished a checkpoint between the two looks. */
	if ((rc = vfs_read_slots(v)) != SQLITE_OK)
		return rc;
	*again = v->slots.h.seq != seq;
	if (*again)
		return SQLITE_OK;
	v->bad_sum = !running;
	return vfs_damaged(v, 0, 0, NULL, 0);
}

/* Key and header. Nothing was created so far and nothing is if this refuses. */
static int
open_header(struct dbvfs *v)
{
	bool again = true;
	unsigned char slots[2][SLOT_LEN];
	int rc = read_slot_bytes(v, slots);

	if (rc != SQLITE_OK)
		return rc;
	v->open_rc = dbslots_open(&v->slots, &v->keys, (const unsigned char (*)[SLOT_LEN])slots, v->lk, &v->open_err);
	if (v->open_rc != OK)
		return SQLITE_IOERR_DATA;
	while (again)
		if ((rc = open_look(v, &again)) != SQLITE_OK)
			return rc;
	return SQLITE_OK;
}

static int
vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags, int *out)
{
	struct dbvfs *v = vfs_of(vfs);
	struct vfile *x = vfile_of(f);
	bool db = (flags & SQLITE_OPEN_MAIN_DB) != 0, wal = (flags & SQLITE_OPEN_WAL) != 0;
	int rc;

	memset(x, 0, sizeof *x);
	x->v = v;
	x->real = (sqlite3_file *)(void *)(x + 1);
	if (name == NULL || db == wal || strcmp(name, db ? v->path : v->wal_path) != 0)
		return SQLITE_CANTOPEN;
	if (db ? v->db != NULL || v->lk == NULL : v->wal != NULL || v->immutable)
		return SQLITE_CANTOPEN;
	memset(x->real, 0, (size_t)v->real->szOsFile);
	if (db)
		flags &= ~SQLITE_OPEN_CREATE;
	rc = v->real->xOpen(v->real, name, x->real, flags | SQLITE_OPEN_NOFOLLOW, out);
	if (rc != SQLITE_OK)
		return rc;
	if (wal) {
		v->wal = x;
		v->salts_known = false;
		x->base.pMethods = &wal_methods;
		return SQLITE_OK;
	}
	v->db = x;
	x->base.pMethods = &db_methods;         /* from here on SQLite closes it, after an error too */
	return open_header(v);
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	struct dbvfs *v = vfs_of(vfs);

	if (v->immutable || v->poisoned || strcmp(name, v->wal_path) != 0)
		return SQLITE_IOERR_DELETE;
	return v->real->xDelete(v->real, name, sync_dir);
}

/* No rollback journal exists: one that someone put there is not looked at. */
static int
vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	struct dbvfs *v = vfs_of(vfs);

	*out = 0;
	if (strcmp(name, v->path) != 0 && (v->immutable || strcmp(name, v->wal_path) != 0))
		return SQLITE_OK;
	return v->real->xAccess(v->real, name, flags, out);
}

/* Ours is absolute, and leads through a descriptor on purpose: resolving links would undo that. */
static int
vfs_full(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
	(void)vfs;
	if ((size_t)n <= strlen(name))
		return SQLITE_CANTOPEN;
	memcpy(out, name, strlen(name) + 1);
	return SQLITE_OK;
}

static int
vfs_random(sqlite3_vfs *vfs, int n, char *out)
{
	(void)vfs;
	random_bytes(out, (size_t)n);
	return n;
}

static int
vfs_sleep(sqlite3_vfs *vfs, int us)
{
	return vfs_of(vfs)->real->xSleep(vfs_of(vfs)->real, us);
}

static int
vfs_error(sqlite3_vfs *vfs, int n, char *out)
{
	return vfs_of(vfs)->real->xGetLastError(vfs_of(vfs)->real, n, out);
}

static int
vfs_time64(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
	return vfs_of(vfs)->real->xCurrentTimeInt64(vfs_of(vfs)->real, out);
}

void
vfs_start(struct dbvfs *v, const char *path, const unsigned char *lk, bool immutable)
{
	v->real = system_vfs;
	(void)sqlite3_snprintf(sizeof v->label, v->label, "purser-%p", (void *)v);
	(void)sqlite3_snprintf(sizeof v->path, v->path, "%s", path);
	(void)sqlite3_snprintf(sizeof v->wal_path, v->wal_path, "%s-wal", path);
	v->lk = lk;
	v->immutable = immutable;
	v->vfs = (sqlite3_vfs){ .iVersion = 2,
		.szOsFile = (int)sizeof(struct vfile) + system_vfs->szOsFile,
		.mxPathname = system_vfs->mxPathname,
		.zName = v->label,
		.pAppData = v,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full,
		.xRandomness = vfs_random,
		.xSleep = vfs_sleep,
		.xGetLastError = vfs_error,
		.xCurrentTimeInt64 = vfs_time64 };
	(void)sqlite3_vfs_register(&v->vfs, 0); /* fails only when SQLite did not start; db_init() has seen to it */
}

void
vfs_end(struct dbvfs *v)
{
	(void)sqlite3_vfs_unregister(&v->vfs);
	dbkeys_free(&v->keys);
}

sqlite3_vfs *
vfs_system(void)
{
	return system_vfs;
}

void
vfs_hide_all(void)
{
	sqlite3_vfs *x = sqlite3_vfs_find("unix");

	if (x == NULL)
		return;
	system_vfs = x;
	while ((x = sqlite3_vfs_find(NULL)) != NULL)
		(void)sqlite3_vfs_unregister(x);
}
