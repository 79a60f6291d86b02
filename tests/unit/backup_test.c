/* Backups: what stands still while one is written and what does not, a medium that lies, an interrupted restore, leftovers. */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "store/backup.h"
#include "store/rescue.h"
#include "store/vault_int.h"

#include <sys/wait.h>

static void
said(const char *what, enum rc rc, const struct err *e)
{
	if (rc != OK)
		printf("# %s: %d %s\n", what, (int)rc, e->what);
}

/* In a process of its own: SQLite's locks are a process's. */
static int
in_child(struct vh *t, int (*fn)(struct vh *))
{
	pid_t pid;
	int st = -1;

	(void)fflush(stdout);
	if ((pid = fork()) == 0)
		_exit(fn(t));
	if (pid < 0 || waitpid(pid, &st, 0) < 0 || !WIFEXITED(st))
		return -1;
	return WEXITSTATUS(st);
}

static int
try_checkpoint(struct vh *t)
{
	struct vault *v = NULL;
	struct err e = { .rc = OK };
	enum rc rc;

	if (vh_unlock(t, 1, &v, &e) != OK || vh_put(v, 60, 1, "something to copy back", &e) != OK)
		return 100;
	rc = db_checkpoint(vault_db(v), true, 0, &e);
	(void)fflush(stdout);
	_exit((int)rc);                         /* not closed in order: that would try it once more */
}

static int
try_write(struct vh *t)
{
	struct vault *v = NULL;
	struct err e = { .rc = OK };
	enum rc rc;

	if ((rc = vh_unlock(t, 1, &v, &e)) != OK) {
		printf("# unlock: %d %s\n", (int)rc, e.what);
		(void)fflush(stdout);
		return 100;
	}
	rc = vh_put(v, 50, 1, "written meanwhile", &e);
	vault_close(&v);
	return (int)rc;
}

struct watch { struct vh *t; const char *part; int checkpoint, write; bool spoil; uint64_t seen; };

/* Near the end the pages are being copied: writers are free by then, checkpoints are not. */
static void
look_in(void *arg, uint64_t done, uint64_t of)
{
	struct watch *w = arg;

	w->seen = of;
	if (done < of / 2 || w->checkpoint >= 0)
		return;
	w->checkpoint = in_child(w->t, try_checkpoint);
	w->write = in_child(w->t, try_write);
	if (w->spoil) {
		int fd = open(w->part, O_WRONLY);

		if (fd < 0 || pwrite(fd, "XXXX", 4, 9000) != 4)
			abort();
		(void)close(fd);
	}
}

static enum rc
backup(struct vh *t, const char *path, struct watch *w, struct err *e)
{
	struct backup_how how = { .now_ms = clock_now_ms(), .wait_ms = 1000 };
	struct backup_facts f;

	if (w != NULL) {
		how.progress = look_in;
		how.arg = w;
	}
	return backup_write(t->h, path, &how, &f, e);
}

static int
fill(struct vh *t)
{
	struct vault *v = NULL;
	struct err e = { .rc = OK };

	if (vh_create(t, 1, true, &v, &e) != OK)
		return 1;
	for (unsigned i = 1; i <= 40; i++)
		if (vh_put(v, i, 1, "a secret of some length, so that pages fill up", &e) != OK)
			return 2;
	vault_close(&v);
	return 0;
}

/* The kit has to be known here, so the store is made in this process and closed. */
static void
make(struct vh *t)
{
	vh_tmp(t);
	if (fill(t) != 0)
		abort();
}

static void
in_use(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	struct watch w = { .t = &t, .checkpoint = -1 };
	char path[600], part[600];
	struct stat st;
	struct err e = { .rc = OK };
	enum rc rc;

	make(&t);
	(void)snprintf(path, sizeof path, "%s/b", t.root);
	(void)snprintf(part, sizeof part, "%s/.b.purser-part", t.root);
	w.part = part;
	rc = backup(&t, path, &w, &e);
	said("backup", rc, &e);
	ok(rc == OK && stat(path, &st) == 0 && (st.st_mode & 07777) == 0600 && (uint64_t)st.st_size == w.seen + 32,
	    "a backup, 0600");
	ok(w.checkpoint == (int)E_BUSY, "while pages are copied a checkpoint is refused (%d)", w.checkpoint);
	ok(w.write == (int)OK, "and a write goes through (%d)", w.write);
	{
		AUTO(vault_close) struct vault *v = NULL;

		ok(vh_unlock(&t, 1, &v, &e) == OK && db_checkpoint(vault_db(v), true, 0, &e) == OK &&
			vh_get(v, 50, 1, "written meanwhile", &e) == OK,
		    "afterwards it goes through, and nothing is lost");
	}
	w = (struct watch){ .t = &t, .part = part, .checkpoint = -1, .spoil = true };
	(void)snprintf(path, sizeof path, "%s/b", t.root);
	(void)unlink(path);
	rc = backup(&t, path, &w, &e);
	ok(rc == E_FAILED && strstr(e.what, "read back") != NULL && access(path, F_OK) != 0 && access(part, F_OK) != 0,
	    "a medium that gives back something else: no backup is made, nothing stays: %s", e.what);
}

static void
home_of(struct vh *t, const char *name)
{
	char root[600];

	(void)snprintf(root, sizeof root, "%s/%s", t->root, name);
	(void)mkdir(root, 0700);
	if (!vh_home(t, root))
		abort();
}

/* A file that a run which was cut short may have left. */
static void
leave(int dir, const char *name)
{
	if (io_create(dir, name, 0600, "stale", 5, NULL) != OK)
		abort();
}

static enum rc
restore_to(struct vh *t, const char *path, struct err *e)
{
	AUTO(backup_close) struct backup *b = NULL;
	struct backup_how how = { .wait_ms = 500 };
	enum rc rc = backup_open(&b, path, &how, e);

	return rc != OK ? rc : backup_restore(t->h, b, 500, e);
}

static void
restores(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	static const char *const moves[][2] = { { "restored", "restore" }, { "keys", "keys.restore" },
		{ "store.db", "store.db.restore" } };
	struct vault_status st;
	struct err e = { .rc = OK };
	char path[600];
	bool fresh;
	enum rc rc;

	make(&t);
	(void)snprintf(path, sizeof path, "%s/b", t.root);
	if (backup(&t, path, NULL, &e) != OK)
		abort();
	ok(backup_last(t.h, (vault_status(t.h, &st, &e) == OK ? st.vault_id : NULL)) != 0 && st.last_backup != 0,
	    "the time of the last backup is known without a key");
	ok(backup(&t, path, NULL, &e) == E_EXISTS, "a file that is there is never written over");
	home_of(&t, "fresh");
	rc = restore_to(&t, path, &e);
	said("restore", rc, &e);
	ok(rc == OK && t.h->device < 0 && vault_status(t.h, &st, &e) == OK && st.state == VAULT_RESTORED && st.kit_sheets == 1,
	    "restored where nothing was: no device directory, state restored");
	ok(vh_unlock(&t, 1, &v, &e) == E_FROZEN, "the password opens nothing: %s", e.what);
	rc = vh_thaw(&t, 5, true, NULL, &e);
	ok(rc == E_USAGE, "the kit cannot be kept: the log begins a new chain");
	rc = vh_thaw(&t, 5, false, &v, &e);
	said("recover", rc, &e);
	home_of(&t, "fresh");
	ok(rc == OK && vault_status(t.h, &st, &e) == OK && st.state == VAULT_OPEN && st.device_missing == false &&
		vh_get(v, 7, 1, "a secret of some length, so that pages fill up", &e) == OK,
	    "recovered: open, every secret is there");
	ok(vault_is_fresh(v, &fresh, &e) == OK && fresh, "and fresh");
	vault_close(&v);

	/* Over that store, which is of another time and has other keys. */
	rc = restore_to(&t, path, &e);
	ok(rc == OK && vault_status(t.h, &st, &e) == OK && st.state == VAULT_RESTORED && vh_unlock(&t, 5, &v, &e) == E_FROZEN &&
		vh_unlock(&t, 1, &v, &e) == E_FROZEN,
	    "restored over a store: no password of before opens it");

	/* Cut short after the commit point: files are still to be put in place, whoever comes does it. */
	home_of(&t, "cut");
	if (restore_to(&t, path, &e) != OK)
		abort();
	home_of(&t, "cut");
	for (size_t i = 0; i < COUNTOF(moves); i++)
		if (renameat(t.h->vault, moves[i][0], t.h->vault, moves[i][1]) != 0)
			abort();
	leave(t.h->vault, "store.db-wal");
	leave(t.h->vault, "keys.old");
	home_of(&t, "cut");
	ok(vault_status(t.h, &st, &e) == OK && st.state == VAULT_RESTORED && !io_exists(t.h->vault, "restore") &&
		!io_exists(t.h->vault, "store.db-wal") && !io_exists(t.h->vault, "keys.old"),
	    "a restore that was cut short is finished by the next who opens the home; no old WAL stays beside the new pages");
	/* Before it: what lies around is nobody's. */
	home_of(&t, "early");
	if (home_create_vault(t.h, &e) != OK)
		abort();
	leave(t.h->vault, "keys.restore");
	leave(t.h->vault, "store.db.restore");
	leave(t.h->vault, "restore.tmp");
	home_of(&t, "early");
	ok(vault_status(t.h, &st, &e) == OK && st.state == VAULT_NONE && restore_to(&t, path, &e) == OK &&
		vault_status(t.h, &st, &e) == OK && st.state == VAULT_RESTORED && !io_exists(t.h->vault, "restore.tmp"),
	    "one that was cut short before left nothing that counts, and is in nobody's way");
	(void)vh_home(&t, t.root);
}

int
main(void)
{
	if (!ok(crypto_start(NULL) == OK, "crypto starts"))
		return tap_done();
	in_use();
	restores();
	return tap_done();
}
