/* cmd/stamp.h: the reply of a time stamping authority (RFC 3161), checked by the helper purser-stamp. */
#ifndef PURSER_CMD_STAMP_H
#define PURSER_CMD_STAMP_H

#include "crypto/tsa.h"

/* q->reply and q->certs as they were read. Good: *when and name. E_INPUT: why it is refused. E_FAILED, E_SYS: the helper. */
enum rc stamp_check(const struct tsa_question *q, int64_t *when, char name[TSA_NAME_MAX], struct err *e) MUST_CHECK;

#endif
