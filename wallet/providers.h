/*
 * wallet/providers.h: the providers that purser knows something about (data/providers.txt). An account may have any
 * other word as its provider; it then has no data.
 *
 * Keys of a record: id, en, zh, domain (many), format (many), currency.
 */
#ifndef PURSER_WALLET_PROVIDERS_H
#define PURSER_WALLET_PROVIDERS_H

#include "wallet/datafile.h"

#define PROVIDER_LIST_MAX 8u
struct provider {
	const char *id;                 /* paypal, alipay, wechat, apple-card ... */
	const char *en, *zh;            /* as people write it; zh equals en where there is no Chinese name */
	const char *currency;           /* of a new account; "" several */
	size_t domains, formats;
	const char *domain[PROVIDER_LIST_MAX];
	const char *format[PROVIDER_LIST_MAX];  /* statement formats that purser reads; none: cannot be imported */
	struct fact fact;
};
struct providers;

enum rc providers_load(struct providers **out, int dirfd, struct err *e) MUST_CHECK;
void providers_free(struct providers **p);
/* By id, name, or domain; ASCII case, blanks and dashes do not matter ("Apple Card", "applecard"). NULL: none. */
const struct provider *providers_find(const struct providers *p, const char *name);
size_t providers_count(const struct providers *p);
const struct provider *providers_at(const struct providers *p, size_t i);

#endif
