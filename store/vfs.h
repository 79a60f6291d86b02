/*
 * store/vfs.h: our VFS below SQLite (store.md 2, 3, 4). One object for each open store: it is registered under a name
 * of its own, opens this one file and its WAL and nothing else, and is where keys, header and set hash are kept.
 * Private to store/'s db*.c and vfs*.c.
 */
#ifndef PURSER_STORE_VFS_H
#define PURSER_STORE_VFS_H

#include "store/dbhdr.h"

#include <sqlite3.h>

#define WAL_HEADER 32
#define FRAME_HEADER 24
#define FRAME (FRAME_HEADER + DB_PAGE)
/* Locks of the WAL index (SQLite, wal.c) that matter here. */
#define LOCK_WRITE 0
#define LOCK_CKPT 1
#define LOCK_RECOVER 2

/* As SQLite sees an open file; the system's sqlite3_file follows. */
struct vfile {
	sqlite3_file base;
	struct dbvfs *v;
	sqlite3_file *real;
};

enum ckpt { CKPT_IDLE, CKPT_RUNNING, CKPT_FAILED };

struct dbvfs {
	sqlite3_vfs vfs;                /* pAppData is this object */
	sqlite3_vfs *real;
	char label[40], path[320], wal_path[324];
	const unsigned char *lk;        /* borrowed while the file is being opened */
	bool loose;                     /* nothing is synced (DB_LOOSE) */
	bool relaxed;                   /* commits are not (db_relax) */
	bool immutable;                 /* a directory that cannot be written: no locks, no WAL */
	enum rc open_rc;                /* what xOpen found, in our terms */
	struct err open_err;

	struct vfile *db, *wal;         /* open ones */
	struct dbkeys keys;
	struct dbslots slots;           /* as last read or written */
	uint64_t synced_seq;            /* header written and synced by this object */
	int lock;                       /* SQLite's lock level on the file */

	enum ckpt ckpt;
	bool have_sum;                  /* sum is right for the pages in the file now */
	struct sethash sum;
	uint32_t pages;                 /* in the file, while a checkpoint runs */
	uint64_t flag_seq;              /* of the flagged header that sum belongs to */

	volatile const unsigned char *shm;      /* first region of the WAL index */
	unsigned held;                  /* WAL locks held exclusively, a bit each */
	bool salts_known;
	unsigned char salts[8];

	bool poisoned;
	uint32_t bad_page, bad_frame;
	bool bad_sum;                   /* pages of another time */
	int io_errno; /* of the last read that failed; SQLite's checks tell no more than that one did */
	unsigned char ct[FRAME];        /* ciphertext */
};

/* The system's own VFS (unix), which nothing else in the process finds after vfs_hide_all(). */
sqlite3_vfs *vfs_system(void);
void vfs_hide_all(void);

/* Fill v for the file path; registers it. */
void vfs_start(struct dbvfs *v, const char *path, const unsigned char *lk, bool immutable);
/* xSync of the file below, unless the whole file is loose. */
int vfs_sync(struct dbvfs *v, sqlite3_file *real, int flags);
void vfs_end(struct dbvfs *v);

/* Note the damage, zero the buffer (may be NULL), stop all writes. Returns SQLITE_IOERR_DATA. */
int vfs_damaged(struct dbvfs *v, uint32_t page, uint32_t frame, void *buf, size_t n);
/* The message for it. */
enum rc vfs_damage_err(const struct dbvfs *v, struct err *e);

/* A read of the system's file: zeros and SQLITE_IOERR_SHORT_READ behind its end. */
int vfs_real_read(struct dbvfs *v, struct vfile *f, void *p, int n, int64_t at);
/* Pages in the file; *odd: bytes that are no whole page. */
int vfs_file_pages(struct dbvfs *v, uint32_t *pages, bool *odd);
/* One page from the file itself into m (4096), authenticated. */
int vfs_read_page(struct dbvfs *v, uint32_t pgno, unsigned char *m);
/* Headers anew into v->slots. SQLITE_IOERR_DATA: none is sound. */
int vfs_read_slots(struct dbvfs *v);
/* Make h the header, on disk when it returns OK. v->slots must be fresh and the checkpoint lock held. */
int vfs_put_header(struct dbvfs *v, const struct dbhdr *h);
/* Set hash of pages 1..pages from the file. */
int vfs_scan(struct dbvfs *v, uint32_t pages, struct sethash *sum);
/* The checkpoint lock of the WAL index, shared (keeps checkpoints out) or exclusive. SQLITE_BUSY at once. */
int vfs_lock_ckpt(struct dbvfs *v, bool exclusive);
void vfs_unlock_ckpt(struct dbvfs *v, bool exclusive);
/* Is the file what its header says? In a read transaction. full: set hash whatever the size, which needs the checkpoint
 * lock (SQLITE_BUSY); else below 16 MB and only when no checkpoint is running. hash false: length and WAL only. */
int vfs_check(struct dbvfs *v, bool hash, bool full);

/* vfs_ckpt.c: what a checkpoint does to the file. */
void ckpt_start(struct dbvfs *v);
int ckpt_write(struct dbvfs *v, const unsigned char *m, uint32_t pgno);
int ckpt_truncate(struct dbvfs *v, uint32_t pages);
int ckpt_sync(struct dbvfs *v, int flags);

/* vfs_wal.c: the WAL. */
extern const sqlite3_io_methods wal_methods;
/* Salts of the WAL's header, read when they are not known. */
int wal_salts(struct dbvfs *v);

/* For both kinds of file. */
int vfile_close(sqlite3_file *f);
struct vfile *vfile_of(sqlite3_file *f);
int vfile_control(sqlite3_file *f, int op, void *arg);
int vfile_sector(sqlite3_file *f);
int vfile_traits(sqlite3_file *f);

#endif
