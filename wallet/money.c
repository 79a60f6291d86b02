/* wallet/money.c: see money.h. Codes and exponents: ISO 4217:2015 list one, state of 2024, and codes that old
 * statements still hold. */
#include "wallet/money.h"

#include <stdio.h>
#include <string.h>

/* Blank-separated lists; a code is looked up with its blanks around it. */
static const char two[] =
    " AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF"
    " CHW CNH CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD"
    " HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL LTL LVL MAD MDL MGA MKD MMK MNT"
    " MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR"
    " SDG SEK SGD SHP SKK SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED"
    " VES WST XCD XCG YER ZAR ZMW ZWG ZWL ";
static const char none[] = " BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
static const char three[] = " BHD IQD JOD KWD LYD OMR TND ";
static const char four[] = " CLF UYW ";
/* Not ISO 4217: assets that wallets name by ticker and count in hundred-millionths or finer. */
static const char eight[] =
    " ADA ATOM AVAX BCH BNB BTC DAI DOGE DOT ETC ETH LINK LTC MATIC NEAR SHIB SOL TRX UNI XBT XLM XMR XRP ";

static bool
listed(const char *list, const char *cur)
{
	char key[CURRENCY_MAX + 3];

	if (snprintf(key, sizeof key, " %s ", cur) >= (int)sizeof key || cur[0] == '\0' || strchr(cur, ' ') != NULL)
		return false;
	return strstr(list, key) != NULL;
}

uint8_t
currency_exp(const char *cur)
{
	if (listed(none, cur))
		return 0;
	if (listed(three, cur))
		return 3;
	if (listed(four, cur))
		return 4;
	return listed(eight, cur) ? 8 : 2;
}

bool
currency_known(const char *cur)
{
	return listed(two, cur) || listed(none, cur) || listed(three, cur) || listed(four, cur) || listed(eight, cur);
}

bool
currency_norm(char out[CURRENCY_MAX + 1], const char *s)
{
	char norm[CURRENCY_MAX + 1];
	size_t n = 0;

	for (; s[n] != '\0'; n++) {
		char c = s[n];

		if (n == CURRENCY_MAX)
			return false;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (!(c >= 'A' && c <= 'Z') && !(n > 0 && c >= '0' && c <= '9'))
			return false;
		norm[n] = c;
	}
	if (n == 0)
		return false;
	norm[n] = '\0';
	memcpy(out, norm, n + 1);
	return true;
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
push(int64_t *v, char d)
{
	return !__builtin_mul_overflow(*v, (int64_t)10, v) && !__builtin_add_overflow(*v, (int64_t)(d - '0'), v);
}

enum rc
money_parse(struct money *out, const char *s, const char *cur, struct err *e)
{
	struct money m = { 0 };
	const char *p = s;
	bool neg = *p == '-';
	unsigned decimals = 0;

	if (cur[0] != '\0' && !currency_norm(m.cur, cur))
		return err_set(e, E_INPUT, N_("'%.20s' is no currency"), cur);
	m.exp = currency_exp(m.cur);
	p += *p == '-' || *p == '+';
	if (!digit(*p))
		return err_set(e, E_INPUT, N_("'%.40s' is no amount"), s);
	for (; digit(*p); p++)
		if (!push(&m.minor, *p))
			return err_set(e, E_INPUT, N_("the amount %.40s is too large"), s);
	if (*p == '.') {
		if (!digit(*++p))
			return err_set(e, E_INPUT, N_("'%.40s' is no amount"), s);
		for (; digit(*p); p++) {
			if (decimals == m.exp && *p == '0')
				continue;
			if (decimals == m.exp)
				return err_set(e, E_INPUT, N_("%.40s has more decimals than %s has"), s, m.cur);
			if (!push(&m.minor, *p))
				return err_set(e, E_INPUT, N_("the amount %.40s is too large"), s);
			decimals++;
		}
	}
	if (*p != '\0')
		return err_set(e, E_INPUT, N_("'%.40s' is no amount"), s);
	for (; decimals < m.exp; decimals++)
		if (!push(&m.minor, '0'))
			return err_set(e, E_INPUT, N_("the amount %.40s is too large"), s);
	if (neg)
		m.minor = -m.minor;
	*out = m;
	return OK;
}

/* Digits of |minor| with group separators in the whole part (sep '\0': none). */
static void
put_number(struct buf *out, const struct money *m, char sep)
{
	char d[64];
	uint64_t v = m->minor < 0 ? 0 - (uint64_t)m->minor : (uint64_t)m->minor;
	unsigned exp = m->exp > 18 ? 18 : m->exp;
	int n = snprintf(d, sizeof d, "%0*llu", (int)exp + 1, (unsigned long long)v), whole = n - (int)exp;

	if (m->minor < 0)
		buf_addc(out, '-');
	for (int i = 0; i < whole; i++) {
		if (sep != '\0' && i > 0 && (whole - i) % 3 == 0)
			buf_addc(out, sep);
		buf_addc(out, d[i]);
	}
	if (exp > 0) {
		buf_addc(out, '.');
		buf_add(out, d + whole, exp);
	}
}

void
money_plain(struct buf *out, const struct money *m)
{
	put_number(out, m, '\0');
}

void
money_human(struct buf *out, const struct money *m)
{
	put_number(out, m, ',');
	if (m->cur[0] != '\0')
		buf_addf(out, " %s", m->cur);
}

bool
money_add(struct money *sum, const struct money *m)
{
	return sum->exp == m->exp && strcmp(sum->cur, m->cur) == 0 &&
	       !__builtin_add_overflow(sum->minor, m->minor, &sum->minor);
}
