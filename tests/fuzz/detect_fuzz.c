/* tests/fuzz/detect_fuzz.c: any bytes at all. */
#include "tests/fuzz/statement.h"

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	read_all(p, n, NULL);
	return 0;
}
