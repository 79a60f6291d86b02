/* statement/parse_china.c: see parse_china.h. */
#include "statement/parse_china.h"

#include <string.h>

enum china_way
china_way(struct str s)
{
	static const char *const neutral[] = { "", "/", "不计收支", "其他", "其它", "中性交易", "不计" };

	if (str_is(s, "支出"))
		return WAY_OUT;
	if (str_is(s, "收入"))
		return WAY_IN;
	for (size_t i = 0; i < COUNTOF(neutral); i++)
		if (str_is(s, neutral[i]))
			return WAY_NEUTRAL;
	return WAY_UNKNOWN;
}

bool
china_header_is(struct str cell, const char *word)
{
	static const struct {
		const char *wide;
		char narrow;
	} marks[] = { { "（", '(' }, { "）", ')' }, { "／", '/' } };

	cell = str_trim(cell);
	while (cell.n > 0) {
		size_t k = 1;
		char c = cell.p[0];

		for (size_t i = 0; i < COUNTOF(marks); i++) {
			if (str_begins(cell, marks[i].wide)) {
				k = strlen(marks[i].wide);
				c = marks[i].narrow;
			}
		}
		if (c != ' ' && (*word == '\0' || c != *word++))
			return false;
		cell.p += k;
		cell.n -= k;
	}
	return *word == '\0';
}

enum number
china_amount(struct str s, bool binary, struct money *out)
{
	static const char *const bracket[] = { "(已", "（已" };

	*out = (struct money){ .exp = 2, .cur = "CNY" };
	for (size_t i = 0; i < COUNTOF(bracket); i++) {
		const char *p = s.n > 0 ? memmem(s.p, s.n, bracket[i], strlen(bracket[i])) : NULL;

		if (p != NULL && p > s.p)
			s.n = (size_t)(p - s.p);
	}
	return amount_read(s, '.', binary, out);
}

enum number
china_unsigned(struct str s, bool binary, struct money *out)
{
	enum number n = china_amount(s, binary, out);

	return n == NUMBER_OK && out->minor < 0 ? NUMBER_BAD : n;
}

bool
china_row_fits(const struct table *t, const struct trow *r, const struct header *h,
    bool (*fits)(const struct str *cell, size_t n, const void *ctx))
{
	struct str cell[CELLS_MAX];

	if (r->n <= (h->all > h->named ? h->all : h->named + 1))
		return true;
	for (uint32_t i = 0; i < r->n; i++)
		cell[i] = table_at(t, r, (int)i);
	return fits(cell, r->n, h);
}

bool
china_torn_amount(struct str before, struct str cell)
{
	size_t tail = 0, head = 0;              /* 0xa5 ends both yen signs */

	cell = str_trim(cell);
	before = str_trim(before);
	while (tail < before.n && before.p[before.n - 1 - tail] >= '0' && before.p[before.n - 1 - tail] <= '9')
		tail++;
	while (head < cell.n && cell.p[head] >= '0' && cell.p[head] <= '9')
		head++;
	if (tail < 1 || tail > 3 || head != 3)
		return false;
	before.n -= tail;
	return before.n == 0 || before.p[before.n - 1] == ',' || (unsigned char)before.p[before.n - 1] == 0xa5;
}

bool
china_fee(struct str remark, struct money *out)
{
	const char *p = remark.n > 0 ? memmem(remark.p, remark.n, "服务费", strlen("服务费")) : NULL;
	struct str rest;
	size_t n = 0;

	if (p == NULL)
		return false;
	rest = (struct str){ p + strlen("服务费"), (size_t)(remark.p + remark.n - p) - strlen("服务费") };
	rest = str_trim(rest);
	for (;;) {
		if (str_begins(rest, ":") || str_begins(rest, "："))
			n = rest.p[0] == ':' ? 1 : strlen("：");
		else if (str_begins(rest, "¥") || str_begins(rest, "￥"))
			n = str_begins(rest, "¥") ? strlen("¥") : strlen("￥");
		else
			break;
		rest.p += n;
		rest.n -= n;
	}
	for (n = 0; n < rest.n && ((rest.p[n] >= '0' && rest.p[n] <= '9') || rest.p[n] == '.'); n++)
		;
	rest.n = n;
	return n > 0 && china_amount(rest, false, out) == NUMBER_OK && out->minor > 0;
}

bool
china_pot_out(struct str type, struct str text)
{
	static const char *const out[] = { "提现", "转出", "还款", "买入", "购买", "申购" };

	for (size_t i = 0; i < COUNTOF(out); i++)
		if (str_has(type, out[i]) || str_has(text, out[i]))
			return true;
	return false;
}

void
china_stamp(struct txn *t, const struct table *tab, const struct trow *r, int col, bool in_file, size_t *resaved)
{
	bool odd;

	if (!stamp_put(&t->when, table_at(tab, r, col), table_number(tab, r, col), tab->date1904, &odd))
		t->flags |= TXN_F_BAD_TIME;
	*resaved += odd;
	zone_put(&t->when, STR("+08:00"), in_file ? ZONE_IN_FILE : ZONE_OF_PROVIDER);
}

void
china_period(struct statement *s, const struct table *tab)
{
	static const char *const first[] = { "起始时间", "起始日期" }, *const last[] = { "终止时间", "终止日期" };
	bool odd;

	for (size_t i = 0; i < 2; i++) {
		struct str v = banner_value(tab, first[i]);

		if (v.n > 0 && !s->first_said.has_date && stamp_put(&s->first_said, v, false, false, &odd))
			zone_put(&s->first_said, STR("+08:00"), ZONE_OF_PROVIDER);
		v = banner_value(tab, last[i]);
		if (v.n > 0 && !s->last_said.has_date && stamp_put(&s->last_said, v, false, false, &odd))
			zone_put(&s->last_said, STR("+08:00"), ZONE_OF_PROVIDER);
	}
}

static int
by_ref(const void *a, const void *b)
{
	const struct txn *x = *(const struct txn *const *)a, *y = *(const struct txn *const *)b;
	int d = strcmp(x->ref_id, y->ref_id);

	return d != 0 ? d : (x->amount.minor > y->amount.minor) - (x->amount.minor < y->amount.minor);
}

enum rc
china_twins(struct statement *s, struct err *e)
{
	AUTO(auto_free) const struct txn **refund = calloc(s->rows + 1, sizeof *refund);
	size_t n = 0;

	if (refund == NULL)
		return refuse(e, E_NOMEM, "memory", 0, "", 0);
	for (size_t i = 0; i < s->rows; i++)
		if (s->row[i].status == TXN_REFUNDED && s->row[i].moved == TXN_MOVED)
			refund[n++] = &s->row[i];
	qsort(refund, n, sizeof *refund, by_ref);
	for (size_t i = 0; i < s->rows; i++) {
		struct txn *pay = &s->row[i];
		struct txn key = { .ref_id = pay->id, .amount.minor = -pay->amount.minor };
		const struct txn *want = &key, *const *hit;

		if (pay->moved != TXN_MOVED_WITH_TWIN)
			continue;
		hit = bsearch(&want, refund, n, sizeof *refund, by_ref);
		if (hit == NULL || !txn_twins(pay, *hit))
			pay->flags |= TXN_F_NO_TWIN;
	}
	return OK;
}
