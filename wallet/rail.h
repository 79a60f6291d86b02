/*
 * wallet/rail.h: by which rail a payment went, as far as the words of its statement tell. Types, methods and
 * descriptions of the providers whose statements are known (PayPal in its languages, Alipay, WeChat Pay, cards, banks,
 * exchanges). A word that is not known leaves the rail unknown; it is never guessed. Pure.
 */
#ifndef PURSER_WALLET_RAIL_H
#define PURSER_WALLET_RAIL_H

#include "wallet/entry.h"
#include "wallet/providers.h"

enum rail {
	RAIL_UNKNOWN,
	/* a card payment: an authorisation first, later booked and open to a chargeback */
	RAIL_CARD,
	RAIL_DEBIT,                     /* pulled from a bank account by the receiver: SEPA direct debit, ACH debit */
	RAIL_TRANSFER,                  /* a bank transfer that is booked later; a withdrawal to a bank account */
	RAIL_INSTANT,                   /* a transfer that arrives within seconds */
	RAIL_PERSON,                    /* to a person, inside the wallet's own network */
	RAIL_WALLET,                    /* a purchase paid through the wallet */
	RAIL_CRYPTO,
	RAIL_INSIDE,                    /* between pots of the same account: conversions, savings, trades */
	RAIL_COUNT
};
const char *rail_name(enum rail r);             /* machine word: "card", "direct-debit" ... */
const char *rail_words(enum rail r);            /* N_() */

/* class: of the account's provider; CLASS_COUNT: not known. */
enum rail rail_of(const struct entry *en, enum provider_class class);
/* What stood behind a payment that the wallet did not pay from its own balance, by the words of its method or of the
 * row that funded it: RAIL_CARD, RAIL_DEBIT (a bank account), or RAIL_UNKNOWN. */
enum rail rail_funding(const struct entry *en);
/* Only reserved: an authorisation or a hold, whose capture is a row of its own. */
bool rail_reserved(const struct entry *en);

#endif
