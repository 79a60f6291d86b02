/* The vault's edges: homes, fingerprints, long-lived handles, other processes' changes, thaw's refusals, exposure. */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "store/vault_int.h"

static void
said(const char *what, enum rc rc, const struct err *e)
{
	if (rc != OK)
		printf("# %s: %d %s\n", what, (int)rc, e->what);
}

static void
homes(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	struct medium m;
	struct stat st;
	struct err e = { .rc = OK };

	vh_tmp(&t);
	ok(t.h->vault < 0 && t.h->device < 0 && access(t.root, F_OK) == 0, "opening a home creates nothing");
	ok(home_medium(t.h, &m, &e) == E_NOTFOUND, "a medium of nothing: not found");
	(void)umask(0);
	ok(home_create(t.h, &e) == OK && fstat(t.h->device, &st) == 0 && (st.st_mode & 07777) == 0700 &&
		fstat(t.h->vault, &st) == 0 && (st.st_mode & 07777) == 0700,
	    "both directories are 0700 under any umask");
	(void)umask(022);
	ok(fstatat(t.h->device, "CACHEDIR.TAG", &st, 0) == 0 && st.st_size > 43,
	    "the device directory asks to be left out of backups");
	ok(home_create(t.h, &e) == OK, "again: nothing to do");
	ok(home_medium(t.h, &m, &e) == OK && m.fs[0] != '\0', "medium: %s, keeps old copies: %d", m.fs, m.keeps_old);
	if (strcmp(m.fs, "tmpfs") == 0 || strcmp(m.fs, "ext4") == 0)
		ok(!m.keeps_old, "which forgets what is overwritten");
}

static void
fingerprints(void)
{
	static const unsigned char vid[16] = { 1 }, pub[32] = { 2 }, pk0[32] = { 3 }, pk1[32] = { 4 };
	char a[20], b[20], typed[64];
	size_t n = 0;

	kit_fingerprint(a, vid, pub, pk0);
	kit_fingerprint(b, vid, pub, pk1);
	ok(strlen(a) == 19 && a[4] == '-' && a[9] == '-' && a[14] == '-' && strpbrk(a, "ILOU") == NULL, "%s", a);
	ok(strcmp(a, b) != 0, "another log's first key, another fingerprint");
	ok(kit_fingerprint_matches(a, a) && !kit_fingerprint_matches(b, a) && !kit_fingerprint_matches("", a),
	    "it is compared");
	for (const char *p = a; *p != '\0'; p++)
		if (*p != '-')
			typed[n++] = *p == '0' ? 'o' : *p == '1' ? 'l' : (char)(*p >= 'A' ? *p + 32 : *p);
	typed[n] = '\0';
	ok(kit_fingerprint_matches(typed, a), "without dashes, in small letters, o for 0 and l for 1: %s", typed);
	typed[n - 1] = '\0';
	ok(!kit_fingerprint_matches(typed, a), "one character short");
	(void)snprintf(typed, sizeof typed, "%s0", a);
	ok(!kit_fingerprint_matches(typed, a), "one too many");
}

/* As an agent has it: open while others change the keys. */
static void
long_lived(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(vault_close) struct vault *c = NULL;
	struct freeze_report r;
	SECRET lk = { 0 }, big = { 0 };
	struct record_id id = vh_id(90, 1);
	RECORD rec = { .body = NULL };
	BUF text = { 0 };
	struct err e = { .rc = OK };
	enum rc rc;

	vh_tmp(&t);
	if (vh_create(&t, 1, true, &v, &e) != OK || vh_put(v, 1, 1, "one", &e) != OK ||
	    secret_copy(&lk, vault_lk(v)->bytes, vault_lk(v)->len, &e) != OK)
		abort();
	ok(vault_open_ledger(t.h, &lk, &c, &e) == OK && vault_sk(c) == NULL && vault_state(c) == VAULT_OPEN,
	    "a client with LK has the ledger");
	ok(vh_get(c, 1, 1, "one", &e) == E_LOCKED, "and no secret");
	if (secret_alloc(&big, RECORD_PLAIN_MAX + 1, &e) != OK)
		abort();
	ok(record_seal(v, &id, &big, 1, true, &rec, &e) == E_RANGE, "a secret that is too long");
	vault_hide_keys(v);
	vault_show_keys(v);
	ok(vh_get(v, 1, 1, "one", &e) == OK, "keys hidden and shown again");
	rc = vh_passwd(&t, 1, 2, &e);
	said("passwd", rc, &e);
	ok(rc == OK && vh_get(v, 1, 1, "one", &e) == E_LOCKED, "after another's passwd the handle gives no secret: 5");
	rc = vh_put(v, 2, 1, "two", &e);
	ok(rc == E_LOCKED, "nor stores one (%d)", (int)rc);
	{
		AUTO(vault_txn_end) struct vault_txn *x = NULL;

		ok(vault_txn_begin(v, 100, 1, &x, &e) == OK && vault_txn_commit(&x, &e) == OK && vault_sk(v) == NULL,
		    "the ledger it may still write, and has forgotten SK");
	}
	vault_close(&c);
	ok(vault_open_ledger(t.h, &lk, &c, &e) == OK, "LK is the same after a passwd");
	vault_close(&c);
	if (vh_freeze(&t, &r, &e) != OK || vh_thaw(&t, 3, true, NULL, &e) != OK)
		abort();
	ok(vault_open_ledger(t.h, &lk, &c, &e) == E_LOCKED, "and another after a thaw: 5");
	{
		AUTO(vault_txn_end) struct vault_txn *x = NULL;

		log_text_begin(&text, NULL, "export");
		ok(vault_event(v, &text, clock_now_ms(), &e) == E_LOCKED,
		    "nor write into the log, where it would look forged");
		ok(vault_txn_begin(v, 100, 1, &x, &e) == E_LOCKED && vault_refresh(v, &e) == E_LOCKED,
		    "a handle of before cannot write or read on: 5");
	}
	vault_close(&v);
	ok(vh_unlock(&t, 3, &v, &e) == OK && vh_get(v, 1, 1, "one", &e) == OK, "the store is whole");
}

/* The last handle on a replaced store.db must not take the new one's WAL with it: SQLite deletes that by its name. */
static void
stale_close(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *stale = NULL;
	AUTO(vault_close) struct vault *v = NULL;
	struct err e = { .rc = OK };
	char wal[700];

	vh_tmp(&t);
	(void)snprintf(wal, sizeof wal, "%s/vault/store.db-wal", t.root);
	if (vh_create(&t, 1, true, &stale, &e) != OK || vh_put(stale, 1, 1, "one", &e) != OK ||
	    vh_thaw(&t, 2, true, &v, &e) != OK || vh_put(v, 2, 1, "in the WAL only", &e) != OK)
		abort();
	ok(access(wal, F_OK) == 0, "the new store has a WAL");
	vault_close(&stale);
	ok(access(wal, F_OK) == 0, "and keeps it when a handle of before is closed");
	vault_close(&v);
	ok(vh_unlock(&t, 2, &v, &e) == OK && vh_get(v, 2, 1, "in the WAL only", &e) == OK, "nothing is lost");
}

static enum rc
begin(struct vh *t, const struct secret *s, const char *fingerprint, int a_value, struct thaw **th, struct err *e)
{
	SECRET a = { 0 };
	struct thaw_how how = { .kit = s, .fingerprint = fingerprint, .now_ms = clock_now_ms(), .wait_ms = 300 };

	if (a_value != 0) {
		vh_a(&a, a_value);
		how.a = &a;
	}
	return thaw_begin(t->h, &how, th, e);
}

static void
thaws(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(thaw_free) struct thaw *th = NULL;
	AUTO(auto_free) struct exposure *ex = NULL;
	struct freeze_report r;
	SECRET other = { 0 }, a = { 0 };
	struct new_keys keys = { .params = &vh_params, .now_ms = clock_now_ms(), .wait_ms = 300 };
	struct err e = { .rc = OK };
	size_t n = 0;
	enum rc rc;

	vh_tmp(&t);
	if (vh_create(&t, 1, true, &v, &e) != OK || vh_put(v, 1, 1, "one", &e) != OK ||
	    vh_put(v, 2, 1, "two", &e) != OK || secret_random(&other, 16, &e) != OK)
		abort();
	vault_close(&v);
	usleep(3000);
	if (vh_freeze(&t, &r, &e) != OK)
		abort();
	usleep(3000);
	if (vh_unlock(&t, 1, &v, &e) != OK || vh_put(v, 3, 1, "while frozen", &e) != OK)
		abort();
	ok(vault_exposures(v, &ex, &n, &e) == OK && n == 2, "the list is there while frozen");
	free(ex);
	ex = NULL;
	vault_close(&v);
	ok(begin(&t, &other, NULL, 1, &th, &e) == E_AUTH, "another kit: 3");
	ok(begin(&t, &t.kit.s, NULL, 9, &th, &e) == E_AUTH, "the kit with a wrong password: 3");
	ok(begin(&t, &t.kit.s, "0000-0000-0000-0000", 1, &th, &e) == E_AUTH &&
		strstr(e.what, t.kit.fingerprint) != NULL,
	    "another fingerprint on paper: 3");
	rc = begin(&t, &t.kit.s, t.kit.fingerprint, 1, &th, &e);
	said("thaw_begin", rc, &e);
	ok(rc == OK && thaw_facts(th)->frozen && thaw_facts(th)->by_kit && thaw_facts(th)->records == 3 &&
		thaw_facts(th)->records_since == 1 && thaw_facts(th)->log_since >= 2 &&
		thaw_facts(th)->frozen_since == r.at_ms && thaw_facts(th)->log_bad == 0,
	    "what it found");
	ok(!fuse_any(t.h), "begin has written no fuse");
	/* Somebody else is faster. */
	if (vh_thaw(&t, 4, true, NULL, &e) != OK)
		abort();
	vh_a(&a, 5);
	keys.a = &a;
	ok(thaw_commit(th, &keys, NULL, &e) == E_BUSY, "commit after another's thaw: 9, nothing changed");
	ok(vh_unlock(&t, 4, &v, &e) == OK && vault_exposures(v, &ex, &n, &e) == OK && n == 2,
	    "two exposed after the thaw");
	{
		AUTO(vault_txn_end) struct vault_txn *x = NULL;
		struct record_id id = vh_id(1, 1);

		if (vh_put(v, 1, 2, "new one", &e) != OK || vault_txn_begin(v, 100, 1, &x, &e) != OK ||
		    rows_secret_set_use(vault_db(v), id.rec, 1, SECRET_OLD, &e) != OK || vault_txn_commit(&x, &e) != OK)
			abort();
	}
	free(ex);
	ex = NULL;
	ok(vault_exposures(v, &ex, &n, &e) == OK && n == 1 && ex[0].id.rec[1] == 2, "a newer version closes an item");
}

static void
without_kit(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(thaw_free) struct thaw *th = NULL;
	struct new_keys keys = { .params = &vh_params, .now_ms = clock_now_ms(), .wait_ms = 300 };
	struct freeze_report r;
	SECRET other = { 0 }, a = { 0 };
	struct err e = { .rc = OK };
	enum rc rc;

	vh_tmp(&t);
	if (vh_create(&t, 1, false, NULL, &e) != OK || vh_freeze(&t, &r, &e) != OK ||
	    secret_random(&other, 16, &e) != OK)
		abort();
	ok(begin(&t, &other, NULL, 1, &th, &e) == E_AUTH, "no kit was made: none opens");
	ok(begin(&t, NULL, NULL, 2, &th, &e) == E_AUTH, "by password: a wrong one is refused");
	rc = begin(&t, NULL, NULL, 1, &th, &e);
	said("thaw_begin", rc, &e);
	vh_a(&a, 3);
	keys.a = &a;
	ok(rc == OK && !thaw_facts(th)->by_kit && thaw_facts(th)->frozen &&
		(rc = thaw_commit(th, &keys, &v, &e)) == OK && vault_state(v) == VAULT_OPEN,
	    "a store without a kit thaws by password");
	said("thaw_commit", rc, &e);
	ok(vault_kit_state(v) == KIT_NONE, "and still has none");
}

int
main(void)
{
	struct err e = { .rc = OK };

	if (crypto_start(&e) != OK || db_init(&e) != OK)
		return 1;
	homes();
	fingerprints();
	long_lived();
	stale_close();
	thaws();
	without_kit();
	return tap_done();
}
