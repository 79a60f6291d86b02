/* store/symptoms.c: see symptoms.h. */
#include "store/symptoms.h"

#include "store/outflow.h"
#include "store/query_int.h"
#include "store/schema.h"

#include <stdlib.h>
#include <string.h>

#define DAY_US (INT64_C(86400) * 1000000)
#define LOOK_BACK_DAYS 90

struct look { struct db *db; int64_t account, since_us; struct symptoms s; };

/* One number of a query over the account and the days that are looked at. */
static enum rc
count(struct look *w, const char *text, uint64_t *out, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(w->db, text, &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, w->account);
	sql_bind_int(&q, 2, w->since_us);
	if ((rc = sql_step(&q, &row, e)) == OK && row)
		*out = sql_null(&q, 0) ? 0 : (uint64_t)sql_int(&q, 0);
	return rc;
}

/* ---- rows ---- */

static enum rc
row_of(void *ctx, const struct entry *en, struct err *e)
{
	struct symptoms *s = ctx;

	(void)e;
	s->has_row = true;
	s->row_provisional = en->provisional;
	s->row_reserved = rail_reserved(en);
	s->status = en->status;
	s->review = en->review;
	s->row_moved = en->moved;
	s->has_amount = en->has_amount;
	s->amount = en->amount;
	s->unknown_status = (en->flags & TXN_F_UNKNOWN_STATUS) != 0;
	s->no_twin = (en->flags & TXN_F_NO_TWIN) != 0;
	return OK;
}

/* Rows like this one: the same amount, to the same, on the same day. */
static enum rc
row_twins(struct look *w, int64_t id, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(w->db, "SELECT count(*), min(b.uid) FROM txn a JOIN txn b ON b.account = a.account AND"
	    " b.cur = a.cur AND b.exp = a.exp AND b.amount = a.amount AND b.counterparty IS a.counterparty AND"
	    " b.local_us / 86400000000 = a.local_us / 86400000000 AND b.id <> a.id WHERE a.id = ?1 AND a.account = ?2",
	    &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	sql_bind_int(&q, 2, w->account);
	if ((rc = sql_step(&q, &row, e)) != OK || !row)
		return rc;
	w->s.duplicates = (uint64_t)sql_int(&q, 0);
	if (!sql_null(&q, 1))
		txn_id_put(w->s.duplicate, (uint64_t)sql_int(&q, 1));
	return OK;
}

/* Groups of such rows of the last days. */
static enum rc
account_twins(struct look *w, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(w->db, "SELECT max(uid) FROM txn WHERE account = ?1 AND sort_us >= ?2 AND amount < 0 AND"
	    " counted <> 0 AND local_us IS NOT NULL GROUP BY local_us / 86400000000, cur, exp, amount, counterparty"
	    " HAVING count(*) > 1 LIMIT 1000", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, w->account);
	sql_bind_int(&q, 2, w->since_us);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		if (w->s.duplicates++ == 0)
			txn_id_put(w->s.duplicate, (uint64_t)sql_int(&q, 0));
	}
	return rc;
}

static enum rc
newest_break(struct look *w, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(w->db, "SELECT uid FROM txn WHERE account = ?1 AND flags & 4 <> 0"
	    " ORDER BY sort_us DESC, id DESC LIMIT 1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, w->account);
	if ((rc = sql_step(&q, &row, e)) == OK && row)
		txn_id_put(w->s.broken, (uint64_t)sql_int(&q, 0));
	return rc;
}
_Static_assert(TXN_F_BALANCE_BREAK == 4 && TXN_F_UNKNOWN_STATUS == 8 && TXN_F_NO_TWIN == 32 && TXN_PENDING == 2 &&
    TXN_HELD == 7 && REVIEW_FRAUD == 2, "as the queries say");

static enum rc
look_rows(struct look *w, int64_t row, struct err *e)
{
	struct symptoms *s = &w->s;
	const struct { const char *text; uint64_t *to; } counts[] = {
		{ "SELECT count(*) FROM txn WHERE account = ?1 AND sort_us >= ?2 AND status = 2", &s->pending },
		{ "SELECT count(*) FROM txn WHERE account = ?1 AND sort_us >= ?2 AND status = 7", &s->held },
		{ "SELECT count(*) FROM txn WHERE account = ?1 AND sort_us >= ?2 AND review = 2", &s->fraud },
		{ "SELECT count(*) FROM txn WHERE account = ?1 AND ?2 IS NOT NULL AND flags & 4 <> 0", &s->breaks },
		{ "SELECT count(*) FROM txn WHERE account = ?1 AND sort_us >= ?2 AND provisional <> 0", &s->noted },
		{ "SELECT count(*) FROM statement_bad b JOIN statement t ON t.id = b.statement WHERE t.account = ?1 AND"
		  " ?2 IS NOT NULL", &s->rejected },
	}, account[] = {
		{ "SELECT count(*) FROM txn WHERE account = ?1 AND sort_us >= ?2 AND flags & 8 <> 0",
		    &s->unknown_status },
		{ "SELECT count(*) FROM txn WHERE account = ?1 AND sort_us >= ?2 AND flags & 32 <> 0", &s->no_twin },
	};
	enum rc rc = newest_break(w, e);

	for (size_t i = 0; i < COUNTOF(counts) && rc == OK; i++)
		rc = count(w, counts[i].text, counts[i].to, e);
	if (rc != OK)
		return rc;
	if (row != 0)
		return (rc = query_one(w->db, row, row_of, s, e)) == OK ? row_twins(w, row, e) : rc;
	for (size_t i = 0; i < COUNTOF(account) && rc == OK; i++)
		rc = count(w, account[i].text, account[i].to, e);
	return rc == OK ? account_twins(w, e) : rc;
}

/* ---- statements ---- */

/* Days that none covers, between the first and the last; statements may overlap. */
static enum rc
look_statements(struct look *w, struct err *e)
{
	struct symptoms *s = &w->s;
	int64_t covered = 0;
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(w->db, "SELECT first_day, last_day FROM statement WHERE account = ?1 AND first_day IS "
	    "NOT NULL ORDER BY first_day, last_day", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, w->account);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		int64_t first = sql_int(&q, 0), last = sql_int(&q, 1);

		if (s->statements++ == 0)
			covered = last;
		if (first - covered > SYMPTOM_GAP_DAYS) {
			if (s->gaps++ == 0 || first - covered > s->gap_to - s->gap_from + 2) {
				s->gap_from = covered + 1;
				s->gap_to = first - 1;
			}
		}
		covered = last > covered ? last : covered;
	}
	s->last_day = covered;
	return rc;
}

/* ---- the account ---- */

static enum rc
look_balance(struct look *w, struct err *e)
{
	struct symptoms *s = &w->s;
	SAVINGS x = { .left_out = 0 };
	enum rc rc = savings_accounts(w->db, &w->account, 1, NULL, s->now_ms, &x, e);

	for (size_t i = 0; i < x.pace.n && rc == OK; i++) {
		const struct outflow *o = &x.pace.o[i];

		if (!o->has_balance || (s->has_amount && strcmp(o->cur, s->amount.cur) != 0) || s->has_balance)
			continue;
		s->has_balance = true;
		s->left = (struct money){ .exp = o->exp };
		if (__builtin_add_overflow(o->balance, o->since, &s->left.minor))
			s->left.minor = o->balance;
		memcpy(s->left.cur, o->cur, sizeof s->left.cur);
		memcpy(s->balance_on, o->balance_on, sizeof s->balance_on);
	}
	return rc;
}

static enum rc
look_incident(struct look *w, struct err *e)
{
	uint64_t id = 0;
	bool has;
	enum rc rc;

	if ((rc = schema_has(w->db, SCHEMA_INCIDENTS, &has, e)) != OK)
		return rc;
	rc = count(w, !has ? "SELECT max(i.id) FROM incident i JOIN incident_txn x ON x.incident = i.id JOIN "
	    "txn t ON t.id = x.txn WHERE i.closed = 0 AND t.account = ?1 AND ?2 IS NOT NULL"
	    : "SELECT max(i.id) FROM incident i WHERE i.closed = 0 AND ?2 IS NOT NULL AND (EXISTS(SELECT 1 FROM "
	    "incident_txn x JOIN txn t ON t.id = x.txn WHERE x.incident = i.id AND t.account = ?1) OR EXISTS(SELECT 1 "
	    "FROM incident_account y WHERE y.incident = i.id AND y.account = ?1))", &id, e);
	w->s.incident = (int64_t)id;
	return rc;
}

static enum rc
look_newest(struct look *w, struct err *e)
{
	uint64_t at = 0;
	enum rc rc = count(w, "SELECT max(at) FROM (SELECT max(imported) AS at FROM statement WHERE ?1 = ?1 AND ?2 = ?2"
	    " UNION SELECT max(created) FROM account UNION SELECT max(at) FROM review_step)", &at, e);

	w->s.newest_ms = (int64_t)at;
	return rc;
}

enum rc
symptoms_find(struct db *db, const struct account *a, int64_t row, int64_t now_ms, struct symptoms *out, struct err *e)
{
	struct look w = { .db = db, .account = a->id, .since_us = now_ms * 1000 - LOOK_BACK_DAYS * DAY_US };
	uint64_t resetters = 0;
	enum rc rc;

	w.s = (struct symptoms){ .now_ms = now_ms, .state = a->state, .frozen_ms = a->frozen_ms,
		.has_limit = a->limits[0] != '\0', .has_way_in = a->way_in[0] != '\0', .contacts = a->contacts };
	for (size_t i = 0; i < a->contacts; i++)
		if (a->contact[i].confirmed_ms > w.s.contact_ms)
			w.s.contact_ms = a->contact[i].confirmed_ms;
	if ((rc = look_rows(&w, row, e)) != OK || (rc = look_statements(&w, e)) != OK ||
	    (rc = look_balance(&w, e)) != OK || (rc = look_incident(&w, e)) != OK || (rc = look_newest(&w, e)) != OK ||
	    (rc = count(&w, "SELECT count(*) FROM control WHERE controls = ?1 AND ?2 = ?2", &resetters, e)) != OK)
		return rc;
	w.s.resetters = (size_t)resetters;
	*out = w.s;
	return OK;
}
