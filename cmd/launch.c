/* cmd/launch.c: see launch.h. */
#include "cmd/launch.h"

#include "base/io.h"
#include "cmd/clip.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT_MAX 2048
#define PDF_SECONDS 300                 /* longest that a page may take */
#define FDS 4u                          /* 0, 1, 2 of the program and the end that tells how it ended */

struct request { uint8_t what, clipboard, use; char text[TEXT_MAX]; };

/* ---- in the program that is started ---- */

static void
default_signals(void)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE, SIGCHLD };

	for (size_t i = 0; i < COUNTOF(signals); i++)
		(void)signal(signals[i], SIG_DFL);
}

/* The page to 0, the PDF to 1. Nothing of the environment but where fonts of the person are. */
static void
become_pdf(bool fonts)
{
	static const char *const page[] = { "weasyprint", "--quiet", "--encoding", "utf-8", "-", "-", NULL };
	static const char *const list[] = { "fc-list", ":lang=zh-cn", "family", NULL };
	const char *home = getenv("HOME"), *const *argv = fonts ? list : page;
	char where[4096];
	const char *const env[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "SOURCE_DATE_EPOCH=0", where, NULL };

	(void)snprintf(where, sizeof where, "HOME=%s", home != NULL ? home : "/");
	(void)alarm(PDF_SECONDS);
	(void)execvpe(argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
}

static void NORETURN
become(const struct request *r, const int fd[3])
{
	const char *pager = getenv("PAGER"), *askpass = getenv("PURSER_ASKPASS");
	const char *const *argv;

	default_signals();
	for (int i = 0; i < 3; i++)
		if (dup2(fd[i], i) < 0)
			_exit(127);
	switch ((enum launch_what)r->what) {
	case LAUNCH_PAGER:
		(void)setenv("LESS", "FRX", 0);
		(void)setenv("LESSSECURE", "1", 0);
		(void)execl("/bin/sh", "sh", "-c", pager != NULL && pager[0] != '\0' ? pager : "less -FRX", (char *)NULL);
		break;
	case LAUNCH_ASKPASS:
		if (askpass != NULL)
			(void)execlp(askpass, askpass, r->text, (char *)NULL);
		break;
	case LAUNCH_CLIPBOARD:
		if ((argv = clip_command(r->clipboard, r->use)) != NULL)
			(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		break;
	case LAUNCH_PDF:
	case LAUNCH_FONTS:
		become_pdf(r->what == LAUNCH_FONTS);
		break;
	}
	_exit(127);
}

/* ---- in the launcher ---- */

/* A process of its own for each program, so that one that stays (the pager) keeps nobody waiting. */
static void
run(const struct request *r, const int fd[FDS])
{
	struct err none = { 0 };
	int status = -1;
	char good;
	pid_t pid;

	if (fork() != 0)
		return;
	(void)signal(SIGCHLD, SIG_DFL);
	if ((pid = fork()) == 0)
		become(r, fd);
	/* Whoever waits for the end of a pipe must not wait for this process. */
	if (dup2(fd[3], 3) < 0)
		_exit(1);
	(void)close_range(4, ~0U, 0);
	(void)close_range(0, 2, 0);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	good = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	_exit(io_write(3, &good, 1, &none) == OK ? 0 : 1);

}

/* SCM_RIGHTS: exactly FDS descriptors, or none is kept. */
static bool
take(int sock, struct request *r, int fd[FDS])
{
	union { struct cmsghdr head; char room[CMSG_SPACE(FDS * sizeof(int))]; } control;
	struct iovec v = { .iov_base = r, .iov_len = sizeof *r };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	struct cmsghdr *c;
	ssize_t n;

	memset(&control, 0, sizeof control);
	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (n != (ssize_t)sizeof *r || c == NULL || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(FDS * sizeof(int)))
		return false;
	memcpy(fd, CMSG_DATA(c), FDS * sizeof(int));
	r->text[sizeof r->text - 1] = '\0';
	return true;
}

static void NORETURN
launcher(int sock)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGHUP, SIGPIPE, SIGCHLD };     /* children end unseen */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd[FDS];
	struct request r;

	for (size_t i = 0; i < COUNTOF(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	/* Whoever reads our output must not wait for this process. */
	for (int i = 0; i < 3; i++)
		(void)dup2(null, i);
	if (dup2(sock, 3) < 0 || fcntl(3, F_SETFD, FD_CLOEXEC) < 0)
		_exit(1);
	(void)close_range(4, ~0U, 0);
	while (take(3, &r, fd)) {
		run(&r, fd);
		for (unsigned i = 0; i < FDS; i++)
			(void)close(fd[i]);
	}
	_exit(0);
}

/* ---- in the command ---- */

static bool
wanted(const struct session *s, unsigned flags)
{
	const char *askpass = getenv("PURSER_ASKPASS");

	if (flags & (CMD_CLIPBOARD | CMD_PDF))
		return true;
	if (!s->json && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO))          /* a pager */
		return true;
	return askpass != NULL && askpass[0] != '\0' && !s->no_input;
}

void
launch_start(struct session *s, unsigned flags)
{
	int pair[2];
	pid_t pid;

	if (s->launcher >= 0 || !wanted(s, flags) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return;
	if ((pid = fork()) == 0)
		launcher(pair[1]);
	(void)close(pair[1]);
	if (pid > 0)
		s->launcher = pair[0];
	else
		(void)close(pair[0]);
}

static bool
hand_over(int sock, struct request *r, const int fd[FDS])
{
	union { struct cmsghdr head; char room[CMSG_SPACE(FDS * sizeof(int))]; } control;
	struct iovec v = { .iov_base = r, .iov_len = sizeof *r };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	struct cmsghdr *c;

	memset(&control, 0, sizeof control);
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(FDS * sizeof(int));
	memcpy(CMSG_DATA(c), fd, FDS * sizeof(int));
	return sendmsg(sock, &m, MSG_NOSIGNAL) == (ssize_t)sizeof *r;
}

enum rc
launch(struct session *s, const struct launch *l, int *job, struct err *e)
{
	struct request r = { .what = (uint8_t)l->what, .clipboard = (uint8_t)l->clipboard, .use = (uint8_t)l->use };
	AUTO(auto_close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int end[2], fd[FDS];

	if (null < 0 || pipe2(end, O_CLOEXEC) < 0)
		return err_sys(e, E_SYS, N_("cannot start a program"));
	if (l->text != NULL)
		(void)snprintf(r.text, sizeof r.text, "%s", l->text);
	for (unsigned i = 0; i < 3; i++)
		fd[i] = l->fd[i] < 0 ? null : l->fd[i];
	fd[3] = end[1];
	if (s->launcher < 0 || !hand_over(s->launcher, &r, fd))
		run(&r, fd);
	(void)close(end[1]);
	*job = end[0];
	return OK;
}

bool
launch_end(int *job)
{
	struct err e = { 0 };
	size_t got = 0;
	char good = 0;

	if (*job < 0)
		return false;
	if (io_read(*job, &good, 1, &got, &e) != OK || got != 1)
		good = 0;
	(void)close(*job);
	*job = -1;
	return good != 0;
}
