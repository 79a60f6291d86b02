/* cmd/statement.c: `purser statement`: what was imported; take an import back. */
#include "cmd/filters.h"
#include "cmd/open.h"
#include "cmd/term.h"
#include "store/import.h"
#include "store/query.h"
#include "store/log.h"

#include "base/num.h"

#include <string.h>

/* ---- list ---- */

struct list { struct session *s; struct table *t; unsigned n; };

static enum rc
list_json(struct session *s, const struct statement_row *st, struct json *j)
{
	char id[24], hash[65];

	(void)snprintf(id, sizeof id, "s%lld", (long long)st->id);
	hex_put(hash, st->sha256, sizeof st->sha256);
	j_open(j, "statement");
	j_str(j, "id", id);
	j_str(j, "statement", id);
	j_str(j, "account", st->account);
	j_str(j, "file", st->name);
	j_str(j, "entry", st->entry[0] != '\0' ? st->entry : NULL);
	j_str(j, "format", st->format);
	j_str(j, "encoding", st->encoding[0] != '\0' ? st->encoding : NULL);
	j_str(j, "owner", st->account_hint[0] != '\0' ? st->account_hint : NULL);
	j_str(j, "sha256", hash);
	j_int(j, "size", (int64_t)st->size);
	j_time(j, "imported", st->imported_ms);
	j_str(j, "first", st->first[0] != '\0' ? st->first : NULL);
	j_str(j, "last", st->last[0] != '\0' ? st->last : NULL);
	j_int(j, "rows", (int64_t)st->rows);
	j_int(j, "added", (int64_t)st->added);
	j_int(j, "updated", (int64_t)st->updated);
	j_int(j, "duplicates", (int64_t)st->duplicates);
	j_int(j, "ignored", (int64_t)st->ignored);
	j_int(j, "rejected", (int64_t)st->rejected);
	j_int(j, "breaks", (int64_t)st->breaks);
	j_bool(j, "file_kept", st->file_kept);
	(void)s;
	return OK;
}

static enum rc
list_one(void *ctx, const struct statement_row *st, struct err *e)
{
	struct list *l = ctx;
	BUF at = { 0 };

	l->n++;
	if (l->s->json) {
		JSON j = { 0 };

		(void)list_json(l->s, st, &j);
		return out_json(l->s, &j, e);
	}
	add_time(&at, st->imported_ms, false);
	table_cell(l->t, TONE_CYAN, "s%lld", (long long)st->id);
	table_cell(l->t, TONE_PLAIN, "%s", buf_str(&at));
	table_cell(l->t, TONE_PLAIN, "%s", st->account);
	table_cell(l->t, TONE_PLAIN, "%s", st->entry[0] != '\0' ? st->entry : st->name);
	table_cell(l->t, TONE_PLAIN, "%s", st->first);
	table_cell(l->t, TONE_PLAIN, "%s", st->last);
	table_cell(l->t, TONE_PLAIN, "%llu", (unsigned long long)st->rows);
	table_cell(l->t, TONE_PLAIN, "%llu", (unsigned long long)st->added);
	table_cell(l->t, st->breaks > 0 ? TONE_YELLOW : TONE_PLAIN, "%llu", (unsigned long long)st->breaks);
	return table_row(l->t) ? OK : E_INTERRUPTED;
}

static enum rc
list_run(struct session *s, const struct args *a, struct err *e)
{
	static const struct column cols[] = {
		{ N_("ID"), 0, 0 },
		{ N_("Imported"), COL_DROP, 0 },
		{ N_("Account"), COL_CUT, 8 },
		{ N_("File"), COL_CUT, 12 },
		{ N_("First"), COL_DROP, 0 },
		{ N_("Last"), COL_DROP, 0 },
		{ N_("Rows"), COL_RIGHT, 0 },
		{ N_("New"), COL_RIGHT | COL_DROP, 0 },
		{ N_("Breaks"), COL_RIGHT | COL_DROP, 0 },
	};
	AUTO(account_free) struct account acct = { 0 };
	TABLE t = { 0 };
	struct list l = { .s = s, .t = &t };
	enum rc rc;

	account_init(&acct);
	if (a->n > 0 && (rc = session_account(s, a->v[0], &acct, e)) != OK)
		return rc;
	if (!s->json)
		table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
	rc = statement_each(session_db(s), acct.id, list_one, &l, e);
	if (l.n == 0)
		note(s, N_("Nothing was imported yet. purser import FILE"));
	return rc == E_INTERRUPTED ? OK : rc;
}

/* ---- show ---- */

struct show { struct session *s; struct json j; };

static enum rc
show_row(void *ctx, const struct statement_row *st, struct err *e)
{
	struct show *w = ctx;
	struct session *s = w->s;
	BUF at = { 0 };

	(void)e;
	if (s->json)
		return list_json(s, st, &w->j);
	add_time(&at, st->imported_ms, false);
	say(s, N_("s%lld  %s  %s, imported %s"), (long long)st->id, st->account, st->name, buf_str(&at));
	if (st->entry[0] != '\0')
		say(s, N_("  entry of the archive: %s"), st->entry);
	say(s, N_("  %s, %s, %llu bytes%s"), st->format, st->encoding, (unsigned long long)st->size,
	    st->file_kept ? _(", kept byte for byte") : "");
	if (st->account_hint[0] != '\0')
		say(s, N_("  says it belongs to: %s"), st->account_hint);
	say(s, N_("  %s to %s: %llu rows: %llu added, %llu updated, %llu known, %llu ignored, %llu refused"), st->first,
	    st->last, (unsigned long long)st->rows, (unsigned long long)st->added, (unsigned long long)st->updated,
	    (unsigned long long)st->duplicates, (unsigned long long)st->ignored, (unsigned long long)st->rejected);
	if (st->breaks > 0)
		say_tone(s, TONE_YELLOW, N_("  the balance column breaks in %llu places; the rows after them:"),
		    (unsigned long long)st->breaks);
	return OK;
}

static enum rc
show_bad(void *ctx, uint32_t row, uint32_t sheet, const char *reason, struct err *e)
{
	struct show *w = ctx;
	BUF text = { 0 };

	(void)e;
	note_say(&text, reason);
	if (!w->s->json) {
		say(w->s, N_("  left out: row %u: %s"), row, buf_str(&text));
		return OK;
	}
	j_obj(&w->j, NULL);
	j_int(&w->j, "row", row);
	j_int(&w->j, "sheet", sheet);
	j_str(&w->j, "reason", buf_str(&text));
	j_end(&w->j);
	return OK;
}

static enum rc
show_warning(void *ctx, const char *reason, struct err *e)
{
	struct show *w = ctx;
	BUF text = { 0 };

	(void)e;
	note_say(&text, reason);
	if (w->s->json)
		j_str(&w->j, NULL, buf_str(&text));
	else
		say(w->s, N_("  note: %s"), buf_str(&text));
	return OK;
}

/* The rows where the balance column breaks, so that a person can look for what is missing before them. */
static enum rc
show_break(void *ctx, const struct entry *en, struct err *e)
{
	struct show *w = ctx;
	BUF when = { 0 }, amount = { 0 }, balance = { 0 };

	(void)e;
	if ((en->flags & TXN_F_BALANCE_BREAK) == 0)
		return OK;
	entry_time(&when, en);
	if (en->has_amount)
		money_human(&amount, &en->amount);
	if (en->has_balance)
		money_human(&balance, &en->balance);
	say(w->s, N_("    row %u  %.*s  %s  %s  %s  balance %s"), en->row, (int)en->id_short, en->id, buf_str(&when),
	    entry_with(en), buf_str(&amount), buf_str(&balance));
	return OK;
}

static enum rc
show_run(struct session *s, const struct args *a, struct err *e)
{
	struct db *db = session_db(s);
	struct filter f = { .short_ids = true, .sort = SORT_TIME };
	struct show w = { .s = s };
	enum rc rc;

	if ((rc = statement_find(db, a->v[0], &f.statement, e)) != OK ||
	    (rc = statement_one(db, f.statement, show_row, &w, e)) != OK)
		return rc;
	if (!s->json) {
		if ((rc = query_each(db, &f, show_break, &w, e)) != OK ||
		    (rc = statement_bad_each(db, f.statement, show_bad, &w, e)) != OK)
			return rc;
		return statement_warning_each(db, f.statement, show_warning, &w, e);
	}
	j_list(&w.j, "left_out");
	rc = statement_bad_each(db, f.statement, show_bad, &w, e);
	j_end_list(&w.j);
	j_list(&w.j, "notes");
	if (rc == OK)
		rc = statement_warning_each(db, f.statement, show_warning, &w, e);
	j_end_list(&w.j);
	if (rc == OK)
		rc = out_json(s, &w.j, e);
	json_free(&w.j);
	return rc;
}

/* ---- remove ---- */

struct kept { struct session *s; struct buf ids; unsigned n; };

static enum rc
keep(void *ctx, const char *id, struct err *e)
{
	struct kept *k = ctx;

	(void)e;
	buf_addf(&k->ids, "%s%s", k->n++ ? " " : "", id);
	return OK;
}

static enum rc
remove_json(struct session *s, const char *id, const struct remove_result *r, const struct kept *k, struct err *e)
{
	JSON j = { 0 };
	const char *p = buf_str(&k->ids);

	j_open(&j, "statement");
	j_str(&j, "id", id);
	j_str(&j, "statement", id);
	j_int(&j, "removed", (int64_t)r->removed);
	j_int(&j, "reverted", (int64_t)r->reverted);
	j_int(&j, "shared", (int64_t)r->shared);
	j_list(&j, "kept");
	for (unsigned i = 0; i < k->n; i++, p += TXN_ID_LEN + 1)
		j_strn(&j, NULL, p, TXN_ID_LEN);
	j_end_list(&j);
	return out_json(s, &j, e);
}

static enum rc
remove_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct remove_result r;
	struct kept k = { .s = s };
	BUF text = { 0 };
	char id[24];
	int64_t st;
	bool yes;
	enum rc rc;

	if ((rc = statement_find(session_db(s), a->v[0], &st, e)) != OK)
		return rc;
	(void)snprintf(id, sizeof id, "s%lld", (long long)st);
	if (can_ask(s) && !s->yes) {
		if ((rc = ask_yes(s, true, &yes, e, N_("Take the import %s back?"), id)) != OK)
			return rc;
		if (!yes)
			return err_set(e, E_USAGE, N_("Nothing was changed."));
	}
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK)
		return rc;
	log_text_begin(&text, NULL, "statement-remove");
	log_text_add(&text, "statement", id);
	rc = statement_remove(session_db(s), st, &r, keep, &k, e);
	if (rc == OK && (rc = buf_check(&text, e)) == OK && (rc = vault_txn_event(t, &text, e)) == OK)
		rc = vault_txn_commit(&t, e);
	if (rc == OK && s->json)
		rc = remove_json(s, id, &r, &k, e);
	if (rc == OK)
		say(s, N_("%s  %llu removed, %llu updates taken back, %llu stay (other statements have them too)"), id,
		    (unsigned long long)r.removed, (unsigned long long)r.reverted, (unsigned long long)r.shared);
	if (rc == OK && r.kept > 0)
		say(s, N_("%llu stay because they have a verdict or are in an incident: %s"),
		    (unsigned long long)r.kept, buf_str(&k.ids));
	buf_free(&k.ids);
	return rc;
}

static const struct command statement_list = {
	.name = "list", .usage = "[NAME]", .summary = N_("what was imported, newest first"),
	.max_args = 1, .flags = CMD_STORE | CMD_UNLOCK, .run = list_run,
};

static const struct command statement_show = {
	.name = "show", .usage = "ID", .summary = N_("one import: counts, what was left out, breaks of the balance"),
	.min_args = 1, .max_args = 1, .flags = CMD_STORE | CMD_UNLOCK, .run = show_run,
};

static const struct command statement_remove_command = {
	.name = "remove", .usage = "ID", .summary = N_("take an import back"),
	.min_args = 1, .max_args = 1, .flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE, .run = remove_run,
};

static const struct command *const statement_subs[] = {
	&statement_list, &statement_show, &statement_remove_command, NULL
};

static const struct example statement_examples[] = {
	{ "purser statement list", NULL },
	{ "purser statement show s1", N_("why does its balance not add up?") },
	{ "purser statement remove s1", N_("wrong file or wrong account") },
	{ 0 },
};

const struct command cmd_statement = {
	.name = "statement",
	.group = GROUP_ORDER,
	.summary = N_("what was imported; take an import back"),
	.description =
	    N_("Every import is kept with the hash of its file, the file's bytes, its counts and what was left out.\n\n"
	       "`remove` takes an import back: rows that only this file brought are deleted, updates by it are undone, "
	       "rows that "
	       "another statement has too stay. Rows with a verdict, or in an incident, are kept and named."),
	.examples = statement_examples,
	.subs = statement_subs,
};
