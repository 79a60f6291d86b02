/*
 * statement/parse.h: inside of the readers. Bytes in, records out: no files, no terminal, no clock. Runs inside
 * purser-reader, and in the unit tests and fuzzers. On failure err.what is a note (note.h).
 */
#ifndef PURSER_STATEMENT_PARSE_H
#define PURSER_STATEMENT_PARSE_H

#include "statement/note.h"

#include <iconv.h>

#define CELLS_MAX 512u                  /* of one row */
#define CELL_BYTES_MAX 65536u           /* of one cell that becomes part of a record */
#define TABLE_CELLS_MAX (64u << 20)
#define HEAD_BYTES 65536u               /* a header is looked for so far into a file */
#define HEAD_ROWS 60u

struct str { const char *p; size_t n; };
#define STR(s) ((struct str){ (s), strlen(s) })
bool str_is(struct str a, const char *b);
bool str_has(struct str a, const char *part);
bool str_begins(struct str a, const char *head);
/* Without blanks, TAB, line ends, no-break and ideographic blanks, BOM and quotes' leftovers at both ends. */
struct str str_trim(struct str a);

/* What is needed besides the bytes. */
struct parse {
	const struct read_options *o;
	const char *password;           /* of a ZIP; "" none */
	size_t password_len;
	iconv_t gb18030;                /* opened before the sandbox closes; (iconv_t)-1: not there */
	size_t budget;                  /* bytes that may still be unpacked */
	unsigned depth;                 /* of archives in archives */
};

/* Everything: detect, decode, parse. E_INPUT, E_USAGE, E_LOCKED, E_AUTH, E_NOMEM as statement_read() has them. */
enum rc parse_bytes(struct statements *out, struct parse *p, const unsigned char *bytes, size_t n,
    struct err *e) MUST_CHECK;
/* The same into an entry of an archive: statements are appended. entry: decoded name, "" for the file itself. */
enum rc parse_entry(struct statements *out, struct parse *p, const char *entry, const unsigned char *bytes, size_t n,
    struct err *e) MUST_CHECK;

/* ---- text: parse_text.c ---- */
enum encoding { ENC_UTF8, ENC_UTF8_BOM, ENC_UTF16LE, ENC_UTF16BE, ENC_GB18030, ENC_CP1252, ENC_UTF8_LOSSY };
const char *encoding_name(enum encoding enc);
/* The encodings worth trying for these bytes, best first; at most 3. */
size_t encoding_guess(enum encoding out[3], const unsigned char *p, size_t n);
struct decoded {
	struct buf text;
	size_t replaced;                /* undecodable sequences that became U+FFFD */
	bool cut;                       /* the last character is incomplete */
};
enum rc text_decode(struct decoded *out, struct parse *p, enum encoding enc, const unsigned char *bytes, size_t n,
    struct err *e) MUST_CHECK;
void decoded_free(struct decoded *d);
#define DECODED AUTO(decoded_free) struct decoded

/* ---- tables ---- */
struct cell { uint32_t at, len : 31, number : 1; };             /* into table.text; number: numeric cell of a sheet */
struct trow {
	uint32_t line, first, n;        /* line: of the file or row of the sheet, from 1; cells [first, first + n) */
	uint32_t sheet;
	bool open;                      /* the file ends in this row: no line end behind it */
	char tail;                      /* its last byte as it stands in the file */
};
struct table {
	struct buf text;                /* owned */
	size_t cells, cell_cap, rows, row_cap;
	struct cell *cell;
	struct trow *row;
	size_t replaced;
	bool date1904;                  /* spreadsheet whose day numbers count from 1904 */
	bool sheet;                     /* of a workbook */
	bool dashes;                    /* ended by a line of dashes */
	size_t shifted;                 /* rows with a separator too many that were put right */
	/* Banner text around the data, in text; the one behind it only after a line of dashes and up to the end. */
	size_t before_at, before_n, after_at;
};
void table_free(struct table *t);
#define TABLE AUTO(table_free) struct table
enum rc table_add_row(struct table *t, uint32_t line, uint32_t sheet, struct err *e) MUST_CHECK;
enum rc table_add_cell(struct table *t, size_t at, size_t len, bool number, struct err *e) MUST_CHECK;
/* Trimmed text of a cell; "" beyond the row and for column -1. */
struct str table_at(const struct table *t, const struct trow *r, int col);
bool table_number(const struct table *t, const struct trow *r, int col);

/* ---- CSV: parse_csv.c ---- */
/* Cells of one physical line, for finding headers; at most max, quotes taken off. Returns their number. */
size_t csv_line(struct str line, char sep, struct str *out, size_t max, struct buf *store);
struct csv_layout {
	char sep;
	bool lenient;                   /* quotes in text may be unmatched (Alipay): a row is made to fit the header */
	size_t want;                    /* cells of the header that have a name */
	size_t all;                     /* cells of the header */
	char tail;                      /* the header's last byte that is no blank */
	int text_col;                   /* the column whose text may hold separators, -1 none */
	bool dashes_end;                /* data ends at a line of dashes */
	bool (*fits)(const struct str *cell, size_t n, const void *ctx);        /* is a shifted row right now? */
	const void *ctx;
};
/*
 * Rows of t->text from offset at (line number line) into t. The text is changed in place (quotes are taken off). A
 * row that the end of the file cuts: E_INPUT "cut".
 */
enum rc csv_parse(struct table *t, size_t at, uint32_t line, const struct csv_layout *l, struct err *e) MUST_CHECK;

/* ---- numbers: parse_amount.c ---- */
enum number { NUMBER_NONE, NUMBER_OK, NUMBER_BAD };
/*
 * The whole of s as an amount; out->exp is set by the caller, out->minor on NUMBER_OK only. NUMBER_NONE: empty, or a
 * word for nothing (..., /, dashes). mark: "." or ",". binary: a stored number of a spreadsheet, with an exponent and
 * noise behind the minor unit (at most 1e-6 of it is rounded away).
 */
enum number amount_read(struct str s, char mark, bool binary, struct money *out);
/* How the file writes decimals: votes over all its amounts. */
struct mark_votes { size_t point, comma, unsure; struct str example; };
void mark_vote(struct mark_votes *v, struct str s, unsigned exp);
/* '.' or ','; 0: nothing settles it, and v->example needs to be settled. */
char mark_settle(const struct mark_votes *v);

/* ---- dates: parse_date.c ---- */
struct date {
	bool ok;
	unsigned a, b, c;
	char sep;
	uint8_t len_a, len_b, len_c;
}; /* the three numbers as written */
struct date date_split(struct str s);
/* Put into w: order 'y', 'd' or 'm'. false: impossible; w->has_date is false then. */
bool date_into(struct when *w, const struct date *d, char order);
/* H:MM, H:MM:SS, AM and PM. *short_: without seconds. false: impossible or no time. */
bool time_put(struct when *w, struct str s, bool *no_seconds);
/* "2026-01-02 03:04:05", with / and without seconds; or a spreadsheet's day number (number: from a numeric cell).
 * *resaved: not as the provider writes it. */
bool stamp_put(struct when *w, struct str s, bool number, bool date1904, bool *resaved);
void zone_put(struct when *w, struct str s, enum zone_known known);

/* ---- records: parse_record.c ---- */
/* Cleaned text into a field. */
enum rc record_put(char **field, struct str s, struct err *e) MUST_CHECK;
/* The raw cells of a row. */
enum rc record_cells(struct txn *t, const struct table *tab, const struct trow *r, struct err *e) MUST_CHECK;
/* A new row at the end of s->row, with row, sheet, cells and flags of damaged text set; record_drop() takes it
 * back. */
enum rc record_new(struct txn **out, struct statement *s, const struct table *tab, const struct trow *r,
    struct err *e) MUST_CHECK;
void record_drop(struct statement *s);
enum rc record_header(struct statement *s, const struct str *cell, size_t n, struct err *e) MUST_CHECK;
/* A string of the statement itself. */
enum rc record_name(char **field, const char *s, struct err *e) MUST_CHECK;
enum rc record_text(char **field, struct str s, struct err *e) MUST_CHECK;
/* A record that is no transaction: not even a date, or whatever else every row has, is there (totals). */
bool record_void(struct statement *s, struct str a, struct str b);
/* Counts of the whole file that become warnings: doubtful ids, unknown status words, text that was replaced. */
enum rc record_finish(struct statement *s, const struct table *tab, struct err *e) MUST_CHECK;
/* What the banner around the data says after mark, a colon (either width) and perhaps in brackets; "" nothing. */
struct str banner_value(const struct table *t, const char *mark);

/* ---- formats ---- */
#define COLS_MAX 32u
struct header {
	const struct format *format;
	const char *name;               /* machine name of the layout */
	int language;                   /* PayPal */
	unsigned score;                 /* cells recognised */
	int col[COLS_MAX];              /* meaning of a column -> its place, -1 none; the format's own enum */
	size_t named, all;              /* cells up to the last that has a name; all cells */
};
struct format {
	const char *provider;
	/* Are these cells (trimmed) this format's header? */
	bool (*match)(struct header *h, const struct str *cell, size_t n);
	/* How to take its rows apart. */
	void (*layout)(struct csv_layout *l, const struct header *h);
	/* Rows of tab into s. */
	enum rc (*read)(struct statement *s, const struct parse *p, const struct header *h, const struct table *tab,
	    struct err *e);
};
extern const struct format format_paypal, format_alipay, format_wechat, format_apple;
/* The format whose header this is, or NULL. */
const struct format *header_match(struct header *h, const struct str *cell, size_t n);
/* Does the user's --format allow it? E_INPUT "not-format" or "bad-format". */
enum rc format_allowed(const struct parse *p, const struct header *h, struct err *e) MUST_CHECK;
/* The rows of a table and the header found above them become one statement. */
enum rc parse_table(struct statements *out, struct parse *p, const char *entry, const char *encoding,
    const struct header *h, const struct str *head_cell, struct table *tab, struct err *e) MUST_CHECK;

/* ---- archives: parse_zip.c, parse_xlsx.c ---- */
enum rc zip_parse(struct statements *out, struct parse *p, const char *entry, const unsigned char *bytes, size_t n,
    struct err *e) MUST_CHECK;
struct zip;
/* One entry's bytes by index, within the budget. */
enum rc zip_unpack(struct buf *out, struct parse *p, struct zip *z, uint64_t index, struct err *e) MUST_CHECK;
/* Index of the entry of that name, case ignored; -1: none. */
int64_t zip_find(struct zip *z, const char *name);
enum rc xlsx_parse(struct statements *out, struct parse *p, const char *entry, struct zip *z, struct err *e) MUST_CHECK;
/* Load what archives need (cipher, tables) while files may still be opened. */
void zip_warm(void);

#endif
