/* cmd/secret.c: `purser secret`: what is kept for an account: passwords, PINs, recovery codes, tokens, cards, notes. */
#include "cmd/secret.h"

#include "agent/secrets.h"
#include "cmd/clip.h"
#include "cmd/exposed.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/sitepass.h"
#include "cmd/term.h"
#include "crypto/otp.h"
#include "store/account.h"
#include "store/canary.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum rc
kind_of(const struct args *a, uint8_t *kind, struct err *e)
{
	*kind = KIND_PASSWORD;
	if (a->n < 2 || (*kind = kind_from(a->v[1])) != 0)
		return OK;
	(void)err_set(e, E_USAGE, N_("\"%s\" is no kind of secret"), a->v[1]);
	err_next(e, N_("password pin recovery-code api-token security-answer card otp note"));
	return E_USAGE;
}

/* NAME [KIND] of the arguments. */
static enum rc
target(struct session *s, const struct args *a, struct account *acct, uint8_t *kind, struct err *e)
{
	enum rc rc = kind_of(a, kind, e);

	return rc != OK ? rc : session_account(s, a->v[0], acct, e);
}

static enum rc
none_of_kind(const char *account, uint8_t kind, struct err *e)
{
	(void)err_set(e, E_NOTFOUND, N_("%s has no %s here"), account, kind_name(kind));
	err_next(e, N_("purser secret list"));
	return E_NOTFOUND;
}

/* The value of one version, through agent or fuse; logged before it is given. */
static enum rc
value_of(struct session *s, const struct args *a, const struct account *acct, uint8_t kind, const char *event,
    struct record *rec, struct secret *out, struct err *e)
{
	enum secret_use use = arg_has(a, "pending") ? SECRET_PENDING : SECRET_CURRENT;
	enum rc rc = secrets_find(session_access(s), acct->uid, kind, use, rec, e);

	if (rc == E_NOTFOUND && use == SECRET_PENDING)
		return err_set(e, E_NOTFOUND, N_("nothing is pending for %s"), acct->name);
	if (rc == E_NOTFOUND)
		return none_of_kind(acct->name, kind, e);
	if (rc != OK)
		return rc;
	/* A value that was generated while frozen waits in the agent for 15 minutes: to be copied, never shown. */
	if (strcmp(event, "copy") == 0 && access_held(session_access(s), &rec->id, out, e) == OK)
		return OK;
	return access_reveal(session_access(s), rec, event, out, e);
}

/* Kept in its canonical form; given out as the otpauth address that any program takes over. */
static enum rc
otp_as_uri(struct secret *x, struct err *e)
{
	SECRET uri = { 0 };
	OTP o = { 0 };
	enum rc rc;

	if ((rc = otp_unpack(&o, x, e)) == OK && (rc = otp_uri(&uri, &o, e)) == OK)
		secret_move(x, &uri);
	return rc;
}

static enum rc
otp_as_kept(struct secret *x, struct err *e)
{
	SECRET packed = { 0 };
	OTP o = { 0 };
	enum rc rc;

	if ((rc = otp_parse(&o, x, e)) == OK && (rc = otp_pack(&packed, &o, e)) == OK)
		secret_move(x, &packed);
	return rc;
}

/* The first line is the next code. */
static void
first_line(struct secret *x)
{
	const unsigned char *end = x->len > 0 ? memchr(x->bytes, '\n', x->len) : NULL;

	if (end != NULL)
		secret_cut(x, (size_t)(end - x->bytes));
}

static enum rc
print_value(struct session *s, const char *account, uint8_t kind, uint64_t version, int64_t created_ms,
    const struct secret *x, struct err *e)
{
	JSON j = { 0 };

	if (!s->json)
		return out_secret(s, x, e);
	j_open(&j, "secret");
	j_str(&j, "account", account);
	j_str(&j, "kind", kind_name(kind));
	j_int(&j, "version", (int64_t)version);
	j_time(&j, "created", created_ms);
	return out_json_secret(s, &j, "value", x, e);
}

/* Burn the first code: the rest becomes a new version. */
static enum rc
burn_first(struct session *s, const struct account *acct, const struct secret *all, struct err *e)
{
	const unsigned char *end = all->len > 0 ? memchr(all->bytes, '\n', all->len) : NULL;
	SECRET rest = { 0 };
	enum rc rc;

	if (end == NULL || end + 1 >= all->bytes + all->len) {
		rc = secrets_remove(session_access(s), acct->uid, KIND_RECOVERY_CODE, s->now_ms, s->wait_ms, e);
		if (rc == OK)
			warn(
			    s, N_("That was the last recovery code of %s: make new ones at the provider."), acct->name);
		return rc;
	}
	if ((rc = secret_copy(&rest, end + 1, (size_t)(all->bytes + all->len - end - 1), e)) != OK)
		return rc;
	return secrets_replace(session_access(s), acct->uid, KIND_RECOVERY_CODE, &rest, s->now_ms, s->wait_ms, e);
}

/* NAME [KIND] of the arguments, looked up in the ledger. */
static enum rc
show_by_ledger(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	SECRET x = { 0 }, first = { 0 };
	RECORD rec = { 0 };
	uint8_t kind;
	enum rc rc;

	account_init(&acct);
	if ((rc = session_unlock(s, CMD_UNLOCK | CMD_SECRET, e)) != OK || (rc = target(s, a, &acct, &kind, e)) != OK ||
	    (rc = value_of(s, a, &acct, kind, kind == KIND_OTP ? "export" : "show", &rec, &x, e)) != OK ||
	    (kind == KIND_OTP && (rc = otp_as_uri(&x, e)) != OK))
		return rc;
	if (kind != KIND_RECOVERY_CODE)
		return print_value(s, acct.name, kind, rec.id.version, rec.created_ms, &x, e);
	if ((rc = secret_copy(&first, x.bytes, x.len, e)) != OK)
		return rc;
	first_line(&first);
	if (arg_has(a, "used") && (rc = burn_first(s, &acct, &x, e)) != OK)
		return rc;                      /* shown only once it is burnt: never twice by accident */
	return print_value(s, acct.name, kind, rec.id.version, rec.created_ms, &first, e);
}

static enum rc
show_run(struct session *s, const struct args *a, struct err *e)
{
	struct agent_want want = { .account = a->v[0], .event = "show", .pending = arg_has(a, "pending") };
	AUTO(agent_found_wipe) struct agent_found f = { .version = 0 };
	struct err ignored = { 0 };
	enum rc rc;

	if ((rc = kind_of(a, &want.kind, e)) != OK)
		return rc;
	if (arg_has(a, "used") && want.kind != KIND_RECOVERY_CODE)
		return err_set(e, E_USAGE, N_("--used is for recovery codes"));
	if (want.kind == KIND_OTP)
		want.event = "export";
	/* The agent first; whatever it does not answer is done, or refused with its reason, through the ledger. */
	if (arg_has(a, "used") || agent_find(session_home(s), &want, &f, &ignored) != OK)
		return show_by_ledger(s, a, e);
	if (want.kind == KIND_OTP && (rc = otp_as_uri(&f.value, e)) != OK)
		return rc;
	if (want.kind == KIND_RECOVERY_CODE)
		first_line(&f.value);
	return print_value(s, f.account, want.kind, f.version, f.created_ms, &f.value, e);
}

static enum rc
copy_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	RECORD rec = { 0 };
	SECRET x = { 0 };
	uint8_t kind;
	enum rc rc;

	account_init(&acct);
	if ((rc = target(s, a, &acct, &kind, e)) != OK || (rc = value_of(s, a, &acct, kind, "copy", &rec, &x, e)) != OK)
		return rc;
	if (kind == KIND_RECOVERY_CODE)
		first_line(&x);
	if (kind == KIND_OTP && (rc = otp_as_uri(&x, e)) != OK)
		return rc;
	return clip_copy(s, &x, e);
}

static enum rc
tell_stored(struct session *s, const struct account *acct, const struct record_id *id, bool sealed_only, struct err *e)
{
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "secret");
		j_str(&j, "account", acct->name);
		j_str(&j, "kind", kind_name(id->kind));
		j_int(&j, "version", (int64_t)id->version);
		j_time(&j, "created", s->now_ms);
		j_bool(&j, "sealed", sealed_only);
		return out_json(s, &j, e);
	}
	note(s, N_("Stored: %s of %s, version %llu."), kind_name(id->kind), acct->name,
	    (unsigned long long)id->version);
	if (sealed_only) {
		char fp[20];

		vault_fingerprint(session_vault(s), fp);
		note(s, N_("Sealed to the kit %s: it can be read again after the thaw."), fp);
	}
	return OK;
}

/* One a line, as a file has them; an empty line ends. */
static enum rc
ask_codes(struct session *s, struct secret *out, struct err *e)
{
	SECRET all = { 0 };
	size_t n = 0;
	enum rc rc;

	if ((rc = secret_alloc(&all, RECORD_PLAIN_MAX, e)) != OK)
		return rc;
	for (;;) {
		SECRET code = { 0 };

		rc = ask_secret(s,
		    n == 0 ? N_("First recovery code: ") : N_("Next recovery code (Enter: that was the last): "), NULL,
		    &code, e);
		if (rc != OK)
			return rc;
		if (code.len == 0)
			break;
		if (code.len + 1 > all.len - n)
			return err_set(e, E_USAGE, N_("the value is longer than %u bytes. Nothing was changed"),
			    RECORD_PLAIN_MAX);
		if (n > 0)
			all.bytes[n++] = '\n';
		memcpy(all.bytes + n, code.bytes, code.len);
		n += code.len;
	}
	secret_cut(&all, n);
	secret_move(out, &all);
	return OK;
}

static enum rc
ask_for(struct session *s, uint8_t kind, struct secret *out, struct err *e)
{
	if (kind == KIND_RECOVERY_CODE && isatty(STDIN_FILENO))
		return ask_codes(s, out, e);
	return ask_value(s, N_("Value: "), NULL, RECORD_PLAIN_MAX, out, e);
}

static enum rc
generate(struct session *s, const struct account *acct, uint8_t kind, struct secret *out, struct err *e)
{
	struct passrule pin = { .min = 6, .max = 6, .allowed = "0123456789" };
	struct site none = { .known = false };

	switch ((enum secret_kind)kind) {
	case KIND_PASSWORD: return sitepass_generate(s, acct, NULL, out, e);
	case KIND_API_TOKEN: case KIND_SECURITY_ANSWER:         /* the rules of the password field do not hold there */
		passrule_default(&none.rule);
		return sitepass_generate(s, acct, &none, out, e);
	case KIND_PIN:
		none.rule = pin;
		return sitepass_generate(s, acct, &none, out, e);
	case KIND_RECOVERY_CODE: case KIND_CARD: case KIND_OTP: case KIND_NOTE: break;
	}
	return err_set(e, E_USAGE,
	    N_("--generate makes passwords, PINs, tokens and security answers only. Nothing was changed"));
}

static enum rc
set_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	struct record_id id;
	bool sealed_only;
	SECRET x = { 0 };
	uint8_t kind;
	enum rc rc;

	account_init(&acct);
	if ((rc = target(s, a, &acct, &kind, e)) != OK || (rc = vault_may_store(session_vault(s), e)) != OK)
		return rc;
	if (arg_has(a, "canary") && vault_kit_state(session_vault(s)) != KIT_VERIFIED)
		warn(s, N_("The kit was never verified: what a freeze by this bait takes away may be gone. purser kit "
			   "check"));
	rc = arg_has(a, "generate") ? generate(s, &acct, kind, &x, e) : ask_for(s, kind, &x, e);
	if (rc != OK || (kind == KIND_OTP && (rc = otp_as_kept(&x, e)) != OK))
		return rc;
	if (x.len == 0)
		return err_set(e, E_USAGE, N_("the value is empty. Nothing was changed"));
	if (arg_has(a, "canary"))
		rc = secrets_put_canary(
		    session_access(s), acct.uid, kind, &x, s->now_ms, s->wait_ms, &id, &sealed_only, e);
	else
		rc = secrets_put(session_access(s), acct.uid, kind, &x, SECRET_CURRENT, s->now_ms, s->wait_ms, &id,
		    &sealed_only, e);
	if (rc != OK)
		return rc;
	if (sealed_only && arg_has(a, "generate") && (rc = sitepass_hand_over(s, &id, &x, e)) != OK)
		return rc;
	return tell_stored(s, &acct, &id, sealed_only, e);
}

static enum rc
remove_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	bool yes = false;
	uint8_t kind;
	enum rc rc;

	account_init(&acct);
	if ((rc = target(s, a, &acct, &kind, e)) != OK)
		return rc;
	if ((rc = ask_yes(s, false, &yes, e, N_("Remove every version of the %s of %s?"), kind_name(kind),
	    acct.name)) != OK)
		return rc;
	if (!yes)
		return err_set(e, E_FAILED, N_("Nothing was removed."));
	rc = secrets_remove(session_access(s), acct.uid, kind, s->now_ms, s->wait_ms, e);
	if (rc == E_NOTFOUND)
		return none_of_kind(acct.name, kind, e);
	if (rc == OK)
		note(s, N_("Removed: %s of %s, with its history."), kind_name(kind), acct.name);
	return rc;
}

static const char *
use_word(enum secret_use use)
{
	return use == SECRET_CURRENT ? N_("current") : use == SECRET_PENDING ? N_("pending") : N_("old");
}

static int
by_uid(const void *a, const void *b)
{
	const struct account *x = a, *y = b;

	return memcmp(x->uid, y->uid, ID_LEN);
}

void
accounts_by_uid(struct accounts *all)
{
	if (all->n > 0)
		qsort(all->a, all->n, sizeof *all->a, by_uid);
}

const struct account *
account_of_uid(const struct accounts *all, const unsigned char uid[ID_LEN])
{
	struct account want;

	memcpy(want.uid, uid, ID_LEN);
	return all->n > 0 ? bsearch(&want, all->a, all->n, sizeof want, by_uid) : NULL;
}

struct listed { const char *name; const struct secret_row *r; };

static int
by_name(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	if (c == 0)
		c = x->r->id.kind - y->r->id.kind;
	return c != 0 ? c : (x->r->id.version > y->r->id.version) - (x->r->id.version < y->r->id.version);
}

static enum rc
print_row(struct session *s, struct table *t, const struct listed *l, struct err *e)
{
	const struct secret_row *r = l->r;
	BUF when = { 0 };
	JSON j = { 0 };

	if (s->json) {
		j_open(&j, "secret");
		j_str(&j, "account", l->name);
		j_str(&j, "kind", kind_name(r->id.kind));
		j_int(&j, "version", (int64_t)r->id.version);
		j_time(&j, "created", r->created_ms);
		j_str(&j, "state", use_word(r->use));
		j_bool(&j, "readable", r->readable);
		return out_json(s, &j, e);
	}
	add_time(&when, r->created_ms, false);
	table_cell(t, TONE_PLAIN, "%s", l->name);
	table_cell(t, TONE_PLAIN, "%s", kind_name(r->id.kind));
	table_cell(t, TONE_PLAIN, "%llu", (unsigned long long)r->id.version);
	table_cell(t, r->readable ? TONE_PLAIN : TONE_YELLOW, "%s%s", _(use_word(r->use)),
	    r->readable ? "" : _(", kit only"));
	table_cell(t, TONE_DIM, "%s", buf_str(&when));
	return table_row(t) ? OK : E_INTERRUPTED;
}

/* One account's versions, or the versions in use of all accounts; by name, kind and version. */
static enum rc
print_rows(struct session *s, const struct account *only, uint8_t kind, bool canaries, struct err *e)
{
	static const struct column cols[] = {
		{ N_("Account"), COL_CUT, 8 },
		{ N_("Kind"), 0, 0 },
		{ N_("Version"), COL_RIGHT, 0 },
		{ N_("State"), 0, 0 },
		{ N_("Stored"), 0, 0 },
	};
	AUTO(secret_rows_free) struct secret_rows all = { 0 };
	AUTO(accounts_free) struct accounts accts = { 0 };
	AUTO(auto_free) struct listed *l = NULL;
	size_t n = 0;
	TABLE t = { 0 };
	enum rc rc;

	if ((rc = secrets_list(session_access(s), only ? only->uid : NULL, &all, e)) != OK ||
	    (rc = account_list(session_db(s), &accts, e)) != OK)
		return rc;
	if ((l = calloc(all.n + 1, sizeof *l)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	accounts_by_uid(&accts);
	for (size_t i = 0; i < all.n; i++) {
		const struct account *acct = account_of_uid(&accts, all.r[i].id.acct);
		bool bait = false;

		if (canaries && (rc = canary_is(session_db(s), all.r[i].id.rec, &bait, e)) != OK)
			return rc;
		if (bait == canaries && (only != NULL || all.r[i].use != SECRET_OLD) &&
		    (kind == 0 || all.r[i].id.kind == kind))
			l[n++] = (struct listed){ acct != NULL ? acct->name : "-", &all.r[i] };
	}
	if (n == 0) {
		note(s, N_("No secret is kept yet. purser secret set NAME"));
		return OK;
	}
	qsort(l, n, sizeof *l, by_name);
	if (!s->json)
		table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
	for (size_t i = 0; i < n && rc == OK; i++)
		rc = print_row(s, &t, &l[i], e);
	table_end(&t);
	return rc == E_INTERRUPTED ? OK : rc;
}

static enum rc
list_run(struct session *s, const struct args *a, struct err *e)
{
	enum rc rc;

	/* Who sits at an unlocked session must not learn which values are bait. */
	if (arg_has(a, "canary") && (rc = session_reopen_here(s, e)) != OK)
		return rc;
	return print_rows(s, NULL, 0, arg_has(a, "canary"), e);
}

static enum rc
history_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	uint8_t kind;
	enum rc rc;

	account_init(&acct);
	if ((rc = target(s, a, &acct, &kind, e)) != OK)
		return rc;
	return print_rows(s, &acct, a->n > 1 ? kind : 0, false, e);
}

static enum rc
restore_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	uint64_t version = 0;
	uint8_t kind;
	enum rc rc;

	account_init(&acct);
	if ((rc = target(s, a, &acct, &kind, e)) != OK ||
	    (rc = arg_u64(a, "version", 1, UINT64_MAX, &version, e)) != OK)
		return rc;
	if (version == 0)
		return err_set(e, E_USAGE, N_("--version N is needed: purser secret history %s"), acct.name);
	rc = secrets_restore(session_access(s), acct.uid, kind, version, s->now_ms, s->wait_ms, e);
	if (rc == E_NOTFOUND)
		return err_set(e, E_NOTFOUND, N_("%s has no version %llu of this secret"), acct.name,
		    (unsigned long long)version);
	if (rc == OK)
		note(s, N_("Version %llu is the one in use again."), (unsigned long long)version);
	return rc;
}

static const struct option show_options[] = {
	{ "pending", 0, NULL, N_("the new value of a rotation that is not done yet"), NULL, 0 },
	{ "used", 0, NULL, N_("burn the recovery code that is shown"), NULL, 0 },
	{ 0 },
};
static const struct option copy_options[] = {
	{ "pending", 0, NULL, N_("the new value of a rotation that is not done yet"), NULL, 0 },
	{ 0 },
};
static const struct option set_options[] = {
	{ "generate", 0, NULL, N_("let purser make it, to the provider's rules"), NULL, 0 },
	{ "canary", 0, NULL, N_("bait: whoever asks for this value freezes the store"), NULL, 0 },
	{ 0 },
};
static const struct option list_options[] = {
	{ "canary", 0, NULL, N_("only what is bait; asks for the password, although unlocked"), NULL, 0 },
	{ 0 },
};
static const struct option restore_options[] = {
	{ "version", 0, "N", N_("which one, from secret history"), NULL, 0 },
	{ 0 },
};
static const struct example set_examples[] = {
	{ "purser secret set paypal", N_("asks; nothing is echoed") },
	{ "pass paypal | purser secret set paypal", N_("or reads standard input") },
	{ "purser secret set paypal --generate", NULL },
	{ "purser secret set old-bank --generate --canary", N_("bait: looks like any other, and freezes the store") },
	{ 0 },
};
static const struct command set_command = {
	.name = "set",
	.usage = "NAME [KIND]",
	.summary = N_("store a value; the one before stays in the history"),
	.examples = set_examples,
	.options = set_options,
	.min_args = 1,
	.max_args = 2,
	.flags = CMD_UNLOCK | CMD_WRITE,
	.run = set_run,
};
static const struct command show_command = {
	.name = "show",
	.usage = "NAME [KIND]",
	.summary = N_("print a value; logged before it is shown"),
	.options = show_options,
	.min_args = 1,
	.max_args = 2,
	.flags = CMD_STORE,
	.run = show_run,
};
static const struct command copy_command = {
	.name = "copy",
	.usage = "NAME [KIND]",
	.summary = N_("to the clipboard, cleared after 45 seconds"),
	.options = copy_options,
	.min_args = 1,
	.max_args = 2,
	.flags = CMD_UNLOCK | CMD_CLIPBOARD,
	.run = copy_run,
};
static const struct command remove_command = {
	.name = "remove",
	.usage = "NAME [KIND]",
	.summary = N_("remove every version of a value"),
	.min_args = 1,
	.max_args = 2,
	.flags = CMD_UNLOCK | CMD_WRITE,
	.run = remove_run,
};
static const struct command history_command = {
	.name = "history",
	.usage = "NAME [KIND]",
	.summary = N_("the versions of an account's values, never the values"),
	.min_args = 1,
	.max_args = 2,
	.flags = CMD_UNLOCK,
	.run = history_run,
};
static const struct command list_command = {
	.name = "list", .summary = N_("what is kept, never the values"), .options = list_options, .flags = CMD_UNLOCK,
	.run = list_run,
};
static const struct command restore_command = {
	.name = "restore",
	.usage = "NAME [KIND]",
	.summary = N_("put an old version back into use"),
	.options = restore_options,
	.min_args = 1,
	.max_args = 2,
	.flags = CMD_UNLOCK | CMD_WRITE,
	.run = restore_run,
};
static const struct command *const secret_subs[] = { &set_command, &show_command, &copy_command, &remove_command,
	&history_command, &list_command, &restore_command, NULL };
static const struct example secret_examples[] = {
	{ "purser secret set paypal", NULL },
	{ "purser secret copy paypal", NULL },
	{ "purser secret show paypal recovery-code --used", N_("the next code, and burn it") },
	{ 0 },
};

const struct command cmd_secret = {
	.name = "secret",
	.group = GROUP_DAILY,
	.summary = N_("passwords, PINs, recovery codes, tokens, cards, notes"),
	.description =
	    N_("Kinds: password (default), pin, recovery-code, api-token, security-answer, card, otp, note. "
	       "Values are taken from a prompt "
	       "or standard input, never from the command line.\n\n"
	       "Cryptographic: each version has a key of its own; after a freeze none of them opens here, "
	       "even with the password.\n\n"
	       "Bait (set --canary) looks like any other value, in lists and to the agent: asking for it (show, copy, "
	       "otp, export) is logged and freezes the store, and the answer is that of a frozen store. It stays bait "
	       "until secret remove. Only secret list --canary tells which are, and asks for the password each time. "
	       "Policy: who holds the password and tools of his own can read the marks."),
	.examples = secret_examples,
	.subs = secret_subs,
};
