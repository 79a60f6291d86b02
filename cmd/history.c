/* cmd/history.c: `purser history`: transactions, newest first; one with all that its statements say. */
#include "cmd/filters.h"
#include "cmd/history_add.h"
#include "cmd/open.h"
#include "store/query.h"
#include "wallet/export.h"

#include <string.h>

#define COUNT_UP_TO 20000u              /* stores up to this size: "3 of 35" costs nothing worth mentioning */

static enum rc
footer(struct session *s, const struct filter *f, uint64_t n, const char *first, struct err *e)
{
	uint64_t all;
	enum rc rc;

	if (s->json || s->quiet)
		return OK;
	if (n == 0) {
		note(s, N_("No transaction fits."));
		return OK;
	}
	if (f->limit == 0 || n < f->limit) {
		note(s, N_("%llu shown.  Not yours?  purser review mark %s fraud"), (unsigned long long)n, first);
		return OK;
	}
	if ((rc = query_size(session_db(s), &all, e)) != OK)
		return rc;
	if (all > COUNT_UP_TO) {
		note(s, N_("The first %llu.  Not yours?  purser review mark %s fraud"), (unsigned long long)n, first);
		return OK;
	}
	if ((rc = query_count(session_db(s), f, &all, e)) != OK)
		return rc;
	note(s, N_("%llu of %llu.  Not yours?  purser review mark %s fraud"), (unsigned long long)n,
	    (unsigned long long)all, first);
	return OK;
}

static enum rc
history_run(struct session *s, const struct args *a, struct err *e)
{
	char first[TXN_ID_LEN + 1] = "";
	struct filter f;
	uint64_t n = 0;
	enum rc rc;

	if ((rc = filters_read(s, a, &f, e)) != OK || (rc = entries_print(s, &f, &n, first, e)) != OK)
		return rc;
	return footer(s, &f, n, first, e);
}

/* ---- show ---- */

struct show {
	struct session *s;
	struct table *t;
	struct buf json;                /* the object so far */
	bool more;
	unsigned versions;
};

static void
line(struct show *w, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	table_cell(w->t, TONE_DIM, "%s", _(name));
	table_cell(w->t, TONE_PLAIN, "%s", value);
	(void)table_row(w->t);
}

static void
money_line(struct show *w, const char *name, bool has, const struct money *m)
{
	BUF b = { 0 };

	if (has)
		money_human(&b, m);
	line(w, name, buf_str(&b));
}

static void
reason_lines(struct show *w, unsigned flags)
{
	static const struct { unsigned bit; const char *text; } table[] = {
		{ TXN_F_BAD_TIME, N_("the time in the statement is impossible") },
		{ TXN_F_BAD_TEXT, N_("the statement has characters that cannot be read") },
		{ TXN_F_BALANCE_BREAK, N_("the balance before and this amount do not make this balance") },
		{ TXN_F_UNKNOWN_STATUS, N_("purser does not know this status") },
		{ TXN_F_NO_CURRENCY, N_("the statement names no currency") },
		{ TXN_F_NO_TWIN, N_("closed, but the row of its refund is not there: not counted") },
		{ TXN_F_ID_DOUBTFUL, N_("the ID in the statement is masked or shared by others") },
	};

	for (size_t i = 0; i < COUNTOF(table); i++) {
		if ((flags & table[i].bit) != 0)
			line(w, N_("Note"), _(table[i].text));
	}
}

static enum rc
show_entry(void *ctx, const struct entry *en, struct err *e)
{
	struct show *w = ctx;
	struct entry shown = *en;
	BUF when = { 0 }, status = { 0 }, row = { 0 };

	(void)e;
	entry_in_zone(w->s, &shown);
	if (w->s->json) {
		entry_json(&w->json, &shown);
		return OK;
	}
	entry_time(&when, &shown);
	entry_status(&status, en);
	if (en->status_text[0] != '\0')
		buf_addf(&status, " (%s)", en->status_text);
	buf_addf(&row, "%s", en->statement);
	if (en->row != 0)
		buf_addf(&row, ", %s %u", _("row"), en->row);
	line(w, N_("ID"), en->id);
	line(w, N_("Account"), en->account);
	line(w, N_("Time"), buf_str(&when));
	line(w, N_("With"), en->counterparty);
	line(w, N_("Description"), en->description);
	line(w, N_("Type"), en->type);
	money_line(w, N_("Amount"), en->has_amount, &en->amount);
	money_line(w, N_("Fee"), en->has_fee, &en->fee);
	money_line(w, N_("Balance"), en->has_balance, &en->balance);
	line(w, N_("Status"), buf_str(&status));
	line(w, N_("Counts"),
	    en->moved        ? _("yes")
	    : en->has_effect ? _("the fee only")
			     : _("no, the balance did not move"));
	line(w, N_("Method"), en->method);
	line(w, N_("Reference"), en->reference);
	line(w, N_("Linked to"), en->linked_to);
	line(w, N_("Statement"), buf_str(&row));
	line(w, N_("Comment"), en->note);
	reason_lines(w, en->flags);
	return OK;
}

static enum rc
show_cell(void *ctx, const char *statement, const char *header, const char *cell, struct err *e)
{
	struct show *w = ctx;

	(void)statement, (void)e;
	if (!w->s->json) {
		BUF name = { 0 };

		buf_addf(&name, "  %s", header);
		line(w, buf_str(&name), cell);
		return OK;
	}
	if (w->more)
		buf_addc(&w->json, ',');
	buf_addjson(&w->json, header);
	buf_addc(&w->json, ':');
	buf_addjson(&w->json, cell);
	w->more = true;
	return OK;
}

static enum rc
count_version(void *ctx, const struct version *v, struct err *e)
{
	struct show *w = ctx;

	(void)v, (void)e;
	w->versions++;
	return OK;
}

/* What each statement said of it. */
static enum rc
show_version(void *ctx, const struct version *v, struct err *e)
{
	struct show *w = ctx;
	BUF text = { 0 };

	(void)e;
	if (w->s->json) {
		BUF amount = { 0 };

		if (v->has_amount)
			money_plain(&amount, &v->amount);
		buf_addf(&w->json,
		    "%s{\"statement\":\"%s\",\"row\":%u,\"status\":\"%s\",\"status_text\":", w->versions++ ? "," : "",
		    v->statement, v->row, txn_status_name(v->status));
		buf_addjson(&w->json, v->status_text[0] != '\0' ? v->status_text : NULL);
		buf_adds(&w->json, ",\"amount\":");
		buf_addjson(&w->json, v->has_amount ? buf_str(&amount) : NULL);
		buf_addf(&w->json, ",\"current\":%s}", v->current ? "true" : "false");
		return OK;
	}
	buf_addf(&text, "%s: %s", v->statement, txn_status_name(v->status));
	if (v->status_text[0] != '\0')
		buf_addf(&text, " (%s)", v->status_text);
	if (v->has_amount) {
		buf_addc(&text, ' ');
		money_human(&text, &v->amount);
	}
	line(w, v->current ? N_("Says now") : N_("Said"), buf_str(&text));
	return OK;
}

static enum rc
show_json(struct show *w, int64_t row, struct err *e)
{
	struct db *db = session_db(w->s);
	enum rc rc;

	if ((rc = query_one(db, row, show_entry, w, e)) != OK)
		return rc;
	buf_adds(&w->json, ",\"raw\":{");
	if ((rc = query_raw(db, row, false, show_cell, w, e)) != OK)
		return rc;
	buf_adds(&w->json, "},\"versions\":[");
	if ((rc = query_versions(db, row, show_version, w, e)) != OK)
		return rc;
	buf_adds(&w->json, "]}\n");
	if ((rc = buf_check(&w->json, e)) != OK)
		return rc;
	return out_bytes(w->s, w->json.p, w->json.len, e);
}

static enum rc
show_text(struct show *w, int64_t row, struct err *e)
{
	static const struct column cols[] = { { N_("Field"), 0, 0 }, { N_("Value"), 0, 0 } };
	struct db *db = session_db(w->s);
	TABLE t = { 0 };
	enum rc rc;

	w->t = &t;
	table_begin(&t, w->s, cols, COUNTOF(cols), TABLE_NO_HEAD);
	if ((rc = query_one(db, row, show_entry, w, e)) != OK ||
	    (rc = query_versions(db, row, count_version, w, e)) != OK)
		return rc;
	if (w->versions > 1 && (rc = query_versions(db, row, show_version, w, e)) != OK)
		return rc;
	line(w, N_("As in the file"), " ");
	return query_raw(db, row, false, show_cell, w, e);
}

static enum rc
show_run(struct session *s, const struct args *a, struct err *e)
{
	struct show w = { .s = s };
	int64_t row;
	enum rc rc;

	if ((rc = query_find(session_db(s), a->v[0], &row, e)) != OK)
		return rc;
	rc = s->json ? show_json(&w, row, e) : show_text(&w, row, e);
	buf_free(&w.json);
	return rc;
}

static const struct command history_show = {
	.name = "show", .usage = "ID", .summary = N_("one transaction, with what its statements say of it"),
	.min_args = 1, .max_args = 1, .flags = CMD_STORE | CMD_UNLOCK, .run = show_run,
};

static const struct command *const history_subs[] = { &history_show, &history_add, &history_notes, NULL };

static const struct option history_options[] = { FILTER_OPTIONS, { 0 } };

static const struct example history_examples[] = {
	{ "purser history -n 20", N_("the 20 newest of all accounts") },
	{ "purser history paypal --from 2024-09 --to 2024-09 --max -50", N_("what cost 50 or more in September") },
	{ "purser history --search 微信 --sort -amount", N_("found in any language, largest first") },
	{ "purser history show t7q4", N_("everything about one") },
	{ 0 },
};

const struct command cmd_history = {
	.name = "history",
	.group = GROUP_DAILY,
	.usage = "[NAME]",
	.summary = N_("what was paid and received"),
	.description =
	    N_("Lists transactions, newest first. Times are those of the statements; with --tz they are shown in that "
	       "zone, "
	       "and --from and --to mean its days.\n\nAmounts that left the wallet are negative; --min and --max "
	       "compare with that "
	       "sign and without regard to the currency. Rows that did not move the balance (failed, informational "
	       "...) are listed "
	       "too and dimmed.\n\nAny unique prefix of 4 or more characters of an ID serves. Works while frozen."),
	.examples = history_examples,
	.options = history_options,
	.subs = history_subs,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK,
	.run = history_run,
};
