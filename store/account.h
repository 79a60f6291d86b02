/*
 * store/account.h: accounts as rows. What writes must run inside a write transaction of the caller (vault.h),
 * which also writes the outbox row. Accounts are few (tens): lists are whole.
 */
#ifndef PURSER_STORE_ACCOUNT_H
#define PURSER_STORE_ACCOUNT_H

#include "wallet/account.h"
#include "wallet/money.h"

struct db;

struct accounts { size_t n; struct account *a; };               /* by name */
void accounts_free(struct accounts *all);

/* a->name is checked (account_name_check), no look-alike may exist. Fills a->id, a->uid, a->created_ms = now_ms.
 * E_EXISTS: that name or one that looks the same is there. */
enum rc account_add(struct db *db, struct account *a, int64_t now_ms, struct err *e) MUST_CHECK;
/* By exact name (ASCII case does not matter when only one fits). a: account_init()ed or zero; E_NOTFOUND: no
 * account of that name (the command adds the nearest ones with suggest()). */
enum rc account_find(struct db *db, const char *name, struct account *a, struct err *e) MUST_CHECK;
enum rc account_by_id(struct db *db, int64_t id, struct account *a, struct err *e) MUST_CHECK;
enum rc account_by_uid(struct db *db, const unsigned char uid[16], struct account *a, struct err *e) MUST_CHECK;
enum rc account_list(struct db *db, struct accounts *out, struct err *e) MUST_CHECK;
/* Write everything of a (found before) back; a new name is checked as in account_add(). Controls and contacts are
 * replaced by those of a. Whether it is frozen stays as it is: only a freeze or a thaw changes that. */
enum rc account_save(struct db *db, struct account *a, struct err *e) MUST_CHECK;
/* The account with its transactions, statements and contacts. Rows of table `secret` are the caller's: E_EXISTS
 * while there are any. An account with rows that have a verdict: E_EXISTS too unless force. */
enum rc account_remove(struct db *db, int64_t id, bool force, struct err *e) MUST_CHECK;

/* Newest known balance of each currency, and the last activity. */
struct balance { char cur[CURRENCY_MAX + 1]; struct money amount; char on[11]; };       /* on: YYYY-MM-DD */
struct account_figures {
	size_t balances;
	struct balance *balance;        /* by currency; owned */
	char last_activity[11];         /* date of the newest row that has one; "" none */
	uint64_t transactions, unreviewed;
};
void account_figures_free(struct account_figures *f);
enum rc account_figures(struct db *db, int64_t id, struct account_figures *out, struct err *e) MUST_CHECK;

#endif
