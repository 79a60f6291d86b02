/* cmd/sheet.c: see sheet.h. What holds words goes to the file piece by piece: no growing buffer keeps a copy. */
#include "cmd/sheet.h"

#include "base/io.h"
#include "base/num.h"
#include "cmd/kitlib.h"
#include "cmd/out.h"
#include "cmd/qr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* A page is 297 mm high, Letter 279: a sheet takes less than both. Black on white: it is printed. */
static const char style[] =
    "@page{margin:14mm}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:#fff;color:#000;font:11pt/1.45 system-ui,\"Noto Sans\",\"Noto Sans CJK SC\",sans-serif}"
    "section{width:100%;max-width:182mm;margin:0 auto;padding:6mm 4mm;break-after:page;break-inside:avoid}"
    "section:last-child{break-after:auto}"
    "h1{font-size:20pt;line-height:1.2;margin:0 0 1mm}"
    ".no{font-size:14pt;font-weight:600;margin:0 0 5mm}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:1mm 6mm;margin:0 0 6mm}"
    "dt{color:#444}dd{margin:0}"
    ".mono{font-family:\"DejaVu Sans Mono\",\"Noto Sans "
    "Mono\",monospace;font-size:12.5pt;font-weight:600;letter-spacing:.02em}"
    ".main{display:flex;gap:8mm;align-items:flex-start;margin:0 0 6mm}"
    ".words{flex:1;display:grid;grid-auto-flow:column;grid-template-rows:repeat(10,auto);gap:0 "
    "8mm;margin:0;padding:4mm 6mm;"
    "border:.5mm solid #000;list-style:none}"
    ".words li{display:flex;gap:3mm;padding:1.1mm 0;border-bottom:.2mm solid #bbb}"
    ".words li:nth-child(10n){border-bottom:0}"
    ".words i{width:2.2em;text-align:right;color:#444;font-style:normal}"
    "figure{margin:0;width:58mm;flex:none;text-align:center;font-size:9pt;color:#444}"
    "figure svg{display:block;width:58mm;height:58mm;margin:0 0 1mm}"
    "ol.use{margin:0;padding-left:6mm}ol.use li{margin:0 0 2mm}"
    ".en{color:#444;font-size:9.5pt;display:block}"
    ".kept{display:grid;grid-template-columns:1fr 1fr;gap:8mm;margin:9mm 0 0}"
    ".kept span{border-top:.2mm solid #000;padding-top:1mm;font-size:9pt;color:#444}"
    "@media screen{body{background:#eee}section{background:#fff;margin:8mm auto;padding:12mm}}";

struct page { int fd; enum rc rc; struct err *e; bool no_codes; };

static void
put_n(struct page *p, const char *text, size_t n)
{
	if (p->rc == OK && n > 0)
		p->rc = io_write(p->fd, text, n, p->e);
}

static void
put(struct page *p, const char *text)
{
	put_n(p, text, strlen(text));
}

/* Text of ours or of a translator: in both < and & are possible. */
static void
put_text(struct page *p, const char *text)
{
	for (size_t n; *text != '\0'; text += n) {
		n = strcspn(text, "<>&");
		put_n(p, text, n);
		if (text[n] == '\0')
			return;
		put(p, text[n] == '<' ? "&lt;" : text[n] == '>' ? "&gt;" : "&amp;");
		n++;
	}
}

static void PRINTF(2, 3)
put_f(struct page *p, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	put_text(p, text);
}

/* In the reader's language, and in English for whoever helps him. */
static void
put_both(struct page *p, const char *tag, const char *english)
{
	const char *own = _(english);

	put(p, tag);
	put_text(p, own);
	if (strcmp(own, english) != 0) {
		put(p, "<span class=\"en\" lang=\"en\">");
		put_text(p, english);
		put(p, "</span>");
	}
}

static void
put_words(struct page *p, const struct slip39_share *share)
{
	char cell[64];

	put(p, "<ol class=\"words mono\" lang=\"en\">");
	for (unsigned i = 0; i < share->words; i++) {
		(void)snprintf(cell, sizeof cell, "<li><i>%u</i>%s</li>", i + 1, slip39_word(share->word[i]));
		put(p, cell);
	}
	wipe(cell, sizeof cell);
	put(p, "</ol>");
}

/* The words as a QR code, to be read back with a camera that keeps nothing. Where it cannot be made the words serve
 * alone. */
static void
put_code(struct page *p, struct session *s, const struct slip39_share *share)
{
	static const char room[24576];          /* a share's code is smaller: the buffer does not grow, and is wiped whole */
	struct err why = { .rc = OK };
	SECRET text = { 0 };
	BUF svg = { 0 };
	QR q = { .side = 0 };
	enum rc rc;

	if (p->rc != OK || p->no_codes)
		return;
	if ((rc = slip39_text(&text, share, &why)) == OK)
		rc = qr_make(text.bytes, text.len, &q, &why);
	if (rc != OK) {
		p->no_codes = true;
		note(s, N_("The sheets have no QR codes: %s"), why.what);
		return;
	}
	buf_add(&svg, room, sizeof room);
	buf_reset(&svg);
	qr_svg(&svg, &q);
	put(p, "<figure>");
	if (p->rc == OK)
		p->rc = buf_check(&svg, p->e);
	put_n(p, buf_str(&svg), svg.len);
	put(p, "<figcaption>");
	put_text(p, _("the same words"));
	put(p, "</figcaption></figure>");
	if (svg.p != NULL)
		wipe(svg.p, svg.cap);
}

static void
put_fact(struct page *p, const char *name, const char *value)
{
	put(p, "<dt>");
	put_text(p, _(name));
	put(p, "</dt><dd class=\"mono\">");
	put_text(p, value);
	put(p, "</dd>");
}

static void
put_use(struct page *p, const struct kit *k)
{
	put(p, "<ol class=\"use\">");
	if (k->n == 1) {
		put_both(p, "<li>",
		    N_("Keep it away from the computer and from any photo or cloud. With a copy of the store it opens "
		       "everything."));
		put_both(p, "</li><li>",
		    N_("After a freeze type purser thaw; on another computer purser restore FILE, with a backup."));
	} else {
		put_both(p, "<li>", N_("Keep it away from the computer, from any photo or cloud, and from the other sheets."));
		put_both(p, "</li><li>",
		    N_("One sheet alone opens nothing. Together they do: purser thaw after a freeze; on another "
		       "computer "
		       "purser restore FILE, with a backup."));
	}
	put_both(p, "</li><li>",
	    N_("Four letters of each word are enough. Compare the fingerprint. Once a year: purser kit check."));
	put(p, "</li></ol>");
}

static void
put_sheet(struct page *p, struct session *s, const struct kit *k, const struct kit_sheet *sheet)
{
	put(p, "<section><h1>");
	put_text(p, _("Recovery kit"));
	put(p, "</h1><p class=\"no\">");
	put_f(p, _("Sheet %u of %u."), sheet->sheet, sheet->sheets);
	if (k->k > 1) {
		put(p, " ");
		put_f(p, _("Any %u sheets together open the store."), sheet->needed);
	}
	put(p, "</p><dl>");
	put_fact(p, N_("Fingerprint"), sheet->fingerprint);
	put_fact(p, N_("Store"), sheet->store);
	put_fact(p, N_("Made on"), sheet->date);
	put(p, "</dl><div class=\"main\">");
	put_words(p, sheet->share);
	put_code(p, s, sheet->share);
	put(p, "</div>");
	put_use(p, k);
	put(p, "<div class=\"kept\"><span>");
	put_text(p, _("Kept by"));
	put(p, "</span><span>");
	put_text(p, _("Checked on"));
	put(p, "</span></div></section>\n");
}

static void
put_all(struct page *p, struct session *s, const struct kit *k, const unsigned char vault_id[16])
{
	struct kit_sheet sheet;

	put(p, "<!DOCTYPE html>\n<html lang=\"");
	put(p, _("en"));            /* the language's own code: "zh" in the Chinese catalogue */
	put(p, "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><meta "
	       "name=\"referrer\" "
	       "content=\"no-referrer\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	       "style-src "
	       "'unsafe-inline'\"><title>");
	put_f(p, "purser: %s %s", _("Recovery kit"), k->fingerprint);
	put(p, "</title><style>");
	put(p, style);
	put(p, "</style></head><body>\n");
	for (unsigned i = 0; i < k->n; i++) {
		kit_sheet_fill(s, &sheet, k, vault_id, i);
		put_sheet(p, s, k, &sheet);
	}
	put(p, "</body></html>\n");
}

enum rc
sheet_make(struct session *s, const char *path, const struct kit *k, const unsigned char vault_id[16], struct err *e)
{
	AUTO(auto_close) int fd = -1;
	struct page p = { .rc = OK, .e = e };
	enum rc rc;

	if ((rc = kit_file_new(path, &fd, e)) != OK)
		return rc;
	p.fd = fd;
	put_all(&p, s, k, vault_id);
	if (p.rc == OK)
		p.rc = io_fsync_made(fd, path, e);
	if (p.rc != OK)
		(void)unlink(path);
	return p.rc;
}
