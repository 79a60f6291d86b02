/* store/home.c: the two directories of a store, and what the medium below them does with erased bytes; see vault.h. */
#include "store/vault.h"

#include "base/io.h"
#include "store/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

static void
dir_end(DIR **d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

static const char cachedir_tag[] =
	"Signature: 8a477f597d28d172789f06886806bc55\n"
	"# Keys of this computer to a purser store. Never copy them: the way to move is the recovery kit.\n";

static enum rc
dir_open(const char *path, int *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		return err_sys(e, E_SYS, N_("cannot open directory %s"), path);
	*out = fd;
	return OK;
}

static void
owner_find(struct home *h)
{
	struct stat st;

	h->owner = getuid();
	if (h->device >= 0 && fstat(h->device, &st) == 0)
		h->owner = st.st_uid;
	else if (h->vault >= 0 && fstat(h->vault, &st) == 0)
		h->owner = st.st_uid;
}

enum rc
home_open_now(struct home **out, const char *vault_path, const char *device_path, struct err *e)
{
	AUTO(home_close) struct home *h = calloc(1, sizeof *h);
	enum rc rc;

	if (h == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	h->vault = h->device = -1;
	if ((size_t)snprintf(h->vault_path, sizeof h->vault_path, "%s", vault_path) >= sizeof h->vault_path ||
	    (size_t)snprintf(h->device_path, sizeof h->device_path, "%s", device_path) >= sizeof h->device_path)
		return err_set(e, E_RANGE, N_("path too long"));
	if ((rc = dir_open(vault_path, &h->vault, e)) != OK || (rc = dir_open(device_path, &h->device, e)) != OK)
		return rc;
	owner_find(h);
	*out = h;
	h = NULL;
	return OK;
}

enum rc
home_open(struct home **out, const char *vault_path, const char *device_path, struct err *e)
{
	enum rc rc = home_open_now(out, vault_path, device_path, e);

	if (rc != OK)
		return rc;
	/* Where it cannot be done (read-only, another's) the next run tries again. */
	rc = restore_finish(*out, NULL);
	(void)rc;
	return OK;
}

void
home_close(struct home **h)
{
	if (*h == NULL)
		return;
	auto_close(&(*h)->vault);
	auto_close(&(*h)->device);
	free(*h);
	*h = NULL;
}

/* The directory that path is in. */
static void
parent_of(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL)
		memcpy(path, ".", 2);
	else
		slash[slash == path] = '\0';
}

/* How many directories of path are missing. */
static unsigned
missing(const char *path)
{
	char up[4096];
	struct stat st;
	unsigned n = 0;

	(void)snprintf(up, sizeof up, "%s", path);
	while (stat(up, &st) < 0 && errno == ENOENT && strcmp(up, ".") != 0 && strcmp(up, "/") != 0) {
		parent_of(up);
		n++;
	}
	return n;
}

/* Names of n new directories: after a power failure a commit in one of them must not be without the other. */
static void
sync_names(const char *path, unsigned n)
{
	char up[4096];

	(void)snprintf(up, sizeof up, "%s", path);
	for (; n > 0; n--) {
		AUTO(auto_close) int fd = -1;

		parent_of(up);
		fd = open(up, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			(void)fsync(fd);        /* best effort: a parent that may not be read */
	}
}

/* Whatever the umask: nobody else reads these. */
static enum rc
dir_make(const char *path, int *fd, struct err *e)
{
	unsigned made = missing(path);
	enum rc rc;

	if (*fd >= 0)
		return OK;
	if ((rc = io_mkdirs(path, 0700, e)) != OK || (rc = dir_open(path, fd, e)) != OK)
		return rc;
	sync_names(path, made);
	if (*fd < 0)
		return err_set(e, E_SYS, N_("cannot open directory %s"), path);
	if (fchmod(*fd, 0700) < 0)
		return err_sys(e, E_SYS, N_("cannot set the permissions of %s"), path);
	return OK;
}

/* Best effort: tools that honour neither the tag nor the attribute still copy the directory; the manual says so. */
static void
keep_out_of_backups(int device)
{
	int flags = 0;
	enum rc rc;

	rc = io_create(device, "CACHEDIR.TAG", 0600, cachedir_tag, sizeof cachedir_tag - 1, NULL);
	(void)rc;
	if (ioctl(device, FS_IOC_GETFLAGS, &flags) == 0 && !(flags & FS_NODUMP_FL)) {
		flags |= FS_NODUMP_FL;
		(void)ioctl(device, FS_IOC_SETFLAGS, &flags);
	}
}

enum rc
home_create_vault(struct home *h, struct err *e)
{
	enum rc rc = dir_make(h->vault_path, &h->vault, e);

	if (rc == OK)
		owner_find(h);
	return rc;
}

enum rc
home_create(struct home *h, struct err *e)
{
	enum rc rc;

	if ((rc = dir_make(h->vault_path, &h->vault, e)) != OK || (rc = dir_make(h->device_path, &h->device, e)) != OK)
		return rc;
	keep_out_of_backups(h->device);
	owner_find(h);
	return OK;
}

/* ---- medium ---- */

#ifndef BTRFS_SUPER_MAGIC
#define BTRFS_SUPER_MAGIC 0x9123683E
#endif
static const struct { uint32_t magic; const char *name; bool keeps_old; } filesystems[] = {
	{ EXT4_SUPER_MAGIC, "ext4", false },            /* data=journal is looked up in the mount options */
	{ 0x58465342, "xfs", false },                   /* reflinks apart */
	{ TMPFS_MAGIC, "tmpfs", false },
	{ RAMFS_MAGIC, "ramfs", false },
	{ MSDOS_SUPER_MAGIC, "vfat", false },
	{ 0x2011BAB0, "exfat", false },
	{ BTRFS_SUPER_MAGIC, "btrfs", true },
	{ 0x2FC12FC1, "zfs", true },
	{ 0xCA451A4E, "bcachefs", true },
	{ OVERLAYFS_SUPER_MAGIC, "overlay", true },
	{ F2FS_SUPER_MAGIC, "f2fs", true },
	{ NILFS_SUPER_MAGIC, "nilfs2", true },
	{ NFS_SUPER_MAGIC, "nfs", true },
	{ 0xFF534D42, "cifs", true },
	{ 0xFE534D42, "smb2", true },
	{ SMB_SUPER_MAGIC, "smb", true },
	{ 0x65735546, "fuse", true },
	{ 0x01021997, "9p", true },
	{ 0x00C36400, "ceph", true },
	{ AFS_SUPER_MAGIC, "afs", true },
};

/* The options of the mount that dev is: a line of mountinfo whose third field is major:minor. */
static bool
mount_has(dev_t dev, const char *option)
{
	AUTO(auto_fclose) FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096], want[32], is[32];

	(void)snprintf(want, sizeof want, "%u:%u", major(dev), minor(dev));
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "%*s %*s %31s", is) == 1 && strcmp(is, want) == 0 && strstr(line, option) != NULL)
			return true;
	return false;
}

/* Is there a dm-crypt layer at or below this block device of /sys? depth bounds a loop of links. */
static bool
crypt_below(int sys, int depth)
{
	BUF uuid = { 0 };
	AUTO(dir_end) DIR *slaves = NULL;
	struct dirent *d;
	int fd;

	if (sys < 0 || depth > 8)
		return false;
	if (io_read_file(sys, "dm/uuid", 4096, &uuid, NULL) == OK && strncmp(buf_str(&uuid), "CRYPT-", 6) == 0)
		return true;
	if ((fd = openat(sys, "slaves", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return false;
	if ((slaves = fdopendir(fd)) == NULL) {
		(void)close(fd);
		return false;
	}
	while ((d = readdir(slaves)) != NULL) {
		AUTO(auto_close) int below = -1;

		if (d->d_name[0] == '.')
			continue;
		below = openat(dirfd(slaves), d->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (crypt_below(below, depth + 1))
			return true;
	}
	return false;
}

enum rc
home_medium(const struct home *h, struct medium *out, struct err *e)
{
	struct medium m = { .keeps_old = true, .encrypted = CRYPT_UNKNOWN };
	AUTO(auto_close) int sys = -1;
	struct statfs fs;
	struct stat st;
	char path[64];

	if (h->device < 0)
		return err_set(e, E_NOTFOUND, N_("no store at %s"), h->device_path);
	if (fstatfs(h->device, &fs) < 0 || fstat(h->device, &st) < 0)
		return err_sys(e, E_SYS, N_("cannot look at %s"), h->device_path);
	(void)snprintf(m.fs, sizeof m.fs, "0x%llx", (unsigned long long)(uint32_t)fs.f_type);
	for (size_t i = 0; i < COUNTOF(filesystems); i++) {
		if (filesystems[i].magic != (uint32_t)fs.f_type)
			continue;
		(void)snprintf(m.fs, sizeof m.fs, "%s", filesystems[i].name);
		m.keeps_old = filesystems[i].keeps_old;
	}
	if (!m.keeps_old && mount_has(st.st_dev, "data=journal"))
		m.keeps_old = true;
	(void)snprintf(path, sizeof path, "/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
	if ((sys = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0)
		m.encrypted = crypt_below(sys, 0) ? CRYPT_YES : CRYPT_NO;
	*out = m;
	return OK;
}
