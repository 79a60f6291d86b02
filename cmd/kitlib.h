/* cmd/kitlib.h: what init, kit, thaw and recover share: making a kit with its ritual, reading one that is there. */
#ifndef PURSER_CMD_KITLIB_H
#define PURSER_CMD_KITLIB_H

#include "cmd/term.h"
#include "store/vault.h"

/* Options of every command that makes a kit: --kit-file, --sheet, --unverified-kit. */
#define KIT_MAKE_OPTIONS \
	{ "kit-file", 0, "FILE", N_("write the kit's words and fingerprint to this new file (0600)"), NULL, 0 }, \
	{ "sheet", 0, "FILE", N_("write sheets to print to this new file (HTML, 0600; words and QR codes)"), NULL, 0 }, \
	{ "unverified-kit", 0, NULL, N_("accept a kit that was not typed back (scripts)"), NULL, 0 }
/* And how many sheets it has; `kit new` calls it --shares. */
#define KIT_SHARES_OPTION(name) \
	{ name, 0, "K/N", N_("N sheets, any K of which work together (2/3, 3/5; at most 7)"), NULL, 0 }

/* Who makes a kit chooses how much it alone is worth. */
#define RECOVERY_OPTION \
	{ "recovery", 0, "POLICY", N_("what a lost device takes: kit, or kit+password (a forgotten password is final then)"), \
	    "kit|kit+password", 0 }
enum recovery recovery_asked(const struct args *a);

/* How many sheets: the option, else *k and *n stay. */
enum rc kit_shape(const struct args *a, const char *option, unsigned *k, unsigned *n, struct err *e) MUST_CHECK;
/* The same, asked for at a terminal unless the kit goes to a file. */
enum rc kit_shape_ask(struct session *s, const struct args *a, const char *option, unsigned *k, unsigned *n,
    struct err *e) MUST_CHECK;
/* Only whether the option is right: before any question. */
enum rc kit_shape_check(const struct args *a, const char *option, struct err *e) MUST_CHECK;
/*
 * Make it known to the owner: into --kit-file or --sheet when given; else shown on the alternate screen, one sheet
 * after another. At a terminal one of them is typed back from paper. --unverified-kit: not typed back (then a file
 * is needed without a terminal). *state: how it may be used. E_USAGE under --no-input without a file and
 * --unverified-kit. On failure no kit file stays.
 */
enum rc kit_ritual(struct session *s, const struct args *a, const struct kit *k, const unsigned char vault_id[16],
    enum kit_state *state, struct err *e) MUST_CHECK;
/* After a change that failed: the --kit-file goes too, unless the store may count on this kit already. */
void kit_file_drop(const struct args *a, const struct home *h, const struct kit *k);
/* The kit in hand: --kit-fd, or typed. S into out; fingerprint as typed ("" not given: "fingerprint not compared" is
 * said). expect: the store's: whoever types another one at a terminal may look at the paper again. */
enum rc kit_in_hand(
    struct session *s, const char *expect, struct secret *out, char fingerprint[20], struct err *e) MUST_CHECK;

/* restore goes on as recover (cmd/thaw.c); the command has the options of recover. */
enum rc recover_restored(struct session *s, const struct args *a, struct home *h, struct err *e) MUST_CHECK;
/* Options of thaw, recover and restore. */
#define RECOVER_OPTIONS \
	{ "keep-kit", 0, NULL, N_("the kit in hand stays the valid one"), NULL, 0 }, \
	KIT_SHARES_OPTION("kit-shares"), \
	KIT_MAKE_OPTIONS

/* A new password: --new-password-fd, prompt; empty: six generated words, shown and typed back at a terminal.
 * password_serves: init, where --password-fd gives it too. */
enum rc new_password(struct session *s, bool password_serves, struct secret *out, struct err *e) MUST_CHECK;
/* A new file for words: O_EXCL, 0600. E_EXISTS, E_SYS. */
enum rc kit_file_new(const char *path, int *fd, struct err *e) MUST_CHECK;
/* Sheet i (from 0) of the kit as it is shown or printed. */
void kit_sheet_fill(struct session *s, struct kit_sheet *out, const struct kit *k, const unsigned char vault_id[16],
    unsigned i);
/* "2026-11-21" of the session. */
void session_date(const struct session *s, char out[11]);

#endif
