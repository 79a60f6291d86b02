/* store/devices.c: see devices.h. */
#include "store/devices.h"

#include "base/num.h"
#include "store/schema.h"
#include "store/sql.h"

#include <string.h>

static const char *const states[DEVICE_STATE_COUNT] = { "known", "unknown", "revoked" };

const char *
device_state_name(enum device_state s)
{
	return (unsigned)s < DEVICE_STATE_COUNT ? states[s] : states[DEVICE_UNKNOWN];
}

bool
device_state_from(const char *name, enum device_state *out)
{
	for (unsigned i = 0; i < DEVICE_STATE_COUNT; i++)
		if (strcmp(name, states[i]) == 0) {
			*out = (enum device_state)i;
			return true;
		}
	return false;
}

#define COLUMNS "id, account, name, kind, note, seen, state, added, revoked FROM device "

static void
read_device(struct sql *q, struct known_device *d)
{
	*d = (struct known_device){ .id = sql_int(q, 0), .account = sql_int(q, 1), .name = sql_text(q, 2),
		.kind = sql_text(q, 3), .note = sql_text(q, 4), .has_seen = !sql_null(q, 5), .seen = sql_int(q, 5),
		.state = DEVICE_UNKNOWN, .added_ms = sql_int(q, 7), .revoked_ms = sql_int(q, 8) };
	(void)device_state_from(sql_text(q, 6), &d->state);
}

static enum rc
hand_over(struct sql *q, device_fn fn, void *ctx, uint64_t *n, struct err *e)
{
	struct known_device d;
	bool row;
	enum rc rc;

	while ((rc = sql_step(q, &row, e)) == OK && row) {
		read_device(q, &d);
		(*n)++;
		if ((rc = fn(ctx, &d, e)) != OK)
			return rc;
	}
	return rc;
}

enum rc
device_each(struct db *db, int64_t account, device_fn fn, void *ctx, struct err *e)
{
	uint64_t n = 0;
	SQL q = { 0 };
	bool has;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &has, e)) != OK || !has)
		return rc;
	if ((rc = sql_prepare(db, "SELECT " COLUMNS "WHERE ?1 = 0 OR account = ?1 ORDER BY"
	    " CASE state WHEN 'unknown' THEN 0 WHEN 'known' THEN 1 ELSE 2 END, seen IS NULL, seen DESC, id", &q,
	    e)) != OK)
		return rc;
	sql_bind_int(&q, 1, account);
	return hand_over(&q, fn, ctx, &n, e);
}

enum rc
device_one(struct db *db, int64_t id, device_fn fn, void *ctx, struct err *e)
{
	uint64_t n = 0;
	SQL q = { 0 };
	bool has;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &has, e)) != OK || !has)
		return rc != OK ? rc : err_set(e, E_NOTFOUND, N_("no such device"));
	if ((rc = sql_prepare(db, "SELECT " COLUMNS "WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	if ((rc = hand_over(&q, fn, ctx, &n, e)) != OK)
		return rc;
	return n > 0 ? OK : err_set(e, E_NOTFOUND, N_("no such device"));
}

enum rc
device_find(struct db *db, int64_t account, const char *word, int64_t *id, struct err *e)
{
	const char *digits = word[0] == 'D' || word[0] == 'd' ? word + 1 : word;
	int64_t number = 0, found = 0;
	unsigned n = 0;
	SQL q = { 0 };
	bool has, row;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &has, e)) != OK || !has)
		return rc != OK ? rc : err_set(e, E_NOTFOUND, N_("no device \"%s\""), word);
	if (!num_i64(digits, 1, INT64_MAX, &number))
		number = 0;
	if ((rc = sql_prepare(db, "SELECT id FROM device WHERE account = ?1 AND (id = ?2 OR (name = ?3 AND state <> "
	    "'revoked')) ORDER BY name = ?3 DESC LIMIT 2", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, account);
	sql_bind_int(&q, 2, number);
	sql_bind_text(&q, 3, word);
	while ((rc = sql_step(&q, &row, e)) == OK && row)
		if (n++ == 0)
			found = sql_int(&q, 0);
	if (rc != OK)
		return rc;
	if (n == 0)
		return err_set(e, E_NOTFOUND, N_("no device \"%s\""), word);
	if (n > 1)
		return err_set(e, E_USAGE, N_("\"%s\" is the name of one device and the number of another: D<number>"),
		    word);
	*id = found;
	return OK;
}

enum rc
device_add(struct db *db, const struct known_device *d, int64_t *id, struct err *e)
{
	SQL there = { 0 }, q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT 1 FROM device WHERE account = ?1 AND name = ?2 AND state <> 'revoked'",
	    &there, e)) != OK)
		return rc;
	sql_bind_int(&there, 1, d->account);
	sql_bind_text(&there, 2, d->name);
	if ((rc = sql_step(&there, &row, e)) != OK)
		return rc;
	if (row)
		return err_set(e, E_EXISTS, N_("a device \"%s\" of this account is there already"), d->name);
	if ((rc = sql_prepare(db, "INSERT INTO device(account, name, kind, note, seen, state, added, revoked)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, d->account);
	sql_bind_text(&q, 2, d->name);
	sql_bind_text(&q, 3, d->kind);
	sql_bind_text(&q, 4, d->note);
	if (d->has_seen)
		sql_bind_int(&q, 5, d->seen);
	else
		sql_bind_null(&q, 5);
	sql_bind_text(&q, 6, device_state_name(d->state));
	sql_bind_int(&q, 7, d->added_ms);
	if ((rc = sql_run(&q, e)) == OK)
		*id = sql_last_id(db);
	return rc;
}

enum rc
device_revoke(struct db *db, int64_t id, int64_t now_ms, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "UPDATE device SET state = 'revoked', revoked = ?2 WHERE id = ?1 AND state <> "
	    "'revoked'", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	sql_bind_int(&q, 2, now_ms);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	return sql_changes(db) > 0 ? OK : err_set(e, E_EXISTS, N_("this device is revoked already"));
}
