/* store/log.c: see log.h. Files, lock and appending; the tail is in logstate.c, reading in log_read.c. */
#include "store/log_int.h"

#include "base/le.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

static const char *
log_name(const struct log_where *w)
{
	return w->log_name != NULL ? w->log_name : "log";
}

static const char *
state_name(const struct log_where *w)
{
	return w->state_name != NULL ? w->state_name : "logstate";
}

/* ---- open, lock ---- */

static enum rc
open_files(struct log *l, struct err *e)
{
	int how = (l->write ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct stat st;

	l->fd = openat(l->w.vaultfd, log_name(&l->w), how);
	if (l->fd < 0)
		return err_sys(e, errno == ENOENT ? E_NOTFOUND : E_SYS, N_("cannot open %s"), log_name(&l->w));
	if (fstat(l->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, E_DAMAGED, N_("%s is not a regular file"), log_name(&l->w));
	if (l->w.devfd < 0)
		return OK;
	l->sfd = openat(l->w.devfd, state_name(&l->w), how);
	if (l->sfd < 0 && errno != ENOENT)
		return err_sys(e, E_SYS, N_("cannot open %s"), state_name(&l->w));
	if (l->sfd >= 0 && (fstat(l->sfd, &st) < 0 || !S_ISREG(st.st_mode)))
		return err_set(e, E_DAMAGED, N_("%s is not a regular file"), state_name(&l->w));
	return OK;
}

static bool
replaced(int fd, int dirfd, const char *name)
{
	struct stat a, b;

	return fstat(fd, &a) < 0 || fstatat(dirfd, name, &b, AT_SYMLINK_NOFOLLOW) < 0 || a.st_ino != b.st_ino ||
	    a.st_dev != b.st_dev;
}

static int64_t
monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static enum rc
lock_fd(int fd, int how, unsigned wait_ms, struct err *e)
{
	int64_t until = monotonic_ms() + wait_ms;
	struct timespec nap = { .tv_nsec = 2000000 };

	while (flock(fd, how | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return err_sys(e, E_SYS, N_("cannot lock the log"));
		if (monotonic_ms() >= until)
			return err_set(e, E_BUSY, N_("another purser is writing the log"));
		(void)nanosleep(&nap, NULL);
	}
	return OK;
}

/* An epoch change may have renamed new files into place while this handle was open. */
static enum rc
reopen(struct log *l, struct err *e)
{
	auto_close(&l->fd);
	auto_close(&l->sfd);
	l->ahead = 0;
	return open_files(l, e);
}

enum rc
log_lock(struct log *l, int how, struct err *e)
{
	enum rc rc;

	for (int tries = 0; tries < 8; tries++) {
		if (l->sfd < 0)
			return OK;              /* nobody can append without it */
		if ((rc = lock_fd(l->sfd, how, l->wait_ms, e)) != OK)
			return rc;
		if (!replaced(l->sfd, l->w.devfd, state_name(&l->w)) && !replaced(l->fd, l->w.vaultfd, log_name(&l->w)))
			return OK;
		if ((rc = reopen(l, e)) != OK)
			return rc;
	}
	return err_set(e, E_BUSY, N_("the log is being replaced"));
}

void
log_unlock(struct log *l)
{
	if (l->sfd >= 0)
		(void)flock(l->sfd, LOCK_UN);
}

enum rc
log_look(struct log *l, struct tail *t, struct err *e)
{
	enum rc rc;

	memset(t, 0, sizeof *t);
	if ((rc = log_lock(l, LOCK_SH, e)) != OK)
		return rc;
	rc = tail_find(l, t, e);
	log_unlock(l);
	return rc;
}

static enum rc
settle_at_open(struct log *l, struct err *e)
{
	AUTO(tail_wipe) struct tail t = { .bad = false };
	enum rc rc;

	if (l->sfd < 0)
		return tail_error(&(struct tail){ .why = LOG_STATE }, e);
	if ((rc = log_lock(l, LOCK_EX, e)) != OK)
		return rc;
	rc = tail_find(l, &t, e);
	if (rc == OK && t.bad)
		rc = tail_error(&t, e);
	else if (rc == OK && t.settle)
		rc = tail_settle(l, &t, e);
	log_unlock(l);
	return rc;
}

static enum rc
handle_new(struct log **out, struct err *e)
{
	if ((*out = calloc(1, sizeof **out)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	(*out)->fd = (*out)->sfd = (*out)->w.devfd = -1;
	return OK;
}

enum rc
log_open(struct log **out, const struct log_where *w, const unsigned char *lpub, const unsigned char pk0[PK_LEN],
    enum log_mode mode, unsigned wait_ms, struct err *e)
{
	AUTO(log_close) struct log *l = NULL;
	enum rc rc;

	if ((rc = handle_new(&l, e)) != OK)
		return rc;
	l->w = *w;
	l->mine = true;
	l->write = mode == LOG_WRITE;
	l->wait_ms = wait_ms;
	l->has_lpub = lpub != NULL;
	if (lpub != NULL)
		memcpy(l->lpub, lpub, PK_LEN);
	memcpy(l->pk0, pk0, PK_LEN);
	if ((rc = open_files(l, e)) != OK)
		return rc;
	if (l->write && (rc = settle_at_open(l, e)) != OK)
		return rc;
	*out = l;
	l = NULL;
	return OK;
}

enum rc
log_open_fd(struct log **out, int fd, const unsigned char pk0[PK_LEN], struct err *e)
{
	enum rc rc;

	if ((rc = handle_new(out, e)) != OK)
		return rc;
	(*out)->fd = fd;
	memcpy((*out)->pk0, pk0, PK_LEN);
	return OK;
}

void
log_close(struct log **l)
{
	if (*l == NULL)
		return;
	if ((*l)->mine)
		auto_close(&(*l)->fd);
	auto_close(&(*l)->sfd);
	free(*l);
	*l = NULL;
}

/* ---- create, keep ---- */

/* Keeps the blocks that the next records need. A file system without it, or a full one, is no reason to fail. */
static void
allocate_ahead(struct log *l, off_t end)
{
	if (l->ahead >= end + (off_t)(LOG_AHEAD / 2))
		return;
	if (fallocate(l->fd, FALLOC_FL_KEEP_SIZE, end, LOG_AHEAD) == 0)
		l->ahead = end + (off_t)LOG_AHEAD;
}

enum rc
log_seed_new(struct secret *seed, unsigned char pk0[PK_LEN], struct err *e)
{
	unsigned char sk[64];
	enum rc rc;

	if ((rc = secret_random(seed, SEED_LEN, e)) != OK)
		return rc;
	sign_keypair(pk0, sk, seed->bytes);
	wipe(sk, sizeof sk);
	return OK;
}

enum rc
log_create(const struct log_where *w, uint64_t first_seq, const struct secret *seed, struct err *e)
{
	unsigned char block[STATE_LEN];
	struct log l = { .fd = -1 };
	enum rc rc;

	if (seed->len != SEED_LEN)
		return err_set(e, E_RANGE, N_("a log key has 32 bytes"));
	half_put(block, first_seq, seed->bytes);
	half_put(block + HALF_LEN, first_seq, seed->bytes);
	if ((rc = io_create(w->devfd, state_name(w), 0600, block, sizeof block, e)) == OK &&
	    (rc = io_create(w->vaultfd, log_name(w), 0600, "", 0, e)) != OK)
		(void)unlinkat(w->devfd, state_name(w), 0);
	wipe(block, sizeof block);
	if (rc != OK)
		return rc;
	if ((l.fd = openat(w->vaultfd, log_name(w), O_RDWR | O_NOFOLLOW | O_CLOEXEC)) >= 0) {
		allocate_ahead(&l, 0);
		(void)close(l.fd);
	}
	return OK;
}

enum rc
log_keep(int vaultfd, char name[32], struct err *e)
{
	struct stat now, there;
	char try[32];

	if (fstatat(vaultfd, "log", &now, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, errno == ENOENT ? E_NOTFOUND : E_SYS, N_("cannot open %s"), "log");
	for (unsigned n = 1; n < 1000; n++) {
		(void)snprintf(try, sizeof try, "log.%u", n);
		if (fstatat(vaultfd, try, &there, AT_SYMLINK_NOFOLLOW) == 0) {
			if (there.st_ino != now.st_ino || there.st_dev != now.st_dev)
				continue;
		} else if (errno != ENOENT || linkat(vaultfd, "log", vaultfd, try, 0) < 0) {
			return err_sys(e, E_SYS, N_("cannot keep the old log as %s"), try);
		}
		memcpy(name, try, sizeof try);
		return io_fsync_dir(vaultfd, e);
	}
	return err_set(e, E_FAILED, N_("too many old logs"));
}

/* ---- append ---- */

void
commit_of(unsigned char out[HASH_LEN], const unsigned char salt[SALT_LEN], const void *text, size_t n)
{
	static const unsigned char prefix[] = "\x0d\0\0\0purser/v1/log";     /* LP(): 13 bytes */
	struct bytes x[] = { BYTES(prefix, sizeof prefix - 1), BYTES(salt, SALT_LEN), BYTES(text, n) };

	hash256_parts(out, x, COUNTOF(x));
}

/* The chain while records are being made: who signs next, and what they follow. */
struct pen { uint64_t seq; unsigned char seed[SEED_LEN], prev[HASH_LEN]; };

static void
pen_wipe(struct pen *p)
{
	wipe(p, sizeof *p);
}

static enum rc
add_box(struct buf *out, const unsigned char lpub[PK_LEN], const unsigned char salt[SALT_LEN], const char *text,
    size_t n)
{
	unsigned char plain[SALT_LEN + LOG_TEXT_MAX + PAD] = { 0 }, box[BOX_MAX];
	size_t len = SALT_LEN + (n / PAD + 1) * PAD;
	enum rc rc;

	memcpy(plain, salt, SALT_LEN);
	memcpy(plain + SALT_LEN, text, n);
	plain[SALT_LEN + n] = 0x80;
	if ((rc = box_seal(box, lpub, plain, len)) == OK)
		buf_add(out, box, len + BOX_OVER);
	wipe(plain, sizeof plain);
	return rc;
}

static enum rc
add_record(struct buf *out, struct pen *pen, const struct log *l, const unsigned char *lk, bool freeze,
    const char *text, int64_t now_ms, struct err *e)
{
	unsigned char f[LOG_FIXED] = { 0 }, len[4], salt[SALT_LEN], next[SEED_LEN], sk[64], pk[PK_LEN];
	size_t n = strlen(text);
	enum rc rc;

	random_bytes(salt, sizeof salt);
	random_bytes(next, sizeof next);
	le64_put(f + F_SEQ, pen->seq);
	le64_put(f + F_TIME, (uint64_t)now_ms);
	f[F_ORIGIN] = lk != NULL ? 'U' : 'L';
	f[F_KIND] = freeze;
	commit_of(f + F_COMMIT, salt, text, n);
	memcpy(f + F_PREV, pen->prev, HASH_LEN);
	sign_keypair(f + F_NEXT, sk, next);
	if (lk != NULL)
		kdf_to(f + F_UMAC, lk, KEY_LEN, L_LOG_ORIGIN, BYTES(f, F_UMAC));
	sign_keypair(pk, sk, pen->seed);
	sign_bytes(f + F_SIG, sk, f, F_SIG);
	le32_put(len, (uint32_t)(LOG_FIXED + BOX_OVER + SALT_LEN + (n / PAD + 1) * PAD));
	buf_add(out, len, sizeof len);
	buf_add(out, f, sizeof f);
	rc = add_box(out, l->lpub, salt, text, n);
	pen->seq++;
	memcpy(pen->seed, next, SEED_LEN);
	hash256(pen->prev, f, sizeof f);
	wipe(next, sizeof next);
	wipe(sk, sizeof sk);
	wipe(salt, sizeof salt);
	return rc == OK ? OK : err_set(e, rc, N_("the keys file is damaged: the log's key is none"));
}

static enum rc
check_texts(const struct log *l, const char *const *texts, size_t n, struct err *e)
{
	if (!l->write || !l->has_lpub)
		return err_set(e, E_FAILED, N_("the log is open for reading only"));
	if (n == 0 || n > LOG_BATCH_MAX)
		return err_set(e, E_RANGE, N_("too many log records at once"));
	for (size_t i = 0; i < n; i++)
		if (strlen(texts[i]) > LOG_TEXT_MAX)
			return err_set(e, E_RANGE, N_("log record too long"));
	return OK;
}

static enum rc
add_clock_back(struct buf *out, struct pen *pen, const struct log *l, int64_t from_ms, int64_t to_ms, struct err *e)
{
	BUF text = { .max = LOG_TEXT_MAX };
	char num[24];

	log_text_begin(&text, NULL, "clock-back");
	(void)snprintf(num, sizeof num, "%lld", (long long)from_ms);
	log_text_add(&text, "from", num);
	(void)snprintf(num, sizeof num, "%lld", (long long)to_ms);
	log_text_add(&text, "to", num);
	return add_record(out, pen, l, NULL, false, buf_str(&text), to_ms, e);
}

/* The order that makes it crash-safe; see log.h. On failure nothing has happened, as far as the disk still answers. */
static enum rc
commit_run(struct log *l, struct tail *t, const struct pen *pen, const struct buf *recs, struct err *e)
{
	unsigned first = (unsigned)(t->next_seq & 1);
	enum rc rc;

	if ((rc = half_write(l->sfd, first, pen->seq, pen->seed, e)) == OK &&
	    (rc = io_pwrite(l->fd, recs->p, recs->len, t->end, e)) == OK && (rc = io_fsync(l->fd, e)) == OK)
		rc = half_write(l->sfd, 1 - first, pen->seq, pen->seed, e);
	if (rc == OK) {
		allocate_ahead(l, t->end + (off_t)recs->len);
		return OK;
	}
	t->size = t->end + (off_t)recs->len;
	(void)!tail_settle(l, t, NULL);             /* if this fails too, the next open or append does it */
	return rc;
}

enum rc
log_append_locked(struct log *l, const unsigned char *lk, bool freeze, const char *const *texts, size_t n,
    int64_t now_ms, uint64_t *seq, struct err *e)
{
	AUTO(tail_wipe) struct tail t = { .bad = false };
	AUTO(pen_wipe) struct pen pen = { .seq = 0 };
	BUF recs = { .max = RUN_MAX * REC_MAX };
	uint64_t first;
	enum rc rc;

	if ((rc = tail_find(l, &t, e)) != OK)
		return rc;
	if (t.bad)
		return tail_error(&t, e);
	if (t.settle && (rc = tail_settle(l, &t, e)) != OK)
		return rc;
	pen.seq = t.next_seq;
	memcpy(pen.seed, t.seed, SEED_LEN);
	if (t.any) {
		int64_t last = (int64_t)le64_get(t.last + F_TIME);

		hash256(pen.prev, t.last, LOG_FIXED);
		if (now_ms < last && (uint64_t)last - (uint64_t)now_ms > LOG_CLOCK_SLACK_MS)
			rc = add_clock_back(&recs, &pen, l, last, now_ms, e);
	}
	first = pen.seq;
	for (size_t i = 0; i < n && rc == OK; i++)
		rc = add_record(&recs, &pen, l, lk, freeze, texts[i], now_ms, e);
	if (rc != OK || (rc = buf_check(&recs, e)) != OK || (rc = commit_run(l, &t, &pen, &recs, e)) != OK)
		return rc;
	if (seq != NULL)
		*seq = first;
	return OK;
}

static enum rc
append(struct log *l, const unsigned char *lk, bool freeze, const char *const *texts, size_t n, int64_t now_ms,
    uint64_t *seq, struct err *e)
{
	enum rc rc;

	if ((rc = check_texts(l, texts, n, e)) != OK || (rc = log_lock(l, LOCK_EX, e)) != OK)
		return rc;
	rc = log_append_locked(l, lk, freeze, texts, n, now_ms, seq, e);
	log_unlock(l);
	return rc;
}

enum rc
log_append(struct log *l, const unsigned char *lk, bool freeze, const char *text, int64_t now_ms, uint64_t *seq,
    struct err *e)
{
	return append(l, lk, freeze, &text, 1, now_ms, seq, e);
}

enum rc
log_append_batch(struct log *l, const unsigned char *lk, const char *const *texts, size_t n, int64_t now_ms,
    uint64_t *seq, struct err *e)
{
	return append(l, lk, false, texts, n, now_ms, seq, e);
}
