/* wallet/firststeps.c: see firststeps.h. */
#include "wallet/firststeps.h"

#include <string.h>

#define FILE_NAME "first-steps.txt"

struct firststeps { struct datafile file; size_t n; struct first_step step[]; };

static bool
kind_get(const char *s, enum step_kind *out)
{
	static const char *const names[] = { "not", "do", "know" };

	for (unsigned i = 0; i < COUNTOF(names); i++)
		if (strcmp(s, names[i]) == 0) {
			*out = (enum step_kind)i;
			return true;
		}
	return false;
}

static enum rc
step_get(const struct datafile *f, const struct data_record *r, struct first_step *out, struct err *e)
{
	const char *en = data_get(r, "detail-en"), *zh = data_get(r, "detail-zh");
	enum rc rc;

	if (!kind_get(data_get(r, "kind"), &out->kind))
		return data_bad(f, r, "kind", N_("expected not, do or know"), e);
	if ((en == NULL) != (zh == NULL))
		return data_bad(f, r, en != NULL ? "detail-zh" : "detail-en", N_("a text stands in both languages"), e);
	out->en = data_get(r, "en");
	out->zh = data_get(r, "zh");
	out->detail_en = en != NULL ? en : "";
	out->detail_zh = zh != NULL ? zh : "";
	if ((rc = data_fact(f, r, &out->fact, e)) != OK)
		return rc;
	if (out->fact.status != DATA_CONFIRMED)
		return data_bad(f, r, "status", N_("only confirmed facts stand here"), e);
	return OK;
}

enum rc
firststeps_load(struct firststeps **out, int dirfd, struct err *e)
{
	static const struct data_key keys[] = { { "kind", true, false }, { "en", true, false }, { "zh", true, false },
		{ "detail-en", false, false }, { "detail-zh", false, false }, { NULL, false, false } };
	struct datafile f = { .n = 0 };
	AUTO(firststeps_free) struct firststeps *s = NULL;
	enum rc rc;

	if ((rc = datafile_load(&f, dirfd, FILE_NAME, keys, e)) != OK)
		return rc;
	if ((s = calloc(1, sizeof *s + f.n * sizeof s->step[0])) == NULL) {
		datafile_free(&f);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	s->file = f;
	for (s->n = 0; s->n < f.n; s->n++)
		if ((rc = step_get(&f, &f.rec[s->n], &s->step[s->n], e)) != OK)
			return rc;
	*out = s;
	s = NULL;
	return OK;
}

void
firststeps_free(struct firststeps **s)
{
	if (*s != NULL)
		datafile_free(&(*s)->file);
	free(*s);
	*s = NULL;
}

size_t
firststeps_count(const struct firststeps *s)
{
	return s->n;
}

const struct first_step *
firststeps_at(const struct firststeps *s, size_t i)
{
	return &s->step[i];
}

const char *
first_step_text(const struct first_step *s, bool zh)
{
	return zh ? s->zh : s->en;
}

const char *
first_step_detail(const struct first_step *s, bool zh)
{
	return zh ? s->detail_zh : s->detail_en;
}
