/*
 * tests/crash/store_crash.c: power failures of the encrypted store: 0 bad images, and bad ones as soon as any one sync
 * is taken out.
 *	store_crash [IMAGES [PLAN]]
 */
#include "store/db.h"
#include "store/sql.h"
#include "tests/args.h"
#include "tests/crash/load.h"
#include "tests/crash/sim.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "store.db"

static const unsigned char LK[32] = "an LK for nothing but crashes...";
static const unsigned char NEW[32] = "the LK of the re-encrypted store";
#define EPOCH 1000 /* marks are step + EPOCH * epoch; CREATED: no step yet; + COPIED: NEXT is complete */
#define CREATED (-1)
#define COPIED 1000000
#define NEXT NAME ".next"
static struct load L;

struct plan {
	const char *name;
	int steps, autocheckpoint;      /* frames */
	int truncate, reopen, vacuum;   /* every so many steps; 0 never */
	bool reader;                    /* a second handle stays in a read transaction now and then */
	int big;                        /* this step is a large one; 0: none */
};

static struct db *
open_at(const char *home, unsigned flags, enum rc *rc)
{
	struct db *d = NULL;
	struct err e = { 0 };
	int dir = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*rc = db_open(dir, NAME, LK, flags, &d, &e);
	if (*rc != OK && getenv("CRASH_VERBOSE") != NULL)
		printf("# open: %d %s\n", (int)*rc, e.what);
	(void)close(dir);
	return d;
}

/* It opens, holds one whole step, checkpoints, is what its set hash says, and takes another step. */
static bool
check(void *arg, const struct sim_image *img)
{
	struct load copy = L;
	struct err e = { 0 };
	enum rc rc;
	struct db *d = open_at(img->home, 0, &rc);
	int step = img->mark == INT_MIN ? INT_MIN : img->mark % EPOCH;
	struct db_info info = { .epoch = 0 };
	bool good = d != NULL && load_good(&L, db_sql(d), step) && db_info(d, &info, &e) == OK &&
		    (step == INT_MIN || info.epoch == (uint64_t)(img->mark / EPOCH) ||
			info.epoch == (uint64_t)(img->mark / EPOCH) + 1);
	const char *where = good ? "step" : "state";

	(void)arg;
	if (good) {
		copy.steps = load_state(&L, db_sql(d));
		good = db_checkpoint(d, true, 0, &e) == OK && db_verify(d, NULL, NULL, &e) == OK &&
		       load_step(&copy, db_sql(d), false);
	}
	db_close(&d);
	if (good) {
		d = open_at(img->home, 0, &rc);
		where = "again";
		good = d != NULL && load_state(&copy, db_sql(d)) == copy.steps;
		db_close(&d);
	}
	if (!good && getenv("CRASH_VERBOSE") != NULL)
		printf("# %s: %s\n", where, e.what);
	return good;
}

static bool
run_plan(const struct plan *p, const char *home)
{
	struct err e = { 0 };
	enum rc rc;
	struct db *d = open_at(home, 0, &rc), *reader = NULL;
	struct db_info info = { .epoch = 1 };
	bool good = d != NULL;

	for (int i = 1; good && i <= p->steps; i++) {
		(void)sqlite3_wal_autocheckpoint(db_sql(d), p->autocheckpoint);
		if (p->reader && i % 5 == 1) {
			reader = open_at(home, 0, &rc);
			good = reader != NULL && sql_exec(reader, "BEGIN; SELECT * FROM step", &e) == OK;
		}
		good = good && load_step(&L, db_sql(d), i == p->big);
		sim_mark(L.steps + EPOCH * (int)info.epoch);
		if (p->reader && i % 5 == 4)
			db_close(&reader);
		if (p->truncate > 0 && i % p->truncate == 0)
			good = good && db_checkpoint(d, reader == NULL, 0, &e) == OK;
		if (p->vacuum > 0 && i % p->vacuum == 0)
			good = good && sql_exec(d, "VACUUM", &e) == OK;
		if (p->truncate > 0 && i % (2 * p->truncate) == 0)
			good = good && db_set_epoch(d, ++info.epoch, &e) == OK;
		sim_mark(L.steps + EPOCH * (int)info.epoch);
		if (p->reopen > 0 && i % p->reopen == 0) {
			db_close(&reader);
			db_close(&d);
			d = open_at(home, 0, &rc);
			good = good && d != NULL;
		}
	}
	db_close(&reader);
	db_close(&d);
	if (!good)
		printf("# %s: %s\n", p->name, e.what);
	return good;
}

static void
record(const struct plan *p, char dir[64])
{
	char home[100];
	struct err e = { 0 };
	enum rc rc = OK;
	struct db *d;
	int fd;
	bool good;

	memset(&L, 0, sizeof L);
	L.seed = 77;
	(void)snprintf(home, sizeof home, "%s/home", sim_tmpdir(dir));
	(void)mkdir(home, 0700);
	fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	good = db_create(fd, NAME, LK, 1, 0, &e) == OK;
	(void)close(fd);
	d = open_at(home, 0, &rc);
	good = good && d != NULL && load_create(&L, db_sql(d));
	db_close(&d);
	sim_begin(home);
	good = good && run_plan(p, home);
	sim_end();
	if (!ok(good, "%s: the scenario runs", p->name))
		printf("# %s (%d)\n", e.what, (int)rc);
}

/*
 * Two kinds of sync may be missing: those of SQLite that find nothing to write, and its sync of the log's header alone,
 * which matters only when an older log lies below it whose first transactions are shorter than the new one.
 */
static void
without_syncs(const struct plan *p, size_t budget)
{
	struct sim_opts o = { .seed = 3, .budget = budget, .stop_bad = 1 };
	int n = sim_syncs(), needed = 0, needless = 0, empty = 0, header = 0;

	for (int i = 0; i < n; i++) {
		size_t pending = sim_sync_pending(i);

		o.drop = i;
		if (pending == 0) {
			empty++;
		} else if (sim_images(&o, check, NULL).bad > 0) {
			needed++;
		} else if (pending <= 33 && strcmp(sim_sync_path(i), NAME "-wal") == 0) {
			header++;
		} else {
			needless++;
			printf("# no bad image without sync %d of %d: %s\n", i, n, sim_sync_path(i));
		}
	}
	ok(needless == 0 && needed > 40,
	    "%s: %d syncs, taken out one at a time, give bad images; %d had nothing to sync, %d a log's header only",
	    p->name, needed, empty, header);
}

static void
try_plan(const struct plan *p, size_t budget, size_t each)
{
	struct sim_opts o = { .seed = 21, .budget = budget, .drop = -1, .loud = true };
	struct sim_result r;
	char dir[64];

	record(p, dir);
	r = sim_images(&o, check, NULL);
	ok(r.bad == 0 && r.images > 0,
	    "%s: %zu images, %zu bad; %zu operations; %zu of %zu syncs covered; %.0f images a second", p->name,
	    r.images, r.bad, r.ops, r.syncs_covered, r.syncs, (double)r.images / r.seconds);
	ok(r.syncs_covered == r.syncs, "%s: every sync is covered", p->name);
	if (each > 0)
		without_syncs(p, each);
	sim_forget();
	sim_rmdir(dir);
}

/* A new store, its first steps, and its re-encryption: what was said to be there is there, whole. */
static bool
check_new(void *arg, const struct sim_image *img)
{
	int mark = img->mark, step;
	struct db_info info;
	struct err e = { 0 };
	struct db *d = NULL;
	int dir = open(img->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rc rc = db_open(dir, NAME, LK, 0, &d, &e);
	bool good = mark == INT_MIN || (rc == OK && db_verify(d, NULL, NULL, &e) == OK);

	(void)arg;
	if (good && mark >= 0) {
		step = mark % COPIED % EPOCH;
		good = load_good(&L, db_sql(d), step);
	}
	db_close(&d);
	if (good && mark >= COPIED) {
		good = db_peek(dir, NEXT, NEW, &info, &e) == OK && info.epoch == 2 &&
		       db_open(dir, NEXT, NEW, 0, &d, &e) == OK && db_verify(d, NULL, NULL, &e) == OK &&
		       load_state(&L, db_sql(d)) == L.steps;
		db_close(&d);
	}
	(void)close(dir);
	return good;
}

static void
try_new(size_t budget)
{
	struct sim_opts o = { .seed = 8, .budget = budget, .drop = -1, .loud = true };
	struct sim_result r;
	char dir[64], home[100];
	struct err e = { 0 };
	enum rc rc = OK;
	struct db *d = NULL;
	int fd, needless = 0;
	bool good;

	memset(&L, 0, sizeof L);
	L.seed = 9;
	(void)snprintf(home, sizeof home, "%s/home", sim_tmpdir(dir));
	(void)mkdir(home, 0700);
	fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sim_begin(home);
	good = db_create(fd, NAME, LK, 1, 0, &e) == OK;
	sim_mark(CREATED);
	d = open_at(home, 0, &rc);
	good = good && d != NULL && load_create(&L, db_sql(d));
	sim_mark(EPOCH);
	for (int i = 0; good && i < 3; i++) {
		good = load_step(&L, db_sql(d), false);
		sim_mark(EPOCH + L.steps);
	}
	good = good && db_reencrypt(d, NEXT, NEW, 2, 0, &e) == OK;
	sim_mark(COPIED + EPOCH + L.steps);
	db_close(&d);
	(void)close(fd);
	sim_end();
	ok(good, "creation and re-encryption: the scenario runs (%s)", e.what);
	r = sim_images(&o, check_new, NULL);
	ok(r.bad == 0 && r.images > 0,
	    "creation and re-encryption: %zu images, %zu bad; %zu operations; %zu of %zu syncs covered", r.images,
	    r.bad, r.ops, r.syncs_covered, r.syncs);
	o = (struct sim_opts){ .seed = 8, .budget = 150, .stop_bad = 1 };
	for (o.drop = 0; o.drop < sim_syncs(); o.drop++)
		if (strcmp(sim_sync_path(o.drop), NEXT) == 0 || o.drop < 2)
			needless += sim_images(&o, check_new, NULL).bad == 0;
	ok(needless == 0, "creation and re-encryption: each sync of file and directory is needed");
	sim_forget();
	sim_rmdir(dir);
}

int
main(int argc, char **argv)
{
	static const struct plan plans[] = {
		{ .name = "checkpoints now and then", .steps = 24, .autocheckpoint = 30, .truncate = 7 },
		{ .name = "reopened all the time", .steps = 12, .autocheckpoint = 1000, .reopen = 1 },
		{ .name = "partial checkpoints", .steps = 22, .autocheckpoint = 12, .reader = true, .truncate = 9 },
		{ .name = "vacuum and a large transaction",
		    .steps = 12,
		    .autocheckpoint = 40,
		    .vacuum = 4,
		    .big = 6,
		    .reopen = 5 },
	};
	size_t budget = (size_t)arg_number(argc, argv, 1, 0, 100000000, 1500);
	int only = (int)arg_number(argc, argv, 2, -1, 99, -1);
	struct err e = { 0 };

	ok(db_init(&e) == OK, "SQLite starts");
	for (int i = 0; i < (int)COUNTOF(plans); i++)
		if (only < 0 || only == i)
			try_plan(&plans[i], budget / (COUNTOF(plans) + 1), i < 2 ? 150 : 0);
	if (only < 0 || only == (int)COUNTOF(plans))
		try_new(budget / (COUNTOF(plans) + 1));
	return tap_done();
}
