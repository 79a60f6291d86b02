/*
 * cmd/launch.h: programs of the person: the pager, PURSER_ASKPASS, what fills a clipboard, what makes a PDF. They are as free as if they
 * had been started from the shell, so they cannot be children of a process in a sandbox: a child that was forked before
 * the sandbox closed, and before any secret was read, starts them. It takes no command line from us, only which of the
 * known programs is meant.
 */
#ifndef PURSER_CMD_LAUNCH_H
#define PURSER_CMD_LAUNCH_H

#include "cmd/cmd.h"

enum launch_what { LAUNCH_PAGER, LAUNCH_ASKPASS, LAUNCH_CLIPBOARD, LAUNCH_PDF, LAUNCH_FONTS };
struct launch {
	enum launch_what what;
	unsigned clipboard, use;         /* LAUNCH_CLIPBOARD: see clip.h */
	const char *text;                /* LAUNCH_ASKPASS: the prompt; else NULL */
	int fd[3];                       /* becomes 0, 1, 2; -1: /dev/null. Borrowed */
};

/* Before the sandbox closes: fork the launcher into s->launcher, if this command could want a program. Where that
 * fails programs are started from within the sandbox. */
void launch_start(struct session *s, unsigned flags);
/* *job: to be given to launch_end(). */
enum rc launch(struct session *s, const struct launch *l, int *job, struct err *e) MUST_CHECK;
/* Waits for its end: true when it ended with 0. */
bool launch_end(int *job);

#endif
