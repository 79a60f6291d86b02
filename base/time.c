/* base/time.c: see time.h. Day numbers after H. Hinnant's chrono-compatible calendar algorithms (public description). */
#include "base/time.h"

#include "base/num.h"

#include <time.h>
#include <string.h>

int64_t
clock_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);   /* cannot fail for this clock */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
civil_days(int32_t year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400, mp = (month + 9) % 12;
	int64_t doy = (153 * mp + 2) / 5 + day - 1, doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

bool
civil_valid_date(int32_t year, unsigned month, unsigned day)
{
	static const uint8_t len[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= len[month - 1] + (unsigned)(leap && month == 2);
}

bool
civil_valid_time(unsigned hour, unsigned minute, unsigned second)
{
	return hour < 24 && minute < 60 && second <= 60;
}

bool
civil_day_read(const char *s, int64_t *day)
{
	unsigned y, m, d;

	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-' || !num_digits(s, 4, &y) || !num_digits(s + 5, 2, &m) ||
	    !num_digits(s + 8, 2, &d) || !civil_valid_date((int32_t)y, m, d))
		return false;
	*day = civil_days((int32_t)y, m, d);
	return true;
}

struct civil
civil_from_unix(int64_t t)
{
	int64_t days = t / 86400, rest = t % 86400, z, era, doe, yoe, doy, mp;
	struct civil c = { 0 };

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	z = days + 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c.day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1);
	c.month = (uint8_t)(mp < 10 ? mp + 3 : mp - 9);
	c.year = (int32_t)(yoe + era * 400 + (c.month <= 2));
	c.hour = (uint8_t)(rest / 3600);
	c.minute = (uint8_t)(rest / 60 % 60);
	c.second = (uint8_t)(rest % 60);
	return c;
}

int64_t
civil_to_unix(const struct civil *c)
{
	return civil_days(c->year, c->month, c->day) * 86400 + c->hour * 3600 + c->minute * 60 + c->second;
}
