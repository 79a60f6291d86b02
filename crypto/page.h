/*
 * crypto/page.h: the page cipher and the wide-block permutation of store.md 3.3 and 3.4. Besides seal.c the only place
 * that calls the AEAD.
 *
 * Two interoperable back ends: libsodium's XChaCha20-Poly1305; and HChaCha20 + OpenSSL's ChaCha20-Poly1305 (libcrypto
 * loaded late by dlopen, self-tested against fixed vectors, fall back to libsodium for good when that fails).
 */
#ifndef PURSER_CRYPTO_PAGE_H
#define PURSER_CRYPTO_PAGE_H

#include "crypto/kdf.h"

#define PAGE_NONCE 24u
#define PAGE_TAG 16u

struct page_cipher;                         /* opaque; not for two threads at once; regenerates nonces after fork */
/* key: 32 bytes, copied into locked memory. bulk_after: switch to OpenSSL after this many pages (0: at once,
 * UINT32_MAX: never). */
enum rc page_cipher_new(struct page_cipher **out, const unsigned char key[32], uint32_t bulk_after,
    struct err *e) MUST_CHECK;
void page_cipher_free(struct page_cipher **pc);
/* Two of them in one allocation (a file and its log): half the calls to the kernel, which short commands notice. Freed
 * together. */
enum rc page_cipher_pair(struct page_cipher *out[2], const unsigned char keys[2][32], uint32_t bulk_after,
    struct err *e) MUST_CHECK;
void page_cipher_pair_free(struct page_cipher *pair[2]);
const char *page_cipher_backend(const struct page_cipher *pc);      /* now in use: "libsodium" or "libcrypto" */
/* ct, tag and nonce are written; ct may not overlap m. The nonce is 16 random bytes per handle, process and 2^16 pages,
 * and a counter. */
void page_seal(struct page_cipher *pc, unsigned char *ct, unsigned char nonce[PAGE_NONCE], unsigned char tag[PAGE_TAG],
    const unsigned char *m, size_t n, const unsigned char ad[16]);
/* false: does not authenticate; m is zeroed then. */
bool page_open(struct page_cipher *pc, unsigned char *m, const unsigned char *ct, size_t n,
    const unsigned char nonce[PAGE_NONCE],
    const unsigned char tag[PAGE_TAG], const unsigned char ad[16]) MUST_CHECK;

/* Length-preserving wide-block permutation: 4-round balanced Feistel, n = 24 or 32 bytes, in place. p = L | R; round r
 * of 0 to 3 is L ^= F(r, R) when r is even, R ^= F(r, L) when odd; F(r, x) = first n/2 bytes of BLAKE2b-128(key, tweak
 * u64 | r u8 | x). */
void wide_encrypt(const unsigned char key[32], uint64_t tweak, unsigned char *p, size_t n);
void wide_decrypt(const unsigned char key[32], uint64_t tweak, unsigned char *p, size_t n);

#endif
