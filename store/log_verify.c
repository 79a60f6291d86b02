/* store/log_verify.c: see log.h. The whole chain from pk0, and its tail against logstate. */
#include "store/log_int.h"

#include "base/le.h"

#include <string.h>

const char *
log_what_str(enum log_what w)
{
	switch (w) {
	case LOG_ALTERED: return N_("the record was altered, or is not of this log");
	case LOG_MISSING: return N_("records before this one are missing");
	case LOG_ORDER: return N_("the record was inserted, repeated or moved");
	case LOG_LENGTH: return N_("damaged from here on: nothing after it can be read");
	case LOG_ORIGIN: return N_("the record claims an origin that it does not have");
	case LOG_BOX: return N_("the content is missing or does not belong to the record");
	case LOG_CUT: return N_("the newest records are missing, or logstate is of another log");
	case LOG_EXTRA: return N_("newer records than logstate knows: an older logstate was put back");
	case LOG_STATE: return N_("logstate is missing or damaged");
	case LOG_ROLLBACK: return N_("the checkpoint knows newer records: an older copy was put back");
	case LOG_FORK: return N_("the checkpoint knows another record of this number: the log was rewritten");
	case LOG_CLOCK: return N_("the clock went back here");
	case LOG_UNPROVEN: return N_("nothing here proves that this is the newest record");
	}
	return "?";
}

bool
log_what_bad(enum log_what w)
{
	return w != LOG_CLOCK && w != LOG_UNPROVEN;
}

void
log_report_free(struct log_report *r)
{
	free(r->f);
	*r = (struct log_report){ .f = NULL };
}

enum rc
report_add(struct log_report *r, enum log_what what, uint64_t seq, struct err *e)
{
	struct log_finding *f;
	size_t cap;

	if (log_what_bad(what))
		r->bad++;
	if (r->n == LOG_FINDINGS_MAX)
		return OK;
	if (r->n == r->cap) {
		cap = r->cap != 0 ? r->cap * 2 : 16;
		if ((f = realloc(r->f, cap * sizeof *f)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		r->f = f;
		r->cap = cap;
	}
	r->f[r->n++] = (struct log_finding){ .what = what, .seq = seq };
	return OK;
}

/* What the next record must be. */
struct chain { bool first; uint64_t seq; unsigned char pk[PK_LEN], prev[HASH_LEN]; int64_t time_ms; };

static bool
fixed_sane(const unsigned char *f)
{
	static const unsigned char zero[F_COMMIT - F_ZERO];

	return (f[F_ORIGIN] == 'U' || f[F_ORIGIN] == 'L') && f[F_KIND] <= 1 && memcmp(f + F_ZERO, zero, sizeof zero)
	    == 0;
}

/* Does f continue the chain? One finding for each break: what a thief would call it. Then the chain goes on from f, so
 * that one altered record does not hide the state of those after it. The first record's number is its own: pk0 vouches
 * for it. */
static enum rc
check_link(struct chain *c, const unsigned char *f, struct log_report *r, struct err *e)
{
	uint64_t seq = le64_get(f + F_SEQ);
	int64_t t = (int64_t)le64_get(f + F_TIME);
	bool good = memcmp(f + F_PREV, c->prev, HASH_LEN) == 0 && sign_ok(f + F_SIG, c->pk, f, F_SIG) && fixed_sane(f);
	enum rc rc = OK;

	if (!c->first && seq > c->seq)
		rc = report_add(r, LOG_MISSING, seq, e);
	else if (!c->first && seq < c->seq)
		rc = report_add(r, LOG_ORDER, seq, e);
	else if (!good)
		rc = report_add(r, LOG_ALTERED, seq, e);
	if (rc == OK && !c->first && t < c->time_ms && (uint64_t)c->time_ms - (uint64_t)t > LOG_CLOCK_SLACK_MS)
		rc = report_add(r, LOG_CLOCK, seq, e);
	if (c->first)
		r->first_ms = t;
	r->last_ms = t;
	c->first = false;
	c->seq = seq + 1;
	c->time_ms = t;
	memcpy(c->pk, f + F_NEXT, PK_LEN);
	hash256(c->prev, f, LOG_FIXED);
	return rc;
}

static enum rc
check_record(struct chain *c, struct opener *o, const struct raw *raw, struct log_entry *en, struct log_report *r,
    struct err *e)
{
	bool umac_ok, box_ok;
	enum rc rc;

	if ((rc = check_link(c, raw->fixed, r, e)) != OK)
		return rc;
	opener_entry(o, raw, en, &umac_ok, &box_ok);
	r->entries++;
	if (en->opened)
		r->opened++;
	if (!umac_ok && (rc = report_add(r, LOG_ORIGIN, en->seq, e)) != OK)
		return rc;
	return box_ok ? OK : report_add(r, LOG_BOX, en->seq, e);
}

enum rc
log_verify(struct log *l, const struct log_lk *lk, size_t nlk, log_fn fn, void *ctx, struct log_report *r,
    struct err *e)
{
	AUTO(tail_wipe) struct tail t = { .bad = false };
	AUTO(reader_end) struct reader rd = { .buf = NULL };
	AUTO(opener_end) struct opener o = { .n = 0 };
	struct chain c = { .first = true };
	unsigned char hash[HASH_LEN] = { 0 };
	struct log_entry en;
	struct raw raw;
	bool got;
	enum rc rc;

	if ((rc = log_look(l, &t, e)) != OK)
		return rc;
	if (l->sfd < 0 && (t.size = lseek(l->fd, 0, SEEK_END)) < 0)
		return err_sys(e, E_SYS, N_("cannot read the log"));
	memcpy(c.pk, l->pk0, PK_LEN);
	if ((rc = reader_start(&rd, l->fd, 0, t.bad ? t.size : t.end, e)) != OK || (rc = opener_start(&o, lk, nlk, e))
	    != OK)
		return rc;
	while ((rc = reader_next(&rd, &raw, &got, e)) == OK && got) {
		if ((rc = check_record(&c, &o, &raw, &en, r, e)) != OK || (fn != NULL && (rc = fn(ctx, &en, e)) != OK))
			return rc;
	}
	if (rc == OK && rd.at < rd.end)
		rc = report_add(r, LOG_LENGTH, c.seq, e);
	if (rc != OK)
		return rc;
	if (t.bad)
		return report_add(r, t.why, c.seq, e);
	if (t.any)
		hash256(hash, t.last, sizeof t.last);
	/* The record that logstate vouches for must be the one the chain ends with. */
	if (memcmp(hash, c.prev, HASH_LEN) != 0)
		return report_add(r, LOG_CUT, c.seq, e);
	return OK;
}
