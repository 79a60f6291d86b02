/* What transactions look like for other programs: JSON, CSV, hledger. */
#include "wallet/export.h"

#include "tests/tap.h"

static struct entry
made(void)
{
	struct entry en = { .id = "t7q40000000a",
		.account = "paypal",
		.provider = "paypal",
		.type = "Payment",
		.status_text = "Completed",
		.direction = "",
		.status = TXN_SETTLED,
		.moves = TXN_MOVED,
		.moved = true,
		.has_amount = true,
		.has_fee = true,
		.has_balance = true,
		.amount = { -1234, 2, "USD" },
		.fee = { -30, 2, "USD" },
		.balance = { 8766, 2, "USD" },
		.has_effect = true,
		.effect = { -1234, 2, "USD" },
		.counterparty = "Cafe \"One\", Ltd",
		.description = "",
		.method = "card",
		.reference = "TX1",
		.note = "",
		.statement = "s1",
		.row = 214,
		.when = { .has_date = true,
		    .has_time = true,
		    .local = { 2024, 5, 1, 23, 30, 0, 0 },
		    .zone = "PDT",
		    .has_utc = true,
		    .offset_s = -25200 } };

	return en;
}

static void
is(const struct buf *got, const char *want, const char *name)
{
	if (!ok(strcmp(buf_str(got), want) == 0, "%s", name))
		printf("# got    %s\n# wanted %s\n", buf_str(got), want);
}

static void
test_json(void)
{
	struct entry en = made();
	BUF b = { 0 };

	export_entry(&b, EXPORT_JSON, &en);
	is(&b,
	    "{\"object\":\"transaction\",\"id\":\"t7q40000000a\",\"account\":\"paypal\",\"time\":\"2024-05-01T23:30:00-"
	    "07:00\","
	    "\"date\":\"2024-05-01\",\"type\":\"Payment\",\"status\":\"settled\",\"status_text\":\"Completed\","
	    "\"moved\":true,"
	    "\"provisional\":false,\"amount\":\"-12.34\",\"currency\":\"USD\",\"fee\":\"-0.30\","
	    "\"counterparty\":\"Cafe \\\"One\\\", Ltd\",\"description\":null,\"reference\":\"TX1\",\"method\":\"card\","
	    "\"balance\":\"87.66\",\"review\":null,\"score\":null,\"reasons\":[],\"linked_to\":null,\"statement\":"
	    "\"s1\",\"row\":214}\n",
	    "all fields, unknown ones null");
	buf_reset(&b);
	en.amount = (struct money){ -1200, 0, "JPY" };
	en.has_balance = en.has_fee = en.moved = false;
	en.review = REVIEW_FRAUD;
	en.flags = TXN_F_BAD_TIME | TXN_F_NO_TWIN | TXN_F_ID_DOUBTFUL;
	en.when = (struct when){ .has_date = true, .local = { .year = 2024, .month = 2, .day = 29 } };
	en.counterparty = "";
	entry_json(&b, &en);
	ok(strstr(buf_str(&b), "\"amount\":\"-1200\",\"currency\":\"JPY\",\"fee\":null,\"counterparty\":null") != NULL,
	    "the currency's own digits");
	ok(strstr(buf_str(&b), "\"time\":null,\"date\":\"2024-02-29\"") != NULL, "no time: a date only");
	ok(strstr(buf_str(&b), "\"review\":\"fraud\",\"score\":null,\"reasons\":[\"bad-time\",\"no-refund-row\"]") !=
		NULL,
	    "reasons");
	buf_reset(&b);
	en.when.has_date = false;
	en.has_amount = false;
	entry_json(&b, &en);
	ok(strstr(buf_str(&b), "\"time\":null,\"date\":null") != NULL && strstr(buf_str(&b), "\"amount\":null") != NULL,
	    "an impossible date and no amount are null");
}

static void
test_csv(void)
{
	static const struct { const char *in, *out;
	} cell[] = { { "plain", "plain" }, { "a,b", "\"a,b\"" }, { "a\"b", "\"a\"\"b\"" }, { "=1+1", "\"=1+1\"" },
		{ "-5", "\"-5\"" }, { "@x", "\"@x\"" }, { " x", "\" x\"" }, { "", "" }, { "微信", "微信" } };
	struct entry en = made();
	BUF b = { 0 };

	for (size_t i = 0; i < COUNTOF(cell); i++) {
		buf_reset(&b);
		csv_cell(&b, cell[i].in, true);
		is(&b, cell[i].out, "cell");
	}
	buf_reset(&b);
	export_head(&b, EXPORT_CSV);
	export_entry(&b, EXPORT_CSV, &en);
	is(&b,
	    "id,account,time,date,type,status,status_text,moved,provisional,amount,currency,fee,counterparty,"
	    "description,reference,"
	    "method,balance,review,linked_to,statement,row\r\n"
	    "t7q40000000a,paypal,2024-05-01T23:30:00-07:00,2024-05-01,Payment,settled,Completed,true,false,-12.34,USD,-"
	    "0.30,"
	    "\"Cafe \"\"One\"\", Ltd\",,TX1,card,87.66,,,s1,214\r\n",
	    "a header and a row with as many cells");
}

static void
test_hledger(void)
{
	struct entry en = made();
	BUF b = { 0 };

	en.counterparty = "Cafe; | One";
	en.description = "two; cups";
	export_entry(&b, EXPORT_HLEDGER, &en);
	is(&b, "2024-05-01 * (t7q40000000a) Cafe, / One | two, cups\n"
	    "    ; status:settled, type:Payment, method:card, reference:TX1, statement:s1\n"
	    "    assets:paypal  -12.34 USD\n    expenses:unknown\n\n", "a payment");
	buf_reset(&b);
	en.amount = en.effect = (struct money){ 500000000, 8, "1INCH" };
	en.account = "bank: one";
	en.status = TXN_PENDING;
	en.method = en.reference = en.description = "";
	en.counterparty = "X";
	export_entry(&b, EXPORT_HLEDGER, &en);
	is(&b,
	    "2024-05-01 ! (t7q40000000a) X\n    ; status:pending, type:Payment, statement:s1\n"
	    "    assets:bank- one  5.00000000 \"1INCH\"\n    income:unknown\n\n",
	    "pending, a currency with digits, an odd account name");
	buf_reset(&b);
	en.has_effect = en.moved = false;
	export_entry(&b, EXPORT_HLEDGER, &en);
	is(&b, "; no movement: 2024-05-01 ! (t7q40000000a) X\n\n", "what did not move is a comment");
	buf_reset(&b);
	en.status = TXN_SETTLED;
	en.has_effect = true;
	en.effect = (struct money){ -10, 2, "CNY" };
	export_entry(&b, EXPORT_HLEDGER, &en);
	ok(strstr(buf_str(&b), "-0.10 CNY\n    expenses:fees\n") != NULL, "the fee of a move between own pots");
	buf_reset(&b);
	en.when.has_date = false;
	export_entry(&b, EXPORT_HLEDGER, &en);
	ok(strncmp(buf_str(&b), "; no date: ", 11) == 0 && strstr(buf_str(&b), "\n;     assets:") != NULL,
	    "without a date a comment");
}

int
main(void)
{
	test_json();
	test_csv();
	test_hledger();
	return tap_done();
}
