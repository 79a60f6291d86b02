/* statement/parse_detect.c: what is this file? By its content: names are renamed and translated, and encodings lied
 * about. */
#include "statement/parse.h"

#include "base/ascii.h"

#include <string.h>

static const struct format *const formats[] = { &format_paypal, &format_alipay, &format_wechat, &format_apple };
static const char *const format_names[] = { "paypal", "paypal-activity", "paypal-statement", "paypal-consumer",
	"alipay", "alipay-web", "alipay-app-2021", "alipay-app", "wechat", "wechat-csv", "wechat-xlsx", "apple-card" };
static const char separators[] = { ',', '\t', ';' };

const struct format *
header_match(struct header *h, const struct str *cell, size_t n)
{
	for (size_t i = 0; i < COUNTOF(formats); i++) {
		*h = (struct header){ .format = formats[i], .all = n };
		for (size_t k = 0; k < COLS_MAX; k++)
			h->col[k] = -1;
		for (h->named = n; h->named > 0 && cell[h->named - 1].n == 0; h->named--)
			;
		if (formats[i]->match(h, cell, n))
			return formats[i];
	}
	return NULL;
}

enum rc
format_allowed(const struct parse *p, const struct header *h, struct err *e)
{
	const char *want = p->o->format;

	if (want == NULL || *want == '\0' || strcmp(want, h->format->provider) == 0 || strcmp(want, h->name) == 0)
		return OK;
	for (size_t i = 0; i < COUNTOF(format_names); i++)
		if (strcmp(want, format_names[i]) == 0)
			return refuse(e, E_INPUT, "not-format", 0, h->name, strlen(h->name));
	return refuse(e, E_INPUT, "bad-format", 0, want, strlen(want));
}

/* ---- files of other kinds ---- */

static bool
starts(const unsigned char *p, size_t n, const char *head, size_t len)
{
	return n >= len && memcmp(p, head, len) == 0;
}

static const char *
other_kind(const unsigned char *p, size_t n)
{
	struct str head = { (const char *)p, n < 4096 ? n : 4096 };

	if (starts(p, n, "%PDF", 4))
		return "PDF";
	if (starts(p, n, "\xd0\xcf\x11\xe0", 4))
		return "Excel 97 (or password-protected Excel)";
	if (starts(p, n, "\x1f\x8b", 2))
		return "gzip";
	if (starts(p, n, "7z\xbc\xaf", 4) || starts(p, n, "Rar!", 4))
		return "7-Zip or RAR";
	if (str_has(head, "OFXHEADER") || str_has(head, "<OFX>") || str_has(head, "<?OFX"))
		return "OFX";
	if (str_has(head, "urn:iso:std:iso:20022:tech:xsd:camt."))
		return "CAMT";
	head = str_trim(head);
	if (str_begins(head, "!Type:") || str_begins(head, "!Account") || str_begins(head, "!Option:"))
		return "QIF";
	if (str_has(head, ":20:") && str_has(head, ":25:") && (str_has(head, ":60F:") || str_has(head, ":60M:")))
		return "MT940";
	return NULL;
}

/* Exports of what keeps passwords and codes: handed over by mistake, nothing of them may come out in a message. */
static const char *
vault_text(struct str head)
{
	static const struct { const char *kind, *has, *too; } marks[] = {
		{ "Bitwarden", "\"encrypted\"", "\"items\"" }, { "Bitwarden", "\"encrypted\"", "\"encKeyValidation" },
		{ "Bitwarden", "\"encrypted\"", "\"folders\"" }, { "Proton Pass", "\"encrypted\"", "\"vaults\"" },
		{ "Aegis", "\"header\"", "\"db\"" }, { "2FAS", "\"schemaVersion\"", "\"services" },
		{ "KeePass", "<KeePassFile", "<" }, { "otpauth", "otpauth://", ":" },
		{ "Google Authenticator", "otpauth-migration://", ":" }, { "OpenPGP", "-----BEGIN PGP", "-" }, { "JSON", "\"password\"", ":" }, { "JSON", "\"secret\"", ":" },
	};
	bool json = str_begins(head, "{") || str_begins(head, "[");

	for (size_t i = 0; i < COUNTOF(marks); i++)
		if ((json || marks[i].has[0] != '"') && str_has(head, marks[i].has) && str_has(head, marks[i].too))
			return marks[i].kind;
	return NULL;
}

static bool
has_word(struct str cell, const char *word)
{
	for (size_t i = 0; i < cell.n; i++)
		if (ascii_starts(cell.p + i, cell.n - i, word))
			return true;
	return false;
}

/* A header of a browser's or a password manager's table. */
static bool
vault_table(struct str line)
{
	static const char *const words[] = { "password", "passwort", "otpauth", "totp", "httprealm" };

	for (size_t i = 0; i < COUNTOF(words); i++)
		if (has_word(line, words[i]))
			return true;
	return false;
}

/* Does the first line look like a table's header, and like nothing that should stay unseen? */
static bool
worth_showing(struct str line)
{
	static const char *const words[] = { "pass", "secret", "token", "://", "key", "pin," };
	size_t seps = 0;

	for (size_t i = 0; i < line.n; i++)
		seps += memchr(separators, line.p[i], COUNTOF(separators)) != NULL;
	for (size_t i = 0; i < COUNTOF(words); i++)
		if (has_word(line, words[i]))
			return false;
	return seps >= 2 && strchr("{[<", line.p[0]) == NULL;
}

/* Control characters that no text has, among the first bytes. */
static size_t
controls(const unsigned char *p, size_t n)
{
	size_t c = 0;

	for (size_t i = 0; i < n; i++)
		c += (p[i] < 0x20 && p[i] != '\n' && p[i] != '\r' && p[i] != '\t' && p[i] != 0x1a) || p[i] == 0x7f;
	return c;
}

static uint32_t
line_of(const char *text, size_t at)
{
	uint32_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* ---- text ---- */

struct found {
	struct header h;
	char sep;
	size_t at, rows_at;             /* of the header and of what follows it, in the decoded text */
	uint32_t line;                  /* of what follows */
	size_t cells;
	struct str cell[CELLS_MAX];     /* into store */
	struct buf store;
};

/* Length of the line at p without its end, and with it. */
static size_t
line_length(const char *p, size_t n, bool cr_ends, size_t *with_end)
{
	size_t i = 0;

	while (i < n && p[i] != '\n' && !(p[i] == '\r' && (cr_ends || (i + 1 < n && p[i + 1] == '\n'))))
		i++;
	*with_end = i;
	if (i < n)
		*with_end += p[i] == '\r' && i + 1 < n && p[i + 1] == '\n' ? 2 : 1;
	return i;
}

static bool
find_header(struct found *f, struct str text)
{
	bool cr_ends = text.n > 0 && memchr(text.p, '\n', text.n) == NULL;
	size_t at = 0, len, with;

	for (unsigned row = 1; row <= HEAD_ROWS && at < text.n; row++, at += with) {
		len = line_length(text.p + at, text.n - at, cr_ends, &with);
		for (size_t k = 0; k < COUNTOF(separators); k++) {
			if (memchr(text.p + at, separators[k], len) == NULL)
				continue;
			f->cells =
			    csv_line((struct str){ text.p + at, len }, separators[k], f->cell, CELLS_MAX, &f->store);
			if (f->cells == 0 || header_match(&f->h, f->cell, f->cells) == NULL)
				continue;
			f->sep = separators[k];
			f->at = at;
			f->rows_at = at + with;
			f->line = row + 1;
			return true;
		}
	}
	return false;
}

/* A table that begins with a date, a time and a zone word in neighbouring cells, as all PayPal's files do. */
static bool
paypal_like(struct str text, struct str *header)
{
	bool cr_ends = text.n > 0 && memchr(text.p, '\n', text.n) == NULL, no_seconds;
	AUTO(auto_free) struct str *cell = calloc(CELLS_MAX, sizeof *cell);
	BUF store = { 0 };
	size_t at = 0, len, with, n;
	struct when w;

	for (unsigned row = 0; cell != NULL && row < HEAD_ROWS && at < text.n; row++, at += with) {
		len = line_length(text.p + at, text.n - at, cr_ends, &with);
		if (row == 0) {
			*header = (struct str){ text.p, len };
			continue;
		}
		for (size_t k = 0; k < COUNTOF(separators); k++) {
			n = csv_line((struct str){ text.p + at, len }, separators[k], cell, CELLS_MAX, &store);
			for (size_t i = 0; i + 2 < n && i < 4; i++) {
				struct date d = date_split(cell[i]);

				zone_put(&w, cell[i + 2], ZONE_IN_FILE);
				if (d.ok && time_put(&w, cell[i + 1], &no_seconds) && cell[i + 2].n >= 3 &&
				    w.zone[0] >= 'A' && w.zone[0] <= 'Z' && n >= 6)
					return true;
			}
		}
	}
	return false;
}

static enum rc
parse_text(struct statements *out, struct parse *p, const char *entry, enum encoding enc, const unsigned char *bytes,
    size_t n, struct found *f, struct err *e)
{
	DECODED d = { .text = { .max = (size_t)1 << 31 } };
	struct csv_layout layout = { .text_col = -1 };
	TABLE t = { 0 };
	const char *nul;
	enum rc rc;

	if ((rc = text_decode(&d, p, enc, bytes, n, e)) != OK)
		return rc;
	nul = memchr(d.text.p, 0, d.text.len);
	if (nul != NULL)
		return refuse(e, E_INPUT, "nul", line_of(d.text.p, (size_t)(nul - d.text.p)), "", 0);
	if (f->rows_at >= d.text.len && d.text.p[d.text.len - 1] != '\n' && d.text.p[d.text.len - 1] != '\r')
		return refuse(e, E_INPUT, "cut", f->line - 1, "", 0); /* nothing but a header, perhaps a part of it */
	layout.sep = f->sep;
	layout.want = f->h.named;
	layout.all = f->h.all;
	layout.ctx = &f->h;
	for (size_t i = f->rows_at; i > f->at && layout.tail == '\0'; i--)
		if (memchr(" \t\r\n", d.text.p[i - 1], 4) == NULL || d.text.p[i - 1] == f->sep)
			layout.tail = d.text.p[i - 1];
	f->h.format->layout(&layout, &f->h);
	t.text = d.text;
	d.text = (struct buf){ 0 };
	t.replaced = d.replaced;
	t.before_n = f->at;
	if ((rc = csv_parse(&t, f->rows_at, f->line, &layout, e)) != OK)
		return rc;
	if (d.cut)
		return refuse(e, E_INPUT, "cut", t.rows > 0 ? t.row[t.rows - 1].line : f->line, "", 0);
	return parse_table(out, p, entry, encoding_name(enc), &f->h, f->cell, &t, e);
}

/* Nothing that is known: say what it rather looks like. */
static enum rc
unknown(struct parse *p, enum encoding enc, const unsigned char *bytes, size_t n, struct err *e)
{
	const char *kind = other_kind(bytes, n);
	size_t head = n < HEAD_BYTES ? n : HEAD_BYTES, bad = controls(bytes, head);
	DECODED d = { 0 };
	struct str text, line = { "", 0 };
	const char *nul;
	enum rc rc;

	if (kind != NULL)
		return refuse(e, E_INPUT, "other-kind", 0, kind, strlen(kind));
	if (starts(bytes, n, "\x03\xd9\xa2\x9a", 4))
		return refuse(e, E_INPUT, "vault", 0, "KeePass", 7);
	if ((rc = text_decode(&d, p, enc, bytes, head, e)) != OK)
		return rc;
	text = (struct str){ buf_str(&d.text), d.text.len };
	nul = memchr(text.p, 0, text.n);
	if (enc != ENC_UTF16LE && enc != ENC_UTF16BE && bad * 50 > head)
		return refuse(e, E_INPUT, "binary", 0, "", 0);
	if ((kind = vault_text(str_trim(text))) != NULL)
		return refuse(e, E_INPUT, "vault", 0, kind, strlen(kind));
	if (nul != NULL)
		return refuse(e, E_INPUT, "nul", line_of(text.p, (size_t)(nul - text.p)), "", 0);
	if (paypal_like(text, &line))
		return refuse(e, E_INPUT, "paypal-language", 0, line.p, line.n < 300 ? line.n : 300);
	text = str_trim(text);
	for (line = text, line.n = 0;
	     line.n < text.n && line.n < 120 && text.p[line.n] != '\n' && text.p[line.n] != '\r'; line.n++)
		;
	if (vault_table(line))
		return refuse(e, E_INPUT, "vault", 0, "CSV", 3);
	if (!worth_showing(line))
		return refuse(e, E_INPUT, "strange", 0, "", 0);
	return refuse(e, E_INPUT, "unknown", 0, line.p, line.n);
}

/* Is there anything but blanks? */
static bool
nothing(const unsigned char *p, size_t n)
{
	if (starts(p, n, "\xef\xbb\xbf", 3) ||
	    (n <= 3 && (starts(p, n, "\xff\xfe", 2) || starts(p, n, "\xfe\xff", 2)))) {
		p += n < 3 ? n : 3;
		n -= n < 3 ? n : 3;
	}
	for (size_t i = 0; i < n; i++)
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r' && p[i] != '\n')
			return false;
	return true;
}

enum rc
parse_entry(struct statements *out, struct parse *p, const char *entry, const unsigned char *bytes, size_t n,
    struct err *e)
{
	AUTO(auto_free) struct found *f = NULL;
	enum encoding guess[3];
	size_t guesses;
	enum rc rc;

	if (nothing(bytes, n))
		return refuse(e, E_INPUT, "empty", 0, "", 0);
	if (starts(bytes, n, "PK\003\004", 4) || starts(bytes, n, "PK\005\006", 4))
		return zip_parse(out, p, entry, bytes, n, e);
	if ((f = calloc(1, sizeof *f)) == NULL)
		return refuse(e, E_NOMEM, "memory", 0, "", 0);
	guesses = encoding_guess(guess, bytes, n);
	for (size_t i = 0; i < guesses; i++) {
		DECODED head = { 0 };

		rc = text_decode(&head, p, guess[i], bytes, n < HEAD_BYTES ? n : HEAD_BYTES, e);
		if (rc == E_NOMEM)
			return rc;
		/* Western letters are valid GB18030 too: only Chinese header words prove it. */
		if (rc == OK && find_header(f, (struct str){ buf_str(&head.text), head.text.len }) &&
		    (guess[i] != ENC_GB18030 || f->h.format == &format_alipay || f->h.format == &format_wechat)) {
			rc = parse_text(out, p, entry, guess[i], bytes, n, f, e);
			buf_free(&f->store);
			return rc;
		}
		buf_free(&f->store);
	}
	return unknown(p, guess[guesses - 1], bytes, n, e);
}

enum rc
parse_bytes(struct statements *out, struct parse *p, const unsigned char *bytes, size_t n, struct err *e)
{
	struct statements all = { 0 };
	enum rc rc;

	if ((rc = parse_entry(&all, p, "", bytes, n, e)) != OK) {
		statements_free(&all);
		return rc;
	}
	*out = all;
	return OK;
}
