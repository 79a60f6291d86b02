/* store/files.c: see files.h. */
#include "store/files.h"

#include "base/io.h"
#include "crypto/kdf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define SECTOR 512u

enum rc
file_read(int dirfd, const char *name, unsigned char *p, size_t cap, size_t *n, struct err *e)
{
	AUTO(auto_close) int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, E_NOTFOUND, N_("%s is missing"), name);
	if (fd < 0 && errno == ELOOP)
		return err_set(e, E_DAMAGED, N_("%s is not a regular file"), name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot open %s"), name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, E_DAMAGED, N_("%s is not a regular file"), name);
	if (st.st_size < 0 || (uint64_t)st.st_size > cap)
		return err_set(e, E_DAMAGED, N_("%s has the wrong size"), name);
	return io_pread(fd, p, cap, 0, n, e);
}

bool
file_there(int dirfd, const char *name)
{
	struct stat st;

	if (dirfd < 0)
		return false;
	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* Random bytes over [from, to), and sync; the first error is kept, the rest is tried all the same. */
static enum rc
scribble(int fd, off_t from, off_t to, struct err *e)
{
	unsigned char noise[4096];
	enum rc first = OK, rc;
	size_t k;

	for (off_t at = from; at < to; at += (off_t)k) {
		k = to - at < (off_t)sizeof noise ? (size_t)(to - at) : sizeof noise;
		random_bytes(noise, k);
		rc = io_pwrite(fd, noise, k, at, first == OK ? e : NULL);
		if (first == OK)
			first = rc;
	}
	rc = io_fsync(fd, first == OK ? e : NULL);
	return first != OK ? first : rc;
}

/* A file of ours that lost its write permission can get it back. */
static int
open_to_erase(int dirfd, const char *name)
{
	int how = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
	int fd = openat(dirfd, name, how);

	if (fd < 0 && errno == EACCES && fchmodat(dirfd, name, 0600, 0) == 0)
		fd = openat(dirfd, name, how);
	return fd;
}

/* head_first: the first sector is on the disk before the rest is begun. */
static enum rc
overwrite(int dirfd, const char *name, bool head_first, struct err *e)
{
	AUTO(auto_close) int fd = open_to_erase(dirfd, name);
	off_t first = 0;
	struct stat st;
	enum rc rc = OK, rc2;

	if (fd < 0 && errno == ELOOP)
		return OK;                          /* a link holds no key; what it leads to is not ours to touch */
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot overwrite %s"), name);
	if (!S_ISREG(st.st_mode))
		return OK;
	if (head_first) {
		first = st.st_size < (off_t)SECTOR ? st.st_size : (off_t)SECTOR;
		rc = scribble(fd, 0, first, e);
	}
	rc2 = scribble(fd, first, st.st_size, rc == OK ? e : NULL);
	return rc != OK ? rc : rc2;
}

enum rc
file_unlink(int dirfd, const char *name, struct err *e)
{
	int r = unlinkat(dirfd, name, 0);

	if (r < 0 && errno == EACCES && fchmod(dirfd, 0700) == 0)
		r = unlinkat(dirfd, name, 0);
	if (r < 0 && errno != ENOENT)
		return err_sys(e, E_SYS, N_("cannot remove %s"), name);
	return OK;
}

static enum rc
erase(int dirfd, const char *name, bool head_first, struct err *e)
{
	struct err mine = { .rc = OK };
	enum rc over = overwrite(dirfd, name, head_first, &mine), rc;

	if ((rc = file_unlink(dirfd, name, e)) != OK)
		return rc;
	if (head_first && (rc = io_fsync_dir(dirfd, e)) != OK)
		return rc;
	if (over != OK)
		return err_set(e, E_DAMAGED, N_("%s was removed, but its bytes may remain: %s"), name, mine.what);
	return OK;
}

enum rc
file_erase(int dirfd, const char *name, struct err *e)
{
	return file_there(dirfd, name) ? erase(dirfd, name, true, e) : OK;
}

enum rc
file_shred(int dirfd, const char *name, struct err *e)
{
	return file_there(dirfd, name) ? erase(dirfd, name, false, e) : OK;
}

void
file_sum_put(unsigned char *p, size_t size)
{
	hash128(p + size - 16, p, size - 16);
}

bool
file_sum_ok(const unsigned char *p, size_t n, size_t size, const char magic[8])
{
	unsigned char sum[16];

	if (n != size || memcmp(p, magic, 8) != 0)
		return false;
	hash128(sum, p, size - sizeof sum);
	return same_bytes(sum, p + size - sizeof sum, sizeof sum);
}

static void
unmap_end(struct bytes *m)
{
	if (m->p != NULL)
		(void)munmap((void *)(uintptr_t)m->p, m->n);
}

enum rc
file_hash(int dirfd, const char *name, unsigned char out[32], struct err *e)
{
	AUTO(auto_close) int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	AUTO(unmap_end) struct bytes m = { NULL, 0 };
	struct stat st;
	void *p;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, E_NOTFOUND, N_("%s is missing"), name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot open %s"), name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, E_DAMAGED, N_("%s is not a regular file"), name);
	if (st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED)
			return err_sys(e, E_SYS, N_("cannot read %s"), name);
		m = BYTES(p, (size_t)st.st_size);
	}
	hash256(out, m.p, m.n);
	return OK;
}
