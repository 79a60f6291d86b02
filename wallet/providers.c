/* wallet/providers.c: see providers.h. The facts are read in advice.c. */
#include "wallet/providers_int.h"

#include "wallet/money.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>

#define MANY_KEY(k) { k, false, true }
#define ONE(k) { k, false, false }
#define NEED(k) { k, true, false }
#define NO_MORE { NULL, false, false }

static const struct data_key provider_keys[] = { NEED("provider"), NEED("class"), NEED("en"), ONE("zh"),
	MANY_KEY("domain"), MANY_KEY("alias"), MANY_KEY("format"), ONE("currency"), NO_MORE };
static const struct data_key law_keys[] = { NEED("law"), NEED("en"), ONE("zh"), { "jurisdiction", true, true },
	MANY_KEY("class"), NO_MORE };
static const struct data_key fact_keys[] = { NEED("fact"), { "of", true, true }, NEED("kind"), ONE("by"), ONE("en"),
	ONE("zh"), ONE("value"), MANY_KEY("jurisdiction"), ONE("who"), ONE("period"), ONE("from"), ONE("duty"),
	NO_MORE };
static const struct data_shape shapes[] = { { "provider", provider_keys, false }, { "law", law_keys, false },
	{ "fact", fact_keys, false }, { NULL, NULL, false } };

bool
data_id_ok(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s) && *s >= 'a' && strlen(s) <= 31;
}

bool
data_collect(const struct data_record *r, const char *key, const char *list[PROVIDER_LIST_MAX], size_t *n)
{
	for (*n = 0; data_nth(r, key, *n) != NULL; ++*n) {
		if (*n == PROVIDER_LIST_MAX)
			return false;
		list[*n] = data_nth(r, key, *n);
	}
	return true;
}

bool
data_place_ok(const char *s)
{
	return strcmp(s, "EEA") == 0 || (strlen(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z');
}

static bool
class_get(const char *s, enum provider_class *out)
{
	static const char *const names[] = { "wallet", "card", "bank", "exchange", "mailbox", "sim" };

	for (unsigned i = 0; i < COUNTOF(names); i++)
		if (strcmp(s, names[i]) == 0) {
			*out = (enum provider_class)i;
			return true;
		}
	return false;
}

/* The names in both languages; a user's own file may have one. */
static enum rc
names_get(const struct datafile *f, const struct data_record *r, bool own, struct provider *out, struct err *e)
{
	out->en = data_get(r, "en");
	out->zh = data_get(r, "zh");
	if (out->zh == NULL && !own)
		return data_bad(f, r, "zh", N_("missing"), e);
	if (out->zh == NULL)
		out->zh = out->en;
	if (!data_id_ok(out->id))
		return data_bad(f, r, out->class == CLASS_LAW ? "law" : "provider", N_("expected a-z, 0-9 and -"), e);
	return OK;
}

#define MONEY_CLASSES (1U << CLASS_WALLET | 1U << CLASS_CARD | 1U << CLASS_BANK | 1U << CLASS_EXCHANGE)

static enum rc
law_get(const struct datafile *f, const struct data_record *r, bool own, struct provider *out, struct err *e)
{
	enum provider_class class;
	const char *v;
	enum rc rc;

	*out = (struct provider){ .id = data_get(r, "law"), .class = CLASS_LAW, .currency = "", .own = own };
	if ((rc = names_get(f, r, own, out, e)) != OK)
		return rc;
	if (!data_collect(r, "jurisdiction", out->place, &out->places))
		return data_bad(f, r, "jurisdiction", N_("too many"), e);
	for (size_t i = 0; i < out->places; i++)
		if (!data_place_ok(out->place[i]))
			return data_bad(f, r, "jurisdiction", N_("expected two capital letters, or EEA"), e);
	for (size_t i = 0; (v = data_nth(r, "class", i)) != NULL; i++) {
		if (!class_get(v, &class))
			return data_bad(f, r, "class", N_("expected wallet, card, bank, exchange, mailbox or sim"), e);
		out->classes |= 1U << class;
	}
	if (out->classes == 0)
		out->classes = MONEY_CLASSES;
	return data_fact(f, r, &out->fact, e);
}

static enum rc
provider_get(const struct datafile *f, const struct data_record *r, bool own, struct provider *out, struct err *e)
{
	const char *cur = data_get(r, "currency");
	enum rc rc;

	*out = (struct provider){ .id = data_get(r, "provider"), .currency = cur != NULL ? cur : "", .own = own };
	if ((rc = names_get(f, r, own, out, e)) != OK)
		return rc;
	if (!class_get(data_get(r, "class"), &out->class))
		return data_bad(f, r, "class", N_("expected wallet, card, bank, exchange, mailbox or sim"), e);
	if (cur != NULL && !currency_known(cur))
		return data_bad(f, r, "currency", N_("unknown currency"), e);
	if (!data_collect(r, "domain", out->domain, &out->domains))
		return data_bad(f, r, "domain", N_("too many"), e);
	if (!data_collect(r, "format", out->format, &out->formats))
		return data_bad(f, r, "format", N_("too many"), e);
	if (!data_collect(r, "alias", out->alias, &out->aliases))
		return data_bad(f, r, "alias", N_("too many"), e);
	return data_fact(f, r, &out->fact, e);
}

/* ---- one file ---- */

static struct provider *
by_id(struct provider *p, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(p[i].id, id) == 0)
			return &p[i];
	return NULL;
}

static struct advice *
advice_by_id(struct advice *a, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(a[i].id, id) == 0)
			return &a[i];
	return NULL;
}

/* The records of file number `at`, checked, after those that are there. Ids stand once in a file. */
static enum rc
take_records(struct providers *p, size_t at, bool own, struct err *e)
{
	const struct datafile *f = &p->file[at];
	size_t n0 = p->n, a0 = p->advices;
	enum rc rc = OK;

	for (size_t i = 0; i < f->n && rc == OK; i++) {
		const struct data_record *r = &f->rec[i];
		const char *first = r->shape->first;

		if (strcmp(first, "fact") == 0) {
			struct advice a;

			if ((rc = advice_get(f, r, own, &a, e)) != OK)
				break;
			if (advice_by_id(p->advice + a0, p->advices - a0, a.id) != NULL)
				rc = data_bad(f, r, first, N_("stands twice"), e);
			p->advice[p->advices++] = a;
		} else {
			struct provider q;

			if ((rc = (*first == 'l' ? law_get : provider_get)(f, r, own, &q, e)) != OK)
				break;
			if (by_id(p->p + n0, p->n - n0, q.id) != NULL)
				rc = data_bad(f, r, first, N_("stands twice"), e);
			p->p[p->n++] = q;
		}
	}
	return rc;
}

/* What a later file says of an id takes the place of what an earlier one said. */
static void
merge(struct providers *p, size_t n0, size_t a0)
{
	size_t n = n0, a = a0;

	for (size_t i = n0; i < p->n; i++) {
		struct provider *old = by_id(p->p, n0, p->p[i].id);

		*(old != NULL ? old : &p->p[n++]) = p->p[i];
	}
	p->n = n;
	for (size_t i = a0; i < p->advices; i++) {
		struct advice *old = advice_by_id(p->advice, a0, p->advice[i].id);

		*(old != NULL ? old : &p->advice[a++]) = p->advice[i];
	}
	p->advices = a;
}

/* Whom a shipped fact is about is known; a user's own may be about any word that an account has as its provider. */
static enum rc
check_of(const struct providers *p, const struct datafile *f, struct err *e)
{
	for (size_t i = 0; i < f->n; i++) {
		const char *of;

		for (size_t k = 0; (of = data_nth(&f->rec[i], "of", k)) != NULL; k++)
			if (by_id(p->p, p->n, of) == NULL)
				return data_bad(f, &f->rec[i], "of", N_("no such provider or law"), e);
	}
	return OK;
}

static enum rc
add_file(struct providers *p, struct datafile *f, bool own, struct err *e)
{
	size_t n0 = p->n, a0 = p->advices;
	void *more;
	enum rc rc;

	if ((more = realloc(p->p, (p->n + f->n) * sizeof *p->p)) != NULL)
		p->p = more;
	if (more == NULL || (more = realloc(p->advice, (p->advices + f->n) * sizeof *p->advice)) == NULL) {
		datafile_free(f);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	p->advice = more;
	p->file[p->files] = *f;
	if ((rc = take_records(p, p->files, own, e)) == OK && !own)
		rc = check_of(p, f, e);
	if (rc != OK) {
		p->n = n0;
		p->advices = a0;
		datafile_free(f);
		return rc;
	}
	merge(p, n0, a0);
	p->files++;
	return OK;
}

static enum rc
load_file(struct providers *p, int dirfd, const char *name, bool own, struct err *e)
{
	struct datafile f = { .n = 0 };
	enum rc rc = datafile_shapes(&f, dirfd, name, shapes, e);

	return rc == OK ? add_file(p, &f, own, e) : rc;
}

enum rc
providers_load(struct providers **out, int dirfd, struct err *e)
{
	AUTO(providers_free) struct providers *p = calloc(1, sizeof *p);
	enum rc rc;

	if (p == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = load_file(p, dirfd, "providers.txt", false, e)) != OK ||
	    (rc = load_file(p, dirfd, "laws.txt", false, e)) != OK)
		return rc;
	*out = p;
	p = NULL;
	return OK;
}

enum rc
providers_none(struct providers **out, struct err *e)
{
	if ((*out = calloc(1, sizeof **out)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	return OK;
}

enum rc
providers_own(struct providers *p, const char *path, struct err *e)
{
	if (p->files == COUNTOF(p->file))
		return err_set(e, E_INPUT, N_("too many files of providers"));
	return load_file(p, AT_FDCWD, path, true, e);
}

enum rc
providers_parse(struct providers **out, struct buf *text, const char *name, bool own, struct err *e)
{
	AUTO(providers_free) struct providers *p = calloc(1, sizeof *p);
	struct datafile f = { .n = 0 };
	enum rc rc;

	if (p == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = datafile_parse(&f, text, name, shapes, e)) != OK || (rc = add_file(p, &f, own, e)) != OK)
		return rc;
	*out = p;
	p = NULL;
	return OK;
}

void
providers_free(struct providers **p)
{
	if (*p == NULL)
		return;
	for (size_t i = 0; i < (*p)->files; i++)
		datafile_free(&(*p)->file[i]);
	free((*p)->p);
	free((*p)->advice);
	free(*p);
	*p = NULL;
}

/* ---- looking up ---- */

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

const char *
provider_name(const struct provider *q, bool zh)
{
	return zh ? q->zh : q->en;
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

static bool
is_called(const struct provider *q, const char *name)
{
	if (q->class == CLASS_LAW)
		return strcmp(q->id, name) == 0;
	if (same_name(name, q->id) || same_name(name, q->en) || same_name(name, q->zh))
		return true;
	for (size_t k = 0; k < q->aliases; k++)
		if (same_name(name, q->alias[k]))
			return true;
	for (size_t k = 0; k < q->domains; k++)
		if (strcasecmp(name, q->domain[k]) == 0)
			return true;
	return false;
}

const struct provider *
providers_find(const struct providers *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (is_called(&p->p[i], name))
			return &p->p[i];
	return NULL;
}
