/*
 * base/io.h: whole reads and writes with EINTR handled, bounded file reading, durable creation of small files.
 * Paths are relative to a directory descriptor so that a home that is moved or mounted over stays the same home.
 */
#ifndef PURSER_BASE_IO_H
#define PURSER_BASE_IO_H

#include "base/buf.h"
#include "base/scope.h"

#include <sys/types.h>

/* All n bytes or an error. read_full: *got < n only at end of file. */
enum rc io_read(int fd, void *p, size_t n, size_t *got, struct err *e) MUST_CHECK;
enum rc io_write(int fd, const void *p, size_t n, struct err *e) MUST_CHECK;
enum rc io_pread(int fd, void *p, size_t n, off_t at, size_t *got, struct err *e) MUST_CHECK;
enum rc io_pwrite(int fd, const void *p, size_t n, off_t at, struct err *e) MUST_CHECK;
enum rc io_fsync(int fd, struct err *e) MUST_CHECK;
/* fsync a directory descriptor (it may be O_RDONLY|O_DIRECTORY, not O_PATH). */
enum rc io_fsync_dir(int dirfd, struct err *e) MUST_CHECK;
/* A file just made at path, and its name: the directory too, where that can be opened and synced. */
enum rc io_fsync_made(int fd, const char *path, struct err *e) MUST_CHECK;
/* Read a regular file of at most max bytes. E_NOTFOUND: none. E_RANGE: larger. */
enum rc io_read_file(int dirfd, const char *name, size_t max, struct buf *out, struct err *e) MUST_CHECK;
/* Create name (O_EXCL | O_NOFOLLOW, mode) with these bytes, fsync the file; the directory is the caller's to fsync.
 * E_EXISTS: there is one already. On failure nothing of that name stays. */
enum rc io_create(int dirfd, const char *name, mode_t mode, const void *p, size_t n, struct err *e) MUST_CHECK;
/* Replace name atomically: name.tmp, fsync, rename, fsync directory. */
enum rc io_replace(int dirfd, const char *name, mode_t mode, const void *p, size_t n, struct err *e) MUST_CHECK;
bool io_exists(int dirfd, const char *name);
/* mkdir -p with mode for what is made; "" and "." are fine. */
enum rc io_mkdirs(const char *path, mode_t mode, struct err *e) MUST_CHECK;

#endif
