/* store/create.c: a new store; see vault.h. The same procedure as an epoch change: all or nothing. */
#include "store/renew.h"

#include "store/files.h"
#include "store/lock.h"

#include <string.h>

void
genesis_wipe(struct genesis *g)
{
	secret_wipe(&g->log_seed);
}

enum rc
genesis_make(struct genesis *out, struct err *e)
{
	GENESIS g = { .log_seed = { 0 } };
	unsigned char sk[64];
	enum rc rc;

	if ((rc = secret_random(&g.log_seed, 32, e)) != OK)
		return rc;
	random_bytes(g.vault_id, sizeof g.vault_id);
	sign_keypair(g.pk0, sk, g.log_seed.bytes);
	wipe(sk, sizeof sk);
	*out = g;
	g.log_seed = (struct secret){ 0 };
	return OK;
}

/* Whatever of a store is there is not overwritten, even when it cannot be opened any more. */
static enum rc
nothing_there(const struct home *h, struct err *e)
{
	for (enum change_file f = 0; f < CF_COUNT; f++)
		if (file_there(change_dir(h, f), change_name(f)))
			return err_set(e, E_EXISTS, N_("there is a store already: %s/%s. Nothing was changed"),
			    change_dir(h, f) == h->vault ? h->vault_path : h->device_path, change_name(f));
	return file_there(h->device, "change")
		   ? err_set(e, E_EXISTS, N_("there is a store already in %s. Nothing was changed"), h->device_path)
		   : OK;
}

static enum rc
write_next(const struct home *h, const struct genesis *g, const struct fresh *f, const struct new_keys *how,
    bool *committed, struct err *e)
{
	AUTO(entries_free) struct entries en = { .n = 0 };
	struct log_where w = {
		.vaultfd = h->vault, .devfd = h->device, .log_name = "log.next", .state_name = "logstate.next"
	};
	size_t quarantined = 0;
	const char *event;
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, "init");
	log_text_add(&text, "kit", kit_state_name(keys_kit(&f->keys)));
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	event = buf_str(&text);
	if ((rc = log_create(&w, 0, &g->log_seed, e)) != OK || (rc = rewrite_store(h, NULL,
								    &(struct rewrite){ .f = f,
									.kit = how->kit,
									.now_ms = how->now_ms,
									.event = &event,
									.events = 1,
									.out = &en,
									.quarantined = &quarantined },
								    e)) != OK)
		return rc;
	return renew_commit(h, f, &en, 0, how->now_ms, 1u << CF_STORE | 1u << CF_LOG | 1u << CF_LOGSTATE, committed, e);
}

enum rc
vault_create(
    const struct home *h, const struct genesis *g, const struct new_keys *how, struct vault **out, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	AUTO(vault_close) struct vault *v = NULL;
	FRESH f = { .d = { 0 } };
	struct keys_plan plan = {
		.epoch = 1, .pk0 = g->pk0, .flags = how->recovery == RECOVERY_KIT_PASSWORD ? KEYS_KIT_PASSWORD : 0u
	};
	unsigned what = 0;
	bool committed = false;
	enum rc rc;

	if (h->vault < 0 || h->device < 0)
		return err_set(e, E_FAILED, N_("the directories of the store are not there"));
	memcpy(plan.vault_id, g->vault_id, sizeof plan.vault_id);
	plan_kit(&plan, NULL, how);
	if ((rc = nothing_there(h, e)) != OK || (rc = fresh_make(&f, &plan, NULL, how, NULL, e)) != OK ||
	    (rc = store_lock_take(h, how->wait_ms, &l, e)) != OK || (rc = nothing_there(h, e)) != OK)
		return rc;
	rc = write_next(h, g, &f, how, &committed, e);
	if (rc != OK && !committed && change_recover(h, &what, NULL) == OK)
		return rc;                              /* nothing half-made stays */
	if (rc != OK || (rc = renew_open(h, &f, "init", how->now_ms, &v, e)) != OK)
		return rc;
	if (out != NULL) {
		*out = v;
		v = NULL;
	}
	return OK;
}
