/* cmd/account.c: `purser account`: the accounts that are kept. */
#include "cmd/account.h"

#include "agent/secrets.h"
#include "cmd/card.h"
#include "cmd/exposed.h"
#include "cmd/filters.h"
#include "cmd/open.h"
#include "cmd/term.h"
#include "store/log.h"
#include "store/place.h"
#include "wallet/calendar.h"

#include <string.h>

/* ---- what the options say ---- */

enum rc
provider_word(const struct session *s, struct buf *out, const char *word, struct err *e)
{
	AUTO(facts_free) struct facts known = { .zh = false };
	const struct provider *p = NULL;

	/* Without the data file a provider is the word as typed. */
	facts_load(&known, s);
	if (known.providers != NULL)
		p = providers_find(known.providers, word);
	if (p != NULL && p->class != CLASS_LAW) {
		buf_adds(out, p->id);
		return buf_check(out, e);
	}
	for (const char *c = word; *c != '\0'; c++)
		buf_addc(out, *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c);
	return buf_check(out, e);
}

/* "phone:+49 ...", "https://...", "mail@...", or anything else. */
static enum rc
add_contact(struct account *a, const char *text, int64_t now_ms, struct err *e)
{
	static const char *const kind[] = { "phone", "url", "mail", "address", "domain" };
	const char *is = "other", *value = text;
	struct contact *c;

	for (size_t i = 0; i < COUNTOF(kind); i++) {
		size_t n = strlen(kind[i]);

		if (strncmp(text, kind[i], n) == 0 && text[n] == ':') {
			is = kind[i];
			value = text + n + 1;
		}
	}
	if (value == text && (strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0))
		is = "url";
	else if (value == text && strchr(text, '@') != NULL)
		is = "mail";
	else if (value == text && (text[0] == '+' || (text[0] >= '0' && text[0] <= '9')))
		is = "phone";
	if (value[0] == '\0')
		return err_set(e, E_USAGE, N_("--contact: nothing is given after %s:"), is);
	if ((c = realloc(a->contact, (a->contacts + 1) * sizeof *c)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	a->contact = c;
	c += a->contacts;
	*c = (struct contact){ .kind = strdup(is), .value = strdup(value), .note = strdup(""), .confirmed_ms = now_ms };
	a->contacts++;
	return c->kind && c->value && c->note ? OK : err_set(e, E_NOMEM, N_("out of memory"));
}

static enum rc
add_control(struct session *s, struct account *a, const char *name, struct err *e)
{
	AUTO(account_free) struct account other = { 0 };
	char **c;
	enum rc rc;

	account_init(&other);
	if ((rc = session_account(s, name, &other, e)) != OK)
		return rc;
	if ((c = realloc(a->control, (a->controls + 1) * sizeof *c)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	a->control = c;
	if ((c[a->controls] = strdup(other.name)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	a->controls++;
	return OK;
}

/* The first --contact or --controls of an edit replaces what was there; "" alone takes all away. */
static enum rc
lists(struct session *s, const struct args *a, struct account *acct, struct err *e)
{
	const char *v;
	enum rc rc;

	if (arg_has(a, "contact")) {
		for (size_t i = 0; i < acct->contacts; i++) {
			free(acct->contact[i].kind);
			free(acct->contact[i].value);
			free(acct->contact[i].note);
		}
		acct->contacts = 0;
	}
	if (arg_has(a, "controls")) {
		for (size_t i = 0; i < acct->controls; i++)
			free(acct->control[i]);
		acct->controls = 0;
	}
	for (unsigned i = 0; (v = arg_nth(a, "contact", i)) != NULL; i++) {
		if (v[0] != '\0' && (rc = add_contact(acct, v, s->now_ms, e)) != OK)
			return rc;
	}
	for (unsigned i = 0; (v = arg_nth(a, "controls", i)) != NULL; i++) {
		if (v[0] != '\0' && (rc = add_control(s, acct, v, e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
apply_options(struct session *s, const struct args *a, struct account *acct, struct err *e)
{
	const struct { const char *option; char **to;
	} text[] = { { "login", &acct->login }, { "limit", &acct->limits }, { "url", &acct->url },
		{ "way-in", &acct->way_in }, { "note", &acct->notes } };
	char cur[CURRENCY_MAX + 1];
	const char *v;
	BUF provider = { 0 };
	enum rc rc;

	for (size_t i = 0; i < COUNTOF(text); i++) {
		if ((v = arg_str(a, text[i].option)) != NULL && (rc = text_set(text[i].to, v, e)) != OK)
			return rc;
	}
	if ((v = arg_str(a, "provider")) != NULL && ((rc = provider_word(s, &provider, v, e)) != OK ||
	    (rc = text_set(&acct->provider, buf_str(&provider), e)) != OK))
		return rc;
	if ((v = arg_str(a, "currency")) != NULL) {
		if (v[0] != '\0' && !currency_norm(cur, v))
			return err_set(e, E_USAGE, N_("--currency: %s is no currency code (EUR, CNY ...)"), v);
		if ((rc = text_set(&acct->currency, v[0] != '\0' ? cur : "", e)) != OK)
			return rc;
	}
	return lists(s, a, acct, e);
}

/* --country: "" takes it away. false in *given: the option is not there. */
static enum rc
country_option(const struct args *a, char out[3], bool *given, struct err *e)
{
	const char *v = arg_str(a, "country");

	*given = v != NULL;
	out[0] = '\0';
	if (v == NULL || v[0] == '\0' || country_norm(out, v))
		return OK;
	return err_set(e, E_USAGE, N_("--country: %s is no country code: two letters (US, DE, GB, CN ...)"), v);
}

/* ---- add, edit, remove ---- */

static enum rc
log_account(struct vault_txn *t, const char *event, const struct account *a, struct err *e)
{
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, event);
	log_text_add(&text, "account", a->name);
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	return vault_txn_event(t, &text, e);
}

enum rc
account_make(struct session *s, struct vault_txn *t, struct account *a, struct err *e)
{
	enum rc rc;

	if ((rc = account_add(session_db(s), a, s->now_ms, e)) != OK)
		return rc;
	return log_account(t, "account-add", a, e);
}

static enum rc
add_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(account_free) struct account acct = { 0 };
	char country[3];
	bool given;
	enum rc rc;

	account_init(&acct);
	if ((rc = text_set(&acct.name, a->v[0], e)) != OK || (rc = account_name_check(a->v[0], e)) != OK ||
	    (rc = apply_options(s, a, &acct, e)) != OK || (rc = country_option(a, country, &given, e)) != OK)
		return rc;
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = account_make(s, t, &acct, e)) != OK ||
	    (given && (rc = account_country_set(session_db(s), acct.id, country, e)) != OK) ||
	    (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	card_keep(s, session_home(s), session_db(s));
	if (s->json)
		return account_out(s, &acct, e);
	note(s, N_("Account %s is kept.  purser secret set %s"), acct.name, acct.name);
	if (acct.way_in[0] == '\0')
		note(s, N_("How do you get in without purser?  purser account edit %s --way-in TEXT"), acct.name);
	return OK;
}

static enum rc
edit_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(account_free) struct account acct = { 0 };
	const char *rename = arg_str(a, "rename"), *state = arg_str(a, "state");
	char country[3];
	bool given;
	enum rc rc;

	account_init(&acct);
	if ((rc = session_account(s, a->v[0], &acct, e)) != OK)
		return rc;
	if (a->nopt == 0)
		return err_set(e, E_USAGE, N_("nothing to change: give at least one option"));
	if ((rc = apply_options(s, a, &acct, e)) != OK || (rc = country_option(a, country, &given, e)) != OK)
		return rc;
	if (rename != NULL && (rc = text_set(&acct.name, rename, e)) != OK)
		return rc;
	if (state != NULL && acct.state != ACCOUNT_FROZEN) {
		acct.state = strcmp(state, "closed") == 0 ? ACCOUNT_CLOSED : ACCOUNT_ACTIVE;
		acct.closed_ms = acct.state == ACCOUNT_CLOSED ? s->now_ms : 0;
	}
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = account_save(session_db(s), &acct, e)) != OK ||
	    (given && (rc = account_country_set(session_db(s), acct.id, country, e)) != OK) ||
	    (rc = log_account(t, "account-edit", &acct, e)) != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	card_keep(s, session_home(s), session_db(s));
	if (s->json)
		return account_out(s, &acct, e);
	note(s, N_("Changed: %s."), acct.name);
	return OK;
}

/* Their values must not outlive the account. */
static enum rc
remove_secrets(struct session *s, const struct account *acct, struct err *e)
{
	enum rc rc = secrets_remove(session_access(s), acct->uid, 0, s->now_ms, s->wait_ms, e);

	return rc == E_NOTFOUND ? OK : rc;
}

static enum rc
remove_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_figures_free) struct account_figures f = { 0 };
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(secret_rows_free) struct secret_rows secrets = { 0 };
	AUTO(account_free) struct account acct = { 0 };
	enum rc rc;

	account_init(&acct);
	if ((rc = session_account(s, a->v[0], &acct, e)) != OK || (rc = account_figures(session_db(s), acct.id, &f, e)) != OK ||
	    (rc = secrets_list(session_access(s), acct.uid, &secrets, e)) != OK)
		return rc;
	if ((rc = ask_confirm(s, acct.name, e,
		 N_("Removing %s deletes its %llu transactions and its %zu secret versions for good."), acct.name,
		 (unsigned long long)f.transactions, secrets.n)) != OK)
		return rc;
	if ((rc = remove_secrets(s, &acct, e)) != OK ||
	    (rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = account_remove(session_db(s), acct.id, true, e)) != OK ||
	    (rc = log_account(t, "account-remove", &acct, e)) != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	card_keep(s, session_home(s), session_db(s));
	note(s, N_("Removed: %s."), acct.name);
	return OK;
}

/* ---- table ---- */

#define FIELD_OPTIONS                                                                                                  \
	{ "provider", 0, "WORD", N_("paypal, alipay, wechat, apple-card or any other"), NULL, 0 },                     \
	    { "login", 0, "TEXT", N_("what you log in with: mail, number, name"), NULL, 0 },                           \
	    { "currency", 0, "CODE", N_("its main currency (EUR, CNY ...)"), NULL, 0 },                                \
	    { "country", 0, "CC", N_("where its contract is, two letters: whose law and deadlines hold"), NULL, 0 },   \
	    { "limit", 0, "TEXT", N_("limits that hold there, as you want to read them"), NULL, 0 },                   \
	    { "url", 0, "URL", N_("its own page"), NULL, 0 },                                                          \
	    { "contact", 0, "TEXT", N_("its real phone, mail or page; may be given several times (phone:+49 ...)"),    \
		    NULL, 0 },                                                                                         \
	    { "controls", 0, "NAME", N_("an account that this one can reset (a mailbox); may be given several times"), \
		    NULL, 0 },                                                                                         \
	    { "way-in", 0, "TEXT", N_("how you get in without purser; on the card, never a secret"), NULL, 0 },        \
	{                                                                                                              \
		"note", 0, "TEXT", N_("anything else, never a secret"), NULL, 0                                        \
	}

static const struct option add_options[] = { FIELD_OPTIONS, { 0 } };
static const struct option edit_options[] = {
	FIELD_OPTIONS,
	{ "rename", 0, "NEW", N_("give it another name"), NULL, 0 },
	{ "state", 0, "STATE", N_("closed keeps its history and takes it out of lists to do"), "active|closed", 0 },
	{ 0 }
};

static const struct command account_add_command = {
	.name = "add", .usage = "NAME", .summary = N_("keep an account"), .options = add_options,
	.min_args = 1, .max_args = 1, .flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE, .run = add_run,
};

static const struct command account_list_command = {
	.name = "list", .summary = N_("all accounts"), .flags = CMD_STORE | CMD_UNLOCK, .run = account_list_run,
};

static const struct command account_show_command = {
	.name = "show", .usage = "NAME", .summary = N_("one account"),
	.min_args = 1, .max_args = 1, .flags = CMD_STORE | CMD_UNLOCK, .run = account_show_run,
};

static const struct command account_edit_command = {
	.name = "edit",
	.usage = "NAME",
	.summary = N_("change what is kept; an empty value takes it away"),
	.options = edit_options,
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = edit_run,
};

static const struct command account_remove_command = {
	.name = "remove", .usage = "NAME", .summary = N_("delete an account with its transactions and secrets"),
	.min_args = 1, .max_args = 1, .flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE, .run = remove_run,
};

static const struct command *const account_subs[] = { &account_add_command, &account_list_command,
	&account_show_command, &account_edit_command, &account_remove_command, &account_device_command, &account_address_command,
	NULL };

static const struct example account_examples[] = {
	{ "purser account add paypal --provider paypal --login me@mail.example", NULL },
	{ "purser account add mailbox --controls paypal --way-in \"recovery codes in the desk drawer\"", NULL },
	{ "purser account edit paypal --rename paypal-old --state closed", NULL },
	{ "purser account list --json", NULL },
	{ "purser account device list paypal", N_("its devices and sessions") },
	{ 0 },
};

const struct command cmd_account = {
	.name = "account",
	.group = GROUP_DAILY,
	.summary = N_("wallets, cards, banks and the mailboxes that reset them"),
	.description = N_("An account has a name of your own (any script; `store`, `all` and words of commands are "
			  "refused, and so are "
			  "names that look like another account's), a provider, and what you want to know of it "
			  "without a password.\n\nRemoving "
			  "one wants --confirm NAME."),
	.examples = account_examples,
	.subs = account_subs,
};
