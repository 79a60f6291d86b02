/* cmd/freeze.c: `purser freeze`: no password, no prompt, no network, not even the first time. */
#include "base/user.h"
#include "cmd/card.h"
#include "cmd/open.h"
#include "cmd/out.h"

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

/* Root in another user's directory becomes that user first: nothing is followed or written with root's rights. */
static enum rc
become_owner(const struct home *h, struct err *e)
{
	struct stat st;

	if (geteuid() != 0 || h->device < 0 || h->owner == 0)
		return OK;
	if (fstat(h->device, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot read %s"), h->device_path);
	return user_become(h->owner, st.st_gid, e);
}

static enum rc
freeze_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(home_close) struct home *h = NULL;
	struct freeze_report r = { 0 };
	enum rc rc;

	if (a->n > 0 && strcmp(a->v[0], "all") != 0) {
		(void)err_set(e, E_USAGE,
		    N_("freeze takes no account: it freezes the whole store. Nothing was frozen."));
		err_next(e, N_("purser freeze"));
		return E_USAGE;
	}
	if ((rc = session_home_open(s, &h, e)) == OK && (rc = become_owner(h, e)) == OK)
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
	return OK;
}

static const struct option freeze_options[] = {
	{ "reason", 0, "TEXT", N_("kept in the log, sealed"), NULL, 0 },
	{ 0 },
};

static const struct example freeze_examples[] = {
	{ "purser freeze", N_("now; asks for nothing") },
	{ "purser freeze --reason \"mail from the bank looked wrong\"", NULL },
	{ 0 },
};

const struct command cmd_freeze = {
	.name = "freeze",
	.group = GROUP_EMERGENCY,
	.usage = "[all]",
	.summary = N_("no password or code can be read here until thawed; asks for nothing"),
	.description =
	    N_("Destroys the fuse: the one small file without which no secret can be opened on this computer, even "
	       "with the "
	       "password. It needs no password, no terminal and no network, takes milliseconds, and cannot be undone "
	       "without the recovery "
	       "kit (purser thaw).\n\n"
	       "Cryptographic: someone with all files of the frozen store and the password reads the history, and no "
	       "secret. What was copied "
	       "before the freeze, with the password, is lost to them: change those passwords at the provider.\n\n"
	       "History, import, review, export, the log and storing new secrets go on."),
	.examples = freeze_examples,
	.options = freeze_options,
	.max_args = 1,
	.flags = CMD_AS_ROOT | CMD_EMERGENCY,
	.run = freeze_run,
};
