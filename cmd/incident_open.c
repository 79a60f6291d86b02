/* cmd/incident_open.c: `purser incident open` and `purser incident close`. */
#include "cmd/incident.h"

#include "cmd/card.h"
#include "cmd/cases.h"
#include "cmd/history_add.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/term.h"
#include "store/log.h"
#include "store/query.h"
#include "wallet/filter.h"

#include <string.h>

/* ---- open ---- */

struct picked { int64_t *row; size_t n, cap; struct db *db; };

static void
picked_free(struct picked *p)
{
	free(p->row);
}

static enum rc
pick(struct picked *p, int64_t row, struct err *e)
{
	if (p->n == p->cap) {
		int64_t *more = realloc(p->row, (p->cap = p->cap * 2 + 16) * sizeof *more);

		if (more == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		p->row = more;
	}
	p->row[p->n++] = row;
	return OK;
}

static enum rc
pick_fraud(void *ctx, const struct entry *en, struct err *e)
{
	return pick(ctx, en->row_id, e);
}

/* The rows that are named; else those with the verdict fraud that are in no open incident. */
static enum rc
rows_of(struct session *s, const struct args *a, enum incident_kind kind, struct picked *p, struct err *e)
{
	struct picked all = { .n = 0 };
	struct filter f = { 0 };
	int64_t row, in;
	enum rc rc = OK;

	for (unsigned i = 0; i < arg_count(a, "row"); i++)
		if ((rc = query_find(session_db(s), arg_nth(a, "row", i), &row, e)) != OK || (rc = pick(p, row, e)) != OK)
			return rc;
	if (p->n > 0 || kind != INCIDENT_UNAUTHORISED)
		return OK;
	f.review = 1U << REVIEW_FRAUD;
	rc = query_each(session_db(s), &f, pick_fraud, &all, e);
	for (size_t i = 0; i < all.n && rc == OK; i++)
		if ((rc = incident_of_row(session_db(s), all.row[i], &in, e)) == OK && in == 0)
			rc = pick(p, all.row[i], e);
	picked_free(&all);
	return rc;
}

static enum rc
kind_ask(struct session *s, const struct args *a, enum incident_kind *kind, struct err *e)
{
	char key;
	enum rc rc;

	if (a->n > 0) {
		if (incident_kind_from(a->v[0], kind))
			return OK;
		return err_set(e, E_USAGE, N_("\"%s\" is no kind of incident"), a->v[0]);
	}
	*kind = INCIDENT_UNAUTHORISED;
	if (arg_count(a, "row") > 0 || !can_ask(s))
		return OK;
	rc = ask_key(s, "udlpcabf", true, "KIND", &key, e,
	    N_("What happened?\n  u a payment that is not yours   d device lost   l password leaked   p phishing\n"
	       "  c cannot log in   a account locked   b balance wrong   f payment failed"));
	if (rc == OK)
		*kind = key == 'd' ? INCIDENT_LOST_DEVICE : key == 'l' ? INCIDENT_LEAKED_PASSWORD : key == 'p' ?
		    INCIDENT_PHISHING : key == 'c' ? INCIDENT_CANNOT_LOG_IN : key == 'a' ? INCIDENT_ACCOUNT_LOCKED :
		    key == 'b' ? INCIDENT_BALANCE_WRONG : key == 'f' ? INCIDENT_PAYMENT_FAILED : INCIDENT_UNAUTHORISED;
	return rc;
}

static enum rc
accounts_of(struct session *s, const struct args *a, struct picked *p, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	enum rc rc;

	for (unsigned i = 0; i < arg_count(a, "account"); i++) {
		account_free(&acct);
		account_init(&acct);
		rc = account_find(session_db(s), arg_nth(a, "account", i), &acct, e);
		if (rc == E_NOTFOUND)
			return session_no_account(s, arg_nth(a, "account", i), e);
		if (rc != OK || (rc = pick(p, acct.id, e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
event(struct vault_txn *t, int64_t id, const char *what, enum incident_kind kind, struct err *e)
{
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, "incident");
	log_text_add(&text, "what", what);
	log_text_u64(&text, "incident", (uint64_t)id);
	log_text_add(&text, "kind", incident_kind_name(kind));
	return (rc = buf_check(&text, e)) != OK ? rc : vault_txn_event(t, &text, e);
}

static enum rc
open_run(struct session *s, const struct args *a, struct err *e)
{
	struct incident i = { .severity = SEVERITY_LOW, .opened_ms = s->now_ms, .review = "",
		.title = arg_str(a, "title") != NULL ? arg_str(a, "title") : "" };
	AUTO(picked_free) struct picked rows = { .n = 0 }, accounts = { .n = 0 };
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AGENDA g = { .n = 0 };
	int64_t id;
	enum rc rc;

	if ((rc = kind_ask(s, a, &i.kind, e)) != OK ||
	    (rc = moment_ms(s, arg_str(a, "discovered"), &i.discovered_ms, e)) != OK ||
	    (rc = rows_of(s, a, i.kind, &rows, e)) != OK || (rc = accounts_of(s, a, &accounts, e)) != OK ||
	    (rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = incident_add(session_db(s), &i, &id, e)) != OK)
		return rc;
	for (size_t k = 0; k < rows.n && rc == OK; k++)
		rc = incident_row_add(session_db(s), id, rows.row[k], e);
	for (size_t k = 0; k < accounts.n && rc == OK; k++)
		rc = incident_account_add(session_db(s), id, accounts.row[k], e);
	if (rc != OK || (rc = agenda_load(s, id, &g, e)) != OK || (rc = agenda_number(s, &g, e)) != OK ||
	    (rc = event(t, id, "open", i.kind, e)) != OK || (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	facts_warn(s, &g.facts);
	if (s->json)
		return incident_json(s, &g, e);
	incident_head(s, &g);
	if (agenda_next(&g) != NULL)
		agenda_full(s, &g, agenda_next(&g));
	note(s, N_("All of it: purser incident next --all. Whom you told: purser incident notice WHO --by WAY --ref NUMBER"));
	return OK;
}

static const struct option open_options[] = {
	{ "row", 0, "ID", N_("a transaction that it is about; may be given several times"), NULL, 0 },
	{ "account", 'a', "NAME", N_("an account that it is about; may be given several times"), NULL, 0 },
	{ "title", 0, "TEXT", N_("in your own words"), NULL, 0 },
	{ "discovered", 0, "TIME", N_("when you learned of it: some deadlines count from then (default now)"), NULL, 0 },
	{ 0 },
};

const struct command incident_open_command = {
	.name = "open",
	.usage = "[KIND]",
	.summary = N_("open one by hand; unauthorised takes in the rows that are marked as fraud"),
	.description = N_(
	    "KIND is unauthorised, account-locked, cannot-log-in, balance-wrong, payment-failed, lost-device, phishing or "
	    "leaked-password; without it you are asked at a terminal, else it is unauthorised."),
	.options = open_options,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = open_run,
};

/* ---- close: what was missing, what to change ---- */

struct lesson { const char *what, *fix; };
struct lessons { struct lesson l[16]; size_t n; };

static void
lesson(struct lessons *x, bool is, const char *what, const char *fix)
{
	if (is && x->n < COUNTOF(x->l))
		x->l[x->n++] = (struct lesson){ what, fix };
}

struct told { int64_t first_ms; unsigned notices, without_ref; };

static enum rc
count_notice(void *ctx, const struct incident_entry *en, struct err *e)
{
	struct told *t = ctx;

	(void)e;
	if (en->kind != ENTRY_NOTICE || en->retracted_ms != 0)
		return OK;
	t->notices++;
	t->without_ref += en->ref[0] == '\0';
	if (t->first_ms == 0 || en->at_ms < t->first_ms)
		t->first_ms = en->at_ms;
	return OK;
}

#define LATE_MS (INT64_C(24) * 3600 * 1000)
#define BACKUP_OLD_MS (INT64_C(30) * 86400 * 1000)

static enum rc
lessons_get(struct session *s, const struct agenda *g, struct told *told, struct lessons *x, struct err *e)
{
	struct cases_count cases = { 0 };
	AUTO(auto_free) struct exposure *exposed = NULL;
	bool way_in = true, mailbox = false;
	struct vault_status st;
	size_t n = 0;
	int64_t written = 0;
	enum rc rc;

	if ((rc = incident_entries(session_db(s), g->id, count_notice, told, e)) != OK ||
	    (rc = cases_count(s, g->id, &cases, e)) != OK || (rc = vault_status(session_home(s), &st, e)) != OK ||
	    (rc = vault_exposures(session_vault(s), &exposed, &n, e)) != OK)
		return rc;
	for (size_t i = 0; i < g->all.n; i++) {
		way_in = way_in && (g->all.a[i].way_in[0] != '\0' || g->all.a[i].state == ACCOUNT_CLOSED);
		mailbox = mailbox || g->all.a[i].controls > 0;
	}
	lesson(x, told->notices == 0, N_("nobody was told, as far as is written down"), "purser incident notice WHO --by WAY");
	lesson(x, told->notices > 0 && told->first_ms - g->i.discovered_ms > LATE_MS,
	    N_("the first notice came more than a day after you knew"), "purser drill");
	lesson(x, told->without_ref > 0, N_("a notice has no reference number"), "purser case update ID --ref REF");
	lesson(x, cases.open > 0, N_("a support case is still open"), "purser case list");
	lesson(x, n > 0, N_("secrets that were exposed are not changed yet"), "purser rotate --next");
	lesson(x, st.last_backup == 0 || s->now_ms - st.last_backup > BACKUP_OLD_MS,
	    N_("there is no backup of the last 30 days"), "purser backup FILE");
	lesson(x, st.state == VAULT_FROZEN, N_("the store is still frozen"), "purser thaw");
	lesson(x, st.kit != KIT_VERIFIED, N_("the recovery kit is not verified"), "purser kit check");
	lesson(x, (st.flags & (KEYS_TOTP_MASK | KEYS_KEYFILE | KEYS_FIDO2)) == 0, N_("the store has no second factor"),
	    "purser 2fa enable");
	lesson(x, card_standing(s, session_home(s), session_db(s), &written) == CARD_STATE_OFF, N_("no emergency card is kept"),
	    "purser card");
	lesson(x, !way_in, N_("for an account it is not said how you get in without purser"),
	    "purser account edit NAME --way-in TEXT");
	lesson(x, !mailbox, N_("no mailbox or number is entered with what it can reset"),
	    "purser account edit NAME --controls OTHER");
	return OK;
}

static enum rc
lessons_say(struct session *s, const struct agenda *g, const struct told *told, const struct lessons *x, struct err *e)
{
	BUF after = { .max = 64 };
	JSON j = { 0 };
	enum rc rc = OK;

	if (told->notices > 0)
		add_duration(&after, told->first_ms > g->i.discovered_ms ? (told->first_ms - g->i.discovered_ms) / 1000 : 0);
	if (!s->json && told->notices > 0)
		say(s, N_("Told %u times, first %s after you knew. Steps: %zu of %zu."), told->notices, buf_str(&after), g->done,
		    g->n);
	for (size_t i = 0; i < x->n && rc == OK; i++) {
		if (!s->json) {
			say(s, "  - %s: %s", _(x->l[i].what), x->l[i].fix);
			continue;
		}
		j_open(&j, "finding");
		j_str(&j, "severity", "medium");
		j_null(&j, "account");
		j_str(&j, "what", _(x->l[i].what));
		j_null(&j, "why");
		j_str(&j, "fix", x->l[i].fix);
		rc = out_json(s, &j, e);
	}
	if (!s->json && x->n == 0)
		say(s, N_("Nothing was missing."));
	return rc;
}

/* What was missing stands in the store too, in the words of machines: it is read in any language later. */
static enum rc
review_text(struct session *s, const struct args *a, const struct agenda *g, struct buf *out, struct err *e)
{
	enum rc rc;

	if (arg_str(a, "review") != NULL) {
		buf_adds(out, arg_str(a, "review"));
	} else if (can_ask(s) && g->i.review[0] == '\0') {
		if ((rc = ask_text(s, N_("In your words: what would you do otherwise? (Enter: nothing) "), "--review", out, e)) != OK)
			return rc;
	} else {
		buf_adds(out, g->i.review);
	}
	return buf_check(out, e);
}

static enum rc
close_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct lessons x = { .n = 0 };
	struct told told = { .notices = 0 };
	AGENDA g = { .n = 0 };
	BUF review = { .max = INCIDENT_TEXT_MAX + 1 };
	bool yes = true;
	int64_t id;
	enum rc rc;

	if ((rc = incident_pick(s, a->n > 0 ? a->v[0] : NULL, &id, e)) != OK || (rc = agenda_load(s, id, &g, e)) != OK)
		return rc;
	if (g.i.closed_ms != 0)
		return err_set(e, E_EXISTS, N_("incident I%lld is closed already"), (long long)id);
	if (agenda_next(&g) != NULL) {
		if (can_ask(s))
			agenda_line(s, &g, agenda_next(&g));
		if ((rc = ask_yes(s, false, &yes, e, N_("%zu steps are not done. Close all the same?"), g.n - g.done)) != OK)
			return rc;
	}
	if (!yes)
		return err_set(e, E_USAGE, N_("Nothing was changed."));
	if ((rc = lessons_get(s, &g, &told, &x, e)) != OK || (rc = review_text(s, a, &g, &review, e)) != OK)
		return rc;
	g.i.closed_ms = s->now_ms;
	g.i.review = buf_str(&review);
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = incident_set(session_db(s), &g.i, e)) != OK || (rc = event(t, id, "close", g.i.kind, e)) != OK ||
	    (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	if (s->json && (rc = incident_json(s, &g, e)) != OK)
		return rc;
	if (!s->json) {
		incident_head(s, &g);
		say_tone(s, TONE_BOLD, N_("What was missing"));
	}
	rc = lessons_say(s, &g, &told, &x, e);
	g.i.review = g.review;
	return rc;
}

static const struct option close_options[] = {
	{ "review", 0, "TEXT", N_("what you would do otherwise, kept with it"), NULL, 0 },
	{ 0 },
};

const struct command incident_close_command = {
	.name = "close",
	.usage = "[ID]",
	.summary = N_("close it, with a review of what was missing"),
	.options = close_options,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE,
	.run = close_run,
};
