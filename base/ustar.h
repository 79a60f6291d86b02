/*
 * base/ustar.h: a tar archive (POSIX.1-1988 ustar) that is the same bytes for the same members: owner 0 without a name,
 * mode 0644, one time for all, names in ascending order of their bytes. Written front to back; only plain files, no
 * directories.
 */
#ifndef PURSER_BASE_USTAR_H
#define PURSER_BASE_USTAR_H

#include "base/err.h"

#include <stdint.h>

#define USTAR_NAME 100u
#define USTAR_PREFIX 155u
#define USTAR_PATH_MAX (USTAR_NAME + USTAR_PREFIX + 1)
#define USTAR_SIZE_MAX UINT64_C(077777777777)   /* 8 GiB - 1: eleven octal digits */

struct ustar {
	int fd;                                 /* the caller's */
	int64_t mtime;                          /* seconds since 1970 UTC, 0 and up */
	uint64_t left, size;                    /* of the present member */
	char last[USTAR_PATH_MAX + 1];          /* its name */
};

/* May this be the name of a member? Relative, UTF-8 without control characters, no empty part, no "." or "..", no
 * backslash, and it can be split at a slash into at most 155 and 100 bytes. */
bool ustar_name_ok(const char *path);

void ustar_begin(struct ustar *u, int fd, int64_t mtime);
/* The next file. E_RANGE: no name of a member, not after the last one, or too large. E_SYS, E_FULL. */
enum rc ustar_member(struct ustar *u, const char *path, uint64_t size, struct err *e) MUST_CHECK;
/* Its bytes, in pieces: exactly size in all. */
enum rc ustar_bytes(struct ustar *u, const void *p, size_t n, struct err *e) MUST_CHECK;
/* The two empty blocks. E_RANGE: the last member is not complete. */
enum rc ustar_end(struct ustar *u, struct err *e) MUST_CHECK;

#endif
