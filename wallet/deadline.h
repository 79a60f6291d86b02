/*
 * wallet/deadline.h: by when what has to be done, after an incident: the periods of the facts (providers.h) counted
 * from the dates that are known. Pure: no clock, no store.
 *
 * Which facts an account gets: those of its provider and of its kind, and of the laws of its country that are about
 * such an account. Then:
 *  - a confirmed fact gives a date. One that is reported by others gives one only where that is earlier than the date
 *    of a confirmed fact of the same account, side (`who`) and duty, and says so; an unconfirmed one never does.
 *  - days, months and business days count from the day after the date; months end on the last day of a month that has
 *    no such day; hours count from the instant. Where only the day is known, the instant is its beginning.
 *  - a date that falls on a weekend or holiday never moves: `closed` says that it does.
 *  - of several payments, openings ... the first counts. A statement whose day is not known is taken to be of the day
 *    of the payment, which is never later (`instead`).
 *  - what has to be told (duty `report...`) is done from the first notice on, what they have to say (`reply`,
 *    `answer...`) from their answer on: `met`.
 */
#ifndef PURSER_WALLET_DEADLINE_H
#define PURSER_WALLET_DEADLINE_H

#include "wallet/calendar.h"
#include "wallet/providers.h"

enum deadline_from {
	FROM_PAYMENT, FROM_STATEMENT, FROM_LEARNING, FROM_NOTICE, FROM_OPENING, FROM_COMPLAINT, FROM_ANSWER,
	FROM_AUTHORITY, FROM_COUNT
};
const char *deadline_from_name(enum deadline_from f);   /* "payment" ... */

/* Seconds east of UTC at that instant, where the user is. */
struct deadline_zone { int32_t (*offset)(void *ctx, int64_t unix_s); void *ctx; };
int64_t zone_day(const struct deadline_zone *z, int64_t ms);    /* the civil day of an instant there */
int64_t zone_midnight(const struct deadline_zone *z, int64_t day);      /* ... and the instant at which it begins */

struct deadline_date {
	bool known;
	int64_t day;
	int64_t ms;                     /* the instant; 0: only the day is known */
	bool instead;                   /* of a statement: the day of the payment, because its own is not known */
};
struct deadline_account {
	size_t sources;                 /* as card_sources() has them */
	const char *source[3];
	enum provider_class class;
	const char *country;            /* two letters; "" not said */
	const char *currency;           /* of the account; "" unknown */
	struct deadline_date date[FROM_COUNT];
	struct deadline_date reply;     /* they said something at all; date[FROM_ANSWER] is that to a complaint */
};
/* The earlier of the two stays. */
void deadline_earlier(struct deadline_date *d, int64_t day, int64_t ms);

struct deadline {
	const struct advice *fact;
	size_t account;                 /* index into those given */
	enum deadline_from from;
	int64_t from_day;
	int64_t due_day;
	int64_t due_ms;                 /* hours: the instant; else 0 */
	const char *country;            /* "US", or a group ("EEA") where only that is known; "" none */
	bool assumed;                   /* that is a guess from the currency */
	const struct calendar *calendar;        /* of business days; NULL: weekends only, or none was needed */
	bool instead;                   /* see deadline_date */
	bool closed;                    /* ends on a weekend or holiday */
	const struct advice *than;      /* reported by others, earlier than this confirmed fact; NULL: confirmed itself */
	int64_t than_day;
	bool met;                       /* done on met_day already */
	int64_t met_day;
};
struct deadlines {
	size_t n, cap;
	struct deadline *d;             /* owned; the one that ends first first */
	size_t unused;                  /* reported facts that give no date */
	const struct advice **reported; /* owned */
};
void deadlines_free(struct deadlines *d);

struct deadline_input {
	const struct providers *providers;
	const struct calendars *calendars;      /* NULL: weekends only, no guess */
	struct deadline_zone zone;
	size_t n;
	const struct deadline_account *account;
};
enum rc deadlines_make(struct deadlines *out, const struct deadline_input *in, struct err *e) MUST_CHECK;

/* "60 days from the statement of 2026-10-31", in the language of messages. */
void deadline_rule(struct buf *out, const struct deadline *d);
/* "60 days", "1 month", in the language of messages. */
void deadline_period(struct buf *out, const struct advice *a);
/* "60 days from the statement" of a fact alone. */
void deadline_rule_of(struct buf *out, const struct advice *a);
/* What is assumed, as sentences in the language of messages; "" nothing: the country, the calendar, that it does not
 * move. brief: the calendar by its name only. */
void deadline_assumed(struct buf *out, const struct deadline *d, bool zh, bool brief);
/* Does the fact hold for such an account there? country "": only facts that hold everywhere. */
bool deadline_applies(const struct deadline_input *in, const struct advice *a, const struct deadline_account *acct,
    const char *country);

#endif
