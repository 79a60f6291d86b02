/* The fuse file: entries, damage, writers that a freeze overtakes, destruction. */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "store/fuse.h"

static const unsigned char VID[16] = { 1, 2, 3, 4 };

static void
head_of(unsigned char head[FUSE_SECTOR], uint64_t epoch)
{
	unsigned char wraps[KEYS_SLOTS][WRAPS_LEN];

	random_bytes(wraps, sizeof wraps);
	fuse_head_make(head, VID, epoch, wraps, 1234567, 42);
}

static void
new_home(struct vh *t)
{
	unsigned char head[FUSE_SECTOR];

	vh_tmp(t);
	head_of(head, 3);
	if (home_create(t->h, NULL) != OK || fuse_write_new(t->h, "fuse", head, NULL, 0, NULL) != OK)
		abort();
}

static void
wrap_of(unsigned char wrap[RECORD_WRAP_LEN], unsigned n)
{
	memset(wrap, (int)(n & 255), RECORD_WRAP_LEN);
	wrap[0] = (unsigned char)(n >> 8);
	wrap[1] = 0xA5;
}

static void
rec_of(unsigned char rec[ID_LEN], unsigned n)
{
	memset(rec, 0x77, ID_LEN);
	rec[0] = (unsigned char)(n >> 8);
	rec[1] = (unsigned char)n;
}

static enum rc
put(struct vh *t, unsigned n, uint64_t version, struct err *e)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	unsigned char rec[ID_LEN], wrap[RECORD_WRAP_LEN];
	enum rc rc;

	rec_of(rec, n);
	wrap_of(wrap, n + (unsigned)version);
	if ((rc = fuse_open(t->h, VID, true, &f, e)) != OK)
		return rc;
	return fuse_put(f, rec, version, wrap, e);
}

static enum rc
find(struct vh *t, unsigned n, uint64_t version)
{
	AUTO(fuse_close) struct fuse *f = NULL;
	unsigned char rec[ID_LEN], wrap[RECORD_WRAP_LEN], want[RECORD_WRAP_LEN];
	enum rc rc;

	rec_of(rec, n);
	wrap_of(want, n + (unsigned)version);
	if ((rc = fuse_open(t->h, VID, false, &f, NULL)) != OK || (rc = fuse_find(f, rec, version, wrap)) != OK)
		return rc;
	return memcmp(wrap, want, sizeof wrap) == 0 ? OK : E_FAILED;
}

static long
size_of(struct vh *t)
{
	struct stat st;

	return fstatat(t->h->device, "fuse", &st, 0) == 0 ? (long)st.st_size : -1;
}

static void
entries(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	unsigned char rec[ID_LEN], raw[8192];
	struct err e = { .rc = OK };
	bool good = true;
	long size;

	new_home(&t);
	ok(find(&t, 1, 1) == E_NOTFOUND, "an empty fuse");
	for (unsigned n = 0; n < 40; n++)
		good = good && put(&t, n, 1, &e) == OK;
	for (unsigned n = 0; n < 40; n++)
		good = good && find(&t, n, 1) == OK && find(&t, n, 2) == E_NOTFOUND;
	ok(good, "40 entries are put and found, other versions are not");
	size = size_of(&t);
	ok(size == 512 + 40 * 128, "512 bytes and 128 for each");
	{
		AUTO(fuse_close) struct fuse *f = NULL;

		rec_of(rec, 7);
		ok(fuse_open(t.h, VID, true, &f, &e) == OK && fuse_zero(f, rec, 1, &e) == OK && fuse_used(f) == 39,
		    "one is zeroed");
	}
	ok(find(&t, 7, 1) == E_NOTFOUND && find(&t, 8, 1) == OK, "it alone is gone");
	(void)vh_load(t.root, "device/fuse", raw, sizeof raw);
	for (unsigned i = 0; i < 128; i++)
		good = good && raw[512 + 7 * 128 + i] == 0;
	ok(good, "its bytes on disk are zero");
	ok(put(&t, 100, 9, &e) == OK && size_of(&t) == size && find(&t, 100, 9) == OK, "its place is used again");
	ok(put(&t, 100, 9, &e) == OK && size_of(&t) == size, "the same version goes into its own place");
	ok(put(&t, 101, 1, &e) == OK && size_of(&t) == size + 128, "a full file grows by one entry");
	{
		char path[700];

		(void)snprintf(path, sizeof path, "%s/device/fuse", t.root);
		ok(truncate(path, size + 50) == 0 && find(&t, 3, 1) == OK && find(&t, 101, 1) == E_NOTFOUND,
		    "a cut last entry is a free place");
		ok(put(&t, 102, 1, &e) == OK && find(&t, 102, 1) == OK && size_of(&t) == size + 128,
		    "and is written over");
	}
}

static void
damage(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	static const unsigned char other[16] = { 9 };
	unsigned char raw[FUSE_SECTOR], flip[FUSE_SECTOR];
	struct fuse_head head;
	struct fuse *f = NULL;
	struct err e = { .rc = OK };
	unsigned wrong = 0;
	char path[700];

	new_home(&t);
	(void)vh_load(t.root, "device/fuse", raw, sizeof raw);
	ok(fuse_head_check(raw, sizeof raw, VID, &head, &e) == OK && head.epoch == 3 && head.log_seq == 42 &&
		head.made_ms == 1234567,
	    "sector 0 round trip");
	for (size_t i = 0; i < sizeof raw; i++) {
		memcpy(flip, raw, sizeof raw);
		flip[i] ^= 1;
		wrong += fuse_head_check(flip, sizeof flip, VID, &head, NULL) != E_DAMAGED;
	}
	ok(wrong == 0, "a flipped byte anywhere in sector 0 is damage, never \"frozen\"");
	ok(fuse_head_check(raw, 511, VID, &head, NULL) == E_DAMAGED &&
		fuse_open(t.h, other, false, &f, &e) == E_DAMAGED,
	    "a short sector and another vault's fuse are damage");
	(void)snprintf(path, sizeof path, "%s/device/fuse", t.root);
	ok(truncate(path, 0) == 0 && fuse_open(t.h, VID, false, &f, &e) == E_DAMAGED, "an empty file is damage");
	vh_save(t.root, "device/fuse.real", raw, sizeof raw);
	(void)unlink(path);
	ok(fuse_open(t.h, VID, false, &f, &e) == E_FROZEN, "no file is frozen");
	ok(symlink("fuse.real", path) == 0 && fuse_open(t.h, VID, false, &f, &e) == E_DAMAGED,
	    "a link to a good fuse is not followed");
	(void)unlink(path);
	ok(symlink("/dev/zero", path) == 0 && fuse_open(t.h, VID, false, &f, &e) == E_DAMAGED,
	    "a link is not followed");
	(void)unlink(path);
	ok(mkfifo(path, 0600) == 0 && fuse_open(t.h, VID, false, &f, &e) == E_DAMAGED, "a pipe does not block");
}

static void
mark(struct vh *t, bool there)
{
	if (there)
		(void)close(openat(t->h->device, FREEZE_MARKER, O_CREAT | O_WRONLY, 0600));
	else
		(void)unlinkat(t->h->device, FREEZE_MARKER, 0);
}

/* The file that a writer holds open must not keep what it wrote when a freeze came between. */
static void
overtaken(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(fuse_close) struct fuse *f = NULL;
	AUTO(auto_close) int spy = -1;
	unsigned char rec[ID_LEN], wrap[RECORD_WRAP_LEN], raw[8192], head[FUSE_SECTOR];
	struct fuse_entry en = { .version = 1 };
	struct err e = { .rc = OK };
	ssize_t n;
	bool some;

	new_home(&t);
	rec_of(rec, 5);
	wrap_of(wrap, 5);
	if (fuse_open(t.h, VID, true, &f, &e) != OK || (spy = openat(t.h->device, "fuse", O_RDONLY)) < 0)
		abort();
	mark(&t, true);
	ok(fuse_put(f, rec, 1, wrap, &e) == E_FROZEN, "the marker appears while an entry is written: 4");
	n = pread(spy, raw, sizeof raw, 0);
	ok(n >= 0 && memmem(raw, (size_t)n, wrap + 2, 60) == NULL, "and the entry was overwritten");
	ok(find(&t, 5, 1) == E_FROZEN, "nobody opens a fuse while the marker is there");
	mark(&t, false);
	fuse_close(&f);
	if (put(&t, 5, 1, &e) != OK || fuse_open(t.h, VID, true, &f, &e) != OK)
		abort();
	ok(fuse_destroy(t.h, &some, &e) == OK && some && !fuse_any(t.h), "destroyed");
	n = pread(spy, raw, sizeof raw, 0);
	ok(n >= 512 + 128 && memcmp(raw, "PURSFUS1", 8) != 0, "what it was is random bytes now");
	wrap_of(wrap, 6);
	ok(memmem(raw, (size_t)n, wrap + 2, 16) == NULL, "its entries too");
	ok(fuse_put(f, rec, 1, wrap, &e) == E_FROZEN, "an entry into the file without a name: 4");
	n = pread(spy, raw, sizeof raw, 0);
	ok(n >= 0 && memmem(raw, (size_t)n, wrap + 2, 60) == NULL, "and it was overwritten too");
	memcpy(en.rec, rec, ID_LEN);
	memcpy(en.wrap, wrap, sizeof wrap);
	head_of(head, 4);
	mark(&t, true);
	ok(fuse_write_new(t.h, "fuse.next", head, &en, 1, &e) == E_FROZEN && !fuse_any(t.h),
	    "a new fuse is not made under the marker");
}

static void
destruction(void)
{
	static const char *const names[] = { "fuse.next", "fuse", "fuse.old" };
	AUTO(vh_end) struct vh t = { .h = NULL };
	unsigned char head[FUSE_SECTOR];
	struct fuse_entry en = { .version = 1 };
	struct err e = { .rc = OK };
	bool some = true;
	int link_fd;

	new_home(&t);
	ok(fuse_destroy(t.h, &some, &e) == OK && some && fuse_destroy(t.h, &some, &e) == OK && !some,
	    "the second time there is none");
	head_of(head, 4);
	for (size_t i = 0; i < COUNTOF(names); i++)
		if (fuse_write_new(t.h, names[i], head, &en, 1, &e) != OK)
			abort();
	ok(linkat(t.h->device, "fuse", t.h->device, "copy", 0) == 0 && fuse_destroy(t.h, &some, &e) == OK &&
		!fuse_any(t.h),
	    "all three names go");
	link_fd = openat(t.h->device, "copy", O_RDONLY);
	ok(link_fd >= 0 && pread(link_fd, head, 8, 0) == 8 && memcmp(head, "PURSFUS1", 8) != 0,
	    "a second name of the file keeps noise");
	(void)close(link_fd);
	ok(symlinkat("copy", t.h->device, "fuse") == 0 && fuse_destroy(t.h, &some, &e) == OK && !fuse_any(t.h),
	    "a link is removed");
	ok(fuse_write_new(t.h, "fuse", head, &en, 1, &e) == OK && fchmodat(t.h->device, "fuse", 0400, 0) == 0 &&
	    fuse_destroy(t.h, &some, &e) == OK, "a file without write permission is destroyed all the same");
}

int
main(void)
{
	struct err e = { .rc = OK };

	if (crypto_start(&e) != OK)
		return 1;
	entries();
	damage();
	overtaken();
	destruction();
	return tap_done();
}
