/* store/unlock.h: parts of the unlock that passwd, kit new and thaw use; private to store/. */
#ifndef PURSER_STORE_UNLOCK_H
#define PURSER_STORE_UNLOCK_H

#include "store/vault_int.h"

/* keys and H, as far as no password is needed. with NULL: nothing was asked for yet, H is not complete. */
enum rc unlock_read(const struct home *h, const struct factors *with, struct keys *k, unsigned char hh[32],
    struct err *e) MUST_CHECK;
/* The one message for a wrong password, code or key file; the attempt is logged, at most one a minute. E_AUTH. */
enum rc unlock_wrong(const struct home *h, const struct keys *k, int64_t now_ms, struct err *e);
/* vault_unlock() without the record "unlock". a and slot may be NULL. */
enum rc unlock_quiet(const struct home *h, const struct unlock_how *how, struct vault **out, struct secret *a,
    unsigned *slot, struct err *e) MUST_CHECK;
/* What an unlock does besides (store/upkeep.c): the table of the second factor is renewed when it is a week old, and so
 * is the fuse. What fails only becomes a notice. */
void upkeep(struct vault *v, const struct unlock_how *how, const struct secret *a, unsigned slot);

#endif
