/* cmd/logwords.c: see logwords.h. */
#include "cmd/logwords.h"

#include "agent/secrets.h"
#include "base/num.h"
#include "cmd/exposed.h"
#include "cmd/out.h"
#include "cmd/secret.h"

#include <stdlib.h>
#include <string.h>

struct record_name { unsigned char rec[ID_LEN]; uint8_t kind; const struct account *acct; };
struct record_names { struct accounts accts; struct record_name *r; size_t n; };

void
record_names_free(struct record_names **np)
{
	if (*np == NULL)
		return;
	accounts_free(&(*np)->accts);
	free((*np)->r);
	free(*np);
	*np = NULL;
}

static int
by_rec(const void *a, const void *b)
{
	const struct record_name *x = a, *y = b;

	return memcmp(x->rec, y->rec, ID_LEN);
}

enum rc
record_names_get(struct access *a, struct record_names **out, struct err *e)
{
	AUTO(record_names_free) struct record_names *n = calloc(1, sizeof *n);
	AUTO(secret_rows_free) struct secret_rows rows = { 0 };
	enum rc rc;

	if (n == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = account_list(vault_db(access_vault(a)), &n->accts, e)) != OK ||
	    (rc = secrets_list(a, NULL, &rows, e)) != OK)
		return rc;
	if ((n->r = calloc(rows.n + 1, sizeof *n->r)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	accounts_by_uid(&n->accts);
	for (; n->n < rows.n; n->n++) {
		struct record_name *r = &n->r[n->n];

		memcpy(r->rec, rows.r[n->n].id.rec, ID_LEN);
		r->kind = rows.r[n->n].id.kind;
		r->acct = account_of_uid(&n->accts, rows.r[n->n].id.acct);
	}
	qsort(n->r, n->n, sizeof *n->r, by_rec);
	*out = n;
	n = NULL;
	return OK;
}

/* In English these are the words themselves: whoever looks for "freeze" in either output finds it. */
const char *
log_event_words(const char *event)
{
	static const char *const known[] = { N_("init"), N_("unlock"), N_("unlock-failed"), N_("lock"), N_("freeze"),
		N_("thaw"), N_("recover"), N_("passwd"), N_("epoch"), N_("chain"), N_("reveal"), N_("secret-set"),
		N_("secret-remove"), N_("export"), N_("import"), N_("statement-remove"), N_("account-add"),
		N_("account-edit"), N_("account-remove"), N_("kit-new"), N_("kit-check"), N_("policy"), N_("rekey"),
		N_("clock-back"), N_("fuse-destroyed"), N_("change"), N_("review"), N_("evidence"), N_("incident"),
		N_("case"), N_("contact-add"), N_("contact-remove"), N_("address-add"), N_("address-remove"),
		N_("device-add"), N_("device-revoke") };

	for (size_t i = 0; i < COUNTOF(known); i++)
		if (strcmp(known[i], event) == 0)
			return _(known[i]);
	return event;
}

/* The account and kind of record=HEX; what is gone by now is named by the first digits. */
static void
add_record(struct buf *b, const struct log_text *t, const char *hex, const struct record_names *names)
{
	struct record_name want, *r = NULL;
	const char *version = log_text_get(t, "version");

	if (names != NULL && names->n > 0 && strlen(hex) == sizeof want.rec * 2 &&
	    hex_get(hex, want.rec, sizeof want.rec))
		r = bsearch(&want, names->r, names->n, sizeof want, by_rec);
	if (r != NULL)
		buf_addf(b, "%s %s", r->acct != NULL ? r->acct->name : "-", kind_name(r->kind));
	else
		buf_addf(b, "%.8s", hex);
	if (version != NULL)
		buf_addf(b, " v%s", version);
}

void
log_fields_words(struct buf *b, const struct log_text *t, const struct record_names *names)
{
	static const char *const silent[] = { "db", "hdr", "version", "pk0", "hash" };

	for (size_t i = 0; i < t->fields; i++) {
		const char *key = t->field[i].key, *value = t->field[i].value;
		bool quiet = false;

		for (size_t k = 0; k < COUNTOF(silent); k++)
			quiet = quiet || strcmp(key, silent[k]) == 0;
		if (quiet)
			continue;
		if (b->len > 0)
			buf_adds(b, ", ");
		if (strcmp(key, "record") == 0)
			add_record(b, t, value, names);
		else if (strcmp(key, "how") == 0 || strcmp(key, "account") == 0 || strcmp(key, "reason") == 0)
			buf_adds(b, value);
		else
			buf_addf(b, "%s %s", key, value);
	}
}
