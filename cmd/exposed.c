/* cmd/exposed.c: see exposed.h. */
#include "cmd/exposed.h"

#include "base/scope.h"
#include "cmd/out.h"
#include "store/account.h"

#include <string.h>

static const char *const kinds[] = { NULL, "password", "pin", "recovery-code", "api-token", "security-answer", "card",
	"otp", "note" };

const char *
kind_name(uint8_t kind)
{
	return kind > 0 && kind < COUNTOF(kinds) ? kinds[kind] : "unknown";
}

uint8_t
kind_from(const char *word)
{
	for (uint8_t i = 1; i < COUNTOF(kinds); i++)
		if (strcmp(kinds[i], word) == 0)
			return i;
	return 0;
}

static enum rc
exposure_json(struct session *s, const struct exposure *x, const char *account, size_t order, struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "exposure");
	j_str(&j, "account", account);
	j_str(&j, "kind", kind_name(x->id.kind));
	j_int(&j, "version", (int64_t)x->id.version);
	j_time(&j, "created", x->created_ms);
	j_time(&j, "last_revealed", x->last_revealed_ms);
	j_int(&j, "order", (int64_t)order);
	return out_json(s, &j, e);
}

static bool
is_of(const unsigned char (*uid)[ID_LEN], size_t n, const unsigned char acct[ID_LEN])
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(uid[i], acct, ID_LEN) == 0)
			return true;
	return uid == NULL;
}

enum rc
exposed_print(struct session *s, struct vault *v, struct err *e)
{
	return exposed_print_of(s, v, NULL, 0, e);
}

enum rc
exposed_print_of(struct session *s, struct vault *v, const unsigned char (*uid)[ID_LEN], size_t accounts, struct err *e)
{
	static const struct column cols[] = {
		{ N_("Account"), COL_CUT, 8 },
		{ N_("Kind"), 0, 0 },
		{ N_("Version"), COL_RIGHT, 0 },
		{ N_("Stored"), 0, 0 },
		{ N_("Last shown"), 0, 0 },
	};
	AUTO(auto_free) struct exposure *x = NULL;
	AUTO(account_free) struct account acct = { 0 };
	TABLE t = { 0 };
	size_t all = 0, n = 0;
	enum rc rc;

	if ((rc = vault_exposures(v, &x, &all, e)) != OK)
		return rc;
	for (size_t i = 0; i < all; i++)
		if (is_of(uid, accounts, x[i].id.acct))
			x[n++] = x[i];
	if (n == 0) {
		say(s, N_("No secret was exposed."));
		return OK;
	}
	say(s, N_("Exposed before: change these at the provider, worst first. purser rotate --exposed"));
	if (!s->json)
		table_begin(&t, s, cols, COUNTOF(cols), 0);
	for (size_t i = 0; i < n; i++) {
		BUF made = { 0 }, shown = { 0 };

		account_free(&acct);
		account_init(&acct);
		rc = account_by_uid(vault_db(v), x[i].id.acct, &acct, e);
		if (rc != OK && rc != E_NOTFOUND)
			return rc;
		if (s->json) {
			if ((rc = exposure_json(s, &x[i], rc == OK ? acct.name : NULL, i + 1, e)) != OK)
				return rc;
			continue;
		}
		add_time(&made, x[i].created_ms, false);
		if (x[i].last_revealed_ms != 0)
			add_time(&shown, x[i].last_revealed_ms, false);
		else
			buf_adds(&shown, _("never"));
		table_cell(&t, TONE_PLAIN, "%s", rc == OK ? acct.name : "-");
		table_cell(&t, TONE_PLAIN, "%s", kind_name(x[i].id.kind));
		table_cell(&t, TONE_PLAIN, "%llu", (unsigned long long)x[i].id.version);
		table_cell(&t, TONE_DIM, "%s", buf_str(&made));
		table_cell(&t, TONE_DIM, "%s", buf_str(&shown));
		if (!table_row(&t))
			break;
	}
	table_end(&t);
	return OK;
}
