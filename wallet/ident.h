/*
 * wallet/ident.h: which row of an earlier import is this one? (formats.md section 0, "Identity and re-import")
 *
 * An import looks for (account, key, occurrence): not there is a new row; there with the same status and amount is a
 * duplicate; there with others is an update. Overlapping exports agree because a key is made of its own row only:
 *   PayPal, id trusted     the Transaction ID alone
 *   Alipay, id trusted     order id, direction, class of the row (payment or refund), amount, local minute
 *   WeChat, id trusted     id, direction, amount, local minute
 *   otherwise              local date and time, amount, currency, counterparty, description
 * TXN_F_ID_DOUBTFUL (ident_doubt()) says that the id is not trusted. occurrence is the 0-based number among rows of one
 * file with the same key: two equal coffees are two rows, and a file that overlaps holds the same two. Where the id is
 * trusted, a row that is the same in amount, time and status too is not another one: same_as names the first.
 */
#ifndef PURSER_WALLET_IDENT_H
#define PURSER_WALLET_IDENT_H

#include "wallet/txn.h"

/* out: n identities, the caller's array. provider: "paypal", "alipay", "wechat", "apple-card". E_NOMEM. */
enum rc ident_assign(
    const char *provider, const struct txn *row, size_t n, struct txn_ident *out, struct err *e) MUST_CHECK;

/*
 * Set TXN_F_ID_DOUBTFUL where ids cannot serve: in scientific notation (these are dropped) or masked, one by one; and on
 * every row when more than 5 % of the rows share an id with a row of another amount or time. The readers call it once a
 * file is read. Returns the number of rows marked.
 */
size_t ident_doubt(const char *provider, struct txn *row, size_t n);

#endif
