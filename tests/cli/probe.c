/*
 * tests/cli/probe.c: the frame of cmd/ with a table of questions instead of purser's commands (an object that defines
 * `commands` is taken before the library's). What was answered is printed, so that scripts can see what arrived.
 */
#include "cmd/out.h"
#include "cmd/term.h"

#include <string.h>
#include <unistd.h>

static enum rc
shown(struct session *s, const char *name, const struct secret *x, struct err *e)
{
	JSON j = { 0 };

	if (s->json) {
		j_open(&j, name);
		return out_json_secret(s, &j, "value", x, e);
	}
	say(s, "%s %zu", name, x->len);
	return out_secret(s, x, e);
}

static enum rc
password_run(struct session *s, const struct args *a, struct err *e)
{
	SECRET x = { 0 };
	enum rc rc;

	(void)a;
	return (rc = ask_password(s, &x, e)) != OK ? rc : shown(s, "password", &x, e);
}

static enum rc
both_run(struct session *s, const struct args *a, struct err *e)
{
	SECRET old = { 0 };
	SECRET new = { 0 };
	SECRET code = { 0 };
	enum rc rc;

	(void)a;
	if ((rc = ask_password(s, &old, e)) != OK || (rc = ask_new_password(s, &new, e)) != OK || (rc = ask_code(s, &code, e)) != OK)
		return rc;
	if ((rc = shown(s, "old", &old, e)) != OK || (rc = shown(s, "new", &new, e)) != OK)
		return rc;
	return shown(s, "code", &code, e);
}

static enum rc
new_run(struct session *s, const struct args *a, struct err *e)
{
	SECRET x = { 0 };
	enum rc rc;

	(void)a;
	return (rc = ask_new_password(s, &x, e)) != OK ? rc : shown(s, "new", &x, e);
}

static enum rc
value_run(struct session *s, const struct args *a, struct err *e)
{
	SECRET x = { 0 };
	enum rc rc;

	(void)a;
	return (rc = ask_value(s, N_("Value: "), "--generate", 100, &x, e)) != OK ? rc : shown(s, "value", &x, e);
}

static enum rc
again_run(struct session *s, const struct args *a, struct err *e)
{
	SECRET x = { 0 };
	enum rc rc;

	if ((rc = secret_copy(&x, a->v[0], strlen(a->v[0]), e)) != OK || (rc = ask_again(s, N_("Type it: "), &x, e)) != OK)
		return rc;
	say(s, "typed");
	return OK;
}

static enum rc
text_run(struct session *s, const struct args *a, struct err *e)
{
	BUF b = { 0 };
	enum rc rc;

	(void)a;
	if ((rc = ask_text(s, N_("Text: "), "--text", &b, e)) == OK)
		say(s, "text [%s]", buf_str(&b));
	return rc;
}

static enum rc
yes_run(struct session *s, const struct args *a, struct err *e)
{
	bool yes = false;
	enum rc rc;

	if ((rc = ask_yes(s, a->n > 0, &yes, e, N_("Make it?"))) == OK)
		say(s, "%s", yes ? "yes" : "no");
	return rc;
}

static enum rc
confirm_run(struct session *s, const struct args *a, struct err *e)
{
	enum rc rc = ask_confirm(s, a->v[0], e, N_("This removes %s."), a->v[0]);

	if (rc == OK)
		say(s, "confirmed");
	return rc;
}

static enum rc
key_run(struct session *s, const struct args *a, struct err *e)
{
	char key = 0;
	enum rc rc;

	(void)a;
	if ((rc = ask_key(s, "ondal", false, "--done", &key, e, N_("[o/n/d/a/l] "))) == OK)
		say(s, "key %c", key);
	return rc;
}

/* A made-up kit (master secret 16 x 0x66), always the same, so that the scripts can know it. */
static enum rc
kit(struct slip39_share *share, struct err *e)
{
	static const char words[] = "genre surprise academic academic database blessing antenna railroad moisture trust dream admit have "
	    "disease cultural vampire guitar husky webcam smith";

	return slip39_parse(share, words, sizeof words - 1, e);
}

static enum rc
words_out(struct session *s, const struct slip39_share *share, struct err *e)
{
	SECRET text = { 0 };
	enum rc rc;

	return (rc = slip39_text(&text, share, e)) != OK ? rc : out_secret(s, &text, e);
}

/* The words on stdout (a file, for the script), then the ritual; "blind": typed without knowing what is expected. */
static enum rc
ritual_run(struct session *s, const struct args *a, struct err *e)
{
	struct slip39_share share = { 0 }, typed = { 0 };
	struct kit_sheet sheet = { .share = &share, .sheet = 1, .sheets = 1, .needed = 1, .fingerprint = "7K3M-Q2XD-90HT-VB4E",
		.store = "5d1c22aa", .date = "2026-11-21" };
	enum rc rc;

	if ((rc = kit(&share, e)) != OK || (rc = words_out(s, &share, e)) != OK)
		return rc;
	if ((rc = kit_show(s, &sheet, e)) != OK || (rc = kit_type(s, a->n > 0 ? NULL : &share, 1, &typed, e)) != OK)
		return rc;
	if (memcmp(typed.word, share.word, sizeof share.word[0] * share.words) != 0)
		return err_set(e, E_AUTH, "another kit");
	return tell(s, e, N_("Kit verified."));
}

static enum rc
type_run(struct session *s, const struct args *a, struct err *e)
{
	struct slip39_share typed = { 0 };
	char fp[FINGERPRINT_LEN + 1];
	enum rc rc;

	(void)a;
	if ((rc = kit_type(s, NULL, 0, &typed, e)) != OK || (rc = words_out(s, &typed, e)) != OK)
		return rc;
	if ((rc = kit_type_fingerprint(s, fp, e)) == OK)
		say(s, "fingerprint %s", fp);
	return rc;
}

static enum rc
kitfd_run(struct session *s, const struct args *a, struct err *e)
{
	KIT_LINES k = { .n = 0 };
	enum rc rc;

	(void)a;
	if ((rc = kit_read_fd(s->kit_fd, &k, e)) != OK)
		return rc;
	say(s, "%u shares, fingerprint '%s'", k.n, k.fingerprint);
	return words_out(s, &k.share[0], e);
}

/* What the process is like: dumpable, descriptors, environment, directories. */
static enum rc
self_run(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	(void)e;
	say(s, "vault %s", s->vault);
	say(s, "device %s", s->device);
	say(s, "now %lld", (long long)s->now_ms);
	say(s, "path %s", getenv("PATH") ? "kept" : "gone");
	say(s, "preload %s", getenv("LD_PRELOAD") ? "kept" : "gone");
	say(s, "secret %s", getenv("SECRET_TOKEN") ? "kept" : "gone");
	return OK;
}

static enum rc
many_run(struct session *s, const struct args *a, struct err *e)
{
	static const struct column cols[] = { { N_("ID"), 0, 0 }, { N_("With"), COL_CUT, 4 } };
	TABLE t = { 0 };

	(void)a;
	(void)e;
	table_begin(&t, s, cols, COUNTOF(cols), TABLE_PAGED);
	for (int i = 0; i < 200000; i++) {
		table_cell(&t, TONE_PLAIN, "%d", i);
		table_cell(&t, TONE_GREEN, "line");
		if (!table_row(&t))
			break;
	}
	return OK;
}

static enum rc
env_run(struct session *s, const struct args *a, struct err *e)
{
	(void)s;
	(void)a;
	(void)execlp("sh", "sh", "-c", "env; ls -l /proc/self/fd", (char *)NULL);
	return err_sys(e, E_SYS, "exec");
}

#define ENTRY(n, f, ...) \
	static const struct command cmd_##n = { .name = #n, .group = GROUP_DAILY, .summary = "s", .run = f##_run, __VA_ARGS__ }
ENTRY(password, password, .max_args = 0);
ENTRY(both, both, .max_args = 0);
ENTRY(new, new, .max_args = 0);
ENTRY(value, value, .max_args = 0);
ENTRY(again, again, .min_args = 1, .max_args = 1);
ENTRY(text, text, .max_args = 0);
ENTRY(yes, yes, .max_args = 1);
ENTRY(confirm, confirm, .min_args = 1, .max_args = 1);
ENTRY(key, key, .max_args = 0);
ENTRY(ritual, ritual, .max_args = 1);
ENTRY(type, type, .max_args = 0);
ENTRY(kitfd, kitfd, .max_args = 0);
ENTRY(self, self, .max_args = 0);
ENTRY(anyone, self, .max_args = 0, .flags = CMD_AS_ROOT);
ENTRY(many, many, .max_args = 0);
ENTRY(env, env, .max_args = 0, .flags = CMD_OWN_SANDBOX);      /* runs a program itself */

const struct command *const commands[] = { &cmd_password, &cmd_both, &cmd_new, &cmd_value, &cmd_again, &cmd_text, &cmd_yes, &cmd_confirm,
	&cmd_key, &cmd_ritual, &cmd_type, &cmd_kitfd, &cmd_self, &cmd_anyone, &cmd_many, &cmd_env, NULL };
const struct hooks hooks = { .open = NULL, .close = NULL, .names = NULL };
