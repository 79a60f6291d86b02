/* Accounts: names, look-alikes, rows, figures, removal. */
#include "tests/unit/rows.h"

#include "base/num.h"
#include "crypto/secret.h"

static const struct { const char *name; enum rc rc; const char *why;
} names[] = {
	{ "paypal", OK, "plain" },
	{ "Bank 2", OK, "a single blank inside" },
	{ "微信支付", OK, "Chinese" },
	{ "Сбер", OK, "Cyrillic" },
	{ "café", OK, "composed accent" },
	{ "me@mail.example", OK, "like a login" },
	{ "한국", OK, "Hangul syllables" },
	{ "かな", OK, "Kana" },
	{ "9to5", OK, "begins with a digit" },
	{ "", E_USAGE, "empty" },
	{ "store", E_USAGE, "the whole store" },
	{ "ALL", E_USAGE, "all accounts" },
	{ "show", E_USAGE, "a subcommand" },
	{ "undo", E_USAGE, "a subcommand" },
	{ "-x", E_USAGE, "like an option" },
	{ " x", E_USAGE, "leading blank" },
	{ "x ", E_USAGE, "trailing blank" },
	{ "a  b", E_USAGE, "two blanks" },
	{ "a/b", E_USAGE, "slash" },
	{ "a:b", E_USAGE, "colon" },
	{ "a\tb", E_USAGE, "TAB" },
	{ "a\nb", E_USAGE, "line break" },
	{ "cafe\xcc\x81", E_USAGE, "combining accent: not NFC" },
	{ "\xe1\x84\x92\xe1\x85\xa1", E_USAGE, "conjoining jamo: not NFC" },
	{ "\xe3\x81\x8b\xe3\x82\x99", E_USAGE, "combining voiced mark: not NFC" },
	{ "\xef\xa4\x80", E_USAGE, "compatibility ideograph" },
	{ "a\xe2\x80\xae"
	  "b",
	    E_USAGE, "bidirectional override" },
	{ "a\xe2\x80\x8b"
	  "b",
	    E_USAGE, "invisible" },
	{ "a\xff", E_USAGE, "no UTF-8" },
	{ "\xe2\x84\xaa"
	  "elvin",
	    E_USAGE, "Kelvin sign: not NFC" },
	{ "0123456789012345678901234567890123456789012345678901234567890123", OK, "64 bytes" },
	{ "01234567890123456789012345678901234567890123456789012345678901234", E_USAGE, "65 bytes" },
};

static void
test_names(void)
{
	struct err e = { 0 };

	for (size_t i = 0; i < COUNTOF(names); i++)
		ok(account_name_check(names[i].name, &e) == names[i].rc, "name: %s", names[i].why);
}

static enum rc
add(struct scratch *s, const char *name)
{
	struct account a;
	struct err e = { 0 };
	SQL_TXN t = { 0 };
	enum rc rc;

	account_init(&a);
	must(text_set(&a.name, name, &e), &e, name);
	must(sql_begin(s->db, true, &t, &e), &e, "begin");
	if ((rc = account_add(s->db, &a, 1, &e)) == OK)
		must(sql_commit(&t, &e), &e, "commit");
	account_free(&a);
	return rc;
}

static void
test_alike(void)
{
	static const struct { const char *name, *why;
	} alike[] = { { "paypal", "the same" }, { "PayPal", "another case" }, { "раураl", "Cyrillic letters" },
		{ "ρaypal", "a Greek rho" }, { "ｐａｙｐａｌ", "fullwidth" }, { "paypa1", "a digit 1" } };
	struct scratch s;

	scratch_open(&s);
	ok(add(&s, "paypal") == OK, "the first one");
	for (size_t i = 0; i < COUNTOF(alike); i++)
		ok(add(&s, alike[i].name) == (i == 4 ? E_USAGE : E_EXISTS), "refused beside it: %s", alike[i].why);
	ok(add(&s, "paypal-2") == OK && add(&s, "payball") == OK, "others are fine");
	scratch_close(&s);
}

static void
test_rows(void)
{
	struct account a, b;
	struct scratch s;
	struct err e = { 0 };
	struct accounts all = { 0 };
	SQL_TXN t = { 0 };

	scratch_open(&s);
	(void)made_account(&s, "mailbox", "mail");
	account_init(&a);
	account_init(&b);
	must(text_set(&a.name, "paypal", &e), &e, "set");
	must(text_set(&a.way_in, "recovery codes in the desk drawer", &e), &e, "set");
	a.contact = calloc(1, sizeof *a.contact);
	a.contacts = 1;
	a.contact[0] = (struct contact){ strdup("phone"), strdup("+49 0"), strdup("card"), 17 };
	must(sql_begin(s.db, true, &t, &e), &e, "begin");
	must(account_add(s.db, &a, 99, &e), &e, "add");
	must(sql_commit(&t, &e), &e, "commit");
	must(account_find(s.db, "PAYPAL", &b, &e), &e, "find");
	ok(b.id == a.id && memcmp(a.uid, b.uid, 16) == 0 && b.created_ms == 99 && strcmp(b.way_in, a.way_in) == 0 &&
		b.contacts == 1 && strcmp(b.contact[0].value, "+49 0") == 0 && b.contact[0].confirmed_ms == 17,
	    "what was added is found, whatever the case");
	ok(account_find(s.db, "paypla", &b, &e) == E_NOTFOUND, "another name is not");
	must(account_find(s.db, "mailbox", &b, &e), &e, "find");
	b.control = calloc(1, sizeof *b.control);
	b.controls = 1;
	b.control[0] = strdup("paypal");
	must(text_set(&b.name, "mail home", &e), &e, "set");
	must(sql_begin(s.db, true, &t, &e), &e, "begin");
	must(account_save(s.db, &b, &e), &e, "save");
	must(sql_commit(&t, &e), &e, "commit");
	must(account_list(s.db, &all, &e), &e, "list");
	ok(all.n == 2 && strcmp(all.a[0].name, "mail home") == 0 && all.a[0].controls == 1 &&
	    strcmp(all.a[0].control[0], "paypal") == 0, "renamed, and gives access to the other");
	must(text_set(&b.name, "PayPal", &e), &e, "set");
	must(sql_begin(s.db, true, &t, &e), &e, "begin");
	ok(account_save(s.db, &b, &e) == E_EXISTS, "not to a name that is taken");
	must(text_set(&b.name, "mail home", &e), &e, "set");
	must(text_set(&b.login, "a\x1b[31m", &e), &e, "set");
	ok(account_save(s.db, &b, &e) == E_USAGE, "no control characters in fields");
	sql_rollback(&t);
	accounts_free(&all);
	account_free(&a);
	account_free(&b);
	scratch_close(&s);
}

static void
test_figures_and_removal(void)
{
	static const struct made rows[] = {
		{ "2024-05-01 09:00:00", "-1.00", "EUR", "A", "", "A1", "", TXN_SETTLED, TXN_MOVED, "CEST", 0, 0,
		    "9.00" },
		{ "2024-05-01 09:00:00", "-2.00", "EUR", "A", "", "A2", "", TXN_SETTLED, TXN_MOVED, "CEST", 0, 0,
		    "7.00" },
		{ "2024-04-01 09:00:00", "5.00", "USD", "B", "", "A3", "", TXN_SETTLED, TXN_MOVED, "CEST", 0, 0,
		    "5.00" },
		{ "2024-05-09 09:00:00", "-3.00", "EUR", "C", "", "A4", "", TXN_PENDING, TXN_STAYED, "CEST", 0, 0, 0 },
	};
	static const struct made newest_first[] = {
		{ "2024-05-09 09:00:00", "-3.00", "EUR", "C", "", "A4", "", TXN_PENDING, TXN_STAYED, "CEST", 0, 0, 0 },
		{ "2024-05-01 09:00:00", "-2.00", "EUR", "A", "", "A2", "", TXN_SETTLED, TXN_MOVED, "CEST", 0, 0,
		    "7.00" },
		{ "2024-05-01 09:00:00", "-1.00", "EUR", "A", "", "A1", "", TXN_SETTLED, TXN_MOVED, "CEST", 0, 0,
		    "9.00" },
	};
	struct account_figures f = { 0 }, back = { 0 };
	AUTO(import_result_free) struct import_result r = { 0 }, q = { 0 };
	struct scratch s;
	struct err e = { 0 };
	SQL_TXN t = { 0 };
	int64_t id, row, other;

	scratch_open(&s);
	id = made_account(&s, "paypal", "paypal");
	made_import(&s, id, "x.csv", "paypal", rows, COUNTOF(rows), &r);
	must(account_figures(s.db, id, &f, &e), &e, "figures");
	ok(f.balances == 2 && f.balance[0].amount.minor == 700 && strcmp(f.balance[0].cur, "EUR") == 0 &&
		strcmp(f.balance[0].on, "2024-05-01") == 0 && f.balance[1].amount.minor == 500,
	    "the newest balance of each currency");
	ok(strcmp(f.last_activity, "2024-05-09") == 0 && f.transactions == 4 && f.unreviewed == 4,
	    "last activity and counts");
	other = made_account(&s, "second", "paypal");
	made_import(&s, other, "y.csv", "paypal", newest_first, COUNTOF(newest_first), &q);
	must(account_figures(s.db, other, &back, &e), &e, "figures");
	ok(back.balances == 1 && back.balance[0].amount.minor == 700,
	    "also of two rows of one second in a file with the newest first");
	account_figures_free(&back);
	must(sql_begin(s.db, true, &t, &e), &e, "begin");
	must(account_remove(s.db, other, false, &e), &e, "remove");
	must(sql_commit(&t, &e), &e, "commit");
	row = number(&s, "SELECT id FROM txn WHERE pid = 'A1'");
	must(sql_begin(s.db, true, &t, &e), &e, "begin");
	must(review_mark(s.db, &row, 1, REVIEW_OK, NULL, 1, &e), &e, "mark");
	ok(account_remove(s.db, id, false, &e) == E_EXISTS, "an account with verdicts is not removed by the way");
	must(sql_exec(s.db,
		 "INSERT INTO secret VALUES(zeroblob(16), 1, (SELECT uid FROM account), 1, 1, 0, zeroblob(32),"
		 " zeroblob(152), x'00')",
		 &e),
	    &e, "secret");
	ok(account_remove(s.db, id, true, &e) == E_EXISTS, "an account with secrets not at all");
	must(sql_exec(s.db, "DELETE FROM secret", &e), &e, "secret");
	ok(account_remove(s.db, id, true, &e) == OK, "forced");
	must(sql_commit(&t, &e), &e, "commit");
	ok(number(&s,
	       "SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM txn) + (SELECT count(*) FROM statement)"
	       " + (SELECT count(*) FROM txn_source) + (SELECT count(*) FROM txn_text) + (SELECT count(*) FROM verdict)"
	       " + (SELECT count(*) FROM statement_file) + (SELECT count(*) FROM counterparty)") == 0,
	    "nothing of it is left");
	account_figures_free(&f);
	scratch_close(&s);
}

int
main(void)
{
	test_names();
	test_alike();
	test_rows();
	test_figures_and_removal();
	return tap_done();
}
