/* cmd/history_add.h: `purser history add` and `purser history notes`, subcommands of history. */
#ifndef PURSER_CMD_HISTORY_ADD_H
#define PURSER_CMD_HISTORY_ADD_H

#include "cmd/cmd.h"

extern const struct command history_add, history_notes;

/* "01:47", "2026-11-22 01:47", "yesterday", NULL (now): the day into day[11], the time into time[9] ("": none) and the
 * zone of the session at that time into zone[8]. A time of day alone is the last one that has been. E_USAGE. */
enum rc moment_read(const struct session *s, const char *text, char day[11], char time[9], char zone[8], struct err *e)
    MUST_CHECK;
/* The same as milliseconds since 1970 UTC; a day without a time is its beginning. */
enum rc moment_ms(const struct session *s, const char *text, int64_t *ms, struct err *e) MUST_CHECK;

#endif
