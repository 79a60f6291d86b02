/*
 * store/vfs_wal.c: the WAL (store.md 3.4). Its layout follows from the offset, so nothing has to be remembered:
 *	0	32	header, enciphered as one block
 *	32	4120 each	frame: 24 header, enciphered as one block; 4096 page, sealed
 * The redundancy that makes a header trusted is SQLite's own: salts, and a checksum over the plaintext.
 */
#include "store/vfs.h"

#include "store/mem.h"

#include <string.h>

static const sqlite3_io_methods *
real_methods(sqlite3_file *f)
{
	return vfile_of(f)->real->pMethods;
}

/* Read the n bytes at at and decipher them as one block. */
static int
read_block(struct dbvfs *v, unsigned char *p, int n, sqlite3_int64 at)
{
	int rc = vfs_real_read(v, v->wal, p, n, at);

	if (rc == SQLITE_OK)
		wide_decrypt(v->keys.walhdr, (uint64_t)at, p, (size_t)n);
	else
		memset(p, 0, (size_t)n);
	return rc;
}

int
wal_salts(struct dbvfs *v)
{
	unsigned char h[WAL_HEADER];
	int rc;

	if (v->salts_known)
		return SQLITE_OK;
	if (v->wal == NULL || (rc = read_block(v, h, WAL_HEADER, 0)) != SQLITE_OK)
		return SQLITE_IOERR_READ;
	memcpy(v->salts, h + 16, 8);
	v->salts_known = true;
	return SQLITE_OK;
}

static uint32_t
frame_number(sqlite3_int64 at)
{
	return (uint32_t)((at - WAL_HEADER) / FRAME) + 1;
}

/*
 * A whole frame is read in recovery, where one that does not authenticate is the torn end of the log: zeros end it
 * there (an error would make the store unopenable). A writer that goes over its own frames again must not take zeros
 * for them.
 */
static int
read_frame(struct dbvfs *v, unsigned char *buf, sqlite3_int64 at)
{
	int rc = vfs_real_read(v, v->wal, v->ct, FRAME, at);
	bool own = (v->held & (1u << LOCK_WRITE)) != 0 && (v->held & (1u << LOCK_RECOVER)) == 0;

	if (rc != SQLITE_OK) {
		memset(buf, 0, FRAME);
		return rc;
	}
	if ((rc = wal_salts(v)) != SQLITE_OK)
		return rc;
	memcpy(buf, v->ct, FRAME_HEADER);
	wide_decrypt(v->keys.walhdr, (uint64_t)at, buf, FRAME_HEADER);
	if (walpage_open(buf + FRAME_HEADER, v->ct + FRAME_HEADER, frame_number(at), v->salts, &v->keys))
		return SQLITE_OK;
	if (own)
		return vfs_damaged(v, 0, frame_number(at), buf, FRAME);
	memset(buf, 0, FRAME);
	return SQLITE_OK;
}

static int
read_frame_page(struct dbvfs *v, unsigned char *buf, sqlite3_int64 at)
{
	uint32_t n = frame_number(at);
	int rc = vfs_real_read(v, v->wal, v->ct, DB_PAGE, at);

	if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
		return rc;
	if (rc == SQLITE_OK && (rc = wal_salts(v)) != SQLITE_OK)
		return rc;
	if (rc != SQLITE_OK || !walpage_open(buf, v->ct, n, v->salts, &v->keys))
		return vfs_damaged(v, 0, n, buf, DB_PAGE);
	return SQLITE_OK;
}

static int
wal_read(sqlite3_file *f, void *buf, int n, sqlite3_int64 at)
{
	struct dbvfs *v = vfile_of(f)->v;
	unsigned char h[WAL_HEADER];
	sqlite3_int64 start = 0, in = at;
	int size = WAL_HEADER, rc;

	if (!mem_mine() || n <= 0 || at < 0)
		return SQLITE_IOERR_READ;
	if (at >= WAL_HEADER) {
		in = (at - WAL_HEADER) % FRAME;
		start = at - in;
		size = FRAME_HEADER;
		if (in == 0 && n == FRAME)
			return read_frame(v, buf, at);
		if (in == FRAME_HEADER && n == DB_PAGE)
			return read_frame_page(v, buf, at);
	}
	/* Any part of a header: SQLite reads checksums by 8 bytes when it writes a page twice in one transaction. */
	if (in + n > size)
		return SQLITE_IOERR_READ;
	rc = read_block(v, h, size, start);
	memcpy(buf, h + in, (size_t)n);
	if (rc == SQLITE_OK && start == 0) {
		memcpy(v->salts, h + 16, 8);
		v->salts_known = true;
	}
	return rc;
}

static bool
zeros(const unsigned char *p, size_t n)
{
	unsigned char any = 0;

	for (size_t i = 0; i < n; i++)
		any |= p[i];
	return any == 0;
}

static int
write_page(struct dbvfs *v, const unsigned char *m, sqlite3_int64 at)
{
	sqlite3_file *real = v->wal->real;
	int rc;

	/* The last 40 bytes are ours; SQLite has them in its checksum, as zeros. */
	if (!zeros(m + DB_USABLE, DB_RESERVE))
		return SQLITE_IOERR_WRITE;
	if ((rc = wal_salts(v)) != SQLITE_OK)
		return rc;
	walpage_seal(v->ct, m, frame_number(at), v->salts, &v->keys);
	return real->pMethods->xWrite(real, v->ct, DB_PAGE, at);
}

static int
wal_write(sqlite3_file *f, const void *buf, int n, sqlite3_int64 at)
{
	struct dbvfs *v = vfile_of(f)->v;
	unsigned char h[WAL_HEADER];
	sqlite3_int64 in = at >= WAL_HEADER ? (at - WAL_HEADER) % FRAME : at;

	if (!mem_mine() || v->poisoned || at < 0)
		return SQLITE_IOERR_WRITE;
	if (at >= WAL_HEADER && in == FRAME_HEADER && n == DB_PAGE)
		return write_page(v, buf, at);
	if (in != 0 || n != (at == 0 ? WAL_HEADER : FRAME_HEADER))
		return SQLITE_IOERR_WRITE;
	memcpy(h, buf, (size_t)n);
	if (at == 0) {
		memcpy(v->salts, h + 16, 8);
		v->salts_known = true;
	}
	wide_encrypt(v->keys.walhdr, (uint64_t)at, h, (size_t)n);
	return real_methods(f)->xWrite(vfile_of(f)->real, h, n, at);
}

static int
wal_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	if (!mem_mine() || vfile_of(f)->v->poisoned)
		return SQLITE_IOERR_TRUNCATE;
	vfile_of(f)->v->salts_known = false;
	return real_methods(f)->xTruncate(vfile_of(f)->real, size);
}

static int
wal_sync(sqlite3_file *f, int flags)
{
	struct dbvfs *v = vfile_of(f)->v;

	return v->relaxed ? SQLITE_OK : vfs_sync(v, vfile_of(f)->real, flags);
}

static int
wal_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_methods(f)->xFileSize(vfile_of(f)->real, size);
}

static int
wal_lock(sqlite3_file *f, int level)
{
	return real_methods(f)->xLock(vfile_of(f)->real, level);
}

static int
wal_unlock(sqlite3_file *f, int level)
{
	return real_methods(f)->xUnlock(vfile_of(f)->real, level);
}

static int
wal_reserved(sqlite3_file *f, int *out)
{
	return real_methods(f)->xCheckReservedLock(vfile_of(f)->real, out);
}

static int
wal_control(sqlite3_file *f, int op, void *arg)
{
	return real_methods(f)->xFileControl(vfile_of(f)->real, op, arg);
}

const sqlite3_io_methods wal_methods = { 1, vfile_close, wal_read, wal_write, wal_truncate, wal_sync, wal_size,
	wal_lock, wal_unlock, wal_reserved, wal_control, vfile_sector, vfile_traits, NULL, NULL, NULL, NULL, NULL,
	NULL };
