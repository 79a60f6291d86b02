/* cmd/cardsheet.c: the emergency card as a page to print; see card.h. */
#include "cmd/card.h"

#include "base/html.h"
#include "cmd/out.h"
#include "cmd/qr.h"

#include <string.h>

/* Nothing is loaded from anywhere, whatever stands in a name. */
static const char head[] =
	"<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
static const char style[] =
	"<style>\n"
	"@page { size: A4; margin: 14mm }\n"
	"body { font: 10.5pt/1.4 system-ui, 'Noto Sans', 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif;\n"
	"  max-width: 180mm; margin: 8mm auto; padding: 0 4mm; color: #000; background: #fff; overflow-wrap: anywhere }\n"
	"h1 { font-size: 16pt; margin: 0 0 4mm; border-bottom: 2pt solid #000 }\n"
	"h2 { font-size: 12.5pt; margin: 6mm 0 1mm; break-after: avoid }\n"
	"h3 { font-size: 11.5pt; margin: 4mm 0 1mm; border-top: .5pt solid #888; padding-top: 1.5mm; break-after: avoid;\n"
	"  white-space: pre-wrap }\n"
	".item { display: flex; gap: 4mm; justify-content: space-between; break-inside: avoid;\n"
	"  margin: 0 0 1.8mm 5mm }\n"
	".item p { margin: 0 }\n"
	".hint { font-style: normal; color: #222 }\n"
	".check { border-left: 2pt dashed #777; padding-left: 2mm }\n"
	".src { font-size: 8pt; color: #444 }\n"
	".item svg { width: 20mm; height: 20mm; flex: none }\n"
	"</style>\n";

/* What a telephone does with it when it reads the code; false: nothing. */
static bool
qr_text(struct buf *out, const char *value)
{
	if (strncmp(value, "https://", 8) == 0 || strncmp(value, "http://", 7) == 0) {
		buf_adds(out, value);
	} else if (strspn(value, "+0123456789 -()/") == strlen(value)) {
		buf_adds(out, "tel:");
		for (; *value != '\0'; value++)
			if (*value == '+' || (*value >= '0' && *value <= '9'))
				buf_addc(out, *value);
	} else if (strchr(value, '@') != NULL && strcspn(value, " <>\"?&") == strlen(value)) {
		buf_addf(out, "mailto:%s", value);
	}
	return out->len > 0 && !out->failed;
}

/* Once it does not work it is not tried again: the page is made without. */
static void
add_qr(struct session *s, struct buf *out, const char *value, bool *without)
{
	BUF text = { .max = 1024 };
	QR q = { .side = 0 };
	struct err e = { 0 };

	if (*without || value == NULL || !qr_text(&text, value))
		return;
	if (qr_make(buf_str(&text), text.len, &q, &e) == OK) {
		qr_svg(out, &q);
		return;
	}
	*without = true;
	note(s, N_("Without QR codes: %s"), e.what);
}

static void
add_item(struct session *s, struct buf *out, const struct card_line *l, const struct card_line *source, bool *without)
{
	const char *class = l->style == CARD_CHECK ? "check" : l->style == CARD_HINT ? "hint" : "do";

	buf_addf(out, "<div class=\"item\"><div class=\"%s\"><p>", class);
	html_text(out, l->text);
	buf_adds(out, "</p>");
	if (source != NULL) {
		buf_adds(out, "<p class=\"src\">");
		html_text(out, source->text);
		buf_adds(out, "</p>");
	}
	buf_adds(out, "</div>");
	add_qr(s, out, l->value, without);
	buf_adds(out, "</div>\n");
}

static void
add_heading(struct buf *out, const char *tag, const char *text)
{
	buf_addf(out, "<%s>", tag);
	html_text(out, text);
	buf_addf(out, "</%s>\n", tag);
}

enum rc
card_sheet(struct session *s, struct buf *out, const struct card_lines *l, struct err *e)
{
	bool without = false;

	buf_addf(out, "<!doctype html>\n<html lang=\"%s\">\n<head>\n%s<title>", lang_chinese() ? "zh-CN" : "en", head);
	html_text(out, _("Emergency card"));
	buf_addf(out, "</title>\n%s</head>\n<body>\n", style);
	for (size_t i = 0; i < l->n; i++) {
		const struct card_line *line = &l->line[i];
		const struct card_line *source = i + 1 < l->n && line[1].style == CARD_SOURCE ? &line[1] : NULL;

		switch (line->style) {
		case CARD_TITLE: add_heading(out, "h1", line->text); break;
		case CARD_HEAD: add_heading(out, "h2", line->text); break;
		case CARD_ACCOUNT: add_heading(out, "h3", line->text); break;
		case CARD_STEP: case CARD_HINT: case CARD_DO: case CARD_CHECK: add_item(s, out, line, source, &without); break;
		case CARD_SOURCE: break;
		}
	}
	buf_adds(out, "</body>\n</html>\n");
	return buf_check(out, e);
}
