/* statement/format_paypal.h: inside of format_paypal*.c. */
#ifndef PURSER_STATEMENT_FORMAT_PAYPAL_H
#define PURSER_STATEMENT_FORMAT_PAYPAL_H

#include "statement/parse.h"

enum pp_col {
	PP_DATE,
	PP_TIME,
	PP_ZONE,
	PP_NAME,
	PP_TYPE,
	PP_STATUS,
	PP_DESCRIPTION,
	PP_CURRENCY,
	PP_GROSS,
	PP_FEE,
	PP_NET,
	PP_ID,
	PP_REF,
	PP_BALANCE,
	PP_IMPACT,
	PP_FROM,
	PP_TO,
	PP_ITEM,
	PP_SUBJECT,
	PP_NOTE,
	PP_METHOD,
	PP_RATE,
	PP_COLS
};

/* Find the columns of the language that knows most of these cells: h->col, h->language, h->score. */
void pp_columns(struct header *h, const struct str *cell, size_t n);
const char *pp_language(int language);          /* en de fr it es ja */

/* Does a row of this status move the balance (rule 3)? */
enum pp_moves { PP_NO, PP_YES, PP_PENDING, PP_UNKNOWN };
enum pp_moves pp_status(struct str word, enum txn_status *out);
bool pp_memo(struct str impact);                /* the impact word that says: none */
bool pp_paperwork(struct str type);             /* invoices, requests, orders, authorizations (rule 1) */
bool pp_moves_pending(struct str type);         /* holds, bank deposits, withdrawals: move while pending (rule 3) */

#endif
