/* store/record.c: the cryptography of secret records (keys.md section 4). */
#include "store/vault_int.h"

#include "base/le.h"
#include "store/acctfreeze.h"
#include "store/canary.h"

#include <string.h>

#define PAD_TO 256u

void
record_aad(unsigned char aad[RECORD_AAD_LEN], const unsigned char vault[16], const struct record_id *id)
{
	memcpy(aad, vault, 16);
	memcpy(aad + 16, id->rec, ID_LEN);
	memcpy(aad + 32, id->acct, ID_LEN);
	aad[48] = id->kind;
	le64_put(aad + 49, id->version);
}

/* ---- padding: sodium_pad()'s, 0x80 and zeros; in locked memory ---- */

static enum rc
pad(struct secret *out, const struct secret *plain, struct err *e)
{
	size_t n = (plain->len / PAD_TO + 1) * PAD_TO;
	enum rc rc;

	if (plain->len > RECORD_PLAIN_MAX)
		return err_set(e, E_RANGE, N_("a secret can have %u bytes at most"), RECORD_PLAIN_MAX);
	if ((rc = secret_alloc(out, n, e)) != OK)
		return rc;
	if (plain->len > 0)
		memcpy(out->bytes, plain->bytes, plain->len);
	out->bytes[plain->len] = 0x80;
	return OK;
}

static bool
unpad(struct secret *s)
{
	size_t n = s->len;

	while (n > 0 && s->bytes[n - 1] == 0)
		n--;
	if (n == 0 || s->bytes[n - 1] != 0x80 || s->len % PAD_TO != 0 || s->len - n >= PAD_TO)
		return false;
	secret_cut(s, n - 1);
	return true;
}

/* ---- the four forms of RK ---- */

static void
wrap_key(unsigned char key[32], const struct secret *sk)
{
	kdf_raw(key, sk->bytes, sk->len, L_WRAP_RECORD, NULL, 0);
}

void
record_wrap(unsigned char wrap[RECORD_WRAP_LEN], const unsigned char vault[16], const struct secret *sk,
    const unsigned char rk[KEY_LEN], const struct record_id *id)
{
	unsigned char key[32], aad[RECORD_AAD_LEN];

	record_aad(aad, vault, id);
	wrap_key(key, sk);
	seal(wrap, key, L_WRAP_RECORD, aad, sizeof aad, rk, KEY_LEN);
	wipe(key, sizeof key);
}

enum rc
record_unwrap(unsigned char rk[KEY_LEN], const unsigned char vault[16], const struct secret *sk,
    const unsigned char wrap[RECORD_WRAP_LEN], const struct record_id *id)
{
	unsigned char key[32], aad[RECORD_AAD_LEN];
	enum rc rc;

	record_aad(aad, vault, id);
	wrap_key(key, sk);
	rc = open_sealed(rk, key, L_WRAP_RECORD, aad, sizeof aad, wrap, RECORD_WRAP_LEN);
	wipe(key, sizeof key);
	return rc;
}

/* The inner seal under LK is the sender's authentication that a sealed box lacks. */
static enum rc
seal_put(unsigned char out[RECORD_SEAL_LEN], const unsigned char r_pub[32], const struct secret *lk,
    const unsigned char rk[KEY_LEN], const unsigned char aad[RECORD_AAD_LEN], struct err *e)
{
	unsigned char key[32], inner[KEY_LEN + SEAL_OVER];

	kdf_raw(key, lk->bytes, lk->len, L_RECOVERY_INNER, NULL, 0);
	seal(inner, key, L_RECOVERY_INNER, aad, RECORD_AAD_LEN, rk, KEY_LEN);
	wipe(key, sizeof key);
	if (box_seal(out, r_pub, inner, sizeof inner) != OK)
		return err_set(e, E_DAMAGED, N_("the public key of the kit is not usable"));
	return OK;
}

enum rc
record_unseal(unsigned char rk[KEY_LEN], const unsigned char vault[16], const unsigned char r_pub[32],
    const struct secret *r_priv, const struct secret *lk, const struct record *r)
{
	unsigned char key[32], inner[KEY_LEN + SEAL_OVER], aad[RECORD_AAD_LEN];
	enum rc rc;

	if ((rc = box_open(inner, r_pub, r_priv->bytes, r->seal, sizeof r->seal)) != OK)
		return rc;
	record_aad(aad, vault, &r->id);
	kdf_raw(key, lk->bytes, lk->len, L_RECOVERY_INNER, NULL, 0);
	rc = open_sealed(rk, key, L_RECOVERY_INNER, aad, sizeof aad, inner, sizeof inner);
	wipe(key, sizeof key);
	return rc;
}

static void
mtag_of(
    unsigned char mtag[32], const unsigned char aad[RECORD_AAD_LEN], const struct secret *lk, const struct record *r)
{
	unsigned char body[32], sealed[32];

	hash256(body, r->body, r->body_len);
	hash256(sealed, r->seal, sizeof r->seal);
	kdf_to(mtag, lk->bytes, lk->len, L_MANIFEST, BYTES(aad, RECORD_AAD_LEN), BYTES(body, 32), BYTES(sealed, 32));
}

bool
record_mtag_ok(const unsigned char vault[16], const struct secret *lk, const struct record *r)
{
	unsigned char mtag[32], aad[RECORD_AAD_LEN];

	record_aad(aad, vault, &r->id);
	mtag_of(mtag, aad, lk, r);
	return same_bytes(mtag, r->mtag, sizeof mtag);
}

enum rc
record_build(const unsigned char vault[16], const unsigned char r_pub[32], const struct secret *lk,
    const unsigned char rk[KEY_LEN], const struct record_id *id, const struct secret *plain, int64_t created_ms,
    struct record *out, struct err *e)
{
	unsigned char aad[RECORD_AAD_LEN];
	RECORD r = { .id = *id, .created_ms = created_ms };
	SECRET padded = { 0 };
	enum rc rc;

	if ((rc = pad(&padded, plain, e)) != OK)
		return rc;
	r.body_len = padded.len + SEAL_OVER;
	if ((r.body = malloc(r.body_len)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	record_aad(aad, vault, id);
	seal(r.body, rk, L_RECORD, aad, sizeof aad, padded.bytes, padded.len);
	if ((rc = seal_put(r.seal, r_pub, lk, rk, aad, e)) != OK)
		return rc;
	mtag_of(r.mtag, aad, lk, &r);
	*out = r;
	r.body = NULL;
	return OK;
}

/* SEAL commits to RK: wrap and seal cannot lead to two different plaintexts. */
enum rc
record_body(const unsigned char vault[16], const unsigned char rk[KEY_LEN], const struct record *r,
    struct secret *plain, struct err *e)
{
	unsigned char aad[RECORD_AAD_LEN];
	SECRET s = { 0 };
	enum rc rc;

	record_aad(aad, vault, &r->id);
	rc = open_secret(&s, rk, L_RECORD, aad, sizeof aad, r->body, r->body_len, e);
	if (rc == E_KEY || rc == E_TAMPER || (rc == OK && !unpad(&s)))
		return err_set(
		    e, E_DAMAGED, N_("a secret is damaged or was altered; the key is right. Nothing was changed"));
	if (rc == OK)
		secret_move(plain, &s);
	return rc;
}

/* ---- through the vault ---- */

enum rc
vault_may_store(const struct vault *v, struct err *e)
{
	enum rc rc = OK;

	if (keys_kit(&v->keys) == KIT_NONE) {
		rc = err_set(e, E_FAILED,
		    N_("this store has no recovery kit yet: a freeze would lose every secret. Nothing was stored"));
		err_next(e, "purser kit new");
	}
	return rc;
}

static enum rc
entry_put(struct vault *v, const struct record_id *id, const unsigned char rk[KEY_LEN], struct err *e)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	unsigned char wrap[RECORD_WRAP_LEN];
	enum rc rc;

	if ((rc = fuse_open(v->h, vault_id(v), true, &f, e)) != OK)
		return rc;
	record_wrap(wrap, vault_id(v), &v->sk, rk, id);
	return fuse_put(f, id->rec, id->version, wrap, e);
}

enum rc
record_seal(struct vault *v, const struct record_id *id, const struct secret *plain, int64_t created_ms,
    enum record_wrap with_wrap, struct record *out, struct err *e)
{
	unsigned char rk[KEY_LEN];
	RECORD r = { .body = NULL };
	int64_t frozen = 0;
	enum rc rc;

	/* The flag is read under the store lock, which a freeze of the account holds from before its first step. */
	if ((rc = vault_may_store(v, e)) != OK || (rc = rows_account_frozen(v->db, id->acct, &frozen, e)) != OK)
		return rc;
	if (with_wrap == WRAP_YES && frozen != 0)
		with_wrap = WRAP_NONE;
	if (with_wrap != WRAP_NONE && (rc = vault_secrets(v, e)) == E_FROZEN)
		with_wrap = WRAP_NONE;
	else if (with_wrap != WRAP_NONE && rc != OK)
		return rc;
	random_bytes(rk, sizeof rk);
	rc = record_build(vault_id(v), keys_r_pub(&v->keys), &v->lk, rk, id, plain, created_ms, &r, e);
	if (rc == OK && with_wrap != WRAP_NONE)
		rc = entry_put(v, id, rk, e);
	wipe(rk, sizeof rk);
	if (rc != OK)
		return rc;
	*out = r;
	r.body = NULL;
	return OK;
}

struct misnamed { const struct vault *v; const struct record_id *id; bool found; };

static bool
try_entry(void *ctx, const unsigned char *rec, uint64_t version, const unsigned char *wrap)
{
	struct misnamed *m = ctx;
	unsigned char rk[KEY_LEN];

	(void)rec;
	(void)version;
	m->found = record_unwrap(rk, vault_id(m->v), &m->v->sk, wrap, m->id) == OK;
	wipe(rk, sizeof rk);
	return !m->found;
}

bool
record_entry_misnamed(const struct vault *v, const struct record_id *id)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	struct misnamed m = { .v = v, .id = id };

	if (fuse_open(v->h, vault_id(v), false, &f, NULL) == OK)
		fuse_each(f, try_entry, &m);
	return m.found;
}

/* The store is not frozen: a thaw would refuse. */
static enum rc
entry_damaged(struct err *e)
{
	enum rc rc =
	    err_set(e, E_DAMAGED, N_("the fuse entry of this secret is damaged: it opens with the recovery kit only"));

	err_next(e, "purser recover");
	return rc;
}

static enum rc
wrap_now(struct vault *v, const struct record *r, unsigned char wrap[RECORD_WRAP_LEN], struct err *e)
{
	enum rc rc = fuse_lookup(v->h, vault_id(v), r->id.rec, r->id.version, wrap, e), rc2;

	/* An entry that came back with an older fuse opens nothing while the ledger says frozen. */
	if ((rc != OK && rc != E_NOTFOUND) || (rc2 = vault_account_open(v, r->id.acct, e)) != OK)
		return rc != OK && rc != E_NOTFOUND ? rc : rc2;
	if (rc == OK)
		return OK;
	if (record_entry_misnamed(v, &r->id))                  /* damage must never read as a freeze */
		return entry_damaged(e);
	rc = err_set(e, E_FROZEN,
	    N_("this version can be opened with the recovery kit only: it was stored while frozen, or its fuse entry was"
	       " damaged"));
	err_next(e, "purser recover");
	return rc;
}

/* The account was frozen while its secret was being opened. */
static enum rc
wrap_gone(struct vault *v, const struct record *r, struct err *e)
{
	enum rc rc = vault_account_open(v, r->id.acct, e);

	if (rc != OK)
		return rc;
	rc = err_set(e, E_FROZEN, N_("the account of this secret was frozen just now. Nothing was changed"));
	err_next(e, "purser thaw");
	return rc;
}

static enum rc
open_wrapped(struct vault *v, const struct record *r, const unsigned char wrap[RECORD_WRAP_LEN], struct secret *plain,
    struct err *e)
{
	unsigned char rk[KEY_LEN];
	SECRET s = { 0 };
	enum rc rc;

	if (record_unwrap(rk, vault_id(v), &v->sk, wrap, &r->id) != OK)
		return entry_damaged(e);
	rc = record_body(vault_id(v), rk, r, &s, e);
	wipe(rk, sizeof rk);
	/* Once more: whoever was stopped in between gives nothing out after a freeze. */
	if (rc != OK || (rc = vault_secrets(v, e)) != OK)
		return rc;
	if (!record_has_entry(v, r->id.rec, r->id.version))
		return wrap_gone(v, r, e);
	secret_move(plain, &s);
	return OK;
}

static enum rc
may_open(struct vault *v, const struct record *r, struct err *e)
{
	enum rc rc;

	if ((rc = vault_secrets(v, e)) != OK)
		return rc;
	return record_mtag_ok(vault_id(v), &v->lk, r) ? OK :
	    err_set(e, E_DAMAGED, N_("a record of a secret was altered. Nothing was changed"));
}

enum rc
record_open(struct vault *v, const struct record *r, struct secret *plain, struct err *e)
{
	unsigned char wrap[RECORD_WRAP_LEN];
	enum rc rc;

	if ((rc = may_open(v, r, e)) != OK || (rc = wrap_now(v, r, wrap, e)) != OK)
		return rc;
	return open_wrapped(v, r, wrap, plain, e);
}

enum rc
record_reveal(
    struct vault *v, const struct record *r, const char *how, int64_t now_ms, struct secret *plain, struct err *e)
{
	unsigned char wrap[RECORD_WRAP_LEN];
	bool bait = false;
	BUF text = { 0 };
	enum rc rc;

	/* What cannot be opened anyway is not logged as shown; what can is logged before it is, and not shown if
	 * that fails. */
	if ((rc = may_open(v, r, e)) != OK || (rc = wrap_now(v, r, wrap, e)) != OK)
		return rc;
	if ((rc = canary_is(v->db, r->id.rec, &bait, e)) != OK)
		return rc;
	if (bait)
		return canary_sprung(v, &r->id, now_ms, e);
	log_text_begin(&text, NULL, "reveal");
	log_text_hex(&text, "record", r->id.rec, ID_LEN);
	log_text_u64(&text, "version", r->id.version);
	log_text_add(&text, "how", how);
	if ((rc = vault_event(v, &text, now_ms, e)) != OK)
		return rc;
	return open_wrapped(v, r, wrap, plain, e);
}

enum rc
record_forget(struct vault *v, const unsigned char rec[ID_LEN], uint64_t version, struct err *e)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	enum rc rc = fuse_open(v->h, vault_id(v), true, &f, e);

	if (rc == E_FROZEN)
		return OK;
	return rc != OK ? rc : fuse_zero(f, rec, version, e);
}

bool
record_has_entry(struct vault *v, const unsigned char rec[ID_LEN], uint64_t version)
{
	unsigned char wrap[RECORD_WRAP_LEN];

	return fuse_lookup(v->h, vault_id(v), rec, version, wrap, NULL) == OK;
}

/* ---- which versions have an entry ---- */

struct entry { unsigned char b[ID_LEN + 8]; };
struct entry_set { struct entry *p; size_t n, cap; bool failed; };

static struct entry
entry_of(const unsigned char *rec, uint64_t version)
{
	struct entry en;

	memcpy(en.b, rec, ID_LEN);
	le64_put(en.b + ID_LEN, version);
	return en;
}

static bool
entry_add(void *ctx, const unsigned char *rec, uint64_t version, const unsigned char *wrap)
{
	struct entry_set *en = ctx;
	struct entry *more;

	(void)wrap;
	if (en->n == en->cap) {
		if ((more = realloc(en->p, (en->cap * 2 + 64) * sizeof *more)) == NULL) {
			en->failed = true;
			return false;
		}
		en->p = more;
		en->cap = en->cap * 2 + 64;
	}
	en->p[en->n++] = entry_of(rec, version);
	return true;
}

static int
entry_cmp(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct entry));
}

enum rc
vault_entries(struct vault *v, struct entry_set **out, struct err *e)
{
	AUTO(entry_set_free) struct entry_set *en = calloc(1, sizeof *en);
	AUTO(fuse_close) struct fuse *f = NULL;
	enum rc rc;

	if (en == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	rc = fuse_open(v->h, vault_id(v), false, &f, e);
	if (rc == OK) {
		fuse_each(f, entry_add, en);
		if (en->failed)
			return err_set(e, E_NOMEM, N_("out of memory"));
		if (en->n > 0)
			qsort(en->p, en->n, sizeof *en->p, entry_cmp);
	} else if (rc != E_FROZEN && rc != E_DAMAGED) {
		return rc;
	}
	err_clear(e);
	*out = en;
	en = NULL;
	return OK;
}

bool
entry_set_has(const struct entry_set *en, const unsigned char rec[ID_LEN], uint64_t version)
{
	struct entry want = entry_of(rec, version);

	return en->n > 0 && bsearch(&want, en->p, en->n, sizeof want, entry_cmp) != NULL;
}

void
entry_set_free(struct entry_set **en)
{
	if (*en == NULL)
		return;
	free((*en)->p);
	free(*en);
	*en = NULL;
}
