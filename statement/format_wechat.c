/*
 * statement/format_wechat.c: WeChat Pay's CSV and, since July 2025, XLSX (formats.md section 4). The XLSX of March
 * 2026 has numbers as amounts; the spreadsheet part hands cells over as text or as marked numbers, so that one
 * reader serves all.
 */
#include "statement/parse_china.h"

#include <string.h>

enum wx_col {
	WX_TIME,
	WX_TYPE,
	WX_WITH,
	WX_GOODS,
	WX_WAY,
	WX_AMOUNT,
	WX_METHOD,
	WX_STATUS,
	WX_ID,
	WX_MERCHANT_ID,
	WX_REMARK,
	WX_COLS
};

static const struct { uint8_t col; const char *word; } columns[] = {
	{ WX_TIME, "交易时间" },
	{ WX_TYPE, "交易类型" },
	{ WX_WITH, "交易对方" },
	{ WX_GOODS, "商品" },
	{ WX_WAY, "收/支" },
	{ WX_AMOUNT, "金额(元)" },
	{ WX_AMOUNT, "金额" },
	{ WX_METHOD, "支付方式" },
	{ WX_STATUS, "当前状态" },
	{ WX_ID, "交易单号" },
	{ WX_MERCHANT_ID, "商户单号" },
	{ WX_REMARK, "备注" },
};

static bool
wx_match(struct header *h, const struct str *cell, size_t n)
{
	static const enum wx_col needed[] = { WX_TIME, WX_TYPE, WX_WITH, WX_WAY, WX_AMOUNT, WX_STATUS, WX_ID };

	for (size_t i = 0; i < COUNTOF(columns); i++) {
		for (size_t k = 0; k < n && h->col[columns[i].col] < 0; k++) {
			if (china_header_is(cell[k], columns[i].word)) {
				h->col[columns[i].col] = (int)k;
				h->score++;
			}
		}
	}
	for (size_t i = 0; i < COUNTOF(needed); i++)
		if (h->col[needed[i]] < 0)
			return false;
	h->name = "wechat-csv";
	return true;
}

enum wx_class { WX_DONE, WX_FULL_REFUND, WX_PART_REFUND, WX_WAITING, WX_FAILED, WX_CLOSED, WX_UNKNOWN };

static enum wx_class
status_class(struct str s)
{
	static const char *const done[] = { "支付成功", "已转账", "对方已收钱", "朋友已收钱", "已收钱", "已存入零钱",
		"充值完成", "充值成功", "提现已到账", "已到账" };

	for (size_t i = 0; i < COUNTOF(done); i++)
		if (str_is(s, done[i]))
			return WX_DONE;
	if (str_begins(s, "已全额退款") || str_is(s, "对方已退还") || str_is(s, "已退还"))
		return WX_FULL_REFUND;
	if (str_begins(s, "已退款"))
		return WX_PART_REFUND;
	if (str_is(s, "待确认收款") || str_is(s, "待支付") || str_is(s, "等待付款"))
		return WX_WAITING;
	if (str_is(s, "支付失败") || str_is(s, "提现失败"))
		return WX_FAILED;
	return str_is(s, "已关闭") ? WX_CLOSED : WX_UNKNOWN;
}

static bool
wx_fits(const struct str *cell, size_t n, const void *ctx)
{
	const struct header *h = ctx;
	struct money m;
	struct when w;
	bool odd;

	for (size_t i = 0; i < WX_COLS; i++)
		if (h->col[i] >= 0 && (size_t)h->col[i] >= n)
			return false;
	return china_way(cell[h->col[WX_WAY]]) != WAY_UNKNOWN && status_class(cell[h->col[WX_STATUS]]) != WX_UNKNOWN &&
	    china_amount(cell[h->col[WX_AMOUNT]], false, &m) == NUMBER_OK &&
	    stamp_put(&w, cell[h->col[WX_TIME]], false, false, &odd);
}

static void
wx_layout(struct csv_layout *l, const struct header *h)
{
	l->lenient = true;
	l->text_col = h->col[WX_GOODS];
	l->fits = wx_fits;
}

struct wx {
	struct statement *s;
	const struct header *h;
	const struct table *tab;
	bool zone_said;                 /* the notes of the file name the zone */
	size_t resaved;
};

/* "/" is how this provider writes nothing, sometimes in quotes. */
static struct str
at(const struct wx *x, const struct trow *r, enum wx_col col)
{
	struct str s = table_at(x->tab, r, x->h->col[col]);

	return str_is(s, "/") || str_is(s, "\"/\"") ? (struct str){ "", 0 } : s;
}

/* t->amount is still unsigned. A refunded payment and the row that brings it back both count. */
static void
judge(const struct wx *x, const struct trow *r, struct txn *t)
{
	enum china_way way = china_way(at(x, r, WX_WAY));
	enum wx_class class = status_class(at(x, r, WX_STATUS));
	struct money fee;

	t->moved = TXN_STAYED;
	switch (class) {
	case WX_DONE: t->status = TXN_SETTLED; break;
	case WX_FULL_REFUND: t->status = TXN_REFUNDED; break;
	case WX_PART_REFUND: t->status = way == WAY_IN ? TXN_REFUNDED : TXN_SETTLED; break;
	case WX_WAITING: t->status = TXN_PENDING; break;
	case WX_FAILED: t->status = TXN_FAILED; break;
	case WX_CLOSED: t->status = TXN_CANCELLED; break;
	case WX_UNKNOWN: break;
	}
	if (class == WX_UNKNOWN || way == WAY_UNKNOWN) {
		t->status = TXN_UNKNOWN;
		t->flags |= TXN_F_UNKNOWN_STATUS;
	} else if (way != WAY_NEUTRAL && (class == WX_DONE || class == WX_FULL_REFUND || class == WX_PART_REFUND)) {
		t->moved = TXN_MOVED;
	}
	if (way == WAY_OUT || (way != WAY_IN && china_pot_out(at(x, r, WX_TYPE), at(x, r, WX_GOODS))))
		t->amount.minor = -t->amount.minor;
	if (china_fee(at(x, r, WX_REMARK), &fee)) {
		t->fee = fee;
		t->fee.minor = -fee.minor;
		t->has_fee = true;
		if (way == WAY_NEUTRAL && class == WX_DONE)
			t->moved = TXN_MOVED_FEE;
	}
}

static enum rc
put_texts(const struct wx *x, const struct trow *r, struct txn *t, struct err *e)
{
	enum rc rc;

	if ((rc = record_put(&t->id, at(x, r, WX_ID), e)) != OK ||
	    (rc = record_put(&t->ref_id, at(x, r, WX_MERCHANT_ID), e)) != OK ||
	    (rc = record_put(&t->type, at(x, r, WX_TYPE), e)) != OK ||
	    (rc = record_put(&t->status_text, at(x, r, WX_STATUS), e)) != OK ||
	    (rc = record_put(&t->direction, table_at(x->tab, r, x->h->col[WX_WAY]), e)) != OK ||
	    (rc = record_put(&t->counterparty, at(x, r, WX_WITH), e)) != OK ||
	    (rc = record_put(&t->method, at(x, r, WX_METHOD), e)) != OK)
		return rc;
	/* A spreadsheet keeps 15 digits of a number: an id that became one is not this id any more. */
	if (table_number(x->tab, r, x->h->col[WX_ID]) && strlen(t->id) > 15)
		t->flags |= TXN_F_ID_DOUBTFUL;
	return record_put(&t->description, at(x, r, WX_GOODS), e);
}

/* Too many cells, and not empty ones; or so few that amount and status are missing. Trailing ones may lack in a
 * sheet. */
static bool
placed(const struct wx *x, const struct trow *r)
{
	static const enum wx_col needed[] = { WX_TIME, WX_WAY, WX_AMOUNT, WX_STATUS };

	for (size_t i = 0; i < COUNTOF(needed); i++)
		if ((uint32_t)x->h->col[needed[i]] >= r->n)
			return false;
	for (size_t i = x->h->named; i < r->n; i++)
		if (table_at(x->tab, r, (int)i).n > 0)
			return false;
	return china_row_fits(x->tab, r, x->h, wx_fits);
}

static enum rc
read_row(struct wx *x, const struct trow *r, struct err *e)
{
	struct str cell = at(x, r, WX_AMOUNT);
	struct money m;
	enum number n;
	struct txn *t;
	enum rc rc;

	if (record_void(x->s, at(x, r, WX_TIME), at(x, r, WX_STATUS)))
		return OK;
	if (!placed(x, r))
		return statement_bad(x->s, r->line, r->sheet, "row-cells", r->n, "", 0, e);
	n = china_unsigned(cell, table_number(x->tab, r, x->h->col[WX_AMOUNT]), &m);
	if ((rc = record_new(&t, x->s, x->tab, r, e)) != OK)
		return rc;
	t->amount = (struct money){ .exp = 2, .cur = "CNY" };
	if (n == NUMBER_OK)
		t->amount = m;
	t->has_amount = n == NUMBER_OK;
	judge(x, r, t);
	china_stamp(t, x->tab, r, x->h->col[WX_TIME], x->zone_said, &x->resaved);
	if ((rc = put_texts(x, r, t, e)) != OK)
		return rc;
	if (!t->has_amount && t->moved != TXN_STAYED) {
		record_drop(x->s);
		return statement_bad(
		    x->s, r->line, r->sheet, n == NUMBER_NONE ? "row-no-amount" : "row-amount", 0, cell.p, cell.n, e);
	}
	return OK;
}

static enum rc
wx_read(struct statement *s, const struct parse *p, const struct header *h, const struct table *tab, struct err *e)
{
	struct wx x = { .s = s, .h = h, .tab = tab };
	struct str banner = { tab->text.p + tab->before_at, tab->before_n };
	enum rc rc;

	(void)p;
	x.zone_said = str_has(banner, "UTC+08:00") || str_has(banner, "UTC+8");
	if (tab->sheet && (rc = record_name(&s->format, "wechat-xlsx", e)) != OK)
		return rc;
	for (size_t i = 0; i < tab->rows; i++)
		if ((rc = read_row(&x, &tab->row[i], e)) != OK)
			return rc;
	china_period(s, tab);
	if ((rc = record_text(&s->account_hint, banner_value(tab, "微信昵称"), e)) != OK)
		return rc;
	return x.resaved > 0 ? statement_warn(s, "spreadsheet", x.resaved, "", 0, e) : OK;
}

const struct format format_wechat = { .provider = "wechat", .match = wx_match, .layout = wx_layout, .read = wx_read };
