/* cmd/evidence.h: the evidence key EK of a store (keys.md section 9), and the commands that others check with it. */
#ifndef PURSER_CMD_EVIDENCE_H
#define PURSER_CMD_EVIDENCE_H

#include "cmd/cmd.h"

/* Its 32-byte seed: random, kept under LK; made when it is first needed. */
enum rc evidence_seed(struct session *s, unsigned char seed[32], struct err *e) MUST_CHECK;

/* RFC 8410: SubjectPublicKeyInfo of an Ed25519 key in PEM. */
void evidence_pem(struct buf *b, const unsigned char pk[32]);
/* The public key file of minisign and signify: two lines. key: minisig_public(). */
void evidence_pub(struct buf *b, const char *key);

extern const struct command log_key_command, log_sign_command;

#endif
