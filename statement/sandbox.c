/* statement/sandbox.c: see sandbox.h. */
#include "statement/sandbox.h"

#include "base/sandbox.h"
#include "base/scope.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool
limit(int what, rlim_t n)
{
	struct rlimit r = { n, n };

	return setrlimit((__rlimit_resource_t)what, &r) == 0;
}

bool
sandbox_prepare(unsigned last_fd)
{
	if (syscall(SYS_close_range, last_fd + 1, ~0u, 0) != 0) {
		/* A kernel before 5.9: one by one. */
		for (int fd = (int)last_fd + 1; fd < 4096; fd++)
			(void)close(fd);
	}
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return false;
	if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_CPU, 600))
		return false;
	return SANITIZED || limit(RLIMIT_AS, (rlim_t)4 << 30);
}

bool
sandbox_lock_memory(void)
{
	AUTO(auto_fclose) FILE *maps = NULL;
	unsigned long from, to;
	struct rlimit r;
	char line[512], rights[5];

	/* A sanitizer's shadow is terabytes: nothing of it could be locked. */
	if (SANITIZED)
		return true;
	if (getrlimit(RLIMIT_MEMLOCK, &r) != 0 || !limit(RLIMIT_MEMLOCK, r.rlim_max) ||
	    (maps = fopen("/proc/self/maps", "re")) == NULL)
		return false;
	/* What can be written only: code of libraries is on disk anyway, and would fill the limit of a user. */
	while (fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3 && rights[1] == 'w' &&
		    mlock((const void *)from, to - from) != 0)
			return false;
	}
	return mlockall(MCL_FUTURE) == 0;
}

/* Not one right to files. A kernel without Landlock: seccomp alone refuses every open. */
static bool
no_files(void)
{
	AUTO(landlock_drop) struct landlock l = { .fd = -1 };

	return landlock_begin(&l, true, NULL) == OK && landlock_close(&l, NULL) == OK;
}

static bool
allow(scmp_filter_ctx f, int nr)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 0) == 0;
}

/* Only when argument arg compares so. */
static bool
allow_if(scmp_filter_ctx f, int nr, unsigned arg, enum scmp_compare op, scmp_datum_t a, scmp_datum_t b)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1, ((struct scmp_arg_cmp){ arg, op, a, b })) == 0;
}

/* What a sanitizer's runtime calls on top. */
static bool
allow_sanitizer(scmp_filter_ctx f)
{
	static const int calls[] = { SCMP_SYS(sigaltstack), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(tgkill),
		SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(sched_yield), SCMP_SYS(mmap),
		SCMP_SYS(mprotect), SCMP_SYS(write), SCMP_SYS(prctl), SCMP_SYS(readlink), SCMP_SYS(getrlimit),
		SCMP_SYS(prlimit64) };

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (!allow(f, calls[i]))
			return false;
	return true;
}

/* A device is read and written, and waited for. OpenSSL asks for its own number before it makes a key. */
static bool
allow_devices(scmp_filter_ctx f, const int *fd, size_t n)
{
	bool good = n == 0 || (allow(f, SCMP_SYS(poll)) && allow(f, SCMP_SYS(ppoll)) &&
		allow(f, SCMP_SYS(getpid)));

	for (size_t i = 0; good && i < n; i++)
		good = allow_if(f, SCMP_SYS(read), 0, SCMP_CMP_EQ, (scmp_datum_t)fd[i], 0) &&
		    allow_if(f, SCMP_SYS(write), 0, SCMP_CMP_EQ, (scmp_datum_t)fd[i], 0);
	return good;
}

static bool
filter(int file_fd, const int *device, size_t devices)
{
	static const int calls[] = { SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
		SCMP_SYS(futex), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(getrandom),
		SCMP_SYS(clock_gettime) };
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool good = f != NULL;

	for (size_t i = 0; good && i < sizeof calls / sizeof *calls; i++)
		good = allow(f, calls[i]);
	good = good && allow_if(f, SCMP_SYS(read), 0, SCMP_CMP_EQ, 0, 0) &&
	    allow_if(f, SCMP_SYS(read), 0, SCMP_CMP_EQ, (scmp_datum_t)file_fd, 0) &&
	    allow_if(f, SCMP_SYS(pread64), 0, SCMP_CMP_EQ, (scmp_datum_t)file_fd, 0) &&
	    allow_if(f, SCMP_SYS(write), 0, SCMP_CMP_EQ, 1, 0);
	/* Memory: anonymous, and never executable. */
	good = good && seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
	    ((struct scmp_arg_cmp){ 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 }),
	    ((struct scmp_arg_cmp){ 3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS })) == 0 &&
	    allow_if(f, SCMP_SYS(mprotect), 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	good = good && allow_devices(f, device, devices);
	if (SANITIZED)
		good = good && allow_sanitizer(f);
	good = good && seccomp_load(f) == 0;
	if (f != NULL)
		seccomp_release(f);
	return good;
}

static bool
close_all(int file_fd, const int *device, size_t devices)
{
	if (!no_files())
		return false;
	if (!SANITIZED)
		(void)close(2);                 /* nothing is ever said there */
	/* poll() takes no more descriptors than may be open: one. */
	if (!limit(RLIMIT_NOFILE, devices > 0) || !limit(RLIMIT_NPROC, 0))
		return false;
	return filter(file_fd, device, devices);
}

bool
sandbox_close(int file_fd)
{
	return close_all(file_fd, NULL, 0);
}

bool
sandbox_close_devices(const int *fd, size_t n)
{
	return close_all(0, fd, n);
}
