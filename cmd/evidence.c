/* cmd/evidence.c: `purser log key` and `purser log sign`: what an outsider needs to check what was signed here, with
 * minisign, signify or openssl and without purser. See evidence.h. */
#include "cmd/evidence.h"

#include "base/io.h"
#include "base/num.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "crypto/minisig.h"
#include "crypto/seal.h"
#include "store/log.h"
#include "store/vaultrows.h"

#include <fcntl.h>
#include <string.h>

#define SIGN_MAX ((size_t)64 << 20)

enum rc
evidence_seed(struct session *s, unsigned char seed[32], struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *tx = NULL;
	BUF text = { 0 };
	enum rc rc;

	rc = rows_meta_get(session_db(s), "ek-seed", seed, 32, e);
	if (rc != E_NOTFOUND)
		return rc;
	random_bytes(seed, 32);
	if ((rc = vault_txn_begin(session_vault(s), s->wait_ms, s->now_ms, &tx, e)) != OK ||
	    (rc = rows_meta_put(session_db(s), "ek-seed", seed, 32, e)) != OK)
		return rc;
	log_text_begin(&text, NULL, "policy");
	log_text_add(&text, "what", "evidence-key");
	log_text_add(&text, "value", "made");
	if ((rc = vault_txn_event(tx, &text, e)) != OK)
		return rc;
	return vault_txn_commit(&tx, e);
}

void
evidence_pem(struct buf *b, const unsigned char pk[32])
{
	static const unsigned char head[12] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
	unsigned char der[44];

	memcpy(der, head, sizeof head);
	memcpy(der + sizeof head, pk, 32);
	buf_adds(b, "-----BEGIN PUBLIC KEY-----\n");
	minisig_base64(b, der, sizeof der);
	buf_adds(b, "\n-----END PUBLIC KEY-----\n");
}

void
evidence_pub(struct buf *b, const char *key)
{
	buf_addf(b, "untrusted comment: purser evidence key\n%s\n", key);
}

static enum rc
log_key_run(struct session *s, const struct args *a, struct err *e)
{
	unsigned char seed[32], pk[32], sk[64];
	BUF key = { 0 }, pem = { 0 };
	enum rc rc;

	if ((rc = evidence_seed(s, seed, e)) != OK)
		return rc;
	sign_keypair(pk, sk, seed);
	wipe(seed, sizeof seed);
	wipe(sk, sizeof sk);
	minisig_public(&key, pk);
	evidence_pem(&pem, pk);
	if ((rc = buf_check(&key, e)) != OK || (rc = buf_check(&pem, e)) != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "evidence_key");
		j_str(&j, "minisign", buf_str(&key));
		j_str(&j, "pem", buf_str(&pem));
		return out_json(s, &j, e);
	}
	if (arg_has(a, "pem"))
		return out_bytes(s, pem.p, pem.len, e);
	buf_reset(&pem);
	evidence_pub(&pem, buf_str(&key));
	return (rc = buf_check(&pem, e)) != OK ? rc : out_bytes(s, pem.p, pem.len, e);
}

/* In the log before the signature is given out: what was signed, by its hash. */
static enum rc
log_signed(struct session *s, const struct buf *file, struct err *e)
{
	unsigned char h[32];
	BUF text = { 0 };

	hash256(h, file->p, file->len);
	log_text_begin(&text, NULL, "evidence");
	log_text_add(&text, "what", "signature");
	log_text_hex(&text, "hash", h, sizeof h);
	return vault_event(session_vault(s), &text, s->now_ms, e);
}

static enum rc
log_sign_run(struct session *s, const struct args *a, struct err *e)
{
	BUF file = { .max = SIGN_MAX }, sig = { 0 }, comment = { 0 };
	unsigned char seed[32];
	enum rc rc;

	if ((rc = io_read_file(AT_FDCWD, a->v[0], SIGN_MAX, &file, e)) != OK || (rc = evidence_seed(s, seed, e)) != OK)
		return rc;
	buf_addf(&comment, "timestamp:%lld", (long long)(s->now_ms / 1000));
	if ((rc = log_signed(s, &file, e)) == OK)
		rc = minisig_make(&sig, seed, file.p, file.len, buf_str(&comment), e);
	wipe(seed, sizeof seed);
	if (rc != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "signature");
		j_str(&j, "file", a->v[0]);
		j_str(&j, "text", buf_str(&sig));
		return out_json(s, &j, e);
	}
	return out_bytes(s, sig.p, sig.len, e);
}

static const struct option key_options[] = {
	{ "pem", 0, NULL, N_("as openssl takes it, instead of minisign and signify"), NULL, 0 },
	{ 0 },
};

const struct command log_key_command = {
	.name = "key", .summary = N_("print the public key that checks checkpoints and signatures of this store"),
	.options = key_options, .flags = CMD_UNLOCK | CMD_WRITE, .run = log_key_run,
};
const struct command log_sign_command = {
	.name = "sign", .usage = "FILE", .summary = N_("print a signature of a file, for minisign, signify and openssl"),
	.min_args = 1, .max_args = 1, .flags = CMD_UNLOCK | CMD_WRITE, .run = log_sign_run,
};
