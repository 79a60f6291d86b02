/*
 * statement/format_paypal.c: PayPal's activity report, statement, consumer layout and the old ones (formats.md
 * section 2). The words are in format_paypal_words.c.
 */
#include "statement/format_paypal.h"

#include <string.h>

static bool
pp_match(struct header *h, const struct str *cell, size_t n)
{
	const int *c = h->col;
	bool plain;

	pp_columns(h, cell, n);
	plain = c[PP_GROSS] >= 0 || c[PP_NET] >= 0;
	if (h->score < 4 || c[PP_DATE] < 0 || !plain)
		return false;
	/* Others have dates, amounts and "Transaction ID" too; a zone column, or gross, fee and net together,
	 * nobody has. */
	if (c[PP_ZONE] < 0 && (c[PP_GROSS] < 0 || c[PP_FEE] < 0 || c[PP_NET] < 0 || c[PP_ID] < 0))
		return false;
	if (c[PP_STATUS] < 0 && c[PP_TYPE] < 0 && c[PP_DESCRIPTION] >= 0)
		h->name = "paypal-statement";
	else if (c[PP_RATE] >= 0 && c[PP_NET] >= 0 && str_is(cell[c[PP_NET]], "Total"))
		h->name = "paypal-consumer";
	else
		h->name = "paypal-activity";
	return true;
}

static void
pp_layout(struct csv_layout *l, const struct header *h)
{
	(void)l;        /* RFC 4180 as it stands */
	(void)h;
}

struct pp {
	struct statement *s;
	const struct parse *p;
	const struct header *h;
	const struct table *tab;
	bool statement;
	char order, mark;
};

static struct str
at(const struct pp *x, const struct trow *r, enum pp_col col)
{
	return table_at(x->tab, r, x->h->col[col]);
}

static void
currency_of(const struct pp *x, const struct trow *r, char out[CURRENCY_MAX + 1], bool *bad)
{
	struct str s = at(x, r, PP_CURRENCY);
	char word[CURRENCY_MAX + 1] = "";

	out[0] = '\0';
	*bad = s.n > CURRENCY_MAX;
	if (s.n == 0 || *bad)
		return;
	memcpy(word, s.p, s.n);
	*bad = !currency_norm(out, word);
	if (*bad)
		out[0] = '\0';
}

/* ---- what the file leaves open: day or month first, point or comma ---- */

struct order_votes {
	size_t day, month, other;       /* other: the two numbers are equal, or the year is first */
	bool dot, loose;                /* loose: without leading zeros */
	struct str example;
};

static void
vote_numbers(const struct pp *x, struct order_votes *v)
{
	for (size_t i = 0; i < x->tab->rows; i++) {
		struct str s = at(x, &x->tab->row[i], PP_DATE);
		struct date d = date_split(s);

		if (!d.ok)
			continue;
		if (d.len_a == 4 || d.a == d.b) {
			v->other++;
			continue;
		}
		v->dot = v->dot || d.sep == '.';
		v->loose = v->loose || d.len_a == 1 || d.len_b == 1;
		if (d.a > 12 && d.b <= 12)
			v->day++;
		else if (d.b > 12 && d.a <= 12)
			v->month++;
		if (v->example.n == 0)
			v->example = s;
	}
}

/* How often the rows of a currency go back in time, if they are read this way (files are sorted either way round). */
static size_t
disorder(const struct pp *x, char order)
{
	struct { char cur[CURRENCY_MAX + 1]; int64_t last; } seen[16];
	size_t n = 0, up = 0, down = 0;

	for (size_t i = 0; i < x->tab->rows; i++) {
		const struct trow *r = &x->tab->row[i];
		struct date d = date_split(at(x, r, PP_DATE));
		struct when w = { 0 };
		char cur[CURRENCY_MAX + 1];
		bool bad, short_;
		int64_t now;
		size_t k = 0;

		currency_of(x, r, cur, &bad);
		if (!date_into(&w, &d, order))
			continue;
		if (!time_put(&w, at(x, r, PP_TIME), &short_))
			w.local.hour = w.local.minute = w.local.second = 0;
		now = civil_to_unix(&w.local);
		while (k < n && strcmp(seen[k].cur, cur) != 0)
			k++;
		if (k == COUNTOF(seen))
			continue;
		if (k == n) {
			memcpy(seen[n++].cur, cur, sizeof cur);
		} else {
			up += now > seen[k].last;
			down += now < seen[k].last;
		}
		seen[k].last = now;
	}
	return up < down ? up : down;
}

/* Rows whose zone word is no time of that date, and whether all rows are of one month. */
static size_t
misfits(const struct pp *x, char order, bool *one_month)
{
	unsigned year = 0, month = 0;
	size_t n = 0;

	*one_month = true;
	for (size_t i = 0; i < x->tab->rows; i++) {
		const struct trow *r = &x->tab->row[i];
		struct date d = date_split(at(x, r, PP_DATE));
		struct when w = { 0 };

		if (!date_into(&w, &d, order))
			continue;
		zone_put(&w, at(x, r, PP_ZONE), ZONE_IN_FILE);
		n += zone_fits_date(w.zone, w.local.year, w.local.month, w.local.day) == 0;
		*one_month = *one_month && (month == 0 || (month == w.local.month && year == (unsigned)w.local.year));
		month = w.local.month;
		year = (unsigned)w.local.year;
	}
	return n;
}

static bool
american(const struct pp *x)
{
	static const char *const zones[] = { "PST", "PDT", "MST", "MDT", "CST", "CDT", "EST", "EDT", "AKST", "AKDT",
		"HST" };

	if (strcmp(pp_language(x->h->language), "en") != 0 || x->tab->rows == 0)
		return false;
	for (size_t i = 0; i < x->tab->rows; i++) {
		struct str z = at(x, &x->tab->row[i], PP_ZONE);
		bool us = str_begins(z, "America/") || str_begins(z, "US/");

		for (size_t k = 0; k < COUNTOF(zones); k++)
			us = us || str_is(z, zones[k]);
		if (!us)
			return false;
	}
	return true;
}

static enum rc
settle_order(struct pp *x, struct err *e)
{
	static const char *const codes[SETTLE_COUNT] = { [SETTLE_ORDER] = "order-by-rows",
		[SETTLE_ZONE] = "order-by-zone",
		[SETTLE_PERIOD] = "order-by-period",
		[SETTLE_STYLE] = "order-by-style",
		[SETTLE_USER] = "order-user" };
	struct order_votes v = { 0 };
	enum settle_by by = SETTLE_NUMBERS;
	size_t d, m;
	bool one_d, one_m;
	enum rc rc;

	vote_numbers(x, &v);
	x->order = 'd';
	if (v.example.n == 0) {                                 /* no date that could be read in two ways */
		by = SETTLE_FIXED;
	} else if (x->p->o->date_order == 'd' || x->p->o->date_order == 'm') {
		x->order = x->p->o->date_order;
		by = SETTLE_USER;
	} else if (v.day > 0 || v.month > 0) {
		x->order = v.day >= v.month ? 'd' : 'm';
		if (v.day > 0 && v.month > 0 &&
		    (rc = statement_warn(x->s, "order-mixed", 0, x->order == 'd' ? "d/m" : "m/d", 3, e)) != OK)
			return rc;
	} else if (v.dot) {
		by = SETTLE_FIXED;                              /* 03.04.2020 is written where the day is first */
	} else if ((d = disorder(x, 'd')) != (m = disorder(x, 'm')) && (d == 0 || m == 0)) {
		x->order = d < m ? 'd' : 'm';
		by = SETTLE_ORDER;
	} else if ((d = misfits(x, 'd', &one_d)) != (m = misfits(x, 'm', &one_m)) && (d == 0 || m == 0)) {
		x->order = d < m ? 'd' : 'm';
		by = SETTLE_ZONE;
	} else if (x->statement && one_d != one_m) {
		x->order = one_d ? 'd' : 'm';
		by = SETTLE_PERIOD;
	} else if (v.loose && american(x)) {
		x->order = 'm';
		by = SETTLE_STYLE;
	} else {
		return refuse(e, E_USAGE, "date-order", 0, v.example.p, v.example.n);
	}
	x->s->date_by = by;
	if (codes[by] == NULL)
		return OK;
	return statement_warn(x->s, codes[by], 0, x->order == 'd' ? "d/m" : "m/d", 3, e);
}

static enum rc
settle_mark(struct pp *x, struct err *e)
{
	static const enum pp_col amounts[] = { PP_GROSS, PP_FEE, PP_NET, PP_BALANCE };
	struct mark_votes v = { 0 };
	char cur[CURRENCY_MAX + 1];
	bool bad;

	for (size_t i = 0; i < x->tab->rows; i++) {
		const struct trow *r = &x->tab->row[i];

		currency_of(x, r, cur, &bad);
		for (size_t k = 0; k < COUNTOF(amounts); k++)
			if (!table_number(x->tab, r, x->h->col[amounts[k]]))
				mark_vote(&v, at(x, r, amounts[k]), currency_exp(cur));
	}
	x->mark = x->p->o->decimal_mark;
	if (x->mark != '.' && x->mark != ',')
		x->mark = mark_settle(&v);
	if (x->mark == 0)
		return refuse(e, E_USAGE, "decimal-mark", 0, v.example.p, v.example.n);
	if (v.point > 0 && v.comma > 0)
		return statement_warn(x->s, "mark-mixed", 0, &x->mark, 1, e);
	return OK;
}

/* ---- rows ---- */

static enum number
amount(const struct pp *x, const struct trow *r, enum pp_col col, const char *cur, struct money *out)
{
	*out = (struct money){ .exp = currency_exp(cur) };
	memcpy(out->cur, cur, CURRENCY_MAX + 1);
	return amount_read(at(x, r, col), x->mark, table_number(x->tab, r, x->h->col[col]), out);
}

/* By what the balance moves: Net; where the user left that column out, Gross and Fee; else Gross or the only
 * Amount. */
static enum number
net_of(const struct pp *x, const struct trow *r, const char *cur, struct money *out, struct str *cell)
{
	struct money fee;
	enum number n;

	*cell = at(x, r, PP_NET);
	if (x->h->col[PP_NET] >= 0)
		return amount(x, r, PP_NET, cur, out);
	*cell = at(x, r, PP_GROSS);
	n = amount(x, r, PP_GROSS, cur, out);
	if (n == NUMBER_OK && amount(x, r, PP_FEE, cur, &fee) == NUMBER_OK && !money_add(out, &fee))
		return NUMBER_BAD;
	return n;
}

/* A row that is wider than its header has one comma too many somewhere; it is right only if its numbers are. */
static bool
placed(const struct pp *x, const struct trow *r, const char *cur, bool bad_cur)
{
	int most = x->h->col[PP_CURRENCY], net = x->h->col[PP_NET] >= 0 ? x->h->col[PP_NET] : x->h->col[PP_GROSS];
	struct money gross, fee, sum;
	bool wide = false;
	struct str cell;

	most = net > most ? net : most;
	if ((int64_t)r->n <= most)
		return false;
	for (size_t i = x->h->all; i < r->n; i++)
		wide = wide || table_at(x->tab, r, (int)i).n > 0;
	if (!wide)
		return true;
	if (bad_cur || cur[0] == '\0' || net_of(x, r, cur, &sum, &cell) != NUMBER_OK)
		return false;
	if (amount(x, r, PP_GROSS, cur, &gross) == NUMBER_OK && amount(x, r, PP_FEE, cur, &fee) == NUMBER_OK &&
	    x->h->col[PP_NET] >= 0)
		return money_add(&gross, &fee) && gross.minor == sum.minor;
	return true;
}

/* Rule 1 and rule 3: what type, status and impact say, without the balance. */
struct verdict { bool paperwork, moves; };

static struct verdict
verdict(const struct pp *x, const struct trow *r, struct txn *t)
{
	struct str type = at(x, r, PP_TYPE), word = at(x, r, PP_STATUS);
	struct verdict v = { 0 };
	enum pp_moves m;

	if (x->statement) {                             /* rule 4: only rows that moved are there */
		t->status = TXN_SETTLED;
		v.moves = true;
		return v;
	}
	v.paperwork = pp_memo(at(x, r, PP_IMPACT)) || pp_paperwork(type) || str_is(at(x, r, PP_NET), "...") ||
	    str_is(at(x, r, PP_BALANCE), "...");
	if (x->h->col[PP_STATUS] < 0) {
		v.moves = !v.paperwork;
		return v;
	}
	m = pp_status(word, &t->status);
	if (m == PP_UNKNOWN)
		t->flags |= TXN_F_UNKNOWN_STATUS;
	if (v.paperwork && t->status == TXN_SETTLED)
		t->status = TXN_INFORMATIONAL;
	v.moves = !v.paperwork && (m == PP_YES || (m == PP_PENDING && pp_moves_pending(type)));
	return v;
}

static void
put_when(const struct pp *x, const struct trow *r, struct txn *t)
{
	struct str day = at(x, r, PP_DATE), clock = at(x, r, PP_TIME);
	struct date d = date_split(day);
	bool short_, resaved;

	if (table_number(x->tab, r, x->h->col[PP_DATE])) {
		if (!stamp_put(&t->when, day, true, x->tab->date1904, &resaved))
			t->flags |= TXN_F_BAD_TIME;
	} else if (!date_into(&t->when, &d, x->order)) {
		t->flags |= TXN_F_BAD_TIME;
	}
	if (clock.n > 0 && !time_put(&t->when, clock, &short_))
		t->flags |= TXN_F_BAD_TIME;
	zone_put(&t->when, at(x, r, PP_ZONE), ZONE_IN_FILE);
}

static enum rc
put_texts(const struct pp *x, const struct trow *r, struct txn *t, struct err *e)
{
	static const enum pp_col about[] = { PP_ITEM, PP_SUBJECT, PP_NOTE };
	struct str what = { "", 0 };
	enum rc rc;

	for (size_t i = 0; i < COUNTOF(about) && what.n == 0; i++)
		what = at(x, r, about[i]);
	if ((rc = record_put(&t->id, at(x, r, PP_ID), e)) != OK ||
	    (rc = record_put(&t->ref_id, at(x, r, PP_REF), e)) != OK ||
	    (rc = record_put(&t->type, at(x, r, x->statement ? PP_DESCRIPTION : PP_TYPE), e)) != OK ||
	    (rc = record_put(&t->status_text, at(x, r, PP_STATUS), e)) != OK ||
	    (rc = record_put(&t->direction, at(x, r, PP_IMPACT), e)) != OK ||
	    (rc = record_put(&t->counterparty, at(x, r, PP_NAME), e)) != OK ||
	    (rc = record_put(&t->method, at(x, r, PP_METHOD), e)) != OK)
		return rc;
	return record_put(&t->description, what, e);
}

/* One row. v[] gets the verdict for the walk along the balances. */
static enum rc
read_row(const struct pp *x, const struct trow *r, struct verdict *v, struct err *e)
{
	char cur[CURRENCY_MAX + 1];
	struct str cell, money;
	struct txn *t;
	enum number n;
	bool bad_cur;
	enum rc rc;

	if (record_void(x->s, at(x, r, PP_DATE), at(x, r, PP_ID)))
		return OK;
	currency_of(x, r, cur, &bad_cur);
	if (!placed(x, r, cur, bad_cur))
		return statement_bad(x->s, r->line, r->sheet, "row-cells", r->n, "", 0, e);
	if ((rc = record_new(&t, x->s, x->tab, r, e)) != OK)
		return rc;
	*v = verdict(x, r, t);
	put_when(x, r, t);
	if ((rc = put_texts(x, r, t, e)) != OK)
		return rc;
	n = net_of(x, r, cur, &t->amount, &cell);
	t->has_amount = n == NUMBER_OK;
	t->has_fee = amount(x, r, PP_FEE, cur, &t->fee) == NUMBER_OK;
	t->has_balance = amount(x, r, PP_BALANCE, cur, &t->balance) == NUMBER_OK;
	if (cur[0] == '\0')
		t->flags |= TXN_F_NO_CURRENCY;
	if (bad_cur) {
		money = at(x, r, PP_CURRENCY);
		record_drop(x->s);
		return statement_bad(x->s, r->line, r->sheet, "row-currency", 0, money.p, money.n, e);
	}
	if (v->moves && n != NUMBER_OK) {
		record_drop(x->s);
		return statement_bad(
		    x->s, r->line, r->sheet, n == NUMBER_NONE ? "row-no-amount" : "row-amount", 0, cell.p, cell.n, e);
	}
	return OK;
}

/* ---- the balance chain ---- */

struct chain { char cur[CURRENCY_MAX + 1]; bool begun; int64_t balance; };

static struct chain *
chain_of(struct chain *c, size_t *n, size_t max, const char *cur)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(c[i].cur, cur) == 0)
			return &c[i];
	if (*n == max)
		return NULL;
	c[*n] = (struct chain){ 0 };
	memcpy(c[*n].cur, cur, sizeof c->cur);
	return &c[(*n)++];
}

static bool
adds_up(int64_t before, int64_t amount_, int64_t after)
{
	int64_t sum;

	return !__builtin_add_overflow(before, amount_, &sum) && sum == after;
}

/* Are the rows oldest first? Whichever way round the balances hold more often; else by the dates. */
static bool
oldest_first(const struct statement *s)
{
	struct chain c[32];
	size_t n = 0, up = 0, down = 0, later = 0, sooner = 0;
	int64_t last_time = 0;
	bool timed = false;

	for (size_t i = 0; i < s->rows; i++) {
		const struct txn *t = &s->row[i];
		struct chain *k;
		int64_t now = civil_to_unix(&t->when.local);

		if (t->when.has_date) {
			later += timed && now > last_time;
			sooner += timed && now < last_time;
			last_time = now;
			timed = true;
		}
		if (!t->has_balance || !t->has_amount || (k = chain_of(c, &n, COUNTOF(c), t->amount.cur)) == NULL)
			continue;
		if (k->begun && adds_up(k->balance, t->amount.minor, t->balance.minor))
			up++;
		k->balance = t->balance.minor;
		k->begun = true;
	}
	n = 0;
	for (size_t i = s->rows; i-- > 0;) {
		const struct txn *t = &s->row[i];
		struct chain *k;

		if (!t->has_balance || !t->has_amount || (k = chain_of(c, &n, COUNTOF(c), t->amount.cur)) == NULL)
			continue;
		if (k->begun && adds_up(k->balance, t->amount.minor, t->balance.minor))
			down++;
		k->balance = t->balance.minor;
		k->begun = true;
	}
	return up != down ? up > down : later >= sooner;
}

/* Rules 1 to 4 for one row, and whether the balance agrees with them. */
static void
judge(struct txn *t, const struct verdict *v, struct chain *k, bool statement)
{
	bool known = k != NULL && k->begun && t->has_balance;
	bool same = known && k->balance == t->balance.minor;
	bool moved = known && t->has_amount && adds_up(k->balance, t->amount.minor, t->balance.minor);
	bool moves = v->moves, broken = false;

	if (v->paperwork) {
		broken = known && !same;
	} else if (known && t->has_amount) {
		if (moved) {
			moves = true; /* rule 2 outranks the status: holds, bank deposits, withdrawals */
		} else {
			broken = !same || v->moves;
			if (same && !statement)
				moves = false;
		}
	}
	/* A status that nobody knows moves nothing, whatever the balance says: it is shown and counted apart. */
	if (t->flags & TXN_F_UNKNOWN_STATUS)
		moves = false;
	t->moved = moves && t->has_amount ? TXN_MOVED : TXN_STAYED;
	if (broken)
		t->flags |= TXN_F_BALANCE_BREAK;
	if (k != NULL && t->has_balance) {
		k->balance = t->balance.minor;
		k->begun = true;
	}
}

static void
walk(struct statement *s, const struct verdict *v, bool statement)
{
	struct chain c[64];
	bool forward = oldest_first(s);
	size_t n = 0;

	for (size_t i = 0; i < s->rows; i++) {
		size_t at_ = forward ? i : s->rows - 1 - i;
		struct txn *t = &s->row[at_];

		judge(t, &v[at_], chain_of(c, &n, COUNTOF(c), t->amount.cur), statement);
	}
}

/* Whose file is it? The address that money comes from when it goes out, and goes to when it comes in. */
static enum rc
put_hint(const struct pp *x, struct err *e)
{
	struct str best = { "", 0 };
	size_t votes = 0;

	for (size_t i = 0; i < x->tab->rows && i < 2000; i++) {
		const struct trow *r = &x->tab->row[i];
		struct money net;
		struct str cell, own;
		char cur[CURRENCY_MAX + 1];
		bool bad;

		currency_of(x, r, cur, &bad);
		if (net_of(x, r, cur, &net, &cell) != NUMBER_OK || net.minor == 0)
			continue;
		own = at(x, r, net.minor < 0 ? PP_FROM : PP_TO);
		if (own.n == 0 || memchr(own.p, '@', own.n) == NULL || memchr(own.p, ' ', own.n) != NULL)
			continue;
		if (own.n == best.n && memcmp(own.p, best.p, own.n) == 0) {     /* the majority, if there is one */
			votes++;
		} else if (votes == 0) {
			best = own;
			votes = 1;
		} else {
			votes--;
		}
	}
	return votes == 0 || best.n > 200 ? OK : record_text(&x->s->account_hint, best, e);
}

static enum rc
pp_read(struct statement *s, const struct parse *p, const struct header *h, const struct table *tab, struct err *e)
{
	struct pp x = { .s = s, .p = p, .h = h, .tab = tab, .statement = strcmp(h->name, "paypal-statement") == 0 };
	AUTO(auto_free) struct verdict *v = calloc(tab->rows + 1, sizeof *v);
	enum rc rc;

	if (v == NULL)
		return refuse(e, E_NOMEM, "memory", 0, "", 0);
	if ((rc = record_name(&s->language, pp_language(h->language), e)) != OK || (rc = settle_order(&x, e)) != OK ||
	    (rc = settle_mark(&x, e)) != OK)
		return rc;
	for (size_t i = 0; i < tab->rows; i++)
		if ((rc = read_row(&x, &tab->row[i], &v[s->rows], e)) != OK)
			return rc;
	walk(s, v, x.statement);
	return put_hint(&x, e);
}

const struct format format_paypal = { .provider = "paypal", .match = pp_match, .layout = pp_layout, .read = pp_read };
