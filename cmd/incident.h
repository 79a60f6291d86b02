/* cmd/incident.h: what the subcommands of incident share; each has its own file. */
#ifndef PURSER_CMD_INCIDENT_H
#define PURSER_CMD_INCIDENT_H

#include "cmd/facts.h"
#include "store/incident.h"
#include "store/outflow.h"
#include "wallet/plan.h"

/* word: "I1" or "1" as typed; NULL: the only open one. E_NOTFOUND, E_USAGE (several are open, named). */
enum rc incident_pick(struct session *s, const char *word, int64_t *id, struct err *e) MUST_CHECK;

/* ---- the agenda: what is to be done, in order (incident_agenda.c) ---- */

struct agenda_item {
	unsigned n;                     /* its number; 0: not kept yet */
	const struct plan_def *def;
	const struct account *account;  /* NULL: of no single account */
	int64_t done_ms;
	char *ref, *remark;             /* owned; "" none */
	bool past;                      /* done, and no longer asked for */
};
struct agenda {
	int64_t id;                     /* 0: of the card, while locked */
	struct incident i;              /* title and review are owned here */
	char *title, *review;
	struct facts facts;
	struct plan_defs *defs;
	struct accounts all;            /* every account; agenda_item.account points into it */
	struct accounts involved;
	struct savings savings;
	size_t n, done;
	struct agenda_item *item;       /* in order; those that are done keep their place */
	unsigned rows;
	struct buf sums;                /* "409.98 EUR, 12.00 USD": what left in its rows */
	bool recent;                    /* one of its rows is of the last 48 hours */
};
void agenda_free(struct agenda *a);
#define AGENDA AUTO(agenda_free) struct agenda
/* Reads; the store must be unlocked. */
enum rc agenda_load(struct session *s, int64_t id, struct agenda *out, struct err *e) MUST_CHECK;
/* Numbers for the steps that have none yet: a write transaction, where there are any. */
enum rc agenda_keep(struct session *s, struct agenda *a, struct err *e) MUST_CHECK;
/* The same inside a transaction of the caller. */
enum rc agenda_number(struct session *s, struct agenda *a, struct err *e) MUST_CHECK;
/* From the card of a locked store, or without a store: nothing is known to be done. */
enum rc agenda_of_card(struct session *s, enum incident_kind kind, struct agenda *out, struct err *e) MUST_CHECK;
/* The first that is not done; NULL: none. */
const struct agenda_item *agenda_next(const struct agenda *a);
/* One line: "3  paypal  Stop the money ...". */
void agenda_line(struct session *s, const struct agenda *a, const struct agenda_item *it);
/* All of it: where, what to say, what never to give, what to write down. */
void agenda_full(struct session *s, const struct agenda *a, const struct agenda_item *it);
/* An object `step`. */
enum rc agenda_json(struct session *s, const struct agenda *a, const struct agenda_item *it, struct err *e) MUST_CHECK;

/* ---- what is said of an incident (incident_show.c) ---- */

/* "I1 unauthorised transaction, critical, 3 rows, 409.98 EUR, open 7 days" */
void incident_head(struct session *s, const struct agenda *a);
enum rc incident_json(struct session *s, const struct agenda *a, struct err *e) MUST_CHECK;

/* run of show, and of incident without a subcommand. */
enum rc incident_show_run(struct session *s, const struct args *a, struct err *e) MUST_CHECK;

/* How bad it is, from its kind, rows and accounts. */
enum severity agenda_severity(const struct agenda *a);

extern const struct command incident_note_command, incident_notice_command, incident_attach_command;
extern const struct command incident_next_command, incident_done_command, incident_show_command, incident_close_command;
extern const struct command incident_open_command;
extern const struct command incident_deadlines_command, incident_evidence_command;

#endif
