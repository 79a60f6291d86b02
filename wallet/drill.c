/* wallet/drill.c: see drill.h. */
#include "wallet/drill.h"

#include "base/num.h"

#include <string.h>

#define FILE_NAME "drill.txt"

struct drill { struct datafile file; size_t n; struct drill_scene scene[]; };

static const struct data_key scene_keys[] = { { "scene", true, false }, { "clock", true, false }, { "does", true, false },
	{ "en", true, false }, { "zh", true, false }, { "a-en", false, false }, { "a-zh", false, false }, { "b-en", false, false },
	{ "b-zh", false, false }, { "c-en", false, false }, { "c-zh", false, false }, { "d-en", false, false },
	{ "d-zh", false, false }, { "right", false, false }, { "step", false, true }, { "why-en", true, false },
	{ "why-zh", true, false }, { "topic", true, false }, { NULL, false, false } };
static const struct data_shape shapes[] = { { "scene", scene_keys, false }, { NULL, NULL, false } };

static bool
clock_get(const char *s, unsigned *out)
{
	unsigned h, m;

	if (strlen(s) != 5 || s[2] != ':' || !num_digits(s, 2, &h) || !num_digits(s + 3, 2, &m) || h > 23 || m > 59)
		return false;
	*out = (h * 60 + m) * 60;
	return true;
}

static bool
act_get(const char *s, enum drill_act *out)
{
	static const char *const names[] = { "nothing", "freeze", "order", "notice", "evidence" };

	for (unsigned i = 0; i < COUNTOF(names); i++)
		if (strcmp(s, names[i]) == 0) {
			*out = (enum drill_act)i;
			return true;
		}
	return false;
}

/* a, b ... without a gap, and which of them is right. */
static enum rc
take_choices(const struct datafile *f, const struct data_record *r, struct drill_scene *to, struct err *e)
{
	static const char *const key[DRILL_CHOICES_MAX][2] = { { "a-en", "a-zh" }, { "b-en", "b-zh" }, { "c-en", "c-zh" },
		{ "d-en", "d-zh" } };
	const char *right = data_get(r, "right");

	for (size_t i = 0; i < DRILL_CHOICES_MAX; i++) {
		const char *en = data_get(r, key[i][0]), *zh = data_get(r, key[i][1]);

		if ((en == NULL) != (zh == NULL))
			return data_bad(f, r, key[i][en != NULL], N_("a text stands in both languages"), e);
		if (en != NULL && i != to->choices)
			return data_bad(f, r, key[i][0], N_("the answer before is missing"), e);
		if (en != NULL)
			to->choice[to->choices++] = (struct guide_text){ en, zh };
	}
	if (to->choices < 2)
		return data_bad(f, r, "b-en", N_("missing"), e);
	if (right == NULL || strlen(right) != 1 || right[0] < 'a' || right[0] >= 'a' + (int)to->choices)
		return data_bad(f, r, "right", N_("not one of the answers"), e);
	to->right = (size_t)(right[0] - 'a');
	return OK;
}

static enum rc
take_steps(const struct datafile *f, const struct data_record *r, struct drill_scene *to, struct err *e)
{
	const char *s;

	if (data_get(r, "a-en") != NULL || data_get(r, "right") != NULL)
		return data_bad(f, r, "right", N_("steps to be put in order have no answers"), e);
	for (; (s = data_nth(r, "step", to->choices)) != NULL; to->step[to->choices++] = s) {
		if (to->choices == DRILL_CHOICES_MAX)
			return data_bad(f, r, "step", N_("too many"), e);
		for (size_t i = 0; i < to->choices; i++)
			if (strcmp(to->step[i], s) == 0)
				return data_bad(f, r, "step", N_("stands twice"), e);
	}
	return to->choices < 2 ? data_bad(f, r, "step", N_("missing"), e) : OK;
}

static enum rc
take_scene(const struct datafile *f, const struct data_record *r, struct drill_scene *to, struct err *e)
{
	enum rc rc;

	*to = (struct drill_scene){ .id = data_get(r, "scene"), .topic = data_get(r, "topic"),
		.said = { data_get(r, "en"), data_get(r, "zh") }, .why = { data_get(r, "why-en"), data_get(r, "why-zh") } };
	if (!clock_get(data_get(r, "clock"), &to->clock_s))
		return data_bad(f, r, "clock", N_("not a time (HH:MM)"), e);
	if (!act_get(data_get(r, "does"), &to->act))
		return data_bad(f, r, "does", N_("expected freeze, order, notice, evidence or nothing"), e);
	if (to->act != DRILL_ORDER && data_get(r, "step") != NULL)
		return data_bad(f, r, "step", N_("only where steps are put in order"), e);
	rc = to->act == DRILL_ORDER ? take_steps(f, r, to, e) : take_choices(f, r, to, e);
	if (rc != OK || (rc = data_fact(f, r, &to->fact, e)) != OK)
		return rc;
	if (to->fact.status != DATA_CONFIRMED)
		return data_bad(f, r, "status", N_("only confirmed facts stand here"), e);
	return OK;
}

/* f is taken over. */
static enum rc
drill_of(struct drill **out, struct datafile *f, struct err *e)
{
	AUTO(drill_free) struct drill *d = calloc(1, sizeof *d + f->n * sizeof d->scene[0]);
	enum rc rc;

	if (d == NULL) {
		datafile_free(f);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	d->file = *f;
	for (; d->n < d->file.n; d->n++) {
		if ((rc = take_scene(&d->file, &d->file.rec[d->n], &d->scene[d->n], e)) != OK)
			return rc;
		if (d->n > 0 && d->scene[d->n].clock_s < d->scene[d->n - 1].clock_s)
			return data_bad(&d->file, &d->file.rec[d->n], "clock", N_("before the scene above"), e);
	}
	*out = d;
	d = NULL;
	return OK;
}

enum rc
drill_load(struct drill **out, int dirfd, struct err *e)
{
	struct datafile f = { .n = 0 };
	enum rc rc = datafile_shapes(&f, dirfd, FILE_NAME, shapes, e);

	return rc == OK ? drill_of(out, &f, e) : rc;
}

enum rc
drill_parse(struct drill **out, struct buf *text, const char *name, struct err *e)
{
	struct datafile f = { .n = 0 };
	enum rc rc = datafile_parse(&f, text, name, shapes, e);

	return rc == OK ? drill_of(out, &f, e) : rc;
}

void
drill_free(struct drill **d)
{
	if (*d != NULL)
		datafile_free(&(*d)->file);
	free(*d);
	*d = NULL;
}

size_t drill_count(const struct drill *d) { return d->n; }
const struct drill_scene *drill_at(const struct drill *d, size_t i) { return &d->scene[i]; }

/* ---- counting ---- */

static void
timed(struct drill_score *s, bool right, int64_t ms)
{
	s->questions++;
	s->right += right;
	if (ms < 0)
		return;
	s->ms += ms;
	s->of += DRILL_FAST;
	if (right)
		s->points += ms <= DRILL_FAST_MS ? DRILL_FAST : ms <= DRILL_SOON_MS ? DRILL_SOON : 0;
}

void
drill_answer(struct drill_score *s, bool right, int64_t ms)
{
	s->of += DRILL_RIGHT;
	s->points += right ? DRILL_RIGHT : 0;
	timed(s, right, ms);
}

size_t
drill_order(struct drill_score *s, const size_t *order, size_t n, int64_t ms)
{
	size_t there = 0;

	for (size_t i = 0; i < n; i++)
		there += order[i] == i;
	s->of += DRILL_PLACE * (unsigned)n;
	s->points += DRILL_PLACE * (unsigned)there;
	timed(s, there == n, ms);
	return there;
}
