/* cmd/bundle_due.c: the deadlines of an incident for its report; see bundle.h. */
#include "cmd/bundle.h"
#include "cmd/card.h"
#include "cmd/duelines.h"
#include "cmd/open.h"
#include "cmd/out.h"

#include <stdlib.h>
#include <string.h>

void
bundle_dues_free(struct bundle_dues *d)
{
	for (size_t i = 0; i < 3 * d->n; i++)
		buf_free(&d->text[i]);
	free(d->text);
	free(d->line);
	*d = (struct bundle_dues){ .n = 0 };
}

static void
fill(struct buf text[3], const struct dues *d, const struct deadline *x)
{
	const char *name = d->of[x->account].account->name, *what = advice_text(x->fact, d->facts->zh);
	char day[11];

	if (x->due_ms != 0)
		add_time(&text[0], x->due_ms, false);
	else
		due_date(&text[0], x->due_day);
	buf_addf(&text[1], strcmp(x->fact->who, "you") == 0 ? _("%s, you: %s") : _("%s, they: %s"), name, what);
	deadline_rule(&text[2], x);
	if (x->met) {
		date_put(day, x->met_day);
		buf_addf(&text[2], " \u00b7 %s %s", _("done on"), day);
	}
	buf_adds(&text[2], " \u00b7 ");
	add_provenance(&text[2], &x->fact->fact, x->fact->own, d->facts->now_ms);
}

enum rc
bundle_dues(struct bundle *b, struct bundle_dues *out, struct err *e)
{
	AUTO(facts_free) struct facts facts = { .providers = NULL };
	AUTO(bundle_dues_free) struct bundle_dues list = { .n = 0 };
	DUES d = { .n = 0 };
	enum rc rc;

	facts_load(&facts, b->s);
	if (facts.providers == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	/* How old a fact is counts to the last change of the incident, not to now: the same bytes each time. */
	facts.now_ms = b->as_of_ms;
	if ((rc = dues_load(b->s, session_db(b->s), &facts, b->i.id, &d, e)) != OK)
		return rc;
	if ((list.line = calloc(d.all.n + 1, sizeof *list.line)) == NULL ||
	    (list.text = calloc(3 * d.all.n + 1, sizeof *list.text)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (; list.n < d.all.n; list.n++) {
		const struct deadline *x = &d.all.d[list.n];
		struct buf *text = &list.text[3 * list.n];

		fill(text, &d, x);
		list.line[list.n] = (struct report_deadline){ buf_str(&text[0]), buf_str(&text[1]), buf_str(&text[2]), x->than == NULL };
	}
	*out = list;
	list = (struct bundle_dues){ .n = 0 };
	return OK;
}
