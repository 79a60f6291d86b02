/* statement/parse_date.c: dates and times as statements write them. What is impossible is told, nothing rolls
 * over. */
#include "statement/parse.h"

#include <string.h>

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One to four digits at *s; their number into *len. */
static bool
number(struct str *s, unsigned *v, uint8_t *len)
{
	*v = 0;
	*len = 0;
	while (s->n > 0 && digit(s->p[0]) && *len < 5) {
		*v = *v * 10 + (unsigned)(s->p[0] - '0');
		++*len;
		s->p++;
		s->n--;
	}
	return *len >= 1 && *len <= 4;
}

struct date
date_split(struct str s)
{
	struct date d = { 0 };

	s = str_trim(s);
	if (!number(&s, &d.a, &d.len_a) || s.n == 0 || strchr("/.-", s.p[0]) == NULL)
		return d;
	d.sep = s.p[0];
	s.p++;
	s.n--;
	if (!number(&s, &d.b, &d.len_b) || s.n == 0 || s.p[0] != d.sep)
		return d;
	s.p++;
	s.n--;
	if (!number(&s, &d.c, &d.len_c) || s.n != 0 || d.len_b > 2)
		return d;
	/* Year first or year last; of two digits only when last. */
	d.ok = d.len_a == 4 ? d.len_c <= 2 : d.len_a <= 2 && (d.len_c == 4 || d.len_c == 2);
	return d;
}

bool
date_into(struct when *w, const struct date *d, char order)
{
	unsigned year, month, day;

	w->has_date = false;
	if (!d->ok)
		return false;
	if (d->len_a == 4) {
		year = d->a;
		month = d->b;
		day = d->c;
	} else {
		year = d->len_c == 2 ? 2000 + d->c : d->c;
		month = order == 'm' ? d->a : d->b;
		day = order == 'm' ? d->b : d->a;
	}
	if (!civil_valid_date((int32_t)year, month, day))
		return false;
	w->local.year = (int32_t)year;
	w->local.month = (uint8_t)month;
	w->local.day = (uint8_t)day;
	w->has_date = true;
	return true;
}

bool
time_put(struct when *w, struct str s, bool *no_seconds)
{
	unsigned part[3] = { 0 };
	uint8_t len = 0;
	int n = 0;
	char half = 0;

	*no_seconds = false;
	w->has_time = false;
	s = str_trim(s);
	if (s.n > 2 && (s.p[s.n - 1] == 'M' || s.p[s.n - 1] == 'm')) {
		half = (char)(s.p[s.n - 2] & ~0x20);
		if (half != 'A' && half != 'P')
			return false;
		s = str_trim((struct str){ s.p, s.n - 2 });
	}
	for (; n < 3; n++) {
		if (!number(&s, &part[n], &len) || len > 2 || (n > 0 && len != 2))
			return false;
		if (s.n == 0)
			break;
		if (s.p[0] != ':' || n == 2)
			return false;
		s.p++;
		s.n--;
	}
	if (n < 1)
		return false;
	if (half != 0) {
		if (part[0] < 1 || part[0] > 12)
			return false;
		part[0] = part[0] % 12 + (half == 'P' ? 12 : 0);
	}
	if (!civil_valid_time(part[0], part[1], part[2]))
		return false;
	w->local.hour = (uint8_t)part[0];
	w->local.minute = (uint8_t)part[1];
	w->local.second = (uint8_t)part[2];
	w->has_time = true;
	*no_seconds = n == 1;
	return true;
}

/* Days since 1899-12-30 (or 1904-01-01) with a fraction of a day, rounded to the second. */
static bool
serial_put(struct when *w, struct str s, bool date1904)
{
	int64_t days = 0, scaled = 0, unit = 1, seconds;
	struct civil c;
	size_t i = 0;

	for (; i < s.n && digit(s.p[i]) && i < 6; i++)
		days = days * 10 + (s.p[i] - '0');
	if (i != 5 && i != 4)
		return false;
	if (i < s.n && s.p[i] != '.')
		return false;
	for (i += i < s.n; i < s.n; i++) {
		if (!digit(s.p[i]))
			return false;
		if (unit < 1000000000000) {
			scaled = scaled * 10 + (s.p[i] - '0');
			unit *= 10;
		}
	}
	/* scaled < 10^12, so that times 86400 fits */
	seconds = (scaled * 86400 + unit / 2) / unit;
	c = civil_from_unix(
	    (days + civil_days(date1904 ? 1904 : 1899, date1904 ? 1 : 12, date1904 ? 1 : 30)) * 86400 + seconds);
	if (c.year < 1990 || c.year > 2100)
		return false;
	w->local = c;
	w->has_date = w->has_time = true;
	return true;
}

bool
stamp_put(struct when *w, struct str s, bool number_, bool date1904, bool *resaved)
{
	struct str rest = { "", 0 };
	struct date d;
	size_t i = 0;
	bool no_seconds = false;

	*resaved = false;
	w->has_date = w->has_time = false;
	s = str_trim(s);
	for (i = 0; i < s.n && s.p[i] != ' ' && s.p[i] != 'T'; i++)
		;
	if (i < s.n)
		rest = str_trim((struct str){ s.p + i + 1, s.n - i - 1 });
	d = date_split((struct str){ s.p, i });
	if (!d.ok) {
		*resaved = true;
		return (number_ || i == s.n) && serial_put(w, s, date1904);
	}
	if (d.len_a != 4 || !date_into(w, &d, 'y'))
		return false;
	*resaved = d.sep != '-' || d.len_b != 2 || d.len_c != 2;
	if (rest.n == 0) {
		*resaved = true;
		return true;
	}
	if (rest.n > 3 && memchr(rest.p, '.', rest.n) != NULL)          /* 12:34:56.000 of ISO date cells */
		rest.n = (size_t)((const char *)memchr(rest.p, '.', rest.n) - rest.p);
	if (!time_put(w, rest, &no_seconds))
		return false;
	*resaved = *resaved || no_seconds;
	return true;
}

void
zone_put(struct when *w, struct str s, enum zone_known known)
{
	s = str_trim(s);
	w->zone[0] = '\0';
	w->known = ZONE_NONE;
	if (s.n == 0 || s.n >= sizeof w->zone)
		return;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x21 || (unsigned char)s.p[i] > 0x7e)
			return;
	memcpy(w->zone, s.p, s.n);
	w->zone[s.n] = '\0';
	w->known = known;
}
