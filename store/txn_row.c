/* store/txn_row.c: see txn_row.h. */
#include "store/txn_row.h"

#include "store/import.h"
#include "wallet/filter.h"

#include <string.h>

static void
bind_money(struct sql *q, int at, bool has, const struct money *m)
{
	if (!has) {
		sql_bind_null(q, at);
		sql_bind_null(q, at + 1);
		sql_bind_null(q, at + 2);
		return;
	}
	sql_bind_text(q, at, m->cur);
	sql_bind_int(q, at + 1, m->exp);
	sql_bind_int(q, at + 2, m->minor);
}

void
view_bind(struct sql *q, int at, const struct txn *t)
{
	sql_bind_int(q, at, t->status);
	sql_bind_text(q, at + 1, t->status_text);
	sql_bind_int(q, at + 2, t->moved);
	sql_bind_int(q, at + 3, t->flags);
	sql_bind_text(q, at + 4, t->amount.cur);
	sql_bind_int(q, at + 5, t->amount.exp);
	if (t->has_amount)
		sql_bind_int(q, at + 6, t->amount.minor);
	else
		sql_bind_null(q, at + 6);
	bind_money(q, at + 7, t->has_fee, &t->fee);
	bind_money(q, at + 10, t->has_balance, &t->balance);
}

void
view_key_read(struct sql *q, int at, struct view_key *out)
{
	out->status = (enum txn_status)sql_int(q, at);
	out->has_amount = !sql_null(q, at + 6);
	out->amount = sql_int(q, at + 6);
	out->exp = (unsigned)sql_int(q, at + 5);
	(void)snprintf(out->cur, sizeof out->cur, "%s", sql_text(q, at + 4));
}

void
view_key_of(const struct txn *t, struct view_key *out)
{
	out->status = t->status;
	out->has_amount = t->has_amount;
	out->amount = t->has_amount ? t->amount.minor : 0;
	out->exp = t->amount.exp;
	(void)snprintf(out->cur, sizeof out->cur, "%s", t->amount.cur);
}

bool
view_replaces(const struct view_key *now, const struct view_key *later)
{
	bool same_amount = now->has_amount == later->has_amount && (!now->has_amount || (now->amount == later->amount &&
	    now->exp == later->exp && strcmp(now->cur, later->cur) == 0));

	if (now->status == later->status && same_amount)
		return false;
	return later->status != TXN_PENDING || now->status == TXN_PENDING || now->status == TXN_UNKNOWN ||
	       now->status == TXN_HELD;
}

void
when_bind(struct sql *q, int at, const struct when *w)
{
	int64_t local = 0, sort = NO_DATE;

	if (w->has_date) {
		struct civil c = w->local;

		if (!w->has_time)
			c.hour = c.minute = c.second = 0;
		local = civil_to_unix(&c) * 1000000 + (w->has_time ? (int64_t)c.micro : 0);
		sort = w->has_utc ? w->utc_us : local;
	}
	sql_bind_int(q, at, sort);
	if (w->has_date)
		sql_bind_int(q, at + 1, local);
	else
		sql_bind_null(q, at + 1);
	sql_bind_int(q, at + 2, w->has_time);
	if (w->has_utc) {
		sql_bind_int(q, at + 3, w->utc_us);
		sql_bind_int(q, at + 4, w->offset_s);
	} else {
		sql_bind_null(q, at + 3);
		sql_bind_null(q, at + 4);
	}
	sql_bind_text(q, at + 5, w->zone);
	sql_bind_int(q, at + 6, w->known);
}

void
day_put(char out[11], int64_t day)
{
	struct civil c = civil_from_unix(day * 86400);

	(void)snprintf(out, 11, "%04u-%02u-%02u", (unsigned)c.year % 10000, c.month % 100u, c.day % 100u);
}

void
import_result_free(struct import_result *r)
{
	free(r->in);
	free(r->out);
	*r = (struct import_result){ 0 };
}

enum rc
import_result_sum(struct import_result *r, const struct money *m, struct err *e)
{
	struct currency_sum **sum = m->minor < 0 ? &r->out : &r->in, *p;
	size_t *n = m->minor < 0 ? &r->outs : &r->ins, i = 0;

	while (i < *n && ((*sum)[i].amount.exp != m->exp || strcmp((*sum)[i].cur, m->cur) != 0))
		i++;
	if (i == *n) {
		if ((p = realloc(*sum, (*n + 1) * sizeof *p)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		*sum = p;
		p[i].amount = (struct money){ .exp = m->exp };
		memcpy(p[i].amount.cur, m->cur, sizeof m->cur);
		memcpy(p[i].cur, m->cur, sizeof m->cur);
		++*n;
	}
	if (!money_add(&(*sum)[i].amount, m))
		return err_set(e, E_INPUT, N_("the sum of the file is larger than purser can add"));
	return OK;
}

enum rc
txn_text_put(struct db *db, int64_t txn, const char *const text[TXN_TEXTS], struct err *e)
{
	BUF folded = { 0 };
	SQL q = { 0 };
	enum rc rc;

	for (size_t i = 0; i < TXN_TEXTS; i++) {
		if (i > 0)
			buf_addc(&folded, CELL_SEP);
		search_fold(&folded, text[i]);
	}
	if ((rc = buf_check(&folded, e)) != OK ||
	    (rc = sql_prepare(db, "INSERT OR REPLACE INTO txn_text VALUES(?1, ?2)", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, txn);
	sql_bind_textn(&q, 2, buf_str(&folded), folded.len);
	return sql_run(&q, e);
}
