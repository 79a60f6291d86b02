/* statement/parse_csv.c: RFC 4180 and what is made of it: line breaks inside quotes, text behind a closing quote,
 * quotes that were never meant as such. Rows keep the line they start on. */
#include "statement/parse.h"

#include <string.h>

/* ---- tables ---- */

void
table_free(struct table *t)
{
	buf_free(&t->text);
	free(t->cell);
	free(t->row);
	*t = (struct table){ 0 };
}

enum rc
table_add_row(struct table *t, uint32_t line, uint32_t sheet, struct err *e)
{
	struct trow *more;
	size_t cap;

	if (t->rows == t->row_cap) {
		cap = t->row_cap ? t->row_cap * 2 : 256;
		if (cap > TABLE_CELLS_MAX || (more = realloc(t->row, cap * sizeof *more)) == NULL)
			return refuse(e, E_NOMEM, cap > TABLE_CELLS_MAX ? "too-many" : "memory", 0, "", 0);
		t->row = more;
		t->row_cap = cap;
	}
	t->row[t->rows++] = (struct trow){ .line = line, .sheet = sheet, .first = (uint32_t)t->cells };
	return OK;
}

/* A cell of the last row. */
enum rc
table_add_cell(struct table *t, size_t at, size_t len, bool number, struct err *e)
{
	struct trow *r = &t->row[t->rows - 1];
	struct cell *more;
	size_t cap;

	if (r->n == CELLS_MAX)
		return refuse(e, E_INPUT, "too-wide", r->line, "", 0);
	if (t->cells == t->cell_cap) {
		cap = t->cell_cap ? t->cell_cap * 2 : 4096;
		if (cap > TABLE_CELLS_MAX || (more = realloc(t->cell, cap * sizeof *more)) == NULL)
			return refuse(e, cap > TABLE_CELLS_MAX ? E_INPUT : E_NOMEM,
			    cap > TABLE_CELLS_MAX ? "too-many" : "memory", 0, "", 0);
		t->cell = more;
		t->cell_cap = cap;
	}
	t->cell[t->cells++] = (struct cell){ .at = (uint32_t)at, .len = (uint32_t)len & 0x7fffffffu, .number = number };
	r->n++;
	return OK;
}

struct str
table_at(const struct table *t, const struct trow *r, int col)
{
	const struct cell *c;

	if (col < 0 || (uint32_t)col >= r->n)
		return (struct str){ "", 0 };
	c = &t->cell[r->first + (uint32_t)col];
	return str_trim((struct str){ t->text.p + c->at, c->len });
}

bool
table_number(const struct table *t, const struct trow *r, int col)
{
	return col >= 0 && (uint32_t)col < r->n && t->cell[r->first + (uint32_t)col].number;
}

/* ---- one row ---- */

struct take {
	char *text;
	size_t n, at;                   /* at: where the row begins; behind the row afterwards */
	char sep;
	bool quotes, cr_ends;           /* cr_ends: there is no LF in the file, CR alone ends lines */
	/* found */
	size_t cells, lines;
	bool open_quote, ended;         /* the file ends inside quotes; a line end was there */
	char tail;                      /* the row's last byte */
};

static bool
line_end(const struct take *k, size_t i)
{
	return k->text[i] == '\n' || (k->text[i] == '\r' && (k->cr_ends || (i + 1 < k->n && k->text[i + 1] == '\n')));
}

/* The quoted part of a cell, from its opening quote at *i, moved down to w; returns the new w. */
static size_t
take_quoted(struct take *k, size_t *i, size_t w, bool write)
{
	size_t r = *i + 1;

	for (; r < k->n; r++) {
		if (k->text[r] == '"') {
			if (r + 1 < k->n && k->text[r + 1] == '"')
				r++;
			else
				break;
		}
		k->lines += k->text[r] == '\n' || (k->cr_ends && k->text[r] == '\r');
		if (write)
			k->text[w] = k->text[r];
		w++;
	}
	k->open_quote = r >= k->n;
	*i = r < k->n ? r + 1 : r;
	return w;
}

/* Take the row at k->at apart; into the last row of t unless t is NULL. Quotes are taken off in place: what is
 * written never overtakes what is read. */
static enum rc
take_row(struct take *k, struct table *t, struct err *e)
{
	size_t i = k->at, start, w;
	enum rc rc;

	k->cells = k->lines = 0;
	k->open_quote = k->ended = false;
	for (;;) {
		start = w = i;
		if (k->quotes) {
			size_t q = i;

			while (q < k->n && k->text[q] == ' ')
				q++;
			if (q < k->n && k->text[q] == '"') {
				i = q;
				w = take_quoted(k, &i, w, t != NULL);
			}
		}
		while (i < k->n && k->text[i] != k->sep && !line_end(k, i)) {
			if (t != NULL)
				k->text[w] = k->text[i];
			w++;
			i++;
		}
		k->cells++;
		if (t != NULL && (rc = table_add_cell(t, start, w - start, false, e)) != OK)
			return rc;
		/* What was moved down never reaches the closing quote: this byte is still the file's. */
		k->tail = i > k->at ? k->text[i - 1] : '\0';
		if (i >= k->n)
			break;
		if (k->text[i] == k->sep) {
			i++;
			continue;
		}
		i += k->text[i] == '\r' && i + 1 < k->n && k->text[i + 1] == '\n' ? 2 : 1;
		k->ended = true;
		k->lines++;
		break;
	}
	k->at = i;
	return OK;
}

size_t
csv_line(struct str line, char sep, struct str *out, size_t max, struct buf *store)
{
	struct take k = { .n = line.n, .sep = sep, .quotes = true };
	struct table t = { 0 };
	size_t n = 0;

	buf_reset(store);
	buf_add(store, line.p, line.n);
	if (store->failed || line.n == 0)
		return 0;
	k.text = store->p;
	if (table_add_row(&t, 1, 0, NULL) == OK && take_row(&k, &t, NULL) == OK && !k.open_quote && t.row[0].n <= max) {
		for (n = 0; n < t.row[0].n; n++)
			out[n] = str_trim((struct str){ store->p + t.cell[n].at, t.cell[n].len });
	}
	table_free(&t);
	return n;
}

/* ---- all rows ---- */

static bool
row_blank(const struct table *t, const struct trow *r)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (table_at(t, r, (int)i).n > 0)
			return false;
	return true;
}

static void
drop_last(struct table *t)
{
	t->cells = t->row[t->rows - 1].first;
	t->rows--;
}

/* Decimals behind the last mark of something that is made of digits and marks only; -1: it is not. */
static int
decimals(struct str s)
{
	size_t mark = s.n;

	if (s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' || s.p[i] == ',')
			mark = i;
		else if ((s.p[i] < '0' || s.p[i] > '9') && !(i == 0 && (s.p[i] == '-' || s.p[i] == '+')))
			return -1;
	}
	return mark == s.n ? 0 : (int)(s.n - mark - 1);
}

/* The last row has no line end: is it whole? Not when it is narrower than the others, when it ends in another way
 * than all of them (with a separator, with a quote), or when its last cell is a number that lost decimals. */
static bool
cut_short(const struct table *t, const struct csv_layout *l)
{
	const struct trow *last = &t->row[t->rows - 1], *r;
	size_t least = l->want, seps = l->tail == l->sep, quotes = l->tail == '"', others = t->rows - 1, lines;
	int now, before;

	for (size_t i = 0; i < others; i++) {
		r = &t->row[i];
		least = i == 0 || r->n < least ? r->n : least;
		seps += r->tail == l->sep;
		quotes += r->tail == '"';
	}
	lines = others + (l->tail != '\0'); /* the header counts as one of them */
	if (last->n < least)
		return true;
	if ((seps == lines && last->tail != l->sep) || (seps == 0 && last->tail == l->sep) ||
	    (quotes == lines && last->tail != '"'))
		return lines > 0;
	if (others == 0)
		return false;
	r = last - 1;
	now = decimals(table_at(t, last, (int)last->n - 1));
	before = decimals(table_at(t, r, (int)r->n - 1));
	return last->n == r->n && now >= 0 && before >= 0 && now < before;
}

static bool
dashes(const struct take *k)
{
	size_t i = k->at, n = 0;

	while (i < k->n && (k->text[i] == ' ' || k->text[i] == '"'))
		i++;
	for (; i < k->n && k->text[i] == '-'; i++)
		n++;
	return n >= 10;
}

static bool
fits(const struct csv_layout *l, size_t cells)
{
	return cells >= l->want && cells <= (l->all > l->want ? l->all : l->want + 1);
}

/* One column of the last row swallows extra ones: text that held separators. */
static void
merge(struct table *t, size_t col, size_t extra)
{
	struct trow *r = &t->row[t->rows - 1];
	struct cell *c = &t->cell[r->first + col];

	c->len = (uint32_t)(c[extra].at + c[extra].len - c->at) & 0x7fffffffu;
	memmove(c + 1, c + 1 + extra, (r->n - col - 1 - extra) * sizeof *c);
	r->n -= (uint32_t)extra;
	t->cells -= extra;
}

static bool
row_fits(const struct table *t, const struct csv_layout *l)
{
	const struct trow *r = &t->row[t->rows - 1];
	struct str cell[CELLS_MAX];

	for (uint32_t i = 0; i < r->n; i++)
		cell[i] = table_at(t, r, (int)i);
	return l->fits(cell, r->n, l->ctx);
}

/* A row with separators too many: its known columns are at both ends, so what is too much belongs to the text
 * column, or else to the last one. The row stays as it is when neither makes sense. */
static void
put_right(struct table *t, const struct csv_layout *l)
{
	struct trow *r = &t->row[t->rows - 1];
	size_t n = r->n, extra, cols[2], tries = 0;
	struct cell saved[CELLS_MAX];

	if (l->fits == NULL || n <= l->want || l->want == 0)
		return;
	if (l->all > l->want && table_at(t, r, (int)n - 1).n == 0)
		n--;                            /* the empty cell behind the separator that ends each row */
	extra = n - l->want;
	if (extra == 0)
		return;
	memcpy(saved, t->cell + r->first, r->n * sizeof *saved);
	if (l->text_col >= 0)
		cols[tries++] = (size_t)l->text_col;
	cols[tries++] = l->want - 1;
	for (size_t i = 0; i < tries; i++) {
		uint32_t was = r->n;

		merge(t, cols[i], extra);
		if (row_fits(t, l)) {
			t->shifted++;
			return;
		}
		t->cells += extra;
		r->n = was;
		memcpy(t->cell + r->first, saved, was * sizeof *saved);
	}
}

/* Quotes as quotes if that gives the header's cells, else as text. */
static enum rc
lenient_row(struct take *k, struct table *t, const struct csv_layout *l, struct err *e)
{
	struct take quoted = *k, plain = *k;
	enum rc rc;

	quoted.quotes = true;
	plain.quotes = false;
	if ((rc = take_row(&quoted, NULL, e)) != OK || (rc = take_row(&plain, NULL, e)) != OK)
		return rc;
	/* A quote that swallows a line end is only one if the line by itself is no row. */
	k->quotes = !quoted.open_quote && (quoted.lines <= 1 ? fits(l, quoted.cells) || !fits(l, plain.cells) :
	    fits(l, quoted.cells) && !fits(l, plain.cells));
	if ((rc = take_row(k, t, e)) != OK)
		return rc;
	k->open_quote = quoted.open_quote && !k->ended; /* the file ends in what began with a quote */
	if (!fits(l, k->cells) && k->cells > l->want)
		put_right(t, l);
	return OK;
}

enum rc
csv_parse(struct table *t, size_t at, uint32_t line, const struct csv_layout *l, struct err *e)
{
	struct take k = { .text = t->text.p, .n = t->text.len, .at = at, .sep = l->sep, .quotes = true };
	struct trow *r;
	enum rc rc;

	if (at >= t->text.len)
		return OK;
	k.cr_ends = memchr(k.text + at, '\n', k.n - at) == NULL;
	while (k.at < k.n) {
		if (l->dashes_end && dashes(&k)) {
			t->dashes = true;
			t->after_at = k.at;
			break;
		}
		if ((rc = table_add_row(t, line, 0, e)) != OK)
			return rc;
		if ((rc = l->lenient ? lenient_row(&k, t, l, e) : take_row(&k, t, e)) != OK)
			return rc;
		if (k.open_quote)
			return refuse(e, E_INPUT, "cut", line, "", 0);
		line += (uint32_t)k.lines;
		r = &t->row[t->rows - 1];
		r->open = !k.ended;
		r->tail = k.tail;
		if (row_blank(t, r)) {
			drop_last(t);
			continue;
		}
		if (r->open && cut_short(t, l))
			return refuse(e, E_INPUT, "cut", r->line, "", 0);
	}
	return OK;
}
