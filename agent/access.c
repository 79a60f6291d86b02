/* agent/access.c: see access.h. */
#include "agent/access.h"

#include "agent/client.h"

#include <string.h>

#define ASK_MS 10000

struct access {
	const struct home *home;
	struct access_how how;
	struct vault *vault;            /* the ledger; with SK too when there is no agent */
	int fd;                         /* the agent, or -1 */
};

void
access_close(struct access **a)
{
	if (*a == NULL)
		return;
	vault_close(&(*a)->vault);
	auto_close(&(*a)->fd);
	free(*a);
	*a = NULL;
}

/* The ledger by the agent's key. E_NOTFOUND: no agent, or a locked one. */
static enum rc
by_agent(struct access *a, struct err *e)
{
	FRAME q = { 0 }, r = { 0 };
	const unsigned char *p;
	SECRET lk = { 0 };
	size_t n;
	enum rc rc;

	if ((rc = client_connect(a->home, &a->fd, e)) != OK)
		return E_NOTFOUND;
	if ((rc = frame_start(&q, AGENT_LEDGERKEY, 0, e)) != OK)
		return rc;
	if ((rc = client_ask(a->fd, &q, &r, ASK_MS, e)) != OK || (p = frame_get_part(&r, &n)) == NULL || !frame_done(&r)) {
		auto_close(&a->fd);
		return E_NOTFOUND;      /* locked, or not talking sense: go on without it */
	}
	if ((rc = secret_copy(&lk, p, n, e)) != OK)
		return rc;
	return vault_open_ledger(a->home, &lk, &a->vault, e);
}

static enum rc
by_password(struct access *a, struct err *e)
{
	struct unlock_how how = { .keyfile_digest = a->how.keyfile_digest, .now_ms = a->how.now_ms, .wait_ms = a->how.wait_ms };
	SECRET password = { 0 };
	enum rc rc;

	if ((rc = vault_unlock_ready(a->home, e)) != OK || (rc = a->how.password(a->how.arg, &password, e)) != OK)
		return rc;
	how.password = &password;
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
	a->fd = -1;
	if (!how->no_agent)
		rc = by_agent(a, e);
	/* An agent of before a change of keys holds an LK that opens nothing any more: the password does. */
	if (rc == E_NOTFOUND || rc == E_KEY || rc == E_LOCKED) {
		auto_close(&a->fd);
		rc = by_password(a, e);
	}
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
	return a->fd >= 0;
}

enum rc
access_secrets(struct access *a, struct err *e)
{
	struct vault_status st;
	enum rc rc;

	if (a->fd < 0)
		return vault_secrets(a->vault, e);
	/* The agent has SK; what can be seen without it is asked here, so that the reason comes in this run's language. */
	if ((rc = vault_status(a->home, &st, e)) != OK)
		return rc;
	if (st.state != VAULT_OPEN || st.fuse_damaged)
		return vault_secrets(a->vault, e);
	return OK;
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
	struct agent_limits lim = { AGENT_IDLE_S, AGENT_FOR_S, AGENT_REVEALS };
	SECRET password = { 0 };
	struct err why = *e;
	enum rc rc;

	rc = a->how.password(a->how.arg, &password, e);
	if (rc == E_LOCKED) {
		(void)err_set(e, E_LOCKED, "%s", why.what);
		err_next(e, N_("Wait a minute, or purser unlock --reveals N"));
		return E_LOCKED;
	}
	if (rc != OK)
		return rc;
	return agent_unlock(a->home, &password, a->how.keyfile_digest, &lim, NULL, e);
}

/* Ask for one secret; E_AGAIN is the limit, answered by asking the password once. */
static enum rc
ask_secret_of_agent(struct access *a, const struct frame *q, struct secret *plain, struct err *e)
{
	FRAME r = { 0 };
	const unsigned char *p;
	size_t n;
	enum rc rc;

	rc = client_ask(a->fd, q, &r, ASK_MS, e);
	if (rc == E_AGAIN) {
		if ((rc = password_again(a, e)) != OK)
			return rc;
		rc = client_ask(a->fd, q, &r, ASK_MS, e);
	}
	if (rc == E_FROZEN || rc == E_DAMAGED || rc == E_LOCKED) {
		struct err here = { 0 };

		/* The agent may speak another language than this run. */
		if (access_secrets(a, &here) == rc)
			*e = here;
	}
	if (rc != OK)
		return rc;
	if ((p = frame_get_part(&r, &n)) == NULL || !frame_done(&r))
		return err_set(e, E_FAILED, N_("the agent sent what purser does not understand"));
	return secret_copy(plain, p, n, e);
}

enum rc
access_reveal(struct access *a, const struct record *rec, const char *event, struct secret *plain, struct err *e)
{
	static const char *const events[] = { "reveal", "copy", "code", "export" };
	FRAME q = { 0 };
	size_t i;
	enum rc rc;

	if (a->fd < 0)
		return record_reveal(a->vault, rec, event, a->how.now_ms, plain, e);
	for (i = 0; i < COUNTOF(events) && strcmp(events[i], event) != 0; i++)
		;
	if ((rc = access_secrets(a, e)) != OK)
		return rc;
	if ((rc = frame_start(&q, AGENT_OPENREC, 256 + RECORD_SEAL_LEN + rec->body_len, e)) != OK)
		return rc;
	frame_u8(&q, (uint8_t)i);
	put_id(&q, &rec->id);
	frame_u64(&q, (uint64_t)rec->created_ms);
	frame_bytes(&q, rec->seal, RECORD_SEAL_LEN);
	frame_bytes(&q, rec->mtag, 32);
	frame_part(&q, rec->body, rec->body_len);
	return ask_secret_of_agent(a, &q, plain, e);
}

enum rc
access_seal(struct access *a, const struct record_id *id, const struct secret *plain, int64_t created_ms, struct record *out,
    struct err *e)
{
	bool open = vault_state(a->vault) == VAULT_OPEN && access_secrets(a, e) == OK;
	FRAME q = { 0 }, r = { 0 };
	const unsigned char *seal_, *mtag, *body;
	RECORD rec = { 0 };
	size_t n;
	enum rc rc;

	if (plain->len > RECORD_PLAIN_MAX)
		return err_set(e, E_INPUT, N_("too long: at most %u bytes"), RECORD_PLAIN_MAX);
	if (a->fd < 0 || !open)
		return record_seal(a->vault, id, plain, created_ms, open, out, e);
	if ((rc = frame_start(&q, AGENT_SEALREC, 256 + plain->len, e)) != OK)
		return rc;
	put_id(&q, id);
	frame_u64(&q, (uint64_t)created_ms);
	frame_u8(&q, 1);
	frame_part(&q, plain->bytes, plain->len);
	if ((rc = client_ask(a->fd, &q, &r, ASK_MS, e)) != OK)
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
access_hold(struct access *a, const struct record_id *id, const struct secret *plain, struct err *e)
{
	FRAME q = { 0 }, r = { 0 };
	enum rc rc;

	if (a->fd < 0)
		return err_set(e, E_NOTFOUND, N_("no agent is running"));
	if ((rc = frame_start(&q, AGENT_HOLD, 128 + plain->len, e)) != OK)
		return rc;
	put_id(&q, id);
	frame_part(&q, plain->bytes, plain->len);
	return client_ask(a->fd, &q, &r, ASK_MS, e);
}

enum rc
access_held(struct access *a, const struct record_id *id, struct secret *plain, struct err *e)
{
	FRAME q = { 0 };
	enum rc rc;

	if (a->fd < 0)
		return err_set(e, E_NOTFOUND, N_("no agent is running"));
	if ((rc = frame_start(&q, AGENT_HELD, 128, e)) != OK)
		return rc;
	put_id(&q, id);
	return ask_secret_of_agent(a, &q, plain, e);
}
