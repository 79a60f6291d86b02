/*
 * wallet/card.h: the emergency card: what of the accounts may stand in plain text beside the store, so that it can be
 * read while the store is locked or frozen. The file is a text for people; below the line CARD_MARK stand the records
 * that purser reads (datafile.h tells the format), without which it prints the card in another language or newer:
 *
 *	card: 1
 *	written: 2026-11-22 02:10:00         UTC
 *	lang: en
 *
 *	account: paypal
 *	provider: paypal
 *	login: m...e@mail.example            masked
 *	url: https://www.paypal.com/home     without user, query and fragment
 *	way-in: recovery codes in the desk drawer
 *	controls: wise                       many
 *	contact: phone 2026-11-20 +49 ...    many: kind, day of entry, value
 *
 * No balance, no limit, no note, no full login and never a secret. Nobody signs it: whoever can write the device
 * directory can change it. What the official channels are is therefore never taken from it, but from the shipped data.
 */
#ifndef PURSER_WALLET_CARD_H
#define PURSER_WALLET_CARD_H

#include "wallet/account.h"
#include "wallet/providers.h"

#define CARD_MARK "-- purser card 1 --"
#define CARD_FILE_MAX (2u << 20)        /* the text for people and the records */
#define CARD_LIST_MAX 8u
#define CARD_ACCOUNTS_MAX 400u

struct card_contact { char kind[8], on[11]; const char *value; };
struct card_account {
	const char *name;
	const char *provider, *login, *url, *way_in;    /* "" none */
	size_t controls, contacts;
	const char *control[CARD_LIST_MAX];
	struct card_contact contact[CARD_LIST_MAX];
};
struct card {
	struct datafile file;
	int64_t written_ms;
	const char *lang;               /* of the text for people: "en", "zh" */
	size_t n;
	struct card_account *a;         /* owned; as written, or in the order in which to act: card_order() */
};
void card_free(struct card *c);

/* A login as a reminder to its owner, not a help to others: "m...e@mail.example", "...4567", "jo...n". */
void mask_login(struct buf *out, const char *login);
/* The records of these accounts, those that are closed left out. What would not fit a line of the file (control
 * characters, bidirectional marks, length) is replaced or cut. */
void card_data(struct buf *out, const struct account *a, size_t n);
/* The first record, and the mark above it. */
void card_head(struct buf *out, int64_t written_ms, const char *lang);
/* A whole card file; text is taken over. E_INPUT "card:LINE: ...". */
enum rc card_parse(struct card *out, struct buf *text, struct err *e) MUST_CHECK;

/* Whose advice an account gets: its provider's, then that of the kind of account it is. */
#define CARD_SOURCES_MAX 3u
struct card_sources { size_t n; const char *id[CARD_SOURCES_MAX]; enum provider_class class; };
void card_sources(struct card_sources *out, const struct providers *p, const struct card_account *a);
/* The order in which to act: what resets the others first (the more, the earlier), mailbox and SIM before wallets. */
void card_order(struct card *c, const struct providers *p);
const struct card_account *card_find(const struct card *c, const char *name);  /* NULL: none */

#endif
