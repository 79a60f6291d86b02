/* store/outflow.c: see outflow.h. */
#include "store/outflow.h"

#include "store/query_int.h"
#include "store/schema.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_US (3600 * INT64_C(1000000))
#define WINDOW_ROWS_MAX 5000u           /* of one account: more in three days is no person's account */

struct work {
	struct db *db;
	const struct providers *p;
	int64_t now_ms;
	struct sql_ints open;                /* rows of incidents that are open, and of this one; ascending */
	struct fetch fetch;
	struct savings out;
};

static void
work_end(struct work *w)
{
	fetch_end(&w->fetch);
	free(w->open.v);
	savings_free(&w->out);
}

void
savings_free(struct savings *x)
{
	savables_free(&x->rows);
	outflows_free(&x->pace);
	x->left_out = 0;
}

static bool
ids_has(const struct sql_ints *all, int64_t id)
{
	size_t from = 0, to = all->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (all->v[mid] == id)
			return true;
		if (all->v[mid] < id)
			from = mid + 1;
		else
			to = mid;
	}
	return false;
}

/* Row ids of a query with up to two numbers in it. */
static enum rc
ids_query(struct db *db, const char *text, int64_t a, int64_t b, struct sql_ints *out, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, text, &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, a);
	sql_bind_int(&q, 2, b);
	return sql_ints_get(&q, out, e);
}

static enum rc
work_begin(struct work *w, int64_t incident, struct err *e)
{
	enum rc rc = ids_query(w->db, "SELECT DISTINCT x.txn FROM incident_txn x JOIN incident i ON i.id = x.incident"
	    " WHERE i.closed = 0 OR i.id = ?1 OR i.id = ?2 ORDER BY 1", incident, incident, &w->open, e);

	return rc == OK ? fetch_begin(&w->fetch, w->db, true, e) : rc;
}

/* ---- rows ---- */

static bool
suspicious(const struct work *w, const struct entry *en)
{
	return en->review == REVIEW_FRAUD || en->review == REVIEW_UNSURE || ids_has(&w->open, en->row_id);
}

/* What funded the payment, where a row of its own says it (PayPal). */
static enum rc
child_funding(struct work *w, int64_t row_id, enum rail *out, struct err *e)
{
	AUTO(auto_free) int64_t *owned = NULL;
	struct sql_ints child = { .n = 0 };
	struct entry en;
	bool found;
	enum rc rc = ids_query(w->db, "SELECT id FROM txn WHERE parent = ?1 AND amount > ?2 ORDER BY id LIMIT 4",
	    row_id, 0,
	    &child, e);

	owned = child.v;
	for (size_t i = 0; i < child.n && rc == OK && *out == RAIL_UNKNOWN; i++)
		if ((rc = fetch_row(&w->fetch, child.v[i], &en, &found, e)) == OK && found)
			*out = rail_funding(&en);
	return rc;
}

static enum rc
keep_row(struct work *w, int64_t id, struct err *e)
{
	struct savables *all = &w->out.rows;
	struct entry en;
	bool found;
	enum rc rc;

	if (all->n == SAVABLE_ROWS_MAX) {
		w->out.left_out++;
		return OK;
	}
	if ((rc = fetch_row(&w->fetch, id, &en, &found, e)) != OK || !found)
		return rc;
	if ((rc = savables_add(all, &en, rail_funding(&en), w->p, w->now_ms, e)) != OK)
		return rc;
	if (all->row[all->n - 1].funding != RAIL_UNKNOWN)
		return OK;
	return child_funding(w, id, &all->row[all->n - 1].funding, e);
}

static enum rc
keep_rows(struct work *w, const struct sql_ints *all, struct err *e)
{
	enum rc rc = OK;

	for (size_t i = 0; i < all->n && rc == OK; i++)
		rc = keep_row(w, all->v[i], e);
	return rc;
}

/* ---- pace ---- */

static enum rc
outflow_for(struct work *w, int64_t account, const char *name, const char *cur, uint8_t exp, struct outflow **out,
    struct err *e)
{
	struct outflows *all = &w->out.pace;
	struct outflow *o;

	for (size_t i = 0; i < all->n; i++) {
		o = &all->o[i];
		if (o->account_id == account && o->exp == exp && strcmp(o->cur, cur) == 0) {
			*out = o;
			return OK;
		}
	}
	if ((o = realloc(all->o, (all->n + 1) * sizeof *o)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	all->o = o;
	o += all->n;
	*o = (struct outflow){ .account_id = account, .exp = exp, .account = strdup(name) };
	if (o->account == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	(void)snprintf(o->cur, sizeof o->cur, "%s", cur);
	all->n++;
	*out = o;
	return OK;
}

static int64_t
when_us(const struct when *t)
{
	return t->has_utc ? t->utc_us : civil_to_unix(&t->local) * 1000000;
}

static enum rc
outflow_add(struct work *w, const struct entry *en, struct err *e)
{
	const struct money *m = en->has_effect ? &en->effect : &en->amount;
	bool leaves = en->has_effect || (en->has_amount && (en->status == TXN_PENDING || en->status == TXN_HELD));
	struct outflow *o;
	struct outflow_row *r;
	enum rc rc;

	if (!leaves || !en->when.has_date)
		return OK;
	if (m->minor > 0 && (en->linked_to[0] == '\0' || rail_funding(en) == RAIL_UNKNOWN))
		return OK;
	if ((rc = outflow_for(w, en->account_id, en->account, m->cur, m->exp, &o, e)) != OK)
		return rc;
	if (m->minor >= 0) {
		o->topped_up = o->topped_up || m->minor > 0;
		return OK;
	}
	if (o->rows == o->cap) {
		if ((r = realloc(o->row, (o->cap * 2 + 16) * sizeof *r)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		o->row = r;
		o->cap = o->cap * 2 + 16;
	}
	o->row[o->rows++] = (struct outflow_row){ .at_us = when_us(&en->when), .day_only = !en->when.has_time,
		.local = !en->when.has_utc, .suspicious = suspicious(w, en), .minor = m->minor };
	return OK;
}

/* The newest row of the account that is suspicious. INT64_MIN: none. */
static enum rc
newest_suspicious(struct work *w, int64_t account, int64_t *us, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	*us = INT64_MIN;
	if ((rc = sql_prepare(w->db, "SELECT max(t.sort_us) FROM verdict v JOIN txn t ON t.id = v.txn"
	    " WHERE v.verdict IN (2, 3) AND t.account = ?1 AND t.amount < 0", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, account);
	if ((rc = sql_step(&q, &row, e)) != OK)
		return rc;
	if (row && !sql_null(&q, 0))
		*us = sql_int(&q, 0);
	for (size_t i = 0; i < w->open.n; i++) {
		SQL one = { 0 };

		if ((rc = sql_prepare(w->db, "SELECT sort_us FROM txn WHERE id = ?1 AND account = ?2 AND amount < 0",
		    &one, e)) != OK)
			return rc;
		sql_bind_int(&one, 1, w->open.v[i]);
		sql_bind_int(&one, 2, account);
		if ((rc = sql_step(&one, &row, e)) != OK)
			return rc;
		if (row && sql_int(&one, 0) > *us)
			*us = sql_int(&one, 0);
	}
	return OK;
}

static enum rc
window(struct work *w, int64_t account, int64_t from, int64_t to, struct err *e)
{
	struct entry en;
	SQL q = { 0 };
	bool row, found;
	enum rc rc;

	if ((rc = sql_prepare(w->db, "SELECT id FROM txn WHERE account = ?1 AND sort_us BETWEEN ?2 AND ?3"
	    " ORDER BY sort_us DESC, id DESC LIMIT ?4", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, account);
	sql_bind_int(&q, 2, from);
	sql_bind_int(&q, 3, to);
	sql_bind_int(&q, 4, WINDOW_ROWS_MAX);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		if ((rc = fetch_row(&w->fetch, sql_int(&q, 0), &en, &found, e)) != OK)
			return rc;
		if (found && (rc = outflow_add(w, &en, e)) != OK)
			return rc;
	}
	return rc;
}

/* ---- balances ---- */

/* What moved after the row with the balance, in its currency. */
static enum rc
moved_since(struct work *w, struct outflow *o, int64_t us, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(w->db, "SELECT CASE WHEN moves = 3 THEN fee ELSE amount END FROM txn WHERE account = ?1"
	    " AND sort_us > ?2 AND counted <> 0 AND moves <> 0 AND"
	    " CASE WHEN moves = 3 THEN fee_cur = ?3 AND fee_exp = ?4 ELSE cur = ?3 AND exp = ?4 END", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, o->account_id);
	sql_bind_int(&q, 2, us);
	sql_bind_text(&q, 3, o->cur);
	sql_bind_int(&q, 4, o->exp);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		int64_t v = sql_null(&q, 0) ? 0 : sql_int(&q, 0);

		if (__builtin_add_overflow(o->since, v, &o->since))
			o->since = v < 0 ? INT64_MIN : INT64_MAX;
	}
	return rc;
}

static enum rc
balance_of(struct work *w, int64_t account, const char *name, const struct balance *b, struct err *e)
{
	struct outflow *o;
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = outflow_for(w, account, name, b->cur, b->amount.exp, &o, e)) != OK ||
	    (rc = sql_prepare(w->db, "SELECT sort_us FROM txn WHERE account = ?1 AND bal_cur = ?2 AND balance IS NOT "
	    "NULL ORDER BY sort_us DESC, id DESC LIMIT 1", &q, e)) != OK)
		return rc;
	o->has_balance = true;
	o->balance = b->amount.minor;
	memcpy(o->balance_on, b->on, sizeof o->balance_on);
	sql_bind_int(&q, 1, account);
	sql_bind_text(&q, 2, b->cur);
	if ((rc = sql_step(&q, &row, e)) != OK || !row)
		return rc;
	return moved_since(w, o, sql_int(&q, 0), e);
}

static enum rc
account_pace(struct work *w, int64_t account, struct err *e)
{
	AUTO(account_figures_free) struct account_figures f = { 0 };
	AUTO(account_free) struct account a = { 0 };
	int64_t end, now_us = w->now_ms * 1000;
	enum rc rc;

	account_init(&a);
	if ((rc = account_by_id(w->db, account, &a, e)) != OK || (rc = newest_suspicious(w, account, &end, e)) != OK)
		return rc;
	if (end == INT64_MIN)           /* the zone of a local time may be up to 14 hours ahead */
		end = now_us + 14 * HOUR_US;
	if ((rc = window(w, account, end - (OUTFLOW_HOURS + 24 + 14) * HOUR_US, end, e)) != OK ||
	    (rc = account_figures(w->db, account, &f, e)) != OK)
		return rc;
	for (size_t i = 0; i < f.balances && rc == OK; i++)
		rc = balance_of(w, account, a.name, &f.balance[i], e);
	return rc;
}

static void
hand_over(struct work *w, struct savings *out)
{
	for (size_t i = 0; i < w->out.pace.n; i++)
		outflow_reckon(&w->out.pace.o[i], w->now_ms * 1000);
	outflows_sort(&w->out.pace);
	savables_sort(&w->out.rows);
	*out = w->out;
	w->out = (struct savings){ .left_out = 0 };
}

/* ---- for whom ---- */

enum rc
savings_incident(struct db *db, int64_t incident, const struct providers *p, int64_t now_ms, struct savings *out,
    struct err *e)
{
	AUTO(work_end) struct work w = { .db = db, .p = p, .now_ms = now_ms };
	AUTO(auto_free) int64_t *own_rows = NULL, *own_accounts = NULL;
	struct sql_ints rows = { .n = 0 }, accounts = { .n = 0 };
	bool has;
	enum rc rc;

	if ((rc = work_begin(&w, incident, e)) != OK || (rc = schema_has(db, SCHEMA_INCIDENTS, &has, e)) != OK)
		return rc;
	rc = ids_query(db, "SELECT t.id FROM incident_txn x JOIN txn t ON t.id = x.txn WHERE x.incident = ?1 OR "
	    "x.incident = ?2 ORDER BY t.sort_us DESC, t.id DESC", incident, incident, &rows, e);
	own_rows = rows.v;
	if (rc != OK)
		return rc;
	rc = ids_query(db, !has ? "SELECT DISTINCT t.account FROM incident_txn x JOIN txn t ON t.id = x.txn"
	    " WHERE x.incident IN (?1, ?2)"
	    : "SELECT t.account FROM incident_txn x JOIN txn t ON t.id = x.txn WHERE x.incident = ?1"
	    " UNION SELECT account FROM incident_account WHERE incident = ?2", incident, incident, &accounts, e);
	own_accounts = accounts.v;
	if (rc != OK || (rc = keep_rows(&w, &rows, e)) != OK)
		return rc;
	for (size_t i = 0; i < accounts.n && rc == OK; i++)
		rc = account_pace(&w, accounts.v[i], e);
	if (rc == OK)
		hand_over(&w, out);
	return rc;
}

/* The suspicious rows of an account; without one, what left it lately. */
static enum rc
account_rows(struct work *w, int64_t account, struct err *e)
{
	AUTO(auto_free) int64_t *owned = NULL;
	struct sql_ints rows = { .n = 0 };
	enum rc rc = ids_query(w->db, "SELECT t.id FROM txn t WHERE t.account = ?1 AND t.id IN (SELECT txn FROM "
	    "verdict WHERE verdict IN (2, 3) UNION SELECT x.txn FROM incident_txn x JOIN incident i ON i.id = "
	    "x.incident WHERE i.closed = ?2) ORDER BY t.sort_us DESC, t.id DESC", account, 0, &rows, e);

	if (rc == OK && rows.n == 0)
		rc = ids_query(w->db, "SELECT id FROM txn WHERE account = ?1 AND sort_us >= ?2 AND amount < 0 AND "
		    "review <> 1 AND (counted <> 0 OR status IN (2, 7)) ORDER BY sort_us DESC, id DESC LIMIT 100",
		    account,
		    w->now_ms * 1000 - OUTFLOW_HOURS * HOUR_US, &rows, e);
	owned = rows.v;
	return rc == OK ? keep_rows(w, &rows, e) : rc;
}
_Static_assert(TXN_PENDING == 2 && TXN_HELD == 7 && REVIEW_OK == 1 && TXN_MOVED_FEE == 3, "as the queries say");

enum rc
savings_accounts(struct db *db, const int64_t *account, size_t n, const struct providers *p, int64_t now_ms,
    struct savings *out, struct err *e)
{
	AUTO(work_end) struct work w = { .db = db, .p = p, .now_ms = now_ms };
	enum rc rc = work_begin(&w, 0, e);

	for (size_t i = 0; i < n && rc == OK; i++)
		if ((rc = account_rows(&w, account[i], e)) == OK)
			rc = account_pace(&w, account[i], e);
	if (rc == OK)
		hand_over(&w, out);
	return rc;
}
