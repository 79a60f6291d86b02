/*
 * statement/statement.h: what one statement file holds, as the reader process found it and the main program checked it.
 */
#ifndef PURSER_STATEMENT_STATEMENT_H
#define PURSER_STATEMENT_STATEMENT_H

#include "wallet/txn.h"

/* A row that could not be read. */
struct bad_row { uint32_t row, sheet; char *reason; };

struct statement {
	char *format;             /* stable machine name: paypal-activity, paypal-statement, paypal-consumer, alipay-web, alipay-app-2021,
	                             alipay-app, wechat-csv, wechat-xlsx, apple-card */
	char *provider;           /* paypal, alipay, wechat, apple-card */
	char *entry;              /* name inside a ZIP; "" for a plain file */
	char *account_hint;       /* what the file says about whose it is (login, nickname, masked number), "" none */
	char *language;           /* PayPal header language: en de fr it es ja; "" else */
	char *encoding;           /* utf-8, utf-8-bom, gb18030, windows-1252, utf-16le ... */
	struct when first_said, last_said;   /* period the banner states; has_date false if none */
	size_t headers;
	char **header;            /* header cells as in the file (repeated names stay) */
	size_t rows;
	struct txn *row;
	size_t bads;
	struct bad_row *bad;
	size_t ignored;           /* records that are no transactions (totals, repeated header rows); counted in "rows" of the import */
	uint32_t breaks;          /* breaks of the balance chain */
	size_t warnings;
	char **warning;           /* English, N_(): date order settled by row order, decimal mark, spreadsheet damage, ... */
};

struct statements { size_t n; struct statement *s; };   /* one per account or entry found in the file */

void statement_free(struct statement *s);
void statements_free(struct statements *all);

struct read_options {
	const char *format;       /* NULL: by content; else a provider or format name */
	char date_order;          /* 0: settle by content; 'd' day first, 'm' month first (the user's answer) */
	char decimal_mark;        /* 0: settle by content; '.' or ',' */
	size_t max_bytes;         /* of the file and of all unpacked bytes; 0: 256 MiB */
};

/*
 * Read a statement in a reader process of its own: purser-reader gets the open descriptor and a pipe and nothing else
 * (seccomp and Landlock from its start). fd stays the caller's; its offset is not used. zip_password: NULL or empty if none.
 * name is for messages only. interrupted() may be NULL; progress() is called with bytes done and total, may be NULL.
 * E_INPUT: refused, one clear line (binary, empty, cut in the middle, NUL byte, too large, unknown layout ...).
 * E_USAGE with err.what saying what to settle: date order, decimal mark. E_LOCKED: ZIP needs a password; E_AUTH: that password is wrong.
 * Bad rows are not an error here: see statement.bad.
 */
struct secret;
enum rc statement_read(struct statements *out, int fd, const char *name, const struct read_options *o,
    const struct secret *zip_password, struct err *e) MUST_CHECK;

#endif
