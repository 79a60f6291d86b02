/* statement/frame.c: see frame.h. */
#include "statement/frame.h"

#include "base/le.h"
#include "base/utf8.h"
#include "statement/note.h"

#include <string.h>

#define STRING_MAX (1u << 18)
#define ROW_CELLS_MAX 512u
#define STATEMENTS_MAX 4096u
#define ROWS_MAX 20000000u

/* ---- writing ---- */

static void
put8(struct buf *b, unsigned v)
{
	buf_addc(b, (char)(unsigned char)v);
}

static void
put32(struct buf *b, uint32_t v)
{
	unsigned char p[4];

	le32_put(p, v);
	buf_add(b, p, sizeof p);
}

static void
put64(struct buf *b, uint64_t v)
{
	unsigned char p[8];

	le64_put(p, v);
	buf_add(b, p, sizeof p);
}

static void
put_str(struct buf *b, const char *s)
{
	put32(b, (uint32_t)strlen(s));
	buf_add(b, s, strlen(s));
}

/* Room for the head; frame_close() fills it in. */
static size_t
frame_open(struct buf *b, enum frame kind)
{
	size_t at = b->len;

	put32(b, 0);
	put8(b, kind);
	return at;
}

static void
frame_close(struct buf *b, size_t at)
{
	if (!b->failed)
		le32_put((unsigned char *)b->p + at, (uint32_t)(b->len - at - FRAME_HEAD));
}

static void
put_when(struct buf *b, const struct when *w)
{
	put8(b, (unsigned)w->has_date | (unsigned)w->has_time << 1);
	put32(b, (uint32_t)w->local.year);
	put8(b, w->local.month);
	put8(b, w->local.day);
	put8(b, w->local.hour);
	put8(b, w->local.minute);
	put8(b, w->local.second);
	put32(b, w->local.micro);
	put_str(b, w->zone);
	put8(b, w->known);
}

static void
put_money(struct buf *b, bool has, const struct money *m)
{
	put8(b, has);
	put64(b, (uint64_t)m->minor);
	put8(b, m->exp);
	put_str(b, m->cur);
}

void
frame_options(struct buf *out, const struct read_options *o, const void *password, size_t password_len)
{
	size_t at = frame_open(out, FRAME_OPTIONS);

	put8(out, (unsigned char)o->date_order);
	put8(out, (unsigned char)o->decimal_mark);
	put64(out, o->max_bytes);
	put_str(out, o->format != NULL ? o->format : "");
	put32(out, (uint32_t)password_len);
	buf_add(out, password, password_len);
	frame_close(out, at);
}

void
frame_refused(struct buf *out, enum rc rc, const char *note)
{
	size_t at = frame_open(out, FRAME_REFUSED);

	put32(out, (uint32_t)rc);
	put_str(out, note);
	frame_close(out, at);
}

void
frame_end(struct buf *out, size_t statements)
{
	size_t at = frame_open(out, FRAME_END);

	put64(out, statements);
	frame_close(out, at);
}

void
frame_statement(struct buf *out, const struct statement *s)
{
	size_t at = frame_open(out, FRAME_STATEMENT);

	put_str(out, s->format);
	put_str(out, s->provider);
	put_str(out, s->entry);
	put_str(out, s->account_hint);
	put_str(out, s->language);
	put_str(out, s->encoding);
	put_when(out, &s->first_said);
	put_when(out, &s->last_said);
	put8(out, s->date_by);
	put64(out, s->ignored);
	put32(out, (uint32_t)s->headers);
	for (size_t i = 0; i < s->headers; i++)
		put_str(out, s->header[i]);
	frame_close(out, at);
}

void
frame_row(struct buf *out, const struct txn *t)
{
	size_t at = frame_open(out, FRAME_ROW);

	put32(out, t->row);
	put32(out, t->sheet);
	put8(out, t->status);
	put8(out, t->moved);
	put32(out, t->flags);
	put_when(out, &t->when);
	put_money(out, t->has_amount, &t->amount);
	put_money(out, t->has_fee, &t->fee);
	put_money(out, t->has_balance, &t->balance);
	put_str(out, t->id);
	put_str(out, t->ref_id);
	put_str(out, t->type);
	put_str(out, t->status_text);
	put_str(out, t->direction);
	put_str(out, t->counterparty);
	put_str(out, t->description);
	put_str(out, t->method);
	put32(out, (uint32_t)t->cells);
	for (size_t i = 0; i < t->cells; i++)
		put_str(out, t->cell[i]);
	frame_close(out, at);
}

void
frame_rest(struct buf *out, const struct statement *s)
{
	size_t at;

	for (size_t i = 0; i < s->bads; i++) {
		at = frame_open(out, FRAME_BAD);
		put32(out, s->bad[i].row);
		put32(out, s->bad[i].sheet);
		put_str(out, s->bad[i].reason);
		frame_close(out, at);
	}
	for (size_t i = 0; i < s->warnings; i++) {
		at = frame_open(out, FRAME_WARNING);
		put_str(out, s->warning[i]);
		frame_close(out, at);
	}
	at = frame_open(out, FRAME_STATEMENT_END);
	put64(out, s->rows);
	put64(out, s->bads);
	put64(out, s->warnings);
	frame_close(out, at);
}

/* ---- reading ---- */

/* A cursor over a payload: once something does not fit, everything that follows is zero and bad stays set. */
struct in { const unsigned char *p; size_t n; bool bad; };

static const unsigned char *
get(struct in *in, size_t n)
{
	const unsigned char *p = in->p;

	if (in->bad || n > in->n) {
		in->bad = true;
		return NULL;
	}
	in->p += n;
	in->n -= n;
	return p;
}

static unsigned
get8(struct in *in)
{
	const unsigned char *p = get(in, 1);

	return p != NULL ? *p : 0;
}

static uint32_t
get32(struct in *in)
{
	const unsigned char *p = get(in, 4);

	return p != NULL ? le32_get(p) : 0;
}

static uint64_t
get64(struct in *in)
{
	const unsigned char *p = get(in, 8);

	return p != NULL ? le64_get(p) : 0;
}

/* At most max, else bad. */
static unsigned
get_enum(struct in *in, unsigned max)
{
	unsigned v = get8(in);

	in->bad = in->bad || v > max;
	return in->bad ? 0 : v;
}

/* Text without anything that could steer a terminal: it must be what cleaning leaves as it is. */
static bool
harmless(const char *p, size_t n)
{
	BUF b = { .max = STRING_MAX * 4 };
	bool plain = true;

	for (size_t i = 0; i < n && plain; i++)
		plain = (unsigned char)p[i] >= 0x20 && (unsigned char)p[i] < 0x7f;
	if (plain)
		return true;
	if (!utf8_valid(p, n) || memchr(p, 0, n) != NULL)
		return false;
	utf8_clean(&b, p, n);
	return !b.failed && b.len == n && memcmp(b.p, p, n) == 0;
}

static const char *
get_str(struct in *in, size_t max, size_t *len)
{
	uint32_t n = get32(in);
	const char *p;

	*len = 0;
	if (in->bad || n > max) {
		in->bad = true;
		return "";
	}
	if ((p = (const char *)get(in, n)) == NULL || !harmless(p, n)) {
		in->bad = true;
		return "";
	}
	*len = n;
	return p;
}

/* A copy; "" when bad. */
static void
get_copy(struct in *in, char **out)
{
	size_t n;
	const char *p = get_str(in, STRING_MAX, &n);

	if ((*out = malloc(n + 1)) == NULL) {
		in->bad = true;
		return;
	}
	memcpy(*out, p, n);
	(*out)[n] = '\0';
}

static void
get_field(struct in *in, char **field)
{
	size_t n;
	const char *p = get_str(in, STRING_MAX, &n);

	if (txn_put(field, p, n, NULL) != OK)
		in->bad = true;
}

static void
get_when(struct in *in, struct when *w)
{
	unsigned has = get_enum(in, 3);
	const char *zone;
	size_t n;

	*w = (struct when){ .has_date = has & 1, .has_time = (has & 2) != 0 };
	w->local.year = (int32_t)get32(in);
	w->local.month = (uint8_t)get8(in);
	w->local.day = (uint8_t)get8(in);
	w->local.hour = (uint8_t)get8(in);
	w->local.minute = (uint8_t)get8(in);
	w->local.second = (uint8_t)get8(in);
	w->local.micro = get32(in);
	zone = get_str(in, sizeof w->zone - 1, &n);
	memcpy(w->zone, zone, n);
	w->zone[n] = '\0';
	w->known = (enum zone_known)get_enum(in, ZONE_OF_PROVIDER);
	if (w->has_date ? !civil_valid_date(w->local.year, w->local.month, w->local.day) :
	    w->local.year != 0 || w->local.month != 0 || w->local.day != 0)
		in->bad = true;
	if (w->has_time ? !civil_valid_time(w->local.hour, w->local.minute, w->local.second) || w->local.micro > 999999
			: w->local.hour != 0 || w->local.minute != 0 || w->local.second != 0 || w->local.micro != 0)
		in->bad = true;
}

static bool
get_money(struct in *in, struct money *m)
{
	bool has = get_enum(in, 1) != 0;
	char norm[CURRENCY_MAX + 1];
	const char *cur;
	size_t n;

	*m = (struct money){ .minor = (int64_t)get64(in) };
	m->exp = (uint8_t)get_enum(in, 18);
	cur = get_str(in, CURRENCY_MAX, &n);
	memcpy(m->cur, cur, n);
	m->cur[n] = '\0';
	if (m->minor == INT64_MIN || (n > 0 && (!currency_norm(norm, m->cur) || strcmp(norm, m->cur) != 0)))
		in->bad = true;
	return has;
}

static enum rc
lies(struct err *e)
{
	return err_set(e, E_INPUT, N_("the reader sent what it must not: nothing was imported"));
}

static bool
one_of(const char *s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(s, words[i]) == 0)
			return true;
	return false;
}

static bool
known_names(const struct statement *s)
{
	static const char *const formats[] = { "paypal-activity", "paypal-statement", "paypal-consumer", "alipay-web",
		"alipay-app-2021", "alipay-app", "wechat-csv", "wechat-xlsx", "apple-card" };
	static const char *const languages[] = { "", "en", "de", "fr", "it", "es", "ja" };
	static const char *const encodings[] = { "utf-8", "utf-8-bom", "utf-16le", "utf-16be", "gb18030",
		"windows-1252", "xlsx" };
	static const char *const providers[] = { "paypal", "alipay", "wechat", "apple-card" };

	return one_of(s->provider, providers, COUNTOF(providers)) && one_of(s->format, formats, COUNTOF(formats)) &&
	       strncmp(s->format, s->provider, strlen(s->provider)) == 0 &&
	       one_of(s->language, languages, COUNTOF(languages)) && one_of(s->encoding, encodings, COUNTOF(encodings));
}

static enum rc
take_statement(struct frames *f, struct in *in, struct err *e)
{
	struct statement *s = &f->now;
	uint32_t n;

	if (f->open || f->all.n >= STATEMENTS_MAX)
		return lies(e);
	f->open = true;
	get_copy(in, &s->format);
	get_copy(in, &s->provider);
	get_copy(in, &s->entry);
	get_copy(in, &s->account_hint);
	get_copy(in, &s->language);
	get_copy(in, &s->encoding);
	get_when(in, &s->first_said);
	get_when(in, &s->last_said);
	s->date_by = (enum settle_by)get_enum(in, SETTLE_COUNT - 1);
	s->ignored = (size_t)get64(in);
	n = get32(in);
	if (in->bad || n > ROW_CELLS_MAX || s->ignored > ROWS_MAX || !known_names(s))
		return lies(e);
	if ((s->header = calloc(n + 1, sizeof *s->header)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (; s->headers < n && !in->bad; s->headers++)
		get_copy(in, &s->header[s->headers]);
	return in->bad || in->n != 0 ? lies(e) : OK;
}

/* The cells stay in one block, as txn.h says. */
static bool
take_cells(struct in *in, struct txn *t)
{
	uint32_t n = get32(in);
	size_t heads, len, at;
	char **block;

	if (in->bad || n > ROW_CELLS_MAX)
		return false;
	heads = (n + 1) * sizeof(char *);
	if ((block = malloc(heads + in->n + n + 1)) ==
	    NULL) /* each text is at least its four bytes of length shorter */
		return false;
	at = heads;
	for (uint32_t i = 0; i < n; i++) {
		const char *p = get_str(in, STRING_MAX, &len);

		block[i] = (char *)block + at;
		memcpy(block[i], p, len);
		block[i][len] = '\0';
		at += len + 1;
	}
	block[n] = NULL;
	t->cell = block;
	t->cells = n;
	return !in->bad;
}

static enum rc
take_row(struct frames *f, struct in *in, struct err *e)
{
	struct statement *s = &f->now;
	struct txn *more, *t;

	if (!f->open || ++f->rows > ROWS_MAX)
		return lies(e);
	if ((s->rows & (s->rows + 1)) == 0) {
		if ((more = realloc(s->row, (s->rows + 1) * 2 * sizeof *more)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		s->row = more;
	}
	t = &s->row[s->rows];
	txn_init(t);
	s->rows++;
	t->row = get32(in);
	t->sheet = get32(in);
	t->status = (enum txn_status)get_enum(in, TXN_STATUS_COUNT - 1);
	t->moved = (enum txn_moved)get_enum(in, TXN_MOVED_COUNT - 1);
	t->flags = get32(in);
	get_when(in, &t->when);
	t->has_amount = get_money(in, &t->amount);
	t->has_fee = get_money(in, &t->fee);
	t->has_balance = get_money(in, &t->balance);
	get_field(in, &t->id);
	get_field(in, &t->ref_id);
	get_field(in, &t->type);
	get_field(in, &t->status_text);
	get_field(in, &t->direction);
	get_field(in, &t->counterparty);
	get_field(in, &t->description);
	get_field(in, &t->method);
	if (!take_cells(in, t) || in->n != 0 || t->row == 0 || t->flags > TXN_F_ID_DOUBTFUL * 2 - 1)
		return lies(e);
	if ((t->moved == TXN_MOVED || t->moved == TXN_MOVED_WITH_TWIN) && !t->has_amount)
		return lies(e);
	s->breaks += (t->flags & TXN_F_BALANCE_BREAK) != 0;
	return OK;
}

static enum rc
take_note(struct frames *f, struct in *in, bool bad_row, struct err *e)
{
	uint32_t row = 0, sheet = 0;
	char *note = NULL;
	enum rc rc;

	if (!f->open || f->now.bads + f->now.warnings > ROWS_MAX)
		return lies(e);
	if (bad_row) {
		row = get32(in);
		sheet = get32(in);
	}
	get_copy(in, &note);
	if (in->bad || in->n != 0 || !note_valid(note)) {
		free(note);
		return lies(e);
	}
	rc = bad_row ? statement_bad(&f->now, row, sheet, "memory", 0, "", 0, e) :
	    statement_warn(&f->now, "memory", 0, "", 0, e);
	if (rc != OK) {
		free(note);
		return rc;
	}
	/* The slot was made with a note of its own; this one takes its place. */
	if (bad_row) {
		free(f->now.bad[f->now.bads - 1].reason);
		f->now.bad[f->now.bads - 1].reason = note;
	} else {
		free(f->now.warning[f->now.warnings - 1]);
		f->now.warning[f->now.warnings - 1] = note;
	}
	return OK;
}

static enum rc
take_refused(struct frames *f, struct in *in, struct err *e)
{
	enum rc rc = (enum rc)get32(in);
	size_t n;
	const char *note = get_str(in, sizeof f->note - 1, &n);

	if (in->bad || in->n != 0 || f->all.n > 0 || f->open)
		return lies(e);
	memcpy(f->note, note, n);
	f->note[n] = '\0';
	if ((rc != E_INPUT && rc != E_USAGE && rc != E_LOCKED && rc != E_AUTH && rc != E_NOMEM) || !note_valid(f->note))
		return lies(e);
	f->refused = rc;
	f->ended = true;
	return OK;
}

enum rc
frames_head(const struct frames *f, const unsigned char head[FRAME_HEAD], size_t *len, enum frame *kind, struct err *e)
{
	uint32_t n = le32_get(head);

	if (f->ended || n > FRAME_MAX || head[4] <= FRAME_OPTIONS || head[4] >= FRAME_KINDS)
		return lies(e);
	*len = n;
	*kind = (enum frame)head[4];
	return OK;
}

enum rc
frames_take(struct frames *f, enum frame kind, const unsigned char *p, size_t n, struct err *e)
{
	struct in in = { p, n, false };

	f->bytes += n;
	if (f->ended || (f->max_bytes > 0 && f->bytes > f->max_bytes))
		return lies(e);
	switch (kind) {
	case FRAME_STATEMENT: return take_statement(f, &in, e);
	case FRAME_ROW: return take_row(f, &in, e);
	case FRAME_BAD: return take_note(f, &in, true, e);
	case FRAME_WARNING: return take_note(f, &in, false, e);
	case FRAME_REFUSED: return take_refused(f, &in, e);
	case FRAME_STATEMENT_END:
		if (!f->open || get64(&in) != f->now.rows || get64(&in) != f->now.bads ||
		    get64(&in) != f->now.warnings || in.bad || in.n != 0)
			return lies(e);
		f->open = false;
		return statements_add(&f->all, &f->now, e);
	case FRAME_END:
		if (f->open || f->all.n == 0 || get64(&in) != f->all.n || in.bad || in.n != 0)
			return lies(e);
		f->ended = true;
		return OK;
	case FRAME_OPTIONS: case FRAME_KINDS: break;
	}
	return lies(e);
}

void
frames_free(struct frames *f)
{
	statements_free(&f->all);
	statement_free(&f->now);
}

bool
frame_options_take(struct frame_options *out, const unsigned char *p, size_t n)
{
	struct in in = { p, n, false };
	const unsigned char *pw;
	const char *format;
	size_t len;

	*out = (struct frame_options){ 0 };
	out->o.date_order = (char)get8(&in);
	out->o.decimal_mark = (char)get8(&in);
	out->o.max_bytes = (size_t)get64(&in);
	format = get_str(&in, sizeof out->format - 1, &len);
	memcpy(out->format, format, len);
	out->o.format = out->format[0] != '\0' ? out->format : NULL;
	len = get32(&in);
	if (in.bad || len >= sizeof out->password || (pw = get(&in, len)) == NULL || in.n != 0)
		return false;
	memcpy(out->password, pw, len);
	out->password_len = len;
	return true;
}
