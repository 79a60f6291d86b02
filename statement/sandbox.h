/*
 * statement/sandbox.h: what purser-reader, and the helpers in helper/, give up before they read a foreign byte. Not part of
 * the main program.
 */
#ifndef PURSER_STATEMENT_SANDBOX_H
#define PURSER_STATEMENT_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Close every descriptor above last_fd, set limits, forbid new privileges, tracing and core dumps. Files can still
 * be opened afterwards, for what must be loaded first.
 */
bool sandbox_prepare(unsigned last_fd);
/*
 * After sandbox_prepare(), for a helper that is told secrets: memory that it writes, also what comes later, is never swapped.
 */
bool sandbox_lock_memory(void);
/*
 * No file system (Landlock, where the kernel has it), and only the system calls that parsing needs (seccomp): read
 * 0 and file_fd, write 1, memory, exit. Anything else ends the process.
 */
bool sandbox_close(int file_fd);
/*
 * The same, with n devices that are read, written and waited for instead of the file.
 */
bool sandbox_close_devices(const int *fd, size_t n);

#endif
