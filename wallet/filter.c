/* wallet/filter.c: see filter.h. */
#include "wallet/filter.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

#define SCALE 1000000000000000000       /* 10^18: the decimals of a bound */

__extension__ typedef __int128 wide;

static wide
pow10w(unsigned n)
{
	wide v = 1;

	while (n-- > 0)
		v *= 10;
	return v;
}

enum rc
bound_parse(struct bound *out, const char *s, struct err *e)
{
	const char *p = s;
	bool neg = false, digits = false;
	unsigned decimals = 0;
	wide v = 0;

	if (*p == '-' || *p == '+')
		neg = *p++ == '-';
	for (; *p >= '0' && *p <= '9' && v < pow10w(18); p++, digits = true)
		v = v * 10 + (*p - '0');
	v *= SCALE;
	if (*p == '.') {
		wide unit = SCALE;

		for (p++; *p >= '0' && *p <= '9' && decimals < 18; p++, decimals++, digits = true) {
			unit /= 10;
			v += unit * (*p - '0');
		}
	}
	if (!digits || *p != '\0')
		return err_set(e, E_USAGE, N_("%s is no amount: digits, and a point before the decimals (1234.56)"), s);
	if (neg)
		v = -v;
	out->set = true;
	out->units = (int64_t)(v / SCALE - (v % SCALE < 0));
	out->frac = (int64_t)(v - (wide)out->units * SCALE);
	return OK;
}

static wide
whole(const struct bound *b)
{
	return (wide)b->units * SCALE + b->frac;
}

static int64_t
saturate(wide v)
{
	return v > INT64_MAX ? INT64_MAX : v < INT64_MIN ? INT64_MIN : (int64_t)v;
}

static wide
div_floor(wide a, wide b)
{
	return a / b - (a % b < 0);
}

int64_t
bound_min_minor(const struct bound *b, unsigned exp)
{
	return saturate(-div_floor(-whole(b), pow10w(18 - exp)));
}

int64_t
bound_max_minor(const struct bound *b, unsigned exp)
{
	return saturate(div_floor(whole(b), pow10w(18 - exp)));
}

bool
filter_amount(const struct filter *f, int64_t minor, unsigned exp)
{
	wide v;

	if (exp > 18)
		return false;
	v = (wide)minor * pow10w(18 - exp);
	return (!f->min.set || v >= whole(&f->min)) && (!f->max.set || v <= whole(&f->max));
}

/* Each word of a comma-separated list, through set(). */
static enum rc
each_word(const char *s, bool (*set)(unsigned *bits, const char *word), unsigned *bits)
{
	char word[32];
	unsigned got = 0;
	size_t n;

	for (;; s += n + 1) {
		n = strcspn(s, ",");
		if (n == 0 || n >= sizeof word)
			return E_USAGE;
		memcpy(word, s, n);
		word[n] = '\0';
		if (!set(&got, word))
			return E_USAGE;
		if (s[n] == '\0')
			break;
	}
	*bits |= got;
	return OK;
}

static bool
set_status(unsigned *bits, const char *word)
{
	enum txn_status s;

	if (!txn_status_from(word, &s))
		return false;
	*bits |= 1U << s;
	return true;
}

static bool
set_review(unsigned *bits, const char *word)
{
	enum review r;

	if (!review_from(word, &r))
		return false;
	*bits |= 1U << r;
	return true;
}

enum rc
status_parse(unsigned *bits, const char *s, struct err *e)
{
	BUF words = { 0 };

	if (each_word(s, set_status, bits) == OK)
		return OK;
	for (unsigned i = 0; i < TXN_STATUS_COUNT; i++)
		buf_addf(&words, "%s%s", i ? " " : "", txn_status_name((enum txn_status)i));
	return err_set(e, E_USAGE, N_("%s is no status. One or several, with commas: %s"), s, buf_str(&words));
}

enum rc
review_parse(unsigned *bits, const char *s, struct err *e)
{
	if (each_word(s, set_review, bits) == OK)
		return OK;
	return err_set(
	    e, E_USAGE, N_("%s is no review state. One or several, with commas: %s"), s, "new ok fraud unsure");
}

enum rc
sort_parse(enum sort *out, const char *s, struct err *e)
{
	static const struct { const char *word; enum sort sort;
	} table[] = { { "time", SORT_TIME }, { "-time", SORT_TIME_DESC }, { "amount", SORT_AMOUNT },
		{ "-amount", SORT_AMOUNT_DESC } };

	for (size_t i = 0; i < COUNTOF(table); i++) {
		if (strcmp(s, table[i].word) == 0) {
			*out = table[i].sort;
			return OK;
		}
	}
	return err_set(e, E_USAGE, N_("%s is no order. One of: %s"), s, "time -time amount -amount");
}

enum rc
days_parse(struct filter *f, const char *from, const char *to, const struct civil *today, struct err *e)
{
	int64_t first = 0, last = 0, unused;
	enum rc rc;

	if (from != NULL && (rc = when_range(&first, &unused, from, today, e)) != OK)
		return rc;
	if (to != NULL && (rc = when_range(&unused, &last, to, today, e)) != OK)
		return rc;
	if (from != NULL && to != NULL && first > last)
		return err_set(e, E_USAGE, N_("--from %s is after --to %s"), from, to);
	f->has_from = from != NULL;
	f->has_to = to != NULL;
	f->from_day = first;
	f->to_day = last;
	return OK;
}

/* Simple case folding of the alphabets that statements have; the rest stays. */
static uint32_t
fold(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xfee0;                    /* fullwidth forms */
	if (c == 0x3000)
		return ' ';
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	if (c >= 0xc0 && c <= 0xde && c != 0xd7)
		return c + 32;
	if ((c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) || (c >= 0x14a && c <= 0x177) ||
	    (c >= 0x1e00 && c <= 0x1e95) || (c >= 0x1ea0 && c <= 0x1eff) || (c >= 0x460 && c <= 0x481) ||
	    (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f))
		return c | 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e) || (c >= 0x4c1 && c <= 0x4ce))
		return c + (c & 1);
	if (c == 0x130)
		return 'i';
	if (c == 0x178)
		return 0xff;
	if (c == 0x4c0)
		return 0x4cf;
	if (c >= 0x391 && c <= 0x3a9 && c != 0x3a2)
		return c + 32;
	if (c == 0x3c2)
		return 0x3c3;                   /* final sigma */
	if (c == 0x386)
		return 0x3ac;
	if (c >= 0x388 && c <= 0x38a)
		return c + 37;
	if (c == 0x38c)
		return 0x3cc;
	if (c == 0x38e || c == 0x38f)
		return c + 63;
	if (c >= 0x410 && c <= 0x42f)
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	if (c >= 0x531 && c <= 0x556)
		return c + 48;
	return c;
}

void
search_fold(struct buf *out, const char *s)
{
	size_t n = strlen(s), k;
	char utf8[4];
	uint32_t cp;

	for (; n > 0; s += k, n -= k) {
		if ((unsigned char)*s < 0x80) {         /* most of it */
			k = 1;
			buf_addc(out, *s >= 'A' && *s <= 'Z' ? (char)(*s + 32) : *s);
		} else if ((k = utf8_next(s, n, &cp)) == 0) {
			k = 1;
			buf_addc(out, *s);
		} else {
			buf_add(out, utf8, utf8_put(utf8, fold(cp)));
		}
	}
}
