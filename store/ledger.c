/* store/ledger.c: see ledger.h. */
#include "store/ledger.h"

#include "store/sql.h"

#include <string.h>

enum rc
outbox_add(struct db *db, const unsigned char id[16], uint64_t from_seq, const char *text, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT INTO log_outbox(id, from_seq, text) VALUES(?1, ?2, ?3)", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, id, 16);
	sql_bind_int(&q, 2, (int64_t)from_seq);
	sql_bind_text(&q, 3, text);
	return sql_run(&q, e);
}

enum rc
outbox_each(
    struct db *db, enum rc (*fn)(void *ctx, const struct outbox_row *row, struct err *e), void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT id, from_seq, text FROM log_outbox ORDER BY n", &q, e)) != OK)
		return rc;
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		struct outbox_row o = { .from_seq = (uint64_t)sql_int(&q, 1), .text = sql_text(&q, 2) };
		size_t n;
		const void *id = sql_blob(&q, 0, &n);

		if (n == sizeof o.id)
			memcpy(o.id, id, n);
		if ((rc = fn(ctx, &o, e)) != OK)
			return rc;
	}
	return rc;
}

static enum rc
total(struct db *db, const char *text, uint64_t *out, struct err *e)
{
	int64_t n = 0;
	enum rc rc;

	if ((rc = sql_get_int(db, text, &n, e)) == OK)
		*out = (uint64_t)n;
	return rc;
}

enum rc
outbox_count(struct db *db, uint64_t *n, struct err *e)
{
	return total(db, "SELECT count(*) FROM log_outbox", n, e);
}

enum rc
outbox_delete(struct db *db, const unsigned char id[16], struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "DELETE FROM log_outbox WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, id, 16);
	return sql_run(&q, e);
}

enum rc
ledger_totals(struct db *db, struct ledger_totals *out, struct err *e)
{
	struct ledger_totals t = { 0 };
	uint64_t reviewed;
	enum rc rc;

	if ((rc = total(db, "SELECT count(*) FROM account", &t.accounts, e)) != OK ||
	    (rc = total(db, "SELECT count(*) FROM account WHERE frozen <> 0", &t.accounts_frozen, e)) != OK ||
	    (rc = total(db, "SELECT count(*) FROM txn", &t.transactions, e)) != OK ||
	    (rc = total(db, "SELECT count(*) FROM statement", &t.statements, e)) != OK ||
	    (rc = total(db, "SELECT count(*) FROM incident WHERE closed = 0", &t.incidents_open, e)) != OK ||
	    (rc = total(db, "SELECT count(*) FROM verdict", &reviewed, e)) != OK)
		return rc;
	t.unreviewed = t.transactions - reviewed;
	*out = t;
	return OK;
}
