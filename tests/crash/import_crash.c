/*
 * tests/crash/import_crash.c: power failures while statements are imported and one is taken back. Every image must start again with
 * all of an import or nothing of it, its statement, its rows and the log in agreement, and lose nothing that had returned success.
 *	import_crash [IMAGES]
 */
#include "store/import.h"
#include "store/sql.h"
#include "store/vault_int.h"
#include "tests/args.h"
#include "tests/crash/sim.h"
#include "tests/unit/rows.h"
#include "tests/vaulthelp.h"

#include <limits.h>

enum { ROWS = 24, SHARED = 4 };         /* the second statement overlaps the first by SHARED rows */

static struct { struct vh t; struct statement first, second; char round; bool expect_bad; } G;

/* ---- made-up statements ---- */

/* Rows from..from + ROWS - 1 of one made-up account; the round makes them differ from those of other rounds. */
static void
make(struct statement *s, unsigned from)
{
	static char text[ROWS][4][32];
	struct made m[ROWS];

	for (unsigned i = 0; i < ROWS; i++) {
		(void)snprintf(text[i][0], 32, "2026-10-%02u 12:%02u:00", 1 + (from + i) % 28, i);
		(void)snprintf(text[i][1], 32, "-%u.%02u", 1 + i, (from + i) % 100);
		(void)snprintf(text[i][2], 32, "Shop number %u", from + i);
		(void)snprintf(text[i][3], 32, "ID%c%05u", G.round, from + i);
		/* A row of both statements says the same in both. */
		if (from + i >= ROWS - SHARED && from + i < ROWS)
			(void)snprintf(text[i][0], 32, "2026-10-05 12:00:%02u", from + i), (void)snprintf(text[i][1], 32, "-9.%02u", from + i);
		m[i] = (struct made){ .at = text[i][0], .amount = text[i][1], .cur = "EUR", .with = text[i][2], .description = "",
			.id = text[i][3], .ref = "", .status = TXN_SETTLED, .moved = TXN_MOVED };
	}
	made_statement(s, "paypal", m, ROWS);
}

/* ---- the load ---- */

static bool
event(struct vault_txn *t, const char *what, struct err *e)
{
	BUF text = { 0 };

	log_text_begin(&text, NULL, what);
	return vault_txn_event(t, &text, e) == OK;
}

static bool
prepare(struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(account_free) struct account a = { 0 };
	AUTO(vault_close) struct vault *v = NULL;

	account_init(&a);
	return vh_create(&G.t, 1, true, &v, e) == OK && text_set(&a.name, "paypal", e) == OK && text_set(&a.provider, "paypal", e) == OK &&
	    vault_txn_begin(v, 100, clock_now_ms(), &t, e) == OK && account_add(vault_db(v), &a, clock_now_ms(), e) == OK &&
	    event(t, "account-add", e) && vault_txn_commit(&t, e) == OK;
}

static bool
bring(struct vault *v, const struct statement *s, unsigned char hash, struct err *e)
{
	AUTO(import_result_free) struct import_result r = { .rows = 0 };
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(account_free) struct account a = { 0 };
	struct import_options o = { .now_ms = clock_now_ms() };
	struct import_file f = { .name = "made.csv", .bytes = "made up", .size = 7 };

	account_init(&a);
	memset(f.sha256, hash, sizeof f.sha256);
	return vault_txn_begin(v, 100, clock_now_ms(), &t, e) == OK && account_find(vault_db(v), "paypal", &a, e) == OK &&
	    import_apply(vault_db(v), a.id, &f, s, &o, &r, e) == OK && event(t, "import", e) && vault_txn_commit(&t, e) == OK;
}

static bool
take_back(struct vault *v, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	struct remove_result r;

	return vault_txn_begin(v, 100, clock_now_ms(), &t, e) == OK && statement_remove(vault_db(v), 1, &r, NULL, NULL, e) == OK &&
	    r.shared == SHARED && event(t, "statement-remove", e) && vault_txn_commit(&t, e) == OK;
}

static bool
run(struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;

	if (vh_unlock(&G.t, 1, &v, e) != OK || !bring(v, &G.first, 1, e))
		return false;
	sim_mark(1);
	if (!bring(v, &G.second, 2, e))
		return false;
	sim_mark(2);
	if (!take_back(v, e))
		return false;
	sim_mark(3);
	return true;
}

/* ---- what must hold in every image ---- */

static enum rc
count_entry(void *ctx, const struct log_entry *en, struct err *e)
{
	unsigned *n = ctx;

	(void)e;
	if (en->opened && (strstr(en->text, " import") != NULL || strstr(en->text, " statement-remove") != NULL))
		++*n;
	return OK;
}

static bool
log_says(struct vault *v, unsigned *events, struct err *e)
{
	AUTO(log_report_free) struct log_report r = { .n = 0 };
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };

	*events = 0;
	return !vault_notices(v)->log_broken && vault_log_keys(v, &k, e) == OK &&
	    log_verify(vault_log(v), k.lk, k.n, count_entry, events, &r, e) == OK && r.bad == 0;
}

static bool
check(void *arg, const struct sim_image *img)
{
	static const unsigned want_rows[] = { 0, ROWS, 2 * ROWS - SHARED, ROWS }, want_statements[] = { 0, 1, 2, 1 };
	int done = img->mark == INT_MIN ? 0 : img->mark, state = -1;
	AUTO(vault_close) struct vault *v = NULL;
	int64_t rows = -1, statements = -1, waiting = -1;
	struct vh t = { .root = "" };
	struct err e = { .rc = OK };
	unsigned events = 0;
	bool good;

	(void)arg;
	good = vh_home(&t, img->home) && vh_unlock(&t, 1, &v, &e) == OK && db_verify(vault_db(v), NULL, NULL, &e) == OK &&
	    log_says(v, &events, &e) && sql_get_int(vault_db(v), "SELECT count(*) FROM txn", &rows, &e) == OK &&
	    sql_get_int(vault_db(v), "SELECT count(*) FROM statement", &statements, &e) == OK &&
	    sql_get_int(vault_db(v), "SELECT count(*) FROM log_outbox", &waiting, &e) == OK && waiting == 0;
	/* All of a step or nothing, each with its entry in the log, and no step that was done is undone. */
	for (int i = 0; good && i < 4; i++)
		if (rows == want_rows[i] && statements == want_statements[i] && events == (unsigned)i)
			state = i;
	good = good && state >= done && state <= done + 1;
	if (!good && !G.expect_bad)
		printf("# mark %d: %lld rows, %lld statements, %u events: %s\n", done, (long long)rows, (long long)statements, events, e.what);
	vault_close(&v);
	home_close(&t.h);
	return good;
}

static bool
round_of(struct sim_opts *o, struct sim_result *sum, bool missing)
{
	struct err e = { .rc = OK };
	struct sim_result r;
	char dir[64], home[100];
	int needed = 0;
	bool good;

	make(&G.first, 0);
	make(&G.second, ROWS - SHARED);
	(void)snprintf(home, sizeof home, "%s/home", sim_tmpdir(dir));
	(void)mkdir(home, 0700);
	good = vh_home(&G.t, home) && prepare(&e);
	sim_begin(home);
	good = good && run(&e);
	sim_end();
	if (!good)
		printf("# %s\n", e.what);
	r = sim_images(o, check, NULL);
	sum->images += r.images;
	sum->bad += r.bad;
	sum->ops += r.ops;
	sum->syncs += r.syncs;
	sum->syncs_covered += r.syncs_covered;
	sum->seconds += r.seconds;
	G.expect_bad = true;
	for (int i = 0; missing && i < sim_syncs(); i++) {
		struct sim_opts without = { .seed = 9, .budget = 40, .stop_bad = 1, .drop = i };

		needed += sim_images(&without, check, NULL).bad > 0;
	}
	G.expect_bad = false;
	if (missing)
		ok(needed >= 12, "without one of the %d syncs of three transactions there are bad images for %d", sim_syncs(), needed);
	sim_forget();
	statement_free(&G.first);
	statement_free(&G.second);
	home_close(&G.t.h);
	sim_rmdir(dir);
	return good && r.images > 0;
}

int
main(int argc, char **argv)
{
	size_t budget = (size_t)arg_number(argc, argv, 1, 0, 100000000, 400);
	struct sim_opts o = { .seed = 77, .drop = -1, .loud = true };
	struct sim_result sum = { .images = 0 };
	struct err e = { .rc = OK };
	unsigned rounds = 0;
	bool good = true;

	if (!ok(crypto_start(&e) == OK && db_init(&e) == OK, "crypto and SQLite start"))
		return tap_done();
	while (good && sum.images < budget) {
		G.round = (char)('A' + rounds % 26);
		o.budget = budget - sum.images;
		o.seed++;
		good = round_of(&o, &sum, rounds == 0);
		rounds++;
	}
	ok(good, "import, import of an overlapping statement, statement remove: recorded %u times", rounds);
	ok(sum.bad == 0, "%zu images, %zu bad; %zu operations; %.0f images a second", sum.images, sum.bad, sum.ops,
	    (double)sum.images / (sum.seconds > 0 ? sum.seconds : 1));
	ok(sum.syncs_covered == sum.syncs, "each of %zu syncs is covered", sum.syncs);
	kit_wipe(&G.t.kit);
	return tap_done();
}
