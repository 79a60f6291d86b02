/*
 * crypto/minisig.h: detached signatures in the form of minisign (jedisct1.github.io/minisign), legacy algorithm `Ed`:
 * plain Ed25519 over the bytes themselves. The same four lines verify with `minisign -V`, `signify -V` and, taken
 * apart, with `openssl pkeyutl -verify -rawin`; the prehashed `ED` is refused by signify. Keys.md section 9.
 *
 *     untrusted comment: <text>
 *     base64("Ed" | key id(8) | signature(64))
 *     trusted comment: <text>
 *     base64(Ed25519(signature | trusted comment))
 *
 * The key id is the first 8 bytes of BLAKE2b-256(public key): whoever has the key can see which signature is meant for
 * it.
 */
#ifndef PURSER_CRYPTO_MINISIG_H
#define PURSER_CRYPTO_MINISIG_H

#include "base/buf.h"

/* The four lines, each ended by LF. seed: 32 bytes. trusted: one line of printable text, signed along. */
enum rc minisig_make(struct buf *out, const unsigned char seed[32], const void *m, size_t n, const char *trusted,
    struct err *e) MUST_CHECK;
/* Base64 (RFC 4648, with padding); for what is public: its time depends on the bytes. */
void minisig_base64(struct buf *out, const void *p, size_t n);
/* What minisign -P and a signify key file take: base64("Ed" | key id | pk), 56 characters, no line end. */
void minisig_public(struct buf *out, const unsigned char pk[32]);
/* Is sig (its four lines, LF or CRLF, nothing after them) by pk over m? E_INPUT: no signature of this form, by another
 * key, or wrong. trusted (may be NULL): the trusted comment is added. */
enum rc minisig_check(const char *sig, size_t siglen, const unsigned char pk[32], const void *m, size_t n,
    struct buf *trusted, struct err *e) MUST_CHECK;

#endif
