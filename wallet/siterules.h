/*
 * wallet/siterules.h: what a provider's site accepts as a password, and where it is changed (data/password-rules.txt).
 *
 * Keys of a record: provider (id), domain (many), name, length MIN-MAX, allow, require (many), max-consecutive, url.
 * allow and require list classes by comma: lower, upper, digit, special (all ASCII punctuation), [characters]; each
 * `require` asks for at least one character of its classes. length and allow come together.
 */
#ifndef PURSER_WALLET_SITERULES_H
#define PURSER_WALLET_SITERULES_H

#include "crypto/passgen.h"
#include "wallet/datafile.h"

struct siterule {
	const char *provider;           /* "paypal" */
	bool has_rule;                  /* rule is the site's; else only url is known */
	struct passrule rule;
	const char *url;                /* where the password is changed; "" unknown */
	struct fact fact;
};
struct siterules;

enum rc siterules_load(struct siterules **out, int dirfd, struct err *e) MUST_CHECK;
void siterules_free(struct siterules **s);
/* key: a provider id, one of its domains, a name below one, or an address (https://www.paypal.com/x). Case ignored.
 * NULL: none. */
const struct siterule *siterules_find(const struct siterules *s, const char *key);
size_t siterules_count(const struct siterules *s);
const struct siterule *siterules_at(const struct siterules *s, size_t i);

#endif
