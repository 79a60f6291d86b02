/* cmd/evidence.h: the evidence key EK of a store (keys.md section 9), and the commands that others check with it. */
#ifndef PURSER_CMD_EVIDENCE_H
#define PURSER_CMD_EVIDENCE_H

#include "cmd/cmd.h"

/* Its 32-byte seed: random, kept under LK; made when it is first needed. */
enum rc evidence_seed(struct session *s, unsigned char seed[32], struct err *e) MUST_CHECK;

extern const struct command log_key_command, log_sign_command;

#endif
