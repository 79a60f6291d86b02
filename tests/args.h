/* tests/args.h: numbers on the command lines of the crash simulators, benches and other programs of the tests. */
#ifndef PURSER_TESTS_ARGS_H
#define PURSER_TESTS_ARGS_H

#include "base/num.h"

#include <stdio.h>
#include <stdlib.h>

/* argv[i] when it is there, else def. Anything but a whole number in [min, max] ends the program with 2. */
static inline int64_t
arg_number(int argc, char **argv, int i, int64_t min, int64_t max, int64_t def)
{
	int64_t n = def;

	if (i < argc && !num_i64(argv[i], min, max, &n)) {
		(void)fprintf(stderr, "%s: %s is no number from %lld to %lld\n", argv[0], argv[i], (long long)min, (long long)max);
		exit(2);
	}
	return n;
}

#endif
