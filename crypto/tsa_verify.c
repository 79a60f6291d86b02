/* crypto/tsa_verify.c: is the reply of a time stamping authority one for our request? See tsa.h. In purser-stamp and the
 * tests only: it is linked with libcrypto. */
#include "crypto/tsa.h"

#include "base/scope.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>
#include <string.h>
#include <time.h>

static void free_resp(TS_RESP **p) { TS_RESP_free(*p); }
static void free_req(TS_REQ **p) { TS_REQ_free(*p); }
static void free_ctx(TS_VERIFY_CTX **p) { TS_VERIFY_CTX_free(*p); }
static void free_store(X509_STORE **p) { X509_STORE_free(*p); }
static void free_bio(BIO **p) { (void)BIO_free(*p); }
static void free_x509s(STACK_OF(X509) **p) { sk_X509_free(*p); }

bool
tsa_begin(void)
{
	/* Algorithms and the zone are looked up while there are files still; not the configuration, which may name libraries
	 * to load. */
	tzset();
	return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS,
	    NULL) == 1;
}

/* Every certificate of the file is trusted as a root; one that cannot be read spoils all. */
static X509_STORE *
store_of(const struct tsa_question *q)
{
	AUTO(free_store) X509_STORE *s = X509_STORE_new();
	AUTO(free_bio) BIO *in = BIO_new_mem_buf(q->certs, q->certslen > INT_MAX ? 0 : (int)q->certslen);
	X509_STORE *out;
	unsigned n = 0;
	X509 *x;

	if (s == NULL || in == NULL)
		return NULL;
	while ((x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		int good = X509_STORE_add_cert(s, x);

		X509_free(x);
		if (!good)
			return NULL;
		n++;
	}
	if (n == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return NULL;
	ERR_clear_error();
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(s), (time_t)(q->now_ms / 1000));
	out = s;
	s = NULL;
	return out;
}

static TS_VERIFY_CTX *
context_of(const struct tsa_question *q, X509_STORE **store)
{
	AUTO(free_req) TS_REQ *req = NULL;
	BUF der = { .max = 256 };
	const unsigned char *p;
	TS_VERIFY_CTX *c;

	tsa_request(&der, q->digest, q->nonce);
	p = (const unsigned char *)der.p;
	if (der.failed || (req = d2i_TS_REQ(NULL, &p, (long)der.len)) == NULL || (c = TS_REQ_to_TS_VERIFY_CTX(req, NULL)) == NULL)
		return NULL;
	(void)TS_VERIFY_CTX_add_flags(c, TS_VFY_SIGNATURE | TS_VFY_VERSION);
	(void)TS_VERIFY_CTX_set_store(c, *store);
	*store = NULL;                          /* the context's from here on */
	return c;
}

static enum tsa_answer
why_not(void)
{
	enum tsa_answer a = TSA_UNTRUSTED;
	unsigned long code;

	while ((code = ERR_get_error()) != 0) {
		if (ERR_GET_LIB(code) != ERR_LIB_TS)
			continue;
		switch (ERR_GET_REASON(code)) {
		case TS_R_MESSAGE_IMPRINT_MISMATCH: a = TSA_OTHER; break;
		case TS_R_NONCE_MISMATCH: case TS_R_NONCE_NOT_RETURNED: a = TSA_NONCE; break;
		default: break;
		}
	}
	return a;
}

static bool
granted(TS_RESP *r)
{
	long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(r)));

	return (status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS) && TS_RESP_get_token(r) != NULL &&
	    TS_RESP_get_tst_info(r) != NULL;
}

static bool
time_of(TS_RESP *r, int64_t *when)
{
	struct tm tm;
	time_t t;

	if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(TS_RESP_get_tst_info(r)), &tm) != 1 || (t = timegm(&tm)) < 0)
		return false;
	*when = (int64_t)t * 1000;
	return true;
}

static void
name_of(TS_RESP *r, char name[TSA_NAME_MAX])
{
	AUTO(free_x509s) STACK_OF(X509) *signer = PKCS7_get0_signers(TS_RESP_get_token(r), NULL, 0);
	AUTO(free_bio) BIO *out = BIO_new(BIO_s_mem());
	int n = 0;

	if (signer != NULL && sk_X509_num(signer) > 0 && out != NULL &&
	    X509_NAME_print_ex(out, X509_get_subject_name(sk_X509_value(signer, 0)), 0,
	    XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
		n = BIO_read(out, name, TSA_NAME_MAX - 1);
	name[n < 0 ? 0 : n] = '\0';
}

enum tsa_answer
tsa_verify(const struct tsa_question *q, int64_t *when, char name[TSA_NAME_MAX])
{
	AUTO(free_resp) TS_RESP *r = NULL;
	AUTO(free_store) X509_STORE *store = NULL;
	AUTO(free_ctx) TS_VERIFY_CTX *c = NULL;
	const unsigned char *p = q->reply;
	int64_t t;

	ERR_clear_error();
	if (q->replylen == 0 || q->replylen > TSA_REPLY_MAX || (r = d2i_TS_RESP(NULL, &p, (long)q->replylen)) == NULL ||
	    p != q->reply + q->replylen)
		return TSA_NO_REPLY;
	if (!granted(r))
		return TSA_REFUSED;
	if (q->certslen == 0 || q->certslen > TSA_CERTS_MAX || (ERR_clear_error(), store = store_of(q)) == NULL)
		return TSA_NO_CERTS;
	if ((c = context_of(q, &store)) == NULL)
		return TSA_NO_REPLY;
	if (TS_RESP_verify_response(c, r) != 1)
		return why_not();
	if (!time_of(r, &t))
		return TSA_NO_REPLY;
	name_of(r, name);
	*when = t;
	return TSA_GOOD;
}
