/* crypto/kdf.c: see kdf.h. */
#include "crypto/kdf.h"

#include "base/le.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

const char *
label_str(enum label l)
{
	static const char *const name[LABEL_COUNT] = {
		[L_SLOT_KEK] = "slot-kek", [L_WRAP_LEDGER] = "wrap-ledger", [L_WRAP_SECRETS] = "wrap-secrets",
		[L_WRAP_RECORD] = "wrap-record", [L_RECORD] = "record", [L_RECOVERY_INNER] = "recovery-inner",
		[L_MANIFEST] = "manifest", [L_HEADER_MAC] = "header-mac", [L_CHANGE] = "change",
		[L_DEVICE_ID] = "device-id", [L_LOG_BOX] = "log-box", [L_LOG_ORIGIN] = "log-origin",
		[L_STORE] = "store", [L_PAGE] = "page", [L_WAL] = "wal", [L_WAL_HEADER] = "wal-header", [L_HEADER] = "header",
		[L_SET_HASH] = "set-hash", [L_TOTP_SEED] = "totp-seed", [L_TOTP_MAC] = "totp-mac",
		[L_POSSESSION] = "possession", [L_KIT] = "kit", [L_KIT_FP] = "kit-fp",
		    [L_SHARE_COMMIT] = "share-commit",
		[L_FIDO_KEY] = "fido-key", [L_FIDO_MAC] = "fido-mac",
	};

	assert((unsigned)l < LABEL_COUNT);
	return name[l];
}

/* crypto_generichash refuses lengths only: a wrong one is our own bug, and a key that is silently missing would be
 * worse than no program. */
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
add_lps(crypto_generichash_state *h, const char *s)
{
	add_lp(h, s, strlen(s));
}

void
kdf_raw(unsigned char out[KEY_LEN], const void *key, size_t keylen, enum label l, const struct bytes *x, size_t nx)
{
	crypto_generichash_state h;

	if (keylen < crypto_generichash_KEYBYTES_MIN)
		abort();                        /* shorter or none: libsodium would hash without a key */
	must(crypto_generichash_init(&h, key, keylen, KEY_LEN));
	add_lps(&h, "purser/v1");
	add_lps(&h, label_str(l));
	for (size_t i = 0; i < nx; i++)
		add_lp(&h, x[i].p, x[i].n);
	must(crypto_generichash_final(&h, out, KEY_LEN));
	wipe(&h, sizeof h);
}

enum rc
kdf_secret_raw(struct secret *out, const void *key, size_t keylen, enum label l, const struct bytes *x, size_t nx,
    struct err *e)
{
	enum rc rc;

	if ((rc = secret_alloc(out, KEY_LEN, e)) != OK)
		return rc;
	kdf_raw(out->bytes, key, keylen, l, x, nx);
	return OK;
}

static void
hash(unsigned char *out, size_t outlen, const void *p, size_t n)
{
	must(crypto_generichash(out, outlen, p, n, NULL, 0));
}

void
hash256(unsigned char out[HASH_LEN], const void *p, size_t n)
{
	hash(out, HASH_LEN, p, n);
}

void
hash128(unsigned char out[16], const void *p, size_t n)
{
	hash(out, 16, p, n);
}

void
hash192(unsigned char out[24], const void *p, size_t n)
{
	hash(out, 24, p, n);
}

void
hash256_parts(unsigned char out[HASH_LEN], const struct bytes *x, size_t nx)
{
	crypto_generichash_state h;

	must(crypto_generichash_init(&h, NULL, 0, HASH_LEN));
	for (size_t i = 0; i < nx; i++) {
		if (x[i].n != 0)
			must(crypto_generichash_update(&h, x[i].p, x[i].n));
	}
	must(crypto_generichash_final(&h, out, HASH_LEN));
	wipe(&h, sizeof h);
}

void
mac256(unsigned char out[32], const unsigned char key[32], const void *p, size_t n)
{
	must(crypto_generichash(out, 32, p, n, key, 32));
}

static crypto_hash_sha256_state *
sha(struct sha256 *s)
{
	_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof s->opaque, "struct sha256 is too small");
	return (crypto_hash_sha256_state *)(void *)s->opaque;
}

_Static_assert(sizeof(crypto_generichash_state) <= sizeof(struct hash_state), "room for libsodium's state");

static crypto_generichash_state *
blake(struct hash_state *h)
{
	return (crypto_generichash_state *)(void *)h->opaque;
}

void
hash_begin(struct hash_state *h)
{
	must(crypto_generichash_init(blake(h), NULL, 0, HASH_LEN));
}

void
hash_add(struct hash_state *h, const void *p, size_t n)
{
	must(crypto_generichash_update(blake(h), p, n));
}

void
hash_end(struct hash_state *h, unsigned char out[HASH_LEN])
{
	must(crypto_generichash_final(blake(h), out, HASH_LEN));
}

void
sha256_init(struct sha256 *s)
{
	must(crypto_hash_sha256_init(sha(s)));
}

void
sha256_add(struct sha256 *s, const void *p, size_t n)
{
	if (n != 0)
		must(crypto_hash_sha256_update(sha(s), p, n));
}

void
sha256_end(struct sha256 *s, unsigned char out[32])
{
	must(crypto_hash_sha256_final(sha(s), out));
}
