/* tests/crash/vault_load.c: see vault_load.h. */
#include "tests/crash/vault_load.h"

#include "base/num.h"
#include "store/acctfreeze.h"
#include "store/db.h"
#include "store/inbox.h"
#include "store/totp.h"
#include "store/vault_int.h"
#include "tests/crash/sim.h"
#include "tests/crash/vault_load_int.h"

#include <dirent.h>
#include <limits.h>

struct vault_load G;

/* ---- what must be nowhere any more (sim_gone) ---- */

enum { OLD_FUSE = 1, OLD_KEYS = 2 };

static void
gone(unsigned what)
{
	for (unsigned i = 0; what & OLD_FUSE && i < G.needles; i++)
		sim_gone(G.needle[i], NONCE);
	if (what & OLD_KEYS) {
		sim_gone(G.d, sizeof G.d);
		sim_gone(G.slot, NONCE);
	}
}

/* The seeds in both halves of logstate, of either name: seq | seed(32) | sum. */
struct seeds { unsigned char p[4][32]; unsigned n; };

static void
seeds_read(struct seeds *s)
{
	static const char *const names[] = { "logstate", "logstate.next" };
	unsigned char p[128];
	size_t n = 0;

	s->n = 0;
	for (size_t i = 0; i < COUNTOF(names); i++)
		if (G.t.h != NULL && file_read(G.t.h->device, names[i], p, sizeof p, &n, NULL) == OK && n == sizeof p)
			for (size_t half = 0; half < 2; half++)
				memcpy(s->p[s->n++], p + half * 64 + 8, 32);
}

/* An append that returned has erased the seed it signed with: who takes the disk cannot write the past. */
static enum rc
without_seeds(enum rc rc, const struct seeds *before)
{
	struct seeds now;
	bool kept;

	seeds_read(&now);
	for (unsigned i = 0; rc == OK && i < before->n; i++) {
		kept = false;
		for (unsigned k = 0; k < now.n; k++)
			kept = kept || memcmp(before->p[i], now.p[k], 32) == 0;
		if (!kept)
			sim_gone(before->p[i], 32);
	}
	return rc;
}

enum rc __real_log_append(struct log *l, const unsigned char *lk, bool freeze, const char *text, int64_t now_ms,
    uint64_t *seq, struct err *e);
enum rc __wrap_log_append(struct log *l, const unsigned char *lk, bool freeze, const char *text, int64_t now_ms,
    uint64_t *seq, struct err *e);
enum rc __real_log_append_batch(struct log *l, const unsigned char *lk, const char *const *texts, size_t n,
    int64_t now_ms, uint64_t *seq, struct err *e);
enum rc __wrap_log_append_batch(struct log *l, const unsigned char *lk, const char *const *texts, size_t n,
    int64_t now_ms, uint64_t *seq, struct err *e);

enum rc
__wrap_log_append(struct log *l, const unsigned char *lk, bool freeze, const char *text, int64_t now_ms, uint64_t *seq,
    struct err *e)
{
	struct seeds before;

	seeds_read(&before);
	return without_seeds(__real_log_append(l, lk, freeze, text, now_ms, seq, e), &before);
}

enum rc
__wrap_log_append_batch(struct log *l, const unsigned char *lk, const char *const *texts, size_t n, int64_t now_ms,
    uint64_t *seq, struct err *e)
{
	struct seeds before;

	seeds_read(&before);
	return without_seeds(__real_log_append_batch(l, lk, texts, n, now_ms, seq, e), &before);
}

/* ---- the load ---- */

const char *
vl_text(unsigned n, uint64_t version)
{
	static char text[64];

	(void)snprintf(text, sizeof text, "secret %u version %llu", n, (unsigned long long)version);
	return text;
}

static bool
prepare(struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;

	if (vh_create(&G.t, 1, true, &v, e) != OK)
		return false;
	for (unsigned n = 1; n <= SECRETS; n++)
		if (vh_put(v, n, 1, vl_text(n, 1), e) != OK)
			return false;
	return true;
}

static void
event_begin(struct buf *text, const char *what)
{
	buf_reset(text);
	log_text_begin(text, NULL, what);
}

/* ---- scenarios: what runs, recorded; sim_mark() after each step that returned success ---- */

/* A pending version beside the old, promoted, the old one removed at last. */
static bool
run_rotate(struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	struct record_id id = vh_id(1, 1);

	if (vh_unlock(&G.t, 1, &v, e) != OK || vh_put(v, 1, 2, vl_text(1, 2), e) != OK)
		return false;
	sim_mark(1);
	{
		AUTO(vault_txn_end) struct vault_txn *t = NULL;
		BUF text = { 0 };

		event_begin(&text, "secret-set");
		if (vault_txn_begin(v, 100, clock_now_ms(), &t, e) != OK ||
		    rows_secret_set_use(vault_db(v), id.rec, 1, SECRET_OLD, e) != OK ||
		    vault_txn_event(t, &text, e) != OK || vault_txn_commit(&t, e) != OK)
			return false;
	}
	sim_mark(2);
	{
		AUTO(vault_txn_end) struct vault_txn *t = NULL;
		BUF text = { 0 };

		event_begin(&text, "secret-remove");
		if (vault_txn_begin(v, 100, clock_now_ms(), &t, e) != OK ||
		    rows_secret_delete(vault_db(v), id.rec, 1, e) != OK || vault_txn_forget(t, id.rec, 1, e) != OK ||
		    vault_txn_event(t, &text, e) != OK || vault_txn_commit(&t, e) != OK)
			return false;
	}
	sim_mark(3);
	sim_gone(G.first, NONCE);
	return true;
}

static bool
run_reveals(struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;

	if (vh_unlock(&G.t, 1, &v, e) != OK)
		return false;
	for (int i = 1; i <= 4; i++) {
		struct record_id id = vh_id((unsigned)i, 1);
		RECORD r = { .body = NULL };
		SECRET plain = { 0 };

		if (rows_secret_get(vault_db(v), id.rec, 1, &r, NULL, e) != OK ||
		    record_reveal(v, &r, "show", clock_now_ms(), &plain, e) != OK)
			return false;
		sim_mark(i);
	}
	return true;
}

static bool
run_passwd(struct err *e)
{
	if (vh_passwd(&G.t, 1, 2, e) != OK)
		return false;
	sim_mark(1);
	gone(OLD_FUSE | OLD_KEYS);
	return true;
}

/* A of before and after; the factors of after. */
static bool
factors_to(int a_old, int a_new, const struct new_factors *next, struct err *e)
{
	SECRET a = { 0 }, b = { 0 };
	struct unlock_how old = { .now_ms = clock_now_ms(), .wait_ms = 100 };
	struct new_keys how = { .params = &vh_params, .factors = next, .now_ms = clock_now_ms(), .wait_ms = 100 };

	vh_a(&a, a_old);
	vh_a(&b, a_new);
	old.a = &a;
	how.a = &b;
	return vault_passwd(G.t.h, &old, &how, e) == OK;
}

static bool
enable(int a_new, struct err *e)
{
	struct new_factors next = { .codes = 2, .totp = &G.seed, .code_ms = NOON };

	totp_seed_wipe(&G.seed);
	return totp_seed_make(&G.seed, 2, e) == OK && factors_to(1, a_new, &next, e);
}

static bool
enabled_first(struct err *e)
{
	return prepare(e) && enable(1, e);
}

static bool
run_enable(struct err *e)
{
	if (!enable(2, e))
		return false;
	sim_mark(1);
	gone(OLD_FUSE | OLD_KEYS);
	return true;
}

static bool
run_disable(struct err *e)
{
	struct new_factors none = { .codes = 0 };

	if (!factors_to(1, 2, &none, e))
		return false;
	sim_mark(1);
	gone(OLD_FUSE | OLD_KEYS);
	return true;
}

/* An unlock eight days later, with the codes of that time. */
static bool
run_table(struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;
	struct factors with = { .codes = 2, .code_ms = NOON + DAYS(8) };
	struct unlock_how how = { .with = &with, .now_ms = clock_now_ms(), .wait_ms = 100 };
	SECRET a = { 0 };

	vh_a(&a, 1);
	how.a = &a;
	for (unsigned i = 0; i < 2; i++)
		if (totp_code_of(&with.code[i], &G.seed, totp_step(with.code_ms) + i, e) != OK)
			return false;
	/* What fails there is a notice, not an error. */
	if (vault_unlock(G.t.h, &how, &v, e) != OK || !vault_notices(v)->totp_renewed)
		return false;
	sim_mark(1);
	return true;
}

static bool
run_rekey(struct err *e)
{
	struct unlock_how how = { .now_ms = clock_now_ms(), .wait_ms = 100 };
	SECRET a = { 0 };

	vh_a(&a, 1);
	how.a = &a;
	if (vault_rekey(G.t.h, &how, e) != OK)
		return false;
	sim_mark(1);
	gone(OLD_FUSE);
	return true;
}

static bool
run_freeze(struct err *e)
{
	struct freeze_report r;

	if (vh_freeze(&G.t, &r, e) != OK)
		return false;
	sim_mark(1);
	gone(OLD_FUSE);
	return true;
}

static bool
run_thaw(struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;

	if (vh_thaw(&G.t, 2, true, &v, e) != OK)
		return false;
	sim_mark(1);
	gone(OLD_KEYS);
	return true;
}

static bool
run_kit_new(struct err *e)
{
	if (vh_kit_new(&G.t, 1, 1, 1, e) != OK)
		return false;
	sim_mark(1);
	gone(OLD_FUSE | OLD_KEYS);
	return true;
}

static bool
run_init(struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;

	if (vh_create(&G.t, 1, true, &v, e) != OK)
		return false;
	sim_mark(1);
	return true;
}

/* ---- single accounts ---- */

void
vl_frozen_uids(unsigned char uid[FROZEN_ONES][ID_LEN])
{
	for (unsigned n = 1; n <= FROZEN_ONES; n++) {
		struct record_id id = vh_id(n, 1);

		memcpy(uid[n - 1], id.acct, ID_LEN);
	}
}

static bool
put_accounts(struct vault *v, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	char sql[400], uid[2 * ID_LEN + 1];

	if (vault_txn_begin(v, 100, clock_now_ms(), &t, e) != OK)
		return false;
	for (unsigned n = 1; n <= SECRETS; n++) {
		struct record_id id = vh_id(n, 1);

		hex_put(uid, id.acct, ID_LEN);
		(void)snprintf(sql, sizeof sql,
		    "INSERT INTO account(uid, name, name_key, provider, login, currency, limits, url, way_in, notes, state,"
		    " created, frozen, closed) VALUES(x'%s', 'a%u', 'a%u', '', '', '', '', '', '', '', 0, 1, 0, 0)",
		    uid, n, n);
		if (sql_exec(vault_db(v), sql, e) != OK)
			return false;
	}
	return vault_txn_commit(&t, e) == OK;
}

static bool
with_accounts(struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;

	if (!prepare(e) || vh_unlock(&G.t, 1, &v, e) != OK || !put_accounts(v, e))
		return false;
	memcpy(G.lk, vault_lk(v)->bytes, KEY_LEN);
	return true;
}

static bool
freeze_two(struct vault *v, struct err *e)
{
	unsigned char uid[FROZEN_ONES][ID_LEN];
	size_t erased = 0;

	vl_frozen_uids(uid);
	return vault_freeze_accounts(v, (const unsigned char (*)[ID_LEN])uid, FROZEN_ONES, "test", clock_now_ms(), 100,
		   &erased, e) == OK;
}

static bool
run_freeze_accounts(struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;

	if (vh_unlock(&G.t, 1, &v, e) != OK || !freeze_two(v, e))
		return false;
	for (unsigned i = 0; i < FROZEN_ONES; i++)
		sim_gone(G.two[i], NONCE);
	sim_mark(1);
	return true;
}

/* ---- notes made while locked ---- */

static bool
run_notes(struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;

	for (int i = 1; i <= NOTES; i++) {
		BUF text = { 0 };

		log_text_begin(&text, NULL, "row");
		log_text_add(&text, "account", "a1");
		log_text_add(&text, "amount", "-3.10");
		log_text_add(&text, "cur", "EUR");
		log_text_add(&text, "day", "2026-11-22");
		if (inbox_add(G.t.h, &text, 100, e) != OK)
			return false;
		sim_mark(i);
	}
	if (vh_unlock(&G.t, 1, &v, e) != OK || vault_notices(v)->notes != NOTES)
		return false;
	sim_mark(NOTES + 1);
	return true;
}

/* ---- a thaw of accounts ---- */

static bool
accounts_frozen(struct err *e)
{
	AUTO(vault_close) struct vault *v = NULL;

	return with_accounts(e) && vh_unlock(&G.t, 1, &v, e) == OK && freeze_two(v, e);
}

static enum rc
seal_here(void *ctx, const struct record_id *id, const struct secret *plain, int64_t created_ms, struct record *out,
    struct err *e)
{
	return record_seal(ctx, id, plain, created_ms, WRAP_FROZEN_TOO, out, e);
}

static bool
run_thaw_accounts(struct err *e)
{
	unsigned char uid[FROZEN_ONES][ID_LEN];
	AUTO(vault_close) struct vault *v = NULL;
	struct acct_thaw t = { .kit = &G.t.kit.s, .uid = (const unsigned char (*)[ID_LEN])uid, .n = FROZEN_ONES,
		.now_ms = clock_now_ms(), .wait_ms = 100, .seal_it = seal_here };

	vl_frozen_uids(uid);
	if (vh_unlock(&G.t, 1, &v, e) != OK)
		return false;
	t.ctx = v;
	if (vault_thaw_accounts(v, &t, e) != OK || t.records != FROZEN_ONES)
		return false;
	sim_mark(1);
	return true;
}

/* ---- the table ---- */

static bool
freeze_first(struct err *e)
{
	struct freeze_report r;

	return prepare(e) && vh_freeze(&G.t, &r, e) == OK;
}

static bool
nothing(struct err *e)
{
	return home_create(G.t.h, e) == OK;
}

const struct scenario vl_scenarios[] = {
	{ "rotate", prepare, run_rotate, 3, true },
	{ "reveals (log append)", prepare, run_reveals, 4, true },
	{ "passwd", prepare, run_passwd, 1, true },
	{ "freeze", prepare, run_freeze, 1, true },
	{ "thaw", freeze_first, run_thaw, 1, false },
	{ "kit new", prepare, run_kit_new, 1, false },
	{ "init", nothing, run_init, 1, false },
	{ "freeze of accounts", with_accounts, run_freeze_accounts, 1, true },
	{ "thaw of accounts", accounts_frozen, run_thaw_accounts, 1, true },
	{ "2fa enable", prepare, run_enable, 1, false },
	{ "2fa disable", enabled_first, run_disable, 1, false },
	{ "renewal of the table", enabled_first, run_table, 1, true },
	{ "rekey", prepare, run_rekey, 1, true },
	{ "notes while locked", with_accounts, run_notes, NOTES + 1, true },
};
const int vl_count = (int)COUNTOF(vl_scenarios);

/* Nonces of everything that wraps a secret in the fuse, and of what opens it. */
static void
take_needles(const char *root)
{
	static unsigned char p[65536];
	struct record_id one = vh_id(1, 1);
	size_t n = vh_load(root, "device/fuse", p, sizeof p);

	G.needles = 0;
	for (size_t at = 32; at < 448 && n > 0; at += 104)
		memcpy(G.needle[G.needles++], p + at, NONCE);
	for (size_t at = 512; at + 128 <= n && G.needles < NEEDLES - 1; at += 128) {
		if (memcmp(p + at, one.rec, ID_LEN) == 0)
			memcpy(G.first, p + at + 24, NONCE);
		for (unsigned k = 0; k < FROZEN_ONES; k++) {
			struct record_id two = vh_id(k + 1, 1);

			if (memcmp(p + at, two.rec, ID_LEN) == 0)
				memcpy(G.two[k], p + at + 24, NONCE);
		}
		memcpy(G.needle[G.needles++], p + at + 24, NONCE);
	}
	if (vh_load(root, "device/device.key", p, sizeof p) == 64)
		memcpy(G.d, p + 16, sizeof G.d);
	if (vh_load(root, "vault/keys", p, sizeof p) == KEYS_SIZE)
		memcpy(G.slot, p + 512 + 16, NONCE);
}

/* ---- for the programs ---- */

bool
vl_start(void)
{
	struct err e = { .rc = OK };

	return crypto_start(&e) == OK && db_init(&e) == OK;
}

bool
vl_before(const struct scenario *s, const char *home, struct err *e)
{
	bool good = vl_moved(home) && s->before(e);

	take_needles(home);
	return good;
}

bool
vl_moved(const char *home)
{
	return vh_home(&G.t, home);
}

bool
vl_run(const struct scenario *s, struct err *e)
{
	return s->run(e);
}

void
vl_after(void)
{
	home_close(&G.t.h);
}
