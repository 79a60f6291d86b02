/*
 * wallet/incident.h: words of an incident: what happened, how bad it is, which way somebody was told. Pure.
 */
#ifndef PURSER_WALLET_INCIDENT_H
#define PURSER_WALLET_INCIDENT_H

#include "base/buf.h"

#include <stdint.h>

/* In the order in which the worse one stands first where one must be chosen. */
enum incident_kind {
	INCIDENT_UNAUTHORISED,          /* money moved that the owner did not move */
	INCIDENT_LOST_DEVICE,
	INCIDENT_LEAKED_PASSWORD,
	INCIDENT_PHISHING,
	INCIDENT_CANNOT_LOG_IN,
	INCIDENT_ACCOUNT_LOCKED,
	INCIDENT_BALANCE_WRONG,
	INCIDENT_PAYMENT_FAILED,
	INCIDENT_KIND_COUNT
};
const char *incident_kind_name(enum incident_kind k);           /* "unauthorised" ...: command line and machine output */
bool incident_kind_from(const char *name, enum incident_kind *out);     /* also "unauthorized" */
const char *incident_kind_words(enum incident_kind k);          /* N_(): for people */

/* high: money or the way to it may be in other hands; medium: the owner is kept out, or sums do not fit; low: one payment
 * failed. critical: high, and money is leaving now (a fraud row of the last 48 hours, or a mailbox or SIM among the
 * accounts). */
enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL, SEVERITY_COUNT };
const char *severity_name(enum severity s);                     /* "low" ... */
const char *severity_words(enum severity s);                    /* N_() */
struct severity_facts { bool money_moved, recent, controls_others; };
enum severity incident_severity(enum incident_kind k, const struct severity_facts *f);

/* "I12", "i12", "12". */
bool incident_id_parse(const char *s, int64_t *id);

/* phone web mail post app chat person */
bool told_by_ok(const char *by);
#define TOLD_BY "phone|web|mail|post|app|chat|person"

#endif
