/* cmd/history_add.c: `purser history add`: a row before its statement; works locked. `purser history notes`: what was
 * noted while locked and names no account. */
#include "cmd/history_add.h"

#include "base/num.h"
#include "cmd/filters.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/account.h"
#include "store/inbox.h"
#include "store/log.h"
#include "store/provisional.h"
#include "store/query.h"
#include "wallet/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- the moment ---- */

static bool
clock_time(const char *s, char out[9])
{
	unsigned h, m, sec = 0;
	size_t n = strlen(s);

	if ((n != 5 && n != 8) || !num_digits(s, 2, &h) || s[2] != ':' || !num_digits(s + 3, 2, &m) ||
	    (n == 8 && (s[5] != ':' || !num_digits(s + 6, 2, &sec))) || !civil_valid_time(h, m, sec))
		return false;
	(void)snprintf(out, 9, "%02u:%02u:%02u", h % 100, m % 100, sec % 100);
	return true;
}

static enum rc
no_moment(const char *text, struct err *e)
{
	return err_set(
	    e, E_USAGE, N_("\"%s\" is no time such as 01:47, 2026-11-22 01:47, 2026-11-22 or yesterday"), text);
}

/* Seconds since 1970 of that wall clock in the session's zone; *off east of UTC. */
static int64_t
instant(const struct civil *c, long *off)
{
	struct tm tm = { .tm_year = c->year - 1900, .tm_mon = c->month - 1, .tm_mday = c->day, .tm_hour = c->hour,
		.tm_min = c->minute, .tm_sec = c->second, .tm_isdst = -1 };
	time_t t = mktime(&tm);

	*off = tm.tm_gmtoff;
	return (int64_t)t;
}

static struct civil
local_now(const struct session *s)
{
	time_t t = (time_t)(s->now_ms / 1000);
	struct tm tm = { 0 };

	(void)localtime_r(&t, &tm);
	return (struct civil){ .year = tm.tm_year + 1900, .month = (uint8_t)(tm.tm_mon + 1), .day = (uint8_t)tm.tm_mday,
		.hour = (uint8_t)tm.tm_hour, .minute = (uint8_t)tm.tm_min, .second = (uint8_t)tm.tm_sec };
}

/* The two halves of the text; one of them may be missing. */
static enum rc
halves(const char *text, const struct civil *today, int64_t *day, bool *dated, char time[9], struct err *e)
{
	size_t n = strcspn(text, "T ");
	char date[32];
	int64_t last;
	enum rc rc;

	*dated = !clock_time(text, time);
	if (!*dated)
		return OK;
	(void)snprintf(date, sizeof date, "%.*s", (int)(n < sizeof date ? n : 0), text);
	if ((rc = when_range(day, &last, date, today, e)) != OK || *day != last)
		return no_moment(text, e);
	time[0] = '\0';
	return text[n] == '\0' || clock_time(text + n + 1, time) ? OK : no_moment(text, e);
}

enum rc
moment_read(const struct session *s, const char *text, char day[11], char time[9], char zone[8], struct err *e)
{
	struct civil now = local_now(s), c;
	int64_t d = civil_days(now.year, now.month, now.day);
	unsigned h = 0, m = 0, sec = 0;
	BUF typed = { .max = 32 };
	bool dated = false;
	long off;
	enum rc rc;

	if (text == NULL)
		(void)snprintf(time, 9, "%02u:%02u:%02u", now.hour % 100u, now.minute % 100u, now.second % 100u);
	else if ((rc = halves(text, &now, &d, &dated, time, e)) != OK)
		return rc;
	if (time[0] != '\0' &&
	    (!num_digits(time, 2, &h) || !num_digits(time + 3, 2, &m) || !num_digits(time + 6, 2, &sec)))
		return no_moment(text != NULL ? text : "", e);
	for (int tries = 0; tries < 2; tries++) {
		c = civil_from_unix(d * 86400);
		c.hour = (uint8_t)h;
		c.minute = (uint8_t)m;
		c.second = (uint8_t)sec;
		/* "01:47", typed at midnight and a half, was yesterday's; a minute or two of another clock is today's.
		 */
		if (instant(&c, &off) <= s->now_ms / 1000 + 300 || dated)
			break;
		d--;
	}
	if (instant(&c, &off) > s->now_ms / 1000 + 86400)
		return err_set(e, E_USAGE, N_("\"%s\" has not been yet"), text != NULL ? text : "");
	add_day(&typed, d);
	(void)snprintf(day, 11, "%s", buf_str(&typed));
	off /= 60;
	(void)snprintf(
	    zone, 8, "%c%02u:%02u", off < 0 ? '-' : '+', (unsigned)labs(off) / 60 % 100, (unsigned)labs(off) % 60);
	return OK;
}

enum rc
moment_ms(const struct session *s, const char *text, int64_t *ms, struct err *e)
{
	char day[11], time[9] = "", zone[8];
	unsigned h = 0, m = 0, sec = 0, zh, zm;
	int64_t d, off;
	enum rc rc;

	if (text == NULL) {
		*ms = s->now_ms;
		return OK;
	}
	if ((rc = moment_read(s, text, day, time, zone, e)) != OK)
		return rc;
	if (!civil_day_read(day, &d) || !num_digits(zone + 1, 2, &zh) || !num_digits(zone + 4, 2, &zm) ||
	    (time[0] != '\0' && (!num_digits(time, 2, &h) || !num_digits(time + 3, 2, &m) || !num_digits(time + 6, 2, &sec))))
		return no_moment(text, e);
	off = (int64_t)(zh * 60 + zm) * (zone[0] == '-' ? -60 : 60);
	*ms = (d * 86400 + (int64_t)h * 3600 + (int64_t)m * 60 + (int64_t)sec - off) * 1000;
	/* 0 is "never" wherever a time is kept. */
	return *ms > 0 ? OK : no_moment(text, e);
}

/* ---- history add ---- */

struct noted { char amount[48], cur[CURRENCY_MAX + 1], day[11], time[9], zone[8]; const char *account, *with; };

static enum rc
read_noted(const struct session *s, const struct args *a, struct noted *n, struct money *m, struct err *e)
{
	BUF plain = { 0 };
	enum rc rc;

	n->account = a->v[0];
	n->with = arg_str(a, "with") != NULL ? arg_str(a, "with") : "";
	if (!currency_norm(n->cur, a->v[2]))
		return err_set(e, E_USAGE, N_("\"%s\" is no currency code (EUR, CNY ...)"), a->v[2]);
	if ((rc = money_parse(m, a->v[1], n->cur, e)) != OK)
		return err_set(e, E_USAGE, N_("\"%s\" is no amount of %s: -310.00 left the wallet, 310.00 came in"),
		    a->v[1], n->cur);
	money_plain(&plain, m);
	(void)snprintf(n->amount, sizeof n->amount, "%s", buf_str(&plain));
	if ((rc = text_check("with", n->with, 256, e)) != OK)
		return rc;
	return moment_read(s, arg_str(a, "at"), n->day, n->time, n->zone, e);
}

static void
noted_text(const struct session *s, const struct noted *n, struct buf *out)
{
	log_text_begin(out, NULL, "row");
	log_text_add(out, "account", n->account);
	log_text_add(out, "amount", n->amount);
	log_text_add(out, "cur", n->cur);
	log_text_add(out, "day", n->day);
	if (n->time[0] != '\0') {
		log_text_add(out, "time", n->time);
		log_text_add(out, "zone", n->zone);
	}
	if (n->with[0] != '\0')
		log_text_add(out, "with", n->with);
	log_text_u64(out, "made", (uint64_t)s->now_ms);
}

static enum rc
add_sealed(struct session *s, const struct noted *n, struct err *e)
{
	BUF text = { 0 };
	JSON j = { 0 };
	enum rc rc;

	noted_text(s, n, &text);
	if ((rc = inbox_add(session_home(s), &text, s->wait_ms, e)) != OK)
		return rc;
	if (!s->json) {
		say(s,
		    N_("Noted and sealed (store is locked). A later statement will be matched with it, not doubled."));
		return OK;
	}
	j_open(&j, "note");
	j_str(&j, "kind", "row");
	j_bool(&j, "sealed", true);
	j_str(&j, "account", n->account);
	j_str(&j, "amount", n->amount);
	j_str(&j, "currency", n->cur);
	j_str(&j, "date", n->day);
	j_int(&j, "notes_waiting", (int64_t)inbox_waiting(session_home(s)));
	return out_json(s, &j, e);
}

static enum rc
print_one(void *ctx, const struct entry *en, struct err *e)
{
	struct session *s = ctx;

	if (s->json)
		return entry_out(s, en, e);
	say(s, N_("Noted: %.*s. A later statement will be matched with it, not doubled."), (int)en->id_short, en->id);
	return OK;
}

static struct when
when_of(const struct noted *n)
{
	struct when w = { .has_date = true, .has_time = n->time[0] != '\0' };
	unsigned y = 0, mo = 0, d = 0, h = 0, mi = 0, sec = 0;

	(void)(num_digits(n->day, 4, &y) && num_digits(n->day + 5, 2, &mo) && num_digits(n->day + 8, 2, &d));
	w.local = (struct civil){ .year = (int32_t)y, .month = (uint8_t)mo, .day = (uint8_t)d };
	if (w.has_time && num_digits(n->time, 2, &h) && num_digits(n->time + 3, 2, &mi) &&
	    num_digits(n->time + 6, 2, &sec)) {
		w.local.hour = (uint8_t)h;
		w.local.minute = (uint8_t)mi;
		w.local.second = (uint8_t)sec;
		(void)snprintf(w.zone, sizeof w.zone, "%s", n->zone);
		w.known = ZONE_IN_FILE;
		when_resolve(&w);
	}
	return w;
}

static enum rc
add_open(struct session *s, const struct noted *n, const struct money *m, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(account_free) struct account acct = { 0 };
	struct provisional p = { .when = when_of(n), .amount = *m, .counterparty = n->with, .made_ms = s->now_ms };
	char id[TXN_ID_LEN + 1];
	int64_t txn = 0;
	BUF text = { 0 };
	enum rc rc;

	account_init(&acct);
	if ((rc = session_account(s, n->account, &acct, e)) != OK)
		return rc;
	p.account = acct.id;
	log_text_begin(&text, NULL, "row-add");
	log_text_add(&text, "account", acct.name);
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = provisional_add(session_db(s), &p, id, &txn, e)) != OK || (rc = vault_txn_event(t, &text, e)) != OK ||
	    (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	return query_one(session_db(s), txn, print_one, s, e);
}

static enum rc
add_run(struct session *s, const struct args *a, struct err *e)
{
	struct agent_status st = { 0 };
	struct noted n = { .account = "" };
	struct money m = { 0 };
	enum rc rc;

	if ((rc = read_noted(s, a, &n, &m, e)) != OK)
		return rc;
	agent_status(session_home(s), &st);
	/* Nobody is asked for a password here: at night, on a computer that may be watched, none should be typed. */
	if (!st.unlocked && s->password_fd == FD_NONE && s->password_file == NULL)
		return add_sealed(s, &n, e);
	if ((rc = session_unlock(s, CMD_UNLOCK, e)) != OK)
		return rc;
	return add_open(s, &n, &m, e);
}

static const struct option add_options[] = {
	{ "at", 0, "TIME", N_("when: 01:47, \"2026-11-22 01:47\", 2026-11-22, yesterday (default now)"), NULL, 0 },
	{ "with", 0, "WHO", N_("who got or sent it, as far as you know"), NULL, 0 },
	{ 0 },
};

static const struct example add_examples[] = {
	{ "purser history add paypal -310.00 EUR --at 01:47 --with \"unknown shop\"", NULL },
	{ 0 },
};

const struct command history_add = {
	.name = "add",
	.usage = "NAME AMOUNT CURRENCY",
	.summary = N_("note a payment before its statement comes; works locked"),
	.description =
	    N_("Makes a provisional row. A row of a later statement of the same account, currency and amount, at most "
	       "4 days away, takes its place: nothing is counted twice, verdicts stay, and both IDs find it.\n\n"
	       "While the store is locked no password is asked: the note is sealed, and taken into the history at the "
	       "next unlock. It is not authenticated: whoever can write the files of the store can add such a note. "
	       "One that names an unknown account is kept (purser history notes)."),
	.examples = add_examples,
	.options = add_options,
	.min_args = 3,
	.max_args = 3,
	.flags = CMD_STORE,
	.run = add_run,
};

/* ---- history notes ---- */

/* Whoever wrote the note chose the names of its fields: none of them stands for one of ours. */
static bool
is_ours(const char *key)
{
	static const char *const ours[] = { "object", "id", "kind", "made", "problem" };

	for (size_t i = 0; i < COUNTOF(ours); i++)
		if (strcmp(key, ours[i]) == 0)
			return true;
	return false;
}

struct listing { struct session *s; struct table *t; bool tabled; unsigned n; };

static enum rc
print_note(void *ctx, const struct inbox_row *r, struct err *e)
{
	AUTO(auto_free) struct log_text *t = malloc(sizeof *t);
	struct listing *l = ctx;
	char id[2 * ID_LEN + 1];
	BUF when = { 0 }, what = { 0 };
	JSON j = { 0 };

	if (t == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (!log_text_parse(t, r->text, strlen(r->text)))
		return OK;
	l->n++;
	hex_put(id, r->id, 4);
	for (size_t i = 0; i < t->fields; i++)
		if (strcmp(t->field[i].key, "made") != 0)
			buf_addf(&what, "%s%s", what.len > 0 ? "  " : "", t->field[i].value);
	if (l->s->json) {
		j_open(&j, "note");
		j_str(&j, "id", id);
		j_str(&j, "kind", r->kind);
		j_time(&j, "made", r->made_ms);
		j_str(&j, "problem", r->problem[0] != '\0' ? r->problem : NULL);
		for (size_t i = 0; i < t->fields; i++)
			if (!is_ours(t->field[i].key))
				j_str(&j, t->field[i].key, t->field[i].value);
		return out_json(l->s, &j, e);
	}
	add_time(&when, r->made_ms, false);
	table_cell(l->t, TONE_CYAN, "%s", id);
	table_cell(l->t, TONE_PLAIN, "%s", buf_str(&when));
	table_cell(l->t, TONE_PLAIN, "%s", r->kind);
	table_cell(l->t, TONE_PLAIN, "%s", buf_str(&what));
	return table_row(l->t) ? OK : E_INTERRUPTED;
}

struct prefix { const char *text; unsigned char id[ID_LEN]; unsigned n; };

static enum rc
match_note(void *ctx, const struct inbox_row *r, struct err *e)
{
	struct prefix *p = ctx;
	char id[2 * ID_LEN + 1];

	(void)e;
	hex_put(id, r->id, ID_LEN);
	if (strncmp(id, p->text, strlen(p->text)) == 0) {
		memcpy(p->id, r->id, ID_LEN);
		p->n++;
	}
	return OK;
}

static enum rc
dismiss(struct session *s, const char *text, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct prefix p = { .text = text };
	enum rc rc;

	if ((rc = inbox_each(session_db(s), true, match_note, &p, e)) != OK)
		return rc;
	if (p.n != 1 || strlen(text) < 4)
		return p.n > 1 || strlen(text) < 4 ? err_set(e, E_USAGE, N_("\"%s\" does not name one note"), text) :
		    err_set(e, E_NOTFOUND, N_("no such note: %s"), text);
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = inbox_dismiss(session_db(s), p.id, e)) != OK)
		return rc;
	return vault_txn_commit(&t, e);
}

static enum rc
notes_run(struct session *s, const struct args *a, struct err *e)
{
	static const struct column cols[] = {
		{ N_("Note"), 0, 0 },
		{ N_("Made"), 0, 0 },
		{ N_("Kind"), 0, 0 },
		{ N_("Text"), COL_CUT, 20 },
	};
	struct listing l = { .s = s };
	TABLE t = { 0 };
	enum rc rc;

	if (arg_has(a, "dismiss"))
		return dismiss(s, arg_str(a, "dismiss"), e);
	if (!s->json)
		table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
	l.t = &t;
	rc = inbox_each(session_db(s), !arg_has(a, "all"), print_note, &l, e);
	table_end(&t);
	if (rc == OK && l.n == 0)
		note(s, N_("No note waits for an account."));
	return rc == E_INTERRUPTED ? OK : rc;
}

static const struct option notes_options[] = {
	{ "all", 0, NULL, N_("those that found their place, too"), NULL, 0 },
	{ "dismiss", 0, "NOTE", N_("it needs no place any more"), NULL, 0 },
	{ 0 },
};

const struct command history_notes = {
	.name = "notes",
	.summary = N_("what was noted while locked and names no account here"),
	.description =
	    N_("A note of history add that names an unknown account is kept, and tried again at each unlock: make the "
	       "account, or dismiss the note."),
	.options = notes_options,
	.flags = CMD_STORE | CMD_UNLOCK,
	.run = notes_run,
};
