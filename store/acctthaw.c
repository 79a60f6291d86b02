/* store/acctthaw.c: thaw of frozen accounts in an open vault: the kit reads what is theirs, and it is made anew; see
 * vault.h. */
#include "store/acctfreeze.h"

#include "base/le.h"
#include "base/num.h"
#include "store/vault_int.h"

#include <stdio.h>
#include <string.h>

struct work {
	struct vault *v;
	struct acct_thaw *t;
	struct uid_list l;
	struct secret r_priv;
	struct record_id *id;                   /* versions of these accounts */
	size_t n, cap;
	bool entries;                           /* one may have been written */
};

static void
work_end(struct work *w)
{
	secret_wipe(&w->r_priv);
	free(w->id);
}

static enum rc
take_id(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct work *w = ctx;
	struct record_id *more;

	(void)use;
	if (!uid_list_has(&w->l, r->id.acct))
		return OK;
	if (w->n == w->cap) {
		if ((more = realloc(w->id, (w->cap * 2 + 16) * sizeof *more)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		w->id = more;
		w->cap = w->cap * 2 + 16;
	}
	w->id[w->n++] = r->id;
	return OK;
}

/* ---- checks, before anything is changed ---- */

static enum rc
kit_fits(struct work *w, struct err *e)
{
	char fp[20];
	SECRET y = { 0 };
	enum rc rc;

	if (w->t->kit == NULL)                  /* no secret was ever stored here */
		return vault_kit_state(w->v) == KIT_NONE
			   ? OK
			   : err_set(e, E_USAGE, N_("the recovery kit of this store is needed"));
	if ((rc = keys_open_kit(&w->v->keys, w->t->kit, &y, &w->r_priv, e)) != OK)
		return rc;
	vault_fingerprint(w->v, fp);
	if (w->t->fingerprint != NULL && !kit_fingerprint_matches(w->t->fingerprint, fp))
		return err_set(e, E_AUTH,
		    N_("the fingerprint on paper is not that of this store: %s. Nothing was changed"), fp);
	return OK;
}

static enum rc
log_whole(struct vault *v, struct err *e)
{
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	AUTO(log_report_free) struct log_report report = { .n = 0 };
	bool good = false;
	enum rc rc;

	if ((rc = vault_log_keys(v, &k, e)) != OK ||
	    (rc = log_verify(v->log, k.lk, k.n, NULL, NULL, &report, e)) != OK ||
	    (rc = vault_records_ok(v, &good, e)) != OK)
		return rc;
	if (report.bad == 0 && good)
		return OK;
	rc = err_set(e, E_DAMAGED,
	    N_("the log or the list of secrets was altered: no account is thawed alone. Nothing was changed"));
	err_next(e, "purser log verify");
	return rc;
}

static enum rc
some_frozen(const struct work *w, struct err *e)
{
	int64_t since = 0;
	enum rc rc = OK;

	for (size_t i = 0; rc == OK && since == 0 && i < w->l.n; i++)
		rc = rows_account_frozen(w->v->db, w->l.uid[i], &since, e);
	if (rc != OK || since != 0)
		return rc;
	rc = err_set(e, E_FAILED, N_("no account of these is frozen. Nothing was changed."));
	err_next(e, "purser account list");
	return rc;
}

/* ---- one version ---- */

static enum rc
read_by_kit(const struct work *w, const struct record *r, struct secret *plain, struct err *e)
{
	unsigned char rk[KEY_LEN];
	enum rc rc = E_KEY;

	if (w->r_priv.bytes != NULL && record_mtag_ok(vault_id(w->v), &w->v->lk, r))
		rc = record_unseal(rk, vault_id(w->v), keys_r_pub(&w->v->keys), &w->r_priv, &w->v->lk, r);
	if (rc == OK)
		rc = record_body(vault_id(w->v), rk, r, plain, e);
	wipe(rk, sizeof rk);
	return rc;
}

static enum rc
put_aside(struct work *w, const struct record *r, enum secret_use use, struct err *e)
{
	enum rc rc;

	w->t->quarantined++;
	if ((rc = rows_quarantine_put(w->v->db, r, use, w->t->now_ms, "did not authenticate", e)) != OK)
		return rc;
	return rows_secret_delete(w->v->db, r->id.rec, r->id.version, e);
}

static enum rc
renew_one(struct work *w, const struct record_id *id, struct err *e)
{
	enum secret_use use = SECRET_CURRENT;
	RECORD old = { .body = NULL }, new = { .body = NULL };
	SECRET plain = { 0 };
	enum rc rc;

	if ((rc = rows_secret_get(w->v->db, id->rec, id->version, &old, &use, e)) != OK)
		return rc;
	if ((rc = read_by_kit(w, &old, &plain, e)) != OK)
		return rc == E_NOMEM ? rc : put_aside(w, &old, use, e);
	w->entries = true;
	if ((rc = w->t->seal_it(w->t->ctx, id, &plain, old.created_ms, &new, e)) != OK)
		return rc;
	if (!record_has_entry(w->v, id->rec, id->version))
		return err_set(e, E_FROZEN, N_("a freeze came meanwhile. Nothing was changed"));
	w->t->records++;
	if ((rc = rows_secret_delete(w->v->db, id->rec, id->version, e)) != OK)
		return rc;
	return rows_secret_put(w->v->db, &new, use, e);
}

/* ---- the ledger's part ---- */

void
exposed_name(char out[64], const unsigned char uid[ID_LEN])
{
	char hex[2 * ID_LEN + 1];

	hex_put(hex, uid, ID_LEN);
	(void)snprintf(out, 64, "exposed-before/%s", hex);
}

/* What existed when the account was frozen is to be changed at its provider. */
static enum rc
put_exposed(struct vault *v, const unsigned char uid[ID_LEN], int64_t since, struct err *e)
{
	unsigned char le[8];
	char name[64];

	le64_put(le, (uint64_t)since);
	exposed_name(name, uid);
	return rows_meta_put(v->db, name, le, sizeof le, e);
}

static enum rc
unflag(struct work *w, struct err *e)
{
	int64_t since = 0;
	enum rc rc;

	for (size_t i = 0; i < w->l.n; i++) {
		if ((rc = rows_account_frozen(w->v->db, w->l.uid[i], &since, e)) != OK)
			return rc;
		if (since != 0 && ((rc = put_exposed(w->v, w->l.uid[i], since, e)) != OK ||
		    (rc = rows_account_set_frozen(w->v->db, w->l.uid[i], 0, e)) != OK))
			return rc;
	}
	return OK;
}

static enum rc
all_of_it(struct work *w, struct vault_txn **tx, struct err *e)
{
	BUF text = { 0 };
	enum rc rc;

	if ((rc = some_frozen(w, e)) != OK || (rc = log_whole(w->v, e)) != OK ||
	    (rc = rows_secret_each(w->v->db, NULL, take_id, w, e)) != OK)
		return rc;
	for (size_t i = 0; i < w->n; i++)
		if ((rc = renew_one(w, &w->id[i], e)) != OK)
			return rc;
	log_text_begin(&text, NULL, "thaw-account");
	log_text_u64(&text, "accounts", w->l.n);
	log_text_u64(&text, "records", w->t->records);
	log_text_u64(&text, "quarantined", w->t->quarantined);
	if ((rc = unflag(w, e)) != OK || (rc = vault_txn_event(*tx, &text, e)) != OK)
		return rc;
	return vault_txn_commit(tx, e);
}

/* Entries without their rows: the account is frozen still, and so they go (the next unlock would do it too). */
static void
take_back(const struct work *w)
{
	enum rc rc;

	for (size_t i = 0; w->entries && i < w->n; i++) {
		rc = record_forget(w->v, w->id[i].rec, w->id[i].version, NULL);
		(void)rc;
	}
}

enum rc
vault_thaw_accounts(struct vault *v, struct acct_thaw *t, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *tx = NULL;
	AUTO(work_end) struct work w = { .v = v, .t = t, .l = { (unsigned char (*)[ID_LEN])(uintptr_t)t->uid, t->n } };
	enum rc rc;

	t->records = t->quarantined = 0;
	if ((rc = kit_fits(&w, e)) != OK || (rc = vault_txn_begin(v, t->wait_ms, t->now_ms, &tx, e)) != OK)
		return rc;
	if ((rc = all_of_it(&w, &tx, e)) != OK && tx != NULL)
		take_back(&w);
	return rc;
}
