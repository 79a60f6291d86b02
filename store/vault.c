/* store/vault.c: the unlocked vault: its parts, closing, whether secrets can be opened now, the writer's bracket. */
#include "store/vault_int.h"

#include "base/io.h"
#include "store/acctfreeze.h"
#include "store/change.h"
#include "store/files.h"
#include "store/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* ---- parts ---- */

static enum rc
home_copy(const struct home *h, struct home **out, struct err *e)
{
	AUTO(home_close) struct home *c = malloc(sizeof *c);

	if (c == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	*c = *h;
	c->vault = h->vault < 0 ? -1 : fcntl(h->vault, F_DUPFD_CLOEXEC, 3);
	c->device = h->device < 0 ? -1 : fcntl(h->device, F_DUPFD_CLOEXEC, 3);
	if ((h->vault >= 0 && c->vault < 0) || (h->device >= 0 && c->device < 0))
		return err_sys(e, E_SYS, N_("cannot open directory %s"), h->vault_path);
	*out = c;
	c = NULL;
	return OK;
}

enum rc
vault_new(const struct home *h, const struct keys *k, struct secret *lk, struct vault **out, struct err *e)
{
	struct vault *v = calloc(1, sizeof *v);
	enum rc rc;

	if (v == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = home_copy(h, &v->h, e)) != OK) {
		free(v);
		return rc;
	}
	v->keys = *k;
	v->state = VAULT_FROZEN;
	secret_move(&v->lk, lk);
	*out = v;
	return OK;
}

const struct vault_notices *vault_notices(const struct vault *v) { return &v->notices; }
enum vault_state vault_state(const struct vault *v) { return v->state; }
uint64_t vault_epoch(const struct vault *v) { return keys_epoch(&v->keys); }
enum kit_state vault_kit_state(const struct vault *v) { return keys_kit(&v->keys); }
const unsigned char *vault_id(const struct vault *v) { return keys_vault_id(&v->keys); }
const unsigned char *vault_pk0(const struct vault *v) { return keys_pk0(&v->keys); }
const struct home *vault_home(const struct vault *v) { return v->h; }
const struct secret *vault_lk(const struct vault *v) { return &v->lk; }
const struct secret *vault_sk(const struct vault *v) { return v->sk.bytes != NULL ? &v->sk : NULL; }
struct db *vault_db(struct vault *v) { return v->db; }
struct log *vault_log(struct vault *v) { return v->log; }

void
vault_fingerprint(const struct vault *v, char out[20])
{
	out[0] = '\0';
	if (keys_kit(&v->keys) != KIT_NONE)
		kit_fingerprint(out, vault_id(v), keys_r_pub(&v->keys), vault_pk0(v));
}

void
vault_hide_keys(struct vault *v)
{
	secret_hide(&v->lk);
	secret_hide(&v->sk);
}

void
vault_show_keys(struct vault *v)
{
	secret_unhide(&v->lk);
	secret_unhide(&v->sk);
}

void
vault_drop_sk(struct vault *v)
{
	secret_wipe(&v->sk);
	v->has_head = false;
}

/* ---- log ---- */

void
log_keys_free(struct log_keys *k)
{
	old_lks_free(&k->old);
	free(k->lk);
	k->lk = NULL;
	k->n = 0;
}

enum rc
vault_log_keys(struct vault *v, struct log_keys *out, struct err *e)
{
	struct log_keys k = { .n = 0 };
	enum rc rc;

	if ((rc = rows_old_lk_all(v->db, &k.old, e)) != OK)
		return rc;
	if ((k.lk = calloc(k.old.n + 1, sizeof *k.lk)) == NULL) {
		log_keys_free(&k);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	for (; k.n < k.old.n; k.n++)
		k.lk[k.n] = (struct log_lk){ k.old.last_seq[k.n], k.old.lk.bytes + k.n * KEY_LEN };
	k.lk[k.n++] = (struct log_lk){ UINT64_MAX, v->lk.bytes };
	*out = k;
	return OK;
}

static enum rc
log_usable(const struct vault *v, struct err *e)
{
	enum rc rc;

	if (v->read_only)
		return err_set(
		    e, E_FAILED, N_("the store is on a read-only medium: what cannot be logged is not shown"));
	if (v->log != NULL && !v->notices.log_broken)
		return OK;
	rc = err_set(e, E_DAMAGED, N_("the audit log does not fit logstate: only the ledger can be read"));
	err_next(e, "purser recover");
	return rc;
}

/* ---- keys that others renewed ---- */

static enum rc
renewed(struct err *e)
{
	enum rc rc = err_set(e, E_LOCKED, N_("the keys of the store were renewed by another purser"));

	err_next(e, "purser unlock");
	return rc;
}

/* Keys that changed on disk: under the same LK (password, kit check) they are taken over; SK of another epoch goes. */
static enum rc
keys_again(struct vault *v, struct err *e)
{
	struct keys k;
	enum rc rc;

	if ((rc = keys_read(v->h->vault, "keys", &k, e)) != OK)
		return rc;
	if (memcmp(k.raw, v->keys.raw, KEYS_SIZE) == 0)
		return OK;
	if (keys_check_mac(&k, &v->lk, NULL) != OK)
		return renewed(e);
	if (keys_epoch(&k) != keys_epoch(&v->keys))
		vault_drop_sk(v);
	v->keys = k;
	return OK;
}

enum rc
vault_event(struct vault *v, struct buf *text, int64_t now_ms, struct err *e)
{
	struct db_info info;
	uint64_t changes = 0;
	enum rc rc;

	/* A record under an LK of before would look like one that somebody forged. */
	if ((rc = log_usable(v, e)) != OK || (rc = keys_again(v, e)) != OK ||
	    (rc = rows_changes(v->db, &changes, e)) != OK || (rc = db_info(v->db, &info, e)) != OK)
		return rc;
	log_text_db(text, changes, info.seq);
	if ((rc = buf_check(text, e)) != OK ||
	    (rc = log_append(v->log, v->lk.bytes, false, buf_str(text), now_ms, NULL, e)) != OK)
		return rc;
	v->logged_changes = changes;
	return OK;
}

/* ---- outbox ---- */

struct outbox { struct log_pending *p; size_t n; };

static void
outbox_free(struct outbox *o)
{
	for (size_t i = 0; i < o->n; i++)
		free((void *)(uintptr_t)o->p[i].text);
	free(o->p);
}

static enum rc
outbox_take(void *ctx, const struct outbox_row *row, struct err *e)
{
	struct outbox *o = ctx;
	struct log_pending *more = realloc(o->p, (o->n + 1) * sizeof *more);

	if (more == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	o->p = more;
	o->p[o->n].from_seq = row->from_seq;
	memcpy(o->p[o->n].id, row->id, ID_LEN);
	if ((o->p[o->n].text = strdup(row->text)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	o->n++;
	return OK;
}

/* Deleting is no write transaction of its own: losing it again only means to look the records up once more. */
enum rc
vault_drain(struct vault *v, int64_t now_ms, struct err *e)
{
	AUTO(outbox_free) struct outbox o = { .n = 0 };
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	SQL_TXN t = { 0 };
	uint64_t waiting = 0;
	enum rc rc;

	if ((rc = outbox_count(v->db, &waiting, e)) != OK || waiting == 0)
		return rc;
	if ((rc = log_usable(v, e)) != OK || (rc = outbox_each(v->db, outbox_take, &o, e)) != OK ||
	    (rc = vault_log_keys(v, &k, e)) != OK || (rc = log_drain(v->log, k.lk, k.n, o.p, o.n, now_ms, e)) != OK ||
	    (rc = sql_begin(v->db, true, &t, e)) != OK)
		return rc;
	for (size_t i = 0; i < o.n; i++)
		if ((rc = outbox_delete(v->db, o.p[i].id, e)) != OK)
			return rc;
	db_relax(v->db, true);
	rc = sql_commit(&t, e);
	db_relax(v->db, false);
	if (rc != OK)
		return rc;
	return rows_changes(v->db, &v->logged_changes, e);
}

/* ---- closing ---- */

void
vault_close(struct vault **vp)
{
	struct vault *v = *vp;
	BUF text = { 0 };
	uint64_t changes = 0;
	enum rc rc;

	if (v == NULL)
		return;
	/* Rows changed without an event: the counter must be in the log before the next unlock compares it. Not
	 * while a change waits for its epoch record: what the old LK closed ends there, and a record before it would
	 * count as the old LK's. */
	if (v->db != NULL && v->log != NULL && !v->read_only && !v->notices.log_broken && v->lk.bytes != NULL &&
	    !file_there(v->h->device, "change") && rows_changes(v->db, &changes, NULL) == OK &&
	    changes > v->logged_changes) {
		log_text_begin(&text, NULL, "change");
		rc = vault_event(v, &text, clock_now_ms(), NULL);
		(void)rc;                           /* a counter that is behind is no rollback */
	}
	log_close(&v->log);
	db_close(&v->db);
	secret_wipe(&v->lk);
	secret_wipe(&v->sk);
	home_close(&v->h);
	wipe(v, sizeof *v);
	free(v);
	*vp = NULL;
}

/* ---- secrets now? ---- */

/* Only sector 0: this is asked before every reveal. vault_id NULL: of whatever store. */
static enum rc
head_now(const struct home *h, const unsigned char *id, struct fuse_head *head, struct err *e)
{
	unsigned char p[FUSE_SECTOR];
	AUTO(auto_close) int fd = -1;
	bool marked = freeze_marked(h);
	size_t got = 0;
	enum rc rc;

	if (!marked)
		fd = openat(h->device, "fuse", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	/* Only an absent one is a freeze: what cannot be opened for another reason says so. */
	if (fd < 0 && (marked || errno == ENOENT)) {
		rc = err_set(e, E_FROZEN, N_("frozen: no password or code can be read. Nothing was changed"));
		err_next(e, "purser thaw");
		return rc;
	}
	if (fd < 0)
		return err_sys(e, errno == ELOOP ? E_DAMAGED : E_SYS, N_("cannot open the fuse file"));
	if ((rc = io_pread(fd, p, sizeof p, 0, &got, e)) != OK)
		return rc;
	return fuse_head_check(p, got, id, head, e);
}

enum rc
vault_secrets_ready(const struct home *h, struct err *e)
{
	struct fuse_head head;
	enum rc rc;

	/* Neither of the two: no frozen store but a restored one. The way to the ledger says so. */
	if (h->device < 0 || (!file_there(h->device, "device.key") && !fuse_any(h)))
		return OK;
	rc = head_now(h, NULL, &head, e);
	return rc == E_FROZEN && change_leftovers(h) && !freeze_marked(h) ? OK : rc; /* in the middle of a renewal */
}

enum rc
vault_secrets(struct vault *v, struct err *e)
{
	struct fuse_head head;
	enum rc rc;

	if ((rc = head_now(v->h, vault_id(v), &head, e)) != OK) {
		if (rc == E_FROZEN)
			v->state = VAULT_FROZEN;
		return rc;
	}
	if (v->notices.fuse_damaged)
		return err_set(e, E_DAMAGED, N_("the fuse file is damaged: secrets only through thaw"));
	if (v->records_bad) {
		rc = err_set(e, E_DAMAGED,
		    N_("records of secrets were deleted, put back or altered: they open with the recovery kit only"));
		err_next(e, "purser recover");
		return rc;
	}
	if ((rc = log_usable(v, e)) != OK)
		return rc;
	if (!v->has_head || memcmp(head.raw, v->head, FUSE_SECTOR) != 0)
		return renewed(e);
	return OK;
}

/* ---- writer's bracket ---- */

enum rc
vault_refresh(struct vault *v, struct err *e)
{
	struct db *db = NULL;
	enum rc rc;

	if (db_same_file(v->db))
		return OK;
	rc = db_open(v->h->vault, "store.db", v->lk.bytes, v->read_only ? DB_READ : 0, &db, e);
	if (rc == E_KEY)
		return renewed(e);
	if (rc != OK)
		return rc;
	db_close(&v->db);
	v->db = db;
	return OK;
}

enum rc
vault_write_begin(struct vault *v, int64_t wait_ms, struct store_lock **out, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	enum rc rc;

	if (v->read_only)
		return err_set(e, E_FAILED, N_("the store is on a read-only medium. Nothing was changed"));
	if (!v->settling && (rc = acctfreeze_settle(v, clock_now_ms(), wait_ms, e)) != OK)
		return rc;
	if ((rc = store_lock_take(v->h, wait_ms, &l, e)) != OK || (rc = keys_again(v, e)) != OK ||
	    (rc = vault_refresh(v, e)) != OK)
		return rc;
	v->locked = true;
	rc = vault_settle_change(v, clock_now_ms(), wait_ms, e);
	if (rc == OK && !v->notices.log_broken)
		rc = vault_drain(v, clock_now_ms(), e);
	v->locked = false;
	if (rc != OK)
		return rc;
	*out = l;
	l = NULL;
	return OK;
}
