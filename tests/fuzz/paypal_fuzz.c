/* tests/fuzz/paypal_fuzz.c: PayPal's layouts. What does not begin with a header gets one of three. */
#include "tests/fuzz/statement.h"

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	static const char *const heads[] = { "",
		"Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Balance,Balance Impact\n",
		"Datum,Uhrzeit,Zeitzone,Beschreibung,Währung,Brutto,Entgelt,Netto,Guthaben,Transaktionscode\n",
		"Date, Time, Time Zone, Name, Type, Status, Amount, Receipt ID, Balance, \n" };
	BUF b = { 0 };

	if (n < 1)
		return 0;
	buf_adds(&b, heads[p[0] & 3]);
	buf_add(&b, p + 1, n - 1);
	read_all((const unsigned char *)buf_str(&b), b.len, "paypal");
	return 0;
}
