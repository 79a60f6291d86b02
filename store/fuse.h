/*
 * store/fuse.h: the fuse file (keys.md section 2): all wraps of record keys and wrapS, in one flat file that is only
 * ever overwritten in place. Without it nobody reads a secret; destroying it is the freeze. Never in SQLite.
 *
 * Sector 0 (512 B): magic "PURSFUS1"(8) | vault_id(16) | epoch u64 | wrapS x 4 (416) | made i64 ms | log seq at
 * making u64 | zero(16) | BLAKE2b-256 of bytes 0..479. Then entries of 128 B: rec_id(16) | version u64 | wrap(104);
 * all zero: free.
 *
 * While freeze.request is there nobody opens a fuse, and who writes one looks for it (and at the link count)
 * afterwards and overwrites what it wrote: E_FROZEN.
 */
#ifndef PURSER_STORE_FUSE_H
#define PURSER_STORE_FUSE_H

#include "store/keysfile.h"

#define FUSE_SECTOR 512u
#define FUSE_ENTRY 128u
#define FUSE_ENTRIES_MAX 1000000u       /* larger files are refused */
#define FREEZE_MARKER "freeze.request"

struct fuse_head {
	unsigned char raw[FUSE_SECTOR];
	uint64_t epoch, log_seq;
	int64_t made_ms;
	unsigned char wraps[KEYS_SLOTS][WRAPS_LEN];
};
struct fuse_entry { unsigned char rec[ID_LEN]; uint64_t version; unsigned char wrap[RECORD_WRAP_LEN]; };

bool freeze_marked(const struct home *h);

/* Sector 0 from bytes: E_DAMAGED: no fuse of this vault, or damaged. vault_id NULL: not compared. */
enum rc fuse_head_check(
    const unsigned char *p, size_t n, const unsigned char *vault_id, struct fuse_head *out, struct err *e) MUST_CHECK;
void fuse_head_make(unsigned char out[FUSE_SECTOR], const unsigned char vault_id[16], uint64_t epoch,
    unsigned char wraps[KEYS_SLOTS][WRAPS_LEN], int64_t made_ms, uint64_t log_seq);

/* Opened for one request and closed again; nothing is cached between two. */
struct fuse;
/* E_FROZEN: none, or the marker is there. E_DAMAGED: not a fuse, damaged, or of another vault. write: the store lock
 * is held. */
enum rc fuse_open(
    const struct home *h, const unsigned char vault_id[16], bool write, struct fuse **out, struct err *e) MUST_CHECK;
void fuse_close(struct fuse **f);
const struct fuse_head *fuse_head(const struct fuse *f);
size_t fuse_used(const struct fuse *f);                         /* entries that are not free */
/* E_NOTFOUND (without message): no such entry. */
enum rc fuse_find(const struct fuse *f, const unsigned char rec[ID_LEN], uint64_t version,
    unsigned char wrap[RECORD_WRAP_LEN]) MUST_CHECK;
/* The same without taking the file into memory; head: as it is now. E_FROZEN, E_DAMAGED as fuse_open(). */
enum rc fuse_lookup(const struct home *h, const unsigned char vault_id[16], const unsigned char rec[ID_LEN],
    uint64_t version, unsigned char wrap[RECORD_WRAP_LEN], struct err *e) MUST_CHECK;
/* All used entries in file order; false from fn stops. */
void fuse_each(const struct fuse *f,
    bool (*fn)(void *ctx, const unsigned char *rec, uint64_t version, const unsigned char *wrap), void *ctx);
/* Into the entry of that version, else a free one, else at the end; fsync. E_FROZEN: a freeze came between. */
enum rc fuse_put(struct fuse *f, const unsigned char rec[ID_LEN], uint64_t version,
    const unsigned char wrap[RECORD_WRAP_LEN], struct err *e) MUST_CHECK;
/* Overwrite the entry with zeros; fsync. A missing one is fine. */
enum rc fuse_zero(struct fuse *f, const unsigned char rec[ID_LEN], uint64_t version, struct err *e) MUST_CHECK;
/* Zero every used entry that keep() does not want; one fsync. */
enum rc fuse_prune(struct fuse *f, bool (*keep)(void *ctx, const unsigned char *rec, uint64_t version), void *ctx,
    size_t *pruned, struct err *e) MUST_CHECK;

/* The freeze of accounts: what take() names is overwritten, first the wraps with random bytes (fsync), then all of it
 * with zeros (fsync). The head is not looked at: a damaged fuse is no refuge. No fuse: OK. Under the store lock. */
enum rc fuse_erase(const struct home *h, bool (*take)(void *ctx, const unsigned char *rec), void *ctx, size_t *erased,
    struct err *e) MUST_CHECK;

/* A new fuse under NAME ("fuse", "fuse.next"): O_EXCL, 0600, marker looked for between creating and writing, fsync,
 * marker and link count again. E_FROZEN: a freeze; nothing of that name stays. */
enum rc fuse_write_new(const struct home *h, const char *name, const unsigned char head[FUSE_SECTOR],
    const struct fuse_entry *en, size_t n, struct err *e) MUST_CHECK;
/* Step 3 of a freeze: fuse.next, fuse, fuse.old, in this order. OK: none of them is there any more. *some: there was
 * one. */
enum rc fuse_destroy(const struct home *h, bool *some, struct err *e) MUST_CHECK;
bool fuse_any(const struct home *h);                            /* is one of the three there? */

#endif
