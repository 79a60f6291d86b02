/* crypto/otp.c: HOTP, TOTP and Steam Guard codes; see otp.h. */
#include "crypto/otp.h"

#include "base/le.h"
#include "crypto/libcrypto.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
otp_wipe(struct otp *o)
{
	secret_wipe(&o->key);
	*o = (struct otp){ 0 };
}

enum rc
hmac(unsigned char *out, enum otp_hash h, const void *key, size_t keylen, const void *m, size_t n, struct err *e)
{
	switch (h) {
	case OTP_SHA1:
		return libcrypto_hmac(out, HMAC_SHA1, key, keylen, m, n, e);
	case OTP_SHA256:
		return libcrypto_hmac(out, HMAC_SHA256, key, keylen, m, n, e);
	case OTP_SHA512:
		return libcrypto_hmac(out, HMAC_SHA512, key, keylen, m, n, e);
	}
	return err_set(e, E_RANGE, N_("unknown hash of a one-time password"));
}

/* RFC 4226 section 5.3: 31 bits at the place that the low nibble of the last byte names. */
static uint32_t
truncate31(const unsigned char *mac, size_t len)
{
	return be32_get(mac + (mac[len - 1] & 15)) & 0x7fffffff;
}

static size_t
mac_len(enum otp_hash h)
{
	return h == OTP_SHA1 ? 20 : h == OTP_SHA256 ? 32 : 64;
}

static void
put_decimal(char code[16], uint32_t v, unsigned digits)
{
	uint64_t mod = 1;

	for (unsigned i = 0; i < digits; i++)
		mod *= 10;
	(void)snprintf(code, 16, "%0*" PRIu64, (int)digits, v % mod);
}

/* Five characters, the least significant first. */
static void
put_steam(char code[16], uint32_t v)
{
	static const char alphabet[] = "23456789BCDFGHJKMNPQRTVWXY";

	for (int i = 0; i < 5; i++) {
		code[i] = alphabet[v % 26];
		v /= 26;
	}
	code[5] = '\0';
}

static bool
sane(const struct otp *o)
{
	bool digits = o->type == OTP_STEAM ? o->digits == 5 : o->digits >= 6 && o->digits <= 10;

	return digits && o->key.len > 0 && o->hash >= OTP_SHA1 && o->hash <= OTP_SHA512 &&
	    (o->type == OTP_HOTP || ((o->type == OTP_TOTP || o->type == OTP_STEAM) && o->period_s >= 1));
}

enum rc
otp_code(char code[16], uint64_t *seconds_left, const struct otp *o, int64_t unix_s, struct err *e)
{
	unsigned char mac[64], counter[8];
	uint64_t now = (uint64_t)unix_s;
	uint32_t v;
	enum rc rc;

	if (!sane(o))
		return err_set(e, E_RANGE, N_("this one-time password is not usable"));
	if (o->type != OTP_HOTP && unix_s < 0)
		return err_set(e, E_RANGE, N_("one-time passwords begin in 1970"));
	be64_put(counter, o->type == OTP_HOTP ? o->counter : now / o->period_s);
	if ((rc = hmac(mac, o->hash, o->key.bytes, o->key.len, counter, sizeof counter, e)) != OK)
		return rc;
	v = truncate31(mac, mac_len(o->hash));
	if (o->type == OTP_STEAM)
		put_steam(code, v);
	else
		put_decimal(code, v, o->digits);
	wipe(mac, sizeof mac);
	wipe(&v, sizeof v);
	if (seconds_left != NULL)
		*seconds_left = o->type == OTP_HOTP ? 0 : o->period_s - now % o->period_s;
	return OK;
}

enum rc
otp_pack(struct secret *out, const struct otp *o, struct err *e)
{
	if (!sane(o))
		return err_set(e, E_RANGE, N_("this one-time password is not usable"));
	return otp_uri(out, o, e);
}

enum rc
otp_unpack(struct otp *out, const struct secret *packed, struct err *e)
{
	if (packed->len < 10 || memcmp(packed->bytes, "otpauth://", 10) != 0)
		return err_set(e, E_DAMAGED, N_("the record holds no one-time password"));
	return otp_parse(out, packed, e);
}
