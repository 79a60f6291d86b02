/* cmd/caselib.h: one case with all that is said of it: whom it is with, where, by when an answer is due. For the
 * commands of `purser case`. */
#ifndef PURSER_CMD_CASELIB_H
#define PURSER_CMD_CASELIB_H

#include "cmd/facts.h"
#include "store/account.h"
#include "store/cases.h"
#include "wallet/letter.h"

struct case_facts {
	struct facts f;
	struct calendars *calendars;    /* NULL: cannot be read */
	struct ladder *ladder;          /* with nobody on it, where it cannot be read */
};
/* Warns of what cannot be read, and goes on without. quiet: says nothing. */
enum rc case_facts_load(struct session *s, struct case_facts *out, bool quiet, struct err *e) MUST_CHECK;
void case_facts_free(struct case_facts *cf);
#define CASE_FACTS AUTO(case_facts_free) struct case_facts

struct one_case {
	struct support_case c;          /* its strings are in text */
	char *text;                     /* owned */
	struct account acct;            /* of no account: empty */
	const struct provider *provider;        /* NULL: purser does not know it */
	char country[4];                /* "" not known */
	bool guessed;                   /* from the currency of the account */
	bool payment;                   /* it is about payments that the owner did not order */
	int kind;                       /* of its incident; -1: of none */
	struct ladder_where where;
	bool has_due;
	int64_t due;                    /* day */
	const struct advice *due_by;    /* NULL: promised */
	bool overdue;
};
enum rc one_case_load(struct session *s, const struct case_facts *cf, int64_t id, struct one_case *out, struct err *e)
    MUST_CHECK;
void one_case_free(struct one_case *o);
#define ONE_CASE AUTO(one_case_free) struct one_case

/* All of them; overdue first, then by the day that is due, then by number. */
struct case_list { size_t n; struct one_case *o; };
enum rc case_list_load(struct session *s, const struct case_facts *cf, const struct case_filter *f,
    struct case_list *out, struct err *e) MUST_CHECK;
void case_list_free(struct case_list *l);

/* word: "C1", or the account or anybody whose only open case is meant; NULL: the only open one. E_NOTFOUND; E_USAGE:
 * several are, named. */
enum rc case_pick(struct session *s, const char *word, int64_t *id, struct err *e) MUST_CHECK;

/* The civil day of that moment in the session's zone, days since 1970-01-01. */
int64_t case_day(int64_t ms);
/* What it is about, in the language of messages; "" not said. */
const char *case_subject(const struct one_case *o);
/* Whom it is with, as people write it. */
const char *case_with(const struct one_case *o, bool zh);
/* "due 2026-12-01, as promised" ...; "" nothing is known. */
void case_due_text(struct buf *out, const struct one_case *o, const struct case_facts *cf);
/* An object `case`; with its events, where they are given. */
enum rc case_json(struct session *s, const struct case_facts *cf, const struct one_case *o, bool events, struct err *e)
    MUST_CHECK;
/* Who is on a rung for this case, and the official channel with date and source; or that purser knows nobody. */
void case_rung_say(struct session *s, const struct case_facts *cf, const struct one_case *o, enum rung r);

/* ---- letters: case_letter.c ---- */

/* The letter of that kind; name "" is a line to write on. */
enum rc case_letter_make(struct session *s, const struct case_facts *cf, const struct one_case *o,
    enum letter_kind kind, const char *name, struct buf *out, struct err *e) MUST_CHECK;
/* To the file (a new one, 0600), or to stdout; under --json an object `letter`. file NULL: stdout. */
enum rc case_letter_out(struct session *s, const struct one_case *o, enum letter_kind kind, const struct buf *text,
    const char *file, struct err *e) MUST_CHECK;

extern const struct command case_list_command, case_show_command, case_letter_command;

#endif
