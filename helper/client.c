/* helper/client.c: see client.h. */
#include "helper/client.h"

#include "base/io.h"
#include "base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Above the numbers that the helper gets, so that handing them over never overwrites one. */
static int
lift(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 16);
}

static int
spawn_as(pid_t *pid, const char *path, char *self, int sock, int file)
{
	char *argv[] = { self, NULL }, *envp[] = { NULL, NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t none, all;
	int rc;

#ifdef PURSER_TEST_KDF
	/* Where the tests' security keys are. */
	char keys[256];

	if (getenv("PURSER_TEST_FIDO") != NULL) {
		(void)snprintf(keys, sizeof keys, "PURSER_TEST_FIDO=%s", getenv("PURSER_TEST_FIDO"));
		envp[0] = keys;
	}
#endif
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if (posix_spawn_file_actions_init(&fa) != 0)
		return ENOMEM;
	if (posix_spawnattr_init(&at) != 0) {
		(void)posix_spawn_file_actions_destroy(&fa);
		return ENOMEM;
	}
	rc = posix_spawn_file_actions_adddup2(&fa, sock, 0);
	rc = rc ? rc : posix_spawn_file_actions_adddup2(&fa, sock, 1);
	rc = rc ? rc : posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	if (file >= 0)
		rc = rc ? rc : posix_spawn_file_actions_adddup2(&fa, file, 3);
	rc = rc ? rc : posix_spawn_file_actions_addclosefrom_np(&fa, file >= 0 ? 4 : 3);
	rc = rc ? rc : posix_spawnattr_setsigmask(&at, &none);
	rc = rc ? rc : posix_spawnattr_setsigdefault(&at, &all);
	rc = rc ? rc : posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = rc ? rc : posix_spawn(pid, path, &fa, &at, argv, envp);
	(void)posix_spawnattr_destroy(&at);
	(void)posix_spawn_file_actions_destroy(&fa);
	return rc;
}

enum rc
helper_start(struct helper *h, const char *name, int file, struct err *e)
{
	char path[4096], below[128], configured[1024], self[64];
	AUTO(auto_close) int theirs = -1;
	AUTO(auto_close) int given = -1;
	int sv[2], rc;

	(void)snprintf(below, sizeof below, "libexec/purser/%s", name);
	(void)snprintf(configured, sizeof configured, "%s/%s", PURSER_LIBEXEC, name);
	(void)snprintf(self, sizeof self, "%s", name);
	place_find(path, sizeof path, name, below, configured);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return err_sys(e, E_SYS, N_("cannot talk to the helper %s"), name);
	*h = (struct helper){ name, 0, sv[0] };
	theirs = lift(sv[1]);
	(void)close(sv[1]);
	given = lift(file);
	if (theirs < 0 || (file >= 0 && given < 0)) {
		(void)err_sys(e, E_SYS, N_("cannot talk to the helper %s"), name);
		helper_stop(h);
		return E_SYS;
	}
	if ((rc = spawn_as(&h->pid, path, self, theirs, given)) == 0)
		return OK;
	h->pid = 0;
	helper_stop(h);
	errno = rc;
	return err_sys(e, E_SYS, N_("cannot start the helper %s"), path);
}

void
helper_send(struct helper *h, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t k = send(h->sock, at, n, MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return;
		at += k;
		n -= (size_t)k;
	}
}

void
helper_sent(struct helper *h)
{
	(void)shutdown(h->sock, SHUT_WR);
}

enum rc
helper_receive(struct helper *h, void *p, size_t n, size_t *got, struct err *e)
{
	enum rc rc = io_read(h->sock, p, n, got, e);

	if (rc == OK || errno != ECONNRESET)
		return rc;
	*got = 0;                               /* it ended without taking all that it was told */
	return OK;
}

enum rc
helper_end(struct helper *h, int *status, struct err *e)
{
	int how = 0;

	if (h->sock >= 0)
		(void)close(h->sock);
	h->sock = -1;
	while (waitpid(h->pid, &how, 0) < 0) {
		if (errno != EINTR) {
			h->pid = 0;
			return err_sys(e, E_SYS, N_("cannot talk to the helper %s"), h->name);
		}
	}
	h->pid = 0;
	if (WIFSIGNALED(how))
		return err_set(e, E_FAILED, N_("the helper %s ended on signal %d"), h->name, WTERMSIG(how));
	switch (WEXITSTATUS(how)) {
	case HELPER_SANDBOX:
		return err_set(e, E_FAILED, N_("the helper %s could not close its sandbox"), h->name);
	case HELPER_MEMORY:
		return err_set(e, E_FAILED, N_("the helper %s could not lock its memory"), h->name);
	case 127:
		return err_set(e, E_FAILED, N_("the helper %s does not start: a library of it is missing"), h->name);
	default:
		*status = WEXITSTATUS(how);
		return *status == 0 || *status >= 10 ? OK : err_set(e, E_FAILED, N_("the helper %s failed"), h->name);
	}
}

void
helper_stop(struct helper *h)
{
	int how;

	if (h->sock >= 0)
		(void)close(h->sock);
	h->sock = -1;
	if (h->pid <= 0)
		return;
	(void)kill(h->pid, SIGKILL);            /* our own child, not yet waited for: the number is its */
	while (waitpid(h->pid, &how, 0) < 0 && errno == EINTR)
		continue;
	h->pid = 0;
}
