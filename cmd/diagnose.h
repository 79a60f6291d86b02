/* cmd/diagnose.h: what a check of wallet/diagnose.h says to people. */
#ifndef PURSER_CMD_DIAGNOSE_H
#define PURSER_CMD_DIAGNOSE_H

#include "cmd/facts.h"
#include "store/account.h"
#include "wallet/diagnose.h"

struct patient {                        /* whom it is about */
	const struct account *account;
	char row[TXN_ID_LEN + 1];       /* as short as it is unique; "" none */
	char id[TXN_ID_LEN + 1];        /* the whole of it */
	char *status_text;              /* the statement's own word; owned, NULL none */
	struct symptoms s;
};
struct words { struct buf what, why, fix; };    /* fix: a command or a step; "" none */
void words_free(struct words *w);
void check_words(struct words *out, const struct check *c, const struct patient *p);
/* An account's name as a word of a command line to copy. */
void add_name(struct buf *out, const char *name);
/* `purser case open ...` for it. */
void add_case_line(struct buf *out, enum ailment a, const struct patient *p);

#endif
