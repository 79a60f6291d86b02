/* helper/prog_names_ask.c: see prog_names_ask.h. */
#include "helper/prog_names_ask.h"

#include "base/le.h"
#include "base/scope.h"
#include "base/utf8.h"

#include <idn2.h>
#include <libpsl.h>
#include <nettle/sha3.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

#define WIDE 4096               /* UTF-16 units of anything that is worked on */

/* What was loaded; this is a process of its own, with one thread. */
static struct {
	USpoofChecker *spoof;
	USpoofCheckResult *result;
	const UNormalizer2 *nfc;
	const psl_ctx_t *psl;
} lib;

static bool
spoof_prepare(UErrorCode *bad)
{
	lib.spoof = uspoof_open(bad);
	lib.result = uspoof_openCheckResult(bad);
	lib.nfc = unorm2_getNFCInstance(bad);
	uspoof_setChecks(lib.spoof, USPOOF_RESTRICTION_LEVEL | USPOOF_INVISIBLE | USPOOF_CHAR_LIMIT | USPOOF_MIXED_NUMBERS |
	    USPOOF_AUX_INFO, bad);
	if (U_SUCCESS(*bad)) {
		USet *allowed = uset_clone(uspoof_getRecommendedSet(bad));

		if (U_SUCCESS(*bad)) {
			uset_addAll(allowed, uspoof_getInclusionSet(bad));
			uspoof_setAllowedChars(lib.spoof, allowed, bad);
		}
		uset_close(allowed);
	}
	return U_SUCCESS(*bad);
}

bool
answer_prepare(void)
{
	unsigned char first[NAMES_ANSWER_MAX];
	UErrorCode bad = U_ZERO_ERROR;

	if ((lib.psl = psl_latest(NULL)) == NULL)
		lib.psl = psl_builtin();
	/* All of them once: tables are loaded at the first use. */
	return lib.psl != NULL && spoof_prepare(&bad) && answer(NAMES_HOST, "W\xc3\xa4.xn--4ca.example", 19, first) != 0 &&
	    answer(NAMES_LINE, "\xd0\xb0 e\xcc\x81", 6, first) != 0;
}

/* ---- characters ---- */

static bool
wide(UChar out[WIDE], int32_t *n, const char *s)
{
	UErrorCode bad = U_ZERO_ERROR;

	u_strFromUTF8(out, WIDE, n, s, -1, &bad);
	return U_SUCCESS(bad) && *n < WIDE;
}

static bool
narrow(char out[NAME_MAX_BYTES + 1], const UChar *s, int32_t n)
{
	UErrorCode bad = U_ZERO_ERROR;

	u_strToUTF8(out, NAME_MAX_BYTES + 1, NULL, s, n, &bad);
	return U_SUCCESS(bad) && bad != U_STRING_NOT_TERMINATED_WARNING;
}

static bool
lower(UChar s[WIDE], int32_t *n)
{
	UErrorCode bad = U_ZERO_ERROR;
	UChar to[WIDE];

	*n = u_strToLower(to, WIDE, s, *n, "", &bad);
	if (U_FAILURE(bad) || *n >= WIDE)
		return false;
	memcpy(s, to, (size_t)*n * sizeof *s);
	return true;
}

static UChar32
next(const UChar *s, int32_t *i, int32_t n)
{
	UChar lead = s[(*i)++];
	UChar32 c = lead;

	if (U16_IS_LEAD(lead) && *i < n && U16_IS_TRAIL(s[*i]))
		c = (c - 0xd800) * 0x400 + (s[(*i)++] - 0xdc00) + 0x10000;
	return c;
}

/* Accents, dots and what nobody sees are left out; a dot or control character that comes of another one must not
 * make a label. */
static int32_t
strip(UChar *s, int32_t n, bool dots)
{
	int32_t to = 0;

	for (int32_t i = 0, at = 0; i < n; at = i) {
		UChar32 c = next(s, &i, n);
		int8_t type = u_charType(c);

		if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_CONTROL_CHAR ||
		    u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || (dots && c == '.'))
			continue;
		while (at < i)
			s[to++] = s[at++];
	}
	return to;
}

/* What all that looks like it has in common. UTS #39 keeps i and l apart, typefaces and eyes do not. */
static bool
fold(UChar out[WIDE], int32_t *n, const UChar *label, int32_t len, bool dots)
{
	UErrorCode bad = U_ZERO_ERROR;
	UChar small[WIDE];

	memcpy(small, label, (size_t)len * sizeof *small);
	if (!lower(small, &len))
		return false;
	*n = uspoof_getSkeleton(lib.spoof, 0, small, len, out, WIDE, &bad);
	if (U_FAILURE(bad) || *n >= WIDE || !lower(out, n))
		return false;
	*n = strip(out, *n, dots);
	for (int32_t i = 0; i < *n; i++)
		out[i] = out[i] == 'i' ? 'l' : out[i];
	return true;
}

static bool
is_ascii(const UChar *s, int32_t n)
{
	for (int32_t i = 0; i < n; i++) {
		if (s[i] >= 0x80)
			return false;
	}
	return true;
}

static bool
has_latin(const UChar *s, int32_t n)
{
	for (int32_t i = 0; i < n;) {
		UErrorCode bad = U_ZERO_ERROR;

		if (uscript_getScript(next(s, &i, n), &bad) == USCRIPT_LATIN)
			return true;
	}
	return false;
}

/* One label, or a line. */
static bool
look(struct name_facts *f, const UChar *label, int32_t n, const UChar *folded, int32_t folded_n)
{
	UErrorCode bad = U_ZERO_ERROR;
	int32_t found = uspoof_check2(lib.spoof, label, n, lib.result, &bad);
	URestrictionLevel level = uspoof_getCheckResultRestrictionLevel(lib.result, &bad);

	if (U_FAILURE(bad))
		return false;
	if ((unsigned)level >> 28 > f->level)
		f->level = (unsigned)level >> 28;
	f->flags |= level > USPOOF_HIGHLY_RESTRICTIVE ? NAME_MIXED : 0;
	f->flags |= found & USPOOF_INVISIBLE ? NAME_INVISIBLE : 0;
	f->flags |= found & USPOOF_CHAR_LIMIT ? NAME_UNUSUAL : 0;
	f->flags |= found & USPOOF_MIXED_NUMBERS ? NAME_NUMBERS : 0;
	if (!is_ascii(label, n)) {
		f->flags |= NAME_IDN;
		f->flags |= !has_latin(label, n) && folded_n > 0 && is_ascii(folded, folded_n) ? NAME_WHOLE : 0;
	}
	return true;
}

/* Labels of s one by one. */
static bool
look_at_labels(struct name_facts *f, const UChar *s, int32_t n)
{
	UChar folded[WIDE];
	UChar all[WIDE];
	int32_t len, at = 0;

	for (int32_t i = 0, end; i <= n; i = end + 1) {
		for (end = i; end < n && s[end] != '.'; end++)
			continue;
		if (!fold(folded, &len, s + i, end - i, true) || !look(f, s + i, end - i, folded, len) || at + len + 1 >= WIDE)
			return false;
		memcpy(all + at, folded, (size_t)len * sizeof *all);
		at += len;
		if (end < n)
			all[at++] = '.';
	}
	return narrow(f->fold, all, at);
}

/* ---- hosts ---- */

/* Small letters in NFC, without the dot at the end. */
static bool
tidy(UChar s[WIDE], int32_t *n, const char *q)
{
	UErrorCode bad = U_ZERO_ERROR;
	UChar to[WIDE];

	if (!wide(s, n, q) || !lower(s, n))
		return false;
	*n = unorm2_normalize(lib.nfc, s, *n, to, WIDE, &bad);
	if (U_FAILURE(bad) || *n >= WIDE)
		return false;
	memcpy(s, to, (size_t)*n * sizeof *s);
	for (int32_t i = 0; i < *n; i++) {      /* the dots that IDNA takes for one */
		if (s[i] == 0x3002 || s[i] == 0xff0e || s[i] == 0xff61)
			s[i] = '.';
	}
	if (*n > 1 && s[*n - 1] == '.')
		--*n;
	return *n > 0;
}

static bool
copy(char out[NAME_MAX_BYTES + 1], const char *s)
{
	size_t n = strlen(s);

	if (n > NAME_MAX_BYTES)
		return false;
	memcpy(out, s, n + 1);
	return true;
}

static bool
has_punycode(const char *s)
{
	for (const char *at = s; (at = strcasestr(at, "xn--")) != NULL; at++) {
		if (at == s || at[-1] == '.')
			return true;
	}
	return false;
}

/* As the public suffix list has it; names that IDNA does not know have no owner. */
static bool
owner(struct name_facts *f)
{
	const char *reg = psl_registrable_domain(lib.psl, f->ascii), *suffix;

	if (reg != NULL && !copy(f->registrable, reg))
		return false;
	suffix = reg != NULL ? strchr(reg, '.') : f->ascii;
	return copy(f->suffix, suffix == NULL ? "" : suffix + (reg != NULL));
}

/* Letters, digits, dashes and dots are all that a host has of ASCII; no label is empty. (libidn2's own rule for that
 * drops what it does not like, which would make another host of it.) */
static bool
letters_digits(const char *s)
{
	for (const char *c = s; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x80 && !u_isalnum(*c) && *c != '-' && (*c != '.' || c == s || c[1] == '.'))
			return false;
	}
	return true;
}

static bool
hides(const UChar *s, int32_t n)
{
	for (int32_t i = 0; i < n;) {
		if (u_hasBinaryProperty(next(s, &i, n), UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
			return true;
	}
	return false;
}

/* typed: tidy; s: the same. */
static bool
ask_host(struct name_facts *f, const char *typed, UChar s[WIDE], int32_t n)
{
	AUTO(auto_free) char *ascii = NULL;
	AUTO(auto_free) char *shown = NULL;
	bool good = letters_digits(typed) && idn2_lookup_u8((const uint8_t *)typed, (uint8_t **)&ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK && ascii != NULL && letters_digits(ascii);

	f->level = 1;
	f->flags = (good ? 0 : NAME_INVALID) | (has_punycode(typed) ? NAME_PUNYCODE : 0u) |
	    (hides(s, n) ? NAME_INVISIBLE : 0u);
	if (idn2_to_unicode_8z8z(good ? ascii : typed, &shown, 0) != IDN2_OK || shown == NULL || !tidy(s, &n, shown)) {
		f->flags |= NAME_INVALID;
		if (!tidy(s, &n, typed))
			return false;
	}
	if (!narrow(f->unicode, s, n) || !look_at_labels(f, s, n))
		return false;
	if (!(f->flags & NAME_INVALID))
		return copy(f->ascii, ascii) && owner(f);
	return true;
}

static bool
ask_line(struct name_facts *f, const char *line)
{
	UErrorCode bad = U_ZERO_ERROR;
	UChar s[WIDE], folded[WIDE];
	int32_t n, len;

	f->level = 1;
	if (!wide(folded, &len, line))
		return false;
	n = unorm2_normalize(lib.nfc, folded, len, s, WIDE, &bad);
	return U_SUCCESS(bad) && n < WIDE && narrow(f->unicode, s, n) && fold(folded, &len, s, n, false) &&
	    narrow(f->fold, folded, len) && look(f, s, n, folded, len);
}

/* ---- Keccak ---- */

/* Rate 136, capacity 64 bytes, padding 1 0* 1: what Ethereum calls Keccak-256; SHA3-256 differs in the padding
 * alone. */
static void
keccak256(unsigned char out[32], const unsigned char *p, size_t n)
{
	struct sha3_state st = { .a = { 0 } };
	unsigned char block[136];
	bool last;

	do {
		size_t k = n < sizeof block ? n : sizeof block;

		last = k < sizeof block;
		memset(block, 0, sizeof block);
		memcpy(block, p, k);
		if (last) {
			block[k] ^= 0x01;
			block[sizeof block - 1] ^= 0x80;
		}
		for (size_t i = 0; i < sizeof block / 8; i++)
			st.a[i] ^= le64_get(block + 8 * i);
		sha3_permute(&st);
		p += k;
		n -= k;
	} while (!last);
	for (size_t i = 0; i < 4; i++)
		le64_put(out + 8 * i, st.a[i]);
}

/* ---- the answer ---- */

static size_t
put_text(unsigned char *out, const char *s)
{
	size_t n = strlen(s);

	le16_put(out, (uint16_t)n);
	memcpy(out + 2, s, n);
	return 2 + n;
}

static size_t
put_facts(unsigned char *out, const struct name_facts *f)
{
	size_t n = 3;

	le16_put(out, (uint16_t)f->flags);
	out[2] = (unsigned char)f->level;
	n += put_text(out + n, f->ascii);
	n += put_text(out + n, f->unicode);
	n += put_text(out + n, f->fold);
	n += put_text(out + n, f->registrable);
	return n + put_text(out + n, f->suffix);
}

/* Nothing that would not be taken by the other side: no control character, as many labels in each form. */
static size_t
facts_answer(enum names_op op, const char *q, unsigned char out[NAMES_ANSWER_MAX])
{
	static struct name_facts f, check;
	char typed[NAME_MAX_BYTES + 1];
	UChar s[WIDE];
	int32_t len;
	size_t n;

	memset(&f, 0, sizeof f);
	if (op == NAMES_HOST ? !tidy(s, &len, q) || !narrow(typed, s, len) || !ask_host(&f, typed, s, len) : !ask_line(&f, q))
		return 0;
	n = put_facts(out, &f);
	return names_take(&check, op, out, n) ? n : 0;
}

size_t
answer(enum names_op op, const char *q, size_t n, unsigned char out[NAMES_ANSWER_MAX])
{
	switch (op) {
	case NAMES_KECCAK:
		keccak256(out, (const unsigned char *)q, n);
		return 32;
	case NAMES_HOST:
	case NAMES_LINE:
		return memchr(q, '\0', n) == NULL && utf8_valid(q, n) ? facts_answer(op, q, out) : 0;
	}
	return 0;
}
