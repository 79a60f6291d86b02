/* cmd/status.c: `purser status`: what is true; works locked. And `purser` alone: where you stand and what to do now. */
#include "base/sandbox.h"
#include "cmd/card.h"
#include "cmd/duelines.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/inbox.h"
#include "store/ledger.h"

#include <stdio.h>
#include <string.h>

struct standing {
	struct vault_status v;
	struct agent_status agent;
	enum card_state card;
	int64_t card_written;
	size_t notes;                   /* made while locked, for the next unlock */
	bool ledger;                    /* totals are known */
	struct ledger_totals totals;
	struct facts facts;
	struct dues dues;               /* of the open incidents, where the ledger is open */
};

static void
standing_free(struct standing *st)
{
	dues_free(&st->dues);
	facts_free(&st->facts);
}
#define STANDING AUTO(standing_free) struct standing

/* Deadlines need the facts, and only where an incident is open. What cannot be counted is not shown here; incident
 * deadlines says why. */
static void
standing_dues(struct session *s, struct db *db, struct standing *st)
{
	struct err none = { 0 };

	if (!st->ledger || st->totals.incidents_open == 0)
		return;
	facts_load(&st->facts, s);
	if (st->facts.providers != NULL && dues_load(s, db, &st->facts, 0, &st->dues, &none) != OK)
		detail(s, N_("Deadlines are not known: %s"), none.what);
}

/* Never asks, never starts the KDF: the ledger's figures only where an agent is unlocked. */
static enum rc
standing_get(struct session *s, struct home *h, struct standing *st, struct err *e)
{
	struct access_how how = { .now_ms = s->now_ms, .wait_ms = 0 };
	AUTO(access_close) struct access *a = NULL;
	struct err none = { 0 };
	enum rc rc;

	if ((rc = vault_status(h, &st->v, e)) != OK)
		return rc;
	agent_status(h, &st->agent);
	st->notes = inbox_waiting(h);
	if (st->agent.unlocked && access_open(h, &how, &a, &none) == OK)
		st->ledger = ledger_totals(vault_db(access_vault(a)), &st->totals, &none) == OK;
	if (a != NULL)
		standing_dues(s, vault_db(access_vault(a)), st);
	st->card = card_standing(s, h, a != NULL ? vault_db(access_vault(a)) : NULL, &st->card_written);
	return OK;
}

static void
count_or_null(struct json *j, const char *key, bool known, uint64_t n)
{
	if (known)
		j_int(j, key, (int64_t)n);
	else
		j_null(j, key);
}

/* Who holds what; null while nobody does. */
static void
agent_json(struct json *j, const struct agent_status *a)
{
	if (!a->unlocked) {
		j_null(j, "agent");
		return;
	}
	j_obj(j, "agent");
	j_int(j, "pid", a->pid);
	j_str(j, "holds", a->secrets ? "secrets" : "ledger");
	j_time(j, "since", a->since_ms);
	j_int(j, "idle_seconds", a->limits.idle_s);
	j_int(j, "for_seconds", a->limits.for_s);
	count_or_null(j, "reveals_left", a->reveals_left != UINT32_MAX, a->reveals_left);
	j_bool(j, "warned_of_sleep", a->warned);
	j_end(j);
}

/* The first that is still to be done. */
static void
deadline_json(struct json *j, const struct standing *st)
{
	const struct deadline *x = dues_next(&st->dues);
	char day[11], id[24];

	if (x == NULL) {
		j_null(j, "next_deadline");
		j_null(j, "deadline");
		return;
	}
	date_put(day, x->due_day);
	(void)snprintf(id, sizeof id, "I%lld", (long long)st->dues.of[x->account].incident);
	j_str(j, "next_deadline", day);
	j_obj(j, "deadline");
	j_str(j, "incident", id);
	j_str(j, "account", st->dues.of[x->account].account->name);
	j_str(j, "fact", x->fact->id);
	j_str(j, "who", x->fact->who);
	j_str(j, "what", advice_text(x->fact, st->facts.zh));
	j_int(j, "days_left", x->due_day - st->dues.today);
	j_end(j);
}

static enum rc
status_json(struct session *s, const struct standing *st, struct err *e)
{
	const struct vault_status *v = &st->v;
	char factors[FACTORS_NAME];
	JSON j = { 0 };

	j_open(&j, "status");
	j_str(&j, "state", vault_state_name(v->state));
	j_bool(&j, "locked", !st->agent.unlocked);
	if (st->agent.unlocked)
		j_time(&j, "locks_at", st->agent.locks_at_ms);
	else
		j_null(&j, "locks_at");
	count_or_null(&j, "epoch", v->state != VAULT_NONE, v->epoch);
	count_or_null(&j, "accounts", st->ledger, st->totals.accounts);
	count_or_null(&j, "accounts_frozen", st->ledger, st->totals.accounts_frozen);
	count_or_null(&j, "transactions", st->ledger, st->totals.transactions);
	j_str(&j, "kit", v->state == VAULT_NONE ? NULL : kit_state_name(v->kit));
	j_str(&j, "fingerprint", v->fingerprint[0] ? v->fingerprint : NULL);
	j_str(&j, "twofactor", v->state == VAULT_NONE ? NULL : factors_name(v->flags, factors));
	if (v->totp_until != 0)
		j_time(&j, "twofactor_expires", v->totp_until);
	else
		j_null(&j, "twofactor_expires");
	j_str(&j, "recovery", v->state == VAULT_NONE ? NULL : v->flags & KEYS_KIT_PASSWORD ? "kit+password" : "kit");
	if (v->last_backup != 0)
		j_time(&j, "last_backup", v->last_backup);
	else
		j_null(&j, "last_backup");
	count_or_null(&j, "incidents_open", st->ledger, st->totals.incidents_open);
	deadline_json(&j, st);
	j_int(&j, "notes_waiting", (int64_t)st->notes);
	j_bool(&j, "freeze_pending", v->freeze_pending);
	if (v->frozen_since != 0)
		j_time(&j, "frozen_since", v->frozen_since);
	else
		j_null(&j, "frozen_since");
	count_or_null(&j, "log_entries", v->state != VAULT_NONE, v->log_entries);
	j_bool(&j, "fuse_damaged", v->fuse_damaged);
	j_bool(&j, "device_missing", v->device_missing);
	j_str(&j, "card", card_state_name(st->card));
	j_time(&j, "card_written", st->card_written);
	agent_json(&j, &st->agent);
	count_or_null(&j, "landlock", landlock_abi() > 0, (uint64_t)landlock_abi());
	return out_json(s, &j, e);
}

static void
say_state(struct session *s, const struct standing *st)
{
	const struct vault_status *v = &st->v;
	BUF when = { 0 }, ago = { 0 };

	switch (v->state) {
	case VAULT_NONE:
		break;
	case VAULT_OPEN:
		say_tone(s, TONE_BOLD, N_("Open (secrets can be read with the password)."));
		break;
	case VAULT_FROZEN:
		if (v->frozen_since != 0) {
			add_time(&when, v->frozen_since, false);
			add_duration(&ago, (s->now_ms - v->frozen_since) / 1000);
			say_tone(s, TONE_BOLD, N_("FROZEN since %s (%s): no secret can be read."), buf_str(&when),
			    buf_str(&ago));
		} else {
			say_tone(s, TONE_BOLD, N_("FROZEN: no secret can be read."));
		}
		break;
	case VAULT_RESTORED:
		say_tone(s, TONE_BOLD,
		    N_("Restored: this computer has no device key; the kit opens it (purser recover)."));
		break;
	case VAULT_THAWING:
		say_tone(s, TONE_BOLD,
		    N_("A change of keys was interrupted: the next command with the password finishes it."));
		break;
	}
}

static void
say_card(struct session *s, const struct standing *st)
{
	BUF when = { 0 };

	switch (st->card) {
	case CARD_STATE_CURRENT:
		break;
	case CARD_STATE_NONE:
		if (st->ledger && st->totals.accounts > 0)
			say(s, N_("There is no emergency card yet: purser card"));
		break;
	case CARD_STATE_OFF:
		say(s, N_("The emergency card is off: purser card --on"));
		break;
	case CARD_STATE_STALE:
		add_time(&when, st->card_written, false);
		say_tone(s, TONE_YELLOW, N_("The emergency card of %s is old: purser unlock, then purser card"),
		    buf_str(&when));
		break;
	case CARD_STATE_DAMAGED:
		say_tone(s, TONE_YELLOW, N_("The emergency card cannot be read: purser unlock writes it anew"));
		break;
	}
}

#define RENEWED_MS ((int64_t)30 * 86400 * 1000)

static void
say_kit_and_backup(struct session *s, const struct vault_status *v)
{
	BUF made = { 0 }, backup = { 0 };

	if (v->kit == KIT_VERIFIED)
		say(s, N_("Kit %s, verified."), v->fingerprint);
	else if (v->kit == KIT_UNVERIFIED)
		say_tone(s, TONE_YELLOW, N_("Kit %s, NOT verified: purser kit check, with the paper in hand."),
		    v->fingerprint);
	else
		say_tone(s, TONE_YELLOW, N_("No recovery kit: no secret can be stored. purser kit new"));
	/* The first one came with the store; a later one may be somebody else's doing. */
	if (v->kit_made != 0 && v->epoch > 1 && s->now_ms - v->kit_made < RENEWED_MS) {
		add_time(&made, v->kit_made, false);
		say(s, N_("The kit was renewed %s. If it was not you: purser kit new"), buf_str(&made));
	}
	if (v->last_backup != 0) {
		add_time(&backup, v->last_backup, false);
		say(s, N_("Last backup %s."), buf_str(&backup));
	} else if (v->state != VAULT_RESTORED) {
		say(s, N_("No backup yet: purser backup FILE"));
	}
}

static void
say_factors(struct session *s, const struct vault_status *v)
{
	char factors[FACTORS_NAME];
	BUF until = { 0 };

	if ((v->flags & (KEYS_TOTP_MASK | KEYS_KEYFILE | KEYS_FIDO2)) == 0)
		return;
	factors_name(v->flags, factors);
	if ((v->flags & KEYS_TOTP_MASK) == 0) {
		say(s, N_("Second factor: %s."), factors);
		return;
	}
	if (v->totp_until == 0) {
		say_tone(s, TONE_RED, N_("Second factor: %s, but totp.tab is missing or damaged: purser recover, with "
					 "the kit."), factors);
		return;
	}
	add_time(&until, v->totp_until, false);
	if (v->totp_until - s->now_ms < (int64_t)30 * 86400 * 1000)
		say_tone(s, TONE_YELLOW, N_("Second factor: %s. Unlock before %s, or only the kit opens the store."),
		    factors, buf_str(&until));
	else
		say(s, N_("Second factor: %s (its table reaches until %s)."), factors, buf_str(&until));
}

/* "90 s", "10 min", "8 h": the largest unit that divides it. */
static void
add_span(struct buf *b, uint32_t seconds)
{
	if (seconds % 3600 == 0)
		buf_addf(b, "%u h", (unsigned)(seconds / 3600));
	else if (seconds % 60 == 0)
		buf_addf(b, "%u min", (unsigned)(seconds / 60));
	else
		buf_addf(b, "%u s", (unsigned)seconds);
}

static void
say_agent(struct session *s, const struct agent_status *a)
{
	BUF since = { 0 }, idle = { 0 }, full = { 0 };

	add_time(&since, a->since_ms, false);
	add_span(&idle, a->limits.idle_s);
	add_span(&full, a->limits.for_s);
	if (a->secrets)
		say(s, N_("  It holds the keys of the ledger and of the secrets since %s; limits: %s idle, %s in all."),
		    buf_str(&since), buf_str(&idle), buf_str(&full));
	else
		say(s, N_("  It holds the key of the ledger only, since %s; limits: %s idle, %s in all."),
		    buf_str(&since), buf_str(&idle), buf_str(&full));
	if (a->secrets && a->reveals_left != UINT32_MAX)
		say(s, N_("  %u of %u secrets and codes left in this minute."), (unsigned)a->reveals_left,
		    (unsigned)a->limits.reveals);
}

static void
say_rest(struct session *s, const struct standing *st)
{
	const struct vault_status *v = &st->v;
	BUF when = { 0 };

	if (st->agent.unlocked) {
		add_time(&when, st->agent.locks_at_ms, false);
		say(s, N_("Unlocked until %s at the latest (agent, pid %d)."), buf_str(&when), (int)st->agent.pid);
		say_agent(s, &st->agent);
	} else {
		say(s, N_("Locked."));
	}
	say_kit_and_backup(s, v);
	say_factors(s, v);
	if (st->ledger)
		say(s, N_("%llu accounts, %llu transactions, %llu log entries."),
		    (unsigned long long)st->totals.accounts, (unsigned long long)st->totals.transactions,
		    (unsigned long long)v->log_entries);
	else
		say(s, N_("%llu log entries; the rest is known when unlocked."), (unsigned long long)v->log_entries);
	if (st->notes > 0)
		say(s, N_("%zu notes waiting, sealed: the next unlock takes them in."), st->notes);
	if (st->ledger && st->totals.accounts_frozen > 0)
		say_tone(s, TONE_CYAN, N_("%llu of these accounts are frozen: purser account list"),
		    (unsigned long long)st->totals.accounts_frozen);
	if (st->ledger && st->totals.incidents_open > 0)
		say_tone(s, TONE_YELLOW, N_("%llu incidents open: purser incident"),
		    (unsigned long long)st->totals.incidents_open);
	else if (!st->ledger && v->state == VAULT_FROZEN)
		say(s, N_("What to do, in order: purser incident next (no password). What is in the store of it: purser incident"));
	if (dues_next(&st->dues) != NULL)
		due_line(s, &st->dues, dues_next(&st->dues), _("Next deadline: "));
	say_card(s, st);
	if (v->fuse_damaged)
		say_tone(s, TONE_RED, N_("The fuse file is damaged: secrets only through purser thaw, with the kit."));
	if (v->device_missing && v->state != VAULT_RESTORED)
		say_tone(s, TONE_RED, N_("device.key is missing or of another store: purser recover, with the kit."));
	if (v->freeze_pending)
		say_tone(s, TONE_YELLOW, N_("A freeze waits to be finished: the next command does it."));
}

static enum rc
status_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(home_close) struct home *h = NULL;
	STANDING st = { .notes = 0 };
	enum rc rc;

	if ((rc = session_home_open(s, &h, e)) != OK || (rc = standing_get(s, h, &st, e)) != OK)
		return rc;
	if (s->json) {
		if ((rc = status_json(s, &st, e)) != OK)
			return rc;
	} else if (st.v.state == VAULT_NONE) {
		say(s, N_("No store at %s. purser init"), s->vault);
	} else {
		say_state(s, &st);
		say_rest(s, &st);
	}
	if (!arg_has(a, "exit-code"))
		return OK;
	if (st.v.state == VAULT_NONE)
		return err_set(e, E_NOTFOUND, N_("no store at %s"), s->vault);
	if (st.v.state == VAULT_FROZEN || st.v.state == VAULT_RESTORED)
		return err_set(e, E_FROZEN, N_("frozen or restored"));
	return st.agent.unlocked ? OK : err_set(e, E_LOCKED, N_("locked"));
}

static const struct option status_options[] = {
	{ "exit-code", 0, NULL, N_("0 open and unlocked, 5 locked, 4 frozen or restored"), NULL, 0 },
	{ 0 },
};

static const struct example status_examples[] = {
	{ "purser status", NULL },
	{ "purser status --json", N_("what only the ledger knows is null while locked") },
	{ 0 },
};

const struct command cmd_status = {
	.name = "status",
	.group = GROUP_STORE,
	.summary = N_("what is true: open, frozen, locked, kit, log"),
	.description = N_("Says where the store stands. Works locked and asks for nothing; figures of the ledger are "
			  "shown while the agent is "
			  "unlocked."),
	.examples = status_examples,
	.options = status_options,
	.run = status_run,
};

/* ---- `purser` alone ---- */

static void
say_begin(struct session *s)
{
	say(s, N_("No store yet. purser keeps wallet accounts, statements and codes on this computer only."));
	say(s, N_("  purser init            make a store: 2 minutes, and 5 more for the recovery kit"));
	say(s, N_("  purser restore FILE    you have a backup and a kit"));
	say(s, N_("  purser drill           rehearse on made-up data, or look around in it: --look DIR"));
	say(s, N_("  purser freeze          money is leaving: the first steps, without a store too"));
}

static void
say_next(struct session *s, const struct standing *st)
{
	unsigned n = 0;

	if (st->v.state == VAULT_FROZEN) {
		say(s, N_("  purser history         the books stay readable"));
		say(s, N_("  purser thaw            on a clean computer, with your kit"));
		return;
	}
	if (st->v.state == VAULT_RESTORED) {
		say(s, N_("  purser recover         with your kit: everything new, on this computer"));
		return;
	}
	if (st->v.kit == KIT_NONE && ++n <= 3)
		say(s, N_("  purser kit new         without a kit no secret can be stored"));
	if (st->v.kit == KIT_UNVERIFIED && ++n <= 3)
		say(s, N_("  purser kit check       type the kit back from paper"));
	if (st->ledger && st->totals.unreviewed > 0 && ++n <= 3)
		say(s, N_("  purser review          %llu transactions nobody has looked at"),
		    (unsigned long long)st->totals.unreviewed);
	if (!st->agent.unlocked && ++n <= 3)
		say(s, N_("  purser unlock          ask for the password once for the next commands"));
	if (st->ledger && st->totals.transactions == 0 && ++n <= 3)
		say(s, N_("  purser import FILE     a statement of PayPal, Alipay, WeChat Pay or Apple Card"));
	if (n == 0)
		say(s, N_("  purser history         what came and went"));
}

static enum rc
alone_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(home_close) struct home *h = NULL;
	STANDING st = { .notes = 0 };
	enum rc rc;

	(void)a;
	if ((rc = session_home_open(s, &h, e)) != OK || (rc = standing_get(s, h, &st, e)) != OK)
		return rc;
	if (s->json)
		return status_json(s, &st, e);
	if (st.v.state == VAULT_NONE) {
		say_begin(s);
		return OK;
	}
	say_state(s, &st);
	say_rest(s, &st);
	say_next(s, &st);
	return OK;
}

const struct command cmd_alone = {
	.name = "", .group = GROUP_QUIET, .summary = N_("where you stand and what to do now"), .run = alone_run,
};
