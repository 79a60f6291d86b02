/* wallet/timeline.c: see timeline.h. */
#include "wallet/timeline.h"

#include "base/html.h"
#include "base/time.h"
#include "base/utf8.h"
#include "wallet/export.h"

#include <stdlib.h>
#include <string.h>

const char *
timeline_lane_words(enum timeline_lane l)
{
	static const char *const words[] = { N_("Money"), N_("Told"), N_("Steps"), N_("Notes"), N_("Store") };

	return words[l];
}

const char *
timeline_lane_color(enum timeline_lane l)
{
	static const char *const color[] = { "#b3261e", "#1a56a0", "#2e7d32", "#7a5200", "#5a5a5a" };

	return color[l];
}

/* ---- events ---- */

#define TEXTS 14u
static void
texts_of(const char **out[TEXTS], struct timeline_event *ev)
{
	const char **all[TEXTS] = { &ev->kind, &ev->shown, &ev->what, &ev->account, &ev->who, &ev->by, &ev->ref, &ev->text,
		&ev->amount, &ev->currency, &ev->status, &ev->review, &ev->id, &ev->source };

	memcpy(out, all, sizeof all);
}

void
timeline_free(struct timeline *t)
{
	for (size_t i = 0; i < t->n; i++)
		free((void *)(uintptr_t)t->event[i].kind);      /* the block of all its texts */
	free(t->event);
	*t = (struct timeline){ .n = 0 };
}

enum rc
timeline_add(struct timeline *t, const struct timeline_event *ev, struct err *e)
{
	struct timeline_event copy = *ev;
	const char **text[TEXTS + 1];
	size_t size = 0;
	char *p;

	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		void *grown = reallocarray(t->event, cap, sizeof *t->event);

		if (grown == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		t->event = grown;
		t->cap = cap;
	}
	texts_of(text, &copy);
	text[TEXTS] = &copy.why;
	for (size_t i = 0; i <= TEXTS; i++)
		size += (*text[i] != NULL ? strlen(*text[i]) : 0) + 1;
	if ((p = malloc(size)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i <= TEXTS; i++) {
		size_t n = *text[i] != NULL ? strlen(*text[i]) : 0;

		memcpy(p, *text[i] != NULL ? *text[i] : "", n + 1);
		*text[i] = p;
		p += n + 1;
	}
	t->event[t->n++] = copy;
	return OK;
}

static bool
before(const struct timeline_event *a, const struct timeline_event *b)
{
	if (a->has_time != b->has_time)
		return a->has_time;
	return a->has_time && a->ms < b->ms;
}

/* From the bottom up, so that equal ones keep their order. */
static void
merge_sort(struct timeline_event *a, struct timeline_event *room, size_t n)
{
	size_t half = n / 2, i = 0, k = half, at = 0;

	if (n < 2)
		return;
	merge_sort(a, room, half);
	merge_sort(a + half, room, n - half);
	while (i < half || k < n)
		room[at++] = k == n || (i < half && !before(&a[k], &a[i])) ? a[i++] : a[k++];
	memcpy(a, room, n * sizeof *a);
}

void
timeline_sort(struct timeline *t)
{
	struct timeline_event *room = t->n > 1 ? calloc(t->n, sizeof *room) : NULL;

	if (room != NULL)
		merge_sort(t->event, room, t->n);
	free(room);
}

/* ---- CSV ---- */

static void
cell(struct buf *out, const char *s, bool text)
{
	BUF clean = { .max = 1 << 20 };

	/* A leading TAB is a blank once it is cleaned. */
	if (text && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@'))
		buf_addc(&clean, '\'');
	utf8_clean(&clean, s, strlen(s));
	out->failed = out->failed || clean.failed;
	csv_cell(out, buf_str(&clean), text);
}

static void
add_utc(struct buf *out, int64_t ms)
{
	struct civil c = civil_from_unix(ms >= 0 ? ms / 1000 : (ms - 999) / 1000);

	buf_addf(out, "%04d-%02u-%02uT%02u:%02u:%02uZ", (int)c.year, c.month, c.day, c.hour, c.minute, c.second);
}

void
timeline_csv(struct buf *out, const struct timeline *t)
{
	buf_adds(out, "n,time_utc,time,kind,account,what,who,by,reference,amount,currency,status,review,text,"
	    "written_while_locked,retracted,why_retracted,id,source\r\n");
	for (size_t i = 0; i < t->n; i++) {
		const struct timeline_event *v = &t->event[i];
		const struct { const char *s; bool text; } col[] = { { v->shown, true }, { v->kind, true }, { v->account, true },
			{ v->what, true }, { v->who, true }, { v->by, true }, { v->ref, true }, { v->amount, false },
			{ v->currency, true }, { v->status, true }, { v->review, true }, { v->text, true },
			{ v->sealed ? "yes" : "", true }, { v->retracted ? "yes" : "", true }, { v->why, true }, { v->id, true },
			{ v->source, true } };

		buf_addf(out, "%zu,", i + 1);
		if (v->has_time && v->certain)
			add_utc(out, v->ms);
		for (size_t k = 0; k < COUNTOF(col); k++) {
			buf_addc(out, ',');
			cell(out, col[k].s, col[k].text);
		}
		buf_adds(out, "\r\n");
	}
}

/* ---- the picture: all in whole units; 720 wide ---- */

enum { WIDE = 720, LEFT = 78, RIGHT = 16, TOP = 26, LANE = 26, DOT = 9, PILL = 34, LABEL = 66 };
#define FONT "font-family=\"sans-serif\""

/* How far apart two neighbours are drawn: by the order of magnitude of the pause. */
static unsigned
pause_of(int64_t ms)
{
	unsigned n = 0;

	if (ms <= 0)
		return 0;
	for (int64_t minutes = ms / 60000 + 1; minutes > 0; minutes /= 2)
		n++;
	return 4 + 3 * n;
}

struct scale { uint64_t at, all; };

static int
place(const struct scale *s)
{
	int span = WIDE - LEFT - RIGHT - 2 * DOT;

	return LEFT + DOT + (int)(s->all == 0 ? (uint64_t)span / 2 : s->at * (uint64_t)span / s->all);
}

struct mark { size_t first, last; int x; bool there, hollow; };

static void
draw_mark(struct buf *out, const struct mark *m, enum timeline_lane lane)
{
	const char *color = timeline_lane_color(lane), *fill = m->hollow ? "#fff" : color, *ink = m->hollow ? color : "#fff";
	int y = TOP + LANE * (int)lane + LANE / 2;

	if (m->first == m->last)
		buf_addf(out, "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"%s\" stroke=\"%s\"/>"
			      "<text x=\"%d\" y=\"%d\" font-size=\"8\" text-anchor=\"middle\" fill=\"%s\" " FONT ">%zu</text>\n",
		    m->x, y, DOT, fill, color, m->x, y + 3, ink, m->first);
	else
		buf_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\" fill=\"%s\" stroke=\"%s\"/>"
			      "<text x=\"%d\" y=\"%d\" font-size=\"8\" text-anchor=\"middle\" fill=\"%s\" " FONT ">%zu\u2013%zu</text>\n",
		    m->x - DOT, y - DOT, PILL, 2 * DOT, DOT, fill, color, m->x - DOT + PILL / 2, y + 3, ink, m->first, m->last);
}

/* Events of a lane that would cover each other become one mark with the first and the last number. */
static void
draw_lane(struct buf *out, const struct timeline *t, enum timeline_lane lane, uint64_t all)
{
	struct scale s = { 0, all };
	struct mark m = { .there = false };

	for (size_t i = 0; i < t->n && t->event[i].has_time; i++) {
		const struct timeline_event *v = &t->event[i];
		int x;

		s.at += i > 0 ? pause_of(v->ms - t->event[i - 1].ms) : 0;
		if (v->lane != lane)
			continue;
		x = place(&s);
		if (m.there && x - DOT < m.x - DOT + (m.first == m.last ? 2 * DOT : PILL) + 2) {
			if (m.first == m.last && m.x - DOT + PILL > WIDE - RIGHT + DOT)
				m.x = WIDE - RIGHT + DOT - PILL + DOT;
			m.last = i + 1;
			m.hollow = m.hollow && (v->sealed || v->retracted);
			continue;
		}
		if (m.there)
			draw_mark(out, &m, lane);
		m = (struct mark){ i + 1, i + 1, x, true, v->sealed || v->retracted };
	}
	if (m.there)
		draw_mark(out, &m, lane);
}

static bool
same_day(const struct timeline_event *a, const struct timeline_event *b)
{
	return strncmp(a->shown, b->shown, 10) == 0;
}

static void
draw_days(struct buf *out, const struct timeline *t, uint64_t all, int bottom)
{
	struct scale s = { 0, all };
	int last = -LABEL;

	for (size_t i = 0; i < t->n && t->event[i].has_time; i++) {
		const struct timeline_event *v = &t->event[i];
		BUF day = { .max = 64 };
		int x;

		s.at += i > 0 ? pause_of(v->ms - t->event[i - 1].ms) : 0;
		if (strlen(v->shown) < 10 || (i > 0 && same_day(v, &t->event[i - 1])))
			continue;
		x = place(&s);
		buf_addf(out, "<path d=\"M%d %dV%d\" stroke=\"#bbb\" stroke-dasharray=\"2 2\"/>\n", x, TOP - 6, bottom);
		if (x - last < LABEL)
			continue;
		last = x;
		buf_add(&day, v->shown, 10);
		buf_addf(out, "<text x=\"%d\" y=\"%d\" font-size=\"10\" fill=\"#222\" text-anchor=\"%s\" " FONT ">",
		    x > WIDE - LABEL ? WIDE - 2 : x - 4, TOP - 12, x > WIDE - LABEL ? "end" : "start");
		html_text(out, buf_str(&day));
		buf_adds(out, "</text>\n");
	}
}

void
timeline_svg(struct buf *out, const struct timeline *t, const char *(*tr)(const char *))
{
	int bottom = TOP + LANE * LANE_COUNT;
	uint64_t all = 0;

	for (size_t i = 1; i < t->n && t->event[i].has_time; i++)
		all += pause_of(t->event[i].ms - t->event[i - 1].ms);
	buf_addf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDE, bottom + 4);
	for (int l = 0; l < LANE_COUNT; l++) {
		int y = TOP + LANE * l;

		buf_addf(out, "<rect x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/><text x=\"6\" y=\"%d\" font-size=\"11\" "
			      "fill=\"%s\" " FONT ">",
		    y, WIDE, LANE, l % 2 ? "#fff" : "#f3f3f3", y + LANE / 2 + 4, timeline_lane_color((enum timeline_lane)l));
		html_text(out, tr(timeline_lane_words((enum timeline_lane)l)));
		buf_adds(out, "</text>\n");
	}
	draw_days(out, t, all, bottom);
	for (int l = 0; l < LANE_COUNT; l++)
		draw_lane(out, t, (enum timeline_lane)l, all);
	buf_adds(out, "</svg>\n");
}
