/* What goes to stdout and stderr: JSON Lines, tables that fit, amounts, times, messages that steer no terminal. */
#include "cmd/out.h"

#include "base/utf8.h"
#include "crypto/secret.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* stdout or stderr into a file while something runs, without TAP's own lines. */
struct capture { int fd, was, file; struct buf text; };

static void
capture_start(struct capture *c, int fd)
{
	char name[] = "/tmp/purser-out-XXXXXX";

	(void)fflush(stdout);
	*c = (struct capture){ .fd = fd, .was = dup(fd), .file = mkstemp(name) };
	(void)unlink(name);
	(void)dup2(c->file, fd);
}

static const char *
capture_end(struct capture *c)
{
	char block[65536];
	ssize_t n;

	(void)fflush(stdout);
	(void)dup2(c->was, c->fd);
	(void)close(c->was);
	(void)lseek(c->file, 0, SEEK_SET);
	buf_reset(&c->text);
	while ((n = read(c->file, block, sizeof block)) > 0)
		buf_add(&c->text, block, (size_t)n);
	(void)close(c->file);
	return buf_str(&c->text);
}

static void
same(const char *got, const char *want, const char *name)
{
	if (!ok(strcmp(got, want) == 0, "%s", name))
		printf("# got:\n# %s\n# wanted:\n# %s\n", got, want);
}

static void
test_json(struct session *s)
{
	SECRET x = { 0 };
	struct capture c;
	JSON j = { 0 };
	struct err e;

	capture_start(&c, STDOUT_FILENO);
	j_open(&j, "account");
	j_str(&j, "name", "\"a\\b\"\n\x01\xff\xe4\xb8\xad");
	j_str(&j, "url", NULL);
	j_strn(&j, "part", "abcdef", 3);
	j_int(&j, "n", INT64_MIN);
	j_bool(&j, "yes", true);
	j_null(&j, "none");
	j_obj(&j, "balances");
	j_obj(&j, "USD");
	j_raw(&j, "amount", "\"1.20\"");
	j_end(&j);
	j_obj(&j, "JPY");
	j_end(&j);
	j_end(&j);
	j_list(&j, "secrets");
	j_str(&j, NULL, "password");
	j_str(&j, NULL, "otp");
	j_end_list(&j);
	j_list(&j, "empty");
	j_end_list(&j);
	j_time(&j, "never", 0);
	(void)!out_json(s, &j, &e);
	j_open(&j, "second");
	(void)!out_json(s, &j, &e);
	same(capture_end(&c),
	    "{\"object\":\"account\",\"name\":\"\\\"a\\\\b\\\"\\n\\u0001\xef\xbf\xbd\xe4\xb8\xad\",\"url\":null,\"part\":\"abc\","
	    "\"n\":-9223372036854775808,\"yes\":true,\"none\":null,\"balances\":{\"USD\":{\"amount\":\"1.20\"},\"JPY\":{}},"
	    "\"secrets\":[\"password\",\"otp\"],\"empty\":[],\"never\":null}\n{\"object\":\"second\"}\n", "objects, lists and escapes");
	buf_free(&c.text);

	capture_start(&c, STDOUT_FILENO);
	(void)!secret_copy(&x, "a\"b\\c\n\x7f\xfe\xc3\xa9", 10, &e);
	j_open(&j, "secret");
	j_str(&j, "account", "paypal");
	(void)!out_json_secret(s, &j, "value", &x, &e);
	same(capture_end(&c), "{\"object\":\"secret\",\"account\":\"paypal\",\"value\":\"a\\u0022b\\u005cc\\u000a\\u007f\\ufffd\xc3\xa9\"}\n",
	    "a secret as JSON");
	buf_free(&c.text);
}

static void
test_money_and_time(void)
{
	static const struct { const char *in, *want; } money[] = {
		{ "0", "0" }, { "-0.05", "-0.05" }, { "999", "999" }, { "1000", "1,000" }, { "-2203.52", "-2,203.52" },
		{ "123456789.123456", "123,456,789.123456" }, { "-100000", "-100,000" }, { "+1234", "+1,234" },
	};
	static const struct { int64_t s; const char *want; } spans[] = {
		{ -5, "0 s" }, { 0, "0 s" }, { 89, "89 s" }, { 90, "2 min" }, { 31 * 60, "31 min" }, { 5 * 3600, "5 h" }, { 3 * 86400, "3 days" },
	};

	for (size_t i = 0; i < COUNTOF(money); i++) {
		BUF b = { 0 };

		add_grouped(&b, money[i].in);
		ok(strcmp(buf_str(&b), money[i].want) == 0, "amount %s", money[i].in);
	}
	for (size_t i = 0; i < COUNTOF(spans); i++) {
		BUF b = { 0 };

		add_duration(&b, spans[i].s);
		ok(strcmp(buf_str(&b), spans[i].want) == 0, "%lld seconds", (long long)spans[i].s);
	}
	(void)setenv("TZ", "<+0530>-05:30", 1);
	tzset();
	BUF t = { 0 };
	add_time(&t, 1700000000123, true);
	buf_addc(&t, '|');
	add_time_json(&t, 1700000000123);
	buf_addc(&t, '|');
	add_time_json(&t, -1);
	same(buf_str(&t), "2023-11-15 03:43:20|2023-11-15T03:43:20+05:30|1970-01-01T05:29:59+05:30", "times in the session's zone");
	(void)setenv("TZ", "<-0330>03:30", 1);
	tzset();
	buf_reset(&t);
	add_time_json(&t, 0);
	same(buf_str(&t), "1969-12-31T20:30:00-03:30", "a zone west of Greenwich");
}

static const struct column cols[] = {
	{ "ID", 0, 0 }, { "With", COL_CUT, 6 }, { "Amount", COL_RIGHT, 0 }, { "Status", COL_DROP, 0 },
};

static void
row(struct table *t, const char *id, const char *with, const char *amount, const char *status)
{
	table_cell(t, TONE_PLAIN, "%s", id);
	table_cell(t, TONE_PLAIN, "%s", with);
	table_cell(t, TONE_RED, "%s", amount);
	table_cell(t, TONE_PLAIN, "%s", status);
	(void)table_row(t);
}

static const char *
sample(struct session *s, struct capture *c, unsigned flags)
{
	TABLE t = { 0 };

	capture_start(c, STDOUT_FILENO);
	table_begin(&t, s, cols, COUNTOF(cols), flags);
	row(&t, "t7q4", "Coffee \xe5\x92\x96\xe5\x95\xa1\xe5\xba\x97 round the corner", "-28.36 USD", "settled");
	row(&t, "a", "x\033[2Jy", "1,234.00 USD", "");
	table_end(&t);
	return capture_end(c);
}

static size_t
widest_line(const char *p)
{
	size_t most = 0, n;

	for (; *p; p += n + (p[n] == '\n')) {
		BUF line = { 0 };

		n = strcspn(p, "\n");
		buf_add(&line, p, n);
		if (utf8_width(buf_str(&line)) > most)
			most = utf8_width(buf_str(&line));
	}
	return most;
}

static void
test_tables(struct session *s)
{
	struct capture c = { 0 };
	const char *out;

	(void)unsetenv("COLUMNS");
	same(sample(s, &c, 0),
	    "ID    With                                  Amount  Status\n"
	    "t7q4  Coffee \xe5\x92\x96\xe5\x95\xa1\xe5\xba\x97 round the corner    -28.36 USD  settled\n"
	    "a     x\xef\xbf\xbd[2Jy                          1,234.00 USD\n", "no terminal: nothing is cut, wide characters take two columns");
	buf_free(&c.text);
	same(sample(s, &c, TABLE_NO_HEAD),
	    "t7q4  Coffee \xe5\x92\x96\xe5\x95\xa1\xe5\xba\x97 round the corner    -28.36 USD  settled\n"
	    "a     x\xef\xbf\xbd[2Jy                          1,234.00 USD\n", "without a head");
	buf_free(&c.text);
	for (unsigned w = 20; w <= 60; w++) {
		char columns[8];

		(void)snprintf(columns, sizeof columns, "%u", w);
		(void)setenv("COLUMNS", columns, 1);
		out = sample(s, &c, 0);
		if (w >= 4 + 2 + 6 + 2 + 12)
			ok(widest_line(out) <= w, "fits %u columns: %zu", w, widest_line(out));
		ok(strstr(out, "-28.36 USD") != NULL && strstr(out, "1,234.00 USD") != NULL, "... and no amount is cut");
		if (w == 40)
			same(out, "ID    With               Amount  Status\n"
			    "t7q4  Coffee \xe5\x92\x96\xe2\x80\xa6     -28.36 USD  settled\n"
			    "a     x\xef\xbf\xbd[2Jy       1,234.00 USD\n", "40 columns: a wide character is not halved");
		buf_free(&c.text);
	}
	(void)unsetenv("COLUMNS");
}

static void
test_long_table(struct session *s)
{
	struct capture c = { 0 };
	size_t lines = 0, width = 0;
	const char *out;
	bool even = true;
	TABLE t = { 0 };

	capture_start(&c, STDOUT_FILENO);
	table_begin(&t, s, cols, COUNTOF(cols), 0);
	for (int i = 0; i < 1700; i++) {
		table_cell(&t, TONE_PLAIN, "%04d", i);
		table_cell(&t, TONE_PLAIN, "somebody");
		table_cell(&t, TONE_PLAIN, "%d.00", i % 10);
		(void)table_row(&t);
	}
	table_end(&t);
	table_end(&t);
	out = capture_end(&c);
	for (const char *p = out; *p; p += strcspn(p, "\n") + 1, lines++) {
		if (lines == 1)
			width = strcspn(p, "\n");
		even = even && (lines < 1 || strcspn(p, "\n") == width);
	}
	ok(lines == 1701 && even, "a long table streams: one head, 1,700 even lines (%zu)", lines);
	buf_free(&c.text);

	/* The widths are fixed by then: a wider amount makes its line crooked, and stays whole. */
	(void)setenv("COLUMNS", "60", 1);
	capture_start(&c, STDOUT_FILENO);
	table_begin(&t, s, cols, COUNTOF(cols), 0);
	for (int i = 0; i < 600; i++)
		row(&t, "id", "somebody", i < 599 ? "1.00 USD" : "-123,456,789.00 USD", "settled");
	table_end(&t);
	ok(strstr(capture_end(&c), "-123,456,789.00 USD") != NULL, "an amount that is wider than all before is not cut");
	buf_free(&c.text);
	(void)unsetenv("COLUMNS");

	capture_start(&c, STDOUT_FILENO);
	table_begin(&t, s, cols, COUNTOF(cols), 0);
	table_end(&t);
	same(capture_end(&c), "", "an empty table prints nothing");
	buf_free(&c.text);
}

static void
test_messages(struct session *s)
{
	struct capture c = { 0 };
	struct err e = { 0 };
	char longtext[2000];

	capture_start(&c, STDOUT_FILENO);
	say(s, "from %s: %d", "a\033]0;title\007b\nFROZEN \xe2\x80\xae", 7);
	say(s, "two\n  lines of %s", "one");
	say(s, "two\n  lines of %s", "one\nFROZEN");
	s->json = true;
	say(s, "nothing");
	s->json = false;
	same(capture_end(&c), "from a\xef\xbf\xbd]0;title\xef\xbf\xbd" "b FROZEN \xef\xbf\xbd: 7\ntwo\n  lines of one\ntwo   lines of one FROZEN\n",
	    "say() cleans, and is silent under --json");
	buf_free(&c.text);

	memset(longtext, 'x', sizeof longtext);
	longtext[sizeof longtext - 1] = '\0';
	capture_start(&c, STDOUT_FILENO);
	say(s, "%s", longtext);
	ok(strlen(capture_end(&c)) == sizeof longtext, "a long line is not cut");
	buf_free(&c.text);

	capture_start(&c, STDOUT_FILENO);
	s->color = COLOR_ALWAYS;
	say_tone(s, TONE_RED, "red");
	s->color = COLOR_NEVER;
	say_tone(s, TONE_RED, "plain");
	s->color = COLOR_AUTO;
	say_tone(s, TONE_RED, "no terminal");
	same(capture_end(&c), "\033[31mred\033[0m\nplain\nno terminal\n", "colours: always, never, auto without a terminal");
	buf_free(&c.text);

	capture_start(&c, STDERR_FILENO);
	note(s, "one");
	warn(s, "two");
	detail(s, "three");
	progress(s, "four");
	s->quiet = s->verbose = true;
	note(s, "five");
	warn(s, "six");
	detail(s, "seven");
	s->quiet = s->verbose = false;
	same(capture_end(&c), "one\n!  two\n!  six\nseven\n", "messages by -q and -v; no progress without a terminal");
	buf_free(&c.text);

	(void)err_set(&e, E_FROZEN, "frozen since %s", "02:04");
	err_next(&e, "purser thaw");
	capture_start(&c, STDERR_FILENO);
	out_error(s, E_FROZEN, &e);
	s->json = true;
	out_error(s, E_FROZEN, &e);
	e.next[0] = '\0';
	out_error(s, E_TAMPER, &e);
	s->json = false;
	out_error(s, E_FINDINGS, &(struct err){ 0 });
	same(capture_end(&c), "purser: frozen since 02:04\n  purser thaw\n"
	    "{\"object\":\"error\",\"exit\":4,\"name\":\"frozen\",\"what\":\"frozen since 02:04\",\"next\":\"purser thaw\"}\n"
	    "{\"object\":\"error\",\"exit\":6,\"name\":\"damaged\",\"what\":\"frozen since 02:04\",\"next\":null}\n", "errors, as text and as JSON");
	buf_free(&c.text);
}

static void
test_broken(void)
{
	struct session s;
	struct err e = { 0 };
	bool broken;
	int fds[2], was = dup(STDOUT_FILENO), full;
	bool went_on;
	enum rc rc;

	session_init(&s);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)fflush(stdout);
	if (pipe(fds) < 0)
		return;
	(void)close(fds[0]);
	(void)dup2(fds[1], STDOUT_FILENO);
	rc = out_bytes(&s, "x\n", 2, &e);
	rc = rc == OK ? out_finish(&s, &broken, &e) : rc;
	went_on = s.out_failed;
	(void)dup2(was, STDOUT_FILENO);
	clearerr(stdout);
	ok(rc == OK && broken && went_on, "a closed pipe is no error, but known");

	session_init(&s);
	full = open("/dev/full", O_WRONLY);
	(void)dup2(full, STDOUT_FILENO);
	rc = out_bytes(&s, "x\n", 2, &e);
	rc = rc == OK ? out_finish(&s, &broken, &e) : rc;
	(void)dup2(was, STDOUT_FILENO);
	clearerr(stdout);
	ok(rc == E_FULL && !broken, "a full disk is one");
}

int
main(void)
{
	struct session s;
	struct err e;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	(void)unsetenv("NO_COLOR");
	session_init(&s);
	if (crypto_start(&e) != OK)
		return 1;
	test_json(&s);
	test_money_and_time();
	test_tables(&s);
	test_long_table(&s);
	test_messages(&s);
	test_broken();
	return tap_done();
}
