/* cmd/case_letter.c: `purser case letter`: what goes into a letter, and where it goes. */
#include "cmd/caselib.h"

#include "base/io.h"
#include "cmd/filters.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/incident.h"
#include "store/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define ASKED_DAYS 14                   /* what a letter asks for where no confirmed time is known */

/* ---- what goes in ---- */

struct gathered {
	size_t rows, events, kept;
	struct letter_row *row;
	struct letter_event *event;
	char **text;                    /* what both point to; owned */
	bool notices;
	int64_t account;                /* whose notices are the case's own events */
	const char *who;
};

static void
gathered_free(struct gathered *g)
{
	for (size_t i = 0; i < g->kept; i++)
		free(g->text[i]);
	free(g->text);
	free(g->row);
	free(g->event);
}

static const char *
keep(struct gathered *g, const char *s)
{
	char **more = realloc(g->text, (g->kept + 1) * sizeof *more);

	if (more == NULL)
		return NULL;
	g->text = more;
	if ((g->text[g->kept] = strdup(s)) == NULL)
		return NULL;
	return g->text[g->kept++];
}

static enum rc
add_row(void *ctx, const struct entry *en, struct err *e)
{
	struct gathered *g = ctx;
	struct letter_row *more = realloc(g->row, (g->rows + 1) * sizeof *more), *r;

	if (more == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	g->row = more;
	r = &g->row[g->rows];
	*r = (struct letter_row){ .has_amount = en->has_amount, .amount = en->amount };
	(void)snprintf(r->id, sizeof r->id, "%s", en->id);
	if (en->when.has_date)
		date_put(r->date, civil_days(en->when.local.year, en->when.local.month, en->when.local.day));
	if ((r->with = keep(g, entry_with(en))) == NULL || (r->reference = keep(g, en->reference)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	g->rows++;
	return OK;
}

static enum rc
event_put(struct gathered *g, const struct letter_event *ev, struct err *e)
{
	struct letter_event *more = realloc(g->event, (g->events + 1) * sizeof *more), put = *ev;

	if (more == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	g->event = more;
	if ((put.who = keep(g, ev->who)) == NULL || (put.by = keep(g, ev->by)) == NULL ||
	    (put.ref = keep(g, ev->ref)) == NULL || (put.text = keep(g, ev->text)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	g->event[g->events++] = put;
	return OK;
}

/* What was told, answered and promised, and where it went; the owner's own notes and reasons stay with him. */
static enum rc
add_event(void *ctx, const struct case_event *ev, struct err *e)
{
	static const struct { bool in; enum letter_what what; } as[CASE_EVENT_COUNT] = {
		[CASE_TOLD] = { true, LETTER_TOLD }, [CASE_ANSWER] = { true, LETTER_ANSWERED },
		[CASE_PROMISE] = { true, LETTER_PROMISED }, [CASE_CLIMB] = { true, LETTER_TURNED } };
	bool climbs = ev->kind == CASE_CLIMB;
	const struct letter_event put = { .day = case_day(ev->at_ms), .what = as[ev->kind].what,
		.who = climbs ? _(rung_words(ev->rung)) : "", .by = ev->by, .ref = ev->ref, .text = climbs ? "" : ev->text };

	return as[ev->kind].in ? event_put(ctx, &put, e) : OK;
}

/* Whom else was told: for those above the provider. */
static enum rc
add_notice(void *ctx, const struct incident_entry *en, struct err *e)
{
	struct gathered *g = ctx;
	const struct letter_event put = { .day = case_day(en->at_ms), .what = LETTER_TOLD, .who = en->who, .by = en->by,
		.ref = en->ref, .text = "" };

	if (en->kind != ENTRY_NOTICE || en->retracted_ms != 0 ||
	    (g->account != 0 ? en->account == g->account : strcmp(en->who, g->who) == 0))
		return OK;
	return event_put(g, &put, e);
}

/* By day; of one day as they came. */
static void
sort_events(struct gathered *g)
{
	for (size_t i = 1; i < g->events; i++) {
		struct letter_event ev = g->event[i];
		size_t k = i;

		for (; k > 0 && g->event[k - 1].day > ev.day; k--)
			g->event[k] = g->event[k - 1];
		g->event[k] = ev;
	}
}

static enum rc
gather(struct session *s, const struct one_case *o, bool others, struct gathered *g, struct err *e)
{
	enum rc rc;

	g->account = o->c.account;
	g->who = o->c.who;
	if ((rc = case_rows(session_db(s), o->c.id, add_row, g, e)) != OK ||
	    (rc = case_events(session_db(s), o->c.id, add_event, g, e)) != OK)
		return rc;
	if (others && o->c.incident != 0 && (rc = incident_entries(session_db(s), o->c.incident, add_notice, g, e)) != OK)
		return rc;
	sort_events(g);
	return OK;
}

static bool
above(enum letter_kind k)
{
	return k == LETTER_OMBUDSMAN || k == LETTER_REGULATOR || k == LETTER_POLICE;
}

/* Only somebody who is confirmed is named. */
static const char *
body_of(const struct case_facts *cf, const struct one_case *o, enum letter_kind k)
{
	static const enum rung rung[LETTER_COUNT] = { [LETTER_OMBUDSMAN] = RUNG_OMBUDSMAN,
		[LETTER_REGULATOR] = RUNG_REGULATOR, [LETTER_POLICE] = RUNG_POLICE };
	struct ladder_here at = { .n = 0 };

	if (above(k))
		ladder_here(cf->ladder, rung[k], &o->where, true, &at);
	if (at.n > 0)
		return ladder_entry_name(at.en[0], cf->f.zh);
	return k == LETTER_POLICE ? _("the police") : "";
}

/* The date that is asked for: the end of the confirmed time, counted from today; else a fortnight, and of those above
 * the provider nothing. */
static int64_t
asked(const struct case_facts *cf, const struct one_case *o, enum letter_kind k, int64_t today)
{
	static const enum rung rung[LETTER_COUNT] = { [LETTER_SUPPORT] = RUNG_SUPPORT,
		[LETTER_COMPLAINT] = RUNG_COMPLAINT, [LETTER_OMBUDSMAN] = RUNG_OMBUDSMAN,
		[LETTER_REGULATOR] = RUNG_REGULATOR, [LETTER_POLICE] = RUNG_POLICE };
	int64_t day;

	if (k != LETTER_REMINDER && k != LETTER_RECORDS && k != LETTER_CONFIRM &&
	    ladder_due(cf->ladder, cf->f.providers, rung[k], &o->where, today, &day) != NULL)
		return day;
	return above(k) ? 0 : today + ASKED_DAYS;
}

enum rc
case_letter_make(struct session *s, const struct case_facts *cf, const struct one_case *o, enum letter_kind kind,
    const char *name, struct buf *out, struct err *e)
{
	AUTO(letters_free) struct letters *l = NULL;
	AUTO(gathered_free) struct gathered g = { .rows = 0 };
	AUTO(auto_close) int dir = -1;
	struct letter_in in = { .kind = kind, .zh = cf->f.zh, .name = name, .provider = case_with(o, cf->f.zh),
		.login = o->c.account != 0 ? o->acct.login : "", .subject = case_subject(o), .reference = o->c.ref,
		.body = body_of(cf, o, kind), .where = o->where, .facts = cf->f.providers };
	enum rc rc;

	if ((rc = data_open(&dir, e)) != OK || (rc = letters_load(&l, dir, cf->f.providers, e)) != OK ||
	    (rc = gather(s, o, above(kind), &g, e)) != OK)
		return rc;
	in.today = case_day(s->now_ms);
	in.opened = case_day(o->c.opened_ms);
	in.answer_by = asked(cf, o, kind, in.today);
	in.rows = g.rows;
	in.row = g.row;
	in.events = g.events;
	in.event = g.event;
	return letter_write(l, &in, out, e);
}

/* ---- where it goes ---- */

enum rc
case_letter_out(struct session *s, const struct one_case *o, enum letter_kind kind, const struct buf *text,
    const char *file, struct err *e)
{
	JSON j = { 0 };
	char id[24];
	enum rc rc;

	if (file != NULL) {
		if ((rc = io_create(AT_FDCWD, file, 0600, buf_str(text), text->len, e)) != OK)
			return rc;
		note(s, N_("Letter written to %s. Read it before you send it: a password or code never belongs in it."), file);
	}
	if (!s->json)
		return file == NULL ? out_bytes(s, buf_str(text), text->len, e) : OK;
	(void)snprintf(id, sizeof id, "C%lld", (long long)o->c.id);
	j_open(&j, "letter");
	j_str(&j, "case", id);
	j_str(&j, "kind", letter_name(kind));
	j_str(&j, "lang", lang_chinese() ? "zh" : "en");
	j_str(&j, "file", file);
	j_str(&j, "text", file == NULL ? buf_str(text) : NULL);
	return out_json(s, &j, e);
}

/* ---- case letter ---- */

static enum rc
which(const struct args *a, const struct one_case *o, enum letter_kind *out, struct err *e)
{
	const char *kind = arg_str(a, "kind"), *rung = arg_str(a, "rung");
	enum rung r = o->c.rung;
	enum rc rc;

	if ((rc = arg_exclusive(a, "kind", "rung", e)) != OK)
		return rc;
	if (rung != NULL && !rung_parse(rung, &r))
		return err_set(e, E_USAGE, N_("--rung: 0 support, 1 complaint, 2 ombudsman, 3 regulator, 4 police"));
	*out = letter_of_rung(r);
	if (kind != NULL)
		return letter_from(kind, out) ? OK : E_USAGE;   /* the table has refused others */
	if (rung == NULL && r == RUNG_SUPPORT && o->overdue)
		*out = LETTER_REMINDER;
	return OK;
}

/* A letter that went into a file is meant to be sent: it belongs to the case. */
static enum rc
remember(struct session *s, const struct one_case *o, enum letter_kind kind, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	const struct case_event ev = { .kind = CASE_LETTER, .at_ms = s->now_ms, .made_ms = s->now_ms, .by = "", .ref = "",
		.text = letter_name(kind) };
	BUF text = { 0 };
	enum rc rc;

	if (o->c.closed_ms != 0)
		return OK;
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = case_happened(session_db(s), o->c.id, &ev, e)) != OK)
		return rc;
	log_text_begin(&text, NULL, "case");
	log_text_add(&text, "what", "letter");
	log_text_u64(&text, "id", (uint64_t)o->c.id);
	log_text_add(&text, "kind", letter_name(kind));
	if ((rc = buf_check(&text, e)) != OK || (rc = vault_txn_event(t, &text, e)) != OK)
		return rc;
	return vault_txn_commit(&t, e);
}

static enum rc
letter_run(struct session *s, const struct args *a, struct err *e)
{
	const char *name = arg_str(a, "name"), *file = arg_str(a, "out");
	CASE_FACTS cf = { .ladder = NULL };
	ONE_CASE o = { .text = NULL };
	BUF text = { .max = 8 << 20 };
	enum letter_kind kind;
	int64_t id;
	enum rc rc;

	if ((name != NULL && (rc = text_check("--name", name, 200, e)) != OK) ||
	    (rc = case_pick(s, a->n > 0 ? a->v[0] : NULL, &id, e)) != OK ||
	    (rc = case_facts_load(s, &cf, false, e)) != OK || (rc = one_case_load(s, &cf, id, &o, e)) != OK)
		return rc;
	if ((rc = which(a, &o, &kind, e)) != OK ||
	    (rc = case_letter_make(s, &cf, &o, kind, name != NULL ? name : "", &text, e)) != OK ||
	    (rc = case_letter_out(s, &o, kind, &text, file, e)) != OK)
		return rc;
	return file != NULL ? remember(s, &o, kind, e) : OK;
}

static const struct option letter_options[] = {
	{ "rung", 0, "N", N_("for this rung: 0 support, 1 complaint, 2 ombudsman, 3 regulator, 4 police (default the case's)"),
	    NULL, 0 },
	{ "kind", 0, "WORD", N_("this letter"), "support|reminder|complaint|ombudsman|regulator|police|records|confirm", 0 },
	{ "out", 0, "FILE", N_("into a new file, readable by you only"), NULL, 0 },
	{ "name", 0, "TEXT", N_("your name; it is not stored (default a line to write on)"), NULL, 0 },
	{ 0 },
};

static const struct example letter_examples[] = {
	{ "purser case letter paypal", N_("for the rung that the case is on; the reminder, when support is overdue") },
	{ "purser case letter C1 --rung police --lang zh",
	    N_("a summary to bring along; the police need not wait for the rungs before") },
	{ "purser case letter paypal --kind records --out records.txt --name \"Anna Beispiel\"", NULL },
	{ 0 },
};

const struct command case_letter_command = {
	.name = "letter",
	.usage = "[CASE]",
	.summary = N_("a letter about a case, in English or Chinese"),
	.description = N_("The letter is made from what the store knows: whom the case is with, the login there as you "
			  "entered it, the payments, what was told and answered. No password, code or key can be in it. What the "
			  "law says stands in it only where a confirmed fact holds in the country of the account, with its "
			  "source.\n\nThe language is that of messages: --lang en or --lang zh."),
	.examples = letter_examples,
	.options = letter_options,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = letter_run,
};
