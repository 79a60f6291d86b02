/* cmd/account.h: shared by account and import. */
#ifndef PURSER_CMD_ACCOUNT_H
#define PURSER_CMD_ACCOUNT_H

#include "cmd/cmd.h"
#include "store/account.h"
#include "store/vault.h"

/* The id of a provider that purser knows by name, else the word in lower case. */
enum rc provider_word(const struct session *s, struct buf *out, const char *word, struct err *e) MUST_CHECK;
/* account_add() with its event, inside the transaction. */
enum rc account_make(struct session *s, struct vault_txn *t, struct account *a, struct err *e) MUST_CHECK;

/* account_show.c */
enum rc account_out(struct session *s, const struct account *a, struct err *e) MUST_CHECK; /* the object `account` */
enum rc account_list_run(struct session *s, const struct args *a, struct err *e) MUST_CHECK;
enum rc account_show_run(struct session *s, const struct args *a, struct err *e) MUST_CHECK;

/* account_device.c */
extern const struct command account_device_command;

/* account_address.c */
extern const struct command account_address_command;

#endif
