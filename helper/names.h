/*
 * helper/names.h: the program purser-names, which knows what names look like: Unicode's spoof checker (UTS #39,
 * ICU), IDNA2008 (RFC 5891, libidn2), public suffixes (libpsl), and Keccak-256 (nettle's permutation). It gets no
 * arguments and no environment, and is told nothing secret. It answers questions until nothing more is asked:
 *
 *   question   one byte op, u16 length (little-endian), that many bytes: 1 .. NAMES_TEXT_MAX
 *   answer     one byte: 0, or 1 = no answer to that (no UTF-8, a NUL in it, too long); after a 0, u16 length and:
 *              to 'H' (a host as typed): u16 flags, u8 level, and the five texts of struct name_facts, each with its
 *              u16 length
 *              to 'T' (a line of text): the same, the texts but unicode (its NFC) and fold being empty
 *              to 'K' (bytes): 32 bytes of Keccak-256 (the padding of before FIPS 202, as Ethereum has it)
 *
 * Exit 0: nothing more was asked; 2: what was asked is no question, or more than NAMES_QUESTIONS_MAX.
 */
#ifndef PURSER_HELPER_NAMES_H
#define PURSER_HELPER_NAMES_H

#include "helper/client.h"
#include "wallet/names.h"

#define NAMES_TEXT_MAX 512u
#define NAMES_QUESTIONS_MAX 100000u
#define NAMES_ANSWER_MAX (2u + 1u + 5u * (2u + NAME_MAX_BYTES))
enum names_op { NAMES_HOST = 'H', NAMES_LINE = 'T', NAMES_KECCAK = 'K' };

/* The program, started by the first question. One that fails is not asked again. */
struct names {
	struct helper h;
	bool running, broken;
	struct err why;                 /* of broken */
};
#define NAMES AUTO(names_end) struct names
#define NAMES_NONE { .h = HELPER_NONE }
void names_end(struct names *n);
/* For wallet/: its functions answer false when there is no answer, or the program is not there or lies. */
struct name_source names_source(struct names *n);

/* What comes after the length, all n bytes of it. A stranger's word: false unless it is one that can be (texts are
 * UTF-8 without control characters; a host has as many labels in each form). out on success only. */
bool names_take(struct name_facts *out, enum names_op op, const unsigned char *p, size_t n) MUST_CHECK;

#endif
