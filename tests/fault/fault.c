/*
 * tests/fault/fault.c: a library to preload (LD_PRELOAD). It counts the calls that change something below $PURSER_FAULT_DIR
 * (an absolute path without links) and makes the N-th of them fail, or kills the program before it is done.
 *
 *	PURSER_FAULT=count        only counts
 *	PURSER_FAULT=kill:N       SIGKILL instead of the N-th call, N from 1
 *	PURSER_FAULT=torn:N       SIGKILL after the first half of the N-th call, when it writes; else as kill
 *	PURSER_FAULT=short:N      the N-th call, when it writes more than one byte, writes the first half only
 *	PURSER_FAULT=eio:N        the N-th call fails with EIO;    eio:N+     this and every later one
 *	PURSER_FAULT=enospc:N     the N-th call fails with ENOSPC; enospc:N+  this and every later one that takes space
 *
 * $PURSER_FAULT_COUNT: a file of 8 bytes (made when absent) that holds the count, shared by child processes.
 * $PURSER_FAULT_LOG: a file to which each counted call is appended as a line.
 *
 * Calls go to the kernel by syscall(2), so that the library does not depend on what lies below it in the link order.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum mode { NONE, COUNT, KILL, TORN, SHORT, FAIL_EIO, FAIL_ENOSPC };
enum verdict { GO, HALF, HALF_AND_DIE, FAIL };

static enum mode mode;
static uint64_t target;
static bool sticky;
static char dir[PATH_MAX];
static size_t dir_len;
static _Atomic uint64_t own_count, *count = &own_count;
static int log_fd = -1;

static long
sys_open(int at, const char *path, int flags, mode_t m)
{
	return syscall(SYS_openat, at, path, flags, m);
}

static void __attribute__((constructor))
start(void)
{
	static const struct { const char *name; enum mode mode; } modes[] = {
		{ "count", COUNT }, { "kill:", KILL }, { "torn:", TORN }, { "short:", SHORT }, { "eio:", FAIL_EIO },
		{ "enospc:", FAIL_ENOSPC },
	};
	const char *what = getenv("PURSER_FAULT"), *where = getenv("PURSER_FAULT_DIR"), *file = getenv("PURSER_FAULT_COUNT");
	char *end = NULL;
	long fd;
	void *p;

	if (what == NULL || where == NULL || (dir_len = strlen(where)) == 0 || dir_len >= sizeof dir)
		return;
	memcpy(dir, where, dir_len + 1);
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		size_t n = strlen(modes[i].name);

		if (strncmp(what, modes[i].name, n) != 0)
			continue;
		mode = modes[i].mode;
		target = strtoull(what + n, &end, 10);
		sticky = end != NULL && *end == '+';
	}
	if (file != NULL && (fd = sys_open(AT_FDCWD, file, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) >= 0) {
		if (syscall(SYS_ftruncate, (int)fd, 8L) == 0 &&
		    (p = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0)) != MAP_FAILED)
			count = p;
		(void)syscall(SYS_close, (int)fd);
	}
	if ((file = getenv("PURSER_FAULT_LOG")) != NULL)
		log_fd = (int)sys_open(AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static bool
below(const char *path)
{
	return strncmp(path, dir, dir_len) == 0 && (path[dir_len] == '/' || path[dir_len] == '\0');
}

/* The path of a descriptor; "" when it has none. */
static void
fd_path(int fd, char out[PATH_MAX])
{
	char link[64];
	long n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = syscall(SYS_readlinkat, AT_FDCWD, link, out, (size_t)PATH_MAX - 1);
	out[n > 0 ? n : 0] = '\0';
}

static void
at_path(int at, const char *path, char out[PATH_MAX])
{
	char base[PATH_MAX];
	long n;

	if (path[0] == '/') {
		(void)snprintf(out, PATH_MAX, "%s", path);
		return;
	}
	if (at == AT_FDCWD) {
		n = syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/cwd", base, sizeof base - 1);
		base[n > 0 ? n : 0] = '\0';
	} else {
		fd_path(at, base);
	}
	if ((size_t)snprintf(out, PATH_MAX, "%.2000s/%.2000s", base, path) >= PATH_MAX)
		out[0] = '\0';
}

static void
die(void)
{
	(void)syscall(SYS_kill, (pid_t)syscall(SYS_getpid), SIGKILL);
	for (;;)
		(void)syscall(SYS_pause);
}

/* Counts this call when it is about a path below dir, and says what is to become of it; errno is kept unless FAIL. */
static enum verdict
judge(const char *call, const char *path, bool writes, bool takes_space)
{
	int keep = errno;
	uint64_t n;
	char line[PATH_MAX + 64];
	int len;

	if (mode == NONE || !below(path))
		return GO;
	n = ++*count;
	if (log_fd >= 0 && (len = snprintf(line, sizeof line, "%llu %s %s\n", (unsigned long long)n, call, path)) > 0)
		(void)syscall(SYS_write, log_fd, line, (size_t)len);
	errno = keep;
	if (mode == COUNT || n < target || (n > target && !sticky))
		return GO;
	switch (mode) {
	case KILL:
		die();
		return GO;
	case TORN:
		if (writes)
			return HALF_AND_DIE;
		die();
		return GO;
	case SHORT:
		return writes ? HALF : GO;
	case FAIL_EIO:
		errno = EIO;
		return FAIL;
	case FAIL_ENOSPC:
		if (sticky && !takes_space)
			return GO;
		errno = ENOSPC;
		return FAIL;
	case NONE:
	case COUNT:
	default:
		return GO;
	}
}

static enum verdict
judge_fd(const char *call, int fd, bool writes, bool takes_space)
{
	char path[PATH_MAX];

	if (mode == NONE)
		return GO;
	fd_path(fd, path);
	return judge(call, path, writes, takes_space);
}

static enum verdict
judge_at(const char *call, int at, const char *name, bool takes_space)
{
	char path[PATH_MAX];

	if (mode == NONE)
		return GO;
	at_path(at, name, path);
	return judge(call, path, false, takes_space);
}

/* -- writes -- */

static ssize_t
do_pwrite(const char *call, int fd, const void *p, size_t n, off_t at, bool has_offset)
{
	ssize_t r;
	size_t half = n / 2;

	switch (judge_fd(call, fd, true, true)) {
	case FAIL:
		return -1;
	case HALF_AND_DIE:
		if (half > 0)
			(void)(has_offset ? syscall(SYS_pwrite64, fd, p, half, at) : syscall(SYS_write, fd, p, half));
		die();
		return -1;
	case HALF:
		n = n > 1 ? half : n;
		break;
	case GO:
	default:
		break;
	}
	r = has_offset ? syscall(SYS_pwrite64, fd, p, n, at) : syscall(SYS_write, fd, p, n);
	return r;
}

ssize_t
write(int fd, const void *p, size_t n)
{
	return do_pwrite("write", fd, p, n, 0, false);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return do_pwrite("pwrite", fd, p, n, at, true);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return do_pwrite("pwrite64", fd, p, n, at, true);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	if (judge_fd("writev", fd, false, true) == FAIL)
		return -1;
	return syscall(SYS_writev, fd, v, n);
}

/* -- files as a whole -- */

int
fsync(int fd)
{
	return judge_fd("fsync", fd, false, false) == FAIL ? -1 : (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	return judge_fd("fdatasync", fd, false, false) == FAIL ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int
ftruncate(int fd, off_t n)
{
	return judge_fd("ftruncate", fd, false, false) == FAIL ? -1 : (int)syscall(SYS_ftruncate, fd, n);
}

int
ftruncate64(int fd, off64_t n)
{
	return judge_fd("ftruncate64", fd, false, false) == FAIL ? -1 : (int)syscall(SYS_ftruncate, fd, n);
}

int
fallocate(int fd, int m, off_t at, off_t n)
{
	return judge_fd("fallocate", fd, false, true) == FAIL ? -1 : (int)syscall(SYS_fallocate, fd, m, at, n);
}

int
fallocate64(int fd, int m, off64_t at, off64_t n)
{
	return judge_fd("fallocate64", fd, false, true) == FAIL ? -1 : (int)syscall(SYS_fallocate, fd, m, at, n);
}

int
posix_fallocate(int fd, off_t at, off_t n)
{
	if (judge_fd("posix_fallocate", fd, false, true) == FAIL)
		return errno;
	return syscall(SYS_fallocate, fd, 0, at, n) == 0 ? 0 : errno;
}

int
posix_fallocate64(int fd, off64_t at, off64_t n)
{
	return posix_fallocate(fd, at, n);
}

/* -- names -- */

static int
do_open(int at, const char *path, int flags, mode_t m)
{
	if ((flags & (O_CREAT | O_TRUNC)) != 0 && judge_at("open", at, path, true) == FAIL)
		return -1;
	return (int)sys_open(at, path, flags, m);
}

#define OPEN_BODY(at) \
	va_list ap; \
	mode_t m; \
	va_start(ap, flags); \
	m = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(ap, mode_t) : 0; \
	va_end(ap); \
	return do_open(at, path, flags, m)

int open(const char *path, int flags, ...) { OPEN_BODY(AT_FDCWD); }
int open64(const char *path, int flags, ...) { OPEN_BODY(AT_FDCWD); }
int openat(int at, const char *path, int flags, ...) { OPEN_BODY(at); }
int openat64(int at, const char *path, int flags, ...) { OPEN_BODY(at); }

/* What _FORTIFY_SOURCE turns these into. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int at, const char *path, int flags);
int __openat64_2(int at, const char *path, int flags);
int __open_2(const char *path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
int __openat_2(int at, const char *path, int flags) { return do_open(at, path, flags, 0); }
int __openat64_2(int at, const char *path, int flags) { return do_open(at, path, flags, 0); }

int
renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	return judge_at("rename", b, to, false) == FAIL ? -1 : (int)syscall(SYS_renameat2, a, from, b, to, flags);
}

int
renameat(int a, const char *from, int b, const char *to)
{
	return renameat2(a, from, b, to, 0);
}

int
rename(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
unlinkat(int at, const char *path, int flags)
{
	return judge_at("unlink", at, path, false) == FAIL ? -1 : (int)syscall(SYS_unlinkat, at, path, flags);
}

int
unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int
linkat(int a, const char *from, int b, const char *to, int flags)
{
	return judge_at("link", b, to, true) == FAIL ? -1 : (int)syscall(SYS_linkat, a, from, b, to, flags);
}

int
link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
mkdirat(int at, const char *path, mode_t m)
{
	return judge_at("mkdir", at, path, true) == FAIL ? -1 : (int)syscall(SYS_mkdirat, at, path, m);
}

int
mkdir(const char *path, mode_t m)
{
	return mkdirat(AT_FDCWD, path, m);
}
