/* cmd/confine.c: see confine.h. */
#include "cmd/confine.h"

#include "agent/agent.h"
#include "base/place.h"
#include "base/sandbox.h"
#include "base/scope.h"
#include "cmd/facts.h"
#include "cmd/launch.h"
#include "cmd/out.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where programs ask for their loader; the kernel runs it, so it must be allowed by name. */
#if defined(__x86_64__)
#define LOADER "/lib64/ld-linux-x86-64.so.2"
#elif defined(__aarch64__)
#define LOADER "/lib/ld-linux-aarch64.so.1"
#endif

#define PATH_SIZE 4096

/* The directory that path is in. */
static void
parent_of(char out[PATH_SIZE], const char *path)
{
	char *slash;

	(void)snprintf(out, PATH_SIZE, "%s", path);
	for (size_t n = strlen(out); n > 1 && out[n - 1] == '/'; n--)           /* "DIR/", as shells complete it */
		out[n - 1] = '\0';
	if ((slash = strrchr(out, '/')) == NULL)
		(void)snprintf(out, PATH_SIZE, ".");
	else
		slash[slash == out] = '\0';
}

static bool
is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static void
allow_parent(const struct landlock *l, const char *path, unsigned may)
{
	char dir[PATH_SIZE];

	parent_of(dir, path);
	landlock_path(l, dir, may);
}

static void
allow_system(const struct landlock *l)
{
	static const char *const read[] = { "/usr/lib", "/usr/lib64", "/usr/share", "/usr/local/lib", "/usr/local/share",
		"/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf",
		"/etc/locale.alias", "/etc/terminfo", "/etc/ssl/openssl.cnf", "/proc", "/sys", "/run/udev/data" };
	static const char *const device[] = { "/dev/tty", "/dev/null", "/dev/pts" };
	char place[PATH_SIZE], dir[PATH_SIZE];

	for (size_t i = 0; i < COUNTOF(read); i++)
		landlock_path(l, read[i], MAY_READ);
	for (size_t i = 0; i < COUNTOF(device); i++)
		landlock_path(l, device[i], MAY_READ | MAY_WRITE);
	landlock_path(l, "/dev/urandom", MAY_READ);
	landlock_path(l, "/dev/random", MAY_READ);
	landlock_path(l, "/dev/zero", MAY_READ);
	if (getenv("TZDIR") != NULL)
		landlock_path(l, getenv("TZDIR"), MAY_READ);
	/* What was installed with this program, wherever that is; in a build tree beside it. */
	place_find(place, sizeof place, "locale", "share/locale", PURSER_LOCALE);
	landlock_path(l, place, MAY_READ);
	place_find(place, sizeof place, "data", "share/purser", PURSER_DATA);
	landlock_path(l, place, MAY_READ);
	place_find(place, sizeof place, "purser-reader", "libexec/purser/purser-reader", PURSER_LIBEXEC "/purser-reader");
	parent_of(dir, place);
	landlock_path(l, dir, MAY_READ | MAY_EXEC);
	landlock_path(l, LOADER, MAY_READ | MAY_EXEC);
}

/* Security keys: the helper that speaks to them is a child of ours. */
static void
allow_tokens(const struct landlock *l)
{
	char path[32];

	for (unsigned i = 0; i < 16; i++) {
		(void)snprintf(path, sizeof path, "/dev/hidraw%u", i);
		landlock_path(l, path, MAY_READ | MAY_WRITE);
	}
	/* One that is plugged in later; for root that would be every disk. */
	if (geteuid() != 0)
		landlock_path(l, "/dev", MAY_READ | MAY_WRITE);
}

/* The nearest directory above path that exists; path itself where it does. */
static void
allow_making(const struct landlock *l, const char *path)
{
	char dir[PATH_SIZE], up[PATH_SIZE];

	(void)snprintf(dir, sizeof dir, "%s", path);
	while (!is_there(dir) && strcmp(dir, "/") != 0 && strcmp(dir, ".") != 0) {
		parent_of(up, dir);
		memcpy(dir, up, sizeof dir);
	}
	landlock_path(l, dir, MAY_CHANGE);
}

/* In the directory of the session where there is one: it is in memory, and gone with it. */
static enum rc
scratch_make(struct session *s, struct err *e)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	char path[PATH_SIZE];
	bool there = run != NULL && run[0] == '/' && access(run, W_OK | X_OK) == 0;

	if ((size_t)snprintf(path, sizeof path, "%s/purser-drill-XXXXXX", there ? run : "/tmp") >= sizeof path)
		return err_set(e, E_RANGE, N_("path too long"));
	if (mkdtemp(path) == NULL)
		return err_sys(e, E_SYS, N_("cannot make directory %s"), path);
	if ((s->scratch = strdup(path)) != NULL)
		return OK;
	(void)rmdir(path);
	return err_set(e, E_NOMEM, N_("out of memory"));
}

static void
allow_scratch(const struct landlock *l, const struct session *s)
{
	landlock_path(l, s->scratch, MAY_CHANGE);
	allow_parent(l, s->scratch, MAY_MAKE);          /* to remove it in the end */
}

static void
allow_home(const struct landlock *l, const struct session *s, unsigned flags)
{
	const char *dirs[] = { s->vault, s->device };

	for (size_t i = 0; i < COUNTOF(dirs); i++) {
		if (flags & CMD_MAKES_HOME)
			allow_making(l, dirs[i]);
		else
			landlock_path(l, dirs[i], flags & CMD_SCRATCH ? MAY_READ : MAY_CHANGE);
	}
	allow_tokens(l);
}

static void
allow_agent(const struct landlock *l)
{
	AUTO(auto_close) int dir = agent_place_open();

	if (dir >= 0)
		landlock_fd(l, dir, MAY_CHANGE);
	landlock_path(l, "/proc/self/exe", MAY_READ | MAY_EXEC);
}

/* ---- what the command line names ---- */

static void
allow_named(const struct landlock *l, const char *path, bool writes)
{
	if (path == NULL || path[0] == '\0')
		return;
	landlock_path(l, path, writes ? MAY_CHANGE : MAY_READ);
	if (writes || !is_there(path))
		allow_parent(l, path, MAY_CHANGE);
}

static bool
is_file_word(const char *word, size_t n)
{
	return n >= 3 && (memcmp(word, "FILE", n < 4 ? n : 4) == 0 || memcmp(word, "DIR", 3) == 0);
}

/* The word of the usage that argument i stands for: the last one, if it may be repeated, stands for all the rest. */
static bool
argument_is_file(const char *usage, unsigned i)
{
	const char *word = usage;
	size_t n;

	for (word += strspn(word, " ["); *word != '\0'; i--) {
		n = strcspn(word, " ");
		if (i == 0 || (n > 3 && memchr(word, '.', n) != NULL))
			return is_file_word(word, strcspn(word, " ].|"));
		word += n;
		word += strspn(word, " [");
	}
	return false;
}

static void
allow_arguments(const struct landlock *l, const struct session *s, const struct args *a)
{
	allow_named(l, s->password_file, false);
	allow_named(l, s->key_file, false);
	for (unsigned i = 0; i < a->nopt; i++) {
		const struct option *o = a->opt[i].option;

		if (o->arg != NULL && is_file_word(o->arg, strlen(o->arg)))
			allow_named(l, a->opt[i].value, (o->flags & OPT_WRITES) != 0);
	}
	for (unsigned i = 0; a->self->usage != NULL && i < a->n; i++)
		if (argument_is_file(a->self->usage, i))
			allow_named(l, a->v[i], (a->self->flags & CMD_ARG_WRITES) != 0);
}

#ifdef PURSER_TEST_KDF
/* A coverage build writes its counters beside its objects. */
extern void __gcov_dump(void) __attribute__((weak));
#endif

static void
allow_all(const struct landlock *l, const struct session *s, const struct args *a, unsigned flags)
{
	BUF own = { .max = 8192 };

	allow_system(l);
	if (!(flags & CMD_NO_HOME))
		allow_home(l, s, flags);
	facts_own_path(&own, s);
	landlock_path(l, buf_str(&own), MAY_READ);
	if (s->scratch != NULL)
		allow_scratch(l, s);
	if (flags & CMD_AGENT)
		allow_agent(l);
	if (a->self != NULL)
		allow_arguments(l, s, a);
#ifdef PURSER_TEST_KDF
	if (__gcov_dump != NULL)
		landlock_path(l, "/", MAY_CHANGE);
#endif
}

enum rc
confine(struct session *s, const struct args *a, struct err *e)
{
	unsigned flags = a->self != NULL ? a->self->flags : 0;
	AUTO(landlock_drop) struct landlock l = { .fd = -1 };
	enum rc rc;

	if (flags & CMD_OWN_SANDBOX)
		return OK;
	if ((flags & CMD_SCRATCH) && (rc = scratch_make(s, e)) != OK)
		return rc;
	launch_start(s, flags);
	if ((rc = landlock_begin(&l, false, e)) != OK)
		return rc;
	if (l.abi == 0 && a->self != NULL)
		note(s, N_("This kernel has no Landlock: purser runs without the sandbox that keeps it to its own files."));
	else if (l.abi != 0)
		allow_all(&l, s, a, flags);
	if ((rc = landlock_close(&l, e)) != OK)
		return rc;
	return calls_close_command() ? OK : err_set(e, E_FAILED, N_("cannot close the sandbox (seccomp)"));
}
