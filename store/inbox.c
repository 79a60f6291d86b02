/* store/inbox.c: see inbox.h. */
#include "store/inbox.h"

#include "base/io.h"
#include "base/le.h"
#include "base/num.h"
#include "store/account.h"
#include "store/files.h"
#include "store/ledger.h"
#include "store/provisional.h"
#include "store/vault_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define NAME "inbox"
#define MAGIC_LEN 8u
#define SUM_LEN 16u
#define PAD_TO 64u
#define BOX_MAX (INBOX_TEXT_MAX + PAD_TO + BOX_OVER)

static const char magic[MAGIC_LEN] = { 'P', 'U', 'R', 'S', 'I', 'N', 'B', '1' };

/* ---- the bytes ---- */

/* The entry at `at`: its box, and where the next one begins. false: no whole entry of sane size is there. *good: its
 * sum fits. */
static bool
entry_at(const unsigned char *p, size_t n, size_t at, const unsigned char **box, size_t *len, size_t *next, bool *good)
{
	unsigned char sum[SUM_LEN];

	if (n < at + 4)
		return false;
	*len = le32_get(p + at);
	if (*len < BOX_OVER + PAD_TO || *len > BOX_MAX || n - at - 4 < *len + SUM_LEN)
		return false;
	*box = p + at + 4;
	*next = at + 4 + *len + SUM_LEN;
	hash128(sum, p + at, 4 + *len);
	*good = memcmp(sum, p + at + 4 + *len, SUM_LEN) == 0;
	return true;
}

/* Where whole entries end: what follows was never acknowledged. */
static size_t
whole_end(const unsigned char *p, size_t n, size_t *entries)
{
	const unsigned char *box;
	size_t at = MAGIC_LEN, len, next;
	bool good;

	*entries = 0;
	if (n < MAGIC_LEN || memcmp(p, magic, MAGIC_LEN) != 0)
		return 0;
	while (entry_at(p, n, at, &box, &len, &next, &good)) {
		/* A sum that does not fit at the very end is a torn write; elsewhere it is damage, and what follows
		 * counts. */
		if (!good && next >= n)
			break;
		++*entries;
		at = next;
	}
	return at;
}

static enum rc
read_all(int fd, struct buf *out, struct err *e)
{
	unsigned char part[4096];
	size_t got = 0, at = 0;
	enum rc rc;

	do {
		if ((rc = io_pread(fd, part, sizeof part, (off_t)at, &got, e)) != OK)
			return rc;
		buf_add(out, part, got);
		at += got;
	} while (got == sizeof part && at <= INBOX_MAX);
	return buf_check(out, e);
}

/* ---- the file ---- */

static enum rc
wait_for(int fd, int64_t wait_ms, struct err *e)
{
	struct timespec nap = { .tv_nsec = 5000000 };

	for (int64_t waited = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited += 5) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, E_SYS, N_("cannot lock %s"), NAME);
		if (waited >= wait_ms)
			return err_set(e, E_BUSY, N_("another purser holds the store"));
		(void)nanosleep(&nap, NULL);
	}
	return OK;
}

/* Locked, and still the file of that name: whoever takes the entries in removes it. E_NOTFOUND: none (unless create).
 */
static enum rc
open_locked(const struct home *h, bool create, int64_t wait_ms, int *out, struct err *e)
{
	int how = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | (create ? O_CREAT : 0);
	enum rc rc;

	for (;;) {
		AUTO(auto_close) int fd = openat(h->vault, NAME, how, 0600);
		struct stat st;

		if (fd < 0 && errno == ENOENT)
			return E_NOTFOUND;
		if (fd < 0)
			return err_sys(e, errno == ELOOP ? E_DAMAGED : E_SYS, N_("cannot open %s"), NAME);
		if ((rc = wait_for(fd, wait_ms, e)) != OK)
			return rc;
		if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
			return err_set(e, E_DAMAGED, N_("%s is not a regular file"), NAME);
		if (st.st_nlink > 0) {
			*out = fd;
			fd = -1;
			return OK;
		}
	}
}

size_t
inbox_waiting(const struct home *h)
{
	AUTO(auto_close) int fd = -1;
	BUF b = { .max = INBOX_MAX + 8192 };
	size_t n = 0;

	if (h->vault < 0 ||
	    (fd = openat(h->vault, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)) < 0 ||
	    read_all(fd, &b, NULL) != OK)
		return 0;
	(void)whole_end((const unsigned char *)buf_str(&b), b.len, &n);
	return n;
}

/* ---- adding ---- */

static enum rc
make_entry(const struct keys *k, const struct buf *text, struct buf *out, struct err *e)
{
	size_t n = (text->len / PAD_TO + 1) * PAD_TO, len = n + BOX_OVER;
	unsigned char plain[INBOX_TEXT_MAX + PAD_TO] = { 0 }, raw[4 + BOX_MAX + SUM_LEN];

	if (text->len > INBOX_TEXT_MAX)
		return err_set(e, E_USAGE, N_("too long: at most %u bytes"), INBOX_TEXT_MAX);
	memcpy(plain, text->p, text->len);
	plain[text->len] = 0x80;
	le32_put(raw, (uint32_t)len);
	if (box_seal(raw + 4, keys_l_pub(k), plain, n) != OK)
		return err_set(e, E_DAMAGED, N_("the public key of the log is not usable"));
	wipe(plain, sizeof plain);
	hash128(raw + 4 + len, raw, 4 + len);
	buf_add(out, raw, 4 + len + SUM_LEN);
	return buf_check(out, e);
}

static enum rc
append(const struct home *h, int fd, const struct buf *entry, struct err *e)
{
	BUF b = { .max = INBOX_MAX + 8192 };
	size_t entries, end;
	enum rc rc;

	if ((rc = read_all(fd, &b, e)) != OK)
		return rc;
	end = whole_end((const unsigned char *)buf_str(&b), b.len, &entries);
	if (end == 0 && b.len >= MAGIC_LEN)
		return err_set(e, E_DAMAGED, N_("%s is damaged. Nothing was noted"), NAME);
	if (end + entry->len > INBOX_MAX) {
		rc = err_set(e, E_FULL, N_("too many notes wait already. Nothing was noted"));
		err_next(e, "purser unlock");
		return rc;
	}
	if (end == 0) {
		if ((rc = io_pwrite(fd, magic, MAGIC_LEN, 0, e)) != OK)
			return rc;
		end = MAGIC_LEN;
	}
	if (ftruncate(fd, (off_t)end) < 0)
		return err_sys(e, E_SYS, N_("cannot write %s"), NAME);
	if ((rc = io_pwrite(fd, entry->p, entry->len, (off_t)end, e)) != OK || (rc = io_fsync(fd, e)) != OK)
		return rc;
	return entries == 0 ? io_fsync_dir(h->vault, e) : OK;
}

enum rc
inbox_add(const struct home *h, const struct buf *text, int64_t wait_ms, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	BUF entry = { 0 };
	struct keys k;
	enum rc rc;

	rc = h->vault < 0 ? E_NOTFOUND : keys_read(h->vault, "keys", &k, e);
	if (rc == E_NOTFOUND)
		return err_set(e, E_NOTFOUND, N_("no store at %s"), h->vault_path);
	if (rc != OK || (rc = buf_check(text, e)) != OK || (rc = make_entry(&k, text, &entry, e)) != OK ||
	    (rc = open_locked(h, true, wait_ms, &fd, e)) != OK)
		return rc;
	return append(h, fd, &entry, e);
}

/* ---- taking in ---- */

struct merging { struct vault *v; struct log_keys k; int64_t now_ms; struct inbox_result r; };

static void
merging_end(struct merging *m)
{
	log_keys_free(&m->k);
}

/* Sealed to the log key of its time: a thaw in between does not lose it. */
static bool
open_box(const struct merging *m, const unsigned char *box, size_t len, char text[INBOX_TEXT_MAX + PAD_TO + 1])
{
	unsigned char pub[32], priv[32];
	size_t n = len - BOX_OVER;
	bool done = false;

	for (size_t i = m->k.n; i-- > 0 && !done;) {
		log_box_pair(pub, priv, m->k.lk[i].lk);
		done = box_open((unsigned char *)text, pub, priv, box, len) == OK;
	}
	wipe(priv, sizeof priv);
	while (done && n > 0 && text[n - 1] == '\0')
		n--;
	if (!done || n == 0 || (unsigned char)text[n - 1] != 0x80)
		return false;
	text[n - 1] = '\0';
	return strlen(text) == n - 1;
}

static enum rc
known(struct db *db, const unsigned char id[ID_LEN], bool *is, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT 1 FROM inbox WHERE id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, id, ID_LEN);
	return sql_step(&q, is, e);
}

static enum rc
keep(const struct merging *m, const struct log_text *t, const char *text, const char *problem, int64_t txn,
    struct err *e)
{
	uint64_t made = 0;
	SQL q = { 0 };
	enum rc rc;

	if (!log_text_get_u64(t, "made", &made) || made > INT64_MAX)
		made = 0;
	if ((rc = sql_prepare(m->v->db, "INSERT OR REPLACE INTO inbox(id, kind, text, made, merged, problem, txn)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, t->id, ID_LEN);
	sql_bind_text(&q, 2, t->event);
	sql_bind_text(&q, 3, text);
	sql_bind_int(&q, 4, (int64_t)made);
	sql_bind_int(&q, 5, m->now_ms);
	sql_bind_text(&q, 6, problem);
	if (txn != 0)
		sql_bind_int(&q, 7, txn);
	else
		sql_bind_null(&q, 7);
	return sql_run(&q, e);
}

/* day=2026-11-22 [time=01:47:00] [zone=+01:00]: what cmd/ made of what was typed. */
static bool
read_when(const struct log_text *t, struct when *w)
{
	const char *day = log_text_get(t, "day"), *time = log_text_get(t, "time"), *zone = log_text_get(t, "zone");
	unsigned y, mo, d, h = 0, mi = 0, s = 0;

	memset(w, 0, sizeof *w);
	if (day == NULL || strlen(day) != 10 || !num_digits(day, 4, &y) || !num_digits(day + 5, 2, &mo) ||
	    !num_digits(day + 8, 2, &d) || !civil_valid_date((int32_t)y, mo, d))
		return false;
	w->has_time = time != NULL && strlen(time) == 8 && num_digits(time, 2, &h) && num_digits(time + 3, 2, &mi) &&
	    num_digits(time + 6, 2, &s) && civil_valid_time(h, mi, s);
	w->has_date = true;
	w->local = (struct civil){ .year = (int32_t)y, .month = (uint8_t)mo, .day = (uint8_t)d };
	if (w->has_time) {
		w->local.hour = (uint8_t)h;
		w->local.minute = (uint8_t)mi;
		w->local.second = (uint8_t)s;
	}
	if (w->has_time && zone != NULL && zone[0] != '\0' && strlen(zone) < sizeof w->zone) {
		(void)snprintf(w->zone, sizeof w->zone, "%s", zone);
		w->known = ZONE_IN_FILE;
		when_resolve(w);
	}
	return true;
}

static enum rc
take_row(const struct merging *m, const struct log_text *t, const char **problem, int64_t *txn, struct err *e)
{
	const char *name = log_text_get(t, "account"), *amount = log_text_get(t, "amount"),
		   *cur = log_text_get(t, "cur");
	const char *with = log_text_get(t, "with");
	AUTO(account_free) struct account a = { 0 };
	struct provisional p = { .sealed = true, .counterparty = with != NULL ? with : "", .made_ms = m->now_ms };
	struct err none = { .rc = OK };
	char norm[CURRENCY_MAX + 1], id[TXN_ID_LEN + 1];
	enum rc rc;

	*problem = "form";
	if (name == NULL || amount == NULL || cur == NULL || !currency_norm(norm, cur) ||
	    money_parse(&p.amount, amount, norm, &none) != OK || !read_when(t, &p.when) ||
	    text_check("with", p.counterparty, 256, &none) != OK)
		return OK;
	account_init(&a);
	*problem = "account";
	if ((rc = account_find(m->v->db, name, &a, &none)) != OK)
		return rc == E_NOTFOUND ? OK : err_set(e, rc, "%s", none.what);
	*problem = "";
	p.account = a.id;
	return provisional_add(m->v->db, &p, id, txn, e);
}

/* One text, once. */
static enum rc
take(struct merging *m, const char *text, bool again, struct err *e)
{
	AUTO(auto_free) struct log_text *t = malloc(sizeof *t);
	const char *problem = "";
	bool seen = false;
	int64_t txn = 0;
	enum rc rc;

	if (t == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (!log_text_parse(t, text, strlen(text))) {
		m->r.damaged++;
		return OK;
	}
	if (!again && ((rc = known(m->v->db, t->id, &seen, e)) != OK || seen))
		return rc;
	if (strcmp(t->event, "row") == 0 && (rc = take_row(m, t, &problem, &txn, e)) != OK)
		return rc;
	m->r.merged += !again || problem[0] == '\0';
	return keep(m, t, text, problem, txn, e);
}

static enum rc
take_file(struct merging *m, const struct buf *b, struct err *e)
{
	const unsigned char *p = (const unsigned char *)buf_str(b), *box;
	char text[INBOX_TEXT_MAX + PAD_TO + 1];
	size_t at = MAGIC_LEN, len, next, entries;
	bool good;
	enum rc rc = OK;

	if (whole_end(p, b->len, &entries) == 0 && b->len > 0) {
		m->r.damaged++;
		return OK;
	}
	for (; entries > 0 && rc == OK && entry_at(p, b->len, at, &box, &len, &next, &good); at = next, entries--) {
		if (good && open_box(m, box, len, text))
			rc = take(m, text, false, e);
		else
			m->r.damaged++;
	}
	return rc;
}

/* ---- what could not be placed before ---- */

struct texts { char **p; size_t n; };

static void
texts_free(struct texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->p[i]);
	free(t->p);
}

static enum rc
problem_texts(struct db *db, struct texts *out, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT text FROM inbox WHERE problem = 'account'", &q, e)) != OK)
		return rc;
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		char **more = realloc(out->p, (out->n + 1) * sizeof *more);

		if (more == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		out->p = more;
		if ((out->p[out->n] = strdup(sql_text(&q, 0))) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		out->n++;
	}
	return rc;
}

static enum rc
count_problems(struct db *db, unsigned *n, struct err *e)
{
	int64_t count = 0;
	enum rc rc = sql_get_int(db, "SELECT count(*) FROM inbox WHERE problem <> ''", &count, e);

	*n = (unsigned)count;
	return rc;
}

/* Anything to do at all? Asked at every unlock. */
static enum rc
nothing_waits(struct vault *v, unsigned *problems, bool *nothing, struct err *e)
{
	int64_t version = 0;
	enum rc rc;

	*nothing = true;
	if (v->read_only || v->notices.log_broken || v->h->device < 0)
		return OK;
	if ((rc = sql_get_int(v->db, "PRAGMA user_version", &version, e)) != OK || version < 2)
		return rc;
	if ((rc = count_problems(v->db, problems, e)) == OK)
		*nothing = *problems == 0 && !file_there(v->h->vault, NAME);
	return rc;
}

static enum rc
event(struct vault_txn *t, const struct inbox_result *r, struct err *e)
{
	BUF text = { 0 };

	if (r->merged == 0 && r->damaged == 0)
		return OK;
	log_text_begin(&text, NULL, "inbox");
	log_text_u64(&text, "entries", r->merged);
	log_text_u64(&text, "damaged", r->damaged);
	return vault_txn_event(t, &text, e);
}

/* Nothing new: no transaction, and no number of one. */
static bool
idle(const struct merging *m)
{
	return m->r.merged == 0 && m->r.damaged == 0;
}

enum rc
inbox_merge(struct vault *v, int64_t now_ms, int64_t wait_ms, struct inbox_result *out, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	AUTO(merging_end) struct merging m = { .v = v, .now_ms = now_ms };
	AUTO(texts_free) struct texts old = { .n = 0 };
	AUTO(auto_close) int fd = -1;
	BUF b = { .max = INBOX_MAX + 8192 };
	bool nothing;
	enum rc rc;

	*out = m.r;
	if ((rc = nothing_waits(v, &m.r.problems, &nothing, e)) != OK || nothing)
		return rc;
	if ((rc = vault_txn_begin(v, wait_ms, now_ms, &t, e)) != OK || (rc = vault_log_keys(v, &m.k, e)) != OK)
		return rc;
	rc = open_locked(v->h, false, wait_ms, &fd, e);
	if (rc == OK && (rc = read_all(fd, &b, e)) == OK)
		rc = take_file(&m, &b, e);
	if ((rc != OK && rc != E_NOTFOUND) || (rc = problem_texts(v->db, &old, e)) != OK)
		return rc;
	for (size_t i = 0; i < old.n; i++)
		if ((rc = take(&m, old.p[i], true, e)) != OK)
			return rc;
	if ((rc = count_problems(v->db, &m.r.problems, e)) != OK || (rc = event(t, &m.r, e)) != OK)
		return rc;
	if (!idle(&m) && (rc = vault_txn_commit(&t, e)) != OK)
		return rc;
	/* Under its lock still: nobody has added to it. Left behind, it is read once more and nothing of it is new. */
	if (fd >= 0)
		rc = file_unlink(v->h->vault, NAME, NULL);
	(void)rc;
	*out = m.r;
	return OK;
}

/* ---- what is kept ---- */

enum rc
inbox_each(struct db *db, bool problems, inbox_fn fn, void *ctx, struct err *e)
{
	SQL q = { 0 };
	const void *id;
	size_t n;
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT id, kind, text, problem, made, merged FROM inbox"
	    " WHERE ?1 = 0 OR problem <> '' ORDER BY made, id", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, problems);
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		struct inbox_row r = { .kind = sql_text(&q, 1), .text = sql_text(&q, 2), .problem = sql_text(&q, 3),
			.made_ms = sql_int(&q, 4), .merged_ms = sql_int(&q, 5) };

		if ((id = sql_blob(&q, 0, &n)) == NULL || n != ID_LEN)
			return err_set(e, E_DAMAGED, N_("a row has the wrong size"));
		memcpy(r.id, id, ID_LEN);
		if ((rc = fn(ctx, &r, e)) != OK)
			return rc;
	}
	return rc;
}

enum rc
inbox_dismiss(struct db *db, const unsigned char id[ID_LEN], struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "UPDATE inbox SET problem = '' WHERE id = ?1 AND problem <> ''", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, id, ID_LEN);
	if ((rc = sql_run(&q, e)) != OK)
		return rc;
	return sql_changes(db) == 1 ? OK : err_set(e, E_NOTFOUND, N_("no such note"));
}
