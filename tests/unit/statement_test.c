/*
 * tests/unit/statement_test.c: layouts, encodings and damage beyond the samples, on made-up files: what is refused,
 * what is asked, what is put right, and that an import is recognised again.
 */
#include "tests/unit/read.h"
#include "wallet/ident.h"

#include <zip.h>

static const struct read_options plain = { 0 };

/* ---- made-up files of the tree ---- */

static const struct made {
	const char *file, *format, *encoding, *language;
	size_t rows, ignored;
	int64_t in, out;                /* of the first currency */
	const char *first, *last;       /* instants or local times */
	enum settle_by by;
} made[] = {
	{ "paypal-activity-en.csv", "paypal-activity", "utf-8-bom", "en", 21, 0, 63131, -61024,
	    "2026-09-03T18:22:41+02:00", "2026-11-21T01:47:12+01:00", SETTLE_NUMBERS },
	{ "paypal-activity-en-tab.txt", "paypal-activity", "utf-8", "en", 21, 0, 63131, -61024,
	    "2026-09-03T18:22:41+02:00", "2026-11-21T01:47:12+01:00", SETTLE_NUMBERS },
	{ "paypal-activity-de.csv", "paypal-activity", "utf-8-bom", "de", 6, 0, 23465, -101850,
	    "2026-09-01T07:45:12+02:00", "2026-09-13T15:30:45+02:00", SETTLE_NUMBERS },
	{ "paypal-activity-fr.csv", "paypal-activity", "utf-8-bom", "fr", 3, 0, 150000, -12550,
	    "2026-04-05T08:17:29+02:00", "2026-04-18T07:00:00+02:00", SETTLE_NUMBERS },
	{ "paypal-activity-it.csv", "paypal-activity", "utf-8", "it", 2, 0, 1903, 0, "2026-02-03T11:40:17+01:00",
	    "2026-02-19T23:47:57+01:00", SETTLE_NUMBERS },
	{ "paypal-activity-ja.csv", "paypal-activity", "utf-8", "ja", 2, 0, 2246, -2246, "2026-10-02T09:35:53+09:00",
	    "2026-10-02T09:35:53+09:00", SETTLE_FIXED },
	{ "paypal-consumer-en.csv", "paypal-consumer", "utf-8", "en", 4, 0, 125275, -6585, "2026-01-05T09:05:01-08:00",
	    "2026-01-25T08:00:12-08:00", SETTLE_NUMBERS },
	{ "paypal-old-nine.csv", "paypal-activity", "utf-8", "en", 3, 0, 106500, -2500, "2010-03-14T10:01:02-07:00",
	    "2010-03-20T11:11:11-07:00", SETTLE_NUMBERS },
	{ "paypal-statement-de.csv", "paypal-statement", "utf-8-bom", "de", 4, 0, 9616, -7000,
	    "2026-03-02T08:00:00+01:00", "2026-03-30T16:12:13+02:00", SETTLE_NUMBERS },
	{ "paypal-statement-es.csv", "paypal-statement", "utf-8", "es", 2, 0, 116485, -6485,
	    "2026-05-04T10:00:00+02:00", "2026-05-09T19:45:30+02:00", SETTLE_PERIOD },
	{ "alipay-app.csv", "alipay-app", "gb18030", "", 11, 0, 39500, -133840, "2026-09-28T07:55:12+08:00",
	    "2026-11-19T12:31:08+08:00", SETTLE_FIXED },
	{ "alipay-app-utf8.csv", "alipay-app", "utf-8-bom", "", 11, 0, 39500, -133840, "2026-09-28T07:55:00+08:00",
	    "2026-11-19T12:31:00+08:00", SETTLE_FIXED },
	{ "alipay-app-2021.csv", "alipay-app-2021", "gb18030", "", 4, 0, 4500, -6300, "2021-09-30T08:00:00+08:00",
	    "2021-10-10T09:00:01+08:00", SETTLE_FIXED },
	{ "alipay-web.csv", "alipay-web", "gb18030", "", 5, 0, 8300, -11050, "2020-03-08T13:11:25+08:00",
	    "2020-03-25T12:00:00+08:00", SETTLE_FIXED },
	{ "wechat.csv", "wechat-csv", "utf-8-bom", "", 9, 0, 10880, -39557, "2026-09-21T20:20:20+08:00",
	    "2026-11-20T19:22:31+08:00", SETTLE_FIXED },
	{ "wechat-2025.xlsx", "wechat-xlsx", "xlsx", "", 9, 0, 10880, -39557, "2026-09-21T20:20:20+08:00",
	    "2026-11-20T19:22:31+08:00", SETTLE_FIXED },
	{ "wechat.xlsx", "wechat-xlsx", "xlsx", "", 9, 0, 10880, -39557, "2026-09-21T20:20:20+08:00",
	    "2026-11-20T19:22:31+08:00", SETTLE_FIXED },
	{ "wechat-two-sheets.xlsx", "wechat-xlsx", "xlsx", "", 10, 1, 10880, -39564, "2026-09-21T20:20:20+08:00",
	    "2026-11-20T19:22:31+08:00", SETTLE_FIXED },
	{ "apple-card.csv", "apple-card", "utf-8", "", 6, 0, 25120, -124268, "2026-09-30", "2026-11-19", SETTLE_FIXED },
	{ "apple-card-old.csv", "apple-card", "utf-8", "", 1, 0, 0, -1999, "2020-02-04", "2020-02-04", SETTLE_FIXED },
};

static void
try_made(const struct made *m)
{
	struct statements all = { 0 };
	const struct statement *s;
	char path[256], first[64] = "9", last[64] = "";
	int64_t in = 0, out = 0;
	struct err e = { 0 };
	enum rc rc;

	(void)snprintf(path, sizeof path, "tests/made-up/%s", m->file);
	rc = read_file(&all, path, &plain, &e);
	if (!ok(rc == OK && all.n == 1, "%s is read: %s", m->file, e.what))
		return;
	s = &all.s[0];
	for (size_t i = 0; i < s->rows; i++) {
		BUF t = { 0 };
		struct money v;

		when_rfc3339(&t, &s->row[i].when);
		if (strcmp(buf_str(&t), first) < 0)
			(void)snprintf(first, sizeof first, "%s", buf_str(&t));
		if (strcmp(buf_str(&t), last) > 0)
			(void)snprintf(last, sizeof last, "%s", buf_str(&t));
		if (!(s->row[i].flags & TXN_F_NO_TWIN) && txn_effect(&s->row[i], &v) &&
		    strcmp(v.cur, s->row[0].amount.cur) == 0)
			*(v.minor < 0 ? &out : &in) += v.minor;
	}
	ok(strcmp(s->format, m->format) == 0 && strcmp(s->encoding, m->encoding) == 0 &&
		strcmp(s->language, m->language) == 0,
	    "%s: %s %s '%s'", m->file, s->format, s->encoding, s->language);
	ok(s->rows == m->rows && s->bads == 0 && s->ignored == m->ignored && s->breaks == 0,
	    "%s: %zu rows, %zu ignored, %u breaks", m->file, s->rows, s->ignored, s->breaks);
	ok(in == m->in && out == m->out, "%s: in %lld, out %lld", m->file, (long long)in, (long long)out);
	ok(strcmp(first, m->first) == 0 && strcmp(last, m->last) == 0, "%s: %s to %s", m->file, first, last);
	ok(s->date_by == m->by, "%s: how the dates were settled: %d", m->file, (int)s->date_by);
	statements_free(&all);
}

/* ---- small files in the test itself ---- */

#define PP "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Balance\n"
#define AP "Transaction Date,Clearing Date,Description,Merchant,Category,Type,Amount (USD)\n"
#define AL "交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,\n"
#define WX "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n"

static const struct refusal {
	const char *name;
	const char *text;
	size_t n;
	enum rc rc;
	const char *note;
} refusals[] = {
	{ "nothing", "", 0, E_INPUT, "empty 0 " },
	{ "only blank lines", "\r\n \n\t\n", 0, E_INPUT, "empty 0 " },
	{ "only a BOM", "\xef\xbb\xbf", 0, E_INPUT, "empty 0 " },
	{ "binary",
	    "\x7f"
	    "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0\1\0\0\0",
	    24, E_INPUT, "binary 0 " },
	{ "NUL in a row", PP "13/02/2026,10:00:00,CET,A\0B,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n",
	    sizeof PP - 1 + 76, E_INPUT, "nul 2 " },
	{ "cut inside quotes",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n14/02/2026,10:00:00,CET,\"B",
	    0, E_INPUT, "cut 3 " },
	{ "cut between cells",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n14/02/2026,10:00:00,CET", 0,
	    E_INPUT, "cut 3 " },
	{ "cut inside the last amount",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"
	       "14/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X2,4.",
	    0, E_INPUT, "cut 3 " },
	{ "cut inside a character",
	    WX "2026-02-01 10:00:00,商户消费,店,物,支出,¥1.00,零钱,支付成功,1,2,/\n2026-02-01 10:00:00,商\xe6\x88", 0,
	    E_INPUT, "cut 3 " },
	{ "cut Apple Card", AP "02/13/2026,02/14/2026,A,A,B,Purchase,10.50\n02/13/2026,02/14/2026,B,B,B,Purchase,99", 0,
	    E_INPUT, "cut 3 " },
	{ "another CSV", "a,b,c\n1,2,3\n", 0, E_INPUT, "unknown 0 a,b,c" },
	{ "prose", "Dear Sir or Madam,\nplease find\n", 0, E_INPUT, "strange 0 " },
	{ "JD's wallet is not Alipay",
	    "交易时间,商户名称,交易说明,金额,收/付款方式,交易状态,收/支,交易分类,交易订单号,商家订单号,备注\n", 0,
	    E_INPUT, "unknown 0 交易时间" },
	{ "Monzo is not PayPal",
	    "Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Local amount\n"
	    "tx_1,01/02/2026,10:00:00,Card payment,A,,B,-1.00,GBP,-1.00\n",
	    0, E_INPUT, "unknown 0 Transaction ID" },
	{ "Cash App is not PayPal",
	    "Transaction ID,Date,Transaction Type,Currency,Amount,Fee,Net Amount,Status\n"
	    "abc,2026-01-01 10:00:00 PDT,Sent P2P,USD,-$5.00,$0,-$5.00,COMPLETE\n",
	    0, E_INPUT, "unknown 0 Transaction ID" },
	{ "PayPal in a language unknown",
	    "Datum,Tijd,Tijdzone,Naam,Soort,Toestand,Munt,Bruto,Kosten\n"
	    "13-02-2026,10:00:00,CET,A,B,Voltooid,EUR,\"-1,00\",\"0,00\"\n",
	    0, E_INPUT, "paypal-language 0 Datum,Tijd,Tijdzone" },
	{ "PDF", "%PDF-1.7\n%....", 0, E_INPUT, "other-kind 0 PDF" },
	{ "OFX", "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX>", 0, E_INPUT, "other-kind 0 OFX" },
	{ "QIF", "!Type:Bank\nD1/2/2026\nT-1.00\n^\n", 0, E_INPUT, "other-kind 0 QIF" },
	{ "MT940", ":20:X\n:25:1/2\n:28C:1\n:60F:C260101EUR1,00\n", 0, E_INPUT, "other-kind 0 MT940" },
	{ "a ZIP that is none", "PK\003\004nothing of that", 0, E_INPUT, "zip-damaged 0 " },
	{ "day or month?",
	    PP "03/02/2026,10:00:00,GMT+01:00,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"
	       "04/02/2026,10:00:00,GMT+01:00,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X2,4.00\n",
	    0, E_USAGE, "date-order 0 03/02/2026" },
	{ "thousands or decimals?", PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,\"-1,234\",0,\"-1,234\",X1,\n",
	    0, E_USAGE, "decimal-mark 0 1,234" },
};

static void
try_refusals(void)
{
	for (size_t i = 0; i < COUNTOF(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct statements all = { 0 };
		struct err e = { 0 }, said = { 0 };
		enum rc rc = read_bytes(&all, r->text, r->n ? r->n : strlen(r->text), &plain, "", &e);

		ok(rc == r->rc && all.n == 0 && strncmp(e.what, r->note, strlen(r->note)) == 0 && note_valid(e.what),
		    "refused: %s: %d %s", r->name, (int)rc, e.what);
		(void)note_refuse(&said, rc, "/some/where/Download.CSV", e.what);
		ok(strncmp(said.what, "Download.CSV", 12) == 0 && strchr(said.what, '\n') == NULL &&
			strlen(said.what) > 15,
		    "... in one line: %s", said.what);
		statements_free(&all);
	}
}

static const struct row {
	const char *name, *text;
	const char *want;               /* date|status|moved|minor|flags of the rows, or "bad LINE CODE" */
} rows[] = {
	/* PayPal rules */
	{ "rule 1: an authorization moves nothing",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"
	       "14/02/2026,10:00:00,CET,A,Authorization,Completed,EUR,-3.00,0.00,-3.00,X2,5.00\n",
	    "2026-02-13|settled|1|-100|0 2026-02-14|informational|0|-300|0" },
	{ "rule 2: the balance says that a pending row moved",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"
	       "14/02/2026,10:00:00,CET,A,Some new type,Pending,EUR,-3.00,0.00,-3.00,X2,2.00\n",
	    "2026-02-13|settled|1|-100|0 2026-02-14|pending|1|-300|0" },
	{ "rule 2: a denied row that moved, as its balance says",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"
	       "14/02/2026,10:00:00,CET,A,Reversal of ACH Withdrawal Transaction,Denied,EUR,3.00,0.00,3.00,X2,8.00\n",
	    "2026-02-13|settled|1|-100|0 2026-02-14|failed|1|300|0" },
	{ "rule 2: a completed row that the balance does not know",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"
	       "14/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-3.00,0.00,-3.00,X2,5.00\n",
	    "2026-02-13|settled|1|-100|0 2026-02-14|settled|0|-300|4" },
	{ "rule 3 decides where the balance breaks",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"
	       "14/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-3.00,0.00,-3.00,X2,77.00\n"
	       "15/02/2026,10:00:00,CET,A,Payment,Pending,EUR,-4.00,0.00,-4.00,X3,99.00\n",
	    "2026-02-13|settled|1|-100|0 2026-02-14|settled|1|-300|4 2026-02-15|pending|0|-400|4" },
	{ "newest first",
	    PP "15/02/2026,10:00:00,CET,A,General Withdrawal,Pending,EUR,-2.00,0.00,-2.00,X3,0.00\n"
	       "14/02/2026,10:00:00,CET,A,Payment,Denied,EUR,-3.00,0.00,-3.00,X2,2.00\n"
	       "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,2.00,0.00,2.00,X1,2.00\n",
	    "2026-02-15|pending|1|-200|0 2026-02-14|failed|0|-300|0 2026-02-13|settled|1|200|0" },
	{ "an unknown status is neither moved nor dropped",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"
	       "14/02/2026,10:00:00,CET,A,Payment,Zorbled,EUR,-3.00,0.00,-3.00,X2,2.00\n",
	    "2026-02-13|settled|1|-100|0 2026-02-14|unknown|0|-300|8" },
	{ "no balance column: rule 3",
	    "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net\n"
	    "13/02/2026,10:00:00,CET,A,Bank Deposit to PP Account ,Pending,EUR,1.00,0.00,1.00\n"
	    "13/02/2026,10:00:00,CET,A,Mobile Payment,Pending,EUR,1.00,0.00,1.00\n"
	    "13/02/2026,10:00:00,CET,A,Mobile Payment,Denied,EUR,1.00,0.00,1.00\n"
	    "13/02/2026,10:00:00,CET,A,Mobile Payment,Refunded,EUR,-1.00,0.00,-1.00\n"
	    "13/02/2026,10:00:00,CET,A,Temporary Hold,Placed,EUR,-1.00,0.00,-1.00\n"
	    "13/02/2026,10:00:00,CET,A,Temporary Hold,Removed,EUR,1.00,0.00,1.00\n"
	    "13/02/2026,10:00:00,CET,A,Request Sent,Completed,EUR,9.00,0.00,9.00\n"
	    "13/02/2026,10:00:00,CET,A,Mobile Payment,Partially Refunded,EUR,-9.00,0.00,-9.00\n",
	    "2026-02-13|pending|1|100|0 2026-02-13|pending|0|100|0 2026-02-13|failed|0|100|0 "
	    "2026-02-13|refunded|1|-100|0 "
	    "2026-02-13|held|1|-100|0 2026-02-13|released|1|100|0 2026-02-13|informational|0|900|0 "
	    "2026-02-13|settled|1|-900|0" },
	{ "amounts that are none",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.0x,X1,5.00\n"
	       "14/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,,X2,5.00\n"
	       "15/02/2026,10:00:00,CET,A,Payment,Denied,EUR,-1.00,0.00,abc,X3,5.00\n"
	       "16/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,...,...,X4,...\n"
	       "17/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.005,X5,5.00\n"
	       "18/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,\"-1,00\",X6,5.00\n"
	       "19/02/2026,10:00:00,CET,A,Payment,Completed,EU RO,-1.00,0.00,-1.00,X7,5.00\n"
	       "20/02/2026,10:00:00,CET,A,Payment,Completed\n",
	    "2026-02-15|failed|0|none|0 2026-02-16|informational|0|none|0 bad 2 row-amount bad 3 row-no-amount bad 6 "
	    "row-amount "
	    "bad 7 row-amount bad 8 row-currency bad 9 row-cells" },
	{ "impossible dates and times are flagged and kept",
	    PP "31/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"
	       "28/02/2026,24:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X2,4.00\n",
	    "none|settled|1|-100|1 2026-02-28|settled|1|-100|1" },
	{ "a comma too many in an unquoted row",
	    PP "13/02/2026,10:00:00,CET,Shop, Inc,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"
	       "14/02/2026,10:00:00,CET,\"Shop, Inc\",Payment,Completed,EUR,-1.00,0.00,-1.00,X2,4.00\n",
	    "2026-02-14|settled|1|-100|0 bad 2 row-cells" },
	{ "the header once more, and totals",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n" PP
	       "14/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X2,4.00\n,,,,,,,,Total,-2.00,,\n",
	    "2026-02-13|settled|1|-100|0 2026-02-14|settled|1|-100|0 ignored 2" },
	{ "line breaks in cells keep line numbers",
	    PP "13/02/2026,10:00:00,CET,\"A\nB\r\nC\",Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\r\n"
	       "14/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,bad,X2,4.00\n",
	    "2026-02-13|settled|1|-100|0 bad 5 row-amount" },
	{ "no line end at the end, and CR alone",
	    "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net\r"
	    "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00\r"
	    "14/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00",
	    "2026-02-13|settled|1|-100|0 2026-02-14|settled|1|-100|0" },
	{ "semicolons and decimal commas",
	    "Datum;Uhrzeit;Zeitzone;Name;Typ;Status;Währung;Brutto;Gebühr;Netto;Guthaben\n"
	    "13.02.2026;10:00:00;CET;A;Zahlung;Abgeschlossen;EUR;-1.234,50;0,00;-1.234,50;-1.234,50\n",
	    "2026-02-13|settled|1|-123450|0" },
	{ "Windows-1252",
	    "Datum,Uhrzeit,Zeitzone,Name,Typ,Status,W\xe4hrung,Brutto,Geb\xfchr,Netto\n"
	    "13.02.2026,10:00:00,CET,B\xe4"
	    "cker,Zahlung,Abgeschlossen,EUR,\"-1,00\",\"0,00\",\"-1,00\"\n",
	    "2026-02-13|settled|1|-100|0" },
	{ "dates told apart by their order",
	    PP "03/11/2026,10:00:00,GMT+01:00,A,Payment,Completed,EUR,1.00,0.00,1.00,X1,1.00\n"
	       "04/10/2026,10:00:00,GMT+01:00,A,Payment,Completed,EUR,1.00,0.00,1.00,X2,2.00\n"
	       "05/12/2026,10:00:00,GMT+01:00,A,Payment,Completed,EUR,1.00,0.00,1.00,X3,3.00\n",
	    "2026-03-11|settled|1|100|0 2026-04-10|settled|1|100|0 2026-05-12|settled|1|100|0" },
	{ "dates told apart by summer time",
	    PP "10/01/2019,10:00:00,PDT,A,Payment,Completed,EUR,1.00,0.00,1.00,X1,1.00\n"
	       "10/02/2019,10:00:00,PDT,A,Payment,Completed,EUR,1.00,0.00,1.00,X2,2.00\n",
	    "2019-10-01|settled|1|100|0 2019-10-02|settled|1|100|0" },
	{ "thousands in a currency without decimals",
	    PP "13/02/2026,10:00:00,JST,A,Payment,Completed,JPY,\"-1,234\",0,\"-1,234\",X1,\n",
	    "2026-02-13|settled|1|-1234|0" },
	{ "no currency cell", PP "13/02/2026,10:00:00,CET,A,Payment,Completed,,-1.00,0.00,-1.00,X1,5.00\n",
	    "2026-02-13|settled|1|-100|16" },
	/* Apple Card */
	{ "Apple Card: twins, negation, what cannot be read",
	    AP "02/13/2026,02/14/2026,A,A,B,Purchase,10.50\n02/13/2026,02/14/2026,A,A,B,Purchase,10.50\n"
	       "02/13/2026,02/15/2026,P,P,P,Payment,-20.00\n02/13/2026,02/15/2026,P,P,P,Payment,?\n02/13/2026,02/30/"
	       "2026,P,P,P,Credit,-1.00\n",
	    "2026-02-14|settled|1|-1050|0 2026-02-14|settled|1|-1050|0 2026-02-15|settled|1|2000|0 "
	    "none|settled|1|100|1 "
	    "bad 5 row-amount" },
	/* Alipay */
	{ "Alipay: quotes that were never meant so, commas in texts",
	    AL "2026-02-01 10:00:00,餐饮,店,,\"双人\"套餐,支出,1.00,余额,交易成功,2026020111\t,\t,,\n"
	       "2026-02-01 10:00:01,餐饮,店,,\"半边引号,支出,2.00,余额,交易成功,2026020112\t,\t,,\n"
	       "2026-02-01 10:00:02,餐饮,店,,面,汤,酒,支出,3.00,余额,交易成功,2026020113\t,\t,,\n"
	       "2026-02-01 10:00:03,餐饮,店,,面,支出,4.00,余额,交易成功,2026020114\t,\t,多,余,的,\n"
	       "2026-02-01 10:00:04,餐饮,店,,面,支出,五元,余额,交易成功,2026020115\t,\t,,\n"
	       "2026-02-01 10:00:05,餐饮,店,,面,支出,6.00,余额\n"
	       "------------------------------------------------\n",
	    "2026-02-01|settled|1|-100|0 2026-02-01|settled|1|-200|0 2026-02-01|settled|1|-300|0 "
	    "2026-02-01|settled|1|-400|0 "
	    "bad 6 row-amount bad 7 row-cells" },
	{ "Alipay: what moves",
	    AL "2026-02-01 10:00:00,a,b,,c,支出,1.00,余额,交易成功,11,,,\n"
	       "2026-02-01 10:00:01,a,b,,c,收入,2.00,余额,交易成功,12,,,\n"
	       "2026-02-01 10:00:02,a,b,,c,不计收支,3.00,余额,退款成功,13_1,,,\n"
	       "2026-02-01 10:00:03,a,b,,c,支出,4.00,余额,等待确认收货,14,,,\n"
	       "2026-02-01 10:00:04,a,b,,c,支出,5.00,余额,交易关闭,15,,,\n"
	       "2026-02-01 10:00:05,a,b,,c,不计收支,6.00,余额,交易关闭,16,,,\n"
	       "2026-02-01 10:00:06,a,b,,c,支出,7.00,余额,等待付款,17,,,\n"
	       "2026-02-01 10:00:07,a,b,,余额宝-转出,不计收支,8.00,余额,交易成功,18,,,\n"
	       "2026-02-01 10:00:08,a,b,,c,不计收支,9.00,余额,解冻成功,19,,,\n"
	       "2026-02-01 10:00:09,a,b,,c,支出,10.00,余额,天晓得,20,,,\n"
	       "2026-02-01 10:00:10,a,b,,提现,不计收支,11.00,余额,交易成功,21,,服务费¥0.10,\n"
	       "2026-02-01 10:00:11,a,b,,c,支出,3.00,余额,交易关闭,13,,,\n",
	    "2026-02-01|settled|1|-100|0 2026-02-01|settled|1|200|0 2026-02-01|refunded|1|300|0 "
	    "2026-02-01|held|1|-400|0 "
	    "2026-02-01|refunded|2|-500|32 2026-02-01|cancelled|0|600|0 2026-02-01|pending|0|-700|0 "
	    "2026-02-01|settled|0|-800|0 "
	    "2026-02-01|released|0|900|0 2026-02-01|unknown|0|-1000|8 2026-02-01|settled|3|-1100|0 "
	    "2026-02-01|refunded|2|-300|0" },
	{ "Alipay's web layout: closed and never paid, closed and refunded",
	    "交易号,商家订单号,交易创建时间,类型,交易对方,商品名称,金额（元）,收/支,"
	    "交易状态,服务费（元）,成功退款（元）,备注,资金状态,\n"
	    "31,,2020-03-20 10:00:00,a,b,c,15.00,支出,交易关闭,0.00,0.00,,,\n"
	    "32,,2020-03-20 10:00:01,a,b,c,16.00,支出,交易关闭,0.00,16.00,,已支出,\n"
	    "32_1,,2020-03-20 10:00:02,a,b,c,16.00,,退款成功,0.00,0.00,,已收入,\n--------------------\n",
	    "2020-03-20|cancelled|0|-1500|0 2020-03-20|refunded|2|-1600|0 2020-03-20|refunded|1|1600|0" },
	/* WeChat */
	{ "WeChat: what moves",
	    WX "2026-02-01 10:00:00,a,b,c,支出,¥1.00,d,支付成功,11\t,/,/\n"
	       "2026-02-01 10:00:01,a,b,c,收入,¥2.00,d,已存入零钱,12,/,/\n"
	       "2026-02-01 10:00:02,a,b,c,支出,￥3.00,d,已退款(￥1.00),13,/,/\n"
	       "2026-02-01 10:00:03,a-退款,b,c,收入,¥1.00,d,已退款￥1.00,14,/,/\n"
	       "2026-02-01 10:00:04,a,b,c,支出,¥4.00,d,已全额退款,15,/,/\n"
	       "2026-02-01 10:00:05,a,b,c,支出,¥5.00,d,待确认收款,16,/,/\n"
	       "2026-02-01 10:00:06,零钱提现,b,c,/,¥6.10,d,提现已到账,17,/,\"服务费¥0.10\"\n"
	       "2026-02-01 10:00:07,a,b,c,支出,¥7.00,d,支付失败,18,/,/\n"
	       "2026-02-01 10:00:08,a,b,c,支出,/,d,已关闭,19,/,/\n"
	       "2026-02-01 10:00:09,a,b,c,支出,\"¥1,008.00\",d,对方已退还,4.2E+27,/,/\n"
	       "2026-02-01 10:00:10,零钱充值,b,c,/,¥9.00,d,充值完成,20,/,/\n",
	    "2026-02-01|settled|1|-100|0 2026-02-01|settled|1|200|0 2026-02-01|settled|1|-300|0 "
	    "2026-02-01|refunded|1|100|0 "
	    "2026-02-01|refunded|1|-400|0 2026-02-01|pending|0|-500|0 2026-02-01|settled|3|-610|0 "
	    "2026-02-01|failed|0|-700|0 "
	    "2026-02-01|cancelled|0|none|0 2026-02-01|refunded|1|-100800|64 2026-02-01|settled|0|900|0" },
};

static void
describe(struct buf *out, const struct statement *s)
{
	for (size_t i = 0; i < s->rows; i++) {
		const struct txn *t = &s->row[i];
		struct when day = t->when;
		char minor[32] = "none";
		BUF d = { 0 };

		day.has_time = false;
		when_rfc3339(&d, &day);
		if (t->has_amount)
			(void)snprintf(minor, sizeof minor, "%lld", (long long)t->amount.minor);
		buf_addf(out, "%s%s|%s|%d|%s|%u", out->len ? " " : "", d.len ? buf_str(&d) : "none",
		    txn_status_name(t->status), (int)t->moved, minor, t->flags);
	}
	for (size_t i = 0; i < s->bads; i++)
		buf_addf(out, "%sbad %u %.*s", out->len ? " " : "", s->bad[i].row, (int)strcspn(s->bad[i].reason, " "),
		    s->bad[i].reason);
	if (s->ignored > 0)
		buf_addf(out, " ignored %zu", s->ignored);
}

static void
try_rows(void)
{
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct statements all = { 0 };
		struct err e = { 0 };
		BUF got = { 0 };
		enum rc rc = read_bytes(&all, rows[i].text, strlen(rows[i].text), &plain, "", &e);

		if (rc == OK)
			describe(&got, &all.s[0]);
		if (!ok(rc == OK && all.n == 1 && strcmp(buf_str(&got), rows[i].want) == 0, "%s", rows[i].name))
			printf("# %s\n# got    %s\n# wanted %s\n", e.what, buf_str(&got), rows[i].want);
		statements_free(&all);
	}
}

/* ---- what is left to the user ---- */

static void
try_answers(void)
{
	static const char dates[] =
	    PP "03/02/2026,10:00:00,GMT+01:00,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n";
	static const char marks[] = PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,\"-1,234\",0,\"-1,234\",X1,\n";
	struct read_options o = { .date_order = 'm' };
	struct statements all = { 0 };
	struct err e = { 0 };

	ok(read_bytes(&all, dates, sizeof dates - 1, &o, "", &e) == OK && all.s[0].row[0].when.local.month == 3 &&
	    all.s[0].date_by == SETTLE_USER, "the user says: month first");
	statements_free(&all);
	o = (struct read_options){ .date_order = 'd' };
	ok(read_bytes(&all, dates, sizeof dates - 1, &o, "", &e) == OK && all.s[0].row[0].when.local.month == 2,
	    "the user says: day first");
	statements_free(&all);
	o = (struct read_options){ .decimal_mark = '.' };
	ok(read_bytes(&all, marks, sizeof marks - 1, &o, "", &e) == OK && all.s[0].row[0].amount.minor == -123400,
	    "the user says: decimal point, so 1,234 is a thousand");
	statements_free(&all);
	o = (struct read_options){ .decimal_mark = ',' };
	ok(read_bytes(&all, marks, sizeof marks - 1, &o, "", &e) == OK && all.s[0].rows == 0 && all.s[0].bads == 1,
	    "the user says: decimal comma, and three decimals are no amount of euros");
	statements_free(&all);
	o = (struct read_options){ .format = "wechat", .date_order = 'd' };
	ok(read_bytes(&all, dates, sizeof dates - 1, &o, "", &e) == E_INPUT && strncmp(e.what, "not-format ", 11) == 0,
	    "another format was asked for");
	o.format = "nonsense";
	ok(read_bytes(&all, dates, sizeof dates - 1, &o, "", &e) == E_INPUT && strncmp(e.what, "bad-format ", 11) == 0,
	    "no such format");
	o.format = "paypal-activity";
	ok(read_bytes(&all, dates, sizeof dates - 1, &o, "", &e) == OK, "the format that it is");
	statements_free(&all);
}

/* ---- text ---- */

static void
try_texts(void)
{
	static const char nasty[] =
	    PP "13/02/2026,10:00:00,CET,\"\x1b[31mred\x07 \xe2\x80\xaemirror\tA\",Payment,Completed,EUR,-1.00,0.00,"
	       "-1.00,=\"All\",5.00\n";
	static const char damaged[] =
	    "\xef\xbb\xbf" PP "13/02/2026,10:00:00,CET,B\xff\xfe,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"
	    "14/02/2026,10:00:00,CET,B,Payment,Completed,EUR,-1.00,0.00,-1.00,X2,4.00\n";
	unsigned char wide[4096];
	size_t n = 0;
	struct statements all = { 0 };
	struct err e = { 0 };

	ok(read_bytes(&all, nasty, sizeof nasty - 1, &plain, "", &e) == OK, "escape sequences in a cell");
	ok(all.n == 1 && strpbrk(all.s[0].row[0].counterparty, "\x1b\x07\t") == NULL &&
		strstr(all.s[0].row[0].counterparty, "\xe2\x80\xae") == NULL &&
		strstr(all.s[0].row[0].counterparty, "red") != NULL,
	    "they do not reach the terminal");
	ok(all.n == 1 && strcmp(all.s[0].row[0].id, "=\"All\"") == 0, "a formula is a text");
	statements_free(&all);
	ok(read_bytes(&all, damaged, sizeof damaged - 1, &plain, "", &e) == OK && all.s[0].rows == 2 &&
		(all.s[0].row[0].flags & TXN_F_BAD_TEXT) && !(all.s[0].row[1].flags & TXN_F_BAD_TEXT) &&
		all.s[0].warnings == 1,
	    "undecodable bytes: the row is kept and marked");
	statements_free(&all);
	/* UTF-16 as "Unicode text" of a spreadsheet has it. */
	wide[n++] = 0xff;
	wide[n++] = 0xfe;
	for (const char *p = "Date\tTime\tTimeZone\tName\tType\tStatus\tCurrency\tNet\n13/02/"
			     "2026\t10:00:00\tCET\tA\tPayment\tCompleted\tEUR\t-1.00\n";
	     *p; p++) {
		wide[n++] = (unsigned char)*p;
		wide[n++] = 0;
	}
	ok(read_bytes(&all, wide, n, &plain, "", &e) == OK && strcmp(all.s[0].encoding, "utf-16le") == 0 &&
		all.s[0].rows == 1 && all.s[0].row[0].amount.minor == -100,
	    "UTF-16 with TABs: %s", e.what);
	statements_free(&all);
	ok(read_bytes(&all, wide, n - 1, &plain, "", &e) == E_INPUT && strncmp(e.what, "cut ", 4) == 0,
	    "half a character at the end");
}

/* ---- archives ---- */

struct member { const char *name; const char *bytes; size_t n; zip_uint16_t cipher; };

static size_t
make_zip(unsigned char *out, size_t size, const struct member *m, size_t n, const char *password)
{
	zip_source_t *src = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *z = zip_open_from_source(src, ZIP_TRUNCATE, NULL);
	zip_int64_t len;

	zip_source_keep(src);
	for (size_t i = 0; i < n; i++) {
		zip_source_t *s = zip_source_buffer(z, m[i].bytes, m[i].n, 0);
		zip_int64_t at = zip_file_add(z, m[i].name, s, ZIP_FL_ENC_RAW);

		if (m[i].cipher != ZIP_EM_NONE &&
		    zip_file_set_encryption(z, (zip_uint64_t)at, m[i].cipher, password) != 0)
			return 0;
	}
	if (zip_close(z) != 0 || zip_source_open(src) != 0)
		return 0;
	len = zip_source_read(src, out, size);
	(void)zip_source_close(src);
	zip_source_free(src);
	return len > 0 ? (size_t)len : 0;
}

static size_t
slurp(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n = f != NULL ? fread(out, 1, size, f) : 0;

	if (f != NULL)
		(void)fclose(f);
	return n;
}

static void
try_archives(void)
{
	static unsigned char zip[1 << 20];
	static char gbk[65536], book[65536], zeros[32 << 20];
	static const char pp[] = PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n";
	static const char pp2[] = PP "14/02/2026,10:00:00,CET,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X2,4.00\n";
	static const char broken[] = PP "14/02/2026,10:00:00,\"CET,A";
	size_t gbk_n = slurp("tests/made-up/alipay-app.csv", gbk, sizeof gbk);
	size_t book_n = slurp("tests/made-up/wechat.xlsx", book, sizeof book), n;
	const struct { const char *name; zip_uint16_t cipher; } ciphers[] = { { "AES-256", ZIP_EM_AES_256 },
		{ "ZipCrypto", ZIP_EM_TRAD_PKWARE } };
	struct statements all = { 0 };
	struct err e = { 0 };

	ok(gbk_n > 1000 && book_n > 1000, "made-up files are here");
	for (size_t i = 0; i < COUNTOF(ciphers); i++) {
		/* The entry's name is GBK without saying so, as Alipay writes it. */
		struct member m = { "\xd6\xa7\xb8\xb6\xb1\xa6.csv", gbk, gbk_n, ciphers[i].cipher };

		n = make_zip(zip, sizeof zip, &m, 1, "271828");
		ok(n > 0, "%s archive made", ciphers[i].name);
		ok(read_bytes(&all, zip, n, &plain, "", &e) == E_LOCKED && strcmp(e.what, "zip-password 0 ") == 0,
		    "%s: a password is needed", ciphers[i].name);
		ok(read_bytes(&all, zip, n, &plain, "314159", &e) == E_AUTH && strcmp(e.what, "zip-wrong 0 ") == 0,
		    "%s: a wrong one: %s", ciphers[i].name, e.what);
		ok(read_bytes(&all, zip, n, &plain, "271828", &e) == OK && all.n == 1 && all.s[0].rows == 11 &&
			strcmp(all.s[0].entry, "支付宝.csv") == 0,
		    "%s: read, entry %s", ciphers[i].name, all.n ? all.s[0].entry : e.what);
		statements_free(&all);
	}
	{
		struct member m[] = { { "a/", "", 0, 0 }, { "a/1.csv", pp, sizeof pp - 1, 0 },
			{ "a/2.csv", pp2, sizeof pp2 - 1, 0 }, { "readme.txt", "hello\n", 6, 0 },
			{ "__MACOSX/._1.csv", "\0\0\0", 3, 0 } };

		n = make_zip(zip, sizeof zip, m, COUNTOF(m), "");
		ok(read_bytes(&all, zip, n, &plain, "", &e) == OK && all.n == 2 &&
			strcmp(all.s[1].entry, "a/2.csv") == 0 && all.s[0].warnings == 1,
		    "a report in several parts, beside other files");
		statements_free(&all);
		m[2].bytes = broken;
		m[2].n = sizeof broken - 1;
		n = make_zip(zip, sizeof zip, m, COUNTOF(m), "");
		ok(read_bytes(&all, zip, n, &plain, "", &e) == E_INPUT && strncmp(e.what, "cut 2 ", 6) == 0 &&
			all.n == 0,
		    "one broken part refuses them all");
		n = make_zip(zip, sizeof zip, m + 3, 2, "");
		ok(read_bytes(&all, zip, n, &plain, "", &e) == E_INPUT && strncmp(e.what, "strange ", 8) == 0,
		    "nothing but a readme");
	}
	{
		struct member m = { "bill.xlsx", book, book_n, ZIP_EM_AES_256 };

		n = make_zip(zip, sizeof zip, &m, 1, "123456");
		ok(read_bytes(&all, zip, n, &plain, "123456", &e) == OK && all.n == 1 && all.s[0].rows == 9 &&
			strcmp(all.s[0].entry, "bill.xlsx") == 0 && strcmp(all.s[0].format, "wechat-xlsx") == 0,
		    "a workbook in an archive");
		statements_free(&all);
	}
	{
		struct member bomb = { "zeros.csv", zeros, sizeof zeros, 0 };

		n = make_zip(zip, sizeof zip, &bomb, 1, "");
		ok(n > 0 && read_bytes(&all, zip, n, &plain, "", &e) == E_INPUT &&
			strncmp(e.what, "zip-limit ", 10) == 0,
		    "an archive that unpacks a thousandfold: %s", e.what);
	}
	n = slurp("tests/made-up/wechat.xlsx", book, sizeof book);
	ok(read_bytes(&all, book, n / 2, &plain, "", &e) == E_INPUT && strncmp(e.what, "zip-damaged ", 12) == 0,
	    "half a workbook");
}

/* ---- cut anywhere ---- */

/* Of all places where a download can break off, those inside a row must be noticed. What cannot be: behind the last
 * byte of a row, inside free text that is the last cell, in the banner that follows the data. */
static void
try_cuts(void)
{
	static const struct {
		const char *file;
		size_t unnoticed;
	} files[] = { { "paypal-activity-en.csv", 0 }, { "paypal-consumer-en.csv", 0 },
		{ "paypal-statement-de.csv", 0 }, { "paypal-old-nine.csv", 1 }, { "wechat.csv", 14 },
		{ "alipay-app.csv", 2 } };
	static char text[65536];

	for (size_t i = 0; i < COUNTOF(files); i++) {
		size_t n, unnoticed = 0, refused = 0;
		char path[256];

		(void)snprintf(path, sizeof path, "tests/made-up/%s", files[i].file);
		n = slurp(path, text, sizeof text);
		for (size_t k = 1; k < n; k++) {
			struct statements all = { 0 };
			struct err e = { 0 };
			enum rc rc = read_bytes(&all, text, k, &plain, "", &e);

			refused += rc == E_INPUT;
			unnoticed += rc == OK && text[k - 1] != '\n' && text[k] != '\n' && text[k] != '\r';
			statements_free(&all);
		}
		ok(refused > n * 3 / 4 && unnoticed <= files[i].unnoticed,
		    "%s cut at each of %zu places: %zu refused, %zu unnoticed", files[i].file, n, refused, unnoticed);
	}
}

/* ---- the same rows again ---- */

struct known { size_t n; struct txn_ident id[256]; struct txn row[256]; };

/* Add what is new; count duplicates and updates as an import would. */
static void
import(struct known *k, const struct statement *s, size_t *added, size_t *updated, size_t *same)
{
	struct txn_ident id[256];
	struct err e;

	*added = *updated = *same = 0;
	if (s->rows > 200 || ident_assign(s->provider, s->row, s->rows, id, &e) != OK)
		return;
	for (size_t i = 0; i < s->rows; i++) {
		size_t at = 0;

		while (at < k->n && (memcmp(k->id[at].key, id[i].key, sizeof id[i].key) != 0 ||
					k->id[at].occurrence != id[i].occurrence))
			at++;
		if (at == k->n) {
			k->id[k->n] = id[i];
			k->row[k->n] = (struct txn){ .status = s->row[i].status, .amount = s->row[i].amount };
			k->n++;
			++*added;
		} else if (k->row[at].status != s->row[i].status || k->row[at].amount.minor != s->row[i].amount.minor) {
			k->row[at].status = s->row[i].status;
			k->row[at].amount = s->row[i].amount;
			++*updated;
		} else {
			++*same;
		}
	}
}

static void
again(struct known *k, const char *text, size_t want_added, size_t want_updated, size_t want_same, const char *name)
{
	struct statements all = { 0 };
	size_t added, updated, same;
	struct err e = { 0 };

	if (read_bytes(&all, text, strlen(text), &plain, "", &e) != OK) {
		ok(false, "%s: %s", name, e.what);
		return;
	}
	import(k, &all.s[0], &added, &updated, &same);
	ok(added == want_added && updated == want_updated && same == want_same, "%s: %zu new, %zu updated, %zu known",
	    name, added, updated, same);
	statements_free(&all);
}

static void
try_identity(void)
{
	static struct known k;
	struct statements all = { 0 };
	size_t added, updated, same, bad = 0;
	struct err e;
	char path[256];

	for (size_t i = 0; i < COUNTOF(made); i++) {
		static struct known own;

		own.n = 0;
		(void)snprintf(path, sizeof path, "tests/made-up/%s", made[i].file);
		for (int round = 0; round < 2; round++) {
			if (read_file(&all, path, &plain, &e) == OK) {
				import(&own, &all.s[0], &added, &updated, &same);
				bad += round == 0 ? added != all.s[0].rows : added != 0 || updated != 0;
			}
			statements_free(&all);
		}
	}
	ok(bad == 0, "importing a file once more adds nothing");
#define A1 "13/02/2026,10:00:00,CET,Shop,Payment,Pending,EUR,-1.00,0.00,-1.00,X1,5.00\n"
#define A1_DONE "13/02/2026,10:00:00,CET,Shop,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,4.00\n"
#define A2 "14/02/2026,10:00:00,CET,Shop,Payment,Completed,EUR,-1.00,0.00,-1.00,X2,4.00\n"
#define A3 "15/02/2026,10:00:00,CET,Shop,Payment,Completed,EUR,-1.00,0.00,-1.00,X3,3.00\n"
	k.n = 0;
	again(&k, PP A1 A2, 2, 0, 0, "PayPal, first export");
	again(&k, PP A2 A3, 1, 0, 1, "PayPal, overlapping export");
	again(&k, PP A1_DONE A2, 0, 1, 1, "PayPal, a pending payment is now completed");
	again(&k, PP A1_DONE A2 A3, 0, 0, 3, "PayPal, once more");
#define C1 "02/13/2026,02/14/2026,COFFEE,Coffee,B,Purchase,3.50\n"
#define C2 "02/12/2026,02/13/2026,BREAD,Bread,B,Purchase,2.00\n"
	k.n = 0;
	again(&k, AP C1 C1 C2, 3, 0, 0, "Apple Card, two equal coffees");
	again(&k, AP C1 C1 C2, 0, 0, 3, "Apple Card, they stay two");
	again(&k, AP C1 C1 C1, 1, 0, 2, "Apple Card, and a third one later");
#define W1(st) "2026-02-01 10:00:00,商户消费,店,物,支出,¥9.00,零钱," st ",4200001\t,/,/\n"
#define W2 "2026-02-02 10:00:00,店-退款,店,物,收入,¥9.00,零钱,已全额退款,4200001\t,/,/\n"
	k.n = 0;
	again(&k, WX W1("支付成功"), 1, 0, 0, "WeChat, a payment");
	again(&k, WX W1("已全额退款") W2, 1, 1, 0, "WeChat, now refunded, by a row with the same id");
	again(&k, WX W1("已全额退款") W2, 0, 0, 2, "WeChat, once more");
#define L1(st) "2026-02-01 10:00:00,a,b,,c,支出,5.00,余额," st ",2026\t,,,\n"
#define L2 "2026-02-03 10:00:00,a,b,,c,不计收支,5.00,余额,退款成功,2026\t,,,\n"
	k.n = 0;
	again(&k, AL L1("等待确认收货"), 1, 0, 0, "Alipay, in escrow");
	again(&k, AL L1("交易成功"), 0, 1, 0, "Alipay, now final");
	again(&k, AL L1("交易关闭") L2, 1, 1, 0, "Alipay, refunded by a row that repeats the order id");
	again(&k, AL L2 L1("交易关闭"), 0, 0, 2, "Alipay, in another order");
	/* One id for all rows of a PayPal file: by it, the overlapping export would change other rows. */
#define P(d, a) d "/02/2026,10:00:00,CET,Shop,Payment,Completed,EUR,-" a ".00,0.00,-" a ".00,XXXX,\n"
	k.n = 0;
	again(&k, PP P("13", "1") P("14", "2") P("15", "3"), 3, 0, 0, "PayPal, masked ids");
	again(&k, PP P("14", "2") P("15", "3") P("16", "4"), 1, 0, 2, "PayPal, masked ids, overlapping");
	/* Ids that somebody starred out are the same for all rows: they are not used, and all rows stay apart. */
#define M(t, a) "2026-02-0" t " 10:00:00,商户消费,店,物,支出,¥" a ".00,零钱,支付成功,1234\t,/,/\n"
	k.n = 0;
	again(&k, WX M("1", "1") M("1", "2") M("2", "1") M("2", "1"), 4, 0, 0, "masked ids");
	again(&k, WX M("2", "1") M("2", "1") M("3", "1"), 1, 0, 2, "masked ids, overlapping");
}

int
main(void)
{
	for (size_t i = 0; i < COUNTOF(made); i++)
		try_made(&made[i]);
	try_refusals();
	try_rows();
	try_answers();
	try_texts();
	try_archives();
	try_cuts();
	try_identity();
	return tap_done();
}
