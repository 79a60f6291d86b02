/*
 * crypto/kdf.h: KDF and hashes of keys.md section 1. BLAKE2b (RFC 7693) through libsodium.
 *
 * KDF(K, label, x1, x2, ...) = BLAKE2b-256(key = K, LP("purser/v1") | LP(label) | LP(x1) | ...), LP(s) = u32 LE length
 * | s.
 */
#ifndef PURSER_CRYPTO_KDF_H
#define PURSER_CRYPTO_KDF_H

#include "crypto/secret.h"

#define KEY_LEN 32u
#define HASH_LEN 32u

/* Labels: the complete list of keys.md; a string is accepted only from here, so that a typing error cannot make a new
 * purpose. Each is used for exactly one purpose (tests/unit checks). */
enum label {
	L_SLOT_KEK, L_WRAP_LEDGER, L_WRAP_SECRETS, L_WRAP_RECORD, L_RECORD, L_RECOVERY_INNER, L_MANIFEST, L_HEADER_MAC,
	L_CHANGE, L_DEVICE_ID, L_LOG_BOX, L_LOG_ORIGIN, L_STORE, L_PAGE, L_WAL, L_WAL_HEADER, L_HEADER, L_SET_HASH,
	L_TOTP_SEED, L_TOTP_MAC, L_POSSESSION, L_KIT, L_KIT_FP, L_SHARE_COMMIT, L_FIDO_KEY,
	L_FIDO_MAC, LABEL_COUNT
};
const char *label_str(enum label l);       /* "slot-kek", ... */

struct bytes { const void *p; size_t n; };
#define BYTES(ptr, len) ((struct bytes){ (ptr), (len) })

/* key: 32 bytes unless noted (KDF(S,"kit",..) and KDF(vault_id,"kit-fp",..) have 16; any 16..64 is accepted).
 * out: 32 bytes. Cannot fail. */
void kdf_raw(unsigned char out[KEY_LEN], const void *key, size_t keylen, enum label l, const struct bytes *x,
    size_t nx);
#define kdf_to(out, key, keylen, l, ...) \
	kdf_raw((out), (key), (keylen), (l), (struct bytes[]){ __VA_ARGS__ }, \
	    sizeof((struct bytes[]){ __VA_ARGS__ }) / sizeof(struct bytes))
/* The same into a new secret (32 bytes). */
enum rc kdf_secret_raw(struct secret *out, const void *key, size_t keylen, enum label l, const struct bytes *x,
    size_t nx,
    struct err *e) MUST_CHECK;
#define kdf_secret(out, key, keylen, l, e, ...) \
	kdf_secret_raw((out), (key), (keylen), (l), (struct bytes[]){ __VA_ARGS__ }, \
	    sizeof((struct bytes[]){ __VA_ARGS__ }) / sizeof(struct bytes), (e))
/* No further inputs: kdf_raw(out, key, keylen, l, NULL, 0). */

void hash256(unsigned char out[HASH_LEN], const void *p, size_t n);              /* BLAKE2b-256, no key */
void hash128(unsigned char out[16], const void *p, size_t n);                    /* BLAKE2b-128, no key */
void hash192(unsigned char out[24], const void *p, size_t n);                    /* BLAKE2b-192, no key (logstate) */
void hash256_parts(unsigned char out[HASH_LEN], const struct bytes *x, size_t nx);   /* plain concatenation */

/* BLAKE2b-256 of what comes in pieces. */
struct hash_state { _Alignas(64) unsigned char opaque[384]; };
void hash_begin(struct hash_state *h);
void hash_add(struct hash_state *h, const void *p, size_t n);
void hash_end(struct hash_state *h, unsigned char out[HASH_LEN]);

/* SHA-256 (FIPS 180-4) for file provenance and evidence; streaming. */
struct sha256 { _Alignas(16) unsigned char opaque[128]; };
void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *p, size_t n);
void sha256_end(struct sha256 *s, unsigned char out[32]);

/* Keyed BLAKE2b-256 of one string, for the set hash and the header MAC of store.md. */
void mac256(unsigned char out[32], const unsigned char key[32], const void *p, size_t n);

#endif
