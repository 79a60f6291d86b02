/* cmd/contact.h: shared by contact and account address: what is known is gathered, a verdict is said. */
#ifndef PURSER_CMD_CONTACT_H
#define PURSER_CMD_CONTACT_H

#include "cmd/cmd.h"
#include "cmd/facts.h"
#include "helper/names.h"
#include "wallet/contact.h"

struct db;
struct json;

struct gathering {
	struct session *s;
	struct facts facts;
	struct names names;
	struct name_source src;
	struct contacts *known;
	bool own;                       /* the user's own contacts and book were looked at */
	char data[11];                  /* the newest day on which something shipped was checked; "" none */
};
#define GATHERING AUTO(gathering_end) struct gathering
#define GATHERING_NONE { .names = NAMES_NONE }
void gathering_end(struct gathering *g);
/* What is shipped, and the user's own file. What cannot be read is left out and warned of. */
enum rc gather_shipped(struct gathering *g, struct session *s, struct err *e) MUST_CHECK;
/* The user's own, of an open ledger; history: the addresses that stand there too. */
enum rc gather_own(struct gathering *g, struct db *db, bool history, struct err *e) MUST_CHECK;
/* The user's own where an agent is unlocked, or the password is given by an option; never asks. Nothing is said
 * about what is locked; E_AUTH ... when the given password is wrong. */
enum rc gather_unlocked(struct gathering *g, bool history, struct err *e) MUST_CHECK;

/* "PayPal": who it is, for people. */
const char *known_name(const struct gathering *g, const struct known *k);
/* "confirmed on 2026-11-21", "reported by others, 2026-11-21", "your own entry of 2026-11-01". */
void known_when(struct buf *out, const struct known *k);
/* The fields of one that is known, into an object that is open. */
void known_json(struct json *j, const struct known *k);

/* The verdict, as text or as the object `contact`. OK for a match, else E_FINDINGS. */
enum rc verdict_out(
    const struct gathering *g, const char *typed, const struct contact_result *r, struct err *e) MUST_CHECK;

/* Today in the session's zone, and the day of a time: YYYY-MM-DD. */
void day_text(char out[11], int64_t ms);

#endif
