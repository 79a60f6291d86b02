/* cmd/incident_agenda.c: what is to be done in an incident, for this user; see incident.h. */
#include "cmd/incident.h"

#include "cmd/card.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/savelines.h"
#include "store/log.h"

#include <string.h>

#define RECENT_MS (INT64_C(48) * 3600 * 1000)

void
agenda_free(struct agenda *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->item[i].ref);
		free(a->item[i].remark);
	}
	free(a->item);
	free(a->title);
	free(a->review);
	savings_free(&a->savings);
	accounts_free(&a->all);
	accounts_free(&a->involved);
	plan_defs_free(&a->defs);
	facts_free(&a->facts);
	buf_free(&a->sums);
}

/* ---- the incident itself ---- */

static enum rc
keep_incident(void *ctx, const struct incident *i, struct err *e)
{
	struct agenda *a = ctx;

	a->i = *i;
	if ((a->title = strdup(i->title)) == NULL || (a->review = strdup(i->review)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	a->i.title = a->title;
	a->i.review = a->review;
	return OK;
}

struct sums { struct agenda *a; struct money sum[8]; size_t n; int64_t now_ms; };

static enum rc
count_row(void *ctx, const struct entry *en, struct err *e)
{
	struct sums *x = ctx;
	size_t k = 0;

	(void)e;
	x->a->rows++;
	if (en->when.has_utc && x->now_ms - en->when.utc_us / 1000 < RECENT_MS)
		x->a->recent = true;
	if (!en->has_amount || en->amount.minor >= 0)
		return OK;
	while (k < x->n && strcmp(x->sum[k].cur, en->amount.cur) != 0)
		k++;
	if (k == x->n && x->n < COUNTOF(x->sum)) {
		x->sum[x->n] = en->amount;
		x->sum[x->n++].minor = 0;
	}
	/* Left, so what is shown is above 0; what does not fit is not added. */
	if (k < x->n && !__builtin_sub_overflow(x->sum[k].minor, en->amount.minor, &x->sum[k].minor))
		return OK;
	return OK;
}

static enum rc
rows_get(struct session *s, struct agenda *a, struct err *e)
{
	struct sums x = { .a = a, .now_ms = s->now_ms };
	enum rc rc = incident_rows(session_db(s), a->id, count_row, &x, e);

	a->sums.max = 4096;
	for (size_t i = 0; rc == OK && i < x.n; i++) {
		if (i > 0)
			buf_adds(&a->sums, ", ");
		money_human(&a->sums, &x.sum[i]);
	}
	return rc;
}

/* ---- whom it is about ---- */

static const struct account *
account_at(const struct accounts *all, int64_t id)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->a[i].id == id)
			return &all->a[i];
	return NULL;
}

static enum provider_class
class_of(const struct facts *f, const struct account *acct)
{
	struct card_account c = { .name = acct->name, .provider = acct->provider };
	struct card_sources src;

	card_sources(&src, f->providers, &c);
	return src.class;
}

static bool
is_involved(const struct agenda *a, const struct account *acct)
{
	/* Nothing is named yet: all that is kept may be touched. */
	return a->involved.n == 0 ? acct->state != ACCOUNT_CLOSED : account_at(&a->involved, acct->id) != NULL;
}

/* What can be reset by what, over all steps of the way: a number resets the mailbox that resets the wallet. reach[i * n + k]: i
 * leads to k. */
static bool *
reach_make(const struct agenda *a)
{
	size_t n = a->all.n;
	bool *reach = calloc(n * n + 1, sizeof *reach), more = reach != NULL;

	for (size_t i = 0; reach != NULL && i < n; i++)
		for (size_t c = 0; c < a->all.a[i].controls; c++)
			for (size_t k = 0; k < n; k++)
				if (k != i && strcmp(a->all.a[k].name, a->all.a[i].control[c]) == 0)
					reach[i * n + k] = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n; k++)
				for (size_t j = 0; reach[i * n + k] && j < n; j++)
					if (reach[k * n + j] && j != i && !reach[i * n + j])
						more = reach[i * n + j] = true;
	}
	return reach;
}

/* Whoever has the device, the number or the mailbox has what these can reset, whether its owner named that or not. */
static bool
spreads(enum incident_kind k)
{
	return k == INCIDENT_LOST_DEVICE || k == INCIDENT_LEAKED_PASSWORD || k == INCIDENT_PHISHING;
}

static bool
is_touched(const struct agenda *a, const bool *reach, size_t k)
{
	size_t all = a->all.n;

	if (is_involved(a, &a->all.a[k]))
		return true;
	for (size_t i = 0; spreads(a->i.kind) && a->all.a[k].state != ACCOUNT_CLOSED && i < all; i++)
		if (reach[i * all + k] && is_involved(a, &a->all.a[i]))
			return true;
	return false;
}

/* How many it leads to that are part of it, or that lead there themselves. */
static unsigned
controls_of(const struct agenda *a, const bool *reach, size_t i)
{
	size_t all = a->all.n;
	unsigned n = 0;

	for (size_t k = 0; k < all; k++) {
		bool counts = is_touched(a, reach, k);

		for (size_t j = 0; !counts && j < all; j++)
			counts = reach[k * all + j] && is_touched(a, reach, j);
		n += reach[i * all + k] && counts;
	}
	return n;
}

static void
savings_of(const struct agenda *a, const struct account *acct, struct plan_account *p)
{
	p->saving = SAVING_COUNT;
	p->seconds = -1;
	for (size_t i = 0; i < a->savings.rows.n; i++) {
		const struct savable *x = &a->savings.rows.row[i];

		if (x->account_id == acct->id && x->saving < p->saving)
			p->saving = x->saving;
	}
	for (size_t i = 0; i < a->savings.pace.n; i++) {
		const struct outflow *o = &a->savings.pace.o[i];

		if (o->account_id == acct->id && o->state == PACE_KNOWN && (p->seconds < 0 || o->seconds < p->seconds))
			p->seconds = o->seconds;
	}
}

/* Was the store frozen since it began? */
static bool
was_frozen(struct session *s, const struct agenda *a)
{
	int64_t at = 0, from = a->i.discovered_ms < a->i.opened_ms ? a->i.discovered_ms : a->i.opened_ms;
	struct log *l = vault_log(session_vault(s));
	struct err none = { .rc = OK };
	uint64_t next = 0, seq = 0;
	bool found = l != NULL;

	while (found && log_freeze_since(l, next, &found, &seq, &at, &none) == OK && found) {
		if (at >= from)
			return true;
		next = seq + 1;
	}
	return a->i.frozen_ms != 0;
}

static enum rc
plan_get(struct agenda *a, bool frozen, bool thawed, struct plan *out, struct err *e)
{
	AUTO(auto_free) struct plan_account *list = calloc(a->all.n + 1, sizeof *list);
	AUTO(auto_free) bool *reach = reach_make(a);
	struct plan_in in = { .kind = a->i.kind, .frozen = frozen, .thawed = thawed, .a = list };

	if (list == NULL || reach == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < a->all.n; i++) {
		const struct account *acct = &a->all.a[i];
		struct plan_account *p = &list[in.n];

		p->class = class_of(&a->facts, acct);
		p->id = acct->id;
		p->name = acct->name;
		p->controls = controls_of(a, reach, i);
		savings_of(a, acct, p);
		if (!is_touched(a, reach, i) && p->controls == 0)
			continue;
		/* One that is entered and resets nothing of this, as far as it was said, stands for no step. */
		in.mailbox = in.mailbox || p->class == CLASS_MAILBOX;
		in.sim = in.sim || p->class == CLASS_SIM;
		in.n++;
	}
	return plan_make(a->defs, &in, out, e);
}

/* ---- steps that are kept, and those of the plan ---- */

static struct agenda_item *
item_of(struct agenda *a, const char *key, int64_t account)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->item[i].def->key, key) == 0 &&
		    (a->item[i].account != NULL ? a->item[i].account->id : 0) == account)
			return &a->item[i];
	return NULL;
}

static enum rc
items_make(struct agenda *a, const struct plan *p, struct err *e)
{
	if ((a->item = calloc(p->n + 1, sizeof *a->item)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < p->n; i++, a->n++) {
		struct agenda_item *it = &a->item[a->n];

		it->def = p->step[i].def;
		it->account = account_at(&a->all, p->step[i].account);
		if ((it->ref = strdup("")) == NULL || (it->remark = strdup("")) == NULL) {
			a->n++;
			return err_set(e, E_NOMEM, N_("out of memory"));
		}
	}
	return OK;
}

/* One that is done stays in the list, also when the plan has it no more. */
static enum rc
item_past(struct agenda *a, const struct incident_step *st, struct agenda_item **out, struct err *e)
{
	const struct plan_def *d = plan_def(a->defs, st->key);
	struct agenda_item *more;

	*out = NULL;
	if (d == NULL || st->done_ms == 0)
		return OK;
	if ((more = realloc(a->item, (a->n + 1) * sizeof *more)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	a->item = more;
	*out = &a->item[a->n++];
	**out = (struct agenda_item){ .def = d, .account = account_at(&a->all, st->account), .past = true };
	return OK;
}

static enum rc
merge_step(void *ctx, const struct incident_step *st, struct err *e)
{
	struct agenda *a = ctx;
	struct agenda_item *it = item_of(a, st->key, st->account);
	enum rc rc;

	if (it == NULL && ((rc = item_past(a, st, &it, e)) != OK || it == NULL))
		return rc;
	it->n = st->n;
	it->done_ms = st->done_ms;
	if ((rc = text_set(&it->ref, st->ref, e)) != OK)
		return rc;
	return text_set(&it->remark, st->note, e);
}

static void
count_done(struct agenda *a)
{
	a->done = 0;
	for (size_t i = 0; i < a->n; i++)
		a->done += a->item[i].done_ms != 0;
}

static enum rc
facts_and_defs(struct session *s, struct agenda *a, struct err *e)
{
	AUTO(auto_close) int dir = -1;
	struct err why = { .rc = OK };
	enum rc rc;

	facts_load(&a->facts, s);
	if (a->facts.providers == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = data_open(&dir, &why)) == OK)
		rc = plan_defs_load(&a->defs, dir, &why);
	/* "Not found" would say that there is no such incident. */
	return rc == OK ? OK : err_set(e, rc == E_NOTFOUND ? E_FAILED : rc, "%s", why.what);
}

enum rc
agenda_load(struct session *s, int64_t id, struct agenda *out, struct err *e)
{
	struct plan p = { .n = 0 };
	enum rc rc;

	out->id = id;
	if ((rc = incident_one(session_db(s), id, keep_incident, out, e)) != OK || (rc = facts_and_defs(s, out, e)) != OK ||
	    (rc = rows_get(s, out, e)) != OK || (rc = account_list(session_db(s), &out->all, e)) != OK ||
	    (rc = incident_accounts(session_db(s), id, &out->involved, e)) != OK ||
	    (rc = savings_incident(session_db(s), id, out->facts.providers, s->now_ms, &out->savings, e)) != OK ||
	    (rc = plan_get(out, vault_state(session_vault(s)) == VAULT_FROZEN, was_frozen(s, out), &p, e)) != OK)
		return rc;
	if ((rc = items_make(out, &p, e)) == OK)
		rc = incident_steps(session_db(s), id, merge_step, out, e);
	plan_free(&p);
	count_done(out);
	return rc;
}

enum rc
agenda_number(struct session *s, struct agenda *a, struct err *e)
{
	enum rc rc = OK;

	for (size_t i = 0; i < a->n && rc == OK; i++)
		if (a->item[i].n == 0)
			rc = incident_step_add(session_db(s), a->id, a->item[i].def->key,
			    a->item[i].account != NULL ? a->item[i].account->id : 0, e);
	/* What came to be known may have made it worse; it never looks better by itself. */
	if (rc == OK && agenda_severity(a) > a->i.severity) {
		a->i.severity = agenda_severity(a);
		rc = incident_set(session_db(s), &a->i, e);
	}
	return rc == OK ? incident_steps(session_db(s), a->id, merge_step, a, e) : rc;
}

enum rc
agenda_keep(struct session *s, struct agenda *a, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	bool all = true;
	enum rc rc;

	for (size_t i = 0; i < a->n; i++)
		all = all && a->item[i].n != 0;
	if ((all && agenda_severity(a) <= a->i.severity) || a->i.closed_ms != 0)
		return OK;
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &t, e)) != OK ||
	    (rc = agenda_number(s, a, e)) != OK)
		return rc;
	return vault_txn_commit(&t, e);
}

enum severity
agenda_severity(const struct agenda *a)
{
	struct severity_facts f = { .money_moved = a->rows > 0, .recent = a->recent };

	for (size_t i = 0; i < a->involved.n; i++)
		f.controls_others = f.controls_others || a->involved.a[i].controls > 0;
	return incident_severity(a->i.kind, &f);
}

/* ---- while locked ---- */

/* An account as far as the card has it. */
static enum rc
account_of_card(struct account *to, const struct card_account *from, int64_t id, struct err *e)
{
	enum rc rc;

	account_init(to);
	to->id = id;
	if ((rc = text_set(&to->name, from->name, e)) != OK || (rc = text_set(&to->provider, from->provider, e)) != OK ||
	    (rc = text_set(&to->way_in, from->way_in, e)) != OK)
		return rc;
	if ((to->control = calloc(from->controls + 1, sizeof *to->control)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < from->controls; i++) {
		if ((to->control[i] = strdup(from->control[i])) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		to->controls++;
	}
	if ((to->contact = calloc(from->contacts + 1, sizeof *to->contact)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < from->contacts; i++) {
		to->contacts++;
		if ((rc = text_set(&to->contact[i].kind, from->contact[i].kind, e)) != OK ||
		    (rc = text_set(&to->contact[i].value, from->contact[i].value, e)) != OK)
			return rc;
	}
	return OK;
}

enum rc
agenda_of_card(struct session *s, enum incident_kind kind, struct agenda *out, struct err *e)
{
	AUTO(home_close) struct home *h = NULL;
	AUTO(card_free) struct card c = { .n = 0 };
	struct vault_status st = { .state = VAULT_NONE };
	struct plan p = { .n = 0 };
	struct err none = { .rc = OK };
	enum rc rc;

	out->i = (struct incident){ .kind = kind, .title = "", .review = "" };
	if ((rc = facts_and_defs(s, out, e)) != OK)
		return rc;
	if (session_home_open(s, &h, &none) == OK && vault_status(h, &st, &none) == OK)
		(void)(card_load(&c, h, &out->facts, &none) == OK);
	if ((out->all.a = calloc(c.n + 1, sizeof *out->all.a)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < c.n; i++) {
		out->all.n++;
		if ((rc = account_of_card(&out->all.a[i], &c.a[i], (int64_t)i + 1, e)) != OK)
			return rc;
	}
	if ((rc = plan_get(out, st.state == VAULT_FROZEN, false, &p, e)) != OK)
		return rc;
	rc = items_make(out, &p, e);
	plan_free(&p);
	return rc;
}

const struct agenda_item *
agenda_next(const struct agenda *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->item[i].done_ms == 0 && !a->item[i].past)
			return &a->item[i];
	return NULL;
}

/* ---- saying it ---- */

static const char *
text_of(const struct agenda *a, const char *en, const char *zh)
{
	return a->facts.zh ? zh : en;
}

static const char *
name_of(const struct agenda *a, const struct agenda_item *it)
{
	const struct provider *q = NULL;

	if (it->account != NULL)
		return it->account->name;
	if (it->def->of == PLAN_MAILBOX)
		q = providers_find(a->facts.providers, "mailbox");
	else if (it->def->of == PLAN_SIM)
		q = providers_find(a->facts.providers, "sim");
	return q != NULL ? provider_name(q, a->facts.zh) : "";
}

void
agenda_line(struct session *s, const struct agenda *a, const struct agenda_item *it)
{
	const char *name = name_of(a, it);
	BUF number = { .max = 32 }, past = { .max = 512 };

	if (it->n > 0)
		buf_addf(&number, "%u", it->n);
	else
		buf_adds(&number, "-");
	if (it->done_ms != 0) {
		buf_adds(&past, "  [");
		add_time(&past, it->done_ms, false);
		buf_addf(&past, "%s%s]", it->ref[0] != '\0' ? "  " : "", it->ref);
	}
	say_tone(s, it->done_ms != 0 ? TONE_DIM : TONE_PLAIN, "  %2s  %s%s%s%s", buf_str(&number), name,
	    name[0] != '\0' ? "  " : "", text_of(a, it->def->en, it->def->zh), buf_str(&past));
}

/* Confirmed ways, and those that are only reported, which say so. Facts of the account's provider and class. */
static size_t
channels(const struct agenda *a, const struct agenda_item *it, const struct advice **out, size_t max)
{
	struct card_account c = { .name = "", .provider = it->account != NULL ? it->account->provider : "" };
	struct card_sources src;
	size_t n = 0;

	card_sources(&src, a->facts.providers, &c);
	if (it->account == NULL && (it->def->of == PLAN_MAILBOX || it->def->of == PLAN_SIM))
		src = (struct card_sources){ .n = 1, .id = { it->def->of == PLAN_MAILBOX ? "mailbox" : "sim" } };
	else if (it->account == NULL)
		return 0;
	for (unsigned sure = 0; sure < 2; sure++)
		for (unsigned k = 0; k < ADVICE_COUNT; k++)
			for (size_t i = 0; i < advice_count(a->facts.providers); i++) {
				const struct advice *x = advice_at(a->facts.providers, i);

				if (n < max && x->kind == k && it->def->channels & 1U << k && card_advice_for(&src, x) &&
				    advice_instructs(x) == (sure == 0))
					out[n++] = x;
			}
	return n;
}

static void
put_command(struct buf *out, const struct agenda_item *it)
{
	const char *c = it->def->command, *name = strstr(c, "NAME");

	if (name == NULL || it->account == NULL) {
		buf_adds(out, c);
		return;
	}
	for (; name != NULL; c = name + 4, name = strstr(c, "NAME"))
		buf_addf(out, "%.*s%s", (int)(name - c), c, it->account->name);
	buf_adds(out, c);
}

void
agenda_full(struct session *s, const struct agenda *a, const struct agenda_item *it)
{
	const struct advice *way[12];
	size_t n = channels(a, it, way, COUNTOF(way));
	const struct plan_def *d = it->def;
	BUF command = { .max = 1024 }, from = { .max = 4096 };

	agenda_line(s, a, it);
	add_provenance(&from, &d->fact, false, s->now_ms);
	say_tone(s, TONE_DIM, "      %s", buf_str(&from));
	if (it->account != NULL && it->account->way_in[0] != '\0')
		say(s, N_("      Way in: %s"), it->account->way_in);
	for (size_t i = 0; i < n; i++)
		advice_say(s, &a->facts, way[i], 6);
	for (size_t i = 0; it->account != NULL && i < it->account->contacts; i++)
		say(s, N_("      Your own entry: %s %s"), it->account->contact[i].kind, it->account->contact[i].value);
	if (d->channels != 0 && n == 0 && (it->account == NULL || it->account->contacts == 0))
		say(s, N_("      No confirmed channel is known: take number or address from your own papers, never from a "
			  "search or a message"));
	if (d->say_en[0] != '\0')
		say(s, N_("      Say: %s"), text_of(a, d->say_en, d->say_zh));
	if (d->never_en[0] != '\0')
		say_tone(s, TONE_YELLOW, N_("      Never give: %s"), text_of(a, d->never_en, d->never_zh));
	if (d->note_en[0] != '\0')
		say(s, N_("      Write down: %s"), text_of(a, d->note_en, d->note_zh));
	put_command(&command, it);
	if (command.len > 0)
		say(s, N_("      Here: %s"), buf_str(&command));
	if (it->n > 0 && it->done_ms == 0 && d->ref)
		say(s, N_("      Then: purser incident done %u --ref NUMBER"), it->n);
	else if (it->n > 0 && it->done_ms == 0)
		say(s, N_("      Then: purser incident done %u"), it->n);
}

enum rc
agenda_json(struct session *s, const struct agenda *a, const struct agenda_item *it, struct err *e)
{
	const struct advice *way[12];
	size_t n = channels(a, it, way, COUNTOF(way));
	const struct plan_def *d = it->def;
	BUF id = { .max = 32 }, command = { .max = 1024 };
	JSON j = { 0 };

	put_command(&command, it);
	buf_addf(&id, "I%lld", (long long)a->id);
	j_open(&j, "step");
	j_str(&j, "incident", a->id != 0 ? buf_str(&id) : NULL);
	if (it->n > 0)
		j_int(&j, "n", it->n);
	else
		j_null(&j, "n");
	j_str(&j, "key", d->key);
	j_str(&j, "account", it->account != NULL ? it->account->name : NULL);
	j_str(&j, "what", text_of(a, d->en, d->zh));
	j_list(&j, "channels");
	for (size_t i = 0; i < n; i++) {
		j_obj(&j, NULL);
		j_str(&j, "kind", advice_kind_name(way[i]->kind));
		j_text(&j, "by", way[i]->by);
		j_bool(&j, "instruction", advice_instructs(way[i]));
		advice_fields(&j, &a->facts, way[i]);
		j_end(&j);
	}
	j_end_list(&j);
	j_text(&j, "say", text_of(a, d->say_en, d->say_zh));
	j_text(&j, "never", text_of(a, d->never_en, d->never_zh));
	j_text(&j, "write_down", text_of(a, d->note_en, d->note_zh));
	j_text(&j, "command", buf_str(&command));
	j_bool(&j, "wants_ref", d->ref);
	j_time(&j, "done", it->done_ms);
	j_text(&j, "ref", it->ref);
	j_text(&j, "note", it->remark);
	j_str(&j, "source", d->fact.source);
	j_str(&j, "checked", d->fact.checked);
	j_str(&j, "status", data_status_name(d->fact.status));
	return out_json(s, &j, e);
}
