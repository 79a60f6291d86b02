/* agent/confine.c: see confine.h. */
#include "agent/confine.h"

#include "base/sandbox.h"
#include "base/scope.h"
#include "crypto/libcrypto.h"

#include <execinfo.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ANY(nr) { (nr), { { 0, false, 0, 0 } } }
/* mmap and mprotect: never executable. clone: threads of Argon2 only. fcntl: no asynchronous signals to others. */
#define NOT_EXEC { 2, false, PROT_EXEC, 0 }
#if SANITIZED
#define SANITIZER_CALLS \
	ANY(SYS_sigaltstack), ANY(SYS_rt_sigaction), ANY(SYS_readlink), ANY(SYS_readlinkat), ANY(SYS_prctl), ANY(SYS_clone), \
	ANY(SYS_wait4), ANY(SYS_ptrace), ANY(SYS_mmap), ANY(SYS_mprotect), ANY(SYS_getppid), ANY(SYS_pipe2), ANY(SYS_kill), \
	ANY(SYS_process_vm_readv), ANY(SYS_getdents64),
#else
#define SANITIZER_CALLS
#endif
/* Calls that only older machines have. */
#if defined(__x86_64__)
#define OLD_CALLS ANY(SYS_access), ANY(SYS_unlink), ANY(SYS_rename), ANY(SYS_poll), ANY(SYS_stat), ANY(SYS_lstat), \
	ANY(SYS_mkdir), ANY(SYS_open), ANY(SYS_time),
#else
#define OLD_CALLS ANY(SYS_ppoll),
#endif

static bool
close_calls(void)
{
	static const struct call list[] = {
		/* memory */
		{ SYS_mmap, { NOT_EXEC } }, { SYS_mprotect, { NOT_EXEC } }, ANY(SYS_munmap), ANY(SYS_mremap), ANY(SYS_brk),
		ANY(SYS_madvise), ANY(SYS_mlock), ANY(SYS_mlock2), ANY(SYS_munlock), ANY(SYS_mincore),
		/* files */
		ANY(SYS_openat), ANY(SYS_close), ANY(SYS_read), ANY(SYS_write), ANY(SYS_readv), ANY(SYS_writev),
		ANY(SYS_pread64), ANY(SYS_pwrite64), ANY(SYS_lseek), ANY(SYS_fstat), ANY(SYS_newfstatat), ANY(SYS_statx),
		ANY(SYS_fstatfs), ANY(SYS_faccessat), ANY(SYS_faccessat2), ANY(SYS_fsync), ANY(SYS_fdatasync),
		ANY(SYS_ftruncate), ANY(SYS_fallocate), ANY(SYS_flock), ANY(SYS_fcntl), ANY(SYS_unlinkat),
		ANY(SYS_renameat), ANY(SYS_renameat2), ANY(SYS_mkdirat), ANY(SYS_fchmod), ANY(SYS_fchown),
		ANY(SYS_readlinkat), ANY(SYS_getdents64), ANY(SYS_dup), ANY(SYS_dup3),
		/* clients */
		ANY(SYS_accept4), ANY(SYS_recvfrom), ANY(SYS_sendto), ANY(SYS_getsockopt), ANY(SYS_shutdown), ANY(SYS_ppoll),
		/* itself */
		ANY(SYS_getpid), ANY(SYS_gettid), ANY(SYS_getuid), ANY(SYS_geteuid), ANY(SYS_getgid), ANY(SYS_getegid),
		ANY(SYS_getrandom), ANY(SYS_clock_gettime), ANY(SYS_clock_nanosleep), ANY(SYS_nanosleep),
		ANY(SYS_gettimeofday), ANY(SYS_uname), ANY(SYS_sysinfo), ANY(SYS_umask), ANY(SYS_futex),
		ANY(SYS_sched_yield), ANY(SYS_sched_getaffinity), ANY(SYS_rt_sigprocmask), ANY(SYS_rt_sigreturn),
		ANY(SYS_restart_syscall), ANY(SYS_exit), ANY(SYS_exit_group), ANY(SYS_set_robust_list), ANY(SYS_rseq),
		ANY(SYS_tgkill),
		{ SYS_clone, { { 0, false, CLONE_THREAD | CLONE_VM | CLONE_NEWUSER | CLONE_NEWNS, CLONE_THREAD | CLONE_VM } } },
		/* a limit can be read, and lowered; with no new privileges, hardly raised */
		ANY(SYS_prlimit64),
		SANITIZER_CALLS
		OLD_CALLS
	};

	return calls_close(list, COUNTOF(list), CALLS_REFUSED);
}

enum rc
agent_confine(const struct home *h, struct err *e)
{
	AUTO(landlock_drop) struct landlock l = { .fd = -1 };
	struct err none = { 0 };
	void *here;
	enum rc rc;

	/* What is loaded late is loaded now: afterwards there is no library, and no memory for code. A machine without it
	 * does without it (crypto/page.h). */
	if (libcrypto_start(&none) != OK)
		err_clear(&none);
	(void)backtrace(&here, 1);              /* loads libgcc_s, with which libc ends the threads of Argon2 */
	if ((rc = landlock_begin(&l, true, e)) != OK)
		return rc;
	landlock_fd(&l, h->vault, MAY_CHANGE);
	landlock_fd(&l, h->device, MAY_CHANGE);
	landlock_path(&l, "/sys/devices/system/cpu", MAY_READ);          /* how many processors: for Argon2 */
	if ((rc = landlock_close(&l, e)) != OK)
		return rc;
	return close_calls() ? OK : err_set(e, E_FAILED, N_("cannot close the sandbox (seccomp)"));
}
