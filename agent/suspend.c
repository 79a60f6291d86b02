/* agent/suspend.c: see suspend.h. */
#include "agent/suspend.h"

#include "base/place.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void NORETURN
become(const char *program, int sock)
{
	static char name[] = "purser-suspend";
	char *const argv[] = { name, NULL };
	char bus[512] = "";
	char *envp[2] = { NULL, NULL };
	sigset_t none;

#ifdef PURSER_TEST_KDF
	if (getenv("PURSER_TEST_BUS") != NULL)
		(void)snprintf(bus, sizeof bus, "DBUS_SYSTEM_BUS_ADDRESS=%s", getenv("PURSER_TEST_BUS"));
#endif
	envp[0] = bus[0] != '\0' ? bus : NULL;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGCHLD, SIG_DFL);
	if (sock == 3 ? fcntl(sock, F_SETFD, 0) < 0 : dup2(sock, 3) < 0)
		_exit(1);
	(void)close_range(4, ~0U, 0);
	(void)execve(program, argv, envp);
	_exit(1);
}

int
suspend_start(void)
{
	char program[4096];
	int pair[2];
	pid_t pid;

	place_find(program, sizeof program, "purser-suspend", "libexec/purser/purser-suspend",
	    PURSER_LIBEXEC "/purser-suspend");
	if (access(program, X_OK) < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	(void)signal(SIGCHLD, SIG_IGN);         /* its end is seen on the socket */
	if ((pid = fork()) == 0)
		become(program, pair[1]);
	(void)close(pair[1]);
	if (pid > 0)
		return pair[0];
	(void)close(pair[0]);
	return -1;
}

bool
suspend_heard(int *fd)
{
	char what = 0;

	if (recv(*fd, &what, 1, MSG_DONTWAIT) == 1)
		return what == 'S';
	(void)close(*fd);
	*fd = -1;
	return false;
}

void
suspend_done(int fd)
{
	if (fd >= 0)
		(void)(send(fd, "L", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1);     /* it goes on without, a little later */
}
