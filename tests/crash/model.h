/* tests/crash/model.h: what sim.c records and images.c plays; private to these two. */
#ifndef PURSER_TESTS_CRASH_MODEL_H
#define PURSER_TESTS_CRASH_MODEL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#define DIE(...)                                                                                                       \
	do {                                                                                                           \
		fprintf(stderr, "Bail out! crash simulator: " __VA_ARGS__);                                            \
		fputc('\n', stderr);                                                                                   \
		abort();                                                                                               \
	} while (0)
#define NAME_LEN 96

enum op_kind { OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_LINK, OP_UNLINK, OP_RENAME };

struct op {
	enum op_kind kind;
	int node;                       /* file or directory acted on; of names: the directory */
	int child;                      /* OP_LINK, OP_RENAME: what the name leads to */
	char name[NAME_LEN], to[NAME_LEN];
	off_t at;                       /* OP_WRITE: offset; OP_TRUNCATE: size; OP_SYNC: ordinal */
	unsigned char *data;
	size_t n;
	int mark;
};
struct entry { char name[NAME_LEN]; int node; };
struct dirlist { struct entry *v; size_t n; };
struct bytes_of { unsigned char *p; size_t n, cap; };
struct node {
	ino_t ino;
	bool dir;
	char path[256];                 /* below home, as first seen */
	struct bytes_of first, cur, durable;      /* first: at sim_begin() */
	struct dirlist dfirst, dcur, ddurable;
	int *pending;                   /* operations not synced */
	size_t npending, cpending;
};

struct forbidden { size_t op, n; unsigned char p[32]; };         /* op: of the first image that must not have it */

struct recording {
	char home[PATH_MAX];
	struct op *ops;
	size_t nops, cops;
	struct node *nodes;
	size_t nnodes;
	int mark, first_mark, syncs;
	struct forbidden *gone;
	size_t ngone;
};
extern struct recording S;

void *grow(void *p, size_t n);
void bytes_put(struct bytes_of *b, size_t at, const unsigned char *p, size_t n);
void bytes_size(struct bytes_of *b, size_t n);
void bytes_copy(struct bytes_of *to, const struct bytes_of *from);
int names_find(const struct dirlist *d, const char *name);
void names_set(struct dirlist *d, const char *name, int node);
void names_drop(struct dirlist *d, const char *name);
void names_copy(struct dirlist *to, const struct dirlist *from);

struct sim_opts;
void apply_names(struct dirlist *d, const struct op *o);
void apply_bytes(struct bytes_of *b, const struct op *o);
bool sim_sync_lost(size_t k, int drop);
void model_rewind(void);                            /* to sim_begin() */
void model_play(size_t k, const struct sim_opts *opt);

#endif
