/* agent/client.h: one connection to the agent; for agent/ only. */
#ifndef PURSER_AGENT_CLIENT_H
#define PURSER_AGENT_CLIENT_H

#include "agent/wire.h"

/* E_NOTFOUND: no agent, or no place where one could be. */
enum rc client_connect(const struct home *h, int *fd, struct err *e) MUST_CHECK;
/* Send q, wait for the reply; r stands behind its first byte. Other than OK: the agent's own error, in e. */
enum rc client_ask(int fd, const struct frame *q, struct frame *r, int wait_ms, struct err *e) MUST_CHECK;

#endif
