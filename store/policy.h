/*
 * store/policy.h: the file `policy` (device directory): what the program shall do by itself while it is locked. Policy
 * and nothing else: who can write the files can change it, and nothing of it holds against a guesser who has copied
 * them.
 *
 * 64 bytes: magic "PURSPOL1"(8) | freeze after u32 (0: off) | failed attempts since the last right password u32 |
 * zero(32) | BLAKE2b-128 of all before(16). Overwritten in place, under flock.
 */
#ifndef PURSER_STORE_POLICY_H
#define PURSER_STORE_POLICY_H

#include "store/vault.h"

#define FREEZE_AFTER_MIN 10u

struct policy { uint32_t freeze_after, failed; };
/* Zeros when there is none, or none that can be read. */
void policy_read(const struct home *h, struct policy *out);
/* 0: off, the file goes. */
enum rc policy_set(const struct home *h, uint32_t freeze_after, struct err *e) MUST_CHECK;
/* One more wrong attempt, or a right one. Nothing without the file. Best effort. *out: as it is now. */
void policy_failed(const struct home *h, struct policy *out);
void policy_passed(const struct home *h);

#endif
