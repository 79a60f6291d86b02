/* cmd/open.c: see open.h. */
#include "cmd/open.h"

#include "base/io.h"
#include "cmd/fido.h"
#include "cmd/out.h"
#include "cmd/term.h"
#include "store/account.h"
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEYFILE_MAX ((size_t)1 << 20)
#define KEYFILE_MIN 32u
#define CODE_DIGITS 6u

struct opened { struct home *home; struct access *access; };

static struct opened *
opened(const struct session *s)
{
	return s->open;
}

struct home *session_home(const struct session *s) { return opened(s)->home; }
struct access *session_access(const struct session *s) { return opened(s)->access; }
struct vault *session_vault(const struct session *s) { return access_vault(opened(s)->access); }
struct db *session_db(const struct session *s) { return vault_db(session_vault(s)); }

enum rc
session_home_open(const struct session *s, struct home **out, struct err *e)
{
	return home_open(out, s->vault, s->device, e);
}

/* Its bytes are a key: no buffer that grows, nothing is left on the stack. */
static enum rc
keyfile_hash(int fd, size_t size, unsigned char out[32], struct err *e)
{
	unsigned char block[4096];
	struct hash_state h;
	size_t got = 0;
	enum rc rc = OK;

	hash_begin(&h);
	for (size_t at = 0; rc == OK && at < size; at += got) {
		rc = io_pread(fd, block, size - at < sizeof block ? size - at : sizeof block, (off_t)at, &got, e);
		if (rc == OK && got == 0)
			rc = err_set(e, E_AUTH, N_("cannot read"));
		if (rc == OK)
			hash_add(&h, block, got);
	}
	hash_end(&h, out);
	wipe(&h, sizeof h);
	wipe(block, sizeof block);
	return rc;
}

/* Whatever is wrong with it, it is a factor that is missing. */
enum rc
keyfile_digest(const char *path, unsigned char out[32], struct err *e)
{
	AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, E_AUTH, N_("the key file %s is not there"), path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, E_AUTH, N_("cannot read %s"), path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, E_AUTH, N_("%s is not a regular file"), path);
	if (st.st_size < (off_t)KEYFILE_MIN)
		return err_set(e, E_AUTH, N_("%s is too short to be a key file"), path);
	if (st.st_size > (off_t)KEYFILE_MAX)
		return err_set(e, E_AUTH, N_("%s is larger than purser accepts"), path);
	return keyfile_hash(fd, (size_t)st.st_size, out, e);
}

/* Six digits; blanks between them as the apps show them. */
static bool
code_read(const struct secret *typed, uint32_t *code)
{
	unsigned digits = 0;
	uint32_t v = 0;

	for (size_t i = 0; i < typed->len; i++) {
		unsigned char c = typed->bytes[i];

		if (c == ' ' || c == '\t' || c == '\r')
			continue;
		if (c < '0' || c > '9' || ++digits > CODE_DIGITS)
			return false;
		v = v * 10 + (uint32_t)(c - '0');
	}
	*code = v;
	return digits == CODE_DIGITS;
}

enum rc
session_codes(struct session *s, unsigned n, struct factors *with, struct err *e)
{
	enum rc rc;

	for (unsigned i = 0; i < n; i++) {
		SECRET typed = { 0 };

		if (i == 1 && s->code_fd == FD_NONE && can_ask(s))
			note(s, N_("And the code that comes after it."));
		if ((rc = ask_code(s, &typed, e)) != OK)
			return rc;
		if (!code_read(&typed, &with->code[i]))
			return err_set(e, E_AUTH, N_("a code has six digits. Nothing was changed"));
		if (i == 0)
			with->code_ms = session_now(s) + s->clock_s * 1000;
	}
	with->codes = n;
	return OK;
}

static enum rc
the_keyfile(const struct session *s, struct factors *with, struct err *e)
{
	enum rc rc;

	if (s->key_file == NULL)
		return err_set(e, E_AUTH, N_("the key file of this store is missing: --key-file"));
	if ((rc = keyfile_digest(s->key_file, with->keyfile_digest, e)) == OK)
		with->keyfile = true;
	return rc;
}

/* Password before the codes: these are good for half a minute. */
static enum rc
ask_all(struct session *s, const struct home *h, struct secret *password, struct factors *with, struct err *e)
{
	FACTORS w = { .codes = 0 };
	struct vault_status st;
	enum rc rc;

	if ((rc = vault_status(h, &st, e)) != OK || ((st.flags & KEYS_KEYFILE) && (rc = the_keyfile(s, &w, e)) != OK) ||
	    ((st.flags & KEYS_TOTP_MASK) && (rc = totp_ready(h, session_now(s) + s->clock_s * 1000, e)) != OK) ||
	    (password != NULL && (rc = ask_password(s, password, e)) != OK) ||
	    ((st.flags & KEYS_FIDO2) && (rc = fido_ask(s, h, &st, &w.fido2, e)) != OK) ||
	    (rc = session_codes(s, st.flags & KEYS_TOTP_MASK, &w, e)) != OK)
		return rc;
	*with = w;
	w.fido2 = (struct secret){ 0 };
	return OK;
}

enum rc
session_ask(struct session *s, const struct home *h, struct secret *password, struct factors *with, struct err *e)
{
	return ask_all(s, h, password, with, e);
}

enum rc
session_factors(struct session *s, const struct home *h, struct factors *with, struct err *e)
{
	return ask_all(s, h, NULL, with, e);
}

#define SOON_DAYS 30

/* Who does not come back in time has only the kit. */
static void
tell_second_factor(struct session *s, const struct vault_notices *n)
{
	BUF until = { 0 };

	if (n->totp_until_ms != 0)
		add_time(&until, n->totp_until_ms, false);
	if (n->totp_failed && n->totp_until_ms == 0)
		warn(s, N_("The table of the second factor is damaged: purser 2fa rotate, before the next unlock"));
	else if (n->totp_failed)
		warn(s, N_("The table of the second factor could not be renewed; it ends %s. After that only the kit "
			   "opens the store"), buf_str(&until));
	else if (n->totp_until_ms != 0 && n->totp_days >= 0 && n->totp_days < SOON_DAYS && n->totp_renewed)
		warn(s, N_("The table of the second factor had %d days left: without an unlock in 91 days only the kit "
			   "opens the store. It was renewed until %s"), (int)n->totp_days, buf_str(&until));
	else if (n->totp_until_ms != 0 && n->totp_days >= 0 && n->totp_days < SOON_DAYS)
		warn(s,
		    N_("The table of the second factor ends in %d days (%s). After that only the kit opens the store"),
		    (int)n->totp_days, buf_str(&until));
}

void
session_tell_notices(struct session *s, const struct vault_notices *n)
{
	if (n->recovered & RECOVERED_CHANGE)
		warn(s, N_("A change of keys that had been interrupted was finished."));
	if (n->recovered & RECOVERED_FREEZE)
		warn(s, N_("A freeze that had been interrupted was finished."));
	if (n->notes > 0)
		note(s,
		    N_("%u notes that were made while locked were taken in; anyone with the files could have written "
		       "them."),
		    n->notes);
	if (n->incident > 0)
		note(s, N_("Incident I%u is open now. What to do, in order: purser incident"), n->incident);
	if (n->notes_problems > 0)
		warn(s, N_("%u notes that were made while locked name no account here: purser history notes"),
		    n->notes_problems);
	if (n->notes_damaged > 0)
		warn(s, N_("%u notes that were made while locked cannot be read."), n->notes_damaged);
	if (n->recovered & RECOVERED_ACCOUNTS)
		warn(s, N_("A freeze of accounts that had been interrupted was finished."));
	if (n->entries_back > 0)
		warn(s, N_("Entries of frozen accounts had come back with an older fuse: they were destroyed. Still "
			   "frozen."));
	if (n->old_fuse_destroyed)
		warn(s, N_("A fuse from before the freeze had come back (a snapshot or a restored home): it was "
			   "destroyed. Still frozen."));
	if (n->fuse_damaged)
		warn(s, N_("The fuse file is damaged: secrets only through purser thaw, with the kit. History works."));
	if (n->log_broken)
		warn(s,
		    N_("The end of the log cannot be proved: only the ledger is open. purser recover, with the kit"));
	if (n->failed_attempts > 0)
		warn(s, N_("%u failed attempts to unlock since the last time. purser log list"), n->failed_attempts);
	if (n->kit_only > 0)
		detail(s, N_("%u secrets open only with the kit."), n->kit_only);
	tell_second_factor(s, n);
	if (n->rekeyed)
		detail(s, N_("The fuse was a week old: its keys were renewed."));
	if (n->rekey_failed)
		warn(s, N_("The fuse is more than a week old and could not be renewed. purser rekey says why"));
}

static enum rc
ask_of_session(void *arg, bool again, struct secret *password, struct factors *with, struct err *e)
{
	if (again && can_ask(arg))
		note(arg, N_("The limit of secrets a minute is reached: the password once more."));
	return session_ask(arg, session_home(arg), password, with, e);
}

enum rc
session_unlock(struct session *s, unsigned flags, struct err *e)
{
	struct access_how how = { .ask = ask_of_session, .arg = s, .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	struct opened *o = s->open;
	enum rc rc;

	if (flags & CMD_SECRET) {
		/* Frozen is seen without a password: no need to ask for one first. */
		if ((rc = vault_secrets_ready(o->home, e)) == E_FROZEN)
			err_next(e, N_("Use \"forgot password\" at the provider from another device; purser thaw, on a "
				       "clean computer, with "
				       "your kit"));
		if (rc != OK)
			return rc;
	}
	if ((rc = access_open(o->home, &how, &o->access, e)) != OK)
		return rc;
	if (access_by_agent(o->access))
		return OK;
	session_tell_notices(s, vault_notices(access_vault(o->access)));
	return flags & CMD_SECRET ? access_secrets(o->access, e) : OK;
}

enum rc
store_hook_open(struct session *s, unsigned flags, struct err *e)
{
	struct vault_status st;
	struct opened *o;
	enum rc rc;

	if ((o = calloc(1, sizeof *o)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	s->open = o;
	if ((rc = session_home_open(s, &o->home, e)) != OK)
		return rc;
	if (o->home->vault < 0 || !io_exists(o->home->vault, "keys")) {
		if ((rc = vault_status(o->home, &st, e)) != OK)
			return rc;
		if (st.state == VAULT_NONE) {
			(void)err_set(e, E_NOTFOUND, N_("no store at %s"), s->vault);
			err_next(e, N_("purser init"));
			return E_NOTFOUND;
		}
	}
	return flags & (CMD_UNLOCK | CMD_SECRET) ? session_unlock(s, flags, e) : OK;
}

enum rc
session_reopen_here(struct session *s, struct err *e)
{
	struct access_how how = { .ask = ask_of_session, .arg = s, .no_agent = true, .now_ms = s->now_ms,
		.wait_ms = s->wait_ms };
	struct opened *o = s->open;

	if (!access_by_agent(o->access))
		return OK;
	access_close(&o->access);
	return access_open(o->home, &how, &o->access, e);
}

void
store_hook_close(struct session *s)
{
	struct opened *o = s->open;

	if (o == NULL)
		return;
	access_close(&o->access);
	home_close(&o->home);
	wipe(o, sizeof *o);
	free(o);
	s->open = NULL;
}

void
session_tell_duress(struct session *s)
{
	note(s, N_("A duress password, if one was set, opens nothing any more: purser passwd --duress"));
}

enum rc
session_lock_agent(struct session *s, const struct home *h, struct err *e)
{
	struct opened *o = s->open;
	bool was;

	if (o != NULL)
		access_close(&o->access);
	return agent_lock(h, &was, e);
}

/* Only through an unlocked agent, silent whatever happens. */
void
store_hook_names(struct session *s, const char *kind)
{
	struct access_how how = { .now_ms = s->now_ms, .wait_ms = 0 };
	AUTO(accounts_free) struct accounts all = { 0 };
	struct err e = { 0 };
	struct opened *o;

	if (strcmp(kind, "account") != 0 || (o = calloc(1, sizeof *o)) == NULL)
		return;
	s->open = o;
	if (session_home_open(s, &o->home, &e) == OK && access_open(o->home, &how, &o->access, &e) == OK &&
	    account_list(session_db(s), &all, &e) == OK) {
		for (size_t i = 0; i < all.n; i++)
			(void)puts(all.a[i].name);
	}
	store_hook_close(s);
}

enum rc
session_no_account(struct session *s, const char *name, struct err *e)
{
	AUTO(accounts_free) struct accounts all = { 0 };
	AUTO(auto_free) const char **names = NULL;
	struct err none = { 0 };
	char near[256] = "";

	if (account_list(session_db(s), &all, &none) == OK && all.n > 0 &&
	    (names = calloc(all.n, sizeof *names)) != NULL) {
		for (size_t i = 0; i < all.n; i++)
			names[i] = all.a[i].name;
		suggest(near, sizeof near, name, names, all.n);
	}
	if (near[0] != '\0')
		return err_set(e, E_NOTFOUND, N_("no account \"%s\". Near: %s"), name, near);
	(void)err_set(e, E_NOTFOUND, N_("no account \"%s\""), name);
	err_next(e, all.n > 0 ? N_("purser account list") : N_("purser account add NAME"));
	return E_NOTFOUND;
}

enum rc
session_account(struct session *s, const char *name, struct account *out, struct err *e)
{
	enum rc rc = account_find(session_db(s), name, out, e);

	return rc == E_NOTFOUND ? session_no_account(s, name, e) : rc;
}
