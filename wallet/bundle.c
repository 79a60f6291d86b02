/* wallet/bundle.c: see bundle.h. */
#include "wallet/bundle.h"

#include "base/num.h"
#include "base/time.h"
#include "base/utf8.h"
#include "wallet/export.h"

#include <string.h>

static bool
plain(uint32_t cp)
{
	if (cp < 0x80)
		return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || (cp >= '0' && cp <= '9') || cp == '.' ||
		    cp == '-' || cp == '_';
	/* What has no width, joins, or comes from a private area is nothing that a person reads as a name. */
	return cp >= 0xc0 && cp < 0xe000 && !utf8_steers(cp) && utf8_cpwidth(cp) > 0 && cp != 0xd7 && cp != 0xf7 &&
	    !(cp >= 0x2000 && cp < 0x2c00) && cp != 0x3000;
}

static void
add_plain(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		uint32_t cp = 0;

		len = utf8_next(s + i, n - i, &cp);
		if (len > 0 && plain(cp))
			buf_add(out, s + i, len);
		else
			buf_addc(out, '_');
		len += len == 0;
	}
}

/* Not in the middle of a character. */
static size_t
cut_at(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	for (n = max; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
		continue;
	return n;
}

void
bundle_name(struct buf *out, const char *prefix, const char *name)
{
	BUF base = { .max = 8192 }, end = { .max = 64 };
	const char *slash = strrchr(name, '/'), *dot;
	size_t room = BUNDLE_NAME_MAX - strlen(prefix) - 1;

	if (slash != NULL)
		name = slash + 1;
	name += strspn(name, ".");
	dot = strrchr(name, '.');
	if (dot != NULL && dot > name && strlen(dot) <= 9)
		add_plain(&end, dot, strlen(dot));
	else
		dot = NULL;
	add_plain(&base, name, dot != NULL ? (size_t)(dot - name) : strlen(name));
	buf_addf(out, "%s-", prefix);
	if (base.failed || base.len == 0)
		buf_adds(out, "file");
	else
		buf_add(out, base.p, cut_at(base.p, base.len, room - end.len));
	buf_adds(out, buf_str(&end));
}

void
bundle_sum(struct buf *out, const char *name, const unsigned char sha256[32])
{
	char hex[65];

	hex_put(hex, sha256, 32);
	buf_addf(out, "SHA256 (%s) = %s\n", name, hex);
}

void
bundle_keys(struct buf *out, const char *key, const unsigned char ek[32], const unsigned char pk0[32], const char *kit)
{
	char e[65], p[65];

	hex_put(e, ek, 32);
	hex_put(p, pk0, 32);
	buf_addf(out, "purser evidence keys 1\nek %s\nek-hex %s\npk0 %s\n", key, e, p);
	if (kit[0] != '\0')
		buf_addf(out, "kit %s\n", kit);
}

static void
add_hex(struct buf *out, const void *p, size_t n)
{
	const unsigned char *b = p;
	char hex[3];

	for (size_t i = 0; i < n; i++) {
		hex_put(hex, b + i, 1);
		buf_adds(out, hex);
	}
}

void
bundle_open(struct buf *out, uint64_t seq, int64_t time_ms, bool authenticated, const unsigned char salt[32],
    const char *text, size_t n)
{
	struct civil c = civil_from_unix(time_ms / 1000);
	BUF clean = { .max = 1 << 20 };

	if (text == NULL) {
		buf_adds(out, "seq,time_utc,authenticated,salt,payload,text\n");
		return;
	}
	buf_addf(out, "%llu,%04d-%02u-%02uT%02u:%02u:%02uZ,%s,", (unsigned long long)seq, (int)c.year, c.month, c.day, c.hour,
	    c.minute, c.second, authenticated ? "yes" : "no");
	add_hex(out, salt, 32);
	buf_addc(out, ',');
	add_hex(out, text, n);
	buf_addc(out, ',');
	utf8_clean(&clean, text, n);
	csv_cell(out, buf_str(&clean), true);
	buf_addc(out, '\n');
}

void
bundle_verify(struct buf *out, const char *text, const char *key)
{
	static const char mark[] = "@key@";

	for (const char *at; (at = strstr(text, mark)) != NULL; text = at + sizeof mark - 1) {
		buf_add(out, text, (size_t)(at - text));
		buf_adds(out, key);
	}
	buf_adds(out, text);
}
