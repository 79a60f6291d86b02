/* tests/crash/load.c: see load.h. */
#include "tests/crash/load.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static uint64_t
next(uint64_t *s)
{
	*s += 0x9e3779b97f4a7c15u;
	return (*s ^ (*s >> 31)) * 0xbf58476d1ce4e5b9u >> 16;
}

static bool
run(sqlite3 *s, const char *text)
{
	return sqlite3_exec(s, text, NULL, NULL, NULL) == SQLITE_OK;
}

static bool
digest(sqlite3 *s, uint64_t *out)
{
	sqlite3_stmt *q = NULL;
	uint64_t h = 14695981039346656037u;
	int rc;

	if (sqlite3_prepare_v2(s, "SELECT id, k, v FROM item ORDER BY id", -1, &q, NULL) != SQLITE_OK)
		return false;
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		for (int c = 0; c < 3; c++) {
			const unsigned char *p = sqlite3_column_blob(q, c);
			int n = sqlite3_column_bytes(q, c);

			for (int i = 0; i < n; i++)
				h = (h ^ p[i]) * 1099511628211u;
			h = (h ^ (uint64_t)n) * 1099511628211u;
		}
	}
	*out = h;
	return sqlite3_finalize(q) == SQLITE_OK && rc == SQLITE_DONE;
}

bool
load_create(struct load *l, sqlite3 *s)
{
	if (!run(s, "BEGIN; CREATE TABLE step(n INTEGER NOT NULL) STRICT; INSERT INTO step VALUES(0);"
	    "CREATE TABLE item(id INTEGER PRIMARY KEY, k TEXT NOT NULL, v BLOB NOT NULL) STRICT;"
	    "CREATE INDEX item_k ON item(k); COMMIT"))
		return false;
	l->steps = 0;
	return digest(s, &l->digest[0]);
}

static bool
put(sqlite3 *s, const char *text, int64_t id, uint64_t v, int size)
{
	sqlite3_stmt *q = NULL;
	char k[40];
	int rc = sqlite3_prepare_v2(s, text, -1, &q, NULL);

	(void)snprintf(k, sizeof k, "key %llu", (unsigned long long)(v % 977));
	if (rc == SQLITE_OK) {
		(void)sqlite3_bind_int64(q, 1, id);
		(void)sqlite3_bind_text(q, 2, k, -1, SQLITE_TRANSIENT);
		(void)sqlite3_bind_zeroblob(q, 3, size);
		if (size < 9000) {
			static char b[9000];

			for (int i = 0; i < size; i++)
				b[i] = (char)(v >> (i % 7 * 8)) ^ (char)i;
			(void)sqlite3_bind_blob(q, 3, b, size, SQLITE_TRANSIENT);
		}
		(void)sqlite3_step(q);
	}
	return sqlite3_finalize(q) == SQLITE_OK && rc == SQLITE_OK;
}

static bool
failed(struct load *l, sqlite3 *s)
{
	l->error = sqlite3_extended_errcode(s);
	if (!sqlite3_get_autocommit(s))
		(void)run(s, "ROLLBACK");
	return false;
}

bool
load_step(struct load *l, sqlite3 *s, bool big)
{
	uint64_t r = l->seed + (uint64_t)l->steps * 1000003u;
	int changes = big ? 220 : (int)(next(&r) % 6) + 1, step = l->steps + 1;
	char text[200];

	l->error = SQLITE_OK;
	if (step >= LOAD_MAX)
		return false;
	if (!run(s, "BEGIN IMMEDIATE"))
		return failed(l, s);
	for (int i = 0; i < changes; i++) {
		uint64_t v = next(&r), what = next(&r) % 8;
		int64_t id = (int64_t)(next(&r) % 300);
		int size = next(&r) % 4 == 0 ? (int)(v % 8999) : (int)(v % 200);
		bool good;

		if (what < 5)
			good = put(s, "INSERT OR REPLACE INTO item VALUES(?1, ?2, ?3)", id, v, size);
		else if (what < 7)
			good =
			    put(s, "UPDATE item SET k = ?2, v = ?3 WHERE id BETWEEN ?1 AND ?1 + 3", id, v, size % 700);
		else
			good = put(s, "DELETE FROM item WHERE id BETWEEN ?1 AND ?1 + 9 AND ?2 <> '' AND ?3 NOTNULL", id,
			    v, 1);
		if (!good)
			return failed(l, s);
	}
	(void)snprintf(text, sizeof text, "UPDATE step SET n = %d", step);
	if (!run(s, text) || !digest(s, &l->digest[step]) || !run(s, "COMMIT"))
		return failed(l, s);
	l->steps = step;
	return true;
}

int
load_state(const struct load *l, sqlite3 *s)
{
	sqlite3_stmt *q = NULL;
	uint64_t h;
	int n = -1;
	bool sound;

	if (!run(s, "BEGIN") || sqlite3_prepare_v2(s, "SELECT n FROM step", -1, &q, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(q) == SQLITE_ROW)
		n = sqlite3_column_int(q, 0);
	if (sqlite3_finalize(q) != SQLITE_OK || n < 0 || !digest(s, &h))
		return -1;
	if (n >= LOAD_MAX || h != l->digest[n])
		return -2;
	if (sqlite3_prepare_v2(s, "PRAGMA integrity_check", -1, &q, NULL) != SQLITE_OK)
		return -1;
	sound = sqlite3_step(q) == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(q, 0), "ok") == 0;
	if (sqlite3_finalize(q) != SQLITE_OK)
		return -1;
	(void)run(s, "COMMIT");
	return sound ? n : -3;
}

bool
load_good(const struct load *l, sqlite3 *s, int mark)
{
	int n = load_state(l, s);

	return n >= 0 && n >= mark && (mark == INT_MIN || n <= mark + 1);
}
