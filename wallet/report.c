/* wallet/report.c: see report.h. */
#include "wallet/report.h"

#include "base/html.h"
#include "base/num.h"

#include <string.h>

/* Nothing is loaded from anywhere, whatever stands in a text. */
static const char head[] =
	"<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	"<meta name=\"referrer\" content=\"no-referrer\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
static const char style[] =
	"<style>\n"
	"@page { size: A4; margin: 15mm 14mm; @bottom-right { content: counter(page) ' / ' counter(pages); font: 8pt 'DejaVu Sans', sans-serif; color: #666 } }\n"
	"* { box-sizing: border-box }\n"
	"body { font: 10pt/1.45 'Noto Sans', 'DejaVu Sans', 'Noto Sans CJK SC', 'Source Han Sans SC', 'WenQuanYi Micro Hei', sans-serif;\n"
	"  max-width: 182mm; margin: 8mm auto; padding: 0 3mm; color: #1a1a1a; background: #fff; overflow-wrap: anywhere }\n"
	"h1 { font-size: 17pt; line-height: 1.25; margin: 0 0 4mm; padding-bottom: 2mm; border-bottom: 1.5pt solid #1a1a1a }\n"
	"h2 { font-size: 12.5pt; margin: 8mm 0 2mm; break-after: avoid }\n"
	"p { margin: 0 0 2mm } ul { margin: 0 0 2mm; padding-left: 5mm } li { margin: 0 0 1mm }\n"
	"table { width: 100%; border-collapse: collapse; margin: 0 0 3mm }\n"
	"th { text-align: left; font-size: 8.5pt; color: #555; font-weight: 600; border-bottom: .75pt solid #999; padding: 1mm 2mm 1mm 0 }\n"
	"td { vertical-align: top; padding: 1.4mm 2mm 1.4mm 0; border-bottom: .4pt solid #ddd }\n"
	"tr { break-inside: avoid }\n"
	".facts th { width: 40mm; font-size: 10pt; font-weight: 400; border-bottom: .4pt solid #ddd; vertical-align: top;\n"
	"  padding: 1.4mm 2mm 1.4mm 0 }\n"
	".n { width: 8mm; text-align: right; color: #555; padding-right: 3mm } .when { width: 38mm } td.when { font-size: 9pt; line-height: 1.6 }\n"
	".ref { width: 42mm } .sum { width: 32mm; text-align: right; white-space: nowrap; padding-right: 0 }\n"
	".tag { display: inline-block; font-size: 8pt; line-height: 1.3; color: #fff; padding: 0 1.5mm; border-radius: 1mm; margin-right: 1.5mm }\n"
	".src { font-size: 8pt; color: #555 } .more { color: #333 } .mono { font: 8pt/1.4 'DejaVu Sans Mono', monospace; color: #333 }\n"
	".gone .what, .gone .more { text-decoration: line-through; color: #666 }\n"
	".why { color: #8a1c12; font-size: 9pt } .warn { color: #7a4b00; font-size: 9pt }\n"
	".bad { font-weight: 700; color: #8a1c12 }\n"
	".line { margin: 1mm 0 4mm; break-inside: avoid } .line svg { display: block; width: 100%; height: auto; border: .4pt solid #ccc }\n"
	"@media screen { html { background: #ececec } body { padding: 12mm 12mm 16mm; box-shadow: 0 0 3mm #bbb; max-width: 206mm } }\n"
	/* WenQuanYi first: what goes into a PDF of it is a third of the work, and the text is the same. */
	"@media print { body { margin: 0; padding: 0; max-width: none;\n"
	"  font-family: 'Noto Sans', 'DejaVu Sans', 'WenQuanYi Micro Hei', 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif } }\n"
	"</style>\n";

struct page { struct buf *out; const struct report *r; };

static void
put(const struct page *p, const char *html)
{
	buf_adds(p->out, html);
}

static void
put_tr(const struct page *p, const char *english)
{
	html_text(p->out, p->r->tr(english));
}

static void
put_head(const struct page *p, const char *english)
{
	put(p, "<h2>");
	put_tr(p, english);
	put(p, "</h2>\n");
}

static bool
has(const char *s)
{
	return s != NULL && s[0] != '\0';
}

/* " · " between the parts that are there. */
struct parts { const struct page *p; bool more; };

static void
part(struct parts *x, const char *name, const char *value)
{
	if (!has(value))
		return;
	put(x->p, x->more ? " \u00b7 " : "");
	x->more = true;
	if (name != NULL) {
		put_tr(x->p, name);
		put(x->p, " ");
	}
	html_text(x->p->out, value);
}

static void
put_th(const struct page *p, const char *class, const char *english)
{
	buf_addf(p->out, "<th class=\"%s\">", class);
	put_tr(p, english);
	put(p, "</th>");
}

static void
put_td(const struct page *p, const char *class, const char *value)
{
	buf_addf(p->out, "<td class=\"%s\">", class);
	html_text(p->out, value);
	put(p, "</td>");
}

static void
put_sum(const struct page *p, const struct timeline_event *v)
{
	put(p, "<td class=\"sum\">");
	if (has(v->amount)) {
		html_text(p->out, v->amount);
		put(p, " ");
		html_text(p->out, v->currency);
	}
	put(p, "</td>");
}

static void
put_number(const struct page *p, size_t n)
{
	buf_addf(p->out, "<td class=\"n\">%zu</td>", n);
}

/* ---- sections ---- */

static void
put_facts(const struct page *p)
{
	put(p, "<table class=\"facts\">\n");
	for (size_t i = 0; i < p->r->facts; i++) {
		if (!has(p->r->fact[i].value))
			continue;
		put(p, "<tr>");
		put_th(p, "", p->r->fact[i].name);
		put_td(p, "", p->r->fact[i].value);
		put(p, "</tr>\n");
	}
	put(p, "</table>\n");
}

static bool
is_kind(const struct timeline_event *v, const char *kind)
{
	return strcmp(v->kind, kind) == 0;
}

static size_t
count_kind(const struct timeline *t, const char *kind)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += is_kind(&t->event[i], kind);
	return n;
}

static void
put_payments(const struct page *p)
{
	const struct timeline *t = p->r->timeline;

	put_head(p, N_("Payments of this incident"));
	if (count_kind(t, "payment") == 0) {
		put(p, "<p>");
		put_tr(p, N_("None is named."));
		put(p, "</p>\n");
		return;
	}
	put(p, "<table>\n<thead><tr>");
	put_th(p, "n", "#");
	put_th(p, "when", N_("Date"));
	put_th(p, "", N_("With"));
	put_th(p, "sum", N_("Amount"));
	put(p, "</tr></thead>\n");
	for (size_t i = 0; i < t->n; i++) {
		const struct timeline_event *v = &t->event[i];
		struct parts x = { p, false };

		if (!is_kind(v, "payment"))
			continue;
		put(p, "<tr>");
		put_number(p, i + 1);
		put_td(p, "when", v->shown);
		put(p, "<td>");
		if (has(v->review))
			buf_adds(p->out, strcmp(v->review, "fraud") == 0 ? "<span class=\"bad\">" : "<span>");
		if (has(v->review)) {
			put_tr(p, v->review);
			put(p, "</span> \u00b7 ");
		}
		html_text(p->out, has(v->who) ? v->who : v->what);
		put(p, "<div class=\"src\">");
		part(&x, NULL, v->account);
		part(&x, NULL, p->r->tr(v->status));
		part(&x, N_("reference"), v->ref);
		part(&x, NULL, v->source);
		put(p, "</div></td>");
		put_sum(p, v);
		put(p, "</tr>\n");
	}
	put(p, "</table>\n");
}

/* A notice of the incident, or what was told in a case of it. */
static bool
is_told(const struct timeline_event *v)
{
	return is_kind(v, "notice") || is_kind(v, "told");
}

static void
put_told(const struct page *p)
{
	const struct timeline *t = p->r->timeline;

	put_head(p, N_("Who was told"));
	if (count_kind(t, "notice") + count_kind(t, "told") == 0) {
		put(p, "<p>");
		put_tr(p, N_("Nobody, as far as it was written down."));
		put(p, "</p>\n");
		return;
	}
	put(p, "<table>\n<thead><tr>");
	put_th(p, "n", "#");
	put_th(p, "when", N_("When"));
	put_th(p, "", N_("Whom, and how"));
	put_th(p, "ref", N_("Reference"));
	put(p, "</tr></thead>\n");
	for (size_t i = 0; i < t->n; i++) {
		const struct timeline_event *v = &t->event[i];

		if (!is_told(v))
			continue;
		put(p, v->retracted ? "<tr class=\"gone\">" : "<tr>");
		put_number(p, i + 1);
		put_td(p, "when", v->shown);
		put(p, "<td><span class=\"what\">");
		html_text(p->out, v->who);
		put(p, "</span> <span class=\"src\">");
		put_tr(p, v->by);
		put(p, "</span><div class=\"src\">");
		html_text(p->out, v->text);
		put(p, "</div></td>");
		put_td(p, "", v->ref);
		put(p, "</tr>\n");
	}
	put(p, "</table>\n");
}

static void
put_deadlines(const struct page *p)
{
	if (p->r->deadlines == 0)
		return;
	put_head(p, N_("Deadlines"));
	put(p, "<table>\n");
	for (size_t i = 0; i < p->r->deadlines; i++) {
		const struct report_deadline *d = &p->r->deadline[i];

		put(p, "<tr>");
		put_td(p, "when", d->due);
		put(p, "<td>");
		html_text(p->out, d->what);
		put(p, "<div class=\"src\">");
		html_text(p->out, d->source);
		put(p, "</div>");
		if (!d->instruction) {
			put(p, "<div class=\"warn\">");
			put_tr(p, N_("Reported, not confirmed: check it yourself."));
			put(p, "</div>");
		}
		put(p, "</td></tr>\n");
	}
	put(p, "</table>\n");
}

static void
put_marks(const struct page *p, const struct timeline_event *v)
{
	if (v->sealed) {
		put(p, "<div class=\"warn\">");
		put_tr(p, N_("Written while the store was locked: not authenticated."));
		put(p, "</div>");
	}
	if (v->retracted) {
		put(p, "<div class=\"why\">");
		put_tr(p, N_("Taken back:"));
		put(p, " ");
		html_text(p->out, v->why);
		put(p, "</div>");
	}
}

static void
put_event(const struct page *p, size_t n, const struct timeline_event *v)
{
	struct parts more = { p, false }, src = { p, false };

	put(p, v->retracted ? "<tr class=\"gone\">" : "<tr>");
	put_number(p, n);
	put_td(p, "when", has(v->shown) ? v->shown : p->r->tr(N_("no date")));
	buf_addf(p->out, "<td><span class=\"tag\" style=\"background:%s\">", timeline_lane_color(v->lane));
	put_tr(p, timeline_lane_words(v->lane));
	put(p, "</span><span class=\"what\">");
	html_text(p->out, v->what);
	put(p, "</span><div class=\"more\">");
	part(&more, NULL, v->account);
	part(&more, NULL, has(v->account) && strcmp(v->account, v->who) == 0 ? "" : v->who);
	part(&more, NULL, has(v->by) ? p->r->tr(v->by) : "");
	part(&more, N_("reference"), v->ref);
	part(&more, NULL, has(v->status) ? p->r->tr(v->status) : "");
	part(&more, NULL, has(v->review) ? p->r->tr(v->review) : "");
	put(p, "</div><div class=\"more\">");
	html_text(p->out, v->text);
	put(p, "</div>");
	put_marks(p, v);
	put(p, "<div class=\"src\">");
	part(&src, NULL, v->id);
	part(&src, NULL, v->source);
	put(p, "</div></td>");
	put_sum(p, v);
	put(p, "</tr>\n");
}

static void
put_timeline(const struct page *p)
{
	const struct timeline *t = p->r->timeline;

	put_head(p, N_("Time line"));
	put(p, "<div class=\"line\">");
	timeline_svg(p->out, t, p->r->tr);
	put(p, "</div>\n<p class=\"src\">");
	put_tr(p, N_("Numbers are those of the table. Not to scale: long pauses are drawn short. Hollow: not authenticated, or taken back."));
	put(p, "</p>\n<table>\n<thead><tr>");
	put_th(p, "n", "#");
	put_th(p, "when", N_("When"));
	put_th(p, "", N_("What"));
	put_th(p, "sum", N_("Amount"));
	put(p, "</tr></thead>\n");
	for (size_t i = 0; i < t->n; i++)
		put_event(p, i + 1, &t->event[i]);
	put(p, "</table>\n");
}

static void
put_item(const struct page *p, const char *english)
{
	put(p, "<li>");
	put_tr(p, english);
	put(p, "</li>\n");
}

static void
put_scope(const struct page *p)
{
	const struct report *r = p->r;

	put_head(p, N_("What this bundle holds, and what not"));
	put(p, "<ul>\n");
	put_item(p, N_("The statements that tell of these payments, byte for byte as they were imported. They may hold other "
		       "payments of the same account too."));
	put_item(p, N_("What was written down, also what was taken back later."));
	if (r->disclosed > 0) {
		put(p, "<li>");
		put_tr(p, N_("Entries of the log that are about this incident:"));
		buf_addf(p->out, " %zu. ", r->disclosed);
		put_tr(p, N_("Of all entries in this range the time, but not the content:"));
		buf_addf(p->out, " %llu\u2013%llu.</li>\n", (unsigned long long)r->log_from, (unsigned long long)r->log_to);
	} else {
		put_item(p, r->log_broken ? N_("No entry of the log: the log has findings (purser log verify).")
					  : N_("No entry of the log."));
	}
	put_item(p, N_("Not in it: passwords, codes, card numbers and other secrets; other accounts; what else the store holds. It is "
		       "made without reading any secret."));
	put_item(p, N_("The signature shows that these files have not changed since they were signed with this key. It does not show "
		       "who holds the key, that the statements are what the bank sent, or that nothing was left out."));
	put(p, "</ul>\n<table class=\"facts\">\n<tr>");
	put_th(p, "", N_("Key of the signature"));
	put_td(p, "mono", r->key);
	put(p, "</tr>\n");
	if (has(r->kit)) {
		put(p, "<tr>");
		put_th(p, "", N_("Fingerprint of the kit"));
		put_td(p, "mono", r->kit);
		put(p, "</tr>\n");
	}
	put(p, "</table>\n<p>");
	put_tr(p, N_("How to check it without purser: VERIFY.txt."));
	put(p, "</p>\n");
}

static void
put_files(const struct page *p)
{
	char hex[65];

	if (p->r->files == 0)
		return;
	put_head(p, N_("Statements and attachments"));
	put(p, "<table>\n");
	for (size_t i = 0; i < p->r->files; i++) {
		const struct report_file *f = &p->r->file[i];

		hex_put(hex, f->sha256, 32);
		put(p, "<tr><td>");
		html_text(p->out, f->path);
		put(p, "<div class=\"src\">");
		html_text(p->out, f->what);
		buf_addf(p->out, " \u00b7 %llu ", (unsigned long long)f->size);
		put_tr(p, N_("bytes"));
		buf_addf(p->out, "</div><div class=\"mono\">SHA-256 %s</div></td></tr>\n", hex);
	}
	put(p, "</table>\n");
}

void
report_html(struct buf *out, const struct report *r)
{
	struct page p = { out, r };

	buf_addf(out, "<!doctype html>\n<html lang=\"%s\">\n<head>\n%s<title>", r->lang, head);
	put_tr(&p, N_("Incident report"));
	put(&p, " ");
	html_text(out, r->title);
	buf_addf(out, "</title>\n%s</head>\n<body>\n<h1>", style);
	put_tr(&p, N_("Incident report"));
	put(&p, " ");
	html_text(out, r->title);
	put(&p, "</h1>\n");
	put_facts(&p);
	put(&p, "<p class=\"src\">");
	put_tr(&p, N_("Times are in the zone"));
	put(&p, " ");
	html_text(out, r->zone);
	put(&p, "; ");
	put_tr(&p, N_("those of payments as their statement has them. As of"));
	put(&p, " ");
	html_text(out, r->as_of);
	put(&p, ".</p>\n");
	put_payments(&p);
	put_told(&p);
	put_deadlines(&p);
	put_timeline(&p);
	if (has(r->review)) {
		put_head(&p, N_("Review at the end"));
		put(&p, "<p>");
		html_text(out, r->review);
		put(&p, "</p>\n");
	}
	put_scope(&p);
	put_files(&p);
	put(&p, "</body>\n</html>\n");
}
