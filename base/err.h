/*
 * base/err.h: return codes and error context. Nothing below cmd/ prints or exits; a function that can fail returns
 * enum rc and fills a struct err that cmd/main.c prints once.
 */
#ifndef PURSER_BASE_ERR_H
#define PURSER_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* 0 to 10 are the exit status of the program (design: never renumbered). 64 and up never leave the libraries as they
 * are: rc_exit() maps them. */
enum rc {
	OK = 0,
	E_FAILED = 1,     /* anything not below */
	E_USAGE = 2,      /* the command line is wrong, or an answer is missing */
	E_AUTH = 3,       /* wrong password, code, key file or kit; a missing factor */
	E_FROZEN = 4,     /* the store or the account is frozen */
	E_LOCKED = 5,     /* no key at hand and no way to ask for it; limit of reveals */
	E_DAMAGED = 6,    /* damaged or altered; nothing was changed */
	E_INPUT = 7,      /* an input file was refused */
	E_NOTFOUND = 8,   /* no such store, account, transaction */
	E_BUSY = 9,       /* another purser holds the store */
	E_FINDINGS = 10,  /* worked, and there is something to act on */

	E_KEY = 64,       /* OPEN: wrong key or context                      -> 3 */
	E_TAMPER = 65,    /* OPEN: right key, damaged data                   -> 6 */
	E_NOMEM = 66,     /* out of (locked) memory                          -> 1 */
	E_RANGE = 67,     /* a number or length outside what is accepted     -> 7 */
	E_EXISTS = 68,    /* something of that name is there already         -> 2 */
	E_SYS = 69,       /* a system call failed; errno text is in err.what -> 1 */
	E_FULL = 70,      /* no space left                                   -> 1 */
	E_AGAIN = 71,     /* internal: try once more                         -> 9 */
	E_INTERRUPTED = 72 /* the user pressed Ctrl-C                        -> 1 (cmd re-raises the signal) */
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))

/* Marks a string for translation where it stands; err_set(), err_next() and the printers of cmd/ translate it. */
#define N_(s) s

struct err {
	enum rc rc;
	char what[640];   /* translated; never holds a secret; untrusted parts have their control characters replaced */
	char next[256];   /* the next command to type, or "" */
};

/* Fill e (may be NULL) and return rc, so that a failure is one line: return err_set(e, E_SYS, N_("..."), ...);
 * fmt is the English message: it is translated here. */
enum rc err_set(struct err *e, enum rc rc, const char *fmt, ...) PRINTF(3, 4);
/* As err_set(), and appends ": " and the text of errno. ENOSPC and EDQUOT turn E_SYS into E_FULL. */
enum rc err_sys(struct err *e, enum rc rc, const char *fmt, ...) PRINTF(3, 4);
/* Say what to type next; keeps rc and what. */
void err_next(struct err *e, const char *fmt, ...) PRINTF(2, 3);
void err_clear(struct err *e);
/* The exit status 0..10 for rc, and its name in machine output ("ok", "failed", "usage" ...). */
int rc_exit(enum rc rc);
const char *rc_name(enum rc rc);

#endif
