/*
 * tests/cli/spy.c: looks at another process, for the tests of the agent.
 *
 *	spy trace PID         try to attach as a debugger
 *	spy read PID          try to open its memory
 *	spy count PID HEX     how often these bytes stand in its writable memory
 *
 * Exit 0: it could (trace, read) or the number was printed; 1: refused; 2: used wrongly.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int
trace(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0) {
		(void)fprintf(stderr, "ptrace: %s\n", strerror(errno));
		return 1;
	}
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 0;
}

static int
open_mem(pid_t pid)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return fd;
}

static size_t
count_in(const unsigned char *p, size_t n, const unsigned char *what, size_t len)
{
	size_t found = 0;

	for (const unsigned char *at = p; (at = memmem(at, n - (size_t)(at - p), what, len)) != NULL; at++)
		found++;
	return found;
}

/* Only what is there: the arena of SQLite is a gigabyte of address space. */
static int
is_present(int pagemap, unsigned long at)
{
	unsigned long long entry = 0;

	return pread(pagemap, &entry, sizeof entry, (off_t)(at / 4096 * 8)) == (ssize_t)sizeof entry &&
	       entry >> 62 != 0;
}

/* Page by page; the kernel reads those that the process itself may not touch, too. */
static int
count(pid_t pid, const unsigned char *what, size_t len)
{
	unsigned char page[4096];
	int mem = open_mem(pid), pagemap;
	char path[64], line[512], rights[8];
	unsigned long from, to;
	size_t found = 0, seen = 0;
	FILE *maps;

	(void)snprintf(path, sizeof path, "/proc/%d/pagemap", (int)pid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	if (mem < 0 || pagemap < 0 || (maps = fopen(path, "re")) == NULL)
		return 1;
	while (fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || to - from > 1ul << 31)
			continue;
		for (; from < to; from += sizeof page) {
			ssize_t k = is_present(pagemap, from) ? pread(mem, page, sizeof page, (off_t)from) : 0;

			if (k <= 0)
				continue;
			seen += (size_t)k;
			found += count_in(page, (size_t)k, what, len);
		}
	}
	(void)fclose(maps);
	(void)close(pagemap);
	(void)close(mem);
	printf("%zu\n", found);
	return seen > 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	pid_t pid = argc > 2 ? (pid_t)strtol(argv[2], NULL, 10) : 0;
	unsigned char what[64];
	size_t n = 0;
	int fd;

	if (argc == 3 && strcmp(argv[1], "trace") == 0)
		return trace(pid);
	if (argc == 3 && strcmp(argv[1], "read") == 0) {
		if ((fd = open_mem(pid)) < 0)
			return 1;
		(void)close(fd);
		return 0;
	}
	if (argc != 4 || strcmp(argv[1], "count") != 0)
		return 2;
	for (const char *h = argv[3]; h[0] != '\0' && h[1] != '\0' && n < sizeof what; h += 2) {
		char two[3] = { h[0], h[1], '\0' };

		what[n++] = (unsigned char)strtoul(two, NULL, 16);
	}
	return n > 0 ? count(pid, what, n) : 2;
}
