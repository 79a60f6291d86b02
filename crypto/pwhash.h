/* crypto/pwhash.h: Argon2id (RFC 9106) through libargon2 as keys.md sections 1 to 3 ask: K = possession factor, X =
 * bound parameters. */
#ifndef PURSER_CRYPTO_PWHASH_H
#define PURSER_CRYPTO_PWHASH_H

#include "crypto/secret.h"

struct pwparams { uint32_t m_kib, t, p; };

/* 64 MiB <= m <= 2 GiB, 1 <= t <= 12, p = 4, m x t <= 8 GiB (test builds: m >= 8 MiB). Checked BEFORE any
 * allocation. */
bool pwparams_ok(const struct pwparams *p);
/* t = 3, doubles m from 64 MiB while a run takes < 1.0 s, m <= 1 GiB and m <= 25 % of available memory. */
enum rc pwparams_calibrate(struct pwparams *out, struct err *e) MUST_CHECK;
/* The floor the build accepts: 65536, or 8192 in test builds. */
uint32_t pwparams_floor_kib(void);
/* out: 32 bytes, new secret. E_RANGE: parameters ("unusual key parameters"). E_NOMEM: the memory is not there.
 * Blocks are mmap'ed, MADV_HUGEPAGE, MADV_DONTDUMP, wiped. threads = min(4, cores). */
enum rc pwhash(struct secret *out, const struct secret *input, const unsigned char salt[16], const struct pwparams *p,
    const unsigned char k[32], const void *x, size_t xlen, struct err *e) MUST_CHECK;

#endif
