/*
 * store/contacts.h: contacts of those who are no account (`contact add`), the book of payees and payout addresses
 * (`account address`), and addresses that stand in the history. Contacts of accounts are in store/account.h. What
 * writes runs inside a write transaction of the caller. A store of before version 3 that is open for reading only
 * has none of them.
 */
#ifndef PURSER_STORE_CONTACTS_H
#define PURSER_STORE_CONTACTS_H

#include "base/err.h"

#include <stdint.h>

struct db;

/* Strings are valid during the call of fn, or borrowed for the call. */
struct kept_contact { int64_t id; const char *who, *kind, *value, *note; int64_t confirmed_ms; };
typedef enum rc (*kept_contact_fn)(void *ctx, const struct kept_contact *k, struct err *e);
enum rc kept_contacts(struct db *db, kept_contact_fn fn, void *ctx, struct err *e) MUST_CHECK;  /* by who, then kind */
/* One of that who, kind and value is confirmed anew, with the new note if that is not "". */
enum rc kept_contact_add(struct db *db, const struct kept_contact *k, struct err *e) MUST_CHECK;
enum rc kept_contact_remove(
    struct db *db, const char *who, const char *value, struct err *e) MUST_CHECK; /* E_NOTFOUND */

struct kept_address {
	int64_t id;
	int64_t account;                /* row of its account; 0: of nobody in particular */
	const char *account_name;       /* "" nobody; not looked at when one is added */
	const char *kind;               /* chain_name() */
	const char *value, *label;      /* value: canonical (wallet/chainaddr.h) */
	int64_t confirmed_ms;
};
typedef enum rc (*kept_address_fn)(void *ctx, const struct kept_address *a, struct err *e);
/* Those that were not removed; account 0: of all. By id. */
enum rc kept_addresses(struct db *db, int64_t account, kept_address_fn fn, void *ctx, struct err *e) MUST_CHECK;
/* One of that account, kind and value that is there is confirmed anew. *id: its row. */
enum rc kept_address_add(struct db *db, const struct kept_address *a, int64_t *id, struct err *e) MUST_CHECK;
/* It stays in the table, marked. E_NOTFOUND. */
enum rc kept_address_remove(struct db *db, int64_t id, int64_t now_ms, struct err *e) MUST_CHECK;

/* The words of transactions (counterparty, description, reference) that could be an address by their length, newest
 * first: letters and digits only. date: of the row, YYYY-MM-DD or "". */
#define HISTORY_ROWS_MAX 200000u        /* rows that are looked at */
typedef enum rc (*history_word_fn)(void *ctx, const char *word, const char *date, struct err *e);
enum rc history_words(struct db *db, history_word_fn fn, void *ctx, struct err *e) MUST_CHECK;

#endif
