/*
 * tests/unit/reader_test.c: purser-reader as a process, its sandbox as the kernel sees it, and the main program's
 * distrust of what comes out of it.
 */
#include "tests/unit/read.h"

#include "base/io.h"
#include "base/le.h"
#include "crypto/secret.h"
#include "statement/frame.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <zip.h>

static char reader[4096];
static const struct read_options plain = { 0 };

#define PP "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Balance\n"
#define ROW1 "13/02/2026,10:00:00,Europe/Berlin,A,Payment,Completed,EUR,-1.00,0.00,-1.00,X1,5.00\n"

/* ---- through the process ---- */

static int
file_of(const void *p, size_t n)
{
	int fd = memfd_create("statement", MFD_CLOEXEC);

	if (fd >= 0 && (ftruncate(fd, 0) != 0 || write(fd, p, n) != (ssize_t)n))
		return -1;
	return fd;
}

static enum rc
through(struct statements *out, const void *p, size_t n, const char *password, struct err *e)
{
	AUTO(auto_close) int fd = file_of(p, n);
	SECRET pw = { 0 };

	err_clear(e);
	if (password[0] != '\0' && secret_copy(&pw, password, strlen(password), e) != OK)
		return E_NOMEM;
	return statement_read_by(reader, out, fd, "dir/Download.CSV", &plain, &pw, e);
}

static void
try_files(void)
{
	DIR *d = opendir("tests/made-up");
	struct dirent *f;
	size_t files = 0, same = 0;

	while (d != NULL && (f = readdir(d)) != NULL) {
		struct statements here = { 0 }, there = { 0 };
		char path[512];
		struct err e = { 0 };
		int fd;

		if (f->d_name[0] == '.' || strcmp(f->d_name, "README.md") == 0)
			continue;
		files++;
		(void)snprintf(path, sizeof path, "tests/made-up/%s", f->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (read_file(&here, path, &plain, &e) == OK &&
		    statement_read_by(reader, &there, fd, path, &plain, NULL, &e) == OK && here.n == there.n &&
		    here.s[0].rows == there.s[0].rows && here.s[0].warnings == there.s[0].warnings) {
			const struct statement *a = &here.s[0], *b = &there.s[0];
			bool equal = a->headers == b->headers && a->date_by == b->date_by && a->ignored == b->ignored;

			for (size_t i = 0; i < a->rows; i++) {
				const struct txn *x = &a->row[i], *y = &b->row[i];

				equal = equal && strcmp(x->id, y->id) == 0 &&
					strcmp(x->description, y->description) == 0 &&
					x->amount.minor == y->amount.minor && x->flags == y->flags &&
					x->moved == y->moved && x->when.utc_us == y->when.utc_us &&
					x->cells == y->cells && x->has_fee == y->has_fee && x->row == y->row &&
					strcmp(x->cell[x->cells - 1], y->cell[y->cells - 1]) == 0;
			}
			same += equal;
		} else {
			printf("# %s: %s\n", path, e.what);
		}
		(void)close(fd);
		statements_free(&here);
		statements_free(&there);
	}
	if (d != NULL)
		(void)closedir(d);
	ok(files >= 15 && same == files, "%zu of %zu made-up files come through the process as they are", same, files);
}

static size_t
make_zip(unsigned char *out, size_t size, const void *p, size_t n, zip_uint16_t cipher)
{
	zip_source_t *src = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *z = zip_open_from_source(src, ZIP_TRUNCATE, NULL);
	zip_int64_t len;

	zip_source_keep(src);
	(void)zip_file_add(z, "a.csv", zip_source_buffer(z, p, n, 0), 0);
	if (zip_file_set_encryption(z, 0, cipher, "271828") != 0 || zip_close(z) != 0 || zip_source_open(src) != 0)
		return 0;
	len = zip_source_read(src, out, size);
	(void)zip_source_close(src);
	zip_source_free(src);
	return len > 0 ? (size_t)len : 0;
}

static void
try_archives(void)
{
	static unsigned char zip[65536];
	const zip_uint16_t ciphers[] = { ZIP_EM_AES_256, ZIP_EM_TRAD_PKWARE };
	struct statements all = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < COUNTOF(ciphers); i++) {
		size_t n = make_zip(zip, sizeof zip, PP ROW1, sizeof PP ROW1 - 1, ciphers[i]);

		ok(through(&all, zip, n, "271828", &e) == OK && all.n == 1 && all.s[0].rows == 1,
		    "an encrypted archive opens inside the sandbox: %s", e.what);
		statements_free(&all);
		ok(through(&all, zip, n, "1", &e) == E_AUTH && strstr(e.what, "Download.CSV is encrypted") == e.what,
		    "wrong: %s", e.what);
		ok(through(&all, zip, n, "", &e) == E_LOCKED, "none: %s", e.what);
	}
}

static void
try_refusals(void)
{
	static const struct { const char *name, *text; size_t n; const char *said; } cases[] = {
		{ "empty", "", 0, "Download.CSV is empty" },
		{ "binary", "\x7f""ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0\1\0\0\0", 24, "Download.CSV is no text" },
		{ "cut", PP ROW1 "13/02/2026,10:00", sizeof PP ROW1 + 15, "Download.CSV:3 ends inside a row" },
		{ "NUL", PP "13/02/2026\0,\n", sizeof PP + 12, "Download.CSV:2 holds a NUL" },
	};
	AUTO(auto_close) int big = memfd_create("big", MFD_CLOEXEC);
	AUTO(auto_close) int dir = open("tests", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statements all = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < COUNTOF(cases); i++) {
		enum rc rc = through(&all, cases[i].text, cases[i].n, "", &e);

		ok(rc == E_INPUT && all.n == 0 && strncmp(e.what, cases[i].said, strlen(cases[i].said)) == 0 &&
		    strchr(e.what, '\n') == NULL, "refused, %s: %s", cases[i].name, e.what);
	}
	ok(big >= 0 && ftruncate(big, (off_t)2 << 30) == 0, "a file of 2 GB");
	ok(statement_read_by(reader, &all, big, "x/big.csv", &plain, NULL, &e) == E_INPUT &&
	    strncmp(e.what, "big.csv is larger than purser reads", 35) == 0, "refused by its size: %s", e.what);
	ok(statement_read_by(reader, &all, dir, "tests", &plain, NULL, &e) == E_INPUT, "a directory: %s", e.what);
}

/* ---- readers that do not do what they should ---- */

static void
try_bad_readers(void)
{
	char script[] = "/tmp/purser-reader-XXXXXX";
	AUTO(auto_close) int fd = file_of(PP ROW1, sizeof PP ROW1 - 1);
	struct statements all = { 0 };
	struct err e = { 0 };
	int s;

	ok(statement_read_by("/bin/false", &all, fd, "a", &plain, NULL, &e) == E_INPUT && all.n == 0,
	    "one that fails: %s", e.what);
	ok(statement_read_by("/bin/true", &all, fd, "a", &plain, NULL, &e) == E_INPUT && all.n == 0,
	    "one that says nothing: %s", e.what);
	ok(statement_read_by("/nonexistent/reader", &all, fd, "a", &plain, NULL, &e) == E_SYS, "none at all: %s",
	    e.what);
	s = mkstemp(script);
	ok(s >= 0 && write(s, "#!/bin/sh\nkill -9 $$\n", 21) == 21 && fchmod(s, 0700) == 0, "one that is killed");
	(void)close(s);
	ok(statement_read_by(script, &all, fd, "a", &plain, NULL, &e) == E_INPUT && strstr(e.what, "signal 9") != NULL,
	    "... %s", e.what);
	(void)unlink(script);
	ok(statement_read_by("/bin/cat", &all, fd, "a", &plain, NULL, &e) == E_INPUT && all.n == 0,
	    "one that talks nonsense: %s", e.what);
}

/* ---- the sandbox, as the kernel tells ---- */

static long
status_of(pid_t pid, const char *field)
{
	char path[64], line[256];
	long v = -1;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if ((f = fopen(path, "r")) == NULL)
		return -1;
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, field, strlen(field)) == 0 && line[strlen(field)] == ':')
			v = strtol(line + strlen(field) + 1, NULL, 10);
	(void)fclose(f);
	return v;
}

static bool
limit_is_zero(pid_t pid, const char *name)
{
	char path[64], line[256];
	bool zero = false;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
	if ((f = fopen(path, "r")) == NULL)
		return false;
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			zero = strtol(line + strlen(name), NULL, 10) == 0 && strstr(line, "unlimited") == NULL;
	(void)fclose(f);
	return zero;
}

/* Descriptors that are open: a bit each; -1: cannot be seen (not root, and the reader is not dumpable). */
static int
open_fds(pid_t pid)
{
	char path[64];
	struct dirent *d;
	int bits = 0;
	DIR *dir;

	(void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	if ((dir = opendir(path)) == NULL)
		return -1;
	while ((d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			bits |= 1 << (strtol(d->d_name, NULL, 10) < 20 ? strtol(d->d_name, NULL, 10) : 20);
	(void)closedir(dir);
	return bits;
}

static void
pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

static void
try_sandbox(void)
{
	int in[2], out[2], file[2], status = 0, secret = open("/etc/passwd", O_RDONLY);         /* not close-on-exec */
	unsigned char got[65536];
	BUF options = { 0 };
	size_t n = 0;
	ssize_t k;
	pid_t pid;
	int fds;

	frame_options(&options, &plain, "", 0);
	if (!ok(pipe(in) == 0 && pipe(out) == 0 && pipe(file) == 0 && secret >= 0, "pipes"))
		return;
	if ((pid = fork()) == 0) {
		/* Away from the numbers that the reader gets, then onto them; all others stay open as a careless
		 * parent has them. */
		int a = fcntl(in[0], F_DUPFD, 40), b = fcntl(out[1], F_DUPFD, 40), c = fcntl(file[0], F_DUPFD, 40);

		(void)dup2(a, 0);
		(void)dup2(b, 1);
		(void)dup2(c, 3);
		(void)execl(reader, "purser-reader", (char *)NULL);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	(void)close(file[0]);
	for (int i = 0; i < 500 && status_of(pid, "Seccomp") != 2 && waitpid(pid, &status, WNOHANG) == 0; i++)
		pause_ms(20);
	ok(status_of(pid, "Seccomp") == 2, "no byte was sent yet, and the sandbox is closed: Seccomp %ld",
	    status_of(pid, "Seccomp"));
	ok(status_of(pid, "NoNewPrivs") == 1, "no new privileges");
	ok(limit_is_zero(pid, "Max core file size") && limit_is_zero(pid, "Max open files") &&
	    limit_is_zero(pid, "Max file size") && limit_is_zero(pid, "Max processes"), "no cores, files, processes");
	fds = open_fds(pid);
	ok(fds == -1 || (fds & ~(1 << 2)) == ((1 << 0) | (1 << 1) | (1 << 3)), "only its three descriptors: %x",
	    (unsigned)fds);
	ok(write(in[1], buf_str(&options), options.len) == (ssize_t)options.len && close(in[1]) == 0, "options");
	ok(write(file[1], PP, sizeof PP - 1) == (ssize_t)sizeof PP - 1, "a slow file");
	pause_ms(50);
	ok(status_of(pid, "Seccomp") == 2 && waitpid(pid, &status, WNOHANG) == 0, "it waits for more");
	ok(write(file[1], ROW1, sizeof ROW1 - 1) == (ssize_t)sizeof ROW1 - 1 && close(file[1]) == 0, "the rest");
	while (n < sizeof got && ((k = read(out[0], got + n, sizeof got - n)) > 0 || (k < 0 && errno == EINTR)))
		n += k > 0 ? (size_t)k : 0;
	(void)close(out[0]);
	(void)close(secret);
	ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ends well");
	ok(n > FRAME_HEAD && got[4] == FRAME_STATEMENT && got[n - 8 - 1] == FRAME_END, "records and their end");
}

/* ---- frames that no reader of ours sends ---- */

static enum rc
decode(struct frames *f, const void *p, size_t n, struct err *e)
{
	const unsigned char *b = p;
	enum frame kind;
	size_t len;
	enum rc rc;

	while (n > 0) {
		if (n < FRAME_HEAD)
			return E_INPUT;
		if ((rc = frames_head(f, b, &len, &kind, e)) != OK)
			return rc;
		if (n - FRAME_HEAD < len)
			return E_INPUT;
		if ((rc = frames_take(f, kind, b + FRAME_HEAD, len, e)) != OK)
			return rc;
		b += FRAME_HEAD + len;
		n -= FRAME_HEAD + len;
	}
	return f->ended ? OK : E_INPUT;
}

static void
good_txn(struct txn *t)
{
	static char *cells[] = { NULL, NULL };
	static char cell[] = "a cell";

	txn_init(t);
	cells[0] = cell;
	t->row = 2;
	t->status = TXN_SETTLED;
	t->moved = TXN_MOVED;
	t->has_amount = true;
	t->amount = (struct money){ -100, 2, "EUR" };
	t->when.has_date = true;
	t->when.local = (struct civil){ .year = 2026, .month = 2, .day = 13 };
	t->cells = 1;
	t->cell = cells;
}

static char name_paypal[] = "paypal", name_format[] = "paypal-activity", empty_text[] = "", en[] = "en",
	    utf8[] = "utf-8";

static void
good_statement(struct statement *s)
{
	*s = (struct statement){ .format = name_format,
		.provider = name_paypal,
		.entry = empty_text,
		.account_hint = empty_text,
		.language = en,
		.encoding = utf8,
		.rows = 1 };
}

static void
stream(struct buf *b, const struct statement *s, const struct txn *t)
{
	frame_statement(b, s);
	frame_row(b, t);
	frame_rest(b, s);
	frame_end(b, 1);
}

static void
expect(const char *name, const struct buf *b, enum rc want)
{
	struct frames f = { .max_bytes = 1 << 20 };
	struct err e = { 0 };
	enum rc rc = decode(&f, buf_str(b), b->len, &e);

	ok(rc == want, "%s: %s", name, rc == OK ? "taken" : "refused");
	frames_free(&f);
}

#define TRY_ROW(name, change) do { \
	BUF b = { 0 }; \
	good_txn(&t); good_statement(&s); change; stream(&b, &s, &t); expect(name, &b, E_INPUT); \
} while (0)

static void
try_frames(void)
{
	static char bad_utf8[] = "\xc3(", escape[] = "a\x1b[31m", bidi[] = "\xe2\x80\xae", code[] = "nonsense 0 x";
	struct txn t;
	struct statement s;

	{
		BUF b = { 0 };

		good_txn(&t);
		good_statement(&s);
		stream(&b, &s, &t);
		expect("a proper stream", &b, OK);
		frame_end(&b, 1);
		expect("a frame behind the end", &b, E_INPUT);
	}
	TRY_ROW("text that is not UTF-8", t.id = bad_utf8);
	TRY_ROW("an escape sequence", t.description = escape);
	TRY_ROW("a bidirectional override", t.counterparty = bidi);
	TRY_ROW("a status that does not exist", t.status = (enum txn_status)99);
	TRY_ROW("a movement that does not exist", t.moved = (enum txn_moved)4);
	TRY_ROW("a flag that does not exist", t.flags = 128);
	TRY_ROW("19 decimals", t.amount.exp = 19);
	TRY_ROW("an amount that has no negative", t.amount.minor = INT64_MIN);
	TRY_ROW("a currency in lower case", t.amount.cur[0] = 'e');
	TRY_ROW("a row that moves nothing known", t.has_amount = false);
	TRY_ROW("30 February", { t.when.local.month = 2; t.when.local.day = 30; });
	TRY_ROW("a date that is not there but has a year", t.when.has_date = false);
	TRY_ROW("25 o'clock", { t.when.has_time = true; t.when.local.hour = 25; });
	TRY_ROW("a time that is not there but has minutes", t.when.local.minute = 5);
	TRY_ROW("a zone that is known in no way", t.when.known = (enum zone_known)3);
	TRY_ROW("row 0", t.row = 0);
	TRY_ROW("a count that is wrong", s.rows = 2);
	TRY_ROW("a format that does not exist", s.format = name_paypal);
	TRY_ROW("a provider that does not go with the format", { static char w[] = "wechat"; s.provider = w; });
	TRY_ROW("a way of settling dates that does not exist", s.date_by = SETTLE_COUNT);
	TRY_ROW("a warning that no note knows", { static char *w[] = { code }; s.warning = w; s.warnings = 1; });
	{
		BUF b = { 0 };

		good_txn(&t);
		frame_row(&b, &t);
		expect("a row without its statement", &b, E_INPUT);
	}
	{
		BUF b = { 0 };

		frame_statement(&b, &s);
		frame_statement(&b, &s);
		expect("a statement inside a statement", &b, E_INPUT);
	}
	{
		BUF b = { 0 };

		frame_statement(&b, &s);
		frame_end(&b, 0);
		expect("an end inside a statement", &b, E_INPUT);
	}
	{
		BUF b = { 0 };

		frame_end(&b, 0);
		expect("an end without anything", &b, E_INPUT);
	}
	{
		BUF b = { 0 };

		good_statement(&s);
		good_txn(&t);
		stream(&b, &s, &t);
		b.len -= FRAME_HEAD + 8;
		expect("no end", &b, E_INPUT);
		frame_refused(&b, E_INPUT, "empty 0 ");
		expect("a refusal after a statement", &b, E_INPUT);
	}
	{
		BUF b = { 0 };

		frame_refused(&b, OK, "empty 0 ");
		expect("a refusal that is none", &b, E_INPUT);
		buf_reset(&b);
		frame_refused(&b, E_FROZEN, "empty 0 ");
		expect("a refusal in the store's name", &b, E_INPUT);
		buf_reset(&b);
		frame_refused(&b, E_INPUT, "whatever");
		expect("a refusal without a note", &b, E_INPUT);
		buf_reset(&b);
		frame_refused(&b, E_INPUT, "empty 0 ");
		expect("a proper refusal", &b, OK);
	}
	{
		unsigned char head[FRAME_HEAD];
		struct frames f = { 0 };
		enum frame kind;
		struct err e;
		size_t len;

		le32_put(head, FRAME_MAX + 1);
		head[4] = FRAME_ROW;
		ok(frames_head(&f, head, &len, &kind, &e) == E_INPUT, "a frame of more than four megabytes");
		le32_put(head, 0);
		head[4] = FRAME_OPTIONS;
		ok(frames_head(&f, head, &len, &kind, &e) == E_INPUT, "options from the reader");
		head[4] = FRAME_KINDS;
		ok(frames_head(&f, head, &len, &kind, &e) == E_INPUT, "a kind that does not exist");
	}
}

/* A proper stream with any one bit turned, or cut anywhere: taken or refused, never anything else (sanitizers look
 * on). */
static void
try_flips(void)
{
	struct txn t;
	struct statement s;
	BUF b = { 0 };
	size_t taken = 0, refused = 0, cut = 0;

	good_txn(&t);
	good_statement(&s);
	stream(&b, &s, &t);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		struct frames f = { .max_bytes = 1 << 20 };
		struct err e = { 0 };
		enum rc rc;

		b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << bit % 8));
		rc = decode(&f, b.p, b.len, &e);
		taken += rc == OK;
		refused += rc == E_INPUT;
		b.p[bit / 8] = (char)(b.p[bit / 8] ^ (1 << bit % 8));
		frames_free(&f);
	}
	ok(taken + refused == b.len * 8 && refused > taken, "%zu flipped bits: %zu refused", b.len * 8, refused);
	for (size_t n = 0; n < b.len; n++) {
		struct frames f = { .max_bytes = 1 << 20 };
		struct err e = { 0 };

		cut += decode(&f, b.p, n, &e) == E_INPUT;
		frames_free(&f);
	}
	ok(cut == b.len, "cut anywhere, it is refused");
	{
		struct frames f = { .max_bytes = 100 };
		struct err e = { 0 };

		ok(decode(&f, b.p, b.len, &e) == E_INPUT, "more records than a file of that size can have");
		frames_free(&f);
	}
}

int
main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	struct err e;

	(void)argc;
	(void)snprintf(reader, sizeof reader, "%.*s/../../purser-reader", slash ? (int)(slash - argv[0]) : 1,
	    slash ? argv[0] : ".");
	if (crypto_start(&e) != OK || access(reader, X_OK) != 0) {
		ok(false, "%s is there", reader);
		return tap_done();
	}
	try_files();
	try_archives();
	try_refusals();
	try_bad_readers();
	try_sandbox();
	try_frames();
	try_flips();
	return tap_done();
}
