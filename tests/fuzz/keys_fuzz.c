/*
 * tests/fuzz/keys_fuzz.c: keys, device.key, fuse and change as hostile bytes. The first byte chooses the file and
 * whether the check sum, which is no secret, is mended. The rest is either the file itself or, with bit 3, edits
 * (u16 offset, u8 xor) of a good one: whatever is accepted in full must then be the good one.
 */
#include "base/io.h"
#include "base/le.h"
#include "store/change.h"
#include "store/device.h"
#include "store/fuse.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct {
	struct keys keys;
	unsigned char device[DEVICE_KEY_SIZE], change[CHANGE_SIZE], fuse[FUSE_SECTOR + 4 * FUSE_ENTRY];
	struct secret a, lk, sk, d;
	struct home *home;
	char dir[64];
} G;

static void
clean(void)
{
	static const char *const names[] = { "device/fuse", "device/CACHEDIR.TAG", "device", "vault", "" };
	char path[128];

	for (size_t i = 0; i < COUNTOF(names); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", G.dir, names[i]);
		(void)remove(path);
	}
}

static void
good_fuse(unsigned char wraps[KEYS_SLOTS][WRAPS_LEN])
{
	fuse_head_make(G.fuse, keys_vault_id(&G.keys), 5, wraps, 1, 2);
	for (unsigned i = 0; i < 3; i++)
		memset(G.fuse + FUSE_SECTOR + i * FUSE_ENTRY, (int)i + 1, FUSE_ENTRY);
}

static void
good_change(void)
{
	unsigned char mac[32];

	memcpy(G.change, keys_vault_id(&G.keys), 16);
	le64_put(G.change + 16, 5);
	memset(G.change + 24, 7, CF_COUNT * 32);
	hash256(G.change + CHANGE_SIZE - 64, G.change, CHANGE_SIZE - 64);
	kdf_to(mac, G.lk.bytes, G.lk.len, L_CHANGE, BYTES(G.change, CHANGE_SIZE - 32));
	memcpy(G.change + CHANGE_SIZE - 32, mac, sizeof mac);
}

static void
start(void)
{
	static const unsigned char pk0[32] = { 1 }, r_pub[32] = { 9 };
	unsigned char h[32] = { 3 }, wraps[KEYS_SLOTS][WRAPS_LEN];
	struct keys_plan plan = { .vault_id = { 4 },
		.epoch = 5,
		.params = { 65536, 3, 4 },
		.pk0 = pk0,
		.r_pub = r_pub,
		.kit = KIT_VERIFIED };
	char vault[128], device[128];

	if (G.home != NULL)
		return;
	(void)snprintf(G.dir, sizeof G.dir, "/dev/shm/purser-fuzz.XXXXXX");
	if (crypto_start(NULL) != OK || mkdtemp(G.dir) == NULL)
		abort();
	(void)snprintf(vault, sizeof vault, "%s/vault", G.dir);
	(void)snprintf(device, sizeof device, "%s/device", G.dir);
	(void)atexit(clean);
	if (home_open(&G.home, vault, device, NULL) != OK || home_create(G.home, NULL) != OK ||
	    secret_random(&G.a, 32, NULL) != OK || secret_random(&G.lk, 32, NULL) != OK ||
	    secret_random(&G.sk, 32, NULL) != OK || secret_random(&G.d, 32, NULL) != OK)
		abort();
	keys_begin(&G.keys, &plan);
	if (keys_finish(&G.keys, &G.a, &G.lk, &G.sk, G.d.bytes, h, (const uint32_t[2]){ 0 }, wraps, NULL) != OK)
		abort();
	device_key_make(G.device, &G.d);
	good_fuse(wraps);
	good_change();
}

/* out has cap bytes. */
static size_t
input(unsigned char *out, size_t cap, const unsigned char *good, size_t goodlen, bool edits, const uint8_t *data,
    size_t n)
{
	if (!edits) {
		n = n < cap ? n : cap;
		memcpy(out, data, n);
		return n;
	}
	memcpy(out, good, goodlen);
	for (size_t i = 0; i + 3 <= n; i += 3)
		out[le16_get(data + i) % goodlen] ^= data[i + 2];
	return goodlen;
}

static void
must_be(const unsigned char *p, size_t n, const unsigned char *good, size_t goodlen)
{
	if (n != goodlen || memcmp(p, good, n) != 0)
		abort();
}

static void
try_keys(unsigned char *p, size_t n, bool mend)
{
	SECRET lk = { 0 };
	struct keys k;
	unsigned slot = 0;

	if (mend && n == KEYS_SIZE)
		hash256(p + 1056, p, 1056);
	if (keys_check(p, n, &k, NULL) == OK && keys_open_slot(&k, &G.a, &lk, &slot, NULL) == OK &&
	    keys_check_mac(&k, &lk, NULL) == OK)
		must_be(p, n, G.keys.raw, KEYS_SIZE);
}

static void
try_device(unsigned char *p, size_t n, bool mend)
{
	SECRET d = { 0 };

	if (mend && n == DEVICE_KEY_SIZE)
		hash128(p + 48, p, 48);
	if (device_key_check(p, n, &d, NULL) == OK && d.len != KEY_LEN)
		abort();
}

static void
try_change(unsigned char *p, size_t n, bool mend)
{
	struct change c;

	if (mend && n == CHANGE_SIZE)
		hash256(p + CHANGE_SIZE - 64, p, CHANGE_SIZE - 64);
	if (change_check(p, n, &c, NULL) == OK && change_mac_ok(&c, &G.lk))
		must_be(p, n, G.change, CHANGE_SIZE);
}

static bool
count(void *ctx, const unsigned char *rec, uint64_t version, const unsigned char *wrap)
{
	size_t *used = ctx;

	(void)rec;
	(void)version;
	(void)wrap;
	++*used;
	return true;
}

static void
try_fuse(unsigned char *p, size_t n, bool mend)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	unsigned char rec[ID_LEN] = { 1 }, wrap[RECORD_WRAP_LEN] = { 8 }, back[RECORD_WRAP_LEN];
	size_t used = 0;

	if (mend && n >= FUSE_SECTOR)
		hash256(p + 480, p, 480);
	(void)unlinkat(G.home->device, "fuse", 0);
	if (io_create(G.home->device, "fuse", 0600, p, n, NULL) != OK ||
	    fuse_open(G.home, keys_vault_id(&G.keys), true, &f, NULL) != OK)
		return;
	fuse_each(f, count, &used);
	if (used != fuse_used(f) || used > n / FUSE_ENTRY)
		abort();
	if (fuse_put(f, rec, 77, wrap, NULL) != OK || fuse_find(f, rec, 77, back) != OK ||
	    memcmp(wrap, back, sizeof wrap) != 0 || fuse_zero(f, rec, 77, NULL) != OK ||
	    fuse_find(f, rec, 77, back) == OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static unsigned char p[8192];
	bool mend, edits;

	start();
	if (n == 0)
		return 0;
	mend = data[0] & 4;
	edits = data[0] & 8;
	switch (data[0] & 3) {
	case 0: try_keys(p, input(p, sizeof p, G.keys.raw, KEYS_SIZE, edits, data + 1, n - 1), mend); break;
	case 1: try_device(p, input(p, sizeof p, G.device, sizeof G.device, edits, data + 1, n - 1), mend); break;
	case 2: try_change(p, input(p, sizeof p, G.change, sizeof G.change, edits, data + 1, n - 1), mend); break;
	default: try_fuse(p, input(p, sizeof p, G.fuse, sizeof G.fuse, edits, data + 1, n - 1), mend);
	}
	return 0;
}
