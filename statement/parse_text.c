/* statement/parse_text.c: bytes to UTF-8. A BOM decides; then what the bytes are, never what somebody declares. */
#include "statement/parse.h"

#include "base/utf8.h"

#include <errno.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd";

const char *
encoding_name(enum encoding enc)
{
	switch (enc) {
	case ENC_UTF8: case ENC_UTF8_LOSSY: return "utf-8";
	case ENC_UTF8_BOM: return "utf-8-bom";
	case ENC_UTF16LE: return "utf-16le";
	case ENC_UTF16BE: return "utf-16be";
	case ENC_GB18030: return "gb18030";
	case ENC_CP1252: return "windows-1252";
	}
	return "utf-8";
}

/* Valid and invalid multi-byte sequences; *cut: the only fault is a sequence that the end of the file cuts. */
static void
utf8_count(const unsigned char *p, size_t n, size_t *good, size_t *bad, bool *cut)
{
	const char *s = (const char *)p;
	uint32_t cp;
	size_t k;

	*good = *bad = 0;
	*cut = false;
	for (; n > 0; s += k, n -= k) {
		if ((k = utf8_next(s, n, &cp)) > 1)
			++*good;
		if (k != 0)
			continue;
		k = 1;
		if (n < 4 && (unsigned char)*s >= 0xc2 && (unsigned char)*s <= 0xf4) {
			size_t tail = 1;

			while (tail < n && ((unsigned char)s[tail] & 0xc0) == 0x80)
				tail++;
			if (tail == n) {
				*cut = true;
				return;
			}
		}
		++*bad;
	}
}

size_t
encoding_guess(enum encoding out[3], const unsigned char *p, size_t n)
{
	size_t good, bad, k = 0;
	bool cut;

	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		out[0] = ENC_UTF8_BOM;
		return 1;
	}
	if (n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff))) {
		out[0] = p[0] == 0xff ? ENC_UTF16LE : ENC_UTF16BE;
		return 1;
	}
	utf8_count(p, n, &good, &bad, &cut);
	if (bad == 0) {
		out[0] = ENC_UTF8;
		return 1;
	}
	if (good >= 4 * bad)
		out[k++] = ENC_UTF8_LOSSY;      /* UTF-8 with a few damaged places */
	out[k++] = ENC_GB18030;
	out[k++] = ENC_CP1252;
	return k;
}

static void
from_utf8(struct decoded *out, const unsigned char *p, size_t n)
{
	const char *s = (const char *)p;
	uint32_t cp;
	size_t k, run = 0, good, bad;

	utf8_count(p, n, &good, &bad, &out->cut);
	while (run < n) {
		if ((k = utf8_next(s + run, n - run, &cp)) != 0) {
			run += k;
			continue;
		}
		buf_add(&out->text, s, run);
		s += run;
		n -= run;
		run = 0;
		if (out->cut && n < 4)
			return;                 /* the incomplete character is not text */
		buf_adds(&out->text, replacement);
		out->replaced++;
		s++;
		n--;
	}
	buf_add(&out->text, s, run);
}

static void
from_utf16(struct decoded *out, const unsigned char *p, size_t n, bool big)
{
	char u[4];

	out->cut = n % 2 != 0;
	for (size_t i = 0; i + 1 < n; i += 2) {
		uint32_t c = big ? (uint32_t)(p[i] << 8 | p[i + 1]) : (uint32_t)(p[i] | p[i + 1] << 8), low;

		if (c >= 0xd800 && c <= 0xdbff && i + 3 < n) {
			low = big ? (uint32_t)(p[i + 2] << 8 | p[i + 3]) : (uint32_t)(p[i + 2] | p[i + 3] << 8);
			if (low >= 0xdc00 && low <= 0xdfff) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		if (c >= 0xd800 && c <= 0xdfff) {
			buf_adds(&out->text, replacement);
			out->replaced++;
		} else {
			buf_add(&out->text, u, utf8_put(u, c));
		}
	}
}

static void
from_cp1252(struct decoded *out, const unsigned char *p, size_t n)
{
	/* 0x80 to 0x9f; 0: undefined */
	static const uint16_t high[32] = { 0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030,
		0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc,
		0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178 };
	char u[4];

	for (size_t i = 0; i < n; i++) {
		uint32_t c = p[i];

		if (c >= 0x80 && c < 0xa0)
			c = high[c - 0x80];
		if (c == 0 && p[i] != 0) {
			buf_adds(&out->text, replacement);
			out->replaced++;
		} else {
			buf_add(&out->text, u, utf8_put(u, c));
		}
	}
}

/* Never //IGNORE: what cannot be decoded is counted and marked. */
static enum rc
from_gb18030(struct decoded *out, iconv_t cd, const unsigned char *p, size_t n, struct err *e)
{
	const char *in = (const char *)p;
	char block[16384];

	if (cd == (iconv_t)-1)
		return refuse(e, E_INPUT, "no-gb18030", 0, "", 0);
	(void)iconv(cd, NULL, NULL, NULL, NULL);        /* back to the initial state */
	while (n > 0) {
		char *to = block, *from;
		size_t room = sizeof block, r;

		/* iconv()'s prototype lacks a const; it does not write to its input. */
		memcpy(&from, &in, sizeof from);
		r = iconv(cd, &from, &n, &to, &room);
		in = from;
		buf_add(&out->text, block, sizeof block - room);
		if (r != (size_t)-1 || errno == E2BIG)
			continue;
		if (errno == EINVAL && n < 4) {
			out->cut = true;
			break;
		}
		buf_adds(&out->text, replacement);
		out->replaced++;
		in++;
		n--;
	}
	return OK;
}

enum rc
text_decode(
    struct decoded *out, struct parse *p, enum encoding enc, const unsigned char *bytes, size_t n, struct err *e)
{
	enum rc rc = OK;

	switch (enc) {
	case ENC_UTF8: case ENC_UTF8_LOSSY: from_utf8(out, bytes, n); break;
	case ENC_UTF8_BOM: from_utf8(out, bytes + 3, n - 3); break;
	case ENC_UTF16LE: case ENC_UTF16BE: from_utf16(out, bytes + 2, n - 2, enc == ENC_UTF16BE); break;
	case ENC_GB18030: rc = from_gb18030(out, p->gb18030, bytes, n, e); break;
	case ENC_CP1252: from_cp1252(out, bytes, n); break;
	}
	if (rc == OK && out->text.failed)
		rc = refuse(e, E_NOMEM, "memory", 0, "", 0);
	return rc;
}

void
decoded_free(struct decoded *d)
{
	buf_free(&d->text);
}

/* ---- strings ---- */

bool
str_is(struct str a, const char *b)
{
	return a.n == strlen(b) && memcmp(a.p, b, a.n) == 0;
}

bool
str_has(struct str a, const char *part)
{
	return a.n > 0 && memmem(a.p, a.n, part, strlen(part)) != NULL;
}

bool
str_begins(struct str a, const char *head)
{
	return a.n >= strlen(head) && memcmp(a.p, head, strlen(head)) == 0;
}

static bool
blank(uint32_t cp)
{
	return cp == ' ' || cp == '\t' || cp == '\r' || cp == '\n' || cp == 0xa0 || cp == 0x3000 || cp == 0xfeff;
}

struct str
str_trim(struct str a)
{
	uint32_t cp;
	size_t k, back;

	while (a.n > 0 && (k = utf8_next(a.p, a.n, &cp)) != 0 && blank(cp)) {
		a.p += k;
		a.n -= k;
	}
	for (;;) {
		for (back = 1; back < 4 && back < a.n && ((unsigned char)a.p[a.n - back] & 0xc0) == 0x80; back++)
			;
		if (a.n == 0 || utf8_next(a.p + a.n - back, back, &cp) != back || !blank(cp))
			return a;
		a.n -= back;
	}
}
