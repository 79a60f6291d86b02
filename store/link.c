/* store/link.c: rows that belong together: refund and payment, conversion legs, funding. See txn_row.h. */
#include "store/txn_row.h"

#include <string.h>

#define CANDIDATES "16"                 /* masked ids can be shared by any number of rows */

int64_t
id_hash(int64_t account, const char *id)
{
	uint64_t h = 14695981039346656037U ^ (uint64_t)account; /* FNV-1a; an index value, nothing depends on it */

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211U;
	return (int64_t)(h >> 1);
}

enum rc
twins_refresh(struct db *db, int64_t account, const char *pid, struct err *e)
{
	SQL counted = { 0 }, flag = { 0 };
	int64_t h;
	enum rc rc;

	if (pid[0] == '\0')
		return OK;
	h = id_hash(account, pid);
	/* 2: TXN_MOVED_WITH_TWIN, 1: TXN_MOVED, 6: TXN_REFUNDED, 32: TXN_F_NO_TWIN */
	if ((rc = sql_prepare(db,
		 "UPDATE txn SET counted = EXISTS (SELECT 1 FROM txn r"
		 " WHERE r.ref_hash = ?1 AND r.account = ?2 AND r.ref = txn.pid AND r.amount = -txn.amount AND r.cur = "
		 "txn.cur"
		 " AND r.exp = txn.exp AND r.moves = 1 AND r.status = 6 AND r.id <> txn.id)"
		 " WHERE pid_hash = ?1 AND account = ?2 AND pid = ?3 AND moves = 2",
		 &counted, e)) != OK)
		return rc;
	sql_bind_int(&counted, 1, h);
	sql_bind_int(&counted, 2, account);
	sql_bind_text(&counted, 3, pid);
	if ((rc = sql_run(&counted, e)) != OK)
		return rc;
	if ((rc = sql_prepare(db, "UPDATE txn SET flags = (flags & ~32) | (CASE counted WHEN 0 THEN 32 ELSE 0 END)"
	    " WHERE pid_hash = ?1 AND account = ?2 AND pid = ?3 AND moves = 2", &flag, e)) != OK)
		return rc;
	sql_bind_int(&flag, 1, h);
	sql_bind_int(&flag, 2, account);
	sql_bind_text(&flag, 3, pid);
	return sql_run(&flag, e);
}
_Static_assert(TXN_MOVED_WITH_TWIN == 2 && TXN_MOVED == 1 && TXN_REFUNDED == 6 && TXN_F_NO_TWIN == 32,
    "the numbers in the statements above");

struct end {
	int64_t id, account;
	bool doubtful, has_amount;
	int64_t amount;
	char cur[CURRENCY_MAX + 1];
};

/* Columns id, account, flags, amount, cur from column 0 on. */
static void
read_end(struct sql *q, struct end *out)
{
	out->id = sql_int(q, 0);
	out->account = sql_int(q, 1);
	out->doubtful = (sql_int(q, 2) & TXN_F_ID_DOUBTFUL) != 0;
	out->has_amount = !sql_null(q, 3);
	out->amount = sql_int(q, 3);
	(void)snprintf(out->cur, sizeof out->cur, "%s", sql_text(q, 4));
}

static bool
cancels(const struct end *a, const struct end *b)
{
	return a->has_amount && b->has_amount && a->amount == -b->amount && strcmp(a->cur, b->cur) == 0;
}

/* The row whose id is `ref`: one that cancels out first, else the first whose id can be trusted. 0: none. */
static enum rc
find_parent(struct db *db, const struct end *child, const char *ref, int64_t *parent, struct err *e)
{
	SQL q = { 0 };
	int64_t first = 0;
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT id, account, flags, amount, cur FROM txn WHERE pid_hash = ?1 AND account = ?2"
	    " AND pid = ?3 AND id <> ?4 AND parent IS NOT ?4 ORDER BY id LIMIT " CANDIDATES, &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id_hash(child->account, ref));
	sql_bind_int(&q, 2, child->account);
	sql_bind_text(&q, 3, ref);
	sql_bind_int(&q, 4, child->id);
	*parent = 0;
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		struct end p;

		read_end(&q, &p);
		if (cancels(child, &p)) {
			*parent = p.id;
			break;
		}
		if (first == 0 && !p.doubtful && !child->doubtful)
			first = p.id;
	}
	if (rc == OK && *parent == 0)
		*parent = first;
	return rc;
}

static enum rc
set_parent(struct db *db, int64_t child, int64_t parent, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "UPDATE txn SET parent = ?2 WHERE id = ?1 AND parent IS NULL", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, child);
	sql_bind_int(&q, 2, parent);
	return sql_run(&q, e);
}

/* Rows that name pid as theirs and have no parent yet. */
static enum rc
adopt(struct db *db, const struct end *p, const char *pid, struct err *e)
{
	struct end child[16];
	SQL q = { 0 };
	size_t n = 0;
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT id, account, flags, amount, cur FROM txn WHERE ref_hash = ?1 AND account = ?2"
	    " AND ref = ?3 AND id <> ?4 AND parent IS NULL ORDER BY id LIMIT " CANDIDATES, &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id_hash(p->account, pid));
	sql_bind_int(&q, 2, p->account);
	sql_bind_text(&q, 3, pid);
	sql_bind_int(&q, 4, p->id);
	while ((rc = sql_step(&q, &row, e)) == OK && row && n < COUNTOF(child))
		read_end(&q, &child[n++]);
	sql_reset(&q);
	for (size_t i = 0; i < n && rc == OK; i++) {
		if (cancels(p, &child[i]) || (!p->doubtful && !child[i].doubtful))
			rc = set_parent(db, child[i].id, p->id, e);
	}
	return rc;
}

enum rc
link_row(struct db *db, int64_t account, int64_t id, const struct txn *t, struct err *e)
{
	struct end me = { .id = id,
		.account = account,
		.doubtful = (t->flags & TXN_F_ID_DOUBTFUL) != 0,
		.has_amount = t->has_amount,
		.amount = t->amount.minor };
	int64_t parent;
	enum rc rc;

	(void)snprintf(me.cur, sizeof me.cur, "%s", t->amount.cur);
	if (t->ref_id[0] != '\0') {
		if ((rc = find_parent(db, &me, t->ref_id, &parent, e)) != OK)
			return rc;
		if (parent != 0 && (rc = set_parent(db, id, parent, e)) != OK)
			return rc;
	}
	return t->id[0] != '\0' ? adopt(db, &me, t->id, e) : OK;
}

enum rc
unlink_row(struct db *db, int64_t txn, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "UPDATE txn SET parent = NULL WHERE parent = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, txn);
	return sql_run(&q, e);
}
