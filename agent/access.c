/* agent/access.c: see access.h. */
#include "agent/access.h"

#include "agent/client.h"

#include <string.h>

#define ASK_MS 10000

struct access {
	const struct home *home;
	struct access_how how;
	struct vault *vault;            /* the ledger; with SK too when there is no agent */
	bool agent;                     /* that serves, one connection a request: it hangs up on who makes it wait */
};

void
access_close(struct access **a)
{
	if (*a == NULL)
		return;
	vault_close(&(*a)->vault);
	free(*a);
	*a = NULL;
}

static enum rc
ask(const struct access *a, const struct frame *q, struct frame *r, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	enum rc rc = client_connect(a->home, &fd, e);

	if (rc == OK)
		return client_ask(fd, q, r, ASK_MS, e);
	if (rc != E_NOTFOUND)
		return rc;
	(void)err_set(e, E_LOCKED, N_("the agent has ended meanwhile. Nothing was changed"));
	err_next(e, "purser unlock");
	return E_LOCKED;
}

/* The ledger by the agent's key. E_NOTFOUND: no agent, or a locked one, or one that does not talk sense: go on
 * without it. */
static enum rc
by_agent(struct access *a, struct err *e)
{
	FRAME q = { 0 }, r = { 0 };
	const unsigned char *p;
	SECRET lk = { 0 };
	size_t n;
	enum rc rc;

	if ((rc = frame_start(&q, AGENT_LEDGERKEY, 0, e)) != OK)
		return rc;
	if (ask(a, &q, &r, e) != OK || (p = frame_get_part(&r, &n)) == NULL || !frame_done(&r))
		return E_NOTFOUND;
	if ((rc = secret_copy(&lk, p, n, e)) != OK || (rc = vault_open_ledger(a->home, &lk, &a->vault, e)) != OK)
		return rc;
	a->agent = true;
	return OK;
}

static enum rc
by_password(struct access *a, struct err *e)
{
	struct unlock_how how = { .now_ms = a->how.now_ms, .wait_ms = a->how.wait_ms };
	SECRET password = { 0 };
	FACTORS with = { .codes = 0 };
	enum rc rc;

	if ((rc = vault_unlock_ready(a->home, e)) != OK ||
	    (rc = a->how.ask(a->how.arg, false, &password, &with, e)) != OK)
		return rc;
	how.password = &password;
	how.with = &with;
	return vault_unlock(a->home, &how, &a->vault, e);
}

enum rc
access_open(const struct home *h, const struct access_how *how, struct access **out, struct err *e)
{
	AUTO(access_close) struct access *a = calloc(1, sizeof *a);
	enum rc rc = E_NOTFOUND;

	if (a == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	a->home = h;
	a->how = *how;
	if (!how->no_agent)
		rc = by_agent(a, e);
	/* An agent of before a change of keys holds an LK that opens nothing any more: the password does. */
	if (rc == E_NOTFOUND || rc == E_KEY || rc == E_LOCKED)
		rc = how->ask != NULL ? by_password(a, e) : err_set(e, E_LOCKED, N_("locked"));
	if (rc != OK)
		return rc;
	*out = a;
	a = NULL;
	return OK;
}

struct vault *
access_vault(struct access *a)
{
	return a->vault;
}

bool
access_by_agent(const struct access *a)
{
	return a->agent;
}

enum rc
access_secrets(struct access *a, struct err *e)
{
	/* The agent has SK; what can be seen without it is looked at here, so that the reason comes in this run's
	 * language. */
	return a->agent ? vault_secrets_ready(a->home, e) : vault_secrets(a->vault, e);
}

static void
put_id(struct frame *q, const struct record_id *id)
{
	frame_bytes(q, id->rec, ID_LEN);
	frame_bytes(q, id->acct, ID_LEN);
	frame_u8(q, id->kind);
	frame_u64(q, id->version);
}

/* The limit of reveals: the password again, where somebody can be asked (policy, not cryptography). */
static enum rc
password_again(struct access *a, struct err *e)
{
	struct agent_limits as_before = { .idle_s = 0 };
	SECRET password = { 0 };
	FACTORS with = { .codes = 0 };
	enum rc rc = a->how.ask != NULL ? a->how.ask(a->how.arg, true, &password, &with, e) : E_LOCKED;

	if (rc == E_LOCKED) {
		(void)err_set(e, E_LOCKED,
		    N_("the limit of secrets a minute is reached, and nobody can be asked for the password again"));
		err_next(e, N_("Wait a minute, or purser unlock --reveals N"));
	}
	return rc != OK ? rc : agent_unlock(a->home, &password, &with, &as_before, NULL, e);
}

/* Ask for one secret; E_AGAIN is the limit, answered by asking the password once. */
static enum rc
ask_secret(struct access *a, const struct frame *q, struct secret *plain, struct err *e)
{
	FRAME r = { 0 };
	const unsigned char *p;
	size_t n;
	enum rc rc;

	if ((rc = ask(a, q, &r, e)) == E_AGAIN && (rc = password_again(a, e)) == OK)
		rc = ask(a, q, &r, e);
	if (rc != OK)
		return rc;
	if ((p = frame_get_part(&r, &n)) == NULL || !frame_done(&r))
		return err_set(e, E_FAILED, N_("the agent sent what purser does not understand"));
	return secret_copy(plain, p, n, e);
}

enum rc
access_reveal(struct access *a, const struct record *rec, const char *event, struct secret *plain, struct err *e)
{
	FRAME q = { 0 };
	uint8_t i;
	enum rc rc;

	if (!a->agent)
		return record_reveal(a->vault, rec, event, a->how.now_ms, plain, e);
	/* The agent would say no as well, but in English and without the owner's zone. */
	if ((rc = vault_account_open(a->vault, rec->id.acct, e)) != OK)
		return rc;
	for (i = 0; i < REVEALS && strcmp(reveal_words[i], event) != 0; i++)
		;
	if ((rc = frame_start(&q, AGENT_OPENREC, 256 + RECORD_SEAL_LEN + rec->body_len, e)) != OK)
		return rc;
	frame_u8(&q, i);
	put_id(&q, &rec->id);
	frame_u64(&q, (uint64_t)rec->created_ms);
	frame_bytes(&q, rec->seal, RECORD_SEAL_LEN);
	frame_bytes(&q, rec->mtag, 32);
	frame_part(&q, rec->body, rec->body_len);
	return ask_secret(a, &q, plain, e);
}

static enum rc
access_seal_as(struct access *a, const struct record_id *id, const struct secret *plain, int64_t created_ms,
    enum record_wrap wrap, struct record *out, struct err *e)
{
	bool open = vault_state(a->vault) == VAULT_OPEN && access_secrets(a, e) == OK;
	FRAME q = { 0 }, r = { 0 };
	const unsigned char *seal_, *mtag, *body;
	RECORD rec = { 0 };
	size_t n;
	enum rc rc;

	if (plain->len > RECORD_PLAIN_MAX)
		return err_set(e, E_INPUT, N_("too long: at most %u bytes"), RECORD_PLAIN_MAX);
	if (!a->agent || !open)
		return record_seal(a->vault, id, plain, created_ms, open ? wrap : WRAP_NONE, out, e);
	if ((rc = frame_start(&q, AGENT_SEALREC, 256 + plain->len, e)) != OK)
		return rc;
	put_id(&q, id);
	frame_u64(&q, (uint64_t)created_ms);
	frame_u8(&q, (uint8_t)wrap);
	frame_part(&q, plain->bytes, plain->len);
	if ((rc = ask(a, &q, &r, e)) != OK)
		return rc;
	seal_ = frame_get_bytes(&r, RECORD_SEAL_LEN);
	mtag = frame_get_bytes(&r, 32);
	body = frame_get_part(&r, &n);
	if (!frame_done(&r) || n == 0)
		return err_set(e, E_FAILED, N_("the agent sent what purser does not understand"));
	if ((rec.body = malloc(n)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	rec.id = *id;
	rec.created_ms = created_ms;
	memcpy(rec.seal, seal_, RECORD_SEAL_LEN);
	memcpy(rec.mtag, mtag, 32);
	memcpy(rec.body, body, n);
	rec.body_len = n;
	*out = rec;
	rec.body = NULL;
	return OK;
}

enum rc
access_seal(struct access *a, const struct record_id *id, const struct secret *plain, int64_t created_ms,
    struct record *out, struct err *e)
{
	return access_seal_as(a, id, plain, created_ms, WRAP_YES, out, e);
}

enum rc
access_seal_thawed(void *access, const struct record_id *id, const struct secret *plain, int64_t created_ms,
    struct record *out, struct err *e)
{
	return access_seal_as(access, id, plain, created_ms, WRAP_FROZEN_TOO, out, e);
}

enum rc
access_hold(struct access *a, const struct record_id *id, const struct secret *plain, struct err *e)
{
	FRAME q = { 0 }, r = { 0 };
	enum rc rc;

	if (!a->agent)
		return err_set(e, E_NOTFOUND, N_("no agent is running"));
	if ((rc = frame_start(&q, AGENT_HOLD, 128 + plain->len, e)) != OK)
		return rc;
	put_id(&q, id);
	frame_part(&q, plain->bytes, plain->len);
	return ask(a, &q, &r, e);
}

enum rc
access_held(struct access *a, const struct record_id *id, struct secret *plain, struct err *e)
{
	FRAME q = { 0 };
	enum rc rc;

	if (!a->agent)
		return err_set(e, E_NOTFOUND, N_("no agent is running"));
	if ((rc = frame_start(&q, AGENT_HELD, 128, e)) != OK)
		return rc;
	put_id(&q, id);
	return ask_secret(a, &q, plain, e);
}
