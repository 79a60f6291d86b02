/* store/schema.c: see schema.h. */
#include "store/schema.h"

#include "store/sql.h"
#include "store/vaultrows.h"

/*
 * Version 1. Times: *_us are microseconds, others milliseconds since 1970 UTC; days are days since 1970-01-01.
 *
 * txn.sort_us is the instant where it is certain, else the local time as if it were UTC, else the least integer: a row
 * without a date stands last. txn.uid is the public ID (60 bits, from the identity). status, moves and review are
 * the enums of wallet/; counted says whether the row counts in sums now. txn_source keeps what every statement
 * said of a row; its id is statement * 2^32 + number of the record, and txn.source is the one whose word holds.
 */
static const char *const version_1[] = {
	VAULT_TABLES_SQL,

	"CREATE TABLE log_outbox("
	"  n INTEGER PRIMARY KEY,"
	"  id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
	"  from_seq INTEGER NOT NULL,"
	"  text TEXT NOT NULL) STRICT",

	"CREATE TABLE account("
	"  id INTEGER PRIMARY KEY,"
	"  uid BLOB NOT NULL UNIQUE CHECK(length(uid) = 16),"
	"  name TEXT NOT NULL UNIQUE,"
	"  name_key TEXT NOT NULL UNIQUE,"
	"  provider TEXT NOT NULL, login TEXT NOT NULL, currency TEXT NOT NULL, limits TEXT NOT NULL,"
	"  url TEXT NOT NULL, way_in TEXT NOT NULL, notes TEXT NOT NULL,"
	"  state INTEGER NOT NULL CHECK(state BETWEEN 0 AND 2),"
	"  created INTEGER NOT NULL, frozen INTEGER NOT NULL, closed INTEGER NOT NULL) STRICT",
	"CREATE TABLE contact("
	"  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,"
	"  n INTEGER NOT NULL,"
	"  kind TEXT NOT NULL, value TEXT NOT NULL, note TEXT NOT NULL, confirmed INTEGER NOT NULL,"
	"  PRIMARY KEY(account, n)) STRICT, WITHOUT ROWID",
	"CREATE TABLE control("
	"  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,"
	"  controls INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,"
	"  PRIMARY KEY(account, controls)) STRICT, WITHOUT ROWID",
	"CREATE INDEX control_of ON control(controls)",

	"CREATE TABLE statement_file("
	"  id INTEGER PRIMARY KEY,"
	"  sha256 BLOB NOT NULL UNIQUE CHECK(length(sha256) = 32),"
	"  size INTEGER NOT NULL) STRICT",
	"CREATE TABLE statement_bytes("
	"  file INTEGER NOT NULL REFERENCES statement_file(id) ON DELETE CASCADE,"
	"  n INTEGER NOT NULL,"
	"  bytes BLOB NOT NULL,"
	"  PRIMARY KEY(file, n)) STRICT, WITHOUT ROWID",
	"CREATE TABLE statement("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  account INTEGER NOT NULL REFERENCES account(id),"
	"  sha256 BLOB NOT NULL CHECK(length(sha256) = 32), size INTEGER NOT NULL,"
	"  name TEXT NOT NULL, entry TEXT NOT NULL, format TEXT NOT NULL, language TEXT NOT NULL,"
	"  encoding TEXT NOT NULL,"
	"  account_hint TEXT NOT NULL, header TEXT NOT NULL,"
	"  imported INTEGER NOT NULL, first_day INTEGER, last_day INTEGER,"
	"  added INTEGER NOT NULL, updated INTEGER NOT NULL, duplicates INTEGER NOT NULL,"
	"  ignored INTEGER NOT NULL, rejected INTEGER NOT NULL, breaks INTEGER NOT NULL) STRICT",
	"CREATE INDEX statement_account ON statement(account, sha256)",
	"CREATE INDEX statement_sha256 ON statement(sha256)",
	"CREATE TABLE statement_bad("
	"  statement INTEGER NOT NULL REFERENCES statement(id) ON DELETE CASCADE,"
	"  n INTEGER NOT NULL,"
	"  row INTEGER NOT NULL, sheet INTEGER NOT NULL, reason TEXT NOT NULL,"
	"  PRIMARY KEY(statement, n)) STRICT, WITHOUT ROWID",
	"CREATE TABLE statement_warning("
	"  statement INTEGER NOT NULL REFERENCES statement(id) ON DELETE CASCADE,"
	"  n INTEGER NOT NULL,"
	"  text TEXT NOT NULL,"
	"  PRIMARY KEY(statement, n)) STRICT, WITHOUT ROWID",

	"CREATE TABLE counterparty("
	"  id INTEGER PRIMARY KEY,"
	"  name TEXT NOT NULL UNIQUE) STRICT",
	"CREATE TABLE txn("
	"  id INTEGER PRIMARY KEY,"
	"  uid INTEGER NOT NULL UNIQUE,"
	"  account INTEGER NOT NULL REFERENCES account(id),"
	"  ident BLOB NOT NULL CHECK(length(ident) = 16), occurrence INTEGER NOT NULL, by_id INTEGER NOT NULL,"
	"  sort_us INTEGER NOT NULL, local_us INTEGER, has_time INTEGER NOT NULL, utc_us INTEGER, offset_s INTEGER,"
	"  zone TEXT NOT NULL, zone_known INTEGER NOT NULL,"
	"  type TEXT NOT NULL, status INTEGER NOT NULL, status_text TEXT NOT NULL, direction TEXT NOT NULL,"
	"  moves INTEGER NOT NULL, counted INTEGER NOT NULL, flags INTEGER NOT NULL,"
	"  cur TEXT NOT NULL, exp INTEGER NOT NULL, amount INTEGER,"
	"  fee_cur TEXT, fee_exp INTEGER, fee INTEGER,"
	"  bal_cur TEXT, bal_exp INTEGER, balance INTEGER,"
	"  counterparty INTEGER REFERENCES counterparty(id),"
	"  description TEXT NOT NULL, method TEXT NOT NULL,"
	"  pid TEXT NOT NULL, pid_hash INTEGER, ref TEXT NOT NULL, ref_hash INTEGER,"
	"  parent INTEGER,"
	"  source INTEGER,"
	"  provisional INTEGER NOT NULL,"
	"  review INTEGER NOT NULL) STRICT",
	/* The lists people read: newest first, of all or of one account, filtered without touching the rows. */
	"CREATE INDEX txn_time ON txn(sort_us, id, account, status, review, flags, amount, exp)",
	"CREATE INDEX txn_account ON txn(account, sort_us, id, status, review, flags, amount, exp)",
	"CREATE INDEX txn_balance ON txn(account, bal_cur, sort_us, balance, bal_exp, local_us)"
	"  WHERE balance IS NOT NULL",
	"CREATE INDEX txn_pid ON txn(pid_hash) WHERE pid_hash IS NOT NULL",
	"CREATE INDEX txn_ref ON txn(ref_hash) WHERE ref_hash IS NOT NULL",
	"CREATE INDEX txn_parent ON txn(parent) WHERE parent IS NOT NULL",
	"CREATE TABLE txn_text("
	"  txn INTEGER PRIMARY KEY,"
	"  folded TEXT NOT NULL) STRICT",
	"CREATE TABLE txn_source("
	"  id INTEGER PRIMARY KEY,"
	"  txn INTEGER NOT NULL,"
	"  row INTEGER NOT NULL, sheet INTEGER NOT NULL,"
	"  outcome INTEGER NOT NULL CHECK(outcome BETWEEN 0 AND 2),"
	"  status INTEGER NOT NULL, status_text TEXT NOT NULL, moves INTEGER NOT NULL, flags INTEGER NOT NULL,"
	"  cur TEXT NOT NULL, exp INTEGER NOT NULL, amount INTEGER,"
	"  fee_cur TEXT, fee_exp INTEGER, fee INTEGER,"
	"  bal_cur TEXT, bal_exp INTEGER, balance INTEGER,"
	"  cells TEXT NOT NULL) STRICT",
	"CREATE INDEX txn_source_txn ON txn_source(txn)",

	"CREATE TABLE verdict("
	"  txn INTEGER PRIMARY KEY,"
	"  verdict INTEGER NOT NULL CHECK(verdict BETWEEN 1 AND 3), note TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
	"CREATE TABLE review_step("
	"  id INTEGER PRIMARY KEY,"
	"  at INTEGER NOT NULL, undone INTEGER NOT NULL) STRICT",
	"CREATE TABLE review_mark("
	"  step INTEGER NOT NULL REFERENCES review_step(id) ON DELETE CASCADE,"
	"  txn INTEGER NOT NULL,"
	"  old_verdict INTEGER NOT NULL, old_note TEXT NOT NULL, old_at INTEGER NOT NULL,"
	"  verdict INTEGER NOT NULL, note TEXT NOT NULL,"
	"  PRIMARY KEY(step, txn)) STRICT, WITHOUT ROWID",
	"CREATE INDEX review_mark_txn ON review_mark(txn)",

	"CREATE TABLE incident("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  kind TEXT NOT NULL, opened INTEGER NOT NULL, closed INTEGER NOT NULL, title TEXT NOT NULL) STRICT",
	"CREATE TABLE incident_txn("
	"  incident INTEGER NOT NULL REFERENCES incident(id) ON DELETE CASCADE,"
	"  txn INTEGER NOT NULL,"
	"  PRIMARY KEY(incident, txn)) STRICT, WITHOUT ROWID",
	"CREATE INDEX incident_txn_txn ON incident_txn(txn)",
	NULL
};

/*
 * Version 2. inbox: what was noted while the store was locked, each entry once (store/inbox.h); problem: why it could
 * not be put where it belongs, "" when it was; txn: the row it became. provisional: rows that the owner noted himself,
 * as he noted them; claimed: the statement row that took the place (txn.id stays, uid is the public ID it had before).
 * canary: records of secrets that are bait.
 */
static const char *const version_2[] = { "CREATE TABLE inbox("
					 "  id BLOB PRIMARY KEY CHECK(length(id) = 16),"
					 "  kind TEXT NOT NULL, text TEXT NOT NULL,"
					 "  made INTEGER NOT NULL, merged INTEGER NOT NULL,"
					 "  problem TEXT NOT NULL, txn INTEGER) STRICT, WITHOUT ROWID",
	"CREATE TABLE provisional("
	"  txn INTEGER PRIMARY KEY,"
	"  uid INTEGER NOT NULL UNIQUE, ident BLOB NOT NULL CHECK(length(ident) = 16),"
	"  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,"
	"  day INTEGER NOT NULL,"
	"  sort_us INTEGER NOT NULL, local_us INTEGER NOT NULL, has_time INTEGER NOT NULL, utc_us INTEGER, offset_s "
	"INTEGER,"
	"  zone TEXT NOT NULL, zone_known INTEGER NOT NULL,"
	"  cur TEXT NOT NULL, exp INTEGER NOT NULL, amount INTEGER NOT NULL,"
	"  counterparty TEXT NOT NULL,"
	"  made INTEGER NOT NULL, sealed INTEGER NOT NULL, claimed INTEGER NOT NULL) STRICT",
	"CREATE INDEX provisional_open ON provisional(account, cur, exp, amount) WHERE claimed = 0",
	"CREATE TABLE canary("
	"  rec_id BLOB PRIMARY KEY CHECK(length(rec_id) = 16)) STRICT, WITHOUT ROWID",
	NULL };

/*
 * Version 3. What belongs to an incident (store/incident.h), support cases (store/cases.h), devices and addresses of an
 * account, contacts of those who are no account. Days are days since 1970-01-01. incident_entry and case_event are never
 * changed but to be taken back: `retracted` and why. An empty text is "none", a missing day NULL. account_place: the
 * country (ISO 3166, two letters) of the contract; a table of its own, so that a store of before that is opened for
 * reading alone needs no other query.
 */
static const char *const version_3[] = {
	"CREATE TABLE account_place("
	"  account INTEGER PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,"
	"  country TEXT NOT NULL) STRICT",
	"ALTER TABLE incident ADD COLUMN discovered INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE incident ADD COLUMN frozen INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE incident ADD COLUMN severity INTEGER NOT NULL DEFAULT 0",
	"ALTER TABLE incident ADD COLUMN review TEXT NOT NULL DEFAULT ''",
	"CREATE TABLE incident_account("
	"  incident INTEGER NOT NULL REFERENCES incident(id) ON DELETE CASCADE,"
	"  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,"
	"  PRIMARY KEY(incident, account)) STRICT, WITHOUT ROWID",
	"CREATE TABLE incident_step("
	"  incident INTEGER NOT NULL REFERENCES incident(id) ON DELETE CASCADE,"
	"  n INTEGER NOT NULL,"
	"  key TEXT NOT NULL, account INTEGER NOT NULL,"
	"  done INTEGER NOT NULL, ref TEXT NOT NULL, note TEXT NOT NULL,"
	"  PRIMARY KEY(incident, n), UNIQUE(incident, key, account)) STRICT, WITHOUT ROWID",
	"CREATE TABLE incident_entry("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  uid BLOB NOT NULL UNIQUE CHECK(length(uid) = 16),"
	"  incident INTEGER NOT NULL REFERENCES incident(id) ON DELETE CASCADE,"
	"  n INTEGER NOT NULL,"
	"  kind TEXT NOT NULL CHECK(kind IN ('note', 'notice', 'attach')),"
	"  at INTEGER NOT NULL, made INTEGER NOT NULL, sealed INTEGER NOT NULL,"
	"  who TEXT NOT NULL, account INTEGER REFERENCES account(id) ON DELETE SET NULL,"
	"  by TEXT NOT NULL, ref TEXT NOT NULL, answer_by INTEGER, text TEXT NOT NULL,"
	"  retracted INTEGER NOT NULL, why TEXT NOT NULL,"
	"  UNIQUE(incident, n)) STRICT",
	"CREATE TABLE attachment("
	"  entry INTEGER PRIMARY KEY REFERENCES incident_entry(id) ON DELETE CASCADE,"
	"  name TEXT NOT NULL, sha256 BLOB NOT NULL CHECK(length(sha256) = 32), size INTEGER NOT NULL) STRICT",
	"CREATE TABLE attachment_bytes("
	"  entry INTEGER NOT NULL REFERENCES attachment(entry) ON DELETE CASCADE,"
	"  n INTEGER NOT NULL,"
	"  bytes BLOB NOT NULL,"
	"  PRIMARY KEY(entry, n)) STRICT, WITHOUT ROWID",
	"CREATE TABLE support_case("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  account INTEGER REFERENCES account(id) ON DELETE SET NULL,"
	"  who TEXT NOT NULL, subject TEXT NOT NULL,"
	"  incident INTEGER REFERENCES incident(id) ON DELETE SET NULL,"
	"  channel TEXT NOT NULL, ref TEXT NOT NULL, opened INTEGER NOT NULL, promised INTEGER,"
	"  rung INTEGER NOT NULL, closed INTEGER NOT NULL, outcome TEXT NOT NULL) STRICT",
	"CREATE TABLE case_event("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  case_id INTEGER NOT NULL REFERENCES support_case(id) ON DELETE CASCADE,"
	"  at INTEGER NOT NULL, made INTEGER NOT NULL,"
	"  kind TEXT NOT NULL CHECK(kind IN ('told', 'answer', 'promise', 'climb', 'letter', 'note', 'close')),"
	"  rung INTEGER NOT NULL, by TEXT NOT NULL, ref TEXT NOT NULL, text TEXT NOT NULL) STRICT",
	"CREATE INDEX case_event_case ON case_event(case_id)",
	"CREATE TABLE case_txn("
	"  case_id INTEGER NOT NULL REFERENCES support_case(id) ON DELETE CASCADE,"
	"  txn INTEGER NOT NULL REFERENCES txn(id) ON DELETE CASCADE,"
	"  PRIMARY KEY(case_id, txn)) STRICT, WITHOUT ROWID",
	"CREATE TABLE device("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  account INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,"
	"  name TEXT NOT NULL, kind TEXT NOT NULL, seen INTEGER,"
	"  state TEXT NOT NULL CHECK(state IN ('known', 'unknown', 'revoked')),"
	"  note TEXT NOT NULL, added INTEGER NOT NULL, revoked INTEGER NOT NULL) STRICT",
	"CREATE TABLE address("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  account INTEGER REFERENCES account(id) ON DELETE CASCADE,"
	"  kind TEXT NOT NULL, value TEXT NOT NULL, label TEXT NOT NULL,"
	"  confirmed INTEGER NOT NULL, removed INTEGER NOT NULL) STRICT",
	"CREATE TABLE known_contact("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  who TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, note TEXT NOT NULL,"
	"  confirmed INTEGER NOT NULL) STRICT",
	NULL
};

/* migration[n] leads from version n to n + 1. */
static const struct { const char *const *text; const char *seal; } migration[] = {
	{ version_1, "PRAGMA user_version = 1" },
	{ version_2, "PRAGMA user_version = 2" },
	{ version_3, "PRAGMA user_version = 3" },
};
_Static_assert(COUNTOF(migration) == SCHEMA_VERSION, "every version has its migration");

enum rc
schema_version(struct db *db, int64_t *version, struct err *e)
{
	return sql_get_int(db, "PRAGMA user_version", version, e);
}

enum rc
schema_has(struct db *db, int64_t version, bool *has, struct err *e)
{
	int64_t is = 0;
	enum rc rc = schema_version(db, &is, e);

	*has = rc == OK && is >= version;
	return rc;
}

static enum rc
step(struct db *db, size_t from, struct err *e)
{
	SQL_TXN t = { 0 };
	enum rc rc;

	if ((rc = sql_begin(db, true, &t, e)) != OK)
		return rc;
	for (const char *const *p = migration[from].text; *p != NULL; p++) {
		if ((rc = sql_exec(db, *p, e)) != OK)
			return rc;
	}
	if ((rc = sql_exec(db, migration[from].seal, e)) != OK)
		return rc;
	return sql_commit(&t, e);
}

enum rc
schema_migrate(struct db *db, bool *changed, struct err *e)
{
	int64_t have;
	enum rc rc;

	if ((rc = schema_version(db, &have, e)) != OK)
		return rc;
	if (have < 0 || have > SCHEMA_VERSION) {
		rc = err_set(e, E_DAMAGED, N_("the store was made by a newer purser (version %lld of its tables, "
		    "this one knows %d). Nothing was changed."), (long long)have, SCHEMA_VERSION);
		err_next(e, N_("install the newer purser"));
		return rc;
	}
	if (changed != NULL)
		*changed = have < SCHEMA_VERSION;
	for (size_t v = (size_t)have; v < SCHEMA_VERSION; v++) {
		if ((rc = step(db, v, e)) != OK)
			return rc;
	}
	return OK;
}
