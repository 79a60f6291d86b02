/* store/account.c: see account.h. */
#include "store/account.h"

#include "base/time.h"
#include "crypto/secret.h"
#include "store/import.h"
#include "store/sql.h"

#include <string.h>

void
accounts_free(struct accounts *all)
{
	for (size_t i = 0; i < all->n; i++)
		account_free(&all->a[i]);
	free(all->a);
	*all = (struct accounts){ 0 };
}

#define COLUMNS "id, uid, name, provider, login, currency, limits, url, way_in, notes, state, created, frozen, closed"

static enum rc
row_to_account(struct sql *q, struct account *a, struct err *e)
{
	char **const text[] = {
		&a->name, &a->provider, &a->login, &a->currency, &a->limits, &a->url, &a->way_in, &a->notes
	};
	const void *uid;
	size_t n;
	enum rc rc;

	a->id = sql_int(q, 0);
	uid = sql_blob(q, 1, &n);
	if (n == sizeof a->uid)
		memcpy(a->uid, uid, n);
	for (size_t i = 0; i < COUNTOF(text); i++) {
		if ((rc = text_set(text[i], sql_text(q, 2 + (int)i), e)) != OK)
			return rc;
	}
	a->state = (enum account_state)sql_int(q, 10);
	a->created_ms = sql_int(q, 11);
	a->frozen_ms = sql_int(q, 12);
	a->closed_ms = sql_int(q, 13);
	return OK;
}

/* One more element at the end of a malloc'd array. */
static void *
more(void **array, size_t n, size_t size)
{
	char *p = realloc(*array, (n + 1) * size);

	if (p == NULL)
		return NULL;
	*array = p;
	memset(p + n * size, 0, size);
	return p + n * size;
}

static enum rc
load_contacts(struct db *db, struct account *a, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT kind, value, note, confirmed FROM contact WHERE account = ?1 ORDER BY n", &q,
	    e)) != OK)
		return rc;
	sql_bind_int(&q, 1, a->id);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		void *array = a->contact;
		struct contact *c = more(&array, a->contacts, sizeof *c);

		if (c == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		a->contact = array;
		a->contacts++;
		c->confirmed_ms = sql_int(&q, 3);
		if ((rc = text_set(&c->kind, sql_text(&q, 0), e)) != OK ||
		    (rc = text_set(&c->value, sql_text(&q, 1), e)) != OK ||
		    (rc = text_set(&c->note, sql_text(&q, 2), e)) != OK)
			return rc;
	}
	return rc;
}

static enum rc
load_controls(struct db *db, struct account *a, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db,
		 "SELECT a.name FROM control c JOIN account a ON a.id = c.controls WHERE c.account = ?1"
		 " ORDER BY a.name",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, a->id);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		void *array = a->control;
		char **name = more(&array, a->controls, sizeof *name);

		if (name == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		a->control = array;
		a->controls++;
		if ((rc = text_set(name, sql_text(&q, 0), e)) != OK)
			return rc;
	}
	return rc;
}

/* The one row of a bound query into a; E_NOTFOUND without message when there is none. */
static enum rc
load(struct db *db, struct sql *q, struct account *a, struct err *e)
{
	struct account got;
	bool row;
	enum rc rc;

	if ((rc = sql_step(q, &row, e)) != OK)
		return rc;
	if (!row)
		return E_NOTFOUND;
	account_init(&got);
	rc = row_to_account(q, &got, e);
	sql_reset(q);
	if (rc == OK)
		rc = load_contacts(db, &got, e);
	if (rc == OK)
		rc = load_controls(db, &got, e);
	if (rc != OK) {
		account_free(&got);
		return rc;
	}
	account_free(a);
	*a = got;
	return OK;
}

enum rc
account_find(struct db *db, const char *name, struct account *a, struct err *e)
{
	SQL exact = { 0 }, alike = { 0 };
	BUF key = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT " COLUMNS " FROM account WHERE name = ?1", &exact, e)) != OK)
		return rc;
	sql_bind_text(&exact, 1, name);
	if ((rc = load(db, &exact, a, e)) != E_NOTFOUND)
		return rc;
	account_name_key(&key, name);
	if ((rc = buf_check(&key, e)) != OK ||
	    (rc = sql_prepare(db, "SELECT " COLUMNS " FROM account WHERE name_key = ?1", &alike, e)) != OK)
		return rc;
	sql_bind_text(&alike, 1, buf_str(&key));
	if ((rc = load(db, &alike, a, e)) == E_NOTFOUND)
		return err_set(e, E_NOTFOUND, N_("no account \"%s\""), name);
	return rc;
}

enum rc
account_by_id(struct db *db, int64_t id, struct account *a, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT " COLUMNS " FROM account WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	if ((rc = load(db, &q, a, e)) == E_NOTFOUND)
		return err_set(e, E_NOTFOUND, N_("no such account"));
	return rc;
}

enum rc
account_by_uid(struct db *db, const unsigned char uid[16], struct account *a, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT " COLUMNS " FROM account WHERE uid = ?1", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, uid, 16);
	if ((rc = load(db, &q, a, e)) == E_NOTFOUND)
		return err_set(e, E_NOTFOUND, N_("no such account"));
	return rc;
}

enum rc
account_list(struct db *db, struct accounts *out, struct err *e)
{
	AUTO(accounts_free) struct accounts all = { 0 };
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT " COLUMNS " FROM account ORDER BY name", &q, e)) != OK)
		return rc;
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		void *array = all.a;
		struct account *a = more(&array, all.n, sizeof *a);

		if (a == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		all.a = array;
		account_init(a);
		all.n++;
		if ((rc = row_to_account(&q, a, e)) != OK)
			return rc;
	}
	for (size_t i = 0; i < all.n && rc == OK; i++) {
		rc = load_contacts(db, &all.a[i], e);
		if (rc == OK)
			rc = load_controls(db, &all.a[i], e);
	}
	if (rc != OK)
		return rc;
	*out = all;
	all = (struct accounts){ 0 };
	return OK;
}

/* ---- writing ---- */

/* Is there another account that is called, or looks, like a? */
static enum rc
check_name(struct db *db, const struct account *a, struct buf *key, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	account_name_key(key, a->name);
	if ((rc = buf_check(key, e)) != OK ||
	    (rc = sql_prepare(db, "SELECT name FROM account WHERE name_key = ?1 AND id <> ?2", &q, e)) != OK)
		return rc;
	sql_bind_text(&q, 1, buf_str(key));
	sql_bind_int(&q, 2, a->id);
	if ((rc = sql_step(&q, &row, e)) != OK || !row)
		return rc;
	if (strcmp(sql_text(&q, 0), a->name) == 0)
		return err_set(e, E_EXISTS, N_("there is an account %s already"), a->name);
	return err_set(e, E_EXISTS,
	    N_("the name %s looks like that of the account %s: take one that cannot be mistaken"), a->name,
	    sql_text(&q, 0));
}

static enum rc
check_texts(const struct account *a, struct err *e)
{
	const struct { const char *what, *text; size_t max; } t[] = {
		{ "provider", a->provider, 64 }, { "login", a->login, 256 },
		{ "currency", a->currency, CURRENCY_MAX }, { "limit", a->limits, 256 }, { "url", a->url, 1024 },
		{ "way-in", a->way_in, 1024 }, { "notes", a->notes, 4096 }
	};
	enum rc rc;

	for (size_t i = 0; i < COUNTOF(t); i++) {
		if ((rc = text_check(t[i].what, t[i].text, t[i].max, e)) != OK)
			return rc;
	}
	for (size_t i = 0; i < a->contacts; i++) {
		if ((rc = text_check("contact", a->contact[i].value, 1024, e)) != OK ||
		    (rc = text_check("contact", a->contact[i].note, 1024, e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
save_contacts(struct db *db, const struct account *a, struct err *e)
{
	SQL del = { 0 }, put = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "DELETE FROM contact WHERE account = ?1", &del, e)) != OK)
		return rc;
	sql_bind_int(&del, 1, a->id);
	if ((rc = sql_run(&del, e)) != OK ||
	    (rc = sql_prepare(db, "INSERT INTO contact VALUES(?1, ?2, ?3, ?4, ?5, ?6)", &put, e)) != OK)
		return rc;
	for (size_t i = 0; i < a->contacts; i++) {
		sql_bind_int(&put, 1, a->id);
		sql_bind_int(&put, 2, (int64_t)i);
		sql_bind_text(&put, 3, a->contact[i].kind);
		sql_bind_text(&put, 4, a->contact[i].value);
		sql_bind_text(&put, 5, a->contact[i].note);
		sql_bind_int(&put, 6, a->contact[i].confirmed_ms);
		if ((rc = sql_run(&put, e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
save_controls(struct db *db, const struct account *a, struct err *e)
{
	SQL del = { 0 }, put = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "DELETE FROM control WHERE account = ?1", &del, e)) != OK)
		return rc;
	sql_bind_int(&del, 1, a->id);
	if ((rc = sql_run(&del, e)) != OK ||
	    (rc = sql_prepare(db, "INSERT OR IGNORE INTO control SELECT ?1, id FROM account WHERE id = ?2", &put,
	    e)) != OK)
		return rc;
	for (size_t i = 0; i < a->controls; i++) {
		struct account other;

		account_init(&other);
		rc = account_find(db, a->control[i], &other, e);
		sql_bind_int(&put, 1, a->id);
		sql_bind_int(&put, 2, other.id);
		if (rc == OK && other.id == a->id)
			rc = err_set(e, E_USAGE, N_("%s cannot control itself"), a->name);
		account_free(&other);
		if (rc != OK || (rc = sql_run(&put, e)) != OK)
			return rc;
	}
	return OK;
}

/* Columns 1..12 of both INSERT and UPDATE. */
static void
bind_account(struct sql *q, const struct account *a, const char *key)
{
	sql_bind_text(q, 1, a->name);
	sql_bind_text(q, 2, key);
	sql_bind_text(q, 3, a->provider);
	sql_bind_text(q, 4, a->login);
	sql_bind_text(q, 5, a->currency);
	sql_bind_text(q, 6, a->limits);
	sql_bind_text(q, 7, a->url);
	sql_bind_text(q, 8, a->way_in);
	sql_bind_text(q, 9, a->notes);
	sql_bind_int(q, 10, a->state);
	sql_bind_int(q, 11, a->frozen_ms);
	sql_bind_int(q, 12, a->closed_ms);
}

enum rc
account_add(struct db *db, struct account *a, int64_t now_ms, struct err *e)
{
	unsigned char uid[16];
	BUF key = { 0 };
	SQL q = { 0 };
	enum rc rc;

	a->id = 0;
	if ((rc = account_name_check(a->name, e)) != OK || (rc = check_texts(a, e)) != OK ||
	    (rc = check_name(db, a, &key, e)) != OK)
		return rc;
	if ((rc = sql_prepare(db, "INSERT INTO account(name, name_key, provider, login, currency, limits, url, way_in,"
	    " notes, state, frozen, closed, uid, created)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)", &q, e)) != OK)
		return rc;
	random_bytes(uid, sizeof uid);
	bind_account(&q, a, buf_str(&key));
	sql_bind_blob(&q, 13, uid, sizeof uid);
	sql_bind_int(&q, 14, now_ms);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	a->id = sql_last_id(db);
	memcpy(a->uid, uid, sizeof uid);
	a->created_ms = now_ms;
	if ((rc = save_contacts(db, a, e)) != OK)
		return rc;
	return save_controls(db, a, e);
}

enum rc
account_save(struct db *db, struct account *a, struct err *e)
{
	struct account before;
	BUF key = { 0 };
	SQL q = { 0 };
	enum rc rc;

	account_init(&before);
	rc = account_by_id(db, a->id, &before, e);
	if (rc == OK && strcmp(before.name, a->name) != 0)
		rc = account_name_check(a->name, e);
	account_free(&before);
	if (rc != OK || (rc = check_texts(a, e)) != OK || (rc = check_name(db, a, &key, e)) != OK)
		return rc;
	if ((rc = sql_prepare(db,
		 "UPDATE account SET name = ?1, name_key = ?2, provider = ?3, login = ?4, currency = ?5,"
		 " limits = ?6, url = ?7, way_in = ?8, notes = ?9, closed = ?12,"
		 " state = CASE WHEN frozen <> 0 THEN 1 WHEN ?10 = 2 THEN 2 ELSE 0 END WHERE id = ?13",
		 &q, e)) != OK)
		return rc;
	bind_account(&q, a, buf_str(&key));
	sql_bind_int(&q, 13, a->id);
	if ((rc = sql_run(&q, e)) != OK || (rc = save_contacts(db, a, e)) != OK)
		return rc;
	return save_controls(db, a, e);
}

static enum rc
count(struct db *db, const char *text, int64_t id, int64_t *n, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, text, &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	if ((rc = sql_step(&q, &row, e)) != OK)
		return rc;
	*n = row ? sql_int(&q, 0) : 0;
	return OK;
}

enum rc
account_remove(struct db *db, int64_t id, bool force, struct err *e)
{
	static const char *const text[] = {
		"DELETE FROM incident_txn WHERE txn IN (SELECT id FROM txn WHERE account = ?1)",
		"DELETE FROM verdict WHERE txn IN (SELECT id FROM txn WHERE account = ?1)",
		"DELETE FROM review_mark WHERE txn IN (SELECT id FROM txn WHERE account = ?1)",
		"DELETE FROM txn_text WHERE txn IN (SELECT id FROM txn WHERE account = ?1)",
		"DELETE FROM txn_source WHERE txn IN (SELECT id FROM txn WHERE account = ?1)",
		"DELETE FROM txn WHERE account = ?1",
		"DELETE FROM statement WHERE account = ?1",
		"DELETE FROM account WHERE id = ?1"
	};
	int64_t n;
	enum rc rc;

	if ((rc = count(db, "SELECT count(*) FROM secret WHERE acct_id = (SELECT uid FROM account WHERE id = ?1)", id,
		 &n, e)) != OK)
		return rc;
	if (n != 0)
		return err_set(e, E_EXISTS, N_("the account still has secrets; they must be removed first"));
	if ((rc = count(db, "SELECT count(*) FROM txn WHERE account = ?1 AND (review <> 0 OR"
	    " EXISTS (SELECT 1 FROM incident_txn i WHERE i.txn = txn.id))", id, &n, e)) != OK)
		return rc;
	if (n != 0 && !force)
		return err_set(e, E_EXISTS, N_("%lld rows of the account have a verdict or are in an incident"),
		    (long long)n);
	for (size_t i = 0; i < COUNTOF(text); i++) {
		SQL q = { 0 };

		if ((rc = sql_prepare(db, text[i], &q, e)) != OK)
			return rc;
		sql_bind_int(&q, 1, id);
		if ((rc = sql_run(&q, e)) != OK)
			return rc;
	}
	return statement_sweep(db, e);
}

/* ---- figures ---- */

void
account_figures_free(struct account_figures *f)
{
	free(f->balance);
	*f = (struct account_figures){ 0 };
}

static void
put_day(char out[11], int64_t us)
{
	struct civil c = civil_from_unix(us / 1000000 - (us % 1000000 < 0));

	if (c.year >= 0 && c.year <= 9999)
		(void)snprintf(out, 11, "%04u-%02u-%02u", (unsigned)c.year % 10000, c.month % 100u, c.day % 100u);
}

/* The newest balance of one currency; index txn_balance answers all of it. */
static enum rc
newest_balance(struct db *db, int64_t id, const char *cur, struct balance *b, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT balance, bal_exp, local_us FROM txn WHERE account = ?1 AND bal_cur = ?2"
	    " AND balance IS NOT NULL ORDER BY sort_us DESC, id DESC LIMIT 1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	sql_bind_text(&q, 2, cur);
	if ((rc = sql_step(&q, &row, e)) != OK || !row)
		return rc;
	(void)snprintf(b->cur, sizeof b->cur, "%s", cur);
	(void)snprintf(b->amount.cur, sizeof b->amount.cur, "%s", cur);
	b->amount.minor = sql_int(&q, 0);
	b->amount.exp = (uint8_t)sql_int(&q, 1);
	if (!sql_null(&q, 2))
		put_day(b->on, sql_int(&q, 2));
	return OK;
}

static enum rc
balances(struct db *db, int64_t id, struct account_figures *f, struct err *e)
{
	char cur[CURRENCY_MAX + 1] = "";
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT min(bal_cur) FROM txn WHERE account = ?1 AND bal_cur > ?2"
	    " AND balance IS NOT NULL", &q, e)) != OK)
		return rc;
	for (;;) {
		void *array = f->balance;
		struct balance *b;

		sql_bind_int(&q, 1, id);
		sql_bind_text(&q, 2, cur);
		if ((rc = sql_step(&q, &row, e)) != OK || !row || sql_null(&q, 0))
			return rc;
		(void)snprintf(cur, sizeof cur, "%s", sql_text(&q, 0));
		sql_reset(&q);
		if ((b = more(&array, f->balances, sizeof *b)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		f->balance = array;
		f->balances++;
		if ((rc = newest_balance(db, id, cur, b, e)) != OK)
			return rc;
	}
}

enum rc
account_figures(struct db *db, int64_t id, struct account_figures *out, struct err *e)
{
	AUTO(account_figures_free) struct account_figures f = { 0 };
	SQL q = { 0 };
	int64_t n;
	bool row;
	enum rc rc;

	if ((rc = balances(db, id, &f, e)) != OK)
		return rc;
	if ((rc = sql_prepare(db, "SELECT local_us FROM txn WHERE account = ?1 ORDER BY sort_us DESC, id DESC LIMIT 1",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	if ((rc = sql_step(&q, &row, e)) != OK)
		return rc;
	if (row && !sql_null(&q, 0))
		put_day(f.last_activity, sql_int(&q, 0));
	if ((rc = count(db, "SELECT count(*) FROM txn WHERE account = ?1", id, &n, e)) != OK)
		return rc;
	f.transactions = (uint64_t)n;
	if ((rc = count(db, "SELECT count(*) FROM txn WHERE account = ?1 AND review = 0", id, &n, e)) != OK)
		return rc;
	f.unreviewed = (uint64_t)n;
	*out = f;
	f = (struct account_figures){ 0 };
	return OK;
}
