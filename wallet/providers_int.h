/* wallet/providers_int.h: between providers.c, advice.c, and other files of facts (ladder.c). */
#ifndef PURSER_WALLET_PROVIDERS_INT_H
#define PURSER_WALLET_PROVIDERS_INT_H

#include "wallet/providers.h"

struct providers {
	size_t files, n, advices;
	struct datafile file[3];        /* shipped, shipped, the user's own */
	struct provider *p;
	struct advice *advice;
};

bool data_id_ok(const char *s);
bool data_place_ok(const char *s);
/* All values of one key; false: too many. */
bool data_collect(const struct data_record *r, const char *key, const char *list[PROVIDER_LIST_MAX], size_t *n);
/* Keys `by` and `value`, checked; "" none. */
enum rc data_channel(const struct datafile *f, const struct data_record *r, enum data_status status, const char **by,
    const char **value, struct err *e) MUST_CHECK;
enum rc advice_get(const struct datafile *f, const struct data_record *r, bool own, struct advice *out, struct err *e)
    MUST_CHECK;

#endif
