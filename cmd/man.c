/* cmd/man.c: man pages in mdoc(7), made of the command table: `purser help --man [COMMAND]`. English only, as `man` is here. */
#include "cmd/cmd.h"

#include "base/scope.h"

#include <string.h>

#define MAN_DATE "November 21, 2026"

/* A word at the beginning of a line would be a request; a backslash an escape; a minus must stay one. */
static void
text(struct buf *b, const char *p, size_t n)
{
	if (n > 0 && (*p == '.' || *p == '\''))
		buf_adds(b, "\\&");
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\\')
			buf_adds(b, "\\e");
		else if (p[i] == '-')
			buf_adds(b, "\\-");
		else
			buf_addc(b, p[i]);
	}
}

/* In a macro's arguments, quoted: mdoc calls what looks like one of its macros, and splits off punctuation. */
static void
quoted(struct buf *b, const char *p)
{
	buf_addc(b, '"');
	for (; *p; p++) {
		if (*p == '"')
			buf_adds(b, "\"\"");
		else
			text(b, p, 1);
	}
	buf_addc(b, '"');
}

/* New sentence, new line. */
static void
sentences(struct buf *b, const char *p, size_t n)
{
	size_t start = 0, i;

	for (i = 0; i < n; i++) {
		if ((p[i] == '.' || p[i] == '?' || p[i] == '!') && i + 1 < n && p[i + 1] == ' ') {
			text(b, p + start, i + 1 - start);
			buf_addc(b, '\n');
			while (i + 1 < n && p[i + 1] == ' ')
				i++;
			start = i + 1;
		}
	}
	if (start < n) {
		text(b, p + start, n - start);
		buf_addc(b, '\n');
	}
}

static void
literal(struct buf *b, const char *p, size_t n)
{
	size_t k;

	buf_adds(b, ".Bd -literal\n");
	for (; n > 0; p += k + (k < n), n -= k + (k < n)) {
		const char *nl = memchr(p, '\n', n);

		k = nl ? (size_t)(nl - p) : n;
		text(b, p, k);
		buf_addc(b, '\n');
	}
	buf_adds(b, ".Ed\n");
}

static void
paragraphs(struct buf *b, const char *p)
{
	const char *end;
	bool first = true;

	for (; *p; p = end + strspn(end, "\n")) {
		end = strstr(p, "\n\n");
		if (end == NULL)
			end = p + strlen(p);
		if (!first && *p != ' ')
			buf_adds(b, ".Pp\n");
		if (*p == ' ')
			literal(b, p, (size_t)(end - p));
		else
			sentences(b, p, (size_t)(end - p));
		first = false;
	}
}

static void
options(struct buf *b, const struct option *o)
{
	bool any = false;

	for (; o != NULL && o->name != NULL; o++) {
		if (o->flags & OPT_HIDDEN)
			continue;
		if (!any)
			buf_adds(b, ".Bl -tag -width Ds\n");
		any = true;
		buf_adds(b, ".It");
		if (o->letter)
			buf_addf(b, " Fl %c ,", o->letter);
		buf_adds(b, " Fl \\-");
		text(b, o->name, strlen(o->name));
		if (o->arg != NULL) {
			buf_adds(b, o->flags & OPT_OPTIONAL ? " Op Ar " : " Ar ");
			quoted(b, o->choices ? o->choices : o->arg);
		}
		buf_addc(b, '\n');
		sentences(b, o->help, strlen(o->help));
	}
	if (any)
		buf_adds(b, ".El\n");
}

static void
examples(struct buf *b, const struct example *x, bool after_head)
{
	bool first = true;

	for (; x != NULL && x->line != NULL; x++) {
		if (!first || !after_head)
			buf_adds(b, ".Pp\n");
		first = false;
		if (x->what != NULL)
			sentences(b, x->what, strlen(x->what));
		buf_adds(b, ".Dl ");
		quoted(b, x->line);
		buf_addc(b, '\n');
	}
}

static void
synopsis(struct buf *b, const struct command *cmd, const struct command *sub)
{
	const struct command *c = sub ? sub : cmd;

	buf_addf(b, ".Nm purser %s%s%s\n", cmd->name, sub ? " " : "", sub ? sub->name : "");
	if (c->options != NULL && c->options[0].name != NULL)
		buf_adds(b, ".Op Ar OPTIONS\n");
	if (c->usage != NULL) {
		buf_adds(b, ".Ar ");
		quoted(b, c->usage);
		buf_addc(b, '\n');
	}
}

static void
subcommands(struct buf *b, const struct command *cmd)
{
	for (const struct command *const *s = cmd->subs; s != NULL && *s != NULL; s++) {
		if ((*s)->flags & CMD_HIDDEN)
			continue;
		buf_addf(b, ".Ss %s\n", (*s)->name);
		buf_adds(b, ".Bd -ragged -compact\n");
		synopsis(b, cmd, *s);
		buf_adds(b, ".Ed\n.Pp\n");
		sentences(b, (*s)->summary, strlen((*s)->summary));
		if ((*s)->description != NULL) {
			buf_adds(b, ".Pp\n");
			paragraphs(b, (*s)->description);
		}
		options(b, (*s)->options);
		examples(b, (*s)->examples, false);
	}
}

static void
head(struct buf *b, const char *title, const char *name, const char *what)
{
	buf_addf(b, ".Dd %s\n.Dt %s 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", MAN_DATE, title, name);
	text(b, what, strlen(what));
	buf_addc(b, '\n');
}

static void
upper(struct buf *b, const char *s)
{
	for (; *s; s++)
		buf_addc(b, *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s);
}

static void
page_command(struct buf *b, const struct command *c)
{
	BUF title = { .max = 128 };
	BUF name = { .max = 128 };

	buf_adds(&title, "PURSER-");
	upper(&title, c->name);
	buf_addf(&name, "purser-%s", c->name);
	head(b, buf_str(&title), buf_str(&name), c->summary);
	buf_adds(b, ".Sh SYNOPSIS\n");
	if (c->run != NULL)
		synopsis(b, c, NULL);
	for (const struct command *const *s = c->subs; s != NULL && *s != NULL; s++)
		if (!((*s)->flags & CMD_HIDDEN))
			synopsis(b, c, *s);
	buf_adds(b, ".Sh DESCRIPTION\n");
	paragraphs(b, c->description ? c->description : c->summary);
	if (c->options != NULL && c->options[0].name != NULL) {
		buf_adds(b, ".Pp\nThe options are:\n");
		options(b, c->options);
	}
	subcommands(b, c);
	buf_adds(b, ".Pp\nThe options of every command are in\n.Xr purser 1 .\n");
	if (c->examples != NULL && c->examples[0].line != NULL) {
		buf_adds(b, ".Sh EXAMPLES\n");
		examples(b, c->examples, true);
	}
	buf_adds(b, ".Sh SEE ALSO\n.Xr purser 1 ,\n.Xr purser-store 5\n");
}

/* -- purser(1) -- */

static const char about[] =
	"purser keeps the accounts, statements, passwords and second-factor codes of digital wallets in an encrypted store on "
	"this computer. It talks to no network.\n\n"
	"When something goes wrong, purser freeze destroys what opens the secrets here: no password and no prompt. The books "
	"stay readable with the password. The recovery kit on paper gives the secrets back: purser thaw.\n\n"
	"purser alone says where you stand and what to do next. Standard output holds data, standard error messages and "
	"progress. Questions are asked on the terminal, never on standard input. No secret is ever taken from the command line "
	"or the environment.";

static const struct { const char *name, *what; } variables[] = {
	{ "PURSER_HOME", "Keep everything below this directory, as vault and device; as the option home does." },
	{ "PURSER_ASKPASS", "A program that prints the answer to the question in its first argument; asked for secrets where "
	    "there is no terminal." },
	{ "XDG_DATA_HOME", "The vault is in purser below it; default ~/.local/share." },
	{ "XDG_STATE_HOME", "What must never leave this device is in purser below it; default ~/.local/state." },
	{ "XDG_RUNTIME_DIR", "The socket of the session agent is in purser below it." },
	{ "PAGER", "Shows long lists on a terminal; default less -FRX." },
	{ "NO_COLOR", "No colors, whatever its value, unless empty." },
	{ "COLUMNS", "The width that tables have to fit." },
	{ "TZ", "The zone of times shown." },
};

static const struct { const char *name, *what; } files[] = {
	{ "~/.local/share/purser/", "The vault: keys, store.db, log. May be backed up; useless to others without this device or "
	    "the kit." },
	{ "~/.local/state/purser/", "The device: device.key, fuse and others. Exclude it from backups and never sync it." },
};

static void
page_lists(struct buf *b)
{
	buf_adds(b, ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < COUNTOF(variables); i++) {
		buf_addf(b, ".It Ev %s\n", variables[i].name);
		sentences(b, variables[i].what, strlen(variables[i].what));
	}
	buf_adds(b, ".El\n.Sh FILES\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < COUNTOF(files); i++) {
		buf_addf(b, ".It Pa %s\n", files[i].name);
		sentences(b, files[i].what, strlen(files[i].what));
	}
	buf_adds(b, ".El\n.Sh EXIT STATUS\nNever renumbered.\n.Bl -tag -width Ds\n");
	for (unsigned i = 0; i <= E_FINDINGS; i++) {
		buf_addf(b, ".It %u\n%s: ", i, rc_name((enum rc)i));
		sentences(b, help_status_when(i), strlen(help_status_when(i)));
	}
	buf_adds(b, ".El\n.Pp\nA signal ends with 128 and its number.\n");
}

static void
page_main(struct buf *b, const struct command *const *table)
{
	head(b, "PURSER", "purser", "keeps the keys and books of digital wallets, with a freeze for bad nights");
	buf_adds(b, ".Sh SYNOPSIS\n.Nm\n.Op Ar GLOBAL\n.Ar COMMAND\n.Op Ar SUBCOMMAND\n.Op Ar OPTIONS\n.Op Ar ARGUMENTS\n");
	buf_adds(b, ".Sh DESCRIPTION\n");
	paragraphs(b, about);
	buf_adds(b, ".Sh COMMANDS\nEach has its own page,\n.Xr purser-COMMAND 1 .\n.Bl -tag -width Ds\n");
	for (int g = GROUP_EMERGENCY; g <= GROUP_COUNT; g++) {
		for (const struct command *const *c = table; *c != NULL; c++) {
			bool hidden = ((*c)->flags & CMD_HIDDEN) || (*c)->name[0] == '\0';

			if (hidden || (int)(*c)->group != g % GROUP_COUNT)       /* the quiet ones come last */
				continue;
			buf_addf(b, ".It Cm %s\n", (*c)->name);
			sentences(b, (*c)->summary, strlen((*c)->summary));
		}
	}
	buf_adds(b, ".El\n.Sh OPTIONS\nThese are accepted before and after the command:\n");
	options(b, global_options);
	page_lists(b);
	buf_adds(b, ".Sh SEE ALSO\n.Xr purser-store 5\n");
}

enum rc
help_man(struct buf *b, const struct command *const *table, const char *name, struct err *e)
{
	const struct command *c;

	if (name == NULL) {
		page_main(b, table);
		return OK;
	}
	if ((c = command_find(table, name)) == NULL || c->flags & CMD_HIDDEN)
		return err_set(e, E_USAGE, N_("no command \"%s\". Nothing was done."), name);
	page_command(b, c);
	return OK;
}
