/* base/buf.h: a growing byte string with an upper bound. Not for secrets: crypto/secret.h is. */
#ifndef PURSER_BASE_BUF_H
#define PURSER_BASE_BUF_H

#include "base/err.h"
#include "base/scope.h"

#include <stdint.h>

struct buf {
	char *p;        /* malloc'd, owned; always NUL-terminated once something was added; NULL when empty */
	size_t len;     /* bytes, without the NUL */
	size_t cap;
	size_t max;     /* 0: 1 GiB */
	bool failed;    /* out of memory or over max: further additions do nothing; check once at the end */
};
#define BUF AUTO(buf_free) struct buf

void buf_free(struct buf *b);
void buf_reset(struct buf *b);                 /* len 0, keeps the memory, clears failed */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
/* s as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD; NULL becomes null. */
void buf_addjson(struct buf *b, const char *s);
const char *buf_str(const struct buf *b);      /* "" when empty; never NULL */
enum rc buf_check(const struct buf *b, struct err *e) MUST_CHECK;

#endif
