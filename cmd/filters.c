/* cmd/filters.c: see filters.h. */
#include "cmd/filters.h"

#include "cmd/open.h"
#include "store/account.h"
#include "store/query.h"
#include "wallet/export.h"

#include <string.h>
#include <time.h>

#define DAY_S 86400

static enum rc
add_account(struct session *s, struct filter *f, const char *name, struct err *e)
{
	AUTO(account_free) struct account a = { 0 };
	enum rc rc;

	if (f->accounts == FILTER_ACCOUNTS_MAX)
		return err_set(e, E_USAGE, N_("at most %u accounts at once"), FILTER_ACCOUNTS_MAX);
	account_init(&a);
	if ((rc = account_find(session_db(s), name, &a, e)) == E_NOTFOUND)
		return session_no_account(s, name, e);
	if (rc == OK)
		f->account[f->accounts++] = a.id;
	return rc;
}

static struct civil
today(const struct session *s)
{
	time_t now = (time_t)(s->now_ms / 1000);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL)
		return civil_from_unix(now);
	return (
	    struct civil){ .year = tm.tm_year + 1900, .month = (uint8_t)(tm.tm_mon + 1), .day = (uint8_t)tm.tm_mday };
}

/* The instant at which a day begins in the zone of display, in microseconds. */
static int64_t
day_begins(int64_t day)
{
	struct civil c = civil_from_unix(day * DAY_S);
	struct tm tm = { .tm_year = c.year - 1900, .tm_mon = c.month - 1, .tm_mday = c.day, .tm_isdst = -1 };

	return (int64_t)mktime(&tm) * 1000000;
}

/* Days are those of --tz where it is given and the instant of a row is certain; else those of the statement, as
 * they are shown. */
static enum rc
read_days(struct session *s, const struct args *a, struct filter *f, struct err *e)
{
	struct civil now = today(s);
	enum rc rc;

	if ((rc = days_parse(f, arg_str(a, "from"), arg_str(a, "to"), &now, e)) != OK || s->tz == NULL)
		return rc;
	f->by_instant = true;
	f->from_us = day_begins(f->from_day);
	f->to_us = day_begins(f->to_day + 1);
	return OK;
}

enum rc
filters_read(struct session *s, const struct args *a, struct filter *out, struct err *e)
{
	struct filter f = { .short_ids = !s->json };
	const char *v;
	enum rc rc;

	for (unsigned i = 0; i < a->n; i++) {
		if ((rc = add_account(s, &f, a->v[i], e)) != OK)
			return rc;
	}
	for (unsigned i = 0; (v = arg_nth(a, "account", i)) != NULL; i++) {
		if ((rc = add_account(s, &f, v, e)) != OK)
			return rc;
	}
	for (unsigned i = 0; (v = arg_nth(a, "status", i)) != NULL; i++) {
		if ((rc = status_parse(&f.status, v, e)) != OK)
			return rc;
	}
	for (unsigned i = 0; (v = arg_nth(a, "review", i)) != NULL; i++) {
		if ((rc = review_parse(&f.review, v, e)) != OK)
			return rc;
	}
	if (((v = arg_str(a, "min")) != NULL && (rc = bound_parse(&f.min, v, e)) != OK) ||
	    ((v = arg_str(a, "max")) != NULL && (rc = bound_parse(&f.max, v, e)) != OK) ||
	    ((v = arg_str(a, "sort")) != NULL && (rc = sort_parse(&f.sort, v, e)) != OK) ||
	    (rc = arg_u64(a, "limit", 1, INT64_MAX, &f.limit, e)) != OK || (rc = read_days(s, a, &f, e)) != OK)
		return rc;
	f.type = arg_str(a, "type");
	f.search = arg_str(a, "search");
	*out = f;
	return OK;
}

/* ---- showing ---- */

void
entry_in_zone(const struct session *s, struct entry *en)
{
	int64_t us = en->when.utc_us, unix_s = us / 1000000 - (us % 1000000 < 0);
	time_t t = (time_t)unix_s;
	struct tm tm;

	if (s->tz == NULL || !en->when.has_utc || localtime_r(&t, &tm) == NULL)
		return;
	en->when.local = (struct civil){
		.year = tm.tm_year + 1900, .month = (uint8_t)(tm.tm_mon + 1), .day = (uint8_t)tm.tm_mday,
		.hour = (uint8_t)tm.tm_hour, .minute = (uint8_t)tm.tm_min, .second = (uint8_t)tm.tm_sec,
		.micro = (uint32_t)(us - unix_s * 1000000)
	};
	en->when.offset_s = (int32_t)tm.tm_gmtoff;
	(void)snprintf(en->when.zone, sizeof en->when.zone, "%s", tm.tm_zone != NULL ? tm.tm_zone : "");
}

void
entry_time(struct buf *out, const struct entry *en)
{
	const struct civil *c = &en->when.local;

	if (!en->when.has_date)
		return;
	buf_addf(out, "%04d-%02u-%02u", c->year, c->month, c->day);
	if (en->when.has_time)
		buf_addf(out, " %02u:%02u", c->hour, c->minute);
	if (en->when.has_time && en->when.zone[0] != '\0')
		buf_addf(out, " %s", en->when.zone);
}

enum rc
entry_out(struct session *s, const struct entry *en, struct err *e)
{
	struct entry shown = *en;
	BUF b = { 0 };
	enum rc rc;

	entry_in_zone(s, &shown);
	entry_json(&b, &shown);
	buf_adds(&b, "}\n");
	if ((rc = buf_check(&b, e)) != OK)
		return rc;
	return out_bytes(s, b.p, b.len, e);
}

const char *
entry_with(const struct entry *en)
{
	return en->counterparty[0] != '\0' ? en->counterparty : en->description[0] != '\0' ? en->description : en->type;
}

void
entry_status(struct buf *out, const struct entry *en)
{
	static const char *const word[] = {
		[TXN_UNKNOWN] = N_("unknown"), [TXN_SETTLED] = N_("settled"), [TXN_PENDING] = N_("pending"),
		[TXN_FAILED] = N_("failed"), [TXN_CANCELLED] = N_("cancelled"), [TXN_REVERSED] = N_("reversed"),
		[TXN_REFUNDED] = N_("refunded"), [TXN_HELD] = N_("held"), [TXN_RELEASED] = N_("released"),
		[TXN_INFORMATIONAL] = N_("informational")
	};
	static const char *const verdict[] = { "", N_("ok"), N_("fraud"), N_("unsure") };

	buf_adds(out, en->provisional ? _("noted") : (unsigned)en->status < COUNTOF(word) ? _(word[en->status]) : "");
	if (en->review != REVIEW_NEW && (unsigned)en->review < COUNTOF(verdict))
		buf_addf(out, ", %s", _(verdict[en->review]));
	else if ((en->flags & ~(unsigned)TXN_F_ID_DOUBTFUL) != 0)
		buf_adds(out, " !");
}

static enum tone
tone_of(const struct entry *en)
{
	if (en->review == REVIEW_FRAUD)
		return TONE_RED;
	if (!en->has_effect)
		return TONE_DIM;
	return en->effect.minor < 0 ? TONE_PLAIN : TONE_GREEN;
}

struct print {
	struct session *s;
	struct table *t;
	uint64_t n;
	char first[TXN_ID_LEN + 1];
};

static enum rc
print_row(void *ctx, const struct entry *en, struct err *e)
{
	struct print *p = ctx;
	struct entry shown = *en;
	BUF when = { 0 }, amount = { 0 }, status = { 0 };
	enum tone tone = tone_of(en);

	(void)e;
	entry_in_zone(p->s, &shown);
	entry_time(&when, &shown);
	entry_status(&status, en);
	if (en->has_amount)
		money_human(&amount, &en->amount);
	table_cell(p->t, TONE_CYAN, "%.*s", (int)en->id_short, en->id);
	table_cell(p->t, TONE_PLAIN, "%s", buf_str(&when));
	table_cell(p->t, TONE_PLAIN, "%s", en->account);
	table_cell(p->t, TONE_PLAIN, "%s", entry_with(en));
	table_cell(p->t, tone, "%s", buf_str(&amount));
	table_cell(p->t, tone, "%s", buf_str(&status));
	if (p->n++ == 0)
		(void)snprintf(p->first, sizeof p->first, "%.*s", (int)en->id_short, en->id);
	return table_row(p->t) ? OK : E_INTERRUPTED;
}

static enum rc
print_json(void *ctx, const struct entry *en, struct err *e)
{
	struct print *p = ctx;

	p->n++;
	return p->s->out_failed ? E_INTERRUPTED : entry_out(p->s, en, e);
}

#define TIME_WIDE 23u    /* 2026-11-20 19:22 +08:00: only the heading of the column may be cut */

enum rc
entries_print(struct session *s, const struct filter *f, uint64_t *n, char first[TXN_ID_LEN + 1], struct err *e)
{
	const struct column cols[] = {
		{ N_("ID"), 0, 0 },
		{ s->tz != NULL ? N_("Time") : N_("Time (as in the statement)"), COL_CUT | COL_DROP, TIME_WIDE },
		{ N_("Account"), COL_CUT | COL_DROP, 8 }, { N_("With"), COL_CUT, 10 }, { N_("Amount"), COL_RIGHT, 0 },
		{ N_("Status"), COL_DROP, 0 },
	};
	struct print p = { .s = s };
	TABLE t = { 0 };
	enum rc rc;

	if (s->json) {
		rc = query_each(session_db(s), f, print_json, &p, e);
	} else {
		p.t = &t;
		table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
		rc = query_each(session_db(s), f, print_row, &p, e);
		if (p.n > 0)
			table_end(&t);
	}
	if (rc == E_INTERRUPTED)        /* nobody reads any more: no failure of ours */
		rc = OK;
	if (rc == OK && n != NULL)
		*n = p.n;
	if (rc == OK && first != NULL)
		memcpy(first, p.first, sizeof p.first);
	return rc;
}
