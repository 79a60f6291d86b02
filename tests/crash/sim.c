/* tests/crash/sim.c: see sim.h. The recording, and the model it is played into. */
#include "tests/crash/hook.h"
#include "tests/crash/model.h"
#include "tests/crash/sim.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool sim_recording;
struct recording S;

void *
grow(void *p, size_t n)
{
	void *q = realloc(p, n ? n : 1);

	if (q == NULL)
		DIE("out of memory");
	return q;
}

/* ---- bytes and names ---- */

static void
bytes_fit(struct bytes_of *b, size_t n)
{
	if (n > b->cap) {
		b->cap = n + n / 2 + 4096;
		b->p = grow(b->p, b->cap);
	}
}

void
bytes_put(struct bytes_of *b, size_t at, const unsigned char *p, size_t n)
{
	bytes_fit(b, at + n);
	if (at > b->n)
		memset(b->p + b->n, 0, at - b->n);
	memcpy(b->p + at, p, n);
	if (at + n > b->n)
		b->n = at + n;
}

void
bytes_size(struct bytes_of *b, size_t n)
{
	bytes_fit(b, n);
	if (n > b->n)
		memset(b->p + b->n, 0, n - b->n);
	b->n = n;
}

void
bytes_copy(struct bytes_of *to, const struct bytes_of *from)
{
	bytes_fit(to, from->n);
	if (from->n > 0)
		memcpy(to->p, from->p, from->n);
	to->n = from->n;
}

int
names_find(const struct dirlist *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->v[i].name, name) == 0)
			return (int)i;
	return -1;
}

void
names_set(struct dirlist *d, const char *name, int node)
{
	int i = names_find(d, name);

	if (i < 0) {
		d->v = grow(d->v, (d->n + 1) * sizeof *d->v);
		i = (int)d->n++;
		(void)snprintf(d->v[i].name, NAME_LEN, "%s", name);
	}
	d->v[i].node = node;
}

void
names_drop(struct dirlist *d, const char *name)
{
	int i = names_find(d, name);

	if (i >= 0)
		d->v[i] = d->v[--d->n];
}

void
names_copy(struct dirlist *to, const struct dirlist *from)
{
	to->v = grow(to->v, from->n * sizeof *to->v);
	if (from->n > 0)
		memcpy(to->v, from->v, from->n * sizeof *to->v);
	to->n = from->n;
}

/* ---- recording ---- */

static int
node_new(ino_t ino, bool dir, const char *path)
{
	S.nodes = grow(S.nodes, (S.nnodes + 1) * sizeof *S.nodes);
	memset(&S.nodes[S.nnodes], 0, sizeof *S.nodes);
	S.nodes[S.nnodes].ino = ino;
	S.nodes[S.nnodes].dir = dir;
	(void)snprintf(S.nodes[S.nnodes].path, sizeof S.nodes->path, "%s", path);
	return (int)S.nnodes++;
}

/* Inode numbers are used again after a file is gone: the newest node counts. */
static int
node_of(ino_t ino)
{
	for (size_t i = S.nnodes; i-- > 0;)
		if (S.nodes[i].ino == ino)
			return (int)i;
	DIE("a file of home that was not seen being made");
}

bool
sim_below(const char *path)
{
	size_t n = strlen(S.home), m = strlen(path);

	if (strncmp(path, S.home, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return false;
	return m < 4 || strcmp(path + m - 4, "-shm") != 0;
}

/* The node of the directory that holds path, and the last part of it. */
static int
parent_of(const char *path, const char **name)
{
	const char *p = path + strlen(S.home), *slash;
	int dir = 0, i;

	for (;;) {
		char part[NAME_LEN];

		while (*p == '/')
			p++;
		slash = strchr(p, '/');
		if (slash == NULL)
			break;
		(void)snprintf(part, sizeof part, "%.*s", (int)(slash - p), p);
		if (strcmp(part, ".") != 0) {
			if ((i = names_find(&S.nodes[dir].dcur, part)) < 0)
				DIE("no directory for %s", path);
			dir = S.nodes[dir].dcur.v[i].node;
		}
		p = slash + 1;
	}
	if (strlen(p) >= NAME_LEN)
		DIE("name too long: %s", p);
	*name = p;
	return dir;
}

static struct op *
op_new(enum op_kind kind, int node)
{
	struct op *o;

	if (S.nops == S.cops) {
		S.cops = S.cops * 2 + 256;
		S.ops = grow(S.ops, S.cops * sizeof *S.ops);
	}
	o = &S.ops[S.nops++];
	memset(o, 0, sizeof *o);
	o->kind = kind;
	o->node = node;
	o->mark = S.mark;
	return o;
}

void
sim_saw_create(const char *path, ino_t ino, bool dir)
{
	const char *name;
	int parent = parent_of(path, &name);
	int node = node_new(ino, dir, path + strlen(S.home) + 1);
	struct op *o = op_new(OP_LINK, parent);

	o->child = node;
	(void)snprintf(o->name, NAME_LEN, "%s", name);
	names_set(&S.nodes[parent].dcur, name, node);
}

void
sim_saw_write(ino_t ino, const void *p, size_t n, off_t at)
{
	struct op *o = op_new(OP_WRITE, node_of(ino));

	o->at = at;
	o->n = n;
	o->data = grow(NULL, n);
	memcpy(o->data, p, n);
}

void
sim_saw_truncate(ino_t ino, off_t size)
{
	op_new(OP_TRUNCATE, node_of(ino))->at = size;
}

void
sim_saw_sync(ino_t ino)
{
	op_new(OP_SYNC, node_of(ino))->at = S.syncs++;
}

void
sim_saw_unlink(const char *path)
{
	const char *name;
	int parent = parent_of(path, &name);

	(void)snprintf(op_new(OP_UNLINK, parent)->name, NAME_LEN, "%s", name);
	names_drop(&S.nodes[parent].dcur, name);
}

void
sim_saw_rename(const char *from, const char *to)
{
	const char *n1, *n2;
	int d1 = parent_of(from, &n1), d2 = parent_of(to, &n2), i;
	struct op *o;

	if (d1 != d2)
		DIE("rename between directories is not modelled: %s", from);
	if ((i = names_find(&S.nodes[d1].dcur, n1)) < 0)
		DIE("rename of an unknown name: %s", from);
	o = op_new(OP_RENAME, d1);
	o->child = S.nodes[d1].dcur.v[i].node;
	(void)snprintf(o->name, NAME_LEN, "%s", n1);
	(void)snprintf(o->to, NAME_LEN, "%s", n2);
	names_drop(&S.nodes[d1].dcur, n1);
	names_set(&S.nodes[d1].dcur, n2, o->child);
}

void
sim_saw_link(const char *from, const char *to)
{
	const char *n1, *n2;
	int d1 = parent_of(from, &n1), d2 = parent_of(to, &n2), i;
	struct op *o;

	if ((i = names_find(&S.nodes[d1].dcur, n1)) < 0)
		DIE("link to an unknown name: %s", from);
	o = op_new(OP_LINK, d2);
	o->child = S.nodes[d1].dcur.v[i].node;
	(void)snprintf(o->name, NAME_LEN, "%s", n2);
	names_set(&S.nodes[d2].dcur, n2, o->child);
}

static void
read_whole(const char *path, struct bytes_of *b)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t k;

	if (fd < 0 || fstat(fd, &st) < 0)
		DIE("cannot read %s", path);
	bytes_size(b, (size_t)st.st_size);
	for (size_t done = 0; done < b->n; done += (size_t)k)
		if ((k = read(fd, b->p + done, b->n - done)) <= 0)
			DIE("cannot read %s", path);
	(void)close(fd);
}

static void
scan(int dir, const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	if (d == NULL)
		DIE("cannot list %s", path);
	while ((e = readdir(d)) != NULL) {
		char sub[PATH_MAX];
		struct stat st;
		int node;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if ((size_t)snprintf(sub, sizeof sub, "%s/%s", path, e->d_name) >= sizeof sub || !sim_below(sub) ||
		    lstat(sub, &st) < 0)
			continue;
		if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
			continue;
		node = node_new(st.st_ino, S_ISDIR(st.st_mode), sub + strlen(S.home) + 1);
		names_set(&S.nodes[dir].dfirst, e->d_name, node);
		if (S.nodes[node].dir)
			scan(node, sub);
		else
			read_whole(sub, &S.nodes[node].first);
	}
	(void)closedir(d);
	names_copy(&S.nodes[dir].dcur, &S.nodes[dir].dfirst);
}

void
sim_begin(const char *home)
{
	struct stat st;

	sim_forget();
	if (realpath(home, S.home) == NULL || stat(S.home, &st) < 0)
		DIE("no directory %s", home);
	S.mark = INT_MIN;
	scan(node_new(st.st_ino, true, "."), S.home);
	sim_recording = true;
}

void
sim_mark(int value)
{
	S.mark = value;
}

void
sim_gone(const void *p, size_t n)
{
	struct forbidden *f;

	if (n == 0 || n > sizeof f->p)
		DIE("sim_gone: 1 to 32 bytes");
	S.gone = grow(S.gone, (S.ngone + 1) * sizeof *S.gone);
	f = &S.gone[S.ngone++];
	*f = (struct forbidden){ .op = S.nops, .n = n };
	memcpy(f->p, p, n);
}

int
sim_syncs(void)
{
	return S.syncs;
}

const char *
sim_sync_path(int ordinal)
{
	for (size_t i = 0; i < S.nops; i++)
		if (S.ops[i].kind == OP_SYNC && S.ops[i].at == ordinal)
			return S.nodes[S.ops[i].node].path;
	return "";
}

size_t
sim_sync_pending(int ordinal)
{
	size_t k = 0, n = 0;
	int node;

	while (k < S.nops && !(S.ops[k].kind == OP_SYNC && S.ops[k].at == ordinal))
		k++;
	node = k < S.nops ? S.ops[k].node : -1;
	while (k-- > 0) {
		if (S.ops[k].node == node && S.ops[k].kind == OP_SYNC)
			break;
		if (S.ops[k].node == node)
			n += S.ops[k].kind == OP_WRITE ? S.ops[k].n : 1;
	}
	return n;
}

void
sim_forget(void)
{
	sim_recording = false;
	for (size_t i = 0; i < S.nops; i++)
		free(S.ops[i].data);
	for (size_t i = 0; i < S.nnodes; i++) {
		struct node *n = &S.nodes[i];

		free(n->first.p);
		free(n->cur.p);
		free(n->durable.p);
		free(n->dfirst.v);
		free(n->dcur.v);
		free(n->ddurable.v);
		free(n->pending);
	}
	free(S.ops);
	free(S.nodes);
	free(S.gone);
	memset(&S, 0, sizeof S);
}

/* ---- playing it into the model ---- */

/* Is operation k sync number drop, or one that follows it on the same file with nothing to do but for its loss? */
bool
sim_sync_lost(size_t k, int drop)
{
	int node = S.ops[k].node;

	if (drop < 0 || S.ops[k].kind != OP_SYNC || S.ops[k].at < drop)
		return false;
	while (S.ops[k].at != drop) {
		do {
			if (k-- == 0)
				return false;
		} while (S.ops[k].node != node);
		if (S.ops[k].kind != OP_SYNC)
			return false;
	}
	return true;
}

void
model_rewind(void)
{
	for (size_t i = 0; i < S.nnodes; i++) {
		struct node *n = &S.nodes[i];

		bytes_copy(&n->cur, &n->first);
		bytes_copy(&n->durable, &n->first);
		names_copy(&n->dcur, &n->dfirst);
		names_copy(&n->ddurable, &n->dfirst);
		n->npending = 0;
	}
}

void
apply_names(struct dirlist *d, const struct op *o)
{
	if (o->kind == OP_LINK) {
		names_set(d, o->name, o->child);
	} else if (o->kind == OP_UNLINK) {
		names_drop(d, o->name);
	} else {
		names_drop(d, o->name);
		names_set(d, o->to, o->child);
	}
}

void
apply_bytes(struct bytes_of *b, const struct op *o)
{
	if (o->kind == OP_WRITE)
		bytes_put(b, (size_t)o->at, o->data, o->n);
	else
		bytes_size(b, (size_t)o->at);
}

void
model_play(size_t k, const struct sim_opts *opt)
{
	const struct op *o = &S.ops[k];
	struct node *n = &S.nodes[o->node];

	if (o->kind == OP_SYNC) {
		if (sim_sync_lost(k, opt->drop) || (opt->drop_if != NULL && opt->drop_if(n->path, (int)o->at)))
			return;
		if (n->dir)
			names_copy(&n->ddurable, &n->dcur);
		else
			bytes_copy(&n->durable, &n->cur);
		n->npending = 0;
		return;
	}
	if (n->npending == n->cpending) {
		n->cpending = n->cpending * 2 + 16;
		n->pending = grow(n->pending, n->cpending * sizeof *n->pending);
	}
	n->pending[n->npending++] = (int)k;
	if (n->dir)
		apply_names(&n->dcur, o);
	else
		apply_bytes(&n->cur, o);
}

static void
same_as_disk(int dir, const char *path)
{
	struct node *n = &S.nodes[dir];
	struct bytes_of b = { 0 };

	for (size_t i = 0; i < n->dcur.n; i++) {
		struct node *c = &S.nodes[n->dcur.v[i].node];
		char sub[PATH_MAX];

		(void)snprintf(sub, sizeof sub, "%s/%s", path, n->dcur.v[i].name);
		if (c->dir) {
			same_as_disk(n->dcur.v[i].node, sub);
			continue;
		}
		read_whole(sub, &b);
		if (b.n != c->cur.n || (b.n > 0 && memcmp(b.p, c->cur.p, b.n) != 0))
			DIE("%s was written past the recording", sub);
	}
	free(b.p);
}

void
sim_end(void)
{
	const struct sim_opts none = { .drop = -1 };

	sim_recording = false;
	model_rewind();
	for (size_t k = 0; k < S.nops; k++)
		model_play(k, &none);
	same_as_disk(0, S.home);
}
