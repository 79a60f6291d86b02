/*
 * store/backup.h: one file that holds the vault directory, and its way back. It needs no key to be made and gives
 * none away: all of it is ciphertext of the store's own files, and it opens with the recovery kit only.
 *
 * File (integers little-endian):
 *     0   magic "PURSBAK1"(8) | format u32 = 1 | parts u32 | vault_id(16) | epoch u64 | made i64, ms | size of the
 *     file u64 | zero(8)
 *     64  parts x 64: name(24, padded with zeros) | length u64 | BLAKE2b-256 of it(32)
 *         BLAKE2b-256 of all before(32)
 *         the parts, one after another
 *         BLAKE2b-256 of all before(32)
 * Parts: keys, log, log.1 ..., inbox and store.db-wal (not when they are empty), store.db.
 */
#ifndef PURSER_STORE_BACKUP_H
#define PURSER_STORE_BACKUP_H

#include "store/vault.h"

#define BACKUP_STATE "backup.state"     /* device directory: time and hash of the last backup */

struct backup_facts {
	unsigned char vault_id[16];
	uint64_t epoch, size;                   /* size: bytes of the file */
	int64_t made_ms;
	enum kit_state kit;
	unsigned kit_needed, kit_sheets;        /* 0: not known */
	int64_t kit_made;                       /* 0: not known */
	bool kit_password;                      /* recovery wants the password too */
	char fingerprint[20];                   /* of the kit that opens it; "" without a kit: nothing opens it elsewhere */
	unsigned char hash[32];                 /* of the whole */
};

struct backup_how {
	int64_t now_ms, wait_ms;
	void (*progress)(void *arg, uint64_t done, uint64_t of);        /* bytes; may be NULL */
	void *arg;
};

/*
 * Write path, which must not exist (E_EXISTS). Consistent while others read and write: keys, log and WAL are copied
 * under the store lock, the pages after it with checkpoints held off. Written beside path as .NAME.purser-part,
 * synced, read back, renamed, the directory synced; a failure leaves nothing. Works locked, frozen and restored.
 * The process must not have the store open (db.h). Notes time and hash for backup_last(), as far as that can be
 * written. E_NOTFOUND: no store. E_BUSY.
 */
enum rc backup_write(const struct home *h, const char *path, const struct backup_how *how, struct backup_facts *out,
    struct err *e) MUST_CHECK;
/* Time of the last backup that was made on this computer of this store; 0: none. */
int64_t backup_last(const struct home *h, const unsigned char vault_id[16]);

/* Open and check all of it. E_NOTFOUND: no such file. E_INPUT: no backup of purser, or of a newer version.
 * E_DAMAGED: cut or altered. */
struct backup;
enum rc backup_open(struct backup **out, const char *path, const struct backup_how *how, struct err *e) MUST_CHECK;
const struct backup_facts *backup_facts(const struct backup *b);
void backup_close(struct backup **b);
/* The parts as files NAME + suffix in a directory, 0600, each compared with its hash once more and synced.
 * E_EXISTS. */
enum rc backup_extract(struct backup *b, int dirfd, const char *suffix, struct err *e) MUST_CHECK;
/* Part i: its name, or NULL past the end. */
const char *backup_part(const struct backup *b, unsigned i);

/* ---- store/restore.c ---- */

/*
 * Put it in the place of whatever store is in the vault directory (made if there is none). All or nothing: the
 * files are made as NAME.restore, the file `restore` that names their hashes is the commit point, home_open() of
 * any later run goes on from there. Afterwards the state is RESTORED (the file `restored` stands for that while
 * `keys` is as restored, whatever the device directory holds) until recover. The caller has asked, and has sent
 * LOCK to the agent. One exception: a backup without a kit whose device.key is here stays openable with its
 * password. E_FAILED: nothing could ever open it here.
 */
enum rc backup_restore(struct home *h, struct backup *b, int64_t wait_ms, struct err *e) MUST_CHECK;
/* Go on with a restore that was cut short; nothing to do: OK at once. Called by home_open(). */
enum rc restore_finish(const struct home *h, struct err *e) MUST_CHECK;
/* Under the store lock: what a backup or a restore left that was killed before it counted. */
void restore_tidy(const struct home *h);
/* Was this vault restored and not recovered since? */
bool vault_restored(const struct home *h);

#endif
