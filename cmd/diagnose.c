/* cmd/diagnose.c: `purser diagnose`: a payment, a balance, a login, an account that does not work: the checks in
 * order. */
#include "cmd/diagnose.h"

#include "agent/secrets.h"
#include "cmd/card.h"
#include "cmd/open.h"
#include "cmd/savelines.h"
#include "cmd/term.h"
#include "store/query.h"
#include "store/symptoms.h"

#include <string.h>

#define FACTS_SHOWN 8u

struct case_of { struct patient p; struct account account; int64_t row; enum rail rail; enum provider_class class; };

static void
case_free(struct case_of *c)
{
	account_free(&c->account);
	free(c->p.status_text);
}

/* ---- whom it is about ---- */

static enum rc
take_row(void *ctx, const struct entry *en, struct err *e)
{
	struct case_of *c = ctx;

	memcpy(c->p.row, en->id, sizeof c->p.row);
	memcpy(c->p.id, en->id, sizeof c->p.id);
	if (en->id_short < TXN_ID_LEN)
		c->p.row[en->id_short] = '\0';
	c->account.id = en->account_id;
	c->rail = rail_of(en, CLASS_COUNT) == RAIL_CARD ? RAIL_CARD : rail_funding(en);
	c->p.status_text = strdup(en->status_text);
	return c->p.status_text != NULL ? OK : err_set(e, E_NOMEM, N_("out of memory"));
}

/* An account of that name, else the row whose ID begins so. */
static enum rc
find_patient(struct session *s, const char *word, struct case_of *c, struct err *e)
{
	struct err none = { .rc = OK };
	int64_t id;
	enum rc rc = account_find(session_db(s), word, &c->account, e);

	if (rc != E_NOTFOUND)
		return rc;
	if ((rc = query_find(session_db(s), word, &c->row, &none)) == E_NOTFOUND || strlen(word) < TXN_ID_MIN)
		return session_no_account(s, word, e);
	if (rc != OK) {
		*e = none;
		return rc;
	}
	err_clear(e);
	if ((rc = query_one(session_db(s), c->row, take_row, c, e)) != OK)
		return rc;
	id = c->account.id;
	account_free(&c->account);
	account_init(&c->account);
	return account_by_id(session_db(s), id, &c->account, e);
}

/* Versions and their dates; no value is read. */
static enum rc
look_secrets(struct session *s, struct case_of *c, struct err *e)
{
	AUTO(secret_rows_free) struct secret_rows all = { 0 };
	struct symptoms *y = &c->p.s;
	enum rc rc = secrets_list(session_access(s), c->account.uid, &all, e);

	for (size_t i = 0; i < all.n && rc == OK; i++) {
		const struct secret_row *r = &all.r[i];

		if (r->id.kind == KIND_OTP && r->use == SECRET_CURRENT)
			y->has_second = true;
		if (r->id.kind != KIND_PASSWORD)
			continue;
		if (r->use == SECRET_CURRENT) {
			y->has_password = true;
			y->password_ms = r->created_ms;
		}
		if (r->use == SECRET_PENDING) {
			y->rotating = true;
			y->rotating_ms = r->created_ms;
		}
		y->newest_ms = r->created_ms > y->newest_ms ? r->created_ms : y->newest_ms;
	}
	return rc;
}

static void
sources_of(const struct facts *f, const struct account *a, struct card_sources *out)
{
	struct card_account as = { .name = a->name, .provider = a->provider, .login = "", .url = "", .way_in = "",
		.controls = 0 };

	*out = (struct card_sources){ .n = 0, .class = CLASS_COUNT };
	if (f->providers != NULL)
		card_sources(out, f->providers, &as);
}

/* A confirmed channel of the data is as good as one of the owner's own. */
static size_t
channels(const struct facts *f, const struct card_sources *src)
{
	size_t n = 0;

	for (size_t i = 0; f->providers != NULL && i < advice_count(f->providers); i++) {
		const struct advice *a = advice_at(f->providers, i);

		n += a->kind <= ADVICE_CONTACT && advice_instructs(a) && card_advice_for(src, a);
	}
	return n;
}

/* ---- the card: looked at, never kept ---- */

static void
look_at_card(const struct session *s, const struct secret *x, struct symptoms *y)
{
	struct civil today = civil_from_unix(s->now_ms / 1000);
	size_t at;

	if (x->bytes == NULL || x->len == 0)
		return;
	at = cardno_split(x->bytes, x->len);
	y->cardno = cardno_check(x->bytes, at);
	y->expiry = expiry_check(x->bytes + at, x->len - at, &today);
}

static enum rc
read_card(struct session *s, const struct args *a, struct case_of *c, enum ailment kind, struct err *e)
{
	uint64_t fd = 0;
	SECRET x = { 0 };
	bool none = false;
	enum rc rc;

	if (arg_str(a, "card-fd") != NULL) {
		if ((rc = arg_u64(a, "card-fd", 0, 1023, &fd, e)) != OK ||
		    (rc = read_line_fd((int)fd, 64, &x, &none, e)) != OK)
			return rc;
	} else if (kind == AIL_PAYMENT && !s->json && can_ask(s) && (c->rail == RAIL_CARD || c->class == CLASS_CARD)) {
		if ((rc = ask_secret(s, N_("Card number and expiry (MM/YY), looked at and forgotten; Enter: not now: "),
		    "--card-fd", &x,
		    e)) != OK)
			return rc;
	}
	look_at_card(s, &x, &c->p.s);
	return OK;
}

/* ---- which ailment ---- */

static enum rc
choose(struct session *s, const struct args *a, const struct case_of *c, enum ailment *out, struct err *e)
{
	const char *word = arg_str(a, "kind");
	char key;
	enum rc rc;

	if (word != NULL)       /* the table has checked the word */
		return ailment_from(word, out) ? OK
		    : err_set(e, E_USAGE, N_("--kind: payment, balance, login or locked"));
	*out = ailment_guess(&c->p.s);
	if (*out != AIL_COUNT) {
		note(s, N_("Looked at as: %s. Another one: --kind payment, balance, login or locked"),
		    _(ailment_words(*out)));
		return OK;
	}
	if (!can_ask(s)) {
		(void)err_set(e, E_USAGE, N_("what is the matter with %s is missing"), c->account.name);
		err_next(e, "--kind payment|balance|login|locked");
		return E_USAGE;
	}
	if ((rc = ask_key(s, "pblk", false, "--kind", &key, e,
	    N_("What is the matter?  p payment failed   b balance is off   l cannot log in   k account locked "))) != OK)
		return rc;
	*out = key == 'p' ? AIL_PAYMENT : key == 'b' ? AIL_BALANCE : key == 'l' ? AIL_LOGIN : AIL_LOCKED;
	return OK;
}

/* ---- what is said ---- */

static enum rc
check_json(struct session *s, const struct check *c, const struct patient *p, const struct words *w, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "finding");
	j_str(&j, "severity", weight_name(c->weight));
	j_str(&j, "account", p->account->name);
	j_str(&j, "what", buf_str(&w->what));
	j_str(&j, "why", buf_str(&w->why));
	j_str(&j, "fix", w->fix.len > 0 ? buf_str(&w->fix) : NULL);
	j_str(&j, "check", check_name(c->id));
	j_str(&j, "state", check_state_name(c->state));
	j_str(&j, "id", p->id[0] != '\0' ? p->id : NULL);
	advice_fields(&j, NULL, NULL);
	return out_json(s, &j, e);
}

static void
check_say(struct session *s, const struct check *c, const struct words *w)
{
	static const struct { const char *mark; enum tone tone; } marks[] = { [CHECK_OK] = { N_("ok  "), TONE_GREEN },
		[CHECK_BAD] = { N_("LOOK"), TONE_RED }, [CHECK_UNKNOWN] = { N_("?   "), TONE_PLAIN } };

	say_tone(s, marks[c->state].tone, "  %s  %s: %s", _(marks[c->state].mark), buf_str(&w->what), buf_str(&w->why));
	if (w->fix.len > 0)
		say(s, "        > %s", buf_str(&w->fix));
}

static enum rc
checks(struct session *s, const struct case_of *c, enum ailment kind, bool *found, struct err *e)
{
	struct check list[CHECK_COUNT];
	size_t n = diagnose(kind, &c->p.s, list);
	enum rc rc = OK;

	for (size_t i = 0; i < n && rc == OK; i++) {
		AUTO(words_free) struct words w = { .what = { 0 } };

		check_words(&w, &list[i], &c->p);
		*found = *found || list[i].state == CHECK_BAD;
		if (s->json)
			rc = check_json(s, &list[i], &c->p, &w, e);
		else
			check_say(s, &list[i], &w);
	}
	return rc;
}

static enum rc
fact_json(struct session *s, const struct facts *f, const struct patient *p, const struct advice *a, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "finding");
	j_str(&j, "severity", weight_name(WEIGHT_NONE));
	j_str(&j, "account", p->account->name);
	j_str(&j, "what", advice_text(a, f->zh));
	j_null(&j, "why");
	j_str(&j, "fix", a->kind == ADVICE_KNOW || !advice_instructs(a) ? NULL : advice_text(a, f->zh));
	j_str(&j, "check", "provider");
	j_str(&j, "state", check_state_name(CHECK_UNKNOWN));
	j_str(&j, "id", p->id[0] != '\0' ? p->id : NULL);
	advice_fields(&j, f, a);
	return out_json(s, &j, e);
}

/* What the provider's own pages say that may be it: whether it is, purser cannot see. */
static enum rc
provider_facts(struct session *s, const struct facts *f, const struct card_sources *src, const struct patient *p,
    enum ailment kind,
    struct err *e)
{
	static const unsigned wanted[AIL_COUNT] = { [AIL_PAYMENT] = 1U << ADVICE_KNOW,
		[AIL_BALANCE] = 1U << ADVICE_KNOW | 1U << ADVICE_REPORT,
		[AIL_LOGIN] = 1U << ADVICE_KNOW | 1U << ADVICE_CONTACT | 1U << ADVICE_STEP,
		[AIL_LOCKED] = 1U << ADVICE_KNOW | 1U << ADVICE_CONTACT | 1U << ADVICE_SAY | 1U << ADVICE_STEP };
	unsigned shown = 0;
	enum rc rc = OK;

	for (size_t i = 0; f->providers != NULL && i < advice_count(f->providers) && rc == OK &&
	    shown < FACTS_SHOWN; i++) {
		const struct advice *a = advice_at(f->providers, i);

		if ((wanted[kind] >> a->kind & 1) == 0 || a->fact.status == DATA_UNCONFIRMED ||
		    !card_advice_for(src, a))
			continue;
		if (shown++ == 0)
			say_tone(s, TONE_BOLD, N_("What is known of this provider (whether it is that, purser cannot "
			    "see):"));
		if (s->json)
			rc = fact_json(s, f, p, a, e);
		else
			advice_say(s, f, a, 2);
	}
	return rc;
}

static void
close_lines(struct session *s, const struct case_of *c, enum ailment kind)
{
	BUF line = { .max = 4096 };

	add_case_line(&line, kind, &c->p);
	say(s, N_("Does nothing of this help: %s"), buf_str(&line));
}

static enum rc
diagnose_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(case_free) struct case_of c = { .row = 0 };
	AUTO(facts_free) struct facts f = { .zh = false };
	struct card_sources src;
	bool found = false;
	enum ailment kind;
	enum rc rc;

	account_init(&c.account);
	c.p.account = &c.account;
	if ((rc = find_patient(s, a->v[0], &c, e)) != OK ||
	    (rc = symptoms_find(session_db(s), &c.account, c.row, s->now_ms, &c.p.s, e)) != OK ||
	    (rc = look_secrets(s, &c, e)) != OK)
		return rc;
	facts_load(&f, s);
	facts_warn(s, &f);
	sources_of(&f, &c.account, &src);
	c.class = src.class;
	c.p.s.contacts += channels(&f, &src);
	c.p.s.store_frozen = vault_state(session_vault(s)) != VAULT_OPEN;
	if ((rc = choose(s, a, &c, &kind, e)) != OK || (rc = read_card(s, a, &c, kind, e)) != OK)
		return rc;
	if (c.p.row[0] != '\0')
		say_tone(s, TONE_BOLD, "%s  %s: %s", c.p.row, c.account.name, _(ailment_words(kind)));
	else
		say_tone(s, TONE_BOLD, "%s: %s", c.account.name, _(ailment_words(kind)));
	if ((rc = checks(s, &c, kind, &found, e)) != OK || (rc = provider_facts(s, &f, &src, &c.p, kind, e)) != OK)
		return rc;
	close_lines(s, &c, kind);
	return found ? E_FINDINGS : OK;
}

/* ---- table ---- */

static const struct option diagnose_options[] = {
	{ "kind", 0, "KIND", N_("what is the matter, where the ID or account does not tell it"),
	    "payment|balance|login|locked", 0 },
	{ "card-fd", 0, "N", N_("card number and expiry (MM/YY) in one line: looked at, never kept"), NULL, 0 },
	{ 0 },
};

static const struct example diagnose_examples[] = {
	{ "purser diagnose t7q4", N_("why did this payment fail") },
	{ "purser diagnose paypal --kind login", N_("the login fails") },
	{ "purser diagnose wechat --kind balance --json", NULL },
	{ 0 },
};

const struct command cmd_diagnose = {
	.name = "diagnose",
	.group = GROUP_AFTER,
	.usage = "ID|NAME",
	.summary = N_("a payment, balance or login that fails: the checks in order"),
	.description = N_(
	    "Goes through the checks in the order in which they are worth doing, and answers each from what is kept "
	    "here: known balance and its day, limits as you noted them, status, duplicates, what is pending, breaks of "
	    "the balance, days that no statement covers, an unfinished change of password, the second factor, the "
	    "clock, who can reset the account. Each says ok, LOOK (something was found) or ? (purser cannot know), "
	    "why, and what to do next. Then what is known of the provider, with source and day, and the line that "
	    "opens a case.\n\n"
	    "ID is a transaction (its payment is looked at), NAME an account; without --kind what the account shows "
	    "decides, or you are asked.\n\n"
	    "No secret is opened. A card number is looked at only where you give it: at the prompt, or by --card-fd. "
	    "It is checked by its length and check digit, and its expiry by the calendar; it is never shown, logged or "
	    "kept.\n\n"
	    "Exit status 10: something was found. --json prints objects finding (severity none, low, medium, high; "
	    "account, what, why, fix, check, state ok, bad or unknown, id, and for facts of the provider fact, "
	    "fact_text, fact_value, fact_status, source, checked, stale)."),
	.examples = diagnose_examples,
	.options = diagnose_options,
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK,
	.run = diagnose_run,
};
