/* The emergency card: what stands on it, what never does, in which order, and what a damaged one does. */
#include "base/scope.h"
#include "tests/tap.h"
#include "wallet/card.h"

#include <fcntl.h>

static struct providers *known;

/* ---- what stands on it ---- */

static void
test_mask(void)
{
	static const struct { const char *login, *expect;
	} cases[] = {
		{ "somebody@mail.example", "s…y@mail.example" },
		{ "bob@mail.example", "b…@mail.example" },
		{ "x@mail.example", "…@mail.example" },
		{ "13812345678", "…5678" },
		{ "+49 170 1234567", "…4567" },
		{ "4111 1111 1111 1234", "…1234" },
		{ "123456", "…56" },
		{ "1234", "…34" },
		{ "123", "1…" },
		{ "john.long.name", "jo…e" },
		{ "ada", "a…" },
		{ "a", "…" },
		{ "王小明的账户", "王小…户" },
		{ "王明", "王…" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNTOF(cases); i++) {
		BUF b = { 0 };

		mask_login(&b, cases[i].login);
		ok(strcmp(buf_str(&b), cases[i].expect) == 0, "%s is shown as %s", cases[i].login, buf_str(&b));
	}
}

static char *
own(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		exit(1);
	return p;
}

static void
fill(struct account *a, const char *name, const char *provider, const char *controls)
{
	struct err e;

	account_init(a);
	if (text_set(&a->name, name, &e) != OK || text_set(&a->provider, provider, &e) != OK)
		exit(1);
	if (controls != NULL) {
		a->control = calloc(1, sizeof *a->control);
		a->control[0] = own(controls);
		a->controls = 1;
	}
}

static void
set(char **to, const char *s)
{
	struct err e;

	if (text_set(to, s, &e) != OK)
		exit(1);
}

static bool
has(const struct buf *b, const char *s)
{
	return strstr(buf_str(b), s) != NULL;
}

static void
compose(struct buf *text, const struct account *a, size_t n)
{
	buf_adds(text, "for people\nmore for people\n\n");
	card_head(text, INT64_C(1795313400000), "en");
	card_data(text, a, n);
}

static void
test_contents(void)
{
	struct account a[3];
	AUTO(card_free) struct card c = { .n = 0 };
	struct err e = { .rc = OK };
	BUF text = { 0 };

	fill(&a[0], "paypal", "paypal", NULL);
	set(&a[0].login, "somebody@mail.example");
	set(&a[0].notes, "NOTE-MARKER");
	set(&a[0].limits, "LIMIT-MARKER");
	set(&a[0].url, "https://user:pass@www.paypal.com/home?token=TOKEN-MARKER#FRAGMENT-MARKER");
	set(&a[0].way_in, " recovery\x1b[2J codes\n\xe2\x80\xae in the \xff drawer ");
	a[0].contact = calloc(1, sizeof *a[0].contact);
	a[0].contact[0] = (struct contact){ own("phone"), own("+49 30 1234567"), own("CONTACT-NOTE-MARKER"),
		INT64_C(1795313400000) };
	a[0].contacts = 1;
	fill(&a[1], "old", "wise", NULL);
	a[1].state = ACCOUNT_CLOSED;
	fill(&a[2], "mail", "", "paypal");
	compose(&text, a, 3);
	ok(!has(&text, "MARKER") && !has(&text, "somebody@") && !has(&text, "user:pass"),
	    "no note, no limit, no full login, nothing private of an address");
	ok(!has(&text, "account: old"), "a closed account is left out");
	ok(!has(&text, "\x1b") && !has(&text, "\xe2\x80\xae") && !has(&text, "\xff") && has(&text, "way-in: recovery"),
	    "control characters, bidirectional marks and broken bytes are replaced, blanks at the ends go");
	ok(card_parse(&c, &text, &e) == OK && c.n == 2, "what is written is read %s", e.what);
	ok(c.n == 2 && c.written_ms == INT64_C(1795313400000) && strcmp(c.lang, "en") == 0, "time and language");
	ok(c.n == 2 && strcmp(c.a[0].name, "paypal") == 0 && strcmp(c.a[0].url, "https://www.paypal.com/home") == 0 &&
	    c.a[0].contacts == 1 && strcmp(c.a[0].contact[0].kind, "phone") == 0 &&
	    strcmp(c.a[0].contact[0].value, "+49 30 1234567") == 0 && strcmp(c.a[0].contact[0].on, "2026-11-22") == 0,
	    "address and contact");
	ok(card_find(&c, "mail") != NULL && card_find(&c, "mail")->controls == 1 && card_find(&c, "old") == NULL,
	    "found by name");
	for (size_t i = 0; i < 3; i++)
		account_free(&a[i]);
}

static void
test_long(void)
{
	struct account a;
	AUTO(card_free) struct card c = { .n = 0 };
	struct err e = { .rc = OK };
	BUF text = { 0 }, way = { 0 };

	fill(&a, "x", "paypal", NULL);
	for (int i = 0; i < 3000; i++)
		buf_adds(&way, "字");
	set(&a.way_in, buf_str(&way));
	compose(&text, &a, 1);
	ok(card_parse(&c, &text, &e) == OK && strlen(c.a[0].way_in) <= 400, "a text without end is cut %s", e.what);
	account_free(&a);
}

static void
test_many(void)
{
	static struct account a[450];
	AUTO(card_free) struct card c = { .n = 0 };
	struct err e = { .rc = OK };
	BUF text = { 0 };

	for (size_t i = 0; i < COUNTOF(a); i++) {
		BUF name = { 0 };

		buf_addf(&name, "account %zu", i);
		fill(&a[i], buf_str(&name), "paypal", "account 0");
	}
	compose(&text, a, COUNTOF(a));
	ok(card_parse(&c, &text, &e) == OK && c.n == CARD_ACCOUNTS_MAX, "of %zu accounts the card has %zu %s", COUNTOF(a), c.n,
	    e.what);
	card_order(&c, known);
	ok(c.n > 0 && c.a[0].controls == 1, "and puts them in order");
	for (size_t i = 0; i < COUNTOF(a); i++)
		account_free(&a[i]);
}

/* ---- the order ---- */

static void
test_order(void)
{
	struct account a[6];
	AUTO(card_free) struct card c = { .n = 0 };
	struct err e = { .rc = OK };
	BUF text = { 0 }, order = { 0 };

	fill(&a[0], "alipay", "alipay", NULL);
	fill(&a[1], "paypal", "paypal", NULL);
	fill(&a[2], "mailbox", "", "paypal");
	fill(&a[3], "mymail", "somewhere", "mailbox");
	fill(&a[4], "sim", "", NULL);
	fill(&a[5], "wise", "wise", NULL);
	compose(&text, a, 6);
	if (card_parse(&c, &text, &e) == OK)
		card_order(&c, known);
	for (size_t i = 0; i < c.n; i++)
		buf_addf(&order, "%s ", c.a[i].name);
	ok(strcmp(buf_str(&order), "mymail mailbox sim paypal wise alipay ") == 0,
	    "what resets the most first, mailbox and SIM before wallets, what can be frozen before the rest: %s",
	    buf_str(&order));
	for (size_t i = 0; i < 6; i++)
		account_free(&a[i]);
}

static void
test_cycle(void)
{
	struct account a[3];
	AUTO(card_free) struct card c = { .n = 0 };
	struct err e = { .rc = OK };
	BUF text = { 0 };

	fill(&a[0], "one", "", "two");
	fill(&a[1], "two", "", "one");
	fill(&a[2], "three", "", "nobody");
	compose(&text, a, 3);
	ok(card_parse(&c, &text, &e) == OK, "two accounts that reset each other %s", e.what);
	card_order(&c, known);
	ok(strcmp(c.a[2].name, "three") == 0, "they are put in order all the same");
	for (size_t i = 0; i < 3; i++)
		account_free(&a[i]);
}

static bool
sources_are(const char *name, const char *provider, bool controls, const char *expect)
{
	struct card_account a = { .name = name, .provider = provider, .controls = controls };
	struct card_sources s;
	BUF b = { 0 };

	card_sources(&s, known, &a);
	for (size_t i = 0; i < s.n; i++)
		buf_addf(&b, "%s ", s.id[i]);
	return ok(strcmp(buf_str(&b), expect) == 0, "%s of \"%s\": %s", name, provider, buf_str(&b));
}

static void
test_sources(void)
{
	sources_are("x", "paypal", false, "paypal ");
	sources_are("x", "coinbase", false, "coinbase exchange ");
	sources_are("x", "apple-card", false, "apple-card card ");
	sources_are("mail", "", false, "mailbox ");
	sources_are("handy", "vodafone", true, "vodafone mailbox ");
	sources_are("sim", "vodafone", true, "vodafone sim ");
	sources_are("x", "sparkasse", false, "sparkasse ");
	sources_are("uk", "", false, "");
}

/* ---- damaged and hostile cards ---- */

#define HEAD CARD_MARK "\ncard: 1\nwritten: 2026-11-22 02:10:00\nlang: en\n"

static void
test_hostile(void)
{
	static const struct { const char *text, *expect;
	} bad[] = {
		{ "", "card: the records" },
		{ "only for people\n", "card: the records" },
		{ "x " CARD_MARK "\ncard: 1\n", "card: the records" },
		{ "x\n" CARD_MARK "\n", "card:1: the file is empty" },
		{ "x\n" CARD_MARK "\naccount: x\n", "card:3: card: not a card" },
		{ "x\n" CARD_MARK "\ncard: 2\nwritten: 2026-11-22 02:10:00\nlang: en\n", "card:3: card: not a card" },
		{ "x\n" CARD_MARK "\ncard: 1\nwritten: 2026-11-22\nlang: en\n", "card:4: written: not a time" },
		{ "x\n" CARD_MARK "\ncard: 1\nwritten: 2026-11-31 02:10:00\nlang: en\n", "card:4: written: not a time" },
		{ "x\n" HEAD "\ncard: 1\nwritten: 2026-11-22 02:10:00\nlang: en\n", "card:7: card: stands twice" },
		{ "x\n" HEAD "\naccount: x\nsecret: y\n", "card:8: unknown key" },
		{ "x\n" HEAD "\naccount: x\ncontact: phone\n", "card:8: contact: expected" },
		{ "x\n" HEAD "\naccount: x\ncontact: pigeon 2026-11-22 coo\n", "card:8: contact: expected" },
		{ "x\n" HEAD "\naccount: x\nlogin: a\x1b[2J\n", "card:8: control" },
		{ "x\n" HEAD "\naccount: x\nlogin: a\xff\n", "card:8: not UTF-8" },
		{ "x\n" HEAD "\naccount: x\naccount: y\n", "card:8: the key stands twice" },
		{ "x\n" HEAD "\nlogin: x\n", "card:7: no record begins" },
	};

	for (size_t i = 0; i < COUNTOF(bad); i++) {
		struct card c = { .n = 0 };
		struct buf text = { 0 };
		struct err e = { .rc = OK };
		enum rc rc;

		buf_adds(&text, bad[i].text);
		rc = card_parse(&c, &text, &e);
		ok(rc == E_INPUT && c.a == NULL && strncmp(e.what, bad[i].expect, strlen(bad[i].expect)) == 0, "%s", e.what);
		card_free(&c);
		buf_free(&text);
	}
}

/* Any byte changed: an error or another value, never a crash. */
static void
test_flips(void)
{
	struct account a[2];
	BUF text = { 0 };
	size_t errors = 0, reads = 0;

	fill(&a[0], "paypal", "paypal", NULL);
	fill(&a[1], "mail", "", "paypal");
	set(&a[0].login, "somebody@mail.example");
	compose(&text, a, 2);
	for (size_t i = 0; i < text.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			AUTO(card_free) struct card c = { .n = 0 };
			struct buf copy = { 0 };
			struct err e = { .rc = OK };

			buf_add(&copy, text.p, text.len);
			copy.p[i] = (char)(copy.p[i] ^ (1 << bit));
			if (card_parse(&c, &copy, &e) == OK) {
				card_order(&c, known);
				reads++;
			} else {
				errors++;
			}
		}
	ok(errors > 0 && reads > 0, "every bit changed once: %zu errors, %zu other values", errors, reads);
	for (size_t i = 0; i < 2; i++)
		account_free(&a[i]);
}

int
main(void)
{
	AUTO(auto_close) int dir = open("data", O_RDONLY | O_DIRECTORY);
	struct err e = { .rc = OK };

	if (dir < 0 || providers_load(&known, dir, &e) != OK) {
		printf("Bail out! run from the top of the tree %s\n", e.what);
		return 1;
	}
	test_mask();
	test_contents();
	test_long();
	test_many();
	test_order();
	test_cycle();
	test_sources();
	test_hostile();
	test_flips();
	providers_free(&known);
	return tap_done();
}
