/* store/freeze.c: the freeze, in the order of keys.md 7.1. Nothing here needs a key, a password or the database. */
#include "store/freeze.h"

#include "base/io.h"
#include "store/files.h"
#include "store/fuse.h"
#include "store/keysfile.h"
#include "store/lock.h"
#include "store/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LOG_WAIT_MS 2000
#define LOCK_WAIT_MS 2000
#define LOCK_WAIT_UNMARKED_MS 10000

/* ---- the log record ---- */

/* `keys` tells where records are sealed to; in the middle of an epoch change it may be away for a moment. */
static enum rc
any_keys(const struct home *h, struct keys *k, struct err *e)
{
	enum rc rc = keys_read(h->vault, "keys", k, e);

	if (rc == E_NOTFOUND)
		rc = keys_read(h->vault, "keys.next", k, e);
	if (rc == E_NOTFOUND)
		rc = keys_read(h->vault, "keys.old", k, e);
	return rc;
}

static enum rc
write_log(const struct home *h, const char *reason, int64_t now_ms, struct err *e)
{
	AUTO(log_close) struct log *l = NULL;
	struct log_where w = { .vaultfd = h->vault, .devfd = h->device };
	BUF text = { 0 };
	struct keys k;
	enum rc rc;

	if (h->vault < 0)
		return err_set(e, E_NOTFOUND, N_("no store at %s"), h->vault_path);
	if ((rc = any_keys(h, &k, e)) != OK ||
	    (rc = log_open(&l, &w, keys_l_pub(&k), keys_pk0(&k), LOG_WRITE, LOG_WAIT_MS, e)) != OK)
		return rc;
	log_text_begin(&text, NULL, "freeze");
	if (reason != NULL && reason[0] != '\0')
		log_text_add(&text, "reason", reason);
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	return log_append(l, NULL, true, buf_str(&text), now_ms, NULL, e);
}

struct last { int64_t time_ms; uint64_t entries; };

static enum rc
note_freeze(void *ctx, const struct log_entry *en, struct err *e)
{
	struct last *last = ctx;

	(void)e;
	last->entries++;
	if (en->freeze)
		last->time_ms = en->time_ms;
	return OK;
}

int64_t
freeze_last(const struct home *h, const unsigned char pk0[32], uint64_t *entries)
{
	AUTO(log_close) struct log *l = NULL;
	struct log_where w = { .vaultfd = h->vault, .devfd = h->device };
	struct last last = { 0, 0 };

	if (h->vault < 0 || log_open(&l, &w, NULL, pk0, LOG_READ, LOG_WAIT_MS, NULL) != OK ||
	    log_each(l, NULL, 0, 0, note_freeze, &last, NULL) != OK)
		return 0;
	if (entries != NULL)
		*entries = last.entries;
	return last.time_ms;
}

/* ---- what the next holder of the lock finishes ---- */

enum rc
freeze_destroy_pending(const struct home *h, struct err *e)
{
	struct err mine = { .rc = OK };
	bool some;
	enum rc rc = fuse_destroy(h, &some, &mine);

	if (rc == OK || rc == E_DAMAGED)
		return OK;
	return err_set(e, E_FAILED, N_("a freeze was begun and cannot be finished: %s"), mine.what);
}

static enum rc
unmark(const struct home *h, struct err *e)
{
	/* Not synced: a marker that a power failure brings back is taken away by the next holder of the lock. */
	return file_unlink(h->device, FREEZE_MARKER, e);
}

void
freeze_finish(const struct home *h)
{
	struct keys k;
	struct stat st;
	int64_t since;
	enum rc rc = OK;

	if (fstatat(h->device, FREEZE_MARKER, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	since = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	/* The run that made the marker wrote its record right afterwards, with a clock read just before. */
	if (any_keys(h, &k, NULL) == OK && freeze_last(h, keys_pk0(&k), NULL) < since - LOG_WAIT_MS)
		rc = write_log(h, NULL, since, NULL);
	if (rc == E_BUSY || rc == E_FULL || rc == E_SYS || rc == E_NOMEM)
		return;                             /* later; until then no fuse is opened or made */
	rc = unmark(h, NULL);
	(void)rc;                                   /* the next holder of the lock tries again */
}

/* ---- freeze ---- */

static bool
is_store(const struct home *h)
{
	return h->device >= 0 && (file_there(h->device, "device.key") || file_there(h->device, "device.key.next") ||
	    file_there(h->device, "device.key.old") || fuse_any(h));
}

/* Step 1. */
static enum rc
mark(const struct home *h, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	int how = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, why;

	fd = openat(h->device, FREEZE_MARKER, how, 0600);
	if (fd < 0 && errno == EACCES && fchmod(h->device, 0700) == 0)
		fd = openat(h->device, FREEZE_MARKER, how, 0600);
	why = errno;
	/* Whatever it is: a name that is there stops every reader. */
	if (fd < 0 && !file_there(h->device, FREEZE_MARKER)) {
		errno = why;
		return err_sys(e, E_SYS, N_("cannot create %s"), FREEZE_MARKER);
	}
	if (fd >= 0)
		(void)futimens(fd, NULL);               /* one that was left behind counts from now on */
	return io_fsync_dir(h->device, e);
}

/* Step 5. Returns whether the store lock was held, so that no writer of a fuse can be under way. */
static bool
settle(const struct home *h, bool marked, bool logged, struct freeze_report *r)
{
	AUTO(store_lock_release) struct store_lock *l = NULL;
	struct err e = { .rc = OK };
	bool some = false;
	enum rc rc;

	if (lock_raw(h, marked ? LOCK_WAIT_MS : LOCK_WAIT_UNMARKED_MS, &l, &e) != OK) {
		r->marker_left = marked;
		return false;
	}
	rc = fuse_destroy(h, &some, &e);
	r->fuse_destroyed = r->fuse_destroyed || some;
	if (marked && (rc == OK || rc == E_DAMAGED) && logged)
		rc = unmark(h, &e);
	r->marker_left = freeze_marked(h);
	return true;
}

/* The first trouble is the one to report. */
static void
note(struct freeze_report *r, const struct err *e)
{
	if (r->why[0] == '\0')
		(void)snprintf(r->why, sizeof r->why, "%s", e->what);
}

static enum rc
not_frozen(const struct home *h, bool gone, struct freeze_report *r, struct err *e)
{
	struct err hand = { .rc = OK };
	enum rc rc;

	if (gone) {
		rc = err_set(&hand, E_BUSY, N_("another purser holds the store and may write the fuse again"));
		note(r, &hand);
	}
	rc = err_set(&hand, E_FAILED,
	    N_("Remove %s/fuse (and fuse.next, fuse.old) by hand, then type purser freeze again"), h->device_path);
	(void)snprintf(r->by_hand, sizeof r->by_hand, "%s", hand.what);
	rc = err_set(e, E_FAILED, N_("NOT FROZEN: %s"), r->why);
	err_next(e, "purser freeze");
	return rc;
}

/* Steps 3 and 4, each whatever became of the one before. Returns the result of the log's part. */
static enum rc
destroy_and_log(const struct home *h, const char *reason, int64_t now_ms, struct freeze_report *r)
{
	struct err step = { .rc = OK };
	enum rc rc = fuse_destroy(h, &r->fuse_destroyed, &step);

	if (rc != OK)
		note(r, &step);
	/* An "already frozen" adds no record: whoever types it twice must not push the first out of sight. */
	if (r->already)
		return OK;
	rc = write_log(h, reason, now_ms, &step);
	r->logged = rc == OK;
	if (rc != OK)
		note(r, &step);
	return rc;
}

enum rc
vault_freeze(const struct home *h, const char *reason, int64_t now_ms, enum freeze_agent (*tell_agent)(void *arg),
    void *arg, struct freeze_report *out, struct err *e)
{
	struct freeze_report r = { .at_ms = now_ms };
	struct err step = { .rc = OK };
	bool marked, locked, gone;
	struct keys k;
	enum rc rc;

	*out = r;
	if (!is_store(h))
		return err_set(e, E_NOTFOUND, N_("no store at %s, NOTHING was frozen"), h->device_path);
	r.already = !fuse_any(h) && !freeze_marked(h);
	marked = mark(h, &step) == OK;
	if (!marked)
		note(&r, &step);
	r.agent = tell_agent != NULL ? tell_agent(arg) : FREEZE_AGENT_NONE;
	rc = destroy_and_log(h, reason, now_ms, &r);
	/* A log that cannot be written at all must not keep the marker for ever. */
	locked = settle(h, marked, rc == OK || rc == E_DAMAGED || rc == E_NOTFOUND, &r);
	gone = !fuse_any(h);
	r.frozen = gone && (marked || locked);
	if (r.already && any_keys(h, &k, NULL) == OK) {
		r.logged = true;
		r.at_ms = freeze_last(h, keys_pk0(&k), NULL);
	}
	rc = r.frozen ? OK : not_frozen(h, gone, &r, e);
	*out = r;
	return rc;
}
