/* cmd/session.c: what a run is told from outside: directories, clock, zone, language. See cmd.h. */
#include "cmd/cmd.h"

#include "base/num.h"
#include "base/place.h"
#include "base/scope.h"
#include "base/time.h"

#include <langinfo.h>
#include <locale.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void
session_init(struct session *s)
{
	*s = (struct session){ .wait_ms = 5000, .password_fd = FD_NONE, .new_password_fd = FD_NONE, .code_fd = FD_NONE,
		.kit_fd = FD_NONE, .tty = -1, .pager_job = FD_NONE, .launcher = FD_NONE, .commands = commands };
}

void
session_free(struct session *s)
{
	free(s->home);
	free(s->vault);
	free(s->device);
	if (s->scratch != NULL)
		(void)rmdir(s->scratch);
	free(s->scratch);
	if (s->tty >= 0)
		(void)close(s->tty);
	if (s->launcher >= 0)
		(void)close(s->launcher);
	session_init(s);
}

static const char *
env(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && v[0] != '\0' ? v : NULL;
}

static enum rc
join(char **out, const char *dir, const char *name, struct err *e)
{
	BUF b = { .max = 4000 };

	buf_addf(&b, "%s/%s", dir, name);
	if (b.failed)
		return err_set(e, E_USAGE, N_("the path of the store is too long"));
	free(*out);
	if ((*out = strdup(buf_str(&b))) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	return OK;
}

/* The agent and the store see the same directory whatever their own working directory is. */
static enum rc
make_absolute(char **path, struct err *e)
{
	AUTO(auto_free) char *cwd = NULL;
	AUTO(auto_free) char *given = NULL;

	if ((*path)[0] == '/')
		return OK;
	if ((cwd = getcwd(NULL, 0)) == NULL)
		return err_sys(e, E_SYS, N_("cannot find the working directory"));
	given = *path;
	*path = NULL;
	return join(path, cwd, given, e);
}

/* XDG base directories 0.8: a relative path in the variable is ignored. */
static enum rc
xdg(char **out, const char *name, const char *fallback, struct err *e)
{
	const char *v = env(name), *home = env("HOME");
	AUTO(auto_free) char *base = NULL;
	enum rc rc;

	if (v != NULL && v[0] == '/')
		return join(out, v, "purser", e);
	if (home == NULL || home[0] != '/') {
		struct passwd *pw = getpwuid(getuid());

		if (pw == NULL || pw->pw_dir == NULL || pw->pw_dir[0] != '/') {
			(void)err_set(e, E_USAGE, N_("no home directory: HOME is not set"));
			err_next(e, "purser --home DIR");
			return E_USAGE;
		}
		home = pw->pw_dir;
	}
	if ((rc = join(&base, home, fallback, e)) != OK)
		return rc;
	return join(out, base, "purser", e);
}

static enum rc
find_home(struct session *s, struct err *e)
{
	const char *v = env("PURSER_HOME");
	enum rc rc;

	if (s->home == NULL && v != NULL && (s->home = strdup(v)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (s->home != NULL) {
		if ((rc = make_absolute(&s->home, e)) != OK || (rc = join(&s->vault, s->home, "vault", e)) != OK)
			return rc;
		return join(&s->device, s->home, "device", e);
	}
	if ((rc = xdg(&s->vault, "XDG_DATA_HOME", ".local/share", e)) != OK)
		return rc;
	return xdg(&s->device, "XDG_STATE_HOME", ".local/state", e);
}

/* "+08:00", "-03:30", "+8": POSIX writes the sign the other way round. */
static bool
fixed_zone(char out[40], const char *z)
{
	unsigned h, m = 0;
	size_t n = strlen(z), hd;

	if ((z[0] != '+' && z[0] != '-') || n < 2)
		return false;
	hd = strcspn(z + 1, ":");
	if (hd > 2 || !num_digits(z + 1, hd, &h) || h > 14)
		return false;
	if (z[1 + hd] == ':' && (strlen(z + 2 + hd) != 2 || !num_digits(z + 2 + hd, 2, &m) || m > 59))
		return false;
	(void)snprintf(out, 40, "<%c%02u%02u>%c%02u:%02u", z[0], h, m, z[0] == '+' ? '-' : '+', h, m);
	return true;
}

/* libc takes any unknown name silently for UTC; a wrong zone would move transactions to other days. */
static bool
zone_known(const char *z)
{
	const char *dir = env("TZDIR");
	BUF path = { .max = 1024 };
	struct stat st;

	if (z[0] == '/' || strstr(z, "..") != NULL || z[0] == '\0')
		return false;
	buf_addf(&path, "%s/%s", dir ? dir : "/usr/share/zoneinfo", z);
	return !path.failed && stat(buf_str(&path), &st) == 0 && S_ISREG(st.st_mode);
}

static enum rc
set_zone(const char *z, struct err *e)
{
	char fixed[40];
	int r;

	if (strcmp(z, "UTC") == 0 || strcmp(z, "Z") == 0)
		r = setenv("TZ", "UTC0", 1);
	else if (fixed_zone(fixed, z))
		r = setenv("TZ", fixed, 1);
	else if (zone_known(z))
		r = setenv("TZ", z, 1);
	else
		return err_set(e, E_USAGE, N_("--tz: no zone \"%s\" here. Such as Europe/Berlin, UTC or +08:00"), z);
	if (r < 0)
		return err_set(e, E_NOMEM, N_("out of memory"));
	tzset();
	return OK;
}

static int64_t
boot_ms(void)
{
	struct timespec ts;

	return clock_gettime(CLOCK_BOOTTIME, &ts) == 0 ? (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 : 0;
}

static void
read_clock(struct session *s)
{
#ifdef PURSER_TEST_KDF
	s->began_ms = 0;
	if (env("PURSER_TEST_NOW") != NULL && num_i64(env("PURSER_TEST_NOW"), 0, INT64_MAX / 2, &s->now_ms))
		return;
#endif
	s->now_ms = clock_now_ms();
	s->began_ms = boot_ms();
}

int64_t
session_now(const struct session *s)
{
	return s->began_ms != 0 ? s->now_ms + boot_ms() - s->began_ms : s->now_ms;
}

enum rc
session_start(struct session *s, struct err *e)
{
	enum rc rc;

	read_clock(s);
	if (s->tz != NULL && (rc = set_zone(s->tz, e)) != OK)
		return rc;
	return find_home(s, e);
}

/* The owner of path, or of the nearest directory above it that exists. */
static bool
owner_of(const char *path, uid_t *uid)
{
	BUF b = { .max = 4096 };
	struct stat st;
	char *slash;

	buf_adds(&b, path);
	if (b.failed)
		return false;
	while (stat(b.p, &st) < 0) {
		if ((slash = strrchr(b.p, '/')) == NULL)
			return false;
		slash[slash == b.p] = '\0';          /* "/" stays */
	}
	*uid = st.st_uid;
	return true;
}

enum rc
session_check_owner(const struct session *s, struct err *e)
{
	const char *dirs[] = { s->vault, s->device };
	uid_t uid;

	if (geteuid() != 0)
		return OK;
	for (size_t i = 0; i < COUNTOF(dirs); i++) {
		if (!owner_of(dirs[i], &uid) || uid == 0)
			continue;
		return err_set(e, E_USAGE,
		    N_("%s belongs to another user and you are root. Nothing was done. Run it as that user"), dirs[i]);
	}
	return OK;
}

/* -- language -- */

static bool
is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Does the environment ask for Chinese, whether or not the system has that locale? */
static bool
wants_zh(void)
{
	const char *v = env("LC_ALL");

	if (env("LANGUAGE") != NULL && strncmp(env("LANGUAGE"), "zh", 2) != 0)
		return false;                        /* an explicit list of languages is gettext's to follow */
	if (v == NULL)
		v = env("LC_MESSAGES");
	if (v == NULL)
		v = env("LANG");
	return v != NULL && (strncmp(v, "zh_CN", 5) == 0 || strncmp(v, "zh_SG", 5) == 0 || strcmp(v, "zh") == 0);
}

static void
bind_catalogue(void)
{
	char dir[4096];

	place_find(dir, sizeof dir, "locale", "share/locale", PURSER_LOCALE);
	(void)bindtextdomain("purser", dir);
	(void)bind_textdomain_codeset("purser", "UTF-8");
	(void)textdomain("purser");
}

void
lang_start(const char *lang)
{
	const char *messages;

	/* Only these two: numbers, dates and order of sorting are the program's own and never change. */
	if (setlocale(LC_CTYPE, "") == NULL || !is_utf8())
		(void)setlocale(LC_CTYPE, "C.UTF-8");
	messages = setlocale(LC_MESSAGES, "");
	if (lang == NULL && wants_zh())
		lang = "zh";
	if (lang != NULL && strcmp(lang, "en") == 0) {
		(void)setlocale(LC_MESSAGES, "C");
		return;
	}
	if (lang != NULL) {
		/* gettext ignores LANGUAGE in the locale "C", but not in "C.UTF-8". */
		if (messages == NULL || strcmp(messages, "C") == 0 || strcmp(messages, "POSIX") == 0)
			(void)setlocale(LC_MESSAGES, "C.UTF-8");
		(void)setenv("LANGUAGE", "zh_CN", 1);
	}
	bind_catalogue();
}
