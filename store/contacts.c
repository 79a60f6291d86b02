/* store/contacts.c: see contacts.h. */
#include "store/contacts.h"

#include "base/time.h"
#include "store/schema.h"
#include "store/sql.h"

#include <stdio.h>
#include <string.h>

#define WORD_MIN 15u
#define WORD_MAX 127u

/* ---- contacts ---- */

enum rc
kept_contacts(struct db *db, kept_contact_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool has, row;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &has, e)) != OK || !has || (rc = sql_prepare(db,
	    "SELECT id, who, kind, value, note, confirmed FROM known_contact ORDER BY who, kind, id", &q, e)) != OK)
		return rc;
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		struct kept_contact k = { .id = sql_int(&q, 0), .who = sql_text(&q, 1), .kind = sql_text(&q, 2),
			.value = sql_text(&q, 3), .note = sql_text(&q, 4), .confirmed_ms = sql_int(&q, 5) };

		if ((rc = fn(ctx, &k, e)) != OK)
			return rc;
	}
	return rc;
}

static void
bind_contact(struct sql *q, const struct kept_contact *k)
{
	sql_bind_text(q, 1, k->who);
	sql_bind_text(q, 2, k->kind);
	sql_bind_text(q, 3, k->value);
	sql_bind_text(q, 4, k->note);
	sql_bind_int(q, 5, k->confirmed_ms);
}

enum rc
kept_contact_add(struct db *db, const struct kept_contact *k, struct err *e)
{
	SQL q = { 0 };
	SQL add = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "UPDATE known_contact SET confirmed = ?5, note = CASE ?4 WHEN '' THEN note ELSE ?4 END"
	    " WHERE who = ?1 AND kind = ?2 AND value = ?3", &q, e)) != OK)
		return rc;
	bind_contact(&q, k);
	if ((rc = sql_run(&q, e)) != OK || sql_changes(db) > 0)
		return rc;
	if ((rc = sql_prepare(db,
	    "INSERT INTO known_contact(who, kind, value, note, confirmed) VALUES(?1, ?2, ?3, ?4, ?5)", &add, e)) != OK)
		return rc;
	bind_contact(&add, k);
	return sql_run(&add, e);
}

enum rc
kept_contact_remove(struct db *db, const char *who, const char *value, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "DELETE FROM known_contact WHERE who = ?1 AND value = ?2", &q, e)) != OK)
		return rc;
	sql_bind_text(&q, 1, who);
	sql_bind_text(&q, 2, value);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	return sql_changes(db) > 0 ? OK : err_set(e, E_NOTFOUND, N_("no contact \"%s\" of \"%s\""), value, who);
}

/* ---- addresses ---- */

enum rc
kept_addresses(struct db *db, int64_t account, kept_address_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool has, row;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &has, e)) != OK || !has ||
	    (rc = sql_prepare(db,
		 "SELECT d.id, coalesce(d.account, 0), coalesce(a.name, ''), d.kind, d.value, d.label, d.confirmed"
		 " FROM address d LEFT JOIN account a ON a.id = d.account"
		 " WHERE d.removed = 0 AND (?1 = 0 OR d.account = ?1) ORDER BY d.id",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, account);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		struct kept_address a = { .id = sql_int(&q, 0), .account = sql_int(&q, 1), .account_name = sql_text(&q, 2),
			.kind = sql_text(&q, 3), .value = sql_text(&q, 4), .label = sql_text(&q, 5), .confirmed_ms = sql_int(&q, 6) };

		if ((rc = fn(ctx, &a, e)) != OK)
			return rc;
	}
	return rc;
}

static enum rc
address_there(struct db *db, const struct kept_address *a, int64_t *id, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	*id = 0;
	if ((rc = sql_prepare(db,
		 "SELECT id FROM address WHERE coalesce(account, 0) = ?1 AND kind = ?2 AND value = ?3 AND removed = 0",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, a->account);
	sql_bind_text(&q, 2, a->kind);
	sql_bind_text(&q, 3, a->value);
	if ((rc = sql_step(&q, &row, e)) == OK && row)
		*id = sql_int(&q, 0);
	return rc;
}

static enum rc
confirm_address(struct db *db, const struct kept_address *a, int64_t id, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db,
		 "UPDATE address SET confirmed = ?2, label = CASE ?3 WHEN '' THEN label ELSE ?3 END WHERE id = ?1", &q,
		 e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	sql_bind_int(&q, 2, a->confirmed_ms);
	sql_bind_text(&q, 3, a->label);
	return sql_run(&q, e);
}

enum rc
kept_address_add(struct db *db, const struct kept_address *a, int64_t *id, struct err *e)
{
	SQL q = { 0 };
	int64_t there;
	enum rc rc;

	if ((rc = address_there(db, a, &there, e)) != OK)
		return rc;
	if (there != 0) {
		if ((rc = confirm_address(db, a, there, e)) == OK)
			*id = there;
		return rc;
	}
	if ((rc = sql_prepare(db,
		 "INSERT INTO address(account, kind, value, label, confirmed, removed) VALUES(?1, ?2, ?3, ?4, ?5, 0)",
		 &q, e)) != OK)
		return rc;
	if (a->account != 0)
		sql_bind_int(&q, 1, a->account);
	else
		sql_bind_null(&q, 1);
	sql_bind_text(&q, 2, a->kind);
	sql_bind_text(&q, 3, a->value);
	sql_bind_text(&q, 4, a->label);
	sql_bind_int(&q, 5, a->confirmed_ms);
	if ((rc = sql_run(&q, e)) == OK)
		*id = sql_last_id(db);
	return rc;
}

enum rc
kept_address_remove(struct db *db, int64_t id, int64_t now_ms, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "UPDATE address SET removed = ?2 WHERE id = ?1 AND removed = 0", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	sql_bind_int(&q, 2, now_ms);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	return sql_changes(db) == 1 ? OK : err_set(e, E_NOTFOUND, N_("no address A%lld"), (long long)id);
}

/* ---- history ---- */

static bool
word_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static enum rc
words(const char *s, const char *date, history_word_fn fn, void *ctx, struct err *e)
{
	char word[WORD_MAX + 1];
	enum rc rc = OK;

	for (size_t n = 0; s != NULL && *s != '\0' && rc == OK; s += n > 0 ? n : 1) {
		for (n = 0; word_char(s[n]); n++)
			continue;
		if (n < WORD_MIN || n > WORD_MAX)
			continue;
		memcpy(word, s, n);
		word[n] = '\0';
		rc = fn(ctx, word, date, e);
	}
	return rc;
}

enum rc
history_words(struct db *db, history_word_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	char date[11];
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT c.name, t.description, t.ref, t.local_us FROM txn t"
	    " LEFT JOIN counterparty c ON c.id = t.counterparty"
	    " WHERE length(c.name) >= ?1 OR length(t.description) >= ?1 OR length(t.ref) >= ?1"
	    " ORDER BY t.sort_us DESC, t.id DESC LIMIT ?2", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, WORD_MIN);
	sql_bind_int(&q, 2, HISTORY_ROWS_MAX);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		date[0] = '\0';
		if (!sql_null(&q, 3)) {
			int64_t us = sql_int(&q, 3);
			struct civil c = civil_from_unix(us / 1000000 - (us % 1000000 < 0));

			if (c.year >= 1 && c.year <= 9999)
				(void)snprintf(date, sizeof date, "%04u-%02u-%02u", (unsigned)c.year % 10000, c.month % 100u, c.day % 100u);
		}
		for (int i = 0; i < 3; i++) {
			if ((rc = words(sql_text(&q, i), date, fn, ctx, e)) != OK)
				return rc;
		}
	}
	return rc;
}
