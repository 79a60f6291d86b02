/*
 * `keys` and device.key: vectors, and the attacks 1 to 4 of the specification on the bytes. A is given (no
 * Argon2id), so that every byte can be tried; the bound parameters are then held by the slots' associated data
 * alone, the harder case.
 */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "base/le.h"
#include "base/num.h"
#include "store/device.h"
#include "store/keysfile.h"

#include <sys/resource.h>

static const uint32_t no_targets[2];

struct made {
	struct keys k;
	struct secret a, lk, sk, d;
	unsigned char h[32], wraps[KEYS_SLOTS][WRAPS_LEN];
	struct kit kit;
};

static void
made_end(struct made *m)
{
	secret_wipe(&m->a);
	secret_wipe(&m->lk);
	secret_wipe(&m->sk);
	secret_wipe(&m->d);
	kit_wipe(&m->kit);
}

static void
make(struct made *m, uint64_t epoch)
{
	static const unsigned char pk0[32] = { 9 };
	struct keys_plan plan = {
		.vault_id = { 1, 2, 3 }, .epoch = epoch, .params = { 65536, 3, 4 }, .pk0 = pk0, .kit = KIT_VERIFIED
	};

	memset(m, 0, sizeof *m);
	vh_a(&m->a, 7);
	if (secret_random(&m->lk, 32, NULL) != OK || secret_random(&m->sk, 32, NULL) != OK ||
	    secret_random(&m->d, 32, NULL) != OK || kit_make(&m->kit, plan.vault_id, pk0, 1, 1, NULL) != OK)
		abort();
	plan.r_pub = m->kit.r_pub;
	keys_begin(&m->k, &plan);
	keys_possession(m->h, m->d.bytes, NULL, NULL);
	if (keys_finish(&m->k, &m->a, &m->lk, &m->sk, m->d.bytes, m->h, no_targets, m->wraps, NULL) != OK)
		abort();
}

static void
recheck(unsigned char *raw)
{
	hash256(raw + 1056, raw, 1056);
}

/* As far as an unlock gets with the right A: OK only when LK comes out and the MAC holds. */
static enum rc
try_open(const unsigned char *raw, size_t n, const struct secret *a, struct err *e)
{
	SECRET lk = { 0 };
	struct keys k;
	unsigned slot = 0;
	enum rc rc;

	if ((rc = keys_check(raw, n, &k, e)) != OK || (rc = keys_open_slot(&k, a, &lk, &slot, e)) != OK)
		return rc;
	return keys_check_mac(&k, &lk, e);
}

static void
vectors(void)
{
	const char *dir = shared_dir();
	unsigned char d[32], vid[16], h[32], want[32], pub[32], priv[32];
	SECRET s = { 0 };

	if (dir == NULL) {
		tap_skip("shared vectors are not there: possession factor and kit key pair not compared");
		return;
	}
	memset(d, 0x11, sizeof d);
	memset(vid, 0x22, sizeof vid);
	keys_possession(h, d, NULL, NULL);
	ok(hex_get("87a91291b6cc526ff75bef11c5f95b8303b5f028af1f13e6cb4d32e7aba2b9a6", want, 32) &&
		memcmp(h, want, 32) == 0,
	    "H of D alone");
	if (secret_alloc(&s, 16, NULL) != OK)
		abort();
	memset(s.bytes, 0x66, 16);
	kit_keypair(pub, priv, &s, vid);
	ok(hex_get("a68a39fb220dd673675ad6a2f3bcd527c64ba3f4be61713b7978400ad1734156", want, 32) &&
		memcmp(pub, want, 32) == 0,
	    "R_pub of S");
}

/* A itself: password, T0, salt, parameters, H as K, and X, all of them through keys_stretch(). */
static void
stretch_vector(void)
{
	unsigned char d[32], h[32], want[32];
	uint32_t t0 = 123456;
	struct keys k = { .raw = { 0 } };
	SECRET pw = { 0 }, a = { 0 };
	struct err e = { .rc = OK };

	memset(d, 0x11, sizeof d);
	keys_possession(h, d, NULL, NULL);
	le32_put(k.raw + 12, 1);
	memset(k.raw + 16, 0x22, 16);
	le32_put(k.raw + 48, 65536);
	le32_put(k.raw + 52, 3);
	le32_put(k.raw + 56, 4);
	memset(k.raw + 64, 0x33, 16);
	if (secret_copy(&pw, "correct horse", 13, NULL) != OK)
		abort();
	ok(keys_stretch(&a, &k, &pw, &t0, 1, h, &e) == OK &&
		hex_get("bc671c0d7b24384d71f571f9bd90d07d7114dc207ad4ce3a03f73d45ccf2cd28", want, 32) &&
		memcmp(a.bytes, want, 32) == 0,
	    "A of password, code target, salt, parameters and H");
}

static void
round_trip(void)
{
	AUTO(made_end) struct made m;
	SECRET lk = { 0 }, sk = { 0 }, y = { 0 }, r = { 0 }, bad = { 0 }, d = { 0 };
	unsigned char dev[DEVICE_KEY_SIZE], flip[DEVICE_KEY_SIZE];
	unsigned slot = 9, wrong = 0;
	struct err e = { .rc = OK };

	make(&m, 3);
	ok(try_open(m.k.raw, KEYS_SIZE, &m.a, &e) == OK, "what was made opens");
	ok(keys_open_slot(&m.k, &m.a, &lk, &slot, &e) == OK && slot == 0 && secret_equal(&lk, &m.lk), "LK in slot 0");
	ok(keys_open_sk(&m.k, &m.a, 0, m.wraps[0], &sk, &e) == OK && secret_equal(&sk, &m.sk), "SK from wrapS 0");
	secret_wipe(&sk);
	ok(keys_open_sk(&m.k, &m.a, 0, m.wraps[1], &sk, &e) == E_KEY, "wrapS 1 is noise");
	ok(keys_open_sk(&m.k, &m.a, 1, m.wraps[0], &sk, &e) == E_KEY, "wrapS 0 in the place of 1 does not open");
	vh_a(&bad, 8);
	secret_wipe(&lk);
	ok(keys_open_slot(&m.k, &bad, &lk, &slot, &e) == E_KEY, "another A: wrong key");
	ok(keys_open_kit(&m.k, &m.kit.s, &y, &r, &e) == OK && y.len == KEYS_Y_LEN &&
	    memcmp(y.bytes, m.lk.bytes, KEY_LEN) == 0 && le32_get(y.bytes + 32) == 0, "the kit leads to LK");
	m.kit.s.bytes[0] ^= 1;
	secret_wipe(&y);
	secret_wipe(&r);
	ok(keys_open_kit(&m.k, &m.kit.s, &y, &r, &e) == E_AUTH, "another kit: 3");
	device_key_make(dev, &m.d);
	ok(device_key_check(dev, sizeof dev, &d, &e) == OK && secret_equal(&d, &m.d), "device.key round trip");
	secret_wipe(&d);
	for (size_t i = 0; i < sizeof dev; i++) {
		memcpy(flip, dev, sizeof dev);
		flip[i] ^= 0x40;
		wrong += device_key_check(flip, sizeof flip, &d, NULL) != E_DAMAGED;
		secret_wipe(&d);
	}
	ok(wrong == 0, "device.key: a flip in any byte is damage");
	keys_set_kit(&m.k, KIT_UNVERIFIED, &m.lk);
	ok(try_open(m.k.raw, KEYS_SIZE, &m.a, &e) == OK && keys_kit(&m.k) == KIT_UNVERIFIED,
	    "kit state is set with LK");
}

/* Attack 1, as accident (the check sum stays) and as malice (it is made right again). */
static void
flips(void)
{
	AUTO(made_end) struct made m;
	unsigned char raw[KEYS_SIZE];
	unsigned opened = 0, other = 0, refused_late = 0;
	enum rc rc;

	make(&m, 3);
	for (size_t i = 0; i < KEYS_SIZE; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(raw, m.k.raw, sizeof raw);
			raw[i] ^= (unsigned char)(1u << bit);
			rc = try_open(raw, sizeof raw, &m.a, NULL);
			opened += rc == OK;
			other += rc != E_DAMAGED;
		}
	}
	ok(opened == 0 && other == 0, "16,384 single bits flipped: each is damage (6), none opens");
	for (size_t i = 0; i < KEYS_SIZE; i++) {
		memcpy(raw, m.k.raw, sizeof raw);
		raw[i] ^= 0xff;
		if (i < 1056)
			recheck(raw);
		rc = try_open(raw, sizeof raw, &m.a, NULL);
		opened += rc == OK;
		other += rc != E_DAMAGED && rc != E_KEY && rc != E_TAMPER;
		refused_late += rc == E_KEY;
	}
	ok(opened == 0 && other == 0, "the same by one who mends the check sum: none opens");
	ok(refused_late > 150, "bound fields make the slot unopenable, not only the MAC wrong (%u bytes)",
	    refused_late);
	ok(try_open(m.k.raw, KEYS_SIZE - 1, &m.a, NULL) == E_DAMAGED && try_open(m.k.raw, 0, &m.a, NULL) == E_DAMAGED,
	    "a file of another size is refused");
}

/* Attack 2: in a child, with the real KDF behind, so that a missing check would be seen in its memory. */
static void
hostile_parameters(void)
{
	static const struct { uint32_t m, t, p; const char *what; } c[] = {
		{ 8, 3, 4, "m = 8 KiB" }, { UINT32_MAX, 3, 4, "m = 2^32-1" }, { 65536, 0, 4, "t = 0" },
		{ 65536, 1u << 31, 4, "t = 2^31" }, { 65536, 3, 1, "p = 1" }, { 65536, 3, 255, "p = 255" },
		{ 2u << 20, 12, 4, "m x t = 24 GiB" }, { 1048576, 3, 0, "p = 0" },
	};
	AUTO(vh_end) struct vh t = { .h = NULL };
	unsigned char raw[KEYS_SIZE];

	vh_tmp(&t);
	if (vh_create(&t, 1, true, NULL, NULL) != OK)
		abort();
	for (size_t i = 0; i < COUNTOF(c); i++) {
		int st = 0;
		pid_t pid;

		if (vh_load(t.root, "vault/keys", raw, sizeof raw) != sizeof raw)
			abort();
		le32_put(raw + 48, c[i].m);
		le32_put(raw + 52, c[i].t);
		le32_put(raw + 56, c[i].p);
		recheck(raw);
		{
			struct keys k;
			struct err e = { .rc = OK };

			ok(keys_check(raw, sizeof raw, &k, &e) == E_DAMAGED && strstr(e.what, "unusual") != NULL,
			    "%s: `keys` is refused", c[i].what);
		}
		vh_save(t.root, "vault/keys", raw, sizeof raw);
		if ((pid = fork()) == 0) {
			AUTO(vault_close) struct vault *v = NULL;
			struct unlock_how how = { .now_ms = 1 };
			struct err e = { .rc = OK };
			struct rusage before, after;
			SECRET pw = { 0 };
			enum rc rc;

			(void)getrusage(RUSAGE_SELF, &before);
			if (secret_copy(&pw, "x", 1, NULL) != OK)
				_exit(9);
			how.password = &pw;
			rc = vault_unlock(t.h, &how, &v, &e);
			(void)getrusage(RUSAGE_SELF, &after);
			_exit(rc == E_DAMAGED && strstr(e.what, "unusual") != NULL &&
				      after.ru_maxrss - before.ru_maxrss < 16384
				  ? 0
				  : 1);
		}
		ok(pid > 0 && waitpid(pid, &st, 0) == pid && st == 0, "%s: refused as unusual before any allocation",
		    c[i].what);
	}
}

/* Attack 3: whole fields of another file of the same owner and password. */
static void
swaps(void)
{
	static const struct { size_t at, n; const char *what;
	} f[] = {
		{ 12, 4, "flags" },
		{ 16, 16, "vault id" },
		{ 32, 8, "epoch" },
		{ 64, 16, "salt" },
		{ 80, 32, "R_pub" },
		{ 112, 32, "L_pub" },
		{ 144, 32, "pk0" },
		{ 176, 144, "sealR" },
		{ 320, 16, "device id" },
		{ 512, 128, "slot 0" },
		{ 1024, 32, "MAC" },
	};
	AUTO(made_end) struct made m;
	AUTO(made_end) struct made o;
	unsigned char raw[KEYS_SIZE];
	enum rc rc;

	make(&m, 3);
	make(&o, 4);
	for (size_t i = 0; i < COUNTOF(f); i++) {
		memcpy(raw, m.k.raw, sizeof raw);
		memcpy(raw + f[i].at, o.k.raw + f[i].at, f[i].n);
		if (f[i].at == 12)
			raw[12] |= KEYS_KIT_PASSWORD;
		if (f[i].at == 144 || f[i].at == 16)
			raw[f[i].at] ^= 1;
		recheck(raw);
		rc = try_open(raw, sizeof raw, &m.a, NULL);
		ok(rc == E_KEY || rc == E_TAMPER || rc == E_DAMAGED, "%s of another file: %d", f[i].what, (int)rc);
	}
	memcpy(raw, m.k.raw, sizeof raw);
	memcpy(raw + 512, m.k.raw + 640, 128);
	recheck(raw);
	ok(try_open(raw, sizeof raw, &m.a, NULL) == E_KEY, "slot 1's bytes in slot 0: wrong key");
	memcpy(raw, m.k.raw, sizeof raw);
	memcpy(raw + 640, m.k.raw + 512, 128);
	memcpy(raw + 512, m.k.raw + 768, 128);
	recheck(raw);
	ok(try_open(raw, sizeof raw, &m.a, NULL) == E_KEY, "slot 0's bytes in slot 1: wrong key");
}

/* Attack 4 at the place of a wrap: the commitment of the other key does not make the bytes open under it (crypto's test
 * has the true two-key collision of Poly1305). */
static void
two_keys(void)
{
	AUTO(made_end) struct made m;
	AUTO(made_end) struct made o;
	SECRET sk = { 0 };
	unsigned char wrap[WRAPS_LEN];

	make(&m, 3);
	make(&o, 3);
	memcpy(wrap, o.wraps[0], sizeof wrap);
	ok(keys_open_sk(&m.k, &m.a, 0, wrap, &sk, NULL) == E_KEY, "a wrap of another key");
	memcpy(wrap, m.wraps[0], 24 + 32);
	ok(keys_open_sk(&m.k, &m.a, 0, wrap, &sk, NULL) == E_TAMPER, "with the commitment of this one");
}

int
main(void)
{
	struct err e = { .rc = OK };

	if (crypto_start(&e) != OK || db_init(&e) != OK)
		return 1;
	vectors();
	stretch_vector();
	round_trip();
	flips();
	hostile_parameters();
	swaps();
	two_keys();
	return tap_done();
}
