/* cmd/kitlib.h: what init, kit, thaw and recover share: making a kit with its ritual, reading one that is there. */
#ifndef PURSER_CMD_KITLIB_H
#define PURSER_CMD_KITLIB_H

#include "cmd/term.h"
#include "store/vault.h"

/* Options of every command that makes a kit: --kit-file, --unverified-kit. */
#define KIT_MAKE_OPTIONS \
	{ "kit-file", 0, "FILE", N_("write the kit's words and fingerprint to this new file (0600)"), NULL, 0 }, \
	{ "unverified-kit", 0, NULL, N_("accept a kit that was not typed back (scripts)"), NULL, 0 }

/*
 * Make it known to the owner: into --kit-file when given; shown on the alternate screen and typed back from paper at a
 * terminal. --unverified-kit: not typed back (then --kit-file is needed without a terminal). *state: how it may be
 * used. E_USAGE under --no-input without --kit-file and --unverified-kit. On failure no kit file stays.
 */
enum rc kit_ritual(struct session *s, const struct args *a, const struct kit *k, const unsigned char vault_id[16],
    enum kit_state *state, struct err *e) MUST_CHECK;
/* After a change that failed: the --kit-file goes too, unless the store may count on this kit already. */
void kit_file_drop(const struct args *a, const struct home *h, const struct kit *k);
/* The kit in hand: --kit-fd, or typed. S into out; fingerprint as typed ("" not given: "fingerprint not compared" is
 * said). expect: the store's: whoever types another one at a terminal may look at the paper again. */
enum rc kit_in_hand(
    struct session *s, const char *expect, struct secret *out, char fingerprint[20], struct err *e) MUST_CHECK;

/* A new password: --new-password-fd, prompt; empty: six generated words, shown and typed back at a terminal.
 * password_serves: init, where --password-fd gives it too. */
enum rc new_password(struct session *s, bool password_serves, struct secret *out, struct err *e) MUST_CHECK;
/* "2026-11-21" of the session. */
void session_date(const struct session *s, char out[11]);

#endif
