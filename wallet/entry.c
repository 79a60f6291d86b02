/* wallet/entry.c: see entry.h. */
#include "wallet/entry.h"

#include <string.h>

static const char *const review_word[] = { "new", "ok", "fraud", "unsure" };
_Static_assert(COUNTOF(review_word) == REVIEW_COUNT, "every verdict has its word");

const char *
review_name(enum review r)
{
	return (unsigned)r < REVIEW_COUNT ? review_word[r] : review_word[0];
}

bool
review_from(const char *name, enum review *out)
{
	for (unsigned i = 0; i < REVIEW_COUNT; i++) {
		if (strcmp(name, review_word[i]) == 0) {
			*out = (enum review)i;
			return true;
		}
	}
	if (strcmp(name, "none") != 0)
		return false;
	*out = REVIEW_NEW;
	return true;
}

const char *
txn_flag_name(unsigned bit)
{
	switch (bit) {
	case TXN_F_BAD_TIME: return "bad-time";
	case TXN_F_BAD_TEXT: return "bad-text";
	case TXN_F_BALANCE_BREAK: return "balance-break";
	case TXN_F_UNKNOWN_STATUS: return "unknown-status";
	case TXN_F_NO_CURRENCY: return "no-currency";
	case TXN_F_NO_TWIN: return "no-refund-row";
	default: return NULL;           /* TXN_F_ID_DOUBTFUL is about identity, nothing to act on */
	}
}

/* Crockford's base 32, lower case: no i, l, o, u. */
static const char digit[] = "0123456789abcdefghjkmnpqrstvwxyz";

void
txn_id_put(char out[TXN_ID_LEN + 1], uint64_t uid)
{
	for (unsigned i = 0; i < TXN_ID_LEN; i++)
		out[i] = digit[uid >> (5 * (TXN_ID_LEN - 1 - i)) & 31];
	out[TXN_ID_LEN] = '\0';
}

static int
value(char c)
{
	const char *p;

	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	if (c == 'o')
		c = '0';
	if (c == 'i' || c == 'l')
		c = '1';
	p = c != '\0' ? strchr(digit, c) : NULL;
	return p != NULL ? (int)(p - digit) : -1;
}

bool
txn_id_parse(const char *s, uint64_t *first, uint64_t *last)
{
	size_t n = strlen(s);
	uint64_t v = 0, rest;

	if (n < TXN_ID_MIN || n > TXN_ID_LEN)
		return false;
	for (size_t i = 0; i < n; i++) {
		int d = value(s[i]);

		if (d < 0)
			return false;
		v = v << 5 | (unsigned)d;
	}
	rest = 5 * (TXN_ID_LEN - n);
	*first = v << rest;
	*last = *first | (((uint64_t)1 << rest) - 1);
	return true;
}
