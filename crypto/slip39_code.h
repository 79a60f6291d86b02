/*
 * crypto/slip39_code.h: the fields and the checksum of a SLIP-0039 share. Private to crypto/.
 *
 * 10 bits a word: id 15, extendable 1, iteration exponent 4 | group index 4, group threshold - 1 4, group count - 1 4,
 * member index 4, member threshold - 1 4 | value, zero bits in front | RS1024 checksum 30.
 */
#ifndef PURSER_CRYPTO_SLIP39_CODE_H
#define PURSER_CRYPTO_SLIP39_CODE_H

#include "crypto/slip39.h"

#define SLIP39_META_WORDS 7u                     /* all but the value */
#define SLIP39_VALUE_MIN 16u                     /* bytes */
#define SLIP39_VALUE_MAX 64u

/* Bytes of the value of a share of so many words; 0 when no share has that many. */
size_t slip39_value_len(unsigned words);
/* false: the bits in front are not zero. value has slip39_value_len() bytes. */
bool slip39_get_value(const struct slip39_share *s, unsigned char *value) MUST_CHECK;
/* From the decoded fields and the value: the words with their checksum. */
void slip39_put_words(struct slip39_share *s, const unsigned char *value, size_t len);

#endif
