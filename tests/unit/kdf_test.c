/* KDF, labels and hashes: keys.md sections 1, 13 (18) and 15. */
#include "crypto/kdf.h"

#include "base/num.h"
#include "tests/tap.h"

/* keys.md section 1, the complete list. */
static const char *const labels[] = { "slot-kek", "wrap-ledger", "wrap-secrets", "wrap-record", "record",
    "recovery-inner",
	"manifest", "header-mac", "change", "device-id", "log-box", "log-origin", "store", "page", "wal", "wal-header",
	"header", "set-hash", "totp-seed", "totp-mac", "possession", "kit", "kit-fp", "share-commit",
	/* and those of the security keys, whose file that text leaves open */
	"fido-key", "fido-mac" };

static bool
is(const unsigned char *got, size_t n, const char *hex)
{
	char text[129];

	hex_put(text, got, n);
	if (strcmp(text, hex) == 0)
		return true;
	printf("# got  %s\n# want %s\n", text, hex);
	return false;
}

static void
label_tests(void)
{
	unsigned char key[32] = { 0 }, out[LABEL_COUNT][KEY_LEN];
	bool same = true, distinct = true, named = true;

	same = ok(LABEL_COUNT == COUNTOF(labels), "as many labels as the specification has") && same;
	for (unsigned i = 0; i < LABEL_COUNT; i++) {
		const char *s = label_str((enum label)i);

		if (s == NULL || i >= COUNTOF(labels) || strcmp(s, labels[i]) != 0)
			named = false;
		if (s == NULL)
			continue;
		kdf_raw(out[i], key, sizeof key, (enum label)i, NULL, 0);
		for (unsigned j = 0; j < i; j++) {
			if (strcmp(s, label_str((enum label)j)) == 0 || memcmp(out[i], out[j], KEY_LEN) == 0)
				distinct = false;
		}
	}
	(void)ok(named, "labels are those of the specification, in its order");
	(void)ok(distinct, "every label gives another key");
}

static void
input_tests(void)
{
	unsigned char key[64], a[32], b[32];

	for (unsigned i = 0; i < sizeof key; i++)
		key[i] = (unsigned char)i;
	kdf_to(a, key, 32, L_SLOT_KEK, BYTES("abc", 3));
	(void)ok(is(a, 32, "4b22e646d7650d27f7091d134991d4712c2435fda09cf40977b138034b7c12d5"), "KDF vector");
	kdf_to(b, key, 32, L_SLOT_KEK, BYTES("ab", 2), BYTES("c", 1));
	(void)ok(memcmp(a, b, 32) != 0, "inputs ab|c and abc differ");
	kdf_to(b, key, 32, L_SLOT_KEK, BYTES("abc", 3), BYTES("", 0));
	(void)ok(memcmp(a, b, 32) != 0, "an empty input counts");
	kdf_to(b, key, 16, L_SLOT_KEK, BYTES("abc", 3));
	(void)ok(memcmp(a, b, 32) != 0, "a key of 16 bytes is not one of 32");
	kdf_to(b, key, 64, L_SLOT_KEK, BYTES("abc", 3));
	(void)ok(memcmp(a, b, 32) != 0, "a key of 64 bytes works");
	key[31] ^= 1;
	kdf_to(b, key, 32, L_SLOT_KEK, BYTES("abc", 3));
	(void)ok(memcmp(a, b, 32) != 0, "the key counts to its last byte");
}

/* keys.md section 15: everything that hangs on A, D and S. */
static void
tree_tests(void)
{
	unsigned char d[32], vault[16], slot_salt[16], s[16], a[32], kek[32], out[32];

	memset(d, 0x11, sizeof d);
	memset(vault, 0x22, sizeof vault);
	memset(slot_salt, 0x44, sizeof slot_salt);
	memset(s, 0x66, sizeof s);
	kdf_to(out, d, 32, L_POSSESSION, BYTES("", 0), BYTES("", 0));
	(void)ok(is(out, 32, "87a91291b6cc526ff75bef11c5f95b8303b5f028af1f13e6cb4d32e7aba2b9a6"), "H");
	(void)ok(hex_get("bc671c0d7b24384d71f571f9bd90d07d7114dc207ad4ce3a03f73d45ccf2cd28", a, 32), "A as given");
	kdf_to(kek, a, 32, L_SLOT_KEK, BYTES(slot_salt, 16));
	(void)ok(is(kek, 32, "72711784bba4f9d0ea4a563d1fb7f341dfc8dc0a72b5c0d22990f4e886fc57b0"), "KEK");
	kdf_raw(out, kek, 32, L_WRAP_LEDGER, NULL, 0);
	(void)ok(is(out, 32, "2a6eb501c682ea719b151868bdad974578dd697654fe487beb4eade2f28be12e"),
	    "KDF(KEK, wrap-ledger)");
	kdf_raw(out, kek, 32, L_WRAP_SECRETS, NULL, 0);
	(void)ok(is(out, 32, "b9dff4f418eff75aa1f00c4ac2b35045a964f2252f76bfcae5b95390d8b06925"),
	    "KDF(KEK, wrap-secrets)");
}

static void
secret_form(void)
{
	unsigned char key[32] = { 7 }, out[32];
	SECRET got = { 0 };

	kdf_to(out, key, 32, L_STORE, BYTES("id", 2));
	(void)ok(kdf_secret(&got, key, 32, L_STORE, NULL, BYTES("id", 2)) == OK && got.len == 32 &&
	    memcmp(got.bytes, out, 32) == 0, "into a secret: the same bytes");
}

/* Computed with Python's hashlib (RFC 7693 itself has the 64-byte form only). SHA-256: FIPS 180-2 appendix B. */
static void
hash_tests(void)
{
	unsigned char out[32], key[32] = { 1, 2, 3 }, other[32];
	struct sha256 sha;

	hash256(out, "abc", 3);
	(void)ok(is(out, 32, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"), "BLAKE2b-256 of abc");
	hash256_parts(other, (struct bytes[]){ BYTES("a", 1), BYTES("", 0), BYTES("bc", 2) }, 3);
	(void)ok(memcmp(out, other, 32) == 0, "the same in parts");
	hash128(out, "abc", 3);
	(void)ok(is(out, 16, "cf4ab791c62b8d2b2109c90275287816"), "BLAKE2b-128 of abc");
	hash192(out, "", 0);
	(void)ok(is(out, 24, "ab3b5331a7135ed50d0f182d026e60abdb3646fd51bcf8a3"), "BLAKE2b-192 of nothing");
	mac256(out, key, "abc", 3);
	mac256(other, key, "abd", 3);
	(void)ok(is(out, 32, "c6e222c093226e14ce07cd7f91d01da9071190d15d9f7aeb690df8bc6d6cd393"),
	    "keyed BLAKE2b-256 of abc");
	(void)ok(memcmp(out, other, 32) != 0, "the MAC depends on the message");
	key[31] = 9;
	mac256(other, key, "abc", 3);
	(void)ok(memcmp(out, other, 32) != 0, "the MAC depends on the key");
	sha256_init(&sha);
	sha256_add(&sha, "a", 1);
	sha256_add(&sha, "", 0);
	sha256_add(&sha, "bc", 2);
	sha256_end(&sha, out);
	(void)ok(is(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), "SHA-256 of abc");
}

int
main(void)
{
	struct err e = { 0 };

	if (!ok(crypto_start(&e) == OK && crypto_start(&e) == OK, "crypto starts, and starts twice"))
		return tap_done();
	label_tests();
	input_tests();
	tree_tests();
	secret_form();
	hash_tests();
	return tap_done();
}
