/*
 * store/vfs_ckpt.c: checkpoints, the only time the database file changes (store.md 4). SQLite says CKPT_START, writes
 * pages, says CKPT_DONE, truncates, and syncs the file if all of the log was copied; after that the log may be begun
 * anew.
 *
 * Start: a header with the flag, on disk. Writes: the set hash goes along. The sync: pages on disk, then a header
 * without flag. So a file whose header has no flag is exactly what its set hash says, and one whose header has it needs
 * the log that the header names: which one (salts) and how much of it (frames).
 */
#include "store/vfs.h"

#include <string.h>

#define SHM_MXFRAME 16                      /* u32, native, of the first WalIndexHdr (SQLite, wal.c) */
#define SHM_ATTEMPTED 128                   /* WalCkptInfo.nBackfillAttempted: set just before CKPT_START */
#define FRESH_PAGES 4096u                   /* 16 MB */
#define LOOKS 20

static uint32_t
shm_u32(const struct dbvfs *v, size_t at)
{
	uint32_t x;

	for (size_t i = 0; i < sizeof x; i++)
		((unsigned char *)&x)[i] = v->shm[at + i];
	return x;
}

static int
start(struct dbvfs *v)
{
	struct dbhdr h;
	bool odd;
	int rc;

	if (v->poisoned || v->shm == NULL || v->wal == NULL)
		return SQLITE_IOERR;
	if ((rc = vfs_read_slots(v)) != SQLITE_OK || (rc = vfs_file_pages(v, &v->pages, &odd)) != SQLITE_OK ||
	    (rc = wal_salts(v)) != SQLITE_OK)
		return rc;
	h = v->slots.h;
	if (!h.running) {
		if (v->pages != h.pages || odd) {
			v->bad_sum = true;
			return vfs_damaged(v, 0, 0, NULL, 0);
		}
		v->sum = h.sum;
		v->have_sum = true;
	} else if (h.seq != v->flag_seq) {
		v->have_sum = false; /* begun by a process that did not finish: counted anew at the end */
	}
	h.running = true;
	h.seq++;
	memcpy(h.wal_salts, v->salts, 8);
	h.wal_frames = shm_u32(v, SHM_ATTEMPTED);
	if ((rc = vfs_put_header(v, &h)) == SQLITE_OK)
		v->flag_seq = h.seq;
	return rc;
}

void
ckpt_start(struct dbvfs *v)
{
	/* SQLite does not look at the result: the first write fails instead. */
	v->ckpt = start(v) == SQLITE_OK ? CKPT_RUNNING : CKPT_FAILED;
}

/* Take page pgno as it is in the file out of the sum. */
static void
forget_page(struct dbvfs *v, uint32_t pgno)
{
	unsigned char trailer[DB_RESERVE];

	if (!v->have_sum)
		return;
	if (vfs_real_read(v, v->db, trailer, DB_RESERVE, dbpage_at(pgno) + DB_USABLE) == SQLITE_OK)
		sethash_sub(&v->sum, &v->keys, pgno, trailer);
	else
		v->have_sum = false;
}

static int
write_page(struct dbvfs *v, const unsigned char *m, uint32_t pgno)
{
	int rc;

	if (pgno <= v->pages)
		forget_page(v, pgno);
	dbpage_seal(v->ct, m, pgno, &v->keys);
	rc = v->db->real->pMethods->xWrite(v->db->real, v->ct, DB_PAGE, dbpage_at(pgno));
	if (rc != SQLITE_OK) {
		v->have_sum = false;                /* who knows how much of it is there */
		return rc;
	}
	if (v->have_sum)
		sethash_add(&v->sum, &v->keys, pgno, v->ct + DB_USABLE);
	if (pgno > v->pages)
		v->pages = pgno;
	return SQLITE_OK;
}

/* Pages that SQLite never wrote and may read: sealed zeros, because zeros that are not sealed are refused. */
static int
fill_to(struct dbvfs *v, uint32_t pages)
{
	static const unsigned char zeros[DB_PAGE];

	while (v->pages < pages) {
		int rc = write_page(v, zeros, v->pages + 1);

		if (rc != SQLITE_OK)
			return rc;
	}
	return SQLITE_OK;
}

int
ckpt_write(struct dbvfs *v, const unsigned char *m, uint32_t pgno)
{
	int rc;

	if (v->ckpt != CKPT_RUNNING || pgno == 0)
		return SQLITE_IOERR_WRITE;
	if ((rc = fill_to(v, pgno - 1)) != SQLITE_OK)
		return rc;
	return write_page(v, m, pgno);
}

int
ckpt_truncate(struct dbvfs *v, uint32_t pages)
{
	int rc;

	if (v->ckpt != CKPT_RUNNING)
		return SQLITE_IOERR_TRUNCATE;
	if (pages >= v->pages)
		return fill_to(v, pages);
	for (uint32_t n = pages + 1; n <= v->pages; n++)
		forget_page(v, n);
	rc = v->db->real->pMethods->xTruncate(v->db->real, dbpage_at(pages + 1));
	if (rc != SQLITE_OK) {
		v->have_sum = false;
		return rc;
	}
	v->pages = pages;
	return SQLITE_OK;
}

/* The whole log was copied. */
int
ckpt_sync(struct dbvfs *v, int flags)
{
	struct dbhdr h = v->slots.h;
	int rc;

	if (v->ckpt == CKPT_FAILED)
		return SQLITE_IOERR_FSYNC;
	if ((rc = vfs_sync(v, v->db->real, flags)) != SQLITE_OK || v->ckpt == CKPT_IDLE)
		return rc;
	if (!v->have_sum && (rc = vfs_scan(v, v->pages, &v->sum)) != SQLITE_OK)
		return rc;
	v->have_sum = true;
	h.running = false;
	h.seq++;
	h.pages = v->pages;
	h.sum = v->sum;
	if ((rc = vfs_put_header(v, &h)) == SQLITE_OK)
		v->ckpt = CKPT_IDLE;
	return rc;
}

/* ---- is the file what its header says? ---- */

/* The checkpoint that the header speaks of was not finished: the log must be there, as far as it was to be copied.
 * *again: the header has changed meanwhile. */
static int
check_log(struct dbvfs *v, bool *again)
{
	struct dbhdr h = v->slots.h;
	int rc;

	*again = false;
	v->salts_known = false;
	if (v->wal != NULL && v->shm != NULL && wal_salts(v) == SQLITE_OK && memcmp(v->salts, h.wal_salts, 8) == 0 &&
	    shm_u32(v, SHM_MXFRAME) >= h.wal_frames)
		return SQLITE_OK;
	/* Its last page written and its header cleared, the log may be begun anew at once: look again. */
	if ((rc = vfs_read_slots(v)) != SQLITE_OK)
		return rc;
	*again = v->slots.h.seq != h.seq;
	return *again ? SQLITE_OK : vfs_damaged(v, 0, 0, NULL, 0);
}

static int
check_pages(struct dbvfs *v, bool hash)
{
	struct sethash sum;
	uint32_t pages;
	bool odd;
	int rc = vfs_file_pages(v, &pages, &odd);

	if (rc != SQLITE_OK)
		return rc;
	if (odd || pages != v->slots.h.pages) {
		v->bad_sum = true;
		return vfs_damaged(v, 0, 0, NULL, 0);
	}
	if (!hash)
		return SQLITE_OK;
	if ((rc = vfs_scan(v, pages, &sum)) != SQLITE_OK)
		return rc;
	if (sethash_same(&sum, &v->slots.h.sum))
		return SQLITE_OK;
	v->bad_sum = true;
	return vfs_damaged(v, 0, 0, NULL, 0);
}

int
vfs_check(struct dbvfs *v, bool hash, bool full)
{
	bool locked = v->immutable, again = true;
	int rc = SQLITE_OK;

	if (!locked) {
		rc = vfs_lock_ckpt(v, false);
		if (rc != SQLITE_OK && (full || rc != SQLITE_BUSY))
			return rc;
		locked = rc == SQLITE_OK;
	}
	for (int i = 0; again && i < LOOKS; i++) {
		again = false;
		if ((rc = vfs_read_slots(v)) != SQLITE_OK)
			break;
		if (v->slots.h.running)
			rc = check_log(v, &again);
		else if (locked)
			rc = check_pages(v, hash && (full || v->slots.h.pages <= FRESH_PAGES));
		if (rc != SQLITE_OK)
			break;
	}
	if (locked && !v->immutable)
		vfs_unlock_ckpt(v, false);
	return rc;
}
