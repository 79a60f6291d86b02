/* cmd/out.c: lines on stdout and stderr, colours, the pager, the message of a failed run. See out.h. */
#include "cmd/out.h"

#include "base/io.h"
#include "base/num.h"
#include "base/utf8.h"
#include "cmd/launch.h"
#include "crypto/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Formats are literals at every caller, and their translations are checked by msgfmt. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static const char *const tone_on[] = { "", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m", "\033[36m" };

const char *
tone_code(enum tone tone)
{
	return (size_t)tone < COUNTOF(tone_on) ? tone_on[tone] : "";
}

static bool
env_set(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && v[0] != '\0';
}

static bool
is_dumb(void)
{
	const char *term = getenv("TERM");

	return term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0;
}

static bool
use_color(const struct session *s, int fd)
{
	if (s->color != COLOR_AUTO)
		return s->color == COLOR_ALWAYS;
	return !env_set("NO_COLOR") && !is_dumb() && (isatty(fd) || (fd == STDOUT_FILENO && s->paging));
}

bool
out_color(const struct session *s)
{
	return !s->json && use_color(s, STDOUT_FILENO);
}

bool
err_color(const struct session *s)
{
	return !s->json && use_color(s, STDERR_FILENO);
}

unsigned
out_width(const struct session *s)
{
	const char *v = getenv("COLUMNS");
	struct winsize w = { 0 };
	uint64_t n;

	if (v != NULL && num_u64(v, 20, 10000, &n))
		return (unsigned)n;
	if (!s->paging && !isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(s->paging ? STDERR_FILENO : STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col == 0)
		return 80;
	return w.ws_col;
}

static void
put(struct session *s, const void *p, size_t n)
{
	if (s->out_failed || n == 0)
		return;
	if (fwrite(p, 1, n, stdout) != n) {
		s->out_failed = true;
		s->out_errno = errno;
	}
}

/* Line breaks are kept when they are the format's own; where an argument brings one, none is left. */
static void
clean_lines(struct buf *out, const char *text, size_t n, const char *fmt)
{
	size_t own = 0, all = 0, k;

	for (const char *p = fmt; (p = strchr(p, '\n')) != NULL; p++)
		own++;
	for (size_t i = 0; i < n; i++)
		all += text[i] == '\n';
	for (; all == own && all > 0; all--, own--, text += k, n -= k) {
		k = (size_t)((const char *)memchr(text, '\n', n) - text) + 1;
		utf8_clean(out, text, k - 1);
		buf_addc(out, '\n');
	}
	utf8_clean(out, text, n);
}

void
out_compose(struct buf *out, const char *fmt, va_list ap)
{
	char small[512], *p;
	va_list again;
	int n;

	va_copy(again, ap);
	fmt = fmt[0] != '\0' ? gettext(fmt) : fmt;      /* gettext("") is the catalogue's header */
	if ((n = vsnprintf(small, sizeof small, fmt, ap)) < 0)
		n = 0;
	if ((size_t)n < sizeof small) {
		clean_lines(out, small, (size_t)n, fmt);
	} else {
		if ((p = malloc((size_t)n + 1)) != NULL && vsnprintf(p, (size_t)n + 1, fmt, again) == n)
			clean_lines(out, p, (size_t)n, fmt);
		free(p);
	}
	va_end(again);
}

static void
line_out(struct session *s, enum tone tone, const char *fmt, va_list ap)
{
	bool color = tone != TONE_PLAIN && out_color(s);
	BUF b = { 0 };

	if (s->json)
		return;
	if (color)
		buf_adds(&b, tone_on[tone]);
	out_compose(&b, fmt, ap);
	if (color)
		buf_adds(&b, "\033[0m");
	buf_addc(&b, '\n');
	put(s, b.p, b.len);
}

void
say(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_out(s, TONE_PLAIN, fmt, ap);
	va_end(ap);
}

void
say_tone(struct session *s, enum tone tone, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_out(s, tone, fmt, ap);
	va_end(ap);
}

/* stderr is unbuffered: one write a line, and what stdout has goes first, so that both read well on one terminal. */
static void
line_err(struct session *s, const struct buf *b)
{
	if (fflush(stdout) != 0 && !s->out_failed) {    /* for out_finish(): why is not known any more then */
		s->out_failed = true;
		s->out_errno = errno;
	}
	(void)fwrite(buf_str(b), 1, b->len, stderr);    /* nowhere left to complain */
}

static void
message(struct session *s, const char *before, enum tone tone, const char *fmt, va_list ap)
{
	bool color = tone != TONE_PLAIN && err_color(s);
	BUF b = { 0 };

	progress_end(s);
	if (color)
		buf_adds(&b, tone_on[tone]);
	buf_adds(&b, before);
	out_compose(&b, fmt, ap);
	if (color)
		buf_adds(&b, "\033[0m");
	buf_addc(&b, '\n');
	line_err(s, &b);
}

void
note(struct session *s, const char *fmt, ...)
{
	va_list ap;

	if (s->quiet)
		return;
	va_start(ap, fmt);
	message(s, "", TONE_PLAIN, fmt, ap);
	va_end(ap);
}

void
warn(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(s, "!  ", TONE_YELLOW, fmt, ap);
	va_end(ap);
}

void
detail(struct session *s, const char *fmt, ...)
{
	va_list ap;

	if (!s->verbose)
		return;
	va_start(ap, fmt);
	message(s, "", TONE_DIM, fmt, ap);
	va_end(ap);
}

static int64_t
ticks_ms(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
progress(struct session *s, const char *fmt, ...)
{
	BUF b = { 0 };
	va_list ap;
	int64_t t;

	if (s->quiet || s->json || s->paging || is_dumb() || !isatty(STDERR_FILENO))
		return;
	if ((t = ticks_ms()) - s->progress_ms < 100)
		return;
	s->progress_ms = t;
	buf_adds(&b, "\r\033[K");
	va_start(ap, fmt);
	out_compose(&b, fmt, ap);
	va_end(ap);
	line_err(s, &b);
}

void
progress_end(struct session *s)
{
	static const char clear[] = "\r\033[K";

	if (s->progress_ms == 0)
		return;
	s->progress_ms = 0;
	(void)fwrite(clear, 1, sizeof clear - 1, stderr);
}

enum rc
out_bytes(struct session *s, const void *p, size_t n, struct err *e)
{
	put(s, p, n);
	if (!s->out_failed || s->out_errno == EPIPE)    /* a closed pipe is quiet; out_finish() ends the run */
		return OK;
	errno = s->out_errno;
	return err_sys(e, E_SYS, N_("cannot write the result"));
}

/* Past stdio, so that no buffer keeps it. */
static enum rc
secret_bytes(struct session *s, const void *p, size_t n, struct err *e)
{
	if (s->out_failed)
		return OK;
	if (fflush(stdout) == 0 && io_write(STDOUT_FILENO, p, n, e) == OK)
		return OK;
	s->out_failed = true;
	s->out_errno = errno;
	return errno == EPIPE ? OK : err_sys(e, E_SYS, N_("cannot write the result"));
}

enum rc
out_secret(struct session *s, const struct secret *x, struct err *e)
{
	enum rc rc = x->len > 0 ? secret_bytes(s, x->bytes, x->len, e) : OK;

	return rc != OK ? rc : secret_bytes(s, "\n", 1, e);
}

enum rc
out_json_secret(struct session *s, struct json *j, const char *key, const struct secret *x, struct err *e)
{
	static const char hex[] = "0123456789abcdef";
	SECRET line = { 0 };
	size_t at = 0, k;
	uint32_t cp;
	enum rc rc;

	j_raw(j, key, "");
	if ((rc = buf_check(&j->b, e)) != OK || (rc = secret_alloc(&line, j->b.len + 6 * x->len + 8, e)) != OK)
		return rc;
	memcpy(line.bytes, j->b.p, j->b.len);
	at = j->b.len;
	line.bytes[at++] = '"';
	for (size_t i = 0; i < x->len; i += k) {
		const unsigned char *c = x->bytes + i;

		if ((k = utf8_next((const char *)c, x->len - i, &cp)) == 0) {
			memcpy(line.bytes + at, "\\ufffd", 6);
			at += 6;
			k = 1;
		} else if (cp < 0x20 || cp == 0x7f || cp == '"' || cp == '\\') {
			memcpy(line.bytes + at, "\\u00", 4);
			line.bytes[at + 4] = (unsigned char)hex[cp >> 4];
			line.bytes[at + 5] = (unsigned char)hex[cp & 15];
			at += 6;
		} else {
			memcpy(line.bytes + at, c, k);
			at += k;
		}
	}
	memcpy(line.bytes + at, "\"}\n", 3);
	json_free(j);
	return secret_bytes(s, line.bytes, at + 3, e);
}

/* -- the pager -- */

static bool
in_path(const char *name, size_t n)
{
	const char *path = getenv("PATH");
	size_t k;

	if (memchr(name, '/', n) != NULL) {
		BUF b = { .max = 4096 };

		buf_add(&b, name, n);
		return !b.failed && access(buf_str(&b), X_OK) == 0;
	}
	for (const char *p = path ? path : ""; *p != '\0'; p += k + (p[k] == ':')) {
		BUF b = { .max = 4096 };

		k = strcspn(p, ":");
		buf_add(&b, p, k);
		buf_addc(&b, '/');
		buf_add(&b, name, n);
		if (!b.failed && access(buf_str(&b), X_OK) == 0)
			return true;
	}
	return false;
}

void
out_page(struct session *s)
{
	const char *pager = env_set("PAGER") ? getenv("PAGER") : "less -FRX";
	struct launch l = { .what = LAUNCH_PAGER };
	struct err e = { 0 };
	int fds[2];

	if (s->paging || s->json || is_dumb() || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		return;
	if (strcmp(pager, "cat") == 0 || !in_path(pager, strcspn(pager, " ")) || fflush(stdout) != 0 ||
	    pipe2(fds, O_CLOEXEC) < 0)
		return;
	l.fd[0] = fds[0];
	l.fd[1] = STDOUT_FILENO;
	l.fd[2] = STDERR_FILENO;
	if (launch(s, &l, &s->pager_job, &e) == OK && dup2(fds[1], STDOUT_FILENO) >= 0) {
		s->paging = true;
		(void)signal(SIGINT, SIG_IGN);          /* Ctrl-C is the pager's; q ends us by EPIPE */
		(void)signal(SIGQUIT, SIG_IGN);
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
}

enum rc
out_finish(struct session *s, bool *broken, struct err *e)
{
	bool paged = s->paging;

	*broken = false;
	progress_end(s);
	if (fflush(stdout) != 0 && !s->out_failed) {
		s->out_failed = true;
		s->out_errno = errno;
	}
	if (ferror(stdout) && !s->out_failed) {         /* a write by somebody who used stdio directly */
		s->out_failed = true;
		s->out_errno = EIO;
	}
	if (paged) {
		(void)close(STDOUT_FILENO);
		(void)launch_end(&s->pager_job);
		s->paging = false;
	}
	if (!s->out_failed)
		return OK;
	if (s->out_errno == EPIPE) {
		*broken = !paged;                       /* who leaves the pager early has seen enough */
		return OK;
	}
	errno = s->out_errno;
	return err_sys(e, E_SYS, N_("cannot write the result"));
}

/* -- the end of a failed run -- */

static void
error_json(struct session *s, enum rc rc, const struct err *e)
{
	JSON j = { 0 };

	j_open(&j, "error");
	j_int(&j, "exit", rc_exit(rc));
	j_str(&j, "name", rc_name(rc));
	j_str(&j, "what", e->what[0] ? e->what : NULL);
	j_str(&j, "next", e->next[0] ? e->next : NULL);
	buf_adds(&j.b, "}\n");
	line_err(s, &j.b);
}

void
out_error(struct session *s, enum rc rc, const struct err *e)
{
	bool color = err_color(s);
	BUF b = { 0 };

	if (rc == E_FINDINGS && e->rc != E_FINDINGS)          /* e may tell of something that was tried on the way */
		return;
	if (s->json) {
		error_json(s, rc, e);
		return;
	}
	if (color)
		buf_adds(&b, tone_on[TONE_RED]);
	buf_addf(&b, "purser: %s%s\n", e->what[0] ? e->what : _("failed"), color ? "\033[0m" : "");
	if (e->next[0] != '\0')
		buf_addf(&b, "  %s\n", e->next);
	line_err(s, &b);
}
