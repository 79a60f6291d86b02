/* cmd/drill.c: `purser drill`: a made-up incident with a clock, on a made-up store, and what is missing in the real one. */
#include "wallet/drill.h"

#include "base/utf8.h"
#include "cmd/facts.h"
#include "cmd/madeup.h"
#include "cmd/out.h"
#include "cmd/readiness.h"
#include "cmd/term.h"
#include "store/inbox.h"
#include "store/log.h"
#include "wallet/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ANSWERS_MAX 128u

enum mode { MODE_ASKED, MODE_ANSWERS, MODE_DEMO };
struct play {
	struct session *s;
	enum mode mode;
	bool zh;
	const char *next;                       /* MODE_ANSWERS: the letters that are left */
	struct drill *d;
	struct plan_defs *defs;
	struct plan plan;                       /* of the made-up incident */
	struct home *made;
	struct drill_score score;
	int64_t began_ms, freeze_us;            /* monotonic; how long the freeze took */
	unsigned clock_s;                       /* of the story, at began_ms */
	size_t read;
	const char *topic[ANSWERS_MAX];         /* of what was answered wrong */
};

static void
play_end(struct play *p)
{
	drill_free(&p->d);
	plan_defs_free(&p->defs);
	plan_free(&p->plan);
	home_close(&p->made);
	if (p->s->scratch != NULL)
		tree_remove(p->s->scratch);
}

static int64_t
monotonic_us(void)
{
	struct timespec ts;

	return clock_gettime(CLOCK_MONOTONIC, &ts) == 0 ? (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 : 0;
}

/* A line of the story: at the terminal, or among the results; of a demonstration only under -v. */
static enum rc PRINTF(4, 5)
show(struct play *p, enum tone tone, struct err *e, const char *fmt, ...)
{
	BUF line = { .max = 1 << 16 };
	va_list ap;

	va_start(ap, fmt);
	out_compose(&line, fmt, ap);
	va_end(ap);
	switch (p->mode) {
	case MODE_ASKED: return tell(p->s, e, "%s", buf_str(&line));
	case MODE_ANSWERS: say_tone(p->s, tone, "%s", buf_str(&line)); break;
	case MODE_DEMO: detail(p->s, "%s", buf_str(&line)); break;
	}
	return OK;
}

/* ---- the plan of the made-up incident: the order is that of a real one ---- */

/* The accounts of madeup.c. */
static enum rc
plan_it(struct play *p, struct err *e)
{
	static const struct plan_account a[] = {
		{ .id = 1, .name = "paypal", .class = CLASS_WALLET, .saving = 0, .seconds = 600 },
		{ .id = 2, .name = "savings", .class = CLASS_BANK, .saving = 9, .seconds = -1 },
		{ .id = 3, .name = "mailbox", .class = CLASS_MAILBOX, .controls = 2, .saving = 9, .seconds = -1 },
		{ .id = 4, .name = "phone", .class = CLASS_SIM, .controls = 1, .saving = 9, .seconds = -1 },
	};
	struct plan_in in = { .kind = INCIDENT_UNAUTHORISED, .frozen = true, .mailbox = true, .sim = true, .n = COUNTOF(a),
		.a = a };

	return plan_make(p->defs, &in, &p->plan, e);
}

/* Where a step stands in the plan. */
static size_t
place_of(const struct play *p, const char *key)
{
	size_t i = 0;

	while (i < p->plan.n && strcmp(p->plan.step[i].def->key, key) != 0)
		i++;
	return i;
}

/* At which place, from 0, step i of the scene belongs. */
static size_t
rank_of(const struct play *p, const struct drill_scene *sc, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < sc->choices; k++)
		n += place_of(p, sc->step[k]) < place_of(p, sc->step[i]);
	return n;
}

static const char *
choice_text(const struct play *p, const struct drill_scene *sc, size_t i)
{
	const struct plan_def *d;

	if (sc->act != DRILL_ORDER)
		return guide_say(&sc->choice[i], p->zh);
	if ((d = plan_def(p->defs, sc->step[i])) == NULL)
		return sc->step[i];
	return p->zh ? d->zh : d->en;
}

/* ---- answers ---- */

static size_t
letters(const struct drill *d)
{
	size_t n = 0;

	for (size_t i = 0; i < drill_count(d); i++)
		n += drill_at(d, i)->act == DRILL_ORDER ? drill_at(d, i)->choices : 1;
	return n;
}

/* All of them before the first scene. */
static enum rc
answers_check(const struct drill *d, const char *text, struct err *e)
{
	const char *at = text;

	if (strlen(text) != letters(d))
		return err_set(e, E_USAGE, N_("--answers wants %zu letters, one for each question and one for each step"), letters(d));
	for (size_t i = 0; i < drill_count(d); i++) {
		const struct drill_scene *sc = drill_at(d, i);
		size_t n = sc->act == DRILL_ORDER ? sc->choices : 1;
		unsigned seen = 0;

		for (size_t k = 0; k < n; k++, at++) {
			unsigned bit = *at >= 'a' && *at < 'a' + (int)sc->choices ? 1U << (*at - 'a') : 0;

			if (bit == 0 || (seen & bit))
				return err_set(e, E_USAGE, N_("--answers: letter %zu (%c) is no answer there"),
				    (size_t)(at - text) + 1, *at > ' ' && *at < 0x7f ? *at : '?');
			seen |= bit;
		}
	}
	return OK;
}

/* One letter out of those that are still to be had. */
static enum rc
letter(struct play *p, const struct drill_scene *sc, unsigned taken, size_t place, size_t *out, struct err *e)
{
	char keys[DRILL_CHOICES_MAX + 1] = "", key = 'a';
	size_t n = 0;
	enum rc rc;

	for (size_t i = 0; i < sc->choices; i++)
		if (!(taken & 1U << i))
			keys[n++] = (char)('a' + i);
	if (p->mode == MODE_ANSWERS) {
		key = *p->next++;
	} else if (p->mode == MODE_ASKED && n > 1) {
		rc = sc->act == DRILL_ORDER ? ask_key(p->s, keys, false, "--answers", &key, e, "%zu [%s] ", place + 1, keys) :
		    ask_key(p->s, keys, false, "--answers", &key, e, "[%s] ", keys);
		if (rc != OK)
			return rc;
	} else if (p->mode == MODE_ASKED) {
		key = keys[0];
	} else {
		for (size_t i = 0; i < sc->choices; i++)
			if (sc->act == DRILL_ORDER ? rank_of(p, sc, i) == place : i == sc->right)
				key = (char)('a' + i);
	}
	*out = (size_t)(key - 'a');
	return OK;
}

static enum rc
answer_order(struct play *p, const struct drill_scene *sc, bool *right, struct err *e)
{
	size_t order[DRILL_CHOICES_MAX], i, there;
	int64_t began = monotonic_us();
	unsigned taken = 0;
	enum rc rc;

	for (size_t n = 0; n < sc->choices; n++) {
		if ((rc = letter(p, sc, taken, n, &i, e)) != OK)
			return rc;
		taken |= 1U << i;
		order[n] = rank_of(p, sc, i);
	}
	there = drill_order(&p->score, order, sc->choices, p->mode == MODE_ASKED ? (monotonic_us() - began) / 1000 : -1);
	*right = there == sc->choices;
	if ((rc = show(p, *right ? TONE_GREEN : TONE_RED, e, N_("  %zu of %zu at their place. The order:"), there, sc->choices)) != OK)
		return rc;
	for (size_t n = 0; n < sc->choices; n++)
		for (i = 0; i < sc->choices; i++)
			if (rank_of(p, sc, i) == n && (rc = show(p, TONE_PLAIN, e, "    %zu %s", n + 1, choice_text(p, sc, i))) != OK)
				return rc;
	return OK;
}

static enum rc
answer_choice(struct play *p, const struct drill_scene *sc, bool *right, struct err *e)
{
	int64_t began = monotonic_us();
	size_t i;
	enum rc rc;

	if ((rc = letter(p, sc, 0, 0, &i, e)) != OK)
		return rc;
	*right = i == sc->right;
	drill_answer(&p->score, *right, p->mode == MODE_ASKED ? (monotonic_us() - began) / 1000 : -1);
	if (*right)
		return show(p, TONE_GREEN, e, N_("  Right."));
	return show(p, TONE_RED, e, N_("  No: %c  %s"), 'a' + (int)sc->right, choice_text(p, sc, sc->right));
}

/* ---- what is done in the made-up store ---- */

static enum rc
act_freeze(struct play *p, struct err *e)
{
	struct freeze_report r = { 0 };
	int64_t began = monotonic_us();
	enum rc rc = vault_freeze(p->made, NULL, p->s->now_ms, NULL, NULL, &r, e);

	p->freeze_us = monotonic_us() - began;
	return rc != OK ? rc : show(p, TONE_CYAN, e, N_("  (made-up store: FROZEN after %lld ms, without a password)"),
	    (long long)((p->freeze_us + 999) / 1000));
}

/* Sealed, as it is done while a store is locked or frozen. */
static enum rc
act_seal(struct play *p, const char *event, struct err *e)
{
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, event);
	log_text_add(&text, "account", "paypal");
	log_text_u64(&text, "made", (uint64_t)p->s->now_ms);
	if ((rc = buf_check(&text, e)) != OK || (rc = inbox_add(p->made, &text, p->s->wait_ms, e)) != OK)
		return rc;
	return show(p, TONE_CYAN, e, N_("  (made-up store: noted and sealed, without a password; %zu wait)"), inbox_waiting(p->made));
}

static enum rc
act(struct play *p, enum drill_act what, struct err *e)
{
	switch (what) {
	case DRILL_FREEZE: return act_freeze(p, e);
	case DRILL_NOTICE: return act_seal(p, "notice", e);
	case DRILL_EVIDENCE: return act_seal(p, "note", e);
	case DRILL_NOTHING:
	case DRILL_ORDER: break;
	}
	return OK;
}

/* ---- playing ---- */

/* The story's clock runs while somebody thinks, and jumps to the next scene. */
static unsigned
story_clock(struct play *p, unsigned not_before)
{
	int64_t now = monotonic_us() / 1000, gone = p->mode == MODE_ASKED ? (now - p->began_ms) / 1000 : 0;

	p->clock_s = (unsigned)((p->clock_s + gone) % 86400);
	p->began_ms = now;
	if (p->clock_s < not_before)
		p->clock_s = not_before;
	return p->clock_s;
}

static enum rc
scene(struct play *p, const struct drill_scene *sc, struct err *e)
{
	unsigned at = story_clock(p, sc->clock_s);
	bool right = false;
	enum rc rc;

	if ((rc = show(p, TONE_BOLD, e, "%02u:%02u:%02u  %s", at / 3600, at / 60 % 60, at % 60, guide_say(&sc->said, p->zh))) != OK)
		return rc;
	for (size_t i = 0; i < sc->choices; i++)
		if ((rc = show(p, TONE_PLAIN, e, "  %c  %s", 'a' + (int)i, choice_text(p, sc, i))) != OK)
			return rc;
	rc = sc->act == DRILL_ORDER ? answer_order(p, sc, &right, e) : answer_choice(p, sc, &right, e);
	if (rc != OK || (rc = show(p, TONE_PLAIN, e, "  %s", guide_say(&sc->why, p->zh))) != OK)
		return rc;
	if (!right && p->read < ANSWERS_MAX)
		p->topic[p->read++] = sc->topic;
	return act(p, sc->act, e);
}

static enum rc
play_all(struct play *p, struct err *e)
{
	enum rc rc;

	if ((rc = madeup_store(p->s, p->s->scratch, &p->made, e)) != OK ||
	    (rc = show(p, TONE_BOLD, e, N_("MADE-UP: nothing here is real, and your store is not touched."))) != OK)
		return rc;
	if (p->mode == MODE_ASKED && (rc = show(p, TONE_PLAIN, e, N_("One key an answer; the clock runs. Ctrl-C ends it."))) != OK)
		return rc;
	p->began_ms = monotonic_us() / 1000;
	for (size_t i = 0; i < drill_count(p->d) && rc == OK; i++)
		rc = scene(p, drill_at(p->d, i), e);
	return rc;
}

/* ---- results ---- */

static enum rc
result_json(const struct play *p, size_t findings, struct err *e)
{
	static const char *const modes[] = { "asked", "answers", "demonstration" };
	const struct drill_score *sc = &p->score;
	bool counts = p->mode != MODE_DEMO;
	JSON j = { 0 };

	j_open(&j, "drill");
	j_str(&j, "mode", modes[p->mode]);
	if (counts) {
		j_int(&j, "score", sc->points);
		j_int(&j, "of", sc->of);
		j_int(&j, "right", sc->right);
	} else {
		j_null(&j, "score");
		j_null(&j, "of");
		j_null(&j, "right");
	}
	j_int(&j, "questions", sc->questions);
	if (p->mode == MODE_ASKED)
		j_int(&j, "seconds", sc->ms / 1000);
	else
		j_null(&j, "seconds");
	j_int(&j, "freeze_ms", (p->freeze_us + 999) / 1000);
	j_int(&j, "notes_sealed", (int64_t)inbox_waiting(p->made));
	j_list(&j, "read");
	for (size_t i = 0; i < p->read; i++)
		j_str(&j, NULL, p->topic[i]);
	j_end_list(&j);
	j_int(&j, "findings", (int64_t)findings);
	return out_json(p->s, &j, e);
}

static void
result_say(const struct play *p)
{
	const struct drill_score *sc = &p->score;
	struct session *s = p->s;

	if (p->mode == MODE_DEMO)
		say(s, N_("The demonstration went through: %u questions, frozen after %lld ms, %zu notes sealed. -v shows it."),
		    sc->questions, (long long)((p->freeze_us + 999) / 1000), inbox_waiting(p->made));
	else if (p->mode == MODE_ASKED)
		say_tone(s, TONE_BOLD, N_("Score: %u of %u (%u of %u right, %lld s)."), sc->points, sc->of, sc->right, sc->questions,
		    (long long)(sc->ms / 1000));
	else
		say_tone(s, TONE_BOLD, N_("Score: %u of %u (%u of %u right)."), sc->points, sc->of, sc->right, sc->questions);
	for (size_t i = 0; i < p->read; i++)
		say(s, N_("  read again: purser guide %s"), p->topic[i]);
}

static enum rc
results(const struct play *p, struct err *e)
{
	AUTO(lacks_free) struct lacks all = { .n = 0 };
	struct session *s = p->s;
	enum rc rc;

	if ((rc = lacks_find(&all, s, e)) != OK)
		return rc;
	if (!s->json) {
		result_say(p);
		if (all.n > 0)
			say_tone(s, TONE_BOLD, N_("What is missing for real, worst first:"));
		else
			say_tone(s, TONE_GREEN, N_("Nothing is missing for real, as far as it is seen without a key."));
	}
	if ((rc = lacks_say(s, &all, e)) != OK)
		return rc;
	return s->json ? result_json(p, all.n, e) : OK;
}

/* ---- table ---- */

static enum rc
drill_run(struct session *s, const struct args *a, struct err *e)
{
	const char *answers = arg_str(a, "answers");
	AUTO(play_end) struct play p = { .s = s, .zh = lang_chinese(), .next = answers };
	AUTO(auto_close) int dir = -1;
	enum rc rc;

	if ((rc = arg_exclusive(a, "answers", "look", e)) != OK)
		return rc;
	if (arg_has(a, "look"))
		return madeup_look(s, arg_str(a, "look"), e);
	p.mode = answers != NULL ? MODE_ANSWERS : can_ask(s) && !s->json ? MODE_ASKED : MODE_DEMO;
	if ((rc = data_open(&dir, e)) != OK || (rc = drill_load(&p.d, dir, e)) != OK || (rc = plan_defs_load(&p.defs, dir, e)) != OK ||
	    (answers != NULL && (rc = answers_check(p.d, answers, e)) != OK) || (rc = plan_it(&p, e)) != OK ||
	    (rc = play_all(&p, e)) != OK)
		return rc;
	return results(&p, e);
}

static const struct option drill_options[] = {
	{ "answers", 0, "LETTERS", N_("answer without a terminal, a letter each; steps in the order wanted"), NULL, 0 },
	{ "look", 0, "DIR", N_("make a store of made-up accounts and statements in DIR, to look around in"), NULL, OPT_WRITES },
	{ 0 },
};

static const struct example drill_examples[] = {
	{ "purser drill", N_("three minutes, at a terminal") },
	{ "purser drill --no-input", N_("goes through it by itself; says what is missing for real") },
	{ "purser drill --look ~/purser-look", N_("made-up accounts to try every command on, with --home") },
	{ 0 },
};

const struct command cmd_drill = {
	.name = "drill",
	.group = GROUP_BEFORE,
	.summary = N_("rehearse an incident on made-up data; what is missing"),
	.description = N_("Plays a made-up incident with a clock: what to do first, in which order, whom to believe, what to write down. A "
			  "right answer is 10 points, a step at its place 5; at a terminal a quick right answer 2 more (20 seconds) or 1 "
			  "(a minute). Freeze and notes are really done, in a store that is made for it in a directory of its own and "
			  "removed at the end. Your own store is only read, without a key, and cannot be written while the drill runs: the "
			  "sandbox has it so.\n\n"
			  "Then it lists what is missing for real, worst first: kit, backup, second factor of the store, emergency "
			  "card, a way in for each account, a mailbox with what it controls, contacts and facts older than 180 days. The "
			  "exit status is 0 whatever it finds.\n\n"
			  "Without a terminal, and with --no-input or --json, it goes through by itself and prints the list."),
	.examples = drill_examples,
	.options = drill_options,
	.flags = CMD_SCRATCH,
	.run = drill_run,
};
