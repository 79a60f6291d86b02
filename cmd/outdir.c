/* cmd/outdir.c: see outdir.h. */
#include "cmd/outdir.h"

#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum rc
no_memory(struct err *e)
{
	return err_set(e, E_NOMEM, N_("out of memory"));
}

/* Parent and last part of path, without slashes at its end. */
static enum rc
split(struct outdir *o, const char *path, char **parent, struct err *e)
{
	size_t n = strlen(path);
	char *slash;

	while (n > 1 && path[n - 1] == '/')
		n--;
	if ((o->path = strndup(path, n)) == NULL)
		return no_memory(e);
	slash = strrchr(o->path, '/');
	o->name = strdup(slash != NULL ? slash + 1 : o->path);
	*parent = slash == NULL ? strdup(".") : slash == o->path ? strdup("/") : strndup(o->path, (size_t)(slash - o->path));
	if (o->name == NULL || *parent == NULL || asprintf(&o->partial, "%s.partial", o->name) < 0) {
		o->partial = NULL;
		return no_memory(e);
	}
	if (o->name[0] == '\0' || strcmp(o->name, ".") == 0 || strcmp(o->name, "..") == 0)
		return err_set(e, E_USAGE, N_("%s is no name for a new directory"), path);
	return OK;
}

static bool
is_empty(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *en;
	bool empty = d != NULL;

	while (empty && (en = readdir(d)) != NULL)
		empty = strcmp(en->d_name, ".") == 0 || strcmp(en->d_name, "..") == 0;
	if (d != NULL)
		(void)closedir(d);
	else if (fd >= 0)
		(void)close(fd);
	return empty;
}

/* rename() at the end refuses what comes later; this is for a clear message before the work. */
static enum rc
place_free(const struct outdir *o, struct err *e)
{
	struct stat st;

	if (fstatat(o->parent, o->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return OK;
	if (!S_ISDIR(st.st_mode))
		return err_set(e, E_EXISTS, N_("%s is there and is no directory"), o->path);
	return is_empty(o->parent, o->name) ? OK : err_set(e, E_EXISTS, N_("%s is there and is not empty"), o->path);
}

enum rc
outdir_begin(struct outdir *o, const char *path, struct err *e)
{
	AUTO(auto_free) char *parent = NULL;
	enum rc rc;

	if ((rc = split(o, path, &parent, e)) != OK)
		return rc;
	if ((o->parent = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sys(e, E_SYS, N_("cannot make %s"), o->path);
	if ((rc = place_free(o, e)) != OK)
		return rc;
	if (mkdirat(o->parent, o->partial, 0700) != 0) {
		if (errno == EEXIST)
			return err_set(e, E_EXISTS, N_("%s.partial is left of a run that was cut off: look at it and remove it"), o->path);
		return err_sys(e, E_SYS, N_("cannot make %s"), o->path);
	}
	if ((o->dir = openat(o->parent, o->partial, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0) {
		(void)unlinkat(o->parent, o->partial, AT_REMOVEDIR);
		return err_sys(e, E_SYS, N_("cannot make %s"), o->path);
	}
	return OK;
}

static enum rc
keep(char ***list, size_t n, const char *name, size_t len, struct err *e)
{
	char **grown = reallocarray(*list, n + 1, sizeof **list);

	if (grown == NULL)
		return no_memory(e);
	*list = grown;
	return (grown[n] = strndup(name, len)) == NULL ? no_memory(e) : OK;
}

static enum rc
make_sub(struct outdir *o, const char *name, size_t len, struct err *e)
{
	enum rc rc;

	for (size_t i = 0; i < o->subs; i++)
		if (strlen(o->sub[i]) == len && memcmp(o->sub[i], name, len) == 0)
			return OK;
	if ((rc = keep(&o->sub, o->subs, name, len, e)) != OK)
		return rc;
	if (mkdirat(o->dir, o->sub[o->subs], 0700) != 0) {
		free(o->sub[o->subs]);
		return err_sys(e, E_SYS, N_("cannot make %s"), o->path);
	}
	o->subs++;
	return OK;
}

enum rc
outdir_new(struct outdir *o, const char *name, int *fd, struct err *e)
{
	const char *slash = strchr(name, '/');
	enum rc rc;

	if (slash != NULL && (rc = make_sub(o, name, (size_t)(slash - name), e)) != OK)
		return rc;
	if ((rc = keep(&o->made, o->n, name, strlen(name), e)) != OK)
		return rc;
	if ((*fd = openat(o->dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0) {
		(void)err_sys(e, E_SYS, N_("cannot write %s"), name);
		free(o->made[o->n]);
		return e != NULL ? e->rc : E_SYS;
	}
	o->n++;
	return OK;
}

enum rc
outdir_put(struct outdir *o, const char *name, const void *p, size_t n, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	enum rc rc;

	if ((rc = outdir_new(o, name, &fd, e)) != OK || (rc = io_write(fd, p, n, e)) != OK)
		return rc;
	return io_fsync(fd, e);
}

void
outdir_drop(struct outdir *o, const char *name)
{
	(void)unlinkat(o->dir, name, 0);
}

enum rc
outdir_finish(struct outdir *o, struct err *e)
{
	enum rc rc;

	for (size_t i = 0; i < o->subs; i++) {
		AUTO(auto_close) int sub = openat(o->dir, o->sub[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (sub < 0)
			return err_sys(e, E_SYS, N_("cannot make %s"), o->path);
		if ((rc = io_fsync_dir(sub, e)) != OK)
			return rc;
	}
	if ((rc = io_fsync_dir(o->dir, e)) != OK)
		return rc;
	/* Takes the place of nothing or of an empty directory; what somebody put there meanwhile stays. */
	if (renameat(o->parent, o->partial, o->parent, o->name) != 0)
		return err_sys(e, errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR ? E_EXISTS : E_SYS,
		    N_("cannot make %s"), o->path);
	(void)close(o->dir);
	o->dir = -1;
	return io_fsync_dir(o->parent, e);
}

void
outdir_end(struct outdir *o)
{
	for (size_t i = 0; i < o->n; i++) {
		if (o->dir >= 0)
			(void)unlinkat(o->dir, o->made[i], 0);
		free(o->made[i]);
	}
	for (size_t i = 0; i < o->subs; i++) {
		if (o->dir >= 0)
			(void)unlinkat(o->dir, o->sub[i], AT_REMOVEDIR);
		free(o->sub[i]);
	}
	if (o->dir >= 0) {
		(void)unlinkat(o->parent, o->partial, AT_REMOVEDIR);
		(void)close(o->dir);
	}
	if (o->parent >= 0)
		(void)close(o->parent);
	free(o->made);
	free(o->sub);
	free(o->path);
	free(o->name);
	free(o->partial);
	*o = (struct outdir)OUTDIR_NONE;
}
