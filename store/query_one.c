/* store/query_one.c: one row: by its ID, its cells, versions and links. See query.h. */
#include "store/query_int.h"
#include "store/schema.h"
#include "store/txn_row.h"

#include <string.h>

#define SHOWN 6                         /* candidates of an ambiguous prefix */

enum rc
query_size(struct db *db, uint64_t *n, struct err *e)
{
	int64_t top = 0;
	enum rc rc = sql_get_int(db, "SELECT max(id) FROM txn", &top, e);

	if (rc != OK && rc != E_NOTFOUND)
		return rc;
	*n = (uint64_t)top;
	return OK;
}

enum rc
query_find(struct db *db, const char *id, int64_t *row_id, struct err *e)
{
	char full[TXN_ID_LEN + 1];
	BUF names = { 0 };
	uint64_t first, last;
	int64_t version;
	SQL q = { 0 };
	unsigned n = 0;
	bool row;
	enum rc rc;

	if (strlen(id) < TXN_ID_MIN)
		return err_set(e, E_USAGE, N_("%s is too short for an ID: at least %u characters"), id, TXN_ID_MIN);
	if (!txn_id_parse(id, &first, &last))
		return err_set(e, E_NOTFOUND, N_("no transaction %s"), id);
	/* An older store that can only be read has no rows that were noted. */
	if ((rc = schema_version(db, &version, e)) != OK ||
	    (rc = sql_prepare(db, version < 2 ? "SELECT id, uid FROM txn WHERE uid BETWEEN ?1 AND ?2 ORDER BY 2" :
	    "SELECT id, uid FROM txn WHERE uid BETWEEN ?1 AND ?2"
	    " UNION SELECT txn, uid FROM provisional WHERE claimed <> 0 AND uid BETWEEN ?1 AND ?2 ORDER BY 2", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, (int64_t)first);
	sql_bind_int(&q, 2, (int64_t)last);
	while (n < SHOWN && (rc = sql_step(&q, &row, e)) == OK && row) {
		*row_id = sql_int(&q, 0);
		txn_id_put(full, (uint64_t)sql_int(&q, 1));
		buf_addf(&names, "%s%s", n++ ? " " : "", full);
	}
	if (rc != OK)
		return rc;
	if (n == 0)
		return err_set(e, E_NOTFOUND, N_("no transaction %s"), id);
	if (n > 1)
		return err_set(e, E_USAGE, N_("%s is the beginning of several IDs: %s%s"), id, buf_str(&names),
		    n == SHOWN ? " ..." : "");
	return OK;
}

enum rc
query_one(struct db *db, int64_t row_id, entry_fn fn, void *ctx, struct err *e)
{
	FETCH f = { 0 };
	struct entry en;
	bool found;
	enum rc rc;

	if ((rc = fetch_begin(&f, db, true, e)) != OK || (rc = fetch_row(&f, row_id, &en, &found, e)) != OK)
		return rc;
	if (!found)
		return err_set(e, E_NOTFOUND, N_("no such transaction"));
	return fn(ctx, &en, e);
}

/* ---- cells ---- */

/* A kept text with separators, cut into its parts in place. */
struct parts { char *text; char **part; size_t n; };

static void
parts_free(struct parts *p)
{
	free(p->text);
	free(p->part);
}

static enum rc
parts_make(struct parts *out, const char *s, struct err *e)
{
	size_t n = 1;
	char *p;

	for (const char *c = s; *c != '\0'; c++)
		n += *c == CELL_SEP;
	if ((out->text = strdup(s)) == NULL || (out->part = calloc(n, sizeof *out->part)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	p = out->text;
	for (size_t i = 0; i < n; i++) {
		out->part[i] = p;
		if ((p = strchr(p, CELL_SEP)) != NULL)
			*p++ = '\0';
	}
	out->n = n;
	return OK;
}

/* The header of cell i, made unique: "Name", "Name#2"; "#7" past the header. */
static void
header_name(struct buf *out, const struct parts *h, size_t i)
{
	unsigned before = 0;

	buf_reset(out);
	if (i >= h->n || h->part[i][0] == '\0') {
		buf_addf(out, "#%zu", i + 1);
		return;
	}
	for (size_t k = 0; k < i; k++)
		before += strcmp(h->part[k], h->part[i]) == 0;
	buf_adds(out, h->part[i]);
	if (before > 0)
		buf_addf(out, "#%u", before + 1);
}

static enum rc
hand_cells(struct sql *q, cell_fn fn, void *ctx, struct err *e)
{
	AUTO(parts_free) struct parts header = { 0 }, cells = { 0 };
	char statement[24];
	BUF name = { 0 };
	enum rc rc;

	(void)snprintf(statement, sizeof statement, "s%lld", (long long)sql_int(q, 0));
	if ((rc = parts_make(&header, sql_text(q, 1), e)) != OK || (rc = parts_make(&cells, sql_text(q, 2), e)) != OK)
		return rc;
	for (size_t i = 0; i < cells.n; i++) {
		header_name(&name, &header, i);
		if ((rc = buf_check(&name, e)) != OK ||
		    (rc = fn(ctx, statement, buf_str(&name), cells.part[i], e)) != OK)
			return rc;
	}
	return OK;
}

enum rc
query_raw(struct db *db, int64_t row_id, bool all, cell_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db,
		 "SELECT st.id, st.header, s.cells FROM txn t JOIN txn_source s ON s.txn = t.id"
		 " JOIN statement st ON st.id = s.id >> 32 WHERE t.id = ?1 AND (?2 OR s.id = t.source) ORDER BY s.id",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, row_id);
	sql_bind_int(&q, 2, all);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		if ((rc = hand_cells(&q, fn, ctx, e)) != OK)
			return rc;
	}
	return rc;
}

/* ---- versions and links ---- */

enum rc
query_versions(struct db *db, int64_t row_id, enum rc (*fn)(void *ctx, const struct version *v, struct err *e),
    void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT s.id, s.row, s.sheet, st.imported, s.id = t.source,"
	    " s.status, s.status_text, s.moves, s.cur, s.exp, s.amount FROM txn t JOIN txn_source s ON s.txn = t.id"
	    " JOIN statement st ON st.id = s.id >> 32 WHERE t.id = ?1 ORDER BY s.id", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, row_id);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		struct version v = { .row = (uint32_t)sql_int(&q, 1),
			.sheet = (uint32_t)sql_int(&q, 2),
			.imported_ms = sql_int(&q, 3),
			.current = sql_int(&q, 4) != 0,
			.status = (enum txn_status)sql_int(&q, 5),
			.status_text = sql_text(&q, 6),
			.moved = (enum txn_moved)sql_int(&q, 7),
			.has_amount = !sql_null(&q, 10),
			.amount = { .exp = (uint8_t)sql_int(&q, 9), .minor = sql_int(&q, 10) } };

		(void)snprintf(v.statement, sizeof v.statement, "s%lld", (long long)SOURCE_STATEMENT(sql_int(&q, 0)));
		(void)snprintf(v.amount.cur, sizeof v.amount.cur, "%s", sql_text(&q, 8));
		if ((rc = fn(ctx, &v, e)) != OK)
			return rc;
	}
	return rc;
}

enum rc
query_links(
    struct db *db, int64_t row_id, enum rc (*fn)(void *ctx, const char *id, struct err *e), void *ctx, struct err *e)
{
	char id[TXN_ID_LEN + 1];
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT uid FROM txn WHERE parent = ?1 OR id = (SELECT parent FROM txn WHERE id = ?1)"
	    " ORDER BY id", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, row_id);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		txn_id_put(id, (uint64_t)sql_int(&q, 0));
		if ((rc = fn(ctx, id, e)) != OK)
			return rc;
	}
	return rc;
}
