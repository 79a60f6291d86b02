/*
 * wallet/drill.h: the made-up incident of `purser drill` (data/drill.txt), and how answers are counted. Pure. Records:
 *
 *	scene: wake
 *	clock: 02:04            not before this; the clock of the story runs while somebody thinks
 *	does:  freeze           what is done in the made-up store once it is answered: freeze order notice evidence nothing
 *	en, zh                  what happens
 *	a-en, a-zh ... d-en, d-zh, right: c     two to four answers; or
 *	step:  report           two to four steps of incident-steps.txt (many), for `does: order` only: to be put in order
 *	why-en, why-zh          after the answer
 *	topic: money-leaving    of the guide
 *
 * Confirmed records only, as what is right here will be done.
 */
#ifndef PURSER_WALLET_DRILL_H
#define PURSER_WALLET_DRILL_H

#include "wallet/guide.h"

#define DRILL_CHOICES_MAX 4u

enum drill_act { DRILL_NOTHING, DRILL_FREEZE, DRILL_ORDER, DRILL_NOTICE, DRILL_EVIDENCE };
struct drill_scene {
	const char *id, *topic;
	unsigned clock_s;                       /* since midnight */
	enum drill_act act;
	struct guide_text said, why;
	size_t choices;                         /* or steps */
	struct guide_text choice[DRILL_CHOICES_MAX];
	const char *step[DRILL_CHOICES_MAX];    /* DRILL_ORDER; choice is empty then */
	size_t right;                           /* from 0 */
	struct fact fact;
};
struct drill;

/* E_NOTFOUND; E_INPUT "drill.txt:LINE: ...". */
enum rc drill_load(struct drill **out, int dirfd, struct err *e) MUST_CHECK;
/* From memory; text is taken over. */
enum rc drill_parse(struct drill **out, struct buf *text, const char *name, struct err *e) MUST_CHECK;
void drill_free(struct drill **d);
size_t drill_count(const struct drill *d);
const struct drill_scene *drill_at(const struct drill *d, size_t i);

/* ---- counting ---- */

#define DRILL_RIGHT 10u                 /* points of a right answer */
#define DRILL_PLACE 5u                  /* of a step at its place */
#define DRILL_FAST 2u                   /* more, within DRILL_FAST_MS */
#define DRILL_SOON 1u                   /* more, within DRILL_SOON_MS */
#define DRILL_FAST_MS 20000
#define DRILL_SOON_MS 60000

struct drill_score {
	unsigned points, of;                    /* of: what could be had */
	unsigned right, questions;
	int64_t ms;                             /* all answers together, where they are timed */
};
/* ms below 0: not timed, and time can win nothing. */
void drill_answer(struct drill_score *s, bool right, int64_t ms);
/* The right order is 0, 1 ... n-1; order[i]: which was put at place i. Right as a whole only when all are. Returns how
 * many are at their place. */
size_t drill_order(struct drill_score *s, const size_t *order, size_t n, int64_t ms);

#endif
