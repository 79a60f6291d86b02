/* cmd/help.c: `purser help`, made of the command table; and `purser version`. */
#include "cmd/out.h"

#include "base/scope.h"
#include "base/utf8.h"

#include <string.h>

#define WIDTH 80u
#define NAME_COLUMN 14u

extern const struct command cmd_help, cmd_version;

static const char *const group_titles[GROUP_COUNT] = {
	[GROUP_EMERGENCY] = N_("MONEY IS LEAVING? This needs no password and no network:"),
	[GROUP_DAILY] = N_("Every day:"),
	[GROUP_ORDER] = N_("Money in order:"),
	[GROUP_BEFORE] = N_("Before it happens:"),
	[GROUP_AFTER] = N_("After it happened:"),
	[GROUP_STORE] = N_("The store itself:"),
};

static const char *const statuses[] = {
	N_("it worked"),
	N_("anything not below"),
	N_("the command line is wrong, an answer is missing under --no-input, or an ID prefix is ambiguous"),
	N_("wrong password, code, key file or kit of this store; or a factor is missing"),
	N_("the store or the account is frozen, or restored and not yet recovered"),
	N_("no key at hand and no way to ask for it; or the limit of reveals is reached"),
	N_("the store or a file of it is damaged or was altered; nothing was changed"),
	N_("at least one input file was refused; nothing of that file was imported"),
	N_("no such store, account, transaction (nearest names are shown)"),
	N_("another purser holds the store"),
	N_("it worked, and there is something to act on"),
};

/* -- text that fits 80 columns -- */

static void
pad(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_addc(b, ' ');
}

/* Bytes of p that fit into room columns: up to a blank, or between two wide characters; at least one character. */
static size_t
piece(const char *p, size_t n, size_t room)
{
	size_t at = 0, w = 0, fit = 0, k;
	uint32_t cp;

	while (at < n) {
		int cw = (k = utf8_next(p + at, n - at, &cp)) == 0 ? 1 : utf8_cpwidth(cp);

		k = k == 0 ? 1 : k;
		if (cp == ' ' || (cw == 2 && w + 2 <= room))
			fit = cp == ' ' ? at : at + k;
		w += cw > 0 ? (size_t)cw : 0;
		if (w > room)
			return fit > 0 ? fit : at > 0 ? at : k;
		at += k;
	}
	return n;
}

/* One paragraph; the first line goes on at column at, the others begin at column indent. */
static void
wrap_from(struct buf *b, const char *p, size_t n, size_t at, size_t indent)
{
	size_t k;

	for (;; at = indent) {
		k = piece(p, n, at < WIDTH - 11 ? WIDTH - 1 - at : 10);
		buf_add(b, p, k);
		while (k < n && p[k] == ' ')
			k++;
		buf_addc(b, '\n');
		if (k >= n)
			return;
		p += k;
		n -= k;
		pad(b, indent);
	}
}

static void
wrap(struct buf *b, const char *p, size_t n, size_t indent)
{
	wrap_from(b, p, n, indent, indent);
}

static void
paragraphs(struct buf *b, const char *text)
{
	const char *end;

	for (; *text; text = end + strspn(end, "\n")) {
		end = strstr(text, "\n\n");
		if (end == NULL)
			end = text + strlen(text);
		buf_addc(b, '\n');
		if (*text == ' ') {                      /* lines that stay as they are */
			buf_add(b, text, (size_t)(end - text));
			buf_addc(b, '\n');
		} else {
			wrap(b, text, (size_t)(end - text), 0);
		}
	}
}

/* "  left      right", the right part wrapped; on a line of its own when left is too long. */
static void
entry(struct buf *b, const char *left, const char *right, size_t column)
{
	size_t w = utf8_width(left) + 2;

	buf_addf(b, "  %s", left);
	if (w + 2 > column) {
		buf_addc(b, '\n');
		w = 0;
	}
	pad(b, column - w);
	wrap(b, right, strlen(right), column);
}

/* -- the pieces -- */

static bool
shown(const struct command *c)
{
	return !(c->flags & CMD_HIDDEN) && c->name[0] != '\0';
}

void
help_overview(struct buf *b, const struct command *const *table)
{
	buf_adds(b, _("purser keeps wallet accounts, statements and codes on this computer only."));
	buf_addc(b, '\n');
	for (int g = GROUP_EMERGENCY; g < GROUP_COUNT; g++) {
		bool any = false;

		for (const struct command *const *c = table; *c != NULL; c++) {
			if ((int)(*c)->group != g || !shown(*c))
				continue;
			if (!any)
				buf_addf(b, "%s\n", _(group_titles[g]));
			any = true;
			entry(b, (*c)->name, _((*c)->summary), NAME_COLUMN);
		}
	}
	buf_addc(b, '\n');
	buf_adds(b, _("More: purser help COMMAND, help options, help exit-status, and man purser"));
	buf_addc(b, '\n');
}

static void
usage_line(struct buf *b, const struct command *cmd, const struct command *sub)
{
	const struct command *c = sub ? sub : cmd;

	buf_adds(b, "  purser");
	if (cmd->name[0] != '\0')
		buf_addf(b, " %s", cmd->name);
	if (sub != NULL)
		buf_addf(b, " %s", sub->name);
	if (c->options != NULL && c->options[0].name != NULL)
		buf_adds(b, " [OPTIONS]");
	if (c->usage != NULL)
		buf_addf(b, " %s", c->usage);
	buf_addc(b, '\n');
}

static void
option_left(struct buf *b, const struct option *o)
{
	if (o->letter)
		buf_addf(b, "-%c, ", o->letter);
	buf_addf(b, "--%s", o->name);
	if (o->arg == NULL)
		return;
	if (o->flags & OPT_OPTIONAL)
		buf_addf(b, "[=%s]", o->choices ? o->choices : o->arg);
	else
		buf_addf(b, " %s", o->choices ? o->choices : o->arg);
}

static void
option_entries(struct buf *b, const struct option *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		BUF left = { .max = 512 };

		if (o->flags & OPT_HIDDEN)
			continue;
		option_left(&left, o);
		entry(b, buf_str(&left), o->help ? _(o->help) : "", 26);
	}
}

static void
example_lines(struct buf *b, const struct command *c)
{
	if (c->examples == NULL || c->examples[0].line == NULL)
		return;
	buf_addf(b, "\n%s\n", _("Examples:"));
	for (const struct example *x = c->examples; x->line != NULL; x++) {
		if (x->what != NULL)
			entry(b, x->line, _(x->what), 44);
		else
			buf_addf(b, "  %s\n", x->line);
	}
}

static void
sub_lines(struct buf *b, const struct command *cmd)
{
	for (const struct command *const *s = cmd->subs; s != NULL && *s != NULL; s++) {
		BUF left = { .max = 512 };

		if ((*s)->flags & CMD_HIDDEN)
			continue;
		if (s == cmd->subs)
			buf_addf(b, "\n%s\n", _("Subcommands:"));
		buf_addf(&left, "%s%s%s", (*s)->name, (*s)->usage ? " " : "", (*s)->usage ? (*s)->usage : "");
		entry(b, buf_str(&left), _((*s)->summary), 26);
	}
}

void
help_command(struct buf *b, const struct command *cmd, const struct command *sub)
{
	const struct command *c = sub ? sub : cmd;

	buf_addf(b, "purser%s%s%s%s - ", cmd->name[0] ? " " : "", cmd->name, sub ? " " : "", sub ? sub->name : "");
	wrap_from(b, _(c->summary), strlen(_(c->summary)), utf8_width(buf_str(b)), 2);
	example_lines(b, c);
	buf_addf(b, "\n%s\n", _("Usage:"));
	if (c->run != NULL)
		usage_line(b, cmd, sub);
	if (sub == NULL && c->subs != NULL)
		buf_addf(b, "  purser %s %s\n", c->name, _("SUBCOMMAND ..."));
	if (sub == NULL)
		sub_lines(b, c);
	if (c->description != NULL)
		paragraphs(b, _(c->description));
	if (c->options != NULL && c->options[0].name != NULL) {
		buf_addf(b, "\n%s\n", _("Options:"));
		option_entries(b, c->options);
	}
	buf_addf(b, "\n%s\n", _("Options of every command: purser help options"));
}

static void
help_options(struct buf *b)
{
	buf_addf(b, "%s\n", _("Options of every command, before or after it:"));
	option_entries(b, global_options);
}

static void
help_status(struct buf *b)
{
	for (size_t i = 0; i < COUNTOF(statuses); i++) {
		buf_addf(b, "%4zu  %-10s ", i, rc_name((enum rc)i));
		wrap(b, _(statuses[i]), strlen(_(statuses[i])), 17);
	}
	buf_addf(b, "%s\n", _("A signal ends with 128 and its number."));
}

const char *
help_status_when(unsigned n)
{
	return n < COUNTOF(statuses) ? statuses[n] : "";
}

/* -- help --list: a line is a kind and its fields, TAB between; for completions and tests -- */

static void
list_options(struct buf *b, const char *of, const struct option *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		if (o->flags & OPT_HIDDEN)
			continue;
		buf_addf(b, "option\t%s\t--%s\t", of, o->name);
		if (o->letter)
			buf_addf(b, "-%c", o->letter);
		buf_addf(b, "\t%s\t%s\t%s\n", o->arg ? o->choices ? o->choices : o->arg : "",
		    o->flags & OPT_OPTIONAL ? "optional" : "", o->help ? o->help : "");
	}
}

void
help_list(struct buf *b, const struct command *const *table)
{
	list_options(b, "", global_options);
	for (const struct command *const *c = table; *c != NULL; c++) {
		if (!shown(*c))
			continue;
		buf_addf(b, "command\t%s\t%s\t%s\n", (*c)->name, (*c)->usage ? (*c)->usage : "", (*c)->summary);
		list_options(b, (*c)->name, (*c)->options);
		for (const struct command *const *s = (*c)->subs; s != NULL && *s != NULL; s++) {
			BUF full = { .max = 256 };

			if ((*s)->flags & CMD_HIDDEN)
				continue;
			buf_addf(&full, "%s %s", (*c)->name, (*s)->name);
			buf_addf(b, "subcommand\t%s\t%s\t%s\n", buf_str(&full), (*s)->usage ? (*s)->usage : "", (*s)->summary);
			list_options(b, buf_str(&full), (*s)->options);
		}
	}
}

/* -- the commands -- */

static enum rc
print(struct session *s, const char *of, const struct buf *b, struct err *e)
{
	JSON j = { 0 };
	enum rc rc;

	if ((rc = buf_check(b, e)) != OK)
		return rc;
	if (!s->json)
		return out_bytes(s, b->p, b->len, e);
	j_open(&j, "help");
	j_str(&j, "of", of);
	j_str(&j, "text", buf_str(b));
	return out_json(s, &j, e);
}

enum rc
help_print(struct session *s, const struct command *cmd, const struct command *sub, struct err *e)
{
	BUF b = { 0 };

	if (cmd == NULL)
		help_overview(&b, s->commands);
	else
		help_command(&b, cmd, sub);
	return print(s, cmd ? cmd->name : NULL, &b, e);
}

static enum rc
no_topic(struct session *s, const char *word, const struct command *cmd, struct err *e)
{
	static const char *const topics[] = { "options", "exit-status" };
	const char *names[160];
	char near[200];
	size_t n = 0;

	for (const struct command *const *c = cmd ? cmd->subs : s->commands; c != NULL && *c != NULL && n < 150; c++)
		if (shown(*c))
			names[n++] = (*c)->name;
	for (size_t i = 0; i < COUNTOF(topics) && cmd == NULL; i++)
		names[n++] = topics[i];
	(void)err_set(e, E_USAGE, N_("no help on \"%s\""), word);
	suggest(near, sizeof near, word, names, n);
	if (near[0] != '\0')
		err_next(e, N_("Near: %s"), near);
	else
		err_next(e, "purser help");
	return E_USAGE;
}

static enum rc
help_topic(struct session *s, const struct args *a, struct err *e)
{
	const struct command *cmd, *sub = NULL;
	BUF b = { 0 };

	if (strcmp(a->v[0], "exit-status") == 0) {
		help_status(&b);
		return print(s, a->v[0], &b, e);
	}
	if (strcmp(a->v[0], "options") == 0) {
		help_options(&b);
		return print(s, a->v[0], &b, e);
	}
	if ((cmd = command_find(s->commands, a->v[0])) == NULL)
		return no_topic(s, a->v[0], NULL, e);
	if (a->n > 1 && (sub = command_find(cmd->subs, a->v[1])) == NULL)
		return no_topic(s, a->v[1], cmd, e);
	return help_print(s, cmd, sub, e);
}

static enum rc
help_run(struct session *s, const struct args *a, struct err *e)
{
	BUF b = { 0 };
	enum rc rc;

	if (arg_has(a, "list")) {
		help_list(&b, s->commands);
		return print(s, "list", &b, e);
	}
	if (arg_has(a, "man")) {
		if ((rc = help_man(&b, s->commands, a->n ? a->v[0] : NULL, e)) != OK)
			return rc;
		return print(s, "man", &b, e);
	}
	return a->n == 0 ? help_print(s, NULL, NULL, e) : help_topic(s, a, e);
}

static const struct option help_options_table[] = {
	{ "list", 0, NULL, N_("every command and option, for programs: fields with tabs between"), NULL, 0 },
	{ "man", 0, NULL, N_("the source of the man page of COMMAND, or of purser itself"), NULL, 0 },
	{ NULL, 0, NULL, NULL, NULL, 0 }
};

static const struct example help_examples[] = {
	{ "purser help freeze", NULL },
	{ "purser help account add", NULL },
	{ "purser help exit-status", NULL },
	{ NULL, NULL }
};

const struct command cmd_help = {
	.name = "help", .group = GROUP_STORE, .usage = "[COMMAND [SUBCOMMAND]|options|exit-status]",
	.summary = N_("what a command does, with examples"),
	.examples = help_examples, .options = help_options_table,
	.max_args = 2, .flags = CMD_NO_HOME | CMD_AS_ROOT, .run = help_run,
};

static enum rc
version_run(struct session *s, const struct args *a, struct err *e)
{
	JSON j = { 0 };

	(void)a;
	if (!s->json) {
		say(s, "purser %s", PURSER_VERSION);
		return OK;
	}
	j_open(&j, "version");
	j_str(&j, "version", PURSER_VERSION);
	return out_json(s, &j, e);
}

const struct command cmd_version = {
	.name = "version", .group = GROUP_QUIET,
	.summary = N_("the version of purser"),
	.flags = CMD_NO_HOME | CMD_AS_ROOT, .run = version_run,
};
