/* cmd/review.c: `purser review`: what is new, suspicious first, and the verdicts. */
#include "cmd/filters.h"
#include "cmd/open.h"
#include "cmd/term.h"
#include "store/incident.h"
#include "store/log.h"
#include "store/query.h"
#include "wallet/account.h"

#include <string.h>

#define ASK_AT_ONCE 200u                /* rows of one sitting */

/* ---- verdicts ---- */

static enum rc
mark_rows(struct session *s, const int64_t *row, size_t n, enum review verdict, const char *remark, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	bool opened = false;
	int64_t id = 0;
	BUF text = { 0 };
	enum rc rc;

	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = review_mark(session_db(s), row, n, verdict, remark, s->now_ms, e)) != OK)
		return rc;
	if (verdict == REVIEW_FRAUD)
		rc = incident_of_fraud(session_vault(s), t, row, n, s->now_ms, &id, &opened, e);
	else
		rc = incident_rows_settle(session_db(s), e);
	if (rc != OK)
		return rc;
	log_text_begin(&text, NULL, "review");
	log_text_add(&text, "verdict", review_name(verdict));
	log_text_u64(&text, "rows", n);
	if ((rc = buf_check(&text, e)) != OK || (rc = vault_txn_event(t, &text, e)) != OK ||
	    (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	if (opened)
		note(s, N_("Incident I%lld is open: what to do, in order: purser incident"), (long long)id);
	return OK;
}

static enum rc
json_entry(void *ctx, const struct entry *en, struct err *e)
{
	return entry_out(ctx, en, e);
}

static enum rc
mark_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(auto_free) int64_t *row = NULL;
	const char *remark = arg_str(a, "note");
	size_t n = a->n - 1;
	enum review verdict;
	enum rc rc;

	if (!review_from(a->v[n], &verdict) || strcmp(a->v[n], "none") == 0) {
		(void)err_set(e, E_USAGE, N_("\"%s\" is no verdict: ok, fraud or unsure, after the IDs"), a->v[n]);
		err_next(e, "purser review mark ID... ok|fraud|unsure");
		return E_USAGE;
	}
	if (remark != NULL && (rc = text_check("--note", remark, 1024, e)) != OK)
		return rc;
	if ((row = calloc(n, sizeof *row)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < n; i++) {        /* every ID is checked before the first is marked */
		if ((rc = query_find(session_db(s), a->v[i], &row[i], e)) != OK)
			return rc;
	}
	if ((rc = mark_rows(s, row, n, verdict, remark, e)) != OK)
		return rc;
	for (size_t i = 0; s->json && i < n; i++) {
		if ((rc = query_one(session_db(s), row[i], json_entry, s, e)) != OK)
			return rc;
	}
	note(s,
	    verdict == REVIEW_FRAUD ? N_("%zu marked as fraud. Tell the provider; purser review undo takes it back.")
				    : N_("%zu marked. purser review undo takes it back."),
	    n);
	return OK;
}

static enum rc
undone(void *ctx, const char *id, enum review now, struct err *e)
{
	struct session *s = ctx;
	JSON j = { 0 };

	if (!s->json) {
		say(s, "%s  %s", id, _(review_name(now)));
		return OK;
	}
	j_open(&j, "review");
	j_str(&j, "id", id);
	j_str(&j, "review", now == REVIEW_NEW ? NULL : review_name(now));
	return out_json(s, &j, e);
}

static enum rc
undo_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	BUF text = { 0 };
	enum rc rc;

	(void)a;
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = review_undo(session_db(s), undone, s, s->now_ms, e)) != OK ||
	    (rc = incident_rows_settle(session_db(s), e)) != OK)
		return rc;
	log_text_begin(&text, NULL, "review");
	log_text_add(&text, "verdict", "undo");
	if ((rc = buf_check(&text, e)) != OK || (rc = vault_txn_event(t, &text, e)) != OK)
		return rc;
	return vault_txn_commit(&t, e);
}

/* ---- one by one, at a terminal ---- */

struct queue { size_t n; int64_t row[ASK_AT_ONCE]; };

static enum rc
enqueue(void *ctx, const struct entry *en, struct err *e)
{
	struct queue *q = ctx;

	(void)e;
	q->row[q->n++] = en->row_id;
	return q->n < ASK_AT_ONCE ? OK : E_INTERRUPTED;
}

struct asked { struct session *s; char key; };

static enum rc
ask_row(void *ctx, const struct entry *en, struct err *e)
{
	struct asked *k = ctx;
	BUF when = { 0 }, amount = { 0 }, status = { 0 };
	struct entry shown = *en;

	entry_in_zone(k->s, &shown);
	entry_time(&when, &shown);
	entry_status(&status, en);
	if (en->has_amount)
		money_human(&amount, &en->amount);
	return ask_key(k->s, "sofuq", true, "review mark", &k->key, e,
	    N_("%.*s  %s  %s  %s  %s  %s\n  o mine, ok   f fraud   u unsure   s later   q enough"), (int)en->id_short,
	    en->id, buf_str(&when), en->account, entry_with(en), buf_str(&amount), buf_str(&status));
}

static enum rc
ask_all(struct session *s, const struct filter *f, struct err *e)
{
	struct queue q = { 0 };
	struct asked k = { .s = s };
	size_t done = 0;
	enum rc rc;

	rc = query_each(session_db(s), f, enqueue, &q, e);
	if (rc != OK && rc != E_INTERRUPTED)
		return rc;
	for (size_t i = 0; i < q.n; i++) {
		if ((rc = query_one(session_db(s), q.row[i], ask_row, &k, e)) != OK)
			return rc;
		if (k.key == 'q')
			break;
		if (k.key == 's')
			continue;
		if ((rc = mark_rows(s, &q.row[i], 1,
			 k.key == 'o'   ? REVIEW_OK
			 : k.key == 'f' ? REVIEW_FRAUD
					: REVIEW_UNSURE,
			 NULL, e)) != OK)
			return rc;
		done++;
	}
	note(s, N_("%zu marked. purser review undo takes the last one back."), done);
	return OK;
}

static enum rc
review_run(struct session *s, const struct args *a, struct err *e)
{
	bool list = arg_has(a, "list");
	struct filter f;
	uint64_t n = 0;
	enum rc rc;

	if ((rc = filters_read(s, a, &f, e)) != OK)
		return rc;
	if (f.review == 0)
		f.review = 1U << REVIEW_NEW;
	if (arg_str(a, "sort") == NULL)
		f.sort = SORT_SUSPICIOUS;
	if (!list && !s->json && can_ask(s))
		return ask_all(s, &f, e);
	if ((rc = entries_print(s, &f, &n, NULL, e)) != OK)
		return rc;
	if (n == 0)
		note(s, N_("Nothing is new."));
	err_clear(e);
	return list && n > 0 ? E_FINDINGS : OK;
}

static const struct option mark_options[] = {
	{ "note", 0, "TEXT", N_("why, kept with the verdict"), NULL, 0 },
	{ 0 }
};

static const struct command review_mark_command = {
	.name = "mark",
	.usage = "ID... ok|fraud|unsure",
	.summary = N_("give transactions a verdict"),
	.options = mark_options,
	.min_args = 2,
	.max_args = MANY,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = mark_run,
};

static const struct command review_undo_command = {
	.name = "undo", .summary = N_("take the last verdicts back"),
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE, .run = undo_run,
};

static const struct command *const review_subs[] = { &review_mark_command, &review_undo_command, NULL };

static const struct option review_options[] = {
	{ "list", 0, NULL, N_("list only; exit status 10 when something is new"), NULL, 0 },
	FILTER_OPTIONS,
	{ 0 }
};

static const struct example review_examples[] = {
	{ "purser review", N_("one after the other, one key each") },
	{ "purser review --list -a paypal", N_("for scripts: 10 when there is something to look at") },
	{ "purser review mark t7q4 w2m0 ok", NULL },
	{ "purser review mark t7q4 fraud --note \"never been there\"", NULL },
	{ 0 },
};

const struct command cmd_review = {
	.name = "review",
	.group = GROUP_DAILY,
	.usage = "[NAME]",
	.summary = N_("what is new, suspicious first"),
	.description = N_(
	    "Shows transactions without a verdict: first those with something to look at (a closed payment without its "
	    "refund, a break of the balance, an unknown status), then the newest. At a terminal it asks for each; "
	    "otherwise, and "
	    "with --list, it lists them.\n\nVerdicts are kept with the transactions, also when their statement is "
	    "imported again; "
	    "`statement remove` keeps rows that have one."),
	.examples = review_examples,
	.options = review_options,
	.subs = review_subs,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK,
	.run = review_run,
};
