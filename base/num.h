/* base/num.h: bounded parsing of whole numbers and hexadecimal. No sign, blank or locale is ever skipped silently. */
#ifndef PURSER_BASE_NUM_H
#define PURSER_BASE_NUM_H

#include "base/err.h"

#include <stdint.h>

/* The whole of s must be a decimal number in [min, max]; otherwise false and *out is untouched. */
bool num_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out) MUST_CHECK;
bool num_i64(const char *s, int64_t min, int64_t max, int64_t *out) MUST_CHECK;
/* The first n bytes must be digits; false otherwise. n <= 9. */
bool num_digits(const char *s, size_t n, unsigned *out) MUST_CHECK;
void hex_put(char *out, const void *p, size_t n);                          /* writes 2n + 1 characters */
bool hex_get(const char *s, void *out, size_t n) MUST_CHECK;               /* exactly 2n digits, then NUL */

#endif
