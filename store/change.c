/* store/change.c: see change.h. */
#include "store/change.h"

#include "base/io.h"
#include "base/le.h"
#include "store/files.h"
#include "store/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { C_EPOCH = 16, C_HASHES = 24, C_SUM = C_HASHES + CF_COUNT * 32, C_MAC = C_SUM + 32 };

static const struct {
	const char *name, *next, *old;
	bool vault;                     /* in the vault directory, else the device directory */
	bool secret;                    /* held key material: overwritten before it goes */
} files[CF_COUNT] = {
	[CF_KEYS] = { "keys", "keys.next", "keys.old", true, true },
	[CF_DEVICE] = { "device.key", "device.key.next", "device.key.old", false, true },
	[CF_FUSE] = { "fuse", "fuse.next", "fuse.old", false, true },
	[CF_TOTP] = { "totp.tab", "totp.tab.next", "totp.tab.old", false, true },
	[CF_STORE] = { "store.db", "store.db.next", "store.db.old", true, false },
	[CF_LOG] = { "log", "log.next", "log.old", true, false },
	[CF_LOGSTATE] = { "logstate", "logstate.next", "logstate.old", false, true },
};

const char *change_name(enum change_file f) { return files[f].name; }
const char *change_next(enum change_file f) { return files[f].next; }
int change_dir(const struct home *h, enum change_file f) { return files[f].vault ? h->vault : h->device; }
uint64_t change_epoch(const struct change *c) { return le64_get(c->raw + C_EPOCH); }
const unsigned char *change_vault_id(const struct change *c) { return c->raw; }

static const unsigned char *
hash_of(const struct change *c, enum change_file f)
{
	return c->raw + C_HASHES + (size_t)f * 32;
}

bool
change_has(const struct change *c, enum change_file f)
{
	static const unsigned char zero[32];

	return memcmp(hash_of(c, f), zero, sizeof zero) != 0;
}

enum rc
change_check(const unsigned char *p, size_t n, struct change *out, struct err *e)
{
	unsigned char sum[32];

	if (n == CHANGE_SIZE) {
		hash256(sum, p, C_SUM);
		if (same_bytes(sum, p + C_SUM, sizeof sum)) {
			memcpy(out->raw, p, CHANGE_SIZE);
			return OK;
		}
	}
	return err_set(e, E_DAMAGED, N_("the file `change` of an unfinished change of keys is damaged"));
}

enum rc
change_read(const struct home *h, struct change *out, struct err *e)
{
	unsigned char p[CHANGE_SIZE + 1];
	size_t n = 0;
	enum rc rc = file_read(h->device, "change", p, sizeof p, &n, e);

	return rc != OK ? rc : change_check(p, n, out, e);
}

static void
mac_of(unsigned char mac[32], const struct change *c, const struct secret *lk)
{
	kdf_to(mac, lk->bytes, lk->len, L_CHANGE, BYTES(c->raw, C_MAC));
}

bool
change_mac_ok(const struct change *c, const struct secret *lk)
{
	unsigned char mac[32];

	mac_of(mac, c, lk);
	return same_bytes(mac, c->raw + C_MAC, sizeof mac);
}

/* What is hashed here must be what is on disk. Only the store is made without a sync; the others were synced by whoever
 * wrote them. */
static enum rc
sync_and_hash(const struct home *h, enum change_file f, unsigned char sum[32], struct err *e)
{
	AUTO(auto_close) int fd = -1;
	enum rc rc;

	fd = openat(change_dir(h, f), files[f].next, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_sys(e, E_SYS, N_("cannot open %s"), files[f].next);
	if (f == CF_STORE && (rc = io_fsync(fd, e)) != OK)
		return rc;
	return file_hash(change_dir(h, f), files[f].next, sum, e);
}

/* A freeze waits for no lock: fuse.next may have gone already. */
static enum rc
frozen_before_commit(struct err *e)
{
	enum rc rc = err_set(e, E_FROZEN, N_("a freeze came meanwhile. No key was changed"));

	err_next(e, "purser thaw");
	return rc;
}

enum rc
change_commit(const struct home *h, const unsigned char vault_id[16], uint64_t epoch, unsigned set,
    const struct secret *lk, struct err *e)
{
	struct change c = { .raw = { 0 } };
	enum rc rc;

	memcpy(c.raw, vault_id, 16);
	le64_put(c.raw + C_EPOCH, epoch);
	for (enum change_file f = 0; f < CF_COUNT; f++) {
		if (!(set & 1u << f))
			continue;
		if ((rc = sync_and_hash(h, f, c.raw + C_HASHES + (size_t)f * 32, e)) != OK)
			return freeze_marked(h) ? frozen_before_commit(e) : rc;
	}
	hash256(c.raw + C_SUM, c.raw, C_SUM);
	mac_of(c.raw + C_MAC, &c, lk);
	if ((rc = io_fsync_dir(h->vault, e)) != OK || (rc = io_fsync_dir(h->device, e)) != OK ||
	    (rc = file_unlink(h->device, "change.tmp", e)) != OK ||
	    (rc = io_create(h->device, "change.tmp", 0600, c.raw, sizeof c.raw, e)) != OK)
		return rc;
	if (renameat(h->device, "change.tmp", h->device, "change") < 0)
		return err_sys(e, E_SYS, N_("cannot commit the change of keys"));
	return io_fsync_dir(h->device, e);
}

/* ---- step 4 ---- */

static enum rc
drop_old(const struct home *h, enum change_file f, struct err *e)
{
	int dir = change_dir(h, f);
	enum rc rc;

	if (!file_there(dir, files[f].old))
		return OK;
	rc = files[f].secret ? file_shred(dir, files[f].old, e) : file_unlink(dir, files[f].old, e);
	return rc == E_DAMAGED ? OK : rc;       /* removed, though not overwritten: the medium would not have it */
}

static enum rc
put_in_place(const struct home *h, enum change_file f, struct err *e)
{
	int dir = change_dir(h, f);
	enum rc rc;

	/* The WAL of a store that is replaced must not lie beside the new one. (If a power failure brings it back, it is of
	 * another file_id: not read.) */
	if (f == CF_STORE && ((rc = file_unlink(dir, "store.db-wal", e)) != OK ||
	    (rc = file_unlink(dir, "store.db-shm", e)) != OK))
		return rc;
	/* A freeze waits for no lock: it may remove a fuse between two calls. */
	if (file_there(dir, files[f].name) && renameat(dir, files[f].name, dir, files[f].old) < 0 &&
	    !(f == CF_FUSE && errno == ENOENT))
		return err_sys(e, E_SYS, N_("cannot rename %s"), files[f].name);
	if (renameat(dir, files[f].next, dir, files[f].name) < 0 && !(f == CF_FUSE && errno == ENOENT))
		return err_sys(e, E_SYS, N_("cannot rename %s"), files[f].next);
	return OK;
}

static enum rc
apply_one(const struct home *h, const struct change *c, enum change_file f, struct err *e)
{
	unsigned char sum[32];
	enum rc rc;

	if (file_there(change_dir(h, f), files[f].next)) {
		rc = file_hash(change_dir(h, f), files[f].next, sum, e);
		if (rc != OK && !(f == CF_FUSE && rc == E_NOTFOUND))
			return rc;
		if (rc == OK && !same_bytes(sum, hash_of(c, f), sizeof sum)) {
			bool some;

			if (f == CF_FUSE)
				return fuse_destroy(h, &some, e);
			return err_set(
			    e, E_DAMAGED, N_("%s of an unfinished change of keys is damaged"), files[f].next);
		}
		if ((rc = put_in_place(h, f, e)) != OK)
			return rc;
	}
	return drop_old(h, f, e);
}

static enum rc
apply_fuse(const struct home *h, const struct change *c, struct err *e)
{
	bool some;
	enum rc rc;

	if (!freeze_marked(h) && (rc = apply_one(h, c, CF_FUSE, e)) != OK && rc != E_DAMAGED)
		return rc;
	if (!freeze_marked(h))
		return OK;
	rc = fuse_destroy(h, &some, e);
	return rc == E_DAMAGED ? OK : rc;
}

enum rc
change_apply(const struct home *h, const struct change *c, struct err *e)
{
	enum rc rc;

	for (enum change_file f = 0; f < CF_COUNT; f++) {
		if (!change_has(c, f))
			continue;
		rc = f == CF_FUSE ? apply_fuse(h, c, e) : apply_one(h, c, f, e);
		if (rc != OK)
			return rc;
	}
	/* One sync for all names: what a power failure brings back before it, the next start does again, because `change`
	 * is there. It goes after this only. */
	if ((rc = io_fsync_dir(h->vault, e)) != OK)
		return rc;
	return io_fsync_dir(h->device, e);
}

enum rc
change_done(const struct home *h, struct err *e)
{
	/* Not synced: all of it is in place by now, and a `change` that comes back finds nothing left to do. */
	return file_unlink(h->device, "change", e);
}

/* ---- start-up ---- */

static enum rc
abandon_one(const struct home *h, enum change_file f, struct err *e)
{
	int dir = change_dir(h, f);
	enum rc rc;

	if (file_there(dir, files[f].next)) {
		rc = files[f].secret ? file_shred(dir, files[f].next, e) : file_unlink(dir, files[f].next, e);
		if (rc != OK && rc != E_DAMAGED)
			return rc;
	}
	if (!file_there(dir, files[f].old))
		return OK;
	if (file_there(dir, files[f].name))
		return drop_old(h, f, e);
	if (renameat(dir, files[f].old, dir, files[f].name) < 0)
		return err_sys(e, E_SYS, N_("cannot rename %s"), files[f].old);
	return OK;
}

enum rc
change_abandon(const struct home *h, struct err *e)
{
	enum rc rc, first = OK;

	for (enum change_file f = 0; f < CF_COUNT; f++) {
		rc = abandon_one(h, f, first == OK ? e : NULL);
		first = first == OK ? rc : first;
	}
	if ((rc = file_unlink(h->vault, "store.db.next-wal", e)) != OK ||
	    (rc = file_unlink(h->vault, "store.db.next-shm", e)) != OK ||
	    (rc = file_unlink(h->device, "change.tmp", e)) != OK)
		first = first == OK ? rc : first;
	if ((rc = io_fsync_dir(h->vault, e)) != OK || (rc = io_fsync_dir(h->device, e)) != OK)
		first = first == OK ? rc : first;
	return first;
}

static bool
any_left(const struct home *h)
{
	for (enum change_file f = 0; f < CF_COUNT; f++)
		if (file_there(change_dir(h, f), files[f].next) || file_there(change_dir(h, f), files[f].old))
			return true;
	return file_there(h->device, "change.tmp") || file_there(h->vault, "store.db.next-wal") ||
	    file_there(h->vault, "store.db.next-shm");
}

bool
change_leftovers(const struct home *h)
{
	return h->device >= 0 && h->vault >= 0 && (file_there(h->device, "change") || any_left(h));
}

enum rc
change_recover(const struct home *h, unsigned *what, struct err *e)
{
	struct change c;
	bool left = any_left(h);
	enum rc rc = change_read(h, &c, e);

	if (rc == E_NOTFOUND) {
		if (!left)
			return OK;
		*what |= RECOVERED_LEFTOVERS;
		return change_abandon(h, e);
	}
	if (rc != OK)
		return rc;
	if (left)
		*what |= RECOVERED_CHANGE;
	return change_apply(h, &c, e);
}
