/* tests/crash/vault_load_int.h: what vault_load.c (what is done) and vault_good.c (what must hold) share. */
#ifndef PURSER_TESTS_CRASH_VAULT_LOAD_INT_H
#define PURSER_TESTS_CRASH_VAULT_LOAD_INT_H

#include "store/totp.h"
#include "tests/crash/vault_load.h"
#include "tests/vaulthelp.h"

enum { SECRETS = 6, NEEDLES = 16, NONCE = 24 };

struct vault_load {
	struct vh t;                            /* of the recording; its kit is used by the checks too */
	unsigned char needle[NEEDLES][NONCE];   /* nonces of wraps that must be gone afterwards */
	unsigned needles;
	unsigned char first[NONCE];             /* ... of version 1 of secret 1 alone */
	unsigned char two[2][NONCE];            /* ... of the accounts that are frozen alone */
	unsigned char lk[KEY_LEN];
	unsigned char d[32], slot[NONCE];       /* device.key and wrapL of before */
	struct totp_seed seed;                  /* of the scenarios with a second factor */
};
extern struct vault_load G;

enum { NOTES = 2 };                     /* made while locked */
enum { FROZEN_ONES = 2 };               /* secrets 1 and 2, each of an account of its own */
void vl_frozen_uids(unsigned char uid[FROZEN_ONES][ID_LEN]);
const char *vl_text(unsigned n, uint64_t version);
#define NOON ((int64_t)1800000000 * 1000)       /* the scenarios with a second factor */
#define DAYS(n) ((int64_t)(n) * 86400 * 1000)

#endif
