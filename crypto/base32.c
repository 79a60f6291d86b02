/* crypto/base32.c: base32 (RFC 4648 section 6) as seeds of one-time passwords are written; see otp.h. */
#include "crypto/otp.h"

static int
digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

static bool
separator(char c)
{
	return c == ' ' || c == '-' || c == '\t' || c == '\r' || c == '\n';
}

enum rc
base32_decode(struct secret *out, const char *s, size_t n, struct err *e)
{
	SECRET bytes = { 0 };
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t chars = 0, len = 0;
	bool padded = false;
	enum rc rc;

	if ((rc = secret_alloc(&bytes, n * 5 / 8 + 1, e)) != OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		int d = digit(s[i]);

		if (separator(s[i]))
			continue;
		if (s[i] == '=') {
			padded = true;
			continue;
		}
		if (d < 0 || padded)
			return err_set(e, E_INPUT, N_("the seed is not base32 (letters A to Z and digits 2 to 7)"));
		acc = (acc << 5 | (uint32_t)d) & 0xfff;
		chars++;
		if ((bits += 5) >= 8) {
			bits -= 8;
			bytes.bytes[len++] = (unsigned char)(acc >> bits);
		}
	}
	wipe(&acc, sizeof acc);
	if (chars == 0)
		return err_set(e, E_INPUT, N_("the seed is empty"));
	if (chars % 8 == 1 || chars % 8 == 3 || chars % 8 == 6)
		return err_set(e, E_INPUT, N_("the seed is cut: no base32 text has this length"));
	secret_cut(&bytes, len);
	secret_move(out, &bytes);
	return OK;
}

size_t
base32_encode(char *out, const unsigned char *p, size_t n)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		acc = (acc << 8 | p[i]) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5)
			out[len++] = alphabet[acc >> (bits - 5) & 31];
	}
	if (bits != 0)
		out[len++] = alphabet[acc << (5 - bits) & 31];
	wipe(&acc, sizeof acc);
	return len;
}
