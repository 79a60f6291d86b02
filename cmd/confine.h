/*
 * cmd/confine.h: the sandbox of a command: closed after the command line is understood and before anything of a store
 * is opened or asked for. What stays open follows from the command's table entry and its command line:
 *
 *	every command        the system's libraries, locales, zones and terminal descriptions, /proc and /sys (reading);
 *	                     /dev/tty, /dev/null, random numbers; the helper programs of purser
 *	all but CMD_NO_HOME  the directories of the vault and of the device
 *	CMD_MAKES_HOME       ... and, where one is missing, the nearest directory above it that exists
 *	CMD_SCRATCH          these two for reading only; session.scratch, which is made here
 *	CMD_AGENT            the directory of the agent's socket, this program itself
 *	a word FILE or DIR   of the usage, or an option with such a value: the file, for reading, where it exists; else (it
 *	                     will be made) the directory that it will be in; with OPT_WRITES its directory in any case
 *
 * Programs of the person are started by the launcher, which is outside: launch.h.
 * System calls: calls_close_command() of base/sandbox.h.
 */
#ifndef PURSER_CMD_CONFINE_H
#define PURSER_CMD_CONFINE_H

#include "cmd/cmd.h"

/* a->self NULL: completion of names. E_SYS, E_FAILED: the kernel has a sandbox and refuses it; nothing may go on but
 * an emergency. A kernel without Landlock: OK, and a note to the person. */
enum rc confine(struct session *s, const struct args *a, struct err *e) MUST_CHECK;

#endif
