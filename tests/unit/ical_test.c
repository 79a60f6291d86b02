/* Calendar files: bytes as RFC 5545 has them, folded at 75 octets but never inside of a character, escaped, deterministic. */
#include "base/time.h"
#include "base/utf8.h"
#include "tests/tap.h"
#include "wallet/ical.h"

static const int64_t now = INT64_C(1795313400000);      /* 2026-11-22 02:10:00 UTC */

static void
one(struct buf *out, const char *summary, const char *description, int64_t on)
{
	const struct ical_event ev = { .uid = "0123abcd@purser", .day = on, .summary = summary, .description = description };

	ical_begin(out);
	ical_event(out, &ev, now);
	ical_end(out);
}

static void
test_bytes(void)
{
	BUF b = { 0 }, again = { 0 };

	one(&b, "paypal: report", "60 days\nsource", civil_days(2026, 12, 31));
	ok(strcmp(buf_str(&b), "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//purser//deadlines//EN\r\nCALSCALE:GREGORIAN\r\n"
	    "BEGIN:VEVENT\r\nUID:0123abcd@purser\r\nDTSTAMP:20261122T021000Z\r\nDTSTART;VALUE=DATE:20261231\r\n"
	    "DTEND;VALUE=DATE:20270101\r\nSUMMARY:paypal: report\r\nDESCRIPTION:60 days\\nsource\r\n"
	    "TRANSP:TRANSPARENT\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:paypal: report\r\nTRIGGER:-P1D\r\n"
	    "END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n") == 0, "a whole day, an alarm the day before");
	one(&again, "paypal: report", "60 days\nsource", civil_days(2026, 12, 31));
	ok(b.len == again.len && memcmp(b.p, again.p, b.len) == 0, "the same again is the same bytes");
}

static void
test_escapes(void)
{
	BUF b = { 0 };

	one(&b, "a,b;c\\d", "x\r\nATTACH:http://evil.example\x1b[2J\xe2\x80\xae", civil_days(2028, 2, 29));
	ok(strstr(buf_str(&b), "SUMMARY:a\\,b\\;c\\\\d\r\n") != NULL, "comma, semicolon, backslash");
	ok(strstr(buf_str(&b), "\nATTACH") == NULL && strstr(buf_str(&b), "\\nATTACH") != NULL && strchr(buf_str(&b), 27) == NULL &&
	    strstr(buf_str(&b), "\xe2\x80\xae") == NULL, "a text makes no line of its own, nothing steers");
	ok(strstr(buf_str(&b), "DTSTART;VALUE=DATE:20280229\r\nDTEND;VALUE=DATE:20280301\r\n") != NULL, "29 February");
}

/* Each line at most 75 octets and whole characters; joined again it is what went in. */
static bool
folded(const struct buf *b, const char *want)
{
	BUF joined = { 0 };

	for (const char *p = b->p, *end; *p != '\0'; p = end + 2) {
		if ((end = strstr(p, "\r\n")) == NULL || end - p > 75 || !utf8_valid(p, (size_t)(end - p)))
			return false;
		if (*p == ' ')
			buf_add(&joined, p + 1, (size_t)(end - p) - 1);
		else {
			buf_addc(&joined, '|');
			buf_add(&joined, p, (size_t)(end - p));
		}
	}
	return strstr(buf_str(&joined), want) != NULL;
}

static void
test_folding(void)
{
	static const char *const piece[] = { "x", "\xc3\xa9", "\xe5\x9c\xa8", "\xf0\x9f\x94\x92", "x\xe5\x9c\xa8" };
	size_t bad = 0, n = 0;

	for (size_t k = 0; k < COUNTOF(piece); k++)
		for (int len = 0; len < 120; len++) {
			BUF text = { 0 }, b = { 0 }, want = { 0 };

			for (int i = 0; i < len; i++)
				buf_adds(&text, piece[k]);
			one(&b, buf_str(&text), "d", 0);
			buf_addf(&want, "|SUMMARY:%s|DESCRIPTION:d|", buf_str(&text));
			n++;
			bad += !folded(&b, buf_str(&want));
		}
	ok(bad == 0, "%zu texts of 0 to 600 octets: folded, whole characters, nothing lost", n);
}

int
main(void)
{
	test_bytes();
	test_escapes();
	test_folding();
	return tap_done();
}
