/*
 * tests/crash/vault_errors_crash.c: the n-th open, read, write, sync, rename, removal fails, once or from then on,
 * for every n: what returns success has happened, what returns an error left the old or the new state, and nothing
 *is lost. 	vault_errors_crash [STEP [SCENARIO]]       every STEP-th n (default 11)
 */
#include "base/scope.h"
#include "tests/args.h"
#include "tests/crash/sim.h"
#include "tests/crash/vault_load.h"
#include "tests/tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static void
copy_dir(const char *from, const char *to)
{
	static char block[1 << 20];
	char a[700], b[700];
	struct dirent *d;
	struct stat st;
	DIR *dir = opendir(from);

	if (dir == NULL || (mkdir(to, 0700) < 0 && errno != EEXIST))
		abort();
	while ((d = readdir(dir)) != NULL) {
		AUTO(auto_close) int in = -1;
		AUTO(auto_close) int out = -1;
		ssize_t n;

		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		(void)snprintf(a, sizeof a, "%s/%s", from, d->d_name);
		(void)snprintf(b, sizeof b, "%s/%s", to, d->d_name);
		if (stat(a, &st) == 0 && S_ISDIR(st.st_mode)) {
			copy_dir(a, b);
			continue;
		}
		if ((in = open(a, O_RDONLY)) < 0 || (out = open(b, O_WRONLY | O_CREAT | O_TRUNC, 0600)) < 0)
			abort();
		while ((n = read(in, block, sizeof block)) > 0)
			if (write(out, block, (size_t)n) != n)
				abort();
	}
	(void)closedir(dir);
}

struct outcome { unsigned tried, bad, done; };

/* One n. false: the scenario makes fewer calls. */
static bool
one(const struct scenario *s, const char *dir, const char *home, long n, int err, bool on, struct outcome *o)
{
	struct err e = { .rc = OK };
	char copy[700];
	bool good, hit;

	(void)snprintf(copy, sizeof copy, "%s/copy", dir);
	copy_dir(home, copy);
	if (!vl_moved(copy))
		abort();
	fault_home(copy);
	fault_arm(
	    CALL_OPEN | CALL_READ | CALL_WRITE | CALL_SYNC | CALL_TRUNCATE | CALL_RENAME | CALL_UNLINK, n, err, on);
	good = vl_run(s, &e);
	hit = fault_hit();
	(void)fault_stop();
	vl_after();
	if (hit) {
		o->tried++;
		o->done += good;
		if (!vl_good(s, copy, good ? s->last : INT_MIN)) {
			o->bad++;
			printf("# %s: call %ld %s %s: %s, then not whole (%s)\n", s->name, n,
			    on ? "and all after it" : "alone", strerror(err), good ? "success" : "an error", e.what);
		}
	}
	sim_rmdir(copy);
	return hit;
}

static void
try(const struct scenario *s, long step)
{
	static const struct {
		int err;
		bool on;
	} kinds[] = { { EIO, false }, { ENOSPC, false }, { EIO, true }, { ENOSPC, true } };
	struct err e = { .rc = OK };
	char dir[64], home[100];

	(void)snprintf(home, sizeof home, "%s/home", sim_tmpdir(dir));
	(void)mkdir(home, 0700);
	if (!ok(vl_before(s, home, &e), "%s: ready", s->name))
		return;
	vl_after();
	for (size_t k = 0; k < COUNTOF(kinds); k++) {
		struct outcome o = { 0 };

		for (long n = 1 + (long)k; one(s, dir, home, n, kinds[k].err, kinds[k].on, &o); n += step)
			;
		ok(o.bad == 0 && o.tried > 0, "%s: %u calls failed with %s, %s: %u bad; %u times it went on", s->name,
		    o.tried, kinds[k].err == EIO ? "EIO" : "ENOSPC", kinds[k].on ? "and all after" : "once each", o.bad,
		    o.done);
	}
	sim_rmdir(dir);
}

int
main(int argc, char **argv)
{
	long step = (long)arg_number(argc, argv, 1, 1, 100000000, 11);
	int only = (int)arg_number(argc, argv, 2, -1, 99, -1);

	if (!ok(vl_start(), "crypto and SQLite start"))
		return tap_done();
	for (int i = 0; i < vl_count; i++)
		if (only < 0 || only == i)
			try(&vl_scenarios[i], step);
	return tap_done();
}
