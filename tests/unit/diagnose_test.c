/* The checks of diagnose: card numbers, expiry, what each ailment looks at, and that nothing unknown is ever called
 * ok. */
#include "tests/tap.h"
#include "wallet/diagnose.h"

/* ---- cards ---- */

static void
test_numbers(void)
{
	/* Numbers of the card networks' own test ranges. */
	static const struct { const char *text; enum cardno is; } n[] = {
		{ "4111111111111111", CARDNO_GOOD }, { "4111 1111 1111 1111", CARDNO_GOOD },
		{ "5500-0055-5555-5559", CARDNO_GOOD },
		{ "378282246310005", CARDNO_GOOD }, { "6200000000000005", CARDNO_GOOD },
		{ "30569309025904", CARDNO_GOOD },
		{ "4111111111111112", CARDNO_CHECKSUM }, { "1411111111111111", CARDNO_CHECKSUM },
		{ "4111111111111", CARDNO_CHECKSUM },
		{ "41111111111", CARDNO_LENGTH }, { "41111111111111111111", CARDNO_LENGTH },
		{ "4111x11111111111", CARDNO_NO_DIGITS },
		{ "", CARDNO_NOT_GIVEN }, { "  ", CARDNO_NOT_GIVEN }, { "４１１１", CARDNO_NO_DIGITS },
	};
	char swapped[] = "4012888888881881";

	for (size_t i = 0; i < COUNTOF(n); i++)
		ok(cardno_check((const unsigned char *)n[i].text, strlen(n[i].text)) == n[i].is, "card number '%s'",
		    n[i].text);
	ok(cardno_check((const unsigned char *)swapped, 16) == CARDNO_GOOD, "right");
	for (size_t i = 0; i < 16; i++) {
		char was = swapped[i];
		bool all = true;

		for (char d = '0'; d <= '9'; d++) {
			swapped[i] = d;
			all = all && (cardno_check((const unsigned char *)swapped, 16) == CARDNO_GOOD) == (d == was);
		}
		swapped[i] = was;
		ok(all, "a wrong digit at %zu is found", i);
	}
}

static void
test_expiry(void)
{
	static const struct civil today = { .year = 2026, .month = 11, .day = 22 },
	    eve = { .year = 2026, .month = 11, .day = 30 },
		day = { .year = 2026, .month = 12, .day = 1 }, old = { .year = 2026, .month = 12, .day = 31 };
	static const struct { const char *text; const struct civil *on; enum expiry is; } x[] = {
		{ "08/27", &today, EXPIRY_GOOD }, { "11/26", &today, EXPIRY_SOON }, { "11/26", &eve, EXPIRY_SOON },
		{ "11/26", &day, EXPIRY_PAST },
		{ "12/2026", &old, EXPIRY_SOON }, { "1226", &today, EXPIRY_GOOD }, { "2027-08", &today, EXPIRY_GOOD },
		{ " 10/26 ", &today, EXPIRY_PAST },
		{ "13/27", &today, EXPIRY_UNREADABLE }, { "00/27", &today, EXPIRY_UNREADABLE },
		{ "8", &today, EXPIRY_UNREADABLE },
		{ "ab/cd", &today, EXPIRY_UNREADABLE }, { "08/2", &today, EXPIRY_UNREADABLE },
		{ "08//27", &today, EXPIRY_UNREADABLE },
		{ "", &today, EXPIRY_NOT_GIVEN }, { "12/24", &today, EXPIRY_PAST },
	};
	static const struct { const char *text; size_t at; } s[] = { { "4111 1111 08/27", 10 }, { "4111 1111", 9 },
	    { "4111 1111 08/27  ", 10 },
		{ "08/27", 0 }, { "", 0 } };

	for (size_t i = 0; i < COUNTOF(x); i++)
		ok(expiry_check((const unsigned char *)x[i].text, strlen(x[i].text), x[i].on) == x[i].is, "expiry '%s'",
		    x[i].text);
	for (size_t i = 0; i < COUNTOF(s); i++)
		ok(cardno_split((const unsigned char *)s[i].text, strlen(s[i].text)) == s[i].at, "split '%s'",
		    s[i].text);
}

/* ---- checks ---- */

static const struct check *
find(enum ailment a, const struct symptoms *s, enum check_id id)
{
	static struct check list[CHECK_COUNT];
	size_t n = diagnose(a, s, list);

	for (size_t i = 0; i < n; i++)
		if (list[i].id == id)
			return &list[i];
	return NULL;
}

static bool
is(enum ailment a, const struct symptoms *s, enum check_id id, enum check_state state)
{
	const struct check *c = find(a, s, id);

	return c != NULL && c->state == state && (c->weight == WEIGHT_NONE) == (state != CHECK_BAD);
}

/* Nothing known: nothing about rows, balance, card or clock may be ok. */
static void
test_nothing_known(void)
{
	static const struct { enum ailment a; enum check_id id; } never[] = { { AIL_PAYMENT, CHECK_STATUS },
	    { AIL_PAYMENT, CHECK_FUNDS },
		{ AIL_PAYMENT, CHECK_LIMIT }, { AIL_PAYMENT, CHECK_CARD_NUMBER }, { AIL_PAYMENT, CHECK_CARD_EXPIRY },
		{ AIL_PAYMENT, CHECK_RECENT },
		{ AIL_BALANCE, CHECK_GAPS }, { AIL_BALANCE, CHECK_RECENT }, { AIL_BALANCE, CHECK_FUNDS },
		{ AIL_LOGIN, CHECK_CLOCK },
		{ AIL_LOGIN, CHECK_SECOND } };
	const struct symptoms none = { .now_ms = 1795341600000 };
	struct check list[CHECK_COUNT];

	for (size_t i = 0; i < COUNTOF(never); i++)
		ok(is(never[i].a, &none, never[i].id, CHECK_UNKNOWN), "%s of %s is not known", check_name(never[i].id),
		    ailment_name(never[i].a));
	for (unsigned a = 0; a < AIL_COUNT; a++) {
		size_t n = diagnose((enum ailment)a, &none, list);

		ok(n > 5 && n < CHECK_COUNT && list[0].id == CHECK_INCIDENT && list[n - 1].id == CHECK_CONTACT,
		    "%s: fraud first, a real contact last", ailment_name((enum ailment)a));
	}
}

static void
test_payment(void)
{
	static const struct { enum txn_status st; enum check_state is; } by[] = { { TXN_SETTLED, CHECK_OK },
	    { TXN_FAILED, CHECK_BAD },
		{ TXN_CANCELLED, CHECK_BAD }, { TXN_PENDING, CHECK_BAD }, { TXN_HELD, CHECK_BAD },
		{ TXN_REVERSED, CHECK_BAD },
		{ TXN_REFUNDED, CHECK_BAD }, { TXN_UNKNOWN, CHECK_UNKNOWN } };
	struct symptoms s = { .now_ms = 1795341600000, .has_row = true, .has_amount = true, .amount = { .minor = -10000,
	    .exp = 2, .cur = "EUR" },
		.has_balance = true, .left = { .minor = 10000, .exp = 2, .cur = "EUR" } };

	for (size_t i = 0; i < COUNTOF(by); i++) {
		s.status = by[i].st;
		ok(is(AIL_PAYMENT, &s, CHECK_STATUS, by[i].is), "status %s", txn_status_name(by[i].st));
	}
	ok(is(AIL_PAYMENT, &s, CHECK_FUNDS, CHECK_OK), "100.00 are enough for 100.00");
	s.left.minor = 9999;
	ok(is(AIL_PAYMENT, &s, CHECK_FUNDS, CHECK_BAD), "99.99 are not");
	s.row_moved = true;
	ok(is(AIL_PAYMENT, &s, CHECK_FUNDS, CHECK_OK), "what moved already is in the balance");
	s.row_moved = false;
	s.left = (struct money){ .minor = 999999, .exp = 2, .cur = "USD" };
	ok(is(AIL_PAYMENT, &s, CHECK_FUNDS, CHECK_UNKNOWN), "another currency tells nothing");
	s.left = (struct money){ .minor = INT64_MIN, .exp = 2, .cur = "EUR" };
	s.amount.minor = INT64_MIN;
	ok(is(AIL_PAYMENT, &s, CHECK_FUNDS, CHECK_BAD), "the end of the range");
	s.duplicates = 1;
	ok(is(AIL_PAYMENT, &s, CHECK_DUPLICATE, CHECK_BAD), "a row like it");
	s.cardno = CARDNO_CHECKSUM;
	s.expiry = EXPIRY_PAST;
	ok(is(AIL_PAYMENT, &s, CHECK_CARD_NUMBER, CHECK_BAD) && is(AIL_PAYMENT, &s, CHECK_CARD_EXPIRY, CHECK_BAD), "a "
	    "card that cannot work");
	s.cardno = CARDNO_GOOD;
	s.expiry = EXPIRY_UNREADABLE;
	ok(is(AIL_PAYMENT, &s, CHECK_CARD_NUMBER, CHECK_OK) && is(AIL_PAYMENT, &s, CHECK_CARD_EXPIRY, CHECK_UNKNOWN),
	    "a good number, no date");
}

static void
test_rest(void)
{
	const int64_t day = INT64_C(86400000);
	struct symptoms s = { .now_ms = 20000 * day, .statements = 2, .last_day = 20000 - SYMPTOM_OLD_DAYS };

	ok(is(AIL_BALANCE, &s, CHECK_RECENT, CHECK_OK) && is(AIL_BALANCE, &s, CHECK_GAPS, CHECK_OK),
	    "a statement of a month ago");
	s.last_day--;
	s.gaps = 1;
	ok(is(AIL_BALANCE, &s, CHECK_RECENT, CHECK_BAD) && is(AIL_BALANCE, &s, CHECK_GAPS, CHECK_BAD),
	    "a day older, and a gap");
	s.breaks = s.rejected = s.noted = s.no_twin = 1;
	ok(is(AIL_BALANCE, &s, CHECK_BREAKS, CHECK_BAD) && is(AIL_BALANCE, &s, CHECK_REJECTED, CHECK_BAD) &&
	    is(AIL_BALANCE, &s, CHECK_NOTED, CHECK_BAD) && is(AIL_BALANCE, &s, CHECK_UNSURE_ROWS, CHECK_BAD),
	    "rows that are not right");
	s.rotating = true;
	s.rotating_ms = s.now_ms - 7 * day;
	ok(find(AIL_LOGIN, &s, CHECK_ROTATION)->weight == WEIGHT_MEDIUM, "a new password that waits a week");
	s.rotating_ms--;
	ok(find(AIL_LOGIN, &s, CHECK_ROTATION)->weight == WEIGHT_HIGH, "longer: forgotten");
	s.newest_ms = s.now_ms;
	ok(is(AIL_LOGIN, &s, CHECK_CLOCK, CHECK_UNKNOWN), "a clock that is not behind may be wrong all the same");
	s.newest_ms++;
	ok(is(AIL_LOGIN, &s, CHECK_CLOCK, CHECK_BAD), "a clock that is behind is wrong");
	s.store_frozen = true;
	s.state = ACCOUNT_FROZEN;
	ok(is(AIL_LOCKED, &s, CHECK_STORE, CHECK_BAD) && is(AIL_LOCKED, &s, CHECK_ACCOUNT, CHECK_BAD), "frozen here");
	s.incident = 3;
	ok(is(AIL_LOCKED, &s, CHECK_INCIDENT, CHECK_BAD) && find(AIL_LOCKED, &s, CHECK_INCIDENT)->weight == WEIGHT_HIGH,
	    "an incident is open");
}

static void
test_words(void)
{
	struct symptoms s = { .now_ms = 1 };
	enum ailment a;
	bool all = true;

	for (unsigned i = 0; i < AIL_COUNT; i++)
		all = all && ailment_from(ailment_name((enum ailment)i), &a) && a == (enum ailment)i &&
		    ailment_words(a)[0] != '\0';
	ok(all && !ailment_from("", &a) && !ailment_from("paymen", &a), "words of ailments");
	for (unsigned i = 0; i < CHECK_COUNT; i++)
		all = all && check_name((enum check_id)i)[0] != '\0';
	ok(all, "every check has a word");
	ok(ailment_guess(&s) == AIL_COUNT, "nothing to go by: asked");
	s.breaks = 1;
	ok(ailment_guess(&s) == AIL_BALANCE, "breaks: the balance");
	s.rotating = true;
	ok(ailment_guess(&s) == AIL_LOGIN, "an unfinished change of password: the login");
	s.state = ACCOUNT_FROZEN;
	ok(ailment_guess(&s) == AIL_LOCKED, "frozen: locked");
	s.has_row = true;
	ok(ailment_guess(&s) == AIL_PAYMENT, "a row: a payment");
}

int
main(void)
{
	test_numbers();
	test_expiry();
	test_nothing_known();
	test_payment();
	test_rest();
	test_words();
	return tap_done();
}
