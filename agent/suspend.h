/* agent/suspend.h: the helper that tells the agent of a coming sleep (purser-suspend); for agent/ only. */
#ifndef PURSER_AGENT_SUSPEND_H
#define PURSER_AGENT_SUSPEND_H

#include <stdbool.h>

/* Start it; -1 where there is none, no logind, or no bus: the agent's clock notices a sleep afterwards all the same. */
int suspend_start(void);
/* Something came: true when the computer is about to sleep, to be answered by suspend_done() when the keys are gone.
 * false: the helper has ended, *fd is closed and -1. */
bool suspend_heard(int *fd);
void suspend_done(int fd);

#endif
