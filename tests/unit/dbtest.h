/* tests/unit/dbtest.h: small things that the tests of the store share: a directory on tmpfs, files as bytes, a store
 * with rows. */
#ifndef PURSER_TESTS_DBTEST_H
#define PURSER_TESTS_DBTEST_H

#include "base/io.h"
#include "store/db.h"
#include "store/sql.h"
#include "tests/tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "store.db"
#define WAL NAME "-wal"
static const unsigned char LK[32] = "the ledger key of the db tests..";

struct home { char path[64]; int fd; };

static inline struct home
home_new(void)
{
	struct home h;

	(void)snprintf(h.path, sizeof h.path, "%s/purser-db-XXXXXX", access("/dev/shm",
	    W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(h.path) == NULL)
		abort();
	h.fd = open(h.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return h;
}

static inline void
home_clear(const struct home *h)
{
	DIR *d = opendir(h->path);
	struct dirent *x;

	while (d != NULL && (x = readdir(d)) != NULL)
		if (x->d_name[0] != '.')
			(void)unlinkat(h->fd, x->d_name, 0);
	if (d != NULL)
		(void)closedir(d);
}

static inline void
home_free(struct home *h)
{
	home_clear(h);
	(void)close(h->fd);
	(void)rmdir(h->path);
}

static inline struct buf
file_get(const struct home *h, const char *name)
{
	struct buf b = { 0 };

	if (io_read_file(h->fd, name, 1u << 30, &b, NULL) != OK)
		buf_free(&b);
	return b;
}

static inline void
file_put(const struct home *h, const char *name, const void *p, size_t n)
{
	int fd = openat(h->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || io_write(fd, p, n, NULL) != OK)
		abort();
	(void)close(fd);
}

/* Some bytes of a file that is closed. */
static inline void
file_patch(const struct home *h, const char *name, size_t at, const void *p, size_t n)
{
	int fd = openat(h->fd, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || io_pwrite(fd, p, n, (off_t)at, NULL) != OK)
		abort();
	(void)close(fd);
}

static inline struct db *
reopen(const struct home *h, unsigned flags, enum rc *rc, struct err *e)
{
	struct db *d = NULL;

	err_clear(e);
	*rc = db_open(h->fd, NAME, LK, flags, &d, e);
	return d;
}

static inline struct db *
must_open(const struct home *h, unsigned flags)
{
	struct err e;
	enum rc rc;
	struct db *d = reopen(h, flags, &rc, &e);

	if (d == NULL) {
		printf("Bail out! cannot open the store: %d %s\n", (int)rc, e.what);
		exit(1);
	}
	return d;
}

static inline void
must_exec(struct db *d, const char *text)
{
	struct err e = { 0 };

	if (sql_exec(d, text, &e) != OK) {
		printf("Bail out! %s: %s\n", text, e.what);
		exit(1);
	}
}

/* A new store with table t(id, v): rows 1..n with v of about size bytes; closed, so the file holds it all. */
static inline void
make_store(const struct home *h, int rows, int size)
{
	struct err e = { 0 };
	struct db *d;
	char text[300];

	home_clear(h);
	if (db_create(h->fd, NAME, LK, 1, 0, &e) != OK) {
		printf("Bail out! cannot create: %s\n", e.what);
		exit(1);
	}
	d = must_open(h, 0);
	(void)snprintf(text, sizeof text,
	    "BEGIN; CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT NOT NULL) STRICT; CREATE INDEX t_v ON t(v);"
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
	    " INSERT INTO t SELECT i, 'MARKER-' || i || hex(zeroblob(%d)) FROM n; COMMIT",
	    rows, size / 2);
	must_exec(d, text);
	db_close(&d);
}

/* A number for all that can be read: 0 when something cannot. */
static inline uint64_t
digest(struct db *d, struct err *e)
{
	SQL q = { 0 };
	uint64_t h = 14695981039346656037u;
	bool row;
	enum rc rc =
	    sql_prepare(d, "SELECT id, v, (SELECT count(*) FROM t b WHERE b.v <= a.v) FROM t a ORDER BY id", &q, e);

	while (rc == OK && (rc = sql_step(&q, &row, e)) == OK && row) {
		const char *v = sql_text(&q, 1);

		h = (h ^ (uint64_t)sql_int(&q, 0) ^ ((uint64_t)sql_int(&q, 2) << 32)) * 1099511628211u;
		while (v != NULL && *v != '\0')
			h = (h ^ (unsigned char)*v++) * 1099511628211u;
	}
	return rc == OK ? h | 1 : 0;
}

/* The same of a store that is closed, with the error that opening or reading gave. */
static inline uint64_t
digest_closed(const struct home *h, unsigned flags, enum rc *rc, struct err *e)
{
	struct db *d = reopen(h, flags, rc, e);
	uint64_t x = 0;

	if (d != NULL && (x = digest(d, e)) == 0)
		*rc = e->rc;
	db_close(&d);
	return x;
}

static inline int
child_status(pid_t pid)
{
	int s = -1;

	(void)waitpid(pid, &s, 0);
	return WIFEXITED(s) ? WEXITSTATUS(s) : 128;
}

#endif
