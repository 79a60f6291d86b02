/* cmd/readiness.c: see readiness.h. The status of the store and its emergency card are read, both without a key. */
#include "cmd/readiness.h"

#include "base/time.h"
#include "cmd/card.h"
#include "cmd/out.h"
#include "store/vault.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define BACKUP_DAYS 30

void
lacks_free(struct lacks *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->l[i].account);
		free(all->l[i].what);
		free(all->l[i].why);
		free(all->l[i].fix);
	}
	free(all->l);
	*all = (struct lacks){ .n = 0 };
}

const char *
lack_weight_name(enum lack_weight w)
{
	static const char *const names[] = { "high", "medium", "low" };

	return names[w];
}

static struct lack *
add(struct lacks *all, enum lack_weight weight, const char *account, const char *fix)
{
	struct lack *more;

	if (all->n == all->cap) {
		all->cap = all->cap ? all->cap * 2 : 16;
		if ((more = realloc(all->l, all->cap * sizeof *more)) == NULL) {
			all->cap = all->n;
			all->failed = true;
			return NULL;
		}
		all->l = more;
	}
	all->l[all->n] = (struct lack){ .weight = weight, .account = strdup(account), .fix = strdup(fix) };
	if (all->l[all->n].account == NULL || all->l[all->n].fix == NULL)
		all->failed = true;
	return &all->l[all->n++];
}

/* what and why are translated; fix is what to type. */
static void
lack(struct lacks *all, enum lack_weight weight, const char *account, const char *what, const char *why, const char *fix)
{
	struct lack *l = add(all, weight, account, fix);

	if (l == NULL)
		return;
	l->what = strdup(what);
	l->why = strdup(why);
	all->failed = all->failed || l->what == NULL || l->why == NULL;
}

/* ---- the store ---- */

static void
of_kit(struct lacks *all, const struct vault_status *v)
{
	if (v->kit == KIT_NONE)
		lack(all, LACK_HIGH, "", _("No recovery kit"), _("A freeze could not be undone, and no secret can be stored."),
		    "purser kit new");
	else if (v->kit == KIT_UNVERIFIED)
		lack(all, LACK_HIGH, "", _("The recovery kit was never typed back"),
		    _("A word that was written down wrong shows on the day when it is needed."), "purser kit check");
}

static void
of_backup(struct lacks *all, const struct session *s, const struct vault_status *v)
{
	BUF what = { .max = 512 };

	if (v->last_backup == 0) {
		lack(all, LACK_HIGH, "", _("No backup"), _("Without this computer the kit has nothing to open."), "purser backup FILE");
		return;
	}
	if (s->now_ms - v->last_backup <= BACKUP_DAYS * DAY_MS)
		return;
	buf_addf(&what, _("The last backup is %lld days old"), (long long)((s->now_ms - v->last_backup) / DAY_MS));
	lack(all, LACK_MEDIUM, "", buf_str(&what), _("What came since is on this computer only."), "purser backup FILE");
}

static void
of_factors(struct lacks *all, const struct vault_status *v)
{
	if ((v->flags & (KEYS_TOTP_MASK | KEYS_KEYFILE | KEYS_FIDO2)) == 0)
		lack(all, LACK_MEDIUM, "", _("The store has no second factor"),
		    _("Whoever saw its password opens it on this computer."), "purser 2fa enable");
}

static void
of_card(struct lacks *all, enum card_state state)
{
	switch (state) {
	case CARD_STATE_NONE:
		lack(all, LACK_HIGH, "", _("No emergency card"),
		    _("Locked or frozen, nobody could see whom to tell and how to get in."), "purser card");
		break;
	case CARD_STATE_OFF:
		lack(all, LACK_MEDIUM, "", _("The emergency card is switched off"),
		    _("Locked or frozen, nobody could see whom to tell and how to get in."), "purser card --on");
		break;
	case CARD_STATE_DAMAGED:
		lack(all, LACK_HIGH, "", _("The emergency card cannot be read"),
		    _("Locked or frozen, nobody could see whom to tell and how to get in."), "purser unlock");
		break;
	case CARD_STATE_STALE:
		lack(all, LACK_LOW, "", _("The emergency card is old"), _("Accounts may have changed since."), "purser unlock");
		break;
	case CARD_STATE_CURRENT:
		break;
	}
}

/* ---- the accounts, as the card has them ---- */

static void
of_way_in(struct lacks *all, const struct card_account *a)
{
	BUF fix = { .max = 1024 };

	if (a->way_in[0] != '\0')
		return;
	buf_addf(&fix, "purser account edit %s --way-in TEXT", a->name);
	lack(all, LACK_MEDIUM, a->name, _("No way in without purser is noted"),
	    _("After a freeze no password and no code is shown here; only that way is left."), buf_str(&fix));
}

/* Providers whose second factor is reported to be a text message and nothing else: the fact says so. */
static void
of_text_message(struct lacks *all, const struct facts *f, const struct card_account *a)
{
	static const struct { const char *provider, *fact; } only[] = { { "venmo", "VE-04" } };

	for (size_t i = 0; i < COUNTOF(only); i++)
		for (size_t k = 0; strcmp(only[i].provider, a->provider) == 0 && k < advice_count(f->providers); k++) {
			const struct advice *v = advice_at(f->providers, k);
			BUF why = { .max = 4096 };

			if (strcmp(v->id, only[i].fact) != 0)
				continue;
			add_provenance(&why, &v->fact, v->own, f->now_ms);
			lack(all, LACK_MEDIUM, a->name, advice_text(v, f->zh), buf_str(&why), "purser guide mailbox-safe");
		}
}

/* Days since a date such as 2026-11-20; 0: none. */
static int64_t
days_since(const char *date, int64_t now_ms)
{
	int64_t day;

	return civil_day_read(date, &day) ? now_ms / DAY_MS - day : 0;
}

static void
of_contacts(struct lacks *all, const struct facts *f, const struct card_account *a)
{
	BUF what = { .max = 2048 }, fix = { .max = 1024 };

	buf_addf(&fix, "purser account edit %s --contact KIND:VALUE", a->name);
	for (size_t i = 0; i < a->contacts; i++) {
		const char *on = a->contact[i].on;

		if (days_since(on, f->now_ms) <= DATA_STALE_DAYS)
			continue;
		buf_reset(&what);
		buf_addf(&what, _("Your contact %s is of %s"), a->contact[i].value, on);
		lack(all, LACK_LOW, a->name, buf_str(&what), _("Numbers and addresses go stale first: look at your own papers."),
		    buf_str(&fix));
	}
}

static void
of_mailbox(struct lacks *all, const struct facts *f, const struct card *c)
{
	const struct card_account *box = NULL;
	BUF fix = { .max = 1024 };

	for (size_t i = 0; i < c->n; i++) {
		struct card_sources src;

		card_sources(&src, f->providers, &c->a[i]);
		if (src.class == CLASS_MAILBOX && c->a[i].controls > 0)
			return;
		if (src.class == CLASS_MAILBOX)
			box = &c->a[i];
	}
	if (box == NULL) {
		lack(all, LACK_HIGH, "", _("No mailbox is entered"),
		    _("Whoever reads it can reset the others: it comes first in every incident."),
		    "purser account add mailbox --provider mailbox --controls NAME");
		return;
	}
	buf_addf(&fix, "purser account edit %s --controls NAME", box->name);
	lack(all, LACK_HIGH, box->name, _("It is not said which accounts this mailbox can reset"),
	    _("Only then it comes before them in an incident."), buf_str(&fix));
}

static void
of_facts(struct lacks *all, const struct facts *f, const struct card *c)
{
	BUF what = { .max = 512 };
	unsigned old = 0;

	for (size_t k = 0; k < advice_count(f->providers); k++) {
		bool ours = false;

		for (size_t i = 0; i < c->n && !ours; i++) {
			struct card_sources src;

			card_sources(&src, f->providers, &c->a[i]);
			ours = card_advice_for(&src, advice_at(f->providers, k));
		}
		old += ours && fact_stale(&advice_at(f->providers, k)->fact, f->now_ms);
	}
	if (old == 0)
		return;
	buf_addf(&what, _("%u facts about your providers were looked up more than 180 days ago"), old);
	lack(all, LACK_LOW, "", buf_str(&what), _("A newer purser has newer ones; a file of your own replaces them."), "purser card");
}

static void
of_accounts(struct lacks *all, const struct facts *f, const struct card *c)
{
	if (c->n == 0) {
		lack(all, LACK_MEDIUM, "", _("No account is kept"), _("The card has only the general steps."),
		    "purser account add NAME");
		return;
	}
	of_mailbox(all, f, c);
	for (size_t i = 0; i < c->n; i++) {
		of_way_in(all, &c->a[i]);
		of_text_message(all, f, &c->a[i]);
		of_contacts(all, f, &c->a[i]);
	}
	of_facts(all, f, c);
}

/* ---- all of it ---- */

static void
sort(struct lacks *all)
{
	for (size_t i = 1; i < all->n; i++)
		for (size_t k = i; k > 0 && all->l[k - 1].weight > all->l[k].weight; k--) {
			struct lack l = all->l[k];

			all->l[k] = all->l[k - 1];
			all->l[k - 1] = l;
		}
}

enum rc
lacks_find(struct lacks *out, const struct session *s, struct err *e)
{
	AUTO(home_close) struct home *h = NULL;
	AUTO(facts_free) struct facts f = { .zh = false };
	AUTO(card_free) struct card c = { .n = 0 };
	struct lacks all = { .n = 0 };
	struct vault_status v;
	struct err none = { 0 };
	int64_t written;
	enum rc rc;

	/* As freeze opens it: what a restore left undone stays so. */
	if ((rc = home_open_now(&h, s->vault, s->device, e)) != OK || (rc = vault_status(h, &v, e)) != OK)
		return rc;
	facts_load(&f, s);
	if (f.providers == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (v.state == VAULT_NONE) {
		lack(&all, LACK_HIGH, "", _("There is no store yet"), _("What is kept nowhere cannot be locked or brought back."),
		    "purser init");
	} else {
		of_kit(&all, &v);
		of_card(&all, card_standing(s, h, NULL, &written));
		of_backup(&all, s, &v);
		of_factors(&all, &v);
		if (card_load(&c, h, &f, &none) == OK)
			of_accounts(&all, &f, &c);
	}
	sort(&all);
	if (all.failed) {
		lacks_free(&all);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	*out = all;
	return OK;
}

static enum rc
lack_json(struct session *s, const struct lack *l, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "finding");
	j_str(&j, "severity", lack_weight_name(l->weight));
	j_str(&j, "account", l->account[0] != '\0' ? l->account : NULL);
	j_str(&j, "what", l->what);
	j_str(&j, "why", l->why);
	j_str(&j, "fix", l->fix);
	return out_json(s, &j, e);
}

enum rc
lacks_say(struct session *s, const struct lacks *all, struct err *e)
{
	static const struct { const char *word; enum tone tone; } weight[] = { { N_("high"), TONE_RED },
		{ N_("medium"), TONE_YELLOW }, { N_("low"), TONE_PLAIN } };
	enum rc rc = OK;

	for (size_t i = 0; i < all->n && rc == OK; i++) {
		const struct lack *l = &all->l[i];

		if (s->json) {
			rc = lack_json(s, l, e);
			continue;
		}
		say_tone(s, weight[l->weight].tone, "  %s  %s%s%s", _(weight[l->weight].word), l->account,
		    l->account[0] != '\0' ? ": " : "", l->what);
		say(s, "      %s", l->why);
		say(s, "      %s", l->fix);
	}
	return rc;
}
