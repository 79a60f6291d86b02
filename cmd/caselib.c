/* cmd/caselib.c: see caselib.h. */
#include "cmd/caselib.h"

#include "base/time.h"
#include "cmd/card.h"
#include "cmd/cases.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/incident.h"
#include "store/place.h"
#include "wallet/deadline.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t
case_day(int64_t ms)
{
	time_t t = (time_t)(ms / 1000 - (ms % 1000 < 0));
	struct tm tm = { .tm_year = 70, .tm_mday = 1 };

	(void)localtime_r(&t, &tm);
	return civil_days(tm.tm_year + 1900, (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday);
}

/* ---- what is known ---- */

enum rc
case_facts_load(struct session *s, struct case_facts *out, bool quiet, struct err *e)
{
	AUTO(case_facts_free) struct case_facts cf = { .ladder = NULL };
	AUTO(auto_close) int dir = -1;
	struct err why = { .rc = OK };
	enum rc rc;

	facts_load(&cf.f, s);
	if (cf.f.providers == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (!quiet)
		facts_warn(s, &cf.f);
	if ((rc = data_open(&dir, &why)) != OK || (rc = calendars_load(&cf.calendars, dir, &why)) != OK ||
	    (rc = ladder_load(&cf.ladder, dir, cf.f.providers, &why)) != OK) {
		if (!quiet)
			warn(s, N_("What is known of the way a case goes cannot be read: %s"), why.what);
		if ((rc = ladder_none(&cf.ladder, e)) != OK)
			return rc;
	}
	*out = cf;
	cf = (struct case_facts){ .ladder = NULL };
	return OK;
}

void
case_facts_free(struct case_facts *cf)
{
	ladder_free(&cf->ladder);
	calendars_free(&cf->calendars);
	facts_free(&cf->f);
}

/* ---- one case ---- */

void
one_case_free(struct one_case *o)
{
	account_free(&o->acct);
	free(o->text);
	o->text = NULL;
}

static enum rc
keep_case(void *ctx, const struct support_case *c, struct err *e)
{
	struct one_case *o = ctx;
	const char **const to[] = { &o->c.account_name, &o->c.who, &o->c.subject, &o->c.channel, &o->c.ref, &o->c.outcome };
	size_t size = 0, at = 0;

	o->c = *c;
	for (size_t i = 0; i < COUNTOF(to); i++)
		size += strlen(*to[i]) + 1;
	if ((o->text = malloc(size)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < COUNTOF(to); i++) {
		size_t n = strlen(*to[i]) + 1;

		memcpy(o->text + at, *to[i], n);
		*to[i] = o->text + at;
		at += n;
	}
	return OK;
}

static enum rc
keep_kind(void *ctx, const struct incident *i, struct err *e)
{
	(void)e;
	*(int *)ctx = (int)i->kind;
	return OK;
}

static enum rc
count_one(void *ctx, const struct entry *en, struct err *e)
{
	(void)en;
	(void)e;
	(*(size_t *)ctx)++;
	return OK;
}

/* The country that the owner gave the account; else what its currency speaks of. */
static enum rc
place_of(struct session *s, const struct case_facts *cf, struct one_case *o, struct err *e)
{
	char said[3] = "", currency[CURRENCY_MAX + 1];
	const char *guess;
	enum rc rc;

	if (o->c.account == 0)
		return OK;
	if ((rc = account_country_get(session_db(s), o->c.account, said, e)) != OK ||
	    (rc = account_currency_get(session_db(s), o->c.account, o->acct.currency, currency, e)) != OK)
		return rc;
	if (currency[0] == '\0' && o->provider != NULL)
		(void)snprintf(currency, sizeof currency, "%s", o->provider->currency);
	guess = said[0] == '\0' ? calendar_guess(cf->calendars, currency) : NULL;
	o->guessed = guess != NULL;
	(void)snprintf(o->country, sizeof o->country, "%s", guess != NULL ? guess : said);
	return OK;
}

static enum rc
about_of(struct session *s, struct one_case *o, struct err *e)
{
	size_t rows = 0;
	enum rc rc;

	o->kind = -1;
	if (o->c.incident != 0 && (rc = incident_one(session_db(s), o->c.incident, keep_kind, &o->kind, e)) != OK)
		return rc;
	if ((rc = case_rows(session_db(s), o->c.id, count_one, &rows, e)) != OK)
		return rc;
	o->payment = o->kind == INCIDENT_UNAUTHORISED ||
	    (rows > 0 && o->kind != INCIDENT_PAYMENT_FAILED && o->kind != INCIDENT_BALANCE_WRONG);
	return OK;
}

/* The day that a promise, or a confirmed time for an answer, ends first. */
static void
due_of(struct session *s, const struct case_facts *cf, struct one_case *o)
{
	int64_t end = 0;
	const struct advice *by;

	if (o->c.closed_ms != 0)
		return;
	by = o->c.answered ? NULL :
	    ladder_due(cf->ladder, cf->f.providers, o->c.rung, &o->where, case_day(o->c.since_ms), &end);
	o->has_due = by != NULL || o->c.has_promised;
	o->due = o->c.promised;
	if (by != NULL && (!o->c.has_promised || end < o->c.promised)) {
		o->due = end;
		o->due_by = by;
	}
	o->overdue = o->has_due && case_day(s->now_ms) > o->due;
}

enum rc
one_case_load(struct session *s, const struct case_facts *cf, int64_t id, struct one_case *out, struct err *e)
{
	ONE_CASE o = { .text = NULL };
	enum rc rc;

	account_init(&o.acct);
	if ((rc = case_one(session_db(s), id, keep_case, &o, e)) != OK ||
	    (o.c.account != 0 && (rc = account_by_id(session_db(s), o.c.account, &o.acct, e)) != OK))
		return rc;
	o.provider = providers_find(cf->f.providers, o.c.account != 0 ? o.acct.provider : o.c.who);
	if ((rc = place_of(s, cf, &o, e)) != OK || (rc = about_of(s, &o, e)) != OK)
		return rc;
	*out = o;
	out->where = (struct ladder_where){ .calendars = cf->calendars, .country = out->country,
		.provider = out->provider != NULL ? out->provider->id : "", .payment = out->payment };
	due_of(s, cf, out);
	o = (struct one_case){ .text = NULL };
	account_init(&o.acct);
	return OK;
}

/* ---- several ---- */

void
case_list_free(struct case_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		one_case_free(&l->o[i]);
	free(l->o);
	*l = (struct case_list){ .n = 0 };
}

struct ids { size_t n; int64_t *id; };

static void
ids_free(struct ids *i)
{
	free(i->id);
}

static enum rc
add_id(void *ctx, const struct support_case *c, struct err *e)
{
	struct ids *l = ctx;
	int64_t *more = realloc(l->id, (l->n + 1) * sizeof *more);

	if (more == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	l->id = more;
	l->id[l->n++] = c->id;
	return OK;
}

static int
by_due(const void *a, const void *b)
{
	const struct one_case *x = a, *y = b;

	if (x->overdue != y->overdue)
		return x->overdue ? -1 : 1;
	if (x->has_due != y->has_due)
		return x->has_due ? -1 : 1;
	if (x->has_due && x->due != y->due)
		return x->due < y->due ? -1 : 1;
	return (x->c.id > y->c.id) - (x->c.id < y->c.id);
}

enum rc
case_list_load(struct session *s, const struct case_facts *cf, const struct case_filter *f, struct case_list *out,
    struct err *e)
{
	AUTO(case_list_free) struct case_list l = { .n = 0 };
	AUTO(ids_free) struct ids ids = { .n = 0 };
	enum rc rc;

	if ((rc = case_each(session_db(s), f, add_id, &ids, e)) != OK)
		return rc;
	if ((l.o = calloc(ids.n + 1, sizeof *l.o)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (; l.n < ids.n; l.n++)
		if ((rc = one_case_load(s, cf, ids.id[l.n], &l.o[l.n], e)) != OK)
			return rc;
	qsort(l.o, l.n, sizeof *l.o, by_due);
	for (size_t i = 0; i < l.n; i++)        /* they have moved */
		l.o[i].where.country = l.o[i].country;
	*out = l;
	l = (struct case_list){ .n = 0 };
	return OK;
}

enum rc
cases_count(struct session *s, int64_t incident, struct cases_count *out, struct err *e)
{
	AUTO(case_list_free) struct case_list l = { .n = 0 };
	const struct case_filter f = { .open_only = true, .incident = incident };
	CASE_FACTS cf = { .ladder = NULL };
	enum rc rc;

	if ((rc = case_facts_load(s, &cf, true, e)) != OK || (rc = case_list_load(s, &cf, &f, &l, e)) != OK)
		return rc;
	*out = (struct cases_count){ .open = l.n };
	for (size_t i = 0; i < l.n; i++)
		out->overdue += l.o[i].overdue;
	return OK;
}

/* ---- which one is meant ---- */

static enum rc
several(const struct ids *ids, struct err *e)
{
	BUF names = { .max = 4096 };

	for (size_t i = 0; i < ids->n && i < 12; i++)
		buf_addf(&names, "%sC%lld", i > 0 ? ", " : "", (long long)ids->id[i]);
	(void)err_set(e, E_USAGE, N_("several cases are open: %s"), buf_str(&names));
	err_next(e, "purser case list");
	return E_USAGE;
}

enum rc
case_pick(struct session *s, const char *word, int64_t *id, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	AUTO(ids_free) struct ids ids = { .n = 0 };
	struct case_filter f = { .open_only = true };
	struct err none = { .rc = OK };
	int64_t n;
	enum rc rc;

	account_init(&acct);
	if (word != NULL && case_id_parse(word, &n)) {
		if ((rc = case_one(session_db(s), n, add_id, &ids, e)) == OK)
			*id = n;
		return rc;
	}
	if (word != NULL && (rc = account_find(session_db(s), word, &acct, &none)) != OK && rc != E_NOTFOUND)
		return err_set(e, rc, "%s", none.what);
	f.account = acct.id;
	f.who = acct.id == 0 ? word : NULL;
	if ((rc = case_each(session_db(s), &f, add_id, &ids, e)) != OK)
		return rc;
	if (ids.n > 1)
		return several(&ids, e);
	if (ids.n == 0) {
		(void)(word != NULL ? err_set(e, E_NOTFOUND, N_("no open case with %s"), word) :
		    err_set(e, E_NOTFOUND, N_("no case is open")));
		err_next(e, "purser case open %s", word != NULL ? word : "NAME");
		return E_NOTFOUND;
	}
	*id = ids.id[0];
	return OK;
}

/* ---- words ---- */

const char *
case_subject(const struct one_case *o)
{
	if (o->c.subject[0] != '\0')
		return o->c.subject;
	if (o->kind >= 0)
		return _(incident_kind_words((enum incident_kind)o->kind));
	return o->payment ? _("payments that I did not order") : "";
}

const char *
case_with(const struct one_case *o, bool zh)
{
	if (o->provider != NULL && o->provider->class != CLASS_LAW)
		return provider_name(o->provider, zh);
	return o->c.account != 0 && o->acct.provider[0] != '\0' ? o->acct.provider : o->c.who;
}

void
case_due_text(struct buf *out, const struct one_case *o, const struct case_facts *cf)
{
	BUF rule = { .max = 4096 }, from = { .max = 8192 };
	char day[11];

	if (!o->has_due)
		return;
	date_put(day, o->due);
	if (o->due_by == NULL) {
		buf_addf(out, o->overdue ? _("OVERDUE since %s, as they promised") : _("%s, as they promised"), day);
		return;
	}
	deadline_rule_of(&rule, o->due_by);
	add_provenance(&from, &o->due_by->fact, o->due_by->own, cf->f.now_ms);
	buf_addf(out, o->overdue ? _("OVERDUE since %s: %s %s (%s)") : _("%s: %s %s (%s)"), day,
	    advice_text(o->due_by, cf->f.zh), buf_str(&rule), buf_str(&from));
}

/* ---- who is on a rung ---- */

static void
entry_say(struct session *s, const struct case_facts *cf, const struct ladder_entry *en, bool confirmed)
{
	CARD_LINES lines = { .n = 0 };
	BUF from = { .max = 8192 };
	const char *value = en->value;

	add_provenance(&from, &en->fact, false, cf->f.now_ms);
	if (confirmed)
		say(s, "  %s%s%s", ladder_entry_name(en, cf->f.zh), value[0] != '\0' ? "  " : "", value);
	else
		say(s, N_("  Reported, check yourself: %s"), ladder_entry_name(en, cf->f.zh));
	say_tone(s, TONE_DIM, "    %s", buf_str(&from));
	for (size_t i = 0; i < en->contacts; i++) {
		const struct advice *a = advice_by_id(cf->f.providers, en->contact[i]);

		if (a != NULL)
			card_lines_advice(&lines, &cf->f, a);
	}
	card_lines_say(s, &lines);
}

/* The provider's own channels, as the card has them. */
static void
own_channels(struct session *s, const struct case_facts *cf, const struct one_case *o)
{
	const struct card_account c = { .name = o->acct.name, .provider = o->acct.provider };
	CARD_LINES lines = { .n = 0 };
	struct card_sources src = { .n = 0 };

	if (o->c.account != 0)
		card_sources(&src, cf->f.providers, &c);
	else if (o->provider != NULL)
		src = (struct card_sources){ .n = 1, .id = { o->provider->id }, .class = o->provider->class };
	for (unsigned k = ADVICE_REPORT; k <= ADVICE_CONTACT; k++)
		for (size_t i = 0; i < advice_count(cf->f.providers); i++) {
			const struct advice *a = advice_at(cf->f.providers, i);

			if (a->kind == (enum advice_kind)k && advice_instructs(a) && card_advice_for(&src, a) &&
			    (a->places == 0 || ladder_holds(&o->where, a->places, a->place)))
				card_lines_advice(&lines, &cf->f, a);
		}
	card_lines_say(s, &lines);
	if (lines.n == 0)
		say(s, N_("  purser knows no confirmed channel: take number or address from your own papers, never from a "
			  "search or a message"));
}

static void
nobody_say(struct session *s, const struct one_case *o, enum rung r)
{
	if (o->country[0] == '\0' && r == RUNG_POLICE)
		say(s, N_("  The country is not known, so purser names no police: go there, or call the number you know"));
	else if (o->country[0] == '\0')
		say(s, N_("  The country is not known, so purser names no %s: the provider has to name it"),
		    _(rung_words(r)));
	else if (r == RUNG_POLICE)
		say(s, N_("  purser has no confirmed channel of the police of %s: go there, or call the number you know"),
		    o->country);
	else
		say(s, N_("  purser knows no %s for %s: the provider has to name it, or look on a page whose address you "
			  "type yourself"), _(rung_words(r)), o->country);
}

void
case_rung_say(struct session *s, const struct case_facts *cf, const struct one_case *o, enum rung r)
{
	struct ladder_here at;
	bool confirmed = true;

	if (r <= RUNG_COMPLAINT) {
		own_channels(s, cf, o);
		return;
	}
	ladder_here(cf->ladder, r, &o->where, true, &at);
	if (at.n == 0) {
		confirmed = false;
		nobody_say(s, o, r);
		ladder_here(cf->ladder, r, &o->where, false, &at);
	}
	for (size_t i = 0; i < at.n; i++)
		entry_say(s, cf, at.en[i], confirmed);
}
