/* The kit against attack 19 of the key design: every subset of K sheets works, no smaller one does; wrong and swapped words, sheets of
 * another vault, and a forged kit whose sheets are all in order; kit check, and what the log knows of it. */
#include "tests/tap.h"
#include "tests/vaulthelp.h"

#include "store/keysfile.h"
#include "store/vault_int.h"

static const unsigned char vid[16] = { 1, 2, 3 }, pk0[32] = { 9 };

static unsigned
members(unsigned set)
{
	unsigned n = 0;

	for (; set != 0; set &= set - 1)
		n++;
	return n;
}

/* S out of the sheets in set. */
static enum rc
combine(const struct kit *k, unsigned set, struct secret *s, struct err *e)
{
	struct slip39_share some[KIT_SHARES_MAX];
	unsigned n = 0;
	enum rc rc;

	for (unsigned i = 0; i < k->n; i++)
		if (set & 1U << i)
			some[n++] = k->share[i];
	rc = slip39_combine(s, some, n, "", e);
	slip39_wipe(some, COUNTOF(some));
	return rc;
}

static void
subsets(unsigned k, unsigned n)
{
	KIT kit = { .k = 0 };
	struct err e = { .rc = OK };
	unsigned good = 0, enough = 0, leaked = 0, fewer = 0;

	if (!ok(kit_make(&kit, vid, pk0, k, n, &e) == OK && kit_prove(&kit, vid, &e) == OK, "a kit of %u of %u is made and proved %s",
		k, n, e.what))
		return;
	for (unsigned set = 1; set < 1U << n; set++) {
		SECRET s = { 0 };
		bool same = combine(&kit, set, &s, &e) == OK && secret_equal(&s, &kit.s);

		if (members(set) >= k) {
			enough++;
			good += same;
		} else {
			fewer++;
			leaked += same || s.bytes != NULL;
		}
	}
	ok(good == enough && leaked == 0, "%u of %u: all %u sets of enough sheets open it, none of the %u smaller ones", k, n,
	    enough, fewer);
}

/* What kit_prove() is for: a sheet that is in order by itself and does not belong. */
static void
unproved(void)
{
	KIT kit = { .k = 0 }, other = { .k = 0 };
	struct err e = { .rc = OK };
	SECRET s = { 0 };
	unsigned caught = 0;

	if (kit_make(&kit, vid, pk0, 3, 5, &e) != OK || secret_copy(&s, kit.s.bytes, kit.s.len, &e) != OK)
		abort();
	for (unsigned i = 0; i < 5; i++) {
		struct slip39_share was = kit.share[i];

		/* Another split of the same S: its sheets carry another identifier, or fit no others. */
		if (slip39_split(other.share, 3, 5, &s, NULL, 0, &e) != OK)
			abort();
		kit.share[i] = other.share[i];
		caught += kit_prove(&kit, vid, &e) == E_FAILED;
		kit.share[i] = was;
	}
	ok(caught == 5, "a sheet that is of another split is noticed wherever it is: %u of 5", caught);
	ok(kit_prove(&kit, vid, &e) == OK, "put back, all is well");
	kit.r_pub[5] ^= 1;
	ok(kit_prove(&kit, vid, &e) == E_FAILED, "a public key that is not of these sheets: noticed");
	slip39_wipe(other.share, KIT_SHARES_MAX);
	ok(kit_make(&other, vid, pk0, 1, 2, &e) == E_RANGE && kit_make(&other, vid, pk0, 3, 2, &e) == E_RANGE &&
		kit_make(&other, vid, pk0, 2, 8, &e) == E_RANGE && kit_make(&other, vid, pk0, 0, 0, &e) == E_RANGE,
	    "1 of 2, 3 of 2, 2 of 8 and 0 of 0 are refused");
}

static struct slip39_share
reparsed(const struct slip39_share *share, enum rc *rc, struct err *e)
{
	struct slip39_share out = { 0 };
	char line[512];
	size_t n = 0;

	for (unsigned i = 0; i < share->words; i++)
		n += (size_t)snprintf(line + n, sizeof line - n, "%s ", slip39_word(share->word[i]));
	*rc = slip39_parse(&out, line, n, e);
	return out;
}

static void
mistyped(void)
{
	KIT kit = { .k = 0 };
	struct slip39_share s;
	struct err e = { .rc = OK };
	unsigned wrong = 0, swapped = 0, swaps = 0;
	uint16_t word;
	enum rc rc;

	if (kit_make(&kit, vid, pk0, 2, 3, &e) != OK)
		abort();
	for (unsigned i = 0; i < 20; i++) {
		s = kit.share[1];
		s.word[i] ^= 5;
		(void)reparsed(&s, &rc, &e);
		wrong += rc == E_INPUT;
		s = kit.share[1];
		if (i == 19 || s.word[i] == s.word[i + 1])
			continue;
		word = s.word[i];
		s.word[i] = s.word[i + 1];
		s.word[i + 1] = word;
		(void)reparsed(&s, &rc, &e);
		swaps++;
		swapped += rc == E_INPUT && strstr(e.what, "swapped") != NULL;
	}
	ok(wrong == 20, "one wrong word in any of 20 places is refused");
	ok(swapped == swaps, "two neighbours swapped are refused and named: %u of %u", swapped, swaps);
}

/* On a vault: what thaw makes of sheets that are not its own. */
static enum rc
try_thaw(struct vh *t, const struct secret *s, struct err *e)
{
	AUTO(thaw_free) struct thaw *th = NULL;
	struct thaw_how how = { .kit = s, .now_ms = clock_now_ms(), .wait_ms = 500 };

	return thaw_begin(t->h, &how, &th, e);
}

static void
on_a_vault(void)
{
	AUTO(vh_end) struct vh t = { .h = NULL };
	AUTO(vh_end) struct vh o = { .h = NULL };
	AUTO(vault_close) struct vault *v = NULL;
	struct vault_status st;
	struct kit_checks c;
	struct freeze_report r;
	struct err e = { .rc = OK };
	unsigned sheet = 0;
	enum rc rc;

	vh_tmp(&t);
	vh_tmp(&o);
	if (vh_create(&t, 1, true, &v, &e) != OK || vh_put(v, 1, 1, "one", &e) != OK || vh_create(&o, 1, true, NULL, &e) != OK)
		abort();
	vault_close(&v);
	rc = vh_kit_new(&t, 1, 3, 5, &e);
	ok(rc == OK && vault_status(t.h, &st, &e) == OK && st.kit_needed == 3 && st.kit_sheets == 5 && st.kit_made > 0 &&
		st.kit == KIT_UNVERIFIED,
	    "kit new, 3 of 5: said without a key %s", e.what);
	if (vh_unlock(&t, 1, &v, &e) != OK)
		abort();
	rc = vault_kit_checks(v, &c, &e);
	ok(rc == OK && c.sheets == 5 && c.verified_ms == 0 && c.made_ms > 0 && c.checked_ms[3] == 0, "five sheets, none checked");
	ok(vault_kit_check(v, &t.kit.share[3], clock_now_ms(), 500, &sheet, &e) == OK && sheet == 4, "a trustee's sheet is known again");
	ok(vault_kit_check(v, &o.kit.share[0], clock_now_ms(), 500, &sheet, &e) == E_AUTH && sheet == 4,
	    "a sheet of another vault is not");
	rc = vault_kit_checks(v, &c, &e);
	ok(rc == OK && c.verified_ms > 0 && c.checked_ms[3] > 0 && c.checked_ms[2] == 0, "the log knows which one and when");
	vault_close(&v);
	if (vh_freeze(&t, &r, &e) != OK)
		abort();

	{
		SECRET s = { 0 }, two = { 0 };
		KIT forged = { .k = 0 };
		unsigned opened = 0, tried = 0;

		ok(try_thaw(&t, &o.kit.s, &e) == E_AUTH, "the kit of another vault: 3, %s", e.what);
		ok(combine(&t.kit, 3, &two, &e) == E_INPUT, "two of three sheets: refused, %s", e.what);
		/* Everything in order but S: a kit that somebody made himself for this very vault. */
		if (kit_make(&forged, st.vault_id, pk0, 3, 5, &e) != OK || combine(&forged, 7, &s, &e) != OK)
			abort();
		ok(try_thaw(&t, &s, &e) == E_AUTH && strstr(e.what, "not the recovery kit") != NULL,
		    "a forged kit with right checksums does not lead to R_pub: 3");
		for (unsigned set = 1; set < 32; set++) {
			SECRET good = { 0 };

			if (members(set) != 3)
				continue;
			tried++;
			opened += combine(&t.kit, set, &good, &e) == OK && try_thaw(&t, &good, &e) == OK;
		}
		ok(tried == 10 && opened == 10, "each of the 10 sets of 3 of 5 sheets begins the thaw");
	}
	ok(vh_thaw(&t, 2, true, &v, &e) == OK && vh_get(v, 1, 1, "one", &e) == OK, "and the secret is back %s", e.what);
	vault_close(&v);
	ok(vault_status(t.h, &st, &e) == OK && st.kit_needed == 3 && st.kit_sheets == 5, "the kept kit is still 3 of 5");
}

int
main(void)
{
	if (!ok(crypto_start(NULL) == OK, "crypto starts"))
		return tap_done();
	subsets(1, 1);
	for (unsigned n = 2; n <= 5; n++)
		for (unsigned k = 2; k <= n; k++)
			subsets(k, n);
	subsets(4, 7);
	subsets(7, 7);
	unproved();
	mistyped();
	on_a_vault();
	return tap_done();
}
