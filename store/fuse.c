/* store/fuse.c: see fuse.h. */
#include "store/fuse.h"

#include "base/io.h"
#include "base/le.h"
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { F_VAULT_ID = 8, F_EPOCH = 24, F_WRAPS = 32, F_MADE = 448, F_LOG_SEQ = 456, F_ZERO = 464, F_SUM = 480 };
enum { E_VERSION = 16, E_WRAP = 24 };

static const char magic[8] = { 'P', 'U', 'R', 'S', 'F', 'U', 'S', '1' };
static const unsigned char zeros[FUSE_ENTRY];
static const char *const names[3] = { "fuse.next", "fuse", "fuse.old" };

struct fuse {
	const struct home *h;           /* borrowed */
	int fd;
	struct fuse_head head;
	unsigned char *entries;         /* wraps are ciphertext: plain memory will do, wiped all the same */
	size_t n;                       /* places, free ones too */
};

bool
freeze_marked(const struct home *h)
{
	return file_there(h->device, FREEZE_MARKER);
}

/* ---- sector 0 ---- */

enum rc
fuse_head_check(const unsigned char *p, size_t n, const unsigned char *vault_id, struct fuse_head *out, struct err *e)
{
	struct fuse_head h;
	unsigned char sum[32];

	if (n < FUSE_SECTOR || memcmp(p, magic, sizeof magic) != 0)
		return err_set(e, E_DAMAGED, N_("the fuse file is damaged: secrets only through thaw"));
	hash256(sum, p, F_SUM);
	if (!same_bytes(sum, p + F_SUM, sizeof sum) || memcmp(p + F_ZERO, zeros, F_SUM - F_ZERO) != 0)
		return err_set(e, E_DAMAGED, N_("the fuse file is damaged: secrets only through thaw"));
	if (vault_id != NULL && memcmp(p + F_VAULT_ID, vault_id, 16) != 0)
		return err_set(e, E_DAMAGED, N_("the fuse file belongs to another store: secrets only through thaw"));
	memcpy(h.raw, p, FUSE_SECTOR);
	h.epoch = le64_get(p + F_EPOCH);
	h.log_seq = le64_get(p + F_LOG_SEQ);
	h.made_ms = (int64_t)le64_get(p + F_MADE);
	memcpy(h.wraps, p + F_WRAPS, sizeof h.wraps);
	*out = h;
	return OK;
}

void
fuse_head_make(unsigned char out[FUSE_SECTOR], const unsigned char vault_id[16], uint64_t epoch,
    unsigned char wraps[KEYS_SLOTS][WRAPS_LEN], int64_t made_ms, uint64_t log_seq)
{
	memset(out, 0, FUSE_SECTOR);
	memcpy(out, magic, sizeof magic);
	memcpy(out + F_VAULT_ID, vault_id, 16);
	le64_put(out + F_EPOCH, epoch);
	memcpy(out + F_WRAPS, wraps, (size_t)KEYS_SLOTS * WRAPS_LEN);
	le64_put(out + F_MADE, (uint64_t)made_ms);
	le64_put(out + F_LOG_SEQ, log_seq);
	hash256(out + F_SUM, out, F_SUM);
}

/* ---- one request ---- */

void
fuse_close(struct fuse **f)
{
	if (*f == NULL)
		return;
	auto_close(&(*f)->fd);
	if ((*f)->entries != NULL)
		wipe((*f)->entries, (*f)->n * FUSE_ENTRY);
	free((*f)->entries);
	wipe(&(*f)->head, sizeof (*f)->head);
	free(*f);
	*f = NULL;
}

static enum rc
frozen(struct err *e)
{
	enum rc rc = err_set(e, E_FROZEN, N_("frozen: no password or code can be read. Nothing was changed"));

	err_next(e, "purser thaw");
	return rc;
}

/* The whole file at once: 1.3 MB for 10,000 entries, a fraction of a millisecond from the page cache. */
static enum rc
load(struct fuse *f, const unsigned char vault_id[16], struct err *e)
{
	unsigned char sector[FUSE_SECTOR];
	struct stat st;
	size_t got, size;
	enum rc rc;

	if (fstat(f->fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot read the fuse file"));
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)(FUSE_SECTOR + FUSE_ENTRIES_MAX * (size_t)FUSE_ENTRY))
		return err_set(e, E_DAMAGED, N_("the fuse file is damaged: secrets only through thaw"));
	if ((rc = io_pread(f->fd, sector, sizeof sector, 0, &got, e)) != OK ||
	    (rc = fuse_head_check(sector, got, vault_id, &f->head, e)) != OK)
		return rc;
	/* A last entry that is cut belongs to a write that was never acknowledged: its place is free. */
	size = (size_t)st.st_size - FUSE_SECTOR;
	f->n = size / FUSE_ENTRY;
	if ((f->entries = malloc(f->n * FUSE_ENTRY + 1)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = io_pread(f->fd, f->entries, f->n * FUSE_ENTRY, FUSE_SECTOR, &got, e)) != OK)
		return rc;
	return got == f->n * FUSE_ENTRY
		   ? OK
		   : err_set(e, E_DAMAGED, N_("the fuse file is damaged: secrets only through thaw"));
}

enum rc
fuse_open(const struct home *h, const unsigned char vault_id[16], bool write, struct fuse **out, struct err *e)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	enum rc rc;

	if (freeze_marked(h))
		return frozen(e);
	if ((f = calloc(1, sizeof *f)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	f->h = h;
	f->fd = openat(h->device, "fuse", (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (f->fd < 0 && errno == ENOENT)
		return frozen(e);
	if (f->fd < 0)
		return err_sys(e, errno == ELOOP ? E_DAMAGED : E_SYS, N_("cannot open the fuse file"));
	if ((rc = load(f, vault_id, e)) != OK)
		return freeze_marked(h) ? frozen(e) : rc;
	if (freeze_marked(h))
		return frozen(e);
	*out = f;
	f = NULL;
	return OK;
}

const struct fuse_head *
fuse_head(const struct fuse *f)
{
	return &f->head;
}

static unsigned char *
place(const struct fuse *f, size_t i)
{
	return f->entries + i * FUSE_ENTRY;
}

static bool
is_free(const unsigned char *entry)
{
	return memcmp(entry, zeros, FUSE_ENTRY) == 0;
}

static bool
is_entry(const unsigned char *entry, const unsigned char rec[ID_LEN], uint64_t version)
{
	return memcmp(entry, rec, ID_LEN) == 0 && le64_get(entry + E_VERSION) == version;
}

size_t
fuse_used(const struct fuse *f)
{
	size_t used = 0;

	for (size_t i = 0; i < f->n; i++)
		used += !is_free(place(f, i));
	return used;
}

enum rc
fuse_find(const struct fuse *f, const unsigned char rec[ID_LEN], uint64_t version, unsigned char wrap[RECORD_WRAP_LEN])
{
	for (size_t i = 0; i < f->n; i++) {
		if (!is_entry(place(f, i), rec, version))
			continue;
		memcpy(wrap, place(f, i) + E_WRAP, RECORD_WRAP_LEN);
		return OK;
	}
	return E_NOTFOUND;
}

/* In pieces: a reveal wants one entry of 10,000, and no megabyte of memory for it. */
static enum rc
look_through(
    int fd, const unsigned char rec[ID_LEN], uint64_t version, unsigned char wrap[RECORD_WRAP_LEN], struct err *e)
{
	unsigned char part[256 * FUSE_ENTRY];
	off_t at = FUSE_SECTOR;
	size_t got;
	enum rc rc;

	do {
		if ((rc = io_pread(fd, part, sizeof part, at, &got, e)) != OK)
			return rc;
		for (size_t i = 0; i + FUSE_ENTRY <= got; i += FUSE_ENTRY) {
			if (!is_entry(part + i, rec, version))
				continue;
			memcpy(wrap, part + i + E_WRAP, RECORD_WRAP_LEN);
			return OK;
		}
		at += (off_t)got;
	} while (got == sizeof part);
	return E_NOTFOUND;
}

enum rc
fuse_lookup(const struct home *h, const unsigned char vault_id[16], const unsigned char rec[ID_LEN], uint64_t version,
    unsigned char wrap[RECORD_WRAP_LEN], struct err *e)
{
	AUTO(auto_close) int fd = -1;
	unsigned char sector[FUSE_SECTOR];
	struct fuse_head head;
	size_t got;
	enum rc rc;

	if (freeze_marked(h))
		return frozen(e);
	fd = openat(h->device, "fuse", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return frozen(e);
	if (fd < 0)
		return err_sys(e, errno == ELOOP ? E_DAMAGED : E_SYS, N_("cannot open the fuse file"));
	if ((rc = io_pread(fd, sector, sizeof sector, 0, &got, e)) != OK ||
	    (rc = fuse_head_check(sector, got, vault_id, &head, e)) != OK)
		return rc;
	rc = look_through(fd, rec, version, wrap, e);
	return freeze_marked(h) ? frozen(e) : rc;
}

void
fuse_each(const struct fuse *f,
    bool (*fn)(void *ctx, const unsigned char *rec, uint64_t version, const unsigned char *wrap), void *ctx)
{
	for (size_t i = 0; i < f->n; i++) {
		const unsigned char *p = place(f, i);

		if (!is_free(p) && !fn(ctx, p, le64_get(p + E_VERSION), p + E_WRAP))
			return;
	}
}

/* ---- writing ---- */

/* After the fsync: if a freeze came meanwhile, what was just written must not survive it. */
static enum rc
still_there(struct fuse *f, size_t i, struct err *e)
{
	unsigned char noise[FUSE_ENTRY];
	struct stat st;
	enum rc rc;

	if (fstat(f->fd, &st) == 0 && st.st_nlink > 0 && !freeze_marked(f->h))
		return OK;
	random_bytes(noise, sizeof noise);
	if ((rc = io_pwrite(f->fd, noise, sizeof noise, (off_t)(FUSE_SECTOR + i * FUSE_ENTRY), e)) != OK ||
	    (rc = io_fsync(f->fd, e)) != OK)
		return rc;
	return frozen(e);
}

static enum rc
write_entry(struct fuse *f, size_t i, const unsigned char entry[FUSE_ENTRY], struct err *e)
{
	enum rc rc;

	if ((rc = io_pwrite(f->fd, entry, FUSE_ENTRY, (off_t)(FUSE_SECTOR + i * FUSE_ENTRY), e)) != OK)
		return rc;
	memcpy(place(f, i), entry, FUSE_ENTRY);
	return OK;
}

/* The place for a version: its own, the first free one, or a new one at the end. */
static enum rc
place_for(struct fuse *f, const unsigned char rec[ID_LEN], uint64_t version, size_t *at, struct err *e)
{
	size_t free_at = f->n;
	unsigned char *more;

	for (size_t i = 0; i < f->n; i++) {
		if (is_entry(place(f, i), rec, version)) {
			*at = i;
			return OK;
		}
		if (free_at == f->n && is_free(place(f, i)))
			free_at = i;
	}
	if (free_at == f->n) {
		if (f->n >= FUSE_ENTRIES_MAX)
			return err_set(e, E_FAILED, N_("the fuse file is full"));
		if ((more = realloc(f->entries, (f->n + 1) * FUSE_ENTRY)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		f->entries = more;
		memset(place(f, f->n), 0, FUSE_ENTRY);
		f->n++;
	}
	*at = free_at;
	return OK;
}

enum rc
fuse_put(struct fuse *f, const unsigned char rec[ID_LEN], uint64_t version, const unsigned char wrap[RECORD_WRAP_LEN],
    struct err *e)
{
	unsigned char entry[FUSE_ENTRY];
	size_t at = 0;
	enum rc rc;

	memcpy(entry, rec, ID_LEN);
	le64_put(entry + E_VERSION, version);
	memcpy(entry + E_WRAP, wrap, RECORD_WRAP_LEN);
	if ((rc = place_for(f, rec, version, &at, e)) != OK || (rc = write_entry(f, at, entry, e)) != OK ||
	    (rc = io_fsync(f->fd, e)) != OK)
		return rc;
	return still_there(f, at, e);
}

struct one { const unsigned char *rec; uint64_t version; };

static bool
is_another(void *ctx, const unsigned char *rec, uint64_t version)
{
	const struct one *o = ctx;

	return memcmp(rec, o->rec, ID_LEN) != 0 || version != o->version;
}

enum rc
fuse_zero(struct fuse *f, const unsigned char rec[ID_LEN], uint64_t version, struct err *e)
{
	struct one o = { rec, version };
	size_t pruned;

	return fuse_prune(f, is_another, &o, &pruned, e);
}

enum rc
fuse_prune(struct fuse *f, bool (*keep)(void *ctx, const unsigned char *rec, uint64_t version), void *ctx,
    size_t *pruned, struct err *e)
{
	enum rc rc;

	*pruned = 0;
	for (size_t i = 0; i < f->n; i++) {
		const unsigned char *p = place(f, i);

		if (is_free(p) || keep(ctx, p, le64_get(p + E_VERSION)))
			continue;
		if ((rc = write_entry(f, i, zeros, e)) != OK)
			return rc;
		++*pruned;
	}
	return *pruned > 0 ? io_fsync(f->fd, e) : OK;
}

/* ---- the entries of accounts ---- */

struct erasing { int fd; size_t n; bool (*take)(void *ctx, const unsigned char *rec); void *ctx; size_t done; };

/* The name stays until the second pass: a run that finishes this one finds it by the name. */
static enum rc
erase_pass(struct erasing *x, bool last, struct err *e)
{
	unsigned char entry[FUSE_ENTRY];
	size_t got;
	enum rc rc;

	x->done = 0;
	for (size_t i = 0; i < x->n; i++) {
		off_t at = (off_t)(FUSE_SECTOR + i * FUSE_ENTRY);

		if ((rc = io_pread(x->fd, entry, sizeof entry, at, &got, e)) != OK)
			return rc;
		if (got < sizeof entry || is_free(entry) || !x->take(x->ctx, entry))
			continue;
		if (last)
			memset(entry, 0, sizeof entry);
		else
			random_bytes(entry + E_WRAP, RECORD_WRAP_LEN);
		if ((rc = io_pwrite(x->fd, entry, sizeof entry, at, e)) != OK)
			return rc;
		x->done++;
	}
	return x->done > 0 ? io_fsync(x->fd, e) : OK;
}

enum rc
fuse_erase(const struct home *h, bool (*take)(void *ctx, const unsigned char *rec), void *ctx, size_t *erased,
    struct err *e)
{
	int how = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
	AUTO(auto_close) int fd = openat(h->device, "fuse", how);
	struct erasing x = { .take = take, .ctx = ctx };
	struct stat st;
	enum rc rc;

	*erased = 0;
	if (fd < 0 && errno == EACCES && fchmodat(h->device, "fuse", 0600, 0) == 0)
		fd = openat(h->device, "fuse", how);
	if (fd < 0 && errno == ENOENT)
		return OK;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot open the fuse file"));
	x.fd = fd;
	x.n = st.st_size > (off_t)FUSE_SECTOR ? ((size_t)st.st_size - FUSE_SECTOR) / FUSE_ENTRY : 0;
	if ((rc = erase_pass(&x, false, e)) != OK || (rc = erase_pass(&x, true, e)) != OK)
		return rc;
	*erased = x.done;
	return OK;
}

/* ---- whole files ---- */

static enum rc
fill(const struct home *h, int fd, const unsigned char *image, size_t n, struct err *e)
{
	struct stat st;
	enum rc rc;

	if (freeze_marked(h))
		return frozen(e);
	if ((rc = io_write(fd, image, n, e)) != OK || (rc = io_fsync(fd, e)) != OK)
		return rc;
	if (fstat(fd, &st) < 0 || st.st_nlink == 0 || freeze_marked(h))
		return frozen(e);
	return OK;
}

/* The inode may have lost its name to a freeze already: overwrite it through the descriptor, then the name. */
static void
undo(const struct home *h, int fd, const char *name, unsigned char *image, size_t n)
{
	struct err e = { .rc = OK };
	enum rc rc;

	random_bytes(image, n);
	if ((rc = io_pwrite(fd, image, n, 0, &e)) == OK)
		rc = io_fsync(fd, &e);
	rc = file_erase(h->device, name, &e);
	(void)rc;                               /* the error that led here is the one to report */
}

enum rc
fuse_write_new(const struct home *h, const char *name, const unsigned char head[FUSE_SECTOR],
    const struct fuse_entry *en, size_t n, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	AUTO(auto_free) unsigned char *image = malloc(FUSE_SECTOR + n * FUSE_ENTRY);
	enum rc rc;

	if (image == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	memcpy(image, head, FUSE_SECTOR);
	for (size_t i = 0; i < n; i++) {
		unsigned char *entry = image + FUSE_SECTOR + i * FUSE_ENTRY;

		memcpy(entry, en[i].rec, ID_LEN);
		le64_put(entry + E_VERSION, en[i].version);
		memcpy(entry + E_WRAP, en[i].wrap, RECORD_WRAP_LEN);
	}
	fd = openat(h->device, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, errno == EEXIST ? E_EXISTS : E_SYS, N_("cannot create %s"), name);
	if ((rc = fill(h, fd, image, FUSE_SECTOR + n * FUSE_ENTRY, e)) != OK)
		undo(h, fd, name, image, FUSE_SECTOR + n * FUSE_ENTRY);
	wipe(image, FUSE_SECTOR + n * FUSE_ENTRY);
	return rc;
}

bool
fuse_any(const struct home *h)
{
	for (size_t i = 0; i < COUNTOF(names); i++)
		if (file_there(h->device, names[i]))
			return true;
	return false;
}

/* A rename only moves content to a name still to come in this order. */
enum rc
fuse_destroy(const struct home *h, bool *some, struct err *e)
{
	struct err mine = { .rc = OK }, first = { .rc = OK };
	enum rc rc;

	*some = false;
	for (size_t i = 0; i < COUNTOF(names); i++) {
		if (!file_there(h->device, names[i]))
			continue;
		*some = true;
		rc = file_erase(h->device, names[i], &mine);
		if (rc != OK && (first.rc == OK || first.rc == E_DAMAGED))
			first = mine;
	}
	if (fuse_any(h))
		return err_set(e, E_FAILED, "%s", first.rc != OK ? first.what : N_("a fuse file is still there"));
	return first.rc == OK ? OK : err_set(e, E_DAMAGED, "%s", first.what);
}
