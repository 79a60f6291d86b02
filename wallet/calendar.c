/* wallet/calendar.c: see calendar.h. */
#include "wallet/calendar.h"

#include "base/num.h"
#include "base/time.h"

#include <stdio.h>
#include <string.h>

#define YEAR_FIRST 1600                 /* of a rule; nothing of a store is older */
#define YEAR_LAST 9998
#define GROUP_MAX 64u

enum rule { RULE_FIXED, RULE_NTH, RULE_LAST, RULE_EASTER, RULE_DAY };
enum moves { MOVES_STAY, MOVES_NEAREST, MOVES_NEXT };
struct holiday {
	const char *id, *of, *en, *zh;
	enum rule rule;
	enum moves moves;
	int n;                          /* RULE_NTH: 1 to 5; RULE_EASTER: days */
	unsigned weekday, month, day;
	int64_t on;                     /* RULE_DAY */
	int32_t since, until;
	size_t excepts;
	int32_t except[8];
};
struct group { const char *id; size_t n; char member[GROUP_MAX][3]; };
struct calendars {
	struct datafile file;
	size_t n, holidays, groups;
	struct calendar *calendar;
	struct holiday *holiday;
	struct group *group;
};

static const struct data_key calendar_keys[] = { { "calendar", true, false }, { "en", true, false },
	{ "zh", true, false }, { "detail-en", true, false }, { "detail-zh", true, false }, { "country", true, true },
	{ "currency", false, true }, { NULL, false, false } };
static const struct data_key holiday_keys[] = { { "holiday", true, false }, { "of", true, false },
	{ "en", true, false }, { "zh", true, false }, { "rule", true, false }, { "weekend", false, false },
	{ "since", false, false }, { "until", false, false }, { "except", false, true }, { NULL, false, false } };
static const struct data_key group_keys[] = { { "group", true, false }, { "members", true, false },
	{ NULL, false, false } };
static const struct data_shape shapes[] = { { "calendar", calendar_keys, false }, { "holiday", holiday_keys, false },
	{ "group", group_keys, false }, { NULL, NULL, false } };

/* ---- days ---- */

unsigned
weekday_of(int64_t day)
{
	return (unsigned)((day % 7 + 11) % 7);          /* 1970-01-01 was a Thursday */
}

static bool
weekend(int64_t day)
{
	return weekday_of(day) == 0 || weekday_of(day) == 6;
}

void
date_put(char out[11], int64_t day)
{
	struct civil c = civil_from_unix(day * 86400);

	out[0] = '\0';
	if (c.year >= 1 && c.year <= 9999)
		(void)snprintf(out, 11, "%04d-%02u-%02u", (int)c.year, c.month % 100U, c.day % 100U);
}

int64_t
easter_sunday(int32_t year)
{
	int32_t a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4, f = (b + 8) / 25;
	int32_t g = (b - f + 1) / 3, h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4;
	int32_t l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;

	return civil_days(year, (unsigned)(n / 31), (unsigned)(n % 31 + 1));
}

int64_t
months_after(int64_t day, unsigned n)
{
	struct civil c = civil_from_unix(day * 86400);
	int32_t year = c.year + (int32_t)((c.month - 1U + n) / 12);
	unsigned month = (c.month - 1U + n) % 12 + 1, d = c.day;

	while (d > 28 && !civil_valid_date(year, month, d))
		d--;
	return civil_days(year, month, d);
}

/* ---- reading ---- */

static bool
year_get(const char *s, int32_t *out)
{
	unsigned y;

	if (strlen(s) != 4 || !num_digits(s, 4, &y) || y < YEAR_FIRST || y > YEAR_LAST)
		return false;
	*out = (int32_t)y;
	return true;
}

static bool
weekday_get(const char *s, unsigned *out)
{
	static const char names[] = "sun mon tue wed thu fri sat ";

	for (unsigned i = 0; i < 7; i++)
		if (strncmp(s, names + (size_t)i * 4, 4) == 0) {
			*out = i;
			return true;
		}
	return false;
}

static bool
month_get(const char *s, unsigned *out)
{
	return strlen(s) == 2 && num_digits(s, 2, out) && *out >= 1 && *out <= 12;
}

static bool
date_get(const char *s, int64_t *out)
{
	unsigned m, d;
	int32_t y;
	char year[5] = { 0 };

	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-')
		return false;
	memcpy(year, s, 4);
	if (!year_get(year, &y) || !num_digits(s + 5, 2, &m) || !num_digits(s + 8, 2, &d) || !civil_valid_date(y, m, d))
		return false;
	*out = civil_days(y, m, d);
	return true;
}

/* The word that s begins with, a blank after it: what follows; else NULL. */
static const char *
after(const char *s, const char *word)
{
	size_t n = strlen(word);

	return strncmp(s, word, n) == 0 && s[n] == ' ' ? s + n + 1 : NULL;
}

static bool
rule_get(const char *s, struct holiday *h)
{
	const char *v;
	int64_t days;

	if ((v = after(s, "fixed")) != NULL) {
		h->rule = RULE_FIXED;
		/* 29 February is no day that each year has. */
		return strlen(v) == 5 && v[2] == '-' && num_digits(v, 2, &h->month) && num_digits(v + 3, 2, &h->day) &&
		    civil_valid_date(2001, h->month, h->day);
	}
	if ((v = after(s, "nth")) != NULL) {
		h->rule = RULE_NTH;
		h->n = v[0] - '0';
		return h->n >= 1 && h->n <= 4 && v[1] == ' ' && weekday_get(v + 2, &h->weekday) &&
		    month_get(v + 6, &h->month);
	}
	if ((v = after(s, "last")) != NULL) {
		h->rule = RULE_LAST;
		return weekday_get(v, &h->weekday) && month_get(v + 4, &h->month);
	}
	if ((v = after(s, "easter")) != NULL && num_i64(v, -70, 70, &days)) {
		h->rule = RULE_EASTER;
		h->n = (int)days;
		return true;
	}
	h->rule = RULE_DAY;
	return (v = after(s, "day")) != NULL && date_get(v, &h->on);
}

static const struct calendar *
by_id(const struct calendars *c, const char *id)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->calendar[i].id, id) == 0)
			return &c->calendar[i];
	return NULL;
}

static enum rc
years_get(const struct datafile *f, const struct data_record *r, struct holiday *h, struct err *e)
{
	const char *since = data_get(r, "since"), *until = data_get(r, "until"), *v;

	h->since = YEAR_FIRST;
	h->until = YEAR_LAST;
	if (since != NULL && !year_get(since, &h->since))
		return data_bad(f, r, "since", N_("expected a year"), e);
	if (until != NULL && (!year_get(until, &h->until) || h->until < h->since))
		return data_bad(f, r, "until", N_("expected a year"), e);
	for (h->excepts = 0; (v = data_nth(r, "except", h->excepts)) != NULL; h->excepts++) {
		if (h->excepts == COUNTOF(h->except))
			return data_bad(f, r, "except", N_("too many"), e);
		if (!year_get(v, &h->except[h->excepts]))
			return data_bad(f, r, "except", N_("expected a year"), e);
	}
	return OK;
}

static enum rc
holiday_get(struct calendars *c, const struct data_record *r, struct err *e)
{
	struct holiday h = { .id = data_get(r, "holiday"), .of = data_get(r, "of"), .en = data_get(r, "en"),
		.zh = data_get(r, "zh") };
	const struct datafile *f = &c->file;
	const char *weekend_is = data_get(r, "weekend");
	size_t same = 0;
	enum rc rc;

	for (size_t i = 0; i < c->holidays; i++) {
		if (strcmp(c->holiday[i].id, h.id) == 0)
			return data_bad(f, r, "holiday", N_("stands twice"), e);
		same += strcmp(c->holiday[i].of, h.of) == 0;
	}
	if (by_id(c, h.of) == NULL)
		return data_bad(f, r, "of", N_("no such calendar above"), e);
	if (same == CALENDAR_HOLIDAYS_MAX)
		return data_bad(f, r, "of", N_("too many"), e);
	if (!rule_get(data_get(r, "rule"), &h))
		return data_bad(f, r, "rule", N_("expected fixed MM-DD, nth N day MM, last day MM, easter N or day "
		    "DATE"), e);
	if (weekend_is == NULL || strcmp(weekend_is, "stay") == 0)
		h.moves = MOVES_STAY;
	else if (strcmp(weekend_is, "nearest") == 0)
		h.moves = MOVES_NEAREST;
	else if (strcmp(weekend_is, "next") == 0)
		h.moves = MOVES_NEXT;
	else
		return data_bad(f, r, "weekend", N_("expected stay, nearest or next"), e);
	if ((rc = years_get(f, r, &h, e)) == OK)
		c->holiday[c->holidays++] = h;
	return rc;
}

static bool
id_ok(const char *s)
{
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s) &&
	    strlen(s) <= 31;
}

static bool
capitals(const char *s)
{
	return s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z';
}

static const struct group *
group_of(const struct calendars *c, const char *id)
{
	for (size_t i = 0; i < c->groups; i++)
		if (strcmp(c->group[i].id, id) == 0)
			return &c->group[i];
	return NULL;
}

static enum rc
calendar_get(struct calendars *c, const struct data_record *r, struct err *e)
{
	struct calendar k = { .id = data_get(r, "calendar"), .en = data_get(r, "en"), .zh = data_get(r, "zh"),
		.detail_en = data_get(r, "detail-en"), .detail_zh = data_get(r, "detail-zh") };
	const char *v;

	if (!id_ok(k.id))
		return data_bad(&c->file, r, "calendar", N_("expected letters, digits and -, at most 31"), e);
	if (by_id(c, k.id) != NULL)
		return data_bad(&c->file, r, "calendar", N_("stands twice"), e);
	for (; (v = data_nth(r, "country", k.countries)) != NULL; k.country[k.countries++] = v) {
		if (k.countries == COUNTOF(k.country))
			return data_bad(&c->file, r, "country", N_("too many"), e);
		if (group_of(c, v) == NULL && !(strlen(v) == 2 && capitals(v)))
			return data_bad(&c->file, r, "country", N_("expected two capital letters, or a group above"),
			    e);
	}
	for (; (v = data_nth(r, "currency", k.currencies)) != NULL; k.currency[k.currencies++] = v)
		if (k.currencies == COUNTOF(k.currency))
			return data_bad(&c->file, r, "currency", N_("too many"), e);
	c->calendar[c->n++] = k;
	return data_fact(&c->file, r, &c->calendar[c->n - 1].fact, e);
}

static enum rc
group_get(struct calendars *c, const struct data_record *r, struct err *e)
{
	struct group *g = &c->group[c->groups];
	const char *v = data_get(r, "members");

	*g = (struct group){ .id = data_get(r, "group") };
	if (!id_ok(g->id) || strlen(g->id) < 3)
		return data_bad(&c->file, r, "group", N_("expected letters, digits and -, 3 to 31"), e);
	if (group_of(c, g->id) != NULL)
		return data_bad(&c->file, r, "group", N_("stands twice"), e);
	for (;; v += 3) {
		if (g->n == GROUP_MAX || !capitals(v) || (v[2] != ' ' && v[2] != '\0'))
			return data_bad(&c->file, r, "members",
			    N_("expected two capital letters each, one blank between"), e);
		memcpy(g->member[g->n++], v, 2);
		if (v[2] == '\0')
			break;
	}
	c->groups++;
	return OK;
}

static enum rc
take(struct calendars *c, struct err *e)
{
	size_t n = c->file.n;
	enum rc rc = OK;

	c->calendar = calloc(n, sizeof *c->calendar);
	c->holiday = calloc(n, sizeof *c->holiday);
	c->group = calloc(n, sizeof *c->group);
	if (c->calendar == NULL || c->holiday == NULL || c->group == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < n && rc == OK; i++) {
		const struct data_record *r = &c->file.rec[i];

		switch (r->shape->first[0]) {
		case 'c': rc = calendar_get(c, r, e); break;
		case 'h': rc = holiday_get(c, r, e); break;
		default: rc = group_get(c, r, e);
		}
	}
	return rc;
}

static enum rc
made(struct calendars **out, struct calendars *mine, enum rc rc, struct err *e)
{
	if (rc == OK)
		rc = take(mine, e);
	if (rc == OK)
		*out = mine;
	else
		calendars_free(&mine);
	return rc;
}

enum rc
calendars_parse(struct calendars **out, struct buf *text, const char *name, struct err *e)
{
	struct calendars *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	return made(out, c, datafile_parse(&c->file, text, name, shapes, e), e);
}

enum rc
calendars_load(struct calendars **out, int dirfd, struct err *e)
{
	struct calendars *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	return made(out, c, datafile_shapes(&c->file, dirfd, "calendars.txt", shapes, e), e);
}

void
calendars_free(struct calendars **c)
{
	if (*c == NULL)
		return;
	datafile_free(&(*c)->file);
	free((*c)->calendar);
	free((*c)->holiday);
	free((*c)->group);
	free(*c);
	*c = NULL;
}

size_t
calendars_count(const struct calendars *c)
{
	return c->n;
}

const struct calendar *
calendars_at(const struct calendars *c, size_t i)
{
	return &c->calendar[i];
}

/* ---- where ---- */

bool
country_norm(char out[3], const char *typed)
{
	char s[3] = { 0 };

	if (strlen(typed) != 2)
		return false;
	for (size_t i = 0; i < 2; i++)
		s[i] = typed[i] >= 'a' && typed[i] <= 'z' ? (char)(typed[i] - 32) : typed[i];
	if (!capitals(s))
		return false;
	memcpy(out, strcmp(s, "UK") == 0 ? "GB" : s, 3);
	return true;
}

bool
calendar_holds(const struct calendars *c, const char *place, const char *country)
{
	const struct group *g;

	if (strcmp(place, country) == 0)
		return true;
	if (c == NULL || (g = group_of(c, place)) == NULL)
		return false;
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->member[i], country) == 0)
			return true;
	return false;
}

const struct calendar *
calendar_of(const struct calendars *c, const char *country)
{
	for (size_t i = 0; c != NULL && i < c->n; i++)
		for (size_t k = 0; k < c->calendar[i].countries; k++)
			if (calendar_holds(c, c->calendar[i].country[k], country))
				return &c->calendar[i];
	return NULL;
}

const char *
calendar_guess(const struct calendars *c, const char *currency)
{
	for (size_t i = 0; c != NULL && i < c->n; i++)
		for (size_t k = 0; k < c->calendar[i].currencies; k++)
			if (strcmp(c->calendar[i].currency[k], currency) == 0)
				return c->calendar[i].country[0];
	return NULL;
}

/* ---- holidays ---- */

static bool
in_year(const struct holiday *h, int32_t year, int64_t *day)
{
	int64_t first;

	if (year < h->since || year > h->until)
		return false;
	for (size_t i = 0; i < h->excepts; i++)
		if (h->except[i] == year)
			return false;
	switch (h->rule) {
	case RULE_FIXED:
		*day = civil_days(year, h->month, h->day);
		return true;
	case RULE_NTH:
		first = civil_days(year, h->month, 1);
		*day = first + (h->weekday + 7 - weekday_of(first)) % 7 + (int64_t)(h->n - 1) * 7;
		return true;
	case RULE_LAST:
		first = civil_days(h->month == 12 ? year + 1 : year, h->month % 12 + 1, 1) - 1;
		*day = first - (weekday_of(first) + 7 - h->weekday) % 7;
		return true;
	case RULE_EASTER:
		*day = easter_sunday(year) + h->n;
		return true;
	case RULE_DAY:
		break;
	}
	*day = h->on;
	return civil_from_unix(h->on * 86400).year == year;
}

/* The days off of one year; a holiday of January may be kept in December before. */
struct year { size_t n; int64_t day[CALENDAR_HOLIDAYS_MAX]; const struct holiday *h[CALENDAR_HOLIDAYS_MAX]; };

static bool
is_off(const struct year *y, int64_t day)
{
	for (size_t i = 0; i < y->n; i++)
		if (y->day[i] == day)
			return true;
	return false;
}

static void
add_off(struct year *y, const struct holiday *h, int64_t day)
{
	if (y->n == CALENDAR_HOLIDAYS_MAX || weekend(day))
		return;
	y->day[y->n] = day;
	y->h[y->n++] = h;
}

/* Those on weekdays first: what moves to the next free day must find them taken; then the earlier before the later. */
static void
year_make(struct year *y, const struct calendars *c, const char *id, int32_t year)
{
	int64_t day, last = INT64_MIN;

	y->n = 0;
	for (size_t i = 0; i < c->holidays; i++) {
		const struct holiday *h = &c->holiday[i];

		if (strcmp(h->of, id) != 0 || !in_year(h, year, &day))
			continue;
		if (h->moves == MOVES_NEAREST && weekend(day))
			day += weekday_of(day) == 6 ? -1 : 1;
		add_off(y, h, day);
	}
	for (;;) {
		const struct holiday *next = NULL;
		int64_t at = INT64_MAX;

		for (size_t i = 0; i < c->holidays; i++) {
			const struct holiday *h = &c->holiday[i];

			if (strcmp(h->of, id) == 0 && h->moves == MOVES_NEXT && in_year(h, year, &day) &&
			    weekend(day) && day > last && day < at) {
				next = h;
				at = day;
			}
		}
		if (next == NULL)
			return;
		last = day = at;
		while (weekend(day) || is_off(y, day))
			day++;
		add_off(y, next, day);
	}
}

const char *
calendar_holiday(const struct calendars *c, const struct calendar *cal, int64_t day, bool zh)
{
	int32_t year = civil_from_unix(day * 86400).year;
	struct year y;

	if (c == NULL || cal == NULL || cal->fact.status != DATA_CONFIRMED || weekend(day) || year < YEAR_FIRST ||
	    year > YEAR_LAST)
		return NULL;
	for (int32_t k = year - 1; k <= year + 1; k++) {
		year_make(&y, c, cal->id, k);
		for (size_t i = 0; i < y.n; i++)
			if (y.day[i] == day)
				return zh ? y.h[i]->zh : y.h[i]->en;
	}
	return NULL;
}

bool
business_day(const struct calendars *c, const struct calendar *cal, int64_t day)
{
	return !weekend(day) && calendar_holiday(c, cal, day, false) == NULL;
}

int64_t
business_days_after(const struct calendars *c, const struct calendar *cal, int64_t day, unsigned n)
{
	/* A calendar of holidays alone could not hold a period up for ever: 32 a year. */
	while (n > 0)
		n -= business_day(c, cal, ++day);
	return day;
}
