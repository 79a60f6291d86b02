/* base/utf8.c: see utf8.h. */
#include "base/utf8.h"

#include <string.h>
#include <wchar.h>

size_t
utf8_next(const char *s, size_t n, uint32_t *cp)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c;
	size_t k;

	if (n == 0)
		return 0;
	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	k = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < k)
		return 0;
	c = p[0] & (0xffU >> (k + 1));
	for (size_t i = 1; i < k; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if ((k == 3 && c < 0x800) || (k == 4 && (c < 0x10000 || c > 0x10ffff)) || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*cp = c;
	return k;
}

bool
utf8_valid(const char *p, size_t n)
{
	uint32_t cp;
	size_t k;

	for (; n > 0; p += k, n -= k) {
		if ((k = utf8_next(p, n, &cp)) == 0)
			return false;
	}
	return true;
}

size_t
utf8_put(char out[4], uint32_t cp)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

/* East Asian Wide and Fullwidth blocks (UAX #11), used when libc's locale cannot answer (LC_ALL=C). */
static bool
wide(uint32_t c)
{
	return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0x303e) || (c >= 0x3041 && c <= 0x33ff) ||
	    (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xa000 && c <= 0xa4cf) ||
	    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) ||
	    (c >= 0xff01 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1f64f) ||
	    (c >= 0x1f900 && c <= 0x1f9ff) || (c >= 0x20000 && c <= 0x3fffd);
}

int
utf8_cpwidth(uint32_t cp)
{
	int w;

	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return -1;
	if (cp < 0x300)
		return 1;
	w = wcwidth((wchar_t)cp);
	if (w >= 0)
		return w;
	if ((cp >= 0x300 && cp <= 0x36f) || (cp >= 0x200b && cp <= 0x200f) || (cp >= 0xfe00 && cp <= 0xfe0f))
		return 0;
	return wide(cp) ? 2 : 1;
}

size_t
utf8_width(const char *s)
{
	size_t n = strlen(s), w = 0, k;
	uint32_t cp;
	int cw;

	for (; n > 0; s += k, n -= k) {
		if ((k = utf8_next(s, n, &cp)) == 0) {
			k = 1;
			w++;
			continue;
		}
		cw = utf8_cpwidth(cp);
		w += cw < 0 ? 1 : (size_t)cw;
	}
	return w;
}

bool
utf8_steers(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	    c == 0x61c || c == 0x200e || c == 0x200f || c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

void
utf8_clean(struct buf *out, const char *s, size_t n)
{
	uint32_t cp;
	size_t k;

	for (; n > 0; s += k, n -= k) {
		if ((k = utf8_next(s, n, &cp)) == 0) {
			k = 1;
			buf_adds(out, "\xef\xbf\xbd");
		} else if (cp == '\t' || cp == '\n' || cp == '\r') {
			buf_addc(out, ' ');
		} else if (utf8_steers(cp)) {
			buf_adds(out, "\xef\xbf\xbd");
		} else {
			buf_add(out, s, k);
		}
	}
}

void
utf8_fit(struct buf *out, const char *s, size_t width, bool pad, bool right)
{
	BUF clean = { .max = 1 << 20 };
	const char *p, *end, *cut = NULL;
	size_t w = 0, cutw = 0, k;
	uint32_t cp;
	int cw;

	utf8_clean(&clean, s, strlen(s));
	p = buf_str(&clean);
	for (end = p; *end; end += k) {
		if ((k = utf8_next(end, strlen(end) < 4 ? strlen(end) : 4, &cp)) == 0)
			break;
		cw = utf8_cpwidth(cp) < 0 ? 1 : utf8_cpwidth(cp);
		if (w + (size_t)cw > width)
			break;
		if (w + (size_t)cw + 1 <= width) {          /* room for … stays behind it */
			cut = end + k;
			cutw = w + (size_t)cw;
		}
		w += (size_t)cw;
	}
	if (*end) {
		end = cut ? cut : p;
		w = (cut ? cutw : 0) + (width > 0);
	}
	if (pad && right)
		for (size_t i = w; i < width; i++)
			buf_addc(out, ' ');
	buf_add(out, p, (size_t)(end - p));
	if (*end && width > 0)
		buf_adds(out, "\xe2\x80\xa6");
	if (pad && !right)
		for (size_t i = w; i < width; i++)
			buf_addc(out, ' ');
}
