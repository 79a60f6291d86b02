/* cmd/account_show.c: accounts as people and programs read them. */
#include "cmd/account.h"

#include "agent/secrets.h"
#include "cmd/exposed.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/place.h"
#include "wallet/calendar.h"

#include <string.h>
#include <unistd.h>

/* Kinds that the account has a current version of, each once. */
static enum rc
kinds_of(struct session *s, const struct account *a, unsigned *bits, struct err *e)
{
	AUTO(secret_rows_free) struct secret_rows all = { 0 };
	enum rc rc;

	*bits = 0;
	if ((rc = secrets_list(session_access(s), a->uid, &all, e)) != OK)
		return rc;
	for (size_t i = 0; i < all.n; i++) {
		if (all.r[i].use == SECRET_CURRENT && all.r[i].id.kind < 32)
			*bits |= 1U << all.r[i].id.kind;
	}
	return OK;
}

static void
json_balances(struct json *j, const struct account_figures *f)
{
	j_obj(j, "balances");
	for (size_t i = 0; i < f->balances; i++) {
		BUF amount = { 0 };

		money_plain(&amount, &f->balance[i].amount);
		j_obj(j, f->balance[i].cur);
		j_str(j, "amount", buf_str(&amount));
		j_text(j, "on", f->balance[i].on);
		j_end(j);
	}
	j_end(j);
}

static void
json_lists(struct json *j, const struct account *a)
{
	j_list(j, "controls");
	for (size_t i = 0; i < a->controls; i++)
		j_str(j, NULL, a->control[i]);
	j_end_list(j);
	j_list(j, "contacts");
	for (size_t i = 0; i < a->contacts; i++) {
		j_obj(j, NULL);
		j_str(j, "kind", a->contact[i].kind);
		j_str(j, "value", a->contact[i].value);
		j_time(j, "confirmed", a->contact[i].confirmed_ms);
		j_end(j);
	}
	j_end_list(j);
}

enum rc
account_out(struct session *s, const struct account *a, struct err *e)
{
	AUTO(account_figures_free) struct account_figures f = { 0 };
	unsigned kinds;
	char country[3];
	JSON j = { 0 };
	enum rc rc;

	if ((rc = account_figures(session_db(s), a->id, &f, e)) != OK || (rc = kinds_of(s, a, &kinds, e)) != OK ||
	    (rc = account_country_get(session_db(s), a->id, country, e)) != OK)
		return rc;
	j_open(&j, "account");
	j_str(&j, "name", a->name);
	j_text(&j, "provider", a->provider);
	j_text(&j, "login", a->login);
	j_text(&j, "currency", a->currency);
	j_text(&j, "country", country);
	j_str(&j, "state", account_state_name(a->state));
	json_balances(&j, &f);
	j_text(&j, "last_activity", f.last_activity);
	j_list(&j, "secrets");
	for (uint8_t k = 1; k < 32; k++) {
		if ((kinds >> k & 1) != 0)
			j_str(&j, NULL, kind_name(k));
	}
	j_end_list(&j);
	j_text(&j, "way_in", a->way_in);
	j_time(&j, "frozen_since", a->frozen_ms);
	j_text(&j, "limit", a->limits);
	j_text(&j, "url", a->url);
	j_text(&j, "note", a->notes);
	json_lists(&j, a);
	j_time(&j, "created", a->created_ms);
	j_int(&j, "transactions", (int64_t)f.transactions);
	j_int(&j, "new", (int64_t)f.unreviewed);
	return out_json(s, &j, e);
}

static void
balances_text(struct buf *out, const struct account_figures *f)
{
	for (size_t i = 0; i < f->balances; i++) {
		if (i > 0)
			buf_adds(out, ", ");
		money_human(out, &f->balance[i].amount);
	}
}

static const char *
state_text(const struct account *a)
{
	static const char *const word[] = { N_("active"), N_("frozen"), N_("closed") };

	return (unsigned)a->state < COUNTOF(word) ? _(word[a->state]) : "";
}

enum rc
account_list_run(struct session *s, const struct args *args, struct err *e)
{
	static const struct column cols[] = {
		{ N_("Account"), COL_CUT, 8 },
		{ N_("Provider"), COL_DROP, 0 },
		{ N_("Login"), COL_CUT | COL_DROP, 8 },
		{ N_("Balance"), COL_RIGHT | COL_CUT, 12 },
		{ N_("Last activity"), COL_DROP, 0 },
		{ N_("Rows"), COL_RIGHT | COL_DROP, 0 },
		{ N_("State"), COL_DROP, 0 },
	};
	AUTO(accounts_free) struct accounts all = { 0 };
	TABLE t = { 0 };
	enum rc rc;

	(void)args;
	if ((rc = account_list(session_db(s), &all, e)) != OK)
		return rc;
	if (!s->json)
		table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
	for (size_t i = 0; i < all.n; i++) {
		AUTO(account_figures_free) struct account_figures f = { 0 };
		const struct account *a = &all.a[i];
		BUF balance = { 0 };

		if (s->json) {
			if ((rc = account_out(s, a, e)) != OK)
				return rc;
			continue;
		}
		if ((rc = account_figures(session_db(s), a->id, &f, e)) != OK)
			return rc;
		balances_text(&balance, &f);
		table_cell(&t, TONE_BOLD, "%s", a->name);
		table_cell(&t, TONE_PLAIN, "%s", a->provider);
		table_cell(&t, TONE_PLAIN, "%s", a->login);
		table_cell(&t, TONE_PLAIN, "%s", buf_str(&balance));
		table_cell(&t, TONE_PLAIN, "%s", f.last_activity);
		table_cell(&t, TONE_PLAIN, "%llu", (unsigned long long)f.transactions);
		table_cell(&t, a->state == ACCOUNT_FROZEN ? TONE_CYAN : TONE_PLAIN, "%s", state_text(a));
		if (!table_row(&t))
			break;
	}
	if (all.n == 0)
		note(s, N_("No account yet.  purser account add NAME, or purser import FILE"));
	return OK;
}

static void
line(struct table *t, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	table_cell(t, TONE_DIM, "%s", _(name));
	table_cell(t, TONE_PLAIN, "%s", value);
	(void)table_row(t);
}

static void
show_figures(struct table *t, const struct account_figures *f)
{
	BUF count = { 0 };

	for (size_t i = 0; i < f->balances; i++) {
		BUF b = { 0 };

		money_human(&b, &f->balance[i].amount);
		if (f->balance[i].on[0] != '\0')
			buf_addf(&b, "  (%s)", f->balance[i].on);
		line(t, N_("Balance"), buf_str(&b));
	}
	line(t, N_("Last activity"), f->last_activity);
	buf_addf(&count, "%llu", (unsigned long long)f->transactions);
	line(t, N_("Transactions"), buf_str(&count));
}

/* As it is said, else as deadlines take it to be. */
static void
country_text(struct buf *out, const char *said, const char *currency)
{
	AUTO(calendars_free) struct calendars *c = NULL;
	const char *guess;
	int dir = -1;

	buf_adds(out, said);
	if (said[0] != '\0' || data_open(&dir, NULL) != OK)
		return;
	if (calendars_load(&c, dir, NULL) == OK && (guess = calendar_guess(c, currency)) != NULL)
		buf_addf(out, _("%s (assumed from the currency)"), guess);
	(void)close(dir);
}

enum rc
account_show_run(struct session *s, const struct args *args, struct err *e)
{
	static const struct column cols[] = { { N_("Field"), 0, 0 }, { N_("Value"), 0, 0 } };
	AUTO(account_figures_free) struct account_figures f = { 0 };
	AUTO(account_free) struct account a = { 0 };
	BUF secrets = { 0 }, where = { 0 };
	TABLE t = { 0 };
	unsigned kinds;
	char country[3];
	enum rc rc;

	account_init(&a);
	if ((rc = session_account(s, args->v[0], &a, e)) != OK)
		return rc;
	if (s->json)
		return account_out(s, &a, e);
	if ((rc = account_figures(session_db(s), a.id, &f, e)) != OK || (rc = kinds_of(s, &a, &kinds, e)) != OK ||
	    (rc = account_country_get(session_db(s), a.id, country, e)) != OK)
		return rc;
	country_text(&where, country, a.currency);
	for (uint8_t k = 1; k < 32; k++) {
		if ((kinds >> k & 1) != 0)
			buf_addf(&secrets, "%s%s", secrets.len > 0 ? ", " : "", _(kind_name(k)));
	}
	table_begin(&t, s, cols, COUNTOF(cols), TABLE_NO_HEAD);
	line(&t, N_("Account"), a.name);
	line(&t, N_("Provider"), a.provider);
	line(&t, N_("Login"), a.login);
	line(&t, N_("State"), state_text(&a));
	line(&t, N_("Currency"), a.currency);
	line(&t, N_("Country"), buf_str(&where));
	line(&t, N_("Limits"), a.limits);
	line(&t, N_("Page"), a.url);
	show_figures(&t, &f);
	line(&t, N_("Secrets"), buf_str(&secrets));
	line(&t, N_("Way in"), a.way_in);
	for (size_t i = 0; i < a.controls; i++)
		line(&t, N_("Can reset"), a.control[i]);
	for (size_t i = 0; i < a.contacts; i++)
		line(&t, N_("Contact"), a.contact[i].value);
	line(&t, N_("Comment"), a.notes);
	return OK;
}
