/* base/ascii.h: comparing ASCII words without regard to case, the same in every locale (strcasecmp is not: Turkish I). */
#ifndef PURSER_BASE_ASCII_H
#define PURSER_BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* As strncasecmp(); a need not be NUL-terminated within n, b is. */
static inline int
ascii_compare(const char *a, size_t n, const char *b)
{
	for (size_t i = 0; i < n; i++) {
		int d = (unsigned char)ascii_lower(a[i]) - (unsigned char)ascii_lower(b[i]);

		if (d != 0 || b[i] == '\0')
			return d;
	}
	return 0;
}

/* Are the n bytes at s this word; do they begin with it? */
static inline bool
ascii_is(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && ascii_compare(s, n, word) == 0;
}

static inline bool
ascii_starts(const char *s, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && ascii_compare(s, len, word) == 0;
}

#endif
