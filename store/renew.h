/* store/renew.h: the common part of init, passwd, kit new, thaw and recover: new keys, new files, one change.
 * Private to store/. */
#ifndef PURSER_STORE_RENEW_H
#define PURSER_STORE_RENEW_H

#include "store/acctfreeze.h"
#include "store/change.h"
#include "store/vault_int.h"

/* A new key set, in memory. Needs no lock: Argon2id runs here. */
struct fresh {
	struct keys keys;
	struct secret d, lk, sk;
	unsigned char wraps[KEYS_SLOTS][WRAPS_LEN];
};
void fresh_wipe(struct fresh *f);
/* The kit of a plan: that of how, or else (old, may be NULL) the one there is. */
void plan_kit(struct keys_plan *plan, const struct keys *old, const struct new_keys *how);
#define FRESH AUTO(fresh_wipe) struct fresh
/* What the new key set takes besides the password, as the flags of the plan ask for it. Borrowed; NULL: none. */
struct fresh_with { const unsigned char *keyfile_digest, *fido2; uint32_t targets[2]; };
/* plan: params are taken from how (or measured), the rest is complete. lk: kept, or NULL for a new one. with NULL: the
 * flags ask for nothing. */
enum rc fresh_make(struct fresh *f, struct keys_plan *plan, const struct secret *lk, const struct new_keys *how,
    const struct fresh_with *with, struct err *e) MUST_CHECK;

struct entries { struct fuse_entry *p; size_t n, cap; };
void entries_free(struct entries *en);
enum rc entries_add(struct entries *en, const struct record_id *id, const unsigned char wrap[RECORD_WRAP_LEN],
    struct err *e) MUST_CHECK;

/* The rows of a new store: every record sealed anew. Where RK comes from (fuse or kit) is the caller's. */
struct rewrite {
	const struct fresh *f;
	const struct kit *kit;                  /* new commitments, or NULL: keep */
	const struct secret *old_lk;            /* kept for the old log; NULL: init */
	uint64_t next_seq;                      /* of the log: the old LK wrote up to the one before */
	int64_t exposed_before_ms;              /* 0: nothing is exposed by this */
	int64_t now_ms;
	const char *const *event;               /* payloads begun with log_text_begin(), for the outbox */
	size_t events;
	enum rc (*rk)(void *ctx, const struct record *r, unsigned char rk[KEY_LEN]);    /* not OK: quarantine */
	void *ctx;
	void (*progress)(void *arg, unsigned done, unsigned of);
	void *arg;
	struct entries *out;                    /* for fuse.next */
	size_t *quarantined;
	bool thaws;                             /* accounts are free again afterwards ... */
	const struct uid_list *only;            /* ... only these; NULL: all. The others get no entry */
};
/* Write store.db.next from v's store (or, v NULL, an empty one). Leaves it closed and whole on disk. Under the store
 * lock. */
enum rc rewrite_store(const struct home *h, struct vault *v, const struct rewrite *rw, struct err *e) MUST_CHECK;

/* device.key.next, keys.next, fuse.next, then the commit point and step 4. set: further files (1 << CF_...) that are
 * ready as .next. A failure before the commit point leaves nothing; after it (rc of this function is not OK and the
 * file `change` is there) any run finishes. E_FROZEN: a freeze came: before the commit point nothing was changed;
 * after it the new keys count, without a fuse. */
enum rc renew_commit(const struct home *h, const struct fresh *f, const struct entries *en, uint64_t log_seq,
    int64_t now_ms, unsigned set, bool *committed, struct err *e) MUST_CHECK;
/* rekey: the fuse alone, under the keys there are. */
enum rc renew_fuse(const struct home *h, const struct keys *k, const unsigned char (*wraps)[WRAPS_LEN],
    const struct entries *en, uint64_t log_seq, int64_t now_ms, const struct secret *lk, bool *committed,
    struct err *e) MUST_CHECK;
/* Every version that opens through the old fuse f (old SK: v's), wrapped for sk. What has no entry, or a damaged one,
 * stays for the kit only. */
enum rc rewrap_all(struct vault *v, struct fuse *f, const struct secret *sk, struct entries *out, struct err *e)
    MUST_CHECK;
/* Open what renew_commit() put into place: step 5, outbox; SK included unless a freeze came. what: for the log. */
enum rc renew_open(const struct home *h, const struct fresh *f, const char *what, int64_t now_ms, struct vault **out,
    struct err *e) MUST_CHECK;

#endif
