/* tests/fuzz/csv_fuzz.c: rows and cells. The first byte chooses separator and leniency, the second the header's width. */
#include "tests/fuzz/statement.h"

static bool
any_fits(const struct str *cell, size_t n, const void *ctx)
{
	(void)ctx;
	return n > 0 && cell[n - 1].n % 2 == 0;
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	struct csv_layout l = { .sep = ',', .text_col = -1 };
	TABLE t = { 0 };
	struct err e = { 0 };
	size_t last = 0;

	if (n < 2)
		return 0;
	l.sep = ",\t;,"[p[0] & 3];
	l.lenient = (p[0] & 4) != 0;
	l.dashes_end = (p[0] & 8) != 0;
	l.want = 1 + p[1] % 14u;
	l.all = l.want + ((p[0] & 16) != 0);
	l.text_col = (p[0] & 32) ? (int)(l.want / 2) : -1;
	l.fits = any_fits;
	buf_add(&t.text, p + 2, n - 2);
	if (csv_parse(&t, 0, 1, &l, &e) != OK) {
		MUST(note_valid(e.what));
		return 0;
	}
	for (size_t i = 0; i < t.rows; i++) {
		MUST(t.row[i].line >= last);
		last = t.row[i].line;
		for (uint32_t k = 0; k < t.row[i].n; k++) {
			struct str s = table_at(&t, &t.row[i], (int)k);

			MUST(s.n == 0 || (s.p >= t.text.p && s.p + s.n <= t.text.p + t.text.len));
		}
	}
	return 0;
}
