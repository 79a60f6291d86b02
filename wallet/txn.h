/*
 * wallet/txn.h: one transaction as a statement tells it. Readers (statement/) make these, the main program checks them again,
 * store/ keeps them. All strings are valid UTF-8 without control characters, owned (malloc), never NULL after txn_init().
 */
#ifndef PURSER_WALLET_TXN_H
#define PURSER_WALLET_TXN_H

#include "wallet/money.h"
#include "wallet/when.h"

enum txn_status {
	TXN_UNKNOWN = 0, TXN_SETTLED, TXN_PENDING, TXN_FAILED, TXN_CANCELLED, TXN_REVERSED, TXN_REFUNDED, TXN_HELD, TXN_RELEASED,
	TXN_INFORMATIONAL, TXN_STATUS_COUNT
};
const char *txn_status_name(enum txn_status s);                 /* machine word: "settled", ... */
bool txn_status_from(const char *name, enum txn_status *out);

/* Did the row change the balance? Only TXN_MOVED rows count in sums. WITH_TWIN: counts when its counterpart (same order id,
 * opposite amount) is in the store too, else neither is counted and the row is flagged (Alipay 交易关闭 with 支出). */
enum txn_moved { TXN_STAYED = 0, TXN_MOVED = 1, TXN_MOVED_WITH_TWIN = 2 };

enum txn_flag {
	TXN_F_BAD_TIME = 1,       /* an impossible date or time stood in the file */
	TXN_F_BAD_TEXT = 2,       /* undecodable bytes were replaced */
	TXN_F_BALANCE_BREAK = 4,  /* previous balance + amount is not this balance */
	TXN_F_UNKNOWN_STATUS = 8, /* the status word is not known to purser */
	TXN_F_NO_CURRENCY = 16,
	TXN_F_NO_TWIN = 32,       /* closed payment whose refund row is not there */
	TXN_F_ID_DOUBTFUL = 64    /* id masked, constant or in scientific notation: not used for identity */
};

struct txn {
	uint32_t row;             /* line of the file where the record starts, or sheet row; from 1 */
	uint32_t sheet;           /* XLSX: sheet number from 1, else 0 */
	char *id, *ref_id;        /* the provider's transaction id, and the related one; "" none */
	struct when when;
	char *type, *status_text; /* the statement's own words */
	enum txn_status status;
	enum txn_moved moved;
	unsigned flags;           /* enum txn_flag */
	char *direction;          /* raw direction word (支出, Soll, Debit), "" none */
	struct money amount;      /* + came into the account, - left it; what the balance moves by when moved (PayPal: net) */
	bool has_amount;          /* false: no number in a row that does not move (PayPal "...") */
	struct money fee, balance;
	bool has_fee, has_balance;
	char *counterparty, *description, *method;
	size_t cells;             /* as many as the file's header; fewer or more in the row are kept too */
	char **cell;              /* raw cell texts, decoded and cleaned, in the order of the header */
};

void txn_init(struct txn *t);
void txn_free(struct txn *t);

/* The identity of a row for re-import (formats.md section 0): see ident.c. key: 32-byte BLAKE2b-256 of the account-independent key
 * parts; occurrence: 0-based number among equal rows of one file. */
struct txn_ident { unsigned char key[32]; uint32_t occurrence; bool by_id; };

#endif
