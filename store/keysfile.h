/*
 * store/keysfile.h: the file `keys` (keys.md section 3) and the keys that it and device.key lead to. Pure: bytes in,
 * bytes out. Offsets and sizes as in the table there; purser-store(5) has them byte by byte.
 */
#ifndef PURSER_STORE_KEYSFILE_H
#define PURSER_STORE_KEYSFILE_H

#include "store/vault.h"

#define KEYS_SIZE 2048u
#define KEYS_SLOTS 4u
#define TOTP_DIGITS 6u          /* fixed: eight would leak the targets (keys.md 5.2) */
#define TOTP_PERIOD 30u
#define WRAPS_LEN 104u          /* wrapS: SK sealed */
#define SEALR_PLAIN 96u         /* vault_id 16 | epoch 8 | pk0 32 | Y 32 | T0 u32 | T1 u32 */

struct keys { unsigned char raw[KEYS_SIZE]; };          /* one representation: the file's bytes */

/* Fields, into or out of raw. Pointers live as long as k. */
uint32_t keys_flags(const struct keys *k);
uint64_t keys_epoch(const struct keys *k);
struct pwparams keys_params(const struct keys *k);
enum kit_state keys_kit(const struct keys *k);
/* K of N sheets, and when the kit was made (ms); all 0: not known (made before these fields were there), or no kit. */
unsigned keys_kit_needed(const struct keys *k);
unsigned keys_kit_sheets(const struct keys *k);
int64_t keys_kit_made(const struct keys *k);
const unsigned char *keys_vault_id(const struct keys *k);       /* 16 */
const unsigned char *keys_salt(const struct keys *k);           /* 16, Argon2 */
const unsigned char *keys_r_pub(const struct keys *k);          /* 32; zero without a kit */
const unsigned char *keys_l_pub(const struct keys *k);          /* 32 */
const unsigned char *keys_pk0(const struct keys *k);            /* 32 */
const unsigned char *keys_seal_r(const struct keys *k);         /* 144 */
const unsigned char *keys_device_id(const struct keys *k);      /* 16 */

/* The checks that need no key, in the order of section 3: size, magic, suite, ranges; then the accident check.
 * E_DAMAGED with the message of the first that fails. */
enum rc keys_check(const unsigned char *p, size_t n, struct keys *out, struct err *e) MUST_CHECK;
/* Read and check the file in dirfd. E_NOTFOUND: absent. */
enum rc keys_read(int dirfd, const char *name, struct keys *out, struct err *e) MUST_CHECK;

/* H = KDF(D, "possession", key file's digest or "", security key's output or ""). Both 32 bytes or NULL. */
void keys_possession(
    unsigned char h[32], const unsigned char d[32], const unsigned char *digest, const unsigned char *fido2);
/* First 16 bytes of KDF(D, "device-id"). */
void keys_device_id_of(unsigned char id[16], const unsigned char d[32]);
/* A: one Argon2id run. targets: the TOTP targets T, n of them (0 without TOTP). E_RANGE: unusual parameters. */
enum rc keys_stretch(struct secret *a, const struct keys *k, const struct secret *password, const uint32_t *targets,
    unsigned n, const unsigned char h[32], struct err *e) MUST_CHECK;

/* Try all slots with A. E_KEY: none opens (wrong password, or bound fields were changed). E_TAMPER: the right key,
 * damaged bytes. */
enum rc keys_open_slot(
    const struct keys *k, const struct secret *a, struct secret *lk, unsigned *slot, struct err *e) MUST_CHECK;
/* The same with the duress slot (keys.md section 11), which leads to the ledger and to no secret; keys_open_slot() takes its
 * password for a wrong one. */
enum rc keys_open_any(const struct keys *k, const struct secret *a, struct secret *lk, unsigned *slot, bool *duress,
    struct err *e) MUST_CHECK;
/* Open wrapS of that slot. E_KEY, E_TAMPER. */
enum rc keys_open_sk(const struct keys *k, const struct secret *a, unsigned slot, const unsigned char wraps[WRAPS_LEN],
    struct secret *sk, struct err *e) MUST_CHECK;
/* Header MAC and, from LK, L_pub. E_DAMAGED: altered by someone without the password. */
enum rc keys_check_mac(const struct keys *k, const struct secret *lk, struct err *e) MUST_CHECK;

/* sealR, with R's private half: S -> KDF(S, "kit", vault_id) -> R. y: 40 bytes, Y | T0 | T1: LK and zeros under the
 * policy kit, H and the TOTP targets under kit+password. E_AUTH: not this vault's kit. E_DAMAGED: the seal is. */
#define KEYS_Y_LEN 40u
enum rc keys_open_kit(
    const struct keys *k, const struct secret *s, struct secret *y, struct secret *r_priv, struct err *e) MUST_CHECK;
void kit_keypair(
    unsigned char r_pub[32], unsigned char r_priv[32], const struct secret *s, const unsigned char vault_id[16]);

/* Make a file. Fixed fields first (keys_begin), then keys_finish() fills L_pub, sealR, slots, MAC and the accident
 * check. */
struct keys_plan {
	unsigned char vault_id[16];
	uint64_t epoch;
	uint32_t flags;
	struct pwparams params;
	const unsigned char *pk0;               /* 32 */
	const unsigned char *r_pub;             /* 32, or NULL: no kit */
	enum kit_state kit;
	unsigned kit_needed, kit_sheets;
	int64_t kit_made_ms;
};
void keys_begin(struct keys *k, const struct keys_plan *plan);          /* new salt; unused slots random */
/* d: D; h, targets: H and the TOTP targets (zero where there are none), kept in sealR under the policy kit+password;
 * wraps: wrapS of the four slots, for the fuse. */
enum rc keys_finish(struct keys *k, const struct secret *a, const struct secret *lk, const struct secret *sk,
    const unsigned char d[32], const unsigned char h[32], const uint32_t targets[2],
    unsigned char wraps[KEYS_SLOTS][WRAPS_LEN], struct err *e) MUST_CHECK;
/* One of the unused slots becomes the duress slot of this A; its wrapS stays random. After keys_finish(). */
void keys_add_duress(struct keys *k, const struct secret *a, const struct secret *lk);
/* wrapS of the four slots for another SK; only that of slot opens, the others are random. */
void keys_wrap_sk(const struct keys *k, const struct secret *a, unsigned slot, const struct secret *sk,
    unsigned char wraps[KEYS_SLOTS][WRAPS_LEN]);
/* Another kit state in a file that is otherwise kept: MAC and check anew. */
void keys_set_kit(struct keys *k, enum kit_state kit, const struct secret *lk);

#endif
