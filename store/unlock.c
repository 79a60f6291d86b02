/* store/unlock.c: the reading order of keys.md section 3: files, password, fuse, records. */
#include "store/vault_int.h"

#include "store/acctfreeze.h"
#include "store/backup.h"
#include "store/change.h"
#include "store/device.h"
#include "store/files.h"
#include "store/inbox.h"
#include "store/incident.h"
#include "store/policy.h"
#include "store/totp.h"
#include "store/unlock.h"

#include <string.h>

#define TRIES 4u        /* a change of keys by another purser between two reads */

/* ---- before the password ---- */

/* What a killed run left is finished first, if the lock can be had. A freeze that waits needs nothing: nobody opens
 * a fuse. */
static enum rc
recover_first(const struct home *h, int64_t wait_ms, unsigned *recovered, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	enum rc rc;

	if (h->vault < 0 || h->device < 0 || (!freeze_marked(h) && !change_leftovers(h)))
		return OK;
	rc = store_lock_take(h, freeze_marked(h) && !change_leftovers(h) ? 0 : wait_ms, &l, e);
	if (rc != OK)
		return freeze_marked(h) && rc == E_BUSY ? OK : rc;
	*recovered |= store_lock_recovered(l);
	return OK;
}

static enum rc
restored(struct err *e)
{
	enum rc rc =
	    err_set(e, E_FROZEN, N_("this store was restored from a backup and not yet recovered on this computer"));

	err_next(e, "purser recover");
	return rc;
}

static enum rc
device_secret(const struct home *h, const struct keys *k, struct secret *d, struct err *e)
{
	unsigned char id[16];
	enum rc rc;

	if (keys_flags(k) & KEYS_NO_DEVICE_SECRET)
		return secret_alloc(d, KEY_LEN, e);             /* zeros */
	if (h->device < 0 || vault_restored(h) ||
	    (!file_there(h->device, "device.key") && !fuse_any(h) && !file_there(h->device, "logstate")))
		return restored(e);
	if ((rc = device_key_read(h->device, "device.key", d, e)) != OK)
		return rc;
	keys_device_id_of(id, d->bytes);
	if (memcmp(id, keys_device_id(k), sizeof id) == 0)
		return OK;
	rc = err_set(e, E_AUTH,
	    N_("device.key does not fit: another machine took this vault over, or an older copy was put back"));
	err_next(e, "purser recover");
	return rc;
}

void
factors_wipe(struct factors *f)
{
	secret_wipe(&f->fido2);
	wipe(f, sizeof *f);
}

static enum rc
factors_ok(const struct keys *k, const struct factors *with, struct err *e)
{
	uint32_t flags = keys_flags(k);

	if ((flags & KEYS_KEYFILE) && !with->keyfile)
		return err_set(e, E_AUTH, N_("the key file of this store is missing: --key-file"));
	if ((flags & KEYS_FIDO2) && with->fido2.len != KEY_LEN)
		return err_set(e, E_AUTH, N_("the security key of this store is missing"));
	return OK;
}

enum rc
unlock_read(
    const struct home *h, const struct factors *with, struct keys *k, unsigned char hh[32], struct err *e)
{
	SECRET d = { 0 };
	enum rc rc;

	rc = h->vault < 0 ? E_NOTFOUND : keys_read(h->vault, "keys", k, e);
	if (rc == E_NOTFOUND && h->vault >= 0 && file_there(h->vault, "store.db"))
		return err_set(e, E_DAMAGED, N_("`keys` is missing in %s; restore it from backup"), h->vault_path);
	if (rc == E_NOTFOUND) {
		rc = err_set(e, E_NOTFOUND, N_("no store at %s"), h->vault_path);
		err_next(e, "purser init");
		return rc;
	}
	if (rc != OK || (rc = device_secret(h, k, &d, e)) != OK)
		return rc;
	if (with != NULL && (rc = factors_ok(k, with, e)) != OK)
		return rc;
	keys_possession(hh, d.bytes, with != NULL && keys_flags(k) & KEYS_KEYFILE ? with->keyfile_digest : NULL,
	    with != NULL && keys_flags(k) & KEYS_FIDO2 ? with->fido2.bytes : NULL);
	return OK;
}

struct attempt { struct keys k; struct totp_tab *tab; struct secret a, lk; unsigned slot, recovered; bool duress; };

static void
attempt_end(struct attempt *t)
{
	totp_tab_free(&t->tab);
	secret_wipe(&t->a);
	secret_wipe(&t->lk);
}

/* The table that leads from codes to what the password hash takes; not needed where that result is given. */
static enum rc
read_table(const struct home *h, const struct unlock_how *how, struct attempt *t, struct err *e)
{
	unsigned n = keys_flags(&t->k) & KEYS_TOTP_MASK;
	enum rc rc;

	totp_tab_free(&t->tab);
	if (n == 0 || how->a != NULL)
		return OK;
	if ((rc = totp_tab_read(h, keys_vault_id(&t->k), n, &t->tab, e)) != OK)
		return rc;
	if (how->with == NULL || how->with->codes != n)
		return err_set(e, E_AUTH, N_("the code of the second factor is missing: --code-fd"));
	return totp_tab_covers(t->tab, how->with->code_ms, e);
}

enum rc
totp_ready(const struct home *h, int64_t code_ms, struct err *e)
{
	AUTO(totp_tab_free) struct totp_tab *t = NULL;
	struct keys k;
	unsigned n;
	enum rc rc;

	if (h->vault < 0 || keys_read(h->vault, "keys", &k, NULL) != OK || (n = keys_flags(&k) & KEYS_TOTP_MASK) == 0)
		return OK;                              /* what is wrong then is said elsewhere */
	if ((rc = totp_tab_read(h, keys_vault_id(&k), n, &t, e)) != OK)
		return rc;
	return totp_tab_covers(t, code_ms, e);
}

/* The small files as one state: unchanged and not being changed between two looks. */
static enum rc
snapshot(const struct home *h, const struct unlock_how *how, struct attempt *t, unsigned char hh[32], struct err *e)
{
	static const struct factors none;
	struct keys again, *k = &t->k;
	enum rc rc = OK;
	bool same;

	for (unsigned i = 0; i < TRIES; i++) {
		if ((rc = recover_first(h, how->wait_ms, &t->recovered, e)) != OK)
			return rc;
		if ((rc = unlock_read(h, how->with != NULL ? how->with : &none, k, hh, e)) == OK)
			rc = read_table(h, how, t, e);
		same = rc == OK && keys_read(h->vault, "keys", &again, e) == OK &&
		       memcmp(again.raw, k->raw, KEYS_SIZE) == 0;
		if (h->vault < 0 || (!change_leftovers(h) && (rc != OK || same)))
			return rc;
		if (rc == OK && !file_there(h->vault, "keys.next") && file_there(h->device, "change"))
			return rc;                              /* only step 5 is left: that is done with LK */
	}
	return rc != OK ? rc : err_set(e, E_BUSY, N_("another purser is changing the keys of the store"));
}

enum rc
vault_unlock_ready(const struct home *h, struct err *e)
{
	unsigned char hh[32];
	unsigned recovered = 0;
	struct keys k;
	enum rc rc;

	if ((rc = recover_first(h, LOG_WAIT_MS, &recovered, e)) != OK)
		return rc;
	rc = unlock_read(h, NULL, &k, hh, e);
	wipe(hh, sizeof hh);
	return rc;
}

/* ---- the password ---- */

/* --freeze-after N: opt-in, and only with a kit that is known to bring everything back. */
static void
freeze_after(const struct home *h, const struct keys *k, int64_t now_ms, struct err *e)
{
	struct freeze_report report;
	struct policy pol;

	policy_failed(h, &pol);
	if (pol.freeze_after == 0 || pol.failed < pol.freeze_after || !fuse_any(h))
		return;
	if (keys_kit(k) != KIT_VERIFIED)
		err_next(e, N_("%u wrong attempts. It is not frozen, because the kit was never verified: purser kit check"),
		    pol.failed);
	else if (vault_freeze(h, "wrong attempts", now_ms, NULL, NULL, &report, NULL) == OK)
		err_next(e, N_("%u wrong attempts: the store is FROZEN now. purser thaw, with the kit"), pol.failed);
}

enum rc
unlock_wrong(const struct home *h, const struct keys *k, int64_t now_ms, struct err *e)
{
	AUTO(log_close) struct log *l = NULL;
	struct log_where w = { .vaultfd = h->vault, .devfd = h->device };
	BUF text = { 0 };
	bool done = false;
	enum rc rc;

	log_text_begin(&text, NULL, "unlock-failed");
	if ((rc = log_open(&l, &w, keys_l_pub(k), keys_pk0(k), LOG_WRITE, LOG_WAIT_MS, NULL)) == OK)
		rc = log_append_failed(l, buf_str(&text), now_ms, &done, NULL);
	(void)rc;                                       /* best effort: the answer is "no" in any case */
	rc = err_set(e, E_AUTH, N_("wrong password, code or key file. Nothing was changed"));
	freeze_after(h, k, now_ms, e);
	return rc;
}

/* A code is good for its own step, the one before and the one after: one run of the hash for each, the first that
 * opens a slot ends it. Nothing else tells a right code from a wrong one. */
static enum rc
try_codes(struct attempt *t, const struct unlock_how *how, const unsigned char hh[32], struct err *e)
{
	unsigned n = keys_flags(&t->k) & KEYS_TOTP_MASK;
	uint32_t targets[2] = { 0 };
	enum rc rc = E_KEY;

	for (unsigned i = 0; i < (n > 0 ? TOTP_TRIES : 1) && rc == E_KEY; i++) {
		if (n > 0 && !totp_tab_targets(t->tab, how->with, totp_try(how->with->code_ms, i), targets))
			continue;
		secret_wipe(&t->a);
		if ((rc = keys_stretch(&t->a, &t->k, how->password, targets, n, hh, e)) == OK)
			rc = keys_open_any(&t->k, &t->a, &t->lk, &t->slot, &t->duress, e);
	}
	wipe(targets, sizeof targets);
	return rc;
}

static enum rc
try_password(const struct home *h, const struct unlock_how *how, struct attempt *t, struct err *e)
{
	unsigned char hh[32];
	struct keys now;
	enum rc rc;

	attempt_end(t);
	if ((rc = snapshot(h, how, t, hh, e)) != OK) {
		wipe(hh, sizeof hh);
		return rc;
	}
	if (how->a == NULL)
		rc = try_codes(t, how, hh, e);
	else if ((rc = secret_copy(&t->a, how->a->bytes, how->a->len, e)) == OK)
		rc = keys_open_any(&t->k, &t->a, &t->lk, &t->slot, &t->duress, e);
	wipe(hh, sizeof hh);
	if (rc == E_RANGE)
		return err_set(e, E_DAMAGED, N_("unusual key parameters in `keys`; refused"));
	if (rc != E_KEY && rc != E_TAMPER)
		return rc;
	/* While Argon2id ran another purser may have changed the password. */
	if (keys_read(h->vault, "keys", &now, NULL) == OK && memcmp(now.raw, t->k.raw, KEYS_SIZE) != 0)
		return E_AGAIN;
	if (rc == E_TAMPER)
		return err_set(e, E_DAMAGED,
		    N_("the keys file was altered or damaged: the password is right. Nothing was changed"));
	return unlock_wrong(h, &t->k, how->now_ms, e);
}

/* ---- fuse ---- */

/* A freeze was logged after this fuse was made: it came back from a snapshot, a copy, a restored home. */
static enum rc
came_back(struct vault *v, const struct fuse_head *head, int64_t wait_ms, bool *gone, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	bool found = false, some;
	enum rc rc;

	*gone = false;
	if (v->log == NULL)
		return OK;
	rc = log_freeze_since(v->log, head->log_seq, &found, NULL, NULL, e);
	if (rc == E_DAMAGED)
		v->notices.log_broken = true;
	if (rc != OK || !found)
		return rc == E_DAMAGED ? OK : rc;
	if ((rc = store_lock_take(v->h, wait_ms, &l, e)) != OK)
		return rc;
	rc = fuse_destroy(v->h, &some, e);
	if (rc != OK && rc != E_DAMAGED)
		return rc;
	*gone = true;
	v->notices.old_fuse_destroyed = true;
	return OK;
}

static enum rc
older_than_device(struct err *e)
{
	enum rc rc = err_set(e, E_DAMAGED,
	    N_("the vault is older than this device: an older copy of `keys` was put back."
	       " Nothing was changed"));

	err_next(e, "purser recover");
	return rc;
}

static enum rc
open_fuse(struct vault *v, const struct attempt *t, int64_t wait_ms, struct err *e)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	const struct fuse_head *head;
	bool gone;
	enum rc rc = fuse_open(v->h, vault_id(v), false, &f, e);

	v->state = rc == E_FROZEN ? VAULT_FROZEN : VAULT_OPEN;
	v->notices.fuse_damaged = rc == E_DAMAGED;
	if (rc == E_FROZEN || rc == E_DAMAGED)
		return OK;
	if (rc != OK)
		return rc;
	head = fuse_head(f);
	if (head->epoch > vault_epoch(v))
		return older_than_device(e);
	if ((rc = came_back(v, head, wait_ms, &gone, e)) != OK || gone) {
		v->state = VAULT_FROZEN;
		return rc;
	}
	rc =
	    head->epoch < vault_epoch(v) ? E_KEY : keys_open_sk(&t->k, &t->a, t->slot, head->wraps[t->slot], &v->sk, e);
	v->notices.fuse_damaged = rc == E_KEY || rc == E_TAMPER;
	if (v->notices.fuse_damaged || rc != OK)
		return v->notices.fuse_damaged ? OK : rc;
	memcpy(v->head, head->raw, FUSE_SECTOR);
	v->has_head = true;
	return OK;
}

/* ---- records ---- */

struct name { unsigned char b[ID_LEN + 8]; };            /* rec_id | version, big-endian: compares as the rows sort */
struct names { struct name *p; size_t n, cap; };
struct check { struct vault *v; struct names rows, entries; bool bad, hidden; };

static void
check_end(struct check *c)
{
	free(c->rows.p);
	free(c->entries.p);
}

static struct name
name_of(const unsigned char *rec, uint64_t version)
{
	struct name n;

	memcpy(n.b, rec, ID_LEN);
	for (unsigned i = 0; i < 8; i++)
		n.b[ID_LEN + i] = (unsigned char)(version >> (56 - 8 * i));
	return n;
}

static bool
names_add(struct names *s, struct name n)
{
	struct name *more;

	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 64;
		if ((more = realloc(s->p, s->cap * sizeof *more)) == NULL)
			return false;
		s->p = more;
	}
	s->p[s->n++] = n;
	return true;
}

static int
name_cmp(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct name));
}

static bool
names_have(const struct names *s, struct name n)
{
	return s->n > 0 && bsearch(&n, s->p, s->n, sizeof n, name_cmp) != NULL;
}

static enum rc
check_row(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct check *c = ctx;

	(void)use;
	c->bad = c->bad || !record_mtag_ok(vault_id(c->v), &c->v->lk, r);
	return names_add(&c->rows, name_of(r->id.rec, r->id.version)) ? OK : err_set(e, E_NOMEM, N_("out of memory"));
}

static bool
check_entry(void *ctx, const unsigned char *rec, uint64_t version, const unsigned char *wrap)
{
	struct check *c = ctx;

	(void)wrap;
	return names_add(&c->entries, name_of(rec, version));
}

static bool
has_row(void *ctx, const unsigned char *rec, uint64_t version)
{
	const struct check *c = ctx;

	return names_have(&c->rows, name_of(rec, version));
}

static enum rc
check_root(struct vault *v, bool *bad, struct err *e)
{
	unsigned char now[32], kept[32], stale;
	enum rc rc;

	if ((rc = rows_meta_get(v->db, "manifest-stale", &stale, 1, e)) == OK)
		*bad = true;
	else if (rc != E_NOTFOUND)
		return rc;
	if ((rc = rows_manifest_root(v->db, now, e)) != OK)
		return rc;
	rc = rows_meta_get(v->db, "manifest", kept, sizeof kept, e);
	if (rc != OK && rc != E_NOTFOUND)
		return rc;
	*bad = *bad || rc == E_NOTFOUND || !same_bytes(now, kept, sizeof now);
	return OK;
}

/* An entry without a version may be that of a version without an entry, under a damaged name. */
static enum rc
check_hidden(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct check *c = ctx;
	int64_t frozen = 0;
	enum rc rc;

	(void)use;
	if (c->hidden || names_have(&c->entries, name_of(r->id.rec, r->id.version)) || !record_entry_misnamed(c->v, &r->id))
		return OK;
	/* Of a frozen account none stays, under whichever name. */
	if ((rc = rows_account_frozen(c->v->db, r->id.acct, &frozen, e)) == OK)
		c->hidden = frozen == 0;
	return rc;
}

/* Entries whose version has no row: left by a transaction that was never committed. */
static enum rc
prune(struct check *c, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	AUTO(fuse_close) struct fuse *f = NULL;
	size_t pruned = 0;
	enum rc rc;

	/* Under the lock nobody is between entry and row; what was written since the rows were read is read again
	 * next time. */
	if ((rc = store_lock_take(c->v->h, 0, &l, e)) != OK)
		return rc == E_BUSY ? OK : rc;
	free(c->rows.p);
	c->rows = (struct names){ .n = 0 };
	if ((rc = rows_secret_each(c->v->db, NULL, check_row, c, e)) != OK)
		return rc;
	if (c->v->notices.kit_only > 0 &&
	    ((rc = rows_secret_each(c->v->db, NULL, check_hidden, c, e)) != OK || c->hidden))
		return rc;
	rc = fuse_open(c->v->h, vault_id(c->v), true, &f, e);
	if (rc != OK)
		return rc == E_FROZEN || rc == E_DAMAGED ? OK : rc;
	return fuse_prune(f, has_row, c, &pruned, e);
}

static enum rc
check_records(struct vault *v, struct err *e)
{
	AUTO(check_end) struct check c = { .v = v };
	AUTO(fuse_close) struct fuse *f = NULL;
	size_t orphans = 0, frozen = 0, erased = 0;
	enum rc rc;

	if ((rc = rows_secret_each(v->db, NULL, check_row, &c, e)) != OK || (rc = check_root(v, &c.bad, e)) != OK)
		return rc;
	v->records_bad = c.bad;
	if (v->sk.bytes == NULL || c.bad || v->read_only)
		return OK;
	if ((rc = acctfreeze_enforce(v, &frozen, &erased, e)) != OK)
		return rc;
	v->notices.entries_back = (unsigned)erased;
	rc = fuse_open(v->h, vault_id(v), false, &f, e);
	if (rc != OK)
		return rc == E_FROZEN || rc == E_DAMAGED ? OK : rc;
	fuse_each(f, check_entry, &c);
	if (c.entries.n > 0)
		qsort(c.entries.p, c.entries.n, sizeof *c.entries.p, name_cmp);
	for (size_t i = 0; i < c.rows.n; i++)
		v->notices.kit_only += !names_have(&c.entries, c.rows.p[i]);
	/* Versions of frozen accounts are without an entry because they have to be. */
	v->notices.kit_only -= v->notices.kit_only < frozen ? v->notices.kit_only : (unsigned)frozen;
	for (size_t i = 0; i < c.entries.n; i++)
		orphans += !names_have(&c.rows, c.entries.p[i]);
	return orphans > 0 ? prune(&c, e) : OK;
}

enum rc
vault_records_ok(struct vault *v, bool *good, struct err *e)
{
	AUTO(check_end) struct check c = { .v = v };
	enum rc rc;

	if ((rc = rows_secret_each(v->db, NULL, check_row, &c, e)) != OK || (rc = check_root(v, &c.bad, e)) != OK)
		return rc;
	*good = !c.bad;
	return OK;
}

/* ---- all of it ---- */

static enum rc
count_failed(void *ctx, const struct log_entry *en, struct err *e)
{
	unsigned *n = ctx;

	(void)e;
	if (en->origin == 'U')
		*n = 0;
	else if (!en->freeze)
		++*n;
	return OK;
}

static void
log_unlock(struct vault *v, int64_t now_ms)
{
	BUF text = { 0 };
	enum rc rc;

	if (v->log == NULL || v->notices.log_broken || v->read_only)
		return;
	rc = log_each(v->log, NULL, 0, 0, count_failed, &v->notices.failed_attempts, NULL);
	log_text_begin(&text, NULL, "unlock");
	rc = vault_event(v, &text, now_ms, NULL);
	(void)rc;               /* the ledger opens all the same; what shows a secret logs first and fails closed */
}

/* The duress password: first the fuse goes, without a word; what follows is what any frozen store shows. */
static void
freeze_unseen(const struct home *h, int64_t now_ms)
{
	struct freeze_report report;
	enum rc rc = vault_freeze(h, NULL, now_ms, NULL, NULL, &report, NULL);

	(void)rc;                               /* whatever became of it, this password opens no secret */
}

static enum rc
attempt(const struct home *h, const struct unlock_how *how, struct attempt *t, struct err *e)
{
	enum rc rc = E_AGAIN;

	for (unsigned i = 0; i < TRIES && rc == E_AGAIN; i++)
		rc = try_password(h, how, t, e);
	if (rc == OK)
		policy_passed(h);
	if (rc == OK && t->duress)
		freeze_unseen(h, how->now_ms);
	return rc != E_AGAIN ? rc : err_set(e, E_BUSY, N_("another purser is changing the keys of the store"));
}

enum rc
vault_try(const struct home *h, const struct unlock_how *how, struct secret *a, struct err *e)
{
	AUTO(attempt_end) struct attempt t = { .slot = 0 };
	enum rc rc = attempt(h, how, &t, e);

	if (rc == OK)
		secret_move(a, &t.a);
	return rc;
}

enum rc
unlock_quiet(const struct home *h, const struct unlock_how *how, struct vault **out, struct secret *a, unsigned *slot,
    struct err *e)
{
	AUTO(attempt_end) struct attempt t = { .slot = 0 };
	AUTO(vault_close) struct vault *v = NULL;
	enum rc rc = attempt(h, how, &t, e);

	if (rc != OK || (rc = keys_check_mac(&t.k, &t.lk, e)) != OK || (rc = vault_new(h, &t.k, &t.lk, &v, e)) != OK)
		return rc;
	v->notices.recovered = t.recovered;
	v->duress = t.duress;
	if ((rc = vault_open_files(v, false, how->now_ms, how->wait_ms, e)) != OK ||
	    (!t.duress && (rc = open_fuse(v, &t, how->wait_ms, e)) != OK) || (rc = check_records(v, e)) != OK)
		return rc;
	if (a != NULL)
		secret_move(a, &t.a);
	if (slot != NULL)
		*slot = t.slot;
	*out = v;
	v = NULL;
	return OK;
}

/* What cannot be taken in now (another holds the store) waits for the next time. */
static void
take_notes(struct vault *v, const struct unlock_how *how)
{
	struct inbox_result r = { .merged = 0 };
	int64_t incident = 0;
	enum rc rc = inbox_merge(v, how->now_ms, how->wait_ms, &r, NULL);

	(void)rc;
	v->notices.notes = r.merged;
	v->notices.notes_problems = r.problems;
	v->notices.notes_damaged = r.damaged;
	rc = incident_after_unlock(v, how->now_ms, how->wait_ms, &incident, NULL);
	(void)rc;
	v->notices.incident = (uint32_t)incident;
}

enum rc
vault_unlock(const struct home *h, const struct unlock_how *how, struct vault **out, struct err *e)
{
	SECRET a = { 0 };
	unsigned slot = 0;
	enum rc rc;

	if ((rc = unlock_quiet(h, how, out, &a, &slot, e)) != OK)
		return rc;
	log_unlock(*out, how->now_ms);
	take_notes(*out, how);
	upkeep(*out, how, &a, slot);
	return OK;
}

enum rc
vault_open_ledger(const struct home *h, const struct secret *lk, struct vault **out, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	SECRET copy = { 0 };
	struct keys k;
	enum rc rc;

	if (h->vault < 0)
		return err_set(e, E_NOTFOUND, N_("no store at %s"), h->vault_path);
	if ((rc = keys_read(h->vault, "keys", &k, e)) != OK || (rc = secret_copy(&copy, lk->bytes, lk->len, e)) != OK)
		return rc;
	/* Most likely another purser renewed the keys a moment ago; a forger's work shows at the next unlock. */
	if (keys_check_mac(&k, &copy, NULL) != OK) {
		rc = err_set(e, E_LOCKED, N_("the keys of the store were renewed by another purser"));
		err_next(e, "purser unlock");
		return rc;
	}
	if ((rc = vault_new(h, &k, &copy, &v, e)) != OK ||
	    (rc = vault_open_files(v, true, clock_now_ms(), LOG_WAIT_MS, e)) != OK ||
	    (rc = rows_changes(v->db, &v->logged_changes, e)) != OK) /* only what this handle changes is its to log */
		return rc;
	v->state = freeze_marked(h) || !file_there(h->device, "fuse") ? VAULT_FROZEN : VAULT_OPEN;
	*out = v;
	v = NULL;
	return OK;
}
