/* base/err.c: see err.h. */
#include "base/err.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <errno.h>
#include <libintl.h>
#include <stdio.h>
#include <string.h>

/* The format is a literal at every caller (PRINTF checks it there) and a translation of it that msgfmt -c has checked. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* Messages quote bytes that others wrote (file names, cells): nothing of them may steer a terminal. */
static void
put_clean(char *out, size_t size, const char *fmt, va_list ap)
{
	char raw[1024];
	BUF b = { .max = 4096 };

	if (vsnprintf(raw, sizeof raw, gettext(fmt), ap) < 0)
		raw[0] = '\0';
	utf8_clean(&b, raw, strlen(raw));
	(void)snprintf(out, size, "%s", buf_str(&b));
}

enum rc
err_set(struct err *e, enum rc rc, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return rc;
	e->rc = rc;
	e->next[0] = '\0';
	va_start(ap, fmt);
	put_clean(e->what, sizeof e->what, fmt, ap);
	va_end(ap);
	return rc;
}

enum rc
err_sys(struct err *e, enum rc rc, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	size_t n;

	if (rc == E_SYS && (saved == ENOSPC || saved == EDQUOT))
		rc = E_FULL;
	if (e == NULL)
		return rc;
	e->rc = rc;
	e->next[0] = '\0';
	va_start(ap, fmt);
	put_clean(e->what, sizeof e->what, fmt, ap);
	va_end(ap);
	n = strlen(e->what);
	(void)snprintf(e->what + n, sizeof e->what - n, ": %s", gettext(strerror(saved)));
	errno = saved;
	return rc;
}

void
err_next(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return;
	va_start(ap, fmt);
	put_clean(e->next, sizeof e->next, fmt, ap);
	va_end(ap);
}

void
err_clear(struct err *e)
{
	if (e != NULL)
		memset(e, 0, sizeof *e);
}

int
rc_exit(enum rc rc)
{
	switch (rc) {
	case E_KEY: return E_AUTH;
	case E_TAMPER: return E_DAMAGED;
	case E_RANGE: return E_INPUT;
	case E_EXISTS: return E_USAGE;
	case E_AGAIN: return E_BUSY;
	case E_NOMEM: case E_SYS: case E_FULL: case E_INTERRUPTED: return E_FAILED;
	case OK: case E_FAILED: case E_USAGE: case E_AUTH: case E_FROZEN: case E_LOCKED: case E_DAMAGED: case E_INPUT:
	case E_NOTFOUND: case E_BUSY: case E_FINDINGS: return (int)rc;
	}
	return E_FAILED;
}

const char *
rc_name(enum rc rc)
{
	static const char *const names[] = { "ok", "failed", "usage", "auth", "frozen", "locked", "damaged", "input",
		"not-found", "busy", "findings" };

	return names[rc_exit(rc)];
}
