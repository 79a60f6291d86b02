/* store/device.h: device.key: magic(8) | zero(8) | D(32) | BLAKE2b-128 of the first 48 bytes(16). */
#ifndef PURSER_STORE_DEVICE_H
#define PURSER_STORE_DEVICE_H

#include "crypto/secret.h"

#define DEVICE_KEY_SIZE 64u

void device_key_make(unsigned char out[DEVICE_KEY_SIZE], const struct secret *d);
/* E_DAMAGED: not a device key, or damaged. */
enum rc device_key_check(const unsigned char *p, size_t n, struct secret *d, struct err *e) MUST_CHECK;
/* E_AUTH: missing ("missing factor"), E_DAMAGED. */
enum rc device_key_read(int dirfd, const char *name, struct secret *d, struct err *e) MUST_CHECK;

#endif
