/*
 * store/acctfreeze.h: freeze of single accounts (keys.md section 7, ACCOUNT-FROZEN): their entries in the fuse go, the
 * ledger only notes it. Private to store/, but for what vault.h has.
 *
 * `freeze.accounts` (device directory) is the commit point between fuse and ledger: magic "PURSFRA1"(8) | vault_id(16)
 * | accounts u32 | records u32 | uid of each account(16) | rec_id of each entry to erase(16) | BLAKE2b-256 of all
 * before(32). Whoever takes the store lock and finds it erases these entries, which needs no key; whoever has LK then
 * sets the flags and removes it. It can only take away, so nothing but accidents is guarded against.
 */
#ifndef PURSER_STORE_ACCTFREEZE_H
#define PURSER_STORE_ACCTFREEZE_H

#include "store/vault.h"

#define ACCOUNTS_MARKER "freeze.accounts"

bool acctfreeze_marked(const struct home *h);
/* Under the store lock: a marker that was never finished goes. */
void acctfreeze_tidy(const struct home *h);
/* Under the store lock, without a key: erase what the marker names. E_FAILED: an entry may still open.
 * E_DAMAGED: it cannot be told which (a marker like that goes by itself where there is no fuse). */
enum rc acctfreeze_finish_entries(const struct home *h, struct err *e) MUST_CHECK;
/* With LK: the flags of a marker that a killed run left; nothing while v->locked or on a read-only medium. */
enum rc acctfreeze_settle(struct vault *v, int64_t now_ms, int64_t wait_ms, struct err *e) MUST_CHECK;

/* account.frozen of the account with this uid: ms, 0: not frozen. An unknown uid is not frozen. */
enum rc rows_account_frozen(struct db *db, const unsigned char uid[ID_LEN], int64_t *since, struct err *e) MUST_CHECK;
enum rc rows_account_set_frozen(
    struct db *db, const unsigned char uid[ID_LEN], int64_t since, struct err *e) MUST_CHECK;
/* All of them at once, by a thaw: those of the list (NULL: every account) are free, the others frozen since `since`. */
struct uid_list { unsigned char (*uid)[ID_LEN]; size_t n; };
enum rc rows_accounts_thaw(struct db *db, const struct uid_list *only, int64_t since, struct err *e) MUST_CHECK;
bool uid_list_has(const struct uid_list *l, const unsigned char uid[ID_LEN]);

/* Entries that belong to accounts which are frozen (an older fuse came back, a thaw was killed) are erased. *frozen:
 * versions of frozen accounts. */
enum rc acctfreeze_enforce(struct vault *v, size_t *frozen, size_t *erased, struct err *e) MUST_CHECK;

/* meta name of "exposed-before" of one account. */
void exposed_name(char out[64], const unsigned char uid[ID_LEN]);

#endif
