/*
 * helper/stamp.h: what purser and purser-stamp say to each other. No arguments, no environment.
 *
 * 0: struct stamp_question, then reply and certificates to its end. 1: with exit 0 the time (i64 LE, ms since 1970 UTC)
 * and the name of who signed, to its end. Integers little-endian.
 *
 * Exit: 0 the stamp is good; STAMP_FIRST + enum tsa_answer (crypto/tsa.h); 2 a helper that was started by somebody else;
 * HELPER_SANDBOX.
 */
#ifndef PURSER_HELPER_STAMP_H
#define PURSER_HELPER_STAMP_H

#include "crypto/tsa.h"

#define STAMP_FIRST 10
/* replylen u32 | certslen u32 | now_ms i64 | digest(32) | nonce(8) */
#define STAMP_HEAD 56u

#endif
