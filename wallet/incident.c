/* wallet/incident.c: see incident.h. */
#include "wallet/incident.h"

#include "base/num.h"
#include "base/scope.h"

#include <string.h>
#include <strings.h>

static const struct { const char *name, *words; } kinds[INCIDENT_KIND_COUNT] = {
	[INCIDENT_UNAUTHORISED] = { "unauthorised", N_("unauthorised transaction") },
	[INCIDENT_LOST_DEVICE] = { "lost-device", N_("lost device") },
	[INCIDENT_LEAKED_PASSWORD] = { "leaked-password", N_("leaked password") },
	[INCIDENT_PHISHING] = { "phishing", N_("phishing") },
	[INCIDENT_CANNOT_LOG_IN] = { "cannot-log-in", N_("cannot log in") },
	[INCIDENT_ACCOUNT_LOCKED] = { "account-locked", N_("account locked") },
	[INCIDENT_BALANCE_WRONG] = { "balance-wrong", N_("balance wrong") },
	[INCIDENT_PAYMENT_FAILED] = { "payment-failed", N_("payment failed") },
};
static const struct { const char *name, *words; } severities[SEVERITY_COUNT] = {
	[SEVERITY_LOW] = { "low", N_("low") },
	[SEVERITY_MEDIUM] = { "medium", N_("medium") },
	[SEVERITY_HIGH] = { "high", N_("high") },
	[SEVERITY_CRITICAL] = { "critical", N_("critical") },
};

const char *
incident_kind_name(enum incident_kind k)
{
	return kinds[k].name;
}

const char *
incident_kind_words(enum incident_kind k)
{
	return kinds[k].words;
}

bool
incident_kind_from(const char *name, enum incident_kind *out)
{
	if (strcasecmp(name, "unauthorized") == 0)
		name = kinds[INCIDENT_UNAUTHORISED].name;
	for (unsigned i = 0; i < INCIDENT_KIND_COUNT; i++)
		if (strcasecmp(name, kinds[i].name) == 0) {
			*out = (enum incident_kind)i;
			return true;
		}
	return false;
}

const char *
severity_name(enum severity s)
{
	return severities[s].name;
}

const char *
severity_words(enum severity s)
{
	return severities[s].words;
}

enum severity
incident_severity(enum incident_kind k, const struct severity_facts *f)
{
	switch (k) {
	case INCIDENT_PAYMENT_FAILED:
		return SEVERITY_LOW;
	case INCIDENT_CANNOT_LOG_IN:
	case INCIDENT_ACCOUNT_LOCKED:
	case INCIDENT_BALANCE_WRONG:
		if (!f->money_moved)
			return SEVERITY_MEDIUM;
		break;
	case INCIDENT_UNAUTHORISED:
	case INCIDENT_LOST_DEVICE:
	case INCIDENT_LEAKED_PASSWORD:
	case INCIDENT_PHISHING:
	case INCIDENT_KIND_COUNT:
		break;
	}
	return (f->money_moved && f->recent) || f->controls_others ? SEVERITY_CRITICAL : SEVERITY_HIGH;
}

bool
incident_id_parse(const char *s, int64_t *id)
{
	uint64_t n;

	if (*s == 'I' || *s == 'i')
		s++;
	if (!num_u64(s, 1, INT64_MAX, &n))
		return false;
	*id = (int64_t)n;
	return true;
}

bool
told_by_ok(const char *by)
{
	static const char *const ways[] = { "phone", "web", "mail", "post", "app", "chat", "person" };

	for (size_t i = 0; i < COUNTOF(ways); i++)
		if (strcmp(by, ways[i]) == 0)
			return true;
	return false;
}
