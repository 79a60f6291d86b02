/* store/freeze.h: the parts of a freeze that the next holder of the store lock finishes (keys.md 7.1). */
#ifndef PURSER_STORE_FREEZE_H
#define PURSER_STORE_FREEZE_H

#include "store/vault.h"

/* Under the store lock, with the marker there: step 3. E_FAILED: a fuse is still there. */
enum rc freeze_destroy_pending(const struct home *h, struct err *e) MUST_CHECK;
/* Under the store lock: the log record unless the log has one since the marker was made; then the marker goes. The
 * marker stays when the log cannot be written now but may be later. */
void freeze_finish(const struct home *h);
/* The last freeze record; 0 if there is none or the log cannot be read. *entries (may be NULL): records in the log. */
int64_t freeze_last(const struct home *h, const unsigned char pk0[32], uint64_t *entries);

#endif
