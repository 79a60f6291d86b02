/* Fuzzer: files of calendars. What is accepted must count business days without end or gap: a day off is no weekend, the next
 * business day comes within a week and the holidays of a year, a period never gets shorter by holidays. */
#include "base/scope.h"
#include "wallet/calendar.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
count(const struct calendars *c, const struct calendar *cal, int64_t day)
{
	int64_t one = business_days_after(c, cal, day, 1), ten = business_days_after(c, cal, day, 10);

	must(one > day && one - day <= 3 + 3 * (int64_t)CALENDAR_HOLIDAYS_MAX * 7 / 5 && ten > one);
	must(one >= business_days_after(NULL, NULL, day, 1) && ten >= business_days_after(NULL, NULL, day, 10));
	must(business_day(c, cal, one) && weekday_of(one) != 0 && weekday_of(one) != 6);
	for (int64_t d = day; d < day + 40; d++)
		must(calendar_holiday(c, cal, d, true) == NULL || (weekday_of(d) != 0 && weekday_of(d) != 6));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int64_t days[] = { 20778, 21181, 21184, 18262, 0, -135140, 2932000 };
	AUTO(calendars_free) struct calendars *c = NULL;
	struct buf text = { .max = DATA_FILE_MAX };

	buf_add(&text, data, n);
	if (calendars_parse(&c, &text, "calendars", NULL) == OK) {
		for (size_t i = 0; i < calendars_count(c) && i < 3; i++) {
			const struct calendar *cal = calendars_at(c, i);

			must(cal->countries > 0 && calendar_of(c, cal->country[0]) != NULL);
			for (size_t k = 0; k < COUNTOF(days); k++)
				count(c, cal, days[k]);
		}
		(void)calendar_guess(c, "EUR");
	}
	buf_free(&text);
	return 0;
}
