/* tests/unit/log_home.h: a scratch vault and device directory with a log in them, for the tests of the log. */
#ifndef PURSER_TESTS_LOG_HOME_H
#define PURSER_TESTS_LOG_HOME_H

#include "base/io.h"
#include "base/le.h"
#include "crypto/kdf.h"
#include "crypto/seal.h"
#include "store/log.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <sys/stat.h>

#define T0 INT64_C(1795300000000)           /* 2026-11-21 */

struct fixture {
	char dir[64];
	int vault, dev;
	unsigned char lk[32], lpub[32], pk0[32], ek_seed[32], ek_pub[32], vault_id[16];
	struct log_lk lks[1];
};

static inline void
die(const char *what, const struct err *e)
{
	printf("Bail out! %s: %s\n", what, e != NULL ? e->what : "");
	exit(1);
}

static inline void
fixture_key(struct fixture *f, unsigned char fill)
{
	unsigned char seed[32], priv[32];

	memset(f->lk, fill, sizeof f->lk);
	kdf_raw(seed, f->lk, 32, L_LOG_BOX, NULL, 0);
	box_keypair(f->lpub, priv, seed);
	f->lks[0] = (struct log_lk){ .last_seq = UINT64_MAX, .lk = f->lk };
}

static inline void
fixture_make(struct fixture *f)
{
	unsigned char sk[64];
	SECRET seed = { .bytes = NULL };
	const char *tmp = getenv("TMPDIR");
	struct err e;

	/* Power loss is made here, not by the disk: in memory the thousands of appends do not wait for it. */
	memset(f, 0, sizeof *f);
	if (tmp == NULL || strlen(tmp) >= 40)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	(void)snprintf(f->dir, sizeof f->dir, "%s/purser-log-XXXXXX", tmp);
	if (mkdtemp(f->dir) == NULL || (f->dev = open(f->dir, O_RDONLY | O_DIRECTORY)) < 0 ||
	    mkdirat(f->dev, "vault", 0700) < 0 || mkdirat(f->dev, "device", 0700) < 0)
		die("scratch directory", NULL);
	f->vault = openat(f->dev, "vault", O_RDONLY | O_DIRECTORY);
	(void)close(f->dev);
	f->dev = open(f->dir, O_RDONLY | O_DIRECTORY);
	{
		int d = openat(f->dev, "device", O_RDONLY | O_DIRECTORY);

		(void)close(f->dev);
		f->dev = d;
	}
	fixture_key(f, 0x5a);
	memset(f->ek_seed, 0x21, sizeof f->ek_seed);
	memset(f->vault_id, 0x22, sizeof f->vault_id);
	sign_keypair(f->ek_pub, sk, f->ek_seed);
	if (log_seed_new(&seed, f->pk0, &e) != OK ||
	    log_create(&(struct log_where){ .vaultfd = f->vault, .devfd = f->dev }, 0, &seed, &e) != OK)
		die("log_create", &e);
}

static inline void
fixture_end(struct fixture *f)
{
	char cmd[128];
	static const char *const names[] = { "log", "log.1", "log.2", "log.next" };

	for (size_t i = 0; i < COUNTOF(names); i++)
		(void)unlinkat(f->vault, names[i], 0);
	(void)unlinkat(f->dev, "logstate", 0);
	(void)unlinkat(f->dev, "logstate.next", 0);
	(void)close(f->vault);
	(void)close(f->dev);
	for (int i = 0; i < 3; i++) {
		static const char *const d[] = { "/vault", "/device", "" };

		(void)snprintf(cmd, sizeof cmd, "%s%s", f->dir, d[i]);
		(void)rmdir(cmd);
	}
}

static inline enum rc
fixture_open(struct fixture *f, struct log **l, enum log_mode mode, struct err *e)
{
	return log_open(l, &(struct log_where){ .vaultfd = f->vault, .devfd = f->dev }, f->lpub, f->pk0, mode, 2000, e);
}

static inline void
get(int dir, const char *name, struct buf *out)
{
	struct err e;

	buf_reset(out);
	if (io_read_file(dir, name, 64u << 20, out, &e) != OK)
		die("read", &e);
}

static inline void
put(int dir, const char *name, const void *p, size_t n)
{
	AUTO(auto_close) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct err e;

	if (fd < 0 || io_write(fd, p, n, &e) != OK)
		die("write", NULL);
}

/* n records, 'U' and every fifth 'L'; the third of each ten is a reveal. */
static inline void
fill_log(struct fixture *f, size_t n)
{
	AUTO(log_close) struct log *l = NULL;
	BUF text = { .max = LOG_TEXT_MAX };
	unsigned char rec[16];
	struct err e;

	if (fixture_open(f, &l, LOG_WRITE, &e) != OK)
		die("log_open", &e);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&text);
		memset(rec, (int)(i % 7), sizeof rec);
		log_text_begin(&text, NULL, i % 10 == 3 ? "reveal" : "import");
		log_text_hex(&text, "record", rec, sizeof rec);
		log_text_u64(&text, "i", i);
		if (i % 5 != 4)
			log_text_db(&text, i, i / 2);
		if (log_append(l, i % 5 == 4 ? NULL : f->lk, false, buf_str(&text), T0 + (int64_t)i * 1000, NULL, &e)
		    != OK)
			die("log_append", &e);
	}
}

/* Bad findings of a full verification; -1: it could not run. first (may be NULL): the first bad one. */
static inline int
verify(struct fixture *f, bool with_key, struct log_report *keep, struct log_finding *first)
{
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_report_free) struct log_report r = { .f = NULL };
	struct err e;
	int bad;

	if (fixture_open(f, &l, LOG_READ, &e) != OK || log_verify(l, f->lks, with_key, NULL, NULL, &r, &e) != OK)
		return -1;
	bad = (int)r.bad;
	if (first != NULL)
		*first = (struct log_finding){ .what = LOG_CLOCK };
	for (size_t i = r.n; first != NULL && i-- > 0;)
		if (log_what_bad(r.f[i].what))
			*first = r.f[i];
	if (keep != NULL) {
		*keep = r;
		keep->f = NULL;
	}
	return bad;
}

#endif
