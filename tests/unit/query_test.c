/* History: every filter, order, limit, IDs by prefix, cells, verdicts with undo. */
#include "tests/unit/rows.h"

#define S TXN_SETTLED
#define M TXN_MOVED

static const struct made wallet[] = {
	{ "2024-05-01 23:30:00", "-12.34", "USD", "Starbucks", "latte", "A1", "", S, M, "PDT", "Payment", "-0.30",
	    "87.66" },
	{ "2024-05-02 10:00:00", "-5.00", "EUR", "微信支付商户", "晚饭", "A2", "", S, M, "CEST", "Payment", 0,
	    "95.00" },
	{ "2024-05-03 11:00:00", "20.00", "USD", "Friend", "THANKS a lot", "A3", "", S, M, "PDT", "Transfer", 0,
	    "107.66" },
	{ "2024-05-04", "-1200", "JPY", "Hotel", "", "A4", "", TXN_PENDING, TXN_STAYED, 0, "Authorization", 0, 0 },
	{ "", "-7.00", "USD", "No Date", "", "A5", "", TXN_FAILED, TXN_STAYED, 0, "Payment", 0, 0 },
	{ "2024-06-01 08:00:00", "", "USD", "Empty", "", "A6", "", TXN_INFORMATIONAL, TXN_STAYED, "PDT", "Invoice", 0,
	    0 },
	{ "2024-06-02 08:00:00", "5.00", "USD", "Starbucks", "refund", "A7", "A1", TXN_REFUNDED, M, "PDT", "Refund", 0,
	    0 },
};
static const struct made other[] = {
	{ "2024-05-02 12:00:00", "-3.00", "CNY", "早餐", "包子", "", "", S, M, "+08:00", "消费", 0, 0 },
};

struct got { char all[256]; unsigned n; unsigned stop; };

/* The provider's ids, or the counterparty where there is none. */
static enum rc
collect(void *ctx, const struct entry *en, struct err *e)
{
	struct got *g = ctx;
	size_t at = strlen(g->all);

	(void)e;
	(void)snprintf(g->all + at, sizeof g->all - at, "%s%s", g->n++ ? " " : "",
	    en->reference[0] ? en->reference : en->counterparty);
	return g->stop != 0 && g->n == g->stop ? E_INTERRUPTED : OK;
}

static bool
gives(struct scratch *s, const struct filter *f, const char *want)
{
	struct got g = { .n = 0 };
	struct err e = { 0 };
	uint64_t n = 0;
	unsigned words = want[0] != '\0';

	for (const char *p = want; *p; p++)
		words += *p == ' ';
	if (query_each(s->db, f, collect, &g, &e) != OK || query_count(s->db, f, &n, &e) != OK) {
		printf("# %s\n", e.what);
		return false;
	}
	if (strcmp(g.all, want) == 0 && (f->limit != 0 || n == words))
		return true;
	printf("# got '%s' (%llu), wanted '%s'\n", g.all, (unsigned long long)n, want);
	return false;
}

#define GIVES(want, name, ...) ok(gives(s, &(struct filter){ __VA_ARGS__ }, want), name)

static struct bound
bound(const char *text)
{
	struct bound b = { 0 };
	struct err e = { 0 };

	must(bound_parse(&b, text, &e), &e, text);
	return b;
}

static void
test_filters(struct scratch *s, int64_t a, int64_t b)
{
	int64_t may1 = civil_days(2024, 5, 1);

	GIVES("A7 A6 A4 A3 A2 A1 早餐 A5", "newest first; without a date last", .limit = 0);
	GIVES("A5 早餐 A1 A2 A3 A4 A6 A7", "oldest first, by the instant", .sort = SORT_TIME);
	GIVES("A7 A6 A4", "limit", .limit = 3);
	GIVES("A7 A6 A4 A3 A2 A1 A5", "one account", .accounts = 1, .account = { a });
	GIVES("A5 A1 A2 A3 A4 A6 A7", "one account, oldest first", .accounts = 1, .account = { a }, .sort = SORT_TIME);
	GIVES("A7 A6 A4 A3 A2 A1 早餐 A5", "two accounts", .accounts = 2, .account = { a, b });
	GIVES("A1", "a day whose evening is another day in UTC", .has_from = true, .has_to = true, .from_day = may1,
	    .to_day = may1);
	GIVES("A2 早餐", "one day, as the statement has it", .has_from = true, .has_to = true, .from_day = may1 + 1,
	    .to_day = may1 + 1);
	GIVES("A2 A1 早餐", "the same day of UTC: the evening in California is in it", .has_from = true, .has_to = true,
	    .from_day = may1 + 1, .to_day = may1 + 1, .by_instant = true, .from_us = (may1 + 1) * 86400000000,
	    .to_us = (may1 + 2) * 86400000000);
	GIVES("A7 A6", "from", .has_from = true, .from_day = civil_days(2024, 6, 1));
	GIVES("A4", "a row without a certain instant goes by its date", .has_from = true, .has_to = true,
	    .from_day = may1 + 3, .to_day = may1 + 3, .by_instant = true, .from_us = (may1 + 3) * 86400000000,
	    .to_us = (may1 + 4) * 86400000000);
	GIVES("A7 A3", "min", .min = bound("5"));
	GIVES("A7 A2 早餐", "min and max, signed", .min = bound("-5.00"), .max = bound("5"));
	GIVES("A4 A1", "max compares values, not minor units: -1200 JPY", .max = bound("-12.34"));
	GIVES("A4 A5", "several statuses", .status = 1U << TXN_PENDING | 1U << TXN_FAILED);
	GIVES("A6", "status", .status = 1U << TXN_INFORMATIONAL);
	GIVES("A2 A1 A5", "type, case ignored", .type = "payment");
	GIVES("早餐", "type in Chinese", .type = "消费");
	GIVES("", "a part of a type is no type", .type = "pay");
	GIVES("", "another text of the row is no type", .type = "thanks a lot");
	GIVES("A7", "type and search", .type = "refund", .search = "starbucks");
	GIVES("A2 A1 A5", "type and statement", .type = "Payment", .statement = 1);
	GIVES("A4", "currency", .currency = "JPY");
	GIVES("A7 A6 A4 A3 A2 A1 A5", "statement", .statement = 1);
	GIVES("早餐", "the other statement", .statement = 2);
	GIVES("A3 A7 早餐 A2 A5 A1 A4 A6", "largest amount first, empty ones last", .sort = SORT_AMOUNT_DESC);
	GIVES("A4 A1 A5 A2 早餐 A7 A3 A6", "smallest amount first", .sort = SORT_AMOUNT);
	GIVES("A3 A7", "amount with limit", .sort = SORT_AMOUNT_DESC, .limit = 2);
}

static void
test_search(struct scratch *s)
{
	GIVES("A7 A1", "a word", .search = "starbucks");
	GIVES("A7 A1", "inside a word", .search = "BUCK");
	GIVES("A3", "case is ignored", .search = "thanks A LOT");
	GIVES("A2", "two Chinese characters", .search = "微信");
	GIVES("A2", "one Chinese character", .search = "晚");
	GIVES("早餐", "Chinese of another account", .search = "包子");
	GIVES("A7 A1", "an id finds its row and what refers to it", .search = "A1");
	GIVES("", "texts of two fields do not run together", .search = "buckslatte");
	GIVES("A1", "search and statement and status", .search = "starbucks", .statement = 1, .status = 1U << S);
	GIVES("", "a quote is only a character", .search = "' OR 1=1 --");
	GIVES("", "as is a percent sign", .search = "%");
}

static void
test_stop(struct scratch *s)
{
	struct filter f = { .limit = 0 };
	struct got g = { .stop = 2 };
	struct err e = { 0 };

	ok(query_each(s->db, &f, collect, &g, &e) == E_INTERRUPTED && g.n == 2, "the caller can stop");
}

static enum rc
keep(void *ctx, const struct entry *en, struct err *e)
{
	struct entry *out = ctx;

	(void)e;
	*out = *en;
	return OK;
}

static void
test_ids(struct scratch *s)
{
	struct entry en;
	struct err e = { 0 };
	int64_t row = number(s, "SELECT id FROM txn WHERE pid = 'A1'"), found = 0;
	char id[16], up[16];

	must(query_one(s->db, row, keep, &en, &e), &e, "one");
	ok(strlen(en.id) == TXN_ID_LEN && en.id_short >= TXN_ID_MIN && en.id_short < 8, "a full ID and its short form");
	ok(en.has_amount && en.amount.minor == -1234 && en.has_fee && en.fee.minor == -30 && en.has_balance &&
		en.balance.minor == 8766 && en.moved && en.row == 2 && strcmp(en.statement, "s1") == 0,
	    "the fields of a row");
	ok(en.when.has_utc && en.when.offset_s == -7 * 3600 && strcmp(en.when.zone, "PDT") == 0 &&
		en.when.local.hour == 23,
	    "time, zone and offset as the statement has them");
	ok(en.linked_to[0] != '\0', "a payment names its refund");
	(void)snprintf(id, sizeof id, "%.*s", (int)en.id_short, en.id);
	ok(query_find(s->db, id, &found, &e) == OK && found == row, "the short form finds it");
	for (size_t i = 0; i <= strlen(en.id); i++)
		up[i] = (char)(en.id[i] >= 'a' ? en.id[i] - 32 : en.id[i]);
	ok(query_find(s->db, up, &found, &e) == OK && found == row, "in upper case too");
	ok(query_find(s->db, "abc", &found, &e) == E_USAGE, "three characters are too few");
	ok(query_find(s->db, "nosuch", &found, &e) == E_NOTFOUND, "no ID: not found");
	ok(query_find(s->db, "zzzzzzzzzzzz", &found, &e) == E_NOTFOUND, "an ID that is not there");
	must(sql_exec(s->db,
		 "UPDATE txn SET uid = (SELECT uid / 16 * 16 + (uid + 1) % 16 FROM txn WHERE pid = 'A1') WHERE pid = 'A3'", &e),
	    &e, "uid");
	must(query_one(s->db, row, keep, &en, &e), &e, "one");
	ok(en.id_short >= 11, "next to a neighbour the short form is longer");
	id[6] = '\0';
	(void)snprintf(id, sizeof id, "%.6s", en.id);
	ok(query_find(s->db, id, &found, &e) == E_USAGE && strstr(e.what, en.id) != NULL,
	    "ambiguous: candidates are named");
	/* Read only, a store of version 1 stays one: it has no table of the rows that were noted. */
	must(sql_exec(s->db, "BEGIN; DROP TABLE provisional; PRAGMA user_version = 1", &e), &e, "older");
	ok(query_find(s->db, en.id, &found, &e) == OK && found == row, "in an older store that was opened to read only");
	must(sql_exec(s->db, "ROLLBACK", &e), &e, "as it was");
}

struct cells { char all[256]; };

static enum rc
see_cell(void *ctx, const char *statement, const char *header, const char *cell, struct err *e)
{
	struct cells *c = ctx;
	size_t at = strlen(c->all);

	(void)e;
	(void)snprintf(c->all + at, sizeof c->all - at, "%s/%s=%s;", statement, header, cell);
	return OK;
}

static void
test_raw(struct scratch *s)
{
	struct cells c = { { 0 } };
	struct err e = { 0 };

	must(sql_exec(s->db,
		 "UPDATE statement SET header = 'Date' || char(31) || 'Name' || char(31) || 'Name' WHERE id = 1", &e),
	    &e, "header");
	must(query_raw(s->db, number(s, "SELECT id FROM txn WHERE pid = 'A2'"), false, see_cell, &c, &e), &e, "raw");
	ok(strcmp(c.all, "s1/Date=2024-05-02 10:00:00;s1/Name=微信支付商户;s1/Name#2=-5.00;s1/#4=A2;") == 0,
	    "cells by header, repeated and missing headers made unique: %s", c.all);
}

static enum rc
see_undo(void *ctx, const char *id, enum review now, struct err *e)
{
	(void)id, (void)e;
	*(enum review *)ctx = now;
	return OK;
}

static void
test_review(struct scratch *s)
{
	int64_t row[2] = { number(s, "SELECT id FROM txn WHERE pid = 'A1'"),
		number(s, "SELECT id FROM txn WHERE pid = 'A2'") };
	enum review now = REVIEW_COUNT;
	struct err e = { 0 };
	struct entry en;
	SQL_TXN t = { 0 };

	must(sql_begin(s->db, true, &t, &e), &e, "begin");
	must(review_mark(s->db, row, 2, REVIEW_FRAUD, "not me", 5, &e), &e, "mark");
	must(review_mark(s->db, row, 1, REVIEW_OK, NULL, 6, &e), &e, "mark");
	must(sql_commit(&t, &e), &e, "commit");
	GIVES("A2", "review fraud", .review = 1U << REVIEW_FRAUD);
	GIVES("A1", "review ok", .review = 1U << REVIEW_OK);
	GIVES("A7 A6 A4 A3 早餐 A5", "review new", .review = 1U << REVIEW_NEW);
	must(query_one(s->db, row[1], keep, &en, &e), &e, "one");
	ok(en.review == REVIEW_FRAUD, "the verdict is in the entry");
	must(sql_begin(s->db, true, &t, &e), &e, "begin");
	ok(review_undo(s->db, see_undo, &now, 7, &e) == OK && now == REVIEW_FRAUD, "undo takes the newest step back");
	GIVES("A2 A1", "both are fraud again", .review = 1U << REVIEW_FRAUD);
	ok(review_undo(s->db, see_undo, &now, 8, &e) == OK && now == REVIEW_NEW, "undo of the first step");
	ok(review_undo(s->db, see_undo, &now, 9, &e) == E_NOTFOUND, "nothing more to undo");
	ok(number(s, "SELECT count(*) FROM verdict") == 0, "no verdict is left");
	must(sql_commit(&t, &e), &e, "commit");
}

static void
test_suspicious(struct scratch *s)
{
	struct err e = { 0 };

	must(sql_exec(s->db, "UPDATE txn SET flags = 4 WHERE pid = 'A2'", &e), &e, "flags");
	must(sql_exec(s->db, "UPDATE txn SET flags = 32 WHERE pid = 'A1'", &e), &e, "flags");
	GIVES("A1 A2 A7", "suspicious first, then newest", .sort = SORT_SUSPICIOUS, .limit = 3);
}

/* More rows than the places kept for sorting, so that they are cut to the limit on the way. */
static void
test_many(void)
{
	enum { N = 30000 };
	struct made *m = calloc(N, sizeof *m);
	char (*amount)[16] = calloc(N, sizeof *amount);
	AUTO(import_result_free) struct import_result r = { 0 };
	struct scratch s;
	struct got g = { .n = 0 };
	struct filter f = { .sort = SORT_AMOUNT_DESC, .limit = 3 };
	struct err e = { 0 };

	scratch_open(&s);
	for (unsigned i = 0; i < N; i++) {
		(void)snprintf(amount[i], sizeof amount[i], "%u.00", (i * 7919) % N);
		m[i] = (struct made){ "2024-05-01 10:00:00", amount[i], "USD", amount[i], "", "", "", S, M, "PDT", 0, 0,
			0 };
	}
	made_import(&s, made_account(&s, "big", "apple-card"), "big.csv", "apple-card", m, N, &r);
	must(query_each(s.db, &f, collect, &g, &e), &e, "each");
	ok(strcmp(g.all, "29999.00 29998.00 29997.00") == 0, "the three largest of %d: %s", N, g.all);
	f = (struct filter){ .search = ".00", .limit = 2 };
	g = (struct got){ .n = 0 };
	must(query_each(s.db, &f, collect, &g, &e), &e, "each");
	ok(g.n == 2, "a search that finds nearly all stops at the limit");
	scratch_close(&s);
	free(m);
	free(amount);
}

int
main(void)
{
	AUTO(import_result_free) struct import_result r = { 0 }, q = { 0 };
	struct scratch s;
	int64_t a, b;

	scratch_open(&s);
	a = made_account(&s, "paypal", "paypal");
	b = made_account(&s, "微信", "wechat");
	made_import(&s, a, "1.csv", "paypal", wallet, COUNTOF(wallet), &r);
	made_import(&s, b, "2.csv", "wechat", other, COUNTOF(other), &q);
	test_filters(&s, a, b);
	test_search(&s);
	test_stop(&s);
	test_ids(&s);
	test_raw(&s);
	test_review(&s);
	test_suspicious(&s);
	scratch_close(&s);
	test_many();
	return tap_done();
}
