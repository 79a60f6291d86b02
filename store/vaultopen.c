/* store/vaultopen.c: from LK to an open vault: store.db, the last step of a change, epoch, log, freshness, records. */
#include "store/vault_int.h"

#include "base/le.h"
#include "store/acctfreeze.h"
#include "store/change.h"
#include "store/files.h"
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* ---- step 5 of a change ---- */

struct epoch_search { uint64_t epoch; bool found; };

static enum rc
find_epoch(void *ctx, const struct log_entry *en, struct err *e)
{
	struct epoch_search *s = ctx;
	AUTO(auto_free) struct log_text *t = NULL;
	uint64_t epoch;

	if (en->origin != 'U' || !en->opened)
		return OK;
	if ((t = malloc(sizeof *t)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (log_text_parse(t, en->text, en->n) && strcmp(t->event, "epoch") == 0 &&
	    log_text_get_u64(t, "epoch", &epoch))
		s->found = s->found || epoch == s->epoch;
	return OK;
}

/* The newest earlier LK wrote up to here: whatever was appended under it between the commit point and now. */
static enum rc
old_lk_closes(struct vault *v, uint64_t last_seq, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(v->db,
		 "UPDATE old_lk SET last_seq = ?1 WHERE last_seq = (SELECT max(last_seq) FROM old_lk)"
		 " AND last_seq < ?1",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, (int64_t)last_seq);
	return sql_run(&q, e);
}

#define LOOK_BACK 64u           /* records: the one of an interrupted change can only be among the last few */

static enum rc
log_epoch(struct vault *v, const struct change *c, int64_t now_ms, struct err *e)
{
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	struct epoch_search s = { .epoch = change_epoch(c) };
	struct log_head head;
	BUF text = { 0 };
	enum rc rc;

	if (!change_has(c, CF_KEYS)) {                  /* rekey: the epoch stays */
		log_text_begin(&text, NULL, "rekey");
		return vault_event(v, &text, now_ms, e);
	}
	if ((rc = log_head(v->log, &head, e)) != OK || (rc = vault_log_keys(v, &k, e)) != OK ||
	    (rc = log_each(v->log, k.lk, k.n, head.next_seq > LOOK_BACK ? head.next_seq - LOOK_BACK : 0, find_epoch, &s,
		 e)) != OK)
		return rc;
	if (s.found)
		return OK;
	/* A new chain begins with the record that names the one before it: that waits in the outbox. */
	if (change_has(c, CF_LOG) && (rc = vault_drain(v, now_ms, e)) != OK)
		return rc;
	if (change_has(c, CF_STORE) && !change_has(c, CF_LOG) && head.any && (rc = old_lk_closes(v, head.seq, e)) != OK)
		return rc;
	log_text_begin(&text, NULL, "epoch");
	log_text_u64(&text, "epoch", change_epoch(c));
	log_text_add(&text, "what", v->what != NULL ? v->what : "resumed");
	return vault_event(v, &text, now_ms, e);
}

enum rc
vault_settle_change(struct vault *v, int64_t now_ms, int64_t wait_ms, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	struct change c;
	enum rc rc;

	if (!file_there(v->h->device, "change"))
		return OK;
	if (!v->locked && (rc = store_lock_take(v->h, wait_ms, &l, e)) != OK)
		return rc;
	if ((rc = change_read(v->h, &c, e)) != OK)
		return rc == E_NOTFOUND ? OK : rc;
	if (change_epoch(&c) != vault_epoch(v) || memcmp(change_vault_id(&c), vault_id(v), 16) != 0 ||
	    !change_mac_ok(&c, &v->lk))
		return err_set(e, E_DAMAGED,
		    N_("the file `change` was altered, or belongs to another store. Nothing was changed"));
	if ((rc = db_set_epoch(v->db, change_epoch(&c), e)) != OK)
		return rc;
	if (v->log != NULL && !v->notices.log_broken && (rc = log_epoch(v, &c, now_ms, e)) != OK)
		return rc;
	/* A table that nothing leads through any more; keys say so, and this is done before the change counts as done. */
	if (!(keys_flags(&v->keys) & KEYS_TOTP_MASK) && (rc = file_erase(v->h->device, "totp.tab", e)) != OK &&
	    rc != E_DAMAGED)
		return rc;
	v->notices.recovered |= v->what == NULL ? RECOVERED_CHANGE : 0u;
	return change_done(v->h, e);
}

/* ---- store.db and log ---- */

static enum rc
rollback(struct err *e)
{
	enum rc rc = err_set(
	    e, E_DAMAGED, N_("rollback suspected: an older copy of store.db was put back. Nothing was changed"));

	err_next(e, "purser recover");
	return rc;
}

/* One epoch behind only while a change that says so is on its way. */
static enum rc
epoch_ok(struct vault *v, const struct db_info *info, struct err *e)
{
	struct change c;

	if (info->epoch == vault_epoch(v))
		return OK;
	if (info->epoch + 1 == vault_epoch(v) && change_read(v->h, &c, NULL) == OK &&
	    change_epoch(&c) == vault_epoch(v) && change_mac_ok(&c, &v->lk))
		return OK;
	return rollback(e);
}

/* A log that does not fit logstate is read, not written: the ledger stays usable, secrets do not. */
static enum rc
open_log(struct vault *v, struct err *e)
{
	struct log_where w = { .vaultfd = v->h->vault, .devfd = v->h->device };
	const unsigned char *l_pub = keys_l_pub(&v->keys), *pk0 = keys_pk0(&v->keys);
	enum rc rc = E_DAMAGED;

	if (!v->read_only) {
		rc = log_open(&v->log, &w, l_pub, pk0, LOG_WRITE, LOG_WAIT_MS, e);
		if (rc != E_DAMAGED && rc != E_NOTFOUND)
			return rc;
		v->notices.log_broken = true;
	}
	if (rc == E_NOTFOUND)
		return OK;
	rc = log_open(&v->log, &w, l_pub, pk0, LOG_READ, LOG_WAIT_MS, e);
	return rc == E_DAMAGED || rc == E_NOTFOUND ? OK : rc;
}

/* What the log last said of the database must not be newer than the database. */
enum rc
vault_is_fresh(struct vault *v, bool *fresh, struct err *e)
{
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	uint64_t changes = 0, hdr = 0, now = 0;
	struct db_info info;
	bool found = false;
	enum rc rc;

	*fresh = true;
	if (v->log == NULL)
		return OK;
	if ((rc = vault_log_keys(v, &k, e)) != OK)
		return rc;
	rc = log_last_counters(v->log, k.lk, k.n, &changes, &hdr, &found, e);
	if (rc == E_DAMAGED)
		v->notices.log_broken = true; /* who broke it may have wanted to hide a rollback: no secrets */
	if (rc == E_DAMAGED || (rc == OK && !found))
		return OK;
	if (rc != OK || (rc = rows_changes(v->db, &now, e)) != OK || (rc = db_info(v->db, &info, e)) != OK)
		return rc;
	*fresh = now >= changes && info.seq >= hdr;
	if (*fresh)
		v->logged_changes = changes;
	return OK;
}

static enum rc
fresh_by_log(struct vault *v, struct err *e)
{
	bool fresh;
	enum rc rc = vault_is_fresh(v, &fresh, e);

	return rc != OK || fresh ? rc : rollback(e);
}

static enum rc
drain_if_needed(struct vault *v, int64_t now_ms, int64_t wait_ms, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	int64_t waiting = 0;
	enum rc rc;

	if (v->log == NULL || v->notices.log_broken || v->read_only)
		return OK;
	if ((rc = sql_get_int(v->db, "SELECT count(*) FROM log_outbox", &waiting, e)) != OK || waiting == 0)
		return rc;
	/* Another who holds the lock drains it too. */
	if (!v->locked && (rc = store_lock_take(v->h, wait_ms, &l, e)) != OK)
		return rc == E_BUSY ? OK : rc;
	return vault_drain(v, now_ms, e);
}

/* A store of an earlier version gets the tables of this one; on a read-only medium it is read as it is. */
static enum rc
bring_up_to_date(struct vault *v, int64_t now_ms, int64_t wait_ms, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	int64_t was = 0;
	BUF text = { 0 };
	bool changed = false;
	enum rc rc;

	if ((rc = schema_version(v->db, &was, e)) != OK || was == SCHEMA_VERSION ||
	    ((v->read_only || v->h->device < 0) && was < SCHEMA_VERSION))
		return rc;
	if (!v->locked && (rc = store_lock_take(v->h, wait_ms, &l, e)) != OK)
		return rc;
	if ((rc = schema_migrate(v->db, &changed, e)) != OK || !changed || v->log == NULL || v->notices.log_broken)
		return rc;
	log_text_begin(&text, NULL, "migrate");
	log_text_u64(&text, "from", (uint64_t)was);
	log_text_u64(&text, "to", SCHEMA_VERSION);
	return vault_event(v, &text, now_ms, e);
}

enum rc
vault_open_files(struct vault *v, bool trust, int64_t now_ms, int64_t wait_ms, struct err *e)
{
	struct db_info info;
	enum rc rc;

	v->read_only = faccessat(v->h->vault, ".", W_OK, AT_EACCESS) < 0 && (errno == EROFS || errno == EACCES);
	rc = db_open(
	    v->h->vault, "store.db", v->lk.bytes, (trust ? DB_TRUST : 0u) | (v->read_only ? DB_READ : 0u), &v->db, e);
	if (rc == E_KEY)
		return rollback(e);
	if (rc == E_NOTFOUND)
		return err_set(e, E_DAMAGED, N_("store.db is missing; restore it from backup"));
	if (rc != OK || (rc = db_info(v->db, &info, e)) != OK || (rc = epoch_ok(v, &info, e)) != OK ||
	    (rc = open_log(v, e)) != OK || (rc = vault_settle_change(v, now_ms, wait_ms, e)) != OK)
		return rc;
	if ((!trust && (rc = fresh_by_log(v, e)) != OK) || (rc = bring_up_to_date(v, now_ms, wait_ms, e)) != OK ||
	    (rc = acctfreeze_settle(v, now_ms, wait_ms, e)) != OK)
		return rc;
	return drain_if_needed(v, now_ms, wait_ms, e);
}
