/* base/: numbers, hexadecimal, growing strings, UTF-8, messages, the calendar, whole files. */
#include "base/ascii.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/le.h"
#include "base/num.h"
#include "base/time.h"
#include "base/utf8.h"
#include "tests/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

static void
numbers(void)
{
	static const struct { const char *s; uint64_t min, max; bool good; uint64_t v; } u[] = {
		{ "0", 0, 0, true, 0 }, { "18446744073709551615", 0, UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", 0, UINT64_MAX, false, 0 }, { "99999999999999999999", 0, UINT64_MAX, false, 0 },
		{ "", 0, 9, false, 0 }, { NULL, 0, 9, false, 0 }, { " 1", 0, 9, false, 0 }, { "1 ", 0, 9, false, 0 },
		{ "+1", 0, 9, false, 0 }, { "-1", 0, 9, false, 0 }, { "0x1", 0, 9, false, 0 }, { "1e1", 0, 99, false, 0 },
		{ "4", 5, 9, false, 0 }, { "10", 5, 9, false, 0 }, { "007", 5, 9, true, 7 },
	};
	static const struct { const char *s; bool good; int64_t v; } i[] = {
		{ "-9223372036854775807", true, -INT64_MAX }, { "9223372036854775807", true, INT64_MAX },
		{ "9223372036854775808", false, 0 }, { "-", false, 0 }, { "--1", false, 0 }, { "-0", true, 0 }, { NULL, false, 0 },
	};
	unsigned char bytes[4] = { 9, 9, 9, 9 };
	char text[9];
	unsigned d = 77;

	for (size_t k = 0; k < COUNTOF(u); k++) {
		uint64_t v = 4242;
		bool good = num_u64(u[k].s, u[k].min, u[k].max, &v);

		ok(good == u[k].good && v == (u[k].good ? u[k].v : 4242), "num_u64 of '%s'", u[k].s ? u[k].s : "NULL");
	}
	for (size_t k = 0; k < COUNTOF(i); k++) {
		int64_t v = 4242;
		bool good = num_i64(i[k].s, -INT64_MAX, INT64_MAX, &v);

		ok(good == i[k].good && v == (i[k].good ? i[k].v : 4242), "num_i64 of '%s'", i[k].s ? i[k].s : "NULL");
	}
	ok(num_digits("20240", 4, &d) && d == 2024, "num_digits takes so many digits");
	ok(!num_digits("20 4", 4, &d) && !num_digits("1234567890", 10, &d) && !num_digits("", 0, &d) && d == 2024,
	    "... and nothing else");
	hex_put(text, "\x00\x7f\x80\xff", 4);
	ok(strcmp(text, "007f80ff") == 0, "hex_put");
	ok(hex_get("007F80ff", bytes, 4) && memcmp(bytes, "\x00\x7f\x80\xff", 4) == 0, "hex_get");
	ok(!hex_get("007f80f", bytes, 4) && !hex_get("007f80ff0", bytes, 4) && !hex_get("007f80fg", bytes, 4), "hex_get refuses");
	le64_put((unsigned char *)text, 0x0123456789abcdefU);
	ok(le64_get((unsigned char *)text) == 0x0123456789abcdefU && (unsigned char)text[0] == 0xef, "little-endian");
	ok(ascii_is("PayPal", 6, "paypal") && !ascii_is("PayPa", 5, "paypal") && ascii_starts("PayPal.de", 9, "PAYPAL") &&
	    !ascii_is("\xc4\xb0", 2, "i"), "ASCII words without regard to case");
}

static void
strings(void)
{
	BUF b = { .max = 100 };
	BUF j = { 0 };
	BUF big = { .max = 600 };
	struct err e = { 0 };

	ok(strcmp(buf_str(&b), "") == 0, "an empty string is no NULL");
	for (int k = 0; k < 33; k++)
		buf_adds(&b, "abc");
	ok(b.len == 99 && !b.failed && buf_check(&b, &e) == OK, "up to its bound");
	buf_addc(&b, 'x');
	ok(b.failed && b.len == 99 && buf_check(&b, &e) == E_NOMEM, "... and not beyond: it fails once, loudly");
	buf_adds(&b, "");
	buf_reset(&b);
	buf_addf(&b, "%d", 5);
	ok(strcmp(buf_str(&b), "5") == 0 && !b.failed, "usable again after a reset");
	buf_addf(&big, "%0300d|", 7);
	ok(big.len == 301 && big.p[300] == '|' && big.p[299] == '7', "a formatted text longer than the small buffer");
	buf_addjson(&j, "a\"\\\n\t\x01\x7f\xc3\xa4\xff\xe6\x94\xaf");
	ok(strcmp(buf_str(&j), "\"a\\\"\\\\\\n\\t\\u0001\\u007f\xc3\xa4\xef\xbf\xbd\xe6\x94\xaf\"") == 0, "JSON: %s", buf_str(&j));
	buf_reset(&j);
	buf_addjson(&j, "\xc2\x9b[2J \xe2\x80\xae");
	ok(strcmp(buf_str(&j), "\"\\u009b[2J \\u202e\"") == 0, "JSON: C1 and bidirectional controls are escaped");
	buf_reset(&j);
	buf_addjson(&j, NULL);
	ok(strcmp(buf_str(&j), "null") == 0, "JSON of NULL");
}

static void
unicode(void)
{
	/* RFC 3629 section 4 and the usual bad ones. */
	static const struct { const char *s; bool good; } v[] = {
		{ "plain", true }, { "\xc2\x80", true }, { "\xdf\xbf", true }, { "\xe0\xa0\x80", true }, { "\xed\x9f\xbf", true },
		{ "\xee\x80\x80", true }, { "\xf0\x90\x80\x80", true }, { "\xf4\x8f\xbf\xbf", true }, { "\xc0\x80", false },
		{ "\xc1\xbf", false }, { "\xe0\x9f\xbf", false }, { "\xed\xa0\x80", false }, { "\xed\xbf\xbf", false },
		{ "\xf0\x8f\xbf\xbf", false }, { "\xf4\x90\x80\x80", false }, { "\xf5\x80\x80\x80", false }, { "\x80", false },
		{ "\xe6\x94", false }, { "\xe6\x28\xa1", false }, { "\xff", false },
	};
	static const struct { const char *s; size_t width; bool pad, right; const char *out; } f[] = {
		{ "abc", 5, true, false, "abc  " }, { "abc", 5, true, true, "  abc" }, { "abcdef", 5, true, false, "abcd\xe2\x80\xa6" },
		{ "abcde", 5, true, false, "abcde" },
		{ "\xe6\x94\xaf\xe4\xbb\x98\xe5\xae\x9d", 5, true, false, "\xe6\x94\xaf\xe4\xbb\x98\xe2\x80\xa6" },
		{ "\xe6\x94\xaf\xe4\xbb\x98\xe5\xae\x9d", 4, true, false, "\xe6\x94\xaf\xe2\x80\xa6 " },
		{ "a\x1b[31mb", 20, false, false, "a\xef\xbf\xbd[31mb" }, { "a\nb", 20, false, false, "a b" },
		{ "abc", 0, false, false, "" }, { "abc", 1, false, false, "\xe2\x80\xa6" },
	};
	char out[4];
	uint32_t cp;
	bool all = true;

	for (size_t k = 0; k < COUNTOF(v); k++)
		ok(utf8_valid(v[k].s, strlen(v[k].s)) == v[k].good, "UTF-8 case %zu is %s", k, v[k].good ? "valid" : "invalid");
	for (uint32_t c = 0; c <= 0x110000; c++) {
		size_t n = utf8_put(out, c);
		bool scalar = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);

		if (scalar != (n > 0) || (n > 0 && (utf8_next(out, n, &cp) != n || cp != c || utf8_next(out, n - 1, &cp) == n)))
			all = false;
	}
	ok(all, "every code point there and back, and cut");
	for (size_t k = 0; k < COUNTOF(f); k++) {
		BUF b = { 0 };

		utf8_fit(&b, f[k].s, f[k].width, f[k].pad, f[k].right);
		ok(strcmp(buf_str(&b), f[k].out) == 0, "utf8_fit case %zu gives '%s'", k, buf_str(&b));
	}
	ok(utf8_width("\xe6\x94\xaf a") == 4 && utf8_width("e\xcc\x81") == 1, "columns: wide and combining characters");
}

static void
messages(void)
{
	struct err e = { 0 };

	ok(utf8_steers(0x61c) && utf8_steers(0x202e) && utf8_steers(0x2066) && utf8_steers(0x200f) && utf8_steers(0x9b) &&
	    !utf8_steers(0x62d) && !utf8_steers(0x4e2d), "every bidirectional control steers, letters do not");
	ok(err_set(&e, E_INPUT, "file %s", "x\x1b]0;evil\x07\xe2\x80\xaey\n") == E_INPUT && strchr(e.what, '\x1b') == NULL &&
	    strchr(e.what, '\x07') == NULL && strstr(e.what, "\xe2\x80\xae") == NULL && strchr(e.what, '\n') == NULL,
	    "foreign bytes in a message cannot steer a terminal");
	errno = ENOSPC;
	ok(err_sys(&e, E_SYS, "cannot write") == E_FULL && strstr(e.what, "cannot write: ") == e.what && errno == ENOSPC,
	    "a full disk has a code of its own");
	ok(err_set(NULL, E_BUSY, "x") == E_BUSY, "a caller that does not want the words");
	ok(rc_exit(E_KEY) == 3 && rc_exit(E_TAMPER) == 6 && rc_exit(E_EXISTS) == 2 && rc_exit(E_FULL) == 1 && rc_exit(E_FINDINGS) == 10 &&
	    rc_exit((enum rc)9999) == 1, "exit status of the codes");
	ok(strcmp(rc_name(OK), "ok") == 0 && strcmp(rc_name(E_NOTFOUND), "not-found") == 0 && strcmp(rc_name(E_RANGE), "input") == 0,
	    "names of the codes");
}

static void
calendar(void)
{
	bool same = true;

	/* Against libc, over the years it shares with us: every 9 h 7 min from 1600 to 2600. */
	for (int64_t t = -11676096000; t < 19880899200; t += 32820 * 37) {
		time_t tt = (time_t)t;
		struct tm tm;
		struct civil c = civil_from_unix(t);

		if (gmtime_r(&tt, &tm) == NULL || c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 || c.day != tm.tm_mday ||
		    c.hour != tm.tm_hour || c.minute != tm.tm_min || c.second != tm.tm_sec || civil_to_unix(&c) != t)
			same = false;
	}
	ok(same, "civil dates as libc has them, there and back");
	ok(civil_days(1970, 1, 1) == 0 && civil_days(2000, 3, 1) == 11017 && civil_days(1, 1, 1) == -719162, "known days");
	ok(civil_valid_date(2024, 2, 29) && !civil_valid_date(2023, 2, 29) && !civil_valid_date(1900, 2, 29) &&
	    civil_valid_date(2000, 2, 29) && !civil_valid_date(2024, 4, 31) && !civil_valid_date(2024, 0, 1) &&
	    !civil_valid_date(2024, 13, 1) && !civil_valid_date(0, 1, 1) && !civil_valid_date(10000, 1, 1), "real calendar days only");
	ok(civil_valid_time(23, 59, 60) && !civil_valid_time(24, 0, 0) && !civil_valid_time(0, 60, 0), "times");
}

static void
whole_files(void)
{
	char dir[] = "/tmp/purser-base.XXXXXX";
	AUTO(auto_close) int at = mkdtemp(dir) != NULL ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	BUF b = { 0 };
	struct err e = { 0 };
	struct stat st = { 0 };
	char deep[128];

	if (!ok(at >= 0, "a directory to work in"))
		return;
	ok(io_create(at, "a", 0600, "one", 3, &e) == OK && fstatat(at, "a", &st, 0) == 0 && (st.st_mode & 0777) == 0600, "io_create");
	ok(io_create(at, "a", 0600, "two", 3, &e) == E_EXISTS, "... never over a file that is there");
	ok(io_read_file(at, "a", 3, &b, &e) == OK && strcmp(buf_str(&b), "one") == 0, "io_read_file");
	ok(io_read_file(at, "a", 2, &b, &e) == E_RANGE, "... refuses a larger one");
	ok(io_read_file(at, "b", 9, &b, &e) == E_NOTFOUND && io_read_file(AT_FDCWD, dir, 9, &b, &e) == E_INPUT, "... none, no file");
	ok(io_create(at, "a.tmp", 0600, "old", 3, &e) == OK && io_replace(at, "a", 0640, "three", 5, &e) == OK && !io_exists(at, "a.tmp"),
	    "io_replace, over what a killed run left");
	buf_reset(&b);
	ok(io_read_file(at, "a", 99, &b, &e) == OK && strcmp(buf_str(&b), "three") == 0, "... the new bytes");
	ok(symlinkat("a", at, "link") == 0 && io_create(at, "link", 0600, "x", 1, &e) == E_EXISTS && io_exists(at, "link"),
	    "a link is not followed");
	(void)snprintf(deep, sizeof deep, "%s/x/y", dir);
	ok(io_mkdirs(deep, 0700, &e) == OK && io_mkdirs(deep, 0700, &e) == OK, "io_mkdirs, twice");
	(void)snprintf(deep, sizeof deep, "%s/a/y", dir);
	ok(io_mkdirs(deep, 0700, &e) == E_SYS, "... not through a file");
	(void)unlinkat(at, "a", 0);
	(void)unlinkat(at, "link", 0);
	(void)unlinkat(at, "x/y", AT_REMOVEDIR);
	(void)unlinkat(at, "x", AT_REMOVEDIR);
	ok(rmdir(dir) == 0, "nothing else was left");
}

int
main(void)
{
	numbers();
	strings();
	unicode();
	messages();
	calendar();
	whole_files();
	return tap_done();
}
