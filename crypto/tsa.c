/* crypto/tsa.c: the request of RFC 3161; see tsa.h. */
#include "crypto/tsa.h"

#include <string.h>

void
tsa_nonce(unsigned char nonce[8], const unsigned char sig[64])
{
	memcpy(nonce, sig, 8);
	nonce[0] = (unsigned char)((nonce[0] & 0x7f) | 0x40);   /* 8 bytes of DER exactly: neither negative nor shortened */
}

/*
 * TimeStampReq ::= SEQUENCE { version INTEGER 1, messageImprint SEQUENCE { AlgorithmIdentifier, OCTET STRING },
 *     nonce INTEGER, certReq BOOLEAN TRUE }
 */
void
tsa_request(struct buf *out, const unsigned char digest[32], const unsigned char nonce[8])
{
	static const unsigned char head[] = { 0x30, 67, 0x02, 1, 1, 0x30, 49, 0x30, 13, 0x06, 9, 0x60, 0x86, 0x48, 0x01, 0x65,
		0x03, 0x04, 0x02, 0x01, 0x05, 0, 0x04, 32 };
	static const unsigned char tail[] = { 0x01, 1, 0xff };

	buf_add(out, head, sizeof head);
	buf_add(out, digest, 32);
	buf_add(out, "\x02\x08", 2);
	buf_add(out, nonce, 8);
	buf_add(out, tail, sizeof tail);
}
