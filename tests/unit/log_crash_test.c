/*
 * The audit log under power loss, full disks, bit flips and several writers. The calls by which an append reaches the
 * disk are recorded here, in front of libc; then every state that a disk may be found in is built from them: what was
 * synced is there, of the rest nothing, all, any part of the sectors, or a write torn at any byte.
 */
#include "tests/unit/log_home.h"

#include "base/time.h"

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- recorder ---- */

enum op_kind { OP_WRITE, OP_CUT, OP_SYNC };
struct op { enum op_kind kind; bool state; off_t at; size_t n; unsigned char data[6000]; };
#define OPS_MAX 64

static bool recording;
static ino_t state_ino;
static struct op ops[OPS_MAX];
static size_t n_ops;
static int fail_at = -1;                    /* this call (counting all three kinds)
    fails with EIO; -2: it and all later */

ssize_t pwrite(int fd, const void *p, size_t n, off_t at);
int fsync(int fd);
int ftruncate(int fd, off_t n);

static bool
record(int fd, enum op_kind kind, off_t at, const void *p, size_t n)
{
	struct stat st;

	if (!recording || n_ops == OPS_MAX || n > sizeof ops[0].data || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return true;
	ops[n_ops] = (struct op){ .kind = kind, .state = st.st_ino == state_ino, .at = at, .n = n };
	if (n > 0)
		memcpy(ops[n_ops].data, p, n);
	n_ops++;
	if (fail_at >= 0 && (size_t)fail_at == n_ops - 1) {
		errno = EIO;
		return false;
	}
	return true;
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return record(fd, OP_WRITE, at, p, n) ? syscall(SYS_pwrite64, fd, p, n, at) : -1;
}

int
fsync(int fd)
{
	return record(fd, OP_SYNC, 0, NULL, 0) ? (int)syscall(SYS_fsync, fd) : -1;
}

int
ftruncate(int fd, off_t n)
{
	return record(fd, OP_CUT, n, NULL, 0) ? (int)syscall(SYS_ftruncate, fd, n) : -1;
}

/* ---- disk images ---- */

struct image { unsigned char p[65536]; size_t n; };

static void
apply(struct image *im, const struct op *op, size_t n)
{
	size_t end = (size_t)op->at + n;

	if (op->kind == OP_CUT) {
		if (im->n < (size_t)op->at)
			memset(im->p + im->n, 0, (size_t)op->at - im->n);
		im->n = (size_t)op->at;
	}
	if (op->kind != OP_WRITE || n == 0)
		return;
	if (end > im->n) {
		memset(im->p + im->n, 0, end - im->n);
		im->n = end;
	}
	memcpy(im->p + op->at, op->data, n);
}

/* Some 512-byte sectors of the write reached the disk, some did not; the size may have. */
static void
apply_sectors(struct image *im, const struct op *op, unsigned mask)
{
	struct op part = *op;

	if (op->kind != OP_WRITE) {
		apply(im, op, op->n);
		return;
	}
	if ((mask & 1) && (size_t)op->at + op->n > im->n) {
		memset(im->p + im->n, 0, (size_t)op->at + op->n - im->n);
		im->n = (size_t)op->at + op->n;
	}
	for (size_t i = 0, k, s = 1; i < op->n; i += k, s++) {
		k = 512 - (size_t)((op->at + (off_t)i) % 512);
		k = k < op->n - i ? k : op->n - i;
		part.at = op->at + (off_t)i;
		memcpy(part.data, op->data + i, k);
		if (mask >> (s % 31) & 1)
			apply(im, &part, k);
	}
}

struct world { struct image log, state; };

static struct image *
side(struct world *w, const struct op *op)
{
	return op->state ? &w->state : &w->log;
}

static void
world_get(struct fixture *f, struct world *w)
{
	BUF b = { .max = 0 };

	get(f->vault, "log", &b);
	memcpy(w->log.p, b.p != NULL ? b.p : "", b.len);
	w->log.n = b.len;
	get(f->dev, "logstate", &b);
	memcpy(w->state.p, b.p, b.len);
	w->state.n = b.len;
}

static void
world_put(struct fixture *f, const struct world *w)
{
	put(f->vault, "log", w->log.p, w->log.n);
	put(f->dev, "logstate", w->state.p, w->state.n);
}

struct tally { uint64_t images, kept, gone, bad; };

/* What a person finds after the power came back. acked: the new records must be there. */
static void
try_world(struct fixture *f, const struct world *w, uint64_t before, uint64_t after, bool acked, struct tally *t)
{
	AUTO(log_close) struct log *l = NULL;
	AUTO(log_report_free) struct log_report r = { .f = NULL };
	struct log_head h = { .next_seq = 0 };
	struct err e;
	bool good;

	t->images++;
	world_put(f, w);
	good = verify(f, true, NULL, NULL) == 0;                /* reading, before anything is repaired */
	good = good && fixture_open(f, &l, LOG_WRITE, &e) == OK && log_head(l, &h, &e) == OK && h.proven;
	good = good && (h.next_seq == after || (h.next_seq == before && !acked));
	good = good && log_append(l, f->lk, false, "00112233445566778899aabbccddeeff lock db=1 hdr=1", T0 + 99000, NULL,
	    &e) == OK;
	good = good && log_verify(l, f->lks, 1, NULL, NULL, &r, &e) == OK && r.bad == 0 && r.entries == h.next_seq + 1;
	t->kept += good && h.next_seq == after;
	t->gone += good && h.next_seq == before;
	if (!good && t->bad++ < 5)
		printf("# bad image %llu: log %zu bytes, head %llu, bad %llu\n", (unsigned long long)t->images,
		    w->log.n, (unsigned long long)h.next_seq, (unsigned long long)r.bad);
}

/* The power fails after op number stop - 1: all builds of what was not synced. */
static void
crash_after(struct fixture *f, const struct world *start, size_t stop, uint64_t before, uint64_t after, struct tally *t)
{
	static struct world base, w;
	size_t synced_log = 0, synced_state = 0, open_op = n_ops;
	unsigned open_ops = 0;

	base = *start;
	for (size_t i = 0; i < stop; i++)
		if (ops[i].kind == OP_SYNC)
			*(ops[i].state ? &synced_state : &synced_log) = i;
	for (size_t i = 0; i < stop; i++) {
		if (ops[i].kind == OP_SYNC)
			continue;
		if (i < (ops[i].state ? synced_state : synced_log)) {
			apply(side(&base, &ops[i]), &ops[i], ops[i].n);
		} else {
			open_op = i;
			open_ops++;
		}
	}
	if (open_ops == 0) {
		try_world(f, &base, before, after, stop == n_ops, t);
		return;
	}
	/* The protocol never leaves two writes unsynced; were there two, the images below would not be all. */
	if (open_ops != 1)
		t->bad++;
	for (size_t n = 0; n <= ops[open_op].n; n += ops[open_op].n > 2000 ? 13 : 1) {     /* torn at every byte */
		w = base;
		apply(side(&w, &ops[open_op]), &ops[open_op], n);
		try_world(f, &w, before, after, false, t);
	}
	for (unsigned mask = 0; mask < 64; mask++) {            /* sectors in any order, size first or last */
		w = base;
		apply_sectors(side(&w, &ops[open_op]), &ops[open_op], mask);
		try_world(f, &w, before, after, false, t);
	}
}

static struct tally
crash_append(struct fixture *f, size_t n, const char *text)
{
	AUTO(log_close) struct log *l = NULL;
	static struct world start;
	struct tally t = { .images = 0 };
	const char *texts[LOG_BATCH_MAX];
	struct log_head h;
	struct stat st;
	struct err e;

	world_get(f, &start);
	if (fixture_open(f, &l, LOG_WRITE, &e) != OK || log_head(l, &h, &e) != OK || fstatat(f->dev, "logstate", &st, 0)
	    < 0)
		die("open", &e);
	state_ino = st.st_ino;
	for (size_t i = 0; i < n; i++)
		texts[i] = text;
	n_ops = 0;
	recording = true;
	if (log_append_batch(l, f->lk, texts, n, T0 + 50000, NULL, &e) != OK)
		die("append", &e);
	recording = false;
	log_close(&l);
	for (size_t stop = 0; stop <= n_ops; stop++)
		crash_after(f, &start, stop, h.next_seq, h.next_seq + n, &t);
	return t;
}

static void
test_crash(void)
{
	struct fixture f;
	struct tally t;
	static char longer[1200];

	fixture_make(&f);
	t = crash_append(&f, 1, "00112233445566778899aabbccddeeff import db=1 hdr=1");
	ok(n_ops == 6 && ops[0].state && ops[1].kind == OP_SYNC && !ops[2].state && ops[3].kind == OP_SYNC &&
	    !ops[3].state && ops[4].state && ops[5].kind == OP_SYNC,
	    "an append is: half, fsync, record, fsync, half, fsync");
	ok(t.bad == 0 && t.kept > 0 && t.gone > 0,
	    "first record: %llu images, %llu kept, %llu never happened, %llu bad", (unsigned long long)t.images,
	    (unsigned long long)t.kept, (unsigned long long)t.gone, (unsigned long long)t.bad);
	fixture_end(&f);
	fixture_make(&f);
	fill_log(&f, 3);
	t = crash_append(&f, 1, "00112233445566778899aabbccddeeff import db=1 hdr=1");
	ok(t.bad == 0 && t.kept > 0 && t.gone > 0,
	    "fourth record: %llu images, %llu kept, %llu never happened, %llu bad", (unsigned long long)t.images,
	    (unsigned long long)t.kept, (unsigned long long)t.gone, (unsigned long long)t.bad);
	fixture_end(&f);
	fixture_make(&f);
	fill_log(&f, 2);
	memset(longer, 'z', sizeof longer - 1);
	t = crash_append(&f, 3, longer);
	ok(t.bad == 0 && t.kept > 0 && t.gone > 0,
	    "batch of three: %llu images, %llu kept, %llu never happened, %llu bad", (unsigned long long)t.images,
	    (unsigned long long)t.kept, (unsigned long long)t.gone, (unsigned long long)t.bad);
	fixture_end(&f);
}

/* The recovery can be interrupted as well. */
static void
test_crash_recovery(void)
{
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	static struct world torn, w;
	struct tally t = { .images = 0 };
	struct stat st;
	struct err e;
	size_t append_ops;

	fixture_make(&f);
	fill_log(&f, 3);
	world_get(&f, &torn);
	(void)!fstatat(f.dev, "logstate", &st, 0);
	state_ino = st.st_ino;
	(void)!fixture_open(&f, &l, LOG_WRITE, &e);
	n_ops = 0;
	recording = true;
	(void)!log_append(l, f.lk, false, "00112233445566778899aabbccddeeff import db=1 hdr=1", T0 + 50000, NULL, &e);
	recording = false;
	log_close(&l);
	append_ops = n_ops;
	apply(&torn.state, &ops[0], ops[0].n);
	apply(&torn.log, &ops[2], ops[2].n - 7);
	w = torn;
	world_put(&f, &w);
	n_ops = 0;
	recording = true;
	(void)!fixture_open(&f, &l, LOG_WRITE, &e);
	recording = false;
	log_close(&l);
	ok(append_ops == 6 && n_ops == 6 && ops[0].kind == OP_CUT && ops[1].kind == OP_SYNC,
	    "recovery cuts first, then settles the halves, each synced");
	for (size_t stop = 0; stop <= n_ops; stop++)
		crash_after(&f, &torn, stop, 3, 3, &t);
	ok(t.bad == 0, "power loss during recovery: %llu images, %llu bad", (unsigned long long)t.images,
	    (unsigned long long)t.bad);
	fixture_end(&f);
}

/* Each call that writes or syncs fails once; the caller hears of it, and the next append works. */
static void
test_io_errors(void)
{
	bool told = true, whole = true, next = true;
	int cases = 0;

	for (int at = 0; at < 6; at++) {
		struct fixture f;
		AUTO(log_close) struct log *l = NULL;
		struct log_report r;
		struct stat st;
		struct err e;

		fixture_make(&f);
		fill_log(&f, 5);
		(void)!fstatat(f.dev, "logstate", &st, 0);
		state_ino = st.st_ino;
		(void)!fixture_open(&f, &l, LOG_WRITE, &e);
		n_ops = 0;
		recording = true;
		fail_at = at;
		told = told && log_append(l, f.lk, false, "00112233445566778899aabbccddeeff lock", T0 + 60000, NULL, &e)
		    == E_SYS;
		recording = false;
		fail_at = -1;
		whole = whole && verify(&f, true, &r, NULL) == 0 && r.entries == 5;
		next = next && log_append(l, f.lk, false, "00112233445566778899aabbccddeeff lock", T0 + 60000, NULL, &e)
		    == OK && verify(&f, true, &r, NULL) == 0 && r.entries == 6;
		cases++;
		fixture_end(&f);
	}
	ok(told && cases == 6, "EIO at each of the six calls is reported");
	ok(whole, "and then nothing was recorded");
	ok(next, "and the next append works");
}

/* ---- full disk ---- */

/* On a small file system of its own; as root. */
static void
test_enospc_tmpfs(void)
{
	char dir[] = "/tmp/purser-full-XXXXXX", saved[64];
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	AUTO(auto_close) int filler = -1;
	static char block[65536];
	struct err e = { .rc = OK };
	struct log_report r;
	const char *tmp = getenv("TMPDIR");
	size_t n = 0;
	enum rc rc = OK;

	(void)snprintf(saved, sizeof saved, "%s", tmp != NULL && strlen(tmp) < sizeof saved ? tmp : "");
	if (geteuid() != 0 || mkdtemp(dir) == NULL || mount("tmpfs", dir, "tmpfs", 0, "size=1m,mode=700") < 0) {
		tap_skip("a full file system: needs root and mount(2)");
		return;
	}
	(void)setenv("TMPDIR", dir, 1);
	fixture_make(&f);
	fill_log(&f, 10);
	if ((filler = openat(f.vault, "filler", O_WRONLY | O_CREAT, 0600)) >= 0)
		while (write(filler, block, sizeof block) > 0)
			;
	while (filler >= 0 && write(filler, block, 512) > 0)
		;
	(void)!fixture_open(&f, &l, LOG_WRITE, &e);
	ok(log_append(l, NULL, true, "00112233445566778899aabbccddeeff freeze", T0 + 20000, NULL, &e) == OK,
	    "disk full: a freeze is still recorded");
	while (n < 100000 && (rc = log_append(l, f.lk, false, "00112233445566778899aabbccddeeff lock", T0 + 20000, NULL,
	    &e)) == OK)
		n++;
	ok(rc == E_FULL && n >= 50, "the blocks kept ahead last for %zu more records, then it says so", n);
	ok(verify(&f, true, &r, NULL) == 0 && r.entries == 11 + n, "and the chain is whole");
	(void)unlinkat(f.vault, "filler", 0);
	auto_close(&filler);
	ok(log_append(l, f.lk, false, "00112233445566778899aabbccddeeff lock", T0 + 20000, NULL, &e) == OK && verify(&f,
	    true, &r, NULL) == 0, "with room again it goes on");
	log_close(&l);
	fixture_end(&f);
	(void)umount2(dir, MNT_DETACH);
	(void)rmdir(dir);
	if (saved[0] != '\0')
		(void)setenv("TMPDIR", saved, 1);
	else
		(void)unsetenv("TMPDIR");
}

static void
test_file_limit(void)
{
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	struct log_report r;
	struct rlimit old, lim;
	struct stat st;
	struct err e;
	bool failed = true, whole = true;

	fixture_make(&f);
	fill_log(&f, 10);
	(void)!fixture_open(&f, &l, LOG_WRITE, &e);
	(void)fstatat(f.vault, "log", &st, 0);
	(void)getrlimit(RLIMIT_FSIZE, &old);
	(void)signal(SIGXFSZ, SIG_IGN);
	for (rlim_t extra = 0; extra < 300; extra += 37) {
		lim = old;
		lim.rlim_cur = (rlim_t)st.st_size + extra;
		(void)setrlimit(RLIMIT_FSIZE, &lim);
		failed = failed && log_append(l, f.lk, false, "00112233445566778899aabbccddeeff lock", T0 + 20000, NULL,
		    &e) != OK;
		(void)setrlimit(RLIMIT_FSIZE, &old);
		whole = whole && verify(&f, true, &r, NULL) == 0 && r.entries == 10;
	}
	ok(failed && whole, "a record cut off by a file size limit never happened");
	fixture_end(&f);
}

/* ---- flips ---- */

static void
test_flips(void)
{
	struct fixture f;
	BUF log = { .max = 0 };
	BUF state = { .max = 0 };
	uint64_t unseen = 0, harmless = 0, flips = 0, wrote = 0;

	fixture_make(&f);
	fill_log(&f, 6);
	get(f.vault, "log", &log);
	get(f.dev, "logstate", &state);
	for (size_t i = 0; i < log.len; i++) {
		const unsigned char masks[] = { (unsigned char)(1u << (i % 8)), 0xff };

		for (size_t m = 0; m < COUNTOF(masks); m++, flips++) {
			log.p[i] = (char)((unsigned char)log.p[i] ^ masks[m]);
			put(f.vault, "log", log.p, log.len);
			if (verify(&f, true, NULL, NULL) == 0)
				unseen++;
			log.p[i] = (char)((unsigned char)log.p[i] ^ masks[m]);
		}
	}
	ok(unseen == 0, "%llu flips in every byte of the log: %llu unseen", (unsigned long long)flips,
	    (unsigned long long)unseen);
	put(f.vault, "log", log.p, log.len);
	unseen = flips = 0;
	for (size_t i = 0; i < state.len * 8; i++, flips++) {
		AUTO(log_close) struct log *l = NULL;
		struct log_report r;
		struct err e;

		state.p[i / 8] ^= (char)(1 << (i % 8));
		put(f.dev, "logstate", state.p, state.len);
		put(f.vault, "log", log.p, log.len);
		/* One damaged half: the other one tells, and the first append makes it whole. */
		harmless += verify(&f, true, &r, NULL) == 0 && r.entries == 6;
		wrote += fixture_open(&f, &l, LOG_WRITE, &e) == OK &&
		    log_append(l, f.lk, false, "00112233445566778899aabbccddeeff lock", T0 + 20000, NULL, &e) == OK &&
		    verify(&f, true, &r, NULL) == 0 && r.entries == 7;
		state.p[i / 8] ^= (char)(1 << (i % 8));
	}
	ok(harmless == flips && wrote == flips, "%llu flips of every bit of logstate: all harmless",
	    (unsigned long long)flips);
	for (size_t i = 0; i < 64; i++) {
		state.p[i] ^= 1;
		state.p[64 + i] ^= 1;
		put(f.dev, "logstate", state.p, state.len);
		put(f.vault, "log", log.p, log.len);
		unseen += verify(&f, true, NULL, NULL) == 0;
		state.p[i] ^= 1;
		state.p[64 + i] ^= 1;
	}
	ok(unseen == 0, "both halves damaged: found");
	fixture_end(&f);
}

/* ---- several writers ---- */

static int
writer(struct fixture *f, unsigned char who, int n)
{
	AUTO(log_close) struct log *l = NULL;
	char text[80];
	struct err e;

	if (fixture_open(f, &l, LOG_WRITE, &e) != OK)
		return 1;
	for (int i = 0; i < n; i++) {
		(void)snprintf(text, sizeof text, "00112233445566778899aabbccddeef%x import i=%d db=1 hdr=1", who, i);
		if (log_append(l, f->lk, false, text, T0 + i, NULL, &e) != OK)
			return 2;
	}
	return 0;
}

static void
test_concurrent(void)
{
	struct fixture f;
	struct log_report r = { .bad = 9 };
	pid_t pid[3];
	bool good = true, reading = true;
	int status;

	fixture_make(&f);
	(void)fflush(stdout);
	for (unsigned char i = 0; i < 2; i++)
		if ((pid[i] = fork()) == 0)
			_exit(writer(&f, i, 200));
	for (int i = 0; i < 20; i++)                            /* and one who reads meanwhile */
		reading = reading && verify(&f, true, NULL, NULL) == 0;
	for (int i = 0; i < 2; i++)
		good = good && waitpid(pid[i], &status, 0) == pid[i] && status == 0;
	good = good && verify(&f, true, &r, NULL) == 0;
	ok(good && r.entries == 400,
	    "two writers, 200 records each: %llu, chain whole", (unsigned long long)r.entries);
	ok(reading, "a reader meanwhile never saw damage");
	fixture_end(&f);
}

static void
test_busy(void)
{
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	AUTO(auto_close) int fd = -1;
	int64_t t0;
	struct err e;

	fixture_make(&f);
	fill_log(&f, 1);
	if (log_open(&l, &(struct log_where){ .vaultfd = f.vault, .devfd = f.dev }, f.lpub, f.pk0, LOG_WRITE, 100, &e)
	    != OK)
		die("open", &e);
	fd = openat(f.dev, "logstate", O_RDONLY);
	(void)syscall(SYS_flock, fd, 2);
	t0 = clock_now_ms();
	ok(log_append(l, f.lk, false, "x", T0, NULL, &e) == E_BUSY && clock_now_ms() - t0 >= 90 && clock_now_ms()
	    - t0 < 2000, "somebody holds the lock: busy after the time that was given");
	auto_close(&fd);
	ok(log_append(l, f.lk, false, "x", T0, NULL, &e) == OK, "and then it works");
	fixture_end(&f);
}

/* An epoch change renames new files into place under an open handle. */
static void
test_replaced(void)
{
	struct fixture f;
	AUTO(log_close) struct log *l = NULL;
	BUF log = { .max = 0 };
	BUF state = { .max = 0 };
	struct log_report r;
	struct err e;

	fixture_make(&f);
	fill_log(&f, 2);
	(void)!fixture_open(&f, &l, LOG_WRITE, &e);
	get(f.vault, "log", &log);
	get(f.dev, "logstate", &state);
	put(f.vault, "log.next", log.p, log.len);
	put(f.dev, "logstate.next", state.p, state.len);
	(void)renameat(f.vault, "log.next", f.vault, "log");
	(void)renameat(f.dev, "logstate.next", f.dev, "logstate");
	ok(log_append(l, f.lk, false, "00112233445566778899aabbccddeeff lock", T0 + 9000, NULL, &e) == OK && verify(&f,
	    true, &r, NULL) == 0 && r.entries == 3, "files that were replaced are opened anew");
	fixture_end(&f);
}

int
main(void)
{
	struct err e;

	if (crypto_start(&e) != OK)
		die("crypto_start", &e);
	test_crash();
	test_crash_recovery();
	test_io_errors();
	test_enospc_tmpfs();
	test_file_limit();
	test_flips();
	test_concurrent();
	test_busy();
	test_replaced();
	return tap_done();
}
