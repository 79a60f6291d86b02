/* cmd/clip.h: the clipboard of X11, Wayland, tmux or the terminal (OSC 52), cleared after a time. */
#ifndef PURSER_CMD_CLIP_H
#define PURSER_CMD_CLIP_H

#include "cmd/cmd.h"
#include "crypto/secret.h"

#define CLIP_SECONDS 45

enum clip_use { CLIP_SET, CLIP_GET, CLIP_CLEAR };
/* The program of the n-th kind of clipboard for one use, with its arguments; NULL: there are not so many. For launch.c. */
const char *const *clip_command(unsigned clipboard, unsigned use);

/* x goes through a pipe to the clipboard's own program, or to the terminal; a process stays behind that clears it
 * after CLIP_SECONDS if it is still x. E_FAILED: no clipboard here. */
enum rc clip_copy(struct session *s, const struct secret *x, struct err *e) MUST_CHECK;

#endif
