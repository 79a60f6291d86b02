/* tests/unit/when_test.c: zones, instants, ranges. */
#include "wallet/when.h"

#include "tests/tap.h"

static const struct {
	struct civil t;
	const char *zone, *shown;
} zones[] = {
	{ { 2024, 2, 14, 15, 25, 46, 0 }, "PST", "2024-02-14T15:25:46-08:00" },
	{ { 2019, 10, 15, 20, 32, 1, 0 }, "CEST", "2019-10-15T20:32:01+02:00" },
	{ { 2018, 10, 11, 19, 35, 53, 0 }, "JST", "2018-10-11T19:35:53+09:00" },
	{ { 2014, 5, 26, 11, 57, 30, 0 }, "GMT+02:00", "2014-05-26T11:57:30+02:00" },
	{ { 2014, 5, 26, 11, 57, 30, 0 }, "GMT-3", "2014-05-26T11:57:30-03:00" },
	{ { 2014, 5, 26, 11, 57, 30, 0 }, "+0530", "2014-05-26T11:57:30+05:30" },
	{ { 2021, 1, 1, 0, 0, 0, 5 }, "UTC", "2021-01-01T00:00:00.000005Z" },
	{ { 2021, 1, 1, 0, 0, 0, 0 }, "XXX", "2021-01-01T00:00:00" },
	{ { 2021, 1, 1, 0, 0, 0, 0 }, "CST", "2021-01-01T00:00:00" },
	{ { 2021, 1, 1, 0, 0, 0, 0 }, "+99:00", "2021-01-01T00:00:00" },
	{ { 2021, 1, 1, 0, 0, 0, 0 }, "../etc/passwd", "2021-01-01T00:00:00" },
	{ { 2021, 1, 1, 0, 0, 0, 0 }, "", "2021-01-01T00:00:00" },
	{ { 2020, 1, 2, 11, 5, 56, 0 }, "Europe/Berlin", "2020-01-02T11:05:56+01:00" },
	{ { 2020, 7, 2, 11, 5, 56, 0 }, "Europe/Berlin", "2020-07-02T11:05:56+02:00" },
	{ { 2026, 3, 29, 2, 30, 0, 0 }, "Europe/Berlin", "2026-03-29T02:30:00" }, /* never */
	{ { 2026, 10, 25, 2, 30, 0, 0 }, "Europe/Berlin", "2026-10-25T02:30:00" }, /* twice */
	{ { 2026, 10, 25, 3, 0, 0, 0 }, "Europe/Berlin", "2026-10-25T03:00:00+01:00" },
	{ { 2045, 7, 1, 12, 0, 0, 0 }, "Europe/Berlin", "2045-07-01T12:00:00+02:00" }, /* by the rule after the table */
	{ { 2045, 1, 1, 12, 0, 0, 0 }, "Australia/Sydney", "2045-01-01T12:00:00+11:00" },
	{ { 2024, 11, 3, 1, 30, 0, 0 }, "America/Los_Angeles", "2024-11-03T01:30:00" },
	{ { 2024, 7, 1, 1, 30, 0, 0 }, "America/Los_Angeles", "2024-07-01T01:30:00-07:00" },
	{ { 2024, 7, 1, 1, 30, 0, 0 }, "Asia/Shanghai", "2024-07-01T01:30:00+08:00" },
	{ { 2024, 7, 1, 1, 30, 0, 0 }, "Mars/Olympus", "2024-07-01T01:30:00" },
};
static const struct {
	const char *text;
	enum rc rc;
	int64_t first, last;
} ranges[] = {
	/* relative to 2026-11-21 */
	{ "today", OK, 0, 0 },
	{ "yesterday", OK, -1, -1 },
	{ "7d", OK, -7, -7 },
	{ "2w", OK, -14, -14 },
	{ "0d", OK, 0, 0 },
	{ "2026-11-20", OK, -1, -1 },
	{ "2026-11", OK, -20, 9 },
	{ "2026", OK, -324, 40 },
	{ "2026-02-30", E_USAGE, 0, 0 },
	{ "2026-13", E_USAGE, 0, 0 },
	{ "26-01-01", E_USAGE, 0, 0 },
	{ "", E_USAGE, 0, 0 },
	{ "d", E_USAGE, 0, 0 },
	{ "-1d", E_USAGE, 0, 0 },
	{ "tomorrow", E_USAGE, 0, 0 },
	{ "2026-1-1", E_USAGE, 0, 0 },
	{ "99999999d", E_USAGE, 0, 0 },
};

int
main(void)
{
	const struct civil today = { 2026, 11, 21, 3, 0, 0, 0 };
	int64_t now = civil_days(2026, 11, 21), first, last;
	struct zones *cache = zones_new();
	bool system_zones = access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0;
	struct err e;

	for (size_t i = 0; i < COUNTOF(zones); i++) {
		struct when w = { .has_date = true, .has_time = true, .local = zones[i].t };
		BUF a = { 0 };
		BUF b = { 0 };

		if (strchr(zones[i].zone, '/') != NULL && !system_zones) {
			tap_skip("no zone files here: %s", zones[i].zone);
			continue;
		}
		(void)snprintf(w.zone, sizeof w.zone, "%s", zones[i].zone);
		when_resolve(&w);
		when_rfc3339(&a, &w);
		when_resolve_with(cache, &w);
		when_rfc3339(&b, &w);
		ok(strcmp(buf_str(&a), zones[i].shown) == 0 && strcmp(buf_str(&b), zones[i].shown) == 0, "%s: %s",
		    zones[i].zone, buf_str(&a));
		if (w.has_utc)
			ok(w.utc_us == (civil_to_unix(&w.local) - w.offset_s) * 1000000 + w.local.micro, "its instant");
	}
	for (size_t i = 0; i < COUNTOF(ranges); i++) {
		enum rc rc;

		first = last = 1234567;
		rc = when_range(&first, &last, ranges[i].text, &today, &e);
		ok(rc == ranges[i].rc && (rc == OK ? first - now == ranges[i].first && last - now == ranges[i].last
						   : first == 1234567 && last == 1234567),
		    "range '%s'", ranges[i].text);
	}
	ok(zone_fits_date("PDT", 2019, 1, 10) == 0 && zone_fits_date("PDT", 2019, 10, 1) == 1,
	    "PDT is no time of January");
	ok(zone_fits_date("CET", 2019, 7, 1) == 0 && zone_fits_date("CEST", 2019, 7, 1) == 1, "CET is no time of July");
	ok(zone_fits_date("XXX", 2019, 7, 1) == -1 && zone_fits_date("CET", 2019, 13, 1) == 0,
	    "unknown word, impossible date");
	{
		struct when w = { .has_date = true, .local = { .year = 2023, .month = 7, .day = 30 } };
		BUF b = { 0 };

		when_rfc3339(&b, &w);
		ok(strcmp(buf_str(&b), "2023-07-30") == 0, "a date without a time");
		w.has_date = false;
		buf_reset(&b);
		when_rfc3339(&b, &w);
		ok(b.len == 0, "no date, no text");
	}
	zones_free(&cache);
	ok(cache == NULL, "freed");
	return tap_done();
}
