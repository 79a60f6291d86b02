/* wallet/account.c: see account.h. */
#include "wallet/account.h"

#include "base/utf8.h"
#include "wallet/filter.h"

#include <string.h>
#include <strings.h>

const char *
account_state_name(enum account_state s)
{
	static const char *const name[] = { "active", "frozen", "closed" };

	return (unsigned)s < COUNTOF(name) ? name[s] : "active";
}

enum rc
text_set(char **to, const char *s, struct err *e)
{
	char *copy = strdup(s);

	if (copy == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	free(*to);
	*to = copy;
	return OK;
}

/* The strings of an account, for init and free. */
static char **
texts(struct account *a, size_t i)
{
	char **const t[] = {
		&a->name, &a->provider, &a->login, &a->currency, &a->limits, &a->url, &a->way_in, &a->notes
	};

	return i < COUNTOF(t) ? t[i] : NULL;
}

void
account_init(struct account *a)
{
	char **t;

	memset(a, 0, sizeof *a);
	for (size_t i = 0; (t = texts(a, i)) != NULL; i++) {
		if ((*t = strdup("")) == NULL)
			abort();
	}
}

void
account_free(struct account *a)
{
	char **t;

	for (size_t i = 0; (t = texts(a, i)) != NULL; i++)
		free(*t);
	for (size_t i = 0; i < a->controls; i++)
		free(a->control[i]);
	free(a->control);
	for (size_t i = 0; i < a->contacts; i++) {
		free(a->contact[i].kind);
		free(a->contact[i].value);
		free(a->contact[i].note);
	}
	free(a->contact);
	memset(a, 0, sizeof *a);
}

/* ---- names ---- */

struct span { uint32_t first, last; };

static bool
within(const struct span *s, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= s[i].first && c <= s[i].last)
			return true;
	}
	return false;
}

/*
 * Letters and digits beyond ASCII that need no normaliser (Unicode 15): composed forms only. Left out on purpose
 * inside these blocks: what NFC would replace (U+0340 ff., U+0374, U+037E, U+0387, the CJK compatibility
 * ideographs) and what composes (combining marks, U+3099, U+309A, conjoining jamo).
 */
static bool
letter(uint32_t c)
{
	static const struct span allowed[] = { { 0xc0, 0xd6 }, { 0xd8, 0xf6 }, { 0xf8, 0x17f }, { 0x180, 0x1c3 },
		{ 0x1cd, 0x1f0 }, { 0x1f4, 0x2af }, { 0x370, 0x373 }, { 0x376, 0x377 }, { 0x37b, 0x37d },
		{ 0x37f, 0x37f }, { 0x386, 0x386 }, { 0x388, 0x3ff }, { 0x400, 0x481 }, { 0x48a, 0x52f },
		{ 0x531, 0x556 }, { 0x561, 0x586 }, { 0x5d0, 0x5ea }, { 0x620, 0x64a }, { 0x660, 0x669 },
		{ 0x671, 0x6d3 }, { 0x6f0, 0x6f9 }, { 0xe01, 0xe3a }, { 0xe40, 0xe4e }, { 0xe50, 0xe59 },
		{ 0x10a0, 0x10ff }, { 0x1e00, 0x1e99 }, { 0x1e9e, 0x1eff }, { 0x3005, 0x3005 }, { 0x3007, 0x3007 },
		{ 0x3041, 0x3096 }, { 0x309d, 0x309e }, { 0x30a1, 0x30fe }, { 0x3105, 0x312f }, { 0x3400, 0x4dbf },
		{ 0x4e00, 0x9fff }, { 0xac00, 0xd7a3 }, { 0x20000, 0x2ebe0 }, { 0x30000, 0x323af } };

	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return within(allowed, COUNTOF(allowed), c);
}

static bool
combining(uint32_t c)
{
	static const struct span marks[] = { { 0x300, 0x36f }, { 0x483, 0x489 }, { 0x591, 0x5c7 }, { 0x64b, 0x65f },
		{ 0x1100, 0x11ff }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0x3099, 0x309a },
		{ 0xa960, 0xa97f }, { 0xd7b0, 0xd7ff }, { 0xfe20, 0xfe2f } };

	return within(marks, COUNTOF(marks), c);
}

/* Words that commands understand where a name could stand. tests/cli compares this list with the command table. */
static bool
reserved(const char *name)
{
	static const char *const word[] = { "add", "address", "all", "attach", "check", "checkpoint", "climb", "close",
		"copy", "deadlines", "device", "disable", "done", "edit", "enable", "evidence", "export", "fido", "history",
		"key", "letter", "list", "mark", "new", "next", "note", "notes", "notice", "open", "remove", "restore", "revoke",
		"rotate", "set", "sign", "show", "status", "store", "test", "undo", "update", "verify" };

	for (size_t i = 0; i < COUNTOF(word); i++) {
		if (strcasecmp(name, word[i]) == 0)
			return true;
	}
	return false;
}

enum rc
account_name_check(const char *name, struct err *e)
{
	size_t n = strlen(name), k;
	uint32_t cp, before = ' ';
	bool first = true;

	if (n == 0)
		return err_set(e, E_USAGE, N_("an account needs a name"));
	if (n > ACCOUNT_NAME_MAX)
		return err_set(e, E_USAGE, N_("the name of an account has at most %u bytes"), ACCOUNT_NAME_MAX);
	if (reserved(name))
		return err_set(e, E_USAGE, N_("an account cannot be called %s: commands use that word"), name);
	for (const char *p = name; n > 0; p += k, n -= k, before = cp, first = false) {
		if ((k = utf8_next(p, n, &cp)) == 0)
			return err_set(e, E_USAGE, N_("the name of an account must be valid UTF-8"));
		if (letter(cp))
			continue;
		if (combining(cp))
			return err_set(e, E_USAGE, N_("the name %s has a separate accent or part of a letter (U+%04X): "
			    "type it as one composed letter (NFC)"), name, cp);
		if (first)
			return err_set(e, E_USAGE, N_("the name of an account begins with a letter or digit: %s"),
			    name);
		if (cp == ' ' && before != ' ' && n > k)
			continue;
		if (cp > 0x7f || strchr("-_.+&'@()", (int)cp) == NULL)
			return err_set(e, E_USAGE, N_("the name %s has a character that is not accepted (U+%04X)"),
			    name, cp);
	}
	return OK;
}

/* Letters that look like a Latin one (after case folding), and it; from the confusables of UTS #39, scripts above
 * only. */
static uint32_t
look(uint32_t c)
{
	static const struct { uint16_t from; char to;
	} alike[] = { { '0', 'o' }, { '1', 'l' }, { 0x131, 'i' }, { 0x251, 'a' }, { 0x261, 'g' }, { 0x269, 'i' },
		{ 0x3b1, 'a' }, { 0x3b3, 'y' }, { 0x3b9, 'i' }, { 0x3ba, 'k' }, { 0x3bd, 'v' }, { 0x3bf, 'o' },
		{ 0x3c1, 'p' }, { 0x3c3, 'o' }, { 0x3c5, 'u' }, { 0x3c7, 'x' }, { 0x3b5, 'e' }, { 0x3b7, 'n' },
		{ 0x3c4, 't' }, { 0x3bc, 'u' }, { 0x430, 'a' }, { 0x432, 'b' }, { 0x435, 'e' }, { 0x43a, 'k' },
		{ 0x43c, 'm' }, { 0x43d, 'h' }, { 0x43e, 'o' }, { 0x440, 'p' }, { 0x441, 'c' }, { 0x442, 't' },
		{ 0x443, 'y' }, { 0x445, 'x' }, { 0x44c, 'b' }, { 0x455, 's' }, { 0x456, 'i' }, { 0x458, 'j' },
		{ 0x475, 'v' }, { 0x4bb, 'h' }, { 0x4cf, 'l' }, { 0x501, 'd' }, { 0x51b, 'q' }, { 0x51d, 'w' },
		{ 0x561, 'w' }, { 0x570, 'h' }, { 0x578, 'n' }, { 0x57d, 'u' }, { 0x581, 'g' }, { 0x585, 'o' },
		{ 0x5e1, 'o' }, { 0x665, 'o' } };

	for (size_t i = 0; i < COUNTOF(alike); i++) {
		if (alike[i].from == c)
			return (unsigned char)alike[i].to;
	}
	return c;
}

void
account_name_key(struct buf *out, const char *name)
{
	BUF folded = { 0 };
	const char *p;
	char utf8[4];
	uint32_t cp;
	size_t n, k;

	search_fold(&folded, name);
	p = buf_str(&folded);
	for (n = folded.len; n > 0; p += k, n -= k) {
		if ((k = utf8_next(p, n, &cp)) == 0) {
			k = 1;
			continue;
		}
		buf_add(out, utf8, utf8_put(utf8, look(cp)));
	}
	if (folded.failed)
		out->failed = true;
}

enum rc
text_check(const char *what, const char *s, size_t max, struct err *e)
{
	size_t n = strlen(s), k;
	uint32_t cp;

	if (n > max)
		return err_set(e, E_USAGE, N_("%s: at most %zu bytes are accepted"), what, max);
	for (; n > 0; s += k, n -= k) {
		if ((k = utf8_next(s, n, &cp)) == 0)
			return err_set(e, E_USAGE, N_("%s: not valid UTF-8"), what);
		if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x2028 && cp <= 0x202e) ||
		    (cp >= 0x2066 && cp <= 0x2069))
			return err_set(e, E_USAGE, N_("%s: control characters are not accepted (U+%04X)"), what, cp);
	}
	return OK;
}
