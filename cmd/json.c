/* cmd/json.c: JSON Lines (RFC 8259), and numbers and times for people and for machines. See out.h. */
#include "cmd/out.h"

#include "base/time.h"

#include <string.h>
#include <time.h>

void
json_free(struct json *j)
{
	buf_free(&j->b);
	j->more = false;
}

static void
key_put(struct json *j, const char *key)
{
	if (j->more)
		buf_addc(&j->b, ',');
	j->more = true;
	if (key != NULL) {
		buf_addjson(&j->b, key);
		buf_addc(&j->b, ':');
	}
}

void
j_open(struct json *j, const char *object)
{
	buf_reset(&j->b);
	buf_addc(&j->b, '{');
	j->more = false;
	j_str(j, "object", object);
}

void
j_str(struct json *j, const char *key, const char *value)
{
	key_put(j, key);
	buf_addjson(&j->b, value);
}

void
j_text(struct json *j, const char *key, const char *value)
{
	j_str(j, key, value[0] != '\0' ? value : NULL);
}

void
j_strn(struct json *j, const char *key, const char *value, size_t n)
{
	BUF b = { 0 };

	buf_add(&b, value, n);
	j_str(j, key, buf_str(&b));
}

void
j_int(struct json *j, const char *key, int64_t v)
{
	key_put(j, key);
	buf_addf(&j->b, "%lld", (long long)v);
}

void
j_bool(struct json *j, const char *key, bool v)
{
	j_raw(j, key, v ? "true" : "false");
}

void
j_null(struct json *j, const char *key)
{
	j_raw(j, key, "null");
}

void
j_raw(struct json *j, const char *key, const char *json)
{
	key_put(j, key);
	buf_adds(&j->b, json);
}

static bool
local_time(struct tm *tm, int64_t ms)
{
	int64_t s = ms / 1000 - (ms % 1000 < 0);
	time_t t = (time_t)s;

	return localtime_r(&t, tm) != NULL && tm->tm_year < 9999 - 1900 && tm->tm_year >= 1 - 1900;
}

void
j_time(struct json *j, const char *key, int64_t ms)
{
	BUF b = { .max = 64 };
	struct tm tm;
	bool known = ms != 0 && local_time(&tm, ms);

	if (known)
		add_time_json(&b, ms);
	j_str(j, key, known ? buf_str(&b) : NULL);
}

static void
nest(struct json *j, const char *key, char bracket)
{
	key_put(j, key);
	buf_addc(&j->b, bracket);
	j->more = false;
}

static void
unnest(struct json *j, char bracket)
{
	buf_addc(&j->b, bracket);
	j->more = true;
}

void
j_obj(struct json *j, const char *key)
{
	nest(j, key, '{');
}

void
j_end(struct json *j)
{
	unnest(j, '}');
}

void
j_list(struct json *j, const char *key)
{
	nest(j, key, '[');
}

void
j_end_list(struct json *j)
{
	unnest(j, ']');
}

enum rc
out_json(struct session *s, struct json *j, struct err *e)
{
	enum rc rc;

	buf_adds(&j->b, "}\n");
	if ((rc = buf_check(&j->b, e)) == OK)
		rc = out_bytes(s, j->b.p, j->b.len, e);
	buf_reset(&j->b);
	j->more = false;
	return rc;
}

/* -- numbers and times -- */

void
add_grouped(struct buf *b, const char *decimal)
{
	size_t n;

	if (*decimal == '-' || *decimal == '+')
		buf_addc(b, *decimal++);
	n = strspn(decimal, "0123456789");
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			buf_addc(b, ',');
		buf_addc(b, decimal[i]);
	}
	buf_adds(b, decimal + n);
}

static void
add_date(struct buf *b, const struct tm *tm)
{
	buf_addf(b, "%04d-%02d-%02d", tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday);
}

void
add_time(struct buf *b, int64_t ms, bool seconds)
{
	struct tm tm;

	if (!local_time(&tm, ms)) {
		buf_adds(b, "?");
		return;
	}
	add_date(b, &tm);
	buf_addf(b, " %02d:%02d", tm.tm_hour, tm.tm_min);
	if (seconds)
		buf_addf(b, ":%02d", tm.tm_sec);
}

void
add_time_json(struct buf *b, int64_t ms)
{
	struct tm tm;
	long off;

	if (!local_time(&tm, ms)) {
		buf_adds(b, "null");
		return;
	}
	off = tm.tm_gmtoff / 60;
	add_date(b, &tm);
	buf_addf(b, "T%02d:%02d:%02d%c", tm.tm_hour, tm.tm_min, tm.tm_sec, off < 0 ? '-' : '+');
	off = off < 0 ? -off : off;
	buf_addf(b, "%02ld:%02ld", off / 60, off % 60);
}

void
add_day(struct buf *b, int64_t day)
{
	struct civil c = civil_from_unix(day * 86400);

	buf_addf(b, "%04u-%02u-%02u", (unsigned)c.year % 10000, c.month % 100u, c.day % 100u);
}

void
add_duration(struct buf *b, int64_t seconds)
{
	if (seconds < 0)
		seconds = 0;
	if (seconds < 90)
		buf_addf(b, _("%lld s"), (long long)seconds);
	else if (seconds < 90 * 60)
		buf_addf(b, _("%lld min"), (long long)(seconds + 30) / 60);
	else if (seconds < 36 * 3600)
		buf_addf(b, _("%lld h"), (long long)(seconds + 1800) / 3600);
	else
		buf_addf(b, _("%lld days"), (long long)(seconds + 43200) / 86400);
}
