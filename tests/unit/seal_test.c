/* SEAL and OPEN, sealed boxes, signatures: keys.md sections 1, 13 (4 and 18) and 15. */
#include "crypto/seal.h"

#include "base/le.h"
#include "base/num.h"
#include "crypto/big.h"
#include "tests/json.h"
#include "tests/tap.h"

#include <dirent.h>
#include <sodium.h>

static bool
is(const unsigned char *got, size_t n, const char *hex)
{
	char text[513];

	if (n > 256)
		return false;
	hex_put(text, got, n);
	if (strcmp(text, hex) == 0)
		return true;
	printf("# got  %s\n# want %s\n", text, hex);
	return false;
}

static void
vector(void)
{
	unsigned char key[32], nonce[24], out[5 + SEAL_OVER], m[5];

	for (unsigned i = 0; i < 32; i++)
		key[i] = (unsigned char)i;
	memcpy(nonce, key, 24);
	seal_nonce(out, nonce, key, L_RECORD, "ctx", 3, "hello", 5);
	(void)ok(is(out, sizeof out, "000102030405060708090a0b0c0d0e0f1011121314151617"
	    "f7341ceb9fa68475cbab54ca4da5924c0591a2dc90bc578fe8fc55b932455b3e" "862e660ce9"
	    "0e864bb94ea5205e60e8a9e8ae063206"), "SEAL vector");
	(void)ok(open_sealed(m, key, L_RECORD, "ctx", 3, out, sizeof out) == OK && memcmp(m, "hello", 5) == 0, "opens");
	(void)ok(open_sealed(m, key, L_WRAP_RECORD, "ctx", 3, out, sizeof out) == E_KEY, "another label: E_KEY");
	(void)ok(open_sealed(m, key, L_RECORD, "ctX", 3, out, sizeof out) == E_KEY, "another aad: E_KEY");
	(void)ok(open_sealed(m, key, L_RECORD, "ctx", 2, out, sizeof out) == E_KEY, "a shorter aad: E_KEY");
	key[0] ^= 1;
	(void)ok(open_sealed(m, key, L_RECORD, "ctx", 3, out, sizeof out) == E_KEY, "another key: E_KEY");
}

static void
damage(void)
{
	static const unsigned char zero[8];
	unsigned char key[32], s[8 + SEAL_OVER], m[8];
	bool classes = true, zeroed = true, cut = true;

	random_bytes(key, sizeof key);
	seal(s, key, L_STORE, NULL, 0, "8 bytes!", 8);
	for (unsigned i = 0; i < sizeof s * 8; i++) {
		enum rc want = i / 8 < 24 + 32 ? E_KEY : E_TAMPER;

		s[i / 8] ^= (unsigned char)(1 << i % 8);
		memset(m, 1, sizeof m);
		if (open_sealed(m, key, L_STORE, NULL, 0, s, sizeof s) != want)
			classes = false;
		if (memcmp(m, zero, sizeof m) != 0)
			zeroed = false;
		s[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	for (size_t n = 0; n < sizeof s; n++) {
		if (open_sealed(m, key, L_STORE, NULL, 0, s, n) != E_TAMPER)
			cut = false;
	}
	(void)ok(classes, "every bit: nonce and commitment E_KEY, the rest E_TAMPER");
	(void)ok(zeroed, "nothing comes out of a damaged one");
	(void)ok(cut, "cut at every length: E_TAMPER");
	(void)ok(open_sealed(m, key, L_STORE, NULL, 0, s, sizeof s) == OK && memcmp(m, "8 bytes!", 8) == 0,
	    "whole again");
}

static void
into_secrets(void)
{
	unsigned char key[32], s[3 + SEAL_OVER];
	SECRET m = { 0 };
	struct err e = { 0 };

	random_bytes(key, sizeof key);
	seal(s, key, L_KIT, "a", 1, "abc", 3);
	(void)ok(open_secret(&m, key, L_KIT, "a", 1, s, 5, &e) == E_TAMPER && m.bytes == NULL, "cut: no secret");
	key[9] ^= 4;
	(void)ok(open_secret(&m, key, L_KIT, "a", 1, s, sizeof s, &e) == E_KEY && m.bytes == NULL,
	    "wrong key: no secret");
	key[9] ^= 4;
	(void)ok(open_secret(&m, key, L_KIT, "a", 1, s, sizeof s, &e) == OK && m.len == 3 &&
	    memcmp(m.bytes, "abc", 3) == 0,
	    "opens into a secret");
	seal(s, key, L_KIT, NULL, 0, NULL, 0);
	(void)ok(open_secret(&m, key, L_KIT, NULL, 0, s, SEAL_OVER, &e) == OK && m.len == 0,
	    "nothing, sealed and opened");
}

#define SEALS 1000000u
#define SLOTS (1u << 21)

/* A hash table with open addressing; its hash is the nonce's own first bytes. */
static void
nonces(void)
{
	unsigned char (*nonce)[24] = malloc(SEALS * sizeof *nonce), key[32] = { 0 }, s[SEAL_OVER];
	uint32_t *slot = calloc(SLOTS, sizeof *slot), at;
	unsigned same = 0;

	for (unsigned i = 0; nonce != NULL && slot != NULL && same == 0 && i < SEALS; i++) {
		seal(s, key, L_RECORD, NULL, 0, NULL, 0);
		memcpy(nonce[i], s, 24);
		for (at = le32_get(s) % SLOTS; slot[at] != 0; at = (at + 1) % SLOTS)
			same += memcmp(nonce[slot[at] - 1], s, 24) == 0;
		slot[at] = i + 1;
	}
	(void)ok(nonce != NULL && slot != NULL && same == 0, "%u seals, %u nonces twice", SEALS, same);
	free(nonce);
	free(slot);
}

/* --- One ciphertext that opens under two keys (keys.md section 13, attack 4). Arithmetic modulo 2^130 - 5. --- */

static struct big
prime(void)
{
	struct big p = { { 0xfffffffb, 0xffffffff, 0xffffffff, 0xffffffff, 3 } };

	return p;
}

static struct big
mod_add(struct big a, const struct big *b)
{
	struct big p = prime();

	big_add(&a, b);
	if (!big_less(&a, &p))
		big_sub(&a, &p);
	return a;
}

static struct big
mod_sub(struct big a, const struct big *b)
{
	struct big p = prime();

	big_add(&a, &p);
	big_sub(&a, b);
	if (!big_less(&a, &p))
		big_sub(&a, &p);
	return a;
}

static struct big
mod_mul(const struct big *a, const struct big *b)
{
	struct big r = big_from(0);

	for (unsigned i = 130; i-- > 0;) {
		r = mod_add(r, &r);
		if (b->w[i / 32] >> i % 32 & 1)
			r = mod_add(r, a);
	}
	return r;
}

static struct big
mod_inverse(const struct big *a)
{
	struct big e = prime(), two = big_from(2), r = big_from(1);

	big_sub(&e, &two);
	for (unsigned i = 130; i-- > 0;) {
		r = mod_mul(&r, &r);
		if (e.w[i / 32] >> i % 32 & 1)
			r = mod_mul(&r, a);
	}
	return r;
}

static struct big
number(const unsigned char p[16], bool top)
{
	struct big v = { { le32_get(p), le32_get(p + 4), le32_get(p + 8), le32_get(p + 12), top } };

	return v;
}

struct poly_key { struct big r, r2, r3, s; };

/* The one-time key that XChaCha20-Poly1305 takes for this nonce. */
static struct poly_key
poly_key(const unsigned char key[32], const unsigned char nonce[24])
{
	static const unsigned char mask[16] = { 255, 255, 255, 15, 252, 255, 255, 15, 252, 255, 255, 15, 252, 255, 255,
	    15 };
	unsigned char sub[32], block[32], short_nonce[12] = { 0 };
	struct poly_key k;

	(void)crypto_core_hchacha20(sub, nonce, key, NULL);
	memcpy(short_nonce + 4, nonce + 16, 8);
	(void)crypto_stream_chacha20_ietf(block, sizeof block, short_nonce, sub);
	for (int i = 0; i < 16; i++)
		block[i] &= mask[i];
	k.r = number(block, false);
	k.r2 = mod_mul(&k.r, &k.r);
	k.r3 = mod_mul(&k.r2, &k.r);
	k.s = number(block + 16, false);
	return k;
}

/* first * r^3 + last * r: what does not depend on the block in the middle. */
static struct big
fixed_part(const struct poly_key *k, const struct big *first, const struct big *last)
{
	struct big a = mod_mul(first, &k->r3), b = mod_mul(last, &k->r);

	return mod_add(a, &b);
}

/* ct has two blocks, the second of which is chosen so that both keys give the same tag (modulo 2^128, which succeeds
 * now and then). */
static void
collide(unsigned char ct[32], const struct poly_key *a, const struct poly_key *b)
{
	unsigned char lengths[16] = { [8] = 32 };
	struct big first, last = number(lengths, true), left, right, d = mod_sub(a->r2, &b->r2), x;

	d = mod_inverse(&d);
	do {
		random_bytes(ct, 16);
		first = number(ct, true);
		left = fixed_part(a, &first, &last);
		left = mod_add(left, &a->s);
		right = fixed_part(b, &first, &last);
		right = mod_add(right, &b->s);
		x = mod_sub(right, &left);
		x = mod_mul(&x, &d);
	} while (x.w[4] != 1);
	for (int i = 0; i < 4; i++)
		le32_put(ct + 16 + 4 * i, x.w[i]);
}

static void
okm_of(unsigned char okm[64], const unsigned char key[32], const unsigned char nonce[24])
{
	unsigned char in[4 + 14 + 4 + 6 + 4 + 24 + 4], *p = in;

	le32_put(p, 14);
	memcpy(p + 4, "purser/v1/seal", 14);
	le32_put(p + 18, 6);
	memcpy(p + 22, "record", 6);
	le32_put(p + 28, 24);
	memcpy(p + 32, nonce, 24);
	le32_put(p + 56, 0);
	(void)crypto_generichash(okm, 64, in, sizeof in, key, 32);
}

static void
two_keys(void)
{
	unsigned char k1[32], k2[32], o1[64], o2[64], s[32 + SEAL_OVER], m[32];
	struct poly_key p1, p2;
	bool both = false;

	random_bytes(k1, 32);
	random_bytes(k2, 32);
	random_bytes(s, 24);
	okm_of(o1, k1, s);
	okm_of(o2, k2, s);
	memcpy(s + 24, o1 + 32, 32);
	p1 = poly_key(o1, s);
	p2 = poly_key(o2, s);
	for (int tries = 0; tries < 200 && !both; tries++) {
		unsigned char plain[32], tag[16], short_nonce[12] = { 0 }, sub[32];

		collide(s + 56, &p1, &p2);
		/* The tag under the first key: decrypt to the plaintext that gives this ciphertext, and seal that. */
		(void)crypto_core_hchacha20(sub, s, o1, NULL);
		memcpy(short_nonce + 4, s + 16, 8);
		(void)crypto_stream_chacha20_ietf_xor_ic(plain, s + 56, 32, short_nonce, 1, sub);
		(void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(m, tag, NULL, plain, 32, NULL, 0, NULL, s,
		    o1);
		memcpy(s + 88, tag, 16);
		both = memcmp(m, s + 56, 32) == 0 &&
		    crypto_aead_xchacha20poly1305_ietf_decrypt(m, NULL, NULL, s + 56, 48, NULL, 0, s, o2) == 0;
	}
	(void)ok(both, "a ciphertext that the AEAD alone opens under two keys");
	(void)ok(open_sealed(m, k1, L_RECORD, NULL, 0, s, sizeof s) == OK, "it opens under the key of its commitment");
	(void)ok(open_sealed(m, k2, L_RECORD, NULL, 0, s, sizeof s) == E_KEY, "the commitment refuses the other key");
	memcpy(s + 24, o2 + 32, 32);
	(void)ok(open_sealed(m, k1, L_RECORD, NULL, 0, s, sizeof s) == E_KEY,
	    "and the first, with the other's commitment");
}

static void
boxes(void)
{
	unsigned char seed[32], pub[32], priv[32], s[5 + BOX_OVER], m[5], zero[32] = { 0 }, s16[16], vault[16];

	memset(s16, 0x66, 16);
	memset(vault, 0x22, 16);
	kdf_to(seed, s16, 16, L_KIT, BYTES(vault, 16));
	box_keypair(pub, priv, seed);
	(void)ok(is(pub, 32, "a68a39fb220dd673675ad6a2f3bcd527c64ba3f4be61713b7978400ad1734156"), "R_pub");
	(void)ok(box_seal(s, pub, "hello", 5) == OK && box_open(m, pub, priv, s, sizeof s) == OK &&
	    memcmp(m, "hello", 5) == 0,
	    "box, sealed and opened");
	s[50] ^= 1;
	(void)ok(box_open(m, pub, priv, s, sizeof s) == E_KEY, "damaged: E_KEY");
	(void)ok(box_open(m, pub, priv, s, 47) == E_KEY, "cut: E_KEY");
	(void)ok(box_seal(s, zero, "hello", 5) == E_DAMAGED, "sealing to no key is refused");
}

/* RFC 8032 section 7.1, test 2. */
static void
signatures(void)
{
	unsigned char seed[32], pk[32], sk[64], sig[64], m = 0x72;

	(void)ok(hex_get("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed, 32), "seed");
	sign_keypair(pk, sk, seed);
	(void)ok(is(pk, 32, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), "RFC 8032 public key");
	sign_bytes(sig, sk, &m, 1);
	(void)ok(is(sig, 64, "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"), "RFC 8032 signature");
	(void)ok(sign_ok(sig, pk, &m, 1), "verifies");
	m ^= 1;
	(void)ok(!sign_ok(sig, pk, &m, 1), "not for another message");
}

/* --- Attack 18: who calls the AEAD, and how tags are compared. --- */

struct finding { unsigned files, aead, compare; };

static void
read_source(struct finding *f, const char *path)
{
	static const char *const may[] = { "crypto/seal.c", "crypto/page.c", "crypto/libcrypto.c",
	    "crypto/libcrypto.h" };
	char *text = file_text(path, NULL), *rest = text, *line;
	bool allowed = false;

	for (size_t i = 0; i < COUNTOF(may); i++)
		allowed = allowed || strcmp(path, may[i]) == 0;
	f->files += text != NULL;
	while (text != NULL && (line = next_line(&rest)) != NULL) {
		const char *cmp = strstr(line, "memcmp(");
		char args[256] = "";

		if (!allowed && (strstr(line, "crypto_aead_") || strstr(line, "crypto_secretbox") ||
		    strstr(line, "chapoly_"))) {
			printf("# %s calls an AEAD: %s\n", path, line);
			f->aead++;
		}
		if (cmp != NULL)
			(void)snprintf(args, sizeof args, "%.*s", (int)strcspn(cmp, ")"), cmp);
		if (strstr(line, "sodium_memcmp(") == NULL && (strcasestr(args, "mac") || strcasestr(args, "tag") ||
		    strcasestr(args, "commit"))) {
			printf("# %s compares with memcmp: %s\n", path, line);
			f->compare++;
		}
	}
	free(text);
}

static void
sources(void)
{
	static const char *const rooms[] = { "base", "crypto", "wallet", "statement", "store", "agent", "cmd" };
	struct finding f = { 0 };

	for (size_t i = 0; i < COUNTOF(rooms); i++) {
		DIR *d = opendir(rooms[i]);
		struct dirent *de;
		char path[512];

		while (d != NULL && (de = readdir(d)) != NULL) {
			size_t n = strlen(de->d_name);

			if (n < 3 || (strcmp(de->d_name + n - 2, ".c") != 0 && strcmp(de->d_name + n - 2, ".h") != 0))
				continue;
			(void)snprintf(path, sizeof path, "%s/%s", rooms[i], de->d_name);
			read_source(&f, path);
		}
		if (d != NULL)
			(void)closedir(d);
	}
	if (f.files < 10) {
		tap_skip("the sources are not in the current directory");
		return;
	}
	(void)ok(f.aead == 0, "only seal.c and page.c call an AEAD (%u files)", f.files);
	(void)ok(f.compare == 0, "no tag, MAC or commitment is compared with memcmp");
}

int
main(void)
{
	if (!ok(crypto_start(NULL) == OK, "crypto starts"))
		return tap_done();
	vector();
	damage();
	into_secrets();
	nonces();
	two_keys();
	boxes();
	signatures();
	sources();
	return tap_done();
}
