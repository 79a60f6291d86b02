/* cmd/madeup.c: see madeup.h. */
#include "cmd/madeup.h"

#include "base/io.h"
#include "base/place.h"
#include "base/scope.h"
#include "cmd/card.h"
#include "cmd/out.h"
#include "store/account.h"
#include "store/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- directories ---- */

#define DEPTH_MAX 8u

/* fd is taken over. */
static void
remove_below(int fd, unsigned depth)
{
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *f;

	while (d != NULL && (f = readdir(d)) != NULL) {
		if (strcmp(f->d_name, ".") == 0 || strcmp(f->d_name, "..") == 0 || unlinkat(dirfd(d), f->d_name, 0) == 0)
			continue;
		if (depth < DEPTH_MAX)
			remove_below(openat(dirfd(d), f->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), depth + 1);
		(void)unlinkat(dirfd(d), f->d_name, AT_REMOVEDIR);
	}
	if (d != NULL)
		(void)closedir(d);
	else if (fd >= 0)
		(void)close(fd);
}

void
tree_remove(const char *dir)
{
	remove_below(open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), 0);
}

/* ---- the store of the drill ---- */

struct person { const char *name, *provider, *login, *way_in; const char *control[3]; };

/* Those that control others come after them: the names must be known. */
static const struct person people[] = {
	{ "paypal", "paypal", "mara@example.net", "forgot password, by the mailbox", { NULL } },
	{ "savings", "bank", "mara", "the branch, with the passport", { NULL } },
	{ "mailbox", "mailbox", "mara@example.net", "recovery codes in the desk drawer", { "paypal", "savings", NULL } },
	{ "phone", "sim", "", "shop of the operator, with the passport", { "paypal", NULL } },
};

static enum rc
person_account(struct account *a, const struct person *p, struct err *e)
{
	enum rc rc;

	if ((rc = text_set(&a->name, p->name, e)) != OK || (rc = text_set(&a->provider, p->provider, e)) != OK ||
	    (rc = text_set(&a->login, p->login, e)) != OK || (rc = text_set(&a->way_in, p->way_in, e)) != OK)
		return rc;
	if ((a->control = calloc(COUNTOF(p->control), sizeof *a->control)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	for (; p->control[a->controls] != NULL; a->controls++)
		if ((a->control[a->controls] = strdup(p->control[a->controls])) == NULL)
			return err_set(e, E_NOMEM, N_("out of memory"));
	return OK;
}

static enum rc
add_people(struct session *s, struct vault *v, struct err *e)
{
	AUTO(vault_txn_end) struct vault_txn *t = NULL;
	BUF text = { 0 };
	enum rc rc;

	if ((rc = vault_txn_begin(v, s->wait_ms, s->now_ms, &t, e)) != OK)
		return rc;
	for (size_t i = 0; i < COUNTOF(people); i++) {
		AUTO(account_free) struct account a = { 0 };

		account_init(&a);
		if ((rc = person_account(&a, &people[i], e)) != OK || (rc = account_add(vault_db(v), &a, s->now_ms, e)) != OK)
			return rc;
	}
	log_text_begin(&text, NULL, "account-add");
	log_text_add(&text, "account", "made-up");
	if ((rc = buf_check(&text, e)) != OK || (rc = vault_txn_event(t, &text, e)) != OK)
		return rc;
	return vault_txn_commit(&t, e);
}

enum rc
madeup_store(struct session *s, const char *dir, struct home **out, struct err *e)
{
	struct pwparams params = { pwparams_floor_kib(), 1, 4 };
	struct new_keys how = { .params = &params, .kit_state = KIT_VERIFIED, .now_ms = s->now_ms, .wait_ms = s->wait_ms };
	AUTO(home_close) struct home *h = NULL;
	AUTO(vault_close) struct vault *v = NULL;
	BUF vault = { .max = 4000 }, device = { .max = 4000 };
	SECRET random = { 0 };
	GENESIS g = { .log_seed = { 0 } };
	KIT kit = { 0 };
	enum rc rc;

	buf_addf(&vault, "%s/vault", dir);
	buf_addf(&device, "%s/device", dir);
	if ((rc = buf_check(&vault, e)) != OK || (rc = buf_check(&device, e)) != OK ||
	    (rc = home_open_now(&h, buf_str(&vault), buf_str(&device), e)) != OK || (rc = home_create(h, e)) != OK ||
	    (rc = secret_random(&random, 32, e)) != OK || (rc = genesis_make(&g, e)) != OK ||
	    (rc = kit_make(&kit, g.vault_id, g.pk0, 1, 1, e)) != OK)
		return rc;
	how.password = &random;
	how.a = &random;
	how.kit = &kit;
	if ((rc = vault_create(h, &g, &how, &v, e)) != OK || (rc = add_people(s, v, e)) != OK ||
	    (rc = card_write(s, h, vault_db(v), e)) != OK)
		return rc;
	*out = h;
	h = NULL;
	return OK;
}

/* ---- a store to look around in: by the commands themselves ---- */

#define WORDS_MAX 12u

static enum rc
look_ready(const char *dir, struct err *e)
{
	DIR *d = opendir(dir);
	const struct dirent *f;
	unsigned n = 0;

	if (d == NULL && errno == ENOENT)
		return mkdir(dir, 0700) == 0 ? OK : err_sys(e, E_SYS, N_("cannot make directory %s"), dir);
	if (d == NULL)
		return err_sys(e, E_SYS, N_("cannot open directory %s"), dir);
	while ((f = readdir(d)) != NULL)
		n += strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0;
	(void)closedir(d);
	if (n > 0)
		return err_set(e, E_EXISTS, N_("%s is not empty. Nothing was changed"), dir);
	return OK;
}

static void
show_line(struct session *s, const char *const *word)
{
	BUF line = { .max = 1 << 16 };

	buf_adds(&line, "$ purser");
	for (; *word != NULL; word++)
		buf_addf(&line, strchr(*word, ' ') != NULL ? " '%s'" : " %s", *word);
	say_tone(s, TONE_BOLD, "%s", buf_str(&line));
}

struct words { int n; char *v[WORDS_MAX + 4]; };

static void
words_free(struct words *w)
{
	for (int i = 0; i < w->n; i++)
		free(w->v[i]);
}

static enum rc
words_add(struct words *w, const char *word, struct err *e)
{
	if (w->n == (int)WORDS_MAX + 3 || (w->v[w->n] = strdup(word)) == NULL)
		return err_set(e, E_NOMEM, N_("out of memory"));
	w->n++;
	return OK;
}

static enum rc
parse_there(struct session *s, struct session *there, struct words *w, struct args *a, struct err *e)
{
	const char *early;
	enum rc rc;

	args_scan(there, commands, w->n, w->v, a, &early);
	if ((rc = args_parse(there, commands, w->n, w->v, a, e)) != OK)
		return rc;
	there->json = s->json;
	there->quiet = s->quiet;
	there->color = s->color;
	there->no_input = true;
	return session_start(there, e);
}

/* One command on the made-up home, as it would be typed. */
static enum rc
run_there(struct session *s, const char *dir, int password_fd, const char *const *word, struct err *e)
{
	AUTO(words_free) struct words w = { .n = 0 };
	struct session there;
	struct args a = { 0 };
	enum rc rc;

	if ((rc = words_add(&w, "purser", e)) != OK || (rc = words_add(&w, "--home", e)) != OK || (rc = words_add(&w, dir, e)) != OK)
		return rc;
	for (; *word != NULL; word++)
		if ((rc = words_add(&w, *word, e)) != OK)
			return rc;
	if (lseek(password_fd, 0, SEEK_SET) < 0)
		return err_sys(e, E_SYS, N_("cannot hold the password"));
	session_init(&there);
	there.password_fd = password_fd;
	if ((rc = parse_there(s, &there, &w, &a, e)) == OK && (a.self->flags & (CMD_STORE | CMD_UNLOCK | CMD_SECRET)))
		rc = hooks.open(&there, a.self->flags, e);
	if (rc == OK)
		rc = a.self->run(&there, &a, e);
	hooks.close(&there);
	args_free(&a);
	session_free(&there);
	return rc == E_FINDINGS ? OK : rc;
}

static enum rc
password_fd_make(int *out, struct err *e)
{
	AUTO(auto_close) int fd = memfd_create("made-up", MFD_CLOEXEC);
	enum rc rc;

	if (fd < 0)
		return err_sys(e, E_SYS, N_("cannot hold the password"));
	if ((rc = io_write(fd, MADEUP_PASSWORD "\n", sizeof MADEUP_PASSWORD, e)) != OK)
		return rc;
	*out = fd;
	fd = -1;
	return OK;
}

static enum rc
type_there(struct session *s, const char *dir, int password_fd, const char *const *word, struct err *e)
{
	show_line(s, word);
	return run_there(s, dir, password_fd, word, e);
}

static enum rc
look_begin(struct session *s, const char *dir, int password_fd, struct err *e)
{
	BUF mib = { .max = 64 }, kit = { .max = 4000 };
	enum rc rc;

	buf_addf(&mib, "%u", pwparams_floor_kib() / 1024);
	buf_addf(&kit, "%s/kit.txt", dir);
	if ((rc = buf_check(&mib, e)) != OK || (rc = buf_check(&kit, e)) != OK)
		return rc;
	return type_there(s, dir, password_fd, (const char *const[]){ "init", "--kdf-memory", buf_str(&mib), "--kit-file",
	    buf_str(&kit), "--unverified-kit", NULL }, e);
}

static enum rc
look_import(struct session *s, const char *dir, int password_fd, struct err *e)
{
	static const char *const statement[][2] = { { "--create=paypal", "paypal-activity-en.csv" },
		{ "--create=alipay", "alipay-app.csv" }, { "--create=wechat", "wechat.xlsx" },
		{ "--create=apple-card", "apple-card.csv" } };
	char place[4096];
	enum rc rc = OK;

	place_find(place, sizeof place, "data/made-up", "share/purser/made-up", PURSER_DATA "/made-up");
	for (size_t i = 0; i < COUNTOF(statement) && rc == OK; i++) {
		BUF file = { .max = 8192 };

		buf_addf(&file, "%s/%s", place, statement[i][1]);
		if ((rc = buf_check(&file, e)) == OK)
			rc = type_there(s, dir, password_fd, (const char *const[]){ "import", statement[i][0], buf_str(&file), NULL }, e);
	}
	return rc;
}

static enum rc
look_commands(struct session *s, const char *dir, int password_fd, struct err *e)
{
	static const char *const mailbox[] = { "account", "add", "mailbox", "--provider", "mailbox", "--controls", "paypal",
		"--way-in", "codes in the desk", NULL };
	static const char *const secret[] = { "secret", "set", "paypal", "--generate", NULL };
	enum rc rc;

	if ((rc = look_begin(s, dir, password_fd, e)) != OK || (rc = look_import(s, dir, password_fd, e)) != OK ||
	    (rc = type_there(s, dir, password_fd, mailbox, e)) != OK)
		return rc;
	return type_there(s, dir, password_fd, secret, e);
}

enum rc
madeup_look(struct session *s, const char *dir, struct err *e)
{
	AUTO(auto_close) int fd = -1;
	JSON j = { 0 };
	enum rc rc;

	if ((rc = look_ready(dir, e)) != OK || (rc = password_fd_make(&fd, e)) != OK ||
	    (rc = look_commands(s, dir, fd, e)) != OK)
		return rc;
	if (!s->json) {
		say_tone(s, TONE_BOLD, N_("Made-up store in %s. Its password: %s"), dir, MADEUP_PASSWORD);
		say(s, N_("  Try: purser --home %s history (or review, freeze, card). Somebody paid 310 euros at night."), dir);
		say(s, N_("Nothing in it is real. Remove the directory when you have seen enough."));
		return OK;
	}
	j_open(&j, "drill");
	j_str(&j, "mode", "look");
	j_str(&j, "home", dir);
	j_str(&j, "password", MADEUP_PASSWORD);
	j_null(&j, "score");
	j_null(&j, "of");
	j_null(&j, "findings");
	return out_json(s, &j, e);
}
