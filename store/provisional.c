/* store/provisional.c: see provisional.h. */
#include "store/provisional.h"

#include "crypto/secret.h"
#include "store/sql.h"
#include "store/txn_row.h"
#include "wallet/filter.h"

#include <string.h>

#define UID_MAX ((UINT64_C(1) << 60) - 4)
#define TRIES 8

static uint64_t
random_uid(void)
{
	unsigned char b[8];
	uint64_t v = 0;

	random_bytes(b, sizeof b);
	for (size_t i = 0; i < sizeof b; i++)
		v = v << 8 | b[i];
	return v % UID_MAX;
}

static int64_t
day_of(const struct when *w)
{
	return civil_days(w->local.year, w->local.month, w->local.day);
}

/* ---- the row in txn, from its line in provisional ---- */

static enum rc
counterparty_id(struct db *db, int64_t txn, struct err *e)
{
	SQL put = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT OR IGNORE INTO counterparty(name)"
	    " SELECT counterparty FROM provisional WHERE txn = ?1 AND counterparty <> ''", &put, e)) != OK)
		return rc;
	sql_bind_int(&put, 1, txn);
	return sql_run(&put, e);
}

static enum rc
put_text(struct db *db, int64_t txn, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT counterparty FROM provisional WHERE txn = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, txn);
	if ((rc = sql_step(&q, &row, e)) != OK || !row)
		return rc;
	return txn_text_put(db, txn, (const char *const[TXN_TEXTS]){ sql_text(&q, 0), "", "", "", "", "" }, e);
}

/* Pending, and counted: as far as the owner knows the money has moved. 2: TXN_PENDING, 1: TXN_MOVED. */
#define AS_NOTED \
	"uid, account, ident, 0, 0, sort_us, local_us, has_time, utc_us, offset_s, zone, zone_known, '', ''," \
	" (SELECT id FROM counterparty c WHERE c.name = p.counterparty), '', '', '', NULL, '', NULL, NULL, 1, 1," \
	" 2, '', 1, 0, cur, exp, amount, NULL, NULL, NULL, NULL, NULL, NULL"
#define COLUMNS                                                                                                        \
	"uid, account, ident, occurrence, by_id, sort_us, local_us, has_time, utc_us, offset_s, zone, zone_known, "    \
	"type,"                                                                                                        \
	" direction, counterparty, description, method, pid, pid_hash, ref, ref_hash, source, counted, "               \
	"provisional, " VIEW
_Static_assert(TXN_PENDING == 2 && TXN_MOVED == 1, "the numbers in AS_NOTED");

static enum rc
set_row(struct db *db, int64_t txn, const char *text, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = counterparty_id(db, txn, e)) != OK || (rc = sql_prepare(db, text, &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, txn);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	return put_text(db, txn, e);
}

/* ---- adding ---- */

static enum rc
put_line(struct db *db, const struct provisional *p, int64_t txn, uint64_t uid, struct err *e)
{
	unsigned char ident[16];
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db,
		 "INSERT INTO provisional(txn, uid, ident, account, day, sort_us, local_us, has_time, utc_us,"
		 " offset_s, zone, zone_known, cur, exp, amount, counterparty, made, sealed, claimed)"
		 " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, 0)",
		 &q, e)) != OK)
		return rc;
	random_bytes(ident, sizeof ident);
	sql_bind_int(&q, 1, txn);
	sql_bind_int(&q, 2, (int64_t)uid);
	sql_bind_blob(&q, 3, ident, sizeof ident);
	sql_bind_int(&q, 4, p->account);
	sql_bind_int(&q, 5, day_of(&p->when));
	when_bind(&q, 6, &p->when);
	sql_bind_text(&q, 13, p->amount.cur);
	sql_bind_int(&q, 14, p->amount.exp);
	sql_bind_int(&q, 15, p->amount.minor);
	sql_bind_text(&q, 16, p->counterparty);
	sql_bind_int(&q, 17, p->made_ms);
	sql_bind_int(&q, 18, p->sealed);
	return sql_run(&q, e);
}

static enum rc
uid_free(struct db *db, uint64_t uid, bool *is_free, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(
		 db, "SELECT 1 FROM txn WHERE uid = ?1 UNION SELECT 1 FROM provisional WHERE uid = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, (int64_t)uid);
	if ((rc = sql_step(&q, &row, e)) == OK)
		*is_free = !row;
	return rc;
}

enum rc
provisional_add(struct db *db, const struct provisional *p, char id[TXN_ID_LEN + 1], int64_t *txn, struct err *e)
{
	uint64_t uid = 0;
	bool is_free = false;
	int64_t at = 0;
	enum rc rc;

	if (!p->when.has_date)
		return err_set(e, E_USAGE, N_("a day is needed"));
	for (unsigned i = 0; i < TRIES && !is_free; i++) {
		uid = random_uid();
		if ((rc = uid_free(db, uid, &is_free, e)) != OK)
			return rc;
	}
	if ((rc = sql_get_int(db, "SELECT coalesce(max(id), 0) + 1 FROM txn", &at, e)) != OK ||
	    (rc = put_line(db, p, at, uid, e)) != OK ||
	    (rc = set_row(db, at,
		 "INSERT INTO txn(id, review, " COLUMNS ") SELECT txn, 0, " AS_NOTED
		 " FROM provisional p WHERE txn = ?1",
		 e)) != OK)
		return rc;
	txn_id_put(id, uid);
	*txn = at;
	return OK;
}

/* ---- the statement ---- */

/* One of the names within the other, case aside. */
static bool
agree(const char *noted, const char *said)
{
	BUF a = { 0 }, b = { 0 };

	if (noted[0] == '\0')
		return true;
	if (said[0] == '\0')
		return false;
	search_fold(&a, noted);
	search_fold(&b, said);
	return strstr(buf_str(&a), buf_str(&b)) != NULL || strstr(buf_str(&b), buf_str(&a)) != NULL;
}

static enum rc
find(struct db *db, int64_t account, const struct txn *t, bool strict, int64_t *txn, struct err *e)
{
	int64_t day = day_of(&t->when);
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db,
		 "SELECT txn, counterparty FROM provisional WHERE claimed = 0 AND account = ?1 AND cur = ?2"
		 " AND exp = ?3 AND amount = ?4 AND day BETWEEN ?5 AND ?6 ORDER BY abs(day - ?7), txn",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, account);
	sql_bind_text(&q, 2, t->amount.cur);
	sql_bind_int(&q, 3, t->amount.exp);
	sql_bind_int(&q, 4, t->amount.minor);
	sql_bind_int(&q, 5, day - PROVISIONAL_DAYS);
	sql_bind_int(&q, 6, day + PROVISIONAL_DAYS);
	sql_bind_int(&q, 7, day);
	while ((rc = sql_step(&q, &row, e)) == OK && row && *txn == 0)
		if (!strict || agree(sql_text(&q, 1), t->counterparty) || agree(sql_text(&q, 1), t->description))
			*txn = sql_int(&q, 0);
	return rc;
}

enum rc
provisional_any(struct db *db, int64_t account, bool *any, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT 1 FROM provisional WHERE claimed = 0 AND account = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, account);
	return sql_step(&q, any, e);
}

enum rc
provisional_claim(struct db *db, int64_t account, const struct txn *t, bool strict, int64_t *txn, struct err *e)
{
	SQL q = { 0 };
	int64_t at = 0;
	enum rc rc;

	*txn = 0;
	if (!t->has_amount || !t->when.has_date || t->status == TXN_INFORMATIONAL)
		return OK;
	if ((rc = find(db, account, t, strict, &at, e)) != OK || at == 0 ||
	    (rc = sql_prepare(db, "UPDATE provisional SET claimed = 1 WHERE txn = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, at);
	if ((rc = sql_run(&q, e)) == OK)
		*txn = at;
	return rc;
}

enum rc
provisional_restore(struct db *db, int64_t txn, bool *was, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "UPDATE provisional SET claimed = 0 WHERE txn = ?1 AND claimed <> 0", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, txn);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	*was = sql_changes(db) > 0;
	if (!*was)
		return OK;
	return set_row(db, txn,
	    "UPDATE txn SET (" COLUMNS ") = (SELECT " AS_NOTED " FROM provisional p WHERE p.txn = ?1)"
	    " WHERE id = ?1",
	    e);
}
