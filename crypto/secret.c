/* crypto/secret.c: see secret.h. */
#include "crypto/secret.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum rc
crypto_start(struct err *e)
{
	return sodium_init() < 0 ? err_set(e, E_FAILED, N_("the crypto library does not start")) : OK;
}

/* The pages that hold p[0..len). */
static void *
pages(const unsigned char *p, size_t len, size_t *n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)p & ~(uintptr_t)(page - 1), to = (uintptr_t)p + len;

	*n = ((to - from) + page - 1) & ~(page - 1);
	return (void *)from;
}

enum rc
secret_alloc(struct secret *s, size_t len, struct err *e)
{
	size_t room = len ? len : 1, n;
	unsigned char *p;
	void *from;

	assert(s->bytes == NULL);
	if ((p = sodium_malloc(room)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory for keys"));
	/* sodium_malloc() ignores a refused mlock. Locking again is harmless where it worked and fails where it did
	 * not. A lock is not inherited by fork(), so the copy must not be either. */
	from = pages(p, room, &n);
	if (mlock(from, n) != 0 || madvise(from, n, MADV_DONTDUMP) != 0 || madvise(from, n, MADV_DONTFORK) != 0) {
		sodium_free(p);
		(void)err_set(e, E_NOMEM, N_("cannot lock memory for keys: the limit (ulimit -l) is too small"));
		return E_NOMEM;
	}
	memset(p, 0, room);
	s->bytes = p;
	s->len = len;
	return OK;
}

enum rc
secret_copy(struct secret *s, const void *p, size_t len, struct err *e)
{
	enum rc rc;

	if ((rc = secret_alloc(s, len, e)) != OK)
		return rc;
	if (len != 0)
		memcpy(s->bytes, p, len);
	return OK;
}

enum rc
secret_random(struct secret *s, size_t len, struct err *e)
{
	enum rc rc;

	if ((rc = secret_alloc(s, len, e)) != OK)
		return rc;
	random_bytes(s->bytes, len);
	return OK;
}

void
secret_wipe(struct secret *s)
{
	unsigned char in_core;
	void *from;
	size_t n;

	if (s->bytes == NULL)
		return;
	/* A forked child that leaves a scope does not have the pages (MADV_DONTFORK): nothing to wipe, and nothing to
	 * touch. */
	from = pages(s->bytes, 1, &n);
	if (mincore(from, n, &in_core) == 0 || errno != ENOMEM)
		sodium_free(s->bytes);          /* makes it writable, checks the canary, zeroes, unlocks */
	s->bytes = NULL;
	s->len = 0;
}

void
secret_move(struct secret *to, struct secret *from)
{
	struct secret s = *from;

	if (to == from)
		return;
	secret_wipe(to);
	*from = (struct secret){ 0 };
	*to = s;
}

void
secret_cut(struct secret *s, size_t n)
{
	assert(n <= s->len);
	if (s->bytes == NULL)
		return;
	wipe(s->bytes + n, s->len - n);
	s->len = n;
}

bool
secret_equal(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && (a->len == 0 || same_bytes(a->bytes, b->bytes, a->len));
}

void
secret_hide(struct secret *s)
{
	if (s->bytes != NULL)
		/* a second line of defence: failing changes no promise */
		(void)sodium_mprotect_noaccess(s->bytes);
}

void
secret_unhide(struct secret *s)
{
	if (s->bytes != NULL)
		(void)sodium_mprotect_readwrite(s->bytes);      /* failing, the next access ends the process */
}

void
wipe(void *p, size_t n)
{
	if (n != 0)
		sodium_memzero(p, n);
}

bool
same_bytes(const void *a, const void *b, size_t n)
{
	return n == 0 || sodium_memcmp(a, b, n) == 0;
}

void
random_bytes(void *p, size_t n)
{
	if (n != 0)
		randombytes_buf(p, n);
}

uint32_t
random_below(uint32_t n)
{
	return randombytes_uniform(n);
}
