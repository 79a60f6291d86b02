/* crypto/minisig.c: see minisig.h. */
#include "crypto/minisig.h"

#include "crypto/kdf.h"
#include "crypto/seal.h"

#include <string.h>

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "
#define COMMENT_MAX 1024u
enum { ID_LEN = 8, SIG_LEN = 64, BLOB_LEN = 2 + ID_LEN + SIG_LEN };

/* ---- base64 (RFC 4648, with padding) ---- */

static void
b64_put(struct buf *out, const unsigned char *p, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v;

	for (size_t i = 0; i < n; i += 3) {
		v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) | (i + 2 < n ? p[i + 2] : 0);
		buf_addc(out, digit[v >> 18]);
		buf_addc(out, digit[v >> 12 & 63]);
		buf_addc(out, i + 1 < n ? digit[v >> 6 & 63] : '=');
		buf_addc(out, i + 2 < n ? digit[v & 63] : '=');
	}
}

void
minisig_base64(struct buf *out, const void *p, size_t n)
{
	b64_put(out, p, n);
}

static int
b64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Exactly want bytes in exactly n characters, the unused bits zero: one text for each value. */
static bool
b64_get(unsigned char *out, size_t want, const char *s, size_t n)
{
	size_t digits = (want * 4 + 2) / 3, k = 0;
	uint32_t v = 0;
	unsigned bits = 0;
	int d;

	if (n != (want + 2) / 3 * 4)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (i >= digits) {
			if (s[i] != '=')
				return false;
			continue;
		}
		if ((d = b64_digit(s[i])) < 0)
			return false;
		v = v << 6 | (uint32_t)d;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[k++] = (unsigned char)(v >> bits);
			v &= (1u << bits) - 1;
		}
	}
	return v == 0 && k == want;
}

/* ---- make ---- */

static void
key_id(unsigned char out[ID_LEN], const unsigned char pk[32])
{
	unsigned char h[HASH_LEN];

	hash256(h, pk, 32);
	memcpy(out, h, ID_LEN);
}

void
minisig_public(struct buf *out, const unsigned char pk[32])
{
	unsigned char blob[2 + ID_LEN + 32] = { 'E', 'd' };

	key_id(blob + 2, pk);
	memcpy(blob + 2 + ID_LEN, pk, 32);
	b64_put(out, blob, sizeof blob);
}

static bool
line_ok(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return n <= COMMENT_MAX;
}

enum rc
minisig_make(struct buf *out, const unsigned char seed[32], const void *m, size_t n, const char *trusted, struct err *e)
{
	unsigned char pk[32], sk[64], blob[BLOB_LEN] = { 'E', 'd' }, global[SIG_LEN];
	unsigned char both[SIG_LEN + COMMENT_MAX];
	size_t len = strlen(trusted);

	if (!line_ok(trusted, len))
		return err_set(e, E_RANGE, N_("comment too long or not one line"));
	sign_keypair(pk, sk, seed);
	key_id(blob + 2, pk);
	sign_bytes(blob + 2 + ID_LEN, sk, m, n);
	memcpy(both, blob + 2 + ID_LEN, SIG_LEN);
	memcpy(both + SIG_LEN, trusted, len);
	sign_bytes(global, sk, both, SIG_LEN + len);
	wipe(sk, sizeof sk);
	buf_adds(out, UNTRUSTED "purser\n");
	b64_put(out, blob, sizeof blob);
	buf_addf(out, "\n" TRUSTED "%s\n", trusted);
	b64_put(out, global, sizeof global);
	buf_addc(out, '\n');
	return buf_check(out, e);
}

/* ---- check ---- */

struct line { const char *p; size_t n; };

static bool
next_line(struct line *out, const char **p, const char *end)
{
	const char *lf = memchr(*p, '\n', (size_t)(end - *p));
	const char *stop = lf != NULL ? lf : end;

	if (*p == end)
		return false;
	out->p = *p;
	out->n = (size_t)(stop - *p);
	if (out->n > 0 && out->p[out->n - 1] == '\r')
		out->n--;
	*p = lf != NULL ? lf + 1 : end;
	return true;
}

static bool
drop_prefix(struct line *l, const char *prefix)
{
	size_t n = strlen(prefix);

	if (l->n < n || memcmp(l->p, prefix, n) != 0)
		return false;
	l->p += n;
	l->n -= n;
	return true;
}

enum rc
minisig_check(const char *sig, size_t siglen, const unsigned char pk[32], const void *m, size_t n, struct buf *trusted,
    struct err *e)
{
	const char *p = sig, *end = sig + siglen;
	unsigned char blob[BLOB_LEN], global[SIG_LEN], id[ID_LEN], both[SIG_LEN + COMMENT_MAX];
	struct line l[4];

	for (size_t i = 0; i < COUNTOF(l); i++)
		if (!next_line(&l[i], &p, end))
			return err_set(e, E_INPUT, N_("the signature is cut off"));
	if (p != end || !drop_prefix(&l[0], UNTRUSTED) || !b64_get(blob, sizeof blob, l[1].p, l[1].n) ||
	    !drop_prefix(&l[2], TRUSTED) || !line_ok(l[2].p, l[2].n) || !b64_get(global, sizeof global, l[3].p, l[3].n))
		return err_set(e, E_INPUT, N_("this is no signature in the form of minisign"));
	if (blob[0] != 'E' || blob[1] != 'd')
		return err_set(e, E_INPUT, N_("unknown kind of signature"));
	key_id(id, pk);
	if (memcmp(id, blob + 2, sizeof id) != 0)
		return err_set(e, E_INPUT, N_("signed with another key"));
	memcpy(both, blob + 2 + ID_LEN, SIG_LEN);
	memcpy(both + SIG_LEN, l[2].p, l[2].n);
	if (!sign_ok(blob + 2 + ID_LEN, pk, m, n) || !sign_ok(global, pk, both, SIG_LEN + l[2].n))
		return err_set(e, E_INPUT, N_("the signature is wrong: the text was changed"));
	if (trusted != NULL)
		buf_add(trusted, l[2].p, l[2].n);
	return OK;
}
