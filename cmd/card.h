/* cmd/card.h: the emergency card: its lines, the file that is kept up to date, the printable page. */
#ifndef PURSER_CMD_CARD_H
#define PURSER_CMD_CARD_H

#include "cmd/facts.h"
#include "store/cardfile.h"
#include "wallet/card.h"

struct accounts;
struct db;

/* -- lines: cardlines.c. One model for the terminal, the file and the page -- */

enum card_style {
	CARD_TITLE, CARD_HEAD,
	CARD_ACCOUNT,                   /* an account, with its place in the order */
	CARD_STEP,                      /* a general step; hints and the source follow */
	CARD_HINT,
	CARD_DO,                        /* an instruction: confirmed facts only */
	CARD_CHECK,                     /* reported or unconfirmed: said so in the text */
	CARD_SOURCE                     /* of the line before */
};
struct card_line {
	enum card_style style;
	char *text;                     /* owned */
	const char *value;              /* a confirmed number or address in it, worth a QR code; NULL: none */
};
struct card_lines { size_t n, cap; struct card_line *line; bool failed; };
void card_lines_free(struct card_lines *l);
#define CARD_LINES AUTO(card_lines_free) struct card_lines
/* The whole card, or with only != NULL what it says of that account. c is in its order (card_order()). */
void card_lines_page(struct card_lines *l, const struct facts *f, const struct card *c,
    const struct card_account *only);
/* Mailbox and SIM come before the wallets also where no account is one: the ids of those that no account stands for, at
 * most two. *at: the accounts before them. */
size_t card_generic(const char *id[2], const struct facts *f, const struct card *c, size_t *at);
/* What freeze prints. c NULL: the general steps. */
void card_lines_freeze(struct card_lines *l, const struct facts *f, const struct card *c);
/* One piece of advice, with where it is from. */
void card_lines_advice(struct card_lines *l, const struct facts *f, const struct advice *a);
/* These accounts as freeze has them, without a place in the order. */
void card_lines_accounts(struct card_lines *l, const struct facts *f, const struct card *c);
void card_lines_say(struct session *s, const struct card_lines *l);
void card_lines_text(struct buf *out, const struct card_lines *l);

/* A piece of advice for an account, as the lines have it. */
bool card_advice_for(const struct card_sources *src, const struct advice *a);
/* "phone", "letter" ..., translated: how somebody is reached or was told; a word that is not known as it is. */
const char *way_words(const char *by);
/* "reported by others, checked on 2026-11-21, older than 180 days: SOURCE" */
void add_provenance(struct buf *out, const struct fact *fact, bool own, int64_t now_ms);

/* -- the file: cardkeep.c -- */

/* After a change of accounts, with the ledger open: the card follows, unless it is switched off. Never fails the
 * command: a warning at most. */
void card_keep(struct session *s, const struct home *h, struct db *db);
/* The same with the error. force: also when nothing has changed. */
enum rc card_write(struct session *s, const struct home *h, struct db *db, struct err *e) MUST_CHECK;
/* Through the agent where it is unlocked, silently; otherwise nothing. */
void card_refresh(struct session *s, const struct home *h);
/* The card of a home, read and put in order. E_NOTFOUND, E_DAMAGED. */
enum rc card_load(struct card *out, const struct home *h, const struct facts *f, struct err *e) MUST_CHECK;

enum card_state { CARD_STATE_NONE, CARD_STATE_OFF, CARD_STATE_CURRENT, CARD_STATE_STALE, CARD_STATE_DAMAGED };
const char *card_state_name(enum card_state s);         /* machine word: "none", "off", "current" ... */
/* db NULL: locked; then stale is only what is old. *written_ms: 0 unknown. Never fails, asks nobody. */
enum card_state card_standing(const struct session *s, const struct home *h, struct db *db, int64_t *written_ms);

/* What freeze shows after it froze; the general steps where there is no card. h NULL: no store. Nothing under --json;
 * never fails. */
void card_freeze_say(struct session *s, const struct home *h);

/* What to do at the providers of these accounts, whether a card is kept or not. Nothing under --json; never fails. */
void card_accounts_say(struct session *s, const struct account *a, size_t n);

/* -- the printable page: cardsheet.c -- */

/* A self-contained page of HTML. qr: draw codes, where the program for it is installed. */
enum rc card_sheet(struct session *s, struct buf *out, const struct card_lines *l, struct err *e) MUST_CHECK;

#endif
