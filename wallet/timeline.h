/*
 * wallet/timeline.h: what happened in an incident, in the order of time: as CSV, and as a picture (SVG) for the report.
 * Pure: the same events give the same bytes. All text is a stranger's and is made harmless here. Nothing in it can be a
 * secret: it is filled from rows, entries and steps only.
 */
#ifndef PURSER_WALLET_TIMELINE_H
#define PURSER_WALLET_TIMELINE_H

#include "base/buf.h"

#include <stdint.h>

/* A lane of the picture each. */
enum timeline_lane { LANE_MONEY, LANE_TOLD, LANE_STEPS, LANE_NOTES, LANE_STATE, LANE_COUNT };
const char *timeline_lane_words(enum timeline_lane l);          /* N_(): "Money", ... */
const char *timeline_lane_color(enum timeline_lane l);          /* "#b3261e" */

/* Every text may be NULL, which is "". */
struct timeline_event {
	enum timeline_lane lane;
	const char *kind;               /* machine word: payment notice case step note attachment freeze log ... */
	bool has_time;                  /* false: the statement has no date; such ones stand last */
	bool certain;                   /* ms is an instant; else it is the statement's local time as if it were UTC */
	int64_t ms;
	const char *shown;              /* the time for people; begins with YYYY-MM-DD */
	const char *what;               /* a few words, in the language of the report */
	const char *account, *who, *by, *ref, *text;
	const char *amount, *currency;  /* plain decimal */
	const char *status, *review;
	const char *id;                 /* "t7q4...", "n3", "log 17" */
	const char *source;             /* where it is from: "s4 row 12", a path of the bundle */
	bool sealed;                    /* written while locked: not authenticated */
	bool retracted;
	const char *why;                /* of the retraction */
};
struct timeline { struct timeline_event *event; size_t n, cap; };

void timeline_free(struct timeline *t);
/* Copies what ev points at. */
enum rc timeline_add(struct timeline *t, const struct timeline_event *ev, struct err *e) MUST_CHECK;
/* By time; what is of one moment stays in the order of timeline_add(). Their numbers are 1.. from here on. */
void timeline_sort(struct timeline *t);
/* RFC 4180, UTF-8, one line an event under one of names. A text that a spreadsheet would take for a formula (= + - @ TAB)
 * gets a single quote before it. */
void timeline_csv(struct buf *out, const struct timeline *t);
/* The picture; tr translates the words of the lanes. Distances are not to scale: long pauses are drawn short. */
void timeline_svg(struct buf *out, const struct timeline *t, const char *(*tr)(const char *));

#endif
