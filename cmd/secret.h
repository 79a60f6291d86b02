/* cmd/secret.h: shared by secret, otp and rotate. */
#ifndef PURSER_CMD_SECRET_H
#define PURSER_CMD_SECRET_H

#include "cmd/cmd.h"
#include "wallet/account.h"

/* The account of this name (out: account_init()ed), or E_NOTFOUND with the nearest names. */
enum rc secret_account(struct session *s, const char *name, struct account *out, struct err *e) MUST_CHECK;

#endif
