/* store/files.h: the small files of a store: read whole, made durable, erased. Names are relative to a directory
 * descriptor, never followed when they are links. */
#ifndef PURSER_STORE_FILES_H
#define PURSER_STORE_FILES_H

#include "base/err.h"

#include <stdint.h>

/* At most cap bytes. E_NOTFOUND: absent. E_DAMAGED: larger, or no regular file. */
enum rc file_read(int dirfd, const char *name, unsigned char *p, size_t cap, size_t *n, struct err *e) MUST_CHECK;
/* Is the name there, whatever it is? An answer other than "absent" counts as there. */
bool file_there(int dirfd, const char *name);
/* Overwrite the first sector with random bytes, fsync, the rest, fsync; unlink, fsync the directory. Each step is
 * tried even when one before failed; e tells of the first failure. OK when absent. E_DAMAGED: it was removed, but
 * could not be overwritten. Anything else: it is still there. */
enum rc file_erase(int dirfd, const char *name, struct err *e) MUST_CHECK;
/* The same with one fsync for all of it, and the directory is the caller's to fsync. */
enum rc file_shred(int dirfd, const char *name, struct err *e) MUST_CHECK;
/* Unlink without overwriting. OK when absent. The directory is the caller's to fsync. */
enum rc file_unlink(int dirfd, const char *name, struct err *e) MUST_CHECK;
/* Small files of one size: an 8-byte magic first, BLAKE2b-128 of all before it last. An accident check, no security. */
void file_sum_put(unsigned char *p, size_t size);
bool file_sum_ok(const unsigned char *p, size_t n, size_t size, const char magic[8]);
/* BLAKE2b-256 of the content. E_NOTFOUND: absent. */
enum rc file_hash(int dirfd, const char *name, unsigned char out[32], struct err *e) MUST_CHECK;

#endif
