/* store/cardfile.c: see cardfile.h. */
#include "store/cardfile.h"

#include "base/io.h"
#include "wallet/card.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define NAME "card"
#define OFF "card.off"
#define TMP "card.tmp"          /* of io_replace() */

static const char off_text[] = "The emergency card is switched off. purser card --on\n";

enum card_file
cardfile_state(const struct home *h)
{
	if (h->device < 0)
		return CARD_NONE;
	if (io_exists(h->device, OFF))
		return CARD_OFF;
	return io_exists(h->device, NAME) ? CARD_HERE : CARD_NONE;
}

enum rc
cardfile_read(const struct home *h, struct buf *out, struct err *e)
{
	if (cardfile_state(h) != CARD_HERE)
		return err_set(e, E_NOTFOUND, N_("there is no emergency card yet"));
	return io_read_file(h->device, NAME, CARD_FILE_MAX, out, e);
}

enum rc
cardfile_lock(const struct home *h, int64_t wait_ms, int *fd, struct err *e)
{
	const struct timespec nap = { .tv_nsec = 10000000 };
	AUTO(auto_close) int dir = h->device < 0 ? -1 : openat(h->device, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_set(e, E_NOTFOUND, N_("no store at %s"), h->device_path);
	while (flock(dir, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, E_SYS, N_("cannot lock %s"), h->device_path);
		if ((wait_ms -= 10) < 0)
			return err_set(e, E_BUSY, N_("another purser writes the emergency card"));
		(void)nanosleep(&nap, NULL);
	}
	*fd = dir;
	dir = -1;
	return OK;
}

enum rc
cardfile_write(const struct home *h, const struct buf *text, struct err *e)
{
	if (text->len > CARD_FILE_MAX)
		return err_set(e, E_RANGE, N_("the emergency card would be too large"));
	return io_replace(h->device, NAME, 0600, buf_str(text), text->len, e);
}

enum rc
cardfile_switch(const struct home *h, bool on, struct err *e)
{
	static const char *const gone[] = { TMP, NAME };
	enum rc rc = OK;

	if (on) {
		if (unlinkat(h->device, OFF, 0) < 0 && errno != ENOENT)
			return err_sys(e, E_SYS, N_("cannot remove %s"), OFF);
		return io_fsync_dir(h->device, e);
	}
	/* The mark first: a run that is cut short leaves a card that is off, never one that comes back. */
	if (!io_exists(h->device, OFF))
		rc = io_create(h->device, OFF, 0600, off_text, sizeof off_text - 1, e);
	for (size_t i = 0; i < COUNTOF(gone) && rc == OK; i++)
		if (unlinkat(h->device, gone[i], 0) < 0 && errno != ENOENT)
			rc = err_sys(e, E_SYS, N_("cannot remove %s"), gone[i]);
	return rc == OK ? io_fsync_dir(h->device, e) : rc;
}
