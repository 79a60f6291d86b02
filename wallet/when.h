/*
 * wallet/when.h: dates and times as statements have them. What the file says is kept (local time and zone word, and how
 * the zone is known); a UTC instant exists only where the zone is certain. Nothing rolls over into the next month.
 */
#ifndef PURSER_WALLET_WHEN_H
#define PURSER_WALLET_WHEN_H

#include "base/buf.h"
#include "base/time.h"

enum zone_known { ZONE_NONE = 0, ZONE_IN_FILE = 1, ZONE_OF_PROVIDER = 2 };

struct when {
	bool has_date, has_time; /* false: absent or impossible (flagged by the reader) */
	struct civil local;
	char zone[48]; /* the file's own word: PDT, GMT+02:00, Europe/Berlin, +08:00; "" none */
	enum zone_known known;
	bool has_utc;
	int64_t utc_us; /* microseconds since 1970-01-01T00:00:00Z */
	int32_t offset_s; /* seconds east of UTC, when has_utc */
};

/* Set has_utc, utc_us and offset_s from local and zone: fixed abbreviations that mean one thing only (PST PDT MST MDT
 * EST EDT CET CEST GMT UTC JST HKT ...: see when.c), GMT+HH:MM and +HH:MM, IANA names through the system's zone files
 * (a local time that occurs twice or never has no certain instant). Ambiguous words (CST, IST, BST ...) leave has_utc
 * false. */
void when_resolve(struct when *w);
/* The same for many rows: zone files are read once. zones: zones_free() at the end. */
struct zones;
struct zones *zones_new(void); /* NULL: out of memory; the functions below take NULL */
void zones_free(struct zones **z);
void when_resolve_with(struct zones *z, struct when *w);
/* Is the abbreviation a summer or a winter time that its zone could have on this date? Used to tell day and month
 * apart: PDT is impossible in January. 1 fits, 0 does not, -1 nothing known of this word. */
int zone_fits_date(const char *zone, int32_t year, unsigned month, unsigned day);
/* RFC 3339 with offset where the zone is certain, else local without one; date only without a time; "" without a date.
 */
void when_rfc3339(struct buf *out, const struct when *w);
/* What people type: YYYY[-MM[-DD]], today, yesterday, 7d, 2w (the day so long ago) -> first and last day of it (days
 * since 1970-01-01) in the display zone, given now as a civil date. E_USAGE. */
enum rc when_range(
    int64_t *first, int64_t *last, const char *text, const struct civil *today, struct err *e) MUST_CHECK;

#endif
