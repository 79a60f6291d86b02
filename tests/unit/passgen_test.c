/* Passwords and passphrases: small rules are enumerated and compared with the count, string by string. */
#include "crypto/passgen_count.h"
#include "crypto/slip39.h"
#include "tests/tap.h"

static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

/* Rules small enough to write down all strings of them. */
static const struct { const char *name; struct passrule r; unsigned len; } small[] = {
	{ "abc, 1", { .allowed = "abc" }, 1 },
	{ "abc, 5", { .allowed = "abc" }, 5 },
	{ "a, 4", { .allowed = "a" }, 4 },
	{ "letters given twice", { .allowed = "abcabc" }, 3 },
	{ "no runs", { .max_consecutive = 1, .allowed = "abc" }, 6 },
	{ "runs of 2", { .max_consecutive = 2, .allowed = "abc" }, 6 },
	{ "runs of 3", { .max_consecutive = 3, .allowed = "ab" }, 9 },
	{ "runs longer than the string", { .max_consecutive = 9, .allowed = "ab" }, 5 },
	{ "two classes", { .allowed = "abc12", .required = 2, .require = { "abc", "12" } }, 4 },
	{ "two classes, as many characters", { .allowed = "abc12", .required = 2, .require = { "abc", "12" } }, 2 },
	{ "two classes and others", { .allowed = "abc12!?", .required = 2, .require = { "abc", "12" } }, 4 },
	{ "classes that overlap", { .allowed = "abcd1", .required = 2, .require = { "abc", "cd1" } }, 4 },
	{ "a class with characters that are not allowed", { .allowed = "ab1", .required = 2,
	    .require = { "abxyz", "123" } }, 4 },
	{ "the same class twice", { .allowed = "ab12", .required = 2, .require = { "12", "12" } }, 4 },
	{ "three classes, no runs", { .max_consecutive = 1, .allowed = "ab12!", .required = 3,
	    .require = { "ab", "12", "!" } }, 5 },
	{ "three classes, runs of 2", { .max_consecutive = 2, .allowed = "ab1!", .required = 3,
	    .require = { "ab", "1", "!" } }, 6 },
	{ "six classes of one", { .allowed = "abcdef", .required = 6, .require = { "a", "b", "c", "d", "e", "f" } },
	    6 },
	{ "eight classes", { .allowed = "abc", .required = 8,
	    .require = { "a", "b", "c", "ab", "bc", "ca", "abc", "b" } }, 6 },
	{ "blank and tilde", { .allowed = " ~", .required = 1, .require = { " " } }, 7 },
};

/* keep: one secret for all of a test, as a locked page a string would take the day. */
static bool
fits(struct secret *keep, const struct passrule *r, const char *p, size_t n)
{
	const char *why;

	if (keep->bytes == NULL && secret_alloc(keep, 128, NULL) != OK)
		return false;
	memcpy(keep->bytes, p, n);
	keep->len = n;
	return passrule_ok(r, keep, &why);
}

/* The next string over the allowed characters, in the order of ASCII; false after the last. */
static bool
advance(char *p, unsigned len, const char *sorted)
{
	size_t chars = strlen(sorted);

	for (unsigned i = len; i-- > 0;) {
		const char *at = strchr(sorted, p[i]);

		if (at != NULL && at < sorted + chars - 1) {
			p[i] = at[1];
			return true;
		}
		p[i] = sorted[0];
	}
	return false;
}

static void
sort_chars(char *out, const char *in)
{
	size_t n = 0;

	for (int c = ' '; c <= '~'; c++) {
		if (strchr(in, c) != NULL)
			out[n++] = (char)c;
	}
	out[n] = '\0';
}

/* Written down one after the other, the strings that passrule_ok() takes are exactly the counter's, in its order. */
static void
enumerate(size_t c)
{
	AUTO(counter_free) struct counter *cnt = NULL;
	const struct passrule *r = &small[c].r;
	unsigned len = small[c].len, bits = 0, want;
	char p[16], q[16], sorted[128];
	struct big n = big_from(0), one = big_from(1), all;
	uint32_t count = 0;
	bool same = true;
	SECRET drawn = { 0 };
	SECRET keep = { 0 };

	if (!ok(counter_new(&cnt, r, len, NULL) == OK, "%s", small[c].name))
		return;
	all = counter_all(cnt);
	sort_chars(sorted, r->allowed);
	memset(p, sorted[0], len);
	do {
		if (!fits(&keep, r, p, len))
			continue;
		count++;
		if (!big_less(&n, &all)) {
			same = false;
			break;
		}
		counter_nth(q, cnt, n);
		same = same && memcmp(p, q, len) == 0;
		big_add(&n, &one);
	} while (advance(p, len, sorted));
	(void)ok(same && memcmp(&n, &all, sizeof n) == 0, "%s: %u strings, each in its place", small[c].name, count);
	if (ok(passgen(&drawn, &bits, r, len, NULL) == OK && drawn.len == len, "%s: one is drawn", small[c].name))
		(void)ok(fits(&keep, r, (char *)drawn.bytes, len) && big_centilog2(&n, &want) && bits == want,
		    "%s: %u.%02u bits",
		    small[c].name, bits / 100, bits % 100);
}

static void
logarithms(void)
{
	static const struct { uint32_t v; unsigned want; } cases[] = { { 1, 0 }, { 2, 100 }, { 3, 158 }, { 4, 200 },
	    { 5, 232 },
		{ 10, 332 }, { 95, 656 }, { 1024, 1000 }, { 1025, 1000 }, { 1023, 999 }, { 0x80000000, 3100 },
		{ 0xffffffff, 3199 } };
	struct big v, one = big_from(1);
	unsigned bits;

	for (size_t i = 0; i < COUNTOF(cases); i++) {
		v = big_from(cases[i].v);
		if (ok(big_centilog2(&v, &bits), "log2(%u)", cases[i].v))
			(void)ok(bits == cases[i].want, "is %u.%02u", bits / 100, bits % 100);
	}
	/* The largest that occurs (computed with Python's integers), and the largest that fits. */
	v = big_from(1);
	for (int i = 0; i < 128; i++)
		big_mul(&v, 95);
	(void)ok(big_centilog2(&v, &bits) && bits == 84094, "log2(95^128)");
	v = big_from(1);
	for (int i = 0; i < 895; i++)
		big_add(&v, &v);
	(void)ok(big_centilog2(&v, &bits) && bits == 89500 && big_bits(&v) == 896, "log2(2^895)");
	big_sub(&v, &one);
	(void)ok(big_centilog2(&v, &bits) && bits == 89499, "log2(2^895 - 1)");
}

static void
numbers(void)
{
	struct big a = big_from(0xffffffff), b = big_from(1), zero = big_from(0);

	big_add(&a, &b);
	(void)ok(a.w[0] == 0 && a.w[1] == 1 && big_bits(&a) == 33, "carry");
	big_sub(&a, &b);
	(void)ok(a.w[0] == 0xffffffff && a.w[1] == 0, "borrow");
	big_mul(&a, 0xffffffff);
	(void)ok(a.w[0] == 1 && a.w[1] == 0xfffffffe, "product");
	(void)ok(big_less(&b, &a) && !big_less(&a, &b) && !big_less(&a, &a), "order");
	(void)ok(big_zero(&zero) && !big_zero(&b), "zero");
	big_sub(&zero, &b);
	big_add(&zero, &b);
	(void)ok(big_zero(&zero), "below zero and back");
}

static void
defaults(void)
{
	struct passrule r;
	unsigned bits = 0;
	unsigned seen[128] = { 0 }, kinds = 0;
	bool good = true;
	SECRET keep = { 0 };

	passrule_default(&r);
	(void)ok(strlen(r.allowed) == 94, "94 characters");
	for (int i = 0; i < 300; i++) {
		SECRET p = { 0 };

		good = good && passgen(&p, &bits, &r, 0, NULL) == OK && p.len == 20 &&
		    fits(&keep, &r, (char *)p.bytes, p.len);
		for (size_t k = 0; p.bytes != NULL && k < p.len; k++)
			seen[p.bytes[k] & 127]++;
	}
	for (int c = 0; c < 128; c++)
		kinds += seen[c] != 0;
	(void)ok(good, "20 characters that fit their rule");
	(void)ok(kinds == 94, "every character comes (%u)", kinds);
	(void)ok(bits == 13092, "%u.%02u bits", bits / 100, bits % 100);
}

static void
lengths(void)
{
	static const struct { const char *name; unsigned min, max, len, want; } cases[] = {
		{ "8 to 20", 8, 20, 0, 20 }, { "8 to 16", 8, 16, 0, 16 }, { "24 at least", 24, 0, 0, 24 },
		    { "any", 0, 0, 0, 20 },
		{ "24 to 64", 24, 64, 0, 24 }, { "as asked", 8, 64, 33, 33 }, { "128", 0, 128, 128, 128 },
		{ "too short asked", 8, 20, 7, 0 }, { "too long asked", 8, 20, 21, 0 }, { "129", 0, 0, 129, 0 },
		{ "more at least than at most", 9, 8, 0, 0 }, { "over 128 at least", 200, 0, 0, 0 },
	};

	for (size_t i = 0; i < COUNTOF(cases); i++) {
		struct passrule r = { .min = cases[i].min, .max = cases[i].max, .max_consecutive = 2 };
		SECRET p = { 0 };
		enum rc rc;

		memcpy(r.allowed, letters, sizeof letters);
		rc = passgen(&p, NULL, &r, cases[i].len, NULL);
		(void)ok(cases[i].want == 0 ? rc == E_RANGE && p.bytes == NULL : rc == OK && p.len == cases[i].want,
		    "%s: %zu",
		    cases[i].name, p.len);
	}
}

static void
impossible(void)
{
	static const struct { const char *name; struct passrule r; unsigned len; } cases[] = {
		{ "no characters", { .allowed = "" }, 8 },
		{ "characters that are not ASCII", { .allowed = "\xc3\xa4" }, 8 },
		{ "a class of which nothing is allowed", { .allowed = "abc", .required = 1, .require = { "123" } }, 8 },
		{ "an empty class", { .allowed = "abc", .required = 1 }, 8 },
		{ "more classes than characters", { .allowed = "abc", .required = 3, .require = { "a", "b", "c" } },
		    2 },
		{ "one letter, no runs", { .max_consecutive = 1, .allowed = "a" }, 2 },
		{ "nine classes", { .allowed = "abc", .required = 9 }, 20 },
	};

	for (size_t i = 0; i < COUNTOF(cases); i++) {
		struct err e = { 0 };
		SECRET p = { 0 };

		(void)ok(passgen(&p, NULL, &cases[i].r, cases[i].len, &e) == E_RANGE && p.bytes == NULL, "%s: %s",
		    cases[i].name,
		    e.what);
	}
}

static void
reasons(void)
{
	static const struct passrule r = { .min = 3, .max = 5, .max_consecutive = 2, .allowed = "ab1", .required = 2,
		.require = { "ab", "1" } };
	static const struct { const char *p, *says; } cases[] = { { "a1", "short" }, { "ab1ab1", "long" },
	    { "ab2", "not take" },
		{ "aaa1", "row" }, { "abab", "lacks" }, { "111", "row" }, { "aab1", NULL } };

	for (size_t i = 0; i < COUNTOF(cases); i++) {
		const char *why = "?";
		SECRET s = { 0 };
		bool good = secret_copy(&s, cases[i].p, strlen(cases[i].p), NULL) == OK && passrule_ok(&r, &s, &why);

		(void)ok(cases[i].says == NULL ? good && why == NULL : !good && strstr(why, cases[i].says) != NULL,
		    "%s: %s",
		    cases[i].p, why ? why : "fits");
	}
}

static void
phrases(void)
{
	SECRET p = { 0 };
	unsigned words = 0;
	bool known = true;

	if (!ok(passphrase(&p, 6, NULL) == OK, "six words"))
		return;
	for (size_t from = 0, to; from < p.len; from = to + 1, words++) {
		for (to = from; to < p.len && p.bytes[to] != ' '; to++)
			;
		known = known && slip39_find((char *)p.bytes + from, to - from) >= 0;
	}
	(void)ok(words == 6 && known, "of the list");
	secret_wipe(&p);
	(void)ok(passphrase(&p, 0, NULL) == E_RANGE && passphrase(&p, 129, NULL) == E_RANGE,
	    "0 and 129 words are refused");
}

int
main(void)
{
	if (!ok(crypto_start(NULL) == OK, "crypto starts"))
		return tap_done();
	numbers();
	logarithms();
	for (size_t i = 0; i < COUNTOF(small); i++)
		enumerate(i);
	defaults();
	lengths();
	impossible();
	reasons();
	phrases();
	return tap_done();
}
