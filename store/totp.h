/*
 * store/totp.h: TOTP (RFC 6238) as a part of what the password hash takes (keys.md 5.2), and totp.tab in the device
 * directory, which leads from a code to it. n codes give n targets T, each below 10^6; for each of the table's steps s
 * the table has o_s = (T_{s mod n} - code(K, s)) mod 10^6, so code + o_s is a target, and nothing else in any file
 * depends on the password without T: password and code must be guessed together. With two codes a step belongs to one
 * target only; two offsets for one step would publish T_0 - T_1.
 *
 * totp.tab (786,612 B): magic "PURSTOT1"(8) | vault_id(16) | first step s0 u64 | steps u32 = 2^18 (91 days) | n u32 |
 * digits u32 = 6 | period u32 = 30 | SEAL(KDF(LK,"totp-seed"), "totp-seed", vault_id, K(20) | T0 u32 | T1 u32)(100) |
 * offsets, 3 B each(786,432) | KDF(LK,"totp-mac", all before)(32).
 */
#ifndef PURSER_STORE_TOTP_H
#define PURSER_STORE_TOTP_H

#include "store/keysfile.h"

#define TOTP_KEY_LEN 20u
#define TOTP_STEPS (1u << 18)
#define TOTP_MODULUS 1000000u
#define TOTP_SIZE (48u + 100u + 3u * TOTP_STEPS + 32u)
#define TOTP_BACK 2                             /* the table begins this many steps before the one that made it */

struct totp_seed {
	struct secret key;                      /* K, 20 bytes; owned */
	uint32_t target[2];
	unsigned n;                             /* 1 or 2 */
};
void totp_seed_wipe(struct totp_seed *s);
#define TOTP_SEED AUTO(totp_seed_wipe) struct totp_seed
enum rc totp_seed_make(struct totp_seed *out, unsigned n, struct err *e) MUST_CHECK;
/* otpauth URI for an authenticator app; the label is the vault's first digits. */
enum rc totp_seed_uri(
    struct secret *out, const struct totp_seed *s, const unsigned char vault_id[16], struct err *e) MUST_CHECK;
int64_t totp_step(int64_t ms);                  /* of a time, in ms since 1970; not below 0 */
enum rc totp_code_of(uint32_t *code, const struct totp_seed *s, int64_t step, struct err *e) MUST_CHECK;
/* The step whose code(s) these are, out of that of with->code_ms, the one before and the one after. For who has K:
 * enrolment, and what comes after an unlock; an unlock compares nothing. E_AUTH: none. */
enum rc totp_seed_step(
    const struct totp_seed *s, const struct factors *with, int64_t *step, struct err *e) MUST_CHECK;
/* The i-th step that an unlock tries: that of code_ms, the one before, the one after. */
#define TOTP_TRIES 3u
int64_t totp_try(int64_t code_ms, unsigned i);

struct totp_tab;                                /* the file, in memory */
void totp_tab_free(struct totp_tab **t);
/* Bytes of a table that begins at step from. lk, vault_id: whose it is. */
enum rc totp_tab_make(struct totp_tab **out, const struct totp_seed *s, const unsigned char vault_id[16],
    const struct secret *lk, int64_t from, struct err *e) MUST_CHECK;
const unsigned char *totp_tab_bytes(const struct totp_tab *t);          /* TOTP_SIZE */
/* What can be checked without a key. n: codes that the store wants. E_DAMAGED, with the way out. */
enum rc totp_tab_check(const unsigned char *p, size_t len, const unsigned char vault_id[16], unsigned n,
    struct totp_tab **out, struct err *e) MUST_CHECK;
/* E_AUTH: the file is missing (a missing factor). */
enum rc totp_tab_read(const struct home *h, const unsigned char vault_id[16], unsigned n, struct totp_tab **out,
    struct err *e) MUST_CHECK;
int64_t totp_tab_from_ms(const struct totp_tab *t);
int64_t totp_tab_until_ms(const struct totp_tab *t);                    /* the first moment without a code */
/* Is there a step to try at this time? E_AUTH: it lies before the table, or the table has expired. */
enum rc totp_tab_covers(const struct totp_tab *t, int64_t code_ms, struct err *e) MUST_CHECK;
/* T, if the codes are those of step (and step + 1). false: outside the table. */
bool totp_tab_targets(const struct totp_tab *t, const struct factors *with, int64_t step, uint32_t targets[2]);
/* After an unlock: K and T. E_DAMAGED: the seal is. *whole: the MAC holds for all of it. */
enum rc totp_tab_open(const struct totp_tab *t, const struct secret *lk, struct totp_seed *out, bool *whole,
    struct err *e) MUST_CHECK;
/* The same offsets sealed under another LK (a new kit). */
enum rc totp_tab_reseal(const struct totp_tab *t, const struct secret *old_lk, const struct secret *lk,
    struct totp_tab **out, struct err *e) MUST_CHECK;

#endif
