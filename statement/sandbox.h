/* statement/sandbox.h: what purser-reader gives up before it reads a foreign byte. Not part of the main program. */
#ifndef PURSER_STATEMENT_SANDBOX_H
#define PURSER_STATEMENT_SANDBOX_H

#include <stdbool.h>

/*
 * Close every descriptor above last_fd, set limits, forbid new privileges, tracing and core dumps. Files can still
 * be opened afterwards, for what must be loaded first.
 */
bool sandbox_prepare(unsigned last_fd);
/*
 * No file system (Landlock, where the kernel has it), and only the system calls that parsing needs (seccomp): read
 * 0 and file_fd, write 1, memory, exit. Anything else ends the process.
 */
bool sandbox_close(int file_fd);

#endif
