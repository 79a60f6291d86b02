/* cmd/main.c: hardening, the command line, dispatch, the exit status. */
#include "base/sandbox.h"
#include "cmd/cmd.h"
#include "cmd/confine.h"
#include "cmd/out.h"
#include "crypto/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void
on_sigpipe(int sig)
{
	(void)sig;
}

/* Not SIG_IGN: that would be inherited by the programs we start; a handler is not. */
static void
reset_signals(void)
{
	struct sigaction sa = { .sa_flags = SA_RESTART };
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	sa.sa_handler = on_sigpipe;
	(void)sigaction(SIGPIPE, &sa, NULL);
	sa.sa_handler = SIG_DFL;
	(void)sigaction(SIGCHLD, &sa, NULL);       /* ignored, it would make waitpid() fail */
}

/* A missing 0, 1 or 2 would be taken by the next file opened. /dev/null the wrong way round: its use is an error, not a
 * success. */
static bool
reset_fds(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return false;
	}
	/* Kept for --password-fd and /dev/fd/N, but no program we start gets them. */
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0) {
		for (int fd = 3; fd < 1024; fd++)
			(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	return true;
}

static bool
env_kept(const char *v)
{
	static const char *const exact[] = { "HOME", "PATH", "TERM", "COLORTERM", "COLUMNS", "LINES", "LANG", "LANGUAGE", "TZ",
		"TZDIR", "PAGER", "LESS", "LESSCHARSET", "NO_COLOR", "TMUX", "TMUX_PANE", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY",
		"XAUTHORITY", "LISTEN_PID", "LISTEN_FDS", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" };
	static const char *const prefix[] = { "LC_", "XDG_", "PURSER_", "GCOV_" };
	size_t n = strcspn(v, "=");

	for (size_t i = 0; i < COUNTOF(exact); i++)
		if (strlen(exact[i]) == n && strncmp(v, exact[i], n) == 0)
			return true;
	for (size_t i = 0; i < COUNTOF(prefix); i++)
		if (strncmp(v, prefix[i], strlen(prefix[i])) == 0)
			return true;
	return false;
}

/* What is not known to matter is not handed on to pager, askpass, clipboard helper or agent (LD_*, shell functions). */
static void
reset_env(void)
{
	char **to = environ;

	if (environ == NULL)
		return;
	for (char **from = environ; *from != NULL; from++) {
		if (env_kept(*from))
			*to++ = *from;
	}
	*to = NULL;
}

static bool
harden(void)
{
	static const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	if (!SANITIZED)                             /* the leak checker must be able to attach to itself */
		(void)prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
	(void)umask(077);
	reset_signals();
	reset_env();
	return reset_fds();
}

/* Nothing but a freeze goes on without its sandbox. */
static enum rc
close_sandbox(struct session *s, const struct args *a, struct err *e)
{
	enum rc rc = confine(s, a, e);

	if (rc == OK || !(a->self->flags & CMD_EMERGENCY))
		return rc;
	note(s, "%s", e->what);
	err_clear(e);
	return OK;
}

static enum rc
run_command(struct session *s, const struct args *a, struct err *e)
{
	const struct command *c = a->self;
	enum rc rc;

	if (c->flags & CMD_NO_HOME) {
		rc = close_sandbox(s, a, e);
		return rc == OK ? c->run(s, a, e) : rc;
	}
	if ((rc = session_start(s, e)) != OK)
		return rc;
	if (!(c->flags & CMD_AS_ROOT) && (rc = session_check_owner(s, e)) != OK)
		return rc;
	if ((rc = close_sandbox(s, a, e)) != OK || (rc = crypto_start(e)) != OK)
		return rc;
	if ((c->flags & (CMD_STORE | CMD_UNLOCK | CMD_SECRET)) && hooks.open != NULL)
		rc = hooks.open(s, c->flags, e);
	if (rc == OK)
		rc = c->run(s, a, e);
	if (hooks.close != NULL)
		hooks.close(s);
	return rc;
}

/* Completion: never a message, never a prompt, whatever is wrong. */
static void
complete_names(struct session *s, int argc, char **argv)
{
	const char *kind = "account";
	struct args none = { 0 };
	struct err e = { 0 };

	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--complete-names") == 0)
			kind = argv[i + 1];
		else if (strcmp(argv[i], "--home") == 0 && s->home == NULL)
			s->home = strdup(argv[i + 1]);
	}
	s->no_input = true;
	s->quiet = true;
	if (hooks.names != NULL && session_start(s, &e) == OK && session_check_owner(s, &e) == OK && confine(s, &none, &e) == OK &&
	    crypto_start(&e) == OK)
		hooks.names(s, kind);
}

static enum rc
dispatch(struct session *s, int argc, char **argv, struct args *a, struct err *e)
{
	const char *early;
	enum rc rc;

	args_scan(s, commands, argc, argv, a, &early);
	if (early != NULL && strcmp(early, "version") == 0 && !s->json) {
		(void)puts("purser " PURSER_VERSION);
		return OK;
	}
	lang_start(s->lang);
	if (early != NULL && strcmp(early, "complete-names") == 0) {
		complete_names(s, argc, argv);
		return OK;
	}
	if (early != NULL && strcmp(early, "help") == 0 && a->unknown == NULL)
		return help_print(s, a->cmd_at ? a->cmd : NULL, a->sub, e);
	if (early != NULL && strcmp(early, "version") == 0)
		return command_find(commands, "version")->run(s, a, e);
	if ((rc = args_parse(s, commands, argc, argv, a, e)) != OK)
		return rc;
	if (a->self == NULL)
		return help_print(s, NULL, NULL, e);
	return run_command(s, a, e);
}

static void NORETURN
die_by(int sig)
{
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
	exit(128 + sig);
}

int
main(int argc, char **argv)
{
	struct session s;
	struct args a = { 0 };
	struct err e = { 0 };
	bool broken = false, worked;
	enum rc rc, end;
	int sig;

	if (!harden())
		return E_FAILED;
	session_init(&s);
	rc = dispatch(&s, argc, argv, &a, &e);
	worked = rc == OK || rc == E_FINDINGS;
	if ((end = out_finish(&s, &broken, worked ? &e : NULL)) != OK && worked)
		rc = end;
	sig = rc == E_INTERRUPTED ? s.signal : broken && worked ? SIGPIPE : 0;
	if (rc != OK && sig == 0)
		out_error(&s, rc, &e);
	args_free(&a);
	session_free(&s);
	if (sig != 0)
		die_by(sig);
	return rc_exit(rc);
}
