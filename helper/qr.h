/*
 * helper/qr.h: what purser and the helpers for QR codes say to each other. The helpers get no arguments and no environment.
 *
 * purser-qr     0: one byte level ('L' 'M' 'Q' 'H', ISO/IEC 18004), then the text to its end; 1: one byte modules a side,
 *               then the modules row by row, 1 is dark, eight a byte, the first in the highest bit.
 * purser-qr-read  3: an image (PNG or JPEG); 1: the text of the first QR code in it.
 *
 * Exit: 0 done; 2 nothing that can be answered (a helper that was started by somebody else); HELPER_SANDBOX, HELPER_MEMORY;
 * and those below.
 */
#ifndef PURSER_HELPER_QR_H
#define PURSER_HELPER_QR_H

#define QR_TEXT_MAX 2331u                /* bytes that the largest code of level M holds */
#define QR_SIDE_MAX 177u
#define QR_BYTES ((QR_SIDE_MAX * QR_SIDE_MAX + 7) / 8)
#define QR_IMAGE_MAX (32u << 20)         /* bytes of an image file */
#define QR_PIXELS_MAX (64u << 20)

enum {
	QR_TOO_LONG = 10,        /* more than a code of that level holds */
	QR_NO_IMAGE = 11,        /* neither PNG nor JPEG, or damaged */
	QR_TOO_LARGE = 12,       /* more bytes or pixels than above */
	QR_NO_CODE = 13,         /* no QR code can be seen in it */
	QR_MANY_CODES = 14       /* several, and they say different things */
};

#endif
