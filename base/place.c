/* base/place.c: see place.h. */
#include "base/place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
place_find(char *out, size_t size, const char *beside, const char *below, const char *configured)
{
	char dir[4096];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
	char *slash;

	dir[n > 0 ? n : 0] = '\0';
	if ((slash = strrchr(dir, '/')) != NULL) {
		*slash = '\0';
		if ((size_t)snprintf(out, size, "%s/%s", dir, beside) < size && access(out, F_OK) == 0)
			return;
		if ((size_t)snprintf(out, size, "%s/../%s", dir, below) < size && access(out, F_OK) == 0)
			return;
	}
	(void)snprintf(out, size, "%s", configured);
}
