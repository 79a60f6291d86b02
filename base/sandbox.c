/* base/sandbox.c: see sandbox.h. */
#include "base/sandbox.h"

#include "base/num.h"
#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Landlock; rights by number, so that any kernel's headers will do ---- */

#define FS(n) ((uint64_t)1 << (n))
#define FS_EXECUTE FS(0)
#define FS_WRITE_FILE FS(1)
#define FS_READ_FILE FS(2)
#define FS_READ_DIR FS(3)
#define FS_REMOVE_DIR FS(4)
#define FS_REMOVE_FILE FS(5)
#define FS_MAKE_DIR FS(7)
#define FS_MAKE_REG FS(8)
#define FS_MAKE_SOCK FS(9)
#define FS_REFER FS(13)
#define FS_TRUNCATE FS(14)
#define FS_IOCTL_DEV FS(15)
#define FS_OF_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
#ifdef PURSER_TEST_KDF
	const char *v = getenv("PURSER_TEST_LANDLOCK");
	int64_t most;

	if (v != NULL && num_i64(v, 0, 100, &most) && abi > most)
		abi = (long)most;
#endif
	return abi < 1 ? 0 : (int)abi;
}

enum rc
landlock_begin(struct landlock *l, bool alone, struct err *e)
{
	static const unsigned rights[] = { 0, 13, 14, 15, 15, 16 };
	struct { uint64_t fs, net, scoped; } attr = { 0 };
	size_t size;

	*l = (struct landlock){ .abi = landlock_abi(), .fd = -1 };
	if (l->abi == 0)
		return OK;
	l->fs = FS(rights[l->abi < 5 ? l->abi : 5]) - 1;
	attr.fs = l->fs;
	attr.net = l->abi >= 4 ? 3 : 0;                  /* no TCP, should there ever be a socket for it */
	attr.scoped = l->abi >= 6 && alone ? 3 : 0;
	size = l->abi >= 6 ? sizeof attr : l->abi >= 4 ? 2 * sizeof attr.fs : sizeof attr.fs;
	l->fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0u);
	return l->fd >= 0 ? OK : err_sys(e, E_SYS, N_("cannot close the sandbox (Landlock)"));
}

void
landlock_fd(const struct landlock *l, int fd, unsigned may)
{
	static const struct { unsigned may; uint64_t fs; } meaning[] = {
		{ MAY_READ, FS_READ_FILE | FS_READ_DIR },
		{ MAY_EXEC, FS_EXECUTE },
		{ MAY_WRITE, FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV },
		{ MAY_MAKE, FS_MAKE_REG | FS_MAKE_DIR | FS_MAKE_SOCK | FS_REMOVE_FILE | FS_REMOVE_DIR | FS_REFER },
	};
	struct landlock_path_beneath_attr rule = { .parent_fd = fd };
	struct stat st;

	if (l->fd < 0 || fstat(fd, &st) < 0)
		return;
	for (size_t i = 0; i < COUNTOF(meaning); i++)
		if (may & meaning[i].may)
			rule.allowed_access |= meaning[i].fs;
	rule.allowed_access &= S_ISDIR(st.st_mode) ? l->fs : l->fs & FS_OF_FILES;
	/* Refused for pipes and the like, which Landlock lets pass anyway; else what was not allowed stays closed. */
	if (rule.allowed_access != 0)
		(void)syscall(SYS_landlock_add_rule, l->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0u);
}

void
landlock_path(const struct landlock *l, const char *path, unsigned may)
{
	AUTO(auto_close) int fd = l->fd < 0 ? -1 : open(path, O_PATH | O_CLOEXEC);

	if (fd >= 0)
		landlock_fd(l, fd, may);
}

void
landlock_drop(struct landlock *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
}

enum rc
landlock_close(struct landlock *l, struct err *e)
{
	enum rc rc = OK;

	if (l->fd >= 0 && syscall(SYS_landlock_restrict_self, l->fd, 0u) != 0)
		rc = err_sys(e, E_SYS, N_("cannot close the sandbox (Landlock)"));
	landlock_drop(l);
	return rc;
}

/* ---- seccomp: a straight list in classic BPF; the kernel remembers what it says of calls without conditions ---- */

#if defined(__x86_64__)
#define MACHINE_ARCH AUDIT_ARCH_X86_64
#define CLONE_FLAGS_ARG 0
#elif defined(__aarch64__)
#define MACHINE_ARCH AUDIT_ARCH_AARCH64
#define CLONE_FLAGS_ARG 0
#else
#error "unknown machine: its audit number and the argument of clone's flags belong here"
#endif
#define X32_BIT 0x40000000u

#define PER_CALL 10u
struct program { struct sock_filter op[8 + CALLS_MAX * PER_CALL]; unsigned short n; };

static void
put(struct program *p, unsigned code, uint32_t k, unsigned yes, unsigned no)
{
	p->op[p->n++] = (struct sock_filter){ (uint16_t)code, (uint8_t)yes, (uint8_t)no, k };
}

static void
load(struct program *p, size_t at)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)at, 0, 0);
}

static void
put_call(struct program *p, const struct call *c, uint32_t result)
{
	unsigned conditions = (c->when[0].mask != 0 ? 1u : 0u) + (c->when[1].mask != 0 ? 1u : 0u);
	unsigned left = 3 * conditions + 1;

	load(p, offsetof(struct seccomp_data, nr));
	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->nr, 0, left);
	for (size_t i = 0; i < COUNTOF(c->when); i++) {
		const struct call_if *w = &c->when[i];

		if (w->mask == 0)
			continue;
		/* The lower half: both machines are little-endian. */
		load(p, offsetof(struct seccomp_data, args) + 8 * w->arg);
		put(p, BPF_ALU | BPF_AND | BPF_K, w->mask, 0, 0);
		left -= 3;
		put(p, BPF_JMP | BPF_JEQ | BPF_K, w->value & w->mask, w->unless ? left : 0, w->unless ? 0 : left);
	}
	put(p, BPF_RET | BPF_K, result, 0, 0);
}

bool
calls_close(const struct call *list, size_t n, enum calls_rest rest)
{
	static const struct call none = { .nr = SYS_clone3 };
	uint32_t listed = rest == CALLS_ALLOWED ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW;
	uint32_t others = rest == CALLS_ALLOWED ? SECCOMP_RET_ALLOW :
	    rest == CALLS_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM;
	struct program p = { .n = 0 };
	struct sock_fprog prog;

	if (n > CALLS_MAX)
		return false;
	load(&p, offsetof(struct seccomp_data, arch));
	put(&p, BPF_JMP | BPF_JEQ | BPF_K, MACHINE_ARCH, 1, 0);
	put(&p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	load(&p, offsetof(struct seccomp_data, nr));
	put(&p, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);      /* x32 on x86-64; no machine has so many calls */
	put(&p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	if (rest != CALLS_KILL)
		put_call(&p, &none, SECCOMP_RET_ERRNO | ENOSYS);
	for (size_t i = 0; i < n; i++)
		put_call(&p, &list[i], listed);
	put(&p, BPF_RET | BPF_K, others, 0, 0);
	prog = (struct sock_fprog){ .len = p.n, .filter = p.op };
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0u, &prog) == 0;
}

#define NEW_SPACES (0x00000080u | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	CLONE_NEWPID | CLONE_NEWNET)                            /* the first: CLONE_NEWTIME */
#define ANY(nr) { (nr), { { 0, false, 0, 0 } } }

bool
calls_close_command(void)
{
	static const struct call list[] = {
		/* other processes */
#if !SANITIZED
		ANY(SYS_ptrace),
#endif
		ANY(SYS_process_vm_readv), ANY(SYS_process_vm_writev), ANY(SYS_kcmp), ANY(SYS_pidfd_getfd),
		ANY(SYS_process_madvise), ANY(SYS_userfaultfd), ANY(SYS_perf_event_open),
		/* keyrings outlive us */
		ANY(SYS_keyctl), ANY(SYS_add_key), ANY(SYS_request_key),
		/* mounts, namespaces, files by handle */
		ANY(SYS_mount), ANY(SYS_umount2), ANY(SYS_pivot_root), ANY(SYS_chroot), ANY(SYS_move_mount), ANY(SYS_open_tree),
		ANY(SYS_fsopen), ANY(SYS_fsmount), ANY(SYS_fsconfig), ANY(SYS_fspick), ANY(SYS_mount_setattr),
		ANY(SYS_unshare), ANY(SYS_setns), ANY(SYS_open_by_handle_at), ANY(SYS_quotactl), ANY(SYS_quotactl_fd),
		/* the kernel */
		ANY(SYS_bpf), ANY(SYS_init_module), ANY(SYS_finit_module), ANY(SYS_delete_module), ANY(SYS_kexec_load),
		ANY(SYS_reboot), ANY(SYS_swapon), ANY(SYS_swapoff), ANY(SYS_acct), ANY(SYS_syslog), ANY(SYS_settimeofday),
		ANY(SYS_clock_settime), ANY(SYS_adjtimex), ANY(SYS_clock_adjtime), ANY(SYS_sethostname),
		ANY(SYS_setdomainname), ANY(SYS_vhangup),
#if defined(__x86_64__)
		ANY(SYS_iopl), ANY(SYS_ioperm), ANY(SYS_modify_ldt), ANY(SYS_kexec_file_load),
#endif
		/* what goes round the filter */
		ANY(SYS_io_uring_setup), ANY(SYS_io_uring_enter), ANY(SYS_io_uring_register),
		/* a namespace of its own, any socket but a local one, input to the terminal that we would seem to type */
		{ SYS_clone, { { CLONE_FLAGS_ARG, true, NEW_SPACES, 0 } } },
		{ SYS_socket, { { 0, true, UINT32_MAX, AF_UNIX } } },
		{ SYS_ioctl, { { 1, false, UINT32_MAX, TIOCSTI } } },
		{ SYS_ioctl, { { 1, false, UINT32_MAX, TIOCLINUX } } },
	};

	return calls_close(list, COUNTOF(list), CALLS_ALLOWED);
}
