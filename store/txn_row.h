/* store/txn_row.h: what import.c, remove.c and link.c share. Only store/ includes this. */
#ifndef PURSER_STORE_TXN_ROW_H
#define PURSER_STORE_TXN_ROW_H

#include "store/sql.h"
#include "wallet/txn.h"

enum outcome { ROW_ADDED = 0, ROW_UPDATED = 1, ROW_DUPLICATE = 2 };

#define CELL_SEP '\x1f'                 /* between cells and between header cells; texts have no control characters */
#define NO_DATE INT64_MIN               /* sort_us of a row without a date */
#define SOURCE_ID(statement, n) ((int64_t)(statement) << 32 | (int64_t)(n))
#define SOURCE_STATEMENT(source) ((source) >> 32)

/*
 * The view: what may change from one export to the next; 13 columns, in this order.
 */
#define VIEW \
	"status, status_text, moves, flags, cur, exp, amount, fee_cur, fee_exp, fee, bal_cur, bal_exp, balance"
void view_bind(struct sql *q, int at, const struct txn *t);

/* What decides whether a view is news. */
struct view_key {
	enum txn_status status;
	bool has_amount;
	int64_t amount;
	unsigned exp;
	char cur[CURRENCY_MAX + 1];
};
/* at: the column of the view's status. */
void view_key_read(struct sql *q, int at, struct view_key *out);
void view_key_of(const struct txn *t, struct view_key *out);
/* Does `later` replace `now`? Another status or amount does; but `pending` from an older export that is imported
 * late does not undo what is final. */
bool view_replaces(const struct view_key *now, const struct view_key *later);

/* when in 7 columns: sort_us, local_us, has_time, utc_us, offset_s, zone, zone_known. */
void when_bind(struct sql *q, int at, const struct when *w);
/* "YYYY-MM-DD" of days since 1970-01-01. */
void day_put(char out[11], int64_t day);
struct import_result;
/* Add to the in or out of the currency, by the sign. */
enum rc import_result_sum(struct import_result *r, const struct money *m, struct err *e) MUST_CHECK;

/* What --search looks through: counterparty, description, type, method, id, related id; "" where there is none. */
#define TXN_TEXTS 6u
enum rc txn_text_put(struct db *db, int64_t txn, const char *const text[TXN_TEXTS], struct err *e) MUST_CHECK;

/* Index value of a provider's id within an account; never for "". */
int64_t id_hash(int64_t account, const char *id);

/* Whether the closed payments (MOVED_WITH_TWIN) with this id count: their refund row must be there (txn_twins()). */
enum rc twins_refresh(struct db *db, int64_t account, const char *pid, struct err *e) MUST_CHECK;
/* Set the parent of a new row from its related id, and make it the parent of rows that waited for it. */
enum rc link_row(struct db *db, int64_t account, int64_t id, const struct txn *t, struct err *e) MUST_CHECK;
/* The row is about to go: its children have no parent any more. */
enum rc unlink_row(struct db *db, int64_t txn, struct err *e) MUST_CHECK;

#endif
