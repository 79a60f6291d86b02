/*
 * agent/secrets.h: the secrets of accounts: versions, what each is for, and the transactions that change them. Every
 * change is one transaction of store.db; the fuse entry of a new version is on disk before its row (keys.md section
 * 4), so a kill leaves the old or the new state and no password is ever lost.
 */
#ifndef PURSER_AGENT_SECRETS_H
#define PURSER_AGENT_SECRETS_H

#include "agent/access.h"
#include "store/vaultrows.h"

struct secret_row {                     /* one version, without its value */
	struct record_id id;
	enum secret_use use;
	int64_t created_ms;
	bool readable;                  /* has a fuse entry now */
};
struct secret_rows { size_t n; struct secret_row *r; };
void secret_rows_free(struct secret_rows *all);

/* All versions of an account (acct NULL: of all accounts), by record and version. */
enum rc secrets_list(struct access *a, const unsigned char *acct, struct secret_rows *out, struct err *e) MUST_CHECK;
/* The version in use, or pending, of an account's secret of this kind. E_NOTFOUND without message when there is
 * none. */
enum rc secrets_find(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, enum secret_use use,
    struct record *out, struct err *e) MUST_CHECK;
enum rc secrets_version(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, uint64_t version,
    struct record *out, enum secret_use *use, struct err *e) MUST_CHECK;

/* A new version for use: SECRET_CURRENT (the one before becomes SECRET_OLD) or SECRET_PENDING (an earlier pending
 * one is dropped). account: its name, for the log. *id and *sealed_only may be NULL; sealed_only: no fuse entry
 * (frozen): the kit brings it back. */
enum rc secrets_put(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, const struct secret *plain,
    enum secret_use use, int64_t now_ms, int64_t wait_ms, struct record_id *id, bool *sealed_only,
    struct err *e) MUST_CHECK;
/* Bait (store/canary.h): a first version that freezes the store when it is asked for. E_EXISTS: there is a value of this
 * kind already. */
enum rc secrets_put_canary(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, const struct secret *plain,
    int64_t now_ms, int64_t wait_ms, struct record_id *id, bool *sealed_only, struct err *e) MUST_CHECK;
/* A new version in use, and the one before is gone for good: for values that only move on (a counter, burnt codes). */
enum rc secrets_replace(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, const struct secret *plain,
    int64_t now_ms, int64_t wait_ms, struct err *e) MUST_CHECK;
/* Pending becomes current, current becomes old. E_NOTFOUND: nothing is pending. */
enum rc secrets_promote(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, int64_t now_ms,
    int64_t wait_ms, struct record_id *now_current, struct err *e) MUST_CHECK;
/* Drop the pending version. E_NOTFOUND. */
enum rc secrets_abort(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, int64_t now_ms, int64_t wait_ms,
    struct err *e) MUST_CHECK;
/* An old version is the current one again. E_NOTFOUND. */
enum rc secrets_restore(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, uint64_t version,
    int64_t now_ms, int64_t wait_ms, struct err *e) MUST_CHECK;
/* Every version of this kind (kind 0: of every kind), with their fuse entries. E_NOTFOUND: none. */
enum rc secrets_remove(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, int64_t now_ms,
    int64_t wait_ms, struct err *e) MUST_CHECK;

#endif
