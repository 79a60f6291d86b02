/* store/backup.c: writing a backup without a key, while the store is in use; see backup.h. */
#include "store/backup_int.h"

#include "base/io.h"
#include "base/le.h"
#include "base/time.h"
#include "store/files.h"
#include "store/lock.h"
#include "store/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define LOG_WAIT_MS 2000
#define STATE_MAGIC "PURSBST1"
#define STATE_SIZE                                                                                                     \
	96u /* magic 8 | vault_id 16 | made i64 | size u64 | hash 32 | zero 8 | BLAKE2b-128 of all before 16 */

/* ---- holding the store still ---- */

/*
 * SQLite's own locks, as its unix VFS takes them (os_unix.c, wal.c): SHARED on the database keeps the last one who closes
 * from copying the WAL back and removing it; a shared lock on the byte of reader 0 of the WAL index (a reader of nothing
 * but the database) keeps everybody from copying any frame of the WAL back. Under both the pages of store.db do not
 * change. New frames go to the WAL meanwhile, and whoever opens the store first may rebuild the index.
 */
enum { SHARED_FIRST = 0x40000000 + 2, SHARED_SIZE = 510, SHM_READER_0 = 120 + 3 };

struct still { int db, shm, log; };

static void
still_end(struct still *s)
{
	auto_close(&s->log);
	auto_close(&s->shm);
	auto_close(&s->db);
}

static enum rc
lock_shared(int fd, off_t at, off_t n, int64_t until, struct err *e)
{
	struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = n };

	while (fcntl(fd, F_SETLK, &l) < 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return err_sys(e, E_SYS, N_("cannot lock the store"));
		if (monotonic_now_ms() >= until)
			return err_set(e, E_BUSY, N_("another purser is writing the store"));
		(void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	return OK;
}

static enum rc
hold_pages(struct still *s, const struct home *h, int64_t wait_ms, struct err *e)
{
	int64_t until = monotonic_now_ms() + wait_ms;
	enum rc rc;

	s->db = openat(h->vault, "store.db", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (s->db < 0 && errno == ENOENT)
		return err_set(e, E_DAMAGED, N_("store.db is missing; restore it from backup"));
	if (s->db < 0)
		return err_sys(e, E_SYS, N_("cannot open %s"), "store.db");
	if ((rc = lock_shared(s->db, SHARED_FIRST, SHARED_SIZE, until, e)) != OK)
		return rc;
	s->shm = openat(h->vault, "store.db-shm", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
	if (s->shm < 0 && (errno == EROFS || errno == EACCES))
		return OK;                              /* where nobody can write, nobody makes a checkpoint */
	if (s->shm < 0)
		return err_sys(e, E_SYS, N_("cannot open %s"), "store.db-shm");
	return lock_shared(s->shm, SHM_READER_0, 1, until, e);
}

/* Appends hold the same lock exclusively. Without a device directory there are none. */
static enum rc
hold_log(struct still *s, const struct home *h, struct err *e)
{
	int64_t until = monotonic_now_ms() + LOG_WAIT_MS;

	if (h->device < 0)
		return OK;
	s->log = openat(h->device, "logstate", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (s->log < 0)
		return errno == ENOENT ? OK : err_sys(e, E_SYS, N_("cannot open %s"), "logstate");
	while (flock(s->log, LOCK_SH | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, E_SYS, N_("cannot lock the log"));
		if (monotonic_now_ms() >= until)
			return err_set(e, E_BUSY, N_("another purser is writing the log"));
		(void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	return OK;
}

/* ---- the file ---- */

struct out {
	int fd;
	uint64_t at;                    /* next byte of the file */
	uint64_t of;                    /* about how many there will be */
	struct backup b;
	unsigned char *block;
	const struct backup_how *how;
};

static enum rc
add_bytes(struct out *o, int from, uint64_t n, struct part *t, struct err *e)
{
	struct hash_state h;
	size_t k, got = 0;
	enum rc rc;

	hash_begin(&h);
	for (uint64_t done = 0; done < n; done += k) {
		k = n - done < BACKUP_BLOCK ? (size_t)(n - done) : BACKUP_BLOCK;
		if ((rc = io_pread(from, o->block, k, (off_t)done, &got, e)) != OK)
			return rc;
		if (got != k)
			return err_set(e, E_BUSY, N_("%s was cut while it was copied"), t->name);
		hash_add(&h, o->block, k);
		if ((rc = io_pwrite(o->fd, o->block, k, (off_t)o->at, e)) != OK)
			return rc;
		o->at += k;
		if (o->how->progress != NULL)
			o->how->progress(o->how->arg, o->at, o->of > o->at ? o->of : o->at);
	}
	t->length = n;
	hash_end(&h, t->hash);
	return OK;
}

static struct part *
next_part(struct out *o, const char *name)
{
	struct part *t = &o->b.part[o->b.parts++];

	(void)snprintf(t->name, sizeof t->name, "%s", name);
	t->at = o->at;
	return t;
}

/* Whole records only: a killed append may have left the beginning of one. */
static uint64_t
log_length(int fd, uint64_t size)
{
	unsigned char len[4];
	uint64_t at = 0, n;
	size_t got = 0;

	while (at + sizeof len <= size) {
		if (io_pread(fd, len, sizeof len, (off_t)at, &got, NULL) != OK || got != sizeof len)
			break;
		n = le32_get(len);
		if (n < LOG_FIXED || n > size - at - sizeof len)
			break;
		at += sizeof len + n;
	}
	/* What cannot be a record is damage, and damage is copied as it is. */
	return size - at < LOG_FIXED + LOG_TEXT_MAX ? at : size;
}

/* E_NOTFOUND: no such file (without message). */
static enum rc
add_file(struct out *o, const struct home *h, const char *name, struct err *e)
{
	AUTO(auto_close) int fd = openat(h->vault, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	uint64_t n;

	if (fd < 0)
		return errno == ENOENT ? E_NOTFOUND : err_sys(e, E_SYS, N_("cannot open %s"), name);
	if (fstat(fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot open %s"), name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, E_DAMAGED, N_("%s is not a regular file"), name);
	n = strcmp(name, "log") == 0 ? log_length(fd, (uint64_t)st.st_size) : (uint64_t)st.st_size;
	if (n == 0 && (strcmp(name, "store.db-wal") == 0 || strcmp(name, "inbox") == 0))
		return E_NOTFOUND;
	return add_bytes(o, fd, n, next_part(o, name), e);
}

static enum rc
must_have(enum rc rc, const char *name, struct err *e)
{
	return rc == E_NOTFOUND ? err_set(e, E_DAMAGED, N_("%s is missing; restore it from backup"), name) : rc;
}

/* What is copied while nobody writes. */
static enum rc
add_small(struct out *o, const struct home *h, struct err *e)
{
	enum rc rc;

	if ((rc = must_have(add_file(o, h, "keys", e), "keys", e)) != OK ||
	    (rc = must_have(add_file(o, h, "log", e), "log", e)) != OK)
		return rc;
	for (unsigned i = 1; o->b.parts < BACKUP_PARTS_MAX - 2; i++) {
		char name[16];

		(void)snprintf(name, sizeof name, "log.%u", i);
		if (!part_known(name) || (rc = add_file(o, h, name, e)) == E_NOTFOUND)
			break;
		if (rc != OK)
			return rc;
	}
	rc = add_file(o, h, "inbox", e);
	if (rc == OK || rc == E_NOTFOUND)
		rc = add_file(o, h, "store.db-wal", e);
	return rc == E_NOTFOUND ? OK : rc;
}

static uint64_t
size_of(const struct home *h, const char *name)
{
	struct stat st;

	return fstatat(h->vault, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_size : 0;
}

static unsigned
log_files(const struct home *h)
{
	char name[16];
	unsigned n = 1;

	do
		(void)snprintf(name, sizeof name, "log.%u", n++);
	while (file_there(h->vault, name) && n < BACKUP_PARTS_MAX);
	return n - 2;
}

static enum rc
copy_all(struct out *o, const struct home *h, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	AUTO(still_end) struct still s = { -1, -1, -1 };
	struct keys k;
	struct stat st;
	unsigned parts;
	enum rc rc;

	if (h->device >= 0 && (rc = store_lock_take(h, o->how->wait_ms, &l, e)) != OK)
		return rc;
	/* An append that a killed run left is finished or cut first, so that the copy ends where the log does. */
	(void)vault_log_fits(h);
	if ((rc = keys_read(h->vault, "keys", &k, e)) != OK || (rc = hold_pages(&s, h, o->how->wait_ms, e)) != OK ||
	    (rc = hold_log(&s, h, e)) != OK)
		return rc;
	/* How many parts there are decides where the first begins. */
	parts = 3 + log_files(h) + (size_of(h, "inbox") > 0) + (size_of(h, "store.db-wal") > 0);
	o->at = backup_head_len(parts);
	o->of = o->at + size_of(h, "keys") + size_of(h, "log") + size_of(h, "store.db-wal") + size_of(h, "store.db");
	if ((rc = add_small(o, h, e)) != OK)
		return rc;
	auto_close(&s.log);
	store_lock_release(&l);
	/* From here on others write to the WAL and the log; the pages stand still. */
	if (fstat(s.db, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot open %s"), "store.db");
	if ((rc = add_bytes(o, s.db, (uint64_t)st.st_size, next_part(o, "store.db"), e)) != OK)
		return rc;
	if (o->b.parts != parts)
		return err_set(e, E_BUSY, N_("files of the store came or went meanwhile"));
	backup_facts_of(&o->b.facts, &k);
	return OK;
}

/* Header, list, and the hash of everything. */
static enum rc
seal_file(struct out *o, struct err *e)
{
	AUTO(auto_free) unsigned char *head = malloc(backup_head_len(o->b.parts));
	unsigned char sum[HASH_LEN];
	struct hash_state whole;
	uint64_t from = backup_head_len(o->b.parts);
	size_t k, got = 0;
	enum rc rc;

	if (head == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	o->b.facts.made_ms = o->how->now_ms;
	o->b.facts.size = o->at + HASH_LEN;
	backup_head_put(head, &o->b);
	hash_begin(&whole);
	hash_add(&whole, head, (size_t)from);
	for (uint64_t at = from; at < o->at; at += k) {
		k = o->at - at < BACKUP_BLOCK ? (size_t)(o->at - at) : BACKUP_BLOCK;
		if ((rc = io_pread(o->fd, o->block, k, (off_t)at, &got, e)) != OK)
			return rc;
		if (got != k)
			return err_set(e, E_SYS, N_("the backup cannot be read back"));
		hash_add(&whole, o->block, k);
	}
	hash_end(&whole, sum);
	memcpy(o->b.facts.hash, sum, sizeof sum);
	if ((rc = io_pwrite(o->fd, head, (size_t)from, 0, e)) != OK ||
	    (rc = io_pwrite(o->fd, sum, sizeof sum, (off_t)o->at, e)) != OK)
		return rc;
	return io_fsync(o->fd, e);
}

/* From the medium, as far as the kernel lets go of what it has in memory. */
static enum rc
read_back(struct out *o, struct err *e)
{
	AUTO(auto_free) struct backup *again = calloc(1, sizeof *again);
	struct err why = { .rc = OK };
	enum rc rc;

	if (again == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	(void)posix_fadvise(o->fd, 0, 0, POSIX_FADV_DONTNEED);
	rc = backup_check(again, o->fd, NULL, &why);
	if (rc == OK && memcmp(again->facts.hash, o->b.facts.hash, HASH_LEN) != 0)
		rc = err_set(&why, E_DAMAGED, N_("it is another file"));
	if (rc == OK)
		return OK;
	return err_set(e, E_FAILED,
	    N_("what was written does not read back (%s): the medium is bad. No backup was made."), why.what);
}

/* ---- names ---- */

struct place { int dir; char name[256], part[272]; };

static void
place_end(struct place *p)
{
	auto_close(&p->dir);
}

static enum rc
place_find(struct place *p, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	char dir[4096];
	size_t n = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);

	if (name[0] == '\0' || strlen(name) >= sizeof p->name - 32 || n >= sizeof dir)
		return err_set(e, E_USAGE, N_("%s is no name for a file"), path);
	memcpy(dir, slash == NULL ? "." : path, n);
	dir[n] = '\0';
	(void)snprintf(p->name, sizeof p->name, "%s", name);
	(void)snprintf(p->part, sizeof p->part, ".%s.purser-part", name);
	p->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0)
		return err_sys(e, E_SYS, N_("cannot open directory %s"), dir);
	if (file_there(p->dir, p->name))
		return err_set(e, E_EXISTS, N_("%s is there already; a backup never overwrites a file. Nothing was written."), path);
	return OK;
}

/* A part of a run that was killed is nobody's: whoever still writes one holds its lock. */
static enum rc
part_open(const struct place *p, int *fd, struct err *e)
{
	struct stat st, named;

	*fd = openat(p->dir, p->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
	if (*fd < 0)
		return err_sys(e, E_SYS, N_("cannot create %s"), p->part);
	if (flock(*fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return err_set(e, E_BUSY, N_("another purser is writing this backup"));
	/* Between the two calls whoever held the lock may have finished: what was opened is a backup then, not a part. */
	if (fstat(*fd, &st) == 0 && (fstatat(p->dir, p->part, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
	    named.st_ino != st.st_ino || named.st_dev != st.st_dev))
		return err_set(e, E_BUSY, N_("another purser is writing this backup"));
	if (fstat(*fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 || fchmod(*fd, 0600) < 0 || ftruncate(*fd, 0) < 0)
		return err_sys(e, E_SYS, N_("cannot create %s"), p->part);
	return OK;
}

static enum rc
put_in_place(const struct place *p, const char *path, struct err *e)
{
	int r = renameat2(p->dir, p->part, p->dir, p->name, RENAME_NOREPLACE);

	/* A file system that knows no such rename: looked at just before. */
	if (r < 0 && (errno == EINVAL || errno == ENOSYS)) {
		if (file_there(p->dir, p->name))
			errno = EEXIST;
		else
			r = renameat(p->dir, p->part, p->dir, p->name);
	}
	if (r < 0 && errno == EEXIST)
		return err_set(e, E_EXISTS, N_("%s is there already; a backup never overwrites a file. Nothing was written."), path);
	if (r < 0)
		return err_sys(e, E_SYS, N_("cannot create %s"), path);
	return io_fsync_dir(p->dir, e);
}

/* ---- what is known of it afterwards: a small file, not the log: a record of every backup would make each one
 * older than its store at once ---- */

static void
remember(const struct home *h, const struct backup *b)
{
	unsigned char p[STATE_SIZE] = STATE_MAGIC;
	enum rc rc;

	if (h->device < 0)
		return;
	memcpy(p + 8, b->facts.vault_id, 16);
	le64_put(p + 24, (uint64_t)b->facts.made_ms);
	le64_put(p + 32, b->facts.size);
	memcpy(p + 40, b->facts.hash, HASH_LEN);
	file_sum_put(p, sizeof p);
	rc = io_replace(h->device, BACKUP_STATE, 0600, p, sizeof p, NULL);
	(void)rc;                                       /* the backup is there all the same */
}

int64_t
backup_last(const struct home *h, const unsigned char vault_id[16])
{
	unsigned char p[STATE_SIZE + 1];
	size_t n = 0;

	if (h->device < 0 || file_read(h->device, BACKUP_STATE, p, sizeof p, &n, NULL) != OK ||
	    !file_sum_ok(p, n, STATE_SIZE, STATE_MAGIC) || memcmp(p + 8, vault_id, 16) != 0)
		return 0;
	return (int64_t)le64_get(p + 24);
}

/* ---- all of it ---- */

static enum rc
write_part(struct out *o, const struct home *h, struct err *e)
{
	enum rc rc;

	if ((o->block = malloc(BACKUP_BLOCK)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = copy_all(o, h, e)) == OK && (rc = seal_file(o, e)) == OK)
		rc = read_back(o, e);
	free(o->block);
	return rc;
}

enum rc
backup_write(
    const struct home *h, const char *path, const struct backup_how *how, struct backup_facts *out, struct err *e)
{
	AUTO(place_end) struct place p = { .dir = -1 };
	AUTO(auto_free) struct out *o = calloc(1, sizeof *o);
	AUTO(auto_close) int fd = -1;
	enum rc rc;

	if (o == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (h->vault < 0 || (!file_there(h->vault, "keys") && !file_there(h->vault, "store.db")))
		return err_set(e, E_NOTFOUND, N_("no store at %s"), h->vault_path);
	if ((rc = place_find(&p, path, e)) != OK || (rc = part_open(&p, &fd, e)) != OK)
		return rc;
	o->fd = fd;
	o->how = how;
	if ((rc = write_part(o, h, e)) == OK)
		rc = put_in_place(&p, path, e);
	if (rc != OK) {
		(void)unlinkat(p.dir, p.part, 0);
		return rc;
	}
	remember(h, &o->b);
	*out = o->b.facts;
	return OK;
}
