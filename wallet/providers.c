/* wallet/providers.c: see providers.h. */
#include "wallet/providers.h"

#include "wallet/money.h"

#include <string.h>
#include <strings.h>

#define FILE_NAME "providers.txt"

struct providers { struct datafile file; size_t n; struct provider p[]; };

static bool
id_ok(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s) && *s >= 'a' && strlen(s) <= 31;
}

/* All values of one key; false: too many. */
static bool
collect(const struct data_record *r, const char *key, const char *list[PROVIDER_LIST_MAX], size_t *n)
{
	for (size_t i = 0; i < r->fields; i++) {
		if (strcmp(r->field[i].key, key) != 0)
			continue;
		if (*n == PROVIDER_LIST_MAX)
			return false;
		list[(*n)++] = r->field[i].value;
	}
	return true;
}

static enum rc
provider_get(const struct datafile *f, const struct data_record *r, struct provider *out, struct err *e)
{
	const char *cur = data_get(r, "currency");

	out->id = data_get(r, "id");
	out->en = data_get(r, "en");
	out->zh = data_get(r, "zh");
	out->currency = cur != NULL ? cur : "";
	if (!id_ok(out->id))
		return data_bad(f, r, "id", N_("expected a-z, 0-9 and -"), e);
	if (cur != NULL && !currency_known(cur))
		return data_bad(f, r, "currency", N_("unknown currency"), e);
	if (!collect(r, "domain", out->domain, &out->domains))
		return data_bad(f, r, "domain", N_("too many"), e);
	if (!collect(r, "format", out->format, &out->formats))
		return data_bad(f, r, "format", N_("too many"), e);
	return data_fact(f, r, &out->fact, e);
}

enum rc
providers_load(struct providers **out, int dirfd, struct err *e)
{
	static const struct data_key keys[] = { { "id", true, false }, { "en", true, false }, { "zh", true, false },
		{ "domain", true, true }, { "format", false, true }, { "currency", false, false }, { NULL, false,
		    false } };
	struct datafile f = { .n = 0 };
	AUTO(providers_free) struct providers *p = NULL;
	enum rc rc;

	if ((rc = datafile_load(&f, dirfd, FILE_NAME, keys, e)) != OK)
		return rc;
	if ((p = calloc(1, sizeof *p + f.n * sizeof p->p[0])) == NULL) {
		datafile_free(&f);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	p->file = f;
	for (size_t i = 0; i < f.n; i++) {
		if ((rc = provider_get(&f, &f.rec[i], &p->p[i], e)) != OK)
			return rc;
		if (providers_find(p, p->p[i].id) != NULL)
			return data_bad(&f, &f.rec[i], "id", N_("stands twice"), e);
		p->n++;
	}
	*out = p;
	p = NULL;
	return OK;
}

void
providers_free(struct providers **p)
{
	if (*p != NULL)
		datafile_free(&(*p)->file);
	free(*p);
	*p = NULL;
}

size_t
providers_count(const struct providers *p)
{
	return p->n;
}

const struct provider *
providers_at(const struct providers *p, size_t i)
{
	return &p->p[i];
}

/* Equal but for ASCII case, blanks, dashes and underscores. */
static bool
same_name(const char *a, const char *b)
{
	for (;;) {
		a += strspn(a, " -_");
		b += strspn(b, " -_");
		if (*a == '\0' || *b == '\0')
			return *a == *b;
		if (strncasecmp(a, b, 1) != 0)
			return false;
		a++;
		b++;
	}
}

const struct provider *
providers_find(const struct providers *p, const char *name)
{
	const struct provider *q;

	for (size_t i = 0; i < p->n; i++) {
		q = &p->p[i];
		if (same_name(name, q->id) || same_name(name, q->en) || same_name(name, q->zh))
			return q;
		for (size_t k = 0; k < q->domains; k++)
			if (strcasecmp(name, q->domain[k]) == 0)
				return q;
	}
	return NULL;
}
