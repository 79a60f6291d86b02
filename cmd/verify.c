/* cmd/verify.c: `purser verify`: every page, every record, the whole log. */
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/db.h"
#include "store/log.h"
#include "store/vaultrows.h"

#include <stdlib.h>

struct tally { struct session *s; uint64_t records, bad; bool secrets; };

static bool
pages_done(void *arg, uint32_t done, uint32_t pages)
{
	progress(arg, N_("Page %u of %u"), done, pages);
	return true;
}

static enum rc
one_finding(struct session *s, const char *what, const char *why, const char *fix, struct err *e)
{
	JSON j = { 0 };

	if (!s->json) {
		say_tone(s, TONE_RED, "%s: %s", what, why);
		if (fix != NULL)
			say(s, "  %s", fix);
		return OK;
	}
	j_open(&j, "finding");
	j_str(&j, "severity", "high");
	j_null(&j, "account");
	j_str(&j, "what", what);
	j_str(&j, "why", why);
	j_str(&j, "fix", fix);
	return out_json(s, &j, e);
}

/* Without SK (frozen, or the agent has it) a record is checked by its tag and the manifest only. */
static enum rc
one_record(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct tally *t = ctx;
	struct err why = { 0 };
	SECRET plain = { 0 };

	(void)use;
	t->records++;
	if (!t->secrets || !record_has_entry(session_vault(t->s), r->id.rec, r->id.version))
		return OK;
	if (record_open(session_vault(t->s), r, &plain, &why) == OK)
		return OK;
	t->bad++;
	return one_finding(t->s, _("secret"), why.what, NULL, e);
}

static enum rc
verify_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(log_report_free) struct log_report r = { 0 };
	struct log_lk lk = { UINT64_MAX, vault_lk(session_vault(s))->bytes };
	AUTO(old_lks_free) struct old_lks old = { 0 };
	AUTO(auto_free) struct log_lk *all = NULL;
	struct tally t = { .s = s, .secrets = vault_sk(session_vault(s)) != NULL };
	struct err why = { 0 };
	bool good = true;
	uint64_t bad = 0;
	enum rc rc;

	(void)a;
	rc = db_verify(session_db(s), pages_done, s, &why);
	progress_end(s);
	if (rc == E_INTERRUPTED) {
		*e = why;
		return rc;
	}
	if (rc != OK) {
		bad++;
		if ((rc = one_finding(s, "store.db", why.what, why.next[0] ? why.next : NULL, e)) != OK)
			return rc;
	}
	/* With an agent nobody has looked at the records since it was unlocked. */
	if ((rc = rows_secret_each(session_db(s), NULL, one_record, &t, e)) != OK ||
	    (rc = vault_records_ok(session_vault(s), &good, e)) != OK ||
	    (rc = rows_old_lk_all(session_db(s), &old, e)) != OK)
		return rc;
	if (!good && (rc = one_finding(s, _("secrets"), _("records were deleted, put back or altered"),
	    _("purser thaw"), e)) != OK)
		return rc;
	bad += !good;
	if ((all = calloc(old.n + 1, sizeof *all)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < old.n; i++)
		all[i] = (struct log_lk){ old.last_seq[i], old.lk.bytes + 32 * i };
	all[old.n] = lk;
	if ((rc = log_verify(vault_log(session_vault(s)), all, old.n + 1, NULL, NULL, &r, e)) != OK)
		return rc;
	if (r.bad > 0 && (rc = one_finding(s, "log", _("the chain is broken"), _("purser log verify"), e)) != OK)
		return rc;
	bad += t.bad + r.bad;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "verify");
		j_int(&j, "secrets", (int64_t)t.records);
		j_int(&j, "log_entries", (int64_t)r.entries);
		j_int(&j, "bad", (int64_t)bad);
		if ((rc = out_json(s, &j, e)) != OK)
			return rc;
	} else if (bad == 0) {
		say(s, N_("Whole: every page, %llu secret versions, %llu log entries."), (unsigned long long)t.records,
		    (unsigned long long)r.entries);
	}
	return bad == 0 ? OK : E_FINDINGS;
}

static const struct example verify_examples[] = {
	{ "purser verify", NULL },
	{ 0 },
};

const struct command cmd_verify = {
	.name = "verify",
	.group = GROUP_STORE,
	.summary = N_("check every page, every secret and the whole log"),
	.description = N_(
	    "Reads everything and changes nothing. 10 when damage was found, 6 when it is so bad that the check cannot "
	    "run to its end."),
	.examples = verify_examples,
	.flags = CMD_UNLOCK,
	.run = verify_run,
};
