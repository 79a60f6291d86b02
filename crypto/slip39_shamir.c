/* crypto/slip39_shamir.c: SLIP-0039: encrypting the master secret, splitting and combining; see slip39.h. */
#include "crypto/libcrypto.h"
#include "crypto/slip39.h"
#include "crypto/slip39_code.h"

#include <string.h>

#define SECRET_X 255u                            /* f(255) is the secret */
#define DIGEST_X 254u                            /* f(254) is its digest and random bytes */
#define DIGEST 4u
#define ROUNDS 4u
#define MEMBERS_MAX 16u
#define PASSPHRASE_MAX 512u

/* One point: y points into memory of a struct secret. */
struct point { unsigned x; unsigned char *y; };

/* Multiplication in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1, without tables or branches. */
static unsigned
gf_mul(unsigned a, unsigned b)
{
	unsigned r = 0;

	for (int i = 0; i < 8; i++) {
		r ^= a & (0 - (b & 1));
		b >>= 1;
		a = (a << 1) ^ (0x11b & (0 - (a >> 7 & 1)));
	}
	return r & 0xff;
}

/* a^254; 0 gives 0. */
static unsigned
gf_inv(unsigned a)
{
	unsigned r = 1;

	for (int i = 0; i < 7; i++) {
		a = gf_mul(a, a);
		r = gf_mul(r, a);
	}
	return r;
}

/* out = f(x) of the polynomial through n points with different x; the x are public. */
static void
interpolate(unsigned char *out, size_t len, unsigned x, const struct point *p, unsigned n)
{
	unsigned char sum[SLIP39_VALUE_MAX] = { 0 };

	for (unsigned i = 0; i < n; i++) {
		unsigned basis = 1;

		for (unsigned j = 0; j < n; j++) {
			if (j != i)
				basis = gf_mul(basis, gf_mul(x ^ p[j].x, gf_inv(p[i].x ^ p[j].x)));
		}
		for (size_t k = 0; k < len; k++)
			sum[k] ^= (unsigned char)gf_mul(basis, p[i].y[k]);
	}
	memcpy(out, sum, len);
	wipe(sum, sizeof sum);
}

/* digest = first 4 bytes of HMAC-SHA256(key = random bytes, secret). */
static enum rc
digest_of(unsigned char out[DIGEST], const unsigned char *random, const unsigned char *secret, size_t len,
    struct err *e)
{
	unsigned char mac[32];
	enum rc rc;

	if ((rc = libcrypto_hmac(mac, HMAC_SHA256, random, len - DIGEST, secret, len, e)) == OK)
		memcpy(out, mac, DIGEST);
	wipe(mac, sizeof mac);
	return rc;
}

/* SPLIT of the standard. p has n points with x = 0 ... n-1; their y are written. */
static enum rc
split(struct point *p, unsigned n, unsigned threshold, const unsigned char *secret, size_t len, struct err *e)
{
	struct point base[MEMBERS_MAX + 1];
	unsigned char digest[SLIP39_VALUE_MAX], whole[SLIP39_VALUE_MAX];
	unsigned r;
	enum rc rc;

	if (threshold == 1) {
		memcpy(p[0].y, secret, len);
		return OK;
	}
	r = threshold - 2;
	for (unsigned i = 0; i < r; i++) {
		random_bytes(p[i].y, len);
		base[i] = p[i];
	}
	random_bytes(digest + DIGEST, len - DIGEST);
	if ((rc = digest_of(digest, digest + DIGEST, secret, len, e)) == OK) {
		memcpy(whole, secret, len);
		base[r] = (struct point){ DIGEST_X, digest };
		base[r + 1] = (struct point){ SECRET_X, whole };
		for (unsigned i = r; i < n; i++)
			interpolate(p[i].y, len, i, base, threshold);
	}
	wipe(digest, sizeof digest);
	wipe(whole, sizeof whole);
	return rc;
}

/* Do the points after the first threshold ones lie on the same polynomial? */
static bool
extras_agree(const struct point *p, unsigned n, unsigned threshold, size_t len)
{
	unsigned char y[SLIP39_VALUE_MAX];
	bool same = true;

	for (unsigned i = threshold; i < n; i++) {
		interpolate(y, len, p[i].x, p, threshold);
		same &= same_bytes(y, p[i].y, len);
	}
	wipe(y, sizeof y);
	return same;
}

/* RECOVER of the standard; n >= threshold. */
static enum rc
recover(unsigned char *secret, const struct point *p, unsigned n, unsigned threshold, size_t len, struct err *e)
{
	unsigned char share[SLIP39_VALUE_MAX], digest[DIGEST];
	bool good;
	enum rc rc;

	if (threshold == 1) {
		memcpy(secret, p[0].y, len);
		return OK;
	}
	interpolate(secret, len, SECRET_X, p, threshold);
	interpolate(share, len, DIGEST_X, p, threshold);
	rc = digest_of(digest, share + DIGEST, secret, len, e);
	good = rc == OK && same_bytes(digest, share, DIGEST) && extras_agree(p, n, threshold, len);
	wipe(share, sizeof share);
	if (!good)
		wipe(secret, len);
	if (rc == OK && !good)
		return err_set(e, E_INPUT, N_("the shares do not belong together, or one was forged"));
	return rc;
}

/* One half of a Feistel round: out ^= PBKDF2(round | passphrase, salt | half). */
static enum rc
feistel(unsigned char *out, const unsigned char *in, size_t half, unsigned round, const char *passphrase,
    const struct slip39_share *s, struct err *e)
{
	unsigned char password[1 + PASSPHRASE_MAX], salt[8 + SLIP39_VALUE_MAX / 2], f[SLIP39_VALUE_MAX / 2];
	size_t n = strlen(passphrase), saltlen = 0;
	enum rc rc;

	password[0] = (unsigned char)round;
	memcpy(password + 1, passphrase, n);
	if (!s->ext) {
		memcpy(salt, "shamir", 6);
		salt[6] = (unsigned char)(s->id >> 8);
		salt[7] = (unsigned char)(s->id & 0xff);
		saltlen = 8;
	}
	memcpy(salt + saltlen, in, half);
	rc = libcrypto_pbkdf2(f, half, HMAC_SHA256, password, 1 + n, salt, saltlen + half, 2500U << s->iteration_exp,
	    e);
	for (size_t i = 0; rc == OK && i < half; i++)
		out[i] ^= f[i];
	wipe(password, sizeof password);
	wipe(salt, sizeof salt);
	wipe(f, sizeof f);
	return rc;
}

/* The master secret's cipher, either way: in is L | R, out is R' | L'. */
static enum rc
cipher(unsigned char *p, size_t len, bool encrypt, const char *passphrase, const struct slip39_share *s, struct err *e)
{
	size_t half = len / 2;
	unsigned char *l = p, *r = p + half, *t, swap[SLIP39_VALUE_MAX / 2];
	enum rc rc;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if ((rc = feistel(l, r, half, encrypt ? i : ROUNDS - 1 - i, passphrase, s, e)) != OK)
			return rc;
		t = l;
		l = r;
		r = t;
	}
	memcpy(swap, p, half);                          /* an even number of rounds: l and r are where they began */
	memcpy(p, p + half, half);
	memcpy(p + half, swap, half);
	wipe(swap, sizeof swap);
	return OK;
}

static enum rc
check_passphrase(const char **passphrase, struct err *e)
{
	const char *s = *passphrase ? *passphrase : "";

	*passphrase = s;
	if (strlen(s) > PASSPHRASE_MAX)
		return err_set(e, E_RANGE, N_("the kit's passphrase is too long"));
	for (; *s; s++) {
		if (*s < 32 || *s > 126)
			return err_set(e, E_INPUT, N_("the kit's passphrase may hold printable ASCII characters only"));
	}
	return OK;
}

enum rc
slip39_split(struct slip39_share *shares, unsigned k, unsigned n, const struct secret *master, const char *passphrase,
    uint8_t iteration_exp, struct err *e)
{
	struct slip39_share head = { .ext = true, .iteration_exp = iteration_exp, .group_threshold = 1,
	    .group_count = 1 };
	struct point p[MEMBERS_MAX];
	SECRET ems = { 0 };
	SECRET values = { 0 };
	size_t len = master->len;
	enum rc rc;

	if (k < 1 || k > n || n > MEMBERS_MAX || (k == 1 && n != 1) || iteration_exp > 15)
		return err_set(e, E_RANGE, N_("a kit is 1 share, or K of N with K at least 2 and N at most %u"),
		    MEMBERS_MAX);
	if (len < SLIP39_VALUE_MIN || len > SLIP39_VALUE_MAX || len % 2 != 0)
		return err_set(e, E_RANGE, N_("the kit's secret has a length that cannot be shared"));
	if ((rc = check_passphrase(&passphrase, e)) != OK || (rc = secret_copy(&ems, master->bytes, len, e)) != OK ||
	    (rc = secret_alloc(&values, n * len, e)) != OK)
		return rc;
	head.id = (uint16_t)random_below(1U << 15);
	head.member_threshold = (uint8_t)k;
	for (unsigned i = 0; i < n; i++)
		p[i] = (struct point){ i, values.bytes + i * len };
	if ((rc = cipher(ems.bytes, len, true, passphrase, &head, e)) != OK ||
	    (rc = split(p, n, k, ems.bytes, len, e)) != OK)
		return rc;
	for (unsigned i = 0; i < n; i++) {
		shares[i] = head;
		shares[i].member_index = (uint8_t)i;
		slip39_put_words(&shares[i], p[i].y, len);
	}
	return OK;
}

/* Of one set: the fields that all its shares have in common. */
static bool
same_set(const struct slip39_share *a, const struct slip39_share *b)
{
	return a->id == b->id && a->ext == b->ext && a->iteration_exp == b->iteration_exp &&
	    a->group_threshold == b->group_threshold && a->group_count == b->group_count && a->words == b->words;
}

static enum rc
check_set(const struct slip39_share *s, size_t n, struct err *e)
{
	if (n == 0)
		return err_set(e, E_INPUT, N_("no share was given"));
	for (size_t i = 0; i < n; i++) {
		if (slip39_value_len(s[i].words) == 0 || s[i].group_threshold < 1 ||
		    s[i].group_threshold > s[i].group_count ||
		    s[i].group_index > 15 || s[i].member_index > 15 || s[i].member_threshold < 1 ||
		    s[i].iteration_exp > 15)
			return err_set(e, E_INPUT, N_("share %zu is malformed"), i + 1);
		if (!same_set(&s[0], &s[i]))
			return err_set(e, E_INPUT, N_("share %zu belongs to another kit than share 1"), i + 1);
		for (size_t j = 0; j < i; j++) {
			if (s[j].group_index != s[i].group_index)
				continue;
			if (s[j].member_threshold != s[i].member_threshold)
				return err_set(e, E_INPUT, N_("shares %zu and %zu do not agree how many are needed"),
				    j + 1, i + 1);
			if (s[j].member_index == s[i].member_index)
				return err_set(e, E_INPUT, N_("shares %zu and %zu have the same number"), j + 1, i + 1);
			if (s[i].member_threshold == 1)
				return err_set(e, E_INPUT, N_("there can be one share only where one is enough"));
		}
	}
	return OK;
}

/* The members of one group to their group share y. *found false: no member of it was given. */
static enum rc
combine_group(unsigned char *y, bool *found, const struct slip39_share *s, size_t n, unsigned group, size_t len,
    struct err *e)
{
	struct point p[MEMBERS_MAX];
	SECRET values = { 0 };
	unsigned have = 0, need = 0;
	enum rc rc;

	if ((rc = secret_alloc(&values, MEMBERS_MAX * len, e)) != OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		if (s[i].group_index != group)
			continue;
		p[have] = (struct point){ s[i].member_index, values.bytes + have * len };
		if (!slip39_get_value(&s[i], p[have].y))
			return err_set(e, E_INPUT, N_("share %zu is malformed"), i + 1);
		have++;
		need = s[i].member_threshold;
	}
	*found = have != 0;
	if (have < need && s[0].group_count == 1)
		return err_set(e, E_INPUT, N_("%u shares are needed, only %u were given"), need, have);
	if (have < need)
		return err_set(e, E_INPUT, N_("%u shares of group %u are needed, only %u were given"), need, group + 1,
		    have);
	return have == 0 ? OK : recover(y, p, have, need, len, e);
}

enum rc
slip39_combine(struct secret *out, const struct slip39_share *shares, size_t n, const char *passphrase, struct err *e)
{
	struct point p[MEMBERS_MAX];
	SECRET values = { 0 };
	SECRET master = { 0 };
	unsigned groups = 0;
	size_t len;
	bool found;
	enum rc rc;

	if ((rc = check_passphrase(&passphrase, e)) != OK || (rc = check_set(shares, n, e)) != OK)
		return rc;
	len = slip39_value_len(shares[0].words);
	if ((rc = secret_alloc(&values, MEMBERS_MAX * len, e)) != OK || (rc = secret_alloc(&master, len, e)) != OK)
		return rc;
	for (unsigned g = 0; g < MEMBERS_MAX; g++) {
		p[groups] = (struct point){ g, values.bytes + groups * len };
		if ((rc = combine_group(p[groups].y, &found, shares, n, g, len, e)) != OK)
			return rc;
		groups += found;
	}
	if (groups < shares[0].group_threshold)
		return err_set(e, E_INPUT, N_("shares of %u groups are needed, only %u were given"),
		    shares[0].group_threshold,
		    groups);
	if ((rc = recover(master.bytes, p, groups, shares[0].group_threshold, len, e)) != OK ||
	    (rc = cipher(master.bytes, len, false, passphrase, &shares[0], e)) != OK)
		return rc;
	secret_move(out, &master);
	return OK;
}
