/*
 * crypto/otpauth.c: otpauth:// URIs (Google's "Key URI Format") as they occur; see otp.h.
 *
 * Where writers disagree:
 * - The label is decoded once, after the URI is split; + is a blank in query values and itself in the label. A % that
 *   no two hexadecimal digits follow stands for itself, and so does #.
 * - Issuer: the parameter wins over the label's prefix (issuer_clash tells); it also finds the end of a prefix that
 *   holds a colon. Otherwise the first colon that is written as such ends the prefix, else the first %3A. An empty
 *   prefix is no issuer.
 * - An empty label is accepted. An empty parameter is as none. Unknown parameters are ignored; one of ours given twice
 *   with different values is refused, as is an unknown encoder: the codes would be wrong.
 * - hotp needs its counter (Key URI Format: required). A counter of a totp is ignored.
 * - Steam: encoder=steam, or type steam, or issuer Steam where digits are not given, or 5. The record says
 *   encoder=steam.
 * - A seed may be in groups; but of one length (up to 6, or a multiple of 4), so that a sentence is not taken for a
 *   seed.
 */
#include "base/ascii.h"
#include "base/num.h"
#include "base/utf8.h"
#include "crypto/otp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 16384u
#define NUMBER_MAX ((uint64_t)INT64_MAX)
#define RAW_MAX 2048u                            /* a label as written: three times issuer and label */

struct slice { const char *p; size_t n; };               /* part of the text; p NULL: not there */

enum param { P_SECRET, P_ISSUER, P_ALGORITHM, P_DIGITS, P_PERIOD, P_COUNTER, P_ENCODER, P_TYPE, P_COUNT };

struct query { struct slice v[P_COUNT]; };

static const char *const otpauth_names[P_COUNT] = { "secret", "issuer", "algorithm", "digits", "period", "counter",
	"encoder", NULL };
/* KeeOTP, a plugin of KeePass: key=..&step=..&size=..&otpHashMode=..&type=..&counter=.. */
static const char *const keeotp_names[P_COUNT] = { "key", NULL, "otpHashMode", "size", "step", "counter", "encoder",
    "type" };

static enum rc
bad_number(const char *name, struct err *e)
{
	return err_set(e, E_INPUT, N_("the one-time password has a bad number: %s"), name);
}

static int
nibble(char c)
{
	char l = ascii_lower(c);

	return c >= '0' && c <= '9' ? c - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* Percent-decode once; out has room for s.n bytes. */
static size_t
decode(char *out, struct slice s, bool plus)
{
	size_t len = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && nibble(s.p[i + 1]) >= 0 && nibble(s.p[i + 2]) >= 0) {
			out[len++] = (char)(nibble(s.p[i + 1]) << 4 | nibble(s.p[i + 2]));
			i += 2;
		} else {
			out[len++] = plus && s.p[i] == '+' ? ' ' : s.p[i];
		}
	}
	return len;
}

/* A decoded text for people, at most size - 1 bytes, made harmless and then without blanks at its ends. */
static enum rc
put_name(char *out, size_t size, const char *p, size_t n, struct err *e)
{
	BUF clean = { 0 };
	const char *from;
	size_t len;
	enum rc rc;

	utf8_clean(&clean, p, n);
	if ((rc = buf_check(&clean, e)) != OK)
		return rc;
	for (from = buf_str(&clean); *from == ' '; from++)
		;
	for (len = strlen(from); len > 0 && from[len - 1] == ' '; len--)
		;
	if (len >= size)
		return err_set(e, E_INPUT, N_("the label or issuer of the one-time password is too long"));
	memcpy(out, from, len);
	out[len] = '\0';
	return OK;
}

/* A parameter as a short NUL-terminated text; false when it is longer or holds a NUL. Absent and empty: "". */
static bool
short_text(char *out, size_t size, struct slice s)
{
	size_t n;

	out[0] = '\0';
	if (s.p == NULL || s.n == 0)
		return true;
	if (s.n >= size)
		return false;
	n = decode(out, s, true);
	out[n] = '\0';
	return strlen(out) == n;
}

static enum rc
parse_query(struct query *q, struct slice s, const char *const *names, struct err *e)
{
	for (const char *end = s.p + s.n, *p = s.p, *next; p < end; p = next + 1) {
		const char *eq;
		size_t name;

		if ((next = memchr(p, '&', (size_t)(end - p))) == NULL)
			next = end;
		if (next - p > 4 && memcmp(p, "amp;", 4) == 0)
			p += 4;                 /* copied out of a page's source */
		if ((eq = memchr(p, '=', (size_t)(next - p))) == NULL)
			continue;
		name = (size_t)(eq - p);
		for (int i = 0; i < P_COUNT; i++) {
			struct slice v = { eq + 1, (size_t)(next - eq - 1) };

			if (names[i] == NULL || strlen(names[i]) != name || memcmp(names[i], p, name) != 0)
				continue;
			if (q->v[i].p != NULL && (q->v[i].n != v.n || memcmp(q->v[i].p, v.p, v.n) != 0))
				return err_set(e, E_INPUT,
				    N_("the one-time password gives %s twice, with different values"),
				    names[i]);
			q->v[i] = v;
		}
	}
	return OK;
}

static enum rc
parse_number(uint64_t *out, struct slice s, const char *name, uint64_t min, uint64_t max, uint64_t absent,
    struct err *e)
{
	char text[32];

	if (s.p == NULL || s.n == 0) {
		*out = absent;
		return OK;
	}
	return short_text(text, sizeof text, s) && num_u64(text, min, max, out) ? OK : bad_number(name, e);
}

/* SHA1, sha-256, HmacSHA512, HMAC-SHA-1, ... */
static enum rc
parse_hash(enum otp_hash *out, struct slice s, struct err *e)
{
	static const struct { const char *name; enum otp_hash h; } known[] = { { "", OTP_SHA1 }, { "sha1", OTP_SHA1 },
		{ "sha256", OTP_SHA256 }, { "sha512", OTP_SHA512 } };
	char raw[32], name[32], *t = name;
	const char *p = raw;

	if (!short_text(raw, sizeof raw, s))
		memcpy(raw, "?", 2);
	for (; *p; p++) {
		if (*p != '-' && *p != '_' && *p != ' ' && *p != '/')
			*t++ = ascii_lower(*p);
	}
	*t = '\0';
	t = strncmp(name, "hmac", 4) == 0 && name[4] != '\0' ? name + 4 : name;
	for (size_t i = 0; i < COUNTOF(known); i++) {
		if (strcmp(t, known[i].name) == 0) {
			*out = known[i].h;
			return OK;
		}
	}
	if (strcmp(t, "md5") == 0)
		return err_set(e, E_INPUT, N_("one-time passwords with MD5 are not supported"));
	return err_set(e, E_INPUT, N_("unknown algorithm of a one-time password (SHA1, SHA256 and SHA512 exist)"));
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Groups of one length; the last may be shorter. One group is a seed of any length. */
static bool
regular_groups(const char *s, size_t n)
{
	size_t group = 0, run = 0, groups = 0;
	bool last = false;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && !blank(s[i]) && s[i] != '-' && s[i] != '=') {
			run++;
			continue;
		}
		if (run == 0)
			continue;
		if (last || (groups != 0 && run > group))
			return false;
		if (groups++ == 0)
			group = run;
		last = run < group;
		run = 0;
	}
	return groups < 2 || group <= 6 || group % 4 == 0;
}

static enum rc
put_seed(struct secret *out, const char *s, size_t n, struct err *e)
{
	if (!regular_groups(s, n))
		return err_set(e, E_INPUT, N_("the seed is not base32 in groups of one length"));
	return base32_decode(out, s, n, e);
}

static enum rc
parse_seed(struct secret *out, struct slice s, struct err *e)
{
	SECRET text = { 0 };
	enum rc rc;

	if (s.p == NULL)
		return err_set(e, E_INPUT, N_("the one-time password has no secret"));
	if ((rc = secret_alloc(&text, s.n, e)) != OK)
		return rc;
	return put_seed(out, (const char *)text.bytes, decode((char *)text.bytes, s, true), e);
}

/* Where the issuer ends in a decoded label of n bytes: the place of the colon, or n when there is no issuer. raw is the
 * label as written. */
static size_t
issuer_end(const char *label, size_t n, struct slice raw, const char *issuer)
{
	size_t len = strlen(issuer);
	char *colon;

	if (len > 0 && n > len && label[len] == ':' && memcmp(label, issuer, len) == 0)
		return len;
	/* A colon written as such is the separator, and %3A then part of a name. */
	if (raw.n > 0 && (colon = memchr(raw.p, ':', raw.n)) != NULL) {
		char scratch[RAW_MAX];
		struct slice before = { raw.p, (size_t)(colon - raw.p) };

		return decode(scratch, before, false);
	}
	return (colon = memchr(label, ':', n)) != NULL ? (size_t)(colon - label) : n;
}

static enum rc
parse_names(struct otp *o, struct slice raw, struct slice issuer, struct err *e)
{
	char label[RAW_MAX], parameter[RAW_MAX], named[sizeof o->issuer];
	size_t n, end, skip;
	enum rc rc;

	if (raw.n > sizeof label || issuer.n > sizeof parameter)
		return err_set(e, E_INPUT, N_("the label or issuer of the one-time password is too long"));
	n = issuer.p != NULL ? decode(parameter, issuer, true) : 0;
	if ((rc = put_name(o->issuer, sizeof o->issuer, parameter, n, e)) != OK)
		return rc;
	n = decode(label, raw, false);
	end = issuer_end(label, n, raw, o->issuer);
	skip = end < n ? end + 1 : 0;
	if ((rc = put_name(named, sizeof named, label, skip == 0 ? 0 : end, e)) != OK ||
	    (rc = put_name(o->label, sizeof o->label, label + skip, n - skip, e)) != OK)
		return rc;
	if (o->issuer[0] == '\0')
		memcpy(o->issuer, named, sizeof named);
	else
		o->issuer_clash = named[0] != '\0' && strcmp(named, o->issuer) != 0;
	return OK;
}

/* What the code is made of, once type and issuer are known. */
static enum rc
parse_code(struct otp *o, const struct query *q, struct err *e)
{
	char encoder[16];
	uint64_t digits;
	enum rc rc;

	if (!short_text(encoder, sizeof encoder, q->v[P_ENCODER]) ||
	    (encoder[0] != '\0' && !ascii_is(encoder, strlen(encoder), "steam")))
		return err_set(e, E_INPUT, N_("unknown encoder of a one-time password"));
	if ((rc = parse_hash(&o->hash, q->v[P_ALGORITHM], e)) != OK ||
	    (rc = parse_number(&digits, q->v[P_DIGITS], "digits", 5, 10, 0, e)) != OK ||
	    (rc = parse_number(&o->period_s, q->v[P_PERIOD], "period", 1, NUMBER_MAX, 30, e)) != OK)
		return rc;
	if (encoder[0] != '\0' || (o->type == OTP_TOTP && (digits == 0 || digits == 5) &&
	    ascii_is(o->issuer, strlen(o->issuer), "steam")))
		o->type = OTP_STEAM;
	if (o->type != OTP_STEAM && digits == 5)
		return bad_number("digits", e);
	o->digits = o->type == OTP_STEAM ? 5 : digits == 0 ? 6 : (unsigned)digits;
	if (o->type == OTP_HOTP) {
		o->period_s = 0;
		if (q->v[P_COUNTER].n == 0)
			return err_set(e, E_INPUT, N_("the one-time password is an HOTP without its counter"));
		rc = parse_number(&o->counter, q->v[P_COUNTER], "counter", 0, NUMBER_MAX, 0, e);
	}
	return rc == OK ? parse_seed(&o->key, q->v[P_SECRET], e) : rc;
}

/* Types are named only where they are known names: the text might be anything, a seed too. */
static enum rc
parse_type(enum otp_type *out, struct slice s, struct err *e)
{
	static const struct { const char *name; enum otp_type type; } known[] = { { "totp", OTP_TOTP },
		{ "hotp", OTP_HOTP }, { "steam", OTP_STEAM }, { "yaotp", 0 }, { "motp", 0 }, { "yandex", 0 } };

	for (size_t i = 0; i < COUNTOF(known); i++) {
		if (!ascii_is(s.p, s.n, known[i].name))
			continue;
		if (known[i].type == 0)
			return err_set(e, E_INPUT, N_("%s is not supported"), known[i].name);
		*out = known[i].type;
		return OK;
	}
	return err_set(e, E_INPUT, N_("unknown type of one-time password (totp, hotp and steam exist)"));
}

static enum rc
parse_otpauth(struct otp *o, const char *p, size_t n, struct err *e)
{
	const char *end = p + n, *question = memchr(p, '?', n), *path_end = question ? question : end;
	const char *slash = memchr(p, '/', (size_t)(path_end - p)), *type_end = slash ? slash : path_end;
	struct slice label = { slash ? slash + 1 : path_end, slash ? (size_t)(path_end - slash - 1) : 0 };
	struct slice rest = { question ? question + 1 : end, question ? (size_t)(end - question - 1) : 0 };
	struct query q = { 0 };
	enum rc rc;

	if ((rc = parse_type(&o->type, (struct slice){ p, (size_t)(type_end - p) }, e)) != OK ||
	    (rc = parse_query(&q, rest, otpauth_names, e)) != OK ||
	    (rc = parse_names(o, label, q.v[P_ISSUER], e)) != OK)
		return rc;
	return parse_code(o, &q, e);
}

static enum rc
parse_keeotp(struct otp *o, const char *p, size_t n, struct err *e)
{
	struct query q = { 0 };
	char type[16];
	enum rc rc;

	if ((rc = parse_query(&q, (struct slice){ p, n }, keeotp_names, e)) != OK)
		return rc;
	if (!short_text(type, sizeof type, q.v[P_TYPE]))
		type[0] = '?';
	if (type[0] == '\0')
		o->type = OTP_TOTP;
	else if ((rc = parse_type(&o->type, (struct slice){ type, strnlen(type, sizeof type) }, e)) != OK)
		return rc;
	if (o->type == OTP_HOTP && q.v[P_COUNTER].n == 0)
		q.v[P_COUNTER] = (struct slice){ "0", 1 };      /* KeeOTP leaves out what is at its default */
	return parse_code(o, &q, e);
}

static enum rc
parse_any(struct otp *o, const char *s, size_t n, struct err *e)
{
	if (ascii_starts(s, n, "otpauth://"))
		return parse_otpauth(o, s + 10, n - 10, e);
	if (ascii_starts(s, n, "otpauth-migration:"))
		return err_set(e, E_INPUT, N_("this is a transfer of several entries (otpauth-migration), not one"));
	if (ascii_starts(s, n, "motp:"))
		return err_set(e, E_INPUT, N_("%s is not supported"), "motp");
	if (n > 4 && memcmp(s, "key=", 4) == 0)
		return parse_keeotp(o, s, n, e);
	o->type = OTP_TOTP;
	o->hash = OTP_SHA1;
	o->digits = 6;
	o->period_s = 30;
	if (ascii_starts(s, n, "steam://")) {
		o->type = OTP_STEAM;
		o->digits = 5;
		return put_seed(&o->key, s + 8, n - 8, e);
	}
	return put_seed(&o->key, s, n, e);
}

enum rc
otp_parse(struct otp *out, const struct secret *text, struct err *e)
{
	const char *s = (const char *)text->bytes;
	size_t n = text->len;
	OTP o = { 0 };
	enum rc rc;

	if (n > TEXT_MAX)
		return err_set(e, E_INPUT, N_("the one-time password is too long"));
	while (n > 0 && blank(*s)) {
		s++;
		n--;
	}
	while (n > 0 && blank(s[n - 1]))
		n--;
	if (n == 0)
		return err_set(e, E_INPUT, N_("the seed is empty"));
	if (memchr(s, '\0', n) != NULL)
		return err_set(e, E_INPUT, N_("the one-time password holds a NUL character"));
	if ((rc = parse_any(&o, s, n, e)) != OK)
		return rc;
	otp_wipe(out);
	*out = o;
	o = (struct otp){ 0 };
	return OK;
}

static size_t
put_text(char *out, const char *s)
{
	size_t n = strlen(s);

	memcpy(out, s, n);
	return n;
}

/* Percent-encode all but the unreserved characters of RFC 3986. */
static size_t
put_encoded(char *out, const char *s)
{
	static const char digit[] = "0123456789ABCDEF";
	size_t n = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    strchr("-._~@", c) != NULL) {
			out[n++] = *s;
		} else {
			out[n++] = '%';
			out[n++] = digit[c >> 4];
			out[n++] = digit[c & 15];
		}
	}
	return n;
}

static size_t
put_settings(char *out, size_t size, const struct otp *o)
{
	static const char *const hash[] = { [OTP_SHA1] = "SHA1", [OTP_SHA256] = "SHA256", [OTP_SHA512] = "SHA512" };
	int n;

	if (o->type == OTP_HOTP)
		n = snprintf(out, size, "&algorithm=%s&digits=%u&counter=%" PRIu64, hash[o->hash], o->digits,
		    o->counter);
	else
		n = snprintf(out, size, "&algorithm=%s&digits=%u&period=%" PRIu64 "%s", hash[o->hash], o->digits,
		    o->period_s,
		    o->type == OTP_STEAM ? "&encoder=steam" : "");
	return n < 0 ? 0 : (size_t)n;
}

enum rc
otp_uri(struct secret *out, const struct otp *o, struct err *e)
{
	size_t room = 256 + 6 * strlen(o->issuer) + 3 * strlen(o->label) + o->key.len * 2, n;
	SECRET s = { 0 };
	enum rc rc;
	char *p;

	if (o->type < OTP_TOTP || o->type > OTP_STEAM || o->hash < OTP_SHA1 || o->hash > OTP_SHA512 || o->key.len == 0)
		return err_set(e, E_RANGE, N_("this one-time password is not usable"));
	if ((rc = secret_alloc(&s, room, e)) != OK)
		return rc;
	p = (char *)s.bytes;
	n = put_text(p, o->type == OTP_HOTP ? "otpauth://hotp/" : "otpauth://totp/");
	n += put_encoded(p + n, o->issuer);
	if (o->issuer[0] != '\0' || strchr(o->label, ':') != NULL)
		p[n++] = ':';                   /* without an issuer: so that a colon of the label does not make one */
	n += put_encoded(p + n, o->label);
	n += put_text(p + n, "?secret=");
	n += base32_encode(p + n, o->key.bytes, o->key.len);
	if (o->issuer[0] != '\0') {
		n += put_text(p + n, "&issuer=");
		n += put_encoded(p + n, o->issuer);
	}
	n += put_settings(p + n, room - n, o);
	secret_cut(&s, n);
	secret_move(out, &s);
	return OK;
}
