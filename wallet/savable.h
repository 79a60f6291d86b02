/*
 * wallet/savable.h: how fast money leaves, when an account would be empty, and what of it can still be saved. Whole
 * numbers only; what cannot be known is said to be unknown. Pure: store/outflow.h brings the rows.
 *
 * Time to empty: the rows that count are those with the verdict fraud or unsure or in an incident that is open
 * (`suspicious`); where there is none, all that left. They are looked at in windows of one hour, one day and three days
 * before the newest of them; within a window the pace is what left after its first row, by the time from its first to
 * its last row. The fastest pace counts. At that pace the newest known balance, with what moved since, lasts `seconds`
 * from that newest row on.
 */
#ifndef PURSER_WALLET_SAVABLE_H
#define PURSER_WALLET_SAVABLE_H

#include "wallet/rail.h"

#define OUTFLOW_HOURS 72u               /* how far back rows are looked at */

/* ---- one row ---- */

/* In the order in which the money is worth running for. */
enum saving {
	SAVING_STOP,                    /* can be stopped now */
	SAVING_RECALL,                  /* can be recalled if told fast */
	SAVING_DISPUTE,                 /* can be disputed */
	SAVING_UNKNOWN,                 /* the rail, or how it stands, is not known */
	SAVING_ASK,                     /* hard: asked of the receiver */
	SAVING_GONE,                    /* irreversible once broadcast */
	SAVING_BACK,                    /* already back */
	SAVING_NONE,                    /* never left the account */
	SAVING_COUNT
};
const char *saving_name(enum saving s);         /* machine word: "stop", "recall" ... */
const char *saving_words(enum saving s);        /* N_() */

/* A row with what is known of saving its money. Strings are owned, never NULL. */
struct savable {
	int64_t row_id, account_id;
	char id[TXN_ID_LEN + 1];
	unsigned id_short;
	char *account, *provider, *with, *type, *status_text;
	struct when when;
	enum txn_status status;
	enum review review;
	bool moved, has_amount, provisional;
	struct money amount;                    /* negative: it left */
	enum rail rail, funding;
	enum saving saving;
	const char *why, *fix;                  /* N_(): why it stands in that class, what to do now */
	const struct advice *fact;              /* what stands behind it, or how it is reported there; NULL: none. Of
						 * the providers handed over, and lives as long as these */
};
struct savables { size_t n, cap; struct savable *row; };
void savables_free(struct savables *all);

/* The class of a row. now_ms decides what is still fresh enough to be recalled. why and fix may be NULL. */
enum saving saving_of(const struct entry *en, enum rail rail, int64_t now_ms, const char **why, const char **fix);
/* Classify a row and keep it. funding: as rail_funding() has it. p may be NULL. */
enum rc savables_add(struct savables *all, const struct entry *en, enum rail funding, const struct providers *p,
    int64_t now_ms, struct err *e) MUST_CHECK;
/* By class, then the larger amount first; amounts of several currencies are compared within one, currencies in the
 * order of their letters. */
void savables_sort(struct savables *all);
/* Sum of what left, by class, in one currency. false: none, or it is too large to be added up. */
bool savables_sum(const struct savables *all, enum saving s, const char *cur, struct money *out);

/* ---- one account and currency ---- */

/* One row that took money away. */
struct outflow_row {
	int64_t at_us;                          /* the instant, or the local time taken as UTC */
	bool day_only, local;                   /* local: not an instant */
	bool suspicious;
	int64_t minor;                          /* below 0 */
};
enum pace_basis { PACE_NONE, PACE_SUSPICIOUS, PACE_ALL };
enum pace_state {
	PACE_KNOWN,
	PACE_EMPTY,                             /* nothing is left to lose */
	PACE_NO_BALANCE,
	PACE_ONE_ROW,                           /* one row makes no pace: `repeats` */
	PACE_NO_ROWS,                           /* nothing left in that time */
	PACE_TOO_SLOW,                          /* longer than 100 years */
};
#define OUTFLOW_WINDOWS 3u
extern const unsigned outflow_window_hours[OUTFLOW_WINDOWS];    /* 1, 24, 72 */
struct outflow {
	/* in */
	int64_t account_id;
	char *account;                          /* owned */
	char cur[CURRENCY_MAX + 1];
	uint8_t exp;
	size_t rows, cap;
	struct outflow_row *row;                /* owned; any order */
	bool has_balance;
	int64_t balance;                        /* minor units, as its statement says */
	char balance_on[11];                    /* its day; "" not known */
	int64_t since;                          /* what moved after it */
	/* payments were funded from a bank or a card: more can leave than is there */
	bool topped_up;
	/* out: outflow_reckon() */
	enum pace_state state;
	enum pace_basis basis;
	/* sums are below 0 */
	struct { unsigned suspicious_rows, rows; int64_t suspicious, all; } window[OUTFLOW_WINDOWS];
	int64_t newest_us;                      /* what the windows end with */
	bool newest_day_only, newest_local;
	int64_t left;                           /* balance and since; at least 0 */
	unsigned pace_rows;                     /* of the basis, in the window that is fastest */
	int64_t pace_minor, pace_s;             /* so much (above 0) left in so many seconds */
	int64_t seconds;                        /* PACE_KNOWN: from newest_us on */
	int64_t each, repeats;                  /* PACE_ONE_ROW with a balance: so often that amount again */
};
struct outflows { size_t n; struct outflow *o; };       /* soonest empty first */
void outflows_free(struct outflows *all);
/* now_us: what the windows end with when no row is suspicious. */
void outflow_reckon(struct outflow *o, int64_t now_us);
void outflows_sort(struct outflows *all);
const char *pace_state_name(enum pace_state s);         /* machine word: "known", "empty", "no-balance" ... */

#endif
