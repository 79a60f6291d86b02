/*
 * crypto/otp.h: HOTP (RFC 4226), TOTP (RFC 6238), Steam Guard codes, base32 (RFC 4648) and otpauth:// URIs as they
 * really occur. HMAC is OpenSSL's, loaded late.
 */
#ifndef PURSER_CRYPTO_OTP_H
#define PURSER_CRYPTO_OTP_H

#include "crypto/secret.h"

enum otp_type { OTP_TOTP = 1, OTP_HOTP = 2, OTP_STEAM = 3 };
enum otp_hash { OTP_SHA1 = 1, OTP_SHA256 = 2, OTP_SHA512 = 3 };

struct otp {
	enum otp_type type;
	enum otp_hash hash;
	unsigned digits;              /* 6..10; Steam 5 */
	uint64_t period_s;            /* TOTP, Steam: >= 1 */
	uint64_t counter;             /* HOTP: the next counter */
	char issuer[128], label[256]; /* UTF-8, "" if absent; without control characters */
	bool issuer_clash;            /* otp_parse(): the label named another issuer than the parameter, which won */
	struct secret key;            /* owned: otp_wipe() */
};
void otp_wipe(struct otp *o);
#define OTP AUTO(otp_wipe) struct otp

/* text: an otpauth:// URI; steam://SEED; KeeOTP's key=..&step=..; or a bare base32 seed (blanks, hyphens, padding and
 * lower case accepted) which becomes TOTP SHA-1 6/30. What is chosen where the field disagrees stands in otpauth.c.
 * E_INPUT names what is wrong (type by name: "yaotp is not supported"). The text itself never gets into the message. */
enum rc otp_parse(struct otp *out, const struct secret *text, struct err *e) MUST_CHECK;
/* The canonical otpauth URI, for `otp export`. */
enum rc otp_uri(struct secret *out, const struct otp *o, struct err *e) MUST_CHECK;
/* The record as it is kept in a secret of kind otp: the canonical URI, so that any program can take it over; and
 * back. */
enum rc otp_pack(struct secret *out, const struct otp *o, struct err *e) MUST_CHECK;
enum rc otp_unpack(struct otp *out, const struct secret *packed, struct err *e) MUST_CHECK;
/* code: up to 10 digits + NUL. TOTP/Steam: at unix_s; HOTP: at o->counter (not advanced here).
 * seconds_left may be NULL; 0 for HOTP. */
enum rc otp_code(char code[16], uint64_t *seconds_left, const struct otp *o, int64_t unix_s, struct err *e) MUST_CHECK;

/* Any case; blanks, hyphens and padding dropped. E_INPUT: nothing there, another character, or a length that no byte
 * string has (a tail of 1, 3 or 6). Bits left over at the end are ignored. */
enum rc base32_decode(struct secret *out, const char *s, size_t n, struct err *e) MUST_CHECK;
/* Upper case, without padding and without NUL: out has (n * 8 + 4) / 5 bytes, which is returned. */
size_t base32_encode(char *out, const unsigned char *p, size_t n);
/* HMAC, for the vectors: out has 20, 32 or 64 bytes. */
enum rc hmac(unsigned char *out, enum otp_hash h, const void *key, size_t keylen, const void *m, size_t n,
    struct err *e)
    MUST_CHECK;

#endif
