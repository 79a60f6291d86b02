/* store/lock.c: the store lock; see vault.h and keys.md 7.2. */
#include "store/lock.h"

#include "base/io.h"
#include "base/num.h"
#include "store/backup.h"
#include "store/acctfreeze.h"
#include "store/change.h"
#include "store/freeze.h"
#include "store/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

struct store_lock { int fd; unsigned recovered; };

int64_t
monotonic_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- who holds it ---- */

/* The pid in the line of /proc/locks for this file, 0 if there is none (another pid namespace shows 0 too). */
static pid_t
holder_pid(const struct stat *st)
{
	AUTO(auto_fclose) FILE *f = fopen("/proc/locks", "re");
	unsigned maj, min;
	unsigned long ino;
	char line[256];
	int pid;

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strstr(line, "->") == NULL &&
		    sscanf(line, "%*s FLOCK %*s %*s %d %x:%x:%lu", &pid, &maj, &min, &ino) == 4 && ino == st->st_ino &&
		    maj == major(st->st_dev) && min == minor(st->st_dev))
			return pid;
	return 0;
}

/* Seconds since that process began: field 22 of its stat, in clock ticks since boot. */
static long
age_of(const char *stat_line)
{
	const char *p = strrchr(stat_line, ')');
	unsigned long long start = 0;
	struct timespec up;
	long hz = sysconf(_SC_CLK_TCK);

	if (p == NULL || hz <= 0 ||
	    sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		&start) != 1 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) < 0)
		return -1;
	return (long)up.tv_sec - (long)(start / (unsigned long long)hz);
}

static bool
proc_read(pid_t pid, const char *what, char *out, size_t cap)
{
	AUTO(auto_close) int fd = -1;
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0 || (n = read(fd, out, cap - 1)) < 0)
		return false;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return true;
}

/* The name is the one the process gave itself (at most 15 characters); its arguments are nobody's business. */
static enum rc
busy(int fd, struct err *e)
{
	char name[64] = "purser", line[1024] = "";
	struct stat st;
	pid_t pid = fstat(fd, &st) == 0 ? holder_pid(&st) : 0;
	long age = -1;
	enum rc rc;

	if (pid > 0) {
		(void)proc_read(pid, "comm", name, sizeof name);
		if (proc_read(pid, "stat", line, sizeof line))
			age = age_of(line);
	}
	if (pid > 0 && age >= 0)
		rc = err_set(e, E_BUSY, N_("%s (pid %d, %ld s) holds the store"), name, (int)pid, age);
	else
		rc = err_set(e, E_BUSY, N_("another purser holds the store"));
	err_next(e, "--wait 60");
	return rc;
}

/* ---- taking ---- */

static enum rc
wait_for(int fd, int64_t wait_ms, struct err *e)
{
	int64_t until = monotonic_now_ms() + wait_ms;
	struct timespec nap = { .tv_nsec = 1000000 };

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, E_SYS, N_("cannot lock the store"));
		if (monotonic_now_ms() >= until)
			return busy(fd, e);
		(void)nanosleep(&nap, NULL);
		if (nap.tv_nsec < 16000000)
			nap.tv_nsec *= 2;
	}
	return OK;
}

enum rc
lock_raw(const struct home *h, int64_t wait_ms, struct store_lock **out, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	struct store_lock *l;
	enum rc rc;

	if (h->device < 0)
		return err_set(e, E_NOTFOUND, N_("no store at %s"), h->device_path);
	fd = openat(h->device, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
	if (fd < 0 && (errno == EROFS || errno == EACCES || errno == ENOSPC || errno == EDQUOT))
		fd = openat(h->device, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_sys(e, E_SYS, N_("cannot open the lock of the store"));
	if ((rc = wait_for(fd, wait_ms, e)) != OK)
		return rc;
	if ((l = calloc(1, sizeof *l)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	l->fd = fd;
	fd = -1;
	*out = l;
	return OK;
}

enum rc
store_lock_take(const struct home *h, int64_t wait_ms, struct store_lock **out, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	enum rc rc;

	if ((rc = lock_raw(h, wait_ms, &l, e)) != OK)
		return rc;
	/* The freeze first: what a change puts into place afterwards must not contain a fuse. */
	if (freeze_marked(h)) {
		if ((rc = freeze_destroy_pending(h, e)) != OK)
			return rc;
		l->recovered |= RECOVERED_FREEZE;
	}
	if (change_leftovers(h) && (rc = change_recover(h, &l->recovered, e)) != OK)
		return rc;
	/* After the change: what it puts into place may be the fuse that the accounts are in. */
	if (acctfreeze_marked(h) && (rc = acctfreeze_finish_entries(h, e)) != OK)
		return rc;
	if (l->recovered & RECOVERED_FREEZE)
		freeze_finish(h);
	acctfreeze_tidy(h);
	restore_tidy(h);
	*out = l;
	l = NULL;
	return OK;
}

void
store_lock_release(struct store_lock **l)
{
	if (*l == NULL)
		return;
	auto_close(&(*l)->fd);          /* the last descriptor: the kernel drops the flock */
	free(*l);
	*l = NULL;
}

unsigned
store_lock_recovered(const struct store_lock *l)
{
	return l->recovered;
}
