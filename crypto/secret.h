/*
 * crypto/secret.h: the only home of a passphrase, key or password. Guarded, mlock'ed, not dumped, wiped
 * (sodium_malloc). Declare with SECRET, nothing else. No conversion to char *, never from argv or the environment.
 */
#ifndef PURSER_CRYPTO_SECRET_H
#define PURSER_CRYPTO_SECRET_H

#include "base/err.h"
#include "base/scope.h"

#include <stdint.h>

struct secret { unsigned char *bytes; size_t len; };   /* bytes: sodium_malloc'd, owned; NULL when empty */
#define SECRET AUTO(secret_wipe) struct secret

/* Once per process, before anything else of crypto/: sodium_init. */
enum rc crypto_start(struct err *e) MUST_CHECK;

/* s must be empty; OK or E_NOMEM (mlock refused counts: a key that may be swapped is an error, not a warning). The
 * bytes are zero. len 0 gives bytes that are not NULL. fork() does not pass the bytes on: a child that reads them dies,
 * one that only wipes them does not. */
enum rc secret_alloc(struct secret *s, size_t len, struct err *e) MUST_CHECK;
enum rc secret_copy(struct secret *s, const void *p, size_t len, struct err *e) MUST_CHECK;
enum rc secret_random(struct secret *s, size_t len, struct err *e) MUST_CHECK;
void secret_wipe(struct secret *s);                     /* zero, unlock, free; safe when empty, and twice */
void secret_move(struct secret *to, struct secret *from);   /* to (wiped first) owns; from is empty after */
/* Drop the tail: len becomes n (n <= len); the tail is wiped. */
void secret_cut(struct secret *s, size_t n);
bool secret_equal(const struct secret *a, const struct secret *b);   /* constant time in the content */
/* Make the bytes unreadable until the next unseal (agent, idle). No-ops on an empty one. */
void secret_hide(struct secret *s);
void secret_unhide(struct secret *s);

void wipe(void *p, size_t n);                           /* for stack arrays that held key material */
bool same_bytes(const void *a, const void *b, size_t n);/* constant time; for every tag and commitment compare */
void random_bytes(void *p, size_t n);
uint32_t random_below(uint32_t n);                      /* uniform in [0, n) */

#endif
