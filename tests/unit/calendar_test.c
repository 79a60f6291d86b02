/* Business days: holidays by rule, checked against dates worked out by hand from the law and the almanac; Easter; months and
 * leap years; hostile files give one clear error. */
#include "base/time.h"
#include "tests/tap.h"
#include "wallet/calendar.h"

#include <fcntl.h>
#include <unistd.h>

static struct calendars *all;

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

static const struct calendar *
of(const char *country)
{
	return calendar_of(all, country);
}

/* Every holiday of these years and no other, in order. */
static void
whole_years(const char *country, int32_t from, int32_t to, const char *expect)
{
	BUF got = { 0 };
	char text[11];

	for (int64_t d = civil_days(from, 1, 1); d <= civil_days(to, 12, 31); d++)
		if (calendar_holiday(all, of(country), d, false) != NULL) {
			date_put(text, d);
			buf_addf(&got, "%s%s", got.len > 0 ? " " : "", text);
		}
	ok(strcmp(buf_str(&got), expect) == 0, "%s, %d to %d: %s", country, from, to, buf_str(&got));
}

static void
test_us(void)
{
	/* 4 July 2026 is a Saturday: the Friday before (5 U.S.C. 6103(b)). */
	whole_years("US", 2026, 2026, "2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-09-07 "
	    "2026-10-12 2026-11-11 2026-11-26 2026-12-25");
	/* 19 June 2027 a Saturday, 4 July 2027 a Sunday, 25 December 2027 and 1 January 2028 Saturdays: New Year of 2028 is
	 * kept on the last day of 2027. */
	whole_years("US", 2027, 2027, "2027-01-01 2027-01-18 2027-02-15 2027-05-31 2027-06-18 2027-07-05 2027-09-06 "
	    "2027-10-11 2027-11-11 2027-11-25 2027-12-24 2027-12-31");
	/* A leap year; 11 November is a Saturday. */
	whole_years("US", 2028, 2028, "2028-01-17 2028-02-21 2028-05-29 2028-06-19 2028-07-04 2028-09-04 2028-10-09 "
	    "2028-11-10 2028-11-23 2028-12-25");
	ok(calendar_holiday(all, of("US"), day("2020-06-19"), false) == NULL &&
	    calendar_holiday(all, of("US"), day("2021-06-18"), false) != NULL, "Juneteenth since 2021 (a Saturday: Friday)");
}

static void
test_target(void)
{
	/* Easter 5 April 2026, 28 March 2027, 16 April 2028; nothing moves: 1 May 2027, 25 and 26 December 2027 and
	 * 1 January 2028 are on weekends and give no day. */
	whole_years("DE", 2026, 2026, "2026-01-01 2026-04-03 2026-04-06 2026-05-01 2026-12-25");
	whole_years("FR", 2027, 2028, "2027-01-01 2027-03-26 2027-03-29 2028-04-14 2028-04-17 2028-05-01 2028-12-25 "
	    "2028-12-26");
	ok(of("EEA") == of("IE") && of("IE") == of("NO") && of("CH") == NULL && of("GB") != of("IE"),
	    "the members of the EEA have it, Switzerland has none");
}

static void
test_england(void)
{
	/* Boxing Day 2026 is a Saturday: Monday 28th. Christmas 2027 Saturday and Sunday: Monday and Tuesday. New Year 2028
	 * a Saturday: Monday 3rd. */
	whole_years("GB", 2026, 2026, "2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 "
	    "2026-12-28");
	whole_years("GB", 2027, 2027, "2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 "
	    "2027-12-28");
	ok(calendar_holiday(all, of("GB"), day("2028-01-03"), false) != NULL, "New Year 2028: Monday 3 January");
	/* Christmas 2022 a Sunday, Boxing Day a Monday: the substitute is Tuesday 27th. One-off days of 2022 and 2023. */
	whole_years("GB", 2022, 2022, "2022-01-03 2022-04-15 2022-04-18 2022-05-02 2022-06-02 2022-06-03 2022-08-29 "
	    "2022-12-26 2022-12-27");
	whole_years("GB", 2023, 2023, "2023-01-02 2023-04-07 2023-04-10 2023-05-01 2023-05-08 2023-05-29 2023-08-28 "
	    "2023-12-25 2023-12-26");
	whole_years("GB", 2020, 2020, "2020-01-01 2020-04-10 2020-04-13 2020-05-08 2020-05-25 2020-08-31 2020-12-25 "
	    "2020-12-28");
}

static void
test_elsewhere(void)
{
	whole_years("CN", 2026, 2026, "");
	whole_years("JP", 2026, 2026, "");
	ok(of("CN") != NULL && of("CN")->fact.status != DATA_CONFIRMED && strstr(of("CN")->detail_en, "moved") != NULL,
	    "China: weekends only, and it says that moved working days are not counted");
	ok(of("JP") == NULL && of("") == NULL && business_day(all, NULL, day("2026-11-20")) &&
	    !business_day(all, NULL, day("2026-11-21")), "no calendar: weekends only");
	ok(strcmp(calendar_guess(all, "USD"), "US") == 0 && strcmp(calendar_guess(all, "EUR"), "EEA") == 0 &&
	    strcmp(calendar_guess(all, "GBP"), "GB") == 0 && strcmp(calendar_guess(all, "CNY"), "CN") == 0 &&
	    calendar_guess(all, "JPY") == NULL && calendar_guess(all, "") == NULL, "what a currency lets assume");
	ok(calendar_holds(all, "EEA", "DE") && calendar_holds(all, "EEA", "EEA") && !calendar_holds(all, "EEA", "GB") &&
	    !calendar_holds(all, "DE", "EEA") && !calendar_holds(NULL, "EEA", "DE") && calendar_holds(NULL, "DE", "DE"),
	    "what holds in the EEA holds in its members");
}

static void
test_members(void)
{
	unsigned n = 0;

	for (char a = 'A'; a <= 'Z'; a++)
		for (char b = 'A'; b <= 'Z'; b++) {
			const char code[3] = { a, b, '\0' };

			n += calendar_holds(all, "EEA", code);
		}
	ok(n == 30 && calendar_holds(all, "EEA", "HR") && calendar_holds(all, "EEA", "LI") && !calendar_holds(all, "EEA", "CH") &&
	    !calendar_holds(all, "EEA", "TR"), "the EEA: 27 of the EU, Iceland, Liechtenstein, Norway (%u)", n);
}

static void
test_easter(void)
{
	static const char *const sunday[] = { "1961-04-02", "2000-04-23", "2008-03-23", "2011-04-24", "2016-03-27",
		"2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2038-04-25", "2285-03-22" };
	unsigned bad = 0;

	for (size_t i = 0; i < COUNTOF(sunday); i++)
		bad += easter_sunday(civil_from_unix(day(sunday[i]) * 86400).year) != day(sunday[i]);
	ok(bad == 0, "Easter of %zu years, the earliest and the latest date among them", COUNTOF(sunday));
	ok(weekday_of(0) == 4 && weekday_of(-1) == 3 && weekday_of(day("2026-11-22")) == 0 &&
	    weekday_of(day("1900-01-01")) == 1, "days of the week");
}

static void
test_counting(void)
{
	static const struct { const char *country, *from; unsigned n; const char *due, *what; } t[] = {
		{ "US", "2026-11-20", 1, "2026-11-23", "Friday: the Monday after" },
		{ "US", "2026-11-21", 1, "2026-11-23", "from a Saturday" },
		{ "US", "2026-11-25", 2, "2026-11-30", "over Thanksgiving and a weekend" },
		{ "US", "2026-07-01", 2, "2026-07-06", "over the Friday kept for 4 July" },
		{ "US", "2027-12-30", 1, "2028-01-03", "over New Year kept in December" },
		{ "DE", "2026-12-23", 2, "2026-12-28", "Christmas and a weekend" },
		{ "DE", "2026-04-02", 1, "2026-04-07", "Easter, four days" },
		{ "GB", "2026-12-24", 1, "2026-12-29", "Christmas, the weekend, the substitute day" },
		{ "CN", "2026-09-30", 1, "2026-10-01", "a holiday that is not known" },
		{ "US", "2026-11-20", 0, "2026-11-20", "none" },
	};

	for (size_t i = 0; i < COUNTOF(t); i++) {
		char got[11];

		date_put(got, business_days_after(all, of(t[i].country), day(t[i].from), t[i].n));
		ok(strcmp(got, t[i].due) == 0, "%s, %u business days from %s: %s (%s)", t[i].country, t[i].n, t[i].from, got,
		    t[i].what);
	}
}

static void
test_months(void)
{
	static const struct { const char *from; unsigned n; const char *due; } t[] = {
		{ "2026-01-31", 1, "2026-02-28" }, { "2028-01-31", 1, "2028-02-29" }, { "2026-01-31", 13, "2027-02-28" },
		{ "2027-01-31", 13, "2028-02-29" }, { "2028-02-29", 12, "2029-02-28" }, { "2028-02-29", 13, "2029-03-29" },
		{ "2026-08-31", 6, "2027-02-28" }, { "2026-12-31", 1, "2027-01-31" }, { "2026-10-31", 1, "2026-11-30" },
		{ "2099-01-31", 13, "2100-02-28" }, { "2026-11-21", 0, "2026-11-21" }, { "2026-12-01", 999, "2110-03-01" },
	};

	for (size_t i = 0; i < COUNTOF(t); i++) {
		char got[11];

		date_put(got, months_after(day(t[i].from), t[i].n));
		ok(strcmp(got, t[i].due) == 0, "%u months from %s: %s", t[i].n, t[i].from, got);
	}
}

static void
test_country(void)
{
	char c[3] = "??";

	ok(country_norm(c, "de") && strcmp(c, "DE") == 0 && country_norm(c, "uk") && strcmp(c, "GB") == 0 &&
	    country_norm(c, "Us") && strcmp(c, "US") == 0, "countries as typed");
	ok(!country_norm(c, "") && !country_norm(c, "D") && !country_norm(c, "EEA") && !country_norm(c, "D1") &&
	    !country_norm(c, "\xc3\xa4") && strcmp(c, "US") == 0, "what is none");
}

/* ---- hostile files ---- */

#define TAIL "source: a law\nchecked: 2026-11-21\nstatus: confirmed\n"
#define CAL "calendar: x\nen: X\nzh: X\ndetail-en: a\ndetail-zh: b\n"
#define HOL CAL "country: US\n" TAIL "\nholiday: h\nof: x\nen: H\nzh: H\n"

static enum rc
parse(const char *text, struct calendars **out, struct err *e)
{
	struct buf b = { .max = DATA_FILE_MAX };

	buf_adds(&b, text);
	return calendars_parse(out, &b, "calendars.txt", e);
}

static void
test_hostile(void)
{
	static const struct { const char *text, *expect; } bad[] = {
		{ "", ":1: the file is empty" },
		{ "moon: x\n" TAIL, ":1: no record begins" },
		{ CAL TAIL, ":1: country: missing" },
		{ CAL "country: USA\n" TAIL, ":6: country: expected" },
		{ CAL "country: EEA\n" TAIL, ":6: country: expected" },
		{ "calendar: a b\nen: X\nzh: X\ndetail-en: a\ndetail-zh: b\ncountry: US\n" TAIL, ":1: calendar: expected" },
		{ CAL "country: US\n" TAIL "\n" CAL "country: US\n" TAIL, ":11: calendar: stands twice" },
		{ CAL "country: US\nsource: s\nstatus: confirmed\n", ":1: checked: missing" },
		{ HOL TAIL, ":11: rule: missing" },
		{ "holiday: h\nof: x\nen: H\nzh: H\nrule: easter 1\n" TAIL, ":2: of: no such calendar" },
		{ HOL "rule: fixed 02-29\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: fixed 13-01\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: fixed 1-1\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: nth 5 mon 01\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: nth 0 mon 01\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: nth 1 mon\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: nth\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: last day 01\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: last mon 00\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: easter 999\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: easter 99999999999999999999\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: day 2026-02-29\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: day 0001-01-01\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: day 9999-12-31\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: solstice\n" TAIL, ":15: rule: expected" },
		{ HOL "rule: easter 1\nweekend: friday\n" TAIL, ":16: weekend: expected" },
		{ HOL "rule: easter 1\nsince: 20\n" TAIL, ":16: since: expected" },
		{ HOL "rule: easter 1\nsince: 2021\nuntil: 2020\n" TAIL, ":17: until: expected" },
		{ HOL "rule: easter 1\nexcept: soon\n" TAIL, ":16: except: expected" },
		{ HOL "rule: easter 1\n" TAIL "\nholiday: h\nof: x\nen: H\nzh: H\nrule: easter 1\n" TAIL,
		    ":20: holiday: stands twice" },
		{ "group: EE\nmembers: AT\n" TAIL, ":1: group: expected" },
		{ "group: EEA\nmembers: AT  BE\n" TAIL, ":2: members: expected" },
		{ "group: EEA\nmembers: ATB\n" TAIL, ":2: members: expected" },
		{ "group: EEA\nmembers: at\n" TAIL, ":2: members: expected" },
		{ "group: EEA\nmembers: AT B\n" TAIL, ":2: members: expected" },
		{ HOL "rule: easter 1\x1b[2J\n" TAIL, ":15: control" },
	};

	for (size_t i = 0; i < COUNTOF(bad); i++) {
		struct calendars *c = NULL;
		struct err e = { .rc = OK };

		ok(parse(bad[i].text, &c, &e) == E_INPUT && c == NULL && strncmp(e.what, "calendars.txt", 13) == 0 &&
		    strncmp(e.what + 13, bad[i].expect, strlen(bad[i].expect)) == 0, "%s", e.what);
		calendars_free(&c);
	}
}

static void
test_bounds(void)
{
	AUTO(calendars_free) struct calendars *c = NULL;
	struct err e = { .rc = OK };
	BUF b = { .max = DATA_FILE_MAX };

	buf_adds(&b, CAL "country: US\n" TAIL);
	for (int i = 0; i < 40; i++)
		buf_addf(&b, "\nholiday: h%d\nof: x\nen: H\nzh: H\nrule: fixed 01-01\n" TAIL, i);
	ok(parse(buf_str(&b), &c, &e) == E_INPUT && strstr(e.what, ": of: too many") != NULL, "%s", e.what);
	buf_reset(&b);
	buf_adds(&b, "group: EEA\nmembers: AT");
	for (int i = 0; i < 64; i++)
		buf_adds(&b, " BE");
	buf_adds(&b, "\n" TAIL);
	ok(parse(buf_str(&b), &c, &e) == E_INPUT && strstr(e.what, ":2: members: ") != NULL, "%s", e.what);
}

/* What is not confirmed must not make a period longer. */
static void
test_unconfirmed(void)
{
	AUTO(calendars_free) struct calendars *c = NULL;
	struct err e = { .rc = OK };

	ok(parse(CAL "country: US\nsource: s\nchecked: 2026-11-21\nstatus: confirmed-2nd\n\n"
	    "holiday: h\nof: x\nen: H\nzh: H\nrule: day 2026-11-23\n" TAIL, &c, &e) == OK &&
	    business_day(c, calendar_of(c, "US"), day("2026-11-23")), "a calendar that is only reported counts no holiday %s",
	    e.what);
}

static void
test_shipped(void)
{
	size_t bad = 0;

	for (size_t i = 0; i < calendars_count(all); i++) {
		const struct calendar *c = calendars_at(all, i);

		bad += strlen(c->fact.source) < 6 || strlen(c->detail_en) < 20 || strlen(c->detail_zh) < 20;
	}
	ok(bad == 0 && calendars_count(all) == 4, "each calendar has its source and says what is assumed");
}

int
main(void)
{
	int dir = open("data", O_RDONLY | O_DIRECTORY);
	struct err e = { .rc = OK };

	if (dir < 0 || calendars_load(&all, dir, &e) != OK) {
		printf("Bail out! %s\n", e.what);
		return 1;
	}
	test_shipped();
	test_us();
	test_target();
	test_england();
	test_elsewhere();
	test_members();
	test_easter();
	test_counting();
	test_months();
	test_country();
	test_hostile();
	test_bounds();
	test_unconfirmed();
	calendars_free(&all);
	(void)close(dir);
	return tap_done();
}
