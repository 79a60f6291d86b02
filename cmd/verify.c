/* cmd/verify.c: `purser verify`: every page, every record, the whole log, freshness; of the store or of a backup.
 * What of a damaged store still reads is said too. */
#include "base/num.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/verify_file.h"
#include "store/db.h"
#include "store/log.h"
#include "store/rescue.h"
#include "store/vaultrows.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
pages_done(void *arg, uint32_t done, uint32_t pages)
{
	progress(arg, N_("Page %u of %u"), done, pages);
	return true;
}

enum rc
verify_finding(struct session *s, const char *what, const char *why, const char *fix, struct err *e)
{
	JSON j = { 0 };

	progress_end(s);
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

/* ---- what is left of a damaged one ---- */

static enum rc
rescue_json(struct session *s, const struct rescue_report *r, struct err *e)
{
	for (size_t i = 0; i < COUNTOF(r->table); i++) {
		JSON j = { 0 };
		enum rc rc;

		j_open(&j, "readable");
		j_str(&j, "what", r->table[i].name);
		j_int(&j, "rows", (int64_t)r->table[i].readable);
		j_int(&j, "lost", (int64_t)r->table[i].lost);
		j_bool(&j, "complete", r->table[i].complete);
		if ((rc = out_json(s, &j, e)) != OK)
			return rc;
	}
	return OK;
}

static void
say_bad_pages(struct session *s, const struct rescue_report *r)
{
	BUF list = { .max = 512 };

	for (uint32_t i = 0; i < r->bad && i < COUNTOF(r->first_bad); i++)
		buf_addf(&list, "%s%u", i > 0 ? ", " : "", r->first_bad[i]);
	if (r->bad > COUNTOF(r->first_bad))
		buf_adds(&list, ", ...");
	if (r->bad > 0)
		say(s, N_("  %u of %u pages do not authenticate: %s"), r->bad, r->pages, buf_str(&list));
	else
		say(s, N_("  each of the %u pages is of this store; one or more are of another time, or missing"), r->pages);
}

static enum rc
tell_rescue(struct session *s, struct vault *v, struct err *e)
{
	struct rescue_report r;
	enum rc rc = rescue_look(vault_db(v), pages_done, s, &r, e);

	progress_end(s);
	if (rc != OK)
		return rc;
	if (s->json)
		return rescue_json(s, &r, e);
	say_bad_pages(s, &r);
	for (size_t i = 0; i < COUNTOF(r.table); i++) {
		const struct rescue_table *t = &r.table[i];

		if (t->lost == 0 && t->complete)
			say(s, N_("  %s: all %llu read"), _(t->name), (unsigned long long)t->readable);
		else if (t->complete)
			say(s, N_("  %s: %llu read, %llu are LOST"), _(t->name), (unsigned long long)t->readable,
			    (unsigned long long)t->lost);
		else
			say(s, N_("  %s: %llu read, %llu or more are LOST"), _(t->name), (unsigned long long)t->readable,
			    (unsigned long long)t->lost);
	}
	say(s, N_("What reads can be taken out: purser export --rescue --format csv"));
	say(s, N_("Then put the last backup in place: purser restore FILE"));
	return OK;
}

/* ---- records ---- */

struct tally { struct session *s; struct vault *v; uint64_t records, entries, bad; bool secrets; };

/* Without SK (frozen, the agent has it, a backup) a record is checked by its tag and the manifest only. */
static enum rc
one_record(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct tally *t = ctx;
	struct err why = { 0 };
	SECRET plain = { 0 };

	(void)use;
	t->records++;
	if (!t->secrets || !record_has_entry(t->v, r->id.rec, r->id.version))
		return OK;
	if (record_open(t->v, r, &plain, &why) == OK)
		return OK;
	t->bad++;
	return verify_finding(t->s, _("secret"), why.what, NULL, e);
}

static enum rc
check_records(struct tally *t, struct err *e)
{
	bool good = true;
	enum rc rc;

	/* With an agent nobody has looked at the records since it was unlocked. */
	if ((rc = rows_secret_each(vault_db(t->v), NULL, one_record, t, e)) != OK ||
	    (rc = vault_records_ok(t->v, &good, e)) != OK || good)
		return rc;
	t->bad++;
	return verify_finding(t->s, _("secrets"), _("records were deleted, put back or altered"), _("purser recover"), e);
}

/* ---- the log, and those that were kept when a new chain began ---- */

#define CHAINS_MAX 64u
struct chain { char file[32]; unsigned char pk0[32]; };
struct chains { struct chain c[CHAINS_MAX]; size_t n; struct log_text text; };

static enum rc
note_chain(void *ctx, const struct log_entry *en, struct err *e)
{
	struct chains *all = ctx;
	const char *file, *pk0;

	(void)e;
	if (en->origin != 'U' || !en->opened || all->n == CHAINS_MAX || !log_text_parse(&all->text, en->text, en->n) ||
	    strcmp(all->text.event, "chain") != 0)
		return OK;
	file = log_text_get(&all->text, "file");
	pk0 = log_text_get(&all->text, "pk0");
	if (file == NULL || pk0 == NULL || strncmp(file, "log.", 4) != 0 || strchr(file, '/') != NULL ||
	    strlen(file) >= sizeof all->c[0].file || strlen(pk0) != 64 || !hex_get(pk0, all->c[all->n].pk0, 32))
		return OK;
	(void)snprintf(all->c[all->n].file, sizeof all->c[0].file, "%s", file);
	all->n++;
	return OK;
}

static enum rc
report_of(struct tally *t, const char *file, const struct log_report *r, struct err *e)
{
	t->entries += r->entries;
	t->bad += r->bad;
	return r->bad == 0 ? OK : verify_finding(t->s, file, _("the chain is broken"), _("purser log verify"), e);
}

static enum rc
kept_chain(struct tally *t, const struct chain *c, const struct log_lk *lk, size_t n, struct chains *all, struct err *e)
{
	AUTO(log_report_free) struct log_report r = { 0 };
	AUTO(log_close) struct log *l = NULL;
	AUTO(auto_close) int fd = openat(vault_home(t->v)->vault, c->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	enum rc rc;

	if (fd < 0) {
		t->bad++;
		return verify_finding(t->s, c->file, _("this part of the log is missing"), NULL, e);
	}
	if ((rc = log_open_fd(&l, fd, c->pk0, e)) != OK || (rc = log_verify(l, lk, n, note_chain, all, &r, e)) != OK)
		return rc;
	return report_of(t, c->file, &r, e);
}

static enum rc
check_logs(struct tally *t, struct err *e)
{
	struct log_lk lk = { UINT64_MAX, vault_lk(t->v)->bytes };
	AUTO(log_report_free) struct log_report r = { 0 };
	AUTO(old_lks_free) struct old_lks old = { 0 };
	AUTO(auto_free) struct log_lk *keys = NULL;
	AUTO(auto_free) struct chains *all = calloc(1, sizeof *all);
	enum rc rc;

	if (vault_log(t->v) == NULL) {
		t->bad++;
		return verify_finding(t->s, "log", _("it cannot be read"), _("purser recover"), e);
	}
	if ((rc = rows_old_lk_all(vault_db(t->v), &old, e)) != OK)
		return rc;
	if (all == NULL || (keys = calloc(old.n + 1, sizeof *keys)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (size_t i = 0; i < old.n; i++)
		keys[i] = (struct log_lk){ old.last_seq[i], old.lk.bytes + 32 * i };
	keys[old.n] = lk;
	if ((rc = log_verify(vault_log(t->v), keys, old.n + 1, note_chain, all, &r, e)) != OK ||
	    (rc = report_of(t, "log", &r, e)) != OK)
		return rc;
	for (size_t i = 0; i < all->n; i++)
		if ((rc = kept_chain(t, &all->c[i], keys, old.n + 1, all, e)) != OK)
			return rc;
	return OK;
}

/* ---- all of it ---- */

static enum rc
check_freshness(struct tally *t, struct err *e)
{
	bool fresh = true;
	enum rc rc = vault_is_fresh(t->v, &fresh, e);

	if (rc != OK || fresh)
		return rc;
	t->bad++;
	return verify_finding(t->s, "store.db", _("the log knows newer changes: an older copy was put back"),
	    _("purser restore FILE, with a newer backup; or purser recover"), e);
}

static enum rc
total(struct tally *t, struct err *e)
{
	JSON j = { 0 };
	enum rc rc;

	if (t->s->json) {
		j_open(&j, "verify");
		j_int(&j, "secrets", (int64_t)t->records);
		j_int(&j, "log_entries", (int64_t)t->entries);
		j_int(&j, "bad", (int64_t)t->bad);
		if ((rc = out_json(t->s, &j, e)) != OK)
			return rc;
	} else if (t->bad == 0) {
		say(t->s, N_("Whole: every page, %llu secret versions, %llu log entries."), (unsigned long long)t->records,
		    (unsigned long long)t->entries);
	}
	return t->bad == 0 ? OK : E_FINDINGS;
}

/* What stops one part does not keep the others from being looked at. */
static enum rc
part(struct tally *t, enum rc (*fn)(struct tally *, struct err *), const char *what, struct err *e)
{
	struct err why = { 0 };
	enum rc rc = fn(t, &why);

	if (rc == OK)
		return OK;
	if (rc != E_DAMAGED) {
		*e = why;
		return rc;
	}
	t->bad++;
	return verify_finding(t->s, what, why.what, why.next[0] ? why.next : NULL, e);
}

enum rc
verify_vault(struct session *s, struct vault *v, struct err *e)
{
	struct tally t = { .s = s, .v = v, .secrets = vault_sk(v) != NULL };
	struct err why = { 0 };
	enum rc rc = db_verify(vault_db(v), pages_done, s, &why);

	progress_end(s);
	if (rc != OK && rc != E_DAMAGED) {
		*e = why;
		return rc;
	}
	if (rc == E_DAMAGED) {
		t.bad++;
		if ((rc = verify_finding(s, "store.db", why.what, why.next[0] ? why.next : NULL, e)) != OK ||
		    (rc = tell_rescue(s, v, e)) != OK)
			return rc;
	}
	if ((rc = part(&t, check_records, "store.db", e)) != OK || (rc = part(&t, check_logs, "log", e)) != OK ||
	    (rc = part(&t, check_freshness, "store.db", e)) != OK)
		return rc;
	return total(&t, e);
}

/* ---- the store ---- */

/* An unlock refuses a damaged store; the password is known to be right by then. */
static enum rc
damaged(struct session *s, const struct home *h, const struct unlock_how *how, const struct err *why, struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	struct err ignored = { 0 };
	enum rc rc;

	if (vault_rescue(h, how, &v, &ignored) != OK) {
		*e = *why;
		err_next(e, "purser restore FILE");
		return E_DAMAGED;
	}
	if ((rc = verify_finding(s, _("store"), why->what, why->next[0] ? why->next : NULL, e)) != OK)
		return rc;
	rc = verify_vault(s, v, e);
	return rc == OK ? E_FINDINGS : rc;
}

static enum rc
with_password(struct session *s, const struct home *h, struct err *e)
{
	struct unlock_how how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	AUTO(vault_close) struct vault *v = NULL;
	SECRET password = { 0 }, a = { 0 };
	FACTORS with = { .codes = 0 };
	struct err why = { 0 };
	enum rc rc;

	if ((rc = vault_unlock_ready(h, e)) != OK || (rc = session_ask(s, h, &password, &with, e)) != OK)
		return rc;
	how.password = &password;
	how.with = &with;
	if ((rc = vault_try(h, &how, &a, e)) != OK)
		return rc;
	how.a = &a;
	if ((rc = vault_unlock(h, &how, &v, &why)) == E_DAMAGED)
		return damaged(s, h, &how, &why, e);
	if (rc != OK) {
		*e = why;
		return rc;
	}
	session_tell_notices(s, vault_notices(v));
	return verify_vault(s, v, e);
}

static enum rc
verify_run(struct session *s, const struct args *a, struct err *e)
{
	struct agent_status agent;
	enum rc rc;

	if (a->n > 0)
		return verify_file(s, a->v[0], e);
	if ((rc = store_hook_open(s, CMD_STORE, e)) != OK)
		return rc;
	agent_status(session_home(s), &agent);
	if (!agent.unlocked)
		return with_password(s, session_home(s), e);
	return (rc = session_unlock(s, CMD_UNLOCK, e)) != OK ? rc : verify_vault(s, session_vault(s), e);
}

static const struct example verify_examples[] = {
	{ "purser verify", NULL },
	{ "purser verify /media/usb/purser.bak",
	    N_("a backup: whole? With the store unlocked, or --kit-fd, all that is in it too") },
	{ 0 },
};

const struct command cmd_verify = {
	.name = "verify",
	.group = GROUP_STORE,
	.usage = "[FILE]",
	.summary = N_("check every page, every secret and the whole log, of the store or a backup"),
	.description = N_(
	    "Reads everything and changes nothing. 10 when damage was found, 6 when it is so bad that the check cannot "
	    "run to its end, 3 when only the password is wrong. Of a damaged store it says what is lost and what still "
	    "reads; "
	    "purser export --rescue takes that out.\n\n"
	    "Of a backup FILE every byte is checked against the hashes in it, which needs no key. Its pages, records "
	    "and log are "
	    "checked too where a key is at hand: the session is unlocked, a password is given by option (of the store "
	    "here, if "
	    "the backup is one of it), or the kit with --kit-fd."),
	.examples = verify_examples,
	.max_args = 1,
	.flags = CMD_MAKES_HOME,
	.run = verify_run,
};
