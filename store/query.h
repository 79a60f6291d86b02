/*
 * store/query.h: what is read from the transactions: filtered lists, one by its ID, versions, raw cells; and the
 * verdicts.
 */
#ifndef PURSER_STORE_QUERY_H
#define PURSER_STORE_QUERY_H

#include "wallet/entry.h"
#include "wallet/filter.h"

struct db;

typedef enum rc (*entry_fn)(void *ctx, const struct entry *en, struct err *e);  /* anything but OK ends the
										 * walk and is returned */

/* Stream the rows that pass f in its order; the entry and its strings are valid during the call of fn. fn must not
 * write. */
enum rc query_each(struct db *db, const struct filter *f, entry_fn fn, void *ctx, struct err *e) MUST_CHECK;
/* How many pass f; its limit is not applied. */
enum rc query_count(struct db *db, const struct filter *f, uint64_t *n, struct err *e) MUST_CHECK;

/* At least as many rows as there are, without counting them. */
enum rc query_size(struct db *db, uint64_t *n, struct err *e) MUST_CHECK;

/* By a unique prefix of 4 or more characters. E_USAGE: no ID, shorter, or ambiguous (candidates are named).
 * E_NOTFOUND. */
enum rc query_find(struct db *db, const char *id, int64_t *row_id, struct err *e) MUST_CHECK;
enum rc query_one(struct db *db, int64_t row_id, entry_fn fn, void *ctx, struct err *e) MUST_CHECK;

/* The cells of the row in its newest statement (all = false), or in every one, by header; a repeated header is
 * made unique with "#2", cells past the header are called "#<n>". */
typedef enum rc (*cell_fn)(void *ctx, const char *statement, const char *header, const char *cell, struct err *e);
enum rc query_raw(struct db *db, int64_t row_id, bool all, cell_fn fn, void *ctx, struct err *e) MUST_CHECK;

/* What each statement said of the row, oldest import first. */
struct version {
	char statement[24];
	uint32_t row, sheet;
	int64_t imported_ms;
	enum txn_status status;
	const char *status_text;
	enum txn_moved moved;
	bool has_amount;
	struct money amount;
	bool current;                   /* this is what the row says now */
};
enum rc query_versions(struct db *db, int64_t row_id, enum rc (*fn)(void *ctx, const struct version *v,
    struct err *e), void *ctx,
    struct err *e) MUST_CHECK;
/* Full IDs of the rows linked with it (refunds, conversions, funding; and its payment). */
enum rc query_links(struct db *db, int64_t row_id, enum rc (*fn)(void *ctx, const char *id, struct err *e),
    void *ctx, struct err *e) MUST_CHECK;

/* ---- verdicts: inside a write transaction of the caller ---- */

/* One call of `review mark` is one step for undo. n row ids. REVIEW_NEW takes verdicts back. note may be NULL. */
enum rc review_mark(struct db *db, const int64_t *row, size_t n, enum review verdict, const char *note, int64_t now_ms,
    struct err *e) MUST_CHECK;
/* Take the newest step back that is not undone; fn is told each ID and the verdict that holds again. E_NOTFOUND:
 * nothing to undo. */
enum rc review_undo(struct db *db, enum rc (*fn)(void *ctx, const char *id, enum review now, struct err *e),
    void *ctx, int64_t now_ms,
    struct err *e) MUST_CHECK;

#endif
