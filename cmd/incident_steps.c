/* cmd/incident_steps.c: `purser incident next` and `purser incident done`. */
#include "cmd/incident.h"

#include "agent/agent.h"
#include "base/num.h"
#include "cmd/history_add.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/term.h"
#include "store/log.h"

#include <string.h>

#define BRIEFLY 4u                      /* further steps that next names */

/* ---- next ---- */

static enum rc
say_next(struct session *s, const struct agenda *a, bool all, struct err *e)
{
	const struct agenda_item *next = agenda_next(a);
	unsigned shown = 0;
	enum rc rc = OK;

	if (next == NULL) {
		note(s, N_("Every step is done. purser incident close"));
		return OK;
	}
	for (size_t i = 0; i < a->n && rc == OK; i++) {
		const struct agenda_item *it = &a->item[i];

		if (it->done_ms != 0 || it->past)
			continue;
		if (s->json && (all || it == next))
			rc = agenda_json(s, a, it, e);
		else if (all || it == next)
			agenda_full(s, a, it);
		else if (shown++ < BRIEFLY)
			agenda_line(s, a, it);
	}
	if (!all && shown > BRIEFLY)
		say(s, N_("  %u more: purser incident next --all"), shown - BRIEFLY);
	return rc;
}

/* Nobody is asked for a password: at night, on a computer that may be watched, none should be typed. */
static enum rc
next_locked(struct session *s, const struct args *a, enum incident_kind kind, bool store, struct err *e)
{
	AGENDA g = { .n = 0 };
	enum rc rc;

	if ((rc = agenda_of_card(s, kind, &g, e)) != OK)
		return rc;
	facts_warn(s, &g.facts);
	if (!store)
		note(s, N_("There is no store and no card here: this is the general order."));
	else if (g.all.n == 0)
		note(s, N_("The store is locked and no card is kept: this is the general order. What you did: purser incident "
			   "notice, note"));
	else
		note(s, N_("The store is locked: this order is made from your card. What you did: purser incident notice, "
			   "note"));
	return say_next(s, &g, arg_has(a, "all"), e);
}

static enum rc
next_run(struct session *s, const struct args *a, struct err *e)
{
	struct agent_status st = { 0 };
	enum incident_kind kind = INCIDENT_UNAUTHORISED;
	struct err none = { .rc = OK };
	AGENDA g = { .n = 0 };
	int64_t id;
	enum rc rc;

	if (arg_str(a, "kind") != NULL && !incident_kind_from(arg_str(a, "kind"), &kind))
		return err_set(e, E_USAGE, N_("--kind: \"%s\" is no kind of incident"), arg_str(a, "kind"));
	if ((rc = store_hook_open(s, CMD_STORE, &none)) == OK)
		agent_status(session_home(s), &st);
	else if (rc != E_NOTFOUND)
		return err_set(e, rc, "%s", none.what);
	if (rc == E_NOTFOUND || (!st.unlocked && s->password_fd == FD_NONE && s->password_file == NULL)) {
		if (a->n > 0 && rc == E_NOTFOUND)
			return err_set(e, rc, "%s", none.what);
		if (a->n > 0) {
			rc = err_set(e, E_LOCKED, N_("locked: the steps of %s are in the store"), a->v[0]);
			err_next(e, N_("purser unlock, or purser incident next without an ID"));
			return rc;
		}
		return next_locked(s, a, kind, rc == OK, e);
	}
	if ((rc = session_unlock(s, CMD_UNLOCK, e)) != OK || (rc = incident_pick(s, a->n > 0 ? a->v[0] : NULL, &id, e)) != OK ||
	    (rc = agenda_load(s, id, &g, e)) != OK || (rc = agenda_keep(s, &g, e)) != OK)
		return rc;
	facts_warn(s, &g.facts);
	if (!s->json)
		incident_head(s, &g);
	return say_next(s, &g, arg_has(a, "all"), e);
}

static const struct option next_options[] = {
	{ "all", 0, NULL, N_("all steps that are left, in full"), NULL, 0 },
	{ "kind", 0, "KIND", N_("while locked: what happened (default unauthorised; see incident open)"), NULL, 0 },
	{ 0 },
};

const struct command incident_next_command = {
	.name = "next",
	.usage = "[ID]",
	.summary = N_("the next step: where, what to say, what never to give; works locked"),
	.options = next_options,
	.max_args = 1,
	.run = next_run,
};

/* ---- done ---- */

static struct agenda_item *
numbered(struct agenda *g, unsigned n)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->item[i].n == n)
			return &g->item[i];
	return NULL;
}

static enum rc
ask_ref(struct session *s, const struct args *a, const struct agenda_item *it, struct buf *ref, struct err *e)
{
	enum rc rc;

	if (arg_str(a, "ref") != NULL) {
		buf_adds(ref, arg_str(a, "ref"));
		return buf_check(ref, e);
	}
	/* What was written down stays, unless another is given. */
	if (it->ref[0] != '\0') {
		buf_adds(ref, it->ref);
		return buf_check(ref, e);
	}
	if (!it->def->ref || arg_has(a, "undo") || !can_ask(s))
		return OK;
	if ((rc = ask_text(s, N_("Reference number they gave (Enter: none): "), "--ref", ref, e)) != OK)
		return rc;
	return OK;
}

static enum rc
step_event(struct vault_txn *t, const struct agenda *g, const struct agenda_item *it, bool undo, const char *ref,
    struct err *e)
{
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, "incident");
	log_text_add(&text, "what", undo ? "step-undone" : "step");
	log_text_u64(&text, "incident", (uint64_t)g->id);
	log_text_u64(&text, "n", it->n);
	log_text_add(&text, "step", it->def->key);
	if (it->account != NULL)
		log_text_add(&text, "account", it->account->name);
	if (ref[0] != '\0')
		log_text_add(&text, "ref", ref);
	return (rc = buf_check(&text, e)) != OK ? rc : vault_txn_event(t, &text, e);
}

static enum rc
done_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	const char *remark = arg_str(a, "note");
	bool undo = arg_has(a, "undo");
	struct agenda_item *it;
	AGENDA g = { .n = 0 }, after = { .n = 0 };
	BUF ref = { .max = 512 };
	int64_t id, at = 0;
	uint64_t n;
	enum rc rc;

	if (!num_u64(a->v[0], 1, 100000, &n))
		return err_set(e, E_USAGE, N_("\"%s\" is no number of a step (purser incident next)"), a->v[0]);
	if ((rc = incident_pick(s, arg_str(a, "incident"), &id, e)) != OK || (rc = agenda_load(s, id, &g, e)) != OK ||
	    (rc = agenda_keep(s, &g, e)) != OK || (rc = moment_ms(s, arg_str(a, "at"), &at, e)) != OK)
		return rc;
	if ((it = numbered(&g, (unsigned)n)) == NULL)
		return err_set(e, E_NOTFOUND, N_("incident I%lld has no step %u"), (long long)id, (unsigned)n);
	if ((rc = ask_ref(s, a, it, &ref, e)) != OK)
		return rc;
	/* A reference number that comes later does not move the time at which it was done. */
	if (it->done_ms != 0 && arg_str(a, "at") == NULL)
		at = it->done_ms;
	if (remark == NULL)
		remark = it->remark;
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = incident_step_done(session_db(s), id, (unsigned)n, undo ? 0 : at, buf_str(&ref), remark, e)) != OK ||
	    (rc = step_event(t, &g, it, undo, buf_str(&ref), e)) != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	if ((rc = agenda_load(s, id, &after, e)) != OK)
		return rc;
	if (s->json)
		return (it = numbered(&after, (unsigned)n)) != NULL ? agenda_json(s, &after, it, e) : OK;
	if (it->def->ref && buf_str(&ref)[0] == '\0' && !undo)
		note(s, N_("No reference number: ask for one when you can. purser incident done %u --ref NUMBER"), (unsigned)n);
	if (undo)
		say(s, N_("Step %u is open again."), (unsigned)n);
	else if (agenda_next(&after) == NULL)
		say(s, N_("Every step is done. purser incident close"));
	else
		say(s, N_("Step %u is done. Next:"), (unsigned)n);
	if (!undo && agenda_next(&after) != NULL)
		agenda_line(s, &after, agenda_next(&after));
	return OK;
}

static const struct option done_options[] = {
	{ "ref", 0, "REF", N_("the reference number they gave"), NULL, 0 },
	{ "note", 0, "TEXT", N_("kept with the step"), NULL, 0 },
	{ "at", 0, "TIME", N_("when it was done (default now)"), NULL, 0 },
	{ "undo", 0, NULL, N_("it is not done after all"), NULL, 0 },
	{ "incident", 0, "ID", N_("of this incident (default the only open one)"), NULL, 0 },
	{ 0 },
};

const struct command incident_done_command = {
	.name = "done",
	.usage = "N",
	.summary = N_("step N is done; asks for the reference number where one belongs"),
	.options = done_options,
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = done_run,
};
