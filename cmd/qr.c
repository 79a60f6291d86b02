/* cmd/qr.c: see qr.h. */
#include "cmd/qr.h"

#include "base/num.h"
#include "cmd/out.h"
#include "cmd/term.h"
#include "cmd/tty.h"
#include "helper/client.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

void
qr_wipe(struct qr *q)
{
	wipe(q, sizeof *q);
}

bool
qr_dark(const struct qr *q, unsigned x, unsigned y)
{
	size_t i = (size_t)y * q->side + x;

	return x < q->side && y < q->side && (q->bits[i / 8] >> (7 - i % 8) & 1) != 0;
}

/* -- the helper -- */

static enum rc
no_answer(enum rc rc, struct err *e)
{
	return rc != OK ? rc : err_set(e, E_FAILED, N_("the helper %s failed"), "purser-qr");
}

/* The answer of a stranger: a side that a code can have, and all of its modules. */
static enum rc
take(struct helper *h, struct qr *out, struct err *e)
{
	unsigned char side = 0;
	QR q = { .side = 0 };
	size_t n = 0, want;
	int status = 0;
	enum rc rc;

	if ((rc = helper_receive(h, &side, 1, &n, e)) != OK)
		return rc;
	if (n == 0) {
		if ((rc = helper_end(h, &status, e)) == OK && status == QR_TOO_LONG)
			return err_set(e, E_RANGE, N_("the text is longer than a QR code holds"));
		return no_answer(rc, e);
	}
	if (side < 21 || side > QR_SIDE_MAX || side % 4 != 1)
		return no_answer(OK, e);
	q.side = side;
	want = ((size_t)side * side + 7) / 8;
	if ((rc = helper_receive(h, q.bits, want, &n, e)) != OK)
		return rc;
	if ((rc = helper_end(h, &status, e)) != OK || status != 0 || n != want)
		return no_answer(rc, e);
	*out = q;
	return OK;
}

static enum rc
make(const void *text, size_t n, char level, struct qr *out, struct err *e)
{
	HELPER h = HELPER_NONE;
	enum rc rc;

	if (n == 0 || n > QR_TEXT_MAX || memchr(text, '\0', n) != NULL)
		return err_set(e, E_RANGE, N_("the text is longer than a QR code holds"));
	if ((rc = helper_start(&h, "purser-qr", -1, e)) != OK)
		return rc;
	helper_send(&h, &level, 1);
	helper_send(&h, text, n);
	helper_sent(&h);
	return take(&h, out, e);
}

enum rc
qr_make(const void *text, size_t n, struct qr *out, struct err *e)
{
	return make(text, n, 'M', out, e);
}

/* -- the terminal -- */

enum style { BLOCKS_COLOR, BLOCKS, CELLS_COLOR, CELLS };

/* The locale as it was asked for: purser itself goes on in UTF-8 where it is C, and so does nearly every terminal. Only one
 * that names another character set is believed to have it. */
static bool
utf8_terminal(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *v = "", *set;

	for (size_t i = 0; i < COUNTOF(names) && v[0] == '\0'; i++)
		v = getenv(names[i]) != NULL ? getenv(names[i]) : "";
	set = strchr(v, '.');
	return set == NULL || strncasecmp(set, ".utf-8", 6) == 0 || strncasecmp(set, ".utf8", 5) == 0;
}

static enum style
style_of(const struct session *s)
{
	const char *no = getenv("NO_COLOR");
	bool color = s->color == COLOR_ALWAYS || (s->color == COLOR_AUTO && tty_can_clear() && (no == NULL || no[0] == '\0'));

	if (utf8_terminal())
		return color ? BLOCKS_COLOR : BLOCKS;
	return color ? CELLS_COLOR : CELLS;
}

static unsigned
columns(const struct session *s)
{
	const char *v = getenv("COLUMNS");
	struct winsize w = { 0 };
	uint64_t n;

	if (ioctl(s->tty, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	return v != NULL && num_u64(v, 1, 10000, &n) ? (unsigned)n : 80;
}

/* A line of the picture: two rows of modules as half blocks. Ink is what the character draws: dark modules where we set the
 * colours; without colours the terminal's own ink, which is light on most, so that light modules are drawn. */
static void
half_blocks(char *line, const struct qr *q, int y, bool color)
{
	static const char *const half[] = { " ", "▀", "▄", "█" };
	int side = (int)q->side, zone = (int)QR_QUIET;

	for (int x = -zone; x < side + zone; x++) {
		unsigned dark = (unsigned)qr_dark(q, (unsigned)x, (unsigned)y) |
		    (unsigned)qr_dark(q, (unsigned)x, (unsigned)(y + 1)) << 1;

		line = stpncpy(line, half[color ? dark : ~dark & 3], 4);
	}
	*line = '\0';
}

/* Two characters a module. */
static void
cells(char *line, const struct qr *q, int y, bool color)
{
	int side = (int)q->side, zone = (int)QR_QUIET;

	for (int x = -zone; x < side + zone; x++) {
		bool dark = qr_dark(q, (unsigned)x, (unsigned)y);

		line = stpncpy(line, color ? dark ? "\033[40m  " : "\033[47;107m  " : dark ? "  " : "##", 12);
	}
	*line = '\0';
}

static void
draw(struct session *s, const struct qr *q, enum style style)
{
	char line[(QR_SIDE_MAX + 2 * QR_QUIET) * 12 + 1];
	bool blocks = style == BLOCKS_COLOR || style == BLOCKS, color = style == BLOCKS_COLOR || style == CELLS_COLOR;
	int end = (int)(q->side + QR_QUIET);

	for (int y = -(int)QR_QUIET; y < end; y += blocks ? 2 : 1) {
		if (blocks)
			half_blocks(line, q, y, color);
		else
			cells(line, q, y, color);
		tty_puts(s, style == BLOCKS_COLOR ? "\033[30;47;107m" : "");
		tty_puts(s, line);
		tty_puts(s, color ? "\033[0m\n" : "\n");
	}
	wipe(line, sizeof line);
}

enum rc
qr_terminal(struct session *s, const struct secret *text, struct err *e)
{
	enum style style = style_of(s);
	unsigned wide, have;
	QR q = { .side = 0 };
	enum rc rc;

	if (!can_ask(s))
		return nobody(NULL, false, e);
	if ((rc = make(text->bytes, text->len, 'L', &q, e)) != OK)
		return rc;
	wide = (q.side + 2 * QR_QUIET) * (style == BLOCKS_COLOR || style == BLOCKS ? 1 : 2);
	if ((have = columns(s)) < wide)
		return err_set(e, E_FAILED, N_("the QR code needs a terminal of %u columns, this one has %u"), wide, have);
	draw(s, &q, style);
	return OK;
}

/* -- paper -- */

/* One rectangle for each run of dark modules. */
void
qr_svg(struct buf *out, const struct qr *q)
{
	unsigned all = q->side + 2 * QR_QUIET;

	buf_addf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" shape-rendering=\"crispEdges\">"
		      "<path fill=\"#fff\" d=\"M0 0h%uv%uH0z\"/><path fill=\"#000\" d=\"", all, all, all, all);
	for (unsigned y = 0; y < q->side; y++) {
		for (unsigned x = 0, n; x < q->side; x += n + 1) {
			for (n = 0; qr_dark(q, x + n, y); n++)
				continue;
			if (n > 0)
				buf_addf(out, "M%u %uh%uv1h-%uz", x + QR_QUIET, y + QR_QUIET, n, n);
		}
	}
	buf_adds(out, "\"/></svg>");
}

/* -- pictures -- */

static enum rc
refused(int status, const char *path, struct err *e)
{
	switch (status) {
	case QR_NO_IMAGE:
		return err_set(e, E_INPUT, N_("%s is no picture that can be read (PNG or JPEG)"), path);
	case QR_TOO_LARGE:
		return err_set(e, E_INPUT, N_("%s is too large a picture: cut the QR code out of it"), path);
	case QR_NO_CODE:
		return err_set(e, E_INPUT, N_("no QR code can be seen in %s"), path);
	case QR_MANY_CODES:
		return err_set(e, E_INPUT, N_("there are several QR codes in %s: cut the right one out"), path);
	default:
		return err_set(e, E_FAILED, N_("the helper %s failed"), "purser-qr-read");
	}
}

enum rc
qr_read(const char *path, struct secret *out, struct err *e)
{
	AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	HELPER h = HELPER_NONE;
	SECRET text = { 0 };
	struct stat st;
	size_t n = 0;
	int status = 0;
	enum rc rc;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, E_INPUT, N_("cannot read %s"), path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, E_INPUT, N_("%s is a directory"), path);
	if ((rc = secret_alloc(&text, QR_TEXT_MAX * 4, e)) != OK || (rc = helper_start(&h, "purser-qr-read", fd, e)) != OK ||
	    (rc = helper_receive(&h, text.bytes, text.len, &n, e)) != OK)
		return rc;
	if ((rc = helper_end(&h, &status, e)) != OK)
		return rc;
	if (status != 0)
		return refused(status, path, e);
	if (n == 0 || n == text.len)
		return refused(QR_NO_CODE, path, e);
	secret_cut(&text, n);
	secret_move(out, &text);
	return OK;
}
