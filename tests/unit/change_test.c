/* The commit of several files at once: every state between its steps, damage, freezes, and what a forger can place. */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "store/change.h"
#include "store/fuse.h"

static const unsigned char VID[16] = { 5, 5 };
static const enum change_file set[] = { CF_KEYS, CF_DEVICE, CF_FUSE, CF_LOGSTATE };

static void
put(struct vh *t, enum change_file f, const char *suffix, const char *text)
{
	char name[64];

	(void)snprintf(name, sizeof name, "%s%s", change_name(f), suffix);
	if (file_unlink(change_dir(t->h, f), name, NULL) != OK ||
	    io_create(change_dir(t->h, f), name, 0600, text, strlen(text), NULL) != OK)
		abort();
}

/* 'o' old, 'n' new, '-' absent, '?' something else. */
static char
is(struct vh *t, enum change_file f, const char *suffix)
{
	unsigned char p[16];
	char name[64];
	size_t n = 0;

	(void)snprintf(name, sizeof name, "%s%s", change_name(f), suffix);
	if (file_read(change_dir(t->h, f), name, p, sizeof p, &n, NULL) != OK)
		return '-';
	return n == 3 && memcmp(p, "old", 3) == 0 ? 'o' : n == 3 && memcmp(p, "new", 3) == 0 ? 'n' : '?';
}

static bool
all(struct vh *t, char want)
{
	for (size_t i = 0; i < COUNTOF(set); i++)
		if (is(t, set[i], "") != want || is(t, set[i], ".next") != '-' || is(t, set[i], ".old") != '-')
			return false;
	return true;
}

static void
begin(struct vh *t, bool commit, struct secret *lk)
{
	unsigned mask = 0;

	vh_tmp(t);
	if (home_create(t->h, NULL) != OK)
		abort();
	for (size_t i = 0; i < COUNTOF(set); i++) {
		put(t, set[i], "", "old");
		put(t, set[i], ".next", "new");
		mask |= 1u << set[i];
	}
	vh_a(lk, 3);
	if (commit && change_commit(t->h, VID, 7, mask, lk, NULL) != OK)
		abort();
}

static void
steps(void)
{
	SECRET lk = { 0 }, other = { 0 };
	struct change c;
	struct err e = { .rc = OK };
	unsigned what = 0;

	{
		AUTO(vh_end) struct vh t = { .h = NULL };

		begin(&t, false, &lk);
		ok(change_leftovers(t.h) && change_recover(t.h, &what, &e) == OK && all(&t, 'o') &&
			what == RECOVERED_LEFTOVERS,
		    "before the commit point: the old state");
		ok(!change_leftovers(t.h), "and nothing is left over");
	}
	{
		AUTO(vh_end) struct vh t = { .h = NULL };

		begin(&t, true, &lk);
		what = 0;
		ok(change_recover(t.h, &what, &e) == OK && all(&t, 'n') && what == RECOVERED_CHANGE,
		    "after it: the new state");
		ok(change_read(t.h, &c, &e) == OK && change_epoch(&c) == 7 && change_mac_ok(&c, &lk),
		    "`change` waits for the last step, its MAC holds");
		vh_a(&other, 4);
		ok(!change_mac_ok(&c, &other), "under another LK it does not");
		ok(change_recover(t.h, &what, &e) == OK && all(&t, 'n'), "step 4 again changes nothing");
		ok(change_done(t.h, &e) == OK && !change_leftovers(t.h), "done");
	}
}

/* Each file as a power failure can leave it in step 4: before, between the two renames, after, old one half gone. */
static void
between(void)
{
	static const char *const shape[] = { "before", "between the renames", "after", "old one half overwritten" };
	SECRET lk = { 0 };
	unsigned bad = 0, n = 0;

	for (unsigned mix = 0; mix < 256; mix++) {
		AUTO(vh_end) struct vh t = { .h = NULL };
		struct err e = { .rc = OK };
		unsigned what = 0;

		begin(&t, true, &lk);
		for (size_t i = 0; i < COUNTOF(set); i++) {
			unsigned s = mix >> (2 * i) & 3;
			int dir = change_dir(t.h, set[i]);
			char old[64];

			(void)snprintf(old, sizeof old, "%s.old", change_name(set[i]));
			if (s >= 1)
				(void)renameat(dir, change_name(set[i]), dir, old);
			if (s >= 2)
				(void)renameat(dir, change_next(set[i]), dir, change_name(set[i]));
			if (s == 3)
				put(&t, set[i], ".old", "o");
		}
		n++;
		if (change_recover(t.h, &what, &e) != OK || !all(&t, 'n')) {
			bad++;
			printf("# %s %s %s %s: %s\n", shape[mix & 3], shape[mix >> 2 & 3], shape[mix >> 4 & 3],
			    shape[mix >> 6], e.what);
		}
	}
	ok(bad == 0, "%u states between: each ends in the new one", n);
}

static void
mark(struct vh *t)
{
	(void)close(openat(t->h->device, FREEZE_MARKER, O_CREAT | O_WRONLY, 0600));
}

static void
freezes(void)
{
	SECRET lk = { 0 };
	struct err e = { .rc = OK };
	unsigned what = 0;

	{
		AUTO(vh_end) struct vh t = { .h = NULL };

		begin(&t, true, &lk);
		put(&t, CF_FUSE, ".next", "random");
		ok(change_recover(t.h, &what, &e) == OK && !fuse_any(t.h) && is(&t, CF_KEYS, "") == 'n',
		    "a fuse.next that a freeze overwrote is destroyed, the rest goes on");
	}
	{
		AUTO(vh_end) struct vh t = { .h = NULL };

		begin(&t, true, &lk);
		mark(&t);
		ok(change_recover(t.h, &what, &e) == OK && !fuse_any(t.h) && is(&t, CF_LOGSTATE, "") == 'n',
		    "under the marker no fuse is put into place");
	}
	{
		AUTO(vh_end) struct vh t = { .h = NULL };

		begin(&t, true, &lk);
		(void)unlinkat(t.h->device, "fuse.next", 0);
		(void)unlinkat(t.h->device, "fuse", 0);
		ok(change_recover(t.h, &what, &e) == OK && !fuse_any(t.h) && is(&t, CF_KEYS, "") == 'n',
		    "one that is gone stays gone");
	}
}

static void
forged(void)
{
	SECRET lk = { 0 };
	unsigned char raw[CHANGE_SIZE], flip[CHANGE_SIZE];
	struct change c;
	struct err e = { .rc = OK };
	unsigned what = 0, accepted = 0;

	AUTO(vh_end) struct vh t = { .h = NULL };

	begin(&t, true, &lk);
	(void)vh_load(t.root, "device/change", raw, sizeof raw);
	for (size_t i = 0; i < sizeof raw; i++) {
		memcpy(flip, raw, sizeof raw);
		flip[i] ^= 0x10;
		accepted += change_check(flip, sizeof flip, &c, NULL) == OK && change_mac_ok(&c, &lk);
	}
	ok(accepted == 0 && change_check(raw, sizeof raw - 1, &c, NULL) == E_DAMAGED,
	    "a flipped byte of `change`: refused by its hash or its MAC");
	put(&t, CF_KEYS, ".next", "evil");
	ok(change_recover(t.h, &what, &e) == E_DAMAGED && is(&t, CF_KEYS, "") == 'o' && is(&t, CF_DEVICE, "") == 'o',
	    "a file with another hash than `change` says: 6, and nothing was moved");
	raw[0] ^= 1;
	vh_save(t.root, "device/change", raw, sizeof raw);
	ok(change_recover(t.h, &what, &e) == E_DAMAGED && is(&t, CF_KEYS, "") == 'o',
	    "a damaged `change` stops everything");
	(void)unlinkat(t.h->device, "change", 0);
	(void)renameat(t.h->vault, "keys", t.h->vault, "keys.old");
	ok(change_recover(t.h, &what, &e) == OK && all(&t, 'o'), "without `change` a lone .old gets its name back");
}

int
main(void)
{
	struct err e = { .rc = OK };

	if (crypto_start(&e) != OK)
		return 1;
	steps();
	between();
	freezes();
	forged();
	return tap_done();
}
