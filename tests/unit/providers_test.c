/* What is known of providers and laws: every shipped fact is whole, nothing unconfirmed instructs, hostile files of the
 * user's own give one clear error. */
#include "base/io.h"
#include "base/scope.h"
#include "tests/tap.h"
#include "wallet/providers.h"

#include <fcntl.h>
#include <sys/stat.h>

static int real = -1;
static char scratch[] = "/tmp/purser-providers-XXXXXX";

static struct providers *
shipped(void)
{
	struct providers *p = NULL;
	struct err e = { .rc = OK };

	if (providers_load(&p, real, &e) != OK) {
		printf("Bail out! %s\n", e.what);
		exit(1);
	}
	return p;
}

/* ---- what is shipped ---- */

static bool
is_chinese(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0xe3)
			return true;
	return false;
}

static void
test_whole(void)
{
	AUTO(providers_free) struct providers *p = shipped();
	size_t bad = 0, unconfirmed = 0, numbers = 0, deadlines = 0;

	for (size_t i = 0; i < advice_count(p); i++) {
		const struct advice *a = advice_at(p, i);

		if (strlen(a->fact.source) < 6 || strlen(a->fact.checked) != 10 || a->fact.day < 20000 || *a->en == '\0' ||
		    !is_chinese(a->zh) || a->own || a->ofs == 0) {
			printf("# %s\n", a->id);
			bad++;
		}
		unconfirmed += a->fact.status == DATA_UNCONFIRMED;
		numbers += a->value[0] != '\0' && a->fact.status == DATA_UNCONFIRMED;
		deadlines += a->kind == ADVICE_DEADLINE;
	}
	ok(bad == 0 && advice_count(p) > 100, "each of %zu facts has source, date, status and both languages",
	    advice_count(p));
	ok(unconfirmed > 0 && numbers == 0, "%zu are unconfirmed, none of them has a number or an address", unconfirmed);
	ok(deadlines >= 25, "%zu deadlines have a period and what it counts from", deadlines);
}

static void
test_instructs(void)
{
	AUTO(providers_free) struct providers *p = shipped();
	size_t wrong = 0, yes = 0;

	for (size_t i = 0; i < advice_count(p); i++) {
		const struct advice *a = advice_at(p, i);

		yes += advice_instructs(a);
		wrong += advice_instructs(a) != (a->fact.status == DATA_CONFIRMED);
	}
	ok(wrong == 0 && yes > 50, "an instruction is what is confirmed, and nothing else");
}

static const struct advice *
by_id(const struct providers *p, const char *id)
{
	for (size_t i = 0; i < advice_count(p); i++)
		if (strcmp(advice_at(p, i)->id, id) == 0)
			return advice_at(p, i);
	return NULL;
}

/* The host of an address or the domain of a mail address lies in a domain of one of those that the fact is about. */
static bool
at_home(const struct providers *p, const struct advice *a)
{
	const char *host = strstr(a->value, "://"), *at = strchr(a->value, '@');
	size_t n;

	host = host != NULL ? host + 3 : at + 1;
	n = strcspn(host, "/");
	for (size_t i = 0; i < a->ofs; i++) {
		const struct provider *q = providers_find(p, a->of[i]);

		for (size_t k = 0; q != NULL && k < q->domains; k++) {
			size_t d = strlen(q->domain[k]);

			if (n >= d && strncmp(host + n - d, q->domain[k], d) == 0 && (n == d || host[n - d - 1] == '.'))
				return true;
		}
	}
	return false;
}

static void
test_addresses(void)
{
	AUTO(providers_free) struct providers *p = shipped();
	size_t foreign = 0, seen = 0;

	for (size_t i = 0; i < advice_count(p); i++) {
		const struct advice *a = advice_at(p, i);
		const struct provider *q = providers_find(p, a->of[0]);

		if ((strcmp(a->by, "web") != 0 && strcmp(a->by, "mail") != 0) || a->value[0] == '\0' || q == NULL ||
		    q->class == CLASS_LAW)
			continue;
		seen++;
		if (!at_home(p, a)) {
			printf("# %s: %s\n", a->id, a->value);
			foreign++;
		}
	}
	ok(foreign == 0 && seen >= 8, "each of %zu addresses of a provider lies in its own domains", seen);
}

static void
test_recorded(void)
{
	AUTO(providers_free) struct providers *p = shipped();
	static const char *const wallets[] = { "paypal", "apple", "apple-cash", "apple-card", "wechat", "alipay", "venmo",
		"cash-app", "revolut", "wise", "coinbase", "card", "bank", "exchange", "mailbox", "sim" };
	static const char *const laws[] = { "us-reg-e", "us-reg-z", "eu-psd2", "uk", "cn" };
	const struct advice *a;
	size_t known = 0, with = 0;

	for (size_t i = 0; i < COUNTOF(wallets); i++) {
		const struct provider *q = providers_find(p, wallets[i]);

		known += q != NULL && q->class != CLASS_LAW;
		for (size_t k = 0; k < advice_count(p); k++)
			if (advice_of(advice_at(p, k), wallets[i])) {
				with++;
				break;
			}
	}
	ok(known == COUNTOF(wallets) && with == known, "%zu providers and kinds of accounts have facts", known);
	for (size_t i = 0; i < COUNTOF(laws); i++)
		known -= providers_find(p, laws[i]) != NULL && providers_find(p, laws[i])->class == CLASS_LAW;
	ok(known == COUNTOF(wallets) - COUNTOF(laws), "so have the laws");
	a = by_id(p, "RV-03");
	ok(a != NULL && strcmp(a->value, "+44 20 3322 8352") == 0 && a->kind == ADVICE_FREEZE && advice_instructs(a),
	    "Revolut's line that blocks cards");
	a = by_id(p, "US-02");
	ok(a != NULL && a->period == 60 && a->unit == UNIT_DAYS && strcmp(a->from, "statement") == 0 &&
	    strcmp(a->who, "you") == 0 && a->places == 1 && strcmp(a->place[0], "US") == 0, "60 days from the statement");
	a = by_id(p, "EU-02");
	ok(a != NULL && a->period == 1 && a->unit == UNIT_BUSINESS_DAYS && strcmp(a->who, "they") == 0,
	    "the next business day");
	a = by_id(p, "AL-01");
	ok(a != NULL && !advice_instructs(a) && a->fact.status == DATA_SECOND, "Alipay's line is only reported");
	ok(providers_find(p, "mail") == providers_find(p, "mailbox") && providers_find(p, "手机号") != NULL &&
	    strcmp(providers_find(p, "手机号")->id, "sim") == 0, "mailbox and SIM by other names");
	ok(providers_find(p, "United Kingdom") == NULL, "a law is found by its id only");
}

/* What the playbook has of these providers and laws, by its ids: nothing that was looked up got lost. */
static void
test_playbook(void)
{
	static const char *const ids[] = { "PP-01", "PP-02", "PP-03", "PP-04", "PP-05", "PP-06", "PP-07", "PP-08", "PP-09",
		"PP-11", "PP-12", "PP-13", "PP-15", "AP-01", "AP-02", "AP-03", "AP-04", "AP-06", "WX-01", "WX-02", "WX-03", "WX-04",
		"WX-05", "WX-06", "WX-07", "WX-08", "WX-09", "AL-01", "AL-02", "AL-03", "AL-04", "VE-01", "VE-02", "VE-03", "VE-04",
		"CA-01", "CA-02", "CA-03", "CA-04", "CA-06", "RV-01", "RV-02", "RV-03", "RV-04", "RV-05", "WI-01", "WI-02", "WI-03",
		"WI-04", "WI-05", "CB-01", "CB-02", "CB-03", "CB-04", "CB-05", "CB-06", "CB-07", "CB-08", "CB-09", "US-01", "US-02",
		"US-03", "US-04", "US-05", "US-06", "US-07", "US-08", "US-09", "US-10", "US-11", "EU-01", "EU-02", "EU-03", "EU-04",
		"EU-05", "UK-01", "UK-02", "UK-03", "UK-04", "UK-05", "UK-06", "CN-01", "CN-02", "CN-03", "CN-04", "CN-06", "CN-07",
		"CN-08", "CN-09", "CN-10", "CN-11", "CN-12", "CH-01", "CH-02" };
	/* Not confirmed there: no number of these may have become a fact that instructs. */
	static const char *const doubtful[] = { "PP-15", "AL-03", "AL-04", "WI-02", "UK-02", "CN-11" };
	AUTO(providers_free) struct providers *p = shipped();
	size_t missing = 0, wrong = 0;

	for (size_t i = 0; i < COUNTOF(ids); i++)
		if (by_id(p, ids[i]) == NULL) {
			printf("# %s\n", ids[i]);
			missing++;
		}
	ok(missing == 0, "each of %zu facts of the playbook about these providers and laws is there", COUNTOF(ids));
	for (size_t i = 0; i < COUNTOF(doubtful); i++) {
		const struct advice *a = by_id(p, doubtful[i]);

		wrong += a == NULL || a->fact.status != DATA_UNCONFIRMED || advice_instructs(a) || a->value[0] != '\0';
	}
	ok(wrong == 0, "what is not confirmed there is not confirmed here");
}

static void
test_stale(void)
{
	AUTO(providers_free) struct providers *p = shipped();
	size_t early = 0, late = 0;

	for (size_t i = 0; i < advice_count(p); i++) {
		const struct fact *f = &advice_at(p, i)->fact;

		early += fact_stale(f, (f->day + DATA_STALE_DAYS) * 86400000);
		late += !fact_stale(f, (f->day + DATA_STALE_DAYS + 1) * 86400000);
	}
	ok(early == 0 && late == 0, "each fact is marked from its 181st day on");
}

/* Which kinds of account a law is about; without a class all that hold money. */
static void
test_classes(void)
{
	AUTO(providers_free) struct providers *p = shipped();
	unsigned card = 1U << CLASS_CARD, money = card | 1U << CLASS_WALLET | 1U << CLASS_BANK;

	for (size_t i = 0; i < providers_count(p); i++) {
		const struct provider *q = providers_at(p, i);

		if (strcmp(q->id, "us-reg-z") == 0)
			ok(q->classes == card, "Regulation Z is about cards");
		if (strcmp(q->id, "us-reg-e") == 0)
			ok(q->classes == money, "Regulation E is about wallets, cards and banks");
		if (strcmp(q->id, "us") == 0)
			ok(q->classes == (money | 1U << CLASS_EXCHANGE), "authorities are there for all that hold money");
		if (q->class != CLASS_LAW && q->classes != 0)
			ok(false, "a provider has no such list");
	}
}

/* ---- a user's own file ---- */

#define TAIL "source: a document\nchecked: 2026-11-21\nstatus: confirmed\n"
#define FACT "fact: X-1\nof: mybank\nkind: "

static enum rc
parse(const char *text, size_t n, bool own, struct providers **out, struct err *e)
{
	struct buf b = { .max = DATA_FILE_MAX };

	buf_add(&b, text, n);
	return providers_parse(out, &b, "providers.txt", own, e);
}

static void
test_hostile(void)
{
	static const struct { const char *text, *expect;
	} bad[] = {
		{ "", ":1: the file is empty" },
		{ "colour: red\n" TAIL, ":1: no record begins with this key" },
		{ "en: x\nfact: X-1\n" TAIL, ":1: no record begins with this key" },
		{ FACT "freeze\nen: a\ncolour: red\n" TAIL, ":5: unknown key" },
		{ FACT "freeze\n" TAIL, ":1: en: missing" },
		{ "fact: X-1\nkind: freeze\nen: a\n" TAIL, ":1: of: missing" },
		{ "fact: X 1\nof: mybank\nkind: freeze\nen: a\n" TAIL, ":1: fact: expected" },
		{ "fact: X-1\nof: My Bank\nkind: freeze\nen: a\n" TAIL, ":2: of: expected" },
		{ FACT "burn\nen: a\n" TAIL, ":3: kind: expected" },
		{ FACT "contact\nen: a\n" TAIL, ":1: by: missing" },
		{ FACT "contact\nby: pigeon\nen: a\n" TAIL, ":4: by: expected" },
		{ FACT "contact\nby: phone\nvalue: 12\nen: a\n" TAIL, ":5: value: expected a phone" },
		{ FACT "contact\nby: phone\nvalue: +49 (30)\nen: a\n" TAIL, ":5: value: expected a phone" },
		{ FACT "contact\nby: phone\nvalue: +1 0900 CALL ME\nen: a\n" TAIL, ":5: value: expected a phone" },
		{ FACT "contact\nby: web\nvalue: http://x.com\nen: a\n" TAIL, ":5: value: expected https" },
		{ FACT "contact\nby: web\nvalue: https://p\xd0\xb0ypal.com\nen: a\n" TAIL, ":5: value: expected https" },
		{ FACT "contact\nby: web\nvalue: https://paypal.com@evil.example/\nen: a\n" TAIL,
		    ":5: value: expected https" },
		{ FACT "contact\nby: web\nvalue: https://x.com/\"><script>\nen: a\n" TAIL, ":5: value: expected https" },
		{ FACT "contact\nby: mail\nvalue: a b@x.com\nen: a\n" TAIL, ":5: value: expected a mail" },
		{ FACT "contact\nby: mail\nvalue: a@b@x.com\nen: a\n" TAIL, ":5: value: expected a mail" },
		{ FACT "contact\nby: app\nvalue: x\nen: a\n" TAIL, ":5: value: only web" },
		{ FACT "contact\nby: phone\nvalue: 110110\nen: a\nsource: s\nchecked: 2026-11-21\nstatus: unconfirmed\n",
		    ":5: value: an unconfirmed" },
		{ FACT "freeze\nen: a\nchecked: 2026-11-21\nstatus: confirmed\n", ":1: source: missing" },
		{ FACT "freeze\nen: a\nsource: s\nstatus: confirmed\n", ":1: checked: missing" },
		{ FACT "freeze\nen: a\nsource: s\nchecked: 2026-11-21\n", ":1: status: missing" },
		{ FACT "freeze\nen: a\nsource: s\nchecked: 2026-13-21\nstatus: confirmed\n", ":6: checked: not a date" },
		{ FACT "freeze\nen: a\nsource: s\nchecked: 2026-11-21\nstatus: sure\n", ":7: status: unknown" },
		{ FACT "freeze\nen: a\njurisdiction: usa\n" TAIL, ":5: jurisdiction: expected" },
		{ FACT "deadline\nen: a\n" TAIL, ":1: who: missing" },
		{ FACT "deadline\nen: a\nwho: you\nfrom: notice\nperiod: 0 days\n" TAIL, ":7: period: expected" },
		{ FACT "deadline\nen: a\nwho: you\nfrom: notice\nperiod: 10 weeks\n" TAIL, ":7: period: expected" },
		{ FACT "deadline\nen: a\nwho: you\nfrom: notice\nperiod: 99999999999 days\n" TAIL, ":7: period: expected" },
		{ FACT "deadline\nen: a\nwho: me\nfrom: notice\nperiod: 1 days\n" TAIL, ":5: who: expected" },
		{ FACT "deadline\nen: a\nwho: you\nfrom: moon\nperiod: 1 days\n" TAIL, ":6: from: expected" },
		{ FACT "freeze\nen: a\nperiod: 1 days\n" TAIL, ":5: period: only a deadline" },
		{ FACT "freeze\nen: a\nduty: report\n" TAIL, ":5: duty: only a deadline" },
		{ FACT "deadline\nen: a\nwho: you\nfrom: notice\nperiod: 1 days\nduty: To Report\n" TAIL, ":8: duty: expected" },
		{ "law: x\nen: X\njurisdiction: US\nclass: piggy\n" TAIL, ":4: class: expected" },
		{ FACT "freeze\nen: a\n" TAIL "\n" FACT "freeze\nen: b\n" TAIL, ":9: fact: stands twice" },
		{ "provider: mybank\nen: My Bank\n" TAIL, ":1: class: missing" },
		{ "provider: mybank\nclass: piggy\nen: My Bank\n" TAIL, ":2: class: expected" },
		{ "law: x\nen: X\njurisdiction: Mars\n" TAIL, ":3: jurisdiction: expected" },
		{ FACT "freeze\nen: a\xff\n" TAIL, ":4: not UTF-8" },
		{ FACT "freeze\nen: a\x1b[2J\n" TAIL, ":4: control" },
		{ FACT "freeze\nen: a\xe2\x80\xae" "b\n" TAIL, ":4: control" },
		{ FACT "freeze\r\nen: a\n" TAIL, ":3: control" },
		{ FACT "freeze\nen: a", ":4: the last line" },
	};

	for (size_t i = 0; i < COUNTOF(bad); i++) {
		struct providers *p = NULL;
		struct err e = { .rc = OK };
		enum rc rc = parse(bad[i].text, strlen(bad[i].text), true, &p, &e);

		ok(rc == E_INPUT && p == NULL && strncmp(e.what, "providers.txt", 13) == 0 &&
		    strncmp(e.what + 13, bad[i].expect, strlen(bad[i].expect)) == 0, "%s", e.what);
		providers_free(&p);
	}
}

static void
test_bounds(void)
{
	BUF b = { .max = 1 << 20 };
	struct providers *p = NULL;
	struct err e = { .rc = OK };
	static const char nul[] = "fact: X\0Y\n";

	ok(parse(nul, sizeof nul - 1, true, &p, &e) == E_INPUT && strstr(e.what, ":1: control") != NULL,
	    "a NUL byte: %s", e.what);
	buf_adds(&b, FACT "freeze\nen: ");
	for (int i = 0; i < 2000; i++)
		buf_addc(&b, 'x');
	buf_adds(&b, "\n" TAIL);
	ok(parse(b.p, b.len, true, &p, &e) == E_INPUT && strstr(e.what, ":4: the line is too long") != NULL, "%s", e.what);
	buf_reset(&b);
	buf_adds(&b, "fact: X-1\n");
	for (int i = 0; i < 9; i++)
		buf_addf(&b, "of: bank%d\n", i);
	buf_adds(&b, "kind: freeze\nen: a\n" TAIL);
	ok(parse(b.p, b.len, true, &p, &e) == E_INPUT && strstr(e.what, ": of: too many") != NULL, "%s", e.what);
	buf_reset(&b);
	for (int i = 0; i < 600; i++)
		buf_addf(&b, "fact: X-%d\nof: a\nkind: know\nen: a\n" TAIL "\n", i);
	ok(parse(b.p, b.len, true, &p, &e) == E_INPUT && strstr(e.what, "too many records") != NULL, "%s", e.what);
	providers_free(&p);
}

static void
put(char path[64], const char *text)
{
	struct err e = { .rc = OK };

	(void)snprintf(path, 64, "%s/providers.txt", scratch);
	(void)unlink(path);
	if (io_create(AT_FDCWD, path, 0600, text, strlen(text), &e) != OK)
		printf("# %s\n", e.what);
}

static void
test_own(void)
{
	AUTO(providers_free) struct providers *p = shipped();
	size_t facts = advice_count(p), n = providers_count(p);
	const struct advice *a;
	struct err e = { .rc = OK };
	char path[64];

	put(path, "provider: mybank\nclass: bank\nen: My Bank\ndomain: mybank.example\n" TAIL "\n"
	    "fact: MINE-1\nof: mybank\nkind: freeze\nby: phone\nen: night line\nvalue: +49 30 1234567\n" TAIL "\n"
	    "fact: RV-03\nof: revolut\nkind: freeze\nby: phone\nzh: 我的号码\nvalue: +44 20 0000 0000\n" TAIL "\n");
	ok(providers_own(p, path, &e) == OK && advice_count(p) == facts + 1 && providers_count(p) == n + 1,
	    "an own file adds to what is shipped %s", e.what);
	a = by_id(p, "RV-03");
	ok(a != NULL && a->own && strcmp(a->value, "+44 20 0000 0000") == 0 && strcmp(a->en, a->zh) == 0,
	    "a record of a shipped id takes its place and is marked as own");
	ok(by_id(p, "RV-01") != NULL && !by_id(p, "RV-01")->own, "the others stay");
	ok(providers_find(p, "My Bank") != NULL && providers_find(p, "My Bank")->own, "an own provider is found");
	put(path, FACT "burn\nen: a\n" TAIL);
	ok(providers_own(p, path, &e) == E_INPUT, "no more files than there is room for: %s", e.what);
}

static void
test_own_refused(void)
{
	AUTO(providers_free) struct providers *p = shipped();
	size_t facts = advice_count(p);
	struct err e = { .rc = OK };
	char path[64];
	BUF want = { .max = 256 };

	put(path, FACT "freeze\nen: a\n" TAIL "\nfact: X-2\nof: b\nkind: burn\nen: a\n" TAIL);
	buf_addf(&want, "%s:11: kind: expected", path);
	ok(providers_own(p, path, &e) == E_INPUT && strncmp(e.what, buf_str(&want), want.len) == 0 &&
	    advice_count(p) == facts, "one mistake: nothing of the file counts, and it says where: %s", e.what);
	(void)unlink(path);
	ok(providers_own(p, path, &e) == E_NOTFOUND, "no own file");
	ok(mkfifo(path, 0600) == 0 && providers_own(p, path, &e) == E_INPUT, "a pipe is not waited for: %s", e.what);
	(void)unlink(path);
}

static void
test_shipped_checks(void)
{
	struct providers *p = NULL;
	struct err e = { .rc = OK };
	static const char half[] = "provider: x\nclass: bank\nen: X\nzh: X\n" TAIL "\nfact: X-1\nof: x\nkind: know\nen: a\n" TAIL;
	static const char nobody[] = "provider: x\nclass: bank\nen: X\nzh: X\n" TAIL
	    "\nfact: X-1\nof: y\nkind: know\nen: a\nzh: b\n" TAIL;

	ok(parse(half, sizeof half - 1, false, &p, &e) == E_INPUT && strstr(e.what, ":9: zh: missing") != NULL,
	    "a shipped fact has both languages: %s", e.what);
	ok(parse(nobody, sizeof nobody - 1, false, &p, &e) == E_INPUT && strstr(e.what, ":10: of: no such") != NULL,
	    "and is about somebody known: %s", e.what);
	ok(parse(half, sizeof half - 1, true, &p, &e) == OK, "a user's own needs one language");
	providers_free(&p);
}

int
main(void)
{
	real = open("data", O_RDONLY | O_DIRECTORY);
	if (real < 0 || mkdtemp(scratch) == NULL) {
		printf("Bail out! run from the top of the tree\n");
		return 1;
	}
	test_whole();
	test_instructs();
	test_addresses();
	test_recorded();
	test_playbook();
	test_stale();
	test_classes();
	test_hostile();
	test_bounds();
	test_own();
	test_own_refused();
	test_shipped_checks();
	(void)rmdir(scratch);
	return tap_done();
}
