/* base/utf8.h: UTF-8 as RFC 3629 has it (no surrogates, no overlong forms, at most U+10FFFF), and terminal columns. */
#ifndef PURSER_BASE_UTF8_H
#define PURSER_BASE_UTF8_H

#include "base/buf.h"

/* Decode one character of p[0..n): returns its length 1..4 and sets *cp, or 0 for an invalid or cut sequence. */
size_t utf8_next(const char *p, size_t n, uint32_t *cp);
bool utf8_valid(const char *p, size_t n);
size_t utf8_put(char out[4], uint32_t cp);             /* length; 0 if cp is no scalar value */
/* Columns of one character on a terminal: 0 combining, 2 East Asian wide and fullwidth, 1 else; -1 control. */
int utf8_cpwidth(uint32_t cp);
/* Columns of s; control characters count 1 (they are shown as a replacement). */
size_t utf8_width(const char *s);
/* Would it steer a terminal or the order of what is read: C0, C1, DEL, bidirectional marks and overrides, line and paragraph
 * separators, byte order mark? All are below U+10000. */
bool utf8_steers(uint32_t cp);
/* s made harmless for a terminal or one line of a message: control characters (C0, C1, DEL), bidirectional overrides
 * and invalid bytes become U+FFFD; TAB and line breaks one blank. */
void utf8_clean(struct buf *out, const char *s, size_t n);
/* As utf8_clean(), cut to width columns with "…" at the end where something was left out, padded with blanks when
 * pad. */
void utf8_fit(struct buf *out, const char *s, size_t width, bool pad, bool right);

#endif
