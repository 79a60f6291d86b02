/*
 * tests/crash/restore_crash.c: power failures while a backup is put in the place of a store, where nothing was before,
 * and while a restored store is recovered: every image is the old state or the new one.
 *	restore_crash [IMAGES [SCENARIO [IMAGES-PER-MISSING-SYNC]]]
 * A restore that returned success is there; what is there of it opens with the kit to all that was in the backup.
 */
#include "base/scope.h"
#include "tests/args.h"
#include "tests/crash/sim.h"
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "store/backup.h"
#include "store/db.h"
#include "store/vault_int.h"

#include <sys/stat.h>

#define KEPT "a secret that is in the backup"
#define LATE "a secret that came after it"

enum { OVER, FRESH, RECOVER, SCENARIOS };
static const char *const names[SCENARIOS] = { "restore over a store", "restore where nothing was", "recover" };

static struct { struct vh t; char backup[200]; int scenario; } G;

static bool
put(struct vh *t, int a, unsigned n, const char *text, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;

	return vh_unlock(t, a, &v, e) == OK && vh_put(v, n, 1, text, e) == OK;
}

static bool
restore(struct vh *t, struct err *e)
{
	AUTO(backup_close) struct backup *b = NULL;
	struct backup_how how = { .wait_ms = 500 };

	return backup_open(&b, G.backup, &how, e) == OK && backup_restore(t->h, b, 500, e) == OK;
}

/* A store, its backup beside the home, and what came later; or no store; or the restored one. */
static bool
before(const char *home, struct err *e)
{
	struct backup_how how = { .now_ms = clock_now_ms(), .wait_ms = 500 };
	struct backup_facts f;
	char path[600];

	if (!vh_home(&G.t, home) || vh_create(&G.t, 1, true, NULL, e) != OK || !put(&G.t, 1, 1, KEPT, e) ||
	    backup_write(G.t.h, G.backup, &how, &f, e) != OK)
		return false;
	if (G.scenario == OVER)
		return put(&G.t, 1, 2, LATE, e);
	home_close(&G.t.h);
	(void)snprintf(path, sizeof path, "%s/vault", home);
	vh_rm(path);
	(void)snprintf(path, sizeof path, "%s/device", home);
	vh_rm(path);
	if (!vh_home(&G.t, home))
		return false;
	return G.scenario == FRESH ? home_create_vault(G.t.h, e) == OK : restore(&G.t, e) && vh_home(&G.t, home);
}

static bool
run(struct err *e)
{
	bool good;

	if (G.scenario != RECOVER) {
		good = restore(&G.t, e);
	} else {
		struct vh copy = { .h = G.t.h };

		good = secret_copy(&copy.kit.s, G.t.kit.s.bytes, G.t.kit.s.len, e) == OK && vh_thaw(&copy, 7, false, NULL, e) == OK;
		kit_wipe(&copy.kit);
	}
	if (good)
		sim_mark(1);
	return good;
}

static bool
holds(struct vault *v, bool late, struct err *e)
{
	bool good = false;

	return vh_get(v, 1, 1, KEPT, e) == OK && (vh_get(v, 2, 1, LATE, e) == OK) == late &&
	    vault_records_ok(v, &good, e) == OK && good && db_verify(vault_db(v), NULL, NULL, e) == OK;
}

/* RESTORED: the kit gives back what was in the backup. */
static bool
comes_back(struct vh *t, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	bool good = secret_copy(&t->kit.s, G.t.kit.s.bytes, G.t.kit.s.len, e) == OK && vh_thaw(t, 7, false, &v, e) == OK &&
	    holds(v, false, e);

	kit_wipe(&t->kit);
	return good;
}

static bool
opens(struct vh *t, int a, bool late, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;

	return vh_unlock(t, a, &v, e) == OK && holds(v, late, e);
}

static bool
judge(struct vh *t, int mark, struct err *e)
{
	struct vault_status st;

	if (vault_status(t->h, &st, e) != OK)
		return false;
	if (G.scenario == FRESH && st.state == VAULT_NONE)
		return mark < 1 && restore(t, e);
	if (st.state == VAULT_RESTORED)
		return (G.scenario != RECOVER || mark < 1) && comes_back(t, e);
	if (G.scenario == OVER)
		return mark < 1 && opens(t, 1, true, e);
	return G.scenario == RECOVER && opens(t, 7, false, e);
}

static bool
check(void *arg, const struct sim_image *img)
{
	struct vh t = { .root = "" };
	struct err e = { .rc = OK };
	bool good;

	(void)arg;
	if (!vh_home(&t, img->home))
		return false;
	good = judge(&t, img->mark, &e);
	if (!good && getenv("CRASH_VERBOSE") != NULL)
		printf("# mark %d, after %s: %s\n", img->mark, img->what, e.what);
	home_close(&t.h);
	return good;
}

static void
without_syncs(size_t budget)
{
	struct sim_opts o = { .seed = 5, .budget = budget, .stop_bad = 1, .drop = -1 };
	int n = sim_syncs(), needed = 0;

	for (int i = 0; i < n; i++) {
		o.drop = i;
		if (sim_sync_pending(i) > 0 && sim_images(&o, check, NULL).bad > 0)
			needed++;
		else
			printf("# no bad image without sync %d of %d: %s\n", i, n, sim_sync_path(i));
	}
	ok(needed > 0, "%s: without a sync there are bad images: %d of %d", names[G.scenario], needed, n);
}

static void
try(size_t budget, size_t each)
{
	struct sim_opts o = { .seed = 31, .drop = -1, .loud = true, .budget = budget };
	struct sim_result r;
	struct err e = { .rc = OK };
	char dir[64], home[100];
	bool good;

	(void)snprintf(home, sizeof home, "%s/home", sim_tmpdir(dir));
	(void)snprintf(G.backup, sizeof G.backup, "%s/backup", dir);
	(void)mkdir(home, 0700);
	good = before(home, &e);
	sim_begin(home);
	good = good && run(&e);
	sim_end();
	ok(good, "%s: the scenario runs%s%s", names[G.scenario], good ? "" : " not: ", good ? "" : e.what);
	r = sim_images(&o, check, NULL);
	ok(r.images > 0 && r.bad == 0, "%s: %zu images, %zu bad; %zu operations; %.0f images a second",
	    names[G.scenario], r.images, r.bad, r.ops, (double)r.images / (r.seconds > 0 ? r.seconds : 1));
	ok(r.syncs_covered == r.syncs, "%s: each of %zu syncs is covered", names[G.scenario], r.syncs);
	if (each > 0)
		without_syncs(each);
	sim_forget();
	home_close(&G.t.h);
	kit_wipe(&G.t.kit);
	sim_rmdir(dir);
}

int
main(int argc, char **argv)
{
	size_t budget = (size_t)arg_number(argc, argv, 1, 0, 100000000, 300);
	int only = (int)arg_number(argc, argv, 2, -1, 99, -1);
	size_t each = (size_t)arg_number(argc, argv, 3, 0, 100000000, 0);
	struct err e = { .rc = OK };

	if (!ok(crypto_start(&e) == OK && db_init(&e) == OK, "crypto and SQLite start"))
		return tap_done();
	for (G.scenario = 0; G.scenario < SCENARIOS; G.scenario++)
		if (only < 0 || only == G.scenario)
			try(budget / (size_t)(only < 0 ? SCENARIOS : 1), each);
	return tap_done();
}
