/*
 * wallet/ical.h: a calendar file (iCalendar, RFC 5545) of whole days, each with an alarm a day before. Deterministic: the
 * same events and the same moment give the same bytes. Lines end with CR LF and are folded at 75 octets, never inside of a
 * character (section 3.1); texts are escaped (section 3.3.11), control characters replaced.
 */
#ifndef PURSER_WALLET_ICAL_H
#define PURSER_WALLET_ICAL_H

#include "base/buf.h"

#include <stdint.h>

struct ical_event {
	const char *uid;                /* the same for the same thing in every file; printable ASCII */
	int64_t day;                    /* days since 1970-01-01 */
	const char *summary, *description;      /* UTF-8; a line break in the description stays one */
};
void ical_begin(struct buf *out);
void ical_event(struct buf *out, const struct ical_event *ev, int64_t now_ms);
void ical_end(struct buf *out);

#endif
