/* store/txn.c: the write transaction of an unlocked vault; see vault.h. */
#include "store/vault_int.h"

#include "base/num.h"
#include "store/ledger.h"

#include <string.h>

struct forget { unsigned char rec[ID_LEN]; uint64_t version; };

struct vault_txn {
	struct vault *v;                /* borrowed */
	struct store_lock *lock;
	struct sql_txn sql;
	int64_t now_ms;
	char **event;                   /* payloads without db= and hdr= */
	size_t events;
	struct forget *forget;
	size_t forgets;
};

void
vault_txn_end(struct vault_txn **tp)
{
	struct vault_txn *t = *tp;

	if (t == NULL)
		return;
	sql_rollback(&t->sql);
	store_lock_release(&t->lock);
	for (size_t i = 0; i < t->events; i++)
		free(t->event[i]);
	free(t->event);
	free(t->forget);
	free(t);
	*tp = NULL;
}

enum rc
vault_txn_begin(struct vault *v, int64_t wait_ms, int64_t now_ms, struct vault_txn **out, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = calloc(1, sizeof *t);
	enum rc rc;

	if (t == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	t->v = v;
	t->now_ms = now_ms;
	if ((rc = vault_write_begin(v, wait_ms, &t->lock, e)) != OK || (rc = sql_begin(v->db, true, &t->sql, e)) != OK)
		return rc;
	*out = t;
	t = NULL;
	return OK;
}

enum rc
vault_txn_event(struct vault_txn *t, const struct buf *text, struct err *e)
{
	char **more = realloc(t->event, (t->events + 1) * sizeof *more);
	enum rc rc;

	if (more == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	t->event = more;
	if ((rc = buf_check(text, e)) != OK)
		return rc;
	if ((t->event[t->events] = strdup(buf_str(text))) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	t->events++;
	return OK;
}

enum rc
vault_txn_forget(struct vault_txn *t, const unsigned char rec[ID_LEN], uint64_t version, struct err *e)
{
	struct forget *more = realloc(t->forget, (t->forgets + 1) * sizeof *more);

	if (more == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	t->forget = more;
	memcpy(t->forget[t->forgets].rec, rec, ID_LEN);
	t->forget[t->forgets++].version = version;
	return OK;
}

/* ---- commit ---- */

/* The id leads the payload as 32 hexadecimal digits (log_text_begin). */
static enum rc
outbox_put(struct vault_txn *t, const char *event, uint64_t changes, uint64_t hdr, uint64_t from_seq, struct err *e)
{
	unsigned char id[ID_LEN];
	char hex[2 * ID_LEN + 1];
	BUF text = { 0 };
	enum rc rc;

	if (strlen(event) < 2 * ID_LEN)
		return err_set(e, E_FAILED, N_("an event without an id"));
	memcpy(hex, event, 2 * ID_LEN);
	hex[2 * ID_LEN] = '\0';
	if (!hex_get(hex, id, sizeof id))
		return err_set(e, E_FAILED, N_("an event without an id"));
	buf_adds(&text, event);
	log_text_db(&text, changes, hdr);
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	if (text.len > LOG_TEXT_MAX)
		return err_set(e, E_RANGE, N_("an event is too long for the log"));
	return outbox_add(t->v->db, id, from_seq, buf_str(&text), e);
}

static enum rc
fill_outbox(struct vault_txn *t, struct err *e)
{
	struct log_head head = { .next_seq = 0 };
	struct db_info info;
	uint64_t changes = 0;
	enum rc rc;

	if ((rc = rows_changes_bump(t->v->db, e)) != OK || (rc = rows_changes(t->v->db, &changes, e)) != OK ||
	    (rc = db_info(t->v->db, &info, e)) != OK ||
	    (t->v->log != NULL && (rc = log_head(t->v->log, &head, e)) != OK))
		return rc;
	for (size_t i = 0; i < t->events; i++)
		if ((rc = outbox_put(t, t->event[i], changes, info.seq, head.next_seq, e)) != OK)
			return rc;
	return OK;
}

static enum rc
settle_manifest(struct db *db, struct err *e)
{
	unsigned char stale;
	enum rc rc = rows_meta_get(db, "manifest-stale", &stale, 1, e);

	if (rc == E_NOTFOUND)
		return OK;
	return rc != OK ? rc : rows_manifest_update(db, e);
}

enum rc
vault_txn_commit(struct vault_txn **tp, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = *tp;
	enum rc rc;

	*tp = NULL;
	if ((rc = settle_manifest(t->v->db, e)) != OK || (rc = fill_outbox(t, e)) != OK ||
	    (rc = sql_commit(&t->sql, e)) != OK)
		return rc;
	/* From here the change stands. What fails now is made good at the next start: the outbox keeps its rows, an
	 * entry without a row is an orphan. */
	rc = t->v->notices.log_broken ? OK : vault_drain(t->v, t->now_ms, NULL);
	for (size_t i = 0; i < t->forgets; i++)
		rc = record_forget(t->v, t->forget[i].rec, t->forget[i].version, NULL);
	(void)rc;
	return OK;
}
