/*
 * tests/crash/fault_crash.c: every system call on the store's files fails once: EIO, ENOSPC, the n-th call for every n,
 * alone or with all that follow. What was confirmed stays, what was not is whole or absent, and an I/O error is never
 * called damage.
 *	fault_crash [EVERY]     try every EVERY-th call only
 */
#include "store/db.h"
#include "store/sql.h"
#include "tests/args.h"
#include "tests/crash/load.h"
#include "tests/crash/sim.h"
#include "tests/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "store.db"
#define ALL_CALLS                                                                                                      \
	(CALL_OPEN | CALL_READ | CALL_WRITE | CALL_SYNC | CALL_TRUNCATE | CALL_RENAME | CALL_UNLINK | CALL_MKDIR)

static const unsigned char LK[32] = "an LK for nothing but I/O errors";
static const unsigned char NEW[32] = "and another one to re-encrypt...";

/* What a run said of itself. */
struct run { struct load load; enum rc rc, made; int dir; bool odd; struct err e; };

/* Errors that an I/O error may become; db_close() has none to tell. */
static void
note(struct run *r, enum rc rc, const struct err *e)
{
	if (rc == OK)
		return;
	r->rc = rc;
	r->e = *e;
	r->odd |= rc != E_SYS && rc != E_FULL && rc != E_BUSY && rc != E_NOMEM;
}

static bool
step(struct run *r, struct db *d)
{
	struct err e = { 0 };

	if (d == NULL)
		return false;
	if (load_step(&r->load, db_sql(d), false))
		return true;
	note(r, db_err(d, r->load.error, &e), &e);
	return false;
}

/* Goes on after an error, as a program with other things to do would. */
static void
work(struct run *r)
{
	struct err e = { 0 };
	struct db *d = NULL;

	for (int i = 0; i < 3; i++) {
		note(r, db_open(r->dir, NAME, LK, 0, &d, &e), &e);
		if (d == NULL)
			continue;
		(void)sqlite3_wal_autocheckpoint(db_sql(d), 10);
		(void)step(r, d);
		(void)step(r, d);
		if (i == 1)
			note(r, db_checkpoint(d, true, 0, &e), &e);
		if (i == 1)
			note(r, db_set_epoch(d, 2, &e), &e);
		(void)step(r, d);
		db_close(&d);
	}
}

static void
reencrypt(struct run *r)
{
	struct err e = { 0 };
	struct db *d = NULL;

	note(r, r->made = db_open(r->dir, NAME, LK, 0, &d, &e), &e);
	if (d != NULL) {
		(void)step(r, d);
		note(r, r->made = db_reencrypt(d, NAME ".next", NEW, 3, 0, &e), &e);
	}
	db_close(&d);
}

static void
create(struct run *r)
{
	struct err e = { 0 };

	note(r, r->made = db_create(r->dir, NAME ".made", LK, 1, 0, &e), &e);
}

static void
fresh(struct run *r, const char *home)
{
	static const struct run none;
	struct err e = { 0 };
	struct db *d = NULL;

	sim_rmdir(home);
	*r = none;
	r->load.seed = 5;
	if (mkdir(home, 0700) < 0 || (r->dir = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    db_create(r->dir, NAME, LK, 1, 0, &e) != OK || db_open(r->dir, NAME, LK, 0, &d, &e) != OK ||
	    !load_create(&r->load, db_sql(d)) || !load_step(&r->load, db_sql(d), false)) {
		printf("Bail out! no store to begin with: %s\n", e.what);
		exit(1);
	}
	db_close(&d);
}

/* Without faults: the store holds a step at or after the last one confirmed, and is whole. */
static bool
sound(struct run *r, const char *name, const unsigned char *lk)
{
	struct err e = { 0 };
	struct db *d = NULL;
	int state = -9;
	bool good = db_open(r->dir, name, lk, 0, &d, &e) == OK;

	if (good)
		state = load_state(&r->load, db_sql(d));
	/* The last one may have failed when all of it was written already. */
	good = good && (state == r->load.steps || (state == r->load.steps + 1 && r->load.error != 0)) &&
	       db_checkpoint(d, true, 0, &e) == OK && db_verify(d, NULL, NULL, &e) == OK;
	if (!good)
		printf("# %s: state %d, confirmed %d: %s\n", name, state, r->load.steps, e.what);
	db_close(&d);
	return good;
}

struct job {
	const char *what;
	void (*run)(struct run *);
	const char *made;               /* a file that is whole, or absent after a failure; may be NULL */
	const unsigned char *lk;
};

static bool
outcome(const struct job *j, struct run *r, bool unlink_failed)
{
	struct err e = { 0 };
	struct db_info info;

	if (!sound(r, NAME, LK))
		return false;
	if (j->made == NULL || faccessat(r->dir, j->made, F_OK, 0) < 0)
		return j->made == NULL || r->made != OK;
	if (r->made == OK)
		return db_peek(r->dir, j->made, j->lk, &info, &e) == OK;
	return unlink_failed;           /* the clean-up met the error too */
}

static void
sweep(const struct job *j, const char *home, int err, bool lasting, long every)
{
	static struct run r;
	long calls, tried = 0, bad = 0, odd = 0, failed = 0;

	fresh(&r, home);
	fault_home(home);
	fault_arm(ALL_CALLS, LONG_MAX, err, false);
	j->run(&r);
	calls = fault_stop();
	(void)close(r.dir);
	for (long n = 1; n <= calls; n += every, tried++) {
		fresh(&r, home);
		fault_arm(ALL_CALLS, n, err, lasting);
		j->run(&r);
		(void)fault_stop();
		failed += r.rc != OK;
		if (r.odd) {
			odd++;
			printf("# call %ld: rc %d: %s\n", n, (int)r.rc, r.e.what);
		}
		if (!outcome(j, &r, lasting)) {
			bad++;
			printf("# call %ld of %ld went wrong (rc %d: %s)\n", n, calls, (int)r.rc, r.e.what);
		}
		(void)close(r.dir);
	}
	ok(bad == 0 && odd == 0 && failed > 0,
	    "%s, %s at call n%s: %ld of %ld calls tried, %ld reported an error, %ld bad, %ld misnamed", j->what,
	    err == EIO ? "EIO" : "ENOSPC", lasting ? " and all after it" : "", tried, calls, failed, bad, odd);
}

int
main(int argc, char **argv)
{
	static const struct job jobs[] = {
		{ "open, write, checkpoint, close", work, NULL, NULL },
		{ "re-encryption", reencrypt, NAME ".next", NEW },
		{ "creation", create, NAME ".made", LK },
	};
	long every = (long)arg_number(argc, argv, 1, 1, 100000000, 1);
	char dir[64], home[100];

	(void)snprintf(home, sizeof home, "%s/home", sim_tmpdir(dir));
	for (size_t i = 0; i < COUNTOF(jobs); i++)
		for (int k = 0; k < 4; k++)
			sweep(&jobs[i], home, k & 1 ? ENOSPC : EIO, (k & 2) != 0, every);
	sim_rmdir(dir);
	return tap_done();
}
