/*
 * tests/crash/plain_crash.c: the simulator judged by a database that is known to be right. Plain SQLite must come
 * through every power failure, in WAL and with a rollback journal; without its syncs it must be seen to fail.
 *	plain_crash [IMAGES]
 */
#include "tests/args.h"
#include "tests/crash/load.h"
#include "tests/crash/sim.h"
#include "tests/tap.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct load L;

static sqlite3 *
open_plain(const char *home, const char *pragma)
{
	char path[300];
	sqlite3 *s = NULL;

	(void)snprintf(path, sizeof path, "%s/plain.db", home);
	if (sqlite3_open(path, &s) != SQLITE_OK || sqlite3_exec(s, pragma, NULL, NULL, NULL) != SQLITE_OK) {
		(void)sqlite3_close(s);
		return NULL;
	}
	return s;
}

static bool
check(void *arg, const struct sim_image *img)
{
	sqlite3 *s = open_plain(img->home, "PRAGMA temp_store = MEMORY");
	bool good = s != NULL && load_good(&L, s, img->mark);

	(void)arg;
	(void)sqlite3_close(s);
	return good;
}

static bool
never(const char *path, int ordinal)
{
	(void)ordinal;
	return strcmp(path, ".") != 0;          /* names are kept: a lost file would be seen too easily */
}

static bool
no_names(const char *path, int ordinal)
{
	(void)ordinal;
	return strcmp(path, ".") == 0;
}

static void
scenario(const char *name, const char *pragma, size_t budget)
{
	char dir[64], home[100];
	struct sim_opts o = { .seed = 11, .budget = budget, .drop = -1, .loud = true };
	struct sim_result r;
	sqlite3 *s;
	bool good;

	memset(&L, 0, sizeof L);
	L.seed = 5;
	(void)snprintf(home, sizeof home, "%s/home", sim_tmpdir(dir));
	(void)mkdir(home, 0700);
	s = open_plain(home, pragma);
	good = s != NULL && load_create(&L, s);
	(void)sqlite3_close(s);
	/* fsync of what the set-up made does not matter: sim_begin() takes it as on disk. */
	sim_begin(home);
	s = open_plain(home, pragma);
	(void)sqlite3_wal_autocheckpoint(s, 30);
	for (int i = 0; good && i < 25; i++) {
		good = load_step(&L, s, false);
		sim_mark(L.steps);
	}
	(void)sqlite3_close(s);
	sim_end();
	ok(good, "%s: the scenario ran", name);
	r = sim_images(&o, check, NULL);
	ok(r.bad == 0 && r.images > 0,
	    "%s: %zu images, %zu bad; %zu operations; %zu of %zu syncs covered; %.0f images a second", name, r.images,
	    r.bad, r.ops, r.syncs_covered, r.syncs, (double)r.images / r.seconds);
	ok(r.syncs_covered == r.syncs && r.syncs > 25, "%s: every sync is covered", name);
	o.loud = false;
	o.stop_bad = 1;
	o.drop_if = never;
	r = sim_images(&o, check, NULL);
	ok(r.bad > 0, "%s: without syncs of files a bad image is found", name);
	o.drop_if = no_names;
	if (strstr(pragma, "DELETE") != NULL)
		ok(sim_images(&o, check, NULL).bad > 0, "%s: without syncs of directories a bad image is found", name);
	sim_forget();
	sim_rmdir(dir);
}

int
main(int argc, char **argv)
{
	size_t n = (size_t)arg_number(argc, argv, 1, 0, 100000000, 600);

	scenario("WAL", "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", n);
	scenario("rollback journal", "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA", n);
	return tap_done();
}
