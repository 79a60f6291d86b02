/*
 * tests/crash/load.h: transactions whose outcome can be told from the file alone. Every step writes its number; what
 * the rows must look like after step n is remembered, so a recovered file must equal exactly one step.
 */
#ifndef PURSER_TESTS_CRASH_LOAD_H
#define PURSER_TESTS_CRASH_LOAD_H

#include <stdbool.h>
#include <stdint.h>

struct sqlite3;
#define LOAD_MAX 400

struct load {
	uint64_t seed;
	int steps;                      /* done so far: 0 after load_create() */
	uint64_t digest[LOAD_MAX];      /* of all rows after step i */
	int error;                      /* SQLite's, of the last step when it failed */
};

bool load_create(struct load *l, struct sqlite3 *s);
/* One transaction: inserts, updates, deletes; big (some MB) when big. */
bool load_step(struct load *l, struct sqlite3 *s, bool big);
/* What the file holds: its step, or -1 when SQLite reports an error, -2 when the rows are not those of that step, -3
 * when integrity_check complains. */
int load_state(const struct load *l, struct sqlite3 *s);
/* load_state() >= 0, and a step between the last one confirmed (mark) and the next. */
bool load_good(const struct load *l, struct sqlite3 *s, int mark);

#endif
