/* crypto/passgen.h: passwords and passphrases, uniform over all strings that a rule allows, with exact entropy. */
#ifndef PURSER_CRYPTO_PASSGEN_H
#define PURSER_CRYPTO_PASSGEN_H

#include "crypto/secret.h"

#define PASS_CLASSES_MAX 8u

struct passrule {
	unsigned min, max;                         /* length; max 0: no limit known */
	unsigned max_consecutive;                  /* longest run of one character; 0: no limit */
	char allowed[128];                         /* all that may occur (printable ASCII), NUL-terminated */
	unsigned required;                         /* how many classes below must occur */
	char require[PASS_CLASSES_MAX][128];       /* at least one character of each */
};
void passrule_default(struct passrule *r);         /* 20 to 128, ASCII letters, digits and symbols, one of each class */
/* Uniform over the allowed strings of the chosen length (max(min, min(max, 20)) unless len is given); by counting, not
 * by patching, so the entropy is exact. bits: floor(100 * log2(number of strings)), i.e. hundredths of a bit.
 * E_RANGE: the rule allows no string of that length. */
enum rc passgen(struct secret *out, unsigned *centibits, const struct passrule *r, unsigned len,
    struct err *e) MUST_CHECK;
/* Does p satisfy r? On false, *why (static, N_()) says which part does not. */
bool passrule_ok(const struct passrule *r, const struct secret *p, const char **why);
/* words words of SLIP-39's list with blanks between: 10 bits a word exactly. */
enum rc passphrase(struct secret *out, unsigned words, struct err *e) MUST_CHECK;

#endif
