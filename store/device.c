/* store/device.c: see device.h. */
#include "store/device.h"

#include "crypto/kdf.h"
#include "store/files.h"

#include <string.h>

static const char magic[8] = { 'P', 'U', 'R', 'S', 'D', 'E', 'V', '1' };
enum { D_KEY = 16 };

void
device_key_make(unsigned char out[DEVICE_KEY_SIZE], const struct secret *d)
{
	memset(out, 0, DEVICE_KEY_SIZE);
	memcpy(out, magic, sizeof magic);
	memcpy(out + D_KEY, d->bytes, KEY_LEN);
	file_sum_put(out, DEVICE_KEY_SIZE);
}

enum rc
device_key_check(const unsigned char *p, size_t n, struct secret *d, struct err *e)
{
	static const unsigned char zero[8];

	if (n != DEVICE_KEY_SIZE || memcmp(p, magic, sizeof magic) != 0 || memcmp(p + 8, zero, sizeof zero) != 0)
		return err_set(e, E_DAMAGED, N_("device.key is not a device key of purser"));
	if (!file_sum_ok(p, n, DEVICE_KEY_SIZE, magic))
		return err_set(e, E_DAMAGED, N_("device.key is damaged"));
	return secret_copy(d, p + D_KEY, KEY_LEN, e);
}

enum rc
device_key_read(int dirfd, const char *name, struct secret *d, struct err *e)
{
	unsigned char p[DEVICE_KEY_SIZE + 1];
	size_t n = 0;
	enum rc rc;

	if ((rc = file_read(dirfd, name, p, sizeof p, &n, e)) == OK)
		rc = device_key_check(p, n, d, e);
	else if (rc == E_NOTFOUND)
		rc = err_set(e, E_AUTH, N_("device.key of this store is missing"));
	if (rc == E_AUTH || rc == E_DAMAGED)
		err_next(e, "purser recover");
	wipe(p, sizeof p);
	return rc;
}
