/* cmd/init.c: `purser init`: a new store: password, then the recovery kit now or later. */
#include "base/io.h"
#include "cmd/kitlib.h"
#include "cmd/open.h"
#include "cmd/out.h"

#include <string.h>

static enum rc
check_params(const struct args *a, struct pwparams *p, bool *given, struct err *e)
{
	uint64_t mib = 0;
	enum rc rc;

	*given = arg_has(a, "kdf-memory");
	if (!*given)
		return OK;
	if ((rc = arg_u64(a, "kdf-memory", 1, 2048, &mib, e)) != OK)
		return rc;
	*p = (struct pwparams){ (uint32_t)mib * 1024, 3, 4 };
	if (!pwparams_ok(p))
		return err_set(e, E_USAGE, N_("--kdf-memory takes %u to 2048 (MiB)"), pwparams_floor_kib() / 1024);
	return OK;
}

/* Now, later, or as the options say. No kit: *state stays KIT_NONE. */
static enum rc
first_kit(struct session *s, const struct args *a, const struct genesis *g, struct kit *kit, enum kit_state *state,
    struct err *e)
{
	/* Sheets that nobody can type back are no "later": kit_ritual() says what is missing. */
	bool asked_for = arg_has(a, "kit-file") || arg_has(a, "sheet") || arg_has(a, "unverified-kit") ||
	    (arg_has(a, "kit-shares") && !can_ask(s));
	unsigned k = 1, n = 1;
	char key = 'l';
	enum rc rc;

	if (!asked_for && can_ask(s)) {
		if ((rc = tell(s, e,
			 N_("Recovery kit: the ONLY way back after a freeze, a lost computer or a forgotten "
			    "password."))) != OK ||
		    (rc = tell(s, e,
			 N_("  n  now: pen, paper, 5 minutes      l  later: import and look around, but store no "
			    "secret yet"))) != OK ||
		    (rc = ask_key(s, "nl", true, "--kit-file", &key, e, N_("[n/l] "))) != OK)
			return rc;
		asked_for = key == 'n';
	}
	if (!asked_for)
		return OK;
	if ((rc = kit_shape_ask(s, a, "kit-shares", &k, &n, e)) != OK ||
	    (rc = kit_make(kit, g->vault_id, g->pk0, k, n, e)) != OK)
		return rc;
	rc = kit_ritual(s, a, kit, g->vault_id, state, e);
	if (rc == E_INTERRUPTED && !arg_has(a, "kit-file") && !arg_has(a, "sheet")) {
		/* Ctrl-C in the ritual: the store is made without a kit, nothing half-made. */
		kit_wipe(kit);
		*state = KIT_NONE;
		note(s, N_("No kit yet: finish later with purser kit new."));
		return OK;
	}
	return rc;
}

static void
about_medium(struct session *s, const struct home *h)
{
	struct medium m;
	struct err e = { 0 };

	if (home_medium(h, &m, &e) != OK)
		return;
	if (m.keeps_old)
		warn(s,
		    N_("%s keeps old copies of overwritten files: a freeze cannot erase them from this disk. Disk "
		       "encryption helps."),
		    m.fs);
	if (m.encrypted == CRYPT_NO)
		detail(s, N_("This disk is not encrypted, as far as can be told."));
	if (s->home != NULL)
		warn(s,
		    N_("Vault and device keys lie in one folder (%s): never sync it or carry it on a stick as a "
		       "whole."),
		    s->home);
}

static enum rc
made(struct session *s, const struct home *h, const struct kit *kit, enum kit_state state, struct err *e)
{
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "init");
		j_str(&j, "vault", h->vault_path);
		j_str(&j, "device", h->device_path);
		j_str(&j, "kit", kit_state_name(state));
		j_str(&j, "fingerprint", state == KIT_NONE ? NULL : kit->fingerprint);
		return out_json(s, &j, e);
	}
	about_medium(s, h);
	if (state == KIT_VERIFIED)
		say(s,
		    N_("Kit verified. Lost kit + freeze = secrets gone for good, so keep it away from this computer."));
	if (state == KIT_UNVERIFIED)
		say(s, N_("Kit %s, not verified. purser kit check, with the paper in hand."), kit->fingerprint);
	if (state == KIT_NONE)
		say(s, N_("No recovery kit yet: no secret can be stored. purser kit new"));
	say(s, N_("A freeze cannot be undone without the kit."));
	say(s, N_("The emergency card (purser card) is plain text on this computer and names your institutions. purser card "
		  "--off"));
	say(s, N_("Next: purser import FILE"));
	return OK;
}

static enum rc
init_run(struct session *s, const struct args *a, struct err *e)
{
	AUTO(home_close) struct home *h = NULL;
	struct new_keys how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	struct vault_status st;
	struct pwparams params;
	SECRET password = { 0 };
	GENESIS g = { 0 };
	KIT kit = { 0 };
	bool given;
	enum rc rc;

	if ((rc = check_params(a, &params, &given, e)) != OK || (rc = kit_shape_check(a, "kit-shares", e)) != OK ||
	    (rc = session_home_open(s, &h, e)) != OK ||
	    (rc = vault_status(h, &st, e)) != OK)
		return rc;
	if (st.state != VAULT_NONE) {
		(void)err_set(e, E_EXISTS, N_("there is a store at %s already. Nothing was changed."), h->vault_path);
		err_next(e, N_("purser status"));
		return E_EXISTS;
	}
	/* The directories first: nobody shall write twenty words on paper for a place that cannot be written. */
	if ((rc = new_password(s, true, &password, e)) != OK || (rc = genesis_make(&g, e)) != OK ||
	    (rc = home_create(h, e)) != OK || (rc = first_kit(s, a, &g, &kit, &how.kit_state, e)) != OK)
		return rc;
	how.password = &password;
	how.recovery = recovery_asked(a);
	how.params = given ? &params : NULL;
	how.kit = how.kit_state == KIT_NONE ? NULL : &kit;
	if ((rc = vault_create(h, &g, &how, NULL, e)) != OK) {
		kit_file_drop(a, h, &kit);
		return rc;
	}
	return made(s, h, &kit, how.kit_state, e);
}

static const struct option init_options[] = {
	{ "kdf-memory", 0, "MIB", N_("memory of the password hash (default: measured here, about a second)"), NULL, 0 },
	KIT_SHARES_OPTION("kit-shares"),
	KIT_MAKE_OPTIONS,
	RECOVERY_OPTION,
	{ 0 },
};

static const struct example init_examples[] = {
	{ "purser init", N_("asks for a password and shows the recovery kit") },
	{ "purser init --kit-shares 2/3", N_("three sheets for three trustees, any two of which work together") },
	{ "purser init --password-fd 3 --kit-file kit.txt --unverified-kit 3<password", N_("without a terminal") },
	{ 0 },
};

const struct command cmd_init = {
	.name = "init",
	.group = GROUP_STORE,
	.summary = N_("make a store: a password, then the recovery kit"),
	.description =
	    N_("Makes an encrypted store on this computer. An empty password means six generated words.\n\n"
	       "The recovery kit is twenty words on paper. It is the only way back after a freeze, a lost computer or "
	       "a forgotten password. It is "
	       "shown once and typed back from the paper. Until a kit is verified, what stores a secret is refused. "
	       "With --kit-shares K/N it is N sheets for N trustees: any K of them, together with a copy of the vault, can "
	       "open it; fewer learn nothing.\n\n"
	       "Cryptographic: a copy of the vault directory without this computer's device directory opens with the "
	       "kit only, not with the "
	       "password."),
	.examples = init_examples,
	.options = init_options,
	.flags = CMD_MAKES_HOME,
	.run = init_run,
};
