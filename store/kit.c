/* store/kit.c: the recovery kit as vault.h has it: SLIP-39 shares of S, the fingerprint, the commitments of its
 * sheets. */
#include "store/keysfile.h"

#include "base/le.h"

#include <stdio.h>
#include <string.h>

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
kit_fingerprint(
    char out[20], const unsigned char vault_id[16], const unsigned char r_pub[32], const unsigned char pk0[32])
{
	unsigned char fp[32];
	unsigned bit;
	char *p = out;

	kdf_to(fp, vault_id, 16, L_KIT_FP, BYTES(r_pub, 32), BYTES(pk0, 32));
	for (unsigned i = 0; i < 16; i++) {
		bit = i * 5;
		if (i > 0 && i % 4 == 0)
			*p++ = '-';
		*p++ = crockford[((((unsigned)fp[bit / 8] << 8) | fp[bit / 8 + 1]) >> (11 - bit % 8)) & 31];
	}
	*p = '\0';
}

static char
fold(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	return c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
}

bool
kit_fingerprint_matches(const char *typed, const char fingerprint[20])
{
	const char *f = fingerprint;

	for (; *typed != '\0'; typed++) {
		if (*typed == '-' || *typed == ' ' || *typed == '\t')
			continue;
		if (*f == '-')
			f++;
		if (*f == '\0' || fold(*typed) != *f)
			return false;
		f++;
	}
	return *f == '\0';
}

void
kit_share_commit(unsigned char out[32], const unsigned char vault_id[16], const struct slip39_share *share)
{
	unsigned char le[2 * SLIP39_WORDS_MAX];

	for (unsigned i = 0; i < share->words; i++)
		le16_put(le + 2 * (size_t)i, share->word[i]);
	kdf_to(out, vault_id, 16, L_SHARE_COMMIT, BYTES(le, 2 * (size_t)share->words));
	wipe(le, sizeof le);
}

void
kit_wipe(struct kit *k)
{
	secret_wipe(&k->s);
	slip39_wipe(k->share, KIT_SHARES_MAX);
	wipe(k, sizeof *k);
}

static enum rc
opens(const struct kit *k, const unsigned char vault_id[16], const struct slip39_share *some, struct err *e)
{
	unsigned char pub[32], priv[32];
	SECRET s = { 0 };
	enum rc rc;

	if ((rc = slip39_combine(&s, some, k->k, NULL, e)) == E_NOMEM)
		return rc;
	if (rc == OK) {
		kit_keypair(pub, priv, &s, vault_id);
		wipe(priv, sizeof priv);
		rc = secret_equal(&s, &k->s) && same_bytes(pub, k->r_pub, sizeof pub) ? OK : E_FAILED;
	}
	return rc == OK ? OK : err_set(e, E_FAILED, N_("the sheets of the new kit do not fit together: nothing was changed"));
}

enum rc
kit_prove(const struct kit *k, const unsigned char vault_id[16], struct err *e)
{
	struct slip39_share some[KIT_SHARES_MAX];
	enum rc rc = OK;

	for (unsigned set = 1; set < 1U << k->n && rc == OK; set++) {
		unsigned n = 0;

		for (unsigned i = 0; i < k->n; i++)
			if (set & 1U << i)
				some[n++] = k->share[i];
		if (n == k->k)
			rc = opens(k, vault_id, some, e);
	}
	slip39_wipe(some, COUNTOF(some));
	return rc;
}

enum rc
kit_make(struct kit *out, const unsigned char vault_id[16], const unsigned char pk0[32], unsigned k, unsigned n,
    struct err *e)
{
	KIT kit = { .k = k, .n = n };
	unsigned char priv[32];
	enum rc rc;

	if (n < 1 || n > KIT_SHARES_MAX || k < 1 || k > n || (k == 1) != (n == 1))
		return err_set(e, E_RANGE, N_("a kit is one sheet, or K of N sheets with 2 <= K <= N <= 7"));
	if ((rc = secret_random(&kit.s, KIT_SECRET_LEN, e)) != OK ||
	    (rc = slip39_split(kit.share, k, n, &kit.s, NULL, 0, e)) != OK)
		return rc;
	kit_keypair(kit.r_pub, priv, &kit.s, vault_id);
	wipe(priv, sizeof priv);
	kit_fingerprint(kit.fingerprint, vault_id, kit.r_pub, pk0);
	if ((rc = kit_prove(&kit, vault_id, e)) != OK)
		return rc;
	*out = kit;
	memset(&kit, 0, sizeof kit);
	return OK;
}
