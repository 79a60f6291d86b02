/* cmd/rotate.c: `purser rotate`: the new password is pending beside the old one until the provider took it. */
#include "agent/secrets.h"
#include "cmd/clip.h"
#include "cmd/exposed.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/secret.h"
#include "cmd/sitepass.h"
#include "cmd/term.h"
#include "crypto/kdf.h"
#include "store/account.h"

#include <stdlib.h>
#include <string.h>

/* ---- one account ---- */

static enum rc
rotation_json(struct session *s, const struct account *acct, uint64_t version, const char *state,
    const struct site *site, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "rotation");
	j_str(&j, "account", acct->name);
	j_str(&j, "kind", "password");
	j_int(&j, "version", (int64_t)version);
	j_str(&j, "state", state);
	j_str(&j, "url", site && site->url[0] ? site->url : acct->url[0] ? acct->url : NULL);
	j_str(&j, "source", site && site->url[0] ? site->source : acct->url[0] ? "account" : NULL);
	j_str(&j, "checked", site && site->url[0] ? site->checked : NULL);
	return out_json(s, &j, e);
}

static void
say_page(struct session *s, const struct account *acct, const struct site *site)
{
	if (site->url[0] != '\0')
		say(s, N_("Page: %s   %s %.*s, %s"), site->url, site->status, (int)strcspn(site->source, ","),
		    site->source, site->checked);
	else if (acct->url[0] != '\0')
		say(s, N_("Page: %s   as you noted it"), acct->url);
	else
		say(s, N_("Page: not known; go to the provider's site by typing its address yourself."));
}

static enum rc
finish(struct session *s, const struct account *acct, bool done, struct err *e)
{
	struct record_id now = { 0 };
	enum rc rc;

	if (done)
		rc = secrets_promote(session_access(s), acct->uid, KIND_PASSWORD, s->now_ms, s->wait_ms, &now, e);
	else
		rc = secrets_abort(session_access(s), acct->uid, KIND_PASSWORD, s->now_ms, s->wait_ms, e);
	if (rc == E_NOTFOUND) {
		(void)err_set(e, E_NOTFOUND, N_("no rotation of %s is pending. Nothing was changed."), acct->name);
		err_next(e, N_("purser rotate %s"), acct->name);
		return rc;
	}
	if (rc != OK)
		return rc;
	if (s->json)
		return rotation_json(s, acct, now.version, done ? "done" : "aborted", NULL, e);
	if (done && now.version > 1)
		say(s,
		    N_("%s: version %llu in force, the one before is kept.   Log in once with it before you close the "
		       "browser."),
		    acct->name, (unsigned long long)now.version);
	else if (done)
		say(s, N_("%s: version 1 in force.   Log in once with it before you close the browser."), acct->name);
	else
		say(s, N_("%s: the new password was dropped, the old one stays in force."), acct->name);
	return OK;
}

static enum rc
copy_one(struct session *s, const struct account *acct, enum secret_use use, struct err *e)
{
	RECORD rec = { 0 };
	SECRET x = { 0 };
	enum rc rc = secrets_find(session_access(s), acct->uid, KIND_PASSWORD, use, &rec, e);

	if (rc == E_NOTFOUND)
		return err_set(e, E_NOTFOUND,
		    use == SECRET_PENDING ? N_("nothing is pending for %s") : N_("%s has no password here yet"),
		    acct->name);
	if (rc != OK)
		return rc;
	if (use == SECRET_PENDING && access_held(session_access(s), &rec.id, &x, e) == OK)
		return clip_copy(s, &x, e);
	if ((rc = access_reveal(session_access(s), &rec, "copy", &x, e)) != OK)
		return rc;
	return clip_copy(s, &x, e);
}

/* One key each, until it is settled. What fails here (no clipboard) is said, and the question comes again. */
static enum rc
by_keys(struct session *s, const struct account *acct, struct err *e)
{
	char key;
	enum rc rc;

	for (;;) {
		if ((rc = ask_key(s, "ondal", false, "--done, --abort", &key, e,
		    N_("  o copy old   n copy new   d %s took it   a abort   l later "), acct->name)) != OK)
			return rc;
		if (key == 'd' || key == 'a')
			return finish(s, acct, key == 'd', e);
		if (key == 'l') {
			say(s, N_("The new password stays pending: purser rotate %s --done or --abort"), acct->name);
			return OK;
		}
		if (copy_one(s, acct, key == 'o' ? SECRET_CURRENT : SECRET_PENDING, e) != OK)
			warn(s, "%s", e->what);
		err_clear(e);
	}
}

/* A new pending password, or the one that is pending already. */
static enum rc
begin(struct session *s, const struct account *acct, const struct site *site, uint64_t *version, struct err *e)
{
	struct record_id id;
	RECORD rec = { 0 };
	bool sealed_only;
	SECRET x = { 0 };
	enum rc rc = secrets_find(session_access(s), acct->uid, KIND_PASSWORD, SECRET_PENDING, &rec, e);

	if (rc == OK) {
		*version = rec.id.version;
		note(s, N_("A new password is pending already, since before. It is not made anew."));
		return OK;
	}
	if (rc != E_NOTFOUND || (rc = vault_may_store(session_vault(s), e)) != OK ||
	    (rc = sitepass_generate(s, acct, site, &x, e)) != OK ||
	    (rc = secrets_put(session_access(s), acct->uid, KIND_PASSWORD, &x, SECRET_PENDING, s->now_ms, s->wait_ms,
		 &id, &sealed_only, e)) != OK)
		return rc;
	*version = id.version;
	return sealed_only ? sitepass_hand_over(s, &id, &x, e) : OK;
}

static enum rc
rotate_one(struct session *s, const struct account *acct, struct err *e)
{
	AUTO(siterules_free) struct siterules *rules = sites_load(s);
	struct site site;
	uint64_t version;
	enum rc rc;

	site_of(s, rules, acct, &site);
	if ((rc = begin(s, acct, &site, &version, e)) != OK)
		return rc;
	if (s->json)
		return rotation_json(s, acct, version, "pending", &site, e);
	say(s, N_("New password ready (version %llu). The old one stays until it is done."),
	    (unsigned long long)version);
	say_page(s, acct, &site);
	if (can_ask(s))
		return by_keys(s, acct, e);
	say(s, N_("Next: purser secret copy %s --pending, then purser rotate %s --done or --abort"), acct->name,
	    acct->name);
	return OK;
}

/* ---- lists ---- */

struct line {
	const struct account *acct;
	uint64_t version;
	int64_t created_ms;
	bool pending, exposed, reused;
	unsigned char hash[32];
};
struct lines { size_t n; struct line *l; struct accounts accts; };

static void
lines_free(struct lines *all)
{
	for (size_t i = 0; i < all->n; i++)
		wipe(all->l[i].hash, 32);
	free(all->l);
	accounts_free(&all->accts);
}

static enum rc
mark_reused(struct session *s, struct lines *all, struct err *e)
{
	unsigned char key[32];
	enum rc rc;

	if ((rc = session_reopen_here(s, e)) != OK || (rc = access_secrets(session_access(s), e)) != OK)
		return rc;
	random_bytes(key, sizeof key);          /* the digests are good for this comparison only */
	for (size_t i = 0; i < all->n; i++) {
		RECORD rec = { 0 };
		SECRET x = { 0 };

		rc = secrets_find(session_access(s), all->l[i].acct->uid, KIND_PASSWORD, SECRET_CURRENT, &rec, e);
		if (rc == E_NOTFOUND)
			continue;
		if (rc != OK)
			return rc;
		if (record_open(session_vault(s), &rec, &x, e) != OK)
			continue;               /* kit only: it cannot be compared */
		mac256(all->l[i].hash, key, x.bytes, x.len);
		for (size_t k = 0; k < i; k++)
			if (same_bytes(all->l[i].hash, all->l[k].hash, 32))
				all->l[i].reused = all->l[k].reused = true;
	}
	err_clear(e);
	return OK;
}

static void
note_row(struct line *l, const struct secret_row *r)
{
	l->pending = l->pending || r->use == SECRET_PENDING;
	if (r->use == SECRET_OLD || (r->use == SECRET_PENDING && l->version != 0))
		return;
	l->version = r->id.version;
	l->created_ms = r->created_ms;
}

static int
by_name(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return strcmp(x->acct->name, y->acct->name);
}

/* One line for each account that has a password. */
static enum rc
lines_get(struct session *s, struct lines *all, struct err *e)
{
	AUTO(secret_rows_free) struct secret_rows rows = { 0 };
	AUTO(auto_free) struct exposure *x = NULL;
	const struct account *acct;
	size_t nx = 0, n = 0;
	enum rc rc;

	if ((rc = account_list(session_db(s), &all->accts, e)) != OK ||
	    (rc = secrets_list(session_access(s), NULL, &rows, e)) != OK ||
	    (rc = vault_exposures(session_vault(s), &x, &nx, e)) != OK)
		return rc;
	if ((all->l = calloc(all->accts.n + 1, sizeof *all->l)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	accounts_by_uid(&all->accts);
	for (size_t i = 0; i < all->accts.n; i++)
		all->l[i].acct = &all->accts.a[i];
	for (size_t i = 0; i < rows.n; i++)
		if (rows.r[i].id.kind == KIND_PASSWORD &&
		    (acct = account_of_uid(&all->accts, rows.r[i].id.acct)) != NULL)
			note_row(&all->l[acct - all->accts.a], &rows.r[i]);
	for (size_t i = 0; i < nx; i++)
		if (x[i].id.kind == KIND_PASSWORD && (acct = account_of_uid(&all->accts, x[i].id.acct)) != NULL)
			all->l[acct - all->accts.a].exposed = true;
	for (size_t i = 0; i < all->accts.n; i++)
		if (all->l[i].version != 0)
			all->l[n++] = all->l[i];
	all->n = n;
	qsort(all->l, n, sizeof *all->l, by_name);
	return OK;
}

static const char *
line_state(const struct line *l)
{
	return l->pending ? "pending" : l->exposed ? "exposed" : l->reused ? "reused" : "current";
}

static enum rc
print_line(struct session *s, const struct siterules *rules, struct table *t, const struct line *l, struct err *e)
{
	BUF when = { 0 }, why = { 0 };
	struct site site;

	if (s->json) {
		site_of(s, rules, l->acct, &site);
		return rotation_json(s, l->acct, l->version, line_state(l), &site, e);
	}
	add_time(&when, l->created_ms, false);
	if (l->pending)
		buf_adds(&why, _("pending"));
	if (l->exposed)
		buf_addf(&why, "%s%s", why.len ? ", " : "", _("exposed"));
	if (l->reused)
		buf_addf(&why, "%s%s", why.len ? ", " : "", _("reused"));
	table_cell(t, TONE_PLAIN, "%s", l->acct->name);
	table_cell(t, TONE_PLAIN, "%llu", (unsigned long long)l->version);
	table_cell(t, TONE_DIM, "%s", buf_str(&when));
	table_cell(t, l->exposed || l->reused ? TONE_RED : TONE_YELLOW, "%s", buf_str(&why));
	return table_row(t) ? OK : E_INTERRUPTED;
}

static enum rc
list_rotations(struct session *s, const struct args *a, struct err *e)
{
	static const struct column cols[] = {
		{ N_("Account"), COL_CUT, 8 },
		{ N_("Version"), COL_RIGHT, 0 },
		{ N_("Stored"), 0, 0 },
		{ N_("Why"), COL_CUT, 10 },
	};
	bool due = arg_has(a, "due"), exposed = arg_has(a, "exposed"), reused = arg_has(a, "reused");
	AUTO(siterules_free) struct siterules *rules = NULL;
	AUTO(lines_free) struct lines all = { 0 };
	size_t shown = 0;
	TABLE t = { 0 };
	enum rc rc;

	if (reused && (rc = session_reopen_here(s, e)) != OK)
		return rc;
	if ((rc = lines_get(s, &all, e)) != OK || (reused && (rc = mark_reused(s, &all, e)) != OK))
		return rc;
	if (s->json)
		rules = sites_load(s);
	else
		table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
	for (size_t i = 0; i < all.n; i++) {
		const struct line *l = &all.l[i];
		bool want = due ? l->pending || l->exposed || l->reused : !exposed && !reused;

		want = want || (exposed && l->exposed) || (reused && l->reused);

		if (!want)
			continue;
		shown++;
		if ((rc = print_line(s, rules, &t, l, e)) != OK)
			break;
	}
	table_end(&t);
	if (rc != OK && rc != E_INTERRUPTED)
		return rc;
	if (shown == 0)
		note(s, due || exposed || reused ? N_("Nothing to rotate.")
						 : N_("No password is kept yet. purser secret set NAME"));
	return due && shown > 0 ? E_FINDINGS : OK;
}

/* The worst exposed one. */
static enum rc
next_rotation(struct session *s, struct err *e)
{
	AUTO(auto_free) struct exposure *x = NULL;
	AUTO(account_free) struct account acct = { 0 };
	size_t n = 0;
	enum rc rc;

	if ((rc = vault_exposures(session_vault(s), &x, &n, e)) != OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		if (x[i].id.kind != KIND_PASSWORD)
			continue;
		account_free(&acct);
		account_init(&acct);
		rc = account_by_uid(session_db(s), x[i].id.acct, &acct, e);
		if (rc == OK)
			return rotate_one(s, &acct, e);
		if (rc != E_NOTFOUND)
			return rc;
	}
	note(s, N_("No exposed password is left."));
	return OK;
}

static enum rc
rotate_run(struct session *s, const struct args *a, struct err *e)
{
	bool list = arg_has(a, "list") || arg_has(a, "due") || arg_has(a, "exposed") || arg_has(a, "reused"),
	     next = arg_has(a, "next");
	AUTO(account_free) struct account acct = { 0 };
	enum rc rc;

	account_init(&acct);
	if ((rc = arg_exclusive(a, "done", "abort", e)) != OK || (rc = arg_exclusive(a, "list", "next", e)) != OK ||
	    (rc = arg_exclusive(a, "due", "exposed", e)) != OK || (rc = arg_exclusive(a, "due", "reused", e)) != OK ||
	    (rc = arg_exclusive(a, "exposed", "reused", e)) != OK)
		return rc;
	if ((list || next) && (a->n > 0 || arg_has(a, "done") || arg_has(a, "abort")))
		return err_set(e, E_USAGE, N_("--list and --next go without NAME, --done and --abort"));
	if (list)
		return list_rotations(s, a, e);
	if (next)
		return next_rotation(s, e);
	if (a->n == 0) {
		(void)err_set(e, E_USAGE, N_("which account?"));
		err_next(e, N_("purser rotate NAME, or purser rotate --list"));
		return E_USAGE;
	}
	if ((rc = session_account(s, a->v[0], &acct, e)) != OK)
		return rc;
	if (arg_has(a, "done") || arg_has(a, "abort"))
		return finish(s, &acct, arg_has(a, "done"), e);
	return rotate_one(s, &acct, e);
}

static const struct option rotate_options[] = {
	{ "done", 0, NULL, N_("the provider took the new password: it is in force now"), NULL, 0 },
	{ "abort", 0, NULL, N_("drop the new password"), NULL, 0 },
	{ "list", 0, NULL, N_("passwords and where they stand"), NULL, 0 },
	{ "due", 0, NULL, N_("pending, exposed or reused ones; 10 when there are any"), NULL, 0 },
	{ "exposed", 0, NULL, N_("those that existed before a freeze or a loss"), NULL, 0 },
	{ "reused", 0, NULL, N_("those that are the same as another one; asks for the password"), NULL, 0 },
	{ "next", 0, NULL, N_("rotate the worst exposed one"), NULL, 0 },
	{ 0 },
};

static const struct example rotate_examples[] = {
	{ "purser rotate paypal", N_("make a new password; the old one stays until --done") },
	{ "purser rotate paypal --done", N_("the provider took it") },
	{ "purser rotate --list --exposed", NULL },
	{ 0 },
};

const struct command cmd_rotate = {
	.name = "rotate",
	.group = GROUP_DAILY,
	.usage = "[NAME]",
	.summary = N_("change a password in two steps, never losing one"),
	.description = N_("Makes a password to the provider's rules and keeps it as pending beside the old one. Change "
			  "it on the provider's page, then "
			  "--done puts it in force and keeps the old one in the history; --abort drops it. A crash in "
			  "between loses neither.\n\n"
			  "The page and the rules come from public lists and are shown with their source and date, as "
			  "reported. While frozen the new value is "
			  "sealed at once and can be copied for 15 minutes."),
	.examples = rotate_examples,
	.options = rotate_options,
	.max_args = 1,
	.flags = CMD_UNLOCK | CMD_WRITE | CMD_CLIPBOARD,
	.run = rotate_run,
};
