/* store/import.c: see import.h. */
#include "store/import.h"

#include "crypto/kdf.h"
#include "store/provisional.h"
#include "store/txn_row.h"
#include "wallet/entry.h"
#include "wallet/filter.h"
#include "wallet/ident.h"

#include <string.h>

#define CHUNK 262144u                   /* bytes of a kept file in one row */
#define UID_MAX ((UINT64_C(1) << 60) - 4)
#define PROBES 4                        /* rows whose 60 bits are equal stand side by side */

/* ---- the work on one statement ---- */

struct place {                          /* of one row of the file in the store */
	int64_t txn;                    /* 0: not there yet */
	uint64_t uid;
	enum outcome outcome;
	bool noted;                     /* takes the place of a row that the owner noted himself */
};

struct work {
	struct db *db;
	struct account account;
	const struct import_file *file;
	const struct statement *s;
	const struct import_options *o;
	struct txn_ident *ident;
	struct place *place;
	int64_t statement;
	bool dated;
	int64_t first_day, last_day;
};

static void
work_free(struct work *w)
{
	account_free(&w->account);
	free(w->ident);
	free(w->place);
}

static uint64_t
uid_of(const struct account *a, const struct txn_ident *id)
{
	unsigned char occ[4] = { (unsigned char)id->occurrence, (unsigned char)(id->occurrence >> 8),
		(unsigned char)(id->occurrence >> 16), (unsigned char)(id->occurrence >> 24) };
	struct bytes part[] = { BYTES(a->uid, sizeof a->uid), BYTES(id->key, sizeof id->key), BYTES(occ, sizeof occ) };
	unsigned char h[HASH_LEN];
	uint64_t v = 0;

	hash256_parts(h, part, COUNTOF(part));
	for (size_t i = 0; i < 8; i++)
		v = v << 8 | h[i];
	return v % UID_MAX;
}

/* Which row of the store is this, and is it news? */
static enum rc
identify(struct work *w, size_t i, struct err *e)
{
	const struct txn_ident *id = &w->ident[i];
	struct place *p = &w->place[i];
	struct view_key now, later;
	SQL q = { 0 };
	bool row;
	enum rc rc;

	*p = (struct place){ .uid = uid_of(&w->account, id), .outcome = ROW_ADDED };
	if ((rc = sql_prepare(w->db, "SELECT id, account, ident, occurrence, " VIEW " FROM txn"
	    " WHERE uid BETWEEN ?1 AND ?2", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, (int64_t)p->uid);
	sql_bind_int(&q, 2, (int64_t)p->uid + PROBES - 1);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		size_t n;
		const void *ident = sql_blob(&q, 2, &n);

		if (sql_int(&q, 1) != w->account.id || n != 16 || memcmp(ident, id->key, n) != 0 ||
		    sql_int(&q, 3) != (int64_t)id->occurrence)
			continue;
		p->txn = sql_int(&q, 0);
		view_key_read(&q, 4, &now);
		view_key_of(&w->s->row[i], &later);
		p->outcome = view_replaces(&now, &later) ? ROW_UPDATED : ROW_DUPLICATE;
		break;
	}
	return rc;
}

static enum rc
identify_all(struct work *w, struct import_result *out, struct err *e)
{
	enum rc rc;

	if ((rc = ident_assign(w->s->provider, w->s->row, w->s->rows, w->ident, e)) != OK)
		return rc;
	for (size_t i = 0; i < w->s->rows; i++) {
		if ((rc = identify(w, i, e)) != OK)
			return rc;
		if (w->ident[i].same_as != 0)
			w->place[i].outcome = ROW_DUPLICATE;
		out->added += w->place[i].outcome == ROW_ADDED;
		out->updated += w->place[i].outcome == ROW_UPDATED;
		out->duplicates += w->place[i].outcome == ROW_DUPLICATE;
	}
	return OK;
}

/* Rows that the owner noted before: first those whose counterparty agrees, then by amount and day alone (at night
 * nobody knows what the statement will call it). */
static enum rc
find_noted(struct work *w, struct import_result *out, struct err *e)
{
	bool any;
	enum rc rc;

	if ((rc = provisional_any(w->db, w->account.id, &any, e)) != OK || !any)
		return rc;
	for (unsigned pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < w->s->rows; i++) {
			struct place *p = &w->place[i];

			if (p->outcome != ROW_ADDED || w->ident[i].same_as != 0)
				continue;
			if ((rc = provisional_claim(w->db, w->account.id, &w->s->row[i], pass == 0, &p->txn, e)) != OK)
				return rc;
			if (p->txn == 0)
				continue;
			p->noted = true;
			p->outcome = ROW_UPDATED;
			out->added--;
			out->updated++;
		}
	}
	return OK;
}

/* The statement of this account that came from the same bytes; 0: none. */
static enum rc
find_again(struct work *w, int64_t *id, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(w->db, "SELECT id FROM statement WHERE account = ?1 AND sha256 = ?2 AND entry = ?3"
	    " ORDER BY id LIMIT 1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, w->account.id);
	sql_bind_blob(&q, 2, w->file->sha256, 32);
	sql_bind_text(&q, 3, w->s->entry);
	*id = 0;
	if ((rc = sql_step(&q, &row, e)) == OK && row)
		*id = sql_int(&q, 0);
	return rc;
}

/* ---- writing ---- */

static enum rc
keep_file(struct work *w, struct err *e)
{
	const struct import_file *f = w->file;
	SQL head = { 0 }, put = { 0 };
	int64_t id;
	enum rc rc;

	if (f->bytes == NULL)
		return OK;
	if ((rc = sql_prepare(w->db, "INSERT OR IGNORE INTO statement_file(sha256, size) VALUES(?1, ?2)", &head, e)) !=
	    OK)
		return rc;
	sql_bind_blob(&head, 1, f->sha256, 32);
	sql_bind_int(&head, 2, (int64_t)f->size);
	if ((rc = sql_run(&head, e)) != OK || sql_changes(w->db) == 0)
		return rc;                      /* the same bytes are kept already */
	id = sql_last_id(w->db);
	if ((rc = sql_prepare(w->db, "INSERT INTO statement_bytes VALUES(?1, ?2, ?3)", &put, e)) != OK)
		return rc;
	for (uint64_t at = 0, n; at < f->size; at += n) {
		n = f->size - at < CHUNK ? f->size - at : CHUNK;
		sql_bind_int(&put, 1, id);
		sql_bind_int(&put, 2, (int64_t)(at / CHUNK));
		sql_bind_blob(&put, 3, (const char *)f->bytes + at, n);
		if ((rc = sql_run(&put, e)) != OK)
			return rc;
	}
	return OK;
}

static void
joined(struct buf *out, char *const *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(out, CELL_SEP);
		buf_adds(out, text[i]);
	}
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static enum rc
put_statement(struct work *w, struct import_result *r, struct err *e)
{
	const struct statement *s = w->s;
	BUF header = { 0 };
	SQL q = { 0 };
	enum rc rc;

	joined(&header, s->header, s->headers);
	if ((rc = buf_check(&header, e)) != OK)
		return rc;
	if ((rc = sql_prepare(w->db,
		 "INSERT INTO statement(account, sha256, size, name, entry, format, language, encoding,"
		 " account_hint, header, imported, added, updated, duplicates, ignored, rejected, breaks)"
		 " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, w->account.id);
	sql_bind_blob(&q, 2, w->file->sha256, 32);
	sql_bind_int(&q, 3, (int64_t)w->file->size);
	sql_bind_text(&q, 4, base_name(w->file->name));
	sql_bind_text(&q, 5, s->entry);
	sql_bind_text(&q, 6, s->format);
	sql_bind_text(&q, 7, s->language);
	sql_bind_text(&q, 8, s->encoding);
	sql_bind_text(&q, 9, s->account_hint);
	sql_bind_text(&q, 10, buf_str(&header));
	sql_bind_int(&q, 11, w->o->now_ms);
	sql_bind_int(&q, 12, (int64_t)r->added);
	sql_bind_int(&q, 13, (int64_t)r->updated);
	sql_bind_int(&q, 14, (int64_t)r->duplicates);
	sql_bind_int(&q, 15, (int64_t)r->ignored);
	sql_bind_int(&q, 16, (int64_t)r->rejected);
	sql_bind_int(&q, 17, (int64_t)r->breaks);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	w->statement = sql_last_id(w->db);
	return OK;
}

/* What was left out, and what the reader warned of. */
static enum rc
put_notes(struct work *w, struct err *e)
{
	SQL bad = { 0 }, warning = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(w->db, "INSERT INTO statement_bad VALUES(?1, ?2, ?3, ?4, ?5)", &bad, e)) != OK ||
	    (rc = sql_prepare(w->db, "INSERT INTO statement_warning VALUES(?1, ?2, ?3)", &warning, e)) != OK)
		return rc;
	for (size_t i = 0; i < w->s->bads; i++) {
		sql_bind_int(&bad, 1, w->statement);
		sql_bind_int(&bad, 2, (int64_t)i);
		sql_bind_int(&bad, 3, w->s->bad[i].row);
		sql_bind_int(&bad, 4, w->s->bad[i].sheet);
		sql_bind_text(&bad, 5, w->s->bad[i].reason);
		if ((rc = sql_run(&bad, e)) != OK)
			return rc;
	}
	for (size_t i = 0; i < w->s->warnings; i++) {
		sql_bind_int(&warning, 1, w->statement);
		sql_bind_int(&warning, 2, (int64_t)i);
		sql_bind_text(&warning, 3, w->s->warning[i]);
		if ((rc = sql_run(&warning, e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
counterparty(struct db *db, const char *name, int64_t *id, struct err *e)
{
	SQL get = { 0 }, put = { 0 };
	bool row;
	enum rc rc;

	*id = 0;
	if (name[0] == '\0')
		return OK;
	if ((rc = sql_prepare(db, "SELECT id FROM counterparty WHERE name = ?1", &get, e)) != OK)
		return rc;
	sql_bind_text(&get, 1, name);
	if ((rc = sql_step(&get, &row, e)) != OK)
		return rc;
	if (row) {
		*id = sql_int(&get, 0);
		return OK;
	}
	if ((rc = sql_prepare(db, "INSERT INTO counterparty(name) VALUES(?1)", &put, e)) != OK)
		return rc;
	sql_bind_text(&put, 1, name);
	if ((rc = sql_run(&put, e)) == OK)
		*id = sql_last_id(db);
	return rc;
}

static bool
counts(const struct txn *t)
{
	struct money m;

	return t->moved != TXN_MOVED_WITH_TWIN && txn_effect(t, &m);
}

static void
bind_id(struct sql *q, int at, int64_t account, const char *id)
{
	sql_bind_text(q, at, id);
	if (id[0] != '\0')
		sql_bind_int(q, at + 1, id_hash(account, id));
	else
		sql_bind_null(q, at + 1);
}

#define ROW_COLUMNS                                                                                                    \
	"uid, account, ident, occurrence, by_id, sort_us, local_us, has_time, utc_us, offset_s, zone, zone_known, "    \
	"type,"                                                                                                        \
	" direction, counted, counterparty, description, method, pid, pid_hash, ref, ref_hash, source, "               \
	"provisional, " VIEW
#define ROW_VALUES \
	"?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, 0," \
	" ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36"

/* A new row, or one that takes the place of a noted one. */
static enum rc
insert_row(struct work *w, size_t i, struct err *e)
{
	const struct txn *t = &w->s->row[i];
	struct place *p = &w->place[i];
	int64_t with;
	SQL q = { 0 };
	enum rc rc;

	if ((rc = counterparty(w->db, t->counterparty, &with, e)) != OK)
		return rc;
	if ((rc = sql_prepare(w->db, p->noted ? "UPDATE txn SET (" ROW_COLUMNS ") = (" ROW_VALUES ") WHERE id = ?37"
	    : "INSERT INTO txn(review, " ROW_COLUMNS ") VALUES(0, " ROW_VALUES ")", &q, e)) != OK)
		return rc;
	if (p->noted)
		sql_bind_int(&q, 37, p->txn);
	sql_bind_int(&q, 2, w->account.id);
	sql_bind_blob(&q, 3, w->ident[i].key, 16);
	sql_bind_int(&q, 4, w->ident[i].occurrence);
	sql_bind_int(&q, 5, w->ident[i].by_id);
	when_bind(&q, 6, &t->when);
	sql_bind_text(&q, 13, t->type);
	sql_bind_text(&q, 14, t->direction);
	sql_bind_int(&q, 15, counts(t));
	if (with != 0)
		sql_bind_int(&q, 16, with);
	else
		sql_bind_null(&q, 16);
	sql_bind_text(&q, 17, t->description);
	sql_bind_text(&q, 18, t->method);
	bind_id(&q, 19, w->account.id, t->id);
	bind_id(&q, 21, w->account.id, t->ref_id);
	sql_bind_int(&q, 23, SOURCE_ID(w->statement, i + 1));
	view_bind(&q, 24, t);
	rc = E_EXISTS;
	for (unsigned k = 0; k < PROBES && rc == E_EXISTS; k++) {
		sql_bind_int(&q, 1, (int64_t)(p->uid + k));
		rc = sql_run(&q, e);
	}
	if (rc != OK)
		return rc;
	if (!p->noted)
		p->txn = sql_last_id(w->db);
	return txn_text_put(w->db, p->txn,
	    (const char *const[TXN_TEXTS]){ t->counterparty, t->description, t->type, t->method, t->id, t->ref_id }, e);
}

static enum rc
update_row(struct work *w, size_t i, struct err *e)
{
	const struct txn *t = &w->s->row[i];
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(w->db, "UPDATE txn SET counted = ?2, source = ?3, (" VIEW ") ="
	    " (?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, w->place[i].txn);
	sql_bind_int(&q, 2, counts(t));
	sql_bind_int(&q, 3, SOURCE_ID(w->statement, i + 1));
	view_bind(&q, 4, t);
	return sql_run(&q, e);
}

static enum rc
put_source(struct work *w, size_t i, struct err *e)
{
	const struct txn *t = &w->s->row[i];
	BUF cells = { 0 };
	SQL q = { 0 };
	enum rc rc;

	joined(&cells, t->cell, t->cells);
	if ((rc = buf_check(&cells, e)) != OK)
		return rc;
	if ((rc = sql_prepare(w->db,
		 "INSERT INTO txn_source(id, txn, row, sheet, outcome, cells, " VIEW ")"
		 " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
		 &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, SOURCE_ID(w->statement, i + 1));
	sql_bind_int(&q, 2, w->place[i].txn);
	sql_bind_int(&q, 3, t->row);
	sql_bind_int(&q, 4, t->sheet);
	sql_bind_int(&q, 5, w->place[i].outcome);
	sql_bind_textn(&q, 6, buf_str(&cells), cells.len);
	view_bind(&q, 7, t);
	return sql_run(&q, e);
}

static bool
newest_first(const struct statement *s)
{
	const struct when *first = NULL, *last = NULL;

	for (size_t i = 0; i < s->rows; i++) {
		if (!s->row[i].when.has_date)
			continue;
		last = &s->row[i].when;
		if (first == NULL)
			first = last;
	}
	return first != NULL && civil_to_unix(&first->local) > civil_to_unix(&last->local);
}

/* Rows go in from the oldest on, so that rows of one second keep their order in time. */
static enum rc
put_rows(struct work *w, struct err *e)
{
	bool back = newest_first(w->s);
	enum rc rc;

	for (size_t k = 0; k < w->s->rows; k++) {
		size_t i = back ? w->s->rows - 1 - k : k;

		rc = OK;
		if (w->place[i].outcome == ROW_ADDED || w->place[i].noted)
			rc = insert_row(w, i, e);
		else if (w->place[i].outcome == ROW_UPDATED)
			rc = update_row(w, i, e);
		if (rc != OK || (w->ident[i].same_as == 0 && (rc = put_source(w, i, e)) != OK))
			return rc;
	}
	for (size_t i = 0; i < w->s->rows; i++) {       /* rows that repeat one of this file, which is there by now */
		if (w->ident[i].same_as == 0)
			continue;
		w->place[i].txn = w->place[w->ident[i].same_as - 1].txn;
		if ((rc = put_source(w, i, e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
link_rows(struct work *w, struct err *e)
{
	enum rc rc;

	for (size_t i = 0; i < w->s->rows; i++) {
		const struct txn *t = &w->s->row[i];

		if (w->place[i].outcome == ROW_DUPLICATE)
			continue;
		if ((rc = link_row(w->db, w->account.id, w->place[i].txn, t, e)) != OK)
			return rc;
		if (t->moved == TXN_MOVED_WITH_TWIN && (rc = twins_refresh(w->db, w->account.id, t->id, e)) != OK)
			return rc;
		if (t->ref_id[0] != '\0' && (rc = twins_refresh(w->db, w->account.id, t->ref_id, e)) != OK)
			return rc;
	}
	return OK;
}

/* ---- figures of the file ---- */

static enum rc
is_counted(struct work *w, size_t i, bool *out, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if (w->s->row[i].moved != TXN_MOVED_WITH_TWIN) {
		*out = true;
		return OK;
	}
	if ((rc = sql_prepare(w->db, "SELECT counted FROM txn WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, w->place[i].txn);
	if ((rc = sql_step(&q, &row, e)) == OK)
		*out = row && sql_int(&q, 0) != 0;
	return rc;
}

static enum rc
figures(struct work *w, struct import_result *r, struct err *e)
{
	enum rc rc;

	for (size_t i = 0; i < w->s->rows; i++) {
		const struct txn *t = &w->s->row[i];
		struct money m;
		bool counted;

		if (t->when.has_date) {
			int64_t day = civil_days(t->when.local.year, t->when.local.month, t->when.local.day);

			w->first_day = !w->dated || day < w->first_day ? day : w->first_day;
			w->last_day = !w->dated || day > w->last_day ? day : w->last_day;
			w->dated = true;
		}
		if (w->ident[i].same_as != 0 || !txn_effect(t, &m) || m.minor == 0)
			continue;
		if ((rc = is_counted(w, i, &counted, e)) != OK)
			return rc;
		if (counted && (rc = import_result_sum(r, &m, e)) != OK)
			return rc;
	}
	if (w->dated) {
		day_put(r->first, w->first_day);
		day_put(r->last, w->last_day);
	}
	return OK;
}

static enum rc
put_period(struct work *w, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if (!w->dated)
		return OK;
	if ((rc = sql_prepare(w->db, "UPDATE statement SET first_day = ?2, last_day = ?3 WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, w->statement);
	sql_bind_int(&q, 2, w->first_day);
	sql_bind_int(&q, 3, w->last_day);
	return sql_run(&q, e);
}

/* ---- all of it ---- */

static enum rc
refuse_bad(const struct work *w, struct err *e)
{
	const struct bad_row *b = &w->s->bad[0];
	BUF why = { 0 };
	enum rc rc;

	note_say(&why, b->reason);
	if (w->s->bads == 1)
		rc = err_set(e, E_INPUT, N_("%s:%u: %s. Nothing of this file was imported."),
		    base_name(w->file->name), b->row, buf_str(&why));
	else
		rc = err_set(e, E_INPUT, N_("%s:%u: %s, and %zu more rows. Nothing of this file was imported."),
		    base_name(w->file->name), b->row, buf_str(&why), w->s->bads - 1);
	err_next(e, N_("import the rest and record what was left out: --skip-bad"));
	return rc;
}

static enum rc
write_all(struct work *w, struct import_result *r, struct err *e)
{
	enum rc rc;

	if ((rc = keep_file(w, e)) != OK || (rc = put_statement(w, r, e)) != OK || (rc = put_notes(w, e)) != OK ||
	    (rc = put_rows(w, e)) != OK)
		return rc;
	return link_rows(w, e);
}

/* The same bytes were imported before: what they say of known rows was heard then, and newer words may have come
 * since. */
static void
nothing_new(struct work *w, struct import_result *r)
{
	for (size_t i = 0; i < w->s->rows; i++) {
		if (w->place[i].outcome != ROW_UPDATED || w->place[i].noted)
			continue;
		w->place[i].outcome = ROW_DUPLICATE;
		r->duplicates++;
		r->updated--;
	}
}

static enum rc
apply(struct work *w, int64_t account, struct import_result *r, struct err *e)
{
	const struct statement *s = w->s;
	int64_t again;
	enum rc rc;

	if ((rc = account_by_id(w->db, account, &w->account, e)) != OK)
		return rc;
	if (s->bads > 0 && !w->o->skip_bad)
		return refuse_bad(w, e);
	w->ident = calloc(s->rows + 1, sizeof *w->ident);
	w->place = calloc(s->rows + 1, sizeof *w->place);
	if (w->ident == NULL || w->place == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	r->ignored = s->ignored;
	r->rejected = s->bads;
	r->rows = s->rows + s->ignored + s->bads;
	r->breaks = s->breaks;
	if ((rc = identify_all(w, r, e)) != OK || (rc = find_noted(w, r, e)) != OK ||
	    (rc = find_again(w, &again, e)) != OK)
		return rc;
	if (again != 0)
		nothing_new(w, r);
	if (again != 0 && r->added == 0 && r->updated == 0) {
		r->again = true;
		w->statement = again;
	} else if ((rc = write_all(w, r, e)) != OK) {
		return rc;
	}
	(void)snprintf(r->statement, sizeof r->statement, "s%lld", (long long)w->statement);
	if ((rc = figures(w, r, e)) != OK)
		return rc;
	return r->again ? OK : put_period(w, e);
}

enum rc
import_apply(struct db *db, int64_t account, const struct import_file *f, const struct statement *s,
    const struct import_options *o, struct import_result *out, struct err *e)
{
	AUTO(import_result_free) struct import_result r = { 0 };
	struct work w = { .db = db, .file = f, .s = s, .o = o };
	enum rc rc;

	account_init(&w.account);
	rc = apply(&w, account, &r, e);
	work_free(&w);
	if (rc != OK)
		return rc;
	*out = r;
	r = (struct import_result){ 0 };
	return OK;
}
