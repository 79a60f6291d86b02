/* cmd/incident_deadlines.c: `purser incident deadlines`: by when what has to be done, the one that ends first first. */
#include "cmd/duelines.h"
#include "cmd/incident.h"

#include "base/io.h"
#include "base/num.h"
#include "cmd/card.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "crypto/kdf.h"
#include "wallet/ical.h"

#include <fcntl.h>
#include <string.h>

#define WITHIN_MAX_DAYS 3660

/* What --within lets through; without it everything. */
struct within { bool given; int64_t days; };

static enum rc
within_get(const struct args *a, struct within *out, struct err *e)
{
	const char *v = arg_str(a, "within");
	size_t n = v != NULL ? strlen(v) : 0;
	int64_t seconds = 0;
	unsigned weeks;
	enum rc rc;

	*out = (struct within){ .given = v != NULL };
	if (v == NULL)
		return OK;
	if (n > 1 && n < 5 && v[n - 1] == 'w' && strspn(v, "0123456789") == n - 1 && num_digits(v, n - 1, &weeks) &&
	    weeks <= WITHIN_MAX_DAYS / 7) {
		out->days = (int64_t)weeks * 7;
		return OK;
	}
	/* "3" would be seconds: whoever means days would miss some. */
	if (n > 0 && v[n - 1] >= '0' && v[n - 1] <= '9')
		return err_set(e, E_USAGE, N_("--within: \"%s\" of what? 3d, 2w, 36h"), v);
	if ((rc = arg_seconds(a, "within", 0, (int64_t)WITHIN_MAX_DAYS * 86400, &seconds, e)) == OK)
		out->days = (seconds + 86399) / 86400;
	return rc;
}

static bool
is_due(const struct dues *d, const struct within *w, const struct deadline *x)
{
	return !w->given || (due_open(x) && x->due_day - d->today <= w->days);
}

/* ---- the calendar file ---- */

/* The same for the same deadline in every export, whatever its date has become; tells nothing. */
static void
make_uid(char out[48], const struct dues *d, const struct deadline *x)
{
	const struct due_account *of = &d->of[x->account];
	unsigned char sum[16];
	BUF text = { 0 };

	buf_addf(&text, "purser deadline %lld %s ", (long long)of->incident, x->fact->id);
	buf_add(&text, of->account->uid, sizeof of->account->uid);
	hash128(sum, buf_str(&text), text.len);
	hex_put(out, sum, sizeof sum);
	memcpy(out + 32, "@purser", 8);
}

static void
add_event(struct buf *out, const struct dues *d, const struct deadline *x, int64_t now_ms)
{
	const struct due_account *of = &d->of[x->account];
	BUF summary = { 0 }, text = { 0 }, assumed = { 0 };
	char uid[48];
	struct ical_event ev = { .uid = uid, .day = x->due_day };

	make_uid(uid, d, x);
	buf_addf(&summary, "I%lld %s: %s", (long long)of->incident, of->account->name,
	    advice_text(x->fact, d->facts->zh));
	deadline_rule(&text, x);
	deadline_assumed(&assumed, x, d->facts->zh, false);
	if (x->than != NULL)
		buf_addf(&text, "\n%s", _("Only reported by others, check yourself."));
	if (assumed.len > 0)
		buf_addf(&text, "\n%s", buf_str(&assumed));
	buf_addc(&text, '\n');
	add_provenance(&text, &x->fact->fact, x->fact->own, d->facts->now_ms);
	ev.summary = buf_str(&summary);
	ev.description = buf_str(&text);
	ical_event(out, &ev, now_ms);
}

static enum rc
write_ics(struct session *s, const struct dues *d, const struct within *w, const char *file, struct err *e)
{
	BUF text = { 0 };
	size_t n = 0;
	enum rc rc;

	ical_begin(&text);
	for (size_t i = 0; i < d->all.n; i++)
		if (due_open(&d->all.d[i]) && is_due(d, w, &d->all.d[i])) {
			add_event(&text, d, &d->all.d[i], s->now_ms);
			n++;
		}
	ical_end(&text);
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	if ((rc = io_create(AT_FDCWD, file, 0600, buf_str(&text), text.len, e)) == E_EXISTS)
		return err_set(e, E_EXISTS, N_("%s exists already. Nothing was written."), file);
	if (rc != OK)
		return rc;
	note(s, N_("Written: %s, %zu dates, plain text. Names of accounts and what is due, no secret."), file, n);
	return OK;
}

/* ---- the list ---- */

static void
say_reported(struct session *s, const struct dues *d)
{
	for (size_t i = 0; i < d->all.unused; i++) {
		const struct advice *a = d->all.reported[i];
		BUF rule = { 0 };

		deadline_rule_of(&rule, a);
		say_tone(s, TONE_YELLOW, N_("Only reported by others, gives no date here: %s: %s (%s; %s)"),
		    buf_str(&rule), advice_text(a, d->facts->zh), a->fact.source, a->fact.checked);
	}
}

/* What each calendar that was used assumes, once. */
static void
say_calendars(struct session *s, const struct dues *d, const struct within *w)
{
	for (size_t k = 0; d->calendars != NULL && k < calendars_count(d->calendars); k++) {
		const struct calendar *c = calendars_at(d->calendars, k);
		BUF from = { 0 };
		size_t i = 0;

		while (i < d->all.n && (d->all.d[i].calendar != c || !is_due(d, w, &d->all.d[i])))
			i++;
		if (i == d->all.n)
			continue;
		add_provenance(&from, &c->fact, false, d->facts->now_ms);
		say_tone(s, TONE_DIM, N_("Business days, %s: %s"), d->facts->zh ? c->zh : c->en,
		    d->facts->zh ? c->detail_zh : c->detail_en);
		say_tone(s, TONE_DIM, "    %s", buf_str(&from));
	}
}

static enum rc
list(struct session *s, const struct dues *d, const struct within *w, size_t *shown, struct err *e)
{
	enum rc rc = OK;

	*shown = 0;
	for (size_t i = 0; i < d->all.n && rc == OK; i++) {
		if (!is_due(d, w, &d->all.d[i]))
			continue;
		++*shown;
		if (s->json)
			rc = due_json(s, d, &d->all.d[i], e);
		else
			due_full(s, d, &d->all.d[i]);
	}
	if (rc != OK || s->json)
		return rc;
	if (d->incidents == 0)
		note(s, N_("No incident is open."));
	else if (*shown == 0 && w->given)
		note(s, N_("Nothing is due within this time."));
	else if (*shown == 0)
		note(s, N_("No deadline follows from what is known. Rows, notices and the country of the account make "
			   "them: purser incident show"));
	say_calendars(s, d, w);
	if (!w->given)
		say_reported(s, d);
	return OK;
}

static enum rc
deadlines_run(struct session *s, const struct args *a, struct err *e)
{
	const char *file = arg_str(a, "ics");
	AUTO(facts_free) struct facts facts = { .zh = false };
	DUES d = { .n = 0 };
	struct within w;
	int64_t id = 0;
	size_t shown;
	enum rc rc;

	if ((rc = within_get(a, &w, e)) != OK || (a->n > 0 && (rc = incident_pick(s, a->v[0], &id, e)) != OK))
		return rc;
	facts_load(&facts, s);
	if (facts.providers == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = dues_load(s, session_db(s), &facts, id, &d, e)) != OK)
		return rc;
	facts_warn(s, &facts);
	if (d.calendars == NULL)
		warn(s, N_("The holidays cannot be read, business days are Monday to Friday: %s"), d.bad.what);
	if ((rc = list(s, &d, &w, &shown, e)) != OK || (file != NULL && (rc = write_ics(s, &d, &w, file, e)) != OK))
		return rc;
	return w.given && shown > 0 ? E_FINDINGS : OK;
}

static const struct option deadlines_options[] = {
	{ "within", 0, "TIME",
	    N_("only what is still to be done and ends by then (3d, 2w) or has ended; 10 where there is any"), NULL, 0 },
	{ "ics", 0, "FILE", N_("write a calendar file (iCalendar) with an alarm the day before"), NULL, 0 },
	{ 0 },
};

static const struct example deadlines_examples[] = {
	{ "purser incident deadlines", NULL },
	{ "purser incident deadlines --within 3d", N_("for cron: exit 10 when something is due") },
	{ "purser incident deadlines I1 --ics deadlines.ics", NULL },
	{ 0 },
};

const struct command incident_deadlines_command = {
	.name = "deadlines",
	.usage = "[ID]",
	.summary = N_("by when what has to be done, the first to end first"),
	.description = N_(
	    "Counts the periods of law and contract from the payments, statements, notices and answers of an incident, "
	    "or of all open ones. What is told to the provider in time is done; what they have to do follows from the "
	    "notice.\n\n"
	    "Only confirmed facts give a date. What is only reported by others may make one earlier, and says so. The "
	    "law is that of the country of the account (purser account edit NAME --country CC); where it is not said "
	    "it is assumed from the currency, and shown as assumed. Business days: federal holidays in the United "
	    "States, closing days of TARGET in the EEA, bank holidays of England; elsewhere weekends only. A date that "
	    "falls on a weekend does not move.\n\n"
	    "--ics writes a file that does not exist yet, readable by you only; it is plain text."),
	.examples = deadlines_examples,
	.options = deadlines_options,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK,
	.run = deadlines_run,
};
