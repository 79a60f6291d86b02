/*
 * store/ledger.h: the write transaction of commands over an unlocked vault, the outbox of the audit log (keys.md
 * section 8) and totals. The counter `changes` and other single values are in store/vaultrows.h.
 */
#ifndef PURSER_STORE_LEDGER_H
#define PURSER_STORE_LEDGER_H

#include "base/buf.h"

#include <stdint.h>

struct db;
struct vault;
struct writing;

/*
 * One command, one transaction: store lock (waits up to wait_ms), keys compared, BEGIN IMMEDIATE. E_BUSY, E_LOCKED
 * ... as vault_write_begin().
 *	AUTO(ledger_end) struct writing *w = NULL;
 *	if ((rc = ledger_begin(v, wait_ms, &w, e)) != OK || (rc = account_add(vault_db(v), ...)) != OK)
 *		return rc;
 *	log_text_begin(&text, NULL, "account-add"); log_text_add(...);
 *	return ledger_commit(&w, buf_str(&text), now_ms, e);
 */
enum rc ledger_begin(struct vault *v, int64_t wait_ms, struct writing **out, struct err *e) MUST_CHECK;
/* `changes` + 1, the outbox row (text: a payload that log_text_begin() began, without db= and hdr=; NULL: nothing
 * to log), COMMIT, and the outbox is appended to the log; when only that last part fails the change stands and the
 * next write appends it. Sets NULL. */
enum rc ledger_commit(struct writing **w, const char *text, int64_t now_ms, struct err *e) MUST_CHECK;
/* Roll back unless committed, and give the lock back. Safe with NULL. */
void ledger_end(struct writing **w);

/* The transactional outbox: the payload (it starts with the id in hex, log_text_begin()) is kept in the same
 * transaction as what it tells of, and appended to the log when the outbox is drained. from_seq: next_seq of the
 * log at that time. */
enum rc outbox_add(struct db *db, const unsigned char id[16], uint64_t from_seq, const char *text,
    struct err *e) MUST_CHECK;
struct outbox_row { unsigned char id[16]; uint64_t from_seq; const char *text; };
/* In the order written; rows are borrowed during the call. */
enum rc outbox_each(struct db *db, enum rc (*fn)(void *ctx, const struct outbox_row *row, struct err *e), void *ctx,
    struct err *e) MUST_CHECK;
enum rc outbox_count(struct db *db, uint64_t *n, struct err *e) MUST_CHECK;
enum rc outbox_delete(struct db *db, const unsigned char id[16], struct err *e) MUST_CHECK;

/* Totals for `status` and `check`. */
struct ledger_totals { uint64_t accounts, transactions, statements, incidents_open, unreviewed; };
enum rc ledger_totals(struct db *db, struct ledger_totals *out, struct err *e) MUST_CHECK;

#endif
