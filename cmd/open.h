/* cmd/open.h: what the dispatcher opened for a command: home, ledger, access to secrets. */
#ifndef PURSER_CMD_OPEN_H
#define PURSER_CMD_OPEN_H

#include "agent/access.h"
#include "cmd/cmd.h"

/* For hooks of commands.c. */
enum rc store_hook_open(struct session *s, unsigned flags, struct err *e) MUST_CHECK;
void store_hook_close(struct session *s);
void store_hook_names(struct session *s, const char *kind);

/* CMD_STORE and above: the home; it exists. Without these flags use session_home_open(). */
struct home *session_home(const struct session *s);
/* CMD_UNLOCK and above. */
struct access *session_access(const struct session *s);
struct vault *session_vault(const struct session *s);
struct db *session_db(const struct session *s);

/* For a command of CMD_STORE that may not need the ledger: open it now. flags: CMD_UNLOCK or CMD_SECRET, as the
 * table would have them. */
enum rc session_unlock(struct session *s, unsigned flags, struct err *e) MUST_CHECK;
/* Open the ledger once more in this process, with the password and the keys of secrets, although an agent serves:
 * for what has to look at every secret without showing one (reuse). */
enum rc session_reopen_here(struct session *s, struct err *e) MUST_CHECK;

/* The home of a session, opened by a command that has none of the flags (freeze, init, status); closed with
 * home_close(). */
enum rc session_home_open(const struct session *s, struct home **out, struct err *e) MUST_CHECK;
/* The store's password and whatever else its flags ask for: key file (looked at first), then password, then code(s). */
enum rc session_ask(struct session *s, const struct home *h, struct secret *password, struct factors *with,
    struct err *e) MUST_CHECK;
/* The factors alone, without the password. */
enum rc session_factors(struct session *s, const struct home *h, struct factors *with, struct err *e) MUST_CHECK;
/* BLAKE2b-256 of a key file (32 bytes or more, at most 1 MiB). E_AUTH: it is not there, or too short. */
enum rc keyfile_digest(const char *path, unsigned char out[32], struct err *e) MUST_CHECK;
/* n codes of six digits in a row, as they were typed, and when. */
enum rc session_codes(struct session *s, unsigned n, struct factors *with, struct err *e) MUST_CHECK;
/* Tell what vault_notices() says (warn()). */
void session_tell_notices(struct session *s, const struct vault_notices *n);
/* After what makes every slot of `keys` anew: a duress password, if there was one, opens nothing any more. Always said:
 * nobody shall learn from it whether there was one. */
void session_tell_duress(struct session *s);
/* Close the ledger early (before a command that renews keys: passwd, thaw) and send LOCK to the agent. */
enum rc session_lock_agent(struct session *s, const struct home *h, struct err *e) MUST_CHECK;
struct account;
/* The account of that name; else as the next one. out: account_init()ed or zero. */
enum rc session_account(struct session *s, const char *name, struct account *out, struct err *e) MUST_CHECK;
/* E_NOTFOUND "no account "paypla". Near: paypal". */
enum rc session_no_account(struct session *s, const char *name, struct err *e) MUST_CHECK;

#endif
