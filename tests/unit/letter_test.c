/* Letters: each of them in both languages, what the law says only where it holds, hostile names that stay in their
 * place, lines that fit, damaged templates. */
#include "base/scope.h"
#include "base/time.h"
#include "base/utf8.h"
#include "tests/tap.h"
#include "wallet/letter.h"

#include <fcntl.h>

static int real = -1;
static struct providers *facts;
static struct calendars *calendars;
static struct letters *shipped;

static struct letter_row
row(const char *id, const char *date, const char *amount, const char *cur, const char *with, const char *reference)
{
	struct letter_row r = { .with = with, .reference = reference, .has_amount = amount[0] != '\0' };
	struct err e = { .rc = OK };

	(void)snprintf(r.id, sizeof r.id, "%s", id);
	(void)snprintf(r.date, sizeof r.date, "%s", date);
	if (r.has_amount && money_parse(&r.amount, amount, cur, &e) != OK)
		exit(1);
	return r;
}

static const struct letter_event told = { .day = 20780, .what = LETTER_TOLD, .who = "", .by = "web", .ref = "R-1",
	.text = "two payments are not mine" };

static struct letter_in
letter(enum letter_kind kind, bool zh, const char *country)
{
	return (struct letter_in){ .kind = kind, .zh = zh, .name = "", .provider = "PayPal", .login = "me@mail.example",
		.subject = "payments that are not mine", .reference = "", .body = "the Body", .today = 20790, .opened = 20780,
		.answer_by = 20800, .events = 1, .event = &told,
		.where = { .calendars = calendars, .country = country, .provider = "paypal", .payment = true },
		.facts = facts };
}

static const char *
make(struct buf *out, const struct letter_in *in)
{
	struct err e = { .rc = OK };

	buf_reset(out);
	if (letter_write(shipped, in, out, &e) != OK)
		printf("# %s\n", e.what);
	return buf_str(out);
}

/* Lines that are too wide, or hold what does not belong into a letter. */
static size_t
bad_lines(const char *text)
{
	size_t bad = 0;

	for (const char *lf; *text != '\0'; text = lf + 1) {
		char line[4096];

		if ((lf = strchr(text, '\n')) == NULL || (size_t)(lf - text) >= sizeof line)
			return bad + 1;
		memcpy(line, text, (size_t)(lf - text));
		line[lf - text] = '\0';
		if (utf8_width(line) > LETTER_WIDTH || strpbrk(line, "{}\033\r\t") != NULL || line[strlen(line) - (line[0] != '\0')] == ' ') {
			printf("# %s\n", line);
			bad++;
		}
		for (size_t i = 0; i < 6; i++) {
			static const char *const never[] = { "，", "。", "、", "）", "；", "？" };

			bad += strncmp(line + strspn(line, " "), never[i], strlen(never[i])) == 0;
		}
	}
	return bad;
}

/* ---- each of them ---- */

static void
test_all(void)
{
	const struct letter_row rows[] = { row("t7q4aaaaaaaa", "2026-11-22", "-310.00", "EUR", "unknown shop", "5XY"),
		row("w2m0bbbbbbbb", "", "-1200", "JPY", "王芳的小店，位于上海市浦东新区的一条很长很长的路上的某一个商场的三楼的左手边的第二家店铺", ""),
		row("x2m0bbbbbbbb", "2026-11-23", "", "EUR", "", "") };
	static const char *const countries[] = { "US", "FR", "GB", "CN", "JP", "" };
	BUF out = { .max = 1 << 20 };

	for (unsigned k = 0; k < LETTER_COUNT; k++) {
		size_t bad = 0;

		for (size_t i = 0; i < 2 * COUNTOF(countries); i++) {
			struct letter_in in = letter((enum letter_kind)k, i % 2 != 0, countries[i / 2]);
			const char *t;

			in.rows = COUNTOF(rows);
			in.row = rows;
			in.reference = i % 4 < 2 ? "" : "PP-R-QXA-1";
			t = make(&out, &in);
			bad += bad_lines(t) + (strlen(t) < 200) + (strstr(t, "-310.00 EUR") == NULL) + (strstr(t, "2026-12-03") == NULL) +
			    (strstr(t, "____") == NULL) + ((strstr(t, "PP-R-QXA-1") == NULL) != (in.reference[0] == '\0')) +
			    (strstr(t, in.zh ? "合计" : "Total") == NULL);
		}
		ok(bad == 0, "%s: both languages, every country, all in its place, no line wider than 78", letter_name((enum letter_kind)k));
	}
}

static void
test_fields(void)
{
	struct letter_in in = letter(LETTER_COMPLAINT, false, "FR");
	BUF out = { .max = 1 << 20 };
	const char *t = make(&out, &in);

	ok(strncmp(t, "______", 6) == 0 && strstr(t, "reference:") == NULL && strstr(t, "It is about these") == NULL,
	    "no name is a line to write on; no reference and no rows leave no head behind");
	in.name = "Anna Beispiel";
	in.reference = "R-7";
	t = make(&out, &in);
	ok(strncmp(t, "Anna Beispiel\n", 14) == 0 && strstr(t, "Your reference: R-7\n") != NULL &&
	    strstr(t, "To: PayPal, complaints\n") != NULL, "name, reference, whom it goes to");
	in.kind = LETTER_OMBUDSMAN;
	in.answer_by = 0;
	t = make(&out, &in);
	ok(strstr(t, "To: the Body\n") != NULL && strstr(t, "grateful") == NULL,
	    "above the provider it goes to the body; without a date none is asked for");
	in.body = "";
	ok(strstr(make(&out, &in), "To: ______") != NULL, "nobody known: a line to write on");
}

static void
test_events(void)
{
	const struct letter_event ev[] = { told, { 20785, LETTER_ANSWERED, "", "mail", "", "we look into it" },
		{ 20785, LETTER_PROMISED, "", "", "", "2026-12-02" }, { 20789, LETTER_TURNED, "formal complaint", "", "", "" },
		{ 20789, LETTER_TOLD, "my bank", "pigeon", "", "" } };
	struct letter_in in = letter(LETTER_POLICE, false, "FR");
	BUF out = { .max = 1 << 20 };
	const char *t;

	in.events = COUNTOF(ev);
	in.event = ev;
	t = make(&out, &in);
	ok(strstr(t, "  2026-11-23  told, on the website, reference R-1: two payments are not mine\n"
		     "  2026-11-28  answer, by e-mail: we look into it\n"
		     "  2026-11-28  an answer was promised: 2026-12-02\n"
		     "  2026-12-02  went on to formal complaint\n"
		     "  2026-12-02  told my bank\n") != NULL, "what was told, answered, promised, in order; an unknown way is left out");
}

/* ---- the law ---- */

static void
test_law(void)
{
	static const struct { const char *country; enum letter_kind kind; bool payment; const char *has, *hasnt; } expect[] = {
		{ "US", LETTER_SUPPORT, true, "within 10 business days", "PSD2" },
		{ "US", LETTER_SUPPORT, false, "12 CFR 1005.6(b)(5)", "10 business days" },
		{ "US", LETTER_RECORDS, false, "1005.11(c) and (d); looked up on 2026-11-21", "PSD2" },
		{ "FR", LETTER_SUPPORT, true, "at the latest 1\n    business day after", "12 CFR" },
		{ "EEA", LETTER_COMPLAINT, false, "answered within 15 business days", "EUR 50" },
		{ "GB", LETTER_COMPLAINT, true, "within 35 days", "PSD2" },
		{ "CN", LETTER_RECORDS, false, "the last three years", "CFR" },
		{ "CN", LETTER_COMPLAINT, true, "unless it proves the user's", "PSD2" },
		{ "JP", LETTER_COMPLAINT, true, "formal complaint", "What I rely on" },
		{ "", LETTER_COMPLAINT, true, "formal complaint", "What I rely on" },
	};
	BUF out = { .max = 1 << 20 };

	for (size_t i = 0; i < COUNTOF(expect); i++) {
		struct letter_in in = letter(expect[i].kind, false, expect[i].country);
		const char *t;

		in.where.payment = expect[i].payment;
		t = make(&out, &in);
		if (!ok(strstr(t, expect[i].has) != NULL && strstr(t, expect[i].hasnt) == NULL, "%s, %s%s: says \"%s\", not \"%s\"",
		    expect[i].country, letter_name(expect[i].kind), expect[i].payment ? ", payment" : "", expect[i].has, expect[i].hasnt))
			printf("%s", t);
	}
}

/* Whatever the template wants to cite, only a confirmed fact is. */
static void
test_confirmed_only(void)
{
	static const struct { const char *id, *status; } own[] = { { "EU-04", "confirmed-2nd" }, { "EU-04", "unconfirmed" } };

	for (size_t i = 0; i < COUNTOF(own); i++) {
		AUTO(providers_free) struct providers *p = NULL;
		char path[] = "/tmp/purser-letter-XXXXXX";
		AUTO(auto_close) int fd = mkstemp(path);
		BUF text = { .max = 4096 }, out = { .max = 1 << 20 };
		struct letter_in in = letter(LETTER_COMPLAINT, false, "FR");
		struct err e = { .rc = OK };
		bool good;

		buf_addf(&text, "fact: %s\nof: eu-psd2\nkind: deadline\nwho: they\nperiod: 5 days\nfrom: complaint\nen: mine\n"
		    "jurisdiction: EEA\nsource: a forum\nchecked: 2026-11-21\nstatus: %s\n", own[i].id, own[i].status);
		good = fd >= 0 && write(fd, text.p, text.len) == (ssize_t)text.len && providers_load(&p, real, &e) == OK &&
		    providers_own(p, path, &e) == OK;
		in.facts = p;
		ok(good && strstr(make(&out, &in), "is to be answered within") == NULL && strstr(buf_str(&out), "PSD2 article 73") != NULL,
		    "%s, %s in the user's own file: is not cited; the others are", own[i].id, own[i].status);
		(void)unlink(path);
	}
}

/* ---- hostile data ---- */

static void
test_hostile_names(void)
{
	static const char *const name[] = { "Shop", "Shop\n\nPlease send the refund to DE00 0000", "Shop\r\nTo: x",
		"\033[2J\033]0;x\007", "{name}{login}", "\xe2\x80\xaegnp.exe", "a\xff\xfe", "\xe2\x80\xa8second line" };
	struct letter_event ev = told;
	BUF out = { .max = 1 << 20 };
	size_t bad = 0;

	for (size_t i = 0; i < COUNTOF(name); i++) {
		struct letter_row r = row("t7q4aaaaaaaa", "2026-11-22", "-1.00", "EUR", name[i], name[i]);
		struct letter_in in = letter(LETTER_POLICE, false, "FR");
		const char *t;

		in.name = in.login = in.subject = in.body = in.reference = in.provider = name[i];
		ev.who = ev.ref = ev.text = name[i];
		in.event = &ev;
		in.rows = 1;
		in.row = &r;
		t = make(&out, &in);
		bad += !utf8_valid(t, strlen(t)) || strpbrk(t, "\033\r\007") != NULL || strstr(t, "\xe2\x80\xae") != NULL ||
		    strstr(t, "\xe2\x80\xa8") != NULL || strstr(t, "\nTo: x") != NULL || strstr(t, "\nPlease send") != NULL;
		bad += strcmp(name[i], "{name}{login}") == 0 && strstr(t, "Name: {name}{login}\n") == NULL;
	}
	ok(bad == 0, "names with line breaks, escapes, reversals and fields stay names");
}

static void
test_many(void)
{
	static struct letter_row rows[LETTER_LIST_MAX + 7];
	struct letter_in in = letter(LETTER_COMPLAINT, false, "FR");
	BUF out = { .max = 1 << 20 };
	const char *t;

	for (size_t i = 0; i < COUNTOF(rows); i++)
		rows[i] = row("t7q4aaaaaaaa", "2026-11-22", "-1.00", i % 2 == 0 ? "EUR" : "USD", "x", "");
	rows[0].amount.minor = INT64_MIN;
	in.rows = COUNTOF(rows);
	in.row = rows;
	t = make(&out, &in);
	ok(strstr(t, "  7 more are not listed here.\n") != NULL && strstr(t, "Total -253.00 USD") != NULL && strstr(t, " EUR\n  Total") == NULL &&
	    bad_lines(t) == 0, "what is not listed is counted; a sum that does not fit is left out, not wrong");
}

/* ---- the templates ---- */

static char *whole;

static void
changed(struct buf *out, const char *from, const char *to)
{
	const char *at = strstr(whole, from);

	out->max = DATA_FILE_MAX;
	if (at == NULL) {
		printf("# not there: %s\n", from);
		return;
	}
	buf_add(out, whole, (size_t)(at - whole));
	buf_adds(out, to);
	buf_adds(out, at + strlen(from));
}

static void
test_templates(void)
{
	static const struct { const char *from, *to, *expect; } bad[] = {
		{ "line: {name}\n", "line: {password}\n", "line: unknown field" },
		{ "line: {name}\n", "line: {name\n", "line: unknown field, or a brace alone" },
		{ "line: {name}\n", "line: name}\n", "line: unknown field" },
		{ "line: {name}\n", "line: {{name}}\n", "line: unknown field" },
		{ "line: {name}\n", "line: {}\n", "line: unknown field" },
		{ "told: told\n", "told: {name}\n", "told: unknown field" },
		{ "told: told\n", "", ":6: told: missing" },
		{ "words: zh\n", "words: en\n", "words: stands twice" },
		{ "words: zh\n", "words: de\n", "words: expected en or zh" },
		{ "letter: reminder\nlang: en\n", "letter: support\nlang: en\n", "letter: stands twice" },
		{ "letter: reminder\nlang: en\n", "letter: poem\nlang: en\n", "letter: unknown letter" },
		{ "letter: reminder\nlang: en\n", "letter: reminder\nlang: fr\n", "lang: expected en or zh" },
		{ "cite: us-notice\nin: support\n", "cite: us-notice\nin: poem\n", "in: unknown letter" },
		{ "fact: US-04\n", "fact: US-99\n", "fact: there is no such fact" },
		{ "within {period},", "within {today},", "en: unknown field" },
		{ "about: payment\n", "about: all\n", "about: expected payment" },
		{ "line: {name}\n", "colour: red\n", "unknown key" },
		{ "line: {name}\n", "line: {name}\x1b[1m\n", "control character" },
	};
	size_t wrong = 0;

	for (size_t i = 0; i < COUNTOF(bad); i++) {
		struct letters *l = NULL;
		struct buf text = { .max = DATA_FILE_MAX };
		struct err e = { .rc = OK };

		changed(&text, bad[i].from, bad[i].to);
		if (letters_parse(&l, &text, "letters", facts, &e) != E_INPUT || strstr(e.what, bad[i].expect) == NULL ||
		    strncmp(e.what, "letters:", 8) != 0) {
			printf("# %zu: %s, wanted %s\n", i, e.what, bad[i].expect);
			wrong++;
		}
		letters_free(&l);
		buf_free(&text);
	}
	ok(wrong == 0, "each of %zu damaged files of templates gives one error that says where", COUNTOF(bad));
}

static void
test_missing(void)
{
	struct letters *l = NULL;
	struct buf text = { .max = DATA_FILE_MAX };
	const char *cut = strstr(whole, "letter: confirm\nlang: zh\n"), *end = cut != NULL ? strstr(cut, "\n\n") : NULL;
	struct err e = { .rc = OK };

	if (end == NULL)
		exit(1);
	buf_add(&text, whole, (size_t)(cut - whole));
	buf_adds(&text, end + 2);
	ok(letters_parse(&l, &text, "letters", facts, &e) == E_INPUT && strstr(e.what, "the letter confirm is missing") != NULL,
	    "a letter that lacks in one language is an error: %s", e.what);
}

int
main(void)
{
	struct err e = { .rc = OK };
	FILE *f = fopen("data/letters.txt", "re");
	size_t n;

	real = open("data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (real < 0 || f == NULL || providers_load(&facts, real, &e) != OK || calendars_load(&calendars, real, &e) != OK ||
	    letters_load(&shipped, real, facts, &e) != OK || (whole = calloc(1, DATA_FILE_MAX)) == NULL) {
		printf("Bail out! run from the top of the tree: %s\n", e.what);
		return 1;
	}
	n = fread(whole, 1, DATA_FILE_MAX - 1, f);
	whole[n] = '\0';
	(void)fclose(f);
	test_all();
	test_fields();
	test_events();
	test_law();
	test_confirmed_only();
	test_hostile_names();
	test_many();
	test_templates();
	test_missing();
	free(whole);
	letters_free(&shipped);
	calendars_free(&calendars);
	providers_free(&facts);
	(void)close(real);
	return tap_done();
}
