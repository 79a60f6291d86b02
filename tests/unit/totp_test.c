/*
 * The second factor of the store (keys.md sections 5 and 13, attacks 13 and 14), with real runs of the password hash (8 MiB:
 * PURSER_TEST_KDF): what the table is made of, when a code opens, what an attacker with the disk and the password has to do.
 */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "base/le.h"
#include "base/num.h"
#include "crypto/otp.h"
#include "store/fidofile.h"
#include "store/fuse.h"
#include "store/totp.h"

#include <dirent.h>
#include <time.h>

static const struct pwparams small = { 8192, 1, 4 };
static const char password[] = "correct horse battery";
#define START ((int64_t)1800000000 * 1000)
#define STEP ((int64_t)TOTP_PERIOD * 1000)

struct fix { struct vh t; struct secret pw; struct totp_seed seed; unsigned char id[16]; };

static void
fix_end(struct fix *f)
{
	secret_wipe(&f->pw);
	totp_seed_wipe(&f->seed);
	vh_end(&f->t);
}
#define FIX AUTO(fix_end) struct fix

static bool
said(const char *what, enum rc want, enum rc rc, const struct err *e)
{
	if (rc != want)
		printf("# %s: %s\n", what, e->what);
	return ok(rc == want, "%s", what);
}

static bool
fix_make(struct fix *f, enum kit_state kit, enum recovery recovery)
{
	struct new_keys how = { .params = &small, .kit = &f->t.kit, .kit_state = kit, .recovery = recovery, .now_ms = START,
		.wait_ms = 1000 };
	AUTO(vault_close) struct vault *v = NULL;
	struct err e = { 0 };
	GENESIS g = { 0 };
	enum rc rc;

	memset(f, 0, sizeof *f);
	vh_tmp(&f->t);
	how.password = &f->pw;
	if ((rc = secret_copy(&f->pw, password, strlen(password), &e)) == OK && (rc = genesis_make(&g, &e)) == OK &&
	    (rc = kit_make(&f->t.kit, g.vault_id, g.pk0, 1, 1, &e)) == OK && (rc = home_create(f->t.h, &e)) == OK &&
	    (rc = vault_create(f->t.h, &g, &how, &v, &e)) == OK)
		rc = vh_put(v, 1, 1, "a secret", &e);
	memcpy(f->id, g.vault_id, sizeof f->id);
	return rc == OK;
}

/* The codes an app shows: of the step of ms and, for two, the one after. */
static void
codes_at(struct factors *w, const struct totp_seed *s, int64_t ms, int64_t clock_ms)
{
	w->codes = s->n;
	w->code_ms = clock_ms;
	for (unsigned i = 0; i < s->n; i++)
		if (totp_code_of(&w->code[i], s, totp_step(ms) + i, NULL) != OK)
			abort();
}

static enum rc
unlock_with(struct fix *f, const struct factors *with, struct vault **out, struct err *e)
{
	struct unlock_how how = { .password = &f->pw, .with = with, .now_ms = with != NULL ? with->code_ms : START,
		.wait_ms = 1000 };

	return vault_unlock(f->t.h, &how, out, e);
}

/* Codes of ms, by a clock that says clock_ms. */
static enum rc
unlock_at(struct fix *f, int64_t ms, int64_t clock_ms, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	FACTORS w = { .codes = 0 };

	codes_at(&w, &f->seed, ms, clock_ms);
	return unlock_with(f, &w, &v, e);
}

/* Another set of factors; what is in `given` is what opens it now. */
static enum rc
factors_to(struct fix *f, const struct factors *given, const struct new_factors *next, int64_t ms, struct err *e)
{
	struct unlock_how old = { .password = &f->pw, .with = given, .now_ms = ms, .wait_ms = 1000 };
	struct new_keys how = { .password = &f->pw, .params = &small, .factors = next, .now_ms = ms, .wait_ms = 1000 };

	return vault_passwd(f->t.h, &old, &how, e);
}

static enum rc
enable(struct fix *f, unsigned n, struct err *e)
{
	struct new_factors next = { .codes = n, .totp = &f->seed, .code_ms = START };
	enum rc rc;

	totp_seed_wipe(&f->seed);
	if ((rc = totp_seed_make(&f->seed, n, e)) != OK)
		return rc;
	return factors_to(f, NULL, &next, START, e);
}

static unsigned char file[TOTP_SIZE + 16];

static size_t
table_load(struct fix *f)
{
	return vh_load(f->t.root, "device/totp.tab", file, sizeof file);
}

static uint32_t
offset_at(const unsigned char *p, size_t i)
{
	return p[148 + 3 * i] | (uint32_t)p[148 + 3 * i + 1] << 8 | (uint32_t)p[148 + 3 * i + 2] << 16;
}

/* ---- the table ---- */

static void
codes_of_rfc(void)
{
	static const struct { int64_t t; uint32_t code; } vec[] = {     /* RFC 6238 appendix B, the last six digits */
		{ 59, 287082 }, { 1111111109, 81804 }, { 1111111111, 50471 }, { 1234567890, 5924 }, { 2000000000, 279037 },
		{ 20000000000, 353130 }
	};
	TOTP_SEED s = { .n = 1 };
	unsigned good = 0;
	uint32_t code;

	if (secret_copy(&s.key, "12345678901234567890", 20, NULL) != OK)
		abort();
	for (size_t i = 0; i < COUNTOF(vec); i++)
		good += totp_code_of(&code, &s, totp_step(vec[i].t * 1000), NULL) == OK && code == vec[i].code;
	ok(good == COUNTOF(vec), "codes of RFC 6238");
}

static void
seeds(void)
{
	enum { DRAWS = 20000, BINS = 20 };
	unsigned bin[BINS] = { 0 }, far = 0, over = 0;

	for (unsigned i = 0; i < DRAWS; i++) {
		TOTP_SEED s = { .n = 0 };

		if (totp_seed_make(&s, 2, NULL) != OK)
			abort();
		over += s.target[0] >= TOTP_MODULUS || s.target[1] >= TOTP_MODULUS;
		bin[s.target[i & 1] / (TOTP_MODULUS / BINS)]++;
	}
	for (unsigned i = 0; i < BINS; i++)     /* 1,000 each; six standard deviations are 185 */
		far += bin[i] < 815 || bin[i] > 1185;
	ok(over == 0 && far == 0, "targets are uniform below 10^6");
}

static void
table_of(unsigned n)
{
	AUTO(totp_tab_free) struct totp_tab *t = NULL;
	TOTP_SEED s = { .n = 0 };
	SECRET lk = { 0 };
	static const unsigned char id[16] = { 7 };
	const int64_t from = 60000001;
	unsigned wrong = 0, other = 0;
	const unsigned char *p;
	uint32_t code;

	if (secret_random(&lk, 32, NULL) != OK || totp_seed_make(&s, n, NULL) != OK ||
	    totp_tab_make(&t, &s, id, &lk, from, NULL) != OK)
		abort();
	p = totp_tab_bytes(t);
	for (size_t i = 0; i < TOTP_STEPS; i++) {
		if (totp_code_of(&code, &s, from + (int64_t)i, NULL) != OK)
			abort();
		wrong += (code + offset_at(p, i)) % TOTP_MODULUS != s.target[(size_t)(from + (int64_t)i) % n];
		if (n == 2 && s.target[0] != s.target[1])
			other += (code + offset_at(p, i)) % TOTP_MODULUS == s.target[((size_t)(from + (int64_t)i) + 1) % n];
	}
	ok(wrong == 0, "%u code(s): every step leads to the target of its parity", n);
	ok(other == 0, "%u code(s): no step leads to the other target", n);
	ok(TOTP_SIZE == 786612 && memcmp(p, "PURSTOT1", 8) == 0 && memcmp(p + 8, id, 16) == 0 &&
		le64_get(p + 24) == (uint64_t)from && le32_get(p + 32) == 262144 && le32_get(p + 36) == n &&
		le32_get(p + 40) == 6 && le32_get(p + 44) == 30,
	    "%u code(s): the header as the specification has it, one offset a step and nothing else", n);
}

static void
targets(void)
{
	AUTO(totp_tab_free) struct totp_tab *t = NULL;
	struct factors w = { .codes = 2, .code = { 1, 2 } };
	static const unsigned char id[16] = { 1 };
	TOTP_SEED s = { .n = 0 };
	SECRET lk = { 0 };
	uint32_t got[2];

	if (secret_random(&lk, 32, NULL) != OK || totp_seed_make(&s, 2, NULL) != OK ||
	    totp_tab_make(&t, &s, id, &lk, 100, NULL) != OK)
		abort();
	ok(!totp_tab_targets(t, &w, 99, got) && totp_tab_targets(t, &w, 100, got) &&
		totp_tab_targets(t, &w, 100 + TOTP_STEPS - 2, got) && !totp_tab_targets(t, &w, 100 + TOTP_STEPS - 1, got),
	    "two codes need both of their steps in the table");
	codes_at(&w, &s, 105 * STEP, 0);
	ok(totp_tab_targets(t, &w, 105, got) && got[0] == s.target[0] && got[1] == s.target[1], "a pair that begins odd");
	codes_at(&w, &s, 106 * STEP, 0);
	ok(totp_tab_targets(t, &w, 106, got) && got[0] == s.target[0] && got[1] == s.target[1], "a pair that begins even");
	w.codes = 1;
	ok(!totp_tab_targets(t, &w, 106, got), "one code where two are wanted leads nowhere");
}

/* ---- files that are not right ---- */

static void
damaged(void)
{
	AUTO(totp_tab_free) struct totp_tab *t = NULL;
	static const unsigned char id[16] = { 1 };
	static const struct { size_t at; unsigned char to; const char *what; } bad[] = {
		{ 0, 'X', "magic" }, { 8, 9, "another vault" }, { 31, 0xff, "a first step beyond all time" },
		{ 34, 5, "another number of steps" }, { 36, 2, "another number of codes" }, { 40, 8, "eight digits" },
		{ 44, 60, "another period" }
	};
	static unsigned char p[TOTP_SIZE];
	TOTP_SEED s = { .n = 0 };
	SECRET lk = { 0 };
	struct err e = { 0 };

	if (secret_random(&lk, 32, NULL) != OK || totp_seed_make(&s, 1, NULL) != OK ||
	    totp_tab_make(&t, &s, id, &lk, 100, NULL) != OK)
		abort();
	for (size_t i = 0; i < COUNTOF(bad); i++) {
		AUTO(totp_tab_free) struct totp_tab *u = NULL;

		memcpy(p, totp_tab_bytes(t), sizeof p);
		p[bad[i].at] = bad[i].to;
		ok(totp_tab_check(p, sizeof p, id, 1, &u, &e) == E_DAMAGED, "table refused: %s", bad[i].what);
	}
	for (size_t n = 0; n < TOTP_SIZE; n += n < 200 ? 1 : 50000) {
		AUTO(totp_tab_free) struct totp_tab *u = NULL;

		if (totp_tab_check(totp_tab_bytes(t), n, id, 1, &u, &e) != E_DAMAGED) {
			ok(false, "cut to %zu bytes: refused", n);
			return;
		}
	}
	ok(true, "cut at any place: refused");
}

static void
eight_digits(struct fix *f)
{
	unsigned char k[KEYS_SIZE];
	struct keys keys;

	if (vh_load(f->t.root, "vault/keys", k, sizeof k) != sizeof k)
		abort();
	ok(le16_get(k + 60) == 6 && le16_get(k + 62) == 30 && (le32_get(k + 12) & 3) == 1, "keys: six digits, 30 seconds");
	le16_put(k + 60, 8);
	hash256(k + 1056, k, 1056);
	ok(keys_check(k, sizeof k, &keys, NULL) == E_DAMAGED, "keys with eight digits: refused");
	le16_put(k + 60, 6);
	le32_put(k + 12, le32_get(k + 12) | 3);
	hash256(k + 1056, k, 1056);
	ok(keys_check(k, sizeof k, &keys, NULL) == E_DAMAGED, "keys with three codes: refused");
}

/* ---- unlocking ---- */

static void
one_code(void)
{
	AUTO(vault_close) struct vault *v = NULL;
	FACTORS w = { .codes = 0 };
	struct err e = { 0 };
	FIX f;

	ok(fix_make(&f, KIT_UNVERIFIED, RECOVERY_SAME), "a store whose kit was not verified");
	said("a second factor is refused there", E_FAILED, enable(&f, 1, &e), &e);
	ok(strstr(e.next, "kit check") != NULL, "and kit check is named");
	fix_end(&f);
	ok(fix_make(&f, KIT_VERIFIED, RECOVERY_SAME), "a store with a verified kit");
	said("2fa on", OK, enable(&f, 1, &e), &e);
	said("the password alone: a factor is missing", E_AUTH, unlock_with(&f, NULL, &v, &e), &e);
	for (int d = -2; d <= 2; d++) {
		enum rc want = d >= -1 && d <= 1 ? OK : E_AUTH, rc = unlock_at(&f, START + d * STEP, START, &e);

		ok(rc == want, "a code %+d steps off: %s", d, want == OK ? "opens" : "does not");
	}
	codes_at(&w, &f.seed, START, START);
	w.code[0] = (w.code[0] + 1) % TOTP_MODULUS;
	said("the code beside it does not", E_AUTH, unlock_with(&f, &w, &v, &e), &e);
	ok(strcmp(e.what, "wrong password, code or key file. Nothing was changed") == 0, "with the one message");
	eight_digits(&f);
	fix_end(&f);
}

static void
two_codes(void)
{
	AUTO(vault_close) struct vault *v = NULL;
	FACTORS w = { .codes = 0 };
	struct err e = { 0 };
	uint32_t first;
	FIX f;

	ok(fix_make(&f, KIT_VERIFIED, RECOVERY_SAME) && enable(&f, 2, &e) == OK, "two codes on");
	for (int d = -2; d <= 2; d++)
		ok(unlock_at(&f, START + d * STEP, START, &e) == (d >= -1 && d <= 1 ? OK : E_AUTH), "a pair that begins %+d", d);
	codes_at(&w, &f.seed, START, START);
	first = w.code[0];
	w.code[0] = w.code[1];
	w.code[1] = first;
	said("a pair in the wrong order", E_AUTH, unlock_with(&f, &w, &v, &e), &e);
	codes_at(&w, &f.seed, START, START);
	if (totp_code_of(&w.code[1], &f.seed, totp_step(START) + 2, NULL) != OK)
		abort();
	said("a pair with a gap", E_AUTH, unlock_with(&f, &w, &v, &e), &e);
	w.codes = 1;
	said("the first alone", E_AUTH, unlock_with(&f, &w, &v, &e), &e);
	fix_end(&f);
}

static void
times(void)
{
	const int64_t day = 86400 * (int64_t)1000, first = START - TOTP_BACK * STEP;
	int64_t end = first + TOTP_STEPS * STEP;
	struct err e = { 0 };
	FIX f;

	ok(fix_make(&f, KIT_VERIFIED, RECOVERY_SAME) && enable(&f, 1, &e) == OK, "one code on");
	said("before the table", E_AUTH, unlock_at(&f, first - 3 * STEP, first - 3 * STEP, &e), &e);
	ok(strstr(e.what, "the clock says 2027-01-15; the 2FA table goes from 2027-01-15 to 2027-04-16") != NULL &&
		strstr(e.next, "--clock") != NULL,
	    "says the table's dates and --clock: %s", e.what);
	said("a year before", E_AUTH, unlock_at(&f, START, START - 365 * day, &e), &e);
	said("after the table", E_AUTH, unlock_at(&f, end + STEP, end + STEP, &e), &e);
	ok(strstr(e.what, "2FA table expired on 2027-04-16") != NULL && strstr(e.next, "recover") != NULL,
	    "says when it expired, and the way out: %s", e.what);
	said("a clock that is wrong by a year, corrected", OK, unlock_at(&f, START, START, &e), &e);
	said("the last step of the table", OK, unlock_at(&f, end - STEP, end - STEP, &e), &e);
	fix_end(&f);
}

static void
renewal(void)
{
	const int64_t day = 86400 * (int64_t)1000;
	AUTO(vault_close) struct vault *v = NULL;
	static unsigned char was[TOTP_SIZE];
	FACTORS w = { .codes = 0 };
	unsigned differ = 0;
	struct err e = { 0 };
	size_t by;
	FIX f;

	ok(fix_make(&f, KIT_VERIFIED, RECOVERY_SAME) && enable(&f, 2, &e) == OK && table_load(&f) == TOTP_SIZE, "two codes on");
	memcpy(was, file, sizeof was);
	said("six days later", OK, unlock_at(&f, START + 6 * day, START + 6 * day, &e), &e);
	ok(table_load(&f) == TOTP_SIZE && memcmp(was, file, TOTP_SIZE) == 0, "the table stays");
	codes_at(&w, &f.seed, START + 8 * day - STEP, START + 8 * day);
	said("eight days later", OK, unlock_with(&f, &w, &v, &e), &e);
	ok(table_load(&f) == TOTP_SIZE && le64_get(file + 24) == (uint64_t)(totp_step(START + 8 * day - STEP) - TOTP_BACK) &&
		v != NULL && vault_notices(v)->totp_renewed && vault_notices(v)->totp_days == 83 &&
		vault_notices(v)->totp_until_ms > START + 98 * day,
	    "a new one begins two steps before the one that opened");
	by = (size_t)(le64_get(file + 24) - le64_get(was + 24));
	for (size_t i = by; i < TOTP_STEPS; i++)
		differ += offset_at(was, i) != offset_at(file, i - by);
	ok(differ == 0, "the same offsets where both reach: two targets under one seed would publish their difference");
	vault_close(&v);
	file[148 + 3 * 1000]++;
	vh_save(f.t.root, "device/totp.tab", file, TOTP_SIZE);
	said("an offset of another step is altered: the code opens", OK, unlock_at(&f, START + 8 * day, START + 8 * day, &e), &e);
	differ = offset_at(file, 1000);
	ok(table_load(&f) == TOTP_SIZE && offset_at(file, 1000) != differ, "and the table is made whole again");
	vh_save(f.t.root, "device/totp.tab", file, 700000);
	said("a table that was cut: damaged, only the kit", E_DAMAGED, unlock_at(&f, START + 8 * day, START + 8 * day, &e), &e);
	(void)unlinkat(f.t.h->device, "totp.tab", 0);
	said("a table that is missing: a factor is", E_AUTH, unlock_at(&f, START + 8 * day, START + 8 * day, &e), &e);
	ok(strstr(e.next, "recover") != NULL, "and the kit is named");
	fix_end(&f);
}

/* ---- attacks 13 and 14 ---- */

/* Without the table and with flags that ask for nothing, there is still no way around T. */
static void
stripped(void)
{
	AUTO(vault_close) struct vault *v = NULL;
	unsigned char k[KEYS_SIZE], kept[KEYS_SIZE];
	struct err e = { 0 };
	FIX f;

	ok(fix_make(&f, KIT_VERIFIED, RECOVERY_SAME) && enable(&f, 1, &e) == OK, "one code on");
	if (vh_load(f.t.root, "vault/keys", k, sizeof k) != sizeof k)
		abort();
	memcpy(kept, k, sizeof k);
	le32_put(k + 12, 0);
	le32_put(k + 60, 0);
	hash256(k + 1056, k, 1056);
	vh_save(f.t.root, "vault/keys", k, sizeof k);
	(void)unlinkat(f.t.h->device, "totp.tab", 0);
	said("flags cleared, table gone, right password: nothing opens", E_AUTH, unlock_with(&f, NULL, &v, &e), &e);
	fix_end(&f);
}

/* What the thief of disk and password has to run: A for each T. count: how many runs until the slot opens. */
static bool
search(struct fix *f, const uint32_t *start, unsigned limit, unsigned *count)
{
	unsigned char h[32], dev[64];
	struct keys k;
	bool found = false;

	if (keys_read(f->t.h->vault, "keys", &k, NULL) != OK || vh_load(f->t.root, "device/device.key", dev, 64) != 64)
		abort();
	keys_possession(h, dev + 16, NULL, NULL);
	for (*count = 0; *count < limit && !found;) {
		uint32_t t[2] = { (start[0] + *count) % TOTP_MODULUS, start[1] };
		SECRET a = { 0 }, lk = { 0 };
		unsigned slot;

		++*count;
		if (keys_stretch(&a, &k, &f->pw, t, keys_flags(&k) & KEYS_TOTP_MASK, h, NULL) != OK)
			abort();
		found = keys_open_slot(&k, &a, &lk, &slot, NULL) == OK;
	}
	return found;
}

static void
brute_force(void)
{
	uint32_t start[2] = { 0, 0 }, code;
	struct timespec from, to;
	struct err e = { 0 };
	unsigned runs;
	double ms;
	FIX f;

	ok(fix_make(&f, KIT_VERIFIED, RECOVERY_SAME) && enable(&f, 1, &e) == OK && table_load(&f) == TOTP_SIZE, "one code on");
	start[0] = (f.seed.target[0] + TOTP_MODULUS - 39) % TOTP_MODULUS;
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	ok(search(&f, start, 80, &runs) && runs == 40, "the target 39 places on: 40 runs, one for each place");
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	ms = ((double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6) / runs;
	printf("# a run of 8 MiB, t = 1: %.1f ms; 500,000 of them, the mean for 10^6 places: %.1f hours here\n", ms,
	    ms * 500000 / 3600e3);
	start[0] = (f.seed.target[0] + 1) % TOTP_MODULUS;
	ok(!search(&f, start, 20, &runs), "places that are not the target open nothing");
	/* Who has seen one code has T, from the table. */
	if (totp_code_of(&code, &f.seed, totp_step(START), NULL) != OK)
		abort();
	start[0] = (code + offset_at(file, (size_t)(totp_step(START) - (int64_t)le64_get(file + 24)))) % TOTP_MODULUS;
	ok(search(&f, start, 1, &runs), "one code ever seen and a copy of the disk: one run (as the text after enabling says)");
	fix_end(&f);
	ok(fix_make(&f, KIT_VERIFIED, RECOVERY_SAME) && enable(&f, 2, &e) == OK, "two codes on");
	start[0] = f.seed.target[0];
	start[1] = (f.seed.target[1] + 1) % TOTP_MODULUS;
	ok(!search(&f, start, 1, &runs), "two codes: one of the targets alone opens nothing");
	start[1] = f.seed.target[1];
	ok(search(&f, start, 1, &runs), "both open");
	fix_end(&f);
}

/* ---- nothing of what was typed is written; attack 16 ---- */

static bool
found_in(const char *root, const char *dir, const void *what, size_t n)
{
	char path[900], name[300];
	struct dirent *d;
	bool found = false;
	DIR *dp;

	(void)snprintf(path, sizeof path, "%s/%s", root, dir);
	if ((dp = opendir(path)) == NULL)
		abort();
	while ((d = readdir(dp)) != NULL && !found) {
		static unsigned char all[4 << 20];
		size_t k;

		(void)snprintf(name, sizeof name, "%.20s/%.255s", dir, d->d_name);
		k = vh_load(root, name, all, sizeof all);
		found = k > 0 && memmem(all, k, what, n) != NULL;
	}
	(void)closedir(dp);
	return found;
}

static void
nothing_written(void)
{
	AUTO(vault_close) struct vault *v = NULL;
	FACTORS w = { .codes = 1, .code = { 271828 }, .code_ms = START };
	struct err e = { 0 };
	FIX f;

	ok(fix_make(&f, KIT_VERIFIED, RECOVERY_SAME) && enable(&f, 1, &e) == OK, "one code on");
	said("a wrong code", E_AUTH, unlock_with(&f, &w, &v, &e), &e);
	ok(!found_in(f.t.root, "vault", "271828", 6) && !found_in(f.t.root, "device", "271828", 6) &&
		!found_in(f.t.root, "vault", password, strlen(password)) && !found_in(f.t.root, "device", password, strlen(password)),
	    "no file has the code or the password");
	ok(!found_in(f.t.root, "device", f.seed.key.bytes, 20) && !found_in(f.t.root, "vault", f.seed.key.bytes, 20),
	    "nor the seed");
	fix_end(&f);
}

/* ---- other factors ---- */

/* One that leads to this value, and a change of it that was cut short. */
static void
security_key(const struct fix *f, const struct secret *value)
{
	unsigned char cred[64] = { 1 }, output[FIDO_OUTPUT] = { 2 };
	struct fido_file keys;
	SECRET never = { 0 };

	fido_begin(&keys, f->id);
	if (fido_add(&keys, "desk", cred, sizeof cred, output, START, NULL) != OK ||
	    fido_seal(&keys, 0, 0, value, -1, NULL) != OK || secret_random(&never, KEY_LEN, NULL) != OK ||
	    fido_seal(&keys, 1, 1, &never, -1, NULL) != OK || fido_write(f->t.h, &keys, NULL) != OK)
		abort();
}

static void
key_file(void)
{
	struct new_factors next = { .codes = 0 }, none = { .codes = 0 };
	AUTO(vault_close) struct vault *v = NULL;
	unsigned char digest[32] = { 5 };
	FACTORS w = { .codes = 0 };
	struct vault_status st;
	struct fido_file keys;
	char name[FACTORS_NAME];
	struct err e = { 0 };
	SECRET fido = { 0 };
	FIX f;

	ok(fix_make(&f, KIT_VERIFIED, RECOVERY_SAME), "a store");
	next.keyfile_digest = digest;
	said("a key file", OK, factors_to(&f, NULL, &next, START, &e), &e);
	said("without it: a factor is missing", E_AUTH, unlock_with(&f, NULL, &v, &e), &e);
	w.keyfile = true;
	w.code_ms = START;
	w.keyfile_digest[0] = 6;
	said("another file", E_AUTH, unlock_with(&f, &w, &v, &e), &e);
	memcpy(w.keyfile_digest, digest, 32);
	said("the file", OK, unlock_with(&f, &w, &v, &e), &e);
	vault_close(&v);
	if (secret_random(&fido, 32, NULL) != OK || totp_seed_make(&f.seed, 1, NULL) != OK)
		abort();
	next.fido2 = &fido;
	next.totp = &f.seed;
	next.codes = 1;
	next.code_ms = START;
	said("a security key that no file leads to is refused", E_BUSY, factors_to(&f, &w, &next, START, &e), &e);
	security_key(&f, &fido);
	said("a security key and a code as well", OK, factors_to(&f, &w, &next, START, &e), &e);
	ok(fido_read(f.t.h, &keys, &e) == OK && keys.sets == 1, "what a change that was cut short left leads nobody astray");
	ok(vault_status(f.t.h, &st, &e) == OK && strcmp(factors_name(st.flags, name), "totp+keyfile+fido2") == 0, "status: %s",
	    name);
	codes_at(&w, &f.seed, START, START);
	said("without the security key", E_AUTH, unlock_with(&f, &w, &v, &e), &e);
	if (secret_copy(&w.fido2, fido.bytes, 32, NULL) != OK)
		abort();
	said("with all of them", OK, unlock_with(&f, &w, &v, &e), &e);
	vault_close(&v);
	w.fido2.bytes[0] ^= 1;
	said("another security key", E_AUTH, unlock_with(&f, &w, &v, &e), &e);
	w.fido2.bytes[0] ^= 1;
	said("all off", OK, factors_to(&f, &w, &none, START, &e), &e);
	said("the password alone", OK, unlock_with(&f, NULL, &v, &e), &e);
	ok(!file_there(f.t.h->device, "totp.tab") && vh_get(v, 1, 1, "a secret", &e) == OK, "the table is gone, the secret is there");
	fix_end(&f);
}

/* kit+password: the kit holds H and T; neither of the two is enough. */
static void
policy(void)
{
	struct thaw_how how = { .now_ms = START, .wait_ms = 1000 };
	AUTO(thaw_free) struct thaw *th = NULL;
	SECRET wrong = { 0 };
	struct err e = { 0 };
	FIX f;

	ok(fix_make(&f, KIT_VERIFIED, RECOVERY_KIT_PASSWORD) && enable(&f, 2, &e) == OK, "kit+password, two codes on");
	(void)unlinkat(f.t.h->device, "totp.tab", 0);
	(void)unlinkat(f.t.h->device, "device.key", 0);
	how.kit = &f.t.kit.s;
	said("the kit alone", E_AUTH, thaw_begin(f.t.h, &how, &th, &e), &e);
	if (secret_copy(&wrong, "not it", 6, NULL) != OK)
		abort();
	how.password = &wrong;
	said("the kit and a wrong password", E_AUTH, thaw_begin(f.t.h, &how, &th, &e), &e);
	how.password = &f.pw;
	said("the kit and the password, without phone and device.key", OK, thaw_begin(f.t.h, &how, &th, &e), &e);
	ok(th != NULL && thaw_facts(th)->records == 1, "opens everything");
	thaw_free(&th);
	fix_end(&f);
}

/* ---- rekey ---- */

static void
fuse(void)
{
	const int64_t day = 86400 * (int64_t)1000;
	unsigned char was[FUSE_SECTOR + FUSE_ENTRY], now[FUSE_SECTOR + FUSE_ENTRY], sk[KEY_LEN] = { 0 };
	AUTO(vault_close) struct vault *v = NULL;
	struct unlock_how how = { .now_ms = START + day, .wait_ms = 1000 };
	struct freeze_report report;
	FACTORS w = { .code_ms = START + day };
	struct err e = { 0 };
	FIX f;

	ok(fix_make(&f, KIT_VERIFIED, RECOVERY_SAME) && vh_load(f.t.root, "device/fuse", was, sizeof was) == sizeof was, "a store");
	how.password = &f.pw;
	said("a day later", OK, unlock_with(&f, &w, &v, &e), &e);
	if (v != NULL && vault_sk(v) != NULL)
		memcpy(sk, vault_sk(v)->bytes, sizeof sk);
	vault_close(&v);
	ok(vh_load(f.t.root, "device/fuse", now, sizeof now) == sizeof now && memcmp(was, now, sizeof was) == 0, "the fuse stays");
	said("rekey", OK, vault_rekey(f.t.h, &how, &e), &e);
	ok(vh_load(f.t.root, "device/fuse", now, sizeof now) == sizeof now && memcmp(was + 32, now + 32, 104) != 0 &&
		le64_get(now + 24) == le64_get(was + 24),
	    "another fuse of the same epoch");
	ok(!found_in(f.t.root, "device", was + 32, 104) && !found_in(f.t.root, "device", was + FUSE_SECTOR + 24, 104) &&
		!found_in(f.t.root, "vault", was + FUSE_SECTOR + 24, 104),
	    "no file has the old wraps");
	w.code_ms = START + 9 * day;
	said("eight days after that", OK, unlock_with(&f, &w, &v, &e), &e);
	ok(v != NULL && vault_notices(v)->rekeyed && vh_get(v, 1, 1, "a secret", &e) == OK, "renewed by itself, the secret opens");
	ok(v != NULL && vault_sk(v) != NULL && memcmp(vault_sk(v)->bytes, sk, sizeof sk) != 0, "under another SK");
	ok(vh_load(f.t.root, "device/fuse", was, sizeof was) == sizeof was && memcmp(was + 32, now + 32, 104) != 0, "it is another");
	vault_close(&v);
	if (vh_load(f.t.root, "device/fuse", now, sizeof now) != sizeof now)
		abort();
	memcpy(was, now, sizeof was);
	now[FUSE_SECTOR + 40]++;
	vh_save(f.t.root, "device/fuse", now, sizeof now);
	said("an entry that opens nothing is not thrown away: refused", E_DAMAGED, vault_rekey(f.t.h, &how, &e), &e);
	vh_save(f.t.root, "device/fuse", was, sizeof was);
	said("whole again", OK, vault_rekey(f.t.h, &how, &e), &e);
	if (io_create(f.t.h->device, FREEZE_MARKER, 0600, "", 0, &e) != OK)
		abort();
	said("a freeze is under way: rekey is refused", E_FROZEN, vault_rekey(f.t.h, &how, &e), &e);
	ok(!fuse_any(f.t.h), "and there is no fuse");
	ok(vault_freeze(f.t.h, NULL, START, NULL, NULL, &report, &e) == OK && vault_rekey(f.t.h, &how, &e) == E_FROZEN,
	    "frozen: rekey is refused");
	fix_end(&f);
}

static void
tables(void)
{
	table_of(1);
	table_of(2);
	targets();
}

static const struct { const char *name; void (*run)(void); } parts[] = {
	{ "codes", codes_of_rfc }, { "seeds", seeds }, { "tables", tables }, { "damaged", damaged }, { "one", one_code },
	{ "two", two_codes }, { "times", times }, { "renewal", renewal }, { "stripped", stripped },
	{ "search", brute_force }, { "written", nothing_written }, { "key-file", key_file }, { "policy", policy },
	{ "fuse", fuse }
};

/* totp_test [PART...] */
int
main(int argc, char **argv)
{
	if (crypto_start(NULL) != OK)
		return 1;
	for (size_t i = 0; i < COUNTOF(parts); i++) {
		bool wanted = argc < 2;

		for (int k = 1; k < argc; k++)
			wanted = wanted || strcmp(argv[k], parts[i].name) == 0;
		if (wanted)
			parts[i].run();
	}
	return tap_done();
}
