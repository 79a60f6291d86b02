/*
 * tests/unit/sandbox_test.c: the filter of system calls that base/ writes by hand, and what the agent keeps. Each trial
 * is a process of its own; its exit status is what it found.
 */
#include "agent/confine.h"
#include "base/sandbox.h"
#include "base/scope.h"
#include "crypto/secret.h"
#include "tests/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANY(nr) { (nr), { { 0, false, 0, 0 } } }
#define SIGNALLED 1000

/* What trial() ended with: its status, or SIGNALLED and the signal. */
static int
in_child(int (*trial)(void))
{
	int status = 0;
	pid_t pid;

	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
		_exit(trial());
	}
	(void)waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- the filter ---- */

static const struct call some[] = {
	ANY(SYS_getpid), { SYS_dup, { { 0, false, UINT32_MAX, 0 } } }, { SYS_dup, { { 0, false, UINT32_MAX, 2 } } },
	{ SYS_fcntl, { { 0, false, UINT32_MAX, 1 }, { 1, false, UINT32_MAX, F_GETFD } } },
	{ SYS_socket, { { 0, true, UINT32_MAX, AF_UNIX } } },
	ANY(SYS_exit_group),
};

static int
refused_trial(void)
{
	if (!calls_close(some, COUNTOF(some), CALLS_REFUSED))
		return 99;
	if (syscall(SYS_getpid) <= 0)
		return 1;
	if (syscall(SYS_getppid) != -1 || errno != EPERM)
		return 2;
	if (syscall(SYS_dup, 0) < 0 || syscall(SYS_dup, 2) < 0 || syscall(SYS_dup, 1) != -1 || errno != EPERM)
		return 3;
	/* both conditions hold, or it is refused */
	if (syscall(SYS_fcntl, 1, F_GETFD) < 0 || syscall(SYS_fcntl, 1, F_GETFL) != -1 || syscall(SYS_fcntl, 2, F_GETFD) != -1)
		return 4;
	if (syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0) != -1 || errno != EPERM)
		return 5;
	if (syscall(SYS_clone3, NULL, 0) != -1 || errno != ENOSYS)
		return 6;
	return 0;
}

static int
allowed_trial(void)
{
	if (!calls_close(some, COUNTOF(some) - 1, CALLS_ALLOWED))
		return 99;
	if (syscall(SYS_getpid) != -1 || errno != EPERM || syscall(SYS_getppid) <= 0)
		return 1;
	if (syscall(SYS_dup, 1) < 0 || syscall(SYS_dup, 0) != -1)
		return 2;
	/* "unless": every other family */
	if (syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0) < 0 ||
	    syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0) != -1 || errno != EPERM)
		return 3;
	return 0;
}

static int
kill_trial(void)
{
	if (!calls_close(some, COUNTOF(some), CALLS_KILL))
		return 99;
	(void)syscall(SYS_getpid);
	(void)syscall(SYS_getppid);
	return 0;
}

static int
too_many_trial(void)
{
	static struct call many[CALLS_MAX + 1];

	return calls_close(many, COUNTOF(many), CALLS_REFUSED) ? 1 : 0;
}

#if defined(__x86_64__)
/* exit(0) as a 32-bit program would ask for it: there 1 is exit, here write. */
static int
i386_trial(void)
{
	static const struct call all[] = { ANY(SYS_getpid) };
	long r;

	if (!calls_close(all, COUNTOF(all), CALLS_ALLOWED))
		return 99;
	__asm__ __volatile__("int $0x80" : "=a"(r) : "a"(20L) : "r8", "r9", "r10", "r11", "memory");
	return 1;
}

static int
x32_trial(void)
{
	static const struct call all[] = { ANY(SYS_getpid) };

	if (!calls_close(all, COUNTOF(all), CALLS_ALLOWED))
		return 99;
	(void)syscall(0x40000000L + SYS_getppid);
	return 1;
}
#endif

static void
try_filter(void)
{
	int r;

	/* A sanitizer has calls of its own to make. */
	r = UNDER_ASAN ? 0 : in_child(refused_trial);
	ok(r == 0, "a list of what is allowed: conditions on arguments, one of several, both of two, all but one (%d)", r);
	r = in_child(allowed_trial);
	ok(r == 0, "a list of what is refused (%d)", r);
	r = in_child(kill_trial);
	ok(r == SIGNALLED + SIGSYS, "a call that is not in a strict list ends the process (%d)", r);
	ok(in_child(too_many_trial) == 0, "a list that is too long is refused, not cut");
#if defined(__x86_64__)
	r = in_child(i386_trial);
	/* SEGV: a kernel without the 32-bit calls. */
	ok(r == SIGNALLED + SIGSYS || r == SIGNALLED + SIGSEGV, "the numbers of another machine do not pass: i386 (%d)", r);
	r = in_child(x32_trial);
	ok(r == SIGNALLED + SIGSYS, "the numbers of another machine do not pass: x32 (%d)", r);
#else
	tap_skip("the numbers of another machine: only x86-64 has them");
#endif
}

/* ---- the agent ---- */

static char top[] = "/tmp/purser-sandbox-XXXXXX";

static int
agent_trial(void)
{
	char vault[64], device[64], out[64];
	struct home h = { .vault = -1 };
	struct err e = { 0 };
	char self[32];
	bool files = landlock_abi() > 0;        /* nobody can ask any more afterwards */
	void *p;
	int fd;

	(void)snprintf(vault, sizeof vault, "%s/vault", top);
	(void)snprintf(device, sizeof device, "%s/device", top);
	(void)snprintf(out, sizeof out, "%s/outside", top);
	(void)snprintf(self, sizeof self, "/proc/self/mem");
	h.vault = open(vault, O_RDONLY | O_DIRECTORY);
	h.device = open(device, O_RDONLY | O_DIRECTORY);
	if (agent_confine(&h, &e) != OK)
		return 99;
	if ((fd = openat(h.vault, "x", O_RDWR | O_CREAT, 0600)) < 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0 ||
	    unlinkat(h.vault, "x", 0) != 0 || openat(h.device, "y", O_RDWR | O_CREAT, 0600) < 0)
		return 1;
	if (files && (open(out, O_RDONLY) >= 0 || errno != EACCES))
		return 2;
	if (files && (open(self, O_RDWR) >= 0 || open("/etc/passwd", O_RDONLY) >= 0 ||
	    open("/dev/tty", O_RDWR) >= 0))
		return 3;
	if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EPERM || socket(AF_INET, SOCK_STREAM, 0) >= 0)
		return 4;
	if (syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) != -1 || errno != EPERM)
		return 5;
	if (execl("/bin/true", "true", (char *)NULL) != -1 || errno != EPERM)
		return 6;
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		return 7;
	if ((p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) == MAP_FAILED ||
	    mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0)
		return 8;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 || kill(getppid(), 0) == 0 ||
	    syscall(SYS_prctl, PR_SET_DUMPABLE, 1L) == 0)
		return 9;
	return 0;
}

static int
agent_memory_trial(void)
{
	struct home home = { .vault = -1, .device = -1 };
	SECRET pw = { 0 };
	struct err e = { 0 };

	if (agent_confine(&home, &e) != OK || secret_copy(&pw, "x", 1, &e) != OK)
		return 99;
	return 0;
}

static void
try_agent(void)
{
	static const char *const left[] = { "device/y", "vault", "device", "outside", "" };
	char path[64];
	int r;

	if (mkdtemp(top) == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", top, i == 0 ? "vault" : "device");
		(void)mkdir(path, 0700);
	}
	(void)snprintf(path, sizeof path, "%s/outside", top);
	(void)close(open(path, O_WRONLY | O_CREAT, 0600));
	if (UNDER_ASAN) {
		tap_skip("the agent's sandbox: sanitizers need more");
		return;
	}
	if (landlock_abi() == 0)
		printf("# THIS KERNEL HAS NO LANDLOCK: files outside are not tried\n");
	r = in_child(agent_trial);
	ok(r == 0, "the agent keeps its two directories; no other file, socket, process or program, no memory for code "
	    "(%d)", r);
	r = in_child(agent_memory_trial);
	ok(r == 0, "the agent still has locked memory (%d)", r);
	for (size_t i = 0; i < COUNTOF(left); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", top, left[i]);
		(void)remove(path);
	}
}

int
main(void)
{
	struct err e = { 0 };

	ok(crypto_start(&e) == OK, "start");
	try_filter();
	try_agent();
	return tap_done();
}
