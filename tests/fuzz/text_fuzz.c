/* Foreign bytes on their way to a terminal or into JSON: what comes out is valid UTF-8 of the right width without anything
 * that steers a terminal. */
#include "base/buf.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
harmless(const char *s, size_t n)
{
	uint32_t cp;

	for (size_t k; n > 0; s += k, n -= k) {
		if ((k = utf8_next(s, n, &cp)) == 0 || cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF text = { 0 };
	BUF out = { 0 };
	size_t width = size > 0 ? data[0] % 40 : 0;

	buf_add(&text, data, size);
	utf8_clean(&out, buf_str(&text), text.len);
	harmless(buf_str(&out), out.len);
	buf_reset(&out);
	utf8_fit(&out, buf_str(&text), width, true, size % 2);
	harmless(buf_str(&out), out.len);
	if (utf8_width(buf_str(&out)) != width)
		abort();
	buf_reset(&out);
	buf_addjson(&out, buf_str(&text));
	harmless(buf_str(&out), out.len);
	if (out.len < 2 || out.p[0] != '"' || out.p[out.len - 1] != '"')
		abort();
	return 0;
}
