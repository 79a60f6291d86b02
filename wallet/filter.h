/*
 * wallet/filter.h: FILTERS of history and export (cli.md), parsed from what people type. Pure.
 */
#ifndef PURSER_WALLET_FILTER_H
#define PURSER_WALLET_FILTER_H

#include "wallet/entry.h"

/* An amount of no currency: value = units + frac / 10^18, 0 <= frac < 10^18 (floor), so -1.5 is -2 + 0.5. */
struct bound { bool set; int64_t units, frac; };

enum sort { SORT_TIME_DESC = 0, SORT_TIME, SORT_AMOUNT_DESC, SORT_AMOUNT, SORT_SUSPICIOUS };

#define FILTER_ACCOUNTS_MAX 64u
struct filter {
	size_t accounts;
	int64_t account[FILTER_ACCOUNTS_MAX];   /* row ids; none: all */
	bool has_from, has_to;
	int64_t from_day, to_day;               /* days since 1970-01-01, both included */
	bool by_instant;                        /* rows with a certain instant: compare it with from_us and to_us
						 * (days of the display zone) */
	int64_t from_us, to_us;                 /* microseconds UTC: first of from_day, first after to_day */
	struct bound min, max;                  /* of the signed amount, both included; rows without amount do not
						 * pass */
	unsigned status;                        /* bit (1 << enum txn_status); 0: all */
	unsigned review;                        /* bit (1 << enum review); 0: all */
	const char *type;                       /* the statement's own word, ASCII case ignored; NULL: all */
	const char *search;                     /* substring of counterparty, description, type, method or the
						 * provider's ids; case ignored */
	const char *currency;                   /* NULL: all */
	int64_t statement;                      /* rows of this statement; 0: all */
	enum sort sort;
	uint64_t limit;                         /* 0: none */
	bool short_ids;                         /* fill entry.id_short (two more look-ups a row) */
};

/* "1234.5", "-20", "+3": E_USAGE when it is no decimal number of at most 18 decimals. */
enum rc bound_parse(struct bound *out, const char *s, struct err *e) MUST_CHECK;
/* The smallest (min) or largest (max) minor amount with exp decimals that lies within b; saturates. */
int64_t bound_min_minor(const struct bound *b, unsigned exp);
int64_t bound_max_minor(const struct bound *b, unsigned exp);
/* Does the amount lie within min and max, whatever its decimals? */
bool filter_amount(const struct filter *f, int64_t minor, unsigned exp);
/* "pending,failed" or one word, may be called again: bits are added. E_USAGE naming the words. */
enum rc status_parse(unsigned *bits, const char *s, struct err *e) MUST_CHECK;
enum rc review_parse(unsigned *bits, const char *s, struct err *e) MUST_CHECK;
/* time, -time, amount, -amount ("-" is descending; default newest first). */
enum rc sort_parse(enum sort *out, const char *s, struct err *e) MUST_CHECK;
/* --from and --to texts (NULL: none) as when_range() reads them, today in the display zone. E_USAGE also when from
 * is after to. */
enum rc days_parse(struct filter *f, const char *from, const char *to, const struct civil *today,
    struct err *e) MUST_CHECK;
/* Case folding for searching: ASCII, Latin-1, Latin Extended-A, Greek, Cyrillic, fullwidth to ASCII. Byte lengths
 * may change. */
void search_fold(struct buf *out, const char *s);

#endif
