/* tests/unit/read.h: reading statements in the test's own process, without the reader's sandbox. */
#ifndef PURSER_TESTS_READ_H
#define PURSER_TESTS_READ_H

#include "statement/client.h"
#include "statement/parse.h"

#include "tests/tap.h"

/* err.what is a note on failure. */
static inline enum rc
read_bytes(struct statements *out, const void *p, size_t n, const struct read_options *o, const char *password,
    struct err *e)
{
	struct parse parse = { .o = o, .password = password, .password_len = strlen(password), .budget = (size_t)256 << 20 };
	enum rc rc;

	parse.gb18030 = iconv_open("UTF-8", "GB18030");
	rc = parse_bytes(out, &parse, p, n, e);
	if (parse.gb18030 != (iconv_t)-1)
		(void)iconv_close(parse.gb18030);
	if (rc == OK)
		statements_resolve(out);
	return rc;
}

static inline enum rc
read_file(struct statements *out, const char *path, const struct read_options *o, struct err *e)
{
	static unsigned char bytes[1 << 22];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		return err_set(e, E_NOTFOUND, "%s", path);
	n = fread(bytes, 1, sizeof bytes, f);
	(void)fclose(f);
	return read_bytes(out, bytes, n, o, "", e);
}

#endif
