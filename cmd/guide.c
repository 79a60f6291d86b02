/* cmd/guide.c: `purser guide`: the offline help centre. Needs no store, no password and no network. */
#include "wallet/guide.h"

#include "base/utf8.h"
#include "cmd/card.h"
#include "cmd/out.h"

#include <string.h>

#define ID_COLUMNS 24u

/* ---- the facts that a topic names ---- */

static const struct advice *
advice_find(const struct facts *f, const char *id)
{
	for (size_t i = 0; i < advice_count(f->providers); i++)
		if (strcmp(advice_at(f->providers, i)->id, id) == 0)
			return advice_at(f->providers, i);
	return NULL;
}

static void
fact_json(struct json *j, const struct facts *f, const struct advice *a)
{
	j_obj(j, NULL);
	j_str(j, "fact", a->id);
	j_str(j, "kind", advice_kind_name(a->kind));
	j_str(j, "by", a->by[0] != '\0' ? a->by : NULL);
	j_str(j, "text", advice_text(a, f->zh));
	j_str(j, "value", a->value[0] != '\0' ? a->value : NULL);
	j_list(j, "jurisdiction");
	for (size_t i = 0; i < a->places; i++)
		j_str(j, NULL, a->place[i]);
	j_end_list(j);
	j_bool(j, "instruction", advice_instructs(a));
	j_str(j, "status", data_status_name(a->fact.status));
	j_bool(j, "own", a->own);
	j_str(j, "source", a->fact.source);
	j_str(j, "checked", a->fact.checked);
	j_bool(j, "stale", fact_stale(&a->fact, f->now_ms));
	j_end(j);
}

/* ---- one topic ---- */

static void
texts_json(struct json *j, const char *key, const struct guide_text *t, size_t n, bool zh)
{
	j_list(j, key);
	for (size_t i = 0; i < n; i++)
		j_str(j, NULL, guide_say(&t[i], zh));
	j_end_list(j);
}

static void
head_json(struct json *j, const struct guide *g, const struct guide_topic *t, bool zh)
{
	j_open(j, "guide");
	j_str(j, "topic", t->id);
	j_str(j, "group", guide_group_at(g, t->group)->id);
	j_str(j, "title", guide_say(&t->title, zh));
}

static enum rc
topic_json(struct session *s, const struct facts *f, const struct guide *g, const struct guide_topic *t, struct err *e)
{
	const struct advice *a;
	JSON j = { 0 };

	head_json(&j, g, t, f->zh);
	j_str(&j, "answer", guide_say(&t->answer, f->zh));
	texts_json(&j, "not", t->not, t->nots, f->zh);
	texts_json(&j, "do", t->to_do, t->dos, f->zh);
	j_list(&j, "facts");
	for (size_t i = 0; i < t->facts; i++)
		if ((a = advice_find(f, t->fact_id[i])) != NULL)
			fact_json(&j, f, a);
	j_end_list(&j);
	j_list(&j, "see");
	for (size_t i = 0; i < t->sees; i++) {
		BUF line = { .max = 2048 };

		buf_addf(&line, "purser %s", t->see[i]);
		j_str(&j, NULL, buf_str(&line));
	}
	j_end_list(&j);
	j_str(&j, "source", t->fact.source);
	j_str(&j, "checked", t->fact.checked);
	j_str(&j, "status", data_status_name(t->fact.status));
	j_bool(&j, "stale", fact_stale(&t->fact, f->now_ms));
	return out_json(s, &j, e);
}

static enum rc
topic_facts(struct session *s, const struct facts *f, const struct guide_topic *t, struct err *e)
{
	CARD_LINES lines = { .n = 0 };
	const struct advice *a;

	for (size_t i = 0; i < t->facts; i++)
		if ((a = advice_find(f, t->fact_id[i])) != NULL)
			card_lines_advice(&lines, f, a);
	if (lines.failed)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (lines.n > 0)
		say_tone(s, TONE_BOLD, N_("KNOWN, with source and date:"));
	card_lines_say(s, &lines);
	return OK;
}

static enum rc
topic_say(struct session *s, const struct facts *f, const struct guide_topic *t, struct err *e)
{
	BUF from = { .max = 1 << 16 };
	enum rc rc;

	out_page(s);
	say_tone(s, TONE_BOLD, "%s", guide_say(&t->title, f->zh));
	say(s, "  %s", guide_say(&t->answer, f->zh));
	if (t->nots > 0)
		say_tone(s, TONE_BOLD, N_("DO NOT:"));
	for (size_t i = 0; i < t->nots; i++)
		say(s, "  - %s", guide_say(&t->not[i], f->zh));
	say_tone(s, TONE_BOLD, N_("DO NOW:"));
	for (size_t i = 0; i < t->dos; i++)
		say(s, "  %zu %s", i + 1, guide_say(&t->to_do[i], f->zh));
	if ((rc = topic_facts(s, f, t, e)) != OK)
		return rc;
	if (t->sees > 0)
		say_tone(s, TONE_BOLD, N_("SEE ALSO:"));
	for (size_t i = 0; i < t->sees; i++)
		say(s, "  purser %s", t->see[i]);
	add_provenance(&from, &t->fact, false, f->now_ms);
	say_tone(s, TONE_DIM, "  %s", buf_str(&from));
	return OK;
}

/* Near ids, and where the words stand; 8. */
static enum rc
no_topic(const struct guide *g, const char *name, struct err *e)
{
	AUTO(auto_free) const char **ids = calloc(guide_topics(g), sizeof *ids);
	struct guide_hit hit[GUIDE_HITS_MAX];
	char near[256] = "";

	if (ids != NULL) {
		for (size_t i = 0; i < guide_topics(g); i++)
			ids[i] = guide_topic_at(g, i)->id;
		suggest(near, sizeof near, name, ids, guide_topics(g));
	}
	if (near[0] == '\0' && guide_search(g, name, hit) > 0)
		(void)snprintf(near, sizeof near, "%s", hit[0].topic->id);
	if (near[0] != '\0')
		(void)err_set(e, E_NOTFOUND, N_("the guide has no topic \"%s\". Near: %s"), name, near);
	else
		(void)err_set(e, E_NOTFOUND, N_("the guide has no topic \"%s\""), name);
	err_next(e, "purser guide --search TEXT");
	return E_NOTFOUND;
}

/* ---- lists ---- */

static void
line_of(struct session *s, const char *id, const char *text)
{
	BUF name = { .max = 4096 };

	utf8_fit(&name, id, ID_COLUMNS, true, false);
	say(s, "  %s %s", buf_str(&name), text);
}

static enum rc
list_all(struct session *s, const struct facts *f, const struct guide *g, struct err *e)
{
	enum rc rc = OK;

	out_page(s);
	for (size_t k = 0; k < guide_groups(g) && rc == OK; k++) {
		say_tone(s, TONE_BOLD, "%s", guide_say(&guide_group_at(g, k)->title, f->zh));
		for (size_t i = 0; i < guide_topics(g) && rc == OK; i++) {
			const struct guide_topic *t = guide_topic_at(g, i);
			JSON j = { 0 };

			if (t->group != k)
				continue;
			line_of(s, t->id, guide_say(&t->title, f->zh));
			if (!s->json)
				continue;
			head_json(&j, g, t, f->zh);
			rc = out_json(s, &j, e);
		}
	}
	say(s, N_("One of them: purser guide TOPIC    by a word: purser guide --search TEXT"));
	return rc;
}

static enum rc
search(struct session *s, const struct facts *f, const struct guide *g, const char *text, struct err *e)
{
	struct guide_hit hit[GUIDE_HITS_MAX];
	size_t n = guide_search(g, text, hit);
	enum rc rc = OK;

	if (n == 0) {
		(void)err_set(e, E_NOTFOUND, N_("nothing about \"%s\" in the guide"), text);
		err_next(e, "purser guide");
		return E_NOTFOUND;
	}
	out_page(s);
	for (size_t i = 0; i < n && rc == OK; i++) {
		const struct guide_topic *t = hit[i].topic;
		BUF line = { .max = 1 << 16 };
		JSON j = { 0 };

		buf_adds(&line, guide_say(&t->title, f->zh));
		if (hit[i].line != &t->title)
			buf_addf(&line, "%s%s", f->zh ? "：" : ": ", guide_say(hit[i].line, f->zh));
		line_of(s, t->id, buf_str(&line));
		if (!s->json)
			continue;
		head_json(&j, g, t, f->zh);
		j_str(&j, "line", guide_say(hit[i].line, f->zh));
		j_int(&j, "score", hit[i].score);
		rc = out_json(s, &j, e);
	}
	return rc;
}

/* ---- table ---- */

static enum rc
guide_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(facts_free) struct facts f = { .zh = false };
	AUTO(guide_free) struct guide *g = NULL;
	AUTO(auto_close) int dir = -1;
	const struct guide_topic *t;
	enum rc rc;

	if (arg_has(a, "search") && a->n > 0)
		return err_set(e, E_USAGE, N_("either a topic or --search"));
	if ((rc = data_open(&dir, e)) != OK || (rc = guide_load(&g, dir, e)) != OK)
		return rc;
	facts_load(&f, s);
	if (f.providers == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	facts_warn(s, &f);
	if (arg_has(a, "search"))
		return search(s, &f, g, arg_str(a, "search"), e);
	if (a->n == 0)
		return list_all(s, &f, g, e);
	if ((t = guide_find(g, a->v[0])) == NULL)
		return no_topic(g, a->v[0], e);
	return s->json ? topic_json(s, &f, g, t, e) : topic_say(s, &f, t, e);
}

static const struct option guide_options[] = {
	{ "search", 0, "TEXT", N_("topics about these words, in English or Chinese, best first"), NULL, 0 },
	{ 0 },
};

static const struct example guide_examples[] = {
	{ "purser guide", N_("all topics") },
	{ "purser guide money-leaving", NULL },
	{ "purser guide --search \"they want my code\"", N_("by words, in English or Chinese") },
	{ "purser guide --search 屏幕共享", NULL },
	{ 0 },
};

const struct command cmd_guide = {
	.name = "guide",
	.group = GROUP_BEFORE,
	.usage = "[TOPIC]",
	.summary = N_("offline help: what to do when, tricks, settings"),
	.description = N_("A help centre in short cards, in English and Chinese: what is the matter, what not to do, what to do now. It "
			  "needs no store, no password and no network.\n\n"
			  "What stands on a card is purser's own advice. Numbers, addresses and ways through menus are facts with "
			  "source, date and status: only a confirmed one is an instruction, the others say that they are reported. "
			  "Your own file of providers (see card) replaces them here too."),
	.examples = guide_examples,
	.options = guide_options,
	.max_args = 1,
	.flags = CMD_AS_ROOT,
	.run = guide_run,
};
