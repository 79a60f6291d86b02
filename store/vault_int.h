/* store/vault_int.h: what the files of the vault share; private to store/. */
#ifndef PURSER_STORE_VAULT_INT_H
#define PURSER_STORE_VAULT_INT_H

#include "base/time.h"
#include "store/logkeys.h"
#include "store/sql.h"
#include "store/fuse.h"
#include "store/log.h"
#include "store/vaultrows.h"

#define LOG_WAIT_MS 2000u

struct vault {
	struct home *h;                         /* own descriptors */
	struct keys keys;                       /* MAC-verified under lk */
	struct secret lk, sk;                   /* sk empty: none */
	struct db *db;
	struct log *log;
	enum vault_state state;
	bool read_only;                         /* the medium is: no log, so no reveal */
	bool duress;                            /* opened with that password: says nothing of a freeze that nobody saw before */
	bool has_head;
	unsigned char head[FUSE_SECTOR];        /* sector 0 of the fuse that sk came from */
	uint64_t logged_changes;                /* `changes` of the newest record this handle wrote or saw */
	struct vault_notices notices;
	bool locked;                            /* whoever opens this holds the store lock already */
	const char *what; /* the change that is being finished, for the log; NULL: an earlier run's */
	bool settling;                          /* a freeze of accounts is being finished */
	bool records_bad;                       /* manifest root or an mtag does not fit */
};

/* Empty but for h, keys and lk; db, log and the rest follow. lk is taken over on success. */
enum rc vault_new(
    const struct home *h, const struct keys *k, struct secret *lk, struct vault **out, struct err *e) MUST_CHECK;
/* store.db, the last step of a pending change, epoch, log, rollback checks, outbox. */
enum rc vault_open_files(struct vault *v, bool trust, int64_t now_ms, int64_t wait_ms, struct err *e) MUST_CHECK;
/* Step 5 of a change, if one waits; takes the store lock unless v->locked. v->what goes into the log. */
enum rc vault_settle_change(struct vault *v, int64_t now_ms, int64_t wait_ms, struct err *e) MUST_CHECK;
/* Append what the outbox holds; under the store lock. */
enum rc vault_drain(struct vault *v, int64_t now_ms, struct err *e) MUST_CHECK;

/* vault_id | rec_id | acct_id | kind | version */
#define RECORD_AAD_LEN (16u + 2 * ID_LEN + 1u + 8u)
void record_aad(unsigned char aad[RECORD_AAD_LEN], const unsigned char vault_id[16], const struct record_id *id);
/* All of a record from its RK: body from plain, seal to R_pub, mtag. */
enum rc record_build(const unsigned char vault_id[16], const unsigned char r_pub[32], const struct secret *lk,
    const unsigned char rk[KEY_LEN], const struct record_id *id, const struct secret *plain, int64_t created_ms,
    struct record *out, struct err *e) MUST_CHECK;
bool record_mtag_ok(const unsigned char vault_id[16], const struct secret *lk, const struct record *r) MUST_CHECK;
void record_wrap(unsigned char wrap[RECORD_WRAP_LEN], const unsigned char vault_id[16], const struct secret *sk,
    const unsigned char rk[KEY_LEN], const struct record_id *id);
enum rc record_unwrap(unsigned char rk[KEY_LEN], const unsigned char vault_id[16], const struct secret *sk,
    const unsigned char wrap[RECORD_WRAP_LEN], const struct record_id *id) MUST_CHECK;
/* RK by the kit: R's halves open the box, LK the inner seal. E_KEY, E_TAMPER. */
enum rc record_unseal(unsigned char rk[KEY_LEN], const unsigned char vault_id[16], const unsigned char r_pub[32],
    const struct secret *r_priv, const struct secret *lk, const struct record *r) MUST_CHECK;
/* Is there an entry under another name that opens for this version? Then its name was damaged. */
bool record_entry_misnamed(const struct vault *v, const struct record_id *id) MUST_CHECK;
enum rc record_body(const unsigned char vault_id[16], const unsigned char rk[KEY_LEN], const struct record *r,
    struct secret *plain, struct err *e) MUST_CHECK;

#endif
