/*
 * helper/client.h: purser's side of the small programs in libexec/purser that call the heavy libraries. Each is started for
 * one question with a socket as its 0 and 1, no arguments and no environment, and ends with the answer. What it is told may
 * be a secret; what it says is a stranger's: the caller checks it.
 */
#ifndef PURSER_HELPER_CLIENT_H
#define PURSER_HELPER_CLIENT_H

#include "base/err.h"
#include "base/scope.h"

#include <sys/types.h>

/* Exits that every helper may have. 127 is the loader's: a library is missing. */
enum { HELPER_SANDBOX = 3, HELPER_MEMORY = 4 };

struct helper {
	const char *name;        /* "purser-qr"; borrowed */
	pid_t pid;               /* 0: not running */
	int sock;                /* -1: none */
};
#define HELPER AUTO(helper_stop) struct helper
#define HELPER_NONE { "", 0, -1 }

/* file: becomes descriptor 3 of the helper; -1: none. E_SYS: it is not there or cannot be started. */
enum rc helper_start(struct helper *h, const char *name, int file, struct err *e) MUST_CHECK;
/* A helper that is gone already is no error here: how it ended says more. */
void helper_send(struct helper *h, const void *p, size_t n);
/* Nothing more will be sent. */
void helper_sent(struct helper *h);
/* At most n bytes; *got < n: it has no more to say. */
enum rc helper_receive(struct helper *h, void *p, size_t n, size_t *got, struct err *e) MUST_CHECK;
/* Wait for its end. *status: 0, or an exit that the caller knows (10 and up). E_FAILED: any other end, in one line. */
enum rc helper_end(struct helper *h, int *status, struct err *e) MUST_CHECK;
/* Kill and forget; safe when it is not running. */
void helper_stop(struct helper *h);

#endif
