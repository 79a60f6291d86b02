/* wallet/diagnose.c: see diagnose.h. */
#include "wallet/diagnose.h"

#include <string.h>

#define DAY_MS (INT64_C(86400) * 1000)
#define ROTATION_DAYS 7                 /* a new password that waits longer was forgotten */

static const struct { const char *name, *words; } ailments[AIL_COUNT] = {
	[AIL_PAYMENT] = { "payment", N_("a payment that failed") },
	[AIL_BALANCE] = { "balance", N_("a balance that is off") },
	[AIL_LOGIN] = { "login", N_("a login that fails") },
	[AIL_LOCKED] = { "locked", N_("an account that is locked") },
};

const char *
ailment_name(enum ailment a)
{
	return (unsigned)a < AIL_COUNT ? ailments[a].name : "";
}

const char *
ailment_words(enum ailment a)
{
	return (unsigned)a < AIL_COUNT ? ailments[a].words : "";
}

bool
ailment_from(const char *name, enum ailment *out)
{
	for (unsigned i = 0; i < AIL_COUNT; i++)
		if (strcmp(name, ailments[i].name) == 0) {
			*out = (enum ailment)i;
			return true;
		}
	return false;
}

static const char *const names[CHECK_COUNT] = { [CHECK_STORE] = "store", [CHECK_ACCOUNT] = "account",
	[CHECK_INCIDENT] = "incident", [CHECK_STATUS] = "status", [CHECK_PENDING] = "pending",
	    [CHECK_DUPLICATE] = "duplicate",
	[CHECK_FUNDS] = "funds", [CHECK_LIMIT] = "limit", [CHECK_CARD_NUMBER] = "card-number",
	[CHECK_CARD_EXPIRY] = "card-expiry", [CHECK_BREAKS] = "breaks", [CHECK_GAPS] = "gaps",
	    [CHECK_REJECTED] = "rejected",
	[CHECK_UNSURE_ROWS] = "unsure-rows", [CHECK_NOTED] = "noted", [CHECK_RECENT] = "recent",
	    [CHECK_PASSWORD] = "password",
	[CHECK_ROTATION] = "rotation", [CHECK_SECOND] = "second-factor", [CHECK_CLOCK] = "clock",
	    [CHECK_MAILBOX] = "mailbox",
	[CHECK_WAY_IN] = "way-in", [CHECK_CONTACT] = "contact" };

const char *
check_name(enum check_id id)
{
	return (unsigned)id < CHECK_COUNT ? names[id] : "";
}

const char *
check_state_name(enum check_state s)
{
	return s == CHECK_OK ? "ok" : s == CHECK_BAD ? "bad" : "unknown";
}

const char *
weight_name(enum weight w)
{
	static const char *const words[] = { "none", "low", "medium", "high" };

	return (unsigned)w < COUNTOF(words) ? words[w] : words[0];
}

/* ---- each check ---- */

static const struct check ok_check = { CHECK_COUNT, CHECK_OK, WEIGHT_NONE };
static const struct check unknown_check = { CHECK_COUNT, CHECK_UNKNOWN, WEIGHT_NONE };

static struct check
bad(enum weight w)
{
	return (struct check){ CHECK_COUNT, CHECK_BAD, w };
}

static struct check
bad_if(bool is, enum weight w)
{
	return is ? bad(w) : ok_check;
}

static struct check
status(const struct symptoms *s)
{
	if (!s->has_row || s->row_provisional || s->status == TXN_UNKNOWN)
		return unknown_check;
	switch (s->status) {
	case TXN_FAILED:
	case TXN_CANCELLED: return bad(WEIGHT_MEDIUM);
	case TXN_PENDING:
	case TXN_HELD: return bad(WEIGHT_LOW);
	case TXN_REVERSED:
	case TXN_REFUNDED: return bad(WEIGHT_LOW);
	default: return ok_check;
	}
}

/* Enough for the amount? Without one: is there anything at all. */
static struct check
funds(const struct symptoms *s)
{
	int64_t need = s->has_row && s->has_amount && s->amount.minor < 0 ? s->amount.minor : 0;

	if (!s->has_balance || (need != 0 && (strcmp(s->amount.cur, s->left.cur) != 0 || s->amount.exp != s->left.exp)))
		return unknown_check;
	/* What moved already is in the balance. */
	if (need == 0 || s->row_moved)
		return bad_if(s->left.minor < 0, WEIGHT_MEDIUM);
	return bad_if(s->left.minor < 0 || -(s->left.minor) > need, WEIGHT_HIGH);
}

static struct check
cardno_state(const struct symptoms *s)
{
	return s->cardno == CARDNO_NOT_GIVEN ? unknown_check : bad_if(s->cardno != CARDNO_GOOD, WEIGHT_HIGH);
}

static struct check
expiry_state(const struct symptoms *s)
{
	switch (s->expiry) {
	case EXPIRY_GOOD: return ok_check;
	case EXPIRY_SOON: return bad(WEIGHT_LOW);
	case EXPIRY_PAST: return bad(WEIGHT_HIGH);
	case EXPIRY_NOT_GIVEN:
	case EXPIRY_UNREADABLE: break;
	}
	return unknown_check;
}

static struct check
gaps(const struct symptoms *s)
{
	if (s->statements == 0)
		return unknown_check;
	return bad_if(s->gaps > 0, WEIGHT_MEDIUM);
}

static struct check
recent(const struct symptoms *s)
{
	if (s->statements == 0)
		return unknown_check;
	return bad_if(s->now_ms / DAY_MS - s->last_day > SYMPTOM_OLD_DAYS, WEIGHT_LOW);
}

static struct check
rotation(const struct symptoms *s)
{
	if (!s->rotating)
		return ok_check;
	return bad(s->now_ms - s->rotating_ms > ROTATION_DAYS * DAY_MS ? WEIGHT_HIGH : WEIGHT_MEDIUM);
}

/* Behind what purser itself has dated: wrong for certain. Otherwise nobody here can tell. */
static struct check
clock_state(const struct symptoms *s)
{
	return s->now_ms < s->newest_ms ? bad(WEIGHT_HIGH) : unknown_check;
}

static struct check
contact(const struct symptoms *s)
{
	return s->contacts == 0 ? bad(WEIGHT_LOW) : ok_check;
}

static struct check
one(enum check_id id, const struct symptoms *s)
{
	switch (id) {
	case CHECK_STORE: return bad_if(s->store_frozen, WEIGHT_MEDIUM);
	case CHECK_ACCOUNT: return bad_if(s->state != ACCOUNT_ACTIVE, WEIGHT_MEDIUM);
	case CHECK_INCIDENT: return bad_if(s->incident != 0 || s->fraud > 0, WEIGHT_HIGH);
	case CHECK_STATUS: return status(s);
	case CHECK_PENDING: return bad_if(s->pending + s->held > 0, WEIGHT_LOW);
	case CHECK_DUPLICATE: return bad_if(s->duplicates > 0, WEIGHT_MEDIUM);
	case CHECK_FUNDS: return funds(s);
	case CHECK_LIMIT: return unknown_check;         /* the words are the owner's: shown, not understood */
	case CHECK_CARD_NUMBER: return cardno_state(s);
	case CHECK_CARD_EXPIRY: return expiry_state(s);
	case CHECK_BREAKS: return bad_if(s->breaks > 0, WEIGHT_HIGH);
	case CHECK_GAPS: return gaps(s);
	case CHECK_REJECTED: return bad_if(s->rejected > 0, WEIGHT_HIGH);
	case CHECK_UNSURE_ROWS: return bad_if(s->unknown_status + s->no_twin > 0, WEIGHT_MEDIUM);
	case CHECK_NOTED: return bad_if(s->noted > 0, WEIGHT_LOW);
	case CHECK_RECENT: return recent(s);
	case CHECK_PASSWORD: return bad_if(!s->has_password, WEIGHT_LOW);
	case CHECK_ROTATION: return rotation(s);
	case CHECK_SECOND: return s->has_second ? ok_check : unknown_check;
	case CHECK_CLOCK: return clock_state(s);
	case CHECK_MAILBOX: return bad_if(s->resetters == 0, WEIGHT_LOW);
	case CHECK_WAY_IN: return bad_if(!s->has_way_in, WEIGHT_LOW);
	case CHECK_CONTACT: return contact(s);
	case CHECK_COUNT: break;
	}
	return unknown_check;
}

/* ---- in order ---- */

/* What stops everything else first, then what is cheap and certain, at last what the owner must look up. */
static const enum check_id order[AIL_COUNT][CHECK_COUNT] = {
	[AIL_PAYMENT] = { CHECK_INCIDENT, CHECK_STATUS, CHECK_ACCOUNT, CHECK_FUNDS, CHECK_PENDING, CHECK_DUPLICATE,
	    CHECK_LIMIT,
	    CHECK_CARD_NUMBER, CHECK_CARD_EXPIRY, CHECK_RECENT, CHECK_CONTACT, CHECK_COUNT },
	[AIL_BALANCE] = { CHECK_INCIDENT, CHECK_RECENT, CHECK_GAPS, CHECK_BREAKS, CHECK_REJECTED, CHECK_DUPLICATE,
	    CHECK_PENDING,
	    CHECK_NOTED, CHECK_UNSURE_ROWS, CHECK_FUNDS, CHECK_CONTACT, CHECK_COUNT },
	[AIL_LOGIN] = { CHECK_INCIDENT, CHECK_STORE, CHECK_ACCOUNT, CHECK_ROTATION, CHECK_PASSWORD, CHECK_SECOND,
	    CHECK_CLOCK,
	    CHECK_MAILBOX, CHECK_WAY_IN, CHECK_CONTACT, CHECK_COUNT },
	[AIL_LOCKED] = { CHECK_INCIDENT, CHECK_ACCOUNT, CHECK_STORE, CHECK_PENDING, CHECK_MAILBOX, CHECK_WAY_IN,
	    CHECK_SECOND,
	    CHECK_ROTATION, CHECK_CONTACT, CHECK_COUNT },
};

size_t
diagnose(enum ailment a, const struct symptoms *s, struct check out[CHECK_COUNT])
{
	size_t n = 0;

	for (; order[a][n] != CHECK_COUNT; n++) {
		out[n] = one(order[a][n], s);
		out[n].id = order[a][n];
	}
	return n;
}

enum ailment
ailment_guess(const struct symptoms *s)
{
	if (s->has_row)
		return AIL_PAYMENT;
	if (s->state == ACCOUNT_FROZEN || s->incident != 0)
		return AIL_LOCKED;
	if (s->rotating)
		return AIL_LOGIN;
	return s->breaks > 0 || s->gaps > 0 || s->rejected > 0 ? AIL_BALANCE : AIL_COUNT;
}
