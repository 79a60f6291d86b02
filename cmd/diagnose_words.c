/* cmd/diagnose_words.c: see diagnose.h. What is composed here is cleaned where it is printed. */
#include "cmd/diagnose.h"

#include "base/time.h"
#include "cmd/filters.h"

#include <string.h>

void
words_free(struct words *w)
{
	buf_free(&w->what);
	buf_free(&w->why);
	buf_free(&w->fix);
}

/* Names have no quote, dollar sign or backslash (account_name_check()), so double quotes are enough. */
void
add_name(struct buf *out, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-";

	if (name[strspn(name, plain)] == '\0' && name[0] != '-')
		buf_adds(out, name);
	else
		buf_addf(out, "\"%s\"", name);
}

void
add_case_line(struct buf *out, enum ailment a, const struct patient *p)
{
	static const char *const subject[AIL_COUNT] = { [AIL_PAYMENT] = N_("payment failed"),
	    [AIL_BALANCE] = N_("balance is off"),
		[AIL_LOGIN] = N_("cannot log in"), [AIL_LOCKED] = N_("account locked") };

	buf_adds(out, "purser case open ");
	add_name(out, p->account->name);
	buf_addf(out, " --subject \"%s", _(subject[a]));
	if (p->row[0] != '\0')
		buf_addf(out, " (%s)", p->row);
	buf_addc(out, '"');
}

/* "purser VERB NAME REST" */
static void
add_command(struct buf *out, const char *verb, const struct patient *p, const char *rest)
{
	buf_addf(out, "purser %s ", verb);
	add_name(out, p->account->name);
	buf_adds(out, rest);
}

static void
here(struct words *w, const struct check *c, const struct patient *p)
{
	BUF when = { 0 };

	buf_adds(&w->what, c->id == CHECK_STORE ? _("State of the store here") : _("State of the account here"));
	if (c->id == CHECK_STORE) {
		buf_adds(&w->why, c->state == CHECK_BAD ? _("frozen: no password and no code can be read here; at the "
		    "provider nothing is locked by it") : _("not frozen"));
		if (c->state == CHECK_BAD)
			add_command(&w->fix, "thaw", p, _(", on a clean computer, with the kit; until then the way in "
			    "of the card"));
		return;
	}
	if (p->s.state == ACCOUNT_FROZEN) {
		add_time(&when, p->s.frozen_ms, false);
		buf_addf(&w->why, _("frozen here since %s: its passwords and codes cannot be read; at the provider "
		    "nothing is locked by it"), buf_str(&when));
		add_command(&w->fix, "thaw", p, "");
	} else if (p->s.state == ACCOUNT_CLOSED) {
		buf_adds(&w->why, _("marked as closed here"));
		add_command(&w->fix, "account edit", p, " --state active");
	} else {
		buf_adds(&w->why, _("active here; what the provider has locked purser cannot see"));
	}
}

static void
incident(struct words *w, const struct patient *p)
{
	buf_adds(&w->what, _("Fraud first"));
	if (p->s.incident != 0) {
		buf_addf(&w->why, _("incident I%lld with this account is open: its steps come before all of this"),
		    (long long)p->s.incident);
		buf_addf(&w->fix, "purser incident show I%lld", (long long)p->s.incident);
	} else if (p->s.fraud > 0) {
		buf_addf(&w->why, _("%llu rows of the last 90 days are marked as fraud, and no incident is open"),
		    (unsigned long long)p->s.fraud);
		buf_adds(&w->fix, "purser incident open unauthorised");
	} else {
		buf_adds(&w->why, _("no row is marked as fraud, no incident is open"));
	}
}

static void
status(struct words *w, const struct check *c, const struct patient *p)
{
	const char *raw = p->status_text != NULL ? p->status_text : "";
	struct entry en = { .status = p->s.status };
	BUF word = { 0 };

	entry_status(&word, &en);
	buf_adds(&w->what, _("Status of the row"));
	if (p->row[0] == '\0')
		buf_adds(&w->why, _("no row was named"));
	else if (p->s.row_provisional)
		buf_adds(&w->why, _("noted by hand; no statement has told of it yet"));
	else if (c->state == CHECK_UNKNOWN)
		buf_addf(&w->why, _("purser does not know the word \"%s\""), raw);
	else if (p->s.row_reserved && c->state == CHECK_BAD)
		buf_addf(&w->why, _("%s (\"%s\"): only reserved; a hold ends by itself or becomes a payment of its "
		    "own"),
		    buf_str(&word), raw);
	else
		buf_addf(&w->why, "%s (\"%s\")", buf_str(&word), raw);
	if (p->row[0] == '\0')
		add_command(&w->fix, "history", p, "");
	else if (c->state != CHECK_OK)
		buf_addf(&w->fix, "purser history show %s", p->row);
}

static void
funds(struct words *w, const struct check *c, const struct patient *p)
{
	BUF left = { 0 }, need = { 0 };

	buf_adds(&w->what, _("Known balance"));
	if (!p->s.has_balance) {
		buf_adds(&w->why, _("not known: no statement of this account has one in this currency"));
		buf_adds(&w->fix, _("look at it on the provider's own page or app"));
		return;
	}
	money_human(&left, &p->s.left);
	if (p->s.has_row && p->s.has_amount && !p->s.row_moved) {
		money_human(&need, &p->s.amount);
		buf_addf(&w->why, _("%s by the balance of %s; the payment is %s"), buf_str(&left), p->s.balance_on,
		    buf_str(&need));
	} else {
		buf_addf(&w->why, _("%s by the balance of %s"), buf_str(&left), p->s.balance_on);
	}
	if (c->state == CHECK_BAD)
		buf_adds(&w->fix, _("top it up, or pay from another source"));
}

static void
counted(struct words *w, const struct check *c, const struct patient *p)
{
	const struct symptoms *s = &p->s;

	switch (c->id) {
	case CHECK_PENDING:
		buf_adds(&w->what, _("Pending or held money"));
		buf_addf(&w->why, _("%llu rows of the last 90 days are pending, %llu held: that money is neither here "
		    "nor there"),
		    (unsigned long long)s->pending, (unsigned long long)s->held);
		if (c->state == CHECK_BAD)
			add_command(&w->fix, "history", p, " --status pending,held");
		break;
	case CHECK_DUPLICATE:
		buf_adds(&w->what, _("Paid twice"));
		if (c->state == CHECK_OK)
			buf_adds(&w->why, _("no second row of the same amount, counterparty and day"));
		else if (p->row[0] != '\0')
			buf_addf(&w->why, _("%llu more rows have the same amount, counterparty and day: it may have "
			    "gone through after all"),
			    (unsigned long long)s->duplicates);
		else
			buf_addf(&w->why, _("%llu times in 90 days the same amount went to the same on one day"),
			    (unsigned long long)s->duplicates);
		if (c->state == CHECK_BAD)
			buf_addf(&w->fix, "purser history show %s", s->duplicate);
		break;
	case CHECK_BREAKS:
		buf_adds(&w->what, _("Chain of balances"));
		buf_addf(&w->why, c->state == CHECK_BAD ? _("breaks at %llu rows: rows are missing or were changed") :
		    _("no break: every balance follows from the one before (%llu breaks)"),
		    (unsigned long long)s->breaks);
		if (c->state == CHECK_BAD)
			buf_addf(&w->fix, "purser history show %s", s->broken);
		break;
	case CHECK_REJECTED:
		buf_adds(&w->what, _("Rows left out"));
		buf_addf(&w->why, _("%llu rows of imported statements were left out (--skip-bad)"),
		    (unsigned long long)s->rejected);
		if (c->state == CHECK_BAD)
			buf_adds(&w->fix, "purser statement list");
		break;
	case CHECK_UNSURE_ROWS:
		buf_adds(&w->what, _("Rows that may not count rightly"));
		buf_addf(&w->why, _("%llu of an unknown status, %llu refunds whose row is missing"),
		    (unsigned long long)s->unknown_status,
		    (unsigned long long)s->no_twin);
		if (c->state == CHECK_BAD)
			add_command(&w->fix, "review", p, " --list");
		break;
	default:
		buf_adds(&w->what, _("Rows noted by hand"));
		buf_addf(&w->why, _("%llu wait for a statement that confirms them"), (unsigned long long)s->noted);
		if (c->state == CHECK_BAD)
			buf_adds(&w->fix, _("import the newest statement: purser import FILE"));
	}
}

static void
statements(struct words *w, const struct check *c, const struct patient *p)
{
	BUF from = { 0 }, to = { 0 };

	if (c->id == CHECK_GAPS) {
		buf_adds(&w->what, _("Missing statements"));
		if (c->state == CHECK_BAD) {
			add_day(&from, p->s.gap_from);
			add_day(&to, p->s.gap_to);
			buf_addf(&w->why, _("%llu gaps; the widest has no row from %s to %s"),
			    (unsigned long long)p->s.gaps, buf_str(&from), buf_str(&to));
			buf_adds(&w->fix, _("export that time at the provider: purser import FILE"));
			return;
		}
		buf_adds(&w->why, c->state == CHECK_OK ? _("no gap of more than a month")
		    : _("no statement was imported"));
	} else {
		buf_adds(&w->what, _("Newest statement"));
		if (c->state == CHECK_UNKNOWN) {
			buf_adds(&w->why, _("no statement was imported"));
		} else {
			add_day(&to, p->s.last_day);
			buf_addf(&w->why, _("its last row is of %s"), buf_str(&to));
		}
	}
	if (c->state != CHECK_OK)
		buf_adds(&w->fix, _("export a new one at the provider: purser import FILE"));
}

static void
card(struct words *w, const struct check *c, const struct patient *p)
{
	if (c->id == CHECK_CARD_NUMBER) {
		static const char *const said[] = { [CARDNO_NOT_GIVEN] = N_("not looked at"),
		    [CARDNO_GOOD] = N_("length and check digit are right"),
			[CARDNO_NO_DIGITS] = N_("it has other characters than digits"),
			    [CARDNO_LENGTH] = N_("a card number has 12 to 19 digits"),
			[CARDNO_CHECKSUM] = N_("the check digit does not fit: a digit is wrong or two are swapped") };

		buf_adds(&w->what, _("Card number"));
		buf_adds(&w->why, _(said[p->s.cardno]));
		if (c->state == CHECK_BAD)
			buf_adds(&w->fix, _("type it from the card itself, not from memory or a saved form"));
		else if (c->state == CHECK_UNKNOWN)
			buf_adds(&w->fix, _("--card-fd N: number and expiry in one line, looked at and forgotten"));
	} else {
		static const char *const said[] = { [EXPIRY_NOT_GIVEN] = N_("not looked at"),
		    [EXPIRY_GOOD] = N_("in the future"),
			[EXPIRY_SOON] = N_("within a month: subscriptions need the new card"),
			    [EXPIRY_PAST] = N_("the card has expired"),
			[EXPIRY_UNREADABLE] = N_("no date: MM/YY") };

		buf_adds(&w->what, _("Card expiry"));
		buf_adds(&w->why, _(said[p->s.expiry]));
		if (c->state == CHECK_BAD)
			buf_adds(&w->fix, _("ask the issuer for the new card and enter it where the old one is "
			    "stored"));
	}
}

static void
login(struct words *w, const struct check *c, const struct patient *p)
{
	BUF when = { 0 };

	switch (c->id) {
	case CHECK_PASSWORD:
		buf_adds(&w->what, _("Password"));
		if (c->state == CHECK_BAD) {
			buf_adds(&w->why, _("none is kept here: what you type is from memory or from the browser"));
			buf_adds(&w->fix, _("reset it at the provider, then keep it here"));
			return;
		}
		add_time(&when, p->s.password_ms, false);
		buf_addf(&w->why, _("kept here since %s: a browser may still fill in an older one"), buf_str(&when));
		add_command(&w->fix, "secret copy", p, "");
		break;
	case CHECK_ROTATION:
		buf_adds(&w->what, _("Change of password"));
		if (c->state == CHECK_OK) {
			buf_adds(&w->why, _("none is unfinished"));
			return;
		}
		add_time(&when, p->s.rotating_ms, false);
		buf_addf(&w->why, _("a new one was made on %s and neither finished nor dropped: the provider may have "
		    "either"),
		    buf_str(&when));
		add_command(&w->fix, "rotate", p, _(": try the old, then the new, then --done or --abort"));
		break;
	case CHECK_SECOND:
		buf_adds(&w->what, _("Second factor"));
		buf_adds(&w->why, c->state == CHECK_OK ? _("its codes are kept here") :
		    _("not kept here: text message, another app or a security key, whose way in must work too"));
		if (c->state == CHECK_OK)
			add_command(&w->fix, "otp", p, "");
		break;
	case CHECK_CLOCK:
		buf_adds(&w->what, _("Clock"));
		if (c->state == CHECK_BAD) {
			add_time(&when, p->s.newest_ms, false);
			buf_addf(&w->why, _("it is behind %s, when purser last dated something: codes of a wrong time "
			    "are refused"),
			    buf_str(&when));
			buf_adds(&w->fix, _("set the clock of this computer"));
		} else {
			buf_adds(&w->why, _("purser asks no network for the time; codes are refused when it is off by "
			    "more than half a minute"));
			buf_adds(&w->fix, _("compare with a clock that you trust"));
		}
		break;
	default:
		break;
	}
}

static void
ways(struct words *w, const struct check *c, const struct patient *p)
{
	switch (c->id) {
	case CHECK_MAILBOX:
		buf_adds(&w->what, _("Who can reset it"));
		if (c->state == CHECK_OK) {
			buf_addf(&w->why, _("%zu accounts kept here can: look at those first"), p->s.resetters);
			return;
		}
		buf_adds(&w->why, _("no mailbox or SIM is noted that resets it"));
		buf_adds(&w->fix, "purser account edit MAILBOX --controls ");
		add_name(&w->fix, p->account->name);
		break;
	case CHECK_WAY_IN:
		buf_adds(&w->what, _("Way in without purser"));
		if (c->state == CHECK_OK)
			buf_adds(&w->why, p->account->way_in);
		else
			buf_adds(&w->why, _("not noted"));
		if (c->state == CHECK_BAD)
			add_command(&w->fix, "account edit", p, " --way-in TEXT");
		break;
	case CHECK_LIMIT:
		buf_adds(&w->what, _("Limits"));
		if (p->s.has_limit)
			buf_addf(&w->why, _("by your own note: %s. Compare it with the amount"), p->account->limits);
		else
			buf_adds(&w->why, _("none is noted; a provider refuses what is over a day's limit"));
		if (!p->s.has_limit)
			add_command(&w->fix, "account edit", p, " --limit TEXT");
		break;
	default:
		buf_adds(&w->what, _("Real contact"));
		if (c->state == CHECK_OK) {
			buf_adds(&w->why, _("one that is confirmed is known"));
			add_command(&w->fix, "card", p, "");
			return;
		}
		buf_adds(&w->why, _("none is confirmed: never take one from a search or a message"));
		add_command(&w->fix, "account edit", p, " --contact TEXT");
	}
}

void
check_words(struct words *out, const struct check *c, const struct patient *p)
{
	switch (c->id) {
	case CHECK_STORE:
	case CHECK_ACCOUNT: here(out, c, p); break;
	case CHECK_INCIDENT: incident(out, p); break;
	case CHECK_STATUS: status(out, c, p); break;
	case CHECK_FUNDS: funds(out, c, p); break;
	case CHECK_PENDING:
	case CHECK_DUPLICATE:
	case CHECK_BREAKS:
	case CHECK_REJECTED:
	case CHECK_UNSURE_ROWS:
	case CHECK_NOTED: counted(out, c, p); break;
	case CHECK_GAPS:
	case CHECK_RECENT: statements(out, c, p); break;
	case CHECK_CARD_NUMBER:
	case CHECK_CARD_EXPIRY: card(out, c, p); break;
	case CHECK_PASSWORD:
	case CHECK_ROTATION:
	case CHECK_SECOND:
	case CHECK_CLOCK: login(out, c, p); break;
	case CHECK_LIMIT:
	case CHECK_MAILBOX:
	case CHECK_WAY_IN:
	case CHECK_CONTACT:
	case CHECK_COUNT: ways(out, c, p); break;
	}
}
