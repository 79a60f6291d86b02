/*
 * store/place.h: the country of an account's contract (table account_place): which law its deadlines follow.
 */
#ifndef PURSER_STORE_PLACE_H
#define PURSER_STORE_PLACE_H

#include "base/err.h"
#include "wallet/money.h"

#include <stdint.h>

struct db;

/* Two capital letters of ISO 3166; "" not said. A store of before version 3 that is open for reading only says none. */
enum rc account_country_get(struct db *db, int64_t account, char out[3], struct err *e) MUST_CHECK;
/* Inside a write transaction of the caller. "" takes it away. */
enum rc account_country_set(struct db *db, int64_t account, const char *country, struct err *e) MUST_CHECK;
/* The currency that an account is in: what its owner said (given), else that of most of its rows; "" neither. What the country is
 * guessed from while nobody has said it. */
enum rc account_currency_get(struct db *db, int64_t account, const char *given, char out[CURRENCY_MAX + 1],
    struct err *e) MUST_CHECK;

#endif
