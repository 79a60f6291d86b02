/* cmd/savelines.c: see savelines.h. */
#include "cmd/savelines.h"

#include "base/time.h"
#include "cmd/card.h"
#include "cmd/filters.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN 40u                       /* rows on a terminal */

/* ---- one fact ---- */

void
advice_say(struct session *s, const struct facts *f, const struct advice *a, unsigned indent)
{
	BUF places = { .max = 256 }, from = { .max = 1 << 16 };
	bool value = a->value[0] != '\0' && a->fact.status != DATA_UNCONFIRMED;

	for (size_t i = 0; i < a->places; i++)
		buf_addf(&places, "%s%s%s", i == 0 ? "(" : " ", a->place[i], i + 1 == a->places ? ") " : "");
	add_provenance(&from, &a->fact, a->own, f->now_ms);
	if (advice_instructs(a))
		say(s, "%*s%s%s%s%s", (int)indent, "", buf_str(&places), advice_text(a, f->zh), value ? "  " : "",
		    value ? a->value : "");
	else
		say_tone(s, TONE_YELLOW, N_("%*sReported, check yourself: %s%s%s%s"), (int)indent, "", buf_str(&places),
		    advice_text(a, f->zh), value ? "  " : "", value ? a->value : "");
	say_tone(s, TONE_DIM, "%*s%s, %s", (int)indent + 2, "", a->id, buf_str(&from));
}

void
advice_fields(struct json *j, const struct facts *f, const struct advice *a)
{
	j_str(j, "fact", a != NULL ? a->id : NULL);
	j_str(j, "fact_text", a != NULL ? advice_text(a, f->zh) : NULL);
	j_str(j, "fact_value", a != NULL && a->value[0] != '\0' ? a->value : NULL);
	j_str(j, "fact_status", a != NULL ? data_status_name(a->fact.status) : NULL);
	j_str(j, "source", a != NULL ? a->fact.source : NULL);
	j_str(j, "checked", a != NULL ? a->fact.checked : NULL);
	if (a != NULL) {
		j_bool(j, "own", a->own);
		j_bool(j, "stale", fact_stale(&a->fact, f->now_ms));
		return;
	}
	j_null(j, "own");
	j_null(j, "stale");
}

/* ---- time to empty ---- */

static void
add_minor(struct buf *out, const struct outflow *o, int64_t minor, bool human)
{
	struct money m = { .minor = minor, .exp = o->exp };

	(void)snprintf(m.cur, sizeof m.cur, "%s", o->cur);
	if (human)
		money_human(out, &m);
	else
		money_plain(out, &m);
}

/* An instant in the zone of display; what is no instant as its statement has it. */
static void
add_moment(struct buf *out, int64_t us, bool local, bool day_only)
{
	struct civil c = civil_from_unix(us / 1000000 - (us % 1000000 < 0));

	if (!local && !day_only) {
		add_time(out, us / 1000, false);
		return;
	}
	add_day(out, civil_days(c.year, c.month, c.day));
	if (!day_only)
		buf_addf(out, " %02u:%02u", c.hour, c.minute);
}

static void
add_pace(struct buf *out, const struct outflow *o)
{
	BUF sum = { 0 }, span = { 0 };

	if (o->pace_rows < 2)
		return;
	add_minor(&sum, o, o->pace_minor, true);
	add_duration(&span, o->pace_s);
	buf_addf(out, o->basis == PACE_SUSPICIOUS ? _("%u suspicious rows, %s in %s") : _("%u rows, %s in %s"),
	    o->pace_rows, buf_str(&sum), buf_str(&span));
}

static void
add_left(struct buf *out, const struct outflow *o)
{
	BUF left = { 0 };

	add_minor(&left, o, o->left, true);
	if (o->since != 0)
		buf_addf(out, _("%s left (balance of %s, less what moved since)"), buf_str(&left), o->balance_on);
	else
		buf_addf(out, _("%s left (balance of %s)"), buf_str(&left), o->balance_on);
}

static void
add_known(struct buf *out, const struct outflow *o)
{
	BUF lasts = { 0 }, from = { 0 }, to = { 0 }, pace = { 0 }, left = { 0 };

	add_left(&left, o);
	add_pace(&pace, o);
	add_duration(&lasts, o->seconds);
	add_moment(&from, o->newest_us, o->newest_local, o->newest_day_only);
	add_moment(&to, o->newest_us + o->seconds * 1000000, o->newest_local, o->newest_day_only);
	buf_addf(out, _("%s. At that pace (%s) it is empty %s after %s: %s"), buf_str(&left), buf_str(&pace),
	    buf_str(&lasts),
	    buf_str(&from), buf_str(&to));
}

static void
add_one_row(struct buf *out, const struct outflow *o)
{
	BUF left = { 0 }, each = { 0 };

	add_left(&left, o);
	add_minor(&each, o, o->each, true);
	buf_addf(out, _("%s. Time to empty unknown: one row makes no pace. %s again would fit %lld times"),
	    buf_str(&left),
	    buf_str(&each), (long long)o->repeats);
}

static void
add_no_balance(struct buf *out, const struct outflow *o)
{
	BUF pace = { 0 }, each = { 0 };

	add_pace(&pace, o);
	add_minor(&each, o, o->each, true);
	if (o->pace_rows >= 2)
		buf_addf(out, _("time to empty unknown: no balance is known. Pace: %s"), buf_str(&pace));
	else
		buf_addf(out, _("time to empty unknown: no balance is known, and one row (%s) makes no pace"),
		    buf_str(&each));
}

void
outflow_line(struct buf *out, const struct outflow *o)
{
	BUF left = { 0 };

	if (o->cur[0] != '\0')
		buf_addf(out, "%s %s: ", o->account, o->cur);
	else
		buf_addf(out, "%s: ", o->account);
	add_left(&left, o);
	switch (o->state) {
	case PACE_KNOWN: add_known(out, o); break;
	case PACE_EMPTY: buf_addf(out, _("nothing is left by the balance of %s"), o->balance_on); break;
	case PACE_NO_BALANCE: add_no_balance(out, o); break;
	case PACE_ONE_ROW: add_one_row(out, o); break;
	case PACE_NO_ROWS:
		buf_addf(out, _("%s. Nothing went out in the last %u hours that purser knows of"), buf_str(&left),
		    OUTFLOW_HOURS);
		break;
	case PACE_TOO_SLOW: buf_addf(out, _("%s. At that pace it lasts longer than 100 years"), buf_str(&left)); break;
	}
}

/* "1 h: -310.00 EUR in 1 of 2 rows (-320.00 EUR)" for each window that has more than the one before. */
static void
windows_say(struct session *s, const struct outflow *o)
{
	unsigned before = 0;

	for (unsigned w = 0; w < OUTFLOW_WINDOWS; w++) {
		BUF bad = { 0 }, all = { 0 };

		if (o->window[w].rows == before)
			continue;
		before = o->window[w].rows;
		add_minor(&bad, o, o->window[w].suspicious, true);
		add_minor(&all, o, o->window[w].all, true);
		say_tone(s, TONE_DIM, N_("    last %u h of it: suspicious %s (%u rows), all that went out %s (%u "
		    "rows)"),
		    outflow_window_hours[w], buf_str(&bad), o->window[w].suspicious_rows, buf_str(&all),
		    o->window[w].rows);
	}
}

void
outflow_say(struct session *s, const struct savings *x)
{
	for (size_t i = 0; i < x->pace.n; i++) {
		const struct outflow *o = &x->pace.o[i];
		BUF line = { .max = 1 << 16 };

		if (o->state == PACE_NO_ROWS && o->left == 0)
			continue;       /* nothing there, nothing left: nothing to say */
		outflow_line(&line, o);
		say_tone(s, o->state == PACE_KNOWN ? TONE_BOLD : TONE_PLAIN, "  %s", buf_str(&line));
		windows_say(s, o);
		if (o->topped_up)
			say(s, N_("    Payments there also drew on a bank account or a card: more can leave than this "
			    "balance."));
	}
}

/* ---- the rows ---- */

static void
row_say(struct session *s, const struct savable *x)
{
	struct entry en = { .when = x->when, .status = x->status, .review = x->review, .status_text = x->status_text,
		.moved = x->moved, .provisional = x->provisional };
	BUF when = { 0 }, amount = { 0 }, status = { 0 };

	entry_in_zone(s, &en);
	entry_time(&when, &en);
	entry_status(&status, &en);
	if (x->has_amount)
		money_human(&amount, &x->amount);
	say(s, "  %.*s  %s  %s  %s  %s  %s, %s", x->id_short > 0 ? (int)x->id_short : (int)TXN_ID_LEN, x->id,
	    buf_str(&when), x->account, x->with, buf_str(&amount), _(rail_words(x->rail)), buf_str(&status));
}

static bool
fact_was(const struct savings *x, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (x->rows.row[k].fact == x->rows.row[i].fact)
			return true;
	return false;
}

/* Why and what to do, unless the row before said the same; the fact once. */
static void
reason_say(struct session *s, const struct facts *f, const struct savings *x, size_t i)
{
	const struct savable *r = &x->rows.row[i], *last = i > 0 ? &r[-1] : NULL;
	bool fix = r->fix[0] != '\0';

	if (last == NULL || last->why != r->why || last->saving != r->saving)
		say(s, "    %s%s%s", _(r->why), !fix ? "" : f->zh ? "。" : ". ", fix ? _(r->fix) : "");
	if (r->funding == RAIL_CARD && r->rail != RAIL_CARD && r->saving <= SAVING_GONE)
		say(s, N_("    It was paid from a card: its issuer can dispute it too."));
	if (r->funding == RAIL_DEBIT && r->rail != RAIL_DEBIT && r->saving <= SAVING_GONE)
		say(s, N_("    It was paid from a bank account: tell that bank too."));
	if (r->fact != NULL && !fact_was(x, i))
		advice_say(s, f, r->fact, 4);
}

static void
head_say(struct session *s, const struct savings *x, enum saving class, const char *cur)
{
	struct money sum;
	BUF text = { 0 };

	if (savables_sum(&x->rows, class, cur, &sum)) {
		money_human(&text, &sum);
		say_tone(s, TONE_BOLD, "%s: %s", _(saving_words(class)), buf_str(&text));
	} else {
		say_tone(s, TONE_BOLD, "%s", _(saving_words(class)));
	}
}

void
savable_say(struct session *s, const struct facts *f, const struct savings *x)
{
	if (s->json || (x->rows.n == 0 && x->pace.n == 0))
		return;
	if (x->pace.n > 0) {
		say_tone(s, TONE_BOLD, N_("How long the money lasts:"));
		outflow_say(s, x);
	}
	if (x->rows.n == 0)
		return;
	say_tone(s, TONE_BOLD, N_("What can still be saved, most savable first:"));
	for (size_t i = 0; i < x->rows.n && i < SHOWN; i++) {
		const struct savable *r = &x->rows.row[i];

		if (i == 0 || r[-1].saving != r->saving || strcmp(r[-1].amount.cur, r->amount.cur) != 0)
			head_say(s, x, r->saving, r->amount.cur);
		row_say(s, r);
		reason_say(s, f, x, i);
	}
	if (x->rows.n > SHOWN || x->left_out > 0)
		say(s, N_("  and %llu more (--json has up to %u)"),
		    (unsigned long long)(x->rows.n > SHOWN ? x->rows.n - SHOWN : 0) + (unsigned long long)x->left_out,
		    SAVABLE_ROWS_MAX);
}

/* ---- JSON ---- */

static void
j_minor(struct json *j, const char *key, const struct outflow *o, bool has, int64_t minor)
{
	BUF b = { 0 };

	if (has)
		add_minor(&b, o, minor, false);
	j_str(j, key, has ? buf_str(&b) : NULL);
}

static void
j_moment(struct json *j, const char *key, const struct outflow *o, bool has, int64_t us)
{
	BUF b = { 0 };

	if (has && !o->newest_local && !o->newest_day_only) {
		j_time(j, key, us / 1000);
		return;
	}
	if (has)
		add_moment(&b, us, o->newest_local, o->newest_day_only);
	if (b.len > 10)
		b.p[10] = 'T';
	j_str(j, key, has ? buf_str(&b) : NULL);
}

static void
j_int_or_null(struct json *j, const char *key, bool has, int64_t v)
{
	if (has)
		j_int(j, key, v);
	else
		j_null(j, key);
}

static void
outflow_json(struct json *j, const struct outflow *o)
{
	static const char *const basis[] = { [PACE_NONE] = NULL, [PACE_SUSPICIOUS] = "suspicious", [PACE_ALL] = "all" };
	bool known = o->state == PACE_KNOWN, pace = o->pace_rows >= 2;

	j_obj(j, NULL);
	j_str(j, "account", o->account);
	j_str(j, "currency", o->cur[0] != '\0' ? o->cur : NULL);
	j_str(j, "state", pace_state_name(o->state));
	j_minor(j, "balance", o, o->has_balance, o->balance);
	j_str(j, "on", o->balance_on[0] != '\0' ? o->balance_on : NULL);
	j_minor(j, "since", o, o->has_balance, o->since);
	j_minor(j, "left", o, o->has_balance, o->left);
	j_str(j, "basis", basis[o->basis]);
	j_int(j, "rows", o->pace_rows);
	j_minor(j, "outflow", o, pace, pace ? -o->pace_minor : 0);
	j_int_or_null(j, "outflow_seconds", pace, o->pace_s);
	j_moment(j, "from", o, o->basis != PACE_NONE, o->newest_us);
	j_int_or_null(j, "seconds", known, o->seconds);
	j_moment(j, "until", o, known, known ? o->newest_us + o->seconds * 1000000 : 0);
	j_int_or_null(j, "repeats", o->state == PACE_ONE_ROW, o->repeats);
	j_bool(j, "topped_up", o->topped_up);
	j_list(j, "windows");
	for (unsigned w = 0; w < OUTFLOW_WINDOWS; w++) {
		j_obj(j, NULL);
		j_int(j, "hours", outflow_window_hours[w]);
		j_int(j, "rows", o->window[w].rows);
		j_minor(j, "out", o, true, o->window[w].all);
		j_int(j, "suspicious_rows", o->window[w].suspicious_rows);
		j_minor(j, "suspicious", o, true, o->window[w].suspicious);
		j_end(j);
	}
	j_end_list(j);
	j_end(j);
}

static void
savable_row_json(struct json *j, const struct facts *f, const struct savable *x)
{
	BUF amount = { 0 }, date = { 0 };

	if (x->has_amount)
		money_plain(&amount, &x->amount);
	if (x->when.has_date)
		add_day(&date, civil_days(x->when.local.year, x->when.local.month, x->when.local.day));
	j_obj(j, NULL);
	j_str(j, "id", x->id);
	j_str(j, "account", x->account);
	j_str(j, "date", date.len > 0 ? buf_str(&date) : NULL);
	j_str(j, "with", x->with[0] != '\0' ? x->with : NULL);
	j_str(j, "amount", x->has_amount ? buf_str(&amount) : NULL);
	j_str(j, "currency", x->amount.cur[0] != '\0' ? x->amount.cur : NULL);
	j_str(j, "status", txn_status_name(x->status));
	j_str(j, "rail", rail_name(x->rail));
	j_str(j, "funding", x->funding != RAIL_UNKNOWN ? rail_name(x->funding) : NULL);
	j_str(j, "class", saving_name(x->saving));
	j_str(j, "why", _(x->why));
	j_str(j, "do", x->fix[0] != '\0' ? _(x->fix) : NULL);
	advice_fields(j, f, x->fact);
	j_end(j);
}

void
savable_json(struct json *j, const struct facts *f, const struct savings *x)
{
	j_list(j, "savable");
	for (size_t i = 0; i < x->rows.n; i++)
		savable_row_json(j, f, &x->rows.row[i]);
	j_end_list(j);
	j_int(j, "savable_left_out", (int64_t)x->left_out);
	j_list(j, "time_to_empty");
	for (size_t i = 0; i < x->pace.n; i++)
		outflow_json(j, &x->pace.o[i]);
	j_end_list(j);
}
