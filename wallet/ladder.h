/*
 * wallet/ladder.h: whom a case goes to next when nobody answers, and by when it has to be answered (data/ladder.txt,
 * with the facts of providers.h that it names). Pure. Records:
 *
 *	rung:     uk-ombudsman          who is on a rung somewhere
 *	level:    support complaint ombudsman regulator police
 *	en, zh:   its name              jurisdiction: many; none: everywhere.  of: providers (many); none: all
 *	about:    payment               only for a case about payments
 *	deadline: EU-04                 facts of the time in which an answer is due (many): of kind deadline, who: they
 *	contact:  US-09                 facts of its official channel (many)
 *	by, value: its channel where no fact of providers.h has it; checked as there
 *
 * Only what is confirmed gives a name, a channel or a date. What is reported is shown as reported.
 */
#ifndef PURSER_WALLET_LADDER_H
#define PURSER_WALLET_LADDER_H

#include "wallet/calendar.h"
#include "wallet/providers.h"

enum rung { RUNG_SUPPORT, RUNG_COMPLAINT, RUNG_OMBUDSMAN, RUNG_REGULATOR, RUNG_POLICE, RUNG_COUNT };
const char *rung_name(enum rung r);                     /* "support" ...: machine output and command line */
const char *rung_words(enum rung r);                    /* N_() */
bool rung_parse(const char *s, enum rung *out);         /* "2", "ombudsman" */

#define LADDER_FACTS_MAX 4u
struct ladder_entry {
	const char *id;
	enum rung rung;
	const char *en, *zh;
	const char *by, *value;                         /* "" none */
	bool payment;
	size_t places, ofs, deadlines, contacts;
	const char *place[PROVIDER_LIST_MAX], *of[PROVIDER_LIST_MAX];
	const char *deadline[LADDER_FACTS_MAX], *contact[LADDER_FACTS_MAX];     /* ids of facts */
	struct fact fact;
};
struct ladder;

/* p: every fact that is named must be there (none at all: not looked at). E_NOTFOUND; E_INPUT "ladder.txt:LINE:
 * ...". */
enum rc ladder_load(struct ladder **out, int dirfd, const struct providers *p, struct err *e) MUST_CHECK;
enum rc ladder_parse(struct ladder **out, struct buf *text, const char *name, const struct providers *p, struct err *e)
    MUST_CHECK;
/* Nobody is known anywhere. */
enum rc ladder_none(struct ladder **out, struct err *e) MUST_CHECK;
void ladder_free(struct ladder **l);
size_t ladder_count(const struct ladder *l);
const struct ladder_entry *ladder_at(const struct ladder *l, size_t i);
const char *ladder_entry_name(const struct ladder_entry *en, bool zh);

/* Of which case. country: ISO 3166, or EEA; "" not known. provider: id, "" none. calendars NULL: business days are
 * Monday to Friday, and what holds in the EEA is not known to hold in a country of it. */
struct ladder_where { const struct calendars *calendars; const char *country, *provider; bool payment; };

/* Those of a rung that hold there, of the provider's own first: all confirmed ones, or all that are reported. */
#define LADDER_HERE_MAX 8u
struct ladder_here { size_t n; const struct ladder_entry *en[LADDER_HERE_MAX]; };
void ladder_here(const struct ladder *l, enum rung r, const struct ladder_where *w, bool confirmed,
    struct ladder_here *out);
/* KNOWN: somebody confirmed; the provider itself, on the two lowest, needs no fact. REPORTED: only by others. NONE:
 * purser knows nobody there. */
enum rung_known { RUNG_NONE, RUNG_REPORTED, RUNG_KNOWN };
enum rung_known ladder_known(const struct ladder *l, enum rung r, const struct ladder_where *w);
/* The next rung up: the lowest with somebody confirmed; else the lowest with somebody reported; else the next one.
 * false: it is the top. */
bool ladder_next(const struct ladder *l, enum rung r, const struct ladder_where *w, enum rung *next);

/* The confirmed time for an answer on that rung that ends first when counted from that day; NULL: none is known.
 * *day: its last day. Above the provider only the time of the first who is there (ladder_here()) counts. */
const struct advice *ladder_due(const struct ladder *l, const struct providers *p, enum rung r,
    const struct ladder_where *w, int64_t from_day, int64_t *day);
/* Does a fact, or what is on a rung, hold there? Without a country only what holds everywhere does. */
bool ladder_holds(const struct ladder_where *w, size_t places, const char *const *place);
/* A fact by its id; NULL: none. */
const struct advice *advice_by_id(const struct providers *p, const char *id);

#endif
