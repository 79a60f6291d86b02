/*
 * helper/prog_stamp.c: the program purser-stamp: is this the reply of a time stamping authority to our request (RFC 3161,
 * libcrypto)? See stamp.h. Reply and certificates are a stranger's bytes: before the first of them is read there is no file
 * system, no network, and nothing but read, write and the end (statement/sandbox.h).
 */
#include "helper/client.h"
#include "helper/stamp.h"
#include "statement/sandbox.h"

#include "base/io.h"
#include "base/le.h"

#include <string.h>
#include <unistd.h>

int
main(void)
{
	static unsigned char head[STAMP_HEAD], reply[TSA_REPLY_MAX], certs[TSA_CERTS_MAX], more;
	struct tsa_question q = { .reply = reply, .certs = certs };
	unsigned char answer[8 + TSA_NAME_MAX];
	char name[TSA_NAME_MAX] = "";
	enum tsa_answer a;
	int64_t when = 0;
	size_t n = 0;

	if (!sandbox_prepare(2) || !tsa_begin() || !sandbox_close(0))
		_exit(HELPER_SANDBOX);
	if (io_read(0, head, sizeof head, &n, NULL) != OK || n != sizeof head)
		_exit(2);
	q.replylen = le32_get(head);
	q.certslen = le32_get(head + 4);
	q.now_ms = (int64_t)le64_get(head + 8);
	memcpy(q.digest, head + 16, sizeof q.digest);
	memcpy(q.nonce, head + 48, sizeof q.nonce);
	if (q.replylen > sizeof reply || q.certslen > sizeof certs)
		_exit(2);
	if (io_read(0, reply, q.replylen, &n, NULL) != OK || n != q.replylen ||
	    io_read(0, certs, q.certslen, &n, NULL) != OK || n != q.certslen || io_read(0, &more, 1, &n, NULL) != OK || n != 0)
		_exit(2);
	if ((a = tsa_verify(&q, &when, name)) != TSA_GOOD)
		_exit(STAMP_FIRST + (int)a);
	le64_put(answer, (uint64_t)when);
	n = strlen(name);
	memcpy(answer + 8, name, n);
	_exit(io_write(1, answer, 8 + n, NULL) == OK ? 0 : 2);
}
