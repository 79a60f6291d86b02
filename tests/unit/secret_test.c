/* Secrets: guarded, locked, not dumped, not inherited, wiped. */
#include "crypto/secret.h"

#include "tests/tap.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum act { READ_BEHIND, WRITE_BEFORE, READ_HIDDEN, READ_FREED, NO_LOCK, CHILD_READS, CHILD_WIPES };

static volatile unsigned char sink;

/* What a child does that is meant to be killed (or to exit with 0 for NO_LOCK and CHILD_WIPES). */
static void
commit(enum act a, struct secret *parents)
{
	struct rlimit none = { 0, 0 }, no_core = { 0, 0 };
	SECRET s = { 0 };
	unsigned char *p;

	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)signal(SIGSEGV, SIG_DFL);         /* a sanitizer reports it instead */
	(void)signal(SIGABRT, SIG_DFL);
	if (a == NO_LOCK) {
		/* Root may lock whatever the limit is. */
		if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (getuid() == 0 && setuid(65534) != 0))
			_exit(3);
		_exit(secret_alloc(&s, 32, NULL) == E_NOMEM && s.bytes == NULL ? 0 : 4);
	}
	if (a == CHILD_READS) {
		sink = parents->bytes[0];
		_exit(0);
	}
	if (a == CHILD_WIPES) {
		secret_wipe(parents);
		_exit(parents->bytes == NULL ? 0 : 5);
	}
	if (secret_alloc(&s, 33, NULL) != OK)
		_exit(6);
	p = s.bytes;
	switch (a) {
	case READ_BEHIND:
		sink = p[33];
		break;
	case WRITE_BEFORE:
		p[-1] ^= 1;
		secret_wipe(&s);
		break;
	case READ_HIDDEN:
		secret_hide(&s);
		sink = p[0];
		break;
	case READ_FREED:
		secret_wipe(&s);
		sink = p[0];
		break;
	case NO_LOCK: case CHILD_READS: case CHILD_WIPES:
		break;
	}
	_exit(0);
}

static int
status_of(enum act a, struct secret *parents)
{
	pid_t child = fork();
	int st = -1;

	if (child == 0)
		commit(a, parents);
	if (child < 0 || waitpid(child, &st, 0) != child)
		return -1;
	return st;
}

static void
guards(void)
{
	SECRET s = { 0 };

	if (!ok(secret_copy(&s, "abc", 3, NULL) == OK, "a secret for the children"))
		return;
	(void)ok(WIFSIGNALED(status_of(READ_BEHIND, &s)), "one byte behind: killed");
	(void)ok(WIFSIGNALED(status_of(WRITE_BEFORE, &s)), "one byte before: killed when it is wiped");
	(void)ok(WIFSIGNALED(status_of(READ_HIDDEN, &s)), "hidden: killed");
	(void)ok(WIFSIGNALED(status_of(READ_FREED, &s)), "wiped: gone");
	(void)ok(WIFSIGNALED(status_of(CHILD_READS, &s)), "a child does not have it");
	(void)ok(status_of(CHILD_WIPES, &s) == 0, "a child can leave the scope");
	if (UNDER_ASAN)
		tap_skip("AddressSanitizer makes mlock do nothing");
	else
		(void)ok(status_of(NO_LOCK, &s) == 0, "no lock, no secret: E_NOMEM");
	(void)ok(memcmp(s.bytes, "abc", 3) == 0, "the parent still has it");
}

/* "VmFlags" of the mapping that holds p. */
static bool
flags_of(const void *p, char *out, size_t size)
{
	AUTO(auto_fclose) FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long from, to;
	bool here = false;
	char line[512];

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = (unsigned long)p >= from && (unsigned long)p < to;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			return (size_t)snprintf(out, size, "%s", line + 8) < size;
	}
	return false;
}

static void
flags(void)
{
	char text[512];
	SECRET s = { 0 };

	if (!ok(secret_random(&s, 5000, NULL) == OK, "over one page"))
		return;
	if (UNDER_ASAN || !flags_of(s.bytes, text, sizeof text)) {
		tap_skip("no VmFlags in /proc/self/smaps here, or AddressSanitizer");
		return;
	}
	(void)ok(strstr(text, " lo") && strstr(text, " dd") && strstr(text, " dc"),
	    "locked, not dumped, not copied:%.*s",
	    (int)strcspn(text, "\n"), text);
	if (flags_of(s.bytes + 4999, text, sizeof text))
		(void)ok(strstr(text, " lo") && strstr(text, " dd") && strstr(text, " dc"), "the last page too");
}

static void
handling(void)
{
	static const unsigned char zero[32];
	unsigned char stack[32];
	SECRET a = { 0 };
	SECRET b = { 0 };
	SECRET empty = { 0 };

	(void)ok(secret_alloc(&a, 32, NULL) == OK && a.len == 32 && memcmp(a.bytes, zero, 32) == 0, "new: zeros");
	memcpy(a.bytes, "0123456789abcdef0123456789abcdef", 32);
	(void)ok(secret_copy(&b, a.bytes, 32, NULL) == OK && secret_equal(&a, &b), "a copy is equal");
	b.bytes[31] ^= 1;
	(void)ok(!secret_equal(&a, &b), "the last bit counts");
	secret_cut(&a, 10);
	(void)ok(a.len == 10 && memcmp(a.bytes, "0123456789", 10) == 0 && memcmp(a.bytes + 10, zero, 22) == 0,
	    "cut: the tail is zero");
	(void)ok(!secret_equal(&a, &b), "lengths count");
	secret_move(&b, &a);
	(void)ok(a.bytes == NULL && a.len == 0 && b.len == 10 && b.bytes[0] == '0', "moved");
	secret_move(&b, &b);
	(void)ok(b.len == 10, "moved onto itself: unchanged");
	secret_hide(&b);
	secret_unhide(&b);
	(void)ok(b.bytes[9] == '9', "hidden and back");
	secret_hide(&b);
	secret_wipe(&b);
	secret_wipe(&b);
	secret_hide(&b);
	secret_unhide(&b);
	(void)ok(b.bytes == NULL && b.len == 0, "wiped while hidden, and twice");
	(void)ok(secret_copy(&empty, NULL, 0, NULL) == OK && empty.bytes != NULL && empty.len == 0, "an empty one");
	(void)ok(secret_alloc(&b, (size_t)1 << 50, NULL) == E_NOMEM && b.bytes == NULL, "too large: E_NOMEM");
	memset(stack, 7, sizeof stack);
	wipe(stack, sizeof stack);
	(void)ok(same_bytes(stack, zero, sizeof stack), "wipe");
	stack[0] = 1;
	(void)ok(!same_bytes(stack, zero, sizeof stack) && same_bytes(stack, zero, 0), "same_bytes");
}

static void
random_numbers(void)
{
	unsigned seen[7] = { 0 };
	unsigned char a[32], b[32];
	bool all = true;

	for (int i = 0; i < 7000; i++) {
		uint32_t v = random_below(7);

		if (v >= 7)
			all = false;
		else
			seen[v]++;
	}
	for (int i = 0; i < 7; i++)
		all = all && seen[i] > 800 && seen[i] < 1200;     /* 7 standard deviations */
	(void)ok(all, "random_below(7) gives 0 to 6, each about as often");
	(void)ok(random_below(1) == 0, "random_below(1) is 0");
	random_bytes(a, 32);
	random_bytes(b, 32);
	(void)ok(memcmp(a, b, 32) != 0, "random bytes differ");
}

int
main(void)
{
	if (!ok(crypto_start(NULL) == OK, "crypto starts"))
		return tap_done();
	guards();
	flags();
	handling();
	random_numbers();
	return tap_done();
}
