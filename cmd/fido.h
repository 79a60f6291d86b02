/*
 * cmd/fido.h: FIDO2 security keys as a factor of the store. The program purser-fido talks to them (helper/fido.h); PIN and
 * touch are asked for here, on the terminal.
 */
#ifndef PURSER_CMD_FIDO_H
#define PURSER_CMD_FIDO_H

#include "cmd/cmd.h"
#include "store/vault.h"

/* What the store's flags ask for: the value behind its security keys, 32 bytes, by any one of them that is plugged in. E_AUTH:
 * none of them, or a wrong PIN. E_LOCKED: a PIN, and nobody to ask. E_DAMAGED: the file of the keys. */
enum rc fido_ask(struct session *s, const struct home *h, const struct vault_status *st, struct secret *out, struct err *e)
    MUST_CHECK;

/* No security key is asked for any more: their file goes. Nothing, while the store's keys take one. */
enum rc fido_forget(struct session *s, const struct home *h, struct err *e) MUST_CHECK;

/* How the store stands, before its factors are changed, and once more when the password is known: that of duress freezes.
 * E_FROZEN. */
enum rc factors_may_change(const struct home *h, struct vault_status *st, struct err *e) MUST_CHECK;

/* `purser 2fa fido`, for the table of 2fa. */
extern const struct command twofa_fido;

#endif
