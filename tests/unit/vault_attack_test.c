/*
 * Attacks on the vault with files in hand (numbers as in the specification's list): 5 after a freeze, 6 an old copy,
 * 7 stored while frozen, 10 remains of wraps, 12 records without keys, 16 traces of what was typed; and copies put
 * back. The attacker's reader is purpose-built: it has A and tries every byte position of every file.
 */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "store/vault_int.h"

#include <dirent.h>

struct blob { unsigned char *p; size_t n; };

static void
blob_free(struct blob *b)
{
	free(b->p);
}

/* All files of a home, one after the other. */
static void
slurp(const char *root, struct blob *out)
{
	static const char *const dirs[] = { "vault", "device" };
	char path[600], name[700];
	struct dirent *d;

	for (size_t i = 0; i < 2; i++) {
		DIR *dir;

		(void)snprintf(path, sizeof path, "%s/%s", root, dirs[i]);
		if ((dir = opendir(path)) == NULL)
			continue;
		while ((d = readdir(dir)) != NULL) {
			if (d->d_name[0] == '.')
				continue;
			(void)snprintf(name, sizeof name, "%s/%s", dirs[i], d->d_name);
			if ((out->p = realloc(out->p, out->n + (4u << 20))) == NULL)
				abort();
			out->n += vh_load(root, name, out->p + out->n, 4u << 20);
		}
		(void)closedir(dir);
	}
}

static bool
keys_of(const char *root, struct keys *k)
{
	unsigned char raw[KEYS_SIZE + 1];

	return keys_check(raw, vh_load(root, "vault/keys", raw, sizeof raw), k, NULL) == OK;
}

/* Does any 104 bytes of the pile open as wrapS under A and these keys? */
static bool
reader_finds_sk(const struct blob *pile, const struct keys *k, int a_value)
{
	SECRET a = { 0 }, sk = { 0 };

	vh_a(&a, a_value);
	for (size_t at = 0; at + WRAPS_LEN <= pile->n; at++)
		for (unsigned slot = 0; slot < 1; slot++)
			if (keys_open_sk(k, &a, slot, pile->p + at, &sk, NULL) == OK)
				return true;
	return false;
}

/* Does any open as the wrap of this version under SK? */
static bool
rk_in(const struct blob *pile, const struct keys *k, const struct secret *sk, unsigned n, uint64_t version,
    unsigned char rk[KEY_LEN])
{
	struct record_id id = vh_id(n, version);

	for (size_t at = 0; at + RECORD_WRAP_LEN <= pile->n; at++)
		if (record_unwrap(rk, keys_vault_id(k), sk, pile->p + at, &id) == OK)
			return true;
	return false;
}

static bool
reader_finds_wrap(const struct blob *pile, const struct keys *k, const struct secret *sk, unsigned n, uint64_t version)
{
	unsigned char rk[KEY_LEN];

	return rk_in(pile, k, sk, n, version, rk);
}

static void
copy_home(const struct vh *t, char to[600], const char *name)
{
	(void)snprintf(to, 600, "%s.%s", t->root, name);
	vh_rm(to);
	vh_copy_tree(t->root, to);
}

static void
copy_file(const char *from, const char *to, const char *name)
{
	static unsigned char p[8u << 20];
	size_t n = vh_load(from, name, p, sizeof p);

	vh_save(to, name, p, n);
}

static void
remove_wal(const char *root)
{
	char path[700];

	(void)snprintf(path, sizeof path, "%s/vault/store.db-wal", root);
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s/vault/store.db-shm", root);
	(void)unlink(path);
}

/* A home with two secrets, closed. sk: as the attacker could take it from a copy of now. */
static void
home_with(struct vh *t, struct secret *sk)
{
	AUTO(vault_close) struct vault *v = NULL;
	struct err e = { .rc = OK };

	vh_tmp(t);
	if (vh_create(t, 1, true, &v, &e) != OK || vh_put(v, 1, 1, "one", &e) != OK ||
	    vh_put(v, 2, 1, "two", &e) != OK || secret_copy(sk, vault_sk(v)->bytes, KEY_LEN, &e) != OK) {
		printf("# %s\n", e.what);
		abort();
	}
}

/* 5, and older copies of single files beside it. */
static void
after_freeze(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(blob_free) struct blob before = { .n = 0 };
	AUTO(blob_free) struct blob after = { .n = 0 };
	SECRET sk = { 0 };
	struct freeze_report r;
	struct keys k;
	struct err e = { .rc = OK };
	char t0[600];

	home_with(&t, &sk);
	copy_home(&t, t0, "t0");
	if (!keys_of(t.root, &k))
		abort();
	slurp(t.root, &before);
	ok(reader_finds_sk(&before, &k, 1) && reader_finds_wrap(&before, &k, &sk, 1, 1),
	    "the reader works: before the freeze it finds SK and a wrap");
	ok(vh_freeze(&t, &r, &e) == OK, "freeze");
	slurp(t.root, &after);
	ok(!reader_finds_sk(&after, &k, 1), "5: password and all files after it: no SK at any of %zu positions",
	    after.n);
	ok(!reader_finds_wrap(&after, &k, &sk, 1, 1) && !reader_finds_wrap(&after, &k, &sk, 2, 1),
	    "10: and no wrap, even for one who kept SK");
	ok(vh_unlock(&t, 1, &v, &e) == OK && vault_state(v) == VAULT_FROZEN, "the ledger opens");
	ok(vh_get(v, 1, 1, "one", &e) == E_FROZEN, "no secret");
	vault_close(&v);
	copy_file(t0, t.root, "vault/keys");
	copy_file(t0, t.root, "vault/store.db");
	remove_wal(t.root);
	if (vh_unlock(&t, 1, &v, &e) == OK)
		ok(vault_state(v) == VAULT_FROZEN && vh_get(v, 1, 1, "one", &e) == E_FROZEN,
		    "keys and store.db from before the freeze: no secret");
	else
		ok(e.rc == E_DAMAGED, "keys and store.db from before the freeze: refused as a rollback");
	vault_close(&v);
	vh_rm(t0);
}

/* The fuse file comes back from a snapshot. */
static void
old_fuse(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	SECRET sk = { 0 };
	struct freeze_report r;
	struct vault_status s;
	struct err e = { .rc = OK };
	char t0[600];

	home_with(&t, &sk);
	copy_home(&t, t0, "t0");
	if (vh_freeze(&t, &r, &e) != OK)
		abort();
	copy_file(t0, t.root, "device/fuse");
	ok(vh_unlock(&t, 1, &v, &e) == OK && vault_notices(v)->old_fuse_destroyed && vault_state(v) == VAULT_FROZEN,
	    "an old fuse beside a log that knows of the freeze: destroyed, frozen");
	ok(vault_status(t.h, &s, &e) == OK && s.state == VAULT_FROZEN && !fuse_any(t.h) &&
		vh_get(v, 1, 1, "one", &e) == E_FROZEN,
	    "it is really gone");
	vault_close(&v);
	vh_rm(t0);
}

/* 6 and 7. */
static void
old_copy(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(blob_free) struct blob frozen = { .n = 0 };
	AUTO(blob_free) struct blob later = { .n = 0 };
	AUTO(blob_free) struct blob thawed = { .n = 0 };
	AUTO(blob_free) struct blob copy = { .n = 0 };
	unsigned char rk0[KEY_LEN];
	SECRET sk0 = { 0 };
	struct freeze_report r;
	struct keys k0;
	bool rk0_known;
	struct err e = { .rc = OK };
	char t0[600], t1[600], device[700];

	home_with(&t, &sk0);
	copy_home(&t, t0, "t0");
	slurp(t0, &copy);
	if (!keys_of(t0, &k0) || vh_unlock(&t, 1, &v, &e) != OK ||
	    vh_put(v, 9, 1, "X, stored after the copy", &e) != OK)
		abort();
	vault_close(&v);
	copy_home(&t, t1, "t1");
	(void)snprintf(device, sizeof device, "%s/device", t1);
	vh_rm(device);
	slurp(t1, &later);
	ok(reader_finds_wrap(&copy, &k0, &sk0, 1, 1), "6: the copy of t0 with the password opens what existed then");
	ok(!reader_finds_wrap(&later, &k0, &sk0, 9, 1) && !reader_finds_wrap(&copy, &k0, &sk0, 9, 1),
	    "with later backups only: X is not opened");
	if (vh_freeze(&t, &r, &e) != OK || vh_unlock(&t, 1, &v, &e) != OK)
		abort();
	usleep(2000);
	ok(vh_put(v, 10, 1, "Y, stored while frozen", &e) == OK, "7: Y is stored while frozen");
	vault_close(&v);
	slurp(t.root, &frozen);
	ok(!reader_finds_wrap(&frozen, &k0, &sk0, 9, 1), "with the frozen files: X is not opened");
	ok(!reader_finds_wrap(&frozen, &k0, &sk0, 10, 1), "nor Y");
	rk0_known = rk_in(&copy, &k0, &sk0, 1, 1, rk0);
	ok(vh_thaw(&t, 2, false, &v, &e) == OK && vh_get(v, 10, 1, "Y, stored while frozen", &e) == OK &&
		vh_get(v, 9, 1, "X, stored after the copy", &e) == OK,
	    "thawed: X and Y are equal to what was stored");
	{
		RECORD now = { .body = NULL };
		SECRET plain = { 0 };
		struct record_id id = vh_id(1, 1);

		ok(rk0_known && rows_secret_get(vault_db(v), id.rec, 1, &now, NULL, &e) == OK &&
			record_body(vault_id(v), rk0, &now, &plain, &e) == E_DAMAGED,
		    "a record key of t0 does not open the thawed record");
	}
	vault_close(&v);
	slurp(t.root, &thawed);
	ok(!reader_finds_wrap(&thawed, &k0, &sk0, 9, 1) && !reader_finds_wrap(&thawed, &k0, &sk0, 10, 1) &&
		!reader_finds_wrap(&thawed, &k0, &sk0, 1, 1),
	    "the keys of t0 open nothing in the thawed home");
	vh_rm(t0);
	vh_rm(t1);
}

/* Other files of other times. */
static void
put_back(void)
{
	static const struct { const char *name; bool unlocks; enum rc rc, secret; } c[] = {
		{ "vault/keys", false, E_AUTH, OK },                    /* device.key does not fit any more */
		{ "device/device.key", false, E_AUTH, OK },
		{ "vault/store.db", false, E_DAMAGED, OK },
		{ "device/fuse", true, OK, E_DAMAGED },                 /* not frozen, not open: damaged */
		{ "device/logstate", true, OK, E_DAMAGED },
		{ "vault/log", true, OK, E_DAMAGED },
	};
	SECRET sk = { 0 };
	struct err e = { .rc = OK };

	for (size_t i = 0; i < COUNTOF(c); i++) {
		AUTO(vh_end) struct vh t = { .h = NULL };
		AUTO(vault_close) struct vault *v = NULL;
		char t0[600];
		enum rc rc, got;

		secret_wipe(&sk);
		home_with(&t, &sk);
		copy_home(&t, t0, "t0");
		if (vh_passwd(&t, 1, 2, &e) != OK || vh_unlock(&t, 2, &v, &e) != OK ||
		    vh_put(v, 3, 1, "three", &e) != OK)
			abort();
		vault_close(&v);
		remove_wal(t.root);
		copy_file(t0, t.root, c[i].name);
		rc = vh_unlock(&t, 2, &v, &e);
		got = rc == OK ? vh_get(v, 1, 1, "one", &e) : OK;
		ok(rc == c[i].rc && got == c[i].secret, "%s from before a passwd: %d, secrets %d", c[i].name, (int)rc,
		    (int)got);
		vault_close(&v);
		if (i == 0)
			ok(vh_unlock(&t, 1, &v, &e) == E_AUTH, "nor with the old password");
		vault_close(&v);
		vh_rm(t0);
	}
}

/* No key changed in between: only the counter in the log's records and the header's number tell. */
static void
same_epoch(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	SECRET sk = { 0 };
	struct err e = { .rc = OK };
	char t0[600];

	home_with(&t, &sk);
	copy_home(&t, t0, "t0");
	if (vh_unlock(&t, 1, &v, &e) != OK || vh_put(v, 3, 1, "three", &e) != OK)
		abort();
	vault_close(&v);
	remove_wal(t.root);
	copy_file(t0, t.root, "vault/store.db");
	ok(vh_unlock(&t, 1, &v, &e) == E_DAMAGED && strstr(e.what, "rollback") != NULL,
	    "store.db of an hour ago, same keys: rollback suspected");
	vh_rm(t0);
}

static enum rc
sql(struct vh *t, const char *text)
{
	AUTO(vault_close) struct vault *v = NULL;
	struct err e = { .rc = OK };
	enum rc rc;

	if ((rc = vh_unlock(t, 1, &v, &e)) != OK || (rc = sql_exec(vault_db(v), text, &e)) != OK)
		printf("# %s\n", e.what);
	return rc;
}

/* 12: someone who can write rows (a hole in the database's own protection) but has not LK's other uses. */
static void
records(void)
{
#define STILL " DELETE FROM meta WHERE name = 'manifest-stale';"
	static const struct { const char *what, *text; unsigned lost; bool manifest;
	} c[] = {
		{ "a row deleted", "DELETE FROM secret WHERE hex(rec_id) LIKE '0001%';" STILL, 0, true },
		{ "an older version of a row replayed",
		    "UPDATE secret SET body = (SELECT body FROM old), seal = (SELECT seal FROM old),"
		    " mtag = (SELECT mtag FROM old) WHERE hex(rec_id) LIKE '0001%';" STILL,
		    0, true },
		{ "bodies swapped",
		    "CREATE TABLE x AS SELECT rec_id, body FROM secret; UPDATE secret SET body = (SELECT body FROM x "
		    "WHERE"
		    " x.rec_id <> secret.rec_id); DROP TABLE x;" STILL,
		    2, false },
		{ "seals swapped",
		    "CREATE TABLE x AS SELECT rec_id, seal FROM secret; UPDATE secret SET seal = (SELECT seal FROM x "
		    "WHERE"
		    " x.rec_id <> secret.rec_id); DROP TABLE x;" STILL,
		    2, false },
		{ "another account", "UPDATE secret SET acct_id = zeroblob(16) WHERE hex(rec_id) LIKE '0001%';" STILL,
		    1, false },
		{ "another kind", "UPDATE secret SET kind = 2 WHERE hex(rec_id) LIKE '0001%';" STILL, 1, false },
		{ "another version", "UPDATE secret SET version = 7 WHERE hex(rec_id) LIKE '0001%';" STILL, 1, true },
	};
	struct err e = { .rc = OK };

	for (size_t i = 0; i < COUNTOF(c); i++) {
		AUTO(vh_end) struct vh t = { .h = NULL };
		AUTO(vault_close) struct vault *v = NULL;
		AUTO(thaw_free) struct thaw *th = NULL;
		struct thaw_how how = { .now_ms = clock_now_ms(), .wait_ms = 100 };
		SECRET sk = { 0 };

		home_with(&t, &sk);
		/* A row of the same version that was there before it was stored again: what "older" means here. */
		if (sql(&t, "CREATE TABLE old AS SELECT * FROM secret WHERE hex(rec_id) LIKE '0001%'; DELETE FROM "
			    "secret WHERE hex(rec_id) LIKE '0001%'") != OK ||
		    sql(&t, "DELETE FROM meta WHERE name = 'manifest-stale'") != OK || vh_unlock(&t, 1, &v, &e) != OK)
			abort();
		v->records_bad = false;
		if (vh_put(v, 1, 1, "one again", &e) != OK)
			abort();
		vault_close(&v);
		if (sql(&t, c[i].text) != OK || vh_unlock(&t, 1, &v, &e) != OK)
			abort();
		ok(vh_get(v, 2, 1, "two", &e) == E_DAMAGED && v->records_bad,
		    "12: %s: seen at unlock, no secret is shown", c[i].what);
		vault_close(&v);
		how.kit = &t.kit.s;
		/* A true record of an earlier time is true in itself: the root alone shows it, as it does a missing
		 * one. */
		ok(thaw_begin(t.h, &how, &th, &e) == OK && thaw_facts(th)->quarantined == c[i].lost &&
			(thaw_facts(th)->manifest_bad || !c[i].manifest),
		    "12: %s: thaw quarantines %u", c[i].what, c[i].lost);
	}
}

/* 12: a sealed box needs no secret to make; the inner seal under LK does. */
static void
forged_seal(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(thaw_free) struct thaw *th = NULL;
	struct thaw_how how = { .now_ms = clock_now_ms(), .wait_ms = 100 };
	struct record_id id = vh_id(1, 1);
	unsigned char rk[KEY_LEN], fake_lk[KEY_LEN], pub[32], priv[32];
	SECRET sk = { 0 }, lk = { 0 }, evil = { 0 }, r_priv = { 0 };
	RECORD good = { .body = NULL };
	RECORD r = { .body = NULL };
	struct err e = { .rc = OK };

	home_with(&t, &sk);
	random_bytes(rk, sizeof rk);
	random_bytes(fake_lk, sizeof fake_lk);
	if (vh_unlock(&t, 1, &v, &e) != OK || secret_copy(&lk, fake_lk, sizeof fake_lk, &e) != OK ||
	    secret_copy(&evil, "evil", 4, &e) != OK || rows_secret_get(vault_db(v), id.rec, 1, &good, NULL, &e) != OK ||
	    record_build(vault_id(v), keys_r_pub(&v->keys), &lk, rk, &id, &evil, good.created_ms, &r, &e) != OK ||
	    rows_secret_delete(vault_db(v), id.rec, 1, &e) != OK)
		abort();
	memcpy(r.mtag, good.mtag, sizeof r.mtag);
	if (rows_secret_put(vault_db(v), &r, SECRET_CURRENT, &e) != OK || rows_manifest_update(vault_db(v), &e) != OK)
		abort();
	ok(record_open(v, &r, &evil, &e) == E_DAMAGED, "12: a forged record does not open");
	kit_keypair(pub, priv, &t.kit.s, vault_id(v));
	if (secret_copy(&r_priv, priv, sizeof priv, &e) != OK)
		abort();
	ok(record_unseal(rk, vault_id(v), pub, &r_priv, &v->lk, &r) == E_KEY, "12: nor does its seal, by itself");
	vault_close(&v);
	how.kit = &t.kit.s;
	ok(thaw_begin(t.h, &how, &th, &e) == OK && thaw_facts(th)->quarantined == 1 &&
		memcmp(thaw_facts(th)->quarantine[0].rec, id.rec, ID_LEN) == 0,
	    "12: a forged recovery seal is quarantined, and named");
}

/* 10: every blob of every table, and the fuse's places after a passwd. */
static void
no_wraps_in_rows(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	SECRET sk = { 0 };
	BUF all = { 0 };
	struct keys k;
	struct blob pile;
	struct err e = { .rc = OK };
	bool row, found = false;

	home_with(&t, &sk);
	if (!keys_of(t.root, &k) || vh_unlock(&t, 1, &v, &e) != OK)
		abort();
	{
		SQL q = { 0 };

		if (sql_prepare(vault_db(v), "SELECT rec_id, acct_id, mtag, seal, body FROM secret", &q, &e) != OK)
			abort();
		while (sql_step(&q, &row, &e) == OK && row)
			for (int i = 0; i < 5; i++) {
				size_t n;
				const void *p = sql_blob(&q, i, &n);

				buf_add(&all, p, n);
			}
	}
	{
		SQL q = { 0 };

		if (sql_prepare(vault_db(v), "SELECT value FROM meta UNION ALL SELECT text FROM log_outbox", &q, &e) !=
		    OK)
			abort();
		while (sql_step(&q, &row, &e) == OK && row) {
			size_t n;
			const void *p = sql_blob(&q, 0, &n);

			buf_add(&all, p, n);
		}
	}
	pile = (struct blob){ (unsigned char *)all.p, all.len };
	found = reader_finds_wrap(&pile, &k, &sk, 1, 1) || reader_finds_wrap(&pile, &k, &sk, 2, 1) ||
		reader_finds_sk(&pile, &k, 1);
	ok(all.len > 1000 && !found, "10: no wrap in any row");
}

/* 16 */
static void
typed_markers(void)
{
	static const char marker[] = "MARKER-typed-password-7391";
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(blob_free) struct blob pile = { .n = 0 };
	struct unlock_how how = { .now_ms = clock_now_ms(), .wait_ms = 100 };
	SECRET sk = { 0 }, pw = { 0 };
	struct err e = { .rc = OK };
	struct log_head before, after;

	home_with(&t, &sk);
	if (secret_copy(&pw, marker, sizeof marker - 1, &e) != OK || vh_unlock(&t, 1, &v, &e) != OK ||
	    log_head(vault_log(v), &before, &e) != OK)
		abort();
	how.password = &pw;
	{
		AUTO(vault_close) struct vault *other = NULL;

		ok(vault_unlock(t.h, &how, &other, &e) == E_AUTH && strstr(e.what, "MARKER") == NULL,
		    "16: a wrong password, typed: 3, and not repeated");
		ok(vault_unlock(t.h, &how, &other, &e) == E_AUTH, "twice");
	}
	ok(log_head(vault_log(v), &after, &e) == OK && after.next_seq == before.next_seq + 1,
	    "one record a minute at most");
	vault_close(&v);
	slurp(t.root, &pile);
	ok(memmem(pile.p, pile.n, marker, sizeof marker - 1) == NULL && memmem(pile.p, pile.n, "MARKER", 6) == NULL,
	    "16: what was typed is in no file");
}

int
main(void)
{
	struct err e = { .rc = OK };

	if (crypto_start(&e) != OK || db_init(&e) != OK)
		return 1;
	after_freeze();
	old_fuse();
	old_copy();
	put_back();
	same_epoch();
	records();
	forged_seal();
	no_wraps_in_rows();
	typed_markers();
	return tap_done();
}
