/* cmd/pdf.c: see pdf.h. */
#include "cmd/pdf.h"

#include "base/io.h"
#include "cmd/launch.h"

#include <string.h>
#include <sys/mman.h>

/* Runs one of the launcher's programs; what it says is at most n bytes. */
static bool
ask(struct session *s, enum launch_what what, char *out, size_t n)
{
	AUTO(auto_close) int fd = memfd_create("fonts", MFD_CLOEXEC);
	struct launch l = { .what = what, .fd = { -1, fd, -1 } };
	size_t got = 0;
	int job = -1;

	if (fd < 0 || launch(s, &l, &job, NULL) != OK || !launch_end(&job) ||
	    io_pread(fd, out, n - 1, 0, &got, NULL) != OK)
		return false;
	out[got] = '\0';
	return true;
}

static bool
is_pdf(int fd)
{
	char head[5];
	size_t got = 0;

	return io_pread(fd, head, sizeof head, 0, &got, NULL) == OK && got == sizeof head && memcmp(head, "%PDF-", 5) == 0;
}

bool
pdf_make(struct session *s, int html, int pdf, bool chinese, struct buf *why)
{
	struct launch l = { .what = LAUNCH_PDF, .fd = { html, pdf, -1 } };
	char fonts[64] = "";
	int job = -1;

	/* Without fontconfig's own program nobody knows; weasyprint brings the library. */
	if (chinese && ask(s, LAUNCH_FONTS, fonts, sizeof fonts) && fonts[0] == '\0') {
		buf_adds(why, _("no font has Chinese characters: install fonts-noto-cjk or fonts-wqy-microhei"));
		return false;
	}
	if (lseek(html, 0, SEEK_SET) == 0 && launch(s, &l, &job, NULL) == OK && launch_end(&job) && is_pdf(pdf))
		return true;
	buf_adds(why, _("weasyprint is missing or failed: install weasyprint"));
	return false;
}
