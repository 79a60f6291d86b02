/* cmd/incident.c: `purser incident`: the table, and which incident is meant. Its subcommands are in incident_*.c. */
#include "cmd/incident.h"

#include "cmd/open.h"
#include "cmd/out.h"

#include <string.h>

static enum rc
there(void *ctx, const struct incident *i, struct err *e)
{
	(void)e;
	*(int64_t *)ctx = i->id;
	return OK;
}

enum rc
incident_pick(struct session *s, const char *word, int64_t *id, struct err *e)
{
	int64_t n;

	if (word == NULL)
		return incident_only(session_db(s), id, e);
	if (!incident_id_parse(word, &n))
		return err_set(e, E_USAGE, N_("\"%s\" is no incident: I1, I2 ... (purser incident list)"), word);
	return incident_one(session_db(s), n, there, id, e);
}

/* ---- list ---- */

struct listing { struct session *s; struct table *t; size_t n; };

static enum rc
list_one(void *ctx, const struct incident *i, struct err *e)
{
	struct listing *l = ctx;
	BUF opened = { .max = 64 }, closed = { .max = 64 }, id = { .max = 32 };
	AGENDA a = { .n = 0 };
	enum rc rc;

	l->n++;
	if (l->s->json)
		return (rc = agenda_load(l->s, i->id, &a, e)) != OK ? rc : incident_json(l->s, &a, e);
	buf_addf(&id, "I%lld", (long long)i->id);
	add_time(&opened, i->opened_ms, false);
	if (i->closed_ms != 0)
		add_time(&closed, i->closed_ms, false);
	table_cell(l->t, TONE_CYAN, "%s", buf_str(&id));
	table_cell(l->t, TONE_PLAIN, "%s", buf_str(&opened));
	table_cell(l->t, TONE_PLAIN, "%s", i->closed_ms != 0 ? buf_str(&closed) : _("open"));
	table_cell(l->t, i->severity == SEVERITY_CRITICAL ? TONE_RED : TONE_PLAIN, "%s", _(severity_words(i->severity)));
	table_cell(l->t, TONE_PLAIN, "%s%s%s", _(incident_kind_words(i->kind)), i->title[0] != '\0' ? ": " : "", i->title);
	return table_row(l->t) ? OK : E_INTERRUPTED;
}

static enum rc
list_run(struct session *s, const struct args *a, struct err *e)
{
	static const struct column cols[] = {
		{ N_("ID"), 0, 0 }, { N_("Opened"), 0, 0 }, { N_("Closed"), 0, 0 }, { N_("Severity"), 0, 0 },
		{ N_("What"), COL_CUT, 20 },
	};
	struct listing l = { .s = s };
	TABLE t = { 0 };
	enum rc rc;

	if (!s->json)
		table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
	l.t = &t;
	rc = incident_each(session_db(s), !arg_has(a, "all"), list_one, &l, e);
	table_end(&t);
	if (rc == OK && l.n == 0)
		note(s, arg_has(a, "all") ? N_("There was no incident yet.") : N_("No incident is open."));
	return rc == E_INTERRUPTED ? OK : rc;
}

static const struct option list_options[] = {
	{ "all", 0, NULL, N_("those that are closed, too"), NULL, 0 },
	{ 0 },
};
static const struct command incident_list_command = {
	.name = "list", .summary = N_("the incidents that are open"), .options = list_options,
	.flags = CMD_STORE | CMD_UNLOCK, .run = list_run,
};

/* ---- the table ---- */

static const struct command *const incident_subs[] = { &incident_show_command, &incident_open_command,
	&incident_list_command, &incident_next_command, &incident_done_command, &incident_note_command,
	&incident_notice_command, &incident_attach_command, &incident_deadlines_command, &incident_evidence_command,
	&incident_close_command, NULL };

static const struct example incident_examples[] = {
	{ "purser incident", N_("what it is, what is due, what was told, what is next") },
	{ "purser incident next", N_("the next step; locked, from the card") },
	{ "purser incident done 3 --ref PP-R-QXA-1", N_("done, with the reference number they gave") },
	{ "purser incident notice paypal --by web --ref PP-R-QXA-1 --answer-by 2026-12-02", N_("works locked") },
	{ "purser incident attach mail.eml", N_("kept encrypted, with its hash") },
	{ "purser incident deadlines --ics dates.ics", NULL },
	{ "purser incident evidence --out ~/evidence", NULL },
	{ 0 },
};

const struct command cmd_incident = {
	.name = "incident",
	.group = GROUP_EMERGENCY,
	.usage = "[ID]",
	.summary = N_("what to do next, whom you told, by when they must answer"),
	.description = N_(
	    "An incident is what happened, the payments it is about, the steps to take in the order of what they save, what "
	    "you wrote down, and the dates that count. purser freeze opens one, and so does purser review mark ID fraud; "
	    "purser incident open does it by hand.\n\n"
	    "The order is made for you: mailbox and phone number before the wallets that they can reset; accounts with money "
	    "that can still be stopped first; those that are empty soonest first. Each step names the official channel with "
	    "its source and date, what to say, what never to give, and what to write down.\n\n"
	    "Liability turns on when you told them: incident notice. While the store is locked, note and notice are sealed "
	    "and taken in at the next unlock; anyone with the files could have written them, so they are shown as not "
	    "authenticated. Nothing that was written down is erased: --retract takes it back, and both stay to be seen."),
	.examples = incident_examples,
	.subs = incident_subs,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = incident_show_run,
};
