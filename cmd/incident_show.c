/* cmd/incident_show.c: `purser incident` and `purser incident show`: where it stands. */
#include "cmd/incident.h"

#include "base/num.h"
#include "base/time.h"
#include "cmd/card.h"
#include "cmd/cases.h"
#include "cmd/duelines.h"
#include "cmd/filters.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/savelines.h"
#include "store/logkeys.h"
#include "store/vault.h"

#include <string.h>

void
incident_head(struct session *s, const struct agenda *a)
{
	BUF open = { .max = 64 }, rows = { .max = 4096 };
	bool closed = a->i.closed_ms != 0;

	add_duration(&open, ((closed ? a->i.closed_ms : s->now_ms) - a->i.opened_ms) / 1000);
	if (a->rows > 0 && a->sums.len > 0)
		buf_addf(&rows, _("%u rows, %s, "), a->rows, a->sums.p);
	else if (a->rows > 0)
		buf_addf(&rows, _("%u rows, "), a->rows);
	say_tone(s, a->i.severity == SEVERITY_CRITICAL && !closed ? TONE_RED : TONE_BOLD,
	    closed ? N_("I%lld %s, %s, %sclosed, was open %s") : N_("I%lld %s, %s, %sopen %s"), (long long)a->i.id,
	    _(incident_kind_words(a->i.kind)), _(severity_words(a->i.severity)), buf_str(&rows), buf_str(&open));
	if (a->i.title[0] != '\0')
		say(s, "   %s", a->i.title);
}

/* ---- what was written down ---- */

struct entries { struct session *s; bool all; unsigned n; enum rc rc; };

static void
entry_text(struct buf *b, const struct incident_entry *en)
{
	BUF day = { .max = 32 };

	if (en->kind == ENTRY_NOTICE) {
		buf_addf(b, "%s%s%s", en->who, en->by[0] != '\0' ? ", " : "", en->by[0] != '\0' ? way_words(en->by) : "");
		buf_addf(b, "%s%s", en->ref[0] != '\0' ? ", " : "", en->ref);
		if (en->has_answer_by) {
			add_day(&day, en->answer_by);
			buf_adds(b, ", ");
			buf_addf(b, _("answer by %s"), buf_str(&day));
		}
		buf_adds(b, en->text[0] != '\0' ? ": " : "");
	} else if (en->kind == ENTRY_ATTACH) {
		char sum[17];

		hex_put(sum, en->sha256, 8);
		buf_addf(b, _("%s, %llu bytes, SHA-256 %s..."), en->name, (unsigned long long)en->size, sum);
		buf_adds(b, en->text[0] != '\0' ? ": " : "");
	}
	buf_adds(b, en->text);
}

static const char *
kind_text(enum entry_kind k)
{
	return k == ENTRY_NOTE ? N_("Note") : k == ENTRY_NOTICE ? N_("Told") : N_("File");
}

static enum rc
say_entry(void *ctx, const struct incident_entry *en, struct err *e)
{
	struct entries *x = ctx;
	BUF text = { .max = 1 << 14 }, when = { .max = 64 };

	(void)e;
	entry_text(&text, en);
	add_time(&when, en->at_ms, false);
	if (en->retracted_ms != 0)
		say_tone(x->s, TONE_DIM, N_("%-6s %s  #%u taken back: %s%s%s"), _(kind_text(en->kind)), buf_str(&when), en->n,
		    buf_str(&text), en->why[0] != '\0' ? "  -- " : "", en->why);
	else
		say(x->s, "%-6s %s  #%u %s%s", _(kind_text(en->kind)), buf_str(&when), en->n, buf_str(&text),
		    en->sealed ? _("   (written while locked: not authenticated)") : "");
	x->n++;
	return OK;
}

static enum rc
entry_json(void *ctx, const struct incident_entry *en, struct err *e)
{
	struct entries *x = ctx;
	BUF day = { .max = 32 };
	char sum[65];
	JSON j = { 0 };

	j_open(&j, en->kind == ENTRY_NOTE ? "note" : en->kind == ENTRY_NOTICE ? "notice" : "attachment");
	j_int(&j, "n", en->n);
	j_time(&j, "at", en->at_ms);
	j_time(&j, "made", en->made_ms);
	j_bool(&j, "sealed", en->sealed);
	if (en->kind == ENTRY_NOTICE) {
		if (en->has_answer_by)
			add_day(&day, en->answer_by);
		j_text(&j, "who", en->who);
		j_text(&j, "by", en->by);
		j_text(&j, "ref", en->ref);
		j_str(&j, "answer_by", en->has_answer_by ? buf_str(&day) : NULL);
	}
	if (en->kind == ENTRY_ATTACH) {
		hex_put(sum, en->sha256, 32);
		j_str(&j, "name", en->name);
		j_str(&j, "sha256", sum);
		j_int(&j, "size", (int64_t)en->size);
	}
	j_text(&j, "text", en->text);
	j_time(&j, "retracted", en->retracted_ms);
	j_text(&j, "why", en->why);
	return out_json(x->s, &j, e);
}

/* ---- how it stands ---- */

enum rc
incident_json(struct session *s, const struct agenda *a, struct err *e)
{
	const struct agenda_item *next = agenda_next(a);
	BUF id = { .max = 32 };
	JSON j = { 0 };

	buf_addf(&id, "I%lld", (long long)a->i.id);
	j_open(&j, "incident");
	j_str(&j, "id", buf_str(&id));
	j_str(&j, "kind", incident_kind_name(a->i.kind));
	j_str(&j, "severity", severity_name(a->i.severity));
	j_text(&j, "title", a->i.title);
	j_time(&j, "opened", a->i.opened_ms);
	j_time(&j, "discovered", a->i.discovered_ms);
	j_time(&j, "frozen", a->i.frozen_ms);
	j_time(&j, "closed", a->i.closed_ms);
	j_text(&j, "review", a->i.review);
	j_int(&j, "rows", a->rows);
	j_list(&j, "accounts");
	for (size_t i = 0; i < a->involved.n; i++)
		j_str(&j, NULL, a->involved.a[i].name);
	j_end_list(&j);
	j_int(&j, "steps", (int64_t)a->n);
	j_int(&j, "steps_done", (int64_t)a->done);
	if (next != NULL && next->n != 0)
		j_int(&j, "next", next->n);
	else
		j_null(&j, "next");
	savable_json(&j, &a->facts, &a->savings);
	return out_json(s, &j, e);
}

static enum rc
say_left(struct session *s, const struct agenda *a, struct err *e)
{
	struct cases_count cases = { 0 };
	AUTO(auto_free) struct exposure *x = NULL;
	size_t n = 0;
	enum rc rc;

	if ((rc = cases_count(s, a->id, &cases, e)) != OK || (rc = vault_exposures(session_vault(s), &x, &n, e)) != OK)
		return rc;
	say(s, N_("Steps  %zu of %zu done"), a->done, a->n);
	if (cases.open > 0)
		say(s, N_("Cases  %zu open, %zu overdue: purser case list"), cases.open, cases.overdue);
	if (n > 0)
		say(s, N_("Left   %zu secrets exposed: purser rotate --next"), n);
	return OK;
}

/* ---- the time line ---- */

struct line { int64_t ms; char *text; bool dim; };
struct lines { struct session *s; struct line *l; size_t n; struct log_text *text; int64_t from_ms; };

static void
lines_free(struct lines *x)
{
	for (size_t i = 0; i < x->n; i++)
		free(x->l[i].text);
	free(x->l);
	free(x->text);
}

static enum rc
line_add(struct lines *x, int64_t ms, bool dim, const char *text, struct err *e)
{
	struct line *more = realloc(x->l, (x->n + 1) * sizeof *more);

	if (more == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	x->l = more;
	if ((more[x->n].text = strdup(text)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	more[x->n].ms = ms;
	more[x->n++].dim = dim;
	return OK;
}

static enum rc
line_row(void *ctx, const struct entry *en, struct err *e)
{
	BUF text = { .max = 1 << 14 }, amount = { .max = 128 };
	int64_t day = en->when.has_date ?
	    civil_days(en->when.local.year, en->when.local.month, en->when.local.day) : 0;

	if (en->has_amount)
		money_human(&amount, &en->amount);
	buf_addf(&text, "%s  %.*s  %s  %s", _("Payment"), (int)en->id_short, en->id, buf_str(&amount), entry_with(en));
	return line_add(ctx, en->when.has_utc ? en->when.utc_us / 1000 : day * 86400000, false, buf_str(&text), e);
}

static enum rc
line_entry(void *ctx, const struct incident_entry *en, struct err *e)
{
	BUF text = { .max = 1 << 14 };

	buf_addf(&text, "%s  ", _(kind_text(en->kind)));
	entry_text(&text, en);
	if (en->retracted_ms != 0)
		buf_adds(&text, _("  (taken back)"));
	else if (en->sealed)
		buf_adds(&text, _("   (written while locked: not authenticated)"));
	return line_add(ctx, en->at_ms, en->retracted_ms != 0, buf_str(&text), e);
}

/* What the log knows of that time, but for what the other lines say. */
static enum rc
line_log(void *ctx, const struct log_entry *en, struct err *e)
{
	static const char *const told[] = { "freeze", "thaw", "recover", "passwd", "kit-new", "kit-check", "rekey", "evidence",
		"unlock-failed", "freeze-account", "thaw-account" };
	struct lines *x = ctx;
	const struct log_text *t = en->opened && log_text_parse(x->text, en->text, en->n) ? x->text : NULL;
	const char *event = t != NULL ? t->event : en->freeze ? "freeze" : "";

	if (en->time_ms < x->from_ms)
		return OK;
	for (size_t i = 0; i < COUNTOF(told); i++)
		if (strcmp(told[i], event) == 0) {
			BUF text = { .max = 1024 };

			buf_addf(&text, "%s  %s%s", _("Log"), event,
			    en->origin == 'U' ? "" : _("   (not authenticated)"));
			return line_add(x, en->time_ms, true, buf_str(&text), e);
		}
	return OK;
}

static int
by_time(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return x->ms < y->ms ? -1 : x->ms > y->ms;
}

static enum rc
say_timeline(struct session *s, const struct agenda *a, struct err *e)
{
	AUTO(lines_free) struct lines x = { .s = s, .text = malloc(sizeof *x.text), .from_ms = a->i.discovered_ms - 86400000 };
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	enum rc rc;

	if (x.text == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = incident_rows(session_db(s), a->id, line_row, &x, e)) != OK ||
	    (rc = incident_entries(session_db(s), a->id, line_entry, &x, e)) != OK)
		return rc;
	for (size_t i = 0; i < a->n && rc == OK; i++) {
		BUF text = { .max = 4096 };

		if (a->item[i].done_ms == 0)
			continue;
		buf_addf(&text, "%s  %s%s%s", _("Step"), a->item[i].account != NULL ? a->item[i].account->name : "",
		    a->item[i].account != NULL ? ": " : "", a->facts.zh ? a->item[i].def->zh : a->item[i].def->en);
		rc = line_add(&x, a->item[i].done_ms, false, buf_str(&text), e);
	}
	if (rc == OK && vault_log(session_vault(s)) != NULL && (rc = vault_log_keys(session_vault(s), &k, e)) == OK)
		rc = log_each(vault_log(session_vault(s)), k.lk, k.n, 0, line_log, &x, e);
	if (rc != OK)
		return rc;
	qsort(x.l, x.n, sizeof *x.l, by_time);
	say_tone(s, TONE_BOLD, N_("Time line"));
	for (size_t i = 0; i < x.n; i++) {
		BUF when = { .max = 64 };

		add_time(&when, x.l[i].ms, false);
		say_tone(s, x.l[i].dim ? TONE_DIM : TONE_PLAIN, "  %s  %s", buf_str(&when), x.l[i].text);
	}
	return OK;
}

/* ---- show ---- */

static enum rc
show_json(struct session *s, const struct agenda *a, struct err *e)
{
	struct entries x = { .s = s };
	enum rc rc = incident_json(s, a, e);

	for (size_t i = 0; rc == OK && i < a->n; i++)
		rc = agenda_json(s, a, &a->item[i], e);
	return rc == OK ? incident_entries(session_db(s), a->id, entry_json, &x, e) : rc;
}

static enum rc
say_steps(struct session *s, const struct agenda *a)
{
	for (size_t i = 0; i < a->n; i++)
		agenda_line(s, a, &a->item[i]);
	return OK;
}

enum rc
incident_show_run(struct session *s, const struct args *a, struct err *e)
{
	const struct agenda_item *next;
	struct entries x = { .s = s };
	AGENDA g = { .n = 0 };
	struct err busy = { .rc = OK };
	int64_t id;
	enum rc rc;

	if ((rc = incident_pick(s, a->n > 0 ? a->v[0] : NULL, &id, e)) != OK || (rc = agenda_load(s, id, &g, e)) != OK)
		return rc;
	/* Where another purser writes, or the store can only be read, it is shown without new numbers. */
	if (agenda_keep(s, &g, &busy) != OK)
		detail(s, N_("Steps have no number yet: %s"), busy.what);
	facts_warn(s, &g.facts);
	if (s->json)
		return show_json(s, &g, e);
	out_page(s);
	incident_head(s, &g);
	if (g.i.review[0] != '\0')
		say(s, N_("Review: %s"), g.i.review);
	if ((rc = duelines_say(s, &g.facts, id, e)) != OK)
		return rc;
	if ((rc = incident_entries(session_db(s), id, say_entry, &x, e)) != OK)
		return rc;
	savable_say(s, &g.facts, &g.savings);
	if ((rc = say_left(s, &g, e)) != OK)
		return rc;
	if (a->self->options != NULL && arg_has(a, "steps"))
		(void)say_steps(s, &g);
	if (a->self->options != NULL && arg_has(a, "timeline") && (rc = say_timeline(s, &g, e)) != OK)
		return rc;
	next = agenda_next(&g);
	if (g.i.closed_ms == 0 && next != NULL) {
		say_tone(s, TONE_BOLD, N_("Next"));
		agenda_full(s, &g, next);
	}
	return OK;
}

static const struct option show_options[] = {
	{ "steps", 0, NULL, N_("all steps, those that are done too"), NULL, 0 },
	{ "timeline", 0, NULL, N_("payments, steps, notices, files and what the log knows, in the order of time"), NULL, 0 },
	{ 0 },
};

const struct command incident_show_command = {
	.name = "show",
	.usage = "[ID]",
	.summary = N_("how it stands: what is due, whom you told, what can still be saved, what is next"),
	.options = show_options,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = incident_show_run,
};
