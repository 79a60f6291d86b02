/* wallet/savable.c: see savable.h: what of one row can still be saved. wallet/outflow.c reckons the pace. */
#include "wallet/savable.h"

#include "wallet/card.h"

#include <stdlib.h>
#include <string.h>

static const struct { const char *name, *words; } classes[SAVING_COUNT] = {
	[SAVING_STOP] = { "stop", N_("can be stopped now") },
	[SAVING_RECALL] = { "recall", N_("can be recalled if told fast") },
	[SAVING_DISPUTE] = { "dispute", N_("can be disputed") },
	[SAVING_UNKNOWN] = { "unknown", N_("not known whether it can be saved") },
	[SAVING_ASK] = { "ask", N_("hard: asked of the receiver") },
	[SAVING_GONE] = { "gone", N_("gone: irreversible once broadcast") },
	[SAVING_BACK] = { "back", N_("already back") },
	[SAVING_NONE] = { "none", N_("never left the account") },
};

const char *
saving_name(enum saving s)
{
	return (unsigned)s < SAVING_COUNT ? classes[s].name : classes[SAVING_UNKNOWN].name;
}

const char *
saving_words(enum saving s)
{
	return (unsigned)s < SAVING_COUNT ? classes[s].words : classes[SAVING_UNKNOWN].words;
}

/* ---- the class of a row ---- */

struct verdict { enum saving saving; const char *why, *fix; };

static const struct verdict came_in = { SAVING_NONE, N_("it came in, it did not leave"), "" };
static const struct verdict failed = { SAVING_NONE, N_("it failed or was cancelled"),
	N_("Look whether it was tried again under another row.") };
static const struct verdict paper = { SAVING_NONE, N_("only an announcement, nothing moved"), "" };
static const struct verdict inside = { SAVING_NONE, N_("it moved between pots of the same account"),
	N_("Look in the other pot whether it is still there.") };
static const struct verdict back = { SAVING_BACK, N_("the statement says that it was given back"),
	N_("Look that the whole amount arrived.") };
static const struct verdict no_twin = { SAVING_BACK, N_("closed as given back, but the row of the refund is not here"),
	N_("Import the newest statement and look for the refund; without one, report it.") };
static const struct verdict no_amount = { SAVING_UNKNOWN, N_("its statement has no amount"),
	N_("Look at the row at the provider.") };
static const struct verdict reserved = { SAVING_STOP, N_("only reserved, not taken yet"),
	N_("Tell the provider now that you did not authorise it, and ask that it is released.") };

/* While it is pending or held. */
static const struct verdict pending[RAIL_COUNT] = {
	[RAIL_UNKNOWN] = { SAVING_RECALL, N_("pending; by which way it goes is not known"),
	    N_("Tell the provider now and ask that it is stopped before it is booked.") },
	[RAIL_CARD] = { SAVING_RECALL, N_("pending: locking the card may not stop it"),
	    N_("Tell the issuer of the card now, before it is booked; lock the card against the next one.") },
	[RAIL_DEBIT] = { SAVING_STOP, N_("a direct debit that is not booked yet"),
	    N_("Have the bank refuse it, and block the creditor.") },
	[RAIL_TRANSFER] = { SAVING_STOP, N_("a transfer that is not booked yet"),
	    N_("Cancel it where it was ordered; else call that bank's fraud desk and ask for its recall.") },
	[RAIL_INSTANT] = { SAVING_RECALL, N_("an instant transfer on hold: it goes within seconds once released"),
	    N_("Call the fraud desk of the sending bank now.") },
	[RAIL_PERSON] = { SAVING_STOP, N_("the receiver has not taken it yet"),
	    N_("Cancel it in the app; if there is no way to, report it there now.") },
	[RAIL_WALLET] = { SAVING_STOP, N_("not final: it is pending or held by the provider"),
	    N_("Cancel it at the provider or report it there now; never confirm that goods arrived.") },
	[RAIL_CRYPTO] = { SAVING_STOP, N_("not sent out yet, as far as the statement says"),
	    N_("Lock the account there now: what is not broadcast stays.") },
};

/* What its owner noted himself: no statement says yet how it stands, so nothing may be promised of it. */
static const struct verdict noted = { SAVING_RECALL, N_("noted here, in no statement yet: it may be pending or booked"),
	N_("Tell the provider now and ask that it is stopped or called back.") };
static const struct verdict noted_away = { SAVING_UNKNOWN,
	N_("noted here, in no statement yet: whether the receiver has it is not known"),
	N_("Cancel it in the app; if there is no way to, report it there now.") };
static const struct verdict noted_crypto = { SAVING_UNKNOWN,
	N_("noted here, in no statement yet: whether it is sent out is not known"),
	N_("Lock the account there now: what is not broadcast stays.") };

/* After it was booked. */
static const struct verdict settled[RAIL_COUNT] = {
	[RAIL_UNKNOWN] = { SAVING_UNKNOWN, N_("by which way it went is not known"),
	    N_("Ask the provider by which way it went, and report it.") },
	[RAIL_CARD] = { SAVING_DISPUTE, N_("a booked card payment"),
	    N_("Dispute it with the issuer of the card as not yours, and have the card replaced.") },
	[RAIL_DEBIT] = { SAVING_DISPUTE, N_("a booked direct debit"),
	    N_("Have the bank take it back as not authorised, and block the creditor.") },
	[RAIL_TRANSFER] = { SAVING_ASK, N_("a booked transfer, older than three days"),
	    N_("Ask your bank to ask the receiver's bank for it; report it to the police with the account numbers.") },
	[RAIL_INSTANT] = { SAVING_ASK, N_("it arrived within seconds"),
	    N_("Call the fraud desk of the sending bank: it asks the receiver's bank to hold what is left there.") },
	[RAIL_PERSON] = { SAVING_ASK, N_("it is in another person's wallet"),
	    N_("Report the payment and the receiver in the app: only the provider can hold what is left there.") },
	[RAIL_WALLET] = { SAVING_DISPUTE, N_("paid through the wallet"),
	    N_("Report it to the provider as a payment that is not yours.") },
	[RAIL_CRYPTO] = { SAVING_GONE, N_("a crypto transfer cannot be reversed once it is broadcast"),
	    N_("Save the next one: lock the account. Report the receiving address to the exchange and to the "
	    "police.") },
};
static const struct verdict fresh = { SAVING_RECALL, N_("a transfer of the last three days"),
	N_("Call the fraud desk of the sending bank now and ask for its recall.") };

static bool
is_fresh(const struct when *w, int64_t now_ms)
{
	int64_t at, window = OUTFLOW_HOURS * 3600 * INT64_C(1000);

	if (!w->has_date)
		return true;
	at = w->has_utc ? w->utc_us / 1000 : civil_to_unix(&w->local) * 1000;
	/* A day without an hour may have ended as much later. */
	return now_ms - at <= window + (w->has_time ? 0 : 24 * 3600 * INT64_C(1000));
}

static const struct verdict *
judge(const struct entry *en, enum rail rail, int64_t now_ms)
{
	unsigned r = (unsigned)rail < RAIL_COUNT ? (unsigned)rail : RAIL_UNKNOWN;
	bool stays = en->status == TXN_INFORMATIONAL || !en->moved;

	if (!en->has_amount)
		return en->status == TXN_INFORMATIONAL ? &paper : &no_amount;
	if (en->amount.minor >= 0)
		return &came_in;
	if (!en->moved && (en->status == TXN_FAILED || en->status == TXN_CANCELLED))
		return &failed;
	if (en->status == TXN_REVERSED || en->status == TXN_REFUNDED)
		return (en->flags & TXN_F_NO_TWIN) != 0 ? &no_twin : &back;
	if (r == RAIL_INSIDE)
		return &inside;
	if (rail_reserved(en) && (stays || en->status == TXN_PENDING || en->status == TXN_HELD))
		return &reserved;
	if (en->status == TXN_INFORMATIONAL)
		return &paper;
	if (en->provisional && en->status == TXN_PENDING)
		return r == RAIL_CRYPTO ? &noted_crypto : r == RAIL_PERSON || r == RAIL_INSTANT ? &noted_away : &noted;
	if (en->status == TXN_PENDING || en->status == TXN_HELD)
		return &pending[r];
	if (r == RAIL_TRANSFER && is_fresh(&en->when, now_ms))
		return &fresh;
	return &settled[r];
}

enum saving
saving_of(const struct entry *en, enum rail rail, int64_t now_ms, const char **why, const char **fix)
{
	const struct verdict *v = judge(en, rail, now_ms);

	if (why != NULL)
		*why = v->why;
	if (fix != NULL)
		*fix = v->fix;
	return v->saving;
}

/* ---- the fact behind it ---- */

/* Facts that say just this. provider NULL: whoever it is. */
static const struct { const char *provider; enum rail rail; enum saving saving; const char *fact; } exact[] = {
	{ "cash-app", RAIL_CARD, SAVING_RECALL, "CA-01" },
	{ "apple-cash", RAIL_PERSON, SAVING_STOP, "AP-04" },
	{ "coinbase", RAIL_CRYPTO, SAVING_STOP, "CB-01" },
	{ "coinbase", RAIL_CRYPTO, SAVING_UNKNOWN, "CB-01" },
	{ NULL, RAIL_CRYPTO, SAVING_GONE, "EX-01" },
};

static const struct advice *
fact_by_id(const struct providers *p, const char *id)
{
	for (size_t i = 0; i < advice_count(p); i++)
		if (strcmp(advice_at(p, i)->id, id) == 0)
			return advice_at(p, i);
	return NULL;
}

/* The first of that kind of the sources, what instructs before what is only reported. */
static const struct advice *
fact_of_kind(const struct providers *p, const struct card_sources *src, enum advice_kind kind)
{
	const struct advice *reported = NULL;

	for (size_t k = 0; k < src->n; k++)
		for (size_t i = 0; i < advice_count(p); i++) {
			const struct advice *a = advice_at(p, i);

			if (a->kind != kind || !advice_of(a, src->id[k]) || a->fact.status == DATA_UNCONFIRMED)
				continue;
			if (advice_instructs(a))
				return a;
			reported = reported != NULL ? reported : a;
		}
	return reported;
}

static const struct advice *
fact_behind(const struct providers *p, const struct card_sources *src, const struct savable *x)
{
	static const enum advice_kind kinds[] = { ADVICE_REPORT, ADVICE_FREEZE, ADVICE_NOTICE };
	const struct advice *a;

	if (x->saving > SAVING_GONE)
		return NULL;
	for (size_t i = 0; i < COUNTOF(exact); i++)
		if ((exact[i].provider == NULL || strcmp(exact[i].provider, x->provider) == 0) &&
		    exact[i].rail == x->rail &&
		    exact[i].saving == x->saving && (a = fact_by_id(p, exact[i].fact)) != NULL)
			return a;
	for (size_t i = 0; i < COUNTOF(kinds); i++)
		if ((a = fact_of_kind(p, src, kinds[i])) != NULL)
			return a;
	return NULL;
}

/* ---- the list ---- */

static void
savable_free(struct savable *x)
{
	free(x->account);
	free(x->provider);
	free(x->with);
	free(x->type);
	free(x->status_text);
}

void
savables_free(struct savables *all)
{
	for (size_t i = 0; i < all->n; i++)
		savable_free(&all->row[i]);
	free(all->row);
	*all = (struct savables){ .n = 0 };
}

static const char *
with_whom(const struct entry *en)
{
	if (en->counterparty[0] != '\0')
		return en->counterparty;
	return en->description[0] != '\0' ? en->description : en->type;
}

enum rc
savables_add(struct savables *all, const struct entry *en, enum rail funding, const struct providers *p, int64_t now_ms,
    struct err *e)
{
	struct card_account as = { .name = en->account, .provider = en->provider, .login = "", .url = "",
	    .way_in = "" };
	struct card_sources src = { .n = 0, .class = CLASS_COUNT };
	struct savable x = { .row_id = en->row_id, .account_id = en->account_id, .id_short = en->id_short,
		.account = strdup(en->account), .provider = strdup(en->provider), .with = strdup(with_whom(en)),
		.type = strdup(en->type), .status_text = strdup(en->status_text), .when = en->when,
		    .status = en->status,
		.review = en->review, .moved = en->moved, .has_amount = en->has_amount, .amount = en->amount,
		.provisional = en->provisional, .funding = funding };
	struct savable *more = all->row;

	if (all->n == all->cap && (more = realloc(all->row, (all->cap * 2 + 16) * sizeof *more)) != NULL) {
		all->row = more;
		all->cap = all->cap * 2 + 16;
	}
	if (more == NULL || !x.account || !x.provider || !x.with || !x.type || !x.status_text) {
		savable_free(&x);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	memcpy(x.id, en->id, sizeof x.id);
	if (p != NULL)
		card_sources(&src, p, &as);
	x.rail = rail_of(en, src.class);
	x.saving = saving_of(en, x.rail, now_ms, &x.why, &x.fix);
	if (p != NULL)
		x.fact = fact_behind(p, &src, &x);
	all->row[all->n++] = x;
	return OK;
}

static int
by_worth(const void *a, const void *b)
{
	const struct savable *x = a, *y = b;
	int c;

	if (x->saving != y->saving)
		return x->saving < y->saving ? -1 : 1;
	if (x->has_amount != y->has_amount)
		return x->has_amount ? -1 : 1;
	if ((c = strcmp(x->amount.cur, y->amount.cur)) != 0)
		return c;
	if (x->amount.exp != y->amount.exp)
		return x->amount.exp < y->amount.exp ? -1 : 1;
	if (x->amount.minor != y->amount.minor)         /* the lower, the more left */
		return x->amount.minor < y->amount.minor ? -1 : 1;
	return x->row_id < y->row_id ? -1 : x->row_id > y->row_id;
}

void
savables_sort(struct savables *all)
{
	if (all->n > 1)
		qsort(all->row, all->n, sizeof *all->row, by_worth);
}

bool
savables_sum(const struct savables *all, enum saving s, const char *cur, struct money *out)
{
	struct money sum = { .minor = 0 };
	bool any = false;

	for (size_t i = 0; i < all->n; i++) {
		const struct savable *x = &all->row[i];

		if (x->saving != s || !x->has_amount || x->amount.minor >= 0 || strcmp(x->amount.cur, cur) != 0)
			continue;
		if (!any)
			sum = x->amount;
		else if (!money_add(&sum, &x->amount))
			return false;
		any = true;
	}
	if (any)
		*out = sum;
	return any;
}
