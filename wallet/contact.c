/* wallet/contact.c: the words of the contact check, and the set of what is known; see contact.h. */
#include "wallet/contact_int.h"

#include "base/ascii.h"
#include "base/scope.h"

#include <stdio.h>

const char *
contact_kind_name(enum contact_kind k)
{
	static const char *const name[] = { "text", "url", "domain", "mail", "phone", "address" };

	return (unsigned)k < COUNTOF(name) ? name[k] : "";
}

bool
contact_kind_from(const char *word, enum contact_kind *out)
{
	for (enum contact_kind k = CONTACT_URL; k < CONTACT_KINDS; k++) {
		if (strcmp(word, contact_kind_name(k)) == 0 || (k == CONTACT_URL && strcmp(word, "web") == 0)) {
			*out = k;
			return true;
		}
	}
	return false;
}

const char *
contact_origin_name(enum contact_origin o)
{
	static const char *const name[] = { "shipped", "own-file", "account", "contact", "book", "history" };

	return (unsigned)o < COUNTOF(name) ? name[o] : "";
}

const char *
contact_verdict_name(enum contact_verdict v)
{
	static const char *const name[] = { "unknown", "look-alike", "partly", "reported", "match" };

	return (unsigned)v < COUNTOF(name) ? name[v] : "";
}

const char *
contact_why_name(enum contact_why w)
{
	static const char *const name[] = { "confusable", "mixed-scripts", "whole-script", "punycode", "invisible", "invalid",
		"other-ending", "added", "doubled", "omitted", "swapped", "vowel", "bit", "replaced", "hyphen", "dots", "near",
		"subdomain", "inside", "shared", "anybody", "userinfo", "path", "backslash", "percent", "control", "numbers", "port",
		"not-encrypted", "scheme", "displayed", "local-part", "digit", "country", "national", "checksum", "ends",
		"history", "private-key", "test-network" };

	_Static_assert(COUNTOF(name) == WHY_COUNT, "each has its word");
	return (unsigned)w < COUNTOF(name) ? name[w] : "";
}

/* ---- the set ---- */

enum rc
contacts_new(struct contacts **out, struct err *e)
{
	struct contacts *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	*out = c;
	return OK;
}

/* The strings of one that is known. */
static const char **
text_of(struct known *k, size_t i)
{
	const char **const t[] = { &k->who, &k->name, &k->name_zh, &k->value, &k->note, &k->source };

	return i < COUNTOF(t) ? t[i] : NULL;
}

static void
item_free(struct item *it)
{
	const char **t;

	for (size_t i = 0; (t = text_of(&it->k, i)) != NULL; i++) {
		union { const char *borrowed; char *owned; } p = { *t };

		free(p.owned);
	}
	free(it->host);
}

void
contacts_free(struct contacts **c)
{
	if (*c == NULL)
		return;
	for (size_t i = 0; i < (*c)->n; i++)
		item_free(&(*c)->item[i]);
	free((*c)->item);
	free(*c);
	*c = NULL;
}

const char *
contacts_left_out(const struct contacts *c)
{
	return c->left_out.rc != OK ? c->left_out.what : "";
}

size_t
contacts_count(const struct contacts *c)
{
	return c->n;
}

const struct known *
contacts_at(const struct contacts *c, size_t i)
{
	return &c->item[i].k;
}

static enum rc
room(struct contacts *c, struct err *e)
{
	struct item *more;
	size_t cap = c->cap == 0 ? 64 : c->cap * 2;

	if (c->n < c->cap)
		return OK;
	if ((more = realloc(c->item, cap * sizeof *more)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	c->item = more;
	c->cap = cap;
	return OK;
}

static bool
own_texts(struct known *k)
{
	bool good = true;
	const char **t;

	for (size_t i = 0; (t = text_of(k, i)) != NULL; i++)
		good = (*t = strdup(*t != NULL ? *t : "")) != NULL && good;
	return good;
}

/* ---- reading one ---- */

static void
set_brand(struct brand *b, const char *word, size_t n, const char *fold, size_t fold_n)
{
	if (n == 0 || n >= BRAND_MAX || fold_n >= BRAND_MAX)
		return;
	memcpy(b->word, word, n);
	memcpy(b->fold, fold, fold_n);
	b->word[n] = b->fold[fold_n] = '\0';
}

/* Label i of a text, from the left. */
static const char *
label(const char *s, size_t i, size_t *n)
{
	while (i > 0 && (s = strchr(s, '.')) != NULL) {
		s++;
		i--;
	}
	*n = s != NULL ? strcspn(s, ".") : 0;
	return s != NULL ? s : "";
}

static size_t
dots(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s == '.';
	return n;
}

/* paypal.com is known by "paypal", weixin.qq.com by "weixin" (and not by "qq", which is not theirs alone). A short
 * word or a service's of a host below ("www", "help") is none. */
static void
find_brand(struct item *it)
{
	const struct name_facts *f = it->host;
	size_t at = dots(f->ascii) - dots(f->registrable), n, fold_n;
	bool whole = at == 0 || it->k.kind != CONTACT_DOMAIN;
	const char *word, *fold;

	if (f->registrable[0] == '\0' || dots(f->ascii) < dots(f->registrable))
		return;
	word = label(f->unicode, whole ? at : 0, &n);
	fold = label(f->fold, whole ? at : 0, &fold_n);
	if (whole || n >= 6)
		set_brand(&it->brand[0], word, n, fold, fold_n);
}

/* The provider's own word: "apple-card" is "applecard" in an address. */
static void
second_brand(struct item *it, const struct name_source *src)
{
	char word[BRAND_MAX];
	struct name_facts f;
	size_t n = 0;

	for (const char *c = it->k.who; *c != '\0' && n + 1 < sizeof word; c++) {
		if (*c != '-')
			word[n++] = *c;
	}
	word[n] = '\0';
	if (n >= 6 && strcmp(word, it->brand[0].word) != 0 && src->line(src->ctx, word, &f))
		set_brand(&it->brand[1], word, n, f.fold, strlen(f.fold));
}

static enum rc
read_host(struct item *it, const struct name_source *src, const struct asked *q, struct err *e)
{
	struct name_source plain = name_source_plain();

	if ((it->host = calloc(1, sizeof *it->host)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((q->why & (WHY(WHY_NUMBERS) | WHY(WHY_INVALID))) != 0 || q->host[0] == '\0' ||
	    (!src->host(src->ctx, q->host, it->host) && !plain.host(NULL, q->host, it->host)) ||
	    (it->host->flags & NAME_INVALID) != 0)
		return err_set(e, E_USAGE, N_("%s is no name of a host"), q->host[0] != '\0' ? q->host : it->k.value);
	if (it->k.kind == CONTACT_URL)
		(void)snprintf(it->page, sizeof it->page, "%.*s", (int)strcspn(q->rest, "#"), q->rest);
	if (it->k.kind == CONTACT_MAIL)
		(void)snprintf(it->local, sizeof it->local, "%s", q->local);
	find_brand(it);
	if (it->k.kind == CONTACT_DOMAIN && it->k.origin == ORIGIN_SHIPPED)
		second_brand(it, src);
	return OK;
}

static enum rc
read_value(struct item *it, const struct name_source *src, struct err *e)
{
	struct asked q;
	bool web;

	contact_ask(&q, it->k.value, src);
	if (it->k.kind == CONTACT_TEXT)
		it->k.kind = q.kind;
	web = (it->k.kind == CONTACT_URL || it->k.kind == CONTACT_DOMAIN) &&
	      (q.kind == CONTACT_URL || q.kind == CONTACT_DOMAIN);
	if (it->k.kind == CONTACT_TEXT || (it->k.kind != q.kind && !web))
		return err_set(e, E_USAGE, N_("\"%s\" cannot be read as a contact of the kind %s"), it->k.value,
		    it->k.kind == CONTACT_TEXT ? "url, domain, mail, phone, address" : contact_kind_name(it->k.kind));
	switch (it->k.kind) {
	case CONTACT_PHONE:
		memcpy(it->phone, q.phone, sizeof it->phone);
		return OK;
	case CONTACT_ADDRESS:
		it->address = q.address;
		if (q.address.private_key)
			return err_set(e, E_USAGE, N_("this is a private key, not an address. Nothing was kept"));
		if (q.address.sum == SUM_BAD)
			return err_set(e, E_USAGE, N_("the checksum of this address is wrong: it was not copied whole"));
		return OK;
	default:
		return read_host(it, src, &q, e);
	}
}

enum rc
contacts_add(struct contacts *c, const struct name_source *src, const struct known *k, struct err *e)
{
	struct item it = { .k = *k };
	enum rc rc;

	if (!own_texts(&it.k))
		rc = err_set(e, E_NOMEM, N_("out of memory"));
	else if ((rc = room(c, e)) == OK && (rc = read_value(&it, src, e)) == OK)
		c->item[c->n++] = it;
	if (rc != OK)
		item_free(&it);
	return rc;
}

/* ---- what is shipped ---- */

static struct known
known_fact(const struct provider *p, const struct fact *f, bool own, int64_t now_ms)
{
	struct known k = { .origin = own ? ORIGIN_FILE : ORIGIN_SHIPPED,
		.who = p->id,
		.name = p->en,
		.name_zh = p->zh,
		.note = "",
		.source = f->source,
		.status = f->status,
		.stale = fact_stale(f, now_ms) };

	memcpy(k.date, f->checked, sizeof k.date);
	return k;
}

/* Of the user's own file only what can be read: what is shipped must be answered in any case. */
static enum rc
add_fact(struct contacts *c, const struct name_source *src, const struct known *k, struct err *e)
{
	struct err why = { .rc = OK };
	enum rc rc = contacts_add(c, src, k, &why);

	if (rc == E_USAGE && k->origin == ORIGIN_FILE) {
		c->left_out = why;
		return OK;
	}
	if (rc != OK && e != NULL)
		*e = why;
	return rc;
}

static enum rc
add_facts(struct contacts *c, const struct name_source *src, const struct providers *all, const struct provider *p,
    int64_t now_ms, struct err *e)
{
	enum rc rc = OK;

	for (size_t i = 0; i < advice_count(all) && rc == OK; i++) {
		const struct advice *a = advice_at(all, i);
		struct known k;

		if (!advice_of(a, p->id) || strcmp(a->of[0], p->id) != 0 || a->value[0] == '\0' ||
		    a->fact.status == DATA_UNCONFIRMED)
			continue;
		k = known_fact(p, &a->fact, a->own, now_ms);
		k.kind = strcmp(a->by, "phone") == 0 ? CONTACT_PHONE : strcmp(a->by, "mail") == 0 ? CONTACT_MAIL : CONTACT_URL;
		k.value = a->value;
		k.note = a->id;
		rc = add_fact(c, src, &k, e);
	}
	return rc;
}

enum rc
contacts_add_providers(struct contacts *c, const struct name_source *src, const struct providers *p, int64_t now_ms,
    struct err *e)
{
	enum rc rc = OK;

	for (size_t i = 0; i < providers_count(p) && rc == OK; i++) {
		const struct provider *q = providers_at(p, i);

		if (q->class == CLASS_LAW || q->fact.status == DATA_UNCONFIRMED)
			continue;
		for (size_t d = 0; d < q->domains && rc == OK; d++) {
			struct known k = known_fact(q, &q->fact, q->own, now_ms);

			k.kind = CONTACT_DOMAIN;
			k.value = q->domain[d];
			rc = add_fact(c, src, &k, e);
		}
	}
	for (size_t i = 0; i < providers_count(p) && rc == OK; i++)
		rc = add_facts(c, src, p, providers_at(p, i), now_ms, e);
	return rc;
}
