/* agent/wire.c: see wire.h. */
#include "agent/wire.h"

#include "base/io.h"
#include "base/le.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

const char *const reveal_words[REVEALS] = { "show", "copy", "otp", "export" };

/* ---- the place ---- */

/* A directory of this user's that nobody else may enter; made when make. */
static int
own_dir(int at, const char *path, bool make)
{
	struct stat st;
	int fd;

	if (make && mkdirat(at, path, 0700) < 0 && errno != EEXIST)
		return -1;
	/* O_PATH: names below it are reached, nothing is read, so the sandbox of a command does not mind. */
	if ((fd = openat(at, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return -1;
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
		(void)close(fd);
		errno = EPERM;
		return -1;
	}
	return fd;
}

enum rc
wire_place(int *dirfd, struct err *e)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	AUTO(auto_close) int top = -1;
	char path[64];
	int fd;

	if (xdg != NULL && xdg[0] == '/')
		top = own_dir(AT_FDCWD, xdg, false);
	if (top < 0) {
		(void)snprintf(path, sizeof path, "/run/user/%u", (unsigned)geteuid());
		top = own_dir(AT_FDCWD, path, false);
	}
	if (top >= 0)
		fd = own_dir(top, "purser", true);
	else if (geteuid() == 0)
		fd = own_dir(AT_FDCWD, "/run/purser", true);
	else
		return err_set(e, E_FAILED,
		    N_("no place for the agent: XDG_RUNTIME_DIR is not set and /run/user/%u is not there or not "
		       "private"),
		    (unsigned)geteuid());
	if (fd < 0)
		return err_sys(e, E_FAILED, N_("no place for the agent: its directory is missing or not private"));
	*dirfd = fd;
	return OK;
}

enum rc
wire_name(const struct home *h, char out[SOCKET_NAME_LEN], struct err *e)
{
	unsigned char id[16], hash[16];
	struct stat st;
	char hex[17];

	if (h->device < 0)
		return err_set(e, E_NOTFOUND, N_("no store at %s"), h->vault_path);
	if (fstat(h->device, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot read %s"), h->device_path);
	le64_put(id, (uint64_t)st.st_dev);
	le64_put(id + 8, (uint64_t)st.st_ino);
	hash128(hash, id, sizeof id);
	hex_put(hex, hash, 8);
	(void)snprintf(out, SOCKET_NAME_LEN, "%s.sock", hex);
	return OK;
}

/* A socket path holds 108 bytes: the directory goes through its descriptor. */
static void
address(struct sockaddr_un *a, int dirfd, const char *name)
{
	memset(a, 0, sizeof *a);
	a->sun_family = AF_UNIX;
	(void)snprintf(a->sun_path, sizeof a->sun_path, "/proc/self/fd/%d/%s", dirfd, name);
}

enum rc
wire_connect(int dirfd, const char *name, int *out, struct err *e)
{
	AUTO(auto_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;
	int r;

	if (fd < 0)
		return err_sys(e, E_SYS, N_("cannot reach the agent"));
	address(&a, dirfd, name);
	do
		r = connect(fd, (const struct sockaddr *)&a, sizeof a);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(e, errno == ENOENT || errno == ECONNREFUSED ? E_NOTFOUND : E_SYS,
		    N_("cannot reach the agent"));
	if (!wire_peer_ok(fd))
		return err_set(e, E_FAILED, N_("the agent's socket belongs to another user"));
	*out = fd;
	fd = -1;
	return OK;
}

enum rc
wire_listen(int dirfd, const char *name, int *out, struct err *e)
{
	AUTO(auto_close)
	int guard = openat(dirfd, "guard", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600),
	    probe = -1;
	AUTO(auto_close) int fd = -1;
	struct sockaddr_un a;
	enum rc rc;

	/* Two unlocks at once: one of them replaces a dead socket, the other finds the living one. */
	if (guard < 0 || flock(guard, LOCK_EX) < 0)
		return err_sys(e, E_SYS, N_("cannot start the agent"));
	rc = wire_connect(dirfd, name, &probe, e);
	if (rc == OK)
		return err_set(e, E_BUSY, N_("an agent is running already"));
	if (rc != E_NOTFOUND)
		return rc;
	(void)unlinkat(dirfd, name, 0);                 /* dead, or not there */
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return err_sys(e, E_SYS, N_("cannot start the agent"));
	address(&a, dirfd, name);
	if (bind(fd, (const struct sockaddr *)&a, sizeof a) < 0 || listen(fd, AGENT_BACKLOG) < 0)
		return err_sys(e, E_SYS, N_("cannot start the agent"));
	*out = fd;
	fd = -1;
	return OK;
}

bool
wire_peer_ok(int fd)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t n = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && n == sizeof peer && peer.uid == geteuid();
}

/* ---- building and reading ---- */

void
frame_wipe(struct frame *f)
{
	secret_wipe(&f->mem);
	*f = (struct frame){ 0 };
}

enum rc
frame_start(struct frame *f, uint8_t op, size_t room, struct err *e)
{
	enum rc rc;

	frame_wipe(f);
	if (room >= AGENT_FRAME_MAX)
		return err_set(e, E_RANGE, N_("too large for the agent"));
	if ((rc = secret_alloc(&f->mem, 5 + room, e)) != OK)
		return rc;
	f->len = 4;
	frame_u8(f, op);
	return OK;
}

void
frame_bytes(struct frame *f, const void *p, size_t n)
{
	if (f->failed || n > f->mem.len - f->len) {
		f->failed = true;
		return;
	}
	if (n > 0)
		memcpy(f->mem.bytes + f->len, p, n);
	f->len += n;
}

void
frame_u8(struct frame *f, uint8_t v)
{
	frame_bytes(f, &v, 1);
}

void
frame_u32(struct frame *f, uint32_t v)
{
	unsigned char b[4];

	le32_put(b, v);
	frame_bytes(f, b, 4);
}

void
frame_u64(struct frame *f, uint64_t v)
{
	unsigned char b[8];

	le64_put(b, v);
	frame_bytes(f, b, 8);
}

void
frame_part(struct frame *f, const void *p, size_t n)
{
	frame_u32(f, (uint32_t)n);
	frame_bytes(f, p, n);
}

const unsigned char *
frame_get_bytes(struct frame *f, size_t n)
{
	const unsigned char *p;

	if (f->failed || n > f->len - f->at) {
		f->failed = true;
		return NULL;
	}
	p = f->mem.bytes + f->at;
	f->at += n;
	return p;
}

uint8_t
frame_get_u8(struct frame *f)
{
	const unsigned char *p = frame_get_bytes(f, 1);

	return p ? p[0] : 0;
}

uint32_t
frame_get_u32(struct frame *f)
{
	const unsigned char *p = frame_get_bytes(f, 4);

	return p ? le32_get(p) : 0;
}

uint64_t
frame_get_u64(struct frame *f)
{
	const unsigned char *p = frame_get_bytes(f, 8);

	return p ? le64_get(p) : 0;
}

const unsigned char *
frame_get_part(struct frame *f, size_t *n)
{
	uint32_t k = frame_get_u32(f);
	const unsigned char *p = frame_get_bytes(f, k);

	*n = p ? k : 0;
	return p;
}

void
frame_factors(struct frame *f, const struct factors *with)
{
	static const struct factors none;

	with = with != NULL ? with : &none;
	frame_u8(f, with->keyfile);
	frame_bytes(f, with->keyfile_digest, sizeof with->keyfile_digest);
	frame_part(f, with->fido2.bytes, with->fido2.len);
	frame_u8(f, (uint8_t)with->codes);
	frame_u32(f, with->code[0]);
	frame_u32(f, with->code[1]);
	frame_u64(f, (uint64_t)with->code_ms);
}

enum rc
frame_get_factors(struct frame *f, struct factors *with, struct err *e)
{
	FACTORS w = { .codes = 0 };
	const unsigned char *p;
	size_t n;
	enum rc rc;

	w.keyfile = frame_get_u8(f) != 0;
	if ((p = frame_get_bytes(f, sizeof w.keyfile_digest)) != NULL)
		memcpy(w.keyfile_digest, p, sizeof w.keyfile_digest);
	p = frame_get_part(f, &n);
	w.codes = frame_get_u8(f);
	w.code[0] = frame_get_u32(f);
	w.code[1] = frame_get_u32(f);
	w.code_ms = (int64_t)frame_get_u64(f);
	if (f->failed || w.codes > 2 || (n != 0 && n != KEY_LEN))
		return err_set(e, E_USAGE, N_("the agent sent what purser does not understand"));
	if (n != 0 && (rc = secret_copy(&w.fido2, p, n, e)) != OK)
		return rc;
	*with = w;
	w.fido2 = (struct secret){ 0 };
	return OK;
}

bool
frame_done(const struct frame *f)
{
	return !f->failed && f->at == f->len;
}

/* ---- the socket ---- */

static int64_t
mono_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Wait for the socket until deadline. */
static bool
wait_for(int fd, short what, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = what };
	int64_t left;
	int r;

	do {
		left = deadline - mono_ms();
		r = left <= 0 ? 0 : poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
	} while (r < 0 && errno == EINTR);
	return r > 0;
}

enum rc
frame_send(int fd, const struct frame *f, int wait_ms, struct err *e)
{
	int64_t deadline = mono_ms() + wait_ms;
	size_t done = 0;
	ssize_t k;

	if (f->failed || f->len < 5)
		return err_set(e, E_RANGE, N_("too large for the agent"));
	le32_put(f->mem.bytes, (uint32_t)(f->len - 4));
	while (done < f->len) {
		k = send(fd, f->mem.bytes + done, f->len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (k > 0)
			done += (size_t)k;
		else if (k < 0 && errno == EINTR)
			continue;
		else if (k < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && wait_for(fd, POLLOUT, deadline))
			continue;
		else
			return err_set(e, E_FAILED, N_("the agent does not answer"));
	}
	return OK;
}

static enum rc
recv_all(int fd, unsigned char *p, size_t n, int64_t deadline, struct err *e)
{
	size_t got = 0;
	ssize_t k;

	while (got < n) {
		if (!wait_for(fd, POLLIN, deadline))
			return err_set(e, E_FAILED, N_("the agent does not answer"));
		k = recv(fd, p + got, n - got, MSG_DONTWAIT);
		if (k > 0)
			got += (size_t)k;
		else if (k == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK))
			return err_set(e, E_FAILED, N_("the agent does not answer"));
	}
	return OK;
}

enum rc
frame_recv(int fd, struct frame *f, int wait_ms, struct err *e)
{
	int64_t deadline = mono_ms() + wait_ms;
	unsigned char head[4];
	uint32_t n;
	enum rc rc;

	frame_wipe(f);
	if ((rc = recv_all(fd, head, sizeof head, deadline, e)) != OK)
		return rc;
	n = le32_get(head);
	if (n < 1 || n > AGENT_FRAME_MAX)
		return err_set(e, E_FAILED, N_("the agent sent what purser does not understand"));
	if ((rc = secret_alloc(&f->mem, 4 + (size_t)n, e)) != OK)
		return rc;
	memcpy(f->mem.bytes, head, sizeof head);
	if ((rc = recv_all(fd, f->mem.bytes + 4, n, deadline, e)) != OK) {
		frame_wipe(f);
		return rc;
	}
	f->len = 4 + (size_t)n;
	f->at = 4;
	return OK;
}
