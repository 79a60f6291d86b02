/* cmd/stamp.c: see stamp.h. */
#include "cmd/stamp.h"

#include "base/le.h"
#include "helper/client.h"
#include "helper/stamp.h"

#include <string.h>

#define PROGRAM "purser-stamp"
#define CLOCKS_DIFFER_MS INT64_C(86400000)

static enum rc
refused(int status, struct err *e)
{
	switch (status - STAMP_FIRST) {
	case TSA_NO_REPLY:
		return err_set(e, E_INPUT, N_("this is no reply of a time stamping authority (RFC 3161)"));
	case TSA_REFUSED:
		return err_set(e, E_INPUT, N_("the time stamping authority refused the request"));
	case TSA_OTHER:
		return err_set(e, E_INPUT, N_("this is the time stamp of other bytes, not of this manifest.txt"));
	case TSA_NONCE:
		return err_set(e, E_INPUT, N_("this time stamp answers another request: send manifest.txt.tsq of this bundle"));
	case TSA_NO_CERTS:
		return err_set(e, E_INPUT, N_("--tsa-cert: no certificates in PEM that can be read"));
	case TSA_UNTRUSTED:
		return err_set(e, E_INPUT,
		    N_("the time stamp is not signed by an authority of the certificates in --tsa-cert, or was changed"));
	default:
		return err_set(e, E_FAILED, N_("the helper %s failed"), PROGRAM);
	}
}

enum rc
stamp_check(const struct tsa_question *q, int64_t *when, char name[TSA_NAME_MAX], struct err *e)
{
	unsigned char head[STAMP_HEAD], answer[8 + TSA_NAME_MAX];
	HELPER h = HELPER_NONE;
	size_t n = 0;
	int status = 0;
	enum rc rc;

	if (q->replylen > TSA_REPLY_MAX || q->certslen > TSA_CERTS_MAX)
		return refused(STAMP_FIRST + (q->replylen > TSA_REPLY_MAX ? TSA_NO_REPLY : TSA_NO_CERTS), e);
	le32_put(head, (uint32_t)q->replylen);
	le32_put(head + 4, (uint32_t)q->certslen);
	le64_put(head + 8, (uint64_t)q->now_ms);
	memcpy(head + 16, q->digest, sizeof q->digest);
	memcpy(head + 48, q->nonce, sizeof q->nonce);
	if ((rc = helper_start(&h, PROGRAM, -1, e)) != OK)
		return rc;
	helper_send(&h, head, sizeof head);
	helper_send(&h, q->reply, q->replylen);
	helper_send(&h, q->certs, q->certslen);
	helper_sent(&h);
	if ((rc = helper_receive(&h, answer, sizeof answer, &n, e)) != OK || (rc = helper_end(&h, &status, e)) != OK)
		return rc;
	if (status != 0)
		return refused(status, e);
	/* The answer of one that has read a stranger's bytes: a time that has been, a name of one line. */
	if (n < 8 || n >= sizeof answer || (int64_t)le64_get(answer) < 0 ||
	    (int64_t)le64_get(answer) > q->now_ms + CLOCKS_DIFFER_MS || memchr(answer + 8, '\0', n - 8) != NULL)
		return err_set(e, E_FAILED, N_("the helper %s failed"), PROGRAM);
	*when = (int64_t)le64_get(answer);
	memcpy(name, answer + 8, n - 8);
	name[n - 8] = '\0';
	return OK;
}
