/*
 * helper/prog_fido_hid.c: see prog_fido_hid.h. libfido2 would open a device when it first talks to it, which a sandbox forbids;
 * here it gets descriptors that are open. A report is 64 bytes (CTAPHID, USB full speed), and a zero before it when written.
 *
 * Built for the tests, the devices are the sockets in a directory, with a program behind each that does CTAP 2; no such code
 * is in what is installed.
 */
#include "helper/prog_fido_hid.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REPORT 64u

static int opened[HID_MAX];
static size_t n_opened;

#ifdef PURSER_TEST_FIDO
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

/* DIR/0 to DIR/9: nothing is listed, for the sandbox of purser, which this program inherits, lets it list nothing there. */
size_t
hid_open_all(int fd[HID_MAX])
{
	const char *dir = getenv("PURSER_TEST_FIDO");

	for (int i = 0; dir != NULL && i < 10; i++) {
		struct sockaddr_un at = { .sun_family = AF_UNIX };
		int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

		if ((size_t)snprintf(at.sun_path, sizeof at.sun_path, "%s/%d", dir, i) < sizeof at.sun_path &&
		    connect(s, (const struct sockaddr *)&at, sizeof at) == 0)
			fd[n_opened] = opened[n_opened] = s, n_opened++;
		else
			(void)close(s);
	}
	return n_opened;
}
#else
size_t
hid_open_all(int fd[HID_MAX])
{
	fido_dev_info_t *list = fido_dev_info_new(HID_MAX);
	size_t n = 0;

	if (list == NULL || fido_dev_info_manifest(list, HID_MAX, &n) != FIDO_OK)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		const char *path = fido_dev_info_path(fido_dev_info_ptr(list, i));
		int d = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;

		if (d >= 0)
			fd[n_opened] = opened[n_opened] = d, n_opened++;
	}
	fido_dev_info_free(&list, HID_MAX);
	return n_opened;
}
#endif

static void *
hid_open(const char *path)
{
	size_t i = (size_t)(path[0] - '0');

	return i < n_opened ? &opened[i] : NULL;
}

static void
hid_close(void *handle)
{
	(void)handle;                           /* until the end of the program */
}

/* One report; ms < 0: for as long as it takes. */
static int
hid_read(void *handle, unsigned char *p, size_t n, int ms)
{
	struct pollfd f = { .fd = *(const int *)handle, .events = POLLIN };
	int r;

	if (n != REPORT)
		return -1;
	while ((r = poll(&f, 1, ms)) < 0 && errno == EINTR)
		continue;
	if (r != 1 || (f.revents & POLLIN) == 0)
		return -1;
	return (int)read(f.fd, p, n);
}

static int
hid_write(void *handle, const unsigned char *p, size_t n)
{
	return n == REPORT + 1 ? (int)write(*(const int *)handle, p, n) : -1;
}

const fido_dev_io_t hid_io = { hid_open, hid_close, hid_read, hid_write };
