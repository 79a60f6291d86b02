/*
 * statement/parse_xlsx.c: XLSX (ECMA-376 part 1) as far as tables need it: workbook, relations, shared strings,
 * sheets. Cells are placed by their r attribute, since rows and cells may be missing. No DTD is accepted, so no
 * entity can be declared.
 */
#include "statement/parse.h"

#include "wallet/ident.h"

#include <expat.h>
#include <string.h>

#define SHEETS_MAX 64u
#define STRINGS_MAX (16u << 20)
#define VALUE_MAX ((size_t)1 << 20)
#define NAME_MAX_BYTES 256u

struct sheet { char rel[NAME_MAX_BYTES], path[NAME_MAX_BYTES]; };

struct xlsx {
	XML_Parser parser;
	struct parse *p;
	struct err *e;
	enum rc rc;                     /* of a handler that stopped the parser */
	/* workbook and relations */
	struct sheet sheet[SHEETS_MAX];
	size_t sheets;
	char strings_path[NAME_MAX_BYTES];
	bool date1904;
	/* shared strings: into tab.text */
	struct str_at { uint32_t at, len; } *string;
	size_t strings, string_cap;
	bool in_si, in_t, in_rph;
	size_t si_at;
	/* the sheet being read */
	struct table tab;
	struct buf value;
	uint32_t number, row;           /* of the sheet, and the row */
	int col;
	char type;                      /* s shared, n number, t text */
	bool in_row, in_c, in_v;
};

static void
stop(struct xlsx *x, enum rc rc)
{
	x->rc = rc;
	(void)XML_StopParser(x->parser, XML_FALSE);
}

/* The name behind its prefix: files may write x:row. */
static const char *
local(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon != NULL ? colon + 1 : name;
}

static const char *
attr(const char **a, const char *name)
{
	for (; a[0] != NULL; a += 2)
		if (strcmp(local(a[0]), name) == 0)
			return a[1];
	return NULL;
}

static void XMLCALL
doctype(void *ctx, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid, int internal)
{
	struct xlsx *x = ctx;

	(void)name, (void)sysid, (void)pubid, (void)internal;
	stop(x, refuse(x->e, E_INPUT, "xlsx-damaged", 0, "DTD", 3));
}

static enum rc
run(struct xlsx *x, struct zip *z, int64_t index, const char *what, XML_StartElementHandler start,
    XML_EndElementHandler end, XML_CharacterDataHandler text)
{
	BUF bytes = { 0 };
	enum XML_Status st;
	enum rc rc;

	if (index < 0)
		return refuse(x->e, E_INPUT, "xlsx-damaged", 0, what, strlen(what));
	if ((rc = zip_unpack(&bytes, x->p, z, (uint64_t)index, x->e)) != OK)
		return rc;
	if (bytes.len > INT32_MAX)
		return refuse(x->e, E_INPUT, "zip-limit", 0, what, strlen(what));
	if ((x->parser = XML_ParserCreate(NULL)) == NULL)
		return refuse(x->e, E_NOMEM, "memory", 0, "", 0);
	x->rc = OK;
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, start, end);
	XML_SetCharacterDataHandler(x->parser, text);
	XML_SetStartDoctypeDeclHandler(x->parser, doctype);
	st = XML_Parse(x->parser, buf_str(&bytes), (int)bytes.len, 1);
	XML_ParserFree(x->parser);
	x->parser = NULL;
	if (x->rc != OK)
		return x->rc;
	return st == XML_STATUS_OK ? OK : refuse(x->e, E_INPUT, "xlsx-damaged", 0, what, strlen(what));
}

/* ---- workbook.xml and its relations ---- */

static void XMLCALL
book_start(void *ctx, const XML_Char *name, const XML_Char **a)
{
	struct xlsx *x = ctx;
	const char *v;

	name = local(name);
	if (strcmp(name, "workbookPr") == 0) {
		v = attr(a, "date1904");
		x->date1904 = v != NULL && (strcmp(v, "1") == 0 || strcmp(v, "true") == 0);
	} else if (strcmp(name, "sheet") == 0) {
		v = NULL;
		for (const char **k = a; k[0] != NULL; k += 2)          /* r:id, not sheetId or id */
			if (strcmp(local(k[0]), "id") == 0 && strchr(k[0], ':') != NULL)
				v = k[1];
		if (v != NULL && x->sheets < SHEETS_MAX && strlen(v) < NAME_MAX_BYTES)
			(void)snprintf(x->sheet[x->sheets++].rel, NAME_MAX_BYTES, "%s", v);
	}
}

/* Targets are relative to xl/, or absolute. */
static void
target(char out[NAME_MAX_BYTES], const char *t)
{
	if (strncmp(t, "./", 2) == 0)
		t += 2;
	if (t[0] == '/')
		(void)snprintf(out, NAME_MAX_BYTES, "%s", t + 1);
	else if (strncmp(t, "../", 3) == 0)
		(void)snprintf(out, NAME_MAX_BYTES, "%s", t + 3);
	else
		(void)snprintf(out, NAME_MAX_BYTES, "xl/%s", t);
}

static bool
ends(const char *s, const char *tail)
{
	size_t n = strlen(s), k = strlen(tail);

	return n >= k && strcmp(s + n - k, tail) == 0;
}

static void XMLCALL
rels_start(void *ctx, const XML_Char *name, const XML_Char **a)
{
	const char *id = attr(a, "Id"), *type = attr(a, "Type"), *to = attr(a, "Target");
	struct xlsx *x = ctx;

	if (strcmp(local(name), "Relationship") != 0 || id == NULL || type == NULL || to == NULL ||
	    strlen(to) + 4 > NAME_MAX_BYTES)
		return;
	if (ends(type, "/sharedStrings"))
		target(x->strings_path, to);
	for (size_t i = 0; ends(type, "/worksheet") && i < x->sheets; i++)
		if (strcmp(x->sheet[i].rel, id) == 0)
			target(x->sheet[i].path, to);
}

static void XMLCALL
ignore_end(void *ctx, const XML_Char *name)
{
	(void)ctx, (void)name;
}

static void XMLCALL
ignore_text(void *ctx, const XML_Char *s, int n)
{
	(void)ctx, (void)s, (void)n;
}

/* ---- shared strings: <si> is <t>, or runs <r><t>; <rPh> is how it is pronounced ---- */

static void XMLCALL
strings_start(void *ctx, const XML_Char *name, const XML_Char **a)
{
	struct xlsx *x = ctx;

	(void)a;
	name = local(name);
	if (strcmp(name, "si") == 0) {
		x->in_si = true;
		x->si_at = x->tab.text.len;
	} else if (strcmp(name, "rPh") == 0) {
		x->in_rph = true;
	} else if (strcmp(name, "t") == 0) {
		x->in_t = x->in_si && !x->in_rph;
	}
}

static void XMLCALL
strings_text(void *ctx, const XML_Char *s, int n)
{
	struct xlsx *x = ctx;

	if (!x->in_t)
		return;
	buf_add(&x->tab.text, s, (size_t)n);
	if (x->tab.text.failed)
		stop(x, refuse(x->e, E_NOMEM, "memory", 0, "", 0));
}

static void XMLCALL
strings_end(void *ctx, const XML_Char *name)
{
	struct xlsx *x = ctx;
	struct str_at *more;
	size_t cap;

	name = local(name);
	if (strcmp(name, "t") == 0) {
		x->in_t = false;
	} else if (strcmp(name, "rPh") == 0) {
		x->in_rph = false;
	} else if (strcmp(name, "si") == 0 && x->in_si) {
		x->in_si = false;
		if (x->strings == x->string_cap) {
			cap = x->string_cap ? x->string_cap * 2 : 1024;
			if (cap > STRINGS_MAX || (more = realloc(x->string, cap * sizeof *more)) == NULL) {
				stop(x, refuse(x->e, E_INPUT, "too-many", 0, "", 0));
				return;
			}
			x->string = more;
			x->string_cap = cap;
		}
		x->string[x->strings++] = (struct str_at){ (uint32_t)x->si_at, (uint32_t)(x->tab.text.len - x->si_at) };
	}
}

/* ---- a sheet ---- */

/* "AB12": column from 0; -1: none. */
static int
column(const char *ref)
{
	int c = 0, n = 0;

	for (; ref[n] >= 'A' && ref[n] <= 'Z' && n < 3; n++)
		c = c * 26 + (ref[n] - 'A' + 1);
	return n > 0 ? c - 1 : -1;
}

static bool
row_number(const char *s, uint32_t *out)
{
	uint32_t v = 0;

	for (; *s >= '0' && *s <= '9' && v < 100000000; s++)
		v = v * 10 + (uint32_t)(*s - '0');
	if (*s != '\0' || v == 0 || v > 1048576)
		return false;
	*out = v;
	return true;
}

static void
sheet_row(struct xlsx *x, const XML_Char **a)
{
	const char *r = attr(a, "r");
	enum rc rc;

	x->row++;
	if (r != NULL && !row_number(r, &x->row)) {
		stop(x, refuse(x->e, E_INPUT, "xlsx-damaged", 0, "row", 3));
		return;
	}
	x->in_row = true;
	x->col = -1;
	if ((rc = table_add_row(&x->tab, x->row, x->number, x->e)) != OK)
		stop(x, rc);
}

static void
sheet_cell(struct xlsx *x, const XML_Char **a)
{
	const char *r = attr(a, "r"), *t = attr(a, "t");
	int c = r != NULL ? column(r) : x->col + 1;

	x->col = c < 0 ? x->col + 1 : c;
	x->in_c = true;
	x->type = 'n';
	if (t != NULL && strcmp(t, "n") != 0)
		x->type = strcmp(t, "s") == 0 ? 's' : 't';
	buf_reset(&x->value);
}

static void XMLCALL
sheet_start(void *ctx, const XML_Char *name, const XML_Char **a)
{
	struct xlsx *x = ctx;

	name = local(name);
	if (strcmp(name, "row") == 0)
		sheet_row(x, a);
	else if (strcmp(name, "c") == 0 && x->in_row)
		sheet_cell(x, a);
	else if (strcmp(name, "rPh") == 0)
		x->in_rph = true;
	else if ((strcmp(name, "v") == 0 || strcmp(name, "t") == 0) && x->in_c && !x->in_rph)
		x->in_v = true;
}

static void XMLCALL
sheet_text(void *ctx, const XML_Char *s, int n)
{
	struct xlsx *x = ctx;

	if (!x->in_v)
		return;
	buf_add(&x->value, s, (size_t)n);
	if (x->value.failed)
		stop(x, refuse(x->e, E_INPUT, "xlsx-damaged", 0, "cell", 4));
}

/* The value of a finished cell as a place in the text. */
static bool
value_of(struct xlsx *x, struct str_at *out)
{
	const char *s = buf_str(&x->value);
	uint64_t i = 0;

	if (x->type == 's') {
		struct str digits = str_trim((struct str){ s, x->value.len });

		for (size_t k = 0; k < digits.n; k++) {
			if (digits.p[k] < '0' || digits.p[k] > '9' || i > STRINGS_MAX)
				return false;
			i = i * 10 + (uint64_t)(digits.p[k] - '0');
		}
		if (digits.n == 0 || i >= x->strings)
			return false;
		*out = x->string[i];
		return true;
	}
	*out = (struct str_at){ (uint32_t)x->tab.text.len, (uint32_t)x->value.len };
	buf_add(&x->tab.text, s, x->value.len);
	return !x->tab.text.failed;
}

static void
cell_end(struct xlsx *x)
{
	struct trow *r = &x->tab.row[x->tab.rows - 1];
	struct str_at at;
	enum rc rc;

	x->in_c = false;
	if (x->value.len == 0)
		return;                                 /* only a style */
	if ((uint32_t)x->col >= CELLS_MAX) {
		stop(x, refuse(x->e, E_INPUT, "too-wide", x->row, "", 0));
		return;
	}
	if (!value_of(x, &at)) {
		stop(x, refuse(x->e, E_INPUT, "xlsx-damaged", 0, "cell", 4));
		return;
	}
	while (r->n <= (uint32_t)x->col) {
		if ((rc = table_add_cell(&x->tab, 0, 0, false, x->e)) != OK) {
			stop(x, rc);
			return;
		}
	}
	x->tab.cell[r->first + (uint32_t)x->col] =
	    (struct cell){ .at = at.at, .len = at.len & 0x7fffffffu, .number = x->type == 'n' };
}

static void XMLCALL
sheet_end(void *ctx, const XML_Char *name)
{
	struct xlsx *x = ctx;

	name = local(name);
	if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
		x->in_v = false;
	} else if (strcmp(name, "rPh") == 0) {
		x->in_rph = false;
	} else if (strcmp(name, "c") == 0 && x->in_c) {
		cell_end(x);
	} else if (strcmp(name, "row") == 0 && x->in_row) {
		x->in_row = false;
		if (x->tab.row[x->tab.rows - 1].n == 0)
			x->tab.rows--;
	}
}

/* ---- from sheets to statements ---- */

/* The text of the rows above the header becomes the banner. */
static void
banner(struct table *t, size_t rows)
{
	BUF b = { 0 };

	for (size_t i = 0; i < rows; i++) {
		for (uint32_t k = 0; k < t->row[i].n; k++) {
			struct str s = table_at(t, &t->row[i], (int)k);

			buf_add(&b, s.p, s.n);
			buf_addc(&b, '\t');
		}
		buf_addc(&b, '\n');
	}
	t->before_at = t->text.len;
	t->before_n = b.len;
	buf_add(&t->text, buf_str(&b), b.len);
}

/* Cells are copied: the text they are in may move. */
static bool
find_head(struct header *h, const struct table *t, size_t *row, struct str *cell, struct buf *store)
{
	for (size_t i = 0; i < t->rows && i < HEAD_ROWS; i++) {
		size_t n = t->row[i].n, at = 0;

		if (n < 4)
			continue;
		buf_reset(store);
		for (size_t k = 0; k < n; k++) {
			struct str s = table_at(t, &t->row[i], (int)k);

			cell[k].n = s.n;
			buf_add(store, s.p, s.n);
		}
		if (store->failed)
			return false;
		for (size_t k = 0; k < n; k++) {
			cell[k].p = buf_str(store) + at;
			at += cell[k].n;
		}
		if (header_match(h, cell, n) != NULL) {
			*row = i;
			return true;
		}
	}
	return false;
}

static int
by_key(const void *a, const void *b)
{
	const struct txn_ident *x = a, *y = b;
	int d = memcmp(x->key, y->key, sizeof x->key);

	return d != 0 ? d : (x->occurrence > y->occurrence) - (x->occurrence < y->occurrence);
}

static bool
same_head(const struct statement *a, const struct statement *b)
{
	if (strcmp(a->format, b->format) != 0 || a->headers != b->headers)
		return false;
	for (size_t i = 0; i < a->headers; i++)
		if (strcmp(a->header[i], b->header[i]) != 0)
			return false;
	return true;
}

/* Rows of b that a lacks go over to a; a sheet that repeats another adds nothing. */
static enum rc
join(struct statement *a, struct statement *b, uint32_t sheet, struct err *e)
{
	AUTO(auto_free) struct txn_ident *ida = calloc(a->rows + 1, sizeof *ida);
	AUTO(auto_free) struct txn_ident *idb = calloc(b->rows + 1, sizeof *idb);
	struct txn *more = realloc(a->row, (a->rows + b->rows + 1) * 2 * sizeof *more);
	size_t had = a->rows, again = 0;
	enum rc rc;

	if (more != NULL)
		a->row = more;
	if (ida == NULL || idb == NULL || more == NULL)
		return refuse(e, E_NOMEM, "memory", 0, "", 0);
	if ((rc = ident_assign(a->provider, a->row, a->rows, ida, e)) != OK ||
	    (rc = ident_assign(b->provider, b->row, b->rows, idb, e)) != OK)
		return rc;
	qsort(ida, had, sizeof *ida, by_key);
	for (size_t i = 0; i < b->rows; i++) {
		if (bsearch(&idb[i], ida, had, sizeof *ida, by_key) != NULL) {
			again++;
			continue;
		}
		a->row[a->rows++] = b->row[i];
		txn_init(&b->row[i]);
	}
	for (size_t i = 0; i < b->bads; i++)
		if ((rc = statement_bad(a, b->bad[i].row, b->bad[i].sheet, "row-amount", 0, "", 0, e)) != OK)
			return rc;
		else {
			free(a->bad[a->bads - 1].reason);
			a->bad[a->bads - 1].reason = b->bad[i].reason;
			b->bad[i].reason = NULL;
		}
	a->ignored += b->ignored + again;
	return again > 0 ? statement_warn(a, "sheet-repeats", sheet, "", 0, e) : OK;
}

static enum rc
sheet_parse(struct statements *out, size_t before, struct xlsx *x, const char *entry)
{
	AUTO(auto_free) struct str *cell = calloc(CELLS_MAX, sizeof *cell);
	BUF store = { 0 };
	struct header h;
	size_t row, had = out->n;
	enum rc rc;

	if (cell == NULL)
		return refuse(x->e, E_NOMEM, "memory", 0, "", 0);
	if (!find_head(&h, &x->tab, &row, cell, &store))
		return OK;
	banner(&x->tab, row);
	if (x->tab.text.failed)
		return refuse(x->e, E_NOMEM, "memory", 0, "", 0);
	memmove(x->tab.row, x->tab.row + row + 1, (x->tab.rows - row - 1) * sizeof *x->tab.row);
	x->tab.rows -= row + 1;
	x->tab.sheet = true;
	x->tab.date1904 = x->date1904;
	if ((rc = parse_table(out, x->p, entry, "xlsx", &h, cell, &x->tab, x->e)) != OK)
		return rc;
	if (had == before || !same_head(&out->s[before], &out->s[had]))
		return OK;
	rc = join(&out->s[before], &out->s[had], x->number, x->e);
	statement_free(&out->s[--out->n]);
	return rc;
}

static void
xlsx_free(struct xlsx **x)
{
	if (*x == NULL)
		return;
	table_free(&(*x)->tab);
	buf_free(&(*x)->value);
	free((*x)->string);
	free(*x);
}

enum rc
xlsx_parse(struct statements *out, struct parse *p, const char *entry, struct zip *z, struct err *e)
{
	AUTO(xlsx_free) struct xlsx *x = calloc(1, sizeof *x);
	size_t before = out->n, text_len;
	enum rc rc;

	if (x == NULL)
		return refuse(e, E_NOMEM, "memory", 0, "", 0);
	x->p = p;
	x->e = e;
	x->value.max = VALUE_MAX;
	x->tab.text.max = (size_t)1 << 30;
	if ((rc = run(x, z, zip_find(z, "xl/workbook.xml"), "workbook.xml", book_start, ignore_end, ignore_text)) !=
		OK ||
	    (rc = run(x, z, zip_find(z, "xl/_rels/workbook.xml.rels"), "workbook.xml.rels", rels_start, ignore_end,
		 ignore_text)) != OK)
		return rc;
	if (x->strings_path[0] != '\0' && zip_find(z, x->strings_path) >= 0 &&
	    (rc = run(x, z, zip_find(z, x->strings_path), "sharedStrings.xml", strings_start, strings_end,
		 strings_text)) != OK)
		return rc;
	text_len = x->tab.text.len;
	for (size_t i = 0; i < x->sheets; i++) {
		if (x->sheet[i].path[0] == '\0')
			continue;
		x->tab.rows = x->tab.cells = x->tab.replaced = x->tab.shifted = 0;
		x->tab.text.len = text_len;             /* shared strings stay, the last sheet's own texts go */
		x->number = (uint32_t)i + 1;
		x->row = 0;
		x->in_row = x->in_c = x->in_v = x->in_rph = false;
		if ((rc = run(x, z, zip_find(z, x->sheet[i].path), "sheet", sheet_start, sheet_end, sheet_text)) !=
			OK ||
		    (rc = sheet_parse(out, before, x, entry)) != OK)
			return rc;
	}
	return out->n > before ? OK : refuse(e, E_INPUT, "xlsx-nothing", 0, "", 0);
}
