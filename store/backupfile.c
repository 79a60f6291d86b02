/* store/backupfile.c: the format of a backup: checked from the first byte to the last before anything of it is
 * used. See backup.h. */
#include "store/backup_int.h"

#include "base/io.h"
#include "base/le.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char magic[8] = { 'P', 'U', 'R', 'S', 'B', 'A', 'K', '1' };
enum { B_FORMAT = 8, B_PARTS = 12, B_VAULT = 16, B_EPOCH = 32, B_MADE = 40, B_SIZE = 48, B_ZERO = 56 };
enum { P_LENGTH = 24, P_HASH = 32 };

bool
part_known(const char *name)
{
	if (strncmp(name, "log.", 4) == 0)
		return name[4] != '0' && name[4] != '\0' && strlen(name + 4) <= 4 &&
		       strspn(name + 4, "0123456789") == strlen(name + 4);
	return strcmp(name, "keys") == 0 || strcmp(name, "log") == 0 || strcmp(name, "store.db") == 0 ||
	    strcmp(name, "store.db-wal") == 0 || strcmp(name, "inbox") == 0;
}

void
backup_facts_of(struct backup_facts *f, const struct keys *k)
{
	memcpy(f->vault_id, keys_vault_id(k), sizeof f->vault_id);
	f->epoch = keys_epoch(k);
	f->kit = keys_kit(k);
	f->kit_needed = keys_kit_needed(k);
	f->kit_sheets = keys_kit_sheets(k);
	f->kit_made = keys_kit_made(k);
	f->kit_password = (keys_flags(k) & KEYS_KIT_PASSWORD) != 0;
	f->fingerprint[0] = '\0';
	if (f->kit != KIT_NONE)
		kit_fingerprint(f->fingerprint, f->vault_id, keys_r_pub(k), keys_pk0(k));
}

void
backup_head_put(unsigned char *out, const struct backup *b)
{
	unsigned char *p = out + BACKUP_HEAD;

	memset(out, 0, backup_head_len(b->parts));
	memcpy(out, magic, sizeof magic);
	le32_put(out + B_FORMAT, 1);
	le32_put(out + B_PARTS, b->parts);
	memcpy(out + B_VAULT, b->facts.vault_id, 16);
	le64_put(out + B_EPOCH, b->facts.epoch);
	le64_put(out + B_MADE, (uint64_t)b->facts.made_ms);
	le64_put(out + B_SIZE, b->facts.size);
	for (unsigned i = 0; i < b->parts; i++, p += BACKUP_ENTRY) {
		memcpy(p, b->part[i].name, strlen(b->part[i].name));
		le64_put(p + P_LENGTH, b->part[i].length);
		memcpy(p + P_HASH, b->part[i].hash, HASH_LEN);
	}
	hash256(p, out, (size_t)(p - out));
}

/* ---- reading ---- */

static enum rc
was_cut(struct err *e)
{
	return err_set(e, E_DAMAGED, N_("the backup is damaged: bytes are missing, or were added. Nothing was changed."));
}

static enum rc
bad_list(struct err *e)
{
	return err_set(e, E_DAMAGED, N_("the backup is damaged: its list of contents. Nothing was changed."));
}

static enum rc
bad_part(struct err *e, const struct part *t)
{
	return err_set(e, E_DAMAGED, N_("the backup is damaged in its part %s. Nothing was changed."), t->name);
}

/* One entry of the list. Each name once, none that is not ours. */
static bool
entry_read(struct backup *b, unsigned i, const unsigned char *p, uint64_t *at)
{
	struct part *t = &b->part[i];

	memcpy(t->name, p, BACKUP_NAME);
	t->name[BACKUP_NAME] = '\0';
	for (size_t n = strlen(t->name); n < BACKUP_NAME; n++)
		if (p[n] != 0)
			return false;
	t->length = le64_get(p + P_LENGTH);
	memcpy(t->hash, p + P_HASH, HASH_LEN);
	t->at = *at;
	if (!part_known(t->name) || t->length > b->facts.size - *at ||
	    (strcmp(t->name, "keys") == 0 && t->length != KEYS_SIZE))
		return false;
	for (unsigned k = 0; k < i; k++)
		if (strcmp(b->part[k].name, t->name) == 0)
			return false;
	*at += t->length;
	return true;
}

static const struct part *
find(const struct backup *b, const char *name)
{
	for (unsigned i = 0; i < b->parts; i++)
		if (strcmp(b->part[i].name, name) == 0)
			return &b->part[i];
	return NULL;
}

static enum rc
head_read(struct backup *b, const unsigned char *p, uint64_t size, struct err *e)
{
	size_t list = BACKUP_HEAD + (size_t)b->parts * BACKUP_ENTRY;
	uint64_t at = list + HASH_LEN;
	unsigned char sum[HASH_LEN];

	hash256(sum, p, list);
	if (!same_bytes(sum, p + list, sizeof sum))
		return bad_list(e);
	b->facts.made_ms = (int64_t)le64_get(p + B_MADE);
	b->facts.size = le64_get(p + B_SIZE);
	memcpy(b->facts.vault_id, p + B_VAULT, 16);
	b->facts.epoch = le64_get(p + B_EPOCH);
	if (b->facts.size != size || size < at + HASH_LEN)
		return was_cut(e);
	for (unsigned i = 0; i < b->parts; i++)
		if (!entry_read(b, i, p + BACKUP_HEAD + (size_t)i * BACKUP_ENTRY, &at))
			return bad_list(e);
	if (at + HASH_LEN != size || find(b, "keys") == NULL || find(b, "store.db") == NULL || find(b, "log") == NULL)
		return bad_list(e);
	return OK;
}

/* What is no backup at all is an input that is refused; what was one is damaged. */
static enum rc
head_load(struct backup *b, struct err *e)
{
	AUTO(auto_free) unsigned char *p = NULL;
	unsigned char first[BACKUP_HEAD];
	struct stat st;
	size_t got = 0, len;
	enum rc rc;

	if (fstat(b->fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot read the backup"));
	if (!S_ISREG(st.st_mode))
		return err_set(e, E_INPUT, N_("this is no regular file, so no backup of purser"));
	if ((rc = io_pread(b->fd, first, sizeof first, 0, &got, e)) != OK)
		return rc;
	if (got < sizeof magic || memcmp(first, magic, sizeof magic) != 0)
		return err_set(e, E_INPUT, N_("this is no backup of purser. Nothing was changed."));
	if (got < sizeof first)
		return was_cut(e);
	if (le32_get(first + B_FORMAT) != 1)
		return err_set(e, E_INPUT, N_("this backup was made by a newer version of purser. Nothing was changed."));
	b->parts = le32_get(first + B_PARTS);
	if (b->parts < 3 || b->parts > BACKUP_PARTS_MAX)
		return bad_list(e);
	len = backup_head_len(b->parts);
	if ((p = malloc(len)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = io_pread(b->fd, p, len, 0, &got, e)) != OK)
		return rc;
	return got < len ? was_cut(e) : head_read(b, p, (uint64_t)st.st_size, e);
}

/* One pass over the file: a hash for each part and one for all. */
struct pass {
	struct backup *b;
	const struct backup_how *how;
	struct hash_state whole;
	unsigned char *block;
	uint64_t at;
};

static enum rc
pass_over(struct pass *p, uint64_t n, struct hash_state *also, struct err *e)
{
	size_t k, got = 0;
	enum rc rc;

	for (; n > 0; n -= k, p->at += k) {
		k = n < BACKUP_BLOCK ? (size_t)n : BACKUP_BLOCK;
		if ((rc = io_pread(p->b->fd, p->block, k, (off_t)p->at, &got, e)) != OK)
			return rc;
		if (got != k)
			return was_cut(e);
		hash_add(&p->whole, p->block, k);
		if (also != NULL)
			hash_add(also, p->block, k);
		if (p->how != NULL && p->how->progress != NULL)
			p->how->progress(p->how->arg, p->at + k, p->b->facts.size);
	}
	return OK;
}

static enum rc
check_parts(struct pass *p, struct err *e)
{
	unsigned char sum[HASH_LEN], kept[HASH_LEN];
	size_t got = 0;
	enum rc rc;

	hash_begin(&p->whole);
	if ((rc = pass_over(p, backup_head_len(p->b->parts), NULL, e)) != OK)
		return rc;
	for (unsigned i = 0; i < p->b->parts; i++) {
		struct hash_state one;

		hash_begin(&one);
		if ((rc = pass_over(p, p->b->part[i].length, &one, e)) != OK)
			return rc;
		hash_end(&one, sum);
		if (!same_bytes(sum, p->b->part[i].hash, sizeof sum))
			return bad_part(e, &p->b->part[i]);
	}
	hash_end(&p->whole, sum);
	if ((rc = io_pread(p->b->fd, kept, sizeof kept, (off_t)p->at, &got, e)) != OK)
		return rc;
	if (got != sizeof kept || !same_bytes(sum, kept, sizeof sum))
		return was_cut(e);
	memcpy(p->b->facts.hash, sum, sizeof sum);
	return OK;
}

static enum rc
read_keys(struct backup *b, struct err *e)
{
	unsigned char raw[KEYS_SIZE];
	const struct part *t = find(b, "keys");
	struct backup_facts f = b->facts;
	size_t got = 0;
	enum rc rc;

	if (t == NULL)
		return bad_list(e);
	if ((rc = io_pread(b->fd, raw, sizeof raw, (off_t)t->at, &got, e)) != OK ||
	    (rc = keys_check(raw, got, &b->keys, e)) != OK)
		return rc;
	backup_facts_of(&b->facts, &b->keys);
	if (memcmp(f.vault_id, b->facts.vault_id, sizeof f.vault_id) != 0 || f.epoch != b->facts.epoch)
		return bad_part(e, t);
	return OK;
}

enum rc
backup_check(struct backup *b, int fd, const struct backup_how *how, struct err *e)
{
	struct pass p = { .b = b, .how = how };
	enum rc rc;

	b->fd = fd;
	if ((rc = head_load(b, e)) != OK)
		return rc;
	if ((p.block = malloc(BACKUP_BLOCK)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	rc = check_parts(&p, e);
	free(p.block);
	return rc != OK ? rc : read_keys(b, e);
}

enum rc
backup_open(struct backup **out, const char *path, const struct backup_how *how, struct err *e)
{
	AUTO(backup_close) struct backup *b = calloc(1, sizeof *b);
	int fd;
	enum rc rc;

	if (b == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	b->fd = -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_sys(e, errno == ENOENT ? E_NOTFOUND : E_SYS, N_("cannot open %s"), path);
	b->mine = true;
	b->fd = fd;
	if ((rc = backup_check(b, fd, how, e)) != OK)
		return rc;
	*out = b;
	b = NULL;
	return OK;
}

const struct backup_facts *
backup_facts(const struct backup *b)
{
	return &b->facts;
}

const char *
backup_part(const struct backup *b, unsigned i)
{
	return i < b->parts ? b->part[i].name : NULL;
}

void
backup_close(struct backup **bp)
{
	if (*bp == NULL)
		return;
	if ((*bp)->mine)
		auto_close(&(*bp)->fd);
	free(*bp);
	*bp = NULL;
}

/* ---- the parts as files ---- */

/* What was checked before may have changed since: what is written is hashed again. */
static enum rc
copy_out(const struct backup *b, const struct part *t, int to, struct err *e)
{
	AUTO(auto_free) unsigned char *block = malloc(BACKUP_BLOCK);
	unsigned char sum[HASH_LEN];
	struct hash_state h;
	size_t k, got = 0;
	enum rc rc;

	if (block == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	hash_begin(&h);
	for (uint64_t done = 0; done < t->length; done += k) {
		k = t->length - done < BACKUP_BLOCK ? (size_t)(t->length - done) : BACKUP_BLOCK;
		if ((rc = io_pread(b->fd, block, k, (off_t)(t->at + done), &got, e)) != OK)
			return rc;
		if (got != k)
			return bad_part(e, t);
		hash_add(&h, block, k);
		if ((rc = io_write(to, block, k, e)) != OK)
			return rc;
	}
	hash_end(&h, sum);
	if (!same_bytes(sum, t->hash, sizeof sum))
		return bad_part(e, t);
	return io_fsync(to, e);
}

enum rc
backup_extract(struct backup *b, int dirfd, const char *suffix, struct err *e)
{
	for (unsigned i = 0; i < b->parts; i++) {
		AUTO(auto_close) int fd = -1;
		char name[BACKUP_NAME + 32];
		enum rc rc;

		(void)snprintf(name, sizeof name, "%s%s", b->part[i].name, suffix);
		fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return err_sys(e, errno == EEXIST ? E_EXISTS : E_SYS, N_("cannot create %s"), name);
		if ((rc = copy_out(b, &b->part[i], fd, e)) != OK)
			return rc;
	}
	return io_fsync_dir(dirfd, e);
}
