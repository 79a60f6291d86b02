/*
 * store/fidofile.h: the file `fido` of the device directory: the security keys that lead to F, one random value for all of
 * them, which goes into the possession factor (keys.md section 2, "fido2 output"). Its format is in purser-store(5).
 *
 * What a key gives (hmac-secret of the salt) is the seed of a key pair; F is boxed for the public half of each. So F is found
 * with any one of them, and a new F can be boxed for keys that are not plugged in. A MAC under F says that the file is as it was.
 */
#ifndef PURSER_STORE_FIDOFILE_H
#define PURSER_STORE_FIDOFILE_H

#include "helper/fido.h"
#include "store/vault.h"

#define FIDO_NAME 48u                    /* bytes, with a NUL */
#define FIDO_WRAP (KEY_LEN + BOX_OVER)

struct fido_token {
	unsigned char id[FIDO_USER], pub[32], cred[FIDO_CRED_MAX];
	size_t cred_len;
	int64_t made_ms;
	char name[FIDO_NAME];
};
struct fido_set {
	uint64_t epoch;                          /* counts for keys of this epoch and later ones */
	unsigned char wrap[FIDO_TOKENS_MAX][FIDO_WRAP], mac[32];     /* zero: that key does not belong to it */
};
struct fido_file {
	unsigned char vault_id[ID_LEN], salt[FIDO_SALT];
	unsigned n, sets;                        /* sets: 1; 2 while F is being changed */
	struct fido_token token[FIDO_TOKENS_MAX];
	struct fido_set set[2];
};

/* E_NOTFOUND: none. E_DAMAGED. */
enum rc fido_read(const struct home *h, struct fido_file *out, struct err *e) MUST_CHECK;
/* Replaces it. The caller holds the store lock. */
enum rc fido_write(const struct home *h, const struct fido_file *f, struct err *e) MUST_CHECK;
enum rc fido_erase(const struct home *h, struct err *e) MUST_CHECK;

/* No keys yet, a new salt. */
void fido_begin(struct fido_file *f, const unsigned char vault_id[ID_LEN]);
/* The place of a key; -1: not there. */
int fido_by_cred(const struct fido_file *f, const unsigned char *cred, size_t n);
int fido_by_name(const struct fido_file *f, const char *name);
/* output: what the key gave for the salt. E_USAGE: FIDO_TOKENS_MAX are there. */
enum rc fido_add(struct fido_file *f, const char *name, const unsigned char *cred, size_t n,
    const unsigned char output[FIDO_OUTPUT], int64_t now_ms, struct err *e) MUST_CHECK;
/* Make set i of the epoch: F for all keys but the one at place without (-1: all). sets grows to i + 1. */
enum rc fido_seal(struct fido_file *f, unsigned i, uint64_t epoch, const struct secret *F, int without, struct err *e)
    MUST_CHECK;
/* The set that counts for keys of this epoch; -1: none. */
int fido_set_for(const struct fido_file *f, uint64_t epoch);
/* F out of set i with the key at this place. E_AUTH: not what the key gave then, or not of this set. E_DAMAGED: the file was
 * altered. */
enum rc fido_open(const struct fido_file *f, unsigned i, unsigned place, const unsigned char output[FIDO_OUTPUT],
    struct secret *F, struct err *e) MUST_CHECK;
/* Keep only set i, whose F this is, and the keys that belong to it. */
void fido_keep(struct fido_file *f, unsigned i, const struct secret *F);

/* Both under the store lock, on the file as it is then. What they look for is the set whose MAC is F's; E_BUSY: there is none
 * that would count, another purser has changed the file meanwhile. */
/* Keys of epoch that take F are about to be committed: the file leads to F then, and a set that would count instead goes. */
enum rc fido_before(const struct home *h, uint64_t epoch, const struct secret *F, struct err *e) MUST_CHECK;
/* The keys that are there have that epoch and take F: of two sets, only the one that counts is left. */
enum rc fido_after(const struct home *h, uint64_t epoch, const struct secret *F, struct err *e) MUST_CHECK;

#endif
