/*
 * The agent's protocol: frames that are none, slow and many clients, other users, limits, a freeze in the middle of a
 * reveal. The agent is this program re-executed, as purser does it. (PURSER_TEST_KDF: the small key derivation.)
 */
#include "tests/keyring.h"
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "agent/client.h"
#include "agent/secrets.h"
#include "base/le.h"
#include "base/num.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

/* Made at run time: the agent is this program, and what stands in it would be found in its memory. */
static char password[33], value[33];

/* ---- a store with one secret, and its agent ---- */

struct fix { struct vh t; struct record rec; struct agent_limits lim; };

static void
fix_end(struct fix *f)
{
	struct err e = { 0 };
	bool was;

	if (f->t.h != NULL && agent_lock(f->t.h, &was, &e) != OK)
		printf("# lock: %s\n", e.what);
	record_free(&f->rec);
	vh_end(&f->t);
}

static bool
said(const char *what, enum rc rc, const struct err *e)
{
	if (rc != OK)
		printf("# %s: %d %s\n", what, (int)rc, e->what);
	return rc == OK;
}

static enum rc
put_secret(struct vault *v, struct record *out, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *tx = NULL;
	struct record_id id = { .kind = KIND_PASSWORD, .version = 1 };
	SECRET plain = { 0 };
	enum rc rc;

	memset(id.rec, 1, ID_LEN);
	memset(id.acct, 2, ID_LEN);
	if ((rc = secret_copy(&plain, value, strlen(value), e)) != OK ||
	    (rc = vault_txn_begin(v, 1000, 1, &tx, e)) != OK ||
	    (rc = record_seal(v, &id, &plain, 1, true, out, e)) != OK ||
	    (rc = rows_secret_put(vault_db(v), out, SECRET_CURRENT, e)) != OK)
		return rc;
	return vault_txn_commit(&tx, e);
}

static bool
fix_make(struct fix *f)
{
	AUTO(vault_close) struct vault *v = NULL;
	struct pwparams params = { 8192, 3, 4 };
	struct new_keys how = {
		.params = &params, .kit = &f->t.kit, .kit_state = KIT_VERIFIED, .now_ms = clock_now_ms(), .wait_ms = 1000
	};
	SECRET pw = { 0 };
	struct err e = { 0 };
	GENESIS g = { 0 };
	enum rc rc;

	memset(f, 0, sizeof *f);
	f->lim = (struct agent_limits){ 600, 3600, 0 };
	vh_tmp(&f->t);
	how.password = &pw;
	if ((rc = secret_copy(&pw, password, strlen(password), &e)) == OK && (rc = genesis_make(&g, &e)) == OK &&
	    (rc = kit_make(&f->t.kit, g.vault_id, g.pk0, 1, 1, &e)) == OK && (rc = home_create(f->t.h, &e)) == OK &&
	    (rc = vault_create(f->t.h, &g, &how, &v, &e)) == OK)
		rc = put_secret(v, &f->rec, &e);
	return said("a store", rc, &e);
}

static enum rc
unlock_with(const struct fix *f, const char *text, const struct agent_limits *lim)
{
	SECRET pw = { 0 };
	struct err e = { 0 };
	enum rc rc = secret_copy(&pw, text, strlen(text), &e);

	return rc != OK ? rc : agent_unlock(f->t.h, &pw, NULL, lim, NULL, &e);
}

static int
dial(const struct fix *f)
{
	struct err e = { 0 };
	int fd = -1;

	return client_connect(f->t.h, &fd, &e) == OK ? fd : -1;
}

static enum rc
openrec_frame(struct frame *q, const struct record *r, struct err *e)
{
	enum rc rc = frame_start(q, AGENT_OPENREC, 512 + r->body_len, e);

	if (rc != OK)
		return rc;
	frame_u8(q, 0);
	frame_bytes(q, r->id.rec, ID_LEN);
	frame_bytes(q, r->id.acct, ID_LEN);
	frame_u8(q, r->id.kind);
	frame_u64(q, r->id.version);
	frame_u64(q, (uint64_t)r->created_ms);
	frame_bytes(q, r->seal, RECORD_SEAL_LEN);
	frame_bytes(q, r->mtag, 32);
	frame_part(q, r->body, r->body_len);
	return OK;
}

/* One reveal on a connection of its own. */
static enum rc
reveal(const struct fix *f, bool *right)
{
	AUTO(auto_close) int fd = dial(f);
	FRAME q = { 0 }, r = { 0 };
	struct err e = { 0 };
	const unsigned char *p;
	size_t n;
	enum rc rc;

	*right = false;
	if (fd < 0 || (rc = openrec_frame(&q, &f->rec, &e)) != OK || (rc = client_ask(fd, &q, &r, 5000, &e)) != OK)
		return fd < 0 ? E_NOTFOUND : rc;
	p = frame_get_part(&r, &n);
	*right = p != NULL && n == strlen(value) && memcmp(p, value, n) == 0;
	return OK;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* true: the other side hung up within ms, without a byte. */
static bool
hung_up(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;

	return poll(&p, 1, ms) == 1 && recv(fd, &c, 1, MSG_DONTWAIT) <= 0;
}

static bool
write_all(int fd, const void *p, size_t n)
{
	return send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
}

/* ---- frames ---- */

static bool
answers(const struct fix *f)
{
	struct agent_status st;

	agent_status(f->t.h, &st);
	return st.running;
}

static void
frames(const struct fix *f)
{
	static const struct { unsigned char b[8]; size_t n; const char *what; } bad[] = {
		{ { 0, 0, 0, 0 }, 4, "a frame of no byte" }, { { 1, 0, 1, 0, 1 }, 5, "a frame of 65,537 bytes" },
		{ { 0xff, 0xff, 0xff, 0xff, 1 }, 5, "a frame of 4 GiB" }, { { 1, 0, 0, 0, 0 }, 5, "op 0" },
		{ { 1, 0, 0, 0, AGENT_FIND + 1 }, 5, "an op after the last" }, { { 1, 0, 0, 0, 255 }, 5, "op 255" },
	};
	static const unsigned char cut[] = { 1, 0, 0, 0, AGENT_OPENREC }, held[] = { 3, 0, 0, 0, AGENT_HELD, 1, 2 };
	static const unsigned char unlock[] = { 21, 0, 0, 0, AGENT_UNLOCK, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 255,
		255, 255, 255, 1, 1, 1 };
	FRAME r = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < COUNTOF(bad); i++) {
		AUTO(auto_close) int fd = dial(f);

		ok(fd >= 0 && write_all(fd, bad[i].b, bad[i].n) && hung_up(fd, 3000) && answers(f),
		    "%s: hung up, the agent goes on", bad[i].what);
	}
	{
		AUTO(auto_close) int fd = dial(f);

		ok(write_all(fd, cut, sizeof cut) && frame_recv(fd, &r, 3000, &e) == OK && frame_get_u8(&r) == E_USAGE,
		    "a reveal without a record is refused");
		ok(write_all(fd, held, sizeof held) && frame_recv(fd, &r, 3000, &e) == OK &&
			frame_get_u8(&r) == E_USAGE,
		    "on the same connection one more");
		ok(write_all(fd, unlock, sizeof unlock) && frame_recv(fd, &r, 3000, &e) == OK &&
			frame_get_u8(&r) == E_USAGE,
		    "a password longer than its frame is refused");
	}
	ok(answers(f), "after all of them it answers");
}

/* A fixed series of random frames: an answer or a hang-up each, and the agent lives. */
static void
noise(const struct fix *f)
{
	unsigned char b[300];
	uint32_t x = 12345;
	unsigned bad = 0;

	for (unsigned i = 0; i < 300; i++) {
		AUTO(auto_close) int fd = dial(f);
		struct pollfd p = { .fd = fd, .events = POLLIN };
		size_t n = 1 + i % 200;

		for (size_t k = 0; k < n; k++) {
			x = x * 1664525u + 1013904223u;
			b[4 + k] = (unsigned char)(x >> 24);
		}
		b[4] = (unsigned char)(1 + x % AGENT_FIND);
		if (b[4] == AGENT_LOCK || b[4] == AGENT_FREEZE || b[4] == AGENT_UNLOCK)
			b[4] = AGENT_OPENREC;
		le32_put(b, (uint32_t)n);
		bad += fd < 0 || !write_all(fd, b, 4 + n) || poll(&p, 1, 3000) != 1;
	}
	ok(bad == 0 && answers(f), "300 frames of noise: each is answered or hung up on");
}

/* The directory of sockets is opened with O_PATH. */
static int
set_mode(int dir, mode_t mode)
{
	char path[32];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", dir);
	return chmod(path, mode);
}

/* ---- many and slow ---- */

static void
many(const struct fix *f)
{
	static const unsigned char status[] = { 1, 0, 0, 0, AGENT_STATUS };
	struct rlimit files = { 1200, 1200 };
	int fd[1000];
	unsigned served = 0;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < 1200) {
		files.rlim_cur = files.rlim_max < 1200 ? files.rlim_max : 1200;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	for (size_t i = 0; i < COUNTOF(fd); i++) {
		fd[i] = dial(f);
		if (fd[i] >= 0 && !write_all(fd[i], status, sizeof status))
			printf("# client %zu cannot write\n", i);
	}
	for (size_t i = 0; i < COUNTOF(fd); i++) {
		FRAME r = { 0 };
		struct err e = { 0 };

		served += fd[i] >= 0 && frame_recv(fd[i], &r, 10000, &e) == OK && frame_get_u8(&r) == OK;
		if (fd[i] >= 0)
			(void)close(fd[i]);
	}
	ok(served == COUNTOF(fd), "1,000 clients at once, 16 places: each gets its answer (%u)", served);
}

/* The hook makes it 600 ms instead of 5 s. */
static void
slow(const struct fix *f)
{
	AUTO(auto_close) int fd = dial(f);
	AUTO(auto_close) int silent = dial(f);
	static const unsigned char head[] = { 100, 0, 0, 0, AGENT_OPENREC };
	int64_t from = now_ms();
	bool cut = !write_all(fd, head, sizeof head);

	while (!cut && now_ms() - from < 5000) {
		(void)poll(NULL, 0, 50);
		cut = !write_all(fd, "x", 1);
	}
	ok(cut && now_ms() - from >= 500 && now_ms() - from < 4000, "a byte now and then buys no more time (%d ms)",
	    (int)(now_ms() - from));
	ok(hung_up(silent, 3000), "who says nothing is hung up on, too");
	ok(answers(f), "and others are served");
}

/* ---- who may ---- */

static void
strangers(const struct fix *f)
{
	AUTO(auto_close) int dir = -1;
	char name[SOCKET_NAME_LEN];
	struct err e = { 0 };
	struct stat st;
	int status = -1;
	pid_t pid;

	if (!ok(wire_place(&dir, &e) == OK && wire_name(f->t.h, name, &e) == OK && fstat(dir, &st) == 0 &&
		    (st.st_mode & 0777) == 0700,
		"the directory of the sockets is 0700"))
		return;
	if (geteuid() != 0) {
		tap_skip("another uid: needs root");
		return;
	}
	if (set_mode(dir, 0711) < 0 || fchmodat(dir, name, 0777, 0) < 0)
		printf("# chmod failed\n");
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		static const unsigned char hello[] = { 1, 0, 0, 0, AGENT_HELLO };
		struct sockaddr_un sa = { .sun_family = AF_UNIX };
		struct err none = { 0 };
		int fd = -1;

		/* The client's own check would turn away first: the agent's is what is looked at. */
		if (setgid(65534) < 0 || setuid(65534) < 0 || wire_connect(dir, name, &fd, &none) == OK)
			_exit(1);
		if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) < 0)
			_exit(2);
		(void)snprintf(sa.sun_path, sizeof sa.sun_path, "/proc/self/fd/%d/%s", dir, name);
		if (connect(fd, (const struct sockaddr *)&sa, sizeof sa) < 0)
			_exit(3);
		(void)!write_all(fd, hello, sizeof hello);
		_exit(hung_up(fd, 3000) ? 0 : 4);
	}
	(void)waitpid(pid, &status, 0);
	(void)set_mode(dir, 0700);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "another user who gets as far as the socket is not served (%d)", WEXITSTATUS(status));
	(void)set_mode(dir, 0755);
	{
		AUTO(auto_close) int again = -1;

		ok(wire_place(&again, &e) == E_FAILED, "a directory that others may enter is no place for a socket");
	}
	(void)set_mode(dir, 0700);
}

/* ---- locking ---- */

static void
unlocking(struct fix *f)
{
	struct agent_limits keep = { 0, 0, 0 }, two = { 600, 3600, 2 };
	struct agent_status st;
	bool right;

	ok(unlock_with(f, "wrong", &f->lim) == E_AUTH && reveal(f, &right) == OK && right,
	    "a wrong password: refused, who was unlocked stays so");
	ok(unlock_with(f, password, &two) == OK && reveal(f, &right) == OK && reveal(f, &right) == OK &&
		reveal(f, &right) == E_AGAIN,
	    "two secrets a minute: the third is refused");
	agent_status(f->t.h, &st);
	ok(st.unlocked && st.reveals_left == 0, "and status says that none is left");
	ok(unlock_with(f, password, &keep) == OK && reveal(f, &right) == OK && right,
	    "the password again: the next one");
	agent_status(f->t.h, &st);
	ok(st.reveals_left == 1, "under the limits of before");
	ok(unlock_with(f, password, &f->lim) == OK, "no limit again");
}

/* vault_freeze() tells the agent first; here only that message, many times, beside a reveal that is under way. */
static void
freeze_races(struct fix *f)
{
	static const unsigned char freeze[] = { 1, 0, 0, 0, AGENT_FREEZE };
	unsigned after = 0, before = 0, refused = 0, odd = 0;

	for (unsigned i = 0; i < 40; i++) {
		AUTO(auto_close) int a = -1, b = -1;
		FRAME q = { 0 }, fr = { 0 }, r = { 0 };
		struct err e = { 0 };
		int there = 0;
		enum rc rc;

		if (unlock_with(f, password, &f->lim) != OK || (a = dial(f)) < 0 || (b = dial(f)) < 0 ||
		    openrec_frame(&q, &f->rec, &e) != OK) {
			odd++;
			continue;
		}
		if (i % 2 == 0) {
			odd += frame_send(a, &q, 1000, &e) != OK || !write_all(b, freeze, sizeof freeze);
		} else {
			le32_put(q.mem.bytes, (uint32_t)(q.len - 4));
			odd += !write_all(a, q.mem.bytes, q.len / 2) || !write_all(b, freeze, sizeof freeze);
		}
		odd += frame_recv(b, &fr, 3000, &e) != OK || frame_get_u8(&fr) != OK;
		/* Half of the request before, half after. */
		if (i % 2 == 1)
			odd += !write_all(a, q.mem.bytes + q.len / 2, q.len - q.len / 2);
		(void)ioctl(a, FIONREAD, &there);
		rc = frame_recv(a, &r, 3000, &e) == OK ? (enum rc)frame_get_u8(&r) : E_FAILED;
		before += rc == OK && there > 0;
		after += rc == OK && there == 0;
		refused += rc != OK;
	}
	ok(odd == 0 && after == 0,
	    "40 freezes beside a reveal: no plaintext after the reply to FREEZE (%u before it, %u refused)", before,
	    refused);
	ok(refused >= 20, "what was whole only after it is refused");
}

static void
after_freeze(struct fix *f)
{
	struct freeze_report r;
	struct agent_status st;
	struct err e = { 0 };
	bool right;

	ok(unlock_with(f, password, &f->lim) == OK && reveal(f, &right) == OK && right, "unlocked once more");
	ok(vault_freeze(f->t.h, NULL, 2000, agent_freeze, f->t.h, &r, &e) == OK && r.agent == FREEZE_AGENT_WIPED &&
		r.frozen,
	    "freeze: the agent is wiped");
	ok(reveal(f, &right) == E_FROZEN && !right, "no secret any more");
	agent_status(f->t.h, &st);
	ok(st.unlocked && !st.secrets, "the ledger stays open, as history has to");
	ok(unlock_with(f, password, &f->lim) == OK && reveal(f, &right) == E_FROZEN,
	    "the password brings no secret back");
}

/* The fuse is gone although nobody told the agent: a missed message changes nothing. */
static void
missed_message(struct fix *f)
{
	struct freeze_report r;
	struct err e = { 0 };
	bool right;

	ok(unlock_with(f, password, &f->lim) == OK && reveal(f, &right) == OK && right, "another store, unlocked");
	ok(vault_freeze(f->t.h, NULL, 2000, NULL, NULL, &r, &e) == OK && reveal(f, &right) == E_FROZEN,
	    "frozen without a word to the agent: no secret");
}

static bool
gone_within(pid_t pid, int ms)
{
	int64_t from = now_ms();

	while (kill(pid, 0) == 0 && now_ms() - from < ms)
		(void)poll(NULL, 0, 20);
	return kill(pid, 0) < 0;
}

static void
stopped(struct fix *f)
{
	struct freeze_report r;
	struct agent_status st;
	struct err e = { 0 };
	int64_t from;

	if (unlock_with(f, password, &f->lim) != OK)
		ok(false, "unlocked");
	agent_status(f->t.h, &st);
	(void)kill(st.pid, SIGSTOP);
	from = now_ms();
	ok(vault_freeze(f->t.h, NULL, 2000, agent_freeze, f->t.h, &r, &e) == OK && r.frozen &&
		r.agent == FREEZE_AGENT_ENDED,
	    "freeze beside a stopped agent: frozen, and that agent is ended");
	ok(now_ms() - from < 2500, "in time (%d ms)", (int)(now_ms() - from));
	ok(gone_within(st.pid, 5000), "it is gone");
}

static void
limits(struct fix *f)
{
	struct agent_limits idle = { 1, 3600, 0 }, full = { 600, 1, 0 };
	struct agent_status st;
	bool right;

	ok(unlock_with(f, password, &idle) == OK, "one second of idleness");
	for (unsigned i = 0; i < 8; i++) {
		(void)poll(NULL, 0, 200);
		if (reveal(f, &right) != OK)
			break;
	}
	agent_status(f->t.h, &st);
	ok(st.unlocked, "requests keep it open");
	(void)poll(NULL, 0, 1300);
	ok(reveal(f, &right) == E_LOCKED && !right, "idle: locked");
	ok(unlock_with(f, password, &full) == OK && reveal(f, &right) == OK, "one second in all");
	for (unsigned i = 0; i < 6; i++) {
		(void)poll(NULL, 0, 200);
		(void)!reveal(f, &right);
	}
	ok(reveal(f, &right) == E_LOCKED, "in all: locked, although it was used");
}

static void
signals(struct fix *f)
{
	struct agent_status st, now;
	struct err e = { 0 };
	bool right, was;

	if (unlock_with(f, password, &f->lim) != OK)
		ok(false, "unlocked");
	agent_status(f->t.h, &st);
	(void)kill(st.pid, SIGHUP);
	(void)poll(NULL, 0, 200);
	agent_status(f->t.h, &now);
	ok(now.running && !now.unlocked && now.pid == st.pid && reveal(f, &right) == E_LOCKED, "SIGHUP locks");
	ok(unlock_with(f, password, &f->lim) == OK && reveal(f, &right) == OK, "and it can be unlocked again");
	(void)kill(st.pid, SIGTERM);
	ok(gone_within(st.pid, 3000), "SIGTERM ends it");
	ok(unlock_with(f, password, &f->lim) == OK && agent_lock(f->t.h, &was, &e) == OK && was, "lock");
	agent_status(f->t.h, &st);
	ok(st.running && !st.unlocked && gone_within(st.pid, 4000),
	    "an agent without keys ends by itself (after the minute that the hook makes a second)");
}

/* The directory of the store is removed: nobody could find this agent any more. */
static void
store_gone(struct fix *f)
{
	struct agent_status st;
	char path[600];

	if (unlock_with(f, password, &f->lim) != OK)
		ok(false, "unlocked");
	agent_status(f->t.h, &st);
	(void)snprintf(path, sizeof path, "%s/device", f->t.root);
	vh_rm(path);
	ok(gone_within(st.pid, 8000), "the store is removed: its agent ends");
}

/* Only what is there: the arena of SQLite is a gigabyte of address space. */
static bool
is_present(int pagemap, unsigned long at)
{
	uint64_t entry = 0;

	return pread(pagemap, &entry, sizeof entry, (off_t)(at / 4096 * 8)) == (ssize_t)sizeof entry &&
	       entry >> 62 != 0;
}

static int
count_pages(int mem, int pagemap, unsigned long from, unsigned long to, const unsigned char *what, size_t len)
{
	static unsigned char page[4096];
	int found = 0;

	for (; from < to; from += sizeof page) {
		const unsigned char *at = page;
		ssize_t k = is_present(pagemap, from) ? pread(mem, page, sizeof page, (off_t)from) : 0;

		for (; k > 0 && (at = memmem(at, (size_t)(page + k - at), what, len)) != NULL; at++)
			found++;
	}
	return found;
}

/* How often these bytes stand in the memory of a process; -1: it cannot be looked at. */
static int
in_memory(pid_t pid, const unsigned char *what, size_t len)
{
	AUTO(auto_close) int mem = -1, pagemap = -1;
	char path[64], line[512], rights[8];
	unsigned long from, to;
	int found = 0;
	FILE *maps;

	(void)snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	if (mem < 0 || pagemap < 0 || (maps = fopen(path, "re")) == NULL)
		return -1;
	while (fgets(line, sizeof line, maps) != NULL)
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && to - from <= 1ul << 31)
			found += count_pages(mem, pagemap, from, to, what, len);
	(void)fclose(maps);
	return found;
}

/* Every page that has these bytes is locked, in no core, and not for children: lo, dd and dc of its mapping. */
static bool
guarded(pid_t pid, const unsigned char key[32])
{
	AUTO(auto_close) int mem = -1, pagemap = -1;
	char path[64], line[512], rights[8];
	unsigned long from = 0, to = 0, a, b;
	bool good = true, any = false;
	FILE *smaps;

	(void)snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof path, "/proc/%d/smaps", (int)pid);
	if ((smaps = fopen(path, "re")) == NULL)
		return false;
	while (fgets(line, sizeof line, smaps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &a, &b, rights) == 3) {
			from = a;
			to = b;
		}
		if (strncmp(line, "VmFlags:", 8) != 0 || to - from > 1ul << 31 || count_pages(mem, pagemap, from, to, key, 32) == 0)
			continue;
		any = true;
		good = good && strstr(line, " lo") != NULL && strstr(line, " dd") != NULL && strstr(line, " dc") != NULL;
	}
	(void)fclose(smaps);
	return good && any;
}

/* What an unlock in this process finds: the keys that the agent has too. */
static bool
keys_of(const struct fix *f, struct keyring *ring)
{
	AUTO(vault_close) struct vault *v = NULL;
	struct unlock_how how = { .now_ms = 3000, .wait_ms = 1000 };
	SECRET pw = { 0 };
	struct err e = { 0 };

	how.password = &pw;
	if (secret_copy(&pw, password, strlen(password), &e) != OK || vault_unlock(f->t.h, &how, &v, &e) != OK ||
	    vault_sk(v) == NULL)
		return false;
	return keyring_make(ring, f->t.h, v, vault_id(v), &f->rec.id);
}

enum state { OPENED, FROZEN, LOCKED };

/* No key that is not needed in this state, nothing that was shown or typed. */
static bool
only_what_is_needed(pid_t pid, const struct keyring *ring, enum state state)
{
	bool good = true;

	for (size_t i = 0; i < ring->n; i++) {
		const struct ring_key *k = &ring->key[i];
		bool may = state != LOCKED && !k->brief && (k->ledger || state == OPENED);
		int n = in_memory(pid, k->k, 32);

		if (n == 0 || may)
			continue;
		printf("# %s: %d\n", k->name, n);
		good = false;
	}
	return good && in_memory(pid, (const unsigned char *)value, 32) == 0 &&
	    in_memory(pid, (const unsigned char *)password, 32) == 0;
}

static void
memory(struct fix *f)
{
	static const unsigned char freeze[] = { 1, 0, 0, 0, AGENT_FREEZE };
	struct agent_status st;
	struct keyring ring;
	struct err e = { 0 };
	bool right, was;

	/* Looking takes longer than an agent without keys would stay. */
	(void)setenv("PURSER_TEST_LINGER_MS", "30000", 1);
	right = keys_of(f, &ring) && unlock_with(f, password, &f->lim) == OK;
	(void)setenv("PURSER_TEST_LINGER_MS", "1000", 1);
	if (!ok(right && unlock_with(f, password, &f->lim) == OK && reveal(f, &right) == OK && right,
	    "unlocked, and one secret shown"))
		return;
	agent_status(f->t.h, &st);
	if (UNDER_ASAN || in_memory(st.pid, ring.key[0].k, 32) < 0) {
		tap_skip("the agent's memory cannot be looked at here");
		return;
	}
	ok(in_memory(st.pid, ring.key[0].k, 32) > 0 && in_memory(st.pid, ring.key[1].k, 32) > 0,
	    "unlocked: LK and SK are there (the search works)");
	ok(guarded(st.pid, ring.key[0].k) && guarded(st.pid, ring.key[1].k),
	    "every copy of them is in locked memory that is in no core and not for children");
	ok(only_what_is_needed(st.pid, &ring, OPENED),
	    "unlocked: no D, H, RK or other key of a moment, nothing that was shown, no password");
	{
		AUTO(auto_close) int fd = dial(f);
		FRAME r = { 0 };

		ok(write_all(fd, freeze, sizeof freeze) && frame_recv(fd, &r, 3000, &e) == OK &&
			only_what_is_needed(st.pid, &ring, FROZEN) && in_memory(st.pid, ring.key[0].k, 32) > 0,
		    "after FREEZE no key of a secret is, LK still is");
	}
	ok(agent_lock(f->t.h, &was, &e) == OK && only_what_is_needed(st.pid, &ring, LOCKED), "after LOCK none of %zu keys is",
	    ring.n);
	ok(unlock_with(f, password, &f->lim) == OK && reveal(f, &right) == OK && agent_lock(f->t.h, &was, &e) == OK &&
		only_what_is_needed(st.pid, &ring, LOCKED),
	    "unlocked and locked once more: none is");
	wipe(&ring, sizeof ring);
}

static void
each(void (*test)(struct fix *f))
{
	AUTO(fix_end) struct fix f;

	if (ok(fix_make(&f), "a store"))
		test(&f);
}

static void
protocol(struct fix *f)
{
	if (!ok(unlock_with(f, password, &f->lim) == OK, "an agent is started and unlocked"))
		return;
	frames(f);
	noise(f);
	many(f);
	slow(f);
	strangers(f);
	unlocking(f);
	freeze_races(f);
	after_freeze(f);
}

int
main(int argc, char **argv)
{
	char run[] = "/tmp/purser-agent.XXXXXX";
	unsigned char random[32];
	struct err e = { 0 };
	enum rc rc;

	if (argc == 4 && strcmp(argv[1], AGENT_COMMAND) == 0) {
		rc = agent_run(argv[2], argv[3], &e);
		return (int)rc;
	}
	if (crypto_start(&e) != OK || mkdtemp(run) == NULL || setenv("XDG_RUNTIME_DIR", run, 1) < 0 ||
	    setenv("PURSER_TEST_LINGER_MS", "1000", 1) < 0 || setenv("PURSER_TEST_READ_MS", "600", 1) < 0)
		return 1;
	random_bytes(random, sizeof random);
	hex_put(password, random, 16);
	hex_put(value, random + 16, 16);
	each(protocol);
	each(memory);
	each(missed_message);
	each(stopped);
	each(limits);
	each(signals);
	each(store_gone);
	vh_rm(run);
	return tap_done();
}
