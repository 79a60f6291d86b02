/*
 * tests/fuzz/wechat_xlsx_fuzz.c: the XML parts of a workbook. The input is cut at bytes of value 1 into sheet, shared strings,
 * workbook and relations; what is missing is filled in, and the whole is put into an archive.
 */
#include "tests/fuzz/statement.h"

#include <zip.h>

static const char book[] =
    "<workbook xmlns:r=\"r\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"a\"/></sheets></workbook>";
static const char rels[] = "<Relationships><Relationship Id=\"a\" Type=\"x/worksheet\" Target=\"worksheets/s.xml\"/>"
    "<Relationship Id=\"b\" Type=\"x/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>";

static void
add(zip_t *z, const char *name, const void *p, size_t n)
{
	zip_source_t *s = zip_source_buffer(z, p, n, 0);
	zip_int64_t i = s != NULL ? zip_file_add(z, name, s, 0) : -1;

	MUST(i >= 0 && zip_set_file_compression(z, (zip_uint64_t)i, ZIP_CM_STORE, 0) == 0);
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	static const char *const names[] = { "xl/worksheets/s.xml", "xl/sharedStrings.xml", "xl/workbook.xml",
		"xl/_rels/workbook.xml.rels" };
	const void *part[4] = { "<worksheet/>", "<sst/>", book, rels };
	size_t len[4] = { 12, 6, sizeof book - 1, sizeof rels - 1 }, k = 0;
	zip_source_t *src = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *z = zip_open_from_source(src, ZIP_TRUNCATE, NULL);
	unsigned char *bytes = malloc(n + 65536);
	zip_int64_t got;

	MUST(z != NULL && bytes != NULL);
	zip_source_keep(src);
	for (const unsigned char *at = p; k < 4 && n > 0; k++) {
		const unsigned char *end = memchr(at, 1, (size_t)(p + n - at));

		part[k] = at;
		len[k] = (size_t)((end != NULL ? end : p + n) - at);
		if (end == NULL)
			break;
		at = end + 1;
	}
	for (k = 0; k < 4; k++)
		add(z, names[k], part[k], len[k]);
	MUST(zip_close(z) == 0 && zip_source_open(src) == 0);
	got = zip_source_read(src, bytes, n + 65536);
	(void)zip_source_close(src);
	zip_source_free(src);
	if (got > 0)
		read_all(bytes, (size_t)got, NULL);
	free(bytes);
	return 0;
}
