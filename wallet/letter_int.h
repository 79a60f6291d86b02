/* wallet/letter_int.h: between letter.c (the templates) and letter_text.c (what is made of them). */
#ifndef PURSER_WALLET_LETTER_INT_H
#define PURSER_WALLET_LETTER_INT_H

#include "wallet/letter.h"

enum word {
	WORD_TOLD, WORD_ANSWER, WORD_PROMISE, WORD_TURNED, WORD_REFERENCE, WORD_TOTAL, WORD_MORE, WORD_SOURCE,
	WORD_HOUR, WORD_HOURS, WORD_DAY, WORD_DAYS, WORD_BUSINESS_DAY, WORD_BUSINESS_DAYS, WORD_MONTH, WORD_MONTHS,
	WORD_APP, WORD_WEB, WORD_PHONE, WORD_MAIL, WORD_CHAT, WORD_POST, WORD_PERSON, WORD_COUNT
};
struct cite { bool in[LETTER_COUNT], payment; const char *fact, *en, *zh; };
struct letters {
	struct datafile file;
	const struct data_record *letter[LETTER_COUNT][2];      /* [1]: Chinese */
	const char *word[2][WORD_COUNT];
	size_t cites;
	struct cite cite[];
};

/* A field of a template and what stands for it; of words too. */
struct letter_field { const char *name, *value; };
/* Appends text with its {fields}. blank: an empty value is a line to write on. *empty (may be NULL): one of them is
 * empty. A field that is not in the list stays out: letters_parse() has refused the file. */
void letter_expand(struct buf *out, const char *text, const struct letter_field *f, size_t n, bool blank, bool *empty);
/* Is every {field} of the text one of these? The braces must be in order. */
bool letter_fields_ok(const char *text, const char *const *names, size_t n);
/* Lines of at most LETTER_WIDTH columns; indents are blanks before the first and the others. s is cleaned. */
void letter_wrap(struct buf *out, const char *s, unsigned first, unsigned rest);

#endif
