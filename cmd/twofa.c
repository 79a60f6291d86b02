/* cmd/twofa.c: `purser 2fa enable|disable|rotate|status`: the store's own second factor: codes, key file. Security keys: fido.c. */
#include "base/io.h"
#include "cmd/fido.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/qr.h"
#include "cmd/term.h"
#include "store/totp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYFILE_MADE 64u
#define CODE_TRIES 3u

/* One change of factors, from the first question to the last word. */
struct twofa {
	struct session *s;
	const struct args *a;
	struct home *h;
	struct vault_status st;                 /* before */
	struct secret password, stretched;
	struct factors given;                   /* the present factors */
	struct totp_seed seed;                  /* the new one; n 0: none */
	unsigned char digest[32];               /* of the new key file */
	const char *made[2];                    /* files that go again when nothing comes of it: key file, URI */
	struct new_factors next;
};

static void
twofa_end(struct twofa *t)
{
	secret_wipe(&t->password);
	secret_wipe(&t->stretched);
	factors_wipe(&t->given);
	totp_seed_wipe(&t->seed);
}
#define TWOFA AUTO(twofa_end) struct twofa

/* ---- before any question ---- */

static enum rc
begin(struct twofa *t, struct err *e)
{
	enum rc rc;

	t->h = session_home(t->s);
	if ((rc = factors_may_change(t->h, &t->st, e)) != OK)
		return rc;
	return vault_unlock_ready(t->h, e);
}

/* What there is now stays, unless said otherwise afterwards. */
static enum rc
ask_present(struct twofa *t, struct err *e)
{
	struct unlock_how how = { .password = &t->password, .with = &t->given, .now_ms = t->s->now_ms,
		.wait_ms = t->s->wait_ms };
	enum rc rc;

	if ((rc = session_ask(t->s, t->h, &t->password, &t->given, e)) != OK ||
	    (rc = vault_try(t->h, &how, &t->stretched, e)) != OK || (rc = factors_may_change(t->h, &t->st, e)) != OK)
		return rc;
	t->next.codes = t->st.flags & KEYS_TOTP_MASK;
	t->next.keyfile_digest = t->given.keyfile ? t->given.keyfile_digest : NULL;
	t->next.fido2 = t->given.fido2.len > 0 ? &t->given.fido2 : NULL;
	return OK;
}

/* Said before a password is asked for; vault_passwd() looks again. */
static enum rc
need_kit(const struct twofa *t, struct err *e)
{
	if (t->st.kit == KIT_VERIFIED)
		return OK;
	(void)err_set(e, E_FAILED,
	    N_("a second factor needs a recovery kit that was verified: a lost phone or stick must not be a lost"
	       " store. Nothing was changed"));
	err_next(e, t->st.kit == KIT_NONE ? N_("purser kit new") : N_("purser kit check"));
	return E_FAILED;
}

/* ---- the key file ---- */

/* Where the thief finds the store, he finds the key too. */
static void
warn_place(struct session *s, const char *path)
{
	AUTO(auto_free) char *real = realpath(path, NULL);
	const char *const dirs[] = { s->vault, s->device, s->home, getenv("HOME") };

	for (size_t i = 0; real != NULL && i < COUNTOF(dirs); i++) {
		AUTO(auto_free) char *dir = dirs[i] != NULL && dirs[i][0] == '/' ? realpath(dirs[i], NULL) : NULL;
		size_t n = dir != NULL ? strlen(dir) : 0;

		if (n == 0 || strncmp(real, dir, n) != 0 || (real[n] != '/' && n > 1))
			continue;
		warn(s, N_("%s lies on this computer's own disk, below %s: whoever takes the disk has the key. Keep it "
			   "on a stick."), path, dirs[i]);
		return;
	}
}

static enum rc
make_keyfile(struct twofa *t, const char *path, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	SECRET key = { 0 };
	enum rc rc;

	if ((rc = secret_random(&key, KEYFILE_MADE, e)) != OK)
		return rc;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, E_EXISTS,
		    N_("%s is there already; a key file is never overwritten. Nothing was changed."), path);
	if (fd < 0)
		return err_sys(e, E_SYS, N_("cannot create %s"), path);
	t->made[0] = path;
	if ((rc = io_write(fd, key.bytes, key.len, e)) != OK || (rc = io_fsync_made(fd, path, e)) != OK)
		return rc;
	return OK;
}

static enum rc
new_keyfile(struct twofa *t, const char *path, struct err *e)
{
	enum rc rc;

	if (path == NULL)
		return OK;
	if (arg_has(t->a, "create") && (rc = make_keyfile(t, path, e)) != OK)
		return rc;
	if ((rc = keyfile_digest(path, t->digest, e)) != OK) {
		if (rc == E_AUTH && !io_exists(AT_FDCWD, path))
			err_next(e, N_("--create makes one"));
		return rc;
	}
	warn_place(t->s, path);
	t->next.keyfile_digest = t->digest;
	return OK;
}

/* ---- codes ---- */

static enum rc
uri_to_file(struct twofa *t, const char *path, const struct secret *uri, struct err *e)
{
	AUTO(auto_close) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum rc rc;

	if (fd < 0 && errno == EEXIST)
		return err_set(e, E_EXISTS, N_("%s is there already and is not overwritten. Nothing was changed."), path);
	if (fd < 0)
		return err_sys(e, E_SYS, N_("cannot create %s"), path);
	t->made[1] = path;
	if ((rc = io_write(fd, uri->bytes, uri->len, e)) != OK || (rc = io_write(fd, "\n", 1, e)) != OK)
		return rc;
	return io_fsync_made(fd, path, e);
}

/* On the terminal itself, or into a file that was asked for; never on stdout. */
static enum rc
show_seed(struct twofa *t, struct err *e)
{
	const char *path = arg_str(t->a, "uri-file");
	struct err no_picture = { 0 };
	SECRET uri = { 0 };
	enum rc rc;

	if ((rc = totp_seed_uri(&uri, &t->seed, t->st.vault_id, e)) != OK)
		return rc;
	if (path != NULL)
		return uri_to_file(t, path, &uri, e);
	if ((rc = tell(t->s, e, N_("Take this into an authenticator app (on a phone, not on this computer):"))) != OK)
		return rc;
	if (qr_terminal(t->s, &uri, &no_picture) != OK)
		detail(t->s, "%s", no_picture.what);    /* the line of text does as well */
	return tell_secret(t->s, &uri, e);
}

/* Codes from the new seed, typed back: it is in the app for certain, and the clocks agree. */
static enum rc
prove_seed(struct twofa *t, struct err *e)
{
	int64_t step;
	enum rc rc;

	for (unsigned i = 1;; i++) {
		FACTORS typed = { .codes = 0 };

		if ((rc = session_codes(t->s, t->seed.n, &typed, e)) != OK)
			return rc;
		t->next.code_ms = typed.code_ms;
		rc = totp_seed_step(&t->seed, &typed, &step, e);
		if (rc != E_AUTH || t->s->code_fd != FD_NONE || !can_ask(t->s) || i == CODE_TRIES)
			return rc;
		if ((rc = tell(t->s, e, N_("Not the code that this seed gives now. Once more."))) != OK)
			return rc;
	}
}

static enum rc
new_seed(struct twofa *t, unsigned codes, struct err *e)
{
	enum rc rc;

	if (codes == 0)
		return OK;
	if (arg_str(t->a, "uri-file") == NULL && !can_ask(t->s)) {
		(void)err_set(e, E_USAGE, N_("the new seed can be shown to nobody. Nothing was changed."));
		err_next(e, N_("Add --uri-file FILE, or run it at a terminal"));
		return E_USAGE;
	}
	if ((rc = totp_seed_make(&t->seed, codes, e)) != OK || (rc = show_seed(t, e)) != OK ||
	    (rc = prove_seed(t, e)) != OK)
		return rc;
	t->next.codes = codes;
	t->next.totp = &t->seed;
	return OK;
}

/* ---- the change ---- */

/* In doubt they stay: a key file too many misleads, one that is missing loses the store. */
static void
drop_made(const struct twofa *t)
{
	struct vault_status now;

	if (vault_status(t->h, &now, NULL) != OK || now.change_pending || now.epoch != t->st.epoch)
		return;
	for (size_t i = 0; i < COUNTOF(t->made); i++)
		if (t->made[i] != NULL)
			(void)unlink(t->made[i]);
}

static enum rc
commit(struct twofa *t, const char *what, struct err *e)
{
	struct unlock_how old = { .password = &t->password, .a = &t->stretched, .with = &t->given,
		.now_ms = t->s->now_ms, .wait_ms = t->s->wait_ms };
	struct new_keys how = { .password = &t->password, .factors = &t->next, .params = &t->st.params, .what = what,
		.now_ms = t->s->now_ms, .wait_ms = t->s->wait_ms };
	enum rc rc;

	if ((rc = session_lock_agent(t->s, t->h, e)) != OK)
		return rc;
	return vault_passwd(t->h, &old, &how, e);
}

static enum rc
twofa_json(struct session *s, const struct vault_status *st, const char *warning, struct err *e)
{
	unsigned n = st->flags & KEYS_TOTP_MASK;
	char name[FACTORS_NAME];
	JSON j = { 0 };

	j_open(&j, "twofactor");
	j_str(&j, "twofactor", factors_name(st->flags, name));
	j_int(&j, "codes", n);
	j_bool(&j, "key_file", st->flags & KEYS_KEYFILE);
	j_bool(&j, "security_key", st->flags & KEYS_FIDO2);
	j_time(&j, "renewed", st->totp_from);
	j_time(&j, "expires", st->totp_until);
	j_str(&j, "recovery", st->flags & KEYS_KIT_PASSWORD ? "kit+password" : "kit");
	if (warning != NULL)
		j_str(&j, "warning", warning);
	return out_json(s, &j, e);
}

/* What may be claimed (keys.md 5.1), word for word. */
static const char *
claim(unsigned codes)
{
	if (codes == 1)
		return N_("A thief with your disk AND your password still needs about 1 000 000 password-hash runs (minutes "
			  "to hours on rented GPUs, a few dollars). Any single code someone ever saw, together with a copy "
			  "of this disk, removes that protection. Malware on this computer is not stopped. For real "
			  "strength add a key file on a USB stick or a FIDO2 key.");
	if (codes == 2)
		return N_("A thief with your disk AND your password still needs about 10^12 password-hash runs (tens of "
			  "GPU-years). Any two codes in a row someone ever saw, together with a copy of this disk, remove "
			  "that protection. Malware on this computer is not stopped. For real strength add a key file on a "
			  "USB stick or a FIDO2 key.");
	return NULL;
}

static enum rc
tell_done(struct twofa *t, struct err *e)
{
	const char *text = t->seed.n > 0 ? claim(t->seed.n) : NULL;
	struct vault_status now;
	char name[FACTORS_NAME];
	enum rc rc;

	if ((rc = vault_status(t->h, &now, e)) != OK)
		return rc;
	if (t->s->json)
		return twofa_json(t->s, &now, text != NULL ? _(text) : NULL, e);
	say(t->s, N_("Second factor: %s. The keys of this computer were renewed; the agent was locked."),
	    factors_name(now.flags, name));
	session_tell_duress(t->s);
	if (text != NULL)
		say(t->s, "%s", _(text));
	if (t->next.keyfile_digest == t->digest)
		say(t->s, N_("Without the key file only the recovery kit opens the store: keep a copy of it in another "
			     "place."));
	if (t->made[1] != NULL)
		warn(t->s, N_("Delete %s once it is in the app: it is the seed."), t->made[1]);
	return OK;
}

/* keyfile: of the new one, or NULL; codes: of a new seed, 0: none. */
static enum rc
enrol(struct twofa *t, const char *keyfile, unsigned codes, const char *what, struct err *e)
{
	enum rc rc;

	if ((rc = ask_present(t, e)) != OK)
		return rc;
	if ((rc = new_keyfile(t, keyfile, e)) != OK || (rc = new_seed(t, codes, e)) != OK ||
	    (rc = commit(t, what, e)) != OK) {
		drop_made(t);
		return rc;
	}
	return tell_done(t, e);
}

static enum rc
codes_asked(const struct args *a, unsigned *codes, struct err *e)
{
	uint64_t n = *codes;
	enum rc rc;

	if ((rc = arg_u64(a, "codes", 1, 2, &n, e)) == OK)
		*codes = (unsigned)n;
	return rc;
}

/* ---- enable ---- */

/* --key-file alone is the key file alone, unless somebody wants codes too. */
static enum rc
choose(struct twofa *t, const char **keyfile, unsigned *codes, struct err *e)
{
	bool have_codes = t->st.flags & KEYS_TOTP_MASK, have_key = t->st.flags & KEYS_KEYFILE, both = false;
	struct session *s = t->s;
	enum rc rc;

	*keyfile = have_key ? NULL : s->key_file;
	*codes = 1;
	if (have_codes && arg_has(t->a, "codes"))
		return err_set(e, E_EXISTS, N_("codes are asked for already: purser 2fa rotate makes a new seed"));
	if (arg_has(t->a, "create") && *keyfile == NULL)
		return have_key ? err_set(e, E_EXISTS, N_("there is a key file already: purser 2fa rotate --new-key-file")) :
				  err_set(e, E_USAGE, N_("--create makes a key file: --key-file FILE says where"));
	if (arg_has(t->a, "codes"))
		return codes_asked(t->a, codes, e);
	if (have_codes) {
		*codes = 0;
		return *keyfile != NULL ? OK : err_set(e, E_EXISTS,
		    N_("the second factor is on already. purser 2fa status; purser 2fa rotate"));
	}
	if (*keyfile == NULL || s->code_fd != FD_NONE)
		return OK;
	if (can_ask(s) && (rc = ask_yes(s, true, &both, e, N_("Codes of an authenticator app as well?"))) != OK)
		return rc;
	*codes = both ? 1 : 0;
	return OK;
}

static enum rc
enable_run(struct session *s, const struct args *a, struct err *e)
{
	TWOFA t = { .s = s, .a = a };
	const char *keyfile;
	unsigned codes;
	enum rc rc;

	if ((rc = begin(&t, e)) != OK || (rc = need_kit(&t, e)) != OK || (rc = choose(&t, &keyfile, &codes, e)) != OK)
		return rc;
	return enrol(&t, keyfile, codes, "2fa-enable", e);
}

/* ---- rotate ---- */

static enum rc
rotate_run(struct session *s, const struct args *a, struct err *e)
{
	const char *keyfile = arg_str(a, "new-key-file");
	TWOFA t = { .s = s, .a = a };
	unsigned codes;
	enum rc rc;

	if ((rc = begin(&t, e)) != OK || (rc = need_kit(&t, e)) != OK)
		return rc;
	codes = keyfile != NULL && !arg_has(a, "codes") ? 0 : t.st.flags & KEYS_TOTP_MASK;
	if ((rc = codes_asked(a, &codes, e)) != OK)
		return rc;
	if (arg_has(a, "create") && keyfile == NULL)
		return err_set(e, E_USAGE, N_("--create makes a key file: --new-key-file FILE says where"));
	if ((codes > 0 && !(t.st.flags & KEYS_TOTP_MASK)) || (keyfile != NULL && !(t.st.flags & KEYS_KEYFILE)) ||
	    (codes == 0 && keyfile == NULL)) {
		(void)err_set(e, E_FAILED, N_("there is nothing of this kind to renew. Nothing was changed."));
		err_next(e, N_("purser 2fa enable"));
		return E_FAILED;
	}
	return enrol(&t, keyfile, codes, "2fa-rotate", e);
}

/* ---- disable ---- */

static enum rc
disable_run(struct session *s, const struct args *a, struct err *e)
{
	const char *which = a->n > 0 ? a->v[0] : "all";
	bool codes = strcmp(which, "codes") == 0, key = strcmp(which, "key-file") == 0, all = strcmp(which, "all") == 0;
	unsigned flags = (codes || all ? KEYS_TOTP_MASK : 0u) | (key || all ? KEYS_KEYFILE : 0u) |
	    (all ? KEYS_FIDO2 : 0u);
	TWOFA t = { .s = s, .a = a };
	enum rc rc;

	if (flags == 0)
		return err_set(e, E_USAGE, N_("codes, key-file or all, not \"%s\""), which);
	if ((rc = begin(&t, e)) != OK)
		return rc;
	if ((t.st.flags & flags) == 0)
		return err_set(e, E_FAILED, N_("that is off already. purser 2fa status"));
	if ((rc = ask_present(&t, e)) != OK)
		return rc;
	if (flags & KEYS_TOTP_MASK)
		t.next.codes = 0;
	if (flags & KEYS_KEYFILE)
		t.next.keyfile_digest = NULL;
	if (flags & KEYS_FIDO2)
		t.next.fido2 = NULL;
	if ((rc = commit(&t, "2fa-disable", e)) != OK || ((flags & KEYS_FIDO2) && (rc = fido_forget(s, t.h, e)) != OK))
		return rc;
	return tell_done(&t, e);
}

/* ---- status ---- */

static enum rc
status_run(struct session *s, const struct args *a, struct err *e)
{
	struct vault_status st;
	unsigned n;
	BUF until = { 0 };
	enum rc rc;

	(void)a;
	if ((rc = vault_status(session_home(s), &st, e)) != OK)
		return rc;
	if (s->json)
		return twofa_json(s, &st, NULL, e);
	n = st.flags & KEYS_TOTP_MASK;
	if ((st.flags & (KEYS_TOTP_MASK | KEYS_KEYFILE | KEYS_FIDO2)) == 0)
		say(s, N_("No second factor: the password and this computer's device.key open the store."));
	if (n > 0 && st.totp_until != 0) {
		add_time(&until, st.totp_until, false);
		say(s, N_("Codes: %u at every unlock. Without an unlock before %s only the kit opens the store; each "
			  "unlock moves that on."), n, buf_str(&until));
	} else if (n > 0) {
		say_tone(s, TONE_RED, N_("Codes: %u at every unlock, but totp.tab is missing or damaged: purser recover, "
					 "with the kit."), n);
	}
	if (st.flags & KEYS_KEYFILE)
		say(s, N_("Key file: needed at every unlock (--key-file)."));
	if (st.flags & KEYS_FIDO2)
		say(s, N_("Security key: needed at every unlock."));
	say(s, st.flags & KEYS_KIT_PASSWORD ?
		N_("A lost phone, stick or computer: recovery kit and password together.") :
		N_("A lost phone, stick or computer: the recovery kit alone."));
	return OK;
}

/* ---- the table ---- */

#define URI_OPTION \
	{ "uri-file", 0, "FILE", N_("write the seed's otpauth URI to this new file (0600), not to the terminal"), NULL, 0 }

static const struct option enable_options[] = {
	{ "codes", 0, "1|2", N_("how many codes an unlock takes (default 1)"), NULL, 0 },
	{ "create", 0, NULL, N_("make the file of --key-file: 64 random bytes"), NULL, 0 },
	URI_OPTION,
	{ 0 },
};

static const struct option rotate_options[] = {
	{ "codes", 0, "1|2", N_("how many codes an unlock takes (default: as many as now)"), NULL, 0 },
	{ "new-key-file", 0, "FILE", N_("another key file from now on; without --codes the seed stays"), NULL, 0 },
	{ "create", 0, NULL, N_("make the file of --new-key-file: 64 random bytes"), NULL, 0 },
	URI_OPTION,
	{ 0 },
};

static const struct example enable_examples[] = {
	{ "purser 2fa enable", N_("one code of an authenticator app at every unlock") },
	{ "purser 2fa enable --key-file /media/stick/key --create", N_("a key file, kept on a stick") },
	{ "purser 2fa enable --uri-file seed --password-fd 3 --code-fd 4 3<password 4<codes",
	    N_("without a terminal: codes is a pipe, written once the seed is read") },
	{ 0 },
};

static const struct command enable_command = {
	.name = "enable",
	.summary = N_("ask for codes of an authenticator app, or a key file, at every unlock"),
	.description = N_(
	    "Codes (TOTP, RFC 6238) become a part of what the password hash takes: password and code can only be guessed "
	    "together. Cryptographic, but small: one code is 20 bits, two in a row are 40, and a code that somebody saw "
	    "stays usable for who has a copy of this disk. A key file is 256 bits against who does not have it.\n\n"
	    "Wants a verified recovery kit, for a phone can be lost. The code (with --codes 2: two in a row) is typed back "
	    "before anything changes. Then the keys of this computer are renewed.\n\n"
	    "--key-file alone adds the key file alone; with --codes or --code-fd codes as well. Any file of at least 32 "
	    "bytes will do that never changes; one below your home directory is warned about.\n\n"
	    "The codes work through a table that reaches 91 days from the last unlock. Who does not open the store for "
	    "longer needs the kit."),
	.examples = enable_examples,
	.options = enable_options,
	.flags = CMD_STORE,
	.run = enable_run,
};

static const struct example disable_examples[] = {
	{ "purser 2fa disable", N_("asks for the password and a last code") },
	{ 0 },
};

static const struct command disable_command = {
	.name = "disable",
	.usage = "[codes|key-file|all]",
	.summary = N_("the password alone again (default: all factors)"),
	.description = N_("Wants the password and every present factor. Without them: purser recover, with the kit."),
	.examples = disable_examples,
	.max_args = 1,
	.flags = CMD_STORE,
	.run = disable_run,
};

static const struct example rotate_examples[] = {
	{ "purser 2fa rotate", N_("a code was seen, or the phone's backup leaked") },
	{ 0 },
};

static const struct command rotate_command = {
	.name = "rotate",
	.summary = N_("a new seed, or another key file"),
	.description = N_("What was seen of the old seed opens nothing that this computer stores from now on; old copies of "
			  "its disk open with it still."),
	.examples = rotate_examples,
	.options = rotate_options,
	.flags = CMD_STORE,
	.run = rotate_run,
};

static const struct command status_command = {
	.name = "status", .summary = N_("which factors are on, and until when the codes' table reaches"),
	.flags = CMD_STORE, .run = status_run,
};

static const struct command *const twofa_subs[] = {
	&enable_command, &disable_command, &rotate_command, &twofa_fido, &status_command, NULL
};

static const struct example twofa_examples[] = {
	{ "purser 2fa enable", NULL },
	{ "purser 2fa status", NULL },
	{ 0 },
};

const struct command cmd_twofa = {
	.name = "2fa",
	.group = GROUP_STORE,
	.summary = N_("second factor of the store itself: codes, key file, security keys"),
	.description = N_("Not the codes of your accounts (purser otp): what this store asks for besides its password.\n\n"
			  "A wrong clock: --clock +SECONDS at any command that asks for a code; it weakens nothing."),
	.examples = twofa_examples,
	.subs = twofa_subs,
};
