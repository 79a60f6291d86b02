/*
 * tests/cli/pty.c: runs a program on a terminal of its own and talks to it as a script on stdin says. For the shell
 * tests.
 *
 *	pty [-t SECONDS] [-s ROWSxCOLS] [-o TRANSCRIPT] PROGRAM [ARG...] <script
 *
 *	expect TEXT    wait until TEXT comes, after what was matched last
 *	send TEXT      type it (\r \n \t \b \e \\ \xHH)
 *	words FILE     type the first line of FILE
 *	learn FILE     the kit that was shown last: "word word ...", on the second line its fingerprint
 *	pause MS       wait
 *	signal N       to the terminal's foreground group
 *	echo on|off    what the terminal does now
 *	never TEXT     TEXT is nowhere in what came so far
 *	hangup         the terminal goes away
 *	exit N         wait for its end; N is 128 + signal for a signal
 *
 * Lines that begin with # and empty ones are skipped. Exit 0: all of it happened; 1: the first line that did not,
 * with what was seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

struct talk {
	int fd, status, timeout_s;
	pid_t pid;
	bool over;                /* the terminal gives no more */
	char *seen;               /* everything so far, NUL-terminated */
	size_t len, cap, matched; /* matched: expect looks behind here */
};

static double
now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Take what is there, waiting at most ms. */
static void
listen_ms(struct talk *t, int ms)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	char block[4096];
	ssize_t n;

	if (t->over || poll(&p, 1, ms) != 1)
		return;
	if ((n = read(t->fd, block, sizeof block)) <= 0) {
		t->over = n == 0 || errno != EINTR;
		return;
	}
	if (t->len + (size_t)n + 1 > t->cap) {
		t->cap = (t->len + (size_t)n + 1) * 2;
		if ((t->seen = realloc(t->seen, t->cap)) == NULL)
			exit(99);
	}
	for (ssize_t i = 0; i < n; i++)
		t->seen[t->len++] = block[i] == '\0' ? '?' : block[i];
	t->seen[t->len] = '\0';
}

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Escapes, in place; returns the length. */
static size_t
unescape(char *s)
{
	static const char from[] = "rntbe\\", to[] = "\r\n\t\b\033\\";
	char *out = s, *in = s;
	const char *k;

	for (; *in; in++) {
		if (*in != '\\' || in[1] == '\0') {
			*out++ = *in;
		} else if (in[1] == 'x' && hex(in[2]) >= 0 && hex(in[3]) >= 0) {
			*out++ = (char)(hex(in[2]) * 16 + hex(in[3]));
			in += 3;
		} else if ((k = strchr(from, in[1])) != NULL) {
			*out++ = to[k - from];
			in++;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return (size_t)(out - s);
}

static bool
do_expect(struct talk *t, const char *text)
{
	double until = now_s() + t->timeout_s;
	char *at;

	for (;;) {
		at = t->seen ? strstr(t->seen + t->matched, text) : NULL;
		if (at != NULL) {
			t->matched = (size_t)(at - t->seen) + strlen(text);
			return true;
		}
		if (t->over || now_s() > until)
			return false;
		listen_ms(t, 50);
	}
}

static bool
do_send(struct talk *t, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(t->fd, p, n);

		if (k < 0)
			return false;
		p += k;
		n -= (size_t)k;
		listen_ms(t, 0);
	}
	return true;
}

static bool
do_words(struct talk *t, const char *name)
{
	char line[4096];
	FILE *f = fopen(name, "r");
	bool good = f != NULL && fgets(line, sizeof line, f) != NULL && do_send(t, line, strcspn(line, "\n"));

	if (f != NULL)
		(void)fclose(f);
	return good;
}

/* "1 word 2 word ..." up to 20, wherever the lines break; the last ones. */
static bool
do_learn(struct talk *t, const char *name)
{
	char word[20][16], now[20][16], print[24] = "";
	unsigned next = 0, n;
	bool whole = false;
	const char *p = t->seen;
	int used;
	FILE *f;

	while (p != NULL && *p != '\0') {
		if (sscanf(p, "%u %15[a-z]%n", &n, now[next], &used) == 2 && n == next + 1) {
			p += used;
			if (++next == 20) {
				memcpy(word, now, sizeof word);
				whole = true;
				next = 0;
			}
		} else if (next > 0 && *p != ' ' && *p != '\r' && *p != '\n') {
			next = 0;
			p++;
		} else {
			(void)sscanf(p, "fingerprint %19[0-9A-Z-]", print);
			p++;
		}
	}
	if (!whole || print[0] == '\0' || (f = fopen(name, "w")) == NULL)
		return false;
	for (unsigned i = 0; i < 20; i++)
		(void)fprintf(f, "%s%s", i > 0 ? " " : "", word[i]);
	(void)fprintf(f, "\nfingerprint %s\n", print);
	return fclose(f) == 0;
}

static bool
do_pause(struct talk *t, int ms)
{
	double until = now_s() + ms / 1000.0;

	while (now_s() < until)
		listen_ms(t, 20);
	return true;
}

static bool
do_echo(struct talk *t, bool want)
{
	double until = now_s() + t->timeout_s;
	struct termios tio;

	while (now_s() < until) {
		if (tcgetattr(t->fd, &tio) == 0 && ((tio.c_lflag & ECHO) != 0) == want)
			return true;
		listen_ms(t, 20);
	}
	return false;
}

static bool
do_exit(struct talk *t, int want)
{
	double until = now_s() + t->timeout_s;

	while (now_s() < until) {
		listen_ms(t, 20);
		if (waitpid(t->pid, &t->status, WNOHANG) == t->pid) {
			while (!t->over && poll(&(struct pollfd){ .fd = t->fd, .events = POLLIN }, 1, 50) == 1)
				listen_ms(t, 0);
			t->pid = 0;
			t->status = WIFEXITED(t->status) ? WEXITSTATUS(t->status) : 128 + WTERMSIG(t->status);
			return t->status == want;
		}
	}
	return false;
}

static bool
step(struct talk *t, char *line)
{
	char *arg = strchr(line, ' ');
	size_t n = 0;

	if (arg != NULL) {
		*arg++ = '\0';
		n = unescape(arg);
	}
	if (strcmp(line, "hangup") == 0)
		return close(t->fd) == 0 && (t->over = true);
	if (arg == NULL)
		return false;
	if (strcmp(line, "expect") == 0)
		return do_expect(t, arg);
	if (strcmp(line, "send") == 0)
		return do_send(t, arg, n);
	if (strcmp(line, "words") == 0)
		return do_words(t, arg);
	if (strcmp(line, "learn") == 0)
		return do_learn(t, arg);
	if (strcmp(line, "pause") == 0)
		return do_pause(t, (int)strtol(arg, NULL, 10));
	if (strcmp(line, "signal") == 0)
		return kill(-t->pid, (int)strtol(arg, NULL, 10)) == 0;
	if (strcmp(line, "echo") == 0)
		return do_echo(t, strcmp(arg, "on") == 0);
	if (strcmp(line, "never") == 0)
		return t->seen == NULL || strstr(t->seen, arg) == NULL;
	if (strcmp(line, "exit") == 0)
		return do_exit(t, (int)strtol(arg, NULL, 10));
	return false;
}

static void
show_seen(const struct talk *t, FILE *to)
{
	for (size_t i = 0; i < t->len; i++) {
		unsigned char c = (unsigned char)t->seen[i];

		if (c == '\033')
			(void)fputs("\\e", to);
		else if (c == '\n' || (c >= 0x20 && c != 0x7f))
			(void)fputc(c, to);
		else if (c != '\r')
			(void)fprintf(to, "\\x%02x", c);
	}
	(void)fputc('\n', to);
}

static int
run(struct talk *t, const char *transcript)
{
	char line[8192], shown[256];
	unsigned number = 0;
	bool good = true;
	FILE *f;

	while (good && fgets(line, sizeof line, stdin) != NULL) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		(void)snprintf(shown, sizeof shown, "%.200s", line);
		good = step(t, line);
	}
	if (t->pid > 0) {
		(void)kill(-t->pid, SIGKILL);
		(void)waitpid(t->pid, NULL, 0);
	}
	if (transcript != NULL && (f = fopen(transcript, "w")) != NULL) {
		(void)fwrite(t->seen ? t->seen : "", 1, t->len, f);
		(void)fclose(f);
	}
	if (good)
		return 0;
	(void)fprintf(stderr, "pty: line %u did not happen: %s (status %d). Seen:\n", number, shown, t->status);
	show_seen(t, stderr);
	return 1;
}

int
main(int argc, char **argv)
{
	struct talk t = { .timeout_s = 40, .status = -1 };
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	const char *transcript = NULL;
	unsigned rows, cols;
	int c, rc;

	while ((c = getopt(argc, argv, "+t:s:o:")) != -1) {
		if (c == 't')
			t.timeout_s = (int)strtol(optarg, NULL, 10);
		else if (c == 'o')
			transcript = optarg;
		else if (c == 's' && sscanf(optarg, "%ux%u", &rows, &cols) == 2)
			size = (struct winsize){ .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };
		else
			return 2;
	}
	if (optind >= argc)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	if ((t.pid = forkpty(&t.fd, NULL, NULL, &size)) == 0) {
		(void)execvp(argv[optind], argv + optind);
		_exit(127);
	}
	rc = t.pid < 0 ? 2 : run(&t, transcript);
	free(t.seen);
	return rc;
}
