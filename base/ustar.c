/* base/ustar.c: see ustar.h. */
#include "base/ustar.h"

#include "base/io.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#define BLOCK 512u

/* Where fields of a header stand. */
enum { AT_NAME = 0, AT_MODE = 100, AT_UID = 108, AT_GID = 116, AT_SIZE = 124, AT_MTIME = 136, AT_SUM = 148, AT_TYPE = 156,
	AT_MAGIC = 257, AT_DEVMAJOR = 329, AT_DEVMINOR = 337, AT_PREFIX = 345 };

/* Where the name is cut: the slash that leaves at most 100 bytes behind it and at most 155 before; 0: no cut is needed;
 * -1: none fits. */
static int
cut_of(const char *path, size_t n)
{
	if (n <= USTAR_NAME)
		return 0;
	for (size_t i = n - USTAR_NAME - 1; i <= USTAR_PREFIX && i < n; i++)
		if (path[i] == '/' && i > 0 && i + 1 < n)
			return (int)i;
	return -1;
}

static bool
part_ok(const char *p, size_t n)
{
	return n > 0 && !(n == 1 && p[0] == '.') && !(n == 2 && p[0] == '.' && p[1] == '.');
}

bool
ustar_name_ok(const char *path)
{
	size_t n = strlen(path), from = 0;

	if (n == 0 || n > USTAR_PATH_MAX || cut_of(path, n) < 0)
		return false;
	for (size_t i = 0, len; i < n; i += len) {
		uint32_t cp = 0;

		if ((len = utf8_next(path + i, n - i, &cp)) == 0 || cp == '\\' || utf8_steers(cp))
			return false;
		if (cp == '/') {
			if (!part_ok(path + from, i - from))
				return false;
			from = i + 1;
		}
	}
	return part_ok(path + from, n - from);
}

static void
put_octal(unsigned char *at, unsigned width, uint64_t v)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%0*llo", (int)width - 1, (unsigned long long)v);
	memcpy(at, text, width);                /* with the NUL */
}

static void
header(unsigned char h[BLOCK], const char *path, uint64_t size, int64_t mtime)
{
	size_t n = strlen(path), cut = (size_t)cut_of(path, n), from = cut > 0 ? cut + 1 : 0;
	unsigned sum = 0;

	memset(h, 0, BLOCK);
	memcpy(h + AT_NAME, path + from, n - from);
	memcpy(h + AT_PREFIX, path, cut);
	put_octal(h + AT_MODE, 8, 0644);
	put_octal(h + AT_UID, 8, 0);
	put_octal(h + AT_GID, 8, 0);
	put_octal(h + AT_SIZE, 12, size);
	put_octal(h + AT_MTIME, 12, (uint64_t)mtime);
	h[AT_TYPE] = '0';
	memcpy(h + AT_MAGIC, "ustar\00000", 8);
	put_octal(h + AT_DEVMAJOR, 8, 0);
	put_octal(h + AT_DEVMINOR, 8, 0);
	memset(h + AT_SUM, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += h[i];
	put_octal(h + AT_SUM, 7, sum);          /* six digits, NUL, blank */
}

void
ustar_begin(struct ustar *u, int fd, int64_t mtime)
{
	*u = (struct ustar){ .fd = fd, .mtime = mtime < 0 ? 0 : mtime };
	if (u->mtime > (int64_t)USTAR_SIZE_MAX)
		u->mtime = (int64_t)USTAR_SIZE_MAX;
}

static enum rc
pad(struct ustar *u, struct err *e)
{
	static const unsigned char zero[BLOCK];

	if (u->left > 0)
		return err_set(e, E_RANGE, N_("a member of the archive is incomplete: %s"), u->last);
	return u->size % BLOCK == 0 ? OK : io_write(u->fd, zero, BLOCK - u->size % BLOCK, e);
}

enum rc
ustar_member(struct ustar *u, const char *path, uint64_t size, struct err *e)
{
	unsigned char h[BLOCK];
	enum rc rc;

	if (!ustar_name_ok(path) || size > USTAR_SIZE_MAX)
		return err_set(e, E_RANGE, N_("no member of an archive can be called that, or be so large: %s"), path);
	if (strcmp(path, u->last) <= 0)
		return err_set(e, E_RANGE, N_("a member of the archive is out of order: %s"), path);
	if ((rc = pad(u, e)) != OK)
		return rc;
	header(h, path, size, u->mtime);
	if ((rc = io_write(u->fd, h, sizeof h, e)) != OK)
		return rc;
	u->left = u->size = size;
	(void)snprintf(u->last, sizeof u->last, "%s", path);
	return OK;
}

enum rc
ustar_bytes(struct ustar *u, const void *p, size_t n, struct err *e)
{
	if (n > u->left)
		return err_set(e, E_RANGE, N_("a member of the archive is longer than was said: %s"), u->last);
	u->left -= n;
	return n == 0 ? OK : io_write(u->fd, p, n, e);
}

enum rc
ustar_end(struct ustar *u, struct err *e)
{
	static const unsigned char zero[2 * BLOCK];
	enum rc rc = pad(u, e);

	return rc != OK ? rc : io_write(u->fd, zero, sizeof zero, e);
}
