/* wallet/guide.c: see guide.h. guide_search.c looks for words. */
#include "wallet/guide.h"

#include "base/ascii.h"

#include <string.h>

#define FILE_NAME "guide.txt"

struct guide { struct datafile file; size_t groups, topics; struct guide_group *group; struct guide_topic *topic; };

static const struct data_key group_keys[] = { { "group", true, false }, { "en", true, false }, { "zh", true, false },
	{ NULL, false, false } };
static const struct data_key topic_keys[] = { { "topic", true, false }, { "of", true, false }, { "en", true, false },
	{ "zh", true, false }, { "words", false, false }, { "answer-en", true, false }, { "answer-zh", true, false },
	{ "see", false, true }, { "fact", false, true }, { NULL, false, false } };
static const struct data_key card_keys[] = { { "card", true, false }, { "not-en", false, true }, { "not-zh", false, true },
	{ "do-en", true, true }, { "do-zh", true, true }, { NULL, false, false } };
static const struct data_shape shapes[] = { { "group", group_keys, true }, { "topic", topic_keys, false },
	{ "card", card_keys, true }, { NULL, NULL, false } };

static bool
id_ok(const char *id)
{
	return id[0] >= 'a' && id[0] <= 'z' && id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0' && strlen(id) <= 24;
}

static struct guide_text
pair(const struct data_record *r, const char *en, const char *zh)
{
	return (struct guide_text){ data_get(r, en), data_get(r, zh) };
}

/* The values of a key that may stand several times. */
static enum rc
take_list(const struct datafile *f, const struct data_record *r, const char *key, const char **out, size_t *n, size_t max,
    struct err *e)
{
	const char *v;

	for (*n = 0; (v = data_nth(r, key, *n)) != NULL; out[(*n)++] = v)
		if (*n == max)
			return data_bad(f, r, key, N_("too many"), e);
	return OK;
}

/* The same in two languages: the first of one goes with the first of the other. */
static enum rc
take_pairs(const struct datafile *f, const struct data_record *r, const char *en, const char *zh, struct guide_text *out,
    size_t *n, struct err *e)
{
	const char *first[GUIDE_LINES_MAX], *second[GUIDE_LINES_MAX];
	size_t other;
	enum rc rc;

	if ((rc = take_list(f, r, en, first, n, GUIDE_LINES_MAX, e)) != OK ||
	    (rc = take_list(f, r, zh, second, &other, GUIDE_LINES_MAX, e)) != OK)
		return rc;
	if (*n != other)
		return data_bad(f, r, *n > other ? en : zh, N_("a text stands in both languages"), e);
	for (size_t i = 0; i < *n; i++)
		out[i] = (struct guide_text){ first[i], second[i] };
	return OK;
}

static enum rc
take_group(struct guide *g, const struct data_record *r, struct err *e)
{
	struct guide_group *to = &g->group[g->groups];

	*to = (struct guide_group){ data_get(r, "group"), pair(r, "en", "zh") };
	for (size_t i = 0; i < g->groups; i++)
		if (strcmp(g->group[i].id, to->id) == 0)
			return data_bad(&g->file, r, "group", N_("stands twice"), e);
	g->groups++;
	return OK;
}

static enum rc
take_topic(struct guide *g, const struct data_record *r, struct err *e)
{
	const char *of = data_get(r, "of"), *words = data_get(r, "words");
	struct guide_topic *t = &g->topic[g->topics];
	enum rc rc;

	if (g->topics > 0 && t[-1].dos == 0)
		return data_bad(&g->file, r, "topic", N_("the topic before has no card"), e);
	*t = (struct guide_topic){ .id = data_get(r, "topic"), .words = words != NULL ? words : "",
		.title = pair(r, "en", "zh"), .answer = pair(r, "answer-en", "answer-zh") };
	if (!id_ok(t->id))
		return data_bad(&g->file, r, "topic", N_("a-z, 0-9 and dashes, at most 24"), e);
	for (size_t i = 0; i < g->topics; i++)
		if (strcmp(g->topic[i].id, t->id) == 0)
			return data_bad(&g->file, r, "topic", N_("stands twice"), e);
	while (t->group < g->groups && strcmp(g->group[t->group].id, of) != 0)
		t->group++;
	if (t->group == g->groups)
		return data_bad(&g->file, r, "of", N_("no such group above"), e);
	if ((rc = take_list(&g->file, r, "see", t->see, &t->sees, GUIDE_SEE_MAX, e)) != OK ||
	    (rc = take_list(&g->file, r, "fact", t->fact_id, &t->facts, GUIDE_SEE_MAX, e)) != OK ||
	    (rc = data_fact(&g->file, r, &t->fact, e)) != OK)
		return rc;
	if (t->fact.status != DATA_CONFIRMED)
		return data_bad(&g->file, r, "status", N_("only confirmed facts stand here"), e);
	g->topics++;
	return OK;
}

static enum rc
take_card(struct guide *g, const struct data_record *r, struct err *e)
{
	struct guide_topic *t = g->topics > 0 ? &g->topic[g->topics - 1] : NULL;
	enum rc rc;

	if (t == NULL || t->dos > 0 || strcmp(t->id, data_get(r, "card")) != 0)
		return data_bad(&g->file, r, "card", N_("not the topic above"), e);
	rc = take_pairs(&g->file, r, "not-en", "not-zh", t->not, &t->nots, e);
	return rc == OK ? take_pairs(&g->file, r, "do-en", "do-zh", t->to_do, &t->dos, e) : rc;
}

static enum rc
take_all(struct guide *g, struct err *e)
{
	enum rc rc = OK;

	for (size_t i = 0; i < g->file.n && rc == OK; i++) {
		const struct data_record *r = &g->file.rec[i];

		rc = r->shape == &shapes[0] ? take_group(g, r, e) : r->shape == &shapes[1] ? take_topic(g, r, e) : take_card(g, r, e);
	}
	if (rc != OK)
		return rc;
	if (g->topics == 0 || g->topic[g->topics - 1].dos == 0)
		return data_bad(&g->file, &g->file.rec[g->file.n - 1], "topic", N_("the topic before has no card"), e);
	return OK;
}

/* f is taken over. */
static enum rc
guide_of(struct guide **out, struct datafile *f, struct err *e)
{
	AUTO(guide_free) struct guide *g = calloc(1, sizeof *g);
	enum rc rc;

	if (g == NULL) {
		datafile_free(f);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	g->file = *f;
	g->group = calloc(f->n, sizeof *g->group);
	g->topic = calloc(f->n, sizeof *g->topic);
	if (g->group == NULL || g->topic == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = take_all(g, e)) != OK)
		return rc;
	*out = g;
	g = NULL;
	return OK;
}

enum rc
guide_load(struct guide **out, int dirfd, struct err *e)
{
	struct datafile f = { .n = 0 };
	enum rc rc = datafile_shapes(&f, dirfd, FILE_NAME, shapes, e);

	return rc == OK ? guide_of(out, &f, e) : rc;
}

enum rc
guide_parse(struct guide **out, struct buf *text, const char *name, struct err *e)
{
	struct datafile f = { .n = 0 };
	enum rc rc = datafile_parse(&f, text, name, shapes, e);

	return rc == OK ? guide_of(out, &f, e) : rc;
}

void
guide_free(struct guide **g)
{
	if (*g == NULL)
		return;
	datafile_free(&(*g)->file);
	free((*g)->group);
	free((*g)->topic);
	free(*g);
	*g = NULL;
}

size_t guide_groups(const struct guide *g) { return g->groups; }
const struct guide_group *guide_group_at(const struct guide *g, size_t i) { return &g->group[i]; }
size_t guide_topics(const struct guide *g) { return g->topics; }
const struct guide_topic *guide_topic_at(const struct guide *g, size_t i) { return &g->topic[i]; }

const struct guide_topic *
guide_find(const struct guide *g, const char *name)
{
	for (size_t i = 0; i < g->topics; i++) {
		const struct guide_topic *t = &g->topic[i];

		if (ascii_is(name, strlen(name), t->id) || ascii_is(name, strlen(name), t->title.en) ||
		    strcmp(name, t->title.zh) == 0)
			return t;
	}
	return NULL;
}

const char *
guide_say(const struct guide_text *t, bool zh)
{
	return zh ? t->zh : t->en;
}
