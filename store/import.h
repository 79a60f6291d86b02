/*
 * store/import.h: a read statement becomes rows, in one transaction of the caller; and an import is taken back.
 *
 * Identity: wallet/ident.h. A row that is there already is a duplicate, or an update when its status or amount is
 * another; what it said before stays visible (query_versions). Every source of a row is kept, so that overlapping
 * exports hold a row until the last of them is removed.
 */
#ifndef PURSER_STORE_IMPORT_H
#define PURSER_STORE_IMPORT_H

#include "statement/statement.h"
#include "store/account.h"

struct import_file {
	const char *name;               /* as the user gave it; only its last component is kept */
	const void *bytes;              /* the file's bytes, kept as evidence; NULL: not kept */
	uint64_t size;
	unsigned char sha256[32];
};

struct currency_sum { char cur[CURRENCY_MAX + 1]; struct money amount; };

/* The object `import` of cli.md. rows = added + updated + duplicates + ignored + rejected. */
struct import_result {
	char statement[24];             /* "s4"; the earlier one when the same bytes were imported before into this
					 * account */
	bool again;                     /* ... which is so */
	uint64_t rows, added, updated, duplicates, ignored, rejected;
	char first[11], last[11];       /* dates of the rows in the file; "" none */
	size_t ins, outs;
	struct currency_sum *in, *out;  /* what moved in this file, by currency; owned; out amounts are negative */
	uint64_t breaks;
};
void import_result_free(struct import_result *r);

struct import_options {
	bool skip_bad;                  /* otherwise a statement with bad rows is refused: E_INPUT naming the first
					 * ones */
	int64_t now_ms;
};

/* Write s into the account. Inside a write transaction; on any error the caller rolls back. For a dry run the
 * caller rolls back after OK. */
enum rc import_apply(struct db *db, int64_t account, const struct import_file *f, const struct statement *s,
    const struct import_options *o, struct import_result *out, struct err *e) MUST_CHECK;

/* ---- statements ---- */

struct statement_row {
	int64_t id;                     /* shown as "s<id>" */
	int64_t account_id;
	const char *account, *name, *entry, *format, *encoding, *account_hint;
	unsigned char sha256[32];
	uint64_t size;
	int64_t imported_ms;
	char first[11], last[11];
	uint64_t rows, added, updated, duplicates, ignored, rejected, breaks;
	bool file_kept;
};
typedef enum rc (*statement_fn)(void *ctx, const struct statement_row *st, struct err *e);
/* Newest first; account 0: all. */
enum rc statement_each(struct db *db, int64_t account, statement_fn fn, void *ctx, struct err *e) MUST_CHECK;
/* The only account of this provider that has a statement of the same bytes; else with the same account_hint ("" never
 * counts); 0: none or several. */
enum rc statement_owner(struct db *db, const char *provider, const unsigned char sha256[32], const char *hint,
    int64_t *account, struct err *e) MUST_CHECK;
/* "s4" or "4". E_USAGE: not of that form. E_NOTFOUND. */
enum rc statement_find(struct db *db, const char *id, int64_t *out, struct err *e) MUST_CHECK;
enum rc statement_one(struct db *db, int64_t id, statement_fn fn, void *ctx, struct err *e) MUST_CHECK;
/* Rows left out by --skip-bad. */
enum rc statement_bad_each(struct db *db, int64_t id,
    enum rc (*fn)(void *ctx, uint32_t row, uint32_t sheet, const char *reason, struct err *e), void *ctx,
        struct err *e) MUST_CHECK;
/* Warnings of the reader kept with the statement. */
enum rc statement_warning_each(struct db *db, int64_t id, enum rc (*fn)(void *ctx, const char *text, struct err *e),
    void *ctx,
    struct err *e) MUST_CHECK;
/* The original bytes. E_NOTFOUND: not kept. */
enum rc statement_file(struct db *db, int64_t id, struct buf *out, struct err *e) MUST_CHECK;

struct remove_result {
	uint64_t removed;               /* transactions that only this statement brought */
	uint64_t reverted;              /* updates taken back */
	uint64_t shared;                /* stay: another statement has them too */
	uint64_t kept;                  /* stay: they have a verdict or are in an incident */
};
/* Inside a write transaction. fn (may be NULL) is told the full ID of each kept row. */
enum rc statement_remove(struct db *db, int64_t id, struct remove_result *out, enum rc (*fn)(void *ctx,
    const char *txn_id, struct err *e),
    void *ctx, struct err *e) MUST_CHECK;

/* Drop kept files and counterparties that no row speaks of any more; after removals. */
enum rc statement_sweep(struct db *db, struct err *e) MUST_CHECK;

#endif
