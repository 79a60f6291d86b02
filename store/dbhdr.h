/*
 * store/dbhdr.h: the two header slots of store.db, the keys below LK, and the set hash. Private to store/'s VFS
 * (vfs*.c, db*.c).
 *
 * File:  0 slot A | 4096 slot B | 8192 the SQLite image, page n at 8192 + (n - 1) * 4096
 * Page:  ciphertext 4056 | nonce 24 | tag 16
 * Slot (little endian; the rest of its 4096 bytes is zero and not looked at):
 *	0	8	magic "PURSSTO1"
 *	8	2	format = 1
 *	10	1	cipher = 1, XChaCha20-Poly1305
 *	11	1	log2 of the page size = 12
 *	12	1	reserved bytes a page = 40
 *	13	1	flags: 1 a checkpoint is running; 2 this is the second copy
 *	14	2	zero
 *	16	16	file_id, random
 *	32	8	epoch of the key files
 *	40	8	seq
 *	48	104	set hash = SEAL(K_set, "set-hash", file_id | seq, sum)
 *	152	4	pages
 *	156	8	flag 1: salts of the WAL the checkpoint copies from
 *	164	4	flag 1: its frames up to the last one to copy
 *	168	32	MAC = BLAKE2b-256(K_hdr, bytes 0..167)
 *
 * Which slot may be overwritten: a state that a power failure can take back is never the only one. Every header is
 * written to the slot whose loss is harmless and synced; one without flag 1 is then written to the other slot too (same
 * seq, flag 2) and left to the next sync. So spoiling either slot never brings back a header that skips the set hash.
 * The slot with the highest seq counts, without flag 2 before with it.
 */
#ifndef PURSER_STORE_DBHDR_H
#define PURSER_STORE_DBHDR_H

#include "crypto/page.h"
#include "store/db.h"

#define DB_PAGE 4096
#define DB_RESERVE 40
#define DB_USABLE (DB_PAGE - DB_RESERVE)
#define DB_IMAGE 8192                       /* where page 1 begins */
#define SLOT_LEN 200u
#define SLOT_AT(i) ((int64_t)(i) * 4096)

/* All keys of one file; in locked memory. */
struct dbkeys {
	struct page_cipher *cipher[2];      /* of pages, of frames */
	unsigned char *walhdr, *hdr, *set;  /* 32 bytes each */
	struct secret own;
	unsigned char file_id[16];
};
enum rc dbkeys_new(struct dbkeys *k, const unsigned char lk[32], const unsigned char file_id[16],
    struct err *e) MUST_CHECK;
void dbkeys_free(struct dbkeys *k);

/* Sum of the elements of all pages, modulo 2^256, little endian words. */
struct sethash { uint64_t w[4]; };
/* trailer: the last 40 bytes of the page, nonce | tag. */
void sethash_add(struct sethash *s, const struct dbkeys *k, uint32_t pgno, const unsigned char trailer[DB_RESERVE]);
void sethash_sub(struct sethash *s, const struct dbkeys *k, uint32_t pgno, const unsigned char trailer[DB_RESERVE]);
bool sethash_same(const struct sethash *a, const struct sethash *b);

struct dbhdr {
	uint64_t epoch, seq;
	struct sethash sum;
	uint32_t pages;
	bool running;
	unsigned char wal_salts[8];
	uint32_t wal_frames;
};
/* slot has SLOT_LEN bytes. */
void dbhdr_build(unsigned char *slot, const struct dbhdr *h, const struct dbkeys *k, bool copy);
/* false: not ours, damaged, or another key. *copy: flag 2. */
bool dbhdr_parse(const unsigned char *slot, struct dbhdr *h, const struct dbkeys *k, bool *copy) MUST_CHECK;
/* From both slots as read: which one counts (0, 1; -1: none does), which one a new header goes to first, and whether
 * the file must be synced before that. */
struct dbslots { struct dbhdr h; int best, first; bool unsure; };
void dbslots_judge(struct dbslots *s, const unsigned char slots[2][SLOT_LEN], const struct dbkeys *k);
/* The keys of a file from its slots as read, whichever of them is sound. E_KEY, E_DAMAGED, E_NOMEM. */
enum rc dbslots_open(struct dbslots *s, struct dbkeys *k, const unsigned char slots[2][SLOT_LEN],
    const unsigned char lk[32], struct err *e) MUST_CHECK;

/* One page of the file, sealed for its place: 4096 bytes out of the first 4056 of m. */
void dbpage_seal(unsigned char *out, const unsigned char *m, uint32_t pgno, struct dbkeys *k);
/* m has 4096 bytes: the last 40 become zero. false: zeroed. in and m may not overlap. */
bool dbpage_open(unsigned char *m, const unsigned char *in, uint32_t pgno, struct dbkeys *k) MUST_CHECK;
/* The same for frame number n (from 1) of the WAL with these salts. */
void walpage_seal(unsigned char *out, const unsigned char *m, uint32_t n, const unsigned char salts[8],
    struct dbkeys *k);
bool walpage_open(unsigned char *m, const unsigned char *in, uint32_t n, const unsigned char salts[8],
    struct dbkeys *k) MUST_CHECK;
/* Page 1 of an empty database, born in WAL, 40 bytes reserved; 4096 bytes. */
void dbpage_first(unsigned char *m);
static inline int64_t dbpage_at(uint32_t pgno) { return DB_IMAGE + ((int64_t)pgno - 1) * DB_PAGE; }

#endif
