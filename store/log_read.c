/* store/log_read.c: see log.h. Reading the audit log: records, boxes, looking things up, and the outbox. */
#include "store/log_int.h"

#include "base/le.h"
#include "base/num.h"

#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define READ_BLOCK (256u * 1024u)

/* ---- reader ---- */

enum rc
reader_start(struct reader *r, int fd, off_t at, off_t end, struct err *e)
{
	*r = (struct reader){ .fd = fd, .at = at, .end = end, .base = at };
	if ((r->buf = malloc(READ_BLOCK)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	return OK;
}

void
reader_end(struct reader *r)
{
	free(r->buf);
	r->buf = NULL;
}

/* At least n bytes from r->at on in memory, if the log has so many. */
static enum rc
fill(struct reader *r, size_t n, struct err *e)
{
	size_t skip = (size_t)(r->at - r->base), want, got;
	enum rc rc;

	if (r->have >= skip + n)
		return OK;
	memmove(r->buf, r->buf + skip, r->have - skip);
	r->have -= skip;
	r->base = r->at;
	want = READ_BLOCK - r->have;
	if ((off_t)want > r->end - r->base - (off_t)r->have)
		want = (size_t)(r->end - r->base - (off_t)r->have);
	if ((rc = io_pread(r->fd, r->buf + r->have, want, r->base + (off_t)r->have, &got, e)) == OK)
		r->have += got;
	return rc;
}

enum rc
reader_next(struct reader *r, struct raw *out, bool *got, struct err *e)
{
	const unsigned char *p;
	size_t len, left;
	enum rc rc;

	*got = false;
	if (r->at >= r->end)
		return OK;
	if ((rc = fill(r, REC_MAX, e)) != OK)
		return rc;
	p = r->buf + (r->at - r->base);
	left = r->have - (size_t)(r->at - r->base);
	if (left < 4 || (len = le32_get(p)) < LOG_FIXED || len > LOG_FIXED + BOX_MAX || len > left - 4)
		return OK;
	*out = (struct raw){ .at = r->at, .next = r->at + 4 + (off_t)len, .fixed = p + 4, .box = p + 4 + LOG_FIXED,
		.boxlen = len - LOG_FIXED };
	r->at = out->next;
	*got = true;
	return OK;
}

/* ---- boxes ---- */

enum { K_PUB = 0, K_PRIV = 32, K_EACH = 64 };

void
log_box_pair(unsigned char pub[32], unsigned char priv[32], const unsigned char lk[32])
{
	unsigned char seed[KEY_LEN];

	kdf_raw(seed, lk, KEY_LEN, L_LOG_BOX, NULL, 0);
	box_keypair(pub, priv, seed);
	wipe(seed, sizeof seed);
}

enum rc
opener_start(struct opener *o, const struct log_lk *lk, size_t n, struct err *e)
{
	*o = (struct opener){ .lk = lk, .n = n };
	if ((o->keys = calloc(n + 1, K_EACH)) == NULL || (o->plain = malloc(BOX_MAX)) == NULL) {
		opener_end(o);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	for (size_t i = 0; i < n; i++)
		log_box_pair(o->keys + i * K_EACH + K_PUB, o->keys + i * K_EACH + K_PRIV, lk[i].lk);
	return OK;
}

void
opener_end(struct opener *o)
{
	if (o->keys != NULL)
		wipe(o->keys, (o->n + 1) * K_EACH);
	if (o->plain != NULL)
		wipe(o->plain, BOX_MAX);
	free(o->keys);
	free(o->plain);
	o->keys = o->plain = NULL;
	o->n = 0;
}

/* The payload's length, or -1: the padding is not 0x80 00.. */
static ssize_t
unpad(const unsigned char *p, size_t n)
{
	for (size_t i = n; i-- > 0 && n - i <= PAD;)
		if (p[i] == 0x80)
			return (ssize_t)i;
		else if (p[i] != 0)
			return -1;
	return -1;
}

static bool
open_with(struct opener *o, size_t i, const struct raw *r, struct log_entry *en)
{
	const unsigned char *key = o->keys + i * K_EACH;
	unsigned char sum[HASH_LEN];
	ssize_t n;

	if (box_open(o->plain, key + K_PUB, key + K_PRIV, r->box, r->boxlen) != OK)
		return false;
	n = unpad(o->plain + SALT_LEN, r->boxlen - BOX_OVER - SALT_LEN);
	if (n < 0 || (size_t)n > LOG_TEXT_MAX)
		return false;
	commit_of(sum, o->plain, o->plain + SALT_LEN, (size_t)n);
	if (!same_bytes(sum, r->fixed + F_COMMIT, sizeof sum))
		return false;
	o->plain[SALT_LEN + (size_t)n] = '\0';
	en->salt = o->plain;
	en->text = (const char *)o->plain + SALT_LEN;
	en->n = (size_t)n;
	return true;
}

static void
entry_fixed(struct log_entry *en, const unsigned char *f)
{
	*en = (struct log_entry){ .seq = le64_get(f + F_SEQ), .time_ms = (int64_t)le64_get(f + F_TIME),
		.origin = (char)f[F_ORIGIN], .freeze = f[F_KIND] == 1, .fixed = f };
}

/* 'U' only with the LK of its time: one who knew an earlier LK must not be able to write under it now. An 'L' record
 * that was appended while a thaw was under way can have been sealed to either key, and proves nothing anyway. */
void
opener_entry(struct opener *o, const struct raw *r, struct log_entry *en, bool *umac_ok, bool *box_ok)
{
	static const unsigned char zero[HASH_LEN];
	const unsigned char *f = r->fixed;
	unsigned char mac[HASH_LEN];
	size_t own = 0;

	entry_fixed(en, f);
	*umac_ok = en->origin == 'U' || (en->origin == 'L' && same_bytes(f + F_UMAC, zero, sizeof zero));
	*box_ok = box_size_ok(r->boxlen);
	while (own < o->n && o->lk[own].last_seq < en->seq)
		own++;
	if (o->n == 0)
		return;
	if (en->origin == 'U') {
		*umac_ok = false;
		if (own < o->n) {
			kdf_to(mac, o->lk[own].lk, KEY_LEN, L_LOG_ORIGIN, BYTES(f, F_UMAC));
			*umac_ok = same_bytes(mac, f + F_UMAC, sizeof mac);
		}
	}
	if (!*box_ok)
		return;
	*box_ok = own < o->n && open_with(o, own, r, en);
	for (size_t i = 0; !*box_ok && en->origin == 'L' && i < o->n; i++)
		*box_ok = i != own && open_with(o, i, r, en);
	en->opened = *box_ok && *umac_ok;
	if (!en->opened)
		en->text = NULL, en->salt = NULL, en->n = 0;
}

/* ---- walks ---- */

/* From which the log is read: up to what logstate vouches for, or all of it if it vouches for nothing. */
static enum rc
walk_end(struct log *l, off_t *end, struct err *e)
{
	AUTO(tail_wipe) struct tail t = { .bad = false };
	struct stat st;
	enum rc rc;

	if ((rc = log_look(l, &t, e)) != OK)
		return rc;
	if (fstat(l->fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot read the log"));
	*end = t.bad ? st.st_size : t.end;
	return OK;
}

enum rc
log_each(struct log *l, const struct log_lk *lk, size_t nlk, uint64_t from, log_fn fn, void *ctx, struct err *e)
{
	AUTO(reader_end) struct reader r = { .buf = NULL };
	AUTO(opener_end) struct opener o = { .n = 0 };
	struct log_entry en;
	struct raw raw;
	bool got, umac_ok, box_ok;
	off_t end;
	enum rc rc;

	if ((rc = walk_end(l, &end, e)) != OK || (rc = reader_start(&r, l->fd, 0, end, e)) != OK ||
	    (rc = opener_start(&o, lk, nlk, e)) != OK)
		return rc;
	while ((rc = reader_next(&r, &raw, &got, e)) == OK && got) {
		if (le64_get(raw.fixed + F_SEQ) < from)
			continue;
		opener_entry(&o, &raw, &en, &umac_ok, &box_ok);
		if ((rc = fn(ctx, &en, e)) != OK)
			return rc;
	}
	return rc;
}

enum rc
log_head(struct log *l, struct log_head *out, struct err *e)
{
	AUTO(tail_wipe) struct tail t = { .bad = false };
	AUTO(reader_end) struct reader r = { .buf = NULL };
	struct log_head h = { .any = false };
	struct raw raw;
	bool got;
	enum rc rc;

	if ((rc = log_look(l, &t, e)) != OK)
		return rc;
	h.next_seq = t.next_seq;
	h.proven = t.proven;
	if (t.bad) {                                /* nothing vouches for the end: the last one that can be read */
		if ((rc = reader_start(&r, l->fd, 0, t.size, e)) != OK)
			return rc;
		while ((rc = reader_next(&r, &raw, &got, e)) == OK && got) {
			memcpy(t.last, raw.fixed, sizeof t.last);
			t.any = true;
			h.next_seq = le64_get(t.last + F_SEQ) + 1;
		}
		if (rc != OK)
			return rc;
	}
	if (t.any) {
		h.any = true;
		h.seq = le64_get(t.last + F_SEQ);
		h.time_ms = (int64_t)le64_get(t.last + F_TIME);
		hash256(h.hash, t.last, sizeof t.last);
	}
	*out = h;
	return OK;
}

enum rc
log_freeze_since(struct log *l, uint64_t from, bool *found, uint64_t *seq, int64_t *time_ms, struct err *e)
{
	AUTO(reader_end) struct reader r = { .buf = NULL };
	struct log_entry en;
	struct raw raw;
	bool got, hit = false;
	off_t end;
	enum rc rc;

	if ((rc = walk_end(l, &end, e)) != OK || (rc = reader_start(&r, l->fd, 0, end, e)) != OK)
		return rc;
	while ((rc = reader_next(&r, &raw, &got, e)) == OK && got && !hit) {
		entry_fixed(&en, raw.fixed);
		hit = en.freeze && en.seq >= from;
		if (hit && seq != NULL)
			*seq = en.seq;
		if (hit && time_ms != NULL)
			*time_ms = en.time_ms;
	}
	if (rc != OK)
		return rc;
	if (!hit && r.at < r.end)                   /* what cannot be read may hold one */
		return err_set(e, E_DAMAGED, N_("the log is damaged after %lld bytes"), (long long)r.at);
	*found = hit;
	return OK;
}

enum rc
log_last_counters(struct log *l, const struct log_lk *lk, size_t nlk, uint64_t *changes, uint64_t *hdr, bool *found,
    struct err *e)
{
	AUTO(reader_end) struct reader r = { .buf = NULL };
	AUTO(opener_end) struct opener o = { .n = 0 };
	AUTO(auto_free) struct log_text *text = malloc(sizeof *text);
	AUTO(auto_free) off_t *at = NULL;           /* where the 'U' records are, as a ring of the last few */
	enum { RING = 64 };
	struct log_entry en;
	struct raw raw;
	size_t n = 0;
	bool got, umac_ok, box_ok;
	off_t end;
	enum rc rc;

	if (text == NULL || (at = calloc(RING, sizeof *at)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	*found = false;
	if ((rc = walk_end(l, &end, e)) != OK || (rc = reader_start(&r, l->fd, 0, end, e)) != OK ||
	    (rc = opener_start(&o, lk, nlk, e)) != OK)
		return rc;
	while ((rc = reader_next(&r, &raw, &got, e)) == OK && got)
		if (raw.fixed[F_ORIGIN] == 'U')
			at[n++ % RING] = raw.at;
	for (size_t i = 0; rc == OK && !*found && i < RING && i < n; i++) {
		r.at = r.base = at[(n - 1 - i) % RING];
		r.have = 0;
		if ((rc = reader_next(&r, &raw, &got, e)) != OK || !got)
			break;
		opener_entry(&o, &raw, &en, &umac_ok, &box_ok);
		*found = en.opened && log_text_parse(text, en.text, en.n) && log_text_get_u64(text, "db", changes) &&
		    log_text_get_u64(text, "hdr", hdr);
	}
	return rc;
}

/* ---- failed unlocks ---- */

struct recent { int64_t now_ms; bool hit; };

static enum rc
see_recent(void *ctx, const struct log_entry *en, UNUSED struct err *e)
{
	struct recent *r = ctx;
	int64_t d = r->now_ms - en->time_ms;

	if (en->origin == 'L' && !en->freeze && d < 60000 && d > -60000)
		r->hit = true;
	return OK;
}

enum rc
log_append_failed(struct log *l, const char *text, int64_t now_ms, bool *done, struct err *e)
{
	struct recent r = { .now_ms = now_ms };
	enum rc rc;

	if ((rc = log_each(l, NULL, 0, 0, see_recent, &r, e)) != OK)
		return rc;
	if (!r.hit && (rc = log_append(l, NULL, false, text, now_ms, NULL, e)) != OK)
		return rc;
	*done = !r.hit;
	return OK;
}

/* ---- outbox ---- */

struct wanted { const struct log_pending *rows; size_t n, left; bool *have; };

static enum rc
see_wanted(void *ctx, const struct log_entry *en, UNUSED struct err *e)
{
	struct wanted *w = ctx;
	char hex[33];

	if (en->origin != 'U' || !en->opened || en->n < 32)
		return OK;
	for (size_t i = 0; i < w->n; i++) {
		hex_put(hex, w->rows[i].id, 16);
		if (!w->have[i] && en->seq >= w->rows[i].from_seq && memcmp(hex, en->text, 32) == 0) {
			w->have[i] = true;
			w->left--;
		}
	}
	return OK;
}

static enum rc
find_rows(struct log *l, const struct log_lk *lk, size_t nlk, struct wanted *w, struct err *e)
{
	uint64_t from = UINT64_MAX;

	for (size_t i = 0; i < w->n; i++)
		if (w->rows[i].from_seq < from)
			from = w->rows[i].from_seq;
	return log_each(l, lk, nlk, from, see_wanted, w, e);
}

enum rc
log_find(struct log *l, const struct log_lk *lk, size_t nlk, const unsigned char id[16], uint64_t from, bool *found,
    struct err *e)
{
	struct log_pending row = { .from_seq = from };
	bool have = false;
	struct wanted w = { .rows = &row, .n = 1, .left = 1, .have = &have };
	enum rc rc;

	memcpy(row.id, id, sizeof row.id);
	if ((rc = find_rows(l, lk, nlk, &w, e)) == OK)
		*found = have;
	return rc;
}

enum rc
log_drain(struct log *l, const struct log_lk *lk, size_t nlk, const struct log_pending *rows, size_t n, int64_t now_ms,
    struct err *e)
{
	AUTO(auto_free) bool *have = calloc(n + 1, sizeof *have);
	struct wanted w = { .rows = rows, .n = n, .left = n, .have = have };
	const char *texts[LOG_BATCH_MAX];
	size_t k = 0;
	enum rc rc;

	if (n == 0)
		return OK;
	if (have == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (nlk == 0)
		return err_set(e, E_LOCKED, N_("the ledger key is needed"));
	if ((rc = find_rows(l, lk, nlk, &w, e)) != OK)
		return rc;
	for (size_t i = 0; i <= n; i++) {
		if (k == LOG_BATCH_MAX || (i == n && k > 0)) {
			if ((rc = log_append_batch(l, lk[nlk - 1].lk, texts, k, now_ms, NULL, e)) != OK)
				return rc;
			k = 0;
		}
		if (i < n && !have[i])
			texts[k++] = rows[i].text;
	}
	return OK;
}
