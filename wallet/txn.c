/* wallet/txn.c: see txn.h. */
#include "wallet/txn.h"

#include <string.h>

static const char *const status_names[TXN_STATUS_COUNT] = { "unknown", "settled", "pending", "failed", "cancelled",
	"reversed", "refunded", "held", "released", "informational" };

const char *
txn_status_name(enum txn_status s)
{
	return (unsigned)s < TXN_STATUS_COUNT ? status_names[s] : status_names[TXN_UNKNOWN];
}

bool
txn_status_from(const char *name, enum txn_status *out)
{
	for (unsigned i = 0; i < TXN_STATUS_COUNT; i++) {
		if (strcmp(name, status_names[i]) == 0) {
			*out = (enum txn_status)i;
			return true;
		}
	}
	return false;
}

/* An empty field points here until it is set: a statement of a million rows has millions of empty fields. */
static char empty[1];

void
txn_init(struct txn *t)
{
	*t = (struct txn){ .id = empty,
		.ref_id = empty,
		.type = empty,
		.status_text = empty,
		.direction = empty,
		.counterparty = empty,
		.description = empty,
		.method = empty };
}

static void
drop(char **field)
{
	if (*field != empty)
		free(*field);
	*field = empty;
}

void
txn_free(struct txn *t)
{
	char **fields[] = { &t->id, &t->ref_id, &t->type, &t->status_text, &t->direction, &t->counterparty,
		&t->description, &t->method };

	for (size_t i = 0; i < COUNTOF(fields); i++)
		drop(fields[i]);
	free(t->cell);
	txn_init(t);
}

enum rc
txn_put(char **field, const char *p, size_t n, struct err *e)
{
	char *s;

	if (n == 0) {
		drop(field);
		return OK;
	}
	if ((s = malloc(n + 1)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	memcpy(s, p, n);
	s[n] = '\0';
	drop(field);
	*field = s;
	return OK;
}

bool
txn_effect(const struct txn *t, struct money *out)
{
	switch (t->moved) {
	case TXN_MOVED:
	case TXN_MOVED_WITH_TWIN:
		if (!t->has_amount)
			return false;
		*out = t->amount;
		return true;
	case TXN_MOVED_FEE:
		if (!t->has_fee)
			return false;
		*out = t->fee;
		return true;
	case TXN_STAYED:
	case TXN_MOVED_COUNT:
		break;
	}
	return false;
}

bool
txn_twins(const struct txn *pay, const struct txn *refund)
{
	return pay->moved == TXN_MOVED_WITH_TWIN && refund->moved == TXN_MOVED && refund->status == TXN_REFUNDED &&
	       pay->has_amount && refund->has_amount && pay->id[0] != '\0' && strcmp(pay->id, refund->ref_id) == 0 &&
	       strcmp(pay->amount.cur, refund->amount.cur) == 0 && pay->amount.exp == refund->amount.exp &&
	       pay->amount.minor == -refund->amount.minor;
}
