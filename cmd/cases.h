/* cmd/cases.h: what other commands ask of cases (status, incident show). */
#ifndef PURSER_CMD_CASES_H
#define PURSER_CMD_CASES_H

#include "cmd/cmd.h"

/* Open cases, and those of them that are overdue: a promise, or a confirmed time for an answer, has passed. incident
 * 0: of any. Needs the unlocked ledger; a store of before version 3 has none. */
struct cases_count { size_t open, overdue; };
enum rc cases_count(struct session *s, int64_t incident, struct cases_count *out, struct err *e) MUST_CHECK;

#endif
