/* cmd/steps.h: the general first steps that freeze prints: confirmed facts of data/first-steps, with source and
 * date. */
#ifndef PURSER_CMD_STEPS_H
#define PURSER_CMD_STEPS_H

#include "cmd/cmd.h"

/* For people on stdout, nothing under --json. Data that cannot be read: one line says so; never an error, a freeze
 * must not fail. */
void first_steps_say(struct session *s);

#endif
