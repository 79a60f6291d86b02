/*
 * store/mem.c: see mem.h. Two-level segregated fit (Masmano and others, 2004): lists of free blocks by power of two and
 * eighths of it, neighbours merged at once. SQLite calls it under its own mutex (SQLITE_CONFIG_MEMSTATUS is on), so
 * there is no lock here.
 *
 * A block: head (its size, a multiple of 16, and two flags) | memory handed out. The last 8 bytes of a free block
 * repeat its size, for the neighbour behind it.
 */
#include "store/mem.h"

#include <sqlite3.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)1 << 30)
#define ARENA_MIN ((size_t)32 << 20)
#define ROWS 31u                 /* powers of two */
#define COLS 8u
#define BLOCK_MIN 32u
#define FREE 1u                  /* in head: this block is free */
#define PREV_FREE 2u             /* ... the one before it is */
#define GIVE_BACK ((size_t)8 << 20)
#define QUICK 32u                /* sizes of blocks that are kept as they are when given back: 32, 48 ... 528 bytes */
#define QUICK_KEEP 32u           /* of each size */

struct block {
	size_t head;
	struct block *next, *prev;                      /* while free */
};
/* At the start of the arena, so that a child gets zeros here too: see mem_mine(). */
struct arena {
	uint64_t alive;
	size_t used, locked;
	unsigned char *top, *end, *touched;             /* [top, end) was never given out; up to touched it once was */
	uint32_t rows, cols[ROWS];
	struct block *list[ROWS][COLS];
	struct block *quick[QUICK];                     /* wiped; to their neighbours they are in use */
	unsigned nquick[QUICK];
};

/* SQLite's allocator is global to the process, so its memory is. */
static struct arena *A;
static size_t mapped;            /* bytes at A: not in the arena itself, a child has to know it */

static void
clear(void *p, size_t n)
{
	memset(p, 0, n);
	__asm__ __volatile__("" : : "r"(p) : "memory");
}

static size_t
size_of(const struct block *b)
{
	return b->head & ~(size_t)15;
}

static struct block *
block_after(struct block *b)
{
	return (struct block *)(void *)((unsigned char *)b + size_of(b));
}

static void
list_index(size_t size, unsigned *row, unsigned *col)
{
	*row = 63u - (unsigned)__builtin_clzl(size);
	*col = (unsigned)((size >> (*row - 3)) & (COLS - 1));
}

static void
list_add(struct block *b)
{
	unsigned r, c;

	list_index(size_of(b), &r, &c);
	b->prev = NULL;
	b->next = A->list[r][c];
	if (b->next != NULL)
		b->next->prev = b;
	A->list[r][c] = b;
	A->rows |= 1u << r;
	A->cols[r] |= 1u << c;
}

static void
list_remove(struct block *b)
{
	unsigned r, c;

	list_index(size_of(b), &r, &c);
	if (b->next != NULL)
		b->next->prev = b->prev;
	if (b->prev != NULL)
		b->prev->next = b->next;
	else if ((A->list[r][c] = b->next) == NULL && (A->cols[r] &= ~(1u << c)) == 0)
		A->rows &= ~(1u << r);
}

/* A list all of whose blocks have at least size bytes. */
static struct block *
list_find(size_t size)
{
	unsigned r, c;
	uint32_t bits;

	list_index(size + (((size_t)1 << (63 - (unsigned)__builtin_clzl(size))) >> 3) - 1, &r, &c);
	if (r >= ROWS)
		return NULL;
	bits = A->cols[r] & (UINT32_MAX << c);
	if (bits == 0) {
		if (r + 1 >= ROWS || (bits = A->rows & (UINT32_MAX << (r + 1))) == 0)
			return NULL;
		r = (unsigned)__builtin_ctz(bits);
		bits = A->cols[r];
	}
	return A->list[r][__builtin_ctz(bits)];
}

/* Tell the block behind b whether b is free. No free block borders on the untouched rest: it becomes part of that. */
static void
tell_next(struct block *b, bool is_free)
{
	struct block *n = block_after(b);

	if ((unsigned char *)n != A->top)
		n->head = is_free ? n->head | PREV_FREE : n->head & ~(size_t)PREV_FREE;
	if (is_free)
		((size_t *)(void *)n)[-1] = size_of(b);
}

static void
to_top(unsigned char *at)
{
	A->top = at;
	if ((size_t)(A->touched - at) <= GIVE_BACK)
		return;
	at += -(uintptr_t)at & 4095;
	/* Refused for locked memory; the bytes are wiped in any case. */
	if (madvise(at, (size_t)(A->touched - at), MADV_DONTNEED) == 0)
		A->touched = at;
}

/* b is wiped but for its head; make it free, merged with free neighbours. */
static void
release(struct block *b)
{
	size_t size = size_of(b);
	struct block *n = block_after(b);

	if (b->head & PREV_FREE) {
		size_t before = ((size_t *)(void *)b)[-1];
		struct block *p = (struct block *)(void *)((unsigned char *)b - before);

		list_remove(p);
		((size_t *)(void *)b)[-1] = 0;
		b->head = 0;
		b = p;
		size += before;
	}
	if ((unsigned char *)n != A->top && (n->head & FREE)) {
		list_remove(n);
		size += size_of(n);
		clear(n, sizeof *n);
	}
	if ((unsigned char *)b + size == A->top) {
		clear(b, sizeof *b);
		to_top((unsigned char *)b);
		return;
	}
	b->head = size | FREE;
	list_add(b);
	tell_next(b, true);
}

/* Cut b, which is in use, down to size; the rest becomes free, wiped here when it is dirty. */
static void
cut(struct block *b, size_t size, bool dirty)
{
	size_t rest = size_of(b) - size;
	struct block *r;

	if (rest < BLOCK_MIN)
		return;
	b->head = size | (b->head & PREV_FREE);
	r = block_after(b);
	if (dirty)
		clear(r, rest);
	r->head = rest;
	release(r);
}

static size_t
block_size(int n)
{
	size_t size = ((size_t)n + sizeof(size_t) + 15) & ~(size_t)15;

	return size < BLOCK_MIN ? BLOCK_MIN : size;
}

static size_t
quick_index(size_t size)
{
	return (size - BLOCK_MIN) / 16;
}

static struct block *
block_of(void *p)
{
	return (struct block *)(void *)((unsigned char *)p - sizeof(size_t));
}

static void *
mem_malloc(int n)
{
	size_t size = block_size(n), q;
	struct block *b;

	if (n <= 0 || !mem_mine())
		return NULL;
	if ((q = quick_index(size)) < QUICK && (b = A->quick[q]) != NULL) {
		A->quick[q] = b->next;
		A->nquick[q]--;
		b->next = NULL;
	} else if ((b = list_find(size)) != NULL) {
		list_remove(b);
		b->head &= ~(size_t)FREE;
		((size_t *)(void *)block_after(b))[-1] = 0;
		tell_next(b, false);
		b->next = b->prev = NULL;
		cut(b, size, false);
	} else {
		if ((size_t)(A->end - A->top) < size + BLOCK_MIN)
			return NULL;
		b = (struct block *)(void *)A->top;
		b->head = size;
		A->top += size;
		if (A->top > A->touched)
			A->touched = A->top;
	}
	A->used += size_of(b);
	return (unsigned char *)b + sizeof(size_t);
}

static void
mem_free(void *p)
{
	struct block *b;
	size_t q;

	if (p == NULL || !mem_mine())
		return;
	b = block_of(p);
	A->used -= size_of(b);
	clear(p, size_of(b) - sizeof(size_t));
	if ((q = quick_index(size_of(b))) < QUICK && A->nquick[q] < QUICK_KEEP) {
		b->next = A->quick[q];
		A->quick[q] = b;
		A->nquick[q]++;
		return;
	}
	release(b);
}

static int
mem_size(void *p)
{
	return p == NULL || !mem_mine() ? 0 : (int)(size_of(block_of(p)) - sizeof(size_t));
}

static int
mem_roundup(int n)
{
	return n > INT32_MAX - 64 ? n : (int)(block_size(n) - sizeof(size_t));
}

static void *
mem_realloc(void *p, int n)
{
	struct block *b = block_of(p), *next;
	size_t size = block_size(n), old;
	void *q;

	if (n <= 0 || !mem_mine())
		return NULL;
	old = size_of(b);
	next = block_after(b);
	if (size > old && (unsigned char *)next != A->top && (next->head & FREE) && old + size_of(next) >= size) {
		list_remove(next);
		b->head += size_of(next);
		clear(next, sizeof *next);
		((size_t *)(void *)block_after(b))[-1] = 0;
		tell_next(b, false);
	}
	if (size <= size_of(b)) {
		cut(b, size, size < old);
		A->used = A->used - old + size_of(b);
		return p;
	}
	if ((q = mem_malloc(n)) == NULL)
		return NULL;
	memcpy(q, p, old - sizeof(size_t));
	mem_free(p);
	return q;
}

static int
mem_init(void *arg)
{
	(void)arg;
	return mem_mine() ? SQLITE_OK : SQLITE_NOMEM;
}

static void
mem_shutdown(void *arg)
{
	(void)arg;              /* the arena stays: it holds nothing any more, and start-up may come again */
}

const struct sqlite3_mem_methods *
mem_methods(void)
{
	static const sqlite3_mem_methods m = { mem_malloc, mem_free, mem_realloc, mem_size, mem_roundup, mem_init,
		mem_shutdown, NULL };

	return &m;
}

/* Keys come first: half of a small limit is left for them. */
static size_t
lock_some(unsigned char *p, size_t size)
{
	struct rlimit r;

	if (mlock2(p, size, MLOCK_ONFAULT) == 0)
		return size;
	if (getrlimit(RLIMIT_MEMLOCK, &r) < 0)
		return 0;
	size = r.rlim_cur / 2 < size ? (size_t)(r.rlim_cur / 2) & ~(size_t)4095 : size;
	return size > 0 && mlock2(p, size, MLOCK_ONFAULT) == 0 ? size : 0;
}

enum rc
mem_start(struct err *e)
{
	size_t size = ARENA_MAX;
	void *p;

	if (mem_mine())
		return OK;
	if (A != NULL)
		(void)munmap(A, mapped);                /* the parent's, wiped by the fork */
	do
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	while (p == MAP_FAILED && (size /= 2) >= ARENA_MIN);
	if (p == MAP_FAILED)
		return err_sys(e, E_NOMEM, N_("no memory for the store"));
	A = NULL;
	/* What cannot be kept out of core dumps and children must not hold the ledger. */
	if (madvise(p, size, MADV_DONTDUMP) < 0 || madvise(p, size, MADV_WIPEONFORK) < 0) {
		(void)err_sys(e, E_NOMEM, N_("no protected memory for the store"));
		(void)munmap(p, size);
		return E_NOMEM;
	}
	A = p;
	mapped = size;
	A->locked = lock_some(p, size);
	A->top = A->touched = (unsigned char *)p + ((sizeof *A + 63) & ~(size_t)63);
	A->end = (unsigned char *)p + size;
	A->alive = 1;
	return OK;
}

bool
mem_mine(void)
{
	return A != NULL && A->alive == 1;
}

size_t
mem_limit(void)
{
	return mem_mine() ? (size_t)(A->end - (unsigned char *)A) - ((size_t)1 << 20) : 0;
}

size_t
mem_used(void)
{
	return mem_mine() ? A->used : 0;
}

size_t
mem_locked(void)
{
	return mem_mine() ? A->locked : 0;
}
