/*
 * tests/unit/samples_import_test.c: every shared sample goes into a store: as many rows as the README says, the
 * sums of what moved, and nothing a second time; all of a provider into one account; taken back again, nothing is left.
 */
#include "tests/unit/rows.h"

#include "tests/unit/read.h"

struct want { const char *cur; int64_t minor; };
static const struct {
	const char *file;
	uint64_t rows, breaks;
	const char *first, *last;
	struct want in[5], out[5];
} samples[] = {
	{ "paypal/de-2020-activity.csv", 7, 4, "2019-10-15", "2020-04-08", { { "EUR", 12307 } }, { { "EUR", -9640 } } },
	{ "paypal/en-2014-activity-dmy-dots.csv", 57, 0, "2013-10-20", "2014-05-26",
	    { { "GBP", 42037 }, { "USD", 4695 }, { "CHF", 168891 }, { "EUR", 72775 } },
	    { { "GBP", -41864 }, { "USD", -4695 }, { "CHF", -149863 }, { "EUR", -72775 } } },
	{ "paypal/en-2016-activity-old.csv", 2, 0, "2016-06-04", "2016-06-04", { { "USD", 112000 } },
	    { { "USD", -2000 } } },
	{ "paypal/en-2019-activity-pending-bank-deposit.csv", 7, 0, "2019-10-01", "2019-10-22", { { "USD", 2540 } },
	    { { "USD", -1599 } } },
	{ "paypal/en-2024-consumer-completed.csv", 35, 21, "2024-02-14", "2024-09-23", { { "USD", 79176 } },
	    { { "USD", -220352 } } },
	{ "paypal/en-activity-dmy.csv", 76, 0, "2015-12-29", "2016-11-01",
	    { { "USD", 7148214 }, { "EUR", 5942702 }, { "AUD", 10000 } },
	    { { "USD", -7148024 }, { "EUR", -5938368 }, { "AUD", -10000 } } },
	{ "paypal/es-statement.csv", 4, 0, "2020-01-02", "2020-01-03", { { "EUR", 13108 } }, { { NULL, 0 } } },
	{ "paypal/fr-2020-activity.csv", 21, 0, "2020-06-04", "2021-01-17", { { "CHF", 60000 }, { "EUR", 23490 } },
	    { { "CHF", -26582 }, { "EUR", -23490 } } },
	{ "paypal/it-2023-activity-scrambled-words.csv", 24, 6, "2023-01-04", "2023-02-06", { { NULL, 0 } },
	    { { NULL, 0 } } },
	{ "paypal/ja-2018-activity.csv", 6, 0, "2018-10-11", "2018-10-22", { { "JPY", 7085 } }, { { "JPY", -7085 } } },
	{ "alipay/app-2020-gbk-unpadded.csv", 24, 0, "2020-11-23", "2020-12-15", { { "CNY", 14661 } },
	    { { "CNY", -182408 } } },
	{ "alipay/app-2021-gbk-banner-at-end.csv", 11, 0, "2020-06-02", "2021-06-25", { { "CNY", 16190 } },
	    { { "CNY", -28331 } } },
	{ "alipay/web-2021-gbk.csv", 6, 0, "2019-09-30", "2021-02-06", { { "CNY", 280843 } }, { { "CNY", -311000 } } },
	{ "wechat/csv-2019-2024.csv", 27, 0, "2017-10-20", "2024-06-07", { { "CNY", 2849 } }, { { "CNY", -290573 } } },
	{ "wechat/xlsx-2019.xlsx", 31, 0, "2017-10-20", "2025-12-10", { { "CNY", 4860 } }, { { "CNY", -497643 } } },
	{ "apple-card/apple-card-2023.csv", 8, 0, "2011-06-11", "2023-07-31", { { "USD", 6499 } },
	    { { "USD", -30498 } } },
};

static bool
sums_are(const struct currency_sum *got, size_t n, const struct want *want)
{
	size_t wanted = 0;

	for (; wanted < 5 && want[wanted].cur != NULL; wanted++) {
		bool found = false;

		for (size_t i = 0; i < n; i++)
			found |= strcmp(got[i].cur, want[wanted].cur) == 0 && got[i].amount.minor == want[wanted].minor;
		if (!found)
			printf("# no %lld %s\n", (long long)want[wanted].minor, want[wanted].cur);
		if (!found)
			return false;
	}
	return wanted == n;
}

static void
test_file(const char *dir, size_t i)
{
	AUTO(import_result_free) struct import_result a = { 0 }, b = { 0 };
	const struct read_options as_it_is = { 0 };
	struct statements all = { 0 };
	struct remove_result gone;
	struct err e = { 0 };
	struct scratch s;
	SQL_TXN t = { 0 };
	char path[512];
	int64_t acct;

	(void)snprintf(path, sizeof path, "%s/samples/%s", dir, samples[i].file);
	if (!ok(read_file(&all, path, &as_it_is, &e) == OK && all.n == 1, "%s is read: %s", samples[i].file, e.what))
		return;
	scratch_open(&s);
	acct = made_account(&s, "one", all.s[0].provider);
	must(made_import_opts(&s, acct, path, &all.s[0], false, true, &a, &e), &e, path);
	ok(counts_are(&a, samples[i].rows, 0, 0) && a.breaks == samples[i].breaks &&
		strcmp(a.first, samples[i].first) == 0 && strcmp(a.last, samples[i].last) == 0,
	    "%s: %llu rows, first, last, breaks", samples[i].file, (unsigned long long)samples[i].rows);
	ok(sums_are(a.in, a.ins, samples[i].in) && sums_are(a.out, a.outs, samples[i].out), "%s: sums of what moved",
	    samples[i].file);
	must(made_import_opts(&s, acct, "under another name", &all.s[0], false, true, &b, &e), &e, path);
	ok(counts_are(&b, 0, 0, samples[i].rows), "%s: nothing a second time", samples[i].file);
	must(sql_begin(s.db, true, &t, &e), &e, "begin");
	must(statement_remove(s.db, 2, &gone, NULL, NULL, &e), &e, "remove");
	must(statement_remove(s.db, 1, &gone, NULL, NULL, &e), &e, "remove");
	must(sql_commit(&t, &e), &e, "commit");
	ok(gone.removed == samples[i].rows &&
		number(&s, "SELECT (SELECT count(*) FROM txn) + (SELECT count(*) FROM txn_source)"
			   " + (SELECT count(*) FROM txn_text) + (SELECT count(*) FROM counterparty) + (SELECT "
			   "count(*) FROM statement)") == 0,
	    "%s: taken back, nothing is left", samples[i].file);
	scratch_close(&s);
	statements_free(&all);
}

int
main(void)
{
	const char *dir = shared_dir();

	if (dir == NULL) {
		tap_skip("the shared samples are not there ($PURSER_SHARED)");
		return tap_done();
	}
	for (size_t i = 0; i < COUNTOF(samples); i++)
		test_file(dir, i);
	return tap_done();
}
