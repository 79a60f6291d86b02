/* crypto/passgen_count.h: the counting behind passgen(), for its test. Private to crypto/. */
#ifndef PURSER_CRYPTO_PASSGEN_COUNT_H
#define PURSER_CRYPTO_PASSGEN_COUNT_H

#include "crypto/big.h"
#include "crypto/passgen.h"

struct counter;
/* For strings of length characters (1 to 128). E_RANGE: the rule cannot be, or allows no string of that length. */
enum rc counter_new(struct counter **out, const struct passrule *r, unsigned length, struct err *e) MUST_CHECK;
void counter_free(struct counter **c);
struct big counter_all(const struct counter *c);                 /* how many there are; > 0 */
/* The string number index (below that number), in the order of ASCII; out has length bytes. */
void counter_nth(char *out, const struct counter *c, struct big index);

#endif
