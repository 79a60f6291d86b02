/*
 * cmd/out.h: what goes to stdout (data) and stderr (messages, progress). Every %s is cleaned for the terminal by these
 * functions (control characters, bidirectional overrides), so bytes of others may be passed as they are.
 *
 * Formats are English and wrapped in N_(); they are translated here. One sentence, one call. A line break may stand in a format; those
 * that come with an argument become blanks.
 */
#ifndef PURSER_CMD_OUT_H
#define PURSER_CMD_OUT_H

#include "cmd/cmd.h"

/* -- text for people -- */

enum tone { TONE_PLAIN, TONE_BOLD, TONE_DIM, TONE_RED, TONE_GREEN, TONE_YELLOW, TONE_CYAN };

/* A line of the result on stdout. Nothing under --json. */
void say(struct session *s, const char *fmt, ...) PRINTF(2, 3);
void say_tone(struct session *s, enum tone tone, const char *fmt, ...) PRINTF(3, 4);
/* A line on stderr: note() not under -q; warn() always, begins with "!  "; detail() only under -v. */
void note(struct session *s, const char *fmt, ...) PRINTF(2, 3);
void warn(struct session *s, const char *fmt, ...) PRINTF(2, 3);
void detail(struct session *s, const char *fmt, ...) PRINTF(2, 3);
/* "\r..." on a terminal's stderr, at most ten times a second; nothing elsewhere. progress_end() clears the line. */
void progress(struct session *s, const char *fmt, ...) PRINTF(2, 3);
void progress_end(struct session *s);
/* A secret's bytes and a line break to stdout, as they are; never paged. The only way a secret goes out. */
struct secret;
enum rc out_secret(struct session *s, const struct secret *x, struct err *e) MUST_CHECK;
/* Bytes as they are (export). */
enum rc out_bytes(struct session *s, const void *p, size_t n, struct err *e) MUST_CHECK;

bool out_color(const struct session *s);          /* colours on stdout? */
bool err_color(const struct session *s);
/* Columns of the terminal on stdout ($COLUMNS first); 0: no terminal, nothing has to fit. */
unsigned out_width(const struct session *s);

/* -- tables --
 *
 *	static const struct column cols[] = {
 *		{ N_("ID"), 0, 0 }, { N_("With"), COL_CUT, 12 }, { N_("Amount"), COL_RIGHT, 0 },
 *	};
 *	TABLE t = { 0 };
 *
 *	table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
 *	while (next row) {
 *		table_cell(&t, TONE_PLAIN, "%s", id);             // cells in the order of the columns; the text is data,
 *		table_cell(&t, TONE_DIM, "%s", with);             // not translated here
 *		table_cell(&t, negative ? TONE_RED : TONE_GREEN, "%s %s", grouped, currency);
 *		if (!table_row(&t))
 *			break;                                    // the reader went away
 *	}
 *	table_end(&t);                                            // also done by the end of the scope
 *
 * Rows are kept until 500 are there (they fix the widths), then stream. Where the terminal is too narrow, COL_CUT columns lose
 * the overhang, the widest first, down to their min; then columns are dropped that have COL_DROP, from the right.
 */
enum { COL_RIGHT = 1 << 0, COL_CUT = 1 << 1, COL_DROP = 1 << 2 };
enum { TABLE_PAGED = 1 << 0, TABLE_NO_HEAD = 1 << 1 };
#define TABLE_COLS_MAX 16u

struct column { const char *head; unsigned flags, min; };     /* head: N_() */
struct table {
	struct session *s;
	const struct column *cols;
	unsigned ncols, flags, at;       /* at: next cell of the row being made */
	size_t rows;                     /* complete, in cells */
	struct buf cells;                /* tone byte, text, NUL each */
	unsigned width[TABLE_COLS_MAX];  /* widest so far; after fixing: as printed, 0 dropped */
	bool fixed, begun;
};
#define TABLE AUTO(table_end) struct table
void table_begin(struct table *t, struct session *s, const struct column *cols, size_t n, unsigned flags);
void table_cell(struct table *t, enum tone tone, const char *fmt, ...) PRINTF(3, 4);
bool table_row(struct table *t);                  /* missing cells are empty; false: stop, nobody reads */
void table_end(struct table *t);                  /* safe on an empty one, and twice */

/* Start the pager for the lines that follow; on a terminal only, not under --json. Table does it with TABLE_PAGED. */
void out_page(struct session *s);

/* -- money and time for people -- */

/* "-2203.52" to "-2,203.52"; digits and the point stay as they are. */
void add_grouped(struct buf *b, const char *decimal);
/* Local time of the session: "2026-11-21 13:42", with seconds when asked. 0 columns of zone. */
void add_time(struct buf *b, int64_t ms, bool seconds);
/* RFC 3339 with the session zone's offset: "2026-11-21T13:42:07+01:00". */
void add_time_json(struct buf *b, int64_t ms);
/* A day since 1970-01-01: "2026-11-21". */
void add_day(struct buf *b, int64_t day);
/* "7 s", "31 min", "5 h", "3 days". */
void add_duration(struct buf *b, int64_t seconds);

/* -- JSON Lines --
 *
 *	JSON j = { 0 };
 *
 *	j_open(&j, "account");                       // {"object":"account"
 *	j_str(&j, "name", name);                     // NULL becomes null
 *	j_obj(&j, "balances");
 *	j_raw(&j, "USD", "12.34");                   // text that is JSON already
 *	j_end(&j);
 *	j_list(&j, "secrets");
 *	j_str(&j, NULL, "password");                 // in a list: no key
 *	j_end_list(&j);
 *	return out_json(s, &j, e);                   // closes it, one line to stdout; j is empty and usable again
 */
struct json { struct buf b; bool more; };
#define JSON AUTO(json_free) struct json
void json_free(struct json *j);
void j_open(struct json *j, const char *object);
void j_str(struct json *j, const char *key, const char *value);
/* "" becomes null. */
void j_text(struct json *j, const char *key, const char *value);
void j_strn(struct json *j, const char *key, const char *value, size_t n);
void j_int(struct json *j, const char *key, int64_t v);
void j_bool(struct json *j, const char *key, bool v);
void j_null(struct json *j, const char *key);
void j_raw(struct json *j, const char *key, const char *json);
void j_time(struct json *j, const char *key, int64_t ms);       /* RFC 3339 in the session's zone; 0: null */
void j_obj(struct json *j, const char *key);
void j_end(struct json *j);
void j_list(struct json *j, const char *key);
void j_end_list(struct json *j);
enum rc out_json(struct session *s, struct json *j, struct err *e) MUST_CHECK;
/* A secret's value as a JSON string (raw bytes that are no UTF-8: U+FFFD); leaves no copy behind but stdout's own wiped one. */
enum rc out_json_secret(struct session *s, struct json *j, const char *key, const struct secret *x, struct err *e) MUST_CHECK;

/* -- the frame -- */
/* The escape that turns tone on; "" for TONE_PLAIN. Off is "\033[0m". */
const char *tone_code(enum tone tone);
/* fmt translated, formatted, made harmless for a terminal; no line break at the end. */
void out_compose(struct buf *out, const char *fmt, va_list ap);
/* The message of a failed run, once: text, or the JSON object when s->json. */
void out_error(struct session *s, enum rc rc, const struct err *e);
/* Flush and check stdout, end the pager. E_SYS/E_FULL: it could not be written. *broken: the reader went away. */
enum rc out_finish(struct session *s, bool *broken, struct err *e) MUST_CHECK;

#endif
