/* The helper purser-names: what it answers, and that nothing is taken from it that cannot be. */
#include "base/le.h"
#include "base/scope.h"
#include "helper/names.h"
#include "tests/tap.h"

static struct names names = NAMES_NONE;
static struct name_source src;

static struct { const char *typed; unsigned flags; const char *ascii, *fold, *registrable, *suffix;
} const hosts[] = {
	{ "WWW.Example.co.uk.", 0, "www.example.co.uk", "www.exarnple.co.uk", "example.co.uk", "co.uk" },
	{ "co.uk", 0, "co.uk", "co.uk", "", "co.uk" },
	{ "a.blogspot.com", 0, "a.blogspot.com", "a.blogspot.corn", "a.blogspot.com", "blogspot.com" },
	{ "b\xc3\xbc"
	  "cher.example",
	    NAME_IDN, "xn--bcher-kva.example", "bucher.exarnple", "xn--bcher-kva.example", "example" },
	{ "B\xc3\x9c"
	  "CHER.example",
	    NAME_IDN, "xn--bcher-kva.example", "bucher.exarnple", "xn--bcher-kva.example", "example" },
	{ "xn--bcher-kva.example", NAME_IDN | NAME_PUNYCODE, "xn--bcher-kva.example", "bucher.exarnple",
	    "xn--bcher-kva.example", "example" },
	{ "stra\xc3\x9f"
	  "e.example",
	    NAME_IDN, "xn--strae-oqa.example", NULL, "xn--strae-oqa.example", "example" },
	{ "p\xd0\xb0ypal.com", NAME_IDN | NAME_MIXED, "xn--pypal-4ve.com", "paypal.corn", "xn--pypal-4ve.com", "com" },
	{ "\xe6\x94\xaf\xe4\xbb\x98\xe5\xae\x9d.cn", NAME_IDN, "xn--bnq242a7nh.cn", NULL, "xn--bnq242a7nh.cn", "cn" },
	{ "pay\xe2\x80\x8bpal.com", NAME_INVISIBLE, "paypal.com", "paypal.corn", "paypal.com", "com" },
	{ "foo_bar.example", NAME_INVALID, "", NULL, "", "" },
	{ "a b.example", NAME_INVALID, "", NULL, "", "" },
	{ ".example", NAME_INVALID, "", NULL, "", "" },
	{ "a..example", NAME_INVALID, "", NULL, "", "" },
	{ "-a.example", NAME_INVALID, "", NULL, "", "" },
	{ "xn--zz.example", NAME_INVALID | NAME_PUNYCODE, "", NULL, "", "" },
	{ "\xe2\x80\xaegro.example", NAME_INVALID, "", NULL, "", "" },
};

static void
answers(void)
{
	for (size_t i = 0; i < COUNTOF(hosts); i++) {
		const unsigned of = NAME_IDN | NAME_PUNYCODE | NAME_MIXED | NAME_INVALID;
		struct name_facts f = { .flags = 0 };
		bool got = src.host(src.ctx, hosts[i].typed, &f);
		unsigned flags = hosts[i].flags & NAME_INVALID ? f.flags & (NAME_INVALID | (hosts[i].flags & NAME_PUNYCODE)) :
		    f.flags & (of | (hosts[i].flags & NAME_INVISIBLE));

		ok(got && flags == hosts[i].flags && strcmp(f.ascii, hosts[i].ascii) == 0 &&
			(hosts[i].fold == NULL || strcmp(f.fold, hosts[i].fold) == 0) &&
			strcmp(f.registrable, hosts[i].registrable) == 0 && strcmp(f.suffix, hosts[i].suffix) == 0,
		    "host %zu: %s %s %s %s %#x", i, f.ascii, f.fold, f.registrable, f.suffix, f.flags);
	}
}

static void
lines(void)
{
	struct name_facts f;
	char longer[NAMES_TEXT_MAX + 2];

	ok(src.line(src.ctx, "e\xcc\x81 1Il", &f) && strcmp(f.unicode, "\xc3\xa9 1Il") == 0 && strcmp(f.fold, "e lll") == 0 &&
	    f.ascii[0] == '\0', "a line: its NFC and its fold");
	ok(!src.line(src.ctx, "a\xff", &f) && src.line(src.ctx, "a", &f), "no UTF-8: no answer, and it goes on");
	ok(!src.host(src.ctx, "", &f) && src.host(src.ctx, "a.example", &f), "nothing: not asked");
	memset(longer, 'a', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	ok(!src.line(src.ctx, longer, &f) && src.line(src.ctx, "a", &f), "longer than a question may be: not asked");
	longer[NAMES_TEXT_MAX] = '\0';
	ok(src.line(src.ctx, longer, &f) && strlen(f.fold) == NAMES_TEXT_MAX, "as long as one may be");
	memset(longer, 'm', NAMES_TEXT_MAX);
	ok(!src.line(src.ctx, longer, &f) && src.line(src.ctx, "a", &f), "an answer that would be too long: none");
	ok(src.host(src.ctx, "a\tb.example", &f) == false || f.flags & NAME_INVALID, "a control character makes no host");
}

/* An answer as it comes; each text may be replaced. */
static size_t
make(unsigned char *p, unsigned flags, unsigned level, const char *const text[5])
{
	size_t n = 3;

	le16_put(p, (uint16_t)flags);
	p[2] = (unsigned char)level;
	for (size_t i = 0; i < 5; i++) {
		le16_put(p + n, (uint16_t)strlen(text[i]));
		memcpy(p + n + 2, text[i], strlen(text[i]));
		n += 2 + strlen(text[i]);
	}
	return n;
}

static void
lies(void)
{
	static const char *const good[5] = { "a.example", "a.example", "a.exarnple", "a.example", "example" };
	static const char *const empty[5] = { "", "a", "a", "", "" };
	static const struct { size_t at; const char *text, *what;
	} lie[] = {
		{ 0, "", "no A-label" },
		{ 0, "A.example", "a capital" },
		{ 0, "a.b.example", "labels do not agree" },
		{ 0, "\xc3\xa4.example", "no ASCII" },
		{ 0, "a .xample", "a blank" },
		{ 1, "", "no text" },
		{ 1, "aexample", "no dot" },
		{ 1, "a.\x1b[2J", "a control character" },
		{ 1, "a.\xff", "no UTF-8" },
		{ 2, "aexample", "a fold of fewer labels" },
		{ 3, "b.example", "owned by somebody else" },
		{ 3, "xa.example", "the owner is no end of it" },
		{ 4, "com", "another suffix" },
	};
	unsigned char p[NAMES_ANSWER_MAX + 8];
	struct name_facts f = { .level = 77 };
	size_t n = make(p, 0, 1, good), refused = 0;

	ok(names_take(&f, NAMES_HOST, p, n) && strcmp(f.registrable, "a.example") == 0, "an honest answer is taken");
	for (size_t i = 0; i < n; i++)
		refused += !names_take(&f, NAMES_HOST, p, i);
	ok(refused == n, "cut anywhere it is not");
	p[n] = 0;
	ok(!names_take(&f, NAMES_HOST, p, n + 1), "nor with a byte more");
	for (size_t i = 0; i < COUNTOF(lie); i++) {
		const char *text[5];

		memcpy(text, good, sizeof text);
		text[lie[i].at] = lie[i].text;
		ok(!names_take(&f, NAMES_HOST, p, make(p, 0, 1, text)), "a lie is not taken: %s", lie[i].what);
	}
	ok(!names_take(&f, NAMES_HOST, p, make(p, 0x100, 1, good)) && !names_take(&f, NAMES_HOST, p, make(p, 0, 0, good)) &&
	    !names_take(&f, NAMES_HOST, p, make(p, 0, 7, good)), "nor flags and levels that do not exist");
	ok(names_take(&f, NAMES_LINE, p, make(p, 0, 1, empty)) && !names_take(&f, NAMES_LINE, p, make(p, 0, 1, good)) &&
	    !names_take(&f, NAMES_KECCAK, p, make(p, 0, 1, good)), "a line has two texts");
}

static void
missing(void)
{
	NAMES other = NAMES_NONE;
	struct name_source s = names_source(&other);
	struct name_facts f;

	ok(s.host(s.ctx, "a.example", &f) && other.running, "a second one, by itself");
	helper_stop(&other.h);
	ok(!s.host(s.ctx, "a.example", &f) && other.broken && other.why.what[0] != '\0',
	    "one that is gone answers nothing, and says so: %s", other.why.what);
	ok(!s.host(s.ctx, "a.example", &f), "and is not asked again");
}

int
main(void)
{
	src = names_source(&names);
	answers();
	lines();
	lies();
	missing();
	names_end(&names);
	return tap_done();
}
