/* cmd/case.c: `purser case`: support that does not answer. Open, update, climb; lists and letters are in case_*.c. */
#include "cmd/caselib.h"

#include "base/time.h"
#include "cmd/history_add.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/incident.h"
#include "store/log.h"

#include <string.h>
#include <unistd.h>

#define CHANNELS "phone|web|mail|post|app|chat|person"

/* ---- what was typed ---- */

static const char *
given(const struct args *a, const char *name)
{
	const char *v = arg_str(a, name);

	return v != NULL ? v : "";
}

static enum rc
promised_read(const struct args *a, bool *has, int64_t *day, struct err *e)
{
	const char *text = arg_str(a, "promised");

	*has = text != NULL;
	if (text == NULL || civil_day_read(text, day))
		return OK;
	return err_set(e, E_USAGE, N_("--promised: \"%s\" is no day such as 2026-12-02"), text);
}

static enum rc
texts_ok(const struct args *a, const char *const *name, size_t n, struct err *e)
{
	enum rc rc = OK;

	for (size_t i = 0; i < n && rc == OK; i++)
		rc = text_check(name[i], given(a, name[i]), CASE_TEXT_MAX, e);
	return rc;
}

static enum rc
case_log(struct vault_txn *t, const char *what, int64_t id, const char *key, const char *value, struct err *e)
{
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, "case");
	log_text_add(&text, "what", what);
	log_text_u64(&text, "id", (uint64_t)id);
	if (key != NULL)
		log_text_add(&text, key, value);
	return (rc = buf_check(&text, e)) != OK ? rc : vault_txn_event(t, &text, e);
}

/* What the command left behind: the object, or a line. */
static enum rc
tell_case(struct session *s, int64_t id, struct err *e)
{
	CASE_FACTS cf = { .ladder = NULL };
	ONE_CASE o = { .text = NULL };
	BUF due = { .max = 16384 };
	enum rc rc;

	if ((rc = case_facts_load(s, &cf, s->json, e)) != OK || (rc = one_case_load(s, &cf, id, &o, e)) != OK)
		return rc;
	if (s->json)
		return case_json(s, &cf, &o, true, e);
	case_due_text(&due, &o, &cf);
	say(s, "C%lld  %s  %s  %s", (long long)id, o.c.account_name[0] != '\0' ? o.c.account_name : o.c.who,
	    _(rung_words(o.c.rung)), o.c.closed_ms != 0 ? _("closed") : case_subject(&o));
	if (due.len > 0)
		say(s, N_("Due  %s"), buf_str(&due));
	else if (o.c.closed_ms == 0 && !o.c.answered)
		note(s, N_("No confirmed time for an answer is known here. When did they promise one?  purser case update C%lld "
			   "--promised DATE"), (long long)id);
	return OK;
}

/* ---- open ---- */

/* An account, or anybody else; but a name that is nearly an account's is a slip. */
static enum rc
who_get(struct session *s, const char *word, struct account *acct, struct err *e)
{
	AUTO(accounts_free) struct accounts all = { 0 };
	AUTO(auto_free) const char **names = NULL;
	char near[256] = "";
	enum rc rc = account_find(session_db(s), word, acct, e);

	if (rc != E_NOTFOUND)
		return rc;
	err_clear(e);
	if ((rc = text_check("WHO", word, 256, e)) != OK || (rc = account_list(session_db(s), &all, e)) != OK)
		return rc;
	if ((names = calloc(all.n + 1, sizeof *names)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < all.n; i++)
		names[i] = all.a[i].name;
	suggest(near, sizeof near, word, names, all.n);
	if (near[0] == '\0')
		return OK;
	(void)err_set(e, E_NOTFOUND, N_("no account \"%s\". Near: %s"), word, near);
	err_next(e, N_("somebody else of nearly that name: give the name another form"));
	return E_NOTFOUND;
}

static enum rc
there_is(void *ctx, const struct incident *i, struct err *e)
{
	(void)ctx;
	(void)i;
	(void)e;
	return OK;
}

/* --incident; else the only open one that the account has to do with. */
static enum rc
incident_get(struct session *s, const struct args *a, int64_t account, int64_t *id, struct err *e)
{
	AUTO(accounts_free) struct accounts in = { 0 };
	const char *word = arg_str(a, "incident");
	struct err none = { .rc = OK };
	enum rc rc;

	*id = 0;
	if (word != NULL && !incident_id_parse(word, id))
		return err_set(e, E_USAGE, N_("\"%s\" is no incident: I1, I2 ... (purser incident list)"), word);
	if (word != NULL)
		return incident_one(session_db(s), *id, there_is, NULL, e);
	if (account == 0 || incident_only(session_db(s), id, &none) != OK)
		return OK;
	if ((rc = incident_accounts(session_db(s), *id, &in, e)) != OK)
		return rc;
	for (size_t i = 0; i < in.n; i++)
		if (in.a[i].id == account)
			return OK;
	*id = 0;
	return OK;
}

static enum rc
rows_add(struct session *s, const struct args *a, int64_t id, struct err *e)
{
	const char *word;
	int64_t row;
	enum rc rc;

	for (unsigned i = 0; (word = arg_nth(a, "row", i)) != NULL; i++)
		if ((rc = query_find(session_db(s), word, &row, e)) != OK ||
		    (rc = case_row_add(session_db(s), id, row, e)) != OK)
			return rc;
	return OK;
}

static enum rc
open_run(struct session *s, const struct args *a, struct err *e)
{
	static const char *const texts[] = { "subject", "ref", "text" };
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(account_free) struct account acct = { 0 };
	struct support_case c = { .subject = given(a, "subject"), .channel = given(a, "by"), .ref = given(a, "ref") };
	int64_t id;
	enum rc rc;

	account_init(&acct);
	if ((rc = texts_ok(a, texts, COUNTOF(texts), e)) != OK ||
	    (rc = promised_read(a, &c.has_promised, &c.promised, e)) != OK ||
	    (rc = moment_ms(s, arg_str(a, "at"), &c.opened_ms, e)) != OK ||
	    (rc = who_get(s, a->v[0], &acct, e)) != OK || (rc = incident_get(s, a, acct.id, &c.incident, e)) != OK)
		return rc;
	c.account = acct.id;
	c.who = acct.id != 0 ? acct.name : a->v[0];
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = case_open(session_db(s), &c, given(a, "text"), s->now_ms, &id, e)) != OK ||
	    (rc = rows_add(s, a, id, e)) != OK || (rc = case_log(t, "open", id, "who", c.who, e)) != OK ||
	    (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	if ((rc = tell_case(s, id, e)) == OK)
		note(s, N_("The letter: purser case letter C%lld"), (long long)id);
	return rc;
}

static const struct option open_options[] = {
	{ "subject", 0, "TEXT", N_("what it is about (default what its incident is)"), NULL, 0 },
	{ "incident", 0, "ID", N_("of this incident (default the only open one of that account)"), NULL, 0 },
	{ "by", 0, "WORD", N_("how you told them"), CHANNELS, 0 },
	{ "ref", 0, "REF", N_("the reference number they gave"), NULL, 0 },
	{ "promised", 0, "DATE", N_("the day by which they promised an answer"), NULL, 0 },
	{ "row", 0, "ID", N_("a transaction it is about; may be given several times"), NULL, 0 },
	{ "text", 0, "TEXT", N_("what you said; it may stand in letters"), NULL, 0 },
	{ "at", 0, "TIME", N_("when you told them (default now)"), NULL, 0 },
	{ 0 },
};

/* ---- climb ---- */

static enum rc
not_overdue(const struct one_case *o, const struct case_facts *cf, struct err *e)
{
	BUF due = { .max = 16384 };

	case_due_text(&due, o, cf);
	if (due.len > 0)
		(void)err_set(e, E_USAGE, N_("C%lld is not overdue: due %s. Nothing was changed"), (long long)o->c.id,
		    buf_str(&due));
	else
		(void)err_set(e, E_USAGE, N_("C%lld is not overdue: no time for an answer runs. Nothing was changed"),
		    (long long)o->c.id);
	err_next(e, "purser case climb --now REASON C%lld", (long long)o->c.id);
	return E_USAGE;
}

/* One rung up, with its letter: made before anything is changed, written before the case says so. */
static enum rc
climb_to(struct session *s, const struct args *a, const struct case_facts *cf, const struct one_case *o, enum rung next,
    const struct buf *letter, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct case_event ev = { .kind = CASE_CLIMB, .rung = next, .at_ms = s->now_ms, .made_ms = s->now_ms, .by = "",
		.ref = "" };
	BUF why = { .max = 16384 };
	const char *file = arg_str(a, "out");
	enum rc rc;

	if (arg_str(a, "now") != NULL)
		buf_adds(&why, arg_str(a, "now"));
	else
		case_due_text(&why, o, cf);
	ev.text = buf_str(&why);
	if ((rc = buf_check(&why, e)) != OK ||
	    (rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = case_happened(session_db(s), o->c.id, &ev, e)) != OK ||
	    (rc = case_log(t, "climb", o->c.id, "rung", rung_name(next), e)) != OK)
		return rc;
	if (file != NULL && (rc = case_letter_out(s, o, letter_of_rung(next), letter, file, e)) != OK)
		return rc;
	if ((rc = vault_txn_commit(&t, e)) != OK && file != NULL)
		(void)unlink(file);
	return rc;
}

static void
climbed_say(struct session *s, const struct case_facts *cf, const struct one_case *o, enum rung next)
{
	say_tone(s, TONE_BOLD, N_("C%lld is now on: %s"), (long long)o->c.id, _(rung_words(next)));
	for (unsigned r = (unsigned)o->c.rung + 1; r < (unsigned)next; r++)
		say(s, N_("  left out, because nobody confirmed is known there: %s"), _(rung_words((enum rung)r)));
	case_rung_say(s, cf, o, next);
	if (o->guessed)
		say(s, N_("  Country %s, guessed from the currency: purser account edit %s --country CC"), o->country,
		    o->c.account_name);
}

static enum rc
may_climb(const struct args *a, const struct case_facts *cf, const struct one_case *o, enum rung *next, struct err *e)
{
	if (o->c.closed_ms != 0)
		return err_set(e, E_EXISTS, N_("case C%lld is closed; open a new one"), (long long)o->c.id);
	if (!o->overdue && arg_str(a, "now") == NULL)
		return not_overdue(o, cf, e);
	if (!ladder_next(cf->ladder, o->c.rung, &o->where, next))
		return err_set(e, E_USAGE, N_("C%lld is on the top of the ladder. Nothing was changed"), (long long)o->c.id);
	return OK;
}

/* Asked within the transaction of an update that is to climb: otherwise nothing of it is kept. */
static enum rc
will_climb(struct session *s, const struct args *a, int64_t id, struct err *e)
{
	CASE_FACTS cf = { .ladder = NULL };
	ONE_CASE o = { .text = NULL };
	enum rung next;
	enum rc rc;

	if (!arg_has(a, "climb"))
		return OK;
	if ((rc = case_facts_load(s, &cf, true, e)) != OK || (rc = one_case_load(s, &cf, id, &o, e)) != OK)
		return rc;
	return may_climb(a, &cf, &o, &next, e);
}

static enum rc
climb(struct session *s, const struct args *a, int64_t id, struct err *e)
{
	const char *name = given(a, "name");
	CASE_FACTS cf = { .ladder = NULL };
	ONE_CASE o = { .text = NULL };
	BUF letter = { .max = 8 << 20 };
	enum rung next;
	enum rc rc;

	if ((rc = case_facts_load(s, &cf, false, e)) != OK || (rc = one_case_load(s, &cf, id, &o, e)) != OK)
		return rc;
	if ((rc = may_climb(a, &cf, &o, &next, e)) != OK ||
	    (rc = case_letter_make(s, &cf, &o, letter_of_rung(next), name, &letter, e)) != OK ||
	    (rc = climb_to(s, a, &cf, &o, next, &letter, e)) != OK)
		return rc;
	if (s->json && (rc = tell_case(s, id, e)) != OK)
		return rc;
	climbed_say(s, &cf, &o, next);
	if (arg_str(a, "out") != NULL)
		return OK;
	say(s, "%s", "");
	return case_letter_out(s, &o, letter_of_rung(next), &letter, NULL, e);
}

static enum rc
climb_run(struct session *s, const struct args *a, struct err *e)
{
	static const char *const texts[] = { "name", "now" };
	int64_t id;
	enum rc rc;

	if ((rc = texts_ok(a, texts, COUNTOF(texts), e)) != OK || (rc = case_pick(s, a->n > 0 ? a->v[0] : NULL, &id, e)) != OK)
		return rc;
	return climb(s, a, id, e);
}

#define CLIMB_OPTIONS                                                                                                  \
	{ "now", 0, "REASON", N_("although it is not overdue; the reason is kept"), NULL, 0 },                         \
	    { "out", 0, "FILE", N_("the letter of that rung into a new file, readable by you only"), NULL, 0 },        \
	    { "name", 0, "TEXT", N_("your name in the letter; it is not stored"), NULL, 0 }

static const struct option climb_options[] = { CLIMB_OPTIONS, { 0 } };

/* ---- update ---- */

/* What happened, in the order in which it makes sense: told or answered, promised, noted, closed. */
static enum rc
update_all(struct session *s, const struct args *a, int64_t id, int64_t at_ms, struct err *e)
{
	struct case_event ev = { .at_ms = at_ms, .made_ms = s->now_ms, .by = given(a, "by"), .ref = given(a, "ref"),
		.text = given(a, "answer") };
	bool has;
	int64_t day;
	enum rc rc;

	ev.kind = arg_has(a, "answer") ? CASE_ANSWER : CASE_TOLD;
	if (ev.kind == CASE_TOLD)
		ev.text = given(a, "text");
	if ((ev.kind == CASE_ANSWER || ev.by[0] != '\0' || ev.ref[0] != '\0' || ev.text[0] != '\0') &&
	    (rc = case_happened(session_db(s), id, &ev, e)) != OK)
		return rc;
	if ((rc = promised_read(a, &has, &day, e)) != OK ||
	    (has && (rc = case_promised(session_db(s), id, day, at_ms, s->now_ms, e)) != OK))
		return rc;
	ev.by = ev.ref = "";
	ev.text = given(a, "note");
	ev.kind = CASE_NOTE;
	if (arg_has(a, "note") && (rc = case_happened(session_db(s), id, &ev, e)) != OK)
		return rc;
	if ((rc = rows_add(s, a, id, e)) != OK)
		return rc;
	ev.text = given(a, "close");
	ev.kind = CASE_CLOSE;
	return arg_has(a, "close") ? case_happened(session_db(s), id, &ev, e) : OK;
}

static enum rc
update_run(struct session *s, const struct args *a, struct err *e)
{
	static const char *const texts[] = { "answer", "ref", "note", "close", "text", "now", "name" };
	static const char *const changes[] = { "answer", "ref", "note", "close", "text", "by", "promised", "row" };
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	bool any = false;
	int64_t id, at;
	enum rc rc;

	for (size_t i = 0; i < COUNTOF(changes); i++)
		any = any || arg_has(a, changes[i]);
	if (!any && !arg_has(a, "climb"))
		return err_set(e, E_USAGE, N_("nothing to change: give at least one option"));
	if ((rc = arg_exclusive(a, "climb", "close", e)) != OK || (rc = texts_ok(a, texts, COUNTOF(texts), e)) != OK ||
	    (rc = moment_ms(s, arg_str(a, "at"), &at, e)) != OK || (rc = case_pick(s, a->v[0], &id, e)) != OK)
		return rc;
	if (any && ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = update_all(s, a, id, at, e)) != OK || (rc = will_climb(s, a, id, e)) != OK ||
	    (rc = case_log(t, arg_has(a, "close") ? "close" : "update", id, NULL, NULL, e)) != OK ||
	    (rc = vault_txn_commit(&t, e)) != OK))
		return rc;
	return arg_has(a, "climb") ? climb(s, a, id, e) : tell_case(s, id, e);
}

static const struct option update_options[] = {
	{ "answer", 0, "TEXT", N_("what they answered"), NULL, 0 },
	{ "promised", 0, "DATE", N_("the day by which they promised an answer"), NULL, 0 },
	{ "by", 0, "WORD", N_("how you told them again, or how they answered"), CHANNELS, 0 },
	{ "ref", 0, "REF", N_("the reference number they gave"), NULL, 0 },
	{ "text", 0, "TEXT", N_("what you told them; it may stand in letters"), NULL, 0 },
	{ "note", 0, "TEXT", N_("for yourself; it stands in no letter"), NULL, 0 },
	{ "row", 0, "ID", N_("a transaction it is about, too"), NULL, 0 },
	{ "at", 0, "TIME", N_("when that was (default now)"), NULL, 0 },
	{ "close", 0, "OUTCOME", N_("it is settled, or given up: how"), NULL, 0 },
	{ "climb", 0, NULL, N_("then one rung up, as case climb does"), NULL, 0 },
	CLIMB_OPTIONS,
	{ 0 },
};

/* ---- the table ---- */

static const struct command case_open_command = {
	.name = "open", .usage = "NAME", .summary = N_("a case with an account's provider, or with anybody else"),
	.options = open_options, .min_args = 1, .max_args = 1, .flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = open_run,
};
static const struct command case_update_command = {
	.name = "update", .usage = "CASE", .summary = N_("what they answered, promised; the reference; how it ended"),
	.options = update_options, .min_args = 1, .max_args = 1, .flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = update_run,
};
static const struct command case_climb_command = {
	.name = "climb", .usage = "[CASE]", .summary = N_("overdue: one rung up, with the letter for it"),
	.options = climb_options, .max_args = 1, .flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE, .run = climb_run,
};

static const struct command *const case_subs[] = { &case_open_command, &case_list_command, &case_show_command,
	&case_update_command, &case_climb_command, &case_letter_command, NULL };

static const struct example case_examples[] = {
	{ "purser case open paypal --by web --ref PP-R-QXA-1 --promised 2026-12-02", NULL },
	{ "purser case list --overdue", N_("who should have answered by now") },
	{ "purser case update C1 --answer \"we look into it\" --promised 2026-12-09", NULL },
	{ "purser case climb C1 --name \"Anna Beispiel\"", N_("the next rung, and its letter") },
	{ "purser case letter paypal --lang zh", NULL },
	{ "purser case update C1 --close \"refunded in full\"", NULL },
	{ 0 },
};

const struct command cmd_case = {
	.name = "case",
	.group = GROUP_AFTER,
	.summary = N_("support that does not answer: what was told, what is due, who is next"),
	.description = N_(
	    "A case is with the provider of an account, or with anybody else. It keeps how and when you told them, their "
	    "reference, what they promised and answered; nothing of it is erased. incident notice opens one, or goes on with "
	    "it. CASE is its number (C1), or the account while only one is open with it.\n\n"
	    "A case is overdue when a promised day has passed, or the time for an answer that a confirmed fact of the "
	    "provider or of the law of the account's country gives (purser account edit NAME --country CC). Then it climbs: support, "
	    "formal complaint, ombudsman or complaint body, regulator, police. Each rung has a letter in English and Chinese "
	    "and the official channel with date and source. Where purser knows nobody confirmed on a rung, it says so, and "
	    "names none.\n\n"
	    "No password, code or key can get into a letter. Works while the store is frozen."),
	.examples = case_examples,
	.subs = case_subs,
};
