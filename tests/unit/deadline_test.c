/* Deadlines: a date worked out by hand for each confirmed period, which names its fact; what is only reported may make one
 * earlier and says so; what is not confirmed never gives one; leap years, ends of months, weekends, holidays, zones. */
#include "base/time.h"
#include "tests/tap.h"
#include "wallet/deadline.h"

#include <fcntl.h>
#include <unistd.h>

static struct providers *facts;
static struct calendars *calendars;
static int dir = -1;

static int64_t
day(const char *s)
{
	unsigned y, m, d;

	if (sscanf(s, "%u-%u-%u", &y, &m, &d) != 3) {
		printf("Bail out! %s\n", s);
		exit(1);
	}
	return civil_days((int32_t)y, m, d);
}

static struct deadline_account
account(const char *source, enum provider_class class, const char *country)
{
	return (struct deadline_account){ .sources = source != NULL, .source = { source }, .class = class, .country = country,
		.currency = "" };
}

static void
on(struct deadline_account *a, enum deadline_from from, const char *date)
{
	a->date[from] = (struct deadline_date){ .known = true, .day = day(date) };
}

static struct deadlines
make_with(const struct providers *p, const struct deadline_account *a, size_t n, const struct deadline_zone *z)
{
	struct deadline_input in = { .providers = p, .calendars = calendars, .n = n, .account = a };
	struct deadlines all = { .n = 0 };
	struct err e = { .rc = OK };

	if (z != NULL)
		in.zone = *z;
	if (deadlines_make(&all, &in, &e) != OK)
		printf("Bail out! %s\n", e.what);
	return all;
}

static struct deadlines
make(const struct deadline_account *a)
{
	return make_with(facts, a, 1, NULL);
}

static const struct deadline *
find(const struct deadlines *all, const char *id)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->d[i].fact->id, id) == 0)
			return &all->d[i];
	return NULL;
}

static bool
is(const struct deadline *d, const char *due)
{
	return d != NULL && d->due_day == day(due);
}

/* ---- each confirmed period ---- */

static const struct { const char *fact, *source; enum provider_class class; const char *country; enum deadline_from from;
	const char *date, *due; bool closed; } by_hand[] = {
	/* 20 February 2028 is 9 days before the 29th */
	{ "PP-01a", "paypal", CLASS_WALLET, "", FROM_NOTICE, "2028-02-20", "2028-03-01", false },
	/* 9 + 31 + 31 + 28 + 31 + 30 = 160 to the end of April */
	{ "PP-02", "paypal", CLASS_WALLET, "CA", FROM_PAYMENT, "2026-11-21", "2027-05-20", false },
	/* 29 + 31 + 30 + 31 + 31 = 152 to the end of January, 28 of 29 days of February */
	{ "PP-05", "paypal", CLASS_WALLET, "", FROM_PAYMENT, "2027-09-01", "2028-02-28", false },
	/* over the year; a Saturday, and it stays one */
	{ "PP-05a", "paypal", CLASS_WALLET, "", FROM_OPENING, "2026-12-20", "2027-01-09", true },
	/* February 2027 has 28 days; a Sunday */
	{ "PP-06", "paypal", CLASS_WALLET, "DE", FROM_PAYMENT, "2026-01-31", "2027-02-28", true },
	/* Thursday before Easter: Friday and Monday are closing days */
	{ "PP-06a", "paypal", CLASS_WALLET, "DE", FROM_NOTICE, "2026-04-02", "2026-04-07", false },
	/* 30 + 29 = 59 to the end of February 2028 */
	{ "PP-06b", "paypal", CLASS_WALLET, "FR", FROM_NOTICE, "2028-01-01", "2028-03-01", false },
	/* 21-24 December 4, 28-31 8, 4 and 5 January */
	{ "PP-06c", "paypal", CLASS_WALLET, "IE", FROM_NOTICE, "2026-12-18", "2027-01-05", false },
	/* 30 March - 2 April 4, 7-10 8, 13-17 13, 20 and 21 April */
	{ "PP-08", "paypal", CLASS_WALLET, "AT", FROM_COMPLAINT, "2026-03-27", "2026-04-21", false },
	/* four weeks 20, 21-24 December 24, 28-31 28, 4-8 January 33, 11 and 12 */
	{ "PP-08a", "paypal", CLASS_WALLET, "AT", FROM_COMPLAINT, "2026-11-21", "2027-01-12", false },
	/* February 2028 has 29 days */
	{ "WI-04a", "wise", CLASS_WALLET, "BE", FROM_PAYMENT, "2027-01-31", "2028-02-29", false },
	{ "CB-08", "coinbase", CLASS_EXCHANGE, "ES", FROM_PAYMENT, "2028-02-29", "2029-03-29", false },
	/* 29, 30 April 2, 1 May is a Saturday, 3-7 7, 10-14 12, 17-19 May */
	{ "CB-08a", "coinbase", CLASS_EXCHANGE, "ES", FROM_COMPLAINT, "2027-04-28", "2027-05-19", false },
	/* Thursday 1, Friday 3 July is kept for the 4th, Monday 2 */
	{ "US-01", NULL, CLASS_WALLET, "US", FROM_LEARNING, "2026-07-01", "2026-07-06", false },
	/* 30 days of November, 30 of December */
	{ "US-02", NULL, CLASS_WALLET, "US", FROM_STATEMENT, "2026-10-31", "2026-12-30", false },
	/* 31 of January, 29 of February 2028 */
	{ "US-06", NULL, CLASS_BANK, "US", FROM_STATEMENT, "2027-12-31", "2028-02-29", false },
	/* 23-25 November 3, Thanksgiving, 27 4, 30 - 4 December 9, Monday */
	{ "US-06a", NULL, CLASS_BANK, "US", FROM_NOTICE, "2026-11-20", "2026-12-07", false },
	/* 21-23 December 3, 24 kept for Christmas, 27-30 7, 31 kept for New Year, 3-5 January */
	{ "US-06b", NULL, CLASS_WALLET, "US", FROM_NOTICE, "2027-12-20", "2028-01-05", false },
	/* 10 + 31, 4 January */
	{ "US-06d", NULL, CLASS_WALLET, "US", FROM_NOTICE, "2026-11-20", "2027-01-04", false },
	/* 10 + 31 + 31, 18 February */
	{ "US-06e", NULL, CLASS_CARD, "US", FROM_NOTICE, "2026-11-20", "2027-02-18", false },
	{ "US-09a", NULL, CLASS_WALLET, "US", FROM_AUTHORITY, "2026-12-24", "2027-01-08", false },
	/* 31 + 28, 1 March */
	{ "US-09b", NULL, CLASS_WALLET, "US", FROM_AUTHORITY, "2026-12-31", "2027-03-01", false },
	/* September has 30 days */
	{ "EU-01", NULL, CLASS_BANK, "NL", FROM_PAYMENT, "2026-08-31", "2027-09-30", false },
	/* 25 closed, a weekend with the 26th */
	{ "EU-02", NULL, CLASS_WALLET, "NO", FROM_NOTICE, "2026-12-24", "2026-12-28", false },
	/* 15-18 4, 21-24 8, 28-31 12, 4-6 January */
	{ "EU-04", NULL, CLASS_WALLET, "IS", FROM_COMPLAINT, "2026-12-14", "2027-01-06", false },
	/* the same and 7, 8 17, 11-15 22, 18-22 27, 25-29 32, 1-3 February */
	{ "EU-04a", NULL, CLASS_WALLET, "LI", FROM_COMPLAINT, "2026-12-14", "2027-02-03", false },
	/* 31, 4 January */
	{ "UK-04", NULL, CLASS_BANK, "GB", FROM_COMPLAINT, "2026-11-30", "2027-01-04", false },
	/* no 31 February; a Sunday */
	{ "UK-04a", NULL, CLASS_BANK, "GB", FROM_ANSWER, "2026-08-31", "2027-02-28", true },
	/* 29, 30 September 2, 1 and 2 October 4 (holidays are not known), 5-7 */
	{ "CN-12", NULL, CLASS_WALLET, "CN", FROM_AUTHORITY, "2026-09-28", "2026-10-07", false },
};

static void
test_by_hand(void)
{
	for (size_t i = 0; i < COUNTOF(by_hand); i++) {
		struct deadline_account a = account(by_hand[i].source, by_hand[i].class, by_hand[i].country);
		AUTO(deadlines_free) struct deadlines all = { .n = 0 };
		const struct deadline *d;
		char got[11] = "none";

		on(&a, by_hand[i].from, by_hand[i].date);
		all = make(&a);
		if ((d = find(&all, by_hand[i].fact)) != NULL)
			date_put(got, d->due_day);
		ok(is(d, by_hand[i].due) && d->closed == by_hand[i].closed && d->than == NULL && !d->assumed && !d->instead,
		    "%s %u %s from %s: %s", by_hand[i].fact, d != NULL ? d->fact->period : 0,
		    d != NULL && d->fact->unit == UNIT_MONTHS ? "months" : d != NULL && d->fact->unit == UNIT_DAYS ? "days" :
		    "business days", by_hand[i].date, got);
	}
}

static void
test_complete(void)
{
	size_t missing = 0, n = 0;

	for (size_t i = 0; i < advice_count(facts); i++) {
		const struct advice *a = advice_at(facts, i);
		bool there = false;

		if (a->kind != ADVICE_DEADLINE || !advice_instructs(a))
			continue;
		n++;
		for (size_t k = 0; k < COUNTOF(by_hand) && !there; k++)
			there = strcmp(by_hand[k].fact, a->id) == 0;
		if (!there || a->duty[0] == '\0')
			printf("# %s\n", a->id);
		missing += !there || a->duty[0] == '\0';
	}
	ok(missing == 0 && n == COUNTOF(by_hand), "each of %zu confirmed periods has its date by hand, and a duty", n);
}

/* ---- status ---- */

static void
test_reported(void)
{
	struct deadline_account a = account("card", CLASS_CARD, "DE");
	AUTO(deadlines_free) struct deadlines all = { .n = 0 };
	const struct deadline *d;

	on(&a, FROM_PAYMENT, "2026-11-21");
	all = make(&a);
	d = find(&all, "CH-01");
	/* 9 + 31 + 31 + 28 = 99, 21 March */
	ok(is(d, "2027-03-21") && d->than != NULL && strcmp(d->than->id, "EU-01") == 0 && d->than_day == day("2027-12-21"),
	    "CH-01, reported, 120 days: earlier than EU-01 and says so");
	ok(is(find(&all, "EU-01"), "2027-12-21") && find(&all, "EU-01")->than == NULL, "EU-01 stands beside it");
	ok(all.n == 3 && strcmp(all.d[0].fact->id, "CH-01") == 0 && strcmp(all.d[2].fact->id, "EU-01") == 0,
	    "the one that ends first first");
}

static bool
noted(const struct deadlines *all, const char *id)
{
	for (size_t i = 0; i < all->unused; i++)
		if (strcmp(all->reported[i]->id, id) == 0)
			return true;
	return false;
}

static void
test_reported_later(void)
{
	struct deadline_account us = account("card", CLASS_CARD, "US"), gb = account(NULL, CLASS_WALLET, "GB");
	AUTO(deadlines_free) struct deadlines all = { .n = 0 }, uk = { .n = 0 };

	on(&us, FROM_PAYMENT, "2026-11-21");
	on(&us, FROM_STATEMENT, "2026-11-30");
	all = make(&us);
	ok(is(find(&all, "US-02"), "2027-01-29") && find(&all, "CH-01") == NULL && noted(&all, "CH-01"),
	    "CH-01, reported, is later than US-02: no date");
	ok(find(&all, "US-08") == NULL && noted(&all, "US-08"), "US-08, reported, is not earlier than US-02: no date");
	on(&gb, FROM_PAYMENT, "2026-11-21");
	on(&gb, FROM_NOTICE, "2026-11-22");
	uk = make(&gb);
	ok(find(&uk, "UK-03") == NULL && find(&uk, "UK-03a") == NULL && noted(&uk, "UK-03") && noted(&uk, "UK-03a"),
	    "UK-03, reported, without a confirmed one of its duty: no date");
}

static void
test_unconfirmed(void)
{
	static const char *const places[] = { "US", "DE", "GB", "CN", "CA", "JP", "" };
	size_t wrong = 0, n = 0, unconfirmed = 0;

	for (size_t i = 0; i < advice_count(facts); i++)
		unconfirmed += advice_at(facts, i)->kind == ADVICE_DEADLINE &&
		    advice_at(facts, i)->fact.status == DATA_UNCONFIRMED;
	for (size_t i = 0; i < providers_count(facts); i++)
		for (size_t k = 0; k < COUNTOF(places); k++) {
			const struct provider *q = providers_at(facts, i);
			struct deadline_account a = account(q->id, q->class == CLASS_LAW ? CLASS_WALLET : q->class, places[k]);
			AUTO(deadlines_free) struct deadlines all = { .n = 0 };

			for (unsigned f = 0; f < FROM_COUNT; f++)
				on(&a, f, "2026-11-21");
			all = make(&a);
			for (size_t m = 0; m < all.n; m++) {
				const struct deadline *d = &all.d[m];

				n++;
				wrong += d->fact->fact.status == DATA_UNCONFIRMED || d->fact->fact.source[0] == '\0' ||
				    (d->fact->fact.status == DATA_SECOND && (d->than == NULL || d->than_day <= d->due_day ||
				    !advice_instructs(d->than))) || (d->fact->fact.status == DATA_CONFIRMED && d->than != NULL) ||
				    (m > 0 && all.d[m - 1].due_day > d->due_day);
			}
			for (size_t m = 0; m < all.unused; m++)
				wrong += all.reported[m]->fact.status != DATA_SECOND;
		}
	ok(wrong == 0 && n > 200 && unconfirmed >= 3, "of %zu dates of every provider and country none comes from the %zu "
	    "unconfirmed facts, and none of the reported ones stands alone", n, unconfirmed);
}

/* ---- where ---- */

static void
test_country(void)
{
	struct deadline_account a = account("paypal", CLASS_WALLET, "");
	AUTO(deadlines_free) struct deadlines eur = { .n = 0 }, jpy = { .n = 0 }, ca = { .n = 0 };
	BUF text = { 0 };

	on(&a, FROM_PAYMENT, "2026-11-21");
	on(&a, FROM_NOTICE, "2026-11-22");
	a.currency = "EUR";
	eur = make(&a);
	ok(find(&eur, "EU-01") != NULL && find(&eur, "EU-01")->assumed && strcmp(find(&eur, "EU-01")->country, "EEA") == 0 &&
	    find(&eur, "PP-02") == NULL && find(&eur, "US-01") == NULL, "no country, EUR: the EEA, and it says so");
	deadline_assumed(&text, find(&eur, "EU-02"), false, false);
	ok(strstr(buf_str(&text), "(EEA) is assumed from the currency") != NULL &&
	    strstr(buf_str(&text), "closing days of the TARGET") != NULL, "%s", buf_str(&text));
	a.currency = "JPY";
	jpy = make(&a);
	ok(find(&jpy, "PP-05") != NULL && find(&jpy, "EU-01") == NULL && find(&jpy, "US-02") == NULL && jpy.n == 2,
	    "no country and no guess: only what holds everywhere");
	a.currency = "EUR";
	a.country = "CA";
	ca = make(&a);
	ok(is(find(&ca, "PP-02"), "2027-05-20") && find(&ca, "EU-01") == NULL && !find(&ca, "PP-02")->assumed,
	    "the country that is said counts, not the currency");
}

static void
test_class(void)
{
	static const struct { enum provider_class class; const char *country, *fact; bool there; } t[] = {
		{ CLASS_MAILBOX, "US", "US-02", false }, { CLASS_SIM, "DE", "EU-01", false }, { CLASS_EXCHANGE, "US", "US-02", false },
		{ CLASS_EXCHANGE, "US", "US-09a", true }, { CLASS_CARD, "US", "US-02", true }, { CLASS_BANK, "GB", "UK-04", true },
		{ CLASS_WALLET, "CH", "EU-01", false }, { CLASS_WALLET, "GB", "EU-01", false }, { CLASS_MAILBOX, "CN", "CN-12", false },
	};

	for (size_t i = 0; i < COUNTOF(t); i++) {
		struct deadline_account a = account(NULL, t[i].class, t[i].country);
		AUTO(deadlines_free) struct deadlines all = { .n = 0 };

		for (unsigned f = 0; f < FROM_COUNT; f++)
			on(&a, f, "2026-11-21");
		all = make(&a);
		ok((find(&all, t[i].fact) != NULL) == t[i].there, "%s %s for kind %d in %s", t[i].fact,
		    t[i].there ? "counts" : "does not count", (int)t[i].class, t[i].country);
	}
}

/* ---- dates ---- */

static void
test_statement(void)
{
	struct deadline_account a = account(NULL, CLASS_WALLET, "US");
	AUTO(deadlines_free) struct deadlines none = { .n = 0 }, all = { .n = 0 };
	BUF text = { 0 };

	none = make(&a);
	ok(none.n == 0, "no date is known: no deadline");
	on(&a, FROM_PAYMENT, "2026-11-21");
	all = make(&a);
	ok(is(find(&all, "US-02"), "2027-01-20") && find(&all, "US-02")->instead, "US-02, statement not known: from the payment");
	deadline_rule(&text, find(&all, "US-02"));
	ok(strcmp(buf_str(&text), "60 days from the payment of 2026-11-21 (the day of the statement is not known)") == 0, "%s",
	    buf_str(&text));
}

static void
test_met(void)
{
	struct deadline_account a = account("paypal", CLASS_WALLET, "US");
	AUTO(deadlines_free) struct deadlines all = { .n = 0 }, before = { .n = 0 };

	on(&a, FROM_PAYMENT, "2026-11-21");
	on(&a, FROM_STATEMENT, "2026-11-30");
	on(&a, FROM_LEARNING, "2026-11-22");
	on(&a, FROM_NOTICE, "2026-11-22");
	all = make(&a);
	ok(find(&all, "US-02")->met && find(&all, "US-02")->met_day == day("2026-11-22") && find(&all, "US-01")->met &&
	    !find(&all, "PP-05")->met && !find(&all, "US-06b")->met && !find(&all, "PP-01a")->met,
	    "a notice does what had to be told, also before the statement; nothing else");
	on(&a, FROM_NOTICE, "2026-11-20");
	before = make(&a);
	ok(!find(&before, "US-02")->met, "one from before the payment does not");
}

static void
test_answered(void)
{
	struct deadline_account a = account("paypal", CLASS_WALLET, "DE");
	AUTO(deadlines_free) struct deadlines all = { .n = 0 };

	on(&a, FROM_NOTICE, "2026-11-22");
	on(&a, FROM_COMPLAINT, "2026-12-10");
	a.reply = (struct deadline_date){ .known = true, .day = day("2026-11-25") };
	all = make(&a);
	ok(find(&all, "PP-01a")->met && find(&all, "PP-01a")->met_day == day("2026-11-25") && !find(&all, "PP-08")->met &&
	    !find(&all, "PP-06a")->met, "a reply is a reply, no answer to the complaint and no refund");
	deadlines_free(&all);
	on(&a, FROM_ANSWER, "2026-12-20");
	all = make(&a);
	ok(find(&all, "PP-08")->met && find(&all, "EU-04a")->met && !find(&all, "EU-02")->met, "the answer to the complaint is");
}

static int32_t
berlin(void *ctx, int64_t s)
{
	(void)ctx;
	/* 29 March 2026, 01:00 UTC */
	return s < INT64_C(1774746000) ? 3600 : 7200;
}

#define HOURS "fact: H-1\nof: bank\nkind: deadline\nwho: you\nperiod: 48 hours\nfrom: notice\nen: a\nsource: a contract\n" \
	"checked: 2026-11-21\nstatus: confirmed\n"

static struct providers *
own(const char *text)
{
	struct providers *p = NULL;
	struct buf b = { .max = DATA_FILE_MAX };
	struct err e = { .rc = OK };

	buf_adds(&b, text);
	if (providers_parse(&p, &b, "own", true, &e) != OK)
		printf("Bail out! %s\n", e.what);
	return p;
}

static void
test_hours(void)
{
	AUTO(providers_free) struct providers *p = own(HOURS);
	struct deadline_account a = account("bank", CLASS_BANK, "");
	struct deadline_zone z = { .offset = berlin }, utc = { .offset = NULL };
	AUTO(deadlines_free) struct deadlines exact = { .n = 0 }, whole = { .n = 0 }, plain = { .n = 0 };

	/* 28 March 23:30 CET = 22:30 UTC; 48 hours later it is 31 March 00:30 CEST */
	a.date[FROM_NOTICE] = (struct deadline_date){ .known = true, .day = day("2026-03-28"),
		.ms = (day("2026-03-28") * 86400 + 22 * 3600 + 1800) * 1000 };
	exact = make_with(p, &a, 1, &z);
	ok(is(find(&exact, "H-1"), "2026-03-31") && exact.d[0].due_ms == (day("2026-03-30") * 86400 + 22 * 3600 + 1800) * 1000,
	    "48 hours over the change to summer time");
	/* only the day: from its beginning, 23:00 UTC the day before; 30 March 01:00 CEST */
	a.date[FROM_NOTICE].ms = 0;
	whole = make_with(p, &a, 1, &z);
	ok(is(find(&whole, "H-1"), "2026-03-30") && whole.d[0].due_ms == (day("2026-03-29") * 86400 + 23 * 3600) * 1000,
	    "only the day is known: from its beginning there");
	plain = make_with(p, &a, 1, &utc);
	ok(is(find(&plain, "H-1"), "2026-03-30") && plain.d[0].due_ms == day("2026-03-30") * 86400000, "the same in UTC");
	ok(zone_day(&z, day("2026-11-21") * 86400000 - 1) == day("2026-11-21") && zone_day(&utc, -1) == -1 &&
	    zone_midnight(&z, day("2026-03-29")) == (day("2026-03-29") * 86400 - 3600) * 1000 &&
	    zone_midnight(&z, day("2026-03-30")) == (day("2026-03-30") * 86400 - 7200) * 1000, "days of a zone");
}

static void
test_earlier(void)
{
	struct deadline_date d = { .known = false };

	deadline_earlier(&d, 20, 0);
	deadline_earlier(&d, 30, 5);
	ok(d.known && d.day == 20, "the earlier day stays");
	deadline_earlier(&d, 10, 7000);
	deadline_earlier(&d, 10, 9000);
	ok(d.day == 10 && d.ms == 7000, "... and the earlier instant");
}

#define TAIL "source: a contract\nchecked: 2026-11-21\nstatus: confirmed\n"

static void
test_own(void)
{
	AUTO(providers_free) struct providers *p = own("fact: O-1\nof: bank\nkind: deadline\nwho: you\nperiod: 30 days\n"
	    "from: payment\nduty: report\nen: a\nsource: a contract\nchecked: 2026-11-21\nstatus: confirmed\n\n"
	    "fact: O-2\nof: bank\nkind: deadline\nwho: they\nperiod: 5 days\nfrom: payment\nduty: report\nen: a\n"
	    "source: a friend\nchecked: 2026-11-21\nstatus: confirmed-2nd\n\n"
	    "fact: O-3\nof: bank\nkind: deadline\nwho: you\nperiod: 5 days\nfrom: payment\nen: a\n"
	    "source: a friend\nchecked: 2026-11-21\nstatus: confirmed-2nd\n\n"
	    "fact: O-5\nof: bank\nkind: deadline\nwho: you\nperiod: 5 days\nfrom: payment\nduty: claim\nen: a\n"
	    "source: a friend\nchecked: 2026-11-21\nstatus: confirmed-2nd\n\n"
	    "fact: O-4\nof: bank\nkind: deadline\nwho: you\nperiod: 10 days\nfrom: payment\nduty: report\njurisdiction: IE\n"
	    "en: a\n" TAIL);
	struct deadline_account a = account("bank", CLASS_BANK, "");
	AUTO(deadlines_free) struct deadlines all = { .n = 0 };

	a.currency = "EUR";
	on(&a, FROM_PAYMENT, "2026-11-21");
	all = make_with(p, &a, 1, NULL);
	ok(all.n == 1 && is(find(&all, "O-1"), "2026-12-21") && all.d[0].fact->own, "an own fact drives a date");
	ok(noted(&all, "O-2") && noted(&all, "O-3") && noted(&all, "O-5"),
	    "a reported one of the other side, of another duty, or without one, does not");
	ok(find(&all, "O-4") == NULL, "what holds in Ireland only is not taken for the EEA");
}

static void
test_order(void)
{
	struct deadline_account a[2] = { account("paypal", CLASS_WALLET, "DE"), account("wise", CLASS_WALLET, "DE") };
	AUTO(deadlines_free) struct deadlines all = { .n = 0 };
	size_t wrong = 0;

	on(&a[0], FROM_PAYMENT, "2026-11-21");
	on(&a[1], FROM_PAYMENT, "2026-10-21");
	on(&a[1], FROM_NOTICE, "2026-11-21");
	all = make_with(facts, a, 2, NULL);
	for (size_t i = 1; i < all.n; i++)
		wrong += all.d[i - 1].due_day > all.d[i].due_day;
	ok(wrong == 0 && all.n == 6 && all.d[0].account == 1 && is(&all.d[0], "2026-11-23"),
	    "of several accounts the one that ends first first");
}

static void
test_words(void)
{
	struct deadline_account a = account("paypal", CLASS_WALLET, "AT");
	AUTO(deadlines_free) struct deadlines all = { .n = 0 };
	BUF rule = { 0 }, bare = { 0 }, assumed = { 0 };

	on(&a, FROM_NOTICE, "2026-12-24");
	on(&a, FROM_OPENING, "2026-12-20");
	all = make(&a);
	deadline_rule(&rule, find(&all, "EU-02"));
	ok(strcmp(buf_str(&rule), "1 business day from your notice of 2026-12-24") == 0, "%s", buf_str(&rule));
	deadline_rule_of(&bare, find(&all, "PP-05a")->fact);
	ok(strcmp(buf_str(&bare), "20 days from the opening of the dispute") == 0, "%s", buf_str(&bare));
	buf_reset(&rule);
	deadline_assumed(&rule, find(&all, "EU-02"), false, true);
	ok(strcmp(buf_str(&rule), "Business days by calendar: TARGET closing days.") == 0, "%s", buf_str(&rule));
	deadline_assumed(&assumed, find(&all, "PP-05a"), false, false);
	ok(strcmp(buf_str(&assumed), "It ends on a weekend or holiday and does not move: act before.") == 0, "%s",
	    buf_str(&assumed));
	for (unsigned f = 0; f < FROM_COUNT; f++)
		if (deadline_from_name(f)[0] == '\0')
			ok(false, "a name for each date");
}

static void
test_bare(void)
{
	struct deadline_account a = account(NULL, CLASS_WALLET, "US");
	struct deadline_input in = { .providers = facts, .calendars = NULL, .n = 1, .account = &a };
	AUTO(deadlines_free) struct deadlines all = { .n = 0 };
	struct err e = { .rc = OK };
	BUF text = { 0 };

	on(&a, FROM_NOTICE, "2026-11-20");
	ok(deadlines_make(&all, &in, &e) == OK && is(find(&all, "US-06a"), "2026-12-04"),
	    "without calendars: weekends only, so never later");
	deadline_assumed(&text, find(&all, "US-06a"), false, false);
	ok(strstr(buf_str(&text), "holidays of this country are not known") != NULL, "%s", buf_str(&text));
}

int
main(void)
{
	struct err e = { .rc = OK };

	dir = open("data", O_RDONLY | O_DIRECTORY);
	if (dir < 0 || calendars_load(&calendars, dir, &e) != OK || providers_load(&facts, dir, &e) != OK) {
		printf("Bail out! %s\n", e.what);
		return 1;
	}
	test_by_hand();
	test_complete();
	test_reported();
	test_reported_later();
	test_unconfirmed();
	test_country();
	test_class();
	test_statement();
	test_met();
	test_answered();
	test_hours();
	test_earlier();
	test_own();
	test_order();
	test_words();
	test_bare();
	providers_free(&facts);
	calendars_free(&calendars);
	(void)close(dir);
	return tap_done();
}
