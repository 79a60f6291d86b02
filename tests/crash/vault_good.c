/* tests/crash/vault_good.c: what must hold in every image; see vault_load.h. */
#include "store/acctfreeze.h"
#include "store/db.h"
#include "store/vault_int.h"
#include "tests/crash/vault_load_int.h"

#include <dirent.h>

/* As the files lie there, before anything is finished: an account that is flagged has no entry. */
static bool
flagged_without_entries(const struct vh *t)
{
	static unsigned char p[65536];
	AUTO(db_close) struct db *db = NULL;
	unsigned char uid[FROZEN_ONES][ID_LEN];
	size_t n = vh_load(t->root, "device/fuse", p, sizeof p);
	int64_t since = 0;

	vl_frozen_uids(uid);
	if (db_open(t->h->vault, "store.db", G.lk, DB_TRUST, &db, NULL) != OK)
		return false;
	for (unsigned i = 0; i < FROZEN_ONES; i++) {
		struct record_id id = vh_id(i + 1, 1);

		if (rows_account_frozen(db, uid[i], &since, NULL) != OK)
			return false;
		for (size_t at = 512; since != 0 && at + 128 <= n; at += 128)
			if (memcmp(p + at, id.rec, ID_LEN) == 0)
				return false;
	}
	return true;
}

/* ---- what must hold in every image ---- */

struct tally { unsigned reveals; bool ok; };

static enum rc
count_reveals(void *ctx, const struct log_entry *en, struct err *e)
{
	struct tally *t = ctx;

	(void)e;
	if (!en->opened)
		t->ok = false;
	else if (strstr(en->text, " reveal ") != NULL)
		t->reveals++;
	return OK;
}

static bool
log_good(struct vault *v, unsigned *reveals, struct err *e)
{
	AUTO(log_report_free) struct log_report r = { .n = 0 };
	AUTO(log_keys_free) struct log_keys k = { .n = 0 };
	struct tally t = { .ok = true };

	if (vault_notices(v)->log_broken || vault_log_keys(v, &k, e) != OK ||
	    log_verify(vault_log(v), k.lk, k.n, count_reveals, &t, &r, e) != OK)
		return false;
	*reveals = t.reveals;
	return r.bad == 0 && t.ok;
}

/* Every version that has a row opens to its text; the rows are those of one state. */
struct rows { struct vault *v; unsigned n, has1, has2, bad, refused; enum secret_use use1; };

static enum rc
one_row(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct rows *x = ctx;
	SECRET plain = { 0 };
	unsigned n = r->id.rec[1];
	const char *want = vl_text(n, r->id.version);
	enum rc rc = vault_state(x->v) == VAULT_OPEN ? record_open(x->v, r, &plain, e) : E_FROZEN;

	x->n++;
	if (n == 1 && r->id.version == 1)
		x->has1 = 1, x->use1 = use;
	if (n == 1 && r->id.version == 2)
		x->has2 = 1;
	if (rc == E_FROZEN && vault_state(x->v) == VAULT_OPEN && vault_account_open(x->v, r->id.acct, NULL) == E_FROZEN)
		x->refused |= 1u << n;
	else if (vault_state(x->v) == VAULT_OPEN)
		x->bad += rc != OK || plain.len != strlen(want) || memcmp(plain.bytes, want, plain.len) != 0;
	return OK;
}

/* Which of the two unlocks; 0 none. */
static int
open_image(struct vh *t, struct vault **v, struct err *e)
{
	enum rc rc = vh_unlock(t, 1, v, e);

	if (rc == OK)
		return 1;
	return rc == E_AUTH && vh_unlock(t, 2, v, e) == OK ? 2 : 0;
}

static bool
whole(struct vault *v, struct rows *x, unsigned *reveals, struct err *e)
{
	x->v = v;
	return !vault_notices(v)->fuse_damaged && !v->records_bad && vault_notices(v)->kit_only == 0 &&
	    db_verify(vault_db(v), NULL, NULL, e) == OK && log_good(v, reveals, e) &&
	    rows_secret_each(vault_db(v), NULL, one_row, x, e) == OK && x->bad == 0 &&
	    !file_there(vault_home(v)->device, "change") && !file_there(vault_home(v)->device, FREEZE_MARKER);
}

static bool
no_needle(const char *home)
{
	static const char *const dirs[] = { "vault", "device" };
	static unsigned char p[4 << 20];
	char path[600];
	struct dirent *d;

	for (size_t i = 0; i < 2; i++) {
		DIR *dir;

		(void)snprintf(path, sizeof path, "%s/%s", home, dirs[i]);
		if ((dir = opendir(path)) == NULL)
			continue;
		while ((d = readdir(dir)) != NULL) {
			char name[300];
			size_t n;

			(void)snprintf(name, sizeof name, "%s/%s", dirs[i], d->d_name);
			n = d->d_name[0] == '.' ? 0 : vh_load(home, name, p, sizeof p);
			for (unsigned k = 0; k < G.needles; k++)
				if (n > 0 && memmem(p, n, G.needle[k], sizeof G.needle[k]) != NULL) {
					(void)closedir(dir);
					return false;
				}
		}
		(void)closedir(dir);
	}
	return true;
}

static bool
good_rotate(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	(void)reveals;
	return a == 1 && vault_state(v) == VAULT_OPEN && (x->has1 || x->has2) && (mark < 1 || x->has2) &&
	       (mark < 2 || !x->has1 || x->use1 == SECRET_OLD) && (mark < 3 || !x->has1) &&
	       x->n + !x->has1 == SECRETS + x->has2;
}

static bool
good_reveals(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	return a == 1 && vault_state(v) == VAULT_OPEN && x->n == SECRETS && (mark < 1 || reveals >= (unsigned)mark) &&
	       reveals <= 4;
}

static bool
good_passwd(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	(void)reveals;
	return vault_state(v) == VAULT_OPEN && x->n == SECRETS && (mark < 1 || a == 2) && vault_epoch(v) == (uint64_t)a;
}

static bool
good_freeze(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	bool logged = false;
	struct err e = { .rc = OK };

	(void)reveals;
	if (a != 1 || x->n != SECRETS || (mark >= 1 && vault_state(v) != VAULT_FROZEN))
		return false;
	return vault_state(v) != VAULT_FROZEN ||
	    (log_freeze_since(vault_log(v), 0, &logged, NULL, NULL, &e) == OK && logged && vault_sk(v) == NULL);
}

static bool
good_thaw(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	(void)reveals;
	return x->n == SECRETS && (mark < 1 || a == 2) && vault_state(v) == (a == 2 ? VAULT_OPEN : VAULT_FROZEN);
}

static bool
good_kit_new(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	(void)reveals;
	return a == 1 && vault_state(v) == VAULT_OPEN && x->n == SECRETS && (mark < 1 || vault_epoch(v) == 2);
}

static bool
good_init(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	(void)mark;
	(void)reveals;
	return a == 1 && vault_state(v) == VAULT_OPEN && x->n == 0;
}

/* Each note once, and none that was acknowledged is missing. */
static bool
good_notes(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	int64_t notes = -1, rows = -1, problems = -1;

	(void)reveals;
	return a == 1 && vault_state(v) == VAULT_OPEN && x->n == SECRETS && !file_there(vault_home(v)->vault, "inbox") &&
	       sql_get_int(vault_db(v), "SELECT count(*) FROM inbox", &notes, NULL) == OK &&
	       sql_get_int(vault_db(v), "SELECT count(*) FROM txn WHERE provisional = 1", &rows, NULL) == OK &&
	       sql_get_int(vault_db(v), "SELECT count(*) FROM inbox WHERE problem <> ''", &problems, NULL) == OK &&
	       notes == rows && problems == 0 && notes <= NOTES && notes >= (mark < NOTES ? mark : NOTES);
}

/* All of them or none. */
static bool
good_accounts(int a, struct vault *v, const struct rows *x, bool frozen, bool either)
{
	unsigned want = (1u << 1) | (1u << 2);

	return a == 1 && vault_state(v) == VAULT_OPEN && x->n == SECRETS && !acctfreeze_marked(vault_home(v)) &&
	       vault_notices(v)->kit_only == 0 && (x->refused == (frozen ? want : 0) || (either && x->refused == (frozen ? 0 : want)));
}

static bool
good_freeze_accounts(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	(void)reveals;
	return good_accounts(a, v, x, true, mark < 1) && vault_notices(v)->entries_back == 0;
}

static bool
good_thaw_accounts(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	(void)reveals;
	return good_accounts(a, v, x, false, mark < 1);
}

/* The table is that of the seed, whole, and begins at from or (0: not) at from2; none where keys want none. */
static bool
table_good(struct vault *v, int64_t from, int64_t from2)
{
	AUTO(totp_tab_free) struct totp_tab *t = NULL;
	unsigned n = keys_flags(&v->keys) & KEYS_TOTP_MASK;
	TOTP_SEED s = { .n = 0 };
	bool is_whole = false;
	int64_t at;

	if (n == 0)
		return !file_there(v->h->device, "totp.tab");
	if (totp_tab_read(v->h, vault_id(v), n, &t, NULL) != OK ||
	    totp_tab_open(t, &v->lk, &s, &is_whole, NULL) != OK || !is_whole)
		return false;
	at = totp_step(totp_tab_from_ms(t)) + TOTP_BACK;
	return secret_equal(&s.key, &G.seed.key) && memcmp(s.target, G.seed.target, sizeof s.target) == 0 &&
	    (at == from || (from2 != 0 && at == from2));
}

static bool
good_enable(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	(void)reveals;
	return vault_state(v) == VAULT_OPEN && x->n == SECRETS && (mark < 1 || a == 2) && vault_epoch(v) == (uint64_t)a &&
	    ((keys_flags(&v->keys) & KEYS_TOTP_MASK) == (a == 2 ? 2 : 0)) && table_good(v, totp_step(NOON), 0);
}

static bool
good_disable(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	(void)reveals;
	return vault_state(v) == VAULT_OPEN && x->n == SECRETS && (mark < 1 || a == 2) &&
	    vault_epoch(v) == (uint64_t)a + 1 && ((keys_flags(&v->keys) & KEYS_TOTP_MASK) == (a == 2 ? 0 : 2)) &&
	    table_good(v, totp_step(NOON), 0);
}

static bool
good_table(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	int64_t now = totp_step(NOON + DAYS(8));

	(void)reveals;
	return a == 1 && vault_state(v) == VAULT_OPEN && x->n == SECRETS &&
	    table_good(v, now, mark < 1 ? totp_step(NOON) : 0) && !file_there(v->h->device, "totp.tab.next");
}

static bool
good_rekey(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals)
{
	(void)mark;
	(void)reveals;
	return a == 1 && vault_state(v) == VAULT_OPEN && x->n == SECRETS && vault_epoch(v) == 1;
}

/* Beside each scenario: its own condition, and whether no old wrap may be left after the last mark. */
static const struct {
	bool (*good)(int mark, int a, struct vault *v, const struct rows *x, unsigned reveals);
	bool needles;
} wanted[] = {
	{ good_rotate, false },
	{ good_reveals, false },
	{ good_passwd, true },
	{ good_freeze, true },
	{ good_thaw, false },
	{ good_kit_new, true },
	{ good_init, false },
	{ good_freeze_accounts, false },
	{ good_thaw_accounts, false },
	{ good_enable, true },
	{ good_disable, true },
	{ good_table, false },
	{ good_rekey, true },
	{ good_notes, false },
};

bool
vl_good(const struct scenario *s, const char *home, int mark)
{
	AUTO(vault_close) struct vault *v = NULL;
	struct vh t = { .root = "" };
	struct rows x = { .n = 0 };
	struct err e = { .rc = OK };
	struct vault_status st = { .state = VAULT_NONE };
	size_t which = (size_t)(s - vl_scenarios);
	unsigned reveals = 0;
	bool good = false;
	int a = 0;

	if (!vh_home(&t, home))
		return false;
	(void)snprintf(t.root, sizeof t.root, "%s", home);
	if (strcmp(s->name, "freeze of accounts") == 0 && !flagged_without_entries(&t)) {
		home_close(&t.h);
		return false;
	}
	a = open_image(&t, &v, &e);
	if (strcmp(s->name, "init") == 0 && mark < 1 && a == 0) {
		/* Not yet there, and can be made. */
		good = e.rc == E_NOTFOUND && vault_status(t.h, &st, &e) == OK && st.state == VAULT_NONE;
		if (good) {
			struct vh again = { .h = t.h };

			good = vh_create(&again, 1, true, NULL, &e) == OK;
			kit_wipe(&again.kit);
		}
	} else {
		good = a != 0 && whole(v, &x, &reveals, &e) && wanted[which].good(mark, a, v, &x, reveals);
		if (good && wanted[which].needles && mark >= 1)
			good = no_needle(home);
	}
	if (!good && getenv("CRASH_VERBOSE") != NULL)
		printf(
		    "# %s: a %d state %d n %u has %u%u bad %u reveals %u kit only %u broken %d rec %d damaged %d: %s\n",
		    s->name, a, v != NULL ? (int)vault_state(v) : -1, x.n, x.has1, x.has2, x.bad, reveals,
		    v != NULL ? vault_notices(v)->kit_only : 0, v != NULL && vault_notices(v)->log_broken,
		    v != NULL && v->records_bad, v != NULL && vault_notices(v)->fuse_damaged, e.what);
	vault_close(&v);
	home_close(&t.h);
	return good;
}
