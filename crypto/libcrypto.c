/* crypto/libcrypto.c: see libcrypto.h. */
#include "crypto/libcrypto.h"

#include "crypto/secret.h"

#include <dlfcn.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

/* Every function that is called: the type is that of OpenSSL's own prototype. */
#define FUNCTIONS(X) \
	X(OPENSSL_init_crypto) X(HMAC) X(EVP_sha1) X(EVP_sha256) X(EVP_sha512) X(PKCS5_PBKDF2_HMAC) \
	X(EVP_chacha20_poly1305) X(EVP_CIPHER_CTX_new) X(EVP_CIPHER_CTX_free) X(EVP_CIPHER_CTX_ctrl) X(EVP_CipherInit_ex) X(EVP_CipherUpdate) \
	X(EVP_CipherFinal_ex)

struct functions {
#define MEMBER(f) __typeof__(f) *f;
	FUNCTIONS(MEMBER)
#undef MEMBER
};

/* A library is opened once per process by its nature: this is that one handle, written once and never changed. */
static struct functions lib;
static enum { UNTRIED, READY, MISSING } state;

static bool
load(void)
{
	const uint64_t quick = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
	    OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ATEXIT;
	void *h = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL), *p;

	if (h == NULL)
		return false;
#define GET(f) \
	if ((p = dlsym(h, #f)) == NULL) \
		return false; \
	memcpy(&lib.f, &p, sizeof p);
	FUNCTIONS(GET)
#undef GET
	/* First of all calls: otherwise OpenSSL reads its configuration file and fills tables that nobody looks at. */
	return lib.OPENSSL_init_crypto(quick, NULL) == 1;
}

enum rc
libcrypto_start(struct err *e)
{
	if (state == UNTRIED)
		state = load() ? READY : MISSING;
	if (state == MISSING)
		return err_set(e, E_FAILED,
		    N_("OpenSSL 3 (libcrypto.so.3) is missing or does not start; install libssl3"));
	return OK;
}

static const EVP_MD *
md_of(enum hmac_hash h, unsigned *len)
{
	switch (h) {
	case HMAC_SHA1:
		*len = 20;
		return lib.EVP_sha1();
	case HMAC_SHA256:
		*len = 32;
		return lib.EVP_sha256();
	case HMAC_SHA512:
		*len = 64;
		return lib.EVP_sha512();
	}
	abort();
}

enum rc
libcrypto_hmac(unsigned char *out, enum hmac_hash h, const void *key, size_t keylen, const void *m, size_t n,
    struct err *e)
{
	unsigned char full[EVP_MAX_MD_SIZE];
	const EVP_MD *md;
	unsigned want, len = 0;
	enum rc rc;

	if (keylen > INT_MAX)
		return err_set(e, E_RANGE, N_("HMAC key too long"));
	if ((rc = libcrypto_start(e)) != OK)
		return rc;
	md = md_of(h, &want);
	if (lib.HMAC(md, keylen ? key : "", (int)keylen, n ? m : (const void *)"", n, full, &len) == NULL ||
	    len != want)
		rc = err_set(e, E_FAILED, N_("OpenSSL does not compute an HMAC"));
	else
		memcpy(out, full, want);
	wipe(full, sizeof full);
	return rc;
}

enum rc
libcrypto_pbkdf2(unsigned char *out, size_t outlen, enum hmac_hash h, const void *password, size_t passwordlen,
    const void *salt, size_t saltlen, unsigned rounds, struct err *e)
{
	const EVP_MD *md;
	unsigned unused;
	enum rc rc;

	if (outlen > INT_MAX || passwordlen > INT_MAX || saltlen > INT_MAX || rounds > INT_MAX || rounds == 0)
		return err_set(e, E_RANGE, N_("key derivation out of range"));
	if ((rc = libcrypto_start(e)) != OK)
		return rc;
	md = md_of(h, &unused);
	if (lib.PKCS5_PBKDF2_HMAC(passwordlen ? password : "", (int)passwordlen, saltlen ? salt : (const void *)"",
	    (int)saltlen, (int)rounds, md, (int)outlen, out) != 1) {
		wipe(out, outlen);
		return err_set(e, E_FAILED, N_("OpenSSL does not compute PBKDF2"));
	}
	return OK;
}

struct chapoly { EVP_CIPHER_CTX *enc, *dec; };

struct chapoly *
chapoly_new(void)
{
	struct chapoly *c;

	if (libcrypto_start(NULL) != OK || (c = calloc(1, sizeof *c)) == NULL)
		return NULL;
	if ((c->enc = lib.EVP_CIPHER_CTX_new()) == NULL || (c->dec = lib.EVP_CIPHER_CTX_new()) == NULL ||
	    lib.EVP_CipherInit_ex(c->enc, lib.EVP_chacha20_poly1305(), NULL, NULL, NULL, 1) != 1 ||
	    lib.EVP_CipherInit_ex(c->dec, lib.EVP_chacha20_poly1305(), NULL, NULL, NULL, 0) != 1)
		chapoly_free(&c);
	return c;
}

void
chapoly_free(struct chapoly **c)
{
	if (*c == NULL)
		return;
	if ((*c)->enc != NULL)
		lib.EVP_CIPHER_CTX_free((*c)->enc);     /* cleanses the key */
	if ((*c)->dec != NULL)
		lib.EVP_CIPHER_CTX_free((*c)->dec);
	free(*c);
	*c = NULL;
}

bool
chapoly_key(struct chapoly *c, const unsigned char key[32])
{
	return lib.EVP_CipherInit_ex(c->enc, NULL, NULL, key, NULL, 1) == 1 &&
	    lib.EVP_CipherInit_ex(c->dec, NULL, NULL, key, NULL, 0) == 1;
}

static bool
update(EVP_CIPHER_CTX *x, unsigned char *out, const void *in, size_t n)
{
	int len;

	return n == 0 || (n <= INT_MAX && lib.EVP_CipherUpdate(x, out, &len, in, (int)n) == 1 && len == (int)n);
}

bool
chapoly_seal(struct chapoly *c, unsigned char *ct, unsigned char tag[16], const unsigned char nonce[12],
    const void *ad, size_t adlen, const unsigned char *m, size_t n)
{
	unsigned char rest[16];
	int len;

	return lib.EVP_CipherInit_ex(c->enc, NULL, NULL, NULL, nonce, 1) == 1 && update(c->enc, NULL, ad, adlen) &&
	    update(c->enc, ct, m, n) && lib.EVP_CipherFinal_ex(c->enc, rest, &len) == 1 &&
	    lib.EVP_CIPHER_CTX_ctrl(c->enc, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1;
}

bool
chapoly_open(struct chapoly *c, unsigned char *m, const unsigned char nonce[12], const unsigned char tag[16],
    const void *ad, size_t adlen, const unsigned char *ct, size_t n)
{
	unsigned char want[16], rest[16];
	int len;

	memcpy(want, tag, sizeof want);         /* EVP takes it as void *, without const */
	if (lib.EVP_CipherInit_ex(c->dec, NULL, NULL, NULL, nonce, 0) == 1 &&
	    lib.EVP_CIPHER_CTX_ctrl(c->dec, EVP_CTRL_AEAD_SET_TAG, 16, want) == 1 && update(c->dec, NULL, ad, adlen) &&
	    update(c->dec, m, ct, n) && lib.EVP_CipherFinal_ex(c->dec, rest, &len) == 1)
		return true;
	wipe(m, n);
	return false;
}
