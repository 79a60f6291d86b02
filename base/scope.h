/* base/scope.h: cleanup at the end of a scope, on every path (gcc and clang attribute). */
#ifndef PURSER_BASE_SCOPE_H
#define PURSER_BASE_SCOPE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define AUTO(f) __attribute__((cleanup(f)))
#define COUNTOF(a) (sizeof(a) / sizeof((a)[0]))

/* For AUTO(): free a malloc'd pointer of any type; close a descriptor (-1 is none); fclose. */
static inline void auto_free(void *pp) { void *p = *(void **)pp; free(p); *(void **)pp = NULL; }
static inline void auto_close(int *fd) { if (*fd >= 0) (void)close(*fd); *fd = -1; }
static inline void auto_fclose(FILE **f) { if (*f) (void)fclose(*f); *f = NULL; }

#endif
