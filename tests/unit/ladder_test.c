/* The ladder of a case: who is on each rung in each country, which rung is next, by when an answer is due (worked out
 * by hand), and that nothing unconfirmed names, dates or leads anywhere. */
#include "base/scope.h"
#include "base/time.h"
#include "tests/tap.h"
#include "wallet/ladder.h"

#include <fcntl.h>

static int real = -1;
static struct providers *facts;
static struct calendars *calendars;
static struct ladder *shipped;

static struct ladder_where
where(const char *country, const char *provider, bool payment)
{
	return (struct ladder_where){ .calendars = calendars, .country = country, .provider = provider, .payment = payment };
}

/* ---- who is there ---- */

static void
test_whole(void)
{
	size_t bad = 0, reported = 0;

	for (size_t i = 0; i < ladder_count(shipped); i++) {
		const struct ladder_entry *en = ladder_at(shipped, i);

		bad += strlen(en->fact.source) < 6 || en->fact.day < 20000 || en->en[0] == '\0' || en->zh[0] == '\0';
		bad += en->fact.status == DATA_UNCONFIRMED || (en->fact.status != DATA_CONFIRMED && en->value[0] != '\0');
		reported += en->fact.status == DATA_SECOND;
		for (size_t k = 0; k < en->contacts; k++) {
			const struct advice *a = advice_by_id(facts, en->contact[k]);

			bad += a == NULL || (en->fact.status == DATA_CONFIRMED && !advice_instructs(a));
		}
		for (size_t k = 0; k < en->deadlines; k++)
			bad += advice_by_id(facts, en->deadline[k]) == NULL;
	}
	ok(bad == 0 && ladder_count(shipped) > 10 && reported == 2,
	    "each of %zu has source, date and both languages; what is confirmed leads to confirmed facts only",
	    ladder_count(shipped));
}

/* The ids on a rung, confirmed ones and then, in brackets, those that are only reported. */
static void
names(char *out, size_t size, enum rung r, const struct ladder_where *w)
{
	struct ladder_here at;
	size_t n = 0;

	out[0] = '\0';
	for (unsigned confirmed = 1; confirmed < 2; confirmed--) {
		ladder_here(shipped, r, w, confirmed, &at);
		for (size_t i = 0; i < at.n; i++)
			n += (size_t)snprintf(out + n, size - n, confirmed ? "%s%s" : "%s(%s)", n > 0 ? " " : "", at.en[i]->id);
		if (!confirmed)
			break;
	}
}

static void
test_everywhere(void)
{
	static const struct { const char *country, *provider, *rung[RUNG_COUNT], *path; } expect[] = {
		{ "US", "paypal", { "paypal-report us-error", "", "us-cfpb", "", "(us-police)" }, "1 2 4" },
		{ "US", "", { "us-error", "", "us-cfpb", "", "(us-police)" }, "1 2 4" },
		{ "FR", "paypal", { "paypal-report", "paypal-complaint eea-complaint", "", "", "" }, "1 2 3 4" },
		{ "EEA", "coinbase", { "", "coinbase-complaint eea-complaint", "", "", "" }, "1 2 3 4" },
		{ "BE", "wise", { "", "eea-complaint", "wise-ombudsfin", "wise-inspectorate", "" }, "1 2 3 4" },
		{ "GB", "wise", { "", "uk-complaint", "uk-ombudsman", "", "uk-police" }, "1 2 4" },
		{ "CN", "alipay", { "", "", "cn-12363 cn-12315", "", "(cn-police)" }, "1 2 4" },
		{ "JP", "paypal", { "paypal-report", "", "", "", "" }, "1 2 3 4" },
		{ "", "wise", { "", "", "", "", "" }, "1 2 3 4" },
	};

	for (size_t i = 0; i < COUNTOF(expect); i++) {
		struct ladder_where w = where(expect[i].country, expect[i].provider, true);
		char got[256], path[32] = "";
		bool good = true;
		enum rung r = RUNG_SUPPORT, next;

		for (unsigned k = 0; k < RUNG_COUNT; k++) {
			names(got, sizeof got, (enum rung)k, &w);
			if (strcmp(got, expect[i].rung[k]) != 0) {
				printf("# rung %u: %s\n", k, got);
				good = false;
			}
		}
		while (ladder_next(shipped, r, &w, &next) && next > r) {
			(void)snprintf(path + strlen(path), sizeof path - strlen(path), "%s%u", path[0] ? " " : "", next);
			r = next;
		}
		if (strcmp(path, expect[i].path) != 0)
			printf("# path %s\n", path);
		ok(good && strcmp(path, expect[i].path) == 0, "every rung and the way up: %s, %s", expect[i].country,
		    expect[i].provider);
	}
}

/* ---- by when ---- */

static void
test_due(void)
{
	static const struct { const char *country, *provider; bool payment; enum rung rung; int y, m, d; const char *fact, *due;
	} expect[] = {
		/* 19 and 20 Dec, 26 and 27 Dec, 2 and 3 Jan, 9 and 10 Jan are weekends; 25 Dec and 1 Jan TARGET holidays. */
		{ "FR", "paypal", true, RUNG_COMPLAINT, 2026, 12, 18, "PP-08", "2027-01-12" },
		{ "EEA", "revolut", false, RUNG_COMPLAINT, 2026, 12, 18, "EU-04", "2027-01-12" },
		{ "GB", "wise", false, RUNG_COMPLAINT, 2026, 11, 1, "UK-04", "2026-12-06" },
		{ "US", "venmo", false, RUNG_OMBUDSMAN, 2026, 12, 20, "US-09a", "2027-01-04" },
		/* Thanksgiving is 26 Nov. */
		{ "US", "venmo", true, RUNG_SUPPORT, 2026, 11, 20, "US-06a", "2026-12-07" },
		{ "US", "venmo", false, RUNG_SUPPORT, 2026, 11, 20, NULL, NULL },
		{ "JP", "paypal", true, RUNG_SUPPORT, 2026, 11, 22, "PP-01a", "2026-12-02" },
		/* CN-12 is the time of 12315, and 12363 comes first. */
		{ "CN", "alipay", false, RUNG_OMBUDSMAN, 2026, 11, 20, NULL, NULL },
		{ "CN", "alipay", true, RUNG_COMPLAINT, 2026, 11, 20, NULL, NULL },
		{ "JP", "revolut", true, RUNG_COMPLAINT, 2026, 11, 20, NULL, NULL },
		{ "", "paypal", true, RUNG_COMPLAINT, 2026, 11, 20, NULL, NULL },
		{ "GB", "wise", true, RUNG_POLICE, 2026, 11, 20, NULL, NULL },
	};

	for (size_t i = 0; i < COUNTOF(expect); i++) {
		struct ladder_where w = where(expect[i].country, expect[i].provider, expect[i].payment);
		int64_t day = 0;
		const struct advice *a = ladder_due(shipped, facts, expect[i].rung, &w,
		    civil_days(expect[i].y, (unsigned)expect[i].m, (unsigned)expect[i].d), &day);
		char text[11] = "";

		if (a != NULL)
			date_put(text, day);
		ok(expect[i].fact == NULL ? a == NULL :
		    a != NULL && strcmp(a->id, expect[i].fact) == 0 && strcmp(text, expect[i].due) == 0,
		    "%s %s, %s: %s %s", expect[i].country, expect[i].provider, rung_name(expect[i].rung),
		    expect[i].fact != NULL ? expect[i].fact : "no confirmed time", text);
	}
}

/* ---- what is not confirmed ---- */

#define TAIL(status) "source: a page\nchecked: 2026-11-21\nstatus: " status "\n"
#define FACT(id, status) "fact: " id "\nof: x\nkind: deadline\nwho: they\nperiod: 3 days\nfrom: complaint\nen: a\nzh: b\n" TAIL(status)
#define RUNG(id, level, more, status) "rung: " id "\nlevel: " level "\nen: a\nzh: b\n" more TAIL(status)
#define FACTS "provider: x\nclass: bank\nen: X\nzh: X\n" TAIL("confirmed") "\n" FACT("X-1", "confirmed") "\n" FACT("X-2", "confirmed-2nd") \
	"\nfact: X-3\nof: x\nkind: deadline\nwho: you\nperiod: 1 days\nfrom: notice\nen: a\nzh: b\n" TAIL("confirmed")

static enum rc
parse_facts(struct providers **out, const char *text)
{
	struct buf b = { .max = DATA_FILE_MAX };
	struct err e = { .rc = OK };
	enum rc rc;

	buf_adds(&b, text);
	if ((rc = providers_parse(out, &b, "facts", false, &e)) != OK)
		printf("# %s\n", e.what);
	return rc;
}

static enum rc
parse(struct ladder **out, const struct providers *p, const char *text, struct err *e)
{
	struct buf b = { .max = DATA_FILE_MAX };

	buf_adds(&b, text);
	return ladder_parse(out, &b, "ladder", p, e);
}

static void
test_reported(void)
{
	AUTO(providers_free) struct providers *p = NULL;
	AUTO(ladder_free) struct ladder *l = NULL, *only = NULL;
	struct ladder_where w = where("DE", "", false);
	struct err e = { .rc = OK };
	enum rung next;
	int64_t day = 0;

	ok(parse_facts(&p, FACTS) == OK && parse(&l, p, RUNG("a", "ombudsman", "deadline: X-2\n", "confirmed-2nd") "\n"
	    RUNG("b", "police", "", "confirmed") "\n" RUNG("c", "complaint", "deadline: X-2\n", "confirmed") "\n"
	    RUNG("d", "regulator", "deadline: X-1\n", "confirmed-2nd"), &e) == OK, "a ladder of reported and confirmed");
	ok(ladder_next(l, RUNG_COMPLAINT, &w, &next) && next == RUNG_POLICE,
	    "a rung that is only reported is never next while a confirmed one is above");
	ok(ladder_due(l, p, RUNG_COMPLAINT, &w, 20000, &day) == NULL && ladder_due(l, p, RUNG_REGULATOR, &w, 20000, &day) == NULL,
	    "neither a reported fact nor a reported rung gives a date");
	ok(parse(&only, p, RUNG("a", "regulator", "", "confirmed-2nd") "\n" RUNG("b", "police", "", "unconfirmed"), &e) == OK &&
	    ladder_next(only, RUNG_COMPLAINT, &w, &next) && next == RUNG_REGULATOR &&
	    ladder_known(only, RUNG_REGULATOR, &w) == RUNG_REPORTED && ladder_known(only, RUNG_POLICE, &w) == RUNG_NONE,
	    "without a confirmed one the reported one is next; what is unconfirmed is nobody");
}

static void
test_own(void)
{
	AUTO(providers_free) struct providers *p = NULL;
	struct ladder_where w = where("FR", "revolut", false);
	struct buf text = { .max = 4096 };
	char path[] = "/tmp/purser-ladder-XXXXXX";
	AUTO(auto_close) int fd = mkstemp(path);
	struct err e = { .rc = OK };
	int64_t day = 0;
	bool good;

	buf_adds(&text, "fact: EU-04\nof: eu-psd2\nkind: deadline\nwho: they\nperiod: 5 days\nfrom: complaint\nen: mine\n"
	    "jurisdiction: EEA\n" TAIL("unconfirmed"));
	good = fd >= 0 && write(fd, text.p, text.len) == (ssize_t)text.len && providers_load(&p, real, &e) == OK &&
	    providers_own(p, path, &e) == OK;
	ok(good && ladder_due(shipped, p, RUNG_COMPLAINT, &w, 20000, &day) == NULL,
	    "a fact that the user's own file calls unconfirmed gives no date any more");
	buf_free(&text);
	(void)unlink(path);
}

static void
test_hostile(void)
{
	static const struct { const char *text, *expect; } bad[] = {
		{ "", ":1: the file is empty" },
		{ "level: police\n", ":1: no record begins" },
		{ RUNG("a", "roof", "", "confirmed"), ":2: level: expected" },
		{ RUNG("a", "4", "", "confirmed"), ":2: level: expected" },
		{ RUNG("A b", "police", "", "confirmed"), ":1: rung: expected" },
		{ RUNG("a", "police", "", "sure"), ":7: status: unknown" },
		{ RUNG("a", "police", "about: cats\n", "confirmed"), ":5: about: expected" },
		{ RUNG("a", "police", "jurisdiction: Europe\n", "confirmed"), ":5: jurisdiction: expected" },
		{ RUNG("a", "police", "of: A\n", "confirmed"), ":5: of: expected" },
		{ RUNG("a", "police", "deadline: X-9\n", "confirmed"), ":5: deadline: there is no such fact" },
		{ RUNG("a", "police", "deadline: X-3\n", "confirmed"), ":5: deadline: expected a deadline of theirs" },
		{ RUNG("a", "police", "contact: X-9\n", "confirmed"), ":5: contact: there is no such fact" },
		{ RUNG("a", "police", "by: phone\nvalue: 110\n", "unconfirmed"), ":6: value: an unconfirmed number" },
		{ RUNG("a", "police", "by: web\nvalue: http://x.example\n", "confirmed"), ":6: value: expected https" },
		{ RUNG("a", "police", "by: web\nvalue: https://a.example@b.example\n", "confirmed"), ":6: value: expected https" },
		{ RUNG("a", "police", "by: phone\nvalue: CALL\n", "confirmed"), ":6: value: expected a phone" },
		{ RUNG("a", "police", "", "confirmed") "\n" RUNG("a", "support", "", "confirmed"), ":9: rung: stands twice" },
		{ RUNG("a", "police", "deadline: X-1\ndeadline: X-1\ndeadline: X-1\ndeadline: X-1\ndeadline: X-1\n", "confirmed"),
		    ": deadline: too many" },
		{ "rung: a\x1b[31m\n", ":1: control character" },
		{ "rung: a", ":1: the last line does not end" },
	};
	AUTO(providers_free) struct providers *p = NULL;
	size_t wrong = 0;

	ok(parse_facts(&p, FACTS) == OK, "facts for it");
	for (size_t i = 0; i < COUNTOF(bad); i++) {
		struct ladder *l = NULL;
		struct err e = { .rc = OK };

		if (parse(&l, p, bad[i].text, &e) != E_INPUT || strstr(e.what, bad[i].expect) == NULL) {
			printf("# %zu: %s, wanted %s\n", i, e.what, bad[i].expect);
			wrong++;
		}
		ladder_free(&l);
	}
	ok(wrong == 0, "each of %zu damaged files gives one error that says where", COUNTOF(bad));
}

int
main(void)
{
	struct err e = { .rc = OK };

	real = open("data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (real < 0 || providers_load(&facts, real, &e) != OK || calendars_load(&calendars, real, &e) != OK ||
	    ladder_load(&shipped, real, facts, &e) != OK) {
		printf("Bail out! run from the top of the tree: %s\n", e.what);
		return 1;
	}
	test_whole();
	test_everywhere();
	test_due();
	test_reported();
	test_own();
	test_hostile();
	ladder_free(&shipped);
	calendars_free(&calendars);
	providers_free(&facts);
	(void)close(real);
	return tap_done();
}
