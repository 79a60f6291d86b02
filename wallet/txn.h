/*
 * wallet/txn.h: one transaction as a statement tells it. Readers (statement/) make these, the main program checks them
 * again, store/ keeps them. All strings are valid UTF-8 without control characters and never NULL after txn_init();
 * they are owned and set through txn_put() only (empty ones share one place).
 */
#ifndef PURSER_WALLET_TXN_H
#define PURSER_WALLET_TXN_H

#include "wallet/money.h"
#include "wallet/when.h"

enum txn_status {
	TXN_UNKNOWN = 0,
	TXN_SETTLED,
	TXN_PENDING,
	TXN_FAILED,
	TXN_CANCELLED,
	TXN_REVERSED,
	TXN_REFUNDED,
	TXN_HELD,
	TXN_RELEASED,
	TXN_INFORMATIONAL,
	TXN_STATUS_COUNT
};
const char *txn_status_name(enum txn_status s); /* machine word: "settled", ... */
bool txn_status_from(const char *name, enum txn_status *out);

/* Did the row change the balance? Sums are made of txn_effect() only.
 * MOVED_WITH_TWIN: counts when its counterpart is in the store too (txn_twins()), else it does not and the row is
 * flagged (Alipay 交易关闭 with 支出: paid, and later fully refunded by a row of its own). MOVED_FEE: a move between
 * the owner's own pots, of which only the stated fee left the wallet (提现 with 服务费). */
enum txn_moved { TXN_STAYED = 0, TXN_MOVED = 1, TXN_MOVED_WITH_TWIN = 2, TXN_MOVED_FEE = 3, TXN_MOVED_COUNT };

enum txn_flag {
	TXN_F_BAD_TIME = 1, /* an impossible date or time stood in the file */
	TXN_F_BAD_TEXT = 2, /* undecodable bytes were replaced */
	TXN_F_BALANCE_BREAK = 4, /* previous balance + amount is not this balance */
	TXN_F_UNKNOWN_STATUS = 8, /* the status word is not known to purser */
	TXN_F_NO_CURRENCY = 16,
	TXN_F_NO_TWIN = 32, /* closed payment whose refund row is not there */
	TXN_F_ID_DOUBTFUL = 64 /* id masked, constant or in scientific notation: not used for identity */
};

struct txn {
	uint32_t row; /* line of the file where the record starts, or sheet row; from 1 */
	uint32_t sheet; /* XLSX: sheet number from 1, else 0 */
	char *id, *ref_id; /* the provider's transaction id, and the related one; "" none */
	struct when when;
	char *type, *status_text; /* the statement's own words */
	enum txn_status status;
	enum txn_moved moved;
	unsigned flags; /* enum txn_flag */
	char *direction; /* raw direction word (支出, Soll, Debit), "" none */
	struct money amount; /* + came into the account, - left it; what the balance moves by when moved (PayPal: net).
				Rows that stay have the amount that they speak of, with the sign it would have */
	bool has_amount; /* false: no number in a row that does not move (PayPal "...") */
	struct money fee, balance; /* fee: - is what was paid; contained in amount */
	bool has_fee, has_balance;
	char *counterparty, *description, *method;
	size_t cells; /* as many as the file's header; fewer or more in the row are kept too */
	char *
	    *cell; /* raw cell texts, decoded and cleaned, in the order of the header; one malloc'd block: free(cell) */
};

void txn_init(struct txn *t);
void txn_free(struct txn *t);
/* Replace an owned string by n bytes of p (or by a NUL-terminated s). E_NOMEM: unchanged. */
enum rc txn_put(char **field, const char *p, size_t n, struct err *e) MUST_CHECK;
/* What the row moves the balance by, assuming that a MOVED_WITH_TWIN row has its twin: amount, or the fee. false:
 * nothing. */
bool txn_effect(const struct txn *t, struct money *out);
/* Is refund the row that brings back what pay (MOVED_WITH_TWIN) paid? Opposite amount, and refund.ref_id is pay.id: for
 * refunds readers put the order id of the payment into ref_id. The same in SQL: ref_id = pay.id AND amount =
 * -pay.amount AND cur = pay.cur AND moved = TXN_MOVED AND status = TXN_REFUNDED. */
bool txn_twins(const struct txn *pay, const struct txn *refund);

/* The identity of a row for re-import (formats.md section 0): wallet/ident.h. */
struct txn_ident {
	unsigned char key[32];
	uint32_t occurrence;
	bool by_id;
	size_t same_as;                 /* number (from 1) of the row of this file that it repeats; 0: none */
};

#endif
