/*
 * tests/cli/picture.c: QR codes for the shell tests.
 *
 *	picture rows TEXT             the modules of qr_make(TEXT): lines of 0 and 1, with the quiet zone
 *	picture svg TEXT              what qr_svg() draws of it
 *	picture png|jpeg SCALE [inverted|grey|clear] <rows
 *	picture empty WIDTH HEIGHT    a PNG that promises so many pixels and begins them
 *
 * The texts are made up here, so that they may be arguments.
 */
#include "cmd/qr.h"

#include <errno.h>
#include <stdio.h>

#include <jpeglib.h>
#include <png.h>
#include <string.h>

#define SIDE (QR_SIDE_MAX + 8)

static char rows[SIDE + 1][SIDE + 3];
static unsigned width, height;

static int
fail(const char *what)
{
	(void)fprintf(stderr, "picture: %s\n", what);
	return 1;
}

static void
read_rows(void)
{
	while (height <= SIDE && fgets(rows[height], sizeof rows[0], stdin) != NULL) {
		width = (unsigned)strcspn(rows[height], "\n");
		if (width > 0)
			height++;
	}
}

static unsigned char *
pixels(unsigned scale, const char *how)
{
	unsigned char *p = malloc((size_t)width * height * scale * scale), *at = p;
	bool inverted = strcmp(how, "inverted") == 0, grey = strcmp(how, "grey") == 0;

	for (unsigned y = 0; p != NULL && y < height * scale; y++)
		for (unsigned x = 0; x < width * scale; x++) {
			bool dark = (rows[y / scale][x / scale] == '1') != inverted;

			*at++ = grey ? (unsigned char)((dark ? 70 : 150) + (x * 31 + y * 17) % 23) : dark ? 0 : 255;
		}
	return p;
}

static int
write_png(unsigned scale, const char *how)
{
	png_image img = { .version = PNG_IMAGE_VERSION, .width = width * scale, .height = height * scale,
		.format = PNG_FORMAT_GRAY };
	unsigned char *p = pixels(scale, how), *ga = NULL;
	size_t n = (size_t)img.width * img.height;
	int good;

	/* Light is transparent: a code without a background of its own. */
	if (strcmp(how, "clear") == 0 && p != NULL && (ga = malloc(2 * n)) != NULL) {
		img.format = PNG_FORMAT_GA;
		for (size_t i = 0; i < n; i++) {
			ga[2 * i] = 0;
			ga[2 * i + 1] = (unsigned char)(255 - p[i]);
		}
	}
	good = p != NULL && png_image_write_to_stdio(&img, stdout, 0, ga != NULL ? ga : p, 0, NULL) != 0;
	free(p);
	free(ga);
	return good ? 0 : fail("no png");
}

static int
write_jpeg(unsigned scale, const char *how)
{
	struct jpeg_compress_struct c = { 0 };
	struct jpeg_error_mgr err;
	unsigned char *p = pixels(scale, how);

	if (p == NULL)
		return fail("no memory");
	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_stdio_dest(&c, stdout);
	c.image_width = width * scale;
	c.image_height = height * scale;
	c.input_components = 1;
	c.in_color_space = JCS_GRAYSCALE;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 60, TRUE);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height) {
		JSAMPROW row = p + (size_t)c.next_scanline * c.image_width;

		(void)jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	free(p);
	return 0;
}

static int
write_empty(png_uint_32 w, png_uint_32 h)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	static const unsigned char beginning[] = { 0x78, 0x9c };

	png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
	png_init_io(png, stdout);
	png_set_IHDR(png, info, w, h, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
	    PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	png_write_chunk(png, (png_const_bytep)"IDAT", beginning, sizeof beginning);
	png_destroy_write_struct(&png, &info);
	return 0;
}

static int
make(const char *text, bool svg)
{
	struct err e = { 0 };
	QR q = { .side = 0 };
	BUF b = { 0 };

	if (crypto_start(&e) != OK || qr_make(text, strlen(text), &q, &e) != OK)
		return fail(e.what);
	if (svg) {
		qr_svg(&b, &q);
		return puts(buf_str(&b)) < 0;
	}
	for (unsigned y = 0; y < q.side + 8; y++) {
		for (unsigned x = 0; x < q.side + 8; x++)
			(void)putchar(qr_dark(&q, x - 4, y - 4) ? '1' : '0');
		(void)putchar('\n');
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : "", *how = argc > 3 ? argv[3] : "";
	unsigned n = (unsigned)strtoul(arg, NULL, 10);

	if (strcmp(what, "rows") == 0 || strcmp(what, "svg") == 0)
		return make(arg, what[0] == 's');
	if (strcmp(what, "empty") == 0)
		return write_empty(n, (png_uint_32)strtoul(how, NULL, 10));
	read_rows();
	if (n == 0 || height == 0)
		return fail("no rows");
	return strcmp(what, "jpeg") == 0 ? write_jpeg(n, how) : write_png(n, how);
}
