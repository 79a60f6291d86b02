/* cmd/duelines.h: the deadlines of incidents: counted from what the ledger knows, and how they are shown. */
#ifndef PURSER_CMD_DUELINES_H
#define PURSER_CMD_DUELINES_H

#include "cmd/facts.h"
#include "store/account.h"
#include "wallet/deadline.h"
#include "wallet/incident.h"

struct db;

/* An account of an incident; accounts[i] of the deadlines is in of[i]. */
struct due_account {
	int64_t incident;
	enum incident_kind kind;
	const struct account *account;  /* of an `accounts` below */
	char country[3], currency[CURRENCY_MAX + 1];
};
struct dues {
	const struct facts *facts;      /* the caller's */
	struct calendars *calendars;    /* NULL: cannot be read, as `bad` says; weekends only then */
	struct err bad;
	struct accounts *lists;         /* of each incident */
	size_t incidents, n;
	struct due_account *of;
	struct deadline_account *input;
	struct deadlines all;           /* the one that ends first first */
	int64_t today;                  /* in the zone of the session */
};
void dues_free(struct dues *d);
#define DUES AUTO(dues_free) struct dues
/* Of one incident, open or not; 0: of all that are open. db: the unlocked ledger; f->providers is there, and f outlives
 * *out. E_NOTFOUND. */
enum rc dues_load(struct session *s, struct db *db, const struct facts *f, int64_t incident, struct dues *out,
    struct err *e) MUST_CHECK;
/* Is it still to be done? */
bool due_open(const struct deadline *d);
/* The first that is still to be done and worth naming by itself; NULL: none. */
const struct deadline *dues_next(const struct dues *d);

/* "2026-12-01" ; with the day of the week for people: "Tue 2026-12-01". */
void due_date(struct buf *out, int64_t day);
/* "today", "in 3 days", "2 days ago". */
void due_in(struct buf *out, const struct dues *d, int64_t day);
/* One line: when, whose, what, the rule and where it is from. head: before it ("Due"), or "". */
void due_line(struct session *s, const struct dues *d, const struct deadline *x, const char *head);
/* All of it, a few lines. */
void due_full(struct session *s, const struct dues *d, const struct deadline *x);
/* An object `deadline`. */
enum rc due_json(struct session *s, const struct dues *d, const struct deadline *x, struct err *e) MUST_CHECK;

/* The next ones of an incident, a line each, for `incident show`; nothing where there are none, or under --json. */
enum rc duelines_say(struct session *s, const struct facts *f, int64_t incident, struct err *e) MUST_CHECK;

extern const struct command incident_deadlines_command;

#endif
