/* The vault as a whole: init, unlock, store, freeze, store while frozen, thaw, passwd, kit. */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "store/vault_int.h"

#include <signal.h>

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
	ok(rc == OK && vault_state(v) == VAULT_OPEN && vh_get(v, 1, 1, "hunter2", &e) == OK,
	    "unlocked anew they are there");
	vault_close(&v);
	ok(vh_unlock(&t, 2, &v, &e) == E_AUTH, "a wrong password: 3");
	rc = vh_unlock(&t, 1, &v, &e);
	ok(rc == OK && vault_notices(v)->failed_attempts == 1, "the next unlock tells of the attempt");
	rc = vh_freeze(&t, &r, &e);
	said("freeze", rc, &e);
	ok(rc == OK && r.frozen && r.fuse_destroyed && r.logged && !r.marker_left && !r.already,
	    "freeze beside an open handle");
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
	ok(rc == OK && vh_get(v, 3, 1, "new at the provider", &e) == E_FROZEN,
	    "a secret is stored while frozen, and not read");
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
	ok(rc == OK && vault_epoch(v) == 2 && vh_get(v, 3, 1, "new at the provider", &e) == OK,
	    "the new one does, epoch 2");
}

/* Every log must verify to the end under the keys of its time. */
static bool
log_whole(struct vault *v, uint64_t *entries)
{
	AUTO(log_report_free) struct log_report r = { .n = 0 };
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	struct err e = { .rc = OK };
	bool good = vault_log_keys(v, &k, &e) == OK && log_verify(vault_log(v), k.lk, k.n, NULL, NULL, &r, &e) == OK &&
		    r.bad == 0 && r.opened == r.entries;

	for (size_t i = 0; i < r.n; i++)
		printf("# log: %s at %llu\n", log_what_str(r.f[i].what), (unsigned long long)r.f[i].seq);
	*entries = r.entries;
	return good;
}

static void
changes(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	struct vault_status s;
	struct err e = { .rc = OK };
	uint64_t entries = 0;
	KIT old_kit = { .k = 0 };
	struct slip39_share share;
	unsigned sheet = 0;
	enum rc rc;

	vh_tmp(&t);
	rc = vh_create(&t, 1, false, &v, &e);
	said("init", rc, &e);
	ok(rc == OK && vault_status(t.h, &s, &e) == OK && s.kit == KIT_NONE && s.fingerprint[0] == '\0',
	    "init without a kit");
	ok(vh_put(v, 1, 1, "x", &e) == E_FAILED && strstr(e.next, "kit new") != NULL,
	    "no kit: storing a secret is refused and names kit new");
	vault_close(&v);
	rc = vh_create(&t, 1, false, NULL, &e);
	ok(rc == E_EXISTS, "init over a store is refused");
	rc = vh_kit_new(&t, 1, 2, 3, &e);
	said("kit new", rc, &e);
	ok(rc == OK && vault_status(t.h, &s, &e) == OK && s.kit == KIT_UNVERIFIED && s.epoch == 2,
	    "kit new: 2 of 3, unverified, epoch 2");
	rc = vh_unlock(&t, 1, &v, &e);
	said("unlock", rc, &e);
	ok(rc == OK && vh_put(v, 1, 1, "one", &e) == OK && vh_put(v, 2, 1, "two", &e) == OK, "secrets are stored now");
	share = t.kit.share[1];
	share.word[7] ^= 1;
	ok(vault_kit_check(v, &share, clock_now_ms(), 500, &sheet, &e) == E_AUTH, "kit check: another sheet is refused");
	rc = vault_kit_check(v, &t.kit.share[1], clock_now_ms(), 500, &sheet, &e);
	said("kit check", rc, &e);
	ok(rc == OK && sheet == 2 && vault_kit_state(v) == KIT_VERIFIED && vault_status(t.h, &s, &e) == OK &&
		s.kit == KIT_VERIFIED && s.kit_needed == 2 && s.kit_sheets == 3,
	    "kit check: a sheet of it makes the kit verified, and it is the second of three");
	vault_close(&v);
	rc = vh_passwd(&t, 1, 2, &e);
	said("passwd", rc, &e);
	ok(rc == OK && vh_unlock(&t, 1, &v, &e) == E_AUTH, "passwd: the old password is refused");
	rc = vh_unlock(&t, 2, &v, &e);
	said("unlock", rc, &e);
	ok(rc == OK && vault_epoch(v) == 3 && vh_get(v, 1, 1, "one", &e) == OK && vh_get(v, 2, 1, "two", &e) == OK,
	    "the new one opens every secret, epoch 3");
	ok(vault_kit_state(v) == KIT_VERIFIED, "the kit stays verified");
	vault_close(&v);
	ok(vh_passwd(&t, 1, 3, &e) == E_AUTH, "passwd with a wrong password: 3");
	if (secret_copy(&old_kit.s, t.kit.s.bytes, t.kit.s.len, &e) != OK)
		return;
	rc = vh_kit_new(&t, 2, 2, 3, &e);
	said("kit new", rc, &e);
	ok(rc == OK && vh_unlock(&t, 2, &v, &e) == OK && vault_epoch(v) == 4 && vh_get(v, 1, 1, "one", &e) == OK,
	    "kit new on a store with secrets: they open, epoch 4");
	ok(log_whole(v, &entries) && entries > 8, "the log verifies across all changes (%llu entries)",
	    (unsigned long long)entries);
	vault_close(&v);
	{
		AUTO(thaw_free) struct thaw *th = NULL;
		struct thaw_how how = { .kit = &old_kit.s, .wait_ms = 500 };

		ok(thaw_begin(t.h, &how, &th, &e) == E_AUTH, "the old kit opens this store no more");
	}
	rc = vh_thaw(&t, 5, true, &v, &e);
	said("recover", rc, &e);
	ok(rc == OK && vh_get(v, 2, 1, "two", &e) == OK, "recover of an open store with the new kit, kept");
	ok(log_whole(v, &entries), "the log verifies (%llu entries)", (unsigned long long)entries);
}

static void
lost_files(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	char path[700];
	struct err e = { .rc = OK };
	uint64_t entries = 0;
	struct vault_status s;
	unsigned char old_pk0[32];
	enum rc rc;

	vh_tmp(&t);
	if (vh_create(&t, 1, true, &v, &e) != OK || vh_put(v, 1, 1, "one", &e) != OK)
		exit(1);
	memcpy(old_pk0, vault_pk0(v), sizeof old_pk0);
	vault_close(&v);
	(void)snprintf(path, sizeof path, "%s/device/device.key", t.root);
	(void)unlink(path);
	ok(vh_unlock(&t, 1, &v, &e) == E_AUTH && strstr(e.next, "recover") != NULL,
	    "device.key lost: 3, names recover");
	ok(vault_unlock_ready(t.h, &e) == E_AUTH, "said before a password is asked for");
	rc = vh_thaw(&t, 2, true, &v, &e);
	said("recover", rc, &e);
	ok(rc == OK && vh_get(v, 1, 1, "one", &e) == OK && memcmp(vault_pk0(v), old_pk0, 32) == 0,
	    "recover with the kit kept");
	vault_close(&v);
	(void)snprintf(path, sizeof path, "%s/device/logstate", t.root);
	(void)unlink(path);
	rc = vh_unlock(&t, 2, &v, &e);
	said("unlock without logstate", rc, &e);
	ok(rc == OK && vault_notices(v)->log_broken && vh_get(v, 1, 1, "one", &e) == E_DAMAGED,
	    "logstate lost: ledger only, secrets 6");
	vault_close(&v);
	ok(vh_thaw(&t, 3, true, NULL, &e) == E_USAGE, "then the kit cannot be kept");
	rc = vh_thaw(&t, 3, false, &v, &e);
	said("recover", rc, &e);
	ok(rc == OK && vh_get(v, 1, 1, "one", &e) == OK && memcmp(vault_pk0(v), old_pk0, 32) != 0,
	    "recover begins a new chain");
	ok(log_whole(v, &entries) && entries >= 2, "which verifies (%llu entries)", (unsigned long long)entries);
	(void)snprintf(path, sizeof path, "%s/vault/log.1", t.root);
	ok(access(path, F_OK) == 0, "the old one is kept as log.1");
	vault_close(&v);
	(void)snprintf(path, sizeof path, "%s/device", t.root);
	vh_rm(path);
	vh_reopen(&t);
	ok(vault_status(t.h, &s, &e) == OK && s.state == VAULT_RESTORED, "no device directory: restored");
	ok(vh_unlock(&t, 3, &v, &e) == E_FROZEN && strstr(e.next, "recover") != NULL, "unlock: 4, names recover");
	rc = vh_thaw(&t, 4, false, &v, &e);
	said("recover", rc, &e);
	ok(rc == OK && vh_get(v, 1, 1, "one", &e) == OK, "recover makes a device directory and everything new");
	vault_close(&v);
	vh_reopen(&t);
	ok(vh_unlock(&t, 4, &v, &e) == OK && vh_get(v, 1, 1, "one", &e) == OK && log_whole(v, &entries),
	    "unlocks as any other store");
}

/* Two writers: the second waits, then says who has the store. */
static void
busy(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(store_lock_release) struct store_lock *l = NULL;
	struct err e = { .rc = OK };
	int fds[2], st = 0;
	char c = 0, pid_text[32];
	pid_t pid;

	vh_tmp(&t);
	if (home_create(t.h, &e) != OK || pipe(fds) < 0)
		return;
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		if (store_lock_take(t.h, 0, &l, &e) != OK)
			_exit(1);
		(void)!write(fds[1], "x", 1);
		(void)pause();
		_exit(0);
	}
	if (read(fds[0], &c, 1) != 1)
		return;
	(void)snprintf(pid_text, sizeof pid_text, "pid %d", (int)pid);
	ok(store_lock_take(t.h, 30, &l, &e) == E_BUSY && e.next[0] != '\0', "another holds the store: 9");
	if (strstr(e.what, "another purser") != NULL)
		tap_skip("/proc/locks does not name processes here");
	else
		ok(strstr(e.what, pid_text) != NULL, "and who: %s", e.what);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &st, 0);
	ok(store_lock_take(t.h, 1000, &l, &e) == OK && store_lock_recovered(l) == 0, "its death gives the lock back");
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int
main(void)
{
	struct err e = { .rc = OK };

	if (crypto_start(&e) != OK || db_init(&e) != OK)
		return 1;
	story();
	changes();
	lost_files();
	busy();
	return tap_done();
}
