/* Freeze and thaw of single accounts, in the store itself: entries, flags, markers, races with writers, an older fuse.
 */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "base/le.h"
#include "base/num.h"
#include "store/acctfreeze.h"
#include "store/canary.h"
#include "store/db.h"
#include "store/policy.h"
#include "store/vault_int.h"

#include <signal.h>

static void
must(enum rc rc, const struct err *e, const char *what)
{
	if (rc == OK)
		return;
	printf("Bail out! %s: %s\n", what, e->what);
	exit(1);
}

/* Accounts a1, a2 ... of the secrets 1, 2 ... (vh_id()). */
static void
put_accounts(struct vault *v, unsigned n)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct err e = { .rc = OK };
	char sql[400], uid[2 * ID_LEN + 1];

	must(vault_txn_begin(v, 1000, clock_now_ms(), &t, &e), &e, "begin");
	for (unsigned i = 1; i <= n; i++) {
		struct record_id id = vh_id(i, 1);

		hex_put(uid, id.acct, ID_LEN);
		(void)snprintf(sql, sizeof sql,
		    "INSERT INTO account(uid, name, name_key, provider, login, currency, limits, url, way_in, notes, "
		    "state,"
		    " created, frozen, closed) VALUES(x'%s', 'a%u', 'a%u', '', '', '', '', '', '', '', 0, 1, 0, 0)",
		    uid, i, i);
		must(sql_exec(vault_db(v), sql, &e), &e, "account");
	}
	must(vault_txn_commit(&t, &e), &e, "commit");
}

static struct vault *
made(struct vh *t, unsigned secrets)
{
	struct vault *v = NULL;
	struct err e = { .rc = OK };

	vh_tmp(t);
	must(vh_create(t, 1, true, &v, &e), &e, "create");
	put_accounts(v, secrets);
	for (unsigned n = 1; n <= secrets; n++)
		must(vh_put(v, n, 1, "the secret", &e), &e, "put");
	return v;
}

static enum rc
freeze_one(struct vault *v, unsigned n, size_t *erased, struct err *e)
{
	struct record_id id = vh_id(n, 1);

	return vault_freeze_accounts(
	    v, (const unsigned char(*)[ID_LEN]) & id.acct, 1, "test", clock_now_ms(), 1000, erased, e);
}

static enum rc
seal_here(void *ctx, const struct record_id *id, const struct secret *plain, int64_t created_ms, struct record *out,
    struct err *e)
{
	return record_seal(ctx, id, plain, created_ms, WRAP_FROZEN_TOO, out, e);
}

static enum rc
thaw_one(struct vh *t, struct vault *v, unsigned n, struct acct_thaw *how, struct err *e)
{
	struct record_id id = vh_id(n, 1);

	*how = (struct acct_thaw){ .kit = &t->kit.s, .uid = (const unsigned char (*)[ID_LEN])&id.acct, .n = 1,
		.now_ms = clock_now_ms(), .wait_ms = 1000, .seal_it = how->seal_it != NULL ? how->seal_it : seal_here,
		.ctx = how->ctx != NULL ? how->ctx : v };
	return vault_thaw_accounts(v, how, e);
}

static bool
entry_there(const struct vh *t, unsigned n)
{
	static unsigned char p[65536];
	struct record_id id = vh_id(n, 1);
	size_t len = vh_load(t->root, "device/fuse", p, sizeof p);

	for (size_t at = 512; at + 128 <= len; at += 128)
		if (memcmp(p + at, id.rec, ID_LEN) == 0)
			return true;
	return false;
}

/* The 24 first bytes of the wrap of a secret. */
static void
wrap_of(const struct vh *t, unsigned n, unsigned char out[24])
{
	static unsigned char p[65536];
	struct record_id id = vh_id(n, 1);
	size_t len = vh_load(t->root, "device/fuse", p, sizeof p);

	memset(out, 0, 24);
	for (size_t at = 512; at + 128 <= len; at += 128)
		if (memcmp(p + at, id.rec, ID_LEN) == 0)
			memcpy(out, p + at + 24, 24);
}

static void
test_freeze(void)
{
	static unsigned char p[65536];
	struct vh t = { .root = "" };
	struct vault *v = made(&t, 3);
	struct err e = { .rc = OK };
	unsigned char wrap[24];
	size_t erased = 9, len;

	wrap_of(&t, 1, wrap);
	ok(freeze_one(v, 1, &erased, &e) == OK && erased == 1, "an account is frozen, its entry erased: %s", e.what);
	ok(!entry_there(&t, 1) && entry_there(&t, 2) && !acctfreeze_marked(t.h), "only its entry; no marker is left");
	len = vh_load(t.root, "device/fuse", p, sizeof p);
	ok(memmem(p, len, wrap, sizeof wrap) == NULL, "no byte of the wrap is left");
	ok(vh_get(v, 1, 1, "the secret", &e) == E_FROZEN && strstr(e.what, "a1") != NULL &&
		strstr(e.next, "thaw a1") != NULL,
	    "it is refused by name: %s", e.what);
	ok(vh_get(v, 2, 1, "the secret", &e) == OK && vh_get(v, 3, 1, "the secret", &e) == OK, "the others are served");
	ok(vh_put(v, 1, 2, "stored meanwhile", &e) == OK && !entry_there(&t, 1),
	    "what is stored for it is sealed to the kit only");
	ok(freeze_one(v, 1, &erased, &e) == OK && erased == 0, "once more: nothing to erase");
	vault_close(&v);
	must(vh_unlock(&t, 1, &v, &e), &e, "unlock");
	ok(vault_notices(v)->kit_only == 0 && vault_state(v) == VAULT_OPEN &&
		vh_get(v, 1, 2, "stored meanwhile", &e) == E_FROZEN && vh_get(v, 2, 1, "the secret", &e) == OK,
	    "so it is after the next unlock");
	vault_close(&v);
	vh_end(&t);
}

static void
test_old_fuse(void)
{
	static unsigned char before[65536];
	struct vh t = { .root = "" };
	struct vault *v = made(&t, 2);
	struct err e = { .rc = OK };
	size_t erased, len = vh_load(t.root, "device/fuse", before, sizeof before);

	must(freeze_one(v, 1, &erased, &e), &e, "freeze");
	vh_save(t.root, "device/fuse", before, len);
	ok(entry_there(&t, 1) && vh_get(v, 1, 1, "the secret", &e) == E_FROZEN,
	    "an older fuse put back opens nothing: the ledger says frozen");
	vault_close(&v);
	must(vh_unlock(&t, 1, &v, &e), &e, "unlock");
	ok(vault_notices(v)->entries_back == 1 && !entry_there(&t, 1) && entry_there(&t, 2) &&
		vh_get(v, 2, 1, "the secret", &e) == OK,
	    "the next unlock erases the entries that came back, and only these");
	vault_close(&v);
	vh_end(&t);
}

/* An entry whose name was damaged is one of the account under another name, for all anybody knows. */
static void
test_misnamed(void)
{
	static unsigned char p[65536];
	struct vh t = { .root = "" };
	struct vault *v = made(&t, 2);
	struct record_id id = vh_id(1, 1);
	struct err e = { .rc = OK };
	unsigned char wrap[24];
	size_t erased = 0, len = vh_load(t.root, "device/fuse", p, sizeof p);

	wrap_of(&t, 1, wrap);
	for (size_t at = 512; at + 128 <= len; at += 128)
		if (memcmp(p + at, id.rec, ID_LEN) == 0)
			p[at + 5] ^= 1;
	vh_save(t.root, "device/fuse", p, len);
	must(freeze_one(v, 1, &erased, &e), &e, "freeze");
	len = vh_load(t.root, "device/fuse", p, sizeof p);
	ok(memmem(p, len, wrap, sizeof wrap) == NULL && entry_there(&t, 2),
	    "a wrap under a damaged name goes with the account");
	vault_close(&v);
	vh_end(&t);
}

/* Killed after the marker: the next holder of the lock erases, the next unlock says so in the ledger. */
static void
test_killed(void)
{
	static unsigned char before[65536];
	unsigned char m[32 + 2 * ID_LEN + 32] = "PURSFRA1";
	struct vh t = { .root = "" };
	struct vault *v = made(&t, 2);
	AUTO(store_lock_release) struct store_lock *l = NULL;
	struct record_id id = vh_id(1, 1);
	struct err e = { .rc = OK };
	size_t len = vh_load(t.root, "device/fuse", before, sizeof before);

	memcpy(m + 8, vault_id(v), 16);
	le32_put(m + 24, 1);
	le32_put(m + 28, 1);
	memcpy(m + 32, id.acct, ID_LEN);
	memcpy(m + 32 + ID_LEN, id.rec, ID_LEN);
	hash256(m + sizeof m - 32, m, sizeof m - 32);
	vault_close(&v);
	vh_save(t.root, "device/" ACCOUNTS_MARKER, m, sizeof m);
	ok(store_lock_take(t.h, 1000, &l, &e) == OK && !entry_there(&t, 1) && entry_there(&t, 2),
	    "without a key, under the lock: the entries go: %s", e.what);
	store_lock_release(&l);
	vh_save(t.root, "device/fuse", before, len);
	must(vh_unlock(&t, 1, &v, &e), &e, "unlock");
	ok((vault_notices(v)->recovered & RECOVERED_ACCOUNTS) && !acctfreeze_marked(t.h) && !entry_there(&t, 1) &&
		vh_get(v, 1, 1, "the secret", &e) == E_FROZEN && strstr(e.what, "a1") != NULL,
	    "with a key: the flag, and the marker is done with");
	vault_close(&v);
	m[40] ^= 1;
	vh_save(t.root, "device/" ACCOUNTS_MARKER, m, sizeof m);
	ok(store_lock_take(t.h, 1000, &l, &e) == E_DAMAGED, "a damaged marker is no reason to go on: %s", e.what);
	vh_end(&t);
}

static void
test_thaw(void)
{
	struct vh t = { .root = "" }, other = { .root = "" };
	struct vault *v = made(&t, 2), *w = made(&other, 1);
	struct acct_thaw how = { .n = 0 };
	struct err e = { .rc = OK };
	struct exposure *x = NULL;
	size_t erased, n = 0;
	RECORD was = { .body = NULL }, now = { .body = NULL };
	struct record_id id = vh_id(1, 1);

	vault_close(&w);
	ok(thaw_one(&t, v, 1, &how, &e) == E_FAILED, "an account that is not frozen: %s", e.what);
	must(freeze_one(v, 1, &erased, &e), &e, "freeze");
	must(vh_put(v, 1, 2, "stored meanwhile", &e), &e, "put");
	must(rows_secret_get(vault_db(v), id.rec, 1, &was, NULL, &e), &e, "row");
	ok(thaw_one(&other, v, 1, &how, &e) == E_AUTH, "the kit of another store: %s", e.what);
	how.kit = NULL;
	ok(thaw_one(&t, v, 1, &how, &e) == OK && how.records == 2 && how.quarantined == 0, "with the kit: %s", e.what);
	ok(vh_get(v, 1, 1, "the secret", &e) == OK && vh_get(v, 1, 2, "stored meanwhile", &e) == OK &&
		vh_get(v, 2, 1, "the secret", &e) == OK,
	    "everything is back, with what was stored meanwhile");
	must(rows_secret_get(vault_db(v), id.rec, 1, &now, NULL, &e), &e, "row");
	ok(now.body_len == was.body_len && memcmp(now.body, was.body, now.body_len) != 0 &&
		memcmp(now.seal, was.seal, sizeof now.seal) != 0,
	    "under new keys: body and seal are others");
	must(vault_exposures(v, &x, &n, &e), &e, "exposures");
	ok(n == 0 || (n == 1 && memcmp(x[0].id.acct, id.acct, ID_LEN) == 0), "only this account is on the list");
	free(x);
	vault_close(&v);
	must(vh_unlock(&t, 1, &v, &e), &e, "unlock");
	ok(vault_notices(v)->entries_back == 0 && vh_get(v, 1, 1, "the secret", &e) == OK, "and stays so");
	vault_close(&v);
	vh_end(&t);
	vh_end(&other);
}

static enum rc
fail_second(void *ctx, const struct record_id *id, const struct secret *plain, int64_t created_ms, struct record *out,
    struct err *e)
{
	if (id->version == 2)
		return err_set(e, E_FAILED, "no more");
	return record_seal(ctx, id, plain, created_ms, WRAP_FROZEN_TOO, out, e);
}

static void
test_thaw_fails(void)
{
	struct vh t = { .root = "" };
	struct vault *v = made(&t, 1);
	struct acct_thaw how = { .seal_it = fail_second };
	struct err e = { .rc = OK };
	size_t erased;

	must(freeze_one(v, 1, &erased, &e), &e, "freeze");
	must(vh_put(v, 1, 2, "stored meanwhile", &e), &e, "put");
	ok(thaw_one(&t, v, 1, &how, &e) == E_FAILED && !entry_there(&t, 1) &&
		vh_get(v, 1, 1, "the secret", &e) == E_FROZEN,
	    "a thaw that fails half way leaves the account frozen, without entries");
	how.seal_it = seal_here;
	ok(thaw_one(&t, v, 1, &how, &e) == OK && vh_get(v, 1, 2, "stored meanwhile", &e) == OK,
	    "and the next one works");
	vault_close(&v);
	vh_end(&t);
}

/* A record that was altered while frozen is put aside, the others come back. */
static void
test_quarantine(void)
{
	struct vh t = { .root = "" };
	struct vault *v = made(&t, 1);
	struct acct_thaw how = { .n = 0 };
	struct err e = { .rc = OK };
	size_t erased;

	must(freeze_one(v, 1, &erased, &e), &e, "freeze");
	must(sql_exec(vault_db(v), "UPDATE secret SET seal = randomblob(152)", &e), &e, "update");
	ok(thaw_one(&t, v, 1, &how, &e) == E_DAMAGED, "a list of secrets that does not fit stops it: %s", e.what);
	vault_close(&v);
	vh_end(&t);
}

/* Writers in another process store secrets for the account while it is frozen: afterwards none of them has an entry. */
static void
test_race(void)
{
	struct err e = { .rc = OK };
	unsigned bad = 0, rounds = 12;

	for (unsigned i = 0; i < rounds; i++) {
		struct vh t = { .root = "" };
		struct vault *v = made(&t, 2);
		size_t erased;
		int st;
		pid_t pid;

		vault_close(&v);
		if ((pid = fork()) == 0) {
			struct vault *w = NULL;

			vh_reopen(&t);
			if (vh_unlock(&t, 1, &w, &e) != OK)
				_exit(1);
			for (uint64_t k = 2; k < 14; k++)
				if (vh_put(w, 1, k, "the secret", &e) != OK && e.rc != E_BUSY)
					_exit(1);
			_exit(0);
		}
		must(vh_unlock(&t, 1, &v, &e), &e, "unlock");
		(void)usleep(i * 3000);
		bad += vault_freeze_accounts(v,
			   (const unsigned char(*)[ID_LEN]) &
			       (unsigned char[ID_LEN]){ 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 },
			   1, NULL, clock_now_ms(), 10000, &erased, &e) != OK;
		bad += entry_there(&t, 1);
		bad += waitpid(pid, &st, 0) < 0 || st != 0;
		bad += entry_there(&t, 1) || !entry_there(&t, 2);
		vault_close(&v);
		vh_end(&t);
	}
	ok(bad == 0, "freeze of an account against writers of its secrets, %u times: no entry of it is left", rounds);
}

static void
test_whole_thaw(void)
{
	struct vh t = { .root = "" };
	struct vault *v = made(&t, 3);
	struct freeze_report r;
	struct err e = { .rc = OK };
	size_t erased;

	must(freeze_one(v, 1, &erased, &e), &e, "freeze");
	vault_close(&v);
	must(vh_freeze(&t, &r, &e), &e, "freeze all");
	must(vh_thaw(&t, 2, true, &v, &e), &e, "thaw");
	ok(vh_get(v, 1, 1, "the secret", &e) == OK && vh_get(v, 2, 1, "the secret", &e) == OK,
	    "a thaw of the whole store brings every account back");
	vault_close(&v);
	must(vh_unlock(&t, 2, &v, &e), &e, "unlock");
	ok(vault_notices(v)->entries_back == 0 && vh_get(v, 1, 1, "the secret", &e) == OK, "for good");
	vault_close(&v);
	vh_end(&t);
}

static void
test_canary(void)
{
	struct vh t = { .root = "" };
	struct vault *v = made(&t, 2);
	struct record_id id = vh_id(1, 1);
	struct err e = { .rc = OK };
	bool logged = false;
	SECRET plain = { 0 };
	{
		AUTO(vault_txn_end) struct vault_txn *tx = NULL;

		must(vault_txn_begin(v, 1000, clock_now_ms(), &tx, &e), &e, "begin");
		must(canary_mark(vault_db(v), id.rec, &e), &e, "mark");
		must(vault_txn_commit(&tx, &e), &e, "commit");
	}
	{
		RECORD r = { .body = NULL };

		must(rows_secret_get(vault_db(v), id.rec, 1, &r, NULL, &e), &e, "row");
		ok(record_open(v, &r, &plain, &e) == OK, "bait is compared like any other value, without harm");
		secret_wipe(&plain);
		ok(record_reveal(v, &r, "show", clock_now_ms(), &plain, &e) == E_FROZEN && plain.bytes == NULL,
		    "asking for bait: frozen, nothing shown");
	}
	ok(!file_there(t.h->device, "fuse") && vault_sk(v) == NULL &&
		log_freeze_since(vault_log(v), 0, &logged, NULL, NULL, &e) == OK && logged,
	    "the fuse is gone, SK is forgotten, the log has it");
	vault_close(&v);
	vh_end(&t);
}

static void
test_duress(void)
{
	struct vh t = { .root = "" };
	struct vault *v = made(&t, 1);
	struct err e = { .rc = OK };
	SECRET a1 = { 0 }, a5 = { 0 };
	struct unlock_how old = { .now_ms = clock_now_ms(), .wait_ms = 1000 };
	struct new_keys how = { .params = &vh_params, .now_ms = clock_now_ms(), .wait_ms = 1000 };
	struct thaw_how th = { .kit = &t.kit.s, .now_ms = clock_now_ms(), .wait_ms = 1000 };
	AUTO(thaw_free) struct thaw *thaw = NULL;
	unsigned char key[32];

	vault_close(&v);
	vh_a(&a1, 1);
	vh_a(&a5, 5);
	old.a = how.a = how.duress_a = &a1;
	ok(vault_passwd(t.h, &old, &how, &e) == E_USAGE, "the same password twice: %s", e.what);
	how.duress_a = &a5;
	must(vault_passwd(t.h, &old, &how, &e), &e, "passwd");
	must(vh_unlock(&t, 1, &v, &e), &e, "unlock");
	ok(vault_state(v) == VAULT_OPEN && vh_get(v, 1, 1, "the secret", &e) == OK, "the password opens all");
	memcpy(key, vault_lk(v)->bytes, sizeof key);
	vault_close(&v);
	must(vh_unlock(&t, 5, &v, &e), &e, "unlock");
	ok(vault_state(v) == VAULT_FROZEN && vault_sk(v) == NULL && !file_there(t.h->device, "fuse") &&
		memcmp(key, vault_lk(v)->bytes, sizeof key) == 0 && vh_get(v, 1, 1, "the secret", &e) == E_FROZEN,
	    "the duress password opens the ledger; the fuse is gone");
	vault_close(&v);
	th.a = &a5;
	ok(thaw_begin(t.h, &th, &thaw, &e) == E_AUTH, "a thaw takes it for a wrong one: %s", e.what);
	th.a = &a1;
	ok(thaw_begin(t.h, &th, &thaw, &e) == OK, "and the password for the right one: %s", e.what);
	wipe(key, sizeof key);
	vh_end(&t);
}

/* Attempts at the same time are counted each. */
static void
test_policy(void)
{
	struct vh t = { .root = "" };
	struct err e = { .rc = OK };
	struct policy p;
	int st, bad = 0;

	vh_tmp(&t);
	must(home_create(t.h, &e), &e, "home");
	policy_failed(t.h, &p);
	ok(p.freeze_after == 0 && p.failed == 0 && !file_there(t.h->device, "policy"),
	    "no policy: nothing is counted, or made");
	must(policy_set(t.h, 1000000, &e), &e, "policy");
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			for (int k = 0; k < 150; k++)
				policy_failed(t.h, &p);
			_exit(0);
		}
	for (int i = 0; i < 4; i++)
		bad += wait(&st) < 0 || st != 0;
	policy_read(t.h, &p);
	ok(bad == 0 && p.failed == 600, "four at once, 150 wrong attempts each: %u", p.failed);
	policy_passed(t.h);
	policy_read(t.h, &p);
	ok(p.failed == 0 && p.freeze_after == 1000000, "a right one begins anew");
	vh_end(&t);
}

int
main(void)
{
	struct err e = { .rc = OK };

	must(crypto_start(&e), &e, "crypto");
	must(db_init(&e), &e, "SQLite");
	test_freeze();
	test_old_fuse();
	test_misnamed();
	test_killed();
	test_thaw();
	test_thaw_fails();
	test_quarantine();
	test_race();
	test_whole_thaw();
	test_canary();
	test_duress();
	test_policy();
	return tap_done();
}
