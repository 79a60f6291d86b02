/* store/logkeys.h: the ledger keys of all times, as log.h wants them: to open the boxes of the whole log. */
#ifndef PURSER_STORE_LOGKEYS_H
#define PURSER_STORE_LOGKEYS_H

#include "store/log.h"
#include "store/vaultrows.h"

struct vault;

/* Earlier LKs and the present one, ascending. The last one is the vault's own, borrowed. */
struct log_keys { struct old_lks old; struct log_lk *lk; size_t n; };
void log_keys_free(struct log_keys *k);         /* AUTO(log_keys_free) */
enum rc vault_log_keys(struct vault *v, struct log_keys *out, struct err *e) MUST_CHECK;

#endif
