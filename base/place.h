/* base/place.h: where the files are that belong to this program, wherever it was put. */
#ifndef PURSER_BASE_PLACE_H
#define PURSER_BASE_PLACE_H

#include "base/err.h"

/*
 * The first that exists of DIR/beside (build tree), DIR/../below (its prefix: an installation that was moved, DESTDIR) and
 * configured (absolute), DIR being the directory of the running program; configured when none does. size: 4096 is enough.
 */
void place_find(char *out, size_t size, const char *beside, const char *below, const char *configured);

#endif
