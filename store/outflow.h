/*
 * store/outflow.h: the rows that wallet/savable.h reckons with: those of an incident, or of accounts, and what left
 * these accounts in the OUTFLOW_HOURS before the newest row that is suspicious, or before now. Reads only, bounded.
 */
#ifndef PURSER_STORE_OUTFLOW_H
#define PURSER_STORE_OUTFLOW_H

#include "wallet/savable.h"

struct db;

#define SAVABLE_ROWS_MAX 500u           /* the newest ones; more are counted */

struct savings {
	struct savables rows;           /* most savable first */
	struct outflows pace;
	uint64_t left_out;              /* rows past SAVABLE_ROWS_MAX */
};
void savings_free(struct savings *x);
#define SAVINGS AUTO(savings_free) struct savings

/* The rows of the incident; the pace of its accounts. p may be NULL, and must outlive out. */
enum rc savings_incident(struct db *db, int64_t incident, const struct providers *p, int64_t now_ms,
    struct savings *out,
    struct err *e) MUST_CHECK;
/* The rows of these accounts with the verdict fraud or unsure or in an incident that is open; where an account has
 * none, what left it in the last OUTFLOW_HOURS. */
enum rc savings_accounts(struct db *db, const int64_t *account, size_t n, const struct providers *p, int64_t now_ms,
    struct savings *out, struct err *e) MUST_CHECK;

#endif
