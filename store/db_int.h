/* store/db_int.h: inside of struct db; for db*.c and sql.c. */
#ifndef PURSER_STORE_DB_INT_H
#define PURSER_STORE_DB_INT_H

#include "store/db.h"
#include "store/vfs.h"

#define DB_STATEMENTS 128u

/* Statements kept, by the address of their text (a literal). */
struct db_stmt { const char *text; sqlite3_stmt *st; bool busy; };

struct db {
	struct dbvfs v;
	sqlite3 *sql;
	char name[128];
	int dir;                        /* of the file; ours */
	struct db_stmt stmt[DB_STATEMENTS];
};

#define DB_QUIET 64u /* flag of db_open(): immutable, no WAL and no locks: a copy nobody else knows yet */

/* The authorizer: see db_auth.c. */
int db_authorize(void *arg, int what, const char *a, const char *b, const char *where, const char *trigger);

#endif
