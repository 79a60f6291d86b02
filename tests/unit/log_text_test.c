/* The text of a log record, and checkpoints: what is signed, what is refused. */
#include "tests/unit/log_home.h"

#include "base/num.h"
#include "crypto/minisig.h"

/* ---- text ---- */

static void
test_text(void)
{
	struct log_text *t = malloc(sizeof *t);
	BUF b = { .max = LOG_TEXT_MAX };
	unsigned char id[16];
	uint64_t v = 0;
	static const char *const bad[] = {
		"", "00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff ", "0011 lock",
		"00112233445566778899aabbccddeegg lock", "00112233445566778899aabbccddeeff Lock",
		"00112233445566778899aabbccddeeff lock ", "00112233445566778899aabbccddeeff lock  a=b",
		"00112233445566778899aabbccddeeff lock a", "00112233445566778899aabbccddeeff lock a=%4",
		    "00112233445566778899aabbccddeeff lock a=%",
		"00112233445566778899aabbccddeeff lock a=%41", "00112233445566778899aabbccddeeff lock a=%0a",
		"00112233445566778899aabbccddeeff lock =b", "00112233445566778899aabbccddeeff lock a=b\n",
		"00112233445566778899aabbccddeeff abcdefghijklmnopqrstuvwxyz-012345 a=b",
	};

	memset(id, 0xa5, sizeof id);
	log_text_begin(&b, id, "freeze");
	log_text_add(&b, "reason", "50% gone, \xe6\x89\x8b\n=ok");
	log_text_add(&b, "empty", "");
	log_text_bytes(&b, "nul", "a\0b", 3);
	log_text_hex(&b, "record", id, 4);
	log_text_db(&b, 17, UINT64_MAX);
	ok(strcmp(buf_str(&b),
	    "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5 freeze reason=50%25%20gone,%20\xe6\x89\x8b%0A=ok empty= nul=a%00b "
	    "record=a5a5a5a5 db=17 hdr=18446744073709551615") == 0, "built as documented");
	ok(log_text_parse(t, b.p, b.len) && memcmp(t->id, id, 16) == 0 && strcmp(t->event, "freeze") == 0 &&
	    t->fields == 6 && strcmp(log_text_get(t, "reason"), "50% gone, \xe6\x89\x8b\n=ok") == 0 && *log_text_get(t,
	    "empty") == '\0' && t->field[2].n == 3 && log_text_get(t, "none") == NULL && log_text_get_u64(t, "db", &v)
	    && v == 17 && log_text_get_u64(t, "hdr", &v) && v == UINT64_MAX && !log_text_get_u64(t, "reason", &v),
	    "and read back");
	for (size_t i = 0; i < COUNTOF(bad); i++)
		ok(!log_text_parse(t, bad[i], strlen(bad[i])), "refused: \"%.40s\"", i == 14 ? "(line break)" : bad[i]);
	buf_reset(&b);
	log_text_begin(&b, NULL, "Bad Event");
	ok(b.failed, "an event that is no name fails at once");
	buf_reset(&b);
	log_text_begin(&b, NULL, "lock");
	for (int i = 0; i < 30; i++)
		log_text_u64(&b, "k", 1);
	ok(!log_text_parse(t, b.p, b.len), "too many fields are refused");
	free(t);
}

/* ---- checkpoint ---- */

static enum rc
against(struct fixture *f, const char *text, size_t n, const unsigned char *ek, uint64_t *bad)
{
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_report_free) struct log_report r = { .f = NULL };
	int64_t made;
	bool signed_ok;
	struct err e;
	enum rc rc;

	if ((rc = fixture_open(f, &l, LOG_READ, &e)) == OK)
		rc = log_against(l, text, n, f->vault_id, ek, &r, &made, &signed_ok, &e);
	*bad = r.bad;
	return rc;
}

static void
test_checkpoint(void)
{
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	BUF cp = { .max = 0 };
	BUF crlf = { .max = 0 };
	unsigned char other[32] = { 1 };
	uint64_t bad = 9, flips = 0, n_bad;
	const char *free_text;
	struct err e;

	fixture_make(&f);
	(void)!fixture_open(&f, &l, LOG_READ, &e);
	ok(log_checkpoint(l, f.vault_id, f.ek_seed, T0, &cp, &e) == OK && against(&f, cp.p, cp.len, f.ek_pub, &bad)
	    == OK && bad == 0, "of an empty log");
	buf_reset(&cp);
	fill_log(&f, 5);
	ok(log_checkpoint(l, f.vault_id, f.ek_seed, T0, &cp, &e) == OK && cp.len < 600, "of five records, %zu bytes",
	    cp.len);
	fill_log(&f, 5);
	ok(against(&f, cp.p, cp.len, f.ek_pub, &bad) == OK && bad == 0,
	    "an older checkpoint agrees with a log that grew");
	buf_adds(&crlf, "\r\n ");
	for (size_t i = 0; i < cp.len; i++) {
		if (cp.p[i] == '\n')
			buf_addc(&crlf, '\r');
		buf_addc(&crlf, cp.p[i]);
	}
	buf_adds(&crlf, "\r\n\r\n");
	ok(against(&f, crlf.p, crlf.len, f.ek_pub, &bad) == OK && bad == 0, "line ends of a mail do no harm");
	ok(against(&f, cp.p, cp.len, other, &bad) == E_INPUT, "signed with another key: refused");
	free_text = strstr(buf_str(&cp), "\nuntrusted comment: ") + strlen("\nuntrusted comment: ");
	for (size_t i = 0; i + 1 < cp.len; i++) {
		char keep = cp.p[i];
		bool exempt = cp.p + i >= free_text && cp.p + i < strchr(free_text, '\n');

		cp.p[i] = (char)(keep ^ 1);
		if (!exempt && against(&f, cp.p, cp.len, f.ek_pub, &n_bad) == OK && n_bad == 0)
			flips++;
		cp.p[i] = keep;
	}
	ok(flips == 0, "every byte of it counts, but for the comment that says untrusted (%llu unseen)",
	    (unsigned long long)flips);
	ok(against(&f, "purser log checkpoint 1\n", 24, NULL, &bad) == E_INPUT, "cut off: refused");
	(void)unlinkat(f.dev, "logstate", 0);
	log_close(&l);
	(void)!fixture_open(&f, &l, LOG_READ, &e);
	ok(log_checkpoint(l, f.vault_id, f.ek_seed, T0, &crlf, &e) == E_DAMAGED,
	    "none of a log that nothing vouches for");
	fixture_end(&f);
}

/* minisign's own documentation example is prehashed; the vector here is our key 21.. over "hello\n", computed with this
 * code and verified with minisign 0.11, signify-openbsd 31 and OpenSSL 3.0 of Debian 12. Ed25519 is deterministic. */
static void
test_minisig(void)
{
	BUF sig = { .max = 0 };
	BUF pub = { .max = 0 };
	BUF trusted = { .max = 0 };
	unsigned char seed[32], pk[32], sk[64];
	struct err e;
	static const char expected[] = "untrusted comment: purser\n"
	    "RWSkX4qGx0QlTkKnm1R+O6CxoymQfITTg2D+lCVnPf/EQrOE295kX282KOsbMKUDhdsCxRhgujPL2U98mZ1GEBuqWD/cLDdwbA0=\n"
	    "trusted comment: timestamp:1795300000\n"
	    "5+lGck2lrsb1rkhQrXmKokjSTv61ghSjtOJMs5cBNts24fLrEEuERvlDyi8WHzxyHlxwUwqun7qLy7nFxwKVBQ==\n";

	memset(seed, 0x21, sizeof seed);
	sign_keypair(pk, sk, seed);
	minisig_public(&pub, pk);
	ok(strcmp(buf_str(&pub), "RWSkX4qGx0QlTohLiFf06qFhPGFQTbNNS+rzRlF6DjHePN3U2bQgHZ0L") == 0,
	    "the public key as minisign writes it");
	ok(minisig_make(&sig, seed, "hello\n", 6, "timestamp:1795300000", &e) == OK && strcmp(buf_str(&sig), expected)
	    == 0, "the signature as minisign takes it");
	ok(minisig_check(sig.p, sig.len, pk, "hello\n", 6, &trusted, &e) == OK && strcmp(buf_str(&trusted),
	    "timestamp:1795300000") == 0, "and as it is checked");
	ok(minisig_check(sig.p, sig.len, pk, "hellp\n", 6, NULL, &e) == E_INPUT, "of another text: refused");
	ok(minisig_check(sig.p, sig.len - 60, pk, "hello\n", 6, NULL, &e) == E_INPUT, "cut off: refused");
	ok(minisig_make(&sig, seed, "x", 1, "two\nlines", &e) == E_RANGE, "a comment of two lines is refused");
}

int
main(void)
{
	struct err e;

	if (crypto_start(&e) != OK)
		die("crypto_start", &e);
	test_text();
	test_checkpoint();
	test_minisig();
	return tap_done();
}
