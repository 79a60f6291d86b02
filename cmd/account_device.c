/* cmd/account_device.c: `purser account device`: the devices and sessions of an account, and where they are removed. */
#include "cmd/account.h"

#include "cmd/card.h"
#include "cmd/open.h"
#include "cmd/savelines.h"
#include "store/devices.h"
#include "store/log.h"
#include "wallet/when.h"

#include <string.h>
#include <time.h>

/* Where a provider lists and removes devices and sessions, by its own pages; in the order of the data. */
static const char *const device_facts[] = { "VE-01", "VE-02", "RV-01", "WX-03", "WI-01", "CB-04", "AP-01", "AP-02" };

/* ---- showing ---- */

struct listing { struct session *s; struct table *t; const struct accounts *all; size_t n; };

static const char *
name_of(const struct accounts *all, int64_t id)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->a[i].id == id)
			return all->a[i].name;
	return "";
}

static const char *
state_words(enum device_state st)
{
	static const char *const words[DEVICE_STATE_COUNT] = { N_("known"), N_("not known"), N_("revoked") };

	return _(words[st]);
}

static enum rc
device_json(struct session *s, const struct known_device *d, const char *account, struct err *e)
{
	char id[24];
	BUF seen = { 0 };
	JSON j = { 0 };

	(void)snprintf(id, sizeof id, "D%lld", (long long)d->id);
	if (d->has_seen)
		add_day(&seen, d->seen);
	j_open(&j, "device");
	j_str(&j, "id", id);
	j_str(&j, "account", account);
	j_str(&j, "name", d->name);
	j_str(&j, "kind", d->kind[0] != '\0' ? d->kind : NULL);
	j_str(&j, "seen", d->has_seen ? buf_str(&seen) : NULL);
	j_str(&j, "state", device_state_name(d->state));
	j_str(&j, "note", d->note[0] != '\0' ? d->note : NULL);
	j_time(&j, "added", d->added_ms);
	j_time(&j, "revoked", d->revoked_ms);
	return out_json(s, &j, e);
}

static enum rc
list_one(void *ctx, const struct known_device *d, struct err *e)
{
	static const enum tone tone[DEVICE_STATE_COUNT] = { TONE_PLAIN, TONE_RED, TONE_DIM };
	struct listing *w = ctx;
	BUF seen = { 0 };

	w->n++;
	if (w->s->json)
		return device_json(w->s, d, name_of(w->all, d->account), e);
	if (d->has_seen)
		add_day(&seen, d->seen);
	table_cell(w->t, TONE_CYAN, "D%lld", (long long)d->id);
	table_cell(w->t, TONE_PLAIN, "%s", name_of(w->all, d->account));
	table_cell(w->t, TONE_PLAIN, "%s", d->name);
	table_cell(w->t, TONE_PLAIN, "%s", d->kind);
	table_cell(w->t, TONE_PLAIN, "%s", buf_str(&seen));
	table_cell(w->t, tone[d->state], "%s", state_words(d->state));
	table_cell(w->t, TONE_PLAIN, "%s", d->note);
	return table_row(w->t) ? OK : E_INTERRUPTED;
}

static bool
is_device_fact(const struct advice *a)
{
	for (size_t i = 0; i < COUNTOF(device_facts); i++)
		if (strcmp(a->id, device_facts[i]) == 0)
			return true;
	return false;
}

static enum rc
fact_json(struct session *s, const struct facts *f, const struct account *acct, const struct advice *a, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "step");
	j_str(&j, "account", acct->name);
	j_str(&j, "kind", "device");
	j_str(&j, "by", a->by[0] != '\0' ? a->by : NULL);
	j_bool(&j, "instruction", advice_instructs(a));
	advice_fields(&j, f, a);
	return out_json(s, &j, e);
}

/* Where it is done at the provider; what to do there is the same everywhere. */
static enum rc
checklist(struct session *s, const struct facts *f, const struct account *acct, struct err *e)
{
	struct card_account as = { .name = acct->name, .provider = acct->provider, .login = "", .url = "",
	    .way_in = "" };
	struct card_sources src;
	size_t n = 0;
	enum rc rc = OK;

	if (f->providers == NULL)
		return OK;
	card_sources(&src, f->providers, &as);
	for (size_t i = 0; i < advice_count(f->providers) && rc == OK; i++) {
		const struct advice *a = advice_at(f->providers, i);

		if (!is_device_fact(a) || !card_advice_for(&src, a) || a->fact.status == DATA_UNCONFIRMED)
			continue;
		if (n++ == 0)
			say_tone(s, TONE_BOLD, N_("%s: where devices and sessions are removed:"), acct->name);
		if (s->json)
			rc = fact_json(s, f, acct, a, e);
		else
			advice_say(s, f, a, 2);
	}
	if (n == 0)
		say(s, N_("%s: purser knows no confirmed page of devices there: look under security or sessions of its "
		    "own settings."),
		    acct->name);
	return rc;
}

static enum rc
list_all(struct session *s, const struct accounts *all, int64_t only, size_t *n, struct err *e)
{
	static const struct column cols[] = { { N_("ID"), 0, 0 }, { N_("Account"), COL_CUT, 8 },
	    { N_("Device"), COL_CUT, 12 },
		{ N_("Kind"), COL_DROP, 0 }, { N_("Last seen"), COL_DROP, 0 }, { N_("State"), 0, 0 },
		{ N_("Comment"), COL_CUT | COL_DROP, 8 } };
	TABLE t = { 0 };
	struct listing w = { .s = s, .t = &t, .all = all };
	enum rc rc;

	if (!s->json)
		table_begin(&t, s, cols, COUNTOF(cols), 0);
	rc = device_each(session_db(s), only, list_one, &w, e);
	*n = w.n;
	return rc == E_INTERRUPTED ? OK : rc;
}

static enum rc
list_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(accounts_free) struct accounts all = { 0 };
	AUTO(account_free) struct account acct = { 0 };
	AUTO(facts_free) struct facts f = { .zh = false };
	size_t n;
	enum rc rc;

	account_init(&acct);
	if (a->n > 2)
		return err_set(e, E_USAGE, N_("account device list takes one account"));
	if ((a->n > 1 && (rc = session_account(s, a->v[1], &acct, e)) != OK) ||
	    (rc = account_list(session_db(s), &all, e)) != OK || (rc = list_all(s, &all, acct.id, &n, e)) != OK)
		return rc;
	if (n == 0)
		note(s, N_("No device is noted. Open the provider's own list of devices and sessions, then: purser "
			   "account device add NAME DEVICE --kind phone"));
	facts_load(&f, s);
	facts_warn(s, &f);
	for (size_t i = 0; i < all.n && rc == OK; i++)
		if ((acct.id == 0 || acct.id == all.a[i].id) && all.a[i].state != ACCOUNT_CLOSED)
			rc = checklist(s, &f, &all.a[i], e);
	return rc;
}

/* ---- changing ---- */

struct told { struct session *s; const char *account; };

static enum rc
tell_json(void *ctx, const struct known_device *d, struct err *e)
{
	const struct told *t = ctx;

	return device_json(t->s, d, t->account, e);
}

static enum rc
log_device(struct vault_txn *t, const char *event, const struct account *a, int64_t id, struct err *e)
{
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, event);
	log_text_add(&text, "account", a->name);
	log_text_u64(&text, "device", (uint64_t)id);
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	return vault_txn_event(t, &text, e);
}

static enum rc
read_seen(struct session *s, const char *text, struct known_device *d, struct err *e)
{
	time_t now = (time_t)(s->now_ms / 1000);
	struct civil today = civil_from_unix(now);
	int64_t first, last;
	struct tm tm;
	enum rc rc;

	if (text == NULL)
		return OK;
	if (localtime_r(&now, &tm) != NULL)
		today = (struct civil){ .year = tm.tm_year + 1900, .month = (uint8_t)(tm.tm_mon + 1),
		    .day = (uint8_t)tm.tm_mday };
	if ((rc = when_range(&first, &last, text, &today, e)) != OK)
		return rc;
	if (first > civil_days(today.year, today.month, today.day))
		return err_set(e, E_USAGE, N_("--seen: %s is still to come"), text);
	d->has_seen = true;
	d->seen = first;
	return OK;
}

static enum rc
add_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(account_free) struct account acct = { 0 };
	const char *kind = arg_str(a, "kind"), *state = arg_str(a, "state"), *remark = arg_str(a, "note");
	struct known_device d = { .name = a->n > 2 ? a->v[2] : "", .kind = kind != NULL ? kind : "",
		.note = remark != NULL ? remark : "", .state = DEVICE_KNOWN, .added_ms = s->now_ms };
	struct told told = { .s = s };
	enum rc rc;

	account_init(&acct);
	if (a->n != 3)
		return err_set(e, E_USAGE, N_("account device add wants an account and a device"));
	if ((rc = text_check(N_("the device"), d.name, DEVICE_NAME_MAX, e)) != OK ||
	    (rc = text_check("--note", d.note, 1024, e)) != OK ||
	    (rc = read_seen(s, arg_str(a, "seen"), &d, e)) != OK)
		return rc;
	if (d.name[0] == '\0')
		return err_set(e, E_USAGE, N_("a device needs a name"));
	if (state != NULL && !device_state_from(state, &d.state))
		return err_set(e, E_USAGE, N_("--state: known or unknown"));
	if ((rc = session_account(s, a->v[1], &acct, e)) != OK)
		return rc;
	d.account = acct.id;
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = device_add(session_db(s), &d, &d.id, e)) != OK ||
	    (rc = log_device(t, "device-add", &acct, d.id, e)) != OK ||
	    (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	told.account = acct.name;
	if (s->json)
		return device_one(session_db(s), d.id, tell_json, &told, e);
	note(s, N_("Noted: D%lld."), (long long)d.id);
	if (d.state == DEVICE_UNKNOWN)
		note(s, N_("Not yours? Remove it at the provider first (purser account device list %s), then: purser "
			   "account device revoke %s D%lld"), acct.name, acct.name, (long long)d.id);
	return OK;
}

static enum rc
revoke_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(account_free) struct account acct = { 0 };
	AUTO(facts_free) struct facts f = { .zh = false };
	struct told told = { .s = s };
	int64_t id;
	enum rc rc;

	account_init(&acct);
	if (a->n != 3)
		return err_set(e, E_USAGE, N_("account device revoke wants an account and a device"));
	if ((rc = session_account(s, a->v[1], &acct, e)) != OK ||
	    (rc = device_find(session_db(s), acct.id, a->v[2], &id, e)) != OK ||
	    (rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = device_revoke(session_db(s), id, s->now_ms, e)) != OK ||
	    (rc = log_device(t, "device-revoke", &acct, id, e)) != OK ||
	    (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	told.account = acct.name;
	if (s->json)
		return device_one(session_db(s), id, tell_json, &told, e);
	say(s, N_("D%lld is marked as revoked here. This ends nothing at the provider: remove it there, then change "
	    "the password."),
	    (long long)id);
	facts_load(&f, s);
	facts_warn(s, &f);
	return checklist(s, &f, &acct, e);
}

/* ---- table ---- */

static enum rc
device_run(struct session *s, const struct args *a, struct err *e)
{
	if (strcmp(a->v[0], "list") == 0)
		return list_run(s, a, e);
	if (strcmp(a->v[0], "add") == 0)
		return add_run(s, a, e);
	if (strcmp(a->v[0], "revoke") == 0)
		return revoke_run(s, a, e);
	(void)err_set(e, E_USAGE, N_("account device: \"%s\" is not list, add or revoke. Nothing was done."), a->v[0]);
	err_next(e, "purser account device list|add|revoke NAME [DEVICE]");
	return E_USAGE;
}

static const struct option device_options[] = {
	{ "kind", 0, "KIND", N_("what it is"), DEVICE_KINDS, 0 },
	{ "seen", 0, "DATE", N_("when the provider saw it last"), NULL, 0 },
	{ "state", 0, "STATE", N_("unknown: not yours, or you cannot tell"), "known|unknown", 0 },
	{ "note", 0, "TEXT", N_("place, address, anything that tells it apart"), NULL, 0 },
	{ 0 },
};

static const struct example device_examples[] = {
	{ "purser account device list paypal", N_("what is noted, and where it is removed at the provider") },
	{ "purser account device add paypal \"iPhone of Mara\" --kind phone --seen 2026-11-20", NULL },
	{ "purser account device add paypal \"Windows, Riga\" --kind session --state unknown", NULL },
	{ "purser account device revoke paypal D2", N_("after it was removed there") },
	{ 0 },
};

const struct command account_device_command = {
	.name = "device",
	.usage = "list|add|revoke [NAME] [DEVICE]",
	.summary = N_("devices and sessions of an account, and where they are removed"),
	.description = N_("A note of your own: what the provider's list of devices and sessions showed. list tells "
			  "them, the unknown ones first, and for each account where devices and sessions are removed, "
			  "with source and day. add notes one. revoke marks one as removed; it ends nothing at the "
			  "provider, that is yours.\n\n"
			  "--json prints objects device (id, account, name, kind, seen, state, note, added, revoked) "
			  "and, from list, objects step for the provider's pages (account, kind, by, instruction, "
			  "fact, fact_text, fact_value, fact_status, source, checked, stale)."),
	.examples = device_examples,
	.options = device_options,
	.min_args = 1,
	.max_args = 3,
	.flags = CMD_STORE | CMD_UNLOCK,
	.run = device_run,
};
