/*
 * cmd/outdir.h: a directory of new files that is there whole or not at all. It is made as NAME.partial beside its place,
 * and renamed when it is complete; on failure what was made is removed. A run that is killed leaves NAME.partial.
 */
#ifndef PURSER_CMD_OUTDIR_H
#define PURSER_CMD_OUTDIR_H

#include "base/err.h"

struct outdir {
	int parent, dir;                /* -1: none */
	char *path, *name, *partial;    /* owned */
	char **made;                    /* files below dir, in the order they were made; owned */
	size_t n, cap;
	char **sub;                     /* directories below dir */
	size_t subs;
};
#define OUTDIR AUTO(outdir_end) struct outdir
#define OUTDIR_NONE { .parent = -1, .dir = -1 }

/* Nothing is at path yet, or an empty directory (no symbolic link to one). 0700. E_EXISTS, E_SYS, E_FULL. */
enum rc outdir_begin(struct outdir *o, const char *path, struct err *e) MUST_CHECK;
/* A new file "name" or "sub/name", 0600, open for reading and writing; the directory sub is made. */
enum rc outdir_new(struct outdir *o, const char *name, int *fd, struct err *e) MUST_CHECK;
/* All of a new file, on disk when it returns. */
enum rc outdir_put(struct outdir *o, const char *name, const void *p, size_t n, struct err *e) MUST_CHECK;
/* Take one away again. */
void outdir_drop(struct outdir *o, const char *name);
/* Rename to its place; afterwards outdir_end() removes nothing. */
enum rc outdir_finish(struct outdir *o, struct err *e) MUST_CHECK;
void outdir_end(struct outdir *o);

#endif
