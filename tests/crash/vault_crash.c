/*
 * tests/crash/vault_crash.c: power failures of a whole home while secrets are rotated, the log is written, the
 * password or the kit changes, the store is made, frozen, thawed: 0 bad images.
 *	vault_crash [IMAGES [SCENARIO [IMAGES-PER-MISSING-SYNC]]]
 * Each sync is needed: without any one of them there are bad images. But for these: SQLite's sync of the log's header
 * alone, which matters only over an older log whose first transactions are shorter; the first of the two syncs of a
 * fuse that is destroyed (keys.md 7.1): it only makes the moment come earlier from which there is no way back; the two
 * of the directories before the commit of a rekey: one file is replaced, and the old one is as good as the new. With single
 * accounts: the fuse's sync of the random bytes before that of the zeros, and of an entry before that of the next one; and the
 * last one of the freeze, of the marker's removal: one that came back would undo a later thaw, but here nothing comes later.
 */
#include "base/scope.h"
#include "tests/args.h"
#include "tests/crash/sim.h"
#include "tests/crash/vault_load.h"
#include "tests/tap.h"

#include <sys/stat.h>

static bool
check(void *arg, const struct sim_image *img)
{
	return vl_good(arg, img->home, img->mark);
}

static bool
follows(int sync, const char *path)
{
	for (int i = sync + 1; i < sim_syncs(); i++)
		if (strcmp(sim_sync_path(i), path) == 0)
			return true;
	return false;
}

static bool
excused(const struct scenario *s, int sync)
{
	const char *path = sim_sync_path(sync);

	if (strcmp(s->name, "freeze of accounts") == 0 || strcmp(s->name, "thaw of accounts") == 0) {
		if (strcmp(path, "device/fuse") == 0 && follows(sync, path))
			return true;
		if (strcmp(s->name, "freeze of accounts") == 0 && strcmp(path, "device") == 0 && !follows(sync, path))
			return true;
	}
	return (strcmp(path, "vault/store.db-wal") == 0 && sim_sync_pending(sync) <= 33) ||
	    (strcmp(s->name, "freeze") == 0 && strcmp(path, "device/fuse") == 0 && sim_sync_pending(sync) == 512) ||
	    (strcmp(s->name, "rekey") == 0 && sync <= 2 && (strcmp(path, "vault") == 0 || strcmp(path, "device") == 0));
}

static void
without_syncs(const struct scenario *s, size_t budget)
{
	struct sim_opts o = { .seed = 5, .budget = budget, .stop_bad = 1 };
	int n = sim_syncs(), needed = 0, empty = 0, needless = 0;

	for (int i = 0; i < n; i++) {
		o.drop = i;
		if (sim_sync_pending(i) == 0)
			empty++;
		else if (sim_images(&o, check, (void *)(uintptr_t)s).bad > 0)
			needed++;
		else if (!excused(s, i)) {
			needless++;
			printf("# %s: no bad image without sync %d of %d: %s\n", s->name, i, n, sim_sync_path(i));
		}
	}
	ok(needless == 0 && needed > 0,
	    "%s: without any one of its %d syncs there are bad images: %d tried, %d excused, %d with nothing to sync",
	    s->name, n, needed, n - needed - needless - empty, empty);
}

/* One recording and its images; every round has new keys, so no image of one is an image of another. */
static bool
round_of(const struct scenario *s, struct sim_opts *o, struct sim_result *sum, size_t each)
{
	struct sim_result r;
	struct err e = { .rc = OK };
	char dir[64], home[100];
	bool good;

	(void)snprintf(home, sizeof home, "%s/home", sim_tmpdir(dir));
	(void)mkdir(home, 0700);
	good = vl_before(s, home, &e);
	sim_begin(home);
	good = good && vl_run(s, &e);
	sim_end();
	if (!good)
		printf("# %s: %s\n", s->name, e.what);
	r = sim_images(o, check, (void *)(uintptr_t)s);
	sum->images += r.images;
	sum->bad += r.bad;
	sum->ops += r.ops;
	sum->syncs += r.syncs;
	sum->syncs_covered += r.syncs_covered;
	sum->seconds += r.seconds;
	if (each > 0)
		without_syncs(s, each);
	sim_forget();
	vl_after();
	sim_rmdir(dir);
	return good && r.images > 0;
}

static void
try(const struct scenario *s, size_t budget, size_t each)
{
	struct sim_opts o = { .seed = 31, .drop = -1, .loud = true };
	struct sim_result sum = { .images = 0 };
	unsigned rounds = 0;
	bool good = true;

	while (good && sum.images < budget) {
		o.budget = budget - sum.images;
		o.seed++;
		good = round_of(s, &o, &sum, rounds++ == 0 ? each : 0);
	}
	ok(good, "%s: the scenario runs, %u times", s->name, rounds);
	ok(sum.bad == 0, "%s: %zu images, %zu bad; %zu operations; %.0f images a second", s->name, sum.images, sum.bad,
	    sum.ops, (double)sum.images / (sum.seconds > 0 ? sum.seconds : 1));
	ok(sum.syncs_covered == sum.syncs, "%s: each of %zu syncs is covered", s->name, sum.syncs);
}

int
main(int argc, char **argv)
{
	size_t budget = (size_t)arg_number(argc, argv, 1, 0, 100000000, 1500);
	int only = (int)arg_number(argc, argv, 2, -1, 99, -1);
	size_t each = (size_t)arg_number(argc, argv, 3, 0, 100000000, 60);

	if (!ok(vl_start(), "crypto and SQLite start"))
		return tap_done();
	for (int i = 0; i < vl_count; i++)
		if (only < 0 || only == i)
			try(&vl_scenarios[i], budget / (size_t)(only < 0 ? vl_count : 1),
			    vl_scenarios[i].always || argc > 3 ? each : 0);
	return tap_done();
}
