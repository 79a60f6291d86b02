/*
 * store/query.c: see query.h. Lists walk an index that has what the cheap filters need; only rows that pass are read.
 * Filters are applied here and not in SQL, so that a few fixed statements serve all of them.
 *
 * --search is a scan of the folded texts (table txn_text, nothing else in it), exact for any substring of any script.
 * Measured with 1,000,000 made-up rows of 60 to 100 bytes: the scan takes 0.4 s of processor time; an FTS5 index
 * of trigrams finds in milliseconds but takes 44 s and 241 MB more to build (32 s and 99 MB with detail=none),
 * slows every import, and cannot find Chinese words of two characters without a second way. At 50,000 rows the
 * scan takes 0.02 s.
 */
#include "store/query_int.h"
#include "store/txn_row.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)
#define SLACK_US (INT64_C(26) * 3600 * 1000000) /* no zone is further from UTC */
#define FEW 5000u                               /* matches that are looked up one by one and not by walking the index */

/* ---- a set of row ids ---- */

struct set { unsigned char *bits; int64_t top; uint64_t n; };

static void
set_free(struct set *s)
{
	free(s->bits);
}

static enum rc
set_make(struct set *s, struct db *db, struct err *e)
{
	int64_t top = 0;
	enum rc rc;

	if ((rc = sql_get_int(db, "SELECT max(id) FROM txn", &top, e)) != OK && rc != E_NOTFOUND)
		return rc;
	if ((s->bits = calloc((size_t)(top / 8 + 1), 1)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	s->top = top;
	return OK;
}

static void
set_add(struct set *s, int64_t id)
{
	if (id < 0 || id > s->top || (s->bits[id / 8] >> (id % 8) & 1) != 0)
		return;
	s->bits[id / 8] = (unsigned char)(s->bits[id / 8] | 1 << (id % 8));
	s->n++;
}

static bool
set_has(const struct set *s, int64_t id)
{
	return id >= 0 && id <= s->top && (s->bits[id / 8] >> (id % 8) & 1) != 0;
}

/* ---- a walk ---- */

/* What the index knows of a row. */
struct light {
	int64_t id, sort_us, account, amount;
	bool has_amount;
	unsigned status, review, flags, exp;
};

struct hit { int64_t id, sort_us; int64_t units, frac; };

struct walk {
	struct db *db;
	const struct filter *f;
	entry_fn fn;                    /* NULL: only counted */
	void *ctx;
	struct fetch fetch;
	struct set set;                 /* rows of search or statement; bits NULL: all */
	uint64_t done;
	bool collect;                   /* keep hits, sort, then hand over */
	struct hit *hit;
	size_t hits, cap;
};

static void
walk_free(struct walk *w)
{
	fetch_end(&w->fetch);
	set_free(&w->set);
	free(w->hit);
}

static void
read_light(struct sql *q, struct light *l)
{
	l->id = sql_int(q, 0);
	l->sort_us = sql_int(q, 1);
	l->account = sql_int(q, 2);
	l->status = (unsigned)sql_int(q, 3);
	l->review = (unsigned)sql_int(q, 4);
	l->flags = (unsigned)sql_int(q, 5);
	l->has_amount = !sql_null(q, 6);
	l->amount = sql_int(q, 6);
	l->exp = (unsigned)sql_int(q, 7);
}
#define LIGHT "id, sort_us, account, status, review, flags, amount, exp"

static bool
passes(const struct filter *f, const struct light *l)
{
	bool account = f->accounts == 0;

	for (size_t i = 0; i < f->accounts && !account; i++)
		account = f->account[i] == l->account;
	if (!account || (f->status != 0 && (f->status >> l->status & 1) == 0) ||
	    (f->review != 0 && (f->review >> l->review & 1) == 0))
		return false;
	if ((f->has_from || f->has_to) && l->sort_us == NO_DATE)
		return false;
	return (!f->min.set && !f->max.set) || (l->has_amount && filter_amount(f, l->amount, l->exp));
}

static bool
needs_row(const struct filter *f)
{
	return f->type != NULL || f->currency != NULL || f->has_from || f->has_to;
}

/* Folded: what people type need not have the statement's case. */
static bool
same_word(const char *a, const char *b)
{
	BUF x = { 0 }, y = { 0 };

	search_fold(&x, a);
	search_fold(&y, b);
	return strcmp(buf_str(&x), buf_str(&y)) == 0;
}

static bool
row_passes(const struct filter *f, const struct entry *en)
{
	if (f->type != NULL && !same_word(f->type, en->type))
		return false;
	if (f->currency != NULL && strcmp(f->currency, en->amount.cur) != 0)
		return false;
	if (!f->has_from && !f->has_to)
		return true;
	if (!en->when.has_date)
		return false;
	if (f->by_instant && en->when.has_utc)
		return (!f->has_from || en->when.utc_us >= f->from_us) && (!f->has_to || en->when.utc_us < f->to_us);
	int64_t day = civil_days(en->when.local.year, en->when.local.month, en->when.local.day);
	return (!f->has_from || day >= f->from_day) && (!f->has_to || day <= f->to_day);
}

static bool
full(const struct walk *w)
{
	return w->fn != NULL && w->f->limit != 0 && w->done >= w->f->limit;
}

static enum rc
hand_over(struct walk *w, const struct entry *en, struct err *e)
{
	w->done++;
	return w->fn != NULL ? w->fn(w->ctx, en, e) : OK;
}

/* ---- hits that must be sorted ---- */

static int
by_time(const struct hit *a, const struct hit *b)
{
	if (a->sort_us != b->sort_us)
		return a->sort_us < b->sort_us ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int
by_amount(const struct hit *a, const struct hit *b)
{
	if (a->units != b->units)
		return a->units < b->units ? -1 : 1;
	return a->frac < b->frac ? -1 : a->frac > b->frac;
}

static int
cmp_time(const void *a, const void *b)
{
	return by_time(a, b);
}

static int
cmp_time_desc(const void *a, const void *b)
{
	return by_time(b, a);
}

static int
cmp_amount(const void *a, const void *b)
{
	int c = by_amount(a, b);

	return c != 0 ? c : by_time(b, a);
}

static int
cmp_amount_desc(const void *a, const void *b)
{
	int c = by_amount(b, a);

	return c != 0 ? c : by_time(b, a);
}

static void
sort_hits(struct walk *w)
{
	static int (*const cmp[])(const void *, const void *) = {
		[SORT_TIME_DESC] = cmp_time_desc, [SORT_TIME] = cmp_time, [SORT_AMOUNT_DESC] = cmp_amount_desc,
		[SORT_AMOUNT] = cmp_amount, [SORT_SUSPICIOUS] = cmp_amount_desc
	};

	if (w->hits > 1)
		qsort(w->hit, w->hits, sizeof *w->hit, cmp[w->f->sort]);
}

/* How much there is to look at: for review, worst first. */
static int64_t
suspicion(unsigned flags)
{
	static const struct { unsigned bit; int64_t weight; } table[] = {
		{ TXN_F_NO_TWIN, 8 }, { TXN_F_BALANCE_BREAK, 4 }, { TXN_F_BAD_TIME, 4 }, { TXN_F_UNKNOWN_STATUS, 2 },
		{ TXN_F_NO_CURRENCY, 2 }, { TXN_F_BAD_TEXT, 1 }
	};
	int64_t sum = 0;

	for (size_t i = 0; i < COUNTOF(table); i++)
		sum += (flags & table[i].bit) != 0 ? table[i].weight : 0;
	return sum;
}

static void
hit_key(const struct walk *w, const struct light *l, struct hit *h)
{
	int64_t unit = 1;

	*h = (struct hit){ .id = l->id, .sort_us = l->sort_us };
	if (w->f->sort == SORT_SUSPICIOUS) {
		h->units = suspicion(l->flags);
		return;
	}
	for (unsigned i = 0; i < l->exp && i < 18; i++)
		unit *= 10;
	h->units = l->amount / unit - (l->amount % unit < 0);
	h->frac = (l->amount - h->units * unit) * (INT64_C(1000000000000000000) / unit);
	if (!l->has_amount)             /* rows without amount stand last in both directions */
		h->units = w->f->sort == SORT_AMOUNT ? INT64_MAX : INT64_MIN;
}

static enum rc
keep_hit(struct walk *w, const struct light *l, struct err *e)
{
	struct hit *p;

	if (w->hits == w->cap) {
		/* With a limit the worse half goes: memory stays small whatever the store has. */
		if (w->f->limit != 0 && w->f->limit < w->hits / 2 && w->fn != NULL) {
			sort_hits(w);
			w->hits = w->f->limit;
		} else {
			size_t cap = w->cap ? w->cap * 2 : 8192;

			if ((p = realloc(w->hit, cap * sizeof *p)) == NULL)
				return err_set(e, E_NOMEM, N_("out of memory"));
			w->hit = p;
			w->cap = cap;
		}
	}
	hit_key(w, l, &w->hit[w->hits++]);
	return OK;
}

/* A row that the index has shown: the other filters, and out or into the heap of hits. */
static enum rc
consider(struct walk *w, const struct light *l, struct err *e)
{
	struct entry en;
	bool found = true;
	enum rc rc;

	if (!passes(w->f, l))
		return OK;
	if (needs_row(w->f) || (!w->collect && w->fn != NULL)) {
		if ((rc = fetch_row(&w->fetch, l->id, &en, &found, e)) != OK || !found || !row_passes(w->f, &en))
			return rc;
		if (!w->collect)
			return hand_over(w, &en, e);
	} else if (!w->collect) {
		w->done++;
		return OK;
	}
	return keep_hit(w, l, e);
}

/* ---- where rows come from ---- */

static void
bounds(const struct filter *f, int64_t *first, int64_t *last)
{
	*first = INT64_MIN;
	*last = INT64_MAX;
	if (f->has_from)
		*first = f->from_day * DAY_US - SLACK_US;
	if (f->has_to)
		*last = (f->to_day + 1) * DAY_US + SLACK_US;
}

static enum rc
by_index(struct walk *w, struct err *e)
{
	bool one = w->f->accounts == 1, up = w->f->sort == SORT_TIME;
	int64_t first, last;
	struct light l;
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if (one && up)
		rc = sql_prepare(w->db, "SELECT " LIGHT " FROM txn INDEXED BY txn_account WHERE account = ?3"
		    " AND sort_us BETWEEN ?1 AND ?2 ORDER BY sort_us, id", &q, e);
	else if (one)
		rc = sql_prepare(w->db, "SELECT " LIGHT " FROM txn INDEXED BY txn_account WHERE account = ?3"
		    " AND sort_us BETWEEN ?1 AND ?2 ORDER BY sort_us DESC, id DESC", &q, e);
	else if (up)
		rc = sql_prepare(w->db, "SELECT " LIGHT " FROM txn INDEXED BY txn_time"
		    " WHERE sort_us BETWEEN ?1 AND ?2 ORDER BY sort_us, id", &q, e);
	else
		rc = sql_prepare(w->db, "SELECT " LIGHT " FROM txn INDEXED BY txn_time"
		    " WHERE sort_us BETWEEN ?1 AND ?2 ORDER BY sort_us DESC, id DESC", &q, e);
	if (rc != OK)
		return rc;
	bounds(w->f, &first, &last);
	sql_bind_int(&q, 1, first);
	sql_bind_int(&q, 2, last);
	if (one)
		sql_bind_int(&q, 3, w->f->account[0]);
	while (!full(w) && (rc = sql_step(&q, &row, e)) == OK && row) {
		read_light(&q, &l);
		if (w->set.bits != NULL && !set_has(&w->set, l.id))
			continue;
		if ((rc = consider(w, &l, e)) != OK)
			return rc;
	}
	return rc;
}

/* Few rows of a set: each by itself. */
static enum rc
by_set(struct walk *w, struct err *e)
{
	struct light l;
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(w->db, "SELECT " LIGHT " FROM txn WHERE id = ?1", &q, e)) != OK)
		return rc;
	for (int64_t id = 0; id <= w->set.top; id++) {
		if (!set_has(&w->set, id))
			continue;
		sql_bind_int(&q, 1, id);
		if ((rc = sql_step(&q, &row, e)) != OK)
			return rc;
		if (row) {
			read_light(&q, &l);
			sql_reset(&q);
			if ((rc = consider(w, &l, e)) != OK)
				return rc;
		}
	}
	return OK;
}

static bool
holds(const void *text, size_t n, const struct buf *what)
{
	return what->len == 0 || (text != NULL && memmem(text, n, buf_str(what), what->len) != NULL);
}

/* A type is one of the texts, with separators on both sides; another text may be the same, so the row is asked again. */
static enum rc
find_text(struct walk *w, struct set *out, struct err *e)
{
	BUF what = { 0 }, type = { 0 };
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if (w->f->search != NULL)
		search_fold(&what, w->f->search);
	if (w->f->type != NULL) {
		buf_addc(&type, CELL_SEP);
		search_fold(&type, w->f->type);
		buf_addc(&type, CELL_SEP);
	}
	if ((rc = buf_check(&what, e)) != OK || (rc = buf_check(&type, e)) != OK ||
	    (rc = sql_prepare(w->db, "SELECT txn, folded FROM txn_text", &q, e)) != OK)
		return rc;
	while ((rc = sql_step(&q, &row, e)) == OK && row) {
		size_t n;
		const void *p = sql_blob(&q, 1, &n);

		if (holds(p, n, &what) && holds(p, n, &type))
			set_add(out, sql_int(&q, 0));
	}
	return rc;
}

static enum rc
find_statement(struct walk *w, struct set *out, struct err *e)
{
	SQL q = { 0 };
	bool row;
	enum rc rc;

	if ((rc = sql_prepare(w->db, "SELECT txn FROM txn_source WHERE id > ?1 AND id < ?2", &q, e)) != OK)
		return rc;
	sql_bind_int(&q, 1, SOURCE_ID(w->f->statement, 0));
	sql_bind_int(&q, 2, SOURCE_ID(w->f->statement + 1, 0));
	while ((rc = sql_step(&q, &row, e)) == OK && row)
		set_add(out, sql_int(&q, 0));
	return rc;
}

/* The rows that search, type and statement leave. */
static enum rc
make_set(struct walk *w, struct err *e)
{
	AUTO(set_free) struct set other = { 0 };
	bool file = w->f->statement != 0, text = w->f->type != NULL;
	enum rc rc;

	text = text || (w->f->search != NULL && w->f->search[0] != '\0');
	if (!text && !file)
		return OK;
	if ((rc = set_make(&w->set, w->db, e)) != OK ||
	    (rc = text ? find_text(w, &w->set, e) : find_statement(w, &w->set, e)) != OK || !(text && file))
		return rc;
	if ((rc = set_make(&other, w->db, e)) != OK || (rc = find_statement(w, &other, e)) != OK)
		return rc;
	w->set.n = 0;
	for (int64_t i = 0; i <= w->set.top / 8; i++) {
		w->set.bits[i] &= other.bits[i];
		w->set.n += (unsigned)__builtin_popcount(w->set.bits[i]);
	}
	return OK;
}

static enum rc
hand_over_hits(struct walk *w, struct err *e)
{
	struct entry en;
	bool found;
	enum rc rc;

	if (w->fn == NULL) {
		w->done = w->hits;
		return OK;
	}
	sort_hits(w);
	for (size_t i = 0; i < w->hits && !full(w); i++) {
		if ((rc = fetch_row(&w->fetch, w->hit[i].id, &en, &found, e)) != OK)
			return rc;
		if (found && (rc = hand_over(w, &en, e)) != OK)
			return rc;
	}
	return OK;
}

static enum rc
walk(struct walk *w, struct err *e)
{
	bool few, timed = w->f->sort == SORT_TIME || w->f->sort == SORT_TIME_DESC;
	enum rc rc;

	if ((rc = fetch_begin(&w->fetch, w->db, w->f->short_ids && w->fn != NULL, e)) != OK ||
	    (rc = make_set(w, e)) != OK)
		return rc;
	few = w->set.bits != NULL && w->set.n <= FEW;
	w->collect = few || !timed;
	if ((rc = few ? by_set(w, e) : by_index(w, e)) != OK)
		return rc;
	return w->collect ? hand_over_hits(w, e) : OK;
}

enum rc
query_each(struct db *db, const struct filter *f, entry_fn fn, void *ctx, struct err *e)
{
	AUTO(walk_free) struct walk w = { .db = db, .f = f, .fn = fn, .ctx = ctx };

	return walk(&w, e);
}

enum rc
query_count(struct db *db, const struct filter *f, uint64_t *n, struct err *e)
{
	AUTO(walk_free) struct walk w = { .db = db, .f = f };
	enum rc rc;

	if ((rc = walk(&w, e)) == OK)
		*n = w.done;
	return rc;
}
