/*
 * wallet/zone.h: inside of when.c. Zone words of statements and the system's zone files (TZif, RFC 8536).
 */
#ifndef PURSER_WALLET_ZONE_H
#define PURSER_WALLET_ZONE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* A fixed word or offset: PST, CEST, GMT+02:00, UTC+8, +08:00, +0800, Z. false: not one, or an ambiguous one (CST,
 * IST). */
bool zone_fixed(const char *word, int32_t *offset_s);

/* Rules of one IANA zone. */
struct tz;
struct tz *tz_parse(const unsigned char *p, size_t n); /* a TZif file, version 2 or later; NULL: damaged */
struct tz *tz_load(const char *name); /* from the system's zone files; NULL: no such zone */
void tz_free(struct tz *z);
/* The instant of a local time given as if it were UTC; false when it occurs twice or never there. */
bool tz_instant(const struct tz *z, int64_t local_s, int64_t *utc_s, int32_t *offset_s);

#endif
