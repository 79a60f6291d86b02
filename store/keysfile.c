/* store/keysfile.c: see keysfile.h. */
#include "store/keysfile.h"

#include "base/le.h"
#include "store/files.h"

#include <string.h>

enum {
	K_MAGIC = 0,
	K_SUITE = 8,
	K_FLAGS = 12,
	K_VAULT_ID = 16,
	K_EPOCH = 32,
	K_ZERO1 = 40,
	K_M = 48,
	K_T = 52,
	K_P = 56,
	K_TOTP = 60,
	K_SALT = 64,
	K_R_PUB = 80,
	K_L_PUB = 112,
	K_PK0 = 144,
	K_SEAL_R = 176,
	K_DEVICE_ID = 320,
	K_KIT = 336,
	K_KIT_K = 337,
	K_KIT_N = 338,
	K_ZERO2 = 339,
	K_KIT_MADE = 344,
	K_ZERO4 = 352,
	K_SLOTS = 512,
	K_MAC = 1024,
	K_CHECK = 1056,
	K_ZERO3 = 1088
};
enum { SLOT_LEN = 128, SLOT_SALT = 16, WRAPL_PLAIN = 40, WRAPL_LEN = 112, ROLE_FULL = 1, ROLE_DURESS = 3 };

static const char magic[8] = { 'P', 'U', 'R', 'S', 'K', 'E', 'Y', '1' };

uint32_t keys_flags(const struct keys *k) { return le32_get(k->raw + K_FLAGS); }
uint64_t keys_epoch(const struct keys *k) { return le64_get(k->raw + K_EPOCH); }
enum kit_state keys_kit(const struct keys *k) { return (enum kit_state)k->raw[K_KIT]; }
unsigned keys_kit_needed(const struct keys *k) { return k->raw[K_KIT_K]; }
unsigned keys_kit_sheets(const struct keys *k) { return k->raw[K_KIT_N]; }
int64_t keys_kit_made(const struct keys *k) { return (int64_t)le64_get(k->raw + K_KIT_MADE); }
const unsigned char *keys_vault_id(const struct keys *k) { return k->raw + K_VAULT_ID; }
const unsigned char *keys_salt(const struct keys *k) { return k->raw + K_SALT; }
const unsigned char *keys_r_pub(const struct keys *k) { return k->raw + K_R_PUB; }
const unsigned char *keys_l_pub(const struct keys *k) { return k->raw + K_L_PUB; }
const unsigned char *keys_pk0(const struct keys *k) { return k->raw + K_PK0; }
const unsigned char *keys_seal_r(const struct keys *k) { return k->raw + K_SEAL_R; }
const unsigned char *keys_device_id(const struct keys *k) { return k->raw + K_DEVICE_ID; }

struct pwparams
keys_params(const struct keys *k)
{
	return (struct pwparams){ le32_get(k->raw + K_M), le32_get(k->raw + K_T), le32_get(k->raw + K_P) };
}

/* ---- reading ---- */

static bool
all_zero(const unsigned char *p, size_t n)
{
	unsigned char any = 0;

	for (size_t i = 0; i < n; i++)
		any |= p[i];
	return any == 0;
}

/* Digits and period mean something only with TOTP; then they are fixed. */
static bool
totp_ok(const struct keys *k)
{
	const unsigned char *p = k->raw + K_TOTP;

	if ((keys_flags(k) & KEYS_TOTP_MASK) == 0)
		return all_zero(p, 4);
	return le16_get(p) == TOTP_DIGITS && le16_get(p + 2) == TOTP_PERIOD;
}

/* Nothing of it is known of a kit from before the fields were there. */
static bool
kit_ok(const struct keys *k)
{
	unsigned needed = keys_kit_needed(k), sheets = keys_kit_sheets(k);

	if (k->raw[K_KIT] > KIT_UNVERIFIED || (keys_kit(k) == KIT_NONE) != all_zero(keys_r_pub(k), 32))
		return false;
	if (needed == 0)
		return sheets == 0 && keys_kit_made(k) == 0;
	return keys_kit(k) != KIT_NONE && needed <= sheets && sheets <= KIT_SHARES_MAX &&
	       (needed == 1) == (sheets == 1);
}

static bool
ranges_ok(const struct keys *k)
{
	uint32_t flags = keys_flags(k);

	return flags < 64 && (flags & KEYS_TOTP_MASK) != 3 && totp_ok(k) && kit_ok(k) &&
	    all_zero(k->raw + K_ZERO1, K_M - K_ZERO1) && all_zero(k->raw + K_ZERO2, K_KIT_MADE - K_ZERO2) &&
	    all_zero(k->raw + K_ZERO4, K_SLOTS - K_ZERO4) && all_zero(k->raw + K_ZERO3, KEYS_SIZE - K_ZERO3);
}

enum rc
keys_check(const unsigned char *p, size_t n, struct keys *out, struct err *e)
{
	struct keys k;
	struct pwparams params;
	unsigned char sum[32];

	if (n != KEYS_SIZE || memcmp(p, magic, sizeof magic) != 0)
		return err_set(e, E_DAMAGED, N_("`keys` is not the key file of a purser vault"));
	memcpy(k.raw, p, KEYS_SIZE);
	if (le32_get(k.raw + K_SUITE) != 1)
		return err_set(e, E_DAMAGED, N_("this vault was made by an unknown version of purser"));
	params = keys_params(&k);
	if (!pwparams_ok(&params))
		return err_set(e, E_DAMAGED, N_("unusual key parameters in `keys`; refused"));
	if (!ranges_ok(&k))
		return err_set(
		    e, E_DAMAGED, N_("`keys` is not the key file of a purser vault, or of an unknown version"));
	hash256(sum, k.raw, K_CHECK);
	if (!same_bytes(sum, k.raw + K_CHECK, sizeof sum))
		return err_set(e, E_DAMAGED, N_("the keys file is damaged; restore it from backup"));
	*out = k;
	return OK;
}

enum rc
keys_read(int dirfd, const char *name, struct keys *out, struct err *e)
{
	unsigned char p[KEYS_SIZE + 1];
	enum rc rc;
	size_t n = 0;

	if ((rc = file_read(dirfd, name, p, sizeof p, &n, e)) == E_DAMAGED)
		return err_set(e, E_DAMAGED, N_("`keys` is not the key file of a purser vault"));
	return rc != OK ? rc : keys_check(p, n, out, e);
}

/* ---- keys of keys ---- */

void
keys_possession(
    unsigned char h[32], const unsigned char d[32], const unsigned char *digest, const unsigned char *fido2)
{
	kdf_to(h, d, KEY_LEN, L_POSSESSION, BYTES(digest, digest != NULL ? 32 : 0),
	    BYTES(fido2, fido2 != NULL ? 32 : 0));
}

void
keys_device_id_of(unsigned char id[16], const unsigned char d[32])
{
	unsigned char out[32];

	kdf_raw(out, d, KEY_LEN, L_DEVICE_ID, NULL, 0);
	memcpy(id, out, 16);
}

enum rc
keys_stretch(struct secret *a, const struct keys *k, const struct secret *password, const uint32_t *targets, unsigned n,
    const unsigned char h[32], struct err *e)
{
	static const char label[] = "purser/v1/pw";
	unsigned char x[4 + sizeof label - 1 + 4 + 16 + 4 + 16], *p = x;
	struct pwparams params = keys_params(k);
	SECRET in = { 0 };
	enum rc rc;

	if ((rc = secret_alloc(&in, 4 + password->len + 4 + 4 * (size_t)n, e)) != OK)
		return rc;
	le32_put(in.bytes, (uint32_t)password->len);
	if (password->len > 0)
		memcpy(in.bytes + 4, password->bytes, password->len);
	le32_put(in.bytes + 4 + password->len, 4 * n);
	for (unsigned i = 0; i < n; i++)
		le32_put(in.bytes + 8 + password->len + 4 * (size_t)i, targets[i]);
	le32_put(p, sizeof label - 1);
	memcpy(p + 4, label, sizeof label - 1);
	p += 4 + sizeof label - 1;
	le32_put(p, 16);
	memcpy(p + 4, keys_vault_id(k), 16);
	p += 20;
	le32_put(p, 16);
	le32_put(p + 4, params.m_kib);
	le32_put(p + 8, params.t);
	le32_put(p + 12, params.p);
	le32_put(p + 16, keys_flags(k));
	return pwhash(a, &in, keys_salt(k), &params, h, x, sizeof x, e);
}

/* BLAKE2b-256(bytes 0..39 | 48..175) | slot */
static void
slot_aad(unsigned char aad[33], const struct keys *k, unsigned slot)
{
	struct bytes x[2] = { BYTES(k->raw, K_ZERO1), BYTES(k->raw + K_M, K_SEAL_R - K_M) };

	hash256_parts(aad, x, 2);
	aad[32] = (unsigned char)slot;
}

static void
slot_kek(unsigned char kek[32], const struct keys *k, const struct secret *a, unsigned slot)
{
	kdf_to(kek, a->bytes, a->len, L_SLOT_KEK, BYTES(k->raw + K_SLOTS + slot * SLOT_LEN, SLOT_SALT));
}

/* Both wraps of a slot, each under its own key from KEK. */
static void
wrap_key(unsigned char key[32], const struct keys *k, const struct secret *a, unsigned slot, enum label l)
{
	unsigned char kek[32];

	slot_kek(kek, k, a, slot);
	kdf_raw(key, kek, sizeof kek, l, NULL, 0);
	wipe(kek, sizeof kek);
}

/* All four are tried whichever opens: nobody learns from the time which one it was. */
enum rc
keys_open_any(
    const struct keys *k, const struct secret *a, struct secret *lk, unsigned *slot, bool *duress, struct err *e)
{
	unsigned char key[32], aad[33], plain[WRAPL_PLAIN], role = 0;
	enum rc rc = E_KEY, one, rc2;

	for (unsigned i = 0; i < KEYS_SLOTS; i++) {
		wrap_key(key, k, a, i, L_WRAP_LEDGER);
		slot_aad(aad, k, i);
		one = open_sealed(plain, key, L_WRAP_LEDGER, aad, sizeof aad,
		    k->raw + K_SLOTS + i * SLOT_LEN + SLOT_SALT, WRAPL_LEN);
		if (one == E_KEY || rc == OK)
			continue;
		rc = one;
		if (rc != OK)
			continue;
		*slot = i;
		role = plain[32];
		if ((role != ROLE_FULL && role != ROLE_DURESS) || !all_zero(plain + 33, 7))
			rc = err_set(e, E_TAMPER, N_("`keys` has a slot of an unknown version"));
		else if ((rc2 = secret_copy(lk, plain, KEY_LEN, e)) != OK)
			rc = rc2;
	}
	*duress = role == ROLE_DURESS;
	wipe(key, sizeof key);
	wipe(plain, sizeof plain);
	return rc;
}

/* For what gives secrets back, the password of a duress slot is a wrong one. */
enum rc
keys_open_slot(const struct keys *k, const struct secret *a, struct secret *lk, unsigned *slot, struct err *e)
{
	bool duress = false;
	enum rc rc = keys_open_any(k, a, lk, slot, &duress, e);

	if (rc != OK || !duress)
		return rc;
	secret_wipe(lk);
	return E_KEY;
}

enum rc
keys_open_sk(const struct keys *k, const struct secret *a, unsigned slot, const unsigned char wraps[WRAPS_LEN],
    struct secret *sk, struct err *e)
{
	unsigned char key[32], aad[33];
	enum rc rc;

	wrap_key(key, k, a, slot, L_WRAP_SECRETS);
	slot_aad(aad, k, slot);
	rc = open_secret(sk, key, L_WRAP_SECRETS, aad, sizeof aad, wraps, WRAPS_LEN, e);
	wipe(key, sizeof key);
	return rc;
}

static void
l_pub_of(unsigned char pub[32], const struct secret *lk)
{
	unsigned char seed[32], priv[32];

	kdf_raw(seed, lk->bytes, lk->len, L_LOG_BOX, NULL, 0);
	box_keypair(pub, priv, seed);
	wipe(seed, sizeof seed);
	wipe(priv, sizeof priv);
}

static void
mac_of(unsigned char mac[32], const struct keys *k, const struct secret *lk)
{
	kdf_to(mac, lk->bytes, lk->len, L_HEADER_MAC, BYTES(k->raw, K_MAC));
}

enum rc
keys_check_mac(const struct keys *k, const struct secret *lk, struct err *e)
{
	unsigned char mac[32], l_pub[32];

	mac_of(mac, k, lk);
	l_pub_of(l_pub, lk);
	if (!same_bytes(mac, k->raw + K_MAC, sizeof mac) || !same_bytes(l_pub, keys_l_pub(k), sizeof l_pub))
		return err_set(
		    e, E_DAMAGED, N_("the keys file was altered by someone without the password. Nothing was changed"));
	return OK;
}

/* ---- kit ---- */

void
kit_keypair(unsigned char r_pub[32], unsigned char r_priv[32], const struct secret *s, const unsigned char vault_id[16])
{
	unsigned char seed[32];

	kdf_to(seed, s->bytes, s->len, L_KIT, BYTES(vault_id, 16));
	box_keypair(r_pub, r_priv, seed);
	wipe(seed, sizeof seed);
}

enum rc
keys_open_kit(const struct keys *k, const struct secret *s, struct secret *y, struct secret *r_priv, struct err *e)
{
	unsigned char pub[32], priv[32], plain[SEALR_PLAIN];
	SECRET yy = { 0 }, rr = { 0 };
	enum rc rc;

	kit_keypair(pub, priv, s, keys_vault_id(k));
	if (keys_kit(k) == KIT_NONE || !same_bytes(pub, keys_r_pub(k), sizeof pub)) {
		rc = err_set(e, E_AUTH, N_("this is not the recovery kit of this store. Nothing was changed"));
	} else if (box_open(plain, pub, priv, keys_seal_r(k), SEALR_PLAIN + BOX_OVER) != OK ||
	    memcmp(plain, keys_vault_id(k), 16) != 0 || le64_get(plain + 16) != keys_epoch(k) ||
	    memcmp(plain + 24, keys_pk0(k), 32) != 0) {
		rc = err_set(e, E_DAMAGED, N_("the keys file was altered: the kit is right, but what it opens is not"));
	} else if ((rc = secret_copy(&yy, plain + 56, KEYS_Y_LEN, e)) == OK &&
		   (rc = secret_copy(&rr, priv, 32, e)) == OK) {
		secret_move(y, &yy);
		secret_move(r_priv, &rr);
	}
	wipe(plain, sizeof plain);
	wipe(priv, sizeof priv);
	return rc;
}

/* ---- making ---- */

static void
seal_off(struct keys *k, const struct secret *lk)
{
	mac_of(k->raw + K_MAC, k, lk);
	hash256(k->raw + K_CHECK, k->raw, K_CHECK);
}

void
keys_begin(struct keys *k, const struct keys_plan *plan)
{
	memset(k, 0, sizeof *k);
	memcpy(k->raw, magic, sizeof magic);
	le32_put(k->raw + K_SUITE, 1);
	le32_put(k->raw + K_FLAGS, plan->flags);
	memcpy(k->raw + K_VAULT_ID, plan->vault_id, 16);
	le64_put(k->raw + K_EPOCH, plan->epoch);
	le32_put(k->raw + K_M, plan->params.m_kib);
	le32_put(k->raw + K_T, plan->params.t);
	le32_put(k->raw + K_P, plan->params.p);
	if (plan->flags & KEYS_TOTP_MASK) {
		le16_put(k->raw + K_TOTP, TOTP_DIGITS);
		le16_put(k->raw + K_TOTP + 2, TOTP_PERIOD);
	}
	random_bytes(k->raw + K_SALT, 16);
	if (plan->r_pub != NULL)
		memcpy(k->raw + K_R_PUB, plan->r_pub, 32);
	memcpy(k->raw + K_PK0, plan->pk0, 32);
	k->raw[K_KIT] = (unsigned char)plan->kit;
	k->raw[K_KIT_K] = (unsigned char)plan->kit_needed;
	k->raw[K_KIT_N] = (unsigned char)plan->kit_sheets;
	le64_put(k->raw + K_KIT_MADE, (uint64_t)plan->kit_made_ms);
	random_bytes(k->raw + K_SLOTS, KEYS_SLOTS * SLOT_LEN);
}

/* Without a kit there is nobody to seal to: the field is random then, as unused slots are. */
static enum rc
seal_r_put(struct keys *k, const struct secret *lk, const unsigned char h[32], const uint32_t targets[2], struct err *e)
{
	unsigned char plain[SEALR_PLAIN] = { 0 };
	enum rc rc;

	if (keys_kit(k) == KIT_NONE) {
		random_bytes(k->raw + K_SEAL_R, K_DEVICE_ID - K_SEAL_R);
		return OK;
	}
	memcpy(plain, keys_vault_id(k), 16);
	le64_put(plain + 16, keys_epoch(k));
	memcpy(plain + 24, keys_pk0(k), 32);
	memcpy(plain + 56, keys_flags(k) & KEYS_KIT_PASSWORD ? h : lk->bytes, 32);
	for (unsigned i = 0; i < 2 && keys_flags(k) & KEYS_KIT_PASSWORD; i++)
		le32_put(plain + 88 + 4 * (size_t)i, targets[i]);
	rc = box_seal(k->raw + K_SEAL_R, keys_r_pub(k), plain, sizeof plain);
	wipe(plain, sizeof plain);
	return rc == OK ? OK : err_set(e, E_DAMAGED, N_("the public key of the kit is not usable"));
}

void
keys_wrap_sk(const struct keys *k, const struct secret *a, unsigned slot, const struct secret *sk,
    unsigned char wraps[KEYS_SLOTS][WRAPS_LEN])
{
	unsigned char key[32], aad[33];

	random_bytes(wraps, KEYS_SLOTS * WRAPS_LEN);
	slot_aad(aad, k, slot);
	wrap_key(key, k, a, slot, L_WRAP_SECRETS);
	seal(wraps[slot], key, L_WRAP_SECRETS, aad, sizeof aad, sk->bytes, KEY_LEN);
	wipe(key, sizeof key);
}

enum rc
keys_finish(struct keys *k, const struct secret *a, const struct secret *lk, const struct secret *sk,
    const unsigned char d[32], const unsigned char h[32], const uint32_t targets[2],
    unsigned char wraps[KEYS_SLOTS][WRAPS_LEN], struct err *e)
{
	unsigned char key[32], aad[33], plain[WRAPL_PLAIN] = { 0 };
	unsigned char *slot = k->raw + K_SLOTS;
	enum rc rc;

	if (lk->len != KEY_LEN || sk->len != KEY_LEN)
		return err_set(e, E_FAILED, N_("a key has the wrong size"));
	l_pub_of(k->raw + K_L_PUB, lk);
	if ((rc = seal_r_put(k, lk, h, targets, e)) != OK)
		return rc;
	keys_device_id_of(k->raw + K_DEVICE_ID, d);
	memcpy(plain, lk->bytes, KEY_LEN);
	plain[32] = ROLE_FULL;
	slot_aad(aad, k, 0);
	wrap_key(key, k, a, 0, L_WRAP_LEDGER);
	seal(slot + SLOT_SALT, key, L_WRAP_LEDGER, aad, sizeof aad, plain, sizeof plain);
	keys_wrap_sk(k, a, 0, sk, wraps);
	wipe(key, sizeof key);
	wipe(plain, sizeof plain);
	seal_off(k, lk);
	return OK;
}

void
keys_add_duress(struct keys *k, const struct secret *a, const struct secret *lk)
{
	unsigned char key[32], aad[33], plain[WRAPL_PLAIN] = { 0 }, at;

	do
		random_bytes(&at, 1);
	while (at >= 255 - 255 % (KEYS_SLOTS - 1));
	at = (unsigned char)(1 + at % (KEYS_SLOTS - 1));
	memcpy(plain, lk->bytes, KEY_LEN);
	plain[32] = ROLE_DURESS;
	slot_aad(aad, k, at);
	wrap_key(key, k, a, at, L_WRAP_LEDGER);
	seal(k->raw + K_SLOTS + (size_t)at * SLOT_LEN + SLOT_SALT, key, L_WRAP_LEDGER, aad, sizeof aad, plain,
	    sizeof plain);
	wipe(key, sizeof key);
	wipe(plain, sizeof plain);
	seal_off(k, lk);
}

void
keys_set_kit(struct keys *k, enum kit_state kit, const struct secret *lk)
{
	k->raw[K_KIT] = (unsigned char)kit;
	seal_off(k, lk);
}
