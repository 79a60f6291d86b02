/*
 * wallet/letter.h: letters about a case, in English and Chinese, from the templates of data/letters.txt. Pure.
 *
 * No secret can be in one by construction: struct letter_in is all that goes in, and it has no place for one. Whatever
 * goes in is data of others: it is cleaned (utf8_clean()), stands in its own place, and never becomes a line or a field
 * of the template.
 *
 * Records of the file: `letter` (which one, and its lines in the order they stand), `words` (small words of a
 * language), `cite` (a sentence on the law for some letters, said only where its fact is confirmed and holds there).
 * Values are text with {fields}; see letter.c for their names. Lines are wrapped at 78 columns.
 */
#ifndef PURSER_WALLET_LETTER_H
#define PURSER_WALLET_LETTER_H

#include "wallet/ladder.h"
#include "wallet/money.h"

enum letter_kind {
	LETTER_SUPPORT,                 /* the first report */
	LETTER_REMINDER,
	LETTER_COMPLAINT,               /* the provider's own formal complaint */
	LETTER_OMBUDSMAN,
	LETTER_REGULATOR,
	LETTER_POLICE,                  /* a summary to bring along */
	LETTER_RECORDS,                 /* request for records and documents */
	LETTER_CONFIRM,                 /* please confirm in writing what I told you */
	LETTER_COUNT
};
const char *letter_name(enum letter_kind k);            /* "support" ...: command line */
bool letter_from(const char *name, enum letter_kind *out);
enum letter_kind letter_of_rung(enum rung r);

#define LETTER_WIDTH 78u
#define LETTER_LIST_MAX 500u            /* rows, events of one letter; more are counted, not listed */

struct letter_row {
	char id[16], date[11];                          /* date "": the statement has none */
	bool has_amount;
	struct money amount;
	const char *with, *reference;                   /* "" none */
};
enum letter_what { LETTER_TOLD, LETTER_ANSWERED, LETTER_PROMISED, LETTER_TURNED };
struct letter_event {
	int64_t day;
	enum letter_what what;
	const char *who;                                /* who was told, turned to; "" the provider */
	const char *by, *ref, *text;                    /* by: phone web mail ...; text of a promise: its day; "" none */
};
struct letter_in {
	enum letter_kind kind;
	bool zh;
	const char *name;                               /* of the owner; "": a line to write on */
	const char *provider;                           /* whom the case is with, as people write it */
	const char *login;                              /* as known there; "" none */
	const char *subject, *reference;                /* "" none */
	const char *body;                               /* whom it goes to where that is not the provider; "" not known */
	int64_t today, opened, answer_by;               /* days; answer_by: the date that is asked for */
	size_t rows, events;
	const struct letter_row *row;
	const struct letter_event *event;               /* oldest first */
	struct ladder_where where;                      /* for what is said of the law */
	const struct providers *facts;
};
struct letters;

/* E_NOTFOUND, E_INPUT "letters.txt:LINE: ...": also a letter or word that is missing, an unknown field, a fact that
 * is not there (p without any facts: not looked at). */
enum rc letters_load(struct letters **out, int dirfd, const struct providers *p, struct err *e) MUST_CHECK;
enum rc letters_parse(struct letters **out, struct buf *text, const char *name, const struct providers *p,
    struct err *e) MUST_CHECK;
void letters_free(struct letters **l);
/* Appends the letter; every line ends with LF. */
enum rc letter_write(const struct letters *l, const struct letter_in *in, struct buf *out, struct err *e) MUST_CHECK;

#endif
