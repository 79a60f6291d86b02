/* store/symptoms.h: what the ledger knows of an account, or of one row of it, for wallet/diagnose.h. Reads rows,
 * statements and accounts only, never table secret. */
#ifndef PURSER_STORE_SYMPTOMS_H
#define PURSER_STORE_SYMPTOMS_H

#include "store/account.h"
#include "wallet/diagnose.h"

struct db;

/* Of account a, and with row != 0 of that row of it. Fills everything but store_frozen, the login's secrets and the
 * card. */
enum rc symptoms_find(struct db *db, const struct account *a, int64_t row, int64_t now_ms, struct symptoms *out,
    struct err *e) MUST_CHECK;

#endif
