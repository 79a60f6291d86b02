/* store/lock.h: the store lock for store/ itself: without start-up recovery. Others: store_lock_take() of vault.h. */
#ifndef PURSER_STORE_LOCK_H
#define PURSER_STORE_LOCK_H

#include "store/vault.h"

/* Only the flock. create: make the file when it is missing (init, recover). */
enum rc lock_raw(const struct home *h, int64_t wait_ms, struct store_lock **out, struct err *e) MUST_CHECK;
int64_t monotonic_now_ms(void);

#endif
