/*
 * cmd/term.h: questions, on /dev/tty and never on stdin; and the -fd options that answer them without a terminal.
 *
 * Every function goes the same way: the option that gives the answer; else, unless --no-input, the terminal, or (secrets
 * only, where there is none) the program PURSER_ASKPASS. Nobody to ask: E_USAGE naming the option, or E_LOCKED where
 * the answer is the store's own password or code. Ctrl-C: E_INTERRUPTED with echo restored; main re-raises the signal, so
 * just return the code. Prompts are N_() text and translated here.
 */
#ifndef PURSER_CMD_TERM_H
#define PURSER_CMD_TERM_H

#include "cmd/cmd.h"
#include "crypto/secret.h"
#include "crypto/slip39.h"

#define ASK_MAX 4096u            /* bytes of one answer */

/* True when a question could be asked of a person now (a terminal, and no --no-input). */
bool can_ask(struct session *s);

/* The store's password: --password-fd, --password-file, prompt. May be empty (out->len 0). */
enum rc ask_password(struct session *s, struct secret *out, struct err *e) MUST_CHECK;
/* A new password of the store: --new-password-fd (for init: first set s->new_password_fd = s->password_fd where only
 * that is given); at a terminal twice, until both are equal; may be empty = "make one for me". */
enum rc ask_new_password(struct session *s, struct secret *out, struct err *e) MUST_CHECK;
/* One code of the store's second factor: --code-fd, one a line. */
enum rc ask_code(struct session *s, struct secret *out, struct err *e) MUST_CHECK;
/* Any other secret: prompt with a mask. option: what the E_USAGE message names ("--zip-password-fd"), or NULL. */
enum rc ask_secret(struct session *s, const char *prompt, const char *option, struct secret *out, struct err *e) MUST_CHECK;
/* The generated passphrase typed back: shows nothing, asks until it is equal. */
enum rc ask_again(struct session *s, const char *prompt, const struct secret *expect, struct err *e) MUST_CHECK;
/* A value to keep: stdin when it is no terminal (all of it, one line break at the end dropped; empty: E_USAGE; at most max
 * bytes), else ask_secret(). */
enum rc ask_value(struct session *s, const char *prompt, const char *option, size_t max, struct secret *out, struct err *e)
    MUST_CHECK;
/* One line of an open descriptor, byte by byte, so that the next reader finds the next line. *none: end of file. */
enum rc read_line_fd(int fd, size_t max, struct secret *out, bool *none, struct err *e) MUST_CHECK;

/* A visible line of text. option as above. */
enum rc ask_text(struct session *s, const char *prompt, const char *option, struct buf *out, struct err *e) MUST_CHECK;
/* y/n (also 是/否); Enter is def. --yes answers yes without a question. */
enum rc ask_yes(struct session *s, bool def, bool *yes, struct err *e, const char *fmt, ...) PRINTF(5, 6) MUST_CHECK;
/* What --yes is not enough for: --confirm NAME, or name typed at a terminal. Another answer: E_USAGE, nothing was changed. */
enum rc ask_confirm(struct session *s, const char *name, struct err *e, const char *fmt, ...) PRINTF(4, 5) MUST_CHECK;
/* One key out of keys ("ondal"), case ignored; Enter is keys[0] when enter. option names what to give without a terminal. */
enum rc ask_key(struct session *s, const char *keys, bool enter, const char *option, char *key, struct err *e,
    const char *fmt, ...)
    PRINTF(7, 8) MUST_CHECK;
/* A line on the terminal itself, for what belongs to a dialogue or must not get into a redirected stdout (a generated
 * password). E_USAGE: no terminal. tell_secret() prints the bytes as they are and a line break. */
enum rc tell(struct session *s, struct err *e, const char *fmt, ...) PRINTF(3, 4) MUST_CHECK;
enum rc tell_secret(struct session *s, const struct secret *x, struct err *e) MUST_CHECK;

/* -- the kit ritual (cli.md) -- */

#define KIT_WORDS 20u
#define FINGERPRINT_LEN 19u      /* XXXX-XXXX-XXXX-XXXX */

struct kit_sheet {
	const struct slip39_share *share;
	unsigned sheet, sheets, needed;      /* "sheet 1 of 3, any 2 work" */
	char fingerprint[FINGERPRINT_LEN + 1];
	char store[9];                       /* vault id, 8 hex digits */
	char date[11];                       /* YYYY-MM-DD */
};
/* The words on the alternate screen until Enter; then the screen and its scrollback are cleared. Terminal only. */
enum rc kit_show(struct session *s, const struct kit_sheet *k, struct err *e) MUST_CHECK;
/* One sheet typed in; expect: the sheets of which it must be one (a ritual), or NULL (recovery). out is a valid share. */
enum rc kit_type(struct session *s, const struct slip39_share *expect, unsigned sheets, struct slip39_share *out,
    struct err *e) MUST_CHECK;
/* The fingerprint typed from paper, compared with expect by the caller; "" when the person only presses Enter. */
enum rc kit_type_fingerprint(struct session *s, char out[FINGERPRINT_LEN + 1], struct err *e) MUST_CHECK;
/* Canonical form: o is 0, i and l are 1, dashes and blanks optional, upper case. false: not 16 characters of Crockford's
 * base 32. */
bool fingerprint_read(char out[FINGERPRINT_LEN + 1], const char *s, size_t n);

/* --kit-fd N: one share a line, # comments, a line `fingerprint XXXX-...`. Also a --kit-file, by its descriptor. */
struct kit_lines {
	struct slip39_share share[16];
	unsigned n;
	char fingerprint[FINGERPRINT_LEN + 1];       /* canonical; "" when the line is missing */
};
void kit_lines_wipe(struct kit_lines *k);
#define KIT_LINES AUTO(kit_lines_wipe) struct kit_lines
enum rc kit_read_fd(int fd, struct kit_lines *out, struct err *e) MUST_CHECK;

#endif
