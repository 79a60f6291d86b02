/* wallet/ladder.c: see ladder.h. */
#include "wallet/ladder.h"

#include "wallet/providers_int.h"

#include <string.h>

#define FILE_NAME "ladder.txt"

struct ladder { struct datafile file; size_t n; struct ladder_entry en[]; };

static const struct { const char *name, *words; } rungs[RUNG_COUNT] = {
	[RUNG_SUPPORT] = { "support", N_("support") },
	[RUNG_COMPLAINT] = { "complaint", N_("formal complaint") },
	[RUNG_OMBUDSMAN] = { "ombudsman", N_("ombudsman or complaint body") },
	[RUNG_REGULATOR] = { "regulator", N_("regulator") },
	[RUNG_POLICE] = { "police", N_("police") },
};

const char *
rung_name(enum rung r)
{
	return rungs[r].name;
}

const char *
rung_words(enum rung r)
{
	return rungs[r].words;
}

bool
rung_parse(const char *s, enum rung *out)
{
	for (unsigned i = 0; i < RUNG_COUNT; i++)
		if (strcmp(s, rungs[i].name) == 0 || (s[0] == (char)('0' + i) && s[1] == '\0')) {
			*out = (enum rung)i;
			return true;
		}
	return false;
}

/* ---- the file ---- */

static enum rc
facts_named(const struct datafile *f, const struct data_record *r, const char *key, const struct providers *p,
    const char *id[LADDER_FACTS_MAX], size_t *n, struct err *e)
{
	const struct advice *a;
	const char *v;

	for (*n = 0; (v = data_nth(r, key, *n)) != NULL; id[(*n)++] = v) {
		if (*n == LADDER_FACTS_MAX)
			return data_bad(f, r, key, N_("too many"), e);
		if (advice_count(p) == 0)
			continue;
		if ((a = advice_by_id(p, v)) == NULL)
			return data_bad(f, r, key, N_("there is no such fact"), e);
		if (strcmp(key, "deadline") == 0 && !a->own &&
		    (a->kind != ADVICE_DEADLINE || strcmp(a->who, "they") != 0))
			return data_bad(f, r, key, N_("expected a deadline of theirs"), e);
	}
	return OK;
}

static enum rc
where_get(const struct datafile *f, const struct data_record *r, struct ladder_entry *out, struct err *e)
{
	const char *about = data_get(r, "about");

	if (!data_collect(r, "of", out->of, &out->ofs))
		return data_bad(f, r, "of", N_("too many"), e);
	for (size_t i = 0; i < out->ofs; i++)
		if (!data_id_ok(out->of[i]))
			return data_bad(f, r, "of", N_("expected a-z, 0-9 and -"), e);
	if (!data_collect(r, "jurisdiction", out->place, &out->places))
		return data_bad(f, r, "jurisdiction", N_("too many"), e);
	for (size_t i = 0; i < out->places; i++)
		if (!data_place_ok(out->place[i]))
			return data_bad(f, r, "jurisdiction", N_("expected two capital letters, or EEA"), e);
	if (about != NULL && strcmp(about, "payment") != 0)
		return data_bad(f, r, "about", N_("expected payment"), e);
	out->payment = about != NULL;
	return OK;
}

static enum rc
entry_get(const struct datafile *f, const struct data_record *r, const struct providers *p, struct ladder_entry *out,
    struct err *e)
{
	enum rc rc;

	out->id = data_get(r, "rung");
	out->en = data_get(r, "en");
	out->zh = data_get(r, "zh");
	if (!data_id_ok(out->id))
		return data_bad(f, r, "rung", N_("expected a-z, 0-9 and -"), e);
	if (!rung_parse(data_get(r, "level"), &out->rung) || data_get(r, "level")[1] == '\0')
		return data_bad(f, r, "level", N_("expected support, complaint, ombudsman, regulator or police"), e);
	if ((rc = data_fact(f, r, &out->fact, e)) != OK || (rc = where_get(f, r, out, e)) != OK ||
	    (rc = data_channel(f, r, out->fact.status, &out->by, &out->value, e)) != OK ||
	    (rc = facts_named(f, r, "deadline", p, out->deadline, &out->deadlines, e)) != OK)
		return rc;
	return facts_named(f, r, "contact", p, out->contact, &out->contacts, e);
}

static enum rc
take(struct ladder **out, struct datafile *f, const struct providers *p, struct err *e)
{
	AUTO(ladder_free) struct ladder *l = calloc(1, sizeof *l + f->n * sizeof l->en[0]);
	enum rc rc;

	if (l == NULL) {
		datafile_free(f);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	l->file = *f;
	for (; l->n < f->n; l->n++) {
		if ((rc = entry_get(&l->file, &l->file.rec[l->n], p, &l->en[l->n], e)) != OK)
			return rc;
		for (size_t i = 0; i < l->n; i++)
			if (strcmp(l->en[i].id, l->en[l->n].id) == 0)
				return data_bad(&l->file, &l->file.rec[l->n], "rung", N_("stands twice"), e);
	}
	*out = l;
	l = NULL;
	return OK;
}

static const struct data_key keys[] = { { "rung", true, false }, { "level", true, false }, { "en", true, false },
	{ "zh", true, false }, { "jurisdiction", false, true }, { "of", false, true }, { "about", false, false },
	{ "deadline", false, true }, { "contact", false, true }, { "by", false, false }, { "value", false, false },
	{ NULL, false, false } };
static const struct data_shape shapes[] = { { "rung", keys, false }, { NULL, NULL, false } };

enum rc
ladder_parse(struct ladder **out, struct buf *text, const char *name, const struct providers *p, struct err *e)
{
	struct datafile f = { .n = 0 };
	enum rc rc = datafile_parse(&f, text, name, shapes, e);

	return rc == OK ? take(out, &f, p, e) : rc;
}

enum rc
ladder_load(struct ladder **out, int dirfd, const struct providers *p, struct err *e)
{
	struct datafile f = { .n = 0 };
	enum rc rc = datafile_shapes(&f, dirfd, FILE_NAME, shapes, e);

	return rc == OK ? take(out, &f, p, e) : rc;
}

enum rc
ladder_none(struct ladder **out, struct err *e)
{
	struct ladder *l = calloc(1, sizeof *l);

	if (l == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	*out = l;
	return OK;
}

void
ladder_free(struct ladder **l)
{
	if (*l != NULL)
		datafile_free(&(*l)->file);
	free(*l);
	*l = NULL;
}

size_t
ladder_count(const struct ladder *l)
{
	return l->n;
}

const struct ladder_entry *
ladder_at(const struct ladder *l, size_t i)
{
	return &l->en[i];
}

const char *
ladder_entry_name(const struct ladder_entry *en, bool zh)
{
	return zh ? en->zh : en->en;
}

/* ---- what holds where ---- */

const struct advice *
advice_by_id(const struct providers *p, const char *id)
{
	for (size_t i = 0; i < advice_count(p); i++)
		if (strcmp(advice_at(p, i)->id, id) == 0)
			return advice_at(p, i);
	return NULL;
}

bool
ladder_holds(const struct ladder_where *w, size_t places, const char *const *place)
{
	bool holds = places == 0;

	for (size_t i = 0; i < places && w->country[0] != '\0'; i++)
		holds = holds || calendar_holds(w->calendars, place[i], w->country);
	return holds;
}

static bool
here(const struct ladder_entry *en, const struct ladder_where *w)
{
	bool of = en->ofs == 0;

	for (size_t i = 0; i < en->ofs; i++)
		of = of || strcmp(en->of[i], w->provider) == 0;
	return of && (!en->payment || w->payment) && ladder_holds(w, en->places, en->place);
}

void
ladder_here(const struct ladder *l, enum rung r, const struct ladder_where *w, bool confirmed, struct ladder_here *out)
{
	*out = (struct ladder_here){ .n = 0 };
	for (unsigned own = 0; own < 2; own++)
		for (size_t i = 0; i < l->n && out->n < LADDER_HERE_MAX; i++) {
			const struct ladder_entry *en = &l->en[i];
			bool fits = confirmed ? en->fact.status == DATA_CONFIRMED : en->fact.status == DATA_SECOND;

			if (en->rung == r && fits && (en->ofs > 0) == (own == 0) && here(en, w))
				out->en[out->n++] = en;
		}
}

enum rung_known
ladder_known(const struct ladder *l, enum rung r, const struct ladder_where *w)
{
	struct ladder_here at;

	if (r <= RUNG_COMPLAINT)
		return RUNG_KNOWN;
	ladder_here(l, r, w, true, &at);
	if (at.n > 0)
		return RUNG_KNOWN;
	ladder_here(l, r, w, false, &at);
	return at.n > 0 ? RUNG_REPORTED : RUNG_NONE;
}

bool
ladder_next(const struct ladder *l, enum rung r, const struct ladder_where *w, enum rung *next)
{
	static const enum rung_known best[] = { RUNG_KNOWN, RUNG_REPORTED, RUNG_NONE };

	for (size_t k = 0; k < COUNTOF(best); k++)
		for (unsigned up = (unsigned)r + 1; up < RUNG_COUNT; up++)
			if (ladder_known(l, (enum rung)up, w) == best[k]) {
				*next = (enum rung)up;
				return true;
			}
	return false;
}

/* ---- by when ---- */

static int64_t
period_end(const struct advice *a, const struct ladder_where *w, int64_t from)
{
	switch (a->unit) {
	case UNIT_HOURS: return from + (a->period + 23) / 24;
	case UNIT_DAYS: return from + a->period;
	case UNIT_MONTHS: return months_after(from, a->period);
	case UNIT_BUSINESS_DAYS: break;
	}
	return business_days_after(w->calendars, calendar_of(w->calendars, w->country), from, a->period);
}

const struct advice *
ladder_due(const struct ladder *l, const struct providers *p, enum rung r, const struct ladder_where *w,
    int64_t from_day, int64_t *day)
{
	const struct advice *first = NULL;
	struct ladder_here at;
	int64_t end;

	ladder_here(l, r, w, true, &at);
	/* Above the provider a letter goes to one of them, the first; the time of another is not theirs. */
	if (r > RUNG_COMPLAINT && at.n > 1)
		at.n = 1;
	for (size_t i = 0; i < at.n; i++)
		for (size_t k = 0; k < at.en[i]->deadlines; k++) {
			const struct advice *a = advice_by_id(p, at.en[i]->deadline[k]);

			/* A fact of the user's own may have another shape, or be unsure. */
			if (a == NULL || !advice_instructs(a) || a->kind != ADVICE_DEADLINE ||
			    strcmp(a->who, "they") != 0 || !ladder_holds(w, a->places, a->place))
				continue;
			end = period_end(a, w, from_day);
			if (first == NULL || end < *day) {
				first = a;
				*day = end;
			}
		}
	return first;
}
