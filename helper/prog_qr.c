/*
 * helper/prog_qr.c: the program purser-qr: a text becomes the modules of a QR code (libqrencode). See qr.h. The text may be
 * a key: all memory is locked, and before the first byte of it comes there is no file system, no network, and nothing but
 * read, write and the end (statement/sandbox.h).
 */
#include "helper/client.h"
#include "helper/qr.h"
#include "statement/sandbox.h"

#include "base/io.h"

#include <qrencode.h>
#include <string.h>
#include <unistd.h>

static bool
level_of(char c, QRecLevel *out)
{
	static const char letters[] = "LMQH";
	const char *at = c != '\0' ? strchr(letters, c) : NULL;

	if (at == NULL)
		return false;
	*out = (QRecLevel)(at - letters);
	return true;
}

int
main(void)
{
	static char text[QR_TEXT_MAX + 3];      /* level, text, one byte that shows that it is too long, NUL */
	static unsigned char answer[1 + QR_BYTES];
	QRecLevel level;
	size_t n = 0, side;
	QRcode *q;

	if (!sandbox_prepare(2))
		_exit(HELPER_SANDBOX);
	if (!sandbox_lock_memory())
		_exit(HELPER_MEMORY);
	if (!sandbox_close(0))
		_exit(HELPER_SANDBOX);
	if (io_read(0, text, sizeof text - 1, &n, NULL) != OK || n < 2 || !level_of(text[0], &level) ||
	    memchr(text, '\0', n) != NULL)
		_exit(2);
	if (n > QR_TEXT_MAX + 1)
		_exit(QR_TOO_LONG);
	q = QRcode_encodeString(text + 1, 0, level, QR_MODE_8, 1);
	explicit_bzero(text, sizeof text);
	if (q == NULL || q->width < 1 || q->width > (int)QR_SIDE_MAX)
		_exit(QR_TOO_LONG);
	side = (size_t)q->width;
	answer[0] = (unsigned char)side;
	for (size_t i = 0; i < side * side; i++)
		answer[1 + i / 8] |= (unsigned char)((q->data[i] & 1) << (7 - i % 8));
	explicit_bzero(q->data, side * side);
	n = 1 + (side * side + 7) / 8;
	_exit(io_write(1, answer, n, NULL) == OK ? 0 : 2);
}
