/* cmd/freeze.c: `purser freeze`: no password, no prompt, no network, not even the first time. */
#include "base/user.h"
#include "cmd/card.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/savelines.h"
#include "cmd/term.h"
#include "store/account.h"
#include "store/incident.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
agent_word(enum freeze_agent a)
{
	switch (a) {
	case FREEZE_AGENT_NONE: return N_("not running");
	case FREEZE_AGENT_WIPED: return N_("wiped");
	case FREEZE_AGENT_ENDED: return N_("did not answer, ended");
	case FREEZE_AGENT_NO_ANSWER: break;
	}
	return N_("no answer");
}

static const char *
agent_machine(enum freeze_agent a)
{
	switch (a) {
	case FREEZE_AGENT_NONE: return "not-running";
	case FREEZE_AGENT_WIPED: return "wiped";
	case FREEZE_AGENT_ENDED: return "ended";
	case FREEZE_AGENT_NO_ANSWER: break;
	}
	return "no-answer";
}

static enum rc
report_json(struct session *s, const struct freeze_report *r, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "freeze");
	j_str(&j, "scope", "store");
	j_bool(&j, "frozen", r->frozen);
	j_str(&j, "fuse", r->fuse_destroyed ? "destroyed" : r->frozen ? "none" : "present");
	j_str(&j, "agent", agent_machine(r->agent));
	j_str(&j, "log", r->logged ? "written" : r->already ? "known" : "pending");
	j_bool(&j, "already", r->already);
	if (r->at_ms != 0)
		j_time(&j, "frozen_since", r->at_ms);
	else
		j_null(&j, "frozen_since");
	return out_json(s, &j, e);
}

/* State first, then what not to do, then the steps. */
static void
report_people(struct session *s, const struct freeze_report *r)
{
	BUF when = { 0 };

	add_time(&when, r->at_ms, true);
	if (r->already && r->at_ms != 0)
		say_tone(s, TONE_BOLD, N_("FROZEN already, since %s."), buf_str(&when));
	else if (r->already)
		say_tone(s, TONE_BOLD, N_("FROZEN already."));
	else
		say_tone(s, TONE_BOLD,
		    N_("FROZEN %s. Here nobody can read a password or code any more, even with your password."),
		    buf_str(&when));
	say(s, N_("  fuse destroyed: %s    agent: %s    log entry: %s"),
	    r->fuse_destroyed ? _("yes") : _("there was none"), _(agent_word(r->agent)), r->logged ? _("written") :
	    r->already ? _("there already") : _("pending, the next start writes it"));
	if (r->marker_left)
		say(s, N_("  Another purser is busy: it will finish the rest (the mark freeze.request stays until "
			  "then)."));
	if (r->why[0] != '\0')
		say(s, N_("  %s"), r->why);
	if (r->by_hand[0] != '\0')
		say(s, N_("  To do by hand: %s"), r->by_hand);
	say(s, N_("  It does not undo what was copied before, and it stops nothing at the providers. That is yours:"));
}

/* Root in another user's directory becomes that user first: nothing is followed or written with root's rights, not even by
 * what the opening of a store finishes. */
static enum rc
become_owner(const struct home *h, struct err *e)
{
	int dir = h->device >= 0 ? h->device : h->vault;
	struct stat st;

	if (geteuid() != 0 || dir < 0 || h->owner == 0)
		return OK;
	if (fstat(dir, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot read %s"), h->device_path);
	return user_become(h->owner, st.st_gid, e);
}

/* ---- single accounts ---- */

struct names { struct account *a; unsigned char (*uid)[ID_LEN]; size_t n; };

static void
names_free(struct names *all)
{
	for (size_t i = 0; i < all->n; i++)
		account_free(&all->a[i]);
	free(all->a);
	free(all->uid);
}

/* Every name before the first account: one that is not known freezes nothing, loudly. */
static enum rc
find_names(struct session *s, const struct args *a, struct names *all, struct err *e)
{
	enum rc rc = OK;

	all->a = calloc(a->n, sizeof *all->a);
	all->uid = calloc(a->n, sizeof *all->uid);
	if (all->a == NULL || all->uid == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (unsigned i = 0; i < a->n && rc == OK; i++) {
		account_init(&all->a[i]);
		all->n++;
		if ((rc = account_find(session_db(s), a->v[i], &all->a[i], e)) == OK)
			memcpy(all->uid[i], all->a[i].uid, ID_LEN);
		else if (rc == E_NOTFOUND)
			rc = session_no_account(s, a->v[i], e);
	}
	if (rc != E_NOTFOUND)
		return rc;
	say_tone(s, TONE_RED, N_("NOTHING was frozen: %s"), e->what);
	err_next(e, N_("purser freeze, without a name, freezes everything and needs no password"));
	return rc;
}

/* What can still be saved of these accounts, and how long their money lasts. The freeze is done: nothing here fails it. */
static bool
find_savings(struct session *s, const struct account *a, size_t n, const struct facts *f, struct savings *out)
{
	AUTO(auto_free) int64_t *id = calloc(n, sizeof *id);
	struct err why = { 0 };

	if (id == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		id[i] = a[i].id;
	if (savings_accounts(session_db(s), id, n, f->providers, s->now_ms, out, &why) == OK)
		return true;
	warn(s, N_("What can still be saved cannot be told: %s"), why.what);
	return false;
}

static enum rc
account_json(struct session *s, const struct account *a, size_t erased, bool agent, const struct facts *f, struct err *e)
{
	SAVINGS x = { .left_out = 0 };
	JSON j = { 0 };

	j_open(&j, "freeze");
	j_str(&j, "scope", a->name);
	j_bool(&j, "frozen", true);
	j_str(&j, "fuse", a->frozen_ms != 0 || erased == 0 ? "none" : "destroyed");
	j_str(&j, "agent", agent ? "running" : "not-running");
	j_str(&j, "log", a->frozen_ms != 0 ? "known" : "written");
	j_bool(&j, "already", a->frozen_ms != 0);
	j_time(&j, "frozen_since", a->frozen_ms != 0 ? a->frozen_ms : s->now_ms);
	if (find_savings(s, a, 1, f, &x))
		savable_json(&j, f, &x);
	return out_json(s, &j, e);
}

static enum rc
accounts_report(struct session *s, const struct names *all, size_t erased, bool agent, struct err *e)
{
	AUTO(facts_free) struct facts f = { .zh = false };
	SAVINGS x = { .left_out = 0 };
	enum rc rc = OK;

	facts_load(&f, s);
	for (size_t i = 0; i < all->n && rc == OK; i++) {
		BUF when = { 0 };

		if (s->json) {
			rc = account_json(s, &all->a[i], erased, agent, &f, e);
			continue;
		}
		add_time(&when, all->a[i].frozen_ms != 0 ? all->a[i].frozen_ms : s->now_ms, true);
		if (all->a[i].frozen_ms != 0)
			say_tone(s, TONE_BOLD, N_("%s: FROZEN already, since %s."), all->a[i].name, buf_str(&when));
		else
			say_tone(s, TONE_BOLD,
			    N_("%s: FROZEN %s. Here nobody can read its passwords and codes any more."), all->a[i].name,
			    buf_str(&when));
	}
	if (s->json || rc != OK)
		return rc;
	say(s, N_("  entries destroyed: %zu    all other accounts go on"), erased);
	say(s, N_("  It stops nothing at the provider: tell them now, from another device."));
	card_accounts_say(s, all->a, all->n);
	if (find_savings(s, all->a, all->n, &f, &x))
		savable_say(s, &f, &x);
	say(s, N_("  Back with the kit: purser thaw NAME, on a clean computer. Everything at once: purser freeze"));
	return OK;
}

/* What was frozen is frozen: an incident that cannot be opened now is opened by hand. */
static void
open_incident(struct session *s, const struct names *all)
{
	AUTO(auto_free) int64_t *id = calloc(all->n, sizeof *id);
	struct err e = { .rc = OK };
	int64_t incident = 0;
	bool opened;

	for (size_t i = 0; id != NULL && i < all->n; i++)
		id[i] = all->a[i].id;
	if (id == NULL || incident_of_freeze(session_vault(s), id, all->n, s->now_ms, s->wait_ms, &incident, &opened, &e) != OK)
		note(s, N_("No incident was opened: purser incident open"));
	else
		note(s, N_("Incident I%lld: what to do, in order: purser incident"), (long long)incident);
}

static enum rc
freeze_accounts(struct session *s, const struct args *a, struct err *e)
{
	AUTO(names_free) struct names all = { .n = 0 };
	AUTO(home_close) struct home *first = NULL;
	struct agent_status st = { 0 };
	bool agent = false;
	size_t erased = 0;
	enum rc rc;

	if ((rc = home_open_now(&first, s->vault, s->device, e)) != OK || (rc = become_owner(first, e)) != OK ||
	    (rc = store_hook_open(s, CMD_STORE, e)) != OK)
		return rc;
	agent_status(session_home(s), &st);
	if (!st.unlocked && can_ask(s) && s->password_fd == FD_NONE && s->password_file == NULL)
		note(
		    s, N_("One account needs the password. purser freeze, without a name, freezes everything and needs "
			  "none."));
	if ((rc = session_unlock(s, CMD_UNLOCK, e)) == E_LOCKED || rc == E_AUTH)
		err_next(e, N_("purser freeze, without a name, freezes everything and needs no password"));
	if (rc != OK || (rc = find_names(s, a, &all, e)) != OK)
		return rc;
	rc = vault_freeze_accounts(session_vault(s), (const unsigned char (*)[ID_LEN])all.uid, all.n,
	    arg_str(a, "reason"), s->now_ms, s->wait_ms, &erased, e);
	if (rc != OK) {
		say_tone(s, TONE_RED, "%s", e->what);
		return rc;
	}
	agent_settled(session_home(s), &agent);
	if ((rc = accounts_report(s, &all, erased, agent, e)) == OK)
		open_incident(s, &all);
	return rc;
}

/* ---- all of it ---- */

static bool
is_all(const struct args *a)
{
	for (unsigned i = 0; i < a->n; i++)
		if (strcmp(a->v[i], "all") == 0)
			return true;
	return a->n == 0;
}

static enum rc
freeze_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(home_close) struct home *h = NULL;
	struct freeze_report r = { 0 };
	enum rc rc;

	if (!is_all(a))
		return freeze_accounts(s, a, e);
	if ((rc = home_open_now(&h, s->vault, s->device, e)) == OK && (rc = become_owner(h, e)) == OK)
		rc = vault_freeze(h, arg_str(a, "reason"), s->now_ms, agent_freeze, h, &r, e);
	if (rc == E_NOTFOUND) {
		/* Money may be leaving all the same: the steps help without a store too. */
		card_freeze_say(s, NULL);
		return rc;
	}
	if (rc != OK) {
		say_tone(s, TONE_RED, N_("NOT FROZEN: %s"), r.why[0] != '\0' ? r.why : e->what);
		if (r.by_hand[0] != '\0')
			say(s, N_("  To do by hand: %s"), r.by_hand);
		if (s->json && report_json(s, &r, e) != OK)
			return E_FAILED;
		return E_FAILED;
	}
	if (s->json)
		return report_json(s, &r, e);
	report_people(s, &r);
	card_freeze_say(s, h);
	/* What is left and what is leaving stands in the ledger, which a freeze does not wait for. */
	say(s, N_("The incident opens at the next unlock. What you do until then: purser incident notice WHO --by WAY --ref NUMBER "
		  "(no password)"));
	say(s, N_("What can still be saved, most savable first: purser incident (needs the password, not the kit)"));
	return OK;
}

static const struct option freeze_options[] = {
	{ "reason", 0, "TEXT", N_("kept in the log, sealed"), NULL, 0 },
	{ 0 },
};

static const struct example freeze_examples[] = {
	{ "purser freeze", N_("now; asks for nothing") },
	{ "purser freeze paypal mailbox", N_("these accounts only; needs the password or an unlocked agent") },
	{ "purser freeze --reason \"mail from the bank looked wrong\"", NULL },
	{ 0 },
};

const struct command cmd_freeze = {
	.name = "freeze",
	.group = GROUP_EMERGENCY,
	.usage = "[all|NAME...]",
	.summary = N_("no password or code can be read here until thawed; asks for nothing"),
	.description = N_(
	    "Destroys the fuse: the one small file without which no secret can be opened on this computer, even "
	    "with the "
	    "password. It needs no password, no terminal and no network, takes milliseconds, and cannot be undone "
	    "without the recovery "
	    "kit (purser thaw).\n\n"
	    "Cryptographic: someone with all files of the frozen store and the password reads the history, and no "
	    "secret. What was copied "
	    "before the freeze, with the password, is lost to them: change those passwords at the provider.\n\n"
	    "History, import, review, export, the log and storing new secrets go on.\n\n"
	    "With names, only these accounts: their entries in the fuse are overwritten in place, their secrets are "
	    "refused with 4, all others are served. That needs the ledger: an unlocked agent, or the password. One "
	    "unknown name, and nothing is frozen (8). purser thaw NAME brings one back, with the kit. What is stored "
	    "for a frozen account is sealed to the kit. Somebody with a copy of this disk from before keeps what was "
	    "in "
	    "it."),
	.examples = freeze_examples,
	.options = freeze_options,
	.max_args = MANY,
	.flags = CMD_AS_ROOT | CMD_EMERGENCY,
	.run = freeze_run,
};
