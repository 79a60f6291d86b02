/*
 * wallet/bundle.h: the small files of an evidence bundle (keys.md section 9), as text. Pure.
 */
#ifndef PURSER_WALLET_BUNDLE_H
#define PURSER_WALLET_BUNDLE_H

#include "base/buf.h"

#include <stdint.h>

#define BUNDLE_NAME_MAX 96u             /* bytes of a file's name without its directory */

/* A name for a file that a stranger named: "prefix-name" with what is no letter, digit, dot, dash or underscore made "_"
 * (letters of any script stay), cut where it is too long; its last ending stays. Never empty, never a path, never hidden. */
void bundle_name(struct buf *out, const char *prefix, const char *name);
/* "SHA256 (name) = hex" and a line break, as `sha256sum -c` takes it. name: of bundle_name(). */
void bundle_sum(struct buf *out, const char *name, const unsigned char sha256[32]);
/* key: 56 characters of minisign_public(). kit: "" none. */
void bundle_keys(struct buf *out, const char *key, const unsigned char ek[32], const unsigned char pk0[32], const char *kit);
/* The head of log-open.csv (text NULL), or a line. payload is given in hexadecimal, and once more for people. */
void bundle_open(struct buf *out, uint64_t seq, int64_t time_ms, bool authenticated, const unsigned char salt[32],
    const char *text, size_t n);
/* VERIFY.txt from its template (data/verify.txt): "@key@" becomes the key. */
void bundle_verify(struct buf *out, const char *text, const char *key);

#endif
