/* cmd/account_address.c: `purser account address`: the book of payees and payout addresses. */
#include "cmd/account.h"

#include "base/num.h"
#include "cmd/contact.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/term.h"
#include "store/contacts.h"
#include "store/log.h"

#include <string.h>

/* ---- showing ---- */

struct listing { struct session *s; struct table *t; const struct name_source *src; size_t n; };

static enum rc
address_json(struct session *s, const struct kept_address *a, const struct name_source *src, struct err *e)
{
	struct chainaddr c = { .form = "" };
	char id[32], day[11];
	JSON j = { 0 };

	(void)snprintf(id, sizeof id, "A%lld", (long long)a->id);
	day_text(day, a->confirmed_ms);
	j_open(&j, "address");
	j_str(&j, "id", id);
	j_str(&j, "account", a->account_name[0] != '\0' ? a->account_name : NULL);
	j_str(&j, "kind", a->kind);
	j_str(&j, "value", a->value);
	j_str(&j, "label", a->label[0] != '\0' ? a->label : NULL);
	j_str(&j, "confirmed", day[0] != '\0' ? day : NULL);
	if (chainaddr_read(&c, a->value, src)) {
		j_str(&j, "form", c.form[0] != '\0' ? c.form : NULL);
		j_bool(&j, "test", c.test);
	}
	return out_json(s, &j, e);
}

static enum rc
show_address(void *ctx, const struct kept_address *a, struct err *e)
{
	struct listing *l = ctx;
	char day[11];

	l->n++;
	if (l->s->json)
		return address_json(l->s, a, l->src, e);
	day_text(day, a->confirmed_ms);
	table_cell(l->t, TONE_PLAIN, "A%lld", (long long)a->id);
	table_cell(l->t, TONE_PLAIN, "%s", a->account_name);
	table_cell(l->t, TONE_DIM, "%s", a->kind);
	table_cell(l->t, TONE_PLAIN, "%s", a->value);
	table_cell(l->t, TONE_PLAIN, "%s", a->label);
	table_cell(l->t, TONE_DIM, "%s", day);
	return table_row(l->t) ? OK : E_INTERRUPTED;
}

static enum rc
list(struct session *s, const char *name, struct err *e)
{
	/* An address is never cut: what is left out in the middle is where a forged one differs. */
	static const struct column cols[] = { { N_("ID"), 0, 0 }, { N_("Account"), COL_CUT, 8 }, { N_("Kind"), COL_DROP, 0 },
		{ N_("Address"), 0, 0 }, { N_("Label"), COL_CUT, 8 }, { N_("Confirmed"), COL_DROP, 0 } };
	AUTO(account_free) struct account acct = { 0 };
	struct name_source plain = name_source_plain();
	TABLE t = { 0 };
	struct listing l = { s, &t, &plain, 0 };
	enum rc rc;

	account_init(&acct);
	if (name != NULL && (rc = session_account(s, name, &acct, e)) != OK)
		return rc;
	if (!s->json)
		table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
	rc = kept_addresses(session_db(s), acct.id, show_address, &l, e);
	table_end(&t);
	if (rc == OK && l.n == 0)
		note(s, N_("No address is kept.  purser account address add NAME ADDRESS --label TEXT"));
	return rc == E_INTERRUPTED ? OK : rc;
}

/* ---- changing ---- */

static enum rc
log_address(struct vault_txn *t, const char *event, const char *account, const char *kind, struct err *e)
{
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, event);
	if (account[0] != '\0')
		log_text_add(&text, "account", account);
	if (kind[0] != '\0')
		log_text_add(&text, "kind", kind);
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	return vault_txn_event(t, &text, e);
}

/* One that looks like another of the book or the history is kept only when the person says so. */
static enum rc
ask_about_near(struct gathering *g, const char *value, struct err *e)
{
	struct contact_result r;
	bool yes = false;
	enum rc rc;

	if ((rc = contact_check(g->known, &g->src, value, &r, e)) != OK || r.verdict != VERDICT_LOOKALIKE)
		return rc;
	warn(g->s, N_("%s is apt to be taken for %s (%s), and is another one."), r.shown, r.of->value, known_name(g, r.of));
	if ((rc = ask_yes(g->s, false, &yes, e, N_("Keep it all the same?"))) != OK)
		return rc;
	return yes ? OK : err_set(e, E_USAGE, N_("nothing was kept"));
}

static enum rc
readable(const char *value, const struct name_source *src, struct chainaddr *out, struct err *e)
{
	enum rc rc;

	if ((rc = text_check("ADDRESS", value, CHAINADDR_MAX, e)) != OK)
		return rc;
	if (!chainaddr_read(out, value, src)) {
		(void)err_set(e, E_USAGE, N_("\"%s\" is no payment address that purser can read"), value);
		err_next(e, N_("purser contact add, for another kind of contact"));
		return E_USAGE;
	}
	if (out->private_key)
		return err_set(e, E_USAGE, N_("this is a private key, not an address. Nothing was kept"));
	if (out->sum == SUM_BAD)
		return err_set(e, E_USAGE, N_("the checksum of this address is wrong: it was not copied whole"));
	return OK;
}

static enum rc
keep(struct session *s, struct gathering *g, const struct account *acct, const struct chainaddr *c, const char *label,
    struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct kept_address a = { .account = acct->id,
		.account_name = acct->name,
		.kind = chain_name(c->chain),
		.value = c->canon,
		.label = label,
		.confirmed_ms = s->now_ms };
	enum rc rc;

	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = kept_address_add(session_db(s), &a, &a.id, e)) != OK ||
	    (rc = log_address(t, "address-add", acct->name, a.kind, e)) != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	if (s->json)
		return address_json(s, &a, &g->src, e);
	note(s, N_("Kept as A%lld, confirmed today: %s %s"), (long long)a.id, chain_title(c->chain), c->canon);
	if (c->test)
		warn(s, N_("It is of a network for tests: what is sent there is worth nothing."));
	if (c->sum != SUM_GOOD)
		warn(s, N_("It has no checksum, so that a wrong character would not be seen: compare all of it."));
	return OK;
}

static enum rc
add(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	GATHERING g = GATHERING_NONE;
	const char *label = arg_has(a, "label") ? arg_str(a, "label") : "", *value = a->v[a->n - 1];
	struct chainaddr c = { .form = "" };
	enum rc rc;

	account_init(&acct);
	if ((rc = text_check("--label", label, 128, e)) != OK || (a->n == 3 && (rc = session_account(s, a->v[1], &acct, e)) != OK) ||
	    (rc = gather_shipped(&g, s, e)) != OK || (rc = gather_own(&g, session_db(s), true, e)) != OK ||
	    (rc = readable(value, &g.src, &c, e)) != OK || (rc = ask_about_near(&g, value, e)) != OK)
		return rc;
	return keep(s, &g, &acct, &c, label, e);
}

static enum rc
check(struct session *s, const char *value, struct err *e)
{
	GATHERING g = GATHERING_NONE;
	struct contact_result r;
	enum rc rc;

	if ((rc = text_check("ADDRESS", value, CONTACT_MAX, e)) != OK || (rc = gather_shipped(&g, s, e)) != OK ||
	    (rc = gather_own(&g, session_db(s), true, e)) != OK || (rc = contact_check(g.known, &g.src, value, &r, e)) != OK)
		return rc;
	if (r.kind != CONTACT_ADDRESS)
		return err_set(e, E_USAGE, N_("\"%s\" is no payment address that purser can read"), value);
	return verdict_out(&g, value, &r, e);
}

/* "A3" or the address itself, of which there may be one only. */
struct wanted { const char *word; const char *canon; int64_t id; size_t n; };

static enum rc
match(void *ctx, const struct kept_address *a, struct err *e)
{
	struct wanted *w = ctx;
	uint64_t id;

	(void)e;
	if (((w->word[0] == 'A' || w->word[0] == 'a') && num_u64(w->word + 1, 1, INT64_MAX, &id) && (int64_t)id == a->id) ||
	    strcmp(a->value, w->canon) == 0) {
		w->id = a->id;
		w->n++;
	}
	return OK;
}

static enum rc
drop(struct session *s, const char *word, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct name_source plain = name_source_plain();
	struct chainaddr c = { .form = "" };
	struct wanted w = { word, word, 0, 0 };
	enum rc rc;

	if (chainaddr_read(&c, word, &plain))
		w.canon = c.canon;
	if ((rc = kept_addresses(session_db(s), 0, match, &w, e)) != OK)
		return rc;
	if (w.n != 1)
		return err_set(e, w.n == 0 ? E_NOTFOUND : E_USAGE,
		    w.n == 0 ? N_("no address \"%s\"") : N_("several accounts have the address \"%s\": give its ID"), word);
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = kept_address_remove(session_db(s), w.id, s->now_ms, e)) != OK ||
	    (rc = log_address(t, "address-remove", "", "", e)) != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	note(s, N_("Removed: A%lld."), (long long)w.id);
	return OK;
}

static enum rc
address_run(struct session *s, const struct args *a, struct err *e)
{
	static const struct {
		const char *word;
		unsigned min, max;
	} subs[] = { { "list", 0, 1 }, { "add", 1, 2 }, { "check", 1, 1 }, { "remove", 1, 1 } };
	size_t i = 0;

	while (i < COUNTOF(subs) && strcmp(a->v[0], subs[i].word) != 0)
		i++;
	if (i == COUNTOF(subs) || a->n - 1 < subs[i].min || a->n - 1 > subs[i].max) {
		(void)err_set(e, E_USAGE, N_("account address: list [NAME], add [NAME] ADDRESS, check ADDRESS, or remove ID"));
		err_next(e, "purser help account address");
		return E_USAGE;
	}
	if (arg_has(a, "label") && i != 1)
		return err_set(e, E_USAGE, N_("--label is for add"));
	switch (i) {
	case 0:
		return list(s, a->n > 1 ? a->v[1] : NULL, e);
	case 1:
		return add(s, a, e);
	case 2:
		return check(s, a->v[1], e);
	default:
		return drop(s, a->v[1], e);
	}
}

/* ---- table ---- */

static const struct option address_options[] = {
	{ "label", 0, "TEXT", N_("whose it is: landlord, own hardware wallet"), NULL, 0 },
	{ 0 },
};

static const struct example address_examples[] = {
	{ "purser account address add coinbase bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 --label \"own wallet\"", NULL },
	{ "purser account address check 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", N_("before you send") },
	{ "purser account address list", NULL },
	{ "purser account address remove A1", NULL },
	{ 0 },
};

const struct command account_address_command = {
	.name = "address",
	.usage = "list|add|check|remove [NAME] [ADDRESS|ID]",
	.summary = N_("payees and payout addresses that you have confirmed"),
	.description = N_(
	    "Keeps addresses whose owner you have made sure of, of an account or of nobody in particular: Bitcoin, "
	    "Litecoin, Dogecoin, Tron, XRP Ledger, Solana, Ethereum, IBAN. A wrong checksum is refused.\n\n"
	    "`check` ends with 0 only for an address of the book. It warns of one that begins and ends like one of the "
	    "book or of your history and differs between: attackers send small amounts from such addresses, so that "
	    "the next payment is copied from the history to them."),
	.examples = address_examples,
	.options = address_options,
	.min_args = 1,
	.max_args = 3,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = address_run,
};
