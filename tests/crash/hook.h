/* tests/crash/hook.h: what hook.c tells sim.c. Paths are absolute; ino are the file system's inode numbers. */
#ifndef PURSER_TESTS_CRASH_HOOK_H
#define PURSER_TESTS_CRASH_HOOK_H

#include <stdbool.h>
#include <sys/types.h>

extern bool sim_recording;

void sim_saw_create(const char *path, ino_t ino, bool dir);
void sim_saw_write(ino_t ino, const void *p, size_t n, off_t at);
void sim_saw_truncate(ino_t ino, off_t size);
void sim_saw_sync(ino_t ino);
void sim_saw_unlink(const char *path);
void sim_saw_rename(const char *from, const char *to);
void sim_saw_link(const char *from, const char *to);
bool sim_below(const char *path);                   /* below the recorded home, and no -shm */

#endif
