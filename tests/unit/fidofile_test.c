/* The file of the security keys: any key leads to F, a removed one does not, a change that is cut short leaves one that fits. */
#include "store/fidofile.h"

#include "base/io.h"
#include "tests/tap.h"
#include "tests/vaulthelp.h"

static unsigned char output[4][FIDO_OUTPUT], vault[ID_LEN] = "a vault of test";
static struct err e;

static bool
opens(const struct fido_file *f, unsigned set, unsigned place, const unsigned char *out, const struct secret *F)
{
	SECRET got = { 0 };

	return fido_open(f, set, place, out, &got, &e) == OK && secret_equal(&got, F);
}

static void
three_keys(struct fido_file *f, const struct secret *F)
{
	char name[8];

	fido_begin(f, vault);
	for (unsigned i = 0; i < 3; i++) {
		unsigned char cred[100 + 1];

		memset(cred, (int)i, sizeof cred);
		memset(output[i], (int)(i + 10), FIDO_OUTPUT);
		(void)snprintf(name, sizeof name, "k%u", i);
		if (fido_add(f, name, cred, 100 + (i & 1), output[i], 1000 + i, &e) != OK)
			abort();
	}
	if (fido_seal(f, 0, 5, F, -1, &e) != OK)
		abort();
}

static void
any_key_opens(const struct fido_file *f, const struct secret *F)
{
	struct secret none = { 0 };

	ok(opens(f, 0, 0, output[0], F) && opens(f, 0, 1, output[1], F) && opens(f, 0, 2, output[2], F),
	    "each of three keys leads to F");
	ok(fido_open(f, 0, 0, output[1], &none, &e) == E_AUTH && none.bytes == NULL, "what another key gives does not");
	ok(fido_by_name(f, "k1") == 1 && fido_by_name(f, "k") < 0 && fido_by_cred(f, f->token[2].cred, 100) == 2 &&
		fido_by_cred(f, f->token[2].cred, 99) < 0,
	    "keys are found by name and by credential");
}

static void
written_and_read(const struct home *h, const struct fido_file *f, const struct secret *F)
{
	struct fido_file g;

	ok(fido_write(h, f, &e) == OK && fido_read(h, &g, &e) == OK && g.n == 3 && g.sets == 1 && opens(&g, 0, 2, output[2], F) &&
		strcmp(g.token[1].name, "k1") == 0 && g.token[1].made_ms == 1001 && g.token[1].cred_len == 101,
	    "it is read as it was written");
	ok(fido_erase(h, &e) == OK && fido_read(h, &g, &e) == E_NOTFOUND, "erased, there is none");
}

/* With the accident check made right again, as somebody who writes to the disk would. */
static void
every_bit_counts(const struct home *h, const struct fido_file *f)
{
	unsigned bad = 0, n = 0;
	struct fido_file g;
	BUF b = { 0 };

	if (fido_write(h, f, &e) != OK || io_read_file(h->device, "fido", 65536, &b, &e) != OK)
		abort();
	for (size_t at = 0; at < b.len - HASH_LEN; at += 3) {
		SECRET got = { 0 };

		b.p[at] = (char)(b.p[at] ^ 4);
		hash256((unsigned char *)b.p + b.len - HASH_LEN, b.p, b.len - HASH_LEN);
		if (io_replace(h->device, "fido", 0600, b.p, b.len, &e) != OK)
			abort();
		n++;
		if (fido_read(h, &g, &e) == OK && g.n == 3 && fido_open(&g, 0, 0, output[0], &got, &e) == OK)
			bad++;
		b.p[at] = (char)(b.p[at] ^ 4);
	}
	ok(bad == 0 && n > 500, "altered in any place it opens with no key (%u of %u opened)", bad, n);
}

static void
removal(struct fido_file *f, const struct secret *F)
{
	SECRET next = { 0 };
	struct fido_file g = *f;
	struct secret none = { 0 };

	if (secret_random(&next, KEY_LEN, &e) != OK || fido_seal(&g, 1, 9, &next, 1, &e) != OK)
		abort();
	ok(fido_set_for(&g, 8) == 0 && fido_set_for(&g, 9) == 1 && fido_set_for(&g, 12) == 1 && fido_set_for(&g, 4) < 0,
	    "before the keys of the store change the old F counts, afterwards the new one");
	ok(opens(&g, 0, 1, output[1], F) && opens(&g, 1, 0, output[0], &next) && opens(&g, 1, 2, output[2], &next),
	    "the keys that stay lead to both");
	ok(fido_open(&g, 1, 1, output[1], &none, &e) == E_AUTH, "the removed key does not lead to the new F");
	*f = g;
	fido_keep(f, 0, F);
	ok(f->n == 3 && f->sets == 1 && opens(f, 0, 1, output[1], F), "taken back, all three are there");
	fido_keep(&g, 1, &next);
	ok(g.n == 2 && g.sets == 1 && g.set[0].epoch == 9 && opens(&g, 0, 0, output[0], &next) &&
		opens(&g, 0, 1, output[2], &next) && fido_by_name(&g, "k1") < 0,
	    "finished, two are left and open");
}

/* What is read again from the file: how many sets, and whose the one for this epoch is. */
static bool
file_is(const struct home *h, unsigned sets, uint64_t epoch, const struct secret *F)
{
	struct fido_file g;
	int set;

	return fido_read(h, &g, &e) == OK && g.sets == sets && (set = fido_set_for(&g, epoch)) >= 0 &&
	    opens(&g, (unsigned)set, 0, output[0], F);
}

static void
around_a_change(const struct home *h, const struct fido_file *one, const struct secret *F)
{
	SECRET next = { 0 }, other = { 0 };
	struct fido_file two = *one;

	if (secret_random(&next, KEY_LEN, &e) != OK || secret_random(&other, KEY_LEN, &e) != OK ||
	    fido_seal(&two, 1, 9, &next, 1, &e) != OK || fido_write(h, &two, &e) != OK)
		abort();
	ok(fido_before(h, 9, &next, &e) == OK && file_is(h, 2, 9, &next) && file_is(h, 2, 8, F),
	    "before keys that take the new F are committed both are there");
	ok(fido_before(h, 9, &other, &e) == E_BUSY && file_is(h, 2, 9, &next), "keys that the file does not lead to: refused");
	ok(fido_after(h, 8, &next, &e) == E_BUSY && fido_after(h, 9, F, &e) == E_BUSY && file_is(h, 2, 9, &next),
	    "an F that is not that of the keys takes nothing away");
	ok(fido_after(h, 9, &next, &e) == OK && file_is(h, 1, 9, &next), "after the change only the new F is left");
	ok(fido_write(h, &two, &e) == OK && fido_after(h, 8, F, &e) == OK && file_is(h, 1, 9, F),
	    "without it only the old one is");
	ok(fido_write(h, &two, &e) == OK && fido_before(h, 9, F, &e) == OK && file_is(h, 1, 9, F),
	    "other keys with the old F, after a change that was cut short: the set that would count goes");
	ok(fido_erase(h, &e) == OK && fido_before(h, 9, F, &e) == E_BUSY, "no file: refused");
}

static void
limits(struct fido_file *f)
{
	unsigned char cred[FIDO_CRED_MAX + 1] = { 9 };

	ok(fido_add(f, "x", cred, sizeof cred, output[3], 1, &e) == E_RANGE && fido_add(f, "x", cred, 0, output[3], 1, &e) == E_RANGE,
	    "a credential that has no place is refused");
	while (f->n < FIDO_TOKENS_MAX) {
		cred[0]++;
		if (fido_add(f, "x", cred, FIDO_CRED_MAX, output[3], 1, &e) != OK)
			break;
	}
	ok(f->n == FIDO_TOKENS_MAX && fido_add(f, "x", cred, 5, output[3], 1, &e) == E_USAGE, "eight keys, and no ninth");
}

int
main(void)
{
	struct vh t = { .h = NULL };
	struct fido_file f;
	SECRET F = { 0 };

	if (crypto_start(&e) != OK || secret_random(&F, KEY_LEN, &e) != OK)
		return 1;
	vh_tmp(&t);
	if (home_create(t.h, &e) != OK)
		return 1;
	three_keys(&f, &F);
	any_key_opens(&f, &F);
	written_and_read(t.h, &f, &F);
	every_bit_counts(t.h, &f);
	removal(&f, &F);
	around_a_change(t.h, &f, &F);
	limits(&f);
	vh_end(&t);
	return tap_done();
}
