/* wallet/export.c: see export.h. */
#include "wallet/export.h"

#include <string.h>

static void
add_money(struct buf *out, bool has, const struct money *m)
{
	if (has)
		money_plain(out, m);
}

static void
add_date(struct buf *out, const struct when *w)
{
	if (w->has_date)
		buf_addf(out, "%04d-%02u-%02u", w->local.year, w->local.month, w->local.day);
}

/* ---- JSON ---- */

static void
member(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, ",\"%s\":", key);
	buf_addjson(out, value[0] != '\0' ? value : NULL);
}

static void
member_money(struct buf *out, const char *key, bool has, const struct money *m)
{
	BUF b = { 0 };

	add_money(&b, has, m);
	member(out, key, buf_str(&b));
}

static void
member_reasons(struct buf *out, unsigned flags)
{
	const char *name;
	bool more = false;

	buf_adds(out, ",\"reasons\":[");
	for (unsigned bit = 1; bit != 0 && bit <= flags; bit <<= 1) {
		if ((flags & bit) == 0 || (name = txn_flag_name(bit)) == NULL)
			continue;
		buf_addf(out, "%s\"%s\"", more ? "," : "", name);
		more = true;
	}
	buf_addc(out, ']');
}

void
entry_json(struct buf *out, const struct entry *en)
{
	BUF time = { 0 }, date = { 0 };

	if (en->when.has_date && en->when.has_time)
		when_rfc3339(&time, &en->when);
	add_date(&date, &en->when);
	buf_adds(out, "{\"object\":\"transaction\"");
	member(out, "id", en->id);
	member(out, "account", en->account);
	member(out, "time", buf_str(&time));
	member(out, "date", buf_str(&date));
	member(out, "type", en->type);
	member(out, "status", txn_status_name(en->status));
	member(out, "status_text", en->status_text);
	buf_addf(out, ",\"moved\":%s", en->moved ? "true" : "false");
	buf_addf(out, ",\"provisional\":%s", en->provisional ? "true" : "false");
	member_money(out, "amount", en->has_amount, &en->amount);
	member(out, "currency", en->amount.cur);
	member_money(out, "fee", en->has_fee, &en->fee);
	member(out, "counterparty", en->counterparty);
	member(out, "description", en->description);
	member(out, "reference", en->reference);
	member(out, "method", en->method);
	member_money(out, "balance", en->has_balance, &en->balance);
	member(out, "review", en->review == REVIEW_NEW ? "" : review_name(en->review));
	buf_adds(out, ",\"score\":null");
	member_reasons(out, en->flags);
	member(out, "linked_to", en->linked_to);
	member(out, "statement", en->statement);
	if (en->row != 0)
		buf_addf(out, ",\"row\":%u", en->row);
	else
		buf_adds(out, ",\"row\":null");
}

/* ---- CSV ---- */

static const char csv_head[] =
    "id,account,time,date,type,status,status_text,moved,provisional,amount,currency,fee,counterparty,description,"
    "reference,method,balance,review,linked_to,statement,row\r\n";

void
csv_cell(struct buf *out, const char *s, bool text)
{
	size_t n = strlen(s);
	bool quote = strpbrk(s, ",\"\r\n") != NULL || (n > 0 && (s[0] == ' ' || s[n - 1] == ' '));

	if (text && n > 0 && strchr("=+-@\t", s[0]) != NULL)
		quote = true;
	if (!quote) {
		buf_add(out, s, n);
		return;
	}
	buf_addc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			buf_addc(out, '"');
		buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

static void
text_cell(struct buf *out, const char *s)
{
	buf_addc(out, ',');
	csv_cell(out, s, true);
}

static void
money_cell(struct buf *out, bool has, const struct money *m)
{
	buf_addc(out, ',');
	add_money(out, has, m);
}

static void
entry_csv(struct buf *out, const struct entry *en)
{
	buf_adds(out, en->id);
	text_cell(out, en->account);
	buf_addc(out, ',');
	if (en->when.has_date && en->when.has_time)
		when_rfc3339(out, &en->when);
	buf_addc(out, ',');
	add_date(out, &en->when);
	text_cell(out, en->type);
	text_cell(out, txn_status_name(en->status));
	text_cell(out, en->status_text);
	buf_adds(out, en->moved ? ",true" : ",false");
	buf_adds(out, en->provisional ? ",true" : ",false");
	money_cell(out, en->has_amount, &en->amount);
	text_cell(out, en->amount.cur);
	money_cell(out, en->has_fee, &en->fee);
	text_cell(out, en->counterparty);
	text_cell(out, en->description);
	text_cell(out, en->reference);
	text_cell(out, en->method);
	money_cell(out, en->has_balance, &en->balance);
	text_cell(out, en->review == REVIEW_NEW ? "" : review_name(en->review));
	text_cell(out, en->linked_to);
	text_cell(out, en->statement);
	buf_addc(out, ',');
	if (en->row != 0)
		buf_addf(out, "%u", en->row);
	buf_adds(out, "\r\n");
}

/* ---- hledger journal (hledger.org/hledger.html#journal) ---- */

/* Text of a description or comment: `;` would start a comment, `|` splits payee and note. */
static void
journal_text(struct buf *out, const char *s, bool payee)
{
	for (; *s != '\0'; s++) {
		char c = *s;

		if (c == ';')
			c = ',';
		else if (c == '|' && payee)
			c = '/';
		else if ((unsigned char)c < 0x20)
			c = ' ';
		buf_addc(out, c);
	}
}

/* A tag's value ends at a comma. */
static void
tag(struct buf *out, const char *key, const char *value, bool *more)
{
	if (value[0] == '\0')
		return;
	buf_addf(out, "%s%s:", *more ? ", " : "", key);
	for (; *value != '\0'; value++)
		buf_addc(out, *value == ',' || (unsigned char)*value < 0x20 ? ' ' : *value);
	*more = true;
}

void
hledger_account(struct buf *out, const char *account)
{
	bool blank = false;

	buf_adds(out, "assets:");
	for (; *account != '\0'; account++) {
		char c = *account == ':' ? '-' : *account == ';' ? ',' : *account == '\t' ? ' ' : *account;

		if (c == ' ' && blank)          /* two blanks end the name of an account */
			continue;
		blank = c == ' ';
		buf_addc(out, c);
	}
}

static void
journal_amount(struct buf *out, const struct money *m)
{
	money_plain(out, m);
	if (m->cur[0] == '\0')
		return;
	if (strpbrk(m->cur, "0123456789") != NULL)
		buf_addf(out, " \"%s\"", m->cur);
	else
		buf_addf(out, " %s", m->cur);
}

static void
journal_title(struct buf *out, const struct entry *en)
{
	bool pending = en->status == TXN_PENDING || en->status == TXN_HELD || en->provisional;

	add_date(out, &en->when);
	buf_addf(out, " %s (%s) ", pending ? "!" : "*", en->id);
	journal_text(out, en->counterparty[0] != '\0' ? en->counterparty : en->type, true);
	if (en->description[0] != '\0') {
		buf_adds(out, " | ");
		journal_text(out, en->description, false);
	}
	buf_addc(out, '\n');
}

static void
journal_tags(struct buf *out, const struct entry *en)
{
	bool more = false;

	buf_adds(out, "    ; ");
	tag(out, "status", txn_status_name(en->status), &more);
	tag(out, "type", en->type, &more);
	tag(out, "method", en->method, &more);
	tag(out, "reference", en->reference, &more);
	tag(out, "linked", en->linked_to, &more);
	tag(out, "review", en->review == REVIEW_NEW ? "" : review_name(en->review), &more);
	tag(out, "statement", en->statement, &more);
	buf_addc(out, '\n');
}

static void
entry_hledger(struct buf *out, const struct entry *en)
{
	const char *other = en->effect.minor < 0 || en->status == TXN_REFUNDED ? "expenses:unknown" : "income:unknown";

	if (!en->has_effect || !en->when.has_date) {
		/* Kept as a comment: nothing of the list is silently missing. */
		buf_adds(out, en->when.has_date ? "; no movement: " : "; no date: ");
		journal_title(out, en);
		if (en->has_effect) {
			buf_adds(out, ";     ");
			hledger_account(out, en->account);
			buf_adds(out, "  ");
			journal_amount(out, &en->effect);
			buf_addc(out, '\n');
		}
		buf_addc(out, '\n');
		return;
	}
	if (!en->moved)
		other = "expenses:fees";
	journal_title(out, en);
	journal_tags(out, en);
	buf_adds(out, "    ");
	hledger_account(out, en->account);
	buf_adds(out, "  ");
	journal_amount(out, &en->effect);
	buf_addf(out, "\n    %s\n\n", other);
}

void
export_head(struct buf *out, enum export_format f)
{
	if (f == EXPORT_CSV)
		buf_adds(out, csv_head);
	else if (f == EXPORT_HLEDGER)
		buf_adds(out, "; journal for hledger, written by purser\n\n");
}

void
export_entry(struct buf *out, enum export_format f, const struct entry *en)
{
	switch (f) {
	case EXPORT_CSV:
		entry_csv(out, en);
		break;
	case EXPORT_JSON:
		entry_json(out, en);
		buf_adds(out, "}\n");
		break;
	case EXPORT_HLEDGER:
		entry_hledger(out, en);
		break;
	}
}
