/* cmd/verify_file.c: see verify_file.h. With a key, a copy of the parts (ciphertext, as they are in the backup)
 * lies in a directory of its own while they are looked at: SQLite wants files. */
#include "cmd/verify_file.h"

#include "base/io.h"
#include "base/num.h"
#include "cmd/kitlib.h"
#include "cmd/open.h"
#include "cmd/out.h"
#include "store/backup.h"
#include "store/rescue.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void
checked(void *arg, uint64_t done, uint64_t of)
{
	progress(arg, N_("%llu of %llu MiB"), (unsigned long long)(done >> 20), (unsigned long long)(of >> 20));
}

/* ---- a place for the parts ---- */

#define PREFIX ".purser-verify-"

struct place { char path[4096 + 32]; int dir; };

static void
place_end(struct place *p)
{
	DIR *d;
	const struct dirent *f;

	if (p->dir < 0)
		return;
	if ((d = fdopendir(p->dir)) != NULL) {
		while ((f = readdir(d)) != NULL)
			if (f->d_name[0] != '.')
				(void)unlinkat(p->dir, f->d_name, 0);
		(void)closedir(d);
	}
	(void)rmdir(p->path);
	p->dir = -1;
}

/* What a run left that was killed; one that is still at work holds its lock. */
static void
sweep(const char *up)
{
	DIR *d = opendir(up);
	const struct dirent *f;

	while (d != NULL && (f = readdir(d)) != NULL) {
		AUTO(place_end) struct place old = { .dir = -1 };
		struct stat st;
		int fd;

		if (strncmp(f->d_name, PREFIX, strlen(PREFIX)) != 0 ||
		    (size_t)snprintf(old.path, sizeof old.path, "%s/%s", up, f->d_name) >= sizeof old.path)
			continue;
		fd = open(old.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
			old.dir = fd;
		else if (fd >= 0)
			(void)close(fd);
	}
	if (d != NULL)
		(void)closedir(d);
}

/* In the directory of the device where there is one, else in the nearest one above it that exists. */
static enum rc
place_make(struct session *s, struct place *p, struct err *e)
{
	char up[4096];
	struct stat st;
	char *slash;

	(void)snprintf(up, sizeof up, "%s", s->device);
	while (stat(up, &st) < 0 && (slash = strrchr(up, '/')) != NULL && slash != up)
		*slash = '\0';
	sweep(up);
	(void)snprintf(p->path, sizeof p->path, "%s/" PREFIX "XXXXXX", up);
	if (mkdtemp(p->path) == NULL)
		return err_sys(e, E_SYS, N_("cannot make a directory in %s"), up);
	p->dir = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0)
		return err_sys(e, E_SYS, N_("cannot open directory %s"), p->path);
	return flock(p->dir, LOCK_EX | LOCK_NB) == 0 ? OK : err_sys(e, E_SYS, N_("cannot lock %s"), p->path);
}

/* ---- a key ---- */

/* Is there one at hand without a question? */
static bool
key_at_hand(struct session *s, const struct backup_facts *f)
{
	AUTO(home_close) struct home *h = NULL;
	struct agent_status agent;
	struct vault_status st;
	struct err none = { 0 };

	if (s->kit_fd != FD_NONE)
		return true;
	if (session_home_open(s, &h, &none) != OK || vault_status(h, &st, &none) != OK || st.state == VAULT_NONE ||
	    st.state == VAULT_RESTORED || memcmp(st.vault_id, f->vault_id, sizeof st.vault_id) != 0)
		return false;
	if (s->password_fd != FD_NONE || s->password_file != NULL)
		return true;
	agent_status(h, &agent);
	return agent.unlocked;
}

static enum rc
by_kit(struct session *s, const struct home *h, struct vault **out, struct err *e)
{
	struct vault_status st;
	SECRET kit = { 0 };
	char typed[20];
	enum rc rc;

	if ((rc = vault_status(h, &st, e)) != OK || (rc = kit_in_hand(s, st.fingerprint, &kit, typed, e)) != OK)
		return rc;
	return vault_open_by_kit(h, &kit, typed[0] ? typed : NULL, out, e);
}

/* The ledger key of the store here, or one that it had before. */
static enum rc
by_store(struct session *s, const struct home *h, struct vault **out, struct err *e)
{
	enum rc rc;

	if ((rc = store_hook_open(s, CMD_STORE | CMD_UNLOCK, e)) != OK)
		return rc;
	return vault_open_copy(session_vault(s), h, out, e);
}

/* ---- all of it ---- */

static void
tell_made(struct session *s, const struct backup_facts *f)
{
	BUF made = { 0 };
	char store[9];

	hex_put(store, f->vault_id, 4);
	add_time(&made, f->made_ms, false);
	note(s, N_("Backup of %s, store %s. Kit %s."), buf_str(&made), store, f->fingerprint[0] ? f->fingerprint : "-");
}

static enum rc
without_key(struct session *s, const struct backup_facts *f, struct err *e)
{
	JSON j = { 0 };

	if (s->json) {
		j_open(&j, "verify");
		j_time(&j, "made", f->made_ms);
		j_str(&j, "fingerprint", f->fingerprint[0] ? f->fingerprint : NULL);
		j_null(&j, "secrets");
		j_null(&j, "log_entries");
		j_int(&j, "bad", 0);
		return out_json(s, &j, e);
	}
	say(s, N_("Whole: every byte is as it was written."));
	say(s, N_("Checked without a key: hashes of the file and of its parts, the form of the keys. Not checked: "
		  "pages, records, the log's "
		  "signatures. With purser unlock before it, or --kit-fd N: all."));
	return OK;
}

static enum rc
with_key(struct session *s, struct backup *b, struct err *e)
{
	AUTO(place_end) struct place p = { .dir = -1 };
	AUTO(home_close) struct home *h = NULL;
	AUTO(vault_close) struct vault *v = NULL;
	char nowhere[sizeof p.path + 8];
	enum rc rc;

	if ((rc = place_make(s, &p, e)) != OK || (rc = backup_extract(b, p.dir, "", e)) != OK)
		return rc;
	(void)snprintf(nowhere, sizeof nowhere, "%s/none", p.path);
	if ((rc = home_open(&h, p.path, nowhere, e)) != OK)
		return rc;
	rc = s->kit_fd != FD_NONE ? by_kit(s, h, &v, e) : by_store(s, h, &v, e);
	if (rc == E_KEY) {
		note(s, N_("No key of the store here opens this backup: it is of another time. The kit does (--kit-fd N)."));
		return without_key(s, backup_facts(b), e);
	}
	if (rc == E_DAMAGED) {
		if ((rc = verify_finding(s, _("backup"), e->what, NULL, e)) != OK)
			return rc;
		return E_FINDINGS;
	}
	return rc != OK ? rc : verify_vault(s, v, e);
}

enum rc
verify_file(struct session *s, const char *path, struct err *e)
{
	struct backup_how how = { .now_ms = s->now_ms, .wait_ms = s->wait_ms, .progress = checked, .arg = s };
	AUTO(backup_close) struct backup *b = NULL;
	enum rc rc = backup_open(&b, path, &how, e);

	progress_end(s);
	if (rc != OK)
		return rc;
	tell_made(s, backup_facts(b));
	return key_at_hand(s, backup_facts(b)) ? with_key(s, b, e) : without_key(s, backup_facts(b), e);
}
