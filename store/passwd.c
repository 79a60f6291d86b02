/* store/passwd.c: changes of keys in an open store: password, kit, and the check of a kit; see vault.h. */
#include "store/renew.h"

#include "base/io.h"
#include "store/fidofile.h"
#include "store/totp.h"
#include "store/unlock.h"

#include <string.h>

/* ---- what both need: an open vault, old wraps ---- */

struct old_wraps { struct vault *v; struct fuse *f; const struct secret *sk; struct entries *out; unsigned without; };

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
	record_wrap(wrap, vault_id(o->v), o->sk, rk, &r->id);
	wipe(rk, sizeof rk);
	return entries_add(o->out, &r->id, wrap, e);
}

enum rc
rewrap_all(struct vault *v, struct fuse *f, const struct secret *sk, struct entries *out, struct err *e)
{
	struct old_wraps o = { .v = v, .f = f, .sk = sk, .out = out };

	return rows_secret_each(v->db, NULL, rewrap_row, &o, e);
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

/* ---- factors ---- */

/* What the next key set takes besides the password. */
struct next {
	struct fresh_with with;
	struct totp_seed seed;                  /* of the TOTP there is, or of a new one */
	struct totp_tab *old, *tab;             /* the present table; the one for totp.tab.next, NULL: it stays */
};

static void
next_end(struct next *n)
{
	totp_seed_wipe(&n->seed);
	totp_tab_free(&n->old);
	totp_tab_free(&n->tab);
	wipe(n, sizeof *n);
}

static enum rc
present_totp(struct vault *v, struct next *n, struct err *e)
{
	bool whole;
	enum rc rc;

	if ((rc = totp_tab_read(v->h, vault_id(v), keys_flags(&v->keys) & KEYS_TOTP_MASK, &n->old, e)) != OK)
		return rc;
	return totp_tab_open(n->old, &v->lk, &n->seed, &whole, e);
}

static enum rc
copy_seed(struct next *n, const struct totp_seed *from, struct err *e)
{
	n->seed.n = from->n;
	memcpy(n->seed.target, from->target, sizeof n->seed.target);
	return secret_copy(&n->seed.key, from->key.bytes, from->key.len, e);
}

static enum rc
verified_kit(struct vault *v, struct err *e)
{
	enum kit_state kit = vault_kit_state(v);

	if (kit == KIT_VERIFIED)
		return OK;
	(void)err_set(e, E_FAILED,
	    N_("a second factor needs a recovery kit that was verified: a lost phone or stick must not be a lost"
	       " store. Nothing was changed"));
	err_next(e, kit == KIT_NONE ? "purser kit new" : "purser kit check");
	return E_FAILED;
}

/* The flags of the plan and what they ask for: as how says, or as it is now. given: what this unlock was given. */
static enum rc
next_factors(struct vault *v, const struct factors *given, const struct new_keys *how, struct keys_plan *plan,
    struct next *n, struct err *e)
{
	const struct new_factors *f = how->factors;
	uint32_t was = keys_flags(&v->keys), kinds = KEYS_TOTP_MASK | KEYS_KEYFILE | KEYS_FIDO2;
	enum rc rc = OK;

	if (f == NULL) {
		n->with.keyfile_digest = given != NULL && (was & KEYS_KEYFILE) ? given->keyfile_digest : NULL;
		n->with.fido2 = given != NULL && (was & KEYS_FIDO2) ? given->fido2.bytes : NULL;
	} else {
		plan->flags = (was & ~kinds) | f->codes | (f->keyfile_digest != NULL ? KEYS_KEYFILE : 0u) |
		    (f->fido2 != NULL ? KEYS_FIDO2 : 0u);
		n->with.keyfile_digest = f->keyfile_digest;
		n->with.fido2 = f->fido2 != NULL ? f->fido2->bytes : NULL;
		if ((plan->flags & kinds & ~was) != 0 && (rc = verified_kit(v, e)) != OK)
			return rc;
		if (f->codes != 0 && f->totp == NULL && f->codes != (was & KEYS_TOTP_MASK))
			return err_set(e, E_USAGE, N_("another number of codes takes a new seed"));
	}
	if (how->recovery != RECOVERY_SAME)
		plan->flags = (plan->flags & ~(uint32_t)KEYS_KIT_PASSWORD) |
		    (how->recovery == RECOVERY_KIT_PASSWORD ? KEYS_KIT_PASSWORD : 0u);
	if (plan->flags & KEYS_TOTP_MASK)
		rc = f != NULL && f->totp != NULL ? copy_seed(n, f->totp, e) : present_totp(v, n, e);
	memcpy(n->with.targets, n->seed.target, sizeof n->with.targets);
	return rc;
}

/* The table of the next key set, where it is another: a new seed, or the present one under a new LK. */
static enum rc
next_table(struct vault *v, const struct fresh *f, const struct new_keys *how, struct next *n, struct err *e)
{
	if (n->seed.n == 0)
		return OK;
	if (n->old == NULL)
		return totp_tab_make(&n->tab, &n->seed, vault_id(v), &f->lk,
		    totp_step(how->factors->code_ms) - TOTP_BACK, e);
	return secret_equal(&f->lk, &v->lk) ? OK : totp_tab_reseal(n->old, &v->lk, &f->lk, &n->tab, e);
}

/* The last of the .next before the commit; set gains it. */
static enum rc
write_table(const struct home *h, const struct next *n, unsigned *set, struct err *e)
{
	enum rc rc;

	if (n->tab == NULL)
		return OK;
	if ((rc = io_create(h->device, change_next(CF_TOTP), 0600, totp_tab_bytes(n->tab), TOTP_SIZE, e)) == OK)
		*set |= 1u << CF_TOTP;
	return rc;
}

/* The file of the security keys must lead to what the next keys take: the one thing beside them that nothing renews. */
static enum rc
look_at_fido(const struct home *h, const struct fresh *f, const struct next *n, struct err *e)
{
	SECRET F = { 0 };
	enum rc rc;

	if (n->with.fido2 == NULL)
		return OK;
	rc = secret_copy(&F, n->with.fido2, KEY_LEN, e);
	return rc != OK ? rc : fido_before(h, keys_epoch(&f->keys), &F, e);
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
change_password(
    struct vault *v, const struct fresh *f, const struct next *n, const struct new_keys *how, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *lock = NULL;
	AUTO(fuse_close) struct fuse *fuse = NULL;
	AUTO(entries_free) struct entries en = { .n = 0 };
	struct log_head head;
	unsigned set = 0;
	bool committed;
	enum rc rc;

	if ((rc = begin(v, how->wait_ms, &lock, e)) != OK ||
	    (rc = fuse_open(v->h, vault_id(v), false, &fuse, e)) != OK || (rc = log_head(v->log, &head, e)) != OK)
		return rc;
	if ((rc = rewrap_all(v, fuse, &f->sk, &en, e)) != OK || (rc = look_at_fido(v->h, f, n, e)) != OK ||
	    (rc = write_table(v->h, n, &set, e)) != OK ||
	    (rc = renew_commit(v->h, f, &en, head.next_seq, how->now_ms, set, &committed, e)) != OK)
		return rc;
	v->keys = f->keys;
	v->what = how->what != NULL ? how->what : "passwd";
	v->locked = true;
	if ((rc = vault_settle_change(v, how->now_ms, 0, e)) != OK)
		return rc;
	return freeze_marked(v->h) || !fuse_any(v->h) ? frozen_meanwhile(e) : OK;
}

enum rc
vault_passwd(const struct home *h, const struct unlock_how *old, const struct new_keys *how, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(next_end) struct next n = { .tab = NULL };
	FRESH f = { .d = { 0 } };
	struct keys_plan plan;
	enum rc rc;

	if (how->kit != NULL)
		return err_set(e, E_USAGE, N_("a new password does not take a new kit"));
	if ((rc = unlock_quiet(h, old, &v, NULL, NULL, e)) != OK || (rc = vault_secrets(v, e)) != OK)
		return rc;
	plan_next(&plan, &v->keys, how);
	if ((rc = next_factors(v, old->with, how, &plan, &n, e)) != OK ||
	    (rc = fresh_make(&f, &plan, &v->lk, how, &n.with, e)) != OK || (rc = next_table(v, &f, how, &n, e)) != OK)
		return rc;
	return change_password(v, &f, &n, how, e);
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
	    N_("%u versions of secrets open with the present kit only: recover with it instead, which makes a"
	       " new one too. Nothing was changed"),
	    old->without);
	err_next(e, N_("purser recover; where an account is frozen: purser thaw NAME"));
	return rc;
}

enum rc
vault_kit_new_ready(struct vault *v, struct err *e)
{
	AUTO(fuse_close) struct fuse *fuse = NULL;
	struct old_wraps old = { .v = v };
	enum rc rc;

	if ((rc = vault_secrets(v, e)) != OK || (rc = fuse_open(v->h, vault_id(v), false, &fuse, e)) != OK)
		return rc;
	old.f = fuse;
	return none_without_entry(v, &old, e);
}

static enum rc
change_kit(struct vault *v, const struct fresh *f, const struct next *n, const struct new_keys *how, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *lock = NULL;
	AUTO(vault_close) struct vault *now = NULL;
	AUTO(fuse_close) struct fuse *fuse = NULL;
	AUTO(entries_free) struct entries en = { .n = 0 };
	struct old_wraps old = { .v = v };
	struct log_head head;
	size_t quarantined = 0;
	unsigned set = 1u << CF_STORE;
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
	if ((rc = none_without_entry(v, &old, e)) != OK || (rc = look_at_fido(v->h, f, n, e)) != OK)
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
		    N_("a record of a secret is damaged: recover with the present kit instead. Nothing was changed"));
	if (rc == OK)
		rc = write_table(v->h, n, &set, e);
	if (rc != OK) {
		unsigned what = 0;

		if (change_recover(v->h, &what, NULL) != OK)
			err_next(e, "purser verify");
		return rc;
	}
	db_close(&v->db);                               /* SQLite would remove the WAL of the new store by its name */
	if ((rc = renew_commit(v->h, f, &en, head.next_seq, how->now_ms, set, &committed, e)) != OK ||
	    (rc = renew_open(v->h, f, "kit-new", how->now_ms, &now, e)) != OK)
		return rc;
	return vault_state(now) == VAULT_FROZEN ? frozen_meanwhile(e) : OK;
}

enum rc
vault_kit_new(const struct home *h, const struct unlock_how *old, const struct new_keys *how, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(next_end) struct next n = { .tab = NULL };
	FRESH f = { .d = { 0 } };
	struct keys_plan plan;
	enum rc rc;

	if (how->kit == NULL)
		return err_set(e, E_USAGE, N_("no new kit was given"));
	if ((rc = unlock_quiet(h, old, &v, NULL, NULL, e)) != OK || (rc = vault_secrets(v, e)) != OK)
		return rc;
	plan_next(&plan, &v->keys, how);
	/* A new LK as well: whoever holds the old paper and an old copy shall not read what comes after. */
	if ((rc = next_factors(v, old->with, how, &plan, &n, e)) != OK ||
	    (rc = fresh_make(&f, &plan, NULL, how, &n.with, e)) != OK || (rc = next_table(v, &f, how, &n, e)) != OK)
		return rc;
	return change_kit(v, &f, &n, how, e);
}
