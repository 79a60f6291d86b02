/* wallet/ical.c: see ical.h. */
#include "wallet/ical.h"

#include "base/time.h"
#include "base/utf8.h"

#include <string.h>

#define FOLD 75u

/* One content line, folded. */
static void
line(struct buf *out, const char *s, size_t n)
{
	size_t room = FOLD;

	while (n > room) {
		size_t k = room;

		while (k > 1 && ((unsigned char)s[k] & 0xc0) == 0x80)   /* the line would begin inside of a character */
			k--;
		buf_add(out, s, k);
		buf_adds(out, "\r\n ");
		s += k;
		n -= k;
		room = FOLD - 1;                                        /* the blank counts */
	}
	buf_add(out, s, n);
	buf_adds(out, "\r\n");
}

static void
plain(struct buf *out, const char *s)
{
	line(out, s, strlen(s));
}

static void
text(struct buf *out, const char *name, const char *s)
{
	BUF all = { 0 };

	buf_addf(&all, "%s:", name);
	while (*s != '\0') {
		size_t n = strcspn(s, "\n");
		BUF clean = { 0 };

		utf8_clean(&clean, s, n);
		for (const char *c = buf_str(&clean); *c != '\0'; c++) {
			if (*c == '\\' || *c == ';' || *c == ',')
				buf_addc(&all, '\\');
			buf_addc(&all, *c);
		}
		s += n;
		if (*s == '\n') {
			buf_adds(&all, "\\n");
			s++;
		}
	}
	line(out, buf_str(&all), all.len);
}

static void
date(struct buf *out, const char *name, int64_t day)
{
	struct civil c = civil_from_unix(day * 86400);
	BUF s = { 0 };

	buf_addf(&s, "%s;VALUE=DATE:%04d%02u%02u", name, (int)c.year, c.month, c.day);
	plain(out, buf_str(&s));
}

void
ical_begin(struct buf *out)
{
	plain(out, "BEGIN:VCALENDAR");
	plain(out, "VERSION:2.0");
	plain(out, "PRODID:-//purser//deadlines//EN");
	plain(out, "CALSCALE:GREGORIAN");
}

void
ical_event(struct buf *out, const struct ical_event *ev, int64_t now_ms)
{
	struct civil now = civil_from_unix(now_ms / 1000);
	BUF stamp = { 0 };

	buf_addf(&stamp, "DTSTAMP:%04d%02u%02uT%02u%02u%02uZ", (int)now.year, now.month, now.day, now.hour, now.minute,
	    now.second);
	plain(out, "BEGIN:VEVENT");
	text(out, "UID", ev->uid);
	plain(out, buf_str(&stamp));
	date(out, "DTSTART", ev->day);
	date(out, "DTEND", ev->day + 1);
	text(out, "SUMMARY", ev->summary);
	text(out, "DESCRIPTION", ev->description);
	plain(out, "TRANSP:TRANSPARENT");
	plain(out, "BEGIN:VALARM");
	plain(out, "ACTION:DISPLAY");
	text(out, "DESCRIPTION", ev->summary);
	plain(out, "TRIGGER:-P1D");
	plain(out, "END:VALARM");
	plain(out, "END:VEVENT");
}

void
ical_end(struct buf *out)
{
	plain(out, "END:VCALENDAR");
}
