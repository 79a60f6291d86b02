/* cmd/sitepass.c: see sitepass.h. */
#include "cmd/sitepass.h"

#include "agent/access.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/term.h"

#include <stdio.h>
#include <string.h>

/* The account's provider first, then the address its owner noted. */
static const struct siterule *
find_rule(const struct siterules *all, const struct account *acct)
{
	const struct siterule *r = acct->provider[0] != '\0' ? siterules_find(all, acct->provider) : NULL;

	return r != NULL || acct->url[0] == '\0' ? r : siterules_find(all, acct->url);
}

struct siterules *
sites_load(struct session *s)
{
	AUTO(auto_close) int dir = -1;
	struct siterules *all = NULL;
	struct err e = { 0 };

	/* A password can be made without the list; that it is missing is said. */
	if (data_open(&dir, &e) != OK || siterules_load(&all, dir, &e) != OK)
		warn(s, N_("The list of password rules cannot be read: %s"), e.what);
	return all;
}

void
site_of(struct session *s, const struct siterules *all, const struct account *acct, struct site *out)
{
	const struct siterule *r;

	memset(out, 0, sizeof *out);
	passrule_default(&out->rule);
	if (all == NULL || (r = find_rule(all, acct)) == NULL)
		return;
	out->known = r->has_rule;
	if (r->has_rule)
		out->rule = r->rule;
	(void)snprintf(out->url, sizeof out->url, "%s", r->url);
	(void)snprintf(out->source, sizeof out->source, "%s", r->fact.source);
	(void)snprintf(out->checked, sizeof out->checked, "%s", r->fact.checked);
	(void)snprintf(out->status, sizeof out->status, "%s",
	    r->fact.status == DATA_CONFIRMED ? _("confirmed") : _("reported by"));
	if (fact_stale(&r->fact, s->now_ms))
		warn(s, N_("What purser knows of this page is of %s: it may be out of date."), out->checked);
}

enum rc
sitepass_generate(struct session *s, const struct account *acct, const struct site *site, struct secret *out,
    struct err *e)
{
	AUTO(siterules_free) struct siterules *all = NULL;
	struct site here;
	unsigned centibits = 0;
	enum rc rc;

	if (site == NULL) {
		all = sites_load(s);
		site_of(s, all, acct, &here);
		site = &here;
	}
	if ((rc = passgen(out, &centibits, &site->rule, 0, e)) != OK)
		return rc;
	if (site->known && site->rule.max > 0)
		note(s, N_("%zu characters (%u to %u allowed there), %u.%02u bits."), out->len, site->rule.min,
		    site->rule.max, centibits / 100, centibits % 100);
	else
		note(s, N_("%zu characters, %u.%02u bits."), out->len, centibits / 100, centibits % 100);
	return OK;
}

enum rc
sitepass_hand_over(struct session *s, const struct record_id *id, const struct secret *x, struct err *e)
{
	enum rc rc = access_hold(session_access(s), id, x, e);

	if (rc == OK) {
		note(s, N_("Frozen: the new value is sealed to the kit. It can be copied for 15 minutes (until purser "
			   "lock)."));
		return OK;
	}
	if (rc != E_NOTFOUND)
		return rc;
	if (!can_ask(s)) {
		warn(s, N_("Frozen, and no agent: the new value is sealed to the kit and can be read after the thaw "
			   "only."));
		return OK;
	}
	if ((rc = tell(s, e, N_("Frozen, and no agent: the new value is shown this once. It is sealed to the kit."))) !=
	    OK)
		return rc;
	return tell_secret(s, x, e);
}
