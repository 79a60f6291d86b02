/* agent/secrets.c: see secrets.h. */
#include "agent/secrets.h"

#include "store/canary.h"
#include "store/db.h"
#include "store/log.h"

#include <stdlib.h>
#include <string.h>

void
secret_rows_free(struct secret_rows *all)
{
	free(all->r);
	*all = (struct secret_rows){ 0 };
}

/* en NULL: the fuse is not asked */
struct collect { struct secret_rows *out; const struct entry_set *en; size_t cap; };

static enum rc
collect_one(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct collect *c = ctx;
	struct secret_row *bigger;

	if (c->out->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 16;
		if ((bigger = realloc(c->out->r, c->cap * sizeof *bigger)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		c->out->r = bigger;
	}
	c->out->r[c->out->n++] = (struct secret_row){ r->id, use, r->created_ms,
		c->en != NULL && entry_set_has(c->en, r->id.rec, r->id.version) };
	return OK;
}

static enum rc
collect_all(struct access *a, const unsigned char *acct, bool look, struct secret_rows *out, struct err *e)
{
	AUTO(secret_rows_free) struct secret_rows all = { 0 };
	AUTO(entry_set_free) struct entry_set *en = NULL;
	struct collect c = { .out = &all };
	enum rc rc;

	if (look && (rc = vault_entries(access_vault(a), &en, e)) != OK)
		return rc;
	c.en = en;
	if ((rc = rows_secret_each(vault_db(access_vault(a)), acct, collect_one, &c, e)) != OK)
		return rc;
	*out = all;
	all = (struct secret_rows){ 0 };
	return OK;
}

enum rc
secrets_list(struct access *a, const unsigned char *acct, struct secret_rows *out, struct err *e)
{
	return collect_all(a, acct, true, out, e);
}

/* What one account has of one kind. */
struct state { struct secret_rows all; const struct secret_row *current, *pending; uint64_t newest; };

static void
state_free(struct state *st)
{
	secret_rows_free(&st->all);
}

static enum rc
state_get(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, struct state *st, struct err *e)
{
	enum rc rc;

	memset(st, 0, sizeof *st);
	if ((rc = collect_all(a, acct, false, &st->all, e)) != OK)
		return rc;
	for (size_t i = 0; i < st->all.n; i++) {
		const struct secret_row *r = &st->all.r[i];

		if (r->id.kind != kind)
			continue;
		if (r->id.version > st->newest)
			st->newest = r->id.version;
		if (r->use == SECRET_CURRENT)
			st->current = r;
		if (r->use == SECRET_PENDING)
			st->pending = r;
	}
	return OK;
}

static enum rc
fetch(struct access *a, const struct record_id *id, struct record *out, enum secret_use *use, struct err *e)
{
	enum secret_use ignored;

	return rows_secret_get(vault_db(access_vault(a)), id->rec, id->version, out, use ? use : &ignored, e);
}

enum rc
secrets_find(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, enum secret_use use, struct record *out,
    struct err *e)
{
	AUTO(state_free) struct state st;
	const struct secret_row *r;
	enum rc rc;

	if ((rc = state_get(a, acct, kind, &st, e)) != OK)
		return rc;
	r = use == SECRET_PENDING ? st.pending : st.current;
	return r == NULL ? E_NOTFOUND : fetch(a, &r->id, out, NULL, e);
}

enum rc
secrets_version(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, uint64_t version, struct record *out,
    enum secret_use *use, struct err *e)
{
	AUTO(state_free) struct state st;
	enum rc rc;

	if ((rc = state_get(a, acct, kind, &st, e)) != OK)
		return rc;
	for (size_t i = 0; i < st.all.n; i++)
		if (st.all.r[i].id.kind == kind && st.all.r[i].id.version == version)
			return fetch(a, &st.all.r[i].id, out, use, e);
	return E_NOTFOUND;
}

static enum rc
event(struct vault_txn *tx, const char *name, const struct record_id *id, const char *how, struct err *e)
{
	BUF text = { 0 };

	log_text_begin(&text, NULL, name);
	log_text_hex(&text, "record", id->rec, ID_LEN);
	log_text_u64(&text, "version", id->version);
	if (how != NULL)
		log_text_add(&text, "how", how);
	return vault_txn_event(tx, &text, e);
}

static enum rc
drop(struct vault_txn *tx, struct db *db, const struct record_id *id, struct err *e)
{
	enum rc rc;

	if ((rc = rows_secret_delete(db, id->rec, id->version, e)) != OK)
		return rc;
	return vault_txn_forget(tx, id->rec, id->version, e);
}

/* The rows of a new version, inside the transaction. */
static enum rc
put_rows(struct vault_txn *tx, struct db *db, const struct state *st, const struct record *rec, enum secret_use use,
    bool replace, struct err *e)
{
	enum rc rc = OK;

	if (use == SECRET_PENDING && st->pending != NULL)
		rc = drop(tx, db, &st->pending->id, e);
	if (replace && st->current != NULL)
		rc = drop(tx, db, &st->current->id, e);
	else if (rc == OK && use == SECRET_CURRENT && st->current != NULL)
		rc = rows_secret_set_use(db, st->current->id.rec, st->current->id.version, SECRET_OLD, e);
	if (rc == OK)
		rc = rows_secret_put(db, rec, use, e);
	return rc != OK ? rc : event(tx, "secret-set", &rec->id, use == SECRET_PENDING ? "pending" : NULL, e);
}

enum how { AS_VERSION, AS_REPLACEMENT, AS_BAIT };

static enum rc
put(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, const struct secret *plain, enum secret_use use,
    enum how how, int64_t now_ms, int64_t wait_ms, struct record_id *id, bool *sealed_only, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *tx = NULL;
	struct vault *v = access_vault(a);
	struct record_id new = { .kind = kind };
	AUTO(state_free) struct state st = { 0 };
	RECORD rec = { 0 };
	enum rc rc;

	if ((rc = vault_may_store(v, e)) != OK || (rc = vault_txn_begin(v, wait_ms, now_ms, &tx, e)) != OK ||
	    (rc = state_get(a, acct, kind, &st, e)) != OK)
		return rc;
	if (how == AS_BAIT && st.newest != 0)
		return err_set(e, E_EXISTS,
		    N_("there is a value already, which would be bait too: bait wants an account or a kind of its "
		       "own"));
	memcpy(new.acct, acct, ID_LEN);
	if (st.current != NULL || st.pending != NULL)
		memcpy(new.rec, st.current != NULL ? st.current->id.rec : st.pending->id.rec, ID_LEN);
	else
		random_bytes(new.rec, ID_LEN);
	new.version = st.newest + 1;
	if ((rc = access_seal(a, &new, plain, now_ms, &rec, e)) != OK ||
	    (rc = put_rows(tx, vault_db(v), &st, &rec, use, how == AS_REPLACEMENT, e)) != OK ||
	    (how == AS_BAIT && (rc = canary_mark(vault_db(v), new.rec, e)) != OK) ||
	    (rc = vault_txn_commit(&tx, e)) != OK)
		return rc;
	if (id != NULL)
		*id = new;
	if (sealed_only != NULL)
		*sealed_only = !record_has_entry(v, new.rec, new.version);
	return OK;
}

enum rc
secrets_put(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, const struct secret *plain,
    enum secret_use use, int64_t now_ms, int64_t wait_ms, struct record_id *id, bool *sealed_only, struct err *e)
{
	return put(a, acct, kind, plain, use, AS_VERSION, now_ms, wait_ms, id, sealed_only, e);
}

enum rc
secrets_put_canary(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, const struct secret *plain,
    int64_t now_ms, int64_t wait_ms, struct record_id *id, bool *sealed_only, struct err *e)
{
	return put(a, acct, kind, plain, SECRET_CURRENT, AS_BAIT, now_ms, wait_ms, id, sealed_only, e);
}

enum rc
secrets_replace(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, const struct secret *plain,
    int64_t now_ms, int64_t wait_ms, struct err *e)
{
	return put(a, acct, kind, plain, SECRET_CURRENT, AS_REPLACEMENT, now_ms, wait_ms, NULL, NULL, e);
}

enum rc
secrets_promote(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, int64_t now_ms, int64_t wait_ms,
    struct record_id *now_current, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *tx = NULL;
	struct vault *v = access_vault(a);
	AUTO(state_free) struct state st = { 0 };
	enum rc rc;

	if ((rc = vault_txn_begin(v, wait_ms, now_ms, &tx, e)) != OK || (rc = state_get(a, acct, kind, &st, e)) != OK)
		return rc;
	if (st.pending == NULL)
		return E_NOTFOUND;
	if (st.current != NULL &&
	    (rc = rows_secret_set_use(vault_db(v), st.current->id.rec, st.current->id.version, SECRET_OLD, e)) != OK)
		return rc;
	if ((rc = rows_secret_set_use(vault_db(v), st.pending->id.rec, st.pending->id.version, SECRET_CURRENT, e)) !=
		OK ||
	    (rc = event(tx, "secret-set", &st.pending->id, "promoted", e)) != OK)
		return rc;
	*now_current = st.pending->id;
	return vault_txn_commit(&tx, e);
}

enum rc
secrets_abort(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, int64_t now_ms, int64_t wait_ms,
    struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *tx = NULL;
	struct vault *v = access_vault(a);
	AUTO(state_free) struct state st = { 0 };
	enum rc rc;

	if ((rc = vault_txn_begin(v, wait_ms, now_ms, &tx, e)) != OK || (rc = state_get(a, acct, kind, &st, e)) != OK)
		return rc;
	if (st.pending == NULL)
		return E_NOTFOUND;
	if ((rc = drop(tx, vault_db(v), &st.pending->id, e)) != OK ||
	    (rc = event(tx, "secret-remove", &st.pending->id, "aborted", e)) != OK)
		return rc;
	return vault_txn_commit(&tx, e);
}

enum rc
secrets_restore(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, uint64_t version, int64_t now_ms,
    int64_t wait_ms, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *tx = NULL;
	struct vault *v = access_vault(a);
	AUTO(state_free) struct state st = { 0 };
	const struct secret_row *old = NULL;
	enum rc rc;

	if ((rc = vault_txn_begin(v, wait_ms, now_ms, &tx, e)) != OK || (rc = state_get(a, acct, kind, &st, e)) != OK)
		return rc;
	for (size_t i = 0; i < st.all.n; i++)
		if (st.all.r[i].id.kind == kind && st.all.r[i].id.version == version)
			old = &st.all.r[i];
	if (old == NULL)
		return E_NOTFOUND;
	if (old->use == SECRET_CURRENT)
		return OK;
	if (st.current != NULL &&
	    (rc = rows_secret_set_use(vault_db(v), st.current->id.rec, st.current->id.version, SECRET_OLD, e)) != OK)
		return rc;
	if ((rc = rows_secret_set_use(vault_db(v), old->id.rec, old->id.version, SECRET_CURRENT, e)) != OK ||
	    (rc = event(tx, "secret-set", &old->id, "restored", e)) != OK)
		return rc;
	return vault_txn_commit(&tx, e);
}

enum rc
secrets_remove(struct access *a, const unsigned char acct[ID_LEN], uint8_t kind, int64_t now_ms, int64_t wait_ms,
    struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *tx = NULL;
	AUTO(secret_rows_free) struct secret_rows all = { 0 };
	struct vault *v = access_vault(a);
	bool any = false;
	enum rc rc;

	if ((rc = vault_txn_begin(v, wait_ms, now_ms, &tx, e)) != OK ||
	    (rc = collect_all(a, acct, false, &all, e)) != OK)
		return rc;
	for (size_t i = 0; i < all.n; i++) {
		if (kind != 0 && all.r[i].id.kind != kind)
			continue;
		if ((rc = drop(tx, vault_db(v), &all.r[i].id, e)) != OK ||
		    (rc = event(tx, "secret-remove", &all.r[i].id, NULL, e)) != OK)
			return rc;
		any = true;
	}
	if (any && (rc = canary_sweep(vault_db(v), e)) != OK)
		return rc;
	return any ? vault_txn_commit(&tx, e) : E_NOTFOUND;
}
