/* cmd/thaw_account.c: see thaw_account.h. */
#include "cmd/thaw_account.h"

#include "cmd/exposed.h"
#include "cmd/kitlib.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/account.h"

#include <stdlib.h>
#include <string.h>

enum rc
thaw_word(const struct args *a, struct buf *out, struct err *e)
{
	for (unsigned i = 0; i < a->n; i++)
		buf_addf(out, "%s%s", i > 0 ? " " : "", a->v[i]);
	if (a->n == 0)
		buf_adds(out, "store");
	return buf_check(out, e);
}

static enum rc
find_names(struct session *s, const struct args *a, unsigned char (*uid)[ID_LEN], struct err *e)
{
	for (unsigned i = 0; i < a->n; i++) {
		AUTO(account_free) struct account acct = { 0 };
		enum rc rc;

		account_init(&acct);
		if ((rc = session_account(s, a->v[i], &acct, e)) != OK)
			return rc;
		memcpy(uid[i], acct.uid, ID_LEN);
		if (acct.frozen_ms == 0) {
			(void)err_set(e, E_FAILED, N_("%s is not frozen. Nothing was changed."), acct.name);
			err_next(e, N_("purser account list"));
			return E_FAILED;
		}
	}
	return OK;
}

static enum rc
report(struct session *s, const struct args *a, const struct acct_thaw *t, struct err *e)
{
	for (unsigned i = 0; i < a->n; i++) {
		JSON j = { 0 };
		enum rc rc;

		if (!s->json) {
			say_tone(s, TONE_BOLD, N_("%s: THAWED. The key of each of its secrets is new."), a->v[i]);
			continue;
		}
		j_open(&j, "thaw");
		j_str(&j, "scope", a->v[i]);
		j_str(&j, "state", "active");
		if ((rc = out_json(s, &j, e)) != OK)
			return rc;
	}
	say(s, N_("%zu secret versions can be read again."), t->records);
	if (t->quarantined > 0)
		warn(s, N_("%zu secret versions do not authenticate and were put aside."), t->quarantined);
	return OK;
}

static enum rc
thaw_with(struct session *s, const struct args *a, const struct vault_status *st, unsigned char (*uid)[ID_LEN],
    struct err *e)
{
	struct acct_thaw t = { .uid = (const unsigned char (*)[ID_LEN])uid,
		.n = a->n,
		.now_ms = s->now_ms,
		.wait_ms = s->wait_ms,
		.seal_it = access_seal_thawed,
		.ctx = session_access(s) };
	char fingerprint[20] = "";
	SECRET kit = { 0 };
	enum rc rc;

	if (st->kit != KIT_NONE) {
		if ((rc = kit_in_hand(s, st->fingerprint, &kit, fingerprint, e)) != OK)
			return rc;
		t.kit = &kit;
		t.fingerprint = fingerprint[0] != '\0' ? fingerprint : NULL;
	}
	if ((rc = vault_thaw_accounts(session_vault(s), &t, e)) != OK || (rc = report(s, a, &t, e)) != OK ||
	    (rc = exposed_print_of(s, session_vault(s), t.uid, t.n, e)) != OK)
		return rc;
	/* R's private half was in this computer: what it can open should end. */
	if (st->kit != KIT_NONE)
		note(s, N_("The kit was typed into this computer and opens every secret. A new one: purser kit new"));
	return OK;
}

enum rc
thaw_accounts(struct session *s, const struct args *a, const struct vault_status *st, struct err *e)
{
	AUTO(auto_free) unsigned char (*uid)[ID_LEN] = calloc(a->n, sizeof *uid);
	BUF word = { 0 };
	enum rc rc;

	if (uid == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (arg_has(a, "kit-file") || arg_has(a, "unverified-kit")) {
		(void)err_set(e, E_USAGE,
		    N_("an account of an open store is thawed with the kit there is. Nothing was changed."));
		err_next(e, N_("purser kit new, afterwards"));
		return E_USAGE;
	}
	if ((rc = thaw_word(a, &word, e)) != OK || (rc = session_unlock(s, CMD_UNLOCK | CMD_SECRET, e)) != OK ||
	    (rc = find_names(s, a, uid, e)) != OK || (rc = access_secrets(session_access(s), e)) != OK ||
	    (rc = ask_confirm(s, buf_str(&word), e,
		 N_("Thaw gives the secrets of %s back to this computer. Do it on a clean one.\nYou need: the kit %s."),
		 buf_str(&word), st->fingerprint)) != OK)
		return rc;
	return thaw_with(s, a, st, uid, e);
}
