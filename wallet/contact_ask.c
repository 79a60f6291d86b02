/* wallet/contact_ask.c: what was typed, taken apart; see contact.h. Read as a browser would, with what a browser
 * hides noted. */
#include "wallet/contact.h"

#include "base/ascii.h"
#include "base/num.h"
#include "base/scope.h"
#include "base/utf8.h"

#include <stdio.h>

/* ---- telephone numbers ---- */

/* Of a number: a digit, or '+', or ' ' for what stands between digits; 0: nothing of a number. */
static char
phone_char(uint32_t cp)
{
	if (cp >= 0xff10 && cp <= 0xff19)
		return (char)('0' + (cp - 0xff10));
	if (cp >= '0' && cp <= '9')
		return (char)cp;
	if (cp == '+' || cp == 0xff0b)
		return '+';
	if (cp == ' ' || cp == '-' || cp == '.' || cp == '(' || cp == ')' || cp == '/' || cp == 0xa0 || cp == 0x202f ||
	    (cp >= 0x2010 && cp <= 0x2015) || cp == 0xff08 || cp == 0xff09 || cp == 0x3000)
		return ' ';
	return 0;
}

/* "+44 (0)20" is +44 20. */
static const char *
skip_zero(const char *s, const char *digits)
{
	return digits[0] == '+' && strncmp(s, "(0)", 3) == 0 ? s + 3 : s;
}

bool
phone_read(char out[PHONE_DIGITS_MAX + 2], const char *typed, bool *international)
{
	char d[PHONE_DIGITS_MAX + 2] = "";
	bool sms = ascii_starts(typed, strlen(typed), "sms:");
	size_t n = 0, len;
	uint32_t cp;
	char c;

	if (sms || ascii_starts(typed, strlen(typed), "tel:"))
		typed += 4;
	/* Whatever else follows (an extension, a second number) leads elsewhere than the number alone. */
	for (const char *s = typed; *(s = skip_zero(s, d)) != '\0' && !(sms && ascii_starts(s, strlen(s), "?body=")); s += len) {
		if ((len = utf8_next(s, strlen(s), &cp)) == 0 || (c = phone_char(cp)) == 0 || (c == '+' && n > 0))
			return false;
		if (c == ' ')
			continue;
		if (n == PHONE_DIGITS_MAX + 1)
			return false;
		d[n++] = c;
		d[n] = '\0';
		if (n == 2 && strcmp(d, "00") == 0) {
			memcpy(d, "+", 2);
			n = 1;
		}
	}
	*international = d[0] == '+';
	if (*international ? n < 8 || n > 16 || d[1] == '0' : n < 3 || n > PHONE_DIGITS_MAX)
		return false;
	memcpy(out, d, n + 1);
	return true;
}

/* ---- strings ---- */

static void
put(char *out, size_t size, const char *s, size_t n)
{
	if (n >= size)
		n = size - 1;
	memcpy(out, s, n);
	out[n] = '\0';
}

static int
hex_digit(char c)
{
	char l = ascii_lower(c);

	return c >= '0' && c <= '9' ? c - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* %XX undone, once; what would be a NUL stays. true: there was one. */
static bool
unescape(char *s)
{
	bool any = false;
	char *to = s;

	for (const char *c = s; *c != '\0'; c++) {
		int hi = *c == '%' ? hex_digit(c[1]) : -1, lo = hi >= 0 ? hex_digit(c[2]) : -1;

		if (lo >= 0 && hi * 16 + lo != 0) {
			*to++ = (char)(hi * 16 + lo);
			c += 2;
			any = true;
		} else {
			*to++ = *c;
		}
	}
	*to = '\0';
	return any;
}

static const char *
find_last(const char *s, size_t n, char c)
{
	while (n > 0) {
		if (s[--n] == c)
			return s + n;
	}
	return NULL;
}

/* ---- hosts ---- */

/* As browsers have it: a host whose last label is a number is an address of four bytes, however it is written. */
static bool
is_number(const char *host)
{
	size_t n = strlen(host);
	const char *last;

	if (n > 0 && host[n - 1] == '.')
		n--;
	if (n == 0)
		return false;
	last = find_last(host, n, '.');
	last = last != NULL ? last + 1 : host;
	n = (size_t)(host + n - last);
	if (n > 1 && last[0] == '0' && (last[1] == 'x' || last[1] == 'X'))
		return strspn(last + 2, "0123456789abcdefABCDEF") >= n - 2;
	return n > 0 && strspn(last, "0123456789") >= n;
}

static void
read_port(struct asked *out, const char *s, size_t n, unsigned usual)
{
	char port[16];
	uint64_t v;

	put(port, sizeof port, s, n);
	if (n > 0 && (n >= sizeof port || !num_u64(port, 0, 65535, &v) || v != usual))
		out->why |= WHY(WHY_PORT);
}

static void
read_authority(struct asked *out, const char *s, size_t n, unsigned usual)
{
	const char *at = find_last(s, n, '@'), *colon;

	if (at != NULL) {
		put(out->before, sizeof out->before, s, (size_t)(at - s));
		(void)unescape(out->before);
		out->why |= WHY(WHY_USERINFO);
		n -= (size_t)(at + 1 - s);
		s = at + 1;
	}
	if (s[0] == '[') {
		out->why |= WHY(WHY_NUMBERS);
	} else if ((colon = find_last(s, n, ':')) != NULL) {
		read_port(out, colon + 1, (size_t)(s + n - colon - 1), usual);
		n = (size_t)(colon - s);
	}
	if (n > CONTACT_VALUE_MAX)
		out->why |= WHY(WHY_INVALID);
	put(out->host, sizeof out->host, s, n);
	if (unescape(out->host))
		out->why |= WHY(WHY_PERCENT);
	if (is_number(out->host))
		out->why |= WHY(WHY_NUMBERS);
}

/* s: after the scheme, or all of it where there is none. */
static void
read_web(struct asked *out, const char *s, unsigned usual)
{
	size_t slashes = strspn(s, "/\\"), n;

	if (memchr(s, '\\', slashes) != NULL)
		out->why |= WHY(WHY_BACKSLASH);
	s += slashes;
	n = strcspn(s, "/\\?#");
	if (s[n] == '\\')
		out->why |= WHY(WHY_BACKSLASH);
	read_authority(out, s, n, usual);
	put(out->rest, sizeof out->rest, s + n, strlen(s + n));
}

/* ---- mail ---- */

static void
read_mail(struct asked *out, const char *s)
{
	const char *open = strrchr(s, '<'), *close = open != NULL ? strchr(open, '>') : NULL, *at;
	size_t n = strlen(s);

	out->kind = CONTACT_MAIL;
	if (close != NULL) {
		if (close[1 + strspn(close + 1, " ")] != '\0')
			out->why |= WHY(WHY_DISPLAYED);
		put(out->before, sizeof out->before, s, (size_t)(open - s));
		if (strchr(out->before, '@') != NULL || strchr(out->before, '.') != NULL)
			out->why |= WHY(WHY_DISPLAYED);
		s = open + 1;
		n = (size_t)(close - s);
	}
	if ((at = find_last(s, n, '@')) == NULL) {
		out->kind = CONTACT_TEXT;
		return;
	}
	put(out->local, sizeof out->local, s, (size_t)(at - s));
	put(out->host, sizeof out->host, at + 1, (size_t)(s + n - at - 1));
	if (strpbrk(out->local, "@,; <>") != NULL)
		out->why |= WHY(WHY_DISPLAYED);
	if (out->local[0] == '\0')
		out->why |= WHY(WHY_INVALID);
	if (out->host[0] == '[' || is_number(out->host))
		out->why |= WHY(WHY_NUMBERS);
}

/* Of what a link may put into a mail only these name no more recipients. */
static bool
only_text(const char *s)
{
	for (; *s != '\0'; s += strcspn(s, "&"), s += *s == '&') {
		if (*s != '&' && !ascii_starts(s, strlen(s), "subject=") && !ascii_starts(s, strlen(s), "body="))
			return false;
	}
	return true;
}

static void
read_mailto(struct asked *out, const char *s)
{
	char text[CONTACT_MAX + 1];
	size_t n = strcspn(s, "?");

	if (s[n] == '?' && !only_text(s + n + 1))
		out->why |= WHY(WHY_DISPLAYED);
	put(text, sizeof text, s, n);
	(void)unescape(text);
	read_mail(out, text);
}

/* ---- which kind ---- */

/* Length of "scheme:" at the beginning; 0: none. Without "//" only those that go without: "host:8443" has none. */
static size_t
scheme_of(const char *s)
{
	static const char *const bare[] = { "http:", "https:", "mailto:", "tel:", "sms:", "data:", "javascript:",
		"vbscript:", "blob:", "file:", "about:", "intent:" };
	size_t n = 0;

	while ((ascii_lower(s[n]) >= 'a' && ascii_lower(s[n]) <= 'z') || (n > 0 && s[n] >= '0' && s[n] <= '9') ||
	    (n > 0 && (s[n] == '+' || s[n] == '-' || s[n] == '.')))
		n++;
	if (n == 0 || s[n] != ':')
		return 0;
	n++;
	for (size_t i = 0; i < COUNTOF(bare); i++) {
		if (ascii_is(s, n, bare[i]))
			return n;
	}
	return strncmp(s + n, "//", 2) == 0 ? n : 0;
}

static void
read_scheme(struct asked *out, const char *s, size_t n)
{
	out->kind = CONTACT_URL;
	if (ascii_is(s, n, "mailto:")) {
		read_mailto(out, s + n);
	} else if (ascii_is(s, n, "tel:") || ascii_is(s, n, "sms:")) {
		out->kind = phone_read(out->phone, s, &out->international) ? CONTACT_PHONE : CONTACT_TEXT;
	} else if (ascii_is(s, n, "https:")) {
		read_web(out, s + n, 443);
	} else if (ascii_is(s, n, "http:")) {
		out->why |= WHY(WHY_PLAIN);
		read_web(out, s + n, 80);
	} else {
		out->why |= WHY(WHY_SCHEME);
		if (strncmp(s + n, "//", 2) == 0)
			read_web(out, s + n, 0);
		else
			put(out->rest, sizeof out->rest, s + n, strlen(s + n));
	}
}

/* A dot, or one of those that IDNA takes for one. */
static bool
has_dot(const char *s)
{
	return strchr(s, '.') != NULL || strstr(s, "\xe3\x80\x82") != NULL || strstr(s, "\xef\xbc\x8e") != NULL ||
	    strstr(s, "\xef\xbd\xa1") != NULL;
}

static bool
four_numbers(const char *s)
{
	size_t dots = 0;

	for (const char *c = s; *c != '\0'; c++)
		dots += *c == '.';
	return dots == 3 && strspn(s, "0123456789.") == strlen(s);
}

/* Blanks at the ends and control characters (which browsers leave out of an address) are dropped. */
static uint64_t
tidy(char out[CONTACT_MAX + 1], const char *typed)
{
	uint64_t why = 0;
	size_t n = 0;

	typed += strspn(typed, " \t\r\n");
	for (; *typed != '\0' && n < CONTACT_MAX; typed++) {
		if ((unsigned char)*typed < 0x20 || *typed == 0x7f)
			why = WHY(WHY_CONTROL);
		else
			out[n++] = *typed;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return why;
}

void
contact_ask(struct asked *out, const char *typed, const struct name_source *src)
{
	char s[CONTACT_MAX + 1];
	const char *at, *slash;
	size_t n;

	*out = (struct asked){ .kind = CONTACT_TEXT };
	out->why = tidy(s, typed);
	at = strchr(s, '@');
	slash = strpbrk(s, "/\\?#");
	if ((n = scheme_of(s)) > 0) {
		read_scheme(out, s, n);
	} else if (s[0] == '/' && s[1] == '/') {
		out->kind = CONTACT_URL;
		read_web(out, s, 443);
	} else if (!four_numbers(s) && phone_read(out->phone, s, &out->international)) {
		out->kind = CONTACT_PHONE;
	} else if (chainaddr_read(&out->address, s, src)) {
		out->kind = CONTACT_ADDRESS;
	} else if (at != NULL && (slash == NULL || strchr(s, '<') != NULL)) {
		read_mail(out, s);
	} else if (has_dot(s)) {
		out->kind = slash != NULL || strchr(s, ':') != NULL ? CONTACT_URL : CONTACT_DOMAIN;
		read_web(out, s, 443);
	}
}
