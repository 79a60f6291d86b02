/* tests/fuzz/frame_fuzz.c: what a reader that was taken over could send to the main program. */
#include "tests/fuzz/statement.h"

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	struct frames f = { .max_bytes = 1 << 22 };
	struct frame_options o;
	struct err e = { 0 };

	(void)frame_options_take(&o, p, n);
	while (n >= FRAME_HEAD) {
		enum frame kind;
		size_t len;

		if (frames_head(&f, p, &len, &kind, &e) != OK || n - FRAME_HEAD < len ||
		    frames_take(&f, kind, p + FRAME_HEAD, len, &e) != OK)
			break;
		p += FRAME_HEAD + len;
		n -= FRAME_HEAD + len;
	}
	if (f.ended && f.refused == OK)
		through_frames(&f.all);         /* what was taken is well-formed: it can be sent on */
	frames_free(&f);
	return 0;
}
