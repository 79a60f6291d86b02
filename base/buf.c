/* base/buf.c: see buf.h. */
#include "base/buf.h"

#include "base/scope.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_MAX ((size_t)1 << 30)

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->p != NULL)
		b->p[0] = '\0';
}

/* Room for n more bytes and the NUL. */
static bool
grow(struct buf *b, size_t n)
{
	size_t max = b->max ? b->max : BUF_MAX, cap = b->cap ? b->cap : 64;
	char *p;

	if (b->failed)
		return false;
	if (n >= max || b->len >= max - n) {
		b->failed = true;
		return false;
	}
	while (cap < b->len + n + 1)
		cap *= 2;
	if (cap == b->cap)
		return true;
	if ((p = realloc(b->p, cap)) == NULL) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (!grow(b, n))
		return;
	if (n != 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	char small[256];
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(small, sizeof small, fmt, ap);
	if (n < 0) {
		b->failed = true;
	} else if ((size_t)n < sizeof small) {
		buf_add(b, small, (size_t)n);
	} else if (grow(b, (size_t)n)) {
		(void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

void
buf_addjson(struct buf *b, const char *s)
{
	size_t n, k;
	uint32_t cp;

	if (s == NULL) {
		buf_adds(b, "null");
		return;
	}
	n = strlen(s);
	buf_addc(b, '"');
	while (n > 0) {
		k = utf8_next(s, n, &cp);
		if (k == 0) {
			buf_adds(b, "\xef\xbf\xbd");
			k = 1;
		} else if (cp == '"' || cp == '\\') {
			buf_addc(b, '\\');
			buf_addc(b, (char)cp);
		} else if (cp == '\n') {
			buf_adds(b, "\\n");
		} else if (cp == '\t') {
			buf_adds(b, "\\t");
		} else if (utf8_steers(cp)) {       /* lossless, and harmless where a person looks at it */
			buf_addf(b, "\\u%04x", cp);
		} else {
			buf_add(b, s, k);
		}
		s += k;
		n -= k;
	}
	buf_addc(b, '"');
}

const char *
buf_str(const struct buf *b)
{
	return b->p ? b->p : "";
}

enum rc
buf_check(const struct buf *b, struct err *e)
{
	return b->failed ? err_set(e, E_NOMEM, N_("out of memory, or more data than purser accepts")) : OK;
}
