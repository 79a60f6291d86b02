/* store/state.c: what can be said of a store without any key; see vault.h. */
#include "store/backup.h"
#include "store/change.h"
#include "store/device.h"
#include "store/files.h"
#include "store/freeze.h"
#include "store/fuse.h"
#include "store/keysfile.h"
#include "store/log.h"
#include "store/totp.h"

#include <stdio.h>
#include <string.h>

#define LOG_LOOK_MS 2000u

const char *
vault_state_name(enum vault_state s)
{
	static const char *const names[] = { "none", "open", "frozen", "restored", "thawing" };

	return names[s];
}

const char *
kit_state_name(enum kit_state s)
{
	static const char *const names[] = { "none", "verified", "unverified" };

	return names[s];
}

const char *
factors_name(unsigned flags, char out[FACTORS_NAME])
{
	static const struct { unsigned flag; const char *name; } all[] = {
		{ KEYS_TOTP_MASK, "totp" }, { KEYS_KEYFILE, "keyfile" }, { KEYS_FIDO2, "fido2" }
	};
	int n = snprintf(out, FACTORS_NAME, "none");

	for (size_t i = 0, some = 0; i < COUNTOF(all); i++)
		if (flags & all[i].flag)
			n = some++ == 0 ? snprintf(out, FACTORS_NAME, "%s", all[i].name) :
			    n + snprintf(out + n, FACTORS_NAME - (size_t)n, "+%s", all[i].name);
	return out;
}

/* D's own file, and does it belong to these keys? */
static bool
device_fits(const struct home *h, const struct keys *k)
{
	SECRET d = { 0 };
	unsigned char id[16];

	if (device_key_read(h->device, "device.key", &d, NULL) != OK)
		return false;
	keys_device_id_of(id, d.bytes);
	return memcmp(id, keys_device_id(k), sizeof id) == 0;
}

static void
look_at_fuse(const struct home *h, const struct keys *k, struct vault_status *s)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	enum rc rc = fuse_open(h, keys_vault_id(k), false, &f, NULL);

	s->state = rc == E_FROZEN ? VAULT_FROZEN : VAULT_OPEN;
	s->fuse_damaged = rc != OK && rc != E_FROZEN;
	if (rc != OK)
		return;
	s->fuse_entries = (unsigned)fuse_used(f);
	s->fuse_made = fuse_head(f)->made_ms;
	s->fuse_damaged = fuse_head(f)->epoch < keys_epoch(k);
}

/* What the table claims; its MAC is looked at by an unlock. */
static void
look_at_table(const struct home *h, const struct keys *k, struct vault_status *s)
{
	AUTO(totp_tab_free) struct totp_tab *t = NULL;
	unsigned n = keys_flags(k) & KEYS_TOTP_MASK;

	if (n == 0 || totp_tab_read(h, keys_vault_id(k), n, &t, NULL) != OK)
		return;
	s->totp_from = totp_tab_from_ms(t);
	s->totp_until = totp_tab_until_ms(t);
}

/* Files of a committed change are not all in their places yet. */
static bool
is_moving(const struct home *h, const struct change *c)
{
	for (enum change_file f = 0; f < CF_COUNT; f++)
		if (change_has(c, f) && file_there(change_dir(h, f), change_next(f)))
			return true;
	return false;
}

static enum rc
no_keys(const struct home *h, struct vault_status *s, struct err *e)
{
	if (h->vault >= 0 && file_there(h->vault, "store.db"))
		return err_set(e, E_DAMAGED, N_("`keys` is missing in %s; restore it from backup"), h->vault_path);
	s->state = VAULT_NONE;
	return OK;
}

enum rc
vault_status(const struct home *h, struct vault_status *out, struct err *e)
{
	struct vault_status s = { .state = VAULT_NONE };
	struct change c;
	struct keys k;
	enum rc rc;

	s.change_pending = h->device >= 0 && change_read(h, &c, NULL) == OK;
	rc = h->vault < 0 ? E_NOTFOUND : keys_read(h->vault, "keys", &k, e);
	/* Keys that a committed change replaces may be erased before their name is. */
	if ((rc == E_NOTFOUND || rc == E_DAMAGED) && s.change_pending && h->vault >= 0 && file_there(h->vault, "keys.next"))
		rc = keys_read(h->vault, "keys.next", &k, e);
	if (rc == E_NOTFOUND) {
		rc = no_keys(h, &s, e);
		if (rc == OK)
			*out = s;
		return rc;
	}
	if (rc != OK)
		return rc;
	s.epoch = keys_epoch(&k);
	s.flags = keys_flags(&k);
	s.kit = keys_kit(&k);
	s.kit_needed = keys_kit_needed(&k);
	s.kit_sheets = keys_kit_sheets(&k);
	s.kit_made = keys_kit_made(&k);
	s.params = keys_params(&k);
	memcpy(s.vault_id, keys_vault_id(&k), sizeof s.vault_id);
	if (s.kit != KIT_NONE)
		kit_fingerprint(s.fingerprint, s.vault_id, keys_r_pub(&k), keys_pk0(&k));
	s.last_backup = backup_last(h, s.vault_id);
	/* A change that is committed has new keys, whatever a file says of the old ones. */
	if (h->device < 0 || (vault_restored(h) && !s.change_pending)) {
		s.state = VAULT_RESTORED;
		s.device_missing = true;
	} else {
		s.freeze_pending = freeze_marked(h);
		s.device_missing = !device_fits(h, &k);
		look_at_fuse(h, &k, &s);
		look_at_table(h, &k, &s);
		if (s.change_pending && is_moving(h, &c))
			s.state = VAULT_THAWING;
		else if (s.device_missing && s.state == VAULT_FROZEN && !file_there(h->device, "device.key"))
			s.state = VAULT_RESTORED;
	}
	s.frozen_since = freeze_last(h, keys_pk0(&k), &s.log_entries);
	if (s.state != VAULT_FROZEN)
		s.frozen_since = 0;
	*out = s;
	return OK;
}

bool
vault_log_fits(const struct home *h)
{
	AUTO(log_close) struct log *l = NULL;
	struct log_where w = { .vaultfd = h->vault, .devfd = h->device };
	struct keys k;
	enum rc rc;

	if (h->vault < 0 || h->device < 0 || keys_read(h->vault, "keys", &k, NULL) != OK)
		return true;                            /* something else is wrong, and says so */
	rc = log_open(&l, &w, keys_l_pub(&k), keys_pk0(&k), LOG_WRITE, LOG_LOOK_MS, NULL);
	return rc != E_DAMAGED && rc != E_NOTFOUND;
}
