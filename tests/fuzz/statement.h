/* tests/fuzz/statement.h: what all fuzzers of the statement readers do with what comes out. */
#ifndef PURSER_TESTS_FUZZ_STATEMENT_H
#define PURSER_TESTS_FUZZ_STATEMENT_H

#include "base/le.h"
#include "statement/frame.h"
#include "statement/parse.h"
#include "wallet/ident.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);
const char *__lsan_default_suppressions(void);

/* libzip 1.7.3 itself loses a few hundred bytes when it refuses certain archives; the reader that this happens in ends. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libzip.so\n";
}

/* A finding that no sanitizer sees. */
#define MUST(c) do { if (!(c)) abort(); } while (0)

/* Whatever a reader makes of a file, the main program's checks must take it: a stream that is refused would lose a good file. */
static inline void
through_frames(const struct statements *all)
{
	struct frames f = { 0 };
	struct err e = { 0 };
	BUF b = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < all->n; i++) {
		frame_statement(&b, &all->s[i]);
		for (size_t k = 0; k < all->s[i].rows; k++)
			frame_row(&b, &all->s[i].row[k]);
		frame_rest(&b, &all->s[i]);
	}
	frame_end(&b, all->n);
	MUST(!b.failed);
	while (at < b.len) {
		enum frame kind;
		size_t len;

		MUST(b.len - at >= FRAME_HEAD);
		MUST(frames_head(&f, (unsigned char *)b.p + at, &len, &kind, &e) == OK);
		MUST(b.len - at - FRAME_HEAD >= len);
		MUST(frames_take(&f, kind, (unsigned char *)b.p + at + FRAME_HEAD, len, &e) == OK);
		at += FRAME_HEAD + len;
	}
	MUST(f.ended && f.all.n == all->n);
	frames_free(&f);
}

static inline void
check_statements(struct statements *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct statement *s = &all->s[i];
		struct txn_ident *id = calloc(s->rows + 1, sizeof *id);
		struct err e;

		MUST(id != NULL && ident_assign(s->provider, s->row, s->rows, id, &e) == OK);
		for (size_t k = 0; k < s->rows; k++) {
			struct money m;

			MUST(!txn_effect(&s->row[k], &m) || m.minor != INT64_MIN);
			MUST(s->row[k].moved == TXN_STAYED || s->row[k].has_amount);
		}
		free(id);
	}
	through_frames(all);
}

/* A whole file, as purser-reader would have it. */
static inline void
read_all(const unsigned char *p, size_t n, const char *format)
{
	static iconv_t cd;
	static bool opened;
	const struct read_options o = { .format = format, .date_order = n % 3 == 1 ? 'd' : n % 3 == 2 ? 'm' : 0,
		.decimal_mark = n % 5 == 1 ? '.' : 0 };
	struct parse parse = { .o = &o, .password = "x", .password_len = 1, .budget = (size_t)8 << 20 };
	struct statements all = { 0 };
	struct err e = { 0 };
	enum rc rc;

	if (!opened) {
		cd = iconv_open("UTF-8", "GB18030");
		opened = true;
	}
	parse.gb18030 = cd;
	rc = parse_bytes(&all, &parse, p, n, &e);
	if (rc == OK)
		check_statements(&all);
	else
		MUST(note_valid(e.what) && all.n == 0);
	statements_free(&all);
}

#endif
