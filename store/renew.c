/* store/renew.c: see renew.h. */
#include "store/renew.h"

#include "base/io.h"
#include "store/device.h"
#include "store/files.h"

#include <string.h>

/* ---- keys ---- */

void
fresh_wipe(struct fresh *f)
{
	secret_wipe(&f->d);
	secret_wipe(&f->lk);
	secret_wipe(&f->sk);
	wipe(f->wraps, sizeof f->wraps);
}

void
plan_kit(struct keys_plan *plan, const struct keys *old, const struct new_keys *how)
{
	if (how->kit != NULL) {
		plan->r_pub = how->kit->r_pub;
		plan->kit = how->kit_state;
		plan->kit_needed = how->kit->k;
		plan->kit_sheets = how->kit->n;
		plan->kit_made_ms = how->now_ms;
	} else if (old != NULL && keys_kit(old) != KIT_NONE) {
		plan->r_pub = keys_r_pub(old);
		plan->kit = keys_kit(old);
		plan->kit_needed = keys_kit_needed(old);
		plan->kit_sheets = keys_kit_sheets(old);
		plan->kit_made_ms = keys_kit_made(old);
	}
}

/* The same factors, another password, another slot. */
static enum rc
add_duress(struct fresh *f, const struct new_keys *how, const uint32_t *targets, unsigned n, const unsigned char h[32],
    const struct secret *full, struct err *e)
{
	SECRET a = { 0 };
	enum rc rc;

	rc = how->duress_a != NULL ? secret_copy(&a, how->duress_a->bytes, how->duress_a->len, e) :
	    keys_stretch(&a, &f->keys, how->duress, targets, n, h, e);
	if (rc == OK && secret_equal(&a, full))
		return err_set(
		    e, E_USAGE, N_("the duress password must be another one than the password. Nothing was changed"));
	if (rc == OK)
		keys_add_duress(&f->keys, &a, &f->lk);
	return rc;
}

enum rc
fresh_make(struct fresh *f, struct keys_plan *plan, const struct secret *lk, const struct new_keys *how,
    const struct fresh_with *with, struct err *e)
{
	static const struct fresh_with nothing;
	unsigned char h[32];
	SECRET a = { 0 };
	enum rc rc;

	if (how->params != NULL)
		plan->params = *how->params;
	else if ((rc = pwparams_calibrate(&plan->params, e)) != OK)
		return rc;
	if (!pwparams_ok(&plan->params))
		return err_set(e, E_USAGE, N_("unusual parameters of the password hash"));
	if ((rc = secret_random(&f->d, KEY_LEN, e)) != OK || (rc = secret_random(&f->sk, KEY_LEN, e)) != OK)
		return rc;
	rc = lk != NULL ? secret_copy(&f->lk, lk->bytes, lk->len, e) : secret_random(&f->lk, KEY_LEN, e);
	if (rc != OK)
		return rc;
	keys_begin(&f->keys, plan);
	with = with != NULL ? with : &nothing;
	keys_possession(h, f->d.bytes, with->keyfile_digest, with->fido2);
	rc = how->a != NULL ? secret_copy(&a, how->a->bytes, how->a->len, e) :
	    keys_stretch(&a, &f->keys, how->password, with->targets, plan->flags & KEYS_TOTP_MASK, h, e);
	if (rc == OK)
		rc = keys_finish(&f->keys, &a, &f->lk, &f->sk, f->d.bytes, h, with->targets, f->wraps, e);
	if (rc == OK && (how->duress != NULL || how->duress_a != NULL))
		rc = add_duress(f, how, with->targets, plan->flags & KEYS_TOTP_MASK, h, &a, e);
	wipe(h, sizeof h);
	return rc;
}

/* ---- entries ---- */

void
entries_free(struct entries *en)
{
	if (en->p != NULL)
		wipe(en->p, en->cap * sizeof *en->p);
	free(en->p);
	*en = (struct entries){ .n = 0 };
}

enum rc
entries_add(struct entries *en, const struct record_id *id, const unsigned char wrap[RECORD_WRAP_LEN], struct err *e)
{
	struct fuse_entry *more;

	if (en->n == en->cap) {
		if ((more = realloc(en->p, (en->cap * 2 + 64) * sizeof *more)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		en->p = more;
		en->cap = en->cap * 2 + 64;
	}
	memcpy(en->p[en->n].rec, id->rec, ID_LEN);
	en->p[en->n].version = id->version;
	memcpy(en->p[en->n++].wrap, wrap, RECORD_WRAP_LEN);
	return OK;
}

/* ---- files and commit ---- */

static enum rc
write_device(const struct home *h, const struct fresh *f, struct err *e)
{
	unsigned char p[DEVICE_KEY_SIZE];
	enum rc rc;

	device_key_make(p, &f->d);
	rc = io_create(h->device, "device.key.next", 0600, p, sizeof p, e);
	wipe(p, sizeof p);
	return rc;
}

static enum rc
write_fuse(const struct home *h, const struct keys *k, const unsigned char (*w)[WRAPS_LEN], const struct entries *en,
    uint64_t log_seq, int64_t now_ms, struct err *e)
{
	unsigned char head[FUSE_SECTOR], wraps[KEYS_SLOTS][WRAPS_LEN];
	enum rc rc;

	memcpy(wraps, w, sizeof wraps);
	fuse_head_make(head, keys_vault_id(k), keys_epoch(k), wraps, now_ms, log_seq);
	rc = fuse_write_new(h, "fuse.next", head, en->p, en->n, e);
	wipe(head, sizeof head);
	wipe(wraps, sizeof wraps);
	return rc;
}

static enum rc
write_all(const struct home *h, const struct fresh *f, const struct entries *en, uint64_t log_seq, int64_t now_ms,
    struct err *e)
{
	enum rc rc;

	if ((rc = write_device(h, f, e)) != OK ||
	    (rc = write_fuse(h, &f->keys, f->wraps, en, log_seq, now_ms, e)) != OK)
		return rc;
	return io_create(h->vault, "keys.next", 0600, f->keys.raw, KEYS_SIZE, e);
}

/* rc: whether every .next is there. */
static enum rc
commit_next(const struct home *h, enum rc rc, const struct keys *k, unsigned set, const struct secret *lk,
    bool *committed, struct err *e)
{
	unsigned what = 0;
	struct change c;
	enum rc rc2;

	*committed = false;
	if (rc == OK)
		rc = change_commit(h, keys_vault_id(k), keys_epoch(k), set, lk, e);
	if (rc != OK) {
		/* If the rename had happened and only its fsync failed, this goes forward instead of back. */
		*committed = file_there(h->device, "change");
		rc2 = change_recover(h, &what, NULL);
		(void)rc2;                              /* the next holder of the lock tries again */
		return rc;
	}
	*committed = true;
	if ((rc = change_read(h, &c, e)) != OK)
		return rc;
	return change_apply(h, &c, e);
}

enum rc
renew_commit(const struct home *h, const struct fresh *f, const struct entries *en, uint64_t log_seq, int64_t now_ms,
    unsigned set, bool *committed, struct err *e)
{
	enum rc rc = write_all(h, f, en, log_seq, now_ms, e);

	set |= 1u << CF_KEYS | 1u << CF_DEVICE | 1u << CF_FUSE;
	return commit_next(h, rc, &f->keys, set, &f->lk, committed, e);
}

enum rc
renew_fuse(const struct home *h, const struct keys *k, const unsigned char (*wraps)[WRAPS_LEN],
    const struct entries *en, uint64_t log_seq, int64_t now_ms, const struct secret *lk, bool *committed, struct err *e)
{
	enum rc rc = write_fuse(h, k, wraps, en, log_seq, now_ms, e);

	return commit_next(h, rc, k, 1u << CF_FUSE, lk, committed, e);
}

enum rc
renew_open(
    const struct home *h, const struct fresh *f, const char *what, int64_t now_ms, struct vault **out, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(fuse_close) struct fuse *fuse = NULL;
	SECRET lk = { 0 };
	enum rc rc;

	if ((rc = secret_copy(&lk, f->lk.bytes, f->lk.len, e)) != OK || (rc = vault_new(h, &f->keys, &lk, &v, e)) != OK)
		return rc;
	v->what = what;
	v->locked = true;                               /* the caller holds the store lock */
	if ((rc = vault_open_files(v, true, now_ms, 0, e)) != OK)
		return rc;
	v->locked = false;
	rc = fuse_open(h, vault_id(v), false, &fuse, e);
	if (rc == OK) {
		memcpy(v->head, fuse_head(fuse)->raw, FUSE_SECTOR);
		v->has_head = true;
		v->state = VAULT_OPEN;
		rc = secret_copy(&v->sk, f->sk.bytes, f->sk.len, e);
	}
	if (rc != OK && rc != E_FROZEN)
		return rc;
	*out = v;
	v = NULL;
	return OK;
}
