/* store/kitcheck.c: a sheet of the kit compared with what the ledger keeps of it, and when that was last done; see
 * vault.h. */
#include "store/keysfile.h"
#include "store/vault_int.h"

#include "base/io.h"

#include <string.h>

/* Whose it is: the commitments stand in the order of the sheets. */
static enum rc
sheet_of(struct vault *v, const struct slip39_share *share, unsigned *sheet, struct err *e)
{
	unsigned char commit[32];
	BUF all = { 0 };
	enum rc rc = rows_meta_all(v->db, "share-commits", &all, e);

	if (rc == E_NOTFOUND || keys_kit(&v->keys) == KIT_NONE)
		return err_set(e, E_FAILED, N_("this store has no recovery kit yet"));
	if (rc != OK)
		return rc;
	kit_share_commit(commit, vault_id(v), share);
	for (size_t i = 0; i < all.len / sizeof commit; i++) {
		if (same_bytes(commit, all.p + i * sizeof commit, sizeof commit)) {
			*sheet = (unsigned)i + 1;
			return OK;
		}
	}
	return err_set(e, E_AUTH, N_("this is no sheet of the present kit of this store. Nothing was changed"));
}

enum rc
vault_kit_check(struct vault *v, const struct slip39_share *share, int64_t now_ms, int64_t wait_ms, unsigned *sheet,
    struct err *e)
{
	AUTO(store_lock_release) struct store_lock *lock = NULL;
	struct keys k;
	unsigned n = 0;
	BUF text = { 0 };
	enum rc rc;

	if ((rc = vault_write_begin(v, wait_ms, &lock, e)) != OK || (rc = sheet_of(v, share, &n, e)) != OK)
		return rc;
	log_text_begin(&text, NULL, "kit-check");
	log_text_u64(&text, "sheet", n);
	if ((rc = vault_event(v, &text, now_ms, e)) != OK)
		return rc;
	if (keys_kit(&v->keys) != KIT_VERIFIED) {
		k = v->keys;
		keys_set_kit(&k, KIT_VERIFIED, &v->lk);
		if ((rc = io_replace(v->h->vault, "keys", 0600, k.raw, KEYS_SIZE, e)) != OK)
			return rc;
		v->keys = k;
	}
	*sheet = n;
	return OK;
}

/* ---- when ---- */

/* A new kit begins with its own event; checks before it were of another one's sheets. */
static bool
begins_kit(const struct log_text *t)
{
	const char *kit = log_text_get(t, "kit");

	if (strcmp(t->event, "init") == 0 || strcmp(t->event, "kit-new") == 0)
		return true;
	return (strcmp(t->event, "thaw") == 0 || strcmp(t->event, "recover") == 0) && kit != NULL && strcmp(kit, "new") == 0;
}

static void
note_event(struct kit_checks *c, const struct log_text *t, int64_t at_ms)
{
	const char *kit = log_text_get(t, "kit"), *ritual = log_text_get(t, "ritual");
	uint64_t sheet;

	if (begins_kit(t)) {
		*c = (struct kit_checks){ .sheets = c->sheets, .made_ms = at_ms };
		if ((kit != NULL && strcmp(kit, "verified") == 0) || (ritual != NULL && strcmp(ritual, "verified") == 0))
			c->verified_ms = at_ms;
	} else if (strcmp(t->event, "kit-check") == 0) {
		if (!log_text_get_u64(t, "sheet", &sheet))
			sheet = 1;              /* 0.1.0 had kits of one sheet only */
		c->verified_ms = c->verified_ms != 0 ? c->verified_ms : at_ms;
		if (sheet >= 1 && sheet <= KIT_SHARES_MAX)
			c->checked_ms[sheet - 1] = at_ms;
	}
}

static enum rc
look(void *ctx, const struct log_entry *en, struct err *e)
{
	AUTO(auto_free) struct log_text *t = NULL;

	if (en->origin != 'U' || !en->opened)
		return OK;
	if ((t = malloc(sizeof *t)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (log_text_parse(t, en->text, en->n))
		note_event(ctx, t, en->time_ms);
	return OK;
}

enum rc
vault_kit_checks(struct vault *v, struct kit_checks *out, struct err *e)
{
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	struct kit_checks c = { .sheets = 0 };
	BUF all = { 0 };
	enum rc rc = rows_meta_all(v->db, "share-commits", &all, e);

	if (rc != OK && rc != E_NOTFOUND)
		return rc;
	if (v->log != NULL && ((rc = vault_log_keys(v, &k, e)) != OK ||
	    (rc = log_each(v->log, k.lk, k.n, 0, look, &c, e)) != OK))
		return rc;
	c.sheets = (unsigned)(all.len / 32 > KIT_SHARES_MAX ? KIT_SHARES_MAX : all.len / 32);
	*out = c;
	return OK;
}
