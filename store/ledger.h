/*
 * store/ledger.h: the rows that every write transaction touches: the counter `changes` and the outbox of the audit log
 * (keys.md section 8), and small named values. What writes must run inside a write transaction of the caller.
 */
#ifndef PURSER_STORE_LEDGER_H
#define PURSER_STORE_LEDGER_H

#include "base/buf.h"

#include <stdint.h>

struct db;

/* The number of write transactions so far. */
enum rc changes_get(struct db *db, uint64_t *out, struct err *e) MUST_CHECK;
/* +1, once per write transaction. */
enum rc changes_bump(struct db *db, struct err *e) MUST_CHECK;

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

/* Table meta: small named values that are no secret (kit status, last backup ...). meta_get: found false and out
 * empty when there is none. */
enum rc meta_get(struct db *db, const char *name, struct buf *out, bool *found, struct err *e) MUST_CHECK;
enum rc meta_put(struct db *db, const char *name, const void *p, size_t n, struct err *e) MUST_CHECK;
enum rc meta_delete(struct db *db, const char *name, struct err *e) MUST_CHECK;

/* Totals for `status` and `check`. */
struct ledger_totals { uint64_t accounts, transactions, statements, incidents_open, unreviewed; };
enum rc ledger_totals(struct db *db, struct ledger_totals *out, struct err *e) MUST_CHECK;

#endif
