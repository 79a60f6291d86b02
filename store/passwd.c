/* store/passwd.c: changes of keys in an open store: password, kit, and the check of a kit; see vault.h. */
#include "store/renew.h"

#include "base/io.h"
#include "store/unlock.h"

#include <string.h>

/* ---- what both need: an open vault, old wraps ---- */

struct old_wraps { struct vault *v; struct fuse *f; const struct fresh *fresh; struct entries *out; unsigned without; };

static enum rc
rk_by_fuse(void *ctx, const struct record *r, unsigned char rk[KEY_LEN])
{
	struct old_wraps *o = ctx;
	unsigned char wrap[RECORD_WRAP_LEN];

	if (fuse_find(o->f, r->id.rec, r->id.version, wrap) != OK)
		return E_NOTFOUND;
	return record_unwrap(rk, vault_id(o->v), &o->v->sk, wrap, &r->id);
}

static enum rc
rewrap_row(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct old_wraps *o = ctx;
	unsigned char rk[KEY_LEN], wrap[RECORD_WRAP_LEN];

	(void)use;
	/* A version stored while frozen, or whose entry is damaged, stays what it is: for the kit only. */
	if (rk_by_fuse(o, r, rk) != OK)
		return OK;
	record_wrap(wrap, vault_id(o->v), &o->fresh->sk, rk, &r->id);
	wipe(rk, sizeof rk);
	return entries_add(o->out, &r->id, wrap, e);
}

static enum rc
count_without(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct old_wraps *o = ctx;
	unsigned char rk[KEY_LEN];

	(void)use;
	(void)e;
	o->without += rk_by_fuse(o, r, rk) != OK;
	wipe(rk, sizeof rk);
	return OK;
}

/* Step 1: the lock, an empty outbox, an empty WAL, keys that are still those that were unlocked. */
static enum rc
begin(struct vault *v, int64_t wait_ms, struct store_lock **lock, struct err *e)
{
	uint64_t epoch = vault_epoch(v);
	enum rc rc;

	if ((rc = vault_write_begin(v, wait_ms, lock, e)) != OK)
		return rc;
	if (vault_epoch(v) != epoch)
		return err_set(
		    e, E_BUSY, N_("another purser has just changed the keys of the store. Nothing was changed"));
	if ((rc = vault_secrets(v, e)) != OK)
		return rc;
	return db_checkpoint(v->db, true, (int)wait_ms, e);
}

static void
plan_next(struct keys_plan *plan, const struct keys *k, const struct new_keys *how)
{
	*plan = (struct keys_plan){ .epoch = keys_epoch(k) + 1, .flags = keys_flags(k), .pk0 = keys_pk0(k) };
	memcpy(plan->vault_id, keys_vault_id(k), sizeof plan->vault_id);
	plan_kit(plan, k, how);
}

/* The factors that were given stay. */
static struct fresh_with
same_factors(const struct keys *k, const struct factors *with)
{
	struct fresh_with w = { .targets = { 0 } };

	if (with != NULL && keys_flags(k) & KEYS_KEYFILE)
		w.keyfile_digest = with->keyfile_digest;
	if (with != NULL && keys_flags(k) & KEYS_FIDO2)
		w.fido2 = with->fido2.bytes;
	return w;
}

static enum rc
frozen_meanwhile(struct err *e)
{
	enum rc rc = err_set(e, E_FROZEN, N_("a freeze came meanwhile: the new keys count, and the store is frozen"));

	err_next(e, "purser thaw");
	return rc;
}

/* ---- passwd ---- */

static enum rc
change_password(struct vault *v, const struct fresh *f, const struct new_keys *how, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *lock = NULL;
	AUTO(fuse_close) struct fuse *fuse = NULL;
	AUTO(entries_free) struct entries en = { .n = 0 };
	struct old_wraps old = { .v = v, .fresh = f, .out = &en };
	struct log_head head;
	bool committed;
	enum rc rc;

	if ((rc = begin(v, how->wait_ms, &lock, e)) != OK ||
	    (rc = fuse_open(v->h, vault_id(v), false, &fuse, e)) != OK || (rc = log_head(v->log, &head, e)) != OK)
		return rc;
	old.f = fuse;
	if ((rc = rows_secret_each(v->db, NULL, rewrap_row, &old, e)) != OK ||
	    (rc = renew_commit(v->h, f, &en, head.next_seq, how->now_ms, 0, &committed, e)) != OK)
		return rc;
	v->keys = f->keys;
	v->what = "passwd";
	v->locked = true;
	if ((rc = vault_settle_change(v, how->now_ms, 0, e)) != OK)
		return rc;
	return freeze_marked(v->h) || !fuse_any(v->h) ? frozen_meanwhile(e) : OK;
}

enum rc
vault_passwd(const struct home *h, const struct unlock_how *old, const struct new_keys *how, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	FRESH f = { .d = { 0 } };
	struct fresh_with with;
	struct keys_plan plan;
	enum rc rc;

	if (how->kit != NULL)
		return err_set(e, E_USAGE, N_("a new password does not take a new kit"));
	if ((rc = unlock_quiet(h, old, &v, NULL, NULL, e)) != OK || (rc = vault_secrets(v, e)) != OK)
		return rc;
	plan_next(&plan, &v->keys, how);
	with = same_factors(&v->keys, old->with);
	if ((rc = fresh_make(&f, &plan, &v->lk, how, &with, e)) != OK)
		return rc;
	return change_password(v, &f, how, e);
}

/* ---- kit new ---- */

static enum rc
none_without_entry(struct vault *v, struct old_wraps *old, struct err *e)
{
	enum rc rc;

	old->without = 0;
	if ((rc = rows_secret_each(v->db, NULL, count_without, old, e)) != OK)
		return rc;
	if (old->without == 0)
		return OK;
	rc = err_set(e, E_FROZEN,
	    N_("%u versions of secrets open with the present kit only: thaw with it instead, which makes a"
	       " new one too. Nothing was changed"),
	    old->without);
	err_next(e, "purser thaw");
	return rc;
}

static enum rc
change_kit(struct vault *v, const struct fresh *f, const struct new_keys *how, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *lock = NULL;
	AUTO(vault_close) struct vault *now = NULL;
	AUTO(fuse_close) struct fuse *fuse = NULL;
	AUTO(entries_free) struct entries en = { .n = 0 };
	struct old_wraps old = { .v = v };
	struct log_head head;
	size_t quarantined = 0;
	const char *event;
	bool committed;
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, "kit-new");
	log_text_add(&text, "kit", kit_state_name(how->kit_state));
	event = buf_str(&text);
	if ((rc = begin(v, how->wait_ms, &lock, e)) != OK ||
	    (rc = fuse_open(v->h, vault_id(v), false, &fuse, e)) != OK || (rc = log_head(v->log, &head, e)) != OK)
		return rc;
	old.f = fuse;
	if ((rc = none_without_entry(v, &old, e)) != OK)
		return rc;
	rc = rewrite_store(v->h, v,
	    &(struct rewrite){ .f = f,
		.kit = how->kit,
		.old_lk = &v->lk,
		.next_seq = head.next_seq,
		.now_ms = how->now_ms,
		.event = &event,
		.events = 1,
		.rk = rk_by_fuse,
		.ctx = &old,
		.progress = how->progress,
		.arg = how->arg,
		.out = &en,
		.quarantined = &quarantined },
	    e);
	if (rc == OK && quarantined > 0)
		rc = err_set(e, E_DAMAGED,
		    N_("a record of a secret is damaged: thaw with the present kit instead. Nothing was changed"));
	if (rc != OK) {
		unsigned what = 0;

		if (change_recover(v->h, &what, NULL) != OK)
			err_next(e, "purser verify");
		return rc;
	}
	db_close(&v->db);                               /* SQLite would remove the WAL of the new store by its name */
	if ((rc = renew_commit(v->h, f, &en, head.next_seq, how->now_ms, 1u << CF_STORE, &committed, e)) != OK ||
	    (rc = renew_open(v->h, f, "kit-new", how->now_ms, &now, e)) != OK)
		return rc;
	return vault_state(now) == VAULT_FROZEN ? frozen_meanwhile(e) : OK;
}

enum rc
vault_kit_new(const struct home *h, const struct unlock_how *old, const struct new_keys *how, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	FRESH f = { .d = { 0 } };
	struct fresh_with with;
	struct keys_plan plan;
	enum rc rc;

	if (how->kit == NULL)
		return err_set(e, E_USAGE, N_("no new kit was given"));
	if ((rc = unlock_quiet(h, old, &v, NULL, NULL, e)) != OK || (rc = vault_secrets(v, e)) != OK)
		return rc;
	plan_next(&plan, &v->keys, how);
	/* A new LK as well: whoever holds the old paper and an old copy shall not read what comes after. */
	with = same_factors(&v->keys, old->with);
	if ((rc = fresh_make(&f, &plan, NULL, how, &with, e)) != OK)
		return rc;
	return change_kit(v, &f, how, e);
}
