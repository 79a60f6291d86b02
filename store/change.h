/*
 * store/change.h: several files of a home change together (keys.md 7.2). Each is prepared as NAME.next; the small
 * file `change` names the hash of each, and renaming it into place is the commit point; step 4 puts the files into
 * place and needs no key, so any run that takes the store lock can finish it; step 5 needs LK (unlock.c).
 *
 * `change` (312 B): vault_id(16) | epoch u64 | BLAKE2b-256 of each NAME.next: keys, device.key, fuse, totp.tab,
 * store.db, log, logstate (7 x 32; zero: not part of it) | BLAKE2b-256 of all before(32) |
 * KDF(LK, "change", all before)(32).
 *
 * All functions here are called under the store lock.
 */
#ifndef PURSER_STORE_CHANGE_H
#define PURSER_STORE_CHANGE_H

#include "store/vault.h"

enum change_file { CF_KEYS, CF_DEVICE, CF_FUSE, CF_TOTP, CF_STORE, CF_LOG, CF_LOGSTATE, CF_COUNT };
#define CHANGE_SIZE (16u + 8u + CF_COUNT * 32u + 32u + 32u)

struct change { unsigned char raw[CHANGE_SIZE]; };

const char *change_name(enum change_file f);            /* "keys", ... */
const char *change_next(enum change_file f);            /* "keys.next", ... */
int change_dir(const struct home *h, enum change_file f);

uint64_t change_epoch(const struct change *c);
const unsigned char *change_vault_id(const struct change *c);
bool change_has(const struct change *c, enum change_file f);
/* Size and own hash. E_DAMAGED. */
enum rc change_check(const unsigned char *p, size_t n, struct change *out, struct err *e) MUST_CHECK;
/* E_NOTFOUND: there is none. */
enum rc change_read(const struct home *h, struct change *out, struct err *e) MUST_CHECK;
bool change_mac_ok(const struct change *c, const struct secret *lk) MUST_CHECK;

/* Step 3: hash the NAME.next of files (a set of 1 << CF_...), write, fsync, rename: the commit point. On failure
 * nothing is committed and the caller removes the .next. */
enum rc change_commit(const struct home *h, const unsigned char vault_id[16], uint64_t epoch, unsigned files,
    const struct secret *lk, struct err *e) MUST_CHECK;
/* Step 4; repeatable. E_DAMAGED: a file that was to come is damaged; stop. A freeze that hit the fuse is no error. */
enum rc change_apply(const struct home *h, const struct change *c, struct err *e) MUST_CHECK;
/* The end of step 5. */
enum rc change_done(const struct home *h, struct err *e) MUST_CHECK;
/* No valid change: overwrite and remove every .next and change.tmp, and .old where NAME exists, else rename it back. */
enum rc change_abandon(const struct home *h, struct err *e) MUST_CHECK;

/* Is there anything that a start-up recovery would act on? Cheap; needs no lock. */
bool change_leftovers(const struct home *h);
/* Start-up: one or the other of the above. *what gets RECOVERED_CHANGE or RECOVERED_LEFTOVERS. */
enum rc change_recover(const struct home *h, unsigned *what, struct err *e) MUST_CHECK;

#endif
