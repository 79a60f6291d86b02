/* The drill's scenes are whole in both languages and lead to topics and steps that exist; how answers are counted; hostile files
 * give one clear error. */
#include "base/scope.h"
#include "tests/tap.h"
#include "wallet/drill.h"
#include "wallet/plan.h"

#include <fcntl.h>

static struct drill *d;
static struct guide *g;
static struct plan_defs *defs;

static bool
is_chinese(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0xe3)
			return true;
	return false;
}

static void
test_whole(void)
{
	unsigned bad = 0, acts = 0, same = 0;

	for (size_t i = 0; i < drill_count(d); i++) {
		const struct drill_scene *sc = drill_at(d, i);

		acts |= 1U << sc->act;
		bad += !is_chinese(sc->said.zh) || !is_chinese(sc->why.zh) || guide_find(g, sc->topic) == NULL ||
		    sc->fact.status != DATA_CONFIRMED || sc->choices < 2;
		for (size_t k = 0; k < sc->choices && sc->act == DRILL_ORDER; k++)
			bad += plan_def(defs, sc->step[k]) == NULL || !(plan_def(defs, sc->step[k])->kinds & 1U << INCIDENT_UNAUTHORISED);
		same += i > 0 && sc->act != DRILL_ORDER && sc->right == drill_at(d, i - 1)->right;
	}
	ok(bad == 0 && drill_count(d) >= 8, "%zu scenes: both languages, a topic to read, steps of the plan", drill_count(d));
	ok(acts == 31, "freeze, order, notice and evidence are all done");
	ok(same < drill_count(d) / 2, "the right answer is not always the same letter");
	ok(drill_at(d, 0)->clock_s == 2 * 3600 + 4 * 60 && drill_at(d, 0)->act == DRILL_FREEZE, "it begins at 02:04, with the freeze");
}

static void
test_counting(void)
{
	struct drill_score s = { .points = 0 };
	const size_t right[] = { 0, 1, 2, 3 }, swapped[] = { 1, 0, 2, 3 };

	drill_answer(&s, true, -1);
	ok(s.points == 10 && s.of == 10 && s.right == 1 && s.questions == 1 && s.ms == 0, "right, not timed: 10 of 10");
	drill_answer(&s, false, -1);
	ok(s.points == 10 && s.of == 20 && s.right == 1 && s.questions == 2, "wrong: nothing of 10");
	s = (struct drill_score){ .points = 0 };
	drill_answer(&s, true, DRILL_FAST_MS);
	ok(s.points == 12 && s.of == 12 && s.ms == 20000, "right within 20 seconds: 12 of 12");
	drill_answer(&s, true, DRILL_FAST_MS + 1);
	ok(s.points == 23 && s.of == 24, "right within a minute: 11 of 12");
	drill_answer(&s, true, DRILL_SOON_MS + 1);
	ok(s.points == 33 && s.of == 36 && s.ms == 100002, "right, later: 10 of 12");
	drill_answer(&s, false, 1);
	ok(s.points == 33 && s.of == 48, "wrong, however quick: nothing of 12");
	s = (struct drill_score){ .points = 0 };
	ok(drill_order(&s, right, 4, -1) == 4 && s.points == 20 && s.of == 20 && s.right == 1, "four steps in order: 20 of 20");
	ok(drill_order(&s, swapped, 4, 5) == 2 && s.points == 30 && s.of == 42 && s.right == 1 && s.questions == 2,
	    "two of them swapped: 10 of 20, not right, nothing for the time");
}

/* ---- hostile files ---- */

#define OWN "why-en: W\nwhy-zh: 因\ntopic: t\nsource: purser's own advice\nchecked: 2026-11-21\n"
#define HEAD "scene: s\nclock: 02:04\ndoes: nothing\nen: E\nzh: 题\n"
#define AB "a-en: A\na-zh: 甲\nb-en: B\nb-zh: 乙\n"

static bool
parses(const char *text, const char *why)
{
	AUTO(drill_free) struct drill *out = NULL;
	struct buf b = { .max = DATA_FILE_MAX };
	struct err e = { .rc = OK };
	enum rc rc;

	buf_adds(&b, text);
	rc = drill_parse(&out, &b, "drill", &e);
	if (why == NULL ? rc == OK : rc == E_INPUT && strncmp(e.what, "drill:", 6) == 0 && strstr(e.what, why) != NULL)
		return true;
	printf("# wanted %s, got %d: %s\n", why ? why : "OK", rc, e.what);
	return false;
}

static void
test_hostile(void)
{
	ok(parses(HEAD AB "right: b\n" OWN "status: confirmed\n", NULL), "the smallest drill there is");
	ok(parses(HEAD AB "right: c\n" OWN "status: confirmed\n", "not one of the answers") &&
	    parses(HEAD AB OWN "status: confirmed\n", "not one of the answers") &&
	    parses(HEAD AB "right: ab\n" OWN "status: confirmed\n", "not one of the answers") &&
	    parses(HEAD AB "right: A\n" OWN "status: confirmed\n", "not one of the answers"), "the right answer is one of them");
	ok(parses(HEAD AB "right: b\n" OWN "status: confirmed-2nd\n", "only confirmed"), "what is only reported is not drilled");
	ok(parses(HEAD "a-en: A\na-zh: 甲\nright: a\n" OWN "status: confirmed\n", "missing") &&
	    parses(HEAD AB "d-en: D\nd-zh: 丁\nright: a\n" OWN "status: confirmed\n", "before is missing") &&
	    parses(HEAD AB "c-en: C\nright: a\n" OWN "status: confirmed\n", "both languages"), "two answers at least, none left out");
	ok(parses("scene: s\nclock: 02:04\ndoes: order\nen: E\nzh: 题\nstep: x\nstep: y\n" OWN "status: confirmed\n", NULL) &&
	    parses("scene: s\nclock: 02:04\ndoes: order\nen: E\nzh: 题\nstep: x\nstep: x\n" OWN "status: confirmed\n", "twice") &&
	    parses("scene: s\nclock: 02:04\ndoes: order\nen: E\nzh: 题\nstep: x\n" OWN "status: confirmed\n", "missing") &&
	    parses(HEAD AB "step: x\nright: a\n" OWN "status: confirmed\n", "only where") &&
	    parses("scene: s\nclock: 02:04\ndoes: order\nen: E\nzh: 题\nstep: x\nstep: y\nright: a\n" OWN "status: confirmed\n", "no answers"),
	    "steps where they are put in order, and only there");
	ok(parses("scene: s\nclock: 24:00\ndoes: nothing\nen: E\nzh: 题\n" AB "right: b\n" OWN "status: confirmed\n", "not a time") &&
	    parses("scene: s\nclock: 02:04\ndoes: dance\nen: E\nzh: 题\n" AB "right: b\n" OWN "status: confirmed\n", "expected freeze") &&
	    parses(HEAD AB "right: b\n" OWN "status: confirmed\n\nscene: s\nclock: 02:03\ndoes: nothing\nen: E\nzh: 题\n" AB "right: b\n" OWN
		"status: confirmed\n", "before the scene above"), "times go forward");
}

int
main(void)
{
	int dir = open("data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err e = { .rc = OK };

	if (dir < 0 || drill_load(&d, dir, &e) != OK || guide_load(&g, dir, &e) != OK || plan_defs_load(&defs, dir, &e) != OK) {
		printf("Bail out! %s\n", e.what);
		return 1;
	}
	test_whole();
	test_counting();
	test_hostile();
	drill_free(&d);
	guide_free(&g);
	plan_defs_free(&defs);
	return tap_done();
}
