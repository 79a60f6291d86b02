/* cmd/clip.c: see clip.h. */
#include "cmd/clip.h"

#include "base/io.h"
#include "base/num.h"
#include "cmd/launch.h"
#include "cmd/out.h"
#include "crypto/kdf.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIP_TEXT_MAX 65536u            /* as much as a secret can have, and then some */

/* One kind of clipboard: what to run to set, read and clear it. */
struct clipboard {
	const char *env;                /* there only when this is set */
	const char *set[8], *get[8], *clear[8];
	bool blank;                     /* clearing does not reach the terminal's own clipboard: a blank does */
};

static const struct clipboard clipboards[] = {
	{ "WAYLAND_DISPLAY", { "wl-copy", "--sensitive" }, { "wl-paste", "--no-newline" }, { "wl-copy", "--clear" },
	    false },
	{ "WAYLAND_DISPLAY", { "wl-copy" }, { "wl-paste", "--no-newline" }, { "wl-copy", "--clear" }, false },
	{ "DISPLAY", { "xclip", "-selection", "clipboard", "-in" }, { "xclip", "-selection", "clipboard", "-out" },
	    { "xclip", "-selection", "clipboard", "-in", "/dev/null" }, false },
	{ "DISPLAY", { "xsel", "--clipboard", "--input" }, { "xsel", "--clipboard", "--output" },
	    { "xsel", "--clipboard", "--delete" }, false },
	{ "TMUX", { "tmux", "load-buffer", "-b", "purser", "-w", "-" }, { "tmux", "show-buffer", "-b", "purser" },
	    { "tmux", "delete-buffer", "-b", "purser" }, true },
};

static long
clip_ms(void)
{
#ifdef PURSER_TEST_KDF
	const char *v = getenv("PURSER_TEST_CLIP_MS");
	int64_t ms;

	if (v != NULL && num_i64(v, 0, CLIP_SECONDS * 1000, &ms))
		return (long)ms;
#endif
	return CLIP_SECONDS * 1000L;
}

const char *const *
clip_command(unsigned clipboard, unsigned use)
{
	const struct clipboard *c = &clipboards[clipboard < COUNTOF(clipboards) ? clipboard : 0];

	return clipboard >= COUNTOF(clipboards) ? NULL : use == CLIP_SET ? c->set : use == CLIP_GET ? c->get : c->clear;
}

/* Start it with the given descriptors as stdin and stdout; its messages go nowhere. */
static int
start(struct session *s, const struct clipboard *c, enum clip_use use, int in, int out)
{
	struct launch l = { LAUNCH_CLIPBOARD, (unsigned)(c - clipboards), use, NULL, { in, out, -1 } };
	struct err e = { 0 };
	int job = -1;

	return launch(s, &l, &job, &e) == OK ? job : -1;
}

static bool
feed(struct session *s, const struct clipboard *c, const void *p, size_t n)
{
	struct err e = { 0 };
	int fd[2], job;
	bool fed;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return false;
	job = start(s, c, CLIP_SET, fd[0], -1);
	(void)close(fd[0]);
	fed = job >= 0 && io_write(fd[1], p, n, &e) == OK;
	(void)close(fd[1]);
	return launch_end(&job) && fed;
}

/* Base64 (RFC 4648) into locked memory, for OSC 52. */
static enum rc
osc52(int tty, const struct secret *x, struct err *e)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	SECRET b64 = { 0 };
	size_t n = 0;
	enum rc rc;

	if ((rc = secret_alloc(&b64, (x->len + 2) / 3 * 4 + 16, e)) != OK)
		return rc;
	memcpy(b64.bytes, "\033]52;c;", 7);
	n = 7;
	for (size_t i = 0; i < x->len; i += 3) {
		uint32_t v = (uint32_t)x->bytes[i] << 16;

		if (i + 1 < x->len)
			v |= (uint32_t)x->bytes[i + 1] << 8;
		if (i + 2 < x->len)
			v |= x->bytes[i + 2];
		b64.bytes[n++] = (unsigned char)digit[v >> 18];
		b64.bytes[n++] = (unsigned char)digit[v >> 12 & 63];
		b64.bytes[n++] = i + 1 < x->len ? (unsigned char)digit[v >> 6 & 63] : '=';
		b64.bytes[n++] = i + 2 < x->len ? (unsigned char)digit[v & 63] : '=';
	}
	b64.bytes[n++] = '\a';
	return io_write(tty, b64.bytes, n, e);
}

/* Does the clipboard still hold what was put there? Only its hash is kept to tell. */
static bool
still_there(struct session *s, const struct clipboard *c, const unsigned char hash[32])
{
	unsigned char now[32];
	struct err e = { 0 };
	SECRET text = { 0 };
	size_t got = 0;
	int p[2], job;

	/* In doubt it is cleared. */
	if (secret_alloc(&text, CLIP_TEXT_MAX, &e) != OK || pipe2(p, O_CLOEXEC) < 0)
		return true;
	job = start(s, c, CLIP_GET, -1, p[1]);
	(void)close(p[1]);
	if (io_read(p[0], text.bytes, text.len, &got, &e) != OK)
		got = 0;
	(void)close(p[0]);
	if (!launch_end(&job))
		return false;
	/* Some programs add a line break of their own. */
	hash256(now, text.bytes, got);
	if (!same_bytes(now, hash, sizeof now) && got > 0 && text.bytes[got - 1] == '\n')
		hash256(now, text.bytes, got - 1);
	return same_bytes(now, hash, sizeof now);
}

/* The process that stays behind. It holds a hash, never the value. */
static void
clear_later(struct session *s, const struct clipboard *c, int tty, const unsigned char hash[32])
{
	struct timespec t = { .tv_sec = clip_ms() / 1000, .tv_nsec = clip_ms() % 1000 * 1000000 };
	struct err e = { 0 };
	pid_t pid = fork();
	int null, job;

	if (pid != 0) {
		if (pid > 0)
			(void)waitpid(pid, NULL, 0);
		return;
	}
	if (setsid() < 0 || fork() != 0)
		_exit(0);
	if ((null = open("/dev/null", O_RDWR)) >= 0)
		for (int fd = 0; fd <= 2; fd++)
			(void)dup2(null, fd);
	/* Nothing of the store, and no connection, is held open meanwhile: the terminal or the launcher. */
	if (tty >= 0 ? dup2(tty, 3) < 0 : s->launcher >= 0 && dup2(s->launcher, 3) < 0)
		_exit(1);
	(void)close_range(tty >= 0 || s->launcher >= 0 ? 4 : 3, ~0U, 0);
	if (s->launcher >= 0)
		s->launcher = 3;
	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
	if (c == NULL)
		_exit(io_write(3, "\033]52;c;!\a", 9, &e) != OK);
	if (still_there(s, c, hash)) {
		if (c->blank)
			(void)feed(s, c, " ", 1);
		job = start(s, c, CLIP_CLEAR, -1, -1);
		(void)launch_end(&job);
	}
	_exit(0);
}

enum rc
clip_copy(struct session *s, const struct secret *x, struct err *e)
{
	AUTO(auto_close) int tty = -1;
	const struct clipboard *used = NULL;
	unsigned char hash[32];
	const char *v;
	enum rc rc;

	hash256(hash, x->bytes, x->len);
	for (size_t i = 0; i < COUNTOF(clipboards) && used == NULL; i++) {
		v = getenv(clipboards[i].env);
		if (v != NULL && *v != '\0' && feed(s, &clipboards[i], x->bytes, x->len))
			used = &clipboards[i];
	}
	if (used == NULL) {
		if ((tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) < 0)
			return err_set(e, E_FAILED,
			    N_("no clipboard here: neither Wayland, X11, tmux nor a terminal. Nothing was copied."));
		if ((rc = osc52(tty, x, e)) != OK)
			return rc;
	}
	clear_later(s, used, tty, hash);
	note(s, N_("Copied; the clipboard is cleared in %d s."), CLIP_SECONDS);
	return OK;
}
