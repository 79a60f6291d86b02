/*
 * store/cardfile.h: the emergency card in the device directory: `card`, plain text (wallet/card.h), replaced
 * atomically; `card.off` says that its owner wants none.
 */
#ifndef PURSER_STORE_CARDFILE_H
#define PURSER_STORE_CARDFILE_H

#include "store/vault.h"

enum card_file { CARD_NONE, CARD_HERE, CARD_OFF };
/* Never fails: a directory that is not there has none. */
enum card_file cardfile_state(const struct home *h);
/* E_NOTFOUND: none, or switched off. E_INPUT, E_RANGE: not what purser wrote. */
enum rc cardfile_read(const struct home *h, struct buf *out, struct err *e) MUST_CHECK;
/* One writer at a time, so that what was read of the accounts later is not replaced by what was read earlier.
 * E_BUSY after wait_ms. Released by closing *fd. */
enum rc cardfile_lock(const struct home *h, int64_t wait_ms, int *fd, struct err *e) MUST_CHECK;
/* The caller holds the lock. */
enum rc cardfile_write(const struct home *h, const struct buf *text, struct err *e) MUST_CHECK;
/* Off: the card goes and stays away, also what a killed writer left. On: only the mark goes. The caller holds the
 * lock. */
enum rc cardfile_switch(const struct home *h, bool on, struct err *e) MUST_CHECK;

#endif
