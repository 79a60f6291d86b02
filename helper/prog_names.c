/*
 * helper/prog_names.c: the program purser-names, see names.h. What it is asked about may come from anybody, and the
 * libraries that look at it are large: before the first byte comes there is no file system, no network, and nothing
 * but read, write and the end (statement/sandbox.h). It is told nothing secret, so its memory is not locked.
 */
#include "helper/prog_names_ask.h"
#include "statement/sandbox.h"

#include "base/io.h"
#include "base/le.h"

#include <unistd.h>

static void
hear(void *p, size_t n)
{
	size_t got;

	if (io_read(0, p, n, &got, NULL) != OK || got != n)
		_exit(2);
}

int
main(void)
{
	static unsigned char out[3 + NAMES_ANSWER_MAX];
	static char q[NAMES_TEXT_MAX + 1];
	unsigned char head[3];
	size_t n, got;

	if (!sandbox_prepare(2) || !answer_prepare() || !sandbox_close(0))
		_exit(HELPER_SANDBOX);
	for (unsigned i = 0; i < NAMES_QUESTIONS_MAX; i++) {
		if (io_read(0, head, 1, &got, NULL) != OK)
			_exit(2);
		if (got == 0)
			_exit(0);
		hear(head + 1, 2);
		if ((n = le16_get(head + 1)) == 0 || n > NAMES_TEXT_MAX)
			_exit(2);
		hear(q, n);
		q[n] = '\0';
		n = answer((enum names_op)head[0], q, n, out + 3);
		out[0] = n == 0;
		le16_put(out + 1, (uint16_t)n);
		if (io_write(1, out, n == 0 ? 1 : 3 + n, NULL) != OK)
			_exit(2);
	}
	_exit(2);
}
