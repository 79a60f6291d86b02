/*
 * store/vaultrows.h: the rows the vault itself needs inside the encrypted ledger: secret versions, quarantine, earlier
 * ledger keys, single values. VAULT_TABLES_SQL is part of migration 1 (schema.c). What writes runs inside a write
 * transaction of the caller.
 */
#ifndef PURSER_STORE_VAULTROWS_H
#define PURSER_STORE_VAULTROWS_H

#include "store/vault.h"

/*
 * secret       every version of every secret; use: what the version is for, enum secret_use. It is not part of aad:
 *              a rotation promotes a version without sealing it anew.
 * quarantine   versions that did not authenticate at a thaw, as they were, and why
 * old_lk       each earlier ledger key and the number of the last log record written under it
 * meta         single values by name; those of the vault: "changes", u64 LE;
 *              "manifest": the root; "manifest-stale": rows of `secret` changed since it was computed;
 *              "exposed-before": i64 LE ms; "share-commits": 32 bytes each
 */
#define VAULT_TABLES_SQL \
	"CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;" \
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
	"CREATE TRIGGER secret_insert AFTER INSERT ON secret BEGIN" \
	"  INSERT OR REPLACE INTO meta(name, value) VALUES('manifest-stale', x'01'); END;" \
	"CREATE TRIGGER secret_delete AFTER DELETE ON secret BEGIN" \
	"  INSERT OR REPLACE INTO meta(name, value) VALUES('manifest-stale', x'01'); END;" \
	"CREATE TRIGGER secret_update AFTER UPDATE OF rec_id, version, mtag ON secret BEGIN" \
	"  INSERT OR REPLACE INTO meta(name, value) VALUES('manifest-stale', x'01'); END;" \
	"CREATE TABLE quarantine(" \
	"  rec_id BLOB NOT NULL, version INTEGER NOT NULL, acct_id BLOB NOT NULL, kind INTEGER NOT NULL," \
	"  use INTEGER NOT NULL, created INTEGER NOT NULL, mtag BLOB NOT NULL, seal BLOB NOT NULL," \
	"  body BLOB NOT NULL, since INTEGER NOT NULL, why TEXT NOT NULL," \
	"  PRIMARY KEY(rec_id, version, since)) STRICT;" \
	"CREATE TABLE old_lk(" \
	"  last_seq INTEGER PRIMARY KEY, lk BLOB NOT NULL CHECK(length(lk) = 32)) STRICT;"

enum secret_use { SECRET_CURRENT = 1, SECRET_PENDING = 2, SECRET_OLD = 3 };

/* E_EXISTS: that version is there. get: version 0 = the newest. E_NOTFOUND. */
enum rc rows_secret_put(struct db *db, const struct record *r, enum secret_use use, struct err *e) MUST_CHECK;
enum rc rows_secret_get(struct db *db, const unsigned char rec[ID_LEN], uint64_t version, struct record *out,
    enum secret_use *use, struct err *e) MUST_CHECK;
enum rc rows_secret_set_use(struct db *db, const unsigned char rec[ID_LEN], uint64_t version, enum secret_use use,
    struct err *e) MUST_CHECK;
enum rc rows_secret_delete(struct db *db, const unsigned char rec[ID_LEN], uint64_t version, struct err *e) MUST_CHECK;
/* All versions in order of (rec_id, version), or those of one account (acct may be NULL). r is borrowed during the
 * call; what fn returns other than OK ends the walk. */
typedef enum rc (*rows_secret_fn)(void *ctx, const struct record *r, enum secret_use use, struct err *e);
enum rc rows_secret_each(struct db *db, const unsigned char *acct, rows_secret_fn fn, void *ctx, struct err *e)
    MUST_CHECK;
enum rc rows_secret_count(struct db *db, uint64_t *n, struct err *e) MUST_CHECK;

/* The root over (rec_id, version, mtag) of all rows in that order. update: computed, kept in meta, no longer stale. */
enum rc rows_manifest_root(struct db *db, unsigned char root[32], struct err *e) MUST_CHECK;
enum rc rows_manifest_update(struct db *db, struct err *e) MUST_CHECK;

enum rc rows_quarantine_put(struct db *db, const struct record *r, enum secret_use use, int64_t since_ms,
    const char *why, struct err *e) MUST_CHECK;

/* meta: get fills exactly n bytes; E_NOTFOUND without message: none; E_DAMAGED: another size. */
enum rc rows_meta_put(struct db *db, const char *name, const void *value, size_t n, struct err *e) MUST_CHECK;
enum rc rows_meta_get(struct db *db, const char *name, void *value, size_t n, struct err *e) MUST_CHECK;
enum rc rows_meta_all(struct db *db, const char *name, struct buf *out, struct err *e) MUST_CHECK;      /* any size */
enum rc rows_meta_delete(struct db *db, const char *name, struct err *e) MUST_CHECK;
/* The counter of write transactions (meta "changes"): +1 by every one of them; vault_txn_commit() does it. */
enum rc rows_changes(struct db *db, uint64_t *out, struct err *e) MUST_CHECK;
enum rc rows_changes_bump(struct db *db, struct err *e) MUST_CHECK;

/* Earlier ledger keys, ascending; lk: 32 bytes each, one after the other, in one secret. */
struct old_lks { size_t n; uint64_t *last_seq; struct secret lk; };
void old_lks_free(struct old_lks *o);
enum rc rows_old_lk_put(struct db *db, uint64_t last_seq, const struct secret *lk, struct err *e) MUST_CHECK;
enum rc rows_old_lk_all(struct db *db, struct old_lks *out, struct err *e) MUST_CHECK;

#endif
