/* tests/unit/csv_test.c: cells, amounts, dates: the parts that readers of statements are made of. */
#include "tests/unit/read.h"

#include <time.h>

static const struct { const char *name, *text; char sep; bool lenient; size_t want; const char *cells; } csv[] = {
	{ "plain", "a,b,c\nd,e,f\n", ',', false, 3, "1:a|b|c 2:d|e|f" },
	{ "CRLF and LF in one file", "a,b\r\nc,d\ne,f\r\n", ',', false, 2, "1:a|b 2:c|d 3:e|f" },
	{ "CR alone", "a,b\rc,d\r", ',', false, 2, "1:a|b 2:c|d" },
	{ "quotes", "\"a\",\"b,c\",\"d\"\"e\"\n", ',', false, 3, "1:a|b,c|d\"e" },
	{ "line breaks in quotes", "\"a\nb\",c\n\"d\r\ne\",f\ng,h\n", ',', false, 2, "1:a\nb|c 3:d\r\ne|f 5:g|h" },
	{ "text behind a closing quote", "\"a\"\t,\"b\" x,c\n", ',', false, 3, "1:a|b x|c" },
	{ "quotes inside a cell", "a \"b\" c,d\n", ',', false, 2, "1:a \"b\" c|d" },
	{ "blanks before a quote", "a, \"b,c\"\n", ',', false, 2, "1:a|b,c" },
	{ "empty cells", ",,\n\"\",a,\"\"\n", ',', false, 3, "2:|a|" },
	{ "blank lines are no rows", "\n\na,b\n\n", ',', false, 2, "3:a|b" },
	{ "no line end at the end", "a,b\nc,d", ',', false, 2, "1:a|b 2:c|d" },
	{ "TAB", "a\tb,c\n", '\t', false, 2, "1:a|b,c" },
	{ "semicolon", "a;b,c\n", ';', false, 2, "1:a|b,c" },
	{ "wider and narrower rows", "a,b,c,d\ne\n", ',', false, 2, "1:a|b|c|d 2:e" },
	{ "an escaped quote at the end", "\"a\"\"\"\n", ',', false, 1, "1:a\"" },
	{ "cut in quotes", "a,b\n\"c,d\ne,f\n", ',', false, 2, "cut 2 " },
	{ "cut in the quotes of the last cell", "a,b\nc,\"d\n", ',', false, 2, "cut 2 " },
	{ "cut in a row", "a,b,c\nd,e", ',', false, 3, "cut 2 " },
	{ "lenient: quotes as they should be", "\"a,b\",c\n", ',', true, 2, "1:a,b|c" },
	{ "lenient: a quote that opens nothing", "\"a,b\nc,d\n", ',', true, 2, "1:\"a|b 2:c|d" },
	{ "lenient: two of them", "\"a,b\n\"c,d\n", ',', true, 2, "1:\"a|b 2:\"c|d" },
	{ "lenient: a line break in a cell", "\"a\nx\",b\nc,d\n", ',', true, 2, "1:a\nx|b 3:c|d" },
};

static void
try_csv(void)
{
	for (size_t i = 0; i < COUNTOF(csv); i++) {
		struct csv_layout l = { .sep = csv[i].sep,
			.lenient = csv[i].lenient,
			.want = csv[i].want,
			.all = csv[i].want,
			.text_col = -1 };
		TABLE t = { 0 };
		struct err e = { 0 };
		BUF got = { 0 };

		buf_adds(&t.text, csv[i].text);
		if (csv_parse(&t, 0, 1, &l, &e) != OK) {
			buf_adds(&got, e.what);
			t.rows = 0;
		}
		for (size_t r = 0; r < t.rows; r++) {
			buf_addf(&got, "%s%u:", r ? " " : "", t.row[r].line);
			for (uint32_t c = 0; c < t.row[r].n; c++) {
				struct str s = table_at(&t, &t.row[r], (int)c);

				buf_addf(&got, "%s%.*s", c ? "|" : "", (int)s.n, s.p);
			}
		}
		if (!ok(strcmp(buf_str(&got), csv[i].cells) == 0, "CSV: %s", csv[i].name))
			printf("# got %s\n", buf_str(&got));
	}
}

#define NONE INT64_MIN
#define BAD (INT64_MIN + 1)
static const struct { const char *text; char mark; uint8_t exp; int64_t minor; } amounts[] = {
	{ "1,120.00", '.', 2, 112000 },
	{ "-1,712.0", '.', 2, -171200 },
	{ "1.653,75", ',', 2, 165375 },
	{ "- $220.00", '.', 2, -22000 },
	{ "+ $1,150.00", '.', 2, 115000 },
	{ "($370)", '.', 2, -37000 },
	{ "($376.71)", '.', 2, -37671 },
	{ "¥28.16", '.', 2, 2816 },
	{ "￥8.88", '.', 2, 888 },
	{ "-$15.49", '.', 2, -1549 },
	{ "$0", '.', 2, 0 },
	{ "-78", '.', 2, -7800 },
	{ "905.3", '.', 2, 90530 },
	{ "2800.00000", '.', 2, 280000 },
	{ "  12.50  ", '.', 2, 1250 },
	{ "1 653,75", ',', 2, 165375 },
	{ "1\xc2\xa0"
	  "653,75",
	    ',', 2, 165375 },
	{ "1\xe2\x80\xaf"
	  "653,75",
	    ',', 2, 165375 },
	{ "1'653.75", '.', 2, 165375 },
	{ "1,234,567.89", '.', 2, 123456789 },
	{ "12元", '.', 2, 1200 },
	{ "-2246", '.', 0, -2246 },
	{ "2,246", '.', 0, 2246 },
	{ "1.500", '.', 3, 1500 },
	{ "\xe2\x88\x92"
	  "5",
	    '.', 2, -500 },
	{ "", '.', 2, NONE },
	{ "...", '.', 2, NONE },
	{ "/", '.', 2, NONE },
	{ "\xe2\x80\x94", '.', 2, NONE },
	{ "            .  ", '.', 2, NONE },
	{ "--", '.', 2, NONE },
	{ "1,12.00", '.', 2, BAD },
	{ "1,1200.00", '.', 2, BAD },
	{ "12,34", '.', 2, BAD },
	{ "12.345", '.', 2, BAD },
	{ "12.3.4", '.', 2, BAD },
	{ "1.234.5", '.', 2, BAD },
	{ "abc", '.', 2, BAD },
	{ "12x", '.', 2, BAD },
	{ "--5", '.', 2, BAD },
	{ "+-5", '.', 2, BAD },
	{ "(5", '.', 2, BAD },
	{ "5-", '.', 2, BAD },
	{ ".5", '.', 2, BAD },
	{ "5.", '.', 2, BAD },
	{ "1,234'567.00", '.', 2, BAD },
	{ "$", '.', 2, BAD },
	{ "$5$", '.', 2, BAD },
	{ "1e3", '.', 2, BAD },
	{ "0x10", '.', 2, BAD },
	{ "１２", '.', 2, BAD },
	{ "1 2", '.', 2, BAD },
	{ "99999999999999999999.00", '.', 2, BAD },
	{ "NaN", '.', 2, BAD },
	{ "1234,567.00", '.', 2, BAD },
};
static const struct { const char *text; int64_t minor; } binary[] = {
	{ "28.16", 2816 },
	{ "0.070000000000000007", 7 },
	{ "69.799999999999997", 6980 },
	{ "1E-2", 1 },
	{ "1.0000000000000001E-2", 1 },
	{ "39", 3900 },
	{ "-5.5", -550 },
	{ "0", 0 },
	{ "1.2E3", 120000 },
	{ "0.29999999999999999", 30 },
	{ "99999.990000000005", 9999999 },
	{ "0.999999999", 100 },
	{ "1e2", 10000 },
	{ "0.071", BAD },
	{ "0.07000100001", BAD },
	{ "0.0699989", BAD },
	{ "1E30", BAD },
	{ "", NONE },
	{ "1E", BAD },
	{ "1.2.3", BAD },
	{ "12abc", BAD },
	{ "9.9999999999999999999999999999999999999999999", BAD },
	{ "1E-9", 0 },
};

static void
try_amounts(void)
{
	for (size_t i = 0; i < COUNTOF(amounts); i++) {
		struct money m = { .exp = amounts[i].exp, .minor = BAD };
		enum number n = amount_read(STR(amounts[i].text), amounts[i].mark, false, &m);
		int64_t got = n == NUMBER_NONE ? NONE : n == NUMBER_BAD ? BAD : m.minor;

		ok(got == amounts[i].minor, "amount '%s': %d %lld", amounts[i].text, (int)n, (long long)m.minor);
	}
	for (size_t i = 0; i < COUNTOF(binary); i++) {
		struct money m = { .exp = 2, .minor = BAD };
		enum number n = amount_read(STR(binary[i].text), '.', true, &m);
		int64_t got = n == NUMBER_NONE ? NONE : n == NUMBER_BAD ? BAD : m.minor;

		ok(got == binary[i].minor, "stored number '%s': %d %lld", binary[i].text, (int)n, (long long)m.minor);
	}
}

static const struct { const char *cells; unsigned exp; char mark; } votes[] = {
	{ "1.653,75", 2, ',' },
	{ "1,653.75", 2, '.' },
	{ "12.5", 2, '.' },
	{ "12,50", 2, ',' },
	{ "1,234", 2, 0 },
	{ "1.234", 2, 0 },
	{ "1,234|12,50", 2, ',' },
	{ "1,234|12.50", 2, '.' },
	{ "1,234,567", 2, '.' },
	{ "1.234.567", 2, ',' },
	{ "5|-7|0", 2, '.' },
	{ "0,123", 2, ',' },
	{ "1234,567", 2, ',' },
	{ "1,234", 0, '.' },
	{ "...|/|", 2, '.' },
	{ "-1,712.0", 2, '.' },
};

static void
try_votes(void)
{
	for (size_t i = 0; i < COUNTOF(votes); i++) {
		struct mark_votes v = { 0 };
		char text[64], *p = text, *end;

		(void)snprintf(text, sizeof text, "%s", votes[i].cells);
		for (; p != NULL; p = end) {
			end = strchr(p, '|');
			if (end != NULL)
				*end++ = '\0';
			mark_vote(&v, STR(p), votes[i].exp);
		}
		ok(mark_settle(&v) == votes[i].mark, "decimal mark of %s: '%c'", votes[i].cells,
		    mark_settle(&v) ? mark_settle(&v) : '?');
	}
}

static const struct { const char *text; char order; const char *want; } dates[] = {
	{ "15.10.2019", 'd', "2019-10-15" },
	{ "6/4/2016", 'm', "2016-06-04" },
	{ "6/4/2016", 'd', "2016-04-06" },
	{ "2018/10/11", 'd', "2018-10-11" },
	{ "2018-1-2", 'd', "2018-01-02" },
	{ "02-13-26", 'm', "2026-02-13" },
	{ "30/02/2020", 'd', "" },
	{ "31.11.2020", 'd', "" },
	{ "2012-02-31", 'd', "" },
	{ "13/13/2020", 'd', "" },
	{ "0/1/2020", 'd', "" },
	{ "1/2", 'd', "" },
	{ "1/2/2020x", 'd', "" },
	{ "1/2.2020", 'd', "" },
	{ "", 'd', "" },
	{ "1/2/20201", 'd', "" },
	{ "29/02/2024", 'd', "2024-02-29" },
	{ "29/02/2023", 'd', "" },
};
static const struct { const char *text; bool number, date1904, resaved; const char *want; } stamps[] = {
	{ "2026-11-03 18:20:30", false, false, false, "2026-11-03T18:20:30" },
	{ "2026/11/3 18:20", false, false, true, "2026-11-03T18:20:00" },
	{ "2026-11-03", false, false, true, "2026-11-03" },
	{ "46341.5", true, false, true, "2026-11-15T12:00:00" },
	{ "46341.5", false, false, true, "2026-11-15T12:00:00" },
	{ "46341", true, false, true, "2026-11-15T00:00:00" },
	{ "46341.764236111114", true, false, true, "2026-11-15T18:20:30" },
	{ "44879.5", true, true, true, "2026-11-15T12:00:00" },
	{ "2026-11-03T18:20:30.000", false, false, false, "2026-11-03T18:20:30" },
	{ "2026-11-31 10:00:00", false, false, false, "" },
	{ "2026-11-30 25:00:00", false, false, false, "2026-11-30" },
	{ "soon", false, false, true, "" },
	{ "1", true, false, true, "" },
	{ "999999999", true, false, true, "" },
	{ "46341.9999999999", true, false, true, "2026-11-16T00:00:00" },
};
static const struct { const char *text; int seconds; } times[] = {
	{ "20:32:01", 73921 },
	{ "3:26:36", 12396 },
	{ "7:05", 25500 },
	{ "11:59:59 PM", 86399 },
	{ "12:00:00 am", 0 },
	{ "29:18:53", -1 },
	{ "24:00:00", -1 },
	{ "12:60:00", -1 },
	{ "1:2:3", -1 },
	{ "", -1 },
	{ "12", -1 },
	{ "12:00:00:00", -1 },
	{ "13:00 PM", -1 },
	{ "ab:cd", -1 },
};

static void
try_dates(void)
{
	bool odd;

	for (size_t i = 0; i < COUNTOF(dates); i++) {
		struct when w = { 0 };
		struct date d = date_split(STR(dates[i].text));
		BUF b = { 0 };

		(void)date_into(&w, &d, dates[i].order);
		when_rfc3339(&b, &w);
		ok(strcmp(buf_str(&b), dates[i].want) == 0, "date '%s' %c: %s", dates[i].text, dates[i].order,
		    buf_str(&b));
	}
	for (size_t i = 0; i < COUNTOF(stamps); i++) {
		struct when w = { 0 };
		BUF b = { 0 };

		(void)stamp_put(&w, STR(stamps[i].text), stamps[i].number, stamps[i].date1904, &odd);
		when_rfc3339(&b, &w);
		ok(strcmp(buf_str(&b), stamps[i].want) == 0 && odd == stamps[i].resaved, "time stamp '%s': %s%s",
		    stamps[i].text, buf_str(&b), odd ? ", saved again" : "");
	}
	for (size_t i = 0; i < COUNTOF(times); i++) {
		struct when w = { 0 };
		int s = time_put(&w, STR(times[i].text), &odd)
			    ? w.local.hour * 3600 + w.local.minute * 60 + w.local.second
			    : -1;

		ok(s == times[i].seconds && w.has_time == (s >= 0), "time '%s': %d", times[i].text, s);
	}
}

static void
try_notes(void)
{
	BUF said = { 0 };
	char note[NOTE_MAX], longer[2000];

	note_make(note, "row-amount", 0, "1\x1b[2J2", 6);
	ok(note_valid(note) && strchr(note, '\x1b') == NULL, "a note is clean");
	note_say(&said, note);
	ok(strstr(buf_str(&said), "cannot be read") != NULL, "and says: %s", buf_str(&said));
	memset(longer, 'x', sizeof longer);
	note_make(note, "unknown", UINT64_MAX, longer, sizeof longer);
	ok(note_valid(note) && strlen(note) < NOTE_MAX, "a long one is cut");
	ok(!note_valid("nonsense 1 x") && !note_valid("empty") && !note_valid("empty x y") && !note_valid(""),
	    "others are no notes");
	buf_reset(&said);
	note_say(&said, "text of an older version");
	ok(strcmp(buf_str(&said), "text of an older version") == 0, "text that is no note is shown as it is");
}

/* Hostile input must not cost more than its length: rows that are all unknown, all closed, all unmatched quotes. */
static void
try_costs(void)
{
	static const char *const line[] = { "2026-02-01 10:00:00,a,b,,c,支出,5.00,余额,交易关闭,2026,,,\n",
		"2026-02-01 10:00:00,a,b,,c,支出,5.00,余额,天晓得,2026,,,\n", "\"2026-02-01,a\"\",b,\"c,支出\n", "\"\n",
		"2026-02-01 10:00:00,a,b,,c,c,c,c,c,支出,5.00,余额,交易成功,2026,,,\n" };
	const struct read_options o = { 0 };

	for (size_t i = 0; i < COUNTOF(line); i++) {
		BUF b = { 0 };
		struct statements all = { 0 };
		struct timespec from, to;
		struct err e = { 0 };
		enum rc rc;
		long ms;

		buf_adds(&b, "交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/"
			     "付款方式,交易状态,交易订单号,商家订单号,备注,\n");
		while (b.len < (3 << 20))
			buf_adds(&b, line[i]);
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
		rc = read_bytes(&all, buf_str(&b), b.len, &o, "", &e);
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
		ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
		ok((rc == OK || rc == E_INPUT) && ms < 20000, "3 MiB of hostile rows, kind %zu: %ld ms", i, ms);
		statements_free(&all);
	}
}

int
main(void)
{
	try_csv();
	try_amounts();
	try_votes();
	try_dates();
	try_notes();
	try_costs();
	return tap_done();
}
