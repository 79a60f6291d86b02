/* tests/unit/money_test.c: exact amounts. */
#include "wallet/money.h"

#include "tests/tap.h"

static const struct {
	const char *text, *cur;
	enum rc rc;
	int64_t minor;
} parse[] = {
	{ "12.34", "USD", OK, 1234 },
	{ "-12.34", "usd", OK, -1234 },
	{ "+5", "EUR", OK, 500 },
	{ "0.1", "EUR", OK, 10 },
	{ "-1200", "JPY", OK, -1200 },
	{ "1200.00", "JPY", OK, 1200 },
	{ "1.234", "KWD", OK, 1234 },
	{ "0.00000001", "BTC", OK, 1 },
	{ "1.2300000", "EUR", OK, 123 },
	{ "1.234", "EUR", E_INPUT, 0 },
	{ "0.5", "JPY", E_INPUT, 0 },
	{ "1,234.00", "EUR", E_INPUT, 0 },
	{ "", "EUR", E_INPUT, 0 },
	{ "-", "EUR", E_INPUT, 0 },
	{ ".5", "EUR", E_INPUT, 0 },
	{ "5.", "EUR", E_INPUT, 0 },
	{ "1e3", "EUR", E_INPUT, 0 },
	{ " 1", "EUR", E_INPUT, 0 },
	{ "1 ", "EUR", E_INPUT, 0 },
	{ "--1", "EUR", E_INPUT, 0 },
	{ "1", "E R", E_INPUT, 0 },
	{ "92233720368547758.07", "EUR", OK, INT64_MAX },
	{ "92233720368547758.08", "EUR", E_INPUT, 0 },
	{ "99999999999999999999999", "EUR", E_INPUT, 0 },
};
static const struct {
	int64_t minor;
	uint8_t exp;
	const char *cur, *plain, *human;
} show[] = {
	{ -220352, 2, "USD", "-2203.52", "-2,203.52 USD" },
	{ 5, 2, "EUR", "0.05", "0.05 EUR" },
	{ -5, 2, "EUR", "-0.05", "-0.05 EUR" },
	{ -1200, 0, "JPY", "-1200", "-1,200 JPY" },
	{ 0, 2, "", "0.00", "0.00" },
	{ 100000000, 2, "CNY", "1000000.00", "1,000,000.00 CNY" },
	{ INT64_MIN, 0, "JPY", "-9223372036854775808", "-9,223,372,036,854,775,808 JPY" },
	{ 1, 18, "ETH", "0.000000000000000001", "0.000000000000000001 ETH" },
};

int
main(void)
{
	struct money m, sum = { .exp = 2, .cur = "EUR" };
	char cur[CURRENCY_MAX + 1] = "old";
	struct err e;

	for (size_t i = 0; i < COUNTOF(parse); i++) {
		enum rc rc;

		m = (struct money){ .minor = 77 };
		rc = money_parse(&m, parse[i].text, parse[i].cur, &e);
		ok(rc == parse[i].rc && m.minor == (rc == OK ? parse[i].minor : 77), "parse '%s' %s: rc %d, %lld",
		    parse[i].text, parse[i].cur, (int)rc, (long long)m.minor);
	}
	for (size_t i = 0; i < COUNTOF(show); i++) {
		BUF plain = { 0 };
		BUF human = { 0 };

		m = (struct money){ .minor = show[i].minor, .exp = show[i].exp };
		(void)snprintf(m.cur, sizeof m.cur, "%s", show[i].cur);
		money_plain(&plain, &m);
		money_human(&human, &m);
		ok(strcmp(buf_str(&plain), show[i].plain) == 0, "plain %s", buf_str(&plain));
		ok(strcmp(buf_str(&human), show[i].human) == 0, "for people %s", buf_str(&human));
	}
	ok(currency_exp("EUR") == 2 && currency_exp("JPY") == 0 && currency_exp("BHD") == 3 &&
		currency_exp("CLF") == 4 && currency_exp("BTC") == 8 && currency_exp("LII") == 2 &&
		currency_exp("") == 2,
	    "exponents");
	ok(currency_known("CNY") && currency_known("BTC") && !currency_known("LII") && !currency_known("") &&
		!currency_known("EUR GBP") && !currency_known("EU"),
	    "known currencies");
	ok(currency_norm(cur, "eur") && strcmp(cur, "EUR") == 0, "currency in upper case");
	ok(!currency_norm(cur, "") && !currency_norm(cur, "1AB") && !currency_norm(cur, "E-R") &&
		!currency_norm(cur, "ABCDEFGHI") && strcmp(cur, "EUR") == 0,
	    "what is no currency leaves the output alone");
	m = (struct money){ .minor = INT64_MAX, .exp = 2, .cur = "EUR" };
	ok(money_add(&sum, &m) && sum.minor == INT64_MAX &&
		!money_add(&sum, &(struct money){ .minor = 1, .exp = 2, .cur = "EUR" }),
	    "overflow of a sum is told");
	ok(!money_add(&sum, &(struct money){ .exp = 2, .cur = "USD" }) &&
		!money_add(&sum, &(struct money){ .exp = 3, .cur = "EUR" }),
	    "other currencies and exponents are not added");
	return tap_done();
}
