/*
 * crypto/seal.c: see seal.h.
 *
 *   N    24 random bytes
 *   okm  BLAKE2b-512(key = K, LP("purser/v1/seal") | LP(label) | LP(N) | LP(aad)); Ke = okm[0..31], C = okm[32..63]
 *   out  N | C | XChaCha20-Poly1305-IETF(Ke, N, aad = "", m)
 */
#include "crypto/seal.h"

#include "base/le.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NONCE 24u
#define COMMIT 32u
#define TAG 16u

_Static_assert(SEAL_OVER == NONCE + COMMIT + TAG, "overhead");
_Static_assert(NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(BOX_OVER == crypto_box_SEALBYTES, "box overhead");

/* Lengths only can fail here, and those are ours. */
static void
must(int r)
{
	if (r != 0)
		abort();
}

static void
add_lp(crypto_generichash_state *h, const void *p, size_t n)
{
	unsigned char len[4];

	if (n > UINT32_MAX)
		abort();
	le32_put(len, (uint32_t)n);
	must(crypto_generichash_update(h, len, sizeof len));
	if (n != 0)
		must(crypto_generichash_update(h, p, n));
}

static void
okm_of(unsigned char okm[64], const unsigned char key[KEY_LEN], enum label l, const unsigned char nonce[NONCE],
    const void *aad, size_t aadlen)
{
	static const char prefix[] = "purser/v1/seal";
	crypto_generichash_state h;

	must(crypto_generichash_init(&h, key, KEY_LEN, 64));
	add_lp(&h, prefix, sizeof prefix - 1);
	add_lp(&h, label_str(l), strlen(label_str(l)));
	add_lp(&h, nonce, NONCE);
	add_lp(&h, aad, aadlen);
	must(crypto_generichash_final(&h, okm, 64));
	wipe(&h, sizeof h);
}

void
seal_nonce(unsigned char *out, const unsigned char nonce[24], const unsigned char key[KEY_LEN], enum label l,
    const void *aad, size_t aadlen, const void *m, size_t n)
{
	unsigned char okm[64];

	okm_of(okm, key, l, nonce, aad, aadlen);
	memcpy(out, nonce, NONCE);
	memcpy(out + NONCE, okm + KEY_LEN, COMMIT);
	must(crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE + COMMIT, NULL, m, n, NULL, 0, NULL, nonce, okm));
	wipe(okm, sizeof okm);
}

void
seal(unsigned char *out, const unsigned char key[KEY_LEN], enum label l, const void *aad, size_t aadlen, const void *m,
    size_t n)
{
	unsigned char nonce[NONCE];

	random_bytes(nonce, sizeof nonce);
	seal_nonce(out, nonce, key, l, aad, aadlen, m, n);
}

enum rc
open_sealed(unsigned char *out, const unsigned char key[KEY_LEN], enum label l, const void *aad, size_t aadlen,
    const void *s, size_t n)
{
	const unsigned char *nonce = s, *commit = nonce + NONCE, *ct = commit + COMMIT;
	unsigned char okm[64];
	enum rc rc = OK;

	if (n < SEAL_OVER)
		return E_TAMPER;
	okm_of(okm, key, l, nonce, aad, aadlen);
	if (!same_bytes(okm + KEY_LEN, commit, COMMIT))
		rc = E_KEY;
	else if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, ct, n - NONCE - COMMIT, NULL, 0, nonce,
	    okm) != 0)
		rc = E_TAMPER;
	if (rc != OK)
		wipe(out, n - SEAL_OVER);
	wipe(okm, sizeof okm);
	return rc;
}

enum rc
open_secret(struct secret *out, const unsigned char key[KEY_LEN], enum label l, const void *aad, size_t aadlen,
    const void *s, size_t n, struct err *e)
{
	SECRET m = { 0 };
	enum rc rc;

	if (n < SEAL_OVER)
		return err_set(e, E_TAMPER, N_("sealed data is cut short"));
	if ((rc = secret_alloc(&m, n - SEAL_OVER, e)) != OK)
		return rc;
	if ((rc = open_sealed(m.bytes, key, l, aad, aadlen, s, n)) == E_KEY)
		return err_set(e, rc, N_("sealed data does not belong to this key"));
	if (rc != OK)
		return err_set(e, rc, N_("sealed data is damaged or was altered"));
	secret_move(out, &m);
	return OK;
}

void
box_keypair(unsigned char pub[32], unsigned char priv[32], const unsigned char seed[32])
{
	must(crypto_box_seed_keypair(pub, priv, seed));
}

enum rc
box_seal(unsigned char *out, const unsigned char pub[32], const void *m, size_t n)
{
	return crypto_box_seal(out, m, n, pub) == 0 ? OK : E_DAMAGED;
}

enum rc
box_open(unsigned char *out, const unsigned char pub[32], const unsigned char priv[32], const void *s, size_t n)
{
	if (n < BOX_OVER)
		return E_KEY;
	if (crypto_box_seal_open(out, s, n, pub, priv) != 0) {
		wipe(out, n - BOX_OVER);
		return E_KEY;
	}
	return OK;
}

void
sign_keypair(unsigned char pk[32], unsigned char sk[64], const unsigned char seed[32])
{
	must(crypto_sign_seed_keypair(pk, sk, seed));
}

void
sign_bytes(unsigned char sig[64], const unsigned char sk[64], const void *m, size_t n)
{
	must(crypto_sign_detached(sig, NULL, m, n, sk));
}

bool
sign_ok(const unsigned char sig[64], const unsigned char pk[32], const void *m, size_t n)
{
	return crypto_sign_verify_detached(sig, m, n, pk) == 0;
}
