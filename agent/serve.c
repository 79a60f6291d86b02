/* agent/serve.c: what the agent is asked and answers; see agent.h and server.h. */
#include "agent/server.h"

#include "base/le.h"
#include "base/time.h"
#include "crypto/otp.h"
#include "store/account.h"
#include "store/log.h"
#include "store/vaultrows.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNLOCK_WAIT_MS 5000             /* for the store lock */

static enum rc
need_unlocked(struct agent *a, struct err *e)
{
	if (a->vault == NULL)
		return err_set(e, E_LOCKED, N_("the agent is locked"));
	a->active = ms_of(CLOCK_BOOTTIME);
	a->dirty = true;
	return OK;
}

/* ---- the requests; q is read to its end, r is the reply ---- */

static enum rc
do_unlock(struct agent *a, struct frame *q, struct frame *r, struct err *e)
{
	struct unlock_how how = { .now_ms = clock_now_ms(), .wait_ms = UNLOCK_WAIT_MS };
	const struct vault_notices *n;
	const unsigned char *p;
	struct agent_limits lim;
	SECRET password = { 0 }, stretched = { 0 };
	FACTORS with = { .codes = 0 };
	size_t len;
	enum rc rc;

	lim.idle_s = frame_get_u32(q);
	lim.for_s = frame_get_u32(q);
	lim.reveals = frame_get_u32(q);
	if ((rc = frame_get_factors(q, &with, e)) != OK)
		return rc;
	p = frame_get_part(q, &len);
	if (!frame_done(q) || (lim.idle_s != 0 && lim.for_s == 0))
		return err_set(e, E_USAGE, N_("the agent sent what purser does not understand"));
	if ((rc = secret_copy(&password, p, len, e)) != OK)
		return rc;
	how.password = &password;
	how.with = &with;
	/* A typing error must not lock whom it was not asked of: only the right password gets past this. */
	if ((rc = vault_try(a->home, &how, &stretched, e)) != OK)
		return rc;
	how.a = &stretched;
	lock_now(a);                            /* the same file is never opened twice by one process */
	if ((rc = vault_unlock(a->home, &how, &a->vault, e)) != OK)
		return rc;
	if (lim.idle_s != 0)
		a->limits = lim;
	a->since = a->active = ms_of(CLOCK_BOOTTIME);
	a->asleep = slept();
	a->window = 0;
	a->reveals = 0;
	n = vault_notices(a->vault);
	if ((rc = frame_start(r, OK, 64, e)) != OK)
		return rc;
	frame_u32(r, n->recovered);
	frame_u8(r, n->old_fuse_destroyed);
	frame_u8(r, n->fuse_damaged);
	frame_u8(r, n->log_broken);
	frame_u32(r, n->failed_attempts);
	frame_u32(r, n->kit_only);
	frame_u32(r, n->entries_back);
	frame_u32(r, n->notes);
	frame_u32(r, n->notes_problems);
	frame_u32(r, n->incident);
	frame_u32(r, n->notes_damaged);
	frame_u8(r, n->totp_renewed);
	frame_u8(r, n->totp_failed);
	frame_u32(r, (uint32_t)n->totp_days);
	frame_u64(r, (uint64_t)n->totp_until_ms);
	frame_u8(r, n->rekeyed);
	frame_u8(r, n->rekey_failed);
	return OK;
}

static enum rc
do_status(struct agent *a, struct frame *r, struct err *e)
{
	int64_t left = a->vault ? locks_at(a) - ms_of(CLOCK_BOOTTIME) : 0;
	bool fresh = ms_of(CLOCK_BOOTTIME) - a->window >= 60000;
	uint32_t used = fresh ? 0 : a->reveals;
	struct err none = { 0 };
	bool secrets = false;
	enum rc rc;

	if (a->vault != NULL) {
		vault_show_keys(a->vault);
		secrets = vault_sk(a->vault) != NULL && vault_secrets(a->vault, &none) == OK;
	}
	if ((rc = frame_start(r, OK, 64, e)) != OK)
		return rc;
	frame_u8(r, a->vault != NULL);
	frame_u8(r, secrets);
	frame_u64(r, a->vault ? (uint64_t)(clock_now_ms() + (left > 0 ? left : 0)) : 0);
	frame_u32(r, a->limits.reveals == 0 ? UINT32_MAX : used >= a->limits.reveals ? 0 : a->limits.reveals - used);
	frame_u64(r, a->vault ? vault_epoch(a->vault) : 0);
	frame_u32(r, (uint32_t)getpid());
	frame_u64(r, a->vault ? (uint64_t)(clock_now_ms() - (ms_of(CLOCK_BOOTTIME) - a->since)) : 0);
	frame_u32(r, a->limits.idle_s);
	frame_u32(r, a->limits.for_s);
	frame_u32(r, a->limits.reveals);
	frame_u8(r, a->sleeps >= 0);
	return OK;
}

static bool
get_id(struct frame *q, struct record_id *id)
{
	const unsigned char *rec = frame_get_bytes(q, ID_LEN), *acct = frame_get_bytes(q, ID_LEN);

	if (rec == NULL || acct == NULL)
		return false;
	memcpy(id->rec, rec, ID_LEN);
	memcpy(id->acct, acct, ID_LEN);
	id->kind = frame_get_u8(q);
	id->version = frame_get_u64(q);
	return !q->failed;
}

/* One more reveal in this minute? The count is taken before the secret is opened. */
static enum rc
count_reveal(struct agent *a, struct err *e)
{
	int64_t now = ms_of(CLOCK_BOOTTIME);

	if (a->limits.reveals == 0)
		return OK;
	if (now - a->window >= 60000) {
		a->window = now;
		a->reveals = 0;
	}
	if (a->reveals >= a->limits.reveals)
		return err_set(e, E_AGAIN, N_("the limit of secrets a minute is reached"));
	a->reveals++;
	return OK;
}

/* May one more be opened now? Before anything is. */
static enum rc
may_reveal(struct agent *a, struct err *e)
{
	enum rc rc;

	if ((rc = need_unlocked(a, e)) != OK || (rc = vault_secrets(a->vault, e)) != OK)
		return rc;
	return count_reveal(a, e);
}

/* Which store this is: the place of the socket does not say it when systemd made that. */
static enum rc
do_hello(struct agent *a, struct frame *r, struct err *e)
{
	struct stat st;
	enum rc rc;

	if (fstat(a->home->device, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot read %s"), a->home->device_path);
	if ((rc = frame_start(r, OK, 16, e)) != OK)
		return rc;
	frame_u64(r, (uint64_t)st.st_dev);
	frame_u64(r, (uint64_t)st.st_ino);
	return OK;
}

/* SK first, then everything that was held ready; the ledger stays open, as history has to. */
static void
do_freeze(struct agent *a)
{
	drop_held(a);
	if (a->vault != NULL)
		vault_drop_sk(a->vault);
}

/* A freeze that is noticed here, or made here (bait), ends what is held as well. */
static enum rc
reveal(struct agent *a, const struct record *rec, uint8_t event, struct secret *plain, struct err *e)
{
	enum rc rc = record_reveal(a->vault, rec, reveal_words[event], clock_now_ms(), plain, e);

	if (rc == E_FROZEN && vault_secrets_ready(a->home, NULL) == E_FROZEN)
		do_freeze(a);
	return rc;
}

static enum rc
do_openrec(struct agent *a, struct frame *q, struct frame *r, struct err *e)
{
	const unsigned char *seal_, *mtag, *body;
	SECRET plain = { 0 };
	RECORD rec = { 0 };
	uint8_t event;
	size_t n;
	enum rc rc;

	event = frame_get_u8(q);
	if (!get_id(q, &rec.id))
		return err_set(e, E_USAGE, N_("the agent sent what purser does not understand"));
	rec.created_ms = (int64_t)frame_get_u64(q);
	seal_ = frame_get_bytes(q, RECORD_SEAL_LEN);
	mtag = frame_get_bytes(q, 32);
	body = frame_get_part(q, &n);
	if (!frame_done(q) || event >= REVEALS || n == 0)
		return err_set(e, E_USAGE, N_("the agent sent what purser does not understand"));
	if ((rc = may_reveal(a, e)) != OK)
		return rc;
	memcpy(rec.seal, seal_, RECORD_SEAL_LEN);
	memcpy(rec.mtag, mtag, 32);
	if ((rec.body = malloc(n)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	memcpy(rec.body, body, n);
	rec.body_len = n;
	if ((rc = reveal(a, &rec, event, &plain, e)) != OK || (rc = frame_start(r, OK, plain.len + 4, e)) != OK)
		return rc;
	frame_part(r, plain.bytes, plain.len);
	return OK;
}

/* ---- one secret by the name of its account ---- */

struct search { uint8_t kind; enum secret_use use; struct record_id id; bool found; };

static enum rc
search_row(void *ctx, const struct record *r, enum secret_use use, struct err *e)
{
	struct search *s = ctx;

	(void)e;
	if (r->id.kind == s->kind && use == s->use) {
		s->id = r->id;
		s->found = true;
	}
	return OK;
}

static enum rc
find_record(struct agent *a, const char *name, struct search *s, struct account *acct, struct record *out,
    struct err *e)
{
	struct db *db;
	enum rc rc;

	if ((rc = vault_refresh(a->vault, e)) != OK)
		return rc;
	db = vault_db(a->vault);
	if ((rc = account_find(db, name, acct, e)) != OK ||
	    (rc = rows_secret_each(db, acct->uid, search_row, s, e)) != OK)
		return rc;
	return s->found ? rows_secret_get(db, s->id.rec, s->id.version, out, NULL, e)
			: err_set(e, E_NOTFOUND, N_("no such secret"));
}

/* plain becomes the code; a counter stays what it is, its owner has to store the next one first. */
static enum rc
make_code(struct secret *plain, int64_t unix_s, bool *hotp, uint64_t *left, struct err *e)
{
	char code[16] = "";
	SECRET text = { 0 };
	OTP o = { 0 };
	enum rc rc;

	if ((rc = otp_unpack(&o, plain, e)) != OK)
		return rc;
	*hotp = o.type == OTP_HOTP;
	if (*hotp)
		return OK;
	if ((rc = otp_code(code, left, &o, unix_s, e)) == OK && (rc = secret_copy(&text, code, strlen(code), e)) == OK)
		secret_move(plain, &text);
	wipe(code, sizeof code);
	return rc;
}

static enum rc
do_find(struct agent *a, struct frame *q, struct frame *r, struct err *e)
{
	AUTO(account_free) struct account acct = { 0 };
	struct search s = { .use = SECRET_CURRENT };
	uint8_t event = frame_get_u8(q);
	char name[ACCOUNT_NAME_MAX + 1] = "";
	const unsigned char *p;
	SECRET plain = { 0 };
	RECORD rec = { 0 };
	int64_t unix_s;
	uint64_t left = 0;
	bool hotp = false;
	size_t n;
	enum rc rc;

	s.kind = frame_get_u8(q);
	s.use = frame_get_u8(q) ? SECRET_PENDING : SECRET_CURRENT;
	unix_s = (int64_t)frame_get_u64(q);
	p = frame_get_part(q, &n);
	if (!frame_done(q) || event >= REVEALS || n >= sizeof name || memchr(p, '\0', n) != NULL)
		return err_set(e, E_USAGE, N_("the agent sent what purser does not understand"));
	memcpy(name, p, n);
	account_init(&acct);
	if ((rc = need_unlocked(a, e)) != OK || (rc = find_record(a, name, &s, &acct, &rec, e)) != OK ||
	    (rc = may_reveal(a, e)) != OK ||
	    (rc = reveal(a, &rec, event, &plain, e)) != OK ||
	    (event == REVEAL_OTP && (rc = make_code(&plain, unix_s, &hotp, &left, e)) != OK) ||
	    (rc = frame_start(r, OK, plain.len + strlen(acct.name) + 64, e)) != OK)
		return rc;
	frame_part(r, acct.name, strlen(acct.name));
	frame_u64(r, rec.id.version);
	frame_u64(r, (uint64_t)rec.created_ms);
	frame_u8(r, hotp);
	frame_u64(r, left);
	frame_part(r, plain.bytes, plain.len);
	return OK;
}

static enum rc
do_sealrec(struct agent *a, struct frame *q, struct frame *r, struct err *e)
{
	const unsigned char *p;
	struct record_id id;
	SECRET plain = { 0 };
	RECORD out = { 0 };
	int64_t created;
	uint8_t wrap;
	size_t n;
	enum rc rc;

	if (!get_id(q, &id))
		return err_set(e, E_USAGE, N_("the agent sent what purser does not understand"));
	created = (int64_t)frame_get_u64(q);
	wrap = frame_get_u8(q);
	p = frame_get_part(q, &n);
	if (!frame_done(q) || wrap > WRAP_FROZEN_TOO)
		return err_set(e, E_USAGE, N_("the agent sent what purser does not understand"));
	if ((rc = need_unlocked(a, e)) != OK || (rc = secret_copy(&plain, p, n, e)) != OK)
		return rc;
	if ((rc = record_seal(a->vault, &id, &plain, created, (enum record_wrap)wrap, &out, e)) != OK)
		return rc;
	if ((rc = frame_start(r, OK, RECORD_SEAL_LEN + 32 + 4 + out.body_len, e)) != OK)
		return rc;
	frame_bytes(r, out.seal, RECORD_SEAL_LEN);
	frame_bytes(r, out.mtag, 32);
	frame_part(r, out.body, out.body_len);
	return OK;
}

static enum rc
do_hold(struct agent *a, struct frame *q, struct err *e)
{
	const unsigned char *p;
	struct record_id id;
	struct held *h;
	size_t n;
	enum rc rc;

	if (!get_id(q, &id) || (p = frame_get_part(q, &n)) == NULL || !frame_done(q))
		return err_set(e, E_USAGE, N_("the agent sent what purser does not understand"));
	if ((rc = need_unlocked(a, e)) != OK)
		return rc;
	if (a->nheld == HELD_MAX)
		return err_set(e, E_FAILED, N_("too many values are waiting to be copied"));
	h = &a->held[a->nheld];
	memset(h, 0, sizeof *h);
	if ((rc = secret_copy(&h->plain, p, n, e)) != OK)
		return rc;
	h->id = id;
	h->until = ms_of(CLOCK_BOOTTIME) + AGENT_HELD_MS;
	a->nheld++;
	return OK;
}

/* What is handed out is in the log first, like a reveal. */
static enum rc
log_held(struct agent *a, const struct record_id *id, struct err *e)
{
	BUF text = { 0 };

	log_text_begin(&text, NULL, "reveal");
	log_text_hex(&text, "record", id->rec, ID_LEN);
	log_text_u64(&text, "version", id->version);
	log_text_add(&text, "how", "copy");
	return vault_event(a->vault, &text, clock_now_ms(), e);
}

static enum rc
do_held(struct agent *a, struct frame *q, struct frame *r, struct err *e)
{
	struct record_id id;
	enum rc rc;

	if (!get_id(q, &id) || !frame_done(q))
		return err_set(e, E_USAGE, N_("the agent sent what purser does not understand"));
	if ((rc = need_unlocked(a, e)) != OK)
		return rc;
	for (size_t i = a->nheld; i-- > 0;) {
		const struct held *h = &a->held[i];

		if (memcmp(h->id.rec, id.rec, ID_LEN) != 0 || h->id.version != id.version)
			continue;
		if ((rc = count_reveal(a, e)) != OK || (rc = log_held(a, &id, e)) != OK ||
		    (rc = frame_start(r, OK, h->plain.len + 4, e)) != OK)
			return rc;
		frame_part(r, h->plain.bytes, h->plain.len);
		return OK;
	}
	return err_set(e, E_NOTFOUND, N_("this value is not waiting to be copied (any more)"));
}

static enum rc
do_ledgerkey(struct agent *a, struct frame *r, struct err *e)
{
	const struct secret *lk;
	enum rc rc;

	if ((rc = need_unlocked(a, e)) != OK)
		return rc;
	lk = vault_lk(a->vault);
	if ((rc = frame_start(r, OK, lk->len + 4, e)) != OK)
		return rc;
	frame_part(r, lk->bytes, lk->len);
	return OK;
}

enum rc
serve(struct agent *a, struct frame *q, struct frame *r, struct err *e)
{
	switch ((enum agent_op)frame_get_u8(q)) {
	case AGENT_HELLO: return do_hello(a, r, e);
	case AGENT_UNLOCK: return do_unlock(a, q, r, e);
	case AGENT_LOCK: lock_now(a); return OK;
	case AGENT_STATUS: return do_status(a, r, e);
	case AGENT_LEDGERKEY: return do_ledgerkey(a, r, e);
	case AGENT_OPENREC: return do_openrec(a, q, r, e);
	case AGENT_SEALREC: return do_sealrec(a, q, r, e);
	case AGENT_FREEZE: do_freeze(a); return OK;
	case AGENT_HOLD: return do_hold(a, q, e);
	case AGENT_HELD: return do_held(a, q, r, e);
	case AGENT_FIND: return do_find(a, q, r, e);
	}
	return E_FAILED;                        /* unknown: the connection is closed without a word */
}
