/* store/log_text.c: see log.h. The payload of a log record as text: build, parse, and the list of what was revealed. */
#include "store/log.h"

#include "base/num.h"
#include "crypto/secret.h"

#include <stdio.h>
#include <string.h>

static bool
plain_byte(unsigned char c)
{
	return c != '%' && ((c > 0x20 && c < 0x7f) || c >= 0x80);
}

static bool
name_ok(const char *s, size_t n)
{
	if (n == 0 || n > 31)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '-'))
			return false;
	return true;
}

void
log_text_begin(struct buf *b, const unsigned char id[16], const char *event)
{
	unsigned char fresh[16];
	char hex[33];

	random_bytes(fresh, sizeof fresh);
	hex_put(hex, id != NULL ? id : fresh, 16);
	buf_addf(b, "%s %s", hex, event);
	if (!name_ok(event, strlen(event)))
		b->failed = true;
}

static void
add_key(struct buf *b, const char *key)
{
	buf_addf(b, " %s=", key);
	if (!name_ok(key, strlen(key)))
		b->failed = true;
}

void
log_text_bytes(struct buf *b, const char *key, const void *value, size_t n)
{
	const unsigned char *p = value;

	add_key(b, key);
	for (size_t i = 0; i < n; i++) {
		if (plain_byte(p[i]))
			buf_addc(b, (char)p[i]);
		else
			buf_addf(b, "%%%02X", p[i]);
	}
}

void
log_text_add(struct buf *b, const char *key, const char *value)
{
	log_text_bytes(b, key, value, strlen(value));
}

void
log_text_hex(struct buf *b, const char *key, const void *p, size_t n)
{
	char two[3];

	add_key(b, key);
	for (size_t i = 0; i < n; i++) {
		hex_put(two, (const unsigned char *)p + i, 1);
		buf_adds(b, two);
	}
}

void
log_text_u64(struct buf *b, const char *key, uint64_t v)
{
	add_key(b, key);
	buf_addf(b, "%llu", (unsigned long long)v);
}

void
log_text_db(struct buf *b, uint64_t changes, uint64_t hdr)
{
	log_text_u64(b, "db", changes);
	log_text_u64(b, "hdr", hdr);
}

/* ---- parse ---- */

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A value without its escapes into out; its length, or -1. Only the one way to write a byte is accepted. */
static ssize_t
unescape(char *out, const char *s, size_t n)
{
	size_t k = 0;
	int hi, lo;

	for (size_t i = 0; i < n; i++) {
		if (plain_byte((unsigned char)s[i])) {
			out[k++] = s[i];
			continue;
		}
		if (s[i] != '%' || n - i < 3 || (hi = hex_digit(s[i + 1])) < 0 || (lo = hex_digit(s[i + 2])) < 0 ||
		    plain_byte((unsigned char)(hi * 16 + lo)))
			return -1;
		out[k++] = (char)(hi * 16 + lo);
		i += 2;
	}
	out[k] = '\0';
	return (ssize_t)k;
}

static bool
parse_field(struct log_text *t, size_t *used, const char *s, size_t n)
{
	const char *eq = memchr(s, '=', n);
	char *out = t->store + *used;
	ssize_t len;

	if (eq == NULL || !name_ok(s, (size_t)(eq - s)) || t->fields == LOG_FIELDS_MAX)
		return false;
	if ((len = unescape(out, eq + 1, n - (size_t)(eq + 1 - s))) < 0)
		return false;
	memset(t->field[t->fields].key, 0, sizeof t->field[0].key);
	memcpy(t->field[t->fields].key, s, (size_t)(eq - s));
	t->field[t->fields].value = out;
	t->field[t->fields].n = (size_t)len;
	t->fields++;
	*used += (size_t)len + 1;
	return true;
}

bool
log_text_parse(struct log_text *out, const char *text, size_t n)
{
	const char *p = text, *end = text + n, *stop;
	size_t used = 0;
	char hex[33];

	out->fields = 0;
	if (n < 34 || n > LOG_TEXT_MAX || text[32] != ' ')
		return false;
	memcpy(hex, text, 32);
	hex[32] = '\0';
	if (!hex_get(hex, out->id, 16))
		return false;
	p += 33;
	stop = memchr(p, ' ', (size_t)(end - p));
	stop = stop != NULL ? stop : end;
	if (!name_ok(p, (size_t)(stop - p)))
		return false;
	memset(out->event, 0, sizeof out->event);
	memcpy(out->event, p, (size_t)(stop - p));
	while (stop < end) {
		p = stop + 1;
		stop = memchr(p, ' ', (size_t)(end - p));
		stop = stop != NULL ? stop : end;
		if (!parse_field(out, &used, p, (size_t)(stop - p)))
			return false;
	}
	return true;
}

const char *
log_text_get(const struct log_text *t, const char *key)
{
	for (size_t i = 0; i < t->fields; i++)
		if (strcmp(t->field[i].key, key) == 0)
			return t->field[i].value;
	return NULL;
}

bool
log_text_get_u64(const struct log_text *t, const char *key, uint64_t *out)
{
	const char *s = log_text_get(t, key);

	return s != NULL && num_u64(s, 0, UINT64_MAX, out);
}

/* ---- what was revealed ---- */

void
log_reveals_free(struct log_reveals *r)
{
	free(r->r);
	*r = (struct log_reveals){ .r = NULL };
}

/* Where record is, or where it belongs. */
static size_t
place(const struct log_reveals *r, const unsigned char record[16], bool *there)
{
	size_t lo = 0, hi = r->n, mid;
	int d;

	*there = false;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if ((d = memcmp(r->r[mid].record, record, 16)) == 0) {
			*there = true;
			return mid;
		}
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum rc
make_room(struct log_reveals *r, size_t at, struct err *e)
{
	struct log_reveal *p;
	size_t cap;

	if (r->n == r->cap) {
		cap = r->cap != 0 ? r->cap * 2 : 64;
		if ((p = realloc(r->r, cap * sizeof *p)) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
		r->r = p;
		r->cap = cap;
	}
	memmove(r->r + at + 1, r->r + at, (r->n - at) * sizeof *r->r);
	r->n++;
	return OK;
}

enum rc
log_reveals_note(struct log_reveals *r, const struct log_entry *en, struct err *e)
{
	AUTO(auto_free) struct log_text *t = NULL;
	unsigned char record[16];
	const char *hex;
	uint64_t version = 0;
	bool there;
	size_t at;
	enum rc rc;

	if (!en->opened || en->origin != 'U' || en->n < 40 || memcmp(en->text + 33, "reveal ", 7) != 0)
		return OK;
	if ((t = malloc(sizeof *t)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (!log_text_parse(t, en->text, en->n) || (hex = log_text_get(t, "record")) == NULL || !hex_get(hex, record,
	    sizeof record))
		return OK;
	(void)!log_text_get_u64(t, "version", &version);    /* absent: 0 */
	at = place(r, record, &there);
	if (!there) {
		if ((rc = make_room(r, at, e)) != OK)
			return rc;
		memcpy(r->r[at].record, record, sizeof record);
	}
	r->r[at].time_ms = en->time_ms;             /* in the order of the chain, whatever the clock said */
	r->r[at].version = version;
	return OK;
}

const struct log_reveal *
log_reveals_find(const struct log_reveals *r, const unsigned char record[16])
{
	bool there;
	size_t at = place(r, record, &there);

	return there ? &r->r[at] : NULL;
}
