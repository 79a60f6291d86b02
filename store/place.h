/*
 * store/place.h: the country of an account's contract (table account_place): which law its deadlines follow.
 */
#ifndef PURSER_STORE_PLACE_H
#define PURSER_STORE_PLACE_H

#include "base/err.h"

#include <stdint.h>

struct db;

/* Two capital letters of ISO 3166; "" not said. A store of before version 3 that is open for reading only says none. */
enum rc account_country_get(struct db *db, int64_t account, char out[3], struct err *e) MUST_CHECK;
/* Inside a write transaction of the caller. "" takes it away. */
enum rc account_country_set(struct db *db, int64_t account, const char *country, struct err *e) MUST_CHECK;

#endif
