/*
 * cmd/savelines.h: what can still be saved and how long the money lasts, for people and programs. Shared by incident,
 * freeze.
 *
 *	SAVINGS x = { 0 };
 *	AUTO(facts_free) struct facts f = { 0 };
 *
 *	facts_load(&f, s);
 *	if ((rc = savings_incident(session_db(s), id, f.providers, s->now_ms, &x, e)) == OK)
 *		savable_say(s, &f, &x);
 */
#ifndef PURSER_CMD_SAVELINES_H
#define PURSER_CMD_SAVELINES_H

#include "cmd/facts.h"
#include "cmd/out.h"
#include "store/outflow.h"

/* Time to empty first, then the rows, most savable money first; nothing where there is neither. Nothing under
 * --json. */
void savable_say(struct session *s, const struct facts *f, const struct savings *x);
/* Only the time to empty: one line for each account and currency. */
void outflow_say(struct session *s, const struct savings *x);
/* "3 h at the pace of 2 rows ...": the same line into a buffer, for a step of a plan. */
void outflow_line(struct buf *out, const struct outflow *o);
/* What a fact says, marked where it is only reported, and below it its date and source. */
void advice_say(struct session *s, const struct facts *f, const struct advice *a, unsigned indent);
/* "fact","fact_text","fact_value","fact_status","source","checked","stale" into an open object; all null where there
 * is none. */
void advice_fields(struct json *j, const struct facts *f, const struct advice *a);
/* "savable":[...],"savable_left_out":N,"time_to_empty":[...] into an object that is open. */
void savable_json(struct json *j, const struct facts *f, const struct savings *x);

#endif
