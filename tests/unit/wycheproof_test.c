/* Project Wycheproof's vectors for the primitives that crypto/ uses, as near to our own functions as they reach. */
#include "crypto/libcrypto.h"
#include "crypto/otp.h"
#include "crypto/page.h"
#include "crypto/seal.h"
#include "tests/json.h"
#include "tests/tap.h"

#include <sodium.h>

/* A member in hexadecimal as malloc'd bytes. */
struct hex { unsigned char *p; size_t n; };
#define HEX AUTO(hex_free) struct hex

static void
hex_free(struct hex *h)
{
	free(h->p);
}

static struct hex
hex(const struct json *t, const char *name)
{
	struct hex h;

	h.p = hex_bytes(json_get(t, name), &h.n);
	return h;
}

struct tally { unsigned tests, failed; };

static bool
is_valid(const struct json *t)
{
	return strcmp(json_get(t, "result"), "valid") == 0;
}

static void
note(struct tally *c, const struct json *t, bool good)
{
	c->tests++;
	if (good)
		return;
	c->failed++;
	printf("# tcId %s (%s, %s)\n", json_get(t, "tcId"), json_get(t, "comment"), json_get(t, "result"));
}

static void
each(const char *dir, const char *name, unsigned at_least, void (*test)(struct tally *, const struct json *g,
    const struct json *t))
{
	struct tally c = { 0 };
	struct json *all;
	char path[256];

	(void)snprintf(path, sizeof path, "vectors/crypto/wycheproof/%s_test.json", name);
	if (!ok((all = json_file(dir, path)) != NULL, "%s is there", path))
		return;
	for (const struct json *g = json_first(all, "testGroups"); g != NULL; g = g->next) {
		for (const struct json *t = json_first(g, "tests"); t != NULL; t = t->next)
			test(&c, g, t);
	}
	(void)ok(c.failed == 0 && c.tests >= at_least, "%s: %u tests, %u failed", name, c.tests, c.failed);
	json_free(all);
}

/* Through libsodium as page.c and seal.c call it; where the AD has page.c's 16 bytes, through page_open() of both back
 * ends. */
static bool
pages_open(const struct hex *key, const struct hex *iv, const struct hex *ad, const struct hex *ct,
    const struct hex *tag,
    const struct hex *m, bool want)
{
	static const uint32_t after[] = { UINT32_MAX, 0 };
	bool good = true;

	for (int i = 0; i < 2; i++) {
		AUTO(page_cipher_free) struct page_cipher *pc = NULL;
		AUTO(auto_free) unsigned char *out = malloc(ct->n + 1);

		good = good && out != NULL && page_cipher_new(&pc, key->p, after[i], NULL) == OK &&
		    page_open(pc, out, ct->p, ct->n, iv->p, tag->p, ad->p) == want &&
		    (!want || memcmp(out, m->p, m->n) == 0);
	}
	return good;
}

static void
xchacha(struct tally *c, const struct json *g, const struct json *t)
{
	HEX key = hex(t, "key"), iv = hex(t, "iv"), ad = hex(t, "aad"), m = hex(t, "msg"), ct = hex(t, "ct"),
	    tag = hex(t, "tag");
	AUTO(auto_free) unsigned char *out = malloc(ct.n + 1);
	unsigned char made[16];
	bool want = is_valid(t), good;

	(void)g;
	if (key.n != 32 || iv.n != 24 || tag.n != 16) {         /* cannot even be said to our functions */
		note(c, t, !want);
		return;
	}
	good = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(out, NULL, ct.p, ct.n, tag.p, ad.p, ad.n, iv.p,
	    key.p) ==
	    (want ? 0 : -1);
	if (want && good) {
		good = memcmp(out, m.p, m.n) == 0 && crypto_aead_xchacha20poly1305_ietf_encrypt_detached(out, made,
		    NULL, m.p,
		    m.n, ad.p, ad.n, NULL, iv.p, key.p) == 0 && memcmp(out, ct.p, ct.n) == 0 &&
		    memcmp(made, tag.p, 16) == 0;
	}
	if (ad.n == 16)
		good = good && pages_open(&key, &iv, &ad, &ct, &tag, &m, want);
	note(c, t, good);
}

/* The same vectors through HChaCha20 and OpenSSL, which is page.c's other back end. */
static void
xchacha_evp(struct tally *c, const struct json *g, const struct json *t)
{
	HEX key = hex(t, "key"), iv = hex(t, "iv"), ad = hex(t, "aad"), m = hex(t, "msg"), ct = hex(t, "ct"),
	    tag = hex(t, "tag");
	AUTO(chapoly_free) struct chapoly *x = chapoly_new();
	AUTO(auto_free) unsigned char *out = malloc(ct.n + 1);
	unsigned char sub[32], nonce[12] = { 0 };
	bool want = is_valid(t);

	(void)g;
	if (key.n != 32 || iv.n != 24 || tag.n != 16) {
		note(c, t, !want);
		return;
	}
	(void)crypto_core_hchacha20(sub, iv.p, key.p, NULL);
	memcpy(nonce + 4, iv.p + 16, 8);
	note(c, t, x != NULL && chapoly_key(x, sub) && chapoly_open(x, out, nonce, tag.p, ad.p, ad.n, ct.p,
	    ct.n) == want &&
	    (!want || memcmp(out, m.p, m.n) == 0));
}

static void
chacha(struct tally *c, const struct json *g, const struct json *t)
{
	HEX key = hex(t, "key"), iv = hex(t, "iv"), ad = hex(t, "aad"), m = hex(t, "msg"), ct = hex(t, "ct"),
	    tag = hex(t, "tag");
	AUTO(chapoly_free) struct chapoly *x = chapoly_new();
	AUTO(auto_free) unsigned char *out = malloc(ct.n + 1);
	unsigned char made[16];
	bool want = is_valid(t), good;

	(void)g;
	if (key.n != 32 || iv.n != 12 || tag.n != 16) {
		note(c, t, !want);
		return;
	}
	good = x != NULL && chapoly_key(x, key.p) && chapoly_open(x, out, iv.p, tag.p, ad.p, ad.n, ct.p, ct.n) == want;
	if (want && good) {
		good = memcmp(out, m.p, m.n) == 0 && chapoly_seal(x, out, made, iv.p, ad.p, ad.n, m.p, m.n) &&
		    memcmp(out, ct.p, ct.n) == 0 && memcmp(made, tag.p, 16) == 0;
	}
	note(c, t, good);
}

static void
ed25519(struct tally *c, const struct json *g, const struct json *t)
{
	HEX pk = hex(json_at(g, "publicKey"), "pk"), m = hex(t, "msg"), sig = hex(t, "sig");

	/* sign_ok() takes 64 bytes and no length: what has another length is refused before it. */
	note(c, t, pk.n == 32 && (sig.n == 64 && sign_ok(sig.p, pk.p, m.p, m.n)) == is_valid(t));
}

/* What sealed boxes rest on. libsodium refuses an all-zero result, which is "acceptable"; other results must be
 * right. */
static void
x25519(struct tally *c, const struct json *g, const struct json *t)
{
	HEX pub = hex(t, "public"), priv = hex(t, "private"), want = hex(t, "shared");
	static const unsigned char zero[32];
	unsigned char got[32];
	bool good;

	(void)g;
	if (pub.n != 32 || priv.n != 32 || want.n != 32) {
		note(c, t, false);
		return;
	}
	if (memcmp(want.p, zero, 32) == 0)
		good = crypto_scalarmult(got, priv.p, pub.p) != 0 &&
		    box_seal((unsigned char[BOX_OVER]){ 0 }, pub.p, "", 0) != OK;
	else
		good = crypto_scalarmult(got, priv.p, pub.p) == 0 && memcmp(got, want.p, 32) == 0;
	note(c, t, good);
}

static void
mac(struct tally *c, enum otp_hash h, const struct json *t)
{
	HEX key = hex(t, "key"), m = hex(t, "msg"), tag = hex(t, "tag");
	unsigned char got[64];
	size_t full = h == OTP_SHA1 ? 20 : h == OTP_SHA256 ? 32 : 64;

	note(c, t, tag.n <= full && hmac(got, h, key.p, key.n, m.p, m.n, NULL) == OK &&
	    (memcmp(got, tag.p, tag.n) == 0) == is_valid(t));
}

static void
hmac_sha1(struct tally *c, const struct json *g, const struct json *t)
{
	(void)g;
	mac(c, OTP_SHA1, t);
}

static void
hmac_sha256(struct tally *c, const struct json *g, const struct json *t)
{
	(void)g;
	mac(c, OTP_SHA256, t);
}

static void
hmac_sha512(struct tally *c, const struct json *g, const struct json *t)
{
	(void)g;
	mac(c, OTP_SHA512, t);
}

/* Millions of rounds prove no more than thousands; SLIP-0039's kits take 2,500 << exponent. */
#define ROUNDS_MAX 100000

static void
pbkdf2(struct tally *c, enum hmac_hash h, const struct json *t)
{
	HEX password = hex(t, "password"), salt = hex(t, "salt"), want = hex(t, "dk");
	AUTO(auto_free) unsigned char *got = malloc(want.n + 1);
	long rounds = strtol(json_get(t, "iterationCount"), NULL, 10);

	if (rounds > ROUNDS_MAX)
		return;
	note(c, t, got != NULL && rounds > 0 && libcrypto_pbkdf2(got, want.n, h, password.p, password.n, salt.p, salt.n,
	    (unsigned)rounds, NULL) == OK && (memcmp(got, want.p, want.n) == 0) == is_valid(t));
}

static void
pbkdf2_sha1(struct tally *c, const struct json *g, const struct json *t)
{
	(void)g;
	pbkdf2(c, HMAC_SHA1, t);
}

static void
pbkdf2_sha256(struct tally *c, const struct json *g, const struct json *t)
{
	(void)g;
	pbkdf2(c, HMAC_SHA256, t);
}

static void
pbkdf2_sha512(struct tally *c, const struct json *g, const struct json *t)
{
	(void)g;
	pbkdf2(c, HMAC_SHA512, t);
}

int
main(void)
{
	const char *dir = shared_dir();

	if (!ok(crypto_start(NULL) == OK, "crypto starts"))
		return tap_done();
	if (dir == NULL) {
		tap_skip("Wycheproof's vectors are not here (PURSER_SHARED)");
		return tap_done();
	}
	each(dir, "xchacha20_poly1305", 315, xchacha);
	each(dir, "xchacha20_poly1305", 315, xchacha_evp);
	each(dir, "chacha20_poly1305", 325, chacha);
	each(dir, "ed25519", 151, ed25519);
	each(dir, "x25519", 518, x25519);
	each(dir, "hmac_sha1", 170, hmac_sha1);
	each(dir, "hmac_sha256", 174, hmac_sha256);
	each(dir, "hmac_sha512", 174, hmac_sha512);
	each(dir, "pbkdf2_hmacsha1", 60, pbkdf2_sha1);
	each(dir, "pbkdf2_hmacsha256", 60, pbkdf2_sha256);
	each(dir, "pbkdf2_hmacsha512", 58, pbkdf2_sha512);
	return tap_done();
}
