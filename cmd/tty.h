/* cmd/tty.h: the terminal itself, for term.c and paper.c only: keys without echo, and signals that leave it as it was. */
#ifndef PURSER_CMD_TTY_H
#define PURSER_CMD_TTY_H

#include "cmd/cmd.h"

#include <signal.h>
#include <termios.h>

#define TTY_SIGNALS 7

struct tty {
	int fd;
	struct termios was;
	struct sigaction old[TTY_SIGNALS];
};

/* /dev/tty; false: there is none. */
bool tty_open(struct session *s);
/* Keys one by one, no echo, signals caught. */
void tty_begin(struct session *s, struct tty *t);
/* One byte; -1: end of file (also Ctrl-D as the byte 4 is given as such); -2: a signal came: call tty_end(). */
int tty_byte(struct tty *t);
/* A key that is ready within 50 ms, or -1. */
int tty_more(struct tty *t);
/* The terminal as it was. *again: we were stopped and continued: draw the prompt once more. E_INTERRUPTED: a signal that
 * ends the run; main re-raises it. */
enum rc tty_end(struct session *s, struct tty *t, bool *again);
/* Swallows the rest of an escape sequence (arrow keys). */
void tty_skip_escape(struct tty *t);
void tty_put(struct session *s, const void *p, size_t n);
void tty_puts(struct session *s, const char *text);
/* Does it understand escape sequences? */
bool tty_can_clear(void);

/* Nobody to ask: E_LOCKED for the store's own password and code, else E_USAGE naming option. */
enum rc nobody(const char *option, bool own, struct err *e);

enum echo { ECHO_MASK, ECHO_TEXT };
struct secret;
/* One line typed at the terminal; prompt is printed as it is. Bytes end up in out (ASK_MAX allocated, cut). */
enum rc tty_line(struct session *s, const char *prompt, enum echo echo, struct secret *out, struct err *e);

#endif
