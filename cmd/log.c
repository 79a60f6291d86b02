/* cmd/log.c: `purser log list|verify|checkpoint`: the tamper-evident log of what was done and shown. */
#include "base/io.h"
#include "cmd/evidence.h"
#include "cmd/logwords.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/logkeys.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define AGAINST_MAX 65536u

/* The ledger opens without it; what is about the log does not. */
static enum rc
log_there(struct session *s, struct err *e)
{
	if (vault_log(session_vault(s)) != NULL)
		return OK;
	(void)err_set(e, E_DAMAGED, N_("the file of the log is missing or cannot be read. Nothing was changed"));
	err_next(e, "purser recover");
	return E_DAMAGED;
}

/* ---- list ---- */

struct listing { struct session *s; struct table t; struct log_text *text; struct record_names *names; };

static enum rc
entry_json(struct session *s, const struct log_entry *en, const struct log_text *t, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "log_entry");
	j_int(&j, "seq", (int64_t)en->seq);
	j_time(&j, "time", en->time_ms);
	j_bool(&j, "authenticated", en->origin == 'U' && en->opened);
	j_str(&j, "event", t ? t->event : en->freeze ? "freeze" : NULL);
	j_obj(&j, "fields");
	for (size_t i = 0; t != NULL && i < t->fields; i++)
		j_str(&j, t->field[i].key, t->field[i].value);
	j_end(&j);
	return out_json(s, &j, e);
}

static enum rc
list_entry(void *ctx, const struct log_entry *en, struct err *e)
{
	struct listing *l = ctx;
	const struct log_text *t = en->opened && log_text_parse(l->text, en->text, en->n) ? l->text : NULL;
	BUF when = { 0 }, what = { 0 };

	if (l->s->json)
		return entry_json(l->s, en, t, e);
	add_time(&when, en->time_ms, true);
	if (t != NULL)
		log_fields_words(&what, t, l->names);
	table_cell(&l->t, TONE_DIM, "%llu", (unsigned long long)en->seq);
	table_cell(&l->t, TONE_PLAIN, "%s", buf_str(&when));
	table_cell(&l->t, en->freeze ? TONE_BOLD : TONE_PLAIN, "%s",
	    log_event_words(t ? t->event : en->freeze ? "freeze" : "?"));
	table_cell(&l->t, TONE_PLAIN, "%s", buf_str(&what));
	table_cell(&l->t, TONE_DIM, "%s", en->origin == 'U' && en->opened ? "" : _("unauthenticated"));
	return table_row(&l->t) ? OK : E_INTERRUPTED;
}

static enum rc
log_list_run(struct session *s, const struct args *a, struct err *e)
{
	static const struct column cols[] = {
		{ "#", COL_RIGHT, 0 },
		{ N_("Time"), 0, 0 },
		{ N_("Event"), 0, 0 },
		{ N_("What"), COL_CUT, 16 },
		{ "", COL_DROP, 0 },
	};
	AUTO(record_names_free) struct record_names *names = NULL;
	struct listing l = { .s = s };
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	struct log_head head;
	uint64_t limit = 0, from = 0;
	enum rc rc;

	if ((rc = arg_u64(a, "limit", 1, 1000000000, &limit, e)) != OK || (rc = log_there(s, e)) != OK ||
	    (rc = vault_log_keys(session_vault(s), &k, e)) != OK || (rc = log_head(vault_log(session_vault(s)), &head, e)) != OK)
		return rc;
	if (!s->json && (rc = record_names_get(session_access(s), &names, e)) != OK)
		return rc;
	l.names = names;
	if (limit > 0 && head.next_seq > limit)
		from = head.next_seq - limit;
	if ((l.text = malloc(sizeof *l.text)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (!s->json)
		table_begin(&l.t, s, cols, COUNTOF(cols), TABLE_PAGED);
	rc = log_each(vault_log(session_vault(s)), k.lk, k.n, from, list_entry, &l, e);
	if (!s->json)
		table_end(&l.t);
	free(l.text);
	return rc == E_INTERRUPTED && s->out_failed ? OK : rc;
}

/* ---- verify ---- */

static enum rc
compare(struct session *s, const char *path, struct log_report *r, struct err *e)
{
	unsigned char pub[32], sk[64], seed[32];
	BUF text = { .max = AGAINST_MAX };
	bool have, signed_ok;
	int64_t made;
	enum rc rc;

	if ((rc = io_read_file(AT_FDCWD, path, AGAINST_MAX - 1, &text, e)) != OK)
		return rc;
	rc = rows_meta_get(session_db(s), "ek-seed", seed, sizeof seed, e);
	if (rc != OK && rc != E_NOTFOUND)
		return rc;
	have = rc == OK;
	if (have) {
		sign_keypair(pub, sk, seed);
		wipe(sk, sizeof sk);
		wipe(seed, sizeof seed);
	}
	rc = log_against(vault_log(session_vault(s)), text.p, text.len, vault_id(session_vault(s)), have ? pub : NULL,
	    r, &made, &signed_ok, e);
	if (rc == OK && !signed_ok)
		warn(s, N_("The checkpoint's signature could not be checked."));
	return rc;
}

static enum rc
report_findings(struct session *s, const struct log_report *r, struct err *e)
{
	for (size_t i = 0; i < r->n; i++) {
		if (s->json) {
			JSON j = { 0 };
			enum rc rc;

			j_open(&j, "finding");
			j_str(&j, "severity", log_what_bad(r->f[i].what) ? "high" : "note");
			j_null(&j, "account");
			j_str(&j, "what", log_what_str(r->f[i].what));
			j_int(&j, "seq", (int64_t)r->f[i].seq);
			j_null(&j, "why");
			j_null(&j, "fix");
			if ((rc = out_json(s, &j, e)) != OK)
				return rc;
		} else {
			say_tone(s, log_what_bad(r->f[i].what) ? TONE_RED : TONE_YELLOW, N_("entry %llu: %s"),
			    (unsigned long long)r->f[i].seq, _(log_what_str(r->f[i].what)));
		}
	}
	return OK;
}

static enum rc
log_verify_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(log_report_free) struct log_report r = { 0 };
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	enum rc rc;

	if ((rc = log_there(s, e)) != OK || (rc = vault_log_keys(session_vault(s), &k, e)) != OK ||
	    (rc = log_verify(vault_log(session_vault(s)), k.lk, k.n, NULL, NULL, &r, e)) != OK)
		return rc;
	if (arg_str(a, "against") != NULL && (rc = compare(s, arg_str(a, "against"), &r, e)) != OK)
		return rc;
	if ((rc = report_findings(s, &r, e)) != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "log");
		j_int(&j, "entries", (int64_t)r.entries);
		j_int(&j, "bad", (int64_t)r.bad);
		if ((rc = out_json(s, &j, e)) != OK)
			return rc;
	} else if (r.bad == 0) {
		say(s, N_("Log: %llu entries, unbroken."), (unsigned long long)r.entries);
	} else {
		say_tone(s, TONE_RED, N_("Log: %llu entries, %llu findings. Nothing was changed."),
		    (unsigned long long)r.entries, (unsigned long long)r.bad);
	}
	return r.bad == 0 ? OK : E_FINDINGS;
}

/* ---- checkpoint ---- */

static enum rc
log_checkpoint_run(struct session *s, const struct args *a, struct err *e)
{
	unsigned char seed[32];
	BUF out = { 0 };
	enum rc rc;

	(void)a;
	if ((rc = log_there(s, e)) == OK && (rc = evidence_seed(s, seed, e)) == OK)
		rc = log_checkpoint(vault_log(session_vault(s)), vault_id(session_vault(s)), seed, s->now_ms, &out, e);
	wipe(seed, sizeof seed);
	if (rc != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "checkpoint");
		j_str(&j, "text", buf_str(&out));
		return out_json(s, &j, e);
	}
	return out_bytes(s, out.p, out.len, e);
}

static const struct option list_options[] = {
	{ "limit", 'n', "N", N_("the newest N only"), NULL, 0 },
	{ 0 },
};
static const struct option verify_options[] = {
	{ "against", 0, "FILE", N_("compare with a checkpoint that was kept elsewhere"), NULL, 0 },
	{ 0 },
};
static const struct command list_command = {
	.name = "list",
	.summary = N_("what was done and shown, oldest first"),
	.options = list_options,
	.flags = CMD_UNLOCK,
	.run = log_list_run,
};
static const struct command verify_command = {
	.name = "verify", .summary = N_("check the whole chain; 10 when something is wrong"), .options = verify_options,
	.flags = CMD_UNLOCK, .run = log_verify_run,
};
static const struct command checkpoint_command = {
	.name = "checkpoint", .summary = N_("print the newest entry's number and hash, signed, to keep elsewhere"),
	.flags = CMD_UNLOCK | CMD_WRITE, .run = log_checkpoint_run,
};
static const struct command *const log_subs[] = { &list_command, &verify_command, &checkpoint_command, &log_key_command,
	&log_sign_command, NULL };
static const struct example log_examples[] = {
	{ "purser log list -n 20", NULL },
	{ "purser log checkpoint > paper.txt", N_("print it or send it to a friend") },
	{ "purser log verify --against paper.txt", NULL },
	{ "purser log key > key.pub; head -6 paper.txt > said; tail -4 paper.txt > said.minisig; minisign -V -p key.pub -m said",
	    N_("somebody else checks it, without purser") },
	{ 0 },
};

const struct command cmd_log = {
	.name = "log",
	.group = GROUP_STORE,
	.summary = N_("tamper-evident log of what was done and shown"),
	.description =
	    N_("Every reveal, change, freeze and thaw is an entry of a signed chain whose old keys are erased.\n\n"
	       "Cryptographic: someone who takes everything now cannot change, drop or insert an entry written before, "
	       "unseen. Replacing all "
	       "files by an older complete set is seen only with a checkpoint kept elsewhere. Entries marked "
	       "unauthenticated were written "
	       "while locked; anyone with the files can write such ones."),
	.examples = log_examples,
	.subs = log_subs,
};
