/* store/db.c: see db.h. Start of SQLite, opening, errors. */
#include "store/db.h"

#include "base/io.h"
#include "store/db_int.h"
#include "store/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define WAIT_MS 2000                        /* for another process's short locks */
#define CACHE_KB 16000
#define CACHE_AGENT_KB 64000
#define WAL_PAGES 1000                      /* a commit that leaves more in the WAL checkpoints; SQLite's own figure */
#define WAL_KEEP (8 << 20)                  /* bytes the WAL is cut back to after a large transaction */

/* ---- start ---- */

static bool started;                        /* SQLite's own state is global to the process */
static unsigned open_handles;

static enum rc
configure(struct err *e)
{
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, mem_methods()) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 1) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_URI, 0) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_MULTITHREAD) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_MMAP_SIZE, (sqlite3_int64)0, (sqlite3_int64)0) != SQLITE_OK ||
	    sqlite3_initialize() != SQLITE_OK)
		return err_set(e, E_FAILED, N_("SQLite was started by something else in this program"));
	vfs_hide_all();
	(void)sqlite3_hard_heap_limit64((sqlite3_int64)mem_limit());
	return vfs_system() != NULL ? OK : err_set(e, E_FAILED, N_("this SQLite has no file system that purser knows"));
}

enum rc
db_init(struct err *e)
{
	enum rc rc;

	if (started && mem_mine())
		return OK;
	if (started && open_handles > 0)
		return err_set(e, E_FAILED, N_("the store was open when this process was made"));
	if (started)
		(void)sqlite3_shutdown();               /* touches nothing of the wiped arena when no store was open */
	if ((rc = crypto_start(e)) != OK || (rc = mem_start(e)) != OK || (rc = configure(e)) != OK)
		return rc;
	started = true;
	return OK;
}

/* ---- errors ---- */

static enum rc
io_err(struct db *d, struct err *e)
{
	errno = d->sql != NULL ? sqlite3_system_errno(d->sql) : 0;
	if (errno == 0)
		errno = EIO;
	return err_sys(e, E_SYS, N_("cannot read or write %s"), d->name);
}

static enum rc
constraint_err(struct db *d, int rc, struct err *e)
{
	bool unique =
	    rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_ROWID;

	return err_set(e, unique ? E_EXISTS : E_FAILED, N_("the store refused a row: %s"), sqlite3_errmsg(d->sql));
}

enum rc
db_err(struct db *d, int rc, struct err *e)
{
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return OK;
	if (d->v.open_rc != OK) {
		if (e != NULL)
			*e = d->v.open_err;
		return d->v.open_rc;
	}
	if (d->v.poisoned)
		return vfs_damage_err(&d->v, e);
	switch (rc & 0xff) {
	case SQLITE_BUSY: case SQLITE_LOCKED: case SQLITE_PROTOCOL:
		return err_set(e, E_BUSY, N_("another purser is using the store"));
	case SQLITE_CORRUPT: case SQLITE_NOTADB:
		return err_set(e, E_DAMAGED, N_("store.db is damaged: its structure is broken"));
	case SQLITE_FULL:
		return err_set(e, E_FULL, N_("no space left for the store"));
	case SQLITE_NOMEM:
		return err_set(e, E_NOMEM, N_("out of memory for the store"));
	case SQLITE_INTERRUPT:
		return err_set(e, E_INTERRUPTED, N_("interrupted"));
	case SQLITE_READONLY:
		return err_set(e, E_SYS, N_("the store can only be read here"));
	case SQLITE_TOOBIG:
		return err_set(e, E_RANGE, N_("too large for the store"));
	case SQLITE_CONSTRAINT:
		return constraint_err(d, rc, e);
	case SQLITE_IOERR:
		return rc == SQLITE_IOERR_NOMEM ? err_set(e, E_NOMEM, N_("out of memory for the store")) : io_err(d, e);
	case SQLITE_CANTOPEN: case SQLITE_PERM: case SQLITE_NOLFS:
		return io_err(d, e);
	default:
		return err_set(e, E_FAILED, N_("store: %s"),
		    d->sql != NULL ? sqlite3_errmsg(d->sql) : sqlite3_errstr(rc));
	}
}

/* ---- opening ---- */

static enum rc
exec(struct db *d, const char *text, struct err *e)
{
	return db_err(d, sqlite3_exec(d->sql, text, NULL, NULL, NULL), e);
}

static enum rc
set_up(struct db *d, unsigned flags, struct err *e)
{
	char text[300];
	int off = 0;
	enum rc rc;

	(void)sqlite3_extended_result_codes(d->sql, 1);
	(void)sqlite3_busy_timeout(d->sql, WAIT_MS);
	(void)sqlite3_limit(d->sql, SQLITE_LIMIT_ATTACHED, 1);
	(void)sqlite3_limit(d->sql, SQLITE_LIMIT_WORKER_THREADS, 0);
	if (sqlite3_db_config(d->sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &off) != SQLITE_OK || off != 0 ||
	    sqlite3_db_config(d->sql, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, &off) != SQLITE_OK || off != 0 ||
	    sqlite3_db_config(d->sql, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL) != SQLITE_OK ||
	    sqlite3_db_config(d->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK)
		return err_set(e, E_FAILED, N_("this SQLite cannot be set up safely"));
	(void)sqlite3_snprintf(sizeof text, text,
	    "PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON;"
	    "PRAGMA journal_size_limit = %d; PRAGMA cache_size = -%d; %s",
	    WAL_KEEP, flags & DB_AGENT ? CACHE_AGENT_KB : CACHE_KB, flags & DB_READ ? "PRAGMA query_only = ON" : "");
	if ((rc = exec(d, text, e)) != OK)
		return rc;
	return db_err(d, sqlite3_set_authorizer(d->sql, db_authorize, d), e);
}

/* In one read transaction: the log is read (and recovered) by then, and what is checked is what will be read. */
static enum rc
check_now(struct db *d, bool hash, bool full, struct err *e)
{
	enum rc rc;

	if ((rc = exec(d, "BEGIN; PRAGMA schema_version", e)) == OK)
		rc = db_err(d, vfs_check(&d->v, hash, full), e);
	(void)sqlite3_exec(d->sql, sqlite3_get_autocommit(d->sql) ? "" : "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* May this process write there, or is it to be read as it lies? */
static enum rc
look(struct db *d, unsigned flags, bool *immutable, struct err *e)
{
	char wal[140];
	struct stat st;

	*immutable = (flags & DB_QUIET) != 0;
	if (fstatat(d->dir, d->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, errno == ENOENT ? E_NOTFOUND : E_SYS, N_("cannot open %s"), d->name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, E_DAMAGED, N_("%s is not a regular file"), d->name);
	if (*immutable ||
	    (faccessat(d->dir, d->name, R_OK | W_OK, AT_EACCESS) == 0 && faccessat(d->dir, ".", W_OK, AT_EACCESS) == 0))
		return OK;
	if (!(flags & DB_READ))
		return err_sys(e, E_SYS, N_("cannot write to %s"), d->name);
	if (faccessat(d->dir, d->name, R_OK, AT_EACCESS) < 0)
		return err_sys(e, E_SYS, N_("cannot read %s"), d->name);
	(void)sqlite3_snprintf(sizeof wal, wal, "%s-wal", d->name);
	if (fstatat(d->dir, wal, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0)
		return err_set(e, E_SYS,
		    N_("%s can only be read and was not closed: copy the vault to where it can be written"), d->name);
	*immutable = true;
	return OK;
}

static enum rc
open_it(struct db *d, const unsigned char *lk, unsigned flags, struct err *e)
{
	char path[320];
	bool immutable;
	enum rc rc;
	int r;

	if ((rc = look(d, flags, &immutable, e)) != OK)
		return rc;
	/* The directory by its descriptor: a vault that is moved or mounted over stays the same one. */
	(void)sqlite3_snprintf(sizeof path, path, "/proc/self/fd/%d/%s", d->dir, d->name);
	vfs_start(&d->v, path, lk, immutable);
	d->v.loose = (flags & DB_LOOSE) != 0;
	r = sqlite3_open_v2(d->v.path, &d->sql,
	    (immutable ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
	    d->v.label);
	d->v.lk = NULL;
	if ((rc = db_err(d, r, e)) != OK || (rc = set_up(d, flags, e)) != OK)
		return rc;
	return check_now(d, !(flags & (DB_TRUST | DB_QUIET)), false, e);
}

void
db_relax(struct db *d, bool on)
{
	d->v.relaxed = on;
	(void)sqlite3_wal_autocheckpoint(d->sql, on ? 0 : WAL_PAGES);
}

enum rc
db_open(int dirfd, const char *name, const unsigned char lk[32], unsigned flags, struct db **out, struct err *e)
{
	struct db *d;
	enum rc rc;

	if ((rc = db_init(e)) != OK)
		return rc;
	if (strlen(name) >= sizeof d->name || strchr(name, '/') != NULL)
		return err_set(e, E_RANGE, N_("file name too long"));
	if ((d = calloc(1, sizeof *d)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	open_handles++;
	memcpy(d->name, name, strlen(name) + 1);
	d->dir = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = d->dir < 0 ? err_sys(e, E_SYS, N_("cannot open %s"), name) : open_it(d, lk, flags, e);
	if (rc != OK) {
		db_close(&d);
		return rc;
	}
	*out = d;
	return OK;
}

void
db_close(struct db **dp)
{
	struct db *d = *dp;
	sqlite3_stmt *st;

	*dp = NULL;
	if (d == NULL || !mem_mine())           /* a child after fork leaves the parent's handle as it is */
		return;
	for (size_t i = 0; i < DB_STATEMENTS; i++)
		(void)sqlite3_finalize(d->stmt[i].st);
	if (d->sql != NULL && !sqlite3_get_autocommit(d->sql))
		(void)sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL);
	/* Busy means statements that a caller forgot; those of FTS5's own are gone by then. */
	while (sqlite3_close(d->sql) == SQLITE_BUSY && (st = sqlite3_next_stmt(d->sql, NULL)) != NULL)
		(void)sqlite3_finalize(st);
	if (d->v.real != NULL)
		vfs_end(&d->v);
	if (d->dir >= 0)
		(void)close(d->dir);
	open_handles--;
	free(d);
}

sqlite3 *
db_sql(struct db *d)
{
	return d->sql;
}

/* ---- header ---- */

static void
info_of(const struct dbslots *s, const unsigned char file_id[16], struct db_info *out)
{
	memcpy(out->file_id, file_id, 16);
	out->epoch = s->h.epoch;
	out->seq = s->h.seq;
	out->pages = s->h.pages;
	out->running = s->h.running;
}

enum rc
db_peek(int dirfd, const char *name, const unsigned char lk[32], struct db_info *out, struct err *e)
{
	AUTO(auto_close) int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	unsigned char slots[2][SLOT_LEN] = { { 0 } };
	struct dbslots s;
	struct dbkeys k;
	size_t got;
	enum rc rc;

	if (fd < 0)
		return err_sys(e, errno == ENOENT ? E_NOTFOUND : E_SYS, N_("cannot open %s"), name);
	for (int i = 0; i < 2; i++)
		if ((rc = io_pread(fd, slots[i], SLOT_LEN, SLOT_AT(i), &got, e)) != OK)
			return rc;
	if ((rc = dbslots_open(&s, &k, (const unsigned char (*)[SLOT_LEN])slots, lk, e)) != OK)
		return rc;
	info_of(&s, k.file_id, out);
	dbkeys_free(&k);
	return OK;
}

enum rc
db_info(struct db *d, struct db_info *out, struct err *e)
{
	enum rc rc = db_err(d, vfs_read_slots(&d->v), e);

	if (rc == OK)
		info_of(&d->v.slots, d->v.keys.file_id, out);
	return rc;
}

static int
set_epoch(struct db *d, uint64_t epoch)
{
	struct dbhdr h;
	int rc;

	if ((rc = vfs_read_slots(&d->v)) != SQLITE_OK)
		return rc;
	h = d->v.slots.h;
	if (h.epoch >= epoch)
		return SQLITE_OK;
	h.epoch = epoch;
	h.seq++;
	return vfs_put_header(&d->v, &h);
}

enum rc
db_set_epoch(struct db *d, uint64_t epoch, struct err *e)
{
	int rc, waited = 0;

	if (d->v.immutable || d->v.poisoned)
		return db_err(d, d->v.poisoned ? SQLITE_IOERR : SQLITE_READONLY, e);
	while ((rc = vfs_lock_ckpt(&d->v, true)) == SQLITE_BUSY && waited < WAIT_MS) {
		(void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
		waited += 5;
	}
	if (rc != SQLITE_OK)
		return db_err(d, rc, e);
	rc = set_epoch(d, epoch);
	vfs_unlock_ckpt(&d->v, true);
	return db_err(d, rc, e);
}

bool
db_same_file(struct db *d)
{
	int moved = 1;

	return sqlite3_file_control(d->sql, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && !moved;
}

enum rc
db_checkpoint(struct db *d, bool truncate, int wait_ms, struct err *e)
{
	int rc, waited = 0;

	(void)sqlite3_busy_timeout(d->sql, 0);
	while ((rc = sqlite3_wal_checkpoint_v2(d->sql, "main",
		    truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, NULL, NULL)) == SQLITE_BUSY &&
	       waited < wait_ms) {
		(void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
		waited += 5;
	}
	(void)sqlite3_busy_timeout(d->sql, WAIT_MS);
	if (rc == SQLITE_BUSY && !truncate)
		return OK;
	return db_err(d, rc, e);
}

enum rc
db_fresh(struct db *d, struct err *e)
{
	return check_now(d, true, true, e);
}

bool
db_poisoned(const struct db *d, uint32_t *page, uint32_t *frame)
{
	if (page != NULL)
		*page = d->v.bad_page;
	if (frame != NULL)
		*frame = d->v.bad_frame;
	return d->v.poisoned;
}
