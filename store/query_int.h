/* store/query_int.h: one row read into an entry; shared by query.c and query_one.c. Only store/ includes this. */
#ifndef PURSER_STORE_QUERY_INT_H
#define PURSER_STORE_QUERY_INT_H

#include "store/account.h"
#include "store/query.h"
#include "store/sql.h"

struct fetch {
	struct accounts all;            /* names are looked up here, not joined */
	bool short_ids;
	struct db *db;
	struct sql row, before, after;
};
#define FETCH AUTO(fetch_end) struct fetch
enum rc fetch_begin(struct fetch *f, struct db *db, bool short_ids, struct err *e) MUST_CHECK;
void fetch_end(struct fetch *f);
/* *found false: there is no such row. The entry borrows from f until the next fetch_row(). */
enum rc fetch_row(struct fetch *f, int64_t id, struct entry *out, bool *found, struct err *e) MUST_CHECK;

#endif
