/* cmd/contactlib.c: what is known is gathered from data, file and ledger; see contact.h. */
#include "cmd/contact.h"

#include "base/io.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/account.h"
#include "store/contacts.h"
#include "wallet/ladder.h"

#include <string.h>

#define HISTORY_ADDRESSES_MAX 5000u

void
gathering_end(struct gathering *g)
{
	contacts_free(&g->known);
	names_end(&g->names);
	facts_free(&g->facts);
}

void
day_text(char out[11], int64_t ms)
{
	BUF b = { 0 };

	out[0] = '\0';
	if (ms == 0)
		return;
	add_time(&b, ms, false);
	if (b.len >= 10) {
		memcpy(out, b.p, 10);
		out[10] = '\0';
	}
}

/* ---- what is shipped ---- */

static void
find_data_day(struct gathering *g)
{
	for (size_t i = 0; i < contacts_count(g->known); i++) {
		const struct known *k = contacts_at(g->known, i);

		if (k->origin == ORIGIN_SHIPPED && strcmp(k->date, g->data) > 0)
			memcpy(g->data, k->date, sizeof g->data);
	}
}

static enum rc
add_rung(struct gathering *g, const struct ladder_entry *en, struct err *e)
{
	struct known k = { .origin = ORIGIN_SHIPPED, .who = en->id, .name = en->en, .name_zh = en->zh, .value = en->value,
		.note = "", .source = en->fact.source, .status = en->fact.status,
		.stale = fact_stale(&en->fact, g->s->now_ms) };

	k.kind = strcmp(en->by, "phone") == 0 ? CONTACT_PHONE : strcmp(en->by, "mail") == 0 ? CONTACT_MAIL : CONTACT_URL;
	memcpy(k.date, en->fact.checked, sizeof k.date);
	return contacts_add(g->known, &g->src, &k, e);
}

/* Whom a case goes to has contacts too, and `case` shows them. */
static enum rc
add_ladder(struct gathering *g, struct err *e)
{
	AUTO(ladder_free) struct ladder *l = NULL;
	AUTO(auto_close) int dir = -1;
	struct err why = { .rc = OK };
	enum rc rc = OK;

	if (data_open(&dir, &why) != OK || ladder_load(&l, dir, g->facts.providers, &why) != OK) {
		warn(g->s, N_("What is known of the way a case goes cannot be read: %s"), why.what);
		return OK;
	}
	for (size_t i = 0; i < ladder_count(l) && rc == OK; i++) {
		const struct ladder_entry *en = ladder_at(l, i);

		if (en->value[0] != '\0' && en->fact.status != DATA_UNCONFIRMED)
			rc = add_rung(g, en, e);
	}
	return rc;
}

enum rc
gather_shipped(struct gathering *g, struct session *s, struct err *e)
{
	enum rc rc;

	*g = (struct gathering){ .s = s, .names = NAMES_NONE };
	g->src = names_source(&g->names);
	facts_load(&g->facts, s);
	if (g->facts.providers == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	facts_warn(s, &g->facts);
	if ((rc = contacts_new(&g->known, e)) != OK ||
	    (rc = contacts_add_providers(g->known, &g->src, g->facts.providers, s->now_ms, e)) != OK)
		return rc;
	if (g->facts.shipped.rc == OK && (rc = add_ladder(g, e)) != OK)
		return rc;
	if (contacts_left_out(g->known)[0] != '\0')
		warn(s, N_("Of your own file of providers is left out: %s"), contacts_left_out(g->known));
	find_data_day(g);
	return OK;
}

/* ---- the user's own ---- */

/* What cannot be read any more (typed by hand, long ago) is no reason to answer nothing. */
static enum rc
add_own(struct gathering *g, const struct known *k, struct err *e)
{
	struct err why = { .rc = OK };
	enum rc rc = contacts_add(g->known, &g->src, k, &why);

	if (rc == E_NOMEM && e != NULL)
		*e = why;
	else if (rc != OK)
		detail(g->s, "%s: %s", k->who, why.what);
	return rc == E_NOMEM ? rc : OK;
}

static struct known
own_known(enum contact_origin origin, const char *who, const char *value, int64_t confirmed_ms)
{
	struct known k = { .origin = origin, .who = who, .name = who, .name_zh = who, .value = value, .note = "", .source = "",
		.status = DATA_CONFIRMED };

	day_text(k.date, confirmed_ms);
	return k;
}

static enum rc
add_account(struct gathering *g, const struct account *a, struct err *e)
{
	enum rc rc = OK;

	for (size_t i = 0; i < a->contacts && rc == OK; i++) {
		const struct contact *c = &a->contact[i];
		struct known k = own_known(ORIGIN_ACCOUNT, a->name, c->value, c->confirmed_ms);

		(void)contact_kind_from(c->kind, &k.kind);      /* "other" is found by its look */
		k.note = c->note;
		rc = add_own(g, &k, e);
	}
	if (a->url[0] != '\0' && rc == OK) {
		struct known k = own_known(ORIGIN_ACCOUNT, a->name, a->url, a->created_ms);

		k.kind = CONTACT_URL;
		rc = add_own(g, &k, e);
	}
	return rc;
}

static enum rc
add_kept(void *ctx, const struct kept_contact *c, struct err *e)
{
	struct known k = own_known(ORIGIN_CONTACT, c->who, c->value, c->confirmed_ms);

	(void)contact_kind_from(c->kind, &k.kind);
	k.note = c->note;
	k.id = c->id;
	return add_own(ctx, &k, e);
}

static enum rc
add_address(void *ctx, const struct kept_address *a, struct err *e)
{
	const char *who = a->label[0] != '\0' ? a->label : a->account_name[0] != '\0' ? a->account_name : "-";
	struct known k = own_known(ORIGIN_BOOK, who, a->value, a->confirmed_ms);

	k.kind = CONTACT_ADDRESS;
	k.note = a->account_name;
	k.id = a->id;
	return add_own(ctx, &k, e);
}

struct seen { struct gathering *g; size_t n; };

static enum rc
add_word(void *ctx, const char *word, const char *date, struct err *e)
{
	struct name_source plain = name_source_plain();
	struct seen *seen = ctx;
	struct chainaddr a;
	struct known k;

	if (seen->n == HISTORY_ADDRESSES_MAX || !chainaddr_read(&a, word, &plain) || a.sum == SUM_BAD || a.private_key)
		return OK;
	for (size_t i = contacts_count(seen->g->known); i > 0; i--) {
		const struct known *had = contacts_at(seen->g->known, i - 1);

		if (had->origin != ORIGIN_HISTORY)
			break;
		if (strcmp(had->value, a.canon) == 0)
			return OK;
	}
	k = own_known(ORIGIN_HISTORY, chain_name(a.chain), a.canon, 0);
	memcpy(k.date, date, sizeof k.date);
	k.kind = CONTACT_ADDRESS;
	seen->n++;
	return add_own(seen->g, &k, e);
}

enum rc
gather_own(struct gathering *g, struct db *db, bool history, struct err *e)
{
	AUTO(accounts_free) struct accounts all = { 0 };
	struct seen seen = { g, 0 };
	enum rc rc;

	if ((rc = account_list(db, &all, e)) != OK)
		return rc;
	for (size_t i = 0; i < all.n; i++) {
		if ((rc = add_account(g, &all.a[i], e)) != OK)
			return rc;
	}
	if ((rc = kept_contacts(db, add_kept, g, e)) != OK || (rc = kept_addresses(db, 0, add_address, g, e)) != OK ||
	    (history && (rc = history_words(db, add_word, &seen, e)) != OK))
		return rc;
	g->own = true;
	return OK;
}

struct given { struct session *s; const struct home *h; };

static enum rc
ask_given(void *arg, bool again, struct secret *password, struct factors *with, struct err *e)
{
	const struct given *g = arg;

	(void)again;
	return session_ask(g->s, g->h, password, with, e);
}

enum rc
gather_unlocked(struct gathering *g, bool history, struct err *e)
{
	struct session *s = g->s;
	AUTO(home_close) struct home *h = NULL;
	AUTO(access_close) struct access *a = NULL;
	bool given = s->password_fd != FD_NONE || s->password_file != NULL;
	struct given with = { s, NULL };
	struct access_how how = { .ask = given ? ask_given : NULL, .arg = &with, .now_ms = s->now_ms,
		.wait_ms = given ? s->wait_ms : 0 };
	struct err why = { .rc = OK };
	enum rc rc;

	if ((rc = session_home_open(s, &h, &why)) != OK || h->vault < 0)
		return OK;
	with.h = h;
	if ((rc = access_open(h, &how, &a, &why)) != OK) {
		if (given && rc == E_AUTH) {
			if (e != NULL)
				*e = why;
			return rc;
		}
		/* What comes with purser is answered in any state of the store. */
		if (given && rc != E_NOTFOUND)
			warn(s, N_("Your own contacts could not be read: %s"), why.what);
		return OK;
	}
	if ((rc = gather_own(g, vault_db(access_vault(a)), history, &why)) != OK)
		warn(s, N_("Your own contacts could not be read: %s"), why.what);
	return OK;
}
