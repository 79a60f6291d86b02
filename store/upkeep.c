/* store/upkeep.c: what an unlock does besides, and what grows old: the fuse's SK, the table of the second factor. */
#include "store/renew.h"

#include "base/io.h"
#include "store/files.h"
#include "store/totp.h"
#include "store/unlock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WEEK_MS ((int64_t)7 * 86400 * 1000)
#define DAY_MS ((int64_t)86400 * 1000)

/* ---- the table of the second factor ---- */

/* totp.tab.next is nobody's until it is renamed: what a killed run leaves of it is erased by the next one. */
static enum rc
replace_table(struct vault *v, const struct totp_tab *t, int64_t wait_ms, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	int dir = v->h->device;
	enum rc rc;

	if ((rc = vault_write_begin(v, wait_ms, &l, e)) != OK)
		return rc;
	if ((rc = io_create(dir, "totp.tab.next", 0600, totp_tab_bytes(t), TOTP_SIZE, e)) != OK)
		return rc;
	if (renameat(dir, "totp.tab.next", dir, "totp.tab") < 0) {
		rc = err_sys(e, E_SYS, N_("cannot replace %s"), "totp.tab");
		(void)unlinkat(dir, "totp.tab.next", 0);
		return rc;
	}
	return io_fsync_dir(dir, e);
}

/* The same K and T: another T under the same K would publish the difference of the two. */
static enum rc
renew_table(struct vault *v, const struct totp_seed *seed, int64_t step, int64_t wait_ms, struct err *e)
{
	AUTO(totp_tab_free) struct totp_tab *t = NULL;
	enum rc rc;

	if ((rc = totp_tab_make(&t, seed, vault_id(v), &v->lk, step - TOTP_BACK, e)) != OK ||
	    (rc = replace_table(v, t, wait_ms, e)) != OK)
		return rc;
	v->notices.totp_renewed = true;
	v->notices.totp_until_ms = totp_tab_until_ms(t);
	return OK;
}

static enum rc
keep_table(struct vault *v, const struct unlock_how *how, struct err *e)
{
	AUTO(totp_tab_free) struct totp_tab *t = NULL;
	unsigned n = keys_flags(&v->keys) & KEYS_TOTP_MASK;
	TOTP_SEED seed = { .n = 0 };
	bool whole = false;
	int64_t step, left;
	enum rc rc;

	if (n == 0)
		return OK;
	if ((rc = totp_tab_read(v->h, vault_id(v), n, &t, e)) != OK ||
	    (rc = totp_tab_open(t, &v->lk, &seed, &whole, e)) != OK)
		return rc;
	v->notices.totp_until_ms = totp_tab_until_ms(t);
	/* Only a code that was right says what time it is. */
	if (how->with == NULL || totp_seed_step(&seed, how->with, &step, NULL) != OK)
		return whole ? OK : err_set(e, E_DAMAGED, N_("totp.tab, the table of the second factor, is damaged"));
	left = (totp_tab_until_ms(t) - how->with->code_ms) / DAY_MS;
	v->notices.totp_days = left < 0 ? 0 : (int32_t)left;
	if ((whole && how->with->code_ms - totp_tab_from_ms(t) <= WEEK_MS) || v->read_only)
		return OK;
	return renew_table(v, &seed, step, how->wait_ms, e);
}

/* ---- the fuse ---- */

static enum rc
entries_useless(size_t n, struct err *e)
{
	enum rc rc = err_set(e, E_DAMAGED, N_("%zu entries of the fuse open nothing: the fuse was not renewed"), n);

	err_next(e, "purser recover");
	return rc;
}

static enum rc
rekey(struct vault *v, const struct secret *a, unsigned slot, int64_t now_ms, int64_t wait_ms, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	AUTO(fuse_close) struct fuse *f = NULL, *made = NULL;
	AUTO(entries_free) struct entries en = { .n = 0 };
	unsigned char wraps[KEYS_SLOTS][WRAPS_LEN];
	uint64_t epoch = vault_epoch(v);
	struct log_head head;
	SECRET sk = { 0 };
	bool committed;
	enum rc rc;

	if ((rc = vault_write_begin(v, wait_ms, &l, e)) != OK)
		return rc;
	if (vault_epoch(v) != epoch)
		return err_set(
		    e, E_BUSY, N_("another purser has just changed the keys of the store. Nothing was changed"));
	if ((rc = vault_secrets(v, e)) != OK || (rc = secret_random(&sk, KEY_LEN, e)) != OK ||
	    (rc = fuse_open(v->h, vault_id(v), false, &f, e)) != OK || (rc = log_head(v->log, &head, e)) != OK ||
	    (rc = rewrap_all(v, f, &sk, &en, e)) != OK)
		return rc;
	/* Whatever opens nothing now is not thrown away without being asked: a damaged name may hide a secret. */
	if (en.n != fuse_used(f))
		return entries_useless(fuse_used(f) > en.n ? fuse_used(f) - en.n : 0, e);
	keys_wrap_sk(&v->keys, a, slot, &sk, wraps);
	rc = renew_fuse(v->h, &v->keys, wraps, &en, head.next_seq, now_ms, &v->lk, &committed, e);
	wipe(wraps, sizeof wraps);
	if (rc != OK)
		return rc;
	if ((rc = fuse_open(v->h, vault_id(v), false, &made, e)) != OK) {
		vault_drop_sk(v);
		return rc;
	}
	secret_move(&v->sk, &sk);
	memcpy(v->head, fuse_head(made)->raw, FUSE_SECTOR);
	v->locked = true;
	rc = vault_settle_change(v, now_ms, 0, e);
	v->locked = false;
	return rc;
}

enum rc
vault_rekey(const struct home *h, const struct unlock_how *how, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	SECRET a = { 0 };
	unsigned slot = 0;
	enum rc rc;

	if ((rc = unlock_quiet(h, how, &v, &a, &slot, e)) != OK || (rc = vault_secrets(v, e)) != OK)
		return rc;
	return rekey(v, &a, slot, how->now_ms, how->wait_ms, e);
}

/* ---- at every unlock ---- */

static bool
fuse_is_old(struct vault *v, int64_t now_ms)
{
	AUTO(fuse_close) struct fuse *f = NULL;

	return v->sk.bytes != NULL && !v->records_bad && !freeze_marked(v->h) &&
	    fuse_open(v->h, vault_id(v), false, &f, NULL) == OK && now_ms - fuse_head(f)->made_ms > WEEK_MS;
}

void
upkeep(struct vault *v, const struct unlock_how *how, const struct secret *a, unsigned slot)
{
	v->notices.totp_days = -1;
	v->notices.totp_failed = keep_table(v, how, NULL) != OK;
	if (v->read_only || v->log == NULL || v->notices.log_broken || !fuse_is_old(v, how->now_ms))
		return;
	v->notices.rekeyed = rekey(v, a, slot, how->now_ms, how->wait_ms, NULL) == OK;
	v->notices.rekey_failed = !v->notices.rekeyed;
}
