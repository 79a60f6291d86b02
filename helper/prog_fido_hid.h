/* helper/prog_fido_hid.h: the security keys that are plugged in, opened before the sandbox closes. */
#ifndef PURSER_HELPER_PROG_FIDO_HID_H
#define PURSER_HELPER_PROG_FIDO_HID_H

#include <fido.h>
#include <stddef.h>

#define HID_MAX 16u

/* Open at most HID_MAX of them, read and write; descriptors into fd. */
size_t hid_open_all(int fd[HID_MAX]);
/* libfido2's way to a device, with "0", "1" ... as its path: an index into what was opened. No call that opens anything. */
extern const fido_dev_io_t hid_io;

#endif
