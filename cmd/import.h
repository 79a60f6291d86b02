/* cmd/import.h: shared by import.c and import_account.c. */
#ifndef PURSER_CMD_IMPORT_H
#define PURSER_CMD_IMPORT_H

#include "cmd/account.h"
#include "statement/statement.h"

/*
 * The account that a statement goes to: --account, --create; else what the file says; else the only account of
 * that provider; else the person is asked; else E_USAGE. out: account_init()ed; out->id 0: it is to be made
 * (account_make()).
 */
enum rc import_account(struct session *s, const struct args *a, const struct statement *st, const char *file,
    const unsigned char sha256[32], struct account *out, struct err *e) MUST_CHECK;
/* "PayPal", "支付宝": as people write it. */
const char *provider_title(const char *provider);

#endif
