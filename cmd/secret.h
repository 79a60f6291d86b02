/* cmd/secret.h: shared by secret, otp and rotate. */
#ifndef PURSER_CMD_SECRET_H
#define PURSER_CMD_SECRET_H

#include "cmd/cmd.h"
#include "store/account.h"


/* For lists: sorted by uid, then found by it (NULL: no such account any more). */
void accounts_by_uid(struct accounts *all);
const struct account *account_of_uid(const struct accounts *all, const unsigned char uid[16]);

#endif
