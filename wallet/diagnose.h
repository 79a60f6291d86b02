/*
 * wallet/diagnose.h: a payment that failed, a balance that is off, a login that fails, an account that is locked: the
 * checks in the order in which they are worth doing, answered from what purser knows. What it cannot know is
 * CHECK_UNKNOWN, never ok. Pure: store/symptoms.h and cmd/diagnose.c bring what is known; the words are
 * cmd/diagnose_words.c's.
 */
#ifndef PURSER_WALLET_DIAGNOSE_H
#define PURSER_WALLET_DIAGNOSE_H

#include "wallet/account.h"
#include "wallet/cardnumber.h"
#include "wallet/entry.h"

enum ailment { AIL_PAYMENT, AIL_BALANCE, AIL_LOGIN, AIL_LOCKED, AIL_COUNT };
const char *ailment_name(enum ailment a);               /* payment balance login locked */
const char *ailment_words(enum ailment a);              /* N_() */
bool ailment_from(const char *name, enum ailment *out);

enum check_id {
	CHECK_STORE,            /* is the store frozen here */
	CHECK_ACCOUNT,          /* is the account frozen or closed here */
	CHECK_INCIDENT,         /* rows that are fraud, or an incident that is open */
	CHECK_STATUS,           /* what the statement says of the row */
	CHECK_PENDING,          /* money that is pending or held */
	CHECK_DUPLICATE,        /* the same amount, to the same, on the same day */
	CHECK_FUNDS,            /* known balance against the amount */
	CHECK_LIMIT,
	CHECK_CARD_NUMBER,
	CHECK_CARD_EXPIRY,
	CHECK_BREAKS,           /* balances of a statement that do not follow from each other */
	CHECK_GAPS,             /* days that no statement covers */
	CHECK_REJECTED,         /* rows left out by --skip-bad */
	CHECK_UNSURE_ROWS,      /* unknown status, refund without its row */
	CHECK_NOTED,            /* rows noted by hand that no statement confirmed */
	CHECK_RECENT,           /* how old the newest statement is */
	CHECK_PASSWORD,         /* is one kept here */
	CHECK_ROTATION,         /* a new password that was never finished */
	CHECK_SECOND,           /* is the second factor kept here */
	CHECK_CLOCK,
	CHECK_MAILBOX,          /* who can reset it */
	CHECK_WAY_IN,
	CHECK_CONTACT,          /* a contact confirmed by the owner */
	CHECK_COUNT
};
const char *check_name(enum check_id id);               /* machine word */

enum check_state { CHECK_OK, CHECK_BAD, CHECK_UNKNOWN };
const char *check_state_name(enum check_state s);       /* ok bad unknown */
enum weight { WEIGHT_NONE, WEIGHT_LOW, WEIGHT_MEDIUM, WEIGHT_HIGH };    /* of a bad one */
const char *weight_name(enum weight w);                 /* machine word of `severity`; WEIGHT_NONE: "none" */

#define SYMPTOM_GAP_DAYS 31             /* shorter than that: nobody need have paid anything */
#define SYMPTOM_OLD_DAYS 31             /* a statement or balance older than that says little */

/* What is known. Times in ms, days since 1970; 0 unknown unless said otherwise. */
struct symptoms {
	int64_t now_ms;
	bool store_frozen;
	enum account_state state;
	int64_t frozen_ms;
	bool has_limit;
	/* the row it is about */
	bool has_row, row_reserved, row_provisional;
	enum txn_status status;
	enum review review;
	bool row_moved, has_amount;
	struct money amount;                    /* negative: it left */
	/* the account's rows */
	uint64_t duplicates;                    /* of the row, or groups of the last 90 days */
	char duplicate[TXN_ID_LEN + 1];         /* one of them; "" none */
	uint64_t pending, held;                 /* of the last 90 days */
	uint64_t breaks, unknown_status, no_twin, noted, rejected, fraud;
	char broken[TXN_ID_LEN + 1];            /* the newest row with a break */
	uint64_t statements, gaps;
	int64_t gap_from, gap_to;               /* days of the widest one */
	int64_t last_day;                       /* newest day of a statement */
	bool has_balance;
	struct money left;                      /* newest balance and what moved since */
	char balance_on[11];
	int64_t incident;                       /* an open one with this row or account; 0 none */
	/* the login */
	bool has_password, has_second, rotating;
	int64_t rotating_ms, password_ms;
	size_t resetters;                       /* accounts that control this one */
	bool has_way_in;
	size_t contacts;
	int64_t contact_ms;                     /* when the newest was confirmed */
	int64_t newest_ms;                      /* the newest thing that purser itself dated */
	enum cardno cardno;
	enum expiry expiry;
};

struct check { enum check_id id; enum check_state state; enum weight weight; };
/* Fills out, returns how many; in order. */
size_t diagnose(enum ailment a, const struct symptoms *s, struct check out[CHECK_COUNT]);
/* What is the matter with a row of that status, or with an account in that state? */
enum ailment ailment_guess(const struct symptoms *s);

#endif
