/* Contacts: what is known matches, what looks like it does not, and nothing else is ever vouched for. The helper
 * purser-names is asked as purser asks it; the lists of look-alikes are those of $PURSER_SHARED. */
#include "base/scope.h"
#include "base/utf8.h"
#include "helper/names.h"
#include "tests/tap.h"
#include "wallet/contact.h"

#include <fcntl.h>

#define NOW INT64_C(1795313400000)      /* 2026-11-22 */

static struct names names = NAMES_NONE;
static struct name_source src;
static struct contacts *all;
static struct providers *facts;

static struct contact_result
asked(const char *typed)
{
	struct contact_result r = { .verdict = VERDICT_UNKNOWN };
	struct err e = { .rc = OK };

	if (contact_check(all, &src, typed, &r, &e) != OK)
		ok(false, "%s: %s", typed, e.what);
	return r;
}

static void
add(enum contact_kind kind, enum contact_origin origin, const char *who, const char *value)
{
	struct known k = { .kind = kind, .origin = origin, .who = who, .name = who, .name_zh = who, .value = value,
		.note = "", .source = "", .date = "2026-11-01", .status = DATA_CONFIRMED };
	struct err e = { .rc = OK };

	if (contacts_add(all, &src, &k, &e) != OK)
		ok(false, "cannot add %s: %s", value, e.what);
}

static void
whys(char out[256], uint64_t why)
{
	size_t n = 0;

	out[0] = '\0';
	for (enum contact_why w = 0; w < WHY_COUNT; w++)
		if (why & WHY(w))
			n += (size_t)snprintf(out + n, 256 - n, " %s", contact_why_name(w));
}

/* of: whom it matches or is like; NULL any. why: words that must be among the reasons. */
static void
is(const char *typed, enum contact_verdict v, const char *of, const char *why)
{
	struct contact_result r = asked(typed);
	char got[256], want[40];

	whys(got, r.why);
	(void)snprintf(want, sizeof want, " %s", why);
	ok(r.verdict == v && (of == NULL || (r.of != NULL && strcmp(r.of->who, of) == 0)) &&
		(why[0] == '\0' || strstr(got, want)),
	    "%s: %s %s%s%s (got %s %s:%s)", typed, contact_verdict_name(v), of ? of : "", why[0] ? ", " : "", why,
	    contact_verdict_name(r.verdict), r.of ? r.of->who : "-", got);
}

/* ---- the cases ---- */

static void
urls(void)
{
	is("https://www.paypal.com/myaccount/security/password/change", VERDICT_MATCH, "paypal", "");
	is("https://paypal.com", VERDICT_MATCH, "paypal", "");
	is("PAYPAL.COM", VERDICT_MATCH, "paypal", "");
	is("https://www.PayPal.com./signin?x=1#y", VERDICT_MATCH, "paypal", "");
	is("https://paypal.com:443/", VERDICT_MATCH, "paypal", "");
	is("//www.paypal.com/x", VERDICT_MATCH, "paypal", "");
	is("https://help.wechat.com", VERDICT_MATCH, "wechat", "");
	is("pay.weixin.qq.com", VERDICT_MATCH, "wechat", "");
	is("https://mp.weixin.qq.com/s/abc", VERDICT_PARTLY, "wechat", "anybody");
	is("qq.com", VERDICT_UNKNOWN, "wechat", "shared");
	is("mail.qq.com", VERDICT_UNKNOWN, "wechat", "shared");
	is("https://www.icloud.com/find", VERDICT_MATCH, "apple", "");
	is("alipay.com", VERDICT_REPORTED, "alipay", "");
	is("https://render.alipay.com/x", VERDICT_REPORTED, "alipay", "");
	is("http://www.paypal.com/", VERDICT_PARTLY, "paypal", "not-encrypted");
	is("https://www.paypal.com:8443/", VERDICT_PARTLY, "paypal", "port");
	is("paypal.com:8443", VERDICT_PARTLY, "paypal", "port");
	is("https://me@www.paypal.com/", VERDICT_PARTLY, "paypal", "userinfo");
	is("https:\\\\www.paypal.com\\x", VERDICT_PARTLY, "paypal", "backslash");
	is("https://www.paypal.com\\@evil.example/", VERDICT_PARTLY, "paypal", "backslash");
	is("https://www.paypal%2ecom/", VERDICT_PARTLY, "paypal", "percent");
	is("https://pay\tpal.com/", VERDICT_PARTLY, "paypal", "control");
	is("https://pay\xe2\x80\x8bpal.com/", VERDICT_PARTLY, "paypal", "invisible");
	is("ftp://paypal.com/", VERDICT_PARTLY, "paypal", "scheme");
	is("https://paypal.com@evil.example/login", VERDICT_LOOKALIKE, "paypal", "userinfo");
	is("paypal.com@evil.example/login", VERDICT_LOOKALIKE, "paypal", "userinfo");
	is("https://evil.example/paypal.com/login", VERDICT_LOOKALIKE, "paypal", "path");
	is("https://paypal.com.evil.example/", VERDICT_LOOKALIKE, "paypal", "subdomain");
	is("paypal.com.evil.net", VERDICT_LOOKALIKE, "paypal", "subdomain");
	is("paypal-secure.com", VERDICT_LOOKALIKE, "paypal", "inside");
	is("securepaypal.helpshift.com", VERDICT_LOOKALIKE, "paypal", "inside");
	is("login-paypa1.example", VERDICT_LOOKALIKE, "paypal", "inside");
	is("paypal.evil.com", VERDICT_LOOKALIKE, "paypal", "inside");
	is("paypal.blogspot.com", VERDICT_LOOKALIKE, "paypal", "other-ending");
	is("paypal.co", VERDICT_LOOKALIKE, "paypal", "other-ending");
	is("paypal.co.uk", VERDICT_LOOKALIKE, "paypal", "other-ending");
	is("data:text/html,<h1>paypal.com</h1>", VERDICT_UNKNOWN, NULL, "scheme");
	is("javascript:location='https://paypal.com'", VERDICT_UNKNOWN, NULL, "scheme");
	is("https://192.0.2.7/paypal", VERDICT_UNKNOWN, NULL, "numbers");
	is("https://3221225991/", VERDICT_UNKNOWN, NULL, "numbers");
	is("https://0xc0.0.0x2.7/", VERDICT_UNKNOWN, NULL, "numbers");
	is("https://[2001:db8::1]/", VERDICT_UNKNOWN, NULL, "numbers");
	is("192.0.2.7", VERDICT_UNKNOWN, NULL, "numbers");
	is("https://foo_bar.paypal.com/", VERDICT_UNKNOWN, NULL, "invalid");
	is("https:// paypal.com/", VERDICT_LOOKALIKE, NULL, "invalid");
	is("example.org", VERDICT_UNKNOWN, NULL, "");
	is("https://github.com/", VERDICT_UNKNOWN, NULL, "");
	is("hello", VERDICT_UNKNOWN, NULL, "");
	is("https://", VERDICT_UNKNOWN, NULL, "");
	is("applecard-support.example", VERDICT_LOOKALIKE, "apple-card", "inside");
	is("apple-support.example", VERDICT_LOOKALIKE, "apple", "inside");
	is("pineapple.example", VERDICT_UNKNOWN, NULL, "");
	is("otherwise.com", VERDICT_UNKNOWN, NULL, "");
	is("rise.com", VERDICT_UNKNOWN, NULL, "");
}

static void
look_alikes(void)
{
	is("p\xd0\xb0ypal.com", VERDICT_LOOKALIKE, "paypal", "confusable");                     /* a Cyrillic a */
	is("p\xd0\xb0ypal.com", VERDICT_LOOKALIKE, "paypal", "mixed-scripts");
	is("xn--pypal-4ve.com", VERDICT_LOOKALIKE, "paypal", "punycode");
	is("\xd1\x80\xd0\xb0\xd1\x83\xd1\x80\xd0\xb0\xd3\x8f.com", VERDICT_LOOKALIKE, "paypal", "whole-script");
	is("paypa1.com", VERDICT_LOOKALIKE, "paypal", "confusable");
	is("PayPaI.com", VERDICT_LOOKALIKE, "paypal", "confusable");
	is("c0inbase.com", VERDICT_LOOKALIKE, "coinbase", "confusable");
	is("verrno.com", VERDICT_LOOKALIKE, "venmo", "");
	is("payypal.com", VERDICT_LOOKALIKE, "paypal", "doubled");
	is("paypalx.com", VERDICT_LOOKALIKE, "paypal", "added");
	is("paypl.com", VERDICT_LOOKALIKE, "paypal", "omitted");
	is("papyal.com", VERDICT_LOOKALIKE, "paypal", "swapped");
	is("paypel.com", VERDICT_LOOKALIKE, "paypal", "vowel");
	is("paypcl.com", VERDICT_LOOKALIKE, "paypal", "bit");
	is("paypsl.com", VERDICT_LOOKALIKE, "paypal", "replaced");
	is("pay-pal.com", VERDICT_LOOKALIKE, "paypal", "hyphen");
	is("pay.pal.com", VERDICT_LOOKALIKE, "paypal", "dots");
	is("wwwpaypal.com", VERDICT_LOOKALIKE, "paypal", "inside");
	is("wisse.com", VERDICT_LOOKALIKE, "wise", "doubled");
	is("wise.co", VERDICT_LOOKALIKE, "wise", "other-ending");
	is("pay\xe3\x80\x82pal.com", VERDICT_LOOKALIKE, "paypal", "dots");                      /* an ideographic full stop */
	is("\xef\xbd\x90\xef\xbd\x81\xef\xbd\x99pal.com", VERDICT_MATCH, "paypal",
	    ""); /* fullwidth: IDNA says the same */
}

static void
mails(void)
{
	is("spoof@paypal.com", VERDICT_MATCH, "paypal", "");
	is("mailto:Spoof@PayPal.com?subject=x", VERDICT_MATCH, "paypal", "");
	is("mailto:spoof@paypal.com?subject=x&BODY=y", VERDICT_MATCH, "paypal", "");
	is("mailto:spoof@paypal.com?cc=x@evil.example", VERDICT_PARTLY, "paypal", "displayed");
	is("mailto:spoof@paypal.com?subject=x&%74o=x@evil.example", VERDICT_PARTLY, "paypal", "displayed");
	is("PayPal <spoof@paypal.com>", VERDICT_MATCH, "paypal", "");
	is("PayPal <spoof@paypal.com> ", VERDICT_MATCH, "paypal", "");
	is("<spoof@paypal.com>x@evil.example", VERDICT_PARTLY, "paypal", "displayed");
	is("x <spoof@paypal.com>@evil.example", VERDICT_PARTLY, "paypal", "displayed");
	is("service@paypal.com", VERDICT_PARTLY, "paypal", "local-part");
	is("x@mail.paypal.com", VERDICT_PARTLY, "paypal", "local-part");
	is("spooof@paypal.com", VERDICT_LOOKALIKE, "paypal", "doubled");
	is("spoof@paypa1.com", VERDICT_LOOKALIKE, "paypal", "confusable");
	is("\"spoof@paypal.com\" <x@evil.example>", VERDICT_LOOKALIKE, "paypal", "displayed");
	is("spoof@paypal.com@evil.example", VERDICT_LOOKALIKE, "paypal", "displayed");
	is("paypal.service@mail.example", VERDICT_LOOKALIKE, "paypal", "userinfo");
	is("someone@mail.example", VERDICT_UNKNOWN, NULL, "");
	is("someone@", VERDICT_UNKNOWN, NULL, "");
	is("@paypal.com", VERDICT_PARTLY, "paypal", "invalid");
}

static void
phones(void)
{
	is("+44 20 3322 8352", VERDICT_MATCH, "revolut", "");
	is("0044-20-3322-8352", VERDICT_MATCH, "revolut", "");
	is("+44 (0)20 3322 8352", VERDICT_MATCH, "revolut", "");
	is("tel:+442033228352", VERDICT_MATCH, "revolut", "");
	is("\xef\xbc\x8b\xef\xbc\x94\xef\xbc\x94 20 3322 8352", VERDICT_MATCH, "revolut", "");   /* fullwidth +44 */
	is("+44 20 3322 8353", VERDICT_LOOKALIKE, "revolut", "digit");
	is("+44 20 3322 8325", VERDICT_LOOKALIKE, "revolut", "digit");
	is("+49 20 3322 8352", VERDICT_LOOKALIKE, "revolut", "");
	is("+1 20 3322 8352", VERDICT_LOOKALIKE, "revolut", "");
	is("+880 20 3322 8352", VERDICT_LOOKALIKE, "revolut", "country");
	is("020 3322 8352", VERDICT_PARTLY, "revolut", "national");
	is("+1 888 908 7930", VERDICT_MATCH, "coinbase", "");
	is("1-888-908-7930", VERDICT_PARTLY, "coinbase", "national");
	is("+1-888-908-7931", VERDICT_LOOKALIKE, "coinbase", "digit");
	is("95188", VERDICT_REPORTED, "alipay", "");
	is("95189", VERDICT_LOOKALIKE, "alipay", "digit");
	is("+86 95188", VERDICT_LOOKALIKE, "alipay", "country");
	is("+49 30 1234567", VERDICT_UNKNOWN, NULL, "");
	is("030/1234567", VERDICT_UNKNOWN, NULL, "");
	is("+44 20 3322 8352 ext 7", VERDICT_UNKNOWN, NULL, "");
	is("+44 20 3322 8352;ext=7", VERDICT_UNKNOWN, NULL, "");
	is("tel:+442033228352;ext=7", VERDICT_UNKNOWN, NULL, "");
	is("+44 20 3322 8352?+49 30 1234567", VERDICT_UNKNOWN, NULL, "");
	is("sms:+442033228352;+49301234567", VERDICT_UNKNOWN, NULL, "");
	is("sms:+442033228352?body=x", VERDICT_MATCH, "revolut", "");
}

static void
own(void)
{
	add(CONTACT_DOMAIN, ORIGIN_CONTACT, "my bank", "sparbank.example");
	add(CONTACT_DOMAIN, ORIGIN_CONTACT, "shop host", "blogspot.com");
	add(CONTACT_URL, ORIGIN_ACCOUNT, "giro", "https://banking.girobank.example/login");
	add(CONTACT_MAIL, ORIGIN_CONTACT, "ms k.", "ms.k@largemail.example");
	add(CONTACT_PHONE, ORIGIN_ACCOUNT, "giro", "+49 30 7654321");
	is("https://online.sparbank.example/x", VERDICT_MATCH, "my bank", "");
	is("sparbamk.example", VERDICT_LOOKALIKE, "my bank", "");
	is("blogspot.com", VERDICT_MATCH, "shop host", "");
	is("evil.blogspot.com", VERDICT_UNKNOWN, NULL, "shared");
	is("https://banking.girobank.example/other", VERDICT_MATCH, "giro", "");
	is("https://girobank.example/", VERDICT_UNKNOWN, "giro", "shared");
	add(CONTACT_URL, ORIGIN_CONTACT, "chat", "https://wa.me/4930123/");
	add(CONTACT_DOMAIN, ORIGIN_CONTACT, "chat", "sites.google.com");
	is("https://wa.me/4930123", VERDICT_MATCH, "chat", "");
	is("https://wa.me/4930123?text=x", VERDICT_MATCH, "chat", "");
	is("https://wa.me/49301234", VERDICT_PARTLY, "chat", "anybody");
	is("https://wa.me/4930123/../49666", VERDICT_PARTLY, "chat", "anybody");
	is("https://wa.me/4930123/%2e./49666", VERDICT_PARTLY, "chat", "anybody");
	is("https://wa.me/", VERDICT_PARTLY, "chat", "anybody");
	is("https://sites.google.com/view/evil", VERDICT_PARTLY, "chat", "anybody");
	is("https://sites.google.com/", VERDICT_MATCH, "chat", "");
	is("gir0bank.example", VERDICT_LOOKALIKE, "giro", "confusable");
	is("Ms.K@largemail.example", VERDICT_MATCH, "ms k.", "");
	is("msk@largemail.example", VERDICT_LOOKALIKE, "ms k.", "");
	is("other@largemail.example", VERDICT_UNKNOWN, NULL, "");
	is("largemail.example", VERDICT_UNKNOWN, NULL, "");
	is("030 7654321", VERDICT_PARTLY, "giro", "national");
}

/* Two whose ends are the same, made up; the first is the user's. */
static void
addresses(void)
{
	add(CONTACT_ADDRESS, ORIGIN_BOOK, "payout", "0x52908400098527886E0F7030069857D2E4169EE7");
	add(CONTACT_ADDRESS, ORIGIN_BOOK, "landlord", "DE89 3704 0044 0532 0130 00");
	add(CONTACT_ADDRESS, ORIGIN_HISTORY, "2026-10-03", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT");
	is("0x52908400098527886E0F7030069857D2E4169EE7", VERDICT_MATCH, "payout", "");
	is("0x52908400098527886e0f7030069857d2e4169ee7", VERDICT_MATCH, "payout", "");
	is("0x5290841111111111111111111111111111169ee7", VERDICT_LOOKALIKE, "payout", "ends");
	is("0x1111111111111111111111111111111111111111", VERDICT_UNKNOWN, NULL, "");
	is("de89370400440532013000", VERDICT_MATCH, "landlord", "");
	is("DE89 3704 0044 0532 0130 01", VERDICT_LOOKALIKE, "landlord", "checksum");
	is("0x52908400098527886E0F7030069857D2E4169eE7", VERDICT_UNKNOWN, "payout", "checksum");
	ok((asked("0x52908400098527886E0F7030069857D2E4169eE7").why & WHY(WHY_HISTORY)) == 0, "what is in the book is not said to be of the history");
	is("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", VERDICT_UNKNOWN, "2026-10-03", "history");
	is("1BoatSLRHtKNngkdXEeobR76b53LETtpyX", VERDICT_LOOKALIKE, "2026-10-03", "checksum");
	is("5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ", VERDICT_UNKNOWN, NULL, "private-key");
}

/* ---- what is shipped is never refused ---- */

static void
shipped(void)
{
	size_t confirmed = 0, reported = 0, refused = 0;

	for (size_t i = 0; i < contacts_count(all); i++) {
		const struct known *k = contacts_at(all, i);
		struct contact_result r = asked(k->value);
		bool good = k->status == DATA_CONFIRMED ? r.verdict == VERDICT_MATCH : r.verdict >= VERDICT_REPORTED;

		confirmed += k->status == DATA_CONFIRMED;
		reported += k->status != DATA_CONFIRMED;
		refused += !good;
		if (!good)
			printf("# refused: %s (%s)\n", k->value, contact_verdict_name(r.verdict));
	}
	ok(confirmed >= 20 && reported > 0 && refused == 0,
	    "%zu confirmed and %zu reported contacts that are shipped: %zu refused", confirmed, reported, refused);
}

/* ---- lists of $PURSER_SHARED ---- */

static FILE *
open_list(const char *name)
{
	const char *dir = shared_dir();
	char path[4096];
	FILE *f = NULL;

	if (dir != NULL) {
		(void)snprintf(path, sizeof path, "%s/vectors/security/%s", dir, name);
		f = fopen(path, "re");
	}
	if (f == NULL)
		tap_skip("%s is not there", name);
	return f;
}

static bool
next_line(FILE *f, char *line, size_t size)
{
	if (fgets(line, (int)size, f) == NULL)
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

static void
dnstwist(const char *name, const char *domain)
{
	AUTO(auto_fclose) FILE *f = open_list(name);
	size_t n = 0, vouched = 0, like = 0;
	char line[1024];

	if (f == NULL)
		return;
	while (next_line(f, line, sizeof line)) {
		struct contact_result r;

		if (line[0] == '\0' || strcmp(line, domain) == 0)
			continue;
		r = asked(line);
		n++;
		vouched += r.verdict == VERDICT_MATCH || r.verdict == VERDICT_REPORTED || r.verdict == VERDICT_PARTLY;
		like += r.verdict == VERDICT_LOOKALIKE;
		if (r.verdict != VERDICT_LOOKALIKE)
			printf("# %s: %s (%s)\n", line, contact_verdict_name(r.verdict), r.shown);
	}
	ok(n > 1500 && vouched == 0, "%zu look-alikes of %s: %zu taken for theirs", n, domain, vouched);
	ok(like == n, "... %zu of them are told to be look-alikes", like);
}

/* paypal.com with every letter `to` replaced by the character `from`. */
static void
with_letter(char host[64], unsigned to, unsigned from)
{
	char c[4];
	size_t k = utf8_put(c, from), n = 0;

	for (const char *s = "paypal.com"; *s != '\0'; s++) {
		memcpy(host + n, (unsigned)*s == to ? c : s, (unsigned)*s == to ? k : 1);
		n += (unsigned)*s == to ? k : 1;
	}
	host[n] = '\0';
}

/* Characters that UTS #39 maps to one letter of it: the name that they make is told to be a look-alike, or is the
 * same name to IDNA (fullwidth letters and the like). */
static void
confusables(void)
{
	AUTO(auto_fclose) FILE *f = open_list("confusables.txt");
	size_t n = 0, told = 0, same = 0;
	char line[1024], host[64];
	unsigned from, to;

	if (f == NULL)
		return;
	while (next_line(f, line, sizeof line)) {
		struct contact_result r;

		if (sscanf(line, "%x ;\t%x ;\tMA", &from, &to) != 2 || from < 0x80 || to < 'a' || to > 'z' ||
		    strchr("paypal", (int)to) == NULL)
			continue;
		with_letter(host, to, from);
		r = asked(host);
		n++;
		told += r.verdict == VERDICT_LOOKALIKE;
		same += r.verdict > VERDICT_LOOKALIKE && strcmp(r.ascii, "paypal.com") == 0;
		if (r.verdict < VERDICT_LOOKALIKE)
			printf("# U+%04X: %s %s\n", from, host, contact_verdict_name(r.verdict));
	}
	ok(n > 50 && told + same >= n * 98 / 100,
	    "paypal.com with each of %zu confusable characters: %zu told, %zu are the same name "
	    "to IDNA",
	    n, told, same);
}

static void
suffixes(void)
{
	AUTO(auto_fclose) FILE *f = open_list("psl_tests.txt");
	size_t n = 0, same = 0;
	char line[1024], in[512], want[512];

	if (f == NULL)
		return;
	while (next_line(f, line, sizeof line)) {
		struct name_facts facts_of, expect;
		bool got;

		if (strncmp(line, "//", 2) == 0 || sscanf(line, "%511s %511s", in, want) != 2 || strcmp(in, "null") == 0)
			continue;
		n++;
		got = src.host(src.ctx, in, &facts_of) && facts_of.registrable[0] != '\0';
		if (strcmp(want, "null") != 0 && src.host(src.ctx, want, &expect))
			(void)snprintf(want, sizeof want, "%.500s", expect.ascii);
		if (strcmp(want, "null") == 0 ? !got : got && strcmp(facts_of.registrable, want) == 0)
			same++;
		else
			printf("# %s: %s, not %s\n", in, got ? facts_of.registrable : "none", want);
	}
	ok(n >= 70 && same >= n - 4, "registrable domain: %zu of %zu (a few rows need a newer list)", same, n);
}

/* suffix and base_domain, of URLs. */
static void
url_tools(void)
{
	AUTO(auto_fclose) FILE *f = open_list("url_tools.tsv");
	size_t n = 0, same = 0;
	char line[1024];

	if (f == NULL)
		return;
	while (next_line(f, line, sizeof line)) {
		char *what = line, *in = strchr(line, '\t'), *want = in != NULL ? strchr(in + 1, '\t') : NULL;
		struct name_facts of;
		struct asked q;
		const char *got = "";

		if (want == NULL)
			continue;
		*in++ = *want++ = '\0';
		if (strcmp(what, "suffix") != 0 && strcmp(what, "base_domain") != 0)
			continue;
		n++;
		contact_ask(&q, in, &src);
		if (q.why & WHY(WHY_NUMBERS))
			got = q.host;
		else if (src.host(src.ctx, q.host[0] ? q.host : in, &of))
			got = strcmp(what, "suffix") == 0 ? of.suffix : of.registrable[0] ? of.registrable : of.ascii;
		if (strcmp(got, want) == 0)
			same++;
		else
			printf("# %s of %s: %s, not %s\n", what, in, got, want);
	}
	ok(n > 20 && same == n, "suffix and base domain of URLs: %zu of %zu", same, n);
}

/* ---- the user's own file, and what is old ---- */

static void
own_file(void)
{
	static const char text[] = "provider: mybank\nclass: bank\nen: My Bank\nzh: My Bank\ndomain: mybank.example\n"
	    "domain: my bank\nsource: my contract\nchecked: 2026-11-20\nstatus: confirmed\n\n"
	    "fact: MY-01\nof: mybank\nkind: contact\nby: phone\nen: The desk.\nvalue: +49 30 5550123\nsource: my contract\n"
	    "checked: 2026-01-20\nstatus: confirmed\n";
	AUTO(providers_free) struct providers *mine = NULL;
	AUTO(contacts_free) struct contacts *set = NULL;
	struct contacts *kept = all;
	BUF b = { .max = 1 << 16 };
	struct err e = { .rc = OK };
	struct contact_result r;

	buf_adds(&b, text);
	if (!ok(providers_parse(&mine, &b, "mine", true, &e) == OK && contacts_new(&set, &e) == OK &&
	    contacts_add_providers(set, &src, mine, NOW, &e) == OK, "the user's own file is read: %s", e.what))
		return;
	ok(contacts_count(set) == 2 && strstr(contacts_left_out(set), "my bank") != NULL, "what cannot be read of it is left out: %s",
	    contacts_left_out(set));
	all = set;
	r = asked("www.mybank.example");
	ok(r.verdict == VERDICT_MATCH && r.of->origin == ORIGIN_FILE && !r.of->stale, "its domain matches, as the user's own");
	r = asked("+49 30 5550123");
	ok(r.verdict == VERDICT_MATCH && r.of->stale, "a number that was looked up more than 180 days ago is marked");
	all = kept;
}

/* ---- without the helper ---- */

static void
without_helper(void)
{
	AUTO(contacts_free) struct contacts *mine = NULL;
	struct contacts *kept = all;
	struct name_source had = src;
	struct err e = { .rc = OK };
	struct contact_result r;

	src = name_source_plain();
	ok(contacts_new(&mine, &e) == OK && contacts_add_providers(mine, &src, facts, NOW, &e) == OK,
	    "the set without the helper");
	all = mine;
	shipped();
	is("https://www.paypal.com/", VERDICT_MATCH, "paypal", "");
	is("paypa1.com", VERDICT_LOOKALIKE, "paypal", "confusable");
	is("paypal.co.uk", VERDICT_LOOKALIKE, "paypal", "");
	r = asked("xn--pypal-4ve.com");
	ok(r.verdict == VERDICT_UNKNOWN && r.unexamined, "punycode: not examined, and said so");
	r = asked("p\xd0\xb0ypal.com");
	ok(r.verdict == VERDICT_UNKNOWN && r.unexamined, "other letters: not examined, and said so");
	add(CONTACT_DOMAIN, ORIGIN_CONTACT, "shop host", "blogspot.example");
	r = asked("evil.blogspot.example");
	ok(r.verdict != VERDICT_MATCH, "below a domain of the user's own nothing is vouched for");
	all = kept;
	src = had;
}

int
main(void)
{
	AUTO(auto_close) int dir = open("data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err e = { .rc = OK };
	struct name_facts f;

	src = names_source(&names);
	if (!ok(src.host(src.ctx, "Example.COM", &f) && strcmp(f.ascii, "example.com") == 0, "the helper answers: %s",
		names.why.what))
		return tap_done();
	if (!ok(dir >= 0 && providers_load(&facts, dir, &e) == OK && contacts_new(&all, &e) == OK &&
	    contacts_add_providers(all, &src, facts, NOW, &e) == OK, "what is shipped is read: %s", e.what))
		return tap_done();
	shipped();
	urls();
	look_alikes();
	mails();
	phones();
	dnstwist("dnstwist_paypal.com.txt", "paypal.com");
	dnstwist("dnstwist_alipay.com.txt", "alipay.com");
	confusables();
	suffixes();
	url_tools();
	own();
	addresses();
	own_file();
	without_helper();
	contacts_free(&all);
	providers_free(&facts);
	names_end(&names);
	return tap_done();
}
