/* base/html.c: see html.h. */
#include "base/html.h"

#include "base/utf8.h"

#include <string.h>

void
html_text(struct buf *out, const char *s)
{
	BUF clean = { .max = 1 << 20 };

	utf8_clean(&clean, s, strlen(s));
	if (clean.failed)
		out->failed = true;
	for (const char *p = buf_str(&clean); *p != '\0'; p++) {
		switch (*p) {
		case '&': buf_adds(out, "&amp;"); break;
		case '<': buf_adds(out, "&lt;"); break;
		case '>': buf_adds(out, "&gt;"); break;
		case '"': buf_adds(out, "&quot;"); break;
		case '\'': buf_adds(out, "&#39;"); break;
		default: buf_addc(out, *p); break;
		}
	}
}
