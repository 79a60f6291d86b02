/* agent/confine.h: the agent's own sandbox: the directories of its one vault, its open sockets, and the system calls
 * that it makes. For agent/ and its test. */
#ifndef PURSER_AGENT_CONFINE_H
#define PURSER_AGENT_CONFINE_H

#include "store/vault.h"

/* No file but those of the two directories of h, no new process, no new socket, no program, no memory that could be
 * run as code. To be called before the first client is heard. E_SYS, E_FAILED: the kernel has it and refuses. */
enum rc agent_confine(const struct home *h, struct err *e) MUST_CHECK;

#endif
