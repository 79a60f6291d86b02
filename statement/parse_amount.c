/* statement/parse_amount.c: decimal text to exact minor units. A cell that is not wholly a number in the file's
 * style is an error, never 0. */
#include "statement/parse.h"

#include <string.h>

/* Signs of currencies, before or behind the number: U+00A5, U+FFE5, dollar, euro, pound, 元. */
static const char *const symbols[] = { "\xc2\xa5", "\xef\xbf\xa5", "$", "\xe2\x82\xac", "\xc2\xa3", "\xe5\x85\x83" };
/* Thousands are also set apart by blanks (plain, no-break, narrow no-break) and apostrophes. */
static const char *const gaps[] = { " ", "\xc2\xa0", "\xe2\x80\xaf", "'", "\xe2\x80\x99" };

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
drop_head(struct str *s, const char *head)
{
	if (!str_begins(*s, head))
		return false;
	s->p += strlen(head);
	s->n -= strlen(head);
	return true;
}

static bool
drop_tail(struct str *s, const char *tail)
{
	size_t n = strlen(tail);

	if (s->n < n || memcmp(s->p + s->n - n, tail, n) != 0)
		return false;
	s->n -= n;
	return true;
}

/* What is left are digits and marks. false: two signs, or a bracket that is not closed. */
static bool
strip(struct str *s, bool *neg)
{
	size_t signs = 0, marks = 0, before;

	*neg = false;
	*s = str_trim(*s);
	if (s->n > 1 && s->p[0] == '(') {
		if (!drop_tail(s, ")"))
			return false;
		(void)drop_head(s, "(");
		*neg = true;
		signs++;
	}
	do {
		before = s->n;
		if (drop_head(s, "-") || drop_head(s, "\xe2\x88\x92")) {
			*neg = true;
			signs++;
		} else if (drop_head(s, "+")) {
			signs++;
		}
		for (size_t i = 0; i < COUNTOF(symbols); i++)
			marks += drop_head(s, symbols[i]);
		*s = str_trim(*s);
	} while (s->n != before);
	for (size_t i = 0; i < COUNTOF(symbols); i++)
		marks += drop_tail(s, symbols[i]);
	*s = str_trim(*s);
	return signs <= 1 && marks <= 1;
}

static bool
says_nothing(struct str s)
{
	static const char *const none[] = { "/", "-", "--", "\xe2\x80\x93", "\xe2\x80\x94", "\"/\"" };

	s = str_trim(s);
	for (size_t i = 0; i < COUNTOF(none); i++)
		if (str_is(s, none[i]))
			return true;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '.' && s.p[i] != ' ')
			return false;
	return true;                            /* empty, "...", "   .  " */
}

/* Length of a group separator at s, other than mark; 0: none. *kind tells equal ones. */
static size_t
gap(struct str s, char mark, unsigned *kind)
{
	for (unsigned i = 0; i < COUNTOF(gaps); i++) {
		if (str_begins(s, gaps[i])) {
			*kind = i + 1;
			return strlen(gaps[i]);
		}
	}
	if (s.n > 0 && (s.p[0] == '.' || s.p[0] == ',') && s.p[0] != mark) {
		*kind = 100;
		return 1;
	}
	return 0;
}

static bool
push(int64_t *v, char d)
{
	return !__builtin_mul_overflow(*v, (int64_t)10, v) && !__builtin_add_overflow(*v, (int64_t)(d - '0'), v);
}

/* Whole part with groups of three, all set apart by the same sign, or none. Digits go to v; false: not that. */
static bool
whole_part(struct str *s, char mark, int64_t *v)
{
	unsigned kind = 0, first = 0;
	size_t run = 0, groups = 0, k;
	bool zero = s->n > 0 && s->p[0] == '0'; /* 0,500 is no number with groups: its comma is the decimal mark */

	while (s->n > 0) {
		if (digit(s->p[0])) {
			if (!push(v, s->p[0]))
				return false;
			run++;
			s->p++;
			s->n--;
			continue;
		}
		if ((k = gap(*s, mark, &kind)) == 0)
			break;
		if (zero || (groups == 0 ? run < 1 || run > 3 : run != 3 || kind != first))
			return false;
		first = kind;
		groups++;
		run = 0;
		s->p += k;
		s->n -= k;
	}
	return groups > 0 ? run == 3 : run > 0;
}

static enum number
plain_number(struct str s, char mark, struct money *out)
{
	struct money m = *out;
	unsigned decimals = 0;
	bool neg;

	m.minor = 0;
	if (!strip(&s, &neg) || !whole_part(&s, mark, &m.minor))
		return NUMBER_BAD;
	if (s.n > 0) {
		if (s.p[0] != mark || s.n < 2)
			return NUMBER_BAD;
		for (size_t i = 1; i < s.n; i++) {
			if (!digit(s.p[i]) || (decimals == m.exp && s.p[i] != '0'))
				return NUMBER_BAD;
			if (decimals == m.exp)
				continue;
			if (!push(&m.minor, s.p[i]))
				return NUMBER_BAD;
			decimals++;
		}
	}
	for (; decimals < m.exp; decimals++)
		if (!push(&m.minor, '0'))
			return NUMBER_BAD;
	out->minor = neg ? -m.minor : m.minor;
	return NUMBER_OK;
}

/* [-]digits[.digits][E[+-]digits] as its digits without leading zeros and the place of the point among them. */
static bool
split_binary(struct str s, bool *neg, char digits[40], int *n, int *point)
{
	int exponent = 0, before = 0;
	bool seen = false, dot = false, eneg;
	size_t i = 0, any = 0;

	*neg = s.n > 0 && s.p[0] == '-';
	i += *neg || (s.n > 0 && s.p[0] == '+');
	*n = 0;
	for (; i < s.n && (digit(s.p[i]) || (s.p[i] == '.' && !dot)); i++) {
		if (s.p[i] == '.') {
			dot = true;
			continue;
		}
		any++;
		seen = seen || s.p[i] != '0';
		if (seen && !dot)
			before++;
		if (!seen && dot)
			before--;               /* 0.0012: the digits begin behind two zeros */
		if (seen && *n == 39)
			return false;
		if (seen)
			digits[(*n)++] = s.p[i];
	}
	if (any == 0)
		return false;
	if (i < s.n && (s.p[i] == 'E' || s.p[i] == 'e')) {
		size_t first;

		eneg = ++i < s.n && s.p[i] == '-';
		i += i < s.n && (s.p[i] == '-' || s.p[i] == '+');
		first = i;
		for (; i < s.n && digit(s.p[i]) && exponent < 1000; i++)
			exponent = exponent * 10 + (s.p[i] - '0');
		if (i == first)
			return false;
		exponent = eneg ? -exponent : exponent;
	}
	*point = before + exponent;
	return i == s.n;
}

static bool
zeros_behind(const char digits[40], int n, int at)
{
	for (int i = at + 1; i < n; i++)
		if (digits[i] != '0')
			return false;
	return true;
}

/*
 * A stored double. Round to the minor unit and refuse what is further from it than 1e-6 of the unit of the currency
 * (0.07 is stored as 0.070000000000000007). Done on the digits, so that nothing is rounded twice.
 */
static enum number
binary_number(struct str s, struct money *out)
{
	char digits[40];
	int n, point, cut;
	int64_t v = 0;
	bool neg, up = false;

	if (!split_binary(str_trim(s), &neg, digits, &n, &point))
		return NUMBER_BAD;
	if (n == 0) {
		out->minor = 0;
		return NUMBER_OK;
	}
	cut = point + out->exp;                 /* so many digits are before the end of the minor unit */
	if (cut > 19)
		return NUMBER_BAD;
	for (int i = 0; i < cut; i++)
		if (!push(&v, i < n ? digits[i] : '0'))
			return NUMBER_BAD;
	/* Decimals from the minor unit's end to the sixth: all 0 or all 9 (rounded up); a last 1 is just 1e-6. */
	for (int place = out->exp; place < 6; place++) {
		int i = point + place;
		char d = i < 0 || i >= n ? '0' : digits[i];

		if (place == (int)out->exp)
			up = d == '9';
		if (d != (up ? '9' : '0') && !(place == 5 && !up && d == '1' && zeros_behind(digits, n, i)))
			return NUMBER_BAD;
	}
	if (up && __builtin_add_overflow(v, (int64_t)1, &v))
		return NUMBER_BAD;
	out->minor = neg ? -v : v;
	return NUMBER_OK;
}

enum number
amount_read(struct str s, char mark, bool binary, struct money *out)
{
	if (says_nothing(s))
		return NUMBER_NONE;
	if (binary)
		return binary_number(s, out);
	return plain_number(s, mark, out);
}

void
mark_vote(struct mark_votes *v, struct str s, unsigned exp)
{
	size_t points = 0, commas = 0, at = 0;
	bool neg, point;

	if (says_nothing(s) || !strip(&s, &neg))
		return;
	for (size_t i = 0; i < s.n; i++) {
		points += s.p[i] == '.';
		commas += s.p[i] == ',';
		if (s.p[i] == '.' || s.p[i] == ',')
			at = i;                 /* the last one */
		else if (!digit(s.p[i]) && (s.p[i] == 'E' || s.p[i] == 'e'))
			return;
	}
	if (points + commas == 0)
		return;
	point = s.p[at] == '.';
	if (points > 0 && commas > 0) {
		if ((point ? points : commas) > 1)
			return;                 /* 1,2.3,4 is no number in any style */
	} else if (points + commas > 1) {
		point = !point;                 /* twice the same: thousands */
	} else if (s.n - at - 1 == 3 && at >= 1 && at <= 3 && s.p[0] != '0') {
		if (exp != 0) {
			v->unsure++;
			if (v->example.n == 0)
				v->example = s;
			return;
		}
		point = !point;                 /* a currency without decimals: thousands */
	}
	if (point)
		v->point++;
	else
		v->comma++;
}

char
mark_settle(const struct mark_votes *v)
{
	if (v->point > 0 || v->comma > 0)
		return v->point >= v->comma ? '.' : ',';
	return v->unsure > 0 ? 0 : '.';
}
