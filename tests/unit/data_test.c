/* The shipped facts: that they load, say where they come from, and that damaged files give one clear error. */
#include "base/io.h"
#include "base/scope.h"
#include "tests/tap.h"
#include "wallet/firststeps.h"
#include "wallet/money.h"
#include "wallet/providers.h"
#include "wallet/siterules.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static int real = -1, scratch = -1;
static char scratch_path[] = "/tmp/purser-data-XXXXXX";

static void
put(const char *name, const void *p, size_t n)
{
	struct err e;

	(void)unlinkat(scratch, name, 0);
	if (io_create(scratch, name, 0600, p, n, &e) != OK) {
		printf("Bail out! %s\n", e.what);
		exit(1);
	}
}

/* ---- what is shipped ---- */

static bool
fact_ok(const struct fact *f)
{
	return f->source != NULL && strlen(f->source) >= 8 && strlen(f->checked) == 10 && f->day > 20000 &&
	    f->day < 40000;
}

static void
test_rules(void)
{
	AUTO(siterules_free) struct siterules *s = NULL;
	const struct siterule *r;
	bool good = true, possible = true;
	SECRET pass = { .bytes = NULL };
	unsigned bits = 0;
	const char *why = NULL;
	struct err e = { .rc = OK };

	ok(siterules_load(&s, real, &e) == OK && siterules_count(s) >= 6, "password rules load %s", e.what);
	for (size_t i = 0; s != NULL && i < siterules_count(s); i++) {
		r = siterules_at(s, i);
		good = good && fact_ok(&r->fact) && r->fact.status != DATA_UNCONFIRMED && (r->has_rule ||
		    *r->url != '\0');
		if (r->has_rule) {
			secret_wipe(&pass);
			possible = possible && passgen(&pass, &bits, &r->rule, 0, &e) == OK && passrule_ok(&r->rule,
			    &pass, &why);
		}
	}
	ok(good, "each has source, date and status, none is unconfirmed");
	ok(possible, "a password can be made for each rule");
	r = siterules_find(s, "paypal");
	ok(r != NULL && r->has_rule && r->rule.min == 8 && r->rule.max == 20 && r->rule.max_consecutive == 3 &&
	    r->rule.required == 3 && strlen(r->rule.allowed) == 72 && strcmp(r->url,
	    "https://www.paypal.com/myaccount/security/password/change") == 0 && r->fact.status == DATA_SECOND,
	    "PayPal's rule is as recorded");
	secret_wipe(&pass);
	ok(r != NULL && passgen(&pass, &bits, &r->rule, 0, &e) == OK && pass.len == 20,
	    "20 characters for it, %u.%02u bits", bits / 100, bits % 100);
	ok(siterules_find(s, "www.paypal.com") == r && siterules_find(s, "PAYPAL.COM") == r && siterules_find(s,
	    "PayPal") == r && siterules_find(s, "https://www.paypal.com:443/signin?x=1") == r && siterules_find(s,
	    "paypal.com.") == r, "found by id, domain, name below it and address");
	ok(siterules_find(s, "securepaypal.com") == NULL && siterules_find(s, "paypal.com.evil.example") == NULL &&
	    siterules_find(s, "https://paypal.com:x@evil.example/") == NULL && siterules_find(s,
	    "https://evil.example/paypal.com") == NULL && siterules_find(s, "") == NULL && siterules_find(s, "https://")
	    == NULL && siterules_find(s, "paypa") == NULL, "not by what only looks like it");
	r = siterules_find(s, "card.apple.com");
	ok(r != NULL && strcmp(r->provider, "apple-card") == 0 &&
	    (r = siterules_find(s, "appleid.apple.com")) != NULL && strcmp(r->provider, "apple") == 0,
	    "the longest domain counts");
	ok(siterules_find(s, "alipay") == NULL, "nothing is known of Alipay");
}

static void
test_steps(void)
{
	AUTO(firststeps_free) struct firststeps *s = NULL;
	const struct first_step *st;
	size_t count[3] = { 0, 0, 0 };
	bool good = true, ordered = true, chinese = true;
	enum step_kind last = STEP_NOT;
	struct err e = { .rc = OK };

	ok(firststeps_load(&s, real, &e) == OK, "first steps load %s", e.what);
	for (size_t i = 0; s != NULL && i < firststeps_count(s); i++) {
		st = firststeps_at(s, i);
		count[st->kind]++;
		good = good && fact_ok(&st->fact) && st->fact.status == DATA_CONFIRMED;
		ordered = ordered && st->kind >= last;
		last = st->kind;
		chinese = chinese && *first_step_text(st, true) != '\0' && (unsigned char)*first_step_text(st, true)
		    >= 0x80 && (*first_step_detail(st, true) == '\0') == (*first_step_detail(st, false) == '\0');
	}
	ok(good, "each is confirmed, with source and date");
	ok(ordered && count[STEP_NOT] >= 1 && count[STEP_DO] >= 5, "what not to do, then the steps, then what to know");
	ok(chinese, "and stands there in Chinese");
}

static void
test_providers(void)
{
	AUTO(providers_free) struct providers *p = NULL;
	const struct provider *q;
	bool good = true;
	struct err e = { .rc = OK };

	ok(providers_load(&p, real, &e) == OK && providers_count(p) >= 10, "providers load %s", e.what);
	for (size_t i = 0; p != NULL && i < providers_count(p); i++) {
		q = providers_at(p, i);
		good = good && fact_ok(&q->fact) && q->fact.status != DATA_UNCONFIRMED && (q->domains > 0 ||
		    q->aliases > 0 || q->places > 0);
	}
	ok(good, "each has source, date, status and a domain, an alias or a place");
	q = providers_find(p, "apple-card");
	ok(q != NULL && providers_find(p, "Apple Card") == q && providers_find(p, "applecard") == q &&
	    providers_find(p, "card.apple.com") == q && q->formats == 1 && strcmp(q->format[0], "apple-card") == 0 &&
	    strcmp(q->currency, "USD") == 0, "Apple Card by id, name and domain");
	ok(providers_find(p, "支付宝") == providers_find(p, "alipay") && providers_find(p, "微信支付") != NULL &&
	    providers_find(p, "wechat") == providers_find(p, "微信支付"), "by Chinese names");
	ok(providers_find(p, "paypla") == NULL && providers_find(p, "") == NULL && providers_find(p, "-") == NULL,
	    "a typing error finds none");
	ok(fact_stale(&(struct fact){ .day = 20000 }, INT64_C(86400000) * 20181) && !fact_stale(&(struct fact){ .day =
	    20000 }, INT64_C(86400000) * 20180), "a fact is stale after 180 days");
}

/* Every rule, step and provider file is in the build's list: a file that nobody reads would be a fact that nobody sees.
 * */
/* Each has a test that reads the shipped one as a whole. */
static bool
is_known(const char *name)
{
	static const char *const known[] = { "calendars.txt", "drill.txt", "first-steps.txt", "guide.txt", "incident-steps.txt",
		"ladder.txt", "laws.txt", "letters.txt", "password-rules.txt", "providers.txt", "verify.txt" };

	for (size_t i = 0; i < COUNTOF(known); i++)
		if (strcmp(name, known[i]) == 0)
			return true;
	printf("# %s\n", name);
	return false;
}

static void
test_all_read(void)
{
	AUTO(auto_close) int fd = openat(real, ".", O_RDONLY | O_DIRECTORY);
	DIR *d = fdopendir(dup(fd));
	struct dirent *en;
	bool good = true;

	while (d != NULL && (en = readdir(d)) != NULL)
		if (strstr(en->d_name, ".txt") != NULL)
			good = good && is_known(en->d_name);
	ok(d != NULL && good, "every data file is one that is read here");
	if (d != NULL)
		(void)closedir(d);
}

/* ---- hostile files ---- */

#define TAIL "source: a document\nchecked: 2026-11-21\nstatus: confirmed\n"

struct hostile { const char *text, *expect; };

static void
try_rules(const struct hostile *h)
{
	AUTO(siterules_free) struct siterules *s = NULL;
	struct err e = { .rc = OK };

	put("password-rules.txt", h->text, strlen(h->text));
	ok(siterules_load(&s, scratch, &e) == E_INPUT && s == NULL && strncmp(e.what, h->expect, strlen(h->expect))
	    == 0, "%s", e.what);
}

static void
test_hostile(void)
{
	static const struct hostile rules[] = {
		{ "", "password-rules.txt:1: the file is empty" },
		{ "# only a comment\n", "password-rules.txt:1: the file is empty" },
		{ "provider: x\n", "password-rules.txt:1: source: missing" },
		{ "provider: x\n" TAIL, "password-rules.txt:1: domain: missing" },
		{ "provider: x\ndomain: x.com\n" TAIL, "password-rules.txt:1: provider: neither" },
		{ "provider: x\ndomain: x.com\nurl: http://x.com/\n" TAIL, "password-rules.txt:3: url: expected" },
		{ "provider: x\ndomain: x.com\nurl: javascript:alert(1)\n" TAIL,
		    "password-rules.txt:3: url: expected" },
		{ "provider: x\ndomain: x.com\nlength: 8-20\n" TAIL, "password-rules.txt:1: allow: length and" },
		{ "provider: x\ndomain: x.com\nallow: lower\n" TAIL, "password-rules.txt:1: length: length and" },
		{ "provider: x\ndomain: x.com\nlength: 20-8\nallow: lower\n" TAIL,
		    "password-rules.txt:3: length: expected" },
		{ "provider: x\ndomain: x.com\nlength: 8\nallow: lower\n" TAIL,
		    "password-rules.txt:3: length: expected" },
		{ "provider: x\ndomain: x.com\nlength: 0-8\nallow: lower\n" TAIL,
		    "password-rules.txt:3: length: expected" },
		{ "provider: x\ndomain: x.com\nlength: 8-99999999999\nallow: lower\n" TAIL,
		    "password-rules.txt:3: length: expected" },
		{ "provider: x\ndomain: x.com\nlength: 123456789-8\nallow: lower\n" TAIL,
		    "password-rules.txt:3: length: expected" },
		{ "provider: x\ndomain: x.com\nlength: 8-20\nallow: lower,upper\n" TAIL,
		    "password-rules.txt:4: allow: expected" },
		{ "provider: x\ndomain: x.com\nlength: 8-20\nallow: [abc\n" TAIL,
		    "password-rules.txt:4: allow: expected" },
		{ "provider: x\ndomain: x.com\nlength: 8-20\nallow: []\n" TAIL,
		    "password-rules.txt:4: allow: expected" },
		{ "provider: x\ndomain: x.com\nlength: 8-20\nallow: [\xc3\xa4]\n" TAIL,
		    "password-rules.txt:4: allow: expected" },
		{ "provider: x\ndomain: x.com\nlength: 8-20\nallow: letters\n" TAIL,
		    "password-rules.txt:4: allow: expected" },
		{ "provider: x\ndomain: x.com\nlength: 8-20\nallow: lower\nrequire: upper\n" TAIL,
		    "password-rules.txt:5: require: expected" },
		{ "provider: x\ndomain: x.com\nurl: https://x.com\nrequire: upper\n" TAIL,
		    "password-rules.txt:4: require: expected" },
		{ "provider: x\ndomain: x.com\nlength: 1-1\nallow: lower, digit\nrequire: lower\nrequire: digit\n" TAIL,
		    "password-rules.txt:3: length: shorter" },
		{ "provider: x\ndomain: x.com\nlength: 8-9\nallow: lower\nmax-consecutive: 0\n" TAIL,
		    "password-rules.txt:5: max-consecutive" },
		{ "provider: x\ndomain: x.com\nurl: https://x.com\nsource: a document\n"
		    "checked: 2026-11-21\nstatus: unconfirmed\n",
		    "password-rules.txt:6: status: an unconfirmed" },
		{ "provider: x\ndomain: x.com\nurl: https://x.com\nsource: a document\n"
		    "checked: 2026-02-30\nstatus: confirmed\n",
		    "password-rules.txt:5: checked: not a date" },
		{ "provider: x\ndomain: x.com\nurl: https://x.com\nsource: a document\n"
		    "checked: yesterday\nstatus: confirmed\n",
		    "password-rules.txt:5: checked: not a date" },
		{ "provider: x\ndomain: x.com\nurl: https://x.com\nsource: a document\n"
		    "checked: 2026-11-21\nstatus: true\n",
		    "password-rules.txt:6: status: unknown" },
		{ "provider: x\nprovider: y\n", "password-rules.txt:2: the key stands twice" },
		{ "\n\nprovider x\n", "password-rules.txt:3: expected" },
		{ "provider:x\n", "password-rules.txt:1: expected" }, { "provider: \n", "password-rules.txt:1: blank" },
		{ ": x\n", "password-rules.txt:1: expected" }, { "colour: red\n", "password-rules.txt:1: unknown key" },
		{ "provider: x", "password-rules.txt:1: the last line" }, { " provider: x\n",
		    "password-rules.txt:1: blank" },
		{ "provider: x\r\n", "password-rules.txt:1: control" }, { "provider: \x1b[2J\n",
		    "password-rules.txt:1: control" },
		{ "provider: a\xe2\x80\xae" "b\n", "password-rules.txt:1: control" }, { "provider: \xff\n",
		    "password-rules.txt:1: not UTF-8" },
		{ "provider: \xc0\xaf\n", "password-rules.txt:1: not UTF-8" },
	};

	for (size_t i = 0; i < COUNTOF(rules); i++)
		try_rules(&rules[i]);
}

static void
test_bounds(void)
{
	BUF b = { .max = 4u << 20 };
	AUTO(siterules_free) struct siterules *s = NULL;
	AUTO(firststeps_free) struct firststeps *st = NULL;
	AUTO(providers_free) struct providers *p = NULL;
	struct err e = { .rc = OK };
	struct hostile h = { NULL, "password-rules.txt:1: the line is too long" };
	static const char nul[] = "provider: a\0b\n";
	static const char likely[] =
	    "kind: do\nen: x\nzh: y\nsource: a document\nchecked: 2026-11-21\nstatus: confirmed-2nd\n";
	static const char half[] = "kind: do\nen: x\nzh: y\ndetail-en: z\n" TAIL;
	static const char twice[] =
	    "provider: x\nclass: wallet\nen: X\nzh: X\ndomain: x.com\n" TAIL
	    "\nprovider: x\nclass: wallet\nen: Y\nzh: Y\ndomain: y.com\n" TAIL;
	static const char name[] = "provider: X y\nclass: wallet\nen: X\nzh: X\ndomain: x.com\n" TAIL;

	buf_adds(&b, "provider: ");
	for (int i = 0; i < 2000; i++)
		buf_addc(&b, 'x');
	buf_addc(&b, '\n');
	h.text = buf_str(&b);
	try_rules(&h);
	buf_reset(&b);
	for (int i = 0; i < 513; i++)
		buf_adds(&b, "provider: x\n\n");
	h = (struct hostile){ buf_str(&b), "password-rules.txt:1025: too many records" };
	try_rules(&h);
	buf_reset(&b);
	for (int i = 0; i < 30; i++)
		buf_adds(&b, "domain: x\n");
	h = (struct hostile){ buf_str(&b), "password-rules.txt:25: too many fields" };
	try_rules(&h);
	buf_reset(&b);
	for (int i = 0; i < 30000; i++)
		buf_adds(&b, "# a comment\n");
	h = (struct hostile){ buf_str(&b), "password-rules.txt is larger" };
	try_rules(&h);
	put("password-rules.txt", nul, sizeof nul - 1);
	ok(siterules_load(&s, scratch, &e) == E_INPUT && strstr(e.what, ":1: control") != NULL, "a NUL byte: %s",
	    e.what);
	(void)unlinkat(scratch, "password-rules.txt", 0);
	ok(siterules_load(&s, scratch, &e) == E_NOTFOUND, "no file: %s", e.what);
	(void)mkdirat(scratch, "password-rules.txt", 0700);
	ok(siterules_load(&s, scratch, &e) == E_INPUT, "a directory: %s", e.what);
	(void)unlinkat(scratch, "password-rules.txt", AT_REMOVEDIR);
	put("first-steps.txt", likely, sizeof likely - 1);
	ok(firststeps_load(&st, scratch, &e) == E_INPUT && strstr(e.what, ":6: status: only confirmed") != NULL, "%s",
	    e.what);
	put("first-steps.txt", half, sizeof half - 1);
	ok(firststeps_load(&st, scratch, &e) == E_INPUT && strstr(e.what, "both languages") != NULL, "%s", e.what);
	put("providers.txt", twice, sizeof twice - 1);
	ok(providers_load(&p, scratch, &e) == E_INPUT && strstr(e.what, "provider: stands twice") != NULL, "%s", e.what);
	put("providers.txt", name, sizeof name - 1);
	ok(providers_load(&p, scratch, &e) == E_INPUT && strstr(e.what, ":1: provider: expected") != NULL, "%s", e.what);
}

/* Any byte of the shipped file changed: an error or another value, never a crash; ends within bounds. */
static void
test_flips(void)
{
	BUF b = { .max = DATA_FILE_MAX };
	struct err e = { .rc = OK };
	size_t errors = 0, loads = 0;

	if (io_read_file(real, "password-rules.txt", DATA_FILE_MAX, &b, &e) != OK) {
		ok(false, "%s", e.what);
		return;
	}
	for (size_t i = 0; i < b.len; i++) {
		AUTO(siterules_free) struct siterules *s = NULL;
		char keep = b.p[i];

		b.p[i] = (char)(keep ^ (i % 2 ? 0x20 : 0x07));
		put("password-rules.txt", b.p, b.len);
		if (siterules_load(&s, scratch, &e) == OK)
			loads++;
		else
			errors++;
		b.p[i] = keep;
	}
	ok(errors > 0 && loads > 0, "every byte changed once: %zu errors, %zu other values", errors, loads);
	(void)unlinkat(scratch, "password-rules.txt", 0);
}

static void
test_open(void)
{
	AUTO(auto_close) int fd = -1;
	struct err e = { .rc = OK };
	enum rc rc = data_open(&fd, &e);

	ok(rc == OK || rc == E_NOTFOUND, "the data directory is found or its absence is said: %s", e.what);
}

int
main(void)
{
	struct err e;

	real = open("data", O_RDONLY | O_DIRECTORY);
	if (real < 0 || mkdtemp(scratch_path) == NULL || (scratch = open(scratch_path, O_RDONLY | O_DIRECTORY)) < 0 ||
	    crypto_start(&e) != OK) {
		printf("Bail out! run from the top of the tree\n");
		return 1;
	}
	test_rules();
	test_steps();
	test_providers();
	test_all_read();
	test_hostile();
	test_bounds();
	test_flips();
	test_open();
	(void)unlinkat(scratch, "first-steps.txt", 0);
	(void)unlinkat(scratch, "providers.txt", 0);
	(void)rmdir(scratch_path);
	return tap_done();
}
