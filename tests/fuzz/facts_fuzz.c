/* Fuzzer: files of provider facts (shipped, a user's own), of the emergency card, the guide and the drill, and what is looked for
 * in the guide. The first byte says which; what is accepted must be whole, and whatever an account holds must give a card that
 * is read again. */
#include "base/scope.h"
#include "wallet/card.h"
#include "wallet/drill.h"
#include "wallet/guide.h"
#include "wallet/plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool good)
{
	if (!good)
		abort();
}

static bool
plain(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static void
try_facts(struct buf *text, bool own)
{
	AUTO(providers_free) struct providers *p = NULL;

	if (providers_parse(&p, text, "facts", own, NULL) != OK)
		return;
	for (size_t i = 0; i < advice_count(p); i++) {
		const struct advice *a = advice_at(p, i);

		must(a->en[0] != '\0' && a->zh[0] != '\0' && plain(a->en) && a->fact.source[0] != '\0' && a->ofs > 0);
		must(a->fact.status != DATA_UNCONFIRMED || a->value[0] == '\0');
		must(advice_instructs(a) == (a->fact.status == DATA_CONFIRMED));
		must((a->kind == ADVICE_DEADLINE) == (a->period > 0) && (a->kind == ADVICE_DEADLINE || a->duty[0] == '\0'));
	}
	for (size_t i = 0; i < providers_count(p); i++)
		must(providers_at(p, i)->id[0] != '\0' && providers_at(p, i)->en[0] != '\0');
	(void)providers_find(p, "pay pal");
}

static void
try_card(struct buf *text)
{
	AUTO(providers_free) struct providers *none = NULL;
	AUTO(card_free) struct card c = { .n = 0 };

	if (card_parse(&c, text, NULL) != OK || providers_none(&none, NULL) != OK)
		return;
	card_order(&c, none);
	for (size_t i = 0; i < c.n; i++)
		must(c.a[i].name[0] != '\0' && plain(c.a[i].name) && plain(c.a[i].way_in) &&
		    card_find(&c, c.a[i].name) != NULL);
}

/* An account made of the input, a field a line. */
static void
try_account(const char *p, size_t n)
{
	struct account a;
	AUTO(card_free) struct card c = { .n = 0 };
	struct buf text = { .max = CARD_FILE_MAX };
	char **const to[] = { &a.login, &a.provider, &a.url, &a.way_in };
	struct err e = { .rc = OK };

	account_init(&a);
	must(text_set(&a.name, "name", &e) == OK);
	for (size_t i = 0; i < COUNTOF(to) && n > 0; i++) {
		size_t k = (const char *)memchr(p, '\n', n) != NULL ? (size_t)((const char *)memchr(p, '\n', n) - p) : n;
		char *s = strndup(p, k);

		must(s != NULL && text_set(to[i], s, &e) == OK);
		free(s);
		k += k < n;
		p += k;
		n -= k;
	}
	buf_addc(&text, '\n');
	card_head(&text, INT64_C(1795313400000), "en");
	card_data(&text, &a, 1);
	must(card_parse(&c, &text, &e) == OK && c.n == 1 && strcmp(c.a[0].name, "name") == 0 && plain(c.a[0].way_in));
	/* Shown shortened; what ends like a shortened one already may look the same. */
	must(strlen(a.login) < 4 || strstr(a.login, "\xe2\x80\xa6") != NULL || strcmp(a.login, c.a[0].login) != 0);
	account_free(&a);
}

static void
try_guide(struct buf *text)
{
	AUTO(guide_free) struct guide *g = NULL;
	struct guide_hit hit[GUIDE_HITS_MAX];

	if (guide_parse(&g, text, "guide", NULL) != OK)
		return;
	must(guide_topics(g) > 0 && guide_groups(g) > 0);
	for (size_t i = 0; i < guide_topics(g); i++) {
		const struct guide_topic *t = guide_topic_at(g, i);

		must(t->group < guide_groups(g) && t->dos > 0 && t->dos <= GUIDE_LINES_MAX && t->fact.status == DATA_CONFIRMED);
		for (size_t k = 0; k < t->dos; k++)
			must(plain(t->to_do[k].en) && t->to_do[k].zh[0] != '\0');
		for (size_t k = 0; k < t->nots; k++)
			must(t->not[k].en[0] != '\0' && t->not[k].zh[0] != '\0');
		must(guide_find(g, t->id) != NULL && guide_search(g, t->title.en, hit) <= GUIDE_HITS_MAX);
	}
}

static void
try_drill(struct buf *text)
{
	AUTO(drill_free) struct drill *d = NULL;

	if (drill_parse(&d, text, "drill", NULL) != OK)
		return;
	for (size_t i = 0; i < drill_count(d); i++) {
		const struct drill_scene *sc = drill_at(d, i);

		must(sc->choices >= 2 && sc->choices <= DRILL_CHOICES_MAX && sc->right < sc->choices && sc->clock_s < 86400);
		for (size_t k = 0; k < sc->choices; k++)
			must(sc->act == DRILL_ORDER ? sc->step[k] != NULL : sc->choice[k].zh[0] != '\0');
	}
}

static void
try_plan(struct buf *text)
{
	static const struct plan_account a[] = { { .id = 1, .name = "a", .class = CLASS_WALLET, .seconds = -1 },
		{ .id = 2, .name = "b", .class = CLASS_MAILBOX, .controls = 1, .seconds = 5 } };
	AUTO(plan_defs_free) struct plan_defs *d = NULL;

	if (plan_defs_parse(&d, text, "steps", NULL) != OK)
		return;
	for (unsigned k = 0; k < INCIDENT_KIND_COUNT; k++) {
		struct plan_in in = { .kind = (enum incident_kind)k, .frozen = k & 1, .mailbox = true, .n = COUNTOF(a), .a = a };
		AUTO(plan_free) struct plan p = { .n = 0 };

		must(plan_make(d, &in, &p, NULL) == OK && p.n <= plan_defs_count(d) * (COUNTOF(a) + 1));
		for (size_t i = 0; i < p.n; i++)
			must(p.step[i].def->fact.status == DATA_CONFIRMED && p.step[i].phase >= 1 &&
			    (i == 0 || p.step[i - 1].phase <= p.step[i].phase));
	}
}

static void
try_search(const char *p, size_t n)
{
	static const char small[] = "group: g\nen: G\nzh: \xe7\xbb\x84\n\ntopic: a\nof: g\nen: Phone lost\nzh: \xe6\x89\x8b\xe6\x9c\xba\xe4\xb8\xa2\n"
				    "answer-en: A\nanswer-zh: B\nsource: s\nchecked: 2026-11-21\nstatus: confirmed\n\ncard: a\ndo-en: D\ndo-zh: E\n";
	AUTO(guide_free) struct guide *g = NULL;
	struct guide_hit hit[GUIDE_HITS_MAX];
	struct buf text = { .max = DATA_FILE_MAX };
	char *s = strndup(p, n);
	size_t hits;

	buf_adds(&text, small);
	must(s != NULL && guide_parse(&g, &text, "small", NULL) == OK);
	hits = guide_search(g, s, hit);
	must(hits <= 1 && (hits == 0 || (hit[0].score > 0 && hit[0].line != NULL)));
	free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf text = { .max = DATA_FILE_MAX };

	if (n == 0)
		return 0;
	buf_add(&text, data + 1, n - 1);
	switch (data[0] & 7) {
	case 0: try_facts(&text, false); break;
	case 1: try_facts(&text, true); break;
	case 2: try_card(&text); break;
	case 4: try_guide(&text); break;
	case 5: try_drill(&text); break;
	case 3: try_plan(&text); break;
	case 6: try_search((const char *)data + 1, n - 1); break;
	default: try_account((const char *)data + 1, n - 1);
	}
	buf_free(&text);
	return 0;
}
