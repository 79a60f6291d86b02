/*
 * store/cases.h: support cases and what happened in them. What happened is never erased: a case is answered, promised,
 * climbed, closed by events. All that writes runs inside a write transaction of the caller, which also adds the record
 * of the log. A store of before version 3 that is open for reading only has none.
 */
#ifndef PURSER_STORE_CASES_H
#define PURSER_STORE_CASES_H

#include "store/query.h"
#include "wallet/ladder.h"

struct db;

#define CASE_TEXT_MAX 2000u             /* bytes of a subject, an answer, a note */

/* Strings are borrowed: for the call where one is handed over, until the next step of a walk. "" none. */
struct support_case {
	int64_t id;
	int64_t account;                /* 0: none, or gone by now */
	const char *account_name;       /* its name now; "" none */
	const char *who;                /* as typed when it was opened: the account's name, or anybody else */
	const char *subject;
	int64_t incident;               /* 0: none */
	const char *channel, *ref;      /* the newest; channel: phone web mail post app chat person */
	int64_t opened_ms;
	bool has_promised;
	int64_t promised;               /* day since 1970-01-01 by which an answer was promised */
	enum rung rung;
	int64_t closed_ms;              /* 0: open */
	const char *outcome;
	/* from its events and rows */
	int64_t since_ms;               /* when this rung was told: the last climb, else opened_ms */
	bool answered;                  /* they answered since they were last told, or climbed to */
	uint64_t rows;
};
typedef enum rc (*case_fn)(void *ctx, const struct support_case *c, struct err *e);
/* Oldest first. incident, account 0: of any. */
struct case_filter { bool open_only; int64_t incident, account; const char *who; };     /* who NULL: any */
enum rc case_each(struct db *db, const struct case_filter *f, case_fn fn, void *ctx, struct err *e) MUST_CHECK;
enum rc case_one(struct db *db, int64_t id, case_fn fn, void *ctx, struct err *e) MUST_CHECK;    /* E_NOTFOUND */
/* "C12", "c12"; a bare number is none (an account may be called that). */
bool case_id_parse(const char *s, int64_t *id);

enum case_event_kind {
	CASE_TOLD, CASE_ANSWER, CASE_PROMISE, CASE_CLIMB, CASE_LETTER, CASE_NOTE, CASE_CLOSE, CASE_EVENT_COUNT
};
const char *case_event_name(enum case_event_kind k);            /* "told" ...: machine output */
struct case_event {
	int64_t id;
	int64_t at_ms, made_ms;                 /* when it happened; when it was written down */
	enum case_event_kind kind;
	enum rung rung;                         /* the case was on; of a climb: the new one */
	const char *by, *ref, *text;            /* text of a promise: the day; of a letter: which */
};
typedef enum rc (*case_event_fn)(void *ctx, const struct case_event *ev, struct err *e);
/* As they were written down. */
enum rc case_events(struct db *db, int64_t id, case_event_fn fn, void *ctx, struct err *e) MUST_CHECK;

/* ---- writing ---- */

/* Opens one, with its event `told` (text: what was said, "" none) and `promise`. c: account or 0, who, subject,
 * incident or 0, channel, ref, opened_ms, promised are taken. */
enum rc case_open(struct db *db, const struct support_case *c, const char *text, int64_t now_ms, int64_t *id,
    struct err *e) MUST_CHECK;
/* One event, and what it changes in the case: told and answer: channel and ref where they are given; answer and
 * climb: no promise holds any more; climb: the rung; close: closed_ms = at_ms, outcome = text. E_NOTFOUND. E_EXISTS:
 * the case is closed. */
enum rc case_happened(struct db *db, int64_t id, const struct case_event *ev, struct err *e) MUST_CHECK;
enum rc case_promised(struct db *db, int64_t id, int64_t day, int64_t at_ms, int64_t made_ms, struct err *e) MUST_CHECK;
/* The case is about this row; twice is once. */
enum rc case_row_add(struct db *db, int64_t id, int64_t txn, struct err *e) MUST_CHECK;
/* Oldest first. The rows of the case; where it names none, those of its incident that are of its account (of any,
 * without an account); without an incident those of its account with the verdict fraud. */
enum rc case_rows(struct db *db, int64_t id, entry_fn fn, void *ctx, struct err *e) MUST_CHECK;

/* What `incident notice` told: opens the case of that account (of that `who`, without an account) and incident, or
 * adds to the newest open one, also to one that is of no incident yet. *opened: it is new. */
struct case_notice {
	int64_t incident;               /* 0: none */
	int64_t account;                /* 0: somebody who is no account */
	const char *who;                /* as typed, or the account's name */
	const char *by, *ref, *text;    /* "" none */
	int64_t at_ms, made_ms;
	bool has_answer_by;
	int64_t answer_by;              /* day */
};
enum rc case_of_notice(struct db *db, const struct case_notice *n, int64_t *id, bool *opened, struct err *e) MUST_CHECK;

#endif
