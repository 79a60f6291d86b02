/*
 * tests/unit/samples_test.c: every shared sample of PayPal, Alipay, WeChat Pay and Apple Card gives the figures of
 * the samples' README: rows, sums, dates, words of the status, balances. Facts only; the files stay where they are.
 */
#include "tests/unit/read.h"
#include "wallet/ident.h"

enum key { BY_CURRENCY, BY_DIRECTION };
struct sum { const char *key; int64_t minor; };
struct count { const char *direction, *status; size_t n; };
struct chain { const char *cur; int64_t opening, closing; size_t holds, of; bool has_opening, newest; };

static const struct sample {
	const char *file, *format, *encoding, *language, *hint, *first, *last;
	size_t n;
	enum key key;
	struct sum sum[5];
	struct count count[16];
	struct chain chain[5];
	struct sum fee[4];
	uint32_t breaks;
	size_t doubtful;                /* rows whose id is not used */
	size_t repeated;                /* rows whose id another row has too, beyond the first */
	struct sum in[5], out[5];       /* what moved */
} samples[] = {
	{ "paypal/de-2020-activity.csv", "paypal-activity", "utf-8-bom", "de", "", "2019-10-15", "2020-04-08", 7,
	    BY_DIRECTION, { { "Soll", -13240 }, { "Haben", 12307 }, { "Memo", 1667 } },
	    { { "Soll", "Abgeschlossen", 3 }, { "Haben", "Abgeschlossen", 3 }, { "Memo", "Abgeschlossen", 1 } },
	    { { "EUR", 7532, 128, 2, 6, true, false } }, { { "EUR", -194 } }, 4, 0, 0, { { "EUR", 12307 } },
	    { { "EUR", -9640 } } },
	{ "paypal/en-2014-activity-dmy-dots.csv", "paypal-activity", "utf-8", "en", "cXBA.ONG@gmail.com", "2013-10-20",
	    "2014-05-26", 57, BY_CURRENCY, { { "GBP", 173 }, { "USD", 3495 }, { "CHF", 17928 }, { "EUR", 0 } },
	    { { NULL, "Completed", 50 }, { NULL, "Removed", 2 }, { NULL, "Placed", 2 },
		{ NULL, "Partially Refunded", 2 }, { NULL, "Paid", 1 } },
	    { { "GBP", 0, 173, 6, 6, true, true }, { "USD", 0, 0, 7, 8, false, true },
		{ "CHF", 0, 19028, 22, 23, true, true }, { "EUR", 0, 0, 14, 16, true, true } },
	    { { "GBP", -27 }, { "USD", -64 }, { "CHF", 0 }, { "EUR", 0 } }, 0, 0, 0,
	    { { "GBP", 42037 }, { "USD", 4695 }, { "CHF", 168891 }, { "EUR", 72775 } },
	    { { "GBP", -41864 }, { "USD", -4695 }, { "CHF", -149863 }, { "EUR", -72775 } } },
	{ "paypal/en-2016-activity-old.csv", "paypal-activity", "utf-8", "en", "me@example.com", "2016-06-04",
	    "2016-06-04", 2, BY_CURRENCY, { { "USD", 110000 } }, { { NULL, "Completed", 2 } },
	    { { "USD", -110000, 0, 1, 1, true, true } }, { { 0 } }, 0, 0, 0, { { "USD", 112000 } },
	    { { "USD", -2000 } } },
	{ "paypal/en-2019-activity-pending-bank-deposit.csv", "paypal-activity", "utf-8", "en", "simon@joyful.com",
	    "2019-10-01", "2019-10-22", 7, BY_CURRENCY, { { "USD", 941 } },
	    { { NULL, "Completed", 4 }, { NULL, "Pending", 3 } }, { { "USD", 0, 941, 6, 6, true, false } },
	    { { "USD", -59 } }, 0, 0, 0, { { "USD", 2540 } }, { { "USD", -1599 } } },
	{ "paypal/en-2024-consumer-completed.csv", "paypal-consumer", "utf-8", "en", "", "2024-02-14", "2024-09-23", 35,
	    BY_CURRENCY, { { "USD", -141176 } }, { { NULL, "Completed", 35 } },
	    { { "USD", 0, 17164, 13, 34, true, false } }, { { 0 } }, 21, 0, 0, { { "USD", 79176 } },
	    { { "USD", -220352 } } },
	{ "paypal/en-activity-dmy.csv", "paypal-activity", "utf-8", "en", "paypal@my-company.com", "2015-12-29",
	    "2016-11-01", 76, BY_CURRENCY, { { "USD", 190 }, { "EUR", 4334 }, { "AUD", 0 } },
	    { { NULL, "Completed", 62 }, { NULL, "Pending", 14 } },
	    { { "USD", 0, 190, 44, 44, true, false }, { "EUR", 0, 4334, 28, 28, true, false },
		{ "AUD", 0, 0, 1, 1, true, false } },
	    { { "USD", -292588 }, { "EUR", 0 }, { "AUD", 0 } }, 0, 0, 0,
	    { { "USD", 7148214 }, { "EUR", 5942702 }, { "AUD", 10000 } },
	    { { "USD", -7148024 }, { "EUR", -5938368 }, { "AUD", -10000 } } },
	{ "paypal/es-statement.csv", "paypal-statement", "utf-8", "es", "", "2020-01-02", "2020-01-03", 4, BY_CURRENCY,
	    { { "EUR", 13108 } }, { { NULL, "", 4 } }, { { "EUR", 457922, 471030, 3, 3, true, false } },
	    { { "EUR", -536 } }, 0, 0, 0, { { "EUR", 13108 } }, { { 0 } } },
	{ "paypal/fr-2020-activity.csv", "paypal-activity", "utf-8-bom", "fr", "abc@bluewin.ch", "2020-06-04",
	    "2021-01-17", 21, BY_CURRENCY, { { "CHF", 33418 }, { "EUR", 0 } }, { { NULL, "Terminé", 21 } },
	    { { "CHF", 4456, 37874, 8, 8, true, false }, { "EUR", 0, 0, 11, 11, true, false } }, { { 0 } }, 0, 0, 0,
	    { { "CHF", 60000 }, { "EUR", 23490 } }, { { "CHF", -26582 }, { "EUR", -23490 } } },
	{ "paypal/it-2023-activity-scrambled-words.csv", "paypal-activity", "utf-8", "it",
	    "stanimede@sitiangentury.ant", "2023-01-04", "2023-02-06", 24, BY_CURRENCY, { { "LII", 15285 } },
	    { { NULL, "Perexactis", 24 } }, { { "LII", 0, 14770, 17, 23, true, false } }, { { "LII", 321 } }, 6, 0, 0,
	    { { 0 } }, { { 0 } } },
	{ "paypal/ja-2018-activity.csv", "paypal-activity", "utf-8", "ja", "example.user@gmail.com", "2018-10-11",
	    "2018-10-22", 6, BY_DIRECTION, { { "引落し", -7085 }, { "入金", 7085 } },
	    { { "引落し", "完了", 3 }, { "入金", "完了", 3 } }, { { "JPY", 0, 0, 5, 5, true, false } }, { { 0 } }, 0, 0,
	    0, { { "JPY", 7085 } }, { { "JPY", -7085 } } },
	{ "alipay/app-2020-gbk-unpadded.csv", "alipay-app", "gb18030", "", "1234567890", "2020-11-23", "2020-12-15", 24,
	    BY_DIRECTION, { { "支出", 185320 }, { "收入", 8888 }, { "不计收支", 5804 } },
	    { { "支出", "交易成功", 15 }, { "收入", "交易成功", 1 }, { "不计收支", "交易成功", 1 },
		{ "支出", "等待确认收货", 2 }, { "不计收支", "退款成功", 3 }, { "不计收支", "交易关闭", 1 },
		{ "支出", "交易关闭", 1 } },
	    { { 0 } }, { { 0 } }, 0, 0, SIZE_MAX, { { "CNY", 14661 } }, { { "CNY", -182408 } } },
	{ "alipay/app-2021-gbk-banner-at-end.csv", "alipay-app-2021", "gb18030", "", "abc@triplez.cn", "2020-06-02",
	    "2021-06-25", 11, BY_DIRECTION, { { "支出", 28331 }, { "其他", 17741 }, { "收入", 5200 } },
	    { { "支出", "交易成功", 3 }, { "其他", "退款成功", 1 }, { "支出", "交易关闭", 1 },
		{ "其他", "交易成功", 4 }, { "收入", "交易成功", 2 } },
	    { { 0 } }, { { 0 } }, 0, 11, 10, { { "CNY", 16190 } }, { { "CNY", -28331 } } },
	{ "alipay/web-2021-gbk.csv", "alipay-web", "gb18030", "", "faker@faker.com", "2019-09-30", "2021-02-06", 6,
	    BY_DIRECTION, { { "支出", 311000 }, { "收入", 1 }, { "", 280842 } },
	    { { "支出", "交易成功", 2 }, { "收入", "交易成功", 1 }, { "", "退款成功", 2 }, { "支出", "交易关闭", 1 } },
	    { { 0 } }, { { 0 } }, 0, 6, 1, { { "CNY", 280843 } }, { { "CNY", -311000 } } },
	{ "wechat/csv-2019-2024.csv", "wechat-csv", "utf-8", "", "测试", "2017-10-20", "2024-06-07", 27, BY_DIRECTION,
	    { { "支出", 290453 }, { "收入", 2849 }, { "/", 2610089 } },
	    { { "支出", "支付成功", 6 }, { "收入", "已存入零钱", 1 }, { "支出", "已转账", 3 },
		{ "支出", "朋友已收钱", 2 }, { "收入", "已收钱", 1 }, { "/", "支付成功", 7 }, { "/", "提现已到账", 3 },
		{ "/", "充值完成", 1 }, { "收入", "充值成功", 2 }, { "收入", "已到账", 1 } },
	    { { 0 } }, { { 0 } }, 0, 27, 9, { { "CNY", 2849 } }, { { "CNY", -290453 - 120 } } },
	{ "wechat/xlsx-2019.xlsx", "wechat-xlsx", "xlsx", "", "测试", "2017-10-20", "2025-12-10", 31, BY_DIRECTION,
	    { { "支出", 497523 }, { "收入", 4860 }, { "/", 2610089 } },
	    { { "支出", "支付成功", 5 }, { "收入", "已存入零钱", 1 }, { "支出", "已转账", 3 },
		{ "支出", "朋友已收钱", 2 }, { "收入", "已收钱", 1 }, { "/", "支付成功", 7 }, { "/", "提现已到账", 3 },
		{ "/", "充值完成", 1 }, { "收入", "充值成功", 2 }, { "收入", "已到账", 1 },
		{ "收入", "已退款￥0.11", 1 }, { "支出", "已退款(￥0.11)", 1 }, { "支出", "对方已收钱", 1 },
		{ "收入", "已全额退款", 1 }, { "支出", "已全额退款", 1 } },
	    { { 0 } }, { { 0 } }, 0, 31, 13, { { "CNY", 4860 } }, { { "CNY", -497523 - 120 } } },
	{ "apple-card/apple-card-2023.csv", "apple-card", "utf-8", "", "", "2011-06-11", "2023-07-31", 8, BY_CURRENCY,
	    { { "USD", -23999 } }, { { NULL, "", 8 } }, { { 0 } }, { { 0 } }, 0, 0, 0, { { "USD", 6499 } },
	    { { "USD", -30498 } } },
};

static bool
matches(const struct statement *s, const struct txn *t, enum key key, const char *word)
{
	(void)s;
	return strcmp(key == BY_CURRENCY ? t->amount.cur : t->direction, word) == 0;
}

static void
check_sums(const struct sample *w, const struct statement *s)
{
	bool unsigned_ = strcmp(s->provider, "paypal") != 0 && w->key == BY_DIRECTION;

	for (size_t k = 0; k < COUNTOF(w->sum) && w->sum[k].key != NULL; k++) {
		int64_t sum = 0;

		for (size_t i = 0; i < s->rows; i++)
			if (matches(s, &s->row[i], w->key, w->sum[k].key) && s->row[i].has_amount)
				sum += unsigned_ && s->row[i].amount.minor < 0 ? -s->row[i].amount.minor
									       : s->row[i].amount.minor;
		ok(sum == w->sum[k].minor, "%s: sum of '%s' is %lld", w->file, w->sum[k].key, (long long)sum);
	}
	for (size_t k = 0; k < COUNTOF(w->fee) && w->fee[k].key != NULL; k++) {
		int64_t sum = 0;

		for (size_t i = 0; i < s->rows; i++)
			if (strcmp(s->row[i].amount.cur, w->fee[k].key) == 0 && s->row[i].has_fee)
				sum += s->row[i].fee.minor;
		ok(sum == w->fee[k].minor, "%s: fees in %s are %lld", w->file, w->fee[k].key, (long long)sum);
	}
}

/* What moved: closed payments without their refund do not count. */
static void
check_moved(const struct sample *w, const struct statement *s)
{
	for (int way = 0; way < 2; way++) {
		const struct sum *want = way == 0 ? w->in : w->out;
		int64_t total = 0, expected = 0;

		for (size_t k = 0; k < 5 && want[k].key != NULL; k++) {
			int64_t sum = 0;

			for (size_t i = 0; i < s->rows; i++) {
				struct money m;

				if (!(s->row[i].flags & TXN_F_NO_TWIN) && txn_effect(&s->row[i], &m) &&
				    strcmp(m.cur, want[k].key) == 0 && (m.minor > 0) == (way == 0))
					sum += m.minor;
			}
			expected += want[k].minor;
			ok(sum == want[k].minor, "%s: moved %s %s: %lld", w->file, way == 0 ? "in" : "out", want[k].key,
			    (long long)sum);
		}
		for (size_t i = 0; i < s->rows; i++) {
			struct money m;

			if (!(s->row[i].flags & TXN_F_NO_TWIN) && txn_effect(&s->row[i], &m) &&
			    (m.minor > 0) == (way == 0))
				total += m.minor;
		}
		ok(total == expected, "%s: nothing else moved %s", w->file, way == 0 ? "in" : "out");
	}
}

static void
check_counts(const struct sample *w, const struct statement *s)
{
	size_t all = 0;

	for (size_t k = 0; k < COUNTOF(w->count) && w->count[k].status != NULL; k++) {
		size_t n = 0;

		for (size_t i = 0; i < s->rows; i++)
			n += strcmp(s->row[i].status_text, w->count[k].status) == 0 &&
			    (w->count[k].direction == NULL || strcmp(s->row[i].direction, w->count[k].direction) == 0);
		all += n;
		ok(n == w->count[k].n, "%s: %zu rows %s/%s", w->file, n,
		    w->count[k].direction ? w->count[k].direction : "", w->count[k].status);
	}
	ok(all == s->rows, "%s: no other status", w->file);
}

/* The samples' README counts neighbouring rows for which previous + amount = next, rows that stay included. */
static void
check_chain(const struct sample *w, const struct statement *s)
{
	for (size_t k = 0; k < COUNTOF(w->chain) && w->chain[k].cur != NULL; k++) {
		const struct chain *c = &w->chain[k];
		const struct txn *last = NULL;
		size_t holds = 0, pairs = 0;
		int64_t opening = 0;

		for (size_t i = 0; i < s->rows; i++) {
			const struct txn *t = &s->row[c->newest ? s->rows - 1 - i : i];

			if (strcmp(t->amount.cur, c->cur) != 0)
				continue;
			if (last != NULL) {
				pairs++;
				holds += last->has_balance && t->has_balance && t->has_amount &&
				    last->balance.minor + t->amount.minor == t->balance.minor;
			} else {
				opening = t->balance.minor - t->amount.minor;
			}
			last = t;
		}
		ok(pairs == c->of && holds == c->holds, "%s: balance of %s holds in %zu of %zu", w->file, c->cur, holds,
		    pairs);
		ok(last != NULL && last->has_balance && last->balance.minor == c->closing, "%s: closing %s", w->file,
		    c->cur);
		if (c->has_opening)
			ok(opening == c->opening, "%s: opening %s %lld", w->file, c->cur, (long long)opening);
	}
	ok(s->breaks == w->breaks, "%s: %u breaks of the balance", w->file, s->breaks);
}

static void
check_ids(const struct sample *w, const struct statement *s)
{
	struct txn_ident *id = calloc(s->rows + 1, sizeof *id);
	size_t repeated = 0, doubtful = 0, twice = 0;
	struct err e;

	for (size_t i = 0; i < s->rows; i++) {
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = s->row[i].id[0] != '\0' && strcmp(s->row[k].id, s->row[i].id) == 0;
		repeated += again;
		doubtful += (s->row[i].flags & TXN_F_ID_DOUBTFUL) != 0;
	}
	if (w->repeated != SIZE_MAX)
		ok(repeated == w->repeated, "%s: %zu repeated ids", w->file, repeated);
	ok(doubtful == w->doubtful, "%s: %zu rows whose id is not trusted", w->file, doubtful);
	if (id == NULL || ident_assign(s->provider, s->row, s->rows, id, &e) != OK) {
		ok(false, "%s: identities", w->file);
	} else {
		for (size_t i = 0; i < s->rows; i++)
			for (size_t k = 0; k < i; k++)
				twice += memcmp(id[i].key, id[k].key, sizeof id[i].key) == 0 &&
					 id[i].occurrence == id[k].occurrence;
		ok(twice == 0, "%s: every row is a row of its own", w->file);
	}
	free(id);
}

static void
check(const struct sample *w, const char *dir)
{
	const struct read_options o = { 0 };
	struct statements all = { 0 };
	const struct statement *s;
	char path[4096], first[11] = "9", last[11] = "";
	struct err e = { 0 };
	enum rc rc;

	(void)snprintf(path, sizeof path, "%s/samples/%s", dir, w->file);
	rc = read_file(&all, path, &o, &e);
	if (!ok(rc == OK && all.n == 1, "%s is read: %s", w->file, rc == OK ? "yes" : e.what)) {
		statements_free(&all);
		return;
	}
	s = &all.s[0];
	for (size_t i = 0; i < s->rows; i++) {
		BUF day = { 0 };
		struct when w_ = s->row[i].when;

		w_.has_time = false;
		when_rfc3339(&day, &w_);
		if (day.len == 10 && strcmp(buf_str(&day), first) < 0)
			memcpy(first, buf_str(&day), 11);
		if (day.len == 10 && strcmp(buf_str(&day), last) > 0)
			memcpy(last, buf_str(&day), 11);
	}
	ok(strcmp(s->format, w->format) == 0 && strcmp(s->encoding, w->encoding) == 0 &&
		strcmp(s->language, w->language) == 0,
	    "%s: %s, %s, '%s'", w->file, s->format, s->encoding, s->language);
	ok(s->rows == w->n && s->bads == 0 && s->ignored == 0, "%s: %zu rows, %zu bad, %zu ignored", w->file, s->rows,
	    s->bads, s->ignored);
	ok(strcmp(first, w->first) == 0 && strcmp(last, w->last) == 0, "%s: %s to %s", w->file, first, last);
	ok(strcmp(s->account_hint, w->hint) == 0, "%s: whose it is: '%s'", w->file, s->account_hint);
	check_sums(w, s);
	check_moved(w, s);
	check_counts(w, s);
	check_chain(w, s);
	check_ids(w, s);
	statements_free(&all);
}

/* Single facts that the README names. */
static void
peculiarities(const char *dir)
{
	const struct read_options o = { 0 };
	struct statements all = { 0 };
	char path[4096];
	struct err e;

	(void)snprintf(path, sizeof path, "%s/samples/paypal/de-2020-activity.csv", dir);
	if (read_file(&all, path, &o, &e) == OK && all.s[0].rows == 7) {
		const struct txn *t = &all.s[0].row[2];

		ok(t->when.has_date && !t->when.has_time && (t->flags & TXN_F_BAD_TIME) && !t->when.has_utc &&
			t->row == 4,
		    "29:18:53 is no time: the row is kept and flagged");
		t = &all.s[0].row[6];
		ok(t->moved == TXN_STAYED && t->status == TXN_INFORMATIONAL,
		    "a Memo row says Abgeschlossen and moves nothing");
		ok(all.s[0].row[0].when.has_utc && all.s[0].row[0].when.offset_s == 7200, "CEST is known");
	}
	statements_free(&all);
	(void)snprintf(path, sizeof path, "%s/samples/paypal/en-2014-activity-dmy-dots.csv", dir);
	if (read_file(&all, path, &o, &e) == OK && all.s[0].rows == 57) {
		size_t none = 0;

		for (size_t i = 0; i < 57; i++)
			none += !all.s[0].row[i].has_amount;
		ok(none == 1, "one row has no number and is kept");
	}
	statements_free(&all);
	(void)snprintf(path, sizeof path, "%s/samples/paypal/en-activity-dmy.csv", dir);
	if (read_file(&all, path, &o, &e) == OK) {
		size_t pending = 0;

		for (size_t i = 0; i < all.s[0].rows; i++)
			pending += all.s[0].row[i].status == TXN_PENDING && all.s[0].row[i].moved == TXN_MOVED;
		ok(pending == 14, "fourteen withdrawals are pending and moved");
	}
	statements_free(&all);
	(void)snprintf(path, sizeof path, "%s/samples/paypal/it-2023-activity-scrambled-words.csv", dir);
	if (read_file(&all, path, &o, &e) == OK) {
		size_t unknown = 0;

		for (size_t i = 0; i < all.s[0].rows; i++)
			unknown += all.s[0].row[i].status == TXN_UNKNOWN &&
				   (all.s[0].row[i].flags & TXN_F_UNKNOWN_STATUS) &&
				   all.s[0].row[i].moved == TXN_STAYED;
		ok(unknown == 24, "nonsense words are unknown, not guessed, not moved, not dropped");
		ok(all.s[0].headers == 82 && strcmp(all.s[0].header[31], all.s[0].header[62]) == 0,
		    "a header that is there twice (%zu cells)", all.s[0].headers);
	}
	statements_free(&all);
	(void)snprintf(path, sizeof path, "%s/samples/alipay/app-2020-gbk-unpadded.csv", dir);
	if (read_file(&all, path, &o, &e) == OK) {
		size_t waiting = 0, lone = 0;

		for (size_t i = 0; i < all.s[0].rows; i++) {
			waiting += all.s[0].row[i].status == TXN_HELD && all.s[0].row[i].moved == TXN_MOVED;
			lone += (all.s[0].row[i].flags & TXN_F_NO_TWIN) != 0;
		}
		ok(waiting == 2 && lone == 1,
		    "two payments in escrow have moved; one closed payment has no refund row");
		ok(all.s[0].row[0].when.known == ZONE_OF_PROVIDER && all.s[0].row[0].when.offset_s == 28800 &&
		    all.s[0].first_said.local.day == 22, "China time, period of the banner");
	}
	statements_free(&all);
}

int
main(void)
{
	const char *dir = shared_dir();

	if (dir == NULL) {
		tap_skip("the shared samples are not here: nothing of the real layouts was tried");
		return tap_done();
	}
	for (size_t i = 0; i < COUNTOF(samples); i++)
		check(&samples[i], dir);
	peculiarities(dir);
	return tap_done();
}
