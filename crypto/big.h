/* crypto/big.h: unsigned numbers of 896 bits: all strings of 128 printable ASCII characters are 841 bits. */
#ifndef PURSER_CRYPTO_BIG_H
#define PURSER_CRYPTO_BIG_H

#include <stdbool.h>
#include <stdint.h>

#define BIG_WORDS 28

struct big { uint32_t w[BIG_WORDS]; };           /* least significant first */

struct big big_from(uint32_t v);
/* Modulo 2^896, so that sums with changing signs may pass below zero. */
void big_add(struct big *a, const struct big *b);
void big_sub(struct big *a, const struct big *b);
void big_mul(struct big *a, uint32_t v);
bool big_less(const struct big *a, const struct big *b);
bool big_zero(const struct big *a);
unsigned big_bits(const struct big *a);          /* position of the highest one bit, plus 1; 0 for 0 */
/* floor(100 * log2(a)), exactly; a > 0. 0 and false: out of memory. */
bool big_centilog2(const struct big *a, unsigned *out);

#endif
