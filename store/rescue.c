/* store/rescue.c: see rescue.h. Rows are looked for on every way that leads to them: table forwards and backwards,
 * indexes. */
#include "store/rescue.h"

#include "store/keysfile.h"
#include "store/vault_int.h"

#include <sqlite3.h>
#include <string.h>

/* ---- opening ---- */

enum rc
vault_rescue(const struct home *h, const struct unlock_how *how, struct vault **out, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	struct log_where w = { .vaultfd = h->vault, .devfd = h->device };
	SECRET a = { 0 }, lk = { 0 };
	struct keys k;
	unsigned slot = 0;
	bool duress;                                    /* the ledger is all that comes of it, with either password */
	enum rc rc;

	if ((rc = vault_try(h, how, &a, e)) != OK || (rc = keys_read(h->vault, "keys", &k, e)) != OK ||
	    (rc = keys_open_any(&k, &a, &lk, &slot, &duress, e)) != OK || (rc = keys_check_mac(&k, &lk, e)) != OK ||
	    (rc = vault_new(h, &k, &lk, &v, e)) != OK)
		return rc;
	v->read_only = true;
	if ((rc = db_open(h->vault, "store.db", v->lk.bytes, DB_READ | DB_TRUST, &v->db, e)) != OK)
		return rc == E_KEY || rc == E_NOTFOUND ? err_set(e, E_DAMAGED, N_("store.db is not that of these keys")) : rc;
	rc = log_open(&v->log, &w, keys_l_pub(&k), keys_pk0(&k), LOG_READ, LOG_WAIT_MS, NULL);
	(void)rc;                                       /* that there is none is said by whoever wants to read it */
	*out = v;
	v = NULL;
	return OK;
}

enum rc
vault_open_copy(struct vault *v, const struct home *h, struct vault **out, struct err *e)
{
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	struct keys copy;
	enum rc rc;

	if ((rc = keys_read(h->vault, "keys", &copy, e)) != OK || (rc = vault_log_keys(v, &k, e)) != OK)
		return rc;
	for (size_t i = k.n; i-- > 0;) {
		SECRET lk = { 0 };

		if ((rc = secret_copy(&lk, k.lk[i].lk, KEY_LEN, e)) != OK)
			return rc;
		if (keys_check_mac(&copy, &lk, NULL) == OK)
			return vault_open_ledger(h, &lk, out, e);
	}
	return E_KEY;
}

enum rc
vault_open_by_kit(
    const struct home *h, const struct secret *kit, const char *fingerprint, struct vault **out, struct err *e)
{
	SECRET y = { 0 }, r_priv = { 0 };
	struct keys k;
	char own[20];
	enum rc rc;

	if ((rc = keys_read(h->vault, "keys", &k, e)) != OK || (rc = keys_open_kit(&k, kit, &y, &r_priv, e)) != OK)
		return rc;
	kit_fingerprint(own, keys_vault_id(&k), keys_r_pub(&k), keys_pk0(&k));
	if (fingerprint != NULL && !kit_fingerprint_matches(fingerprint, own))
		return err_set(e, E_AUTH,
		    N_("the fingerprint on paper is not that of this store: %s. Nothing was changed"), own);
	if (keys_flags(&k) & KEYS_KIT_PASSWORD)
		return E_KEY;                           /* the kit alone leads to no ledger key */
	secret_cut(&y, KEY_LEN);
	if ((rc = keys_check_mac(&k, &y, e)) != OK)
		return rc;
	return vault_open_ledger(h, &y, out, e);
}

/* ---- rows ---- */

struct ids { int64_t *p; size_t n, cap; };

static void
ids_free(struct ids *s)
{
	free(s->p);
	*s = (struct ids){ .n = 0 };
}

static bool
ids_add(struct ids *s, int64_t id)
{
	int64_t *more;

	if (s->n == s->cap) {
		if ((more = realloc(s->p, (s->cap * 2 + 256) * sizeof *more)) == NULL)
			return false;
		s->p = more;
		s->cap = s->cap * 2 + 256;
	}
	s->p[s->n++] = id;
	return true;
}

static int
ids_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void
ids_sort(struct ids *s)
{
	size_t to = 0;

	if (s->n == 0)
		return;
	qsort(s->p, s->n, sizeof *s->p, ids_cmp);
	for (size_t i = 1; i < s->n; i++)
		if (s->p[i] != s->p[to])
			s->p[++to] = s->p[i];
	s->n = to + 1;
}

/* As far as this way goes. *whole: to its end. Only want of memory is an error. */
static enum rc
walk(sqlite3 *db, const char *text, struct ids *s, bool *whole, struct err *e)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(db, text, -1, &q, NULL);
	bool room = true;

	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		if ((rc = sqlite3_step(q)) == SQLITE_ROW && !(room = ids_add(s, sqlite3_column_int64(q, 0))))
			break;
	}
	*whole = *whole || rc == SQLITE_DONE;
	(void)sqlite3_finalize(q);
	return room && rc != SQLITE_NOMEM ? OK : err_set(e, E_NOMEM, N_("out of memory"));
}

/* All of a row, pages of long values too. */
static bool
reads(sqlite3_stmt *q, int64_t id)
{
	int rc;

	(void)sqlite3_reset(q);
	(void)sqlite3_bind_int64(q, 1, id);
	if ((rc = sqlite3_step(q)) != SQLITE_ROW)
		return false;
	for (int i = 0; i < sqlite3_column_count(q); i++) {
		int type = sqlite3_column_type(q, i);

		if ((type == SQLITE_TEXT || type == SQLITE_BLOB) && sqlite3_column_blob(q, i) == NULL &&
		    sqlite3_column_bytes(q, i) > 0)
			return false;
	}
	/* A long value that could not be fetched shows at the next step. */
	rc = sqlite3_step(q);
	return rc == SQLITE_DONE;
}

static const struct { const char *name, *way[4], *row;
} tables[] = {
	{ N_("accounts"),
	    { "SELECT id FROM account NOT INDEXED ORDER BY id", "SELECT id FROM account NOT INDEXED ORDER BY id DESC",
		"SELECT id FROM account INDEXED BY sqlite_autoindex_account_1", NULL },
	    "SELECT * FROM account NOT INDEXED WHERE id = ?1" },
	{ N_("transactions"),
	    { "SELECT id FROM txn NOT INDEXED ORDER BY id", "SELECT id FROM txn NOT INDEXED ORDER BY id DESC",
		"SELECT id FROM txn INDEXED BY txn_time",
		"SELECT id FROM txn INDEXED BY txn_time ORDER BY sort_us DESC, id DESC" },
	    "SELECT * FROM txn NOT INDEXED WHERE id = ?1" },
	{ N_("statements"),
	    { "SELECT id FROM statement NOT INDEXED ORDER BY id",
		"SELECT id FROM statement NOT INDEXED ORDER BY id DESC",
		"SELECT id FROM statement INDEXED BY statement_account", NULL },
	    "SELECT * FROM statement NOT INDEXED WHERE id = ?1" },
	{ N_("secret versions"),
	    { "SELECT rowid FROM secret NOT INDEXED ORDER BY rowid",
		"SELECT rowid FROM secret NOT INDEXED ORDER BY rowid DESC",
		"SELECT rowid FROM secret INDEXED BY secret_manifest", NULL },
	    "SELECT * FROM secret NOT INDEXED WHERE rowid = ?1" },
};

static enum rc
known_of(struct db *db, size_t table, struct ids *s, bool *whole, struct err *e)
{
	enum rc rc;

	*whole = false;
	for (size_t i = 0; i < COUNTOF(tables[0].way) && tables[table].way[i] != NULL && !*whole; i++)
		if ((rc = walk(db_sql(db), tables[table].way[i], s, whole, e)) != OK)
			return rc;
	ids_sort(s);
	return OK;
}

static enum rc
look_at(struct db *db, size_t table, struct rescue_table *t, struct err *e)
{
	AUTO(ids_free) struct ids s = { .n = 0 };
	sqlite3_stmt *q = NULL;
	enum rc rc;

	t->name = tables[table].name;
	if ((rc = known_of(db, table, &s, &t->complete, e)) != OK)
		return rc;
	if (sqlite3_prepare_v2(db_sql(db), tables[table].row, -1, &q, NULL) != SQLITE_OK) {
		t->lost = s.n;
		return OK;
	}
	for (size_t i = 0; i < s.n; i++) {
		bool good = reads(q, s.p[i]);

		t->readable += good;
		t->lost += !good;
	}
	(void)sqlite3_finalize(q);
	return OK;
}

enum rc
rescue_look(
    struct db *db, bool (*progress)(void *, uint32_t, uint32_t), void *arg, struct rescue_report *out, struct err *e)
{
	struct rescue_report r = { .pages = 0 };
	enum rc rc;

	if ((rc = db_bad_pages(db, progress, arg, r.first_bad, COUNTOF(r.first_bad), &r.bad, &r.pages, e)) != OK)
		return rc;
	_Static_assert(COUNTOF(tables) == COUNTOF(r.table), "one report for each table");
	for (size_t i = 0; i < COUNTOF(tables); i++)
		if ((rc = look_at(db, i, &r.table[i], e)) != OK)
			return rc;
	*out = r;
	return OK;
}

enum rc
rescue_transactions(struct db *db, int64_t **out, size_t *n, struct err *e)
{
	struct ids s = { .n = 0 };
	bool whole;
	enum rc rc = known_of(db, 1, &s, &whole, e);

	if (rc != OK) {
		ids_free(&s);
		return rc;
	}
	*out = s.p;
	*n = s.n;
	return OK;
}
