/*
 * wallet/export.h: transactions as text for other programs. Pure; one entry at a time, so that any number streams.
 */
#ifndef PURSER_WALLET_EXPORT_H
#define PURSER_WALLET_EXPORT_H

#include "wallet/entry.h"

enum export_format { EXPORT_CSV, EXPORT_JSON, EXPORT_HLEDGER };

/* What stands before the first entry: CSV header; a comment of hledger; nothing for JSON Lines. */
void export_head(struct buf *out, enum export_format f);
void export_entry(struct buf *out, enum export_format f, const struct entry *en);

/* The members of the object `transaction`, from "object" on, without the closing brace, so that a caller can add
 * some (raw{}). */
void entry_json(struct buf *out, const struct entry *en);
/* One CSV cell by RFC 4180: quoted when it has a comma, quote, line break or leading/trailing blank, or begins
 * with = + - @ TAB and is text. Content is never changed: an importer gets back what was there. */
void csv_cell(struct buf *out, const char *s, bool text);
/* Where the purpose of a row is booked by hledger: "expenses:unknown" for what left, "income:unknown" for what
 * came, and so on. */
void hledger_account(struct buf *out, const char *account);

#endif
