/* cmd/table.c: tables that fit the terminal. See out.h. */
#include "cmd/out.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

#define ROWS_AHEAD 500u      /* these fix the widths */
#define GAP 2u

void
table_begin(struct table *t, struct session *s, const struct column *cols, size_t n, unsigned flags)
{
	table_end(t);
	*t = (struct table){ .s = s, .cols = cols, .ncols = (unsigned)(n < TABLE_COLS_MAX ? n : TABLE_COLS_MAX), .flags = flags,
		.begun = true };
	for (unsigned i = 0; i < t->ncols; i++)
		t->width[i] = flags & TABLE_NO_HEAD || cols[i].head[0] == '\0' ? 0 : (unsigned)utf8_width(_(cols[i].head));
}

void
table_cell(struct table *t, enum tone tone, const char *fmt, ...)
{
	size_t start;
	BUF raw = { 0 };
	char small[256];
	va_list ap;
	int n;

	if (!t->begun || t->at >= t->ncols)
		return;
	va_start(ap, fmt);
	n = vsnprintf(small, sizeof small, fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof small) {                    /* long cells are cut anyway, but not before they are measured */
		char *p = malloc((size_t)n + 1);

		va_start(ap, fmt);
		if (p != NULL && vsnprintf(p, (size_t)n + 1, fmt, ap) == n)
			buf_adds(&raw, p);
		va_end(ap);
		free(p);
	} else if (n > 0) {
		buf_adds(&raw, small);
	}
	buf_addc(&t->cells, (char)('0' + tone));
	start = t->cells.len;
	utf8_clean(&t->cells, buf_str(&raw), raw.len);
	buf_addc(&t->cells, '\0');
	if (!t->fixed && !t->cells.failed) {
		size_t w = utf8_width(t->cells.p + start);

		if (w > t->width[t->at])
			t->width[t->at] = (unsigned)w;
	}
	t->at++;
}

static unsigned
total(const struct table *t)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < t->ncols; i++)
		sum += t->width[i] ? t->width[i] + (sum ? GAP : 0) : 0;
	return sum;
}

/* The widest column that may still give; -1: none. */
static int
widest(const struct table *t)
{
	int best = -1;

	for (unsigned i = 0; i < t->ncols; i++) {
		if (!(t->cols[i].flags & COL_CUT) || t->width[i] <= t->cols[i].min || t->width[i] <= 1)
			continue;
		if (best < 0 || t->width[i] > t->width[best])
			best = (int)i;
	}
	return best;
}

static void
fit(struct table *t, unsigned room)
{
	int i;

	while (total(t) > room && (i = widest(t)) >= 0)
		t->width[i]--;
	for (i = (int)t->ncols - 1; i >= 0 && total(t) > room; i--) {
		if (t->cols[i].flags & COL_DROP)
			t->width[i] = 0;
	}
}

static void
cell_out(const struct table *t, struct buf *line, unsigned i, const char *text, enum tone tone, bool last)
{
	bool right = (t->cols[i].flags & COL_RIGHT) != 0, color = tone != TONE_PLAIN && out_color(t->s);
	size_t w = utf8_width(text);

	if (line->len > 0)
		buf_adds(line, "  ");
	/* An amount is never cut: better a crooked line than a wrong figure. */
	if (w > t->width[i] && (!(t->cols[i].flags & COL_CUT) || out_width(t->s) == 0)) {
		buf_adds(line, text);
		return;
	}
	for (size_t k = w; right && k < t->width[i]; k++)
		buf_addc(line, ' ');
	if (color)
		buf_adds(line, tone_code(tone));
	utf8_fit(line, text, right && w < t->width[i] ? w : t->width[i], !right && !last, false);
	if (color)
		buf_adds(line, "\033[0m");
}

/* One row of cells at p; returns where the next begins. */
static const char *
row_out(struct table *t, const char *p, struct err *e)
{
	unsigned last = t->ncols;
	BUF line = { 0 };

	while (last > 0 && t->width[last - 1] == 0)
		last--;
	for (unsigned i = 0; i < t->ncols; i++) {
		if (t->width[i] != 0)
			cell_out(t, &line, i, p + 1, (enum tone)(*p - '0'), i + 1 == last);
		p += strlen(p) + 1;
	}
	while (line.len > 0 && line.p[line.len - 1] == ' ')
		line.p[--line.len] = '\0';
	buf_addc(&line, '\n');
	if (out_bytes(t->s, line.p, line.len, e) != OK)      /* kept in the session too; ends the run */
		t->rows = 1;
	return p;
}

static void
head_out(struct table *t)
{
	BUF cells = { 0 };

	if (t->flags & TABLE_NO_HEAD)
		return;
	for (unsigned i = 0; i < t->ncols; i++) {
		buf_addc(&cells, (char)('0' + TONE_BOLD));
		buf_adds(&cells, t->cols[i].head[0] ? _(t->cols[i].head) : "");
		buf_addc(&cells, '\0');
	}
	if (!cells.failed)
		(void)row_out(t, cells.p, NULL);
}

/* The widths are known: head and all rows so far. */
static void
flush(struct table *t)
{
	const char *p = t->cells.p;
	unsigned room;

	if (!t->fixed) {
		t->fixed = true;
		if (t->flags & TABLE_PAGED)
			out_page(t->s);
		if ((room = out_width(t->s)) != 0)
			fit(t, room);
		head_out(t);
	}
	for (; t->rows > 0; t->rows--)
		p = row_out(t, p, NULL);
	buf_reset(&t->cells);
}

bool
table_row(struct table *t)
{
	if (!t->begun)
		return false;
	while (t->at < t->ncols)
		table_cell(t, TONE_PLAIN, "%s", "");
	t->at = 0;
	if (t->cells.failed)
		return false;
	t->rows++;
	if (t->fixed || t->rows >= ROWS_AHEAD)
		flush(t);
	return !t->s->out_failed;
}

void
table_end(struct table *t)
{
	if (t->begun && t->rows > 0 && !t->cells.failed)
		flush(t);
	buf_free(&t->cells);
	t->begun = false;
}
