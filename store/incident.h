/*
 * store/incident.h: incidents, their rows and accounts, steps, and what was written down: notes, notices, attachments.
 * What is written down is never erased, only taken back (`retracted`). All that writes runs inside a write transaction of
 * the caller, which also adds the record of the log. A store of before version 3 that is open for reading only has none.
 */
#ifndef PURSER_STORE_INCIDENT_H
#define PURSER_STORE_INCIDENT_H

#include "store/account.h"
#include "store/query.h"
#include "store/vault.h"
#include "wallet/incident.h"

struct db;

#define ATTACHMENT_MAX (64u << 20)              /* bytes of one file */
#define INCIDENT_TEXT_MAX 2000u                 /* bytes of a title, note, answer */

/* Strings are borrowed for the call where one is handed over. */
struct incident {
	int64_t id;
	enum incident_kind kind;
	enum severity severity;
	int64_t opened_ms;
	int64_t discovered_ms;                  /* when the owner learned of it; what deadlines of `learning` count from */
	int64_t frozen_ms;                      /* the freeze that opened it; 0: none did */
	int64_t closed_ms;                      /* 0: open */
	const char *title, *review;             /* "" none; review: of the close */
};
typedef enum rc (*incident_fn)(void *ctx, const struct incident *i, struct err *e);
enum rc incident_each(struct db *db, bool open_only, incident_fn fn, void *ctx, struct err *e) MUST_CHECK;
enum rc incident_one(struct db *db, int64_t id, incident_fn fn, void *ctx, struct err *e) MUST_CHECK;    /* E_NOTFOUND */
/* *id of the only open one. E_NOTFOUND: none is open. E_USAGE: several are, named. */
enum rc incident_only(struct db *db, int64_t *id, struct err *e) MUST_CHECK;
/* i->id is not looked at. */
enum rc incident_add(struct db *db, const struct incident *i, int64_t *id, struct err *e) MUST_CHECK;
enum rc incident_set(struct db *db, const struct incident *i, struct err *e) MUST_CHECK;        /* all of it but rows and accounts */
/* Opens or closes nothing twice: a row or account that is there already stays. */
enum rc incident_row_add(struct db *db, int64_t id, int64_t txn, struct err *e) MUST_CHECK;
enum rc incident_account_add(struct db *db, int64_t id, int64_t account, struct err *e) MUST_CHECK;
/* Oldest first. */
enum rc incident_rows(struct db *db, int64_t id, entry_fn fn, void *ctx, struct err *e) MUST_CHECK;
/* The accounts named for it and those of its rows, by name. */
enum rc incident_accounts(struct db *db, int64_t id, struct accounts *out, struct err *e) MUST_CHECK;
/* Is the row in an incident that is open? *id is it; 0: no. */
enum rc incident_of_row(struct db *db, int64_t txn, int64_t *id, struct err *e) MUST_CHECK;

/* ---- steps: key names what to do (wallet/plan.h), account whom it is about (0: nobody) ---- */

struct incident_step { unsigned n; const char *key; int64_t account; int64_t done_ms; const char *ref, *note; };
typedef enum rc (*step_fn)(void *ctx, const struct incident_step *s, struct err *e);
/* The next free number; one of that key and account stays as it is. */
enum rc incident_step_add(struct db *db, int64_t id, const char *key, int64_t account, struct err *e) MUST_CHECK;
enum rc incident_steps(struct db *db, int64_t id, step_fn fn, void *ctx, struct err *e) MUST_CHECK;      /* by number */
/* E_NOTFOUND: no step n. done_ms 0: not done after all. */
enum rc incident_step_done(struct db *db, int64_t id, unsigned n, int64_t done_ms, const char *ref, const char *note,
    struct err *e) MUST_CHECK;

/* ---- what was written down ---- */

enum entry_kind { ENTRY_NOTE, ENTRY_NOTICE, ENTRY_ATTACH };
const char *entry_kind_name(enum entry_kind k);
struct incident_entry {
	int64_t id;
	unsigned char uid[ID_LEN];              /* of the inbox's entry; else random */
	unsigned n;                             /* in its incident, from 1; 0 when it is to be added */
	enum entry_kind kind;
	int64_t at_ms, made_ms;                 /* when it happened; when it was written down */
	bool sealed;                            /* written while the store was locked: not authenticated */
	const char *who;                        /* of a notice: who was told, as typed; "" none */
	int64_t account;                        /* that is this account; 0: none */
	const char *by, *ref;
	bool has_answer_by;
	int64_t answer_by;                      /* day */
	const char *text;
	int64_t retracted_ms;
	const char *why;
	/* of an attachment */
	const char *name;
	unsigned char sha256[32];
	uint64_t size;
};
typedef enum rc (*incident_entry_fn)(void *ctx, const struct incident_entry *en, struct err *e);
/* In the order of at_ms, then n. */
enum rc incident_entries(struct db *db, int64_t id, incident_entry_fn fn, void *ctx, struct err *e) MUST_CHECK;
/* *n: its number. An entry with that uid is there already: OK, *n is its. */
enum rc incident_entry_add(struct db *db, int64_t id, const struct incident_entry *en, unsigned *n, struct err *e) MUST_CHECK;
/* A notice opens the support case of whom it told, or goes on with it: *case_id. */
enum rc incident_notice_case(struct db *db, int64_t id, const struct incident_entry *en, int64_t *case_id,
    struct err *e) MUST_CHECK;
/* E_NOTFOUND, E_EXISTS: taken back already. */
enum rc incident_retract(struct db *db, int64_t id, unsigned n, int64_t at_ms, const char *why, struct err *e) MUST_CHECK;

/* The whole of fd, a regular file of at most ATTACHMENT_MAX bytes, read once; name: without its path. en->kind is
 * ENTRY_ATTACH, its hash and size are filled in by this. E_INPUT. */
enum rc incident_attach(struct db *db, int64_t id, int fd, struct incident_entry *en, unsigned *n, struct err *e) MUST_CHECK;
/* The bytes of attachment n, in pieces. E_NOTFOUND; E_DAMAGED: they are not what the hash says. */
typedef enum rc (*bytes_fn)(void *ctx, const void *p, size_t n, struct err *e);
enum rc incident_attachment(struct db *db, int64_t id, unsigned n, bytes_fn fn, void *ctx, struct err *e) MUST_CHECK;

/* ---- opened by itself ---- */

/* Rows that were marked as fraud: into the newest incident of kind unauthorised that is open, else into a new one. Rows
 * that are in an open one stay there. *opened: it is new. Inside the caller's transaction. */
enum rc incident_of_fraud(struct vault *v, struct vault_txn *t, const int64_t *row, size_t n, int64_t now_ms, int64_t *id,
    bool *opened, struct err *e) MUST_CHECK;
/* Accounts that were frozen: into the newest incident of kind unauthorised that is open, else into a new one. Its own write
 * transaction. */
enum rc incident_of_freeze(struct vault *v, const int64_t *account, size_t n, int64_t now_ms, int64_t wait_ms, int64_t *id,
    bool *opened, struct err *e) MUST_CHECK;
/* The other way round: rows whose verdict was taken back, or is `ok` by now, leave the incidents of that kind that are
 * open. Inside the caller's transaction. */
enum rc incident_rows_settle(struct db *db, struct err *e) MUST_CHECK;

/* At an unlock of a frozen store: the incident of this freeze is opened (kind unauthorised) unless one of that freeze is
 * there or another is open, and what waited in the inbox (`note`, `notice`) goes into it. *opened: its id, 0: none was.
 * Its own write transaction. */
enum rc incident_after_unlock(struct vault *v, int64_t now_ms, int64_t wait_ms, int64_t *opened, struct err *e) MUST_CHECK;

#endif
