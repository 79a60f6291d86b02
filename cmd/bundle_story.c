/* cmd/bundle_story.c: what happened in an incident, in the language of messages, and the page of it; see bundle.h. */
#include "cmd/bundle.h"
#include "cmd/facts.h"
#include "cmd/filters.h"
#include "cmd/logwords.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/cases.h"
#include "wallet/plan.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct told { int64_t account; size_t event; };        /* whom (0: no account), and which event of the time line */

struct story {
	struct bundle *b;
	struct timeline *t;
	struct plan_defs *defs;         /* NULL: cannot be read */
	bool zh;
	struct told *told;              /* a case says the notices again */
	size_t ntold;
	struct log_text *text;
};

static void
story_end(struct story *w)
{
	plan_defs_free(&w->defs);
	free(w->told);
	free(w->text);
}

static const char *
tr(const char *english)
{
	return english[0] != '\0' ? _(english) : english;
}

/* Ways of telling somebody, for translators: the words of incident.h. */
static const char *const ways[] UNUSED = { N_("phone"), N_("web"), N_("mail"), N_("post"), N_("app"), N_("chat"),
	N_("person") };

static enum rc
add(struct story *w, struct timeline_event *ev, int64_t ms, struct err *e)
{
	BUF shown = { .max = 64 };

	ev->has_time = ev->certain = true;
	ev->ms = ms;
	add_time(&shown, ms, false);
	ev->shown = buf_str(&shown);
	return timeline_add(w->t, ev, e);
}

/* ---- money ---- */

static enum rc
story_row(void *ctx, const struct entry *en, struct err *e)
{
	struct story *w = ctx;
	struct timeline_event ev = { .lane = LANE_MONEY, .kind = "payment", .account = en->account, .who = en->counterparty,
		.ref = en->reference, .status = en->provisional ? N_("noted") : txn_status_name(en->status), .id = en->id };
	BUF shown = { .max = 128 }, amount = { .max = 64 }, source = { .max = 64 }, text = { .max = 1 << 16 };

	if (en->when.has_utc) {
		ev.certain = true;
		ev.ms = en->when.utc_us / 1000;
	} else if (en->when.has_date) {
		ev.ms = civil_to_unix(&en->when.local) * 1000;
	}
	ev.has_time = en->when.has_date;
	entry_time(&shown, en);
	if (en->has_amount)
		money_plain(&amount, &en->amount);
	if (en->statement[0] != '\0') {
		buf_adds(&source, en->statement);
		if (en->row != 0)
			buf_addf(&source, ", %s %u", _("row"), en->row);
	}
	buf_addf(&text, "%s%s%s%s%s", en->description, en->description[0] != '\0' && en->method[0] != '\0' ? ", " : "",
	    en->method, en->note[0] != '\0' ? " \u00b7 " : "", en->note);
	ev.shown = buf_str(&shown);
	ev.what = en->has_amount && en->amount.minor > 0 ? _("Money came in") : _("Money left");
	if (!en->moved)
		ev.what = _("Payment that did not move the balance");
	ev.amount = buf_str(&amount);
	ev.currency = en->has_amount ? en->amount.cur : "";
	ev.review = en->review != REVIEW_NEW ? review_name(en->review) : "";
	ev.text = buf_str(&text);
	ev.source = buf_str(&source);
	return timeline_add(w->t, &ev, e);
}

/* ---- what was written down ---- */

static const char *
account_name(const struct bundle *b, int64_t id)
{
	for (size_t i = 0; id != 0 && i < b->accounts.n; i++)
		if (b->accounts.a[i].id == id)
			return b->accounts.a[i].name;
	return "";
}

/* The next event is that of a notice. */
static enum rc
keep_told(struct story *w, int64_t account, struct err *e)
{
	struct told *grown = reallocarray(w->told, w->ntold + 1, sizeof *grown);

	if (grown == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	w->told = grown;
	w->told[w->ntold++] = (struct told){ account, w->t->n };
	return OK;
}

static enum rc
story_entry(void *ctx, const struct incident_entry *en, struct err *e)
{
	static const char *const kinds[] = { "note", "notice", "attachment" };
	struct story *w = ctx;
	struct timeline_event ev = { .kind = kinds[en->kind], .who = en->who, .by = en->by, .ref = en->ref,
		.sealed = en->sealed, .retracted = en->retracted_ms != 0, .why = en->why };
	BUF text = { .max = 1 << 16 }, id = { .max = 32 }, source = { .max = 1024 };
	enum rc rc;

	ev.lane = en->kind == ENTRY_NOTICE ? LANE_TOLD : LANE_NOTES;
	ev.what = en->kind == ENTRY_NOTICE ? _("Told") : en->kind == ENTRY_NOTE ? _("Noted") : _("Attached");
	ev.account = account_name(w->b, en->account);
	buf_addf(&id, "n%u", en->n);
	buf_adds(&text, en->kind == ENTRY_ATTACH ? en->name : "");
	if (en->kind == ENTRY_ATTACH && en->text[0] != '\0')
		buf_adds(&text, " \u00b7 ");
	buf_adds(&text, en->text);
	if (en->has_answer_by) {
		struct civil c = civil_from_unix(en->answer_by * 86400);

		buf_addf(&text, "%s%s %04d-%02u-%02u", text.len > 0 ? " \u00b7 " : "", _("answer promised by"), (int)c.year,
		    c.month, c.day);
	}
	for (size_t i = 0; en->kind == ENTRY_ATTACH && i < w->b->n; i++)
		if (w->b->file[i].from == FROM_ATTACHMENT && w->b->file[i].id == en->n)
			buf_adds(&source, w->b->file[i].path);
	ev.text = buf_str(&text);
	ev.id = buf_str(&id);
	ev.source = buf_str(&source);
	if (en->kind == ENTRY_NOTICE && (rc = keep_told(w, en->account, e)) != OK)
		return rc;
	return add(w, &ev, en->at_ms, e);
}

static enum rc
story_step(void *ctx, const struct incident_step *st, struct err *e)
{
	struct story *w = ctx;
	const struct plan_def *def = w->defs != NULL ? plan_def(w->defs, st->key) : NULL;
	struct timeline_event ev = { .lane = LANE_STEPS, .kind = "step", .ref = st->ref, .text = st->note,
		.account = account_name(w->b, st->account), .what = def != NULL ? w->zh ? def->zh : def->en : st->key };

	return st->done_ms != 0 ? add(w, &ev, st->done_ms, e) : OK;
}

/* ---- cases ---- */

struct of_case { struct story *w; const struct support_case *c; };

/* Does a notice of the same moment, to the same one and of the same content say it already? */
static bool
said_already(const struct of_case *o, const struct case_event *x)
{
	const struct story *w = o->w;

	for (size_t i = 0; (x->kind == CASE_TOLD || x->kind == CASE_PROMISE) && i < w->ntold; i++) {
		const struct timeline_event *v = &w->t->event[w->told[i].event];

		if (v->ms != x->at_ms || w->told[i].account != o->c->account ||
		    (o->c->account == 0 && strcmp(v->who, o->c->who) != 0))
			continue;
		if (x->kind == CASE_PROMISE ? strstr(v->text, x->text) != NULL :
		    strcmp(v->by, x->by) == 0 && strcmp(v->ref, x->ref) == 0 && strncmp(v->text, x->text, strlen(x->text)) == 0)
			return true;
	}
	return false;
}

static enum rc
story_event(void *ctx, const struct case_event *x, struct err *e)
{
	static const char *const words[] = {
		[CASE_TOLD] = N_("Told"), [CASE_ANSWER] = N_("They answered"), [CASE_PROMISE] = N_("They promised an answer by"),
		[CASE_CLIMB] = N_("Went on to"), [CASE_LETTER] = N_("Letter written"), [CASE_NOTE] = N_("Noted"),
		[CASE_CLOSE] = N_("Case closed")
	};
	const struct of_case *o = ctx;
	struct timeline_event ev = { .lane = x->kind == CASE_NOTE ? LANE_NOTES : LANE_TOLD,
		.kind = x->kind == CASE_TOLD ? "told" : "case",
		.account = o->c->account_name, .who = o->c->who, .by = x->by, .ref = x->ref, .text = x->text };
	BUF id = { .max = 32 }, what = { .max = 512 };

	if (said_already(o, x))
		return OK;
	buf_addf(&id, "C%lld", (long long)o->c->id);
	buf_adds(&what, _(words[x->kind]));
	if (x->kind == CASE_CLIMB)
		buf_addf(&what, " %s", _(rung_words(x->rung)));
	ev.what = buf_str(&what);
	ev.id = buf_str(&id);
	return add(o->w, &ev, x->at_ms, e);
}

static enum rc
story_case(void *ctx, const struct support_case *c, struct err *e)
{
	struct of_case o = { ctx, c };

	return case_events(session_db(o.w->b->s), c->id, story_event, &o, e);
}

/* ---- the store ---- */

static enum rc
story_state(struct story *w, int64_t ms, const char *kind, const char *what, const char *text, struct err *e)
{
	struct timeline_event ev = { .lane = LANE_STATE, .kind = kind, .what = what, .text = text };

	return ms != 0 ? add(w, &ev, ms, e) : OK;
}

/* What the incident's own entries say stands in the time line already. */
static enum rc
story_log(struct story *w, struct err *e)
{
	const struct evidence_log *l = &w->b->log;
	bool freeze = false;
	enum rc rc;

	if ((w->text = malloc(sizeof *w->text)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < l->n; i++) {
		const struct evidence_entry *en = &l->entry[i];
		struct timeline_event ev = { .lane = LANE_STATE, .kind = "log", .sealed = !en->authenticated };
		BUF id = { .max = 64 }, text = { .max = 1 << 16 };

		if (!log_text_parse(w->text, en->text, en->n) ||
		    (log_text_get(w->text, "incident") != NULL && strcmp(w->text->event, "freeze") != 0))
			continue;
		freeze = freeze || strcmp(w->text->event, "freeze") == 0;
		buf_addf(&id, "%s %llu", _("log"), (unsigned long long)en->seq);
		log_fields_words(&text, w->text, NULL);
		ev.what = log_event_words(w->text->event);
		ev.id = buf_str(&id);
		ev.text = buf_str(&text);
		if ((rc = add(w, &ev, en->time_ms, e)) != OK)
			return rc;
	}
	return freeze ? OK : story_state(w, w->b->i.frozen_ms, "freeze", _("The store was frozen"), "", e);
}

static enum rc
story_own(struct story *w, struct err *e)
{
	const struct incident *i = &w->b->i;
	enum rc rc;

	if (i->discovered_ms != i->opened_ms &&
	    (rc = story_state(w, i->discovered_ms, "discovered", _("The owner learned of it"), "", e)) != OK)
		return rc;
	if ((rc = story_state(w, i->opened_ms, "opened", _("Incident opened"), i->title, e)) != OK)
		return rc;
	return story_state(w, i->closed_ms, "closed", _("Incident closed"), "", e);
}

enum rc
bundle_story(struct bundle *b, struct timeline *t, struct err *e)
{
	AUTO(story_end) struct story w = { .b = b, .t = t, .zh = lang_chinese() };
	struct case_filter cases = { .incident = b->i.id };
	struct db *db = session_db(b->s);
	AUTO(auto_close) int data = -1;
	enum rc rc;

	if (data_open(&data, NULL) == OK && plan_defs_load(&w.defs, data, NULL) != OK)
		w.defs = NULL;
	if ((rc = story_own(&w, e)) != OK || (rc = story_log(&w, e)) != OK ||
	    (rc = incident_rows(db, b->i.id, story_row, &w, e)) != OK ||
	    (rc = incident_entries(db, b->i.id, story_entry, &w, e)) != OK ||
	    (rc = incident_steps(db, b->i.id, story_step, &w, e)) != OK || (rc = case_each(db, &cases, story_case, &w, e)) != OK)
		return rc;
	timeline_sort(t);
	return OK;
}

/* ---- the page ---- */

struct sums { struct money m[8]; size_t n; };

static enum rc
sum_row(void *ctx, const struct entry *en, struct err *e)
{
	struct sums *s = ctx;
	size_t i = 0;

	(void)e;
	/* What left; what came in (a refund, a transfer from another pot) stands in the table. */
	if (en->review != REVIEW_FRAUD || !en->has_effect || en->effect.minor >= 0)
		return OK;
	while (i < s->n && (s->m[i].exp != en->effect.exp || strcmp(s->m[i].cur, en->effect.cur) != 0))
		i++;
	if (i == s->n && s->n < COUNTOF(s->m)) {
		s->m[i] = en->effect;
		s->m[i].minor = 0;
		s->n++;
	}
	if (i < s->n && !money_add(&s->m[i], &en->effect))
		s->m[i].cur[0] = '?';
	return OK;
}

static enum rc
add_sums(struct bundle *b, struct buf *out, struct err *e)
{
	struct sums s = { .n = 0 };
	enum rc rc = incident_rows(session_db(b->s), b->i.id, sum_row, &s, e);

	for (size_t i = 0; i < s.n; i++) {
		buf_adds(out, i > 0 ? "; " : "");
		money_human(out, &s.m[i]);
	}
	return rc;
}

static void
add_accounts(struct bundle *b, struct buf *out)
{
	AUTO(facts_free) struct facts f = { .providers = NULL };

	facts_load(&f, b->s);
	for (size_t i = 0; i < b->accounts.n; i++) {
		const struct account *a = &b->accounts.a[i];
		const struct provider *q = f.providers != NULL ? providers_find(f.providers, a->provider) : NULL;

		buf_addf(out, "%s%s", i > 0 ? "; " : "", a->name);
		if (q != NULL || a->provider[0] != '\0')
			buf_addf(out, " (%s)", q != NULL ? provider_name(q, f.zh) : a->provider);
	}
}

static void
add_moment(struct buf *out, int64_t ms)
{
	if (ms != 0)
		add_time(out, ms, false);
}

static void
add_zone(struct buf *out, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	long m;

	if (localtime_r(&t, &tm) == NULL)
		return;
	m = tm.tm_gmtoff / 60;
	buf_addf(out, "%s (UTC%c%02ld:%02ld)", tm.tm_zone != NULL ? tm.tm_zone : "", m < 0 ? '-' : '+', labs(m) / 60, labs(m) % 60);
}

static size_t
file_list(const struct bundle *b, struct report_file *out)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct bundle_file *f = &b->file[i];

		if (f->from == FROM_TEXT)
			continue;
		out[n] = (struct report_file){ .path = f->path, .what = f->what, .size = f->size };
		memcpy(out[n++].sha256, f->sha256, sizeof out->sha256);
	}
	return n;
}

enum rc
bundle_report(struct bundle *b, const struct timeline *t, struct buf *out, struct err *e)
{
	AUTO(auto_free) struct report_file *file = calloc(b->n + 1, sizeof *file);
	AUTO(bundle_dues_free) struct bundle_dues dues = { .n = 0 };
	BUF title = { .max = 1 << 14 }, opened = { 0 }, known = { 0 }, frozen = { 0 }, closed = { 0 }, accounts = { 0 },
	    sums = { 0 }, as_of = { 0 }, zone = { 0 };
	enum rc rc;

	if (file == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	buf_addf(&title, "I%lld%s%s", (long long)b->i.id, b->title[0] != '\0' ? ": " : "", b->title);
	add_moment(&opened, b->i.opened_ms);
	add_moment(&known, b->i.discovered_ms);
	add_moment(&frozen, b->i.frozen_ms);
	add_moment(&closed, b->i.closed_ms);
	add_moment(&as_of, b->as_of_ms);
	add_zone(&zone, b->as_of_ms);
	add_accounts(b, &accounts);
	if ((rc = add_sums(b, &sums, e)) != OK || (rc = bundle_dues(b, &dues, e)) != OK)
		return rc;
	const struct report_fact fact[] = {
		{ N_("What happened"), _(incident_kind_words(b->i.kind)) },
		{ N_("Severity"), _(severity_words(b->i.severity)) },
		{ N_("Left, marked as fraud"), buf_str(&sums) },
		{ N_("Accounts"), buf_str(&accounts) },
		{ N_("Learned of"), buf_str(&known) },
		{ N_("Opened"), buf_str(&opened) },
		{ N_("Store frozen"), buf_str(&frozen) },
		{ N_("Closed"), buf_str(&closed) },
	};
	struct report r = { .tr = tr, .lang = lang_chinese() ? "zh-CN" : "en", .title = buf_str(&title), .fact = fact,
		.facts = COUNTOF(fact), .zone = buf_str(&zone), .as_of = buf_str(&as_of), .timeline = t,
		.deadline = dues.line, .deadlines = dues.n, .file = file, .files = file_list(b, file), .disclosed = b->log.n, .log_from = b->log.from, .log_to = b->log.to,
		.log_broken = b->log.bad > 0, .key = b->key, .kit = b->kit, .review = b->review };

	report_html(out, &r);
	return buf_check(out, e);
}
