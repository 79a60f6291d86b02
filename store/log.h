/*
 * store/log.h: the audit log of keys.md section 8: an append-only, forward-secure chain of signed records in the file
 * `log` (vault directory) whose newest signing seed is in `logstate` (device directory). It needs neither database nor
 * key, so that `freeze` and a failed unlock can be recorded while the store is locked.
 *
 * One record (all integers little-endian):
 *     u32 length of what follows | fixed part, 216 bytes | box
 *     fixed  0 seq u64 | 8 time i64, ms since 1970 UTC | 16 origin 'U' or 'L' | 17 kind: 1 freeze, else 0 | 18 zero(6)
 *           24 commit(32) | 56 prev(32) | 88 next_pk(32) | 120 umac(32) | 152 sig(64)
 *     box    crypto_box_seal(L_pub, salt(32) | payload | 0x80 | 00.. to a multiple of 64)
 *     commit BLAKE2b-256(LP("purser/v1/log") | salt | payload)
 *     prev   BLAKE2b-256(previous fixed part with sig); zero in the first record of a chain
 *     umac   KDF(LK, "log-origin", fixed[0..119]) for 'U'; zero for 'L'
 *     sig    Ed25519(sk of seq, fixed[0..151]); the first record is signed under pk0, each later one under next_pk of
 *     the one before
 * logstate: two halves of 64 bytes: seq u64 | seed(32) | BLAKE2b-192(the 40 bytes before). At rest both are the same:
 * the seed that signs record seq. An append writes half seq+n, fsync; the records, fsync; the other half, fsync: the
 * old seed is gone.
 *
 * Times are milliseconds since 1970. LK is 32 bytes. Nothing here ever holds a password, a code or anything derived
 * from one.
 */
#ifndef PURSER_STORE_LOG_H
#define PURSER_STORE_LOG_H

#include "base/buf.h"
#include "crypto/secret.h"

#include <stdint.h>

#define LOG_FIXED 216u
#define LOG_TEXT_MAX 4096u                  /* bytes of one payload */
#define LOG_BATCH_MAX 64u                   /* records of one append */
#define LOG_AHEAD 65536u                    /* bytes allocated ahead: a full disk cannot keep a freeze out */
#define LOG_CLOCK_SLACK_MS 300000           /* a clock further back than this gets a record of its own */

/* ---- files ---------------------------------------------------------------------------------------------------- */

/* Where a chain lives; the descriptors stay the caller's and must outlive the handle. A NULL name means "log",
 * "logstate". */
struct log_where {
	int vaultfd, devfd;                 /* devfd -1: no device directory (a restored backup); read-only then */
	const char *log_name, *state_name;  /* "log.next", "logstate.next" while an epoch change prepares them */
};

/* A new key for a chain: pk0 goes into `keys` and the kit fingerprint, so it is needed before there are files. */
enum rc log_seed_new(struct secret *seed, unsigned char pk0[32], struct err *e) MUST_CHECK;
/* A new empty chain whose first record will have seq first_seq: 0, or (recover) one more than the last proved record of
 * the chain before, so that seqs stay unique in `old_lk`, `fuse` and `log_outbox`. Both files are made with O_EXCL,
 * 0600, and fsynced; the directories are the caller's to fsync. seed: from log_seed_new(), used for one chain only.
 * E_EXISTS. */
enum rc log_create(const struct log_where *w, uint64_t first_seq, const struct secret *seed, struct err *e) MUST_CHECK;
/* For recover: keep the present `log` as log.N (a second link to it; N = 1, 2 ...) before `log.next` replaces it, and
 * give the name. Calling it again gives the same name. Verify it with log_open_fd(). */
enum rc log_keep(int vaultfd, char name[32], struct err *e) MUST_CHECK;

/* ---- handle --------------------------------------------------------------------------------------------------- */

struct log;
enum log_mode {
	LOG_READ,                           /* never writes; opens even if the tail does not fit, log_verify() tells */
	LOG_WRITE                           /* completes or cuts back an unfinished append; E_DAMAGED if not to be */
};
/* lpub: L_pub of `keys` (may be NULL for LOG_READ), pk0: log pk0 of `keys`. wait_ms: longest wait for the lock of the
 * log, here and at each append; E_BUSY after it. E_NOTFOUND: no `log`. LOG_WRITE: E_DAMAGED: logstate missing, damaged
 * or matching no record (e->next names recover). Not for two threads at once; several processes may have it open. */
enum rc log_open(struct log **out, const struct log_where *w, const unsigned char *lpub, const unsigned char pk0[32],
    enum log_mode mode, unsigned wait_ms, struct err *e) MUST_CHECK;
/* A file that has no logstate: log.N, a backup, an evidence copy. Read-only; the tail counts as unproven. fd stays the
 * caller's. */
enum rc log_open_fd(struct log **out, int fd, const unsigned char pk0[32], struct err *e) MUST_CHECK;
void log_close(struct log **l);             /* safe with NULL; for AUTO(log_close) struct log *l = NULL */

/* ---- append --------------------------------------------------------------------------------------------------- */

/* One record, durable when this returns OK. lk: LK for origin 'U', NULL for 'L'. freeze: the kind byte is 1. text: the
 * payload, see below; at most LOG_TEXT_MAX bytes. seq (may be NULL): its number. A clock more than LOG_CLOCK_SLACK_MS
 * behind the last record puts a record "clock-back" (origin 'L') before it. E_BUSY, E_DAMAGED, E_FULL, E_SYS: nothing
 * was recorded; what reveals something must fail then. */
enum rc log_append(struct log *l, const unsigned char *lk, bool freeze, const char *text, int64_t now_ms, uint64_t *seq,
    struct err *e) MUST_CHECK;
/* n <= LOG_BATCH_MAX records with three fsyncs in all; all or, after a crash, none. seq: of the first. */
enum rc log_append_batch(struct log *l, const unsigned char *lk, const char *const *texts, size_t n, int64_t now_ms,
    uint64_t *seq, struct err *e) MUST_CHECK;
/* A failed unlock, with `events` as log_text_*() built it: recorded unless the log has an 'L' record of kind 0 of the
 * last minute; *done says which. */
enum rc log_append_failed(struct log *l, const char *text, int64_t now_ms, bool *done, struct err *e) MUST_CHECK;

/* ---- reading -------------------------------------------------------------------------------------------------- */

struct log_head {
	uint64_t next_seq;                  /* the next record's; = number of records of a chain that starts at 0 */
	bool proven;                        /* logstate vouches for it; else it is only the last one that can be read */
	bool any;                           /* false: the chain has no record yet, the rest is zero */
	uint64_t seq;
	int64_t time_ms;
	unsigned char hash[32];             /* BLAKE2b-256 of the last fixed part: what the next record's prev is */
};
/* The newest record now (looks at the file again: others may have appended). */
enum rc log_head(struct log *l, struct log_head *out, struct err *e) MUST_CHECK;
/* Is there a record of kind freeze with seq >= from? Needs no key. seq may be NULL. */
enum rc log_freeze_since(struct log *l, uint64_t from, bool *found, uint64_t *seq, int64_t *time_ms, struct err *e)
    MUST_CHECK;

/* The LKs that boxes and umacs are checked with: ascending last_seq (table old_lk), the present LK last with
 * UINT64_MAX. */
struct log_lk { uint64_t last_seq; const unsigned char *lk; };
/* The key pair of the boxes of that LK: for what else is sealed to the log while locked (store/inbox.h). */
void log_box_pair(unsigned char pub[32], unsigned char priv[32], const unsigned char lk[32]);

struct log_entry {
	uint64_t seq;
	int64_t time_ms;
	char origin;                        /* 'U': authenticated by LK; 'L': anyone with the files can write it */
	bool freeze;
	bool opened;                        /* box open and equal to its commit; for 'U' also the umac right */
	const char *text;                   /* the payload, NUL-terminated; NULL unless opened; valid during the call */
	size_t n;
	const unsigned char *fixed;         /* LOG_FIXED bytes, valid during the call (evidence: log.bin) */
	const unsigned char *salt;          /* 32 bytes; NULL unless opened (evidence: log-open.csv) */
};
typedef enum rc (*log_fn)(void *ctx, const struct log_entry *en, struct err *e);   /* anything but OK ends the walk */

/* Every record with seq >= from, without checking the chain (signatures): fast enough for a listing. nlk 0: no
 * payloads. */
enum rc log_each(struct log *l, const struct log_lk *lk, size_t nlk, uint64_t from, log_fn fn, void *ctx, struct err *e)
    MUST_CHECK;

enum log_what {
	LOG_ALTERED,                        /* a signed field was changed, or the record is not of this chain */
	LOG_MISSING,                        /* records before this one were dropped */
	LOG_ORDER,                          /* inserted, repeated or out of order */
	LOG_LENGTH,                         /* cannot be a record: what follows cannot be read */
	LOG_ORIGIN,                         /* umac wrong, or origin byte swapped */
	LOG_BOX,                            /* box missing, or it does not open to its commit */
	LOG_CUT,                            /* the newest records are missing, or logstate is not of this log */
	LOG_EXTRA,                          /* records follow the one that logstate knows: an old one was put back */
	LOG_STATE,                          /* logstate missing or damaged */
	LOG_ROLLBACK,                       /* a checkpoint knows of newer records than there are */
	LOG_FORK,                           /* the record of a checkpoint's seq is another one */
	LOG_CLOCK,                          /* note, not damage: the clock went back more than 5 minutes here */
	LOG_UNPROVEN                        /* note: no logstate was there to compare the tail with */
};
const char *log_what_str(enum log_what w);  /* static N_() text for people */
bool log_what_bad(enum log_what w);         /* false for the notes */

struct log_finding { enum log_what what; uint64_t seq; };
struct log_report {
	struct log_finding *f;              /* malloc'd, owned; at most LOG_FINDINGS_MAX */
	size_t n, cap;
	uint64_t bad;                       /* all that log_what_bad(), also those past the limit; 0: unbroken */
	uint64_t entries, opened;           /* records read; boxes opened */
	int64_t first_ms, last_ms;
};
#define LOG_FINDINGS_MAX 1000u
void log_report_free(struct log_report *r);

/* The whole chain from pk0: framing, seq, prev, signature, and with LKs box, commit and umac; then the tail against
 * logstate. fn may be NULL; it sees every record that can be read, good or bad. OK also when there are findings: look
 * at r->bad. r is empty before. */
enum rc log_verify(struct log *l, const struct log_lk *lk, size_t nlk, log_fn fn, void *ctx, struct log_report *r,
    struct err *e) MUST_CHECK;

/* What the last 'U' record says of the database: db= and hdr=. found false: no 'U' record opens. At unlock: changes or
 * header seq below these = rollback of the database. */
enum rc log_last_counters(struct log *l, const struct log_lk *lk, size_t nlk, uint64_t *changes, uint64_t *hdr,
    bool *found, struct err *e) MUST_CHECK;

/* ---- transactional outbox -------------------------------------------------------------------------------------- */

/* One row of log_outbox: the payload starts with id in hex; from_seq = next_seq of the log when the row was written. */
struct log_pending { unsigned char id[16]; uint64_t from_seq; const char *text; };
/* Is a record of this id there, with seq >= from? Looks at 'U' records only. */
enum rc log_find(struct log *l, const struct log_lk *lk, size_t nlk, const unsigned char id[16], uint64_t from,
    bool *found, struct err *e) MUST_CHECK;
/* Append those of the n rows that the log does not have yet, each once; the present LK is the last of lk. When it
 * returns OK every row is in the log and the caller deletes them. The caller holds the store lock. */
enum rc log_drain(struct log *l, const struct log_lk *lk, size_t nlk, const struct log_pending *rows, size_t n,
    int64_t now_ms, struct err *e) MUST_CHECK;

/* ---- payload text (store/log_text.c) --------------------------------------------------------------------------- */
/*
 *     <32 hex digits> <event>[ <key>=<value>]...[ db=<changes> hdr=<seq>]
 * event and key: a-z 0-9 '-', 1 to 31 characters. value: bytes 0x21..0x7e and 0x80..0xff stand for themselves except
 * '%'; those and all others are %XX (upper case). A value may be empty. 'U' payloads end with db= and hdr=. Names in
 * use:
 *     init  unlock  unlock-failed count=  lock  freeze reason=  freeze-account account= reason=  thaw-account
 *     accounts= records= quarantined=  thaw  recover  passwd  epoch epoch=  chain pk0= seq=
 *     hash= file= reveal record=<32 hex> version= how=show|copy|otp|rotate  secret-set record= version=  secret-remove
 *     record=  export format= rows= import statement= rows=  statement-remove statement=  account-add account=
 *     account-edit account=  account-remove account= kit-new  kit-check  policy what= value=  2fa what=  clock-back
 *     from= to=  fuse-destroyed  change (at lock or close)  evidence  case what=open|update|climb|letter|close id=
 *     who= rung= kind=
 */
void log_text_begin(struct buf *b, const unsigned char id[16], const char *event);      /* id NULL: a random one */
void log_text_add(struct buf *b, const char *key, const char *value);
void log_text_bytes(struct buf *b, const char *key, const void *value, size_t n);       /* any bytes */
void log_text_hex(struct buf *b, const char *key, const void *p, size_t n);             /* as lower-case hexadecimal */
void log_text_u64(struct buf *b, const char *key, uint64_t v);
void log_text_db(struct buf *b, uint64_t changes, uint64_t hdr);                        /* last, for 'U' */

#define LOG_FIELDS_MAX 24u
struct log_text {
	unsigned char id[16];
	char event[32];
	size_t fields;
	struct { char key[32]; const char *value; size_t n; } field[LOG_FIELDS_MAX];   /* decoded; value NUL-terminated,
	    in store */
	char store[LOG_TEXT_MAX + LOG_FIELDS_MAX + 1];
};
/* false: not of this form (a payload from elsewhere; show it as text then). Big: do not put many on a stack. */
bool log_text_parse(struct log_text *out, const char *text, size_t n) MUST_CHECK;
const char *log_text_get(const struct log_text *t, const char *key);                    /* NULL: no such field */
bool log_text_get_u64(const struct log_text *t, const char *key, uint64_t *out) MUST_CHECK;

/* When each record id was last revealed, for the exposure list. Sorted by id. */
struct log_reveal { unsigned char record[16]; int64_t time_ms; uint64_t version; };
struct log_reveals { struct log_reveal *r; size_t n, cap; };                            /* r malloc'd, owned */
void log_reveals_free(struct log_reveals *r);
/* Add one entry if it is a reveal; for use inside a log_fn of log_verify() or log_each(). */
enum rc log_reveals_note(struct log_reveals *r, const struct log_entry *en, struct err *e) MUST_CHECK;
const struct log_reveal *log_reveals_find(const struct log_reveals *r, const unsigned char record[16]);

/* ---- checkpoint (store/log_checkpoint.c) ------------------------------------------------------------------------ */
/*
 * A few lines of text, then their signature in the form of minisign (legacy `Ed`, verifies with minisign -V, signify
 * -V):
 *     purser log checkpoint 1
 *     vault <32 hex>
 *     pk0 <64 hex>
 *     seq <decimal>            the newest record, or "none"
 *     head <64 hex>            its hash
 *     time <RFC 3339, UTC>     when the checkpoint was made
 *     untrusted comment: ...   four lines; what is signed is everything before them
 * About 520 bytes: a QR code or a text message.
 */
/* E_DAMAGED: logstate does not vouch for the newest record; a checkpoint of it would anchor a lie. */
enum rc log_checkpoint(struct log *l, const unsigned char vault_id[16], const unsigned char ek_seed[32], int64_t now_ms,
    struct buf *out, struct err *e) MUST_CHECK;
/* Compare with a checkpoint of n bytes. ek_pub NULL: the signature is not checked (locked), *signed_ok false.
 * Differences become findings LOG_ROLLBACK, LOG_FORK in r. E_INPUT: no checkpoint, of another vault or chain, or its
 * signature is wrong. */
enum rc log_against(struct log *l, const char *text, size_t n, const unsigned char vault_id[16],
    const unsigned char *ek_pub, struct log_report *r, int64_t *made_ms, bool *signed_ok, struct err *e) MUST_CHECK;

#endif
