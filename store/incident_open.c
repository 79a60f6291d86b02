/* store/incident_open.c: the incident that opens by itself after a freeze, and where notes go that were made while locked.
 * See incident.h. */
#include "store/incident.h"

#include "base/le.h"
#include "store/log.h"
#include "store/vault_int.h"
#include "store/vaultrows.h"
#include "store/schema.h"
#include "store/sql.h"

#include <stdlib.h>
#include <string.h>

#define WATERMARK "incident-freeze"             /* the next seq at which a freeze has not been seen yet */
/* A store that has no watermark yet (made by an older purser) may hold freezes that are long over. */
#define OLD_MS (INT64_C(7) * 86400 * 1000)
/* A duress password says nothing of the freeze that it made. One that is older than this is known to who forces it out of the
 * owner: then it does what the password does, for what an ordinary frozen store does would be missed. */
#define UNSEEN_MS (INT64_C(10) * 60 * 1000)
/* Payments noted so long after a freeze, while locked, are part of what happened. */
#define NOTED_MS (INT64_C(2) * 86400 * 1000)

struct due {
	uint64_t mark;                          /* what the watermark becomes */
	bool moved;                             /* it changes */
	int64_t frozen_ms;                      /* the newest freeze past it; 0: none */
	int64_t notes;                          /* that wait for an incident */
};

static enum rc
freezes(struct vault *v, int64_t now_ms, struct due *d, struct err *e)
{
	unsigned char raw[8];
	bool found = true, known;
	uint64_t seq = 0;
	int64_t at = 0;
	enum rc rc = rows_meta_get(v->db, WATERMARK, raw, sizeof raw, e);

	if (rc != OK && rc != E_NOTFOUND)
		return rc;
	known = rc == OK;
	d->mark = known ? le64_get(raw) : 0;
	while (found) {
		if ((rc = log_freeze_since(v->log, d->mark, &found, &seq, &at, e)) != OK)
			return rc;
		if (!found)
			break;
		d->mark = seq + 1;
		d->moved = true;
		d->frozen_ms = at;
	}
	if (!known && v->state != VAULT_FROZEN && now_ms - d->frozen_ms > OLD_MS)
		d->frozen_ms = 0;
	return OK;
}

/* Was it frozen a while ago? */
static enum rc
known_frozen(struct vault *v, int64_t now_ms, bool *yes, struct err *e)
{
	bool found = true;
	uint64_t next = 0, seq;
	int64_t at = 0;
	enum rc rc;

	*yes = false;
	while (found) {
		if ((rc = log_freeze_since(v->log, next, &found, &seq, &at, e)) != OK)
			return rc;
		if (found) {
			next = seq + 1;
			*yes = now_ms - at >= UNSEEN_MS;
		}
	}
	return OK;
}

static enum rc
look(struct vault *v, int64_t now_ms, struct due *d, struct err *e)
{
	bool there, known = true;
	enum rc rc;

	memset(d, 0, sizeof *d);
	if (v->read_only || v->notices.log_broken || v->h->device < 0 || v->log == NULL)
		return OK;
	if (v->duress && ((rc = known_frozen(v, now_ms, &known, e)) != OK || !known))
		return rc;
	if ((rc = schema_has(v->db, SCHEMA_INCIDENTS, &there, e)) != OK || !there || (rc = freezes(v, now_ms, d, e)) != OK)
		return rc;
	return sql_get_int(v->db, "SELECT count(*) FROM inbox WHERE kind IN ('note', 'notice')"
	    " AND id NOT IN (SELECT uid FROM incident_entry)", &d->notes, e);
}

/* ---- where it goes ---- */

struct target { int64_t id, frozen_ms; };

static enum rc
newest_open(struct db *db, struct target *t, struct err *e)
{
	SQL q = { 0 };
	bool row = false;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT id, frozen FROM incident WHERE closed = 0 ORDER BY id DESC LIMIT 1", &q, e)) != OK)
		return rc;
	if ((rc = sql_step(&q, &row, e)) == OK && row)
		*t = (struct target){ sql_int(&q, 0), sql_int(&q, 1) };
	return rc;
}

static enum rc
open_one(struct vault *v, struct vault_txn *tx, int64_t frozen_ms, const char *by, int64_t now_ms, struct target *t,
    struct err *e)
{
	struct incident i = { .kind = INCIDENT_UNAUTHORISED, .severity = SEVERITY_HIGH, .opened_ms = now_ms,
		.discovered_ms = frozen_ms != 0 ? frozen_ms : now_ms, .frozen_ms = frozen_ms, .title = "", .review = "" };
	BUF text = { 0 };
	enum rc rc;

	if ((rc = incident_add(v->db, &i, &t->id, e)) != OK)
		return rc;
	t->frozen_ms = i.frozen_ms;
	log_text_begin(&text, NULL, "incident");
	log_text_add(&text, "what", "open");
	log_text_u64(&text, "incident", (uint64_t)t->id);
	log_text_add(&text, "kind", incident_kind_name(i.kind));
	log_text_add(&text, "by", by);
	return (rc = buf_check(&text, e)) != OK ? rc : vault_txn_event(tx, &text, e);
}

static enum rc
mark(struct vault *v, const struct due *d, struct err *e)
{
	unsigned char raw[8];

	le64_put(raw, d->mark);
	return rows_meta_put(v->db, WATERMARK, raw, sizeof raw, e);
}

/* ---- notes ---- */

struct waiting { unsigned char id[ID_LEN]; int64_t made_ms; char *text; };
struct waitings { struct waiting *w; size_t n; };

static void
waitings_free(struct waitings *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->w[i].text);
	free(all->w);
}

static enum rc
notes_get(struct db *db, struct waitings *all, struct err *e)
{
	SQL q = { 0 };
	const void *id;
	size_t n;
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT id, made, text FROM inbox WHERE kind IN ('note', 'notice')"
	    " AND id NOT IN (SELECT uid FROM incident_entry) ORDER BY made, id", &q, e)) != OK)
		return rc;
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		struct waiting *more = realloc(all->w, (all->n + 1) * sizeof *more);

		if (more == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		all->w = more;
		if ((id = sql_blob(&q, 0, &n)) == NULL || n != ID_LEN)
			return err_set(e, E_DAMAGED, N_("a row has the wrong size"));
		memcpy(more[all->n].id, id, ID_LEN);
		more[all->n].made_ms = sql_int(&q, 1);
		if ((more[all->n].text = strdup(sql_text(&q, 2))) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		all->n++;
	}
	return rc;
}

static const char *
field(const struct log_text *t, const char *key, size_t max)
{
	const char *value = log_text_get(t, key);
	struct err none = { .rc = OK };

	/* Anyone with the files can seal a note: what is no plain line of text is left out. */
	return value != NULL && text_check(key, value, max, &none) == OK ? value : "";
}

static enum rc
account_of(struct db *db, const char *who, int64_t *id, struct err *e)
{
	AUTO(account_free) struct account a = { 0 };
	enum rc rc;

	account_init(&a);
	*id = 0;
	if (who[0] == '\0')
		return OK;
	rc = account_find(db, who, &a, e);
	if (rc == OK)
		*id = a.id;
	return rc == E_NOTFOUND ? OK : rc;
}

/* What was noted has been: a time that is to come is no time of anything, whoever sealed it. A day typed in a zone further
 * east may be tomorrow's. */
static int64_t
past(int64_t ms, int64_t now_ms)
{
	return ms > 0 && ms <= now_ms + INT64_C(86400) * 1000 ? ms : now_ms;
}

static enum rc
take_note(struct db *db, const struct target *t, const struct waiting *w, int64_t now_ms, struct err *e)
{
	AUTO(auto_free) struct log_text *x = malloc(sizeof *x);
	int64_t made = past(w->made_ms, now_ms);
	struct incident_entry en = { .kind = ENTRY_NOTE, .made_ms = made, .at_ms = made, .sealed = true };
	int64_t opened;
	uint64_t at;
	unsigned n;
	enum rc rc;

	if (x == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (!log_text_parse(x, w->text, strlen(w->text)))
		return OK;
	memcpy(en.uid, w->id, ID_LEN);
	if (strcmp(x->event, "notice") == 0)
		en.kind = ENTRY_NOTICE;
	if (log_text_get_u64(x, "at", &at) && at <= INT64_MAX)
		en.at_ms = past((int64_t)at, now_ms);
	en.who = field(x, "who", 256);
	en.ref = field(x, "ref", 256);
	en.text = field(x, "text", INCIDENT_TEXT_MAX);
	en.by = told_by_ok(field(x, "by", 16)) ? field(x, "by", 16) : "";
	en.has_answer_by = civil_day_read(field(x, "answer-by", 10), &en.answer_by);
	if ((rc = account_of(db, en.who, &en.account, e)) != OK || (rc = incident_entry_add(db, t->id, &en, &n, e)) != OK ||
	    (en.account != 0 && (rc = incident_account_add(db, t->id, en.account, e)) != OK))
		return rc;
	return en.kind == ENTRY_NOTICE && en.who[0] != '\0' ? incident_notice_case(db, t->id, &en, &opened, e) : OK;
}

/* What was noted of payments soon after the freeze belongs to it. */
static enum rc
take_rows(struct db *db, const struct target *t, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if (t->frozen_ms == 0)
		return OK;
	if ((rc = sql_prepare(db, "INSERT OR IGNORE INTO incident_txn SELECT ?1, txn FROM inbox WHERE kind = 'row'"
	    " AND problem = '' AND txn IN (SELECT id FROM txn) AND made BETWEEN ?2 AND ?3", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, t->id);
	sql_bind_int(&q, 2, t->frozen_ms);
	sql_bind_int(&q, 3, t->frozen_ms + NOTED_MS);
	return sql_run(&q, e);
}

static enum rc
place(struct vault *v, struct vault_txn *tx, const struct due *d, int64_t now_ms, int64_t *opened, struct err *e)
{
	AUTO(waitings_free) struct waitings notes = { .n = 0 };
	struct target t = { .id = 0 };
	enum rc rc;

	if ((rc = newest_open(v->db, &t, e)) != OK || (d->moved && (rc = mark(v, d, e)) != OK))
		return rc;
	if (t.id == 0 && (d->frozen_ms != 0 || d->notes > 0)) {
		if ((rc = open_one(v, tx, d->frozen_ms, d->frozen_ms != 0 ? "freeze" : "note", now_ms, &t, e)) != OK)
			return rc;
		*opened = t.id;
	}
	if (t.id == 0)
		return OK;
	if ((rc = notes_get(v->db, &notes, e)) != OK)
		return rc;
	for (size_t i = 0; i < notes.n && rc == OK; i++)
		rc = take_note(v->db, &t, &notes.w[i], now_ms, e);
	return rc == OK && d->frozen_ms != 0 ? take_rows(v->db, &t, e) : rc;
}

enum rc
incident_after_unlock(struct vault *v, int64_t now_ms, int64_t wait_ms, int64_t *opened, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *tx = NULL;
	int64_t id = 0;
	struct due d;
	enum rc rc;

	*opened = 0;
	if ((rc = look(v, now_ms, &d, e)) != OK || (!d.moved && d.notes == 0))
		return rc;
	if ((rc = vault_txn_begin(v, wait_ms, now_ms, &tx, e)) != OK || (rc = look(v, now_ms, &d, e)) != OK ||
	    (rc = place(v, tx, &d, now_ms, &id, e)) != OK || (rc = vault_txn_commit(&tx, e)) != OK)
		return rc;
	*opened = id;
	return OK;
}

/* ---- rows that are not the owner's ---- */

static enum rc
newest_unauthorised(struct db *db, int64_t *id, struct err *e)
{
	SQL q = { 0 };
	bool row = false;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT id FROM incident WHERE closed = 0 AND kind = ?1 ORDER BY id DESC LIMIT 1", &q,
		 e)) != OK)
		return rc;
	sql_bind_text(&q, 1, incident_kind_name(INCIDENT_UNAUTHORISED));
	if ((rc = sql_step(&q, &row, e)) == OK)
		*id = row ? sql_int(&q, 0) : 0;
	return rc;
}

enum rc
incident_of_fraud(struct vault *v, struct vault_txn *t, const int64_t *row, size_t n, int64_t now_ms, int64_t *id,
    bool *opened, struct err *e)
{
	struct target to = { .id = 0 };
	int64_t in;
	enum rc rc;

	*opened = false;
	if ((rc = newest_unauthorised(v->db, &to.id, e)) != OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		if ((rc = incident_of_row(v->db, row[i], &in, e)) != OK)
			return rc;
		if (in != 0)
			continue;
		if (to.id == 0) {
			if ((rc = open_one(v, t, 0, "review", now_ms, &to, e)) != OK)
				return rc;
			*opened = true;
		}
		if ((rc = incident_row_add(v->db, to.id, row[i], e)) != OK)
			return rc;
	}
	*id = to.id;
	return OK;
}

enum rc
incident_of_freeze(struct vault *v, const int64_t *account, size_t n, int64_t now_ms, int64_t wait_ms, int64_t *id,
    bool *opened, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct target to = { .id = 0 };
	enum rc rc;

	if ((rc = vault_txn_begin(v, wait_ms, now_ms, &t, e)) != OK || (rc = newest_unauthorised(v->db, &to.id, e)) != OK)
		return rc;
	*opened = to.id == 0;
	if (to.id == 0 && (rc = open_one(v, t, 0, "freeze", now_ms, &to, e)) != OK)
		return rc;
	for (size_t i = 0; i < n && rc == OK; i++)
		rc = incident_account_add(v->db, to.id, account[i], e);
	if (rc != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	*id = to.id;
	return OK;
}

enum rc
incident_rows_settle(struct db *db, struct err *e)
{
	return sql_exec(db, "DELETE FROM incident_txn WHERE incident IN (SELECT id FROM incident WHERE closed = 0 AND"
	    " kind = 'unauthorised') AND txn IN (SELECT txn FROM review_mark) AND txn NOT IN (SELECT txn FROM verdict WHERE"
	    " verdict IN (2, 3))", e);
}
