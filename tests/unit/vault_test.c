/* The vault as a whole: init, unlock, store, freeze, store while frozen, thaw, passwd, kit. */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "store/log.h"

static void
said(const char *what, enum rc rc, const struct err *e)
{
	if (rc != OK)
		printf("# %s: %d %s\n", what, (int)rc, e->what);
}

static void
story(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(auto_free) struct exposure *ex = NULL;
	struct freeze_report r;
	struct vault_status s;
	struct err e = { .rc = OK };
	size_t n = 0;
	enum rc rc;

	vh_tmp(&t);
	ok(vault_status(t.h, &s, &e) == OK && s.state == VAULT_NONE, "no store: state none");
	ok(vh_unlock(&t, 1, &v, &e) == E_NOTFOUND, "unlock without a store: not found");
	rc = vh_create(&t, 1, true, &v, &e);
	said("init", rc, &e);
	if (!ok(rc == OK, "init"))
		return;
	ok(vault_status(t.h, &s, &e) == OK && s.state == VAULT_OPEN && s.epoch == 1 && s.kit == KIT_VERIFIED &&
	    strcmp(s.fingerprint, t.kit.fingerprint) == 0, "status: open, epoch 1, kit verified, its fingerprint");
	rc = vh_put(v, 1, 1, "hunter2", &e);
	said("put", rc, &e);
	ok(rc == OK && vh_put(v, 2, 1, "", &e) == OK, "two secrets are stored");
	rc = vh_get(v, 1, 1, "hunter2", &e);
	said("get", rc, &e);
	ok(rc == OK && vh_get(v, 2, 1, "", &e) == OK, "and read, the empty one too");
	vault_close(&v);
	rc = vh_unlock(&t, 1, &v, &e);
	said("unlock", rc, &e);
	ok(rc == OK && vault_state(v) == VAULT_OPEN && vh_get(v, 1, 1, "hunter2", &e) == OK, "unlocked anew they are there");
	vault_close(&v);
	ok(vh_unlock(&t, 2, &v, &e) == E_AUTH, "a wrong password: 3");
	rc = vh_unlock(&t, 1, &v, &e);
	ok(rc == OK && vault_notices(v)->failed_attempts == 1, "the next unlock tells of the attempt");
	rc = vh_freeze(&t, &r, &e);
	said("freeze", rc, &e);
	ok(rc == OK && r.frozen && r.fuse_destroyed && r.logged && !r.marker_left && !r.already, "freeze beside an open handle");
	ok(vh_get(v, 1, 1, "hunter2", &e) == E_FROZEN, "the open handle reads nothing any more");
	vault_close(&v);
	ok(vh_freeze(&t, &r, &e) == OK && r.already && r.at_ms > 0, "freeze again: already, since");
	ok(vault_status(t.h, &s, &e) == OK && s.state == VAULT_FROZEN && s.frozen_since > 0, "status: frozen since");
	rc = vh_unlock(&t, 1, &v, &e);
	said("unlock frozen", rc, &e);
	ok(rc == OK && vault_state(v) == VAULT_FROZEN && vault_sk(v) == NULL, "frozen: the ledger opens");
	ok(vh_get(v, 1, 1, "hunter2", &e) == E_FROZEN, "no secret does");
	usleep(2000);
	rc = vh_put(v, 3, 1, "new at the provider", &e);
	said("put frozen", rc, &e);
	ok(rc == OK && vh_get(v, 3, 1, "new at the provider", &e) == E_FROZEN, "a secret is stored while frozen, and not read");
	vault_close(&v);
	rc = vh_thaw(&t, 3, false, &v, &e);
	said("thaw", rc, &e);
	if (!ok(rc == OK, "thaw"))
		return;
	ok(vh_get(v, 1, 1, "hunter2", &e) == OK && vh_get(v, 3, 1, "new at the provider", &e) == OK,
	    "everything is back, what was stored while frozen too");
	rc = vault_exposures(v, &ex, &n, &e);
	said("exposures", rc, &e);
	ok(rc == OK && n == 2, "the exposure list has the two from before the freeze, not the one after (%zu)", n);
	vault_close(&v);
	ok(vh_unlock(&t, 1, &v, &e) == E_AUTH, "the old password opens nothing");
	rc = vh_unlock(&t, 3, &v, &e);
	said("unlock thawed", rc, &e);
	ok(rc == OK && vault_epoch(v) == 2 && vh_get(v, 3, 1, "new at the provider", &e) == OK, "the new one does, epoch 2");
}

int
main(void)
{
	struct err e = { .rc = OK };

	if (crypto_start(&e) != OK || db_init(&e) != OK)
		return 1;
	story();
	return tap_done();
}
