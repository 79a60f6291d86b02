/* store/rewrite.c: store.db.next with every record under new keys; see renew.h. */
#include "store/renew.h"

#include "base/le.h"
#include "base/num.h"
#include "store/files.h"
#include "store/ledger.h"
#include "store/schema.h"

#include <stdio.h>
#include <string.h>

#define NEXT "store.db.next"

struct version { unsigned char rec[ID_LEN]; uint64_t version; };
struct versions { struct version *p; size_t n; };

static void
versions_free(struct versions *all)
{
	free(all->p);
}

/* Names first, rows one by one afterwards: a table is not changed while it is read. */
static enum rc
versions_read(struct db *db, struct versions *out, struct err *e)
{
	SQL q = { 0 };
	uint64_t n = 0;
	const void *id;
	size_t len;
	bool row;
	enum rc rc;

	if ((rc = rows_secret_count(db, &n, e)) != OK)
		return rc;
	if ((out->p = calloc((size_t)n + 1, sizeof *out->p)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = sql_prepare(db, "SELECT rec_id, version FROM secret ORDER BY rec_id, version", &q, e)) != OK)
		return rc;
	while ((rc = sql_step(&q, &row, e)) == OK && row && out->n < n) {
		if ((id = sql_blob(&q, 0, &len)) == NULL || len != ID_LEN)
			return err_set(e, E_DAMAGED, N_("a row of a secret has the wrong size"));
		memcpy(out->p[out->n].rec, id, ID_LEN);
		out->p[out->n++].version = (uint64_t)sql_int(&q, 1);
	}
	return rc;
}

static enum rc
replace_row(struct db *db, const struct record *r, enum secret_use use, struct err *e)
{
	enum rc rc;

	if ((rc = rows_secret_delete(db, r->id.rec, r->id.version, e)) != OK)
		return rc;
	return rows_secret_put(db, r, use, e);
}

/* Old RK, old body; new RK, new body, new seal, new wrap. The plaintext exists only here, in locked memory. */
static enum rc
renew_record(const struct rewrite *rw, struct db *db, const struct record *old, enum secret_use use, struct err *e)
{
	const unsigned char *vault = keys_vault_id(&rw->f->keys), *r_pub = keys_r_pub(&rw->f->keys);
	unsigned char rk[KEY_LEN], wrap[RECORD_WRAP_LEN];
	RECORD r = { .body = NULL };
	SECRET plain = { 0 };
	enum rc rc;

	rc = rw->rk(rw->ctx, old, rk);
	if (rc == OK)
		rc = record_body(vault, rk, old, &plain, e);
	if (rc == E_NOMEM) {
		wipe(rk, sizeof rk);
		return rc;
	}
	if (rc != OK) {
		++*rw->quarantined;
		if ((rc = rows_quarantine_put(db, old, use, rw->now_ms, "did not authenticate", e)) != OK)
			return rc;
		return rows_secret_delete(db, old->id.rec, old->id.version, e);
	}
	random_bytes(rk, sizeof rk);
	rc = record_build(vault, r_pub, &rw->f->lk, rk, &old->id, &plain, old->created_ms, &r, e);
	if (rc == OK)
		record_wrap(wrap, vault, &rw->f->sk, rk, &old->id);
	wipe(rk, sizeof rk);
	if (rc == OK && (rw->only == NULL || uid_list_has(rw->only, old->id.acct)))
		rc = entries_add(rw->out, &old->id, wrap, e);
	wipe(wrap, sizeof wrap);
	if (rc != OK)
		return rc;
	return replace_row(db, &r, use, e);
}

static enum rc
renew_records(const struct rewrite *rw, struct db *db, struct err *e)
{
	AUTO(versions_free) struct versions all = { .n = 0 };
	enum rc rc;

	if (rw->rk == NULL)
		return OK;
	if ((rc = versions_read(db, &all, e)) != OK)
		return rc;
	for (size_t i = 0; i < all.n; i++) {
		RECORD old = { .body = NULL };
		enum secret_use use = SECRET_CURRENT;

		if ((rc = rows_secret_get(db, all.p[i].rec, all.p[i].version, &old, &use, e)) != OK ||
		    (rc = renew_record(rw, db, &old, use, e)) != OK)
			return rc;
		if (rw->progress != NULL)
			rw->progress(rw->arg, (unsigned)i + 1, (unsigned)all.n);
	}
	return OK;
}

/* ---- single values ---- */

static enum rc
put_commits(struct db *db, const struct rewrite *rw, struct err *e)
{
	unsigned char commits[KIT_SHARES_MAX][32];

	if (rw->kit == NULL)
		return OK;
	for (unsigned i = 0; i < rw->kit->n; i++)
		kit_share_commit(commits[i], keys_vault_id(&rw->f->keys), &rw->kit->share[i]);
	return rows_meta_put(db, "share-commits", commits, (size_t)rw->kit->n * 32, e);
}

static enum rc
put_exposed(struct db *db, const struct rewrite *rw, struct err *e)
{
	unsigned char le[8];
	enum rc rc;

	if (rw->exposed_before_ms == 0)
		return OK;
	rc = rows_meta_get(db, "exposed-before", le, sizeof le, e);
	if (rc != OK && rc != E_NOTFOUND)
		return rc;
	if (rc == OK && (int64_t)le64_get(le) >= rw->exposed_before_ms)
		return OK;
	le64_put(le, (uint64_t)rw->exposed_before_ms);
	return rows_meta_put(db, "exposed-before", le, sizeof le, e);
}

/* What the log will say of this comes with the store itself: it cannot be lost between commit point and log. */
static enum rc
put_events(struct db *db, const struct rewrite *rw, struct err *e)
{
	unsigned char id[ID_LEN];
	char hex[2 * ID_LEN + 1];
	struct db_info info;
	uint64_t changes = 0;
	enum rc rc;

	if ((rc = rows_changes_bump(db, e)) != OK || (rc = rows_changes(db, &changes, e)) != OK ||
	    (rc = db_info(db, &info, e)) != OK)
		return rc;
	for (size_t i = 0; i < rw->events; i++) {
		BUF text = { 0 };

		(void)snprintf(hex, sizeof hex, "%s", rw->event[i]);
		if (!hex_get(hex, id, sizeof id))
			return err_set(e, E_FAILED, N_("an event without an id"));
		buf_adds(&text, rw->event[i]);
		log_text_db(&text, changes, info.seq);
		if ((rc = buf_check(&text, e)) != OK ||
		    (rc = outbox_add(db, id, rw->next_seq, buf_str(&text), e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
fill(struct db *db, const struct rewrite *rw, struct err *e)
{
	SQL_TXN t = { 0 };
	enum rc rc;

	if ((rc = sql_begin(db, true, &t, e)) != OK || (rc = renew_records(rw, db, e)) != OK)
		return rc;
	if (rw->old_lk != NULL && rw->next_seq > 0 && (rc = rows_old_lk_put(db, rw->next_seq - 1, rw->old_lk, e)) != OK)
		return rc;
	if (rw->thaws && (rc = rows_accounts_thaw(db, rw->only, rw->exposed_before_ms, e)) != OK)
		return rc;
	if ((rc = put_commits(db, rw, e)) != OK || (rc = put_exposed(db, rw, e)) != OK ||
	    (rc = put_events(db, rw, e)) != OK || (rc = rows_manifest_update(db, e)) != OK)
		return rc;
	return sql_commit(&t, e);
}

/* Whole means: no WAL beside it, so that its hash speaks for all of it. */
static enum rc
closed_whole(const struct home *h, struct db **db, struct err *e)
{
	enum rc rc;

	if ((rc = db_checkpoint(*db, true, 0, e)) != OK)
		return rc;
	db_close(db);
	return file_there(h->vault, NEXT "-wal") ? err_set(e, E_FAILED, N_("the new store could not be closed")) : OK;
}

/* Nothing is synced here: the commit of the change does it for the whole file, before its name counts. */
enum rc
rewrite_store(const struct home *h, struct vault *v, const struct rewrite *rw, struct err *e)
{
	AUTO(db_close) struct db *db = NULL;
	uint64_t epoch = keys_epoch(&rw->f->keys);
	enum rc rc;

	if (v != NULL)
		rc = db_reencrypt(v->db, NEXT, rw->f->lk.bytes, epoch, DB_LOOSE, e);
	else
		rc = db_create(h->vault, NEXT, rw->f->lk.bytes, epoch, DB_LOOSE, e);
	if (rc != OK || (rc = db_open(h->vault, NEXT, rw->f->lk.bytes, DB_LOOSE, &db, e)) != OK ||
	    (v == NULL && (rc = schema_migrate(db, NULL, e)) != OK) || (rc = fill(db, rw, e)) != OK)
		return rc;
	return closed_whole(h, &db, e);
}
