/*
 * tests/bench/latency_bench.c: how long whole commands take, as a person or a script waits for them: fork, exec, end.
 * With the agent unlocked (--reveals 0), in stores of 10, 1,000 and 10,000 secrets.
 *	latency_bench [ROWS [RUNS [DIRECTORY]]]      ROWS is not used; default 101 runs, in /dev/shm and $TMPDIR or /tmp
 *
 * On a machine that does other things as well: chrt -f 10 latency_bench.
 *
 * Wall clock and processor time (of the command, not of the agent), median and tenth percentile. Goals: on tmpfs
 * secret show and otp 5 ms, freeze 50 ms, --version 1.5 times sqlite3 --version.
 */
#include "agent/agent.h"
#include "base/io.h"
#include "base/num.h"
#include "base/time.h"
#include "crypto/otp.h"
#include "store/account.h"
#include "store/db.h"
#include "store/vaultrows.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 999

static char root[512], purser[512];

static void
need(bool good, const struct err *e, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "%s: %s\n", what, e != NULL ? e->what : "failed");
	exit(1);
}

/* ---- a store ---- */

static void
put(struct vault *v, const unsigned char *acct, uint8_t kind, const char *text, unsigned n)
{
	struct record_id id = { .kind = kind, .version = 1 };
	SECRET plain = { 0 };
	struct err e = { 0 };
	RECORD rec = { 0 };

	random_bytes(id.rec, sizeof id.rec);
	memcpy(id.acct, acct, ID_LEN);
	need(secret_copy(&plain, text, strlen(text), &e) == OK, &e, "secret");
	need(record_seal(v, &id, &plain, 1000 + n, true, &rec, &e) == OK, &e, "seal");
	need(rows_secret_put(vault_db(v), &rec, SECRET_CURRENT, &e) == OK, &e, "row");
}

/* Every other secret is a second factor. */
static void
fill(struct vault *v, unsigned secrets)
{
	AUTO(vault_txn_end) struct vault_txn *tx = NULL;
	struct err e = { 0 };

	need(vault_txn_begin(v, 1000, 1, &tx, &e) == OK, &e, "begin");
	for (unsigned i = 0; i < secrets / 2; i++) {
		AUTO(account_free) struct account a = { 0 };
		SECRET seed = { 0 }, packed = { 0 };
		char name[32];
		OTP o = { 0 };

		account_init(&a);
		(void)snprintf(name, sizeof name, "wallet%05u", i);
		need(text_set(&a.name, name, &e) == OK && account_add(vault_db(v), &a, 1000, &e) == OK, &e, "account");
		put(v, a.uid, KIND_PASSWORD, "correct horse battery staple", i);
		need(secret_copy(&seed, "JBSWY3DPEHPK3PXP", 16, &e) == OK && otp_parse(&o, &seed, &e) == OK &&
			 otp_pack(&packed, &o, &e) == OK,
		    &e, "otp");
		put(v, a.uid, KIND_OTP, "otpauth://totp/?secret=JBSWY3DPEHPK3PXP", i);
	}
	need(vault_txn_commit(&tx, &e) == OK, &e, "commit");
}

static void
make_store(unsigned secrets)
{
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(home_close) struct home *h = NULL;
	struct pwparams params = { 65536, 3, 4 };
	struct new_keys how = { .params = &params, .kit_state = KIT_UNVERIFIED, .now_ms = clock_now_ms(), .wait_ms = 1000 };
	char vault[600], device[600];
	SECRET pw = { 0 };
	struct err e = { 0 };
	GENESIS g = { 0 };
	KIT kit = { 0 };

	(void)snprintf(vault, sizeof vault, "%s/vault", root);
	(void)snprintf(device, sizeof device, "%s/device", root);
	how.password = &pw;
	how.kit = &kit;
	need(secret_copy(&pw, "bench", 5, &e) == OK && genesis_make(&g, &e) == OK &&
		 kit_make(&kit, g.vault_id, g.pk0, 1, 1, &e) == OK && home_open(&h, vault, device, &e) == OK &&
		 home_create(h, &e) == OK && vault_create(h, &g, &how, &v, &e) == OK,
	    &e, "store");
	fill(v, secrets);
}

/* ---- commands ---- */

static double
ms_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
cpu_ms(const struct rusage *r)
{
	return (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) * 1e3 +
	       (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) / 1e3;
}

/* true: it ended with 0. */
static bool
run(char *const argv[], double *wall, double *cpu)
{
	double from = ms_now();
	struct rusage used;
	int status = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
			_exit(126);
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
		return false;
	*wall = ms_now() - from;
	*cpu = cpu_ms(&used);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* before (may be NULL) is done before each run, outside the time. */
static double
measure(const char *what, char *const argv[], int runs, void (*before)(void))
{
	static double wall[RUNS_MAX], cpu[RUNS_MAX];
	size_t n = (size_t)runs;

	for (size_t i = 0; i < n; i++) {
		if (before != NULL)
			before();
		if (!run(argv, &wall[i], &cpu[i])) {
			printf("%-28s did not work\n", what);
			return 0;
		}
	}
	qsort(wall, n, sizeof *wall, by_size);
	qsort(cpu, n, sizeof *cpu, by_size);
	printf("%-28s wall median %6.2f ms  (p10 %6.2f)   cpu median %6.2f ms\n", what, wall[n / 2], wall[n / 10],
	    cpu[n / 2]);
	(void)fflush(stdout);
	return wall[n / 2];
}

/* ---- freeze: a fuse for each ---- */

static unsigned char *fuse;
static size_t fuse_len;

static void
keep_fuse(void)
{
	BUF b = { .max = (size_t)1 << 26 };
	struct err e = { 0 };
	char path[600];

	(void)snprintf(path, sizeof path, "%s/device/fuse", root);
	need(io_read_file(AT_FDCWD, path, (size_t)1 << 25, &b, &e) == OK, &e, "fuse");
	free(fuse);
	if ((fuse = malloc(b.len)) == NULL)
		exit(1);
	memcpy(fuse, b.p, b.len);
	fuse_len = b.len;
}

static void
put_fuse_back(void)
{
	struct err e = { 0 };
	char path[600];
	int fd;

	(void)snprintf(path, sizeof path, "%s/device/fuse", root);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	need(fd >= 0 && io_write(fd, fuse, fuse_len, &e) == OK && close(fd) == 0, &e, "fuse");
}

static int
rm_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static void
one_size(unsigned secrets, int runs)
{
	char password[600], what[64];
	char *unlock[] = { purser, (char *)(uintptr_t) "unlock", (char *)(uintptr_t) "--reveals",
		(char *)(uintptr_t) "0", (char *)(uintptr_t) "--password-file", password, NULL };
	char *show[] = { purser, (char *)(uintptr_t) "secret", (char *)(uintptr_t) "show",
		(char *)(uintptr_t) "wallet00003", NULL };
	char *otp[] = { purser, (char *)(uintptr_t)"otp", (char *)(uintptr_t)"wallet00003", NULL };
	char *status[] = { purser, (char *)(uintptr_t)"status", NULL };
	char *freeze[] = { purser, (char *)(uintptr_t)"freeze", NULL };
	char *lock[] = { purser, (char *)(uintptr_t)"lock", NULL };
	double wall, cpu;
	struct err e = { 0 };
	int fd;

	make_store(secrets);
	(void)snprintf(password, sizeof password, "%s/password", root);
	fd = open(password, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	need(fd >= 0 && io_write(fd, "bench\n", 6, &e) == OK && close(fd) == 0, &e, "password file");
	need(run(unlock, &wall, &cpu), NULL, "purser unlock");
	(void)snprintf(what, sizeof what, "secret show, %u secrets", secrets);
	(void)measure(what, show, runs, NULL);
	(void)snprintf(what, sizeof what, "otp, %u secrets", secrets);
	(void)measure(what, otp, runs, NULL);
	(void)snprintf(what, sizeof what, "status, %u secrets", secrets);
	(void)measure(what, status, runs, NULL);
	keep_fuse();
	(void)snprintf(what, sizeof what, "freeze, %u secrets", secrets);
	(void)measure(what, freeze, runs < 31 ? runs : 31, put_fuse_back);
	(void)run(lock, &wall, &cpu);
	(void)nftw(root, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
one_place(const char *dir, int runs)
{
	static const unsigned sizes[] = { 10, 1000, 10000 };
	struct statfs fs = { .f_type = 0 };

	(void)statfs(dir, &fs);
	printf("-- %s (file system 0x%lx%s), %d runs\n", dir, (unsigned long)fs.f_type,
	    fs.f_type == 0x01021994 ? ", tmpfs" : "", runs);
	for (size_t i = 0; i < COUNTOF(sizes); i++) {
		(void)snprintf(root, sizeof root, "%s/purser-latency.XXXXXX", dir);
		need(mkdtemp(root) != NULL && setenv("PURSER_HOME", root, 1) == 0 &&
			 setenv("XDG_RUNTIME_DIR", root, 1) == 0,
		    NULL, root);
		one_size(sizes[i], runs);
	}
}

static void
find_purser(void)
{
	ssize_t n = readlink("/proc/self/exe", purser, sizeof purser - 32);
	char *slash;

	/* BUILD/tests/bench/latency_bench */
	purser[n > 0 ? n : 0] = '\0';
	for (int i = 0; i < 3 && (slash = strrchr(purser, '/')) != NULL; i++)
		*slash = '\0';
	(void)strncat(purser, "/purser", sizeof purser - strlen(purser) - 1);
}

int
main(int argc, char **argv)
{
	char *version[] = { purser, (char *)(uintptr_t)"--version", NULL };
	char *sqlite[] = { (char *)(uintptr_t)"sqlite3", (char *)(uintptr_t)"--version", NULL };
	const char *tmp = getenv("TMPDIR");
	struct err e = { 0 };
	int64_t runs = 101;
	double a, b;

	if (argc > 2 && (!num_i64(argv[2], 1, RUNS_MAX, &runs)))
		return 2;
	if (runs < 21)
		runs = 21;                      /* a median of few processes says nothing */
	need(crypto_start(&e) == OK, &e, "crypto");
	find_purser();
	a = measure("purser --version", version, (int)runs, NULL);
	b = measure("sqlite3 --version", sqlite, (int)runs, NULL);
	if (a > 0 && b > 0)
		printf("%-28s %.2f\n", "ratio", a / b);
	if (argc > 3) {
		one_place(argv[3], (int)runs);
		return 0;
	}
	if (access("/dev/shm", W_OK) == 0)
		one_place("/dev/shm", (int)runs);
	one_place(tmp != NULL ? tmp : "/tmp", (int)runs);
	return 0;
}
