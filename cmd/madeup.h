/* cmd/madeup.h: stores of made-up accounts: one in the scratch directory, for the drill, and one to look around in. */
#ifndef PURSER_CMD_MADEUP_H
#define PURSER_CMD_MADEUP_H

#include "cmd/cmd.h"
#include "store/vault.h"

/* Everything below dir, and nothing that a link there points to; dir itself stays. */
void tree_remove(const char *dir);

/* A store below dir with the accounts of the story (mailbox, phone, paypal, savings) and its emergency card. Its password is
 * random and known to nobody: it is made without the work of a password hash. */
enum rc madeup_store(struct session *s, const char *dir, struct home **out, struct err *e) MUST_CHECK;

#define MADEUP_PASSWORD "look around"
/* `drill --look DIR`: the commands themselves, shown as they are typed, on a home below dir, which must not exist or be empty.
 * E_EXISTS. */
enum rc madeup_look(struct session *s, const char *dir, struct err *e) MUST_CHECK;

#endif
