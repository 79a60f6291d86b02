/*
 * store/db.h: the encrypted SQLite file of a store: one handle over the system's unmodified SQLite with our own VFS
 * below it (store.md 3: every page XChaCha20-Poly1305, WAL only, header slots with a set hash of all pages).
 * Rows go through store/sql.h. A handle is not for two threads at once and is of no use after a fork.
 *
 * Descriptors: a process that has a store open must not open and close the same file in another way: POSIX drops all
 * locks of a process on a file when any descriptor of it is closed. db_peek() and db_create() are for before db_open().
 */
#ifndef PURSER_STORE_DB_H
#define PURSER_STORE_DB_H

#include "crypto/secret.h"

#include <stdint.h>

struct db;
struct sqlite3;

/* Once per process before anything else here (cheap when repeated): own wiped, undumpable memory for all that SQLite
 * holds, no URIs, no other VFS. In a child made by fork it starts anew, provided that no handle was open at the
 * fork. */
enum rc db_init(struct err *e) MUST_CHECK;

/* What the header says; authentic (MAC under a key from LK). */
struct db_info {
	unsigned char file_id[16];   /* random, new with every re-encryption */
	uint64_t epoch;              /* of the key files (keys.md 3) */
	uint64_t seq;                /* of the header: grows with every checkpoint and is continued by db_reencrypt() */
	uint32_t pages;              /* at the last complete checkpoint */
	bool running;                /* a checkpoint was begun and not finished: the set hash does not count */
};

/* Make the complete empty store NAME in the vault directory (header, sealed page 1, born in WAL), mode 0600; the file
 * and the directory are on disk when it returns (flags DB_LOOSE: not yet). E_EXISTS: there is one already. */
enum rc db_create(int dirfd, const char *name, const unsigned char lk[32], uint64_t epoch, unsigned flags,
    struct err *e) MUST_CHECK;
/* Read the header without opening the store. Errors as db_open(). */
enum rc db_peek(int dirfd, const char *name, const unsigned char lk[32], struct db_info *out, struct err *e) MUST_CHECK;

enum {
	DB_READ = 1, /* reads only; works in a read-only directory too, provided the last session ended in order */
	DB_AGENT = 2, /* cache of 64 MB instead of 16 MB (agent, reports) */
	DB_LOOSE = 8, /* nothing is synced: for a file that counts only after its maker has synced it and its directory */
	DB_TRUST = 4 /* no set hash check at open: this process's agent has done it, or the caller runs db_verify() */
};
/*
 * Open NAME in the directory dirfd (borrowed for the call; the handle keeps its own descriptor). lk: the ledger key.
 * The set hash is checked here when the file has less than 16 MB; its length and the WAL a running checkpoint needs
 * always.
 * E_NOTFOUND: no such file. E_KEY: a header of ours that this key does not open. E_DAMAGED: damaged, cut, or pages of
 * another time. E_BUSY, E_FULL, E_SYS, E_NOMEM.
 */
enum rc db_open(int dirfd, const char *name, const unsigned char lk[32], unsigned flags, struct db **out, struct err *e)
    MUST_CHECK;
/* Ends a transaction that is still open by rolling it back; the last one to close checkpoints and removes the WAL.
 * Statements (store/sql.h) are ended before this. */
void db_close(struct db **d);
struct sqlite3 *db_sql(struct db *d);          /* for store/ only */

/* Read anew from the file. */
enum rc db_info(struct db *d, struct db_info *out, struct err *e) MUST_CHECK;
/* Raise the epoch in the header (the same or a lower one: OK, nothing is written); on disk when it returns. The caller
 * holds the store lock and no transaction. */
enum rc db_set_epoch(struct db *d, uint64_t epoch, struct err *e) MUST_CHECK;

/* false: the name leads to another file by now (keys.md 7.2): whoever takes the store lock reopens then. */
bool db_same_file(struct db *d) MUST_CHECK;

/* Copy the WAL into the file as far as readers allow (truncate false: E_BUSY is not reported, frames stay), or all of
 * it and cut the WAL to nothing (truncate true; E_BUSY: a reader stays, after waiting wait_ms). Not in a
 * transaction. */
enum rc db_checkpoint(struct db *d, bool truncate, int wait_ms, struct err *e) MUST_CHECK;

/* Change of LK: write this store page by page as NEXT in the same directory, under a new file_id and new_lk; seq goes
 * on. Checkpoints with truncation first (E_BUSY), then fsync, set hash and quick_check of the copy, fsync of the
 * directory (flags DB_LOOSE: neither fsync). The caller holds the store lock until NEXT counts or is removed. E_EXISTS:
 * NEXT is there. A failure leaves no NEXT. */
enum rc db_reencrypt(struct db *d, const char *next, const unsigned char new_lk[32], uint64_t new_epoch, unsigned flags,
    struct err *e) MUST_CHECK;
/* What is committed while this is on may be lost again in a power failure (whole, and nothing before it), until the
 * next ordinary commit: for what is done again without harm. No checkpoint runs by itself meanwhile. */
void db_relax(struct db *d, bool on);

/* Every page authenticated, the set hash, and SQLite's own quick_check. progress (may be NULL): pages done and in all;
 * false stops with E_INTERRUPTED. */
enum rc db_verify(struct db *d, bool (*progress)(void *, uint32_t done, uint32_t pages), void *arg,
    struct err *e) MUST_CHECK;
/* The pages of the file that do not authenticate: *n in all, the first max of them in bad. Does not stop at one; afterwards
 * nothing is written through this handle if there was one. *pages: how many the file has. */
enum rc db_bad_pages(struct db *d, bool (*progress)(void *, uint32_t done, uint32_t pages), void *arg, uint32_t *bad,
    size_t max, uint32_t *n, uint32_t *pages, struct err *e) MUST_CHECK;
/* The set hash alone, whatever the size (before a sync, agent when idle). */
enum rc db_fresh(struct db *d, struct err *e) MUST_CHECK;

/* A page or frame did not authenticate: nothing is written through this handle any more. page: the page of store.db, or
 * 0 with *frame set for the WAL; both may be NULL. */
bool db_poisoned(const struct db *d, uint32_t *page, uint32_t *frame);

/* What a return code of SQLite means for the caller (see sql.h): fills e and returns it. OK for SQLITE_OK, ROW,
 * DONE. */
enum rc db_err(struct db *d, int sqlite_rc, struct err *e);

#endif
