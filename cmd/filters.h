/* cmd/filters.h: FILTERS of history, review and export, and how transactions are shown. */
#ifndef PURSER_CMD_FILTERS_H
#define PURSER_CMD_FILTERS_H

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "wallet/filter.h"

/* For the option table of a command. */
#define FILTER_OPTIONS \
	{ "account", 'a', "NAME", N_("only this account; may be given several times"), NULL, 0 }, \
	{ "from", 0, "DATE", N_("from this day, month or year on (2024-09, yesterday, 7d)"), NULL, 0 }, \
	{ "to", 0, "DATE", N_("to the end of this day, month or year"), NULL, 0 }, \
	{ "min", 0, "AMOUNT", N_("this amount or more; money that left is negative"), NULL, 0 }, \
	{ "max", 0, "AMOUNT", N_("this amount or less: --max -100 is what cost 100 or more"), NULL, 0 }, \
	{ "status", 0, "WORDS", N_("settled, pending, failed ...; several with commas"), NULL, 0 }, \
	{ "type", 0, "WORD", N_("the statement's own word for the kind of row"), NULL, 0 }, \
	{ "review", 0, "WORDS", N_("new, ok, fraud, unsure; several with commas"), NULL, 0 }, \
	{ "search", 0, "TEXT", N_("part of the name, description, type, method or ID at the provider"), NULL, 0 }, \
	{ "limit", 'n', "N", N_("at most so many rows"), NULL, 0 }, \
	{ "sort", 0, "ORDER", N_("time, -time, amount or -amount; - is descending (default -time)"), NULL, 0 }

/* From the options above and, when the command takes one, the argument NAME. Needs the unlocked ledger. */
enum rc filters_read(struct session *s, const struct args *a, struct filter *out, struct err *e) MUST_CHECK;

/* Under --tz: the time in that zone, where it is certain. */
void entry_in_zone(const struct session *s, struct entry *en);
/* "2024-09-23 13:42 PDT". */
void entry_time(struct buf *out, const struct entry *en);
/* An object `transaction`. */
enum rc entry_out(struct session *s, const struct entry *en, struct err *e) MUST_CHECK;
/* Who or what it was with: counterparty, else description, else type. */
const char *entry_with(const struct entry *en);
/* Status with its verdict or a mark where there is something to look at. */
void entry_status(struct buf *out, const struct entry *en);

/* The table of history and review, or objects under --json. *n (may be NULL): rows shown; last (may be NULL):
 * short ID of the first row. */
enum rc entries_print(
    struct session *s, const struct filter *f, uint64_t *n, char first[TXN_ID_LEN + 1], struct err *e) MUST_CHECK;

#endif
