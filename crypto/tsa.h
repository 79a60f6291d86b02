/*
 * crypto/tsa.h: time stamps of RFC 3161: the request that is sent to a time stamping authority, and whether its reply is
 * one for it. purser has no network: the owner sends the request himself.
 *
 * tsa_request() is a few bytes of DER and needs no library. tsa_verify() is OpenSSL's (crypto/tsa_verify.c) and reads what
 * a stranger made: it is called by the helper purser-stamp alone, in its sandbox.
 */
#ifndef PURSER_CRYPTO_TSA_H
#define PURSER_CRYPTO_TSA_H

#include "base/buf.h"

#include <stdint.h>

#define TSA_REPLY_MAX (256u << 10)      /* bytes of a reply */
#define TSA_CERTS_MAX (1u << 20)        /* bytes of certificates in PEM */
#define TSA_NAME_MAX 256u

/*
 * The nonce of a request. It is there so that a reply can be told from one to another request; a bundle is the same bytes
 * each time, so it comes from the signature of what is stamped, which nobody knows before it was made: its first 8
 * bytes, the two highest bits set to 01.
 */
void tsa_nonce(unsigned char nonce[8], const unsigned char sig[64]);
/* TimeStampReq, version 1: SHA-256 digest, no policy, the nonce, certReq TRUE. */
void tsa_request(struct buf *out, const unsigned char digest[32], const unsigned char nonce[8]);

enum tsa_answer {
	TSA_GOOD = 0,
	TSA_NO_REPLY,           /* no TimeStampResp, or cut off, or something follows it */
	TSA_REFUSED,            /* the authority did not grant it */
	TSA_OTHER,              /* of other bytes */
	TSA_NONCE,              /* to another request for the same bytes, or without a nonce */
	TSA_NO_CERTS,           /* the file of certificates has none, or one that cannot be read */
	TSA_UNTRUSTED,          /* its signature is wrong, or no chain leads to one of these certificates */
	TSA_ANSWER_COUNT
};
struct tsa_question {
	const unsigned char *reply, *certs;     /* TimeStampResp in DER; certificates in PEM, those that are trusted */
	size_t replylen, certslen;
	unsigned char digest[32], nonce[8];
	int64_t now_ms;                         /* certificates must hold then */
};
/* *when: the stamp's time in ms since 1970 UTC; name: who signed it, the subject of the certificate (RFC 2253, UTF-8, may
 * be cut). Both only with TSA_GOOD. */
enum tsa_answer tsa_verify(const struct tsa_question *q, int64_t *when, char name[TSA_NAME_MAX]);
/* Once, before a sandbox closes: no configuration file is read later. */
bool tsa_begin(void);

#endif
