/* wallet/zone.c: see zone.h. TZif as RFC 8536 has it: the 64-bit block and the rule that follows it. */
#include "wallet/zone.h"

#include "base/io.h"
#include "base/le.h"
#include "base/num.h"
#include "base/scope.h"
#include "base/time.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Words that mean one thing only. CST, IST, BST, AST, and the like are somebody else's time as well and are not here.
 */
static const struct {
	const char *word;
	int16_t minutes;
} fixed[] = {
	{ "GMT", 0 },
	{ "UTC", 0 },
	{ "UT", 0 },
	{ "Z", 0 },
	{ "WET", 0 },
	{ "WEST", 60 },
	{ "CET", 60 },
	{ "MEZ", 60 },
	{ "CEST", 120 },
	{ "MESZ", 120 },
	{ "EET", 120 },
	{ "EEST", 180 },
	{ "MSK", 180 },
	{ "JST", 540 },
	{ "KST", 540 },
	{ "HKT", 480 },
	{ "SGT", 480 },
	{ "AWST", 480 },
	{ "ACST", 570 },
	{ "ACDT", 630 },
	{ "AEST", 600 },
	{ "AEDT", 660 },
	{ "NZST", 720 },
	{ "NZDT", 780 },
	{ "HST", -600 },
	{ "AKST", -540 },
	{ "AKDT", -480 },
	{ "PST", -480 },
	{ "PDT", -420 },
	{ "MST", -420 },
	{ "MDT", -360 },
	{ "CDT", -300 },
	{ "EST", -300 },
	{ "EDT", -240 },
	{ "NST", -210 },
	{ "NDT", -150 },
};

bool
zone_fixed(const char *word, int32_t *offset_s)
{
	const char *p = word;
	unsigned h, m = 0;
	size_t digits;

	for (size_t i = 0; i < COUNTOF(fixed); i++) {
		if (strcmp(word, fixed[i].word) == 0) {
			*offset_s = fixed[i].minutes * 60;
			return true;
		}
	}
	if (strncmp(p, "GMT", 3) == 0 || strncmp(p, "UTC", 3) == 0)
		p += 3;
	if (*p != '+' && *p != '-')
		return false;
	digits = strspn(p + 1, "0123456789");
	if (digits == 4) { /* +0800 */
		if (!num_digits(p + 1, 2, &h) || !num_digits(p + 3, 2, &m) || p[5] != '\0')
			return false;
	} else {
		if (digits < 1 || digits > 2 || !num_digits(p + 1, digits, &h))
			return false;
		if (p[1 + digits] == ':' ? !num_digits(p + 2 + digits, 2, &m) || p[4 + digits] != '\0'
					 : p[1 + digits] != '\0')
			return false;
	}
	if (h > 15 || m > 59)
		return false;
	*offset_s = (int32_t)(h * 3600 + m * 60) * (*p == '-' ? -1 : 1);
	return true;
}

/* The rule after the last transition: POSIX TZ, "CET-1CEST,M3.5.0,M10.5.0/3". */
struct rule {
	unsigned month, week, day;
	int32_t time;
};
struct tz {
	size_t times, types;
	int64_t *at; /* times */
	uint8_t *type; /* times */
	int32_t off[256]; /* types; the first one holds before the first transition */
	bool has_rule, has_dst;
	int32_t std, dst; /* seconds east */
	struct rule begin, end;
};

static int64_t
be64_get(const unsigned char *p)
{
	return (int64_t)((uint64_t)be32_get(p) << 32 | be32_get(p + 4));
}

/* A name of three or more letters, or <...>. */
static const char *
skip_name(const char *p)
{
	const char *s = p;

	if (*p == '<') {
		while (*p != '\0' && *p != '>')
			p++;
		return *p == '>' ? p + 1 : NULL;
	}
	while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
		p++;
	return p - s >= 3 ? p : NULL;
}

/* [+-]h[h[h]][:mm[:ss]] in seconds. */
static const char *
get_time(const char *p, int32_t *out)
{
	int32_t part[3] = { 0 }, sign = *p == '-' ? -1 : 1;

	p += *p == '-' || *p == '+';
	for (int i = 0; i < 3; i++) {
		size_t n = strspn(p, "0123456789");
		unsigned v;

		if (n < 1 || n > 3 || !num_digits(p, n, &v))
			return NULL;
		part[i] = (int32_t)v;
		p += n;
		if (*p != ':')
			break;
		p++;
	}
	*out = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
	return p;
}

static const char *
get_rule(const char *p, struct rule *r)
{
	unsigned *field[] = { &r->month, &r->week, &r->day };

	if (p[0] != ',' || p[1] != 'M')
		return NULL;
	p += 2;
	for (int i = 0; i < 3; i++) {
		size_t n = strspn(p, "0123456789");

		if (n < 1 || n > 2 || !num_digits(p, n, field[i]))
			return NULL;
		p += n;
		if (i < 2 && *p++ != '.')
			return NULL;
	}
	if (r->month < 1 || r->month > 12 || r->week < 1 || r->week > 5 || r->day > 6)
		return NULL;
	r->time = 7200;
	return *p == '/' ? get_time(p + 1, &r->time) : p;
}

static bool
parse_rule(struct tz *z, const char *p)
{
	int32_t west;

	if ((p = skip_name(p)) == NULL || (p = get_time(p, &west)) == NULL)
		return false;
	z->std = -west;
	if (*p == '\0')
		return true;
	if ((p = skip_name(p)) == NULL)
		return false;
	z->dst = z->std + 3600;
	if (*p != ',') {
		if ((p = get_time(p, &west)) == NULL)
			return false;
		z->dst = -west;
	}
	z->has_dst = true;
	return (p = get_rule(p, &z->begin)) != NULL && (p = get_rule(p, &z->end)) != NULL && *p == '\0';
}

struct tz *
tz_parse(const unsigned char *p, size_t n)
{
	uint64_t skip, need;
	uint32_t isut, isstd, leap, times, types, chars;
	struct tz *z;
	const char *foot;
	char rule[128];
	size_t k;

	if (n < 44 || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return NULL;
	/* The first block has 32-bit times and is skipped; the second is the same with 64 bits. */
	skip = 44 + (uint64_t)be32_get(p + 32) * 5 + (uint64_t)be32_get(p + 36) * 6 + be32_get(p + 40) +
	       (uint64_t)be32_get(p + 28) * 8 + be32_get(p + 24) + be32_get(p + 20);
	if (skip > n || n - skip < 44 || memcmp(p + skip, "TZif", 4) != 0)
		return NULL;
	p += skip;
	n -= skip;
	isut = be32_get(p + 20);
	isstd = be32_get(p + 24);
	leap = be32_get(p + 28);
	times = be32_get(p + 32);
	types = be32_get(p + 36);
	chars = be32_get(p + 40);
	need = 44 + (uint64_t)times * 9 + (uint64_t)types * 6 + chars + (uint64_t)leap * 12 + isstd + isut;
	if (need > n || types == 0 || types > 256 || (z = calloc(1, sizeof *z)) == NULL)
		return NULL;
	z->times = times;
	z->types = types;
	z->at = calloc(times + 1, sizeof *z->at);
	z->type = calloc(times + 1, 1);
	if (z->at == NULL || z->type == NULL)
		goto bad;
	for (uint32_t i = 0; i < times; i++) {
		z->at[i] = be64_get(p + 44 + 8 * (size_t)i);
		z->type[i] = p[44 + 8 * (size_t)times + i];
		if (z->type[i] >= types || (i > 0 && z->at[i] <= z->at[i - 1]))
			goto bad;
	}
	for (uint32_t i = 0; i < types; i++) {
		z->off[i] = (int32_t)be32_get(p + 44 + 9 * (size_t)times + 6 * (size_t)i);
		if (z->off[i] < -100000 || z->off[i] > 100000)
			goto bad;
	}
	foot = (const char *)p + need;
	n -= (size_t)need;
	if (n >= 2 && foot[0] == '\n') {
		const char *end = memchr(foot + 1, '\n', n - 1);

		k = end != NULL ? (size_t)(end - foot - 1) : 0;
		if (k > 0 && k < sizeof rule) {
			memcpy(rule, foot + 1, k);
			rule[k] = '\0';
			z->has_rule = parse_rule(z, rule);
		}
	}
	return z;
bad:
	tz_free(z);
	return NULL;
}

void
tz_free(struct tz *z)
{
	if (z == NULL)
		return;
	free(z->at);
	free(z->type);
	free(z);
}

/* The name comes out of a file: nothing but the form of an IANA name reaches the file system. */
static bool
name_ok(const char *s)
{
	size_t slashes = 0;

	if (*s < 'A' || *s > 'Z')
		return false;
	for (; *s; s++) {
		slashes += *s == '/';
		if (!((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || *s == '_' ||
			*s == '-' || *s == '+' || *s == '/'))
			return false;
	}
	return slashes >= 1 && slashes <= 2;
}

struct tz *
tz_load(const char *name)
{
	BUF b = { .max = 1 << 20 };
	char path[128];

	if (!name_ok(name) || (size_t)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name) >= sizeof path)
		return NULL;
	if (io_read_file(AT_FDCWD, path, 256 * 1024, &b, NULL) != OK)
		return NULL;
	return tz_parse((const unsigned char *)buf_str(&b), b.len);
}

/* Day number of the n-th weekday of a month (week 5: the last one). 1970-01-01 was a Thursday. */
static int64_t
rule_day(int32_t year, const struct rule *r)
{
	int64_t first = civil_days(year, r->month, 1), d;
	int64_t wday = ((first + 4) % 7 + 7) % 7;

	d = first + ((int64_t)r->day - wday + 7) % 7 + 7 * ((int64_t)r->week - 1);
	while (!civil_valid_date(year, r->month, (unsigned)(d - first + 1)))
		d -= 7;
	return d;
}

static int32_t
offset_at(const struct tz *z, int64_t t)
{
	size_t lo = 0, hi = z->times;
	int64_t begin, end;
	int32_t year;
	bool summer;

	if (z->times > 0 && t >= z->at[z->times - 1] && z->has_rule) {
		if (!z->has_dst)
			return z->std;
		year = civil_from_unix(t + z->std).year;
		begin = rule_day(year, &z->begin) * 86400 + z->begin.time - z->std;
		end = rule_day(year, &z->end) * 86400 + z->end.time - z->dst;
		summer = begin < end ? t >= begin && t < end : t >= begin || t < end;
		return summer ? z->dst : z->std;
	}
	if (z->times == 0 && z->has_rule && !z->has_dst)
		return z->std;
	while (lo < hi) { /* the number of transitions at or before t */
		size_t mid = lo + (hi - lo) / 2;

		if (z->at[mid] <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == 0 ? z->off[0] : z->off[z->type[lo - 1]];
}

bool
tz_instant(const struct tz *z, int64_t local_s, int64_t *utc_s, int32_t *offset_s)
{
	int32_t tried[258], found = 0;
	size_t n = 0, hits = 0;

	for (size_t i = 0; i < z->types + 2; i++) {
		int32_t off = i < z->types ? z->off[i] : i == z->types ? z->std : z->dst;
		bool again = false;

		if (i >= z->types && !z->has_rule)
			break;
		if (i > z->types && !z->has_dst)
			break;
		for (size_t k = 0; k < n; k++)
			again = again || tried[k] == off;
		if (again)
			continue;
		tried[n++] = off;
		if (offset_at(z, local_s - off) == off) {
			hits++;
			found = off;
		}
	}
	if (hits != 1)
		return false;
	*utc_s = local_s - found;
	*offset_s = found;
	return true;
}
