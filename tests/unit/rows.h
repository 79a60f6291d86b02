/* tests/unit/rows.h: a scratch store and made-up statements for the tests of rows. */
#ifndef PURSER_TESTS_ROWS_H
#define PURSER_TESTS_ROWS_H

#include "crypto/kdf.h"
#include "store/import.h"
#include "store/query.h"
#include "store/schema.h"
#include "store/sql.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <unistd.h>

struct scratch { char dir[64]; int fd; struct db *db; unsigned char lk[32]; };

static inline void
must(enum rc rc, const struct err *e, const char *what)
{
	if (rc == OK)
		return;
	printf("Bail out! %s: rc %d: %s\n", what, rc, e->what);
	exit(1);
}

static inline void
scratch_open(struct scratch *s)
{
	struct err e = { 0 };

	(void)snprintf(s->dir, sizeof s->dir, "/tmp/purser-rows-XXXXXX");
	if (mkdtemp(s->dir) == NULL || (s->fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		exit(1);
	memset(s->lk, 7, sizeof s->lk);
	must(crypto_start(&e), &e, "crypto_start");
	must(db_init(&e), &e, "db_init");
	must(db_create(s->fd, "store.db", s->lk, 1, 0, &e), &e, "db_create");
	must(db_open(s->fd, "store.db", s->lk, 0, &s->db, &e), &e, "db_open");
	must(schema_migrate(s->db, NULL, &e), &e, "schema_migrate");
}

static inline void
scratch_reopen(struct scratch *s)
{
	struct err e = { 0 };

	db_close(&s->db);
	must(db_open(s->fd, "store.db", s->lk, 0, &s->db, &e), &e, "db_open again");
}

static inline void
scratch_close(struct scratch *s)
{
	db_close(&s->db);
	(void)unlinkat(s->fd, "store.db", 0);
	(void)unlinkat(s->fd, "store.db-wal", 0);
	(void)unlinkat(s->fd, "store.db-shm", 0);
	(void)close(s->fd);
	(void)rmdir(s->dir);
}

/* One made-up row; amount "" is no amount. */
struct made {
	const char *at;                 /* "2024-05-01 12:00:00", "2024-05-01", "" */
	const char *amount, *cur, *with, *description;
	const char *id, *ref;
	enum txn_status status;
	enum txn_moved moved;
	const char *zone;               /* NULL: none */
	const char *type;               /* NULL: "Payment" */
	const char *fee, *balance;      /* NULL: none */
};

static inline void
made_when(struct when *w, const char *at, const char *zone)
{
	unsigned y, mo, d, h, mi, s;
	int n = sscanf(at, "%4u-%2u-%2u %2u:%2u:%2u", &y, &mo, &d, &h, &mi, &s);

	*w = (struct when){ 0 };
	if (n < 3)
		return;
	w->has_date = true;
	w->has_time = n == 6;
	w->local = (struct civil){ .year = (int32_t)y, .month = (uint8_t)mo, .day = (uint8_t)d };
	if (n == 6) {
		w->local.hour = (uint8_t)h;
		w->local.minute = (uint8_t)mi;
		w->local.second = (uint8_t)s;
	}
	if (zone != NULL) {
		(void)snprintf(w->zone, sizeof w->zone, "%s", zone);
		w->known = ZONE_IN_FILE;
		when_resolve(w);
	}
}

static inline void
made_money(struct money *m, bool *has, const char *amount, const char *cur)
{
	struct err e = { 0 };

	*has = amount != NULL && amount[0] != '\0';
	m->exp = currency_exp(cur);
	(void)snprintf(m->cur, sizeof m->cur, "%s", cur);
	if (*has)
		must(money_parse(m, amount, cur, &e), &e, amount);
}

static inline void
made_text(char **field, const char *s)
{
	struct err e = { 0 };

	must(txn_put(field, s, strlen(s), &e), &e, "txn_put");
}

static inline void
made_cells(struct txn *t, const struct made *m)
{
	const char *const cell[] = { m->at, m->with, m->amount, m->id };
	size_t size = sizeof(char *) * COUNTOF(cell);
	char *p;

	for (size_t i = 0; i < COUNTOF(cell); i++)
		size += strlen(cell[i]) + 1;
	t->cells = COUNTOF(cell);
	t->cell = malloc(size);
	p = (char *)(t->cell + COUNTOF(cell));
	for (size_t i = 0; i < COUNTOF(cell); i++) {
		size_t n = strlen(cell[i]) + 1;

		t->cell[i] = p;
		memcpy(p, cell[i], n);
		p += n;
	}
}

/* A statement of n rows; statement_free() it. */
static inline void
made_statement(struct statement *s, const char *provider, const struct made *m, size_t n)
{
	static const char *const head[] = { "Date", "Name", "Amount", "Id" };

	*s = (struct statement){ .format = strdup("paypal-activity"),
		.provider = strdup(provider),
		.entry = strdup(""),
		.account_hint = strdup(""),
		.language = strdup("en"),
		.encoding = strdup("utf-8"),
		.headers = COUNTOF(head),
		.rows = n };
	s->header = calloc(COUNTOF(head), sizeof *s->header);
	for (size_t i = 0; i < COUNTOF(head); i++)
		s->header[i] = strdup(head[i]);
	s->row = calloc(n + 1, sizeof *s->row);
	for (size_t i = 0; i < n; i++) {
		struct txn *t = &s->row[i];

		txn_init(t);
		t->row = (uint32_t)i + 2;
		t->status = m[i].status;
		t->moved = m[i].moved;
		made_when(&t->when, m[i].at, m[i].zone);
		made_money(&t->amount, &t->has_amount, m[i].amount, m[i].cur);
		made_money(&t->fee, &t->has_fee, m[i].fee, m[i].cur);
		made_money(&t->balance, &t->has_balance, m[i].balance, m[i].cur);
		made_text(&t->counterparty, m[i].with);
		made_text(&t->description, m[i].description);
		made_text(&t->id, m[i].id);
		made_text(&t->ref_id, m[i].ref);
		made_text(&t->type, m[i].type ? m[i].type : "Payment");
		made_text(&t->status_text, txn_status_name(m[i].status));
		made_cells(t, &m[i]);
	}
}

static inline int64_t
made_account(struct scratch *s, const char *name, const char *provider)
{
	struct account a;
	struct err e = { 0 };
	SQL_TXN t = { 0 };
	int64_t id;

	account_init(&a);
	must(text_set(&a.name, name, &e), &e, name);
	must(text_set(&a.provider, provider, &e), &e, provider);
	must(sql_begin(s->db, true, &t, &e), &e, "begin");
	must(account_add(s->db, &a, 1000, &e), &e, "account_add");
	must(sql_commit(&t, &e), &e, "commit");
	id = a.id;
	account_free(&a);
	return id;
}

/* Import under a name; the hash is made of the name, so the same name is the same file. */
static inline enum rc
made_import_opts(struct scratch *s, int64_t account, const char *name, const struct statement *st, bool skip_bad,
    bool commit, struct import_result *r, struct err *e)
{
	struct import_file f = { .name = name, .bytes = name, .size = strlen(name) };
	struct import_options o = { .skip_bad = skip_bad, .now_ms = 1700000000000 };
	SQL_TXN t = { 0 };
	enum rc rc;

	hash256(f.sha256, name, strlen(name));
	must(sql_begin(s->db, true, &t, e), e, "begin");
	if ((rc = import_apply(s->db, account, &f, st, &o, r, e)) == OK && commit)
		must(sql_commit(&t, e), e, "commit");
	return rc;
}

static inline void
made_import(struct scratch *s, int64_t account, const char *name, const char *provider, const struct made *m, size_t n,
    struct import_result *r)
{
	struct statement st;
	struct err e = { 0 };

	made_statement(&st, provider, m, n);
	must(made_import_opts(s, account, name, &st, false, true, r, &e), &e, name);
	statement_free(&st);
}

static inline bool
counts_are(const struct import_result *r, uint64_t added, uint64_t updated, uint64_t duplicates)
{
	if (r->added == added && r->updated == updated && r->duplicates == duplicates &&
	    r->rows == added + updated + duplicates + r->ignored + r->rejected)
		return true;
	printf("# got %llu added, %llu updated, %llu duplicates of %llu\n", (unsigned long long)r->added,
	    (unsigned long long)r->updated, (unsigned long long)r->duplicates, (unsigned long long)r->rows);
	return false;
}

static inline int64_t
number(struct scratch *s, const char *text)
{
	struct err e = { 0 };
	int64_t n = -1;

	if (sql_get_int(s->db, text, &n, &e) != OK)
		printf("# %s: %s\n", text, e.what);
	return n;
}

#endif
