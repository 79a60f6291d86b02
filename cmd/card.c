/* cmd/card.c: `purser card`: the emergency card, readable whatever state the store is in. */
#include "cmd/card.h"

#include "base/io.h"
#include "base/scope.h"
#include "cmd/open.h"
#include "cmd/out.h"

#include <fcntl.h>
#include <string.h>

#define WAIT_MS 5000

/* ---- JSON ---- */

static void
json_provenance(struct json *j, const struct fact *fact, bool own, int64_t now_ms)
{
	j_str(j, "status", data_status_name(fact->status));
	j_bool(j, "own", own);
	j_str(j, "source", fact->source);
	j_str(j, "checked", fact->checked);
	j_bool(j, "stale", fact_stale(fact, now_ms));
}

static void
json_places(struct json *j, const char *const *place, size_t n)
{
	j_list(j, "jurisdiction");
	for (size_t i = 0; i < n; i++)
		j_str(j, NULL, place[i]);
	j_end_list(j);
}

static enum rc
advice_json(struct session *s, const struct facts *f, const struct card_account *a, unsigned order,
    const struct advice *v, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, v->kind == ADVICE_CONTACT ? "contact" : "step");
	j_str(&j, "account", a != NULL ? a->name : NULL);
	j_int(&j, "order", order);
	j_str(&j, "fact", v->id);
	j_str(&j, "kind", advice_kind_name(v->kind));
	j_text(&j, "by", v->by);
	j_str(&j, "text", advice_text(v, f->zh));
	j_text(&j, "value", v->value);
	json_places(&j, v->place, v->places);
	j_bool(&j, "instruction", advice_instructs(v));
	json_provenance(&j, &v->fact, v->own, f->now_ms);
	return out_json(s, &j, e);
}

/* What its owner entered for an account. */
static enum rc
own_json(struct session *s, const struct card_account *a, unsigned order, const struct card_contact *c, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "contact");
	j_str(&j, "account", a->name);
	j_int(&j, "order", order);
	j_null(&j, "fact");
	j_str(&j, "kind", "contact");
	j_str(&j, "by", strcmp(c->kind, "url") == 0 ? "web" : c->kind);
	j_null(&j, "text");
	j_str(&j, "value", c->value);
	json_places(&j, NULL, 0);
	j_bool(&j, "instruction", true);
	j_null(&j, "status");
	j_bool(&j, "own", true);
	j_null(&j, "source");
	j_text(&j, "checked", c->on);
	j_bool(&j, "stale", false);
	return out_json(s, &j, e);
}

static enum rc
account_json(struct session *s, const struct facts *f, const struct card_account *a, unsigned order, struct err *e)
{
	struct card_contact page = { .kind = "url", .value = a->url };
	struct card_sources src;
	enum rc rc = OK;

	card_sources(&src, f->providers, a);
	for (unsigned k = 0; k < ADVICE_DEADLINE; k++)
		for (size_t i = 0; i < advice_count(f->providers) && rc == OK; i++) {
			const struct advice *v = advice_at(f->providers, i);

			if (v->kind == k && card_advice_for(&src, v))
				rc = advice_json(s, f, a, order, v, e);
		}
	if (rc == OK && a->url[0] != '\0')
		rc = own_json(s, a, order, &page, e);
	for (size_t i = 0; i < a->contacts && rc == OK; i++)
		rc = own_json(s, a, order, &a->contact[i], e);
	return rc;
}

/* Mailbox and SIM where no account stands for them. */
static enum rc
generic_json(struct session *s, const struct facts *f, const char *id, unsigned order, struct err *e)
{
	enum rc rc = OK;

	for (size_t i = 0; i < advice_count(f->providers) && rc == OK; i++) {
		const struct advice *v = advice_at(f->providers, i);

		if (v->kind <= ADVICE_REPORT && advice_of(v, id) && advice_instructs(v))
			rc = advice_json(s, f, NULL, order, v, e);
	}
	return rc;
}

static enum rc
general_json(struct session *s, const struct facts *f, struct err *e)
{
	static const char *const kinds[] = { "not", "do", "know" };
	enum rc rc = OK;

	for (size_t i = 0; f->steps != NULL && i < firststeps_count(f->steps) && rc == OK; i++) {
		const struct first_step *st = firststeps_at(f->steps, i);
		BUF text = { .max = 1 << 16 };
		JSON j = { 0 };

		buf_adds(&text, first_step_text(st, f->zh));
		if (first_step_detail(st, f->zh)[0] != '\0')
			buf_addf(&text, " %s", first_step_detail(st, f->zh));
		j_open(&j, "step");
		j_null(&j, "account");
		j_null(&j, "order");
		j_null(&j, "fact");
		j_str(&j, "kind", kinds[st->kind]);
		j_null(&j, "by");
		j_str(&j, "text", buf_str(&text));
		j_null(&j, "value");
		json_places(&j, NULL, 0);
		j_bool(&j, "instruction", true);
		json_provenance(&j, &st->fact, false, f->now_ms);
		rc = out_json(s, &j, e);
	}
	return rc;
}

static enum rc
card_json(struct session *s, const struct facts *f, const struct card *c, enum card_state state,
    const struct card_account *only, struct err *e)
{
	const char *id[2];
	size_t at, n = card_generic(id, f, c, &at);
	JSON j = { 0 };
	enum rc rc;

	j_open(&j, "card");
	j_str(&j, "state", card_state_name(state));
	j_time(&j, "written", c->written_ms);
	j_list(&j, "accounts");
	for (size_t i = 0; i < c->n; i++) {
		const struct card_account *a = &c->a[i];

		if (only != NULL && a != only)
			continue;
		j_obj(&j, NULL);
		j_str(&j, "name", a->name);
		j_text(&j, "provider", a->provider);
		j_text(&j, "login", a->login);
		j_text(&j, "way_in", a->way_in);
		j_int(&j, "order", (int64_t)(i + (i < at ? 0 : n)) + 1);
		j_list(&j, "controls");
		for (size_t k = 0; k < a->controls; k++)
			j_str(&j, NULL, a->control[k]);
		j_end_list(&j);
		j_end(&j);
	}
	j_end_list(&j);
	rc = out_json(s, &j, e);
	for (size_t i = 0; i <= c->n; i++) {
		for (size_t k = 0; i == at && only == NULL && k < n && rc == OK; k++)
			rc = generic_json(s, f, id[k], (unsigned)(at + k) + 1, e);
		if (i < c->n && (only == NULL || only == &c->a[i]) && rc == OK)
			rc = account_json(s, f, &c->a[i], (unsigned)(i + (i < at ? 0 : n)) + 1, e);
	}
	return rc == OK && only == NULL ? general_json(s, f, e) : rc;
}

/* ---- switching ---- */

static enum rc
told(struct session *s, const char *state, const char *text, struct err *e)
{
	JSON j = { 0 };

	if (!s->json) {
		say(s, "%s", _(text));
		return OK;
	}
	j_open(&j, "card");
	j_str(&j, "state", state);
	return out_json(s, &j, e);
}

static enum rc
switch_to(const struct home *h, bool on, struct err *e)
{
	AUTO(auto_close) int lock = -1;
	enum rc rc = cardfile_lock(h, WAIT_MS, &lock, e);

	return rc == OK ? cardfile_switch(h, on, e) : rc;
}

/* Back on: written at once where the ledger can be opened, else with the next change while it is. */
static enum rc
switch_on(struct session *s, struct err *e)
{
	struct err locked = { 0 };
	enum rc rc, open;

	if ((rc = store_hook_open(s, CMD_STORE, e)) != OK)
		return rc;
	if ((open = session_unlock(s, CMD_UNLOCK, &locked)) != OK && open != E_LOCKED) {
		*e = locked;
		return open;
	}
	if ((rc = switch_to(session_home(s), true, e)) != OK)
		return rc;
	if (open == E_LOCKED)
		return told(s, "none", N_("The emergency card is on. It is written with the next change of an account, or now: "
					  "purser unlock, then purser card."), e);
	rc = card_write(s, session_home(s), session_db(s), e);
	return rc == OK ? told(s, "current", N_("The emergency card is on and written."), e) : rc;
}

/* ---- showing ---- */

static bool
no_store(const struct home *h)
{
	return (h->vault < 0 || !io_exists(h->vault, "keys")) && (h->device < 0 || !io_exists(h->device, "device.key")) &&
	    cardfile_state(h) == CARD_NONE;
}

/* The account of that name, as account_find() would have it: by name, else by what looks the same. */
static enum rc
find_account(const struct card *c, const char *name, const struct card_account **out, struct err *e)
{
	AUTO(auto_free) const char **names = calloc(c->n + 1, sizeof *names);
	BUF key = { .max = 4096 };
	char near[256] = "";

	if ((*out = card_find(c, name)) != NULL)
		return OK;
	account_name_key(&key, name);
	for (size_t i = 0; i < c->n && *out == NULL; i++) {
		BUF other = { .max = 4096 };

		account_name_key(&other, c->a[i].name);
		if (strcmp(buf_str(&key), buf_str(&other)) == 0)
			*out = &c->a[i];
		if (names != NULL)
			names[i] = c->a[i].name;
	}
	if (*out != NULL)
		return OK;
	if (names != NULL)
		suggest(near, sizeof near, name, names, c->n);
	if (near[0] != '\0')
		return err_set(e, E_NOTFOUND, N_("\"%s\" is not on the emergency card. Near: %s"), name, near);
	return err_set(e, E_NOTFOUND, N_("\"%s\" is not on the emergency card"), name);
}

static enum rc
write_sheet(struct session *s, const struct card_lines *l, const char *file, struct err *e)
{
	BUF page = { .max = 16u << 20 };
	enum rc rc;

	if ((rc = card_sheet(s, &page, l, e)) != OK)
		return rc;
	rc = io_create(AT_FDCWD, file, 0600, buf_str(&page), page.len, e);
	if (rc == E_EXISTS)
		return err_set(e, E_EXISTS, N_("%s exists already. Nothing was written."), file);
	if (rc != OK)
		return rc;
	note(s, N_("Written: %s. Print it in a browser, then delete it: it names your accounts."), file);
	return OK;
}

/* What is wrong with the card, before what can be said all the same. */
static void
say_state(struct session *s, enum card_state state, const struct err *why)
{
	switch (state) {
	case CARD_STATE_OFF:
		note(s, N_("The emergency card is switched off (purser card --on). The general steps:"));
		break;
	case CARD_STATE_NONE:
		note(s, N_("There is no emergency card yet: purser unlock, then purser card. The general steps:"));
		break;
	case CARD_STATE_STALE:
		warn(s, N_("This card is old: accounts may have changed since, and what is marked was looked up more than 180 "
			   "days ago."));
		break;
	case CARD_STATE_DAMAGED:
		warn(s, N_("%s. The general steps:"), why->what);
		break;
	case CARD_STATE_CURRENT:
		break;
	}
}

static enum rc
show(struct session *s, const struct args *a, const struct home *h, struct err *e)
{
	AUTO(facts_free) struct facts f = { .zh = false };
	AUTO(card_free) struct card c = { .n = 0 };
	const struct card_account *only = NULL;
	CARD_LINES lines = { .n = 0 };
	struct err why = { 0 };
	enum card_state state;
	int64_t written;
	bool there;
	enum rc rc;

	facts_load(&f, s);
	if (f.providers == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	state = card_standing(s, h, NULL, &written);
	there = card_load(&c, h, &f, &why) == OK;
	if (a->n > 0 && (rc = find_account(&c, a->v[0], &only, e)) != OK)
		return rc;
	facts_warn(s, &f);
	say_state(s, state, &why);
	if (there)
		card_lines_page(&lines, &f, &c, only);
	else
		card_lines_freeze(&lines, &f, NULL);
	if (lines.failed)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (arg_has(a, "sheet"))
		rc = write_sheet(s, &lines, arg_str(a, "sheet"), e);
	else if (s->json)
		rc = card_json(s, &f, &c, state, only, e);
	else {
		out_page(s);
		card_lines_say(s, &lines);
		rc = OK;
	}
	if (rc != OK)
		return rc;
	/* All was shown; that something was left out is the answer all the same. */
	if (state == CARD_STATE_DAMAGED)
		return err_set(e, E_DAMAGED, "%s", why.what);
	return f.own.rc != OK ? err_set(e, E_INPUT, "%s", f.own.what) : OK;
}

static enum rc
card_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(home_close) struct home *h = NULL;
	enum rc rc;

	if ((rc = arg_exclusive(a, "off", "on", e)) != OK || (rc = arg_exclusive(a, "off", "sheet", e)) != OK ||
	    (rc = arg_exclusive(a, "on", "sheet", e)) != OK)
		return rc;
	if (a->n > 0 && (arg_has(a, "off") || arg_has(a, "on")))
		return err_set(e, E_USAGE, N_("--off and --on are for the whole card"));
	if ((rc = session_home_open(s, &h, e)) != OK)
		return rc;
	if (no_store(h)) {
		card_freeze_say(s, NULL);
		(void)err_set(e, E_NOTFOUND, N_("no store at %s"), s->vault);
		err_next(e, N_("purser init"));
		return E_NOTFOUND;
	}
	if (arg_has(a, "on"))
		return switch_on(s, e);
	if (arg_has(a, "off")) {
		if ((rc = switch_to(h, false, e)) != OK)
			return rc;
		return told(s, "off", N_("The emergency card is removed and stays off. purser card --on"), e);
	}
	card_refresh(s, h);
	return show(s, a, h, e);
}

/* ---- table ---- */

static const struct option card_options[] = {
	{ "sheet", 0, "FILE", N_("write a page to print, with QR codes of numbers and addresses"), NULL, 0 },
	{ "off", 0, NULL, N_("remove the card and write none any more"), NULL, 0 },
	{ "on", 0, NULL, N_("write it again"), NULL, 0 },
	{ 0 },
};

static const struct example card_examples[] = {
	{ "purser card", N_("who to tell, in which order; asks for nothing") },
	{ "purser card paypal", N_("one account") },
	{ "purser card --sheet card.html", N_("for the wallet or the fridge") },
	{ "purser card --off", NULL },
	{ 0 },
};

const struct command cmd_card = {
	.name = "card",
	.group = GROUP_EMERGENCY,
	.usage = "[NAME]",
	.summary = N_("who to tell and how to get in, without a password"),
	.description =
	    N_("Shows, for each account, how it is frozen and reported at its provider, how you get in without purser "
	       "(--way-in), what to say first and what nobody real asks for. Mailbox and SIM come first, then what they can "
	       "reset. It works locked and frozen and asks for nothing.\n\n"
	       "The card is the file card in the device directory: plain text that names your institutions, with logins "
	       "masked, no balance, no note and never a secret. purser brings it up to date with every change of "
	       "accounts. purser card --off removes it and keeps it away. What somebody else writes into that file "
	       "never becomes an official channel: these come from the installed data.\n\n"
	       "Only what the provider's own page or the law itself says is an instruction. Other facts say \"reported, "
	       "check yourself\" or \"not confirmed, check yourself\". Every line has its source and the day it was looked "
	       "up; one older than 180 days says so.\n\n"
	       "Your own facts: the file providers.txt below the directory of --home, else "
	       "$XDG_CONFIG_HOME/purser/providers.txt, in the format of the installed providers.txt, with the same checks. A "
	       "record with the id of an installed one takes its place. They are marked as your own entry. A file with a "
	       "mistake is left out as a whole, the card is shown, and the exit status is 7.\n\n"
	       "--sheet makes one HTML file that loads nothing, readable by you only, never over a file that exists. "
	       "QR codes need the program purser-qr; without it the page has none.\n\n"
	       "--json prints one object card (state, written, accounts with name, provider, login, way_in, order and "
	       "controls; state is none, off, current, stale or damaged), then an object step for each thing to do or to "
	       "know and an object contact for each further way to reach a provider. Both have account (null: general), "
	       "order, fact (its id; null for general steps and entries of an account), kind (freeze, report, contact, "
	       "notice, step, say, never, know; general steps: not, do, know), by (app, web, phone, mail, chat, post, "
	       "person), text, value, jurisdiction, instruction (only confirmed facts and your own entries are), status "
	       "(confirmed, confirmed-2nd, unconfirmed; null for entries of an account), own, source, checked and stale."),
	.examples = card_examples,
	.options = card_options,
	.max_args = 1,
	.run = card_run,
};
