/*
 * helper/prog_fido.c: the program purser-fido: a FIDO2 security key's hmac-secret, through libfido2. See fido.h. It opens the
 * devices, then gives up everything else (statement/sandbox.h) before a byte of one is read and before a PIN comes. The PIN
 * comes through the socket only.
 */
#include "helper/client.h"
#include "helper/fido.h"
#include "helper/prog_fido_hid.h"
#include "statement/sandbox.h"

#include "base/io.h"
#include "base/le.h"

#include <string.h>

#define RP "purser"
#define TOUCH_MS 60000
#define UV_FLAG 0x04u

struct ask {
	unsigned char salt[FIDO_SALT], user[FIDO_USER], cred[FIDO_TOKENS_MAX][FIDO_CRED_MAX];
	size_t len[FIDO_TOKENS_MAX];
	unsigned n;
	bool enrol;
};
struct key { fido_dev_t *dev; const char *pin; bool has_pin; char typed[FIDO_PIN_MAX + 1]; };

static _Noreturn void
leave(int status)
{
	_exit(status);
}

static void
say(const void *p, size_t n)
{
	if (io_write(1, p, n, NULL) != OK)
		leave(2);
}

static void
hear(void *p, size_t n)
{
	size_t got;

	if (io_read(0, p, n, &got, NULL) != OK || got != n)
		leave(2);
}

static unsigned char
retries(struct key *k)
{
	int n = 0;

	if (k == NULL || !k->has_pin || fido_dev_get_retry_count(k->dev, &n) != FIDO_OK || n < 0 || n > 254)
		return FIDO_RETRIES_UNKNOWN;
	return (unsigned char)n;
}

static _Noreturn void
fail(struct key *k, enum fido_why why)
{
	unsigned char m[3] = { FIDO_FAILED, (unsigned char)why, retries(k) };

	say(m, sizeof m);
	leave(0);
}

static _Noreturn void
fail_as(struct key *k, int r)
{
	switch (r) {
	case FIDO_ERR_PIN_INVALID:
		fail(k, FIDO_WRONG_PIN);
	case FIDO_ERR_PIN_BLOCKED:
		fail(k, FIDO_PIN_BLOCKED);
	case FIDO_ERR_PIN_AUTH_BLOCKED:
		fail(k, FIDO_PIN_REPLUG);
	case FIDO_ERR_PIN_NOT_SET:
		fail(k, FIDO_NO_PIN);
	case FIDO_ERR_UV_BLOCKED:
	case FIDO_ERR_UV_INVALID:
		fail(k, FIDO_NOT_VERIFIED);
	case FIDO_ERR_USER_ACTION_TIMEOUT:
	case FIDO_ERR_ACTION_TIMEOUT:
	case FIDO_ERR_OPERATION_DENIED:
	case FIDO_ERR_KEEPALIVE_CANCEL:
		fail(k, FIDO_NO_TOUCH);
	case FIDO_ERR_CREDENTIAL_EXCLUDED:
		fail(k, FIDO_KNOWN);
	case FIDO_ERR_NO_CREDENTIALS:
	case FIDO_ERR_INVALID_CREDENTIAL:
		fail(k, FIDO_NOT_OURS);
	case FIDO_ERR_UNSUPPORTED_EXTENSION:
	case FIDO_ERR_UNSUPPORTED_ALGORITHM:
		fail(k, FIDO_UNFIT);
	default:
		fail(k, FIDO_OTHER);
	}
}

static void
hear_ask(struct ask *a)
{
	unsigned char what, n, two[2];

	hear(&what, 1);
	hear(a->salt, sizeof a->salt);
	hear(a->user, sizeof a->user);
	hear(&n, 1);
	if ((what != FIDO_ENROL && what != FIDO_DERIVE) || n > FIDO_TOKENS_MAX)
		leave(2);
	a->enrol = what == FIDO_ENROL;
	for (a->n = 0; a->n < n; a->n++) {
		hear(two, sizeof two);
		if ((a->len[a->n] = le16_get(two)) > FIDO_CRED_MAX)
			leave(2);
		hear(a->cred[a->n], a->len[a->n]);
	}
}

/* An assertion with all the credentials. Its challenge proves nothing to anybody: no server is asking. */
static fido_assert_t *
assertion(const struct ask *a)
{
	static const unsigned char challenge[32] = { 0 };
	fido_assert_t *t = fido_assert_new();
	bool good = t != NULL && fido_assert_set_rp(t, RP) == FIDO_OK &&
	    fido_assert_set_clientdata_hash(t, challenge, sizeof challenge) == FIDO_OK;

	for (unsigned i = 0; good && i < a->n; i++)
		good = fido_assert_allow_cred(t, a->cred[i], a->len[i]) == FIDO_OK;
	if (!good)
		leave(2);
	return t;
}

/* Does it hold one of the credentials? Asked without a touch and without a PIN, so that a stranger's key costs nothing. */
static bool
holds_one(fido_dev_t *dev, const struct ask *a)
{
	fido_assert_t *t;
	int r;

	if (a->n == 0)
		return false;
	t = assertion(a);
	(void)fido_assert_set_up(t, FIDO_OPT_FALSE);
	r = fido_dev_get_assert(dev, t, NULL);
	fido_assert_free(&t);
	return r == FIDO_OK || r == FIDO_ERR_PIN_REQUIRED || r == FIDO_ERR_UV_INVALID || r == FIDO_ERR_UP_REQUIRED;
}

static bool
knows_hmac_secret(fido_dev_t *dev)
{
	fido_cbor_info_t *i = fido_cbor_info_new();
	bool found = false;

	if (i != NULL && fido_dev_get_cbor_info(dev, i) == FIDO_OK)
		for (size_t k = 0; k < fido_cbor_info_extensions_len(i); k++)
			found = found || strcmp(fido_cbor_info_extensions_ptr(i)[k], "hmac-secret") == 0;
	fido_cbor_info_free(&i);
	return found;
}

static fido_dev_t *
dev_open(size_t i)
{
	char path[2] = { (char)('0' + i), '\0' };
	fido_dev_t *dev = fido_dev_new();

	if (dev == NULL || fido_dev_set_io_functions(dev, &hid_io) != FIDO_OK)
		leave(2);
	if (fido_dev_open(dev, path) != FIDO_OK) {
		fido_dev_free(&dev);
		return NULL;
	}
	(void)fido_dev_set_timeout(dev, TOUCH_MS);
	return dev;
}

/* The key to talk to: to derive, one that holds a credential; to enrol, the only one that does not. */
static fido_dev_t *
choose(const struct ask *a, size_t devices)
{
	fido_dev_t *chosen = NULL;
	unsigned known = 0;

	for (size_t i = 0; i < devices; i++) {
		fido_dev_t *dev = dev_open(i);
		bool holds;

		if (dev == NULL)
			continue;
		holds = fido_dev_is_fido2(dev) && holds_one(dev, a);
		known += holds;
		if (holds != a->enrol) {
			if (chosen != NULL && a->enrol)
				fail(NULL, FIDO_MANY);
			if (chosen == NULL) {
				chosen = dev;
				continue;
			}
		}
		(void)fido_dev_close(dev);
		fido_dev_free(&dev);
	}
	if (chosen == NULL)
		fail(NULL, !a->enrol ? FIDO_NOT_OURS : known > 0 ? FIDO_KNOWN : FIDO_NO_DEVICE);
	return chosen;
}

static void
get_pin(struct key *k)
{
	unsigned char m[2] = { FIDO_PIN, 0 }, n;

	k->has_pin = fido_dev_has_pin(k->dev);
	if (!k->has_pin && !fido_dev_has_uv(k->dev))
		fail(k, FIDO_NO_PIN);
	if (!k->has_pin)
		return;                         /* a fingerprint: the key asks by itself */
	m[1] = retries(k);
	if (m[1] == 0)
		fail(k, FIDO_PIN_BLOCKED);
	say(m, sizeof m);
	hear(&n, 1);
	if (n == 0 || n > FIDO_PIN_MAX)
		leave(2);
	hear(k->typed, n);
	k->pin = k->typed;
}

static void
ask_touch(void)
{
	static const unsigned char m = FIDO_TOUCH;

	say(&m, 1);
}

/* A credential with hmac-secret, and only it into a->cred. */
static void
enrol(struct key *k, struct ask *a)
{
	static const unsigned char challenge[32] = { 0 };
	fido_cred_t *c = fido_cred_new();
	int r;

	if (c == NULL || fido_cred_set_type(c, COSE_ES256) != FIDO_OK ||
	    fido_cred_set_clientdata_hash(c, challenge, sizeof challenge) != FIDO_OK ||
	    fido_cred_set_rp(c, RP, RP) != FIDO_OK ||
	    fido_cred_set_user(c, a->user, sizeof a->user, RP, NULL, NULL) != FIDO_OK ||
	    fido_cred_set_extensions(c, FIDO_EXT_HMAC_SECRET) != FIDO_OK ||
	    (k->pin == NULL && fido_cred_set_uv(c, FIDO_OPT_TRUE) != FIDO_OK))
		leave(2);
	for (unsigned i = 0; i < a->n; i++)
		if (fido_cred_exclude(c, a->cred[i], a->len[i]) != FIDO_OK)
			leave(2);
	ask_touch();
	if ((r = fido_dev_make_cred(k->dev, c, k->pin)) != FIDO_OK)
		fail_as(k, r);
	if ((fido_cred_flags(c) & UV_FLAG) == 0)
		fail(k, FIDO_NOT_VERIFIED);
	a->n = 1;
	a->len[0] = fido_cred_id_len(c);
	if (a->len[0] == 0 || a->len[0] > FIDO_CRED_MAX)
		fail(k, FIDO_UNFIT);
	memcpy(a->cred[0], fido_cred_id_ptr(c), a->len[0]);
	fido_cred_free(&c);
}

static _Noreturn void
derive(struct key *k, const struct ask *a)
{
	unsigned char m[1 + 2 + FIDO_CRED_MAX + FIDO_OUTPUT] = { FIDO_DONE };
	fido_assert_t *t = assertion(a);
	size_t n;
	int r;

	if (fido_assert_set_extensions(t, FIDO_EXT_HMAC_SECRET) != FIDO_OK ||
	    fido_assert_set_hmac_salt(t, a->salt, sizeof a->salt) != FIDO_OK ||
	    (k->pin == NULL && fido_assert_set_uv(t, FIDO_OPT_TRUE) != FIDO_OK))
		leave(2);
	ask_touch();
	r = fido_dev_get_assert(k->dev, t, k->pin);
	explicit_bzero(k->typed, sizeof k->typed);
	if (r != FIDO_OK)
		fail_as(k, r);
	if (fido_assert_count(t) < 1 || (fido_assert_flags(t, 0) & UV_FLAG) == 0)
		fail(k, FIDO_NOT_VERIFIED);
	if (fido_assert_hmac_secret_len(t, 0) != FIDO_OUTPUT)
		fail(k, FIDO_UNFIT);
	n = fido_assert_id_len(t, 0);
	if (n == 0 || n > FIDO_CRED_MAX)
		fail(k, FIDO_OTHER);
	le16_put(m + 1, (uint16_t)n);
	memcpy(m + 3, fido_assert_id_ptr(t, 0), n);
	memcpy(m + 3 + n, fido_assert_hmac_secret_ptr(t, 0), FIDO_OUTPUT);
	say(m, 3 + n + FIDO_OUTPUT);
	explicit_bzero(m, sizeof m);
	fido_assert_free(&t);
	leave(0);
}

/* OpenSSL reads its configuration and fetches its algorithms at the first use. */
static void
warm_up(void)
{
	fido_assert_t *t = fido_assert_new();

	if (t != NULL)
		(void)fido_assert_set_clientdata(t, (const unsigned char *)"", 1);
	fido_assert_free(&t);
}

int
main(void)
{
	static struct ask a;
	static struct key k;
	int fd[HID_MAX];
	size_t devices;

	if (!sandbox_prepare(2))
		leave(HELPER_SANDBOX);
	if (!sandbox_lock_memory())
		leave(HELPER_MEMORY);
	fido_init(FIDO_DISABLE_U2F_FALLBACK);
	warm_up();
	devices = hid_open_all(fd);
	if (!sandbox_close_devices(fd, devices))
		leave(HELPER_SANDBOX);
	hear_ask(&a);
	if (devices == 0)
		fail(NULL, FIDO_NO_DEVICE);
	k.dev = choose(&a, devices);
	if (a.enrol && (!fido_dev_is_fido2(k.dev) || !knows_hmac_secret(k.dev)))
		fail(NULL, FIDO_UNFIT);
	get_pin(&k);
	if (a.enrol)
		enrol(&k, &a);
	derive(&k, &a);
}
