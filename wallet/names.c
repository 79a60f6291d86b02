/* wallet/names.c: see names.h. What can be known of a name in ASCII without a library. */
#include "wallet/names.h"

#include "base/ascii.h"

#include <stdio.h>

static bool
plain_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* As the helper has it, for ASCII. false: it does not fit. */
static bool
fold(char out[NAME_MAX_BYTES + 1], const char *s)
{
	size_t to = 0;

	for (; *s != '\0'; s++) {
		char c = ascii_lower(*s);

		if (to + 2 > NAME_MAX_BYTES)
			return false;
		if (c == 'm')
			out[to++] = 'r';
		out[to++] = (char)(c == 'm' ? 'n' : c == '0' ? 'o' : c == '1' || c == 'i' || c == '|' ? 'l' : c);
	}
	out[to] = '\0';
	return true;
}

static bool
plain_host(void *ctx, const char *typed, struct name_facts *out)
{
	size_t n = strlen(typed), dots = 0, at;

	(void)ctx;
	if (n > 1 && typed[n - 1] == '.')
		n--;
	if (n == 0 || n > 253)
		return false;
	*out = (struct name_facts){ .level = 1 };
	for (size_t i = 0; i < n; i++) {
		char c = out->ascii[i] = ascii_lower(typed[i]);
		bool first = i == 0 || typed[i - 1] == '.';

		if (c == '.' ? first || i + 1 == n : !plain_letter(c) || (first && ascii_starts(typed + i, n - i, "xn--")))
			return false;
	}
	for (at = n; at > 0 && dots < 2; at--)
		dots += out->ascii[at - 1] == '.';
	if (dots > 0)
		(void)snprintf(out->registrable, sizeof out->registrable, "%s", out->ascii + (dots == 2 ? at + 1 : at));
	(void)snprintf(out->unicode, sizeof out->unicode, "%s", out->ascii);
	(void)snprintf(out->suffix, sizeof out->suffix, "%s",
	    strrchr(out->ascii, '.') ? strrchr(out->ascii, '.') + 1 : out->ascii);
	return fold(out->fold, out->ascii);
}

static bool
plain_line(void *ctx, const char *text, struct name_facts *out)
{
	size_t n = strlen(text);

	(void)ctx;
	if (n > NAME_MAX_BYTES)
		return false;
	*out = (struct name_facts){ .level = 1 };
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)text[i] >= 0x80)
			return false;
	}
	memcpy(out->unicode, text, n + 1);
	return fold(out->fold, text);
}

static bool
plain_keccak(void *ctx, unsigned char out[32], const void *p, size_t n)
{
	(void)ctx;
	(void)out;
	(void)p;
	(void)n;
	return false;
}

struct name_source
name_source_plain(void)
{
	return (struct name_source){ NULL, true, plain_host, plain_line, plain_keccak };
}
