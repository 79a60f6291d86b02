/*
 * store/inbox.h: what is noted while the store is locked (cli.md, "works locked"): sealed to the log's key L_pub, so
 * that only the ledger key reads it, and taken into the ledger at the next unlock. Anyone with the files can write
 * here: what comes from it is not authenticated, and is shown so.
 *
 * `inbox` (vault directory): magic "PURSINB1"(8), then entries: u32 length of the box | crypto_box_seal(L_pub, text |
 * 0x80 | zeros to a multiple of 64) | BLAKE2b-128 of length and box(16). text is that of log.h: id, kind ("row",
 * "note", "notice") and fields. Appended under flock on the file and synced; at most INBOX_MAX bytes. Each id is taken
 * once, however often the file comes back; after the transaction the file is removed.
 */
#ifndef PURSER_STORE_INBOX_H
#define PURSER_STORE_INBOX_H

#include "base/buf.h"
#include "store/vault.h"

#define INBOX_MAX 262144u
#define INBOX_TEXT_MAX 2048u

/* Append; needs no key. text: begun with log_text_begin(). E_FULL: too many wait already. E_NOTFOUND: no store. */
enum rc inbox_add(const struct home *h, const struct buf *text, int64_t wait_ms, struct err *e) MUST_CHECK;
/* Entries that wait; 0 when there is no file or it cannot be read. */
size_t inbox_waiting(const struct home *h);

struct inbox_result {
	unsigned merged;                /* taken in now, those with a problem too */
	unsigned problems;              /* kept, because they name an account that is not there; of earlier times too */
	unsigned damaged;               /* entries that could not be read */
};
/* Take all of it in: one transaction. Nothing there: OK. What could not be placed before is tried again. E_BUSY: later.
 */
enum rc inbox_merge(
    struct vault *v, int64_t now_ms, int64_t wait_ms, struct inbox_result *out, struct err *e) MUST_CHECK;

/* What was kept because it could not be placed (problems only), or everything that was ever taken in. */
struct inbox_row {
	unsigned char id[ID_LEN];
	const char *kind, *text, *problem;      /* problem "": placed; "account": no such account */
	int64_t made_ms, merged_ms;
};
typedef enum rc (*inbox_fn)(void *ctx, const struct inbox_row *r, struct err *e);
enum rc inbox_each(struct db *db, bool problems, inbox_fn fn, void *ctx, struct err *e) MUST_CHECK;
/* It needs no place any more. Inside a write transaction. E_NOTFOUND. */
enum rc inbox_dismiss(struct db *db, const unsigned char id[ID_LEN], struct err *e) MUST_CHECK;

#endif
