/*
 * wallet/names.h: what is known of how a name looks, and who knows it. The libraries for that are heavy and live in a
 * program of their own (helper/names.h): here is only the question, so that wallet/ stays pure and can be tested
 * without.
 */
#ifndef PURSER_WALLET_NAMES_H
#define PURSER_WALLET_NAMES_H

#include "base/err.h"

#define NAME_MAX_BYTES 1023u

enum name_flag {
	NAME_IDN = 1 << 0, /* a label has other characters than ASCII */
	NAME_PUNYCODE = 1 << 1, /* a label was typed as xn--... */
	NAME_INVALID = 1 << 2, /* IDNA2008 knows no such host */
	NAME_MIXED = 1 << 3, /* scripts are mixed in a label, more than "highly restrictive" has it (UTS #39, 5.2) */
	NAME_WHOLE = 1 << 4, /* no Latin letter in a label, and all of it looks like Latin letters */
	NAME_INVISIBLE = 1 << 5, /* characters that nobody sees */
	NAME_UNUSUAL = 1 << 6, /* characters that no name should have (UTS #39, 3.1) */
	NAME_NUMBERS = 1 << 7 /* digits of several scripts */
};

/* Texts are UTF-8. Labels of ascii, unicode and fold are as many, in the same order; unless NAME_INVALID, where
 * ascii may be "". The fold of a text is what it has in common with all that looks like it: the skeleton of UTS #39
 * of its small letters, without accents, again in small letters, and with i as l. */
struct name_facts {
	unsigned flags;
	unsigned level; /* of UTS #39: 1 ASCII, 2 one script, 3 highly, 4 moderately, 5 minimally restrictive, 6 not */
	char ascii[NAME_MAX_BYTES + 1];         /* A-labels, small letters, no dot at the end */
	char unicode[NAME_MAX_BYTES + 1];       /* U-labels */
	char fold[NAME_MAX_BYTES + 1];
	char registrable[NAME_MAX_BYTES + 1];   /* what somebody registered, in A-labels; "" it is a public suffix itself */
	char suffix[NAME_MAX_BYTES + 1];        /* the public suffix */
};

/* false: no answer. line: any text; unicode is its NFC, fold its fold, the rest "". */
struct name_source {
	void *ctx;
	bool plain;                     /* it knows ASCII only, and no public suffix */
	bool (*host)(void *ctx, const char *typed, struct name_facts *out);
	bool (*line)(void *ctx, const char *text, struct name_facts *out);
	bool (*keccak)(void *ctx, unsigned char out[32], const void *p, size_t n);
};

/* One that knows ASCII only: what it is told that has other characters or xn-- gets no answer; the last two labels are
 * taken for what is registered, which is too much at a public suffix: what rests on it alone must not vouch. */
struct name_source name_source_plain(void);

#endif
