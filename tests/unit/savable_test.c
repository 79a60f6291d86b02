/* What can still be saved: rails by the words of statements, classes by rail and status, order, the pace by hand-worked
 * figures, and the rows that a store brings. */
#include "store/devices.h"
#include "store/outflow.h"
#include "store/symptoms.h"
#include "tests/unit/rows.h"
#include "wallet/savable.h"

static const int64_t now_ms = INT64_C(1795305600000);           /* 2026-11-22 00:00 UTC */

/* ---- rails ---- */

struct say { const char *provider; enum provider_class class; const char *type, *method, *text, *way,
    *cur; enum rail rail; };
static const struct say words[] = {
	{ "paypal", CLASS_WALLET, "Website Payment", "", "", "", "EUR", RAIL_WALLET },
	{ "paypal", CLASS_WALLET, "PreApproved Payment Bill User Payment", "", "", "", "EUR", RAIL_WALLET },
	{ "paypal", CLASS_WALLET, "General PayPal Debit Card Transaction", "", "", "", "USD", RAIL_CARD },
	{ "paypal", CLASS_WALLET, "General Withdrawal", "", "", "", "EUR", RAIL_TRANSFER },
	{ "paypal", CLASS_WALLET, "General Currency Conversion", "", "", "", "EUR", RAIL_INSIDE },
	{ "paypal", CLASS_WALLET, "PayPal Express-Zahlung", "", "", "", "EUR", RAIL_WALLET },
	{ "paypal", CLASS_WALLET, "Allgemeine Währungsumrechnung", "", "", "", "EUR", RAIL_INSIDE },
	{ "paypal", CLASS_WALLET, "Paiement sur site marchand", "", "", "", "EUR", RAIL_WALLET },
	{ "paypal", CLASS_WALLET, "Pago estándar", "", "", "", "EUR", RAIL_WALLET },
	{ "paypal", CLASS_WALLET, "ウェブペイメント", "", "", "", "JPY", RAIL_WALLET },
	{ "paypal", CLASS_WALLET, "Natuenico paratere", "", "", "", "EUR", RAIL_UNKNOWN },
	{ "alipay", CLASS_WALLET, "餐饮美食", "余额宝", "拿铁", "支出", "CNY", RAIL_WALLET },
	{ "alipay", CLASS_WALLET, "转账红包", "余额", "生日", "支出", "CNY", RAIL_PERSON },
	{ "alipay", CLASS_WALLET, "转账到银行卡", "", "提现", "", "CNY", RAIL_TRANSFER },
	{ "alipay", CLASS_WALLET, "投资理财", "余额宝", "", "不计收支", "CNY", RAIL_INSIDE },
	{ "wechat", CLASS_WALLET, "商户消费", "零钱", "", "支出", "CNY", RAIL_WALLET },
	{ "wechat", CLASS_WALLET, "扫二维码付款", "零钱通", "", "支出", "CNY", RAIL_PERSON },
	{ "wechat", CLASS_WALLET, "零钱提现", "某某银行", "", "/", "CNY", RAIL_TRANSFER },
	{ "wechat", CLASS_WALLET, "零钱通转出-到零钱", "", "", "/", "CNY", RAIL_INSIDE },
	{ "wechat", CLASS_WALLET, "零钱通转出-到某某银行(0042)", "", "", "/", "CNY", RAIL_TRANSFER },
	{ "apple-card", CLASS_CARD, "Purchase", "", "", "", "USD", RAIL_CARD },
	{ "venmo", CLASS_WALLET, "Instant Transfer", "", "", "", "USD", RAIL_INSTANT },
	{ "venmo", CLASS_WALLET, "Payment", "", "", "", "USD", RAIL_PERSON },
	{ "cash-app", CLASS_WALLET, "Cash Card Debit", "", "", "", "USD", RAIL_CARD },
	{ "revolut", CLASS_WALLET, "CARD_PAYMENT", "", "", "", "CHF", RAIL_CARD },
	{ "revolut", CLASS_WALLET, "Kartenbezahlung", "", "", "", "CHF", RAIL_CARD },
	{ "wise", CLASS_WALLET, "", "", "Sent money to John Doe", "", "USD", RAIL_TRANSFER },
	{ "coinbase", CLASS_EXCHANGE, "Send", "", "", "", "BTC", RAIL_CRYPTO },
	{ "coinbase", CLASS_EXCHANGE, "Convert", "", "", "", "BTC", RAIL_INSIDE },
	{ "coinbase", CLASS_EXCHANGE, "Withdrawal", "", "", "", "EUR", RAIL_TRANSFER },
	{ "mybank", CLASS_BANK, "BASISLASTSCHRIFT", "", "", "", "EUR", RAIL_DEBIT },
	{ "mybank", CLASS_BANK, "Echtzeit-Überweisung", "", "", "", "EUR", RAIL_INSTANT },
	{ "mybank", CLASS_BANK, "XFER", "", "", "", "EUR", RAIL_TRANSFER },
	{ "mybank", CLASS_BANK, "OTHER", "", "", "", "EUR", RAIL_UNKNOWN },
	{ "", CLASS_COUNT, "", "", "", "", "EUR", RAIL_UNKNOWN },
};

static struct entry
row(const char *provider, const char *type, enum txn_status status, bool moved, int64_t minor)
{
	struct entry en = { .account = "a", .provider = provider, .type = type, .status_text = "", .direction = "",
		.counterparty = "", .description = "", .method = "", .reference = "", .note = "", .status = status,
		.moved = moved, .has_amount = true, .amount = { .minor = minor, .exp = 2, .cur = "EUR" } };

	return en;
}

static void
test_rails(void)
{
	for (size_t i = 0; i < COUNTOF(words); i++) {
		const struct say *w = &words[i];
		struct entry en = row(w->provider, w->type, TXN_SETTLED, true, -100);

		en.method = w->method;
		en.description = w->text;
		en.direction = w->way;
		(void)snprintf(en.amount.cur, sizeof en.amount.cur, "%s", w->cur);
		ok(rail_of(&en, w->class) == w->rail, "%s '%s%s' is %s (got %s)", w->provider, w->type, w->text,
		    rail_name(w->rail), rail_name(rail_of(&en, w->class)));
	}
}

static void
test_funding(void)
{
	static const struct { const char *type, *method; int64_t minor; enum rail rail; } f[] = {
		{ "Bank Deposit to PP Account ", "", 100, RAIL_DEBIT }, { "General Card Deposit", "", 100, RAIL_CARD },
		{ "クレジットカードによる一般の入金", "", 100, RAIL_CARD }, { "餐饮美食", "某某银行信用卡(7711)", -100, RAIL_CARD },
		{ "餐饮美食", "某某银行储蓄卡(0042)", -100, RAIL_DEBIT }, { "餐饮美食", "余额宝", -100, RAIL_UNKNOWN },
		{ "General PayPal Debit Card Transaction", "", -100, RAIL_UNKNOWN } };

	for (size_t i = 0; i < COUNTOF(f); i++) {
		struct entry en = row("paypal", f[i].type, TXN_SETTLED, true, f[i].minor);

		en.method = f[i].method;
		ok(rail_funding(&en) == f[i].rail, "funded: '%s' '%s'", f[i].type, f[i].method);
	}
}

/* ---- classes ---- */

/* Not inline: gcc 12 takes the parsed numbers for dangling ones when a caller with a local row swallows made_when(). */
static void __attribute__((noinline))
at(struct when *w, const char *text, const char *zone)
{
	made_when(w, text, zone);
}

static enum saving
class_of(enum rail rail, enum txn_status status, bool moved, int64_t minor)
{
	struct entry en = row("paypal", "Website Payment", status, moved, minor);

	at(&en.when, "2026-11-21 23:00:00", "UTC");
	return saving_of(&en, rail, now_ms, NULL, NULL);
}

static void
test_classes(void)
{
	static const enum saving open[RAIL_COUNT] = { [RAIL_UNKNOWN] = SAVING_RECALL, [RAIL_CARD] = SAVING_RECALL,
		[RAIL_DEBIT] = SAVING_STOP, [RAIL_TRANSFER] = SAVING_STOP, [RAIL_INSTANT] = SAVING_RECALL,
		[RAIL_PERSON] = SAVING_STOP, [RAIL_WALLET] = SAVING_STOP, [RAIL_CRYPTO] = SAVING_STOP,
		[RAIL_INSIDE] = SAVING_NONE };
	static const enum saving booked[RAIL_COUNT] = { [RAIL_UNKNOWN] = SAVING_UNKNOWN, [RAIL_CARD] = SAVING_DISPUTE,
		[RAIL_DEBIT] = SAVING_DISPUTE, [RAIL_TRANSFER] = SAVING_RECALL, [RAIL_INSTANT] = SAVING_ASK,
		[RAIL_PERSON] = SAVING_ASK, [RAIL_WALLET] = SAVING_DISPUTE, [RAIL_CRYPTO] = SAVING_GONE,
		[RAIL_INSIDE] = SAVING_NONE };

	for (unsigned r = 0; r < RAIL_COUNT; r++) {
		const char *name = rail_name((enum rail)r);

		ok(class_of((enum rail)r, TXN_PENDING, false, -5) == open[r], "%s, pending", name);
		ok(class_of((enum rail)r, TXN_HELD, true, -5) == open[r], "%s, held", name);
		ok(class_of((enum rail)r, TXN_SETTLED, true, -5) == booked[r], "%s, settled", name);
		ok(class_of((enum rail)r, TXN_REFUNDED, true, -5) == SAVING_BACK, "%s, refunded", name);
		ok(class_of((enum rail)r, TXN_REVERSED, true, -5) == SAVING_BACK, "%s, reversed", name);
		ok(class_of((enum rail)r, TXN_FAILED, false, -5) == SAVING_NONE, "%s, failed", name);
		ok(class_of((enum rail)r, TXN_SETTLED, true, 5) == SAVING_NONE, "%s, came in", name);
		ok(class_of((enum rail)r, TXN_INFORMATIONAL, false, -5) == SAVING_NONE, "%s, only announced", name);
	}
	ok(class_of(RAIL_WALLET, TXN_FAILED, true, -5) == SAVING_DISPUTE, "failed, but the balance moved: it left");
}

static void
test_age(void)
{
	struct entry en = row("mybank", "XFER", TXN_SETTLED, true, -5);

	at(&en.when, "2026-11-19 00:00:00", "UTC");
	ok(saving_of(&en, RAIL_TRANSFER, now_ms, NULL, NULL) == SAVING_RECALL,
	    "a transfer 72 hours old may be recalled");
	at(&en.when, "2026-11-18 23:59:59", "UTC");
	ok(saving_of(&en, RAIL_TRANSFER, now_ms, NULL, NULL) == SAVING_ASK, "one second older: asked of the receiver");
	at(&en.when, "2026-11-18", NULL);
	ok(saving_of(&en, RAIL_TRANSFER, now_ms, NULL, NULL) == SAVING_RECALL,
	    "a day without an hour lasts until its end");
	at(&en.when, "2026-11-17", NULL);
	ok(saving_of(&en, RAIL_TRANSFER, now_ms, NULL, NULL) == SAVING_ASK, "the day before does not");
	en = row("paypal", "Authorization", TXN_INFORMATIONAL, false, -9800);
	ok(saving_of(&en, RAIL_WALLET, now_ms, NULL, NULL) == SAVING_STOP, "an authorisation can be released");
	en = row("alipay", "服饰装扮", TXN_REFUNDED, false, -5);
	en.flags = TXN_F_NO_TWIN;
	{
		const char *why, *plain;
		struct entry sure = en;

		sure.flags = 0;
		ok(saving_of(&en, RAIL_WALLET, now_ms, &why, NULL) == saving_of(&sure, RAIL_WALLET, now_ms, &plain,
		    NULL) && why != plain,
		    "a refund whose row is not there says so");
	}
	en.has_amount = false;
	ok(saving_of(&en, RAIL_WALLET, now_ms, NULL, NULL) == SAVING_UNKNOWN, "without an amount: not known");
	en = row("coinbase", "", TXN_PENDING, true, -5);
	en.provisional = true;
	for (unsigned r = 0; r < RAIL_COUNT; r++)
		if (r != RAIL_INSIDE)
			ok(saving_of(&en, (enum rail)r, now_ms, NULL, NULL) != SAVING_STOP,
			    "noted by its owner, %s: nobody promises that it can be stopped", rail_name((enum rail)r));
	ok(saving_of(&en, RAIL_CRYPTO, now_ms, NULL, NULL) == SAVING_UNKNOWN, "whether it is broadcast is not known");
}

/* ---- the order ---- */

static void
add_row(struct savables *all, const struct providers *p, const char *provider, const char *type, enum txn_status st,
    bool moved, int64_t minor, const char *cur, int64_t id)
{
	struct entry en = row(provider, type, st, moved, minor);
	struct err e = { 0 };

	en.row_id = id;
	(void)snprintf(en.amount.cur, sizeof en.amount.cur, "%s", cur);
	en.amount.exp = currency_exp(cur);
	at(&en.when, "2026-11-21 23:00:00", "UTC");
	must(savables_add(all, &en, RAIL_UNKNOWN, p, now_ms, &e), &e, "savables_add");
}

static void
test_order(const struct providers *p)
{
	static const int64_t want[] = { 4, 3, 8, 2, 7, 1, 5, 6 };
	struct savables all = { .n = 0 };
	struct money sum;
	bool same = true;

	add_row(&all, p, "coinbase", "Send", TXN_SETTLED, true, -50000000, "BTC", 1);
	add_row(&all, p, "paypal", "Website Payment", TXN_SETTLED, true, -31000, "EUR", 2);
	add_row(&all, p, "paypal", "Website Payment", TXN_PENDING, false, -1000, "EUR", 3);
	add_row(&all, p, "paypal", "General Withdrawal", TXN_PENDING, true, -8000, "EUR", 4);
	add_row(&all, p, "paypal", "Website Payment", TXN_REFUNDED, true, -99999, "EUR", 5);
	add_row(&all, p, "paypal", "Website Payment", TXN_FAILED, false, -99999, "EUR", 6);
	add_row(&all, p, "venmo", "Payment", TXN_SETTLED, true, -99999, "USD", 7);
	add_row(&all, p, "cash-app", "Cash Card Debit", TXN_PENDING, false, -100, "USD", 8);
	savables_sort(&all);
	for (size_t i = 0; i < all.n; i++)
		same = same && all.row[i].row_id == want[i];
	ok(same && all.n == COUNTOF(want), "most savable first, within a class the larger first");
	ok(savables_sum(&all, SAVING_STOP, "EUR", &sum) && sum.minor == -9000, "what can be stopped, in euros");
	ok(!savables_sum(&all, SAVING_STOP, "USD", &sum), "none in dollars");
	if (p != NULL) {
		ok(all.row[2].fact != NULL && strcmp(all.row[2].fact->id, "CA-01") == 0,
		    "a locked card lets pending charges through: CA-01");
		ok(all.row[3].fact != NULL && strcmp(all.row[3].fact->id, "PP-01") == 0,
		    "a payment is reported by PP-01");
		ok(all.row[5].fact != NULL && strcmp(all.row[5].fact->id, "EX-01") == 0,
		    "crypto cannot be reversed: EX-01");
		ok(all.row[6].fact == NULL && all.row[7].fact == NULL, "what is back or never left needs none");
	}
	savables_free(&all);
}

/* ---- the pace, worked by hand ---- */

#define MIN_US (60 * INT64_C(1000000))

static struct outflow_row rows_of[8];
static void
pace(struct outflow *o, const struct outflow_row *r, size_t n, int64_t balance)
{
	memcpy(rows_of, r, n * sizeof *r);
	*o = (struct outflow){ .exp = 2, .cur = "EUR", .rows = n, .row = rows_of, .has_balance = balance >= 0,
		.balance = balance };
	outflow_reckon(o, now_ms * 1000);
}

static void
test_pace(void)
{
	const int64_t t = now_ms * 1000 - 600 * MIN_US;
	const struct outflow_row two[] = { { .at_us = t, .suspicious = true, .minor = -10000 },
		{ .at_us = t + 30 * MIN_US, .suspicious = true, .minor = -20000 },
		{ .at_us = t - 60 * 24 * MIN_US, .minor = -500 } };
	const struct outflow_row one[] = { { .at_us = t, .suspicious = true, .minor = -31000 },
	    { .at_us = t - MIN_US, .minor = -1 } };
	const struct outflow_row days[] = { { .at_us = 20000 * 86400 * INT64_C(1000000), .day_only = true,
	    .suspicious = true, .minor = -100 },
		{ .at_us = 20001 * 86400 * INT64_C(1000000), .day_only = true, .suspicious = true, .minor = -300 } };
	const struct outflow_row same[] = { { .at_us = t, .suspicious = true, .minor = -200 },
	    { .at_us = t, .suspicious = true, .minor = -100 } };
	const struct outflow_row calm[] = { { .at_us = t, .minor = -100 },
	    { .at_us = t + 60 * MIN_US, .minor = -100 } };
	const struct outflow_row vast[] = { { .at_us = t, .suspicious = true, .minor = INT64_MIN },
		{ .at_us = t + MIN_US, .suspicious = true, .minor = INT64_MIN } };
	const struct outflow_row slow[] = { { .at_us = t, .suspicious = true, .minor = -1 },
		{ .at_us = t + 4000 * MIN_US, .suspicious = true, .minor = -1 } };
	struct outflow o;

	pace(&o, two, 3, 100000);
	ok(o.state == PACE_KNOWN && o.basis == PACE_SUSPICIOUS && o.pace_rows == 2 && o.pace_minor == 20000 &&
	    o.pace_s == 1800 &&
	    o.seconds == 9000, "200.00 in 30 minutes: 1,000.00 last 2 h 30 min");
	ok(o.window[0].rows == 2 && o.window[0].all == -30000 && o.window[1].rows == 2 && o.window[2].rows == 3 &&
	    o.window[2].all == -30500 && o.window[2].suspicious == -30000, "what left in 1, 24 and 72 hours");
	pace(&o, two, 3, 0);
	ok(o.state == PACE_EMPTY, "nothing left");
	pace(&o, two, 3, -1);
	ok(o.state == PACE_NO_BALANCE && o.pace_rows == 2 && o.pace_minor == 20000,
	    "no balance: unknown, the pace is told");
	pace(&o, one, 2, 100000);
	ok(o.state == PACE_ONE_ROW && o.each == 31000 && o.repeats == 3, "one row: its amount fits three times more");
	pace(&o, days, 2, 4000);
	ok(o.state == PACE_KNOWN && o.pace_s == 2 * 86400 && o.pace_minor == 400 && o.seconds == 20 * 86400,
	    "days without hours: 4.00 in two days");
	pace(&o, same, 2, 1000);
	ok(o.state == PACE_KNOWN && o.pace_s == 60 && o.pace_minor == 200 &&
	    o.seconds == 300, "two rows of one moment: a minute");
	pace(&o, calm, 2, 1000);
	ok(o.basis == PACE_ALL && o.pace_minor == 100 && o.pace_s == 3600 &&
	    o.seconds == 36000, "nothing is suspicious: all that left");
	pace(&o, calm, 0, 1000);
	ok(o.state == PACE_NO_ROWS && o.basis == PACE_NONE, "nothing left: said so");
	pace(&o, vast, 2, INT64_MAX);
	ok(o.state == PACE_KNOWN && o.pace_minor > 0 && o.window[0].all == INT64_MIN,
	    "sums past the range stop at its end");
	pace(&o, slow, 2, INT64_C(1000000000000));
	ok(o.state == PACE_TOO_SLOW, "more than a hundred years is not reckoned out");
	*(&o) = (struct outflow){ .has_balance = true, .balance = 100, .since = -500, .rows = 2, .row = rows_of };
	memcpy(rows_of, two, 2 * sizeof *two);
	outflow_reckon(&o, now_ms * 1000);
	ok(o.state == PACE_EMPTY && o.left == 0, "what moved since the balance counts");
}

/* ---- from a store ---- */

static const struct made stolen[] = {
	{ "2026-11-20 10:00:00", "-4.80", "EUR", "Cafe", "", "B1", "", TXN_SETTLED, TXN_MOVED, "UTC", "Mobile Payment",
	    0, "995.20" },
	{ "2026-11-21 01:00:00", "-100.00", "EUR", "QX Trade", "", "B2", "", TXN_SETTLED, TXN_MOVED, "UTC",
	    "Website Payment", 0, "895.20" },
	{ "2026-11-21 01:30:00", "-200.00", "EUR", "QX Trade", "", "B3", "", TXN_SETTLED, TXN_MOVED, "UTC",
	    "Website Payment", 0, "695.20" },
	{ "2026-11-21 01:30:00", "200.00", "EUR", "", "", "B4", "B3", TXN_PENDING, TXN_MOVED, "UTC",
	    "Bank Deposit to PP Account", 0, "895.20" },
	{ "2026-11-21 02:00:00", "-50.00", "EUR", "QX Trade", "", "B5", "", TXN_PENDING, TXN_STAYED, "UTC",
	    "Website Payment", 0, 0 },
	{ "2026-11-21 03:00:00", "-30.00", "EUR", "Rent", "", "B6", "", TXN_SETTLED, TXN_MOVED, "UTC",
	    "Website Payment", 0, 0 },
	{ "2026-11-21 04:00:00", "-30.00", "USD", "Abroad", "", "B7", "", TXN_SETTLED, TXN_MOVED, "UTC",
	    "Website Payment", 0, 0 },
};

static int64_t
row_id(struct scratch *s, const char *pid)
{
	SQL q = { 0 };
	struct err e = { 0 };
	bool there;

	must(sql_prepare(s->db, "SELECT id FROM txn WHERE pid = ?1", &q, &e), &e, "prepare");
	sql_bind_text(&q, 1, pid);
	must(sql_step(&q, &there, &e), &e, "step");
	return there ? sql_int(&q, 0) : 0;
}

static void
mark(struct scratch *s, const char *const *pid, size_t n, enum review v)
{
	SQL_TXN t = { 0 };
	struct err e = { 0 };
	int64_t id[4];

	for (size_t i = 0; i < n; i++)
		id[i] = row_id(s, pid[i]);
	must(sql_begin(s->db, true, &t, &e), &e, "begin");
	must(review_mark(s->db, id, n, v, NULL, 1, &e), &e, "mark");
	must(sql_commit(&t, &e), &e, "commit");
}

static const struct outflow *
in_currency(const struct savings *x, const char *cur)
{
	for (size_t i = 0; i < x->pace.n; i++)
		if (strcmp(x->pace.o[i].cur, cur) == 0)
			return &x->pace.o[i];
	return NULL;
}

static void
test_store(const struct providers *p)
{
	static const char *const fraud[] = { "B2", "B3", "B5" }, *const fine[] = { "B6" };
	struct scratch s;
	struct import_result r = { .rows = 0 };
	const struct outflow *o;
	struct err e = { 0 };
	int64_t a;

	scratch_open(&s);
	a = made_account(&s, "paypal", "paypal");
	made_import(&s, a, "f", "paypal", stolen, COUNTOF(stolen), &r);
	import_result_free(&r);
	{
		SAVINGS x = { .left_out = 0 };

		must(savings_accounts(s.db, &a, 1, p, now_ms, &x, &e), &e, "savings");
		ok(x.rows.n == 6, "nothing is marked: what left in 72 hours (%zu)", x.rows.n);
		o = in_currency(&x, "EUR");
		ok(o != NULL && o->basis == PACE_ALL, "its pace is that of all rows");
	}
	mark(&s, fraud, 3, REVIEW_FRAUD);
	mark(&s, fine, 1, REVIEW_OK);
	{
		SAVINGS x = { .left_out = 0 };

		must(savings_accounts(s.db, &a, 1, p, now_ms, &x, &e), &e, "savings");
		o = in_currency(&x, "EUR");
		ok(x.rows.n == 3 && x.rows.row[0].saving == SAVING_STOP && x.rows.row[1].amount.minor == -20000,
		    "only what is marked: pending first, then the larger one");
		ok(x.rows.row[1].funding == RAIL_DEBIT && x.rows.row[2].funding == RAIL_UNKNOWN,
		    "the bank deposit behind a payment is seen");
		ok(o != NULL && o->state == PACE_KNOWN && o->balance == 89520 && o->since == -3000 &&
		    o->left == 86520 &&
		    strcmp(o->balance_on, "2026-11-21") == 0, "the newest balance, with its day, and what moved since");
		/* One hour ends at 02:00: 01:00, 01:30, 02:00. After the first: 250.00 in an hour. 865.20 x 3600 /
		 * 250 = 12458. */
		ok(o != NULL && o->pace_rows == 3 && o->pace_minor == 25000 && o->pace_s == 3600 &&
		    o->seconds == 12458, "3 h 27 min");
		ok(o != NULL && o->topped_up, "it drew on a bank: more can leave than is there");
		ok(in_currency(&x, "USD") == NULL || in_currency(&x, "USD")->state != PACE_KNOWN,
		    "currencies are not mixed");
	}
	scratch_close(&s);
}

static enum rc
any_device(void *ctx, const struct known_device *d, struct err *e)
{
	(void)d, (void)e;
	*(bool *)ctx = true;
	return OK;
}

/* A store of version 2 that is open for reading only has neither devices nor accounts of an incident. */
static void
test_older(struct scratch *s, int64_t account, const struct providers *p)
{
	AUTO(account_free) struct account a = { 0 };
	SAVINGS x = { .left_out = 0 };
	struct symptoms y = { .fraud = 9 };
	struct err e = { 0 };
	bool any = false;
	int64_t id;

	must(sql_exec(s->db, "DROP TABLE incident_account; DROP TABLE device; PRAGMA user_version = 2", &e), &e, "older");
	ok(savings_incident(s->db, 1, p, now_ms, &x, &e) == OK && x.rows.n == 2, "an older store tells its incident");
	account_init(&a);
	must(account_by_id(s->db, account, &a, &e), &e, "account");
	ok(symptoms_find(s->db, &a, 0, now_ms, &y, &e) == OK && y.incident == 1 && y.fraud == 0,
	    "and what is the matter with an account");
	ok(device_each(s->db, 0, any_device, &any, &e) == OK && !any &&
	    device_find(s->db, account, "D1", &id, &e) == E_NOTFOUND, "and has no device");
}

static void
test_incident(const struct providers *p)
{
	struct scratch s;
	struct import_result r = { .rows = 0 };
	struct err e = { 0 };
	SAVINGS x = { .left_out = 0 };
	int64_t a;

	scratch_open(&s);
	a = made_account(&s, "paypal", "paypal");
	made_import(&s, a, "f", "paypal", stolen, COUNTOF(stolen), &r);
	import_result_free(&r);
	must(sql_exec(s.db, "INSERT INTO incident(id, kind, opened, closed, title) VALUES(1, 'unauthorised', 1, 0, '');"
	    "INSERT INTO incident_txn SELECT 1, id FROM txn WHERE pid IN ('B1', 'B3')", &e), &e, "incident");
	must(savings_incident(s.db, 1, p, now_ms, &x, &e), &e, "savings");
	ok(x.rows.n == 2 && x.rows.row[0].amount.minor == -20000, "the rows of the incident, no others");
	ok(in_currency(&x, "EUR") != NULL && in_currency(&x, "EUR")->basis == PACE_SUSPICIOUS &&
	    in_currency(&x, "EUR")->pace_rows == 2, "its rows are the suspicious ones");
	savings_free(&x);
	must(savings_incident(s.db, 7, p, now_ms, &x, &e), &e, "savings");
	ok(x.rows.n == 0 && x.pace.n == 0, "an incident without rows: nothing");
	test_older(&s, a, p);
	scratch_close(&s);
}

int
main(void)
{
	struct providers *p = NULL;
	struct err e = { 0 };
	int dir = open("data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 && data_open(&dir, &e) != OK)
		dir = -1;
	must(dir >= 0 ? providers_load(&p, dir, &e) : E_NOTFOUND, &e, "data");
	test_rails();
	test_funding();
	test_classes();
	test_age();
	test_order(p);
	test_order(NULL);
	test_pace();
	test_store(p);
	test_incident(p);
	providers_free(&p);
	(void)close(dir);
	return tap_done();
}
