/* cmd/commands.c: every command of purser, one line each; the order is that of help within a group. */
#include "cmd/cmd.h"

extern const struct command cmd_help;
extern const struct command cmd_version;

const struct command *const commands[] = {
	&cmd_help,
	&cmd_version,
	NULL
};

const struct hooks hooks = { .open = NULL, .close = NULL, .names = NULL };
