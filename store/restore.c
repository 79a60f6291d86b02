/*
 * store/restore.c: a backup put in the place of a store; see backup.h. The files `restore` and `restored` (vault
 * directory):
 *
 *     magic "PURSRST1"(8) | parts u32 | flags u32: 1 the keys of this device stay | BLAKE2b-256 of `keys`(32) |
 *     parts x 64: name(24) | zero(8) | BLAKE2b-256(32) | BLAKE2b-256 of all before(32)
 *
 * `restore` is the commit point: while it is there the files NAME.restore are to be put in place, by whoever comes.
 * It becomes `restored`, which stands for the state RESTORED while `keys` is the one it names.
 */
#include "store/backup_int.h"

#include "base/io.h"
#include "base/le.h"
#include "store/device.h"
#include "store/files.h"
#include "store/lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#define SUFFIX ".restore"
#define PENDING "restore"
#define DONE "restored"
#define WAIT_MS 10000
#define REC_HEAD 48u
#define REC_MAX (REC_HEAD + BACKUP_PARTS_MAX * 64u + HASH_LEN)
enum { R_PARTS = 8, R_FLAGS = 12, R_KEYS = 16, RP_HASH = 32, KEEP_DEVICE = 1 };

struct record_of { unsigned char raw[REC_MAX]; unsigned parts, flags; };

static const unsigned char *
part_at(const struct record_of *r, unsigned i)
{
	return r->raw + REC_HEAD + (size_t)i * 64;
}

static size_t
record_len(unsigned parts)
{
	return REC_HEAD + (size_t)parts * 64 + HASH_LEN;
}

static void
record_make(struct record_of *r, const struct backup *b, unsigned flags)
{
	memset(r, 0, sizeof *r);
	r->parts = b->parts;
	r->flags = flags;
	memcpy(r->raw, "PURSRST1", 8);
	le32_put(r->raw + R_PARTS, b->parts);
	le32_put(r->raw + R_FLAGS, flags);
	hash256(r->raw + R_KEYS, b->keys.raw, KEYS_SIZE);
	for (unsigned i = 0; i < b->parts; i++) {
		memcpy(r->raw + REC_HEAD + (size_t)i * 64, b->part[i].name, strlen(b->part[i].name));
		memcpy(r->raw + REC_HEAD + (size_t)i * 64 + RP_HASH, b->part[i].hash, HASH_LEN);
	}
	hash256(r->raw + record_len(b->parts) - HASH_LEN, r->raw, record_len(b->parts) - HASH_LEN);
}

static bool
record_read(int dir, const char *name, struct record_of *r)
{
	unsigned char sum[HASH_LEN];
	size_t n = 0;

	if (file_read(dir, name, r->raw, sizeof r->raw, &n, NULL) != OK || n < REC_HEAD || memcmp(r->raw, "PURSRST1", 8) != 0)
		return false;
	r->parts = le32_get(r->raw + R_PARTS);
	r->flags = le32_get(r->raw + R_FLAGS);
	if (r->parts > BACKUP_PARTS_MAX || n != record_len(r->parts))
		return false;
	hash256(sum, r->raw, n - HASH_LEN);
	if (!same_bytes(sum, r->raw + n - HASH_LEN, sizeof sum))
		return false;
	for (unsigned i = 0; i < r->parts; i++)
		if (part_at(r, i)[BACKUP_NAME - 1] != 0 || !part_known((const char *)part_at(r, i)))
			return false;
	return true;
}

bool
vault_restored(const struct home *h)
{
	AUTO(auto_free) struct record_of *r = NULL;
	unsigned char sum[HASH_LEN];

	if (h->vault < 0 || !file_there(h->vault, DONE) || (r = malloc(sizeof *r)) == NULL || !record_read(h->vault, DONE, r))
		return false;
	return file_hash(h->vault, "keys", sum, NULL) == OK && same_bytes(sum, r->raw + R_KEYS, sizeof sum);
}

/* ---- files of the vault directory that go ---- */

static void
end_dir(DIR **d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

static enum rc
drop_files(int dir, bool (*drop)(const struct record_of *r, const char *name), const struct record_of *r, struct err *e)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(end_dir) DIR *d = again < 0 ? NULL : fdopendir(again);
	const struct dirent *f;
	enum rc rc;

	if (d == NULL) {
		if (again >= 0)
			(void)close(again);
		return err_sys(e, E_SYS, N_("cannot read the directory of the store"));
	}
	while ((f = readdir(d)) != NULL)
		if (drop(r, f->d_name) && (rc = file_unlink(dir, f->d_name, e)) != OK)
			return rc;
	return OK;
}

static bool
is_leftover(const struct record_of *r, const char *name)
{
	size_t n = strlen(name);

	(void)r;
	return n > strlen(SUFFIX) && strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0;
}

/* Whatever a run that was killed before its commit point left. */
static enum rc
drop_leftovers(int dir, struct err *e)
{
	enum rc rc = drop_files(dir, is_leftover, NULL, e);

	return rc != OK ? rc : file_unlink(dir, PENDING ".tmp", e);
}

/* Notes and earlier logs of the store that was there belong to no store any more. */
static bool
is_of_former(const struct record_of *r, const char *name)
{
	for (unsigned i = 0; i < r->parts; i++)
		if (strcmp((const char *)part_at(r, i), name) == 0)
			return false;
	return part_known(name);
}

/* ---- putting in place: needs no key, and may be done again from wherever it stopped ---- */

static enum rc
part_damaged(struct err *e, const char *name)
{
	return err_set(e, E_DAMAGED, N_("%s%s of an unfinished restore is damaged: restore the backup again"), name, SUFFIX);
}

/* The keys of the store that was there must not stay readable in bytes that nobody owns. */
static enum rc
swap_keys(int dir, struct err *e)
{
	if (file_there(dir, "keys") && renameat(dir, "keys", dir, "keys.old") < 0)
		return err_sys(e, E_SYS, N_("cannot rename %s"), "keys");
	if (renameat(dir, "keys" SUFFIX, dir, "keys") < 0)
		return err_sys(e, E_SYS, N_("cannot rename %s"), "keys" SUFFIX);
	return io_fsync_dir(dir, e);
}

static enum rc
put_part(int dir, const unsigned char *part, struct err *e)
{
	const char *name = (const char *)part;
	unsigned char sum[HASH_LEN];
	char from[BACKUP_NAME + sizeof SUFFIX];
	enum rc rc;

	(void)snprintf(from, sizeof from, "%s" SUFFIX, name);
	if ((rc = file_hash(dir, from, sum, e)) == E_NOTFOUND)
		return OK;                              /* done by an earlier run */
	if (rc != OK)
		return rc;
	if (!same_bytes(sum, part + RP_HASH, sizeof sum))
		return part_damaged(e, name);
	if (strcmp(name, "keys") == 0)
		return swap_keys(dir, e);
	/* The log of pages of the old store must never be found beside the new one. */
	if (strcmp(name, "store.db") == 0 && ((rc = file_unlink(dir, "store.db-wal", e)) != OK ||
	    (rc = file_unlink(dir, "store.db-shm", e)) != OK || (rc = io_fsync_dir(dir, e)) != OK))
		return rc;
	if (renameat(dir, from, dir, name) < 0)
		return err_sys(e, E_SYS, N_("cannot rename %s"), from);
	return io_fsync_dir(dir, e);
}

static enum rc
apply(const struct home *h, const struct record_of *r, struct err *e)
{
	enum rc rc;

	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < r->parts; i++)
			if ((strcmp((const char *)part_at(r, i), "store.db") == 0) == (pass == 0) &&
			    (rc = put_part(h->vault, part_at(r, i), e)) != OK)
				return rc;
	if ((rc = drop_files(h->vault, is_of_former, r, e)) != OK)
		return rc;
	if ((rc = file_erase(h->vault, "keys.old", e)) != OK && rc != E_DAMAGED)
		return rc;
	/* The last step of a change of keys of the store that was there. */
	if (h->device >= 0 && ((rc = file_unlink(h->device, "change", e)) != OK || (rc = io_fsync_dir(h->device, e)) != OK))
		return rc;
	if (r->flags & KEEP_DEVICE) {
		if ((rc = file_unlink(h->vault, DONE, e)) != OK || (rc = file_unlink(h->vault, PENDING, e)) != OK)
			return rc;
	} else if (renameat(h->vault, PENDING, h->vault, DONE) < 0) {
		return err_sys(e, E_SYS, N_("cannot rename %s"), PENDING);
	}
	return io_fsync_dir(h->vault, e);
}

/* ---- one at a time ---- */

static void
unlock_dir(int *dir)
{
	if (*dir >= 0)
		(void)flock(*dir, LOCK_UN);
}

static enum rc
lock_dir(int dir, int64_t wait_ms, struct err *e)
{
	int64_t until = monotonic_now_ms() + wait_ms;

	while (flock(dir, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, E_SYS, N_("cannot lock the store"));
		if (monotonic_now_ms() >= until)
			return err_set(e, E_BUSY, N_("another purser is restoring a backup here"));
		(void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	return OK;
}

enum rc
restore_finish(const struct home *h, struct err *e)
{
	AUTO(auto_free) struct record_of *r = NULL;
	AUTO(unlock_dir) int locked = -1;
	enum rc rc;

	if (h->vault < 0 || !file_there(h->vault, PENDING))
		return OK;
	if ((r = malloc(sizeof *r)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = lock_dir(h->vault, WAIT_MS, e)) != OK)
		return rc;
	locked = h->vault;
	if (!file_there(h->vault, PENDING))
		return OK;
	if (!record_read(h->vault, PENDING, r))
		return err_set(e, E_DAMAGED, N_("the file `restore` of an unfinished restore is damaged: restore the backup again"));
	return apply(h, r, e);
}

/* ---- restore ---- */

/* A store without a kit opens with its password and this device only. */
static enum rc
which_flags(const struct home *h, const struct backup *b, unsigned *flags, struct err *e)
{
	SECRET d = { 0 };
	unsigned char id[16];

	*flags = 0;
	if (b->facts.kit != KIT_NONE)
		return OK;
	if (h->device >= 0 && device_key_read(h->device, "device.key", &d, NULL) == OK) {
		keys_device_id_of(id, d.bytes);
		if (memcmp(id, keys_device_id(&b->keys), sizeof id) == 0) {
			*flags = KEEP_DEVICE;
			return OK;
		}
	}
	return err_set(e, E_FAILED,
	    N_("this backup was made before the store had a kit, and this computer is not the one it was made on: "
	       "nothing opens it. "
	       "Nothing was changed."));
}

static enum rc
commit(const struct home *h, const struct record_of *r, struct err *e)
{
	enum rc rc;

	if ((rc = io_create(h->vault, PENDING ".tmp", 0600, r->raw, record_len(r->parts), e)) != OK ||
	    (rc = io_fsync_dir(h->vault, e)) != OK)
		return rc;
	if (renameat(h->vault, PENDING ".tmp", h->vault, PENDING) < 0)
		return err_sys(e, E_SYS, N_("cannot rename %s"), PENDING ".tmp");
	return io_fsync_dir(h->vault, e);
}

enum rc
backup_restore(struct home *h, struct backup *b, int64_t wait_ms, struct err *e)
{
	AUTO(auto_free) struct record_of *r = malloc(sizeof *r);
	AUTO(store_lock_release) struct store_lock *l = NULL;
	AUTO(unlock_dir) int locked = -1;
	unsigned flags;
	enum rc rc;

	if (r == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = which_flags(h, b, &flags, e)) != OK || (rc = home_create_vault(h, e)) != OK)
		return rc;
	/* No store lock where nothing is left of a device: then nobody writes here. */
	if (h->device >= 0 && (rc = store_lock_take(h, wait_ms, &l, e)) != OK && rc != E_DAMAGED)
		return rc;
	if ((rc = lock_dir(h->vault, wait_ms, e)) != OK)
		return rc;
	locked = h->vault;
	record_make(r, b, flags);
	if ((rc = drop_leftovers(h->vault, e)) != OK)
		return rc;
	if ((rc = backup_extract(b, h->vault, SUFFIX, e)) == OK)
		rc = commit(h, r, e);
	if (rc != OK) {
		if (!file_there(h->vault, PENDING) && drop_leftovers(h->vault, NULL) != OK)
			err_next(e, "purser restore FILE");
		return rc;
	}
	return apply(h, r, e);
}

void
restore_tidy(const struct home *h)
{
	static const char *const first[] = { "keys" SUFFIX, "log" SUFFIX, "store.db" SUFFIX, PENDING ".tmp" };
	AUTO(unlock_dir) int locked = -1;
	bool some = false;
	enum rc rc = OK;

	if (file_there(h->device, BACKUP_STATE ".tmp"))
		rc = file_unlink(h->device, BACKUP_STATE ".tmp", NULL);
	if (h->vault < 0)
		return;
	if (file_there(h->vault, DONE) && !vault_restored(h))
		rc = file_unlink(h->vault, DONE, NULL);
	for (size_t i = 0; i < COUNTOF(first); i++)
		some = some || file_there(h->vault, first[i]);
	/* Not those of a restore that goes on, or of one that is to be gone on with. */
	if (!some || lock_dir(h->vault, 0, NULL) != OK)
		return;
	locked = h->vault;
	if (!file_there(h->vault, PENDING))
		rc = drop_leftovers(h->vault, NULL);
	(void)rc;                                       /* the next one tries again */
}
