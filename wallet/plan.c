/* wallet/plan.c: see plan.h. */
#include "wallet/plan.h"

#include "base/num.h"
#include "base/scope.h"

#include <stdlib.h>
#include <string.h>

#define FILE_NAME "incident-steps.txt"
#define BEHIND 34u                      /* phases that a mailbox which resets nothing moves back: 10 becomes 44 */

struct plan_defs { struct datafile file; struct plan_def *def; size_t n; };

void
plan_defs_free(struct plan_defs **p)
{
	if (*p == NULL)
		return;
	datafile_free(&(*p)->file);
	free((*p)->def);
	free(*p);
	*p = NULL;
}

static const struct data_key keys[] = {
	{ "step", true, false }, { "when", true, false }, { "for", true, false }, { "phase", true, false },
	{ "channels", false, false }, { "ref", false, false }, { "command", false, false }, { "en", true, false },
	{ "zh", true, false }, { "say-en", false, false }, { "say-zh", false, false }, { "never-en", false, false },
	{ "never-zh", false, false }, { "note-en", false, false }, { "note-zh", false, false }, { NULL, false, false }
};
static const struct data_shape shapes[] = { { "step", keys, false }, { NULL, NULL, false } };

/* ---- reading ---- */

/* The words of a value as bits; false: one of them is none of those that bit() knows. */
static bool
words(const char *s, bool (*bit)(const char *word, unsigned *out), unsigned *bits)
{
	char word[32];

	for (*bits = 0; *s != '\0'; s += strspn(s, " ")) {
		size_t n = strcspn(s, " ");
		unsigned b;

		if (n == 0 || n >= sizeof word)
			return false;
		memcpy(word, s, n);
		word[n] = '\0';
		if (!bit(word, &b))
			return false;
		*bits |= 1U << b;
		s += n;
	}
	return *bits != 0;
}

static bool
kind_bit(const char *word, unsigned *out)
{
	enum incident_kind k;

	if (!incident_kind_from(word, &k))
		return false;
	*out = k;
	return true;
}

static bool
channel_bit(const char *word, unsigned *out)
{
	for (unsigned k = 0; k < ADVICE_COUNT; k++)
		if (strcmp(advice_kind_name(k), word) == 0) {
			*out = k;
			return true;
		}
	return false;
}

static bool
for_of(const char *s, enum plan_for *out)
{
	static const char *const names[PLAN_FOR_COUNT] = { [PLAN_ONCE] = "once", [PLAN_ACCOUNT] = "account",
		[PLAN_MAILBOX] = "mailbox", [PLAN_SIM] = "sim", [PLAN_OPEN_STORE] = "open-store",
		[PLAN_FROZEN_STORE] = "frozen-store" };

	for (unsigned i = 0; i < PLAN_FOR_COUNT; i++)
		if (strcmp(names[i], s) == 0) {
			*out = (enum plan_for)i;
			return true;
		}
	return false;
}

static const char *
get(const struct data_record *r, const char *key)
{
	const char *s = data_get(r, key);

	return s != NULL ? s : "";
}

static enum rc
def_read(const struct datafile *f, const struct data_record *r, struct plan_def *d, struct err *e)
{
	uint64_t phase;
	enum rc rc;

	d->key = get(r, "step");
	if (strspn(d->key, "abcdefghijklmnopqrstuvwxyz-") != strlen(d->key) || strlen(d->key) > 31)
		return data_bad(f, r, "step", N_("not small letters and dashes"), e);
	if (!words(get(r, "when"), kind_bit, &d->kinds))
		return data_bad(f, r, "when", N_("not a list of kinds of incident"), e);
	if (!for_of(get(r, "for"), &d->of))
		return data_bad(f, r, "for", N_("not one of the words for whom a step is"), e);
	if (!num_u64(get(r, "phase"), 1, 99, &phase))
		return data_bad(f, r, "phase", N_("not a number from 1 to 99"), e);
	d->phase = (unsigned)phase;
	if (data_get(r, "channels") != NULL && !words(get(r, "channels"), channel_bit, &d->channels))
		return data_bad(f, r, "channels", N_("not a list of kinds of advice"), e);
	if (data_get(r, "ref") != NULL && strcmp(get(r, "ref"), "yes") != 0)
		return data_bad(f, r, "ref", N_("only yes can stand here"), e);
	d->ref = data_get(r, "ref") != NULL;
	d->command = get(r, "command");
	d->en = get(r, "en");
	d->zh = get(r, "zh");
	d->say_en = get(r, "say-en");
	d->say_zh = get(r, "say-zh");
	d->never_en = get(r, "never-en");
	d->never_zh = get(r, "never-zh");
	d->note_en = get(r, "note-en");
	d->note_zh = get(r, "note-zh");
	if ((d->say_en[0] == '\0') != (d->say_zh[0] == '\0') || (d->never_en[0] == '\0') != (d->never_zh[0] == '\0') ||
	    (d->note_en[0] == '\0') != (d->note_zh[0] == '\0'))
		return data_bad(f, r, "step", N_("a text stands there in one language only"), e);
	if ((rc = data_fact(f, r, &d->fact, e)) != OK)
		return rc;
	return d->fact.status == DATA_CONFIRMED ? OK : data_bad(f, r, "status", N_("a step must be confirmed"), e);
}

static enum rc
defs_read(struct plan_defs *p, struct err *e)
{
	enum rc rc;

	if ((p->def = calloc(p->file.n + 1, sizeof *p->def)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < p->file.n; i++) {
		if ((rc = def_read(&p->file, &p->file.rec[i], &p->def[i], e)) != OK)
			return rc;
		if (plan_def(p, p->def[i].key) != NULL)
			return data_bad(&p->file, &p->file.rec[i], "step", N_("there twice"), e);
		p->n++;
	}
	return OK;
}

enum rc
plan_defs_load(struct plan_defs **out, int dirfd, struct err *e)
{
	AUTO(plan_defs_free) struct plan_defs *p = calloc(1, sizeof *p);
	enum rc rc;

	if (p == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = datafile_shapes(&p->file, dirfd, FILE_NAME, shapes, e)) != OK || (rc = defs_read(p, e)) != OK)
		return rc;
	*out = p;
	p = NULL;
	return OK;
}

enum rc
plan_defs_parse(struct plan_defs **out, struct buf *text, const char *name, struct err *e)
{
	AUTO(plan_defs_free) struct plan_defs *p = calloc(1, sizeof *p);
	enum rc rc;

	if (p == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = datafile_parse(&p->file, text, name, shapes, e)) != OK || (rc = defs_read(p, e)) != OK)
		return rc;
	*out = p;
	p = NULL;
	return OK;
}

size_t
plan_defs_count(const struct plan_defs *p)
{
	return p->n;
}

const struct plan_def *
plan_defs_at(const struct plan_defs *p, size_t i)
{
	return &p->def[i];
}

const struct plan_def *
plan_def(const struct plan_defs *p, const char *key)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->def[i].key, key) == 0)
			return &p->def[i];
	return NULL;
}

/* ---- order ---- */

void
plan_free(struct plan *p)
{
	free(p->step);
	*p = (struct plan){ .n = 0 };
}

static bool
resets(enum provider_class c)
{
	return c == CLASS_MAILBOX || c == CLASS_SIM;
}

/* The account that comes first: below 0 when it is a. */
static int
before(const struct plan_account *a, const struct plan_account *b)
{
	if (a->controls != b->controls)
		return a->controls > b->controls ? -1 : 1;
	if (a->saving != b->saving)
		return a->saving < b->saving ? -1 : 1;
	if ((a->seconds < 0) != (b->seconds < 0))
		return a->seconds >= 0 ? -1 : 1;
	if (a->seconds != b->seconds)
		return a->seconds < b->seconds ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* How many of the accounts come before i. */
static size_t
rank_of(const struct plan_in *in, size_t i)
{
	size_t n = 1;

	for (size_t k = 0; k < in->n; k++)
		n += k != i && before(&in->a[k], &in->a[i]) < 0;
	return n;
}

static void
put(struct plan *p, const struct plan_def *d, int64_t account, size_t rank, unsigned phase)
{
	p->step[p->n++] = (struct plan_step){ d, account, phase, rank };
}

static bool
is_for(enum plan_for of, enum provider_class class)
{
	return of == PLAN_MAILBOX ? class == CLASS_MAILBOX : of == PLAN_SIM ? class == CLASS_SIM : !resets(class);
}

static void
each_account(struct plan *p, const struct plan_in *in, const struct plan_def *d)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct plan_account *a = &in->a[i];

		if (is_for(d->of, a->class))
			put(p, d, a->id, rank_of(in, i), resets(a->class) && a->controls == 0 ? d->phase + BEHIND : d->phase);
	}
}

static void
add(struct plan *p, const struct plan_in *in, const struct plan_def *d)
{
	switch (d->of) {
	case PLAN_ONCE:
		put(p, d, 0, 0, d->phase);
		return;
	case PLAN_OPEN_STORE:
	case PLAN_FROZEN_STORE:
		if (d->of == PLAN_FROZEN_STORE ? in->frozen : !in->frozen && !in->thawed)
			put(p, d, 0, 0, d->phase);
		return;
	case PLAN_MAILBOX:
	case PLAN_SIM:
		/* Everybody has one, entered or not. */
		if (!(d->of == PLAN_MAILBOX ? in->mailbox : in->sim)) {
			put(p, d, 0, SIZE_MAX, d->phase);       /* those that he has entered first */
			return;
		}
		each_account(p, in, d);
		return;
	case PLAN_ACCOUNT:
	case PLAN_FOR_COUNT:
		each_account(p, in, d);
		return;
	}
}

static int
by_order(const void *x, const void *y)
{
	const struct plan_step *a = x, *b = y;

	if (a->phase != b->phase)
		return a->phase < b->phase ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return strcmp(a->def->key, b->def->key);
}

enum rc
plan_make(const struct plan_defs *defs, const struct plan_in *in, struct plan *out, struct err *e)
{
	struct plan p = { .n = 0 };

	if ((p.step = calloc(defs->n * (in->n + 1) + 1, sizeof *p.step)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < defs->n; i++)
		if (defs->def[i].kinds & 1U << in->kind)
			add(&p, in, &defs->def[i]);
	qsort(p.step, p.n, sizeof *p.step, by_order);
	*out = p;
	return OK;
}
