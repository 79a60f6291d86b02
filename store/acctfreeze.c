/* store/acctfreeze.c: see acctfreeze.h. */
#include "store/acctfreeze.h"

#include "base/io.h"
#include "base/le.h"
#include "store/files.h"
#include "store/ledger.h"
#include "store/vault_int.h"

#include <string.h>
#include <time.h>

enum { M_VAULT = 8, M_ACCOUNTS = 24, M_RECORDS = 28, M_UIDS = 32, M_SUM_LEN = 32 };
#define MARKER_MAX (M_UIDS + 2u * FUSE_ENTRIES_MAX * ID_LEN + M_SUM_LEN)

static const char magic[8] = { 'P', 'U', 'R', 'S', 'F', 'R', 'A', '1' };

/* ---- lists of ids ---- */

struct ids { unsigned char (*p)[ID_LEN]; size_t n, cap; };

static void
ids_free(struct ids *l)
{
	free(l->p);
}

static bool
ids_add(struct ids *l, const unsigned char id[ID_LEN])
{
	void *more;

	if (l->n == l->cap) {
		if ((more = realloc(l->p, (l->cap * 2 + 32) * sizeof *l->p)) == NULL)
			return false;
		l->p = more;
		l->cap = l->cap * 2 + 32;
	}
	memcpy(l->p[l->n++], id, ID_LEN);
	return true;
}

static int
id_cmp(const void *a, const void *b)
{
	return memcmp(a, b, ID_LEN);
}

static void
ids_sort(struct ids *l)
{
	if (l->n > 0)
		qsort(l->p, l->n, sizeof *l->p, id_cmp);
}

/* Of a sorted one. */
static bool
ids_have(const struct ids *l, const unsigned char id[ID_LEN])
{
	return l->n > 0 && bsearch(id, l->p, l->n, sizeof *l->p, id_cmp) != NULL;
}

bool
uid_list_has(const struct uid_list *l, const unsigned char uid[ID_LEN])
{
	for (size_t i = 0; i < l->n; i++)
		if (memcmp(l->uid[i], uid, ID_LEN) == 0)
			return true;
	return false;
}

/* ---- the flag in the ledger ---- */

enum rc
rows_account_frozen(struct db *db, const unsigned char uid[ID_LEN], int64_t *since, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	*since = 0;
	if ((rc = sql_prepare(db, "SELECT frozen FROM account WHERE uid = ?1", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, uid, ID_LEN);
	if ((rc = sql_step(&q, &row, e)) == OK && row)
		*since = sql_int(&q, 0);
	return rc;
}

/* 1: ACCOUNT_FROZEN; a closed account is closed again afterwards. */
#define SET_FROZEN "UPDATE account SET frozen = ?1, state = CASE WHEN ?1 <> 0 THEN 1 WHEN closed <> 0 THEN 2 ELSE 0 END"

enum rc
rows_account_set_frozen(struct db *db, const unsigned char uid[ID_LEN], int64_t since, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	/* One that is frozen already keeps its time. */
	if ((rc = sql_prepare(db, SET_FROZEN " WHERE uid = ?2 AND (?1 = 0 OR frozen = 0)", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, since);
	sql_bind_blob(&q, 2, uid, ID_LEN);
	return sql_run(&q, e);
}

enum rc
rows_accounts_thaw(struct db *db, const struct uid_list *only, int64_t since, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, SET_FROZEN " WHERE ?1 = 0 OR frozen = 0", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, only != NULL ? since : 0);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	for (size_t i = 0; only != NULL && i < only->n; i++)
		if ((rc = rows_account_set_frozen(db, only->uid[i], 0, e)) != OK)
			return rc;
	return OK;
}

/* ---- the marker ---- */

struct marker { unsigned char *raw; size_t len, accounts; struct ids recs; };

static void
marker_free(struct marker *m)
{
	free(m->raw);
	ids_free(&m->recs);
}

bool
acctfreeze_marked(const struct home *h)
{
	return h->device >= 0 && file_there(h->device, ACCOUNTS_MARKER);
}

void
acctfreeze_tidy(const struct home *h)
{
	if (file_there(h->device, ACCOUNTS_MARKER ".tmp"))
		(void)!file_unlink(h->device, ACCOUNTS_MARKER ".tmp", NULL);    /* in nobody's way if it stays */
}

static bool
marker_ok(const struct marker *m)
{
	unsigned char sum[M_SUM_LEN];
	uint64_t ids;

	if (m->len < M_UIDS + M_SUM_LEN || memcmp(m->raw, magic, sizeof magic) != 0)
		return false;
	ids = (uint64_t)le32_get(m->raw + M_ACCOUNTS) + le32_get(m->raw + M_RECORDS);
	if (ids > 2u * FUSE_ENTRIES_MAX || m->len != M_UIDS + ids * ID_LEN + M_SUM_LEN)
		return false;
	hash256(sum, m->raw, m->len - M_SUM_LEN);
	return same_bytes(sum, m->raw + m->len - M_SUM_LEN, sizeof sum);
}

/* E_DAMAGED: only an accident makes such a one, it came into place by rename. */
static enum rc
marker_read(const struct home *h, struct marker *out, struct err *e)
{
	AUTO(buf_free) struct buf b = { .max = MARKER_MAX };
	enum rc rc;

	rc = io_read_file(h->device, ACCOUNTS_MARKER, MARKER_MAX, &b, e);
	if (rc != OK && rc != E_RANGE && rc != E_INPUT)
		return rc;
	out->len = b.len;
	out->raw = (unsigned char *)b.p;
	b = (struct buf){ 0 };
	if (rc != OK || !marker_ok(out))
		return err_set(e, E_DAMAGED, N_("the file %s is damaged"), ACCOUNTS_MARKER);
	out->accounts = le32_get(out->raw + M_ACCOUNTS);
	for (size_t i = 0; i < le32_get(out->raw + M_RECORDS); i++)
		if (!ids_add(&out->recs, out->raw + M_UIDS + (out->accounts + i) * ID_LEN))
			return err_set(e, E_NOMEM, N_("out of memory"));
	ids_sort(&out->recs);
	return OK;
}

static enum rc
marker_write(const struct vault *v, const unsigned char (*uid)[ID_LEN], size_t n, const struct ids *recs, struct err *e)
{
	size_t len = M_UIDS + (n + recs->n) * ID_LEN + M_SUM_LEN;
	AUTO(auto_free) unsigned char *raw = calloc(1, len);

	if (raw == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	memcpy(raw, magic, sizeof magic);
	memcpy(raw + M_VAULT, vault_id(v), 16);
	le32_put(raw + M_ACCOUNTS, (uint32_t)n);
	le32_put(raw + M_RECORDS, (uint32_t)recs->n);
	memcpy(raw + M_UIDS, uid, n * ID_LEN);
	if (recs->n > 0)
		memcpy(raw + M_UIDS + n * ID_LEN, recs->p, recs->n * ID_LEN);
	hash256(raw + len - M_SUM_LEN, raw, len - M_SUM_LEN);
	return io_replace(v->h->device, ACCOUNTS_MARKER, 0600, raw, len, e);
}

static enum rc
marker_remove(const struct home *h, struct err *e)
{
	enum rc rc = file_unlink(h->device, ACCOUNTS_MARKER, e);

	return rc != OK ? rc : io_fsync_dir(h->device, e);
}

static bool
named(void *ctx, const unsigned char *rec)
{
	return ids_have(ctx, rec);
}

/* Which entries were meant is lost. Where there is no fuse none of them opens, and a thaw makes everything anew. */
static enum rc
marker_lost(const struct home *h, struct err *e)
{
	if (!fuse_any(h))
		return marker_remove(h, e);
	(void)err_set(e, E_DAMAGED,
	    N_("the file %s/%s is damaged: a freeze of accounts was begun, and it cannot be told of which. Nothing was changed"),
	    h->device_path, ACCOUNTS_MARKER);
	err_next(e, N_("purser freeze, then purser thaw with the kit; or remove that file and repeat purser freeze NAME"));
	return E_DAMAGED;
}

enum rc
acctfreeze_finish_entries(const struct home *h, struct err *e)
{
	AUTO(marker_free) struct marker m = { .len = 0 };
	struct err mine = { .rc = OK };
	size_t erased;
	enum rc rc = marker_read(h, &m, &mine);

	if (rc == E_DAMAGED)
		return marker_lost(h, e);
	if (rc == OK)
		rc = fuse_erase(h, named, &m.recs, &erased, &mine);
	if (rc == OK || rc == E_NOTFOUND)
		return OK;
	return err_set(e, E_FAILED, N_("a freeze of accounts was begun and cannot be finished: %s"), mine.what);
}

/* ---- which entries ---- */

struct sorting { const struct uid_list *l; struct ids mine, others; bool failed; };

static void
sorting_end(struct sorting *s)
{
	ids_free(&s->mine);
	ids_free(&s->others);
}

static enum rc
sort_row(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct sorting *s = ctx;

	(void)use;
	if (ids_add(uid_list_has(s->l, r->id.acct) ? &s->mine : &s->others, r->id.rec))
		return OK;
	return err_set(e, E_NOMEM, N_("out of memory"));
}

static bool
sort_entry(void *ctx, const unsigned char *rec, uint64_t version, const unsigned char *wrap)
{
	struct sorting *s = ctx;

	(void)version;
	(void)wrap;
	/* An entry that no row names may be one of this account under a damaged name: it goes too. */
	if (!ids_have(&s->others, rec))
		s->failed = !ids_add(&s->mine, rec) || s->failed;
	return !s->failed;
}

static enum rc
entries_of(struct vault *v, const struct uid_list *l, struct sorting *s, struct err *e)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	enum rc rc;

	s->l = l;
	if ((rc = rows_secret_each(v->db, NULL, sort_row, s, e)) != OK)
		return rc;
	ids_sort(&s->others);
	if (fuse_open(v->h, vault_id(v), false, &f, NULL) == OK) /* frozen or damaged: the names of the rows will do */
		fuse_each(f, sort_entry, s);
	ids_sort(&s->mine);
	return s->failed ? err_set(e, E_NOMEM, N_("out of memory")) : OK;
}

/* ---- freeze ---- */

static enum rc
event_of(struct vault_txn *t, struct vault *v, const unsigned char uid[ID_LEN], const char *reason, struct err *e)
{
	BUF text = { 0 };
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(v->db, "SELECT name FROM account WHERE uid = ?1", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, uid, ID_LEN);
	if ((rc = sql_step(&q, &row, e)) != OK || !row)
		return rc;
	log_text_begin(&text, NULL, "freeze-account");
	log_text_add(&text, "account", sql_text(&q, 0));
	if (reason != NULL && reason[0] != '\0')
		log_text_add(&text, "reason", reason);
	return vault_txn_event(t, &text, e);
}

/* The ledger's part; what is frozen already is not logged again. */
static enum rc
flag_all(struct vault_txn *t, struct vault *v, const struct uid_list *l, const char *reason, int64_t now_ms,
    struct err *e)
{
	int64_t since;
	enum rc rc;

	for (size_t i = 0; i < l->n; i++) {
		if ((rc = rows_account_frozen(v->db, l->uid[i], &since, e)) != OK)
			return rc;
		if (since != 0)
			continue;
		if ((rc = rows_account_set_frozen(v->db, l->uid[i], now_ms, e)) != OK ||
		    (rc = event_of(t, v, l->uid[i], reason, e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
not_frozen(struct err *e, const struct err *why)
{
	enum rc rc = err_set(
	    e, why->rc == E_BUSY || why->rc == E_DAMAGED ? why->rc : E_FAILED, N_("NOT FROZEN: %s"), why->what);

	err_next(e, "purser freeze");
	return rc;
}

enum rc
vault_freeze_accounts(struct vault *v, const unsigned char (*uid)[ID_LEN], size_t n, const char *reason, int64_t now_ms,
    int64_t wait_ms, size_t *erased, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(sorting_end) struct sorting s = { .failed = false };
	struct uid_list l = { (unsigned char (*)[ID_LEN])(uintptr_t)uid, n };
	struct err why = { .rc = OK };
	enum rc rc;

	if ((rc = vault_txn_begin(v, wait_ms, now_ms, &t, &why)) != OK || (rc = entries_of(v, &l, &s, &why)) != OK ||
	    (rc = flag_all(t, v, &l, reason, now_ms, &why)) != OK)
		return not_frozen(e, &why);
	/* From the marker on it is going to happen; what opens goes before the ledger says that nothing does. */
	if ((rc = marker_write(v, uid, n, &s.mine, &why)) != OK ||
	    (rc = fuse_erase(v->h, named, &s.mine, erased, &why)) != OK || (rc = vault_txn_commit(&t, &why)) != OK)
		return not_frozen(e, &why);
	rc = marker_remove(v->h, NULL);
	(void)rc;                               /* the next holder of the lock finds nothing left to erase */
	return OK;
}

enum rc
acctfreeze_settle(struct vault *v, int64_t now_ms, int64_t wait_ms, struct err *e)
{
	AUTO(marker_free) struct marker m = { .len = 0 };
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct uid_list l;
	enum rc rc;

	if (v->read_only || v->locked || !acctfreeze_marked(v->h))
		return OK;
	/* Taking the lock erases the entries; another who held it meanwhile may have finished all of it. */
	v->settling = true;
	rc = vault_txn_begin(v, wait_ms, now_ms, &t, e);
	v->settling = false;
	if (rc != OK || !acctfreeze_marked(v->h) || (rc = marker_read(v->h, &m, e)) != OK)
		return rc;
	l = (struct uid_list){ (unsigned char (*)[ID_LEN])(uintptr_t)(m.raw + M_UIDS), m.accounts };
	if ((rc = flag_all(t, v, &l, "resumed", now_ms, e)) != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	v->notices.recovered |= RECOVERED_ACCOUNTS;
	return marker_remove(v->h, e);
}

/* ---- what a frozen account means to readers ---- */

enum rc
vault_account_open(struct vault *v, const unsigned char uid[ID_LEN], struct err *e)
{
	char when[24] = "";
	struct tm tm;
	time_t at;
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(v->db, "SELECT name, frozen FROM account WHERE uid = ?1 AND frozen <> 0", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, uid, ID_LEN);
	if ((rc = sql_step(&q, &row, e)) != OK || !row)
		return rc;
	at = (time_t)(sql_int(&q, 1) / 1000);
	if (localtime_r(&at, &tm) != NULL)
		(void)strftime(when, sizeof when, "%Y-%m-%d %H:%M", &tm);
	rc = err_set(e, E_FROZEN,
	    N_("account %s is frozen since %s: none of its secrets can be read. Nothing was changed"), sql_text(&q, 0),
	    when);
	err_next(e, "purser thaw %s", sql_text(&q, 0));
	return rc;
}

struct frozen_recs { struct ids *recs; size_t versions; struct uid_list l; };

static enum rc
frozen_row(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct frozen_recs *f = ctx;

	(void)use;
	if (!uid_list_has(&f->l, r->id.acct))
		return OK;
	f->versions++;
	return ids_add(f->recs, r->id.rec) ? OK : err_set(e, E_NOMEM, N_("out of memory"));
}

static enum rc
frozen_accounts(struct vault *v, struct ids *out, struct err *e)
{
	SQL q = { 0 };
	const void *uid;
	size_t n;
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(v->db, "SELECT uid FROM account WHERE frozen <> 0", &q, e)) != OK)
		return rc;
	while ((rc = sql_step(&q, &row, e)) == OK && row)
		if ((uid = sql_blob(&q, 0, &n)) != NULL && n == ID_LEN && !ids_add(out, uid))
			return err_set(e, E_NOMEM, N_("out of memory"));
	return rc;
}

struct looking { const struct ids *recs; bool found; };

static bool
look_entry(void *ctx, const unsigned char *rec, uint64_t version, const unsigned char *wrap)
{
	struct looking *x = ctx;

	(void)version;
	(void)wrap;
	x->found = ids_have(x->recs, rec);
	return !x->found;
}

static bool
any_entry(const struct vault *v, const struct ids *recs)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	struct looking x = { .recs = recs };

	if (recs->n > 0 && fuse_open(v->h, vault_id(v), false, &f, NULL) == OK)
		fuse_each(f, look_entry, &x);
	return x.found;
}

static enum rc
frozen_records(struct vault *v, struct ids *recs, size_t *versions, struct err *e)
{
	AUTO(ids_free) struct ids accounts = { .n = 0 };
	struct frozen_recs f = { .recs = recs };
	enum rc rc;

	recs->n = 0;
	if ((rc = frozen_accounts(v, &accounts, e)) != OK || accounts.n == 0)
		return rc;
	f.l = (struct uid_list){ accounts.p, accounts.n };
	rc = rows_secret_each(v->db, NULL, frozen_row, &f, e);
	ids_sort(recs);
	*versions = f.versions;
	return rc;
}

enum rc
acctfreeze_enforce(struct vault *v, size_t *frozen, size_t *erased, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	AUTO(ids_free) struct ids recs = { .n = 0 };
	enum rc rc;

	*frozen = *erased = 0;
	if ((rc = frozen_records(v, &recs, frozen, e)) != OK || v->read_only || !any_entry(v, &recs))
		return rc;
	/* Who holds the lock may be thawing one of them: under the lock it is looked at again. */
	if ((rc = store_lock_take(v->h, LOG_WAIT_MS, &l, e)) != OK)
		return rc == E_BUSY ? OK : rc;  /* the flag refuses all the same */
	if ((rc = frozen_records(v, &recs, frozen, e)) != OK)
		return rc;
	return fuse_erase(v->h, named, &recs, erased, e);
}
