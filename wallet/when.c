/* wallet/when.c: see when.h. */
#include "wallet/when.h"

#include "base/num.h"
#include "wallet/zone.h"

#include <stdlib.h>
#include <string.h>

#define ZONES_MAX 64u

struct zones {
	size_t n;
	struct {
		char name[sizeof((struct when *)0)->zone];
		struct tz *tz;
	} z[ZONES_MAX]; /* tz NULL: known not to exist */
};

struct zones *
zones_new(void)
{
	return calloc(1, sizeof(struct zones));
}

void
zones_free(struct zones **z)
{
	if (*z == NULL)
		return;
	for (size_t i = 0; i < (*z)->n; i++)
		tz_free((*z)->z[i].tz);
	free(*z);
	*z = NULL;
}

/* The zone of that name; *owned says that the caller frees it (no room to keep it). */
static struct tz *
zones_get(struct zones *z, const char *name, bool *owned)
{
	struct tz *tz;

	*owned = false;
	for (size_t i = 0; z != NULL && i < z->n; i++)
		if (strcmp(z->z[i].name, name) == 0)
			return z->z[i].tz;
	tz = tz_load(name);
	if (z == NULL || z->n == ZONES_MAX) {
		*owned = true;
		return tz;
	}
	(void)snprintf(z->z[z->n].name, sizeof z->z[0].name, "%s", name);
	z->z[z->n++].tz = tz;
	return tz;
}

void
when_resolve_with(struct zones *zones, struct when *w)
{
	int64_t local, utc = 0;
	int32_t offset = 0;
	bool owned, found;
	struct tz *tz;

	w->has_utc = false;
	w->utc_us = 0;
	w->offset_s = 0;
	if (!w->has_date || !w->has_time || w->zone[0] == '\0')
		return;
	local = civil_to_unix(&w->local);
	if (zone_fixed(w->zone, &offset)) {
		utc = local - offset;
	} else {
		tz = zones_get(zones, w->zone, &owned);
		found = tz != NULL && tz_instant(tz, local, &utc, &offset);
		if (owned)
			tz_free(tz);
		if (!found)
			return;
	}
	w->has_utc = true;
	w->offset_s = offset;
	w->utc_us = utc * 1000000 + w->local.micro;
}

void
when_resolve(struct when *w)
{
	when_resolve_with(NULL, w);
}

void
when_rfc3339(struct buf *out, const struct when *w)
{
	int32_t off = w->offset_s;

	if (!w->has_date)
		return;
	buf_addf(out, "%04d-%02u-%02u", w->local.year, w->local.month, w->local.day);
	if (!w->has_time)
		return;
	buf_addf(out, "T%02u:%02u:%02u", w->local.hour, w->local.minute, w->local.second);
	if (w->local.micro != 0)
		buf_addf(out, ".%06u", w->local.micro);
	if (!w->has_utc || off % 60 != 0) /* RFC 3339 has no seconds in an offset */
		return;
	if (off == 0)
		buf_addc(out, 'Z');
	else
		buf_addf(out, "%c%02d:%02d", off < 0 ? '-' : '+', abs(off) / 3600, abs(off) / 60 % 60);
}

/* Summer time as the zones of the abbreviations have it, wide enough for all years since 1970 (North America since 1987
 * from April, since 2007 from March to November; Europe since 1996 from March to October): only months that are never
 * in it, and only months that always are, count. */
static const struct {
	const char *word;
	uint8_t summer, first, last;
} seasons[] = {
	/* word, is it summer time, first and last month in which the word can stand */
	{ "PDT", 1, 3, 11 },
	{ "MDT", 1, 3, 11 },
	{ "CDT", 1, 3, 11 },
	{ "EDT", 1, 3, 11 },
	{ "AKDT", 1, 3, 11 },
	{ "CEST", 1, 3, 10 },
	{ "EEST", 1, 3, 10 },
	{ "WEST", 1, 3, 10 },
	{ "BST", 1, 3, 10 },
	{ "MESZ", 1, 3, 10 },
	{ "PST", 0, 10, 4 },
	{ "CET", 0, 9, 3 },
	{ "MEZ", 0, 9, 3 },
	{ "EET", 0, 9, 3 },
	{ "WET", 0, 9, 3 },
	{ "AKST", 0, 10, 4 },
};

int
zone_fits_date(const char *zone, int32_t year, unsigned month, unsigned day)
{
	if (!civil_valid_date(year, month, day))
		return 0;
	for (size_t i = 0; i < COUNTOF(seasons); i++) {
		if (strcmp(zone, seasons[i].word) != 0)
			continue;
		if (seasons[i].summer)
			return month >= seasons[i].first && month <= seasons[i].last;
		return month >= seasons[i].first || month <= seasons[i].last;
	}
	return -1;
}

static unsigned
month_days(int32_t year, unsigned month)
{
	unsigned d = 31;

	while (!civil_valid_date(year, month, d))
		d--;
	return d;
}

/* 7d, 2w: false if text is not of that form. */
static bool
days_ago(const char *text, uint64_t *days)
{
	char digits[8];
	size_t n = strlen(text);

	if (n < 2 || n > sizeof digits || (text[n - 1] != 'd' && text[n - 1] != 'w'))
		return false;
	memcpy(digits, text, n - 1);
	digits[n - 1] = '\0';
	if (!num_u64(digits, 0, 366000, days))
		return false;
	if (text[n - 1] == 'w')
		*days *= 7;
	return true;
}

static bool
calendar(const char *text, int64_t *first, int64_t *last)
{
	size_t n = strlen(text);
	unsigned y, m = 0, d = 0;

	if ((n != 4 && n != 7 && n != 10) || !num_digits(text, 4, &y) || y < 1)
		return false;
	if (n >= 7 && (text[4] != '-' || !num_digits(text + 5, 2, &m) || m < 1 || m > 12))
		return false;
	if (n == 10 && (text[7] != '-' || !num_digits(text + 8, 2, &d) || !civil_valid_date((int32_t)y, m, d)))
		return false;
	*first = civil_days((int32_t)y, m ? m : 1, d ? d : 1);
	*last = civil_days((int32_t)y, m ? m : 12, d ? d : m ? month_days((int32_t)y, m) : 31);
	return true;
}

enum rc
when_range(int64_t *first, int64_t *last, const char *text, const struct civil *today, struct err *e)
{
	int64_t now = civil_days(today->year, today->month, today->day), a, b;
	uint64_t ago;

	if (strcmp(text, "today") == 0)
		a = b = now;
	else if (strcmp(text, "yesterday") == 0)
		a = b = now - 1;
	else if (days_ago(text, &ago))
		a = b = now - (int64_t)ago;
	else if (!calendar(text, &a, &b))
		return err_set(
		    e, E_USAGE, N_("'%.40s' is no date: YYYY, YYYY-MM, YYYY-MM-DD, today, yesterday, 7d or 2w"), text);
	*first = a;
	*last = b;
	return OK;
}
