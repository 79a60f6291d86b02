/* cmd/sitepass.h: passwords to a provider's rules, shared by secret and rotate. */
#ifndef PURSER_CMD_SITEPASS_H
#define PURSER_CMD_SITEPASS_H

#include "cmd/cmd.h"
#include "crypto/passgen.h"
#include "store/vault.h"
#include "wallet/account.h"
#include "wallet/siterules.h"

/* What is known of the provider's password page; strings are owned by the data, valid until the end of the run. */
struct site {
	bool known;                     /* a rule of the provider's; else purser's default */
	struct passrule rule;
	char url[256];                  /* change-password page, "" unknown */
	char source[256], checked[16], status[24];
};
/* The rules, read once for a list; NULL (said) when they cannot be. Freed with siterules_free(). */
struct siterules *sites_load(struct session *s);
void site_of(struct session *s, const struct siterules *all, const struct account *acct, struct site *out);

/* To the site's rules; site may be NULL (looked up). Says length and entropy (note()). */
enum rc sitepass_generate(struct session *s, const struct account *acct, const struct site *site, struct secret *out,
    struct err *e) MUST_CHECK;
/* A generated value that was sealed while frozen: kept in the agent for 15 minutes, or, without an agent, shown once
 * at the terminal. */
enum rc sitepass_hand_over(struct session *s, const struct record_id *id, const struct secret *x,
    struct err *e) MUST_CHECK;

#endif
