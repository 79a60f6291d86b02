/*
 * store/rescue.h: a store whose database is damaged: opened to be looked at, what of it still reads, and freshness.
 * Nothing here writes. For `verify` and `export --rescue` only: everything else refuses a damaged store.
 */
#ifndef PURSER_STORE_RESCUE_H
#define PURSER_STORE_RESCUE_H

#include "store/vault.h"

/* With the password, past what an unlock refuses (set hash, rollback, manifest), without SK. E_AUTH: wrong password.
 * E_DAMAGED: not even that: header, first page or keys file. */
enum rc vault_rescue(const struct home *h, const struct unlock_how *how, struct vault **out, struct err *e) MUST_CHECK;

/* A copy of a vault elsewhere (a backup's parts in h, which has no device directory): under the ledger key of v or
 * one that v had before; by its kit. E_KEY: none of them. E_AUTH: not its kit. E_DAMAGED. */
enum rc vault_open_copy(struct vault *v, const struct home *h, struct vault **out, struct err *e) MUST_CHECK;
enum rc vault_open_by_kit(const struct home *h, const struct secret *kit, const char *fingerprint, struct vault **out,
    struct err *e) MUST_CHECK;

#define RESCUE_PAGES 16u
struct rescue_table {
	const char *name;               /* N_(): "transactions" */
	uint64_t readable, lost;        /* rows that read; rows that are known of and do not */
	bool complete;                  /* every row is known of: an index or the table reads to its end */
};
struct rescue_report {
	uint32_t pages, bad;            /* in the file; that do not authenticate */
	uint32_t first_bad[RESCUE_PAGES];
	struct rescue_table table[4];   /* accounts, transactions, statements, secret versions */
};
enum rc rescue_look(struct db *db, bool (*progress)(void *, uint32_t done, uint32_t pages), void *arg,
    struct rescue_report *out, struct err *e) MUST_CHECK;
/* Row ids of the transactions that are known of, oldest id first. Malloc'd; the caller frees. */
enum rc rescue_transactions(struct db *db, int64_t **out, size_t *n, struct err *e) MUST_CHECK;

#endif
