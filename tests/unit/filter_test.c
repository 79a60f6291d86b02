/* Filters as people type them, IDs, and search folding. */
#include "wallet/filter.h"

#include "tests/tap.h"

static const struct { const char *text; enum rc rc; int64_t units, frac;
} bounds[] = {
	{ "0", OK, 0, 0 },
	{ "12.34", OK, 12, 340000000000000000 },
	{ "-1.5", OK, -2, 500000000000000000 },
	{ "+3", OK, 3, 0 },
	{ "-20", OK, -20, 0 },
	{ ".5", OK, 0, 500000000000000000 },
	{ "5.", OK, 5, 0 },
	{ "0.000000000000000001", OK, 0, 1 },
	{ "999999999999999999", OK, 999999999999999999, 0 },
	{ "", E_USAGE, 0, 0 },
	{ "-", E_USAGE, 0, 0 },
	{ ".", E_USAGE, 0, 0 },
	{ "1,5", E_USAGE, 0, 0 },
	{ "1e3", E_USAGE, 0, 0 },
	{ " 1", E_USAGE, 0, 0 },
	{ "0x10", E_USAGE, 0, 0 },
	{ "1.0000000000000000001", E_USAGE, 0, 0 },
	{ "12345678901234567890", E_USAGE, 0, 0 },
};

static void
test_bounds(void)
{
	for (size_t i = 0; i < COUNTOF(bounds); i++) {
		struct bound b = { 0 };
		struct err e = { 0 };
		enum rc rc = bound_parse(&b, bounds[i].text, &e);

		ok(rc == bounds[i].rc && b.units == bounds[i].units && b.frac == bounds[i].frac && b.set == (rc == OK),
		    "bound '%s'", bounds[i].text);
	}
}

static void
test_minor(void)
{
	static const struct { const char *text; unsigned exp; int64_t min, max;
	} t[] = {
		{ "1.005", 2, 101, 100 },
		{ "-1.005", 2, -100, -101 },
		{ "5", 0, 5, 5 },
		{ "5", 18, 5000000000000000000, 5000000000000000000 },
		{ "99", 18, INT64_MAX, INT64_MAX },
		{ "-99", 18, INT64_MIN, INT64_MIN },
		{ "0.5", 0, 1, 0 },
	};

	for (size_t i = 0; i < COUNTOF(t); i++) {
		struct bound b = { 0 };
		struct err e = { 0 };

		ok(bound_parse(&b, t[i].text, &e) == OK && bound_min_minor(&b, t[i].exp) == t[i].min &&
		    bound_max_minor(&b, t[i].exp) == t[i].max, "%s with %u decimals", t[i].text, t[i].exp);
	}
}

static void
test_amount(void)
{
	struct filter f = { 0 };
	struct err e = { 0 };

	if (bound_parse(&f.min, "-12.34", &e) != OK || bound_parse(&f.max, "1000", &e) != OK)
		exit(1);
	ok(filter_amount(&f, -1234, 2) && !filter_amount(&f, -1235, 2), "lower bound is included");
	ok(filter_amount(&f, 1000, 0) && !filter_amount(&f, 1001, 0) && filter_amount(&f, 100000, 2),
	    "upper bound by value");
	ok(filter_amount(&f, INT64_MAX, 18) && !filter_amount(&f, INT64_MAX, 0), "no overflow");
}

static void
test_words(void)
{
	struct err e = { 0 };
	unsigned bits = 0;
	enum sort sort = SORT_TIME;

	ok(status_parse(&bits, "pending,failed", &e) == OK && bits == (1U << TXN_PENDING | 1U << TXN_FAILED),
	    "two statuses");
	ok(status_parse(&bits, "settled", &e) == OK && (bits & 1U << TXN_SETTLED) != 0, "a further one is added");
	ok(status_parse(&bits, "setled", &e) == E_USAGE && strstr(e.what, "settled") != NULL,
	    "a wrong one names the right ones");
	ok(status_parse(&bits, "", &e) == E_USAGE && status_parse(&bits, "settled,", &e) == E_USAGE, "empty words");
	bits = 0;
	ok(review_parse(&bits, "fraud,unsure", &e) == OK && bits == (1U << REVIEW_FRAUD | 1U << REVIEW_UNSURE),
	    "review states");
	bits = 0;
	ok(review_parse(&bits, "none", &e) == OK && bits == 1U << REVIEW_NEW, "none is new");
	ok(sort_parse(&sort, "-amount", &e) == OK && sort == SORT_AMOUNT_DESC, "order");
	ok(sort_parse(&sort, "name", &e) == E_USAGE, "an unknown order");
}

static void
test_days(void)
{
	struct civil today = { .year = 2024, .month = 3, .day = 31 };
	struct filter f = { 0 };
	struct err e = { 0 };

	ok(days_parse(&f, "2024-02", "2024-02", &today, &e) == OK && f.has_from && f.has_to &&
	    f.from_day == civil_days(2024, 2, 1) && f.to_day == civil_days(2024, 2, 29), "a whole month, both ends");
	ok(days_parse(&f, NULL, "2023", &today, &e) == OK && !f.has_from && f.to_day == civil_days(2023, 12, 31),
	    "to the end of a year");
	ok(days_parse(&f, "yesterday", NULL, &today, &e) == OK && f.from_day == civil_days(2024, 3, 30) && !f.has_to,
	    "yesterday");
	ok(days_parse(&f, "2024-03-02", "2024-03-01", &today, &e) == E_USAGE, "from after to");
	ok(days_parse(&f, "2024-13", NULL, &today, &e) == E_USAGE, "no such month");
}

static void
test_ids(void)
{
	uint64_t first, last, uid = UINT64_C(0x0123456789abcde);
	char id[TXN_ID_LEN + 1];

	txn_id_put(id, uid);
	ok(strlen(id) == 12 && strspn(id, "0123456789abcdefghjkmnpqrstvwxyz") == 12, "Crockford's letters: %s", id);
	ok(txn_id_parse(id, &first, &last) && first == uid && last == uid, "and back");
	ok(txn_id_parse("T7Q4", &first, &last) && last - first == (UINT64_C(1) << 40) - 1,
	    "four characters are a range");
	ok(txn_id_parse("oil0", &first, &last) && first == UINT64_C(0x420) << 40, "o is 0, i and l are 1");
	ok(!txn_id_parse("t7q", &first, &last) && !txn_id_parse("t7qu", &first, &last) &&
		!txn_id_parse("0123456789abc", &first, &last),
	    "too short, not a letter of it, too long");
}

static void
test_fold(void)
{
	static const struct { const char *in, *out;
	} t[] = {
		{ "PayPal", "paypal" },
		{ "ÄÖÜß", "äöüß" },
		{ "ŁÓDŹ", "łódź" },
		{ "ΣΊΓΜΑΣ", "σίγμασ" },
		{ "ПРИВЕТ Ё", "привет ё" },
		{ "ＡＢＣ１２", "abc12" },
		{ "微信　支付", "微信 支付" },
		{ "ŸŽİ", "ÿži" },
		{ "×", "×" },
		{ "\xff", "\xff" },
	};

	for (size_t i = 0; i < COUNTOF(t); i++) {
		BUF b = { 0 };

		search_fold(&b, t[i].in);
		ok(strcmp(buf_str(&b), t[i].out) == 0, "fold %s", t[i].in);
	}
}

int
main(void)
{
	test_bounds();
	test_minor();
	test_amount();
	test_words();
	test_days();
	test_ids();
	test_fold();
	return tap_done();
}
