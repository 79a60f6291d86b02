/* wallet/letter_text.c: fields filled in, lines wrapped. See letter_int.h. */
#include "wallet/letter_int.h"

#include "base/utf8.h"

#include <string.h>

#define TO_WRITE_ON "______________________"

/* ---- fields ---- */

static size_t
find(const char *name, size_t len, const struct letter_field *f, size_t n)
{
	size_t i = 0;

	while (i < n && (strlen(f[i].name) != len || memcmp(f[i].name, name, len) != 0))
		i++;
	return i;
}

void
letter_expand(struct buf *out, const char *text, const struct letter_field *f, size_t n, bool blank, bool *empty)
{
	while (*text != '\0') {
		const char *close = *text == '{' ? strchr(text, '}') : NULL;
		size_t i, plain;

		if (close == NULL) {
			plain = 1 + strcspn(text + 1, "{");
			buf_add(out, text, plain);
			text += plain;
			continue;
		}
		i = find(text + 1, (size_t)(close - text) - 1, f, n);
		text = close + 1;
		if (i < n && f[i].value[0] != '\0') {
			utf8_clean(out, f[i].value, strlen(f[i].value));
			continue;
		}
		if (empty != NULL)
			*empty = true;
		if (blank)
			buf_adds(out, TO_WRITE_ON);
	}
}

bool
letter_fields_ok(const char *text, const char *const *names, size_t n)
{
	size_t i;

	for (text += strcspn(text, "{}"); *text != '\0'; text += strcspn(text, "{}")) {
		size_t len = strcspn(text + 1, "{}");

		if (text[0] != '{' || text[1 + len] != '}')
			return false;
		for (i = 0; i < n && (strlen(names[i]) != len || memcmp(names[i], text + 1, len) != 0);)
			i++;
		if (i == n)
			return false;
		text += len + 2;
	}
	return true;
}

/* ---- lines ---- */

/* Never at the beginning of a line. */
static bool
closes(uint32_t cp)
{
	static const uint32_t set[] = { 0x3001, 0x3002, 0x300b, 0x300d, 0x300f, 0x3011, 0xff01, 0xff09, 0xff0c, 0xff1a,
		0xff1b, 0xff1f, 0x201d, 0x2019, 0x2026 };

	for (size_t i = 0; i < sizeof set / sizeof set[0]; i++)
		if (cp == set[i])
			return true;
	return cp < 0x80 && strchr(",.;:!?)]}", (int)cp) != NULL;
}

/* Never at the end of one. */
static bool
opens(uint32_t cp)
{
	return cp == 0x300a || cp == 0x300c || cp == 0x300e || cp == 0x3010 || cp == 0xff08 || cp == 0x201c ||
	    cp == 0x2018 || cp == '(' || cp == '[';
}

/* May a line end between these two, neither of which is a blank? */
static bool
between(uint32_t before, uint32_t after)
{
	return (utf8_cpwidth(before) == 2 || utf8_cpwidth(after) == 2) && utf8_cpwidth(after) > 0 && !opens(before) &&
	    !closes(after);
}

/* How many bytes of s go into a line of so many columns: up to a blank or a place between wide characters; where there
 * is none, whatever fits, at least one character. */
static size_t
fits(const char *s, unsigned columns)
{
	size_t n = strlen(s), at = 0, good = 0, k;
	uint32_t cp, last = 0;
	unsigned used = 0;

	for (; at < n && (k = utf8_next(s + at, n - at, &cp)) > 0; at += k, last = cp) {
		int w = utf8_cpwidth(cp);

		if (at > 0 && (cp == ' ' || (last != ' ' && between(last, cp))))
			good = at;
		if (cp != ' ' && used + (unsigned)(w > 0 ? w : 0) > columns)
			break;
		used += (unsigned)(w > 0 ? w : 0);
	}
	if (at >= n || good > 0)
		return at >= n ? n : good;
	return at > 0 ? at : k;
}

static void
indent(struct buf *out, unsigned n)
{
	while (n-- > 0)
		buf_addc(out, ' ');
}

void
letter_wrap(struct buf *out, const char *s, unsigned first, unsigned rest)
{
	bool begun = false;

	for (s += strspn(s, " "); *s != '\0' && !out->failed; s += strspn(s, " ")) {
		unsigned in = begun ? rest : first;
		size_t n = fits(s, LETTER_WIDTH - in), end = n;

		if (n == 0)
			break;
		while (end > 0 && s[end - 1] == ' ')
			end--;
		indent(out, in);
		buf_add(out, s, end);
		buf_addc(out, '\n');
		s += n;
		begun = true;
	}
}
