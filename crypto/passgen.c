/*
 * crypto/passgen.c: see passgen.h.
 *
 * Counting. Over an alphabet of n characters let G(l) be the number of strings of l characters that may follow a
 * finished run (the first differs from the character before): G(0) = 1, G(l) = (n - 1) * (G(l-1) + ... + G(l-c)), c the
 * longest run. With P(l) = G(0) + ... + G(l), a run that has r characters already can go on in W(l, r) = P(l) - P(l -
 * (c-r) - 1) ways, and there are N(l) = n * (P(l-1) - P(l-c-1)) strings in all. "At least one of each class" is
 * inclusion and exclusion over the sets T of classes still missing: the sum of (-1)^|T| times the same number over the
 * alphabet without the characters of T.
 *
 * Drawing. A uniform number below the count, then character by character: subtract what lies before, go where it is
 * less.
 */
#include "crypto/passgen_count.h"
#include "crypto/slip39_words.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH_MAX 128u
#define CHARS_MAX 95u
#define DEFAULT_LENGTH 20u

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define SYMBOLS "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

struct counter {
	unsigned length, run;                           /* the longest run */
	unsigned chars, classes;
	char ch[CHARS_MAX];                             /* the alphabet */
	uint8_t class_of[CHARS_MAX];                    /* bit i: belongs to class i */
	uint8_t without[1u << PASS_CLASSES_MAX];        /* characters left when the classes of a set are taken out */
	struct big *p[CHARS_MAX + 1];                   /* P of an alphabet of so many characters: length + 1 numbers */
};

void
counter_free(struct counter **c)
{
	if (*c == NULL)
		return;
	for (unsigned n = 0; n <= CHARS_MAX; n++)
		free((*c)->p[n]);
	free(*c);
	*c = NULL;
}

void
passrule_default(struct passrule *r)
{
	*r = (struct passrule){ .min = 20, .max = 128, .allowed = LOWER UPPER DIGITS SYMBOLS, .required = 4,
		.require = { LOWER, UPPER, DIGITS, SYMBOLS } };
}

/* P(l), also for l < 0. */
static struct big
prefix(const struct counter *c, unsigned n, int l)
{
	return l < 0 ? big_from(0) : c->p[n][l];
}

static bool
fill(struct counter *c, unsigned n)
{
	struct big g;

	if (c->p[n] != NULL)
		return true;
	if ((c->p[n] = calloc(c->length + 1, sizeof *c->p[n])) == NULL)
		return false;
	c->p[n][0] = big_from(1);
	for (int l = 1; l <= (int)c->length; l++) {
		struct big before = prefix(c, n, l - (int)c->run - 1);

		g = c->p[n][l - 1];
		big_sub(&g, &before);
		big_mul(&g, n - 1);
		big_add(&g, &c->p[n][l - 1]);
		c->p[n][l] = g;
	}
	return true;
}

/* Strings of l characters over n that go on after a run of r; r = 0: that begin. */
static struct big
ways(const struct counter *c, unsigned n, unsigned l, unsigned r)
{
	struct big v, before;

	if (l == 0)
		return big_from(1);
	if (n == 0)
		return big_from(0);
	if (r == 0) {
		v = prefix(c, n, (int)l - 1);
		before = prefix(c, n, (int)l - (int)c->run - 1);
		big_sub(&v, &before);
		big_mul(&v, n);
	} else {
		v = prefix(c, n, (int)l);
		before = prefix(c, n, (int)l - (int)(c->run - r) - 1);
		big_sub(&v, &before);
	}
	return v;
}

/* The same, and every class that is not in seen occurs. The last character's classes are in seen, so no T takes it
 * out. */
static struct big
ways_all(const struct counter *c, unsigned seen, unsigned l, unsigned r)
{
	unsigned missing = ((1u << c->classes) - 1) & ~seen, t = missing;
	struct big sum = big_from(0);

	for (;; t = (t - 1) & missing) {
		struct big v = ways(c, c->without[t], l, r);

		if (__builtin_popcount(t) % 2 == 0)
			big_add(&sum, &v);
		else
			big_sub(&sum, &v);
		if (t == 0)
			return sum;
	}
}

static enum rc
check_rule(const struct passrule *r, unsigned length, struct err *e)
{
	if (length == 0 || length > LENGTH_MAX)
		return err_set(e, E_RANGE, N_("a password has 1 to %u characters"), LENGTH_MAX);
	if (length < r->min || (r->max != 0 && length > r->max))
		return err_set(e, E_RANGE, N_("the site does not take a password of %u characters"), length);
	if (r->required > PASS_CLASSES_MAX || r->allowed[0] == '\0')
		return err_set(e, E_RANGE, N_("the site's rule allows no password"));
	return OK;
}

struct big
counter_all(const struct counter *c)
{
	return ways_all(c, 0, c->length, 0);
}

enum rc
counter_new(struct counter **out, const struct passrule *r, unsigned length, struct err *e)
{
	AUTO(counter_free) struct counter *c = NULL;
	struct big all;
	enum rc rc;

	if ((rc = check_rule(r, length, e)) != OK)
		return rc;
	if ((c = calloc(1, sizeof *c)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	c->length = length;
	c->run = r->max_consecutive == 0 || r->max_consecutive > length ? length : r->max_consecutive;
	c->classes = r->required;
	for (int ch = ' '; ch <= '~'; ch++) {
		if (strchr(r->allowed, ch) == NULL)
			continue;
		for (unsigned i = 0; i < r->required; i++)
			c->class_of[c->chars] |= (uint8_t)((strchr(r->require[i], ch) != NULL) << i);
		c->ch[c->chars++] = (char)ch;
	}
	for (unsigned t = 0; t < 1u << c->classes; t++) {
		for (unsigned i = 0; i < c->chars; i++)
			c->without[t] = (uint8_t)(c->without[t] + ((c->class_of[i] & t) == 0));
		if (!fill(c, c->without[t]))
			return err_set(e, E_NOMEM, N_("out of memory"));
	}
	all = counter_all(c);
	if (big_zero(&all))
		return err_set(e, E_RANGE, N_("the site's rule allows no password of %u characters"), length);
	*out = c;
	c = NULL;
	return OK;
}

/* Uniform below limit > 0. */
static struct big
random_big(const struct big *limit)
{
	unsigned bits = big_bits(limit), words = (bits + 31) / 32;
	struct big v;

	do {
		v = big_from(0);
		random_bytes(v.w, words * sizeof v.w[0]);
		if (bits % 32 != 0)
			v.w[words - 1] &= (UINT32_C(1) << bits % 32) - 1;
	} while (!big_less(&v, limit));
	return v;
}

void
counter_nth(char *out, const struct counter *c, struct big index)
{
	unsigned seen = 0, run = 0, last = CHARS_MAX;

	for (unsigned at = 0; at < c->length; at++) {
		struct big other[1u << PASS_CLASSES_MAX], same, *v;
		bool known[1u << PASS_CLASSES_MAX] = { false };
		unsigned rest = c->length - at - 1, i;

		same = run > 0 && run < c->run ? ways_all(c, seen, rest, run + 1) : big_from(0);
		for (i = 0; i < c->chars; i++) {
			unsigned class = c->class_of[i];

			if (i != last && !known[class]) {
				other[class] = ways_all(c, seen | class, rest, 1);
				known[class] = true;
			}
			v = i == last ? &same : &other[class];
			if (big_less(&index, v))
				break;
			big_sub(&index, v);
		}
		out[at] = c->ch[i];
		seen |= c->class_of[i];
		run = i == last ? run + 1 : 1;
		last = i;
	}
	wipe(&index, sizeof index);
}

enum rc
passgen(struct secret *out, unsigned *centibits, const struct passrule *r, unsigned len, struct err *e)
{
	AUTO(counter_free) struct counter *c = NULL;
	unsigned usual = r->max != 0 && r->max < DEFAULT_LENGTH ? r->max : DEFAULT_LENGTH, bits;
	struct big all, index;
	SECRET s = { 0 };
	enum rc rc;

	if (len == 0)
		len = r->min > usual ? r->min : usual;
	if ((rc = counter_new(&c, r, len, e)) != OK)
		return rc;
	all = counter_all(c);
	if (!big_centilog2(&all, &bits))
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = secret_alloc(&s, len, e)) != OK)
		return rc;
	index = random_big(&all);
	counter_nth((char *)s.bytes, c, index);
	wipe(&index, sizeof index);
	secret_move(out, &s);
	if (centibits != NULL)
		*centibits = bits;
	return OK;
}

bool
passrule_ok(const struct passrule *r, const struct secret *p, const char **why)
{
	unsigned seen = 0, run = 0;

	*why = N_("it is too short");
	if (p->len < r->min)
		return false;
	*why = N_("it is too long");
	if (r->max != 0 && p->len > r->max)
		return false;
	for (size_t i = 0; i < p->len; i++) {
		unsigned char ch = p->bytes[i];

		*why = N_("it has a character that the site does not take");
		if (ch == '\0' || strchr(r->allowed, ch) == NULL)
			return false;
		run = i > 0 && ch == p->bytes[i - 1] ? run + 1 : 1;
		*why = N_("it repeats a character too often in a row");
		if (r->max_consecutive != 0 && run > r->max_consecutive)
			return false;
		for (unsigned k = 0; k < r->required && k < PASS_CLASSES_MAX; k++)
			seen |= (unsigned)(strchr(r->require[k], ch) != NULL) << k;
	}
	*why = N_("it lacks a kind of character that the site asks for");
	for (unsigned k = 0; k < r->required && k < PASS_CLASSES_MAX; k++) {
		if ((seen >> k & 1) == 0)
			return false;
	}
	*why = NULL;
	return true;
}

enum rc
passphrase(struct secret *out, unsigned words, struct err *e)
{
	SECRET s = { 0 };
	size_t len = 0, n;
	enum rc rc;

	if (words == 0 || words > LENGTH_MAX)
		return err_set(e, E_RANGE, N_("a passphrase has 1 to %u words"), LENGTH_MAX);
	if ((rc = secret_alloc(&s, words * 9, e)) != OK)
		return rc;
	for (unsigned i = 0; i < words; i++) {
		const char *word = slip39_words[random_below(SLIP39_WORD_COUNT)];

		if (i != 0)
			s.bytes[len++] = ' ';
		n = strlen(word);
		memcpy(s.bytes + len, word, n);
		len += n;
	}
	secret_cut(&s, len);
	secret_move(out, &s);
	return OK;
}
