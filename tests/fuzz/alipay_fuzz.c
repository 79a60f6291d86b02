/* tests/fuzz/alipay_fuzz.c: Alipay's and WeChat Pay's text layouts. What does not begin with a header gets one. */
#include "tests/fuzz/statement.h"

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	static const char *const heads[] = { "",
		"交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/"
		"付款方式,交易状态,交易订单号,商家订单号,备注,\n",
		"交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n",
		"交易号,商家订单号,交易创建时间,类型,交易对方,商品名称,金额（元）,收/"
		"支,交易状态,服务费（元）,资金状态,\n" };
	BUF b = { 0 };

	if (n < 1)
		return 0;
	buf_adds(&b, heads[p[0] & 3]);
	buf_add(&b, p + 1, n - 1);
	read_all((const unsigned char *)buf_str(&b), b.len, NULL);
	return 0;
}
