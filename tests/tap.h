/* tests/tap.h: Test Anything Protocol for the C tests: ok(condition, name...), then return tap_done(). */
#ifndef PURSER_TESTS_TAP_H
#define PURSER_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Limits of address space, times, and locked memory mean nothing under AddressSanitizer. */
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#define UNDER_ASAN __has_feature(address_sanitizer)
#else
#define UNDER_ASAN 0
#endif

static int tap_count, tap_failed;

static inline bool __attribute__((format(printf, 2, 3)))
ok(bool good, const char *fmt, ...)
{
	va_list ap;

	tap_count++;
	if (!good)
		tap_failed++;
	printf("%s %d - ", good ? "ok" : "not ok", tap_count);
	va_start(ap, fmt);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)vprintf(fmt, ap);
#pragma GCC diagnostic pop
	va_end(ap);
	(void)putchar('\n');
	(void)fflush(stdout);
	return good;
}

/* The whole of it cannot run here; said loudly, never silently. */
static inline void __attribute__((format(printf, 1, 2)))
tap_skip(const char *fmt, ...)
{
	va_list ap;

	printf("ok %d # SKIP ", ++tap_count);
	va_start(ap, fmt);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)vprintf(fmt, ap);
#pragma GCC diagnostic pop
	va_end(ap);
	(void)putchar('\n');
}

/* $PURSER_SHARED, default ../shared; NULL when it is not there. */
static inline const char *
shared_dir(void)
{
	const char *s = getenv("PURSER_SHARED");
	FILE *f;
	char path[4096];

	if (s == NULL)
		s = "../shared";
	(void)snprintf(path, sizeof path, "%s/formats.md", s);
	if ((f = fopen(path, "r")) == NULL)
		return NULL;
	(void)fclose(f);
	return s;
}

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
