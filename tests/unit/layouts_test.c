/* layouts_test: files that are nearly what a reader expects, where a near miss would become a wrong figure, or a message
 * would show what nobody should see. */
#include "tests/unit/read.h"

#include <string.h>

#define AP "Transaction Date,Clearing Date,Description,Merchant,Category,Type,Amount (USD)\n"
#define PP "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Balance\n"
#define ALI_WEB                                                                                                                                              \
	"交易号,商家订单号,交易创建时间,付款时间,最近修改时间,交易来源地,类型,交易对方,商品名称,金额（元）,收/" \
	"支,交易状态,"                                                                                                                                  \
	"服务费（元）,成功退款（元）,备注,资金状态,\n"
#define ALI_2021 "收/支,交易对方,对方账号,商品说明,收/付款方式,金额,交易状态,交易分类,交易订单号,商家订单号,交易时间,\n"
#define ALI_APP                                                                                                        \
	"交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,\n"
#define WX "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n"
#define END "----------------------------------------\n"

static const struct read_options plain;

/* ---- what is refused, and with which note ---- */

static const struct refusal {
	const char *name, *text, *note;
	size_t n;
} refusals[] = {
	{ "KeePass", "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\1\0\4\0hunter2", "vault 0 KeePass", 19 },
	{ "Bitwarden, JSON", "{\"encrypted\":false,\"folders\":[],\"items\":[{\"login\":{\"password\":\"hunter2\"}}]}",
	    "vault 0 Bitwarden", 0 },
	{ "Bitwarden, encrypted", "{\n  \"encrypted\": true,\n  \"encKeyValidation_DO_NOT_EDIT\": \"2.hunter2\"\n}",
	    "vault 0 Bitwarden", 0 },
	{ "Bitwarden, CSV",
	    "folder,favorite,type,name,notes,login_uri,login_username,login_password,login_totp\n,,login,hunter2\n",
	    "vault 0 CSV", 0 },
	{ "a browser's CSV", "name,url,username,password,note\nx,https://x.example,u,hunter2,\n", "vault 0 CSV", 0 },
	{ "a browser's CSV in quotes",
	    "\"url\",\"username\",\"Password\",\"httpRealm\"\n\"https://x.example\",\"u\",\"hunter2\",\n",
	    "vault 0 CSV", 0 },
	{ "Aegis", "{\"version\":1,\"header\":{\"slots\":null},\"db\":{\"entries\":[{\"secret\":\"hunter2\"}]}}",
	    "vault 0 Aegis", 0 },
	{ "2FAS", "{\"services\":[{\"secret\":\"hunter2\"}],\"schemaVersion\":4}", "vault 0 2FAS", 0 },
	{ "KeePass XML", "<?xml version=\"1.0\"?>\n<KeePassFile><Value>hunter2</Value></KeePassFile>",
	    "vault 0 KeePass", 0 },
	{ "seeds", "otpauth://totp/x?secret=hunter2\n", "vault 0 otpauth", 0 },
	{ "any JSON with a password", "[{\"user\":\"u\",\"password\":\"hunter2\"}]", "vault 0 JSON", 0 },
	{ "a lone password", "hunter2\n", "strange 0 ", 0 },
	{ "a password without a header", "https://x.example,u,hunter2\n", "strange 0 ", 0 },
	{ "JSON of another kind", "{\"a\":1,\"b\":2,\"c\":3}\n", "strange 0 ", 0 },
	{ "another table", "Booking,Text,Sum\n", "unknown 0 Booking,Text,Sum", 0 },
	{ "the only amount is cut: no decimals", AP "02/13/2026,02/14/2026,A,A,B,Purchase,19", "cut 2 ", 0 },
	{ "the only amount is cut: no decimals behind the point", AP "02/13/2026,02/14/2026,A,A,B,Purchase,19.",
	    "cut 2 ", 0 },
	{ "the only amount is cut: one decimal", AP "02/13/2026,02/14/2026,A,A,B,Purchase,19.9", "cut 2 ", 0 },
};

static void
test_refused(void)
{
	for (size_t i = 0; i < COUNTOF(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct statements all = { 0 };
		struct err e = { 0 };
		enum rc rc = read_bytes(&all, r->text, r->n ? r->n : strlen(r->text), &plain, "", &e);

		ok(rc == E_INPUT && strncmp(e.what, r->note, strlen(r->note)) == 0, "%s: %d %s", r->name, (int)rc,
		    e.what);
		ok(strstr(e.what, "hunter2") == NULL, "%s: nothing of it is shown", r->name);
		statements_free(&all);
	}
}

/* ---- one row and what becomes of it: kept with these values, or bad ---- */

static const struct case_row {
	const char *name, *text;
	const char *bad; /* code of the note, NULL: it is kept */
	int64_t minor;
	enum txn_moved moved;
	enum txn_status status;
	const char *description;
} rows[] = {
	{ "Alipay, web: 1,000.00 is torn at its comma, not 0.00",
	    ALI_WEB "1,2,2019-09-06 10:00:11,,2019-09-06 "
		    "10:00:11,x,y,某店,东西,1,000.00,收入,交易成功,0.00,0.00,,已收入,\n" END,
	    "row-cells", 0, 0, 0, NULL },
	{ "Alipay, 2021: the same",
	    ALI_2021 "支出,店,a,东西,余额,1,000.00,交易成功,日用,1,2,2021-06-14 15:00:45,\n" END, "row-cells", 0, 0, 0,
	    NULL },
	{ "Alipay, app: the same", ALI_APP "2024-01-01 10:00:00,日用,店,a,东西,支出,1,000.00,余额宝,交易成功,1,2,,\n",
	    "row-cells", 0, 0, 0, NULL },
	{ "WeChat: the same", WX "2024-01-01 10:00:00,商户消费,店,东西,支出,¥1,000.00,零钱,支付成功,1,2,/\n",
	    "row-cells", 0, 0, 0, NULL },
	{ "Alipay, web: a comma in the text",
	    ALI_WEB "1,2,2019-09-06 10:00:11,,2019-09-06 10:00:11,x,y,某店,东西, "
		    "两个,129.00,支出,交易成功,0.00,0.00,,已支出,\n" END,
	    NULL, -12900, TXN_MOVED, TXN_SETTLED, "东西, 两个" },
	{ "Alipay, web: a comma in the text and a number at its end",
	    ALI_WEB "1,2,2019-09-06 10:00:11,,2019-09-06 10:00:11,x,y,某店,东西, "
		    "第2,129.00,支出,交易成功,0.00,0.00,,已支出,\n" END,
	    NULL, -12900, TXN_MOVED, TXN_SETTLED, "东西, 第2" },
	{ "Alipay, app: a number behind the comma in the text",
	    ALI_APP "2024-01-01 10:00:00,日用,店,a,东西,12,支出,129.00,余额宝,交易成功,1,2,,\n", NULL, -12900,
	    TXN_MOVED, TXN_SETTLED, "东西,12" },
	{ "Alipay: a sign where another column has the direction",
	    ALI_APP "2024-01-01 10:00:00,日用,店,a,东西,支出,-129.00,余额宝,交易成功,1,2,,\n", "row-amount", 0, 0, 0,
	    NULL },
	{ "WeChat: the same", WX "2024-01-01 10:00:00,商户消费,店,东西,支出,¥-10.00,零钱,支付成功,1,2,/\n",
	    "row-amount", 0, 0, 0, NULL },
	{ "Alipay: closed at 0.00 was never paid",
	    ALI_APP "2024-01-01 10:00:00,日用,店,a,东西,支出,0.00,余额宝,交易关闭,1,2,,\n", NULL, 0, TXN_STAYED,
	    TXN_CANCELLED, "东西" },
	{ "Alipay: closed with an amount waits for its refund",
	    ALI_APP "2024-01-01 10:00:00,日用,店,a,东西,支出,5.00,余额宝,交易关闭,1,2,,\n", NULL, -500,
	    TXN_MOVED_WITH_TWIN, TXN_REFUNDED, "东西" },
	{ "PayPal: 0,500 has no thousands",
	    PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,\"0,500\",0.00,\"0,500\",X1,5.00\n", "row-amount", 0, 0,
	    0, NULL },
	{ "PayPal: 1,500 has", PP "13/02/2026,10:00:00,CET,A,Payment,Completed,EUR,\"1,500\",0.00,\"1,500\",X1,5.00\n",
	    NULL, 150000, TXN_MOVED, TXN_SETTLED, "" },
	{ "Apple Card: a whole amount at the end of the file", AP "02/13/2026,02/14/2026,A,A,B,Purchase,19.99", NULL,
	    -1999, TXN_MOVED, TXN_SETTLED, "A" },
};

static void
test_rows(void)
{
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		const struct case_row *c = &rows[i];
		struct statements all = { 0 };
		const struct statement *s;
		struct err e = { 0 };
		enum rc rc = read_bytes(&all, c->text, strlen(c->text), &plain, "", &e);

		if (!ok(rc == OK && all.n == 1, "%s: %d %s", c->name, (int)rc, e.what))
			continue;
		s = &all.s[0];
		if (c->bad != NULL) {
			ok(s->rows == 0 && s->bads == 1 && strncmp(s->bad[0].reason, c->bad, strlen(c->bad)) == 0,
			    "%s: %zu rows, %s", c->name, s->rows, s->bads ? s->bad[0].reason : "none bad");
		} else if (ok(s->rows == 1 && s->bads == 0, "%s: %zu rows, %s", c->name, s->rows,
			       s->bads ? s->bad[0].reason : "")) {
			const struct txn *t = &s->row[0];

			ok(t->amount.minor == c->minor && t->moved == c->moved && t->status == c->status &&
				strcmp(t->description, c->description) == 0,
			    "%s: %lld, moved %d, status %d, %s", c->name, (long long)t->amount.minor, (int)t->moved,
			    (int)t->status, t->description);
		}
		statements_free(&all);
	}
}

/* A stored double may be off by 1e-6 and no more. */
static void
test_noise(void)
{
	static const struct {
		const char *s;
		enum number n;
	} noise[] = {
		{ "28.16", NUMBER_OK },
		{ "28.160001", NUMBER_OK },
		{ "28.159999", NUMBER_OK },
		{ "28.1600010000", NUMBER_OK },
		{ "28.1600010001", NUMBER_BAD },
		{ "28.160002", NUMBER_BAD },
		{ "28.159998", NUMBER_BAD },
		{ "28.165", NUMBER_BAD },
	};

	for (size_t i = 0; i < COUNTOF(noise); i++) {
		struct money m = { .exp = 2, .cur = "CNY" };
		enum number n = amount_read((struct str){ noise[i].s, strlen(noise[i].s) }, '.', true, &m);

		ok(n == noise[i].n && (n != NUMBER_OK || m.minor == 2816), "%s: %d, %lld", noise[i].s, (int)n,
		    (long long)m.minor);
	}
}

/* What a spreadsheet made of an id is none, of the row or of the one that it points to. */
static void
test_scientific(void)
{
	static const char text[] =
	    ALI_APP "2024-01-01 10:00:00,日用,店,a,东西,支出,5.00,余额宝,交易成功,2.02401E+27,4.2E+27,,\n"
		    "2024-01-02 10:00:00,日用,店,a,东西,支出,5.00,余额宝,交易成功,20240102E27,T7,,\n";
	struct statements all = { 0 };
	struct err e = { 0 };

	if (ok(read_bytes(&all, text, sizeof text - 1, &plain, "", &e) == OK && all.s[0].rows == 2, "ids with E: %s",
		e.what)) {
		const struct txn *t = all.s[0].row;

		ok(t[0].id[0] == '\0' && t[0].ref_id[0] == '\0' && (t[0].flags & TXN_F_ID_DOUBTFUL),
		    "2.02401E+27 is no id");
		ok(strcmp(t[1].id, "20240102E27") == 0 && strcmp(t[1].ref_id, "T7") == 0 &&
			!(t[1].flags & TXN_F_ID_DOUBTFUL),
		    "20240102E27 may be one");
	}
	statements_free(&all);
}

int
main(void)
{
	test_scientific();
	test_refused();
	test_rows();
	test_noise();
	return tap_done();
}
