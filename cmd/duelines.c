/* cmd/duelines.c: see duelines.h. */
#include "cmd/duelines.h"

#include "base/num.h"
#include "cmd/card.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/cases.h"
#include "store/import.h"
#include "store/incident.h"
#include "store/place.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

/* A file of more days than this is no statement of a month: the statement that showed a row first came earlier. */
#define STATEMENT_DAYS 35

void
dues_free(struct dues *d)
{
	deadlines_free(&d->all);
	calendars_free(&d->calendars);
	for (size_t i = 0; i < d->incidents; i++)
		accounts_free(&d->lists[i]);
	free(d->lists);
	free(d->of);
	free(d->input);
	memset(d, 0, sizeof *d);
}

/* ---- dates ---- */

static int32_t
local_offset(void *ctx, int64_t unix_s)
{
	time_t t = (time_t)unix_s;
	struct tm tm;

	(void)ctx;
	return localtime_r(&t, &tm) != NULL ? (int32_t)tm.tm_gmtoff : 0;
}

static const struct deadline_zone zone = { .offset = local_offset };

static void
date_ms(struct deadline_date *d, int64_t ms)
{
	if (ms > 0)
		deadline_earlier(d, zone_day(&zone, ms), ms);
}

/* ---- what the ledger knows ---- */

struct row { size_t at; int64_t day, statement; };
struct gather {
	struct dues *d;
	struct db *db;
	size_t from;                    /* the accounts of this incident begin there */
	int64_t incident;
	struct row *row;
	size_t rows, cap;
};

static void
gather_end(struct gather *g)
{
	free(g->row);
}

/* The account among those of this incident; d->n: it is none of them. */
static size_t
at_account(const struct gather *g, int64_t id)
{
	size_t i = g->from;

	while (i < g->d->n && g->d->of[i].account->id != id)
		i++;
	return i;
}

/* The day as the statement has it: that is the firm's own. */
static enum rc
take_row(void *ctx, const struct entry *en, struct err *e)
{
	struct gather *g = ctx;
	size_t i = at_account(g, en->account_id);
	struct row *more;
	int64_t day;

	if (i == g->d->n || !en->when.has_date)
		return OK;
	day = civil_days(en->when.local.year, en->when.local.month, en->when.local.day);
	deadline_earlier(&g->d->input[i].date[FROM_PAYMENT], day, en->when.has_utc ? en->when.utc_us / 1000 : 0);
	if (g->rows == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 32;

		if ((more = realloc(g->row, cap * sizeof *more)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		g->row = more;
		g->cap = cap;
	}
	g->row[g->rows] = (struct row){ .at = i, .day = day };
	if (en->statement[0] == 's' && !num_i64(en->statement + 1, 1, INT32_MAX, &g->row[g->rows].statement))
		g->row[g->rows].statement = 0;
	g->rows++;
	return OK;
}

struct span { int64_t first, last; bool known; };

static enum rc
take_span(void *ctx, const struct statement_row *st, struct err *e)
{
	struct span *p = ctx;

	(void)e;
	p->known = civil_day_read(st->first, &p->first) && civil_day_read(st->last, &p->last);
	return OK;
}

/* The day of the statement that shows a row is the last day of the file that brought it, where that can be the
 * statement of a month; else the day of the payment, which is never later. */
static enum rc
take_statements(struct gather *g, struct err *e)
{
	enum rc rc;

	for (size_t i = 0; i < g->rows; i++) {
		struct deadline_date *to = &g->d->input[g->row[i].at].date[FROM_STATEMENT];
		struct span span = { .known = false };
		int64_t day = g->row[i].day;

		rc = g->row[i].statement != 0 ? statement_one(g->db, g->row[i].statement, take_span, &span, e) : OK;
		if (rc != OK && rc != E_NOTFOUND)
			return rc;
		span.known = span.known && span.last - span.first <= STATEMENT_DAYS && span.last >= day;
		if (span.known)
			day = span.last;
		if (to->known && to->day <= day)
			continue;
		*to = (struct deadline_date){ .known = true, .day = day, .instead = !span.known };
	}
	return OK;
}

/* The first that came after the first payment; else the first. */
static enum rc
take_entry(void *ctx, const struct incident_entry *en, struct err *e)
{
	struct gather *g = ctx;
	size_t i = at_account(g, en->account);
	struct deadline_date *to, *payment;
	bool before;

	(void)e;
	if (en->kind != ENTRY_NOTICE || en->retracted_ms != 0 || en->account == 0 || i == g->d->n)
		return OK;
	to = &g->d->input[i].date[FROM_NOTICE];
	payment = &g->d->input[i].date[FROM_PAYMENT];
	before = to->known && payment->known && to->day < payment->day;
	if (before && zone_day(&zone, en->at_ms) >= payment->day)
		to->known = false;
	if (!before || !to->known)
		date_ms(to, en->at_ms);
	return OK;
}

struct happened { struct deadline_account *a; };

static enum rc
take_event(void *ctx, const struct case_event *ev, struct err *e)
{
	struct deadline_account *a = ((struct happened *)ctx)->a;

	(void)e;
	if (ev->kind == CASE_CLIMB && ev->rung == RUNG_COMPLAINT)
		date_ms(&a->date[FROM_COMPLAINT], ev->at_ms);
	if (ev->kind == CASE_CLIMB && ev->rung == RUNG_REGULATOR)
		date_ms(&a->date[FROM_AUTHORITY], ev->at_ms);
	if (ev->kind == CASE_ANSWER && ev->rung >= RUNG_COMPLAINT)
		date_ms(&a->date[FROM_ANSWER], ev->at_ms);
	if (ev->kind == CASE_ANSWER)
		date_ms(&a->reply, ev->at_ms);
	return OK;
}

struct case_ids { size_t n; struct { int64_t id, account, opened_ms; } c[64]; };

static enum rc
take_case(void *ctx, const struct support_case *c, struct err *e)
{
	struct case_ids *ids = ctx;

	(void)e;
	if (c->account == 0 || ids->n == COUNTOF(ids->c))
		return OK;
	ids->c[ids->n].id = c->id;
	ids->c[ids->n].account = c->account;
	ids->c[ids->n++].opened_ms = c->opened_ms;
	return OK;
}

static enum rc
take_cases(struct gather *g, struct err *e)
{
	struct case_filter f = { .incident = g->incident };
	struct case_ids ids = { .n = 0 };
	enum rc rc = case_each(g->db, &f, take_case, &ids, e);

	for (size_t i = 0; i < ids.n && rc == OK; i++) {
		size_t at = at_account(g, ids.c[i].account);
		struct happened h = { .a = at < g->d->n ? &g->d->input[at] : NULL };

		if (h.a == NULL)
			continue;
		date_ms(&h.a->date[FROM_OPENING], ids.c[i].opened_ms);
		rc = case_events(g->db, ids.c[i].id, take_event, &h, e);
	}
	return rc;
}

/* ---- one incident ---- */

/* Does it matter when its owner learned of such a thing? */
static bool
learned(enum incident_kind k)
{
	return k == INCIDENT_UNAUTHORISED || k == INCIDENT_LOST_DEVICE || k == INCIDENT_LEAKED_PASSWORD ||
	    k == INCIDENT_PHISHING;
}

static enum rc
add_account(struct gather *g, const struct incident *i, const struct account *a, struct err *e)
{
	struct dues *d = g->d;
	struct card_account as = { .name = a->name, .provider = a->provider, .controls = a->controls };
	struct deadline_account *in = &d->input[d->n];
	struct due_account *of = &d->of[d->n];
	struct card_sources src;
	enum rc rc;

	*of = (struct due_account){ .incident = i->id, .kind = i->kind, .account = a };
	if ((rc = account_country_get(g->db, a->id, of->country, e)) != OK ||
	    (rc = account_currency_get(g->db, a->id, a->currency, of->currency, e)) != OK)
		return rc;
	card_sources(&src, d->facts->providers, &as);
	*in = (struct deadline_account){ .sources = src.n, .class = src.class, .country = "", .currency = "" };
	for (size_t k = 0; k < src.n && k < COUNTOF(in->source); k++)
		in->source[k] = src.id[k];
	if (learned(i->kind))
		date_ms(&in->date[FROM_LEARNING], i->discovered_ms != 0 ? i->discovered_ms : i->opened_ms);
	d->n++;
	return OK;
}

static enum rc
add_incident(struct dues *d, struct db *db, const struct incident *i, struct err *e)
{
	AUTO(gather_end) struct gather g = { .d = d, .db = db, .from = d->n, .incident = i->id };
	struct accounts *list;
	void *more;
	enum rc rc;

	if ((more = realloc(d->lists, (d->incidents + 1) * sizeof *d->lists)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	d->lists = more;
	list = &d->lists[d->incidents];
	*list = (struct accounts){ .n = 0 };
	d->incidents++;
	if ((rc = incident_accounts(db, i->id, list, e)) != OK || list->n == 0)
		return rc;
	if ((more = realloc(d->of, (d->n + list->n) * sizeof *d->of)) != NULL)
		d->of = more;
	if (more == NULL || (more = realloc(d->input, (d->n + list->n) * sizeof *d->input)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	d->input = more;
	for (size_t k = 0; k < list->n; k++)
		if ((rc = add_account(&g, i, &list->a[k], e)) != OK)
			return rc;
	if ((rc = incident_rows(db, i->id, take_row, &g, e)) != OK || (rc = take_statements(&g, e)) != OK ||
	    (rc = incident_entries(db, i->id, take_entry, &g, e)) != OK)
		return rc;
	return take_cases(&g, e);
}

/* ---- all of it ---- */

/* Copies: the walk is over before the next one begins. */
struct some { struct incident *i; size_t n; };

static void
some_free(struct some *all)
{
	free(all->i);
}

static enum rc
take_incident(void *ctx, const struct incident *i, struct err *e)
{
	struct some *all = ctx;
	struct incident *more = realloc(all->i, (all->n + 1) * sizeof *more);

	if (more == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	all->i = more;
	all->i[all->n] = *i;
	all->i[all->n].title = all->i[all->n].review = "";
	all->n++;
	return OK;
}

static void
load_calendars(struct dues *d)
{
	int dir = -1;

	if (data_open(&dir, &d->bad) != OK)
		return;
	if (calendars_load(&d->calendars, dir, &d->bad) != OK)
		d->calendars = NULL;
	(void)close(dir);
}

enum rc
dues_load(struct session *s, struct db *db, const struct facts *f, int64_t incident, struct dues *out, struct err *e)
{
	DUES d = { .facts = f };
	AUTO(some_free) struct some all = { .n = 0 };
	struct deadline_input in;
	enum rc rc;

	load_calendars(&d);
	d.today = zone_day(&zone, s->now_ms);
	rc = incident != 0 ? incident_one(db, incident, take_incident, &all, e) :
	    incident_each(db, true, take_incident, &all, e);
	for (size_t i = 0; i < all.n && rc == OK; i++)
		rc = add_incident(&d, db, &all.i[i], e);
	if (rc != OK)
		return rc;
	for (size_t i = 0; i < d.n; i++) {                      /* they move no more */
		d.input[i].country = d.of[i].country;
		d.input[i].currency = d.of[i].currency;
	}
	in = (struct deadline_input){ .providers = f->providers, .calendars = d.calendars, .zone = zone, .n = d.n,
		.account = d.input };
	if ((rc = deadlines_make(&d.all, &in, e)) != OK)
		return rc;
	*out = d;
	memset(&d, 0, sizeof d);
	return OK;
}

bool
due_open(const struct deadline *d)
{
	return !d->met;
}

/* Worth naming by itself. A dispute about a purchase is an answer to a payment that was one's own: it stays in the
 * list. */
static bool
near(const struct dues *d, const struct deadline *x)
{
	bool purchase = strcmp(x->fact->duty, "dispute") == 0 || strcmp(x->fact->duty, "escalate") == 0;

	return due_open(x) && !(purchase && learned(d->of[x->account].kind));
}

const struct deadline *
dues_next(const struct dues *d)
{
	for (size_t i = 0; i < d->all.n; i++)
		if (near(d, &d->all.d[i]))
			return &d->all.d[i];
	return NULL;
}

/* ---- as text ---- */

/* "paypal"; "I2 paypal" where there are several incidents. */
static void
name_of(struct buf *out, const struct dues *d, const struct deadline *x)
{
	const struct due_account *of = &d->of[x->account];

	if (d->incidents > 1)
		buf_addf(out, "I%lld ", (long long)of->incident);
	buf_adds(out, of->account->name);
}

void
due_date(struct buf *out, int64_t day)
{
	static const char *const names[] = { N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"),
		N_("Sat") };
	char date[11];

	date_put(date, day);
	buf_addf(out, "%s %s", _(names[weekday_of(day)]), date);
}

void
due_in(struct buf *out, const struct dues *d, int64_t day)
{
	int64_t left = day - d->today;

	if (left == 0)
		buf_adds(out, _("today"));
	else if (left == 1)
		buf_adds(out, _("tomorrow"));
	else if (left > 0)
		buf_addf(out, _("in %lld days"), (long long)left);
	else if (left == -1)
		buf_adds(out, _("1 day ago"));
	else
		buf_addf(out, _("%lld days ago"), (long long)-left);
}

static bool
yours(const struct deadline *x)
{
	return strcmp(x->fact->who, "you") == 0;
}

static enum tone
tone_of(const struct dues *d, const struct deadline *x)
{
	if (!due_open(x))
		return TONE_DIM;
	return x->due_day < d->today ? TONE_RED : x->due_day - d->today <= 3 ? TONE_YELLOW : TONE_PLAIN;
}

void
due_line(struct session *s, const struct dues *d, const struct deadline *x, const char *head)
{
	BUF when = { 0 }, in = { 0 }, rule = { 0 }, name = { 0 };
	const char *what = advice_text(x->fact, d->facts->zh);

	name_of(&name, d, x);
	due_date(&when, x->due_day);
	due_in(&in, d, x->due_day);
	deadline_rule(&rule, x);
	if (yours(x))
		say_tone(s, tone_of(d, x), N_("%s%s, %s  %s, you: %s (%s; %s, %s)"), head, buf_str(&when), buf_str(&in),
		    buf_str(&name), what, buf_str(&rule), x->fact->fact.source, x->fact->fact.checked);
	else
		say_tone(s, tone_of(d, x), N_("%s%s, %s  %s, they: %s (%s; %s, %s)"), head, buf_str(&when), buf_str(&in),
		    buf_str(&name), what, buf_str(&rule), x->fact->fact.source, x->fact->fact.checked);
}

void
due_full(struct session *s, const struct dues *d, const struct deadline *x)
{
	BUF when = { 0 }, in = { 0 }, rule = { 0 }, from = { 0 }, assumed = { 0 }, time = { 0 }, name = { 0 };
	const char *what = advice_text(x->fact, d->facts->zh);
	char day[11];

	name_of(&name, d, x);
	due_date(&when, x->due_day);
	due_in(&in, d, x->due_day);
	deadline_rule(&rule, x);
	add_provenance(&from, &x->fact->fact, x->fact->own, d->facts->now_ms);
	deadline_assumed(&assumed, x, d->facts->zh, true);
	if (yours(x))
		say_tone(s, tone_of(d, x), N_("%s  %s  %s, you: %s"), buf_str(&when), buf_str(&in), buf_str(&name),
		    what);
	else
		say_tone(s, tone_of(d, x), N_("%s  %s  %s, they: %s"), buf_str(&when), buf_str(&in), buf_str(&name),
		    what);
	if (x->due_ms != 0) {
		add_time(&time, x->due_ms, false);
		say(s, N_("    until %s: %s   [%s]"), buf_str(&time), buf_str(&rule), x->fact->id);
	} else {
		say(s, "    %s   [%s]", buf_str(&rule), x->fact->id);
	}
	if (x->met) {
		date_put(day, x->met_day);
		say(s, N_("    done on %s"), day);
	}
	if (x->than != NULL) {
		date_put(day, x->than_day);
		say_tone(s, TONE_YELLOW,
		    N_("    only reported by others, check yourself; the confirmed date (%s) is %s"), x->than->id, day);
	}
	if (assumed.len > 0)
		say_tone(s, TONE_DIM, "    %s", buf_str(&assumed));
	say_tone(s, TONE_DIM, "    %s", buf_str(&from));
}

/* ---- as JSON ---- */

static void
json_day(struct json *j, const char *key, bool known, int64_t day)
{
	char text[11];

	date_put(text, day);
	j_str(j, key, known && text[0] != '\0' ? text : NULL);
}

static void
json_words(struct json *j, const char *key, const struct buf *text)
{
	j_str(j, key, text->len > 0 ? buf_str(text) : NULL);
}

enum rc
due_json(struct session *s, const struct dues *d, const struct deadline *x, struct err *e)
{
	const struct due_account *of = &d->of[x->account];
	BUF incident = { 0 }, rule = { 0 }, assumed = { 0 };
	bool counts = x->fact->unit == UNIT_BUSINESS_DAYS;
	JSON j = { 0 };

	buf_addf(&incident, "I%lld", (long long)of->incident);
	deadline_rule(&rule, x);
	deadline_assumed(&assumed, x, d->facts->zh, false);
	j_open(&j, "deadline");
	j_str(&j, "incident", buf_str(&incident));
	j_str(&j, "account", of->account->name);
	j_str(&j, "fact", x->fact->id);
	j_str(&j, "who", x->fact->who);
	j_str(&j, "what", advice_text(x->fact, d->facts->zh));
	json_day(&j, "due", true, x->due_day);
	j_time(&j, "due_time", x->due_ms);
	j_int(&j, "days_left", x->due_day - d->today);
	json_words(&j, "rule", &rule);
	j_str(&j, "from", deadline_from_name(x->from));
	json_day(&j, "from_date", true, x->from_day);
	j_bool(&j, "statement_unknown", x->instead);
	j_str(&j, "source", x->fact->fact.source);
	j_str(&j, "checked", x->fact->fact.checked);
	j_str(&j, "status", data_status_name(x->fact->fact.status));
	j_bool(&j, "own", x->fact->own);
	j_bool(&j, "stale", fact_stale(&x->fact->fact, d->facts->now_ms));
	j_bool(&j, "only_earlier", x->than != NULL);
	j_str(&j, "confirmed_fact", x->than != NULL ? x->than->id : NULL);
	json_day(&j, "confirmed_due", x->than != NULL, x->than_day);
	j_str(&j, "country", x->country[0] != '\0' ? x->country : NULL);
	j_bool(&j, "country_assumed", x->assumed);
	j_str(&j, "calendar", x->calendar != NULL ? x->calendar->id : NULL);
	j_bool(&j, "weekends_only", counts && (x->calendar == NULL || x->calendar->fact.status != DATA_CONFIRMED));
	json_words(&j, "assumed", &assumed);
	j_bool(&j, "closed_day", x->closed);
	json_day(&j, "done", x->met, x->met_day);
	return out_json(s, &j, e);
}

/* ---- what is near ---- */

#define NEAR 3u

enum rc
duelines_say(struct session *s, const struct facts *f, int64_t incident, struct err *e)
{
	DUES d = { .n = 0 };
	unsigned n = 0;
	enum rc rc;

	if (s->json || f->providers == NULL)
		return OK;
	if ((rc = dues_load(s, session_db(s), f, incident, &d, e)) != OK)
		return rc;
	for (size_t i = 0; i < d.all.n && n < NEAR; i++)
		if (near(&d, &d.all.d[i]))
			due_line(s, &d, &d.all.d[i], n++ == 0 ? _("Due    ") : "       ");
	return OK;
}
