/* Fuzzer: replies of time stamping authorities, and the certificates that they are checked with, as purser-stamp reads them.
 * Two bytes (little-endian) say how long the reply is; the rest is the file of certificates. Nothing that libFuzzer makes can be
 * signed by one of its roots over this digest and nonce: what is accepted is a failure. */
#include "crypto/tsa.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tsa_question q = { .now_ms = INT64_C(1795000000000) };
	char name[TSA_NAME_MAX] = "";
	int64_t when = -1;

	if (n < 2 || !tsa_begin())
		return 0;
	q.replylen = (size_t)data[0] | (size_t)data[1] << 8;
	if (q.replylen > n - 2)
		q.replylen = n - 2;
	q.reply = data + 2;
	q.certs = q.reply + q.replylen;
	q.certslen = n - 2 - q.replylen;
	memset(q.digest, 7, sizeof q.digest);
	memset(q.nonce, 0x41, sizeof q.nonce);
	if (tsa_verify(&q, &when, name) == TSA_GOOD || when != -1 || name[0] != '\0')
		abort();
	return 0;
}
