/*
 * store/db_auth.c: what SQL may do on a store. The SQL is our own; this is the second lock on the door for the ways
 * SQLite has of writing plaintext elsewhere (ATTACH, VACUUM INTO) or of running foreign code.
 */
#include "store/db_int.h"

#include <string.h>

/* read: without a value only. */
static const struct { const char *name; bool value; } pragmas[] = {
	{ "user_version", true }, { "application_id", true }, { "foreign_key_check", true }, { "foreign_keys", false },
	{ "integrity_check", true }, { "quick_check", true }, { "table_info", true }, { "table_xinfo", true },
	{ "table_list", true }, { "index_list", true }, { "index_info", true }, { "index_xinfo", true },
	{ "foreign_key_list", true }, { "optimize", true }, { "analysis_limit", true }, { "data_version", false },
	{ "schema_version", false }, { "page_count", false }, { "page_size", false }, { "freelist_count", false },
	{ "journal_mode", false }, { "encoding", false }, { "compile_options", false }, { "cache_size", false },
	{ "defer_foreign_keys", true }, { "legacy_alter_table", true },
};

static bool
pragma_allowed(const char *name, const char *value)
{
	for (size_t i = 0; i < COUNTOF(pragmas); i++)
		if (sqlite3_stricmp(name, pragmas[i].name) == 0)
			return value == NULL || pragmas[i].value;
	return false;
}

int
db_authorize(void *arg, int what, const char *a, const char *b, const char *where, const char *trigger)
{
	(void)arg;
	(void)where;
	(void)trigger;
	switch (what) {
	case SQLITE_ATTACH:
		/* VACUUM attaches a nameless database, in memory here. */
		return a != NULL && a[0] == '\0' ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_DETACH:
		return a != NULL && strcmp(a, "vacuum_db") == 0 ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_PRAGMA:
		return a != NULL && pragma_allowed(a, b) ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_FUNCTION:
		return b != NULL &&
			       (sqlite3_stricmp(b, "load_extension") == 0 || sqlite3_stricmp(b, "fts3_tokenizer") == 0)
			   ? SQLITE_DENY
			   : SQLITE_OK;
	case SQLITE_CREATE_VTABLE:
		return b != NULL && (sqlite3_stricmp(b, "fts5") == 0 || sqlite3_stricmp(b, "fts5vocab") == 0)
			   ? SQLITE_OK
			   : SQLITE_DENY;
	default:
		return SQLITE_OK;
	}
}
