/*
 * cmd/tty.c: see tty.h. The order of restoring and re-raising is that of OpenBSD's readpassphrase(3): echo first, then the
 * signal; after a stop and continue the prompt starts anew.
 */
#include "cmd/tty.h"

#include "base/io.h"
#include "base/utf8.h"
#include "cmd/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

static const int signals[TTY_SIGNALS] = { SIGINT, SIGHUP, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU };

/* The one thing a handler can reach. */
static volatile sig_atomic_t caught;

static void
on_signal(int sig)
{
	caught = sig;
}

bool
tty_open(struct session *s)
{
	if (s->tty == -1) {
		s->tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (s->tty < 0)
			s->tty = -2;
	}
	return s->tty >= 0;
}

bool
tty_can_clear(void)
{
	const char *term = getenv("TERM");

	return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

void
tty_put(struct session *s, const void *p, size_t n)
{
	if (s->tty >= 0 && io_write(s->tty, p, n, NULL) != OK)
		return;                                  /* a terminal that is gone shows at the next read */
}

void
tty_puts(struct session *s, const char *text)
{
	tty_put(s, text, strlen(text));
}

void
tty_begin(struct session *s, struct tty *t)
{
	struct sigaction sa = { .sa_handler = on_signal };      /* no SA_RESTART: read() must come back */
	struct termios raw;

	caught = 0;
	t->fd = s->tty;
	(void)sigemptyset(&sa.sa_mask);
	for (int i = 0; i < TTY_SIGNALS; i++)
		(void)sigaction(signals[i], &sa, &t->old[i]);
	if (tcgetattr(t->fd, &t->was) < 0)
		memset(&t->was, 0, sizeof t->was);
	raw = t->was;
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL | ICANON | IEXTEN);
	raw.c_lflag |= ISIG;
	raw.c_iflag |= ICRNL;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	/* Not TCSAFLUSH: who typed ahead while the key was stretched meant this prompt. */
	while (tcsetattr(t->fd, TCSADRAIN, &raw) < 0 && errno == EINTR && caught == 0)
		continue;
}

int
tty_byte(struct tty *t)
{
	unsigned char c;
	ssize_t n;

	for (;;) {
		if (caught != 0)
			return -2;
		n = read(t->fd, &c, 1);
		if (n == 1)
			return c == 4 ? -1 : c;
		if (n == 0 || errno != EINTR)
			return -1;
	}
}

int
tty_more(struct tty *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };

	return poll(&p, 1, 50) == 1 ? tty_byte(t) : -1;
}

void
tty_skip_escape(struct tty *t)
{
	int c = tty_more(t);

	if (c != '[' && c != 'O')
		return;
	do
		c = tty_more(t);
	while (c >= 0x20 && c < 0x40);
}

enum rc
tty_end(struct session *s, struct tty *t, bool *again)
{
	int sig;

	*again = false;
	if (t->was.c_cflag != 0)
		while (tcsetattr(t->fd, TCSADRAIN, &t->was) < 0 && errno == EINTR && caught != SIGTTOU)
			continue;
	for (int i = 0; i < TTY_SIGNALS; i++)
		(void)sigaction(signals[i], &t->old[i], NULL);
	if ((sig = caught) == 0)
		return OK;
	caught = 0;
	if (sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU) {
		(void)kill(getpid(), sig);
		*again = true;
		return OK;
	}
	tty_puts(s, "\n");
	s->signal = sig;
	return E_INTERRUPTED;
}

/* -- one line -- */

struct line {
	struct session *s;
	struct secret *out;
	size_t n;                /* bytes so far */
	enum echo echo;
};

/* Start of the last character. */
static size_t
last_char(const struct line *l)
{
	size_t at = l->n;

	while (at > 0 && (l->out->bytes[--at] & 0xc0) == 0x80)
		continue;
	return at;
}

static void
rub_out(struct line *l)
{
	size_t at = last_char(l);
	uint32_t cp = 0;
	int w = 1;

	if (l->n == 0)
		return;
	if (l->echo == ECHO_TEXT && utf8_next((const char *)l->out->bytes + at, l->n - at, &cp) != 0)
		w = utf8_cpwidth(cp);
	wipe(l->out->bytes + at, l->n - at);
	l->n = at;
	for (; w > 0; w--)
		tty_puts(l->s, "\b \b");
}

static void
add_byte(struct line *l, unsigned char c)
{
	if (l->n >= ASK_MAX)
		return;
	l->out->bytes[l->n++] = c;
	if (l->echo == ECHO_TEXT)
		tty_put(l->s, &c, 1);
	else if ((c & 0xc0) != 0x80)                     /* one mark a character */
		tty_puts(l->s, "\xc2\xb7");
}

/* false: the line is complete, ended, or a signal came. */
static bool
line_key(struct line *l, struct tty *t, int c)
{
	if (c < 0 || c == '\n' || c == '\r')
		return false;
	if (c == 0x7f || c == '\b') {
		rub_out(l);
	} else if (c == 0x15) {                          /* Ctrl-U */
		while (l->n > 0)
			rub_out(l);
	} else if (c == 0x17) {                          /* Ctrl-W */
		while (l->n > 0 && l->out->bytes[l->n - 1] == ' ')
			rub_out(l);
		while (l->n > 0 && l->out->bytes[l->n - 1] != ' ')
			rub_out(l);
	} else if (c == 0x1b) {
		tty_skip_escape(t);
	} else if (c >= 0x20 || c == '\t') {
		add_byte(l, (unsigned char)c);
	}
	return true;
}

enum rc
tty_line(struct session *s, const char *prompt, enum echo echo, struct secret *out, struct err *e)
{
	struct line l = { .s = s, .out = out, .echo = echo };
	struct tty t = { 0 };
	bool again;
	enum rc rc;
	int c;

	if ((rc = secret_alloc(out, ASK_MAX, e)) != OK)
		return rc;
	do {
		wipe(out->bytes, l.n);
		l.n = 0;
		tty_begin(s, &t);
		tty_puts(s, prompt);
		do
			c = tty_byte(&t);
		while (line_key(&l, &t, c));
		if ((rc = tty_end(s, &t, &again)) != OK) {
			secret_wipe(out);
			return err_set(e, rc, N_("interrupted"));
		}
	} while (again);
	tty_puts(s, "\n");
	secret_cut(out, l.n);
	if (c < 0 && l.n == 0) {
		secret_wipe(out);
		return err_set(e, E_USAGE, N_("no answer was given. Nothing was changed"));
	}
	return OK;
}
