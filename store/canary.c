/* store/canary.c: see canary.h. */
#include "store/canary.h"

#include "store/vault_int.h"

enum rc
canary_is(struct db *db, const unsigned char rec[ID_LEN], bool *is, struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "SELECT 1 FROM canary WHERE rec_id = ?1", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, rec, ID_LEN);
	return sql_step(&q, is, e);
}

enum rc
canary_mark(struct db *db, const unsigned char rec[ID_LEN], struct err *e)
{
	SQL q = { 0 };
	enum rc rc;

	if ((rc = sql_prepare(db, "INSERT OR IGNORE INTO canary VALUES(?1)", &q, e)) != OK)
		return rc;
	sql_bind_blob(&q, 1, rec, ID_LEN);
	return sql_run(&q, e);
}

enum rc
canary_sweep(struct db *db, struct err *e)
{
	return sql_exec(db, "DELETE FROM canary WHERE rec_id NOT IN (SELECT rec_id FROM secret)", e);
}

enum rc
canary_sprung(struct vault *v, const struct record_id *id, int64_t now_ms, struct err *e)
{
	struct freeze_report report;
	struct err none = { .rc = OK };
	BUF text = { 0 };
	enum rc rc;

	log_text_begin(&text, NULL, "canary");
	log_text_hex(&text, "record", id->rec, ID_LEN);
	log_text_u64(&text, "version", id->version);
	rc = vault_event(v, &text, now_ms, &none);
	/* Logged or not, frozen or not: it is not shown. */
	rc = vault_freeze(v->h, "canary", now_ms, NULL, NULL, &report, &none);
	vault_drop_sk(v);
	if ((rc = vault_secrets(v, e)) == E_FROZEN)
		return rc;
	rc = err_set(e, E_FROZEN, N_("frozen: no password or code can be read. Nothing was changed"));
	err_next(e, "purser thaw");
	return rc;
}
