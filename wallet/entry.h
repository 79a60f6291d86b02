/*
 * wallet/entry.h: one transaction as the store keeps it, for lists, exports and machine output (cli.md, object
 * `transaction`).
 */
#ifndef PURSER_WALLET_ENTRY_H
#define PURSER_WALLET_ENTRY_H

#include "wallet/txn.h"

#define TXN_ID_LEN 12u                  /* lower-case Crockford base 32; any unique prefix of 4 or more serves */
#define TXN_ID_MIN 4u

enum review { REVIEW_NEW = 0, REVIEW_OK = 1, REVIEW_FRAUD = 2, REVIEW_UNSURE = 3, REVIEW_COUNT };
const char *review_name(enum review r);                         /* "new" "ok" "fraud" "unsure" */
bool review_from(const char *name, enum review *out);           /* "none" is REVIEW_NEW too */

/* Strings are borrowed and valid during the call that hands it over; "" none. */
struct entry {
	int64_t row_id;                 /* inside the store only */
	char id[TXN_ID_LEN + 1];
	unsigned id_short;              /* so many characters of id are unique at this moment (at least 4) */
	int64_t account_id;
	const char *account, *provider;
	struct when when;
	const char *type, *status_text, *direction;
	enum txn_status status;
	enum txn_moved moves;           /* as the statement's rules say */
	bool moved;                     /* the whole amount counts in sums; a payment that waits for its refund row
					 * does not */
	bool provisional;
	unsigned flags;                 /* enum txn_flag */
	bool has_amount, has_fee, has_balance;
	struct money amount, fee, balance;
	bool has_effect;                /* what sums count: amount when moved, the fee of a move between own pots, or
					 * nothing */
	struct money effect;
	const char *counterparty, *description, *method, *reference;
	enum review review;
	const char *note;               /* of the review */
	char linked_to[TXN_ID_LEN + 1]; /* "" none: the payment of a refund, a conversion or a funding row; of a
					 * payment its first such row */
	char statement[24];             /* "s4"; the newest one that brought it; "" none */
	uint32_t row, sheet;            /* there */
};

/* Words for the flags, in machine output `reasons`: "bad-time" ...; NULL for a bit that has none. */
const char *txn_flag_name(unsigned bit);

/* "t7q4" as typed: upper case, o for 0, i and l for 1 are fine; bits: 5 a character, left-aligned in 60; false:
 * not an ID. */
bool txn_id_parse(const char *s, uint64_t *first, uint64_t *last);
void txn_id_put(char out[TXN_ID_LEN + 1], uint64_t uid);        /* uid: 60 bits */

#endif
