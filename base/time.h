/*
 * base/time.h: the clock is read once per run, here, and passed down; tests set it. Civil dates are proleptic
 * Gregorian; nothing here depends on TZ.
 */
#ifndef PURSER_BASE_TIME_H
#define PURSER_BASE_TIME_H

#include "base/err.h"

#include <stdint.h>

/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_now_ms(void);

struct civil { int32_t year; uint8_t month, day, hour, minute, second; uint32_t micro; };

int64_t civil_days(int32_t year, unsigned month, unsigned day);           /* days since 1970-01-01 */
bool civil_valid_date(int32_t year, unsigned month, unsigned day);        /* 0001..9999, real calendar days */
bool civil_valid_time(unsigned hour, unsigned minute, unsigned second);   /* 0..23, 0..59, 0..60 */
/* The whole of s is a day that exists, "2026-11-21": days since 1970-01-01. false: *day is untouched. */
bool civil_day_read(const char *s, int64_t *day) MUST_CHECK;
struct civil civil_from_unix(int64_t unix_s);                             /* UTC */
int64_t civil_to_unix(const struct civil *c);                             /* taking it as UTC */

#endif
