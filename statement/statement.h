/*
 * statement/statement.h: what one statement file holds, as the reader process found it and the main program checked
 * it.
 */
#ifndef PURSER_STATEMENT_STATEMENT_H
#define PURSER_STATEMENT_STATEMENT_H

#include "wallet/txn.h"

/*
 * Reasons and warnings are notes in a machine form that can be kept and translated later: "CODE NUMBER TEXT", for
 * example "row-amount 0 12,3x". note_say() makes a sentence of one, in the language of this run; text that is no note
 * is shown as it is.
 */
void note_say(struct buf *out, const char *note);

/* A row that could not be read. */
struct bad_row {
	uint32_t row, sheet;
	char *reason;
}; /* reason: a note */

enum settle_by {
	SETTLE_FIXED = 0,
	SETTLE_NUMBERS,
	SETTLE_ORDER,
	SETTLE_ZONE,
	SETTLE_PERIOD,
	SETTLE_STYLE,
	SETTLE_USER,
	SETTLE_COUNT
};

struct statement {
	char *format; /* stable machine name: paypal-activity, paypal-statement, paypal-consumer, alipay-web,
			 alipay-app-2021, alipay-app, wechat-csv, wechat-xlsx, apple-card */
	char *provider; /* paypal, alipay, wechat, apple-card */
	char *entry; /* name inside a ZIP; "" for a plain file */
	char *account_hint; /* what the file says about whose it is (login, nickname, masked number), "" none */
	char *language; /* PayPal header language: en de fr it es ja; "" else */
	char *encoding; /* utf-8, utf-8-bom, gb18030, windows-1252, utf-16le ... */
	struct when first_said, last_said; /* period the banner states; has_date false if none */
	enum settle_by date_by; /* how day and month were told apart; SETTLE_FIXED: the format says it */
	size_t headers;
	char **header; /* header cells as in the file (repeated names stay) */
	size_t rows;
	struct txn *row;
	size_t bads;
	struct bad_row *bad;
	size_t ignored; /* records that are no transactions (totals, repeated header rows); counted in "rows" of the
			   import */
	uint32_t breaks; /* breaks of the balance chain */
	size_t warnings;
	char **warning; /* notes: date order settled by row order, spreadsheet damage, unknown status words, ... */
};

struct statements {
	size_t n;
	struct statement *s;
}; /* one per account or entry found in the file */

void statement_free(struct statement *s);
void statements_free(struct statements *all);
/* Append *s, which is empty then. E_NOMEM. */
enum rc statements_add(struct statements *all, struct statement *s, struct err *e) MUST_CHECK;

struct read_options {
	const char *format; /* NULL: by content; else a provider or format name */
	char date_order; /* 0: settle by content; 'd' day first, 'm' month first (the user's answer) */
	char decimal_mark; /* 0: settle by content; '.' or ',' */
	size_t max_bytes; /* of the file and of all unpacked bytes; 0: 256 MiB */
};

/*
 * Read a statement in a reader process of its own: purser-reader gets the open descriptor and a pipe and nothing
 * else (seccomp and Landlock from its start). fd stays the caller's; its offset is not used. zip_password: NULL or
 * empty if none. name is for messages only (its last component is shown). E_INPUT: refused, one clear line (binary,
 * empty, cut in the middle, NUL byte, too large, unknown layout ...). E_USAGE with err.what saying what to settle:
 * date order, decimal mark. E_LOCKED: ZIP needs a password; E_AUTH: that password is wrong. Bad rows are not an
 * error here: see statement.bad. On success every row's zone is resolved (when_resolve). The reader is the program
 * purser-reader beside this one (/proc/self/exe) or in PURSER_LIBEXEC.
 */
struct secret;
enum rc statement_read(struct statements *out, int fd, const char *name, const struct read_options *o,
    const struct secret *zip_password, struct err *e) MUST_CHECK;

#endif
