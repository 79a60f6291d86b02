/* store/query_row.c: see query_int.h. */
#include "store/query_int.h"

#include "store/txn_row.h"

#include <string.h>

#define COLUMNS \
	"t.uid, t.account, t.local_us, t.has_time, t.utc_us, t.offset_s, t.zone, t.zone_known," \
	" t.type, t.direction, t.counted, t.provisional, t.review, t.description, t.method, t.pid, t.source," \
	" c.name, s.row, s.sheet, v.note," \
	" coalesce(p.uid, (SELECT k.uid FROM txn k WHERE k.parent = t.id ORDER BY k.id LIMIT 1)), "
#define VIEW_AT 22
#define T_VIEW \
	"t.status, t.status_text, t.moves, t.flags, t.cur, t.exp, t.amount, t.fee_cur, t.fee_exp, t.fee," \
	" t.bal_cur, t.bal_exp, t.balance"

enum rc
fetch_begin(struct fetch *f, struct db *db, bool short_ids, struct err *e)
{
	enum rc rc;

	f->db = db;
	f->short_ids = short_ids;
	if ((rc = account_list(db, &f->all, e)) != OK)
		return rc;
	if ((rc = sql_prepare(db,
		 "SELECT " COLUMNS T_VIEW " FROM txn t LEFT JOIN counterparty c ON c.id = t.counterparty"
		 " LEFT JOIN txn_source s ON s.id = t.source LEFT JOIN txn p ON p.id = t.parent"
		 " LEFT JOIN verdict v ON v.txn = t.id WHERE t.id = ?1",
		 &f->row, e)) != OK)
		return rc;
	if (!short_ids)
		return OK;
	if ((rc = sql_prepare(db, "SELECT max(uid) FROM txn WHERE uid < ?1", &f->before, e)) != OK)
		return rc;
	return sql_prepare(db, "SELECT min(uid) FROM txn WHERE uid > ?1", &f->after, e);
}

void
fetch_end(struct fetch *f)
{
	sql_end(&f->row);
	sql_end(&f->before);
	sql_end(&f->after);
	accounts_free(&f->all);
}

static const char *
text(struct sql *q, int i)
{
	const char *s = sql_text(q, i);

	return s != NULL ? s : "";
}

static void
read_when(struct sql *q, struct when *w)
{
	int64_t us, s;

	if (sql_null(q, 2))
		return;
	us = sql_int(q, 2);
	s = us / 1000000 - (us % 1000000 < 0);
	w->has_date = true;
	w->has_time = sql_int(q, 3) != 0;
	w->local = civil_from_unix(s);
	w->local.micro = (uint32_t)(us - s * 1000000);
	if (!sql_null(q, 4)) {
		w->has_utc = true;
		w->utc_us = sql_int(q, 4);
		w->offset_s = (int32_t)sql_int(q, 5);
	}
	(void)snprintf(w->zone, sizeof w->zone, "%s", text(q, 6));
	w->known = (enum zone_known)sql_int(q, 7);
}

static bool
read_money(struct sql *q, int at, struct money *m)
{
	if (sql_null(q, at + 2))
		return false;
	(void)snprintf(m->cur, sizeof m->cur, "%s", text(q, at));
	m->exp = (uint8_t)sql_int(q, at + 1);
	m->minor = sql_int(q, at + 2);
	return true;
}

static void
read_effect(struct entry *en, bool counted)
{
	en->moved = counted && en->has_amount && (en->moves == TXN_MOVED || en->moves == TXN_MOVED_WITH_TWIN);
	if (en->moved) {
		en->has_effect = true;
		en->effect = en->amount;
	} else if (counted && en->moves == TXN_MOVED_FEE && en->has_fee) {
		en->has_effect = true;
		en->effect = en->fee;
	}
}

static unsigned
shared_chars(uint64_t a, uint64_t b)
{
	unsigned n = 0;

	while (n < TXN_ID_LEN && (a >> (55 - 5 * n) & 31) == (b >> (55 - 5 * n) & 31))
		n++;
	return n;
}

/* How much of the ID no neighbour shares. */
static enum rc
unique_length(struct fetch *f, uint64_t uid, unsigned *out, struct err *e)
{
	struct sql *const q[] = { &f->before, &f->after };
	unsigned most = TXN_ID_MIN - 1, n;
	bool row;
	enum rc rc;

	for (size_t i = 0; i < COUNTOF(q); i++) {
		sql_bind_int(q[i], 1, (int64_t)uid);
		if ((rc = sql_step(q[i], &row, e)) != OK)
			return rc;
		if (row && !sql_null(q[i], 0)) {
			n = shared_chars(uid, (uint64_t)sql_int(q[i], 0));
			most = n > most ? n : most;
		}
		sql_reset(q[i]);
	}
	*out = most < TXN_ID_LEN ? most + 1 : TXN_ID_LEN;
	return OK;
}

enum rc
fetch_row(struct fetch *f, int64_t id, struct entry *out, bool *found, struct err *e)
{
	struct sql *q = &f->row;
	uint64_t uid;
	enum rc rc;

	sql_reset(q);
	sql_bind_int(q, 1, id);
	if ((rc = sql_step(q, found, e)) != OK || !*found)
		return rc;
	uid = (uint64_t)sql_int(q, 0);
	*out = (struct entry){ .row_id = id,
		.account_id = sql_int(q, 1),
		.account = "",
		.provider = "",
		.type = text(q, 8),
		.direction = text(q, 9),
		.provisional = sql_int(q, 11) != 0,
		.review = (enum review)sql_int(q, 12),
		.description = text(q, 13),
		.method = text(q, 14),
		.reference = text(q, 15),
		.counterparty = text(q, 17),
		.row = (uint32_t)sql_int(q, 18),
		.sheet = (uint32_t)sql_int(q, 19),
		.note = text(q, 20),
		.status = (enum txn_status)sql_int(q, VIEW_AT),
		.status_text = text(q, VIEW_AT + 1),
		.moves = (enum txn_moved)sql_int(q, VIEW_AT + 2),
		.flags = (unsigned)sql_int(q, VIEW_AT + 3) };
	txn_id_put(out->id, uid);
	for (size_t i = 0; i < f->all.n; i++) {
		if (f->all.a[i].id == out->account_id) {
			out->account = f->all.a[i].name;
			out->provider = f->all.a[i].provider;
		}
	}
	read_when(q, &out->when);
	(void)snprintf(out->amount.cur, sizeof out->amount.cur, "%s", text(q, VIEW_AT + 4));
	out->amount.exp = (uint8_t)sql_int(q, VIEW_AT + 5);
	out->has_amount = !sql_null(q, VIEW_AT + 6);
	out->amount.minor = sql_int(q, VIEW_AT + 6);
	out->has_fee = read_money(q, VIEW_AT + 7, &out->fee);
	out->has_balance = read_money(q, VIEW_AT + 10, &out->balance);
	read_effect(out, sql_int(q, 10) != 0);
	if (!sql_null(q, 16))
		(void)snprintf(
		    out->statement, sizeof out->statement, "s%lld", (long long)SOURCE_STATEMENT(sql_int(q, 16)));
	if (!sql_null(q, 21))
		txn_id_put(out->linked_to, (uint64_t)sql_int(q, 21));
	return f->short_ids ? unique_length(f, uid, &out->id_short, e) : OK;
}
