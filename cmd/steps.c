/* cmd/steps.c: see steps.h. */
#include "cmd/steps.h"

#include "cmd/out.h"
#include "wallet/firststeps.h"

#include <string.h>

/* The catalogue itself says which language is in force. */
static bool
chinese(void)
{
	/* Translators: the code of this language, "zh" in Chinese. */
	return strcmp(_("en"), "zh") == 0;
}

static void
say_kind(struct session *s, const struct firststeps *all, enum step_kind kind, bool zh)
{
	unsigned n = 0;

	for (size_t i = 0; i < firststeps_count(all); i++) {
		const struct first_step *st = firststeps_at(all, i);

		if (st->kind != kind)
			continue;
		n++;
		if (kind == STEP_NOT && n == 1)
			say_tone(s, TONE_BOLD, N_("DO NOT, now:"));
		if (kind == STEP_DO && n == 1)
			say_tone(s, TONE_BOLD, N_("DO, from another device, in this order:"));
		if (kind == STEP_DO)
			say(s, N_("  %u %s"), n, first_step_text(st, zh));
		else
			say(s, N_("  - %s"), first_step_text(st, zh));
		if (first_step_detail(st, zh)[0] != '\0')
			say(s, N_("    %s"), first_step_detail(st, zh));
		say_tone(s, TONE_DIM, N_("    confirmed %s: %s%s"), st->fact.checked, st->fact.source,
		    fact_stale(&st->fact, s->now_ms) ? _(" (may be out of date)") : "");
	}
}

void
first_steps_say(struct session *s)
{
	AUTO(firststeps_free) struct firststeps *all = NULL;
	AUTO(auto_close) int dir = -1;
	struct err e = { 0 };
	bool zh = chinese();

	if (s->json)
		return;
	if (data_open(&dir, &e) != OK || firststeps_load(&all, dir, &e) != OK) {
		warn(s, N_("The list of first steps cannot be read: %s"), e.what);
		return;
	}
	say_kind(s, all, STEP_NOT, zh);
	say_kind(s, all, STEP_DO, zh);
	say_kind(s, all, STEP_KNOW, zh);
}
