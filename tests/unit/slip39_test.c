/* SLIP-0039: the official vectors, valid and invalid; splitting; names of wrong words (keys.md sections 6 and 13,
 * attack 19). */
#include "crypto/slip39.h"

#include "base/num.h"
#include "crypto/libcrypto.h"
#include "crypto/slip39_code.h"
#include "tests/json.h"
#include "tests/tap.h"

#define SHARES_MAX 16

static enum rc
parse(struct slip39_share *s, const char *line, struct err *e)
{
	return slip39_parse(s, line, strlen(line), e);
}

/* All mnemonics of a case: parsed and combined. */
static enum rc
combine(struct secret *out, const struct json *mnemonics, const char *passphrase, struct err *e)
{
	struct slip39_share s[SHARES_MAX];
	size_t n = 0;
	enum rc rc;

	for (const struct json *m = mnemonics; m != NULL && n < SHARES_MAX; m = m->next) {
		if ((rc = parse(&s[n++], m->text, e)) != OK)
			return rc;
	}
	return slip39_combine(out, s, n, passphrase, e);
}

/* Written again, the words are the same. */
static bool
returns(const struct json *mnemonics)
{
	for (const struct json *m = mnemonics; m != NULL; m = m->next) {
		struct slip39_share s;
		SECRET text = { 0 };

		if (parse(&s, m->text, NULL) != OK || slip39_text(&text, &s, NULL) != OK ||
		    text.len != strlen(m->text) ||
		    memcmp(text.bytes, m->text, text.len) != 0)
			return false;
	}
	return true;
}

static void
official(const char *dir)
{
	struct json *all = json_file(dir, "vectors/mnemonic/slip39.json");
	const char *passphrase = json_get(all, "passphrase");
	unsigned cases = 0;

	if (!ok(all != NULL, "slip39.json is there"))
		return;
	for (const struct json *c = json_first(all, "cases"); c != NULL; c = c->next, cases++) {
		const char *want = json_get(c, "master_secret");
		const struct json *mnemonics = json_first(c, "mnemonics");
		struct err e = { 0 };
		SECRET got = { 0 };
		char hex[129] = "";
		enum rc rc = combine(&got, mnemonics, passphrase, &e);

		if (*want == '\0') {
			(void)ok(rc == E_INPUT && got.bytes == NULL, "%s: refused, %s", json_get(c, "description"),
			    e.what);
			continue;
		}
		if (rc == OK && got.len <= 64)
			hex_put(hex, got.bytes, got.len);
		(void)ok(strcmp(hex, want) == 0, "%s %s", json_get(c, "description"), e.what);
		(void)ok(returns(mnemonics), "the words come back");
	}
	(void)ok(cases >= 30, "%u cases", cases);
	json_free(all);
}

static void
words(const char *dir)
{
	char path[4096], *text, *rest, *line, upper[16];
	unsigned n = 0;
	bool same = true, found = true;

	(void)snprintf(path, sizeof path, "%s/vectors/mnemonic/slip39_wordlist.txt", dir);
	if (!ok((text = file_text(path, NULL)) != NULL, "the word list is there"))
		return;
	rest = text;
	while ((line = next_line(&rest)) != NULL) {
		size_t len = strlen(line);

		same = same && slip39_word(n) != NULL && strcmp(slip39_word(n), line) == 0;
		for (size_t k = 4; k <= len; k++)
			found = found && slip39_find(line, k) == (int)n;
		for (size_t k = 0; k <= len && k < sizeof upper; k++)
			upper[k] = (char)(line[k] >= 'a' && k % 2 == 0 ? line[k] - 'a' + 'A' : line[k]);
		found = found && slip39_find(upper, len) == (int)n;
		n++;
	}
	(void)ok(n == 1024 && same && slip39_word(1024) == NULL, "1,024 words, in order");
	(void)ok(found, "each is found by four letters or more, in any case");
	(void)ok(slip39_find("aca", 3) < 0 && slip39_find("acadx", 5) < 0 && slip39_find("academics", 9) < 0 &&
	    slip39_find("zzzz", 4) < 0 && slip39_find("", 0) < 0 && slip39_find("ac\xc3\xa4" "d", 5) < 0,
	    "others are not");
	free(text);
}

static bool
master_of(struct secret *out, size_t len)
{
	return secret_random(out, len, NULL) == OK;
}

/* Every subset of k shares gives the secret, in any order, and so do all n; none of k - 1 does. */
static void
subsets(unsigned k, unsigned n, size_t len)
{
	struct slip39_share s[16], pick[16];
	unsigned good = 0, tried = 0, leaked = 0;
	SECRET master = { 0 };

	if (!master_of(&master, len) || !ok(slip39_split(s, k, n, &master, "pass", 0, NULL) == OK,
	    "%u of %u, %zu bytes", k, n, len))
		return;
	for (unsigned set = 1; set < 1u << n; set++) {
		unsigned count = (unsigned)__builtin_popcount(set), at = 0;
		SECRET got = { 0 };
		enum rc rc;

		if (count + 1 < k || (count > k && count < n))
			continue;
		for (unsigned i = n; i-- > 0;) {
			if (set >> i & 1)
				pick[at++] = s[i];
		}
		rc = slip39_combine(&got, pick, count, "pass", NULL);
		if (count < k) {
			leaked += rc != E_INPUT;
			continue;
		}
		tried++;
		good += rc == OK && secret_equal(&got, &master);
	}
	(void)ok(good == tried && tried > 0, "%u of %u: %u of %u sets of enough shares", k, n, good, tried);
	(void)ok(leaked == 0, "%u of %u: fewer are refused", k, n);
}

static void
splitting(void)
{
	static const struct { unsigned k, n; size_t len; uint8_t e; const char *passphrase; } refused[] = {
		{ 0, 1, 16, 0, "" }, { 1, 2, 16, 0, "" }, { 3, 2, 16, 0, "" }, { 2, 17, 16, 0, "" },
		    { 1, 1, 14, 0, "" },
		{ 1, 1, 17, 0, "" }, { 1, 1, 66, 0, "" }, { 1, 1, 16, 16, "" }, { 1, 1, 16, 0, "\xc3\xa4" },
		    { 1, 1, 16, 0, "\n" },
	};
	struct slip39_share s[16], t;
	SECRET master = { 0 };
	SECRET got = { 0 };
	SECRET text = { 0 };

	subsets(1, 1, 16);
	subsets(2, 2, 16);
	subsets(2, 3, 32);
	subsets(3, 5, 16);
	subsets(5, 7, 18);
	subsets(7, 7, 64);
	for (size_t i = 0; i < COUNTOF(refused); i++) {
		secret_wipe(&master);
		if (!master_of(&master, refused[i].len))
			return;
		(void)ok(slip39_split(s, refused[i].k, refused[i].n, &master, refused[i].passphrase, refused[i].e,
		    NULL) != OK,
		    "%u of %u, %zu bytes, exponent %u is refused", refused[i].k, refused[i].n, refused[i].len,
		    refused[i].e);
	}
	secret_wipe(&master);
	if (!master_of(&master, 16) || !ok(slip39_split(s, 1, 1, &master, NULL, 1, NULL) == OK, "the kit: 1 of 1"))
		return;
	(void)ok(s[0].words == 20 && s[0].ext && s[0].iteration_exp == 1 && s[0].id < 32768, "20 words, extendable");
	(void)ok(slip39_text(&text, &s[0], NULL) == OK && slip39_parse(&t, (const char *)text.bytes, text.len,
	    NULL) == OK &&
	    memcmp(t.word, s[0].word, sizeof t.word) == 0 && t.id == s[0].id && t.member_threshold == 1 &&
	    t.group_count == 1 &&
	    t.group_threshold == 1 && t.member_index == 0 && t.iteration_exp == 1, "read back from its words");
	(void)ok(slip39_combine(&got, &t, 1, "", NULL) == OK && secret_equal(&got, &master), "and combined");
	secret_wipe(&got);
	(void)ok(slip39_combine(&got, &t, 1, "other", NULL) == OK && !secret_equal(&got, &master),
	    "another passphrase: another secret, by design");
	slip39_wipe(s, 16);
	(void)ok(s[0].words == 0 && s[15].word[58] == 0, "wiped");
}

/* The reason that combining is refused for. */
static bool
refused(const struct slip39_share *s, size_t n, const char *says)
{
	struct err e = { 0 };
	SECRET got = { 0 };

	if (slip39_combine(&got, s, n, "", &e) == E_INPUT && got.bytes == NULL && strstr(e.what, says) != NULL)
		return true;
	printf("# %s\n", e.what);
	return false;
}

static void
mixing(void)
{
	struct slip39_share a[3], b[3], mix[4];
	SECRET master = { 0 };

	if (!master_of(&master, 16) || slip39_split(a, 2, 3, &master, "", 0, NULL) != OK ||
	    slip39_split(b, 2, 3, &master, "", 0, NULL) != OK)
		return;
	(void)ok(refused(a, 0, "no share"), "no shares");
	(void)ok(refused(a, 1, "2 shares are needed, only 1"), "one of two");
	mix[0] = a[0];
	mix[1] = b[1];
	(void)ok(refused(mix, 2, "another kit"), "shares of two kits");
	mix[1] = a[0];
	(void)ok(refused(mix, 2, "same number"), "one share twice");
	mix[1] = a[1];
	mix[1].member_threshold = 1;
	(void)ok(refused(mix, 2, "how many"), "shares that differ in k");
	mix[0].member_threshold = 1;
	(void)ok(refused(mix, 2, "only where one is enough"), "k = 1 with two shares");
	/* A forged share: right in all that can be seen from outside. */
	mix[0] = a[0];
	mix[1] = a[1];
	mix[1].word[9] ^= 1;
	(void)ok(refused(mix, 2, "forged"), "a forged share: the digest tells");
	mix[1] = a[1];
	mix[2] = a[2];
	mix[2].word[9] ^= 1;
	(void)ok(refused(mix, 3, "forged"), "a forged share beside enough good ones");
}

/* What no split of ours makes: a share that is right in its words, with other fields. */
static void
reworded(struct slip39_share *s)
{
	unsigned char value[SLIP39_VALUE_MAX];

	if (slip39_get_value(s, value))
		slip39_put_words(s, value, slip39_value_len(s->words));
}

static void put_line(char *out, size_t size, const struct slip39_share *s);

static void
fields(void)
{
	struct slip39_share s, got;
	SECRET master = { 0 };
	struct err e = { 0 };
	char line[1024];

	if (!master_of(&master, 16) || slip39_split(&s, 1, 1, &master, "", 0, NULL) != OK)
		return;
	s.group_threshold = 2;
	reworded(&s);
	put_line(line, sizeof line, &s);
	(void)ok(parse(&got, line, &e) == E_INPUT && strstr(e.what, "more groups than there are") != NULL,
	    "2 of 1 groups: refused when it is read");
	s.group_count = 2;
	reworded(&s);
	put_line(line, sizeof line, &s);
	(void)ok(parse(&got, line, &e) == OK && got.group_threshold == 2 && got.group_count == 2, "2 of 2 groups: read");
	(void)ok(refused(&got, 1, "shares of 2 groups are needed, only 1"), "one group of two");
	s.id = 0x5a5a;
	s.iteration_exp = 9;
	s.group_index = 1;
	s.group_count = 16;
	s.member_index = 15;
	s.member_threshold = 16;
	s.ext = false;
	reworded(&s);
	put_line(line, sizeof line, &s);
	(void)ok(parse(&got, line, &e) == OK && got.id == 0x5a5a && got.iteration_exp == 9 && got.group_index == 1 &&
	    got.group_threshold == 2 && got.group_count == 16 && got.member_index == 15 && got.member_threshold == 16 &&
	    !got.ext, "every field in its place");
}

/* Shares are random: of two splits of one secret no share is the same, and none is the secret's cipher itself. */
static void
randomness(unsigned k, unsigned n)
{
	struct slip39_share a[16], b[16], whole;
	SECRET master = { 0 };
	unsigned same = 0;

	if (!master_of(&master, 16) || slip39_split(&whole, 1, 1, &master, "", 0, NULL) != OK ||
	    slip39_split(a, k, n, &master, "", 0, NULL) != OK || slip39_split(b, k, n, &master, "", 0, NULL) != OK)
		return;
	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = 0; j < n; j++)
			same += memcmp(a[i].word + 4, b[j].word + 4, 13 * sizeof a[i].word[0]) == 0;
		same += memcmp(a[i].word + 4, whole.word + 4, 13 * sizeof whole.word[0]) == 0;
	}
	(void)ok(same == 0, "%u of %u: split twice, no share the same", k, n);
}

static void
put_line(char *out, size_t size, const struct slip39_share *s)
{
	size_t n = 0;

	for (unsigned i = 0; i < s->words && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? " " : "", slip39_word(s->word[i]));
}

static void
wrong_words(void)
{
	struct slip39_share s, t, got;
	unsigned named = 0, swaps = 0, noticed = 0, tried = 0, silent = 0;
	SECRET master = { 0 };
	char line[1024], want[64];
	struct err e = { 0 };

	if (!master_of(&master, 32) || slip39_split(&s, 1, 1, &master, "", 0, NULL) != OK)
		return;
	for (unsigned i = 0; i < s.words; i++) {
		t = s;
		t.word[i] = (uint16_t)((t.word[i] + 1 + random_below(1023)) % 1024);
		put_line(line, sizeof line, &t);
		(void)snprintf(want, sizeof want, "look at word %u, \"%s\"", i + 1, slip39_word(t.word[i]));
		named += parse(&got, line, &e) == E_INPUT && strstr(e.what, want) != NULL;
		if (i == 0 || s.word[i] == s.word[i - 1])
			continue;
		t = s;
		t.word[i - 1] = s.word[i];
		t.word[i] = s.word[i - 1];
		put_line(line, sizeof line, &t);
		(void)snprintf(want, sizeof want, "words %u and %u look swapped", i, i + 1);
		tried++;
		swaps += parse(&got, line, &e) == E_INPUT && strstr(e.what, want) != NULL;
	}
	(void)ok(named == s.words, "one wrong word: its place is told, %u of %u", named, s.words);
	(void)ok(swaps == tried, "two neighbours swapped: told, %u of %u", swaps, tried);
	for (int i = 0; i < 16; i++) {
		t = s;
		for (unsigned at = random_below(11); at < s.words; at += 11)
			t.word[at] ^= (uint16_t)(1 + random_below(1023));
		put_line(line, sizeof line, &t);
		noticed += parse(&got, line, &e) == E_INPUT;
		silent += strstr(e.what, "look at word") == NULL;
	}
	(void)ok(noticed == 16, "three wrong words: always noticed");
	(void)ok(silent > 8, "and seldom one is blamed (%u of 16)", 16 - silent);
}

static void
lines(void)
{
	struct slip39_share s;
	struct err e = { 0 };

	(void)ok(parse(&s, "", &e) == E_INPUT && strstr(e.what, "these are 0") != NULL, "nothing: %s", e.what);
	(void)ok(parse(&s, "academic acid acne", &e) == E_INPUT && strstr(e.what, "these are 3") != NULL, "3 words: %s",
	    e.what);
	(void)ok(parse(&s, "academic hello acne", &e) == E_INPUT && strstr(e.what, "word 2, \"hello\"") != NULL, "%s",
	    e.what);
	(void)ok(parse(&s, "academic acid \x1b[2Jx", &e) == E_INPUT && strchr(e.what, 27) == NULL,
	    "nothing steers a terminal");
}

/* RFC 4231 test 2, and PBKDF2 of RFC 7914 section 11: what the shares' cipher and digest rest on. */
static void
primitives(void)
{
	unsigned char out[64];
	char hex[129];

	(void)ok(libcrypto_hmac(out, HMAC_SHA256, "Jefe", 4, "what do ya want for nothing?", 28, NULL) == OK &&
	    (hex_put(hex, out, 32),
	    strcmp(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843") == 0),
	    "HMAC-SHA256");
	(void)ok(libcrypto_pbkdf2(out, 32, HMAC_SHA256, "passwd", 6, "salt", 4, 1, NULL) == OK &&
	    (hex_put(hex, out, 32),
	    strcmp(hex, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc") == 0),
	    "PBKDF2-HMAC-SHA256");
}

int
main(void)
{
	const char *dir = shared_dir();

	if (!ok(crypto_start(NULL) == OK, "crypto starts"))
		return tap_done();
	primitives();
	splitting();
	mixing();
	fields();
	randomness(2, 3);
	randomness(3, 5);
	wrong_words();
	lines();
	if (dir == NULL) {
		tap_skip("the vectors of SLIP-0039 are not here (PURSER_SHARED)");
		return tap_done();
	}
	words(dir);
	official(dir);
	return tap_done();
}
