/*
 * statement/format_alipay.c: Alipay's three CSV layouts (formats.md section 3): the web's until about 2023, the
 * app's of 2021 and 2022 with the banner behind the data, and the app's since 2023.
 */
#include "statement/parse_china.h"

#include <string.h>

enum ali_col {
	ALI_ID,
	ALI_MERCHANT_ID,
	ALI_CREATED,
	ALI_PAID,
	ALI_TYPE,
	ALI_WITH,
	ALI_GOODS,
	ALI_AMOUNT,
	ALI_WAY,
	ALI_STATUS,
	ALI_FEE,
	ALI_REFUNDED,
	ALI_REMARK,
	ALI_FUNDS,
	ALI_METHOD,
	ALI_COLS
};

/* The first word that is there wins. */
static const struct { uint8_t col; const char *word; } columns[] = {
	{ ALI_ID, "交易订单号" },
	{ ALI_ID, "交易号" },
	{ ALI_MERCHANT_ID, "商家订单号" },
	{ ALI_MERCHANT_ID, "商户订单号" },
	{ ALI_CREATED, "交易时间" },
	{ ALI_CREATED, "交易创建时间" },
	{ ALI_PAID, "付款时间" },
	{ ALI_TYPE, "交易分类" },
	{ ALI_TYPE, "类型" },
	{ ALI_WITH, "交易对方" },
	{ ALI_GOODS, "商品说明" },
	{ ALI_GOODS, "商品名称" },
	{ ALI_AMOUNT, "金额" },
	{ ALI_AMOUNT, "金额(元)" },
	{ ALI_WAY, "收/支" },
	{ ALI_STATUS, "交易状态" },
	{ ALI_FEE, "服务费(元)" },
	{ ALI_FEE, "服务费" },
	{ ALI_REFUNDED, "成功退款(元)" },
	{ ALI_REFUNDED, "成功退款" },
	{ ALI_REMARK, "备注" },
	{ ALI_FUNDS, "资金状态" },
	{ ALI_METHOD, "收/付款方式" },
};

static bool
ali_match(struct header *h, const struct str *cell, size_t n)
{
	static const enum ali_col needed[] = { ALI_ID, ALI_CREATED, ALI_WITH, ALI_GOODS, ALI_AMOUNT, ALI_WAY,
		ALI_STATUS };

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
	if (h->col[ALI_FUNDS] >= 0)
		h->name = "alipay-web";
	else if (h->col[ALI_WAY] < h->col[ALI_CREATED] && h->col[ALI_WAY] < h->col[ALI_WITH])
		h->name = "alipay-app-2021";
	else
		h->name = "alipay-app";
	return true;
}

enum ali_class {
	ALI_DONE,
	ALI_ESCROW,
	ALI_REFUND,
	ALI_CLOSED,
	ALI_WAITING,
	ALI_FAILED,
	ALI_FREEZE,
	ALI_UNFREEZE,
	ALI_UNKNOWN
};

static enum ali_class
status_class(struct str s)
{
	static const struct { const char *word; enum ali_class class; } words[] = {
		{ "交易成功", ALI_DONE },
		{ "支付成功", ALI_DONE },
		{ "还款成功", ALI_DONE },
		{ "等待确认收货", ALI_ESCROW },
		{ "等待发货", ALI_ESCROW },
		{ "等待卖家发货", ALI_ESCROW },
		{ "退款成功", ALI_REFUND },
		{ "交易关闭", ALI_CLOSED },
		{ "等待付款", ALI_WAITING },
		{ "等待对方付款", ALI_WAITING },
		{ "支付失败", ALI_FAILED },
		{ "交易失败", ALI_FAILED },
		{ "还款失败", ALI_FAILED },
		{ "冻结", ALI_FREEZE },
		{ "冻结成功", ALI_FREEZE },
		{ "解冻成功", ALI_UNFREEZE },
		{ "解冻", ALI_UNFREEZE },
	};

	for (size_t i = 0; i < COUNTOF(words); i++)
		if (str_is(s, words[i].word))
			return words[i].class;
	return ALI_UNKNOWN;
}

/* Is a row with a comma too many right now? Its direction, amount, status and time tell. */
static bool
ali_fits(const struct str *cell, size_t n, const void *ctx)
{
	const struct header *h = ctx;
	struct money m;
	struct when w;
	bool odd;

	for (size_t i = 0; i < ALI_COLS; i++)
		if (h->col[i] >= 0 && (size_t)h->col[i] >= n && i != ALI_REMARK)
			return false;
	if (h->col[ALI_AMOUNT] > 0 && china_torn_amount(cell[h->col[ALI_AMOUNT] - 1], cell[h->col[ALI_AMOUNT]]))
		return false;
	return china_way(cell[h->col[ALI_WAY]]) != WAY_UNKNOWN &&
	    status_class(cell[h->col[ALI_STATUS]]) != ALI_UNKNOWN &&
	    china_amount(cell[h->col[ALI_AMOUNT]], false, &m) == NUMBER_OK &&
	    stamp_put(&w, cell[h->col[ALI_CREATED]], false, false, &odd);
}

static void
ali_layout(struct csv_layout *l, const struct header *h)
{
	l->lenient = true;
	l->dashes_end = true;
	l->text_col = h->col[ALI_GOODS];
	l->fits = ali_fits;
}

/* ---- what a status means for money ---- */

struct ali {
	struct statement *s;
	const struct header *h;
	const struct table *tab;
	size_t resaved;
};

static struct str
at(const struct ali *x, const struct trow *r, enum ali_col col)
{
	return table_at(x->tab, r, x->h->col[col]);
}

/* Was this ever paid? The web layout says so by the state of the funds; of nothing there is nothing to refund. */
static bool
was_paid(const struct ali *x, const struct trow *r, const struct txn *t)
{
	return (x->h->col[ALI_FUNDS] < 0 || at(x, r, ALI_FUNDS).n > 0) && !(t->has_amount && t->amount.minor == 0);
}

/* Status and movement; t->amount is still unsigned. */
static void
judge(const struct ali *x, const struct trow *r, struct txn *t)
{
	enum china_way way = china_way(at(x, r, ALI_WAY));
	enum ali_class class = status_class(at(x, r, ALI_STATUS));
	bool pots = way == WAY_NEUTRAL;
	struct money fee;

	t->moved = TXN_STAYED;
	switch (class) {
	case ALI_DONE: t->status = TXN_SETTLED; break;
	case ALI_ESCROW: t->status = TXN_HELD; break;
	case ALI_REFUND: t->status = TXN_REFUNDED; break;
	case ALI_CLOSED: t->status = way == WAY_OUT && was_paid(x, r, t) ? TXN_REFUNDED : TXN_CANCELLED; break;
	case ALI_WAITING: t->status = TXN_PENDING; break;
	case ALI_FAILED: t->status = TXN_FAILED; break;
	case ALI_FREEZE: t->status = TXN_HELD; break;
	case ALI_UNFREEZE: t->status = TXN_RELEASED; break;
	case ALI_UNKNOWN:
		t->status = TXN_UNKNOWN;
		t->flags |= TXN_F_UNKNOWN_STATUS;
		break;
	}
	if (class == ALI_REFUND) {
		t->moved = TXN_MOVED;                   /* whatever the direction says */
		way = WAY_IN;
		pots = false;
	} else if (way == WAY_OUT && class == ALI_CLOSED && was_paid(x, r, t)) {
		t->moved = TXN_MOVED_WITH_TWIN;
	} else if ((way == WAY_OUT || way == WAY_IN) && (class == ALI_DONE || class == ALI_ESCROW)) {
		t->moved = TXN_MOVED;
	}
	if (way == WAY_UNKNOWN) {
		t->flags |= TXN_F_UNKNOWN_STATUS;
		t->status = TXN_UNKNOWN;
	}
	if (way == WAY_OUT || (way != WAY_IN && china_pot_out(at(x, r, ALI_TYPE), at(x, r, ALI_GOODS))))
		t->amount.minor = -t->amount.minor;
	if ((china_amount(at(x, r, ALI_FEE), table_number(x->tab, r, x->h->col[ALI_FEE]), &fee) == NUMBER_OK &&
		fee.minor > 0) ||
	    china_fee(at(x, r, ALI_REMARK), &fee)) {
		t->fee = fee;
		t->fee.minor = -fee.minor;
		t->has_fee = true;
		if (pots && class == ALI_DONE)
			t->moved = TXN_MOVED_FEE;
	}
}

static enum rc
put_texts(const struct ali *x, const struct trow *r, struct txn *t, struct err *e)
{
	struct str id = at(x, r, ALI_ID), ref = at(x, r, ALI_MERCHANT_ID);
	enum rc rc;

	if (status_class(at(x, r, ALI_STATUS)) == ALI_REFUND && id.n > 0) {
		const char *bar = memchr(id.p, '_', id.n);

		ref = bar != NULL && bar > id.p ? (struct str){ id.p, (size_t)(bar - id.p) } : id;
	}
	if ((rc = record_put(&t->id, id, e)) != OK || (rc = record_put(&t->ref_id, ref, e)) != OK ||
	    (rc = record_put(&t->type, at(x, r, ALI_TYPE), e)) != OK ||
	    (rc = record_put(&t->status_text, at(x, r, ALI_STATUS), e)) != OK ||
	    (rc = record_put(&t->direction, at(x, r, ALI_WAY), e)) != OK ||
	    (rc = record_put(&t->counterparty, at(x, r, ALI_WITH), e)) != OK ||
	    (rc = record_put(&t->method, at(x, r, ALI_METHOD), e)) != OK)
		return rc;
	return record_put(&t->description, at(x, r, ALI_GOODS), e);
}

/* Direction, amount and status in their columns, or the row cannot be placed. */
static bool
placed(const struct ali *x, const struct trow *r)
{
	bool wide = false;

	for (size_t i = 0; i < ALI_COLS; i++)
		if (x->h->col[i] >= 0 && (uint32_t)x->h->col[i] >= r->n && i != ALI_REMARK && i != ALI_FUNDS)
			return false;
	for (size_t i = x->h->named; i < r->n; i++)
		wide = wide || table_at(x->tab, r, (int)i).n > 0;
	return !wide && china_row_fits(x->tab, r, x->h, ali_fits);
}

static enum rc
read_row(struct ali *x, const struct trow *r, struct err *e)
{
	struct str cell = at(x, r, ALI_AMOUNT);
	struct money m;
	enum number n;
	struct txn *t;
	enum rc rc;

	if (x->tab->sheet && record_void(x->s, at(x, r, ALI_CREATED), at(x, r, ALI_STATUS)))
		return OK;
	if (!placed(x, r))
		return statement_bad(x->s, r->line, r->sheet, "row-cells", r->n, "", 0, e);
	n = china_unsigned(cell, table_number(x->tab, r, x->h->col[ALI_AMOUNT]), &m);
	if ((rc = record_new(&t, x->s, x->tab, r, e)) != OK)
		return rc;
	t->amount = (struct money){ .exp = 2, .cur = "CNY" };
	if (n == NUMBER_OK)
		t->amount = m;
	t->has_amount = n == NUMBER_OK;
	judge(x, r, t);
	china_stamp(t, x->tab, r, x->h->col[ALI_CREATED], false, &x->resaved);
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
ali_read(struct statement *s, const struct parse *p, const struct header *h, const struct table *tab, struct err *e)
{
	static const char *const owner[] = { "支付宝账户", "账号" };
	struct ali x = { .s = s, .h = h, .tab = tab };
	enum rc rc;

	(void)p;        /* nothing of these files is left to the user: point and year-first dates */
	for (size_t i = 0; i < tab->rows; i++)
		if ((rc = read_row(&x, &tab->row[i], e)) != OK)
			return rc;
	if ((rc = china_twins(s, e)) != OK)
		return rc;
	china_period(s, tab);
	for (size_t i = 0; i < COUNTOF(owner) && s->account_hint[0] == '\0'; i++)
		if ((rc = record_text(&s->account_hint, banner_value(tab, owner[i]), e)) != OK)
			return rc;
	if (x.resaved > 0 && (rc = statement_warn(s, "spreadsheet", x.resaved, "", 0, e)) != OK)
		return rc;
	if (!tab->dashes && !tab->sheet &&
	    (strcmp(h->name, "alipay-web") == 0 || strcmp(h->name, "alipay-app-2021") == 0))
		return statement_warn(s, "no-end", 0, "", 0, e);
	return OK;
}

const struct format format_alipay = {
	.provider = "alipay", .match = ali_match, .layout = ali_layout, .read = ali_read
};
