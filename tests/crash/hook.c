/*
 * tests/crash/hook.c: the file calls of libc, defined again in the test program. Shared libraries bind to the
 * definitions of the program, so libsqlite3 and libzip come here too; what libc calls inside itself (stdio) does not.
 */
#include "tests/crash/hook.h"
#include "tests/crash/sim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

static struct { char home[PATH_MAX]; unsigned kinds; long n, seen; int err; bool armed, on, hit; } fault;

void
fault_home(const char *home)
{
	if (realpath(home, fault.home) == NULL)
		abort();
}

void
fault_arm(unsigned kinds, long n, int err, bool from_then_on)
{
	fault.kinds = kinds;
	fault.n = n;
	fault.seen = 0;
	fault.err = err;
	fault.on = from_then_on;
	fault.hit = false;
	fault.armed = true;
}

long
fault_stop(void)
{
	fault.armed = false;
	return fault.seen;
}

bool
fault_hit(void)
{
	return fault.hit;
}

static bool
below(const char *home, const char *path)
{
	size_t n = strlen(home);

	return n > 0 && strncmp(path, home, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* The absolute path that (dirfd, path) names; "" when there is none. Links: only the magic ones of /proc/self/fd. */
static void
absolute(char out[PATH_MAX], int dirfd, const char *path)
{
	char dir[PATH_MAX] = "", link[64];
	char *end;
	ssize_t k;

	out[0] = '\0';
	if (strncmp(path, "/proc/self/fd/", 14) == 0) {
		dirfd = (int)strtol(path + 14, &end, 10);
		path = *end == '/' ? end + 1 : ".";
	} else if (path[0] == '/') {
		(void)snprintf(out, PATH_MAX, "%s", path);
		return;
	}
	if (dirfd == AT_FDCWD) {
		if (getcwd(dir, sizeof dir) == NULL)
			return;
	} else {
		(void)snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
		if ((k = readlink(link, dir, sizeof dir - 1)) <= 0)
			return;
		dir[k] = '\0';
	}
	if (strcmp(path, ".") == 0)
		(void)snprintf(out, PATH_MAX, "%s", dir);
	else if ((size_t)snprintf(out, PATH_MAX, "%s/%s", dir, path) >= PATH_MAX)
		out[0] = '\0';
}

static bool
fails(unsigned kind, const char *path)
{
	if (!fault.armed || !(fault.kinds & kind) || !below(fault.home, path))
		return false;
	fault.seen++;
	if (fault.seen != fault.n && !(fault.on && fault.seen > fault.n))
		return false;
	fault.hit = true;
	errno = fault.err;
	return true;
}

static bool
fails_at(unsigned kind, int dirfd, const char *name)
{
	char path[PATH_MAX];

	if (!fault.armed)
		return false;
	absolute(path, dirfd, name);
	return fails(kind, path);
}

static bool
fails_fd(unsigned kind, int fd)
{
	char link[64];

	if (!fault.armed)
		return false;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	return fails_at(kind, AT_FDCWD, link);
}

/* The inode of fd if it is one that is recorded, else 0. */
static ino_t
recorded(int fd)
{
	char link[64], path[PATH_MAX];
	struct stat st;
	int saved = errno;
	ino_t ino = 0;

	if (!sim_recording)
		return 0;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	absolute(path, AT_FDCWD, link);
	if (sim_below(path) && fstat(fd, &st) == 0)
		ino = st.st_ino;
	errno = saved;
	return ino;
}

static int
do_open(int dirfd, const char *name, int flags, mode_t mode)
{
	char path[PATH_MAX] = "";
	bool was = false;
	struct stat st;
	int fd;

	if (fails_at(CALL_OPEN, dirfd, name))
		return -1;
	if (sim_recording) {
		absolute(path, dirfd, name);
		was = lstat(path, &st) == 0;
	}
	fd = (int)syscall(SYS_openat, dirfd, name, flags, mode);
	if (fd < 0 || !sim_recording || !sim_below(path) || fstat(fd, &st) < 0)
		return fd;
	if (!was && (flags & O_CREAT))
		sim_saw_create(path, st.st_ino, false);
	else if (flags & O_TRUNC)
		sim_saw_truncate(st.st_ino, 0);
	return fd;
}

static mode_t
mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

#define OPEN_BODY(dirfd, name, flags) do { \
	va_list ap; mode_t mode; \
	va_start(ap, flags); mode = mode_of(flags, ap); va_end(ap); \
	return do_open(dirfd, name, flags, mode); } while (0)

int open(const char *name, int flags, ...) { OPEN_BODY(AT_FDCWD, name, flags); }
int open64(const char *name, int flags, ...) { OPEN_BODY(AT_FDCWD, name, flags); }
int openat(int dirfd, const char *name, int flags, ...) { OPEN_BODY(dirfd, name, flags); }
int openat64(int dirfd, const char *name, int flags, ...) { OPEN_BODY(dirfd, name, flags); }
int __open_2(const char *name, int flags) { return do_open(AT_FDCWD, name, flags, 0); }
int __open64_2(const char *name, int flags) { return do_open(AT_FDCWD, name, flags, 0); }
int __openat_2(int dirfd, const char *name, int flags) { return do_open(dirfd, name, flags, 0); }
int __openat64_2(int dirfd, const char *name, int flags) { return do_open(dirfd, name, flags, 0); }
int creat(const char *name, mode_t mode) { return do_open(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, mode); }

static ssize_t
do_pread(int fd, void *p, size_t n, off_t at)
{
	return fails_fd(CALL_READ, fd) ? -1 : (ssize_t)syscall(SYS_pread64, fd, p, n, at);
}

static ssize_t
do_read(int fd, void *p, size_t n)
{
	return fails_fd(CALL_READ, fd) ? -1 : (ssize_t)syscall(SYS_read, fd, p, n);
}

ssize_t pread(int fd, void *p, size_t n, off_t at) { return do_pread(fd, p, n, at); }
ssize_t pread64(int fd, void *p, size_t n, off_t at) { return do_pread(fd, p, n, at); }
ssize_t
__pread_chk(int fd, void *p, size_t n, off_t at, size_t UNUSED_size)
{
	(void)UNUSED_size;
	return do_pread(fd, p, n, at);
}
ssize_t
__pread64_chk(int fd, void *p, size_t n, off_t at, size_t UNUSED_size)
{
	(void)UNUSED_size;
	return do_pread(fd, p, n, at);
}
ssize_t read(int fd, void *p, size_t n) { return do_read(fd, p, n); }
ssize_t __read_chk(int fd, void *p, size_t n, size_t UNUSED_size) { (void)UNUSED_size; return do_read(fd, p, n); }

/* A disk that gets full takes the first half; the call after it fails. Returns the bytes to write, or -1. */
static ssize_t
full_disk(int fd, size_t n)
{
	static bool half;

	if (!fails_fd(CALL_WRITE, fd)) {
		half = false;
		return (ssize_t)n;
	}
	half = fault.err == ENOSPC && n >= 2 && !half;
	if (!half)
		return -1;
	if (fault.seen == fault.n)
		fault.n++;
	return (ssize_t)(n / 2);
}

static ssize_t
do_pwrite(int fd, const void *p, size_t n, off_t at)
{
	ino_t ino = recorded(fd);
	ssize_t k = full_disk(fd, n);

	if (k < 0)
		return -1;
	n = (size_t)k;
	k = (ssize_t)syscall(SYS_pwrite64, fd, p, n, at);
	if (ino != 0 && k > 0)
		sim_saw_write(ino, p, (size_t)k, at);
	return k;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at) { return do_pwrite(fd, p, n, at); }
ssize_t pwrite64(int fd, const void *p, size_t n, off_t at) { return do_pwrite(fd, p, n, at); }

ssize_t
write(int fd, const void *p, size_t n)
{
	ino_t ino = recorded(fd);
	off_t at = -1;
	ssize_t k = full_disk(fd, n);

	if (k < 0)
		return -1;
	n = (size_t)k;
	k = (ssize_t)syscall(SYS_write, fd, p, n);
	if (ino != 0 && k > 0) {
		at = lseek(fd, 0, SEEK_CUR);        /* after an O_APPEND write too: its end */
		if (at < k)
			abort();
		sim_saw_write(ino, p, (size_t)k, at - k);
	}
	return k;
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	ssize_t all = 0, k;

	for (int i = 0; i < n; i++) {
		if ((k = write(fd, v[i].iov_base, v[i].iov_len)) < 0)
			return all > 0 ? all : k;
		all += k;
		if ((size_t)k < v[i].iov_len)
			break;
	}
	return all;
}

static int
do_sync(int fd, long number)
{
	ino_t ino = recorded(fd);
	int r;

	if (fails_fd(CALL_SYNC, fd))
		return -1;
	/* With a recording the real disk does not matter: the images are the point. */
	r = ino != 0 ? 0 : (int)syscall(number, fd);
	if (ino != 0)
		sim_saw_sync(ino);
	return r;
}

int fsync(int fd) { return do_sync(fd, SYS_fsync); }
int fdatasync(int fd) { return do_sync(fd, SYS_fdatasync); }

static int
do_ftruncate(int fd, off_t size)
{
	ino_t ino = recorded(fd);
	int r;

	if (fails_fd(CALL_TRUNCATE, fd))
		return -1;
	r = (int)syscall(SYS_ftruncate, fd, size);
	if (ino != 0 && r == 0)
		sim_saw_truncate(ino, size);
	return r;
}

int ftruncate(int fd, off_t size) { return do_ftruncate(fd, size); }
int ftruncate64(int fd, off_t size) { return do_ftruncate(fd, size); }

static int
do_fallocate(int fd, off_t at, off_t n)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	return at + n > st.st_size ? do_ftruncate(fd, at + n) : 0;
}

/* Only growth is modelled; a hole punched would be a lie. Blocks kept ahead (the log) change nothing that can be read.
 * */
static int
with_mode(int fd, int mode, off_t at, off_t n)
{
	if (mode == FALLOC_FL_KEEP_SIZE)
		return (int)syscall(SYS_fallocate, fd, mode, at, n);
	if (mode != 0)
		abort();
	return do_fallocate(fd, at, n);
}

int fallocate(int fd, int mode, off_t at, off_t n) { return with_mode(fd, mode, at, n); }
int fallocate64(int fd, int mode, off_t at, off_t n) { return with_mode(fd, mode, at, n); }
int posix_fallocate(int fd, off_t at, off_t n) { return do_fallocate(fd, at, n) < 0 ? errno : 0; }
int posix_fallocate64(int fd, off_t at, off_t n) { return do_fallocate(fd, at, n) < 0 ? errno : 0; }

int
unlinkat(int dirfd, const char *name, int flags)
{
	char path[PATH_MAX];
	int r;

	if (fails_at(CALL_UNLINK, dirfd, name))
		return -1;
	absolute(path, dirfd, name);
	r = (int)syscall(SYS_unlinkat, dirfd, name, flags);
	if (r == 0 && sim_recording && sim_below(path))
		sim_saw_unlink(path);
	return r;
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

int
renameat2(int d1, const char *from, int d2, const char *to, unsigned flags)
{
	char p1[PATH_MAX], p2[PATH_MAX];
	int r;

	if (fails_at(CALL_RENAME, d1, from))
		return -1;
	absolute(p1, d1, from);
	absolute(p2, d2, to);
	r = (int)syscall(SYS_renameat2, d1, from, d2, to, flags);
	if (r != 0 || !sim_recording || (!sim_below(p1) && !sim_below(p2)))
		return r;
	if ((flags & ~1u) != 0 || !sim_below(p1) ||
	    !sim_below(p2)) /* RENAME_NOREPLACE is a plain one when it succeeds */
		abort();
	sim_saw_rename(p1, p2);
	return r;
}

int renameat(int d1, const char *from, int d2, const char *to) { return renameat2(d1, from, d2, to, 0); }
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int
linkat(int d1, const char *from, int d2, const char *to, int flags)
{
	char p1[PATH_MAX], p2[PATH_MAX];
	int r;

	if (fails_at(CALL_RENAME, d1, from))
		return -1;
	absolute(p1, d1, from);
	absolute(p2, d2, to);
	r = (int)syscall(SYS_linkat, d1, from, d2, to, flags);
	if (r == 0 && sim_recording && sim_below(p2))
		sim_saw_link(p1, p2);
	return r;
}

int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int
mkdirat(int dirfd, const char *name, mode_t mode)
{
	char path[PATH_MAX];
	struct stat st;
	int r;

	if (fails_at(CALL_MKDIR, dirfd, name))
		return -1;
	absolute(path, dirfd, name);
	r = (int)syscall(SYS_mkdirat, dirfd, name, mode);
	if (r == 0 && sim_recording && sim_below(path) && lstat(path, &st) == 0)
		sim_saw_create(path, st.st_ino, true);
	return r;
}

int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

int
flock(int fd, int how)
{
	return fails_fd(CALL_LOCK, fd) ? -1 : (int)syscall(SYS_flock, fd, how);
}
