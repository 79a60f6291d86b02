/* wallet/rail.c: see rail.h. The words are those of statements that purser reads, and of formats that banks and wallets
 * hand out; folded as search_fold() does. */
#include "wallet/rail.h"

#include "wallet/filter.h"

#include <string.h>

static const struct { const char *name, *words; } rails[RAIL_COUNT] = {
	[RAIL_UNKNOWN] = { "unknown", N_("way of payment not known") },
	[RAIL_CARD] = { "card", N_("card payment") },
	[RAIL_DEBIT] = { "direct-debit", N_("direct debit") },
	[RAIL_TRANSFER] = { "transfer", N_("bank transfer") },
	[RAIL_INSTANT] = { "instant", N_("instant transfer") },
	[RAIL_PERSON] = { "person", N_("to a person in the wallet") },
	[RAIL_WALLET] = { "wallet", N_("paid through the wallet") },
	[RAIL_CRYPTO] = { "crypto", N_("crypto transfer") },
	[RAIL_INSIDE] = { "inside", N_("inside the account") },
};

const char *
rail_name(enum rail r)
{
	return (unsigned)r < RAIL_COUNT ? rails[r].name : rails[RAIL_UNKNOWN].name;
}

const char *
rail_words(enum rail r)
{
	return (unsigned)r < RAIL_COUNT ? rails[r].words : rails[RAIL_UNKNOWN].words;
}

/* ---- words ---- */

enum { TYPE = 1, METHOD = 2, TEXT = 4, WHOLE = 8 };     /* WHOLE: the cell is this word, else it holds it */
struct word { uint8_t rail, where; const char *word; };

/* The folded cells of a row. */
struct cells { struct buf type, method, text; };

static void
cells_free(struct cells *c)
{
	buf_free(&c->type);
	buf_free(&c->method);
	buf_free(&c->text);
}

static void
cells_fold(struct cells *c, const struct entry *en)
{
	search_fold(&c->type, en->type);
	search_fold(&c->method, en->method);
	search_fold(&c->text, en->description);
}

static bool
in_cell(const struct buf *cell, const struct word *w)
{
	const char *s = buf_str(cell);

	return (w->where & WHOLE) != 0 ? strcmp(s, w->word) == 0 : strstr(s, w->word) != NULL;
}

static bool
has_word(const struct cells *c, const struct word *w)
{
	return ((w->where & TYPE) != 0 && in_cell(&c->type, w)) ||
	    ((w->where & METHOD) != 0 && in_cell(&c->method, w)) || ((w->where & TEXT) != 0 && in_cell(&c->text, w));
}

/* The first that is there. */
static enum rail
first_of(const struct cells *c, const struct word *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_word(c, &w[i]))
			return (enum rail)w[i].rail;
	return RAIL_UNKNOWN;
}

/* Alipay and WeChat Pay: what a row is stands in its type (交易分类, 类型, 交易类型), sometimes in the goods. */
static const struct word china[] = {
	{ RAIL_INSIDE, TYPE, "零钱通转出-到零钱" }, { RAIL_INSIDE, TYPE, "转入零钱通" }, { RAIL_INSIDE, TYPE, "零钱充值" },
	{ RAIL_INSIDE, TYPE, "理财" }, { RAIL_INSIDE, TYPE | TEXT, "余额宝-" }, { RAIL_INSIDE, TEXT, "转入到余额宝" },
	{ RAIL_TRANSFER, TYPE | TEXT, "提现" }, { RAIL_TRANSFER, TYPE, "零钱通转出-到" },
	{ RAIL_TRANSFER, TYPE | TEXT, "转账到银行卡" }, { RAIL_TRANSFER, TYPE | TEXT, "转账到卡" },
	{ RAIL_TRANSFER, TYPE | TEXT, "还款" }, { RAIL_TRANSFER, TYPE | WHOLE, "信用借还" },
	{ RAIL_PERSON, TYPE, "转账" }, { RAIL_PERSON, TYPE | TEXT, "红包" }, { RAIL_PERSON, TYPE, "扫二维码付款" },
	{ RAIL_PERSON, TYPE, "二维码收款" }, { RAIL_PERSON, TYPE, "赞赏码" }, { RAIL_PERSON, TEXT, "转账" },
	{ RAIL_PERSON, TYPE, "群收款" },
};

/* PayPal pays persons and shops in one way; both are reported there as a payment. */
static const struct word paypal[] = {
	{ RAIL_INSIDE, TYPE, "currency conversion" }, { RAIL_INSIDE, TYPE, "conversion de devise" },
	{ RAIL_INSIDE, TYPE, "währungsumrechnung" }, { RAIL_INSIDE, TYPE, "conversione di valuta" },
	{ RAIL_INSIDE, TYPE, "conversión de divisa" }, { RAIL_INSIDE, TYPE, "通貨換算" },
	{ RAIL_CARD, TYPE, "debit card transaction" }, { RAIL_CARD, TYPE, "debit card cash" },
	{ RAIL_CARD, TYPE, "debitkarten" }, { RAIL_CARD, TYPE, "carte de débit" },
	{ RAIL_TRANSFER, TYPE, "withdraw" }, { RAIL_TRANSFER, TYPE, "auszahlung" },
	{ RAIL_TRANSFER, TYPE, "abbuchung" },
	{ RAIL_TRANSFER, TYPE, "retrait" }, { RAIL_TRANSFER, TYPE, "prelievo" }, { RAIL_TRANSFER, TYPE, "retirada" },
	{ RAIL_TRANSFER, TYPE, "引き出し" }, { RAIL_TRANSFER, TYPE, "virement" },
	{ RAIL_WALLET, TYPE, "payment" }, { RAIL_WALLET, TYPE, "zahlung" }, { RAIL_WALLET, TYPE, "paiement" },
	{ RAIL_WALLET, TYPE, "pagamento" }, { RAIL_WALLET, TYPE, "pago" }, { RAIL_WALLET, TYPE, "ペイメント" },
	{ RAIL_WALLET, TYPE, "支払い" }, { RAIL_WALLET, TYPE, "donation" }, { RAIL_WALLET, TYPE, "spende" },
	{ RAIL_WALLET, TYPE, "checkout" }, { RAIL_WALLET, TYPE, "purchase" },
	{ RAIL_WALLET, TYPE, "authori" }, { RAIL_WALLET, TYPE, "autoris" }, { RAIL_WALLET, TYPE, "autoriz" },
	{ RAIL_WALLET, TYPE, "hold" },
};

/* Networks between persons. */
static const struct word persons[] = {
	{ RAIL_INSTANT, TYPE, "instant transfer" }, { RAIL_TRANSFER, TYPE, "standard transfer" },
	{ RAIL_TRANSFER, TYPE, "cash out" }, { RAIL_CRYPTO, TYPE, "bitcoin withdrawal" },
	{ RAIL_INSIDE, TYPE, "bitcoin" },
	{ RAIL_CARD, TYPE, "card" }, { RAIL_WALLET, TYPE, "merchant" }, { RAIL_PERSON, TYPE, "p2p" },
	{ RAIL_PERSON, TYPE, "payment" }, { RAIL_PERSON, TYPE, "charge" }, { RAIL_PERSON, TYPE, "person" },
};

/* What happens within an exchange. */
static const struct word trades[] = {
	{ RAIL_INSIDE, TYPE, "convert" }, { RAIL_INSIDE, TYPE, "trade" }, { RAIL_INSIDE, TYPE | WHOLE, "buy" },
	{ RAIL_INSIDE, TYPE | WHOLE, "sell" }, { RAIL_INSIDE, TYPE | WHOLE, "match" }, { RAIL_INSIDE, TYPE, "staking" },
	{ RAIL_INSIDE, TYPE, "transaction related" }, { RAIL_INSIDE, TYPE | WHOLE, "fee" },
	{ RAIL_INSIDE, TYPE, "earn" },
	{ RAIL_INSIDE, TYPE, "spottostaking" }, { RAIL_INSIDE, TYPE | WHOLE, "spend" },
};

/* Banks, cards, and wallets that speak as these do. What is instant is looked for before what is a transfer. */
static const struct word general[] = {
	{ RAIL_INSIDE, TYPE | WHOLE, "exchange" }, { RAIL_INSIDE, TYPE, "pot transfer" },
	{ RAIL_DEBIT, TYPE | TEXT, "direct debit" }, { RAIL_DEBIT, TYPE, "directdebit" },
	{ RAIL_DEBIT, TYPE | TEXT, "lastschrift" },
	{ RAIL_DEBIT, TYPE | TEXT, "prélèvement" }, { RAIL_DEBIT, TYPE | TEXT, "prelevement" },
	{ RAIL_DEBIT, TYPE | TEXT, "addebito diretto" }, { RAIL_DEBIT, TYPE, "adeudo" },
	{ RAIL_DEBIT, TYPE, "domiciliaci" },
	{ RAIL_DEBIT, TYPE, "incasso" }, { RAIL_DEBIT, TYPE | TEXT, "ach debit" }, { RAIL_DEBIT, TYPE | WHOLE, "dd" },
	{ RAIL_DEBIT, TYPE | WHOLE, "sdd" },
	{ RAIL_CARD, TYPE, "card_payment" }, { RAIL_CARD, TYPE | TEXT, "card payment" },
	{ RAIL_CARD, TYPE | TEXT, "card transaction" },
	{ RAIL_CARD, TYPE | TEXT, "card purchase" }, { RAIL_CARD, TYPE, "debit card" },
	{ RAIL_CARD, TYPE, "credit card" },
	{ RAIL_CARD, TYPE | TEXT, "kartenbezahlung" }, { RAIL_CARD, TYPE | TEXT, "kartenzahlung" },
	{ RAIL_CARD, TYPE | TEXT, "paiement par carte" }, { RAIL_CARD, TYPE | TEXT, "pagamento con carta" },
	{ RAIL_CARD, TYPE | TEXT, "pago con tarjeta" }, { RAIL_CARD, TYPE | WHOLE, "pos" },
	{ RAIL_CARD, TYPE | WHOLE, "atm" },
	{ RAIL_CARD, TYPE | WHOLE, "deb" }, { RAIL_CARD, TYPE, "刷卡" },
	{ RAIL_INSTANT, TYPE | TEXT, "instant" }, { RAIL_INSTANT, TYPE | TEXT, "echtzeit" },
	{ RAIL_INSTANT, TYPE | TEXT, "istantaneo" },
	{ RAIL_INSTANT, TYPE | TEXT, "instantánea" }, { RAIL_INSTANT, TYPE | TEXT, "sct inst" },
	{ RAIL_INSTANT, TYPE | TEXT, "faster payment" }, { RAIL_INSTANT, TYPE | WHOLE, "fpo" },
	{ RAIL_INSTANT, TYPE | TEXT, "zelle" },
	{ RAIL_INSTANT, TYPE | WHOLE, "pix" }, { RAIL_INSTANT, TYPE, "bizum" }, { RAIL_INSTANT, TYPE, "实时" },
	{ RAIL_TRANSFER, TYPE | TEXT, "transfer" }, { RAIL_TRANSFER, TYPE | TEXT, "überweisung" },
	{ RAIL_TRANSFER, TYPE, "virement" },
	{ RAIL_TRANSFER, TYPE, "bonifico" }, { RAIL_TRANSFER, TYPE | TEXT, "sent money" },
	{ RAIL_TRANSFER, TYPE, "withdraw" },
	{ RAIL_TRANSFER, TYPE, "wire" }, { RAIL_TRANSFER, TYPE | WHOLE, "xfer" },
	{ RAIL_TRANSFER, TYPE | WHOLE, "tfr" },
	{ RAIL_TRANSFER, TYPE | WHOLE, "payout" }, { RAIL_TRANSFER, TYPE | TEXT, "转账" },
	{ RAIL_TRANSFER, TYPE | TEXT, "汇款" },
};

/* ---- the rail ---- */

static bool
is_crypto(const char *cur, enum provider_class class)
{
	static const char *const more[] = { "USDT", "USDC", "BUSD", "ETH2", "XXBT", "XETH", "XDG" };

	if (cur[0] == '\0')
		return false;
	for (size_t i = 0; i < COUNTOF(more); i++)
		if (strcmp(cur, more[i]) == 0)
			return true;
	return currency_exp(cur) == 8 || (class == CLASS_EXCHANGE && !currency_known(cur));
}

static bool
one_of(const char *s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(s, list[i]) == 0)
			return true;
	return false;
}

enum rail
rail_of(const struct entry *en, enum provider_class class)
{
	static const char *const chinese[] = { "alipay", "wechat" },
	    *const personal[] = { "venmo", "cash-app", "apple-cash" };
	AUTO(cells_free) struct cells c = { .type = { 0 } };
	enum rail r;

	cells_fold(&c, en);
	r = first_of(&c, trades, class == CLASS_EXCHANGE ? COUNTOF(trades) : 0);
	if (r == RAIL_UNKNOWN && is_crypto(en->amount.cur, class))
		r = RAIL_CRYPTO;
	if (r != RAIL_UNKNOWN)
		return r;
	if (one_of(en->provider, chinese, COUNTOF(chinese))) {
		r = first_of(&c, china, COUNTOF(china));
		return r == RAIL_UNKNOWN && strcmp(en->direction, "支出") == 0 ? RAIL_WALLET : r;
	}
	if (strcmp(en->provider, "paypal") == 0)
		return first_of(&c, paypal, COUNTOF(paypal));
	if (one_of(en->provider, personal, COUNTOF(personal)))
		return first_of(&c, persons, COUNTOF(persons));
	r = first_of(&c, general, COUNTOF(general));
	return r == RAIL_UNKNOWN && class == CLASS_CARD ? RAIL_CARD : r;
}

/* A card says so; a bank account says bank. 储蓄卡 is the bank account that a debit card stands for. */
static const struct word funds[] = {
	{ RAIL_DEBIT, TYPE | METHOD, "储蓄卡" }, { RAIL_CARD, TYPE | METHOD, "信用卡" }, { RAIL_CARD, TYPE | METHOD, "card" },
	{ RAIL_CARD, TYPE | METHOD, "karte" }, { RAIL_CARD, TYPE | METHOD, "carte" },
	{ RAIL_CARD, TYPE | METHOD, "tarjeta" },
	{ RAIL_CARD, TYPE | METHOD, "カード" }, { RAIL_CARD, METHOD, "visa" }, { RAIL_CARD, METHOD, "mastercard" },
	{ RAIL_CARD, METHOD, "amex" }, { RAIL_DEBIT, TYPE | METHOD, "bank" }, { RAIL_DEBIT, TYPE | METHOD, "banco" },
	{ RAIL_DEBIT, TYPE | METHOD, "bancari" }, { RAIL_DEBIT, TYPE | METHOD, "banque" },
	{ RAIL_DEBIT, TYPE | METHOD, "銀行" },
	{ RAIL_DEBIT, TYPE | METHOD, "银行" }, { RAIL_DEBIT, TYPE, "virement" }, { RAIL_DEBIT, TYPE, "ach deposit" },
	{ RAIL_DEBIT, METHOD, "checking" },
};

enum rail
rail_funding(const struct entry *en)
{
	AUTO(cells_free) struct cells c = { .type = { 0 } };
	bool in = en->has_amount && en->amount.minor > 0;

	cells_fold(&c, en);
	if (!in)        /* of a payment only the method tells it */
		buf_reset(&c.type);
	return first_of(&c, funds, COUNTOF(funds));
}

bool
rail_reserved(const struct entry *en)
{
	static const struct word over[] = { { 1, TYPE, "reversal" }, { 1, TYPE, "release" }, { 1, TYPE, "aufhebung" } };
	static const struct word held[] = { { 1, TYPE, "authori" }, { 1, TYPE, "autoris" }, { 1, TYPE, "autoriz" },
		{ 1, TYPE, "承認" }, { 1, TYPE, "オーソリ" }, { 1, TYPE, "hold" }, { 1, TYPE, "einbehaltung" },
		{ 1, TYPE, "blocage" }, { 1, TYPE, "retención" }, { 1, TYPE, "一時保留" }, { 1, TYPE, "冻结" } };
	AUTO(cells_free) struct cells c = { .type = { 0 } };

	cells_fold(&c, en);
	return first_of(&c, over, COUNTOF(over)) == RAIL_UNKNOWN && first_of(&c, held, COUNTOF(held)) != RAIL_UNKNOWN;
}
