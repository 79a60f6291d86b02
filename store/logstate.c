/* store/logstate.c: see log.h. The two halves of logstate, and where they say that the log ends. */
#include "store/log_int.h"

#include "base/le.h"

#include <string.h>
#include <sys/stat.h>

void
tail_wipe(struct tail *t)
{
	wipe(t->seed, sizeof t->seed);
}

struct half { bool ok; uint64_t seq; unsigned char seed[SEED_LEN], pk[PK_LEN]; };

static void
halves_wipe(struct half (*h)[2])
{
	wipe(h, sizeof *h);
}

void
half_put(unsigned char out[HALF_LEN], uint64_t seq, const unsigned char seed[SEED_LEN])
{
	le64_put(out, seq);
	memcpy(out + 8, seed, SEED_LEN);
	hash192(out + 40, out, 40);
}

static void
half_get(struct half *h, const unsigned char in[HALF_LEN])
{
	unsigned char sum[24], sk[64];

	hash192(sum, in, 40);
	h->ok = same_bytes(sum, in + 40, sizeof sum);
	h->seq = le64_get(in);
	memcpy(h->seed, in + 8, SEED_LEN);
	sign_keypair(h->pk, sk, h->seed);
	wipe(sk, sizeof sk);
}

enum rc
half_write(int sfd, unsigned which, uint64_t seq, const unsigned char seed[SEED_LEN], struct err *e)
{
	unsigned char block[HALF_LEN];
	enum rc rc;

	half_put(block, seq, seed);
	rc = io_pwrite(sfd, block, sizeof block, (off_t)(which * HALF_LEN), e);
	wipe(block, sizeof block);
	return rc != OK ? rc : io_fsync(sfd, e);
}

/* Both halves, the older first; a damaged one is not ok. ok of both is false when the file has another size. */
static enum rc
halves_read(int sfd, struct half h[2], struct err *e)
{
	unsigned char block[STATE_LEN + 1];
	struct half tmp;
	size_t got = 0;
	enum rc rc;

	memset(h, 0, 2 * sizeof *h);
	if ((rc = io_pread(sfd, block, sizeof block, 0, &got, e)) == OK && got == STATE_LEN) {
		half_get(&h[0], block);
		if (same_bytes(block, block + HALF_LEN, HALF_LEN))
			h[1] = h[0];
		else
			half_get(&h[1], block + HALF_LEN);
		if (h[0].ok && h[1].ok && h[0].seq > h[1].seq) {
			tmp = h[0];
			h[0] = h[1];
			h[1] = tmp;
			wipe(&tmp, sizeof tmp);
		}
	}
	wipe(block, sizeof block);
	return rc;
}

/* ---- tail ---- */

bool
box_size_ok(size_t boxlen)
{
	return boxlen >= BOX_MIN && boxlen <= BOX_MAX && (boxlen - BOX_OVER - SALT_LEN) % PAD == 0;
}

/* The end of the file, in memory. */
struct window { unsigned char *p; size_t n; off_t base, size; };

static enum rc
window_read(int fd, size_t n, struct window *w, struct err *e)
{
	struct stat st;
	enum rc rc;
	size_t got;

	if (fstat(fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot read the log"));
	w->size = st.st_size;
	w->base = st.st_size > (off_t)n ? st.st_size - (off_t)n : 0;
	w->n = (size_t)(w->size - w->base);
	if ((w->p = malloc(w->n + 1)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if ((rc = io_pread(fd, w->p, w->n, w->base, &got, e)) != OK)
		return rc;
	return got == w->n ? OK : err_set(e, E_AGAIN, N_("the log changed while it was read"));
}

struct match { bool found, any; off_t end; const unsigned char *fixed; };

/* The record that announces this half's key: its seq is one less and it lies whole in the file. */
static struct match
match_half(const struct window *w, const struct half *h, const unsigned char pk0[PK_LEN])
{
	struct match m = { .found = false };
	const unsigned char *from = w->p, *hit, *rec;
	size_t len;

	if (!h->ok)
		return m;
	if (memcmp(h->pk, pk0, PK_LEN) == 0)
		return (struct match){ .found = true };
	while ((hit = memmem(from, w->n - (size_t)(from - w->p), h->pk, PK_LEN)) != NULL) {
		from = hit + 1;
		if ((size_t)(hit - w->p) < 4 + F_NEXT)
			continue;
		rec = hit - F_NEXT - 4;
		len = le32_get(rec);
		if (len < LOG_FIXED + BOX_MIN || len > LOG_FIXED + BOX_MAX || !box_size_ok(len - LOG_FIXED) ||
		    len + 4 > w->n - (size_t)(rec - w->p) || le64_get(rec + 4 + F_SEQ) + 1 != h->seq)
			continue;
		m = (struct match){ .found = true, .any = true, .fixed = rec + 4,
			.end = w->base + (off_t)(rec - w->p) + 4 + (off_t)len };
	}
	return m;
}

/* A power failure can leave sectors of an unfinished append unwritten: they read as zeros. A box of random bytes has
 * none. */
static bool
has_hole(const unsigned char *p, size_t n, off_t at)
{
	for (size_t i = 0, k; i < n; i += k) {
		k = 512 - (size_t)((at + (off_t)i) % 512);
		if (k > n - i)
			k = n - i;
		for (size_t j = 0; p[i + j] == 0; j++)
			if (j + 1 == k)
				return true;
	}
	return false;
}

/* Are the records from `from` to the end of the file exactly those that lead from lo to hi, whole? */
static bool
run_whole(const struct window *w, const struct match *from, const struct half *lo, const struct half *hi)
{
	unsigned char pk[PK_LEN], prev[HASH_LEN] = { 0 };
	const unsigned char *p = w->p + (from->end - w->base), *f;
	size_t left = (size_t)(w->size - from->end), len;

	memcpy(pk, lo->pk, sizeof pk);
	if (from->any)
		hash256(prev, from->fixed, LOG_FIXED);
	for (uint64_t seq = lo->seq; seq != hi->seq; seq++) {
		if (left < 4 || (len = le32_get(p)) < LOG_FIXED || len > left - 4 || !box_size_ok(len - LOG_FIXED))
			return false;
		f = p + 4;
		if (le64_get(f + F_SEQ) != seq || memcmp(f + F_PREV, prev, sizeof prev) != 0 ||
		    !sign_ok(f + F_SIG, pk, f, F_SIG) || has_hole(f + LOG_FIXED, len - LOG_FIXED, w->base + (f +
		    LOG_FIXED - w->p)))
			return false;
		memcpy(pk, f + F_NEXT, sizeof pk);
		hash256(prev, f, LOG_FIXED);
		p += 4 + len;
		left -= 4 + len;
	}
	return left == 0 && memcmp(pk, hi->pk, sizeof pk) == 0;
}

static void
tail_bad(struct tail *t, enum log_what why)
{
	t->bad = true;
	t->why = why;
}

static void
tail_set(struct tail *t, const struct match *m, const struct half *h)
{
	t->proven = true;
	t->end = m->end;
	t->any = m->any;
	if (m->any)
		memcpy(t->last, m->fixed, LOG_FIXED);
	t->next_seq = h->seq;
	memcpy(t->seed, h->seed, sizeof t->seed);
}

/* One state only (the halves agree, or one of them is torn): no append was between its first and its last fsync, so the
 * record must end the file. Bytes after it were not written under this seed. */
static void
tail_rest(struct tail *t, const struct window *w, const struct half *h, const unsigned char pk0[PK_LEN])
{
	struct match m = match_half(w, h, pk0);

	if (!m.found) {
		tail_bad(t, LOG_CUT);
	} else if (m.end != w->size) {
		tail_bad(t, LOG_EXTRA);
	} else {
		tail_set(t, &m, h);
	}
}

/* The halves differ: an append was interrupted. What it wrote counts if it is whole, else it never happened. */
static void
tail_between(struct tail *t, const struct window *w, const struct half h[2], const unsigned char pk0[PK_LEN])
{
	struct match lo = match_half(w, &h[0], pk0), hi = match_half(w, &h[1], pk0);
	uint64_t run = h[1].seq - h[0].seq;

	t->settle = true;
	if (run == 0 || run > RUN_MAX) {
		tail_bad(t, LOG_STATE);
	} else if (hi.found && hi.any && hi.end != w->size) {
		tail_bad(t, LOG_EXTRA);
	} else if (!lo.found) {
		tail_bad(t, LOG_CUT);
	} else if (hi.found && hi.any && run_whole(w, &lo, &h[0], &h[1])) {
		tail_set(t, &hi, &h[1]);
	} else if ((uint64_t)(w->size - lo.end) > run * REC_MAX) {
		tail_bad(t, LOG_EXTRA);
	} else {
		tail_set(t, &lo, &h[0]);
	}
}

static void
window_free(struct window *w)
{
	free(w->p);
}

static enum rc
tail_try(struct log *l, size_t span, const struct half h[2], struct tail *t, struct err *e)
{
	AUTO(window_free) struct window w = { .p = NULL };
	enum rc rc;

	if ((rc = window_read(l->fd, span, &w, e)) != OK)
		return rc;
	memset(t, 0, sizeof *t);
	t->size = t->end = w.size;
	if (!h[0].ok && !h[1].ok) {
		tail_bad(t, LOG_STATE);
	} else if (h[0].ok && h[1].ok && (h[0].seq != h[1].seq || memcmp(h[0].seed, h[1].seed, SEED_LEN) != 0)) {
		tail_between(t, &w, h, l->pk0);
	} else {
		t->settle = !h[0].ok || !h[1].ok;
		tail_rest(t, &w, h[0].ok ? &h[0] : &h[1], l->pk0);
	}
	return OK;
}

/* Needs the lock, shared at least. Nearly always the last few records tell; a long run looks further back. */
enum rc
tail_find(struct log *l, struct tail *t, struct err *e)
{
	AUTO(halves_wipe) struct half h[2] = { { .ok = false } };
	enum rc rc;

	if (l->sfd < 0) {
		memset(t, 0, sizeof *t);
		t->bad = true;
		t->why = l->w.devfd < 0 ? LOG_UNPROVEN : LOG_STATE;
		return OK;
	}
	if ((rc = halves_read(l->sfd, h, e)) != OK)
		return rc;
	if ((rc = tail_try(l, 4 * REC_MAX, h, t, e)) == OK && (t->bad || t->settle))
		rc = tail_try(l, (RUN_MAX + 2) * REC_MAX, h, t, e);
	return rc;
}

enum rc
tail_error(const struct tail *t, struct err *e)
{
	(void)err_set(e, E_DAMAGED, t->why == LOG_STATE ? N_("logstate is missing or damaged") : t->why == LOG_EXTRA ?
	    N_("an older logstate was put back") : N_("the log and logstate do not fit together: records are missing"));
	err_next(e, "purser recover");
	return E_DAMAGED;
}

/* Both halves become the seed that counts; first the cut, so that no moment shows two equal halves and bytes after
 * them. */
enum rc
tail_settle(struct log *l, const struct tail *t, struct err *e)
{
	enum rc rc;

	if (t->size != t->end) {
		if (ftruncate(l->fd, t->end) < 0)
			return err_sys(e, E_SYS, N_("cannot cut the log back"));
		if ((rc = io_fsync(l->fd, e)) != OK)
			return rc;
	}
	if ((rc = half_write(l->sfd, 0, t->next_seq, t->seed, e)) != OK)
		return rc;
	return half_write(l->sfd, 1, t->next_seq, t->seed, e);
}
