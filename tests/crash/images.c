/* tests/crash/images.c: see sim.h. The states that a power failure can have left. */
#include "tests/crash/hook.h"
#include "tests/crash/model.h"
#include "tests/crash/sim.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum mode {
	M_NONE,
	M_ALL,
	M_BYTES,
	M_NAMES,
	M_FIXED,
	M_RANDOM = M_FIXED,
	M_TORN,
	M_ORDERED,
	M_LATE,
	M_PER_FILE,
	M_COUNT
};

struct choice {
	enum mode mode;
	uint64_t rng;
	unsigned keep, keep_names;      /* of 16 */
	size_t until;                   /* M_ORDERED, M_LATE */
};
struct file_out { char path[256]; bool dir; const struct bytes_of *b; };
struct image {
	struct file_out *v;
	size_t n, cap;
	struct bytes_of *scratch;
	size_t nscratch, cscratch;
	bool *named;                            /* of each node: a name leads to it */
	const struct bytes_of **lost;           /* what the others left on the disk */
	size_t nlost;
};

static uint64_t
rnd(uint64_t *s)
{
	uint64_t z = (*s += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static bool
kept(struct choice *c, int op, bool names, unsigned node_luck)
{
	switch (c->mode) {
	case M_NONE: return false;
	case M_ALL: return true;
	case M_BYTES: return !names;
	case M_NAMES: return names;
	case M_ORDERED: return (size_t)op < c->until;
	case M_LATE: return (size_t)op >= c->until;
	case M_PER_FILE: return (node_luck & 1) != 0;
	case M_RANDOM: case M_TORN: case M_COUNT: break;
	}
	return (rnd(&c->rng) & 15) < (names ? c->keep_names : c->keep);
}

static void
put_torn(struct bytes_of *b, const struct op *o, struct choice *c)
{
	size_t at = (size_t)o->at, end = at + o->n, next;
	uint64_t bits = rnd(&c->rng);
	unsigned shape = (unsigned)(bits & 3), i = 0;
	size_t cut = at + (size_t)(rnd(&c->rng) % (o->n / 512 + 2)) * 512;

	for (size_t p = at; p < end; p = next, i++) {
		next = (p / 512 + 1) * 512;
		if (next > end)
			next = end;
		if (shape == 0 ? p < cut : shape == 1 ? p >= cut : (rnd(&c->rng) & 1) != 0)
			bytes_put(b, p, o->data + (p - at), next - p);
	}
}

static const struct bytes_of *
file_bytes(struct image *im, int node, struct choice *c)
{
	struct node *n = &S.nodes[node];
	unsigned luck = (unsigned)rnd(&c->rng);
	struct bytes_of *b;

	if (n->npending == 0 || c->mode == M_NONE || c->mode == M_NAMES)
		return &n->durable;
	if (c->mode == M_ALL || c->mode == M_BYTES)
		return &n->cur;
	if (im->nscratch == im->cscratch)
		DIE("too many files");
	b = &im->scratch[im->nscratch++];
	bytes_copy(b, &n->durable);
	for (size_t i = 0; i < n->npending; i++) {
		const struct op *o = &S.ops[n->pending[i]];

		if (c->mode == M_TORN && o->kind == OP_WRITE && o->n > 512 && (rnd(&c->rng) & 1)) {
			put_torn(b, o, c);
			continue;
		}
		if (kept(c, n->pending[i], false, luck))
			apply_bytes(b, o);
	}
	return b;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void
build(struct image *im, int dir, const char *path, struct choice *c)
{
	struct node *n = &S.nodes[dir];
	struct dirlist d = { 0 };
	unsigned luck = (unsigned)rnd(&c->rng);

	names_copy(&d, &n->ddurable);
	for (size_t i = 0; i < n->npending; i++)
		if (kept(c, n->pending[i], true, luck))
			apply_names(&d, &S.ops[n->pending[i]]);
	if (d.n > 1)
		qsort(d.v, d.n, sizeof *d.v, by_name);
	for (size_t i = 0; i < d.n; i++) {
		struct file_out *f;
		int child = d.v[i].node;

		if (im->n == im->cap) {
			im->cap = im->cap * 2 + 16;
			im->v = grow(im->v, im->cap * sizeof *im->v);
		}
		f = &im->v[im->n++];
		if ((size_t)snprintf(f->path, sizeof f->path, "%s%s%s", path, *path ? "/" : "", d.v[i].name) >=
		    sizeof f->path)
			DIE("path too long");
		f->dir = S.nodes[child].dir;
		im->named[child] = true;
		if (f->dir) {
			char sub[256];

			memcpy(sub, f->path, sizeof sub);
			f->b = NULL;
			build(im, child, sub, c);
		} else {
			f->b = file_bytes(im, child, c);
		}
	}
	free(d.v);
}

static bool
searched(const char *path)
{
	return strstr(path, "store.db") == NULL;
}

/* Only where sim_gone() is used. A file that has not been made yet is left out: its bytes are those of a later time. */
static void
build_lost(struct image *im, struct choice *c)
{
	for (size_t i = 0; S.ngone > 0 && i < S.nnodes; i++)
		if (!im->named[i] && !S.nodes[i].dir && searched(S.nodes[i].path))
			im->lost[im->nlost++] = file_bytes(im, (int)i, c);
}

static bool
has_bytes(const struct bytes_of *b, const struct forbidden *f)
{
	return b->n >= f->n && memmem(b->p, b->n, f->p, f->n) != NULL;
}

static bool
all_gone(const struct image *im, size_t k, const char **where)
{
	for (size_t g = 0; g < S.ngone; g++) {
		if (S.gone[g].op > k)
			continue;
		*where = "what a removed file left";
		for (size_t i = 0; i < im->nlost; i++)
			if (has_bytes(im->lost[i], &S.gone[g]))
				return false;
		for (size_t i = 0; i < im->n; i++) {
			*where = im->v[i].path;
			if (!im->v[i].dir && searched(im->v[i].path) && has_bytes(im->v[i].b, &S.gone[g]))
				return false;
		}
	}
	return true;
}

struct hash { uint64_t a, b; };

static void
hash_add(struct hash *h, const void *p, size_t n)
{
	const unsigned char *s = p;

	for (; n > 0; s += 8, n = n > 8 ? n - 8 : 0) {
		uint64_t x = 0;

		if (n >= sizeof x)
			memcpy(&x, s, sizeof x);
		else
			memcpy(&x, s, n);
		h->a = (h->a ^ x) * 0x9e3779b97f4a7c15u;
		h->a ^= h->a >> 29;
		h->b = (h->b + x) * 0xc2b2ae3d27d4eb4fu;
		h->b ^= h->b >> 31;
	}
}

static struct hash
image_hash(const struct image *im)
{
	struct hash h = { 1, 2 };

	for (size_t i = 0; i < im->n; i++) {
		uint64_t size = im->v[i].dir ? UINT64_MAX : im->v[i].b->n;

		hash_add(&h, im->v[i].path, strlen(im->v[i].path));
		hash_add(&h, &size, sizeof size);
		if (!im->v[i].dir)
			hash_add(&h, im->v[i].b->p, im->v[i].b->n);
	}
	return h;
}

struct set { struct hash *v; size_t n, cap; };

static bool
set_add(struct set *s, struct hash h)
{
	size_t i;

	if (h.a == 0 && h.b == 0)
		h.a = 1;
	if ((s->n + 1) * 2 > s->cap) {
		struct set t = { .cap = s->cap * 2 + 4096 };

		t.v = calloc(t.cap, sizeof *t.v);
		if (t.v == NULL)
			DIE("out of memory");
		for (i = 0; i < s->cap; i++)
			if (s->v[i].a != 0 || s->v[i].b != 0)
				(void)set_add(&t, s->v[i]);
		free(s->v);
		*s = t;
	}
	for (i = h.a % s->cap; s->v[i].a != 0 || s->v[i].b != 0; i = (i + 1) % s->cap)
		if (s->v[i].a == h.a && s->v[i].b == h.b)
			return false;
	s->v[i] = h;
	s->n++;
	return true;
}

void
sim_rmdir(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		char sub[PATH_MAX];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if ((size_t)snprintf(sub, sizeof sub, "%s/%s", dir, e->d_name) < sizeof sub && unlink(sub) < 0)
			sim_rmdir(sub);
	}
	(void)closedir(d);
	(void)rmdir(dir);
}

const char *
sim_tmpdir(char out[64])
{
	(void)snprintf(out, 64, "%s/purser-sim-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(out) == NULL)
		DIE("no temporary directory");
	return out;
}

static void
write_image(const struct image *im, const char *dir)
{
	char path[PATH_MAX];

	sim_rmdir(dir);
	if (mkdir(dir, 0700) < 0)
		DIE("cannot make %s", dir);
	for (size_t i = 0; i < im->n; i++) {
		const struct bytes_of *b = im->v[i].b;
		ssize_t k;
		int fd;

		(void)snprintf(path, sizeof path, "%s/%s", dir, im->v[i].path);
		if (im->v[i].dir) {
			if (mkdir(path, 0700) < 0)
				DIE("cannot make %s", path);
			continue;
		}
		if ((fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
			DIE("cannot make %s", path);
		for (size_t done = 0; done < b->n; done += (size_t)k)
			if ((k = write(fd, b->p + done, b->n - done)) <= 0)
				DIE("cannot write %s", path);
		(void)close(fd);
	}
}

static const char *
op_text(size_t k, char *out, size_t size)
{
	static const char *const kinds[] = { "write", "truncate", "sync", "create", "unlink", "rename" };
	const struct op *o = &S.ops[k];

	(void)snprintf(out, size, "%s %.200s %s%s%s at %lld +%zu", kinds[o->kind], S.nodes[o->node].path, o->name,
	    *o->to ? " -> " : "", o->to, (long long)o->at, o->n);
	return out;
}

/* One pass over the recording. */
struct pass {
	const struct sim_opts *opt;
	sim_check *check;
	void *arg;
	struct sim_result *r;
	struct set seen, content;
	struct image im;
	char dir[96];
	bool stop;
	size_t from, to;                /* operations looked at: all, or those that a dropped sync can matter to */
};

static void
try_image(struct pass *p, size_t k, struct choice c)
{
	static const char *const modes[M_COUNT] = { "nothing", "everything", "bytes only", "names only", "random",
		"torn", "in order", "late ones", "per file" };
	char what[512] = "start";
	int mark = k < S.nops ? S.ops[k].mark : S.mark;
	struct sim_image out = { .home = p->dir, .mark = mark, .op = k, .what = what };
	uint64_t seed = c.rng;
	struct hash h, m;
	const char *where;

	p->im.n = p->im.nscratch = p->im.nlost = 0;
	memset(p->im.named, 0, S.nnodes * sizeof *p->im.named);
	build(&p->im, 0, "", &c);
	build_lost(&p->im, &c);
	h = m = image_hash(&p->im);
	hash_add(&m, &mark, sizeof mark);
	for (size_t i = 0; i < p->im.nlost; i++)
		hash_add(&m, p->im.lost[i]->p, p->im.lost[i]->n);
	for (size_t i = 0; i < S.ngone; i++)
		hash_add(&m, &i, S.gone[i].op <= k ? sizeof i : 0);
	if (!set_add(&p->seen, m))
		return;
	if (set_add(&p->content, h))
		p->r->images++;
	if (k > 0)
		(void)op_text(k - 1, what, sizeof what);
	if (all_gone(&p->im, k, &where)) {
		write_image(&p->im, p->dir);
		if (p->check(p->arg, &out))
			return;
	} else if (p->opt->loud) {
		printf("# bytes that must be gone are in %s\n", where);
	}
	p->r->bad++;
	if (p->opt->loud)
		printf("# bad: after operation %zu (%s), mark %d, %s kept, seed %llu\n", k, what, mark, modes[c.mode],
		    (unsigned long long)seed);
	if (p->opt->stop_bad > 0 && p->r->bad >= p->opt->stop_bad)
		p->stop = true;
}

static bool
beside_sync(size_t k)
{
	return (k < S.nops && S.ops[k].kind == OP_SYNC) || (k > 0 && S.ops[k - 1].kind == OP_SYNC);
}

/* Without sync number drop, images differ until the same file is synced again, and only there. */
static void
window(struct pass *p)
{
	size_t k = 0;
	int node;

	p->to = S.nops;
	if (p->opt->drop < 0)
		return;
	while (k < S.nops && !(S.ops[k].kind == OP_SYNC && S.ops[k].at == p->opt->drop))
		k++;
	p->from = k;
	node = k < S.nops ? S.ops[k].node : -1;
	for (k++; k < S.nops && (S.ops[k].kind != OP_SYNC || S.ops[k].node != node || sim_sync_lost(k, p->opt->drop));
	     k++)
		;
	p->to = k < S.nops ? k : S.nops;
}

static bool
any_pending(void)
{
	for (size_t i = 0; i < S.nnodes; i++)
		if (S.nodes[i].npending > 0)
			return true;
	return false;
}

/* Failures tend to hide just before a sync and around marks: those places get every fixed mode whatever the budget. */
static void
pass_fixed(struct pass *p, size_t stride, uint64_t *rng)
{
	model_rewind();
	for (size_t k = 0; k <= S.nops && !p->stop; k++) {
		bool here = k >= p->from && k <= p->to &&
			    (beside_sync(k) || p->opt->drop >= 0 || k == 0 || k == S.nops ||
				(stride > 0 && rnd(rng) % stride == 0));

		for (enum mode m = M_NONE; here && m < M_FIXED && !p->stop; m++)
			try_image(p, k, (struct choice){ .mode = m, .rng = rnd(rng) });
		if (k > 0 && S.ops[k - 1].kind == OP_SYNC)
			p->r->syncs_covered++;
		if (k < S.nops)
			model_play(k, p->opt);
	}
}

static void
pass_random(struct pass *p, uint64_t per_64, uint64_t *rng)
{
	model_rewind();
	for (size_t k = 0; k <= S.nops && !p->stop && p->r->images < p->opt->budget; k++) {
		uint64_t n =
		    k >= p->from && k <= p->to && any_pending() ? per_64 / 64 + (rnd(rng) % 64 < per_64 % 64) : 0;

		for (; n > 0 && !p->stop; n--)
			try_image(p, k, (struct choice){
				.mode = M_RANDOM + (enum mode)(rnd(rng) % (M_COUNT - M_RANDOM)),
				.keep = (unsigned)(rnd(rng) % 15 + 1), .keep_names = (unsigned)(rnd(rng) % 17),
				.until = k - (k > 0 ? rnd(rng) % (k < 64 ? k : 64) : 0), .rng = rnd(rng) });
		if (k < S.nops)
			model_play(k, p->opt);
	}
}

struct sim_result
sim_images(const struct sim_opts *o, sim_check *check, void *arg)
{
	struct sim_result r = { .ops = S.nops, .syncs = (size_t)S.syncs };
	struct pass p = { .opt = o, .check = check, .arg = arg, .r = &r };
	uint64_t rng = o->seed;
	struct timespec t0, t1;
	char tmp[64];
	size_t before;

	sim_recording = false;
	(void)clock_gettime(CLOCK_MONOTONIC, &t0);
	(void)snprintf(p.dir, sizeof p.dir, "%s/home", sim_tmpdir(tmp));
	p.im.cscratch = S.nnodes;
	p.im.scratch = calloc(S.nnodes, sizeof *p.im.scratch);
	p.im.named = calloc(S.nnodes, sizeof *p.im.named);
	p.im.lost = calloc(S.nnodes, sizeof *p.im.lost);
	if (p.im.scratch == NULL || p.im.named == NULL || p.im.lost == NULL)
		DIE("out of memory");
	window(&p);
	pass_fixed(&p, o->budget == 0 ? 0 : 1 + 2 * S.nops / (o->budget + 1), &rng);
	for (int idle = 0; idle < 3 && !p.stop && r.images < o->budget;) {
		before = r.images;
		pass_random(&p, (o->budget - r.images) * 64 / (p.to - p.from + 1) + 8, &rng);
		idle = r.images - before < (o->budget >> 10) + 1 ? idle + 1 : 0;
	}
	for (size_t i = 0; i < S.nnodes; i++)
		free(p.im.scratch[i].p);
	free(p.im.scratch);
	free(p.im.v);
	free(p.im.named);
	free(p.im.lost);
	free(p.seen.v);
	free(p.content.v);
	sim_rmdir(tmp);
	(void)clock_gettime(CLOCK_MONOTONIC, &t1);
	r.seconds = (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9;
	return r;
}
