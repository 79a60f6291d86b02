/* cmd/incident_evidence.c: `purser incident evidence`: the bundle for a bank, an ombudsman, the police; and the time stamp
 * of one that was made before. */
#include "cmd/incident.h"

#include "base/io.h"
#include "base/num.h"
#include "cmd/bundle.h"
#include "cmd/evidence.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "cmd/pdf.h"
#include "cmd/stamp.h"
#include "crypto/minisig.h"
#include "crypto/seal.h"
#include "store/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENTRIES_MAX 64u
#define PDF_PAGE_MAX (256 << 10)        /* weasyprint: a minute for some 400 events, and ever slower */
#define MANIFEST_MAX ((size_t)4 << 20)

/* ---- PDF: for reading, beside the bundle ---- */

/* In the log before it is given out, by its hash. */
static enum rc
log_given(struct session *s, const char *what, int64_t incident, const unsigned char sha256[32], struct err *e)
{
	BUF text = { 0 };

	log_text_begin(&text, NULL, "evidence");
	log_text_add(&text, "what", what);
	log_text_u64(&text, "incident", (uint64_t)incident);
	log_text_hex(&text, "hash", sha256, 32);
	return vault_event(session_vault(s), &text, s->now_ms, e);
}

static enum rc
sign_pdf(struct bundle *b, struct outdir *o, int fd, const char *name, const unsigned char seed[32], struct err *e)
{
	BUF bytes = { .max = 256u << 20 }, sig = { 0 }, sig_name = { .max = 64 }, trusted = { .max = 128 };
	unsigned char digest[32];
	struct sha256 h;
	char piece[65536];
	size_t got = 1;
	enum rc rc;

	for (off_t at = 0; got > 0; at += (off_t)got) {
		if ((rc = io_pread(fd, piece, sizeof piece, at, &got, e)) != OK)
			return rc;
		buf_add(&bytes, piece, got);
	}
	if ((rc = buf_check(&bytes, e)) != OK)
		return rc;
	sha256_init(&h);
	sha256_add(&h, bytes.p, bytes.len);
	sha256_end(&h, digest);
	buf_addf(&trusted, "timestamp:%lld file:%s", (long long)(b->as_of_ms / 1000), name);
	buf_addf(&sig_name, "%s.minisig", name);
	if ((rc = minisig_make(&sig, seed, bytes.p, bytes.len, buf_str(&trusted), e)) != OK ||
	    (rc = log_given(b->s, "pdf", b->i.id, digest, e)) != OK || (rc = io_fsync(fd, e)) != OK)
		return rc;
	return outdir_put(o, buf_str(&sig_name), sig.p, sig.len, e);
}

static enum rc
make_pdf(struct bundle *b, struct outdir *o, const char *page, const char *name, const unsigned char seed[32], bool *made,
    struct err *e)
{
	AUTO(auto_close) int html = openat(o->dir, page, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	AUTO(auto_close) int pdf = -1;
	BUF why = { .max = 512 };
	struct stat st;
	enum rc rc;

	if (html < 0 || fstat(html, &st) != 0)
		return err_sys(e, E_SYS, N_("cannot read %s"), page);
	if (st.st_size > PDF_PAGE_MAX) {
		note(b->s, N_("Without %s: the report is too long for that. Print %s from a browser."), name, page);
		return OK;
	}
	if ((rc = outdir_new(o, name, &pdf, e)) != OK)
		return rc;
	progress(b->s, N_("Making %s: that takes a while."), name);
	if (pdf_make(b->s, html, pdf, strcmp(page, "report.html") != 0, &why)) {
		progress_end(b->s);
		*made = true;
		return sign_pdf(b, o, pdf, name, seed, e);
	}
	progress_end(b->s);
	outdir_drop(o, name);
	note(b->s, N_("Without %s: %s."), name, buf_str(&why));
	return OK;
}

static enum rc
make_pdfs(struct bundle *b, struct outdir *o, const unsigned char seed[32], unsigned *n, struct err *e)
{
	bool made = false;
	enum rc rc = make_pdf(b, o, "report.html", "report.pdf", seed, &made, e);

	*n = made;
	/* Where the first cannot be made, neither can the second: said once. */
	if (rc != OK || !made || !b->chinese)
		return rc;
	made = false;
	rc = make_pdf(b, o, "report.zh.html", "report.zh.pdf", seed, &made, e);
	*n += made;
	return rc;
}

/* ---- the bundle ---- */

static enum rc
entries_of(const struct args *a, uint64_t out[ENTRIES_MAX], size_t *n, struct err *e)
{
	for (*n = 0; *n < arg_count(a, "log-entry"); (*n)++) {
		const char *text = arg_nth(a, "log-entry", (unsigned)*n);

		if (*n == ENTRIES_MAX || !num_u64(text, 0, INT64_MAX, &out[*n]))
			return err_set(e, E_USAGE, N_("--log-entry: %s is no number of an entry, or there are more than %u"), text,
			    ENTRIES_MAX);
	}
	return OK;
}

static enum rc
tell(struct session *s, const struct bundle *b, const char *dir, unsigned pdfs, struct err *e)
{
	const struct bundle_file *m = bundle_find(b, "manifest.txt");
	char hex[65], id[32];

	hex_put(hex, m->sha256, 32);
	(void)snprintf(id, sizeof id, "I%lld", (long long)b->i.id);
	if (b->unkept > 0)
		warn(s, N_("%zu statements were imported without keeping their bytes: they are not in it."), b->unkept);
	if (b->log.bad > 0)
		warn(s, N_("The log has %llu findings: nothing of it is in the bundle. purser log verify"),
		    (unsigned long long)b->log.bad);
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "evidence");
		j_str(&j, "incident", id);
		j_str(&j, "dir", dir);
		j_int(&j, "files", (int64_t)b->n);
		j_str(&j, "manifest_sha256", hex);
		j_str(&j, "key", b->key);
		j_time(&j, "as_of", b->as_of_ms);
		j_int(&j, "log_entries", (int64_t)b->log.n);
		j_int(&j, "pdf", pdfs);
		return out_json(s, &j, e);
	}
	say(s, N_("Evidence of %s: %zu files and evidence.tar in %s"), id, b->n, dir);
	say(s, N_("They are plain text: whoever has the directory can read them."));
	say(s, N_("Tell whom you give it the key in another way: %s"), b->key);
	say(s, N_("How they check it: VERIFY.txt. For a time stamp send manifest.txt.tsq to an authority, then "
		  "purser incident evidence --tsr FILE --tsa-cert FILE --out DIR"));
	return OK;
}

static void
seed_wipe(unsigned char (*seed)[32])
{
	wipe(*seed, sizeof *seed);
}

static enum rc
write_bundle(struct session *s, const struct args *a, int64_t id, struct err *e)
{
	AUTO(seed_wipe) unsigned char seed[32] = { 0 };
	uint64_t entry[ENTRIES_MAX];
	struct bundle_how how = { .entry = entry, .whole_log = arg_has(a, "whole-log") };
	unsigned char pk[32], sk[64];
	OUTDIR o = OUTDIR_NONE;
	BUNDLE b = { .n = 0 };
	unsigned pdfs = 0;
	enum rc rc;

	if ((rc = entries_of(a, entry, &how.entries, e)) != OK || (rc = outdir_begin(&o, arg_str(a, "out"), e)) != OK ||
	    (rc = evidence_seed(s, seed, e)) != OK)
		return rc;
	sign_keypair(pk, sk, seed);
	wipe(sk, sizeof sk);
	if ((rc = bundle_gather(s, id, pk, &how, &b, e)) != OK || (rc = bundle_texts(&b, e)) != OK ||
	    (rc = bundle_sign(&b, seed, e)) != OK ||
	    (rc = log_given(s, "bundle", id, bundle_find(&b, "manifest.txt")->sha256, e)) != OK ||
	    (rc = bundle_write(&b, &o, e)) != OK)
		return rc;
	if (!arg_has(a, "no-pdf") && (rc = make_pdfs(&b, &o, seed, &pdfs, e)) != OK)
		return rc;
	return (rc = outdir_finish(&o, e)) != OK ? rc : tell(s, &b, arg_str(a, "out"), pdfs, e);
}

/* ---- its time stamp ---- */

/* What was sent is of this directory, and this store signed it. */
static enum rc
question_of(struct session *s, int dir, struct tsa_question *q, struct err *e)
{
	BUF manifest = { .max = MANIFEST_MAX + 1 }, sig = { .max = 128 };
	AUTO(seed_wipe) unsigned char seed[32] = { 0 };
	unsigned char pk[32], sk[64];
	struct sha256 h;
	enum rc rc;

	if ((rc = io_read_file(dir, "manifest.txt", MANIFEST_MAX, &manifest, e)) != OK ||
	    (rc = io_read_file(dir, "manifest.sig", 64, &sig, e)) != OK || (rc = evidence_seed(s, seed, e)) != OK)
		return rc;
	sign_keypair(pk, sk, seed);
	wipe(sk, sizeof sk);
	if (sig.len != 64 || !sign_ok((const unsigned char *)sig.p, pk, buf_str(&manifest), manifest.len))
		return err_set(e, E_INPUT, N_("manifest.txt is not signed by this store, or was changed since"));
	sha256_init(&h);
	sha256_add(&h, buf_str(&manifest), manifest.len);
	sha256_end(&h, q->digest);
	tsa_nonce(q->nonce, (const unsigned char *)sig.p);
	q->now_ms = s->now_ms;
	return OK;
}

static enum rc
keep_stamp(int dir, const struct buf *reply, const struct buf *certs, struct err *e)
{
	enum rc rc = io_create(dir, "manifest.txt.tsr", 0600, reply->p, reply->len, e);

	if (rc != OK)
		return rc;
	if ((rc = io_create(dir, "tsa.pem", 0600, certs->p, certs->len, e)) != OK ||
	    (rc = io_fsync_dir(dir, e)) != OK)
		(void)unlinkat(dir, "manifest.txt.tsr", 0);
	return rc;
}

static enum rc
stamp_bundle(struct session *s, const struct args *a, struct err *e)
{
	const char *path = arg_str(a, "out");
	AUTO(auto_close) int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	BUF reply = { .max = TSA_REPLY_MAX + 1 }, certs = { .max = TSA_CERTS_MAX + 1 }, when = { .max = 64 };
	struct tsa_question q = { .now_ms = 0 };
	char name[TSA_NAME_MAX];
	int64_t at;
	enum rc rc;

	if (dir < 0)
		return err_sys(e, E_NOTFOUND, N_("cannot open %s"), path);
	if ((rc = question_of(s, dir, &q, e)) != OK ||
	    (rc = io_read_file(AT_FDCWD, arg_str(a, "tsr"), TSA_REPLY_MAX, &reply, e)) != OK ||
	    (rc = io_read_file(AT_FDCWD, arg_str(a, "tsa-cert"), TSA_CERTS_MAX, &certs, e)) != OK)
		return rc;
	q.reply = (const unsigned char *)buf_str(&reply);
	q.replylen = reply.len;
	q.certs = (const unsigned char *)buf_str(&certs);
	q.certslen = certs.len;
	if ((rc = stamp_check(&q, &at, name, e)) != OK || (rc = keep_stamp(dir, &reply, &certs, e)) != OK)
		return rc;
	if (s->json) {
		JSON j = { 0 };

		j_open(&j, "timestamp");
		j_str(&j, "dir", path);
		j_time(&j, "time", at);
		j_str(&j, "authority", name);
		return out_json(s, &j, e);
	}
	add_time(&when, at, true);
	say(s, N_("Time stamp of %s by %s: it is in %s as manifest.txt.tsr, its certificates as tsa.pem."), buf_str(&when), name,
	    path);
	return OK;
}

static enum rc
evidence_run(struct session *s, const struct args *a, struct err *e)
{
	int64_t id;
	enum rc rc;

	if (arg_str(a, "out") == NULL)
		return err_set(e, E_USAGE, N_("--out DIR is missing: a directory that is not there yet"));
	if (arg_has(a, "tsr") != arg_has(a, "tsa-cert"))
		return err_set(e, E_USAGE, N_("--tsr and --tsa-cert belong together"));
	if (arg_has(a, "tsr"))
		return stamp_bundle(s, a, e);
	return (rc = incident_pick(s, a->n > 0 ? a->v[0] : NULL, &id, e)) != OK ? rc : write_bundle(s, a, id, e);
}

static const struct option evidence_options[] = {
	{ "out", 0, "DIR", N_("a directory that is not there yet, or empty: all is written there, in plain text"), NULL, OPT_WRITES },
	{ "whole-log", 0, NULL, N_("the log from its first entry on, not only from the first disclosed one"), NULL, 0 },
	{ "log-entry", 0, "N", N_("disclose this entry of the log too; may be given several times"), NULL, 0 },
	{ "no-pdf", 0, NULL, N_("no report as PDF"), NULL, 0 },
	{ "tsr", 0, "FILE", N_("check the reply of a time stamping authority and put it into DIR, a bundle made before"), NULL, 0 },
	{ "tsa-cert", 0, "FILE", N_("the authority's root certificate and those between, in PEM"), NULL, 0 },
	{ 0 },
};

static const struct example evidence_examples[] = {
	{ "purser incident evidence --out ~/evidence", N_("of the only open incident") },
	{ "purser incident evidence I2 --out ~/evidence-2 --whole-log", NULL },
	{ "curl --data-binary @evidence/manifest.txt.tsq URL >reply.tsr",
	    N_("you send the request (as application/timestamp-query), purser does not") },
	{ "purser incident evidence --tsr reply.tsr --tsa-cert root.pem --out evidence", NULL },
	{ 0 },
};

const struct command incident_evidence_command = {
	.name = "evidence",
	.usage = "[ID]",
	.summary = N_("write a signed bundle for a bank, an ombudsman or the police"),
	.description = N_(
	    "Writes into --out: the report of the incident to read (HTML in English and Chinese; PDF where weasyprint is "
	    "installed), timeline.csv, the imported statements of its payments and the attachments byte for byte, the entries "
	    "of the log that are about it, a manifest with the SHA-256 of every file, its signature, and VERIFY.txt, which says how "
	    "anybody checks all of it with sha256sum and minisign, signify or openssl, without purser. evidence.tar holds the same "
	    "files.\n\n"
	    "No secret is read or written. Statements are given whole: they may hold payments that are not of the incident. Of "
	    "the log the time of every entry in the range becomes visible, the content only of those that are about the "
	    "incident: itself, freeze and thaw, imports of these statements; never an entry that names a secret, unless "
	    "--log-entry asks for it.\n\n"
	    "The same store and incident give the same bytes, in the same time zone; the time in the signature is that of the "
	    "incident's last change. PDF files have a signature of their own and are not part of that. What is given out is "
	    "in the log first, by its hash.\n\n"
	    "The directory is made as DIR.partial and renamed when it is complete: one of that name is left of a run that was "
	    "cut off.\n\n"
	    "--tsr checks a reply (RFC 3161) to manifest.txt.tsq against the manifest and --tsa-cert and keeps both in DIR; "
	    "anything but a good one is refused with 7 and nothing is changed. purser itself never goes to the network.\n\n"
	    "--json prints an object evidence (incident, dir, files, manifest_sha256, key, as_of, log_entries, pdf), with --tsr "
	    "an object timestamp (dir, time, authority)."),
	.examples = evidence_examples,
	.options = evidence_options,
	.max_args = 1,
	.flags = CMD_STORE | CMD_UNLOCK | CMD_WRITE | CMD_PDF,
	.run = evidence_run,
};
