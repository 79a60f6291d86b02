/* statement/parse_record.c: rows of a table become transactions; what all formats do alike. */
#include "statement/parse.h"

#include "base/utf8.h"
#include "wallet/ident.h"

#include <string.h>

#define ROW_BYTES_MAX ((size_t)512 * 1024)

enum rc
record_put(char **field, struct str s, struct err *e)
{
	BUF b = { .max = CELL_BYTES_MAX * 4 };

	s = str_trim(s);
	utf8_clean(&b, s.p, s.n);
	if (b.failed || txn_put(field, buf_str(&b), b.len, NULL) != OK)
		return refuse(e, E_NOMEM, "memory", 0, "", 0);
	return OK;
}

enum rc
record_name(char **field, const char *s, struct err *e)
{
	char *copy = strdup(s);

	if (copy == NULL)
		return refuse(e, E_NOMEM, "memory", 0, "", 0);
	free(*field);
	*field = copy;
	return OK;
}

enum rc
record_text(char **field, struct str s, struct err *e)
{
	BUF b = { .max = CELL_BYTES_MAX };

	s = str_trim(s);
	utf8_clean(&b, s.p, s.n < 1024 ? s.n : 1024);
	return record_name(field, buf_str(&b), e);
}

/* Pointers and texts in one block, so that a row is freed at once. Texts follow the pointers; empty ones share a
 * place. */
enum rc
record_cells(struct txn *t, const struct table *tab, const struct trow *r, struct err *e)
{
	BUF text = { .max = 4 * ROW_BYTES_MAX };
	size_t at[CELLS_MAX], heads = (r->n + 1) * sizeof(char *);
	char **block;

	buf_addc(&text, '\0');
	for (uint32_t i = 0; i < r->n; i++) {
		struct str s = table_at(tab, r, (int)i);

		at[i] = s.n > 0 ? text.len : 0;
		if (s.n == 0)
			continue;
		utf8_clean(&text, s.p, s.n);
		buf_addc(&text, '\0');
	}
	if (text.failed || (block = malloc(heads + text.len)) == NULL)
		return refuse(e, E_NOMEM, "memory", 0, "", 0);
	memcpy((char *)block + heads, text.p, text.len);
	for (uint32_t i = 0; i < r->n; i++)
		block[i] = (char *)block + heads + at[i];
	block[r->n] = NULL;
	free(t->cell);
	t->cell = block;
	t->cells = r->n;
	return OK;
}

static bool
damaged_text(const struct table *tab, const struct trow *r)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (str_has(table_at(tab, r, (int)i), "\xef\xbf\xbd"))
			return true;
	return false;
}

enum rc
record_new(struct txn **out, struct statement *s, const struct table *tab, const struct trow *r, struct err *e)
{
	struct txn *more;
	enum rc rc;

	if ((s->rows & (s->rows + 1)) == 0) {           /* grown at powers of two */
		if ((more = realloc(s->row, (s->rows + 1) * 2 * sizeof *more)) == NULL)
			return refuse(e, E_NOMEM, "memory", 0, "", 0);
		s->row = more;
	}
	txn_init(&s->row[s->rows]);
	s->row[s->rows].row = r->line;
	s->row[s->rows].sheet = r->sheet;
	if (tab->replaced > 0 && damaged_text(tab, r))
		s->row[s->rows].flags |= TXN_F_BAD_TEXT;
	if ((rc = record_cells(&s->row[s->rows], tab, r, e)) != OK)
		return rc;
	*out = &s->row[s->rows++];
	return OK;
}

bool
record_void(struct statement *s, struct str a, struct str b)
{
	if (a.n > 0 || b.n > 0)
		return false;
	s->ignored++;
	return true;
}

void
record_drop(struct statement *s)
{
	txn_free(&s->row[--s->rows]);
}

enum rc
record_header(struct statement *s, const struct str *cell, size_t n, struct err *e)
{
	if ((s->header = calloc(n + 1, sizeof *s->header)) == NULL)
		return refuse(e, E_NOMEM, "memory", 0, "", 0);
	for (size_t i = 0; i < n; i++) {
		BUF b = { .max = CELL_BYTES_MAX };

		utf8_clean(&b, cell[i].p, cell[i].n < 4096 ? cell[i].n : 4096);
		if ((s->header[i] = strdup(buf_str(&b))) == NULL)
			return refuse(e, E_NOMEM, "memory", 0, "", 0);
		s->headers++;
	}
	return OK;
}

struct str
banner_value(const struct table *t, const char *mark)
{
	struct str part[2] = { { t->text.p + t->before_at, t->before_n }, { "", 0 } }, none = { "", 0 };
	static const char *const skip[] = { "\xef\xbc\x9a", ":", "[", " " };

	if (t->dashes)
		part[1] = (struct str){ t->text.p + t->after_at, t->text.len - t->after_at };
	for (int i = 0; i < 2; i++) {
		const char *p = part[i].n > 0 ? memmem(part[i].p, part[i].n, mark, strlen(mark)) : NULL;
		struct str v;
		bool bracket = false;

		if (p == NULL)
			continue;
		v = (struct str){ p + strlen(mark), (size_t)(part[i].p + part[i].n - p) - strlen(mark) };
		for (size_t k = 0; k < COUNTOF(skip); k++) {
			if (!str_begins(v, skip[k]))
				continue;
			bracket = bracket || *skip[k] == '[';
			v.p += strlen(skip[k]);
			v.n -= strlen(skip[k]);
		}
		for (size_t k = 0; k < v.n; k++) {
			if (v.p[k] == '\n' || v.p[k] == '\r' ||
			    (bracket ? v.p[k] == ']' : strchr(",\t\"", v.p[k]) != NULL)) {
				v.n = k;
				break;
			}
		}
		v = str_trim(v);
		return v.n < 200 ? v : none;
	}
	return none;
}

/* Unknown status words, each once; the first few of them. */
static enum rc
warn_status(struct statement *s, struct err *e)
{
	const char *seen[6];
	BUF words = { .max = 8192 };
	size_t n = 0;

	for (size_t i = 0; i < s->rows && n < COUNTOF(seen); i++) {
		const struct txn *t = &s->row[i];
		size_t k = 0;

		if (!(t->flags & TXN_F_UNKNOWN_STATUS))
			continue;
		while (k < n && strcmp(seen[k], t->status_text) != 0)
			k++;
		if (k < n)
			continue;
		seen[n++] = t->status_text;
		buf_addf(&words, "%s\"%.60s\"", n > 1 ? ", " : "", t->status_text);
	}
	return n == 0 ? OK : statement_warn(s, "status-unknown", n, buf_str(&words), words.len, e);
}

enum rc
record_finish(struct statement *s, const struct table *tab, struct err *e)
{
	size_t doubtful = ident_doubt(s->provider, s->row, s->rows), twins = 0, nameless = 0;
	enum rc rc;

	s->breaks = 0;
	for (size_t i = 0; i < s->rows; i++) {
		s->breaks += (s->row[i].flags & TXN_F_BALANCE_BREAK) != 0;
		twins += (s->row[i].flags & TXN_F_NO_TWIN) != 0;
		nameless += (s->row[i].flags & TXN_F_NO_CURRENCY) != 0;
	}
	if (doubtful > 0 && (rc = statement_warn(s, "ids-doubtful", doubtful, "", 0, e)) != OK)
		return rc;
	if (twins > 0 && (rc = statement_warn(s, "no-twin", twins, "", 0, e)) != OK)
		return rc;
	if (nameless > 0 && (rc = statement_warn(s, "no-currency", nameless, "", 0, e)) != OK)
		return rc;
	if (tab->replaced > 0 && (rc = statement_warn(s, "bad-text", tab->replaced, "", 0, e)) != OK)
		return rc;
	if (tab->shifted > 0 && (rc = statement_warn(s, "shifted", tab->shifted, "", 0, e)) != OK)
		return rc;
	return warn_status(s, e);
}

/* The header once more in the middle of the data (files put together by hand). */
static bool
header_again(const struct table *tab, const struct trow *r, const struct str *head, size_t n)
{
	size_t same = 0;

	for (size_t i = 0; i < n && i < 4; i++) {
		struct str a = table_at(tab, r, (int)i);

		same += a.n == head[i].n && memcmp(a.p, head[i].p, a.n) == 0;
	}
	return n >= 3 && same == (n < 4 ? n : 4);
}

/* Rows that cannot be records are taken out before the format looks at them. */
static enum rc
sift(struct statement *s, struct table *tab, const struct str *head, size_t n, struct err *e)
{
	size_t kept = 0;
	enum rc rc;

	for (size_t i = 0; i < tab->rows; i++) {
		struct trow r = tab->row[i];
		size_t bytes = 0, longest = 0;

		for (uint32_t k = 0; k < r.n; k++) {
			size_t len = tab->cell[r.first + k].len;

			bytes += len;
			longest = len > longest ? len : longest;
		}
		if (bytes > ROW_BYTES_MAX || longest > CELL_BYTES_MAX) {
			if ((rc = statement_bad(s, r.line, r.sheet, "row-long", 0, "", 0, e)) != OK)
				return rc;
			continue;
		}
		if (header_again(tab, &r, head, n)) {
			s->ignored++;
			continue;
		}
		tab->row[kept++] = r;
	}
	tab->rows = kept;
	return OK;
}

enum rc
parse_table(struct statements *out, struct parse *p, const char *entry, const char *encoding, const struct header *h,
    const struct str *head_cell, struct table *tab, struct err *e)
{
	struct statement s = { 0 };
	struct str head[CELLS_MAX];
	size_t n = 0;
	enum rc rc;

	for (; n < h->named; n++)
		head[n] = head_cell[n];
	if ((rc = format_allowed(p, h, e)) != OK)
		return rc;
	if ((rc = record_name(&s.provider, h->format->provider, e)) != OK ||
	    (rc = record_name(&s.format, h->name, e)) != OK || (rc = record_name(&s.entry, entry, e)) != OK ||
	    (rc = record_name(&s.encoding, encoding, e)) != OK || (rc = record_name(&s.language, "", e)) != OK ||
	    (rc = record_name(&s.account_hint, "", e)) != OK || (rc = record_header(&s, head, n, e)) != OK ||
	    (rc = sift(&s, tab, head, n, e)) != OK || (rc = h->format->read(&s, p, h, tab, e)) != OK ||
	    (rc = record_finish(&s, tab, e)) != OK || (rc = statements_add(out, &s, e)) != OK) {
		statement_free(&s);
		return rc;
	}
	return OK;
}
