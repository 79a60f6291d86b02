/*
 * store/vault.h: the vault of keys.md: where it lives, its state, unlock, creation, freeze, thaw, password and kit
 * changes, and the cryptography of secret records. Rows are in other headers of store/; prompts and words are cmd/'s.
 *
 * All times are milliseconds since 1970 UTC. All functions fill e and return enum rc; outputs are written on success
 * only.
 * A struct vault is not for two threads at once and not across fork.
 */
#ifndef PURSER_STORE_VAULT_H
#define PURSER_STORE_VAULT_H

#include "base/buf.h"
#include "crypto/pwhash.h"
#include "crypto/seal.h"
#include "crypto/secret.h"
#include "crypto/slip39.h"

#include <sys/types.h>

struct db;                              /* store/db.h */
struct log;                             /* store/log.h */
struct vault;                           /* an unlocked vault: LK, database, log, and SK while there is a fuse */
struct store_lock;                      /* the one writer's right */
struct totp_seed;                       /* store/totp.h */

#define ID_LEN 16u

/* ---- where: store/home.c ---- */

struct home {
	char vault_path[4096], device_path[4096];
	int vault, device;              /* directory descriptors, close-on-exec; -1: there is no such directory */
	uid_t owner;                    /* of the device directory, else of the vault directory; own uid when neither */
};
/* Creates nothing (but goes on with a restore that was cut short); a missing directory is no error. E_RANGE: path too
 * long. E_SYS: there but cannot be opened. */
enum rc home_open(struct home **out, const char *vault_path, const char *device_path, struct err *e) MUST_CHECK;
/* The same for a freeze, which waits for nobody: a restore that is under way or was cut short is left alone. */
enum rc home_open_now(struct home **out, const char *vault_path, const char *device_path, struct err *e) MUST_CHECK;
/* Make what is missing: directories 0700, CACHEDIR.TAG and the no-dump attribute (best effort) in device. */
enum rc home_create(struct home *h, struct err *e) MUST_CHECK;
/* Only the vault directory: a restored backup has no device directory before it is recovered. */
enum rc home_create_vault(struct home *h, struct err *e) MUST_CHECK;
void home_close(struct home **h);

/* What the medium below the device directory does with overwritten and deleted bytes. */
struct medium {
	char fs[16];                    /* "ext4", "btrfs", ... or "0x..." */
	bool keeps_old;                 /* overwriting does not erase: btrfs, ZFS, overlay, network, data=journal ... */
	enum { CRYPT_NO, CRYPT_YES, CRYPT_UNKNOWN } encrypted;
};
enum rc home_medium(const struct home *h, struct medium *out, struct err *e) MUST_CHECK;

/* ---- the store lock: store/lock.c ---- */

/*
 * Exclusive flock on `lock`; waits up to wait_ms (0: not at all). Holding it, finishes what a killed run left: a freeze
 * (7.1 steps 3 to 5) and an epoch change (7.2). Every writer of database, fuse or keys holds it; readers do not.
 * Order: store lock, then log lock. E_BUSY names the holder. E_NOTFOUND: no store. E_DAMAGED: the leftovers do not fit.
 */
enum rc store_lock_take(const struct home *h, int64_t wait_ms, struct store_lock **out, struct err *e) MUST_CHECK;
void store_lock_release(struct store_lock **l);
/* What the start-up recovery did when this lock was taken. */
enum { RECOVERED_FREEZE = 1, RECOVERED_CHANGE = 2, RECOVERED_LEFTOVERS = 4, RECOVERED_ACCOUNTS = 8 };
unsigned store_lock_recovered(const struct store_lock *l);

/* ---- state without any key: store/state.c ---- */

enum vault_state { VAULT_NONE, VAULT_OPEN, VAULT_FROZEN, VAULT_RESTORED, VAULT_THAWING };
enum kit_state { KIT_NONE = 0, KIT_VERIFIED = 1, KIT_UNVERIFIED = 2 };
enum keys_flag {
	KEYS_TOTP_MASK = 3, KEYS_KEYFILE = 1 << 2, KEYS_FIDO2 = 1 << 3, KEYS_NO_DEVICE_SECRET = 1 << 4,
	KEYS_KIT_PASSWORD = 1 << 5
};

struct vault_status {
	enum vault_state state;
	bool fuse_damaged;              /* a fuse is there but bad: secrets only through thaw (6) */
	bool device_missing;            /* no device.key, or not that of `keys`: only recover works */
	bool freeze_pending;            /* freeze.request is still there */
	bool change_pending;            /* an epoch change waits for its last step */
	uint64_t epoch;
	unsigned flags;                 /* enum keys_flag */
	enum kit_state kit;
	unsigned kit_needed, kit_sheets;        /* K of N; 0: not known (a kit of 0.1.0 has one sheet) */
	int64_t kit_made;               /* 0: not known */
	int64_t last_backup;            /* made on this computer; 0: none */
	unsigned char vault_id[16];
	char fingerprint[20];           /* of the kit, "XXXX-XXXX-XXXX-XXXX"; "" without a kit */
	struct pwparams params;
	int64_t frozen_since;           /* time of the last freeze record; 0: not frozen or not known */
	uint64_t log_entries;           /* records in `log`, as counted without a key; 0 if unreadable */
	unsigned fuse_entries;          /* used entries */
	int64_t fuse_made;              /* when the fuse was made; 0 without */
	int64_t totp_from, totp_until;  /* what the table of the second factor covers; 0: no TOTP, or it is missing */
};
const char *vault_state_name(enum vault_state s);      /* "none", "open", "frozen", "restored", "thawing" */
const char *kit_state_name(enum kit_state s);          /* "none", "verified", "unverified" */
#define FACTORS_NAME 24u
const char *factors_name(unsigned flags, char out[FACTORS_NAME]);      /* "none", or of "totp+keyfile+fido2"; out */
/* Needs no lock and no key, changes nothing. OK with VAULT_NONE when there is no store. E_DAMAGED: `keys` is. */
enum rc vault_status(const struct home *h, struct vault_status *out, struct err *e) MUST_CHECK;

/* Does the end of the log fit logstate, as far as that is seen without a key? false: only thaw or recover helps. An
 * append that a killed run left is finished. */
bool vault_log_fits(const struct home *h);

/* ---- kit: store/kit.c ---- */

#define KIT_SECRET_LEN 16u
#define KIT_SHARES_MAX 7u
struct kit {
	struct secret s;                /* S, 16 bytes; owned */
	unsigned char r_pub[32];
	char fingerprint[20];           /* "7K3M-Q2XD-90HT-VB4E": 80 bits of KDF(vault_id, "kit-fp", R_pub, pk0) */
	unsigned k, n;                  /* k of n; 1 of 1 */
	struct slip39_share share[KIT_SHARES_MAX];
};
void kit_wipe(struct kit *k);
#define KIT AUTO(kit_wipe) struct kit
/* A new kit for a vault; on no disk yet. Proved: every K of its sheets give it. */
enum rc kit_make(struct kit *out, const unsigned char vault_id[16], const unsigned char pk0[32], unsigned k, unsigned n,
    struct err *e) MUST_CHECK;
/* Does every subset of K sheets lead to S and R_pub? E_FAILED: not. */
enum rc kit_prove(const struct kit *k, const unsigned char vault_id[16], struct err *e) MUST_CHECK;
void kit_fingerprint(char out[20], const unsigned char vault_id[16], const unsigned char r_pub[32],
    const unsigned char pk0[32]);
/* Does what a person typed (o as 0, i and l as 1, dashes and blanks optional, case ignored) say the same? */
bool kit_fingerprint_matches(const char *typed, const char fingerprint[20]);
/* KDF(vault_id, "share-commit", word indices as u16 each). */
void kit_share_commit(unsigned char out[32], const unsigned char vault_id[16], const struct slip39_share *share);

/* ---- creation: store/create.c ---- */

/* What must be known before the kit can be shown: made in memory, written by vault_create(). */
struct genesis {
	unsigned char vault_id[16];
	unsigned char pk0[32];          /* first key of the log's chain */
	struct secret log_seed;         /* its seed, 32 bytes; owned */
};
void genesis_wipe(struct genesis *g);
#define GENESIS AUTO(genesis_wipe) struct genesis
enum rc genesis_make(struct genesis *out, struct err *e) MUST_CHECK;

/* The factors of the next key set. Borrowed. */
struct new_factors {
	unsigned codes;                         /* TOTP: codes an unlock takes; 0: none */
	const struct totp_seed *totp;           /* a new one; NULL: the one there is stays (codes as it has) */
	int64_t code_ms;                        /* with totp: when, by a right clock; its table begins there */
	const unsigned char *keyfile_digest;    /* 32 bytes; NULL: no key file */
	const struct secret *fido2;             /* 32 bytes; NULL: no security key */
};
/* What a lost device takes (keys.md section 6): the kit alone, or kit and password together. */
enum recovery { RECOVERY_SAME, RECOVERY_KIT, RECOVERY_KIT_PASSWORD };

/* The next key set of an epoch change, or the first one. */
struct new_keys {
	const struct secret *password;          /* the new password */
	const struct secret *a;                 /* tests: Argon2id's result, given; Argon2 is skipped */
	const struct secret *duress;            /* a duress password; NULL: none (one that was there is gone) */
	const struct secret *duress_a;          /* tests: its Argon2id result */
	const struct new_factors *factors;      /* NULL: as before (init, thaw, recover: none) */
	enum recovery recovery;                 /* SAME: as before (init: kit) */
	const char *what;                       /* for the log; NULL: what the function is called */
	const struct pwparams *params;          /* NULL: calibrate */
	const struct kit *kit;                  /* NULL: keep the one there is (create: none) */
	enum kit_state kit_state;               /* of kit: KIT_VERIFIED (typed back) or KIT_UNVERIFIED */
	int64_t now_ms;
	int64_t wait_ms;                        /* for the store lock */
	void (*progress)(void *arg, unsigned done, unsigned of);   /* may be NULL */
	void *arg;
};
/*
 * init: h must have both directories (home_create). E_EXISTS: a store is there already, nothing was touched. Writes
 * keys, device.key, fuse, store.db with its schema, log, logstate; the commit point is `keys`. *out may be NULL; else
 * the new vault, unlocked.
 */
enum rc vault_create(const struct home *h, const struct genesis *g, const struct new_keys *how, struct vault **out,
    struct err *e) MUST_CHECK;

/* ---- unlock: store/unlock.c ---- */

/* What was given besides the password. Owned: factors_wipe(). */
struct factors {
	bool keyfile;
	unsigned char keyfile_digest[32];       /* BLAKE2b-256 of the key file */
	struct secret fido2;                    /* the security key's hmac-secret, 32 bytes; empty: none */
	unsigned codes;                         /* TOTP codes as typed; where the store wants two: of two steps in a row */
	uint32_t code[2];
	int64_t code_ms;                        /* when the first was typed, a correction of the clock (--clock) included */
};
void factors_wipe(struct factors *f);
#define FACTORS AUTO(factors_wipe) struct factors

struct unlock_how {
	const struct secret *password;
	const struct secret *a;                 /* Argon2id's result of vault_try(), or the tests'; Argon2 is skipped */
	const struct factors *with;             /* NULL: only the password */
	int64_t now_ms;
	int64_t wait_ms;                        /* for the store lock, where a recovery or a cleaning needs it */
};
/*
 * The reading order and messages of keys.md section 3. E_NOTFOUND: no store. E_AUTH: wrong password (one message), or a
 * factor missing. E_FROZEN: restored, needs recover. E_DAMAGED: altered, damaged, rollback. A frozen vault unlocks to
 * its ledger: OK, and vault_secrets() says E_FROZEN. On a failed password an L record is logged (one a minute at most).
 */
enum rc vault_unlock(const struct home *h, const struct unlock_how *how, struct vault **out, struct err *e) MUST_CHECK;
/* Is this the password? Opens nothing but its slot. a: Argon2id's result, for how.a of what follows. Errors and the
 * record of a failed attempt as vault_unlock(). */
enum rc vault_try(const struct home *h, const struct unlock_how *how, struct secret *a, struct err *e) MUST_CHECK;
/* May a password be asked at all: what comes before it in the reading order. Cheap; call it before prompting. */
enum rc vault_unlock_ready(const struct home *h, struct err *e) MUST_CHECK;
/* The same for the table of the second factor: E_AUTH, E_DAMAGED: no code can be used at this time (by a right clock). */
enum rc totp_ready(const struct home *h, int64_t code_ms, struct err *e) MUST_CHECK;
/* For a client that the agent handed LK: header MAC, epoch and database are checked, the manifest is not (the agent
 * did). lk is copied. */
enum rc vault_open_ledger(const struct home *h, const struct secret *lk, struct vault **out, struct err *e) MUST_CHECK;
/* Logs a close record if `changes` grew since the last record, closes, wipes. Sets NULL. */
void vault_close(struct vault **v);

/* What happened on the way that the person should be told. */
struct vault_notices {
	unsigned recovered;             /* RECOVERED_* */
	bool old_fuse_destroyed;        /* a fuse from before a freeze had come back: destroyed, the vault is frozen */
	bool fuse_damaged, log_broken;  /* ledger only, 6 for secrets */
	unsigned failed_attempts;       /* L records of failed unlocks since the last unlock */
	unsigned kit_only;              /* records without a fuse entry: only the kit opens them */
	unsigned notes, notes_problems, notes_damaged;  /* of store/inbox.h: taken in now; not placed; unreadable */
	uint32_t incident;              /* opened by itself now, after a freeze or for such a note; 0: none was */
	unsigned entries_back;          /* entries of frozen accounts that had come back (an older fuse): erased */
	bool totp_renewed, totp_failed; /* the table of the second factor, when a new one was due */
	int32_t totp_days;              /* what was left of it, as it was found; -1: no TOTP, or not known */
	int64_t totp_until_ms;          /* without an unlock before then only the kit opens the store; 0: no TOTP */
	bool rekeyed, rekey_failed;     /* the fuse, when it was a week old */
};
const struct vault_notices *vault_notices(const struct vault *v);
enum vault_state vault_state(const struct vault *v);
uint64_t vault_epoch(const struct vault *v);
enum kit_state vault_kit_state(const struct vault *v);
void vault_fingerprint(const struct vault *v, char out[20]);
const unsigned char *vault_id(const struct vault *v);          /* 16 bytes */
const unsigned char *vault_pk0(const struct vault *v);         /* 32 bytes */
const struct home *vault_home(const struct vault *v);
/* Borrowed; LK and SK are for the agent and for the rooms of store/ only. SK: NULL when there is none. */
const struct secret *vault_lk(const struct vault *v);
const struct secret *vault_sk(const struct vault *v);
struct db *vault_db(struct vault *v);
struct log *vault_log(struct vault *v);
/* The agent hides keys while idle: between these two nothing but vault_show_keys() may be called. */
void vault_hide_keys(struct vault *v);
void vault_show_keys(struct vault *v);
/* Wipe SK at once (FREEZE); the ledger stays open. */
void vault_drop_sk(struct vault *v);

/* Can secrets be opened now? Looks at the files anew: freeze.request, fuse present, sector 0 as at unlock.
 * E_FROZEN: frozen. E_DAMAGED: the fuse or the log is damaged. E_LOCKED: keys were renewed since, or SK is not here. */
enum rc vault_secrets(struct vault *v, struct err *e) MUST_CHECK;
/* The same as far as it is seen without a key, and cheap: E_FROZEN, E_DAMAGED. OK says nothing of what needs one. */
enum rc vault_secrets_ready(const struct home *h, struct err *e) MUST_CHECK;
/* Do the records fit their tags and the manifest? What an unlock looks at, again: for verify. */
enum rc vault_records_ok(struct vault *v, bool *good, struct err *e) MUST_CHECK;
/* The same of freshness: is the database as new as the log says? false: an older copy of store.db was put back. */
enum rc vault_is_fresh(struct vault *v, bool *fresh, struct err *e) MUST_CHECK;
/* May a secret be stored at all (a kit that is verified, or accepted unverified)? E_FAILED names `kit new`. */
enum rc vault_may_store(const struct vault *v, struct err *e) MUST_CHECK;

/* Readers that live long call this before a transaction: the database is reopened when its inode changed. E_LOCKED: the
 * keys were renewed by another purser. */
enum rc vault_refresh(struct vault *v, struct err *e) MUST_CHECK;
/* Append a U record at once, not through the outbox: text as log_text_begin() and log_text_add() built it; db= and hdr=
 * are added here. For reveals, and events that change no row. */
enum rc vault_event(struct vault *v, struct buf *text, int64_t now_ms, struct err *e) MUST_CHECK;

/* The writer's lock over an unlocked vault: store lock, start-up recovery, keys compared with those on disk (E_LOCKED:
 * renewed by another purser), database reopened when its inode changed, outbox drained. For fuse entries and what is no
 * transaction; vault_txn_begin() does it for a transaction. */
enum rc vault_write_begin(struct vault *v, int64_t wait_ms, struct store_lock **out, struct err *e) MUST_CHECK;

/* ---- write transaction: store/txn.c; the only way to write rows (ledger_begin() of ledger.h is built on it) ---- */

/*
 * vault_write_begin(), then BEGIN IMMEDIATE. Rows are written through vault_db(). Commit adds +1 to `changes`,
 * recomputes the manifest root when `secret` changed, puts every event into the outbox, commits, drains the outbox
 * into the log. If the commit succeeded and only the log failed, the events stay in the outbox, and OK is returned:
 * they are written at the next start.
 */
struct vault_txn;
enum rc vault_txn_begin(struct vault *v, int64_t wait_ms, int64_t now_ms, struct vault_txn **out, struct err *e)
    MUST_CHECK;
/* An event for the log, as log_text_begin() and log_text_add() built it, without db= and hdr=. */
enum rc vault_txn_event(struct vault_txn *t, const struct buf *text, struct err *e) MUST_CHECK;
/* Zero these fuse entries once the transaction has committed (their rows are deleted in it). */
enum rc vault_txn_forget(struct vault_txn *t, const unsigned char rec[ID_LEN], uint64_t version, struct err *e)
    MUST_CHECK;
enum rc vault_txn_commit(struct vault_txn **t, struct err *e) MUST_CHECK;       /* *t is NULL afterwards in any case */
void vault_txn_end(struct vault_txn **t);       /* rolls back unless committed; AUTO(vault_txn_end) */

/* ---- secret records: store/record.c ---- */

enum secret_kind {
	KIND_PASSWORD = 1, KIND_PIN, KIND_RECOVERY_CODE, KIND_API_TOKEN, KIND_SECURITY_ANSWER, KIND_CARD, KIND_OTP,
	KIND_NOTE
};
#define RECORD_SEAL_LEN 152u
#define RECORD_WRAP_LEN 104u
#define RECORD_PLAIN_MAX 60000u         /* fits a frame of the agent after padding to 256 and sealing */

struct record_id {
	unsigned char rec[ID_LEN], acct[ID_LEN];        /* opaque, random */
	uint8_t kind;                                   /* enum secret_kind */
	uint64_t version;                               /* from 1 */
};
struct record {                                         /* the cryptographic columns of table `secret` */
	struct record_id id;
	int64_t created_ms;
	unsigned char seal[RECORD_SEAL_LEN];
	unsigned char *body;                            /* malloc'd, owned */
	size_t body_len;
	unsigned char mtag[32];
};
void record_free(struct record *r);
#define RECORD AUTO(record_free) struct record

/*
 * New RK; body, seal and mtag into out. With with_wrap and an open vault the fuse entry is written and synced too (then
 * the caller must hold the store lock, and commits the row afterwards); without SK, while frozen, or for an account that
 * is frozen it is a seal only.
 * E_FAILED: no kit. E_FROZEN: a freeze came between: the entry was destroyed, nothing may be stored as open.
 * The agent answers SEALREC with exactly this.
 */
enum record_wrap { WRAP_NONE, WRAP_YES, WRAP_FROZEN_TOO };       /* FROZEN_TOO: a thaw of the account */
enum rc record_seal(struct vault *v, const struct record_id *id, const struct secret *plain, int64_t created_ms,
    enum record_wrap with_wrap, struct record *out, struct err *e) MUST_CHECK;
/* Log "reveal record=.. version=.. how=HOW" first (fails closed), then open through the fuse, read anew. how: "show",
 * "copy", "otp", "rotate", "export". E_FROZEN, E_DAMAGED, E_LOCKED as vault_secrets(); a record without an entry is
 * E_FROZEN ("kit only"). The agent answers OPENREC with exactly this. */
enum rc record_reveal(struct vault *v, const struct record *r, const char *how, int64_t now_ms, struct secret *plain,
    struct err *e) MUST_CHECK;
/* The same without a log record: for what shows nothing to anyone (reuse checks, re-sealing, the tests). */
enum rc record_open(struct vault *v, const struct record *r, struct secret *plain, struct err *e) MUST_CHECK;
/* Zero the fuse entry of a version whose row's deletion is committed; under the store lock. No entry: fine. */
enum rc record_forget(struct vault *v, const unsigned char rec[ID_LEN], uint64_t version, struct err *e) MUST_CHECK;
/* Is there a fuse entry (false while frozen)? For one record; lists look once, with the three below (frozen,
 * damaged: empty). */
bool record_has_entry(struct vault *v, const unsigned char rec[ID_LEN], uint64_t version);
struct entry_set;
enum rc vault_entries(struct vault *v, struct entry_set **out, struct err *e) MUST_CHECK;
bool entry_set_has(const struct entry_set *en, const unsigned char rec[ID_LEN], uint64_t version);
void entry_set_free(struct entry_set **en);         /* AUTO(entry_set_free) */

/* ---- freeze: store/freeze.c ---- */

/* ENDED: it did not answer and was killed; its memory is the kernel's again. */
enum freeze_agent { FREEZE_AGENT_NONE, FREEZE_AGENT_WIPED, FREEZE_AGENT_ENDED, FREEZE_AGENT_NO_ANSWER };
struct freeze_report {
	bool already;                   /* there was no fuse: frozen before */
	bool frozen;                    /* the fuse is gone: exit 0 */
	bool fuse_destroyed;            /* by this run */
	enum freeze_agent agent;
	bool logged;                    /* false: pending, the next start writes it */
	bool marker_left;               /* freeze.request stays for the next holder of the store lock */
	int64_t at_ms;                  /* when; with already: the time of the last freeze record, 0 if not known */
	char why[640];                  /* what went wrong, "" if nothing */
	char by_hand[640];              /* what remains to do by hand, "" if nothing */
};
/*
 * The order of keys.md 7.1. No key, no prompt. tell_agent sends FREEZE and may be NULL. reason (UTF-8, may be NULL)
 * goes sealed into the log. E_NOTFOUND: no device.key, nothing was frozen. E_FAILED: NOT FROZEN, see why. The report is
 * always filled.
 */
enum rc vault_freeze(const struct home *h, const char *reason, int64_t now_ms,
    enum freeze_agent (*tell_agent)(void *arg), void *arg, struct freeze_report *out, struct err *e) MUST_CHECK;

/*
 * These accounts only (store/acctfreeze.c): all their fuse entries are overwritten and zeroed, then the ledger says so; all
 * or nothing, whatever is killed. Needs LK. An account that is frozen already stays as it is. *erased: entries.
 * E_FAILED: NOT FROZEN, with the reason.
 */
enum rc vault_freeze_accounts(struct vault *v, const unsigned char (*uid)[ID_LEN], size_t n, const char *reason,
    int64_t now_ms, int64_t wait_ms, size_t *erased, struct err *e) MUST_CHECK;
/* E_FROZEN, naming the account and since when, if the account of this record is frozen. OK: it is not. */
enum rc vault_account_open(struct vault *v, const unsigned char uid[ID_LEN], struct err *e) MUST_CHECK;

/*
 * Thaw of frozen accounts of an OPEN vault (store/acctthaw.c): everything of these accounts is read with the kit and made
 * anew: RK, wrap, seal, body. seal_it makes the new record with its fuse entry: record_seal() here, or the agent.
 * E_AUTH: not the kit. E_USAGE: none of them is frozen.
 */
struct acct_thaw {
	const struct secret *kit;               /* S of the shares */
	const char *fingerprint;                /* as typed; NULL: not compared */
	const unsigned char (*uid)[ID_LEN];
	size_t n;
	int64_t now_ms, wait_ms;
	enum rc (*seal_it)(void *ctx, const struct record_id *id, const struct secret *plain, int64_t created_ms,
	    struct record *out, struct err *e);
	void *ctx;
	size_t records, quarantined;            /* out: versions that open again; that did not authenticate */
};
enum rc vault_thaw_accounts(struct vault *v, struct acct_thaw *t, struct err *e) MUST_CHECK;

/* ---- changes of keys: store/passwd.c, store/thaw.c. The caller has sent LOCK to the agent before. ---- */

/* passwd: new password, D, SK, slot; how->kit must be NULL. With how->factors the factors change too (2fa): what adds
 * one wants a verified kit (E_FAILED). E_FROZEN while frozen. */
enum rc vault_passwd(const struct home *h, const struct unlock_how *old, const struct new_keys *how, struct err *e)
    MUST_CHECK;
/* kit new: everything is renewed under how->kit (made with kit_make() and typed back already); how->password = the
 * password (the same or a new one). E_FROZEN: frozen, or records without a fuse entry (named in e). */
enum rc vault_kit_new(const struct home *h, const struct unlock_how *old, const struct new_keys *how, struct err *e)
    MUST_CHECK;
/* Before a kit is made and typed: what vault_kit_new() would refuse as things stand. E_FROZEN, E_DAMAGED. */
enum rc vault_kit_new_ready(struct vault *v, struct err *e) MUST_CHECK;
/* rekey: a new SK and with it a new fuse; same epoch, same password. E_FROZEN. */
enum rc vault_rekey(const struct home *h, const struct unlock_how *how, struct err *e) MUST_CHECK;
/* kit check: one sheet typed. Right: the kit counts as verified from now on (logged), *sheet (from 1) tells which it is.
 * E_AUTH: no sheet of this kit. */
enum rc vault_kit_check(struct vault *v, const struct slip39_share *share, int64_t now_ms, int64_t wait_ms,
    unsigned *sheet, struct err *e) MUST_CHECK;
/* What the log knows of the sheets of the present kit. */
struct kit_checks {
	unsigned sheets;                        /* how many there are */
	int64_t made_ms, verified_ms;           /* 0: not known, not yet */
	int64_t checked_ms[KIT_SHARES_MAX];     /* last kit check of each; 0: never */
};
enum rc vault_kit_checks(struct vault *v, struct kit_checks *out, struct err *e) MUST_CHECK;

/* One secret version that must be changed at its provider. */
struct exposure {
	struct record_id id;
	int64_t created_ms;
	int64_t last_revealed_ms;       /* 0: never, as far as the log says */
};
/* Open items, worst (last revealed latest) first. Malloc'd, the caller frees. Empty when nothing was ever exposed. */
enum rc vault_exposures(struct vault *v, struct exposure **out, size_t *n, struct err *e) MUST_CHECK;

/*
 * Thaw and recover (7.3). begin checks everything and writes nothing; commit renews everything. Between them the caller
 * shows the facts, asks for the new password and does the ritual of the new kit.
 */
struct thaw;
struct thaw_how {
	const struct secret *kit;               /* S of the shares; NULL only for a vault without a kit (by password) */
	const char *fingerprint;                /* as typed; NULL: not compared */
	const struct secret *password;          /* NULL: recover, the password is forgotten */
	const struct secret *a;                 /* vault_try()'s, or the tests': as in new_keys */
	const struct factors *with;             /* for the password under the policy kit; kit+password takes the kit's */
	int64_t now_ms, wait_ms;
};
struct thaw_facts {
	unsigned char vault_id[16], pk0[32];    /* for kit_make(); pk0 is the new one with new_chain */
	unsigned kit_needed, kit_sheets;        /* K of N of the kit in hand; 1 of 1 where it is not known */
	char fingerprint[20];                   /* of the kit in hand */
	bool by_kit;                            /* false: no kit, by password */
	bool frozen;                            /* false: recover of an open store (password or device file lost) */
	int64_t frozen_since;                   /* 0: not frozen */
	uint64_t log_entries;                   /* verified from pk0 */
	uint64_t log_bad;                       /* findings in it: show `log verify` before anything else */
	bool new_chain;                         /* logstate is missing or fits no record: the kit must be renewed too */
	bool manifest_bad;                      /* records were deleted or older ones put back: which, is not known */
	uint64_t log_since, records_since;      /* since the freeze */
	size_t records, quarantined;            /* versions that open; that do not */
	struct record_id *quarantine;           /* owned by struct thaw */
};
enum rc thaw_begin(const struct home *h, const struct thaw_how *how, struct thaw **out, struct err *e) MUST_CHECK;
const struct thaw_facts *thaw_facts(const struct thaw *t);
/* Only these accounts get fuse entries; the others are frozen accounts afterwards. E_NOTFOUND: no account of that
 * name. */
enum rc thaw_only(struct thaw *t, const char *const *name, size_t n, struct err *e) MUST_CHECK;
/* how->kit NULL: --keep-kit (refused, E_USAGE, with new_chain). *out may be NULL; else the vault, unlocked. */
enum rc thaw_commit(struct thaw *t, const struct new_keys *how, struct vault **out, struct err *e) MUST_CHECK;
void thaw_free(struct thaw **t);

#endif
