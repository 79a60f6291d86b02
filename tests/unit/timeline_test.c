/* tests/unit/timeline_test.c: wallet/timeline.h and wallet/report.h: order, CSV, what a stranger's text may not do. */
#include "wallet/bundle.h"
#include "wallet/report.h"
#include "tests/tap.h"

#define EVIL "</td><script>alert(1)</script>\" onload='x' &amp; \xe2\x80\xae" "gpj.exe \x1b[31m \x07 \xff"

static const char *
same(const char *s)
{
	return s;
}

static const char *
tricky(const char *s)
{
	return strcmp(s, "Money") == 0 ? "<Geld & Gut>" : s;
}

static void
add(struct timeline *t, int64_t ms, const char *what)
{
	struct timeline_event ev = { .lane = LANE_NOTES, .kind = "note", .has_time = ms >= 0, .certain = true, .ms = ms,
		.shown = "2026-11-21 10:00", .what = what };

	ok(timeline_add(t, &ev, NULL) == OK, "an event");
}

static void
order(void)
{
	AUTO(timeline_free) struct timeline t = { .n = 0 };
	static const char *const want[] = { "a", "b1", "b2", "b3", "c", "none1", "none2" };
	bool good = true;

	add(&t, -1, "none1");
	add(&t, 50, "b1");
	add(&t, 99, "c");
	add(&t, 50, "b2");
	add(&t, -1, "none2");
	add(&t, 10, "a");
	add(&t, 50, "b3");
	timeline_sort(&t);
	for (size_t i = 0; i < COUNTOF(want); i++)
		good = good && strcmp(t.event[i].what, want[i]) == 0;
	ok(good, "by time, those of one moment as they came, those without a date last");
}

static void
csv(void)
{
	AUTO(timeline_free) struct timeline t = { .n = 0 };
	struct timeline_event ev = { .lane = LANE_MONEY, .kind = "payment", .has_time = true, .certain = true,
		.ms = 1763719320000, .shown = "2025-11-21 11:02 CET", .what = "=1+1", .who = "+49 30", .by = "-x", .ref = "@SUM(A1)",
		.text = "a,\"b\"\r\nnext \x1b[2J" , .amount = "-12.34", .currency = "EUR", .account = "\t=2+2" };
	BUF out = { 0 };

	ok(timeline_add(&t, &ev, NULL) == OK, "a payment");
	ev.certain = false;
	ok(timeline_add(&t, &ev, NULL) == OK, "and one whose zone is not known");
	timeline_csv(&out, &t);
	ok(strstr(buf_str(&out), "1,2025-11-21T10:02:00Z,2025-11-21 11:02 CET,payment,") != NULL, "the instant in UTC, and as it was shown");
	ok(strstr(buf_str(&out), "\r\n2,,2025-11-21 11:02 CET,") != NULL, "no UTC where the zone is not known");
	ok(strstr(buf_str(&out), "\"'=1+1\",\"'+49 30\",\"'-x\",\"'@SUM(A1)\"") != NULL ||
	    strstr(buf_str(&out), "'=1+1,'+49 30,'-x,'@SUM(A1)") != NULL, "no text begins as a formula");
	ok(strstr(buf_str(&out), ",-12.34,EUR,") != NULL, "an amount stays a number");
	ok(strstr(buf_str(&out), ",=") == NULL && strstr(buf_str(&out), "\"=") == NULL, "nor one behind a TAB");
	ok(strchr(buf_str(&out), '\x1b') == NULL && strstr(buf_str(&out), "\"\"b\"\"") != NULL, "no escape; quotes are doubled");
}

static void
svg(void)
{
	AUTO(timeline_free) struct timeline t = { .n = 0 };
	BUF one = { 0 }, two = { 0 };

	timeline_svg(&one, &t, same);
	ok(strstr(buf_str(&one), "</svg>") != NULL && strstr(buf_str(&one), "<circle") == NULL, "nothing happened: lanes only");
	buf_reset(&one);
	for (int i = 0; i < 200; i++)
		add(&t, i < 100 ? 1000 : (int64_t)i * 86400000, "x");
	add(&t, -1, "no date");
	timeline_sort(&t);
	timeline_svg(&one, &t, tricky);
	timeline_svg(&two, &t, tricky);
	ok(one.len == two.len && memcmp(one.p, two.p, one.len) == 0, "the same picture twice");
	ok(strstr(buf_str(&one), "&lt;Geld &amp; Gut&gt;") != NULL, "words of the lanes are escaped");
	ok(strstr(buf_str(&one), "1\xe2\x80\x93" "1") != NULL, "marks that would cover each other are one");
	ok(strstr(buf_str(&one), ">201<") == NULL, "what has no date is not drawn");
}

/* Nothing of EVIL but text: no tag, no quote that ends an attribute, nothing that steers. */
static bool
harmless(const char *html)
{
	return strstr(html, "<script") == NULL && strstr(html, "onload='x'") == NULL && strchr(html, '\x1b') == NULL &&
	    strchr(html, '\x07') == NULL && strstr(html, "\xe2\x80\xae") == NULL && strchr(html, '\xff') == NULL;
}

static void
report(void)
{
	AUTO(timeline_free) struct timeline t = { .n = 0 };
	const struct report_fact fact[] = { { "Accounts", EVIL }, { "Closed", "" } };
	const struct report_file file[] = { { .path = EVIL, .what = EVIL, .size = 7 } };
	const struct report_deadline due[] = { { EVIL, EVIL, EVIL, false } };
	struct timeline_event ev = { .kind = "payment", .has_time = true, .shown = EVIL, .what = EVIL, .account = EVIL, .who = EVIL,
		.by = EVIL, .ref = EVIL, .text = EVIL, .amount = EVIL, .currency = EVIL, .status = EVIL, .review = EVIL, .id = EVIL,
		.source = EVIL, .sealed = true, .retracted = true, .why = EVIL };
	struct report r = { .tr = same, .lang = "en", .title = EVIL, .fact = fact, .facts = 2, .zone = EVIL, .as_of = EVIL,
		.timeline = &t, .deadline = due, .deadlines = 1, .file = file, .files = 1, .disclosed = 1, .log_from = 3, .log_to = 9,
		.key = EVIL, .kit = EVIL, .review = EVIL };
	BUF out = { 0 }, again = { 0 };

	ok(timeline_add(&t, &ev, NULL) == OK, "a hostile payment");
	ev.kind = "notice";
	ok(timeline_add(&t, &ev, NULL) == OK, "a hostile notice");
	report_html(&out, &r);
	report_html(&again, &r);
	ok(!out.failed && out.len == again.len && memcmp(out.p, again.p, out.len) == 0, "the same page twice");
	ok(harmless(buf_str(&out)), "no text of a stranger becomes markup or steers anything");
	ok(strstr(buf_str(&out), "default-src 'none'") != NULL && strstr(buf_str(&out), "http-equiv") != NULL, "it may load nothing");
	ok(strstr(buf_str(&out), "src=") == NULL && strstr(buf_str(&out), "href=") == NULL && strstr(buf_str(&out), "url(") == NULL,
	    "and names nothing to load");
	ok(strstr(buf_str(&out), "not authenticated") != NULL && strstr(buf_str(&out), "class=\"gone\"") != NULL,
	    "what was written while locked, and what was taken back, says so");
	ok(strstr(buf_str(&out), "3\xe2\x80\x93" "9") != NULL, "the range of the log");
	ok(strstr(buf_str(&out), "Closed") == NULL, "a fact that is not there has no line");
	r.disclosed = 0;
	r.log_broken = true;
	buf_reset(&out);
	report_html(&out, &r);
	ok(strstr(buf_str(&out), "the log has findings") != NULL, "a log with findings is said to be left out");
}

static void
name_is(const char *name, const char *want)
{
	BUF out = { 0 };

	bundle_name(&out, "s1", name);
	if (!ok(strcmp(buf_str(&out), want) == 0, "name %s", want))
		printf("# %s\n", buf_str(&out));
}

static void
names(void)
{
	char big[400];
	BUF out = { 0 };

	name_is("paypal.csv", "s1-paypal.csv");
	name_is("../../etc/passwd", "s1-passwd");
	name_is("..", "s1-file");
	name_is("", "s1-file");
	name_is(".bashrc", "s1-bashrc");
	name_is("-rf", "s1--rf");
	name_is("a b\n(c)\\d.csv", "s1-a_b__c__d.csv");
	name_is("\xe5\xb8\x90\xe5\x8d\x95 2026.csv", "s1-\xe5\xb8\x90\xe5\x8d\x95_2026.csv");
	name_is("\xe2\x80\xae" "gpj.exe", "s1-_gpj.exe");
	name_is("\xd8\x9c" "a\xcc\x81.csv", "s1-_a_.csv");
	name_is("x\xff\xfe.bin", "s1-x__.bin");
	for (size_t i = 0; i + 3 < sizeof big; i += 3)
		memcpy(big + i, "\xe5\xb8\x90", 4);
	memcpy(big + 390, ".tar", 5);
	bundle_name(&out, "n12345", big);
	ok(out.len <= BUNDLE_NAME_MAX && strcmp(out.p + out.len - 4, ".tar") == 0, "a long name is cut, its ending stays");
	ok((out.len - 4 - 7) % 3 == 0, "not in the middle of a character");
}

int
main(void)
{
	order();
	csv();
	svg();
	report();
	names();
	return tap_done();
}
