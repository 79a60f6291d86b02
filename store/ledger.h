/*
 * store/ledger.h: the outbox of the audit log (keys.md section 8) and totals. Commands write through the transaction of
 * vault.h (vault_txn_begin()), which fills and drains the outbox; the counter `changes` is in store/vaultrows.h.
 */
#ifndef PURSER_STORE_LEDGER_H
#define PURSER_STORE_LEDGER_H

#include "base/buf.h"

#include <stdint.h>

struct db;

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
struct ledger_totals { uint64_t accounts, accounts_frozen, transactions, statements, incidents_open, unreviewed; };
enum rc ledger_totals(struct db *db, struct ledger_totals *out, struct err *e) MUST_CHECK;

#endif
