/* crypto/pwhash.c: see pwhash.h. */
#include "crypto/pwhash.h"

#include "base/io.h"
#include "base/num.h"

#include <argon2.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define MIB 1024u                                /* KiB */
#define START_KIB (64 * MIB)
#define MAX_KIB (2048 * MIB)
#define MAX_T 12u
#define MAX_WORK_KIB (UINT64_C(8192) * MIB)      /* m x t */
#define CALIBRATE_MAX_KIB (1024 * MIB)
#define CALIBRATE_NS 1000000000

/* Test builds differ in this object only: tests that unlock a thousand times would otherwise take the day. */
#ifdef PURSER_TEST_KDF
#define FLOOR_KIB (8 * MIB)
#else
#define FLOOR_KIB (64 * MIB)
#endif

uint32_t
pwparams_floor_kib(void)
{
	return FLOOR_KIB;
}

bool
pwparams_ok(const struct pwparams *p)
{
	return p->m_kib >= FLOOR_KIB && p->m_kib <= MAX_KIB && p->t >= 1 && p->t <= MAX_T && p->p == 4 &&
	    (uint64_t)p->m_kib * p->t <= MAX_WORK_KIB;
}

static int
blocks_get(uint8_t **memory, size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return ARGON2_MEMORY_ALLOCATION_ERROR;
	(void)madvise(p, n, MADV_HUGEPAGE);      /* speed only */
	if (madvise(p, n, MADV_DONTDUMP) != 0) {
		(void)munmap(p, n);
		return ARGON2_MEMORY_ALLOCATION_ERROR;
	}
	*memory = p;
	return ARGON2_OK;
}

/* libargon2 wipes before it calls this; a second pass over a GiB costs a tenth of the whole run, so the blocks are only
 * looked at, one word in each, and wiped where that was not so. */
static void
blocks_put(uint8_t *memory, size_t n)
{
	uint64_t seen = 0, word;

	for (size_t i = 0; i + 1024 <= n; i += 1024) {
		memcpy(&word, memory + i, sizeof word);
		seen |= word;
	}
	if (seen != 0)
		wipe(memory, n);
	(void)munmap(memory, n);
}

static uint32_t
cores(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

	return n < 1 ? 1 : (uint32_t)n;
}

static enum rc
run(unsigned char out[32], const struct secret *input, const unsigned char salt[16], const struct pwparams *p,
    const unsigned char k[32], const void *x, size_t xlen, struct err *e)
{
	unsigned char salt_copy[16], k_copy[32];
	argon2_context c = { 0 };
	int r;

	if (input->len > UINT32_MAX || xlen > UINT32_MAX)
		return err_set(e, E_RANGE, N_("password too long"));
	memcpy(salt_copy, salt, sizeof salt_copy);      /* libargon2 takes all of its input without const */
	memcpy(k_copy, k, sizeof k_copy);
	c.out = out;
	c.outlen = 32;
	c.pwd = input->bytes;
	c.pwdlen = (uint32_t)input->len;
	c.salt = salt_copy;
	c.saltlen = sizeof salt_copy;
	c.secret = k_copy;
	c.secretlen = sizeof k_copy;
	c.ad = (uint8_t *)(uintptr_t)x;
	c.adlen = (uint32_t)xlen;
	c.t_cost = p->t;
	c.m_cost = p->m_kib;
	c.lanes = p->p;
	c.threads = cores() < p->p ? cores() : p->p;
	c.version = ARGON2_VERSION_13;
	c.allocate_cbk = blocks_get;
	c.free_cbk = blocks_put;
	c.flags = ARGON2_DEFAULT_FLAGS;
	r = argon2_ctx(&c, Argon2_id);
	wipe(k_copy, sizeof k_copy);
	if (r == ARGON2_OK)
		return OK;
	wipe(out, 32);
	if (r == ARGON2_MEMORY_ALLOCATION_ERROR)
		return err_set(e, E_NOMEM, N_("not enough memory to unlock: %u MiB are needed"), p->m_kib / MIB);
	return err_set(e, E_FAILED, N_("the password hash fails: %s"), argon2_error_message(r));
}

enum rc
pwhash(struct secret *out, const struct secret *input, const unsigned char salt[16], const struct pwparams *p,
    const unsigned char k[32], const void *x, size_t xlen, struct err *e)
{
	SECRET a = { 0 };
	enum rc rc;

	if (!pwparams_ok(p))
		return err_set(e, E_RANGE, N_("unusual key parameters"));
	if ((rc = secret_alloc(&a, 32, e)) != OK || (rc = run(a.bytes, input, salt, p, k, x, xlen, e)) != OK)
		return rc;
	secret_move(out, &a);
	return OK;
}

/* The number that follows key in a file of the kernel, in its unit; max when there is none. */
static uint64_t
kernel_number(const char *path, const char *key, uint64_t max)
{
	AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[4096], *s;
	uint64_t v;
	size_t n;

	if (fd < 0 || io_read(fd, text, sizeof text - 1, &n, NULL) != OK)
		return max;
	text[n] = '\0';
	if ((s = strstr(text, key)) == NULL)
		return max;
	s += strlen(key);
	s += strspn(s, " \t");
	s[strspn(s, "0123456789")] = '\0';
	return num_u64(s, 0, max, &v) ? v : max;
}

/* KiB that can be had without swapping: of the machine, and of the container that we may be in. */
static uint64_t
available_kib(void)
{
	uint64_t machine = kernel_number("/proc/meminfo", "MemAvailable:", UINT64_MAX);
	uint64_t limit = kernel_number("/sys/fs/cgroup/memory.max", "", UINT64_MAX);
	uint64_t used = kernel_number("/sys/fs/cgroup/memory.current", "", 0);
	uint64_t here = (limit > used ? limit - used : 0) / 1024;

	return machine < here ? machine : here;
}

/* Nanoseconds that one run takes. */
static enum rc
measure(int64_t *ns, const struct pwparams *p, struct err *e)
{
	static const unsigned char zero[32];
	SECRET in = { 0 };
	SECRET out = { 0 };
	struct timespec from, to;
	enum rc rc;

	if ((rc = secret_copy(&in, "calibration", 11, e)) != OK)
		return rc;
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	if ((rc = pwhash(&out, &in, zero, p, zero, NULL, 0, e)) != OK)
		return rc;
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	*ns = (int64_t)(to.tv_sec - from.tv_sec) * 1000000000 + (to.tv_nsec - from.tv_nsec);
	return OK;
}

enum rc
pwparams_calibrate(struct pwparams *out, struct err *e)
{
	uint64_t max = available_kib() / 4;
	struct pwparams p = { .m_kib = START_KIB, .t = 3, .p = 4 };
	int64_t ns;
	enum rc rc;

	if (FLOOR_KIB < START_KIB) {                    /* a build for tests, which would measure all day */
		*out = (struct pwparams){ .m_kib = FLOOR_KIB, .t = 3, .p = 4 };
		return OK;
	}
	if (max > CALIBRATE_MAX_KIB)
		max = CALIBRATE_MAX_KIB;
	for (*out = p;; p.m_kib *= 2) {
		rc = measure(&ns, &p, e);
		if (rc == E_NOMEM && p.m_kib > START_KIB)
			return OK;                      /* less is free than the kernel said: the last that worked */
		if (rc != OK)
			return rc;
		if (ns < CALIBRATE_NS)
			*out = p;
		/* The time grows with m: a run of over 0.55 s says without trying that twice the memory is too slow. */
		if (ns > CALIBRATE_NS / 100 * 55 || (uint64_t)p.m_kib * 2 > max)
			return OK;
	}
}
