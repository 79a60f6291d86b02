/*
 * statement/format_apple.c: Apple Card (formats.md section 6). Only cleared rows, no id, purchases positive: all
 * amounts are negated. The currency stands in the header. The date of a row is its clearing date, by which Apple
 * cuts exports into months; the transaction date stays among the raw cells.
 */
#include "statement/parse.h"

#include <string.h>

enum ap_col { AP_DATE, AP_CLEARED, AP_TEXT, AP_MERCHANT, AP_CATEGORY, AP_TYPE, AP_AMOUNT, AP_BY, AP_COLS };

static const struct { uint8_t col; const char *word; } columns[] = {
	{ AP_DATE, "Transaction Date" },
	{ AP_CLEARED, "Clearing Date" },
	{ AP_TEXT, "Description" },
	{ AP_MERCHANT, "Merchant" },
	{ AP_CATEGORY, "Category" },
	{ AP_TYPE, "Type" },
	{ AP_BY, "Purchased By" },
};

/* "Amount (USD)", with or without the blank. */
static bool
amount_header(struct str s, char cur[CURRENCY_MAX + 1])
{
	char word[CURRENCY_MAX + 1] = "";

	if (!str_begins(s, "Amount"))
		return false;
	s = str_trim((struct str){ s.p + strlen("Amount"), s.n - strlen("Amount") });
	if (s.n != 5 || s.p[0] != '(' || s.p[4] != ')')
		return false;
	memcpy(word, s.p + 1, 3);
	return currency_norm(cur, word);
}

static bool
ap_match(struct header *h, const struct str *cell, size_t n)
{
	char cur[CURRENCY_MAX + 1];

	for (size_t k = 0; k < n; k++) {
		for (size_t i = 0; i < COUNTOF(columns); i++) {
			if (h->col[columns[i].col] < 0 && str_is(cell[k], columns[i].word)) {
				h->col[columns[i].col] = (int)k;
				h->score++;
			}
		}
		if (h->col[AP_AMOUNT] < 0 && amount_header(cell[k], cur))
			h->col[AP_AMOUNT] = (int)k;
	}
	h->name = "apple-card";
	return h->col[AP_DATE] >= 0 && h->col[AP_CLEARED] >= 0 && h->col[AP_TEXT] >= 0 && h->col[AP_MERCHANT] >= 0 &&
	    h->col[AP_TYPE] >= 0 && h->col[AP_AMOUNT] >= 0;
}

static void
ap_layout(struct csv_layout *l, const struct header *h)
{
	(void)l;
	(void)h;
}

/* The format says month first; a file whose first numbers are above 12 was saved again by a spreadsheet. */
static enum rc
settle_order(struct statement *s, const struct parse *p, const struct header *h, const struct table *tab, char *order,
    struct err *e)
{
	size_t day = 0, month = 0;

	*order = 'm';
	if (p->o->date_order == 'd' || p->o->date_order == 'm') {
		*order = p->o->date_order;
		s->date_by = SETTLE_USER;
		return OK;
	}
	for (size_t i = 0; i < tab->rows; i++) {
		struct date d = date_split(table_at(tab, &tab->row[i], h->col[AP_CLEARED]));

		day += d.ok && d.len_a <= 2 && d.a > 12 && d.b <= 12;
		month += d.ok && d.len_a <= 2 && d.b > 12 && d.a <= 12;
	}
	if (day <= month)
		return OK;
	*order = 'd';
	s->date_by = SETTLE_NUMBERS;
	return statement_warn(s, "spreadsheet", day, "", 0, e);
}

static enum rc
read_row(struct statement *s, const struct header *h, const struct table *tab, const struct trow *r, const char *cur,
    char order, struct err *e)
{
	struct str cell = table_at(tab, r, h->col[AP_AMOUNT]), day = table_at(tab, r, h->col[AP_CLEARED]);
	int day_col = h->col[day.n > 0 ? AP_CLEARED : AP_DATE];
	struct money m = { .exp = currency_exp(cur) };
	bool wide = false, odd;
	struct date d;
	struct txn *t;
	enum number n;
	enum rc rc;

	if (record_void(s, day, table_at(tab, r, h->col[AP_TYPE])))
		return OK;
	/* Apple writes all decimals: an amount at the end of the file that lacks some was cut, of a lone row too. */
	if (r->open && (uint32_t)h->col[AP_AMOUNT] + 1 == r->n && m.exp > 0 &&
	    (cell.n <= m.exp || cell.p[cell.n - 1 - m.exp] != '.'))
		return refuse(e, E_INPUT, "cut", r->line, "", 0);
	memcpy(m.cur, cur, CURRENCY_MAX + 1);
	for (size_t i = h->all; i < r->n; i++)
		wide = wide || table_at(tab, r, (int)i).n > 0;
	if (wide || (uint32_t)h->col[AP_AMOUNT] >= r->n)
		return statement_bad(s, r->line, r->sheet, "row-cells", r->n, "", 0, e);
	if ((n = amount_read(cell, '.', table_number(tab, r, h->col[AP_AMOUNT]), &m)) != NUMBER_OK)
		return statement_bad(
		    s, r->line, r->sheet, n == NUMBER_NONE ? "row-no-amount" : "row-amount", 0, cell.p, cell.n, e);
	if ((rc = record_new(&t, s, tab, r, e)) != OK)
		return rc;
	day = table_at(tab, r, day_col);
	d = date_split(day);
	if (table_number(tab, r, day_col)) {
		if (!stamp_put(&t->when, day, true, tab->date1904, &odd))
			t->flags |= TXN_F_BAD_TIME;
		t->when.has_time = false;
		t->when.local.hour = t->when.local.minute = t->when.local.second = 0;
	} else if (!date_into(&t->when, &d, order)) {
		t->flags |= TXN_F_BAD_TIME;
	}
	m.minor = -m.minor;
	t->amount = m;
	t->has_amount = true;
	t->moved = TXN_MOVED;
	t->status = TXN_SETTLED;
	if ((rc = record_put(&t->type, table_at(tab, r, h->col[AP_TYPE]), e)) != OK ||
	    (rc = record_put(&t->counterparty, table_at(tab, r, h->col[AP_MERCHANT]), e)) != OK ||
	    (rc = record_put(&t->method, table_at(tab, r, h->col[AP_BY]), e)) != OK)
		return rc;
	return record_put(&t->description, table_at(tab, r, h->col[AP_TEXT]), e);
}

static enum rc
ap_read(struct statement *s, const struct parse *p, const struct header *h, const struct table *tab, struct err *e)
{
	char cur[CURRENCY_MAX + 1] = "", order;
	enum rc rc;

	(void)amount_header(STR(s->header[h->col[AP_AMOUNT]]), cur);    /* matched before */
	if ((rc = settle_order(s, p, h, tab, &order, e)) != OK)
		return rc;
	for (size_t i = 0; i < tab->rows; i++)
		if ((rc = read_row(s, h, tab, &tab->row[i], cur, order, e)) != OK)
			return rc;
	return OK;
}

const struct format format_apple = {
	.provider = "apple-card", .match = ap_match, .layout = ap_layout, .read = ap_read
};
