/* One-time passwords: RFC 4226 and 6238, Steam, base32 and otpauth URIs of the shared vectors, and cases of our own. */
#include "crypto/otp.h"

#include "base/num.h"
#include "tests/json.h"
#include "tests/tap.h"

#include <sys/resource.h>
#include <sys/wait.h>

static enum rc
parse(struct otp *o, const char *text, struct err *e)
{
	SECRET s = { 0 };
	enum rc rc = secret_copy(&s, text, strlen(text), e);

	return rc == OK ? otp_parse(o, &s, e) : rc;
}

static char *
table(const char *dir, const char *name)
{
	char path[4096], *text;

	(void)snprintf(path, sizeof path, "%s/vectors/otp/%s", dir, name);
	text = file_text(path, NULL);
	(void)ok(text != NULL, "%s is there", name);
	return text;
}

static bool
code_is(const struct otp *o, int64_t t, const char *want)
{
	char code[16] = "";

	if (otp_code(code, NULL, o, t, NULL) == OK && strcmp(code, want) == 0)
		return true;
	printf("# got %s, want %s\n", code, want);
	return false;
}

static void
rfc4226(const char *dir)
{
	char *text = table(dir, "rfc4226_hotp.tsv"), *rest = text, *line, *cell[6];
	unsigned rows = 0;

	for (line = text ? next_line(&rest) : NULL; line != NULL && (line = next_line(&rest)) != NULL; rows++) {
		OTP o = { .type = OTP_HOTP, .hash = OTP_SHA1, .digits = 6 };
		unsigned char mac[20], counter[8] = { 0 };
		char hex[41], ten[16];
		AUTO(auto_free) unsigned char *key = NULL;
		size_t n;

		if (tsv_cells(line, cell, 6) != 6 || !num_u64(cell[0], 0, 255, &o.counter))
			break;
		key = hex_bytes(cell[1], &n);
		if (secret_copy(&o.key, key, n, NULL) != OK)
			break;
		counter[7] = (unsigned char)o.counter;
		(void)ok(hmac(mac, OTP_SHA1, key, n, counter, 8, NULL) == OK &&
		    (hex_put(hex, mac, 20), strcmp(hex, cell[2]) == 0),
		    "RFC 4226 counter %s: HMAC", cell[0]);
		(void)ok(code_is(&o, 0, cell[5]), "RFC 4226 counter %s: %s", cell[0], cell[5]);
		o.digits = 10;
		(void)snprintf(ten, sizeof ten, "%010lu", strtoul(cell[4], NULL, 10));
		(void)ok(code_is(&o, 0, ten), "ten digits are the 31 bits, %s", ten);
	}
	(void)ok(rows >= 7, "%u rows of RFC 4226", rows);
	free(text);
}

static enum otp_hash
hash_of(const char *name)
{
	return strcmp(name, "SHA1") == 0 ? OTP_SHA1 : strcmp(name, "SHA256") == 0 ? OTP_SHA256 : OTP_SHA512;
}

static void
rfc6238(const char *dir)
{
	char *text = table(dir, "rfc6238_totp.tsv"), *rest = text, *line, *cell[6];
	unsigned rows = 0;

	for (line = text ? next_line(&rest) : NULL; line != NULL && (line = next_line(&rest)) != NULL; rows++) {
		OTP o = { .type = OTP_TOTP, .digits = 8, .period_s = 30 };
		uint64_t left = 0;
		char code[16];
		int64_t t;

		if (tsv_cells(line, cell, 6) != 6 || !num_i64(cell[0], 0, INT64_MAX, &t) ||
		    secret_copy(&o.key, cell[2], strlen(cell[2]), NULL) != OK)
			break;
		o.hash = hash_of(cell[1]);
		(void)ok(code_is(&o, t, cell[5]), "RFC 6238 %s at %s: %s", cell[1], cell[0], cell[5]);
		(void)ok(otp_code(code, &left, &o, t, NULL) == OK && left == 30 - (uint64_t)t % 30, "seconds left");
		o.digits = 6;
		(void)ok(code_is(&o, t, cell[5] + 2), "six digits are its end");
	}
	(void)ok(rows >= 12, "%u rows of RFC 6238", rows);
	free(text);
}

static void
steam(const char *dir)
{
	char *text = table(dir, "steam.tsv"), *rest = text, *line, *cell[3];
	unsigned rows = 0;

	for (line = text ? next_line(&rest) : NULL; line != NULL && (line = next_line(&rest)) != NULL; rows++) {
		char uri[256];
		OTP o = { 0 };
		int64_t t;

		if (tsv_cells(line, cell, 3) != 3 || !num_i64(cell[1], 0, INT64_MAX, &t))
			break;
		(void)snprintf(uri, sizeof uri, "otpauth://steam/me?secret=%s", cell[0]);
		(void)ok(parse(&o, uri, NULL) == OK && o.type == OTP_STEAM && code_is(&o, t, cell[2]), "Steam: %s",
		    cell[2]);
		otp_wipe(&o);
		(void)snprintf(uri, sizeof uri, "steam://%s", cell[0]);
		(void)ok(parse(&o, uri, NULL) == OK && o.type == OTP_STEAM && code_is(&o, t, cell[2]),
		    "as steam://SEED too");
	}
	(void)ok(rows >= 1, "%u rows of Steam", rows);
	free(text);
}

static void
base32(const char *dir)
{
	char *text = table(dir, "base32_secret.tsv"), *rest = text, *line, *cell[2];
	unsigned rows = 0;

	for (line = text ? next_line(&rest) : NULL; line != NULL && (line = next_line(&rest)) != NULL; rows++) {
		SECRET got = { 0 };
		OTP o = { 0 };
		bool valid;

		if (tsv_cells(line, cell, 2) != 2)
			break;
		valid = strncmp(cell[1], "valid", 5) == 0;
		(void)ok((base32_decode(&got, cell[0], strlen(cell[0]), NULL) == OK) == valid, "base32 \"%s\": %s",
		    cell[0],
		    cell[1]);
		(void)ok((parse(&o, cell[0], NULL) == OK) == valid, "the same as a seed alone");
		if (valid)
			(void)ok(o.type == OTP_TOTP && o.hash == OTP_SHA1 && o.digits == 6 && o.period_s == 30 &&
			    secret_equal(&o.key, &got), "it is a TOTP, SHA-1, 6 digits, 30 s");
	}
	(void)ok(rows >= 8, "%u rows of base32", rows);
	free(text);
}

/* The value of " name=" in the text of an expectation: a word, or "quoted". false: it says nothing about it. */
static bool
expected(const char *text, const char *name, char *out, size_t size)
{
	char key[32];
	const char *p;

	(void)snprintf(key, sizeof key, " %s=", name);
	if ((p = strstr(text, key)) == NULL)
		return false;
	p += strlen(key);
	if (*p == '"')
		(void)snprintf(out, size, "%.*s", (int)strcspn(p + 1, "\""), p + 1);
	else
		(void)snprintf(out, size, "%.*s", (int)strcspn(p, " ;,"), p);
	return true;
}

static void
expect_fields(const struct otp *o, const char *want)
{
	static const char *const types[] = { "", "totp", "hotp", "steam" };
	char v[256], got[32];

	if (expected(want, "type", v, sizeof v))
		(void)ok(strcmp(types[o->type], v) == 0, "type %s", v);
	if (expected(want, "issuer", v, sizeof v))
		(void)ok(strcmp(o->issuer, v) == 0, "issuer %s: %s", v, o->issuer);
	if (expected(want, "account", v, sizeof v))
		(void)ok(strcmp(o->label, v) == 0, "account %s: %s", v, o->label);
	if (expected(want, "counter", v, sizeof v)) {
		(void)snprintf(got, sizeof got, "%llu", (unsigned long long)o->counter);
		(void)ok(strcmp(got, v) == 0, "counter %s", v);
	}
	if (expected(want, "period", v, sizeof v) || expected(want, "step", v, sizeof v)) {
		(void)snprintf(got, sizeof got, "%llu", (unsigned long long)o->period_s);
		(void)ok(strcmp(got, v) == 0, "period %s", v);
	}
	if (expected(want, "algorithm", v, sizeof v) || strstr(want, " SHA256") != NULL)
		(void)ok(o->hash == OTP_SHA256, "SHA-256");
	if (expected(want, "digits", v, sizeof v))
		(void)ok((unsigned)(v[0] - '0') == o->digits, "%s digits", v);
	if (expected(want, "secret", v, sizeof v)) {
		SECRET key = { 0 };

		(void)ok(base32_decode(&key, v, strlen(v), NULL) == OK && secret_equal(&key, &o->key), "secret %s", v);
	}
	if (strstr(want, "code at T=1700000000: ") != NULL)
		(void)ok(code_is(o, 1700000000, strstr(want, "0: ") + 3), "code at 1700000000: %s",
		    strstr(want, "0: ") + 3);
}

static bool
same(const struct otp *a, const struct otp *b)
{
	return a->type == b->type && a->hash == b->hash && a->digits == b->digits && a->period_s == b->period_s &&
	    a->counter == b->counter && strcmp(a->issuer, b->issuer) == 0 && strcmp(a->label, b->label) == 0 &&
	    secret_equal(&a->key, &b->key);
}

/* What was read can be kept and written, and comes back the same. */
static bool
returns(const struct otp *o)
{
	SECRET packed = { 0 };
	SECRET uri = { 0 };
	OTP back = { 0 };
	OTP again = { 0 };

	if (otp_pack(&packed, o, NULL) == OK && otp_unpack(&back, &packed, NULL) == OK && same(o, &back) &&
	    otp_uri(&uri, &back, NULL) == OK && otp_parse(&again, &uri, NULL) == OK && same(o, &again))
		return true;
	printf("# %.*s\n", (int)packed.len, packed.bytes ? (const char *)packed.bytes : "");
	return false;
}

static void
uris(const char *dir)
{
	char *text = table(dir, "otpauth_uri.tsv"), *rest = text, *line, *cell[3];
	unsigned rows = 0;

	for (line = text ? next_line(&rest) : NULL; line != NULL && (line = next_line(&rest)) != NULL; rows++) {
		struct err e = { 0 };
		OTP o = { 0 };
		bool refuse;

		if (tsv_cells(line, cell, 3) != 3)
			break;
		/* An empty label is the one row where purser must choose between its sources: accepted. */
		refuse = (strncmp(cell[2], "reject", 6) == 0 && strstr(cell[2], "must choose") == NULL) ||
		    strncmp(cell[2], "unsupported", 11) == 0;
		if (!ok(parse(&o, cell[1], &e) == (refuse ? E_INPUT : OK), "%s: %s", cell[1], cell[2]))
			printf("# %s\n", e.what);
		else if (refuse)
			(void)ok(e.what[0] != '\0' && strstr(e.what, "ABCDEFG") == NULL, "says why: %s", e.what);
		else {
			expect_fields(&o, cell[2]);
			(void)ok(returns(&o), "kept, written and read again");
		}
		if (strstr(cell[2], "yaotp") != NULL)
			(void)ok(strstr(e.what, "yaotp") != NULL, "named: %s", e.what);
		if (strstr(cell[2], "something: the") != NULL)
			(void)ok(strcmp(o.issuer, "something") == 0 && o.issuer_clash,
			    "the parameter wins, and the clash is told");
	}
	(void)ok(rows >= 34, "%u rows of URIs", rows);
	free(text);
}

/* Other schemes than HOTP and TOTP: refused by their name. column: of the secret. */
static void
others(const char *dir, const char *name, const char *type, size_t column)
{
	char *text = table(dir, name), *rest = text, *line, *cell[4];
	unsigned rows = 0;

	for (line = text ? next_line(&rest) : NULL; line != NULL && (line = next_line(&rest)) != NULL; rows++) {
		char uri[256];
		struct err e = { 0 };
		OTP o = { 0 };

		if (tsv_cells(line, cell, 4) != 4)
			break;
		(void)snprintf(uri, sizeof uri, "otpauth://%s/me?secret=%s", type, cell[column]);
		(void)ok(parse(&o, uri, &e) == E_INPUT && strstr(e.what, type) != NULL, "%s: %s", name, e.what);
	}
	(void)ok(rows >= 2, "%u rows of %s", rows, name);
	free(text);
}

#define U "otpauth://totp/"
#define S "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"             /* 12345678901234567890 */
#define RFC "94287082"                                           /* its TOTP of 8 digits at 59 (RFC 6238) */

static const struct { const char *name, *text, *issuer, *label; const char *code; } good[] = {
	{ "eight digits", U "a?" S "&digits=8", "", "a", RFC },
	{ "scheme and type in capitals", "OTPAUTH://TOTP/a?" S "&digits=8", "", "a", RFC },
	{ "a line end behind", U "a?" S "&digits=8\r\n", "", "a", RFC },
	{ "blanks before", "  \t" U "a?" S "&digits=8", "", "a", RFC },
	{ "no label, no slash", "otpauth://totp?" S "&digits=8", "", "", RFC },
	{ "lower-case seed", U "a?secret=gezdgnbvgy3tqojqgezdgnbvgy3tqojq&digits=8", "", "a", RFC },
	{ "seed with %20", U "a?secret=GEZD%20GNBV%20GY3T%20QOJQ%20GEZD%20GNBV%20GY3T%20QOJQ&digits=8", "", "a", RFC },
	{ "seed with +", U "a?secret=GEZD+GNBV+GY3T+QOJQ+GEZD+GNBV+GY3T+QOJQ&digits=8", "", "a", RFC },
	{ "seed with raw blanks", U "a?secret=GEZDGNBVGY3TQOJQ GEZDGNBVGY3TQOJQ&digits=8", "", "a", RFC },
	{ "seed with hyphens", U "a?secret=GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ&digits=8", "", "a", RFC },
	{ "seed with padding", U "a?" S "====&digits=8", "", "a", RFC },
	{ "seed with encoded padding", U "a?" S "%3D%3d&digits=8", "", "a", RFC },
	{ "algorithm SHA1", U "a?" S "&digits=8&algorithm=SHA1", "", "a", RFC },
	{ "algorithm sha1", U "a?" S "&digits=8&algorithm=sha1", "", "a", RFC },
	{ "algorithm SHA-1", U "a?" S "&digits=8&algorithm=SHA-1", "", "a", RFC },
	{ "algorithm HmacSHA1", U "a?" S "&digits=8&algorithm=HmacSHA1", "", "a", RFC },
	{ "algorithm HMAC-SHA-1", U "a?" S "&digits=8&algorithm=HMAC-SHA-1", "", "a", RFC },
	{ "algorithm empty", U "a?" S "&digits=8&algorithm=&period=&issuer=", "", "a", RFC },
	{ "parameters in another order", U "a?period=30&digits=8&" S, "", "a", RFC },
	{ "an unknown parameter", U "a?lock=true&" S "&digits=8&image=http://x/?y#z", "", "a", RFC },
	{ "a parameter without =", U "a?x&" S "&digits=8&y", "", "a", RFC },
	{ "empty parameters", U "a?&&" S "&&digits=8&", "", "a", RFC },
	{ "&amp;", U "a?" S "&amp;digits=8&amp;issuer=I", "I", "a", RFC },
	{ "the same parameter twice, equal", U "a?" S "&digits=8&digits=8", "", "a", RFC },
	{ "+ in the label is a plus", U "me+you@x.org?" S "&digits=8", "", "me+you@x.org", RFC },
	{ "+ in the issuer parameter is a blank", U "a?issuer=Air+Canada&" S "&digits=8", "Air Canada", "a", RFC },
	{ "raw blanks and # in the label", U "My Bank #1:a b?" S "&digits=8", "My Bank #1", "a b", RFC },
	{ "% in the label", U "100%:50% off%zz?" S "&digits=8", "100%", "50% off%zz", RFC },
	{ "a blank behind the colon", U "I:%20a?" S "&digits=8", "I", "a", RFC },
	{ "%3A between", U "I%3Aa?" S "&digits=8", "I", "a", RFC },
	{ "%3A in the name, : between", U "I%3AJ:a?" S "&digits=8", "I:J", "a", RFC },
	{ "the issuer parameter finds the split", U "I%3AJ%3Aa?issuer=I%3AJ&" S "&digits=8", "I:J", "a", RFC },
	{ "the account has a colon", U "I:a%3Ab?" S "&digits=8", "I", "a:b", RFC },
	{ "no issuer, and the account has a colon", U ":a%3Ab?" S "&digits=8", "", "a:b", RFC },
	{ "a slash in the label", U "a/b?" S "&digits=8", "", "a/b", RFC },
	{ "decoded once only", U "a%2541?" S "&digits=8", "", "a%41", RFC },
	{ "a line break in the label", U "a%0Ab?" S "&digits=8", "", "a b", RFC },
	{ "a line break at an end of a name", U "a?issuer=%0aI%0d&" S "&digits=8", "I", "a", RFC },
	{ "no UTF-8 in the label", U "caf%E9?" S "&digits=8", "", "caf\xef\xbf\xbd", RFC },
	{ "encoder in capitals", U "a?" S "&encoder=STEAM", "", "a", NULL },
	{ "issuer Steam, no digits: Steam", U "Steam:a?" S, "Steam", "a", NULL },
	{ "ten digits", U "a?" S "&digits=10", "", "a", NULL },
	{ "a day as period", U "a?" S "&period=86400", "", "a", NULL },
	{ "a huge period", U "a?" S "&period=9223372036854775807", "", "a", NULL },
	{ "a huge counter", "otpauth://hotp/a?" S "&counter=9223372036854775807", "", "a", NULL },
	{ "counter 0", "otpauth://hotp/a?counter=0&" S, "", "a", "755224" },
	{ "the counter of a totp does not matter", U "a?counter=-5&" S "&digits=8", "", "a", RFC },
	{ "KeeOTP", "key=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&size=8", "", "", RFC },
	{ "KeeOTP, HOTP", "key=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&type=Hotp&counter=1", "", "", "287082" },
	{ "a seed alone", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "", "", "287082" },
	{ "a seed alone in groups", " gezd gnbv gy3t qojq\tgezd gnbv gy3t qojq\n", "", "", "287082" },
};

static const struct { const char *name, *text, *says; } bad[] = {
	{ "nothing", "", "empty" },
	{ "blanks", " \n", "empty" },
	{ "a sentence", "this is no seed at all", "base32" },
	{ "another scheme", "https://example.com/?" S, "base32" },
	{ "one slash", "otpauth:/totp/a?" S, "base32" },
	{ "a transfer", "otpauth-migration://offline?data=CjEKCkhlbGxv", "otpauth-migration" },
	{ "motp", "otpauth://motp/a?" S, "motp is not supported" },
	{ "motp://", "motp://a:b?secret=00", "motp is not supported" },
	{ "yaotp in capitals", "otpauth://YAOTP/a?" S, "yaotp is not supported" },
	{ "an unknown type", "otpauth://qotp/a?" S, "type" },
	{ "no type", "otpauth:///a?" S, "type" },
	{ "no secret", U "a?digits=6", "no secret" },
	{ "no question mark", U "a", "no secret" },
	{ "an empty secret", U "a?secret=&digits=6", "empty" },
	{ "a secret of padding", U "a?secret====", "empty" },
	{ "a secret in capitals' name", U "a?Secret=GEZDGNBV", "no secret" },
	{ "a secret with 1", U "a?secret=ABCDEFG1", "base32" },
	{ "a secret with 0, 8, 9", U "a?secret=ABC089GH", "base32" },
	{ "a cut secret, 9 characters", U "a?secret=ABCDEFGHA", "cut" },
	{ "a cut secret, 3 characters", U "a?secret=ABC", "cut" },
	{ "a cut secret, 14 characters", U "a?secret=fsfsfsfsefefef", "cut" },
	{ "padding in the middle", U "a?secret=ABCD=FGH", "base32" },
	{ "UTF-8 in the secret", U "a?secret=ABCDEF\xc3\x84", "base32" },
	{ "a secret with %00", U "a?secret=ABCD%00EFG", "base32" },
	{ "two secrets", U "a?secret=ABCDEFGH&secret=ABCDEFGA", "secret twice" },
	{ "two issuers", U "a?" S "&issuer=a&issuer=b", "issuer twice" },
	{ "digits 5", U "a?" S "&digits=5", "digits" },
	{ "digits 11", U "a?" S "&digits=11", "digits" },
	{ "digits -6", U "a?" S "&digits=-6", "digits" },
	{ "digits six", U "a?" S "&digits=six", "digits" },
	{ "digits 6.0", U "a?" S "&digits=6.0", "digits" },
	{ "digits with a blank", U "a?" S "&digits=+6", "digits" },
	{ "digits 2^32 + 6", U "a?" S "&digits=4294967302", "digits" },
	{ "period 30.0", U "a?" S "&period=30.0", "period" },
	{ "period -30", U "a?" S "&period=-30", "period" },
	{ "period 00", U "a?" S "&period=00", "period" },
	{ "period 2^64 + 30", U "a?" S "&period=18446744073709551646", "period" },
	{ "period with %00", U "a?" S "&period=30%00", "period" },
	{ "algorithm MD5", U "a?" S "&algorithm=MD5", "MD5" },
	{ "algorithm SHA224", U "a?" S "&algorithm=SHA224", "algorithm" },
	{ "algorithm HMAC", U "a?" S "&algorithm=HMAC", "algorithm" },
	{ "algorithm of 40 letters", U "a?" S "&algorithm=SHA1SHA1SHA1SHA1SHA1SHA1SHA1SHA1SHA1SHA1", "algorithm" },
	{ "hotp without counter", "otpauth://hotp/a?" S, "counter" },
	{ "hotp, empty counter", "otpauth://hotp/a?counter=&" S, "counter" },
	{ "hotp, counter 1e3", "otpauth://hotp/a?counter=1e3&" S, "counter" },
	{ "hotp, counter 2^63", "otpauth://hotp/a?counter=9223372036854775808&" S, "counter" },
	{ "another encoder", U "a?" S "&encoder=base", "encoder" },
	{ "a seed alone, with 1", "GEZDGNBVGY3TQOJ1", "base32" },
	{ "a seed alone, cut", "GEZDGNBVG", "cut" },
	{ "steam:// and nothing", "steam://", "empty" },
	{ "KeeOTP without key", "key=&step=30", "empty" },
};

static void
own_cases(void)
{
	for (size_t i = 0; i < COUNTOF(good); i++) {
		struct err e = { 0 };
		OTP o = { 0 };

		if (!ok(parse(&o, good[i].text, &e) == OK, "%s", good[i].name)) {
			printf("# %s\n", e.what);
			continue;
		}
		(void)ok(strcmp(o.issuer, good[i].issuer) == 0 && strcmp(o.label, good[i].label) == 0,
		    "%s: \"%s\" \"%s\"",
		    good[i].name, o.issuer, o.label);
		if (good[i].code != NULL)
			(void)ok(code_is(&o, 59, good[i].code), "%s: %s", good[i].name, good[i].code);
		(void)ok(returns(&o), "%s: kept, written and read again", good[i].name);
	}
	for (size_t i = 0; i < COUNTOF(bad); i++) {
		struct err e = { 0 };
		OTP o = { 0 };

		(void)ok(parse(&o, bad[i].text, &e) == E_INPUT && o.key.bytes == NULL &&
		    strstr(e.what, bad[i].says) != NULL,
		    "%s is refused: %s", bad[i].name, e.what);
		(void)ok(strstr(e.what, "GEZD") == NULL && strstr(e.what, "ABCD") == NULL,
		    "%s: the seed is not in the message",
		    bad[i].name);
	}
}

/* What a label of every byte, and the longest one, becomes when it is written. */
static void
written(void)
{
	OTP o = { .type = OTP_TOTP, .hash = OTP_SHA512, .digits = 7, .period_s = 45 };
	SECRET uri = { 0 };
	SECRET nul = { 0 };
	OTP back = { 0 };
	static const char with_nul[] = "otpauth://totp/a\0b?" S;
	static const char want[] = "otpauth://totp/A%26B%3A%3D:a%20%25%23%3F%2F%2B@x?secret=MFRGG&issuer=A%26B%3A%3D"
	    "&algorithm=SHA512&digits=7&period=45";

	(void)snprintf(o.issuer, sizeof o.issuer, "A&B:=");
	(void)snprintf(o.label, sizeof o.label, "a %%#?/+@x");
	if (!ok(secret_copy(&o.key, "abc", 3, NULL) == OK && otp_uri(&uri, &o, NULL) == OK, "a URI is written"))
		return;
	if (!ok(uri.len == sizeof want - 1 && memcmp(uri.bytes, want, uri.len) == 0, "as it should be"))
		printf("# %.*s\n", (int)uri.len, (const char *)uri.bytes);
	memset(o.issuer, '%', sizeof o.issuer - 1);
	memset(o.label, '%', sizeof o.label - 1);
	o.issuer[sizeof o.issuer - 1] = o.label[sizeof o.label - 1] = '\0';
	(void)ok(returns(&o), "the longest names");
	(void)ok(secret_copy(&nul, with_nul, sizeof with_nul - 1, NULL) == OK && otp_parse(&back, &nul, NULL) == E_INPUT,
	    "a NUL in the text is refused");
	secret_wipe(&nul);
	(void)ok(secret_copy(&nul, "ABCDEFGH", 8, NULL) == OK && otp_unpack(&back, &nul, NULL) == E_DAMAGED,
	    "a seed alone is no kept record");
}

static void
long_texts(void)
{
	static char text[20000];
	OTP o = { 0 };

	(void)snprintf(text, sizeof text, U "%0300d?" S, 1);
	(void)ok(parse(&o, text, NULL) == E_INPUT, "a label of 300 characters is refused");
	(void)snprintf(text, sizeof text, U "a?issuer=%0200d&" S, 1);
	(void)ok(parse(&o, text, NULL) == E_INPUT, "an issuer of 200 characters is refused");
	(void)snprintf(text, sizeof text, U "%012000d?" S, 1);
	(void)ok(parse(&o, text, NULL) == E_INPUT, "a label of 12,000 characters is refused");
	(void)snprintf(text, sizeof text, U "a?x=%017000d&" S, 1);
	(void)ok(parse(&o, text, NULL) == E_INPUT, "a text of 17,000 characters is refused");
}

static void
unusable(void)
{
	OTP o = { .type = OTP_TOTP, .hash = OTP_SHA1, .digits = 6, .period_s = 30 };
	char code[16] = "before";
	SECRET packed = { 0 };

	(void)ok(otp_code(code, NULL, &o, 0, NULL) == E_RANGE, "no key: no code");
	if (secret_copy(&o.key, "abc", 3, NULL) != OK)
		return;
	(void)ok(otp_code(code, NULL, &o, -1, NULL) == E_RANGE && strcmp(code, "before") == 0, "before 1970: no code");
	o.period_s = 0;
	(void)ok(otp_code(code, NULL, &o, 0, NULL) == E_RANGE && otp_pack(&packed, &o, NULL) == E_RANGE,
	    "period 0: no division by zero");
	o.period_s = 30;
	o.digits = 11;
	(void)ok(otp_code(code, NULL, &o, 0, NULL) == E_RANGE, "11 digits: no code");
	o.digits = 5;
	(void)ok(otp_code(code, NULL, &o, 0, NULL) == E_RANGE, "5 digits that are not Steam's: no code");
}

/* In a child that can open no library any more. */
static void
no_library(void)
{
	pid_t child = fork();
	int st;

	if (child == 0) {
		struct rlimit none = { 0, 0 };
		struct err e = { 0 };
		unsigned char mac[20];

		if (setrlimit(RLIMIT_NOFILE, &none) != 0)
			_exit(1);
		_exit(hmac(mac, OTP_SHA1, "k", 1, "m", 1, &e) == E_FAILED && strstr(e.what, "libcrypto.so.3") ? 0 : 2);
	}
	(void)ok(child > 0 && waitpid(child, &st, 0) == child && st == 0, "libcrypto missing: a clear error");
}

int
main(void)
{
	const char *dir = shared_dir();

	if (!ok(crypto_start(NULL) == OK, "crypto starts"))
		return tap_done();
	no_library();
	own_cases();
	written();
	long_texts();
	unusable();
	if (dir == NULL) {
		tap_skip("the vectors of one-time passwords are not here (PURSER_SHARED)");
		return tap_done();
	}
	rfc4226(dir);
	rfc6238(dir);
	steam(dir);
	base32(dir);
	uris(dir);
	others(dir, "motp.tsv", "motp", 0);
	others(dir, "yandex.tsv", "yaotp", 1);
	return tap_done();
}
