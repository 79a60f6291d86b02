/* Argon2id: keys.md sections 1, 3, 13 (2) and 15, the vectors of RFC 9106 and of its reference code. */
#include "crypto/pwhash.h"

#include "base/le.h"
#include "base/num.h"
#include "crypto/kdf.h"
#include "tests/json.h"
#include "tests/tap.h"

#include <argon2.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void
bounds(void)
{
	static const struct { const char *name; struct pwparams p; bool good; } cases[] = {
		{ "64 MiB, t 3", { 65536, 3, 4 }, true },
		{ "2 GiB, t 4: 8 GiB of work", { 2097152, 4, 4 }, true },
		{ "64 MiB, t 12", { 65536, 12, 4 }, true },
		{ "8 KiB", { 8, 3, 4 }, false },
		{ "nothing", { 0, 3, 4 }, false },
		{ "2^32 - 1 KiB", { UINT32_MAX, 3, 4 }, false },
		{ "over 2 GiB", { 2097153, 1, 4 }, false },
		{ "2 GiB, t 5: over 8 GiB of work", { 2097152, 5, 4 }, false },
		{ "t 0", { 65536, 0, 4 }, false },
		{ "t 13", { 65536, 13, 4 }, false },
		{ "t 2^31", { 65536, UINT32_C(1) << 31, 4 }, false },
		{ "p 0", { 65536, 3, 0 }, false },
		{ "p 1", { 65536, 3, 1 }, false },
		{ "p 5", { 65536, 3, 5 }, false },
		{ "p 255", { 65536, 3, 255 }, false },
	};
	static const unsigned char zero[32];
	struct pwparams low = { pwparams_floor_kib() - 1, 3, 4 };
	struct rusage before, after;
	SECRET in = { 0 };

	if (!ok(secret_copy(&in, "x", 1, NULL) == OK, "input"))
		return;
	(void)ok(pwparams_floor_kib() == 65536, "the floor of a normal build is 64 MiB");
	(void)ok(!pwparams_ok(&low), "1 KiB below the floor is refused");
	(void)getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < COUNTOF(cases); i++) {
		SECRET out = { 0 };
		struct err e = { 0 };

		(void)ok(pwparams_ok(&cases[i].p) == cases[i].good, "%s: %s", cases[i].name,
		    cases[i].good ? "accepted" : "refused");
		if (!cases[i].good)
			(void)ok(pwhash(&out, &in, zero, &cases[i].p, zero, NULL, 0, &e) == E_RANGE &&
			    out.bytes == NULL &&
			    strcmp(e.what, "unusual key parameters") == 0, "%s: no run", cases[i].name);
	}
	(void)getrusage(RUSAGE_SELF, &after);
	(void)ok(after.ru_maxrss - before.ru_maxrss < 1024, "refused before memory is taken");
}

static void
specification(void)
{
	static const char password[] = "correct horse";
	static const unsigned char x_want[] = "\x0c\0\0\0purser/v1/pw\x10\0\0\0" "\x22\x22\x22\x22\x22\x22\x22\x22"
	    "\x22\x22\x22\x22\x22\x22\x22\x22" "\x10\0\0\0" "\0\0\1\0" "\3\0\0\0" "\4\0\0\0" "\1\0\0";
	unsigned char d[32], h[32], input[25], salt[16];
	struct pwparams p = { 65536, 3, 4 };
	char hex[65];
	SECRET in = { 0 };
	SECRET out = { 0 };
	struct err e = { 0 };

	memset(d, 0x11, sizeof d);
	memset(salt, 0x33, sizeof salt);
	kdf_to(h, d, 32, L_POSSESSION, BYTES("", 0), BYTES("", 0));
	le32_put(input, 13);
	memcpy(input + 4, password, 13);
	le32_put(input + 17, 4);
	le32_put(input + 21, 123456);
	hex_put(hex, input, sizeof input);
	(void)ok(strcmp(hex, "0d000000636f727265637420686f7273650400000040e20100") == 0, "Argon2 password input");
	(void)ok(sizeof x_want == 56, "X has 56 bytes");
	if (!ok(secret_copy(&in, input, sizeof input, &e) == OK, "input as a secret"))
		return;
	if (!ok(pwhash(&out, &in, salt, &p, h, x_want, sizeof x_want, &e) == OK && out.len == 32, "a run of 64 MiB"))
		return;
	hex_put(hex, out.bytes, 32);
	(void)ok(strcmp(hex, "bc671c0d7b24384d71f571f9bd90d07d7114dc207ad4ce3a03f73d45ccf2cd28") == 0, "A is %s", hex);
}

/* Every input has its effect: with each changed by one bit the answer is another. */
static void
inputs(void)
{
	unsigned char salt[16] = { 0 }, k[32] = { 0 }, x[4] = { 0 }, seen[6][32];
	struct pwparams p = { 65536, 1, 4 };
	bool distinct = true;

	for (int i = 0; i < 6; i++) {
		SECRET in = { 0 };
		SECRET out = { 0 };
		unsigned char byte = i == 1;

		salt[15] = i == 2;
		k[31] = i == 3;
		x[3] = i == 4;
		p.t = i == 5 ? 2 : 1;
		if (secret_copy(&in, &byte, 1, NULL) != OK || pwhash(&out, &in, salt, &p, k, x, sizeof x, NULL) != OK)
			distinct = false;
		else
			memcpy(seen[i], out.bytes, 32);
		for (int j = 0; j < i; j++) {
			if (memcmp(seen[i], seen[j], 32) == 0)
				distinct = false;
		}
	}
	(void)ok(distinct, "password, salt, K, X and t each change the result");
}

/* 64 MiB that are not there: an error, not a crash; in a child, as the limit would stay. */
static void
no_memory(void)
{
	static const unsigned char zero[32];
	struct pwparams p = { 1048576, 1, 4 };
	pid_t child;
	int st;

	if (UNDER_ASAN) {
		tap_skip("limit of address space: AddressSanitizer needs more");
		return;
	}
	if ((child = fork()) == 0) {
		struct rlimit l = { 512UL << 20, 512UL << 20 };
		SECRET mine = { 0 };
		SECRET out = { 0 };

		if (setrlimit(RLIMIT_AS, &l) != 0 || secret_copy(&mine, "x", 1, NULL) != OK)
			_exit(1);
		_exit(pwhash(&out, &mine, zero, &p, zero, NULL, 0, NULL) == E_NOMEM && out.bytes == NULL ? 0 : 2);
	}
	(void)ok(child > 0 && waitpid(child, &st, 0) == child && st == 0, "no memory: E_NOMEM");
}

static void
calibrated(void)
{
	struct pwparams p = { 0 };
	struct err e = { 0 };

	if (UNDER_ASAN) {
		tap_skip("calibration: its times mean nothing under AddressSanitizer");
		return;
	}
	if (ok(pwparams_calibrate(&p, &e) == OK, "calibrates"))
		(void)ok(pwparams_ok(&p) && p.t == 3 && p.p == 4 && p.m_kib >= 65536 && p.m_kib <= 1048576 &&
		    (p.m_kib & (p.m_kib - 1)) == 0, "calibration gives %u MiB", p.m_kib / 1024);
}

/* libargon2 as it is, for parameters that pwhash() refuses. */
static bool
argon2id(unsigned char *out, uint32_t outlen, const void *pw, size_t pwlen, const void *salt, size_t saltlen,
    const void *k,
    size_t klen, const void *x, size_t xlen, uint32_t t, uint32_t m, uint32_t lanes)
{
	argon2_context c = { .out = out, .outlen = outlen, .pwdlen = (uint32_t)pwlen, .saltlen = (uint32_t)saltlen,
		.secretlen = (uint32_t)klen, .adlen = (uint32_t)xlen, .t_cost = t, .m_cost = m, .lanes = lanes,
		.threads = 1, .version = ARGON2_VERSION_13 };

	c.pwd = (uint8_t *)(uintptr_t)pw;
	c.salt = (uint8_t *)(uintptr_t)salt;
	c.secret = (uint8_t *)(uintptr_t)k;
	c.ad = (uint8_t *)(uintptr_t)x;
	return argon2_ctx(&c, Argon2_id) == ARGON2_OK;
}

/* "Password[32]: 01 01 ..." of a KAT file; n bytes. */
static size_t
kat_bytes(const char *text, const char *name, unsigned char *out, size_t max)
{
	const char *p = strstr(text, name);
	size_t n = 0;
	unsigned v;
	int used;

	if (p == NULL || (p = strchr(p, ':')) == NULL)
		return 0;
	for (p++; n < max && sscanf(p, " %2x%n", &v, &used) == 1 && memchr(p, '\n', (size_t)used) == NULL; p += used)
		out[n++] = (unsigned char)v;
	return n;
}

static void
kat(const char *dir)
{
	unsigned char pw[64], salt[64], k[64], x[64], want[64], got[64];
	char path[4096], *text;
	unsigned m, t, p, len;
	size_t npw, nsalt, nk, nx;
	const char *line;

	(void)snprintf(path, sizeof path, "%s/vectors/crypto/argon2/argon2id.kat.txt", dir);
	if (!ok((text = file_text(path, NULL)) != NULL, "%s is there", path))
		return;
	line = strstr(text, "Memory:");
	npw = kat_bytes(text, "Password[", pw, sizeof pw);
	nsalt = kat_bytes(text, "Salt[", salt, sizeof salt);
	nk = kat_bytes(text, "Secret[", k, sizeof k);
	nx = kat_bytes(text, "Associated data[", x, sizeof x);
	if (ok(line != NULL && sscanf(line, "Memory: %u KiB, Iterations: %u, Parallelism: %u lanes, Tag length: %u", &m,
	    &t, &p,
	    &len) == 4 && npw == 32 && nsalt == 16 && nk == 8 && nx == 12 && len == 32, "the RFC 9106 vector is read"))
		(void)ok(kat_bytes(text, "\nTag:", want, sizeof want) == len &&
		    argon2id(got, len, pw, npw, salt, nsalt, k, nk,
		    x, nx, t, m, p) && memcmp(got, want, len) == 0, "RFC 9106 section 5.3: Argon2id with K and X");
	free(text);
}

static void
reference_vectors(const char *dir)
{
	char path[4096], *text, *rest, *line, *cell[9];
	unsigned rows = 0;

	(void)snprintf(path, sizeof path, "%s/vectors/crypto/argon2/test_c_vectors.tsv", dir);
	if (!ok((text = file_text(path, NULL)) != NULL, "%s is there", path))
		return;
	rest = text;
	while ((line = next_line(&rest)) != NULL) {
		uint64_t t, m, p;
		unsigned char got[32];
		char hex[65];

		if (tsv_cells(line, cell, 9) != 9 || strcmp(cell[1], "Argon2_id") != 0)
			continue;
		rows++;
		hex[0] = '\0';
		if (num_u64(cell[2], 1, 99, &t) && num_u64(cell[3], 1, 20, &m) && num_u64(cell[4], 1, 4, &p) &&
		    argon2id(got, 32, cell[5], strlen(cell[5]), cell[6], strlen(cell[6]), NULL, 0, NULL, 0, (uint32_t)t,
		    UINT32_C(1) << m, (uint32_t)p))
			hex_put(hex, got, 32);
		(void)ok(strcmp(hex, cell[7]) == 0, "reference vector t %s, m 2^%s, p %s, %s, %s", cell[2], cell[3],
		    cell[4],
		    cell[5], cell[6]);
	}
	(void)ok(rows >= 8, "%u rows of Argon2id", rows);
	free(text);
}

/* Two implementations agree; libsodium's has p = 1 and neither K nor X. */
static void
against_libsodium(void)
{
	bool same = true;

	for (int i = 0; i < 24; i++) {
		unsigned char pw[64], salt[16], a[32], b[32];
		uint32_t m = 8 + random_below(2048), t = 1 + random_below(4);
		size_t n = random_below(sizeof pw);

		random_bytes(pw, sizeof pw);
		random_bytes(salt, sizeof salt);
		if (!argon2id(a, 32, pw, n, salt, 16, NULL, 0, NULL, 0, t, m, 1) ||
		    crypto_pwhash(b, 32, (const char *)pw, n, salt, t, (size_t)m * 1024,
		    crypto_pwhash_ALG_ARGON2ID13) != 0 ||
		    memcmp(a, b, 32) != 0)
			same = false;
	}
	(void)ok(same, "libargon2 (p = 1) and libsodium agree on 24 random inputs");
}

int
main(void)
{
	const char *dir = shared_dir();

	if (!ok(crypto_start(NULL) == OK, "crypto starts"))
		return tap_done();
	bounds();
	specification();
	inputs();
	no_memory();
	calibrated();
	against_libsodium();
	if (dir == NULL) {
		tap_skip("the vectors of Argon2 are not here (PURSER_SHARED)");
		return tap_done();
	}
	kat(dir);
	reference_vectors(dir);
	return tap_done();
}
