/*
 * statement/parse_zip.c: archives in memory through libzip: AES-256 (Alipay) and ZipCrypto (WeChat Pay) too.
 * Entries are chosen by content; their number, unpacked size and ratio are bounded; nothing is ever written to
 * disk.
 */
#include "statement/parse.h"

#include "base/utf8.h"

#include <string.h>
#include <zip.h>

#define ENTRIES_MAX 2000
#define RATIO_MAX 300u                  /* real spreadsheets stay below 100 */
#define RATIO_FROM ((size_t)8 << 20)    /* smaller outputs harm nobody */
#define ARCHIVES_DEEP 2u                /* a ZIP with an XLSX inside */

static void
close_zip(zip_t **z)
{
	if (*z != NULL)
		zip_discard(*z);
}

static void
close_entry(zip_file_t **f)
{
	if (*f != NULL)
		(void)zip_fclose(*f);
}

/* The bytes stay the caller's. NULL: no archive that libzip can read. */
static zip_t *
open_zip(const unsigned char *bytes, size_t n)
{
	zip_source_t *src = zip_source_buffer_create(bytes, n, 0, NULL);
	zip_t *z;

	if (src == NULL)
		return NULL;
	if ((z = zip_open_from_source(src, ZIP_RDONLY, NULL)) == NULL)
		zip_source_free(src);
	return z;
}

int64_t
zip_find(struct zip *z, const char *name)
{
	return zip_name_locate(z, name, ZIP_FL_NOCASE);
}

static enum rc
open_failed(zip_t *z, struct err *e)
{
	switch (zip_error_code_zip(zip_get_error(z))) {
	case ZIP_ER_NOPASSWD: return refuse(e, E_LOCKED, "zip-password", 0, "", 0);
	case ZIP_ER_WRONGPASSWD: return refuse(e, E_AUTH, "zip-wrong", 0, "", 0);
	case ZIP_ER_MEMORY: return refuse(e, E_NOMEM, "memory", 0, "", 0);
	default: return refuse(e, E_INPUT, "zip-damaged", 0, "", 0);
	}
}

enum rc
zip_unpack(struct buf *out, struct parse *p, struct zip *z, uint64_t index, struct err *e)
{
	AUTO(close_entry) zip_file_t *f = NULL;
	AUTO(auto_free) char *block = malloc(65536);
	bool encrypted;
	zip_stat_t st;
	zip_int64_t k;

	if (block == NULL)
		return refuse(e, E_NOMEM, "memory", 0, "", 0);
	if (zip_stat_index(z, index, 0, &st) != 0 || !(st.valid & ZIP_STAT_COMP_SIZE))
		return refuse(e, E_INPUT, "zip-damaged", 0, "", 0);
	encrypted = (st.valid & ZIP_STAT_ENCRYPTION_METHOD) && st.encryption_method != ZIP_EM_NONE;
	if (encrypted && p->password_len == 0)
		return refuse(e, E_LOCKED, "zip-password", 0, "", 0);
	if ((f = encrypted ? zip_fopen_index_encrypted(z, index, 0, p->password) : zip_fopen_index(z, index, 0)) ==
	    NULL)
		return open_failed(z, e);
	out->max = p->budget + 2;
	while ((k = zip_fread(f, block, 65536)) > 0) {
		if ((size_t)k > p->budget)
			return refuse(e, E_INPUT, "zip-limit", 0, "size", 4);
		p->budget -= (size_t)k;
		buf_add(out, block, (size_t)k);
		if (out->len > RATIO_FROM && out->len / RATIO_MAX > st.comp_size)
			return refuse(e, E_INPUT, "zip-limit", 0, "ratio", 5);
		if (out->failed)
			return refuse(e, E_NOMEM, "memory", 0, "", 0);
	}
	/* The old cipher tells only 255 of 256 wrong passwords at once; the others end in a wrong checksum. */
	if (k < 0)
		return encrypted ? refuse(e, E_AUTH, "zip-wrong", 0, "", 0)
				 : refuse(e, E_INPUT, "zip-damaged", 0, "", 0);
	return OK;
}

/* Entry names are UTF-8, or GBK without saying so. */
static void
entry_name(struct buf *out, struct parse *p, const char *raw)
{
	DECODED d = { 0 };
	size_t n = strlen(raw);

	n = n < 512 ? n : 512;
	if (utf8_valid(raw, n))
		utf8_clean(out, raw, n);
	else if (text_decode(&d, p, ENC_GB18030, (const unsigned char *)raw, n, NULL) == OK)
		utf8_clean(out, buf_str(&d.text), d.text.len);
}

static bool
junk(const char *raw)
{
	size_t n = strlen(raw);
	const char *base = strrchr(raw, '/');

	base = base != NULL ? base + 1 : raw;
	return n == 0 || raw[n - 1] == '/' || strncmp(raw, "__MACOSX/", 9) == 0 || strcmp(base, ".DS_Store") == 0 ||
	    strncmp(base, "._", 2) == 0;
}

/* Is this refusal only "that is no statement"? Then the entry is passed over. */
static bool
no_statement(const struct err *e)
{
	static const char *const codes[] = { "empty ", "binary ", "unknown ", "strange ", "other-kind ", "zip-nothing ",
		"xlsx-nothing " };

	for (size_t i = 0; i < COUNTOF(codes); i++)
		if (strncmp(e->what, codes[i], strlen(codes[i])) == 0)
			return true;
	return false;
}

static enum rc
each_entry(struct statements *out, struct parse *p, zip_t *z, zip_int64_t n, struct err *e)
{
	size_t before = out->n, others = 0, tried = 0;
	struct err last = { 0 };
	enum rc rc;

	for (zip_int64_t i = 0; i < n; i++) {
		const char *raw = zip_get_name(z, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
		BUF bytes = { 0 };
		BUF name = { .max = 4096 };

		if (raw == NULL || junk(raw))
			continue;
		tried++;
		entry_name(&name, p, raw);
		if ((rc = zip_unpack(&bytes, p, z, (uint64_t)i, e)) != OK)
			return rc;
		rc = parse_entry(out, p, buf_str(&name), (const unsigned char *)buf_str(&bytes), bytes.len, &last);
		if (rc == E_INPUT && no_statement(&last)) {
			others++;
			continue;
		}
		if (rc != OK) {
			*e = last;
			return rc;
		}
	}
	if (out->n > before)
		return others == 0 ? OK : statement_warn(&out->s[before], "other-entries", others, "", 0, e);
	if (tried != 1)
		return refuse(e, E_INPUT, "zip-nothing", 0, "", 0);
	*e = last;                              /* the only file in it: say what is wrong with that */
	return e->rc;
}

enum rc
zip_parse(
    struct statements *out, struct parse *p, const char *entry, const unsigned char *bytes, size_t n, struct err *e)
{
	AUTO(close_zip) zip_t *z = open_zip(bytes, n);
	zip_int64_t entries;
	enum rc rc;

	if (z == NULL || (entries = zip_get_num_entries(z, 0)) < 0)
		return refuse(e, E_INPUT, "zip-damaged", 0, "", 0);
	if (entries > ENTRIES_MAX)
		return refuse(e, E_INPUT, "zip-limit", 0, "files", 5);
	if (zip_find(z, "xl/workbook.xml") >= 0)
		return xlsx_parse(out, p, entry, z, e);
	if (zip_find(z, "export.data") >= 0 && zip_find(z, "export.attributes") >= 0)
		return refuse(e, E_INPUT, "vault", 0, "1Password", 9);
	if (p->depth >= ARCHIVES_DEEP)
		return refuse(e, E_INPUT, "zip-nothing", 0, "", 0);
	p->depth++;
	rc = each_entry(out, p, z, entries, e);
	p->depth--;
	return rc;
}

/* A tiny archive: one entry of four bytes, AES-256, password "x". Opening it makes libzip and libcrypto load and
 * set up all that they need, while files may still be opened. */
static const unsigned char warm[] = {
#include "statement/parse_warm.h"
};

void
zip_warm(void)
{
	AUTO(close_zip) zip_t *z = open_zip(warm, sizeof warm);
	AUTO(close_entry) zip_file_t *f = NULL;
	char byte[8];

	if (z != NULL && (f = zip_fopen_index_encrypted(z, 0, 0, "x")) != NULL)
		(void)zip_fread(f, byte, sizeof byte);          /* only what it loads on the way matters */
}
