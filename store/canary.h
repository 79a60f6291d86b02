/*
 * store/canary.h: bait. A record that is marked so (only in the ledger: nothing of it is seen while locked) is not
 * shown: asking for it writes a log record and freezes the store, and the answer is the ordinary one of a frozen store.
 * Detection and damage control, no more: whoever holds LK can read the marks with a tool of his own.
 */
#ifndef PURSER_STORE_CANARY_H
#define PURSER_STORE_CANARY_H

#include "store/vault.h"

enum rc canary_is(struct db *db, const unsigned char rec[ID_LEN], bool *is, struct err *e) MUST_CHECK;
/* Inside a write transaction. */
enum rc canary_mark(struct db *db, const unsigned char rec[ID_LEN], struct err *e) MUST_CHECK;
/* Marks of records that are gone. Inside a write transaction. */
enum rc canary_sweep(struct db *db, struct err *e) MUST_CHECK;
/* Somebody asked for it: log, freeze, forget SK. Always E_FROZEN, with the words of any frozen store. */
enum rc canary_sprung(struct vault *v, const struct record_id *id, int64_t now_ms, struct err *e);

#endif
