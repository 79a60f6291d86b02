/*
 * store/mem.h: the memory of SQLite: one arena for pages, values and statements (store.md 7). It is not dumped, locked
 * as far as the limit allows, empty in a child after fork, and every byte given back is wiped first. Only db.c includes
 * this.
 */
#ifndef PURSER_STORE_MEM_H
#define PURSER_STORE_MEM_H

#include "base/err.h"

struct sqlite3_mem_methods;

/* Map the arena; once per process (again after a fork). */
enum rc mem_start(struct err *e) MUST_CHECK;
/* For SQLITE_CONFIG_MALLOC. */
const struct sqlite3_mem_methods *mem_methods(void);
size_t mem_limit(void);           /* bytes that can be given out at most */
size_t mem_used(void);
/* false: this is a child that has forked from the process that called mem_start(); nothing of SQLite may be touched. */
bool mem_mine(void);
size_t mem_locked(void);          /* bytes that cannot be swapped out */

#endif
