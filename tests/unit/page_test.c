/* The page cipher and the wide-block permutation: store.md 3.3, 3.4 and 3.7. */
#include "crypto/page.h"

#include "base/num.h"
#include "tests/tap.h"

#include <sodium.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4056u

struct page { unsigned char ct[PAGE], nonce[PAGE_NONCE], tag[PAGE_TAG]; };

static const unsigned char key[32] = { 1, 2, 3, 4 };
static const unsigned char ad[16] = { 1, 0, 0, 0, 7 };

static struct page_cipher *
cipher(uint32_t bulk_after)
{
	struct page_cipher *pc = NULL;

	if (page_cipher_new(&pc, key, bulk_after, NULL) != OK) {
		printf("Bail out! no page cipher\n");
		exit(1);
	}
	return pc;
}

/* Each back end writes what the other reads. */
static void
interoperate(void)
{
	static const uint32_t after[] = { UINT32_MAX, 0 };
	static const char *const name[] = { "libsodium", "libcrypto" };
	static unsigned char m[PAGE], back[PAGE];
	struct page p;

	for (unsigned i = 0; i < PAGE; i++)
		m[i] = (unsigned char)(i * 11);
	for (int w = 0; w < 2; w++) {
		for (int r = 0; r < 2; r++) {
			AUTO(page_cipher_free) struct page_cipher *a = cipher(after[w]), *b = cipher(after[r]);
			bool good = true;

			for (size_t n = 0; n <= PAGE; n += n < 200 ? 1 : 257) {
				page_seal(a, p.ct, p.nonce, p.tag, m, n, ad);
				memset(back, 0x55, sizeof back);
				good = good && page_open(b, back, p.ct, n, p.nonce, p.tag, ad) &&
				    memcmp(back, m, n) == 0 &&
				    (n == 0 || n == PAGE || back[n] == 0x55);
			}
			(void)ok(good, "%s writes, %s reads, lengths 0 to %u", name[w], name[r], PAGE);
			(void)ok(strcmp(page_cipher_backend(a), name[w]) == 0 &&
			    strcmp(page_cipher_backend(b), name[r]) == 0,
			    "they are what they should be");
		}
	}
}

static void
damage(uint32_t after)
{
	AUTO(page_cipher_free) struct page_cipher *pc = cipher(after);
	static const unsigned char m[PAGE], zero[PAGE];
	static unsigned char back[PAGE];
	unsigned char other[16];
	struct page p;
	unsigned missed = 0, left = 0;

	page_seal(pc, p.ct, p.nonce, p.tag, m, PAGE, ad);
	for (unsigned i = 0; i < sizeof p * 8; i += i < PAGE * 8 ? 37 : 1) {
		((unsigned char *)&p)[i / 8] ^= (unsigned char)(1 << i % 8);
		memset(back, 9, sizeof back);
		missed += page_open(pc, back, p.ct, PAGE, p.nonce, p.tag, ad);
		left += memcmp(back, zero, PAGE) != 0;
		((unsigned char *)&p)[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	for (unsigned i = 0; i < 16; i++) {
		memcpy(other, ad, 16);
		other[i] ^= 1;
		missed += page_open(pc, back, p.ct, PAGE, p.nonce, p.tag, other);
	}
	missed += page_open(pc, back, p.ct, PAGE - 1, p.nonce, p.tag, ad);
	(void)ok(missed == 0, "%s: every changed bit of page, nonce, tag and address is noticed",
	    page_cipher_backend(pc));
	(void)ok(left == 0, "and nothing comes out");
	(void)ok(page_open(pc, back, p.ct, PAGE, p.nonce, p.tag, ad), "whole again");
}

static void
switching(void)
{
	AUTO(page_cipher_free) struct page_cipher *pc = cipher(3);
	static const unsigned char m[64];
	struct page p;
	char seen[6] = "";

	for (int i = 0; i < 5; i++) {
		page_seal(pc, p.ct, p.nonce, p.tag, m, sizeof m, ad);
		seen[i] = page_cipher_backend(pc)[3];
	}
	(void)ok(strcmp(seen, "sssc" "c") == 0, "libcrypto after 3 pages (%s)", seen);
}

static void
nonces(void)
{
	AUTO(page_cipher_free) struct page_cipher *pc = cipher(0), *other = cipher(0);
	static const unsigned char m[1];
	unsigned char first[PAGE_NONCE], before[PAGE_NONCE];
	unsigned prefixes = 1, repeated = 0;
	struct page p;

	page_seal(pc, p.ct, first, p.tag, m, 1, ad);
	page_seal(other, p.ct, p.nonce, p.tag, m, 1, ad);
	(void)ok(memcmp(first, p.nonce, 16) != 0, "two handles, two prefixes");
	memcpy(before, first, sizeof before);
	for (unsigned i = 1; i < 200000; i++) {
		page_seal(pc, p.ct, p.nonce, p.tag, m, 1, ad);
		prefixes += memcmp(before, p.nonce, 16) != 0;
		repeated += memcmp(before, p.nonce, 16) == 0 && memcmp(before, p.nonce, PAGE_NONCE) == 0;
		memcpy(before, p.nonce, sizeof before);
	}
	(void)ok(prefixes == 4 && repeated == 0, "200,000 pages: %u prefixes of 65,536 pages", prefixes);
}

/* The child of a process that goes on writing must not write under the same nonces. */
static void
forked(void)
{
	AUTO(page_cipher_free) struct page_cipher *pc = cipher(0);
	static const unsigned char m[32] = "text";
	unsigned char back[32];
	struct page mine, its;
	int fd[2], st;
	pid_t child;

	page_seal(pc, mine.ct, mine.nonce, mine.tag, m, sizeof m, ad);
	if (!ok(pipe(fd) == 0, "pipe"))
		return;
	if ((child = fork()) == 0) {
		page_seal(pc, its.ct, its.nonce, its.tag, m, sizeof m, ad);
		_exit(write(fd[1], &its, sizeof its) == (ssize_t)sizeof its ? 0 : 1);
	}
	(void)ok(child > 0 && waitpid(child, &st, 0) == child && st == 0 &&
	    read(fd[0], &its, sizeof its) == (ssize_t)sizeof its,
	    "a page of the child");
	page_seal(pc, mine.ct, mine.nonce, mine.tag, m, sizeof m, ad);
	(void)ok(memcmp(mine.nonce, its.nonce, 16) != 0, "its nonce has another prefix");
	(void)ok(page_open(pc, back, its.ct, sizeof m, its.nonce, its.tag, ad) && memcmp(back, m, sizeof m) == 0,
	    "it opens here");
	(void)close(fd[0]);
	(void)close(fd[1]);
}

/* Without libcrypto (no descriptor is left to open it with): libsodium, and no error. */
static void
no_library(void)
{
	pid_t child = fork();
	int st;

	if (child == 0) {
		AUTO(page_cipher_free) struct page_cipher *pc = cipher(0);
		struct rlimit none = { 0, 0 };
		unsigned char m[16] = "sixteen bytes..", back[16];
		struct page p;

		if (setrlimit(RLIMIT_NOFILE, &none) != 0)
			_exit(1);
		page_seal(pc, p.ct, p.nonce, p.tag, m, sizeof m, ad);
		if (strcmp(page_cipher_backend(pc), "libsodium") != 0)
			_exit(2);
		_exit(page_open(pc, back, p.ct, sizeof m, p.nonce, p.tag, ad) && memcmp(back, m, sizeof m) == 0 ?
		    0 : 3);
	}
	(void)ok(child > 0 && waitpid(child, &st, 0) == child && st == 0, "libcrypto missing: libsodium serves");
}

static void
permutation(void)
{
	static const struct { size_t n; uint64_t tweak; const char *want; } cases[] = {
		{ 32, 0, "818460065a426069c9c837071d926e528b67a680268f23b7271e2c4b187844df" },
		{ 24, 4128, "eb4db07bac7bb734add3a42a9668d62191f895a00c8ed2a6" },
	};
	unsigned char k[32], p[32], q[32], start[32];
	char hex[65];

	for (unsigned i = 0; i < 32; i++)
		k[i] = start[i] = (unsigned char)i;
	for (size_t c = 0; c < COUNTOF(cases); c++) {
		size_t n = cases[c].n, half = n / 2;
		bool wide = true, back = true;

		memcpy(p, start, 32);
		wide_encrypt(k, cases[c].tweak, p, n);
		hex_put(hex, p, n);
		(void)ok(strcmp(hex, cases[c].want) == 0, "%zu bytes: %s", n, hex);
		(void)ok(memcmp(p + n, start + n, 32 - n) == 0, "nothing is written behind it");
		wide_decrypt(k, cases[c].tweak, p, n);
		(void)ok(memcmp(p, start, n) == 0, "and back");
		/* Each bit of text changes both halves, in either direction. */
		for (unsigned i = 0; i < n * 8; i++) {
			for (int dir = 0; dir < 2; dir++) {
				memcpy(p, start, 32);
				memcpy(q, start, 32);
				q[i / 8] ^= (unsigned char)(1 << i % 8);
				(dir ? wide_encrypt : wide_decrypt)(k, 5, p, n);
				(dir ? wide_encrypt : wide_decrypt)(k, 5, q, n);
				wide = wide && memcmp(p, q, half) != 0 && memcmp(p + half, q + half, half) != 0;
				(dir ? wide_decrypt : wide_encrypt)(k, 5, q, n);
				q[i / 8] ^= (unsigned char)(1 << i % 8);
				back = back && memcmp(q, start, n) == 0;
			}
		}
		(void)ok(wide && back, "%zu bytes: every bit reaches both halves", n);
		memcpy(p, start, 32);
		memcpy(q, start, 32);
		wide_encrypt(k, 1, p, n);
		wide_encrypt(k, UINT64_C(1) << 63 | 1, q, n);
		(void)ok(memcmp(p, q, half) != 0 && memcmp(p + half, q + half, half) != 0,
		    "the tweak counts to its last bit");
		memcpy(q, start, 32);
		k[31] ^= 1;
		wide_encrypt(k, 1, q, n);
		k[31] ^= 1;
		(void)ok(memcmp(p, q, half) != 0 && memcmp(p + half, q + half, half) != 0, "so does the key");
	}
}

/* Bytes in this process' own memory; the key that is looked for is kept the other way round. */
static int
in_own_memory(const unsigned char turned[32])
{
	unsigned long from, to;
	char line[512], rights[8];
	int found = 0;
	FILE *maps = fopen("/proc/self/maps", "re");

	while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[0] != 'r' || strstr(line, "[v") != NULL ||
		    to - from > 1ul << 28)
			continue;
		for (const unsigned char *p = (const unsigned char *)from; p + 32 <= (const unsigned char *)to; p++) {
			size_t i = 0;

			while (i < 32 && (unsigned)p[i] + turned[i] == 0xff)
				i++;
			found += i == 32;
		}
	}
	if (maps != NULL)
		(void)fclose(maps);
	return found;
}

/* OpenSSL keeps a key of its own making in ordinary memory: it is gone with the cipher. */
static void
forgotten(void)
{
	struct page_cipher *pc = cipher(0);
	static const unsigned char m[PAGE] = { 1 };
	unsigned char ct[PAGE], nonce[PAGE_NONCE], tag[PAGE_TAG], turned[32];
	int before;

	for (unsigned i = 0; i < 3; i++)
		page_seal(pc, ct, nonce, tag, m, sizeof m, ad);
	if (strcmp(page_cipher_backend(pc), "libcrypto") != 0 || UNDER_ASAN) {
		tap_skip("a key in OpenSSL's memory: not with this build");
		page_cipher_free(&pc);
		return;
	}
	(void)crypto_core_hchacha20(turned, nonce, key, NULL);
	for (unsigned i = 0; i < 32; i++)
		turned[i] ^= 0xff;
	before = in_own_memory(turned);
	page_cipher_free(&pc);
	ok(before > 0 && in_own_memory(turned) == 0,
	    "the key that OpenSSL works with is there (%d), and gone with the cipher (%d)",
	    before, in_own_memory(turned));
}

int
main(void)
{
	if (!ok(crypto_start(NULL) == OK, "crypto starts"))
		return tap_done();
	no_library();                           /* before the library is loaded for good */
	interoperate();
	damage(UINT32_MAX);
	damage(0);
	switching();
	nonces();
	forked();
	permutation();
	forgotten();
	return tap_done();
}
