/* cmd/export.c: `purser export`: transactions for other programs. */
#include "cmd/filters.h"
#include "cmd/open.h"
#include "store/log.h"
#include "store/query.h"
#include "store/rescue.h"
#include "wallet/export.h"

#include <string.h>

#define FLUSH_AT 65536u

struct export { struct session *s; enum export_format format; struct buf b; };

static enum rc
put(struct export *x, bool all, struct err *e)
{
	enum rc rc;

	if (x->b.len == 0 || (!all && x->b.len < FLUSH_AT))
		return OK;
	if ((rc = buf_check(&x->b, e)) != OK || (rc = out_bytes(x->s, x->b.p, x->b.len, e)) != OK)
		return rc;
	buf_reset(&x->b);
	return x->s->out_failed ? E_INTERRUPTED : OK;
}

static enum rc
one(void *ctx, const struct entry *en, struct err *e)
{
	struct export *x = ctx;
	struct entry shown = *en;

	entry_in_zone(x->s, &shown);
	export_entry(&x->b, x->format, &shown);
	return put(x, false, e);
}

static enum rc
read_format(const struct session *s, const struct args *a, enum export_format *out, struct err *e)
{
	const char *word = arg_str(a, "format");

	if (word == NULL && !s->json) {
		(void)err_set(e, E_USAGE, N_("--format is missing: csv, json or hledger"));
		return E_USAGE;
	}
	*out = word == NULL || strcmp(word, "json") == 0 ? EXPORT_JSON
	       : strcmp(word, "csv") == 0                ? EXPORT_CSV
							 : EXPORT_HLEDGER;
	if (s->json && *out != EXPORT_JSON)
		return err_set(e, E_USAGE, N_("--json and --format %s exclude each other"), word);
	return OK;
}

/* The log knows of it before the first byte goes out. */
static enum rc
log_it(struct session *s, const struct filter *f, enum export_format format, struct err *e)
{
	static const char *const word[] = { "csv", "json", "hledger" };
	BUF text = { 0 };
	uint64_t n;
	enum rc rc;

	if ((rc = query_count(session_db(s), f, &n, e)) != OK)
		return rc;
	log_text_begin(&text, NULL, "export");
	log_text_add(&text, "format", word[format]);
	log_text_u64(&text, "rows", f->limit != 0 && n > f->limit ? f->limit : n);
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	return vault_event(session_vault(s), &text, s->now_ms, e);
}

/* ---- of a damaged store ---- */

static enum rc
ledger_to_rescue(struct session *s, struct vault **out, struct err *e)
{
	struct unlock_how how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	SECRET password = { 0 };
	FACTORS with = { .codes = 0 };
	enum rc rc;

	if ((rc = vault_unlock_ready(session_home(s), e)) != OK ||
	    (rc = session_ask(s, session_home(s), &password, &with, e)) != OK)
		return rc;
	how.password = &password;
	how.with = &with;
	return vault_rescue(session_home(s), &how, out, e);
}

/* Row by row, each on its own: one that does not read stops no other. Filters would need the indexes. Nothing is
 * logged: the store is not written to. */
static enum rc
rescue(struct export *x, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(auto_free) int64_t *row = NULL;
	size_t n = 0, lost = 0;
	enum rc rc;

	if ((rc = ledger_to_rescue(x->s, &v, e)) != OK || (rc = rescue_transactions(vault_db(v), &row, &n, e)) != OK)
		return rc;
	export_head(&x->b, x->format);
	for (size_t i = 0; i < n; i++) {
		struct err why = { 0 };

		rc = query_one(vault_db(v), row[i], one, x, &why);
		if (rc == E_INTERRUPTED || rc == E_NOMEM || rc == E_SYS || rc == E_FULL) {
			*e = why;
			return rc;
		}
		lost += rc != OK;
	}
	if ((rc = put(x, true, e)) != OK)
		return rc;
	if (lost == 0)
		return OK;
	warn(x->s, N_("%zu of %zu transactions do not read any more; the others were written."), lost, n);
	return E_FINDINGS;
}

static enum rc
export_run(struct session *s, const struct args *a, struct err *e)
{
	struct export x = { .s = s };
	struct filter f;
	enum rc rc;

	if ((rc = read_format(s, a, &x.format, e)) != OK)
		return rc;
	if (arg_has(a, "rescue")) {
		rc = rescue(&x, e);
		buf_free(&x.b);
		return rc == E_INTERRUPTED && s->out_failed ? OK : rc;
	}
	if ((rc = session_unlock(s, CMD_UNLOCK, e)) != OK || (rc = filters_read(s, a, &f, e)) != OK)
		return rc;
	f.short_ids = false;
	if (x.format == EXPORT_HLEDGER && arg_str(a, "sort") == NULL)
		f.sort = SORT_TIME;             /* a journal is read from the oldest on */
	if ((rc = log_it(s, &f, x.format, e)) != OK)
		return rc;
	export_head(&x.b, x.format);
	rc = query_each(session_db(s), &f, one, &x, e);
	if (rc == OK)
		rc = put(&x, true, e);
	buf_free(&x.b);
	return rc == E_INTERRUPTED ? OK : rc;
}

static const struct option export_options[] = {
	{ "format", 0, "FORMAT", N_("csv, json (one object a line) or hledger"), "csv|json|hledger", 0 },
	{ "rescue", 0, NULL, N_("of a damaged store: every transaction that still reads, without filters"), NULL, 0 },
	FILTER_OPTIONS,
	{ 0 }
};

static const struct example export_examples[] = {
	{ "purser export --format csv --from 2024 --to 2024 >2024.csv", NULL },
	{ "purser export --format hledger -a paypal | hledger -f - balance", NULL },
	{ "purser export --rescue --format csv >what-is-left.csv", N_("after purser verify has found damage") },
	{ 0 },
};

const struct command cmd_export = {
	.name = "export",
	.group = GROUP_ORDER,
	.usage = "[NAME]",
	.summary = N_("transactions for other programs, never secrets"),
	.description = N_("Writes the transactions that the filters leave to standard output. csv has a header and a "
			  "quoted cell wherever "
			  "one is needed (RFC 4180); text is never changed, so a cell may begin with = or +: tell a "
			  "spreadsheet to import text as "
			  "text. json has the object `transaction` of --json, one a line. hledger is a journal, oldest "
			  "first: what moved has two "
			  "postings against expenses:unknown or income:unknown, what did not is a comment. Exports are "
			  "recorded in the log."),
	.examples = export_examples,
	.options = export_options,
	.max_args = 1,
	.flags = CMD_STORE,
	.run = export_run,
};
