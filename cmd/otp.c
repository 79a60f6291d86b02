/* cmd/otp.c: `purser otp`: second-factor codes of the accounts. */
#include "agent/secrets.h"
#include "base/num.h"
#include "base/time.h"
#include "cmd/clip.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/qr.h"
#include "cmd/secret.h"
#include "cmd/term.h"
#include "crypto/otp.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OTP_TEXT_MAX 4096u

/* --at: seconds since 1970, or YYYY-MM-DD HH:MM[:SS] ('T' or a blank between; 'Z' at the end: UTC, else the
 * session's zone). */
static enum rc
parse_at(const char *text, int64_t *unix_s, struct err *e)
{
	unsigned y, mo, d, h, mi, sec = 0;
	struct tm tm = { .tm_isdst = -1 };
	struct civil c;
	size_t n = strlen(text);
	bool utc = n > 0 && text[n - 1] == 'Z';

	if (num_i64(text, 0, (int64_t)253402300799, unix_s))
		return OK;
	n -= utc;
	if ((n != 16 && n != 19) || text[4] != '-' || text[7] != '-' || (text[10] != ' ' && text[10] != 'T') ||
	    text[13] != ':' || !num_digits(text, 4, &y) || !num_digits(text + 5, 2, &mo) ||
	    !num_digits(text + 8, 2, &d) || !num_digits(text + 11, 2, &h) || !num_digits(text + 14, 2, &mi) ||
	    (n == 19 && (text[16] != ':' || !num_digits(text + 17, 2, &sec))) || !civil_valid_date((int32_t)y, mo, d) ||
	    !civil_valid_time(h, mi, sec))
		return err_set(e, E_USAGE, N_("--at takes seconds since 1970 or YYYY-MM-DD HH:MM[:SS][Z], not \"%s\""),
		    text);
	if (utc) {
		c = (struct civil){ (int32_t)y, (uint8_t)mo, (uint8_t)d, (uint8_t)h, (uint8_t)mi, (uint8_t)sec, 0 };
		*unix_s = civil_to_unix(&c);
		return OK;
	}
	tm.tm_year = (int)y - 1900;
	tm.tm_mon = (int)mo - 1;
	tm.tm_mday = (int)d;
	tm.tm_hour = (int)h;
	tm.tm_min = (int)mi;
	tm.tm_sec = (int)sec;
	*unix_s = (int64_t)mktime(&tm);
	return OK;
}

static enum rc
no_factor(const struct account *acct, struct err *e)
{
	(void)err_set(e, E_NOTFOUND, N_("%s has no second factor here"), acct->name);
	err_next(e, N_("purser otp add %s"), acct->name);
	return E_NOTFOUND;
}

static enum rc
otp_get(struct session *s, const struct account *acct, const char *event, struct otp *out, struct err *e)
{
	SECRET packed = { 0 };
	RECORD rec = { 0 };
	enum rc rc = secrets_find(session_access(s), acct->uid, KIND_OTP, SECRET_CURRENT, &rec, e);

	if (rc == E_NOTFOUND)
		return no_factor(acct, e);
	if (rc != OK || (rc = access_reveal(session_access(s), &rec, event, &packed, e)) != OK)
		return rc;
	return otp_unpack(out, &packed, e);
}

/* HOTP: the next counter is on disk before the code is seen, so that no code is ever given twice. */
static enum rc
advance(struct session *s, const struct account *acct, struct otp *o, struct err *e)
{
	SECRET packed = { 0 };
	enum rc rc;

	if (o->counter == UINT64_MAX)
		return err_set(e, E_FAILED, N_("the counter of %s is used up"), acct->name);
	o->counter++;
	if ((rc = otp_pack(&packed, o, e)) == OK)
		rc = secrets_replace(session_access(s), acct->uid, KIND_OTP, &packed, s->now_ms, s->wait_ms, e);
	o->counter--;
	return rc;
}

/* o: of HOTP only, with the counter that was used */
struct code { char text[16]; uint64_t left; struct otp o; bool hotp; };

static void
code_wipe(struct code *c)
{
	otp_wipe(&c->o);
	wipe(c, sizeof *c);
}

/* A counter: the account is needed to store the next one. */
static enum rc
next_code(struct session *s, const char *name, struct account *acct, bool at_given, struct code *c, struct err *e)
{
	enum rc rc;

	c->hotp = true;
	if (at_given)
		return err_set(e, E_USAGE, N_("%s counts codes (HOTP): --at has no meaning there"), name);
	if (acct->id == 0 && ((rc = session_unlock(s, CMD_UNLOCK | CMD_SECRET, e)) != OK ||
				 (rc = session_account(s, name, acct, e)) != OK))
		return rc;
	return (rc = advance(s, acct, &c->o, e)) != OK ? rc : otp_code(c->text, &c->left, &c->o, 0, e);
}

static enum rc
code_by_ledger(struct session *s, const struct args *a, struct account *acct, int64_t at, struct code *c, struct err *e)
{
	bool given = arg_str(a, "at") != NULL;
	enum rc rc;

	if ((rc = session_unlock(s, CMD_UNLOCK | CMD_SECRET, e)) != OK ||
	    (rc = session_account(s, a->v[0], acct, e)) != OK || (rc = otp_get(s, acct, "otp", &c->o, e)) != OK)
		return rc;
	if (c->o.type == OTP_HOTP)
		return next_code(s, acct->name, acct, given, c, e);
	return otp_code(c->text, &c->left, &c->o, given ? at : session_now(s) / 1000, e);
}

/* The agent first; whatever it does not answer is done, or refused with its reason, through the ledger. acct has its
 * name at least. */
static enum rc
make_code(struct session *s, const struct args *a, struct account *acct, struct code *c, struct err *e)
{
	struct agent_want want = { .account = a->v[0], .event = "otp", .kind = KIND_OTP };
	AUTO(agent_found_wipe) struct agent_found f = { .version = 0 };
	bool given = arg_str(a, "at") != NULL;
	struct err ignored = { 0 };
	int64_t at = 0;
	enum rc rc;

	if (given && (rc = parse_at(arg_str(a, "at"), &at, e)) != OK)
		return rc;
	want.unix_s = given ? at : session_now(s) / 1000;
	if (agent_find(session_home(s), &want, &f, &ignored) != OK)
		return code_by_ledger(s, a, acct, at, c, e);
	if (f.hotp)
		return (rc = otp_unpack(&c->o, &f.value, e)) != OK ? rc : next_code(s, f.account, acct, given, c, e);
	if (f.value.len >= sizeof c->text)
		return err_set(e, E_FAILED, N_("the agent sent what purser does not understand"));
	memcpy(c->text, f.value.bytes, f.value.len);
	c->left = f.seconds_left;
	return text_set(&acct->name, f.account, e);
}

static enum rc
print_code(struct session *s, const struct account *acct, const struct code *c, struct err *e)
{
	SECRET x = { 0 };
	JSON j = { 0 };
	enum rc rc;

	if ((rc = secret_copy(&x, c->text, strlen(c->text), e)) != OK)
		return rc;
	if (!s->json) {
		if ((rc = out_secret(s, &x, e)) == OK && !c->hotp)
			note(s, N_("%llu s left"), (unsigned long long)c->left);
		return rc;
	}
	j_open(&j, "otp");
	j_str(&j, "account", acct->name);
	if (c->hotp) {
		j_null(&j, "seconds_left");
		j_int(&j, "counter", (int64_t)c->o.counter);
	} else {
		j_int(&j, "seconds_left", (int64_t)c->left);
		j_null(&j, "counter");
	}
	return out_json_secret(s, &j, "code", &x, e);
}

static enum rc
otp_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	AUTO(code_wipe) struct code c = { .left = 0 };
	enum rc rc;

	account_init(&acct);
	rc = make_code(s, a, &acct, &c, e);
	return rc != OK ? rc : print_code(s, &acct, &c, e);
}

static enum rc
copy_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	AUTO(code_wipe) struct code c = { .left = 0 };
	SECRET x = { 0 };
	enum rc rc;

	account_init(&acct);
	if ((rc = make_code(s, a, &acct, &c, e)) != OK || (rc = secret_copy(&x, c.text, strlen(c.text), e)) != OK)
		return rc;
	return clip_copy(s, &x, e);
}

static enum rc
added_json(struct session *s, const struct account *acct, const struct record_id *id, bool sealed_only, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "secret");
	j_str(&j, "account", acct->name);
	j_str(&j, "kind", "otp");
	j_int(&j, "version", (int64_t)id->version);
	j_time(&j, "created", s->now_ms);
	j_bool(&j, "sealed", sealed_only);
	return out_json(s, &j, e);
}

/* The provider asks for one code to finish. A counter is not used up for it. */
static enum rc
added(struct session *s, const struct account *acct, const struct otp *o, bool sealed_only, struct err *e)
{
	char code[16] = "";
	uint64_t left = 0;
	SECRET x = { 0 };
	enum rc rc;

	if (sealed_only) {
		note(s, N_("Stored and sealed: it can be read again after the thaw."));
		return OK;
	}
	if (o->type == OTP_HOTP || !can_ask(s)) {
		note(s, N_("Stored. purser otp %s gives the code."), acct->name);
		return OK;
	}
	/* What was typed may have taken a while: the code is for now, not for the start of this run. */
	if ((rc = otp_code(code, &left, o, session_now(s) / 1000, e)) == OK &&
	    (rc = secret_copy(&x, code, strlen(code), e)) == OK &&
	    (rc = tell(s, e, N_("Stored. Type this at the provider to finish there (%llu s left):"),
		 (unsigned long long)left)) == OK)
		rc = tell_secret(s, &x, e);
	wipe(code, sizeof code);
	return rc;
}

/* From the picture a provider shows, or typed, or from stdin. */
static enum rc
address_given(struct session *s, const struct args *a, struct secret *out, struct err *e)
{
	if (arg_str(a, "qr") != NULL)
		return qr_read(arg_str(a, "qr"), out, e);
	return ask_value(s, N_("otpauth address or seed: "), NULL, OTP_TEXT_MAX, out, e);
}

static enum rc
add_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	SECRET text = { 0 }, packed = { 0 };
	struct record_id id;
	bool sealed_only;
	OTP o = { 0 };
	enum rc rc;

	account_init(&acct);
	if ((rc = session_account(s, a->v[0], &acct, e)) != OK || (rc = vault_may_store(session_vault(s), e)) != OK ||
	    (rc = address_given(s, a, &text, e)) != OK || (rc = otp_parse(&o, &text, e)) != OK ||
	    (rc = otp_pack(&packed, &o, e)) != OK ||
	    (rc = secrets_put(session_access(s), acct.uid, KIND_OTP, &packed, SECRET_CURRENT, s->now_ms, s->wait_ms,
		 &id, &sealed_only, e)) != OK)
		return rc;
	rc = s->json ? added_json(s, &acct, &id, sealed_only, e) : added(s, &acct, &o, sealed_only, e);
	if (rc == OK && acct.way_in[0] == '\0')
		note(s,
		    N_("!  A freeze stops these codes too. Which other way into %s do you have? purser account edit %s "
		       "--way-in TEXT"),
		    acct.name, acct.name);
	return rc;
}

static enum rc
remove_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	bool yes = false;
	enum rc rc;

	account_init(&acct);
	if ((rc = session_account(s, a->v[0], &acct, e)) != OK ||
	    (rc = ask_yes(s, false, &yes, e, N_("Remove the second factor of %s? Switch it off at the provider first."),
		 acct.name)) != OK)
		return rc;
	if (!yes)
		return err_set(e, E_FAILED, N_("Nothing was removed."));
	rc = secrets_remove(session_access(s), acct.uid, KIND_OTP, s->now_ms, s->wait_ms, e);
	if (rc == OK)
		note(s, N_("Removed: the second factor of %s."), acct.name);
	return rc == E_NOTFOUND ? no_factor(&acct, e) : rc;
}

/* At a terminal also as a picture, for the camera of a phone; without it the text is what was asked for. */
static enum rc
show_address(struct session *s, const struct secret *uri, struct err *e)
{
	struct err why = { 0 };
	enum rc rc = out_secret(s, uri, e);

	if (rc == OK && isatty(STDOUT_FILENO) && can_ask(s) && qr_terminal(s, uri, &why) != OK)
		note(s, N_("No QR code: %s."), why.what);
	return rc;
}

static enum rc
export_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	SECRET uri = { 0 };
	JSON j = { 0 };
	OTP o = { 0 };
	enum rc rc;

	account_init(&acct);
	if ((rc = session_account(s, a->v[0], &acct, e)) != OK || (rc = otp_get(s, &acct, "export", &o, e)) != OK ||
	    (rc = otp_uri(&uri, &o, e)) != OK)
		return rc;
	if (!s->json)
		return show_address(s, &uri, e);
	j_open(&j, "secret");
	j_str(&j, "account", acct.name);
	j_str(&j, "kind", "otp");
	return out_json_secret(s, &j, "value", &uri, e);
}

static const struct option otp_options[] = {
	{ "at", 0, "TIME", N_("the code of another time: seconds since 1970 or YYYY-MM-DD HH:MM[:SS][Z]"), NULL, 0 },
	{ 0 },
};
static const struct option add_options[] = {
	{ "qr", 0, "FILE", N_("take it from a picture of the QR code (PNG or JPEG)"), NULL, 0 },
	{ 0 },
};
static const struct example add_examples[] = {
	{ "purser otp add paypal", N_("asks for the otpauth address or the seed") },
	{ "purser otp add paypal < seed", NULL },
	{ "purser otp add paypal --qr screenshot.png", N_("delete the picture afterwards: it is the key") },
	{ 0 },
};
static const struct command add_command = {
	.name = "add",
	.usage = "NAME",
	.summary = N_("store an otpauth address or seed: a prompt, standard input or a picture"),
	.examples = add_examples,
	.options = add_options,
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_UNLOCK | CMD_WRITE,
	.run = add_run,
};
static const struct command copy_command = {
	.name = "copy",
	.usage = "NAME",
	.summary = N_("the code to the clipboard"),
	.options = otp_options,
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_STORE | CMD_CLIPBOARD,
	.run = copy_run,
};
static const struct command remove_command = {
	.name = "remove", .usage = "NAME", .summary = N_("remove a second factor"), .min_args = 1, .max_args = 1,
	.flags = CMD_UNLOCK | CMD_WRITE, .run = remove_run,
};
static const struct command export_command = {
	.name = "export",
	.usage = "NAME",
	.summary = N_("print the otpauth address (it is the key), at a terminal also as a QR code"),
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_UNLOCK | CMD_SECRET,
	.run = export_run,
};
static const struct command *const otp_subs[] = { &add_command, &copy_command, &remove_command, &export_command, NULL };
static const struct example otp_examples[] = {
	{ "purser otp paypal", NULL },
	{ "purser otp add paypal", NULL },
	{ 0 },
};

const struct command cmd_otp = {
	.name = "otp",
	.group = GROUP_DAILY,
	.usage = "NAME",
	.summary = N_("second-factor codes of the accounts"),
	.description = N_("TOTP (RFC 6238), HOTP (RFC 4226) and Steam codes. A code counts as a secret: it is logged, "
			  "limited by the agent and "
			  "stopped by a freeze."),
	.examples = otp_examples,
	.options = otp_options,
	.subs = otp_subs,
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_STORE,
	.run = otp_run,
};
