/* statement/client.c: the main program's side of reading a statement: start the reader, check what it says. */
#include "statement/client.h"

#include "base/io.h"
#include "base/le.h"
#include "base/place.h"
#include "crypto/secret.h"
#include "statement/frame.h"
#include "statement/note.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MAX_BYTES ((size_t)256 << 20)
#define RECORDS_PER_BYTE 16u            /* records are larger than rows, but not by more than this */

/* Refuse what is too large or empty by its size alone. */
static enum rc
check_size(int fd, const char *name, size_t max, struct err *e)
{
	char note[NOTE_MAX], text[64];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot read %s"), name);
	if (S_ISDIR(st.st_mode))
		return err_set(e, E_INPUT, N_("%s is a directory"), name);
	if (!S_ISREG(st.st_mode))
		return OK;
	if (st.st_size == 0)
		return note_refuse(e, E_INPUT, name, "empty 0 ");
	if ((uint64_t)st.st_size <= max)
		return OK;
	(void)snprintf(text, sizeof text, "%lld MiB > %zu MiB", (long long)st.st_size >> 20, max >> 20);
	note_make(note, "too-large", 0, text, strlen(text));
	return note_refuse(e, E_INPUT, name, note);
}

/* Above the numbers that the reader gets, so that handing them over never overwrites one. */
static int
lift(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 16);
}

static enum rc
spawn(pid_t *pid, const char *reader, int file, int sock, struct err *e)
{
	char *argv[] = { NULL, NULL }, *envp[] = { NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t none, all;
	char self[] = "purser-reader";
	int rc;

	argv[0] = self;
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if (posix_spawn_file_actions_init(&fa) != 0)
		return err_set(e, E_NOMEM, N_("out of memory"));
	if (posix_spawnattr_init(&at) != 0) {
		(void)posix_spawn_file_actions_destroy(&fa);
		return err_set(e, E_NOMEM, N_("out of memory"));
	}
	rc = posix_spawn_file_actions_adddup2(&fa, sock, 0);
	rc = rc ? rc : posix_spawn_file_actions_adddup2(&fa, sock, 1);
	rc = rc ? rc : posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	rc = rc ? rc : posix_spawn_file_actions_adddup2(&fa, file, 3);
	rc = rc ? rc : posix_spawn_file_actions_addclosefrom_np(&fa, 4);
	rc = rc ? rc : posix_spawnattr_setsigmask(&at, &none);
	rc = rc ? rc : posix_spawnattr_setsigdefault(&at, &all);
	rc = rc ? rc : posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = rc ? rc : posix_spawn(pid, reader, &fa, &at, argv, envp);
	(void)posix_spawnattr_destroy(&at);
	(void)posix_spawn_file_actions_destroy(&fa);
	if (rc == 0)
		return OK;
	errno = rc;
	return err_sys(e, E_SYS, N_("cannot start the reader %s"), reader);
}

/* The password travels in guarded memory up to the socket. */
static enum rc
send_options(int sock, const struct read_options *o, size_t max, const struct secret *password, struct err *e)
{
	struct read_options with = *o;
	size_t n = password != NULL ? password->len : 0, done = 0;
	BUF plain = { .max = 4096 };
	SECRET all = { 0 };
	enum rc rc;

	if (n >= sizeof ((struct frame_options *)0)->password)
		return err_set(e, E_AUTH, N_("that password is longer than any archive's"));
	with.max_bytes = max;
	/* The frame without the password, then the password behind it and the two lengths put right. */
	frame_options(&plain, &with, "", 0);
	if ((rc = buf_check(&plain, e)) != OK || (rc = secret_alloc(&all, plain.len + n, e)) != OK)
		return rc;
	memcpy(all.bytes, plain.p, plain.len);
	if (n > 0)
		memcpy(all.bytes + plain.len, password->bytes, n);
	le32_put(all.bytes, (uint32_t)(plain.len + n - FRAME_HEAD));
	le32_put(all.bytes + plain.len - 4, (uint32_t)n);
	while (done < all.len) {
		ssize_t k = send(sock, all.bytes + done, all.len - done, MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			break;                  /* the reader is gone: how it ended says more than this */
		done += (size_t)k;
	}
	(void)shutdown(sock, SHUT_WR);
	return OK;
}

static enum rc
receive(int sock, struct frames *f, struct err *e)
{
	AUTO(auto_free) unsigned char *payload = malloc(FRAME_MAX);
	unsigned char head[FRAME_HEAD];
	enum frame kind;
	size_t got, len;
	enum rc rc;

	if (payload == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (;;) {
		if ((rc = io_read(sock, head, sizeof head, &got, e)) != OK && errno != ECONNRESET)
			return rc;
		if (rc != OK || got == 0)
			return OK;              /* the stream is over, or the reader ended without taking its options */
		if (got != sizeof head)
			return err_set(e, E_INPUT, N_("the reader stopped in the middle: nothing was imported"));
		if ((rc = frames_head(f, head, &len, &kind, e)) != OK ||
		    (rc = io_read(sock, payload, len, &got, e)) != OK)
			return rc;
		if (got != len)
			return err_set(e, E_INPUT, N_("the reader stopped in the middle: nothing was imported"));
		if ((rc = frames_take(f, kind, payload, len, e)) != OK)
			return rc;
	}
}

/* A stream that ended well, from a reader that ended well. */
static enum rc
ended_well(const struct frames *f, int status, struct err *e)
{
	if (WIFSIGNALED(status))
		return err_set(e, E_INPUT, N_("the reader ended on signal %d: nothing was imported"), WTERMSIG(status));
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 3)
		return err_set(e, E_FAILED, N_("the reader could not close its sandbox: nothing was read"));
	if (WEXITSTATUS(status) != 0 || !f->ended)
		return err_set(e, E_INPUT, N_("the reader stopped in the middle: nothing was imported"));
	return OK;
}

void
statements_resolve(struct statements *all)
{
	struct zones *zones = zones_new();

	for (size_t i = 0; i < all->n; i++) {
		when_resolve_with(zones, &all->s[i].first_said);
		when_resolve_with(zones, &all->s[i].last_said);
		for (size_t k = 0; k < all->s[i].rows; k++)
			when_resolve_with(zones, &all->s[i].row[k].when);
	}
	zones_free(&zones);
}

static enum rc
talk(struct frames *f, const char *reader, int fd, const struct read_options *o, size_t max,
    const struct secret *password, struct err *e)
{
	AUTO(auto_close) int file = -1;
	AUTO(auto_close) int mine = -1;
	AUTO(auto_close) int theirs = -1;
	int sv[2], status = 0;
	struct err said = { 0 };
	pid_t pid = 0;
	enum rc rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return err_sys(e, E_SYS, N_("cannot talk to the reader"));
	mine = sv[0];
	theirs = lift(sv[1]);
	(void)close(sv[1]);
	file = lift(fd);
	if (theirs < 0 || file < 0)
		return err_sys(e, E_SYS, N_("cannot talk to the reader"));
	if ((rc = spawn(&pid, reader, file, theirs, e)) != OK)
		return rc;
	(void)close(theirs);
	theirs = -1;
	rc = send_options(mine, o, max, password, &said);
	if (rc == OK)
		rc = receive(mine, f, &said);
	if (rc != OK)
		(void)kill(pid, SIGKILL);       /* our own child, not yet waited for: the number is its */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc != OK) {
		if (e != NULL)
			*e = said;
		return rc;
	}
	return ended_well(f, status, e);
}

enum rc
statement_read_by(const char *reader, struct statements *out, int fd, const char *name, const struct read_options *o,
    const struct secret *zip_password, struct err *e)
{
	size_t max = o->max_bytes > 0 && o->max_bytes < ((size_t)1 << 30) ? o->max_bytes : MAX_BYTES;
	AUTO(frames_free) struct frames f = { .max_bytes = (uint64_t)max * RECORDS_PER_BYTE };
	enum rc rc;

	if ((rc = check_size(fd, name, max, e)) != OK || (rc = talk(&f, reader, fd, o, max, zip_password, e)) != OK)
		return rc;
	if (f.refused != OK)
		return note_refuse(e, f.refused, name, f.note);
	*out = f.all;
	f.all = (struct statements){ 0 };
	statements_resolve(out);
	return OK;
}

enum rc
statement_read(struct statements *out, int fd, const char *name, const struct read_options *o,
    const struct secret *zip_password, struct err *e)
{
	char reader[4096];

	place_find(
	    reader, sizeof reader, "purser-reader", "libexec/purser/purser-reader", PURSER_LIBEXEC "/purser-reader");
	return statement_read_by(reader, out, fd, name, o, zip_password, e);
}
