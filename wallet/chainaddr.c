/* wallet/chainaddr.c: see chainaddr.h. */
#include "wallet/chainaddr.h"

#include "base/ascii.h"
#include "base/scope.h"
#include "crypto/kdf.h"

#include <stdint.h>

const char *
chain_name(enum chain c)
{
	static const char *const name[] = { "", "bitcoin", "litecoin", "dogecoin", "tron", "xrp", "solana", "ethereum",
		"iban" };

	return (unsigned)c < COUNTOF(name) ? name[c] : "";
}

const char *
chain_title(enum chain c)
{
	static const char *const title[] = { "", "Bitcoin", "Litecoin", "Dogecoin", "Tron", "XRP Ledger", "Solana", "Ethereum",
		"IBAN" };

	return (unsigned)c < COUNTOF(title) ? title[c] : "";
}

const char *
chain_sum_name(enum chain_sum s)
{
	static const char *const name[] = { "good", "bad", "none", "unsaid", "unchecked" };

	return (unsigned)s < COUNTOF(name) ? name[s] : "";
}

/* ---- Base58 ---- */

static const char btc58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static const char xrp58[] = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/* At most 48 bytes. false: another character, or longer. */
static bool
base58(unsigned char out[48], size_t *len, const char *s, const char *alphabet)
{
	unsigned char le[48] = { 0 };
	size_t used = 0, zeros = 0;

	while (s[zeros] == alphabet[0])
		zeros++;
	for (const char *c = s; *c != '\0'; c++) {
		const char *at = strchr(alphabet, *c);
		unsigned carry;

		if (at == NULL)
			return false;
		carry = (unsigned)(at - alphabet);
		for (size_t i = 0; i < used; i++) {
			carry += 58u * le[i];
			le[i] = (unsigned char)carry;
			carry >>= 8;
		}
		if (carry > 0) {
			if (used == sizeof le)
				return false;
			le[used++] = (unsigned char)carry;
		}
	}
	if (zeros + used > sizeof le)
		return false;
	memset(out, 0, zeros);
	for (size_t i = 0; i < used; i++)
		out[zeros + i] = le[used - 1 - i];
	*len = zeros + used;
	return true;
}

static bool
sum_fits(const unsigned char *p, size_t n)
{
	struct sha256 h;
	unsigned char sum[32];

	sha256_init(&h);
	sha256_add(&h, p, n - 4);
	sha256_end(&h, sum);
	sha256_init(&h);
	sha256_add(&h, sum, sizeof sum);
	sha256_end(&h, sum);
	return memcmp(sum, p + n - 4, 4) == 0;
}

struct version { unsigned char byte; enum chain chain; const char *form; bool test; };
static const struct version versions[] = {
	{ 0x00, CHAIN_BITCOIN, "P2PKH", false },
	{ 0x05, CHAIN_BITCOIN, "P2SH", false },
	{ 0x6f, CHAIN_BITCOIN, "P2PKH", true },
	{ 0xc4, CHAIN_BITCOIN, "P2SH", true },
	{ 0x30, CHAIN_LITECOIN, "P2PKH", false },
	{ 0x32, CHAIN_LITECOIN, "P2SH", false },
	{ 0x3a, CHAIN_LITECOIN, "P2SH", true },
	{ 0x1e, CHAIN_DOGECOIN, "P2PKH", false },
	{ 0x16, CHAIN_DOGECOIN, "P2SH", false },
	{ 0x41, CHAIN_TRON, "", false },
};

static bool
is_private_key(const unsigned char *p, size_t n)
{
	return (n == 37 || (n == 38 && p[33] == 1)) && (p[0] == 0x80 || p[0] == 0xef || p[0] == 0xb0 || p[0] == 0x9e);
}

static bool
read_base58check(struct chainaddr *a, const char *s)
{
	unsigned char p[48];
	size_t n;

	if (strlen(s) < 25 || !base58(p, &n, s, btc58) || (n != 25 && n != 37 && n != 38))
		return false;
	a->sum = sum_fits(p, n) ? SUM_GOOD : SUM_BAD;
	a->fixed = 1;
	if (n != 25) {
		a->chain = CHAIN_BITCOIN;
		a->private_key = is_private_key(p, n) && a->sum == SUM_GOOD;
		return a->private_key;
	}
	for (size_t i = 0; i < COUNTOF(versions); i++) {
		if (versions[i].byte == p[0]) {
			a->chain = versions[i].chain;
			a->form = versions[i].form;
			a->test = versions[i].test;
			return true;
		}
	}
	return false;
}

/* A wrong character may change the version: what begins and is as long as an address of Bitcoin is told to be a bad
 * one. */
static bool
read_base58_bad(struct chainaddr *a, const char *s)
{
	size_t n = strlen(s);

	if (n < 26 || n > 35 || strspn(s, btc58) != n)
		return false;
	a->chain = s[0] == '1' || s[0] == '3' ? CHAIN_BITCOIN : s[0] == 'T' && n == 34 ? CHAIN_TRON :
	    s[0] == 'D' || s[0] == 'A' ? CHAIN_DOGECOIN : s[0] == 'L' || s[0] == 'M' ? CHAIN_LITECOIN : CHAIN_NONE;
	a->sum = SUM_BAD;
	a->fixed = 1;
	return a->chain != CHAIN_NONE;
}

static bool
read_xrp(struct chainaddr *a, const char *s)
{
	unsigned char p[48];
	size_t n, len = strlen(s);

	if (s[0] != 'r' || len < 25 || len > 35 || !base58(p, &n, s, xrp58))
		return false;
	a->chain = CHAIN_XRP;
	a->sum = n == 25 && p[0] == 0 && sum_fits(p, n) ? SUM_GOOD : SUM_BAD;
	a->fixed = 1;
	return true;
}

static bool
read_solana(struct chainaddr *a, const char *s)
{
	unsigned char p[48];
	size_t n, len = strlen(s);

	if (len < 32 || len > 44 || !base58(p, &n, s, btc58) || n != 32)
		return false;
	a->chain = CHAIN_SOLANA;
	a->sum = SUM_NONE;
	return true;
}

/* ---- Bech32 ---- */

static uint32_t
polymod(const unsigned char *v, size_t n)
{
	static const uint32_t gen[] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
	uint32_t chk = 1;

	for (size_t i = 0; i < n; i++) {
		uint32_t top = chk >> 25;

		chk = (chk & 0x1ffffff) << 5 ^ v[i];
		for (size_t k = 0; k < COUNTOF(gen); k++)
			chk ^= top >> k & 1 ? gen[k] : 0;
	}
	return chk;
}

struct hrp { const char *hrp; enum chain chain; bool test; };
static const struct hrp hrps[] = { { "bc", CHAIN_BITCOIN, false }, { "tb", CHAIN_BITCOIN, true },
	{ "bcrt", CHAIN_BITCOIN, true }, { "ltc", CHAIN_LITECOIN, false }, { "tltc", CHAIN_LITECOIN, true } };

/* The witness program in d, 5 bits each, version first (BIP 141, 173): its length in bytes, and are the bits left
 * over zero? */
static bool
program_fits(const unsigned char *d, size_t n)
{
	size_t bits = (n - 1) * 5, bytes = bits / 8;
	unsigned left = (unsigned)(bits % 8);

	if (left >= 5 || (left > 0 && (d[n - 1] & ((1u << left) - 1)) != 0))
		return false;
	return bytes >= 2 && bytes <= 40 && (d[0] != 0 || bytes == 20 || bytes == 32);
}

static const char *
witness_form(unsigned version, size_t n)
{
	return version == 0 ? n == 33 ? "P2WPKH" : "P2WSH" : version == 1 ? "P2TR" : "witness";
}

/* s in small letters, without case mixed; after the "1" of a prefix of ours. */
static void
check_bech32(struct chainaddr *a, const char *s, size_t hrp)
{
	static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	unsigned char v[2 * 5 + CHAINADDR_MAX], *d;
	size_t n = 0, data = strlen(s + hrp + 1);
	uint32_t sum;

	a->sum = SUM_BAD;
	if (strlen(s) > 90 || data < 8)
		return;
	for (size_t i = 0; i < hrp; i++)
		v[n++] = (unsigned char)s[i] >> 5;
	v[n++] = 0;
	for (size_t i = 0; i < hrp; i++)
		v[n++] = s[i] & 31;
	d = v + n;
	for (const char *c = s + hrp + 1; *c != '\0'; c++) {
		const char *at = strchr(letters, *c);

		if (at == NULL)
			return;
		v[n++] = (unsigned char)(at - letters);
	}
	sum = polymod(v, n);
	if (sum != (d[0] == 0 ? 1u : 0x2bc830a3u)) {
		if (sum == 1 || sum == 0x2bc830a3u)
			a->why = N_("the checksum is of the other of its two kinds (Bech32, Bech32m)");
		return;
	}
	if (d[0] > 16 || !program_fits(d, data - 6)) {
		a->why = N_("no address can have this length or version");
		return;
	}
	a->sum = SUM_GOOD;
	a->form = witness_form(d[0], data - 6);
}

static bool
read_bech32(struct chainaddr *a, const char *s)
{
	bool small = false, large = false;
	size_t n;

	for (size_t i = 0; i < COUNTOF(hrps); i++) {
		n = strlen(hrps[i].hrp);
		if (!ascii_starts(s, strlen(s), hrps[i].hrp) || s[n] != '1' || strlen(s) < n + 9)
			continue;
		a->chain = hrps[i].chain;
		a->test = hrps[i].test;
		a->fixed = n + 2;
		for (char *c = a->canon; *c != '\0'; c++) {
			small = small || (*c >= 'a' && *c <= 'z');
			large = large || (*c >= 'A' && *c <= 'Z');
			*c = ascii_lower(*c);
		}
		check_bech32(a, a->canon, n);
		if (small && large) {
			a->sum = SUM_BAD;
			a->why = N_("small and capital letters are mixed");
		}
		return true;
	}
	return false;
}

/* ---- Ethereum ---- */

static bool
read_ethereum(struct chainaddr *a, const char *s, const struct name_source *src)
{
	bool small = false, large = false, good = true;
	unsigned char sum[32];
	const char *hex = s + 2;

	if (s[0] != '0' || (s[1] != 'x' && s[1] != 'X') || strlen(hex) < 38 || strlen(hex) > 42 ||
	    strspn(hex, "0123456789abcdefABCDEF") != strlen(hex))
		return false;
	a->chain = CHAIN_ETHEREUM;
	a->fixed = 2;
	for (char *c = a->canon; *c != '\0'; c++) {
		small = small || (c >= a->canon + 2 && *c >= 'a' && *c <= 'f');
		large = large || (c >= a->canon + 2 && *c >= 'A' && *c <= 'F');
		*c = ascii_lower(*c);
	}
	if (strlen(hex) != 40) {
		a->sum = SUM_BAD;
		a->why = N_("no address can have this length or version");
		return true;
	}
	a->sum = SUM_UNSAID;
	if (!small || !large)
		return true;
	a->sum = SUM_UNCHECKED;
	if (!src->keccak(src->ctx, sum, a->canon + 2, 40))
		return true;
	for (size_t i = 0; i < 40; i++) {
		bool high = (sum[i / 2] >> (i % 2 == 0 ? 4 : 0) & 8) != 0;

		good = good && (hex[i] < 'A' || (hex[i] <= 'F') == high);
	}
	a->sum = good ? SUM_GOOD : SUM_BAD;
	return true;
}

/* ---- bank accounts ---- */

/* Length by country, from the registry of ISO 13616. */
static const char ibans[] =
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 "
    "ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 "
    "QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 ";

static bool
mod97_fits(const char *s, size_t n)
{
	unsigned r = 0;

	for (size_t i = 0; i < n; i++) {
		char c = s[(i + 4) % n];

		r = c >= 'A' ? (r * 100 + (unsigned)(c - 'A') + 10) % 97 : (r * 10 + (unsigned)(c - '0')) % 97;
	}
	return r == 1;
}

static bool
read_iban(struct chainaddr *a, const char *s)
{
	size_t n = strlen(s);
	const char *c;

	for (size_t i = 0; i < n; i++) {
		char *to = &a->canon[i];
		bool digit = *to >= '0' && *to <= '9';

		*to = *to >= 'a' && *to <= 'z' ? (char)(*to - 32) : *to;
		if ((i < 2 && digit) || ((i == 2 || i == 3) && !digit) || (!digit && (*to < 'A' || *to > 'Z')))
			return false;
	}
	if (n < 14 || n > 34)
		return false;
	for (c = ibans; *c != '\0' && strncmp(c, a->canon, 2) != 0; c += 5)
		continue;
	if (*c == '\0')
		return false;
	a->chain = CHAIN_IBAN;
	a->fixed = 4;
	a->sum = SUM_BAD;
	if ((size_t)(c[2] - '0') * 10 + (size_t)(c[3] - '0') != n)
		a->why = N_("accounts of this country have another length");
	else if (mod97_fits(a->canon, n))
		a->sum = SUM_GOOD;
	return true;
}

/* ---- all ---- */

static bool
clean(struct chainaddr *a, const char *typed)
{
	bool letter = false;
	size_t n = 0;

	for (const char *c = typed; *c != '\0'; c++) {
		if (*c == ' ' || *c == '\t')
			continue;
		if (n == CHAINADDR_MAX || !((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z')))
			return false;
		letter = letter || *c > '9';
		a->canon[n++] = *c;
	}
	a->canon[n] = '\0';
	return letter;                          /* the number of an order is none */
}

bool
chainaddr_read(struct chainaddr *out, const char *typed, const struct name_source *src)
{
	struct chainaddr a = { .form = "", .why = "" };
	char s[CHAINADDR_MAX + 1];

	if (!clean(&a, typed))
		return false;
	memcpy(s, a.canon, sizeof s);
	if (!read_ethereum(&a, s, src) && !read_bech32(&a, s) && !read_base58check(&a, s) && !read_xrp(&a, s) &&
	    !read_solana(&a, s)) {
		memcpy(a.canon, s, sizeof s);
		a.sum = SUM_GOOD;
		if (!read_iban(&a, s)) {
			memcpy(a.canon, s, sizeof s);
			if (!read_base58_bad(&a, s))
				return false;
		}
	}
	if (a.private_key)
		a.canon[0] = '\0';              /* kept nowhere */
	*out = a;
	return true;
}

void
chainaddr_ends(const struct chainaddr *a, const struct chainaddr *b, size_t *head, size_t *tail)
{
	size_t i = a->fixed, n = strlen(a->canon), k = strlen(b->canon), t = 0;

	*head = *tail = 0;
	if (b->fixed != a->fixed || n < a->fixed || k < a->fixed)
		return;
	for (; i < n && i < k && a->canon[i] == b->canon[i]; i++)
		++*head;
	for (; t + a->fixed < n && t + a->fixed < k && a->canon[n - 1 - t] == b->canon[k - 1 - t]; t++)
		++*tail;
}

bool
chainaddr_alike(const struct chainaddr *a, const struct chainaddr *b)
{
	size_t head, tail, apart = 0, n = strlen(a->canon);

	if (a->chain != b->chain || strcmp(a->canon, b->canon) == 0)
		return false;
	chainaddr_ends(a, b, &head, &tail);
	if (head >= 3 && tail >= 3 && head + tail >= 7)
		return true;
	if (n != strlen(b->canon))
		return false;
	for (size_t i = 0; i < n; i++)
		apart += a->canon[i] != b->canon[i];
	return apart <= 2;
}
