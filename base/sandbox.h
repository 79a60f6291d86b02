/*
 * base/sandbox.h: what a process gives up for good: files (Landlock, Linux 5.13) and system calls (seccomp filter
 * mode). By raw system calls and a filter of our own, so that the program needs no library for it. Children inherit
 * both. Promises are worded for Landlock ABI 2 (Linux 5.19, Debian 12); what newer versions know is used as well.
 *
 * Sources: Documentation/userspace-api/{landlock,seccomp_filter}.rst, linux/{landlock,seccomp,filter,audit}.h.
 */
#ifndef PURSER_BASE_SANDBOX_H
#define PURSER_BASE_SANDBOX_H

#include "base/err.h"

#include <stdint.h>

/* Address and leak sanitizers need terabytes of address space, ptrace and files of their own. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* ---- files ---- */

enum {
	MAY_READ = 1 << 0,       /* read files, list directories */
	MAY_EXEC = 1 << 1,       /* run programs */
	MAY_WRITE = 1 << 2,      /* write to files that are there, cut them; device calls */
	MAY_MAKE = 1 << 3        /* make, rename, link and remove files, directories and sockets */
};
#define MAY_CHANGE (MAY_READ | MAY_WRITE | MAY_MAKE)

struct landlock { int abi, fd; uint64_t fs; };          /* abi 0: this kernel has none, every call does nothing */

/* What this kernel has, 0: nothing. Test builds take PURSER_TEST_LANDLOCK as an upper bound. */
int landlock_abi(void);
/* Every right to files is refused from landlock_close() on but for what is allowed in between: for a directory also
 * all beneath it. alone: also no signal to, and no abstract socket of, a process outside (ABI 6). E_SYS: the kernel
 * has Landlock and refuses. What is not there is no rule and no error. */
enum rc landlock_begin(struct landlock *l, bool alone, struct err *e) MUST_CHECK;
void landlock_path(const struct landlock *l, const char *path, unsigned may);
void landlock_fd(const struct landlock *l, int fd, unsigned may);
/* Needs no_new_privs. Closes *l in any case. */
enum rc landlock_close(struct landlock *l, struct err *e) MUST_CHECK;
void landlock_drop(struct landlock *l);                 /* AUTO(landlock_drop) */

/* ---- system calls ---- */

/* One call, perhaps only with certain arguments (of which the lower 32 bits count): all conditions hold. */
struct call_if { uint8_t arg; bool unless; uint32_t mask, value; };     /* mask 0: no condition */
struct call { int nr; struct call_if when[2]; };

enum calls_rest {
	CALLS_ALLOWED,           /* the list is refused with EPERM, all else is allowed */
	CALLS_REFUSED,           /* the list is allowed, all else is refused with EPERM */
	CALLS_KILL               /* the list is allowed, all else ends the process */
};
/* Calls of another machine's ABI end the process. clone3, whose arguments a filter cannot see, is "not there"
 * (libc goes on with clone), unless CALLS_KILL. false: the kernel refused, or more than CALLS_MAX. */
#define CALLS_MAX 160u
bool calls_close(const struct call *list, size_t n, enum calls_rest rest);

/* For every command: no tracing, no other process' memory, no keyrings, mounts, namespaces, modules, clock, BPF,
 * io_uring, no socket but AF_UNIX, no typing into the terminal. What pagers, clipboards and readers do goes on. */
bool calls_close_command(void);

#endif
