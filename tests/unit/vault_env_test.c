/*
 * The vault where the machine does not help: 9 a freeze against everything that writes a fuse, 10 what is left on a raw
 * ext4 device, 11 read-only and full file systems, no permission, an immutable fuse. What needs root or a loop
 * device is skipped loudly without. PURSER_RACES: rounds of each race (default 12).
 */
#include "base/num.h"
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "store/vault_int.h"

#include <errno.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <time.h>

static bool
can_root(void)
{
	return geteuid() == 0;
}

static void
fill_home(struct vh *t)
{
	AUTO(vault_close) struct vault *v = NULL;
	struct err e = { .rc = OK };

	if (vh_create(t, 1, true, &v, &e) != OK || vh_put(v, 1, 1, "one", &e) != OK ||
	    vh_put(v, 2, 1, "two", &e) != OK) {
		printf("# %s\n", e.what);
		abort();
	}
}

static enum freeze_agent
agent_was_told(void *arg)
{
	*(bool *)arg = true;
	return FREEZE_AGENT_WIPED;
}

static enum rc
freeze(struct vh *t, struct freeze_report *r, bool *told, struct err *e)
{
	*told = false;
	return vault_freeze(t->h, NULL, clock_now_ms(), agent_was_told, told, r, e);
}

/* ---- 9 ---- */

/* In a child, which makes its own secrets: they do not survive a fork. */
static int
write_fuses(const char *root, int what, const unsigned char kit[16])
{
	AUTO(vault_close) struct vault *v = NULL;
	struct vh t = { .h = NULL };
	struct err e = { .rc = OK };
	SECRET a = { 0 }, b = { 0 };
	struct unlock_how old = { .now_ms = clock_now_ms(), .wait_ms = 3000 };
	struct new_keys how = { .params = &vh_params, .now_ms = clock_now_ms(), .wait_ms = 3000 };
	enum rc rc = OK;

	(void)snprintf(t.root, sizeof t.root, "%s", root);
	vh_reopen(&t);
	vh_a(&a, 1);
	vh_a(&b, 1);
	old.a = &a;
	how.a = &b;
	switch (what) {
	case 0:
		for (unsigned i = 0; i < 20 && rc == OK; i++)
			rc = vault_passwd(t.h, &old, &how, &e);
		break;
	case 1:
		rc = vh_unlock(&t, 1, &v, &e);
		for (unsigned i = 0; i < 40 && rc == OK; i++)
			rc = vh_put(v, 100 + i, 1, "raced", &e);
		break;
	case 2:
		if (secret_copy(&t.kit.s, kit, 16, &e) != OK)
			return 9;
		for (unsigned i = 0; i < 5 && rc == OK; i++)
			rc = vh_thaw(&t, 1, true, NULL, &e);
		break;
	default:
		for (unsigned i = 0; i < 20 && rc == OK; i++) {
			vault_close(&v);
			rc = vh_unlock(&t, 1, &v, &e);
			if (rc == OK && vh_get(v, 1, 1, "one", &e) == E_FAILED)
				return 8;
		}
	}
	if (rc == OK || rc == E_FROZEN || rc == E_BUSY || rc == E_LOCKED)
		return 0;
	printf("# %d %s\n", (int)rc, e.what);
	(void)fflush(stdout);
	return 7;
}

/* A fuse that was made before the newest freeze was logged. (A thaw that began after it rightly makes a new one.) */
static bool
frozen_fuse_left(struct vh *t)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	AUTO(log_close) struct log *l = NULL;
	struct log_where w = { .vaultfd = t->h->vault, .devfd = t->h->device };
	struct keys k;
	bool found = false;

	if (keys_read(t->h->vault, "keys", &k, NULL) != OK || fuse_open(t->h, keys_vault_id(&k), false, &f, NULL) != OK)
		return false;
	return log_open(&l, &w, NULL, keys_pk0(&k), LOG_READ, 100, NULL) != OK ||
	    log_freeze_since(l, fuse_head(f)->log_seq, &found, NULL, NULL, NULL) != OK || found;
}

static void
races(void)
{
	static const char *const names[] = { "passwd", "storing secrets", "thaw", "unlock" };
	const char *env = getenv("PURSER_RACES");
	int64_t rounds = 12;

	if (env != NULL && !num_i64(env, 1, 1000000, &rounds))
		abort();
	for (int what = 0; what < 4; what++) {
		int left = 0, failed = 0, refused = 0, broken = 0;

		for (int64_t i = 0; i < rounds; i++) {
			AUTO(vh_end) struct vh t = { .h = NULL };
			AUTO(vault_close) struct vault *v = NULL;
			struct timespec nap = { .tv_nsec = (long)random_below(30000000) };
			struct freeze_report r;
			struct err e = { .rc = OK };
			unsigned char s[16];
			bool told;
			int st = 0;
			pid_t pid;

			vh_tmp(&t);
			fill_home(&t);
			memcpy(s, t.kit.s.bytes, sizeof s);
			(void)fflush(stdout);
			if ((pid = fork()) == 0)
				_exit(write_fuses(t.root, what, s));
			(void)nanosleep(&nap, NULL);
			refused += freeze(&t, &r, &told, &e) != OK;
			left += frozen_fuse_left(&t) || (what != 2 && fuse_any(t.h) && !freeze_marked(t.h));
			if (waitpid(pid, &st, 0) != pid || st != 0)
				failed++;
			left += frozen_fuse_left(&t) || (what != 2 && fuse_any(t.h) && !freeze_marked(t.h));
			if (what != 2 && (vh_unlock(&t, 1, &v, &e) != OK || vault_state(v) != VAULT_FROZEN ||
			    vh_get(v, 1, 1, "one", &e) != E_FROZEN || fuse_any(t.h)))
				broken++;
		}
		ok(left == 0 && refused == 0 && broken == 0,
		    "9: freeze against %s, %lld rounds: %d with a fuse left, %d refused, %d not frozen at the next "
		    "unlock",
		    names[what], (long long)rounds, left, refused, broken);
		ok(failed == 0, "9: the other side ended in order, %d not", failed);
	}
}

/* ---- 11 ---- */

static void
immutable(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(auto_close) int fd = -1;
	struct freeze_report r;
	struct err e = { .rc = OK };
	int flags = 0;
	bool told;

	vh_tmp(&t);
	fill_home(&t);
	fd = openat(t.h->device, "fuse", O_RDONLY);
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 ||
	    (flags |= FS_IMMUTABLE_FL, ioctl(fd, FS_IOC_SETFLAGS, &flags)) < 0) {
		tap_skip("11: no immutable files here (%s)", strerror(errno));
		return;
	}
	ok(freeze(&t, &r, &told, &e) == E_FAILED && !r.frozen && r.why[0] != '\0' && r.by_hand[0] != '\0' &&
		strncmp(e.what, "NOT FROZEN", 10) == 0,
	    "11: immutable fuse: NOT FROZEN, and why");
	ok(told && r.agent == FREEZE_AGENT_WIPED, "11: the agent is wiped all the same");
	{
		AUTO(vault_close) struct vault *v = NULL;

		ok(vh_unlock(&t, 1, &v, &e) != OK || vh_get(v, 1, 1, "one", &e) != OK,
		    "11: nor does purser open it: the marker is there");
	}
	flags &= ~FS_IMMUTABLE_FL;
	(void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
	ok(freeze(&t, &r, &told, &e) == OK && r.frozen && r.fuse_destroyed,
	    "11: the second try, after chattr -i, freezes");
}

static bool
mount_small(char dir[256], const char *options)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(dir, 256, "%s/purser-mnt.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		return false;
	if (mount("tmpfs", dir, "tmpfs", 0, options) == 0)
		return true;
	(void)rmdir(dir);
	return false;
}

static void
read_only(void)
{
	struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	struct freeze_report r;
	struct err e = { .rc = OK };
	char dir[256];
	bool told;

	if (!can_root() || !mount_small(dir, "size=8m")) {
		tap_skip("11: cannot mount: a read-only file system is not tried");
		return;
	}
	(void)snprintf(t.root, sizeof t.root, "%s/home", dir);
	(void)mkdir(t.root, 0700);
	vh_reopen(&t);
	fill_home(&t);
	ok(mount("tmpfs", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) == 0, "remounted read-only");
	ok(freeze(&t, &r, &told, &e) == E_FAILED && !r.frozen && told,
	    "11: read-only: NOT FROZEN, the agent is told all the same");
	ok(vh_unlock(&t, 1, &v, &e) == OK && vault_state(v) == VAULT_OPEN, "11: the ledger opens");
	ok(vh_get(v, 1, 1, "one", &e) == E_FAILED, "11: what cannot be logged is not shown");
	vault_close(&v);
	ok(mount("tmpfs", dir, "tmpfs", MS_REMOUNT, NULL) == 0 && freeze(&t, &r, &told, &e) == OK,
	    "writable again: frozen");
	home_close(&t.h);
	kit_wipe(&t.kit);
	(void)umount2(dir, MNT_DETACH);
	(void)rmdir(dir);
}

static void
full_disk(void)
{
	struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	struct freeze_report r;
	struct err e = { .rc = OK };
	char dir[256], path[300], block[4096] = { 0 };
	bool told;
	FILE *f;
	int n = 0;

	if (!can_root() || !mount_small(dir, "size=4m,nr_inodes=200")) {
		tap_skip("11: cannot mount: a full disk is not tried");
		return;
	}
	(void)snprintf(t.root, sizeof t.root, "%s/home", dir);
	(void)mkdir(t.root, 0700);
	vh_reopen(&t);
	fill_home(&t);
	(void)snprintf(path, sizeof path, "%s/ballast", dir);
	f = fopen(path, "wb");
	while (f != NULL && fwrite(block, sizeof block, 1, f) == 1 && fflush(f) == 0)
		;
	if (f != NULL)
		(void)fclose(f);
	for (n = 0; n < 400; n++) {                             /* no inode left either: the marker cannot be made */
		(void)snprintf(path, sizeof path, "%s/i%d", dir, n);
		if ((f = fopen(path, "wb")) == NULL)
			break;
		(void)fclose(f);
	}
	ok(n < 400, "the disk is full, without an inode left");
	if (vh_unlock(&t, 1, &v, &e) == OK)
		ok(vh_put(v, 3, 1, "no room", &e) != OK, "11: full disk: storing fails");
	else
		ok(e.rc == E_FULL || e.rc == E_SYS || e.rc == E_FAILED, "11: full disk: unlock says so (%d %s)",
		    (int)e.rc, e.what);
	vault_close(&v);
	ok(freeze(&t, &r, &told, &e) == OK && r.frozen && r.fuse_destroyed && told && !freeze_marked(t.h),
	    "11: full disk: frozen, without a marker, under the lock (%s)", r.why);
	ok(r.logged, "11: and logged: the log has its room ahead");
	home_close(&t.h);
	kit_wipe(&t.kit);
	(void)umount2(dir, MNT_DETACH);
	(void)rmdir(dir);
}

static void
no_permission(void)
{
	static const struct { const char *name; bool vault;
	} mine[] = {
		{ "keys", true },
		{ "log", true },
		{ "fuse", false },
		{ "logstate", false },
		{ "device.key", false },
		{ "lock", false },
	};
	AUTO(vh_end) struct vh t = { .h = NULL };
	struct freeze_report r;
	struct err e = { .rc = OK };
	bool told, given;
	int st = 0;
	pid_t pid;

	if (!can_root()) {
		tap_skip("11: not root: another user is not tried");
		return;
	}
	vh_tmp(&t);
	fill_home(&t);
	(void)chmod(t.root, 0755);
	(void)fchmod(t.h->device, 0755);
	(void)fchmod(t.h->vault, 0755);
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		enum rc rc;

		if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(9);
		rc = freeze(&t, &r, &told, &e);
		_exit(rc == E_FAILED && !r.frozen && told && strncmp(e.what, "NOT FROZEN", 10) == 0 ? 0 : 1);
	}
	ok(waitpid(pid, &st, 0) == pid && st == 0, "11: no permission: NOT FROZEN, honest, the agent is told");
	ok(file_there(t.h->device, "fuse") && !freeze_marked(t.h), "11: and the fuse is there as before");
	/* One's own directories without write permission are given it back. */
	given = fchown(t.h->device, 65534, 65534) == 0 && fchown(t.h->vault, 65534, 65534) == 0 &&
		chown(t.root, 65534, 65534) == 0;
	for (size_t i = 0; given && i < COUNTOF(mine); i++)
		given = fchownat(mine[i].vault ? t.h->vault : t.h->device, mine[i].name, 65534, 65534, 0) == 0;
	ok(given && fchmodat(t.h->device, "fuse", 0400, 0) == 0 && fchmod(t.h->device, 0500) == 0,
	    "11: the home is given to a plain user");
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
			_exit(9);
		_exit(freeze(&t, &r, &told, &e) == OK && r.frozen && r.fuse_destroyed ? 0 : 1);
	}
	ok(waitpid(pid, &st, 0) == pid && st == 0 && !fuse_any(t.h),
	    "11: one's own fuse and directory without write permission: frozen");
}

/* ---- 10 on a raw device ---- */

static bool
run(const char *const *argv)
{
	int st = 0;
	pid_t pid;

	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		(void)close(2);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &st, 0) == pid && st == 0;
}

static unsigned
count_in(const char *image, unsigned char needle[][24], unsigned n)
{
	AUTO(auto_close) int fd = open(image, O_RDONLY | O_CLOEXEC);
	static unsigned char block[1 << 20];
	unsigned found = 0;
	off_t at = 0;
	ssize_t k;

	while ((k = pread(fd, block, sizeof block, at)) > 0) {
		for (unsigned i = 0; i < n; i++)
			if (memmem(block, (size_t)k, needle[i], 24) != NULL)
				found++;
		if (k < 64)
			break;
		at += k - 32;
	}
	return found;
}

static void
raw_device(void)
{
	enum { WRAPS = 40 };
	const char *tmp = getenv("TMPDIR");
	struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	struct freeze_report r;
	struct err e = { .rc = OK };
	static unsigned char p[65536], needle[WRAPS + 1][24];
	char image[256], dir[256];
	bool told, there;
	int fd;

	(void)snprintf(image, sizeof image, "%s/purser-img.XXXXXX", tmp != NULL ? tmp : "/tmp");
	(void)snprintf(dir, sizeof dir, "%s/purser-mnt.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (!can_root() || (fd = mkstemp(image)) < 0 || mkdtemp(dir) == NULL) {
		tap_skip("10: not root: no raw device is scanned");
		return;
	}
	there = ftruncate(fd, 24 << 20) == 0 && run((const char *const[]){ "mkfs.ext4", "-q", "-F", image, NULL }) &&
	    run((const char *const[]){ "mount", "-o", "loop,data=ordered", image, dir, NULL });
	(void)close(fd);
	if (!there) {
		(void)unlink(image);
		(void)rmdir(dir);
		tap_skip("10: no ext4 on a loop device here: the raw device is not scanned");
		return;
	}
	(void)snprintf(t.root, sizeof t.root, "%s/home", dir);
	(void)mkdir(t.root, 0700);
	vh_reopen(&t);
	if (vh_create(&t, 1, true, &v, &e) != OK)
		abort();
	for (unsigned i = 1; i <= WRAPS; i++)
		if (vh_put(v, i, 1, "on a device", &e) != OK)
			abort();
	vault_close(&v);
	if (vh_load(t.root, "device/fuse", p, sizeof p) < 512 + WRAPS * 128)
		abort();
	memcpy(needle[0], p + 32, 24);
	for (unsigned i = 0; i < WRAPS; i++)
		memcpy(needle[i + 1], p + 512 + 128 * i + 24, 24);
	sync();
	ok(count_in(image, needle, WRAPS + 1) >= WRAPS + 1,
	    "10: the scan finds the wraps of an open store on the raw device");
	if (vh_passwd(&t, 1, 1, &e) != OK)
		abort();
	sync();
	ok(count_in(image, needle, WRAPS + 1) == 0, "10: none of the old ones after passwd, on ext4 data=ordered");
	if (vh_load(t.root, "device/fuse", p, sizeof p) < 512 + WRAPS * 128)
		abort();
	memcpy(needle[0], p + 32, 24);
	for (unsigned i = 0; i < WRAPS; i++)
		memcpy(needle[i + 1], p + 512 + 128 * i + 24, 24);
	ok(freeze(&t, &r, &told, &e) == OK, "10: freeze");
	sync();
	ok(count_in(image, needle, WRAPS + 1) == 0, "10: no wrap is left on the raw device");
	home_close(&t.h);
	kit_wipe(&t.kit);
	(void)umount2(dir, 0);
	(void)rmdir(dir);
	(void)unlink(image);
}

int
main(void)
{
	struct err e = { .rc = OK };

	if (crypto_start(&e) != OK || db_init(&e) != OK)
		return 1;
	immutable();
	read_only();
	full_disk();
	no_permission();
	raw_device();
	races();
	return tap_done();
}
