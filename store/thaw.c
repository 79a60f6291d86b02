/* store/thaw.c: thaw and recover (keys.md 7.3): first everything is checked, then everything is made new; see
 * vault.h. */
#include "store/renew.h"

#include "base/io.h"
#include "store/account.h"
#include "store/backup.h"
#include "base/le.h"
#include "store/device.h"
#include "store/files.h"
#include "store/freeze.h"
#include "store/unlock.h"

#include <string.h>

struct thaw {
	struct home *h;                         /* own; the directories are made at commit when they are missing */
	struct thaw_facts facts;
	struct vault *v;                        /* open under the old LK */
	struct secret r_priv;                   /* empty: without a kit */
	struct secret log_seed;                 /* with facts.new_chain */
	uint64_t next_seq;                      /* of the log */
	unsigned char head_hash[32];            /* of its last record */
	bool recover;
	struct uid_list only;                   /* accounts that come back; none: all */
};

const struct thaw_facts *
thaw_facts(const struct thaw *t)
{
	return &t->facts;
}

void
thaw_free(struct thaw **tp)
{
	struct thaw *t = *tp;

	if (t == NULL)
		return;
	vault_close(&t->v);
	secret_wipe(&t->r_priv);
	secret_wipe(&t->log_seed);
	home_close(&t->h);
	free(t->facts.quarantine);
	free(t->only.uid);
	free(t);
	*tp = NULL;
}

/* ---- who asks ---- */

/* Policy `kit`: the password is asked for, not needed; one that is given must be right. y: what the kit opened, where
 * it holds the other factors (kit+password). */
static enum rc
password_opens(const struct home *h, const struct keys *k, const struct thaw_how *how, const struct secret *y,
    struct secret *lk, struct err *e)
{
	struct unlock_how u = { .password = how->password, .a = how->a, .with = how->with, .now_ms = how->now_ms };
	uint32_t targets[2];
	SECRET a = { 0 };
	unsigned slot = 0;
	enum rc rc;

	if (y == NULL && how->a == NULL)
		rc = vault_try(h, &u, &a, e);
	else if (how->a != NULL)
		rc = secret_copy(&a, how->a->bytes, how->a->len, e);
	else {
		targets[0] = le32_get(y->bytes + KEY_LEN);
		targets[1] = le32_get(y->bytes + KEY_LEN + 4);
		rc = keys_stretch(&a, k, how->password, targets, keys_flags(k) & KEYS_TOTP_MASK, y->bytes, e);
		wipe(targets, sizeof targets);
	}
	if (rc == OK)
		rc = keys_open_slot(k, &a, lk, &slot, e);
	return rc == E_KEY || rc == E_TAMPER ? unlock_wrong(h, k, how->now_ms, e) : rc;
}

/* LK from the kit: Y is LK itself, or (kit+password) the possession factor that the password needs. */
static enum rc
lk_by_kit(struct thaw *t, const struct keys *k, const struct thaw_how *how, struct secret *lk, struct err *e)
{
	SECRET y = { 0 }, by_password = { 0 };
	bool both = keys_flags(k) & KEYS_KIT_PASSWORD;
	enum rc rc;

	if ((rc = keys_open_kit(k, how->kit, &y, &t->r_priv, e)) != OK)
		return rc;
	if (!both)
		secret_cut(&y, KEY_LEN);
	if (how->fingerprint != NULL && !kit_fingerprint_matches(how->fingerprint, t->facts.fingerprint))
		return err_set(e, E_AUTH,
		    N_("the fingerprint on paper is not that of this store: %s. Nothing was changed"),
		    t->facts.fingerprint);
	if (both && how->password == NULL && how->a == NULL)
		return err_set(e, E_AUTH, N_("this store needs the kit and the password: a forgotten one is final"));
	if (how->password != NULL || how->a != NULL) {
		if ((rc = password_opens(t->h, k, how, both ? &y : NULL, &by_password, e)) != OK)
			return rc;
		if (!both && !secret_equal(&y, &by_password))
			return err_set(
			    e, E_DAMAGED, N_("the keys file was altered: kit and password open different keys"));
	}
	secret_move(lk, both ? &by_password : &y);
	return OK;
}

/* ---- what is there ---- */

struct walk { struct thaw *t; uint64_t since, total; };

static enum rc
note_entry(void *ctx, const struct log_entry *en, struct err *e)
{
	struct walk *w = ctx;

	(void)e;
	w->total++;
	w->since++;
	/* A damaged log may claim any number. */
	if (en->seq >= w->t->next_seq && en->seq - w->t->next_seq < UINT32_MAX) {
		w->t->next_seq = en->seq + 1;
		hash256(w->t->head_hash, en->fixed, LOG_FIXED);
	}
	if (en->freeze) {
		w->since = 0;
		w->t->facts.frozen_since = en->time_ms;
	}
	return OK;
}

static enum rc
check_log(struct thaw *t, struct err *e)
{
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	AUTO(log_report_free) struct log_report report = { .n = 0 };
	struct walk w = { .t = t };
	enum rc rc;

	t->facts.new_chain = t->v->notices.log_broken || t->v->log == NULL;
	if (t->v->log == NULL)
		return OK;
	if ((rc = vault_log_keys(t->v, &k, e)) != OK ||
	    (rc = log_verify(t->v->log, k.lk, k.n, note_entry, &w, &report, e)) != OK)
		return rc;
	t->facts.log_entries = w.total;
	t->facts.log_since = w.since;
	t->facts.log_bad = report.bad;
	t->facts.new_chain = t->facts.new_chain || report.bad > 0;
	return OK;
}

static enum rc
rk_by_kit(void *ctx, const struct record *r, unsigned char rk[KEY_LEN])
{
	struct thaw *t = ctx;

	if (t->r_priv.bytes == NULL || !record_mtag_ok(vault_id(t->v), &t->v->lk, r))
		return E_KEY;
	return record_unseal(rk, vault_id(t->v), keys_r_pub(&t->v->keys), &t->r_priv, &t->v->lk, r);
}

static enum rc
quarantine_add(struct thaw_facts *f, const struct record_id *id, struct err *e)
{
	struct record_id *more = realloc(f->quarantine, (f->quarantined + 1) * sizeof *more);

	if (more == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	f->quarantine = more;
	f->quarantine[f->quarantined++] = *id;
	return OK;
}

static enum rc
check_row(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct thaw *t = ctx;
	unsigned char rk[KEY_LEN];
	SECRET plain = { 0 };
	enum rc rc = rk_by_kit(t, r, rk);

	(void)use;
	if (rc == OK)
		rc = record_body(vault_id(t->v), rk, r, &plain, e);
	wipe(rk, sizeof rk);
	if (rc == E_NOMEM)
		return rc;
	if (rc != OK)
		return quarantine_add(&t->facts, &r->id, e);
	t->facts.records++;
	t->facts.records_since += t->facts.frozen_since > 0 && r->created_ms >= t->facts.frozen_since;
	return OK;
}

static enum rc
check_manifest(struct thaw *t, struct err *e)
{
	unsigned char now[32], kept[32], stale;
	enum rc rc;

	if ((rc = rows_manifest_root(t->v->db, now, e)) != OK)
		return rc;
	rc = rows_meta_get(t->v->db, "manifest", kept, sizeof kept, e);
	if (rc != OK && rc != E_NOTFOUND)
		return rc;
	t->facts.manifest_bad = rc != OK || !same_bytes(now, kept, sizeof now) ||
	    rows_meta_get(t->v->db, "manifest-stale", &stale, 1, NULL) == OK;
	return OK;
}

static enum rc
new_chain_seed(struct thaw *t, struct err *e)
{
	unsigned char sk[64];
	enum rc rc;

	if (!t->facts.new_chain) {
		memcpy(t->facts.pk0, vault_pk0(t->v), sizeof t->facts.pk0);
		return OK;
	}
	if ((rc = secret_random(&t->log_seed, 32, e)) != OK)
		return rc;
	sign_keypair(t->facts.pk0, sk, t->log_seed.bytes);
	wipe(sk, sizeof sk);
	return OK;
}

/* ---- begin ---- */

static enum rc
by_password(struct thaw *t, const struct thaw_how *how, struct err *e)
{
	struct unlock_how u = {
		.password = how->password, .a = how->a, .with = how->with, .now_ms = how->now_ms,
		.wait_ms = how->wait_ms
	};
	enum rc rc;

	if ((rc = unlock_quiet(t->h, &u, &t->v, NULL, NULL, e)) != OK)
		return rc;
	return keys_kit(&t->v->keys) == KIT_NONE ? OK
						 : err_set(e, E_USAGE, N_("the recovery kit of this store is needed"));
}

static enum rc
by_kit(struct thaw *t, const struct thaw_how *how, const struct keys *k, struct err *e)
{
	SECRET lk = { 0 };
	enum rc rc;

	t->facts.by_kit = true;
	kit_fingerprint(t->facts.fingerprint, keys_vault_id(k), keys_r_pub(k), keys_pk0(k));
	if ((rc = lk_by_kit(t, k, how, &lk, e)) != OK || (rc = keys_check_mac(k, &lk, e)) != OK ||
	    (rc = vault_new(t->h, k, &lk, &t->v, e)) != OK)
		return rc;
	return vault_open_files(t->v, false, how->now_ms, how->wait_ms, e);
}

/* What a killed run left is finished first: then there is one state to look at. */
static enum rc
settle_leftovers(const struct home *h, int64_t wait_ms, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;

	if (h->device < 0 || h->vault < 0 || (!freeze_marked(h) && !change_leftovers(h)))
		return OK;
	return store_lock_take(h, wait_ms, &l, e);
}

enum rc
thaw_begin(const struct home *h, const struct thaw_how *how, struct thaw **out, struct err *e)
{
	AUTO(thaw_free) struct thaw *t = calloc(1, sizeof *t);
	struct keys k;
	enum rc rc;

	if (t == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = home_open(&t->h, h->vault_path, h->device_path, e)) != OK ||
	    (rc = settle_leftovers(t->h, how->wait_ms, e)) != OK)
		return rc;
	rc = t->h->vault < 0 ? E_NOTFOUND : keys_read(t->h->vault, "keys", &k, e);
	if (rc == E_NOTFOUND)
		return err_set(e, E_NOTFOUND, N_("no store at %s"), h->vault_path);
	if (rc != OK)
		return rc;
	t->recover = how->password == NULL && how->a == NULL;
	rc = how->kit != NULL ? by_kit(t, how, &k, e) : by_password(t, how, e);
	if (rc != OK)
		return rc;
	memcpy(t->facts.vault_id, keys_vault_id(&k), sizeof t->facts.vault_id);
	t->facts.kit_needed = keys_kit_needed(&k) != 0 ? keys_kit_needed(&k) : 1;
	t->facts.kit_sheets = keys_kit_sheets(&k) != 0 ? keys_kit_sheets(&k) : 1;
	/* Of a restored store everything is exposed as of now: the device that it came from opens its own copies still. */
	t->facts.frozen = t->h->device >= 0 && file_there(t->h->device, "device.key") && !vault_restored(t->h) && !fuse_any(t->h);
	if ((rc = check_log(t, e)) != OK)
		return rc;
	if (!t->facts.frozen)
		t->facts.frozen_since = 0;
	if ((rc = rows_secret_each(t->v->db, NULL, check_row, t, e)) != OK || (rc = check_manifest(t, e)) != OK ||
	    (rc = new_chain_seed(t, e)) != OK)
		return rc;
	*out = t;
	t = NULL;
	return OK;
}

enum rc
thaw_only(struct thaw *t, const char *const *name, size_t n, struct err *e)
{
	AUTO(auto_free) unsigned char (*uid)[ID_LEN] = calloc(n + 1, sizeof *uid);

	if (uid == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < n; i++) {
		AUTO(account_free) struct account a = { 0 };
		enum rc rc;

		account_init(&a);
		if ((rc = account_find(t->v->db, name[i], &a, e)) != OK)
			return rc;
		memcpy(uid[i], a.uid, ID_LEN);
	}
	free(t->only.uid);
	t->only = (struct uid_list){ uid, n };
	uid = NULL;
	return OK;
}

/* ---- commit ---- */

static void
chain_event(struct buf *text, const struct thaw *t, const char *file)
{
	log_text_begin(text, NULL, "chain");
	log_text_hex(text, "pk0", vault_pk0(t->v), 32);
	log_text_u64(text, "seq", t->next_seq > 0 ? t->next_seq - 1 : 0);
	log_text_hex(text, "hash", t->head_hash, sizeof t->head_hash);
	log_text_add(text, "file", file);
}

/* The old chain stays readable as log.N; the new one goes on counting, so that numbers stay unique. */
static enum rc
begin_chain(const struct thaw *t, char kept[32], struct err *e)
{
	struct log_where w = {
		.vaultfd = t->h->vault, .devfd = t->h->device, .log_name = "log.next", .state_name = "logstate.next"
	};
	enum rc rc;

	kept[0] = '\0';
	rc = log_keep(t->h->vault, kept, e);
	if (rc != OK && rc != E_NOTFOUND)
		return rc;
	return log_create(&w, t->next_seq, &t->log_seed, e);
}

static enum rc
rewrite(struct thaw *t, const struct fresh *f, const struct new_keys *how, struct entries *en, struct err *e)
{
	struct rewrite rw = { .f = f,
		.kit = how->kit,
		.old_lk = &t->v->lk,
		.next_seq = t->next_seq,
		.now_ms = how->now_ms,
		.rk = rk_by_kit,
		.ctx = t,
		.progress = how->progress,
		.arg = how->arg,
		.out = en };
	size_t quarantined = 0;
	const char *event[2];
	char kept[32];
	BUF chain = { 0 };
	BUF text = { 0 };
	enum rc rc;

	if (t->facts.new_chain) {
		if ((rc = begin_chain(t, kept, e)) != OK)
			return rc;
		chain_event(&chain, t, kept);
		event[rw.events++] = buf_str(&chain);
	}
	log_text_begin(&text, NULL, t->recover ? "recover" : "thaw");
	log_text_add(&text, "kit", how->kit != NULL ? "new" : "kept");
	if (how->kit != NULL)
		log_text_add(&text, "ritual", kit_state_name(how->kit_state));
	log_text_u64(&text, "records", t->facts.records);
	log_text_u64(&text, "quarantined", t->facts.quarantined);
	if (t->only.n > 0)
		log_text_u64(&text, "accounts", t->only.n);
	event[rw.events++] = buf_str(&text);
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	rw.event = event;
	rw.quarantined = &quarantined;
	rw.thaws = true;
	rw.only = t->only.n > 0 ? &t->only : NULL;
	rw.exposed_before_ms = t->facts.frozen_since > 0 ? t->facts.frozen_since : how->now_ms;
	return rewrite_store(t->h, t->v, &rw, e);
}

static enum rc
unchanged_since(const struct thaw *t, struct err *e)
{
	struct keys k;
	enum rc rc;

	if ((rc = keys_read(t->h->vault, "keys", &k, e)) != OK)
		return rc;
	if (memcmp(k.raw, t->v->keys.raw, KEYS_SIZE) == 0)
		return OK;
	return err_set(
	    e, E_BUSY, N_("another purser has changed the keys of the store meanwhile. Nothing was changed"));
}

/* Records that others logged while the person was typing; the chain is proved, only its end has moved. */
static enum rc
newest_seq(struct thaw *t, struct err *e)
{
	struct log_head head;
	enum rc rc;

	if (t->facts.new_chain)
		return OK;
	if ((rc = log_head(t->v->log, &head, e)) == OK)
		t->next_seq = head.next_seq;
	return rc;
}

static enum rc
commit_locked(struct thaw *t, const struct fresh *f, const struct new_keys *how, struct vault **out, struct err *e)
{
	AUTO(entries_free) struct entries en = { .n = 0 };
	unsigned set = 1u << CF_STORE | (t->facts.new_chain ? 1u << CF_LOG | 1u << CF_LOGSTATE : 0), what = 0;
	bool committed = false;
	enum rc rc;

	if ((rc = unchanged_since(t, e)) != OK || (rc = vault_refresh(t->v, e)) != OK ||
	    (rc = newest_seq(t, e)) != OK || (rc = db_checkpoint(t->v->db, true, (int)how->wait_ms, e)) != OK)
		return rc;
	rc = rewrite(t, f, how, &en, e);
	if (rc == OK) {
		db_close(&t->v->db);                    /* SQLite would remove the WAL of the new store by its name */
		rc = renew_commit(t->h, f, &en, t->next_seq, how->now_ms, set, &committed, e);
	}
	if (rc != OK) {
		if (!committed && change_recover(t->h, &what, NULL) != OK)
			err_next(e, "purser verify");
		return rc;
	}
	log_close(&t->v->log);
	return renew_open(t->h, f, t->recover ? "recover" : "thaw", how->now_ms, out, e);
}

enum rc
thaw_commit(struct thaw *t, const struct new_keys *how, struct vault **out, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	AUTO(vault_close) struct vault *v = NULL;
	FRESH f = { .d = { 0 } };
	const struct keys *old = &t->v->keys;
	/* The other factors are renewed with `2fa enable`: what was lost or seen is not carried over. */
	struct keys_plan plan = { .epoch = keys_epoch(old) + 1,
		.flags = keys_flags(old) & KEYS_KIT_PASSWORD,
		.pk0 = t->facts.pk0 };
	enum rc rc;

	if (how->kit == NULL && t->facts.new_chain && t->facts.by_kit)
		return err_set(e, E_USAGE,
		    N_("the log begins a new chain, which the kit's fingerprint names: a new kit is needed"));
	memcpy(plan.vault_id, t->facts.vault_id, sizeof plan.vault_id);
	plan_kit(&plan, old, how);
	if ((rc = home_create(t->h, e)) != OK || (rc = fresh_make(&f, &plan, NULL, how, NULL, e)) != OK ||
	    (rc = store_lock_take(t->h, how->wait_ms, &l, e)) != OK || (rc = commit_locked(t, &f, how, &v, e)) != OK)
		return rc;
	rc = file_unlink(t->h->vault, "restored", NULL);       /* it names keys that are no more */
	if (vault_state(v) == VAULT_FROZEN) {
		rc = err_set(e, E_FROZEN, N_("a freeze came meanwhile: the new keys count, and the store is frozen"));
		err_next(e, "purser thaw");
		return rc;
	}
	if (out != NULL) {
		*out = v;
		v = NULL;
	}
	return OK;
}
