/* wallet/contact_int.h: shared by wallet/contact*.c. */
#ifndef PURSER_WALLET_CONTACT_INT_H
#define PURSER_WALLET_CONTACT_INT_H

#include "wallet/contact.h"

#define BRAND_MAX 64u
/* The word by which people know a domain. */
struct brand { char word[BRAND_MAX], fold[BRAND_MAX]; };

struct item {
	struct known k;                         /* its strings are owned */
	struct name_facts *host;                /* of a URL, domain or mail address; owned */
	struct brand brand[2];                  /* of its host, and another one; word "" none */
	char local[CONTACT_VALUE_MAX + 1];      /* of a mail address */
	char page[CONTACT_VALUE_MAX + 1];       /* of a URL: path and query */
	char phone[PHONE_DIGITS_MAX + 2];
	struct chainaddr address;
};
struct contacts { size_t n, cap; struct item *item; struct err left_out; };

/* The host (f, and what was typed around it) against one that is known: 0, or how it is like it; *rank: the closer,
 * the less. */
uint64_t host_near(const struct name_facts *f, const struct asked *q, const struct item *it, unsigned *rank);
/* Is the host the known one (*exactly), or below it? sure: f->registrable is from the public suffix list. */
bool host_theirs(const struct name_facts *f, bool sure, const struct item *it, bool *exactly);
/* Does anybody get pages on that host, so that the host alone says nothing? */
bool host_of_anybody(const struct name_facts *f);
/* Is the page (path, query and fragment) the known one, or below it? */
bool same_page(const char *page, const struct item *it);
/* Edits between two texts, at most max, else max + 1; of characters, a swap of two neighbours is one. */
unsigned edits(const char *a, const char *b, unsigned max);

#endif
