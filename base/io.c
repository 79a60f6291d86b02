/* base/io.c: see io.h. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum rc
io_read(int fd, void *p, size_t n, size_t *got, struct err *e)
{
	size_t have = 0;
	ssize_t k;

	while (have < n) {
		k = read(fd, (char *)p + have, n - have);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_sys(e, E_SYS, N_("cannot read"));
		if (k == 0)
			break;
		have += (size_t)k;
	}
	*got = have;
	return OK;
}

enum rc
io_write(int fd, const void *p, size_t n, struct err *e)
{
	size_t done = 0;
	ssize_t k;

	while (done < n) {
		k = write(fd, (const char *)p + done, n - done);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_sys(e, E_SYS, N_("cannot write"));
		done += (size_t)k;
	}
	return OK;
}

enum rc
io_pread(int fd, void *p, size_t n, off_t at, size_t *got, struct err *e)
{
	size_t have = 0;
	ssize_t k;

	while (have < n) {
		k = pread(fd, (char *)p + have, n - have, at + (off_t)have);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_sys(e, E_SYS, N_("cannot read"));
		if (k == 0)
			break;
		have += (size_t)k;
	}
	*got = have;
	return OK;
}

enum rc
io_pwrite(int fd, const void *p, size_t n, off_t at, struct err *e)
{
	size_t done = 0;
	ssize_t k;

	while (done < n) {
		k = pwrite(fd, (const char *)p + done, n - done, at + (off_t)done);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_sys(e, E_SYS, N_("cannot write"));
		done += (size_t)k;
	}
	return OK;
}

enum rc
io_fsync(int fd, struct err *e)
{
	int r;

	do
		r = fsync(fd);
	while (r < 0 && errno == EINTR);
	return r < 0 ? err_sys(e, E_SYS, N_("cannot write to disk")) : OK;
}

enum rc
io_fsync_dir(int dirfd, struct err *e)
{
	return io_fsync(dirfd, e);
}

enum rc
io_fsync_made(int fd, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
	AUTO(auto_close) int dir = -1;
	char up[4096] = ".";
	enum rc rc;

	if ((rc = io_fsync(fd, e)) != OK || n >= sizeof up)
		return rc;
	if (n > 0) {
		memcpy(up, path, n);
		up[n] = '\0';
	}
	if ((dir = open(up, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || fsync(dir) == 0 || errno == EINVAL)
		return OK;
	return err_sys(e, E_SYS, N_("cannot write to disk"));
}

enum rc
io_read_file(int dirfd, const char *name, size_t max, struct buf *out, struct err *e)
{
	/* O_NONBLOCK: what turns out to be a pipe is refused, not waited for. */
	AUTO(auto_close) int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	char block[16384];
	size_t got;
	enum rc rc;

	if (fd < 0)
		return err_sys(e, errno == ENOENT ? E_NOTFOUND : E_SYS, N_("cannot open %s"), name);
	if (fstat(fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot read %s"), name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, E_INPUT, N_("%s is not a regular file"), name);
	if (st.st_size < 0 || (uint64_t)st.st_size > max)
		return err_set(e, E_RANGE, N_("%s is larger than purser accepts"), name);
	do {
		if ((rc = io_read(fd, block, sizeof block, &got, e)) != OK)
			return rc;
		if (out->len + got > max)
			return err_set(e, E_RANGE, N_("%s is larger than purser accepts"), name);
		buf_add(out, block, got);
	} while (got == sizeof block);
	return buf_check(out, e);
}

enum rc
io_create(int dirfd, const char *name, mode_t mode, const void *p, size_t n, struct err *e)
{
	AUTO(auto_close) int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	enum rc rc;

	if (fd < 0)
		return err_sys(e, errno == EEXIST ? E_EXISTS : E_SYS, N_("cannot create %s"), name);
	if ((rc = io_write(fd, p, n, e)) != OK || (rc = io_fsync(fd, e)) != OK) {
		(void)unlinkat(dirfd, name, 0);     /* the write's error is the one to report */
		return rc;
	}
	return OK;
}

enum rc
io_replace(int dirfd, const char *name, mode_t mode, const void *p, size_t n, struct err *e)
{
	char tmp[256];
	enum rc rc;

	if ((size_t)snprintf(tmp, sizeof tmp, "%s.tmp", name) >= sizeof tmp)
		return err_set(e, E_RANGE, N_("file name too long"));
	(void)unlinkat(dirfd, tmp, 0);              /* left by a run that was killed; absent is the normal case */
	if ((rc = io_create(dirfd, tmp, mode, p, n, e)) != OK)
		return rc;
	if (renameat(dirfd, tmp, dirfd, name) < 0) {
		rc = err_sys(e, E_SYS, N_("cannot replace %s"), name);
		(void)unlinkat(dirfd, tmp, 0);
		return rc;
	}
	return io_fsync_dir(dirfd, e);
}

bool
io_exists(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

enum rc
io_mkdirs(const char *path, mode_t mode, struct err *e)
{
	char part[4096];
	size_t n = strlen(path);
	struct stat st;

	if (n >= sizeof part)
		return err_set(e, E_RANGE, N_("path too long"));
	for (size_t i = 1; i <= n; i++) {
		if (i < n && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, mode) < 0 && (errno != EEXIST || stat(part, &st) < 0 || !S_ISDIR(st.st_mode))) {
			if (errno == EEXIST)
				errno = ENOTDIR;
			return err_sys(e, E_SYS, N_("cannot make directory %s"), part);
		}
	}
	return OK;
}
