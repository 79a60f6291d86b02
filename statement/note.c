/* statement/note.c: see note.h. */
#include "statement/note.h"

#include "base/num.h"
#include "base/utf8.h"

#include <libintl.h>
#include <string.h>

/* {n} is the number, {t} the text. Refusals follow the file's name ("Download.CSV is empty"), so they begin with a
 * verb; at_line: the number is a line and stands behind the name ("Download.CSV:214 ends inside a row"). */
static const struct { const char *code; bool at_line; const char *say; } notes[] = {
	/* the whole file is refused */
	{ "empty", false, N_("is empty") },
	{ "binary", false, N_("is no text and no spreadsheet: it holds binary data") },
	{ "nul", true, N_("holds a NUL byte: the file is damaged, or is no statement") },
	{ "cut", true, N_("ends inside a row: the file was cut off. Get it again") },
	{ "too-large", false, N_("is larger than purser reads ({t})") },
	{ "unknown", false,
	    N_("has no layout that purser knows (PayPal, Alipay, WeChat Pay, Apple Card). It begins: {t}") },
	{ "strange", false, N_("has no layout that purser knows (PayPal, Alipay, WeChat Pay, Apple Card)") },
	{ "vault", false,
	    N_("keeps passwords or codes ({t}) and is no statement. It is for purser migrate, of a later version") },
	{ "paypal-language", false,
	    N_("looks like PayPal, but its header is in a language that purser does not know: {t}") },
	{ "other-kind", false,
	    N_("is of another kind ({t}); purser reads the CSV and XLSX files that PayPal, Alipay, WeChat Pay and Apple Card "
	       "give") },
	{ "not-format", false, N_("is {t}, not the format that was asked for") },
	{ "bad-format", false, N_("cannot be read: no format is called {t}") },
	{ "date-order", false,
	    N_("does not say whether {t} has the day or the month first, and nothing in it settles that") },
	{ "decimal-mark", false,
	    N_("does not say whether {t} has thousands or decimals, and nothing in it settles that") },
	{ "zip-password", false, N_("is encrypted and needs its password") },
	{ "zip-wrong", false, N_("is encrypted, and this is not its password") },
	{ "zip-damaged", false, N_("is a damaged ZIP archive") },
	{ "zip-limit", false, N_("unpacks to more than purser accepts ({t})") },
	{ "zip-nothing", false, N_("is a ZIP archive without a statement that purser knows") },
	{ "xlsx-damaged", false, N_("is a damaged spreadsheet ({t})") },
	{ "xlsx-nothing", false, N_("is a spreadsheet without a sheet that purser knows") },
	{ "too-wide", true, N_("has more cells in a row than purser accepts") },
	{ "too-many", false, N_("has more rows or cells than purser accepts") },
	{ "no-gb18030", false, N_("needs the encoding GB18030, which this system's C library lacks") },
	{ "memory", false, N_("needs more memory than the reader may have") },
	/* one row is left out */
	{ "row-amount", false, N_("the amount '{t}' cannot be read") },
	{ "row-no-amount", false, N_("there is no amount in a row that moved money") },
	{ "row-cells", false, N_("{n} cells, which cannot be placed under the header") },
	{ "row-long", false, N_("the row is longer than purser accepts") },
	{ "row-currency", false, N_("'{t}' is no currency") },
	/* warnings */
	{ "order-user", false, N_("day and month told apart as you said: {t}") },
	{ "order-by-rows", false, N_("day and month told apart by the order of the rows: {t}") },
	{ "order-by-zone", false, N_("day and month told apart by the time zone's summer time: {t}") },
	{ "order-by-period", false, N_("day and month told apart because a statement covers one month: {t}") },
	{ "order-by-style", false, N_("day and month told apart by the American way of writing dates: {t}") },
	{ "order-mixed", false, N_("some dates have the day first and some the month; read as {t}") },
	{ "mark-mixed", false, N_("some amounts have a decimal point and some a comma; read with '{t}'") },
	{ "spreadsheet", false,
	    N_("the file was saved by a spreadsheet: dates or seconds are not as the provider wrote them") },
	{ "bad-text", false, N_("characters that cannot be decoded were replaced: {n}") },
	{ "ids-doubtful", false,
	    N_("transaction ids are masked or repeated and are not used to recognise rows: {n} rows") },
	{ "status-unknown", false, N_("status words that purser does not know; these rows count as not moved: {t}") },
	{ "no-currency", false, N_("the file does not say its currency") },
	{ "no-end", false, N_("the closing lines are missing: the file may have been cut off") },
	{ "sheet-repeats", false, N_("rows of sheet {n} that another sheet has too were left out") },
	{ "other-entries", false, N_("files in the archive that are no statement were left out: {n}") },
	{ "no-twin", false, N_("closed payments whose refund is not in the file: {n}") },
	{ "shifted", false, N_("rows with a comma too many were put right: {n}") },
};

static const char *
find(const char *note, bool *at_line)
{
	size_t n = strcspn(note, " ");

	for (size_t i = 0; i < COUNTOF(notes); i++) {
		if (strlen(notes[i].code) == n && memcmp(notes[i].code, note, n) == 0) {
			*at_line = notes[i].at_line;
			return notes[i].say;
		}
	}
	return NULL;
}

/* The parts behind the code. */
static bool
split(const char *note, uint64_t *number, const char **text)
{
	const char *p = strchr(note, ' '), *end;
	char digits[24];

	if (p == NULL || (end = strchr(++p, ' ')) == NULL || (size_t)(end - p) >= sizeof digits)
		return false;
	memcpy(digits, p, (size_t)(end - p));
	digits[end - p] = '\0';
	*text = end + 1;
	return num_u64(digits, 0, UINT64_MAX, number);
}

void
note_make(char out[NOTE_MAX], const char *code, uint64_t number, const char *text, size_t len)
{
	BUF b = { .max = 1 << 16 };
	size_t k, n = 0;
	uint32_t cp;
	int head = snprintf(out, NOTE_MAX, "%s %llu ", code, (unsigned long long)number);

	utf8_clean(&b, text, len < NOTE_MAX ? len : NOTE_MAX);
	while (n < b.len && (k = utf8_next(b.p + n, b.len - n, &cp)) != 0 && (size_t)head + n + k + 4 < NOTE_MAX)
		n += k;
	memcpy(out + head, buf_str(&b), n);
	(void)snprintf(out + head + (int)n, NOTE_MAX - (size_t)head - n, "%s", n < b.len ? "\xe2\x80\xa6" : "");
}

bool
note_valid(const char *note)
{
	const char *text;
	uint64_t number;
	bool at_line;

	return find(note, &at_line) != NULL && split(note, &number, &text);
}

static void
fill(struct buf *out, const char *say, uint64_t number, const char *text)
{
	for (; *say; say++) {
		if (strncmp(say, "{n}", 3) == 0) {
			buf_addf(out, "%llu", (unsigned long long)number);
			say += 2;
		} else if (strncmp(say, "{t}", 3) == 0) {
			utf8_clean(out, text, strlen(text));
			say += 2;
		} else {
			buf_addc(out, *say);
		}
	}
}

void
note_say(struct buf *out, const char *note)
{
	const char *text, *say;
	uint64_t number;
	bool at_line;

	if ((say = find(note, &at_line)) == NULL || !split(note, &number, &text)) {
		utf8_clean(out, note, strlen(note));
		return;
	}
	fill(out, gettext(say), number, text);
}

enum rc
refuse(struct err *e, enum rc rc, const char *code, uint64_t number, const char *text, size_t len)
{
	char note[NOTE_MAX];

	note_make(note, code, number, text, len);
	return err_set(e, rc, "%s", note);
}

enum rc
note_refuse(struct err *e, enum rc rc, const char *name, const char *note)
{
	const char *base = strrchr(name, '/'), *text;
	BUF said = { .max = 8192 };
	uint64_t number = 0;
	bool at_line = false;

	base = base != NULL && base[1] != '\0' ? base + 1 : name;
	note_say(&said, note);
	if (find(note, &at_line) != NULL && at_line && split(note, &number, &text))
		return err_set(e, rc, "%.200s:%llu %s", base, (unsigned long long)number, buf_str(&said));
	return err_set(e, rc, "%.200s %s", base, buf_str(&said));
}

enum rc
statement_warn(struct statement *s, const char *code, uint64_t number, const char *text, size_t len, struct err *e)
{
	char note[NOTE_MAX], **more, *copy;

	note_make(note, code, number, text, len);
	if ((more = realloc(s->warning, (s->warnings + 1) * sizeof *more)) == NULL)
		return err_set(e, E_NOMEM, "%s", "memory 0 ");
	s->warning = more;
	if ((copy = strdup(note)) == NULL)
		return err_set(e, E_NOMEM, "%s", "memory 0 ");
	s->warning[s->warnings++] = copy;
	return OK;
}

enum rc
statement_bad(struct statement *s, uint32_t row, uint32_t sheet, const char *code, uint64_t number, const char *text,
    size_t len, struct err *e)
{
	struct bad_row *more;
	char note[NOTE_MAX], *copy;

	note_make(note, code, number, text, len);
	if ((s->bads & (s->bads + 1)) == 0) {           /* grown at powers of two */
		if ((more = realloc(s->bad, (s->bads + 1) * 2 * sizeof *more)) == NULL)
			return err_set(e, E_NOMEM, "%s", "memory 0 ");
		s->bad = more;
	}
	if ((copy = strdup(note)) == NULL)
		return err_set(e, E_NOMEM, "%s", "memory 0 ");
	s->bad[s->bads++] = (struct bad_row){ .row = row, .sheet = sheet, .reason = copy };
	return OK;
}
