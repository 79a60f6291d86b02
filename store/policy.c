/* store/policy.c: see policy.h. */
#include "store/policy.h"

#include "base/io.h"
#include "base/le.h"
#include "crypto/kdf.h"
#include "store/files.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

enum { P_AFTER = 8, P_FAILED = 12, P_SIZE = 64 };

static const char magic[8] = { 'P', 'U', 'R', 'S', 'P', 'O', 'L', '1' };

static void
pack(unsigned char p[P_SIZE], const struct policy *pol)
{
	memset(p, 0, P_SIZE);
	memcpy(p, magic, sizeof magic);
	le32_put(p + P_AFTER, pol->freeze_after);
	le32_put(p + P_FAILED, pol->failed);
	file_sum_put(p, P_SIZE);
}

static bool
unpack(const unsigned char *p, size_t n, struct policy *out)
{
	if (!file_sum_ok(p, n, P_SIZE, magic))
		return false;
	*out = (struct policy){ le32_get(p + P_AFTER), le32_get(p + P_FAILED) };
	return true;
}

void
policy_read(const struct home *h, struct policy *out)
{
	unsigned char p[P_SIZE + 1];
	size_t n = 0;

	*out = (struct policy){ 0, 0 };
	if (h->device >= 0 && file_read(h->device, "policy", p, sizeof p, &n, NULL) == OK)
		(void)unpack(p, n, out);
}

enum rc
policy_set(const struct home *h, uint32_t freeze_after, struct err *e)
{
	struct policy pol = { freeze_after, 0 };
	unsigned char p[P_SIZE];
	enum rc rc;

	if (freeze_after == 0) {
		if ((rc = file_unlink(h->device, "policy", e)) != OK)
			return rc;
		return io_fsync_dir(h->device, e);
	}
	pack(p, &pol);
	return io_replace(h->device, "policy", 0600, p, sizeof p, e);
}

/* Somebody who never lets go of it shall not hold up an unlock. */
static void
lock_a_while(int fd)
{
	struct timespec nap = { .tv_nsec = 10000000 };

	for (unsigned i = 0; i < 50 && flock(fd, LOCK_EX | LOCK_NB) < 0; i++)
		(void)nanosleep(&nap, NULL);
}

/* Read, change, write under the lock of the file: ten at once count as ten. */
static void
change(const struct home *h, bool failed, struct policy *out)
{
	AUTO(auto_close) int fd = -1;
	struct policy pol = { 0, 0 };
	unsigned char p[P_SIZE];
	size_t got = 0;
	enum rc rc;

	*out = pol;
	if (h->device < 0 ||
	    (fd = openat(h->device, "policy", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)) < 0)
		return;
	lock_a_while(fd);
	if (io_pread(fd, p, sizeof p, 0, &got, NULL) != OK || !unpack(p, got, &pol))
		return;
	if (failed && pol.failed < UINT32_MAX)
		pol.failed++;
	*out = pol;
	if (!failed && pol.failed == 0)
		return;
	if (!failed)
		pol.failed = 0;
	pack(p, &pol);
	if ((rc = io_pwrite(fd, p, sizeof p, 0, NULL)) == OK)
		rc = io_fsync(fd, NULL);
	(void)rc;
}

void
policy_failed(const struct home *h, struct policy *out)
{
	change(h, true, out);
}

void
policy_passed(const struct home *h)
{
	struct policy ignored;

	change(h, false, &ignored);
}
