/*
 * tests/crash/vault_load.h: what is done to a whole home while the power or a call fails, and what must hold afterwards:
 * recovery, unlock with the old or the new A, every page and record whole, the log unbroken, each secret in its old or its
 * new state, nothing lost that had returned success; and no wrap readable after a freeze that had.
 */
#ifndef PURSER_TESTS_CRASH_VAULT_LOAD_H
#define PURSER_TESTS_CRASH_VAULT_LOAD_H

#include "base/err.h"

struct scenario {
	const char *name;
	bool (*before)(struct err *e);          /* not recorded */
	bool (*run)(struct err *e);             /* calls sim_mark() after each step that returned success */
	int last;                               /* the mark when all of it has */
	bool always;                            /* syncs are taken out one by one in short runs too */
};
extern const struct scenario vl_scenarios[];
extern const int vl_count;

bool vl_start(void);                            /* once per process */
/* Make the home of a scenario in an existing directory, up to where it begins. */
bool vl_before(const struct scenario *s, const char *home, struct err *e);
/* Another directory with the same content takes its place. */
bool vl_moved(const char *home);
bool vl_run(const struct scenario *s, struct err *e);
void vl_after(void);
/* mark: of the last step known to have succeeded, INT_MIN: none. Changes the home. */
bool vl_good(const struct scenario *s, const char *home, int mark);

#endif
