/*
 * store/provisional.h: rows that the owner notes himself (history add) before a statement tells of them. A later
 * statement row of the same account, currency and amount takes the place of one within a few days: the row of the
 * ledger, its verdict and its place in an incident stay, and the public ID of before still finds it. Taking that import
 * back gives the noted row back.
 */
#ifndef PURSER_STORE_PROVISIONAL_H
#define PURSER_STORE_PROVISIONAL_H

#include "wallet/entry.h"
#include "wallet/txn.h"

struct db;

#define PROVISIONAL_DAYS 4      /* how far a statement's day may be from the noted one */

struct provisional {
	int64_t account;                /* row id */
	struct when when;               /* with a date */
	struct money amount;
	const char *counterparty;       /* "" not known */
	bool sealed;                    /* noted while locked: not authenticated */
	int64_t made_ms;
};
/* Inside a write transaction. id: its public ID; txn: its row. */
enum rc provisional_add(struct db *db, const struct provisional *p, char id[TXN_ID_LEN + 1], int64_t *txn,
    struct err *e) MUST_CHECK;
/* Is there one of this account that no statement took yet? */
enum rc provisional_any(struct db *db, int64_t account, bool *any, struct err *e) MUST_CHECK;
/* The noted row that this row of a statement is, marked as taken: the one nearest in time, of those whose counterparty
 * agrees (strict) or of all. *txn 0: none. */
enum rc provisional_claim(struct db *db, int64_t account, const struct txn *t, bool strict, int64_t *txn,
    struct err *e) MUST_CHECK;
/* The statement row that took the place goes: the noted row is back. *was false: there was none. */
enum rc provisional_restore(struct db *db, int64_t txn, bool *was, struct err *e) MUST_CHECK;

#endif
