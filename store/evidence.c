/* store/evidence.c: see evidence.h. */
#include "store/evidence.h"

#include "base/num.h"
#include "store/vault_int.h"

#include <stdlib.h>
#include <string.h>

/* ---- statements ---- */

enum rc
evidence_statements(struct db *db, int64_t incident, statement_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	/* txn_source.id is statement * 2^32 + number of the record (schema.c). */
	if ((rc = sql_prepare(db, "SELECT DISTINCT s.id >> 32 FROM incident_txn i JOIN txn_source s ON s.txn = i.txn"
	    " WHERE i.incident = ?1 ORDER BY 1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, incident);
	while ((rc = sql_step(&q, &row, e)) == OK && row)
		if ((rc = statement_one(db, sql_int(&q, 0), fn, ctx, e)) != OK)
			return rc;
	return rc;
}

/* ---- log ---- */

void
evidence_log_free(struct evidence_log *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->entry[i].text);
	free(l->entry);
	buf_free(&l->fixed);
	*l = (struct evidence_log){ .n = 0 };
}

static bool
names_number(const struct log_text *t, const char *key, char letter, int64_t want)
{
	const char *v = log_text_get(t, key);
	uint64_t n;

	if (v != NULL && (v[0] == letter || v[0] == letter - 'a' + 'A'))
		v++;
	return v != NULL && num_u64(v, 1, INT64_MAX, &n) && (int64_t)n == want;
}

static bool
names_account(const struct log_text *t, const struct evidence_pick *p)
{
	const char *v = log_text_get(t, "account");

	for (size_t i = 0; v != NULL && i < p->accounts; i++)
		if (strcmp(p->account[i], v) == 0)
			return true;
	return false;
}

static bool
of_freeze(const struct log_text *t, const struct evidence_pick *p)
{
	static const char *const whole[] = { "freeze", "fuse-destroyed", "thaw", "thaw-account", "recover" };

	if (strcmp(t->event, "freeze-account") == 0)
		return names_account(t, p);
	for (size_t i = 0; i < COUNTOF(whole); i++)
		if (strcmp(t->event, whole[i]) == 0)
			return true;
	return false;
}

/* What names a record says which secrets there are: never by itself. */
static bool
about_secret(const struct log_text *t)
{
	return log_text_get(t, "record") != NULL || strncmp(t->event, "secret", 6) == 0 || strcmp(t->event, "reveal") == 0;
}

static bool
picked(const struct evidence_pick *p, const struct log_entry *en, struct log_text *t)
{
	for (size_t i = 0; i < p->extras; i++)
		if (p->extra[i] == en->seq)
			return true;
	if (!log_text_parse(t, en->text, en->n) || about_secret(t))
		return false;
	if (names_number(t, "incident", 'i', p->incident) && strcmp(t->event, "evidence") != 0)
		return true;
	for (size_t i = 0; strcmp(t->event, "import") == 0 && i < p->statements; i++)
		if (names_number(t, "statement", 's', p->statement[i]))
			return true;
	return of_freeze(t, p) && en->time_ms >= p->from_ms && (p->to_ms == 0 || en->time_ms <= p->to_ms);
}

struct walk {
	const struct evidence_pick *pick;
	struct evidence_log *out;
	struct log_text *text;
	struct buf before;                      /* the fixed part of the record before this one */
	uint64_t before_seq;
	size_t complete;                        /* bytes of out->fixed up to the last disclosed entry */
	size_t extras;
};

static void
walk_end(struct walk *w)
{
	buf_free(&w->before);
	free(w->text);
}

static enum rc
disclose(struct evidence_log *l, const struct log_entry *en, struct err *e)
{
	struct evidence_entry *d;

	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 32;
		void *p = reallocarray(l->entry, cap, sizeof *l->entry);

		if (p == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		l->entry = p;
		l->cap = cap;
	}
	d = &l->entry[l->n];
	*d = (struct evidence_entry){ .seq = en->seq, .time_ms = en->time_ms, .authenticated = en->origin == 'U', .n = en->n };
	memcpy(d->salt, en->salt, sizeof d->salt);
	if ((d->text = strndup(en->text, en->n)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	l->n++;
	return OK;
}

static enum rc
take(void *ctx, const struct log_entry *en, struct err *e)
{
	struct walk *w = ctx;
	struct evidence_log *l = w->out;
	bool mine = en->opened && picked(w->pick, en, w->text);
	enum rc rc;

	for (size_t i = 0; mine && i < w->pick->extras; i++)
		w->extras += w->pick->extra[i] == en->seq;
	if (l->fixed.len == 0 && (mine || w->pick->whole)) {
		l->from = en->seq;
		if (w->before.len > 0) {
			l->from = w->before_seq;
			buf_add(&l->fixed, w->before.p, w->before.len);
		}
	}
	if (l->fixed.len > 0 || l->n > 0 || mine || w->pick->whole)
		buf_add(&l->fixed, en->fixed, LOG_FIXED);
	buf_reset(&w->before);
	buf_add(&w->before, en->fixed, LOG_FIXED);
	w->before_seq = en->seq;
	if (!mine)
		return buf_check(&l->fixed, e);
	if ((rc = disclose(l, en, e)) != OK)
		return rc;
	w->complete = l->fixed.len;
	l->to = en->seq;
	return buf_check(&l->fixed, e);
}

enum rc
evidence_log(struct vault *v, const struct evidence_pick *pick, struct evidence_log *out, struct err *e)
{
	AUTO(log_report_free) struct log_report report = { 0 };
	AUTO(evidence_log_free) struct evidence_log l = { .n = 0 };
	AUTO(walk_end) struct walk w = { .pick = pick, .out = &l };
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	enum rc rc;

	if (v->log == NULL)
		return err_set(e, E_DAMAGED, N_("the file of the log is missing or cannot be read. Nothing was changed"));
	if ((w.text = malloc(sizeof *w.text)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = vault_log_keys(v, &k, e)) != OK || (rc = log_verify(v->log, k.lk, k.n, take, &w, &report, e)) != OK)
		return rc;
	if (w.extras < pick->extras && report.bad == 0)
		return err_set(e, E_NOTFOUND, N_("the log has no such entry: purser log list shows their numbers"));
	if (report.bad > 0)
		evidence_log_free(&l);
	l.bad = report.bad;
	l.fixed.len = report.bad > 0 ? 0 : w.complete;
	*out = l;
	l = (struct evidence_log){ .n = 0 };
	return OK;
}
