/* wallet/deadline.c: see deadline.h. */
#include "wallet/deadline.h"

#include "base/time.h"

#include <libintl.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

static const char *const from_names[FROM_COUNT] = { "payment", "statement", "learning", "notice", "opening",
	"complaint", "answer", "authority" };

const char *
deadline_from_name(enum deadline_from f)
{
	return from_names[f];
}

static enum deadline_from
from_of(const struct advice *a)
{
	unsigned f = 0;

	while (f + 1 < FROM_COUNT && strcmp(a->from, from_names[f]) != 0)
		f++;
	return (enum deadline_from)f;
}

/* ---- zones ---- */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
zone_day(const struct deadline_zone *z, int64_t ms)
{
	int64_t s = floor_div(ms, 1000);

	return floor_div(s + (z->offset != NULL ? z->offset(z->ctx, s) : 0), 86400);
}

int64_t
zone_midnight(const struct deadline_zone *z, int64_t day)
{
	int64_t s = day * 86400;

	/* The offset of the day before, then that of where this leads: right also where the clock is set that night. */
	for (int i = 0; i < 2 && z->offset != NULL; i++)
		s = day * 86400 - z->offset(z->ctx, s);
	return s * 1000;
}

void
deadline_earlier(struct deadline_date *d, int64_t day, int64_t ms)
{
	if (d->known && (d->day < day || (d->day == day && (d->ms <= ms || ms == 0))))
		return;
	*d = (struct deadline_date){ .known = true, .day = day, .ms = ms };
}

void
deadlines_free(struct deadlines *d)
{
	free(d->d);
	free(d->reported);
	*d = (struct deadlines){ .n = 0 };
}

/* ---- which facts ---- */

static bool
law_covers(const struct providers *p, const struct advice *a, enum provider_class class)
{
	for (size_t i = 0; i < providers_count(p); i++) {
		const struct provider *q = providers_at(p, i);

		if (q->class == CLASS_LAW && (q->classes >> class & 1) != 0 && advice_of(a, q->id))
			return true;
	}
	return false;
}

bool
deadline_applies(const struct deadline_input *in, const struct advice *a, const struct deadline_account *acct,
    const char *country)
{
	bool mine = false, there = a->places == 0;

	for (size_t i = 0; i < acct->sources && !mine; i++)
		mine = advice_of(a, acct->source[i]);
	for (size_t i = 0; i < a->places && !there && country[0] != '\0'; i++)
		there = calendar_holds(in->calendars, a->place[i], country);
	return there && (mine || law_covers(in->providers, a, acct->class));
}

/* ---- one date ---- */

static bool
date_of(const struct deadline_account *acct, enum deadline_from from, struct deadline_date *out)
{
	*out = acct->date[from];
	if (from == FROM_STATEMENT && !out->known && acct->date[FROM_PAYMENT].known) {
		*out = acct->date[FROM_PAYMENT];
		out->instead = true;
	}
	return out->known;
}

/* What did it already; what was told before the first payment was not about it. NULL: nothing. */
static const struct deadline_date *
done_by(const struct deadline_account *acct, const struct advice *a)
{
	const struct deadline_date *notice = &acct->date[FROM_NOTICE], *payment = &acct->date[FROM_PAYMENT];
	const struct deadline_date *answer = &acct->date[FROM_ANSWER], *complaint = &acct->date[FROM_COMPLAINT];

	if (strcmp(a->who, "you") == 0)
		return strncmp(a->duty, "report", 6) == 0 && notice->known &&
		    (!payment->known || notice->day >= payment->day) ? notice : NULL;
	if (strcmp(a->duty, "reply") == 0 && acct->reply.known && acct->reply.day >= notice->day)
		return &acct->reply;
	return strncmp(a->duty, "answer", 6) == 0 && answer->known && answer->day >= complaint->day ? answer : NULL;
}

/* false: the date that it counts from is not known. */
static bool
count(const struct deadline_input *in, const struct deadline_account *acct, struct deadline *d)
{
	const struct advice *a = d->fact;
	const struct calendar *cal = calendar_of(in->calendars, d->country);
	const struct deadline_date *done = done_by(acct, a);
	struct deadline_date from;

	d->from = from_of(a);
	if (!date_of(acct, d->from, &from))
		return false;
	d->from_day = from.day;
	d->instead = from.instead;
	switch (a->unit) {
	case UNIT_HOURS:
		d->due_ms = from.ms != 0 ? from.ms : zone_midnight(&in->zone, from.day);
		d->due_ms += (int64_t)a->period * 3600000;
		d->due_day = zone_day(&in->zone, d->due_ms);
		break;
	case UNIT_DAYS:
		d->due_day = from.day + a->period;
		break;
	case UNIT_BUSINESS_DAYS:
		d->due_day = business_days_after(in->calendars, cal, from.day, a->period);
		d->calendar = cal;
		break;
	case UNIT_MONTHS:
		d->due_day = months_after(from.day, a->period);
		break;
	}
	d->closed = !business_day(in->calendars, cal, d->due_day);
	d->met = done != NULL;
	d->met_day = done != NULL ? done->day : 0;
	return true;
}

/* ---- all of them ---- */

static enum rc
add(struct deadlines *out, const struct deadline *d, struct err *e)
{
	struct deadline *more;

	if (out->n == out->cap) {
		size_t cap = out->cap ? out->cap * 2 : 32;

		if ((more = realloc(out->d, cap * sizeof *more)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		out->d = more;
		out->cap = cap;
	}
	out->d[out->n++] = *d;
	return OK;
}

static enum rc
add_reported(struct deadlines *out, const struct advice *a, struct err *e)
{
	const struct advice **more;

	for (size_t i = 0; i < out->unused; i++)
		if (out->reported[i] == a)
			return OK;
	if ((more = realloc(out->reported, (out->unused + 1) * sizeof *more)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	out->reported = more;
	out->reported[out->unused++] = a;
	return OK;
}

static int
ends_before(const struct deadline *x, const struct deadline *y)
{
	if (x->due_day != y->due_day)
		return x->due_day < y->due_day ? -1 : 1;
	if (x->due_ms != 0 && y->due_ms != 0 && x->due_ms != y->due_ms)
		return x->due_ms < y->due_ms ? -1 : 1;
	return 0;
}

/* The confirmed one of the same account, side and duty that ends first, among those from `first` on. NULL: none. */
static const struct deadline *
confirmed(const struct deadlines *all, size_t first, const struct advice *a)
{
	const struct deadline *best = NULL;

	for (size_t i = first; i < all->n && a->duty[0] != '\0'; i++) {
		const struct deadline *d = &all->d[i];

		if (d->than == NULL && strcmp(d->fact->duty, a->duty) == 0 && strcmp(d->fact->who, a->who) == 0 &&
		    (best == NULL || ends_before(d, best) < 0))
			best = d;
	}
	return best;
}

/* One account: what is confirmed first, then what is reported and would end earlier. */
static enum rc
of_account(struct deadlines *out, const struct deadline_input *in, size_t at, enum data_status status, size_t first,
    struct err *e)
{
	const struct deadline_account *acct = &in->account[at];
	const char *guess = acct->country[0] == '\0' ? calendar_guess(in->calendars, acct->currency) : NULL;
	const char *country = guess != NULL ? guess : acct->country;
	enum rc rc = OK;

	for (size_t i = 0; i < advice_count(in->providers) && rc == OK; i++) {
		const struct advice *a = advice_at(in->providers, i);
		struct deadline d = { .fact = a, .account = at, .country = country, .assumed = guess != NULL };
		const struct deadline *other;

		if (a->kind != ADVICE_DEADLINE || a->fact.status != status || !deadline_applies(in, a, acct, country) ||
		    !count(in, acct, &d))
			continue;
		if (advice_instructs(a)) {
			rc = add(out, &d, e);
		} else if ((other = confirmed(out, first, a)) == NULL || ends_before(&d, other) >= 0) {
			rc = add_reported(out, a, e);
		} else {
			d.than = other->fact;
			d.than_day = other->due_day;
			rc = add(out, &d, e);
		}
	}
	return rc;
}

/* The one that ends first first; what you have to do before what they have to; then as given. */
static void
sort(struct deadlines *all)
{
	for (size_t i = 1; i < all->n; i++)
		for (size_t k = i; k > 0; k--) {
			struct deadline *x = &all->d[k - 1], *y = &all->d[k], t;
			bool yours = strcmp(y->fact->who, "you") == 0 && strcmp(x->fact->who, "you") != 0;
			int order = ends_before(y, x);

			if (order > 0 || (order == 0 && !yours))
				break;
			t = *x;
			*x = *y;
			*y = t;
		}
}

enum rc
deadlines_make(struct deadlines *out, const struct deadline_input *in, struct err *e)
{
	AUTO(deadlines_free) struct deadlines all = { .n = 0 };
	enum rc rc;

	for (size_t i = 0; i < in->n; i++) {
		size_t first = all.n;

		if ((rc = of_account(&all, in, i, DATA_CONFIRMED, first, e)) != OK ||
		    (rc = of_account(&all, in, i, DATA_SECOND, first, e)) != OK)
			return rc;
	}
	sort(&all);
	*out = all;
	all = (struct deadlines){ .n = 0 };
	return OK;
}

/* ---- in words ---- */

#pragma GCC diagnostic ignored "-Wformat-nonliteral"            /* literals all, see the tables */

void
deadline_period(struct buf *out, const struct advice *a)
{
	static const char *const one[] = { N_("1 hour"), N_("1 day"), N_("1 business day"), N_("1 month") };
	static const char *const many[] = { N_("%u hours"), N_("%u days"), N_("%u business days"), N_("%u months") };

	if (a->period == 1)
		buf_adds(out, gettext(one[a->unit]));
	else
		buf_addf(out, gettext(many[a->unit]), a->period);
}

void
deadline_rule(struct buf *out, const struct deadline *d)
{
	static const char *const text[FROM_COUNT] = {
		[FROM_PAYMENT] = N_("%s from the payment of %s"),
		[FROM_STATEMENT] = N_("%s from the statement of %s"),
		[FROM_LEARNING] = N_("%s from when you learned of it, %s"),
		[FROM_NOTICE] = N_("%s from your notice of %s"),
		[FROM_OPENING] = N_("%s from the opening of the dispute on %s"),
		[FROM_COMPLAINT] = N_("%s from your complaint of %s"),
		[FROM_ANSWER] = N_("%s from their answer of %s"),
		[FROM_AUTHORITY] = N_("%s from your complaint to the authority of %s"),
	};
	BUF period = { 0 };
	char day[11];

	deadline_period(&period, d->fact);
	date_put(day, d->from_day);
	buf_addf(out, gettext(d->instead ? N_("%s from the payment of %s (the day of the statement is not known)") :
	    text[d->from]), buf_str(&period), day);
}

void
deadline_rule_of(struct buf *out, const struct advice *a)
{
	static const char *const text[FROM_COUNT] = {
		[FROM_PAYMENT] = N_("%s from the payment"),
		[FROM_STATEMENT] = N_("%s from the statement"),
		[FROM_LEARNING] = N_("%s from when you learn of it"),
		[FROM_NOTICE] = N_("%s from your notice"),
		[FROM_OPENING] = N_("%s from the opening of the dispute"),
		[FROM_COMPLAINT] = N_("%s from your complaint"),
		[FROM_ANSWER] = N_("%s from their answer"),
		[FROM_AUTHORITY] = N_("%s from your complaint to the authority"),
	};
	BUF period = { 0 };

	deadline_period(&period, a);
	buf_addf(out, gettext(text[from_of(a)]), buf_str(&period));
}

static void
sentence(struct buf *out, const char *text, bool zh)
{
	if (out->len > 0 && !zh)
		buf_addc(out, ' ');
	buf_adds(out, text);
}

void
deadline_assumed(struct buf *out, const struct deadline *d, bool zh, bool brief)
{
	const struct calendar *cal = d->fact->unit == UNIT_BUSINESS_DAYS ? d->calendar : NULL;
	BUF text = { 0 }, name = { 0 }, all = { 0 };

	if (d->assumed) {
		buf_addf(&text, gettext(N_("The country (%s) is assumed from the currency.")), d->country);
		sentence(&all, buf_str(&text), zh);
	}
	if (cal != NULL && brief) {
		buf_addf(&name, gettext(N_("Business days by calendar: %s.")), zh ? cal->zh : cal->en);
		sentence(&all, buf_str(&name), zh);
	} else if (cal != NULL) {
		sentence(&all, zh ? cal->detail_zh : cal->detail_en, zh);
	} else if (d->fact->unit == UNIT_BUSINESS_DAYS) {
		sentence(&all, gettext(N_("Monday to Friday: the holidays of this country are not known here.")), zh);
	}
	if (d->closed && strcmp(d->fact->who, "you") == 0)
		sentence(&all, gettext(N_("It ends on a weekend or holiday and does not move: act before.")), zh);
	else if (d->closed)
		sentence(&all, gettext(N_("It ends on a weekend or holiday and does not move.")), zh);
	buf_adds(out, buf_str(&all));
}
