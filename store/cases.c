/* store/cases.c: see cases.h. */
#include "store/cases.h"

#include "base/num.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/txn_row.h"

#include <stdio.h>
#include <string.h>


static const char *const kinds[CASE_EVENT_COUNT] = { "told", "answer", "promise", "climb", "letter", "note", "close" };

const char *
case_event_name(enum case_event_kind k)
{
	return kinds[k];
}

bool
case_id_parse(const char *s, int64_t *id)
{
	return (s[0] == 'C' || s[0] == 'c') && s[1] != '+' && num_i64(s + 1, 1, INT64_MAX, id);
}

/* ---- reading ---- */

/* Since when the rung is told, and whether they answered since: from the events. */
#define COLUMNS                                                                                                        \
	"c.id, c.account, a.name, c.who, c.subject, c.incident, c.channel, c.ref, c.opened, c.promised, c.rung,"       \
	" c.closed, c.outcome,"                                                                                        \
	" coalesce((SELECT v.at FROM case_event v WHERE v.case_id = c.id AND v.kind = 'climb' ORDER BY v.id DESC"       \
	"   LIMIT 1), c.opened),"                                                                                      \
	" coalesce((SELECT max(v.id) FROM case_event v WHERE v.case_id = c.id AND v.kind = 'answer'), 0) >"            \
	"   coalesce((SELECT max(v.id) FROM case_event v WHERE v.case_id = c.id AND v.kind IN ('told', 'climb')), 0)," \
	" (SELECT count(*) FROM case_txn t WHERE t.case_id = c.id)"                                                    \
	" FROM support_case c LEFT JOIN account a ON a.id = c.account"

static const char *
text_of(struct sql *q, int i)
{
	const char *s = sql_text(q, i);

	return s != NULL ? s : "";
}

static enum rc
hand_over(struct sql *q, case_fn fn, void *ctx, struct err *e)
{
	struct support_case c = { .id = sql_int(q, 0),
		.account = sql_int(q, 1),
		.account_name = text_of(q, 2),
		.who = text_of(q, 3),
		.subject = text_of(q, 4),
		.incident = sql_int(q, 5),
		.channel = text_of(q, 6),
		.ref = text_of(q, 7),
		.opened_ms = sql_int(q, 8),
		.has_promised = !sql_null(q, 9),
		.promised = sql_int(q, 9),
		.closed_ms = sql_int(q, 11),
		.outcome = text_of(q, 12),
		.since_ms = sql_int(q, 13),
		.answered = sql_int(q, 14) != 0,
		.rows = (uint64_t)sql_int(q, 15) };
	int64_t rung = sql_int(q, 10);

	if (rung < 0 || rung >= RUNG_COUNT)
		return err_set(e, E_DAMAGED, N_("case C%lld stands on no rung"), (long long)c.id);
	c.rung = (enum rung)rung;
	return fn(ctx, &c, e);
}

enum rc
case_each(struct db *db, const struct case_filter *f, case_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row, are;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &are, e)) != OK || !are)
		return rc;
	if ((rc = sql_prepare(db, "SELECT " COLUMNS " WHERE (?1 = 0 OR c.closed = 0) AND (?2 = 0 OR c.incident = ?2)"
	    " AND (?3 = 0 OR c.account = ?3) AND (?4 IS NULL OR c.who = ?4) ORDER BY c.id", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, f->open_only);
	sql_bind_int(&q, 2, f->incident);
	sql_bind_int(&q, 3, f->account);
	sql_bind_text(&q, 4, f->who);
	while ((rc = sql_step(&q, &row, e)) == OK && row)
		if ((rc = hand_over(&q, fn, ctx, e)) != OK)
			return rc;
	return rc;
}

static enum rc
no_case(int64_t id, struct err *e)
{
	(void)err_set(e, E_NOTFOUND, N_("no case C%lld"), (long long)id);
	err_next(e, "purser case list --all");
	return E_NOTFOUND;
}

enum rc
case_one(struct db *db, int64_t id, case_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row, are;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &are, e)) != OK)
		return rc;
	if (!are)
		return no_case(id, e);
	if ((rc = sql_prepare(db, "SELECT " COLUMNS " WHERE c.id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	if ((rc = sql_step(&q, &row, e)) != OK)
		return rc;
	return row ? hand_over(&q, fn, ctx, e) : no_case(id, e);
}

static enum rc
event_over(struct sql *q, case_event_fn fn, void *ctx, struct err *e)
{
	struct case_event ev = { .id = sql_int(q, 0), .at_ms = sql_int(q, 1), .made_ms = sql_int(q, 2),
		.kind = CASE_EVENT_COUNT, .by = text_of(q, 5), .ref = text_of(q, 6), .text = text_of(q, 7) };
	int64_t rung = sql_int(q, 4);

	for (unsigned k = 0; k < CASE_EVENT_COUNT; k++)
		if (strcmp(text_of(q, 3), kinds[k]) == 0)
			ev.kind = (enum case_event_kind)k;
	if (ev.kind == CASE_EVENT_COUNT || rung < 0 || rung >= RUNG_COUNT)
		return err_set(e, E_DAMAGED, N_("an event of a case is of no kind"));
	ev.rung = (enum rung)rung;
	return fn(ctx, &ev, e);
}

enum rc
case_events(struct db *db, int64_t id, case_event_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row, are;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &are, e)) != OK || !are)
		return rc;
	if ((rc = sql_prepare(db, "SELECT id, at, made, kind, rung, by, ref, text FROM case_event WHERE case_id = ?1"
	    " ORDER BY id", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	while ((rc = sql_step(&q, &row, e)) == OK && row)
		if ((rc = event_over(&q, fn, ctx, e)) != OK)
			return rc;
	return rc;
}

/* ---- writing ---- */

static enum rc
set_int(struct db *db, const char *text, int64_t id, int64_t v, struct err *e)
{
	SQL q = { 0 };
	enum rc rc = sql_prepare(db, text, &q, e);

	if (rc != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	sql_bind_int(&q, 2, v);
	return sql_run(&q, e);
}

static enum rc
set_text(struct db *db, const char *text, int64_t id, const char *v, struct err *e)
{
	SQL q = { 0 };
	enum rc rc = v[0] != '\0' ? sql_prepare(db, text, &q, e) : OK;

	if (rc != OK || v[0] == '\0')
		return rc;
	sql_bind_int(&q, 1, id);
	sql_bind_text(&q, 2, v);
	return sql_run(&q, e);
}

static enum rc
event_put(struct db *db, int64_t id, const struct case_event *ev, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT INTO case_event(case_id, at, made, kind, rung, by, ref, text)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	sql_bind_int(&q, 2, ev->at_ms);
	sql_bind_int(&q, 3, ev->made_ms);
	sql_bind_text(&q, 4, kinds[ev->kind]);
	sql_bind_int(&q, 5, ev->rung);
	sql_bind_text(&q, 6, ev->by);
	sql_bind_text(&q, 7, ev->ref);
	sql_bind_text(&q, 8, ev->text);
	return sql_run(&q, e);
}

/* The rung of a case that is open. */
static enum rc
open_rung(struct db *db, int64_t id, enum rung *out, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT rung, closed FROM support_case WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	if ((rc = sql_step(&q, &row, e)) != OK)
		return rc;
	if (!row)
		return no_case(id, e);
	if (sql_int(&q, 1) != 0)
		return err_set(e, E_EXISTS, N_("case C%lld is closed; open a new one"), (long long)id);
	*out = (enum rung)sql_int(&q, 0);
	return OK;
}

static enum rc
effect(struct db *db, int64_t id, const struct case_event *ev, struct err *e)
{
	enum rc rc = OK;

	switch (ev->kind) {
	case CASE_ANSWER:
		/* The promise was kept; another one is another event. */
		if ((rc = set_int(db, "UPDATE support_case SET promised = NULL WHERE id = ?1 AND ?2 = ?2", id, 0, e)) != OK)
			break;
		/* fallthrough */
	case CASE_TOLD:
		if ((rc = set_text(db, "UPDATE support_case SET channel = ?2 WHERE id = ?1", id, ev->by, e)) == OK)
			rc = set_text(db, "UPDATE support_case SET ref = ?2 WHERE id = ?1", id, ev->ref, e);
		break;
	case CASE_CLIMB:
		rc = set_int(db, "UPDATE support_case SET rung = ?2, promised = NULL WHERE id = ?1", id, ev->rung, e);
		break;
	case CASE_CLOSE:
		if ((rc = set_int(db, "UPDATE support_case SET closed = ?2 WHERE id = ?1", id, ev->at_ms, e)) == OK)
			rc = set_text(db, "UPDATE support_case SET outcome = ?2 WHERE id = ?1", id, ev->text, e);
		break;
	case CASE_PROMISE:
	case CASE_LETTER:
	case CASE_NOTE:
	case CASE_EVENT_COUNT: break;
	}
	return rc;
}

enum rc
case_happened(struct db *db, int64_t id, const struct case_event *ev, struct err *e)
{
	struct case_event put = *ev;
	enum rung rung = RUNG_SUPPORT;
	enum rc rc;

	if ((rc = open_rung(db, id, &rung, e)) != OK)
		return rc;
	if (ev->kind != CASE_CLIMB)
		put.rung = rung;
	else if (ev->rung <= rung || ev->rung >= RUNG_COUNT)
		return err_set(e, E_USAGE, N_("case C%lld only climbs up"), (long long)id);
	if ((rc = event_put(db, id, &put, e)) != OK)
		return rc;
	return effect(db, id, &put, e);
}

enum rc
case_promised(struct db *db, int64_t id, int64_t day, int64_t at_ms, int64_t made_ms, struct err *e)
{
	char text[11];
	struct case_event ev = { .kind = CASE_PROMISE, .at_ms = at_ms, .made_ms = made_ms, .by = "", .ref = "", .text = text };
	enum rc rc;

	day_put(text, day);
	if ((rc = case_happened(db, id, &ev, e)) != OK)
		return rc;
	return set_int(db, "UPDATE support_case SET promised = ?2 WHERE id = ?1", id, day, e);
}

enum rc
case_open(struct db *db, const struct support_case *c, const char *text, int64_t now_ms, int64_t *id, struct err *e)
{
	struct case_event told = { .kind = CASE_TOLD, .at_ms = c->opened_ms, .made_ms = now_ms, .by = c->channel,
		.ref = c->ref, .text = text };
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT INTO support_case(account, who, subject, incident, channel, ref, opened, rung,"
	    " closed, outcome) VALUES(nullif(?1, 0), ?2, ?3, nullif(?4, 0), ?5, ?6, ?7, 0, 0, '')", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, c->account);
	sql_bind_text(&q, 2, c->who);
	sql_bind_text(&q, 3, c->subject);
	sql_bind_int(&q, 4, c->incident);
	sql_bind_text(&q, 5, c->channel);
	sql_bind_text(&q, 6, c->ref);
	sql_bind_int(&q, 7, c->opened_ms);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	*id = sql_last_id(db);
	if ((rc = case_happened(db, *id, &told, e)) != OK || !c->has_promised)
		return rc;
	return case_promised(db, *id, c->promised, c->opened_ms, now_ms, e);
}

/* ---- what it is about ---- */

enum rc
case_row_add(struct db *db, int64_t id, int64_t txn, struct err *e)
{
	return set_int(db, "INSERT OR IGNORE INTO case_txn(case_id, txn) VALUES(?1, ?2)", id, txn, e);
}

/* The rows named for it; else those of the incident; else those that are marked as fraud. */
static const char *const row_sources[] = {
	"SELECT t.id FROM case_txn ct JOIN txn t ON t.id = ct.txn WHERE ct.case_id = ?1 ORDER BY t.sort_us, t.id",
	"SELECT t.id FROM support_case c JOIN incident_txn it ON it.incident = c.incident JOIN txn t ON t.id = it.txn"
	" WHERE c.id = ?1 AND (c.account IS NULL OR t.account = c.account) ORDER BY t.sort_us, t.id",
	"SELECT t.id FROM support_case c JOIN txn t ON t.account = c.account WHERE c.id = ?1 AND c.incident IS NULL"
	" AND t.review = 2 ORDER BY t.sort_us, t.id",
};
_Static_assert(REVIEW_FRAUD == 2, "as in the query");

static enum rc
ids_get(struct db *db, const char *text, int64_t id, struct sql_ints *out, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, text, &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	return sql_ints_get(&q, out, e);
}

enum rc
case_rows(struct db *db, int64_t id, entry_fn fn, void *ctx, struct err *e)
{
	SQL_INTS ids = { .n = 0 };
	bool are;
	enum rc rc;

	if ((rc = schema_has(db, SCHEMA_INCIDENTS, &are, e)) != OK || !are)
		return rc;
	for (size_t k = 0; k < COUNTOF(row_sources) && ids.n == 0; k++)
		if ((rc = ids_get(db, row_sources[k], id, &ids, e)) != OK)
			return rc;
	for (size_t i = 0; i < ids.n; i++)
		if ((rc = query_one(db, ids.v[i], fn, ctx, e)) != OK)
			return rc;
	return OK;
}

/* ---- a notice ---- */

/* The newest open case of that account, or of that name where it is no account, and of that incident; else of none. */
static enum rc
open_case_of(struct db *db, const struct case_notice *n, int64_t *id, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	*id = 0;
	if ((rc = sql_prepare(db, "SELECT id FROM support_case WHERE closed = 0 AND coalesce(incident, ?1) = ?1"
	    " AND coalesce(account, 0) = ?2 AND (?2 <> 0 OR who = ?3) ORDER BY incident IS NULL, id DESC LIMIT 1",
	    &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, n->incident);
	sql_bind_int(&q, 2, n->account);
	sql_bind_text(&q, 3, n->who);
	if ((rc = sql_step(&q, &row, e)) == OK && row)
		*id = sql_int(&q, 0);
	return rc;
}

enum rc
case_of_notice(struct db *db, const struct case_notice *n, int64_t *id, bool *opened, struct err *e)
{
	struct case_event ev = { .kind = CASE_TOLD, .at_ms = n->at_ms, .made_ms = n->made_ms, .by = n->by, .ref = n->ref,
		.text = n->text };
	int64_t there;
	enum rc rc;

	if ((rc = open_case_of(db, n, &there, e)) != OK)
		return rc;
	if (there == 0) {
		struct support_case c = { .account = n->account, .who = n->who, .subject = "", .incident = n->incident,
			.channel = n->by, .ref = n->ref, .opened_ms = n->at_ms, .has_promised = n->has_answer_by,
			.promised = n->answer_by };

		*opened = true;
		return case_open(db, &c, n->text, n->made_ms, id, e);
	}
	*opened = false;
	*id = there;
	if ((rc = case_happened(db, there, &ev, e)) != OK || (n->incident != 0 &&
	    (rc = set_int(db, "UPDATE support_case SET incident = ?2 WHERE id = ?1", there, n->incident, e)) != OK) ||
	    !n->has_answer_by)
		return rc;
	return case_promised(db, there, n->answer_by, n->at_ms, n->made_ms, e);
}
