/* wallet/cardnumber.c: see cardnumber.h. */
#include "wallet/cardnumber.h"

#define SOON_DAYS 31

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

enum cardno
cardno_check(const unsigned char *p, size_t n)
{
	unsigned sum = 0, digits = 0;

	/* From the right: every second digit counts twice, its own digits added up. */
	for (size_t i = n; i-- > 0;) {
		unsigned d;

		if (p[i] == ' ' || p[i] == '-')
			continue;
		if (!is_digit(p[i]))
			return CARDNO_NO_DIGITS;
		d = (unsigned)(p[i] - '0') << (digits % 2);
		sum += d > 9 ? d - 9 : d;
		digits++;
	}
	if (digits == 0)
		return CARDNO_NOT_GIVEN;
	if (digits < 12 || digits > 19)
		return CARDNO_LENGTH;
	return sum % 10 == 0 ? CARDNO_GOOD : CARDNO_CHECKSUM;
}

/* Digits before and after one mark, or four digits. */
static bool
two_numbers(const unsigned char *p, size_t n, unsigned v[2], size_t digits[2])
{
	size_t k = 0;

	v[0] = v[1] = 0;
	digits[0] = digits[1] = 0;
	for (size_t i = 0; i < n; i++) {
		if (is_digit(p[i]) && digits[k] < 4) {
			v[k] = v[k] * 10 + (unsigned)(p[i] - '0');
			digits[k]++;
		} else if (k == 0 && digits[0] > 0 && (p[i] == '/' || p[i] == '-' || p[i] == '.')) {
			k = 1;
		} else {
			return false;
		}
	}
	if (k == 0 && digits[0] == 4) {
		v[1] = v[0] % 100;
		v[0] /= 100;
		digits[0] = digits[1] = 2;
	}
	return digits[0] > 0 && digits[1] > 0;
}

enum expiry
expiry_check(const unsigned char *p, size_t n, const struct civil *today)
{
	int64_t ends, now = civil_days(today->year, today->month, today->day);
	unsigned v[2], month, year;
	size_t digits[2];

	while (n > 0 && p[n - 1] == ' ')
		n--;
	for (; n > 0 && *p == ' '; n--)
		p++;
	if (n == 0)
		return EXPIRY_NOT_GIVEN;
	if (!two_numbers(p, n, v, digits))
		return EXPIRY_UNREADABLE;
	month = digits[0] == 4 ? v[1] : v[0];
	year = digits[0] == 4 ? v[0] : v[1];
	if (month < 1 || month > 12 || (digits[0] == 4 && digits[1] > 2) ||
	    (digits[0] != 4 && digits[1] != 2 && digits[1] != 4))
		return EXPIRY_UNREADABLE;
	year += year < 100 ? 2000u : 0u;
	/* The first day on which it is good no more. */
	ends = month == 12 ? civil_days((int32_t)year + 1, 1, 1) : civil_days((int32_t)year, month + 1, 1);
	if (now >= ends)
		return EXPIRY_PAST;
	return ends - now <= SOON_DAYS ? EXPIRY_SOON : EXPIRY_GOOD;
}

size_t
cardno_split(const unsigned char *p, size_t n)
{
	size_t at = n;
	bool mark = false;

	while (at > 0 && (p[at - 1] == ' ' || p[at - 1] == '\t'))
		at--;
	for (; at > 0 && p[at - 1] != ' ' && p[at - 1] != '\t'; at--)
		mark = mark || p[at - 1] == '/';
	return mark ? at : n;
}
