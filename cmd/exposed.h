/* cmd/exposed.h: the exposure list: what must be changed at its provider after a freeze or a loss. */
#ifndef PURSER_CMD_EXPOSED_H
#define PURSER_CMD_EXPOSED_H

#include "cmd/cmd.h"
#include "store/vault.h"

/* Objects `exposure` under --json, a table for people; worst first. */
/* Of these accounts only (uid NULL: all). */
enum rc exposed_print_of(struct session *s, struct vault *v, const unsigned char (*uid)[ID_LEN], size_t accounts,
    struct err *e) MUST_CHECK;
enum rc exposed_print(struct session *s, struct vault *v, struct err *e) MUST_CHECK;
/* "password", "pin", ... */
const char *kind_name(uint8_t kind);
/* The kind of a word; 0: no such kind. */
uint8_t kind_from(const char *word);

#endif
