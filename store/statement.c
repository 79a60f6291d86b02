/* store/statement.c: what was imported. See import.h. */
#include "store/import.h"

#include "base/num.h"
#include "store/txn_row.h"

#include <string.h>

#define COLUMNS                                                                                                        \
	"s.id, s.account, a.name, s.name, s.entry, s.format, s.encoding, s.account_hint, s.sha256, s.size, "           \
	"s.imported,"                                                                                                  \
	" s.first_day, s.last_day, s.added, s.updated, s.duplicates, s.ignored, s.rejected, s.breaks,"                 \
	" EXISTS (SELECT 1 FROM statement_file f WHERE f.sha256 = s.sha256)"                                           \
	" FROM statement s JOIN account a ON a.id = s.account"

static enum rc
hand_over(struct sql *q, statement_fn fn, void *ctx, struct err *e)
{
	struct statement_row st = { .id = sql_int(q, 0),
		.account_id = sql_int(q, 1),
		.account = sql_text(q, 2),
		.name = sql_text(q, 3),
		.entry = sql_text(q, 4),
		.format = sql_text(q, 5),
		.encoding = sql_text(q, 6),
		.account_hint = sql_text(q, 7),
		.size = (uint64_t)sql_int(q, 9),
		.imported_ms = sql_int(q, 10),
		.added = (uint64_t)sql_int(q, 13),
		.updated = (uint64_t)sql_int(q, 14),
		.duplicates = (uint64_t)sql_int(q, 15),
		.ignored = (uint64_t)sql_int(q, 16),
		.rejected = (uint64_t)sql_int(q, 17),
		.breaks = (uint64_t)sql_int(q, 18),
		.file_kept = sql_int(q, 19) != 0 };
	size_t n;
	const void *sha = sql_blob(q, 8, &n);

	if (n == sizeof st.sha256)
		memcpy(st.sha256, sha, n);
	if (!sql_null(q, 11))
		day_put(st.first, sql_int(q, 11));
	if (!sql_null(q, 12))
		day_put(st.last, sql_int(q, 12));
	st.rows = st.added + st.updated + st.duplicates + st.ignored + st.rejected;
	return fn(ctx, &st, e);
}

enum rc
statement_each(struct db *db, int64_t account, statement_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT " COLUMNS " WHERE ?1 = 0 OR s.account = ?1 ORDER BY s.id DESC", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, account);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		if ((rc = hand_over(&q, fn, ctx, e)) != OK)
			return rc;
	}
	return rc;
}

enum rc
statement_one(struct db *db, int64_t id, statement_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT " COLUMNS " WHERE s.id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	if ((rc = sql_step(&q, &row, e)) != OK)
		return rc;
	if (!row)
		return err_set(e, E_NOTFOUND, N_("no statement s%lld"), (long long)id);
	return hand_over(&q, fn, ctx, e);
}

/* The account of the one row (least, greatest) that a query bound to it gives; 0: none, or several. */
static enum rc
only_account(struct sql *q, int64_t *account, struct err *e)
{
	bool row;
	enum rc rc;

	*account = 0;
	if ((rc = sql_step(q, &row, e)) == OK && row && !sql_null(q, 0) && sql_int(q, 0) == sql_int(q, 1))
		*account = sql_int(q, 0);
	return rc;
}

enum rc
statement_owner(struct db *db, const char *provider, const unsigned char sha256[32], const char *hint, int64_t *account,
    struct err *e)
{
	SQL same = { 0 }, alike = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db,
		 "SELECT min(s.account), max(s.account) FROM statement s JOIN account a ON a.id = s.account"
		 " WHERE s.sha256 = ?1 AND a.provider = ?2",
		 &same, e)) != OK)
		return rc;
	sql_bind_blob(&same, 1, sha256, 32);
	sql_bind_text(&same, 2, provider);
	if ((rc = only_account(&same, account, e)) != OK || *account != 0 || hint[0] == '\0')
		return rc;
	if ((rc = sql_prepare(db,
		 "SELECT min(s.account), max(s.account) FROM statement s JOIN account a ON a.id = s.account"
		 " WHERE s.account_hint = ?1 AND a.provider = ?2",
		 &alike, e)) != OK)
		return rc;
	sql_bind_text(&alike, 1, hint);
	sql_bind_text(&alike, 2, provider);
	return only_account(&alike, account, e);
}

static enum rc
nothing(void *ctx, const struct statement_row *st, struct err *e)
{
	(void)ctx, (void)st, (void)e;
	return OK;
}

enum rc
statement_find(struct db *db, const char *id, int64_t *out, struct err *e)
{
	const char *digits = id[0] == 's' || id[0] == 'S' ? id + 1 : id;
	uint64_t n;
	enum rc rc;

	if (!num_u64(digits, 1, (UINT64_C(1) << 31) - 1, &n))
		return err_set(e, E_USAGE, N_("%s is no statement ID: they look like s4"), id);
	if ((rc = statement_one(db, (int64_t)n, nothing, NULL, e)) != OK)
		return rc;
	*out = (int64_t)n;
	return OK;
}

enum rc
statement_bad_each(struct db *db, int64_t id, enum rc (*fn)(void *ctx, uint32_t row, uint32_t sheet, const char *reason,
    struct err *e), void *ctx, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(
		 db, "SELECT row, sheet, reason FROM statement_bad WHERE statement = ?1 ORDER BY n", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		if ((rc = fn(ctx, (uint32_t)sql_int(&q, 0), (uint32_t)sql_int(&q, 1), sql_text(&q, 2), e)) != OK)
			return rc;
	}
	return rc;
}

enum rc
statement_warning_each(struct db *db, int64_t id, enum rc (*fn)(void *ctx, const char *text, struct err *e), void *ctx,
    struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT text FROM statement_warning WHERE statement = ?1 ORDER BY n", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		if ((rc = fn(ctx, sql_text(&q, 0), e)) != OK)
			return rc;
	}
	return rc;
}

enum rc
statement_file(struct db *db, int64_t id, struct buf *out, struct err *e)
{
	SQL q = { 0 };
	bool row, any = false;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT b.bytes FROM statement s JOIN statement_file f ON f.sha256 = s.sha256"
	    " JOIN statement_bytes b ON b.file = f.id WHERE s.id = ?1 ORDER BY b.n", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, id);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		size_t n;
		const void *p = sql_blob(&q, 0, &n);

		buf_add(out, p, n);
		any = true;
	}
	if (rc != OK)
		return rc;
	if (!any)
		return err_set(e, E_NOTFOUND, N_("the bytes of statement s%lld were not kept"), (long long)id);
	return buf_check(out, e);
}
