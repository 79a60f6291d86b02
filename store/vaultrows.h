/*
 * store/vaultrows.h: the rows the vault itself needs, inside the encrypted ledger: secret versions, quarantine, earlier LKs, meta.
 * VAULT_TABLES_SQL is part of migration 1 (schema.c). Writing functions expect to be called inside the caller's transaction,
 * under the store lock.
 */
#ifndef PURSER_STORE_VAULTROWS_H
#define PURSER_STORE_VAULTROWS_H

#include "store/vault.h"

/*
 * secret       every version of every secret; use says what the version is for: SECRET_CURRENT, _PENDING (rotation under way),
 *              _OLD (history). Not part of aad: rotation promotes a version without sealing it anew.
 * quarantine   versions that did not authenticate at a thaw, as they were, and why
 * old_lk       each earlier ledger key and the last log record written under it
 * meta         single values by name: "manifest" (root, 32 bytes), "changes" (u64 LE), "exposed_before" (i64 LE ms),
 *              "share-commit" (32 bytes each), "evidence" (EK seed)
 */
#define VAULT_TABLES_SQL \
	"CREATE TABLE secret(" \
	"  rec_id BLOB NOT NULL CHECK(length(rec_id) = 16)," \
	"  version INTEGER NOT NULL CHECK(version > 0)," \
	"  acct_id BLOB NOT NULL CHECK(length(acct_id) = 16)," \
	"  kind INTEGER NOT NULL CHECK(kind BETWEEN 1 AND 255)," \
	"  use INTEGER NOT NULL CHECK(use BETWEEN 1 AND 3)," \
	"  created INTEGER NOT NULL," \
	"  mtag BLOB NOT NULL CHECK(length(mtag) = 32)," \
	"  seal BLOB NOT NULL CHECK(length(seal) = 152)," \
	"  body BLOB NOT NULL," \
	"  PRIMARY KEY(rec_id, version)) STRICT;" \
	"CREATE INDEX secret_by_account ON secret(acct_id, kind, use);" \
	"CREATE INDEX secret_manifest ON secret(rec_id, version, mtag);" \
	"CREATE TABLE quarantine(" \
	"  rec_id BLOB NOT NULL, version INTEGER NOT NULL, acct_id BLOB NOT NULL, kind INTEGER NOT NULL," \
	"  use INTEGER NOT NULL, created INTEGER NOT NULL, mtag BLOB NOT NULL, seal BLOB NOT NULL, body BLOB NOT NULL," \
	"  since INTEGER NOT NULL, why TEXT NOT NULL," \
	"  PRIMARY KEY(rec_id, version, since)) STRICT;" \
	"CREATE TABLE old_lk(last_seq INTEGER PRIMARY KEY, lk BLOB NOT NULL CHECK(length(lk) = 32)) STRICT;" \
	"CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"

enum secret_use { SECRET_CURRENT = 1, SECRET_PENDING = 2, SECRET_OLD = 3 };

/* secret: put fails with E_EXISTS on the same (rec, version). get: version 0 = the newest. E_NOTFOUND. */
enum rc rows_secret_put(struct db *db, const struct record *r, enum secret_use use, struct err *e) MUST_CHECK;
enum rc rows_secret_get(struct db *db, const unsigned char rec[ID_LEN], uint64_t version, struct record *out,
    enum secret_use *use, struct err *e) MUST_CHECK;
enum rc rows_secret_use(struct db *db, const unsigned char rec[ID_LEN], uint64_t version, enum secret_use use, struct err *e)
    MUST_CHECK;
enum rc rows_secret_delete(struct db *db, const unsigned char rec[ID_LEN], uint64_t version, struct err *e) MUST_CHECK;
/* Calls each() for all versions in order of (rec_id, version); stops at the first error it returns. */
enum rc rows_secret_each(struct db *db, enum rc (*each)(void *arg, const struct record *r, enum secret_use use, struct err *e),
    void *arg, struct err *e) MUST_CHECK;
/* Recompute the manifest root after any change to `secret`, last thing in the transaction. */
enum rc rows_manifest_update(struct db *db, struct err *e) MUST_CHECK;
/* The root now, computed from the rows' mtags. */
enum rc rows_manifest_root(struct db *db, unsigned char root[32], struct err *e) MUST_CHECK;

/* meta: get fills n bytes exactly; E_NOTFOUND, E_DAMAGED (other size). */
enum rc rows_meta_put(struct db *db, const char *name, const void *value, size_t n, struct err *e) MUST_CHECK;
enum rc rows_meta_get(struct db *db, const char *name, void *value, size_t n, struct err *e) MUST_CHECK;
enum rc rows_meta_delete(struct db *db, const char *name, struct err *e) MUST_CHECK;
/* The counter of write transactions: +1 by every one of them (keys.md 8). */
enum rc rows_changes_bump(struct db *db, struct err *e) MUST_CHECK;
enum rc rows_changes(struct db *db, uint64_t *out, struct err *e) MUST_CHECK;

#endif
