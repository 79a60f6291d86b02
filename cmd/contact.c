/* cmd/contact.c: `purser contact`: is this really theirs? */
#include "cmd/contact.h"

#include "cmd/card.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/term.h"
#include "store/account.h"
#include "store/contacts.h"
#include "store/log.h"
#include "wallet/account.h"

#include <string.h>

/* ---- check ---- */

/* A number or account typed with blanks comes as several words. */
static enum rc
join(struct buf *out, const struct args *a, struct err *e)
{
	for (unsigned i = 0; i < a->n; i++) {
		if (a->n > 1 && strpbrk(a->v[i], "@:/") != NULL && strpbrk(a->v[i], "<>") == NULL)
			return err_set(e, E_USAGE, N_("one at a time, please; what has blanks in it in quotes"));
		if (i > 0)
			buf_addc(out, ' ');
		buf_adds(out, a->v[i]);
	}
	if (buf_str(out)[strspn(buf_str(out), " ")] == '\0')
		return err_set(e, E_USAGE,
		    N_("nothing to look at: give a web address, domain, mail address, number or payment address"));
	if (out->len > CONTACT_MAX)
		return err_set(e, E_USAGE, N_("that is longer than %u bytes"), CONTACT_MAX);
	return buf_check(out, e);
}

/* Only then is the whole history looked through. */
static bool
is_address(const char *typed)
{
	struct name_source plain = name_source_plain();
	struct chainaddr a;

	return chainaddr_read(&a, typed, &plain);
}

static enum rc
check_run(struct session *s, const struct args *a, struct err *e)
{
	GATHERING g = GATHERING_NONE;
	const struct provider *p;
	struct contact_result r;
	BUF typed = { .max = 1 << 16 };
	enum rc rc;

	if ((rc = join(&typed, a, e)) != OK || (rc = gather_shipped(&g, s, e)) != OK ||
	    (rc = gather_unlocked(&g, is_address(buf_str(&typed)), e)) != OK ||
	    (rc = contact_check(g.known, &g.src, buf_str(&typed), &r, e)) != OK)
		return rc;
	rc = verdict_out(&g, buf_str(&typed), &r, e);
	if (r.kind == CONTACT_TEXT && (p = providers_find(g.facts.providers, buf_str(&typed))) != NULL && !s->json)
		say(s, N_("  What is known of %s:  purser contact list %s"), provider_name(p, g.facts.zh), p->id);
	return rc;
}

/* ---- list ---- */

static enum rc
list_json(const struct gathering *g, const struct known *k, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "contact");
	known_json(&j, k);
	return out_json(g->s, &j, e);
}

static bool
wanted(const struct gathering *g, const struct known *k, const char *name)
{
	const struct provider *p;

	if (k->kind == CONTACT_ADDRESS && k->origin != ORIGIN_ACCOUNT && k->origin != ORIGIN_CONTACT)
		return false;                   /* purser account address list */
	if (name == NULL || strcmp(k->who, name) == 0)
		return true;
	p = providers_find(g->facts.providers, name);
	return p != NULL && k->origin <= ORIGIN_FILE && strcmp(k->who, p->id) == 0;
}

static enum rc
nobody_of(const struct gathering *g, const char *name, struct err *e)
{
	AUTO(auto_free) const char **names = calloc(contacts_count(g->known) + 1, sizeof *names);
	char near[256] = "";
	size_t n = 0;

	for (size_t i = 0; names != NULL && i < contacts_count(g->known); i++) {
		const char *who = contacts_at(g->known, i)->who;
		size_t k = 0;

		while (k < n && strcmp(names[k], who) != 0)
			k++;
		names[n] = who;
		n += k == n;
	}
	if (names != NULL)
		suggest(near, sizeof near, name, names, n);
	if (near[0] != '\0')
		return err_set(e, E_NOTFOUND, N_("no contact of \"%s\". Near: %s"), name, near);
	return err_set(
	    e, E_NOTFOUND, g->own ? N_("no contact of \"%s\"") : N_("no contact of \"%s\"; your own are locked"), name);
}

static enum rc
list_run(struct session *s, const struct args *a, struct err *e)
{
	static const struct column cols[] = { { N_("Who"), COL_CUT, 8 }, { N_("Kind"), 0, 0 }, { N_("Contact"), COL_CUT, 20 },
		{ N_("Known from"), COL_CUT, 16 } };
	const char *name = a->n > 0 ? a->v[0] : NULL;
	GATHERING g = GATHERING_NONE;
	TABLE t = { 0 };
	size_t n = 0;
	enum rc rc;

	if ((rc = gather_shipped(&g, s, e)) != OK || (rc = gather_unlocked(&g, false, e)) != OK)
		return rc;
	if (!s->json)
		table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
	for (size_t i = 0; i < contacts_count(g.known) && rc == OK; i++) {
		const struct known *k = contacts_at(g.known, i);
		BUF when = { 0 };

		if (!wanted(&g, k, name))
			continue;
		n++;
		if (s->json) {
			rc = list_json(&g, k, e);
			continue;
		}
		known_when(&when, k);
		table_cell(&t, TONE_PLAIN, "%s", known_name(&g, k));
		table_cell(&t, TONE_DIM, "%s", contact_kind_name(k->kind));
		table_cell(&t, TONE_PLAIN, "%s", k->value);
		table_cell(&t, k->status == DATA_CONFIRMED ? TONE_PLAIN : TONE_YELLOW, "%s", buf_str(&when));
		if (!table_row(&t))
			break;
	}
	table_end(&t);
	if (rc != OK)
		return rc;
	if (name != NULL && n == 0)
		return nobody_of(&g, name, e);
	if (!g.own)
		note(s, N_("Your own contacts and addresses were not looked at: the store is locked, or there is none."));
	return OK;
}

/* ---- add, remove ---- */

struct new_contact { const char *who, *value, *note; enum contact_kind kind; };

static enum rc
read_new(const struct args *a, struct new_contact *out, struct err *e)
{
	struct new_contact n = { .who = a->v[0], .value = a->v[a->n - 1], .note = arg_str(a, "note"), .kind = CONTACT_TEXT };
	enum rc rc;

	if (a->n == 3 && !contact_kind_from(a->v[1], &n.kind))
		return err_set(e, E_USAGE, N_("\"%s\" is no kind of contact: url, domain, mail, phone or address"), a->v[1]);
	if (n.note == NULL)
		n.note = "";
	if ((rc = text_check("WHO", n.who, 128, e)) != OK || (rc = text_check("VALUE", n.value, CONTACT_VALUE_MAX, e)) != OK ||
	    (rc = text_check("--note", n.note, 1024, e)) != OK)
		return rc;
	if (n.who[0] == '\0')
		return err_set(e, E_USAGE, N_("whose contact is it?"));
	*out = n;
	return OK;
}

/* What looks like somebody's that is known is not taken without a question. */
static enum rc
ask_about_near(struct gathering *g, const struct new_contact *n, struct err *e)
{
	struct contact_result r;
	bool yes = false;
	enum rc rc;

	if ((rc = contact_check(g->known, &g->src, n->value, &r, e)) != OK || r.verdict != VERDICT_LOOKALIKE ||
	    strcmp(r.of->who, n->who) == 0)
		return rc;
	warn(g->s, N_("%s is apt to be taken for %s, which is known of %s."), r.shown, r.of->value, known_name(g, r.of));
	if ((rc = ask_yes(g->s, false, &yes, e, N_("Keep it as a contact of %s all the same?"), n->who)) != OK)
		return rc;
	return yes ? OK : err_set(e, E_USAGE, N_("nothing was kept"));
}

/* It must be readable as what it is said to be; its kind is found where none was given. */
static enum rc
try_new(struct gathering *g, struct new_contact *n, int64_t now_ms, struct err *e)
{
	struct known k = { .kind = n->kind, .origin = ORIGIN_CONTACT, .who = n->who, .name = n->who, .name_zh = n->who,
		.value = n->value, .note = n->note, .source = "", .status = DATA_CONFIRMED };
	enum rc rc;

	day_text(k.date, now_ms);
	if ((rc = contacts_add(g->known, &g->src, &k, e)) == OK)
		n->kind = contacts_at(g->known, contacts_count(g->known) - 1)->kind;
	return rc;
}

static enum rc
to_account(struct session *s, struct account *acct, const struct new_contact *n, struct err *e)
{
	struct contact *c = NULL;
	enum rc rc = OK;

	for (size_t i = 0; i < acct->contacts && c == NULL; i++) {
		if (strcmp(acct->contact[i].kind, contact_kind_name(n->kind)) == 0 && strcmp(acct->contact[i].value, n->value) == 0)
			c = &acct->contact[i];
	}
	if (c == NULL) {
		if ((c = realloc(acct->contact, (acct->contacts + 1) * sizeof *c)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		acct->contact = c;
		c += acct->contacts++;
		*c = (struct contact){ .kind = strdup(contact_kind_name(n->kind)), .value = strdup(n->value), .note = strdup("") };
		if (c->kind == NULL || c->value == NULL || c->note == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
	}
	c->confirmed_ms = s->now_ms;
	if (n->note[0] != '\0')
		rc = text_set(&c->note, n->note, e);
	return rc == OK ? account_save(session_db(s), acct, e) : rc;
}

static enum rc
log_contact(struct vault_txn *t, const char *event, const char *who, enum contact_kind kind, struct err *e)
{
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, event);
	log_text_add(&text, "account", who);
	if (kind != CONTACT_TEXT)
		log_text_add(&text, "kind", contact_kind_name(kind));
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	return vault_txn_event(t, &text, e);
}

static enum rc
add_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(account_free) struct account acct = { 0 };
	GATHERING g = GATHERING_NONE;
	struct new_contact n = { .who = "", .value = "", .note = "" };
	enum rc rc, found;

	account_init(&acct);
	if ((rc = read_new(a, &n, e)) != OK || (rc = gather_shipped(&g, s, e)) != OK ||
	    (rc = gather_own(&g, session_db(s), false, e)) != OK || (rc = ask_about_near(&g, &n, e)) != OK ||
	    (rc = try_new(&g, &n, s->now_ms, e)) != OK)
		return rc;
	found = account_find(session_db(s), n.who, &acct, e);
	if (found != OK && found != E_NOTFOUND)
		return found;
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK)
		return rc;
	if (found == OK) {
		rc = to_account(s, &acct, &n, e);
	} else {
		struct kept_contact k = { .who = n.who, .kind = contact_kind_name(n.kind), .value = n.value, .note = n.note,
			.confirmed_ms = s->now_ms };

		rc = kept_contact_add(session_db(s), &k, e);
	}
	if (rc != OK || (rc = log_contact(t, "contact-add", n.who, n.kind, e)) != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	if (found == OK)
		card_keep(s, session_home(s), session_db(s));
	if (s->json)
		return list_json(&g, contacts_at(g.known, contacts_count(g.known) - 1), e);
	note(s, N_("Kept as a contact of %s, confirmed today: %s"), n.who, n.value);
	return OK;
}

/* E_NOTFOUND: no such contact of the account. */
static enum rc
from_account(struct session *s, struct account *acct, const char *value, struct err *e)
{
	for (size_t i = 0; i < acct->contacts; i++) {
		struct contact gone = acct->contact[i];

		if (strcmp(gone.value, value) != 0)
			continue;
		acct->contacts--;
		memmove(acct->contact + i, acct->contact + i + 1, (acct->contacts - i) * sizeof *acct->contact);
		free(gone.kind);
		free(gone.value);
		free(gone.note);
		return account_save(session_db(s), acct, e);
	}
	return err_set(e, E_NOTFOUND, N_("no contact \"%s\" of \"%s\""), value, acct->name);
}

static enum rc
remove_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(account_free) struct account acct = { 0 };
	enum rc rc, found;

	account_init(&acct);
	found = account_find(session_db(s), a->v[0], &acct, e);
	if (found != OK && found != E_NOTFOUND)
		return found;
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK)
		return rc;
	rc = found == OK ? from_account(s, &acct, a->v[1], e) : E_NOTFOUND;
	if (rc == E_NOTFOUND)
		rc = kept_contact_remove(session_db(s), a->v[0], a->v[1], e);
	if (rc != OK || (rc = log_contact(t, "contact-remove", a->v[0], CONTACT_TEXT, e)) != OK ||
	    (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	if (found == OK)
		card_keep(s, session_home(s), session_db(s));
	note(s, N_("Removed: %s, %s."), a->v[0], a->v[1]);
	return OK;
}

/* ---- table ---- */

static const struct example check_examples[] = {
	{ "purser contact check https://paypal.com.example.net/login", N_("a link in a message") },
	{ "purser contact check \"+44 20 3322 8352\"", N_("who is calling?") },
	{ "purser contact check spoof@paypal.com", NULL },
	{ "purser contact check bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", N_("before you send") },
	{ 0 },
};

static const struct command contact_check_command = {
	.name = "check",
	.usage = "URL|DOMAIN|MAIL|PHONE|ADDRESS",
	.summary = N_("is it really theirs? works locked"),
	.description = N_(
	    "Compares it with the contacts that are known: those that come with purser, those of your own file of "
	    "providers, and, while the store is unlocked, your own. Asks for nothing and uses no network.\n\n"
	    "The best answer is that it matches the contact confirmed on a date (exit 0); everything else is 10: only "
	    "reported by others, theirs but not like this, apt to be taken for theirs (with the reasons), or not "
	    "known. It never says that something is safe: callers and senders can be forged, and a page can show anything."),
	.examples = check_examples,
	.min_args = 1,
	.max_args = 16,
	.run = check_run,
};

static const struct command contact_list_command = {
	.name = "list", .usage = "[NAME]", .summary = N_("what is known, of whom, from where and of which day"),
	.max_args = 1, .run = list_run,
};

static const struct option contact_add_options[] = {
	{ "note", 0, "TEXT", N_("where you have it from"), NULL, 0 },
	{ 0 },
};

static const struct command contact_add_command = {
	.name = "add",
	.usage = "WHO [url|domain|mail|phone|address] VALUE",
	.summary = N_("keep a contact that you have looked up yourself, confirmed today"),
	.description = N_(
	    "WHO is an account or anybody else. Take it from a contract, a card, or a page whose address you typed "
	    "yourself, never from a message. A domain vouches for everything below it, a URL for its host; on hosts where "
	    "anybody has pages (messengers, networks, short links) for that page only. What "
	    "looks like a known contact of somebody else is asked about."),
	.options = contact_add_options,
	.min_args = 2,
	.max_args = 3,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = add_run,
};

static const struct command contact_remove_command = {
	.name = "remove", .usage = "WHO VALUE", .summary = N_("forget a contact of your own"),
	.min_args = 2, .max_args = 2, .flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE, .run = remove_run,
};

static const struct command *const contact_subs[] = { &contact_check_command, &contact_list_command,
	&contact_add_command, &contact_remove_command, NULL };

static const struct example contact_examples[] = {
	{ "purser contact check +49 30 1234567", N_("a text message: \"fraud desk, call us\"") },
	{ "purser contact check paypa1.com", NULL },
	{ "purser contact list revolut", NULL },
	{ "purser contact add \"my bank\" phone \"+49 30 7654321\" --note \"back of the card\"", NULL },
	{ 0 },
};

const struct command cmd_contact = {
	.name = "contact",
	.group = GROUP_EMERGENCY,
	.summary = N_("is this number, link, mail or address really theirs?"),
	.description = N_(
	    "Verified contacts of providers and your own. `contact check` works locked, frozen and without a store."),
	.examples = contact_examples,
	.subs = contact_subs,
};
