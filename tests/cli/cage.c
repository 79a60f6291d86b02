/*
 * tests/cli/cage.c: the frame of cmd/ with commands that try what a sandbox should refuse. What is tried is said by
 * --try WHAT:ARGUMENT; each answer is one line, "WHAT:ARGUMENT yes" or the name of the error. An argument @/x lies in the directory
 * that the command got for itself.
 */
#include "base/scope.h"
#include "cmd/cmd.h"
#include "cmd/out.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int
opened(int fd)
{
	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static int
result(long r)
{
	return r < 0 ? errno : 0;
}

static int
run(const char *program)
{
	int status = 0, end[2], error = 0;
	pid_t pid;

	if (pipe2(end, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return errno;
	if (pid == 0) {
		(void)execl(program, program, (char *)NULL);
		error = errno;
		_exit(write(end[1], &error, sizeof error) == sizeof error ? 126 : 125);
	}
	(void)close(end[1]);
	if (read(end[0], &error, sizeof error) != sizeof error)
		error = 0;
	(void)close(end[0]);
	(void)waitpid(pid, &status, 0);
	return error;
}

static int
other_memory(pid_t pid)
{
	char one;
	struct iovec here = { &one, 1 }, there = { (void *)0x10000, 1 };

	/* Whatever is at that place: who may not look is told so before. */
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT)
		return 0;
	return errno;
}

static int
attempt(const char *what, const char *arg)
{
	pid_t pid = (pid_t)strtol(arg, NULL, 10);

	if (strcmp(what, "read") == 0)
		return opened(open(arg, O_RDONLY | O_CLOEXEC));
	if (strcmp(what, "write") == 0)
		return opened(open(arg, O_WRONLY | O_CLOEXEC));
	if (strcmp(what, "cut") == 0)
		return opened(open(arg, O_WRONLY | O_TRUNC | O_CLOEXEC));
	if (strcmp(what, "make") == 0)
		return opened(open(arg, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	if (strcmp(what, "list") == 0)
		return opened(open(arg, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (strcmp(what, "remove") == 0)
		return result(unlink(arg));
	if (strcmp(what, "run") == 0)
		return run(arg);
	if (strcmp(what, "socket") == 0)
		return opened(socket((int)pid, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	if (strcmp(what, "trace") == 0)
		return result(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	if (strcmp(what, "memory") == 0)
		return other_memory(pid);
	if (strcmp(what, "keyring") == 0)
		return result(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0));
	if (strcmp(what, "unshare") == 0)
		return result(unshare(CLONE_NEWUSER));
	if (strcmp(what, "clone") == 0)
		return result(syscall(SYS_clone, CLONE_NEWUSER, NULL, NULL, NULL, NULL));
	if (strcmp(what, "mount") == 0)
		return result(syscall(SYS_mount, "none", arg, "tmpfs", 0L, NULL));
	if (strcmp(what, "bpf") == 0)
		return result(syscall(SYS_bpf, 0, NULL, 0));
	if (strcmp(what, "uring") == 0)
		return result(syscall(SYS_io_uring_setup, 1, NULL));
	if (strcmp(what, "type") == 0)
		return result(ioctl(0, TIOCSTI, "x"));
	return ENOSYS;
}

static enum rc
try_run(struct session *s, const struct args *a, struct err *e)
{
	char what[32], path[4096];
	int error;

	(void)e;
	for (unsigned i = 0; i < arg_count(a, "try"); i++) {
		const char *text = arg_nth(a, "try", i), *colon = strchr(text, ':');

		(void)snprintf(what, sizeof what, "%.*s", colon ? (int)(colon - text) : 31, text);
		(void)snprintf(path, sizeof path, "%s%s", s->scratch != NULL ? s->scratch : "", colon ? colon + 2 : "");
		error = attempt(what, colon == NULL ? "" : colon[1] == '@' ? path : colon + 1);
		say(s, "%s %s", text, error == 0 ? "yes" : strerrorname_np(error));
		(void)fflush(stdout);
	}
	return OK;
}

static const struct option options[] = {
	{ "try", 0, "WHAT", "what to try", NULL, 0 },
	{ "from", 0, "FILE", "a file that is there", NULL, 0 },
	{ "to", 0, "FILE", "a file that is written again", NULL, OPT_WRITES },
	{ 0 },
};
#define ENTRY(n, f) \
	static const struct command cmd_##n = { .name = #n, .group = GROUP_QUIET, .summary = "test", .usage = "[FILE]", \
		.options = options, .max_args = 1, .flags = (f), .run = try_run }
ENTRY(plain, 0);
ENTRY(nohome, CMD_NO_HOME);
ENTRY(maker, CMD_MAKES_HOME);
ENTRY(starter, CMD_AGENT);
ENTRY(copier, CMD_CLIPBOARD);
ENTRY(free, CMD_OWN_SANDBOX);
ENTRY(urgent, CMD_EMERGENCY);
ENTRY(rehearse, CMD_SCRATCH);

const struct command *const commands[] = { &cmd_plain, &cmd_nohome, &cmd_maker, &cmd_starter, &cmd_copier, &cmd_free,
	&cmd_urgent, &cmd_rehearse, NULL };
const struct hooks hooks = { NULL, NULL, NULL };
