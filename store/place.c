/* store/place.c: see place.h. */
#include "store/place.h"

#include "store/schema.h"
#include "store/sql.h"

#include <stdio.h>
#include <string.h>

enum rc
account_country_get(struct db *db, int64_t account, char out[3], struct err *e)
{
	SQL q = { 0 };
	const char *s;
	bool has, row;
	enum rc rc;

	out[0] = '\0';
	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &has, e)) != OK || !has)
		return rc;
	if ((rc = sql_prepare(db, "SELECT country FROM account_place WHERE account = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, account);
	if ((rc = sql_step(&q, &row, e)) == OK && row && (s = sql_text(&q, 0)) != NULL && strlen(s) == 2)
		memcpy(out, s, 3);
	return rc;
}

enum rc
account_country_set(struct db *db, int64_t account, const char *country, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	rc = sql_prepare(db, country[0] != '\0' ?
	    "INSERT INTO account_place(account, country) VALUES(?1, ?2)"
	    " ON CONFLICT(account) DO UPDATE SET country = ?2" :
	    "DELETE FROM account_place WHERE account = ?1", &q, e);
	if (rc != OK)
		return rc;
	sql_bind_int(&q, 1, account);
	if (country[0] != '\0')
		sql_bind_text(&q, 2, country);
	return sql_run(&q, e);
}

enum rc
account_currency_get(struct db *db, int64_t account, const char *given, char out[CURRENCY_MAX + 1], struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	(void)snprintf(out, CURRENCY_MAX + 1, "%s", given);
	if (out[0] != '\0')
		return OK;
	if ((rc = sql_prepare(db, "SELECT cur FROM txn WHERE account = ?1 AND cur <> '' GROUP BY cur ORDER BY count(*) DESC, cur"
	    " LIMIT 1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, account);
	if ((rc = sql_step(&q, &row, e)) == OK && row)
		(void)snprintf(out, CURRENCY_MAX + 1, "%s", sql_text(&q, 0));
	return rc;
}
