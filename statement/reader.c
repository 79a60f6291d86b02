/*
 * statement/reader.c: the program purser-reader. Foreign bytes are parsed here and nowhere else. It gets the
 * options on descriptor 0, the file on 3, and writes records to 1; before the first of these bytes is read it has
 * no file system, no network, no other process and a handful of system calls (sandbox.h). Whatever a file makes it
 * do, the main program only sees records that it checks one by one.
 */
#include "statement/frame.h"
#include "statement/parse.h"
#include "statement/sandbox.h"

#include "base/io.h"
#include "base/le.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_FD 3
#define MAX_BYTES ((size_t)256 << 20)
#define FLUSH_AT 65536u

/* Not exit(): nothing is left to do, and handlers of libraries may need calls that are gone. */
static _Noreturn void
leave(int status)
{
	_exit(status);
}

static void
send_out(struct buf *b)
{
	if (b->failed || io_write(1, buf_str(b), b->len, NULL) != OK)
		leave(2);
	buf_reset(b);
}

static _Noreturn void
refuse_and_leave(enum rc rc, const char *note)
{
	struct buf b = { 0 };

	frame_refused(&b, rc, note);
	send_out(&b);
	leave(0);
}

static void
get_options(struct frame_options *o)
{
	unsigned char head[FRAME_HEAD], payload[2048];
	size_t got, len;

	if (io_read(0, head, sizeof head, &got, NULL) != OK || got != sizeof head)
		leave(2);
	len = le32_get(head);
	if (head[4] != FRAME_OPTIONS || len > sizeof payload || io_read(0, payload, len, &got, NULL) != OK ||
	    got != len || !frame_options_take(o, payload, len))
		leave(2);
	explicit_bzero(payload, sizeof payload);
}

/* The whole file, from its beginning if it has one; a pipe as it comes. */
static void
get_file(struct buf *out, bool regular, size_t max)
{
	char block[65536];
	size_t got = 0;
	enum rc rc;

	do {
		rc = regular ? io_pread(FILE_FD, block, sizeof block, (off_t)out->len, &got, NULL) :
		    io_read(FILE_FD, block, sizeof block, &got, NULL);
		if (rc != OK)
			leave(2);
		if (got > max - out->len)
			refuse_and_leave(E_INPUT, "too-large 0 ");
		buf_add(out, block, got);
		if (out->failed)
			refuse_and_leave(E_NOMEM, "memory 0 ");
	} while (got == sizeof block);
}

static void
send_statements(const struct statements *all)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < all->n; i++) {
		frame_statement(&b, &all->s[i]);
		for (size_t k = 0; k < all->s[i].rows; k++) {
			frame_row(&b, &all->s[i].row[k]);
			if (b.len >= FLUSH_AT)
				send_out(&b);
		}
		frame_rest(&b, &all->s[i]);
		send_out(&b);
	}
	frame_end(&b, all->n);
	send_out(&b);
}

static int
by_byte(const void *a, const void *b)
{
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

/* What glibc asks the kernel for once, or anew each time, on behalf of code that parses: the size of memory (qsort
 * of more than a kilobyte) and the system's time zone (mktime, in libzip). Asked here, or made needless, while it
 * is still allowed. */
static void
libc_warm(void)
{
	unsigned char many[4096] = { 0 };

	qsort(many, sizeof many, 1, by_byte);
	(void)setenv("TZ", "UTC0", 1);
	tzset();
}

int
main(void)
{
	struct statements all = { 0 };
	struct frame_options o;
	struct buf bytes = { .max = (size_t)2 << 30 };
	struct parse p = { 0 };
	struct stat st;
	struct err e = { 0 };
	bool regular;
	enum rc rc;

	if (!sandbox_prepare(FILE_FD) || fstat(FILE_FD, &st) != 0)
		leave(3);
	regular = S_ISREG(st.st_mode);
	p.gb18030 = iconv_open("UTF-8", "GB18030"); /* loads its module; what is missing is told when it is needed */
	libc_warm();
	zip_warm();
	if (!sandbox_close(FILE_FD))
		leave(3);
	get_options(&o);
	if (o.o.max_bytes == 0 || o.o.max_bytes > ((size_t)1 << 30))
		o.o.max_bytes = MAX_BYTES;
	get_file(&bytes, regular, o.o.max_bytes);
	p.o = &o.o;
	p.password = o.password;
	p.password_len = o.password_len;
	p.budget = o.o.max_bytes;
	rc = parse_bytes(&all, &p, (const unsigned char *)buf_str(&bytes), bytes.len, &e);
	explicit_bzero(&o, sizeof o);
	if (rc != OK)
		refuse_and_leave(note_valid(e.what) ? rc : E_NOMEM, note_valid(e.what) ? e.what : "memory 0 ");
	send_statements(&all);
	leave(0);
}
