/*
 * crypto/slip39.h: SLIP-0039 Shamir's secret-sharing for mnemonic codes, complete: groups, extendable flag, iteration
 * exponent, passphrase. GF(256) without secret-dependent tables or branches. PBKDF2-HMAC-SHA256 is OpenSSL's, loaded
 * late.
 */
#ifndef PURSER_CRYPTO_SLIP39_H
#define PURSER_CRYPTO_SLIP39_H

#include "crypto/secret.h"

#define SLIP39_WORDS_MAX 59u                /* 33 words for 256 bits; more for longer secrets is refused above this */

struct slip39_share {
	uint16_t word[SLIP39_WORDS_MAX];    /* indices 0..1023 */
	unsigned words;
	/* decoded */
	uint16_t id;
	bool ext;
	uint8_t iteration_exp, group_index, group_threshold, group_count, member_index, member_threshold;
};

const char *slip39_word(unsigned index);                     /* NULL when index > 1023 */
/* The index of a word given whole, or of its first 4 or more letters, case ignored; -1 if it is no kit word. */
int slip39_find(const char *s, size_t n);
/* Parse one line of words (blanks between). Unknown word: E_INPUT naming position and word. Checksum, padding and
 * field errors: E_INPUT naming the reason and, where the RS1024 code can tell, the suspicious word or two that look
 * swapped. */
enum rc slip39_parse(struct slip39_share *out, const char *line, size_t n, struct err *e) MUST_CHECK;
/* The words of a share as text, blanks between; into a secret. */
enum rc slip39_text(struct secret *out, const struct slip39_share *s, struct err *e) MUST_CHECK;
/* Combine: any order; all groups that are needed, of each all members that are needed, or more, which must agree then.
 * passphrase: printable ASCII, NULL is "". Checks mixed ids, too few, duplicates, digest. E_INPUT with the reason. A
 * wrong passphrase gives another secret: by design of the standard. */
enum rc slip39_combine(struct secret *out, const struct slip39_share *shares, size_t n, const char *passphrase,
    struct err *e)
    MUST_CHECK;
/* One group, k of n (1-of-1, or 2 <= k <= n <= 7 ... 16 by the standard). shares has n elements. ext = 1, iteration_exp
 * 0 ... 15. master: 16 to 64 bytes, an even number. E_RANGE otherwise. */
enum rc slip39_split(struct slip39_share *shares, unsigned k, unsigned n, const struct secret *master,
    const char *passphrase,
    uint8_t iteration_exp, struct err *e) MUST_CHECK;
void slip39_wipe(struct slip39_share *shares, size_t n);
void slip39_wipe_one(struct slip39_share *s);
#define SHARE AUTO(slip39_wipe_one) struct slip39_share

#endif
