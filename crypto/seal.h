/*
 * crypto/seal.h: SEAL and OPEN of keys.md section 1: committing AEAD (UtC/HtE composition over
 * XChaCha20-Poly1305-IETF). N(24) | C(32) | ct(len m) | tag(16): 72 bytes over the plaintext.
 */
#ifndef PURSER_CRYPTO_SEAL_H
#define PURSER_CRYPTO_SEAL_H

#include "crypto/kdf.h"

#define SEAL_OVER 72u
#define BOX_OVER 48u                        /* crypto_box_seal */

/* out has n + SEAL_OVER bytes. key 32 bytes. */
void seal(unsigned char *out, const unsigned char key[KEY_LEN], enum label l, const void *aad, size_t aadlen,
    const void *m,
    size_t n);
/* For test vectors only: the nonce is given. */
void seal_nonce(unsigned char *out, const unsigned char nonce[24], const unsigned char key[KEY_LEN], enum label l,
    const void *aad, size_t aadlen, const void *m, size_t n);
/* out has n - SEAL_OVER bytes, written on success only (zeroed otherwise). E_KEY: wrong key or context. E_TAMPER: right
 * key, damaged. */
enum rc open_sealed(unsigned char *out, const unsigned char key[KEY_LEN], enum label l, const void *aad, size_t aadlen,
    const void *s, size_t n) MUST_CHECK;
/* The same into a new secret. */
enum rc open_secret(struct secret *out, const unsigned char key[KEY_LEN], enum label l, const void *aad, size_t aadlen,
    const void *s, size_t n, struct err *e) MUST_CHECK;

/* X25519 sealed boxes (libsodium crypto_box_seal). */
void box_keypair(unsigned char pub[32], unsigned char priv[32], const unsigned char seed[32]);
/* out: n + BOX_OVER bytes. E_DAMAGED: pub is no key that a key pair can have (zero, low order): a file that is read
 * before it is authenticated may hold one. */
enum rc box_seal(unsigned char *out, const unsigned char pub[32], const void *m, size_t n) MUST_CHECK;
/* out: n - BOX_OVER bytes. E_KEY when it does not open. */
enum rc box_open(unsigned char *out, const unsigned char pub[32], const unsigned char priv[32], const void *s, size_t n)
    MUST_CHECK;

/* Ed25519 (RFC 8032). sk is libsodium's 64-byte form. */
void sign_keypair(unsigned char pk[32], unsigned char sk[64], const unsigned char seed[32]);
void sign_bytes(unsigned char sig[64], const unsigned char sk[64], const void *m, size_t n);
bool sign_ok(const unsigned char sig[64], const unsigned char pk[32], const void *m, size_t n) MUST_CHECK;

#endif
