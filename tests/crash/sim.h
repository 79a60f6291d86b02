/*
 * tests/crash/sim.h: power-loss simulator for all files of a home. The libc calls of the test program (its own,
 * purser's and libsqlite3's, which bind to the definitions in hook.c) are recorded below one directory; afterwards, for
 * every operation, the states that a power failure there could have left are built and handed to a check.
 *
 * The model is pessimistic, within what journalling file systems do:
 * - bytes are on disk only after fsync or fdatasync of that file, wherever the write went; of what was not synced any
 *   subset of the writes, and any subset of the 512-byte sectors of a write, may be there, as may the later half alone;
 * - a name (creation, removal, rename) is on disk only after fsync of its directory; syncing the file does not make its
 *   name durable; of the changes since, any subset may be there, each of them whole (a rename is atomic);
 * - the bytes of a file that no name leads to are still on the disk: sim_gone() looks at them too;
 * - "-shm" files do not exist after a power failure.
 *
 * Programs link hook.c and sim.c and run one scenario in this process (children are not seen: sim_end() compares the
 * model with the disk and stops the program when something went past it).
 */
#ifndef PURSER_TESTS_CRASH_SIM_H
#define PURSER_TESTS_CRASH_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Record below home (an existing directory; what is there counts as on disk). One recording at a time. */
void sim_begin(const char *home);
/* The scenario has reached value: images after this point carry it. Say it *after* a step has returned success: then
 * that step must be there in every image. */
void sim_mark(int value);
/* From here on these bytes (at most 32) are nowhere: in no file (but store.db and its kin) and in nothing that a removed
 * or replaced file left on the disk. Images are checked for it before the check proper. */
void sim_gone(const void *p, size_t n);
void sim_end(void);
void sim_forget(void);                              /* drop the recording */

struct sim_image {
	const char *home;       /* the image: a directory of the same shape; the check may change it */
	int mark;               /* last value of sim_mark() before the failure; INT_MIN: none yet */
	size_t op;              /* operations that were begun before it */
	const char *what;       /* the last of them, to print */
};
/* true: as it must be. */
typedef bool sim_check(void *arg, const struct sim_image *img);

struct sim_opts {
	uint64_t seed;
	size_t budget;          /* distinct images to aim for (content of all files and the mark) */
	int drop;               /* ordinal of a sync that does nothing (nor do empty ones after it); -1: none */
	bool (*drop_if)(const char *path, int ordinal);   /* or: those it says true for; may be NULL */
	size_t stop_bad;        /* stop after so many bad images; 0: never */
	bool loud;              /* describe bad images as TAP comments */
};
struct sim_result {
	size_t images;          /* distinct ones, each checked */
	size_t bad;
	size_t ops, syncs;      /* of the recording */
	size_t syncs_covered;   /* syncs with at least one image right before and one right after */
	double seconds;
};
struct sim_result sim_images(const struct sim_opts *o, sim_check *check, void *arg);
int sim_syncs(void);                                /* recorded syncs: ordinals 0 .. n-1 */
const char *sim_sync_path(int ordinal);             /* below home; "." is home itself */
size_t sim_sync_pending(int ordinal); /* bytes written to the file since its last sync; other changes count 1 */

/* Where images and scenarios live: a new directory on tmpfs; removed, with all below it, by sim_rmdir(). */
const char *sim_tmpdir(char out[64]);
void sim_rmdir(const char *dir);

/* Failing calls: the n-th (from 1) call of the given kinds on a file below home fails with err. Works with or without a
 * recording (home of fault_home()). A write that meets ENOSPC first writes half of its bytes; the next call then
 * fails. */
enum {
	CALL_OPEN = 1,
	CALL_READ = 2,
	CALL_WRITE = 4,
	CALL_SYNC = 8,
	CALL_TRUNCATE = 16,
	CALL_RENAME = 32,
	CALL_UNLINK = 64,
	CALL_MKDIR = 128,
	CALL_LOCK = 256
};
void fault_home(const char *home);
void fault_arm(unsigned kinds, long n, int err, bool from_then_on);
long fault_stop(void);                              /* calls counted since fault_arm(); nothing fails any more */
bool fault_hit(void);                               /* one has failed since fault_arm() */

#endif
