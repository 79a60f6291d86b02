/*
 * wallet/calendar.h: business days (data/calendars.txt). Days are civil days since 1970-01-01. Records (datafile.h tells the
 * rest of the format; each has source, checked and status):
 *
 *	calendar: us-federal            a list of holidays; Saturdays and Sundays are never business days
 *	en, zh:   its name              detail-en, detail-zh: what is assumed by it; shown wherever it counts
 *	country:  US                    where it holds (many): two capital letters, or the name of a group
 *	currency: USD                   whose accounts are taken to be there while nothing else is said (many)
 *
 *	holiday:  us-labor              of: us-federal      en, zh: its name
 *	rule:     fixed 12-25           the same day each year
 *	          nth 3 mon 01          the third Monday of January
 *	          last mon 05           the last Monday of May
 *	          easter -2             so many days from Easter Sunday (Gregorian computus)
 *	          day 2022-06-03        this one day
 *	weekend:  stay                  one that falls on a Saturday or Sunday gives no day off (the default);
 *	          nearest               Saturday: the Friday before, Sunday: the Monday after;
 *	          next                  the next day that is neither weekend nor another holiday
 *	since, until: 2021              first and last year          except: 2022 (many): not in this year
 *
 *	group:    EEA                   members: AT BE ... two letters each
 *
 * A calendar whose status is not `confirmed` counts no holiday: only Saturdays and Sundays, which can end a period earlier
 * but never later.
 */
#ifndef PURSER_WALLET_CALENDAR_H
#define PURSER_WALLET_CALENDAR_H

#include "wallet/datafile.h"

#define CALENDAR_HOLIDAYS_MAX 32u       /* of one calendar */
#define CALENDAR_COUNTRIES_MAX 16u
#define CALENDAR_PERIOD_MAX 999u        /* the longest period that is counted, in its unit */

struct calendars;
struct calendar {
	const char *id, *en, *zh;
	const char *detail_en, *detail_zh;      /* never empty */
	size_t countries, currencies;
	const char *country[CALENDAR_COUNTRIES_MAX], *currency[CALENDAR_COUNTRIES_MAX];
	struct fact fact;
};

/* calendars.txt of that directory. E_NOTFOUND, E_INPUT "calendars.txt:LINE: ...". */
enum rc calendars_load(struct calendars **out, int dirfd, struct err *e) MUST_CHECK;
/* The same from memory; text is taken over. */
enum rc calendars_parse(struct calendars **out, struct buf *text, const char *name, struct err *e) MUST_CHECK;
void calendars_free(struct calendars **c);
size_t calendars_count(const struct calendars *c);
const struct calendar *calendars_at(const struct calendars *c, size_t i);

/* The calendar of a country or group. NULL: none, so weekends only. c NULL: none at all. */
const struct calendar *calendar_of(const struct calendars *c, const char *country);
/* Where an account of that currency is taken to be; NULL: no guess. */
const char *calendar_guess(const struct calendars *c, const char *currency);
/* Is what holds in `place` (a country or a group) valid in that country (or group)? */
bool calendar_holds(const struct calendars *c, const char *place, const char *country);
/* "us", "US", "uk": two capital letters of ISO 3166 (UK becomes GB). false: not two letters. */
bool country_norm(char out[3], const char *typed);

/* The holiday that is kept on this day; NULL: none. Saturdays and Sundays are no holidays. */
const char *calendar_holiday(const struct calendars *c, const struct calendar *cal, int64_t day, bool zh);
/* cal NULL: weekends only. */
bool business_day(const struct calendars *c, const struct calendar *cal, int64_t day);
/* The n-th business day after this one, which does not count; n up to CALENDAR_PERIOD_MAX. */
int64_t business_days_after(const struct calendars *c, const struct calendar *cal, int64_t day, unsigned n);
/* The same day n months later; the last day of that month where it has no such day (31 January, 1 month: 28 or 29
 * February). */
int64_t months_after(int64_t day, unsigned n);
unsigned weekday_of(int64_t day);               /* 0 Sunday .. 6 Saturday */
int64_t easter_sunday(int32_t year);            /* Gregorian computus (Meeus, Jones, Butcher) */
/* "2026-11-21"; years 0001 to 9999, others "". */
void date_put(char out[11], int64_t day);

#endif
