/* store/totp.c: see totp.h. */
#include "store/totp.h"

#include "base/le.h"
#include "base/num.h"
#include "base/time.h"
#include "crypto/otp.h"
#include "store/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	T_MAGIC = 0,
	T_VAULT_ID = 8,
	T_FROM = 24,
	T_STEPS = 32,
	T_CODES = 36,
	T_DIGITS = 40,
	T_PERIOD = 44,
	T_SEAL = 48,
	T_OFFSETS = 148,
	T_MAC = TOTP_SIZE - 32
};
enum { SEED_PLAIN = TOTP_KEY_LEN + 8 };

static const char magic[8] = { 'P', 'U', 'R', 'S', 'T', 'O', 'T', '1' };

struct totp_tab { unsigned char raw[TOTP_SIZE]; };

/* ---- K and T ---- */

void
totp_seed_wipe(struct totp_seed *s)
{
	secret_wipe(&s->key);
	wipe(s, sizeof *s);
}

enum rc
totp_seed_make(struct totp_seed *out, unsigned n, struct err *e)
{
	TOTP_SEED s = { .n = n };
	enum rc rc;

	if (n < 1 || n > 2)
		return err_set(e, E_RANGE, N_("one or two codes"));
	if ((rc = secret_random(&s.key, TOTP_KEY_LEN, e)) != OK)
		return rc;
	for (unsigned i = 0; i < n; i++)
		s.target[i] = random_below(TOTP_MODULUS);
	*out = s;
	s.key = (struct secret){ 0 };
	return OK;
}

enum rc
totp_seed_uri(struct secret *out, const struct totp_seed *s, const unsigned char vault_id[16], struct err *e)
{
	OTP o = { .type = OTP_TOTP, .hash = OTP_SHA1, .digits = TOTP_DIGITS, .period_s = TOTP_PERIOD };
	char id[9];
	enum rc rc;

	hex_put(id, vault_id, 4);
	(void)snprintf(o.issuer, sizeof o.issuer, "purser");
	(void)snprintf(o.label, sizeof o.label, "store %s", id);
	if ((rc = secret_copy(&o.key, s->key.bytes, s->key.len, e)) != OK)
		return rc;
	return otp_uri(out, &o, e);
}

int64_t
totp_step(int64_t ms)
{
	return ms <= 0 ? 0 : ms / 1000 / TOTP_PERIOD;
}

/* RFC 4226 section 5.3. */
enum rc
totp_code_of(uint32_t *code, const struct totp_seed *s, int64_t step, struct err *e)
{
	unsigned char counter[8], mac[20];
	enum rc rc;

	be64_put(counter, (uint64_t)step);
	if ((rc = hmac(mac, OTP_SHA1, s->key.bytes, s->key.len, counter, sizeof counter, e)) == OK)
		*code = (be32_get(mac + (mac[19] & 15)) & 0x7fffffff) % TOTP_MODULUS;
	wipe(mac, sizeof mac);
	return rc;
}

int64_t
totp_try(int64_t code_ms, unsigned i)
{
	int64_t now = totp_step(code_ms);

	return i == 0 ? now : i == 1 ? now - 1 : now + 1;
}

enum rc
totp_seed_step(const struct totp_seed *s, const struct factors *with, int64_t *step, struct err *e)
{
	uint32_t code;
	bool right;
	enum rc rc;

	for (unsigned i = 0; with->codes == s->n && i < TOTP_TRIES; i++) {
		int64_t at = totp_try(with->code_ms, i);

		right = true;
		for (unsigned j = 0; j < s->n; j++) {
			if ((rc = totp_code_of(&code, s, at + j, e)) != OK)
				return rc;
			right = right && code == with->code[j];
		}
		if (right) {
			*step = at;
			return OK;
		}
	}
	return err_set(e, E_AUTH, N_("not the code that this seed gives now. Nothing was changed"));
}

/* ---- the table ---- */

void
totp_tab_free(struct totp_tab **t)
{
	if (*t == NULL)
		return;
	wipe(*t, sizeof **t);
	free(*t);
	*t = NULL;
}

static enum rc
tab_alloc(struct totp_tab **out, struct err *e)
{
	if ((*out = calloc(1, sizeof **out)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	return OK;
}

const unsigned char *totp_tab_bytes(const struct totp_tab *t) { return t->raw; }

static int64_t tab_from(const struct totp_tab *t) { return (int64_t)le64_get(t->raw + T_FROM); }
static unsigned tab_codes(const struct totp_tab *t) { return le32_get(t->raw + T_CODES); }

int64_t
totp_tab_from_ms(const struct totp_tab *t)
{
	return tab_from(t) * TOTP_PERIOD * 1000;
}

int64_t
totp_tab_until_ms(const struct totp_tab *t)
{
	return (tab_from(t) + TOTP_STEPS - tab_codes(t) + 1) * TOTP_PERIOD * 1000;
}

static void
mac_of(unsigned char mac[32], const struct totp_tab *t, const struct secret *lk)
{
	kdf_to(mac, lk->bytes, lk->len, L_TOTP_MAC, BYTES(t->raw, T_MAC));
}

/* Seal and MAC: all that depends on LK. */
static void
tab_finish(struct totp_tab *t, const struct totp_seed *s, const struct secret *lk)
{
	unsigned char key[KEY_LEN], plain[SEED_PLAIN];

	memcpy(plain, s->key.bytes, TOTP_KEY_LEN);
	le32_put(plain + TOTP_KEY_LEN, s->target[0]);
	le32_put(plain + TOTP_KEY_LEN + 4, s->target[1]);
	kdf_raw(key, lk->bytes, lk->len, L_TOTP_SEED, NULL, 0);
	seal(t->raw + T_SEAL, key, L_TOTP_SEED, t->raw + T_VAULT_ID, 16, plain, sizeof plain);
	wipe(key, sizeof key);
	wipe(plain, sizeof plain);
	mac_of(t->raw + T_MAC, t, lk);
}

enum rc
totp_tab_make(struct totp_tab **out, const struct totp_seed *s, const unsigned char vault_id[16],
    const struct secret *lk, int64_t from, struct err *e)
{
	AUTO(totp_tab_free) struct totp_tab *t = NULL;
	uint32_t code, offset;
	unsigned char *p;
	enum rc rc;

	if ((rc = tab_alloc(&t, e)) != OK)
		return rc;
	from = from < 0 ? 0 : from;
	memcpy(t->raw, magic, sizeof magic);
	memcpy(t->raw + T_VAULT_ID, vault_id, 16);
	le64_put(t->raw + T_FROM, (uint64_t)from);
	le32_put(t->raw + T_STEPS, TOTP_STEPS);
	le32_put(t->raw + T_CODES, s->n);
	le32_put(t->raw + T_DIGITS, TOTP_DIGITS);
	le32_put(t->raw + T_PERIOD, TOTP_PERIOD);
	p = t->raw + T_OFFSETS;
	for (int64_t step = from; step < from + TOTP_STEPS; step++, p += 3) {
		if ((rc = totp_code_of(&code, s, step, e)) != OK)
			return rc;
		offset = (s->target[step % s->n] + TOTP_MODULUS - code) % TOTP_MODULUS;
		p[0] = (unsigned char)offset;
		p[1] = (unsigned char)(offset >> 8);
		p[2] = (unsigned char)(offset >> 16);
	}
	tab_finish(t, s, lk);
	*out = t;
	t = NULL;
	return OK;
}

/* The kit does without this factor. */
static enum rc
only_the_kit(struct err *e, enum rc rc)
{
	err_next(e, N_("purser recover, with the kit; then purser 2fa enable"));
	return rc;
}

enum rc
totp_tab_check(const unsigned char *p, size_t len, const unsigned char vault_id[16], unsigned n, struct totp_tab **out,
    struct err *e)
{
	AUTO(totp_tab_free) struct totp_tab *t = NULL;
	enum rc rc;

	if (len != TOTP_SIZE)
		return only_the_kit(e, err_set(e, E_DAMAGED, N_("totp.tab, the table of the second factor, is cut short "
							      "or damaged")));
	if ((rc = tab_alloc(&t, e)) != OK)
		return rc;
	memcpy(t->raw, p, TOTP_SIZE);
	/* The steps fit an int64_t of milliseconds: nothing overflows below. */
	if (memcmp(t->raw, magic, sizeof magic) != 0 || memcmp(t->raw + T_VAULT_ID, vault_id, 16) != 0 ||
	    le64_get(t->raw + T_FROM) > INT64_MAX / 1000000 || le32_get(t->raw + T_STEPS) != TOTP_STEPS ||
	    le32_get(t->raw + T_CODES) != n || le32_get(t->raw + T_DIGITS) != TOTP_DIGITS ||
	    le32_get(t->raw + T_PERIOD) != TOTP_PERIOD)
		return only_the_kit(e, err_set(e, E_DAMAGED, N_("totp.tab, the table of the second factor, is damaged or "
							      "of another store")));
	*out = t;
	t = NULL;
	return OK;
}

enum rc
totp_tab_read(
    const struct home *h, const unsigned char vault_id[16], unsigned n, struct totp_tab **out, struct err *e)
{
	AUTO(auto_free) unsigned char *p = malloc(TOTP_SIZE + 1);
	size_t len = 0;
	enum rc rc;

	if (p == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	rc = file_read(h->device, "totp.tab", p, TOTP_SIZE + 1, &len, e);
	if (rc == E_NOTFOUND)
		return only_the_kit(e, err_set(e, E_AUTH, N_("totp.tab, the table of the second factor, is missing")));
	if (rc == E_DAMAGED)
		len = 0;
	return rc == OK || rc == E_DAMAGED ? totp_tab_check(p, len, vault_id, n, out, e) : rc;
}

static void
date_of(char out[11], int64_t ms)
{
	struct civil c = civil_from_unix(ms / 1000);

	(void)snprintf(out, 11, "%04u-%02u-%02u", (unsigned)c.year % 10000, c.month % 100u, c.day % 100u);
}

enum rc
totp_tab_covers(const struct totp_tab *t, int64_t code_ms, struct err *e)
{
	int64_t now = totp_step(code_ms), first = tab_from(t), last = first + TOTP_STEPS - tab_codes(t);
	char from[11], until[11], today[11];

	if (now + 1 >= first && now - 1 <= last)
		return OK;
	date_of(from, totp_tab_from_ms(t));
	date_of(until, totp_tab_until_ms(t));
	date_of(today, code_ms);
	if (now > last) {
		(void)err_set(e, E_AUTH,
		    N_("the 2FA table expired on %s: the store was not opened for 91 days. The clock says %s"), until,
		    today);
		err_next(e, N_("Clock wrong: --clock +SECONDS. Else purser recover, with the kit; then purser 2fa enable"));
		return E_AUTH;
	}
	(void)err_set(e, E_AUTH, N_("the clock says %s; the 2FA table goes from %s to %s"), today, from, until);
	err_next(e, N_("Set the clock, or --clock +SECONDS"));
	return E_AUTH;
}

bool
totp_tab_targets(const struct totp_tab *t, const struct factors *with, int64_t step, uint32_t targets[2])
{
	unsigned n = tab_codes(t);
	int64_t at = step - tab_from(t);

	targets[0] = targets[1] = 0;
	if (with->codes != n || at < 0 || at > (int64_t)(TOTP_STEPS - n))
		return false;
	for (unsigned i = 0; i < n; i++) {
		const unsigned char *p = t->raw + T_OFFSETS + 3 * (at + i);
		uint32_t offset = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;

		targets[(step + i) % n] = (with->code[i] % TOTP_MODULUS + offset % TOTP_MODULUS) % TOTP_MODULUS;
	}
	return true;
}

enum rc
totp_tab_open(const struct totp_tab *t, const struct secret *lk, struct totp_seed *out, bool *whole, struct err *e)
{
	unsigned char key[KEY_LEN], plain[SEED_PLAIN], mac[32];
	TOTP_SEED s = { .n = tab_codes(t) };
	enum rc rc;

	mac_of(mac, t, lk);
	kdf_raw(key, lk->bytes, lk->len, L_TOTP_SEED, NULL, 0);
	rc = open_sealed(plain, key, L_TOTP_SEED, t->raw + T_VAULT_ID, 16, t->raw + T_SEAL, SEED_PLAIN + SEAL_OVER);
	wipe(key, sizeof key);
	if (rc != OK)
		return only_the_kit(e, err_set(e, E_DAMAGED, N_("totp.tab, the table of the second factor, is damaged")));
	s.target[0] = le32_get(plain + TOTP_KEY_LEN);
	s.target[1] = le32_get(plain + TOTP_KEY_LEN + 4);
	rc = secret_copy(&s.key, plain, TOTP_KEY_LEN, e);
	wipe(plain, sizeof plain);
	if (rc != OK)
		return rc;
	*whole = same_bytes(mac, t->raw + T_MAC, sizeof mac);
	*out = s;
	s.key = (struct secret){ 0 };
	return OK;
}

enum rc
totp_tab_reseal(const struct totp_tab *t, const struct secret *old_lk, const struct secret *lk, struct totp_tab **out,
    struct err *e)
{
	AUTO(totp_tab_free) struct totp_tab *to = NULL;
	TOTP_SEED s = { .n = 0 };
	bool whole = false;
	enum rc rc;

	if ((rc = totp_tab_open(t, old_lk, &s, &whole, e)) != OK)
		return rc;
	if (!whole)
		return totp_tab_make(out, &s, t->raw + T_VAULT_ID, lk, tab_from(t), e);
	if ((rc = tab_alloc(&to, e)) != OK)
		return rc;
	memcpy(to->raw, t->raw, TOTP_SIZE);
	tab_finish(to, &s, lk);
	*out = to;
	to = NULL;
	return OK;
}
