/* cmd/import_account.c: which account a statement belongs to. See import.h. */
#include "cmd/import.h"

#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/term.h"
#include "store/import.h"
#include "wallet/filter.h"

#include <string.h>

const char *
provider_title(const char *provider)
{
	static const struct { const char *id, *title;
	} table[] = { { "paypal", N_("PayPal") }, { "alipay", N_("Alipay") }, { "wechat", N_("WeChat Pay") },
		{ "apple-card", N_("Apple Card") } };

	for (size_t i = 0; i < COUNTOF(table); i++) {
		if (strcmp(provider, table[i].id) == 0)
			return _(table[i].title);
	}
	return provider;
}

/* ---- what the file says ---- */

static bool
is_mail(const char *s)
{
	return strchr(s, '@') != NULL && strchr(s, '*') == NULL;
}

static bool
same_login(const char *a, const char *b)
{
	BUF x = { 0 }, y = { 0 };

	search_fold(&x, a);
	search_fold(&y, b);
	return strcmp(buf_str(&x), buf_str(&y)) == 0;
}

/* Both are full mail addresses and differ: certainly somebody else's. */
static bool
other_login(const struct account *a, const char *hint)
{
	return is_mail(a->login) && is_mail(hint) && !same_login(a->login, hint);
}

/* Index in all of the account that the file names, or the only candidate; -1: none, -2: several. */
static enum rc
by_file(struct session *s, const struct accounts *all, const struct statement *st, const unsigned char sha256[32],
    int *which, struct err *e)
{
	int64_t owner;
	enum rc rc;

	if ((rc = statement_owner(session_db(s), st->provider, sha256, st->account_hint, &owner, e)) != OK)
		return rc;
	*which = -1;
	for (size_t i = 0; i < all->n; i++) {
		const struct account *a = &all->a[i];

		if (strcmp(a->provider, st->provider) != 0 || a->state == ACCOUNT_CLOSED)
			continue;
		if (a->id == owner ||
		    (owner == 0 && st->account_hint[0] != '\0' && same_login(a->login, st->account_hint))) {
			*which = (int)i;
			return OK;
		}
		if (!other_login(a, st->account_hint))
			*which = *which == -1 ? (int)i : -2;
	}
	return OK;
}

/* ---- a new one ---- */

static bool
taken(const struct accounts *all, const char *name)
{
	BUF key = { 0 };

	account_name_key(&key, name);
	for (size_t i = 0; i < all->n; i++) {
		BUF other = { 0 };

		account_name_key(&other, all->a[i].name);
		if (strcmp(buf_str(&key), buf_str(&other)) == 0)
			return true;
	}
	return false;
}

static void
free_name(struct buf *out, const struct accounts *all, const char *provider)
{
	buf_adds(out, provider);
	for (unsigned n = 2; taken(all, buf_str(out)); n++) {
		buf_reset(out);
		buf_addf(out, "%s-%u", provider, n);
	}
}

static const char *
only_currency(const struct statement *st)
{
	const char *cur = "";

	for (size_t i = 0; i < st->rows; i++) {
		if (st->row[i].amount.cur[0] == '\0' || strcmp(cur, st->row[i].amount.cur) == 0)
			continue;
		if (cur[0] != '\0')
			return "";
		cur = st->row[i].amount.cur;
	}
	return cur;
}

static enum rc
fresh(struct account *out, const char *name, const struct statement *st, struct err *e)
{
	enum rc rc;

	out->id = 0;
	if ((rc = account_name_check(name, e)) != OK || (rc = text_set(&out->name, name, e)) != OK ||
	    (rc = text_set(&out->provider, st->provider, e)) != OK ||
	    (rc = text_set(&out->currency, only_currency(st), e)) != OK)
		return rc;
	return is_mail(st->account_hint) ? text_set(&out->login, st->account_hint, e) : OK;
}

/* ---- asking ---- */

/* "PayPal, USD, 35 rows, 2024-02-14 to 2024-09-23." */
static void
describe(struct buf *out, const struct statement *st)
{
	const struct civil *first = NULL, *last = NULL;
	const char *cur = only_currency(st);

	for (size_t i = 0; i < st->rows; i++) {
		const struct civil *c = &st->row[i].when.local;

		if (!st->row[i].when.has_date)
			continue;
		if (first == NULL || civil_to_unix(c) < civil_to_unix(first))
			first = c;
		if (last == NULL || civil_to_unix(c) > civil_to_unix(last))
			last = c;
	}
	buf_addf(out, "%s%s%s", provider_title(st->provider), cur[0] != '\0' ? ", " : "", cur);
	if (st->account_hint[0] != '\0')
		buf_addf(out, ", %s", st->account_hint);
	if (first != NULL)
		buf_addf(out, ", %04d-%02u-%02u..%04d-%02u-%02u", first->year, first->month, first->day, last->year,
		    last->month, last->day);
}

static bool
is_word(const char *typed, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(typed, *words) == 0)
			return true;
	}
	return false;
}

static enum rc
ask_account(struct session *s, const struct accounts *all, const struct statement *st, bool several,
    struct account *out, struct err *e)
{
	static const char *const yes[] = { "", "y", "Y", "yes", "是", NULL }, *const no[] = { "n", "N", "no", "否",
		NULL };
	BUF about = { 0 }, name = { 0 }, prompt = { 0 }, typed = { 0 };
	enum rc rc;

	free_name(&name, all, st->provider);
	describe(&about, st);
	if (s->yes && !several)
		return fresh(out, buf_str(&name), st, e);
	buf_addf(&prompt, _("%s, %zu rows."), buf_str(&about), st->rows);
	buf_addc(&prompt, '\n');
	if (several)
		buf_addf(&prompt, _("Several accounts could be meant. Which? [name, or y: make account \"%s\"] "),
		    buf_str(&name));
	else
		buf_addf(&prompt, _("There is no account for it yet. Make account \"%s\" for it? [Y/n/another name] "),
		    buf_str(&name));
	if ((rc = buf_check(&prompt, e)) != OK || (rc = ask_text(s, buf_str(&prompt), "--account", &typed, e)) != OK)
		return rc;
	if (is_word(buf_str(&typed), no) || (several && typed.len == 0))
		return err_set(e, E_USAGE, N_("no account was chosen. Nothing of this file was imported"));
	if (is_word(buf_str(&typed), yes))
		return fresh(out, buf_str(&name), st, e);
	rc = account_find(session_db(s), buf_str(&typed), out, e);
	if (rc != E_NOTFOUND)
		return rc;
	return several ? session_no_account(s, buf_str(&typed), e) : fresh(out, buf_str(&typed), st, e);
}

/* ---- all of it ---- */

static enum rc
by_name(
    struct session *s, const char *name, bool create, const struct statement *st, struct account *out, struct err *e)
{
	enum rc rc = account_find(session_db(s), name, out, e);

	if (rc != E_NOTFOUND)
		return rc;
	return create ? fresh(out, name, st, e) : session_no_account(s, name, e);
}

enum rc
import_account(struct session *s, const struct args *a, const struct statement *st, const char *file,
    const unsigned char sha256[32], struct account *out, struct err *e)
{
	AUTO(accounts_free) struct accounts all = { 0 };
	bool create = arg_has(a, "create");
	const char *name = arg_str(a, "account") ? arg_str(a, "account") : arg_str(a, "create");
	int which;
	enum rc rc;

	if (name != NULL)
		return by_name(s, name, create, st, out, e);
	if ((rc = account_list(session_db(s), &all, e)) != OK || (rc = by_file(s, &all, st, sha256, &which, e)) != OK)
		return rc;
	if (which >= 0)
		return account_by_id(session_db(s), all.a[which].id, out, e);
	if (create && which == -1) {
		BUF n = { 0 };

		free_name(&n, &all, st->provider);
		return fresh(out, buf_str(&n), st, e);
	}
	if ((s->yes && which == -1) || can_ask(s))
		return ask_account(s, &all, st, which == -2, out, e);
	(void)err_set(e, E_USAGE, which == -2 ?
	    N_("%s: several accounts could be meant, and nobody can be asked. Nothing of this file was imported") :
	    N_("%s: --account is missing and nobody can be asked. Nothing of this file was imported"), file);
	err_next(e, which == -2 ? N_("add --account NAME") : N_("add --account NAME or --create"));
	return E_USAGE;
}
