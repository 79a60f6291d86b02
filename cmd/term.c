/* cmd/term.c: questions and the options that answer them. See term.h. */
#include "cmd/term.h"

#include "base/io.h"
#include "base/utf8.h"
#include "cmd/launch.h"
#include "cmd/out.h"
#include "cmd/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

bool
can_ask(struct session *s)
{
	return !s->no_input && tty_open(s);
}

enum rc
nobody(const char *option, bool own, struct err *e)
{
	if (own) {
		(void)err_set(e, E_LOCKED, N_("locked, and nobody can be asked"));
		err_next(e, N_("purser unlock, or %s"), option);
		return E_LOCKED;
	}
	if (option != NULL)
		return err_set(e, E_USAGE, N_("%s is missing and nobody can be asked. Nothing was changed"), option);
	return err_set(e, E_USAGE, N_("this needs a terminal. Nothing was changed"));
}

enum rc
tell(struct session *s, struct err *e, const char *fmt, ...)
{
	BUF b = { .max = 8192 };
	va_list ap;

	if (!can_ask(s))
		return nobody(NULL, false, e);
	va_start(ap, fmt);
	out_compose(&b, fmt, ap);
	va_end(ap);
	buf_addc(&b, '\n');
	tty_put(s, buf_str(&b), b.len);
	return OK;
}

enum rc
tell_secret(struct session *s, const struct secret *x, struct err *e)
{
	if (!can_ask(s))
		return nobody(NULL, false, e);
	tty_put(s, x->bytes, x->len);
	tty_puts(s, "\n");
	return OK;
}

/* -- descriptors -- */

enum rc
read_line_fd(int fd, size_t max, struct secret *out, bool *none, struct err *e)
{
	SECRET line = { 0 };
	unsigned char c = 0;
	size_t n = 0, got = 0;
	enum rc rc;

	*none = false;
	if ((rc = secret_alloc(&line, max + 1, e)) != OK)
		return rc;
	for (;;) {
		if ((rc = io_read(fd, &c, 1, &got, e)) != OK)
			break;
		if (got == 0 || c == '\n')
			break;
		if (n >= max) {
			rc = err_set(e, E_USAGE, N_("a line on descriptor %d is longer than %zu bytes"), fd, max);
			break;
		}
		line.bytes[n++] = c;
	}
	wipe(&c, 1);
	if (rc != OK)
		return errno == EBADF ? err_set(e, E_USAGE, N_("descriptor %d is not open for reading"), fd) : rc;
	if (n > 0 && got != 0 && line.bytes[n - 1] == '\r')
		n--;
	*none = n == 0 && got == 0;
	secret_cut(&line, n);
	secret_move(out, &line);
	return OK;
}

static enum rc
from_fd(int fd, const char *option, bool own, struct secret *out, struct err *e)
{
	bool none;
	enum rc rc = read_line_fd(fd, ASK_MAX, out, &none, e);

	if (rc != OK || !none)
		return rc;
	secret_wipe(out);
	return err_set(e, own ? E_LOCKED : E_USAGE, N_("no line left on descriptor %d for %s"), fd, option);
}

static enum rc
from_file(const char *path, struct secret *out, struct err *e)
{
	AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool none;

	if (fd < 0)
		return err_sys(e, E_USAGE, N_("cannot open the password file %s"), path);
	return read_line_fd(fd, ASK_MAX, out, &none, e);      /* an empty file is an empty password */
}

/* -- PURSER_ASKPASS: a program that prints the answer; its one argument is the prompt -- */

static enum rc
askpass(struct session *s, const char *program, const char *prompt, struct secret *out, struct err *e)
{
	struct launch l = { .what = LAUNCH_ASKPASS, .text = prompt, .fd = { STDIN_FILENO, -1, STDERR_FILENO } };
	int fds[2], job = -1;
	bool none = false, good;
	enum rc rc;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(e, E_SYS, N_("cannot run %s"), program);
	l.fd[1] = fds[1];
	rc = launch(s, &l, &job, e);
	(void)close(fds[1]);
	if (rc == OK)
		rc = read_line_fd(fds[0], ASK_MAX, out, &none, e);
	(void)close(fds[0]);
	good = launch_end(&job);
	if (rc == OK && (none || !good)) {
		secret_wipe(out);
		return err_set(e, E_USAGE, N_("%s gave no answer. Nothing was changed"), program);
	}
	return rc;
}

/* The terminal, else PURSER_ASKPASS. own: it is the store's own password or code. */
static enum rc
prompt_secret(struct session *s, const char *prompt, const char *option, bool own, struct secret *out, struct err *e)
{
	const char *program = getenv("PURSER_ASKPASS");
	BUF clean = { .max = 4096 };
	enum rc rc;

	prompt = prompt[0] != '\0' ? gettext(prompt) : prompt;
	utf8_clean(&clean, prompt, strlen(prompt));
	if (can_ask(s))
		return tty_line(s, buf_str(&clean), ECHO_MASK, out, e);
	if (s->no_input || program == NULL || program[0] == '\0')
		return nobody(option, own, e);
	rc = askpass(s, program, buf_str(&clean), out, e);
	return own && rc == E_USAGE ? err_set(e, E_LOCKED, N_("%s gave no answer. Nothing was changed"), program) : rc;
}

/* -- secrets -- */

enum rc
ask_password(struct session *s, struct secret *out, struct err *e)
{
	if (s->password_fd >= 0)
		return from_fd(s->password_fd, "--password-fd", true, out, e);
	if (s->password_file != NULL)
		return from_file(s->password_file, out, e);
	return prompt_secret(s, N_("Password: "), "--password-fd N", true, out, e);
}

enum rc
ask_code(struct session *s, struct secret *out, struct err *e)
{
	if (s->code_fd >= 0)
		return from_fd(s->code_fd, "--code-fd", true, out, e);
	return prompt_secret(s, N_("Code of the store's second factor: "), "--code-fd N", true, out, e);
}

enum rc
ask_secret(struct session *s, const char *prompt, const char *option, struct secret *out, struct err *e)
{
	return prompt_secret(s, prompt, option, false, out, e);
}

enum rc
ask_new_password(struct session *s, struct secret *out, struct err *e)
{
	static const char option[] = "--new-password-fd N";
	enum rc rc;

	if (s->new_password_fd >= 0)
		return from_fd(s->new_password_fd, "--new-password-fd", false, out, e);
	for (;;) {
		SECRET first = { 0 };
		SECRET second = { 0 };

		rc = prompt_secret(s, N_("New password (empty = I make one of 6 words): "), option, false, &first, e);
		if (rc == OK && first.len > 0)
			rc = prompt_secret(s, N_("Again: "), option, false, &second, e);
		if (rc != OK)
			return rc;
		if (secret_equal(&first, &second)) {
			secret_move(out, &first);
			return OK;
		}
		if ((rc = tell(s, e, N_("They differ. Once more."))) != OK)
			return rc;
	}
}

enum rc
ask_again(struct session *s, const char *prompt, const struct secret *expect, struct err *e)
{
	enum rc rc;

	for (;;) {
		SECRET typed = { 0 };

		if ((rc = prompt_secret(s, prompt, NULL, false, &typed, e)) != OK)
			return rc;
		if (secret_equal(&typed, expect))
			return OK;
		if ((rc = tell(s, e, N_("That is not it. Once more."))) != OK)
			return rc;
	}
}

/* All of stdin, one line break at its end dropped. */
static enum rc
stdin_value(size_t max, struct secret *out, struct err *e)
{
	SECRET all = { 0 };
	size_t n = 0;
	enum rc rc;

	if ((rc = secret_alloc(&all, max + 3, e)) != OK)         /* one byte more shows that it is too long */
		return rc;
	if ((rc = io_read(STDIN_FILENO, all.bytes, max + 3, &n, e)) != OK)
		return errno == EBADF ? err_set(e, E_USAGE, N_("stdin is not open for reading")) : rc;
	if (n > 0 && n < max + 3 && all.bytes[n - 1] == '\n')
		n--;
	if (n > 0 && n < max + 3 && all.bytes[n - 1] == '\r')
		n--;
	if (n > max)
		return err_set(e, E_USAGE, N_("the value is longer than %zu bytes. Nothing was changed"), max);
	if (n == 0)
		return err_set(e, E_USAGE, N_("the value on stdin is empty. Nothing was changed"));
	secret_cut(&all, n);
	secret_move(out, &all);
	return OK;
}

enum rc
ask_value(struct session *s, const char *prompt, const char *option, size_t max, struct secret *out, struct err *e)
{
	SECRET typed = { 0 };
	enum rc rc;

	if (!isatty(STDIN_FILENO))
		return stdin_value(max, out, e);
	if ((rc = prompt_secret(s, prompt, option, false, &typed, e)) != OK)
		return rc;
	if (typed.len == 0)
		return err_set(e, E_USAGE, N_("the value is empty. Nothing was changed"));
	if (typed.len > max)
		return err_set(e, E_USAGE, N_("the value is longer than %zu bytes. Nothing was changed"), max);
	secret_move(out, &typed);
	return OK;
}

/* -- visible answers -- */

static enum rc
visible(struct session *s, const char *prompt, struct buf *out, struct err *e)
{
	SECRET typed = { 0 };
	size_t from = 0, to;
	enum rc rc;

	if ((rc = tty_line(s, prompt, ECHO_TEXT, &typed, e)) != OK)
		return rc;
	for (to = typed.len; to > 0 && typed.bytes[to - 1] == ' '; to--)
		continue;
	while (from < to && typed.bytes[from] == ' ')
		from++;
	buf_reset(out);
	if (to > from)
		buf_add(out, typed.bytes + from, to - from);
	return buf_check(out, e);
}

enum rc
ask_text(struct session *s, const char *prompt, const char *option, struct buf *out, struct err *e)
{
	BUF clean = { .max = 4096 };

	if (!can_ask(s))
		return nobody(option, false, e);
	prompt = prompt[0] != '\0' ? gettext(prompt) : prompt;
	utf8_clean(&clean, prompt, strlen(prompt));
	return visible(s, buf_str(&clean), out, e);
}

static int
yes_word(const char *w)
{
	static const char *const yes[] = { "y", "yes", "是", "是的", "好" };
	static const char *const no[] = { "n", "no", "否", "不", "不是" };

	for (size_t i = 0; i < COUNTOF(yes); i++) {
		if (strcasecmp(w, yes[i]) == 0)
			return 1;
		if (strcasecmp(w, no[i]) == 0)
			return 0;
	}
	return -1;
}

enum rc
ask_yes(struct session *s, bool def, bool *yes, struct err *e, const char *fmt, ...)
{
	BUF prompt = { .max = 8192 };
	BUF typed = { .max = ASK_MAX + 1 };
	va_list ap;
	enum rc rc;
	int y;

	if (s->yes) {
		*yes = true;
		return OK;
	}
	if (!can_ask(s))
		return nobody("--yes", false, e);
	va_start(ap, fmt);
	out_compose(&prompt, fmt, ap);
	va_end(ap);
	buf_addf(&prompt, " [%s] ", def ? "Y/n" : "y/N");
	do {
		if ((rc = visible(s, buf_str(&prompt), &typed, e)) != OK)
			return rc;
		y = typed.len == 0 ? def : yes_word(buf_str(&typed));
	} while (y < 0);
	*yes = y == 1;
	return OK;
}

enum rc
ask_confirm(struct session *s, const char *name, struct err *e, const char *fmt, ...)
{
	BUF prompt = { .max = 8192 };
	BUF typed = { .max = ASK_MAX + 1 };
	char option[256];
	va_list ap;
	enum rc rc;

	if (s->confirm != NULL) {
		if (strcmp(s->confirm, name) == 0)
			return OK;
		return err_set(e, E_USAGE, N_("--confirm %s does not name it: it is %s. Nothing was changed"), s->confirm,
		    name);
	}
	if (!can_ask(s)) {
		(void)snprintf(option, sizeof option, "--confirm %s", name);
		return nobody(option, false, e);
	}
	va_start(ap, fmt);
	out_compose(&prompt, fmt, ap);
	va_end(ap);
	tty_put(s, buf_str(&prompt), prompt.len);
	buf_reset(&prompt);
	buf_addf(&prompt, _("\nType %s to go on: "), name);
	if ((rc = visible(s, buf_str(&prompt), &typed, e)) != OK)
		return rc;
	if (strcmp(buf_str(&typed), name) != 0)
		return err_set(e, E_USAGE, N_("not confirmed. Nothing was changed"));
	return OK;
}

enum rc
ask_key(struct session *s, const char *keys, bool enter, const char *option, char *key, struct err *e, const char *fmt, ...)
{
	BUF prompt = { .max = 8192 };
	struct tty t = { 0 };
	bool again = true;
	va_list ap;
	enum rc rc;
	int c = -1;

	if (!can_ask(s))
		return nobody(option, false, e);
	va_start(ap, fmt);
	out_compose(&prompt, fmt, ap);
	va_end(ap);
	while (again) {
		tty_begin(s, &t);
		tty_put(s, buf_str(&prompt), prompt.len);
		do {
			c = tty_byte(&t);
			if (c == 0x1b)
				tty_skip_escape(&t);
			if (c >= 'A' && c <= 'Z')
				c += 'a' - 'A';
			if (enter && (c == '\n' || c == '\r'))
				c = keys[0];
		} while (c == 0 || (c > 0 && strchr(keys, c) == NULL));
		if ((rc = tty_end(s, &t, &again)) != OK)
			return err_set(e, rc, N_("interrupted"));
	}
	if (c < 0)
		return err_set(e, E_USAGE, N_("no answer was given. Nothing was changed"));
	*key = (char)c;
	tty_put(s, key, 1);
	tty_puts(s, "\n");
	return OK;
}
