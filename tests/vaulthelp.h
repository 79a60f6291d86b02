/*
 * tests/vaulthelp.h: small homes for tests of the vault. Argon2id is skipped: its result A is given (vault.h has the
 * hook), so that thousands of unlocks take seconds.
 */
#ifndef PURSER_TESTS_VAULTHELP_H
#define PURSER_TESTS_VAULTHELP_H

#include "base/io.h"
#include "base/time.h"
#include "store/files.h"
#include "store/sql.h"
#include "store/vaultrows.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct pwparams vh_params = { 65536, 3, 4 };
struct vh { char root[512]; struct home *h; struct kit kit; };

static inline int
vh_rm_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st; (void)type; (void)f;
	return remove(path);
}

static inline void
vh_rm(const char *path)
{
	(void)nftw(path, vh_rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
vh_end(struct vh *t)
{
	home_close(&t->h);
	kit_wipe(&t->kit);
	if (t->root[0] != '\0')
		vh_rm(t->root);
	t->root[0] = '\0';
}

/* A: 32 bytes of one value. */
static inline void
vh_a(struct secret *a, int value)
{
	secret_wipe(a);
	if (secret_alloc(a, 32, NULL) != OK)
		abort();
	memset(a->bytes, value, 32);
}

static inline bool
vh_home(struct vh *t, const char *root)
{
	char vault[600], device[600];

	(void)snprintf(vault, sizeof vault, "%s/vault", root);
	(void)snprintf(device, sizeof device, "%s/device", root);
	home_close(&t->h);
	return home_open(&t->h, vault, device, NULL) == OK;
}

static inline void
vh_tmp(struct vh *t)
{
	const char *dir = getenv("TMPDIR");

	(void)snprintf(t->root, sizeof t->root, "%s/purser-vault.XXXXXX", dir != NULL ? dir : "/tmp");
	if (mkdtemp(t->root) == NULL || !vh_home(t, t->root))
		abort();
}

/* The same home again, after files or directories were exchanged. */
static inline void
vh_reopen(struct vh *t)
{
	if (!vh_home(t, t->root))
		abort();
}

/* init with A = a x 32 and, if kit, a verified kit. out may be NULL. */
static inline enum rc
vh_create(struct vh *t, int a, bool kit, struct vault **out, struct err *e)
{
	GENESIS g = { .log_seed = { 0 } };
	SECRET aa = { 0 };
	struct new_keys how = { .params = &vh_params, .now_ms = clock_now_ms(), .wait_ms = 1000 };
	enum rc rc;

	vh_a(&aa, a);
	how.a = &aa;
	if ((rc = home_create(t->h, e)) != OK || (rc = genesis_make(&g, e)) != OK)
		return rc;
	if (kit) {
		kit_wipe(&t->kit);
		if ((rc = kit_make(&t->kit, g.vault_id, g.pk0, 1, 1, e)) != OK)
			return rc;
		how.kit = &t->kit;
		how.kit_state = KIT_VERIFIED;
	}
	return vault_create(t->h, &g, &how, out, e);
}

static inline enum rc
vh_unlock(struct vh *t, int a, struct vault **out, struct err *e)
{
	SECRET aa = { 0 };
	struct unlock_how how = { .now_ms = clock_now_ms(), .wait_ms = 1000 };

	vh_a(&aa, a);
	how.a = &aa;
	return vault_unlock(t->h, &how, out, e);
}

static inline struct record_id
vh_id(unsigned n, uint64_t version)
{
	struct record_id id = { .kind = KIND_PASSWORD, .version = version };

	memset(id.rec, (int)(n & 255), ID_LEN);
	id.rec[0] = (unsigned char)(n >> 8);
	memset(id.acct, (int)(n % 7 + 1), ID_LEN);
	return id;
}

/* Store "TEXT" as version of secret n: fuse entry, row, event, commit. */
static inline enum rc
vh_put(struct vault *v, unsigned n, uint64_t version, const char *text, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct record_id id = vh_id(n, version);
	RECORD r = { .body = NULL };
	SECRET plain = { 0 };
	BUF event = { 0 };
	enum rc rc;

	buf_adds(&event, "00112233445566778899aabbccddeeff");
	for (int i = 0; i < 16; i++) {
		unsigned char b;

		random_bytes(&b, 1);
		(void)snprintf(event.p + 2 * i, 3, "%02x", b);
	}
	event.p[32] = '\0';
	buf_adds(&event, " secret-set");
	if ((rc = secret_copy(&plain, text, strlen(text), e)) != OK ||
	    (rc = vault_txn_begin(v, 1000, clock_now_ms(), &t, e)) != OK ||
	    (rc = record_seal(v, &id, &plain, clock_now_ms(), true, &r, e)) != OK ||
	    (rc = rows_secret_put(vault_db(v), &r, SECRET_CURRENT, e)) != OK ||
	    (rc = vault_txn_event(t, &event, e)) != OK)
		return rc;
	return vault_txn_commit(&t, e);
}

/* Read secret n; E_FAILED: opens to something else than TEXT. */
static inline enum rc
vh_get(struct vault *v, unsigned n, uint64_t version, const char *text, struct err *e)
{
	struct record_id id = vh_id(n, version);
	RECORD r = { .body = NULL };
	SECRET plain = { 0 };
	enum rc rc;

	if ((rc = rows_secret_get(vault_db(v), id.rec, version, &r, NULL, e)) != OK ||
	    (rc = record_open(v, &r, &plain, e)) != OK)
		return rc;
	if (plain.len != strlen(text) || memcmp(plain.bytes, text, plain.len) != 0)
		return err_set(e, E_FAILED, "another plaintext");
	return OK;
}

static inline enum rc
vh_passwd(struct vh *t, int old_a, int new_a, struct err *e)
{
	SECRET a = { 0 }, b = { 0 };
	struct unlock_how old = { .now_ms = clock_now_ms(), .wait_ms = 500 };
	struct new_keys how = { .params = &vh_params, .now_ms = clock_now_ms(), .wait_ms = 500 };

	vh_a(&a, old_a);
	vh_a(&b, new_a);
	old.a = &a;
	how.a = &b;
	return vault_passwd(t->h, &old, &how, e);
}

/* A kit of k of n takes the place of the one in t. */
static inline enum rc
vh_kit_new(struct vh *t, int a_value, unsigned k, unsigned n, struct err *e)
{
	SECRET a = { 0 };
	KIT kit = { .k = 0 };
	struct vault_status s;
	struct unlock_how old = { .now_ms = clock_now_ms(), .wait_ms = 500 };
	struct new_keys how = {
		.params = &vh_params, .kit_state = KIT_UNVERIFIED, .now_ms = clock_now_ms(), .wait_ms = 500
	};
	AUTO(vault_close) struct vault *v = NULL;
	unsigned char pk0[32];
	enum rc rc;

	vh_a(&a, a_value);
	old.a = how.a = &a;
	if ((rc = vault_unlock(t->h, &old, &v, e)) != OK || (rc = vault_status(t->h, &s, e)) != OK)
		return rc;
	memcpy(pk0, vault_pk0(v), sizeof pk0);
	vault_close(&v);
	if ((rc = kit_make(&kit, s.vault_id, pk0, k, n, e)) != OK)
		return rc;
	how.kit = &kit;
	if ((rc = vault_kit_new(t->h, &old, &how, e)) != OK)
		return rc;
	kit_wipe(&t->kit);
	t->kit = kit;
	memset(&kit, 0, sizeof kit);
	return OK;
}

static inline enum rc
vh_freeze(struct vh *t, struct freeze_report *r, struct err *e)
{
	return vault_freeze(t->h, "test", clock_now_ms(), NULL, NULL, r, e);
}

/* thaw with the kit of t; the new A, and a new kit into t->kit unless keep. */
static inline enum rc
vh_thaw(struct vh *t, int a_new, bool keep, struct vault **out, struct err *e)
{
	AUTO(thaw_free) struct thaw *th = NULL;
	struct thaw_how how = { .kit = &t->kit.s, .now_ms = clock_now_ms(), .wait_ms = 1000 };
	struct new_keys keys = {
		.params = &vh_params, .kit_state = KIT_VERIFIED, .now_ms = clock_now_ms(), .wait_ms = 1000
	};
	SECRET aa = { 0 };
	KIT kit = { .k = 0 };
	enum rc rc;

	vh_a(&aa, a_new);
	keys.a = &aa;
	if ((rc = thaw_begin(t->h, &how, &th, e)) != OK)
		return rc;
	if (!keep) {
		if ((rc = kit_make(&kit, thaw_facts(th)->vault_id, thaw_facts(th)->pk0, 1, 1, e)) != OK)
			return rc;
		keys.kit = &kit;
	}
	if ((rc = thaw_commit(th, &keys, out, e)) != OK)
		return rc;
	if (!keep) {
		kit_wipe(&t->kit);
		t->kit = kit;
		memset(&kit, 0, sizeof kit);
	}
	return OK;
}

/* Whole files for the attacks. */
static inline size_t
vh_load(const char *root, const char *name, unsigned char *p, size_t cap)
{
	char path[1024];
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof path, "%s/%s", root, name);
	if ((f = fopen(path, "rb")) == NULL)
		return 0;
	n = fread(p, 1, cap, f);
	(void)fclose(f);
	return n;
}

static inline void
vh_save(const char *root, const char *name, const unsigned char *p, size_t n)
{
	char path[1024];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", root, name);
	if ((f = fopen(path, "wb")) == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		abort();
}

static inline void
vh_copy_tree(const char *from, const char *to)
{
	pid_t pid = fork();
	int st;

	if (pid == 0) {
		execlp("cp", "cp", "-a", from, to, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &st, 0) < 0 || st != 0)
		abort();
}

#endif
