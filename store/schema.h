/*
 * store/schema.h: the tables of store.db. STRICT, explicit migrations by PRAGMA user_version; a store of every
 * released version is kept in tests/vectors/stores and opens for ever. All CREATE statements of purser are in schema.c.
 *
 * Money is INTEGER minor units with the decimals beside it, times are INTEGER (milliseconds UTC for what purser
 * did, microseconds for what statements say). Byte-by-byte meaning of the columns: man/parts/schema.mdoc.
 */
#ifndef PURSER_STORE_SCHEMA_H
#define PURSER_STORE_SCHEMA_H

#include "base/err.h"

#include <stdint.h>

struct db;

#define SCHEMA_VERSION 3

/* user_version of the store; 0: no table yet. */
enum rc schema_version(struct db *db, int64_t *version, struct err *e) MUST_CHECK;
/* Since when there are incidents with steps and entries, cases, devices, addresses, contacts of others, countries. */
#define SCHEMA_INCIDENTS 3
/* Has the store the tables of that version? One of before that is open for reading only has not. */
enum rc schema_has(struct db *db, int64_t version, bool *has, struct err *e) MUST_CHECK;
/* Bring an empty or older store to SCHEMA_VERSION, one transaction for each step; no transaction is open, the
 * caller holds the store lock. *changed (may be NULL): something was done. E_DAMAGED: made by a newer purser;
 * nothing was changed. */
enum rc schema_migrate(struct db *db, bool *changed, struct err *e) MUST_CHECK;

#endif
