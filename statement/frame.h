/*
 * statement/frame.h: the stream between the main program and purser-reader. A frame is u32 LE length of its
 * payload, u8 kind, payload. Integers are little-endian, strings u32 length and bytes. The main program believes
 * nothing of it: every length, enum, count, date, currency and string is checked, and the stream must end with END.
 */
#ifndef PURSER_STATEMENT_FRAME_H
#define PURSER_STATEMENT_FRAME_H

#include "statement/statement.h"

#define FRAME_HEAD 5u
#define FRAME_MAX (4u << 20)            /* payload */

enum frame {
	FRAME_OPTIONS = 1, /* main to reader: u8 date order, u8 decimal mark, u64 max bytes, format, password */
	FRAME_STATEMENT, /* format provider entry hint language encoding, period, u8 date_by, u64 ignored, header */
	FRAME_ROW,
	FRAME_BAD,
	FRAME_WARNING,
	FRAME_STATEMENT_END, /* u64 rows, bads, warnings */
	FRAME_REFUSED, /* u32 rc, note; nothing follows */
	FRAME_END, /* u64 statements; nothing follows */
	FRAME_KINDS
};

/* ---- writing ---- */
/* Each appends one whole frame. */
void frame_options(struct buf *out, const struct read_options *o, const void *password, size_t password_len);
void frame_refused(struct buf *out, enum rc rc, const char *note);
void frame_end(struct buf *out, size_t statements);
void frame_statement(struct buf *out, const struct statement *s);
void frame_row(struct buf *out, const struct txn *t);
/* Bad rows, warnings and the end of a statement. */
void frame_rest(struct buf *out, const struct statement *s);

/* ---- reading in the main program ---- */
struct frames {
	struct statements all;          /* what was read; the caller's after frames_done() */
	struct statement now;
	bool open, ended;
	enum rc refused;                /* OK, or the rc of REFUSED; note is then its note */
	char note[512];
	uint64_t bytes, max_bytes;      /* of all payloads; 0: no bound */
	uint64_t rows;
};
void frames_free(struct frames *f);
/* Length and kind of the frame whose head this is; E_INPUT when they cannot be. */
enum rc frames_head(const struct frames *f, const unsigned char head[FRAME_HEAD], size_t *len, enum frame *kind,
    struct err *e) MUST_CHECK;
enum rc frames_take(struct frames *f, enum frame kind, const unsigned char *p, size_t n, struct err *e) MUST_CHECK;

/* ---- reading in the reader ---- */
struct frame_options { char format[64], password[1024]; size_t password_len; struct read_options o; };
/* false: not a well-formed OPTIONS payload. Strings in *out are NUL-terminated; o.format points into it. */
bool frame_options_take(struct frame_options *out, const unsigned char *p, size_t n);

#endif
