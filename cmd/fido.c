/* cmd/fido.c: FIDO2 security keys: the dialogue with one, and `purser 2fa fido`. See fido.h. */
#include "cmd/fido.h"

#include "base/le.h"
#include "base/utf8.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/term.h"
#include "helper/client.h"
#include "store/fidofile.h"
#include "store/log.h"

#include <string.h>

/* Built for the tests, keys are programs behind sockets (tests/fido). */
#ifdef PURSER_TEST_KDF
#define PROGRAM "purser-fido-test"
#else
#define PROGRAM "purser-fido"
#endif

/* ---- the dialogue ---- */

struct answer { unsigned char cred[FIDO_CRED_MAX]; size_t n; struct secret output; };

static void
answer_wipe(struct answer *a)
{
	secret_wipe(&a->output);
}
#define ANSWER AUTO(answer_wipe) struct answer

static enum rc
broken(struct err *e)
{
	return err_set(e, E_FAILED, N_("the helper %s failed"), PROGRAM);
}

static enum rc
hear(struct helper *h, void *p, size_t n, struct err *e)
{
	size_t got = 0;
	int status = 0;
	enum rc rc;

	if ((rc = helper_receive(h, p, n, &got, e)) != OK || got == n)
		return rc;
	return (rc = helper_end(h, &status, e)) != OK ? rc : broken(e);
}

/* without: keys that are not asked for (removed ones). */
static void
send_question(struct helper *h, char what, const struct fido_file *f, const bool *without)
{
	unsigned char user[FIDO_USER], two[2], n = 0;

	for (unsigned i = 0; i < f->n; i++)
		n = (unsigned char)(n + (without == NULL || !without[i]));
	random_bytes(user, sizeof user);
	helper_send(h, &what, 1);
	helper_send(h, f->salt, sizeof f->salt);
	helper_send(h, user, sizeof user);
	helper_send(h, &n, 1);
	for (unsigned i = 0; i < f->n; i++) {
		if (without != NULL && without[i])
			continue;
		le16_put(two, (uint16_t)f->token[i].cred_len);
		helper_send(h, two, sizeof two);
		helper_send(h, f->token[i].cred, f->token[i].cred_len);
	}
}

static enum rc
give_pin(struct session *s, struct helper *h, struct err *e)
{
	unsigned char retries, n;
	SECRET pin = { 0 };
	enum rc rc;

	if ((rc = hear(h, &retries, 1, e)) != OK)
		return rc;
	if (retries <= 3 && can_ask(s) && (rc = tell(s, e, N_("The security key takes %u more tries."), retries)) != OK)
		return rc;
	rc = ask_secret(s, N_("PIN of the security key: "), NULL, &pin, e);
	if (rc == E_USAGE && !can_ask(s))
		return err_set(e, E_LOCKED, N_("the PIN of the security key is asked for at a terminal, and there is none"));
	if (rc != OK)
		return rc;
	if (pin.len == 0 || pin.len > FIDO_PIN_MAX)
		return err_set(e, E_AUTH, N_("that is no PIN of a security key; it was not tried"));
	n = (unsigned char)pin.len;
	helper_send(h, &n, 1);
	helper_send(h, pin.bytes, pin.len);
	return OK;
}

static enum rc
touch(struct session *s, unsigned nth, struct err *e)
{
	const char *text = nth == 0 ? N_("Touch the security key now.") : N_("And once more.");

	if (can_ask(s))
		return tell(s, e, "%s", _(text));
	note(s, "%s", _(text));
	return OK;
}

static enum rc
failed(struct helper *h, struct err *e)
{
	unsigned char m[2];
	enum rc rc;

	if ((rc = hear(h, m, sizeof m, e)) != OK)
		return rc;
	switch ((enum fido_why)m[0]) {
	case FIDO_NO_DEVICE:
		return err_set(e, E_AUTH, N_("no security key is plugged in"));
	case FIDO_NOT_OURS:
		return err_set(e, E_AUTH, N_("the security key that is plugged in is none of this store"));
	case FIDO_KNOWN:
		return err_set(e, E_EXISTS, N_("this security key was added before: plug in another one"));
	case FIDO_MANY:
		return err_set(e, E_USAGE, N_("several new security keys are plugged in: leave only one of them"));
	case FIDO_UNFIT:
		return err_set(e, E_FAILED, N_("this security key cannot do it: it lacks FIDO2 with hmac-secret"));
	case FIDO_NO_PIN:
		(void)err_set(e, E_FAILED, N_("this security key has no PIN yet, and must have one"));
		err_next(e, "fido2-token -L; fido2-token -S /dev/hidrawN");
		return E_FAILED;
	case FIDO_WRONG_PIN:
		if (m[1] == FIDO_RETRIES_UNKNOWN)
			return err_set(e, E_AUTH, N_("wrong PIN of the security key"));
		return err_set(e, E_AUTH, N_("wrong PIN of the security key: %u tries are left"), m[1]);
	case FIDO_PIN_BLOCKED:
		return err_set(e, E_AUTH, N_("the security key is blocked for good after too many wrong PINs: use another one, or the"
					     " kit"));
	case FIDO_PIN_REPLUG:
		return err_set(e, E_AUTH, N_("the security key takes no PIN until it is plugged in again"));
	case FIDO_NOT_VERIFIED:
		return err_set(e, E_AUTH, N_("the security key did not recognise you"));
	case FIDO_NO_TOUCH:
		return err_set(e, E_AUTH, N_("the security key was not touched"));
	case FIDO_OTHER:
		break;
	}
	return err_set(e, E_FAILED, N_("the security key refused"));
}

static enum rc
take_answer(struct helper *h, struct answer *a, struct err *e)
{
	unsigned char two[2];
	int status = 0;
	size_t n;
	enum rc rc;

	if ((rc = hear(h, two, sizeof two, e)) != OK)
		return rc;
	if ((n = le16_get(two)) == 0 || n > FIDO_CRED_MAX)
		return broken(e);
	if ((rc = hear(h, a->cred, n, e)) != OK || (rc = secret_alloc(&a->output, FIDO_OUTPUT, e)) != OK ||
	    (rc = hear(h, a->output.bytes, FIDO_OUTPUT, e)) != OK || (rc = helper_end(h, &status, e)) != OK)
		return rc;
	a->n = n;
	return status == 0 ? OK : broken(e);
}

static enum rc
talk(struct session *s, char what, const struct fido_file *f, const bool *without, struct answer *a, struct err *e)
{
	HELPER h = HELPER_NONE;
	unsigned touches = 0;
	unsigned char m;
	enum rc rc;

	if ((rc = helper_start(&h, PROGRAM, -1, e)) != OK)
		return rc;
	send_question(&h, what, f, without);
	while ((rc = hear(&h, &m, 1, e)) == OK) {
		switch (m) {
		case FIDO_PIN:
			rc = give_pin(s, &h, e);
			break;
		case FIDO_TOUCH:
			rc = touch(s, touches++, e);
			break;
		case FIDO_DONE:
			return take_answer(&h, a, e);
		case FIDO_FAILED:
			return failed(&h, e);
		default:
			return broken(e);
		}
		if (rc != OK)
			break;
	}
	return rc;
}

/* ---- unlock ---- */

static enum rc
read_file(const struct home *h, const struct vault_status *st, struct fido_file *f, struct err *e)
{
	enum rc rc = fido_read(h, f, e);

	if (rc == E_NOTFOUND) {
		(void)err_set(e, E_AUTH, N_("the file of the security keys is missing: only the kit opens this store"));
		err_next(e, "purser recover");
		return E_AUTH;
	}
	if (rc == OK && memcmp(f->vault_id, st->vault_id, ID_LEN) != 0)
		return err_set(e, E_AUTH, N_("the file of the security keys belongs to another store"));
	return rc;
}

/* Of a change that was cut short, as far as that is possible now. The keys are looked at under the lock, which may just have
 * finished a change of them: then F is perhaps no longer theirs, and the file stays as it is. */
static void
tidy(struct session *s, const struct home *h, const struct secret *F)
{
	AUTO(store_lock_release) struct store_lock *lock = NULL;
	struct err ignored = { 0 };
	struct vault_status st;
	enum rc rc;

	if ((rc = store_lock_take(h, s->wait_ms, &lock, &ignored)) == OK && (rc = vault_status(h, &st, &ignored)) == OK)
		rc = fido_after(h, st.epoch, F, &ignored);
	if (rc != OK && rc != E_BUSY)
		detail(s, "%s", ignored.what);
}

static void
not_in_set(bool *without, const struct fido_file *f, int set)
{
	static const unsigned char none[FIDO_WRAP];

	for (unsigned i = 0; i < f->n; i++)
		without[i] = memcmp(f->set[set].wrap[i], none, FIDO_WRAP) == 0;
}

/* The file too; a change that was cut short is tidied up. */
static enum rc
ask_with_file(struct session *s, const struct home *h, const struct vault_status *st, struct fido_file *f,
    struct secret *out, struct err *e)
{
	bool without[FIDO_TOKENS_MAX];
	ANSWER a = { .n = 0 };
	int set, place;
	enum rc rc;

	if ((rc = read_file(h, st, f, e)) != OK)
		return rc;
	if ((set = fido_set_for(f, st->epoch)) < 0)
		return err_set(e, E_DAMAGED, N_("the file of the security keys is damaged"));
	not_in_set(without, f, set);
	if ((rc = talk(s, FIDO_DERIVE, f, without, &a, e)) != OK)
		return rc;
	if ((place = fido_by_cred(f, a.cred, a.n)) < 0)
		return broken(e);
	if ((rc = fido_open(f, (unsigned)set, (unsigned)place, a.output.bytes, out, e)) != OK)
		return rc;
	if (f->sets > 1)
		tidy(s, h, out);
	return OK;
}

enum rc
fido_ask(struct session *s, const struct home *h, const struct vault_status *st, struct secret *out, struct err *e)
{
	struct fido_file f;

	return ask_with_file(s, h, st, &f, out, e);
}

/* Under the lock, where nobody is between the file and the keys that want it. */
enum rc
fido_forget(struct session *s, const struct home *h, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *lock = NULL;
	struct vault_status st;
	enum rc rc;

	if ((rc = store_lock_take(h, s->wait_ms, &lock, e)) != OK || (rc = vault_status(h, &st, e)) != OK)
		return rc;
	return (st.flags & KEYS_FIDO2) != 0 ? OK : fido_erase(h, e);
}

/* ---- 2fa fido ---- */

struct change {
	struct session *s;
	struct home *h;
	struct vault_status st;                 /* before */
	struct fido_file file;
	struct secret password, stretched, f;   /* f: the next one */
	struct factors given;
	struct new_factors next;
};

static void
change_end(struct change *c)
{
	secret_wipe(&c->password);
	secret_wipe(&c->stretched);
	secret_wipe(&c->f);
	factors_wipe(&c->given);
}
#define CHANGE AUTO(change_end) struct change

enum rc
factors_may_change(const struct home *h, struct vault_status *st, struct err *e)
{
	enum rc rc = vault_status(h, st, e);

	if (rc != OK || st->state != VAULT_FROZEN)
		return rc;
	return err_set(e, E_FROZEN, N_("frozen: the second factor changes after the thaw. Nothing was changed."));
}

/* Everything that the store asks for now; the other factors stay. */
static enum rc
begin(struct change *c, struct err *e)
{
	struct unlock_how how = { .password = &c->password, .with = &c->given, .now_ms = c->s->now_ms,
		.wait_ms = c->s->wait_ms };
	enum rc rc;

	if ((rc = session_ask(c->s, c->h, &c->password, &c->given, e)) != OK ||
	    (rc = vault_try(c->h, &how, &c->stretched, e)) != OK || (rc = factors_may_change(c->h, &c->st, e)) != OK)
		return rc;
	c->next.codes = c->st.flags & KEYS_TOTP_MASK;
	c->next.keyfile_digest = c->given.keyfile ? c->given.keyfile_digest : NULL;
	return OK;
}

static enum rc
status_first(struct change *c, struct err *e)
{
	enum rc rc;

	c->h = session_home(c->s);
	return (rc = factors_may_change(c->h, &c->st, e)) != OK ? rc : vault_unlock_ready(c->h, e);
}

/* New keys of the store for the next F; NULL: without security keys. */
static enum rc
commit(struct change *c, const struct secret *f, const char *what, struct err *e)
{
	struct unlock_how old = { .password = &c->password, .a = &c->stretched, .with = &c->given, .now_ms = c->s->now_ms,
		.wait_ms = c->s->wait_ms };
	struct new_keys how = { .password = &c->password, .factors = &c->next, .params = &c->st.params, .what = what,
		.now_ms = c->s->now_ms, .wait_ms = c->s->wait_ms };
	enum rc rc;

	c->next.fido2 = f;
	if ((rc = session_lock_agent(c->s, c->h, e)) != OK)
		return rc;
	if ((rc = vault_passwd(c->h, &old, &how, e)) == OK)
		session_tell_duress(c->s);
	return rc;
}

/* One key more: nothing of the store's keys changes. Under the lock, and only if they and the file are still those that were
 * read: another purser may have removed a key meanwhile. */
static enum rc
write_one_more(struct change *c, struct err *e)
{
	struct unlock_how how = { .password = &c->password, .a = &c->stretched, .with = &c->given, .now_ms = c->s->now_ms,
		.wait_ms = c->s->wait_ms };
	AUTO(vault_close) struct vault *v = NULL;
	AUTO(store_lock_release) struct store_lock *lock = NULL;
	struct fido_file now;
	BUF text = { 0 };
	enum rc rc;

	if ((rc = vault_unlock(c->h, &how, &v, e)) != OK || (rc = vault_write_begin(v, c->s->wait_ms, &lock, e)) != OK ||
	    (rc = read_file(c->h, &c->st, &now, e)) != OK)
		return rc;
	if (vault_epoch(v) != c->st.epoch || now.n + 1 != c->file.n || now.sets != 1)
		return err_set(e, E_BUSY, N_("another purser has just changed the security keys. Nothing was changed"));
	log_text_begin(&text, NULL, "2fa-fido-add");
	if ((rc = vault_event(v, &text, c->s->now_ms, e)) != OK)
		return rc;
	return fido_write(c->h, &c->file, e);
}

static enum rc
told(struct change *c, const char *name, bool added, struct err *e)
{
	unsigned n = c->file.n;

	if (c->s->json) {
		JSON j = { 0 };

		j_open(&j, "security_key");
		j_str(&j, "name", name);
		j_bool(&j, "added", added);
		j_int(&j, "keys", n);
		return out_json(c->s, &j, e);
	}
	if (added)
		say(c->s, N_("Added: the security key %s. One of them is asked for at every unlock."), name);
	else if (n > 0)
		say(c->s, N_("Removed: the security key %s. It opens nothing any more that is on this computer from now on."), name);
	else
		say(c->s, N_("Removed: the security key %s. No security key is asked for now."), name);
	if (n == 1)
		warn(c->s, N_("Only one security key: when it is lost or breaks, only the recovery kit opens this store. Add a second "
			      "one, and keep it in another place: purser 2fa fido add"));
	return OK;
}

static enum rc
name_given(struct change *c, const char *name, char out[FIDO_NAME], struct err *e)
{
	size_t n;

	if (name == NULL) {
		for (unsigned i = 1; i <= FIDO_TOKENS_MAX + 1; i++) {
			(void)snprintf(out, FIDO_NAME, "key-%u", i);
			if (fido_by_name(&c->file, out) < 0)
				return OK;
		}
	}
	n = name != NULL ? strlen(name) : 0;
	if (n == 0 || n >= FIDO_NAME || !utf8_valid(name, n))
		return err_set(e, E_USAGE, N_("the name of a security key has 1 to %u bytes"), FIDO_NAME - 1);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return err_set(e, E_USAGE, N_("the name of a security key has no control characters"));
	if (fido_by_name(&c->file, name) >= 0)
		return err_set(e, E_EXISTS, N_("there is a security key %s already"), name);
	memcpy(out, name, n + 1);
	return OK;
}

static enum rc
need_kit(const struct change *c, struct err *e)
{
	if (c->st.kit == KIT_VERIFIED)
		return OK;
	(void)err_set(e, E_FAILED,
	    N_("a second factor needs a recovery kit that was verified: a lost phone or stick must not be a lost"
	       " store. Nothing was changed"));
	err_next(e, c->st.kit == KIT_NONE ? "purser kit new" : "purser kit check");
	return E_FAILED;
}

/* Under the lock, and only if no other purser was quicker: its keys would be lost with the file. */
static enum rc
write_first(struct change *c, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *lock = NULL;
	struct vault_status st;
	enum rc rc;

	if ((rc = store_lock_take(c->h, c->s->wait_ms, &lock, e)) != OK || (rc = vault_status(c->h, &st, e)) != OK)
		return rc;
	if (st.epoch != c->st.epoch || (st.flags & KEYS_FIDO2) != 0)
		return err_set(e, E_BUSY, N_("another purser has just changed the security keys. Nothing was changed"));
	return fido_write(c->h, &c->file, e);
}

/* The first one: F is new, and so are the keys of the store. */
static enum rc
add_first(struct change *c, struct err *e)
{
	struct err ignored = { 0 };
	enum rc rc;

	if ((rc = secret_random(&c->f, KEY_LEN, e)) != OK || (rc = fido_seal(&c->file, 0, c->st.epoch + 1, &c->f, -1, e)) != OK ||
	    (rc = write_first(c, e)) != OK)
		return rc;
	if ((rc = commit(c, &c->f, "2fa-fido-add", e)) != OK && fido_forget(c->s, c->h, &ignored) != OK)
		detail(c->s, "%s", ignored.what);
	return rc;
}

/* It is looked for once, so that nobody is asked to touch one that is on its way to the drawer. */
static enum rc
plugged_in(struct session *s, struct err *e)
{
	BUF enter = { .max = ASK_MAX + 1 };

	return can_ask(s) ? ask_text(s, N_("Plug in the new security key, then Enter: "), NULL, &enter, e) : OK;
}

static enum rc
add(struct change *c, const char *name, struct err *e)
{
	bool first = (c->st.flags & KEYS_FIDO2) == 0;
	char as[FIDO_NAME];
	ANSWER a = { .n = 0 };
	enum rc rc;

	if ((rc = need_kit(c, e)) != OK || (!first && (rc = read_file(c->h, &c->st, &c->file, e)) != OK))
		return rc;
	if (first)
		fido_begin(&c->file, c->st.vault_id);
	if ((rc = name_given(c, name, as, e)) != OK || (rc = begin(c, e)) != OK)
		return rc;
	/* Read again: the unlock may have tidied it up. */
	if (!first && (rc = read_file(c->h, &c->st, &c->file, e)) != OK)
		return rc;
	if (c->file.sets > 1)
		return err_set(e, E_FAILED, N_("a change of the security keys was cut short: once more, please"));
	if ((rc = plugged_in(c->s, e)) != OK || (rc = talk(c->s, FIDO_ENROL, &c->file, NULL, &a, e)) != OK ||
	    (rc = fido_add(&c->file, as, a.cred, a.n, a.output.bytes, c->s->now_ms, e)) != OK)
		return rc;
	if (first)
		rc = add_first(c, e);
	else if ((rc = fido_seal(&c->file, 0, c->file.set[0].epoch, &c->given.fido2, -1, e)) == OK)
		rc = write_one_more(c, e);
	return rc != OK ? rc : told(c, as, true, e);
}

/* Under the lock, and only if nobody has changed anything since it was read. */
static enum rc
write_two_sets(struct change *c, struct err *e)
{
	AUTO(store_lock_release) struct store_lock *lock = NULL;
	struct fido_file now;
	struct vault_status st;
	enum rc rc;

	if ((rc = store_lock_take(c->h, c->s->wait_ms, &lock, e)) != OK || (rc = vault_status(c->h, &st, e)) != OK ||
	    (rc = read_file(c->h, &st, &now, e)) != OK)
		return rc;
	if (st.epoch != c->st.epoch || now.n != c->file.n || now.sets != 1)
		return err_set(e, E_BUSY, N_("another purser has just changed the security keys. Nothing was changed"));
	return fido_write(c->h, &c->file, e);
}

/* Two sets while the keys of the store change: the old F for all, the new one for those that stay. Whichever keys of the
 * store are there afterwards, one of the two is theirs. */
static enum rc
remove_one(struct change *c, int place, struct err *e)
{
	enum rc rc;

	if ((rc = secret_random(&c->f, KEY_LEN, e)) != OK ||
	    (rc = fido_seal(&c->file, 1, c->st.epoch + 1, &c->f, place, e)) != OK || (rc = write_two_sets(c, e)) != OK)
		return rc;
	if ((rc = commit(c, &c->f, "2fa-fido-remove", e)) != OK)
		tidy(c->s, c->h, &c->given.fido2);
	/* A failure may have come after the point of no return. */
	tidy(c->s, c->h, &c->f);
	if (rc == OK)
		fido_keep(&c->file, 1, &c->f);
	return rc;
}

static enum rc
remove_key(struct change *c, const char *name, struct err *e)
{
	char gone[FIDO_NAME];
	int place;
	enum rc rc;

	if ((c->st.flags & KEYS_FIDO2) == 0)
		return err_set(e, E_NOTFOUND, N_("this store asks for no security key"));
	if ((rc = read_file(c->h, &c->st, &c->file, e)) != OK)
		return rc;
	if (name == NULL)
		return err_set(e, E_USAGE, N_("which one? purser 2fa fido list"));
	if (fido_by_name(&c->file, name) < 0)
		return err_set(e, E_NOTFOUND, N_("no security key %s. purser 2fa fido list"), name);
	if ((rc = begin(c, e)) != OK || (rc = read_file(c->h, &c->st, &c->file, e)) != OK)
		return rc;
	if (c->file.sets > 1 || (place = fido_by_name(&c->file, name)) < 0)
		return err_set(e, E_FAILED, N_("a change of the security keys was cut short: once more, please"));
	memcpy(gone, c->file.token[place].name, sizeof gone);
	if (c->file.n > 1)
		rc = remove_one(c, place, e);
	else if ((rc = commit(c, NULL, "2fa-fido-remove", e)) == OK) {
		c->file.n = 0;
		rc = fido_forget(c->s, c->h, e);
	}
	return rc != OK ? rc : told(c, gone, false, e);
}

static enum rc
list(struct change *c, struct err *e)
{
	struct session *s = c->s;
	enum rc rc;

	if ((c->st.flags & KEYS_FIDO2) == 0) {
		note(s, N_("This store asks for no security key. purser 2fa fido add"));
		return OK;
	}
	if ((rc = read_file(c->h, &c->st, &c->file, e)) != OK)
		return rc;
	for (unsigned i = 0; i < c->file.n; i++) {
		BUF at = { 0 };
		JSON j = { 0 };

		if (!s->json) {
			add_time(&at, c->file.token[i].made_ms, false);
			say(s, "%s  %s", buf_str(&at), c->file.token[i].name);
			continue;
		}
		j_open(&j, "security_key");
		j_str(&j, "name", c->file.token[i].name);
		j_time(&j, "added", c->file.token[i].made_ms);
		if ((rc = out_json(s, &j, e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
fido_run(struct session *s, const struct args *a, struct err *e)
{
	const char *what = a->v[0], *name = a->n > 1 ? a->v[1] : NULL;
	CHANGE c = { .s = s };
	enum rc rc;

	if (strcmp(what, "list") == 0) {
		c.h = session_home(s);
		return name != NULL ? err_set(e, E_USAGE, N_("list takes no name")) :
		    (rc = vault_status(c.h, &c.st, e)) != OK ? rc : list(&c, e);
	}
	if (strcmp(what, "add") != 0 && strcmp(what, "remove") != 0)
		return err_set(e, E_USAGE, N_("add, remove or list, not \"%s\""), what);
	if ((rc = status_first(&c, e)) != OK)
		return rc;
	return what[0] == 'a' ? add(&c, name, e) : remove_key(&c, name, e);
}

static const struct example fido_examples[] = {
	{ "purser 2fa fido add", N_("plug in the key; its PIN and two touches") },
	{ "purser 2fa fido add spare", N_("a second one, for the drawer at your parents'") },
	{ "purser 2fa fido remove spare", NULL },
	{ 0 },
};

const struct command twofa_fido = {
	.name = "fido",
	.usage = "add|remove|list [KEY]",
	.summary = N_("FIDO2 security keys: one of them, its PIN and a touch at every unlock"),
	.description = N_(
	    "256 bits against who has the disk and the password but no key, and nothing that can be copied. It wants a key with "
	    "hmac-secret and a PIN (or a fingerprint): most FIDO2 keys of the last years. Add two, so that a lost one is no lost "
	    "store; with none of them only the recovery kit opens it.\n\n"
	    "Any one of the keys opens the store. A wrong PIN is tried once, and the tries that are left are said: the key blocks "
	    "itself for good after eight. Removing a key makes the keys of this computer anew; old copies of its disk open with it "
	    "still. Which keys there are is in a file beside the store, without secrets; it is not in backups."),
	.examples = fido_examples,
	.min_args = 1,
	.max_args = 2,
	.flags = CMD_STORE,
	.run = fido_run,
};
