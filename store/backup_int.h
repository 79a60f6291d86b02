/* store/backup_int.h: the format of a backup, for its writer and its reader; private to store/backup*.c and
 * restore.c. */
#ifndef PURSER_STORE_BACKUP_INT_H
#define PURSER_STORE_BACKUP_INT_H

#include "store/backup.h"
#include "store/keysfile.h"

#define BACKUP_HEAD 64u
#define BACKUP_ENTRY 64u
#define BACKUP_NAME 24u
#define BACKUP_PARTS_MAX 64u
#define BACKUP_BLOCK (1u << 18)

struct part { char name[BACKUP_NAME + 1]; uint64_t at, length; unsigned char hash[HASH_LEN]; };

struct backup {
	int fd;
	bool mine;                      /* fd is closed with it */
	struct backup_facts facts;
	struct keys keys;
	struct part part[BACKUP_PARTS_MAX];
	unsigned parts;
};

/* May a file of this name be in a backup? */
bool part_known(const char *name);
/* Bytes before the first part. */
static inline size_t backup_head_len(unsigned parts) { return BACKUP_HEAD + (size_t)parts * BACKUP_ENTRY + HASH_LEN; }
/* Header and list of parts out of b; out has backup_head_len(). */
void backup_head_put(unsigned char *out, const struct backup *b);
/* Everything of fd: header, parts, the whole. Fills b. */
enum rc backup_check(struct backup *b, int fd, const struct backup_how *how, struct err *e) MUST_CHECK;
void backup_facts_of(struct backup_facts *f, const struct keys *k);

#endif
