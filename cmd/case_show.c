/* cmd/case_show.c: `purser case list` and `purser case show`; the object `case`. */
#include "cmd/card.h"
#include "cmd/caselib.h"

#include "base/time.h"
#include "cmd/filters.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "wallet/deadline.h"

#include <stdio.h>
#include <string.h>

/* ---- machine output ---- */

struct json_events { struct session *s; struct json *j; };

static enum rc
json_event(void *ctx, const struct case_event *ev, struct err *e)
{
	struct json_events *x = ctx;

	(void)e;
	j_obj(x->j, NULL);
	j_time(x->j, "time", ev->at_ms);
	j_str(x->j, "kind", case_event_name(ev->kind));
	j_str(x->j, "rung", rung_name(ev->rung));
	j_str(x->j, "by", ev->by[0] != '\0' ? ev->by : NULL);
	j_str(x->j, "reference", ev->ref[0] != '\0' ? ev->ref : NULL);
	j_str(x->j, "text", ev->text[0] != '\0' ? ev->text : NULL);
	j_end(x->j);
	return OK;
}

static enum rc
json_row(void *ctx, const struct entry *en, struct err *e)
{
	(void)e;
	j_str(ctx, NULL, en->id);
	return OK;
}

static void
j_day(struct json *j, const char *key, bool known, int64_t day)
{
	char text[11];

	date_put(text, day);
	j_str(j, key, known ? text : NULL);
}

/* By when, and where that is from. */
static void
json_due(struct json *j, const struct one_case *o)
{
	BUF rule = { .max = 4096 };

	j_day(j, "promised", o->c.has_promised, o->c.promised);
	j_day(j, "due", o->has_due, o->due);
	if (o->due_by != NULL)
		deadline_rule_of(&rule, o->due_by);
	j_str(j, "due_rule", !o->has_due ? NULL : o->due_by != NULL ? buf_str(&rule) : "promised");
	j_str(j, "due_fact", o->due_by != NULL ? o->due_by->id : NULL);
	j_str(j, "source", o->due_by != NULL ? o->due_by->fact.source : NULL);
	j_str(j, "checked", o->due_by != NULL ? o->due_by->fact.checked : NULL);
	j_bool(j, "overdue", o->overdue);
}

enum rc
case_json(struct session *s, const struct case_facts *cf, const struct one_case *o, bool events, struct err *e)
{
	JSON j = { 0 };
	struct json_events x = { s, &j };
	char id[24], incident[24];
	enum rung next = o->c.rung;
	bool climbs;
	enum rc rc;

	(void)snprintf(id, sizeof id, "C%lld", (long long)o->c.id);
	(void)snprintf(incident, sizeof incident, "I%lld", (long long)o->c.incident);
	j_open(&j, "case");
	j_str(&j, "id", id);
	j_text(&j, "account", o->c.account_name);
	j_text(&j, "who", o->c.who);
	j_text(&j, "subject", case_subject(o));
	j_str(&j, "incident", o->c.incident != 0 ? incident : NULL);
	j_text(&j, "channel", o->c.channel);
	j_text(&j, "reference", o->c.ref);
	j_time(&j, "opened", o->c.opened_ms);
	j_str(&j, "rung", rung_name(o->c.rung));
	j_int(&j, "level", (int64_t)o->c.rung);
	climbs = o->c.closed_ms == 0 && ladder_next(cf->ladder, o->c.rung, &o->where, &next);
	j_str(&j, "next_rung", climbs ? rung_name(next) : NULL);
	j_bool(&j, "answered", o->c.answered);
	json_due(&j, o);
	j_text(&j, "country", o->country);
	j_bool(&j, "country_guessed", o->guessed);
	j_str(&j, "state", o->c.closed_ms != 0 ? "closed" : "open");
	j_time(&j, "closed", o->c.closed_ms);
	j_text(&j, "outcome", o->c.outcome);
	if (events) {
		j_list(&j, "rows");
		if ((rc = case_rows(session_db(s), o->c.id, json_row, &j, e)) != OK)
			return rc;
		j_end_list(&j);
		j_list(&j, "events");
		if ((rc = case_events(session_db(s), o->c.id, json_event, &x, e)) != OK)
			return rc;
		j_end_list(&j);
	}
	return out_json(s, &j, e);
}

/* ---- list ---- */

static bool
list_row(struct table *t, const struct one_case *o)
{
	char day[11] = "", due[11] = "";

	date_put(day, case_day(o->c.opened_ms));
	if (o->has_due)
		date_put(due, o->due);
	table_cell(t, TONE_CYAN, "C%lld", (long long)o->c.id);
	table_cell(t, TONE_PLAIN, "%s", o->c.account_name[0] != '\0' ? o->c.account_name : o->c.who);
	table_cell(t, TONE_PLAIN, "%s", case_subject(o));
	table_cell(t, TONE_PLAIN, "%s", _(rung_words(o->c.rung)));
	table_cell(t, TONE_PLAIN, "%s", day);
	if (o->c.closed_ms != 0)
		table_cell(t, TONE_DIM, "%s", _("closed"));
	else if (o->overdue)
		table_cell(t, TONE_RED, _("%s OVERDUE"), due);
	else
		table_cell(t, TONE_PLAIN, "%s", o->c.answered && !o->has_due ? _("answered") : due);
	table_cell(t, TONE_DIM, "%s", o->c.ref);
	return table_row(t);
}

static enum rc
list_run(struct session *s, const struct args *a, struct err *e)
{
	static const struct column cols[] = {
		{ N_("ID"), 0, 0 }, { N_("With"), COL_CUT, 8 }, { N_("About"), COL_CUT, 12 }, { N_("Rung"), 0, 0 },
		{ N_("Told"), 0, 0 }, { N_("Due"), 0, 0 }, { N_("Reference"), COL_CUT | COL_DROP, 8 },
	};
	const struct case_filter f = { .open_only = !arg_has(a, "all") };
	AUTO(case_list_free) struct case_list l = { .n = 0 };
	CASE_FACTS cf = { .ladder = NULL };
	TABLE t = { 0 };
	size_t shown = 0;
	enum rc rc;

	if ((rc = case_facts_load(s, &cf, false, e)) != OK || (rc = case_list_load(s, &cf, &f, &l, e)) != OK)
		return rc;
	if (!s->json && l.n > 0)
		table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
	for (size_t i = 0; i < l.n; i++) {
		if (arg_has(a, "overdue") && !l.o[i].overdue)
			continue;
		shown++;
		if (s->json && (rc = case_json(s, &cf, &l.o[i], false, e)) != OK)
			return rc;
		if (!s->json && !list_row(&t, &l.o[i]))
			break;
	}
	table_end(&t);
	if (shown == 0)
		note(s, arg_has(a, "overdue") ? N_("No case is overdue.") :
		    arg_has(a, "all") ? N_("There was no case yet.") : N_("No case is open."));
	return OK;
}

static const struct option list_options[] = {
	{ "overdue", 0, NULL, N_("only those that should have been answered by now"), NULL, 0 },
	{ "all", 0, NULL, N_("those that are closed, too"), NULL, 0 },
	{ 0 },
};

const struct command case_list_command = {
	.name = "list", .summary = N_("the cases that are open, overdue first"), .options = list_options,
	.flags = CMD_STORE | CMD_UNLOCK, .run = list_run,
};

/* ---- show ---- */

static const char *
event_words(enum case_event_kind k)
{
	static const char *const words[CASE_EVENT_COUNT] = { N_("told"), N_("answer"), N_("promise"), N_("climbs"),
		N_("letter"), N_("note"), N_("closed") };

	return _(words[k]);
}

static enum rc
show_event(void *ctx, const struct case_event *ev, struct err *e)
{
	struct session *s = ctx;
	BUF line = { .max = 65536 };
	const char *const part[] = { way_words(ev->by), ev->ref, ev->text };

	(void)e;
	add_time(&line, ev->at_ms, false);
	buf_addf(&line, "  %s", event_words(ev->kind));
	if (ev->kind == CASE_CLIMB)
		buf_addf(&line, ": %s", _(rung_words(ev->rung)));
	for (size_t i = 0; i < COUNTOF(part); i++)
		if (part[i][0] != '\0')
			buf_addf(&line, "  %s", part[i]);
	say(s, "  %s", buf_str(&line));
	return OK;
}

static enum rc
show_row(void *ctx, const struct entry *en, struct err *e)
{
	BUF amount = { .max = 256 };
	char day[11] = "";

	(void)e;
	if (en->has_amount)
		money_human(&amount, &en->amount);
	if (en->when.has_date)
		date_put(day, civil_days(en->when.local.year, en->when.local.month, en->when.local.day));
	say(ctx, "  %s  %s  %s  %s", en->id, day, buf_str(&amount), entry_with(en));
	return OK;
}

static void
say_country(struct session *s, const struct one_case *o)
{
	if (o->guessed)
		say(s, N_("Country  %s, guessed from the currency: purser account edit %s --country CC"), o->country,
		    o->c.account_name);
	else if (o->country[0] != '\0')
		say(s, N_("Country  %s"), o->country);
	else if (o->c.account_name[0] != '\0')
		say(s, N_("Country  not known: purser account edit %s --country CC"), o->c.account_name);
	else
		say(s, N_("Country  not known"));
}

static void
say_due(struct session *s, const struct case_facts *cf, const struct one_case *o)
{
	BUF due = { .max = 16384 };

	case_due_text(&due, o, cf);
	if (due.len > 0)
		say_tone(s, o->overdue ? TONE_RED : TONE_PLAIN, N_("Due      %s"), buf_str(&due));
	else if (o->c.answered)
		say(s, N_("Due      they answered. Not settled? purser case climb C%lld --now REASON"), (long long)o->c.id);
	else
		say(s, N_("Due      no promise, and no confirmed time for an answer: purser case update C%lld --promised DATE"),
		    (long long)o->c.id);
}

static void
say_ladder(struct session *s, const struct case_facts *cf, const struct one_case *o)
{
	enum rung next;

	say_tone(s, TONE_BOLD, N_("Now on: %s"), _(rung_words(o->c.rung)));
	case_rung_say(s, cf, o, o->c.rung);
	if (!ladder_next(cf->ladder, o->c.rung, &o->where, &next)) {
		say(s, N_("This is the top of the ladder."));
		return;
	}
	say_tone(s, TONE_BOLD, N_("Next: %s"), _(rung_words(next)));
	for (unsigned r = (unsigned)o->c.rung + 1; r < (unsigned)next; r++)
		say(s, N_("  left out, because nobody confirmed is known there: %s"), _(rung_words((enum rung)r)));
	if (next == RUNG_COMPLAINT)
		say(s, N_("  in writing, to the provider itself, so that a copy and a proof stay with you"));
	else
		case_rung_say(s, cf, o, next);
	if (next != RUNG_POLICE && o->payment)
		say(s, N_("The police need not wait for the rungs before: purser case letter C%lld --rung police"),
		    (long long)o->c.id);
	say(s, o->overdue ? N_("Go on: purser case climb C%lld") : N_("Once it is overdue: purser case climb C%lld"),
	    (long long)o->c.id);
}

static enum rc
show_run(struct session *s, const struct args *a, struct err *e)
{
	CASE_FACTS cf = { .ladder = NULL };
	ONE_CASE o = { .text = NULL };
	BUF opened = { .max = 64 };
	int64_t id;
	enum rc rc;

	if ((rc = case_pick(s, a->n > 0 ? a->v[0] : NULL, &id, e)) != OK ||
	    (rc = case_facts_load(s, &cf, false, e)) != OK || (rc = one_case_load(s, &cf, id, &o, e)) != OK)
		return rc;
	if (s->json)
		return case_json(s, &cf, &o, true, e);
	add_time(&opened, o.c.opened_ms, false);
	say_tone(s, TONE_BOLD, "C%lld  %s  %s", (long long)o.c.id, o.c.account_name[0] != '\0' ? o.c.account_name : o.c.who,
	    case_subject(&o));
	say(s, N_("Opened   %s  %s  %s"), buf_str(&opened), way_words(o.c.channel), o.c.ref);
	if (o.c.incident != 0)
		say(s, N_("Incident I%lld"), (long long)o.c.incident);
	say_country(s, &o);
	if (o.c.closed_ms != 0)
		say(s, N_("Closed   %s"), o.c.outcome);
	else
		say_due(s, &cf, &o);
	say(s, N_("What happened:"));
	if ((rc = case_events(session_db(s), id, show_event, s, e)) != OK)
		return rc;
	if ((rc = case_rows(session_db(s), id, show_row, s, e)) != OK || o.c.closed_ms != 0)
		return rc;
	say_ladder(s, &cf, &o);
	return OK;
}

const struct command case_show_command = {
	.name = "show", .usage = "[CASE]", .summary = N_("one case: what happened, what is due, who is next"),
	.max_args = 1, .flags = CMD_STORE | CMD_UNLOCK, .run = show_run,
};
