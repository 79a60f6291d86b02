/*
 * cmd/qr.h: QR codes (ISO/IEC 18004). What is in them comes from the program purser-qr (helper/qr.h); drawing is done here.
 * A missing helper or library is one line in e and never more: the caller goes on without a picture.
 */
#ifndef PURSER_CMD_QR_H
#define PURSER_CMD_QR_H

#include "cmd/cmd.h"
#include "crypto/secret.h"
#include "helper/qr.h"

#define QR_QUIET 4u              /* light modules around a code */

/* The modules say what the text says: a secret if that is one. */
struct qr {
	unsigned side;                           /* modules: 21, 25 ... 177; 0: none */
	unsigned char bits[QR_BYTES];            /* row by row, the first in the highest bit */
};
#define QR AUTO(qr_wipe) struct qr
void qr_wipe(struct qr *q);
bool qr_dark(const struct qr *q, unsigned x, unsigned y);

/* For paper: level M, which stands a stain. text: no NUL in it. E_RANGE: more than a code holds. out on success only. */
enum rc qr_make(const void *text, size_t n, struct qr *out, struct err *e) MUST_CHECK;
/*
 * On the terminal itself (never on stdout): half blocks where the locale is UTF-8, else blanks or ##; in black and white where
 * colours are on, otherwise right on a dark background. The smallest code: level L. E_USAGE: no terminal; E_FAILED: the
 * terminal is too narrow.
 */
enum rc qr_terminal(struct session *s, const struct secret *text, struct err *e) MUST_CHECK;
/* An <svg> element without a size of its own (give it one by style), with its quiet zone, black on white. */
void qr_svg(struct buf *out, const struct qr *q);

/* The text of the QR code in the picture path (PNG or JPEG). E_INPUT: no such file, no picture, no code,
 * several codes. */
enum rc qr_read(const char *path, struct secret *out, struct err *e) MUST_CHECK;

#endif
