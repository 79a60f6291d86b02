/*
 * helper/prog_qr_read.c: the program purser-qr-read: the text of the QR code in a picture. See qr.h. libpng or libjpeg makes
 * grey pixels of the file, libzbar looks for the code; all three see a stranger's bytes, so that they have no file system, no
 * network and a handful of system calls (statement/sandbox.h). Memory is bounded; it is locked where the system allows that much,
 * which matters little: the picture itself is a file.
 */
#include "helper/client.h"
#include "helper/qr.h"
#include "statement/sandbox.h"

#include "base/io.h"

#include <stdio.h>

#include <iconv.h>
#include <jpeglib.h>
#include <png.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zbar.h>

#define IMAGE_FD 3

struct grey { unsigned char *at; unsigned width, height; };

/* The whole file, of a known size or not. */
static unsigned char *
get_file(size_t *n)
{
	unsigned char *all = malloc(QR_IMAGE_MAX + 1);

	if (all == NULL || io_read(IMAGE_FD, all, QR_IMAGE_MAX + 1, n, NULL) != OK)
		_exit(2);
	if (*n > QR_IMAGE_MAX)
		_exit(QR_TOO_LARGE);
	return all;
}

static void
make_grey(struct grey *g, size_t width, size_t height)
{
	if (width == 0 || height == 0)
		_exit(QR_NO_IMAGE);
	if (width > QR_PIXELS_MAX / height)
		_exit(QR_TOO_LARGE);
	g->width = (unsigned)width;
	g->height = (unsigned)height;
	if ((g->at = malloc(width * height)) == NULL)
		_exit(QR_TOO_LARGE);
}

static void
read_png(struct grey *g, const unsigned char *p, size_t n)
{
	png_image img = { .version = PNG_IMAGE_VERSION };
	png_color white = { 255, 255, 255 };    /* what shows through where the picture is transparent */

	if (png_image_begin_read_from_memory(&img, p, n) == 0)
		_exit(QR_NO_IMAGE);
	make_grey(g, img.width, img.height);
	img.format = PNG_FORMAT_GRAY;
	if (png_image_finish_read(&img, &white, g->at, 0, NULL) == 0)
		_exit(QR_NO_IMAGE);
	png_image_free(&img);
}

/* libjpeg has no errors that come back: it wants to end the program, or to be jumped out of. Ending is all we want. */
static void
jpeg_bad(j_common_ptr c)
{
	(void)c;
	_exit(QR_NO_IMAGE);
}

static void
jpeg_quiet(j_common_ptr c)
{
	(void)c;
}

static void
read_jpeg(struct grey *g, const unsigned char *p, size_t n)
{
	struct jpeg_decompress_struct d = { 0 };
	struct jpeg_error_mgr err;

	d.err = jpeg_std_error(&err);
	err.error_exit = jpeg_bad;
	err.output_message = jpeg_quiet;
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, p, n);
	(void)jpeg_read_header(&d, TRUE);
	make_grey(g, d.image_width, d.image_height);
	d.out_color_space = JCS_GRAYSCALE;
	(void)jpeg_start_decompress(&d);
	while (d.output_scanline < d.output_height) {
		JSAMPROW row = g->at + (size_t)d.output_scanline * g->width;

		(void)jpeg_read_scanlines(&d, &row, 1);
	}
	(void)jpeg_finish_decompress(&d);
	jpeg_destroy_decompress(&d);
}

static zbar_image_scanner_t *
scanner_new(void)
{
	zbar_image_scanner_t *s = zbar_image_scanner_create();

	if (s == NULL || zbar_image_scanner_set_config(s, ZBAR_NONE, ZBAR_CFG_ENABLE, 0) != 0 ||
	    zbar_image_scanner_set_config(s, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1) != 0 ||
	    /* The bytes as they are: text without a mark is UTF-8 today, and zbar would guess Shift JIS. */
	    zbar_image_scanner_set_config(s, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1) != 0 ||
	    zbar_image_scanner_set_config(s, ZBAR_NONE, ZBAR_CFG_TEST_INVERTED, 1) != 0)
		_exit(2);
	return s;
}

/* How many QR codes there are; *text is the first one's, borrowed from the scanner. */
static int
scan(zbar_image_scanner_t *s, struct grey *g, const char **text, size_t *n)
{
	zbar_image_t *img = zbar_image_create();
	int found = 0;

	if (img == NULL)
		_exit(2);
	zbar_image_set_format(img, zbar_fourcc('Y', '8', '0', '0'));
	zbar_image_set_size(img, g->width, g->height);
	zbar_image_set_data(img, g->at, (unsigned long)g->width * g->height, NULL);
	if (zbar_scan_image(s, img) < 0)
		_exit(QR_NO_CODE);
	for (const zbar_symbol_t *y = zbar_image_first_symbol(img); y != NULL; y = zbar_symbol_next(y)) {
		const char *p = zbar_symbol_get_data(y);
		size_t len = zbar_symbol_get_data_length(y);

		if (zbar_symbol_get_type(y) != ZBAR_QRCODE)
			continue;
		if (found > 0 && (len != *n || memcmp(p, *text, len) != 0))
			_exit(QR_MANY_CODES);
		if (found++ == 0) {
			*text = p;
			*n = len;
		}
	}
	return found;
}

/* A phone's picture shows a code larger than the scanner likes it: half the size finds what the whole did not. */
static void
halve(struct grey *g)
{
	unsigned w = g->width / 2, h = g->height / 2;

	for (size_t y = 0; y < h; y++) {
		const unsigned char *a = g->at + 2 * y * g->width, *b = a + g->width;

		for (size_t x = 0; x < w; x++)
			g->at[y * w + x] = (unsigned char)((a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) / 4);
	}
	g->width = w;
	g->height = h;
}

static int
by_byte(const void *a, const void *b)
{
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

/* libzbar turns the bytes of a code into UTF-8 with converters that are files: open them while that is possible. And glibc's
 * qsort asks once for the size of memory. */
static void
warm_up(void)
{
	unsigned char many[4096] = { 0 };
	static const char *const sets[] = { "ISO8859-1", "SJIS", "BIG5", "UTF-8", "CP437" };

	qsort(many, sizeof many, 1, by_byte);
	for (size_t i = 0; i < COUNTOF(sets); i++)
		(void)iconv_open("UTF-8", sets[i]);     /* kept: the module stays loaded */
}

int
main(void)
{
	static const struct rlimit seconds = { 60, 60 };
	static const unsigned char png_head[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	zbar_image_scanner_t *s;
	struct grey g = { 0 };
	unsigned char *file;
	const char *text = NULL;
	size_t n, len = 0;

	if (!sandbox_prepare(IMAGE_FD) || setrlimit(RLIMIT_CPU, &seconds) != 0)
		_exit(HELPER_SANDBOX);
	(void)mlockall(MCL_CURRENT);
	warm_up();
	s = scanner_new();
	if (!sandbox_close(IMAGE_FD))
		_exit(HELPER_SANDBOX);
	file = get_file(&n);
	if (n >= sizeof png_head && memcmp(file, png_head, sizeof png_head) == 0)
		read_png(&g, file, n);
	else if (n >= 3 && file[0] == 0xff && file[1] == 0xd8 && file[2] == 0xff)
		read_jpeg(&g, file, n);
	else
		_exit(QR_NO_IMAGE);
	explicit_bzero(file, n);
	while (scan(s, &g, &text, &len) == 0) {
		if (g.width < 600 || g.height < 600)
			_exit(QR_NO_CODE);
		halve(&g);
	}
	_exit(len <= QR_TEXT_MAX * 4 && io_write(1, text, len, NULL) == OK ? 0 : 2);
}
