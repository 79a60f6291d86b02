/* tests/unit/ustar_test.c: base/ustar.h: names, order, and the bytes of a header. */
#include "base/ustar.h"
#include "base/scope.h"
#include "tests/tap.h"

#include <unistd.h>

static void
names(void)
{
	static const struct { const char *name; bool good; } t[] = {
		{ "a", true }, { "statements/s1-x.csv", true }, { "attachments/n2-\xe6\x88\xaa\xe5\x9b\xbe.png", true },
		{ "", false }, { "/a", false }, { "a/", false }, { "a//b", false }, { ".", false }, { "..", false },
		{ "../a", false }, { "a/../b", false }, { "a/./b", false }, { "a/..", false }, { "a\\b", false },
		{ "a\nb", false }, { "a\x01", false }, { "a\x7f", false }, { "\xe2\x80\xae" "a", false }, { "a\xff", false },
		{ "...", true }, { ".hidden", true }
	};
	char n[300];

	for (size_t i = 0; i < COUNTOF(t); i++)
		ok(ustar_name_ok(t[i].name) == t[i].good, "name %zu is %s", i, t[i].good ? "fine" : "refused");
	memset(n, 'x', sizeof n);
	n[100] = '\0';
	ok(ustar_name_ok(n), "100 bytes");
	n[100] = 'x';
	n[101] = '\0';
	ok(!ustar_name_ok(n), "101 bytes without a slash");
	n[101] = 'x';
	n[155] = '/';
	n[256] = '\0';
	ok(ustar_name_ok(n), "155 and 100 bytes");
	n[155] = 'x';
	n[154] = '/';
	ok(!ustar_name_ok(n), "a part of 101 bytes at the end");
	n[255] = '\0';
	ok(ustar_name_ok(n), "154 and 100 bytes");
}

static size_t
whole(FILE *f, unsigned char *p, size_t size)
{
	rewind(f);
	return fread(p, 1, size, f);
}

static void
archive(void)
{
	static unsigned char p[8192];
	struct ustar u;
	struct err e;
	FILE *f = tmpfile();
	unsigned sum = 0;
	size_t n;

	ustar_begin(&u, fileno(f), 1700000000);
	ok(ustar_member(&u, "a", 3, &e) == OK && ustar_bytes(&u, "xy", 2, &e) == OK && ustar_bytes(&u, "z", 1, &e) == OK,
	    "a member in two pieces");
	ok(ustar_bytes(&u, "!", 1, &e) == E_RANGE, "a byte more than was said is refused");
	ok(ustar_member(&u, "a", 0, &e) == E_RANGE, "the same name again is refused");
	ok(ustar_member(&u, "A", 0, &e) == E_RANGE, "a name out of order is refused");
	ok(ustar_member(&u, "../b", 0, &e) == E_RANGE, "a name that leads out is refused");
	ok(ustar_member(&u, "b", USTAR_SIZE_MAX + 1, &e) == E_RANGE, "9 GiB are refused");
	ok(ustar_member(&u, "b/c", 512, &e) == OK, "the next");
	ok(ustar_end(&u, &e) == E_RANGE, "an incomplete member is refused at the end");
	ok(ustar_member(&u, "c", 0, &e) == E_RANGE, "and before the next");
	memset(p, 'q', 512);
	ok(ustar_bytes(&u, p, 512, &e) == OK && ustar_end(&u, &e) == OK, "the end");
	n = whole(f, p, sizeof p);
	ok(n == 512 + 512 + 512 + 512 + 1024, "headers, blocks, two empty ones: %zu bytes", n);
	ok(memcmp(p, "a\0", 2) == 0 && memcmp(p + 100, "0000644\0" "0000000\0" "0000000\0" "00000000003\0" "14524770400\0", 48) == 0,
	    "name, mode, owner, size, time");
	ok(p[156] == '0' && memcmp(p + 257, "ustar\0" "00", 8) == 0 && p[265] == 0 && p[297] == 0, "ustar, a plain file, nobody's name");
	for (size_t i = 0; i < 512; i++)
		sum += i >= 148 && i < 156 ? ' ' : p[i];
	ok((unsigned)strtoul((char *)p + 148, NULL, 8) == sum && p[154] == 0 && p[155] == ' ', "its sum");
	ok(memcmp(p + 512, "xyz\0\0", 5) == 0, "its bytes, and zeros to the end of the block");
	ok(memcmp(p + 1024, "b/c\0", 4) == 0 && p[1536] == 'q' && p[2048] == 0 && p[3071] == 0, "the second, and the end");
	(void)fclose(f);
}

int
main(void)
{
	names();
	archive();
	return tap_done();
}
