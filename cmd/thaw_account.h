/* cmd/thaw_account.h: `purser thaw NAME...` of an open store. */
#ifndef PURSER_CMD_THAW_ACCOUNT_H
#define PURSER_CMD_THAW_ACCOUNT_H

#include "cmd/cmd.h"
#include "store/vault.h"

/* The accounts of the arguments, with the kit, in an unlocked ledger. */
enum rc thaw_accounts(struct session *s, const struct args *a, const struct vault_status *st, struct err *e) MUST_CHECK;
/* What --confirm has to say: "store", or the names with blanks between. */
enum rc thaw_word(const struct args *a, struct buf *out, struct err *e) MUST_CHECK;

#endif
