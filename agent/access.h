/*
 * agent/access.h: how a command gets at the ledger and at secrets: through the agent while that is unlocked, else in
 * this process with the password, forgotten at the end. The rest of cmd/ does not care which of the two it is.
 */
#ifndef PURSER_AGENT_ACCESS_H
#define PURSER_AGENT_ACCESS_H

#include "agent/agent.h"

struct access;

struct access_how {
	/* Password and factors; asked only when there is no unlocked agent, or (again) when its limit of reveals is
	 * reached. E_LOCKED when nobody can be asked. Must stay valid until access_close(). NULL: only through an unlocked
	 * agent, silently; else E_LOCKED, and no file was touched. */
	enum rc (*ask)(void *arg, bool again, struct secret *password, struct factors *with, struct err *e);
	void *arg;
	bool no_agent;                           /* never use one (init, tests) */
	int64_t now_ms, wait_ms;
};

/* E_NOTFOUND: no store. E_LOCKED, E_AUTH, E_DAMAGED, E_FROZEN (restored) ... as vault_unlock(). A frozen vault opens
 * to its ledger. */
enum rc access_open(const struct home *h, const struct access_how *how, struct access **out, struct err *e) MUST_CHECK;
void access_close(struct access **a);
struct vault *access_vault(struct access *a);
bool access_by_agent(const struct access *a);

/* Can secrets be opened now? E_FROZEN, E_DAMAGED, E_LOCKED: see vault_secrets(). */
enum rc access_secrets(struct access *a, struct err *e) MUST_CHECK;
/* record_reveal() of vault.h, here or in the agent. event: "show", "copy", "otp", "export". The agent's limit of
 * reveals asks for the password again where somebody can be asked, else E_LOCKED. */
enum rc access_reveal(struct access *a, const struct record *r, const char *event, struct secret *plain,
    struct err *e) MUST_CHECK;
/* record_seal() of vault.h: the caller holds the store lock (vault_write_begin) and writes the row afterwards. The
 * fuse entry is made while the vault is open; while frozen the record is a seal to the kit only. */
enum rc access_seal(struct access *a, const struct record_id *id, const struct secret *plain, int64_t created_ms,
    struct record *out, struct err *e) MUST_CHECK;
/* The same for vault_thaw_accounts(): a fuse entry although the account is still frozen. access: struct access *. */
enum rc access_seal_thawed(void *access, const struct record_id *id, const struct secret *plain, int64_t created_ms,
    struct record *out, struct err *e) MUST_CHECK;
/* While frozen: keep a value that purser generated in the agent for 15 minutes, so that it can be copied to the
 * provider's page. E_NOTFOUND without an agent (then it is shown once). access_held() gives it back: E_NOTFOUND when
 * there is none (any more). */
enum rc access_hold(struct access *a, const struct record_id *id, const struct secret *plain, struct err *e) MUST_CHECK;
enum rc access_held(struct access *a, const struct record_id *id, struct secret *plain, struct err *e) MUST_CHECK;

#endif
