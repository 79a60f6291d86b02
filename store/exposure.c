/* store/exposure.c: which secrets an old copy of this device may give away, and when each was last shown; see
 * vault.h. */
#include "store/vault_int.h"

#include "base/io.h"
#include "base/le.h"
#include "store/acctfreeze.h"
#include "store/freeze.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct list {
	struct exposure *p;
	size_t n, cap;
	struct vault *v;
	int64_t before_ms;
	unsigned char acct[ID_LEN];             /* the last account that was asked for, and its answer */
	int64_t acct_before_ms;
};

static void
list_free(struct list *l)
{
	free(l->p);
}

/* Accounts are frozen, and thawed, on their own too. */
static int64_t
account_before(struct list *l, const unsigned char acct[ID_LEN])
{
	unsigned char le[8];
	int64_t since = 0;
	char name[64];

	if (memcmp(l->acct, acct, ID_LEN) == 0)
		return l->acct_before_ms;
	memcpy(l->acct, acct, ID_LEN);
	exposed_name(name, acct);
	l->acct_before_ms = rows_meta_get(l->v->db, name, le, sizeof le, NULL) == OK ? (int64_t)le64_get(le) : 0;
	if (rows_account_frozen(l->v->db, acct, &since, NULL) == OK && since > l->acct_before_ms)
		l->acct_before_ms = since;
	return l->acct_before_ms;
}

/* A version in force, or about to be, that is older than the freeze; one that came after closes the item. */
static enum rc
take(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct list *l = ctx;
	struct exposure *more;

	if (use == SECRET_OLD || (r->created_ms >= l->before_ms && r->created_ms >= account_before(l, r->id.acct)))
		return OK;
	if (l->n == l->cap) {
		if ((more = realloc(l->p, (l->cap * 2 + 32) * sizeof *more)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		l->p = more;
		l->cap = l->cap * 2 + 32;
	}
	l->p[l->n++] = (struct exposure){ .id = r->id, .created_ms = r->created_ms };
	return OK;
}

static enum rc
note_reveal(void *ctx, const struct log_entry *en, struct err *e)
{
	return log_reveals_note(ctx, en, e);
}

/* What was shown before a new chain was begun stands in log.1, log.2 ... */
static enum rc
older_reveals(struct vault *v, const struct log_keys *k, struct log_reveals *reveals, struct err *e)
{
	char name[32];
	enum rc rc = OK;

	for (unsigned i = 1; rc == OK; i++) {
		AUTO(log_close) struct log *l = NULL;
		AUTO(auto_close) int fd = -1;

		(void)snprintf(name, sizeof name, "log.%u", i);
		if ((fd = openat(v->h->vault, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)) < 0)
			return OK;
		/* One that cannot be read has nothing to say here; log verify names it. */
		if (log_open_fd(&l, fd, vault_pk0(v), NULL) == OK)
			rc = log_each(l, k->lk, k->n, 0, note_reveal, reveals, e);
		if (rc != E_NOMEM)
			rc = OK;
	}
	return rc;
}

static enum rc
find_reveals(struct vault *v, struct list *l, struct err *e)
{
	AUTO(log_reveals_free) struct log_reveals reveals = { .n = 0 };
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	const struct log_reveal *r;
	enum rc rc;

	if (v->log == NULL)
		return OK;
	if ((rc = vault_log_keys(v, &k, e)) != OK || (rc = older_reveals(v, &k, &reveals, e)) != OK ||
	    (rc = log_each(v->log, k.lk, k.n, 0, note_reveal, &reveals, e)) != OK)
		return rc;
	for (size_t i = 0; i < l->n; i++)
		if ((r = log_reveals_find(&reveals, l->p[i].id.rec)) != NULL)
			l->p[i].last_revealed_ms = r->time_ms;
	return OK;
}

static int
worst_first(const void *a, const void *b)
{
	const struct exposure *x = a, *y = b;

	if (x->last_revealed_ms != y->last_revealed_ms)
		return x->last_revealed_ms < y->last_revealed_ms ? 1 : -1;
	if (x->created_ms != y->created_ms)
		return x->created_ms < y->created_ms ? 1 : -1;
	return memcmp(x->id.rec, y->id.rec, ID_LEN);
}

enum rc
vault_exposures(struct vault *v, struct exposure **out, size_t *n, struct err *e)
{
	AUTO(list_free) struct list l = { .v = v };
	unsigned char le[8];
	int64_t frozen;
	enum rc rc = rows_meta_get(v->db, "exposed-before", le, sizeof le, e);

	if (rc == OK)
		l.before_ms = (int64_t)le64_get(le);
	else if (rc != E_NOTFOUND)
		return rc;
	if (v->state == VAULT_FROZEN && (frozen = freeze_last(v->h, vault_pk0(v), NULL)) > l.before_ms)
		l.before_ms = frozen;
	if ((rc = rows_secret_each(v->db, NULL, take, &l, e)) != OK)
		return rc;
	if (l.n > 0) {
		if ((rc = find_reveals(v, &l, e)) != OK)
			return rc;
		qsort(l.p, l.n, sizeof *l.p, worst_first);
	}
	*out = l.p;
	*n = l.n;
	l.p = NULL;
	return OK;
}
