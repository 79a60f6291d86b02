/* Imports: identity, overlap, twins, updates, links, sums, removal, rollback. */
#include "tests/unit/rows.h"

#define S TXN_SETTLED
#define M TXN_MOVED
#define RESULT AUTO(import_result_free) struct import_result

static const struct made three[] = {
	{ "2024-05-01 09:00:00", "-12.34", "EUR", "Bakery", "bread", "AAA1", "", S, M, "CEST", 0, 0, "87.66" },
	{ "2024-05-02 10:00:00", "-5.00", "EUR", "Cafe", "", "AAA2", "", S, M, "CEST", 0, 0, "82.66" },
	{ "2024-05-03 11:00:00", "20.00", "EUR", "Friend", "thanks", "AAA3", "", S, M, "CEST", 0, 0, "102.66" },
};
static const struct made overlap[] = {
	{ "2024-05-03 11:00:00", "20.00", "EUR", "Friend", "thanks", "AAA3", "", S, M, "CEST", 0, 0, "102.66" },
	{ "2024-05-04 12:00:00", "-1.50", "EUR", "Kiosk", "", "AAA4", "", S, M, "CEST", 0, 0, "101.16" },
};

static void
test_again(void)
{
	struct scratch s;
	RESULT a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
	int64_t acct, other;

	scratch_open(&s);
	acct = made_account(&s, "paypal", "paypal");
	other = made_account(&s, "second", "paypal");
	made_import(&s, acct, "may.csv", "paypal", three, 3, &a);
	ok(counts_are(&a, 3, 0, 0) && strcmp(a.statement, "s1") == 0 && !a.again, "three new rows, statement s1");
	ok(a.ins == 1 && a.outs == 1 && a.in[0].amount.minor == 2000 && a.out[0].amount.minor == -1734,
	    "sums of what moved");
	ok(strcmp(a.first, "2024-05-01") == 0 && strcmp(a.last, "2024-05-03") == 0, "first and last day");
	made_import(&s, acct, "may.csv", "paypal", three, 3, &b);
	ok(counts_are(&b, 0, 0, 3) && b.again && strcmp(b.statement, "s1") == 0, "the same file again adds nothing");
	ok(number(&s, "SELECT count(*) FROM statement") == 1, "and is no second statement");
	made_import(&s, acct, "june.csv", "paypal", overlap, 2, &c);
	ok(counts_are(&c, 1, 0, 1) && strcmp(c.statement, "s2") == 0, "an overlapping export adds only what is new");
	made_import(&s, other, "may.csv", "paypal", three, 3, &d);
	ok(counts_are(&d, 3, 0, 0), "another account is another identity");
	ok(number(&s, "SELECT count(*) FROM statement_file") == 2, "the same bytes are kept once");
	ok(number(&s, "SELECT count(*) FROM txn_text") == 7 && number(&s, "SELECT count(*) FROM counterparty") == 4,
	    "one search text a row, one counterparty a name");
	scratch_close(&s);
}

static void
test_twins(void)
{
	static const struct made coffee[] = {
		{ "2024-05-01", "-3.00", "USD", "Coffee", "", "", "", S, M, 0, "Purchase", 0, 0 },
		{ "2024-05-01", "-3.00", "USD", "Coffee", "", "", "", S, M, 0, "Purchase", 0, 0 },
		{ "2024-05-02", "-3.00", "USD", "Coffee", "", "", "", S, M, 0, "Purchase", 0, 0 },
	};
	struct scratch s;
	RESULT a = { 0 }, b = { 0 }, c = { 0 };
	int64_t acct;

	scratch_open(&s);
	acct = made_account(&s, "card", "apple-card");
	made_import(&s, acct, "a.csv", "apple-card", coffee, 1, &a);
	ok(counts_are(&a, 1, 0, 0), "one coffee");
	made_import(&s, acct, "b.csv", "apple-card", coffee, 3, &b);
	ok(counts_are(&b, 2, 0, 1), "an overlap with two equal coffees adds the second one");
	made_import(&s, acct, "c.csv", "apple-card", coffee, 2, &c);
	ok(counts_are(&c, 0, 0, 2), "equal twins stay twins");
	scratch_close(&s);
}

/* Exports that somebody joined to one file, and one that a spreadsheet saved again. */
static void
test_joined(void)
{
	static const struct made joined[] = {
		{ "2024-05-03 11:00:00", "20.00", "EUR", "Friend", "thanks", "AAA3", "", S, M, "CEST", 0, 0, "102.66" },
		{ "2024-05-02 10:00:00", "-5.00", "EUR", "Cafe", "", "AAA2", "", S, M, "CEST", 0, 0, "82.66" },
		{ "2024-05-02 10:00:00", "-5.00", "EUR", "Cafe", "", "AAA2", "", S, M, "CEST", 0, 0, "82.66" },
		{ "2024-05-01 09:00:00", "-12.34", "EUR", "Bakery", "bread", "AAA1", "", S, M, "CEST", 0, 0, "87.66" },
		{ "2024-05-01 08:00:00", "-1.00", "EUR", "Kiosk", "", "AAA9", "", TXN_PENDING, M, "CEST", 0, 0, 0 },
		{ "2024-05-01 08:00:00", "-1.00", "EUR", "Kiosk", "", "AAA9", "", S, M, "CEST", 0, 0, 0 },
	};
	static const struct made seconds[] = { { "2024-05-03 11:00:37", "-7.00", "CNY", "Tea", "", "20240503", "", S, M, 0, 0,
	    0, 0 } }, minutes[] = { { "2024-05-03 11:00:00", "-7.00", "CNY", "Tea", "", "20240503", "", S, M, 0, 0, 0, 0 } },
		other[] = { { "2024-05-03 11:01:00", "-7.00", "CNY", "Tea", "", "20240503", "", S, M, 0, 0, 0, 0 } };
	struct scratch s;
	RESULT a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 }, f = { 0 };
	int64_t acct, tea;

	scratch_open(&s);
	acct = made_account(&s, "paypal", "paypal");
	made_import(&s, acct, "joined.csv", "paypal", joined, 6, &a);
	ok(counts_are(&a, 5, 0, 1), "a row that is in the file twice is one; with another status it is not known to be");
	ok(a.in[0].amount.minor == 2000 && a.out[0].amount.minor == -1934, "and counts once");
	ok(number(&s, "SELECT count(*) FROM txn_source") == 6 &&
	    number(&s, "SELECT count(*) FROM txn_source WHERE txn = (SELECT id FROM txn WHERE pid = 'AAA2')") == 2, "both lines are kept as sources of it");
	made_import(&s, acct, "again.csv", "paypal", joined, 6, &b);
	ok(counts_are(&b, 0, 0, 6), "all of them are known when they come again");
	tea = made_account(&s, "alipay", "alipay");
	made_import(&s, tea, "seconds.csv", "alipay", seconds, 1, &c);
	made_import(&s, tea, "minutes.csv", "alipay", minutes, 1, &d);
	ok(counts_are(&c, 1, 0, 0) && counts_are(&d, 0, 0, 1), "lost seconds make no other row of one with an id");
	made_import(&s, tea, "other.csv", "alipay", other, 1, &f);
	ok(counts_are(&f, 1, 0, 0), "another minute does");
	scratch_close(&s);
}

struct seen { unsigned n; enum txn_status status[8]; int64_t amount[8]; int current; };

static enum rc
see_version(void *ctx, const struct version *v, struct err *e)
{
	struct seen *s = ctx;

	(void)e;
	if (s->n < 8) {
		s->status[s->n] = v->status;
		s->amount[s->n] = v->amount.minor;
		if (v->current)
			s->current = (int)s->n;
	}
	s->n++;
	return OK;
}

static void
test_update(void)
{
	static const struct made pending[] = {
		{ "2024-05-01 09:00:00", "-12.34", "EUR", "Bakery", "", "B1", "", TXN_PENDING, TXN_STAYED, "CEST", 0, 0,
		    0 },
	};
	static const struct made done[] = {
		{ "2024-05-01 09:00:00", "-12.50", "EUR", "Bakery", "", "B1", "", S, M, "CEST", 0, 0, 0 },
	};
	static const struct made back[] = {
		{ "2024-05-01 09:00:00", "-12.50", "EUR", "Bakery", "", "B1", "", TXN_REVERSED, M, "CEST", 0, 0, 0 },
	};
	struct remove_result gone;
	struct scratch s;
	struct seen seen = { 0 };
	struct err e = { 0 };
	RESULT a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 }, f = { 0 }, g = { 0 };
	SQL_TXN t = { 0 };
	int64_t acct;

	scratch_open(&s);
	acct = made_account(&s, "paypal", "paypal");
	made_import(&s, acct, "1.csv", "paypal", pending, 1, &a);
	ok(counts_are(&a, 1, 0, 0) && a.outs == 0, "a pending row that did not move is in no sum");
	made_import(&s, acct, "2.csv", "paypal", done, 1, &b);
	ok(counts_are(&b, 0, 1, 0) && b.outs == 1 && b.out[0].amount.minor == -1250,
	    "a new status and amount is an update");
	ok(number(&s, "SELECT count(*) FROM txn") == 1 && number(&s, "SELECT status FROM txn") == S &&
		number(&s, "SELECT amount FROM txn") == -1250 && number(&s, "SELECT counted FROM txn") == 1,
	    "no second row");
	must(query_versions(s.db, number(&s, "SELECT id FROM txn"), see_version, &seen, &e), &e, "versions");
	ok(seen.n == 2 && seen.status[0] == TXN_PENDING && seen.amount[0] == -1234 && seen.current == 1,
	    "what it said before stays visible");
	made_import(&s, acct, "3.csv", "paypal", pending, 1, &c);
	ok(counts_are(&c, 0, 0, 1) && number(&s, "SELECT status FROM txn") == S,
	    "an older export that is imported late does not make a settled row pending");
	made_import(&s, acct, "4.csv", "paypal", back, 1, &f);
	made_import(&s, acct, "2.csv", "paypal", done, 1, &g);
	ok(counts_are(&f, 0, 1, 0) && counts_are(&g, 0, 0, 1) && g.again &&
		number(&s, "SELECT status FROM txn") == TXN_REVERSED,
	    "the same bytes again do not undo what came since");
	must(sql_begin(s.db, true, &t, &e), &e, "begin");
	must(statement_remove(s.db, 4, &gone, NULL, NULL, &e), &e, "remove");
	must(statement_remove(s.db, 2, &gone, NULL, NULL, &e), &e, "remove");
	must(sql_commit(&t, &e), &e, "commit");
	ok(gone.removed == 0 && gone.shared == 1 && gone.reverted == 1, "removing the update reverts it");
	ok(number(&s, "SELECT status FROM txn") == TXN_PENDING && number(&s, "SELECT amount FROM txn") == -1234 &&
	    number(&s, "SELECT counted FROM txn") == 0, "the earlier view holds again");
	made_import(&s, acct, "2.csv", "paypal", done, 1, &d);
	ok(counts_are(&d, 0, 1, 0), "the update can be imported again");
	scratch_close(&s);
}

/* Alipay's closed payment and its refund row. */
static void
test_moved_with_twin(void)
{
	static const struct made pay[] = {
		{ "2024-05-01 09:00:00", "-50.00", "CNY", "Shop", "", "2024050100", "", TXN_REFUNDED,
		    TXN_MOVED_WITH_TWIN, "+08:00", 0, 0, 0 },
	};
	static const struct made refund[] = {
		{ "2024-05-09 09:00:00", "50.00", "CNY", "Shop", "", "2024050100_1", "2024050100", TXN_REFUNDED, M,
		    "+08:00", 0, 0, 0 },
	};
	struct remove_result gone;
	struct scratch s;
	struct err e = { 0 };
	RESULT a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
	SQL_TXN t = { 0 };
	int64_t acct;

	scratch_open(&s);
	acct = made_account(&s, "alipay", "alipay");
	made_import(&s, acct, "1.csv", "alipay", pay, 1, &a);
	ok(a.outs == 0 && number(&s, "SELECT counted FROM txn") == 0,
	    "a closed payment without its refund row does not count");
	ok((number(&s, "SELECT flags FROM txn") & TXN_F_NO_TWIN) != 0, "and is flagged");
	made_import(&s, acct, "2.csv", "alipay", refund, 1, &b);
	ok(counts_are(&b, 1, 0, 0) && b.ins == 1 && b.in[0].amount.minor == 5000, "its refund row comes later");
	ok(number(&s, "SELECT counted FROM txn WHERE amount < 0") == 1 &&
		(number(&s, "SELECT flags FROM txn WHERE amount < 0") & TXN_F_NO_TWIN) == 0,
	    "now both count, the flag is gone");
	ok(number(&s, "SELECT parent = (SELECT id FROM txn WHERE amount < 0) FROM txn WHERE amount > 0") == 1,
	    "the refund is linked to its payment");
	must(sql_begin(s.db, true, &t, &e), &e, "begin");
	must(statement_remove(s.db, 2, &gone, NULL, NULL, &e), &e, "remove");
	must(sql_commit(&t, &e), &e, "commit");
	ok(gone.removed == 1 && number(&s, "SELECT counted FROM txn") == 0 &&
		(number(&s, "SELECT flags FROM txn") & TXN_F_NO_TWIN) != 0,
	    "without the refund row the payment waits again");
	made_import(&s, acct, "2.csv", "alipay", refund, 1, &c);
	made_import(&s, acct, "1.csv", "alipay", pay, 1, &d);
	ok(d.again && d.outs == 1, "sums of a repeated import know the twin");
	scratch_close(&s);

	scratch_open(&s);
	acct = made_account(&s, "alipay", "alipay");
	import_result_free(&a);
	import_result_free(&b);
	made_import(&s, acct, "2.csv", "alipay", refund, 1, &a);
	made_import(&s, acct, "1.csv", "alipay", pay, 1, &b);
	ok(b.outs == 1 && number(&s, "SELECT sum(amount) FROM txn WHERE counted") == 0,
	    "the other order gives the same");
	ok(number(&s, "SELECT parent = (SELECT id FROM txn WHERE amount < 0) FROM txn WHERE amount > 0") == 1,
	    "a payment that comes later adopts its refund");
	scratch_close(&s);
}

static void
test_links(void)
{
	static const struct made triple[] = {
		{ "2024-05-01 09:00:00", "-10.00", "EUR", "Shop", "", "P1", "", S, M, "CEST", "Payment", 0, 0 },
		{ "2024-05-01 09:00:00", "-11.00", "CHF", "", "", "C1", "P1", S, M, "CEST", "Conversion", 0, 0 },
		{ "2024-05-01 09:00:00", "10.00", "EUR", "", "", "C2", "P1", S, M, "CEST", "Conversion", 0, 0 },
		{ "2024-05-02 09:00:00", "1.00", "EUR", "", "", "X1", "B-AGREEMENT", S, M, "CEST", "Other", 0, 0 },
	};
	struct scratch s;
	RESULT a = { 0 };
	int64_t acct;

	scratch_open(&s);
	acct = made_account(&s, "paypal", "paypal");
	made_import(&s, acct, "1.csv", "paypal", triple, 4, &a);
	ok(number(&s, "SELECT count(*) FROM txn WHERE parent = (SELECT id FROM txn WHERE pid = 'P1')") == 2,
	    "both conversion rows belong to the payment");
	ok(number(&s, "SELECT parent IS NULL FROM txn WHERE pid = 'P1'") == 1 &&
		number(&s, "SELECT parent IS NULL FROM txn WHERE pid = 'X1'") == 1,
	    "the payment and a billing agreement have no parent");
	scratch_close(&s);
}

static void
test_fee_of_own_pots(void)
{
	static const struct made out[] = {
		{ "2024-05-01 09:00:00", "-100.10", "CNY", "Bank", "", "W1", "", S, TXN_MOVED_FEE, "+08:00", "提现",
		    "-0.10", 0 },
		{ "2024-05-01 09:00:00", "-100.00", "CNY", "Bank", "", "W2", "", S, TXN_STAYED, "+08:00", "提现", 0,
		    0 },
	};
	struct scratch s;
	RESULT a = { 0 };

	scratch_open(&s);
	made_import(&s, made_account(&s, "wechat", "wechat"), "1.csv", "wechat", out, 2, &a);
	ok(a.ins == 0 && a.outs == 1 && a.out[0].amount.minor == -10, "of a move between own pots only the fee counts");
	scratch_close(&s);
}

struct kept { unsigned n; char id[4][TXN_ID_LEN + 1]; };

static enum rc
see_kept(void *ctx, const char *id, struct err *e)
{
	struct kept *k = ctx;

	(void)e;
	if (k->n < 4)
		(void)snprintf(k->id[k->n], sizeof k->id[0], "%s", id);
	k->n++;
	return OK;
}

static void
test_remove(void)
{
	struct remove_result gone;
	struct scratch s;
	struct kept kept = { 0 };
	struct err e = { 0 };
	RESULT a = { 0 }, b = { 0 }, c = { 0 };
	SQL_TXN t = { 0 };
	int64_t acct, row, found;

	scratch_open(&s);
	acct = made_account(&s, "paypal", "paypal");
	made_import(&s, acct, "may.csv", "paypal", three, 3, &a);
	made_import(&s, acct, "june.csv", "paypal", overlap, 2, &b);
	row = number(&s, "SELECT id FROM txn WHERE pid = 'AAA1'");
	must(sql_begin(s.db, true, &t, &e), &e, "begin");
	must(review_mark(s.db, &row, 1, REVIEW_FRAUD, "not me", 5, &e), &e, "mark");
	must(statement_remove(s.db, 1, &gone, see_kept, &kept, &e), &e, "remove");
	must(sql_commit(&t, &e), &e, "commit");
	ok(gone.removed == 1 && gone.shared == 1 && gone.kept == 1,
	    "1 removed, 1 stays by the overlap, 1 by its verdict");
	ok(kept.n == 1 && query_find(s.db, kept.id[0], &found, &e) == OK && found == row, "the kept row is named");
	ok(number(&s, "SELECT count(*) FROM txn") == 3 && number(&s, "SELECT count(*) FROM statement") == 2,
	    "the statement stays as long as a kept row needs it");
	ok(number(&s, "SELECT source >> 32 FROM txn WHERE pid = 'AAA3'") == 2,
	    "the shared row is the other statement's now");
	must(sql_begin(s.db, true, &t, &e), &e, "begin");
	must(review_mark(s.db, &row, 1, REVIEW_NEW, NULL, 6, &e), &e, "mark");
	must(statement_remove(s.db, 1, &gone, see_kept, &kept, &e), &e, "remove again");
	must(sql_commit(&t, &e), &e, "commit");
	ok(gone.removed == 1 && gone.kept == 0 && number(&s, "SELECT count(*) FROM statement") == 1,
	    "without verdict it goes");
	ok(number(&s, "SELECT count(*) FROM statement_file") == 1 &&
		number(&s, "SELECT count(*) FROM counterparty") == 2 &&
		number(&s, "SELECT count(*) FROM txn_text") == 2 && number(&s, "SELECT count(*) FROM txn_source") == 2,
	    "nothing of it is left behind");
	made_import(&s, acct, "may.csv", "paypal", three, 3, &c);
	ok(counts_are(&c, 2, 0, 1) && strcmp(c.statement, "s3") == 0,
	    "it can be imported again, under a new statement ID");
	must(sql_begin(s.db, true, &t, &e), &e, "begin");
	ok(statement_find(s.db, "s1", &found, &e) == E_NOTFOUND && statement_find(s.db, "x", &found, &e) == E_USAGE &&
	    statement_find(s.db, "S3", &found, &e) == OK && found == 3, "statements are found by ID");
	sql_rollback(&t);
	scratch_close(&s);
}

static void
test_bad_rows(void)
{
	struct statement st;
	struct scratch s;
	struct err e = { 0 };
	RESULT r = { 0 }, dry = { 0 };
	int64_t acct;

	scratch_open(&s);
	acct = made_account(&s, "paypal", "paypal");
	made_statement(&st, "paypal", three, 3);
	st.bad = calloc(2, sizeof *st.bad);
	st.bads = 2;
	for (unsigned i = 0; i < 2; i++)
		st.bad[i] = (struct bad_row){ .row = 7 + i, .reason = strdup("row-amount 0 12,3x") };
	st.ignored = 1;
	ok(made_import_opts(&s, acct, "dir/bad.csv", &st, false, true, &r, &e) == E_INPUT &&
		strstr(e.what, "bad.csv:7") != NULL && strstr(e.next, "--skip-bad") != NULL,
	    "a bad row refuses the file: %s", e.what);
	ok(number(&s, "SELECT count(*) FROM txn") == 0 && number(&s, "SELECT count(*) FROM statement") == 0,
	    "nothing is left of it");
	ok(made_import_opts(&s, acct, "dir/bad.csv", &st, true, false, &dry, &e) == OK && counts_are(&dry, 3, 0, 0) &&
	    number(&s, "SELECT count(*) FROM txn") == 0, "a dry run counts and leaves nothing");
	ok(made_import_opts(&s, acct, "dir/bad.csv", &st, true, true, &r, &e) == OK && r.rejected == 2 &&
		r.ignored == 1 && r.rows == 6 && counts_are(&r, 3, 0, 0),
	    "--skip-bad imports the rest");
	ok(number(&s, "SELECT count(*) FROM statement_bad WHERE row IN (7, 8)") == 2, "and records what was left out");
	statement_free(&st);
	scratch_close(&s);
}

/* The process ends in the middle: the transaction never happened. */
static void
test_killed(void)
{
	struct import_file f = { .name = "k.csv" };
	struct import_options o = { .now_ms = 1 };
	struct statement st;
	struct scratch s;
	struct err e = { 0 };
	RESULT r = { 0 }, again = { 0 };
	int64_t acct;

	scratch_open(&s);
	acct = made_account(&s, "paypal", "paypal");
	made_statement(&st, "paypal", three, 3);
	must(sql_exec(s.db, "BEGIN IMMEDIATE", &e), &e, "begin");
	must(import_apply(s.db, acct, &f, &st, &o, &r, &e), &e, "apply");
	scratch_reopen(&s);
	ok(number(&s, "SELECT count(*) FROM txn") == 0 && number(&s, "SELECT count(*) FROM statement") == 0 &&
	    number(&s, "SELECT count(*) FROM counterparty") == 0, "an import that was not committed left nothing");
	made_import(&s, acct, "k.csv", "paypal", three, 3, &again);
	ok(counts_are(&again, 3, 0, 0), "and can be done again");
	statement_free(&st);
	scratch_close(&s);
}

static void
test_file_kept(void)
{
	struct scratch s;
	struct err e = { 0 };
	BUF out = { 0 };
	RESULT a = { 0 };

	scratch_open(&s);
	made_import(&s, made_account(&s, "paypal", "paypal"), "the bytes of the file", "paypal", three, 3, &a);
	ok(statement_file(s.db, 1, &out, &e) == OK && strcmp(buf_str(&out), "the bytes of the file") == 0,
	    "the original bytes are kept");
	scratch_close(&s);
}

int
main(void)
{
	test_again();
	test_twins();
	test_joined();
	test_update();
	test_moved_with_twin();
	test_links();
	test_fee_of_own_pots();
	test_remove();
	test_bad_rows();
	test_killed();
	test_file_kept();
	return tap_done();
}
