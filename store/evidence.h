/*
 * store/evidence.h: what of the store goes into an evidence bundle (keys.md section 9) besides what incident.h and
 * import.h give: the statements that tell of an incident's rows, and the entries of the log that are its own.
 */
#ifndef PURSER_STORE_EVIDENCE_H
#define PURSER_STORE_EVIDENCE_H

#include "store/import.h"
#include "store/log.h"
#include "store/vault.h"

/* Every statement that tells of a row of the incident, in the order of the imports; each once. */
enum rc evidence_statements(struct db *db, int64_t incident, statement_fn fn, void *ctx, struct err *e) MUST_CHECK;

/*
 * Which entries are disclosed: those that name the incident; imports of these statements; freeze, its end and what was
 * destroyed from from_ms to to_ms, of the whole store or of these accounts. Never one that names a record of a secret
 * (reveal, secret-set ...), unless its number is in extra.
 */
struct evidence_pick {
	int64_t incident;
	int64_t from_ms, to_ms;                 /* to_ms 0: no end */
	const int64_t *statement;
	size_t statements;
	const char *const *account;             /* names */
	size_t accounts;
	const uint64_t *extra;
	size_t extras;
	bool whole;                             /* all of the log up to the last disclosed one, not only from the first */
};

struct evidence_entry {
	uint64_t seq;
	int64_t time_ms;
	bool authenticated;                     /* written by someone who had the ledger's key */
	unsigned char salt[32];
	char *text;                             /* the payload; owned */
	size_t n;
};
struct evidence_log {
	/* Fixed parts of the records from..to, LOG_FIXED bytes each. Unless it begins with the first record of all, the
	 * first one is there only because it names the key that signed the next. */
	struct buf fixed;
	uint64_t from, to;
	size_t n, cap;
	struct evidence_entry *entry;           /* owned */
	uint64_t bad;                           /* findings of the whole log: then nothing of it is given out */
};
void evidence_log_free(struct evidence_log *l);
/* E_NOTFOUND: a number of extra is no entry. E_DAMAGED: there is no log. */
enum rc evidence_log(struct vault *v, const struct evidence_pick *pick, struct evidence_log *out, struct err *e) MUST_CHECK;

#endif
