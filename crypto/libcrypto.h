/*
 * crypto/libcrypto.h: OpenSSL's libcrypto, opened at the first need. Linking it would cost every command 0.4 ms; most
 * never use it. Private to crypto/; not for two threads at once.
 */
#ifndef PURSER_CRYPTO_LIBCRYPTO_H
#define PURSER_CRYPTO_LIBCRYPTO_H

#include "base/err.h"

#include <stdint.h>

enum hmac_hash { HMAC_SHA1, HMAC_SHA256, HMAC_SHA512 };

/* E_FAILED with a clear message where the library is missing or too old. */
enum rc libcrypto_start(struct err *e) MUST_CHECK;

/* HMAC (RFC 2104). out has 20, 32 or 64 bytes. */
enum rc libcrypto_hmac(unsigned char *out, enum hmac_hash h, const void *key, size_t keylen, const void *m, size_t n,
    struct err *e) MUST_CHECK;
/* PBKDF2-HMAC (RFC 8018). */
enum rc libcrypto_pbkdf2(unsigned char *out, size_t outlen, enum hmac_hash h, const void *password, size_t passwordlen,
    const void *salt, size_t saltlen, unsigned rounds, struct err *e) MUST_CHECK;

/* ChaCha20-Poly1305 (RFC 8439) with a key schedule that is kept. */
struct chapoly;
struct chapoly *chapoly_new(void);                      /* NULL: libcrypto is missing, or out of memory */
void chapoly_free(struct chapoly **c);
bool chapoly_key(struct chapoly *c, const unsigned char key[32]) MUST_CHECK;
bool chapoly_seal(struct chapoly *c, unsigned char *ct, unsigned char tag[16], const unsigned char nonce[12],
    const void *ad, size_t adlen, const unsigned char *m, size_t n) MUST_CHECK;
/* false: does not authenticate (m is zeroed), or the library failed. */
bool chapoly_open(struct chapoly *c, unsigned char *m, const unsigned char nonce[12], const unsigned char tag[16],
    const void *ad, size_t adlen, const unsigned char *ct, size_t n) MUST_CHECK;

#endif
