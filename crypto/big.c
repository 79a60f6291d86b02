/* crypto/big.c: see big.h. */
#include "crypto/big.h"

#include <stdlib.h>
#include <string.h>

struct big
big_from(uint32_t v)
{
	struct big a = { { v } };

	return a;
}

void
big_add(struct big *a, const struct big *b)
{
	uint64_t carry = 0;

	for (int i = 0; i < BIG_WORDS; i++) {
		carry += (uint64_t)a->w[i] + b->w[i];
		a->w[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

void
big_sub(struct big *a, const struct big *b)
{
	uint64_t borrow = 0;

	for (int i = 0; i < BIG_WORDS; i++) {
		uint64_t d = (uint64_t)a->w[i] - b->w[i] - borrow;

		a->w[i] = (uint32_t)d;
		borrow = d >> 63;
	}
}

void
big_mul(struct big *a, uint32_t v)
{
	uint64_t carry = 0;

	for (int i = 0; i < BIG_WORDS; i++) {
		carry += (uint64_t)a->w[i] * v;
		a->w[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

bool
big_less(const struct big *a, const struct big *b)
{
	for (int i = BIG_WORDS - 1; i >= 0; i--) {
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i];
	}
	return false;
}

bool
big_zero(const struct big *a)
{
	return big_bits(a) == 0;
}

static unsigned
bits_of(const uint32_t *w, size_t n)
{
	while (n > 0 && w[n - 1] == 0)
		n--;
	return n == 0 ? 0 : (unsigned)n * 32 - (unsigned)__builtin_clz(w[n - 1]);
}

unsigned
big_bits(const struct big *a)
{
	return bits_of(a->w, BIG_WORDS);
}

/* out has na + nb words. */
static void
multiply(uint32_t *out, const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	memset(out, 0, (na + nb) * sizeof *out);
	for (size_t i = 0; i < na; i++) {
		uint64_t carry = 0;

		for (size_t j = 0; j < nb; j++) {
			carry += (uint64_t)a[i] * b[j] + out[i + j];
			out[i + j] = (uint32_t)carry;
			carry >>= 32;
		}
		out[i + nb] = (uint32_t)carry;
	}
}

/* floor(100 * log2(a)) = floor(log2(a^100)): one less than the bits of a^100. Floating point would be right nearly
 * always. */
bool
big_centilog2(const struct big *a, unsigned *out)
{
	/* 100 = 1100100 in binary, after its first 1 */
	static const bool odd[] = { true, false, false, true, false, false };
	const size_t room = 100 * BIG_WORDS;
	size_t n = (big_bits(a) + 31) / 32, len = n;
	uint32_t *p, *q, *t;

	p = calloc(2 * room, sizeof *p);
	if (p == NULL)
		return false;
	q = p + room;
	memcpy(p, a->w, n * sizeof *p);
	for (size_t i = 0; i < sizeof odd; i++) {
		multiply(q, p, len, p, len);
		len *= 2;
		if (odd[i]) {
			multiply(p, q, len, a->w, n);
			len += n;
		} else {
			t = p;
			p = q;
			q = t;
		}
	}
	*out = bits_of(p, len) - 1;
	free(p < q ? p : q);
	return true;
}
