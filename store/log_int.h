/* store/log_int.h: what the files of the audit log share; private to store/log*.c. */
#ifndef PURSER_STORE_LOG_INT_H
#define PURSER_STORE_LOG_INT_H

#include "store/log.h"

#include "base/io.h"
#include "crypto/kdf.h"
#include "crypto/seal.h"

#define PK_LEN 32u
#define SEED_LEN 32u
#define SALT_LEN 32u
#define PAD 64u
#define HALF_LEN 64u
#define STATE_LEN (2 * HALF_LEN)
#define BOX_MIN (BOX_OVER + SALT_LEN + PAD)
#define BOX_MAX (BOX_OVER + SALT_LEN + LOG_TEXT_MAX + PAD)
#define REC_MAX (4 + LOG_FIXED + BOX_MAX)
#define RUN_MAX (LOG_BATCH_MAX + 1)         /* records of one append with the "clock-back" that may precede them */

/* Offsets in the fixed part. */
enum { F_SEQ = 0, F_TIME = 8, F_ORIGIN = 16, F_KIND = 17, F_ZERO = 18, F_COMMIT = 24, F_PREV = 56, F_NEXT = 88, F_UMAC =
    120,
	F_SIG = 152 };

/* One record as it lies in the file. */
struct raw {
	off_t at, next;                     /* of its length field; of the record after it */
	const unsigned char *fixed, *box;   /* into the reader's buffer, until the next read */
	size_t boxlen;
};

/* Forward reader over [at, end). */
struct reader {
	int fd;
	off_t at, end;                      /* at: of the next record */
	unsigned char *buf;                 /* malloc'd */
	off_t base;                         /* file offset of buf[0] */
	size_t have;
};
enum rc reader_start(struct reader *r, int fd, off_t at, off_t end, struct err *e) MUST_CHECK;
void reader_end(struct reader *r);
/* *got false: the end, or (r->at < r->end then) bytes that are no record. */
enum rc reader_next(struct reader *r, struct raw *out, bool *got, struct err *e) MUST_CHECK;

/* Where the log ends by what logstate says. */
struct tail {
	bool bad;                           /* it does not fit: why says how */
	enum log_what why;
	bool proven;                        /* logstate was there and fits */
	off_t size, end;                    /* of the file; of its last record that counts */
	bool any;
	unsigned char last[LOG_FIXED];      /* fixed part of the last record, if any */
	uint64_t next_seq;
	unsigned char seed[SEED_LEN];       /* of next_seq; wiped by tail_wipe() */
	bool settle;                        /* the halves differ: cut to end and make both this seed */
};
void tail_wipe(struct tail *t);

struct log {
	struct log_where w;
	int fd, sfd;                        /* sfd -1: no logstate */
	bool write, mine;                   /* mine: fd is closed with the handle */
	bool has_lpub;
	unsigned wait_ms;
	unsigned char lpub[PK_LEN], pk0[PK_LEN];
	off_t ahead;                        /* the file is allocated up to here as far as this handle knows */
};

/* logstate.c. One half as bytes; written and synced. */
void half_put(unsigned char out[HALF_LEN], uint64_t seq, const unsigned char seed[SEED_LEN]);
enum rc half_write(int sfd, unsigned which, uint64_t seq, const unsigned char seed[SEED_LEN], struct err *e) MUST_CHECK;
/* Under the lock, shared at least; repairs nothing. */
enum rc tail_find(struct log *l, struct tail *t, struct err *e) MUST_CHECK;
enum rc tail_error(const struct tail *t, struct err *e) MUST_CHECK;
/* Under the exclusive lock: cut the log to the tail's end, make both halves its seed. */
enum rc tail_settle(struct log *l, const struct tail *t, struct err *e) MUST_CHECK;

/* log.c. The tail now, under the shared lock. */
enum rc log_look(struct log *l, struct tail *t, struct err *e) MUST_CHECK;
/* The lock of the log; reopens the files when they were replaced. */
enum rc log_lock(struct log *l, int how, struct err *e) MUST_CHECK;
void log_unlock(struct log *l);
/* Under the exclusive lock. */
enum rc log_append_locked(struct log *l, const unsigned char *lk, bool freeze, const char *const *texts, size_t n,
    int64_t now_ms, uint64_t *seq, struct err *e) MUST_CHECK;

/* Opens boxes and checks umacs with the LK of their time. */
struct opener { const struct log_lk *lk; size_t n; unsigned char *keys; unsigned char *plain; };
enum rc opener_start(struct opener *o, const struct log_lk *lk, size_t n, struct err *e) MUST_CHECK;
void opener_end(struct opener *o);
/* Fills en from the record. umac_ok: false for a 'U' whose umac is wrong, or an 'L' that has one. */
void opener_entry(struct opener *o, const struct raw *r, struct log_entry *en, bool *umac_ok, bool *box_ok);

bool box_size_ok(size_t boxlen);
void commit_of(unsigned char out[HASH_LEN], const unsigned char salt[SALT_LEN], const void *text, size_t n);
enum rc report_add(struct log_report *r, enum log_what what, uint64_t seq, struct err *e) MUST_CHECK;

#endif
